//! Whom has been written to, in SQLite.

use jiff::civil::Date;
use rusqlite::params;

use super::{Sqlite, sql_error};
use crate::store::{StoreError, reminders::Reminders};

impl Reminders for Sqlite {
    fn claim(&self, address: &[u8; 32], day: Date) -> Result<bool, StoreError> {
        self.write(|db| {
            db.execute(
                "INSERT INTO reminder (address, day) VALUES (?1, ?2) \
                 ON CONFLICT (address) DO UPDATE SET day = excluded.day WHERE reminder.day < excluded.day",
                params![address, day.to_string()],
            )
            .map(|rows| rows == 1)
            .map_err(|error| sql_error(&self.place, error))
        })
    }

    fn give_back(&self, address: &[u8; 32], day: Date) -> Result<(), StoreError> {
        self.write(|db| {
            db.execute("DELETE FROM reminder WHERE address = ?1 AND day = ?2", params![address, day.to_string()])
                .map(drop)
                .map_err(|error| sql_error(&self.place, error))
        })
    }
}
