//! Where messages to systems go, in SQLite.

use record::{EntryId, SystemId};
use rusqlite::params;

use super::{Sqlite, sql_error};
use crate::store::{
    Draft, StoreError,
    hooks::{Failing, Hook, HookChange, Hooks},
    people::ChangeError,
    prepare, signed,
};

impl Sqlite {
    fn read_hooks(&self, condition: &str, values: impl rusqlite::Params) -> Result<Vec<Hook>, StoreError> {
        self.read(|db| {
            let sql =
                format!("SELECT system, version, place, failing, attempts, suspended, data FROM hook {condition}");
            let rows: Vec<_> = db
                .prepare_cached(&sql)
                .and_then(|mut query| {
                    let columns = |row: &rusqlite::Row<'_>| {
                        let system = row.get(0).map(SystemId::from_bytes)?;
                        Ok((system, (row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?, row.get(6)?)))
                    };
                    query.query_map(values, columns)?.collect()
                })
                .map_err(|error| sql_error(&self.place, error))?;
            rows.into_iter().map(|(system, columns)| Hook::read(&self.place, system, columns)).collect()
        })
    }
}

impl Hooks for Sqlite {
    fn hooks(&self) -> Result<Vec<Hook>, StoreError> {
        self.read_hooks("ORDER BY system", [])
    }

    fn hook(&self, system: &SystemId) -> Result<Option<Hook>, StoreError> {
        Ok(self.read_hooks("WHERE system = ?1", [system.as_bytes()])?.pop())
    }

    fn change_hook(
        &self,
        act: &'static str,
        system: &SystemId,
        change: &HookChange,
        entry: Draft,
    ) -> Result<EntryId, ChangeError> {
        let prepared = prepare(act, vec![entry])?;
        let data = if let HookChange::Set(told) = change { told.write(&self.place)? } else { String::new() };
        let id = system.as_bytes();
        let mut moved = false;
        let done = self.write(|db| {
            let next = self.next_seq(db)?;
            let changed = match change {
                HookChange::Set(_) => db.execute(
                    "INSERT INTO hook (system, version, place, failing, attempts, suspended, data) \
                     VALUES (?1, 1, ?2, NULL, 0, NULL, ?3) ON CONFLICT (system) DO UPDATE SET \
                     version = version + 1, failing = NULL, attempts = 0, suspended = NULL, data = excluded.data",
                    params![id, signed(next + 1), data],
                ),
                HookChange::Removed => db.execute("DELETE FROM hook WHERE system = ?1", [id]),
                HookChange::Suspended { at, place, version } => db.execute(
                    "UPDATE hook SET version = version + 1, suspended = ?2 \
                     WHERE system = ?1 AND place = ?3 AND version = ?4 AND suspended IS NULL",
                    params![id, at, signed(*place), signed(*version)],
                ),
                HookChange::Resumed => db.execute(
                    "UPDATE hook SET version = version + 1, failing = NULL, attempts = 0, suspended = NULL \
                     WHERE system = ?1 AND suspended IS NOT NULL",
                    [id],
                ),
            };
            if changed.map_err(|error| sql_error(&self.place, error))? == 0 {
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

    fn told(&self, read: &Hook, place: u64) -> Result<bool, StoreError> {
        self.write(|db| {
            db.prepare_cached(
                "UPDATE hook SET place = ?4, failing = NULL, attempts = 0 \
                 WHERE system = ?1 AND version = ?2 AND place = ?3 AND place < ?4",
            )
            .and_then(|mut update| {
                update.execute(params![read.system.as_bytes(), signed(read.version), signed(read.place), signed(place)])
            })
            .map(|rows| rows == 1)
            .map_err(|error| sql_error(&self.place, error))
        })
    }

    fn not_taken(&self, read: &Hook, failing: Failing) -> Result<bool, StoreError> {
        self.write(|db| {
            db.execute(
                "UPDATE hook SET failing = ?4, attempts = ?5 WHERE system = ?1 AND version = ?2 AND place = ?3",
                params![
                    read.system.as_bytes(),
                    signed(read.version),
                    signed(read.place),
                    failing.since,
                    i64::from(failing.attempts)
                ],
            )
            .map(|rows| rows == 1)
            .map_err(|error| sql_error(&self.place, error))
        })
    }
}
