//! The guide's calls from outside: every decided case, every situation of every agency, and that nothing that it hands out says yes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::{collections::BTreeMap, fs, path::Path, sync::LazyLock};

use guide::{
    SITUATIONS,
    calls::{CallError, State, call},
};
use law::{Outcome, Pack, PackFiles, Said, decide, pack::CaseBody};
use serde_json::{Value, json};

static NYC: LazyLock<Pack> = LazyLock::new(|| {
    let mut files = BTreeMap::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packs/nyc");
    let mut open = vec![root.clone()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
                files.insert(name, fs::read(&path).unwrap());
            }
        }
    }
    Pack::load(&PackFiles(files)).unwrap_or_else(|error| panic!("{error}"))
});

/// A guide with the city's pack.
fn opened() -> State {
    let mut state = State::default();
    let told: Value = serde_json::from_slice(&call(&mut state, 1, &NYC.compiled().unwrap()).unwrap()).unwrap();
    assert_eq!(told["sha256"], NYC.reference().sha256.as_str());
    state
}

fn asked(state: &mut State, number: u32, input: &Value) -> Result<Value, CallError> {
    let answer = call(state, number, input.to_string().as_bytes())?;
    Ok(serde_json::from_slice(&answer).unwrap())
}

/// A day on which the guide's pack was confirmed.
fn fresh(today: &str) -> Value {
    json!({ "today": today, "confirmed": today, "server_pack": NYC.reference().sha256 })
}

/// Every value of every field of this name in an answer.
fn every<'a>(value: &'a Value, name: &str, found: &mut Vec<&'a Value>) {
    match value {
        Value::Object(fields) => fields.iter().for_each(|(field, value)| {
            if field == name {
                found.push(value);
            }
            every(value, name, found);
        }),
        Value::Array(values) => values.iter().for_each(|value| every(value, name, found)),
        _ => {}
    }
}

/// Nothing in an answer is an outcome but "barred" and "ask counsel".
fn says_no_yes(answer: &Value) {
    let mut said = Vec::new();
    every(answer, "said", &mut said);
    said.retain(|one| !one.is_array());
    assert!(said.iter().all(|one| **one == "barred" || **one == "escalate"), "{answer}");
    for name in ["outcome", "result", "layers", "provisions", "ways_to_yes"] {
        let mut found = Vec::new();
        every(answer, name, &mut found);
        assert!(found.is_empty(), "{name}: {answer}");
    }
    let end = answer["end"].as_str().unwrap_or("barred");
    assert!(["barred", "escalate", "escalate-no-paper"].contains(&end), "{answer}");
}

#[test]
fn every_decided_case_is_barred_where_the_server_bars_and_else_for_counsel() {
    let mut state = opened();
    let mut counts: BTreeMap<(Outcome, Said), usize> = BTreeMap::new();
    for case in NYC.cases() {
        let CaseBody::Decide { on, question, facts, .. } = &case.body else { continue };
        let said = asked(&mut state, 4, &json!({ "question": question, "facts": facts, "on": on })).unwrap();
        let said: Said = serde_json::from_value(said).unwrap();
        let outcome = decide(&NYC, question, facts, *on).outcome;
        assert_eq!(said == Said::Barred, outcome == Outcome::Barred, "{} {}: {outcome}", case.place, case.id);
        *counts.entry((outcome, said)).or_default() += 1;
    }
    for outcome in [Outcome::Barred, Outcome::Escalate, Outcome::NotYetKnown, Outcome::Permitted, Outcome::Required] {
        let of_outcome: usize = counts.iter().filter(|((one, _), _)| *one == outcome).map(|(_, count)| count).sum();
        assert!(of_outcome > 20, "{outcome}: {counts:?}");
    }
}

#[test]
fn every_situation_is_walked_to_its_end_and_none_says_yes() {
    let mut state = opened();
    let (mut answers, mut barred) = (0, 0);
    for agency in ["DOC", "NYPD", "DOE"] {
        let begun = asked(&mut state, 2, &json!(agency)).unwrap();
        assert!(begun["situations"].as_array().unwrap().len() > SITUATIONS.len() / 2, "{begun}");
        for situation in begun["situations"].as_array().unwrap() {
            // Each choice is taken once as the first, once as the last of its list.
            for last in [false, true] {
                let mut given = json!({ "agency": agency, "start": situation, "fields": [], "answer": false, "standing": fresh("2026-08-20") });
                for taps in 0.. {
                    assert!(taps < 40, "{agency} {situation} has no end");
                    let answer = asked(&mut state, 3, &given).unwrap();
                    says_no_yes(&answer);
                    let Some(ask) = answer.get("ask") else {
                        answers += 1;
                        barred += usize::from(answer["said"][0]["said"] == "barred");
                        break;
                    };
                    let mut fields = answer["fields"].as_array().unwrap().clone();
                    fields.extend(chosen(ask, last));
                    given["start"] = Value::Null;
                    given["fields"] = fields.into();
                }
            }
        }
    }
    assert!(answers > 40 && barred > 10, "{barred} of {answers}");
}

fn chosen(ask: &Value, last: bool) -> Vec<Value> {
    let choice = |list: &Value| {
        let list = list.as_array().unwrap();
        if last { list.last().cloned() } else { list.first().cloned() }.map(|one| one["value"].clone())
    };
    match ask["kind"].as_str().unwrap() {
        "documents" => vec![json!(["documents", "answered"]), json!(["document", choice(&ask["choices"])])],
        "fact" if ask["yes_or_no"] == true => vec![json!([ask["field"], if last { "no" } else { "yes" }])],
        "fact" => vec![json!([ask["field"], choice(&ask["choices"]).unwrap_or_else(|| json!("3"))])],
        "search" => {
            let list = ask["choices"].as_array().unwrap();
            vec![json!(["search", if last { list.last() } else { list.first() }])]
        }
        kind => vec![json!([kind, choice(&ask["choices"])])],
    }
}

/// What is asked next, or said, of an agency with these answers.
fn stepped(state: &mut State, agency: &str, fields: &[[&str; 2]]) -> Value {
    let given =
        json!({ "agency": agency, "start": null, "fields": fields, "answer": false, "standing": fresh("2026-08-20") });
    asked(state, 3, &given).unwrap()
}

#[test]
fn a_court_s_paper_ends_the_questions_for_counsel_and_the_desk_can_go_on() {
    let mut state = opened();
    let door = [
        ["situation", "door"],
        ["act", "give_access"],
        ["fact.city_property", "yes"],
        ["fact.non_public_area", "yes"],
        ["fact.staff_under_duress", "no"],
        ["fact.exigent_circumstances", "no"],
        ["documents", "answered"],
    ];
    let court = [door.as_slice(), &[["document", "judicial_search_warrant"]]].concat();
    let answer = stepped(&mut state, "DSS", &court);
    let told = &answer["said"][0];
    assert!(answer.get("ask").is_none() && answer["further"] == true, "{answer}");
    assert_eq!((&told["said"], &told["word"]), (&json!("escalate"), &json!("court-paper")));
    assert_eq!((&answer["family"], &answer["end"]), (&json!("door"), &json!("escalate")));
    let on = stepped(&mut state, "DSS", &[court.as_slice(), &[["further", "yes"]]].concat());
    assert!(on.get("ask").is_some() && on["further"] == false, "{on}");
    assert!(on["fields"].as_array().unwrap().contains(&json!(["further", "yes"])), "{on}");
    // An officer's paper is no court's.
    for paper in ["i200", "i205", "immigration_judge_order"] {
        let fields = [door.as_slice(), &[["document", paper], ["statute", "civil_ina"]]].concat();
        let answer = stepped(&mut state, "DSS", &fields);
        assert_eq!((&answer["said"][0]["word"], &answer["further"]), (&json!("barred"), &json!(false)), "{paper}");
    }
}

/// Where the law gives a yes on a court's paper, the guide says what it says of any: nothing in it tells them apart.
#[test]
fn of_a_court_s_paper_nothing_tells_a_yes_from_any_other_answer() {
    let mut state = opened();
    let mut walked = 0;
    for case in NYC.cases() {
        let CaseBody::Decide { on, question, facts, .. } = &case.body else { continue };
        let outcome = decide(&NYC, question, facts, *on).outcome;
        if !guide::of_a_court(&question.document) || !matches!(outcome, Outcome::Permitted | Outcome::Required) {
            continue;
        }
        let mut fields = vec![
            json!(["act", question.act]),
            json!(["requester", question.requester]),
            json!(["statute", question.statute_enforced]),
            json!(["documents", "answered"]),
        ];
        fields.extend(question.document.iter().map(|paper| json!(["document", paper])));
        let said = facts.iter().map(|(name, fact)| json!([format!("fact.{name}"), fact.value.to_string()]));
        fields.extend(said);
        let standing = fresh(&on.to_string());
        let given = json!({ "agency": question.agency, "start": null, "fields": fields, "answer": false, "standing": standing });
        let Ok(answer) = asked(&mut state, 3, &given) else { continue };
        walked += 1;
        assert!(answer.get("ask").is_none() && answer["further"] == true, "{}: {answer}", case.id);
        assert_eq!(answer["said"][0]["word"], "court-paper", "{}", case.id);
        says_no_yes(&answer);
    }
    assert!(walked > 5, "{walked}");
}

#[test]
fn danger_is_asked_first_at_a_door_the_papers_of_a_subpoena_and_the_search_in_one_question() {
    let mut state = opened();
    for (agency, situation, kind, field) in [
        ("DSS", "door", "fact", json!("fact.exigent_circumstances")),
        ("DOC", "subpoena", "documents", Value::Null),
        ("DOE", "student", "documents", Value::Null),
    ] {
        let given = json!({ "agency": agency, "start": situation, "fields": [], "answer": false, "standing": fresh("2026-08-20") });
        let ask = &asked(&mut state, 3, &given).unwrap()["ask"];
        assert_eq!((&ask["kind"], &ask["field"]), (&json!(kind), &field), "{situation}");
    }
    let release = [
        ["situation", "release-date"],
        ["act", "disclose_custody_information"],
        ["statute", "civil_ina"],
        ["requester", "ice_ero"],
        ["fact.required_by_law", "no"],
        ["fact.about_person_in_custody", "yes"],
        ["fact.information_belongs_to_department", "yes"],
        ["fact.information_known_only_officially", "yes"],
    ];
    let answer = stepped(&mut state, "DOC", &release);
    assert_eq!(answer["ask"]["kind"], "search", "{answer}");
    assert_eq!(answer["ask"]["choices"], json!(["neither", "conviction", "match", "both", "unknown"]));
    let answer = stepped(&mut state, "DOC", &[release.as_slice(), &[["search", "neither"]]].concat());
    assert_eq!((answer.get("ask"), &answer["said"][0]["said"]), (None, &json!("barred")), "{answer}");
    let fields = answer["fields"].as_array().unwrap();
    for fact in ["fact.vs_conviction_in_window", "fact.tsdb_possible_match"] {
        assert!(fields.contains(&json!([fact, "no"])), "{answer}");
    }
    for word in ["conviction", "match", "both", "unknown"] {
        let answer = stepped(&mut state, "DOC", &[release.as_slice(), &[["search", word]]].concat());
        assert_ne!(answer["ask"]["kind"], "search", "{word}: it is asked once");
        assert_eq!(answer["said"][0]["said"], "escalate", "{word}");
    }
}

#[test]
fn a_bar_names_its_provisions_and_a_stale_guide_bars_nothing() {
    let mut state = opened();
    let mut given =
        json!({ "agency": "DOC", "start": "detainer", "fields": [], "answer": true, "standing": fresh("2026-08-20") });
    let answer = asked(&mut state, 3, &given).unwrap();
    let mut barred = given.clone();
    barred["start"] = Value::Null;
    let mut fields = answer["fields"].as_array().unwrap().clone();
    fields.extend([json!(["requester", "ice_ero"]), json!(["documents", "answered"])]);
    barred["fields"] = fields.clone().into();
    let answer = asked(&mut state, 3, &barred).unwrap();
    let told = &answer["said"][1];
    assert_eq!((&told["act"], &told["said"]), (&json!("notify_release"), &json!("barred")), "{answer}");
    assert_eq!(told["because"][0]["provision"], "9-131(b)(1)", "{answer}");
    assert_eq!((&answer["family"], &answer["end"]), (&json!("custody"), &json!("barred")));
    assert!(answer.get("stale").is_none() && answer.get("read_until").is_none(), "{answer}");
    given["start"] = Value::Null;
    given["fields"] = fields.into();
    for (standing, stale) in [
        (json!({ "today": "2026-09-10", "confirmed": "2026-08-20", "server_pack": NYC.reference().sha256 }), "old"),
        (json!({ "today": "2026-08-20", "confirmed": "2026-08-20", "server_pack": "00" }), "other_pack"),
        (json!({ "today": "2026-08-20" }), "old"),
    ] {
        given["standing"] = standing;
        let answer = asked(&mut state, 3, &given).unwrap();
        assert_eq!(answer["stale"], stale);
        for told in answer["said"].as_array().unwrap() {
            assert_eq!((&told["said"], &told["because"]), (&json!("escalate"), &json!([])), "{answer}");
        }
    }
}

#[test]
fn what_cannot_be_read_gives_nothing() {
    let mut empty = State::default();
    assert_eq!(asked(&mut empty, 2, &json!("DOC")), Err(CallError::NoPack));
    assert!(matches!(call(&mut empty, 1, b"{}"), Err(CallError::Pack(_))));
    let mut state = opened();
    assert_eq!(asked(&mut state, 9, &json!(1)), Err(CallError::NoCall(9)));
    assert_eq!(asked(&mut state, 3, &json!("x")), Err(CallError::Input));
    let mut given = json!({ "agency": "DOC", "start": null, "fields": [["act", "dance"]], "answer": true, "standing": fresh("2026-08-20") });
    assert_eq!(asked(&mut state, 3, &given), Err(CallError::Fields));
    given["fields"] = json!([["act", "hold"], ["search", "maybe"]]);
    assert_eq!(asked(&mut state, 3, &given), Err(CallError::Fields), "no answer of the search");
    given["fields"] = json!([["act", "hold"], ["documents", "answered"], ["document", "none"], ["document", "i200"]]);
    assert_eq!(asked(&mut state, 3, &given), Err(CallError::Fields), "a paper and none");
    given["fields"] = json!([]);
    assert_eq!(asked(&mut state, 3, &given), Err(CallError::Fields), "no act");
    given["agency"] = json!("FBI");
    assert_eq!(asked(&mut state, 3, &given), Err(CallError::Fields), "no agency of the pack");
}
