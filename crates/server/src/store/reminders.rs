//! On which day an address was last written to, so that nobody is written to twice on one, however often and on however many machines
//! the server runs.
//!
//! **Invariant.** The day is claimed before the mail is sent, by one caller alone: a process that dies between the two has sent nothing
//! that day, and nothing is ever sent twice. A day before the last one is never claimed, whatever a clock says.

use jiff::civil::Date;

use super::StoreError;

/// Whom has been written to, in a store. All calls block.
pub trait Reminders: Send + Sync {
    /// Claims the day for an address, given as a hash; true to one caller alone. Durable on return.
    ///
    /// # Errors
    /// As [`super::Store::commit`].
    fn claim(&self, address: &[u8; 32], day: Date) -> Result<bool, StoreError>;

    /// Gives a claimed day back, since nothing was sent.
    ///
    /// # Errors
    /// As [`super::Store::commit`].
    fn give_back(&self, address: &[u8; 32], day: Date) -> Result<(), StoreError>;
}
