//! The hash tree of a log: RFC 6962 section 2.1 and RFC 9162 section 2.1, with SHA-256.
//!
//! A tree is named by its size alone. `Range` grows one leaf at a time with at most 64 hashes in memory and tells each
//! complete subtree as it comes into being, so that storage needs no tree of its own; proofs are made from any
//! `HashSource` that gives the hash of a complete subtree.

mod proof;
mod range;
mod run;

pub use proof::{
    ConsistencyError, InclusionError, consistency_length, inclusion_length, prove_consistency, prove_inclusion,
    root_from_inclusion, verify_consistency, verify_inclusion,
};
pub use range::{Range, RangeError, peaks};
pub use run::{RunError, RunProof, prove_run, root_from_run};

use std::{fmt, str::FromStr};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use sha2::{Digest as _, Sha256};

/// A SHA-256 hash of the tree, 32 bytes; its text is standard base64 (44 characters), as in a checkpoint.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash(pub [u8; 32]);

impl Hash {
    /// Reads the 32 bytes of a hash; `None` for any other length.
    #[must_use]
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&STANDARD.encode(self.0))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Text that is not the base64 of 32 bytes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not the base64 of a 32-byte hash (44 characters)")]
pub struct ParseHashError(pub String);

impl FromStr for Hash {
    type Err = ParseHashError;

    fn from_str(text: &str) -> Result<Self, ParseHashError> {
        let bad = || ParseHashError(text.chars().take(64).collect());
        Self::from_slice(&STANDARD.decode(text).map_err(|_| bad())?).ok_or_else(bad)
    }
}

/// The root of the empty tree: SHA-256 of nothing.
#[must_use]
pub fn empty_root() -> Hash {
    Hash(Sha256::digest([]).into())
}

/// The hash of a leaf: SHA-256 of `0x00` and the leaf's bytes.
#[must_use]
pub fn leaf_hash(leaf: &[u8]) -> Hash {
    Hash(Sha256::new().chain_update([0]).chain_update(leaf).finalize().into())
}

/// The hash of an inner node: SHA-256 of `0x01` and its two children.
#[must_use]
pub fn node_hash(left: Hash, right: Hash) -> Hash {
    let mut bytes = [0_u8; 65];
    if let Some((first, rest)) = bytes.split_first_mut() {
        *first = 1;
        let (l, r) = rest.split_at_mut(32);
        l.copy_from_slice(&left.0);
        r.copy_from_slice(&right.0);
    }
    Hash(Sha256::digest(bytes).into())
}

/// Where the hashes of complete subtrees come from: memory, tiles in files, tiles over HTTP.
pub trait HashSource {
    /// Why a hash could not be had.
    type Error;

    /// The hash of the `index`-th complete subtree of `2^level` leaves, that is of the leaves
    /// `index * 2^level .. (index + 1) * 2^level`.
    ///
    /// # Errors
    /// The source cannot give it; callers ask only for subtrees that lie wholly within the tree.
    fn hash(&self, level: u8, index: u64) -> Result<Hash, Self::Error>;
}

/// The hash over the leaves `start .. end` as it stands in a tree of RFC 6962.
///
/// `start` must be a multiple of the smallest power of two that is at least `end - start`, as every range that occurs
/// in a proof is; the whole tree is `0 .. size`.
///
/// # Errors
/// Those of the source.
pub fn range_hash<S: HashSource + ?Sized>(source: &S, start: u64, end: u64) -> Result<Hash, S::Error> {
    let mut hashes = Vec::new();
    let mut at = start;
    for level in peaks(end.saturating_sub(start)) {
        hashes.push(source.hash(level, at >> level)?);
        at = at.saturating_add(1 << level);
    }
    Ok(fold_peaks(&hashes))
}

/// Folds the hashes of the complete subtrees of a tree, largest first, into its root.
pub(crate) fn fold_peaks(hashes: &[Hash]) -> Hash {
    hashes.iter().rev().copied().reduce(|right, left| node_hash(left, right)).unwrap_or_else(empty_root)
}

/// The hash of a complete subtree whose leaf hashes (or subtree hashes of one level) are given.
///
/// `None` unless the number of hashes is a power of two: other numbers have no complete subtree.
#[must_use]
pub fn complete_hash(hashes: &[Hash]) -> Option<Hash> {
    if !hashes.len().is_power_of_two() {
        return None;
    }
    let mut row = hashes.to_vec();
    while row.len() > 1 {
        row = row.chunks_exact(2).filter_map(|pair| Some(node_hash(*pair.first()?, *pair.last()?))).collect();
    }
    row.first().copied()
}
