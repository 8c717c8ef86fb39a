//! `verify` on sound folders, on folders with anything in them changed, on exports, tiles of others, and over HTTP.

mod http;

use std::{
    fs,
    io::{BufRead as _, BufReader, Write as _},
    net::TcpListener,
    path::{Path, PathBuf},
    sync::Arc,
};

use jiff::civil::date;
use law::{AgencyId, RequesterId, StatuteId};
use record::{
    Body, Channel, Claim, EntryId, OutsideRequest, Receiver, RequestId, Requester, RequesterKind, Salt, Told,
};
use server::{
    log::{
        self, Folder,
        verify::{Against, Fault, InputError, Note, Report, STOP_AFTER, verify, verify_against},
    },
    store::{Draft, Postgres, Sqlite, Store},
};

use crate::folders::copy;
use crate::folders::opened;
use crate::store::{cluster, entry, erasure, fresh, said};

/// How many entries have a place in the log; over two tiles.
const LOGGED: u64 = 602;

/// A request that the Department of Correction was asked, so that its entry has all the columns by which desks find it.
fn asked() -> Draft {
    let request = OutsideRequest {
        id: RequestId::from_bytes(fresh()),
        received: date(2026, 7, 1).into(),
        requester: Requester {
            kind: RequesterKind::Federal,
            id: RequesterId::new("ice_ero"),
            agency: "ICE".into(),
            unit: None,
            officer: None,
        },
        channel: Channel::Email,
        receiver: Receiver { agency: AgencyId::new("DOC"), site: None, employee: None },
        acts: Vec::new(),
        information: Vec::new(),
        statute: StatuteId::new("civil_ina"),
        statute_as_stated: None,
        claim: Claim::Civil,
        documents: Vec::new(),
        detainer: None,
        person: None,
        supervisor: Told::NotYet,
        counsel: Told::NotYet,
        note: None,
    };
    Draft { key: Some("asked".into()), entry: entry(Body::Requested(Box::new(request))) }
}

/// A data folder with 600 entries, one of them erased by a 601st, one more, and two that wait for the log.
fn city(folder: &Path) {
    city_in(Arc::new(Sqlite::open(&folder.join("record.sqlite3")).unwrap()), folder);
}

/// Entry 4 is a request, and was committed under a key.
fn city_in(store: Arc<dyn Store>, folder: &Path) {
    for from in [0, 300] {
        let drafts = (from..from + 300).map(|n| match n {
            4 => asked(),
            _ => said(&format!("entry {n} {}", "x".repeat(n % 700)), None).into(),
        });
        store.commit("say", drafts.collect()).unwrap();
        opened(store.clone(), folder, Some("log.example/2026")).catch_up().unwrap();
    }
    let target = store.entries(7, 1).unwrap().remove(0);
    store.erase(erasure(target.id, target.leaf)).unwrap();
    store.commit("say", vec![said("the last in the log", None).into()]).unwrap();
    opened(store.clone(), folder, None).catch_up().unwrap();
    store.commit("say", vec![said("waits", None).into(), said("waits too", None).into()]).unwrap();
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
    let with = |key: &str| verify(folder.path().to_str().unwrap(), &[key.to_owned()]);
    assert!(matches!(with("log.example+nonsense"), Err(InputError::Key { .. })));
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
        ("UPDATE checkpoint SET size = 999999", "the store's checkpoint"),
        ("DELETE FROM checkpoint", "the store's checkpoint"),
        ("UPDATE entry SET request = NULL, receiver = NULL WHERE seq = 4", "entry 4 "),
        ("UPDATE entry SET receiver = 'NYPD' WHERE seq = 4", "entry 4 "),
        ("UPDATE entry SET request = zeroblob(16) WHERE seq = 5", "entry 5 "),
        ("UPDATE entry SET reading = 1 WHERE seq = 5", "entry 5 "),
        // What an erased entry was about is erased with it.
        ("UPDATE entry SET reading = 1 WHERE seq = 7", "entry 7 "),
        ("UPDATE entry SET receiver = 'NYPD' WHERE seq = 7", "entry 7 "),
        ("UPDATE dictionary SET bytes = CAST(substr(bytes, 2) AS BLOB)", "the store"),
        ("DELETE FROM dictionary", "the store"),
        ("INSERT INTO dictionary VALUES (2, x'7b7d')", "the store"),
        ("DROP TABLE dictionary", "the store"),
        ("PRAGMA user_version = 99", "the store"),
        ("PRAGMA application_id = 1", "the store"),
        ("INSERT INTO body VALUES (7777, zeroblob(32), 3, x'616263')", "entry 7777 "),
        ("UPDATE done_key SET seq = 7777", "entry 7777 "),
        ("INSERT INTO log_place VALUES (7777, 7777)", "entry 7777 "),
        ("CREATE TRIGGER quiet AFTER INSERT ON entry BEGIN DELETE FROM entry WHERE seq = new.seq; END", "the store"),
        (SWAPPED, "entry 4 "),
        // What only waits for the log is looked at as well.
        ("UPDATE body SET salt = zeroblob(32) WHERE seq = 602", "entry 602 "),
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

/// Entries 0 and 4 with their numbers exchanged wherever they stand.
const SWAPPED: &str = "UPDATE entry SET seq = -1 WHERE seq = 0; UPDATE entry SET seq = 0 WHERE seq = 4; \
    UPDATE entry SET seq = 4 WHERE seq = -1; \
    UPDATE body SET seq = -1 WHERE seq = 0; UPDATE body SET seq = 0 WHERE seq = 4; UPDATE body SET seq = 4 WHERE seq = -1; \
    UPDATE log_place SET seq = -1 WHERE seq = 0; UPDATE log_place SET seq = 0 WHERE seq = 4; \
    UPDATE log_place SET seq = 4 WHERE seq = -1; UPDATE done_key SET seq = 0 WHERE seq = 4;";

/// Puts bytes into the store as an entry that waits for the log, as whoever can write the file can.
fn forge(folder: &Path, id: EntryId, bytes: &[u8]) {
    let database = rusqlite::Connection::open(folder.join("record.sqlite3")).unwrap();
    let salt = Salt::from_bytes([5; 32]);
    let leaf = record::commitment(&salt, bytes);
    let seq: i64 = database.query_row("SELECT max(seq) + 1 FROM entry", [], |row| row.get(0)).unwrap();
    database
        .execute(
            "INSERT INTO entry (seq, id, leaf, act) VALUES (?1, ?2, ?3, 'x')",
            rusqlite::params![seq, id.as_bytes(), leaf.as_bytes()],
        )
        .unwrap();
    let length = i64::try_from(bytes.len()).unwrap();
    let row = rusqlite::params![seq, salt.as_bytes(), length, bytes];
    database.execute("INSERT INTO body VALUES (?1, ?2, ?3, ?4)", row).unwrap();
}

#[test]
fn an_erasure_that_the_log_does_not_hold_excuses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    city(folder.path());
    let target = Sqlite::open_to_read(&folder.path().join("record.sqlite3")).unwrap().entries(9, 1).unwrap().remove(0);
    let forged = erasure(target.id, target.leaf).entry;
    forge(folder.path(), forged.id, &record::canonical(&forged).unwrap());
    let database = rusqlite::Connection::open(folder.path().join("record.sqlite3")).unwrap();
    database.execute_batch("DELETE FROM body WHERE seq = 9").unwrap();
    let faults = refused(folder.path());
    let told = |fault: &Fault| fault.place.starts_with("entry 9 ") && fault.what.contains("is not in the log");
    assert!(faults.iter().any(told), "{faults:?}");
}

#[test]
fn what_waits_for_the_log_must_be_an_entry_in_its_one_spelling() {
    let id = EntryId::from_bytes(fresh());
    let mut sound = said("unrepeatable", None);
    sound.id = id;
    let canonical = String::from_utf8(record::canonical(&sound).unwrap()).unwrap();
    for bytes in [
        format!(r#"{{ "body": {{"nonsense": 1}},  "id": "{id}", "id2":0 }}"#),
        canonical.replacen(':', ": ", 1),
        canonical.replacen("\"v\":1", "\"v\":2", 1),
        String::new(),
    ] {
        let folder = tempfile::tempdir().unwrap();
        small(folder.path());
        forge(folder.path(), id, bytes.as_bytes());
        let faults = refused(folder.path());
        assert!(faults.iter().any(|fault| fault.place.starts_with("entry 3 ")), "{bytes}: {faults:?}");
        for private in ["nonsense", "unrepeatable", &"05".repeat(32)] {
            let quoted = |fault: &Fault| fault.what.contains(private) || fault.place.contains(private);
            assert!(!faults.iter().any(quoted), "`{private}` is quoted: {faults:?}");
        }
    }
}

/// A data folder with three entries in its log.
fn small(folder: &Path) {
    for name in ["keys", "blobs"] {
        fs::create_dir_all(folder.join(name)).unwrap();
    }
    let store = Arc::new(Sqlite::open(&folder.join("record.sqlite3")).unwrap());
    store.commit("say", (0..3).map(|n| said(&format!("entry {n}"), None).into()).collect()).unwrap();
    opened(store, folder, Some("log.example/2026")).catch_up().unwrap();
}

#[test]
fn a_record_that_is_gone_is_a_fault() {
    let folder = tempfile::tempdir().unwrap();
    small(folder.path());
    let exported = folder.path().join("exported");
    export(folder.path(), &exported);
    let lines = fs::read(exported.join("record.jsonl")).unwrap();
    let sound_line = log::export::read_lines(lines.as_slice()).next().unwrap().unwrap();
    fs::remove_file(exported.join("record.jsonl")).unwrap();
    for file in ["record.sqlite3", "record.sqlite3-wal", "record.sqlite3-shm"] {
        let _ = fs::remove_file(folder.path().join(file));
    }
    for gone in [folder.path(), &exported] {
        let faults = refused(gone);
        assert!(faults.iter().any(|fault| fault.what.contains("record is gone")), "{faults:?}");
        let alone = Against { log_only: true, ..Against::default() };
        let report = verify_against(gone.to_str().unwrap(), &alone).unwrap();
        assert!(report.sound && report.record.is_none() && report.leaves == 3, "{report:?}");
        assert!(check(&gone.join("log")).unwrap().sound, "a log's own folder is a log alone");
    }
    // Even where everything else that marks a data folder is gone with it.
    for name in ["keys", "blobs", "record.sqlite3.lock"] {
        let path = folder.path().join(name);
        let _ = fs::remove_dir_all(&path).or_else(|_| fs::remove_file(path));
    }
    refused(folder.path());
    // An export whose log is gone is no record that waits for one.
    let lines = tempfile::tempdir().unwrap();
    let mut line = sound_line.clone();
    line.log_index = None;
    fs::write(lines.path().join("record.jsonl"), line.to_bytes().unwrap()).unwrap();
    let faults = refused(lines.path());
    assert!(faults.iter().any(|fault| fault.place == "checkpoint"), "{faults:?}");
    // And where its log is gone as well.
    let empty = tempfile::tempdir().unwrap();
    fs::create_dir(empty.path().join("keys")).unwrap();
    refused(empty.path());
}

#[test]
fn a_record_whose_log_has_not_begun_waits_and_is_checked() {
    let folder = tempfile::tempdir().unwrap();
    let store = Sqlite::open(&folder.path().join("record.sqlite3")).unwrap();
    store.commit("say", (0..1500).map(|n| said(&format!("entry {n}"), None).into()).collect()).unwrap();
    let report = check(folder.path()).unwrap();
    assert_eq!(report.faults.named, []);
    let record = report.record.unwrap();
    assert_eq!((record.recomputed, record.waiting, report.size), (1500, 1500, 0));
    assert!(report.notes.contains(&Note::NoLog));
    // Whoever gives a key expects something that it has signed.
    let keys = log::Keys::from_seeds("log.example/2026", [[8; 32], [9; 32]]).unwrap().vkeys();
    let path = folder.path().to_str().unwrap();
    assert!(!verify(path, &[keys.lines().next().unwrap().to_owned()]).unwrap().sound);
    // Places in a log, or leaves of one, show that there was one.
    store.sequence(10).unwrap();
    assert!(!check(folder.path()).unwrap().sound);
}

#[test]
fn a_log_that_lost_its_head_is_a_fault() {
    let folder = tempfile::tempdir().unwrap();
    small(folder.path());
    fs::remove_file(folder.path().join("log/checkpoint")).unwrap();
    let faults = refused(folder.path());
    assert!(faults.iter().any(|fault| fault.place == "checkpoint"), "{faults:?}");
}

#[test]
fn a_second_layout_of_the_log_hides_nothing() {
    let folder = tempfile::tempdir().unwrap();
    small(folder.path());
    let exported = folder.path().join("exported");
    export(folder.path(), &exported);
    copy(&exported.join("log/tile"), &folder.path().join("log/tile"));
    fs::remove_dir_all(&exported).unwrap();
    let faults = refused(folder.path());
    assert!(faults.iter().any(|fault| fault.place.ends_with("tile")), "{faults:?}");
    for file in ["entries", "level-0"] {
        let path = folder.path().join("log").join(file);
        let mut bytes = fs::read(&path).unwrap();
        bytes[50] ^= 1;
        fs::write(path, bytes).unwrap();
    }
    let faults = refused(folder.path());
    assert!(faults.iter().any(|fault| fault.what.contains("leaf 1 ")), "{faults:?}");
    for file in ["entries", "level-0"] {
        fs::remove_file(folder.path().join("log").join(file)).unwrap();
    }
    refused(folder.path());
}

#[test]
fn a_key_that_was_given_is_used_or_refused() {
    let folder = tempfile::tempdir().unwrap();
    small(folder.path());
    let with = |key: &Path| verify(folder.path().to_str().unwrap(), &[key.to_str().unwrap().to_owned()]);
    let file = folder.path().join("keys.txt");
    for empty in ["", "\n\n", "# a comment\n"] {
        fs::write(&file, empty).unwrap();
        assert!(matches!(with(&file), Err(InputError::EmptyKey(_))));
    }
    assert!(matches!(with(Path::new("/dev/null")), Err(InputError::EmptyKey(_))));
    assert!(matches!(with(folder.path()), Err(InputError::File { .. })));
    let told = with(Path::new("no-such-file.vkey")).unwrap_err().to_string();
    assert!(told.contains("there is no file `no-such-file.vkey`"), "{told}");
}

#[test]
fn a_checkpoint_and_a_proof_that_somebody_kept_are_borne_out() {
    let folder = tempfile::tempdir().unwrap();
    city(folder.path());
    let kept = tempfile::tempdir().unwrap();
    let keep = |name: &str, bytes: &[u8]| {
        let path = kept.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    };
    let disk = Folder::to_read(&folder.path().join("log"));
    let since = keep("since", &fs::read(folder.path().join("log/checkpoint")).unwrap());
    let proof = keep("proof", &log::resource(&disk, "proof/599").unwrap().bytes);
    let key = keep("key", &fs::read(folder.path().join("log/log.vkey")).unwrap());
    let clone = kept.path().join("clone");
    copy(folder.path(), &clone);
    let path = |path: &Path| path.to_str().unwrap().to_owned();
    let ask = |subject: &str, since: &[&Path], proofs: &[&Path]| {
        let owned = |paths: &[&Path]| paths.iter().map(|path| (*path).to_owned()).collect();
        let (since, proofs) = (owned(since), owned(proofs));
        verify_against(subject, &Against { keys: vec![path(&key)], since, proofs, ..Against::default() })
    };

    // The log goes on; folder, export and URL bear both out.
    let store = Arc::new(Sqlite::open(&folder.path().join("record.sqlite3")).unwrap());
    opened(store, folder.path(), None).catch_up().unwrap();
    let exported = folder.path().join("exported");
    export(folder.path(), &exported);
    let address = http::serve(folder.path().join("log"));
    for subject in [path(folder.path()), path(&exported), address] {
        let report = ask(&subject, &[&since], &[&proof]).unwrap();
        assert_eq!(report.faults.named, [], "{subject}");
        let held: Vec<_> = report.kept.iter().map(|kept| (kept.size, kept.index)).collect();
        assert_eq!((report.size, held), (LOGGED + 2, vec![(LOGGED, None), (LOGGED, Some(599))]));
        assert_eq!(report.kept[1].leaf.as_ref().unwrap().len(), 64);
    }

    // A clone of the folder, taken before, verifies by itself; a checkpoint kept since shows that it is behind, and one of
    // its own shows the other history that it can sign with the same key.
    let newer = keep("newer", &fs::read(folder.path().join("log/checkpoint")).unwrap());
    let newer_proof = keep("newer-proof", &log::resource(&disk, "proof/603").unwrap().bytes);
    assert!(ask(&path(&clone), &[], &[]).unwrap().sound);
    for report in [ask(&path(&clone), &[&newer], &[]).unwrap(), ask(&path(&clone), &[], &[&newer_proof]).unwrap()] {
        assert!(report.faults.named[0].what.contains("the log was cut back"), "{report:?}");
        assert!(report.kept.is_empty());
    }
    let database = rusqlite::Connection::open(clone.join("record.sqlite3")).unwrap();
    database.execute_batch("DELETE FROM body WHERE seq > 601; DELETE FROM entry WHERE seq > 601").unwrap();
    drop(database);
    let store = Arc::new(Sqlite::open(&clone.join("record.sqlite3")).unwrap());
    store.commit("say", (0..5).map(|_| said("another history", None).into()).collect()).unwrap();
    opened(store, &clone, None).catch_up().unwrap();
    assert!(ask(&path(&clone), &[&since], &[&proof]).unwrap().sound, "both histories continue what was signed before");
    let report = ask(&path(&clone), &[&newer], &[&newer_proof]).unwrap();
    let told = |file: &Path| report.faults.named.iter().any(|fault| fault.place == path(file));
    assert!(told(&newer) && told(&newer_proof), "{report:?}");

    // A leaf that is proved elsewhere than it stands, and what is no checkpoint or proof.
    let moved = fs::read_to_string(&proof).unwrap().replacen("index 599", "index 598", 1);
    let moved = keep("moved", moved.as_bytes());
    assert!(!ask(&path(folder.path()), &[], &[&moved]).unwrap().sound);
    let signed_by_nobody = fs::read_to_string(&since).unwrap().replacen(&LOGGED.to_string(), "601", 1);
    let signed_by_nobody = keep("unsigned", signed_by_nobody.as_bytes());
    assert!(!ask(&path(folder.path()), &[&signed_by_nobody], &[]).unwrap().sound);
    assert!(matches!(ask(&path(folder.path()), &[&proof], &[]), Err(InputError::Since { .. })));
    assert!(matches!(ask(&path(folder.path()), &[], &[&since]), Err(InputError::Proof { .. })));
    assert!(matches!(ask(&path(folder.path()), &[Path::new("none")], &[]), Err(InputError::NoFile { .. })));
}

#[test]
fn leaves_beyond_the_head_are_told() {
    let folder = tempfile::tempdir().unwrap();
    small(folder.path());
    assert_eq!(check(folder.path()).unwrap().beyond, 0);
    // The head as it was before, in both places, as whoever puts a record back may leave it.
    let older = fs::read(folder.path().join("log/checkpoint")).unwrap();
    let store = Arc::new(Sqlite::open(&folder.path().join("record.sqlite3")).unwrap());
    store.commit("say", (0..2).map(|n| said(&format!("late {n}"), None).into()).collect()).unwrap();
    opened(store, folder.path(), None).catch_up().unwrap();
    fs::write(folder.path().join("log/checkpoint"), &older).unwrap();
    let database = rusqlite::Connection::open(folder.path().join("record.sqlite3")).unwrap();
    let note = String::from_utf8(older).unwrap();
    database.execute("UPDATE checkpoint SET size = 3, note = ?1", [note]).unwrap();
    let report = check(folder.path()).unwrap();
    assert_eq!((report.beyond, report.size), (2, 3));
    assert!(report.notes.contains(&Note::Beyond { leaves: 2 }), "{:?}", report.notes);
}

#[test]
fn a_record_in_postgresql_is_read_and_any_change_of_it_is_named() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("blobs")).unwrap();
    let address = cluster::database("verified");
    city_in(Arc::new(Postgres::open(&address).unwrap()), folder.path());
    let ask = |address: &str| {
        let against = Against { postgres: Some(address.into()), ..Against::default() };
        verify_against(folder.path().to_str().unwrap(), &against).unwrap()
    };
    let report = ask(&address);
    assert_eq!(report.faults.named, []);
    let record = report.record.unwrap();
    assert_eq!((record.recomputed, record.erased, record.waiting), (LOGGED + 1, 1, 2));
    assert!(!check(folder.path()).unwrap().sound, "without the configuration the record is not there");

    let config = folder.path().join("city.toml");
    fs::write(&config, format!("[store]\npostgres = \"{address}\"\n")).unwrap();
    let run = |arguments: &[&str]| {
        let program = env!("CARGO_BIN_EXE_vouchsafe");
        std::process::Command::new(program).arg("verify").arg(folder.path()).args(arguments).output().unwrap()
    };
    assert_eq!(run(&["--config", config.to_str().unwrap()]).status.code(), Some(0));
    assert_eq!(run(&[]).status.code(), Some(1));

    let mut client = postgres::Client::connect(&address, postgres::NoTls).unwrap();
    for (sql, place) in [
        ("UPDATE vouchsafe.body SET salt = decode(repeat('00', 32), 'hex') WHERE seq = 3", "entry 3 "),
        ("UPDATE vouchsafe.entry SET request = NULL, receiver = NULL WHERE seq = 4", "entry 4 "),
        ("UPDATE vouchsafe.entry SET reading = true WHERE seq = 5", "entry 5 "),
        ("DELETE FROM vouchsafe.body WHERE seq = 9", "entry 9 "),
        ("UPDATE vouchsafe.checkpoint SET size = 999999", "the store's checkpoint"),
        ("UPDATE vouchsafe.checkpoint SET size = NULL, note = NULL", "the store's checkpoint"),
        ("UPDATE vouchsafe.tail SET next_seq = 7", "the store"),
        ("UPDATE vouchsafe.dictionary SET bytes = substr(bytes, 2)", "the store"),
        ("DROP TABLE vouchsafe.dictionary", "the store"),
        ("UPDATE vouchsafe.schema_version SET version = 99", "the store"),
    ] {
        // Undone by putting back what was copied: a change must be committed to be seen by another session.
        client.batch_execute("CREATE SCHEMA aside").unwrap();
        for table in ["body", "entry", "checkpoint", "tail", "schema_version", "dictionary"] {
            client.batch_execute(&format!("CREATE TABLE aside.{table} AS TABLE vouchsafe.{table}")).unwrap();
        }
        client.batch_execute(sql).unwrap();
        let report = ask(&address);
        assert!(report.faults.named.iter().any(|fault| fault.place.starts_with(place)), "{sql}: {report:?}");
        client
            .batch_execute(
                "BEGIN; SET LOCAL session_replication_role = replica; \
                 DELETE FROM vouchsafe.body; INSERT INTO vouchsafe.body TABLE aside.body; \
                 DELETE FROM vouchsafe.entry; INSERT INTO vouchsafe.entry TABLE aside.entry; \
                 DELETE FROM vouchsafe.checkpoint; INSERT INTO vouchsafe.checkpoint TABLE aside.checkpoint; \
                 DELETE FROM vouchsafe.tail; INSERT INTO vouchsafe.tail TABLE aside.tail; \
                 DROP TABLE IF EXISTS vouchsafe.dictionary; CREATE TABLE vouchsafe.dictionary AS TABLE aside.dictionary; \
                 DELETE FROM vouchsafe.schema_version; INSERT INTO vouchsafe.schema_version TABLE aside.schema_version; \
                 COMMIT; DROP SCHEMA aside CASCADE",
            )
            .unwrap();
    }
    assert!(ask(&address).sound);
    client.batch_execute("DROP SCHEMA vouchsafe CASCADE").unwrap();
    assert!(ask(&address).faults.named[0].what.contains("it is gone"));
}

#[test]
fn an_older_copy_of_the_store_beside_a_newer_log_is_found() {
    let folder = tempfile::tempdir().unwrap();
    city(folder.path());
    let older = tempfile::tempdir().unwrap();
    let record = older.path().join("record.sqlite3");
    let store = Arc::new(Sqlite::open(&record).unwrap());
    store.commit("say", vec![said("another history", None).into()]).unwrap();
    opened(store.clone(), older.path(), Some("log.example/2026")).catch_up().unwrap();
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
    assert!(report.root.len() == 44 && report.kept.is_empty());
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
    let text = String::from_utf8(sound.clone()).unwrap();
    for changed in [
        text.replacen("\"seq\":3,", "\"seq\":2,", 1),
        text.replacen("\"seq\":1,", "\"seq\":S,", 1).replacen("\"seq\":5,", "\"seq\":1,", 1).replacen(
            "\"seq\":S,",
            "\"seq\":5,",
            1,
        ),
    ] {
        assert_ne!(changed, text);
        fs::write(&lines, changed).unwrap();
        let faults = refused(&exported);
        assert!(
            faults.iter().any(|fault| fault.what.contains("the number of the entry that stands here is")),
            "{faults:?}"
        );
    }
    let twice = [&sound[..], without[3]].concat();
    fs::write(&lines, twice).unwrap();
    refused(&exported);
    fs::write(&lines, &sound).unwrap();
    assert!(check(&exported).unwrap().sound);
}

#[test]
fn an_export_is_its_owner_s_alone_and_touches_nothing_else() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    small(folder.path());
    let exported = folder.path().join("exported");
    let stranger = folder.path().join("exported.new");
    fs::create_dir(&stranger).unwrap();
    fs::write(stranger.join("mine"), "kept").unwrap();
    export(folder.path(), &exported);
    assert_eq!(fs::read_to_string(stranger.join("mine")).unwrap(), "kept");
    let mut folders = vec![exported.clone()];
    while let Some(folder) = folders.pop() {
        assert_eq!(fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700, "{}", folder.display());
        for entry in fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            if entry.path().is_dir() {
                folders.push(entry.path());
            } else {
                assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{}", entry.path().display());
            }
        }
    }
    // Nothing is exported that does not verify, and nothing is left of the attempt.
    let names = || {
        let mut names: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    };
    let again = |to: &str| {
        let to = folder.path().join(to);
        let program = env!("CARGO_BIN_EXE_vouchsafe");
        let run = std::process::Command::new(program).arg("export").arg(to).arg("--data").arg(folder.path()).output();
        let run = run.unwrap();
        (run.status.code(), String::from_utf8(run.stderr).unwrap())
    };
    let before = names();
    let (status, told) = again("exported");
    assert_eq!(status, Some(2));
    assert!(told.contains("is there already"), "{told}");
    let level = folder.path().join("log/level-0");
    let mut bytes = fs::read(&level).unwrap();
    bytes[40] ^= 1;
    fs::write(level, bytes).unwrap();
    let (status, told) = again("another");
    assert_eq!(status, Some(2));
    assert!(told.contains("do not verify, so nothing was exported") && told.contains("leaf 1 "), "{told}");
    assert_eq!(names(), before);
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
