//! Rebuilds the log's files from the record when they are lost or are not the tree that was signed.
//!
//! The files are trusted for nothing: every leaf is in the store, and the store's checkpoint signs the root that they must
//! have. A new set is written beside the old one, is made durable, and takes its place only if its root is the signed one. A
//! file says when all of the set is there, so that a crash among the renames is finished at the next opening; a crash before
//! leaves the old files as they were.
//!
//! Opening looks at the lengths and at the hashes that make up the root, so it does not find every damage; `vouchsafe verify`
//! does, and a file that is moved away is rebuilt.

use std::{io, sync::Arc};

use tlog::Checkpoint;

use super::{
    disk::{Disk, Hold},
    segments::{SegmentError, Segments, files},
    sequencer::{Leaves, OpenError},
};

/// How many leaves are taken from the store at a time.
const BATCH: u64 = 65_536;

/// While this file is there, the new set is whole and durable, and takes the old one's place.
const WHOLE: &str = "rebuilt";

/// The name that a file of the new set has until then.
fn beside(file: &str) -> String {
    format!("{file}.rebuilt")
}

/// Opens the files at the signed head, rebuilding them if they are not its tree; says whether they were rebuilt.
pub(super) fn open(
    disk: &Arc<dyn Disk>,
    leaves: &dyn Leaves,
    head: Option<&Checkpoint>,
) -> Result<(Segments, bool), OpenError> {
    let size = head.map_or(0, Checkpoint::size);
    let failed = |source| OpenError::Files { size, source };
    finish(&**disk).map_err(failed)?;
    let is_signed = |segments: &Segments| head.is_none_or(|head| segments.range().root() == head.root());
    match Segments::open(Arc::clone(disk), size) {
        Ok(segments) if is_signed(&segments) => return Ok((segments, false)),
        Ok(_) | Err(SegmentError::Short { .. } | SegmentError::Tree { .. } | SegmentError::Length { .. }) => {}
        // A disk that cannot be read is no place to write to.
        Err(error) => return Err(failed(error)),
    }
    tracing::warn!(size, "the log's files are not the signed tree; rebuilding them from the record");
    for file in files() {
        remove(&**disk, &beside(&file)).map_err(failed)?;
    }
    let mut new = Segments::open(Arc::new(Beside(Arc::clone(disk))), 0).map_err(failed)?;
    while new.range().size() < size {
        let at = new.range().size();
        let batch = leaves.leaves(at, usize::try_from(BATCH.min(size - at)).unwrap_or(usize::MAX))?;
        if batch.is_empty() {
            break;
        }
        new.append(&batch).map_err(failed)?;
    }
    if new.range().size() != size || !is_signed(&new) {
        return Err(OpenError::OtherTree { size });
    }
    let written = |source| failed(SegmentError::File { file: WHOLE.to_owned(), verb: "written", source });
    disk.replace(WHOLE, b"The files *.rebuilt are whole; opening the log puts them in their places.\n")
        .map_err(written)?;
    finish(&**disk).map_err(failed)?;
    let segments = Segments::open(Arc::clone(disk), size).map_err(failed)?;
    if is_signed(&segments) { Ok((segments, true)) } else { Err(OpenError::OtherTree { size }) }
}

/// Puts a new set that is whole in the place of the old files.
fn finish(disk: &dyn Disk) -> Result<(), SegmentError> {
    if !there(disk, WHOLE)? {
        return Ok(());
    }
    for file in files() {
        let new = beside(&file);
        if there(disk, &new)? {
            let failed = |source| SegmentError::File { file: new.clone(), verb: "renamed", source };
            disk.rename(&new, &file).map_err(failed)?;
        }
    }
    remove(disk, WHOLE)
}

fn there(disk: &dyn Disk, file: &str) -> Result<bool, SegmentError> {
    let length = disk.length(file);
    Ok(length.map_err(|source| SegmentError::File { file: file.to_owned(), verb: "read", source })?.is_some())
}

fn remove(disk: &dyn Disk, file: &str) -> Result<(), SegmentError> {
    if there(disk, file)? {
        disk.remove(file).map_err(|source| SegmentError::File { file: file.to_owned(), verb: "removed", source })?;
    }
    Ok(())
}

/// The same folder, in which every file bears the name that it has while it is new.
struct Beside(Arc<dyn Disk>);

impl Disk for Beside {
    fn length(&self, file: &str) -> io::Result<Option<u64>> {
        self.0.length(&beside(file))
    }

    fn read(&self, file: &str, most: u64) -> io::Result<Option<Vec<u8>>> {
        self.0.read(&beside(file), most)
    }

    fn read_at(&self, file: &str, offset: u64, bytes: usize) -> io::Result<Vec<u8>> {
        self.0.read_at(&beside(file), offset, bytes)
    }

    fn write_at(&self, file: &str, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.0.write_at(&beside(file), offset, bytes)
    }

    fn grow(&self, file: &str, zeroes: u64) -> io::Result<()> {
        self.0.grow(&beside(file), zeroes)
    }

    fn sync(&self, file: &str) -> io::Result<()> {
        self.0.sync(&beside(file))
    }

    fn replace(&self, file: &str, bytes: &[u8]) -> io::Result<()> {
        self.0.replace(&beside(file), bytes)
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.0.rename(&beside(from), &beside(to))
    }

    fn remove(&self, file: &str) -> io::Result<()> {
        self.0.remove(&beside(file))
    }

    fn hold(&self) -> io::Result<Option<Hold>> {
        self.0.hold()
    }
}
