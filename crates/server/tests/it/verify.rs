//! `verify` on sound folders, on folders with anything in them changed, on exports, tiles of others, and over HTTP.

use std::{
    fs,
    io::{BufRead as _, BufReader, Write as _},
    net::TcpListener,
    path::{Path, PathBuf},
    sync::Arc,
};

use server::{
    log::{
        self, Folder,
        verify::{Fault, InputError, Report, verify},
    },
    store::{Sqlite, Store},
};

use crate::store::{erasure, said};

/// How many entries have a place in the log; over two tiles.
const LOGGED: u64 = 602;

/// A data folder with 600 entries, one of them erased by a 601st, one more, and two that wait for the log.
fn city(folder: &Path) {
    let store = Arc::new(Sqlite::open(&folder.join("record.sqlite3")).unwrap());
    for from in [0, 300] {
        let drafts = (from..from + 300).map(|n| said(&format!("entry {n} {}", "x".repeat(n % 700)), None).into());
        store.commit("say", drafts.collect()).unwrap();
        log::open(store.clone(), folder, Some("log.example/2026")).unwrap().catch_up().unwrap();
    }
    let target = store.entries(7, 1).unwrap().remove(0);
    store.erase(erasure(target.id, target.leaf)).unwrap();
    store.commit("say", vec![said("the last in the log", None).into()]).unwrap();
    log::open(store.clone(), folder, None).unwrap().catch_up().unwrap();
    store.commit("say", vec![said("waits", None).into(), said("waits too", None).into()]).unwrap();
}

fn copy(from: &Path, to: &Path) {
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

fn check(folder: &Path) -> Result<Report, InputError> {
    verify(folder.to_str().unwrap(), &[])
}

/// What is wrong, or why it could not be read: never sound.
#[track_caller]
fn refused(folder: &Path) -> Vec<Fault> {
    match check(folder) {
        Ok(report) => {
            assert!(!report.sound, "a change went unseen");
            assert!(!report.faults.named.is_empty());
            report.faults.named
        }
        Err(error) => vec![Fault { place: "input".into(), what: error.to_string() }],
    }
}

#[test]
fn a_sound_city_is_sound_and_says_where_its_key_came_from() {
    let folder = tempfile::tempdir().unwrap();
    city(folder.path());
    let report = check(folder.path()).unwrap();
    assert_eq!(report.faults.named, []);
    assert!(report.sound && report.key_from_subject);
    assert_eq!((report.size, report.leaves, report.origin.as_str()), (LOGGED, LOGGED, "log.example/2026"));
    let record = report.record.unwrap();
    assert_eq!((record.recomputed, record.erased, record.waiting), (LOGGED + 1, 1, 2));
    assert_eq!(report.signed_by.len(), 2);
    assert!(report.key_from.ends_with("log.vkey"));

    let key = folder.path().join("log/log.vkey");
    let given = verify(folder.path().to_str().unwrap(), &[key.to_str().unwrap().to_owned()]).unwrap();
    assert!(given.sound && !given.key_from_subject);
    let other = log::Keys::from_seeds("log.example/2026", [[8; 32], [9; 32]]).unwrap();
    let stranger = verify(folder.path().to_str().unwrap(), &[other.vkeys().lines().next().unwrap().to_owned()]);
    assert!(!stranger.unwrap().sound, "another key has not signed");
    assert!(matches!(verify(folder.path().to_str().unwrap(), &["nonsense".into()]), Err(InputError::Key { .. })));
    assert!(matches!(verify("/nowhere", &[]), Err(InputError::NoLog(_))));
}

#[test]
fn any_bit_changed_in_the_log_s_files_is_named() {
    let folder = tempfile::tempdir().unwrap();
    city(folder.path());
    let log = folder.path().join("log");
    // What lies behind the last leaf is set aside for the next and means nothing.
    let used = |file: &str| match file {
        "entries" => LOGGED * 34,
        "level-0" => LOGGED * 32,
        "level-1" => LOGGED / 256 * 32,
        other => fs::metadata(log.join(other)).unwrap().len(),
    };
    for (file, step) in [("entries", 1201), ("level-0", 1187), ("level-1", 3), ("checkpoint", 41), ("log.vkey", 37)] {
        let path = log.join(file);
        let sound = fs::read(&path).unwrap();
        for (number, at) in (0..used(file)).step_by(step).chain([used(file) - 1]).enumerate() {
            let mut changed = sound.clone();
            changed[usize::try_from(at).unwrap()] ^= 1 << (number % 8);
            fs::write(&path, changed).unwrap();
            let faults = refused(folder.path());
            let leaf = match file {
                "entries" => Some(at / 34),
                "level-0" => Some(at / 32),
                _ => None,
            };
            if let Some(leaf) = leaf {
                let named = faults.iter().any(|fault| {
                    let text = format!("{}: {}", fault.place, fault.what);
                    text.contains(&format!("leaf {leaf} "))
                        || text.starts_with(&format!("tile/entries/{:03}", leaf / 256))
                });
                assert!(named, "{file} at {at}: {faults:?}");
            }
        }
        fs::write(&path, sound).unwrap();
    }
    assert!(check(folder.path()).unwrap().sound);
}

#[test]
fn any_change_of_the_record_is_named() {
    let folder = tempfile::tempdir().unwrap();
    city(folder.path());
    let changes = [
        (
            "UPDATE body SET bytes = CAST(substr(bytes, 1, 20) || x'00' || substr(bytes, 22) AS BLOB) WHERE seq = 3",
            "entry 3 ",
        ),
        ("UPDATE body SET bytes = x'7b7d', plain_bytes = 2 WHERE seq = 599", "entry 599 "),
        ("UPDATE body SET salt = zeroblob(32) WHERE seq = 0", "entry 0 "),
        ("UPDATE body SET plain_bytes = plain_bytes + 1 WHERE seq = 600", "entry 600 "),
        ("UPDATE entry SET leaf = zeroblob(32) WHERE seq = 256", "entry 256 "),
        ("UPDATE entry SET leaf = zeroblob(32) WHERE seq = 7", "entry 7 "),
        ("UPDATE entry SET id = zeroblob(16) WHERE seq = 5", "entry 5 "),
        ("DELETE FROM body WHERE seq = 9", "entry 9 "),
        ("DELETE FROM log_place WHERE seq = 100", "leaf 100 "),
        (
            "DELETE FROM log_place WHERE seq = 100; DELETE FROM body WHERE seq = 100; DELETE FROM entry WHERE seq = 100",
            "leaf 100 ",
        ),
        (
            "DELETE FROM log_place WHERE seq > 590; DELETE FROM body WHERE seq > 590; DELETE FROM entry WHERE seq > 590",
            "leaf 591 ",
        ),
        (
            "UPDATE log_place SET log_index = -1 WHERE seq = 1; UPDATE log_place SET log_index = 1 WHERE seq = 2; \
          UPDATE log_place SET log_index = 2 WHERE seq = 1",
            "entry 2 ",
        ),
        ("DELETE FROM body WHERE seq = 603; DELETE FROM entry WHERE seq = 602", "the record"),
        ("UPDATE checkpoint SET note = replace(note, '602', '601')", "the store's checkpoint"),
        ("UPDATE checkpoint SET note = substr(note, 1, 1000)", "the store's checkpoint"),
    ];
    for (sql, place) in changes {
        let changed = tempfile::tempdir().unwrap();
        copy(folder.path(), changed.path());
        let database = rusqlite::Connection::open(changed.path().join("record.sqlite3")).unwrap();
        database.execute_batch("PRAGMA foreign_keys = off").unwrap();
        database.execute_batch(sql).unwrap();
        drop(database);
        let faults = refused(changed.path());
        assert!(faults.iter().any(|fault| fault.place.starts_with(place)), "{sql}: {faults:?}");
    }
}

#[test]
fn an_older_copy_of_the_store_beside_a_newer_log_is_found() {
    let folder = tempfile::tempdir().unwrap();
    city(folder.path());
    let older = tempfile::tempdir().unwrap();
    let record = older.path().join("record.sqlite3");
    let store = Arc::new(Sqlite::open(&record).unwrap());
    store.commit("say", vec![said("another history", None).into()]).unwrap();
    log::open(store.clone(), older.path(), Some("log.example/2026")).unwrap().catch_up().unwrap();
    drop(store);
    for file in ["record.sqlite3-wal", "record.sqlite3-shm"] {
        let _ = fs::remove_file(folder.path().join(file));
    }
    fs::copy(&record, folder.path().join("record.sqlite3")).unwrap();
    let faults = refused(folder.path());
    assert!(faults.iter().any(|fault| fault.what.contains("the store is an older copy")), "{faults:?}");
}

/// The command's own export, by the built program.
fn export(data: &Path, to: &Path) {
    let done = std::process::Command::new(env!("CARGO_BIN_EXE_vouchsafe"))
        .args(["export", to.to_str().unwrap(), "--data", data.to_str().unwrap()])
        .output()
        .unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

#[test]
fn an_export_is_sound_without_a_store_and_any_bit_changed_in_it_is_named() {
    let folder = tempfile::tempdir().unwrap();
    city(folder.path());
    let exported = folder.path().join("exported");
    export(folder.path(), &exported);
    let report = check(&exported).unwrap();
    assert_eq!(report.faults.named, []);
    let record = report.record.unwrap();
    assert_eq!((report.size, record.recomputed, record.erased, record.waiting), (LOGGED, LOGGED + 1, 1, 2));
    let bare = check(&exported.join("log")).unwrap();
    assert!(bare.sound && bare.record.is_none());

    let lines = exported.join("record.jsonl");
    let sound = fs::read(&lines).unwrap();
    for at in (0..sound.len()).step_by(4999) {
        let mut changed = sound.clone();
        changed[at] ^= 1 << (at % 8);
        fs::write(&lines, changed).unwrap();
        refused(&exported);
    }
    let without: Vec<&[u8]> = sound.split_inclusive(|byte| *byte == b'\n').collect();
    for gone in [0, 1, 7, 300, 601, without.len() - 2] {
        let kept: Vec<&[u8]> =
            without.iter().enumerate().filter(|(at, _)| *at != gone).map(|(_, line)| *line).collect();
        fs::write(&lines, kept.concat()).unwrap();
        refused(&exported);
    }
    let twice = [&sound[..], without[3]].concat();
    fs::write(&lines, twice).unwrap();
    refused(&exported);
    fs::write(&lines, &sound).unwrap();
    assert!(check(&exported).unwrap().sound);
}

fn twin() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/tlog/small")
}

#[test]
fn logs_that_others_wrote_are_checked_as_they_lie() {
    let report = check(&twin()).unwrap();
    assert_eq!((report.faults.named.as_slice(), report.size, report.tiles), (&[][..], 300, 3));
    let data = std::env::var_os("VOUCHSAFE_DATA")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"), PathBuf::from);
    let tessera = data.join("crypto/tlog/tessera/log");
    if !tessera.is_dir() {
        println!("skipped: shared data not found");
        return;
    }
    let report = check(&tessera).unwrap();
    assert!(report.sound && report.key_from_subject, "{report:?}");
    assert_eq!((report.size, report.leaves), (15, 15));
    let mirror = verify(data.join("crypto/tlog/mirror-300").to_str().unwrap(), &[]);
    assert!(matches!(mirror, Err(InputError::NoKey(_))));
}

/// Serves what a log has, by its own paths below `/log`, until the process ends; gives the address.
fn serve(folder: PathBuf) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let disk = Folder::to_read(&folder);
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let mut request = String::new();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            reader.read_line(&mut request).unwrap();
            loop {
                let mut header = String::new();
                if reader.read_line(&mut header).unwrap() <= 2 {
                    break;
                }
            }
            let path = request.split(' ').nth(1).unwrap().to_owned();
            let found = path.strip_prefix("/log/").and_then(|path| log::resource(&disk, path).ok());
            let (status, body) = found.map_or(("404 Not Found", Vec::new()), |found| ("200 OK", found.bytes));
            let head = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
            // A client that has gone away is none of this test's business.
            let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body));
        }
    });
    address
}

#[test]
fn a_log_is_checked_over_http() {
    let folder = tempfile::tempdir().unwrap();
    city(folder.path());
    let address = serve(folder.path().join("log"));
    let keys = fs::read_to_string(folder.path().join("log/log.vkey")).unwrap();
    let keys: Vec<String> = keys.lines().map(str::to_owned).collect();
    for url in [address.clone(), format!("{address}/log"), format!("{address}/log/")] {
        let report = verify(&url, &keys).unwrap();
        assert_eq!(report.faults.named, []);
        assert_eq!((report.size, report.leaves, report.key_from_subject), (LOGGED, LOGGED, false));
    }
    assert!(verify(&address, &[]).unwrap().key_from_subject);

    let entries = folder.path().join("log/entries");
    let mut bytes = fs::read(&entries).unwrap();
    bytes[34 * 400 + 9] ^= 4;
    fs::write(&entries, bytes).unwrap();
    let report = verify(&address, &keys).unwrap();
    assert!(!report.sound);
    assert!(report.faults.named.iter().any(|fault| fault.what.contains("leaf 400 ")), "{:?}", report.faults);
    assert!(matches!(verify("http://127.0.0.1:1", &keys), Err(InputError::Source(_))));
}

#[test]
fn the_command_answers_by_its_exit_status() {
    let folder = tempfile::tempdir().unwrap();
    city(folder.path());
    let run = |arguments: &[&str]| {
        let done = std::process::Command::new(env!("CARGO_BIN_EXE_vouchsafe")).arg("verify").args(arguments).output();
        let done = done.unwrap();
        (done.status.code(), String::from_utf8(done.stdout).unwrap(), String::from_utf8(done.stderr).unwrap())
    };
    let path = folder.path().to_str().unwrap();
    let (status, out, _) = run(&[path]);
    assert_eq!(status, Some(0), "{out}");
    assert!(out.contains("this key lies with what was checked") && out.contains("sound"), "{out}");
    let (status, out, _) = run(&[path, "--json"]);
    let report: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!((status, &report["sound"], &report["key_from_subject"]), (Some(0), &true.into(), &true.into()));

    let level = folder.path().join("log/level-0");
    let mut bytes = fs::read(&level).unwrap();
    bytes[64] ^= 1;
    fs::write(level, bytes).unwrap();
    let (status, out, _) = run(&[path]);
    assert_eq!(status, Some(1));
    assert!(out.contains("tile/0/000: the hash of leaf 2 is not that of the leaf in the log's entries"), "{out}");
    let (status, out, error) = run(&[folder.path().join("nothing").to_str().unwrap()]);
    assert_eq!((status, out.as_str()), (Some(2), ""));
    assert!(error.contains("holds no log"), "{error}");
}
