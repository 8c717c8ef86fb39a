//! The request by which a log asks a witness to cosign its next checkpoint (C2SP `tlog-witness` 1.0.0).
//!
//! Only its form and its proof; whom to ask and how many must agree is a policy and not here.

use std::fmt;

use crate::{
    checkpoint::{CheckpointError, SignedCheckpoint},
    tile::plain_number,
    tree::{ConsistencyError, Hash, ParseHashError, verify_consistency},
};

/// The longest consistency proof that the specification allows.
const MAX_PROOF: usize = 63;

/// A request to `add-checkpoint`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddCheckpoint {
    /// The size that the log believes the witness to have cosigned last; 0 for none.
    pub old: u64,
    /// The proof from that size to the checkpoint's.
    pub proof: Vec<Hash>,
    /// The new checkpoint.
    pub checkpoint: SignedCheckpoint,
}

/// Why bytes are no such request; the line counts from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddCheckpointError {
    /// It is not UTF-8.
    #[error("the request is not UTF-8 at byte {0}")]
    NotUtf8(usize),
    /// The first line is another.
    #[error("line 1 is not `old` and a decimal number without leading zeroes")]
    Old,
    /// A hash of the proof cannot be read.
    #[error("the hash in line {line} cannot be read")]
    Hash {
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        #[source]
        source: ParseHashError,
    },
    /// The proof is longer than allowed.
    #[error("a consistency proof has at most {MAX_PROOF} hashes")]
    TooLong,
    /// No checkpoint follows.
    #[error("no empty line and checkpoint follow the proof")]
    NoCheckpoint,
    /// The checkpoint that follows is malformed.
    #[error("the checkpoint of the request cannot be read")]
    Checkpoint(#[from] CheckpointError),
}

impl AddCheckpoint {
    /// Reads a request.
    ///
    /// # Errors
    /// A line is missing or malformed; the error names it.
    pub fn parse(bytes: &[u8]) -> Result<Self, AddCheckpointError> {
        let text = std::str::from_utf8(bytes).map_err(|error| AddCheckpointError::NotUtf8(error.valid_up_to()))?;
        let (head, note) = text.split_once("\n\n").ok_or(AddCheckpointError::NoCheckpoint)?;
        let mut lines = head.split('\n');
        let old = lines.next().and_then(|line| line.strip_prefix("old ")).and_then(plain_number);
        let old = old.ok_or(AddCheckpointError::Old)?;
        let mut proof = Vec::new();
        for (number, line) in lines.enumerate() {
            if number == MAX_PROOF {
                return Err(AddCheckpointError::TooLong);
            }
            proof.push(line.parse().map_err(|source| AddCheckpointError::Hash { line: number + 2, source })?);
        }
        Ok(Self { old, proof, checkpoint: SignedCheckpoint::parse(note.as_bytes())? })
    }

    /// Checks that the new checkpoint continues the tree of `old` leaves with the root `old_root`.
    ///
    /// # Errors
    /// What does not hold.
    pub fn verify(&self, old_root: Hash) -> Result<(), ConsistencyError> {
        let checkpoint = self.checkpoint.checkpoint();
        verify_consistency(&self.proof, self.old, old_root, checkpoint.size(), checkpoint.root())
    }
}

impl fmt::Display for AddCheckpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "old {}", self.old)?;
        for hash in &self.proof {
            writeln!(f, "{hash}")?;
        }
        write!(f, "\n{}", self.checkpoint)
    }
}
