//! Which programs call the interface, in SQLite.

use record::{EntryId, SystemId};
use rusqlite::params;

use super::{Sqlite, sql_error};
use crate::store::{
    Draft, StoreError,
    people::ChangeError,
    prepare, signed,
    systems::{System, Systems},
};

impl Sqlite {
    fn read_systems(&self, condition: &str, values: impl rusqlite::Params) -> Result<Vec<System>, StoreError> {
        self.read(|db| {
            let rows: Vec<_> = db
                .prepare_cached(&format!("SELECT version, token, until, data FROM system {condition}"))
                .and_then(|mut query| {
                    let columns = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?));
                    query.query_map(values, columns)?.collect()
                })
                .map_err(|error| sql_error(&self.place, error))?;
            rows.into_iter().map(|columns| System::read(&self.place, columns)).collect()
        })
    }
}

impl Systems for Sqlite {
    fn systems(&self) -> Result<Vec<System>, StoreError> {
        self.read_systems("ORDER BY id", [])
    }

    fn system(&self, id: &SystemId) -> Result<Option<System>, StoreError> {
        Ok(self.read_systems("WHERE id = ?1", [id.as_bytes()])?.pop())
    }

    fn bearer(&self, hash: &[u8; 32], now: i64) -> Result<Option<System>, StoreError> {
        Ok(self.read_systems("WHERE token = ?1 AND until > ?2", params![hash, now])?.pop())
    }

    fn change_system(&self, act: &'static str, system: &System, entry: Draft) -> Result<EntryId, ChangeError> {
        let prepared = prepare(act, vec![entry])?;
        let data = system.write(&self.place)?;
        let (token, until) = system.token.map_or((None, 0), |token| (Some(token.hash), token.until));
        let sql = |error| sql_error(&self.place, error);
        let mut moved = false;
        let done = self.write(|db| {
            let next = signed(system.version + 1);
            let values = params![system.id.as_bytes(), next, token, until, data];
            let statement = if system.version == 0 {
                "INSERT INTO system (id, version, token, until, data) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (id) DO NOTHING"
            } else {
                "UPDATE system SET version = ?2, token = ?3, until = ?4, data = ?5 WHERE id = ?1 AND version = ?2 - 1"
            };
            if db.execute(statement, values).map_err(sql)? == 0 {
                moved = true;
                return Err(StoreError::Stopped);
            }
            let next = self.next_seq(db)?;
            self.keep_act(db, next, prepared)?.first().copied().ok_or(StoreError::Stopped)
        });
        match done {
            Err(_) if moved => Err(ChangeError::Moved),
            done => Ok(done?),
        }
    }
}
