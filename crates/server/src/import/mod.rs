//! Reading what ICE released under the Freedom of Information Act into the record.
//!
//! In reading order: [`open`] finds out what kind of file it is and streams raw rows; [`text`] and [`workbook`] are the
//! two kinds; [`release`] finds the header and knows each release's column names (`releases.toml`); [`row`] parses a raw
//! row into closed codes; [`map`] makes of it an outside request, a question and facts; [`run`] decides, records and
//! counts. A row is recorded, already there, outside the scope or bad, and every bad one is named with its place and its
//! reason: read = recorded + already there + outside the scope + bad.
//!
//! Columns of citizenship, country of birth, birth date and gender are dropped by name before anything is parsed and are
//! never stored. Deliberately not here: any guess. A cell that says nothing stays unknown.

pub mod bad;
pub mod date;
pub mod map;
pub mod open;
pub mod release;
pub mod row;
pub mod run;
pub mod text;
pub mod workbook;

use std::path::PathBuf;

/// The longest cell that is read; a longer one makes its row bad. 1 MiB in bytes.
pub const CELL_MAX_BYTES: usize = 1 << 20;

/// Most cells that a row may have before it is taken for damage.
pub const ROW_MAX_CELLS: usize = 1024;

/// A row as the file has it: where it begins and what its cells hold, in the file's order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawRow {
    /// Line (text) or row (workbook) of the file where the row begins, from 1.
    pub row: u64,
    /// The cells, decoded; surrounding white space is kept.
    pub cells: Vec<String>,
}

/// A row that cannot be kept, with the place and the reason that a person needs to mend it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadRow {
    /// Line or row of the file, from 1.
    pub row: u64,
    /// The column's name in the header, or its number when there is no name; `None` when the whole row is meant.
    pub column: Option<String>,
    /// What is wrong, in words.
    pub reason: String,
}

/// What a reader hands on, in the file's order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Raw {
    /// A row that could be split into cells.
    Row(RawRow),
    /// A row that could not.
    Bad(BadRow),
}

/// Why a file cannot be read at all (exit status 2); a single bad row is a [`BadRow`] instead.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file cannot be opened or its first bytes cannot be read.
    #[error("`{path}` cannot be opened")]
    Open {
        /// The file as given.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: std::io::Error,
    },
    /// The bytes are of no kind that is read here.
    #[error("`{path}` is {found}; what is read is csv, csv.zst, psv and xlsx, text in UTF-8 or Windows-1252")]
    Kind {
        /// The file as given.
        path: PathBuf,
        /// What the file seems to be.
        found: &'static str,
    },
    /// A workbook that would unpack to far more than it should.
    #[error("`{path}` is refused: its part `{part}` {why}")]
    Bomb {
        /// The file as given.
        path: PathBuf,
        /// The member of the archive.
        part: String,
        /// How it passes the limit.
        why: String,
    },
    /// A workbook that is damaged before its first row.
    #[error("the workbook `{path}` is damaged or cut short: {why}")]
    Workbook {
        /// The file as given.
        path: PathBuf,
        /// What the reader says.
        why: String,
    },
    /// No header of a known release among the first rows.
    #[error("no header of a known release in the first {read} rows of `{path}`; looked for:\n{looked_for}")]
    Header {
        /// The file as given.
        path: PathBuf,
        /// Rows looked at.
        read: usize,
        /// One line a release: its name and the columns that it must have.
        looked_for: String,
    },
}
