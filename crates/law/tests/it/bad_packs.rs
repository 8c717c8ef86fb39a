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
