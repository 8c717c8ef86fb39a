//! Messages to other programs of the city: signatures by vectors of others, a receiver that lies, and served cities that are killed.

mod receiver;
mod served;
mod told;

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

use server::hooks::keys::Keys;

/// Signatures that others made of what they say: `testdata/server/hooks`, each a head of lines, then the body as it is.
#[test]
fn signatures_are_those_that_others_make() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/server/hooks");
    let mut seen = 0;
    for file in fs::read_dir(folder).unwrap() {
        let text = fs::read_to_string(file.unwrap().path()).unwrap();
        let (head, body) = text.split_once("\n\n").unwrap();
        let line = |name: &str| {
            head.lines()
                .find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
                .unwrap_or_else(|| panic!("{name}"))
        };
        let keys = tempfile::tempdir().unwrap();
        let path = keys.path().join("hooks.key");
        fs::write(&path, format!("{}\n", line("secret"))).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        let keys = Keys::of(keys.path()).unwrap().unwrap();
        assert_eq!(keys.public(), [line("public")]);
        let timestamp = line("timestamp").parse().unwrap();
        assert_eq!(keys.signatures(line("id"), timestamp, body), line("expect"), "{head}");
        seen += 1;
    }
    assert!(seen >= 4, "{seen} vectors");
}
