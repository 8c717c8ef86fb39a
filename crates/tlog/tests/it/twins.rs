//! A small log of our own in `testdata/tlog`, in the layout that other implementations publish, and the same checks.
//!
//! Its bytes follow from fixed seeds; `UPDATE_EXPECT=1` writes them anew. Others can verify them without our code.

use std::{collections::BTreeMap, fs, path::PathBuf};

use tlog::{
    Checkpoint, SecretKey, SignedCheckpoint, TilePath,
    signature::SignatureKind,
    tile::{TileKind, TileSource, push_leaf},
    tree::{Hash, leaf_hash, prove_consistency},
    witness::AddCheckpoint,
};

use crate::{forest::Forest, published::check_folder};

const ORIGIN: &str = "log.example/twin";
const SIZE: u64 = 300;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../testdata/tlog/small")
}

fn twin() -> (Forest, BTreeMap<String, Vec<u8>>) {
    let forest = Forest::grown(SIZE);
    let keys = [SignatureKind::Ed25519, SignatureKind::CosignatureMlDsa44]
        .map(|kind| SecretKey::from_seed(ORIGIN.parse().unwrap(), kind, &[kind as u8 + 40; 32]).unwrap());
    let mut files = BTreeMap::new();
    let vkeys: String = keys.iter().map(|key| format!("{}\n", key.public())).collect();
    files.insert("log.vkey".to_owned(), vkeys.into_bytes());
    for size in (0..=15).chain([256, SIZE]) {
        let checkpoint = Checkpoint::new(ORIGIN, size, forest.roots[usize::try_from(size).unwrap()]).unwrap();
        let signatures = keys.iter().map(|key| key.sign(&checkpoint, 1_790_000_000 + size).unwrap()).collect();
        let signed = SignedCheckpoint::new(checkpoint, signatures).unwrap();
        let name = if size == SIZE { "checkpoint".to_owned() } else { format!("checkpoint.{size}") };
        files.insert(name, signed.to_string().into_bytes());
    }
    for path in TilePath::all(SIZE) {
        let mut bytes = Vec::new();
        if path.kind() == TileKind::Entries {
            let first = usize::try_from(path.first()).unwrap();
            for leaf in &forest.leaves[first..first + usize::from(path.width())] {
                push_leaf(&mut bytes, leaf).unwrap();
            }
        } else {
            bytes.extend(forest.tile(path).unwrap().iter().flat_map(|hash| hash.0));
        }
        files.insert(path.to_string(), bytes);
    }
    (forest, files)
}

#[test]
fn the_small_log_is_the_one_that_its_seeds_make() {
    let (_, files) = twin();
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        for (path, bytes) in &files {
            let path = folder().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
    }
    for (path, bytes) in &files {
        assert!(fs::read(folder().join(path)).is_ok_and(|there| there == *bytes), "{path} differs");
    }
}

#[test]
fn the_small_log_verifies() {
    let keys = fs::read_to_string(folder().join("log.vkey")).unwrap();
    let leaves = check_folder(&folder(), &keys);
    assert_eq!(leaves.len(), 300);
}

#[test]
fn a_request_to_a_witness_survives_its_text_and_shows_growth_only() {
    let (forest, files) = twin();
    let checkpoint = SignedCheckpoint::parse(&files["checkpoint"]).unwrap();
    for old in [0, 1, 15, 256, SIZE] {
        let proof = prove_consistency(&forest, old, SIZE).unwrap();
        let request = AddCheckpoint { old, proof, checkpoint: checkpoint.clone() };
        let read = AddCheckpoint::parse(request.to_string().as_bytes()).unwrap();
        assert_eq!(read, request);
        let root: Hash = forest.roots[usize::try_from(old).unwrap()];
        read.verify(root).unwrap();
        assert!(read.verify(leaf_hash(b"another history")).is_err());
    }
    for bad in ["", "old 1", "old 01\n\nx\n", "old 1\nAA\n\nx\n", "new 1\n\nx\n", "old 1\n\nx\n"] {
        assert!(AddCheckpoint::parse(bad.as_bytes()).is_err());
    }
    let many = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n".repeat(64);
    assert!(AddCheckpoint::parse(format!("old 1\n{many}\n{checkpoint}").as_bytes()).is_err());
}
