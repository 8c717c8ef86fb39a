//! The vectors of `testdata/contacts`: a header with the kind, the source and what is expected, a blank line, then the file.

use std::{fs, path::Path};

use crate::{known, read_as, told};

#[test]
fn every_vector_gives_what_it_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/contacts");
    let known = known();
    let (mut seen, mut wrong) = (0, Vec::new());
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths.iter().filter(|path| path.extension().is_some_and(|it| it == "txt")) {
        seen += 1;
        let text = fs::read_to_string(path).unwrap();
        let (head, data) = text.split_once("\n\n").unwrap();
        let of = |name: &str| -> Vec<String> {
            head.lines().filter_map(|line| line.strip_prefix(name)).map(|it| it.trim().to_owned()).collect()
        };
        let kind = of("kind:").remove(0);
        let found = told(&known, &read_as(&kind, data.as_bytes(), &known));
        // Windows' line ends change nothing.
        let again = told(&known, &read_as(&kind, data.replace('\n', "\r\n").as_bytes(), &known));
        assert_eq!(found, again, "{}", path.display());
        if found != of("expect:") {
            if std::env::var_os("UPDATE_EXPECT").is_some() {
                let kept: String =
                    head.lines().filter(|line| !line.starts_with("expect:")).map(|line| format!("{line}\n")).collect();
                let expects: String = found.iter().map(|line| format!("expect: {line}\n")).collect();
                fs::write(path, format!("{kept}{expects}\n{data}")).unwrap();
            }
            wrong.push(format!("{}:\n  {}", path.display(), found.join("\n  ")));
        }
    }
    assert!(seen >= 8, "{seen}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
