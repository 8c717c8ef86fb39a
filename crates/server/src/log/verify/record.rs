//! The record beside a log: each entry's leaf is computed anew from its bytes and salt, and compared with the log's.
//!
//! One thread reads, as many as the machine has compute, and the walk through the log takes the results in order.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{Receiver, sync_channel},
    },
    thread,
};

use record::{Body, Entry, EntryId, Leaf, PublicKey, commitment};

use super::{
    Faults, RecordReport,
    photographs::{Claim, Claims, Found},
    rows::{Chunks, Columns, OpenRecord, Packed, Row},
    sealed::Sealed,
    signed::{About, Signing},
};
use crate::{
    filing::signed::holds,
    report::stamps::signed,
    store::{dictionary, leaf::entry_leaf},
};

/// What came of checking an entry by itself.
struct Checked {
    seq: u64,
    log_index: Option<u64>,
    id: EntryId,
    leaf: Leaf,
    erased: bool,
    /// It is of a report.
    report: bool,
    /// The entry and leaf that it says were erased.
    names: Option<(EntryId, Leaf)>,
    /// The entry of the report of which it says what became.
    speaks_of: Option<EntryId>,
    /// The official who stamped it.
    stamped_by: Option<PublicKey>,
    /// The officials whose keys it publishes.
    officials: Vec<PublicKey>,
    /// What it says of photographs.
    claim: Claim,
    /// What it says about passkeys and the statements that they sign.
    statement: Option<About>,
    fault: Option<String>,
}

fn check(row: Row, sealed: &Sealed) -> Checked {
    let Row { seq, log_index, id, leaf, held, columns } = row;
    let erased = held.is_none();
    let entry = held.map(|held| look(held, id, leaf)).transpose();
    let (entry, fault) = match entry {
        Ok(entry) => {
            let fault = columns.and_then(|columns| differs(&columns, entry.as_ref()));
            let bytes = || match entry.as_ref().map(|entry| &entry.body) {
                Some(Body::Received(received)) => sealed.fault(&id, received),
                _ => None,
            };
            let stamp = || match entry.as_ref().map(|entry| &entry.body) {
                Some(Body::Handled(handling)) => handling
                    .stamped()
                    .filter(|(stamp, text)| !signed(stamp, text))
                    .map(|_| "the stamp in it was not signed by the official whose key it names".to_owned()),
                _ => None,
            };
            let passkey = || match entry.as_ref().map(|entry| &entry.body) {
                Some(Body::Signed(signed)) => holds(signed).err().map(|fault| fault.to_string()),
                _ => None,
            };
            let fault = fault.or_else(bytes).or_else(stamp).or_else(passkey);
            (entry, fault)
        }
        Err(fault) => (None, Some(fault)),
    };
    let report = entry.as_ref().is_some_and(|entry| matches!(entry.body, Body::Received(_)));
    let claim = Claim::of(entry.as_ref().map(|entry| &entry.body));
    let statement = entry.as_ref().and_then(About::of);
    let (mut names, mut speaks_of, mut stamped_by, mut officials) = (None, None, None, Vec::new());
    match entry.map(|entry| entry.body) {
        Some(Body::Erased(erasure)) => names = Some((erasure.entry, erasure.leaf)),
        Some(Body::Handled(handling)) => {
            speaks_of = Some(EntryId::from_bytes(*handling.report.as_bytes()));
            stamped_by = handling.stamped().map(|(stamp, _)| stamp.by);
        }
        Some(Body::Keys(keys)) => officials.extend(keys.set.officials()),
        _ => {}
    }
    Checked {
        seq,
        log_index,
        id,
        leaf,
        erased,
        report,
        names,
        speaks_of,
        stamped_by,
        officials,
        claim,
        statement,
        fault,
    }
}

/// Recomputes the leaf of an entry and reads it. What an entry says is in no message: it is private.
pub(super) fn look(held: Packed, id: EntryId, leaf: Leaf) -> Result<Entry, String> {
    let Packed { salt, plain_bytes, bytes } = held;
    let bytes = dictionary::plain(bytes, plain_bytes)?;
    let no_leaf = || "its bytes and salt do not lead to its leaf".to_owned();
    // The cause would quote the entry, so only the step is told.
    let entry = match record::parse(&bytes) {
        Ok(entry) => entry,
        Err(_) if commitment(&salt, &bytes) != leaf => return Err(no_leaf()),
        Err(error) => return Err(format!("its bytes are {error}")),
    };
    // Of a report: over its day, the names of its sealed bytes and its blind.
    if entry_leaf(&entry, &salt, &bytes) != Some(leaf) {
        return Err(no_leaf());
    }
    if entry.id != id {
        return Err(format!("its bytes are those of `{}`", entry.id));
    }
    Ok(entry)
}

/// Whether the columns by which a desk finds an entry say the same as the entry; those of an erased one say nothing.
fn differs(columns: &Columns, entry: Option<&Entry>) -> Option<String> {
    let request = entry.and_then(|entry| entry.body.request());
    let receiver = entry.and_then(|entry| match &entry.body {
        Body::Requested(request) => Some(&request.receiver.agency),
        _ => None,
    });
    let same_request = columns.request.as_deref() == request.as_ref().map(|id| id.as_bytes().as_slice());
    let same_receiver = columns.receiver.as_deref() == receiver.map(law::AgencyId::as_str);
    let what = match (same_request, same_receiver) {
        (true, true) => return misfiled(columns.reading, entry),
        (false, true) => "request",
        (true, false) => "agency",
        (false, false) => "request and agency",
    };
    Some(match entry {
        Some(_) => format!("the store files it under another {what} than it names, so a desk does not find it"),
        None => format!("it has no bytes, and the store still tells the {what} that it was about"),
    })
}

/// Whether the store takes an entry for a reading of its request that is none, or the other way round.
fn misfiled(as_reading: bool, entry: Option<&Entry>) -> Option<String> {
    let reads = entry.is_some_and(|entry| matches!(entry.body, Body::Read(_)));
    let what = match (as_reading, reads) {
        (true, false) if entry.is_none() => "it has no bytes, and the store still tells that it was a reading",
        (true, false) => "the store files it among the readings of its request, so a desk does not find it there",
        (false, true) => "the store does not file it among the readings of its request",
        (true, true) | (false, false) => return None,
    };
    Some(what.to_owned())
}

/// Results in the order of the log, as the walk takes them.
pub(super) struct Entries<'a> {
    results: &'a Receiver<(u64, Result<Vec<Checked>, String>)>,
    early: BTreeMap<u64, Result<Vec<Checked>, String>>,
    next_chunk: u64,
    chunk: std::vec::IntoIter<Checked>,
    next: Option<Checked>,
    report: RecordReport,
    failed: Option<String>,
    ids: HashSet<EntryId>,
    /// How many entries there were, and the number of the last one.
    seqs: (u64, Option<u64>),
    highest: Option<u64>,
    last_placed: Option<u64>,
    gone: HashMap<EntryId, (u64, Leaf)>,
    named: HashMap<EntryId, Naming>,
    /// The keys that were ever published as officials'.
    officials: BTreeSet<PublicKey>,
    claims: Claims,
    /// Whose passkeys there were, and what was signed with them.
    signing: Signing,
}

/// An erasure, as it names an entry.
struct Naming {
    /// The number of the erasure's own entry.
    by: u64,
    leaf: Leaf,
    /// Whether the log holds the erasure.
    logged: bool,
}

pub(super) fn place(seq: u64, id: &EntryId) -> String {
    format!("entry {seq} of the record (`{id}`)")
}

impl Entries<'_> {
    fn take(&mut self) -> Option<Checked> {
        if let Some(next) = self.next.take().or_else(|| self.chunk.next()) {
            return Some(next);
        }
        while self.failed.is_none() {
            let chunk = match self.early.remove(&self.next_chunk) {
                Some(chunk) => chunk,
                None => match self.results.recv() {
                    Ok((number, chunk)) if number == self.next_chunk => chunk,
                    Ok((number, chunk)) => {
                        self.early.insert(number, chunk);
                        continue;
                    }
                    Err(_) => return None,
                },
            };
            self.next_chunk += 1;
            match chunk {
                Ok(rows) => {
                    self.chunk = rows.into_iter();
                    if let Some(row) = self.chunk.next() {
                        return Some(row);
                    }
                }
                Err(what) => self.failed = Some(what),
            }
        }
        None
    }

    /// What is checked of every entry, in the log or not.
    fn note(&mut self, row: &Checked, logged: bool, faults: &mut Faults) {
        let at = place(row.seq, &row.id);
        // Places are given in the order of the record, so entries in the order of the log are numbered from 0 on, and those
        // that wait go on from there.
        let next = self.seqs.1.map_or(0, |last| last.saturating_add(1));
        if row.seq != next {
            faults.add(at.clone(), format!("the number of the entry that stands here is {next}"));
        }
        if let Some(fault) = &row.fault {
            faults.add(at.clone(), fault.clone());
        } else if !row.erased {
            self.report.recomputed += 1;
            self.report.reports += u64::from(row.report);
        }
        if row.erased {
            self.report.erased += 1;
            self.gone.insert(row.id, (row.seq, row.leaf));
        }
        if let Some((entry, leaf)) = row.names {
            let naming = Naming { by: row.seq, leaf, logged };
            if self.named.get(&entry).is_none_or(|before| !before.logged) {
                self.named.insert(entry, naming);
            }
        }
        // A report is an entry before anything can have become of it, and stays one when its body goes.
        if row.speaks_of.is_some_and(|report| !self.ids.contains(&report)) {
            faults.add(at.clone(), "it says what became of a report that does not stand before it in the record");
        }
        self.officials.extend(&row.officials);
        self.claims.note(row.seq, row.id, row.claim);
        if row.stamped_by.is_some_and(|by| !self.officials.contains(&by)) {
            faults.add(at.clone(), "the stamp in it is of a key that no set of keys before it has as an official's");
        }
        // Of a signature that does not hold there is no more to tell.
        let broken = row.fault.is_some() && matches!(row.statement, Some(About::Signed { .. }));
        if let Some(about) = row.statement.as_ref().filter(|_| !broken) {
            match self.signing.take(about, self.report.erased > 0) {
                Ok(told) => self.report.add(told),
                Err(what) => faults.add(at.clone(), what),
            }
        }
        if !self.ids.insert(row.id) {
            faults.add(at, "its id stands in the record twice");
        }
        self.seqs = (self.seqs.0 + 1, Some(row.seq));
        self.highest = self.highest.max(Some(row.seq));
    }

    /// Compares the leaf at a place of the log with the entry that has this place.
    pub(super) fn compare(&mut self, index: u64, leaf: &[u8], faults: &mut Faults) {
        loop {
            let Some(row) = self.take() else {
                if self.failed.is_none() {
                    faults.add(format!("leaf {index} of the log"), "no entry of the record has this place");
                }
                return;
            };
            match row.log_index {
                Some(at) if at < index => {
                    self.note(&row, false, faults);
                    faults.add(place(row.seq, &row.id), format!("its place in the log, {at}, is another entry's too"));
                }
                Some(at) if at == index => {
                    let same = row.leaf.as_bytes() == leaf;
                    self.note(&row, same, faults);
                    self.last_placed = self.last_placed.max(Some(row.seq));
                    if !same {
                        faults.add(place(row.seq, &row.id), format!("its leaf is not leaf {index} of the log"));
                    }
                    return;
                }
                _ => {
                    faults.add(format!("leaf {index} of the log"), "no entry of the record has this place");
                    self.next = Some(row);
                    return;
                }
            }
        }
    }

    /// Checks what the log does not hold yet, and that erasures and erased entries belong together. `size` is that of the
    /// log; none where there is no log yet.
    pub(super) fn finish(&mut self, size: Option<u64>, faults: &mut Faults) {
        while let Some(row) = self.take() {
            self.note(&row, false, faults);
            self.report.waiting += 1;
            let behind = self.last_placed.is_some_and(|last| row.seq < last);
            if behind || row.log_index.is_some_and(|at| at < size.unwrap_or_default()) {
                let what = "it is not in the log, and entries that came after it are";
                faults.add(place(row.seq, &row.id), what);
            } else if let (None, Some(at)) = (size, row.log_index) {
                faults.add(place(row.seq, &row.id), format!("it has the place {at} in a log that is not here"));
            }
            if faults.full() {
                return;
            }
        }
        if let (count, Some(last)) = (self.seqs.0, self.highest)
            && last.checked_add(1) != Some(count)
            && self.failed.is_none()
        {
            faults.add("the record", format!("it has {count} entries, and their numbers go up to {last}"));
        }
        let mut gone: Vec<_> = self.gone.iter().collect();
        gone.sort_by_key(|(_, (seq, _))| *seq);
        for (id, (seq, leaf)) in gone {
            let what = match self.named.get(id) {
                None => "it has no bytes, and no erasure names it".to_owned(),
                Some(naming) if naming.leaf != *leaf => {
                    format!("the erasure in entry {} names another leaf", naming.by)
                }
                // Anyone who can write the store can write such an erasure; only the log shows that it was made.
                Some(Naming { by, logged: false, .. }) => format!(
                    "it has no bytes, and the erasure that names it, entry {by}, is not in the log: let the log follow \
                     the record, then check again"
                ),
                Some(_) => continue,
            };
            faults.add(place(*seq, id), what);
        }
        let mut named: Vec<_> = self.named.iter().filter(|(id, _)| !self.gone.contains_key(*id)).collect();
        named.sort_by_key(|(_, naming)| naming.by);
        for (id, Naming { by, .. }) in named {
            faults.add(format!("entry {by} of the record"), format!("it says that `{id}` was erased, and it was not"));
        }
    }
}

/// What came of a walk, the report, why the record could not be read to its end, and what does not hold of photographs.
type Looked<T> = (T, RecordReport, Option<String>, Vec<(String, String)>);

impl OpenRecord {
    /// Reads and checks the record while `walk` takes its entries in the order of the log.
    ///
    /// The third result is why the record could not be read to its end, the last what does not hold of photographs.
    pub(super) fn check<T>(self, desk: Option<String>, walk: impl FnOnce(&mut Entries<'_>) -> T) -> Looked<T> {
        let workers = thread::available_parallelism().map_or(2, usize::from);
        let (to_workers, work) = sync_channel::<(u64, Vec<Row>)>(workers * 2);
        let (to_walk, results) = sync_channel(workers * 2);
        let work = Arc::new(Mutex::new(work));
        let (opened, sealed, key) = (self.opened, &self.sealed, self.photograph_key.get());
        thread::scope(|scope| {
            for _ in 0..workers {
                let (work, to_walk) = (Arc::clone(&work), to_walk.clone());
                scope.spawn(move || {
                    loop {
                        let taken = work.lock().unwrap_or_else(PoisonError::into_inner).recv();
                        let Ok((number, rows)) = taken else { return };
                        // The walk that no longer takes has stopped at a fault of the log.
                        if to_walk.send((number, Ok(rows.into_iter().map(|row| check(row, sealed)).collect()))).is_err()
                        {
                            return;
                        }
                    }
                });
            }
            // The workers alone hold the receiving end: when they have ended, the reader ends too.
            drop(work);
            let reader = scope.spawn(move || -> Option<Option<Found>> {
                let mut sender = Chunks::new(to_workers);
                let read = opened.read(&mut sender, key);
                sender.flush();
                let what = match read {
                    Ok(found) => return Some(found),
                    Err(what) => what,
                };
                let _ = to_walk.send((sender.number, Err(what)));
                None
            });
            let mut entries = Entries {
                results: &results,
                early: BTreeMap::new(),
                next_chunk: 0,
                chunk: Vec::new().into_iter(),
                next: None,
                report: RecordReport::default(),
                failed: None,
                ids: HashSet::new(),
                seqs: (0, None),
                highest: None,
                last_placed: None,
                gone: HashMap::new(),
                named: HashMap::new(),
                officials: BTreeSet::new(),
                claims: Claims::default(),
                signing: Signing::at(desk),
            };
            let walked = walk(&mut entries);
            let Entries { mut report, failed, claims, .. } = entries;
            drop(results);
            // Where the record could not be read to its end, what lies beside it is not known either, and the fault is told already.
            let found = reader.join().ok().flatten();
            let wrong = found.map(|found| claims.compare(found, &mut report)).unwrap_or_default();
            (walked, report, failed, wrong)
        })
    }
}
