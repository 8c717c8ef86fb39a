//! The reports' own lane in SQLite. Rows without a rowid, so that nothing counts them in their order of arrival.

use std::{io, path::PathBuf, sync::atomic::Ordering};

use jiff::civil::Date;
use record::{Leaf, ReportId};
use rusqlite::{Connection, OptionalExtension as _, Row as SqlRow, params, types::Type};
use seal::{ContentId, leaf::Blind, receipt::Mailbox};

use super::{PATIENCE, Sqlite, overwrite, sql_error};
use crate::store::{
    StoreError,
    lane::{
        AcceptError, CLOSE, ClosedDay, Kept, Lane, LaneDb, NewReport, Place, Report, accept_one, entries, joined,
        parted,
    },
    set_day, signed, unsigned,
};

const REPORT: &str = "SELECT id, day, mailbox, blind, leaf, envelope, attachments, segment, at_byte, bytes, withdrawn, closed \
     FROM report ";

fn day(row: &SqlRow<'_>, column: usize) -> rusqlite::Result<Date> {
    let text: String = row.get(column)?;
    text.parse().map_err(|error| rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(error)))
}

fn report(row: &SqlRow<'_>) -> rusqlite::Result<Report> {
    let attachments: Vec<u8> = row.get(6)?;
    let place = match row.get::<_, Option<[u8; 16]>>(7)? {
        Some(segment) => Some(Place { segment, at: row.get(8).map(unsigned)?, bytes: row.get(9).map(unsigned)? }),
        None => None,
    };
    let withdrawn: Option<String> = row.get(10)?;
    Ok(Report {
        id: ReportId::from_bytes(row.get(0)?),
        day: day(row, 1)?,
        mailbox: Mailbox::new(row.get(2)?),
        blind: row.get::<_, Option<[u8; 32]>>(3)?.map(Blind::new),
        leaf: Leaf::from_bytes(row.get(4)?),
        envelope: ContentId::from_hash(row.get(5)?),
        // The schema's own check holds that names are whole.
        attachments: parted(&attachments).unwrap_or_default(),
        place,
        withdrawn: withdrawn.map(|_| day(row, 10)).transpose()?,
        closed: row.get(11)?,
    })
}

struct Db<'a> {
    store: &'a Sqlite,
    db: &'a Connection,
}

impl Db<'_> {
    fn sql<T>(&self, done: rusqlite::Result<T>) -> Result<T, StoreError> {
        done.map_err(|error| sql_error(&self.store.place, error))
    }

    fn reports(&self, condition: &str, values: impl rusqlite::Params) -> Result<Vec<Report>, StoreError> {
        self.sql((|| {
            let mut query = self.db.prepare_cached(&format!("{REPORT}{condition}"))?;
            query.query_map(values, report)?.collect()
        })())
    }

    fn insert(&self, report: &Report) -> Result<(), StoreError> {
        self.sql((|| {
            let mut insert = self.db.prepare_cached(
                "INSERT INTO report (id, day, mailbox, blind, leaf, envelope, attachments, segment, at_byte, bytes, \
                 withdrawn, closed) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
            )?;
            insert.execute(params![
                report.id.as_bytes(),
                report.day.to_string(),
                report.mailbox.as_bytes(),
                report.blind.as_ref().map(|blind| blind.as_bytes()),
                report.leaf.as_bytes(),
                report.envelope.as_bytes(),
                joined(&report.attachments),
                report.place.map(|place| place.segment),
                report.place.map(|place| signed(place.at)),
                report.place.map(|place| signed(place.bytes)),
                report.withdrawn.map(|day| day.to_string()),
                report.closed,
            ])
        })())?;
        Ok(())
    }

    fn insert_mailbox(&self, mailbox: &Mailbox, key: &[u8; 32]) -> Result<(), StoreError> {
        self.sql((|| {
            let mut insert = self.db.prepare_cached("INSERT INTO mailbox (mailbox, return_key) VALUES (?1, ?2)")?;
            insert.execute(params![mailbox.as_bytes(), key])
        })())?;
        Ok(())
    }

    fn key(&self, mailbox: &Mailbox) -> Result<Option<[u8; 32]>, StoreError> {
        self.sql((|| {
            let mut query = self.db.prepare_cached("SELECT return_key FROM mailbox WHERE mailbox = ?1")?;
            query.query_row([mailbox.as_bytes()], |row| row.get(0)).optional()
        })())
    }

    fn ended_day(&self) -> Result<Option<Date>, StoreError> {
        self.sql(self.db.query_row("SELECT day FROM ended_day", [], |row| day(row, 0)).optional())
    }
}

impl LaneDb for Db<'_> {
    fn ended(&mut self) -> Result<Option<Date>, StoreError> {
        self.ended_day()
    }

    fn find(&mut self, id: &ReportId) -> Result<Option<Report>, StoreError> {
        Ok(self.reports("WHERE id = ?1", [id.as_bytes()])?.pop())
    }

    fn key_of(&mut self, mailbox: &Mailbox) -> Result<Option<[u8; 32]>, StoreError> {
        self.key(mailbox)
    }

    fn keep(&mut self, new: &NewReport, new_mailbox: bool) -> Result<(), StoreError> {
        if new_mailbox {
            self.insert_mailbox(&new.report.mailbox, &new.return_key)?;
        }
        self.insert(&new.report)
    }
}

impl Lane for Sqlite {
    fn accept(&self, reports: &[NewReport]) -> Vec<Result<Kept, AcceptError>> {
        let done = self.write(|db| {
            let mut db = Db { store: self, db };
            reports.iter().map(|new| accept_one(&mut db, new)).collect::<Result<Vec<_>, _>>()
        });
        done.unwrap_or_else(|error| reports.iter().map(|_| Err(error.clone().into())).collect())
    }

    fn return_key(&self, mailbox: &Mailbox) -> Result<Option<[u8; 32]>, StoreError> {
        self.read(|db| Db { store: self, db }.key(mailbox))
    }

    fn report(&self, id: &ReportId) -> Result<Option<Report>, StoreError> {
        self.read(|db| Db { store: self, db }.find(id))
    }

    fn reports(&self, day: Option<Date>) -> Result<Vec<Report>, StoreError> {
        self.read(|db| {
            let db = Db { store: self, db };
            match day {
                Some(day) => db.reports("WHERE day = ?1 ORDER BY id", [day.to_string()]),
                None => db.reports("ORDER BY day, id", []),
            }
        })
    }

    fn reports_of(&self, mailbox: &Mailbox, skip: u32, at_most: u32) -> Result<Vec<Report>, StoreError> {
        const OF: &str = "WHERE mailbox = ?1 AND blind IS NOT NULL ORDER BY day, id LIMIT ?2 OFFSET ?3";
        self.read(|db| Db { store: self, db }.reports(OF, rusqlite::params![mailbox.as_bytes(), at_most, skip]))
    }

    fn ended(&self) -> Result<Option<Date>, StoreError> {
        self.read(|db| Db { store: self, db }.ended_day())
    }

    fn end_days(&self, through: Date) -> Result<Vec<Date>, StoreError> {
        self.write(|db| {
            let lane = Db { store: self, db };
            // Texts of one length compare as the days do.
            lane.sql(db.execute(
                "INSERT INTO ended_day (single, day) VALUES (1, ?1) \
                 ON CONFLICT (single) DO UPDATE SET day = max(day, excluded.day)",
                [through.to_string()],
            ))?;
            lane.sql((|| {
                let mut query = db.prepare_cached(
                    "SELECT DISTINCT day FROM report WHERE closed = 0 AND day <= (SELECT day FROM ended_day) ORDER BY day",
                )?;
                query.query_map([], |row| day(row, 0))?.collect()
            })())
        })
    }

    fn close(&self, day: Date, places: &dyn Fn(&ReportId) -> Option<Place>) -> Result<u64, StoreError> {
        let closed = self.write(|db| {
            let lane = Db { store: self, db };
            if lane.ended_day()?.is_none_or(|through| day > through) {
                return Ok(0);
            }
            let open = lane.reports("WHERE day = ?1 AND closed = 0 ORDER BY id", [day.to_string()])?;
            if open.is_empty() {
                return Ok(0);
            }
            let rows = entries(&self.place, &open)?;
            let (first, count) = (self.next_seq(db)?, rows.len() as u64);
            for (seq, row) in (first..).zip(&rows) {
                self.insert(db, seq, CLOSE, row)?;
            }
            let mut keys = Vec::with_capacity(open.len());
            for report in &open {
                if let Some(key) = lane.key(&report.mailbox)? {
                    keys.push((report.mailbox, key));
                }
            }
            keys.sort_unstable_by_key(|(mailbox, _)| *mailbox);
            keys.dedup_by_key(|(mailbox, _)| *mailbox);
            // Written anew in an order of their own: within a page of the database, bytes stand in the order of writing.
            lane.sql(db.execute("DELETE FROM report WHERE day = ?1 AND closed = 0", [day.to_string()]))?;
            for (mailbox, _) in &keys {
                lane.sql(db.execute("DELETE FROM mailbox WHERE mailbox = ?1", [mailbox.as_bytes()]))?;
            }
            for (mailbox, key) in &keys {
                lane.insert_mailbox(mailbox, key)?;
            }
            for mut report in open {
                report.place = report.place.and(places(&report.id)).or(report.place);
                report.closed = true;
                lane.insert(&report)?;
            }
            lane.sql(db.execute(
                "INSERT INTO closed_day (day, first_seq, count) VALUES (?1, ?2, ?3)",
                params![day.to_string(), signed(first), signed(count)],
            ))?;
            Ok(count)
        })?;
        // The write-ahead log still has the rows in their order of arrival: it is emptied as after an erasure.
        if closed > 0 {
            let done = overwrite(&*self.writer()?, PATIENCE);
            self.waiting.store(!done, Ordering::Relaxed);
        }
        Ok(closed)
    }

    fn closed_day(&self, day: Date) -> Result<Option<ClosedDay>, StoreError> {
        self.read(|db| {
            let lane = Db { store: self, db };
            let found: Option<(Option<i64>, i64)> = lane.sql(
                db.query_row(
                    "SELECT log_index, count FROM closed_day LEFT JOIN log_place ON log_place.seq = first_seq \
                     WHERE day = ?1",
                    [day.to_string()],
                    |row| Ok((row.get(0)?, row.get(1)?)),
                )
                .optional(),
            )?;
            if let Some((first, count)) = found {
                return Ok(Some(ClosedDay { first: first.map(unsigned), count: unsigned(count) }));
            }
            let open: bool = lane.sql(db.query_row(
                "SELECT EXISTS (SELECT 1 FROM report WHERE day = ?1)",
                [day.to_string()],
                |row| row.get(0),
            ))?;
            let ended = lane.ended_day()?.is_some_and(|through| day <= through);
            Ok((ended && !open).then_some(ClosedDay { first: None, count: 0 }))
        })
    }

    fn withdraw(&self, mailbox: &Mailbox, day: Date) -> Result<(), StoreError> {
        self.write(|db| {
            let lane = Db { store: self, db };
            lane.sql(db.execute(
                "UPDATE report SET withdrawn = ?1 WHERE mailbox = ?2 AND withdrawn IS NULL",
                params![day.to_string(), mailbox.as_bytes()],
            ))?;
            Ok(())
        })
    }

    fn erased(&self) -> Result<Vec<Report>, StoreError> {
        self.read(|db| Db { store: self, db }.reports("WHERE blind IS NULL AND segment IS NOT NULL ORDER BY id", []))
    }

    fn bytes_gone(&self, id: &ReportId) -> Result<(), StoreError> {
        self.write(|db| {
            let lane = Db { store: self, db };
            lane.sql(db.execute(
                "UPDATE report SET segment = NULL, at_byte = NULL, bytes = NULL, envelope = zeroblob(32), \
                 attachments = zeroblob(0) WHERE id = ?1 AND blind IS NULL",
                [id.as_bytes()],
            ))?;
            Ok(())
        })?;
        // The names of what was sealed are gone from the disk as well, or the store tries again.
        self.overwritten().map(|_| ())
    }

    fn blur(&self, day: Date) {
        let beside = |end: &str| {
            let mut name = self.path.as_os_str().to_owned();
            name.push(end);
            PathBuf::from(name)
        };
        for file in [self.path.clone(), beside("-wal"), beside("-shm")] {
            // A file that is not there has no time; one whose time cannot be set says so at each attempt to come.
            if let Err(error) = set_day(&file, day)
                && error.kind() != io::ErrorKind::NotFound
            {
                tracing::warn!(%error, "the times of the store's files could not be set to the day");
            }
        }
    }
}
