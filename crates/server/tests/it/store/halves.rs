//! No half act: whichever statement of a transaction fails, and wherever the disk is full, nothing of the act is there.

use std::{fs, path::Path};

use record::{Body, EntryId, Leaf};
use rusqlite::Connection;
use server::store::{Draft, Postgres, SignedCheckpoint, Sqlite, SqliteOptions, Store, StoreError};
use sha2::{Digest, Sha256};

use super::{cluster, draft, erasure, keyed, said};

/// An entry as the store shows it: sequence number, id, act, place in the log, leaf, body.
type SeenEntry = (u64, EntryId, String, Option<u64>, Leaf, Option<Body>);

/// Makes one statement on one table fail, or none.
type Fail<'a> = dyn FnMut(Option<(&str, &str)>) + 'a;

/// Everything that a write may change, as anybody may see it.
#[derive(Debug, PartialEq)]
struct Seen {
    entries: Vec<SeenEntry>,
    checkpoint: Option<SignedCheckpoint>,
}

fn seen(store: &dyn Store) -> Seen {
    let entries = store.entries(0, usize::MAX).unwrap();
    let row =
        |it: server::store::Stored| (it.seq, it.id, it.act, it.log_index, it.leaf, it.held.map(|it| it.entry.body));
    Seen { entries: entries.into_iter().map(row).collect(), checkpoint: store.checkpoint().unwrap() }
}

/// An act of three, two of them keyed.
fn act(name: &str) -> Vec<Draft> {
    vec![keyed(&format!("{name} 1"), "one"), draft("two"), keyed(&format!("{name} 3"), "three")]
}

/// Each kind of write with each of its statements failing: `fail(Some((table, event)))` makes the next such statement
/// fail, `fail(None)` none. `events` are the statements of each kind of write on this database.
fn each_statement(store: &dyn Store, fail: &mut Fail<'_>, tail: bool) {
    let first = store.commit("say", act("first")).unwrap();
    store.sequence(2).unwrap();
    let old = SignedCheckpoint { size: 1, note: "one".to_owned() };
    store.swap_checkpoint(None, &old).unwrap();
    let order = Draft { key: Some("order".to_owned()), ..erasure(first[1].id, store.leaves(1, 1).unwrap()[0]) };
    let mut statements = vec![("entry", "INSERT"), ("body", "INSERT"), ("done_key", "INSERT")];
    if tail {
        statements.push(("tail", "UPDATE"));
    }
    let before = seen(store);
    let faulty = |error: StoreError| assert!(matches!(error, StoreError::Backend { .. }), "{error}");
    for at in &statements {
        fail(Some(*at));
        faulty(store.commit("say", act("second")).unwrap_err());
        faulty(store.erase(order.clone()).unwrap_err());
        assert_eq!(seen(store), before, "{at:?}");
    }
    for at in [("body", "DELETE"), ("entry", "UPDATE")] {
        fail(Some(at));
        faulty(store.erase(order.clone()).unwrap_err());
        assert_eq!(seen(store), before, "{at:?}");
    }
    fail(Some(("log_place", "INSERT")));
    faulty(store.sequence(10).unwrap_err());
    fail(Some(("checkpoint", "UPDATE")));
    let new = SignedCheckpoint { size: 2, note: "two".to_owned() };
    assert!(store.swap_checkpoint(Some(&old), &new).is_err());
    assert_eq!(seen(store), before);
    // The keys of what failed are free, and the numbers go on without a gap.
    fail(None);
    let seqs = |committed: Vec<server::store::Committed>| committed.iter().map(|one| (one.seq, one.already)).collect();
    let again: Vec<_> = seqs(store.commit("say", act("second")).unwrap());
    assert_eq!(again, [(3, false), (4, false), (5, false)]);
    assert_eq!(store.erase(order).unwrap().committed.seq, 6);
    assert_eq!(store.sequence(10).unwrap(), 7);
    store.swap_checkpoint(Some(&old), &new).unwrap();
}

#[test]
fn no_failing_statement_leaves_half_an_act_in_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("record.sqlite3");
    let store = Sqlite::open(&path).unwrap();
    let other = Connection::open(&path).unwrap();
    each_statement(
        &store,
        &mut |at| {
            other.execute_batch("DROP TRIGGER IF EXISTS fail").unwrap();
            if let Some((table, event)) = at {
                let when = format!("BEFORE {event} ON {table}");
                other
                    .execute_batch(&format!(
                        "CREATE TRIGGER fail {when} BEGIN SELECT RAISE(ABORT, 'a fault was injected here'); END"
                    ))
                    .unwrap();
            }
        },
        false,
    );
}

#[test]
fn no_failing_statement_leaves_half_an_act_in_postgres() {
    let url = cluster::database("halves");
    let store = Postgres::open(&url).unwrap();
    let mut other = postgres::Client::connect(&url, postgres::NoTls).unwrap();
    other
        .batch_execute(
            "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS \
             $$ BEGIN RAISE EXCEPTION 'a fault was injected here'; END $$",
        )
        .unwrap();
    let mut last: Option<String> = None;
    each_statement(
        &store,
        &mut |at| {
            if let Some(table) = last.take() {
                other.batch_execute(&format!("DROP TRIGGER fail ON vouchsafe.{table}")).unwrap();
            }
            if let Some((table, event)) = at {
                let when = format!("BEFORE {event} ON vouchsafe.{table} FOR EACH ROW");
                other.batch_execute(&format!("CREATE TRIGGER fail {when} EXECUTE FUNCTION fail()")).unwrap();
                last = Some(table.to_owned());
            }
        },
        true,
    );
}

/// Words that do not pack well, so that an act needs many pages.
fn long(seed: u32) -> String {
    (0..600_u32).map(|n| hex::encode(Sha256::digest([seed.to_be_bytes(), n.to_be_bytes()].concat()))).collect()
}

fn pages(path: &Path) -> u32 {
    Connection::open(path).unwrap().query_row("PRAGMA page_count", [], |row| row.get(0)).unwrap()
}

/// The disk is full after no page, one page, two pages more, until the act fits.
#[test]
fn a_disk_that_is_full_at_any_page_keeps_nothing_of_the_act() {
    let folder = tempfile::tempdir().unwrap();
    let made = folder.path().join("made");
    let store = Sqlite::open(&made).unwrap();
    let first = said(&long(0), None);
    store.commit("say", vec![first.clone().into(), draft("small")]).unwrap();
    drop(store);
    let had = pages(&made);
    let mut full = 0;
    for more in 0.. {
        let path = folder.path().join(format!("more-{more}"));
        fs::copy(&made, &path).unwrap();
        let store = Sqlite::open_with(&path, SqliteOptions { max_pages: Some(had + more), ..SqliteOptions::default() })
            .unwrap();
        let before = seen(&store);
        let drafts = || vec![keyed("1", &long(1)), keyed("2", "two"), keyed("3", &long(3))];
        let kept = match store.commit("say", drafts()) {
            Ok(committed) => committed.len(),
            Err(error) => {
                assert!(matches!(error, StoreError::Full { .. }), "{error}");
                assert_eq!(seen(&store), before, "with {more} pages more");
                0
            }
        };
        // An erasure frees more than it writes; with nothing free it may fail, whole.
        let order = erasure(first.id, before.entries[0].4);
        match store.erase(order) {
            Ok(_) => assert!(store.find(&first.id).unwrap().unwrap().held.is_none()),
            Err(error) => {
                assert!(matches!(error, StoreError::Full { .. }), "{error}");
                assert_eq!(store.find(&first.id).unwrap().unwrap().entry(), Some(&first));
            }
        }
        drop(store);
        let db = Connection::open(&path).unwrap();
        let sound: String = db.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
        assert_eq!(sound, "ok");
        drop(db);
        // With space again, the same keys do the work once.
        let store = Sqlite::open(&path).unwrap();
        let again = store.commit("say", drafts()).unwrap();
        assert!(again.iter().all(|one| one.already == (kept == 3)));
        if kept == 3 {
            break;
        }
        full += 1;
    }
    assert!(full > 5, "{full}");
}
