//! Contacts that nobody recorded, in PostgreSQL.

use ::postgres::{Transaction, types::ToSql};
use law::AgencyId;
use record::{ContactId, comparison::Stretch};

use super::Postgres;
use crate::store::{
    Draft, StoreError, prepare, signed,
    unrecorded::{Replaced, Unrecorded, UnrecordedContacts},
    unsigned,
};

impl Postgres {
    /// Deletes an agency's contacts of these days.
    pub(super) fn forget_unrecorded(
        &self,
        db: &mut Transaction<'_>,
        agency: &AgencyId,
        days: Stretch,
    ) -> Result<(), StoreError> {
        let (from, through) = (days.from().to_string(), days.through().to_string());
        let statement = "DELETE FROM vouchsafe.unrecorded WHERE agency = $1 AND day BETWEEN $2 AND $3";
        db.execute(statement, &[&agency.as_str(), &from, &through]).map(drop).map_err(|error| self.error(error))
    }

    fn read_unrecorded(&self, condition: &str, values: &[&(dyn ToSql + Sync)]) -> Result<Vec<Unrecorded>, StoreError> {
        self.with(|db| {
            let statement = format!("SELECT data FROM vouchsafe.unrecorded WHERE {condition}");
            let rows = db.query(&statement, values).map_err(|error| self.error(error))?;
            rows.iter().map(|row| Unrecorded::read(&self.place, row.get(0))).collect()
        })
    }
}

impl UnrecordedContacts for Postgres {
    fn keep_lists(
        &self,
        act: &'static str,
        comparisons: Vec<Draft>,
        replaced: &[Replaced],
        by: &[Unrecorded],
    ) -> Result<(), StoreError> {
        let prepared = prepare(act, comparisons)?;
        let agencies: Vec<&str> = by.iter().map(|one| one.agency.as_str()).collect();
        let days: Vec<String> = by.iter().map(|one| one.day.to_string()).collect();
        let ids: Vec<&[u8]> = by.iter().map(|one| one.id.as_bytes().as_slice()).collect();
        let requests: Vec<i64> = by.iter().map(|one| signed(one.requests)).collect();
        let data = by.iter().map(|one| one.write(&self.place)).collect::<Result<Vec<String>, _>>()?;
        self.write(|db| {
            // The end of the record first, as every writer does, so that no two wait for each other.
            let next = self.lock_tail(db)?;
            self.keep_act(db, next, prepared)?;
            for Replaced { agency, days } in replaced {
                days.iter().try_for_each(|days| self.forget_unrecorded(db, agency, *days))?;
            }
            db.execute(
                "INSERT INTO vouchsafe.unrecorded (agency, day, id, requests, data) \
                 SELECT * FROM unnest($1::text[], $2::text[], $3::bytea[], $4::bigint[], $5::text[]) \
                 ON CONFLICT (agency, day, id) DO UPDATE SET requests = excluded.requests, data = excluded.data",
                &[&agencies, &days, &ids, &requests, &data],
            )
            .map_err(|error| self.error(error))?;
            Ok(())
        })
    }

    fn unrecorded(&self, agency: &AgencyId, limit: usize) -> Result<Vec<Unrecorded>, StoreError> {
        self.read_unrecorded("agency = $1 ORDER BY day, id LIMIT $2", &[&agency.as_str(), &signed(limit as u64)])
    }

    fn count_unrecorded(&self, agency: &AgencyId) -> Result<u64, StoreError> {
        self.with(|db| {
            db.query_one("SELECT count(*) FROM vouchsafe.unrecorded WHERE agency = $1", &[&agency.as_str()])
                .map(|row| unsigned(row.get(0)))
                .map_err(|error| self.error(error))
        })
    }

    fn find_unrecorded(&self, id: &ContactId) -> Result<Option<Unrecorded>, StoreError> {
        Ok(self.read_unrecorded("id = $1", &[&id.as_bytes().as_slice()])?.pop())
    }

    fn all_unrecorded(&self) -> Result<Vec<(ContactId, u64)>, StoreError> {
        self.with(|db| {
            let rows =
                db.query("SELECT id, requests FROM vouchsafe.unrecorded", &[]).map_err(|error| self.error(error))?;
            rows.iter().map(|row| Ok((ContactId::from_bytes(self.bytes(row, 0)?), unsigned(row.get(1))))).collect()
        })
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
