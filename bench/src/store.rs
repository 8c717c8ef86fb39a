//! Durable entries: how many a second through group commit, and how long one caller waits for its own.
//!
//! The entries are the decisions of the pack's cases, with all their reasons. The peer is SQLite alone: the same bytes as
//! rows of one table, in transactions as large and as durable, without ids, leaves, checks or places.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use jiff::Timestamp;
use law::{Pack, decide, pack::CaseBody};
use record::{Actor, Body, Decided, Entry, EntryId, Fault, FaultKind, RequestId, Source, canonical};
use rusqlite::Connection;
use server::store::{Draft, Group, Sqlite, Store};

use crate::{
    figures::{Times, per_second, short, thousands},
    program,
    table::Table,
};

/// Callers at once.
const CALLERS: usize = 64;
/// Entries that a caller commits together.
const AN_ACT: usize = 100;
/// Commits of one caller alone.
const ALONE: usize = 300;

/// Adds the lines about the store.
pub fn measure(table: &mut Table) -> Result<()> {
    let pack = server::pack::load(None)?;
    let bodies = bodies(&pack)?;
    let folder = program::folder()?;
    let inner: Arc<dyn Store> = Arc::new(Sqlite::open(&folder.path().join("record.sqlite3"))?);
    let group = Group::new(inner)?;

    batches(
        table,
        &group,
        &folder.path().join("peer.sqlite3"),
        "decisions with all their reasons",
        drafts(&bodies, 32_000)?,
    )?;
    let brief = Body::Fault(Fault { kind: FaultKind::Integrity, request: None, entry: None, detail: "bench".into() });
    let peer = folder.path().join("peer-short.sqlite3");
    batches(table, &group, &peer, "short entries", drafts(&[brief], 128_000)?)?;
    let bytes: Vec<Vec<u8>> =
        drafts(&bodies, ALONE)?.iter().map(|draft| canonical(&draft.entry)).collect::<Result<_, _>>()?;

    let mut times = Vec::new();
    for draft in self::drafts(&bodies, ALONE)? {
        let start = Instant::now();
        group.commit("bench", vec![draft])?;
        times.push(start.elapsed());
    }
    let ours = Times::new(times);
    let theirs = one_by_one(&folder.path().join("one.sqlite3"), &bytes)?;
    table.versus(
        "one request's own commit, one caller alone; peer: SQLite alone",
        format!("p50 {}, p99 {}", short(ours.at(0.5)), short(ours.at(0.99))),
        format!("p50 {}, p99 {}", short(theirs.at(0.5)), short(theirs.at(0.99))),
        theirs.at(0.99).as_secs_f64() / ours.at(0.99).as_secs_f64(),
        "< 10 ms p99",
    );
    Ok(())
}

/// Many callers at once, and SQLite alone with the same bytes.
fn batches(table: &mut Table, group: &Group, peer: &std::path::Path, what: &str, drafts: Vec<Draft>) -> Result<()> {
    let bytes: Vec<Vec<u8>> = drafts.iter().map(|draft| canonical(&draft.entry)).collect::<Result<_, _>>()?;
    let acts: Vec<&[Draft]> = drafts.chunks(AN_ACT).collect();
    let start = Instant::now();
    std::thread::scope(|scope| {
        let callers: Vec<_> = acts
            .chunks(acts.len().div_ceil(CALLERS))
            .map(|mine| {
                scope.spawn(move || mine.iter().try_for_each(|act| group.commit("bench", act.to_vec()).map(drop)))
            })
            .collect();
        callers.into_iter().try_for_each(|caller| match caller.join() {
            Ok(done) => done.context("a commit failed"),
            Err(_) => anyhow::bail!("a caller ended"),
        })
    })?;
    let took = start.elapsed();

    let alone = alone(peer, &bytes)?;
    let mean = bytes.iter().map(Vec::len).sum::<usize>() / bytes.len();
    table.versus(
        &format!("durable entries: {what} of {mean} bytes, {CALLERS} callers, {AN_ACT} an act; peer: SQLite alone"),
        format!("{}/s", thousands(per_second(bytes.len(), took))),
        format!("{}/s", thousands(per_second(bytes.len(), alone))),
        alone.as_secs_f64() / took.as_secs_f64(),
        "> 20,000/s in batches",
    );
    Ok(())
}

/// What is recorded of each case: question, facts, decision.
fn bodies(pack: &Pack) -> Result<Vec<Body>> {
    let mut bodies = Vec::new();
    for case in pack.cases() {
        let CaseBody::Decide { on, question, facts, .. } = &case.body else { continue };
        bodies.push(Body::Decided(Box::new(Decided {
            request: RequestId::from_bytes(random()?),
            question: question.clone(),
            facts: facts.clone(),
            decision: decide(pack, question, facts, *on),
        })));
    }
    Ok(bodies)
}

fn drafts(bodies: &[Body], count: usize) -> Result<Vec<Draft>> {
    let by = Actor::Program { name: "bench".to_owned() };
    let one = |body: &Body| -> Result<Draft> {
        let id = EntryId::from_bytes(random()?);
        Ok(Entry { id, at: Timestamp::now(), by: by.clone(), source: Source::Demo, body: body.clone() }.into())
    };
    bodies.iter().cycle().take(count).map(one).collect()
}

fn random() -> Result<[u8; 16]> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|error| anyhow::anyhow!("no random bytes: {error}"))?;
    Ok(bytes)
}

/// SQLite as durable as ours: a write-ahead log, on the disk before a commit returns.
fn open(path: &std::path::Path) -> Result<Connection> {
    let connection = Connection::open(path)?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "synchronous", "full")?;
    connection.execute_batch("create table entry (seq integer primary key, bytes blob not null) strict")?;
    Ok(connection)
}

fn alone(path: &std::path::Path, bytes: &[Vec<u8>]) -> Result<Duration> {
    let mut connection = open(path)?;
    let start = Instant::now();
    for batch in bytes.chunks(4096) {
        let transaction = connection.transaction()?;
        for row in batch {
            transaction.prepare_cached("insert into entry (bytes) values (?)")?.execute([row])?;
        }
        transaction.commit()?;
    }
    Ok(start.elapsed())
}

fn one_by_one(path: &std::path::Path, bytes: &[Vec<u8>]) -> Result<Times> {
    let connection = open(path)?;
    let mut times = Vec::new();
    for row in bytes.iter().take(ALONE) {
        let start = Instant::now();
        connection.prepare_cached("insert into entry (bytes) values (?)")?.execute([row])?;
        times.push(start.elapsed());
    }
    Ok(Times::new(times))
}
