//! The key history: which keys the residents' door has had, published by two people, and shown to every phone with proof.
//!
//! A set is an entry like any other ([`record::DoorKeys`]), but public: bytes and salt are given to whoever asks, in a
//! C2SP `tlog-proof` whose extra data they are. A phone computes the leaf of them, so nothing of the answer has to be
//! believed but the log's signature. Where the set in force is not in the published log yet, nothing is shown, and phones
//! send nothing: an older set would be one that the city has taken back.

use std::sync::{Mutex, PoisonError};

use anyhow::{Context as _, Result};
use jiff::{Timestamp, Zoned, civil::Date};
use record::{Actor, Body, DoorKeys, Entry, EntryId, KeySet, Salt, Source, keys};
use serde::Serialize;
use tlog::{InclusionReceipt, tree::leaf_hash, tree::verify_inclusion};

use crate::{
    log::{CHECKPOINT, Disk, ResourceError, resource},
    store::{Draft, Store, StoreError, Stored},
};

/// The maker of the entries of keys, as phones expect it.
const MAKER: &str = "keys";
/// The act by which they are committed.
const ACT: &str = "publish keys";
/// How many entries are read at a time.
const STRETCH: usize = 5_000;

/// A set that was published.
pub struct Recorded {
    /// Its entry.
    pub id: EntryId,
    /// When the entry was made.
    pub at: Timestamp,
    /// What it says.
    pub keys: DoorKeys,
    /// Where it stood in the log when it was read; none if the log had not taken it in.
    pub log_index: Option<u64>,
    bytes: Vec<u8>,
    salt: Salt,
}

impl AsRef<DoorKeys> for Recorded {
    fn as_ref(&self) -> &DoorKeys {
        &self.keys
    }
}

/// What has become of a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It holds.
    InForce,
    /// Its day has not come.
    Waits,
    /// A set that was published later holds in its place, or will from its day on.
    Replaced,
}

/// All sets of a record, in its order. An entry never changes, so only what is new is read.
#[derive(Default)]
pub struct History {
    next: u64,
    sets: Vec<Recorded>,
}

impl History {
    /// The history of a record.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn of(store: &dyn Store) -> Result<Self, StoreError> {
        let mut history = Self::default();
        history.read_on(store)?;
        Ok(history)
    }

    /// Reads what was recorded since.
    fn read_on(&mut self, store: &dyn Store) -> Result<(), StoreError> {
        loop {
            let stretch = store.entries(self.next, STRETCH)?;
            let Some(last) = stretch.last() else { return Ok(()) };
            self.next = last.seq + 1;
            self.sets.extend(stretch.into_iter().filter_map(recorded));
        }
    }

    /// The sets, the oldest first.
    #[must_use]
    pub fn sets(&self) -> &[Recorded] {
        &self.sets
    }

    /// The sets, the oldest first, each with what has become of it by this day.
    pub fn standings(&self, on: Date) -> impl Iterator<Item = (&Recorded, Standing)> {
        self.sets.iter().enumerate().map(move |(place, recorded)| {
            let begins = recorded.keys.from.max(on);
            let later = self.sets.iter().skip(place + 1);
            let standing = match () {
                () if later.map(|later| later.keys.from).any(|from| from <= begins) => Standing::Replaced,
                () if recorded.keys.from > on => Standing::Waits,
                () => Standing::InForce,
            };
            (recorded, standing)
        })
    }

    /// The set that holds on a day.
    #[must_use]
    pub fn in_force(&self, on: Date) -> Option<&Recorded> {
        keys::in_force(&self.sets, on)
    }
}

/// The set that an entry holds; none for another kind of entry, or one that came in another way than by `publish`.
fn recorded(stored: Stored) -> Option<Recorded> {
    let Stored { id, log_index, held, .. } = stored;
    let held = held?;
    let ours = held.entry.source == Source::Desk && held.entry.by == maker();
    match held.entry.body {
        Body::Keys(keys) if ours => {
            Some(Recorded { id, at: held.entry.at, keys: *keys, log_index, bytes: held.bytes, salt: held.salt })
        }
        _ => None,
    }
}

fn maker() -> Actor {
    Actor::Program { name: MAKER.to_owned() }
}

/// What two people order.
pub struct Order {
    /// The keys, whole.
    pub set: KeySet,
    /// Who asks for it; public.
    pub asked_by: String,
    /// Who approves it; public.
    pub approved_by: String,
    /// The first day on which it holds; none: as soon as it can.
    pub from: Option<Date>,
}

/// What came of an order.
#[derive(Debug, PartialEq, Eq)]
pub struct Published {
    /// The entry.
    pub id: EntryId,
    /// The first day on which the set holds.
    pub from: Date,
    /// The last set that was published was this one already; nothing was added.
    pub already: bool,
}

/// Why a set was not published.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// The record cannot be read or written.
    #[error("the record did not take the keys")]
    Store(#[from] StoreError),
    /// The calendar ends.
    #[error(transparent)]
    Day(#[from] keys::FirstDayError),
    /// The day that was asked for comes too soon.
    #[error(
        "`{from}` is too soon: a new key counts 72 hours after it is published, so from `{first}` on at the earliest"
    )]
    TooSoon {
        /// The day that was asked for.
        from: Date,
        /// The first day that can be.
        first: Date,
    },
    /// No randomness.
    #[error("the operating system gives no random bytes")]
    Random(#[source] getrandom::Error),
}

/// Records a set of keys at `now` by the city's clock, once: the set that was published last adds nothing.
///
/// # Errors
/// See [`PublishError`]; nothing was recorded then.
pub fn publish(store: &dyn Store, order: Order, now: &Zoned) -> Result<Published, PublishError> {
    let history = History::of(store)?;
    let Order { set, asked_by, approved_by, from } = order;
    let last = history.sets.last();
    if let Some(last) = last.filter(|last| last.keys.set == set) {
        return Ok(Published { id: last.id, from: last.keys.from, already: true });
    }
    let first = set.first_day(history.in_force(now.date()).map(|recorded| &recorded.keys.set), now)?;
    let from = from.unwrap_or(first);
    if from < first {
        return Err(PublishError::TooSoon { from, first });
    }
    let mut id = [0; 16];
    getrandom::fill(&mut id).map_err(PublishError::Random)?;
    let entry = Entry {
        id: EntryId::from_bytes(id),
        at: now.timestamp(),
        by: maker(),
        source: Source::Desk,
        body: Body::Keys(Box::new(DoorKeys { from, set, asked_by, approved_by })),
    };
    // Of two people who publish at once after the same set the second is refused, and sees the first.
    let key = Some(format!("keys after {}", last.map_or_else(|| "none".to_owned(), |last| last.id.to_string())));
    let committed = store.commit(ACT, vec![Draft { key, entry }])?;
    let done = committed.into_iter().next().ok_or(StoreError::Stopped)?;
    Ok(Published { id: done.id, from, already: done.already })
}

/// What a door knows of its keys, and the answer that it gave last.
#[derive(Default)]
pub(super) struct Shown(Mutex<State>);

#[derive(Default)]
struct State {
    history: History,
    answer: Option<Answer>,
}

/// An answer holds until another set does, or the log goes on.
struct Answer {
    id: EntryId,
    checkpoint: Vec<u8>,
    text: String,
}

impl Shown {
    /// The proof of the set that holds on a day: a `tlog-proof` whose extra data is salt and entry. None while there is no
    /// such set in the published log.
    ///
    /// # Errors
    /// Store or files cannot be read, or do not belong together.
    pub(super) fn proof(&self, store: &dyn Store, disk: &dyn Disk, day: Date) -> Result<Option<String>> {
        let checkpoint = match resource(disk, CHECKPOINT) {
            Ok(found) => found.bytes,
            Err(ResourceError::NotFound(_)) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let State { history, answer } = &mut *state;
        history.read_on(store)?;
        let Some(recorded) = history.in_force(day) else { return Ok(None) };
        if let Some(known) = answer.as_ref().filter(|known| known.id == recorded.id && known.checkpoint == checkpoint) {
            return Ok(Some(known.text.clone()));
        }
        let Some(index) = store.find(&recorded.id)?.and_then(|stored| stored.log_index) else { return Ok(None) };
        let proof = match resource(disk, &format!("proof/{index}")) {
            Ok(found) => InclusionReceipt::parse(&found.bytes)?,
            Err(ResourceError::NotFound(_)) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let leaf = record::commitment(&recorded.salt, &recorded.bytes);
        let head = proof.checkpoint.checkpoint();
        let shown = verify_inclusion(&proof.path, index, head.size(), leaf_hash(leaf.as_bytes()), head.root());
        shown.with_context(|| format!("the log does not hold entry `{}` where the record places it", recorded.id))?;
        let extra = [recorded.salt.as_bytes(), recorded.bytes.as_slice()].concat();
        let text = InclusionReceipt { extra: Some(extra), ..proof }.to_string();
        *answer = Some(Answer { id: recorded.id, checkpoint, text: text.clone() });
        Ok(Some(text))
    }

    /// Whether these are the keys of the set that holds on a day, in the log or on its way there.
    ///
    /// # Errors
    /// The store cannot be read.
    pub(super) fn are(&self, set: &KeySet, store: &dyn Store, day: Date) -> Result<bool, StoreError> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.history.read_on(store)?;
        Ok(state.history.in_force(day).is_some_and(|recorded| recorded.keys.set == *set))
    }
}
