//! All leaves of a day, and the proof that they stand in the log: the same for everybody who asks.
//!
//! A phone looks for its own leaf among them by itself; nobody learns which. The proof is checked here before it is given,
//! so that a damaged file is an error of ours and not a phone's "not received".

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
};

use axum::body::Bytes;
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

/// Answers that are kept, in bytes; one alone that is longer is not.
const KEPT_BYTES: usize = 64 << 20;

/// The answers that were given last, each for one head of the log: a day is hashed once, however many ask for it.
#[derive(Default)]
pub(super) struct Shown(Mutex<VecDeque<Answer>>);

struct Answer {
    day: Date,
    checkpoint: Vec<u8>,
    text: Bytes,
}

impl Shown {
    /// The answer for a day, if it was given before for the head that is published now.
    pub(super) fn shown(&self, disk: &dyn Disk, day: Date) -> Option<Bytes> {
        let checkpoint = resource(disk, CHECKPOINT).ok()?.bytes;
        let answers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = answers.iter().find(|answer| answer.day == day && answer.checkpoint == checkpoint);
        known.map(|answer| answer.text.clone())
    }

    /// The same, read if it was not given before; none while the day's leaves are not all in the published log.
    ///
    /// # Errors
    /// As [`read`].
    pub(super) fn read(
        &self,
        store: &dyn Store,
        lane: &dyn Lane,
        disk: &dyn Disk,
        day: Date,
    ) -> anyhow::Result<Option<Bytes>> {
        if let Some(shown) = self.shown(disk, day) {
            return Ok(Some(shown));
        }
        let Some(found) = read(store, lane, disk, day)? else { return Ok(None) };
        let text = Bytes::from(serde_json::to_vec(&found)?);
        let mut answers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        answers.retain(|answer| answer.day != day);
        answers.push_back(Answer { day, checkpoint: found.checkpoint.into_bytes(), text: text.clone() });
        while answers.iter().map(|answer| answer.text.len()).sum::<usize>() > KEPT_BYTES {
            answers.pop_front();
        }
        Ok(Some(text))
    }
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
