//! Who works with federal officers as their duty, and on which days: a CSV file that the agency keeps.
//!
//! `address,from,until`: an address or the name of a user, the first day, the first day that no longer belongs (may be empty).
//! A roster that is wrong is refused as a whole: whoever is on it by mistake is never asked.

use std::{collections::HashMap, io::Read};

use jiff::civil::Date;
use law::Days;

use crate::{
    place::Fault,
    rows::{Next, Rows},
};

/// The roster, read.
#[derive(Clone, Debug, Default)]
pub struct Roster(HashMap<String, Vec<Days>>);

/// Why a roster cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RosterError {
    /// The header is another.
    #[error("its first line must be `address,from,until`")]
    Header,
    /// A line cannot be read.
    #[error("line {line}")]
    Line {
        /// The line, from 1.
        line: u64,
        /// Why.
        #[source]
        fault: Fault,
    },
    /// A line says something that cannot be.
    #[error("line {line}, column `{column}`: {what}")]
    Cell {
        /// The line, from 1.
        line: u64,
        /// The column.
        column: &'static str,
        /// What is wrong there.
        what: &'static str,
    },
}

impl Roster {
    /// Reads the file.
    ///
    /// # Errors
    /// The first thing that is wrong, with its line.
    pub fn parse(input: impl Read) -> Result<Self, RosterError> {
        let mut rows = Rows::new(input);
        let mut roster = Self::default();
        let mut header = true;
        loop {
            let line = match rows.next_row() {
                Next::End => break,
                Next::Bad(line, fault) => return Err(RosterError::Line { line, fault }),
                Next::Row(line) => line,
            };
            let cell = |at: usize| rows.cell(at).trim_ascii().to_ascii_lowercase();
            if header {
                header = false;
                if rows.len() != 3 || cell(0) != b"address" || cell(1) != b"from" || cell(2) != b"until" {
                    return Err(RosterError::Header);
                }
                continue;
            }
            if rows.len() != 3 {
                return Err(RosterError::Line { line, fault: Fault::Cells { found: rows.len(), wanted: 3 } });
            }
            let wrong = |column, what| RosterError::Cell { line, column, what };
            let name = String::from_utf8(cell(0)).map_err(|_| wrong("address", "it is no UTF-8"))?;
            if name.is_empty() {
                return Err(wrong("address", "it is empty"));
            }
            let day = |at: usize| -> Option<Date> { std::str::from_utf8(&cell(at)).ok()?.parse().ok() };
            let from = Some(day(1).ok_or_else(|| wrong("from", "write a day as 2026-06-15"))?);
            let until = match day(2) {
                None if !cell(2).is_empty() => return Err(wrong("until", "write a day as 2026-06-15, or nothing")),
                until => until,
            };
            let days = Days { from, until };
            if days.is_inverted() {
                return Err(wrong("until", "it is not after `from`"));
            }
            roster.0.entry(name).or_default().push(days);
        }
        if header { Err(RosterError::Header) } else { Ok(roster) }
    }

    /// Whether this address or user, in small letters, is on the roster on a day.
    #[must_use]
    pub fn has(&self, name: &str, on: Date) -> bool {
        self.0.get(name).is_some_and(|stretches| stretches.iter().any(|days| days.contains(on)))
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn days_are_kept_and_what_is_wrong_refuses_the_whole() {
        let roster =
            Roster::parse(&b"address,from,until\r\nA@doc.example.org,2026-01-01,2026-07-01\nu123,2026-01-01,\n"[..]);
        let roster = roster.unwrap();
        assert!(
            roster.has("a@doc.example.org", date(2026, 6, 30)) && !roster.has("a@doc.example.org", date(2026, 7, 1))
        );
        assert!(roster.has("u123", date(2030, 1, 1)) && !roster.has("u12", date(2030, 1, 1)));
        for (text, says) in [
            ("", "its first line must be"),
            ("name,from,until\n", "its first line must be"),
            ("address,from,until\na,2026-01-01\n", "line 2"),
            ("address,from,until\na,soon,\n", "line 2, column `from`"),
            ("address,from,until\na,2026-01-01,never\n", "line 2, column `until`"),
            ("address,from,until\na,2026-01-01,2025-01-01\n", "it is not after `from`"),
            ("address,from,until\n,2026-01-01,\n", "line 2, column `address`"),
        ] {
            let error = Roster::parse(text.as_bytes()).unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
        }
    }
}
