//! The transparency log: append under signed checkpoints, and verify from nothing.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use anyhow::{Result, ensure};
use server::{
    log::{Disk as _, Folder, Keys, Leaves, Sequencer, verify::verify},
    store::{SignedCheckpoint, StoreError, SwapError},
};
use tlog::tree::leaf_hash;

use crate::{
    figures::{per_second, short, thousands},
    table::Table,
};

/// How many leaves the log has.
const LEAVES: u64 = 1_000_000;
/// How many go under one checkpoint, as in the product.
const BATCH: usize = 10_000;

/// Leaves in memory, so that the log alone is measured and not the store.
struct Memory {
    leaves: Vec<[u8; 32]>,
    checkpoint: Mutex<Option<SignedCheckpoint>>,
}

impl Leaves for Memory {
    fn lease(&self) -> Result<bool, StoreError> {
        Ok(true)
    }

    fn place(&self, _: usize) -> Result<u64, StoreError> {
        Ok(LEAVES)
    }

    fn leaves(&self, from_index: u64, limit: usize) -> Result<Vec<[u8; 32]>, StoreError> {
        let rest = usize::try_from(from_index).ok().and_then(|from| self.leaves.get(from..)).unwrap_or_default();
        Ok(rest.iter().take(limit).copied().collect())
    }

    fn checkpoint(&self) -> Result<Option<SignedCheckpoint>, StoreError> {
        Ok(self.checkpoint.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }

    fn swap(&self, _: Option<&SignedCheckpoint>, new: &SignedCheckpoint) -> Result<(), SwapError> {
        *self.checkpoint.lock().unwrap_or_else(PoisonError::into_inner) = Some(new.clone());
        Ok(())
    }
}

/// Adds the lines about the log.
pub fn measure(table: &mut Table) -> Result<()> {
    let folder = crate::program::folder()?;
    let leaves: Vec<[u8; 32]> = (0..LEAVES).map(|number| leaf_hash(&number.to_le_bytes()).0).collect();
    let memory = Arc::new(Memory { leaves: leaves.clone(), checkpoint: Mutex::new(None) });
    let keys = Arc::new(Keys::from_seeds("bench.example/log", [[1; 32], [2; 32]])?);
    let disk = Arc::new(Folder::create(&folder.path().join("log"))?);
    // The product leaves this mark when it makes keys: without it the log of these keys has begun elsewhere.
    disk.replace("begins", b"")?;
    let public: Vec<String> = keys.vkeys().lines().map(str::to_owned).collect();
    let mut sequencer = Sequencer::open(memory, disk, keys, 1)?;
    let start = Instant::now();
    while sequencer.step(BATCH, 1)? > 0 {}
    let append = start.elapsed();
    ensure!(sequencer.size() == LEAVES, "the log has {} leaves", sequencer.size());

    // The peer keeps nothing and signs nothing: it only computes the tree.
    let start = Instant::now();
    let mut tree = ct_merkle::mem_backed_tree::MemoryBackedTree::<sha2_next::Sha256, Vec<u8>>::new();
    for leaf in &leaves {
        tree.push(leaf.to_vec());
    }
    let root = tree.root();
    let peer = start.elapsed();

    let count = usize::try_from(LEAVES)?;
    table.versus(
        "log: append, 10,000 leaves a signed and durable checkpoint; peer: ct-merkle, in memory, unsigned",
        format!("{} leaves/s", thousands(per_second(count, append))),
        format!("{} leaves/s", thousands(per_second(count, peer))),
        peer.as_secs_f64() / append.as_secs_f64(),
        "> 200,000 leaves/s",
    );
    let start = Instant::now();
    let report = verify(&folder.path().join("log").to_string_lossy(), &public)?;
    let checked = start.elapsed();
    ensure!(report.sound && report.leaves == LEAVES, "the log does not verify: {report:?}");
    let theirs = tlog::tree::Hash::from_slice(root.as_bytes()).map(|root| root.to_string());
    ensure!(theirs.as_deref() == Some(report.root.as_str()), "ct-merkle finds another root");
    table.versus(
        "log: verify 1,000,000 leaves from nothing: files, tiles, root, signatures; peer: ct-merkle, the root alone",
        short(checked),
        short(peer),
        peer.as_secs_f64() / checked.as_secs_f64(),
        "< 5 s",
    );
    Ok(())
}
