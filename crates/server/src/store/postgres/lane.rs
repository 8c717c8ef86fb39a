//! The reports' own lane in PostgreSQL. Whoever accepts or withdraws shares the row of the last ended day; whoever ends or closes
//! days has it alone.

use ::postgres::{GenericClient, Row as SqlRow, Transaction, types::ToSql};
use jiff::civil::Date;
use record::{Leaf, ReportId};
use seal::{ContentId, leaf::Blind, receipt::Mailbox};

use super::Postgres;
use crate::store::{
    StoreError,
    lane::{
        AcceptError, CLOSE, ClosedDay, Kept, Lane, LaneDb, NewReport, Place, Report, accept_one, entries, joined,
        parted,
    },
    signed, unsigned,
};

const REPORT: &str = "SELECT id, day, mailbox, blind, leaf, envelope, attachments, segment, at_byte, bytes, withdrawn, closed \
     FROM vouchsafe.report ";
const INSERT: &str = "INSERT INTO vouchsafe.report (id, day, mailbox, blind, leaf, envelope, attachments, segment, at_byte, \
     bytes, withdrawn, closed) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
const INSERT_MAILBOX: &str = "INSERT INTO vouchsafe.mailbox (mailbox, return_key) VALUES ($1, $2)";

impl Postgres {
    fn day_of(&self, text: &str) -> Result<Date, StoreError> {
        text.parse().map_err(|error: jiff::Error| StoreError::backend(&self.place, error))
    }

    fn report_of(&self, row: &SqlRow) -> Result<Report, StoreError> {
        let some = |column: usize| row.get::<_, Option<&[u8]>>(column).is_some();
        let place = if some(7) {
            Some(Place { segment: self.bytes(row, 7)?, at: unsigned(row.get(8)), bytes: unsigned(row.get(9)) })
        } else {
            None
        };
        Ok(Report {
            id: ReportId::from_bytes(self.bytes(row, 0)?),
            day: self.day_of(row.get(1))?,
            mailbox: Mailbox::new(self.bytes(row, 2)?),
            blind: if some(3) { Some(Blind::new(self.bytes(row, 3)?)) } else { None },
            leaf: Leaf::from_bytes(self.bytes(row, 4)?),
            envelope: ContentId::from_hash(self.bytes(row, 5)?),
            // The schema's own check holds that names are whole.
            attachments: parted(row.get(6)).unwrap_or_default(),
            place,
            withdrawn: row.get::<_, Option<&str>>(10).map(|text| self.day_of(text)).transpose()?,
            closed: row.get::<_, i64>(11) == 1,
        })
    }

    fn lane_reports(
        &self,
        db: &mut impl GenericClient,
        condition: &str,
        values: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Report>, StoreError> {
        let rows = db.query(&format!("{REPORT}{condition}"), values).map_err(|error| self.error(error))?;
        rows.iter().map(|row| self.report_of(row)).collect()
    }

    fn lane_key(&self, db: &mut impl GenericClient, mailbox: &Mailbox) -> Result<Option<[u8; 32]>, StoreError> {
        let sql = "SELECT return_key FROM vouchsafe.mailbox WHERE mailbox = $1";
        let row = db.query_opt(sql, &[&mailbox.as_bytes().as_slice()]).map_err(|error| self.error(error))?;
        row.map(|row| self.bytes(&row, 0)).transpose()
    }

    /// The last ended day, with this lock on its row.
    fn ended_day(&self, db: &mut impl GenericClient, lock: &str) -> Result<Option<Date>, StoreError> {
        let sql = format!("SELECT day FROM vouchsafe.ended_day WHERE single = 1 {lock}");
        let row = db.query_one(&sql, &[]).map_err(|error| self.error(error))?;
        row.get::<_, Option<&str>>(0).map(|text| self.day_of(text)).transpose()
    }

    fn lane_insert(&self, db: &mut Transaction<'_>, report: &Report) -> Result<(), StoreError> {
        let blind = report.blind.as_ref().map(|blind| blind.as_bytes().as_slice());
        let (segment, at, bytes) = match &report.place {
            Some(place) => (Some(place.segment.as_slice()), Some(signed(place.at)), Some(signed(place.bytes))),
            None => (None, None, None),
        };
        db.execute(
            INSERT,
            &[
                &report.id.as_bytes().as_slice(),
                &report.day.to_string(),
                &report.mailbox.as_bytes().as_slice(),
                &blind,
                &report.leaf.as_bytes().as_slice(),
                &report.envelope.as_bytes().as_slice(),
                &joined(&report.attachments),
                &segment,
                &at,
                &bytes,
                &report.withdrawn.map(|day| day.to_string()),
                &i64::from(report.closed),
            ],
        )
        .map_err(|error| self.error(error))?;
        Ok(())
    }
}

struct Db<'a, 'b> {
    store: &'a Postgres,
    db: &'a mut Transaction<'b>,
}

impl LaneDb for Db<'_, '_> {
    fn ended(&mut self) -> Result<Option<Date>, StoreError> {
        self.store.ended_day(self.db, "FOR SHARE")
    }

    fn find(&mut self, id: &ReportId) -> Result<Option<Report>, StoreError> {
        Ok(self.store.lane_reports(self.db, "WHERE id = $1", &[&id.as_bytes().as_slice()])?.pop())
    }

    fn key_of(&mut self, mailbox: &Mailbox) -> Result<Option<[u8; 32]>, StoreError> {
        self.store.lane_key(self.db, mailbox)
    }

    fn keep(&mut self, new: &NewReport, new_mailbox: bool) -> Result<(), StoreError> {
        if new_mailbox {
            let key = new.return_key.as_slice();
            self.db
                .execute(INSERT_MAILBOX, &[&new.report.mailbox.as_bytes().as_slice(), &key])
                .map_err(|error| self.store.error(error))?;
        }
        self.store.lane_insert(self.db, &new.report)
    }
}

impl Lane for Postgres {
    fn accept(&self, reports: &[NewReport]) -> Vec<Result<Kept, AcceptError>> {
        let done = self.write(|db| {
            let mut db = Db { store: self, db };
            // The lock comes first, so that two who accept the same report come one after the other only at their keys.
            db.ended()?;
            reports.iter().map(|new| accept_one(&mut db, new)).collect::<Result<Vec<_>, _>>()
        });
        done.unwrap_or_else(|error| reports.iter().map(|_| Err(error.clone().into())).collect())
    }

    fn return_key(&self, mailbox: &Mailbox) -> Result<Option<[u8; 32]>, StoreError> {
        self.with(|client| self.lane_key(client, mailbox))
    }

    fn report(&self, id: &ReportId) -> Result<Option<Report>, StoreError> {
        self.with(|client| Ok(self.lane_reports(client, "WHERE id = $1", &[&id.as_bytes().as_slice()])?.pop()))
    }

    fn reports(&self, day: Option<Date>) -> Result<Vec<Report>, StoreError> {
        self.with(|client| match day {
            Some(day) => self.lane_reports(client, "WHERE day = $1 ORDER BY id", &[&day.to_string()]),
            None => self.lane_reports(client, "ORDER BY day, id", &[]),
        })
    }

    fn reports_of(&self, mailbox: &Mailbox, skip: u32, at_most: u32) -> Result<Vec<Report>, StoreError> {
        const OF: &str = "WHERE mailbox = $1 AND blind IS NOT NULL ORDER BY day, id LIMIT $2 OFFSET $3";
        let (mailbox, skip, at_most) = (mailbox.as_bytes().as_slice(), i64::from(skip), i64::from(at_most));
        self.with(|client| self.lane_reports(client, OF, &[&mailbox, &at_most, &skip]))
    }

    fn ended(&self) -> Result<Option<Date>, StoreError> {
        self.with(|client| self.ended_day(client, ""))
    }

    fn end_days(&self, through: Date) -> Result<Vec<Date>, StoreError> {
        self.write(|db| {
            let sql = |error| self.error(error);
            self.ended_day(db, "FOR UPDATE")?;
            // Texts of one length compare as the days do; the collation must not matter.
            db.execute(
                "UPDATE vouchsafe.ended_day SET day = $1 WHERE day IS NULL OR day COLLATE \"C\" < $1",
                &[&through.to_string()],
            )
            .map_err(sql)?;
            let open = db
                .query(
                    "SELECT DISTINCT day FROM vouchsafe.report WHERE closed = 0 \
                     AND day COLLATE \"C\" <= (SELECT day FROM vouchsafe.ended_day) ORDER BY day",
                    &[],
                )
                .map_err(sql)?;
            open.iter().map(|row| self.day_of(row.get(0))).collect()
        })
    }

    fn close(&self, day: Date, places: &dyn Fn(&ReportId) -> Option<Place>) -> Result<u64, StoreError> {
        let closed = self.write(|db| {
            let sql = |error| self.error(error);
            let first = self.lock_tail(db)?;
            if self.ended_day(db, "FOR UPDATE")?.is_none_or(|through| day > through) {
                return Ok(0);
            }
            let open = self.lane_reports(db, "WHERE day = $1 AND closed = 0 ORDER BY id", &[&day.to_string()])?;
            if open.is_empty() {
                return Ok(0);
            }
            let rows: Vec<_> = entries(&self.place, &open)?.into_iter().map(|row| (CLOSE, row)).collect();
            let count = rows.len() as u64;
            self.insert(db, first, &rows)?;
            let mut keys = Vec::with_capacity(open.len());
            for report in &open {
                if let Some(key) = self.lane_key(db, &report.mailbox)? {
                    keys.push((report.mailbox, key));
                }
            }
            keys.sort_unstable_by_key(|(mailbox, _)| *mailbox);
            keys.dedup_by_key(|(mailbox, _)| *mailbox);
            let names: Vec<&[u8]> = keys.iter().map(|(mailbox, _)| mailbox.as_bytes().as_slice()).collect();
            db.execute("DELETE FROM vouchsafe.report WHERE day = $1 AND closed = 0", &[&day.to_string()])
                .map_err(sql)?;
            db.execute("DELETE FROM vouchsafe.mailbox WHERE mailbox = ANY($1)", &[&names]).map_err(sql)?;
            for (mailbox, key) in &keys {
                db.execute(INSERT_MAILBOX, &[&mailbox.as_bytes().as_slice(), &key.as_slice()]).map_err(sql)?;
            }
            for mut report in open {
                report.place = report.place.and(places(&report.id)).or(report.place);
                report.closed = true;
                self.lane_insert(db, &report)?;
            }
            db.execute(
                "INSERT INTO vouchsafe.closed_day (day, first_seq, count) VALUES ($1, $2, $3)",
                &[&day.to_string(), &signed(first), &signed(count)],
            )
            .map_err(sql)?;
            Ok(count)
        })?;
        // The old rows lie in the heap in their order of arrival until their place is freed and written over.
        if closed > 0 {
            self.free();
        }
        Ok(closed)
    }

    fn closed_day(&self, day: Date) -> Result<Option<ClosedDay>, StoreError> {
        self.with(|client| {
            let found = client
                .query_opt(
                    "SELECT log_index, count FROM vouchsafe.closed_day \
                     LEFT JOIN vouchsafe.log_place ON log_place.seq = first_seq WHERE day = $1",
                    &[&day.to_string()],
                )
                .map_err(|error| self.error(error))?;
            if let Some(row) = found {
                let first = row.get::<_, Option<i64>>(0).map(unsigned);
                return Ok(Some(ClosedDay { first, count: unsigned(row.get(1)) }));
            }
            let open: bool = client
                .query_one("SELECT EXISTS (SELECT 1 FROM vouchsafe.report WHERE day = $1)", &[&day.to_string()])
                .map_err(|error| self.error(error))?
                .get(0);
            let ended = self.ended_day(client, "")?.is_some_and(|through| day <= through);
            Ok((ended && !open).then_some(ClosedDay { first: None, count: 0 }))
        })
    }

    fn withdraw(&self, mailbox: &Mailbox, day: Date) -> Result<(), StoreError> {
        self.write(|db| {
            // Closing a day writes its rows anew: a change of the old ones in between would be a change of nothing.
            self.ended_day(db, "FOR SHARE")?;
            db.execute(
                "UPDATE vouchsafe.report SET withdrawn = $1 WHERE mailbox = $2 AND withdrawn IS NULL",
                &[&day.to_string(), &mailbox.as_bytes().as_slice()],
            )
            .map_err(|error| self.error(error))?;
            Ok(())
        })
    }

    fn erased(&self) -> Result<Vec<Report>, StoreError> {
        self.with(|client| self.lane_reports(client, "WHERE blind IS NULL AND segment IS NOT NULL ORDER BY id", &[]))
    }

    fn bytes_gone(&self, id: &ReportId) -> Result<(), StoreError> {
        self.write(|db| {
            let nothing = [0_u8; 32];
            db.execute(
                "UPDATE vouchsafe.report SET segment = NULL, at_byte = NULL, bytes = NULL, envelope = $2, attachments = '' \
                 WHERE id = $1 AND blind IS NULL",
                &[&id.as_bytes().as_slice(), &nothing.as_slice()],
            )
            .map_err(|error| self.error(error))?;
            Ok(())
        })
    }
}
