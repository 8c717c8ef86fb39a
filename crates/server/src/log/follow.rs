//! Finds the log of a data folder and opens its sequencer: for commands, whose entries go into the log before they end, and
//! for `vouchsafe serve`, which keeps a sequencer running (`serve::follow`).
//!
//! Keys are made only where no log can have begun: the store has no checkpoint, the folder has no sign of a log, and this
//! process has both the store's lease and the folder's lock.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use super::{
    Disk, Folder, Keys, KeysError, LEAF_BYTES, Leaves, OpenError, Sequencer, StepError,
    sequencer::{BEGINS, parse_stored},
};
use crate::store::{SignedCheckpoint, Store, StoreError, SwapError};

/// How many leaves go into the log under one checkpoint at most.
const BATCH: usize = 10_000;

/// Why the log of a data folder cannot follow its record.
#[derive(Debug, thiserror::Error)]
pub enum FollowError {
    /// The store failed.
    #[error("the store does not say where the log stands")]
    Store(#[from] StoreError),
    /// The folder of the log cannot be made or locked.
    #[error("the log's folder cannot be made or locked")]
    Folder(#[source] io::Error),
    /// There are no keys.
    #[error("the log has no keys to sign with")]
    Keys(#[from] KeysError),
    /// The record's log has its keys in another data folder.
    #[error(
        "the log of this record has begun, and its keys are not in `{data}`: name the data folder of the log with `--data`, \
         or put a copy of its `keys` there"
    )]
    Elsewhere {
        /// The folder that has none.
        data: PathBuf,
    },
    /// Another process is beginning the log.
    #[error(
        "another process is beginning the log of this record, and `{data}` has no keys: try again in a moment, with the \
         data folder of that process"
    )]
    Beginning {
        /// The folder that has none.
        data: PathBuf,
    },
    /// The log cannot be continued.
    #[error("the log cannot be continued")]
    Open(#[from] OpenError),
}

impl FollowError {
    /// Whether nothing is wrong but that another process runs the sequencer, which will take up what is committed.
    #[must_use]
    pub fn is_held(&self) -> bool {
        matches!(self, Self::Open(error) if error.is_held())
    }
}

/// A store that is shared behind its trait, as the sequencer sees it.
struct Followed(Arc<dyn Store>);

impl Leaves for Followed {
    fn lease(&self) -> Result<bool, StoreError> {
        Leaves::lease(&*self.0)
    }

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

/// Takes what was recorded into the log, and gives the log's size. What is recorded stays recorded: a log that lags is told
/// on standard error, and takes it in when it is opened next.
pub(crate) fn take_in(log: &mut Sequencer) -> Option<u64> {
    match log.catch_up() {
        Ok(_) => Some(log.size()),
        Err(error) => {
            let error = anyhow::Error::new(error);
            eprintln!("vouchsafe: recorded, but the log did not take it in yet: {error:#}");
            None
        }
    }
}

/// The log of a data folder, whoever follows the record with it.
pub struct Log {
    /// Its files.
    pub disk: Arc<dyn Disk>,
    /// Its keys.
    pub keys: Arc<Keys>,
    leaves: Arc<dyn Leaves>,
}

impl Log {
    /// Finds the log of this data folder, or makes keys for one that may begin here. `origin` is the name that the
    /// configuration gives it; the log that is found must have it, the one that begins gets it.
    ///
    /// # Errors
    /// See [`FollowError`]; nothing is made where a log has begun, here or elsewhere.
    pub fn find(store: Arc<dyn Store>, data: &Path, origin: Option<&str>) -> Result<Self, FollowError> {
        let leaves: Arc<dyn Leaves> = Arc::new(Followed(store));
        let there = Keys::are_in(data)?;
        let stored = leaves.checkpoint()?;
        if stored.is_some() && !there {
            return Err(FollowError::Elsewhere { data: data.to_owned() });
        }
        let disk: Arc<dyn Disk> = Arc::new(Folder::create(&data.join("log")).map_err(FollowError::Folder)?);
        if !there {
            begin(&*leaves, &*disk, data, origin)?;
        }
        let keys = Arc::new(Keys::of(data, origin)?);
        if let Some(stored) = stored {
            parse_stored(stored, &keys)?;
        }
        Ok(Self { disk, keys, leaves })
    }

    /// Opens the sequencer.
    ///
    /// # Errors
    /// See [`OpenError`]; [`OpenError::is_held`] where another process runs it.
    pub fn sequencer(&self) -> Result<Sequencer, OpenError> {
        Sequencer::open(Arc::clone(&self.leaves), Arc::clone(&self.disk), Arc::clone(&self.keys), now())
    }

    /// How many leaves the store's checkpoint covers, whoever signed it.
    ///
    /// # Errors
    /// The store's.
    pub fn signed_size(&self) -> Result<u64, StoreError> {
        Ok(self.leaves.checkpoint()?.map_or(0, |signed| signed.size))
    }
}

/// Makes the keys of a log that begins, while nobody else can.
fn begin(leaves: &dyn Leaves, disk: &dyn Disk, data: &Path, origin: Option<&str>) -> Result<(), FollowError> {
    let beginning = || FollowError::Beginning { data: data.to_owned() };
    let hold = if leaves.lease()? { disk.hold().map_err(FollowError::Folder)? } else { None };
    // What was seen before the lock was taken may have changed; another process' keys are as good.
    if Keys::are_in(data)? {
        return Ok(());
    }
    let hold = hold.ok_or_else(beginning)?;
    if leaves.checkpoint()?.is_some() {
        return Err(FollowError::Elsewhere { data: data.to_owned() });
    }
    disk.replace(BEGINS, b"This log has no published checkpoint yet; this file goes when it has.\n")
        .map_err(FollowError::Folder)?;
    Keys::make_in(data, origin)?;
    drop(hold);
    Ok(())
}

/// Opens the sequencer of a data folder, making its keys and its first checkpoint if no log has begun. `origin` is the name
/// that the configuration gives the log.
///
/// # Errors
/// See [`FollowError`]; a log that cannot be continued safely is left as it is. [`FollowError::is_held`] where another
/// process runs the sequencer.
pub fn open(store: Arc<dyn Store>, data: &Path, origin: Option<&str>) -> Result<Sequencer, FollowError> {
    Ok(Log::find(store, data, origin)?.sequencer()?)
}

/// As [`open`], for who is content that another process will take up what is committed: `None` then.
///
/// # Errors
/// As [`open`].
pub fn open_if_free(
    store: Arc<dyn Store>,
    data: &Path,
    origin: Option<&str>,
) -> Result<Option<Sequencer>, FollowError> {
    match open(store, data, origin) {
        Err(error) if error.is_held() => Ok(None),
        opened => opened.map(Some),
    }
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
