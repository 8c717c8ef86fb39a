//! Where messages to systems go, and how far each system has been told, as the store keeps it.
//!
//! **Invariants.** Where messages go changes in one transaction with the entry that says so. How far a system was told is a place in
//! the record that only goes forward, moved by whoever sent, against the place and the version that it read: what an older reading
//! would move stays. A new hook begins after its own entry. One process at a time sends ([`Hooks::lease_hooks`]).
//!
//! The store does not know what is sent, nor whether it may be (`hooks`).

use record::{EntryId, Event, SystemId};
use serde::{Deserialize, Serialize};

use super::{Draft, StoreError, people::ChangeError};
use crate::outbound::Address;

/// Where messages to a system go.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Hook {
    /// The system.
    pub system: SystemId,
    /// To where, and of what.
    pub to: Told,
    /// The place in the record up to which it was told of everything.
    pub place: u64,
    /// What stands at that place is not taken; none: nothing stands there, or it was not sent yet.
    pub failing: Option<Failing>,
    /// Since when nothing is sent any more, in seconds since 1970.
    pub suspended: Option<i64>,
    /// How often it was changed, from 1.
    pub version: u64,
}

/// To where a system is told, and of what.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Told {
    /// To where.
    pub address: Address,
    /// Of what.
    pub events: Vec<Event>,
}

/// A message that is not taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Failing {
    /// Since when, in seconds since 1970.
    pub since: i64,
    /// How often it was sent.
    pub attempts: u32,
}

/// What changes about a hook.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum HookChange {
    /// There is one from now on; or, where there was, it goes on from its place, elsewhere or of other events.
    Set(Told),
    /// There is none.
    Removed,
    /// Nothing is sent any more from this moment on, in seconds since 1970; only if it is still at this place and of this version.
    Suspended {
        /// The moment.
        at: i64,
        /// The place.
        place: u64,
        /// The version.
        version: u64,
    },
    /// What waits is sent again.
    Resumed,
}

/// Where messages go, in a store. All calls block.
pub trait Hooks: Send + Sync {
    /// Every hook, in the order of systems' ids.
    ///
    /// # Errors
    /// If the store cannot be read.
    fn hooks(&self) -> Result<Vec<Hook>, StoreError>;

    /// A system's hook.
    ///
    /// # Errors
    /// If the store cannot be read.
    fn hook(&self, system: &SystemId) -> Result<Option<Hook>, StoreError>;

    /// Changes a system's hook with the entry that says so: both or neither; durable on return.
    ///
    /// # Errors
    /// [`ChangeError::Moved`] if there is nothing to change, or what was read is not the newest.
    fn change_hook(
        &self,
        act: &'static str,
        system: &SystemId,
        change: &HookChange,
        entry: Draft,
    ) -> Result<EntryId, ChangeError>;

    /// The system was told of everything before this place. False if it has moved since it was read, or changed. Durable on return.
    ///
    /// # Errors
    /// As [`super::Store::commit`].
    fn told(&self, read: &Hook, place: u64) -> Result<bool, StoreError>;

    /// What stands at its place was not taken. False if it has moved since it was read, or changed. Durable on return.
    ///
    /// # Errors
    /// As [`super::Store::commit`].
    fn not_taken(&self, read: &Hook, failing: Failing) -> Result<bool, StoreError>;

    /// Whether this process may send: it has the lease, or gets it now; as [`super::Store::lease_sequencer`].
    ///
    /// # Errors
    /// As [`super::Store::entries`]; the lease may be lost then.
    fn lease_hooks(&self) -> Result<bool, StoreError> {
        Ok(true)
    }

    /// Lets another process send, if this one has the lease.
    fn give_back_hooks(&self) {}
}

/// A row as both databases give it: version, place, failing, attempts, suspended, data.
pub(super) type Columns = (i64, i64, Option<i64>, i64, Option<i64>, String);

impl Hook {
    pub(super) fn read(place: &str, system: SystemId, columns: Columns) -> Result<Self, StoreError> {
        let (version, at, failing, attempts, suspended, data) = columns;
        let to = serde_json::from_str(&data).map_err(|error| StoreError::backend(place, error))?;
        let attempts = u32::try_from(attempts).unwrap_or(u32::MAX);
        Ok(Self {
            system,
            to,
            place: super::unsigned(at),
            failing: failing.map(|since| Failing { since, attempts }),
            suspended,
            version: super::unsigned(version),
        })
    }
}

impl Told {
    pub(super) fn write(&self, place: &str) -> Result<String, StoreError> {
        serde_json::to_string(self).map_err(|error| StoreError::backend(place, error))
    }
}
