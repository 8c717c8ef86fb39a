//! The sequencer: copies leaves from the record into the log, signs its head, and shows it.
//!
//! One step: leaves are given places in the store; they and their hashes are made durable in the files; the new head is
//! shown to continue the old one; it is signed; the store swaps it in for the old one (one row, compare and swap: decisions
//! 25); only then is it published. One sequencer runs at a time: it has the store's lease and the folder's lock. Should both
//! fail, one of two loses the swap and stops, having changed nothing that the other wrote. After any failure the sequencer is
//! of no more use: opening another begins from the head that the store holds, which is always complete on disk.
//!
//! A store or a folder that was restored from an older copy is not continued, since that would sign a second history
//! (decisions 26). Three things show it, each without the others: the published head; leaves in the files that the store does
//! not hold; keys that are not new, with no head. A log begins only beside the file `begins`, which is made before its keys
//! and goes after its first head is published. Files that are lost or damaged are another matter: they are rebuilt
//! (`rebuild`).

use std::{io, sync::Arc};

use tlog::{
    Checkpoint, SignedCheckpoint,
    checkpoint::CheckpointError,
    signature::{SignError, VerifyError, verify},
    tree::{ConsistencyError, verify_consistency},
};

use super::{
    disk::{Disk, Hold},
    keys::Keys,
    rebuild,
    resource::{CHECKPOINT, LONGEST_CHECKPOINT},
    segments::{ENTRIES, ENTRY_BYTES, LEAF_BYTES, SegmentError, Segments},
};
use crate::store::{self, Store, StoreError, SwapError};

/// Beside this file a log may begin: it is made before the keys and goes after the first head is published. It stands with
/// the log's files, not with the keys, so that keys restored from a copy never bring it with them.
pub(super) const BEGINS: &str = "begins";

/// How many leaves beyond the head are compared with the store's at a time.
const COMPARED: usize = 8192;

/// What the sequencer asks of the store.
pub trait Leaves: Send + Sync {
    /// Whether this process may run the sequencer: it has the store's lease, or gets it now.
    ///
    /// # Errors
    /// The store's.
    fn lease(&self) -> Result<bool, StoreError>;

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
    fn lease(&self) -> Result<bool, StoreError> {
        self.lease_sequencer()
    }

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
    /// Another process has the store's lease.
    #[error("another process follows this record with the log, on this machine or another")]
    Leased,
    /// Another process has the folder's lock.
    #[error("another process writes to this log's folder")]
    Held,
    /// The folder's lock cannot be taken.
    #[error("the lock of the log's folder cannot be taken: put the folder on a file system with locks")]
    Lock(#[source] io::Error),
    /// Keys that are not new, and no head.
    #[error(
        "the log of these keys has begun, and the store has no checkpoint of it: restore the newest store; to begin \
         another log, use a new data folder, whose keys and name are its own"
    )]
    Begun,
    /// A leaf in the files is not in the store.
    #[error(
        "the log's files hold a leaf at place {index} that the store does not: the store is an older copy; restore the \
         newest, since continuing would sign a second history"
    )]
    StrayLeaf {
        /// Its place.
        index: u64,
    },
    /// The published checkpoint is there and is not ours.
    #[error(
        "the published checkpoint `log/checkpoint` is damaged or not signed by the keys of this log: put back the newest \
         that was served. Only if the store is surely the newest, move the file away and start again"
    )]
    PublishedUnknown,
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
    /// The files cannot be read or written.
    #[error("the log's files cannot be brought to the store's checkpoint of {size} leaves")]
    Files {
        /// The size of the stored checkpoint.
        size: u64,
        /// What is wrong with the files.
        #[source]
        source: SegmentError,
    },
    /// Neither the files nor the store's leaves are what the stored checkpoint signs.
    #[error(
        "neither the log's files nor the record's leaves are the tree of {size} leaves that the store's checkpoint signs: \
         restore the newest store, or the log's folder"
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

impl OpenError {
    /// Whether nothing is wrong but that another process runs the sequencer, which will take up what is committed.
    #[must_use]
    pub fn is_held(&self) -> bool {
        matches!(self, Self::Leased | Self::Held)
    }
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
    /// The lease went to another process.
    #[error("another process has taken over this record's log")]
    Unleased,
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
    rebuilt: bool,
    _hold: Hold,
}

impl Sequencer {
    /// Takes up the log where the store's checkpoint says it stands, and publishes that checkpoint again; begins the log
    /// with a signed checkpoint of no leaves if there is none and the keys are new. Files that are not the signed tree are
    /// rebuilt from the store. `time` in seconds since 1970.
    ///
    /// # Errors
    /// See [`OpenError`]: store, files, keys and published checkpoint do not belong together.
    pub fn open(leaves: Arc<dyn Leaves>, disk: Arc<dyn Disk>, keys: Arc<Keys>, time: u64) -> Result<Self, OpenError> {
        if !leaves.lease()? {
            return Err(OpenError::Leased);
        }
        let hold = disk.hold().map_err(OpenError::Lock)?.ok_or(OpenError::Held)?;
        // Read with the lock in hand: nobody moves them now.
        let head = leaves.checkpoint()?.map(|stored| parse_stored(stored, &keys)).transpose()?;
        let published = published(&*disk, &keys)?;
        let size = head.as_ref().map_or(0, |(_, checkpoint)| checkpoint.size());
        let begins = disk.length(BEGINS).map_err(OpenError::Published)?.is_some();
        match (&head, &published) {
            (_, Some(published)) if published.size() > size => {
                return Err(OpenError::StoreBehind { published: published.size(), stored: size });
            }
            (None, Some(_)) => return Err(OpenError::Begun),
            (None, None) if !begins => return Err(OpenError::Begun),
            _ => {}
        }
        // Before anything is rebuilt: these leaves may be all that is left of a newer history.
        no_stray_leaf(&*disk, &*leaves, size)?;
        let signed = head.as_ref().map(|(_, checkpoint)| checkpoint);
        let (segments, rebuilt) = rebuild::open(&disk, &*leaves, signed)?;
        let mut sequencer = Self { leaves, disk, keys, segments, head, rebuilt, _hold: hold };
        if let Some((stored, checkpoint)) = &sequencer.head {
            if let Some(published) = published {
                let proof = sequencer.segments.tiles().consistency(published.size(), size);
                let proof = proof.map_err(|source| OpenError::Files { size, source })?;
                verify_consistency(&proof, published.size(), published.root(), size, checkpoint.root())
                    .map_err(|source| OpenError::Forked { published: published.size(), stored: size, source })?;
            }
            match publish(&*sequencer.disk, &sequencer.keys, stored).map_err(OpenError::Published)? {
                Shown::Now => {}
                Shown::Larger(published) => return Err(OpenError::StoreBehind { published, stored: size }),
            }
        } else {
            sequencer.sign(time).map_err(|error| OpenError::First(Box::new(error)))?;
        }
        if begins {
            sequencer.disk.remove(BEGINS).map_err(OpenError::Published)?;
        }
        Ok(sequencer)
    }

    /// Whether the files were not the signed tree and have been rebuilt from the record at opening. People should be told:
    /// of what a lost folder knew, only a head that somebody outside kept is left to compare with.
    #[must_use]
    pub fn rebuilt(&self) -> bool {
        self.rebuilt
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
        // A lease goes with its connection, which may have been lost since the last step.
        if !self.leaves.lease()? {
            return Err(StepError::Unleased);
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
        let shown = publish(&*self.disk, &self.keys, &signed);
        self.head = Some((signed, checkpoint));
        match shown.map_err(|source| StepError::Publish { size: new, source })? {
            Shown::Now => Ok(()),
            Shown::Larger(found) => Err(StepError::Lost { found }),
        }
    }
}

/// Reads the store's checkpoint, which must be signed by these keys.
pub(super) fn parse_stored(
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

/// The published checkpoint, if there is one. One that cannot be read is not passed over: it may be the only sign that the
/// store is an older copy.
fn published(disk: &dyn Disk, keys: &Keys) -> Result<Option<Checkpoint>, OpenError> {
    let bytes = match disk.read(CHECKPOINT, LONGEST_CHECKPOINT) {
        Err(error) if error.kind() == io::ErrorKind::FileTooLarge => return Err(OpenError::PublishedUnknown),
        read => read.map_err(OpenError::Published)?,
    };
    let Some(bytes) = bytes else { return Ok(None) };
    ours(&bytes, keys).map(Some).ok_or(OpenError::PublishedUnknown)
}

/// The checkpoint in these bytes, if it is one of this log and signed by all of its keys.
fn ours(bytes: &[u8], keys: &Keys) -> Option<Checkpoint> {
    let signed = SignedCheckpoint::parse(bytes).ok()?;
    verify(&signed, &keys.public()).ok()?;
    Some(signed.checkpoint().clone()).filter(|checkpoint| checkpoint.origin() == keys.origin())
}

/// What publishing a checkpoint came to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Shown {
    /// It is the published one.
    Now,
    /// One of more leaves was published already, and still is.
    Larger(u64),
}

/// Shows a checkpoint, unless one of more leaves is shown: what is published never goes back, not even where both lease and
/// lock have failed and a process wakes up late.
pub(super) fn publish(disk: &dyn Disk, keys: &Keys, signed: &store::SignedCheckpoint) -> io::Result<Shown> {
    let there = disk.read(CHECKPOINT, LONGEST_CHECKPOINT)?.and_then(|bytes| ours(&bytes, keys));
    match there {
        Some(there) if there.size() > signed.size => Ok(Shown::Larger(there.size())),
        _ => disk.replace(CHECKPOINT, signed.note.as_bytes()).map(|()| Shown::Now),
    }
}

/// Looks at the leaves that lie beyond the signed head. A crash leaves there, whole or in part, what the store holds at those
/// places, since a place is durable before its leaf is written, and never changes; so every byte is that of the store's leaf
/// or still zero. Anything else was written for a store that knew more than this one.
fn no_stray_leaf(disk: &dyn Disk, leaves: &dyn Leaves, size: u64) -> Result<(), OpenError> {
    let failed = |source| {
        let source = SegmentError::File { file: ENTRIES.to_owned(), verb: "read", source };
        OpenError::Files { size, source }
    };
    let length = disk.length(ENTRIES).map_err(failed)?.unwrap_or(0);
    let mut first = size;
    while first * ENTRY_BYTES < length {
        let rest = usize::try_from(length - first * ENTRY_BYTES).unwrap_or(usize::MAX);
        let bytes =
            disk.read_at(ENTRIES, first * ENTRY_BYTES, rest.min(COMPARED * (LEAF_BYTES + 2))).map_err(failed)?;
        if bytes.iter().any(|byte| *byte != 0) {
            let mut stored = leaves.leaves(first, COMPARED)?.into_iter();
            for (index, entry) in (first..).zip(bytes.chunks(LEAF_BYTES + 2)) {
                let leaf = stored.next();
                let wanted = [0, LEAF_BYTES as u8].into_iter().chain(leaf.unwrap_or_default());
                // With no leaf in the store nothing but zeroes fits; the length alone is a sign of a leaf then.
                let known = leaf.is_some();
                if !entry.iter().zip(wanted).all(|(there, wanted)| *there == 0 || (known && *there == wanted)) {
                    return Err(OpenError::StrayLeaf { index });
                }
            }
        }
        first += COMPARED as u64;
    }
    Ok(())
}
