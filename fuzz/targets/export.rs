//! Lines of an exported record: one spelling each, and a line whose bytes are changed no longer leads to its leaf.
#![no_main]

use record::{Salt, commitment};
use server::log::export::{Line, read_lines};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let mut read = Vec::new();
    for line in read_lines(bytes) {
        match line {
            Ok(line) => read.extend(line.to_bytes().expect("a line that was read can be written")),
            Err(error) => {
                assert!(!error.to_string().is_empty());
                assert!(bytes.starts_with(&read), "what was read before the bad line is as it stood");
                return;
            }
        }
    }
    assert_eq!(read, bytes, "a file that is read whole is written again byte for byte");
    for line in read_lines(bytes).flatten() {
        let Some((salt, entry)) = &line.held else { continue };
        let held = Line { leaf: commitment(salt, entry), ..line.clone() };
        assert!(held.leads_to_its_leaf());
        let mut other = *salt.as_bytes();
        other[0] ^= 1;
        let other = Line { held: Some((Salt::from_bytes(other), entry.clone())), ..held };
        assert!(!other.leads_to_its_leaf(), "another salt, another leaf");
        if let Ok(entry) = record::parse(entry) {
            assert!(record::canonical(&entry).is_ok());
        }
    }
});
