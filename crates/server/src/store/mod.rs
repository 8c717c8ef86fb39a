//! Where the record is kept: one small trait, SQLite for one machine, PostgreSQL for several.
//!
//! **Invariants.** An entry has happened when [`Store::commit`] has returned, and not before; what it returned for survives
//! kill -9 and loss of power. An act (the drafts of one call) is kept whole or not at all. Sequence numbers are dense from
//! 0 in the order of commit. Nothing is ever changed but by [`Store::erase`], which destroys body and salt and leaves the
//! leaf. Every row is written by a transaction that has a name, kept beside it.
//!
//! The store draws salts; ids are the caller's. Not here: the log's files (`log`), which follow the record at their own
//! pace and read leaves from here.

pub(crate) mod dictionary;
mod error;
mod fault;
mod group;
pub mod hooks;
mod lane;
pub mod leaf;
pub mod people;
pub mod photographs;
mod plan;
mod postgres;
mod prepare;
pub mod reminders;
pub mod search;
mod sqlite;
pub mod systems;
pub mod unrecorded;

use std::{fmt, io, path::Path};

use jiff::{civil::Date, tz::TimeZone};
use law::AgencyId;
use record::{Entry, EntryId, Leaf, RequestId, Salt};
use rustix::fs::{Timespec, Timestamps};
use serde::{Deserialize, Serialize};

use self::search::{Listed, Search, Undone};

pub use self::{
    error::{StoreError, SwapError},
    fault::{Faulty, Trouble},
    group::Group,
    lane::{AcceptError, ClosedDay, Kept, Lane, NewReport, Place, Report, Sent},
    postgres::Postgres,
    prepare::{LARGEST_ENTRY_BYTES, Prepared, prepare},
    sqlite::{Sqlite, SqliteOptions},
};

/// Tells a caller what came of its act; one that has gone away does not hear what was kept, and its key tells it when it comes back.
pub type Told = Box<dyn FnOnce(Result<Vec<Committed>, StoreError>) + Send>;

/// An entry that is not committed yet.
#[derive(Clone)]
pub struct Draft {
    /// Names this piece of work, so that repeating it after a failure cannot do it twice: the same key with the same content
    /// is answered with the entry that was kept the first time, the same key with other content is refused. Content is what
    /// happened, by whom and from where ([`Entry::by`], [`Entry::source`], [`Entry::body`]); a repeated entry may bear
    /// another id and moment. Ids *within* the body must then be the same: derive them from the key.
    pub key: Option<String>,
    /// The entry.
    pub entry: Entry,
}

impl From<Entry> for Draft {
    fn from(entry: Entry) -> Self {
        Self { key: None, entry }
    }
}

/// Neither key nor body: a trace shows which entry, never what it says.
impl fmt::Debug for Draft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key, entry } = self;
        write!(f, "Draft({} {}{})", entry.id, entry.body.kind(), if key.is_some() { ", keyed" } else { "" })
    }
}

/// An entry that is committed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Committed {
    /// Its id; if it was `already` there, the id it got then.
    pub id: EntryId,
    /// Its place in the record, dense from 0.
    pub seq: u64,
    /// An earlier call with the same key had committed it.
    pub already: bool,
}

/// An erasure that holds: the record has neither body nor salt of the entry any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Erased {
    /// The entry that says so.
    pub committed: Committed,
    /// What the erased bytes have become.
    pub bytes: ErasedBytes,
}

/// What has become of erased bytes in the store's own files. Copies made earlier keep what they had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErasedBytes {
    /// They are overwritten.
    Overwritten,
    /// Their place was given back; the database writes over it when it needs it, and its write-ahead log keeps them as long
    /// as it is kept (PostgreSQL).
    Freed,
    /// They stand where they stood, since somebody is still reading or the disk refused. The store tries again after each
    /// write, when it is closed and when it is next opened to write.
    Waiting,
}

/// An entry as it is kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Stored {
    /// Its place in the record, dense from 0.
    pub seq: u64,
    /// Its id.
    pub id: EntryId,
    /// The name of the transaction that wrote it.
    pub act: String,
    /// Its place in the log, once the sequencer has given it one; not assumed equal to `seq`.
    pub log_index: Option<u64>,
    /// The commitment in the log.
    pub leaf: Leaf,
    /// What the leaf commits to; none when the entry was erased.
    pub held: Option<Held>,
}

/// The private part of a stored entry, which erasure destroys.
#[derive(Clone, PartialEq)]
pub struct Held {
    /// The entry.
    pub entry: Entry,
    /// Its canonical bytes.
    pub bytes: Vec<u8>,
    /// The salt of its leaf.
    pub salt: Salt,
}

/// How much there is and of what kind, never what it says.
impl fmt::Debug for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { entry, bytes, salt } = self;
        write!(f, "Held({}, {} bytes, {salt:?})", entry.body.kind(), bytes.len())
    }
}

impl Stored {
    /// The entry; none when it was erased.
    #[must_use]
    pub fn entry(&self) -> Option<&Entry> {
        self.held.as_ref().map(|held| &held.entry)
    }
}

/// A signed checkpoint of the log, as the store guards it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedCheckpoint {
    /// The number of leaves that it covers.
    pub size: u64,
    /// The signed note, whole.
    pub note: String,
}

/// Where the record is kept.
///
/// All calls block; from async code call them on a blocking thread.
pub trait Store: Send + Sync {
    /// Commits several acts in one durable transaction, each act whole or not at all and each answered for itself: a draft
    /// that is refused fails its own act and no other. Durable on return.
    ///
    /// [`Group`] calls this for many callers at once; a single caller wants [`Store::commit`].
    fn commit_all(&self, acts: Vec<Prepared>) -> Vec<Result<Vec<Committed>, StoreError>>;

    /// Commits these drafts as the act of this name: whole or not at all, durable on return, answers in the drafts' order.
    ///
    /// # Errors
    /// [`StoreError::KeyReused`], [`StoreError::DuplicateId`] and the like say what is wrong with a draft;
    /// [`StoreError::Full`] and [`StoreError::ReadOnly`] what is wrong with the place. After [`StoreError::Backend`] it is
    /// not known whether the act was kept: repeat it with the same keys.
    fn commit(&self, act: &'static str, drafts: Vec<Draft>) -> Result<Vec<Committed>, StoreError> {
        let mut answers = self.commit_all(vec![prepare(act, drafts)?]);
        answers.pop().unwrap_or(Err(StoreError::Stopped))
    }

    /// Hands an act to whoever writes; `told` is called once with the answer, when the act is durable or refused, perhaps on another
    /// thread and perhaps before this returns. A store that is stopped meanwhile may drop it uncalled: then it is not known whether
    /// the act was kept, as after [`StoreError::Stopped`].
    ///
    /// For callers who do not want to hold a thread while they wait; whoever has one wants [`Store::commit`].
    fn submit(&self, act: Prepared, told: Told) {
        told(self.commit_all(vec![act]).pop().unwrap_or(Err(StoreError::Stopped)));
    }

    /// As [`Store::submit`] where that need not wait; else gives both back.
    fn offer(&self, act: Prepared, told: Told) -> Option<(Prepared, Told)> {
        Some((act, told))
    }

    /// Destroys body and salt of the entry that the draft's body ([`record::Body::Erased`]) names, and commits the draft,
    /// in one transaction. The leaf and its place in the log stay. Once it is committed the erasure holds, whatever becomes
    /// of the freed bytes: the answer says which, and a fault in overwriting them is no error of the erasure.
    ///
    /// # Errors
    /// As [`Store::commit`]; also if there is no such entry, it was erased before, is itself an erasure, public, or says what
    /// became of a report, or bears another leaf than the draft says.
    fn erase(&self, draft: Draft) -> Result<Erased, StoreError>;

    /// Up to `limit` entries from this place on, in order.
    ///
    /// # Errors
    /// If the store cannot be read, or holds what no act can have written ([`StoreError::Damaged`]).
    fn entries(&self, from_seq: u64, limit: usize) -> Result<Vec<Stored>, StoreError>;

    /// The entry with this id.
    ///
    /// # Errors
    /// As [`Store::entries`].
    fn find(&self, id: &EntryId) -> Result<Option<Stored>, StoreError>;

    /// The entry that was committed with this key.
    ///
    /// # Errors
    /// As [`Store::entries`].
    fn keyed(&self, key: &str) -> Result<Option<Stored>, StoreError>;

    /// All entries about this request, in order, but for those erased and those that say who opened it.
    ///
    /// # Errors
    /// As [`Store::entries`].
    fn by_request(&self, id: &RequestId) -> Result<Vec<Stored>, StoreError>;

    /// Up to `limit` of the entries that say who opened this request, before this place in the record, the newest first, but for
    /// those erased.
    ///
    /// # Errors
    /// As [`Store::entries`].
    fn readings(&self, id: &RequestId, before_seq: u64, limit: usize) -> Result<Vec<Stored>, StoreError>;

    /// Up to `limit` outside requests that this agency was asked before this place in the record, the newest first, but for
    /// those erased.
    ///
    /// # Errors
    /// As [`Store::entries`].
    fn received_by(&self, agency: &AgencyId, before_seq: u64, limit: usize) -> Result<Vec<Stored>, StoreError>;

    /// Up to `limit` requests that are looked for, the newest contact first, and of one day what was recorded last. Those erased
    /// are found by nothing.
    ///
    /// # Errors
    /// As [`Store::entries`].
    fn search(&self, search: &Search, limit: usize) -> Result<Vec<Listed>, StoreError>;

    /// About how many requests nobody has said what was done, of contacts until this day, by agency and by the way they came.
    ///
    /// # Errors
    /// As [`Store::entries`].
    fn undone(&self, through: Date) -> Result<Undone, StoreError>;

    /// Up to `limit` leaves from this place in the record on, in order.
    ///
    /// # Errors
    /// As [`Store::entries`].
    fn leaves(&self, from_seq: u64, limit: usize) -> Result<Vec<Leaf>, StoreError>;

    /// The number of entries, erased ones included.
    ///
    /// # Errors
    /// As [`Store::entries`].
    fn count(&self) -> Result<u64, StoreError>;

    /// Gives up to `limit` entries that have none yet their places in the log, in the order of the record; durable on
    /// return. Answers the size that the log then has. Any number of nodes may call it at once: a place is given once.
    ///
    /// # Errors
    /// As [`Store::commit`]; repeating it is harmless.
    fn sequence(&self, limit: usize) -> Result<u64, StoreError>;

    /// Up to `limit` leaves from this place in the log on, in the order of the log.
    ///
    /// # Errors
    /// As [`Store::entries`].
    fn log_leaves(&self, from_index: u64, limit: usize) -> Result<Vec<Leaf>, StoreError>;

    /// The newest checkpoint that was signed for this record's log.
    ///
    /// # Errors
    /// As [`Store::entries`].
    fn checkpoint(&self) -> Result<Option<SignedCheckpoint>, StoreError>;

    /// Replaces the checkpoint `old` by `new` if `old` is still the newest, so that two nodes can never sign two histories.
    /// A signature must not leave the machine before this has returned. Durable on return.
    ///
    /// # Errors
    /// [`SwapError::Moved`] if another was signed meanwhile, [`SwapError::Shrinks`] and [`SwapError::Ahead`] if `new` covers
    /// fewer leaves than `old` or more than have places.
    fn swap_checkpoint(&self, old: Option<&SignedCheckpoint>, new: &SignedCheckpoint) -> Result<(), SwapError>;

    /// Whether this process may follow the record with the log: it has the lease, or gets it now. A lease is one process' at a
    /// time, lasts as long as this store is open and its connection holds, and is asked for again before each use. An embedded
    /// store has one writer, who has it.
    ///
    /// # Errors
    /// As [`Store::entries`]; the lease may be lost then.
    fn lease_sequencer(&self) -> Result<bool, StoreError> {
        Ok(true)
    }

    /// As far as nobody reads just now, moves what waits beside the store's file into it, as closing it would: for a program that ends
    /// while threads of its own still hold the store. What cannot be moved stays as good where it is.
    fn settle(&self) {}
}

/// The times of a file that tell a day and nothing finer: its first moment, by the clock without an offset.
#[must_use]
pub(crate) fn first_moment(day: Date) -> Option<Timestamps> {
    let tv_sec = day.at(0, 0, 0, 0).to_zoned(TimeZone::UTC).ok()?.timestamp().as_second();
    let moment = Timespec { tv_sec, tv_nsec: 0 };
    Some(Timestamps { last_access: moment, last_modification: moment })
}

/// Sets the times of a file or folder to the first moment of a day.
///
/// By its path and never by a descriptor: POSIX drops every lock that a process has on a file as soon as the process closes
/// any descriptor of it, so whoever opened the store's files here would take SQLite's locks away (sqlite.org/howtocorrupt.html,
/// 2.2).
pub(crate) fn set_day(path: &Path, day: Date) -> io::Result<()> {
    let Some(times) = first_moment(day) else { return Ok(()) };
    Ok(rustix::fs::utimensat(rustix::fs::CWD, path, &times, rustix::fs::AtFlags::empty())?)
}

/// Both databases count in signed numbers. No record has 2^63 entries; a limit beyond means "all".
fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// The other way; the schemas hold no negative number.
fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use jiff::Timestamp;
    use record::{Actor, Body, Fault, FaultKind, Source};

    use super::*;

    /// A panic, a trace or a failed comparison prints these: none may show what an entry says, its bytes or its salt.
    #[test]
    fn what_is_private_is_not_printed() {
        let body =
            Body::Fault(Fault { kind: FaultKind::Integrity, request: None, entry: None, detail: "words".into() });
        let entry = Entry {
            id: EntryId::from_bytes([1; 16]),
            at: Timestamp::UNIX_EPOCH,
            by: Actor::Program { name: "test".to_owned() },
            source: Source::Desk,
            body,
        };
        let draft = Draft { key: Some("a key".to_owned()), entry: entry.clone() };
        expect!["Draft(en-01040g2081040g2081040g2081j fault, keyed)"].assert_eq(&format!("{draft:?}"));
        let prepared = prepare("say", vec![draft]).unwrap();
        let leaf = prepared.rows[0].leaf.to_string();
        let printed = format!("{prepared:?}").replace(&leaf, "LEAF");
        expect![[r#"Prepared { act: "say", rows: [Row(en-01040g2081040g2081040g2081j fault, keyed, leaf LEAF, Packed(182 of 182 bytes))] }"#]]
            .assert_eq(&printed);
        let held = Held { entry, bytes: b"words".to_vec(), salt: Salt::from_bytes([1; 32]) };
        let stored = Stored {
            seq: 0,
            id: EntryId::from_bytes([1; 16]),
            act: "say".to_owned(),
            log_index: None,
            leaf: Leaf::from_bytes([2; 32]),
            held: Some(held),
        };
        expect![[r#"Stored { seq: 0, id: en-01040g2081040g2081040g2081j, act: "say", log_index: None, leaf: 0202020202020202020202020202020202020202020202020202020202020202, held: Some(Held(fault, 5 bytes, Salt(..))) }"#]]
            .assert_eq(&format!("{stored:?}"));
        let keys = crate::log::Keys::from_seeds("log.example/x", [[8; 32], [9; 32]]).unwrap();
        let printed = format!("{keys:?}");
        assert!(!printed.contains("8, 8") && !printed.contains(&"08".repeat(8)), "{printed}");
    }
}
