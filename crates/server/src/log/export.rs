//! The record as lines of JSON that can be kept, copied and checked without a store.
//!
//! One line an entry, in the order of the log, then those that wait for it: where it stands, its leaf, its salt, and its
//! canonical bytes as they are (RFC 8785), so that the leaf can be recomputed with nothing but SHA-256. An erased entry has
//! neither salt nor bytes. A line is spelt in one way only; the entry stands last in it, so that its bytes can be cut out.
//!
//! The salt opens the commitment: whoever holds these lines can show any entry, and nobody else can test a guess.

use std::{
    collections::HashSet,
    fmt,
    io::{self, BufRead},
};

use record::{EntryId, Leaf, Salt, commitment};
use serde::{Deserialize, Serialize};

use crate::store::leaf::entry_leaf;

/// The file of the lines in an exported folder.
pub const RECORD_LINES: &str = "record.jsonl";

/// The longest line that is read: the longest entry, and room for its head.
const LONGEST_LINE: u64 = crate::store::LARGEST_ENTRY_BYTES as u64 + 1024;

/// One exported entry.
#[derive(Clone, PartialEq, Eq)]
pub struct Line {
    /// Its place in the record, dense from 0.
    pub seq: u64,
    /// Its place in the log; `None` while it waits for the log.
    pub log_index: Option<u64>,
    /// Its id.
    pub id: EntryId,
    /// Its leaf.
    pub leaf: Leaf,
    /// Its salt and canonical bytes; `None` once it was erased.
    pub held: Option<(Salt, Vec<u8>)>,
}

impl fmt::Debug for Line {
    /// Without what the entry says: it is private.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { seq, log_index, id, leaf, held } = self;
        let held = held.as_ref().map(|_| format_args!("(private)"));
        f.debug_struct("Line")
            .field("seq", seq)
            .field("log_index", log_index)
            .field("id", id)
            .field("leaf", leaf)
            .field("held", &held)
            .finish()
    }
}

/// Why a line is not one.
#[derive(Debug, thiserror::Error)]
pub enum LineError {
    /// The file cannot be read.
    #[error("line {line} cannot be read")]
    Read {
        /// The line, from 1.
        line: u64,
        /// What the file system says.
        #[source]
        source: io::Error,
    },
    /// The line is longer than any entry.
    #[error("line {line} is longer than any entry of the record, or the file ends within it")]
    Long {
        /// The line, from 1.
        line: u64,
    },
    /// The line does not stand where it may.
    #[error("line {line} is not the next entry of the record: {what}")]
    Order {
        /// The line, from 1.
        line: u64,
        /// What is wrong with it.
        what: String,
    },
    /// The line is no exported entry.
    #[error("line {line} is no exported entry: {what}")]
    Form {
        /// The line, from 1.
        line: u64,
        /// What is wrong with it.
        what: String,
    },
}

/// The head of a line; its keys are written in this order. Never printed: it holds the salt.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    id: EntryId,
    leaf: Leaf,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    log_index: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    salt: Option<String>,
    seq: u64,
}

/// Between a line's head and the entry's own bytes, which stand last.
const ENTRY: &[u8] = b",\"entry\":";

/// What is wrong with a head, by its place alone: the reader's own words would quote the line, which may hold a salt.
fn head_is_none(error: &serde_json::Error) -> String {
    let form = "`{\"id\":…,\"leaf\":…,\"log_index\":…,\"salt\":…,\"seq\":…,\"entry\":…}`";
    format!("from column {} on it is not of the form {form}", error.column())
}

impl Line {
    /// The line as it is written, with its newline.
    ///
    /// # Errors
    /// Never in practice; a head can always be written.
    pub fn to_bytes(&self) -> Result<Vec<u8>, serde_json::Error> {
        let salt = self.held.as_ref().map(|(salt, _)| hex::encode(salt.as_bytes()));
        let head = Head { id: self.id, leaf: self.leaf, log_index: self.log_index, salt, seq: self.seq };
        let mut bytes = serde_json::to_vec(&head)?;
        if let Some((_, entry)) = &self.held {
            bytes.pop();
            bytes.extend_from_slice(ENTRY);
            bytes.extend_from_slice(entry);
            bytes.push(b'}');
        }
        bytes.push(b'\n');
        Ok(bytes)
    }

    /// Reads a line without its newline; `number` counts from 1 and is for the error. The leaf is not recomputed here.
    ///
    /// # Errors
    /// It is no exported entry, or is spelt in another way.
    pub fn parse(bytes: &[u8], number: u64) -> Result<Self, LineError> {
        let form = |what: String| LineError::Form { line: number, what };
        let (head, entry) = match bytes.windows(ENTRY.len()).position(|window| window == ENTRY) {
            None => (bytes.to_vec(), None),
            Some(at) => {
                let entry = bytes.get(at + ENTRY.len()..).and_then(|rest| rest.strip_suffix(b"}"));
                let entry = entry.ok_or_else(|| form("it ends too early".into()))?;
                ([bytes.get(..at).unwrap_or_default(), b"}"].concat(), Some(entry.to_vec()))
            }
        };
        let Head { id, leaf, log_index, salt, seq } =
            serde_json::from_slice(&head).map_err(|error| form(head_is_none(&error)))?;
        let held = match (salt, entry) {
            (Some(salt), Some(entry)) => {
                let mut bytes = [0; 32];
                hex::decode_to_slice(&salt, &mut bytes)
                    .map_err(|_| form("its salt is not 64 hexadecimal digits".into()))?;
                Some((Salt::from_bytes(bytes), entry))
            }
            (None, None) => None,
            _ => return Err(form("an entry has both a salt and its bytes, or neither".into())),
        };
        let line = Self { seq, log_index, id, leaf, held };
        let written = line.to_bytes().map_err(|error| form(error.to_string()))?;
        if written.strip_suffix(b"\n") == Some(bytes) {
            Ok(line)
        } else {
            Err(form("it is not in canonical form".into()))
        }
    }

    /// Whether salt and bytes still lead to the leaf; always so for an erased entry, which has neither.
    #[must_use]
    pub fn leads_to_its_leaf(&self) -> bool {
        self.held.as_ref().is_none_or(|(salt, bytes)| {
            // Bytes that are no entry have a commitment all the same; what they are is said elsewhere.
            commitment(salt, bytes) == self.leaf
                || record::parse(bytes).is_ok_and(|entry| entry_leaf(&entry, salt, bytes) == Some(self.leaf))
        })
    }
}

/// Whether lines follow one another as an export writes them: numbers from 0 without a gap, places in the log that rise,
/// those without a place last, no id twice.
#[derive(Debug, Default)]
pub struct Sequence {
    lines: u64,
    placed: Option<u64>,
    waits: bool,
    ids: HashSet<EntryId>,
}

impl Sequence {
    /// Takes the next line.
    ///
    /// # Errors
    /// It is not the one that comes next.
    pub fn take(&mut self, line: &Line) -> Result<(), LineError> {
        let number = self.lines + 1;
        let order = |what: String| Err(LineError::Order { line: number, what });
        if line.seq != self.lines {
            return order(format!("it is numbered {}, and the number here is {}", line.seq, self.lines));
        }
        if !self.ids.insert(line.id) {
            return order(format!("`{}` has stood before", line.id));
        }
        match line.log_index {
            Some(place) if self.waits => {
                return order(format!("it has the place {place} in the log after one that has none"));
            }
            Some(place) if self.placed.is_some_and(|last| place <= last) => {
                return order(format!("its place in the log, {place}, does not come after the last one"));
            }
            place => {
                self.waits = place.is_none();
                self.placed = place.or(self.placed);
            }
        }
        self.lines = number;
        Ok(())
    }
}

/// Reads exported entries one by one; after an error there are no more.
pub fn read_lines(mut reader: impl BufRead) -> impl Iterator<Item = Result<Line, LineError>> {
    let (mut number, mut ended) = (0, false);
    std::iter::from_fn(move || {
        if ended {
            return None;
        }
        number += 1;
        let mut bytes = Vec::new();
        let read = io::Read::take(&mut reader, LONGEST_LINE).read_until(b'\n', &mut bytes);
        let line = match read {
            Ok(0) => return None,
            Err(source) => Err(LineError::Read { line: number, source }),
            Ok(_) => match bytes.strip_suffix(b"\n") {
                None => Err(LineError::Long { line: number }),
                Some(bytes) => Line::parse(bytes, number),
            },
        };
        ended = line.is_err();
        Some(line)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(held: bool) -> Line {
        let (salt, bytes) = (Salt::from_bytes([7; 32]), br#"{"a":"},\"entry\":"}"#.to_vec());
        let leaf = commitment(&salt, &bytes);
        let id = EntryId::from_bytes([9; 16]);
        Line { seq: 3, log_index: held.then_some(2), id, leaf, held: held.then_some((salt, bytes)) }
    }

    #[test]
    fn a_line_is_read_as_it_was_written() {
        for line in [line(true), line(false)] {
            let bytes = line.to_bytes().unwrap();
            let read: Vec<Line> = read_lines(bytes.as_slice()).collect::<Result<_, _>>().unwrap();
            assert_eq!(read, std::slice::from_ref(&line));
            assert!(line.leads_to_its_leaf());
        }
    }

    #[test]
    fn neither_a_message_nor_a_trace_tells_what_a_line_holds() {
        let original = line(true);
        expect_test::expect![[
            r#"Line { seq: 3, log_index: Some(2), id: en-09144gj289144gj289144gj289c, leaf: LEAF, held: Some((private)) }"#
        ]]
        .assert_eq(&format!("{original:?}").replace(&original.leaf.to_string(), "LEAF"));
        let text = String::from_utf8(original.to_bytes().unwrap()).unwrap();
        let salt = "07".repeat(32);
        let told = |from: &str, to: &str| {
            Line::parse(text.replace(from, to).trim_end().as_bytes(), 9).unwrap_err().to_string()
        };
        expect_test::expect!["line 9 is no exported entry: its salt is not 64 hexadecimal digits"]
            .assert_eq(&told(&salt, &format!("0{salt}")));
        for (from, to) in [
            (format!("\"salt\":\"{salt}\""), format!("\"salt\":3,\"{salt}\":\"\"")),
            ("\"seq\":3".into(), format!("\"seq\":\"{salt}\"")),
            ("{\"id\"".into(), "3,{\"id\"".into()),
        ] {
            let told = told(&from, &to);
            assert!(told.contains("column") && !told.contains(&salt) && !told.contains("struct"), "{told}");
        }
    }

    #[test]
    fn lines_stand_in_one_order_only() {
        let at = |seq: u64, log_index: Option<u64>, id: u8| Line {
            seq,
            log_index,
            id: EntryId::from_bytes([id; 16]),
            ..line(true)
        };
        let take = |lines: &[Line]| {
            let mut sequence = Sequence::default();
            lines.iter().try_for_each(|line| sequence.take(line))
        };
        assert!(take(&[at(0, Some(0), 0), at(1, Some(1), 1), at(2, None, 2), at(3, None, 3)]).is_ok());
        for wrong in [
            [at(1, Some(0), 0), at(0, Some(1), 1), at(2, None, 2)],
            [at(0, Some(0), 0), at(0, Some(1), 1), at(2, None, 2)],
            [at(0, Some(1), 0), at(1, Some(0), 1), at(2, None, 2)],
            [at(0, Some(0), 0), at(1, None, 1), at(2, Some(1), 2)],
            [at(0, Some(0), 0), at(1, Some(1), 1), at(2, None, 0)],
            [at(0, Some(0), 0), at(1, Some(1), 1), at(3, None, 3)],
        ] {
            assert!(matches!(take(&wrong), Err(LineError::Order { .. })), "{wrong:?}");
        }
    }

    #[test]
    fn a_line_with_any_bit_changed_is_refused_or_says_something_else() {
        for original in [line(true), line(false)] {
            let bytes = original.to_bytes().unwrap();
            for at in 0..bytes.len() * 8 {
                let mut changed = bytes.clone();
                changed[at / 8] ^= 1 << (at % 8);
                let read: Result<Vec<Line>, _> = read_lines(changed.as_slice()).collect();
                if let Ok(read) = read {
                    let same = read.len() == 1 && read[0] == original;
                    assert!(!same, "bit {at} may be changed unseen");
                }
            }
        }
    }
}
