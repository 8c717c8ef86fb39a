//! Whom has been written to, in SQLite and in PostgreSQL: a day is claimed once, by one alone.

use std::sync::{Arc, Barrier};

use jiff::civil::{Date, date};
use server::store::{Postgres, Sqlite, reminders::Reminders};

use super::cluster;

const DAY: Date = date(2026, 11, 27);

fn a_day_is_claimed_by_one_alone_and_given_back_when_nothing_was_sent(stores: &[Arc<dyn Reminders>]) {
    let (one, other) = ([1; 32], [2; 32]);
    let barrier = Arc::new(Barrier::new(8));
    let claims: Vec<_> = (0..8)
        .map(|number| {
            let (store, barrier) = (Arc::clone(&stores[number % stores.len()]), Arc::clone(&barrier));
            std::thread::spawn(move || {
                barrier.wait();
                store.claim(&one, DAY).unwrap()
            })
        })
        .collect();
    let won = claims.into_iter().map(|claim| claim.join().unwrap()).filter(|won| *won).count();
    assert_eq!(won, 1);
    let store = stores.last().unwrap();
    assert!(!store.claim(&one, date(2026, 11, 26)).unwrap(), "a clock that went back");
    assert!(store.claim(&other, DAY).unwrap(), "another address has its own day");
    store.give_back(&one, date(2026, 11, 26)).unwrap();
    assert!(!store.claim(&one, DAY).unwrap(), "another day was given back");
    store.give_back(&one, DAY).unwrap();
    assert!(store.claim(&one, DAY).unwrap());
    assert!(store.claim(&one, date(2026, 11, 28)).unwrap(), "the next day");
    assert!(!store.claim(&one, DAY).unwrap());
}

#[test]
fn sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("record.sqlite3");
    let store = Sqlite::open(&path).unwrap();
    a_day_is_claimed_by_one_alone_and_given_back_when_nothing_was_sent(&[Arc::new(store)]);
    // Another process later.
    let again = Sqlite::open(&path).unwrap();
    assert!(!again.claim(&[1; 32], date(2026, 11, 28)).unwrap());
}

#[test]
fn postgres() {
    let address = cluster::database("reminders");
    let open = || Arc::new(Postgres::open(&address).unwrap()) as Arc<dyn Reminders>;
    a_day_is_claimed_by_one_alone_and_given_back_when_nothing_was_sent(&[open(), open(), open()]);
}
