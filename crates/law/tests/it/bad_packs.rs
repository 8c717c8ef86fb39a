//! Every way in which a pack can be wrong: `testdata/law/bad`, one edit of the good pack a file, with the error it must give.

use std::fs;

use law::Pack;

use crate::support::{edited, root};

#[test]
fn each_bad_pack_is_refused_with_its_error() {
    let mut seen = 0;
    for entry in fs::read_dir(root().join("testdata/law/bad")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let text = fs::read_to_string(&path).unwrap();
        let (head, edit) = text.split_once("<<<<\n").unwrap();
        let key = |key: &str| head.lines().find_map(|line| line.strip_prefix(key)).unwrap().trim().to_owned();
        let (from, rest) = edit.split_once("\n====\n").unwrap();
        let to = rest.strip_suffix(">>>>\n").unwrap().trim_end_matches('\n');
        let error = match Pack::load(&edited(&key("file:"), from, to)) {
            Ok(_) => panic!("{name}: the pack was loaded"),
            Err(error) => error,
        };
        let expected = key("expect:");
        assert!(error.to_string().contains(&expected), "{name}: expected\n    {expected}\nfound\n{error}");
        assert!(error.problems.iter().all(|it| !it.file.is_empty() && !it.message.is_empty()), "{name}");
        seen += 1;
    }
    assert!(seen > 40, "only {seen} bad packs were found");
}

#[test]
fn a_pack_without_files_is_refused() {
    let error = Pack::load(&law::PackFiles::default()).unwrap_err();
    assert_eq!(error.to_string(), "pack.toml: the file is missing");
}

#[test]
fn bytes_that_are_no_text_are_refused() {
    let mut files = crate::support::good_files();
    files.0.insert("city/1.md".into(), vec![0xff, 0xfe]);
    let error = Pack::load(&files).unwrap_err();
    assert!(error.to_string().contains("city/1.md: the file is not UTF-8 text after byte 0"), "{error}");
}

/// The good pack with so many more facts, which one more rule reads, a bar or else a duty.
fn with_facts(more: usize, bars: bool) -> Result<Pack, law::PackError> {
    let (head, effect) = if bars {
        ("forbid", "@effect(\"bars\")")
    } else {
        ("permit", "@effect(\"duty\")\n@duty(\"write_down\")\n@due(\"at_once\")")
    };
    let when: Vec<String> = (0..more).map(|number| format!("context.more_{number}")).collect();
    let rule = format!(
        "@id(\"1(a)/more\")\n{effect}\n@plain(\"Much is asked.\")\n\
         {head} (principal, action == Act::\"hold\", resource)\nwhen {{ {} }};\n\n@id(\"1(a)/never-told\")",
        when.join(" && ")
    );
    let mut files = edited("city/1.md", "@id(\"1(a)/never-told\")", &rule);
    let facts = files.0.get_mut("vocabulary/facts.toml").unwrap();
    for number in 0..more {
        facts.extend(
            format!(
                "\n[[fact]]\nname = \"more_{number}\"\ntype = \"bool\"\nquestion = \"Is it so?\"\nyes = \"It is so.\"\nno = \"It is not \
                 so.\"\nunknown = \"It is not known whether it is so.\"\nask_of = \"the desk\"\ncost = 1\n"
            )
            .into_bytes(),
        );
    }
    Pack::load(&files)
}

#[test]
fn no_answer_hangs_on_more_facts_than_can_be_looked_at() {
    // The rules on holding read four facts without these.
    with_facts(20, true).unwrap_or_else(|error| panic!("{error}"));
    let error = with_facts(21, true).unwrap_err();
    assert_eq!(error.problems.len(), 1, "{error}");
    assert_eq!(error.problems[0].file, "city/1.md");
    let text = error.to_string();
    assert!(text.contains("the rules on `hold` of `JAIL` read 25 facts on 2014-01-01; at most 24"), "{text}");
    // A duty is looked at by itself, so that what it reads weighs on no answer.
    with_facts(30, false).unwrap_or_else(|error| panic!("{error}"));
}
