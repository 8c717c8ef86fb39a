//! Proofs that a leaf is in a tree (inclusion) and that one tree continues another (consistency).
//!
//! Made after RFC 6962 sections 2.1.1 and 2.1.2, verified after RFC 9162 sections 2.1.3.2 and 2.1.4.2. A proof has
//! exactly one length for its sizes; shorter and longer ones are refused before anything is hashed.

use super::{Hash, HashSource, empty_root, node_hash, range_hash};

/// Why an inclusion proof does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InclusionError {
    /// The tree has no such leaf.
    #[error("leaf {index} is not in a tree of {size} leaves")]
    BeyondSize {
        /// The leaf asked for.
        index: u64,
        /// The size of the tree.
        size: u64,
    },
    /// The proof is too short or too long for the leaf and the tree.
    #[error("the proof of leaf {index} in a tree of {size} leaves has {want} hashes, not {have}")]
    Length {
        /// The leaf.
        index: u64,
        /// The size of the tree.
        size: u64,
        /// How many hashes the proof must have.
        want: usize,
        /// How many it has.
        have: usize,
    },
    /// The proof leads to another root.
    #[error("the proof of leaf {index} leads to the root {computed}, not to {root}")]
    Root {
        /// The leaf.
        index: u64,
        /// The root that the proof leads to.
        computed: Hash,
        /// The root that was to be shown.
        root: Hash,
    },
}

/// Why a consistency proof does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConsistencyError {
    /// The older tree is the larger one.
    #[error("a tree of {old} leaves does not come before one of {new} leaves")]
    Shrinks {
        /// The size of the older tree.
        old: u64,
        /// The size of the newer tree.
        new: u64,
    },
    /// The proof is too short or too long for the two sizes.
    #[error("the proof from {old} to {new} leaves has {want} hashes, not {have}")]
    Length {
        /// The size of the older tree.
        old: u64,
        /// The size of the newer tree.
        new: u64,
        /// How many hashes the proof must have.
        want: usize,
        /// How many it has.
        have: usize,
    },
    /// The proof leads to another root of the older tree.
    #[error("the proof leads to the root {computed} at {old} leaves, not to {root}")]
    OldRoot {
        /// The size of the older tree.
        old: u64,
        /// The root that the proof leads to.
        computed: Hash,
        /// The root that was to be shown.
        root: Hash,
    },
    /// The proof leads to another root of the newer tree.
    #[error("the proof leads to the root {computed} at {new} leaves, not to {root}")]
    NewRoot {
        /// The size of the newer tree.
        new: u64,
        /// The root that the proof leads to.
        computed: Hash,
        /// The root that was to be shown.
        root: Hash,
    },
}

/// The largest power of two that is smaller than `n`; `n` is at least 2.
fn split(n: u64) -> u64 {
    1 << (n.saturating_sub(1)).checked_ilog2().unwrap_or(0)
}

/// The inclusion proof of leaf `index` in the tree of the first `size` leaves: the leaf's sibling first, the root's
/// child last. Empty for a tree of one leaf, and for an `index` that the tree does not have.
///
/// # Errors
/// Those of the source.
pub fn prove_inclusion<S: HashSource + ?Sized>(source: &S, index: u64, size: u64) -> Result<Vec<Hash>, S::Error> {
    let mut path = Vec::new();
    if index >= size {
        return Ok(path);
    }
    let (mut start, mut end) = (0, size);
    while end - start > 1 {
        let middle = start + split(end - start);
        if index < middle {
            path.push(range_hash(source, middle, end)?);
            end = middle;
        } else {
            path.push(range_hash(source, start, middle)?);
            start = middle;
        }
    }
    path.reverse();
    Ok(path)
}

/// The proof that the tree of the first `new` leaves continues that of the first `old`. Empty where `old` is 0 or
/// `old >= new`.
///
/// # Errors
/// Those of the source.
pub fn prove_consistency<S: HashSource + ?Sized>(source: &S, old: u64, new: u64) -> Result<Vec<Hash>, S::Error> {
    let mut path = Vec::new();
    if old == 0 || old >= new {
        return Ok(path);
    }
    let (mut start, mut end, mut whole) = (0, new, true);
    // The loop keeps start < old <= end; `whole` says that start .. old is the verifier's own tree.
    while old != end {
        let middle = start + split(end - start);
        if old <= middle {
            path.push(range_hash(source, middle, end)?);
            end = middle;
        } else {
            path.push(range_hash(source, start, middle)?);
            start = middle;
            whole = false;
        }
    }
    if !whole {
        path.push(range_hash(source, start, end)?);
    }
    path.reverse();
    Ok(path)
}

/// One step up a proof: how the next hash of the proof joins what is there.
struct Climb {
    index: u64,
    last: u64,
}

impl Climb {
    /// Whether the next hash lies to the left; moves up to the level at which it joins. `None` at the root.
    fn step(&mut self) -> Option<bool> {
        if self.last == 0 {
            return None;
        }
        let left = self.index & 1 == 1 || self.index == self.last;
        if left {
            // A rightmost node without a sibling goes up unchanged until it has one.
            while self.index & 1 == 0 && self.index != 0 {
                self.index >>= 1;
                self.last >>= 1;
            }
        }
        self.index >>= 1;
        self.last >>= 1;
        Some(left)
    }

    fn count(mut self) -> usize {
        std::iter::from_fn(|| self.step()).count()
    }
}

/// How many hashes the inclusion proof of leaf `index` has in a tree of `size` leaves; 0 where there is no such leaf.
#[must_use]
pub fn inclusion_length(index: u64, size: u64) -> usize {
    if index >= size { 0 } else { Climb { index, last: size - 1 }.count() }
}

/// Where the climb of a consistency proof begins: above the last complete subtree of the older tree.
fn consistency_climb(old: u64, new: u64) -> Climb {
    let up = old.trailing_zeros();
    Climb { index: (old - 1).checked_shr(up).unwrap_or(0), last: (new - 1).checked_shr(up).unwrap_or(0) }
}

/// How many hashes the consistency proof from `old` to `new` leaves has.
#[must_use]
pub fn consistency_length(old: u64, new: u64) -> usize {
    if old == 0 || old >= new {
        return 0;
    }
    consistency_climb(old, new).count() + usize::from(!old.is_power_of_two())
}

/// The root to which an inclusion proof leads.
///
/// # Errors
/// The tree has no such leaf, or the proof has not the length that it must have.
pub fn root_from_inclusion(path: &[Hash], index: u64, size: u64, leaf: Hash) -> Result<Hash, InclusionError> {
    if index >= size {
        return Err(InclusionError::BeyondSize { index, size });
    }
    let want = inclusion_length(index, size);
    if path.len() != want {
        return Err(InclusionError::Length { index, size, want, have: path.len() });
    }
    let mut climb = Climb { index, last: size - 1 };
    let mut hash = leaf;
    for sibling in path {
        hash = if climb.step() == Some(true) { node_hash(*sibling, hash) } else { node_hash(hash, *sibling) };
    }
    Ok(hash)
}

/// Checks that the leaf with the hash `leaf` is the `index`-th of the tree of `size` leaves with the root `root`.
///
/// # Errors
/// What does not hold.
pub fn verify_inclusion(path: &[Hash], index: u64, size: u64, leaf: Hash, root: Hash) -> Result<(), InclusionError> {
    let computed = root_from_inclusion(path, index, size, leaf)?;
    if computed == root { Ok(()) } else { Err(InclusionError::Root { index, computed, root }) }
}

/// Checks that the tree of `new` leaves with the root `new_root` continues that of `old` leaves with `old_root`.
///
/// An older tree of no leaves has the root of the empty tree and an empty proof.
///
/// # Errors
/// What does not hold.
pub fn verify_consistency(
    path: &[Hash],
    old: u64,
    old_root: Hash,
    new: u64,
    new_root: Hash,
) -> Result<(), ConsistencyError> {
    if old > new {
        return Err(ConsistencyError::Shrinks { old, new });
    }
    let want = consistency_length(old, new);
    if path.len() != want {
        return Err(ConsistencyError::Length { old, new, want, have: path.len() });
    }
    if old == 0 && old_root != empty_root() {
        return Err(ConsistencyError::OldRoot { old, computed: empty_root(), root: old_root });
    }
    if old == new {
        let same = old_root == new_root;
        return if same { Ok(()) } else { Err(ConsistencyError::NewRoot { new, computed: old_root, root: new_root }) };
    }
    if old == 0 {
        return Ok(());
    }
    // A complete older tree is itself the first node; the proof leaves out what the verifier has.
    let (first, rest) = match path.split_first() {
        _ if old.is_power_of_two() => (old_root, path),
        Some((first, rest)) => (*first, rest),
        None => return Err(ConsistencyError::Length { old, new, want, have: 0 }),
    };
    let mut climb = consistency_climb(old, new);
    let (mut of_old, mut of_new) = (first, first);
    for sibling in rest {
        if climb.step() == Some(true) {
            of_old = node_hash(*sibling, of_old);
            of_new = node_hash(*sibling, of_new);
        } else {
            of_new = node_hash(of_new, *sibling);
        }
    }
    if of_old != old_root {
        return Err(ConsistencyError::OldRoot { old, computed: of_old, root: old_root });
    }
    if of_new == new_root { Ok(()) } else { Err(ConsistencyError::NewRoot { new, computed: of_new, root: new_root }) }
}
