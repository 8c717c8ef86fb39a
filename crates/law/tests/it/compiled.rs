//! A compiled pack decides as the pack that it was compiled from, in all that it says; bytes that are none are refused.

use std::sync::LazyLock;

use jiff::ToSpan as _;
use law::{
    Facts, Pack, Question, Value,
    compiled::{CompiledError, MOST_BYTES},
    decide,
    pack::CaseBody,
    vocabulary::FactType,
};
use proptest::{collection::vec, prelude::*};

use crate::support::{files, good, root};

static NYC: LazyLock<(Pack, Pack)> = LazyLock::new(|| {
    let loaded = Pack::load(&files(&root().join("packs/nyc"))).unwrap_or_else(|error| panic!("{error}"));
    let read = Pack::from_compiled(&loaded.compiled().unwrap()).unwrap();
    (loaded, read)
});

#[test]
fn every_decided_case_is_decided_the_same() {
    let (loaded, read) = &*NYC;
    let mut decided = 0;
    for case in loaded.cases() {
        let CaseBody::Decide { on, question, facts, .. } = &case.body else { continue };
        assert_eq!(
            decide(read, question, facts, *on),
            decide(loaded, question, facts, *on),
            "{} {}",
            case.place,
            case.id
        );
        decided += 1;
    }
    assert!(decided > 1_200, "only {decided} cases are decided");
}

#[test]
fn the_same_pack_gives_the_same_bytes_and_keeps_its_name() {
    let (loaded, read) = &*NYC;
    let bytes = loaded.compiled().unwrap();
    assert_eq!(read.compiled().unwrap(), bytes, "read and written again");
    let again = Pack::load(&files(&root().join("packs/nyc"))).unwrap();
    assert_eq!(again.compiled().unwrap(), bytes, "loaded again");
    assert_eq!(read.reference(), loaded.reference());
    assert_eq!((read.covers_from(), read.stretches()), (loaded.covers_from(), loaded.stretches()));
    assert!(bytes.len() < MOST_BYTES / 2, "{} bytes", bytes.len());
}

/// A question, a day and facts, each chosen by a number out of what the pack knows.
fn chosen(numbers: &[u16]) -> Option<(Question, Facts, jiff::civil::Date)> {
    let (pack, vocabulary) = (&NYC.0, NYC.0.vocabulary());
    let mut numbers = numbers.iter().copied().map(usize::from);
    let mut pick = |most: usize| numbers.next().map(|number| number % most.max(1));
    let question = Question {
        agency: vocabulary.agencies.keys().nth(pick(vocabulary.agencies.len())?)?.clone(),
        act: vocabulary.acts.keys().nth(pick(vocabulary.acts.len())?)?.clone(),
        requester: vocabulary.requesters.keys().nth(pick(vocabulary.requesters.len())?)?.clone(),
        statute_enforced: vocabulary.statutes.keys().nth(pick(vocabulary.statutes.len())?)?.clone(),
        document: vocabulary.documents.keys().nth(pick(vocabulary.documents.len())?).cloned().into_iter().collect(),
    };
    let on = pack.covers_from().checked_add(i64::try_from(pick(6000)?).ok()?.days()).ok()?;
    let mut facts = Facts::new();
    while let (Some(place), Some(value)) = (pick(vocabulary.facts.len()), pick(usize::MAX)) {
        let spec = vocabulary.facts.values().nth(place)?;
        let value = match spec.kind {
            FactType::Bool => Value::Bool(value % 2 == 0),
            FactType::Enum => Value::Text(spec.values[value % spec.values.len()].clone()),
            FactType::Number => Value::Number(i64::try_from(value % 100).ok()?),
            FactType::Date => Value::Date(on),
            FactType::Datetime => Value::DateTime(on.at(9, 0, 0, 0)),
            FactType::Convictions => Value::Convictions(Vec::new()),
        };
        facts.insert(spec.name.clone(), value, "chosen");
    }
    Some((question, facts, on))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn whatever_is_known_is_decided_the_same(numbers in vec(any::<u16>(), 6..30)) {
        let Some((question, facts, on)) = chosen(&numbers) else { return Ok(()) };
        let (loaded, read) = &*NYC;
        prop_assert_eq!(decide(read, &question, &facts, on), decide(loaded, &question, &facts, on));
    }

    #[test]
    fn bytes_that_are_cut_or_changed_are_refused_or_read(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let bytes = good().compiled().unwrap();
        let at = at.index(bytes.len());
        prop_assert!(Pack::from_compiled(&bytes[..at]).is_err());
        let mut changed = bytes.clone();
        changed[at] = byte;
        if let Ok(pack) = Pack::from_compiled(&changed) {
            let again = pack.compiled().unwrap();
            prop_assert!(Pack::from_compiled(&again).is_ok());
        }
    }
}

/// The compiled good pack with one text in the place of another.
fn changed(from: &str, to: &str) -> Result<Pack, CompiledError> {
    let text = String::from_utf8(good().compiled().unwrap()).unwrap();
    assert!(text.contains(from), "`{from}` does not stand in {text}");
    Pack::from_compiled(text.replacen(from, to, 1).as_bytes())
}

#[test]
fn what_is_no_compiled_pack_is_refused_with_what_is_wrong() {
    let refused = |read: Result<Pack, CompiledError>| read.unwrap_err().to_string();
    let says = |read, what: &str| {
        let said = refused(read);
        assert!(said.contains(what) && said.ends_with("compile the pack again"), "{said}");
    };
    says(Pack::from_compiled(b""), "this is no compiled pack");
    says(Pack::from_compiled(&vec![b' '; MOST_BYTES + 1]), "at most 4194304 bytes");
    says(changed("compiled pack 1", "compiled pack 2"), "`vouchsafe compiled pack 2`");
    says(changed("\"stretches\":[", "\"stretches\":[\"1900-01-01\","), "out of order");
    says(changed("\"title\":", "\"status\":1,\"title\":"), "unknown field");
    says(changed("{\"Atom\":{\"True\":\"", "{\"Atom\":{\"True\":\"un"), "which it does not have");
    says(changed("\"is\":", "\"is\":{\"Term\":\"warrant_1\"},\"x\":"), "unknown field");
    let text = String::from_utf8(good().compiled().unwrap()).unwrap();
    let mut value: serde_json::Value = serde_json::from_str(&text).unwrap();
    let name = value["terms"][0]["name"].clone();
    value["terms"][0]["is"] = serde_json::json!({ "Not": { "Term": name } });
    says(Pack::from_compiled(value.to_string().as_bytes()), "names itself");
    let deep = format!("{}true{}", "{\"Not\":".repeat(200), "}".repeat(200));
    says(changed("\"never\":[", &format!("\"never\":[{deep},")), "this is no compiled pack");
}
