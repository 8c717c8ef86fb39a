//! A store whose writes fail on command, to show that whoever uses a store bears it.
//!
//! A durable write can fail in two ways that its caller cannot tell apart: it was not kept, or it was kept and the answer
//! was lost. Every durable write must bear both (the fault matrix of the tests): repeating it with the same key, or reading
//! what is there, must lead to the same record. Only tests use this; it changes no answer while no trouble is set.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use jiff::civil::Date;
use law::AgencyId;
use record::{EntryId, Leaf, RequestId};

use super::{
    Committed, Draft, Erased, Prepared, SignedCheckpoint, Store, StoreError, Stored, SwapError,
    search::{Listed, Search, Undone},
};

/// How a write fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// It fails and nothing is kept.
    NotKept,
    /// It is kept, and then its answer is lost.
    Kept,
}

/// A store whose writes fail on command.
pub struct Faulty {
    inner: Arc<dyn Store>,
    next: Mutex<Option<(u64, Trouble)>>,
    writes: AtomicU64,
}

impl Faulty {
    /// In front of this store; nothing fails yet.
    #[must_use]
    pub fn new(inner: Arc<dyn Store>) -> Self {
        Self { inner, next: Mutex::new(None), writes: AtomicU64::new(0) }
    }

    /// The `nth` write from now (0 = the next) fails in this way, once.
    pub fn fail(&self, nth: u64, trouble: Trouble) {
        let at = self.writes.load(Ordering::SeqCst) + nth;
        *self.next.lock().unwrap_or_else(PoisonError::into_inner) = Some((at, trouble));
    }

    /// How many writes were tried.
    #[must_use]
    pub fn writes(&self) -> u64 {
        self.writes.load(Ordering::SeqCst)
    }

    /// Does this write, or fails as was asked for.
    fn write<T>(&self, write: impl FnOnce() -> T) -> Result<T, StoreError> {
        let this = self.writes.fetch_add(1, Ordering::SeqCst);
        let trouble = {
            let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
            match *next {
                Some((at, trouble)) if at == this => {
                    *next = None;
                    Some(trouble)
                }
                _ => None,
            }
        };
        let lost = || StoreError::backend("the store", std::io::Error::other("a fault was injected here"));
        match trouble {
            None => Ok(write()),
            Some(Trouble::NotKept) => Err(lost()),
            Some(Trouble::Kept) => {
                drop(write());
                Err(lost())
            }
        }
    }
}

impl Store for Faulty {
    fn commit_all(&self, acts: Vec<Prepared>) -> Vec<Result<Vec<Committed>, StoreError>> {
        let count = acts.len();
        self.write(|| self.inner.commit_all(acts)).unwrap_or_else(|error| vec![Err(error); count])
    }

    fn erase(&self, draft: Draft) -> Result<Erased, StoreError> {
        self.write(|| self.inner.erase(draft))?
    }

    fn entries(&self, from_seq: u64, limit: usize) -> Result<Vec<Stored>, StoreError> {
        self.inner.entries(from_seq, limit)
    }

    fn find(&self, id: &EntryId) -> Result<Option<Stored>, StoreError> {
        self.inner.find(id)
    }

    fn keyed(&self, key: &str) -> Result<Option<Stored>, StoreError> {
        self.inner.keyed(key)
    }

    fn by_request(&self, id: &RequestId) -> Result<Vec<Stored>, StoreError> {
        self.inner.by_request(id)
    }

    fn readings(&self, id: &RequestId, before_seq: u64, limit: usize) -> Result<Vec<Stored>, StoreError> {
        self.inner.readings(id, before_seq, limit)
    }

    fn received_by(&self, agency: &AgencyId, before_seq: u64, limit: usize) -> Result<Vec<Stored>, StoreError> {
        self.inner.received_by(agency, before_seq, limit)
    }

    fn search(&self, search: &Search, limit: usize) -> Result<Vec<Listed>, StoreError> {
        self.inner.search(search, limit)
    }

    fn undone(&self, through: Date) -> Result<Undone, StoreError> {
        self.inner.undone(through)
    }

    fn leaves(&self, from_seq: u64, limit: usize) -> Result<Vec<Leaf>, StoreError> {
        self.inner.leaves(from_seq, limit)
    }

    fn count(&self) -> Result<u64, StoreError> {
        self.inner.count()
    }

    fn sequence(&self, limit: usize) -> Result<u64, StoreError> {
        self.write(|| self.inner.sequence(limit))?
    }

    fn log_leaves(&self, from_index: u64, limit: usize) -> Result<Vec<Leaf>, StoreError> {
        self.inner.log_leaves(from_index, limit)
    }

    fn checkpoint(&self) -> Result<Option<SignedCheckpoint>, StoreError> {
        self.inner.checkpoint()
    }

    fn swap_checkpoint(&self, old: Option<&SignedCheckpoint>, new: &SignedCheckpoint) -> Result<(), SwapError> {
        self.write(|| self.inner.swap_checkpoint(old, new))?
    }

    fn lease_sequencer(&self) -> Result<bool, StoreError> {
        self.inner.lease_sequencer()
    }
}
