//! An import from end to end: read, map, decide, record, count.
//!
//! One thread reads and parses, in the file's order; as many as there are cores map, decide and prepare (canonical bytes,
//! leaf, packing); the caller's thread commits, again in the file's order. Between them lie short queues, so memory stays
//! constant. Each row is one act of the store, kept whole or not at all; many rows share one durable transaction. Killed in
//! the middle, an import leaves whole rows; run again, it finds them by their keys and adds the rest.
//!
//! A row that was recorded before stays as it was, also when the pack has changed since: a decision is never remade.

use std::{
    collections::{BTreeMap, HashMap},
    io,
    ops::ControlFlow,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread,
};

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use law::{ActId, AgencyId, Decision, Outcome, Pack, Question, decide};
use record::{Body, Decided, Source};
use serde::Serialize;

use super::{
    BadRow, ImportError, Raw,
    bad::BadRows,
    map::{self, Mapped, Names},
    open::{self, ReadNotes},
    release::{Fate, Field, HEADER_WITHIN, Header, Release, Rows, looked_for},
    row::{DetainerRow, Parsed, parse},
};
use crate::store::{Draft, Prepared, Store, StoreError, prepare};

/// Rows in one batch: one durable transaction of some three thousand entries.
const BATCH_ROWS: usize = 1024;

/// Batches that may wait between two steps.
const WAITING: usize = 2;

/// Answers that a worker keeps at hand; rows of one day and agency ask the same.
const ANSWERS_MAX: usize = 1_000;

/// Names of unmapped facilities that are counted one by one; beyond, only the rows are.
const NAMES_MAX: usize = 10_000;

/// What to import, and into what.
pub struct Import<'a> {
    /// The file.
    pub path: &'a Path,
    /// The pack whose law decides.
    pub pack: &'a Pack,
    /// The record; without one nothing is kept and all is counted (a dry run).
    pub store: Option<&'a dyn Store>,
    /// Under what rows are named.
    pub names: Names,
    /// The folder for the list of bad rows.
    pub errors_in: Option<&'a Path>,
    /// The moment that the entries bear.
    pub at: Timestamp,
    /// Threads that decide.
    pub workers: usize,
}

/// Why an import stopped. What was committed before stays; running it again goes on from there.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The file cannot be read.
    #[error(transparent)]
    File(#[from] ImportError),
    /// The record refused a batch.
    #[error("{recorded} rows were recorded before the record refused more; run the import again to go on")]
    Store {
        /// Rows recorded by this run.
        recorded: u64,
        /// What was done until then; its bad rows are listed as always.
        summary: Box<Summary>,
        /// Why.
        #[source]
        source: StoreError,
    },
    /// The list of bad rows cannot be written.
    #[error("the list of bad rows cannot be written")]
    List(#[source] io::Error),
}

/// One line of the table: how many questions had this answer.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Line {
    /// The year of the row's day.
    pub year: i16,
    /// The agency asked.
    pub agency: AgencyId,
    /// The act.
    pub act: ActId,
    /// The answer; `None` = not decided, because the pack begins later than the row's day.
    pub outcome: Option<Outcome>,
}

/// What an import did. `read = recorded + already + outside_scope + bad`, unless the record refused a batch.
#[derive(Debug, Default, Serialize)]
pub struct Summary {
    /// The release's id.
    pub release: String,
    /// Its title.
    pub title: String,
    /// Rows after the header.
    pub read: u64,
    /// Rows recorded by this run (in a dry run: that would be).
    pub recorded: u64,
    /// Rows that an earlier run had recorded.
    pub already: u64,
    /// Rows that are no request to another agency.
    pub outside_scope: u64,
    /// Rows that cannot be kept.
    pub bad: u64,
    /// Entries that this run added to the record.
    pub entries: u64,
    /// Columns dropped by name, never stored.
    pub dropped_columns: Vec<String>,
    /// Rows that were no UTF-8 and were read as Windows-1252.
    pub windows_1252_rows: u64,
    /// Rows recorded whose facility the pack's map does not name.
    pub facility_not_in_map: u64,
    /// Rows recorded that name no facility.
    pub facility_not_said: u64,
    /// Answers of the rows recorded on which the engines differ; each has a fault beside it in the record.
    pub engine_faults: u64,
    /// The most frequent facilities that the map does not name, with their rows.
    pub unmapped: Vec<(String, u64)>,
    /// Answers by year, agency and act, of the rows recorded.
    #[serde(serialize_with = "as_rows")]
    pub table: BTreeMap<Line, u64>,
    /// What the release says became of the rows recorded; the empty code: nothing.
    pub fates: BTreeMap<&'static str, u64>,
    /// Where the list of bad rows lies.
    pub errors_file: Option<PathBuf>,
    /// The first bad rows.
    #[serde(skip)]
    pub first_bad: Vec<BadRow>,
}

fn as_rows<S: serde::Serializer>(table: &BTreeMap<Line, u64>, serializer: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Row<'a> {
        #[serde(flatten)]
        line: &'a Line,
        rows: u64,
    }
    serializer.collect_seq(table.iter().map(|(line, rows)| Row { line, rows: *rows }))
}

/// A batch of parsed rows on its way to a worker.
struct Job {
    index: u64,
    release: &'static Release,
    rows: Vec<(DetainerRow, u64)>,
}

/// The same batch on its way to the store.
struct Batch {
    index: u64,
    rows: Vec<Ready>,
}

/// One row, ready to be committed and counted.
struct Ready {
    act: Option<Result<Prepared, StoreError>>,
    year: i16,
    agency: AgencyId,
    answers: Vec<(ActId, Option<Outcome>)>,
    engine_faults: u64,
    fate: Option<Fate>,
    facility: Option<String>,
    facility_known: Option<bool>,
}

/// What the reader knows at the end.
struct ReadDone {
    header: Header,
    notes: ReadNotes,
    read: u64,
    outside_scope: u64,
    bad: BadRows,
}

/// Imports a file, and tells `progress` how many of its bytes were read.
///
/// # Errors
/// [`RunError`]; bad rows are no error and stand in the summary.
pub fn run(import: &Import<'_>, progress: &dyn Fn(u64)) -> Result<Summary, RunError> {
    let bad = BadRows::new(import.path, import.errors_in).map_err(RunError::List)?;
    let read_bytes = Arc::new(AtomicU64::new(0));
    let (jobs_in, jobs_out) = sync_channel::<Job>(WAITING);
    let (batches_in, batches_out) = sync_channel::<Batch>(WAITING);
    let jobs_out = Mutex::new(jobs_out);
    let newest = import.at.to_zoned(TimeZone::UTC).date();
    thread::scope(|scope| {
        let reader = scope.spawn(|| read(import.path, &read_bytes, newest, bad, jobs_in));
        for _ in 0..import.workers.max(1) {
            let batches_in = batches_in.clone();
            let jobs_out = &jobs_out;
            scope.spawn(move || work(import, jobs_out, &batches_in));
        }
        drop(batches_in);
        let mut summary = Summary::default();
        let mut names = HashMap::new();
        // The receiver goes with this call: when the store refuses, the workers and then the reader find their queues shut.
        let committed = commit(import.store, batches_out, &mut summary, &mut names, &|| {
            progress(read_bytes.load(Ordering::Relaxed))
        });
        let done = match reader.join() {
            Ok(done) => done?,
            Err(panic) => std::panic::resume_unwind(panic),
        };
        summary.release.clone_from(&done.header.release.id);
        summary.title.clone_from(&done.header.release.title);
        summary.dropped_columns = done.header.dropped;
        summary.windows_1252_rows = done.notes.windows_1252_rows;
        summary.read = done.read;
        summary.outside_scope = done.outside_scope;
        (summary.bad, summary.first_bad, summary.errors_file) = done.bad.finish().map_err(RunError::List)?;
        summary.unmapped = names.into_iter().collect();
        summary.unmapped.sort_by(|one, two| two.1.cmp(&one.1).then_with(|| one.0.cmp(&two.0)));
        summary.unmapped.truncate(20);
        match committed {
            Ok(()) => Ok(summary),
            Err(source) => Err(RunError::Store { recorded: summary.recorded, summary: Box::new(summary), source }),
        }
    })
}

/// Reads and parses, in the file's order.
fn read(
    path: &Path,
    read_bytes: &Arc<AtomicU64>,
    newest: Date,
    bad: BadRows,
    jobs: SyncSender<Job>,
) -> Result<ReadDone, ImportError> {
    let mut reading = Reading {
        header: None,
        newest,
        seen: 0,
        read: 0,
        outside_scope: 0,
        bad,
        equal: HashMap::new(),
        index: 0,
        rows: Vec::new(),
        jobs,
    };
    let notes = open::read(path, read_bytes, &mut |raw| reading.take(raw))?;
    // A queue that is shut is the committer's to tell.
    let _ = reading.send();
    let Some(header) = reading.header else {
        return Err(ImportError::Header { path: path.to_owned(), read: reading.seen, looked_for: looked_for() });
    };
    Ok(ReadDone { header, notes, read: reading.read, outside_scope: reading.outside_scope, bad: reading.bad })
}

struct Reading {
    header: Option<Header>,
    /// The day of the import: no release tells of a later one.
    newest: Date,
    seen: usize,
    read: u64,
    outside_scope: u64,
    bad: BadRows,
    /// How often each content came, for releases whose rows have no number.
    equal: HashMap<[u8; 16], u64>,
    index: u64,
    rows: Vec<(DetainerRow, u64)>,
    jobs: SyncSender<Job>,
}

impl Reading {
    fn take(&mut self, raw: Raw) -> ControlFlow<()> {
        let Some(header) = &self.header else {
            self.seen += 1;
            if let Raw::Row(row) = &raw {
                self.header = Header::find(row);
            }
            let found_or_on = self.header.is_some() || self.seen < HEADER_WITHIN;
            return if found_or_on { ControlFlow::Continue(()) } else { ControlFlow::Break(()) };
        };
        match raw {
            Raw::Row(row) if row.cells.iter().all(|cell| cell.trim().is_empty()) => {}
            Raw::Row(row) => {
                self.read += 1;
                match parse(header, &row) {
                    Ok(Parsed::Detainer(row)) if row.day > self.newest => self.bad.add(BadRow {
                        row: row.line,
                        column: header.name(Field::Day),
                        reason: format!("`{}` is after today, {}: no release tells of it", row.day, self.newest),
                    }),
                    Ok(Parsed::Detainer(row)) => return self.keep(*row),
                    Ok(Parsed::OutsideScope) => self.outside_scope += 1,
                    Err(bad) => self.bad.add(bad),
                }
            }
            Raw::Bad(bad) => {
                self.read += 1;
                let named = |at: &str| header.names.get(at.parse::<usize>().ok()?.checked_sub(1)?).cloned();
                let column = bad.column.map(|at| named(&at).filter(|name| !name.is_empty()).unwrap_or(at));
                self.bad.add(BadRow { column, ..bad });
            }
        }
        ControlFlow::Continue(())
    }

    fn keep(&mut self, row: DetainerRow) -> ControlFlow<()> {
        let number = match self.header.as_ref().map(|header| header.release.rows) {
            Some(Rows::Content) => {
                let count = self.equal.entry(row.content()).or_default();
                *count += 1;
                *count
            }
            _ => row.number,
        };
        self.rows.push((row, number));
        if self.rows.len() < BATCH_ROWS { ControlFlow::Continue(()) } else { self.send() }
    }

    fn send(&mut self) -> ControlFlow<()> {
        let Some(header) = &self.header else { return ControlFlow::Continue(()) };
        let job = Job { index: self.index, release: header.release, rows: std::mem::take(&mut self.rows) };
        self.index += 1;
        if self.jobs.send(job).is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    }
}

/// Maps, decides and prepares batches until there are no more.
fn work(import: &Import<'_>, jobs: &Mutex<Receiver<Job>>, batches: &SyncSender<Batch>) {
    let mut desk = Desk { import, source: source(), answers: HashMap::new() };
    loop {
        let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(Job { index, release, rows }) = job else { return };
        let rows = rows.into_iter().map(|(row, number)| desk.row(release, row, number)).collect();
        if batches.send(Batch { index, rows }).is_err() {
            return;
        }
    }
}

/// The source that every entry of this import bears.
#[must_use]
pub fn source() -> Source {
    #[expect(clippy::expect_used, reason = "a constant of lower-case letters and a hyphen")]
    Source::Import(map::SOURCE.parse().expect("`ice-foia` is a name"))
}

/// What the answer to a question depends on in this import: the question, the day, and the one fact that rows differ in.
type Asked = (AgencyId, ActId, Date, Option<bool>);

struct Desk<'a> {
    import: &'a Import<'a>,
    source: Source,
    answers: HashMap<Asked, Arc<Decision>>,
}

impl Desk<'_> {
    fn row(&mut self, release: &Release, row: DetainerRow, number: u64) -> Ready {
        let pack = self.import.pack;
        let mut mapped = map::map(pack.vocabulary(), &self.import.names, release, &row, number);
        let in_force = row.day >= pack.covers_from();
        let decisions: Vec<(Question, Arc<Decision>)> = if in_force {
            mapped
                .questions
                .iter()
                .map(|question| (question.clone(), self.answer(question, &mapped, row.reentry)))
                .collect()
        } else {
            Vec::new()
        };
        let answers = match decisions.as_slice() {
            [] => mapped.questions.iter().map(|question| (question.act.clone(), None)).collect(),
            decided => {
                decided.iter().map(|(question, decision)| (question.act.clone(), Some(decision.outcome))).collect()
            }
        };
        let engine_faults = decisions.iter().filter(|(_, decision)| decision.engines_differ()).count() as u64;
        let ready = Ready {
            act: None,
            engine_faults,
            year: row.day.year(),
            agency: mapped.request.receiver.agency.clone(),
            answers,
            fate: row.fate,
            facility: row.facility,
            facility_known: mapped.facility_known,
        };
        let act = self.import.store.map(|_| prepare("import ice-foia row", self.drafts(&mut mapped, decisions)));
        Ready { act, ..ready }
    }

    fn answer(&mut self, question: &Question, mapped: &Mapped, reentry: Option<bool>) -> Arc<Decision> {
        let asked = (question.agency.clone(), question.act.clone(), mapped.day, reentry);
        let pack = self.import.pack;
        if self.answers.len() >= ANSWERS_MAX {
            self.answers.clear();
        }
        Arc::clone(
            self.answers
                .entry(asked)
                .or_insert_with(|| Arc::new(decide(pack, question, &mapped.facts, mapped.day).without_trees())),
        )
    }

    fn drafts(&self, mapped: &mut Mapped, decisions: Vec<(Question, Arc<Decision>)>) -> Vec<Draft> {
        let entry = |part: &str, body| map::entry(&mapped.key, part, self.import.at, &self.source, body);
        let mut drafts = vec![Draft {
            key: Some(mapped.key.as_str().to_owned()),
            entry: entry("requested", Body::Requested(Box::new(mapped.request.clone()))),
        }];
        let mut first = None;
        for (question, decision) in decisions {
            let part = format!("decided/{}", question.act);
            let decided = Decided {
                request: mapped.request.id,
                question,
                facts: mapped.facts.clone(),
                decision: Decision::clone(&decision),
            };
            let answer = entry(&part, Body::Decided(Box::new(decided)));
            first.get_or_insert(answer.id);
            let fault = answer.engine_fault().map(|fault| entry(&format!("fault/{part}"), fault));
            drafts.extend([Some(answer), fault].into_iter().flatten().map(Draft::from));
        }
        if let Some(deed) = mapped.deed.clone() {
            drafts.push(Draft::from(entry("done", Body::Done(Box::new(map::done(mapped, deed, first))))));
        }
        drafts
    }
}

/// Commits batches in the file's order and counts them.
fn commit(
    store: Option<&dyn Store>,
    batches: Receiver<Batch>,
    summary: &mut Summary,
    names: &mut HashMap<String, u64>,
    tick: &dyn Fn(),
) -> Result<(), StoreError> {
    let (mut next, mut early) = (0, BTreeMap::new());
    for batch in batches {
        early.insert(batch.index, batch.rows);
        while let Some(rows) = early.remove(&next) {
            next += 1;
            commit_batch(store, rows, summary, names)?;
        }
        tick();
    }
    Ok(())
}

fn commit_batch(
    store: Option<&dyn Store>,
    rows: Vec<Ready>,
    summary: &mut Summary,
    names: &mut HashMap<String, u64>,
) -> Result<(), StoreError> {
    let Some(store) = store else {
        for row in &rows {
            count(row, summary, names);
        }
        return Ok(());
    };
    let mut acts = Vec::with_capacity(rows.len());
    let mut ready = Vec::with_capacity(rows.len());
    for mut row in rows {
        if let Some(act) = row.act.take() {
            acts.push(act?);
            ready.push(row);
        }
    }
    for (row, answer) in ready.iter().zip(store.commit_all(acts)) {
        match answer {
            Ok(committed) => {
                let new = committed.iter().filter(|committed| !committed.already).count() as u64;
                summary.entries += new;
                if new > 0 { count(row, summary, names) } else { summary.already += 1 }
            }
            // The row's key or ids are known: it was recorded before, perhaps under another pack, and stays as it was.
            Err(StoreError::KeyReused { .. } | StoreError::DuplicateId { .. }) => summary.already += 1,
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

fn count(row: &Ready, summary: &mut Summary, names: &mut HashMap<String, u64>) {
    summary.recorded += 1;
    summary.engine_faults += row.engine_faults;
    for (act, outcome) in &row.answers {
        let line = Line { year: row.year, agency: row.agency.clone(), act: act.clone(), outcome: *outcome };
        *summary.table.entry(line).or_default() += 1;
    }
    *summary.fates.entry(row.fate.map_or("", Fate::code)).or_default() += 1;
    match (row.facility_known, &row.facility) {
        (Some(false), Some(name)) => {
            summary.facility_not_in_map += 1;
            if names.len() < NAMES_MAX || names.contains_key(name) {
                *names.entry(name.clone()).or_default() += 1;
            }
        }
        (None, _) => summary.facility_not_said += 1,
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use record::FaultKind;

    use super::*;
    use crate::store::Sqlite;

    #[test]
    fn where_the_engines_differ_an_import_records_the_fault_beside_the_answer() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rows.csv");
        let row = "2014-12-20,I247,\"RIKERS ISLAND, QUEENS, NY\",NEW YORK,NEW YORK,";
        let header = "row_original,prepare_date,detainer_type,facility,state,city,lift_reason";
        std::fs::write(&path, format!("{header}\n1,{row}\n2,{row}\n")).unwrap();
        let store = Sqlite::open(&folder.path().join("record.sqlite3")).unwrap();
        let pack = crate::pack::falsified();
        let import = Import {
            path: &path,
            pack: &pack,
            store: Some(&store),
            names: Names::under([7; 32]),
            errors_in: None,
            at: "2026-11-26T12:00:00Z".parse().unwrap(),
            workers: 1,
        };
        let summary = run(&import, &|_| {}).unwrap();
        assert_eq!((summary.recorded, summary.engine_faults), (2, 2));
        let (mut differ, mut faults) = (BTreeSet::new(), BTreeSet::new());
        for stored in store.entries(0, 100).unwrap() {
            match &stored.entry().unwrap().body {
                Body::Decided(decided) if decided.decision.engines_differ() => {
                    assert_eq!(decided.decision.outcome, Outcome::Barred);
                    differ.insert((Some(decided.request), Some(stored.id)));
                }
                Body::Fault(fault) => {
                    assert_eq!(fault.kind, FaultKind::Engine);
                    faults.insert((fault.request, fault.entry));
                }
                _ => {}
            }
        }
        assert_eq!((faults.len(), &faults), (2, &differ));
        assert_eq!(run(&import, &|_| {}).unwrap().already, 2, "the ids of faults are the rows' own");
    }
}
