//! The record beside a log: each entry's leaf is computed anew from its bytes and salt, and compared with the log's.
//!
//! Reads the SQLite file by its own few statements, in one snapshot and without writing, or the lines of an export; not
//! through the store, whose answers are what is to be checked. One thread reads, as many as the machine has compute, and
//! the walk through the log takes the results in order.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    fs::{self, File},
    io::BufReader,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread,
};

use record::{EntryId, Erasure, Leaf, Salt, commitment};
use rusqlite::{Connection, OpenFlags};
use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, Visitor},
};

use super::{Faults, InputError, RecordReport};
use crate::log::export::read_lines;

/// Entries that go to a thread together.
const CHUNK: usize = 1024;

/// Where the record lies.
pub(super) enum Rows {
    Sqlite(PathBuf),
    Lines(PathBuf),
}

enum Opened {
    Sqlite(Connection, Option<Copied>),
    Lines(File),
}

/// A record that is open for reading.
pub(super) struct OpenRecord {
    pub path: PathBuf,
    /// The store's own checkpoint, where there is a store.
    pub checkpoint: Option<String>,
    opened: Opened,
}

/// A copy of a store that could not be read where it lies; removed again at the end.
struct Copied(PathBuf);

impl Drop for Copied {
    fn drop(&mut self) {
        // A copy that stays behind is in the private folder of this user; there is nobody left to tell.
        let _ = fs::remove_dir_all(&self.0);
    }
}

impl Rows {
    pub(super) fn open(self) -> Result<OpenRecord, InputError> {
        match self {
            Self::Lines(path) => match File::open(&path) {
                Ok(file) => Ok(OpenRecord { path, checkpoint: None, opened: Opened::Lines(file) }),
                Err(error) => Err(InputError::Record { path, what: error.to_string() }),
            },
            Self::Sqlite(path) => {
                let failed =
                    |error: &dyn std::fmt::Display| InputError::Record { path: path.clone(), what: error.to_string() };
                let (database, copied) = open_sqlite(&path).map_err(|error| failed(&error))?;
                let checkpoint = newest(&database).map_err(|error| failed(&error))?;
                Ok(OpenRecord { path, checkpoint, opened: Opened::Sqlite(database, copied) })
            }
        }
    }
}

/// Opens a snapshot and reads the store's checkpoint from it.
fn newest(database: &Connection) -> rusqlite::Result<Option<String>> {
    database.execute_batch("BEGIN")?;
    let mut query = database.prepare("SELECT note FROM checkpoint")?;
    let mut rows = query.query([])?;
    rows.next()?.map(|row| row.get(0)).transpose()
}

type AnyError = Box<dyn std::error::Error + Send + Sync>;

/// Opens a database without changing anything, also in a folder that cannot be written.
fn open_sqlite(path: &Path) -> Result<(Connection, Option<Copied>), AnyError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    let probe = |database: Connection| {
        database.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(())).map(|()| database)
    };
    let plain = Connection::open_with_flags(path, flags).and_then(probe);
    let error = match plain {
        Ok(database) => return Ok((database, None)),
        Err(error) => error,
    };
    let wal = path.with_file_name(format!("{}-wal", path.file_name().unwrap_or_default().to_string_lossy()));
    let waiting = fs::metadata(&wal).is_ok_and(|data| data.len() > 0);
    if !waiting {
        // Nothing waits in a write-ahead log and nobody can write here: the file is as it will stay.
        let escaped = path.to_string_lossy().replace('%', "%25").replace('?', "%3f").replace('#', "%23");
        let whole = Connection::open_with_flags(format!("file:{escaped}?immutable=1"), flags).and_then(probe);
        return whole.map(|database| (database, None)).map_err(|_| error.into());
    }
    // A write-ahead log can only be read where SQLite may write beside it, so a copy is read instead.
    let mut random = [0; 8];
    getrandom::fill(&mut random)?;
    let folder = std::env::temp_dir().join(format!("vouchsafe-verify-{}", hex::encode(random)));
    let mut builder = fs::DirBuilder::new();
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(&folder)?;
    let copied = Copied(folder.clone());
    fs::copy(path, folder.join("record.sqlite3"))?;
    fs::copy(&wal, folder.join("record.sqlite3-wal"))?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let database = Connection::open_with_flags(folder.join("record.sqlite3"), flags).and_then(probe)?;
    Ok((database, Some(copied)))
}

/// An entry as it lies in the record, nothing of it checked.
struct Row {
    seq: u64,
    log_index: Option<u64>,
    id: EntryId,
    leaf: Leaf,
    held: Option<Packed>,
}

struct Packed {
    salt: Salt,
    plain_bytes: usize,
    bytes: Vec<u8>,
}

/// What came of checking an entry by itself.
struct Checked {
    seq: u64,
    log_index: Option<u64>,
    id: EntryId,
    leaf: Leaf,
    erased: bool,
    /// The entry and leaf that it says were erased.
    names: Option<(EntryId, Leaf)>,
    fault: Option<String>,
}

/// The part of an entry that matters here; the rest is bound by the leaf all the same.
#[derive(Deserialize)]
struct Head {
    id: EntryId,
    body: BodyHead,
}

/// The erasure, if the entry is one.
struct BodyHead(Option<Erasure>);

impl<'de> Deserialize<'de> for BodyHead {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Kinds;
        impl<'de> Visitor<'de> for Kinds {
            type Value = BodyHead;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("what happened, under the word of its kind")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<BodyHead, A::Error> {
                let mut erasure = None;
                while let Some(kind) = map.next_key::<String>()? {
                    if kind == "erased" {
                        erasure = Some(map.next_value()?);
                    } else {
                        map.next_value::<IgnoredAny>()?;
                    }
                }
                Ok(BodyHead(erasure))
            }
        }
        deserializer.deserialize_map(Kinds)
    }
}

fn check(row: Row) -> Checked {
    let Row { seq, log_index, id, leaf, held } = row;
    let erased = held.is_none();
    let looked = held.map_or(Ok(None), |held| look(held, id, leaf));
    let (names, fault) = match looked {
        Ok(names) => (names, None),
        Err(fault) => (None, Some(fault)),
    };
    Checked { seq, log_index, id, leaf, erased, names, fault }
}

fn look(held: Packed, id: EntryId, leaf: Leaf) -> Result<Option<(EntryId, Leaf)>, String> {
    let Packed { salt, plain_bytes, bytes } = held;
    let bytes = if plain_bytes == bytes.len() {
        bytes
    } else if plain_bytes <= crate::store::LARGEST_ENTRY_BYTES {
        zstd::bulk::decompress(&bytes, plain_bytes).map_err(|error| format!("its bytes do not unpack ({error})"))?
    } else {
        return Err(format!("it claims {plain_bytes} bytes"));
    };
    if commitment(&salt, &bytes) != leaf {
        return Err("its bytes and salt do not lead to its leaf".to_owned());
    }
    let head: Head = serde_json::from_slice(&bytes).map_err(|error| format!("its bytes are no entry: {error}"))?;
    if head.id != id {
        return Err(format!("its bytes are those of `{}`", head.id));
    }
    Ok(head.body.0.map(|erasure| (erasure.entry, erasure.leaf)))
}

/// Results in the order of the log, as the walk takes them.
pub(super) struct Kept<'a> {
    results: &'a Receiver<(u64, Result<Vec<Checked>, String>)>,
    early: BTreeMap<u64, Result<Vec<Checked>, String>>,
    next_chunk: u64,
    chunk: std::vec::IntoIter<Checked>,
    next: Option<Checked>,
    report: RecordReport,
    failed: Option<String>,
    ids: HashSet<EntryId>,
    seqs: (u64, Option<u64>),
    last_placed: Option<u64>,
    gone: HashMap<EntryId, (u64, Leaf)>,
    named: HashMap<EntryId, (u64, Leaf)>,
}

fn place(seq: u64, id: &EntryId) -> String {
    format!("entry {seq} of the record (`{id}`)")
}

impl Kept<'_> {
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
    fn note(&mut self, row: &Checked, faults: &mut Faults) {
        let at = place(row.seq, &row.id);
        if let Some(fault) = &row.fault {
            faults.add(at.clone(), fault.clone());
        } else if !row.erased {
            self.report.recomputed += 1;
        }
        if row.erased {
            self.report.erased += 1;
            self.gone.insert(row.id, (row.seq, row.leaf));
        }
        if let Some((entry, leaf)) = row.names {
            self.named.insert(entry, (row.seq, leaf));
        }
        if !self.ids.insert(row.id) {
            faults.add(at, "its id stands in the record twice");
        }
        self.seqs = (self.seqs.0 + 1, self.seqs.1.max(Some(row.seq)));
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
                    self.note(&row, faults);
                    faults.add(place(row.seq, &row.id), format!("its place in the log, {at}, is another entry's too"));
                }
                Some(at) if at == index => {
                    self.note(&row, faults);
                    self.last_placed = self.last_placed.max(Some(row.seq));
                    if row.leaf.as_bytes() != leaf {
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

    /// Checks what the log does not hold yet, and that erasures and erased entries belong together.
    pub(super) fn finish(&mut self, size: u64, faults: &mut Faults) {
        while let Some(row) = self.take() {
            self.note(&row, faults);
            self.report.waiting += 1;
            let behind = self.last_placed.is_some_and(|last| row.seq < last);
            if behind || row.log_index.is_some_and(|at| at < size) {
                let what = "it is not in the log, and entries that came after it are";
                faults.add(place(row.seq, &row.id), what);
            }
        }
        if let (count, Some(last)) = self.seqs
            && count != last + 1
            && self.failed.is_none()
        {
            faults.add("the record", format!("it has {count} entries, and their numbers go up to {last}"));
        }
        let mut gone: Vec<_> = self.gone.iter().collect();
        gone.sort_by_key(|(_, (seq, _))| *seq);
        for (id, (seq, leaf)) in gone {
            match self.named.get(id) {
                None => faults.add(place(*seq, id), "it has no bytes, and no erasure names it"),
                Some((by, named)) if named != leaf => {
                    faults.add(place(*seq, id), format!("the erasure in entry {by} names another leaf"));
                }
                Some(_) => {}
            }
        }
        let mut named: Vec<_> = self.named.iter().filter(|(id, _)| !self.gone.contains_key(*id)).collect();
        named.sort_by_key(|(_, (seq, _))| *seq);
        for (id, (by, _)) in named {
            faults.add(format!("entry {by} of the record"), format!("it says that `{id}` was erased, and it was not"));
        }
    }
}

impl OpenRecord {
    /// Reads and checks the record while `walk` takes its entries in the order of the log.
    ///
    /// The last result is why the record could not be read to its end.
    pub(super) fn check<T>(self, walk: impl FnOnce(&mut Kept<'_>) -> T) -> (T, RecordReport, Option<String>) {
        let workers = thread::available_parallelism().map_or(2, usize::from);
        let (to_workers, work) = sync_channel::<(u64, Vec<Row>)>(workers * 2);
        let (to_walk, results) = sync_channel(workers * 2);
        let work = Arc::new(Mutex::new(work));
        let opened = self.opened;
        thread::scope(|scope| {
            for _ in 0..workers {
                let (work, to_walk) = (Arc::clone(&work), to_walk.clone());
                scope.spawn(move || {
                    loop {
                        let taken = work.lock().unwrap_or_else(PoisonError::into_inner).recv();
                        let Ok((number, rows)) = taken else { return };
                        // The walk that no longer takes has stopped at a fault of the log.
                        if to_walk.send((number, Ok(rows.into_iter().map(check).collect()))).is_err() {
                            return;
                        }
                    }
                });
            }
            // The workers alone hold the receiving end: when they have ended, the reader ends too.
            drop(work);
            scope.spawn(move || {
                let mut sender = Chunks { to: to_workers, number: 0, rows: Vec::new() };
                let read = match opened {
                    Opened::Sqlite(database, copied) => {
                        let read = read_sqlite(&database, &mut sender).map_err(|error| error.to_string());
                        drop((database, copied));
                        read
                    }
                    Opened::Lines(file) => read_export(file, &mut sender),
                };
                sender.flush();
                if let Err(what) = read {
                    let _ = to_walk.send((sender.number, Err(what)));
                }
            });
            let mut kept = Kept {
                results: &results,
                early: BTreeMap::new(),
                next_chunk: 0,
                chunk: Vec::new().into_iter(),
                next: None,
                report: RecordReport::default(),
                failed: None,
                ids: HashSet::new(),
                seqs: (0, None),
                last_placed: None,
                gone: HashMap::new(),
                named: HashMap::new(),
            };
            let walked = walk(&mut kept);
            let Kept { report, failed, .. } = kept;
            drop(results);
            (walked, report, failed)
        })
    }
}

/// Hands rows on in chunks; `false` once nobody takes them any more.
struct Chunks {
    to: SyncSender<(u64, Vec<Row>)>,
    number: u64,
    rows: Vec<Row>,
}

impl Chunks {
    fn push(&mut self, row: Row) -> bool {
        self.rows.push(row);
        self.rows.len() < CHUNK || self.flush()
    }

    fn flush(&mut self) -> bool {
        let rows = std::mem::take(&mut self.rows);
        if rows.is_empty() {
            return true;
        }
        self.number += 1;
        self.to.send((self.number - 1, rows)).is_ok()
    }
}

/// Entries in the order of the log, then those that have no place in it.
const PLACED: &str = "SELECT entry.seq, log_index, entry.id, entry.leaf, salt, plain_bytes, bytes FROM log_place \
    JOIN entry ON entry.seq = log_place.seq LEFT JOIN body ON body.seq = entry.seq ORDER BY log_index";
const WAITING: &str = "SELECT entry.seq, NULL, entry.id, entry.leaf, salt, plain_bytes, bytes FROM entry \
    LEFT JOIN body ON body.seq = entry.seq \
    WHERE NOT EXISTS (SELECT 1 FROM log_place WHERE log_place.seq = entry.seq) ORDER BY entry.seq";

fn read_sqlite(database: &Connection, chunks: &mut Chunks) -> rusqlite::Result<()> {
    let number = |value: i64| u64::try_from(value).unwrap_or(u64::MAX);
    for sql in [PLACED, WAITING] {
        let mut query = database.prepare(sql)?;
        let mut rows = query.query([])?;
        while let Some(row) = rows.next()? {
            let salt: Option<[u8; 32]> = row.get(4)?;
            let held = match salt {
                Some(salt) => Some(Packed {
                    salt: Salt::from_bytes(salt),
                    plain_bytes: usize::try_from(row.get::<_, i64>(5)?).unwrap_or(usize::MAX),
                    bytes: row.get(6)?,
                }),
                None => None,
            };
            let row = Row {
                seq: number(row.get(0)?),
                log_index: row.get::<_, Option<i64>>(1)?.map(number),
                id: EntryId::from_bytes(row.get(2)?),
                leaf: Leaf::from_bytes(row.get(3)?),
                held,
            };
            if !chunks.push(row) {
                return Ok(());
            }
        }
    }
    Ok(())
}

fn read_export(file: File, chunks: &mut Chunks) -> Result<(), String> {
    for line in read_lines(BufReader::with_capacity(1 << 20, file)) {
        let line = line.map_err(|error| error.to_string())?;
        let held = line.held.map(|(salt, bytes)| Packed { salt, plain_bytes: bytes.len(), bytes });
        let row = Row { seq: line.seq, log_index: line.log_index, id: line.id, leaf: line.leaf, held };
        if !chunks.push(row) {
            return Ok(());
        }
    }
    Ok(())
}
