//! On return: the report's own leaf among those of its day, and these in the log whose head is signed.

use tlog::{Hash, SignedCheckpoint, tree};

use crate::{
    fault::Fault,
    fields::{Answer, Fields},
    notes::NoteKey,
};

/// The most leaves of one day that are read: 100,000 reports a day would be more than New York has ever had.
const MAX_LEAVES: usize = 100_000;

/// first, leaves, hashes left of them, hashes right of them, signed head, log key, the leaf or its first bytes (at least
/// eight) → the leaf's place.
pub(crate) fn find(input: &mut Fields<'_>) -> Result<Answer, Fault> {
    let first = input.number()?;
    let leaves = input.pieces::<32>().map_err(|_| Fault::DayForm)?;
    let hashes = |pieces: &[[u8; 32]]| pieces.iter().map(|hash| Hash(*hash)).collect::<Vec<_>>();
    let left = hashes(input.pieces().map_err(|_| Fault::DayForm)?);
    let right = hashes(input.pieces().map_err(|_| Fault::DayForm)?);
    let head = SignedCheckpoint::parse(input.bytes()?).map_err(|_| Fault::DayForm)?;
    let key = NoteKey::read(input)?;
    let own = input.bytes()?;
    if !(8..=32).contains(&own.len()) {
        return Err(Fault::Input);
    }
    if leaves.len() > MAX_LEAVES {
        return Err(Fault::DayForm);
    }
    if head.checkpoint().origin() != key.name() || !key.signed(head.note()) {
        return Err(Fault::DaySignature);
    }
    let leaf_hashes: Vec<Hash> = leaves.iter().map(|leaf| tree::leaf_hash(leaf)).collect();
    let tree = Walk { first, leaves: &leaf_hashes, left: left.iter(), right: right.iter() };
    if tree.root(head.checkpoint().size()) != Some(head.checkpoint().root()) {
        return Err(Fault::DayProof);
    }
    let place = leaves.iter().position(|leaf| leaf.starts_with(own)).ok_or(Fault::DayLeaf)?;
    Ok(Answer::new().field(&(first + place as u64).to_be_bytes()))
}

/// A walk down the tree to a range of leaves. A subtree that lies left or right of the range is one hash, in order.
struct Walk<'a> {
    first: u64,
    leaves: &'a [Hash],
    left: std::slice::Iter<'a, Hash>,
    right: std::slice::Iter<'a, Hash>,
}

impl Walk<'_> {
    fn root(mut self, size: u64) -> Option<Hash> {
        let end = self.first.checked_add(self.leaves.len() as u64)?;
        if end > size || self.leaves.is_empty() {
            return None;
        }
        let root = self.hash(0, size, end)?;
        (self.left.next().is_none() && self.right.next().is_none()).then_some(root)
    }

    fn hash(&mut self, from: u64, to: u64, end: u64) -> Option<Hash> {
        if to <= self.first {
            return self.left.next().copied();
        }
        if from >= end {
            return self.right.next().copied();
        }
        if to - from == 1 {
            return self.leaves.get(usize::try_from(from - self.first).ok()?).copied();
        }
        // RFC 9162, section 2.1.1: the largest power of two below the number of leaves.
        let middle = from + (1 << (to - from - 1).ilog2());
        Some(tree::node_hash(self.hash(from, middle, end)?, self.hash(middle, to, end)?))
    }
}
