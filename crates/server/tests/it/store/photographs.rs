//! Photographs of papers, in SQLite and in PostgreSQL: each with its entry or not at all, once, gone with its entry or its request.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    process::{Command, Stdio},
    sync::{Arc, Barrier},
};

use record::{
    Body, Channel, Claim, Entry, EntryId, OutsideRequest, Photograph, PictureForm, Receiver, RequestId, Requester,
    RequesterKind, Sha256Hex, Told, When,
};
use rusqlite::Connection;
use server::{
    photograph::{Bound, PhotographKey},
    store::{
        Draft, ErasedBytes, Postgres, Sqlite, SqliteOptions, Store, StoreError,
        photographs::{AttachError, MOST_OF_A_REQUEST, NewPhotograph, Photographs},
    },
};
use sha2::{Digest as _, Sha256};

use super::{cluster, draft, entry, erasure, fresh};

/// A store as all that these tests look at.
trait Both: Store + Photographs {}
impl<T: Store + Photographs> Both for T {}

/// A store, where it is, and how it is opened again.
struct Base {
    store: Box<dyn Both>,
    place: Place,
}

enum Place {
    Folder(tempfile::TempDir),
    Database(String),
}

impl Place {
    fn open(&self) -> Box<dyn Both> {
        match self {
            Self::Folder(folder) => Box::new(Sqlite::open(&folder.path().join("record.sqlite3")).unwrap()),
            Self::Database(url) => Box::new(Postgres::open(url).unwrap()),
        }
    }

    /// Makes the next statement of this kind on this table fail, or none.
    fn fail(&self, at: Option<(&str, &str)>) {
        match self {
            Self::Folder(folder) => {
                let db = Connection::open(folder.path().join("record.sqlite3")).unwrap();
                db.execute_batch("DROP TRIGGER IF EXISTS fail").unwrap();
                let Some((table, event)) = at else { return };
                let trigger =
                    format!("CREATE TRIGGER fail BEFORE {event} ON {table} BEGIN SELECT RAISE(ABORT, 'a fault'); END");
                db.execute_batch(&trigger).unwrap();
            }
            Self::Database(url) => {
                let mut client = postgres::Client::connect(url, postgres::NoTls).unwrap();
                let function = "CREATE OR REPLACE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'a fault'; END $$";
                client.batch_execute(function).unwrap();
                for table in ["entry", "body", "done_key", "photograph"] {
                    client.batch_execute(&format!("DROP TRIGGER IF EXISTS fail ON vouchsafe.{table}")).unwrap();
                }
                let Some((table, event)) = at else { return };
                let trigger = format!(
                    "CREATE TRIGGER fail BEFORE {event} ON vouchsafe.{table} FOR EACH ROW EXECUTE FUNCTION fail()"
                );
                client.batch_execute(&trigger).unwrap();
            }
        }
    }
}

macro_rules! on_both {
    ($($test:ident),* $(,)?) => {
        $(mod $test {
            use super::*;

            #[test]
            fn sqlite() {
                let place = Place::Folder(tempfile::tempdir().unwrap());
                super::$test(Base { store: place.open(), place });
            }

            #[test]
            fn postgres() {
                let place = Place::Database(cluster::database(concat!("photos_", stringify!($test))));
                super::$test(Base { store: place.open(), place });
            }
        })*
    };
}

on_both!(
    a_photograph_comes_with_its_entry_once_and_opens,
    no_failing_statement_leaves_half_of_it,
    a_request_has_so_many_and_no_more_whoever_is_quick,
    it_goes_with_its_entry_and_all_go_with_their_request,
    one_key_seals_all_of_a_store,
    none_becomes_an_entry_in_another_way,
);

fn key() -> PhotographKey {
    PhotographKey::from_bytes([7; 32])
}

fn requested(id: RequestId) -> Entry {
    entry(Body::Requested(Box::new(OutsideRequest {
        id,
        received: When::Day("2026-06-15".parse().unwrap()),
        channel: Channel::Telephone,
        requester: Requester {
            id: "ice_ero".into(),
            kind: RequesterKind::Federal,
            agency: "ICE".to_owned(),
            unit: None,
            officer: None,
        },
        receiver: Receiver { agency: "DOC".into(), site: None, employee: None },
        claim: Claim::NotSaid,
        acts: vec!["hold".into()],
        information: Vec::new(),
        documents: Vec::new(),
        detainer: None,
        person: None,
        statute: "unknown".into(),
        statute_as_stated: None,
        note: None,
        supervisor: Told::Unknown,
        counsel: Told::Unknown,
    })))
}

/// A request that stands in the record.
fn asked(store: &dyn Both) -> (RequestId, EntryId) {
    let request = RequestId::from_bytes(fresh());
    let entry = requested(request);
    let id = entry.id;
    store.commit("test", vec![entry.into()]).unwrap();
    (request, id)
}

/// A photograph of these bytes, sealed for an entry of its own.
fn photographed(request: RequestId, key_of_work: &str, picture: &[u8]) -> NewPhotograph {
    let photograph = Photograph {
        request,
        shows: Some("i200".into()),
        content: Sha256Hex::of(Sha256::digest(picture).into()),
        form: PictureForm::Jpeg,
        bytes: picture.len() as u64,
    };
    let entry = entry(Body::Photographed(Box::new(photograph.clone())));
    let sealed = key().seal(&Bound::of(entry.id, &photograph), picture.to_vec()).unwrap();
    NewPhotograph { draft: Draft { key: Some(key_of_work.to_owned()), entry }, sealed }
}

fn attach(store: &dyn Both, new: Vec<NewPhotograph>) -> Result<Vec<server::store::Committed>, AttachError> {
    store.attach(&key().name(), new)
}

/// Opens what lies beside an entry.
fn opened(store: &dyn Both, id: &EntryId) -> Vec<u8> {
    let stored = store.find(id).unwrap().unwrap();
    let Body::Photographed(photograph) = &stored.entry().unwrap().body else { panic!("{id} is no photograph") };
    key().open(&Bound::of(*id, photograph), store.photograph(id).unwrap().unwrap()).unwrap()
}

fn a_photograph_comes_with_its_entry_once_and_opens(base: Base) {
    let Base { store, place } = base;
    assert!(store.claim_key(&key().name()).unwrap());
    let (request, _) = asked(&*store);
    let new = || vec![photographed(request, "form/0", b"page one"), photographed(request, "form/1", b"page two")];
    let first = attach(&*store, new()).unwrap();
    assert_eq!(first.iter().map(|one| (one.seq, one.already)).collect::<Vec<_>>(), [(1, false), (2, false)]);
    assert_eq!(
        (opened(&*store, &first[0].id), opened(&*store, &first[1].id)),
        (b"page one".to_vec(), b"page two".to_vec())
    );
    assert_eq!(store.find(&first[0].id).unwrap().unwrap().act, "attach photographs");
    // Sent again, each time sealed anew for another id: what was kept first stands, and opens.
    let again = attach(&*store, new()).unwrap();
    assert!(again.iter().all(|one| one.already));
    assert_eq!((again[0].id, again[1].id), (first[0].id, first[1].id));
    assert_eq!((store.photographs().unwrap(), store.count().unwrap()), (2, 3));
    // With another picture it is other work.
    let other = attach(&*store, vec![photographed(request, "form/0", b"another")]).unwrap_err();
    assert!(matches!(other, AttachError::Store(StoreError::KeyReused { .. })), "{other}");
    // It is found with its request, by another process, too.
    drop(store);
    let store = place.open();
    let kinds: Vec<_> = store.by_request(&request).unwrap().iter().map(|it| it.entry().unwrap().body.kind()).collect();
    assert_eq!(kinds, ["requested", "photographed", "photographed"]);
    assert_eq!(opened(&*store, &first[1].id), b"page two");
    assert_eq!(store.photograph(&EntryId::from_bytes(fresh())).unwrap(), None);
}

/// The fault matrix of this write: it fails without being kept, at each of its statements, and it is kept and its answer is lost.
fn no_failing_statement_leaves_half_of_it(base: Base) {
    let Base { store, place } = base;
    store.claim_key(&key().name()).unwrap();
    let (request, _) = asked(&*store);
    let new = || vec![photographed(request, "form/0", b"page one"), photographed(request, "form/1", b"page two")];
    for at in [("entry", "INSERT"), ("body", "INSERT"), ("done_key", "INSERT"), ("photograph", "INSERT")] {
        place.fail(Some(at));
        let error = attach(&*store, new()).unwrap_err();
        assert!(matches!(error, AttachError::Store(StoreError::Backend { .. })), "{at:?}: {error}");
        assert_eq!((store.photographs().unwrap(), store.count().unwrap()), (0, 1), "{at:?}");
    }
    place.fail(None);
    // Kept, and nobody heard of it: the repetition finds it.
    drop(attach(&*store, new()).unwrap());
    let again = attach(&*store, new()).unwrap();
    assert_eq!(again.iter().map(|one| (one.seq, one.already)).collect::<Vec<_>>(), [(1, true), (2, true)]);
    assert_eq!(opened(&*store, &again[0].id), b"page one");
    // Nor does an erasure that fails take the picture without the entry, or the other way round.
    let order = erasure(again[0].id, store.leaves(1, 1).unwrap()[0]);
    for at in [("photograph", "DELETE"), ("body", "DELETE"), ("entry", "UPDATE"), ("entry", "INSERT")] {
        place.fail(Some(at));
        assert!(store.erase(order.clone()).is_err(), "{at:?}");
        assert_eq!(opened(&*store, &again[0].id), b"page one", "{at:?}");
    }
    place.fail(None);
    store.erase(order).unwrap();
    assert_eq!((store.photographs().unwrap(), store.count().unwrap()), (1, 4));
}

fn a_request_has_so_many_and_no_more_whoever_is_quick(base: Base) {
    let store = base.store;
    store.claim_key(&key().name()).unwrap();
    let (request, _) = asked(&*store);
    let one = |n: usize| photographed(request, &format!("form {n}/0"), format!("page {n}").as_bytes());
    attach(&*store, (0..18).map(one).collect()).unwrap();
    let refused = attach(&*store, (18..21).map(one).collect()).unwrap_err();
    assert!(matches!(refused, AttachError::TooMany { has: 18, .. }), "{refused}");
    assert_eq!(store.photographs().unwrap(), 18, "all or none");
    // Eight at once for the two places that are left.
    let barrier = Barrier::new(8);
    let store = &store;
    let kept = std::thread::scope(|scope| {
        let threads: Vec<_> = (100..108)
            .map(|n| {
                let (barrier, new) = (&barrier, vec![one(n)]);
                scope.spawn(move || {
                    barrier.wait();
                    attach(&**store, new).is_ok()
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).filter(|kept| *kept).count()
    });
    assert_eq!((kept, store.photographs().unwrap()), (2, MOST_OF_A_REQUEST));
    // What was attached before is answered so where the request is full, and another request has room.
    assert!(attach(&**store, vec![one(3)]).unwrap()[0].already);
    let (other, _) = asked(&**store);
    attach(&**store, vec![photographed(other, "other/0", b"page")]).unwrap();
}

fn it_goes_with_its_entry_and_all_go_with_their_request(base: Base) {
    let Base { store, place } = base;
    store.claim_key(&key().name()).unwrap();
    let ((request, asked_by), (other, _)) = (asked(&*store), asked(&*store));
    // Long enough not to lie in a page with anything else.
    let picture = |n: u8| vec![n; 40_000];
    let new = (1..=3).map(|n| photographed(request, &format!("form/{n}"), &picture(n))).collect();
    let kept = attach(&*store, new).unwrap();
    let stays = attach(&*store, vec![photographed(other, "other/0", &picture(9))]).unwrap();
    let sealed: Vec<_> = kept.iter().map(|one| store.photograph(&one.id).unwrap().unwrap()).collect();
    let leaf = |id: &EntryId| store.find(id).unwrap().unwrap().leaf;
    let erased = store.erase(erasure(kept[0].id, leaf(&kept[0].id))).unwrap();
    assert_ne!(erased.bytes, ErasedBytes::Waiting);
    assert_eq!(store.photograph(&kept[0].id).unwrap(), None);
    assert_eq!(store.photographs().unwrap(), 3);
    assert_eq!(opened(&*store, &kept[1].id), picture(2));
    // The request's own entry goes, and with it the pictures of those that stay: nobody opens a request that is not there.
    store.erase(erasure(asked_by, leaf(&asked_by))).unwrap();
    assert_eq!((store.photograph(&kept[1].id).unwrap(), store.photograph(&kept[2].id).unwrap()), (None, None));
    assert!(store.find(&kept[1].id).unwrap().unwrap().held.is_some());
    assert_eq!(opened(&*store, &stays[0].id), picture(9));
    let late = attach(&*store, vec![photographed(request, "late/0", b"late")]).unwrap_err();
    assert!(matches!(late, AttachError::NoRequest { .. }), "{late}");
    // In no file of the store are the sealed bytes or their keys any more.
    if let Place::Folder(folder) = &place {
        let files =
            || std::fs::read_dir(folder.path()).unwrap().map(|file| std::fs::read(file.unwrap().path()).unwrap());
        let found = |needle: &[u8]| files().any(|file| file.windows(needle.len()).any(|window| window == needle));
        let there = store.photograph(&stays[0].id).unwrap().unwrap();
        assert!(found(&there.key) && found(&there.bytes[..64]));
        for gone in &sealed {
            assert!(!found(&gone.key) && !found(&gone.bytes[..64]));
        }
    }
}

fn one_key_seals_all_of_a_store(base: Base) {
    let store = base.store;
    let (one, other) = (key().name(), PhotographKey::from_bytes([8; 32]).name());
    let (request, _) = asked(&*store);
    let new = |n: u8| vec![photographed(request, &format!("form {n}/0"), &[n])];
    assert!(matches!(store.attach(&one, new(0)).unwrap_err(), AttachError::OtherKey), "nobody claimed one");
    // As long as there is none, a key that was lost is followed by another; then by none.
    assert!(store.claim_key(&other).unwrap() && store.claim_key(&one).unwrap() && store.claim_key(&one).unwrap());
    assert!(matches!(store.attach(&other, new(1)).unwrap_err(), AttachError::OtherKey));
    let kept = store.attach(&one, new(2)).unwrap();
    assert!(!store.claim_key(&other).unwrap() && store.claim_key(&one).unwrap());
    assert!(matches!(store.attach(&other, new(3)).unwrap_err(), AttachError::OtherKey));
    assert_eq!(store.photographs().unwrap(), 1);
    store.erase(erasure(kept[0].id, store.find(&kept[0].id).unwrap().unwrap().leaf)).unwrap();
    assert!(store.claim_key(&other).unwrap());
}

fn none_becomes_an_entry_in_another_way(base: Base) {
    let store = base.store;
    store.claim_key(&key().name()).unwrap();
    let (request, _) = asked(&*store);
    let NewPhotograph { draft: alone, sealed } = photographed(request, "form/0", b"page");
    assert!(matches!(store.commit("test", vec![alone]).unwrap_err(), StoreError::UseAttach { .. }));
    let other = attach(&*store, vec![NewPhotograph { draft: draft("no photograph"), sealed }]).unwrap_err();
    assert!(matches!(other, AttachError::NotAPhotograph { .. }), "{other}");
    let none = attach(&*store, vec![photographed(RequestId::from_bytes(fresh()), "form/1", b"page")]).unwrap_err();
    assert!(matches!(none, AttachError::NoRequest { .. }), "{none}");
    assert_eq!((store.photographs().unwrap(), store.count().unwrap()), (0, 1));
}

/// The disk is full: nothing of it is kept, and with space again the same form does the work once.
#[test]
fn a_full_disk_keeps_nothing_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("record.sqlite3");
    let store = Sqlite::open_with(&path, SqliteOptions { max_pages: Some(90), ..SqliteOptions::default() }).unwrap();
    store.claim_key(&key().name()).unwrap();
    let (request, _) = asked(&store);
    let new = || vec![photographed(request, "form/0", b"small"), photographed(request, "form/1", &[1; 600_000])];
    let full = attach(&store, new()).unwrap_err();
    assert!(matches!(full, AttachError::Store(StoreError::Full { .. })), "{full}");
    assert_eq!((store.photographs().unwrap(), store.count().unwrap()), (0, 1));
    drop(store);
    let store = Sqlite::open(&path).unwrap();
    assert!(attach(&store, new()).unwrap().iter().all(|one| !one.already));
    assert_eq!(store.photographs().unwrap(), 2);
}

const CHILD: &str = "VOUCHSAFE_TEST_PHOTOGRAPHS";

/// Runs only as the child of the tests below: attaches for ever, and says what was acknowledged.
#[test]
#[ignore = "run by the tests of this file as their child"]
fn child() {
    let Ok(place) = std::env::var(CHILD) else { return };
    let store: Arc<dyn Both> = match place.strip_prefix("sqlite:") {
        Some(path) => Arc::new(Sqlite::open(path.as_ref()).unwrap()),
        None => Arc::new(Postgres::open(&place).unwrap()),
    };
    store.claim_key(&key().name()).unwrap();
    for n in 0_u64.. {
        let mut seed = [0; 16];
        getrandom::fill(&mut seed).unwrap();
        let request = RequestId::from_bytes(seed);
        let mut entry = requested(request);
        entry.id = EntryId::from_bytes(seed);
        store.commit("test", vec![entry.into()]).unwrap();
        let new = (0..2_u8).map(|part| {
            let mut id = seed;
            id[15] ^= part + 1;
            let picture = [seed.as_slice(), &vec![part; 30_000]].concat();
            let NewPhotograph { mut draft, .. } =
                photographed(request, &format!("{n} {}/{part}", hex::encode(seed)), &picture);
            draft.entry.id = EntryId::from_bytes(id);
            let Body::Photographed(photograph) = &draft.entry.body else { unreachable!() };
            let sealed = key().seal(&Bound::of(draft.entry.id, photograph), picture).unwrap();
            NewPhotograph { draft, sealed }
        });
        let kept = attach(&*store, new.collect()).unwrap();
        let mut out = std::io::stdout().lock();
        writeln!(out, "attached {} {}", kept[0].id, kept[1].id).unwrap();
        out.flush().unwrap();
    }
}

/// Death at random moments: what was acknowledged opens, and no entry of a photograph is without it.
fn kill_and_look(place: &str, open: impl Fn() -> Box<dyn Both>) {
    let mut acknowledged: Vec<EntryId> = Vec::new();
    for wanted in [1, 4, 9] {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["store::photographs::child", "--exact", "--ignored", "--nocapture"])
            .env(CHILD, place)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let mut take = |line: &str| match line.split_once("attached ") {
            Some((_, ids)) => {
                acknowledged.extend(ids.split(' ').filter_map(|id| id.parse::<EntryId>().ok()));
                true
            }
            None => false,
        };
        let mut left = wanted;
        while left > 0 {
            left -= usize::from(take(&lines.next().expect("the child ended early")));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        for line in lines {
            take(&line);
        }
        let store = open();
        for id in &acknowledged {
            assert_eq!(opened(&*store, id).len(), 30_016, "{id} was acknowledged");
        }
        let entries = store.entries(0, usize::MAX).unwrap();
        let named: Vec<EntryId> =
            entries.iter().filter(|it| it.entry().unwrap().body.kind() == "photographed").map(|it| it.id).collect();
        assert_eq!(store.photographs().unwrap(), named.len() as u64);
        assert_eq!(named.len() % 2, 0, "a form is there whole or not at all");
        named.iter().for_each(|id| assert_eq!(opened(&*store, id).len(), 30_016));
    }
    assert!(acknowledged.len() >= 28, "{}", acknowledged.len());
}

#[test]
fn a_killed_process_keeps_what_it_acknowledged_in_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("record.sqlite3");
    kill_and_look(&format!("sqlite:{}", path.display()), || Box::new(Sqlite::open(&path).unwrap()));
}

#[test]
fn a_killed_process_keeps_what_it_acknowledged_in_postgres() {
    let url = cluster::database("photos_kill");
    kill_and_look(&url, || Box::new(Postgres::open(&url).unwrap()));
}
