//! Running a pack's cases: decided questions, convictions, clocks and classes, each against what its authors expect.

use std::collections::BTreeSet;

use jiff::civil::Date;

use crate::{
    decide::decide_with,
    decision::{Decision, Duty},
    derive::{clock, convictions, derive_all},
    facts::Facts,
    ids::{ActId, AgencyId, ParameterName, RequesterId, StatuteId},
    outcome::Outcome,
    pack::{
        Case, CaseBody, ClassifyCase, ClockCase, ConvictionsCase, Expected, ExpectedConviction, Finding, GovernsCase,
        Pack, Place, Which,
    },
    question::Question,
    vocabulary::Vocabulary,
};

/// What came of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseResult {
    /// The case.
    pub id: String,
    /// Where it is written.
    pub place: Place,
    /// What differs from what is expected, a sentence each; empty = the case holds.
    pub differs: Vec<String>,
}

/// Runs every case of a pack.
#[must_use]
pub fn run(pack: &Pack) -> Vec<CaseResult> {
    pack.cases
        .iter()
        .map(|case| CaseResult { id: case.id.clone(), place: case.place.clone(), differs: differs(pack, case) })
        .collect()
}

/// What differs in one case.
pub(crate) fn differs(pack: &Pack, case: &Case) -> Vec<String> {
    match &case.body {
        CaseBody::Decide { on, question, facts, expect } => {
            against(question, &decide_with(pack, question, facts, *on, expect.next.is_some()), expect)
        }
        CaseBody::Convictions(case) => convictions_case(pack.vocabulary(), case),
        CaseBody::Clock(case) => clock_case(pack.vocabulary(), case),
        CaseBody::Classify(case) => classify_case(pack.vocabulary(), case),
        CaseBody::Governs(case) => governs_case(pack, case),
        // A filing's period and due day belong to the record's own reading of the calendar, which runs these.
        CaseBody::Due(_) => Vec::new(),
    }
}

/// What in a decision differs from what is expected.
fn against(question: &Question, decision: &Decision, expect: &Expected) -> Vec<String> {
    let mut differs = Vec::new();
    let mut say = |what: &str, expected: &dyn std::fmt::Display, found: &dyn std::fmt::Display| {
        differs.push(format!("{what}: expected {expected}, found {found}"));
    };
    if let Some(whole) = expect.whole.filter(|whole| *whole != decision.outcome) {
        say("whole", &whole, &decision.outcome);
    }
    for (layer, expected) in &expect.layers {
        let found = decision.layers.get(layer).copied().unwrap_or(Outcome::Outside);
        if found != *expected {
            say(layer.word(), expected, &found);
        }
    }
    for (id, expected) in &expect.provisions {
        match decision.provisions.iter().find(|it| &it.id == id) {
            Some(found) if found.result == *expected => {}
            Some(found) => say(id.as_str(), expected, &found.result),
            None => say(id.as_str(), expected, &"that it does not govern"),
        }
    }
    for rule in &expect.rules {
        if !decision.rules_that_hold().any(|holds| holds == rule) {
            say(&format!("rule {rule}"), &"that it holds", &"that it does not");
        }
    }
    let required = |it: &&Duty| it.id.as_str() == question.act.as_str();
    for (what, expected, certain) in [("duties", &expect.duties, true), ("likely", &expect.likely, false)] {
        let Some(expected) = expected else { continue };
        let of_kind = decision.duties.iter().filter(|it| it.certain == certain && !(certain && required(it)));
        let found: BTreeSet<_> = of_kind.map(|it| it.id.clone()).collect();
        if *expected != found {
            say(what, &listed(expected), &listed(&found));
        }
    }
    if let Some(expected) = &expect.due
        && !decision.duties.iter().filter(required).any(|it| it.certain && it.due.as_ref() == Some(expected))
    {
        say("due", expected, &"that no required act is due so");
    }
    if let Some(expected) = &expect.lines {
        let found: std::collections::BTreeSet<_> = decision.filing_lines.iter().map(|it| it.line.clone()).collect();
        if *expected != found {
            say("lines", &listed(expected), &listed(&found));
        }
    }
    if let Some(expected) = &expect.next {
        let found = decision.next_questions.first().map(|it| &it.fact);
        if found != Some(expected) {
            say("next", expected, &found.map_or("none", |it| it.as_str()));
        }
    }
    if let (Some(done), Some(expected)) = (expect.done, expect.finding) {
        let found = Finding::of(decision.outcome, done);
        if found != expected {
            say("finding", &format!("{expected:?}"), &format!("{found:?}"));
        }
    }
    match (&decision.fault, &expect.fault) {
        (None, None) => {}
        (Some(fault), Some(expected)) if fault.as_str().contains(expected.as_str()) => {}
        (Some(fault), _) => differs.push(format!("fault: {fault}")),
        (None, Some(expected)) => differs.push(format!("fault: expected `{expected}`, found none")),
    }
    differs
}

fn listed<T: std::fmt::Display>(names: &std::collections::BTreeSet<T>) -> String {
    if names.is_empty() {
        return "none".into();
    }
    names.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn convictions_case(vocabulary: &Vocabulary, case: &ConvictionsCase) -> Vec<String> {
    let years = case.years.or_else(|| vocabulary.parameter(&ParameterName::new("years_vs_window"), case.on));
    let Some(list) = &case.convictions else {
        let found = ExpectedConviction::Unknown;
        return if case.expect == found {
            Vec::new()
        } else {
            vec![format!("expected {:?}, found {found:?}", case.expect)]
        };
    };
    let found = convictions::search(&vocabulary.violent_or_serious, list, case.instant_arrest_date, years, case.on);
    let (verdict, because) = match case.which {
        Which::Window => (found.in_window, found.in_window_because),
        Which::Ever => (found.ever, found.ever_because),
    };
    let expected = match case.expect {
        ExpectedConviction::Yes => "yes",
        ExpectedConviction::No => "no",
        ExpectedConviction::Escalate => "escalate",
        ExpectedConviction::Unknown => "unknown",
    };
    let mut differs = Vec::new();
    if verdict.word() != expected {
        differs.push(format!("expected {expected}, found {}: {}", verdict.word(), because.join("; ")));
    }
    let said = because.join("\n");
    for fragment in case.because.iter().filter(|fragment| !said.contains(fragment.as_str())) {
        differs.push(format!("the sentences do not say `{fragment}`: {said}"));
    }
    differs
}

fn clock_case(vocabulary: &Vocabulary, case: &ClockCase) -> Vec<String> {
    let hours = case.hours.or_else(|| vocabulary.parameter(&ParameterName::new("hold_clock_hours"), case.on));
    let found = hours.and_then(|hours| clock::deadline(case.start, hours, &vocabulary.holidays));
    if found == case.expect {
        return Vec::new();
    }
    let word = |moment: Option<jiff::civil::DateTime>| moment.map_or_else(|| "unknown".into(), |it| it.to_string());
    vec![format!("deadline: expected {}, found {}", word(case.expect), word(found))]
}

fn classify_case(vocabulary: &Vocabulary, case: &ClassifyCase) -> Vec<String> {
    let Some(question) = any_question(vocabulary, case.statute.as_ref(), case.requester.as_ref()) else {
        return vec!["the vocabulary has no agency, act, requester or statute to ask with".into()];
    };
    if let Err(unknown) = question.check(vocabulary) {
        return vec![unknown.to_string()];
    }
    let facts = match derive(vocabulary, &question, &case.facts, case.on) {
        Ok(facts) => facts,
        Err(error) => return vec![error],
    };
    let mut differs = Vec::new();
    for (name, expected) in &case.expect {
        let found = facts.value(name.as_str());
        if found != expected.as_ref() {
            let word =
                |value: Option<&crate::facts::Value>| value.map_or_else(|| "unknown".into(), ToString::to_string);
            differs.push(format!("{name}: expected {}, found {}", word(expected.as_ref()), word(found)));
        }
    }
    differs
}

fn governs_case(pack: &Pack, case: &GovernsCase) -> Vec<String> {
    let agencies = &pack.vocabulary().agencies;
    let mut expected = BTreeSet::new();
    for named in &case.agencies {
        let bound = agencies.values().filter(|agency| match named.as_str() {
            "*" => agency.city,
            "+" => true,
            _ => agency.id == *named,
        });
        expected.extend(bound.flat_map(|agency| case.acts.iter().map(move |act| (agency.id.clone(), act.clone()))));
    }
    let in_force = pack.law.provisions.iter().filter(|it| it.id == case.provision && it.days.contains(case.on));
    let found: BTreeSet<(AgencyId, ActId)> = in_force
        .flat_map(|it| it.agencies.iter().flat_map(|agency| it.acts.iter().map(|act| (agency.clone(), act.clone()))))
        .collect();
    let say = |what: &str, pairs: Vec<&(AgencyId, ActId)>| {
        let listed: Vec<String> = pairs.iter().take(5).map(|(agency, act)| format!("{agency} {act}")).collect();
        (!listed.is_empty()).then(|| format!("`{}` on {} {what} {}", case.provision, case.on, listed.join(", ")))
    };
    [
        say("does not govern", expected.difference(&found).collect()),
        say("governs also", found.difference(&expected).collect()),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn derive(vocabulary: &Vocabulary, question: &Question, facts: &Facts, on: Date) -> Result<Facts, String> {
    derive_all(vocabulary, question, facts, on).map(|it| it.0).map_err(|error| error.to_string())
}

/// A question about the statute and the requester; what the case leaves open is any of the vocabulary.
fn any_question(
    vocabulary: &Vocabulary,
    statute: Option<&StatuteId>,
    requester: Option<&RequesterId>,
) -> Option<Question> {
    let agency: &AgencyId = vocabulary.agencies.keys().next()?;
    let act: &ActId = vocabulary.acts.keys().next()?;
    Some(Question {
        agency: agency.clone(),
        act: act.clone(),
        requester: requester.or_else(|| vocabulary.requesters.keys().next())?.clone(),
        statute_enforced: statute.or_else(|| vocabulary.statutes.keys().next())?.clone(),
        document: Vec::new(),
    })
}
