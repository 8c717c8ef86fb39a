//! Commands beside the desk, on SQLite: one process writes the record, so a command that runs while the desk does lets the desk write.
//!
//! The desk listens on a socket in a folder that its owner alone may enter: whoever reaches it could change the record's file as well. A
//! command reads the record itself, and hands over what is to be written as a whole: one question, one answer, in JSON. What was answered
//! is durable, as of [`crate::store::Store::commit`]; without an answer the command says that it does not know.
//! PostgreSQL needs none of this: there every process writes. ADR 39.

mod command;
mod desk;

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use record::{ContactId, EntryId, SystemId, canonical};
use serde::{Deserialize, Serialize};

use crate::store::{
    Committed, Draft, StoreError,
    hooks::HookChange,
    systems::{System, Token},
    unrecorded::{Replaced, Unrecorded},
};

pub use self::{
    command::Through,
    desk::{Writes, listen},
};

/// The most bytes of a question.
const MOST_BYTES: u64 = 256 * 1024 * 1024;

/// How long a command may take over its question, which it has whole before it asks.
const QUESTION: Duration = Duration::from_secs(30);

/// How long it waits for the answer: as long as the slowest write, and the questions before it.
const ANSWER: Duration = Duration::from_secs(300);

/// Where the desk of a data folder listens.
#[must_use]
pub fn socket(data: &Path) -> PathBuf {
    data.join("desk").join("socket")
}

/// What is to be written.
#[derive(Serialize, Deserialize)]
#[serde(tag = "write", rename_all = "snake_case", deny_unknown_fields)]
enum Asked {
    /// Entries, as one act.
    Commit { act: String, drafts: Vec<WrittenDraft> },
    /// A program, with the entry that says so.
    System { act: String, system: System, token: Option<Token>, version: u64, draft: WrittenDraft },
    /// Where messages to one go, with the entry that says so.
    Hook { act: String, system: SystemId, change: HookChange, draft: WrittenDraft },
    /// Comparisons, as one act, with days of the lists of contacts that nobody recorded.
    Lists { act: String, drafts: Vec<WrittenDraft>, replaced: Vec<Replaced>, by: Vec<Unrecorded> },
    /// Contacts that somebody accounted for.
    Settle { ids: Vec<ContactId> },
}

/// What became of it.
#[derive(Serialize, Deserialize)]
#[serde(tag = "became", rename_all = "snake_case", deny_unknown_fields)]
enum Answered {
    /// It is committed.
    Committed { all: Vec<Committed> },
    /// It is changed, by this entry.
    Changed { entry: EntryId },
    /// It is written.
    Written,
    /// The key was used for something else.
    KeyReused { key: String, first: EntryId },
    /// Somebody else changed it meanwhile.
    Moved,
    /// Nothing was written, and why.
    Refused { why: String },
}

/// A draft as it goes through the socket.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenDraft {
    key: Option<String>,
    /// The entry's canonical form.
    entry: String,
}

impl WrittenDraft {
    fn of(draft: &Draft) -> Result<Self, StoreError> {
        let id = draft.entry.id;
        let bytes = canonical::canonical(&draft.entry).map_err(|source| StoreError::Canonical { id, source })?;
        Ok(Self { key: draft.key.clone(), entry: String::from_utf8_lossy(&bytes).into_owned() })
    }

    fn read(&self) -> Result<Draft, String> {
        let entry = canonical::parse(self.entry.as_bytes()).map_err(|_| {
            "an entry that it was handed is not in the form of this version: restart the desk".to_owned()
        })?;
        Ok(Draft { key: self.key.clone(), entry })
    }
}

#[cfg(test)]
mod tests;
