//! What the log serves, by path and without HTTP: checkpoint, tiles, entry bundles, keys, and proofs of single leaves.
//!
//! Paths are those of C2SP `tlog-tiles` below the log's prefix; `log.vkey` and `proof/INDEX` (a `tlog-proof`, made from the
//! tiles and checked against the checkpoint before it is given out) are ours. Nothing is served beyond the published
//! checkpoint: what lies further in the files is not signed yet.

use tlog::{
    Checkpoint, InclusionReceipt, SignedCheckpoint, TilePath,
    tile::{TileKind, level_length},
    tree::{leaf_hash, verify_inclusion},
};

use super::{
    disk::Disk,
    segments::{LEAF_BYTES, SegmentError, Tiles},
};

/// The file of the published checkpoint.
pub const CHECKPOINT: &str = "checkpoint";

/// No checkpoint of ours is longer; one with a hundred witnesses' signatures is not either.
pub(super) const LONGEST_CHECKPOINT: u64 = 1_000_000;

/// Something to serve.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// Their `Content-Type`.
    pub content_type: &'static str,
    /// Whether the path will always give these bytes, so that they may be kept.
    pub immutable: bool,
}

/// Why there is nothing to serve.
#[derive(Debug, thiserror::Error)]
pub enum ResourceError {
    /// There is nothing under that path, or not yet.
    #[error("the log has nothing at `{0}`")]
    NotFound(String),
    /// The files cannot be read or do not hold what the checkpoint says.
    #[error("the log's files cannot be read or do not hold what its checkpoint says")]
    Damaged(#[source] Box<dyn std::error::Error + Send + Sync>),
}

fn damaged(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> ResourceError {
    ResourceError::Damaged(error.into())
}

const TEXT: &str = "text/plain; charset=utf-8";
const BYTES: &str = "application/octet-stream";

/// What the log serves under a path without a leading slash.
///
/// # Errors
/// Nothing is there, or the files are damaged.
pub fn resource(disk: &dyn Disk, path: &str) -> Result<Resource, ResourceError> {
    let not_found = || ResourceError::NotFound(path.chars().take(120).collect());
    let whole = |file: &str| disk.read(file, LONGEST_CHECKPOINT).map_err(damaged)?.ok_or_else(not_found);
    if path == CHECKPOINT || path == "log.vkey" {
        return Ok(Resource { bytes: whole(path)?, content_type: TEXT, immutable: path != CHECKPOINT });
    }
    let signed = || SignedCheckpoint::parse(&whole(CHECKPOINT)?).map_err(damaged);
    if let Some(index) = path.strip_prefix("proof/") {
        let index: u64 = index.parse().ok().filter(|i: &u64| i.to_string() == index).ok_or_else(not_found)?;
        let signed = signed()?;
        if index >= signed.checkpoint().size() {
            return Err(not_found());
        }
        let bytes = receipt(disk, signed, index)?.to_string().into_bytes();
        return Ok(Resource { bytes, content_type: TEXT, immutable: false });
    }
    let path: TilePath = path.parse().map_err(|_| not_found())?;
    let level = if let TileKind::Level(level) = path.kind() { level } else { 0 };
    let size = signed()?.checkpoint().size();
    if path.first() + u64::from(path.width()) > level_length(level, size) {
        return Err(not_found());
    }
    let bytes = Tiles(disk).bytes(path).map_err(damaged)?;
    Ok(Resource { bytes, content_type: BYTES, immutable: true })
}

fn receipt(disk: &dyn Disk, signed: SignedCheckpoint, index: u64) -> Result<InclusionReceipt, ResourceError> {
    let checkpoint: &Checkpoint = signed.checkpoint();
    let path = Tiles(disk).inclusion(index, checkpoint.size()).map_err(damaged)?;
    let leaf = leaf(disk, index).map_err(damaged)?;
    verify_inclusion(&path, index, checkpoint.size(), leaf_hash(&leaf), checkpoint.root()).map_err(damaged)?;
    Ok(InclusionReceipt { extra: None, index, path, checkpoint: signed })
}

/// Reads one leaf of the log.
pub(super) fn leaf(disk: &dyn Disk, index: u64) -> Result<[u8; LEAF_BYTES], SegmentError> {
    let length = || SegmentError::Length { index };
    let path = TilePath::new(TileKind::Entries, index / 256, u16::try_from(index % 256 + 1).map_err(|_| length())?);
    let bundle = Tiles(disk).bytes(path.ok_or_else(length)?)?;
    let leaf = bundle.last_chunk::<{ LEAF_BYTES + 2 }>().and_then(|entry| entry.strip_prefix(&[0, 32]));
    leaf.and_then(|leaf| leaf.try_into().ok()).ok_or_else(length)
}
