//! Vectors that others published, and randomness that is the same in each run.
//!
//! The vectors lie outside the repository, in the folder that `VOUCHSAFE_DATA` names or `../shared/data`; without it the
//! tests that need them say so and pass, while the twins in `testdata/seal` always run.

use std::{
    fs,
    path::{Path, PathBuf},
};

use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng as _};
use serde_json::Value;

/// The same stream in each run.
pub fn rng(seed: u64) -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(seed)
}

/// A folder or file of the shared vectors, if it is there.
pub fn published(path: &str) -> Option<PathBuf> {
    let data = std::env::var_os("VOUCHSAFE_DATA")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"), PathBuf::from);
    let found = data.join("crypto").join(path);
    if found.exists() {
        return Some(found);
    }
    println!("skipped: shared data not found");
    None
}

/// A file of vectors in JSON, packed or not.
pub fn json(path: &str) -> Option<Value> {
    let found = published(path)?;
    let bytes = fs::read(&found).unwrap();
    let text = if path.ends_with(".zst") { zstd::decode_all(bytes.as_slice()).unwrap() } else { bytes };
    Some(serde_json::from_slice(&text).unwrap())
}

/// Bytes written as hexadecimal digits in a field.
pub fn hex(value: &Value, field: &str) -> Vec<u8> {
    hex::decode(value[field].as_str().unwrap_or_else(|| panic!("no `{field}` in {value}"))).unwrap()
}

/// A vector as CCTV and we write them: lines `key: value`, an empty line, bytes.
pub struct Vector {
    lines: Vec<(String, String)>,
    pub data: Vec<u8>,
}

impl Vector {
    pub fn read(path: &Path) -> Self {
        let bytes = fs::read(path).unwrap();
        let mut lines = Vec::new();
        let mut rest = bytes.as_slice();
        loop {
            let end = rest.iter().position(|byte| *byte == b'\n').unwrap();
            let line = std::str::from_utf8(&rest[..end]).unwrap();
            rest = &rest[end + 1..];
            let Some((key, value)) = line.split_once(": ") else {
                assert!(line.is_empty(), "{}: `{line}`", path.display());
                return Self { lines, data: rest.to_vec() };
            };
            lines.push((key.to_owned(), value.to_owned()));
        }
    }

    pub fn all(&self, key: &str) -> impl Iterator<Item = &str> {
        self.lines.iter().filter(move |(name, _)| name == key).map(|(_, value)| value.as_str())
    }

    pub fn get(&self, key: &str) -> Option<&str> {
        self.all(key).next()
    }
}

/// The files of a folder, in order.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}
