//! What was published of the residents' door: sets of keys, and pages by their hash, as the record holds them.
//!
//! Both are entries like any other ([`record::DoorKeys`], [`record::DoorPages`]), but public: bytes and salt are given to
//! whoever asks.

use jiff::{Timestamp, civil::Date};
use record::{Actor, Body, DoorKeys, DoorPages, Entry, EntryId, Salt, Source, keys};
use serde::Serialize;

use crate::store::{Store, StoreError, Stored};

/// The maker of these entries, as phones expect it.
const MAKER: &str = "keys";
/// How many entries are read at a time.
const STRETCH: usize = 5_000;

/// Something that was published.
pub struct Recorded<T> {
    /// Its entry.
    pub id: EntryId,
    /// When the entry was made.
    pub at: Timestamp,
    /// What it says.
    pub said: T,
    /// Where it stood in the log when it was read; none if the log had not taken it in.
    pub log_index: Option<u64>,
    pub(super) bytes: Vec<u8>,
    pub(super) salt: Salt,
}

impl AsRef<DoorKeys> for Recorded<DoorKeys> {
    fn as_ref(&self) -> &DoorKeys {
        &self.said
    }
}

/// What has become of a set of keys, or of pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It holds.
    InForce,
    /// Its day has not come.
    Waits,
    /// One that was published later holds in its place, or will from its day on.
    Replaced,
}

/// Everything that a record says of its door, in its order. An entry never changes, so only what is new is read.
#[derive(Default)]
pub struct History {
    next: u64,
    sets: Vec<Recorded<DoorKeys>>,
    pages: Vec<Recorded<DoorPages>>,
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
    pub(super) fn read_on(&mut self, store: &dyn Store) -> Result<(), StoreError> {
        loop {
            let stretch = store.entries(self.next, STRETCH)?;
            let Some(last) = stretch.last() else { return Ok(()) };
            self.next = last.seq + 1;
            for stored in stretch {
                self.take(stored);
            }
        }
    }

    /// Keeps an entry that is ours; not one of another kind, or one that came in another way than by `publish`.
    fn take(&mut self, stored: Stored) {
        let Stored { id, log_index, held, .. } = stored;
        let Some(held) = held.filter(|held| is_ours(&held.entry)) else { return };
        let Entry { at, body, .. } = held.entry;
        let (bytes, salt) = (held.bytes, held.salt);
        match body {
            Body::Keys(keys) => self.sets.push(Recorded { id, at, said: *keys, log_index, bytes, salt }),
            Body::Pages(pages) => self.pages.push(Recorded { id, at, said: *pages, log_index, bytes, salt }),
            _ => {}
        }
    }

    /// The sets of keys, the oldest first.
    #[must_use]
    pub fn sets(&self) -> &[Recorded<DoorKeys>] {
        &self.sets
    }

    /// The pages, the oldest first.
    #[must_use]
    pub fn pages(&self) -> &[Recorded<DoorPages>] {
        &self.pages
    }

    /// What has become of each set of keys by this day.
    pub fn set_standings(&self, on: Date) -> impl Iterator<Item = (&Recorded<DoorKeys>, Standing)> {
        standings(&self.sets, on, |keys| keys.from)
    }

    /// What has become of each bundle of pages by this day.
    pub fn page_standings(&self, on: Date) -> impl Iterator<Item = (&Recorded<DoorPages>, Standing)> {
        standings(&self.pages, on, |pages| pages.from)
    }

    /// The set of keys that holds on a day.
    #[must_use]
    pub fn in_force(&self, on: Date) -> Option<&Recorded<DoorKeys>> {
        keys::in_force(&self.sets, on)
    }

    /// The order of pages that holds on a day: the last of those whose day has come.
    #[must_use]
    pub fn pages_in_force(&self, on: Date) -> Option<&Recorded<DoorPages>> {
        self.pages.iter().rev().find(|pages| pages.said.from <= on)
    }

    /// The last order of the pages with this manifest.
    #[must_use]
    pub fn ordered(&self, manifest: &record::Sha256Hex) -> Option<&Recorded<DoorPages>> {
        self.pages.iter().rev().find(|pages| pages.said.manifest == *manifest)
    }
}

fn standings<T>(
    all: &[Recorded<T>],
    on: Date,
    from: impl Fn(&T) -> Date + Copy,
) -> impl Iterator<Item = (&Recorded<T>, Standing)> {
    all.iter().enumerate().map(move |(place, recorded)| {
        let begins = from(&recorded.said).max(on);
        let later = all.iter().skip(place + 1);
        let standing = match () {
            () if later.map(|later| from(&later.said)).any(|from| from <= begins) => Standing::Replaced,
            () if from(&recorded.said) > on => Standing::Waits,
            () => Standing::InForce,
        };
        (recorded, standing)
    })
}

/// Whether an entry came by `publish`.
pub(super) fn is_ours(entry: &Entry) -> bool {
    entry.source == Source::Desk && entry.by == maker()
}

/// Who makes these entries: the program, on the order of the two people whom they name.
pub(super) fn maker() -> Actor {
    Actor::Program { name: MAKER.to_owned() }
}
