//! Where messages to systems go, in PostgreSQL.

use std::sync::PoisonError;

use ::postgres::types::ToSql;
use record::{EntryId, SystemId};

use super::{HOOKS_LOCK, Postgres};
use crate::store::{
    Draft, StoreError,
    hooks::{Failing, Hook, HookChange, Hooks},
    people::ChangeError,
    prepare, signed,
};

impl Postgres {
    fn read_hooks(&self, condition: &str, values: &[&(dyn ToSql + Sync)]) -> Result<Vec<Hook>, StoreError> {
        self.with(|client| {
            let sql = format!(
                "SELECT system, version, place, failing, attempts, suspended, data FROM vouchsafe.hook {condition}"
            );
            let rows = client.query(&sql, values).map_err(|error| self.error(error))?;
            let read = |row: &::postgres::Row| {
                let system = SystemId::from_bytes(self.bytes(row, 0)?);
                Hook::read(
                    &self.place,
                    system,
                    (row.get(1), row.get(2), row.get(3), row.get(4), row.get(5), row.get(6)),
                )
            };
            rows.iter().map(read).collect()
        })
    }
}

impl Hooks for Postgres {
    fn hooks(&self) -> Result<Vec<Hook>, StoreError> {
        self.read_hooks("ORDER BY system", &[])
    }

    fn hook(&self, system: &SystemId) -> Result<Option<Hook>, StoreError> {
        Ok(self.read_hooks("WHERE system = $1", &[&system.as_bytes().as_slice()])?.pop())
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
        let id = system.as_bytes().as_slice();
        let mut moved = false;
        let done = self.write(|db| {
            // The end of the record first, as every writer does, so that no two wait for each other.
            let next = self.lock_tail(db)?;
            let changed = match change {
                HookChange::Set(_) => db.execute(
                    "INSERT INTO vouchsafe.hook AS old (system, version, place, failing, attempts, suspended, data) \
                     VALUES ($1, 1, $2, NULL, 0, NULL, $3) ON CONFLICT (system) DO UPDATE SET \
                     version = old.version + 1, failing = NULL, attempts = 0, suspended = NULL, data = excluded.data",
                    &[&id, &signed(next + 1), &data],
                ),
                HookChange::Removed => db.execute("DELETE FROM vouchsafe.hook WHERE system = $1", &[&id]),
                HookChange::Suspended { at, place, version } => db.execute(
                    "UPDATE vouchsafe.hook SET version = version + 1, suspended = $2 \
                     WHERE system = $1 AND place = $3 AND version = $4 AND suspended IS NULL",
                    &[&id, at, &signed(*place), &signed(*version)],
                ),
                HookChange::Resumed => db.execute(
                    "UPDATE vouchsafe.hook SET version = version + 1, failing = NULL, attempts = 0, suspended = NULL \
                     WHERE system = $1 AND suspended IS NOT NULL",
                    &[&id],
                ),
            };
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

    fn told(&self, read: &Hook, place: u64) -> Result<bool, StoreError> {
        self.write(|db| {
            db.execute(
                "UPDATE vouchsafe.hook SET place = $4, failing = NULL, attempts = 0 \
                 WHERE system = $1 AND version = $2 AND place = $3 AND place < $4",
                &[&read.system.as_bytes().as_slice(), &signed(read.version), &signed(read.place), &signed(place)],
            )
            .map(|rows| rows == 1)
            .map_err(|error| self.error(error))
        })
    }

    fn not_taken(&self, read: &Hook, failing: Failing) -> Result<bool, StoreError> {
        self.write(|db| {
            db.execute(
                "UPDATE vouchsafe.hook SET failing = $4, attempts = $5 \
                 WHERE system = $1 AND version = $2 AND place = $3",
                &[
                    &read.system.as_bytes().as_slice(),
                    &signed(read.version),
                    &signed(read.place),
                    &failing.since,
                    &i64::from(failing.attempts),
                ],
            )
            .map(|rows| rows == 1)
            .map_err(|error| self.error(error))
        })
    }

    fn lease_hooks(&self) -> Result<bool, StoreError> {
        self.lease(&self.hooks_lease, HOOKS_LOCK)
    }

    fn give_back_hooks(&self) {
        // The lock ends with its session.
        drop(self.hooks_lease.lock().unwrap_or_else(PoisonError::into_inner).take());
    }
}
