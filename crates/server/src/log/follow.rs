//! Opens the sequencer of a data folder, for commands that write: what they commit goes into the log before they end.
//!
//! `vouchsafe serve` keeps a sequencer running instead (`serve::follow`).

use std::{
    io,
    path::Path,
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use super::{Folder, Keys, KeysError, LEAF_BYTES, Leaves, OpenError, Sequencer, StepError};
use crate::store::{SignedCheckpoint, Store, StoreError, SwapError};

/// How many leaves go into the log under one checkpoint at most.
const BATCH: usize = 10_000;

/// Why the log of a data folder cannot follow its record.
#[derive(Debug, thiserror::Error)]
pub enum FollowError {
    /// The folder of the log cannot be made.
    #[error("the log's folder cannot be made")]
    Folder(#[source] io::Error),
    /// There are no keys.
    #[error("the log has no keys to sign with")]
    Keys(#[from] KeysError),
    /// The log cannot be continued.
    #[error("the log cannot be continued")]
    Open(#[from] OpenError),
}

/// A store that is shared behind its trait, as the sequencer sees it.
pub struct Followed(pub Arc<dyn Store>);

impl Leaves for Followed {
    fn place(&self, limit: usize) -> Result<u64, StoreError> {
        Leaves::place(&*self.0, limit)
    }

    fn leaves(&self, from_index: u64, limit: usize) -> Result<Vec<[u8; LEAF_BYTES]>, StoreError> {
        Leaves::leaves(&*self.0, from_index, limit)
    }

    fn checkpoint(&self) -> Result<Option<SignedCheckpoint>, StoreError> {
        Leaves::checkpoint(&*self.0)
    }

    fn swap(&self, old: Option<&SignedCheckpoint>, new: &SignedCheckpoint) -> Result<(), SwapError> {
        Leaves::swap(&*self.0, old, new)
    }
}

/// Seconds since 1970 by the machine's clock.
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// Opens the sequencer of a data folder, making its keys and its first checkpoint if there are none. `origin` names the log
/// that would be made.
///
/// # Errors
/// See [`FollowError`]; a log that cannot be continued safely is left as it is.
pub fn open(store: Arc<dyn Store>, data: &Path, origin: Option<&str>) -> Result<Sequencer, FollowError> {
    let folder = Folder::create(&data.join("log")).map_err(FollowError::Folder)?;
    let keys = Keys::open_or_make(data, origin)?;
    Ok(Sequencer::open(Arc::new(Followed(store)), Arc::new(folder), Arc::new(keys), now())?)
}

impl Sequencer {
    /// Takes every entry that is committed into the log, by the machine's clock; gives how many there were.
    ///
    /// # Errors
    /// As [`Sequencer::step`].
    pub fn catch_up(&mut self) -> Result<u64, StepError> {
        let mut taken = 0;
        loop {
            match self.step(BATCH, now())? {
                0 => return Ok(taken),
                step => taken += step,
            }
        }
    }
}
