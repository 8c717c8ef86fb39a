//! Photos, films and sound: a list names each byte once, and cleaning what is clean changes nothing.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Some(clean) = cleaned(bytes) else { return };
    assert_eq!(cleaned(&clean).as_ref(), Some(&clean), "what is clean stays as it is");
});

fn cleaned(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut source = bytes;
    let list = media::clean(&mut source).ok()?;
    let mut done = 0;
    for edit in list.edits() {
        assert_eq!(edit.at, done, "ranges follow each other");
        done = edit.at.checked_add(edit.len).expect("a range ends");
    }
    assert_eq!(done, bytes.len() as u64, "the list ends where the file does");
    let mut clean = Vec::new();
    list.apply(&mut source, |block| clean.extend_from_slice(block)).expect("a file in memory can be read");
    assert_eq!(clean.len() as u64, list.cleaned_len());
    Some(clean)
}
