//! Contacts that nobody recorded, in SQLite.

use law::AgencyId;
use record::{ContactId, comparison::Stretch};
use rusqlite::{Connection, ToSql, params};

use super::{Sqlite, sql_error};
use crate::store::{
    Draft, StoreError, prepare, signed,
    unrecorded::{Replaced, Unrecorded, UnrecordedContacts},
    unsigned,
};

/// Deletes an agency's contacts of these days.
pub(super) fn forget(db: &Connection, place: &str, agency: &AgencyId, days: Stretch) -> Result<(), StoreError> {
    let values = params![agency.as_str(), days.from().to_string(), days.through().to_string()];
    db.prepare_cached("DELETE FROM unrecorded WHERE agency = ?1 AND day BETWEEN ?2 AND ?3")
        .and_then(|mut statement| statement.execute(values))
        .map(drop)
        .map_err(|error| sql_error(place, error))
}

impl Sqlite {
    fn read_unrecorded(&self, condition: &str, values: &[&dyn ToSql]) -> Result<Vec<Unrecorded>, StoreError> {
        self.read(|db| {
            let rows: Vec<String> = db
                .prepare_cached(&format!("SELECT data FROM unrecorded WHERE {condition}"))
                .and_then(|mut query| query.query_map(values, |row| row.get(0))?.collect())
                .map_err(|error| sql_error(&self.place, error))?;
            rows.iter().map(|data| Unrecorded::read(&self.place, data)).collect()
        })
    }
}

impl UnrecordedContacts for Sqlite {
    fn keep_lists(
        &self,
        act: &'static str,
        comparisons: Vec<Draft>,
        replaced: &[Replaced],
        by: &[Unrecorded],
    ) -> Result<(), StoreError> {
        let prepared = prepare(act, comparisons)?;
        self.write(|db| {
            let next = self.next_seq(db)?;
            self.keep_act(db, next, prepared)?;
            for Replaced { agency, days } in replaced {
                days.iter().try_for_each(|days| forget(db, &self.place, agency, *days))?;
            }
            for one in by {
                let (day, data, requests) = (one.day.to_string(), one.write(&self.place)?, signed(one.requests));
                let values = params![one.agency.as_str(), day, one.id.as_bytes(), requests, data];
                db.prepare_cached(
                    "INSERT OR REPLACE INTO unrecorded (agency, day, id, requests, data) VALUES (?1, ?2, ?3, ?4, ?5)",
                )
                .and_then(|mut statement| statement.execute(values))
                .map_err(|error| sql_error(&self.place, error))?;
            }
            Ok(())
        })
    }

    fn unrecorded(&self, agency: &AgencyId, limit: usize) -> Result<Vec<Unrecorded>, StoreError> {
        self.read_unrecorded("agency = ?1 ORDER BY day, id LIMIT ?2", &[&agency.as_str(), &signed(limit as u64)])
    }

    fn count_unrecorded(&self, agency: &AgencyId) -> Result<u64, StoreError> {
        self.read(|db| {
            db.query_row("SELECT count(*) FROM unrecorded WHERE agency = ?1", [agency.as_str()], |row| row.get(0))
                .map(unsigned)
                .map_err(|error| sql_error(&self.place, error))
        })
    }

    fn find_unrecorded(&self, id: &ContactId) -> Result<Option<Unrecorded>, StoreError> {
        Ok(self.read_unrecorded("id = ?1", &[id.as_bytes()])?.pop())
    }

    fn all_unrecorded(&self) -> Result<Vec<(ContactId, u64)>, StoreError> {
        self.read(|db| {
            db.prepare_cached("SELECT id, requests FROM unrecorded")
                .and_then(|mut query| {
                    let columns =
                        |row: &rusqlite::Row<'_>| Ok((ContactId::from_bytes(row.get(0)?), unsigned(row.get(1)?)));
                    query.query_map([], columns)?.collect()
                })
                .map_err(|error| sql_error(&self.place, error))
        })
    }

    fn settle_unrecorded(&self, ids: &[ContactId]) -> Result<(), StoreError> {
        self.write(|db| {
            for id in ids {
                db.prepare_cached("DELETE FROM unrecorded WHERE id = ?1")
                    .and_then(|mut statement| statement.execute([id.as_bytes()]))
                    .map_err(|error| sql_error(&self.place, error))?;
            }
            Ok(())
        })
    }
}
