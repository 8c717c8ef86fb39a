//! Which programs of the city call the interface, as the store keeps them.
//!
//! **Invariants.** A system is changed whole, against the version that was read, in one transaction with the entry that says so. Its
//! token is found by its hash in one look-up and by nothing else, for every process that serves the store: what is revoked or replaced
//! is gone for all of them at once. The store holds no token.
//!
//! The store does not know what a system may do (`access`).

use record::{EntryId, Private, SystemId, Use};
use serde::{Deserialize, Serialize};

use super::{Draft, StoreError, people::ChangeError};

/// A program of the city.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct System {
    /// Which: the name under which its keys of repeated calls stand, too.
    pub id: SystemId,
    /// What it is called.
    pub name: Private,
    /// The one agency for which it speaks.
    pub agency: law::AgencyId,
    /// What it may do.
    pub uses: Vec<Use>,
    /// Its token; none once it is revoked.
    #[serde(skip)]
    pub token: Option<Token>,
    /// How often it was changed; 0 for one that is new.
    #[serde(skip)]
    pub version: u64,
}

/// A token as the store knows it.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Token {
    /// SHA-256 of what its holder has.
    pub hash: [u8; 32],
    /// When it ends, in seconds since 1970.
    pub until: i64,
}

/// Which, never by what it is known.
impl std::fmt::Debug for System {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let token = if self.token.is_some() { "a token" } else { "no token" };
        write!(f, "System({}, {} uses, {token})", self.id, self.uses.len())
    }
}

/// Who calls the interface, in a store. All calls block.
pub trait Systems: Send + Sync {
    /// Every system, in the order of ids.
    ///
    /// # Errors
    /// If the store cannot be read.
    fn systems(&self) -> Result<Vec<System>, StoreError>;

    /// A system.
    ///
    /// # Errors
    /// If the store cannot be read.
    fn system(&self, id: &SystemId) -> Result<Option<System>, StoreError>;

    /// The system whose token has this hash and has not ended, `now` in seconds since 1970.
    ///
    /// # Errors
    /// If the store cannot be read.
    fn bearer(&self, hash: &[u8; 32], now: i64) -> Result<Option<System>, StoreError>;

    /// Keeps a system as it will be, against the version that was read (0 for one that is new), with the entry that says so: both or
    /// neither; durable on return.
    ///
    /// # Errors
    /// [`ChangeError::Moved`] if the version is not the newest.
    fn change_system(&self, act: &'static str, system: &System, entry: Draft) -> Result<EntryId, ChangeError>;
}

/// A row as both databases give it.
pub(super) type Columns = (i64, Option<[u8; 32]>, i64, String);

impl System {
    pub(super) fn write(&self, place: &str) -> Result<String, StoreError> {
        serde_json::to_string(self).map_err(|error| StoreError::backend(place, error))
    }

    pub(super) fn read(place: &str, (version, hash, until, data): Columns) -> Result<Self, StoreError> {
        let system: Self = serde_json::from_str(&data).map_err(|error| StoreError::backend(place, error))?;
        let token = hash.map(|hash| Token { hash, until });
        Ok(Self { token, version: super::unsigned(version), ..system })
    }
}
