//! Walks through a log from its first leaf to its last, computing every hash and comparing every tile.
//!
//! Memory does not grow with the log: one bundle, one tile of each level, and the compact range. Only heads whose
//! signatures hold come here; even so a log ends at [`MOST_LEAVES`], and the walk where too much does not hold.

use tlog::{
    Checkpoint, Hash, Range, TilePath,
    tile::{TILE_WIDTH, TileKind, parse_bundle, parse_tile},
    tree::leaf_hash,
};

use super::{
    Faults, MOST_LEAVES,
    source::{Source, SourceError},
};

/// What was walked through.
#[derive(Clone, Debug, Default)]
pub(super) struct Walked {
    pub leaves: u64,
    pub tiles: u64,
    /// The places of heads whose root is that of the log.
    pub roots: Vec<String>,
    /// The last leaf was reached.
    pub whole: bool,
}

/// The hashes of one level that are not compared with their tile yet.
#[derive(Default)]
struct Level {
    tile: u64,
    hashes: Vec<Hash>,
}

/// Walks to the largest of `heads` (sorted by size), checks the root at each of them, and gives each leaf to `each`.
pub(super) fn walk(
    source: &Source,
    heads: &[(String, Checkpoint)],
    faults: &mut Faults,
    mut each: impl FnMut(u64, &[u8], &mut Faults),
) -> Result<Walked, SourceError> {
    let size = heads.last().map_or(0, |(_, head)| head.size());
    let mut walked = Walked::default();
    let mut range = Range::new();
    if size > MOST_LEAVES {
        let what = format!("it claims {size} leaves, and no log of more than {MOST_LEAVES} is walked through");
        faults.add(heads.last().map_or_else(String::new, |(place, _)| place.clone()), what);
        return Ok(walked);
    }
    let mut levels: Vec<Level> = (0..8).map(|_| Level::default()).collect();
    let mut heads = heads.iter().peekable();
    let mut check = |range: &Range, roots: &mut Vec<String>, faults: &mut Faults| {
        while let Some((place, head)) = heads.next_if(|(_, head)| head.size() <= range.size()) {
            let root = range.root();
            if root != head.root() {
                let what = format!("its root {} is not that of the first {} leaves, {root}", head.root(), head.size());
                faults.add(place.clone(), what);
            } else {
                roots.push(place.clone());
            }
        }
    };
    check(&range, &mut walked.roots, faults);
    while let Some(path) = TilePath::in_log(TileKind::Entries, range.size() / u64::from(TILE_WIDTH), size) {
        let Some(bytes) = source.tile(path)? else {
            faults.add(path.to_string(), "it is missing, so nothing after it was checked");
            return Ok(walked);
        };
        let bundle = match parse_bundle(&bytes, path.width()) {
            Ok(bundle) => bundle,
            Err(error) => {
                faults.add(path.to_string(), format!("{error}, so nothing after it was checked"));
                return Ok(walked);
            }
        };
        for leaf in bundle {
            each(range.size(), leaf, faults);
            let mut full = 0;
            range.append(leaf_hash(leaf), |level, _, hash| {
                if level % 8 == 0
                    && let Some(level) = levels.get_mut(usize::from(level / 8))
                {
                    level.hashes.push(hash);
                    full += u8::from(level.hashes.len() == usize::from(TILE_WIDTH));
                }
            });
            walked.leaves += 1;
            check(&range, &mut walked.roots, faults);
            if full > 0 {
                compare(source, &mut levels, true, &mut walked, faults)?;
            }
        }
        if faults.full() {
            faults.add(path.to_string(), "so much does not hold that nothing after it was checked");
            return Ok(walked);
        }
        // Past the last leaf the loop must end even though the last bundle was partial.
        if range.size() >= size {
            break;
        }
    }
    compare(source, &mut levels, false, &mut walked, faults)?;
    walked.whole = true;
    Ok(walked)
}

/// Compares the hashes that were computed with their tiles: full ones only, or what is left.
fn compare(
    source: &Source,
    levels: &mut [Level],
    full_only: bool,
    walked: &mut Walked,
    faults: &mut Faults,
) -> Result<(), SourceError> {
    for (number, level) in (0..).zip(levels.iter_mut()) {
        let width = u16::try_from(level.hashes.len()).unwrap_or(TILE_WIDTH);
        if width == 0 || full_only && width < TILE_WIDTH {
            continue;
        }
        let Some(path) = TilePath::new(TileKind::Level(number), level.tile, width) else { continue };
        walked.tiles += 1;
        let read = match source.tile(path)? {
            None => Err("it is missing".to_owned()),
            Some(bytes) => parse_tile(&bytes, width).map_err(|error| error.to_string()),
        };
        match read {
            Err(what) => faults.add(path.to_string(), what),
            Ok(hashes) => {
                if let Some(at) = hashes.iter().zip(&level.hashes).position(|(there, computed)| there != computed) {
                    let index = path.first() + at as u64;
                    let what = if number == 0 {
                        format!("the hash of leaf {index} is not that of the leaf in the log's entries")
                    } else {
                        format!("hash {at} is not that of tile {index} of the level below")
                    };
                    faults.add(path.to_string(), what);
                }
            }
        }
        level.tile += u64::from(width == TILE_WIDTH);
        level.hashes.clear();
    }
    Ok(())
}
