//! The record in PostgreSQL (15 or later), for any number of machines.
//!
//! Every node is equal: whoever appends locks the one row that holds the next sequence number, so numbers are dense and
//! commits have one order; the checkpoint is guarded the same way. The server must keep what it acknowledges (`fsync`,
//! `full_page_writes`); one that does not is refused.
//!
//! Connections are not encrypted by this program: use a Unix socket, a private network or an encrypting tunnel. After an
//! erasure the table is vacuumed, which frees the body's place but leaves its bytes until they are overwritten; the
//! write-ahead log and backups keep them for as long as the operator keeps those. While an older transaction may still see
//! the body, or the vacuum fails, the erasure holds and its bytes wait: the server's own vacuum frees them, and this store
//! tries again when it is closed and when it is opened.

mod fit;
mod hooks;
mod lane;
mod people;
mod photographs;
mod reminders;
mod search;
mod systems;
mod unrecorded;

use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use ::postgres::{Client, Config, GenericClient, NoTls, Row as SqlRow, Transaction, config::Host, error::SqlState};
use jiff::civil::Date;
use law::AgencyId;
use record::{Body, EntryId, Leaf, RequestId, Salt};

use super::{
    Committed, Draft, Erased, ErasedBytes, SignedCheckpoint, Store, StoreError, Stored, SwapError, dictionary,
    plan::{Known, Lookup, may_erase, may_swap, plan},
    prepare::{Packed, Prepared, Row, row, unpack},
    search::{Listed, Parts, Search, Undone},
    signed, unsigned,
};

/// The migrations, each applied once, in order, and never edited. A store's version is how many it has had.
const MIGRATIONS: &[&str] = &[
    include_str!("migrations/postgres/0001_record.sql"),
    include_str!("migrations/postgres/0002_reports.sql"),
    include_str!("migrations/postgres/0003_people.sql"),
    include_str!("migrations/postgres/0004_systems.sql"),
    include_str!("migrations/postgres/0005_bound.sql"),
    include_str!("migrations/postgres/0006_reminders.sql"),
    include_str!("migrations/postgres/0007_search.sql"),
    include_str!("migrations/postgres/0008_photographs.sql"),
    include_str!("migrations/postgres/0009_hooks.sql"),
    include_str!("migrations/postgres/0010_readings.sql"),
    search::DEEDS,
    include_str!("migrations/postgres/0012_unrecorded.sql"),
    DICTIONARY,
];

/// The migration after which the store keeps the dictionaries.
const DICTIONARY: &str = include_str!("migrations/postgres/0013_dictionary.sql");

/// What is said of a request, without who opened it.
const ABOUT: &str = "entry.request = $1 AND NOT entry.reading ORDER BY entry.seq";

/// Idle connections kept open.
const IDLE: usize = 8;

/// Nodes that migrate at once wait for one another under this number, an arbitrary one: "VOUCHSAF".
const MIGRATION_LOCK: i64 = 0x564f_5543_4853_4146;

/// Bodies and photographs, with the tables that hold the long ones, that are dead and not freed yet, as the server last counted them.
const NOT_FREED: &str = "SELECT coalesce(sum(n_dead_tup), 0)::bigint FROM pg_stat_all_tables \
     WHERE relid IN (SELECT unnest(ARRAY[oid, reltoastrelid]) FROM pg_class WHERE oid IN ('vouchsafe.body'::regclass, 'vouchsafe.photograph'::regclass))";
/// The process that follows the record with the log holds this number, another arbitrary one: "VOUCHSEQ".
const SEQUENCER_LOCK: i64 = 0x564f_5543_4853_4551;
/// The process that sends messages to systems holds this one: "VOUCHHOK".
const HOOKS_LOCK: i64 = 0x564f_5543_4848_4f4b;

const STORED: &str = "SELECT entry.seq, entry.id, entry.act, log_index, entry.leaf, salt, plain_bytes, bytes \
     FROM vouchsafe.entry LEFT JOIN vouchsafe.body ON body.seq = entry.seq \
     LEFT JOIN vouchsafe.log_place ON log_place.seq = entry.seq WHERE ";

/// The record in a PostgreSQL database.
pub struct Postgres {
    config: Config,
    place: String,
    read_only: bool,
    idle: Mutex<Vec<Client>>,
    /// An erasure's bytes could not be freed yet.
    waiting: AtomicBool,
    /// The connection that holds the sequencer's lease, or asks for it. It is in nobody else's hands, since PostgreSQL keeps a
    /// session's lock for as long as the session lasts.
    lease: Mutex<Option<Lease>>,
    /// The same of whoever sends messages to systems.
    hooks_lease: Mutex<Option<Lease>>,
}

/// A session of its own.
struct Lease {
    client: Client,
    held: bool,
}

impl Postgres {
    /// Connects (`postgresql://…` or `host=… dbname=…`) and brings the schema `vouchsafe` to this program's version.
    ///
    /// # Errors
    /// [`StoreError::Unfit`] if the server is too old or does not keep what it acknowledges, [`StoreError::Newer`] if a
    /// later program has been here, [`StoreError::Backend`] if there is no connection.
    pub fn open(url: &str) -> Result<Self, StoreError> {
        let store = Self::at(url, false)?;
        store.with(|client| {
            store.check_server(client)?;
            store.migrate(client)
        })?;
        if store.with(|client| Ok(store.not_freed(client)? + store.words_due(client)?)).is_ok_and(|waits| waits > 0) {
            store.free();
        }
        Ok(store)
    }

    /// Connects to a store that is there, for reading; every write is answered with [`StoreError::ReadOnly`].
    ///
    /// # Errors
    /// As [`Postgres::open`]; [`StoreError::Absent`] if there is no store.
    pub fn open_to_read(url: &str) -> Result<Self, StoreError> {
        let store = Self::at(url, true)?;
        let known = MIGRATIONS.len() as i64;
        let place = store.place.clone();
        match store.with(|client| store.version(client))? {
            None => Err(StoreError::Absent { place }),
            Some(found) if found > known => Err(StoreError::Newer { place, found, known }),
            Some(found) if found < known => Err(StoreError::Foreign {
                place,
                what: format!("its version is {found}; any command that writes brings it to {known}"),
            }),
            Some(_) => Ok(store),
        }
    }

    fn at(url: &str, read_only: bool) -> Result<Self, StoreError> {
        let config: Config = url.parse().map_err(|error| StoreError::backend("the address of PostgreSQL", error))?;
        // Never the address as given: it may hold a password.
        let host = match config.get_hosts().first() {
            Some(Host::Tcp(host)) => host.clone(),
            #[cfg(unix)]
            Some(Host::Unix(path)) => path.display().to_string(),
            _ => "localhost".to_owned(),
        };
        let place = format!("PostgreSQL {host}/{}", config.get_dbname().unwrap_or_default());
        Ok(Self {
            config,
            place,
            read_only,
            idle: Mutex::new(Vec::new()),
            waiting: AtomicBool::new(false),
            lease: Mutex::new(None),
            hooks_lease: Mutex::new(None),
        })
    }

    fn check_server(&self, client: &mut Client) -> Result<(), StoreError> {
        let unfit = fit::unfit(|what| {
            let row = client.query_one("SELECT current_setting($1)", &[&what]).map_err(|error| self.error(error))?;
            Ok(row.get(0))
        })?;
        unfit.map_or(Ok(()), |what| Err(StoreError::Unfit { place: self.place.clone(), what }))
    }

    fn migrate(&self, client: &mut Client) -> Result<(), StoreError> {
        let sql = |error| self.error(error);
        let known = MIGRATIONS.len() as i64;
        let mut transaction = client.transaction().map_err(sql)?;
        transaction.execute("SELECT pg_advisory_xact_lock($1)", &[&MIGRATION_LOCK]).map_err(sql)?;
        let found = if let Some(found) = self.version(&mut transaction)? {
            found
        } else {
            transaction
                .batch_execute(
                    "CREATE SCHEMA vouchsafe; CREATE TABLE vouchsafe.schema_version (version bigint NOT NULL); \
                     INSERT INTO vouchsafe.schema_version VALUES (0)",
                )
                .map_err(sql)?;
            0
        };
        if found > known {
            return Err(StoreError::Newer { place: self.place.clone(), found, known });
        }
        for (_, migration) in (0_i64..).zip(MIGRATIONS).filter(|(before, _)| *before >= found) {
            transaction.batch_execute(migration).map_err(sql)?;
            if *migration == search::DEEDS {
                self.fill(&mut transaction)?;
            }
            if *migration == DICTIONARY {
                let (id, bytes) = dictionary::FIRST;
                let insert = "INSERT INTO vouchsafe.dictionary (id, bytes) VALUES ($1, $2)";
                transaction.execute(insert, &[&i64::from(id), &bytes]).map_err(sql)?;
            }
        }
        transaction.execute("UPDATE vouchsafe.schema_version SET version = $1", &[&known]).map_err(sql)?;
        transaction.commit().map_err(sql)
    }

    /// The version of the schema; none if there is no schema.
    fn version(&self, db: &mut impl GenericClient) -> Result<Option<i64>, StoreError> {
        let there = db.query_opt("SELECT 1 FROM pg_namespace WHERE nspname = 'vouchsafe'", &[]);
        if there.map_err(|error| self.error(error))?.is_none() {
            return Ok(None);
        }
        match db.query_opt("SELECT version FROM vouchsafe.schema_version", &[]) {
            Ok(Some(row)) => Ok(Some(row.get(0))),
            Ok(None) => Err(self.foreign()),
            Err(error) if error.code() == Some(&SqlState::UNDEFINED_TABLE) => Err(self.foreign()),
            Err(error) => Err(self.error(error)),
        }
    }

    fn foreign(&self) -> StoreError {
        let what = "its schema `vouchsafe` was made by another program".to_owned();
        StoreError::Foreign { place: self.place.clone(), what }
    }

    /// Lends a connection; one that failed is closed instead of kept.
    fn with<T>(&self, work: impl FnOnce(&mut Client) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut client = match idle {
            Some(client) if !client.is_closed() => client,
            _ => self.connect()?,
        };
        let answer = work(&mut client);
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < IDLE && !client.is_closed() {
            idle.push(client);
        }
        answer
    }

    fn connect(&self) -> Result<Client, StoreError> {
        let mut client = self.config.connect(NoTls).map_err(|error| self.error(error))?;
        // A server may be set to acknowledge before it is durable; this session is not.
        client
            .batch_execute(
                "SELECT set_config('synchronous_commit', 'on', false) \
                 WHERE current_setting('synchronous_commit') = 'off'",
            )
            .map_err(|error| self.error(error))?;
        if self.read_only {
            client.batch_execute("SET default_transaction_read_only = on").map_err(|error| self.error(error))?;
        }
        Ok(client)
    }

    /// Runs one write as one transaction: durable when this returns, undone if `write` fails.
    fn write<T>(&self, write: impl FnOnce(&mut Transaction<'_>) -> Result<T, StoreError>) -> Result<T, StoreError> {
        self.with(|client| {
            let mut transaction = client.transaction().map_err(|error| self.error(error))?;
            let answer = write(&mut transaction)?;
            transaction.commit().map_err(|error| self.error(error))?;
            Ok(answer)
        })
    }

    /// Locks the end of the record and answers the next sequence number: from here on this transaction appends alone.
    fn lock_tail(&self, db: &mut Transaction<'_>) -> Result<u64, StoreError> {
        const TAIL: &str = "SELECT next_seq, (SELECT version FROM vouchsafe.schema_version) FROM vouchsafe.tail \
             WHERE single = 1 FOR UPDATE";
        let row = db.query_one(TAIL, &[]).map_err(|error| self.error(error))?;
        let (found, known) = (row.get(1), MIGRATIONS.len() as i64);
        // Another process has brought the schema on: what this one writes, it may file wrongly, and what others write it cannot read.
        if found > known {
            return Err(StoreError::Newer { place: self.place.clone(), found, known });
        }
        Ok(unsigned(row.get(0)))
    }

    /// Keeps one act from this place on, in a transaction that does more; the ids of its entries. Whatever refuses it undoes all.
    fn keep_act(&self, db: &mut Transaction<'_>, next: u64, prepared: Prepared) -> Result<Vec<EntryId>, StoreError> {
        let acts = vec![prepared];
        let mut look = self.look_up(db, &acts)?;
        let plan = plan(acts, next, &mut look)?;
        self.insert(db, next, &plan.rows)?;
        let answers = plan.answers.into_iter().collect::<Result<Vec<_>, _>>()?;
        Ok(answers.into_iter().flatten().map(|committed| committed.id).collect())
    }

    fn insert(&self, db: &mut Transaction<'_>, next: u64, rows: &[(&'static str, Row)]) -> Result<(), StoreError> {
        if rows.is_empty() {
            return Ok(());
        }
        let sql = |error| self.error(error);
        let seqs: Vec<i64> = (signed(next)..).take(rows.len()).collect();
        let ids: Vec<&[u8]> = rows.iter().map(|(_, row)| row.id.as_bytes().as_slice()).collect();
        let requests: Vec<Option<&[u8]>> =
            rows.iter().map(|(_, row)| row.request.as_ref().map(|request| request.as_bytes().as_slice())).collect();
        let receivers: Vec<Option<&str>> =
            rows.iter().map(|(_, row)| row.receiver.as_ref().map(AgencyId::as_str)).collect();
        let leaves: Vec<&[u8]> = rows.iter().map(|(_, row)| row.leaf.as_bytes().as_slice()).collect();
        let acts: Vec<&str> = rows.iter().map(|(act, _)| *act).collect();
        let readings: Vec<bool> = rows.iter().map(|(_, row)| row.reading).collect();
        db.execute(
            "INSERT INTO vouchsafe.entry (seq, id, request, leaf, act, receiver, reading) SELECT * FROM \
             unnest($1::bigint[], $2::bytea[], $3::bytea[], $4::bytea[], $5::text[], $6::text[], $7::boolean[])",
            &[&seqs, &ids, &requests, &leaves, &acts, &receivers, &readings],
        )
        .map_err(sql)?;
        let salts: Vec<&[u8]> = rows.iter().map(|(_, row)| row.salt.as_bytes().as_slice()).collect();
        let lengths: Vec<i64> = rows.iter().map(|(_, row)| signed(row.packed.plain_bytes as u64)).collect();
        let bytes: Vec<&[u8]> = rows.iter().map(|(_, row)| row.packed.bytes.as_slice()).collect();
        db.execute(
            "INSERT INTO vouchsafe.body (seq, salt, plain_bytes, bytes) \
             SELECT * FROM unnest($1::bigint[], $2::bytea[], $3::bigint[], $4::bytea[])",
            &[&seqs, &salts, &lengths, &bytes],
        )
        .map_err(sql)?;
        let keyed = || {
            seqs.iter().zip(rows).filter_map(|(seq, (_, row))| row.key.as_ref().map(|key| (*seq, key.name.as_str())))
        };
        let (key_seqs, keys): (Vec<i64>, Vec<&str>) = keyed().unzip();
        if !keys.is_empty() {
            db.execute(
                "INSERT INTO vouchsafe.done_key (key, seq) SELECT * FROM unnest($1::text[], $2::bigint[])",
                &[&keys, &key_seqs],
            )
            .map_err(sql)?;
        }
        let mut parts = Parts::default();
        for (seq, (_, row)) in (next..).zip(rows) {
            parts.add(seq, row.request, row.part.clone());
        }
        self.index(db, parts)?;
        let next = signed(next) + signed(rows.len() as u64);
        db.execute("UPDATE vouchsafe.tail SET next_seq = $1 WHERE single = 1", &[&next]).map_err(sql)?;
        Ok(())
    }

    fn not_freed(&self, client: &mut Client) -> Result<i64, StoreError> {
        client.query_one(NOT_FREED, &[]).map(|row| row.get(0)).map_err(|error| self.error(error))
    }

    /// Frees the places of erased bodies, as far as no older transaction may still see them.
    fn free(&self) -> ErasedBytes {
        let left = self.with(|client| {
            // Not to wait for ever behind another vacuum. A vacuum runs in no transaction, so each statement goes alone.
            let mut run = |sql: &str| client.batch_execute(sql).map_err(|error| self.error(error));
            run("SET lock_timeout = '2s'")?;
            let vacuumed = run(
                "VACUUM vouchsafe.body, vouchsafe.photograph, vouchsafe.report, vouchsafe.mailbox, vouchsafe.listed",
            );
            let words = vacuumed.and_then(|()| self.index_words_anew(client));
            client.batch_execute("RESET lock_timeout").map_err(|error| self.error(error))?;
            words?;
            self.not_freed(client)
        });
        // The vacuum succeeds, and frees nothing, where an older transaction may still see the body.
        let freed = left.as_ref().is_ok_and(|left| *left == 0);
        if let Err(error) = left {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "erased bodies could not be freed; tried again later"
            );
        }
        self.waiting.store(!freed, Ordering::Relaxed);
        if freed { ErasedBytes::Freed } else { ErasedBytes::Waiting }
    }

    /// Everything that a plan of these acts may ask, in two queries.
    fn look_up(&self, db: &mut Transaction<'_>, acts: &[Prepared]) -> Result<Look, StoreError> {
        let sql = |error| self.error(error);
        let rows = || acts.iter().flat_map(|act| &act.rows);
        let ids: Vec<&[u8]> = rows().map(|row| row.id.as_bytes().as_slice()).collect();
        let found = db.query("SELECT id FROM vouchsafe.entry WHERE id = ANY($1)", &[&ids]).map_err(sql)?;
        let ids = found.iter().map(|row| self.bytes(row, 0).map(EntryId::from_bytes)).collect::<Result<_, _>>()?;
        let keys: Vec<&str> = rows().filter_map(|row| row.key.as_ref()).map(|key| key.name.as_str()).collect();
        let mut known = HashMap::new();
        if !keys.is_empty() {
            let found =
                db.query("SELECT key, seq FROM vouchsafe.done_key WHERE key = ANY($1)", &[&keys]).map_err(sql)?;
            let seqs: Vec<i64> = found.iter().map(|row| row.get(1)).collect();
            let mut stored: HashMap<u64, Stored> = self
                .stored(db, "entry.seq = ANY($1)", &[&seqs])?
                .into_iter()
                .map(|stored| (stored.seq, stored))
                .collect();
            for row in &found {
                if let Some(Stored { seq, id, held, .. }) = stored.remove(&unsigned(row.get(1))) {
                    known.insert(row.get(0), Known { seq, id, entry: held.map(|held| Arc::new(held.entry)) });
                }
            }
        }
        Ok(Look { known, ids })
    }

    fn stored(
        &self,
        db: &mut impl GenericClient,
        condition: &str,
        values: &[&(dyn ::postgres::types::ToSql + Sync)],
    ) -> Result<Vec<Stored>, StoreError> {
        let rows = db.query(&format!("{STORED}{condition}"), values).map_err(|error| self.error(error))?;
        rows.iter()
            .map(|row| {
                let (seq, leaf) = (unsigned(row.get(0)), Leaf::from_bytes(self.bytes(row, 4)?));
                let held = match row.get::<_, Option<i64>>(6) {
                    Some(plain_bytes) => {
                        let plain_bytes = usize::try_from(plain_bytes).unwrap_or(usize::MAX);
                        let packed = Packed { plain_bytes, bytes: row.get(7) };
                        Some(unpack(&self.place, seq, &leaf, Salt::from_bytes(self.bytes(row, 5)?), packed)?)
                    }
                    None => None,
                };
                Ok(Stored {
                    seq,
                    id: EntryId::from_bytes(self.bytes(row, 1)?),
                    act: row.get(2),
                    log_index: row.get::<_, Option<i64>>(3).map(unsigned),
                    leaf,
                    held,
                })
            })
            .collect()
    }

    fn leaves_by(&self, sql: &str, from: u64, limit: usize) -> Result<Vec<Leaf>, StoreError> {
        self.with(|client| {
            let rows = client.query(sql, &[&signed(from), &signed(limit as u64)]).map_err(|error| self.error(error))?;
            rows.iter().map(|row| self.bytes(row, 0).map(Leaf::from_bytes)).collect()
        })
    }

    /// A column of fixed length; the schema's own checks hold it, so another length is damage.
    fn bytes<const N: usize>(&self, row: &SqlRow, column: usize) -> Result<[u8; N], StoreError> {
        let bytes: &[u8] = row.get(column);
        bytes.try_into().map_err(|error| StoreError::backend(&self.place, error))
    }

    fn newest(&self, row: &SqlRow) -> Option<SignedCheckpoint> {
        let size: Option<i64> = row.get(0);
        let note: Option<String> = row.get(1);
        Some(SignedCheckpoint { size: unsigned(size?), note: note? })
    }

    fn log_size(&self, db: &mut Transaction<'_>) -> Result<u64, StoreError> {
        let row = db
            .query_one("SELECT coalesce(max(log_index) + 1, 0) FROM vouchsafe.log_place", &[])
            .map_err(|error| self.error(error))?;
        Ok(unsigned(row.get(0)))
    }

    /// Whether this process holds the lock of this number, on a connection of its own that keeps it; it has it, or gets it now.
    fn lease(&self, kept: &Mutex<Option<Lease>>, number: i64) -> Result<bool, StoreError> {
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        // Out of its place while it is asked: one that fails is closed, and the lease goes with it.
        let mut lease = match kept.take() {
            Some(lease) if !lease.client.is_closed() => lease,
            _ => Lease { client: self.connect()?, held: false },
        };
        // A session that has the lock would get it twice; asking whether it still lives is enough.
        let sql = if lease.held { "SELECT true OR $1::bigint = 0" } else { "SELECT pg_try_advisory_lock($1)" };
        let row = lease.client.query_one(sql, &[&number]).map_err(|error| self.error(error))?;
        lease.held = row.get(0);
        Ok(kept.insert(lease).held)
    }

    fn error(&self, error: ::postgres::Error) -> StoreError {
        let place = self.place.clone();
        match error.code() {
            Some(code) if *code == SqlState::DISK_FULL => StoreError::Full { place },
            Some(code) if *code == SqlState::READ_ONLY_SQL_TRANSACTION || *code == SqlState::INSUFFICIENT_PRIVILEGE => {
                StoreError::ReadOnly { place }
            }
            _ => StoreError::backend(&place, error),
        }
    }
}

impl Store for Postgres {
    fn commit_all(&self, acts: Vec<Prepared>) -> Vec<Result<Vec<Committed>, StoreError>> {
        let count = acts.len();
        let done = self.write(|db| {
            let next = self.lock_tail(db)?;
            let mut look = self.look_up(db, &acts)?;
            let plan = plan(acts, next, &mut look)?;
            self.insert(db, next, &plan.rows)?;
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
        let acts = vec![Prepared { act: "erase", rows: vec![row(draft)?] }];
        let committed = self.write(|db| {
            let next = self.lock_tail(db)?;
            let mut look = self.look_up(db, &acts)?;
            if let Some(key) = key
                && let Some(known) = look.key(&key)?
                && known.entry.is_some_and(|entry| entry.body == Body::Erased(erasure.clone()))
            {
                return Ok(Committed { id: known.id, seq: known.seq, already: true });
            }
            let target = self.stored(db, "entry.id = $1", &[&erasure.entry.as_bytes().as_slice()])?.pop();
            let target = target.ok_or(StoreError::NoEntry { id: erasure.entry })?;
            may_erase(&target, &erasure)?;
            let plan = plan(acts, next, &mut look)?;
            self.insert(db, next, &plan.rows)?;
            let sql = |error| self.error(error);
            let seq = signed(target.seq);
            db.execute("DELETE FROM vouchsafe.body WHERE seq = $1", &[&seq]).map_err(sql)?;
            let forget = "UPDATE vouchsafe.entry SET request = NULL, receiver = NULL, reading = false WHERE seq = $1";
            db.execute(forget, &[&seq]).map_err(sql)?;
            self.index_again(db, &target)?;
            self.remove_photographs(db, &target)?;
            if let Some((agency, days)) = super::unrecorded::of_erased(&target) {
                self.forget_unrecorded(db, agency, days)?;
            }
            // Of a report the blind stands in the lane too; without it nobody can tell its leaf.
            db.execute(
                "UPDATE vouchsafe.report SET blind = NULL WHERE id = $1",
                &[&erasure.entry.as_bytes().as_slice()],
            )
            .map_err(sql)?;
            // So that the vacuum below finds this deletion counted already.
            db.execute("SELECT pg_stat_force_next_flush()", &[]).map_err(sql)?;
            let mut answers = plan.answers;
            let answer = answers.pop().unwrap_or(Err(StoreError::Stopped))?;
            answer.into_iter().next().ok_or(StoreError::Stopped)
        })?;
        Ok(Erased { committed, bytes: self.free() })
    }

    fn entries(&self, from_seq: u64, limit: usize) -> Result<Vec<Stored>, StoreError> {
        let condition = "entry.seq >= $1 ORDER BY entry.seq LIMIT $2";
        self.with(|client| self.stored(client, condition, &[&signed(from_seq), &signed(limit as u64)]))
    }

    fn find(&self, id: &EntryId) -> Result<Option<Stored>, StoreError> {
        self.with(|client| Ok(self.stored(client, "entry.id = $1", &[&id.as_bytes().as_slice()])?.pop()))
    }

    fn keyed(&self, key: &str) -> Result<Option<Stored>, StoreError> {
        let condition = "entry.seq = (SELECT seq FROM vouchsafe.done_key WHERE key = $1)";
        self.with(|client| Ok(self.stored(client, condition, &[&key])?.pop()))
    }

    fn by_request(&self, id: &RequestId) -> Result<Vec<Stored>, StoreError> {
        self.with(|client| self.stored(client, ABOUT, &[&id.as_bytes().as_slice()]))
    }

    fn readings(&self, id: &RequestId, before_seq: u64, limit: usize) -> Result<Vec<Stored>, StoreError> {
        let condition = "entry.request = $1 AND entry.reading AND entry.seq < $2 ORDER BY entry.seq DESC LIMIT $3";
        let (before, limit) = (signed(before_seq), signed(limit as u64));
        self.with(|client| self.stored(client, condition, &[&id.as_bytes().as_slice(), &before, &limit]))
    }

    fn received_by(&self, agency: &AgencyId, before_seq: u64, limit: usize) -> Result<Vec<Stored>, StoreError> {
        let condition = "entry.receiver = $1 AND entry.seq < $2 ORDER BY entry.seq DESC LIMIT $3";
        let (before, limit) = (signed(before_seq), signed(limit as u64));
        self.with(|client| self.stored(client, condition, &[&agency.as_str(), &before, &limit]))
    }

    fn search(&self, wanted: &Search, limit: usize) -> Result<Vec<Listed>, StoreError> {
        self.with(|client| self.found(client, wanted, limit))
    }

    fn undone(&self, through: Date) -> Result<Undone, StoreError> {
        self.with(|client| self.count_undone(client, through))
    }

    fn leaves(&self, from_seq: u64, limit: usize) -> Result<Vec<Leaf>, StoreError> {
        self.leaves_by("SELECT leaf FROM vouchsafe.entry WHERE seq >= $1 ORDER BY seq LIMIT $2", from_seq, limit)
    }

    fn count(&self) -> Result<u64, StoreError> {
        self.with(|client| {
            let row = client
                .query_one("SELECT next_seq FROM vouchsafe.tail WHERE single = 1", &[])
                .map_err(|error| self.error(error))?;
            Ok(unsigned(row.get(0)))
        })
    }

    fn sequence(&self, limit: usize) -> Result<u64, StoreError> {
        self.write(|db| {
            // The record's end is locked, so two nodes cannot give one place twice.
            self.lock_tail(db)?;
            let size = self.log_size(db)?;
            let sql = |error| self.error(error);
            let from: i64 = db
                .query_one("SELECT coalesce(max(seq) + 1, 0) FROM vouchsafe.log_place", &[])
                .map_err(sql)?
                .get(0);
            let added = db
                .execute(
                    "INSERT INTO vouchsafe.log_place (log_index, seq) \
                     SELECT $1::bigint + seq - $2::bigint, seq FROM vouchsafe.entry WHERE seq >= $2 ORDER BY seq LIMIT $3",
                    &[&signed(size), &from, &signed(limit as u64)],
                )
                .map_err(sql)?;
            Ok(size + added)
        })
    }

    fn log_leaves(&self, from_index: u64, limit: usize) -> Result<Vec<Leaf>, StoreError> {
        const SQL: &str = "SELECT leaf FROM vouchsafe.log_place JOIN vouchsafe.entry ON entry.seq = log_place.seq \
             WHERE log_index >= $1 ORDER BY log_index LIMIT $2";
        self.leaves_by(SQL, from_index, limit)
    }

    fn checkpoint(&self) -> Result<Option<SignedCheckpoint>, StoreError> {
        self.with(|client| {
            let row = client
                .query_one("SELECT size, note FROM vouchsafe.checkpoint WHERE single = 1", &[])
                .map_err(|error| self.error(error))?;
            Ok(self.newest(&row))
        })
    }

    fn swap_checkpoint(&self, old: Option<&SignedCheckpoint>, new: &SignedCheckpoint) -> Result<(), SwapError> {
        let answer = self.write(|db| {
            let sql = |error| self.error(error);
            let row = db
                .query_one("SELECT size, note FROM vouchsafe.checkpoint WHERE single = 1 FOR UPDATE", &[])
                .map_err(sql)?;
            let found = self.newest(&row);
            let known = self.log_size(db)?;
            if let Err(refused) = may_swap(found.as_ref(), old, new, known) {
                return Ok(Err(refused));
            }
            db.execute(
                "UPDATE vouchsafe.checkpoint SET size = $1, note = $2 WHERE single = 1",
                &[&signed(new.size), &new.note],
            )
            .map_err(sql)?;
            Ok(Ok(()))
        });
        answer?
    }

    fn lease_sequencer(&self) -> Result<bool, StoreError> {
        self.lease(&self.lease, SEQUENCER_LOCK)
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if self.waiting.load(Ordering::Relaxed) {
            self.free();
        }
    }
}

/// The look-ups of a plan, fetched before it is made.
struct Look {
    known: HashMap<String, Known>,
    ids: HashSet<EntryId>,
}

impl Lookup for Look {
    fn key(&mut self, key: &str) -> Result<Option<Known>, StoreError> {
        Ok(self.known.get(key).cloned())
    }

    fn has_id(&mut self, id: &EntryId) -> Result<bool, StoreError> {
        Ok(self.ids.contains(id))
    }
}
