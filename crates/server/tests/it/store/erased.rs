//! What becomes of erased bytes: overwritten at once, or answered as not yet, and overwritten as soon as nobody is in the way.

use std::{fs, path::Path, thread, time::Duration};

use record::EntryId;
use rusqlite::Connection;
use server::store::{ErasedBytes, Postgres, Sqlite, Store};

use super::{cluster, draft, erasure, said};

const WORDS: &str = "a sentence that is searched for";

/// Whether the words stand in any file of the folder.
fn found(folder: &Path) -> bool {
    let mut files = fs::read_dir(folder).unwrap().map(|file| fs::read(file.unwrap().path()).unwrap());
    files.any(|bytes| bytes.windows(WORDS.len()).any(|window| window == WORDS.as_bytes()))
}

/// A store with the words in it, and the id of the entry that says them.
fn store(path: &Path) -> (Sqlite, EntryId) {
    let store = Sqlite::open(path).unwrap();
    let one = said(WORDS, None);
    store.commit("say", vec![one.clone().into(), draft("other")]).unwrap();
    (store, one.id)
}

/// Another program's reader in the middle of a read.
fn reader(path: &Path) -> Connection {
    let reader = Connection::open(path).unwrap();
    reader.execute_batch("BEGIN; SELECT count(*) FROM entry").unwrap();
    reader
}

fn erase(store: &dyn Store, id: EntryId) -> ErasedBytes {
    let leaf = store.find(&id).unwrap().unwrap().leaf;
    let erased = store.erase(erasure(id, leaf)).unwrap();
    assert!(store.find(&id).unwrap().unwrap().held.is_none(), "it holds, whatever becomes of the bytes");
    assert_eq!(store.find(&erased.committed.id).unwrap().unwrap().seq, erased.committed.seq);
    erased.bytes
}

#[test]
fn with_nobody_in_the_way_it_is_overwritten_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let (store, id) = store(&folder.path().join("record.sqlite3"));
    assert!(found(folder.path()));
    assert_eq!(erase(&store, id), ErasedBytes::Overwritten);
    assert!(!found(folder.path()));
}

#[test]
fn what_a_reader_holds_is_answered_so_and_overwritten_by_the_next_write() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("record.sqlite3");
    let (store, id) = store(&path);
    let reader = reader(&path);
    assert_eq!(erase(&store, id), ErasedBytes::Waiting);
    store.commit("say", vec![draft("while the reader reads")]).unwrap();
    assert!(found(folder.path()), "it cannot be overwritten while it is read");
    reader.execute_batch("COMMIT").unwrap();
    store.commit("say", vec![draft("when the reader has read")]).unwrap();
    assert!(!found(folder.path()));
}

#[test]
fn a_reader_that_ends_in_time_is_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("record.sqlite3");
    let (store, id) = store(&path);
    let reader = reader(&path);
    let ends = thread::spawn(move || {
        thread::sleep(Duration::from_millis(200));
        reader.execute_batch("COMMIT").unwrap();
    });
    assert_eq!(erase(&store, id), ErasedBytes::Overwritten);
    ends.join().unwrap();
    assert!(!found(folder.path()));
}

#[test]
fn what_waits_is_overwritten_when_the_store_is_closed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("record.sqlite3");
    let (store, id) = store(&path);
    let reader = reader(&path);
    assert_eq!(erase(&store, id), ErasedBytes::Waiting);
    reader.execute_batch("COMMIT").unwrap();
    // The reader's connection stays open and idle, so that closing the store closes not the last one.
    drop(store);
    assert!(!found(folder.path()));
    drop(reader);
}

#[test]
fn what_waits_is_overwritten_when_the_store_is_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("record.sqlite3");
    let (store, id) = store(&path);
    let first = reader(&path);
    assert_eq!(erase(&store, id), ErasedBytes::Waiting);
    drop(store);
    assert!(found(folder.path()));
    // Opened while it is still read: nothing in memory remembers the erasure, and it is done all the same.
    let store = Sqlite::open(&path).unwrap();
    assert!(found(folder.path()));
    first.execute_batch("COMMIT").unwrap();
    store.sequence(1).unwrap();
    assert!(!found(folder.path()));
    drop(store);

    let another = said(WORDS, None);
    let store = Sqlite::open(&path).unwrap();
    store.commit("say", vec![another.clone().into()]).unwrap();
    let second = reader(&path);
    assert_eq!(erase(&store, another.id), ErasedBytes::Waiting);
    drop(store);
    second.execute_batch("COMMIT").unwrap();
    assert!(found(folder.path()));
    let _store = Sqlite::open(&path).unwrap();
    assert!(!found(folder.path()));
}

/// Dead bodies that the server has not freed.
fn dead(url: &str) -> i64 {
    let mut client = postgres::Client::connect(url, postgres::NoTls).unwrap();
    let sql = "SELECT n_dead_tup FROM pg_stat_all_tables WHERE relid = 'vouchsafe.body'::regclass";
    client.query_one(sql, &[]).unwrap().get(0)
}

#[test]
fn postgres_says_when_an_older_transaction_may_still_see_it() {
    let url = cluster::database("erase_seen");
    let store = Postgres::open(&url).unwrap();
    let (one, two) = (said(WORDS, None), said(WORDS, None));
    store.commit("say", vec![one.clone().into(), two.clone().into()]).unwrap();
    assert_eq!(erase(&store, one.id), ErasedBytes::Freed);
    assert_eq!(dead(&url), 0);

    let mut reader = postgres::Client::connect(&url, postgres::NoTls).unwrap();
    reader.batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM vouchsafe.body").unwrap();
    assert_eq!(erase(&store, two.id), ErasedBytes::Waiting);
    assert_eq!(dead(&url), 1);
    reader.batch_execute("COMMIT").unwrap();
    drop(store);
    assert_eq!(dead(&url), 0, "freed when the store was closed");
}

#[test]
fn postgres_is_no_error_after_its_commit() {
    let url = cluster::database("erase_locked");
    let store = Postgres::open(&url).unwrap();
    let one = said(WORDS, None);
    store.commit("say", vec![one.clone().into()]).unwrap();
    // Lets rows be deleted and no vacuum begin.
    let mut other = postgres::Client::connect(&url, postgres::NoTls).unwrap();
    other.batch_execute("BEGIN; LOCK TABLE vouchsafe.body IN SHARE UPDATE EXCLUSIVE MODE").unwrap();
    assert_eq!(erase(&store, one.id), ErasedBytes::Waiting);
    // As if the process had died: what it knew is gone.
    std::mem::forget(store);
    other.batch_execute("COMMIT").unwrap();
    assert_eq!(dead(&url), 1);
    let _store = Postgres::open(&url).unwrap();
    assert_eq!(dead(&url), 0, "freed when the store was opened");
}
