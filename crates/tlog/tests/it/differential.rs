//! Every size up to 1,100 and larger ones at random, against the definition and two other implementations.

use std::cell::RefCell;

use ct_merkle::mem_backed_tree::MemoryBackedTree;
use proptest::prelude::*;
use tlog::{
    Hash, Range,
    tile::{TileTree, level_length},
    tree::{peaks, prove_consistency, prove_inclusion, verify_consistency, verify_inclusion},
};

use crate::forest::{Forest, leaf, root_by_definition};

const SIZES: u64 = 1100;

/// The hashes that `tlog_tiles` stores, grown by its own code.
#[derive(Default)]
struct Stored(RefCell<Vec<tlog_tiles::Hash>>);

impl tlog_tiles::HashReader for Stored {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<tlog_tiles::Hash>, tlog_tiles::Error> {
        Ok(indexes.iter().map(|&index| self.0.borrow()[usize::try_from(index).unwrap()]).collect())
    }
}

impl Stored {
    fn grown(size: u64) -> Self {
        let stored = Self::default();
        for index in 0..size {
            let hashes = tlog_tiles::stored_hashes(index, &leaf(index), &stored).unwrap();
            stored.0.borrow_mut().extend(hashes);
        }
        stored
    }
}

fn ours(hashes: Vec<tlog_tiles::Hash>) -> Vec<Hash> {
    hashes.into_iter().map(|hash| Hash(hash.0)).collect()
}

fn split(bytes: &[u8]) -> Vec<Hash> {
    bytes.chunks(32).map(|hash| Hash::from_slice(hash).unwrap()).collect()
}

#[test]
fn roots_agree_at_every_size() {
    let forest = Forest::grown(SIZES);
    let stored = Stored::grown(SIZES);
    let mut tree = MemoryBackedTree::<sha2_next::Sha256, Vec<u8>>::new();
    for size in 0..=SIZES {
        let root = forest.roots[usize::try_from(size).unwrap()];
        assert_eq!(root, root_by_definition(&forest.leaves[..usize::try_from(size).unwrap()]), "size {size}");
        assert_eq!(split(tree.root().as_bytes()), [root], "ct-merkle at size {size}");
        if size > 0 {
            assert_eq!(Hash(tlog_tiles::tree_hash(size, &stored).unwrap().0), root, "tlog_tiles at size {size}");
        }
        tree.push(leaf(size));
    }
}

#[test]
fn inclusion_proofs_agree_at_every_size() {
    let forest = Forest::grown(SIZES);
    let stored = Stored::grown(SIZES);
    let mut tree = MemoryBackedTree::<sha2_next::Sha256, Vec<u8>>::new();
    for size in 1..=SIZES {
        tree.push(leaf(size - 1));
        let root = forest.roots[usize::try_from(size).unwrap()];
        // Every index of small trees; of larger ones both ends and the middle, where the shapes differ.
        let picked = [0, 1, size / 2, size.next_power_of_two() / 2, size.saturating_sub(2), size - 1];
        let indexes: Vec<u64> = if size <= 70 { (0..size).collect() } else { picked.to_vec() };
        for index in indexes.into_iter().filter(|&index| index < size) {
            let path = prove_inclusion(&forest, index, size).unwrap();
            assert_eq!(path, ours(tlog_tiles::prove_record(size, index, &stored).unwrap()), "{index} of {size}");
            assert_eq!(path, split(tree.prove_inclusion(usize::try_from(index).unwrap()).as_bytes()));
            let leaf = tlog::tree::leaf_hash(&leaf(index));
            verify_inclusion(&path, index, size, leaf, root).unwrap();
            tlog_tiles::check_record(
                &path.iter().map(|hash| tlog_tiles::Hash(hash.0)).collect(),
                size,
                tlog_tiles::Hash(root.0),
                index,
                tlog_tiles::Hash(leaf.0),
            )
            .unwrap();
        }
    }
}

#[test]
fn consistency_proofs_agree_at_every_size() {
    let forest = Forest::grown(SIZES);
    let stored = Stored::grown(SIZES);
    let mut tree = MemoryBackedTree::<sha2_next::Sha256, Vec<u8>>::new();
    for new in 1..=SIZES {
        tree.push(leaf(new - 1));
        let picked = [1, 2, 3, new / 3, new / 2, new.next_power_of_two() / 2, new - 1, new];
        let olds: Vec<u64> = if new <= 70 { (1..=new).collect() } else { picked.to_vec() };
        for old in olds.into_iter().filter(|&old| old > 0 && old <= new) {
            let path = prove_consistency(&forest, old, new).unwrap();
            if old < new {
                assert_eq!(path, ours(tlog_tiles::prove_tree(new, old, &stored).unwrap()), "{old} to {new}");
                let proof = tree.prove_consistency(usize::try_from(new - old).unwrap());
                assert_eq!(path, split(proof.as_bytes()), "{old} to {new}");
            }
            let root = |size: u64| forest.roots[usize::try_from(size).unwrap()];
            verify_consistency(&path, old, root(old), new, root(new)).unwrap();
        }
    }
}

#[test]
fn a_tree_read_from_tiles_proves_the_same() {
    let forest = Forest::grown(70_000);
    for size in [1, 255, 256, 257, 511, 512, 65_535, 65_536, 65_537, 69_999, 70_000] {
        let tiles = TileTree { source: &forest, size };
        for index in [0, size / 2, size - 1] {
            assert_eq!(prove_inclusion(&tiles, index, size).unwrap(), prove_inclusion(&forest, index, size).unwrap());
        }
        for old in [1, size / 2, size - 1, size] {
            let old = old.max(1);
            assert_eq!(prove_consistency(&tiles, old, size).unwrap(), prove_consistency(&forest, old, size).unwrap());
        }
        let hashes = peaks(size).scan(0, |at, level| {
            let hash = tlog::HashSource::hash(&tiles, level, *at >> level).unwrap();
            *at += 1 << level;
            Some(hash)
        });
        let range = Range::from_peaks(size, hashes.collect()).unwrap();
        assert_eq!(range.root(), forest.roots[usize::try_from(size).unwrap()]);
        assert!(tlog::HashSource::hash(&tiles, 0, size).is_err(), "a leaf beyond the tree");
        assert!(tlog::HashSource::hash(&tiles, 63, 1).is_err(), "a subtree beyond the tree");
    }
}

#[test]
fn each_complete_subtree_is_told_once_and_levels_are_as_long_as_tiles_say() {
    let forest = Forest::grown(66_000);
    for level in 0..3_u8 {
        let length = level_length(level, 66_000);
        assert!(length == 0 || tlog::HashSource::hash(&forest, level * 8, length - 1).is_ok());
    }
    assert_eq!((level_length(0, 66_000), level_length(1, 66_000), level_length(2, 66_000)), (66_000, 257, 1));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6))]

    #[test]
    fn larger_trees_agree(size in 1_101_u64..40_000, old in any::<prop::sample::Index>(), index in any::<prop::sample::Index>()) {
        let forest = Forest::grown(size);
        let stored = Stored::grown(size);
        let root = |size: u64| forest.roots[usize::try_from(size).unwrap()];
        prop_assert_eq!(Hash(tlog_tiles::tree_hash(size, &stored).unwrap().0), root(size));
        let index = index.index(usize::try_from(size).unwrap()) as u64;
        let path = prove_inclusion(&forest, index, size).unwrap();
        prop_assert_eq!(&path, &ours(tlog_tiles::prove_record(size, index, &stored).unwrap()));
        verify_inclusion(&path, index, size, tlog::tree::leaf_hash(&leaf(index)), root(size)).unwrap();
        let old = old.index(usize::try_from(size).unwrap()) as u64 + 1;
        let path = prove_consistency(&forest, old, size).unwrap();
        prop_assert_eq!(&path, &ours(tlog_tiles::prove_tree(size, old, &stored).unwrap()));
        verify_consistency(&path, old, root(old), size, root(size)).unwrap();
    }
}
