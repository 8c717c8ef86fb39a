//! PostgreSQL stopped as by a fault, under load: its shared memory is lost, and what was acknowledged is not.
//!
//! The server of this test acknowledges before it is durable (`synchronous_commit = off`) unless a session says otherwise, so
//! that the test fails if the store does not. Loss of power itself is not shown here: the kernel keeps what was written.

use std::{
    collections::HashMap,
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use record::EntryId;
use server::store::{Committed, Postgres, Store};

use super::{cluster::Cluster, keyed};

#[test]
fn stopped_under_load_and_started_again_everything_acknowledged_is_there() {
    let cluster = Cluster::start("-c synchronous_commit=off");
    let url = cluster.database("stop");
    // The key of each act with the entry that was acknowledged for it.
    let acknowledged: Mutex<HashMap<String, EntryId>> = Mutex::new(HashMap::new());
    for round in 0..3 {
        let store = Postgres::open(&url).unwrap();
        let stopped = AtomicBool::new(false);
        let target = acknowledged.lock().unwrap().len() + 60 + 40 * round;
        let in_flight: Vec<String> = std::thread::scope(|scope| {
            let running: Vec<_> = (0..4)
                .map(|thread| {
                    let (store, acknowledged, stopped) = (&store, &acknowledged, &stopped);
                    scope.spawn(move || {
                        for n in 0.. {
                            let key = format!("{round} {thread} {n}");
                            match store.commit("say", vec![keyed(&key, &format!("{key} {}", "x".repeat(n % 900)))]) {
                                Ok(committed) => drop(acknowledged.lock().unwrap().insert(key, committed[0].id)),
                                Err(error) => {
                                    assert!(stopped.load(Ordering::SeqCst), "{error}");
                                    return key;
                                }
                            }
                        }
                        unreachable!("the server never stopped")
                    })
                })
                .collect();
            while acknowledged.lock().unwrap().len() < target {
                std::thread::sleep(Duration::from_millis(1));
            }
            stopped.store(true, Ordering::SeqCst);
            cluster.stop_at_once();
            running.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        drop(store);
        cluster.start_again();
        let store = Postgres::open(&url).unwrap();
        let entries = store.entries(0, usize::MAX).unwrap();
        assert!(entries.iter().map(|stored| stored.seq).eq(0..entries.len() as u64));
        for (key, id) in acknowledged.lock().unwrap().iter() {
            let kept = store.find(id).unwrap();
            assert!(kept.is_some_and(|stored| stored.held.is_some()), "{key} was acknowledged and is lost");
        }
        // What was not answered is repeated with its key, and is there once whether it had been kept or not.
        for key in in_flight {
            let n: usize = key.rsplit(' ').next().unwrap().parse().unwrap();
            let again = || store.commit("say", vec![keyed(&key, &format!("{key} {}", "x".repeat(n % 900)))]).unwrap();
            let (first, second) = (again(), again());
            assert_eq!(second, [Committed { already: true, ..first[0].clone() }]);
            acknowledged.lock().unwrap().insert(key, first[0].id);
        }
        assert_eq!(store.count().unwrap(), acknowledged.lock().unwrap().len() as u64);
    }
}
