//! What the door shows of what was published: the entry of the keys that hold today, and that of the pages it serves, each
//! with the proof that the log holds it.
//!
//! Both are a C2SP `tlog-proof` whose extra data are the entry's salt and bytes. A phone, or whoever watches the pages,
//! computes the leaf of them, so nothing of the answer has to be believed but the log's signature. Where the set in force is
//! not in the published log yet, nothing is shown, and phones send nothing: an older set would be one that the city has
//! taken back.

use std::sync::{Mutex, PoisonError};

use anyhow::{Context as _, Result};
use jiff::civil::Date;
use record::{EntryId, KeySet, Sha256Hex};
use tlog::{InclusionReceipt, tree::leaf_hash, tree::verify_inclusion};

use super::history::{History, Recorded};
use crate::{
    log::{CHECKPOINT, Disk, ResourceError, resource},
    store::{Store, StoreError},
};

/// What a door knows of what was published, and the answers that it gave last.
#[derive(Default)]
pub(super) struct Proofs(Mutex<State>);

#[derive(Default)]
struct State {
    history: History,
    keys: Option<Answer>,
    pages: Option<Answer>,
}

/// An answer holds until another entry does, or the log goes on.
struct Answer {
    id: EntryId,
    checkpoint: Vec<u8>,
    text: String,
}

impl Proofs {
    /// The proof of the set of keys that holds on a day. None while there is no such set in the published log.
    ///
    /// # Errors
    /// Store or files cannot be read, or do not belong together.
    pub(super) fn keys(&self, store: &dyn Store, disk: &dyn Disk, day: Date) -> Result<Option<String>> {
        let State { history, keys, .. } = &mut *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        history.read_on(store)?;
        history.in_force(day).map_or(Ok(None), |recorded| proof(recorded, keys, store, disk))
    }

    /// The proof of the last order of the pages with this manifest. None while it is not in the published log.
    ///
    /// # Errors
    /// Store or files cannot be read, or do not belong together.
    pub(super) fn pages(&self, store: &dyn Store, disk: &dyn Disk, manifest: &Sha256Hex) -> Result<Option<String>> {
        let State { history, pages, .. } = &mut *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        history.read_on(store)?;
        history.ordered(manifest).map_or(Ok(None), |recorded| proof(recorded, pages, store, disk))
    }

    /// Whether these are the keys of the set that holds on a day, in the log or on its way there.
    ///
    /// # Errors
    /// The store cannot be read.
    pub(super) fn are(&self, set: &KeySet, store: &dyn Store, day: Date) -> Result<bool, StoreError> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.history.read_on(store)?;
        Ok(state.history.in_force(day).is_some_and(|recorded| recorded.said.set == *set))
    }

    /// Whether other pages were ordered after these, and hold on a day.
    ///
    /// # Errors
    /// The store cannot be read.
    pub(super) fn replaced(&self, manifest: &Sha256Hex, store: &dyn Store, day: Date) -> Result<bool, StoreError> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.history.read_on(store)?;
        Ok(state.history.pages_in_force(day).is_some_and(|recorded| recorded.said.manifest != *manifest))
    }

    /// The first day of the last order of the pages with this manifest; none if they were never ordered.
    ///
    /// # Errors
    /// The store cannot be read.
    pub(super) fn ordered(&self, manifest: &Sha256Hex, store: &dyn Store) -> Result<Option<Date>, StoreError> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.history.read_on(store)?;
        Ok(state.history.ordered(manifest).map(|recorded| recorded.said.from))
    }
}

fn proof<T>(
    recorded: &Recorded<T>,
    answer: &mut Option<Answer>,
    store: &dyn Store,
    disk: &dyn Disk,
) -> Result<Option<String>> {
    let checkpoint = match resource(disk, CHECKPOINT) {
        Ok(found) => found.bytes,
        Err(ResourceError::NotFound(_)) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
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
