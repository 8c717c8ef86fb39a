//! What only the file store has: its file, its lock, its disk, its schema's version; and PostgreSQL's version beside it.

use std::{fs, path::Path};

use expect_test::expect;
use rusqlite::Connection;
use server::store::{Postgres, SignedCheckpoint, Sqlite, SqliteOptions, Store, StoreError, SwapError};
use sha2::{Digest, Sha256};

use super::{cluster, draft, erasure, said};

fn error(opened: Result<Sqlite, StoreError>, folder: &Path) -> String {
    opened.unwrap_err().to_string().replace(&folder.display().to_string(), "FOLDER")
}

#[test]
fn a_second_writer_is_refused_and_readers_are_not() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("record.sqlite3");
    let store = Sqlite::open(&path).unwrap();
    store.commit("say", vec![draft("one")]).unwrap();
    expect!["`FOLDER/record.sqlite3` is in use by another process, perhaps `vouchsafe serve`: stop it, do this, and start it again"]
        .assert_eq(&error(Sqlite::open(&path), folder.path()));
    let reader = Sqlite::open_to_read(&path).unwrap();
    assert_eq!(reader.count().unwrap(), 1);
    store.commit("say", vec![draft("two")]).unwrap();
    assert_eq!(reader.count().unwrap(), 2);
    assert!(matches!(reader.commit("say", vec![draft("three")]), Err(StoreError::ReadOnly { .. })));
    drop(store);
    Sqlite::open(&path).unwrap();
}

#[test]
fn a_reader_makes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("none/record.sqlite3");
    expect!["there is no store at `FOLDER/none/record.sqlite3`: name the right folder with `--data`, or record something first"]
        .assert_eq(&error(Sqlite::open_to_read(&path), folder.path()));
    assert!(!folder.path().join("none").exists());
}

#[test]
fn a_file_that_is_no_store_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("record.sqlite3");
    Connection::open(&path).unwrap().execute_batch("CREATE TABLE other (x)").unwrap();
    expect!["`FOLDER/record.sqlite3` is not a store of vouchsafe: it is a database of another program"]
        .assert_eq(&error(Sqlite::open(&path), folder.path()));
    let text = folder.path().join("text");
    fs::write(&text, "no database, but long enough to have a header of one hundred bytes ".repeat(3)).unwrap();
    expect!["`FOLDER/text` is not a store of vouchsafe: it is no database at all"]
        .assert_eq(&error(Sqlite::open(&text), folder.path()));
    assert!(fs::read_to_string(&text).unwrap().starts_with("no database"));
}

#[test]
fn a_store_of_a_newer_version_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("record.sqlite3");
    drop(Sqlite::open(&path).unwrap());
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let expected = expect![
        "`FOLDER/record.sqlite3` is a store of a newer version (99; this program knows up to 13): use the newer program"
    ];
    expected.assert_eq(&error(Sqlite::open(&path), folder.path()));
    expected.assert_eq(&error(Sqlite::open_to_read(&path), folder.path()));
}

#[test]
fn postgres_of_a_newer_version_is_refused() {
    let url = cluster::database("newer");
    let running = Postgres::open(&url).unwrap();
    running.commit("say", vec![draft("one")]).unwrap();
    let mut client = postgres::Client::connect(&url, postgres::NoTls).unwrap();
    client.batch_execute("UPDATE vouchsafe.schema_version SET version = 99").unwrap();
    // One that was there before writes nothing more.
    let refused = running.commit("say", vec![draft("two")]);
    assert!(matches!(refused, Err(StoreError::Newer { found: 99, known: 13, .. })), "{refused:?}");
    assert_eq!(running.count().unwrap(), 1);
    assert!(matches!(Postgres::open(&url), Err(StoreError::Newer { found: 99, known: 13, .. })));
    client.batch_execute("DROP TABLE vouchsafe.schema_version").unwrap();
    assert!(matches!(Postgres::open(&url), Err(StoreError::Foreign { .. })));
}

#[test]
fn a_reader_of_postgres_makes_and_writes_nothing() {
    let url = cluster::database("reader");
    assert!(matches!(Postgres::open_to_read(&url), Err(StoreError::Absent { .. })));
    let store = Postgres::open(&url).unwrap();
    store.commit("say", vec![draft("one")]).unwrap();
    let reader = Postgres::open_to_read(&url).unwrap();
    assert_eq!(reader.count().unwrap(), 1);
    assert!(matches!(reader.commit("say", vec![draft("two")]), Err(StoreError::ReadOnly { .. })));
    assert!(matches!(reader.sequence(1), Err(StoreError::ReadOnly { .. })));
    assert_eq!(store.count().unwrap(), 1);
}

#[test]
fn a_full_disk_keeps_nothing_of_the_act() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("record.sqlite3");
    let store = Sqlite::open_with(&path, SqliteOptions { max_pages: Some(60), ..SqliteOptions::default() }).unwrap();
    let mut kept = 0;
    let full = loop {
        // Digits that do not pack well.
        let long: String = (0..100_u32).map(|n| hex::encode(Sha256::digest((n + kept as u32).to_be_bytes()))).collect();
        match store.commit("say", vec![draft("small"), draft(&long)]) {
            Ok(_) => kept += 2,
            Err(error) => break error,
        }
    };
    let text = full.to_string().replace(&folder.path().display().to_string(), "FOLDER");
    expect!["`FOLDER/record.sqlite3` is full: free some space and repeat; nothing of this act was kept"]
        .assert_eq(&text);
    assert!(kept > 0);
    assert_eq!(store.count().unwrap(), kept);
    drop(store);
    // With space again, the same store goes on.
    let store = Sqlite::open(&path).unwrap();
    assert_eq!(store.entries(0, usize::MAX).unwrap().len() as u64, kept);
    assert_eq!(store.commit("say", vec![draft("later")]).unwrap()[0].seq, kept);
}

const READ_ONLY: &str = "VOUCHSAFE_TEST_READ_ONLY";

/// Runs only as the child of the test below, as a user who may not write there.
#[test]
#[ignore = "run by the test below as its child"]
fn read_only_child() {
    let Some(folder) = std::env::var_os(READ_ONLY) else { return };
    let folder = Path::new(&folder);
    let expected = "cannot be written: give this user the right to write there; nothing of this act was kept";
    for name in ["record.sqlite3", "new.sqlite3", "new/record.sqlite3"] {
        assert_eq!(error(Sqlite::open(&folder.join(name)), folder), format!("`FOLDER/{name}` {expected}"));
    }
    // Whoever may only read can still read, with no file made beside the store.
    assert_eq!(Sqlite::open_to_read(&folder.join("record.sqlite3")).unwrap().count().unwrap(), 1);
}

#[cfg(unix)]
#[test]
fn a_folder_that_may_only_be_read_says_so() {
    use std::{os::unix::fs::PermissionsExt as _, process::Command};
    let outer = tempfile::tempdir().unwrap();
    let folder = outer.path().join("city");
    let path = folder.join("record.sqlite3");
    let store = Sqlite::open(&path).unwrap();
    store.commit("say", vec![draft("one")]).unwrap();
    drop(store);
    let before = fs::read(&path).unwrap();
    let names = || fs::read_dir(&folder).unwrap().map(|file| file.unwrap().file_name()).collect::<Vec<_>>();
    let names_before = names();
    // Where this process is root, who may write everywhere, another user tries; that user must reach the test's program.
    let program = outer.path().join("program");
    fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
    let allow = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    allow(outer.path(), 0o755);
    names_before.iter().for_each(|name| allow(&folder.join(name), 0o444));
    allow(&folder, 0o555);
    let mut command = cluster::not_as_root();
    command.push(program.display().to_string());
    let child = Command::new(&command[0])
        .args(&command[1..])
        .args(["store::sqlite_only::read_only_child", "--exact", "--ignored", "--nocapture"])
        .env(READ_ONLY, &folder)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&child.stdout).into_owned() + &String::from_utf8_lossy(&child.stderr);
    assert!(child.status.success() && said.contains("1 passed"), "{said}");
    assert_eq!((fs::read(&path).unwrap(), names()), (before, names_before));
    allow(&folder, 0o755);
}

#[test]
fn a_reader_refuses_every_kind_of_write() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("record.sqlite3");
    let store = Sqlite::open(&path).unwrap();
    let one = said("one", None);
    store.commit("say", vec![one.clone().into()]).unwrap();
    let reader = Sqlite::open_to_read(&path).unwrap();
    let order = erasure(one.id, reader.leaves(0, 1).unwrap()[0]);
    assert!(matches!(reader.commit("say", vec![draft("two")]), Err(StoreError::ReadOnly { .. })));
    assert!(matches!(reader.erase(order), Err(StoreError::ReadOnly { .. })));
    assert!(matches!(reader.sequence(1), Err(StoreError::ReadOnly { .. })));
    let checkpoint = SignedCheckpoint { size: 0, note: String::new() };
    let refused = reader.swap_checkpoint(None, &checkpoint);
    assert!(matches!(refused, Err(SwapError::Store(StoreError::ReadOnly { .. }))));
    assert_eq!(store.count().unwrap(), 1);
}

#[test]
fn an_erased_body_is_in_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("record.sqlite3");
    let store = Sqlite::open(&path).unwrap();
    let words = "a sentence that is searched for";
    let one = said(words, None);
    store.commit("say", vec![one.clone().into(), draft("other")]).unwrap();
    let stored = store.find(&one.id).unwrap().unwrap();
    let salt = *stored.held.unwrap().salt.as_bytes();
    let found = |needle: &[u8]| {
        fs::read_dir(folder.path())
            .unwrap()
            .any(|file| fs::read(file.unwrap().path()).unwrap().windows(needle.len()).any(|window| window == needle))
    };
    assert!(found(words.as_bytes()) && found(&salt));
    store.erase(erasure(one.id, stored.leaf)).unwrap();
    assert!(!found(words.as_bytes()) && !found(&salt));
    assert!(found(stored.leaf.as_bytes()));
}

#[test]
fn a_changed_byte_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("record.sqlite3");
    let store = Sqlite::open(&path).unwrap();
    store.commit("say", vec![draft("one")]).unwrap();
    drop(store);
    let db = Connection::open(&path).unwrap();
    db.execute("UPDATE body SET bytes = CAST(replace(CAST(bytes AS TEXT), 'one', 'two') AS BLOB)", []).unwrap();
    drop(db);
    let damaged = Sqlite::open(&path).unwrap().entries(0, 1).unwrap_err();
    let text = damaged.to_string().replace(&folder.path().display().to_string(), "FOLDER");
    expect!["entry 0 of `FOLDER/record.sqlite3` is damaged: its bytes do not match its leaf; restore it from a copy"]
        .assert_eq(&text);
}

/// Migrations are only ever added: stores made by each of these exist.
#[test]
fn migrations_are_never_edited() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store/migrations");
    let mut seen = Vec::new();
    for kind in ["sqlite", "postgres"] {
        let mut files: Vec<_> = fs::read_dir(folder.join(kind)).unwrap().map(|file| file.unwrap().path()).collect();
        files.sort();
        for file in files {
            let name = file.file_name().unwrap().to_string_lossy().into_owned();
            seen.push(format!("{kind}/{name} {}", hex::encode(Sha256::digest(fs::read(&file).unwrap()))));
        }
    }
    expect![[r#"
        sqlite/0001_record.sql b28fae356d231c8581dc5a4d5f293bf7efede03ddad851089bd0e4b5b785d1e3
        sqlite/0002_reports.sql 9f6861f37dd31891d1748d435627996717d3b7139338833ca1519a8e4321e918
        sqlite/0003_people.sql ddd10275630ef66ba0d6d1b8262847496c0855c88d65bddf9c3b83985eec9c2a
        sqlite/0004_systems.sql 205bf4420c2ee8e6a65eb3c9b895f0a8bcb272ffc611b784032b587724c201b8
        sqlite/0005_bound.sql 149bb37945863129d8f103011811c28f2f532b9e3697ac200cd83446c5a9beb9
        sqlite/0006_reminders.sql 54138ce778f77366f89b5124f2e45437710704b206e9a3288fcd9d0674420940
        sqlite/0007_search.sql 857f551622fbc9c11fa83b99fee0607bee46df09c5b7162fba0b349526f095ca
        sqlite/0008_photographs.sql aef4a11f7bdf3f08b974ca4a4469f4605ca3eed8c22840ec9a04d49903549e92
        sqlite/0009_hooks.sql 8e2bedecf7d5956535a1c4aee330ec25e2fd951166dac91014a06bef906b65d1
        sqlite/0010_readings.sql b83edcd7b509c67652d56b4e392bde86a73eb0a2b13d34a0d05f0cc773c30deb
        sqlite/0011_deeds.sql cff59f1b9e466e566ffcd4e297834cf1f546b4f1b62f3663b2ac496825dc9dfa
        sqlite/0012_unrecorded.sql 5c2b1af9a0afda328b604023fe25c6453d909f29ebf6722eefc679fd428323ab
        sqlite/0013_dictionary.sql c63765f3cef2721860cd1764964503939d9d23e47392e6da95be08560dced2dd
        postgres/0001_record.sql 9164c60bd48ad1324286417c78fca272bec9045e90334531102f1c911ce96af2
        postgres/0002_reports.sql af1e9020b5a0b8caa9bf9108d5eebc8e037ae606b549373315725d44d7d21072
        postgres/0003_people.sql 8b252a0faff31d191a75eb564d1d9152fe9d96870c77c175b60c1d11ace28cfa
        postgres/0004_systems.sql 13ee652c7e23ba4320ae8e7a759ed060c3c7f9357616f4061dabe0d0279e31a6
        postgres/0005_bound.sql 047cb37f1e1ee2db774baac98e8dda118f15982a04a36bbf263a223c7af71950
        postgres/0006_reminders.sql 080106f61da4939733ad6325e819143e96fd8e86559ffcb1bc2224efe908c793
        postgres/0007_search.sql 149078ff40c8c54babe6eb18885d216f8b58000fe6aa482de6f8b034e4a98800
        postgres/0008_photographs.sql 293266c5c2af329025e06698f24e74a5da5b660969dff5c66bbda4b35a1a8364
        postgres/0009_hooks.sql c5922289b34ac6f90dc2fc85a5fe62845cc53db9c5f278e1b3c12584232b1429
        postgres/0010_readings.sql 9de0622aeec2fea8bb5eb8d005c116211355b2140f2f45f44ce0c6149048c1b2
        postgres/0011_deeds.sql 17be6abea972b844430ea0cdb95924d19283f1ceb8cae835f8eb312a2540badb
        postgres/0012_unrecorded.sql af6f9df926465f1ed32712dbef42783a479b45c434cec1645b64c611eb7202a2
        postgres/0013_dictionary.sql d3cda3a93bf331b5332a75f2c91ad8303cccb584b92306d556527ffcc16ae6dd
    "#]]
    .assert_eq(&(seen.join("\n") + "\n"));
}

/// With the database and Zstandard alone, as `migrations/sqlite/0013_dictionary.sql` says.
#[test]
fn a_packed_body_is_read_without_this_program() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("record.sqlite3");
    let store = Sqlite::open(&path).unwrap();
    let entry = draft(&"words ".repeat(500)).entry;
    store.commit("test", vec![entry.clone().into()]).unwrap();
    let db = Connection::open(&path).unwrap();
    let body = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
    let (packed, length): (Vec<u8>, u32) = db.query_row("SELECT bytes, plain_bytes FROM body", [], body).unwrap();
    let (id, frame) = packed.split_first().unwrap();
    let dictionary: Vec<u8> =
        db.query_row("SELECT bytes FROM dictionary WHERE id = ?1", [id], |row| row.get(0)).unwrap();
    let plain =
        zstd::bulk::Decompressor::with_dictionary(&dictionary).unwrap().decompress(frame, length as usize).unwrap();
    assert_eq!(plain, record::canonical(&entry).unwrap());
}

/// The folder may have been there, open to others.
#[test]
fn a_new_store_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let path = folder.path().join("record.sqlite3");
    let store = Sqlite::open(&path).unwrap();
    store.commit("test", vec![draft("words")]).unwrap();
    for name in ["record.sqlite3", "record.sqlite3-wal", "record.sqlite3-shm"] {
        let mode = fs::metadata(folder.path().join(name)).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{name}");
    }
}
