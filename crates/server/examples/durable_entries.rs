//! How many entries a second become durable through group commit, and how long one caller waits for its own.
//!
//! `cargo run --release -p server --example durable_entries [-- postgres-address]`. Entries are realistic: a request, its
//! decision of several kilobytes, and what was done. The store lies in a temporary folder of the working directory's disk.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a measurement stops at the first trouble")]

use std::{collections::BTreeMap, sync::Arc, time::Instant};

use jiff::{Timestamp, civil::date};
use law::{
    Decision, Facts, Known, Layer, Outcome, PackRef, Question,
    decision::{ProvisionResult, WhyKind, WhyNode},
};
use record::{Actor, Body, Decided, Deed, Done, Entry, EntryId, Fault, FaultKind, RequestId, Source};
use server::store::{Draft, Group, Postgres, Sqlite, Store};

const SENTENCE: &str =
    "The Department of Correction may hold a person on a detainer only if a judicial warrant came with it.";

fn id() -> [u8; 16] {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).unwrap();
    bytes
}

fn entry(body: Body) -> Entry {
    Entry {
        id: EntryId::from_bytes(id()),
        at: Timestamp::now(),
        by: Actor::Program { name: "measurement".to_owned() },
        source: Source::Demo,
        body,
    }
}

fn decision() -> Decision {
    let node = |text: &str, parts| WhyNode {
        kind: WhyKind::All,
        holds: Known::No,
        text: text.into(),
        name: Some("9-131(b)(1)/warrant-and-ground".into()),
        parts,
    };
    let provision = |n: usize| ProvisionResult {
        id: format!("9-131(b)({n})").into(),
        citation: "NYC Admin. Code § 9-131(b)(1), as amended by L.L. 58/2014".into(),
        layer: Layer::City,
        result: Outcome::Barred,
        plain: SENTENCE.into(),
        rules_that_hold: Vec::new(),
        why: node(SENTENCE, (0..4).map(|_| node(SENTENCE, Vec::new())).collect()).into(),
        read_in_part: false,
    };
    Decision {
        outcome: Outcome::Barred,
        layers: Layer::ALL.into_iter().map(|layer| (layer, Outcome::Barred)).collect::<BTreeMap<_, _>>(),
        provisions: (0..8).map(provision).collect(),
        unmet: [].into(),
        next_questions: [].into(),
        ways_to_yes: [].into(),
        duties: [].into(),
        filing_lines: [].into(),
        derived: Vec::new(),
        pack: PackRef {
            id: "nyc".into(),
            version: "1".into(),
            sha256: "0".repeat(64).into(),
            read_until: date(2026, 8, 21),
        },
        on: date(2026, 6, 15),
        not_yet_read: [].into(),
        after_read_until: false,
        fault: None,
    }
}

/// Half short entries, half decisions with all their reasons.
fn draft(n: usize) -> Draft {
    let request = RequestId::from_bytes(id());
    if n.is_multiple_of(2) {
        let deed = Deed::Refused { acts: vec!["hold".into()] };
        return entry(Body::Done(Box::new(Done {
            request: Some(request),
            decision: None,
            agency: "DOC".into(),
            person: None,
            deed,
            when: date(2026, 6, 15).into(),
            decided_by: "Captain B".into(),
            basis: None,
            search: None,
        })))
        .into();
    }
    let question = Question {
        agency: "DOC".into(),
        act: "hold".into(),
        requester: "ice_ero".into(),
        statute_enforced: "civil_ina".into(),
        document: vec!["i247a".into()],
    };
    entry(Body::Decided(Box::new(Decided { request, question, facts: Facts::new(), decision: decision() }))).into()
}

fn short(n: usize) -> Draft {
    let detail = format!("entry {n}").as_str().into();
    entry(Body::Fault(Fault { kind: FaultKind::Integrity, request: None, entry: None, detail })).into()
}

fn many(store: &Arc<dyn Store>, what: &str, total: usize, callers: usize, per_act: usize, make: fn(usize) -> Draft) {
    let group = Group::new(Arc::clone(store)).unwrap();
    let drafts: Vec<Vec<Vec<Draft>>> = (0..callers)
        .map(|_| (0..total / callers / per_act).map(|_| (0..per_act).map(make).collect()).collect())
        .collect();
    let count: usize = drafts.iter().flatten().map(Vec::len).sum();
    let start = Instant::now();
    let mut waits: Vec<f64> = std::thread::scope(|scope| {
        let running: Vec<_> = drafts
            .into_iter()
            .map(|acts| {
                let group = &group;
                scope.spawn(move || {
                    let commit = |act| {
                        let start = Instant::now();
                        group.commit("measure", act).unwrap();
                        start.elapsed().as_secs_f64() * 1000.0
                    };
                    acts.into_iter().map(commit).collect::<Vec<f64>>()
                })
            })
            .collect();
        running.into_iter().flat_map(|caller| caller.join().unwrap()).collect()
    });
    let seconds = start.elapsed().as_secs_f64();
    waits.sort_by(f64::total_cmp);
    let at = |part: f64| waits[((waits.len() - 1) as f64 * part) as usize];
    println!(
        "{what}: {count} entries, {callers} callers, {per_act} an act: {:.0} durable entries/s; a caller waits {:.2} ms (p50), {:.2} ms (p99)",
        count as f64 / seconds,
        at(0.5),
        at(0.99)
    );
}

fn main() {
    let folder = tempfile::tempdir_in(".").unwrap();
    let store: Arc<dyn Store> = match std::env::args().nth(1) {
        Some(address) => Arc::new(Postgres::open(&address).unwrap()),
        None => Arc::new(Sqlite::open(&folder.path().join("record.sqlite3")).unwrap()),
    };
    let bytes = |make: fn(usize) -> Draft| record::canonical(&make(1).entry).unwrap().len();
    println!("a decision has {} bytes, a short entry {}", bytes(draft), bytes(short));
    many(&store, "mixed", 64_000, 64, 100, draft);
    many(&store, "mixed", 64_000, 4, 1_000, draft);
    many(&store, "short", 100_000, 64, 100, short);
    many(&store, "single requests", 20_000, 64, 1, draft);
    many(&store, "one caller alone", 500, 1, 1, draft);
    let count = store.count().unwrap();
    let start = Instant::now();
    let mut read = 0;
    while read < count {
        read += store.entries(read, 5_000).unwrap().len() as u64;
    }
    println!("read back and checked: {:.0} entries/s", count as f64 / start.elapsed().as_secs_f64());
    let start = Instant::now();
    store.sequence(usize::MAX).unwrap();
    println!("places in the log: {:.0} entries/s", count as f64 / start.elapsed().as_secs_f64());
}
