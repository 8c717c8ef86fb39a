//! Group commit: many callers' acts in one durable transaction.
//!
//! A disk can promise durability only so many times a second, but each promise can cover thousands of entries. Callers put
//! their acts into a bounded queue and wait; one thread takes all that wait, commits them together, and answers each for
//! itself, only after the commit is durable. One caller's refused draft fails its own act and no other (see
//! [`Store::commit_all`]). When the queue is full, callers wait: the store slows them down instead of promising more than it
//! can keep.

use std::{
    sync::{
        Arc,
        mpsc::{Receiver, SendError, SyncSender, TrySendError, channel, sync_channel},
    },
    thread::JoinHandle,
};

use jiff::civil::Date;
use law::AgencyId;
use record::{EntryId, Leaf, RequestId};

use super::{
    Committed, Draft, Erased, Prepared, SignedCheckpoint, Store, StoreError, Stored, SwapError, Told, prepare,
    search::{Listed, Search, Undone},
};

/// Acts that may wait; beyond, callers wait to put theirs in.
const QUEUE_ACTS: usize = 4096;

/// A transaction takes no further act beyond this many drafts, so that the first caller does not wait for ever.
const BATCH_DRAFTS: usize = 4096;

type Answer = Result<Vec<Committed>, StoreError>;

struct Job {
    act: Prepared,
    told: Told,
}

/// A store with group commit in front of it.
pub struct Group {
    inner: Arc<dyn Store>,
    /// None only while the group is being dropped.
    queue: Option<SyncSender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl Group {
    /// Starts the writer's thread in front of this store. Dropping the group commits what waits, then ends the thread.
    ///
    /// # Errors
    /// If the operating system gives no thread.
    pub fn new(inner: Arc<dyn Store>) -> Result<Self, StoreError> {
        let (queue, jobs) = sync_channel(QUEUE_ACTS);
        let store = Arc::clone(&inner);
        let thread = std::thread::Builder::new()
            .name("store writer".to_owned())
            .spawn(move || work(&*store, &jobs))
            .map_err(|error| StoreError::backend("the writer's thread", error))?;
        Ok(Self { inner, queue: Some(queue), thread: Some(thread) })
    }

    fn send(&self, act: Prepared) -> Result<Receiver<Answer>, StoreError> {
        let (answer, answered) = channel();
        let told: Told = Box::new(move |said| drop(answer.send(said)));
        let queue = self.queue.as_ref().ok_or(StoreError::Stopped)?;
        queue.send(Job { act, told }).map_err(|_| StoreError::Stopped)?;
        Ok(answered)
    }
}

fn work(store: &dyn Store, jobs: &Receiver<Job>) {
    while let Ok(first) = jobs.recv() {
        let mut drafts = first.act.len();
        let mut callers = vec![first.told];
        let mut acts = vec![first.act];
        while drafts < BATCH_DRAFTS
            && let Ok(job) = jobs.try_recv()
        {
            drafts += job.act.len();
            callers.push(job.told);
            acts.push(job.act);
        }
        let answers = store.commit_all(acts);
        for (told, answer) in callers.into_iter().zip(answers) {
            told(answer);
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        drop(self.queue.take());
        if let Some(thread) = self.thread.take() {
            // A panic of the thread was answered to its callers already.
            let _ = thread.join();
        }
    }
}

impl Store for Group {
    fn commit_all(&self, acts: Vec<Prepared>) -> Vec<Answer> {
        let waiting: Vec<_> = acts.into_iter().map(|act| self.send(act)).collect();
        waiting
            .into_iter()
            .map(|answered| answered.and_then(|answered| answered.recv().unwrap_or(Err(StoreError::Stopped))))
            .collect()
    }

    fn commit(&self, act: &'static str, drafts: Vec<Draft>) -> Answer {
        // On the caller's thread: the writer only writes.
        let prepared = prepare(act, drafts)?;
        self.send(prepared)?.recv().unwrap_or(Err(StoreError::Stopped))
    }

    fn submit(&self, act: Prepared, told: Told) {
        match &self.queue {
            Some(queue) => {
                if let Err(SendError(job)) = queue.send(Job { act, told }) {
                    (job.told)(Err(StoreError::Stopped));
                }
            }
            None => told(Err(StoreError::Stopped)),
        }
    }

    fn offer(&self, act: Prepared, told: Told) -> Option<(Prepared, Told)> {
        let Some(queue) = &self.queue else { return Some((act, told)) };
        match queue.try_send(Job { act, told }) {
            Ok(()) => None,
            Err(TrySendError::Full(job) | TrySendError::Disconnected(job)) => Some((job.act, job.told)),
        }
    }

    fn erase(&self, draft: Draft) -> Result<Erased, StoreError> {
        self.inner.erase(draft)
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
        self.inner.sequence(limit)
    }

    fn log_leaves(&self, from_index: u64, limit: usize) -> Result<Vec<Leaf>, StoreError> {
        self.inner.log_leaves(from_index, limit)
    }

    fn checkpoint(&self) -> Result<Option<SignedCheckpoint>, StoreError> {
        self.inner.checkpoint()
    }

    fn swap_checkpoint(&self, old: Option<&SignedCheckpoint>, new: &SignedCheckpoint) -> Result<(), SwapError> {
        self.inner.swap_checkpoint(old, new)
    }

    fn lease_sequencer(&self) -> Result<bool, StoreError> {
        self.inner.lease_sequencer()
    }

    fn settle(&self) {
        self.inner.settle();
    }
}

#[cfg(test)]
mod tests {
    use std::{
        fs,
        path::Path,
        sync::{Mutex, mpsc::sync_channel},
    };

    use record::{Actor, Body, Entry, Fault, FaultKind, Source};

    use super::*;
    use crate::store::Sqlite;

    /// A record whose commits wait until they are let go, and tell how many acts each of them had.
    struct Held {
        inner: Sqlite,
        begun: SyncSender<usize>,
        go: Mutex<Receiver<()>>,
    }

    impl Store for Held {
        fn commit_all(&self, acts: Vec<Prepared>) -> Vec<Answer> {
            self.begun.send(acts.len()).unwrap();
            self.go.lock().unwrap().recv().unwrap();
            self.inner.commit_all(acts)
        }

        fn erase(&self, draft: Draft) -> Result<Erased, StoreError> {
            self.inner.erase(draft)
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

        fn received_by(&self, agency: &AgencyId, before: u64, limit: usize) -> Result<Vec<Stored>, StoreError> {
            self.inner.received_by(agency, before, limit)
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
            self.inner.sequence(limit)
        }

        fn log_leaves(&self, from_index: u64, limit: usize) -> Result<Vec<Leaf>, StoreError> {
            self.inner.log_leaves(from_index, limit)
        }

        fn checkpoint(&self) -> Result<Option<SignedCheckpoint>, StoreError> {
            self.inner.checkpoint()
        }

        fn swap_checkpoint(&self, old: Option<&SignedCheckpoint>, new: &SignedCheckpoint) -> Result<(), SwapError> {
            self.inner.swap_checkpoint(old, new)
        }

        fn lease_sequencer(&self) -> Result<bool, StoreError> {
            self.inner.lease_sequencer()
        }
    }

    fn act(number: u8) -> Prepared {
        let detail = number.to_string().into();
        let body = Body::Fault(Fault { kind: FaultKind::Integrity, request: None, entry: None, detail });
        let by = Actor::Program { name: "test".to_owned() };
        let id = EntryId::from_bytes([number; 16]);
        let at = jiff::Timestamp::UNIX_EPOCH;
        prepare("say", vec![Entry { id, at, by, source: Source::Desk, body }.into()]).unwrap()
    }

    /// How many transactions stand in SQLite's write-ahead log, by its file format: a frame that ends a transaction bears the
    /// size of the database in bytes 4 to 8 of its head. With `synchronous = FULL` each of them is one sync (`traced.rs`).
    fn transactions(wal: &Path) -> usize {
        // Not there, or empty, until something is written after the last checkpoint.
        let bytes = fs::read(wal).unwrap_or_default();
        let Some((head, frames)) = bytes.split_at_checked(32) else { return 0 };
        let page = u32::from_be_bytes(head[8..12].try_into().unwrap()) as usize;
        frames.chunks_exact(24 + page).filter(|frame| frame[8..16] == head[16..24] && frame[4..8] != [0; 4]).count()
    }

    #[test]
    fn callers_who_come_while_a_commit_lasts_share_the_next_one() {
        let folder = tempfile::tempdir().unwrap();
        let (begun, begins) = sync_channel(0);
        let (lets, go) = sync_channel(1);
        let inner = Sqlite::open(&folder.path().join("record.sqlite3")).unwrap();
        let held = Arc::new(Held { inner, begun, go: Mutex::new(go) });
        let group = Group::new(held).unwrap();
        // Dropped before the group, should this test fail: the writer then stops instead of waiting for them.
        let (lets, begins) = (lets, begins);
        let wal = folder.path().join("record.sqlite3-wal");

        let first = group.send(act(0)).unwrap();
        assert_eq!(begins.recv().unwrap(), 1);
        // The disk is busy with the first; a hundred more come, and each waits for an answer of its own.
        let waiting: Vec<_> = (1..=100).map(|number| group.send(act(number)).unwrap()).collect();
        // One of them leaves without waiting, and is told.
        let (tell, told) = channel();
        group.submit(act(101), Box::new(move |answer| tell.send(answer).unwrap()));
        assert!(told.try_recv().is_err());
        // Another offers, where there is room.
        let (tell, offered) = channel();
        assert!(group.offer(act(102), Box::new(move |answer| tell.send(answer).unwrap())).is_none());
        assert!(offered.try_recv().is_err());
        let before = transactions(&wal);
        lets.send(()).unwrap();
        assert_eq!(first.recv().unwrap().unwrap().len(), 1);
        assert_eq!(begins.recv().unwrap(), 102, "one commit for all who wait");
        assert!(waiting.iter().all(|one| one.try_recv().is_err()), "nobody is answered before it is durable");
        assert!(told.try_recv().is_err());
        lets.send(()).unwrap();
        for (one, number) in waiting.iter().zip(1_u8..) {
            let committed = one.recv().unwrap().unwrap();
            assert_eq!(committed[0].id, EntryId::from_bytes([number; 16]), "each caller gets their own answer");
        }
        assert_eq!(told.recv().unwrap().unwrap()[0].id, EntryId::from_bytes([101; 16]));
        assert_eq!(offered.recv().unwrap().unwrap()[0].id, EntryId::from_bytes([102; 16]));
        assert_eq!(transactions(&wal) - before, 2, "one transaction for the first caller, one for the hundred and two");
        assert_eq!(group.count().unwrap(), 103);
    }

    #[test]
    fn what_is_offered_while_too_many_wait_comes_back_and_can_be_submitted() {
        let folder = tempfile::tempdir().unwrap();
        let (begun, begins) = sync_channel(0);
        let (lets, go) = sync_channel(1);
        let inner = Sqlite::open(&folder.path().join("record.sqlite3")).unwrap();
        let group = Group::new(Arc::new(Held { inner, begun, go: Mutex::new(go) })).unwrap();
        let (lets, begins) = (lets, begins);
        let empty = || prepare("say", Vec::new()).unwrap();
        let first = group.send(act(0)).unwrap();
        assert_eq!(begins.recv().unwrap(), 1);
        let waiting: Vec<_> = (0..QUEUE_ACTS).map(|_| group.send(empty()).unwrap()).collect();
        let (tell, told) = channel();
        let back = group.offer(act(1), Box::new(move |answer| tell.send(answer).unwrap()));
        let (again, tell) = back.expect("there is no room");
        assert!(told.try_recv().is_err(), "nobody is told of what was given back");
        lets.send(()).unwrap();
        begins.recv().unwrap();
        lets.send(()).unwrap();
        for one in [first].into_iter().chain(waiting) {
            one.recv().unwrap().unwrap();
        }
        group.submit(again, tell);
        begins.recv().unwrap();
        lets.send(()).unwrap();
        assert_eq!(told.recv().unwrap().unwrap()[0].id, EntryId::from_bytes([1; 16]));
        assert!(told.recv().is_err(), "once");
        assert_eq!(group.count().unwrap(), 2);
    }
}
