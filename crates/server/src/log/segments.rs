//! The leaves and hashes of the log, packed: one file for the leaves and one for each level of tiles.
//!
//! `entries` is every leaf after its length, so that any bundle of C2SP `tlog-tiles` is a range of its bytes; since leaves
//! have one length (decisions 15) the range follows from the index. `level-L` is every hash of level `L`, so that any tile,
//! full or partial, is a range too. Few files mean few calls to make a batch durable, and writing over blocks that exist
//! already spares the file system's own journal: files grow by whole steps of zeroes, appended and never written over
//! anything. What lies beyond the size that the store's checkpoint names is left from a crash and is written over, once the
//! sequencer has found that it is nothing but what the store holds at those places.

use std::{io, sync::Arc};

use tlog::{
    Hash, HashSource, Range, TilePath,
    tile::{TileKind, TileSource, TileTree, TileTreeError, level_length, push_leaf},
    tree::{RunProof, leaf_hash, peaks, prove_consistency, prove_inclusion, prove_run},
};

use super::disk::Disk;

/// The length of every leaf: a commitment.
pub const LEAF_BYTES: usize = 32;

/// A leaf in the file, after its length in two bytes.
pub(super) const ENTRY_BYTES: u64 = 34;

/// The leaves.
pub(super) const ENTRIES: &str = "entries";

/// How many levels of tiles 64-bit sizes can have.
const LEVELS: u8 = 8;

/// Files grow by this much at first and then by an eighth of themselves, up to the largest step.
const SMALLEST_STEP: u64 = 64 << 10;
const LARGEST_STEP: u64 = 16 << 20;

fn level_file(level: u8) -> String {
    format!("level-{level}")
}

/// Every file that a log can have: the leaves, and the levels.
pub(super) fn files() -> impl Iterator<Item = String> {
    std::iter::once(ENTRIES.to_owned()).chain((0..LEVELS).map(level_file))
}

/// Why the files cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SegmentError {
    /// A file cannot be read or written.
    #[error("the log's file `{file}` cannot be {verb}")]
    File {
        /// The file's name.
        file: String,
        /// What was tried.
        verb: &'static str,
        /// What the file system says.
        #[source]
        source: io::Error,
    },
    /// A file is shorter than the log.
    #[error(
        "the log's file `{file}` has {have} bytes, and a log of {size} leaves needs {want}: restore the log's folder"
    )]
    Short {
        /// The file's name.
        file: String,
        /// The size of the log.
        size: u64,
        /// How many bytes it must have at least.
        want: u64,
        /// How many it has.
        have: u64,
    },
    /// The hashes in the files do not make up a tree.
    #[error("the log's files hold no tree of {size} leaves: restore the log's folder")]
    Tree {
        /// The size of the log.
        size: u64,
    },
    /// The file's own words at a leaf are wrong.
    #[error("leaf {index} in the log's file `entries` is not preceded by its length")]
    Length {
        /// The leaf.
        index: u64,
    },
}

fn failed(file: &str, verb: &'static str) -> impl FnOnce(io::Error) -> SegmentError {
    let file = file.to_owned();
    move |source| SegmentError::File { file, verb, source }
}

/// The log's files as tiles.
#[derive(Clone, Copy)]
pub struct Tiles<'a>(pub &'a dyn Disk);

impl TileSource for Tiles<'_> {
    type Error = SegmentError;

    fn tile(&self, path: TilePath) -> Result<Vec<Hash>, SegmentError> {
        Ok(self.bytes(path)?.chunks_exact(32).filter_map(Hash::from_slice).collect())
    }
}

impl Tiles<'_> {
    /// The bytes of a tile or bundle, as they are served.
    ///
    /// # Errors
    /// The file cannot be read or is too short.
    pub fn bytes(&self, path: TilePath) -> Result<Vec<u8>, SegmentError> {
        let (file, each) = match path.kind() {
            TileKind::Entries => (ENTRIES.to_owned(), ENTRY_BYTES),
            TileKind::Level(level) => (level_file(level), 32),
        };
        let length = usize::from(path.width()) * usize::try_from(each).unwrap_or_default();
        self.0.read_at(&file, path.first() * each, length).map_err(failed(&file, "read"))
    }

    /// The head of the tree of `size` leaves, from its complete subtrees.
    ///
    /// # Errors
    /// The files cannot be read or are too short.
    pub fn range(&self, size: u64) -> Result<Range, SegmentError> {
        let tree = TileTree { source: self, size };
        let mut at = 0;
        let mut hashes = Vec::new();
        for level in peaks(size) {
            hashes.push(tree.hash(level, at >> level).map_err(plain)?);
            at += 1 << level;
        }
        Range::from_peaks(size, hashes).map_err(|_| SegmentError::Tree { size })
    }

    /// The consistency proof between two sizes of the log.
    ///
    /// # Errors
    /// The files cannot be read or are too short.
    pub fn consistency(&self, old: u64, new: u64) -> Result<Vec<Hash>, SegmentError> {
        prove_consistency(&TileTree { source: self, size: new }, old, new).map_err(plain)
    }

    /// The proof of a run of leaves at a size of the log.
    ///
    /// # Errors
    /// The files cannot be read or are too short.
    pub fn run(&self, first: u64, end: u64, size: u64) -> Result<RunProof, SegmentError> {
        prove_run(&TileTree { source: self, size }, first, end, size).map_err(plain)
    }

    /// The inclusion proof of a leaf at a size of the log.
    ///
    /// # Errors
    /// The files cannot be read or are too short.
    pub fn inclusion(&self, index: u64, size: u64) -> Result<Vec<Hash>, SegmentError> {
        prove_inclusion(&TileTree { source: self, size }, index, size).map_err(plain)
    }
}

fn plain(error: TileTreeError<SegmentError>) -> SegmentError {
    match error {
        TileTreeError::Tile(_, source) => source,
        TileTreeError::Missing { size, .. } => SegmentError::Tree { size },
    }
}

/// The log's files, to append to.
pub struct Segments {
    disk: Arc<dyn Disk>,
    range: Range,
}

impl Segments {
    /// Takes up the files at the size that the newest checkpoint names; what lies beyond is passed over.
    ///
    /// # Errors
    /// A file cannot be read or is shorter than that size needs.
    pub fn open(disk: Arc<dyn Disk>, size: u64) -> Result<Self, SegmentError> {
        let check = |file: &str, want: u64| {
            let have = disk.length(file).map_err(failed(file, "read"))?.unwrap_or(0);
            if have < want { Err(SegmentError::Short { file: file.to_owned(), size, want, have }) } else { Ok(()) }
        };
        check(ENTRIES, size * ENTRY_BYTES)?;
        for level in 0..LEVELS {
            check(&level_file(level), level_length(level, size) * 32)?;
        }
        let range = Tiles(&*disk).range(size)?;
        Ok(Self { disk, range })
    }

    /// The tree as it stands on disk.
    #[must_use]
    pub fn range(&self) -> &Range {
        &self.range
    }

    /// The files as tiles.
    #[must_use]
    pub fn tiles(&self) -> Tiles<'_> {
        Tiles(&*self.disk)
    }

    /// Appends leaves; on return they and every new hash are durable.
    ///
    /// # Errors
    /// A file could not be written or made durable. The tree stays as it was, and the same leaves may be appended again
    /// once the files have been opened anew.
    pub fn append(&mut self, leaves: &[[u8; LEAF_BYTES]]) -> Result<(), SegmentError> {
        let before = self.range.size();
        let mut range = self.range.clone();
        let mut entries = Vec::with_capacity(leaves.len() * 34);
        let mut levels: Vec<Vec<u8>> = vec![Vec::new(); usize::from(LEVELS)];
        for (index, leaf) in (before..).zip(leaves) {
            push_leaf(&mut entries, leaf).map_err(|_| SegmentError::Length { index })?;
            range.append(leaf_hash(leaf), |level, _, hash| {
                if level % 8 == 0
                    && let Some(bytes) = levels.get_mut(usize::from(level / 8))
                {
                    bytes.extend_from_slice(&hash.0);
                }
            });
        }
        let mut written = Vec::new();
        self.write(ENTRIES.to_owned(), before * ENTRY_BYTES, &entries, &mut written)?;
        for (level, bytes) in (0..LEVELS).zip(&levels) {
            let at = level_length(level, before) * 32;
            self.write(level_file(level), at, bytes, &mut written)?;
        }
        for file in written {
            self.disk.sync(&file).map_err(failed(&file, "made durable"))?;
        }
        self.range = range;
        Ok(())
    }

    fn write(&self, file: String, at: u64, bytes: &[u8], written: &mut Vec<String>) -> Result<(), SegmentError> {
        if bytes.is_empty() {
            return Ok(());
        }
        let end = at + bytes.len() as u64;
        let have = self.disk.length(&file).map_err(failed(&file, "read"))?.unwrap_or(0);
        if end > have {
            // A level above the lowest grows slowly; a small step is enough for long.
            let step = (have / 8).clamp(SMALLEST_STEP, LARGEST_STEP);
            self.disk.grow(&file, (end - have).next_multiple_of(step)).map_err(failed(&file, "written"))?;
        }
        self.disk.write_at(&file, at, bytes).map_err(failed(&file, "written"))?;
        written.push(file);
        Ok(())
    }
}
