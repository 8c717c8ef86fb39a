//! The record in one SQLite file, for one machine.
//!
//! Write-ahead log with `synchronous=FULL`: a commit that returned is on the disk. One writer connection (an advisory lock
//! on a file beside the store keeps a second process from writing unseen), a pool of readers that see the last commit.
//! `secure_delete` overwrites what an erasure removes, and the write-ahead log is emptied after one, so that nothing of the
//! body stays in either file; copies made earlier keep what they had. A reader in the middle of a read keeps the log from
//! being emptied: then the erasure is answered as not yet overwritten, and the store tries again after each write, when it is
//! closed, and when it is opened and finds a log that was left behind. So nothing needs to be remembered: as long as erased
//! bytes stand in the log, the log is there.

mod hooks;
mod lane;
mod people;
mod photographs;
mod reminders;
mod search;
mod systems;
mod unrecorded;

use std::{
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use jiff::civil::Date;
use law::AgencyId;
use record::{Body, EntryId, Leaf, RequestId, Salt};
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, Row as SqlRow, TransactionBehavior, params};

use super::{
    Committed, Draft, Erased, ErasedBytes, SignedCheckpoint, Store, StoreError, Stored, SwapError, dictionary,
    plan::{Known, Lookup, plan},
    prepare::{Key, Packed, Prepared, Row, row, unpack},
    search::{Listed, Parts, Search, Undone},
    signed, unsigned,
};

/// Marks the file as ours: "VOUC".
const APPLICATION_ID: i32 = 0x564f_5543;

/// The migrations, each applied once, in order, and never edited. A file's version is how many it has had.
const MIGRATIONS: &[&str] = &[
    include_str!("migrations/sqlite/0001_record.sql"),
    include_str!("migrations/sqlite/0002_reports.sql"),
    include_str!("migrations/sqlite/0003_people.sql"),
    include_str!("migrations/sqlite/0004_systems.sql"),
    include_str!("migrations/sqlite/0005_bound.sql"),
    include_str!("migrations/sqlite/0006_reminders.sql"),
    include_str!("migrations/sqlite/0007_search.sql"),
    include_str!("migrations/sqlite/0008_photographs.sql"),
    include_str!("migrations/sqlite/0009_hooks.sql"),
    include_str!("migrations/sqlite/0010_readings.sql"),
    search::DEEDS,
    include_str!("migrations/sqlite/0012_unrecorded.sql"),
    DICTIONARY,
];

/// The migration after which the store keeps the dictionaries.
const DICTIONARY: &str = include_str!("migrations/sqlite/0013_dictionary.sql");

/// What is said of a request, without who opened it.
const ABOUT: &str = "entry.request = ?1 AND entry.reading = 0 ORDER BY entry.seq";

/// How long the write-ahead log grows before it is moved into the file: 8 MiB. A busy desk writes 1.6 MiB a commit. The slowest hundredth
/// of its callers are among those who wait while it is moved: with 16 MiB they waited a sixth longer, with SQLite's own
/// 4 MiB the desk recorded a little less (ADR 36).
const LOG_PAGES: u32 = 2_048;

/// How long the write-ahead log of whoever writes in bulk grows before it is moved into the file: 64 MiB. Keys and ids are random,
/// so that each of a batch touches a page of its own; moved after every batch, as at SQLite's own 4 MiB, a page would be
/// written and synced once a batch.
const BULK_LOG_PAGES: u32 = 16_384;

/// Idle readers kept open.
const IDLE_READERS: usize = 32;

/// How long a statement waits for another process' lock, e.g. a copy being made.
const BUSY: Duration = Duration::from_secs(10);

/// How long an erasure waits for readers to finish, so that it can overwrite what it freed. The writer waits with it.
const PATIENCE: Duration = Duration::from_secs(2);

/// What tests and small machines may set.
#[derive(Clone, Copy, Debug, Default)]
pub struct SqliteOptions {
    /// The file may grow to this many pages of 4 KiB; beyond, the store answers that it is full.
    pub max_pages: Option<u32>,
    /// The write-ahead log may grow to this many pages before it is moved into the file; none = 2,048.
    pub log_pages: Option<u32>,
}

impl SqliteOptions {
    /// For a program that writes a great deal in one go and then closes the store, which empties the log.
    #[must_use]
    pub fn bulk() -> Self {
        Self { log_pages: Some(BULK_LOG_PAGES), ..Self::default() }
    }
}

/// The record in one file.
#[derive(Debug)]
pub struct Sqlite {
    path: PathBuf,
    place: String,
    /// Before the writer, since fields are dropped in this order and only a last connection that may write empties the
    /// write-ahead log into the file; one that is left behind cannot be read in a folder that nobody may write.
    readers: Mutex<Vec<Connection>>,
    writer: Option<Mutex<Connection>>,
    /// Erased bytes may still stand in the write-ahead log.
    waiting: AtomicBool,
    /// Held as long as the store may write; the operating system frees it if the process dies.
    _lock: Option<File>,
}

impl Sqlite {
    /// Opens the store for writing, making the file and its folder if they are not there.
    ///
    /// # Errors
    /// [`StoreError::InUse`] if another process writes, [`StoreError::ReadOnly`], [`StoreError::Full`],
    /// [`StoreError::Newer`] and [`StoreError::Foreign`] by the file's own marks.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        Self::open_with(path, SqliteOptions::default())
    }

    /// As [`Sqlite::open`], with options.
    ///
    /// # Errors
    /// As [`Sqlite::open`].
    pub fn open_with(path: &Path, options: SqliteOptions) -> Result<Self, StoreError> {
        let place = path.display().to_string();
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(|error| io_error(&place, error))?;
        }
        let lock_path = path.with_added_extension("lock");
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&lock_path)
            .map_err(|error| io_error(&place, error))?;
        lock.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => StoreError::InUse { place: place.clone() },
            TryLockError::Error(error) => io_error(&place, error),
        })?;
        make_private(path).map_err(|error| io_error(&place, error))?;
        let left_behind = has_log(path);
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut writer = connect(path, &place, flags)?;
        migrate(&mut writer, &place)?;
        (|| {
            // Set outside migrations: they are properties of this connection, or outlive it without being schema.
            writer.pragma_update(None, "journal_mode", "wal")?;
            writer.pragma_update(None, "synchronous", "full")?;
            writer.pragma_update(None, "secure_delete", "on")?;
            writer.pragma_update(None, "foreign_keys", "on")?;
            // Negative: in KiB. Large enough for the inner pages of all indexes of a few million entries.
            writer.pragma_update(None, "cache_size", -65_536)?;
            if let Some(pages) = options.max_pages {
                writer.pragma_update(None, "max_page_count", pages)?;
            }
            writer.pragma_update(None, "wal_autocheckpoint", options.log_pages.unwrap_or(LOG_PAGES))?;
            writer.set_prepared_statement_cache_capacity(32);
            Ok(())
        })()
        .map_err(|error| sql_error(&place, error))?;
        // A log that was left behind may hold what an erasure could not overwrite; emptying one that does not is cheap.
        let waiting = left_behind && !overwrite(&writer, PATIENCE);
        Ok(Self {
            path: path.to_owned(),
            place,
            writer: Some(Mutex::new(writer)),
            readers: Mutex::new(Vec::new()),
            waiting: AtomicBool::new(waiting),
            _lock: Some(lock),
        })
    }

    /// Opens the store for reading beside whoever writes; every write is answered with [`StoreError::ReadOnly`].
    ///
    /// # Errors
    /// [`StoreError::Absent`] if there is no such file, [`StoreError::Newer`] and [`StoreError::Foreign`] by its marks.
    pub fn open_to_read(path: &Path) -> Result<Self, StoreError> {
        let place = path.display().to_string();
        if !path.exists() {
            return Err(StoreError::Absent { place });
        }
        let reader = connect_to_read(path, &place)?;
        let known = MIGRATIONS.len() as i64;
        match version(&reader, &place)? {
            None => Err(StoreError::Absent { place }),
            Some(found) if found < known => Err(StoreError::Foreign {
                place,
                what: format!("its version is {found}; any command that writes brings it to {known}"),
            }),
            Some(_) => {
                let readers = Mutex::new(vec![reader]);
                let waiting = AtomicBool::new(false);
                Ok(Self { path: path.to_owned(), place, readers, writer: None, waiting, _lock: None })
            }
        }
    }

    fn writer(&self) -> Result<MutexGuard<'_, Connection>, StoreError> {
        let writer = self.writer.as_ref().ok_or_else(|| StoreError::ReadOnly { place: self.place.clone() })?;
        // A panic between begin and commit rolled the transaction back when it unwound: the connection is sound.
        Ok(writer.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn read<T>(&self, read: impl FnOnce(&Connection) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let idle = self.readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let reader = match idle {
            Some(reader) => reader,
            None => {
                connect(&self.path, &self.place, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?
            }
        };
        let answer = read(&reader);
        let mut readers = self.readers.lock().unwrap_or_else(PoisonError::into_inner);
        if readers.len() < IDLE_READERS {
            readers.push(reader);
        }
        answer
    }

    /// Runs one write as one immediate transaction: durable when this returns, undone if `write` fails.
    fn write<T>(&self, write: impl FnOnce(&Connection) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let mut writer = self.writer()?;
        let transaction = writer
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(|error| sql_error(&self.place, error))?;
        let answer = write(&transaction)?;
        transaction.commit().map_err(|error| sql_error(&self.place, error))?;
        if self.waiting.load(Ordering::Relaxed) && overwrite(&writer, Duration::ZERO) {
            self.waiting.store(false, Ordering::Relaxed);
        }
        Ok(answer)
    }

    /// After what was removed: it still stands in the write-ahead log, so that is moved into the file, where its place is
    /// overwritten, and emptied. Tells whether it is; else the store tries again.
    fn overwritten(&self) -> Result<bool, StoreError> {
        let writer = self.writer()?;
        let done = overwrite(&writer, PATIENCE);
        self.waiting.store(!done, Ordering::Relaxed);
        Ok(done)
    }

    /// Keeps one act from this place on, in a transaction that does more; the ids of its entries. Whatever refuses it undoes all.
    fn keep_act(&self, db: &Connection, next: u64, prepared: Prepared) -> Result<Vec<EntryId>, StoreError> {
        let plan = plan(vec![prepared], next, &mut Look { store: self, db })?;
        self.insert_all(db, next, plan.rows)?;
        let answers = plan.answers.into_iter().collect::<Result<Vec<_>, _>>()?;
        Ok(answers.into_iter().flatten().map(|committed| committed.id).collect())
    }

    /// Writes rows from this place on, and what they say for the list of requests.
    fn insert_all(&self, db: &Connection, next: u64, rows: Vec<(&'static str, Row)>) -> Result<(), StoreError> {
        let mut parts = Parts::default();
        for (seq, (act, row)) in (next..).zip(rows) {
            self.insert(db, seq, act, &row)?;
            parts.add(seq, row.request, row.part);
        }
        search::index(db, &self.place, parts)
    }

    fn insert(&self, db: &Connection, seq: u64, act: &str, row: &Row) -> Result<(), StoreError> {
        let sql = |error| sql_error(&self.place, error);
        db.prepare_cached(
            "INSERT INTO entry (seq, id, request, leaf, act, receiver, reading) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )
        .and_then(|mut insert| {
            insert.execute(params![
                signed(seq),
                row.id.as_bytes(),
                row.request.as_ref().map(RequestId::as_bytes),
                row.leaf.as_bytes(),
                act,
                row.receiver.as_ref().map(AgencyId::as_str),
                row.reading
            ])
        })
        .map_err(sql)?;
        db.prepare_cached("INSERT INTO body (seq, salt, plain_bytes, bytes) VALUES (?1, ?2, ?3, ?4)")
            .and_then(|mut insert| {
                insert.execute(params![
                    signed(seq),
                    row.salt.as_bytes(),
                    signed(row.packed.plain_bytes as u64),
                    row.packed.bytes
                ])
            })
            .map_err(sql)?;
        if let Some(Key { name: key, .. }) = &row.key {
            db.prepare_cached("INSERT INTO done_key (key, seq) VALUES (?1, ?2)")
                .and_then(|mut insert| insert.execute(params![key, signed(seq)]))
                .map_err(sql)?;
        }
        Ok(())
    }

    fn stored(
        &self,
        db: &Connection,
        condition: &str,
        values: impl rusqlite::Params,
    ) -> Result<Vec<Stored>, StoreError> {
        stored_at(db, &self.place, condition, values)
    }

    fn leaves_by(&self, sql: &str, from: u64, limit: usize) -> Result<Vec<Leaf>, StoreError> {
        self.read(|db| {
            db.prepare_cached(sql)
                .and_then(|mut query| {
                    query
                        .query_map(params![signed(from), signed(limit as u64)], |row| row.get(0).map(Leaf::from_bytes))?
                        .collect()
                })
                .map_err(|error| sql_error(&self.place, error))
        })
    }

    fn next_seq(&self, db: &Connection) -> Result<u64, StoreError> {
        self.number(db, "SELECT coalesce(max(seq) + 1, 0) FROM entry")
    }

    fn number(&self, db: &Connection, sql: &str) -> Result<u64, StoreError> {
        db.prepare_cached(sql)
            .and_then(|mut query| query.query_row([], |row| row.get(0).map(unsigned)))
            .map_err(|error| sql_error(&self.place, error))
    }
}

impl Drop for Sqlite {
    fn drop(&mut self) {
        // Closing the last connection empties the log; a reader elsewhere may be one more, and idle.
        if self.waiting.load(Ordering::Relaxed)
            && let Some(writer) = &self.writer
        {
            overwrite(&writer.lock().unwrap_or_else(PoisonError::into_inner), Duration::ZERO);
        }
    }
}

/// Moves the write-ahead log into the file and empties it, waiting so long for readers; tells whether it is empty now.
///
/// SQLite answers with a row whose first number says that somebody was in the way: that is no error of the statement.
fn overwrite(writer: &Connection, patience: Duration) -> bool {
    let emptied = (|| {
        writer.busy_timeout(patience)?;
        let emptied =
            writer.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0).map(|busy| busy == 0));
        writer.busy_timeout(BUSY)?;
        emptied
    })();
    emptied.unwrap_or_else(|error: rusqlite::Error| {
        tracing::warn!(%error, "the write-ahead log could not be emptied; tried again later");
        false
    })
}

/// Whether a write-ahead log with something in it lies beside the file.
fn has_log(path: &Path) -> bool {
    let log = path.with_file_name(format!("{}-wal", path.file_name().unwrap_or_default().display()));
    fs::metadata(log).is_ok_and(|log| log.len() > 0)
}

struct Raw {
    seq: u64,
    id: [u8; 16],
    act: String,
    log_index: Option<u64>,
    leaf: [u8; 32],
    private: Option<([u8; 32], Packed)>,
}

fn raw(row: &SqlRow<'_>) -> rusqlite::Result<Raw> {
    let salt: Option<[u8; 32]> = row.get(5)?;
    let private = match salt {
        Some(salt) => Some((
            salt,
            Packed { plain_bytes: usize::try_from(row.get::<_, i64>(6)?).unwrap_or(usize::MAX), bytes: row.get(7)? },
        )),
        None => None,
    };
    let log_index: Option<i64> = row.get(3)?;
    let (seq, log_index) = (row.get(0).map(unsigned)?, log_index.map(unsigned));
    Ok(Raw { seq, id: row.get(1)?, act: row.get(2)?, log_index, leaf: row.get(4)?, private })
}

/// Reads stored entries by a condition on `entry` and at most one parameter more than the limit.
fn stored_at(
    db: &Connection,
    place: &str,
    condition: &str,
    values: impl rusqlite::Params,
) -> Result<Vec<Stored>, StoreError> {
    let sql = format!(
        "SELECT entry.seq, entry.id, entry.act, log_index, entry.leaf, salt, plain_bytes, bytes FROM entry \
         LEFT JOIN body ON body.seq = entry.seq LEFT JOIN log_place ON log_place.seq = entry.seq \
         WHERE {condition}"
    );
    let mut query = db.prepare_cached(&sql).map_err(|error| sql_error(place, error))?;
    let rows = query.query_map(values, raw).map_err(|error| sql_error(place, error))?;
    rows.map(|raw| {
        let raw = raw.map_err(|error| sql_error(place, error))?;
        let leaf = Leaf::from_bytes(raw.leaf);
        let held = match raw.private {
            Some((salt, packed)) => Some(unpack(place, raw.seq, &leaf, Salt::from_bytes(salt), packed)?),
            None => None,
        };
        let id = EntryId::from_bytes(raw.id);
        Ok(Stored { seq: raw.seq, id, act: raw.act, log_index: raw.log_index, leaf, held })
    })
    .collect()
}

impl Store for Sqlite {
    fn commit_all(&self, acts: Vec<Prepared>) -> Vec<Result<Vec<Committed>, StoreError>> {
        let count = acts.len();
        let done = self.write(|db| {
            let next = self.next_seq(db)?;
            let plan = plan(acts, next, &mut Look { store: self, db })?;
            self.insert_all(db, next, plan.rows)?;
            Ok(plan.answers)
        });
        done.unwrap_or_else(|error| vec![Err(error); count])
    }

    fn erase(&self, draft: Draft) -> Result<Erased, StoreError> {
        let id = draft.entry.id;
        let Body::Erased(erasure) = draft.entry.body.clone() else {
            return Err(StoreError::NotAnErasure { id });
        };
        let key = draft.key.clone();
        let prepared = Prepared { act: "erase", rows: vec![row(draft)?] };
        let committed = self.write(|db| {
            if let Some(key) = key
                && let Some(known) = (Look { store: self, db }).key(&key)?
                && known.entry.is_some_and(|entry| entry.body == Body::Erased(erasure.clone()))
            {
                return Ok(Committed { id: known.id, seq: known.seq, already: true });
            }
            let target = self.stored(db, "entry.id = ?1", [erasure.entry.as_bytes()])?.pop();
            let target = target.ok_or(StoreError::NoEntry { id: erasure.entry })?;
            super::plan::may_erase(&target, &erasure)?;
            let next = self.next_seq(db)?;
            let plan = plan(vec![prepared], next, &mut Look { store: self, db })?;
            self.insert_all(db, next, plan.rows)?;
            let sql = |error| sql_error(&self.place, error);
            db.execute("DELETE FROM body WHERE seq = ?1", [signed(target.seq)]).map_err(sql)?;
            db.execute(
                "UPDATE entry SET request = NULL, receiver = NULL, reading = 0 WHERE seq = ?1",
                [signed(target.seq)],
            )
            .map_err(sql)?;
            search::index_again(db, &self.place, &target)?;
            photographs::remove(db, &self.place, &target)?;
            if let Some((agency, days)) = super::unrecorded::of_erased(&target) {
                unrecorded::forget(db, &self.place, agency, days)?;
            }
            // Of a report the blind stands in the lane too; without it nobody can tell its leaf.
            db.execute("UPDATE report SET blind = NULL WHERE id = ?1", [erasure.entry.as_bytes()]).map_err(sql)?;
            let mut answers = plan.answers;
            let answer = answers.pop().unwrap_or(Err(StoreError::Stopped))?;
            answer.into_iter().next().ok_or(StoreError::Stopped)
        })?;
        let bytes = if self.overwritten()? { ErasedBytes::Overwritten } else { ErasedBytes::Waiting };
        Ok(Erased { committed, bytes })
    }

    fn entries(&self, from_seq: u64, limit: usize) -> Result<Vec<Stored>, StoreError> {
        self.read(|db| {
            self.stored(
                db,
                "entry.seq >= ?1 ORDER BY entry.seq LIMIT ?2",
                params![signed(from_seq), signed(limit as u64)],
            )
        })
    }

    fn find(&self, id: &EntryId) -> Result<Option<Stored>, StoreError> {
        self.read(|db| Ok(self.stored(db, "entry.id = ?1", [id.as_bytes()])?.pop()))
    }

    fn keyed(&self, key: &str) -> Result<Option<Stored>, StoreError> {
        let condition = "entry.seq = (SELECT seq FROM done_key WHERE key = ?1)";
        self.read(|db| Ok(self.stored(db, condition, [key])?.pop()))
    }

    fn by_request(&self, id: &RequestId) -> Result<Vec<Stored>, StoreError> {
        self.read(|db| self.stored(db, ABOUT, [id.as_bytes()]))
    }

    fn readings(&self, id: &RequestId, before_seq: u64, limit: usize) -> Result<Vec<Stored>, StoreError> {
        let condition = "entry.request = ?1 AND entry.reading = 1 AND entry.seq < ?2 ORDER BY entry.seq DESC LIMIT ?3";
        self.read(|db| self.stored(db, condition, params![id.as_bytes(), signed(before_seq), signed(limit as u64)]))
    }

    fn received_by(&self, agency: &AgencyId, before_seq: u64, limit: usize) -> Result<Vec<Stored>, StoreError> {
        self.read(|db| {
            self.stored(
                db,
                "entry.receiver = ?1 AND entry.seq < ?2 ORDER BY entry.seq DESC LIMIT ?3",
                params![agency.as_str(), signed(before_seq), signed(limit as u64)],
            )
        })
    }

    fn search(&self, wanted: &Search, limit: usize) -> Result<Vec<Listed>, StoreError> {
        self.read(|db| search::found(db, &self.place, wanted, limit))
    }

    fn undone(&self, through: Date) -> Result<Undone, StoreError> {
        self.read(|db| search::undone(db, &self.place, through))
    }

    fn leaves(&self, from_seq: u64, limit: usize) -> Result<Vec<Leaf>, StoreError> {
        self.leaves_by("SELECT leaf FROM entry WHERE seq >= ?1 ORDER BY seq LIMIT ?2", from_seq, limit)
    }

    fn count(&self) -> Result<u64, StoreError> {
        self.read(|db| self.next_seq(db))
    }

    fn sequence(&self, limit: usize) -> Result<u64, StoreError> {
        const SIZE: &str = "SELECT coalesce(max(log_index) + 1, 0) FROM log_place";
        const PLACED: &str = "SELECT coalesce(max(seq) + 1, 0) FROM log_place";
        self.write(|db| {
            let (size, from) = (self.number(db, SIZE)?, self.number(db, PLACED)?);
            // Sequence numbers are dense and given places in order, so each is as far from the first new one as its place.
            let added = db
                .execute(
                    "INSERT INTO log_place (log_index, seq) \
                     SELECT ?1 + seq - ?2, seq FROM entry WHERE seq >= ?2 ORDER BY seq LIMIT ?3",
                    params![signed(size), signed(from), signed(limit as u64)],
                )
                .map_err(|error| sql_error(&self.place, error))?;
            Ok(size + added as u64)
        })
    }

    fn log_leaves(&self, from_index: u64, limit: usize) -> Result<Vec<Leaf>, StoreError> {
        const SQL: &str = "SELECT leaf FROM log_place JOIN entry ON entry.seq = log_place.seq \
             WHERE log_index >= ?1 ORDER BY log_index LIMIT ?2";
        self.leaves_by(SQL, from_index, limit)
    }

    fn checkpoint(&self) -> Result<Option<SignedCheckpoint>, StoreError> {
        self.read(|db| newest(db).map_err(|error| sql_error(&self.place, error)))
    }

    fn swap_checkpoint(&self, old: Option<&SignedCheckpoint>, new: &SignedCheckpoint) -> Result<(), SwapError> {
        let answer = self.write(|db| {
            let sql = |error| sql_error(&self.place, error);
            let found = newest(db).map_err(sql)?;
            let known = self.number(db, "SELECT coalesce(max(log_index) + 1, 0) FROM log_place")?;
            if let Err(refused) = super::plan::may_swap(found.as_ref(), old, new, known) {
                return Ok(Err(refused));
            }
            db.execute(
                "INSERT INTO checkpoint (single, size, note) VALUES (1, ?1, ?2) \
                 ON CONFLICT (single) DO UPDATE SET size = excluded.size, note = excluded.note",
                params![signed(new.size), new.note],
            )
            .map_err(sql)?;
            Ok(Ok(()))
        });
        answer?
    }

    fn settle(&self) {
        if let Some(writer) = &self.writer {
            let done = overwrite(&writer.lock().unwrap_or_else(PoisonError::into_inner), Duration::ZERO);
            self.waiting.fetch_and(!done, Ordering::Relaxed);
        }
    }
}

/// The look-ups of a plan, inside the writer's transaction.
struct Look<'a> {
    store: &'a Sqlite,
    db: &'a Connection,
}

impl Lookup for Look<'_> {
    fn key(&mut self, key: &str) -> Result<Option<Known>, StoreError> {
        let seq: Option<u64> = self
            .db
            .prepare_cached("SELECT seq FROM done_key WHERE key = ?1")
            .and_then(|mut query| query.query_row([key], |row| row.get(0).map(unsigned)).optional())
            .map_err(|error| sql_error(&self.store.place, error))?;
        let Some(seq) = seq else { return Ok(None) };
        let stored = self.store.stored(self.db, "entry.seq = ?1", [signed(seq)])?.pop();
        Ok(stored.map(|Stored { seq, id, held, .. }| Known { seq, id, entry: held.map(|held| Arc::new(held.entry)) }))
    }

    fn has_id(&mut self, id: &EntryId) -> Result<bool, StoreError> {
        self.db
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM entry WHERE id = ?1)")
            .and_then(|mut query| query.query_row([id.as_bytes()], |row| row.get(0)))
            .map_err(|error| sql_error(&self.store.place, error))
    }
}

fn newest(db: &Connection) -> rusqlite::Result<Option<SignedCheckpoint>> {
    db.query_row("SELECT size, note FROM checkpoint", [], |row| {
        Ok(SignedCheckpoint { size: row.get(0).map(unsigned)?, note: row.get(1)? })
    })
    .optional()
}

fn connect(path: &Path, place: &str, flags: OpenFlags) -> Result<Connection, StoreError> {
    let connection = Connection::open_with_flags(path, flags).map_err(|error| sql_error(place, error))?;
    connection.busy_timeout(BUSY).map_err(|error| sql_error(place, error))?;
    Ok(connection)
}

/// Connects for reading. SQLite reads a file with a write-ahead log only where it may make or read two files beside it; in a
/// folder where this user may not, a file that was closed in good order (no log beside it) is read as one that nobody
/// changes. Should somebody change it all the same, entries that no longer match their leaves are answered as damaged.
fn connect_to_read(path: &Path, place: &str) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let probe = |db: Connection| db.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(())).map(|()| db);
    let refused = match connect(path, place, flags).map(probe) {
        Ok(Ok(db)) => return Ok(db),
        Ok(Err(error)) if matches!(error.sqlite_error_code(), Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly)) => {
            StoreError::Unreadable { place: place.to_owned() }
        }
        Ok(Err(error)) => return Err(sql_error(place, error)),
        Err(StoreError::ReadOnly { place }) => StoreError::Unreadable { place },
        Err(error) => return Err(error),
    };
    if has_log(path) {
        return Err(refused);
    }
    let mut uri = "file:".to_owned();
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' => uri.push(char::from(*byte)),
            _ => uri.push_str(&format!("%{byte:02x}")),
        }
    }
    uri.push_str("?immutable=1");
    connect(Path::new(&uri), place, flags | OpenFlags::SQLITE_OPEN_URI)
        .ok()
        .and_then(|db| probe(db).ok())
        .ok_or(refused)
}

/// The version of the file's schema; none for a file without any table.
fn version(db: &Connection, place: &str) -> Result<Option<i64>, StoreError> {
    let read = |sql: &str| db.query_row(sql, [], |row| row.get::<_, i64>(0)).map_err(|error| sql_error(place, error));
    if read("SELECT count(*) FROM sqlite_schema")? == 0 {
        return Ok(None);
    }
    let (application, found) = (read("PRAGMA application_id")?, read("PRAGMA user_version")?);
    let known = MIGRATIONS.len() as i64;
    if application != i64::from(APPLICATION_ID) || found < 1 {
        let what = "it is a database of another program".to_owned();
        return Err(StoreError::Foreign { place: place.to_owned(), what });
    }
    if found > known {
        return Err(StoreError::Newer { place: place.to_owned(), found, known });
    }
    Ok(Some(found))
}

/// Makes the file of a new store, for its owner alone whatever the folder is; what SQLite puts beside it has the same rights. One that is
/// there keeps those that somebody gave it.
fn make_private(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt as _;
    match File::options().write(true).create_new(true).mode(0o600).open(path) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

fn migrate(db: &mut Connection, place: &str) -> Result<(), StoreError> {
    let had = version(db, place)?.unwrap_or(0);
    for (before, migration) in (0_i64..).zip(MIGRATIONS).filter(|(before, _)| *before >= had) {
        let sql = |error| sql_error(place, error);
        let transaction = db.transaction_with_behavior(TransactionBehavior::Immediate).map_err(sql)?;
        transaction.execute_batch(migration).map_err(sql)?;
        if *migration == search::DEEDS {
            search::fill(&transaction, place)?;
        }
        if *migration == DICTIONARY {
            let insert = "INSERT INTO dictionary (id, bytes) VALUES (?1, ?2)";
            transaction.execute(insert, dictionary::FIRST).map_err(sql)?;
        }
        (|| {
            transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
            transaction.pragma_update(None, "user_version", before + 1)?;
            transaction.commit()
        })()
        .map_err(sql)?;
    }
    Ok(())
}

fn sql_error(place: &str, error: rusqlite::Error) -> StoreError {
    let place_text = place.to_owned();
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => StoreError::Full { place: place_text },
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen) => {
            StoreError::ReadOnly { place: place_text }
        }
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::InUse { place: place_text },
        Some(ErrorCode::NotADatabase) => {
            StoreError::Foreign { place: place_text, what: "it is no database at all".to_owned() }
        }
        _ => StoreError::backend(place, error),
    }
}

fn io_error(place: &str, error: io::Error) -> StoreError {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => StoreError::Full { place: place.to_owned() },
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            StoreError::ReadOnly { place: place.to_owned() }
        }
        _ => StoreError::backend(place, error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A killed process shows none of these, since the kernel keeps what it had written: what they are set to is all that
    /// stands between an acknowledgement and a loss of power.
    #[test]
    fn the_writer_keeps_what_it_acknowledges() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("record.sqlite3");
        for opened in ["made", "found"] {
            let store = Sqlite::open(&path).unwrap();
            let writer = store.writer().unwrap();
            let number = |pragma: &str| writer.query_row(&format!("PRAGMA {pragma}"), [], |row| row.get::<_, i64>(0));
            let journal: String = writer.query_row("PRAGMA journal_mode", [], |row| row.get(0)).unwrap();
            assert_eq!(journal, "wal", "{opened}");
            // 2 is FULL: the log is synced at each commit.
            assert_eq!(number("synchronous").unwrap(), 2, "{opened}");
            // 1 is on; 2, `fast`, would overwrite only what costs no further write.
            assert_eq!(number("secure_delete").unwrap(), 1, "{opened}");
            assert_eq!(number("foreign_keys").unwrap(), 1, "{opened}");
            assert_eq!(number("wal_autocheckpoint").unwrap(), i64::from(LOG_PAGES), "{opened}");
        }
    }
}
