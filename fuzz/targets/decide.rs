//! Decisions under the built-in pack: a fault bars, kernel and Cedar agree, and what is settled stays settled.
//!
//! The input chooses a question, a day and facts by their numbers. The law that every answer keeps: an outcome that is
//! reached with facts missing is the outcome with more facts, unless these contradict each other.
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
        if now.fault.is_some() {
            break;
        }
        if before.outcome != Outcome::NotYetKnown {
            assert_eq!(
                before.outcome, now.outcome,
                "a fact more changes a settled answer: {question:?} {facts:?} {on}"
            );
        }
        for (layer, outcome) in before.layers.iter().filter(|(_, outcome)| **outcome != Outcome::NotYetKnown) {
            assert_eq!(now.layers.get(layer), Some(outcome), "{layer}: {question:?} {facts:?} {on}");
        }
        before = now;
    }
    assert_ne!(nothing_given, Outcome::Permitted, "nobody may act with nothing known: {question:?} {on}");
    Some(())
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    run(bytes);
});
