//! Reading packs of `testdata/law` and `packs`.

use std::{
    fs,
    path::{Path, PathBuf},
};

use law::{Pack, PackFiles};

pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

pub fn files(folder: &Path) -> PackFiles {
    let mut files = PackFiles::default();
    walk(folder, "", &mut files);
    files
}

fn walk(folder: &Path, prefix: &str, files: &mut PackFiles) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = format!("{prefix}{}", entry.file_name().into_string().unwrap());
        if entry.path().is_dir() {
            walk(&entry.path(), &format!("{name}/"), files);
        } else {
            files.0.insert(name, fs::read(entry.path()).unwrap());
        }
    }
}

pub fn good_files() -> PackFiles {
    files(&root().join("testdata/law/good"))
}

pub fn good() -> Pack {
    Pack::load(&good_files()).unwrap_or_else(|error| panic!("{error}"))
}

/// The good pack with a text of one file replaced by another.
pub fn edited(file: &str, from: &str, to: &str) -> PackFiles {
    let mut files = good_files();
    let text = String::from_utf8(files.0[file].clone()).unwrap();
    assert!(text.contains(from), "{file} does not contain {from:?}");
    files.0.insert(file.to_owned(), text.replacen(from, to, 1).into_bytes());
    files
}
