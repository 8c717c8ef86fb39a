//! What a reader of a verification should know that is no fault.

use serde::Serialize;

/// One thing to know. As JSON it is its code, with its number where it has one; its sentence is `verify-note-…` in the words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "code", rename_all = "kebab-case")]
pub enum Note {
    /// No record lies beside the log.
    LogAlone,
    /// A record was not asked for.
    LogOnly,
    /// The record is in PostgreSQL, and an SQLite file lies there too.
    OtherDatabase,
    /// No log has begun.
    NoLog,
    /// The key has another name than the log.
    KeyName,
    /// No head is signed as it must be.
    NoHead,
    /// The log could not be read to its head.
    NotWhole,
    /// Leaves lie behind the head.
    Beyond {
        /// How many at least.
        leaves: u64,
    },
    /// Signatures by keys that are not known here.
    Unknown {
        /// How many.
        signatures: usize,
    },
    /// The key of photographs is here, and whoever checks may not read it.
    PhotographKeyHidden,
    /// Statements were signed with passkeys of which the record does not say whose they were: enrolled before it did, or erased since.
    Unenrolled {
        /// How many statements.
        statements: u64,
    },
}

impl Note {
    /// The id of its sentence, and the number in it.
    #[must_use]
    pub fn sentence(self) -> (&'static str, Option<u64>) {
        match self {
            Self::LogAlone => ("verify-note-log-alone", None),
            Self::LogOnly => ("verify-note-log-only", None),
            Self::OtherDatabase => ("verify-note-other-database", None),
            Self::NoLog => ("verify-note-no-log", None),
            Self::KeyName => ("verify-note-key-name", None),
            Self::NoHead => ("verify-note-no-head", None),
            Self::PhotographKeyHidden => ("verify-note-photograph-key-hidden", None),
            Self::NotWhole => ("verify-note-not-whole", None),
            Self::Beyond { leaves } => ("verify-note-beyond", Some(leaves)),
            Self::Unenrolled { statements } => ("verify-note-unenrolled", Some(statements)),
            Self::Unknown { signatures } => ("verify-note-unknown", Some(signatures as u64)),
        }
    }
}
