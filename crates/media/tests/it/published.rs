//! Photos, films and documents that others published to test readers of metadata.
//!
//! They lie outside the repository, in the folder that `VOUCHSAFE_DATA` names or `../shared/data`; without it these tests
//! print that they were skipped. What is expected of each is in `testdata/media/published.txt`.

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use media::CleanError;

use crate::{
    cleaned,
    tools::{EXIFTOOL, FFMPEG, HEIF_CONVERT, frames, have, identifying, run},
};

fn published() -> Option<PathBuf> {
    let data = env::var_os("VOUCHSAFE_DATA")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"), PathBuf::from);
    let media = data.join("media");
    if media.exists() {
        return Some(media);
    }
    println!("skipped: there is no {}", media.display());
    None
}

/// The files by name, without the two that tell of them.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names
        .filter(|name| !name.ends_with(".csv") && !name.ends_with(".json"))
        .map(|name| {
            let bytes = fs::read(folder.join(&name)).unwrap();
            (name, bytes)
        })
        .collect()
}

fn expected() -> BTreeMap<String, String> {
    let text = include_str!("../../../../testdata/media/published.txt");
    let lines = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    lines
        .map(|line| {
            let (class, name) = line.split_once(' ').expect("a class and a name");
            (name.trim().to_owned(), class.to_owned())
        })
        .collect()
}

fn class(file: &[u8]) -> String {
    match cleaned(file) {
        Ok(_) => "cleaned",
        Err(CleanError::NotRecognised) => "not-recognised",
        Err(CleanError::Broken { .. }) => "broken",
        Err(CleanError::Hostile { .. }) => "hostile",
        Err(CleanError::CannotBeCleaned { .. }) => "cannot-be-cleaned",
        Err(CleanError::Unread(_)) => "unread",
    }
    .to_owned()
}

#[test]
fn each_published_file_has_its_class_at_once() {
    let Some(folder) = published() else { return };
    let start = Instant::now();
    let found: BTreeMap<String, String> =
        files(&folder).iter().map(|(name, file)| (name.clone(), class(file))).collect();
    assert!(start.elapsed() < Duration::from_secs(60));
    assert_eq!(found, expected());
}

#[test]
fn a_published_file_that_is_clean_stays_as_it_is() {
    let Some(folder) = published() else { return };
    for (name, file) in files(&folder) {
        if let Ok(clean) = cleaned(&file) {
            assert_eq!(cleaned(&clean), Ok(clean), "{name}");
        }
    }
}

#[test]
fn exiftool_finds_nothing_that_identifies_in_clean_published_files() {
    let Some(folder) = published() else { return };
    if !have(&[EXIFTOOL]) {
        return;
    }
    let work = tempfile::tempdir().unwrap();
    let (mut before, mut after) = (Vec::new(), Vec::new());
    for (name, file) in files(&folder) {
        let Ok(clean) = cleaned(&file) else { continue };
        let path = work.path().join(&name);
        fs::write(&path, clean).unwrap();
        before.push(folder.join(&name));
        after.push(path);
    }
    assert_eq!(identifying(&after), Vec::<String>::new());
    let told = identifying(&before).len();
    assert!(told > 1000, "the files told much before they were clean, {told} things");
}

#[test]
fn clean_published_files_look_and_sound_as_before() {
    let Some(folder) = published() else { return };
    if !have(&[FFMPEG, HEIF_CONVERT]) {
        return;
    }
    let work = tempfile::tempdir().unwrap();
    let mut compared = 0;
    for (name, file) in files(&folder) {
        let Ok(clean) = cleaned(&file) else { continue };
        let path = work.path().join(&name);
        fs::write(&path, clean).unwrap();
        let shown = |path: &Path| {
            if !name.ends_with(".heif") {
                return frames(path);
            }
            let png = work.path().join("shown.png");
            run(HEIF_CONVERT, &[path.to_str().unwrap(), png.to_str().unwrap()])?;
            frames(&png)
        };
        // The first part of a film in fragments has nothing to see yet.
        let before = shown(&folder.join(&name));
        assert_eq!(shown(&path), before, "{name}");
        compared += u32::from(before.is_some());
    }
    assert!(compared >= 30, "only {compared} could be decoded");
}
