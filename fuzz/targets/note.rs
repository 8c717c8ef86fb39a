//! Signed notes, their keys and checkpoints: what is read is written again byte for byte, and no stranger's key verifies.
#![no_main]

use tlog::{
    Checkpoint, Note, SignedCheckpoint, VerifierKey,
    signature::{SecretKey, parse_keys, verify},
};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(note) = Note::parse(bytes) {
        assert_eq!(note.to_string().as_bytes(), bytes);
        let again = Note::new(note.text().to_owned(), note.signatures().to_vec());
        assert_eq!(again, Ok(note));
    }
    if let Ok(checkpoint) = SignedCheckpoint::parse(bytes) {
        assert_eq!(checkpoint.to_string().as_bytes(), bytes);
        assert_eq!(checkpoint.checkpoint().to_string(), checkpoint.note().text());
        // No key is asked for, so nothing is missing and nothing is shown.
        assert_eq!(verify(&checkpoint, &[]).map(|held| held.len()), Ok(0));
    }
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(checkpoint) = Checkpoint::parse(text) {
        assert_eq!(checkpoint.to_string(), text);
    }
    if let Ok(key) = text.parse::<VerifierKey>() {
        assert_eq!(key.to_string(), text);
    }
    if let Ok(key) = SecretKey::parse(text) {
        assert_eq!(key.to_text().as_str(), text);
    }
    // A key and what it is said to have signed, after an empty line.
    if let Some((keys, signed)) = text.split_once("\n\n")
        && let Ok(keys) = parse_keys(keys)
        && let Ok(checkpoint) = SignedCheckpoint::parse(signed.as_bytes())
        && let Ok(held) = verify(&checkpoint, &keys)
    {
        assert_eq!(held.len(), keys.len(), "every key that was asked for holds");
    }
});
