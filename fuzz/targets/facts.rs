//! FACTS.json: what is read names only what the pack has, and says the same when it is written and read again.
#![no_main]

use std::sync::LazyLock;

use law::{Vocabulary, load, parse_facts_json};

static NYC: LazyLock<Vocabulary> =
    LazyLock::new(|| load::vocabulary(&server::pack::built_in()).expect("the built-in pack has a vocabulary"));

libfuzzer_sys::fuzz_target!(|text: &str| {
    let read = match parse_facts_json(&NYC, text) {
        Ok(read) => read,
        Err(error) => {
            assert!(error.line >= 1 && error.column >= 1, "an error has a place");
            assert!(error.line <= text.bytes().filter(|byte| *byte == b'\n').count() + 1, "its line is in the file");
            return;
        }
    };
    assert!(!read.is_empty(), "a file that is read asks something");
    for (question, facts) in read {
        assert!(question.check(&NYC).is_ok(), "a question names only what the pack has");
        for (name, fact) in facts.iter() {
            let spec = NYC.facts.get(name).expect("a fact is one of the pack's");
            let kind = serde_json::to_value(spec.kind).expect("a type has a name");
            assert_eq!(kind, fact.value.type_name(), "a fact has the type of its name");
        }
        let written = serde_json::json!({ "question": question, "facts": facts }).to_string();
        let again = parse_facts_json(&NYC, &written).expect("what was read can be written and read again");
        assert_eq!(again, [(question, facts)], "{written}");
    }
});
