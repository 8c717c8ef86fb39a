//! The tests of `media`, held against what the page builds of the edits that it is given, and codes for the card: all that was
//! asked is written down for the modules.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod card;
#[path = "../../../media/tests/it/hostile.rs"]
mod hostile;
#[path = "../../../media/tests/it/laws.rs"]
mod laws;
mod tape;
#[path = "../../../media/tests/it/twins.rs"]
mod twins;

use std::{collections::BTreeMap, sync::Mutex};

use media::{CleanError, Source, Unread};
use serde_json::json;
use web::{
    cleaning,
    fault::Fault,
    fields::{Answer, Fields},
};
use zeroize::Zeroizing;

fn fields(values: &[&[u8]]) -> Zeroizing<Vec<u8>> {
    values.iter().fold(Answer::new(), |answer, value| answer.field(value)).finish()
}

/// A file of which the page has read the beginning.
struct Page<'a> {
    read: &'a [u8],
    len: u64,
}

impl Source for Page<'_> {
    fn len(&self) -> u64 {
        self.len
    }

    fn read_at(&mut self, offset: u64, buf: &mut [u8]) -> Result<(), Unread> {
        self.read.read_at(offset, buf)
    }
}

/// What the page is given for a file that begins so and has this length.
fn edits(read: &[u8], len: u64) -> Result<Vec<u8>, Fault> {
    let edits = cleaning::edits(&mut Page { read, len });
    if written() {
        let question = json!({ "module": "media", "read": hex::encode(read), "len": len });
        tape::write("it.jsonl", question, edits.as_deref());
    }
    edits
}

/// Whether this one is written down: the first hundred of each test, and then one of fifty.
fn written() -> bool {
    static ASKED: Mutex<BTreeMap<String, usize>> = Mutex::new(BTreeMap::new());
    let mut asked = ASKED.lock().unwrap();
    let number = asked.entry(tape::test()).or_default();
    *number += 1;
    *number <= 100 || number.is_multiple_of(50)
}

/// The clean file as the page builds it.
fn cleaned(file: &[u8]) -> Result<Vec<u8>, CleanError> {
    let edits = edits(file, file.len() as u64);
    match media::clean(&mut &*file) {
        Ok(_) => Ok(built(file, &edits.unwrap())),
        Err(error) => {
            let class = match &error {
                CleanError::NotRecognised => Fault::CleanUnknown,
                CleanError::Broken { .. } => Fault::CleanBroken,
                CleanError::Hostile { .. } => Fault::CleanHostile,
                CleanError::CannotBeCleaned { .. } => Fault::CleanCannot,
                CleanError::Unread(Unread { offset, len }) => Fault::CleanUnread { offset: *offset, len: *len },
            };
            assert_eq!(edits, Err(class));
            Err(error)
        }
    }
}

fn built(file: &[u8], mut edits: &[u8]) -> Vec<u8> {
    fn number<const LEN: usize>(edits: &mut &[u8]) -> usize {
        let (bytes, rest) = edits.split_first_chunk::<LEN>().unwrap();
        *edits = rest;
        bytes.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte))
    }
    let mut out = Vec::new();
    while !edits.is_empty() {
        let (what, at, len) = (number::<1>(&mut edits), number::<8>(&mut edits), number::<8>(&mut edits));
        match what {
            0 => out.extend_from_slice(&file[at..at + len]),
            1 => out.resize(out.len() + len, 0),
            2 => {
                let new = number::<4>(&mut edits);
                let (new, rest) = edits.split_at(new);
                out.extend_from_slice(new);
                edits = rest;
            }
            _ => assert_eq!(what, 3),
        }
    }
    out
}

fn has(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[test]
fn what_was_not_read_yet_is_asked_for_in_every_kind_of_file() {
    for (name, file) in twins::all() {
        for read in [0, 1, file.len() / 2, file.len() - 1] {
            let edits = edits(&file[..read], file.len() as u64);
            let asked = matches!(&edits, Err(Fault::CleanUnread { offset, len }) if offset + len > read as u64);
            assert!(asked || edits.is_ok(), "{name}: {edits:?}");
        }
    }
}

/// Numbers of eight bytes cross to the page in halves.
#[test]
fn the_index_of_a_film_is_asked_for_beyond_four_gigabytes() {
    const PICTURES: u64 = 0x0001_8000_0010;
    let brand = twins::boxed(b"ftyp", b"mp42\0\0\0\0mp42");
    let begin = twins::join(&[&brand, b"\0\0\0\x01mdat", &PICTURES.to_be_bytes(), &[0; 100_000]]);
    let index = brand.len() as u64 + PICTURES;
    let asked = edits(&begin, index + 5_000_000);
    assert!(matches!(asked, Err(Fault::CleanUnread { offset, .. }) if offset == index), "{asked:?}, not {index}");
}
