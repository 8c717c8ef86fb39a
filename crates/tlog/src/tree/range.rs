//! The compact range of a log: the hashes of the complete subtrees that make up the tree so far.
//!
//! Appending costs one node hash a leaf on average and at most 64 hashes of memory, whatever the size.

use super::{Hash, fold_peaks, node_hash};

/// The levels of the complete subtrees that make up a tree of `size` leaves, largest (leftmost) first.
pub fn peaks(size: u64) -> impl Iterator<Item = u8> + use<> {
    (0..64_u8).rev().filter(move |level| size >> level & 1 == 1)
}

/// A tree from its first leaf, as the hashes of its complete subtrees, largest first.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Range {
    size: u64,
    peaks: Vec<Hash>,
}

/// Hashes that do not make up a tree of the size named.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a tree of {size} leaves is made of {want} complete subtrees, not of {have}")]
pub struct RangeError {
    /// The size that was named.
    pub size: u64,
    /// How many hashes that size needs.
    pub want: u32,
    /// How many were given.
    pub have: usize,
}

impl Range {
    /// The empty tree.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes up a tree of `size` leaves from the hashes of its complete subtrees, largest first.
    ///
    /// # Errors
    /// The number of hashes is not the number of one-bits of `size`.
    pub fn from_peaks(size: u64, peaks: Vec<Hash>) -> Result<Self, RangeError> {
        let want = size.count_ones();
        if usize::try_from(want) == Ok(peaks.len()) {
            Ok(Self { size, peaks })
        } else {
            Err(RangeError { size, want, have: peaks.len() })
        }
    }

    /// How many leaves the tree has.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The root of the tree as it stands.
    #[must_use]
    pub fn root(&self) -> Hash {
        fold_peaks(&self.peaks)
    }

    /// Appends one leaf by its hash, and tells `each` of every subtree that is complete now, as `(level, index, hash)`,
    /// smallest first, the leaf itself included.
    pub fn append(&mut self, leaf: Hash, mut each: impl FnMut(u8, u64, Hash)) {
        let (mut level, mut index, mut hash) = (0_u8, self.size, leaf);
        each(level, index, hash);
        while index & 1 == 1 {
            let Some(left) = self.peaks.pop() else { break };
            hash = node_hash(left, hash);
            level += 1;
            index >>= 1;
            each(level, index, hash);
        }
        self.peaks.push(hash);
        self.size += 1;
    }
}
