//! What every store must do: each test runs against SQLite and against PostgreSQL.

use std::sync::{Arc, Barrier};

use record::{Body, EntryId, Reading, RequestId, commitment};
use server::store::{
    Committed, Erased, ErasedBytes, Group, LARGEST_ENTRY_BYTES, SignedCheckpoint, Store, StoreError, Stored, SwapError,
    prepare,
};

use super::{draft, entry, erasure, fresh, keyed, said};

macro_rules! suite {
    ($($test:ident),* $(,)?) => {
        mod sqlite {
            $(#[test]
            fn $test() {
                let folder = tempfile::tempdir().unwrap();
                let open = || -> std::sync::Arc<dyn server::store::Store> {
                    std::sync::Arc::new(server::store::Sqlite::open(&folder.path().join("record.sqlite3")).unwrap())
                };
                super::$test(&open);
            })*
        }

        mod postgres {
            $(#[test]
            fn $test() {
                let url = super::super::cluster::database(stringify!($test));
                let open = || -> std::sync::Arc<dyn server::store::Store> {
                    std::sync::Arc::new(server::store::Postgres::open(&url).unwrap())
                };
                super::$test(&open);
            })*
        }
    };
}

suite!(
    empty,
    keeps_what_it_committed,
    survives_reopening,
    numbers_are_dense,
    a_key_does_work_once,
    a_refused_draft_fails_its_own_act_only,
    a_taken_id_is_refused,
    large_entries,
    by_request,
    whoever_opened_a_request_is_kept_apart_from_what_was_said_of_it,
    pages,
    erases,
    refuses_wrong_erasures,
    an_erasure_is_done_once,
    an_erased_entry_still_answers_for_its_key,
    checkpoints_swap,
    two_signers_cannot_both_win,
    log_places,
    group_commit_of_many_callers,
);

type Open<'a> = &'a dyn Fn() -> Arc<dyn Store>;

fn empty(open: Open<'_>) {
    let store = open();
    assert_eq!(store.count().unwrap(), 0);
    assert_eq!(store.entries(0, 10).unwrap(), []);
    assert_eq!(store.leaves(0, 10).unwrap(), []);
    assert_eq!(store.log_leaves(0, 10).unwrap(), []);
    assert_eq!(store.checkpoint().unwrap(), None);
    assert_eq!(store.find(&EntryId::from_bytes(fresh())).unwrap(), None);
    assert_eq!(store.commit("nothing", Vec::new()).unwrap(), []);
    assert_eq!(store.sequence(10).unwrap(), 0);
}

fn keeps_what_it_committed(open: Open<'_>) {
    let store = open();
    let drafts = vec![draft("one"), draft("two")];
    let entries: Vec<_> = drafts.iter().map(|draft| draft.entry.clone()).collect();
    let committed = store.commit("say two things", drafts).unwrap();
    let expected: Vec<_> =
        (0..).zip(&entries).map(|(seq, entry)| Committed { id: entry.id, seq, already: false }).collect();
    assert_eq!(committed, expected);
    for (seq, entry) in (0..).zip(entries) {
        let stored = store.find(&entry.id).unwrap().unwrap();
        assert_eq!((stored.seq, stored.id, stored.act.as_str()), (seq, entry.id, "say two things"));
        let held = stored.held.unwrap();
        assert_eq!(held.bytes, record::canonical(&entry).unwrap());
        assert_eq!(held.entry, entry);
        assert_eq!(stored.leaf, commitment(&held.salt, &held.bytes));
    }
    let salts: Vec<_> = store.entries(0, 2).unwrap().into_iter().map(|stored| stored.held.unwrap().salt).collect();
    assert_ne!(salts[0], salts[1]);
}

fn survives_reopening(open: Open<'_>) {
    let store = open();
    store.commit("say", vec![draft("one")]).unwrap();
    store.sequence(10).unwrap();
    let before = store.entries(0, 10).unwrap();
    drop(store);
    let store = open();
    assert_eq!(store.entries(0, 10).unwrap(), before);
    assert_eq!(store.commit("say", vec![draft("two")]).unwrap()[0].seq, 1);
}

fn numbers_are_dense(open: Open<'_>) {
    let store = open();
    for n in 0..5_u64 {
        let drafts = (0..n).map(|i| draft(&i.to_string())).collect();
        store.commit("say", drafts).unwrap();
        let clash = said("clash", None);
        assert!(store.commit("fail", vec![clash.clone().into(), clash.into()]).is_err());
    }
    let seqs: Vec<_> = store.entries(0, 100).unwrap().iter().map(|stored| stored.seq).collect();
    assert_eq!(seqs, (0..10).collect::<Vec<_>>());
    assert_eq!(store.count().unwrap(), 10);
}

fn a_key_does_work_once(open: Open<'_>) {
    let store = open();
    let first = store.commit("say", vec![keyed("k", "one"), keyed("l", "two")]).unwrap();
    // The same content again, under another id: the answer is the first.
    let again = store.commit("say", vec![keyed("l", "two"), keyed("k", "one"), keyed("m", "three")]).unwrap();
    assert_eq!(again[0], Committed { already: true, ..first[1].clone() });
    assert_eq!(again[1], Committed { already: true, ..first[0].clone() });
    assert_eq!((again[2].seq, again[2].already), (2, false));
    // Within one act too.
    let twice = store.commit("say", vec![keyed("n", "four"), keyed("n", "four")]).unwrap();
    assert_eq!((twice[0].seq, twice[1].seq, twice[1].already), (3, 3, true));
    let error = store.commit("say", vec![draft("five"), keyed("k", "other")]).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("the key `k` was used before for other content (entry `{}`): use a new key for new work", first[0].id)
    );
    assert_eq!(store.count().unwrap(), 4, "the refused act left nothing");
}

fn a_refused_draft_fails_its_own_act_only(open: Open<'_>) {
    let store = open();
    store.commit("say", vec![keyed("k", "one")]).unwrap();
    let acts = vec![
        prepare("good", vec![draft("a")]).unwrap(),
        prepare("bad", vec![keyed("new", "b"), keyed("k", "other")]).unwrap(),
        prepare("good", vec![keyed("new", "c")]).unwrap(),
    ];
    let answers = store.commit_all(acts);
    assert_eq!(answers[0].as_ref().unwrap()[0].seq, 1);
    assert!(matches!(answers[1], Err(StoreError::KeyReused { .. })));
    // The key that the refused act had brought is free again.
    assert_eq!(answers[2].as_ref().unwrap()[0].seq, 2);
    assert_eq!(store.count().unwrap(), 3);
}

fn a_taken_id_is_refused(open: Open<'_>) {
    let store = open();
    let one = said("one", None);
    store.commit("say", vec![one.clone().into()]).unwrap();
    let error = store.commit("say", vec![draft("two"), one.clone().into()]).unwrap_err();
    assert_eq!(error.to_string(), format!("the id `{}` is taken: draw a new one", one.id));
    assert_eq!(store.count().unwrap(), 1);
}

fn large_entries(open: Open<'_>) {
    let store = open();
    let repeated = said(&"the same sentence. ".repeat(10_000), None);
    store.commit("say", vec![repeated.clone().into()]).unwrap();
    assert_eq!(store.find(&repeated.id).unwrap().unwrap().entry(), Some(&repeated));
    let error = store.commit("say", vec![draft(&"x".repeat(LARGEST_ENTRY_BYTES))]).unwrap_err();
    assert!(matches!(error, StoreError::TooLong { .. }), "{error}");
}

fn by_request(open: Open<'_>) {
    let store = open();
    let (one, two) = (RequestId::from_bytes(fresh()), RequestId::from_bytes(fresh()));
    let about = [Some(one), Some(two), None, Some(one)];
    store.commit("say", about.map(|request| said("x", request).into()).into()).unwrap();
    let seqs = |id| store.by_request(&id).unwrap().iter().map(|stored| stored.seq).collect::<Vec<_>>();
    assert_eq!(seqs(one), [0, 3]);
    assert_eq!(seqs(two), [1]);
    assert_eq!(seqs(RequestId::from_bytes(fresh())), [0_u64; 0]);
}

fn whoever_opened_a_request_is_kept_apart_from_what_was_said_of_it(open: Open<'_>) {
    let store = open();
    let request = RequestId::from_bytes(fresh());
    let read = || entry(Body::Read(Reading::of(request)));
    let (first, other) = (said("one", Some(request)), said("two", Some(request)));
    let opened: Vec<_> = (0..5).map(|_| read()).collect();
    store.commit("say", vec![first.clone().into(), opened[0].clone().into(), opened[1].clone().into()]).unwrap();
    store.commit("open", vec![opened[2].clone().into()]).unwrap();
    store.commit("say", vec![said("x", Some(RequestId::from_bytes(fresh()))).into(), other.clone().into()]).unwrap();
    store.commit("open", vec![opened[3].clone().into(), opened[4].clone().into()]).unwrap();
    let ids = |found: Vec<Stored>| found.iter().map(|stored| stored.id).collect::<Vec<_>>();
    assert_eq!(ids(store.by_request(&request).unwrap()), [first.id, other.id]);
    let newest = |before, limit| ids(store.readings(&request, before, limit).unwrap());
    assert_eq!(newest(u64::MAX, 2), [opened[4].id, opened[3].id]);
    assert_eq!(newest(6, 9), [opened[2].id, opened[1].id, opened[0].id], "older than the one that stands there");
    assert_eq!(newest(u64::MAX, 0), []);
    let gone = store.find(&opened[1].id).unwrap().unwrap();
    store.erase(erasure(gone.id, gone.leaf)).unwrap();
    assert_eq!(newest(6, 9), [opened[2].id, opened[0].id]);
    assert_eq!(ids(store.by_request(&request).unwrap()), [first.id, other.id]);
}

fn pages(open: Open<'_>) {
    let store = open();
    store.commit("say", (0..10).map(|n| draft(&n.to_string())).collect()).unwrap();
    let all = store.entries(0, usize::MAX).unwrap();
    assert_eq!(all.len(), 10);
    assert_eq!(store.entries(3, 4).unwrap(), all[3..7]);
    assert_eq!(store.entries(9, 4).unwrap(), all[9..]);
    assert_eq!(store.entries(10, 4).unwrap(), []);
    let leaves: Vec<_> = all.iter().map(|stored| stored.leaf).collect();
    assert_eq!(store.leaves(0, 100).unwrap(), leaves);
    assert_eq!(store.leaves(8, 100).unwrap(), leaves[8..]);
}

fn erases(open: Open<'_>) {
    let store = open();
    let request = RequestId::from_bytes(fresh());
    let (gone, stays) = (said("gone", Some(request)), said("stays", Some(request)));
    store.commit("say", vec![gone.clone().into(), stays.clone().into()]).unwrap();
    store.sequence(10).unwrap();
    let leaf = store.find(&gone.id).unwrap().unwrap().leaf;
    let order = erasure(gone.id, leaf);
    let Erased { committed, bytes } = store.erase(order.clone()).unwrap();
    assert_ne!(bytes, ErasedBytes::Waiting);
    assert_eq!(committed, Committed { id: order.entry.id, seq: 2, already: false });
    let erased = store.find(&gone.id).unwrap().unwrap();
    assert_eq!((erased.seq, erased.leaf, erased.log_index, erased.held), (0, leaf, Some(0), None));
    assert_eq!(store.find(&committed.id).unwrap().unwrap().entry(), Some(&order.entry));
    let about: Vec<_> = store.by_request(&request).unwrap().iter().map(|stored| stored.id).collect();
    assert_eq!(about, [stays.id], "nothing links the erased entry to its request");
    assert_eq!(store.leaves(0, 1).unwrap(), [leaf]);
    assert_eq!(store.log_leaves(0, 1).unwrap(), [leaf]);
}

fn refuses_wrong_erasures(open: Open<'_>) {
    let store = open();
    let (one, two) = (said("one", None), said("two", None));
    store.commit("say", vec![one.clone().into(), two.clone().into()]).unwrap();
    let leaves = store.leaves(0, 2).unwrap();
    let unknown = EntryId::from_bytes(fresh());
    let check = |draft, expected: String| assert_eq!(store.erase(draft).unwrap_err().to_string(), expected);
    check(erasure(unknown, leaves[0]), format!("there is no entry `{unknown}`"));
    check(
        erasure(one.id, leaves[1]),
        format!("entry `{}` has another leaf than the order of erasure says: look the entry up again", one.id),
    );
    check(one.clone().into(), format!("entry `{}` is not an erasure", one.id));
    let order = erasure(one.id, leaves[0]);
    store.erase(order.clone()).unwrap();
    check(erasure(one.id, leaves[0]), format!("entry `{}` was erased before", one.id));
    let leaf = store.leaves(2, 1).unwrap()[0];
    check(erasure(order.entry.id, leaf), format!("entry `{}` is the record of an erasure and stays", order.entry.id));
    // Of a sealed record the stop stays: without it an approval of before would hold again.
    let stop = record::SealedStop {
        request: record::RequestId::from_bytes(fresh()),
        agency: "DOC".into(),
        information: Vec::new(),
        form: record::DisclosureForm::Spoken,
    };
    let stop = record::Entry { body: record::Body::Stopped(Box::new(stop)), ..said("stop", None) };
    store.commit("say", vec![stop.clone().into()]).unwrap();
    let leaf = store.leaves(3, 1).unwrap()[0];
    let refused = store.erase(erasure(stop.id, leaf)).unwrap_err();
    assert!(refused.to_string().starts_with(&format!("entry `{}` says that a record is sealed, and stays", stop.id)));
    assert!(store.find(&stop.id).unwrap().unwrap().held.is_some());
    // So do those that say whose a passkey was: without them no signature could be told from a forged one.
    for change in [record::Change::Enrolled { key: None }, record::Change::Revoked { key: None }] {
        let change = record::StaffChange {
            staff: record::StaffId::from_bytes(fresh()),
            name: "B. Clerk".into(),
            change,
            said_by: None,
        };
        let change = record::Entry { body: record::Body::Staff(Box::new(change)), ..said("key", None) };
        store.commit("say", vec![change.clone().into()]).unwrap();
        let leaf = store.leaves(store.count().unwrap() - 1, 1).unwrap()[0];
        let refused = store.erase(erasure(change.id, leaf)).unwrap_err();
        assert!(refused.to_string().starts_with(&format!("entry `{}` says whose a passkey was, and stays", change.id)));
    }
    let around = erasure(two.id, leaves[1]);
    let expected = format!("entry `{}` is an erasure: it must go through the store's own erase", around.entry.id);
    assert_eq!(store.commit("say", vec![around]).unwrap_err().to_string(), expected);
    assert_eq!(store.count().unwrap(), 6);
    assert!(store.find(&two.id).unwrap().unwrap().held.is_some());
}

fn an_erasure_is_done_once(open: Open<'_>) {
    let store = open();
    let one = said("one", None);
    store.commit("say", vec![one.clone().into()]).unwrap();
    let mut order = erasure(one.id, store.leaves(0, 1).unwrap()[0]);
    order.key = Some("order 1".to_owned());
    let first = store.erase(order.clone()).unwrap();
    let again = Committed { already: true, ..first.committed };
    assert_eq!(store.erase(order).unwrap(), Erased { committed: again, bytes: first.bytes });
}

fn an_erased_entry_still_answers_for_its_key(open: Open<'_>) {
    let store = open();
    let first = store.commit("say", vec![keyed("k", "one")]).unwrap();
    store.erase(erasure(first[0].id, store.leaves(0, 1).unwrap()[0])).unwrap();
    let again = store.commit("say", vec![keyed("k", "one")]).unwrap();
    assert_eq!(again, [Committed { already: true, ..first[0].clone() }]);
    assert_eq!(store.count().unwrap(), 2, "what was erased is not brought back by repeating the work");
}

fn checkpoint(size: u64, note: &str) -> SignedCheckpoint {
    SignedCheckpoint { size, note: note.to_owned() }
}

fn checkpoints_swap(open: Open<'_>) {
    let store = open();
    store.commit("say", vec![draft("one"), draft("two")]).unwrap();
    let (zero, two) = (checkpoint(0, "zero"), checkpoint(2, "two"));
    assert!(matches!(store.swap_checkpoint(None, &two), Err(SwapError::Ahead { known: 0, new: 2 })));
    store.swap_checkpoint(None, &zero).unwrap();
    store.sequence(10).unwrap();
    store.swap_checkpoint(Some(&zero), &two).unwrap();
    assert_eq!(store.checkpoint().unwrap(), Some(two.clone()));
    assert!(matches!(store.swap_checkpoint(None, &two), Err(SwapError::Moved { found: 2 })));
    assert!(matches!(store.swap_checkpoint(Some(&zero), &two), Err(SwapError::Moved { found: 2 })));
    let other = checkpoint(2, "another note of the same size");
    assert!(matches!(store.swap_checkpoint(Some(&other), &two), Err(SwapError::Moved { found: 2 })));
    assert!(matches!(store.swap_checkpoint(Some(&two), &zero), Err(SwapError::Shrinks { old: 2, new: 0 })));
    drop(store);
    assert_eq!(open().checkpoint().unwrap(), Some(two));
}

fn two_signers_cannot_both_win(open: Open<'_>) {
    let store = open();
    store.commit("say", (0..8).map(|n| draft(&n.to_string())).collect()).unwrap();
    store.sequence(10).unwrap();
    let (signers, rounds) = (4, 8);
    let together = Barrier::new(signers);
    let wins: Vec<u64> = std::thread::scope(|scope| {
        let running: Vec<_> = (0..signers)
            .map(|signer| {
                let (store, together) = (&store, &together);
                scope.spawn(move || {
                    let mut wins = 0;
                    for round in 1..=rounds {
                        // All read one and the same newest checkpoint, and only then offer their own.
                        let old = store.checkpoint().unwrap();
                        together.wait();
                        match store.swap_checkpoint(old.as_ref(), &checkpoint(round, &format!("signer {signer}"))) {
                            Ok(()) => wins += 1,
                            Err(SwapError::Moved { found }) => assert_eq!(found, round),
                            Err(error) => panic!("{error}"),
                        }
                        together.wait();
                    }
                    wins
                })
            })
            .collect();
        running.into_iter().map(|signer| signer.join().unwrap()).collect()
    });
    assert_eq!(wins.iter().sum::<u64>(), rounds, "one winner a round: {wins:?}");
}

fn log_places(open: Open<'_>) {
    let store = open();
    store.commit("say", (0..5).map(|n| draft(&n.to_string())).collect()).unwrap();
    assert_eq!(store.sequence(2).unwrap(), 2);
    assert_eq!(store.sequence(2).unwrap(), 4);
    assert_eq!(store.sequence(2).unwrap(), 5);
    assert_eq!(store.sequence(2).unwrap(), 5);
    store.commit("say", vec![draft("5")]).unwrap();
    assert_eq!(store.entries(5, 1).unwrap()[0].log_index, None);
    assert_eq!(store.sequence(usize::MAX).unwrap(), 6);
    assert_eq!(store.log_leaves(0, 100).unwrap(), store.leaves(0, 100).unwrap());
    assert_eq!(store.log_leaves(4, 1).unwrap(), store.leaves(4, 1).unwrap());
    let places: Vec<_> = store.entries(0, 10).unwrap().iter().map(|stored| stored.log_index).collect();
    assert_eq!(places, (0..6).map(Some).collect::<Vec<_>>());
}

fn group_commit_of_many_callers(open: Open<'_>) {
    let store = open();
    let group = Group::new(Arc::clone(&store)).unwrap();
    let (callers, each) = (8, 20);
    let acknowledged: Vec<Committed> = std::thread::scope(|scope| {
        let running: Vec<_> = (0..callers)
            .map(|caller| {
                let group = &group;
                scope.spawn(move || {
                    let mut mine = Vec::new();
                    for n in 0..each {
                        let own = format!("{caller}-{n}");
                        mine.extend(group.commit("say", vec![keyed(&own, &own)]).unwrap());
                        // Every caller claims this key with words of its own; all but one are refused, alone.
                        match group.commit("claim", vec![keyed(&format!("shared {n}"), &own)]) {
                            Ok(won) => mine.extend(won),
                            Err(error) => assert!(matches!(error, StoreError::KeyReused { .. }), "{error}"),
                        }
                    }
                    mine
                })
            })
            .collect();
        running.into_iter().flat_map(|caller| caller.join().unwrap()).collect()
    });
    drop(group);
    assert_eq!(acknowledged.len(), callers * each + each);
    assert_eq!(store.count().unwrap(), (callers * each + each) as u64);
    for Committed { id, seq, .. } in acknowledged {
        assert_eq!(store.find(&id).unwrap().unwrap().seq, seq);
    }
}
