//! From fences to provisions, terms, cases and theorems, and everything that must fit together.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use cedar_policy::Policy;
use jiff::civil::Date;
use serde::Deserialize;

use crate::{
    days::{Days, date, optional_date},
    ids::{ActId, AgencyId, FactName, ProvisionId, RuleId, TermName, Text},
    kernel::condition::Condition,
    load::{
        Head, Problems, cases, cedar, line_of,
        markdown::{Fence, FenceKind},
        rewrite::{Name, rewrite, split_rules},
    },
    outcome::{Layer, Outcome},
    pack::{Case, Effect, Law, Place, Provision, Read, Rule, Term, Theorem, TheoremOf, Ungoverned},
    referee::Policies,
    slot,
    vocabulary::{ActKind, Vocabulary},
};

/// The most facts that the rules on one act of one agency may read.
const MOST_FACTS: usize = 24;
/// How deep terms may stand in terms.
pub(super) const MOST_DEPTH: usize = 8;

/// What a pack comes to.
pub(super) struct Assembled {
    pub(super) law: Law,
    pub(super) cases: Vec<Case>,
    pub(super) theorems: Vec<Theorem>,
    pub(super) cedar: Policies,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawProvision {
    id: String,
    citation: String,
    layer: Layer,
    #[serde(deserialize_with = "date")]
    from: Date,
    #[serde(default, deserialize_with = "optional_date")]
    until: Option<Date>,
    agencies: Vec<String>,
    acts: Vec<String>,
    plain: String,
    read: Read,
    #[serde(default)]
    not_read: Vec<String>,
    #[serde(default)]
    marks: String,
    #[serde(default, rename = "note")]
    _note: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTerm {
    name: String,
    #[serde(default, deserialize_with = "optional_date")]
    from: Option<Date>,
    #[serde(default, deserialize_with = "optional_date")]
    until: Option<Date>,
    citation: String,
    plain: String,
    is: String,
    #[serde(default, rename = "marks")]
    _marks: String,
    #[serde(default, rename = "note")]
    _note: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTheorem {
    id: String,
    plain: String,
    #[serde(default, deserialize_with = "optional_date")]
    from: Option<Date>,
    #[serde(default, deserialize_with = "optional_date")]
    until: Option<Date>,
    agencies: Vec<String>,
    acts: Vec<String>,
    of: String,
    #[serde(default)]
    when: Option<String>,
    outcome_in: BTreeSet<Outcome>,
}

/// Puts a pack together; what is missing or does not fit is a problem.
pub(super) fn assemble(
    head: &Head,
    vocabulary: Vocabulary,
    fences: Vec<Fence>,
    problems: &mut Problems,
) -> Option<Assembled> {
    if let Some((file, citation)) = vocabulary.defined_twice() {
        problems.add(
            file,
            0,
            format!("the definition of {citation} has days on which another of the same words holds"),
        );
    }
    if let Err(error) = crate::derive::crimes::check_list(&vocabulary.violent_or_serious) {
        problems.add("vocabulary/violent_or_serious_crimes.toml", 0, error.to_string());
    }
    let terms = terms(&fences, &vocabulary, problems);
    let provisions = provisions(&fences, &vocabulary, problems);
    check_versions(&provisions, problems);
    check_rule_ids(&provisions, problems);
    let (cases, cased) = cases_of(&fences, &provisions, &vocabulary, problems);
    for provision in first_versions(&provisions) {
        if !cased.contains(&provision.id) {
            problems.add_for(&provision.place, provision.id.as_str(), "there is no case under its heading");
        }
    }
    let theorems = theorems(&fences, &provisions, &vocabulary, problems);
    for theorem in &theorems {
        for name in theorem.when.terms().into_iter().filter(|name| !terms.iter().any(|term| &term.name == name)) {
            let message = format!("theorem `{}`: `term.{name}` is no term of this pack", theorem.id);
            problems.add(&theorem.place.file, theorem.place.line, message);
        }
    }
    let never = vocabulary
        .invariants
        .iter()
        .filter_map(|invariant| match cedar::parse_expression(&invariant.never, &vocabulary) {
            Ok(never) if never.terms().is_empty() && never.parameters().is_empty() => Some(never),
            Ok(_) => {
                let message = format!("invariant `{}` names a term or a parameter; facts only", invariant.never);
                problems.add("vocabulary/facts.toml", 0, message);
                None
            }
            Err(message) => {
                problems.add("vocabulary/facts.toml", 0, format!("invariant `{}`: {message}", invariant.never));
                None
            }
        })
        .collect();
    let ungoverned = head.ungoverned.iter().map(|raw| {
        let line = line_of(&head.text, raw.span().start);
        let raw = raw.get_ref();
        let mut names = Names { file: "pack.toml", line, provision: None, vocabulary: &vocabulary, problems };
        let (agencies, acts) = (names.agencies(&raw.agencies), names.acts(&raw.acts));
        if raw.why.trim().is_empty() {
            problems.add("pack.toml", line, "`why` of a declared silence is empty");
        }
        Ungoverned { agencies, acts, why: Text::new(&raw.why) }
    });
    let ungoverned: Vec<Ungoverned> = ungoverned.collect();
    let known: BTreeSet<&ProvisionId> = provisions.iter().map(|provision| &provision.id).collect();
    for conflict in &head.declared_conflicts {
        let line = line_of(&head.text, conflict.span().start);
        for id in [&conflict.get_ref().permit, &conflict.get_ref().bar] {
            if !known.contains(id) {
                problems.add("pack.toml", line, format!("`{id}` of a declared conflict is no provision"));
            }
        }
    }
    let stretches = stretches(head.covers_from, &provisions, &terms, &vocabulary);
    let law = Law {
        covers_from: head.covers_from,
        ungoverned,
        declared_conflicts: head.declared_conflicts.iter().map(|it| it.get_ref().clone()).collect(),
        stretches,
        vocabulary: Arc::new(vocabulary),
        provisions,
        terms,
        never,
    };
    check_terms(&law, problems);
    let cedar = policies(&law, problems);
    if problems.0.is_empty() {
        check_sizes(&law, problems);
    }
    Some(Assembled { law, cases, theorems, cedar })
}

/// Names of agencies and acts, with a problem for each that is not known.
struct Names<'a> {
    file: &'a str,
    line: usize,
    provision: Option<&'a str>,
    vocabulary: &'a Vocabulary,
    problems: &'a mut Problems,
}

impl Names<'_> {
    fn say(&mut self, message: String) {
        let place = Place { file: self.file.to_owned(), line: self.line };
        match self.provision {
            Some(provision) => self.problems.add_for(&place, provision, message),
            None => self.problems.add(self.file, self.line, message),
        }
    }

    fn agencies(&mut self, names: &[String]) -> BTreeSet<AgencyId> {
        let mut found = BTreeSet::new();
        if names.is_empty() {
            self.say("`agencies` is empty".into());
        }
        for name in names {
            match name.as_str() {
                "*" => found.extend(self.vocabulary.agencies.values().filter(|it| it.city).map(|it| it.id.clone())),
                "+" => found.extend(self.vocabulary.agencies.keys().cloned()),
                name if self.vocabulary.agencies.contains_key(name) => {
                    found.insert(AgencyId::new(name));
                }
                name => self.say(format!("`{name}` is no agency of agencies.toml")),
            }
        }
        found
    }

    fn acts(&mut self, names: &[String]) -> BTreeSet<ActId> {
        let mut found = BTreeSet::new();
        if names.is_empty() {
            self.say("`acts` is empty".into());
        }
        for name in names {
            match name.as_str() {
                "*" => found.extend(self.vocabulary.acts.keys().cloned()),
                name if self.vocabulary.acts.contains_key(name) => {
                    found.insert(ActId::new(name));
                }
                name => {
                    let near = crate::question::nearest(name, self.vocabulary.acts.keys().map(ActId::as_str));
                    let near = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
                    self.say(format!("`{name}` is no act of acts.toml{near}"));
                }
            }
        }
        found
    }
}

fn terms(fences: &[Fence], vocabulary: &Vocabulary, problems: &mut Problems) -> Vec<Term> {
    let mut terms: Vec<Term> = Vec::new();
    for fence in fences.iter().filter(|fence| fence.kind == FenceKind::Term) {
        let Some(raw) = cases::parse::<RawTerm>(fence, problems) else { continue };
        let place = Place { file: fence.file.clone(), line: fence.line };
        let days = Days { from: raw.from, until: raw.until };
        if days.is_inverted() {
            problems.add(&place.file, place.line, format!("term `{}` ends before it begins", raw.name));
        }
        for (key, value) in [("citation", &raw.citation), ("plain", &raw.plain)] {
            if value.trim().is_empty() {
                problems.add(&place.file, place.line, format!("term `{}` has an empty `{key}`", raw.name));
            }
        }
        let is = match cedar::parse_expression(&raw.is, vocabulary) {
            Ok(is) => is,
            Err(message) => {
                problems.add(&place.file, place.line, format!("term `{}`: {message}", raw.name));
                continue;
            }
        };
        let name = TermName::new(&raw.name);
        if terms.iter().any(|other| other.name == name && other.days.overlaps(&days)) {
            problems.add(&place.file, place.line, format!("term `{name}` has two meanings on the same days"));
        }
        terms.push(Term {
            name,
            days,
            citation: Text::new(&raw.citation),
            plain: Text::new(&raw.plain),
            is,
            source: Text::new(&raw.is),
            place,
        });
    }
    terms
}

fn provisions(fences: &[Fence], vocabulary: &Vocabulary, problems: &mut Problems) -> Vec<Provision> {
    let mut provisions: Vec<Provision> = Vec::new();
    // The provision that a rule belongs to: the last fence in the same file.
    let mut open: Option<String> = None;
    for fence in fences {
        match fence.kind {
            FenceKind::Provision => {
                open = None;
                if let Some(provision) = provision(fence, vocabulary, problems) {
                    open = Some(fence.file.clone());
                    provisions.push(provision);
                }
            }
            FenceKind::Cedar => match provisions.last_mut().filter(|_| open.as_deref() == Some(&fence.file)) {
                Some(provision) => rules(fence, provision, vocabulary, problems),
                None => {
                    problems.add(&fence.file, fence.line, "a rule stands under no `toml provision` that can be read")
                }
            },
            _ => {}
        }
    }
    for provision in &provisions {
        if provision.rules.is_empty() {
            problems.add_for(&provision.place, provision.id.as_str(), "it has no rule");
        }
    }
    provisions
}

fn provision(fence: &Fence, vocabulary: &Vocabulary, problems: &mut Problems) -> Option<Provision> {
    let raw: RawProvision = cases::parse(fence, problems)?;
    let place = Place { file: fence.file.clone(), line: fence.line };
    let mut say = |message: String| problems.add_for(&place, &raw.id, message);
    match fence.provision.as_deref() {
        Some(heading) if heading == raw.id => {}
        Some(heading) => say(format!("it stands under the heading of `{heading}`; the heading's first word is its id")),
        None => say("it stands under no `## ` heading; the heading's first word is its id".into()),
    }
    for (key, value) in [("id", &raw.id), ("citation", &raw.citation), ("plain", &raw.plain)] {
        if value.trim().is_empty() {
            say(format!("`{key}` is empty"));
        }
    }
    let folder = match raw.layer {
        Layer::Federal => "federal/",
        Layer::State => "state/",
        Layer::City => "city/",
        Layer::Order => "orders/",
    };
    if !fence.file.starts_with(folder) {
        say(format!("`layer = \"{}\"` belongs in `{folder}`", raw.layer));
    }
    let days = Days { from: Some(raw.from), until: raw.until };
    if days.is_inverted() {
        say(format!("it ends before it begins: {days}"));
    }
    if raw.read == Read::InPart && raw.not_read.is_empty() {
        say("it was read in part; say in `not_read` what was not read".into());
    }
    if raw.read == Read::Whole && !raw.not_read.is_empty() {
        say("it was read in whole, and yet `not_read` is not empty".into());
    }
    let mut names = Names { file: &fence.file, line: fence.line, provision: Some(&raw.id), vocabulary, problems };
    let (agencies, acts) = (names.agencies(&raw.agencies), names.acts(&raw.acts));
    Some(Provision {
        id: ProvisionId::new(&raw.id),
        heading: Text::new(&fence.heading),
        paraphrase: Text::new(&fence.paraphrase),
        citation: Text::new(&raw.citation),
        layer: raw.layer,
        days,
        agencies,
        acts,
        plain: Text::new(&raw.plain),
        read: raw.read,
        not_read: raw.not_read.iter().map(|sentence| Text::new(sentence)).collect(),
        marks: Text::new(&raw.marks),
        rules: Vec::new(),
        place,
    })
}

fn rules(fence: &Fence, provision: &mut Provision, vocabulary: &Vocabulary, problems: &mut Problems) {
    for (at, text) in split_rules(&fence.text) {
        let place = Place { file: fence.file.clone(), line: fence.line + line_of(&fence.text, at) - 1 };
        let parsed = match cedar::parse_rule(text, vocabulary) {
            Ok(parsed) => parsed,
            Err(message) => {
                match id_in(text) {
                    Some(id) => problems.add_for_rule(&place, provision.id.as_str(), id, message),
                    None => problems.add_for(&place, provision.id.as_str(), message),
                }
                continue;
            }
        };
        let annotations: BTreeMap<&str, &str> =
            parsed.annotations.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        let id = annotations.get("id").copied().unwrap_or_default();
        let mut fine = true;
        let mut say = |message: String| {
            problems.add_for_rule(&place, provision.id.as_str(), id, message);
            fine = false;
        };
        for key in ["id", "effect", "plain"] {
            if annotations.get(key).is_none_or(|value| value.trim().is_empty()) {
                say(format!("`@{key}(\"...\")` is missing"));
            }
        }
        for key in annotations.keys().filter(|key| !["id", "effect", "plain", "duty", "due", "line"].contains(*key)) {
            say(format!("`@{key}` is not known; use id, effect, plain, duty, due, line"));
        }
        let named = |key: &str| annotations.get(key).copied().filter(|value| !value.trim().is_empty());
        let effect = match named("effect").unwrap_or_default() {
            "permits" => Some(Effect::Permits),
            "outside" => Some(Effect::Outside),
            "requires" => Some(Effect::Requires { due: named("due").map(Text::new) }),
            "bars" => Some(Effect::Bars),
            "escalates" => Some(Effect::Escalates),
            "duty" => match named("duty") {
                Some(duty) => Some(Effect::Duty { duty: duty.into(), due: named("due").map(Text::new) }),
                None => {
                    say("`@effect(\"duty\")` needs `@duty(\"...\")`".into());
                    None
                }
            },
            "counts" => match named("line") {
                Some(line) => Some(Effect::Counts { line: line.into() }),
                None => {
                    say("`@effect(\"counts\")` needs `@line(\"...\")`".into());
                    None
                }
            },
            "" => None,
            other => {
                say(format!(
                    "`@effect(\"{other}\")` is not known; use permits, outside, requires, bars, escalates, duty, counts"
                ));
                None
            }
        };
        let Some(effect) = effect else { continue };
        if effect.forbids() != parsed.forbids {
            let word = if effect.forbids() { "forbid" } else { "permit" };
            say(format!("`@effect(\"{}\")` is written `{word}`", effect.word()));
        }
        if named("duty").is_some() && !matches!(effect, Effect::Duty { .. }) {
            say("`@duty` belongs to `@effect(\"duty\")`".into());
        }
        if named("due").is_some() && !matches!(effect, Effect::Duty { .. } | Effect::Requires { .. }) {
            say("`@due` belongs to `@effect(\"duty\")` and `@effect(\"requires\")`".into());
        }
        if named("line").is_some() && !matches!(effect, Effect::Counts { .. }) {
            say("`@line` belongs to `@effect(\"counts\")`".into());
        }
        if let Some(agency) = parsed.agency.as_ref().filter(|agency| !provision.agencies.contains(*agency)) {
            say(format!("its head names `{agency}`, which the provision does not bind"));
        }
        for act in parsed.acts.iter().flatten().filter(|act| !provision.acts.contains(*act)) {
            say(format!("its head names `{act}`, which the provision does not govern"));
        }
        if matches!(effect, Effect::Requires { .. }) {
            let acts = provision.acts.iter().filter(|act| parsed.acts.as_ref().is_none_or(|only| only.contains(*act)));
            for act in acts {
                if vocabulary.acts.get(act).is_some_and(|act| act.kind != ActKind::Duty) {
                    say(format!("it requires `{act}`, which is no duty: an act of cooperation is never required"));
                }
            }
        }
        if fine {
            provision.rules.push(Rule {
                id: RuleId::new(id),
                effect,
                plain: Text::new(named("plain").unwrap_or_default()),
                agency: parsed.agency,
                acts: parsed.acts,
                when: parsed.when,
                source: Text::new(text),
                place,
            });
        }
    }
}

/// The id in the text of a rule that Cedar could not parse.
fn id_in(text: &str) -> Option<&str> {
    text.split_once("@id(\"")?.1.split_once('"').map(|it| it.0)
}

fn first_versions(provisions: &[Provision]) -> impl Iterator<Item = &Provision> {
    let mut seen = BTreeSet::new();
    provisions.iter().filter(move |provision| seen.insert(&provision.id))
}

fn check_versions(provisions: &[Provision], problems: &mut Problems) {
    let mut versions: BTreeMap<&ProvisionId, Vec<&Provision>> = BTreeMap::new();
    for provision in provisions {
        versions.entry(&provision.id).or_default().push(provision);
    }
    for (id, mut versions) in versions {
        versions.sort_by_key(|version| version.days);
        for pair in versions.windows(2) {
            let [earlier, later] = pair else { continue };
            let (ends, begins) = (earlier.days.until, later.days.from);
            if ends == begins {
                continue;
            }
            let message = if earlier.days.overlaps(&later.days) {
                format!("two versions hold on the same days: {} and {}", earlier.days, later.days)
            } else {
                format!("no version holds between {} and {}", earlier.days, later.days)
            };
            problems.add_for(&later.place, id.as_str(), message);
        }
    }
}

fn check_rule_ids(provisions: &[Provision], problems: &mut Problems) {
    let mut seen: BTreeMap<&RuleId, Vec<(&Provision, &Rule)>> = BTreeMap::new();
    for provision in provisions {
        for rule in &provision.rules {
            let others = seen.entry(&rule.id).or_default();
            for (other, first) in others.iter() {
                if other.days.overlaps(&provision.days) {
                    let message = format!("the id stands also at {}, on the same days", first.place);
                    problems.add_for_rule(&rule.place, provision.id.as_str(), rule.id.as_str(), message);
                }
            }
            others.push((provision, rule));
        }
    }
}

fn cases_of(
    fences: &[Fence],
    provisions: &[Provision],
    vocabulary: &Vocabulary,
    problems: &mut Problems,
) -> (Vec<Case>, BTreeSet<ProvisionId>) {
    let known: BTreeSet<&ProvisionId> = provisions.iter().map(|provision| &provision.id).collect();
    let rules: BTreeSet<&RuleId> = provisions.iter().flat_map(|it| &it.rules).map(|rule| &rule.id).collect();
    let (mut read, mut cased, mut ids) = (Vec::new(), BTreeSet::new(), BTreeMap::new());
    let kinds = [
        FenceKind::Case,
        FenceKind::Convictions,
        FenceKind::Clock,
        FenceKind::Due,
        FenceKind::Classify,
        FenceKind::Governs,
    ];
    for fence in fences.iter().filter(|fence| kinds.contains(&fence.kind)) {
        // Whom a provision binds says nothing of what it answers.
        if fence.kind != FenceKind::Governs {
            cased.extend(fence.provision.as_deref().map(ProvisionId::new));
        }
        let Some(case) = cases::read(fence, vocabulary, problems) else { continue };
        if let Some(first) = ids.insert((case.place.file.clone(), case.id.clone()), case.place.clone()) {
            problems.add(&fence.file, fence.line, format!("case `{}` stands also at {first}", case.id));
        }
        if let crate::pack::CaseBody::Decide { expect, .. } = &case.body {
            for id in expect.provisions.keys().filter(|id| !known.contains(id)) {
                problems.add(
                    &fence.file,
                    fence.line,
                    format!("case `{}` names `{id}`, which is no provision", case.id),
                );
            }
            for id in expect.rules.iter().filter(|id| !rules.contains(id)) {
                problems.add(&fence.file, fence.line, format!("case `{}` names `{id}`, which is no rule", case.id));
            }
        }
        if let crate::pack::CaseBody::Governs(governs) = &case.body
            && !known.contains(&governs.provision)
        {
            let named = &governs.provision;
            problems.add(&fence.file, fence.line, format!("case `{}` names `{named}`, which is no provision", case.id));
        }
        read.push(case);
    }
    (read, cased)
}

fn theorems(
    fences: &[Fence],
    provisions: &[Provision],
    vocabulary: &Vocabulary,
    problems: &mut Problems,
) -> Vec<Theorem> {
    let mut theorems: Vec<Theorem> = Vec::new();
    for fence in fences.iter().filter(|fence| fence.kind == FenceKind::Theorem) {
        let Some(raw) = cases::parse::<RawTheorem>(fence, problems) else { continue };
        let mut names = Names { file: &fence.file, line: fence.line, provision: None, vocabulary, problems };
        let (agencies, acts) = (names.agencies(&raw.agencies), names.acts(&raw.acts));
        let mut say =
            |message: String| problems.add(&fence.file, fence.line, format!("theorem `{}`: {message}", raw.id));
        let of = match raw.of.as_str() {
            "whole" => TheoremOf::Whole,
            "federal" => TheoremOf::Layer(Layer::Federal),
            "state" => TheoremOf::Layer(Layer::State),
            "city" => TheoremOf::Layer(Layer::City),
            "order" => TheoremOf::Layer(Layer::Order),
            id => {
                if !provisions.iter().any(|provision| provision.id.as_str() == id) {
                    say(format!("`of = \"{id}\"` is neither whole, a layer nor a provision"));
                }
                TheoremOf::Provision(ProvisionId::new(id))
            }
        };
        let days = Days { from: raw.from, until: raw.until };
        if days.is_inverted() {
            say(format!("it ends before it begins: {days}"));
        }
        if raw.plain.trim().is_empty() {
            say("`plain` is empty".into());
        }
        if raw.outcome_in.is_empty() {
            say("`outcome_in` is empty".into());
        }
        if theorems.iter().any(|other| other.id == raw.id) {
            say("the id stands twice".into());
        }
        let when = match raw.when.as_deref().map(|when| cedar::parse_expression(when, vocabulary)) {
            None => Condition::Constant(true),
            Some(Ok(when)) => when,
            Some(Err(message)) => {
                say(message);
                continue;
            }
        };
        theorems.push(Theorem {
            id: raw.id,
            plain: raw.plain,
            days,
            agencies,
            acts,
            of,
            when,
            source: Text::new(raw.when.as_deref().unwrap_or("true")),
            outcome_in: raw.outcome_in,
            place: Place { file: fence.file.clone(), line: fence.line },
        });
    }
    theorems
}

/// The first days of the stretches of days in which the same rules, terms and numbers hold.
fn stretches(covers_from: Date, provisions: &[Provision], terms: &[Term], vocabulary: &Vocabulary) -> Vec<Date> {
    let all = provisions
        .iter()
        .map(|provision| provision.days)
        .chain(terms.iter().map(|term| term.days))
        .chain(vocabulary.parameters.iter().map(|parameter| parameter.days));
    let mut starts = BTreeSet::from([covers_from]);
    starts.extend(all.flat_map(|days| [days.from, days.until]).flatten().filter(|day| *day > covers_from));
    starts.into_iter().collect()
}

/// Every term and parameter that a rule in force uses has a meaning on each of its days.
fn check_terms(law: &Law, problems: &mut Problems) {
    let mut told = BTreeSet::new();
    for provision in &law.provisions {
        for rule in &provision.rules {
            for day in law.stretches.iter().filter(|day| provision.days.contains(**day)) {
                for message in missing(law, &rule.when, *day, MOST_DEPTH) {
                    if told.insert((rule.id.clone(), message.clone())) {
                        let message = format!("{message} on {day}, when the rule is in force");
                        problems.add_for_rule(&rule.place, provision.id.as_str(), rule.id.as_str(), message);
                    }
                }
            }
        }
    }
}

fn missing(law: &Law, condition: &Condition, on: Date, depth: usize) -> Vec<String> {
    let mut found = Vec::new();
    for name in condition.parameters() {
        if law.vocabulary.parameter(&name, on).is_none() {
            found.push(format!("`param.{name}` has no value"));
        }
    }
    for name in condition.terms() {
        match law.terms.iter().find(|term| term.name == name && term.days.contains(on)) {
            Some(_) if depth == 0 => found.push(format!("`term.{name}` stands in itself, or too deep")),
            Some(term) => found.extend(missing(law, &term.is, on, depth - 1)),
            None if law.terms.iter().any(|term| term.name == name) => {
                found.push(format!("`term.{name}` has no meaning"));
            }
            None => found.push(format!("`term.{name}` is no term of this pack")),
        }
    }
    found
}

/// The rules for Cedar, terms and parameters written out as they stand on each day, checked strictly.
fn policies(law: &Law, problems: &mut Problems) -> Policies {
    let mut all: Policies = BTreeMap::new();
    let mut to_check: Vec<Policy> = Vec::new();
    let mut places: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for (p, provision) in law.provisions.iter().enumerate() {
        for (r, rule) in provision.rules.iter().enumerate() {
            let mut texts: Vec<(String, Policy)> = Vec::new();
            for (stretch, day) in law.stretches.iter().enumerate() {
                if !provision.days.contains(*day) {
                    continue;
                }
                let text = expand(law, rule.source.as_str(), *day, MOST_DEPTH);
                let known = texts.iter().find(|(other, _)| *other == text).map(|(_, policy)| policy.clone());
                let policy = match known {
                    Some(policy) => policy,
                    None => {
                        let id = format!("{p}.{r}");
                        match cedar::parse_policy(&id, &text) {
                            Ok(policy) => {
                                let check = format!("{id}.{}", texts.len());
                                places.insert(check.clone(), (p, r));
                                to_check.push(policy.new_id(cedar_policy::PolicyId::new(check)));
                                texts.push((text, policy.clone()));
                                policy
                            }
                            Err(message) => {
                                problems.add_for_rule(&rule.place, provision.id.as_str(), rule.id.as_str(), message);
                                break;
                            }
                        }
                    }
                };
                all.entry((p, r)).or_default().insert(stretch, policy);
            }
        }
    }
    match cedar::schema(&law.vocabulary) {
        Err(message) => problems.add("vocabulary/facts.toml", 0, format!("the facts make no schema: {message}")),
        Ok(schema) => {
            for (id, message) in cedar::validate(schema, to_check) {
                let found = places.get(&id).and_then(|(p, r)| {
                    let provision = law.provisions.get(*p)?;
                    Some((provision, provision.rules.get(*r)?))
                });
                match found {
                    Some((provision, rule)) => {
                        problems.add_for_rule(&rule.place, provision.id.as_str(), rule.id.as_str(), message);
                    }
                    None => problems.add("pack.toml", 0, message),
                }
            }
        }
    }
    all
}

/// The text of a rule with terms and parameters as they stand on a day. What is missing was told before.
pub(super) fn expand(law: &Law, text: &str, on: Date, depth: usize) -> String {
    rewrite(text, |name| match name {
        Name::Parameter(name) => {
            law.vocabulary.parameter(&name.into(), on).map_or_else(|| "0".into(), |value| format!("({value})"))
        }
        Name::Term(name) => match law.terms.iter().find(|term| term.name.as_str() == name && term.days.contains(on)) {
            Some(term) if depth > 0 => format!("({}\n)", expand(law, term.source.as_str(), on, depth - 1)),
            _ => "false".into(),
        },
    })
}

/// No act of an agency may hang on more facts than can be looked at exactly.
///
/// Counted are the facts on which its answer can hang on a day: those that its rules read, but for rules that only attach a
/// duty or count, each of which is a diagram of its own and weighs on no other.
fn check_sizes(law: &Law, problems: &mut Problems) {
    let mut told = BTreeSet::new();
    for day in &law.stretches {
        let in_force: Vec<(usize, &Provision)> =
            law.provisions.iter().enumerate().filter(|(_, provision)| provision.days.contains(*day)).collect();
        // Most agencies have the same rules on an act.
        let mut read: HashMap<Vec<(usize, usize)>, BTreeSet<FactName>> = HashMap::new();
        for agency in law.vocabulary.agencies.keys() {
            let binding: Vec<_> =
                in_force.iter().filter(|(_, provision)| provision.agencies.contains(agency)).collect();
            for act in law.vocabulary.acts.keys() {
                let answering =
                    |rule: &Rule| rule.admits(agency, act) && (rule.effect.frees() || rule.effect.forbids());
                let rules: Vec<((usize, usize), &Rule)> = binding
                    .iter()
                    .filter(|(_, provision)| provision.acts.contains(act))
                    .flat_map(|(p, provision)| provision.rules.iter().enumerate().map(|(r, rule)| ((*p, r), rule)))
                    .filter(|(_, rule)| answering(rule))
                    .collect();
                let key = rules.iter().map(|(number, _)| *number).collect();
                let facts = read
                    .entry(key)
                    .or_insert_with(|| slot::facts_read(law, rules.iter().map(|(_, rule)| &rule.when), *day));
                if facts.len() > MOST_FACTS && told.insert((agency, act)) {
                    let first = binding.iter().find(|(_, provision)| provision.acts.contains(act));
                    let place = first.map(|(_, provision)| provision.place.clone()).unwrap_or_default();
                    problems.add(
                        &place.file,
                        place.line,
                        format!(
                            "the rules on `{act}` of `{agency}` read {} facts on {day}; at most {MOST_FACTS} can be looked at exactly: {}",
                            facts.len(),
                            facts.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(", ")
                        ),
                    );
                }
            }
        }
    }
}
