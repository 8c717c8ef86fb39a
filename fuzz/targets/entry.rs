//! Canonical entries: whatever parses is written back to the same bytes, and nothing panics.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(entry) = record::parse(bytes) {
        assert_eq!(record::canonical(&entry).ok().as_deref(), Some(bytes));
    }
});
