//! The store's files belong to SQLite alone. POSIX drops every lock that a process has on a file as soon as the process
//! closes any descriptor of it (sqlite.org/howtocorrupt.html, 2.2); whoever then opens the record from outside takes it for
//! its own, empties the write-ahead log and removes it, and what is acknowledged after that is lost.

use std::{
    os::{linux::fs::MetadataExt as _, unix::fs::MetadataExt as _},
    process::Command,
};

use super::*;

const ENV: &str = "VOUCHSAFE_TEST_CHILD_RECORD";
const SEEN: &str = "reports seen from outside: ";

/// Another program with the record: a copy being made, a look at the inbox. Runs only as the child of the tests below.
#[test]
#[ignore = "run by the tests of this file as their child"]
fn child() {
    let Ok(place) = std::env::var(ENV) else { return };
    let database = rusqlite::Connection::open(place).unwrap();
    let sound: String = database.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(sound, "ok");
    let mut query = database.prepare("SELECT lower(hex(id)) FROM report ORDER BY id").unwrap();
    let ids: Vec<String> = query.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap();
    println!("{SEEN}{}", ids.join(" "));
}

/// What a fresh process reads, before it closes the record again.
fn seen_from_outside(city: &City) -> Vec<String> {
    let out = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "report::locks::child", "--ignored", "--nocapture"])
        .env(ENV, city.path().join("record.sqlite3"))
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&out.stdout).into_owned();
    assert!(out.status.success(), "{text}{}", String::from_utf8_lossy(&out.stderr));
    let line = text.lines().find_map(|line| line.split_once(SEEN)).expect("the child says what it saw").1;
    line.split_whitespace().map(str::to_owned).collect()
}

#[test]
fn a_program_that_opens_and_closes_the_record_takes_no_report_with_it() {
    let city = City::new(Base::Sqlite);
    for number in 1..=3 {
        Phone::gets_its_promise(&city);
        city.door.blur();
        assert_eq!(seen_from_outside(&city).len(), number, "what was promised before is there");
    }
    Phone::gets_its_promise(&city);
    let ours: Vec<String> =
        city.lane.reports(None).unwrap().iter().map(|report| hex::encode(report.id.as_bytes())).collect();
    assert_eq!(ours.len(), 4);
    assert_eq!(seen_from_outside(&city), ours, "and so is what was promised after");
}

/// The locks that this process has on a file.
fn locks(path: &Path) -> Vec<String> {
    let data = std::fs::metadata(path).unwrap();
    let (device, own) = (data.st_dev(), std::process::id().to_string());
    let file = format!("{:02x}:{:02x}:{}", device >> 8 & 0xfff, device & 0xff | device >> 12 & 0xff00, data.ino());
    let mut found: Vec<String> = std::fs::read_to_string("/proc/locks")
        .unwrap()
        .lines()
        .filter(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            words.contains(&"POSIX") && words.contains(&&*own) && words.contains(&&*file)
        })
        .map(|line| line.split_once(' ').unwrap().1.to_owned())
        .collect();
    found.sort();
    found
}

#[test]
fn setting_times_to_the_day_leaves_the_locks_of_the_store() {
    let folder = tempfile::tempdir().unwrap();
    let record = folder.path().join("record.sqlite3");
    let store = Sqlite::open(&record).unwrap();
    assert_eq!(store.reports(None).unwrap().len(), 0);
    let shared = folder.path().join("record.sqlite3-shm");
    let before = (locks(&record), locks(&shared));
    assert!(!before.0.is_empty() && !before.1.is_empty(), "SQLite holds locks as long as it is open: {before:?}");
    store.blur(DAY);
    assert_eq!((locks(&record), locks(&shared)), before);
    for file in [&record, &shared, &folder.path().join("record.sqlite3-wal")] {
        let modified = std::fs::metadata(file).unwrap().mtime();
        assert_eq!(modified, DAY.at(0, 0, 0, 0).to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp().as_second());
    }
}
