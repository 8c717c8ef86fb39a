//! Commands under `strace`: each write of theirs fails or is their last, and nothing is acknowledged before it is synced.
//!
//! A process that is killed leaves its writes to the kernel, which keeps them; so death alone cannot show that anything was
//! ever synced. The order of the calls shows it. What a disk does that acknowledges a sync and loses it: not shown.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::Arc,
};

use record::EntryId;
use server::{
    log::verify::verify,
    store::{Sqlite, Store},
};

use crate::folders::copy;
use crate::folders::opened;
use crate::{
    commands::{DETAINER, example},
    store::said,
};

pub const MISSING: &str = "strace is not installed; on Debian: `apt-get install -y --no-install-recommends strace`";

/// Every call that changes a file or makes a change durable; `?`: not every machine has it.
pub const CALLS: &str = "?write,?pwrite64,?writev,?pwritev,?fsync,?fdatasync,?sync_file_range,?ftruncate,?rename,?renameat,\
     ?renameat2,?link,?linkat,?unlink,?unlinkat";

const WORDS: &str = "a sentence that is searched for";

/// A data folder of 40 entries with its log, and the id of the one that says the words.
fn city(data: &Path) -> EntryId {
    let store: Arc<dyn Store> = Arc::new(Sqlite::open(&data.join("record.sqlite3")).unwrap());
    let one = said(WORDS, None);
    let others = (0..39).map(|n| said(&format!("{n} {}", "x".repeat(n * 20)), None).into());
    store.commit("say", [one.clone().into()].into_iter().chain(others).collect()).unwrap();
    opened(store, data, Some("log.example/traced")).catch_up().unwrap();
    one.id
}

/// Runs a command on this data folder under strace; gives what it answered and the trace.
fn traced(data: &Path, inject: Option<&str>, arguments: &[&str]) -> (Output, String) {
    let trace = data.with_extension("trace");
    let mut strace = Command::new("strace");
    strace.args(["-f", "-qq", "-y", "-e", &format!("trace={CALLS}"), "-e", "signal=none", "-o"]).arg(&trace);
    if let Some(inject) = inject {
        strace.args(["-e", &format!("inject={inject}")]);
    }
    strace.arg(env!("CARGO_BIN_EXE_vouchsafe")).args(arguments).arg("--json").arg("--data").arg(data);
    let output = strace.output().expect(MISSING);
    let trace = fs::read_to_string(trace).unwrap_or_default();
    assert!(!trace.is_empty(), "strace traced nothing: {}", String::from_utf8_lossy(&output.stderr));
    (output, trace)
}

/// One call: its name, the file of its descriptor (or its first path), the whole line.
pub fn calls(trace: &str) -> impl Iterator<Item = (&str, &str, &str)> {
    trace.lines().filter_map(|line| {
        let call = line.trim_start_matches(|character: char| character.is_ascii_digit()).trim_start();
        let (name, rest) = call.split_once('(').filter(|(name, _)| !name.is_empty() && !name.contains(' '))?;
        let place = match rest.split_once('"') {
            Some((before, path)) if !before.contains('<') => path.split('"').next()?,
            _ => rest.split_once('<')?.1.split('>').next()?,
        };
        Some((name, place, line))
    })
}

/// Holds that nothing is written to the log while the record is not synced, no file takes its name before its bytes are on
/// the disk, and nothing is said to the caller before all of it is.
fn synced_before_said(trace: &str, data: &Path) {
    let data = data.to_str().unwrap();
    let (mut open, mut syncs, mut said) = (BTreeSet::new(), 0, false);
    let wal = format!("{data}/record.sqlite3-wal");
    for (name, place, line) in calls(trace) {
        let ours = place.starts_with(data) && !place.ends_with("-shm");
        match name {
            "write" | "writev" if line.contains("(1<") => {
                assert!(open.is_empty(), "said before {open:?} were on the disk: {line}");
                said = true;
            }
            "write" | "pwrite64" | "writev" | "pwritev" if ours => {
                let of_log = place.starts_with(&format!("{data}/log/"));
                assert!(!of_log || !open.contains(&wal), "the log is ahead of the record: {line}");
                open.insert(place.to_owned());
            }
            "fsync" | "fdatasync" if ours => {
                open.remove(place);
                syncs += 1;
            }
            "rename" | "renameat" | "renameat2" | "link" | "linkat" if ours => {
                assert!(!open.contains(place), "named before it was on the disk: {line}");
                // The new name itself is on the disk when the folder is.
                open.insert(Path::new(place).parent().unwrap().display().to_string());
            }
            "unlink" | "unlinkat" if ours => drop(open.remove(place)),
            _ => {}
        }
    }
    assert!(said && syncs > 2, "{syncs} syncs\n{trace}");
}

#[test]
fn nothing_is_said_before_it_is_synced() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("city");
    let id = city(&data);
    let facts = example(DETAINER);
    let (decided, trace) = traced(&data, None, &["decide", &facts, "--on", "2026-06-15", "--record"]);
    assert_eq!(decided.status.code(), Some(3), "{}", String::from_utf8_lossy(&decided.stderr));
    synced_before_said(&trace, &data);
    let (erased, trace) = traced(&data, None, &erase(&id.to_string()));
    assert_eq!(erased.status.code(), Some(0), "{}", String::from_utf8_lossy(&erased.stderr));
    synced_before_said(&trace, &data);
}

fn erase(id: &str) -> [&str; 8] {
    ["erase", id, "--order", "Index No. 1/2026", "--by", "A. Privacy", "--by", "B. Counsel"]
}

/// Which calls of a faultless run change the data folder: their places among all calls of that name, from 1.
fn changing(trace: &str, data: &Path) -> BTreeMap<String, Vec<usize>> {
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    let mut found: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (name, place, _) in calls(trace) {
        let nth = seen.entry(name).or_default();
        *nth += 1;
        if place.starts_with(data.to_str().unwrap()) {
            found.entry(name.to_owned()).or_default().push(*nth);
        }
    }
    found
}

/// Up to `most` of these, spread evenly, the first and the last among them.
fn spread(all: &[usize], most: usize) -> BTreeSet<usize> {
    let last = all.len() - 1;
    (0..most).map(|at| all[(at * last).div_ceil((most - 1).max(1)).min(last)]).collect()
}

#[test]
fn whichever_write_fails_or_is_the_last_record_and_log_are_sound() {
    let folder = tempfile::tempdir().unwrap();
    let made = folder.path().join("made");
    let id = city(&made);
    let id_text = id.to_string();
    let run = |name: &str, inject: Option<&str>| -> (PathBuf, Output, String) {
        let data = folder.path().join(name);
        copy(&made, &data);
        let (output, trace) = traced(&data, inject, &erase(&id_text));
        (data, output, trace)
    };
    let (data, faultless, trace) = run("faultless", None);
    assert_eq!(faultless.status.code(), Some(0));
    let threads: BTreeSet<_> =
        trace.lines().filter(|line| line.contains("fsync")).map(|line| line.split(' ').next()).collect();
    assert_eq!(threads.len(), 1, "strace counts the calls of each thread apart, and so does this test");
    let (mut failed, mut died, mut acknowledged_in_trouble) = (0, 0, 0);
    for (call, all) in changing(&trace, &data) {
        let errors: &[&str] =
            if call.contains("sync") || call.contains("unlink") { &["EIO"] } else { &["EIO", "ENOSPC"] };
        for (turn, nth) in spread(&all, 5).into_iter().enumerate() {
            for trouble in [format!("error={}", errors[turn % errors.len()]), "signal=KILL".to_owned()] {
                let name = format!("{call}-{nth}-{}", trouble.replace('=', "-"));
                let (data, output, _) = run(&name, Some(&format!("{call}:{trouble}:when={nth}")));
                match output.status.code() {
                    None => died += 1,
                    Some(0) => {}
                    Some(_) => failed += 1,
                }
                let out = String::from_utf8_lossy(&output.stdout);
                let printed: Option<serde_json::Value> = serde_json::from_str(&out).ok();
                let acknowledged: Option<EntryId> =
                    printed.map(|printed| printed["erasure"].as_str().unwrap().parse().unwrap());
                assert!(acknowledged.is_some() || !output.status.success(), "{name}: {out}");

                // As it lies.
                let lies = verify(data.to_str().unwrap(), &[]).unwrap();
                let store: Arc<dyn Store> = Arc::new(Sqlite::open(&data.join("record.sqlite3")).unwrap());
                let gone = store.find(&id).unwrap().unwrap().held.is_none();
                // An erasure excuses the missing body once the log holds it, and until then it is told.
                let told = lies.faults.named.iter().filter(|fault| fault.what.contains("is not in the log")).count();
                let waits = usize::from(gone && lies.size == 40);
                let error = String::from_utf8_lossy(&output.stderr);
                assert_eq!((told, lies.faults.named.len()), (waits, waits), "{name}: {:?}: {error}", lies.faults.named);
                assert_eq!(store.count().unwrap(), 40 + u64::from(gone), "{name}: half an erasure");
                if let Some(erasure) = acknowledged {
                    acknowledged_in_trouble += 1;
                    assert!(gone && store.find(&erasure).unwrap().is_some(), "{name}: acknowledged and lost");
                    assert_eq!(lies.size, 41, "{name}: acknowledged and not in the log");
                }
                // Opened again, the log goes on and what was erased is in no file.
                opened(Arc::clone(&store), &data, None).catch_up().unwrap();
                let report = verify(data.to_str().unwrap(), &[]).unwrap();
                assert_eq!((report.faults.named, report.size), (Vec::new(), 40 + u64::from(gone)), "{name}");
                drop(store);
                let found = ["record.sqlite3", "record.sqlite3-wal"].iter().any(|file| {
                    let bytes = fs::read(data.join(file)).unwrap_or_default();
                    bytes.windows(WORDS.len()).any(|window| window == WORDS.as_bytes())
                });
                assert_eq!(found, !gone, "{name}");
                fs::remove_dir_all(&data).unwrap();
            }
        }
    }
    // Else the calls that were aimed at did not happen, and the test shows nothing.
    assert!(
        failed > 5 && died > 10,
        "{failed} failed, {died} died, {acknowledged_in_trouble} acknowledged all the same"
    );
}
