//! Whom has been written to, in PostgreSQL.

use jiff::civil::Date;

use super::Postgres;
use crate::store::{StoreError, reminders::Reminders};

impl Reminders for Postgres {
    fn claim(&self, address: &[u8; 32], day: Date) -> Result<bool, StoreError> {
        self.write(|db| {
            db.execute(
                "INSERT INTO vouchsafe.reminder (address, day) VALUES ($1, $2) \
                 ON CONFLICT (address) DO UPDATE SET day = excluded.day WHERE reminder.day < excluded.day",
                &[&address.as_slice(), &day.to_string()],
            )
            .map(|rows| rows == 1)
            .map_err(|error| self.error(error))
        })
    }

    fn give_back(&self, address: &[u8; 32], day: Date) -> Result<(), StoreError> {
        self.write(|db| {
            db.execute(
                "DELETE FROM vouchsafe.reminder WHERE address = $1 AND day = $2",
                &[&address.as_slice(), &day.to_string()],
            )
            .map(drop)
            .map_err(|error| self.error(error))
        })
    }
}
