//! Proofs that stand alone: that something is in a log, checkable offline (C2SP `tlog-proof`).
//!
//! A receipt in this form, the leaf and the log's public key are all that is needed, years later and with nothing
//! running. Its extra data is not authenticated by the format and is treated as a hint.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::{
    checkpoint::{CheckpointError, SignedCheckpoint},
    signature::{VerifierKey, VerifyError, verify},
    tile::plain_number,
    tree::{Hash, InclusionError, ParseHashError, verify_inclusion},
};

const HEADER: &str = "c2sp.org/tlog-proof@v1";

/// A tree of 2^64 leaves is 64 high, so no proof is longer.
const MAX_PATH: usize = 64;

/// The proof that a leaf stands at an index of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InclusionReceipt {
    /// Bytes of the application's own; nobody has signed them.
    pub extra: Option<Vec<u8>>,
    /// The index of the leaf, from 0.
    pub index: u64,
    /// The inclusion proof, the leaf's sibling first.
    pub path: Vec<Hash>,
    /// The checkpoint to whose root it leads.
    pub checkpoint: SignedCheckpoint,
}

/// Why text is no proof; the line counts from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReceiptError {
    /// It is not UTF-8.
    #[error("the proof is not UTF-8 at byte {0}")]
    NotUtf8(usize),
    /// The first line is another.
    #[error("line 1 is not `{HEADER}`")]
    Header,
    /// The extra data is no base64.
    #[error("the extra data in line 2 is not base64")]
    Extra,
    /// The index line is missing or malformed.
    #[error("line {0} is not `index` and a decimal number without leading zeroes")]
    Index(usize),
    /// A hash of the proof cannot be read.
    #[error("the hash in line {line} cannot be read")]
    Hash {
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        #[source]
        source: ParseHashError,
    },
    /// The proof is longer than that of the largest log.
    #[error("a proof has at most {MAX_PATH} hashes")]
    TooLong,
    /// No checkpoint follows.
    #[error("no empty line and checkpoint follow the hashes, in line {0}")]
    NoCheckpoint(usize),
    /// The checkpoint that follows is malformed.
    #[error("the checkpoint that begins in line {line} cannot be read")]
    Checkpoint {
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        #[source]
        source: CheckpointError,
    },
}

/// Why a proof does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VerifyReceiptError {
    /// The signatures of the checkpoint are not enough.
    #[error("the checkpoint of the proof is not signed as it must be")]
    Signatures(#[from] VerifyError),
    /// The leaf is not in the log.
    #[error("the proof does not show the leaf in the log")]
    Inclusion(#[from] InclusionError),
}

impl InclusionReceipt {
    /// Reads a proof.
    ///
    /// # Errors
    /// A line is missing or malformed; the error names it.
    pub fn parse(bytes: &[u8]) -> Result<Self, ReceiptError> {
        let text = std::str::from_utf8(bytes).map_err(|error| ReceiptError::NotUtf8(error.valid_up_to()))?;
        let mut rest = text;
        let mut number = 0;
        let mut next = || {
            number += 1;
            let (line, tail) = rest.split_once('\n')?;
            rest = tail;
            Some((number, line))
        };
        if next().map(|(_, line)| line) != Some(HEADER) {
            return Err(ReceiptError::Header);
        }
        let (mut at, mut line) = next().ok_or(ReceiptError::Index(2))?;
        let mut extra = None;
        if let Some(encoded) = line.strip_prefix("extra ") {
            extra = Some(STANDARD.decode(encoded).map_err(|_| ReceiptError::Extra)?);
            (at, line) = next().ok_or(ReceiptError::Index(3))?;
        }
        let index = line.strip_prefix("index ").and_then(plain_number).ok_or(ReceiptError::Index(at))?;
        let mut path = Vec::new();
        loop {
            (at, line) = next().ok_or(ReceiptError::NoCheckpoint(at + 1))?;
            if line.is_empty() {
                break;
            }
            if path.len() == MAX_PATH {
                return Err(ReceiptError::TooLong);
            }
            path.push(line.parse().map_err(|source| ReceiptError::Hash { line: at, source })?);
        }
        let checkpoint = SignedCheckpoint::parse(rest.as_bytes())
            .map_err(|source| ReceiptError::Checkpoint { line: at + 1, source })?;
        Ok(Self { extra, index, path, checkpoint })
    }

    /// Checks that a leaf with the hash `leaf` stands in the log whose `keys` have all signed.
    ///
    /// # Errors
    /// What does not hold.
    pub fn verify(&self, leaf: Hash, keys: &[VerifierKey]) -> Result<(), VerifyReceiptError> {
        verify(&self.checkpoint, keys)?;
        let checkpoint = self.checkpoint.checkpoint();
        verify_inclusion(&self.path, self.index, checkpoint.size(), leaf, checkpoint.root())?;
        Ok(())
    }
}

impl fmt::Display for InclusionReceipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{HEADER}")?;
        if let Some(extra) = &self.extra {
            writeln!(f, "extra {}", STANDARD.encode(extra))?;
        }
        writeln!(f, "index {}", self.index)?;
        for hash in &self.path {
            writeln!(f, "{hash}")?;
        }
        write!(f, "\n{}", self.checkpoint)
    }
}
