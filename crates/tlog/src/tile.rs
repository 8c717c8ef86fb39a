//! Tiles and entry bundles: how a log is laid out as files (C2SP `tlog-tiles`).
//!
//! A tile is up to 256 consecutive hashes of one level; level `L` holds the hashes of complete subtrees of `256^L`
//! leaves. An entry bundle is the leaves of one tile of level 0, each after its length in two bytes, big-endian.

use std::{fmt, str::FromStr};

use crate::tree::{Hash, HashSource, complete_hash};

/// How many hashes a full tile has, and how many leaves a full bundle.
pub const TILE_WIDTH: u16 = 256;

/// The highest level of a tile that a log can have.
pub const MAX_LEVEL: u8 = 63;

/// What a tile path names: hashes of a level, or the leaves themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TileKind {
    /// The leaves, as an entry bundle.
    Entries,
    /// Hashes of the level named, 0 to 63.
    Level(u8),
}

/// The path of a tile or bundle below a log's prefix, such as `tile/0/x001/x234/067.p/112` or `tile/entries/000`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TilePath {
    kind: TileKind,
    index: u64,
    width: u16,
}

/// Why text is no path of a tile.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TilePathError {
    /// It does not begin with `tile/`.
    #[error("`{0}` does not begin with `tile/`")]
    Prefix(String),
    /// The level is neither `entries` nor a number of 0 to 63 without leading zeroes.
    #[error("the level `{0}` is neither `entries` nor a number from 0 to 63")]
    Level(String),
    /// An element of the index is not three digits, or the wrong ones bear the `x`, or it is too large.
    #[error("the index `{0}` is not written in groups of three digits with an `x` before all but the last")]
    Index(String),
    /// The width of a partial tile is not a number of 1 to 255.
    #[error("the width `{0}` of a partial tile is not a number from 1 to 255")]
    Width(String),
}

impl TilePath {
    /// The tile `index` of a kind with `width` hashes or leaves; `None` unless the width is 1 to 256, the level at most
    /// 63 and the index one that a log of at most 2^64 leaves can have.
    #[must_use]
    pub fn new(kind: TileKind, index: u64, width: u16) -> Option<Self> {
        let level = if let TileKind::Level(level) = kind { level } else { 0 };
        let fits = level <= MAX_LEVEL && (1..=TILE_WIDTH).contains(&width) && index < 1 << 56;
        fits.then_some(Self { kind, index, width })
    }

    /// What it names.
    #[must_use]
    pub fn kind(self) -> TileKind {
        self.kind
    }

    /// Which tile of its level, from 0.
    #[must_use]
    pub fn index(self) -> u64 {
        self.index
    }

    /// How many hashes or leaves it has, 1 to 256.
    #[must_use]
    pub fn width(self) -> u16 {
        self.width
    }

    /// The index of its first hash within the level, or of its first leaf.
    #[must_use]
    pub fn first(self) -> u64 {
        self.index * u64::from(TILE_WIDTH)
    }

    /// The tile `index` of a kind as it stands in a log of `size` leaves; `None` where the log has none.
    #[must_use]
    pub fn in_log(kind: TileKind, index: u64, size: u64) -> Option<Self> {
        let level = if let TileKind::Level(level) = kind { level } else { 0 };
        let have = level_length(level, size).saturating_sub(index.checked_mul(u64::from(TILE_WIDTH))?);
        Self::new(kind, index, u16::try_from(have.min(u64::from(TILE_WIDTH))).ok()?)
    }

    /// Every tile of hashes of a log of `size` leaves, level by level, then its bundles.
    pub fn all(size: u64) -> impl Iterator<Item = Self> {
        let kinds = (0..8).map(TileKind::Level).chain([TileKind::Entries]);
        kinds.flat_map(move |kind| (0..).map_while(move |index| Self::in_log(kind, index, size)))
    }
}

/// How many hashes a level has in a log of `size` leaves.
#[must_use]
pub fn level_length(level: u8, size: u64) -> u64 {
    size.checked_shr(u32::from(level) * 8).unwrap_or(0)
}

impl fmt::Display for TilePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            TileKind::Entries => f.write_str("tile/entries")?,
            TileKind::Level(level) => write!(f, "tile/{level}")?,
        }
        let digits = format!("{:03}", self.index);
        // Left-padding to whole groups of three.
        let padded = format!("{digits:0>width$}", width = digits.len().div_ceil(3) * 3);
        let groups = padded.len() / 3;
        for (number, group) in padded.as_bytes().chunks(3).enumerate() {
            f.write_str(if number + 1 == groups { "/" } else { "/x" })?;
            f.write_str(std::str::from_utf8(group).map_err(|_| fmt::Error)?)?;
        }
        if self.width == TILE_WIDTH { Ok(()) } else { write!(f, ".p/{}", self.width) }
    }
}

impl FromStr for TilePath {
    type Err = TilePathError;

    fn from_str(text: &str) -> Result<Self, TilePathError> {
        let shown = || text.chars().take(120).collect::<String>();
        let rest = text.strip_prefix("tile/").ok_or_else(|| TilePathError::Prefix(shown()))?;
        let (level, rest) = rest.split_once('/').ok_or_else(|| TilePathError::Index(shown()))?;
        let kind = if level == "entries" {
            TileKind::Entries
        } else {
            let number = plain_number(level).and_then(|n| u8::try_from(n).ok()).filter(|n| *n <= MAX_LEVEL);
            TileKind::Level(number.ok_or_else(|| TilePathError::Level(level.chars().take(120).collect()))?)
        };
        let (number, width) = match rest.split_once(".p/") {
            None => (rest, TILE_WIDTH),
            Some((number, width)) => {
                let parsed = plain_number(width).and_then(|n| u16::try_from(n).ok());
                let parsed = parsed.filter(|n| (1..TILE_WIDTH).contains(n));
                (number, parsed.ok_or_else(|| TilePathError::Width(width.chars().take(120).collect()))?)
            }
        };
        let bad = || TilePathError::Index(number.chars().take(120).collect());
        let mut index = 0_u64;
        let groups = number.split('/').count();
        for (at, group) in number.split('/').enumerate() {
            let digits = if at + 1 == groups { Some(group) } else { group.strip_prefix('x') };
            let digits = digits.filter(|d| d.len() == 3 && d.bytes().all(|b| b.is_ascii_digit())).ok_or_else(bad)?;
            let value: u64 = digits.parse().map_err(|_| bad())?;
            index = index.checked_mul(1000).and_then(|i| i.checked_add(value)).ok_or_else(bad)?;
        }
        let path = Self::new(kind, index, width).ok_or_else(bad)?;
        // One tile has one path: `x000/001` is not another name of `001`.
        if path.to_string() == text { Ok(path) } else { Err(bad()) }
    }
}

/// Reads a decimal number without sign or leading zeroes.
pub(crate) fn plain_number(text: &str) -> Option<u64> {
    let plain = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    if plain { text.parse().ok() } else { None }
}

/// Why bytes are not the tile that they should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a tile of {width} hashes has {} bytes, not {have}", u32::from(*.width) * 32)]
pub struct TileError {
    /// How many hashes it should hold.
    pub width: u16,
    /// How many bytes it has.
    pub have: usize,
}

/// Reads a tile of `width` hashes.
///
/// # Errors
/// The bytes are not exactly that many hashes.
pub fn parse_tile(bytes: &[u8], width: u16) -> Result<Vec<Hash>, TileError> {
    if bytes.len() != usize::from(width) * 32 {
        return Err(TileError { width, have: bytes.len() });
    }
    Ok(bytes.chunks_exact(32).filter_map(Hash::from_slice).collect())
}

/// Why bytes are not the entry bundle that they should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BundleError {
    /// The bundle ends within a leaf or its length.
    #[error("the bundle ends at byte {at}, within leaf {entry} of {width}")]
    Truncated {
        /// Which leaf of the bundle, from 0.
        entry: u16,
        /// How many leaves it should hold.
        width: u16,
        /// Where the bytes end.
        at: usize,
    },
    /// Bytes follow the last leaf.
    #[error("{extra} bytes follow the last of {width} leaves, at byte {at}")]
    Trailing {
        /// How many leaves it should hold.
        width: u16,
        /// Where the last leaf ends.
        at: usize,
        /// How many bytes follow.
        extra: usize,
    },
}

/// Reads a bundle of exactly `width` leaves.
///
/// # Errors
/// The bundle is shorter or longer than its leaves.
pub fn parse_bundle(bytes: &[u8], width: u16) -> Result<Vec<&[u8]>, BundleError> {
    let mut rest = bytes;
    let mut entries = Vec::with_capacity(usize::from(width));
    for entry in 0..width {
        let cut = rest.split_first_chunk::<2>().and_then(|(length, tail)| {
            let length = usize::from(u16::from_be_bytes(*length));
            tail.split_at_checked(length)
        });
        let Some((leaf, tail)) = cut else {
            return Err(BundleError::Truncated { entry, width, at: bytes.len() });
        };
        entries.push(leaf);
        rest = tail;
    }
    if rest.is_empty() {
        Ok(entries)
    } else {
        Err(BundleError::Trailing { width, at: bytes.len() - rest.len(), extra: rest.len() })
    }
}

/// A leaf that a log cannot carry.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a leaf has at most 65535 bytes, not {0}")]
pub struct LeafTooLong(pub usize);

/// Appends a leaf to a bundle.
///
/// # Errors
/// The leaf is longer than a bundle can say.
pub fn push_leaf(bundle: &mut Vec<u8>, leaf: &[u8]) -> Result<(), LeafTooLong> {
    let length = u16::try_from(leaf.len()).map_err(|_| LeafTooLong(leaf.len()))?;
    bundle.extend_from_slice(&length.to_be_bytes());
    bundle.extend_from_slice(leaf);
    Ok(())
}

/// Where tiles come from; the whole tile or its beginning.
pub trait TileSource {
    /// Why a tile could not be had.
    type Error;

    /// The hashes of a tile, exactly `path.width()` of them.
    ///
    /// # Errors
    /// The source cannot give it.
    fn tile(&self, path: TilePath) -> Result<Vec<Hash>, Self::Error>;
}

/// The tree of a log of `size` leaves, read from its tiles.
///
/// What it gives is only as good as the tiles: a caller checks the proof it makes against a signed root.
#[derive(Clone, Copy, Debug)]
pub struct TileTree<'a, S: ?Sized> {
    /// Where the tiles come from.
    pub source: &'a S,
    /// How many leaves the log has.
    pub size: u64,
}

/// Why a hash could not be read from tiles.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TileTreeError<E: std::error::Error + 'static> {
    /// The source could not give the tile.
    #[error("tile `{0}` cannot be read")]
    Tile(TilePath, #[source] E),
    /// The log has no such complete subtree, or the tile is too narrow.
    #[error("a log of {size} leaves has no complete subtree {index} of level {level}")]
    Missing {
        /// The level asked for.
        level: u8,
        /// The index asked for.
        index: u64,
        /// The size of the log.
        size: u64,
    },
}

impl<S: TileSource + ?Sized> HashSource for TileTree<'_, S>
where
    S::Error: std::error::Error + 'static,
{
    type Error = TileTreeError<S::Error>;

    fn hash(&self, level: u8, index: u64) -> Result<Hash, Self::Error> {
        let missing = || TileTreeError::Missing { level, index, size: self.size };
        let (tile_level, within) = (level / 8, level % 8);
        let first = index.checked_shl(u32::from(within)).filter(|f| f >> within == index).ok_or_else(missing)?;
        let width = u64::from(TILE_WIDTH);
        let path = TilePath::in_log(TileKind::Level(tile_level), first / width, self.size).ok_or_else(missing)?;
        let hashes = self.source.tile(path).map_err(|error| TileTreeError::Tile(path, error))?;
        let from = usize::try_from(first % width).map_err(|_| missing())?;
        let row = hashes.get(from..from + (1 << within)).ok_or_else(missing)?;
        complete_hash(row).ok_or_else(missing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_written_as_the_specification_writes_it() {
        let path = |kind, index, width| TilePath::new(kind, index, width).unwrap().to_string();
        assert_eq!(path(TileKind::Level(0), 0, 256), "tile/0/000");
        assert_eq!(path(TileKind::Level(3), 1_234_067, 256), "tile/3/x001/x234/067");
        assert_eq!(path(TileKind::Entries, 273, 112), "tile/entries/273.p/112");
        assert_eq!(path(TileKind::Level(63), 1000, 1), "tile/63/x001/000.p/1");
    }

    #[test]
    fn a_path_that_is_not_the_one_path_of_its_tile_is_refused() {
        for bad in [
            "",
            "tile",
            "tile/",
            "tile/0",
            "tile/0/",
            "tile/00/000",
            "tile/64/000",
            "tile/+1/000",
            "tile/-1/000",
            "tile/0/00",
            "tile/0/0000",
            "tile/0/x000/001",
            "tile/0/x001",
            "tile/0/001/x000",
            "tile/0/000.p/0",
            "tile/0/000.p/256",
            "tile/0/000.p/01",
            "tile/0/000.p/",
            "tile/0/000.p/1/",
            "tile/0/000/",
            "/tile/0/000",
            "tile/data/000",
            "tile/0/٣٣٣",
            "tile/0/x999/x999/x999/x999/x999/x999/999",
            "tile/entries/000.p/1.p/1",
        ] {
            assert!(bad.parse::<TilePath>().is_err(), "`{bad}` was read");
        }
    }

    #[test]
    fn the_tiles_of_the_specification_s_example_are_the_ones_listed() {
        let all: Vec<String> = TilePath::all(70_000).map(|path| path.to_string()).collect();
        let of = |prefix: &str| all.iter().filter(|path| path.starts_with(prefix)).count();
        assert_eq!((of("tile/0/"), of("tile/1/"), of("tile/2/"), of("tile/3/")), (274, 2, 1, 0));
        assert!(all.contains(&"tile/0/273.p/112".into()));
        assert!(all.contains(&"tile/1/001.p/17".into()));
        assert!(all.contains(&"tile/2/000.p/1".into()));
        assert_eq!(of("tile/entries/"), 274);
    }

    #[test]
    fn a_bundle_is_read_to_its_last_byte() {
        let mut bytes = Vec::new();
        for leaf in [&b"one"[..], b"", b"three"] {
            push_leaf(&mut bytes, leaf).unwrap();
        }
        assert_eq!(parse_bundle(&bytes, 3).unwrap(), [&b"one"[..], b"", b"three"]);
        assert_eq!(parse_bundle(&bytes, 2), Err(BundleError::Trailing { width: 2, at: 7, extra: 7 }));
        assert_eq!(parse_bundle(&bytes, 4), Err(BundleError::Truncated { entry: 3, width: 4, at: 14 }));
        for cut in 0..bytes.len() {
            assert!(parse_bundle(&bytes[..cut], 3).is_err());
        }
        assert_eq!(push_leaf(&mut Vec::new(), &vec![0; 65_536]), Err(LeafTooLong(65_536)));
    }
}
