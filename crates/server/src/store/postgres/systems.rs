//! Which programs call the interface, in PostgreSQL.

use ::postgres::types::ToSql;
use record::{EntryId, SystemId};

use super::Postgres;
use crate::store::{
    Draft, StoreError,
    people::ChangeError,
    prepare, signed,
    systems::{System, Systems},
};

impl Postgres {
    fn read_systems(&self, condition: &str, values: &[&(dyn ToSql + Sync)]) -> Result<Vec<System>, StoreError> {
        self.with(|client| {
            let sql = format!("SELECT version, token, until, data FROM vouchsafe.system {condition}");
            let rows = client.query(&sql, values).map_err(|error| self.error(error))?;
            let read = |row: &::postgres::Row| {
                let token = match row.get::<_, Option<&[u8]>>(1) {
                    Some(_) => Some(self.bytes(row, 1)?),
                    None => None,
                };
                System::read(&self.place, (row.get(0), token, row.get(2), row.get(3)))
            };
            rows.iter().map(read).collect()
        })
    }
}

impl Systems for Postgres {
    fn systems(&self) -> Result<Vec<System>, StoreError> {
        self.read_systems("ORDER BY id", &[])
    }

    fn system(&self, id: &SystemId) -> Result<Option<System>, StoreError> {
        Ok(self.read_systems("WHERE id = $1", &[&id.as_bytes().as_slice()])?.pop())
    }

    fn bearer(&self, hash: &[u8; 32], now: i64) -> Result<Option<System>, StoreError> {
        Ok(self.read_systems("WHERE token = $1 AND until > $2", &[&hash.as_slice(), &now])?.pop())
    }

    fn change_system(&self, act: &'static str, system: &System, entry: Draft) -> Result<EntryId, ChangeError> {
        let prepared = prepare(act, vec![entry])?;
        let data = system.write(&self.place)?;
        let (token, until) = match &system.token {
            Some(token) => (Some(token.hash.as_slice()), token.until),
            None => (None, 0),
        };
        let mut moved = false;
        let done = self.write(|db| {
            // The end of the record first, as every writer does, so that no two wait for each other.
            let next = self.lock_tail(db)?;
            let (id, version) = (system.id.as_bytes().as_slice(), signed(system.version + 1));
            let statement = if system.version == 0 {
                "INSERT INTO vouchsafe.system (id, version, token, until, data) VALUES ($1, $2, $3, $4, $5) \
                 ON CONFLICT (id) DO NOTHING"
            } else {
                "UPDATE vouchsafe.system SET version = $2, token = $3, until = $4, data = $5 \
                 WHERE id = $1 AND version + 1 = $2"
            };
            let changed = db.execute(statement, &[&id, &version, &token, &until, &data]);
            if changed.map_err(|error| self.error(error))? == 0 {
                moved = true;
                return Err(StoreError::Stopped);
            }
            self.keep_act(db, next, prepared)?.first().copied().ok_or(StoreError::Stopped)
        });
        match done {
            Err(_) if moved => Err(ChangeError::Moved),
            done => Ok(done?),
        }
    }
}
