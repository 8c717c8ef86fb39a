//! Where the record lies, and how its rows are read: a SQLite file, a PostgreSQL database, or the lines of an export.
//!
//! By a few statements of its own, in one snapshot and without writing; not through the store, whose answers are what is to
//! be checked. Only the store's own marks (whose file it is, of which version) are asked of the store, which knows them.
//! What no row of an entry shows is looked for here: rows that belong to no entry, and a checkpoint that contradicts itself.

use std::{
    fs::{self, File},
    io::BufReader,
    path::{Path, PathBuf},
    sync::mpsc::SyncSender,
};

use ::postgres::{Client, Config, NoTls, fallible_iterator::FallibleIterator as _};
use record::{EntryId, Leaf, Private, Salt};
use rusqlite::{Connection, OpenFlags};
use tlog::SignedCheckpoint;

use super::{
    Faults, InputError, chain,
    photographs::{self, Found},
    sealed::{self, Sealed},
};
use crate::{
    log::export::read_lines,
    photograph::PhotographKey,
    report::vault::Vault,
    store::{Postgres, Sqlite, StoreError, dictionary},
};

/// Entries that go to a thread together.
const CHUNK: usize = 1024;

/// The place of faults in the store's own checkpoint.
pub(super) const STORED_HEAD: &str = "the store's checkpoint";

/// Where the record lies.
pub(super) enum Rows {
    Sqlite(PathBuf),
    /// The address, which may hold a password.
    Postgres(Private),
    Lines(PathBuf),
}

pub(super) enum Opened {
    Sqlite(Connection, Option<Copied>),
    Postgres(Box<Client>),
    Lines(File),
}

/// A record that is open for reading, at one moment.
pub(super) struct OpenRecord {
    /// What it is called in a message.
    pub place: String,
    /// A store has a checkpoint of its own; an export has none.
    pub is_store: bool,
    /// The store's own checkpoint.
    pub checkpoint: Option<String>,
    pub opened: Opened,
    /// Where the sealed bytes of reports are.
    pub sealed: Sealed,
    /// The key of photographs, if it is here.
    pub photograph_key: photographs::Key,
}

/// A copy of a store that could not be read where it lies; removed again at the end.
pub(super) struct Copied(PathBuf);

impl Drop for Copied {
    fn drop(&mut self) {
        // A copy that stays behind is in the private folder of this user; there is nobody left to tell.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// An entry as it lies in the record, nothing of it checked.
pub(super) struct Row {
    pub seq: u64,
    pub log_index: Option<u64>,
    pub id: EntryId,
    pub leaf: Leaf,
    pub held: Option<Packed>,
    /// What a store keeps beside the entry, so that a desk finds it; an export keeps nothing of the kind.
    pub columns: Option<Columns>,
}

/// An entry's private part as it lies in the record.
pub(super) struct Packed {
    pub salt: Salt,
    pub plain_bytes: usize,
    pub bytes: Vec<u8>,
}

/// The columns by which the desk finds an entry.
pub(super) struct Columns {
    pub request: Option<Vec<u8>>,
    pub receiver: Option<String>,
    pub reading: bool,
}

/// Rows that belong to no entry: one statement for each table that refers to entries, and what such a row is.
const ORPHANS: [(&str, &str); 3] = [
    (
        "SELECT body.seq FROM body LEFT JOIN entry ON entry.seq = body.seq WHERE entry.seq IS NULL",
        "bytes are kept for it",
    ),
    (
        "SELECT done_key.seq FROM done_key LEFT JOIN entry ON entry.seq = done_key.seq WHERE entry.seq IS NULL",
        "a key of work that is done points to it",
    ),
    (
        "SELECT log_place.seq FROM log_place LEFT JOIN entry ON entry.seq = log_place.seq WHERE entry.seq IS NULL",
        "it has a place in the log",
    ),
];

/// What bodies are packed with, as the store keeps it.
const DICTIONARIES: &str = "SELECT id, bytes FROM dictionary ORDER BY id";

const HEAD: &str = "SELECT size, note FROM checkpoint WHERE note IS NOT NULL OR size IS NOT NULL";

impl Rows {
    /// Opens the record and looks for what no row of an entry shows; none, and a fault, where it is gone.
    pub(super) fn open(self, folder: &Path, faults: &mut Faults) -> Result<Option<OpenRecord>, InputError> {
        let vault = || Box::new(Vault::to_read(&folder.join("blobs")));
        match self {
            Self::Lines(path) => {
                let place = path.display().to_string();
                match File::open(&path) {
                    Ok(file) => {
                        let opened = Opened::Lines(file);
                        let sealed = Sealed::of_export(folder, faults);
                        let photograph_key = photographs::Key::None;
                        Ok(Some(OpenRecord {
                            place,
                            is_store: false,
                            checkpoint: None,
                            opened,
                            sealed,
                            photograph_key,
                        }))
                    }
                    Err(error) => Err(InputError::Record { place, what: error.to_string() }),
                }
            }
            Self::Sqlite(path) => {
                let place = path.display().to_string();
                let failed = |error: &dyn std::fmt::Display| InputError::Record {
                    place: place.clone(),
                    what: error.to_string(),
                };
                marks(Sqlite::open_to_read(&path).map(drop), faults);
                let (database, copied) = open_sqlite(&path).map_err(|error| failed(&error))?;
                let checkpoint = structure_of_sqlite(&database, faults).map_err(|error| failed(&error))?;
                let rows = sealed::of_sqlite(&database).map_err(|error| failed(&error))?;
                let sealed = Sealed::Data { vault: vault(), rows };
                let opened = Opened::Sqlite(database, copied);
                let photograph_key = photographs::key(folder, faults);
                Ok(Some(OpenRecord { place, is_store: true, checkpoint, opened, sealed, photograph_key }))
            }
            Self::Postgres(address) => {
                // Never the address itself in a message: it may hold a password.
                let place = "the record in PostgreSQL".to_owned();
                let failed = |what: String| InputError::Record { place: place.clone(), what };
                let marked = Postgres::open_to_read(address.reveal()).map(drop);
                if let Err(StoreError::Absent { .. }) = &marked {
                    faults.add("the record", "the database that the configuration names holds none: it is gone");
                    return Ok(None);
                }
                marks(marked, faults);
                let config: Config = address.reveal().parse().map_err(|_| {
                    failed("its address in the configuration is none: see `[store] postgres`".to_owned())
                })?;
                let mut client = config.connect(NoTls).map_err(|error| failed(chain(&error)))?;
                let checkpoint = structure_of_postgres(&mut client, faults).map_err(|error| failed(chain(&error)))?;
                let rows = sealed::of_postgres(&mut client).map_err(|error| failed(chain(&error)))?;
                let sealed = Sealed::Data { vault: vault(), rows };
                let opened = Opened::Postgres(Box::new(client));
                let photograph_key = photographs::key(folder, faults);
                Ok(Some(OpenRecord { place, is_store: true, checkpoint, opened, sealed, photograph_key }))
            }
        }
    }
}

/// What the store says of its own marks: a file of another program or version stops every other command.
fn marks(opened: Result<(), StoreError>, faults: &mut Faults) {
    // Whatever else keeps the store from opening it is told when the rows are read.
    if let Err(error @ (StoreError::Newer { .. } | StoreError::Foreign { .. })) = opened {
        faults.add("the store", error.to_string());
    }
}

fn orphan(seq: i64, what: &str, faults: &mut Faults) {
    faults.add(format!("entry {seq} of the record"), format!("{what}, and there is no such entry"));
}

/// Compares the size that stands beside the store's checkpoint with the checkpoint's own.
fn stored_head(found: Vec<(Option<i64>, Option<String>)>, faults: &mut Faults) -> Option<String> {
    if found.len() > 1 {
        faults.add(STORED_HEAD, format!("there are {}, and one only can be the newest", found.len()));
    }
    let (size, note) = found.into_iter().next()?;
    let (Some(size), Some(note)) = (size, note) else {
        faults.add(STORED_HEAD, "it has a size and no checkpoint, or the other way round");
        return None;
    };
    // A note that cannot be read is told when its signatures are checked.
    if let Ok(signed) = SignedCheckpoint::parse(note.as_bytes())
        && u64::try_from(size) != Ok(signed.checkpoint().size())
    {
        let covers = signed.checkpoint().size();
        faults.add(STORED_HEAD, format!("the size beside it is {size}, and it covers {covers} leaves"));
    }
    Some(note)
}

/// Compares the dictionaries that stand in the store with the program's, which unpacks what is checked: whoever reads the store without this
/// program needs them as they are. None: there is no table of them, as in a store of a version before there were any.
fn dictionaries(found: Option<Vec<(i64, Vec<u8>)>>, version: i64, faults: &mut Faults) {
    let (id, bytes) = dictionary::FIRST;
    let sound = match found {
        Some(found) => found == [(i64::from(id), bytes.to_vec())],
        None => version < dictionary::SINCE_VERSION,
    };
    if !sound {
        faults.add("the store", "the dictionaries in it are not those with which this program packs entries");
    }
}

/// Where our own triggers are made.
const TRIGGERS: &str = include_str!("../../store/migrations/sqlite/0007_search.sql");

/// Opens a snapshot, looks at what is not an entry, and gives the store's checkpoint.
fn structure_of_sqlite(database: &Connection, faults: &mut Faults) -> rusqlite::Result<Option<String>> {
    database.execute_batch("BEGIN")?;
    for (sql, what) in ORPHANS {
        let mut query = database.prepare(sql)?;
        let mut rows = query.query([])?;
        while let Some(row) = rows.next()? {
            orphan(row.get(0)?, what, faults);
        }
    }
    // Ours keep the index of words, to the letter; another would change rows behind the back of whoever writes, or show other rows than are kept.
    let mut query = database.prepare("SELECT type, name, sql FROM sqlite_schema WHERE type IN ('trigger', 'view')")?;
    let mut rows = query.query([])?;
    while let Some(row) = rows.next()? {
        let (kind, name, sql): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        if kind != "trigger" || !TRIGGERS.contains(&format!("{sql};\n")) {
            faults.add("the store", format!("it has a {kind} `{name}`, which this program never makes"));
        }
    }
    let found = if is_in_sqlite(database, "dictionary")? {
        let mut query = database.prepare(DICTIONARIES)?;
        let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Some(rows.collect::<rusqlite::Result<Vec<_>>>()?)
    } else {
        None
    };
    dictionaries(found, database.query_row("PRAGMA user_version", [], |row| row.get(0))?, faults);
    let mut query = database.prepare(HEAD)?;
    let found = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<rusqlite::Result<Vec<_>>>()?;
    Ok(stored_head(found, faults))
}

/// As [`structure_of_sqlite`], in a transaction that sees one moment and may write nothing.
fn structure_of_postgres(client: &mut Client, faults: &mut Faults) -> Result<Option<String>, ::postgres::Error> {
    client.batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL search_path TO vouchsafe")?;
    for (sql, what) in ORPHANS {
        for row in client.query(sql, &[])? {
            orphan(row.try_get(0)?, what, faults);
        }
    }
    let tail = "SELECT next_seq, (SELECT coalesce(max(seq) + 1, 0) FROM entry) FROM tail";
    for row in client.query(tail, &[])? {
        let (next, after): (i64, i64) = (row.try_get(0)?, row.try_get(1)?);
        if next != after {
            let what = format!("the next entry would get the number {next}, and {after} is the next one that is free");
            faults.add("the store", what);
        }
    }
    let found = if is_in_postgres(client, "dictionary")? {
        let rows = client.query(DICTIONARIES, &[])?;
        let rows = rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?)));
        Some(rows.collect::<Result<Vec<_>, ::postgres::Error>>()?)
    } else {
        None
    };
    dictionaries(found, client.query_one("SELECT version FROM schema_version", &[])?.try_get(0)?, faults);
    let found = client.query(HEAD, &[])?;
    let found = found.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?)));
    Ok(stored_head(found.collect::<Result<_, ::postgres::Error>>()?, faults))
}

/// Whether a store has this table, which older versions have not.
pub(super) fn is_in_sqlite(database: &Connection, table: &str) -> rusqlite::Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?1)";
    database.query_row(sql, [table], |row| row.get(0))
}

/// The same in PostgreSQL.
pub(super) fn is_in_postgres(client: &mut Client, table: &str) -> Result<bool, ::postgres::Error> {
    client.query_one("SELECT to_regclass('vouchsafe.' || $1::text) IS NOT NULL", &[&table])?.try_get(0)
}

pub(super) type AnyError = Box<dyn std::error::Error + Send + Sync>;

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

/// Hands rows on in chunks; `false` once nobody takes them any more.
pub(super) struct Chunks {
    to: SyncSender<(u64, Vec<Row>)>,
    /// How many chunks were handed on.
    pub number: u64,
    rows: Vec<Row>,
}

impl Chunks {
    pub(super) fn new(to: SyncSender<(u64, Vec<Row>)>) -> Self {
        Self { to, number: 0, rows: Vec::new() }
    }

    fn push(&mut self, row: Row) -> bool {
        self.rows.push(row);
        self.rows.len() < CHUNK || self.flush()
    }

    pub(super) fn flush(&mut self) -> bool {
        let rows = std::mem::take(&mut self.rows);
        if rows.is_empty() {
            return true;
        }
        self.number += 1;
        self.to.send((self.number - 1, rows)).is_ok()
    }
}

/// Entries in the order of the log, then those that have no place in it.
const PLACED: &str = "SELECT entry.seq, log_index, entry.id, entry.leaf, salt, plain_bytes, bytes, request, receiver, reading \
    FROM log_place JOIN entry ON entry.seq = log_place.seq LEFT JOIN body ON body.seq = entry.seq ORDER BY log_index";
const WAITING: &str = "SELECT entry.seq, CAST(NULL AS bigint), entry.id, entry.leaf, salt, plain_bytes, bytes, request, \
    receiver, reading FROM entry LEFT JOIN body ON body.seq = entry.seq \
    WHERE NOT EXISTS (SELECT 1 FROM log_place WHERE log_place.seq = entry.seq) ORDER BY entry.seq";

impl Opened {
    /// Reads every entry, then the photographs beside them, which an export has none of; an error says why there are no more.
    pub(super) fn read(self, chunks: &mut Chunks, key: Option<&PhotographKey>) -> Result<Option<Found>, String> {
        match self {
            Self::Sqlite(database, copied) => {
                let read = read_sqlite(&database, chunks).and_then(|()| {
                    chunks.flush();
                    photographs::of_sqlite(&database, key)
                });
                // The copy, if there is one, must outlive the connection to it.
                drop((database, copied));
                read.map(Some).map_err(|error| error.to_string())
            }
            Self::Postgres(mut client) => {
                let read = read_postgres(&mut client, chunks).and_then(|()| {
                    chunks.flush();
                    photographs::of_postgres(&mut client, key)
                });
                read.map(Some).map_err(|error| chain(&*error))
            }
            Self::Lines(file) => read_export(file, chunks).map(|()| None),
        }
    }
}

/// The schemas hold no negative number; one that stands there all the same is no place of anything.
fn number(value: i64) -> u64 {
    u64::try_from(value).unwrap_or(u64::MAX)
}

/// An entry's private part in the fifth column and the two behind it; none once it was erased.
pub(super) fn held_in_sqlite(row: &rusqlite::Row<'_>) -> rusqlite::Result<Option<Packed>> {
    let Some(salt) = row.get(4)? else { return Ok(None) };
    Ok(Some(Packed {
        salt: Salt::from_bytes(salt),
        plain_bytes: usize::try_from(row.get::<_, i64>(5)?).unwrap_or(usize::MAX),
        bytes: row.get(6)?,
    }))
}

fn read_sqlite(database: &Connection, chunks: &mut Chunks) -> rusqlite::Result<()> {
    for sql in [PLACED, WAITING] {
        let mut query = database.prepare(sql)?;
        let mut rows = query.query([])?;
        while let Some(row) = rows.next()? {
            let row = Row {
                seq: number(row.get(0)?),
                log_index: row.get::<_, Option<i64>>(1)?.map(number),
                id: EntryId::from_bytes(row.get(2)?),
                leaf: Leaf::from_bytes(row.get(3)?),
                held: held_in_sqlite(row)?,
                columns: Some(Columns { request: row.get(7)?, receiver: row.get(8)?, reading: row.get(9)? }),
            };
            if !chunks.push(row) {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// The same in PostgreSQL.
pub(super) fn held_in_postgres(row: &postgres::Row) -> Result<Option<Packed>, AnyError> {
    let Some(salt) = row.try_get::<_, Option<&[u8]>>(4)? else { return Ok(None) };
    Ok(Some(Packed {
        salt: Salt::from_bytes(salt.try_into()?),
        plain_bytes: usize::try_from(row.try_get::<_, i64>(5)?).unwrap_or(usize::MAX),
        bytes: row.try_get(6)?,
    }))
}

fn read_postgres(client: &mut Client, chunks: &mut Chunks) -> Result<(), AnyError> {
    for sql in [PLACED, WAITING] {
        let none: [&str; 0] = [];
        let mut rows = client.query_raw(sql, none)?;
        while let Some(row) = rows.next()? {
            let row = Row {
                seq: number(row.try_get(0)?),
                log_index: row.try_get::<_, Option<i64>>(1)?.map(number),
                id: EntryId::from_bytes(row.try_get::<_, &[u8]>(2)?.try_into()?),
                leaf: Leaf::from_bytes(row.try_get::<_, &[u8]>(3)?.try_into()?),
                held: held_in_postgres(&row)?,
                columns: Some(Columns {
                    request: row.try_get(7)?,
                    receiver: row.try_get(8)?,
                    reading: row.try_get(9)?,
                }),
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
        let (seq, log_index) = (line.seq, line.log_index);
        if !chunks.push(Row { seq, log_index, id: line.id, leaf: line.leaf, held, columns: None }) {
            return Ok(());
        }
    }
    Ok(())
}
