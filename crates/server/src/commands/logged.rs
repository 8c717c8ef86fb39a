//! Brings the log up to date after a command has recorded something, as the served desk's sequencer does all the time.

use std::sync::Arc;

use anyhow::{Context, Result};
use jiff::Timestamp;

use super::open::City;
use crate::{
    log::{Folder, Keys, LEAF_BYTES, Leaves, Sequencer},
    store::{SignedCheckpoint, Store, StoreError, SwapError},
};

/// Leaves that one signed checkpoint takes up.
const STEP_LEAVES: usize = 65_536;

/// The record as the sequencer sees it.
struct Record(Arc<dyn Store>);

impl Leaves for Record {
    fn place(&self, limit: usize) -> Result<u64, StoreError> {
        Leaves::place(self.0.as_ref(), limit)
    }

    fn leaves(&self, from_index: u64, limit: usize) -> Result<Vec<[u8; LEAF_BYTES]>, StoreError> {
        Leaves::leaves(self.0.as_ref(), from_index, limit)
    }

    fn checkpoint(&self) -> Result<Option<SignedCheckpoint>, StoreError> {
        Leaves::checkpoint(self.0.as_ref())
    }

    fn swap(&self, old: Option<&SignedCheckpoint>, new: &SignedCheckpoint) -> Result<(), SwapError> {
        Leaves::swap(self.0.as_ref(), old, new)
    }
}

/// Copies every leaf of the record that is not in the log yet, signs and publishes the new head; gives the log's size.
///
/// # Errors
/// Keys, files and store do not belong together, or one of them cannot be written. What is recorded stays recorded.
pub fn catch_up(city: &City) -> Result<u64> {
    let keys = Keys::open_or_make(city.folder.path(), None)?;
    let folder = city.folder.log();
    let disk = Folder::create(&folder).with_context(|| format!("`{}` cannot be made", folder.display()))?;
    let seconds = || u64::try_from(Timestamp::now().as_second()).unwrap_or_default();
    let leaves = Arc::new(Record(Arc::clone(&city.store)));
    let mut sequencer = Sequencer::open(leaves, Arc::new(disk), Arc::new(keys), seconds())?;
    while sequencer.step(STEP_LEAVES, seconds())? > 0 {}
    Ok(sequencer.size())
}
