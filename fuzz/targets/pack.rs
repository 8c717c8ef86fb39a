//! Law packs: whatever loads can be asked anything, and its kernel and Cedar agree on every answer.
//!
//! The input is files, each after a line `=== path`; a file that it leaves out is taken from the small pack of the seeds, so
//! that a changed file is read with the rest of a pack around it.
#![no_main]

use std::{collections::BTreeMap, sync::LazyLock};

use law::{Facts, Outcome, Pack, PackFiles, Question, Value, decide, vocabulary::FactType};

static SMALL: LazyLock<BTreeMap<String, Vec<u8>>> = LazyLock::new(|| files(include_str!("../seeds/pack/small")));

/// The files of the text form.
fn files(text: &str) -> BTreeMap<String, Vec<u8>> {
    let mut files: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    let mut last = None;
    for line in text.split_inclusive('\n') {
        if let Some(path) = line.strip_prefix("=== ") {
            last = Some(files.entry(path.trim_end().to_owned()).or_default());
        } else if let Some(file) = &mut last {
            file.extend_from_slice(line.as_bytes());
        }
    }
    files
}

libfuzzer_sys::fuzz_target!(|text: &str| {
    let mut all = SMALL.clone();
    all.extend(files(text));
    let pack = match Pack::load(&PackFiles(all)) {
        Ok(pack) => pack,
        Err(error) => {
            assert!(!error.problems.is_empty());
            return;
        }
    };
    let vocabulary = pack.vocabulary();
    let all_facts = [false, true].map(|yes| {
        let mut facts = Facts::new();
        for spec in vocabulary.facts.values().filter(|spec| spec.derived.is_none()) {
            let value = match spec.kind {
                FactType::Bool => Some(Value::Bool(yes)),
                FactType::Number => Some(Value::Number(if yes { i64::MAX } else { i64::MIN })),
                FactType::Enum if yes => spec.values.last().cloned().map(Value::Text),
                FactType::Enum => spec.values.first().cloned().map(Value::Text),
                FactType::Date | FactType::Datetime | FactType::Convictions => None,
            };
            if let Some(value) = value {
                facts.insert(spec.name.clone(), value, "fuzz");
            }
        }
        facts
    });
    let (Some(requester), Some(statute)) = (vocabulary.requesters.keys().next(), vocabulary.statutes.keys().last())
    else {
        return;
    };
    for agency in vocabulary.agencies.keys().take(4) {
        for act in vocabulary.acts.keys().take(4) {
            let question = Question {
                agency: agency.clone(),
                act: act.clone(),
                requester: requester.clone(),
                statute_enforced: statute.clone(),
                document: Vec::new(),
            };
            for on in pack.stretches().iter().take(4) {
                for facts in [&Facts::new(), &all_facts[0], &all_facts[1]] {
                    let decision = decide(&pack, &question, facts, *on);
                    if let Some(fault) = &decision.fault {
                        assert_eq!(decision.outcome, Outcome::Barred, "a fault bars: {fault}");
                        assert!(!fault.as_str().contains("referee"), "{fault}");
                    }
                    assert_eq!(decision, decide(&pack, &question, facts, *on), "the same question, the same answer");
                }
            }
            if let Ok(before) = pack.covers_from().yesterday() {
                assert_eq!(decide(&pack, &question, &Facts::new(), before).outcome, Outcome::Barred);
            }
        }
    }
});
