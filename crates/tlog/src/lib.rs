//! A transparency log over opaque leaves, in the formats of C2SP (<https://c2sp.org>).
//!
//! Whoever holds a log's public key can check with this crate alone that nothing in the log was changed, removed or
//! put in between: `tlog-tiles`, `tlog-checkpoint`, `signed-note`, `tlog-cosignature`, `tlog-proof` and the request of
//! `tlog-witness`, over the hash tree of RFC 6962 and RFC 9162.
//!
//! The crate is pure: it knows no file, network, clock or random source, and nothing of what a leaf means. Storage and
//! the sequencer live in `server::log`. Witnesses' policies (`tlog-policy`) and mirrors (`tlog-mirror`) are not here.
#![cfg_attr(not(test), warn(clippy::indexing_slicing))]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod tree;

pub mod tile;

pub mod note;

pub mod checkpoint;

pub mod signature;

pub mod proof;

pub mod witness;

pub use checkpoint::{Checkpoint, SignedCheckpoint};
pub use note::{KeyId, KeyName, Note, NoteSignature};
pub use proof::InclusionReceipt;
pub use signature::{SecretKey, VerifierKey};
pub use tile::TilePath;
pub use tree::{Hash, HashSource, Range};
