//! A compiled pack: whatever is read is written and read again the same, and nothing that is read stops the reader.
//!
//! The input is bytes as they are, or a place in the compiled test pack and what stands there instead.
#![no_main]

use std::{collections::BTreeMap, fs, path::Path, sync::LazyLock};

use law::{Pack, PackFiles};

static GOOD: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mut files = BTreeMap::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata/law/good");
    let mut open = vec![root.clone()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).expect("the test pack is there").flatten() {
            let path = entry.path();
            if path.is_dir() {
                open.push(path);
            } else if let (Ok(name), Ok(bytes)) = (path.strip_prefix(&root), fs::read(&path)) {
                files.insert(name.to_string_lossy().into_owned(), bytes);
            }
        }
    }
    Pack::load(&PackFiles(files)).expect("the test pack can be loaded").compiled().expect("and compiled")
});

fn read(bytes: &[u8]) {
    let Ok(pack) = Pack::from_compiled(bytes) else { return };
    let written = pack.compiled().expect("what was read can be written");
    let again = Pack::from_compiled(&written).expect("what was written can be read");
    assert_eq!(again.compiled().expect("and written"), written);
}

libfuzzer_sys::fuzz_target!(
    init: {
        LazyLock::force(&GOOD);
    },
    |bytes: &[u8]| {
        read(bytes);
        let Some((at, instead)) = bytes.split_first_chunk::<4>() else { return };
        let (from, count) = (usize::from(u16::from_le_bytes([at[0], at[1]])), usize::from(at[2]));
        let from = (from + usize::from(at[3]) * 65_536) % GOOD.len();
        let mut changed = GOOD.clone();
        let until = (from + count).min(changed.len());
        changed.splice(from..until, instead.iter().copied());
        read(&changed);
    }
);
