//! Decisions under the built-in pack: a fault bars, kernel and Cedar agree, and what is settled stays settled.
//!
//! The input chooses a question, a day and facts by their numbers. The law that every answer keeps, of each layer and of the
//! whole: what is reached with facts missing stands with more facts, unless these contradict each other. Two things move it:
//! counsel's question is answered, which settles what was escalated, or an open layer bars beside one that escalates.
#![no_main]

use std::sync::LazyLock;

use jiff::{ToSpan as _, civil::Date};
use law::{Decision, Facts, Outcome, Pack, Question, Value, decide, vocabulary::FactType};

static NYC: LazyLock<Pack> =
    LazyLock::new(|| Pack::load(&server::pack::built_in()).expect("the built-in pack can be loaded"));

/// The next thing that the input chooses out of a list.
fn pick<'a, T>(bytes: &mut impl Iterator<Item = &'a u8>, list: impl ExactSizeIterator<Item = T>) -> Option<T> {
    let number = usize::from(*bytes.next()?) % list.len().max(1);
    let mut list = list;
    list.nth(number)
}

fn ask(question: &Question, facts: &Facts, on: Date) -> Decision {
    let decision = decide(&NYC, question, facts, on);
    if let Some(fault) = &decision.fault {
        assert_eq!(decision.outcome, Outcome::Barred, "a fault bars: {fault}");
        assert!(!fault.as_str().contains("referee"), "{fault}: {question:?} {facts:?} {on}");
    }
    if decision.outcome == Outcome::NotYetKnown {
        assert!(!decision.next_questions.is_empty(), "what is open can be asked: {question:?} {facts:?} {on}");
    }
    if decision.outcome == Outcome::Permitted {
        // A layer may be open between a permit and silence where another one permits either way.
        assert!(
            !decision.layers.values().any(|it| matches!(it, Outcome::Barred | Outcome::Escalate)),
            "{question:?} {on}"
        );
    }
    decision
}

/// The questions that are for counsel, of those that the pack derives.
fn for_counsel(decision: &Decision) -> impl Iterator<Item = &str> {
    let open = decision.derived.iter().filter(|it| it.value == Some(Value::Bool(true)));
    open.map(|it| it.name.as_str())
        .filter(|name| ["_for_counsel", "_disputed", "_unconfirmed"].iter().any(|ending| name.ends_with(ending)))
}

/// Whether the added fact contradicts what was said of the purpose: a no stood, and a detainer or who signed the warrant says yes.
fn refutes_the_purpose(before: &Decision, now: &Decision) -> bool {
    let said = |decision: &Decision, name: &str, value: bool| {
        decision.derived.iter().any(|it| it.name.as_str() == name && it.value == Some(Value::Bool(value)))
    };
    ["immigration_enforcement", "civil_immigration_enforcement"]
        .iter()
        .any(|name| said(before, name, false) && said(now, name, true))
}

/// Whether this may be the answer after that one, when a fact was added.
fn may_follow(before: Outcome, now: Outcome, answered: bool) -> bool {
    match (before, now) {
        (Outcome::NotYetKnown, _) => true,
        (Outcome::Escalate, _) if answered => true,
        // Free either way: for one reason whatever counsel says, and for another by what counsel says.
        (Outcome::Outside, Outcome::Permitted) if answered => true,
        _ => before == now,
    }
}

fn run(bytes: &[u8]) -> Option<()> {
    let vocabulary = NYC.vocabulary();
    let mut bytes = bytes.iter();
    let question = Question {
        agency: pick(&mut bytes, vocabulary.agencies.keys())?.clone(),
        act: pick(&mut bytes, vocabulary.acts.keys())?.clone(),
        requester: pick(&mut bytes, vocabulary.requesters.keys())?.clone(),
        statute_enforced: pick(&mut bytes, vocabulary.statutes.keys())?.clone(),
        document: match bytes.next()? % 3 {
            0 => Vec::new(),
            _ => vec![pick(&mut bytes, vocabulary.documents.keys())?.clone()],
        },
    };
    let days = i64::from(u16::from_le_bytes([*bytes.next()?, *bytes.next()?])) % 6000;
    let on = NYC.covers_from().checked_add(days.days()).ok()?;
    let mut facts = Facts::new();
    let mut before = ask(&question, &facts, on);
    let nothing_given = before.outcome;
    if let Some(fault) = &before.fault {
        let silent = fault.as_str().contains("silence is not declared");
        assert!(silent, "a question alone contradicts itself: {fault}: {question:?} {on}");
        return None;
    }
    while let Some(spec) = pick(&mut bytes, vocabulary.facts.values()) {
        let Some(choice) = bytes.next() else { break };
        let value = match spec.kind {
            FactType::Bool => Value::Bool(choice % 2 == 0),
            FactType::Enum => match pick(&mut [*choice].iter(), spec.values.iter()) {
                Some(value) => Value::Text(value.clone()),
                None => continue,
            },
            FactType::Number => Value::Number(i64::from(*choice)),
            FactType::Date => Value::Date(on.checked_sub(i64::from(*choice).days()).ok()?),
            FactType::Datetime => Value::DateTime(on.checked_sub(i64::from(choice % 8).days()).ok()?.at(13, 30, 0, 0)),
            FactType::Convictions => Value::Convictions(Vec::new()),
        };
        if facts.get(spec.name.as_str()).is_some() {
            continue;
        }
        facts.insert(spec.name.clone(), value, "fuzz");
        let now = ask(&question, &facts, on);
        if now.fault.is_some() || refutes_the_purpose(&before, &now) {
            break;
        }
        let answered = for_counsel(&before).any(|question| for_counsel(&now).all(|it| it != question));
        // An answer that a layer gives while another is open is the strictest so far.
        let barred_since = before.outcome == Outcome::Escalate
            && now.outcome == Outcome::Barred
            && before.layers.iter().any(|(layer, outcome)| {
                *outcome == Outcome::NotYetKnown && now.layers.get(layer) == Some(&Outcome::Barred)
            });
        assert!(
            barred_since || may_follow(before.outcome, now.outcome, answered),
            "a fact more changes {} into {}: {question:?} {facts:?} {on}",
            before.outcome.word(),
            now.outcome.word()
        );
        for (layer, outcome) in &before.layers {
            let later = now.layers.get(layer).copied().unwrap_or(Outcome::Outside);
            assert!(
                may_follow(*outcome, later, answered),
                "{layer}: a fact more changes {} into {}: {question:?} {facts:?} {on}",
                outcome.word(),
                later.word()
            );
        }
        before = now;
    }
    assert_ne!(nothing_given, Outcome::Permitted, "nobody may act with nothing known: {question:?} {on}");
    Some(())
}

// Loaded before the first input, whose time limit it would take.
libfuzzer_sys::fuzz_target!(
    init: {
        LazyLock::force(&NYC);
    },
    |bytes: &[u8]| {
        run(bytes);
    }
);
