//! The sequencer: copies leaves from the record into the log, signs its head, and shows it.
//!
//! One step: leaves are given places in the store; they and their hashes are made durable in the files; the new head is
//! shown to continue the old one; it is signed; the store swaps it in for the old one (one row, compare and swap: decisions
//! 25); only then is it published. Of two sequencers that race, one loses the swap and stops. After any failure the
//! sequencer is of no more use: opening another begins from the head that the store holds, which is always complete on disk.
//!
//! A store or a folder that was restored from an older copy is not continued, since that would sign a second history
//! (decisions 26): the published head, the store's head and the files must agree, or opening fails and says which is behind.

use std::{io, sync::Arc};

use tlog::{
    Checkpoint, SignedCheckpoint,
    checkpoint::CheckpointError,
    signature::{SignError, VerifyError, verify},
    tree::{ConsistencyError, verify_consistency},
};

use super::{
    disk::Disk,
    keys::Keys,
    resource::{CHECKPOINT, LONGEST_CHECKPOINT},
    segments::{LEAF_BYTES, SegmentError, Segments},
};
use crate::store::{self, Store, StoreError, SwapError};

/// What the sequencer asks of the store.
pub trait Leaves: Send + Sync {
    /// Gives places in the log to up to `limit` leaves that have none, and says how many have places then.
    ///
    /// # Errors
    /// The store's.
    fn place(&self, limit: usize) -> Result<u64, StoreError>;

    /// Up to `limit` leaves in the order of the log.
    ///
    /// # Errors
    /// The store's.
    fn leaves(&self, from_index: u64, limit: usize) -> Result<Vec<[u8; LEAF_BYTES]>, StoreError>;

    /// The newest signed checkpoint.
    ///
    /// # Errors
    /// The store's.
    fn checkpoint(&self) -> Result<Option<store::SignedCheckpoint>, StoreError>;

    /// Swaps the newest checkpoint for the next, if it still is the newest.
    ///
    /// # Errors
    /// Another was swapped in meanwhile, or the store failed; then it is not known which is there.
    fn swap(&self, old: Option<&store::SignedCheckpoint>, new: &store::SignedCheckpoint) -> Result<(), SwapError>;
}

impl<S: Store + ?Sized> Leaves for S {
    fn place(&self, limit: usize) -> Result<u64, StoreError> {
        self.sequence(limit)
    }

    fn leaves(&self, from_index: u64, limit: usize) -> Result<Vec<[u8; LEAF_BYTES]>, StoreError> {
        Ok(self.log_leaves(from_index, limit)?.iter().map(|leaf| *leaf.as_bytes()).collect())
    }

    fn checkpoint(&self) -> Result<Option<store::SignedCheckpoint>, StoreError> {
        Store::checkpoint(self)
    }

    fn swap(&self, old: Option<&store::SignedCheckpoint>, new: &store::SignedCheckpoint) -> Result<(), SwapError> {
        self.swap_checkpoint(old, new)
    }
}

/// Why a log cannot be continued.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The store failed.
    #[error("the store does not say where the log stands")]
    Store(#[from] StoreError),
    /// The stored checkpoint is malformed.
    #[error("the store's checkpoint of the log cannot be read: restore the store")]
    Malformed(#[source] CheckpointError),
    /// The stored checkpoint is not signed by our keys, or is of another log.
    #[error("the store's checkpoint is not signed by the keys of this log: restore the keys that belong to it")]
    OtherKeys(#[source] VerifyError),
    /// The stored checkpoint is of another log.
    #[error("the store's checkpoint is of the log `{found}`, and the keys are of `{ours}`")]
    OtherLog {
        /// The log that the store names.
        found: String,
        /// The log whose keys we hold.
        ours: String,
    },
    /// The published checkpoint is ahead of the store's.
    #[error(
        "the published checkpoint has {published} leaves and the store's {stored}: the store is an older copy; \
         restore the newest, since continuing would sign a second history"
    )]
    StoreBehind {
        /// The size of the published one.
        published: u64,
        /// The size of the stored one; 0 for none.
        stored: u64,
    },
    /// The published and the stored checkpoint are of two histories.
    #[error("the published checkpoint of {published} leaves and the store's of {stored} are of two histories")]
    Forked {
        /// The size of the published one.
        published: u64,
        /// The size of the stored one.
        stored: u64,
        /// What does not hold.
        #[source]
        source: ConsistencyError,
    },
    /// The files are behind the stored checkpoint, damaged or missing.
    #[error("the log's files do not reach the store's checkpoint of {size} leaves")]
    Files {
        /// The size of the stored checkpoint.
        size: u64,
        /// What is wrong with the files.
        #[source]
        source: SegmentError,
    },
    /// The files hold other hashes than the stored checkpoint signs.
    #[error(
        "the log's files hold another tree of {size} leaves than the store's checkpoint signs: restore the log's folder"
    )]
    OtherTree {
        /// The size of the stored checkpoint.
        size: u64,
    },
    /// The first checkpoint could not be signed, swapped in or published.
    #[error("the log cannot begin")]
    First(#[source] Box<StepError>),
    /// The published checkpoint cannot be read or renewed.
    #[error("the published checkpoint cannot be read or renewed")]
    Published(#[source] io::Error),
}

/// Why a step failed. The sequencer is of no more use then; open another.
#[derive(Debug, thiserror::Error)]
pub enum StepError {
    /// The store failed.
    #[error("the store failed while the log followed it")]
    Store(#[from] StoreError),
    /// A file could not be written or made durable.
    #[error("the log's files could not be written")]
    Files(#[from] SegmentError),
    /// The new head does not continue the old one. Never seen; nothing is signed then.
    #[error("the new head of {new} leaves does not continue the signed one of {old}: nothing was signed")]
    Inconsistent {
        /// The size of the signed head.
        old: u64,
        /// The size of the new one.
        new: u64,
        /// What does not hold.
        #[source]
        source: ConsistencyError,
    },
    /// The head could not be signed.
    #[error("the new head could not be signed")]
    Sign(#[from] SignError),
    /// The signed note could not be put together.
    #[error("the new checkpoint could not be written")]
    Note(#[from] CheckpointError),
    /// Another sequencer has signed meanwhile.
    #[error("another sequencer has signed a checkpoint of {found} leaves: this one stops; run one sequencer for a log")]
    Lost {
        /// The size of the checkpoint that was found.
        found: u64,
    },
    /// The swap failed for another reason.
    #[error("the store did not take the new checkpoint")]
    Swap(#[source] SwapError),
    /// The checkpoint was signed and stored, and could not be published; the next opening publishes it.
    #[error("the checkpoint of {size} leaves is signed and stored but could not be published")]
    Publish {
        /// Its size.
        size: u64,
        /// What the file system says.
        #[source]
        source: io::Error,
    },
}

/// The one who appends to the log.
pub struct Sequencer {
    leaves: Arc<dyn Leaves>,
    disk: Arc<dyn Disk>,
    keys: Arc<Keys>,
    segments: Segments,
    head: Option<(store::SignedCheckpoint, Checkpoint)>,
}

impl Sequencer {
    /// Takes up the log where the store's checkpoint says it stands, and publishes that checkpoint again; begins the log
    /// with a signed checkpoint of no leaves if there is none. `time` in seconds since 1970.
    ///
    /// # Errors
    /// See [`OpenError`]: store, files, keys and published checkpoint do not belong together.
    pub fn open(leaves: Arc<dyn Leaves>, disk: Arc<dyn Disk>, keys: Arc<Keys>, time: u64) -> Result<Self, OpenError> {
        let stored = leaves.checkpoint()?;
        let published = published(&*disk, &keys)?;
        let head = stored.map(|stored| parse_stored(stored, &keys)).transpose()?;
        let size = head.as_ref().map_or(0, |(_, checkpoint)| checkpoint.size());
        if let Some(published) = &published
            && published.size() > size
        {
            return Err(OpenError::StoreBehind { published: published.size(), stored: size });
        }
        let segments = Segments::open(Arc::clone(&disk), size).map_err(|source| OpenError::Files { size, source })?;
        let mut sequencer = Self { leaves, disk, keys, segments, head };
        let Some((stored, checkpoint)) = &sequencer.head else {
            sequencer.sign(time).map_err(|error| OpenError::First(Box::new(error)))?;
            return Ok(sequencer);
        };
        if sequencer.segments.range().root() != checkpoint.root() {
            return Err(OpenError::OtherTree { size });
        }
        if let Some(published) = published {
            let proof = sequencer.segments.tiles().consistency(published.size(), size);
            let proof = proof.map_err(|source| OpenError::Files { size, source })?;
            verify_consistency(&proof, published.size(), published.root(), size, checkpoint.root())
                .map_err(|source| OpenError::Forked { published: published.size(), stored: size, source })?;
        }
        sequencer.disk.replace(CHECKPOINT, stored.note.as_bytes()).map_err(OpenError::Published)?;
        Ok(sequencer)
    }

    /// How many leaves the signed log has.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.head.as_ref().map_or(0, |(_, checkpoint)| checkpoint.size())
    }

    /// Takes up to `limit` new leaves into the log and publishes its new head; gives how many there were. Signs nothing
    /// when there are none. `time` in seconds since 1970.
    ///
    /// # Errors
    /// See [`StepError`]; after one, open another sequencer.
    pub fn step(&mut self, limit: usize, time: u64) -> Result<u64, StepError> {
        let size = self.segments.range().size();
        let mut new = self.leaves.leaves(size, limit)?;
        if new.is_empty() {
            // Places that an earlier run gave come first; only when they are used up are new ones given.
            if self.leaves.place(limit)? <= size {
                return Ok(0);
            }
            new = self.leaves.leaves(size, limit)?;
        }
        if new.is_empty() {
            return Ok(0);
        }
        self.segments.append(&new)?;
        self.sign(time)?;
        Ok(new.len() as u64)
    }

    /// Signs the tree that is durable in the files, if it continues the signed one, and publishes it.
    fn sign(&mut self, time: u64) -> Result<(), StepError> {
        let range = self.segments.range();
        let (new, root) = (range.size(), range.root());
        if let Some((_, old)) = &self.head {
            let inconsistent = |source| StepError::Inconsistent { old: old.size(), new, source };
            // Read back from the files: what is signed is what can be served.
            let proof = self.segments.tiles().consistency(old.size(), new)?;
            verify_consistency(&proof, old.size(), old.root(), new, root).map_err(inconsistent)?;
        }
        let checkpoint = Checkpoint::new(self.keys.origin(), new, root)?;
        let signatures = self.keys.sign(&checkpoint, time)?;
        let note = SignedCheckpoint::new(checkpoint.clone(), signatures)?.to_string();
        let signed = store::SignedCheckpoint { size: new, note };
        self.leaves.swap(self.head.as_ref().map(|(signed, _)| signed), &signed).map_err(|error| match error {
            SwapError::Moved { found } => StepError::Lost { found },
            other => StepError::Swap(other),
        })?;
        let bytes = signed.note.clone();
        self.head = Some((signed, checkpoint));
        self.disk.replace(CHECKPOINT, bytes.as_bytes()).map_err(|source| StepError::Publish { size: new, source })
    }
}

fn parse_stored(
    stored: store::SignedCheckpoint,
    keys: &Keys,
) -> Result<(store::SignedCheckpoint, Checkpoint), OpenError> {
    let signed = SignedCheckpoint::parse(stored.note.as_bytes()).map_err(OpenError::Malformed)?;
    verify(&signed, &keys.public()).map_err(OpenError::OtherKeys)?;
    let checkpoint = signed.checkpoint().clone();
    if checkpoint.origin() != keys.origin() {
        return Err(OpenError::OtherLog { found: checkpoint.origin().to_owned(), ours: keys.origin().to_owned() });
    }
    Ok((stored, checkpoint))
}

/// The published checkpoint, if there is one that our keys signed; any other is not ours to judge and is replaced.
fn published(disk: &dyn Disk, keys: &Keys) -> Result<Option<Checkpoint>, OpenError> {
    let Some(bytes) = disk.read(CHECKPOINT, LONGEST_CHECKPOINT).map_err(OpenError::Published)? else {
        return Ok(None);
    };
    let signed = SignedCheckpoint::parse(&bytes).ok().filter(|signed| verify(signed, &keys.public()).is_ok());
    Ok(signed.map(|signed| signed.checkpoint().clone()))
}
