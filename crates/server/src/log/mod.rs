//! The transparency log on disk: its files, its keys, and the sequencer that follows the record.
//!
//! The record comes first: an entry has happened when the store has committed it. The sequencer then copies leaves into the
//! log at its own pace, signs the new head, lets the store swap it in for the old one, and only then shows it. Whatever
//! dies in between is repaired by starting again from the head that the store holds.
//!
//! **Invariants.** No signature over a head leaves this module before every leaf and hash below it is on disk and the store
//! has accepted it in place of its predecessor. No head is signed that does not continue the one before. One process at a
//! time writes: it holds the store's lease and the folder's lock (ADR 11). Where store, files, keys and published
//! checkpoint do not belong together, nothing is signed; files alone are rebuilt, since every leaf is in the store.
//!
//! The formats are in the crate `tlog`; witnesses and mirrors are not here yet.

mod disk;
pub mod export;
mod follow;
pub(crate) mod keys;
mod rebuild;
mod resource;
mod segments;
mod sequencer;
pub mod verify;

#[cfg(test)]
mod crashes;

pub use disk::{Disk, Folder, Hold};
pub(crate) use follow::take_in;
pub use follow::{FollowError, Log, open, open_if_free};
pub(crate) use keys::read_private;
pub use keys::{Keys, KeysError};
pub use resource::{CHECKPOINT, Resource, ResourceError, resource};
pub use segments::{LEAF_BYTES, SegmentError, Segments, Tiles};
pub use sequencer::{Leaves, OpenError, Sequencer, StepError};
