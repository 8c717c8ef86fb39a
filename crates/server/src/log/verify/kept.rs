//! What somebody kept of a log: an older checkpoint, or the proof that a leaf is in it.
//!
//! One copy of a log cannot show that it was cut back or begun anew by whoever holds its key; what was kept elsewhere can.
//! So each is checked against the log as it lies now: the signatures by the same keys, the root at the size that was
//! signed then, and the leaf at its index.

use std::path::{Path, PathBuf};

use tlog::{Hash, InclusionReceipt, SignedCheckpoint, VerifierKey, tree::leaf_hash};

use super::{Faults, Held, InputError, check_head, subject::small_text};

/// A checkpoint that somebody kept, or a proof with its checkpoint.
pub(super) struct Kept {
    pub file: String,
    checkpoint: SignedCheckpoint,
    receipt: Option<InclusionReceipt>,
    /// The leaf that the walk found where the proof places it.
    leaf: Option<String>,
}

fn read(path: &Path, kind: &'static str) -> Result<String, InputError> {
    small_text(path)?.ok_or_else(|| InputError::NoFile { path: path.to_owned(), kind })
}

/// Reads the files; one that is no checkpoint or no proof is an error, since nothing can be checked against it.
pub(super) fn read_all(since: &[PathBuf], proofs: &[PathBuf]) -> Result<Vec<Kept>, InputError> {
    let mut all = Vec::new();
    for path in since {
        let checkpoint = SignedCheckpoint::parse(read(path, "checkpoint")?.as_bytes())
            .map_err(|source| InputError::Since { path: path.clone(), source })?;
        all.push(Kept { file: path.display().to_string(), checkpoint, receipt: None, leaf: None });
    }
    for path in proofs {
        let receipt = InclusionReceipt::parse(read(path, "proof")?.as_bytes())
            .map_err(|source| InputError::Proof { path: path.clone(), source })?;
        let checkpoint = receipt.checkpoint.clone();
        all.push(Kept { file: path.display().to_string(), checkpoint, receipt: Some(receipt), leaf: None });
    }
    Ok(all)
}

impl Kept {
    /// Adds what was signed then to the heads that the walk looks at, if the log reaches it.
    pub(super) fn expect(
        &self,
        keys: &[VerifierKey],
        newest: &tlog::Checkpoint,
        heads: &mut Vec<(String, tlog::Checkpoint)>,
        faults: &mut Faults,
    ) {
        let (then, now) = (self.checkpoint.checkpoint(), newest);
        let signed = check_head(&self.file, &self.checkpoint, keys, &mut Vec::new(), faults);
        if signed.is_none() {
            return;
        }
        if then.origin() != now.origin() {
            faults.add(self.file.clone(), format!("it is of another log, `{}`", then.origin()));
        } else if then.size() > now.size() {
            let what = format!(
                "it covers {} leaves and the log has {}: the log was cut back, or this is an older copy of it",
                then.size(),
                now.size()
            );
            faults.add(self.file.clone(), what);
        } else {
            heads.push((self.file.clone(), then.clone()));
        }
    }

    /// Checks the proof, if it is one, against the leaf of the log at its index.
    pub(super) fn compare(&mut self, index: u64, leaf: &[u8], keys: &[VerifierKey], faults: &mut Faults) {
        let Some(receipt) = self.receipt.as_ref().filter(|receipt| receipt.index == index) else { return };
        let hash: Hash = leaf_hash(leaf);
        match receipt.verify(hash, keys) {
            Ok(()) => self.leaf = Some(hex::encode(leaf)),
            Err(error) => {
                faults
                    .add(self.file.clone(), format!("leaf {index} of the log is not the one that it proves: {error}"));
            }
        }
    }

    /// What held, once the walk is over; `roots` are the places whose root was that of the log.
    pub(super) fn held(self, roots: &[String], faults: &mut Faults) -> Option<Held> {
        let size = self.checkpoint.checkpoint().size();
        let Some(receipt) = self.receipt else {
            return roots.contains(&self.file).then_some(Held { file: self.file, size, index: None, leaf: None });
        };
        if receipt.index >= size {
            let what = format!("it proves leaf {} in a log of {size} leaves, which has none", receipt.index);
            faults.add(self.file, what);
            return None;
        }
        let leaf = self.leaf.filter(|_| roots.contains(&self.file))?;
        Some(Held { file: self.file, size, index: Some(receipt.index), leaf: Some(leaf) })
    }
}
