//! Cleaning against files that others made, files that ffmpeg makes here, small twins of each kind, and hostile ones.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod hostile;
mod laws;
mod made;
mod published;
mod tools;
mod twins;

use media::{CleanError, EditList};

/// The clean file.
fn cleaned(file: &[u8]) -> Result<Vec<u8>, CleanError> {
    let mut source = file;
    let list = media::clean(&mut source)?;
    check_list(&list, file.len() as u64);
    let mut clean = Vec::new();
    list.apply(&mut source, |block| clean.extend_from_slice(block)).expect("a file in memory can be read");
    assert_eq!(clean.len() as u64, list.cleaned_len());
    Ok(clean)
}

/// A list names every byte of the file once, in order.
fn check_list(list: &EditList, len: u64) {
    let mut done = 0;
    for edit in list.edits() {
        assert_eq!(edit.at, done, "ranges follow each other");
        assert!(edit.len > 0 || matches!(edit.what, media::What::Replace(_)), "only what is put in takes no place");
        done = edit.at.checked_add(edit.len).expect("a range ends");
    }
    assert_eq!(done, len, "the list ends where the file does");
}

/// Whether the bytes have these in them.
fn has(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}
