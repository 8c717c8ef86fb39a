//! Contacts that nobody recorded, in SQLite.

use law::AgencyId;
use record::ContactId;
use rusqlite::{ToSql, params};

use super::{Sqlite, sql_error};
use crate::store::{
    StoreError, signed,
    unrecorded::{Replaced, Unrecorded, UnrecordedContacts},
    unsigned,
};

impl Sqlite {
    fn read_unrecorded(&self, rest: &str, values: &[&dyn ToSql]) -> Result<Vec<Unrecorded>, StoreError> {
        self.read(|db| {
            let rows: Vec<String> = db
                .prepare_cached(&format!("SELECT data FROM unrecorded WHERE agency = ?1 {rest}"))
                .and_then(|mut query| query.query_map(values, |row| row.get(0))?.collect())
                .map_err(|error| sql_error(&self.place, error))?;
            rows.iter().map(|data| Unrecorded::read(&self.place, data)).collect()
        })
    }
}

impl UnrecordedContacts for Sqlite {
    fn replace_unrecorded(&self, replaced: &[Replaced], by: &[Unrecorded]) -> Result<(), StoreError> {
        let sql = |error| sql_error(&self.place, error);
        self.write(|db| {
            for Replaced { agency, days } in replaced {
                for stretch in days {
                    let values = params![agency.as_str(), stretch.from().to_string(), stretch.through().to_string()];
                    db.prepare_cached("DELETE FROM unrecorded WHERE agency = ?1 AND day BETWEEN ?2 AND ?3")
                        .and_then(|mut statement| statement.execute(values))
                        .map_err(sql)?;
                }
            }
            for one in by {
                let (day, data) = (one.day.to_string(), one.write(&self.place)?);
                db.prepare_cached("INSERT OR REPLACE INTO unrecorded (agency, id, day, data) VALUES (?1, ?2, ?3, ?4)")
                    .and_then(|mut statement| {
                        statement.execute(params![one.agency.as_str(), one.id.as_bytes(), day, data])
                    })
                    .map_err(sql)?;
            }
            Ok(())
        })
    }

    fn unrecorded(&self, agency: &AgencyId, limit: usize) -> Result<Vec<Unrecorded>, StoreError> {
        self.read_unrecorded("ORDER BY day, id LIMIT ?2", &[&agency.as_str(), &signed(limit as u64)])
    }

    fn count_unrecorded(&self, agency: &AgencyId) -> Result<u64, StoreError> {
        self.read(|db| {
            db.query_row("SELECT count(*) FROM unrecorded WHERE agency = ?1", [agency.as_str()], |row| row.get(0))
                .map(unsigned)
                .map_err(|error| sql_error(&self.place, error))
        })
    }

    fn find_unrecorded(&self, agency: &AgencyId, id: &ContactId) -> Result<Option<Unrecorded>, StoreError> {
        Ok(self.read_unrecorded("AND id = ?2", &[&agency.as_str(), id.as_bytes()])?.pop())
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
