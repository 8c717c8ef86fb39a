//! All leaves of a day, and the proof that they stand in the log: the same for everybody who asks.
//!
//! A phone looks for its own leaf among them by itself; nobody learns which. The proof is checked here before it is given,
//! so that a damaged file is an error of ours and not a phone's "not received".

use base64::{Engine as _, engine::general_purpose::STANDARD};
use jiff::civil::Date;
use serde::Serialize;
use tlog::{
    Hash, SignedCheckpoint,
    tree::{leaf_hash, root_from_run},
};

use crate::{
    log::{CHECKPOINT, Disk, Tiles, resource},
    store::{Lane, Store},
};

/// A day as it is answered.
#[derive(Debug, Serialize)]
pub struct Day {
    /// The day.
    pub day: Date,
    /// Where its first leaf stands in the log.
    pub first: u64,
    /// All leaves, one behind the other, in base64.
    pub leaves: String,
    /// The hashes of the parts of the tree before them, from left to right, in base64.
    pub left: Vec<String>,
    /// The hashes of the parts behind them, from left to right, in base64.
    pub right: Vec<String>,
    /// The signed checkpoint whose root follows from all of these.
    pub checkpoint: String,
}

/// Reads a day; none while its leaves are not all in the published log.
///
/// # Errors
/// Store or files cannot be read, or do not belong together.
pub fn read(store: &dyn Store, lane: &dyn Lane, disk: &dyn Disk, day: Date) -> anyhow::Result<Option<Day>> {
    let Some(closed) = lane.closed_day(day)? else { return Ok(None) };
    let first = match closed.first {
        Some(first) => first,
        None if closed.count == 0 => 0,
        None => return Ok(None),
    };
    let Ok(note) = resource(disk, CHECKPOINT) else { return Ok(None) };
    let signed = SignedCheckpoint::parse(&note.bytes)?;
    let size = signed.checkpoint().size();
    let end = first + closed.count;
    if end > size {
        return Ok(None);
    }
    let leaves = store.log_leaves(first, usize::try_from(closed.count)?)?;
    let proof = Tiles(disk).run(first, end, size)?;
    let hashes: Vec<Hash> = leaves.iter().map(|leaf| leaf_hash(leaf.as_bytes())).collect();
    let root = root_from_run(&hashes, first, size, &proof)?;
    anyhow::ensure!(root == signed.checkpoint().root(), "the leaves of {day} do not lead to the root of the log");
    let bytes: Vec<u8> = leaves.iter().flat_map(|leaf| *leaf.as_bytes()).collect();
    let text = |hashes: &[Hash]| hashes.iter().map(Hash::to_string).collect();
    Ok(Some(Day {
        day,
        first,
        leaves: STANDARD.encode(bytes),
        left: text(&proof.left),
        right: text(&proof.right),
        checkpoint: signed.to_string(),
    }))
}
