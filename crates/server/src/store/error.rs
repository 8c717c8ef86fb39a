//! What can go wrong with a store, in the words of whoever must put it right.

use std::{error::Error, sync::Arc};

use record::{EntryId, canonical::CanonicalError};

/// Why the store did not do what was asked.
///
/// Cloned to every caller whose act stood in a transaction that failed.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// The disk, or the space set aside for the store, is full.
    #[error("`{place}` is full: free some space and repeat; nothing of this act was kept")]
    Full {
        /// The store.
        place: String,
    },
    /// The folder or the database may only be read.
    #[error("`{place}` cannot be written: give this user the right to write there; nothing of this act was kept")]
    ReadOnly {
        /// The store.
        place: String,
    },
    /// The file may not even be read.
    #[error("`{place}` cannot be read: give this user the right to read it and its folder")]
    Unreadable {
        /// The store.
        place: String,
    },
    /// Another process is the writer.
    #[error("`{place}` is in use by another process, perhaps `vouchsafe serve`: stop it, do this, and start it again")]
    InUse {
        /// The store.
        place: String,
    },
    /// The desk was asked to write, and did not.
    #[error("the desk that runs did not write this: {why}")]
    Beside {
        /// What it says.
        why: String,
    },
    /// The desk was asked to write, and did not answer.
    #[error(
        "the desk that runs was asked to write, and `{place}` gave no answer: see whether it was written, then repeat"
    )]
    Unanswered {
        /// The socket.
        place: String,
        /// What the system says.
        #[source]
        source: Arc<dyn Error + Send + Sync>,
    },
    /// There is no store, and this command does not make one.
    #[error("there is no store at `{place}`: name the right folder with `--data`, or record something first")]
    Absent {
        /// The store.
        place: String,
    },
    /// The schema is one that only a later program knows.
    #[error(
        "`{place}` is a store of a newer version ({found}; this program knows up to {known}): use the newer program"
    )]
    Newer {
        /// The store.
        place: String,
        /// The version found.
        found: i64,
        /// The newest version known here.
        known: i64,
    },
    /// Not a store of this program.
    #[error("`{place}` is not a store of vouchsafe: {what}")]
    Foreign {
        /// The store.
        place: String,
        /// What was found instead.
        what: String,
    },
    /// The server behind the store does not keep what it acknowledges, or is too old.
    #[error("`{place}` cannot hold the record: {what}")]
    Unfit {
        /// The store.
        place: String,
        /// What is wrong with it.
        what: String,
    },
    /// The same key came with other content.
    #[error("the key `{key}` was used before for other content (entry `{first}`): use a new key for new work")]
    KeyReused {
        /// The key.
        key: String,
        /// The entry that was kept for it.
        first: EntryId,
    },
    /// An id that is taken.
    #[error("the id `{id}` is taken: draw a new one")]
    DuplicateId {
        /// The id.
        id: EntryId,
    },
    /// An erasure that did not come through [`super::Store::erase`].
    #[error("entry `{id}` is an erasure: it must go through the store's own erase")]
    UseErase {
        /// The draft's id.
        id: EntryId,
    },
    /// The entry of a report that did not come through [`super::Lane::close`].
    #[error("entry `{id}` is a report: it becomes an entry when its day is closed, and in no other way")]
    UseClose {
        /// The draft's id.
        id: EntryId,
    },
    /// The entry of a photograph that did not come through [`super::photographs::Photographs::attach`].
    #[error("entry `{id}` names a photograph: it becomes an entry with the photograph beside it, and in no other way")]
    UseAttach {
        /// The draft's id.
        id: EntryId,
    },
    /// The draft of an erasure says something else.
    #[error("entry `{id}` is not an erasure")]
    NotAnErasure {
        /// The draft's id.
        id: EntryId,
    },
    /// The entry to be erased is not there.
    #[error("there is no entry `{id}`")]
    NoEntry {
        /// The id looked for.
        id: EntryId,
    },
    /// The entry was erased before.
    #[error("entry `{id}` was erased before")]
    AlreadyErased {
        /// The id.
        id: EntryId,
    },
    /// The entry is one that must stay.
    #[error("entry `{id}` is the record of an erasure and stays")]
    Stays {
        /// The id.
        id: EntryId,
    },
    /// The entry says what became of a report.
    #[error(
        "entry `{id}` says what became of a report and stays: without it the report would be unopened, or not held"
    )]
    Handled {
        /// The id.
        id: EntryId,
    },
    /// The entry stops disclosures.
    #[error(
        "entry `{id}` says that a record is sealed, and stays: without it an approval of before would hold again. It names nobody; \
         erase the request's other entries"
    )]
    Stopping {
        /// The id.
        id: EntryId,
    },
    /// The entry says whose a passkey was.
    #[error("entry `{id}` says whose a passkey was, and stays: without it nobody could tell whose a signature is")]
    Whose {
        /// The id.
        id: EntryId,
    },
    /// The entry is public.
    #[error(
        "entry `{id}` is public, of the keys or pages of the residents' door, and stays: phones have checked by it; publish others instead"
    )]
    Published {
        /// The id.
        id: EntryId,
    },
    /// The entry has another leaf than the erasure says.
    #[error("entry `{id}` has another leaf than the order of erasure says: look the entry up again")]
    OtherLeaf {
        /// The id.
        id: EntryId,
    },
    /// An entry without a canonical form.
    #[error("entry `{id}` cannot be written")]
    Canonical {
        /// The draft's id.
        id: EntryId,
        /// Why.
        #[source]
        source: CanonicalError,
    },
    /// An entry that is too long.
    #[error("entry `{id}` has {bytes} bytes and may have {most}: keep long documents as files beside the record")]
    TooLong {
        /// The draft's id.
        id: EntryId,
        /// Its length in bytes.
        bytes: usize,
        /// The greatest length in bytes.
        most: usize,
    },
    /// The store holds what no act can have written.
    #[error("entry {seq} of `{place}` is damaged: {what}; restore it from a copy")]
    Damaged {
        /// The store.
        place: String,
        /// The place in the record.
        seq: u64,
        /// What was found.
        what: String,
    },
    /// The group's thread has ended.
    #[error("the store is shutting down: repeat this with the same keys when it runs again")]
    Stopped,
    /// The database failed; whether an act was kept is not known.
    #[error("`{place}` failed: if this was a write, repeat it with the same keys")]
    Backend {
        /// The store.
        place: String,
        /// What the database says.
        #[source]
        source: Arc<dyn Error + Send + Sync>,
    },
}

impl StoreError {
    pub(super) fn backend(place: &str, source: impl Error + Send + Sync + 'static) -> Self {
        Self::Backend { place: place.to_owned(), source: Arc::new(source) }
    }
}

/// Why a checkpoint was not replaced.
#[derive(Clone, Debug, thiserror::Error)]
pub enum SwapError {
    /// Another was signed since `old` was read.
    #[error("another checkpoint was signed meanwhile (size {found}): read it and build on it")]
    Moved {
        /// The size of the one found; 0 when there is none.
        found: u64,
    },
    /// A log never grows smaller.
    #[error("a checkpoint of size {new} cannot follow one of size {old}")]
    Shrinks {
        /// The size of the newest.
        old: u64,
        /// The size offered.
        new: u64,
    },
    /// It covers leaves that have no place in the log.
    #[error("a checkpoint of size {new} covers more than the {known} leaves that have places in the log")]
    Ahead {
        /// How many have places.
        known: u64,
        /// The size offered.
        new: u64,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
