//! The fault matrix: each durable write fails without being kept, and fails although it was kept. Repeating it must lead to
//! the record that a faultless run would have made.

use std::sync::Arc;

use server::store::{Draft, Faulty, Group, Postgres, SignedCheckpoint, Sqlite, Store, StoreError, SwapError, Trouble};

use super::{cluster, erasure, keyed};

fn again<T>(mut work: impl FnMut() -> Result<T, StoreError>) -> T {
    work()
        .or_else(|error| {
            assert!(matches!(error, StoreError::Backend { .. }), "{error}");
            work()
        })
        .unwrap()
}

/// A day's work in five durable writes, each repeated once if it fails.
fn day(store: &dyn Store) {
    let first = again(|| store.commit("say", vec![keyed("a", "one"), keyed("b", "two")]));
    assert_eq!((first[0].seq, first[1].seq), (0, 1));
    let order = erasure(first[0].id, store.leaves(0, 1).unwrap()[0]);
    let erased = again(|| store.erase(Draft { key: Some("order".to_owned()), ..order.clone() }));
    assert_eq!(erased.committed.seq, 2);
    assert_eq!(again(|| store.sequence(10)), 3);
    let new = SignedCheckpoint { size: 3, note: "three".to_owned() };
    // The sequencer's way: whoever gets an error looks again before it signs anything else.
    let swapped = store.swap_checkpoint(None, &new);
    if let Err(SwapError::Store(_)) = swapped
        && store.checkpoint().unwrap().as_ref() != Some(&new)
    {
        store.swap_checkpoint(None, &new).unwrap();
    }
    again(|| store.commit("say", vec![keyed("c", "three")]));
}

/// Place in the record, act, place in the log, whether the body is there.
type Seen = (u64, String, Option<u64>, bool);

/// What is there after a day, but for what chance decides.
fn state(store: &dyn Store) -> (Vec<Seen>, Option<SignedCheckpoint>) {
    let entries = store.entries(0, 100).unwrap();
    let seen = entries.iter().map(|stored| (stored.seq, stored.act.clone(), stored.log_index, stored.held.is_some()));
    (seen.collect(), store.checkpoint().unwrap())
}

fn matrix(fresh: impl Fn(String) -> Arc<dyn Store>) {
    let plain = fresh("faultless".to_owned());
    day(&*plain);
    let expected = state(&*plain);
    assert_eq!(expected.0.len(), 4);
    for trouble in [Trouble::NotKept, Trouble::Kept] {
        for nth in 0..5 {
            let store = fresh(format!("fault_{trouble:?}_{nth}").to_lowercase());
            let faulty = Faulty::new(Arc::clone(&store));
            faulty.fail(nth, trouble);
            day(&faulty);
            assert!(faulty.writes() >= 5);
            assert_eq!(state(&*store), expected, "{trouble:?} at write {nth}");
            // Through the group, an error reaches every caller of the batch, and the next batch goes on.
            let faulty = Arc::new(Faulty::new(Arc::clone(&store)));
            faulty.fail(0, trouble);
            let group = Group::new(faulty).unwrap();
            let last = again(|| group.commit("say", vec![keyed("d", "four")]));
            assert_eq!((last[0].seq, store.count().unwrap()), (4, 5));
        }
    }
}

#[test]
fn every_failed_write_leads_to_the_same_record_in_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    matrix(|name| Arc::new(Sqlite::open(&folder.path().join(name)).unwrap()));
}

#[test]
fn every_failed_write_leads_to_the_same_record_in_postgres() {
    matrix(|name| Arc::new(Postgres::open(&cluster::database(&format!("matrix_{name}"))).unwrap()));
}
