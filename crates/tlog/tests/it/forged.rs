//! Proofs that were tampered with: every bit changed, every wrong index and size, too short, too long. None is accepted.

use proptest::prelude::*;
use tlog::{
    Hash,
    tree::{
        consistency_length, empty_root, inclusion_length, leaf_hash, prove_consistency, prove_inclusion,
        verify_consistency, verify_inclusion,
    },
};

use crate::forest::{Forest, leaf};

const SIZES: [u64; 14] = [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 33, 100, 255, 257];

fn variants(path: &[Hash]) -> Vec<Vec<Hash>> {
    let mut all = Vec::new();
    for at in 0..path.len() {
        for bit in 0..256 {
            let mut changed = path.to_vec();
            changed[at].0[bit / 8] ^= 1 << (bit % 8);
            all.push(changed);
        }
        let mut without = path.to_vec();
        without.remove(at);
        all.push(without);
        let mut twice = path.to_vec();
        twice.insert(at, path[at]);
        all.push(twice);
    }
    for extra in [Hash([0; 32]), empty_root()] {
        all.push([path, &[extra]].concat());
        all.push([&[extra], path].concat());
    }
    let mut swapped = path.to_vec();
    swapped.reverse();
    if swapped != path {
        all.push(swapped);
    }
    all
}

#[test]
fn no_forged_inclusion_proof_is_accepted() {
    let forest = Forest::grown(260);
    let mut tried = 0;
    for size in SIZES {
        let root = forest.roots[usize::try_from(size).unwrap()];
        for index in [0, size / 3, size / 2, size - 1] {
            let (path, hash) = (prove_inclusion(&forest, index, size).unwrap(), leaf_hash(&leaf(index)));
            assert_eq!(path.len(), inclusion_length(index, size));
            verify_inclusion(&path, index, size, hash, root).unwrap();
            for forged in variants(&path) {
                assert!(verify_inclusion(&forged, index, size, hash, root).is_err(), "{index} of {size}");
                tried += 1;
            }
            for other in (0..=size + 1).filter(|&other| other != index) {
                assert!(verify_inclusion(&path, other, size, hash, root).is_err(), "{index} as {other} of {size}");
                tried += 1;
            }
            for bit in 0..256 {
                let (mut of_leaf, mut of_root) = (hash, root);
                of_leaf.0[bit / 8] ^= 1 << (bit % 8);
                of_root.0[bit / 8] ^= 1 << (bit % 8);
                assert!(verify_inclusion(&path, index, size, of_leaf, root).is_err());
                assert!(verify_inclusion(&path, index, size, hash, of_root).is_err());
                tried += 2;
            }
        }
    }
    println!("{tried} forged inclusion proofs, none accepted");
    assert!(tried > 80_000);
}

#[test]
fn no_forged_consistency_proof_is_accepted() {
    let forest = Forest::grown(260);
    let root = |size: u64| forest.roots[usize::try_from(size).unwrap()];
    let mut tried = 0;
    for new in SIZES {
        for old in [1, new / 3, new / 2, new.next_power_of_two() / 2, new - 1, new] {
            if old == 0 || old > new {
                continue;
            }
            let path = prove_consistency(&forest, old, new).unwrap();
            assert_eq!(path.len(), consistency_length(old, new));
            verify_consistency(&path, old, root(old), new, root(new)).unwrap();
            for forged in variants(&path) {
                assert!(verify_consistency(&forged, old, root(old), new, root(new)).is_err(), "{old} to {new}");
                tried += 1;
            }
            for other in (1..=new + 1).filter(|&other| other != old) {
                assert!(verify_consistency(&path, other, root(old), new, root(new)).is_err(), "{old} as {other}");
                tried += 1;
            }
            for bit in 0..256 {
                let (mut before, mut after) = (root(old), root(new));
                before.0[bit / 8] ^= 1 << (bit % 8);
                after.0[bit / 8] ^= 1 << (bit % 8);
                assert!(verify_consistency(&path, old, before, new, root(new)).is_err());
                assert!(verify_consistency(&path, old, root(old), new, after).is_err());
                tried += 2;
            }
        }
    }
    println!("{tried} forged consistency proofs, none accepted");
    assert!(tried > 80_000);
}

#[test]
fn the_empty_tree_comes_before_every_tree_and_has_one_root() {
    let forest = Forest::grown(3);
    assert_eq!(verify_consistency(&[], 0, empty_root(), 3, forest.roots[3]), Ok(()));
    assert_eq!(verify_consistency(&[], 0, empty_root(), 0, empty_root()), Ok(()));
    assert!(verify_consistency(&[], 0, forest.roots[1], 3, forest.roots[3]).is_err());
    assert!(verify_consistency(&[], 0, empty_root(), 0, forest.roots[1]).is_err());
    assert!(verify_consistency(&[], 0, forest.roots[1], 0, forest.roots[1]).is_err());
    assert!(verify_consistency(&[forest.roots[1]], 0, empty_root(), 3, forest.roots[3]).is_err());
    assert!(verify_consistency(&[], 3, forest.roots[3], 2, forest.roots[2]).is_err(), "a log does not shrink");
}

proptest! {
    #[test]
    fn no_sizes_and_hashes_make_verification_panic(
        path in prop::collection::vec(any::<[u8; 32]>(), 0..70), a: u64, b: u64, x: [u8; 32], y: [u8; 32],
    ) {
        let path: Vec<Hash> = path.into_iter().map(Hash).collect();
        prop_assert!(verify_inclusion(&path, a, b, Hash(x), Hash(y)).is_err());
        prop_assert!(verify_consistency(&path, a, Hash(x), b, Hash(y)).is_err());
        for (index, size) in [(a, u64::MAX), (u64::MAX - 1, u64::MAX), (0, u64::MAX), (u64::MAX, u64::MAX)] {
            let long: Vec<Hash> = vec![Hash(x); inclusion_length(index, size)];
            prop_assert!(verify_inclusion(&long, index, size, Hash(x), Hash(y)).is_err());
            let long: Vec<Hash> = vec![Hash(x); consistency_length(index, size)];
            prop_assert!(index == size || verify_consistency(&long, index, Hash(x), size, Hash(y)).is_err());
        }
    }
}
