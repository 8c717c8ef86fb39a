//! On return: the report's own leaf among those of its day, and these in the log whose head is signed.

use tlog::{
    Hash, SignedCheckpoint,
    tree::{self, RunProof},
};

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
    let proof = RunProof { left, right };
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
    let root = tree::root_from_run(&leaf_hashes, first, head.checkpoint().size(), &proof);
    if leaves.is_empty() || root != Ok(head.checkpoint().root()) {
        return Err(Fault::DayProof);
    }
    let place = leaves.iter().position(|leaf| leaf.starts_with(own)).ok_or(Fault::DayLeaf)?;
    Ok(Answer::new().field(&(first + place as u64).to_be_bytes()))
}
