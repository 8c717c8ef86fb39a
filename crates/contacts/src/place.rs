//! Where something stands in the files, and what was wrong there. Never what stands there: a line is full of names.

/// A place: which of the files, and which line of it, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The file, as the caller numbers them.
    pub file: u32,
    /// The line, from 1.
    pub line: u64,
}

/// Something that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bad {
    /// Where.
    pub place: Place,
    /// The byte in the line, or the cell in the row, from 1; 0 = the line as a whole.
    pub column: u32,
    /// The header or column that was read.
    pub field: Option<String>,
    /// What was wrong.
    pub fault: Fault,
}

impl Bad {
    /// Of a line as a whole.
    #[must_use]
    pub(crate) fn line(place: Place, fault: Fault) -> Self {
        Self { place, column: 0, field: None, fault }
    }

    /// Of a field of a line.
    #[must_use]
    pub(crate) fn field(place: Place, column: u32, field: &str, fault: Fault) -> Self {
        Self { place, column, field: Some(field.to_owned()), fault }
    }
}

/// What can be wrong with a line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// More bytes than a line may have. What comes after them was passed over.
    #[error("the line is longer than {limit} bytes; its end was not read")]
    Long {
        /// The limit in bytes.
        limit: usize,
    },
    /// The file cannot be read on.
    #[error("the file breaks off here: {0}")]
    Broken(String),
    /// In a header, a line that is none.
    #[error("no header: a name and a colon are missing")]
    NoHeader,
    /// A message without sender and recipients.
    #[error("the message has neither sender nor recipients")]
    NoParties,
    /// A report of a journal, whose message is in the body of the report.
    #[error(
        "a report of Exchange's journal: who wrote to whom stands in its body, which is not read; export the messages themselves, or a message trace"
    )]
    Journal,
    /// A mail file in which no message begins.
    #[error("no message begins in this file")]
    NoMessage,
    /// No address where one must be.
    #[error("no address can be read here")]
    NoAddress,
    /// A quote or a comment that never ends.
    #[error("a quote or a bracket opens in this field and never closes")]
    Unclosed,
    /// A contact of no day: the message is from or to a unit of the list, so it cannot be passed over.
    #[error("the day cannot be read, and a unit of the list stands in this line")]
    NoDay,
    /// A contact of a day that has not come.
    #[error("the day has not come yet, and a unit of the list stands in this line")]
    Later,
    /// A row with more or fewer cells than the header.
    #[error("{found} cells, and the header has {wanted}")]
    Cells {
        /// How many there are.
        found: usize,
        /// How many there must be.
        wanted: usize,
    },
    /// Not a line of a log.
    #[error("no line of a log: day, time, host and program are missing")]
    NoLogLine,
    /// An empty cell where a name must be.
    #[error("the cell is empty, and a unit of the list stands in this row")]
    Empty,
    /// Too many messages under way at once, so that the beginning of one was forgotten before its end came.
    #[error("a message began and its end did not come among {open} others: it was passed over")]
    Forgotten {
        /// How many are kept.
        open: usize,
    },
}
