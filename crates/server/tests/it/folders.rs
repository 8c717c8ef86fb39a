//! Folders, as tests need them.

use std::{fs, path::Path, sync::Arc, time::Duration};

use server::{
    log::{self, Sequencer},
    store::Store,
};

/// Copies a folder with all that is in it.
pub fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// The log of a folder whose last sequencer in this process is gone. Its lock may outlive it by a moment: a program that another test
/// starts at the same time has all open files of this process until it begins.
pub fn opened(store: Arc<dyn Store>, data: &Path, origin: Option<&str>) -> Sequencer {
    for _ in 0..1000 {
        match log::open(Arc::clone(&store), data, origin) {
            Err(error) if error.is_held() => std::thread::sleep(Duration::from_millis(5)),
            opened => return opened.unwrap(),
        }
    }
    panic!("`{}` stays locked", data.display());
}
