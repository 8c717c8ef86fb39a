//! Logs that other implementations wrote (Tessera, the Go checksum database, a Sunlight mirror, witness vectors).
//!
//! They lie outside the repository, in the folder that `VOUCHSAFE_DATA` names or `../shared/data`; without it these tests
//! say so and pass, while the twins in `twins` always run the same checks.

use std::{
    fs,
    path::{Path, PathBuf},
};

use tlog::{
    Hash, Range, SignedCheckpoint, TilePath,
    note::NoteError,
    signature::{parse_keys, verify},
    tile::{TileKind, parse_bundle, parse_tile},
    tree::{complete_hash, leaf_hash},
    witness::{AddCheckpoint, AddCheckpointError},
};

/// The folder of published logs, if it is there.
fn published() -> Option<PathBuf> {
    let data = std::env::var_os("VOUCHSAFE_DATA")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"), PathBuf::from);
    let folder = data.join("crypto/tlog");
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: shared data not found");
    None
}

/// Checks a log as it lies in a folder of C2SP files: keys, every checkpoint, every tile and bundle. Gives its leaves.
pub fn check_folder(folder: &Path, keys: &str) -> Vec<Vec<u8>> {
    let keys = parse_keys(keys).unwrap();
    let read = |path: &str| fs::read(folder.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
    let head = SignedCheckpoint::parse(&read("checkpoint")).unwrap();
    assert_eq!(head.to_string().into_bytes(), read("checkpoint"), "written again as it was read");
    assert_eq!(verify(&head, &keys).unwrap().len(), keys.len());
    let size = head.checkpoint().size();

    let mut leaves = Vec::new();
    for path in TilePath::all(size).filter(|path| path.kind() == TileKind::Entries) {
        let bytes = read(&path.to_string());
        leaves.extend(parse_bundle(&bytes, path.width()).unwrap().into_iter().map(<[u8]>::to_vec));
    }
    let mut levels: Vec<Vec<Hash>> = vec![Vec::new(); 8];
    let mut roots = vec![Range::new().root()];
    let mut range = Range::new();
    for leaf in &leaves {
        range.append(leaf_hash(leaf), |level, _, hash| {
            if level % 8 == 0 {
                levels[usize::from(level / 8)].push(hash);
            }
        });
        roots.push(range.root());
    }
    for path in TilePath::all(size) {
        let TileKind::Level(level) = path.kind() else { continue };
        let hashes = parse_tile(&read(&path.to_string()), path.width()).unwrap();
        let first = usize::try_from(path.first()).unwrap();
        assert_eq!(hashes, levels[usize::from(level)][first..first + hashes.len()], "{path}");
    }
    assert_eq!(roots[usize::try_from(size).unwrap()], head.checkpoint().root());
    for old in 0..=size {
        let Ok(bytes) = fs::read(folder.join(format!("checkpoint.{old}"))) else { continue };
        let checkpoint = SignedCheckpoint::parse(&bytes).unwrap();
        verify(&checkpoint, &keys).unwrap();
        assert_eq!(checkpoint.checkpoint().size(), old);
        assert_eq!(checkpoint.checkpoint().root(), roots[usize::try_from(old).unwrap()], "root at size {old}");
    }
    leaves
}

#[test]
fn the_log_of_tessera_verifies_at_every_size() {
    let Some(folder) = published() else { return };
    let keys = fs::read_to_string(folder.join("tessera/log.vkey")).unwrap();
    let log = folder.join("tessera/log");
    let leaves = check_folder(&log, &keys);
    assert_eq!(leaves.len(), 15);
    for old in 0..=15_usize {
        assert!(log.join(format!("checkpoint.{old}")).exists());
        let Some(path) = TilePath::in_log(TileKind::Entries, 0, old as u64) else { continue };
        let bundle = fs::read(log.join(path.to_string())).unwrap();
        assert_eq!(parse_bundle(&bundle, path.width()).unwrap(), leaves[..old]);
        let path = TilePath::in_log(TileKind::Level(0), 0, old as u64).unwrap();
        let tile = parse_tile(&fs::read(log.join(path.to_string())).unwrap(), path.width()).unwrap();
        assert_eq!(tile, leaves[..old].iter().map(|leaf| leaf_hash(leaf)).collect::<Vec<_>>());
    }
}

#[test]
fn the_checkpoint_of_the_go_checksum_database_verifies() {
    let Some(folder) = published() else { return };
    let keys = parse_keys(&fs::read_to_string(folder.join("sumdb/vkey")).unwrap()).unwrap();
    let bytes = fs::read(folder.join("sumdb/checkpoint")).unwrap();
    let checkpoint = SignedCheckpoint::parse(&bytes).unwrap();
    verify(&checkpoint, &keys).unwrap();
    assert_eq!(checkpoint.checkpoint().origin(), "go.sum database tree");
    assert_eq!(checkpoint.checkpoint().size(), 35_225_469);
    let mut refused = 0;
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        let read = SignedCheckpoint::parse(&changed).map(|checkpoint| verify(&checkpoint, &keys).is_ok());
        assert_ne!(read, Ok(true), "changed at byte {at}");
        refused += 1;
    }
    assert_eq!(refused, bytes.len());
}

#[test]
fn the_root_of_the_mirror_follows_from_its_tiles() {
    let Some(folder) = published() else { return };
    let log = folder.join("mirror-300");
    let head = SignedCheckpoint::parse(&fs::read(log.join("checkpoint")).unwrap()).unwrap();
    assert_eq!(head.checkpoint().size(), 300);
    let tile = |path: TilePath| parse_tile(&fs::read(log.join(path.to_string())).unwrap(), path.width()).unwrap();
    let mut range = Range::new();
    for path in TilePath::all(300).filter(|path| path.kind() == TileKind::Level(0)) {
        tile(path).into_iter().for_each(|hash| range.append(hash, |_, _, _| {}));
    }
    assert_eq!(range.root(), head.checkpoint().root());
    let above = tile(TilePath::in_log(TileKind::Level(1), 0, 300).unwrap());
    let below = tile(TilePath::in_log(TileKind::Level(0), 0, 300).unwrap());
    assert_eq!(above, [complete_hash(&below).unwrap()]);
}

/// What a witness that knows the log would answer, as far as form and proof decide it; signatures are not checked, since
/// the vectors do not carry the log's key.
fn answer(request: &[u8], origin: &str, seen: &mut (u64, Hash)) -> u16 {
    let request = match AddCheckpoint::parse(request) {
        Ok(request) => request,
        Err(AddCheckpointError::Checkpoint(tlog::checkpoint::CheckpointError::Note(NoteError::Base64 { .. }))) => {
            return 403;
        }
        Err(_) => return 400,
    };
    let checkpoint = request.checkpoint.checkpoint();
    if checkpoint.origin() != origin {
        return 404;
    }
    if request.old > checkpoint.size() {
        return 400;
    }
    if request.old != seen.0 {
        return 409;
    }
    if request.verify(seen.1).is_err() {
        return 422;
    }
    *seen = (checkpoint.size(), checkpoint.root());
    200
}

#[test]
fn requests_to_witnesses_are_answered_as_their_vectors_say() {
    let Some(folder) = published() else { return };
    let text = fs::read_to_string(folder.join("witness_add_checkpoint_vectors.json")).unwrap();
    let vectors: Vec<(String, String, u16, String)> = serde_json::from_str(&text).unwrap();
    let origin = "sigsum.org/v1/tree/4d6d8825a6bb689d459628312889dfbb0bcd41b5211d9e1ce768b0ff0309e562";
    let mut seen = (0, Range::new().root());
    for (name, request, want, _) in &vectors {
        assert_eq!(answer(request.as_bytes(), origin, &mut seen), *want, "{name}");
    }
    assert_eq!(vectors.len(), 11);
    assert_eq!(seen.0, 5);
}
