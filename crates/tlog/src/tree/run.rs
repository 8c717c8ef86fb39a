//! Proofs that a run of leaves stands in a tree: the leaves of a day of reports, all at once.
//!
//! Ours, over the tree of RFC 6962: the tree is taken apart from its root, every part that lies wholly before the run
//! gives one hash on the left, every part wholly behind it one on the right, both from left to right; what lies within
//! the run is computed from its leaves. With those hashes and the leaves there is one way to compute a root, so a proof
//! binds each leaf to its place. A run may be empty.

use super::{Hash, HashSource, empty_root, node_hash, range_hash};

/// The hashes beside a run.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RunProof {
    /// Of the parts before the run, from left to right.
    pub left: Vec<Hash>,
    /// Of the parts behind the run, from left to right.
    pub right: Vec<Hash>,
}

/// Why a proof of a run does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RunError {
    /// The tree has not so many leaves.
    #[error("leaves {first} to {end} are not in a tree of {size} leaves")]
    BeyondSize {
        /// The first leaf of the run.
        first: u64,
        /// The leaf behind its last.
        end: u64,
        /// The size of the tree.
        size: u64,
    },
    /// There are too few or too many hashes on a side.
    #[error("the proof has not the hashes that leaves {first} to {end} of {size} need")]
    Length {
        /// The first leaf of the run.
        first: u64,
        /// The leaf behind its last.
        end: u64,
        /// The size of the tree.
        size: u64,
    },
}

/// The largest power of two that is smaller than `n`; `n` is at least 2.
fn split(n: u64) -> u64 {
    1 << (n.saturating_sub(1)).checked_ilog2().unwrap_or(0)
}

/// Where a part of the tree lies to the run `first .. end`.
enum Side {
    Left,
    Right,
    Within,
    Across,
}

fn side(start: u64, stop: u64, first: u64, end: u64) -> Side {
    if stop <= first {
        Side::Left
    } else if start >= end {
        Side::Right
    } else if start >= first && stop <= end {
        Side::Within
    } else {
        Side::Across
    }
}

/// The proof that the leaves `first .. end` stand in the tree of the first `size` leaves. Empty where the tree has no
/// such run.
///
/// # Errors
/// Those of the source.
pub fn prove_run<S: HashSource + ?Sized>(source: &S, first: u64, end: u64, size: u64) -> Result<RunProof, S::Error> {
    let mut proof = RunProof::default();
    if first > end || end > size || size == 0 {
        return Ok(proof);
    }
    // Parts that are still to be looked at, the leftmost last; at most two for each of 64 levels.
    let mut parts = vec![(0, size)];
    while let Some((start, stop)) = parts.pop() {
        match side(start, stop, first, end) {
            Side::Left => proof.left.push(range_hash(source, start, stop)?),
            Side::Right => proof.right.push(range_hash(source, start, stop)?),
            Side::Within => {}
            Side::Across => {
                let middle = start + split(stop - start);
                parts.push((middle, stop));
                parts.push((start, middle));
            }
        }
    }
    Ok(proof)
}

/// The root to which a proof of a run leads; `leaves` are the hashes of the run's leaves, which begin at `first`.
///
/// # Errors
/// The tree has no such run, or the proof has not the hashes that it must have.
pub fn root_from_run(leaves: &[Hash], first: u64, size: u64, proof: &RunProof) -> Result<Hash, RunError> {
    let end = first.saturating_add(leaves.len() as u64);
    if end > size {
        return Err(RunError::BeyondSize { first, end, size });
    }
    let mut run = Run { first, end, leaves: leaves.iter(), left: proof.left.iter(), right: proof.right.iter() };
    let wrong = RunError::Length { first, end, size };
    let root = if size == 0 { Some(empty_root()) } else { run.hash(0, size) };
    let spent = run.leaves.len() == 0 && run.left.len() == 0 && run.right.len() == 0;
    root.filter(|_| spent).ok_or(wrong)
}

struct Run<'a> {
    first: u64,
    end: u64,
    leaves: std::slice::Iter<'a, Hash>,
    left: std::slice::Iter<'a, Hash>,
    right: std::slice::Iter<'a, Hash>,
}

impl Run<'_> {
    /// The hash of a part, at most 64 calls deep: each is at most half as long, rounded up to a power of two.
    fn hash(&mut self, start: u64, stop: u64) -> Option<Hash> {
        match side(start, stop, self.first, self.end) {
            Side::Left => self.left.next().copied(),
            Side::Right => self.right.next().copied(),
            Side::Within if stop - start == 1 => self.leaves.next().copied(),
            Side::Within | Side::Across => {
                let middle = start + split(stop - start);
                let left = self.hash(start, middle)?;
                Some(node_hash(left, self.hash(middle, stop)?))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;
    use crate::tree::{Range, leaf_hash};

    struct Memory(HashMap<(u8, u64), Hash>);

    impl HashSource for Memory {
        type Error = String;

        fn hash(&self, level: u8, index: u64) -> Result<Hash, String> {
            self.0.get(&(level, index)).copied().ok_or_else(|| format!("({level}, {index}) is not complete"))
        }
    }

    fn tree(size: u64) -> (Memory, Vec<Hash>, Hash) {
        let mut memory = HashMap::new();
        let mut range = Range::new();
        let leaves: Vec<Hash> = (0..size).map(|index| leaf_hash(&index.to_be_bytes())).collect();
        for leaf in &leaves {
            range.append(*leaf, |level, index, hash| {
                memory.insert((level, index), hash);
            });
        }
        (Memory(memory), leaves, range.root())
    }

    #[test]
    fn every_run_of_every_tree_up_to_200_leaves_leads_to_its_root() {
        for size in 0..=200_u64 {
            let (source, leaves, root) = tree(size);
            // Every run of the small trees, and of the larger ones those that begin or end anywhere.
            let step = if size <= 40 { 1 } else { 13 };
            for first in 0..=size {
                for end in (first..=size).step_by(step).chain([size]) {
                    let proof = prove_run(&source, first, end, size).unwrap();
                    let run = &leaves[first as usize..end as usize];
                    assert_eq!(root_from_run(run, first, size, &proof), Ok(root), "{first}..{end} of {size}");
                }
            }
        }
    }

    #[test]
    fn of_a_small_tree_nothing_else_leads_to_its_root() {
        for size in 1..=20_u64 {
            let (source, leaves, root) = tree(size);
            for first in 0..size {
                for end in first + 1..=size {
                    let proof = prove_run(&source, first, end, size).unwrap();
                    let run = &leaves[first as usize..end as usize];
                    for at in 0..run.len() {
                        let mut other = run.to_vec();
                        other[at] = leaf_hash(b"another");
                        assert_ne!(root_from_run(&other, first, size, &proof), Ok(root));
                    }
                    for shift in 0..=size {
                        if shift != first {
                            assert_ne!(root_from_run(run, shift, size, &proof), Ok(root), "{run:?} at {shift}");
                        }
                    }
                    let mut long = proof.clone();
                    long.right.push(root);
                    let wrong = RunError::Length { first, end, size };
                    assert_eq!(root_from_run(run, first, size, &long), Err(wrong.clone()));
                    let mut short = [proof.clone(), proof.clone()];
                    let popped = [short[0].left.pop(), short[1].right.pop()];
                    for (short, popped) in short.iter().zip(popped) {
                        if popped.is_some() {
                            assert_eq!(root_from_run(run, first, size, short), Err(wrong.clone()));
                        }
                    }
                }
            }
        }
        let beyond = root_from_run(&[empty_root()], 3, 3, &RunProof::default());
        assert_eq!(beyond, Err(RunError::BeyondSize { first: 3, end: 4, size: 3 }));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn runs_of_larger_trees(size in 1_u64..5000, a in 0.0..1.0, b in 0.0..1.0, bit in 0_usize..256, at in 0.0..1.0) {
            let place = |share: f64| ((size + 1) as f64 * share) as u64;
            let (first, end) = (place(a).min(place(b)), place(a).max(place(b)));
            let (source, leaves, root) = tree(size);
            let proof = prove_run(&source, first, end, size).unwrap();
            let mut run = leaves[first as usize..end as usize].to_vec();
            prop_assert_eq!(root_from_run(&run, first, size, &proof), Ok(root));
            prop_assert!(proof.left.len() + proof.right.len() <= 128);
            if !run.is_empty() {
                let at = (run.len() as f64 * at) as usize;
                run[at].0[bit / 8] ^= 1 << (bit % 8);
                prop_assert_ne!(root_from_run(&run, first, size, &proof), Ok(root));
            }
        }
    }
}
