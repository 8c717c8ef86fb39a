//! A command's end: a store that reads the record itself and has the desk write.

use std::{
    io::{self, Read as _, Write as _},
    net::Shutdown,
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
    sync::Arc,
};

use jiff::civil::Date;
use law::AgencyId;
use record::{ContactId, EntryId, Leaf, RequestId, SystemId};

use super::{ANSWER, Answered, Asked, MOST_BYTES, WrittenDraft};
use crate::store::{
    Committed, Draft, Erased, Prepared, SignedCheckpoint, Sqlite, Store, StoreError, Stored, SwapError,
    hooks::{Failing, Hook, HookChange, Hooks},
    people::ChangeError,
    search::{Listed, Search, Undone},
    systems::{System, Systems},
    unrecorded::{Replaced, Unrecorded, UnrecordedContacts},
};

/// The record of a desk that runs: read here, written there. What no command hands over ([`Asked`]) is answered as of a store that another
/// process writes.
pub struct Through {
    own: Arc<Sqlite>,
    socket: PathBuf,
}

impl Through {
    /// Through the desk that listens there; none where no desk does, so that the record's lock is another command's.
    #[must_use]
    pub fn to(own: Arc<Sqlite>, socket: &Path) -> Option<Self> {
        UnixStream::connect(socket).ok()?;
        Some(Self { own, socket: socket.to_owned() })
    }

    fn place(&self) -> String {
        self.socket.display().to_string()
    }

    fn in_use(&self) -> StoreError {
        StoreError::InUse { place: self.place() }
    }

    /// Has the desk write; only where it answers is it known what became of it.
    fn ask(&self, asked: &Asked) -> Result<Answered, StoreError> {
        let asked = serde_json::to_vec(asked).map_err(|error| self.unanswered(error.into()))?;
        if asked.len() as u64 > MOST_BYTES {
            let why = format!("{} bytes are more than it takes at once: compare fewer days", asked.len());
            return Err(StoreError::Beside { why });
        }
        // Nothing was handed over yet: the desk is gone, and whoever repeats this writes by themselves.
        let mut stream = UnixStream::connect(&self.socket).map_err(|_| self.in_use())?;
        let mut ask = || -> io::Result<Answered> {
            stream.set_write_timeout(Some(ANSWER))?;
            stream.set_read_timeout(Some(ANSWER))?;
            stream.write_all(&asked)?;
            stream.shutdown(Shutdown::Write)?;
            let mut answered = Vec::new();
            (&stream).take(MOST_BYTES).read_to_end(&mut answered)?;
            Ok(serde_json::from_slice(&answered)?)
        };
        match ask().map_err(|error| self.unanswered(error))? {
            Answered::Refused { why } => Err(StoreError::Beside { why }),
            Answered::KeyReused { key, first } => Err(StoreError::KeyReused { key, first }),
            answered => Ok(answered),
        }
    }

    fn unanswered(&self, error: io::Error) -> StoreError {
        StoreError::Unanswered { place: self.place(), source: Arc::new(error) }
    }

    fn written(&self, asked: &Asked) -> Result<(), StoreError> {
        match self.ask(asked)? {
            Answered::Written => Ok(()),
            _ => Err(self.other()),
        }
    }

    fn changed(&self, asked: &Asked) -> Result<EntryId, ChangeError> {
        match self.ask(asked)? {
            Answered::Changed { entry } => Ok(entry),
            Answered::Moved => Err(ChangeError::Moved),
            _ => Err(self.other().into()),
        }
    }

    fn other(&self) -> StoreError {
        StoreError::Beside { why: "the desk answered something else, perhaps of another version".to_owned() }
    }
}

impl Store for Through {
    fn commit_all(&self, acts: Vec<Prepared>) -> Vec<Result<Vec<Committed>, StoreError>> {
        acts.iter().map(|_| Err(self.in_use())).collect()
    }

    fn commit(&self, act: &'static str, drafts: Vec<Draft>) -> Result<Vec<Committed>, StoreError> {
        let drafts = drafts.iter().map(WrittenDraft::of).collect::<Result<_, _>>()?;
        match self.ask(&Asked::Commit { act: act.to_owned(), drafts })? {
            Answered::Committed { all } => Ok(all),
            _ => Err(self.other()),
        }
    }

    fn erase(&self, _: Draft) -> Result<Erased, StoreError> {
        Err(self.in_use())
    }

    fn entries(&self, from_seq: u64, limit: usize) -> Result<Vec<Stored>, StoreError> {
        self.own.entries(from_seq, limit)
    }

    fn find(&self, id: &EntryId) -> Result<Option<Stored>, StoreError> {
        self.own.find(id)
    }

    fn keyed(&self, key: &str) -> Result<Option<Stored>, StoreError> {
        self.own.keyed(key)
    }

    fn by_request(&self, id: &RequestId) -> Result<Vec<Stored>, StoreError> {
        self.own.by_request(id)
    }

    fn readings(&self, id: &RequestId, before_seq: u64, limit: usize) -> Result<Vec<Stored>, StoreError> {
        self.own.readings(id, before_seq, limit)
    }

    fn received_by(&self, agency: &AgencyId, before_seq: u64, limit: usize) -> Result<Vec<Stored>, StoreError> {
        self.own.received_by(agency, before_seq, limit)
    }

    fn search(&self, search: &Search, limit: usize) -> Result<Vec<Listed>, StoreError> {
        self.own.search(search, limit)
    }

    fn undone(&self, through: Date) -> Result<Undone, StoreError> {
        self.own.undone(through)
    }

    fn leaves(&self, from_seq: u64, limit: usize) -> Result<Vec<Leaf>, StoreError> {
        self.own.leaves(from_seq, limit)
    }

    fn count(&self) -> Result<u64, StoreError> {
        self.own.count()
    }

    fn sequence(&self, limit: usize) -> Result<u64, StoreError> {
        self.own.sequence(limit)
    }

    fn log_leaves(&self, from_index: u64, limit: usize) -> Result<Vec<Leaf>, StoreError> {
        self.own.log_leaves(from_index, limit)
    }

    fn checkpoint(&self) -> Result<Option<SignedCheckpoint>, StoreError> {
        self.own.checkpoint()
    }

    fn swap_checkpoint(&self, old: Option<&SignedCheckpoint>, new: &SignedCheckpoint) -> Result<(), SwapError> {
        self.own.swap_checkpoint(old, new)
    }
}

impl Systems for Through {
    fn systems(&self) -> Result<Vec<System>, StoreError> {
        self.own.systems()
    }

    fn system(&self, id: &SystemId) -> Result<Option<System>, StoreError> {
        self.own.system(id)
    }

    fn bearer(&self, hash: &[u8; 32], now: i64) -> Result<Option<System>, StoreError> {
        self.own.bearer(hash, now)
    }

    fn change_system(&self, act: &'static str, system: &System, entry: Draft) -> Result<EntryId, ChangeError> {
        let (token, version, draft) = (system.token, system.version, WrittenDraft::of(&entry)?);
        self.changed(&Asked::System { act: act.to_owned(), system: system.clone(), token, version, draft })
    }
}

impl Hooks for Through {
    fn hooks(&self) -> Result<Vec<Hook>, StoreError> {
        self.own.hooks()
    }

    fn hook(&self, system: &SystemId) -> Result<Option<Hook>, StoreError> {
        self.own.hook(system)
    }

    fn change_hook(
        &self,
        act: &'static str,
        system: &SystemId,
        change: &HookChange,
        entry: Draft,
    ) -> Result<EntryId, ChangeError> {
        let draft = WrittenDraft::of(&entry)?;
        self.changed(&Asked::Hook { act: act.to_owned(), system: *system, change: change.clone(), draft })
    }

    fn told(&self, _: &Hook, _: u64) -> Result<bool, StoreError> {
        Err(self.in_use())
    }

    fn not_taken(&self, _: &Hook, _: Failing) -> Result<bool, StoreError> {
        Err(self.in_use())
    }
}

impl UnrecordedContacts for Through {
    fn keep_lists(
        &self,
        act: &'static str,
        comparisons: Vec<Draft>,
        replaced: &[Replaced],
        by: &[Unrecorded],
    ) -> Result<(), StoreError> {
        let drafts = comparisons.iter().map(WrittenDraft::of).collect::<Result<_, _>>()?;
        let asked = Asked::Lists { act: act.to_owned(), drafts, replaced: replaced.to_vec(), by: by.to_vec() };
        self.written(&asked)
    }

    fn unrecorded(&self, agency: &AgencyId, limit: usize) -> Result<Vec<Unrecorded>, StoreError> {
        self.own.unrecorded(agency, limit)
    }

    fn count_unrecorded(&self, agency: &AgencyId) -> Result<u64, StoreError> {
        self.own.count_unrecorded(agency)
    }

    fn find_unrecorded(&self, id: &ContactId) -> Result<Option<Unrecorded>, StoreError> {
        self.own.find_unrecorded(id)
    }

    fn all_unrecorded(&self) -> Result<Vec<(ContactId, u64)>, StoreError> {
        self.own.all_unrecorded()
    }

    fn settle_unrecorded(&self, ids: &[ContactId]) -> Result<(), StoreError> {
        self.written(&Asked::Settle { ids: ids.to_vec() })
    }
}
