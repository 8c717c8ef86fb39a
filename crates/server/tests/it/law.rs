//! `vouchsafe law` as counsel calls it: what is wrong with a pack and where, a provision in words, two packs side by side.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::json;
use server::store::{Sqlite, Store as _};

use crate::commands::Place;
use crate::folders::copy;

/// A copy of the small pack of the tests, in the folder `name`, with one text replaced by another.
fn pack(place: &Place, name: &str, edit: Option<(&str, &str)>) -> PathBuf {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/law/good");
    let to = place.path().join(name);
    copy(&from, &to);
    if let Some((old, new)) = edit {
        let file = to.join("city/1.md");
        let text = fs::read_to_string(&file).unwrap();
        assert!(text.contains(old), "{old}");
        fs::write(file, text.replacen(old, new, 1)).unwrap();
    }
    to
}

/// The line of the file on which this text begins, from 1.
fn line(pack: &Path, text: &str) -> usize {
    let file = fs::read_to_string(pack.join("city/1.md")).unwrap();
    file[..file.find(text).unwrap()].matches('\n').count() + 1
}

#[test]
fn the_configuration_names_the_pack_for_these_commands_too() {
    let place = Place::new();
    pack(&place, "good", None);
    place.file("city.toml", "pack = \"good\"\n");
    let run = place.run(&["law", "check", "--json", "--config", "city.toml"]);
    assert_eq!((run.status, &run.json()["pack"]["id"]), (0, &json!("small")), "{}", run.err);
    let explained = place.run(&["law", "explain", "2(a)", "--config", "city.toml"]);
    assert_eq!(explained.status, 0, "{}", explained.err);
    for command in [&["law", "check"][..], &["law", "cases"], &["law", "prove"]] {
        let run = place.run(&[command, &["--config", "none.toml"]].concat());
        assert_eq!((run.status, run.out.as_str()), (2, ""));
        assert!(run.err.contains("the configuration file `none.toml` cannot be read"), "{}", run.err);
    }
}

#[test]
fn check_counts_a_whole_pack_and_names_what_is_wrong_with_its_place() {
    let place = Place::new();
    pack(&place, "good", None);
    let whole = place.run(&["law", "check", "--pack", "good", "--json"]);
    assert_eq!(whole.status, 0, "{}", whole.err);
    assert_eq!(whole.json()["problems"], json!([]));
    assert!(whole.json()["provisions"].as_u64().unwrap() >= 3, "{}", whole.out);
    assert_eq!(whole.json()["pack"]["id"], "small");

    let bad = pack(&place, "bad", Some(("context.release_is_public };", "context.release_is_publik };")));
    let at = line(&bad, "@id(\"2(a)/public\")");
    let run = place.run(&["law", "check", "--pack", "bad"]);
    assert_eq!((run.status, run.err.as_str()), (1, ""));
    let place_of = |line: usize| format!("city/1.md:{line}: rule `2(a)/public`: `context.release_is_publik`");
    assert!(run.out.lines().any(|told| told.starts_with(&place_of(at))), "{}", run.out);
    assert!(run.out.lines().last().unwrap().starts_with("2 problems"), "{}", run.out);
    let run = place.run(&["law", "check", "--pack", "bad", "--json"]);
    assert_eq!((run.status, run.err.as_str()), (1, ""));
    let json = run.json();
    let of = |name: &str| json["problems"].as_array().unwrap().iter().map(|it| it[name].clone()).collect::<Vec<_>>();
    assert_eq!(of("file"), ["city/1.md", "city/1.md"]);
    assert_eq!(of("provision"), ["2(a)", "2(a)"]);
    assert_eq!(of("rule"), [json!(null), json!("2(a)/public")]);
    assert_eq!(of("line"), [line(&bad, "id = \"2(a)\""), at]);
    assert!(of("message")[1].as_str().unwrap().contains("did you mean `release_is_public`?"), "{json}");
}

#[test]
fn a_pack_that_cannot_be_read_is_2_for_every_command() {
    let place = Place::new();
    pack(&place, "good", None);
    pack(&place, "bad", Some(("citation = \"Small Code § 2(a)\"\n", "")));
    for arguments in [
        &["law", "check", "--pack", "absent"][..],
        &["law", "cases", "--pack", "bad"],
        &["law", "prove", "--pack", "bad"],
        &["law", "explain", "1(a)", "--pack", "bad"],
        &["law", "explain", "no-such", "--pack", "good"],
        &["law", "explain", "1(a)", "--on", "2013-12-31", "--pack", "good"],
        &["law", "diff", "good", "bad"],
        &["law", "diff", "absent", "good"],
    ] {
        let run = place.run(arguments);
        assert_eq!((run.status, run.out.as_str()), (2, ""), "{arguments:?}: {}", run.err);
        assert!(!run.err.is_empty() && !run.err.contains("panicked"), "{arguments:?}: {}", run.err);
    }
    let run = place.run(&["law", "prove", "--pack", "bad"]);
    assert!(run.err.contains("city/1.md") && run.err.contains("citation"), "{}", run.err);
}

#[test]
fn explain_shows_words_rules_days_and_place() {
    let place = Place::new();
    let good = pack(&place, "good", None);
    let run = place.run(&["law", "explain", "1(a)", "--on", "2020-01-01", "--pack", "good"]);
    assert_eq!((run.status, run.err.as_str()), (0, ""));
    for words in [
        "Small Code § 1(a)",
        "The jail may hold a person on a detainer only with a judge's warrant, and not for long.",
        "permits [1(a)/warrant] A judge's warrant names this person, and the hours are not over.",
        "bars [1(a)/too-long] The hours are over.",
        "term.warrant_1 (Small Code § 1(b)",
        "city/1.md:",
    ] {
        assert!(run.out.contains(words), "`{words}` is not in\n{}", run.out);
    }
    let json = place.run(&["law", "explain", "1(a)", "--pack", "good", "--json"]).json();
    let version = &json["versions"][0];
    assert_eq!((&json["provision"], json["versions"].as_array().unwrap().len()), (&json!("1(a)"), 1));
    assert_eq!((&version["file"], &version["agencies"]), (&json!("city/1.md"), &json!(["JAIL"])));
    let ids: Vec<&str> = version["rules"].as_array().unwrap().iter().map(|rule| rule["id"].as_str().unwrap()).collect();
    assert_eq!(
        ids,
        ["1(a)/warrant", "1(a)/no-detainer", "1(a)/too-long", "1(a)/never-told", "1(a)/write-down", "1(a)/count"]
    );
    assert!(usize::try_from(version["line"].as_u64().unwrap()).unwrap() >= line(&good, "## 1(a)"), "{version}");
}

#[test]
fn diff_lists_provisions_that_changed_and_cases_that_are_answered_otherwise() {
    let place = Place::new();
    pack(&place, "old", None);
    // The bill no longer asks whose name the warrant bears, and words the provision otherwise.
    let names = (
        "context.warrant_signed_by == \\\"judge\\\" && context.names_this_person",
        "context.warrant_signed_by == \\\"judge\\\"",
    );
    let new = pack(&place, "new", Some(names));
    let file = new.join("city/1.md");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.replacen("and not for long.\"", "and for an hour.\"", 1)).unwrap();
    let same = place.run(&["law", "diff", "old", "old", "--json"]);
    assert_eq!((same.status, same.json()), (0, json!({"provisions": [], "fallen": [], "cases": []})));
    let run = place.run(&["law", "diff", "old", "new", "--json"]);
    assert_eq!(run.status, 0, "{}", run.err);
    let json = run.json();
    assert_eq!(
        (&json["provisions"][0]["id"], &json["provisions"][0]["how"]),
        (&json!("1(a)"), &json!("changed")),
        "{json}"
    );
    let case = &json["cases"][0];
    assert_eq!(
        (&case["id"], &case["was"], &case["is"]),
        (&json!("another-person"), &json!("barred"), &json!("permitted"))
    );
    assert_eq!(
        (&case["file"], &case["layers"]),
        (&json!("city/1.md"), &json!({"city": ["barred", "permitted"]})),
        "{json}"
    );
    let text = place.run(&["law", "diff", "old", "new"]);
    assert!(text.status == 0 && text.out.contains("case `another-person` (city/1.md:"), "{}", text.out);
    assert!(text.out.contains("barred -> permitted") && text.out.contains("1(a)"), "{}", text.out);
}

#[test]
fn an_unfit_pack_decides_nothing_by_any_command() {
    let place = Place::new();
    pack(&place, "unfit", Some(("context.detainer_shown && term.warrant_1 &&", "")));
    place.file("facts.json", "{}");
    place.file("rows.csv", "");
    // The pack that decides, and one that is not law in force.
    for command in [
        &["decide", "facts.json", "--pack", "unfit"][..],
        &["import", "ice-foia", "rows.csv", "--pack", "unfit"],
        &["serve", "--listen", "127.0.0.1:0", "--pack", "unfit"],
        &["law", "bill", "unfit"],
        &["serve", "--listen", "127.0.0.1:0", "--overlay", "unfit"],
    ] {
        let run = place.run(&[command, &["--data", "city"]].concat());
        assert_eq!((run.status, run.out.as_str()), (2, ""), "{command:?}");
        assert!(
            run.err.contains("must not decide: theorem `no-hold-without-a-warrant` falls"),
            "{command:?}: {}",
            run.err
        );
    }
}

#[test]
#[cfg(not(feature = "prover"))]
fn without_the_second_prover_the_command_says_how_to_build_it() {
    let place = Place::new();
    pack(&place, "good", None);
    let run = place.run(&["law", "prove", "--solver", "cvc5", "--pack", "good"]);
    assert_eq!((run.status, run.out.as_str()), (2, ""));
    let command = "cargo run --locked -p server --features prover --bin vouchsafe -- law prove --solver cvc5";
    assert!(run.err.contains(command), "{}", run.err);
}

#[test]
fn counsel_sees_which_recorded_answers_a_bill_would_have_given_otherwise() {
    let place = Place::new();
    pack(&place, "good", None);
    // The bill no longer asks whose name the warrant bears, and its own case says so.
    let names = (
        "context.warrant_signed_by == \\\"judge\\\" && context.names_this_person",
        "context.warrant_signed_by == \\\"judge\\\"",
    );
    let bill = pack(&place, "bill", Some(names));
    pack(&place, "unfit", Some(names));
    let file = bill.join("city/1.md");
    let text = fs::read_to_string(&file).unwrap();
    let (before, after) = text.split_once("id = \"another-person\"").unwrap();
    let after = after.replacen("whole = \"barred\"", "whole = \"permitted\"", 1);
    fs::write(&file, format!("{before}id = \"another-person\"{after}")).unwrap();
    // Asked and recorded: of another person, of this one, and by another agency.
    let asked = |agency: &str, act: &str, facts: serde_json::Value| {
        let question = json!({"agency": agency, "act": act, "requester": "federal_agents", "statute_enforced": "civil", "document": ["detainer"]});
        let path = place.file("facts.json", json!({"question": question, "facts": facts}).to_string());
        let on = ["decide", path.to_str().unwrap(), "--on", "2020-01-01", "--record", "--json"];
        let run = place.run(&[&on[..], &["--pack", "good", "--data", "city"]].concat());
        assert!(run.status != 2, "{}", run.err);
        run.json()["request"].as_str().unwrap().to_owned()
    };
    let fact = |value: serde_json::Value| json!({"value": value, "source": "the paper"});
    let hold = |this: bool| {
        let (judge, hours) = (fact(json!("judge")), fact(json!(1)));
        asked(
            "JAIL",
            "hold",
            json!({"warrant_signed_by": judge, "names_this_person": fact(json!(this)), "hours_held": hours}),
        )
    };
    let other = hold(false);
    hold(true);
    asked("LIBRARY", "tell", json!({"release_is_public": fact(json!(false))}));
    let entries = || Sqlite::open_to_read(&place.path().join("city/record.sqlite3")).unwrap().count().unwrap();
    let before = entries();

    let of_bill = |more: &[&str]| place.run(&[&["law", "bill", "bill", "--data", "city"], more].concat());
    let run = of_bill(&["--json"]);
    assert_eq!(run.status, 0, "{}", run.err);
    let json = run.json();
    assert_eq!(json["answers"], 3);
    assert_eq!(
        json["changed"],
        json!([{"request": other, "agency": "JAIL", "act": "hold", "on": "2020-01-01", "was": "barred", "is": "permitted"}])
    );
    assert_eq!(json["steps"], json!([{"was": "barred", "is": "permitted", "answers": 1}]));
    assert_eq!(
        json["kinds"],
        json!([
            {"agency": "JAIL", "act": "hold", "answers": 2, "changed": 1},
            {"agency": "LIBRARY", "act": "tell", "answers": 1, "changed": 0},
        ])
    );
    let text = of_bill(&[]);
    assert_eq!(text.status, 0, "{}", text.err);
    for says in [
        "This pack is not law in force".to_owned(),
        format!("2020-01-01 JAIL hold: Barred -> Permitted {other}"),
        "Barred -> Permitted: 1".to_owned(),
        "JAIL hold: 1 of 2".to_owned(),
        "1 of 3 answers would be different.".to_owned(),
    ] {
        assert!(text.out.contains(&says), "`{says}` is not in\n{}", text.out);
    }
    // One agency's alone; and the law in force would have given every answer as it was given.
    let library = of_bill(&["--agency", "LIBRARY", "--json"]).json();
    assert_eq!((&library["answers"], &library["changed"]), (&json!(1), &json!([])));
    let same = place.run(&["law", "bill", "good", "--data", "city", "--json"]).json();
    assert_eq!((&same["answers"], &same["changed"]), (&json!(3), &json!([])));
    assert_eq!(entries(), before, "nothing was recorded");

    // What cannot be gone through is bad input, told with its place.
    pack(&place, "bad", Some(("context.release_is_public };", "context.release_is_publik };")));
    let rule = line(&place.path().join("bad"), "@id(\"2(a)/public\")");
    for (arguments, says) in [
        (["bad", "--data", "city"], format!("city/1.md:{rule}: rule `2(a)/public`")),
        (["unfit", "--data", "city"], "case `another-person` fails".to_owned()),
        (["absent", "--data", "city"], "`absent`".to_owned()),
        (["bill", "--data", "nowhere"], "there is no data folder `nowhere`".to_owned()),
        (["bill", "--agency", "NOBODY"], "there is no data folder".to_owned()),
    ] {
        let run = place.run(&[&["law", "bill"][..], &arguments].concat());
        assert_eq!((run.status, run.out.as_str()), (2, ""), "{arguments:?}");
        assert!(run.err.contains(&says), "{arguments:?}: {}", run.err);
    }
    let nobody = of_bill(&["--agency", "NOBODY"]);
    assert_eq!((nobody.status, nobody.out.as_str()), (2, ""));
    assert!(nobody.err.contains("an agency `NOBODY`"), "{}", nobody.err);
    assert!(!place.path().join("nowhere").exists());
}
