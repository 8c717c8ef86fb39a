//! The small pack of `testdata/law/good`: what it decides, and what is shown with a decision.

use expect_test::{Expect, expect};
use law::{Decision, Facts, Outcome, Pack, Question, Value, decide, mutate, prove};

use crate::support::{edited, good};

fn question(agency: &str, act: &str, paper: &str) -> Question {
    Question {
        agency: agency.into(),
        act: act.into(),
        requester: "federal_agents".into(),
        statute_enforced: "civil".into(),
        document: vec![paper.into()],
    }
}

fn facts(known: &[(&str, Value)]) -> Facts {
    let mut facts = Facts::new();
    for (name, value) in known {
        facts.insert(*name, value.clone(), "test");
    }
    facts
}

fn ask(pack: &Pack, act: &str, known: &[(&str, Value)], on: &str) -> Decision {
    decide(pack, &question("JAIL", act, "detainer"), &facts(known), on.parse().unwrap())
}

fn shown(decision: &Decision) -> String {
    use std::fmt::Write as _;
    let mut text = String::new();
    writeln!(text, "{}", decision.outcome).unwrap();
    for unmet in decision.unmet.iter() {
        writeln!(text, "unmet {}: {}", unmet.rule, unmet.plain).unwrap();
        for condition in &unmet.conditions {
            writeln!(text, "    [{}] {}", condition.holds, condition.needs).unwrap();
        }
    }
    for next in decision.next_questions.iter() {
        writeln!(text, "ask {}: {}", next.fact, next.question).unwrap();
    }
    for way in decision.ways_to_yes.iter() {
        let needs: Vec<&str> = way.iter().map(|it| it.needs.as_str()).collect();
        writeln!(text, "way: {}", needs.join(" + ")).unwrap();
    }
    if let Some(fault) = &decision.fault {
        writeln!(text, "fault: {fault}").unwrap();
    }
    text
}

fn check(decision: &Decision, expected: &Expect) {
    expected.assert_eq(&shown(decision));
}

#[test]
fn its_cases_hold_and_its_theorems_are_proved() {
    let pack = good();
    for case in law::cases::run(&pack) {
        assert!(case.differs.is_empty(), "{}: {:?}", case.id, case.differs);
    }
    for proof in prove::prove(&pack) {
        assert!(proof.broken.is_none(), "{}: {:?}", proof.id, proof.broken);
    }
}

#[test]
fn what_is_unknown_is_asked_and_never_permits() {
    check(
        &ask(&good(), "hold", &[("hours_held", Value::Number(30))], "2020-01-01"),
        &expect![[r#"
            not_yet_known
            unmet 1(a)/warrant: A judge's warrant names this person, and the hours are not over.
                [unknown] A judge signed the warrant.
                [unknown] The warrant names this person.
            unmet 1(a)/no-detainer: No detainer was shown; this section says nothing.
                [no] No detainer was shown.
            ask warrant_signed_by: Who signed the warrant?
            ask names_this_person: Does the warrant name this person?
            way: A judge signed the warrant. + The warrant names this person.
        "#]],
    );
}

#[test]
fn a_dated_number_follows_the_day() {
    let held = [
        ("hours_held", Value::Number(30)),
        ("warrant_signed_by", Value::Text("judge".into())),
        ("names_this_person", Value::Bool(true)),
    ];
    assert_eq!(ask(&good(), "hold", &held, "2017-12-31").outcome, Outcome::Barred);
    assert_eq!(ask(&good(), "hold", &held, "2018-01-01").outcome, Outcome::Permitted);
}

#[test]
fn what_cannot_matter_is_not_asked() {
    // Whatever the warrant, the hours are over: there is nothing to ask.
    let decision = ask(&good(), "hold", &[("hours_held", Value::Number(49))], "2020-01-01");
    assert_eq!(decision.outcome, Outcome::Barred);
    assert!(decision.next_questions.is_empty());
}

#[test]
fn invariants_are_used() {
    let known = [("hours_held", Value::Number(1)), ("names_this_person", Value::Bool(true))];
    let decision = ask(&good(), "hold", &known, "2020-01-01");
    assert_eq!(decision.next_questions.len(), 1, "{}", shown(&decision));
    let contradiction = [("warrant_signed_by", Value::Text("nobody".into())), ("names_this_person", Value::Bool(true))];
    check(
        &ask(&good(), "hold", &contradiction, "2020-01-01"),
        &expect![[r#"
            barred
            fault: the facts contradict each other: A warrant that nobody signed names nobody.
        "#]],
    );
}

#[test]
fn whatever_goes_wrong_bars_with_its_reason() {
    let pack = good();
    check(
        &ask(&pack, "hold", &[], "2013-12-31"),
        &expect![[r#"
            barred
            fault: this pack speaks of no day before 2014-01-01; the law of 2013-12-31 was not read
        "#]],
    );
    check(
        &ask(&pack, "hold", &[("hours_held", Value::Bool(true))], "2020-01-01"),
        &expect![[r#"
            barred
            fault: the fact `hours_held` is given as `yes` and must be a whole number
        "#]],
    );
    check(
        &decide(&pack, &question("COUNTY", "hold", "none"), &Facts::new(), "2020-01-01".parse().unwrap()),
        &expect![[r#"
            barred
            fault: no provision of this pack governs `hold` by `COUNTY` on this day, and the silence is not declared
        "#]],
    );
    check(
        &decide(&pack, &question("MARS", "hold", "none"), &Facts::new(), "2020-01-01".parse().unwrap()),
        &expect![[r#"
            barred
            fault: `MARS` is no agency of this pack
        "#]],
    );
    let silence = decide(&pack, &question("LIBRARY", "hold", "none"), &Facts::new(), "2020-01-01".parse().unwrap());
    assert_eq!((silence.outcome, silence.fault), (Outcome::Outside, None));
}

#[test]
fn a_decision_reads_back_and_repeats() {
    let pack = good();
    let first = ask(&pack, "hold", &[("hours_held", Value::Number(30))], "2026-06-01");
    assert!(first.after_read_until);
    let text = serde_json::to_string(&first).unwrap();
    assert_eq!(serde_json::from_str::<Decision>(&text).unwrap(), first);
    assert_eq!(ask(&good(), "hold", &[("hours_held", Value::Number(30))], "2026-06-01"), first);
}

#[test]
fn a_broken_pack_is_found_by_its_theorem() {
    let pack = Pack::load(&edited(
        "city/1.md",
        r#"is = "context.warrant_signed_by == \"judge\" && context.names_this_person""#,
        r#"is = "context.names_this_person""#,
    ))
    .unwrap();
    // The theorem names the term, so it speaks of what the pack calls a warrant; the cases know better.
    let failed: Vec<String> =
        law::cases::run(&pack).into_iter().filter(|it| !it.differs.is_empty()).map(|it| it.id).collect();
    assert_eq!(failed, ["who-signed", "an-officers-warrant"]);
    let pack = Pack::load(&edited("city/1.md", "context.detainer_shown && term.warrant_1 &&", "")).unwrap();
    let proof = prove::prove(&pack).into_iter().find(|it| it.id == "no-hold-without-a-warrant").unwrap();
    let broken = proof.broken.unwrap();
    assert_eq!(broken.what, "the answer is permitted");
    assert_eq!(broken.replayed.unwrap().1, Outcome::Permitted);
}

#[test]
fn the_theorems_built_in_find_what_they_are_for() {
    let fallen = |file: &str, from: &str, to: &str| -> Vec<String> {
        let pack = Pack::load(&edited(file, from, to)).unwrap_or_else(|error| panic!("{error}"));
        prove::prove(&pack).into_iter().filter(|it| it.broken.is_some()).map(|it| it.id).collect()
    };
    assert_eq!(
        fallen("city/1.md", "&& context.hours_held <= param.hold_hours };", "};"),
        ["bars-carry-no-weight"],
        "a bar that decides against a permit carries weight"
    );
    assert_eq!(
        fallen("pack.toml", "permit = \"2(a)\"\nbar = \"1(a)\"", "permit = \"1(a)\"\nbar = \"2(a)\""),
        ["no-undeclared-conflict"]
    );
}

#[test]
fn every_slip_in_it_is_caught() {
    let found = mutate::mutate(&good(), 2);
    let survivors: Vec<String> =
        found.survivors.iter().map(|it| format!("{} `{}`: {}", it.place, it.name, it.change)).collect();
    expect![[r#""#]].assert_eq(&survivors.join("\n"));
    assert_eq!(found.not_judging, Vec::<String>::new());
    assert!(found.mutants >= 60, "{found:?}");
}

#[test]
fn a_slip_that_nothing_catches_is_listed() {
    // Without the case of the day before 2018, nothing tells 24 hours from 25.
    let pack = Pack::load(&edited("city/1.md", "on = 2017-12-31", "on = 2018-12-31")).unwrap();
    let found = mutate::mutate(&pack, 1);
    assert_eq!(found.not_judging, ["case `hours-over` (city/1.md:97)"]);
    let survivors: Vec<_> = found.survivors.iter().map(|it| (it.name.as_str(), it.change.as_str())).collect();
    assert_eq!(survivors, [("hold_hours", "24 made 25")]);
}

#[test]
fn two_packs_are_laid_side_by_side() {
    let bill =
        Pack::load(&edited("city/1.md", "context.detainer_shown && term.warrant_1 &&", "context.detainer_shown &&"))
            .unwrap();
    let found = law::diff::diff(&good(), &bill);
    let provisions: Vec<_> = found.provisions.iter().map(|it| (it.id.as_str(), it.what.as_slice())).collect();
    assert_eq!(provisions, [("1(a)", ["rule `1(a)/warrant` changed".to_owned()].as_slice())]);
    let fallen: Vec<_> = found.fallen.iter().map(|it| it.id.as_str()).collect();
    assert_eq!(fallen, ["no-hold-without-a-warrant"]);
    let cases: Vec<_> = found.cases.iter().map(|it| (it.id.as_str(), it.was, it.is)).collect();
    assert_eq!(
        cases,
        [
            ("who-signed", Outcome::NotYetKnown, Outcome::Permitted),
            ("an-officers-warrant", Outcome::Barred, Outcome::Permitted),
            ("another-person", Outcome::Barred, Outcome::Permitted),
        ]
    );
}

#[test]
fn the_hash_is_of_every_file() {
    let pack = good();
    let other = Pack::load(&edited("city/1.md", "# § 1 Holding people", "# § 1 Holding persons")).unwrap();
    assert_ne!(pack.reference().sha256, other.reference().sha256);
    assert_eq!(pack.reference().sha256.as_str().len(), 64);
}
