//! What is read, and that everything else is refused with its place and the input.

use std::collections::BTreeMap;

use expect_test::{Expect, expect};
use jiff::civil::{date, datetime};

use super::*;
use crate::vocabulary::{Act, ActKind, Agency, Document, Requester, RequesterKind, Statute, StatuteClass};

fn spec(name: &str, kind: FactType) -> (FactName, FactSpec) {
    let spec = FactSpec {
        name: name.into(),
        kind,
        question: format!("{name}?"),
        yes: None,
        no: None,
        unknown: None,
        values: if kind == FactType::Enum { vec!["judge".into(), "officer".into()] } else { vec![] },
        says: BTreeMap::new(),
        unit: None,
        noun: None,
        ask_of: "the desk".into(),
        cost: 1,
        derived: None,
        note: None,
    };
    (name.into(), spec)
}

pub(in crate::facts) fn vocabulary() -> Vocabulary {
    let act = |id: &str| Act {
        id: id.into(),
        title: id.into(),
        question: "?".into(),
        kind: ActKind::Cooperation,
        civil_immigration: false,
        note: None,
    };
    let document = |id: &str| Document { id: id.into(), title: id.into(), plain: id.into(), shows: None, note: None };
    Vocabulary {
        agencies: [("DOC".into(), Agency { id: "DOC".into(), title: "Correction".into(), city: true, note: None })]
            .into(),
        acts: [("hold".into(), act("hold")), ("notify_release".into(), act("notify_release"))].into(),
        requesters: [(
            "ice_ero".into(),
            Requester {
                id: "ice_ero".into(),
                title: "ERO".into(),
                kind: RequesterKind::Federal,
                dhs: true,
                for_federal: None,
                enforces_law: Some(true),
                duties: None,
                duty_statutes: vec![],
                note: None,
            },
        )]
        .into(),
        statutes: [(
            "civil_ina".into(),
            Statute {
                id: "civil_ina".into(),
                title: "civil".into(),
                citation: "8 USC".into(),
                class: StatuteClass::CivilIna,
                ina: true,
                limb: None,
                note: None,
            },
        )]
        .into(),
        documents: [("i247a".into(), document("i247a")), ("i200".into(), document("i200"))].into(),
        facts: [
            spec("detainer_lodged", FactType::Bool),
            spec("warrant_issuer", FactType::Enum),
            spec("hours", FactType::Number),
            spec("instant_arrest_date", FactType::Date),
            spec("release_due_at", FactType::Datetime),
            spec("convictions", FactType::Convictions),
        ]
        .into(),
        ..Vocabulary::default()
    }
}

fn with(facts: &str) -> String {
    format!(
        "{{\"question\": {{\"agency\": \"DOC\", \"act\": \"hold\", \"requester\": \"ice_ero\", \"statute_enforced\": \"civil_ina\"}},\n\"facts\": {facts}}}"
    )
}

fn parse(text: &str) -> Result<Vec<(Question, Facts)>, FactsError> {
    parse_facts_json(&vocabulary(), text)
}

#[test]
fn a_whole_file_is_read() {
    let text = r#"{
      "question": {"agency": "DOC", "act": ["hold", "notify_release"], "requester": "ice_ero", "statute_enforced": "civil_ina", "document": ["i247a", "i200"]},
      "facts": {
        "detainer_lodged": {"value": true, "source": "form I-247A"},
        "warrant_issuer": {"value": "officer", "source": "form I-200"},
        "hours": {"value": 0},
        "instant_arrest_date": {"value": "2026-06-15"},
        "release_due_at": {"value": "2026-09-04T17:00"},
        "convictions": {"source": "search", "value": [
          {"source": "docket 1", "law": "ny_penal", "section": "160.10", "grade": "felony", "judgment_date": "2024-05-01", "crime_date": "unknown",
           "hate_crime": null, "custody": [{"from": "2024-05-01", "to": null}]}]}
      }}"#;
    let both = parse(text).unwrap();
    let acts: Vec<&str> = both.iter().map(|(question, _)| question.act.as_str()).collect();
    assert_eq!(acts, ["hold", "notify_release"]);
    let (question, facts) = &both[0];
    assert_eq!(question.document.len(), 2);
    assert_eq!(facts.get("detainer_lodged").unwrap().source, "form I-247A");
    assert_eq!(facts.value("warrant_issuer"), Some(&Value::Text("officer".into())));
    assert_eq!(facts.date("instant_arrest_date"), Some(date(2026, 6, 15)));
    assert_eq!(facts.datetime("release_due_at"), Some(datetime(2026, 9, 4, 17, 0, 0, 0)));
    let expected = Conviction {
        law: Some(Law::NyPenal),
        section: Some("160.10".into()),
        grade: Some(Grade::Felony),
        judgment_date: Some(date(2024, 5, 1)),
        hate_crime: None,
        custody: vec![Custody { from: date(2024, 5, 1), to: None }],
        ..Conviction::named("docket 1")
    };
    assert_eq!(facts.convictions("convictions"), Some(&[expected][..]));
    assert_eq!(both[0].1, both[1].1);
}

#[test]
fn a_single_document_and_no_facts_are_enough() {
    let text = r#"{"question": {"agency": "DOC", "act": "hold", "requester": "ice_ero", "statute_enforced": "civil_ina", "document": "i247a"}}"#;
    let (question, facts) = parse(text).unwrap().pop().unwrap();
    assert_eq!(question.document, ["i247a".into()]);
    assert!(facts.is_empty());
}

#[test]
fn unknown_may_be_said() {
    for value in ["null", "\"unknown\""] {
        for name in
            ["detainer_lodged", "warrant_issuer", "hours", "instant_arrest_date", "release_due_at", "convictions"]
        {
            let text = with(&format!("{{\"{name}\": {{\"value\": {value}, \"source\": \"desk\"}}}}"));
            assert!(parse(&text).unwrap()[0].1.is_empty(), "{name} {value}");
        }
    }
    let text = with(r#"{"convictions": {"value": []}}"#);
    assert_eq!(parse(&text).unwrap()[0].1.convictions("convictions"), Some(&[][..]));
}

fn refused(text: &str, expected: &Expect) {
    expected.assert_eq(&parse(text).unwrap_err().to_string());
}

#[test]
fn facts_are_refused_with_their_place() {
    let fact = |name: &str, value: &str| with(&format!("{{\"{name}\": {{\"value\": {value}}}}}"));
    refused(
        &fact("detainer_loged", "true"),
        &expect![
            "line 2, column 11 (/facts/detainer_loged): `detainer_loged` is no fact of this pack; did you mean `detainer_lodged`?"
        ],
    );
    refused(&fact("mood", "true"), &expect!["line 2, column 11 (/facts/mood): `mood` is no fact of this pack"]);
    refused(
        &fact("detainer_lodged", "\"yes\""),
        &expect![[
            r#"line 2, column 40 (/facts/detainer_lodged/value): the text `yes` where `true`, `false` or `"unknown"` is expected"#
        ]],
    );
    refused(
        &fact("hours", "true"),
        &expect!["line 2, column 30 (/facts/hours/value): `true` where a whole number is expected"],
    );
    refused(&fact("hours", "1.5"), &expect!["line 2, column 30: not JSON: `1.5` is not a whole number"]);
    refused(
        &fact("warrant_issuer", "\"oficer\""),
        &expect![
            "line 2, column 39 (/facts/warrant_issuer/value): `oficer` is none of `judge`, `officer`; did you mean `officer`?"
        ],
    );
    refused(
        &fact("warrant_issuer", "3"),
        &expect![
            "line 2, column 39 (/facts/warrant_issuer/value): the number `3` where one of `judge`, `officer` is expected"
        ],
    );
    refused(
        &fact("instant_arrest_date", "\"2026-02-30\""),
        &expect![
            "line 2, column 44 (/facts/instant_arrest_date/value): `2026-02-30` is not a day of the calendar, written as `2026-06-15`"
        ],
    );
    refused(
        &fact("release_due_at", "\"2026-09-04\""),
        &expect![
            "line 2, column 39 (/facts/release_due_at/value): `2026-09-04` is not a local date and time, written as `2026-09-04T17:00`"
        ],
    );
    refused(
        &fact("convictions", "{}"),
        &expect![
            "line 2, column 36 (/facts/convictions/value): an object where a list of convictions (`[]` = the search found none) is expected"
        ],
    );
    refused(
        &with(r#"{"detainer_lodged": true}"#),
        &expect![
            "line 2, column 30 (/facts/detainer_lodged): `true` where an object with `value` and `source` is expected"
        ],
    );
    refused(
        &with(r#"{"detainer_lodged": {"source": "desk"}}"#),
        &expect!["line 2, column 30 (/facts/detainer_lodged): `value` is missing"],
    );
    refused(
        &with(r#"{"detainer_lodged": {"value": true, "sauce": "desk"}}"#),
        &expect!["line 2, column 46 (/facts/detainer_lodged/sauce): `sauce` is no part of a fact"],
    );
    refused(
        &with(r#"{"hours": {"value": 1}, "hours": {"value": 2}}"#),
        &expect!["line 2, column 34: `hours` stands here a second time; keep one"],
    );
}

#[test]
fn convictions_are_refused_with_their_place() {
    let conviction = |text: &str| with(&format!("{{\"convictions\": {{\"value\": [{text}]}}}}"));
    refused(
        &conviction(r#"{"law": "ny_penal"}"#),
        &expect!["line 2, column 37 (/facts/convictions/value/0): `source` is missing"],
    );
    refused(
        &conviction(r#"{"source": "d", "judgement_date": "2024-05-01"}"#),
        &expect![
            "line 2, column 53 (/facts/convictions/value/0/judgement_date): `judgement_date` is no part of a conviction; did you mean `judgment_date`?"
        ],
    );
    refused(
        &conviction(r#"{"source": "d", "grade": "felonny"}"#),
        &expect![
            "line 2, column 62 (/facts/convictions/value/0/grade): `felonny` is none of `felony`, `misdemeanor`, `violation`; did you mean `felony`?"
        ],
    );
    refused(
        &conviction(r#"{"source": "d", "custody": [{"from": "2024-05-01", "to": "2024-04-01"}]}"#),
        &expect![
            "line 2, column 94 (/facts/convictions/value/0/custody/0): a release on 2024-04-01, before the first day 2024-05-01, where a later day is expected"
        ],
    );
    refused(
        &conviction(r#"{"source": "d", "custody": [{"from": "unknown"}]}"#),
        &expect![
            "line 2, column 74 (/facts/convictions/value/0/custody/0/from): `unknown` is not a day of the calendar, written as `2026-06-15`"
        ],
    );
}

#[test]
fn questions_are_refused_with_their_place() {
    let question = |text: &str| format!("{{\"question\": {{{text}}}}}");
    let rest = r#""requester": "ice_ero", "statute_enforced": "civil_ina""#;
    refused(
        &question(&format!(r#""agency": "DOCS", "act": "hold", {rest}"#)),
        &expect!["line 1, column 25 (/question/agency): `DOCS` is no agency of this pack; did you mean `DOC`?"],
    );
    refused(
        &question(&format!(r#""agency": "DOC", "act": ["hold", "hold"], {rest}"#)),
        &expect!["line 1, column 48 (/question/act/1): `hold` is named twice"],
    );
    refused(
        &question(&format!(r#""agency": "DOC", "act": [], {rest}"#)),
        &expect!["line 1, column 14 (/question): `act` is missing"],
    );
    refused(&question(rest), &expect!["line 1, column 14 (/question): `agency` is missing"]);
    refused(
        &question(&format!(r#""agency": "DOC", "act": "hold", "document": ["i247a", 3], {rest}"#)),
        &expect!["line 1, column 69 (/question/document/1): the number `3` where a name, as a text, is expected"],
    );
    refused("{}", &expect!["line 1, column 1: `question` is missing"]);
    refused("[]", &expect!["line 1, column 1: a list of 0 where an object with `question` and `facts` is expected"]);
    refused(
        r#"{"questions": {}}"#,
        &expect!["line 1, column 2 (/questions): `questions` is no part of this file; did you mean `question`?"],
    );
}

#[test]
fn files_that_are_not_whole_are_refused() {
    refused(
        "",
        &expect![
            "line 1, column 1: the file ends in the middle: it was cut short, or a bracket or quotation mark is not closed"
        ],
    );
    let whole = with(r#"{"hours": {"value": 1}}"#);
    for cut in 0..whole.len() {
        assert!(parse(&whole[..cut]).is_err(), "{cut}");
    }
    refused(&format!("{whole}]"), &expect!["line 2, column 34: not JSON: something stands after the end"]);
    refused(&"[".repeat(1_000), &expect!["line 1, column 14: more than 12 levels deep"]);
    refused(
        &with(&format!("{{\"hours\": {{\"value\": 1, \"source\": \"{}\"}}}}", "x".repeat(3_000))),
        &expect!["line 2, column 43: a text of more than 2000 bytes"],
    );
    refused(
        &" ".repeat(1_000_001),
        &expect!["line 1, column 1: the file has 1000001 bytes, and at most 1000000 are read"],
    );
    refused("{\"question\": \"\u{fc}\",\n \"é\": x}", &expect!["line 2, column 7: not JSON: `x` is not expected here"]);
}

#[test]
fn what_is_never_asked_is_refused_by_name() {
    let two = |one: &str, two: &str| {
        [
            format!("{one}_{two}"),
            format!("{one}-{two}"),
            format!("PERSON {one} {two}").to_uppercase(),
            format!("{two}_of_{one}"),
        ]
    };
    let names = [two("immigration", "status"), two("birth", "country"), two("origin", "country")].concat();
    for name in names.iter().map(String::as_str).chain(["nationality", "Citizenship", "citizenship_code"]) {
        let error = parse(&with(&format!("{{\"{name}\": {{\"value\": true}}}}"))).unwrap_err();
        assert!(
            matches!(&error.what, FactsErrorKind::NeverAsked { reason, .. } if reason.contains("never asked")),
            "{name}: {error}"
        );
        assert_eq!((error.line, error.column), (2, 11));
    }
    for name in ["detainer_lodged", "immigration_enforcement", "purpose_civil_immigration", "statute_class"] {
        assert_eq!(never_asked(name), None);
    }
    let inside = with(r#"{"convictions": {"value": [{"source": "d", "nationality": "x"}]}}"#);
    assert!(matches!(parse(&inside).unwrap_err().what, FactsErrorKind::NeverAsked { .. }));
}
