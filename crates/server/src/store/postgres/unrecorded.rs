//! Contacts that nobody recorded, in PostgreSQL.

use ::postgres::types::ToSql;
use law::AgencyId;
use record::ContactId;

use super::Postgres;
use crate::store::{
    StoreError, signed,
    unrecorded::{Replaced, Unrecorded, UnrecordedContacts},
    unsigned,
};

impl Postgres {
    fn read_unrecorded(&self, rest: &str, values: &[&(dyn ToSql + Sync)]) -> Result<Vec<Unrecorded>, StoreError> {
        self.with(|db| {
            let statement = format!("SELECT data FROM vouchsafe.unrecorded WHERE agency = $1 {rest}");
            let rows = db.query(&statement, values).map_err(|error| self.error(error))?;
            rows.iter().map(|row| Unrecorded::read(&self.place, row.get(0))).collect()
        })
    }
}

impl UnrecordedContacts for Postgres {
    fn replace_unrecorded(&self, replaced: &[Replaced], by: &[Unrecorded]) -> Result<(), StoreError> {
        self.write(|db| {
            // The end of the record first, as every writer does, so that no two wait for each other.
            self.lock_tail(db)?;
            for Replaced { agency, days } in replaced {
                for stretch in days {
                    let (from, through) = (stretch.from().to_string(), stretch.through().to_string());
                    db.execute(
                        "DELETE FROM vouchsafe.unrecorded WHERE agency = $1 AND day BETWEEN $2 AND $3",
                        &[&agency.as_str(), &from, &through],
                    )
                    .map_err(|error| self.error(error))?;
                }
            }
            for one in by {
                let (day, data) = (one.day.to_string(), one.write(&self.place)?);
                db.execute(
                    "INSERT INTO vouchsafe.unrecorded (agency, id, day, data) VALUES ($1, $2, $3, $4) \
                     ON CONFLICT (agency, id) DO UPDATE SET day = excluded.day, data = excluded.data",
                    &[&one.agency.as_str(), &one.id.as_bytes().as_slice(), &day, &data],
                )
                .map_err(|error| self.error(error))?;
            }
            Ok(())
        })
    }

    fn unrecorded(&self, agency: &AgencyId, limit: usize) -> Result<Vec<Unrecorded>, StoreError> {
        self.read_unrecorded("ORDER BY day, id LIMIT $2", &[&agency.as_str(), &signed(limit as u64)])
    }

    fn count_unrecorded(&self, agency: &AgencyId) -> Result<u64, StoreError> {
        self.with(|db| {
            db.query_one("SELECT count(*) FROM vouchsafe.unrecorded WHERE agency = $1", &[&agency.as_str()])
                .map(|row| unsigned(row.get(0)))
                .map_err(|error| self.error(error))
        })
    }

    fn find_unrecorded(&self, agency: &AgencyId, id: &ContactId) -> Result<Option<Unrecorded>, StoreError> {
        Ok(self.read_unrecorded("AND id = $2", &[&agency.as_str(), &id.as_bytes().as_slice()])?.pop())
    }

    fn settle_unrecorded(&self, ids: &[ContactId]) -> Result<(), StoreError> {
        let ids: Vec<&[u8]> = ids.iter().map(|id| id.as_bytes().as_slice()).collect();
        self.write(|db| {
            self.lock_tail(db)?;
            db.execute("DELETE FROM vouchsafe.unrecorded WHERE id = ANY($1)", &[&ids])
                .map(drop)
                .map_err(|error| self.error(error))
        })
    }
}
