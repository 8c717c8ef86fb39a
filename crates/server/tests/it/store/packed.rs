//! A store of the version before there was a dictionary, brought on: what it packed is read, erased and checked as what is packed now.

use std::sync::Arc;

use server::{
    log::verify::verify,
    store::{Postgres, Sqlite, Store, Stored},
};

use super::{cluster, draft, erasure, said};
use crate::folders::opened;

/// The version that had no dictionary.
const BEFORE: i64 = 12;

/// Keeps long entries, takes the store back to how that version had packed them, and goes on with it.
fn brought_on(open: impl Fn() -> Arc<dyn Store>, back: impl Fn(&[(i64, Vec<u8>)])) {
    let long = |word: &str| draft(&format!("{word} ").repeat(400));
    let store = open();
    store.commit("test", vec![long("one"), draft("short"), long("two")]).unwrap();
    let kept = store.entries(0, 9).unwrap();
    drop(store);
    let packed = |stored: &Stored| {
        let plain = &stored.held.as_ref().unwrap().bytes;
        (i64::try_from(stored.seq).unwrap(), zstd::bulk::compress(plain, 1).unwrap())
    };
    back(&kept.iter().filter(|stored| stored.seq != 1).map(packed).collect::<Vec<_>>());

    let store = open();
    let bytes = |stored: &Stored| stored.held.as_ref().unwrap().bytes.clone();
    let read = store.entries(0, 9).unwrap();
    assert_eq!(read.iter().map(bytes).collect::<Vec<_>>(), kept.iter().map(bytes).collect::<Vec<_>>());
    store.commit("test", vec![long("three")]).unwrap();
    store.erase(erasure(kept[0].id, kept[0].leaf)).unwrap();
    drop(store);
    let store = open();
    let read = store.entries(0, 9).unwrap();
    assert!(read[0].held.is_none());
    assert_eq!(bytes(&read[2]), bytes(&kept[2]));
    assert!(String::from_utf8(bytes(&read[3])).unwrap().contains("three three"));
}

#[test]
fn a_store_of_before_the_dictionary_is_brought_on_in_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("record.sqlite3");
    let back = |packed: &[(i64, Vec<u8>)]| {
        let db = rusqlite::Connection::open(&path).unwrap();
        for (seq, bytes) in packed {
            assert_eq!(db.execute("UPDATE body SET bytes = ?2 WHERE seq = ?1", (seq, bytes)).unwrap(), 1);
        }
        db.execute_batch("DROP TABLE dictionary").unwrap();
        db.pragma_update(None, "user_version", BEFORE).unwrap();
    };
    brought_on(|| Arc::new(Sqlite::open(&path).unwrap()), back);
}

#[test]
fn a_store_of_before_the_dictionary_is_brought_on_in_postgresql() {
    let url = cluster::database("packed");
    let back = |packed: &[(i64, Vec<u8>)]| {
        let mut client = postgres::Client::connect(&url, postgres::NoTls).unwrap();
        for (seq, bytes) in packed {
            let changed = client.execute("UPDATE vouchsafe.body SET bytes = $2 WHERE seq = $1", &[seq, bytes]).unwrap();
            assert_eq!(changed, 1);
        }
        client.batch_execute("DROP TABLE vouchsafe.dictionary").unwrap();
        client.execute("UPDATE vouchsafe.schema_version SET version = $1", &[&BEFORE]).unwrap();
    };
    brought_on(|| Arc::new(Postgres::open(&url).unwrap()), back);
}

/// Before it is brought on: nothing writes to what is to be checked.
#[test]
fn a_store_of_before_the_dictionary_is_verified_as_it_lies() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("record.sqlite3");
    let store = Arc::new(Sqlite::open(&path).unwrap());
    store.commit("test", vec![said(&"words ".repeat(400), None).into(), draft("short")]).unwrap();
    opened(store.clone(), folder.path(), Some("log.example/2026")).catch_up().unwrap();
    let plain = store.entries(0, 1).unwrap().remove(0).held.unwrap().bytes;
    drop(store);
    let db = rusqlite::Connection::open(&path).unwrap();
    let packed = zstd::bulk::compress(&plain, 1).unwrap();
    db.execute("UPDATE body SET bytes = ?1 WHERE seq = 0", [packed]).unwrap();
    db.execute_batch("DROP TABLE dictionary").unwrap();
    db.pragma_update(None, "user_version", BEFORE).unwrap();
    drop(db);
    let report = verify(folder.path().to_str().unwrap(), &[]).unwrap();
    let named: Vec<_> = report.faults.named.iter().map(|fault| format!("{}: {}", fault.place, fault.what)).collect();
    assert_eq!(named.len(), 1, "{named:?}");
    assert!(named[0].starts_with("the store: ") && named[0].contains("its version is 12"), "{named:?}");
}
