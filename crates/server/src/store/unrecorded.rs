//! Contacts that nobody recorded, as a list for an agency's privacy officer to work through.
//!
//! **No part of the record** (ADR 21, ADR 39): a machine suspects that somebody of the staff did not write something down. So it stands
//! beside the entries, is in no leaf and no filing, and is deleted as soon as somebody accounts for it, a later comparison of its day does,
//! or the comparison is erased. Unlike an erasure this promises nothing of the database's own files: what was deleted may stand in its log
//! until that is written over.
//!
//! **Invariant.** The lists of an act are replaced in the transaction that keeps its comparisons, so that the newest comparison's list stands.

use contacts::Way;
use jiff::civil::Date;
use law::{AgencyId, RequesterId};
use record::{Body, ContactId, comparison::Stretch};
use serde::{Deserialize, Serialize};

use super::{Draft, StoreError, Stored};

/// A contact that nobody recorded, as an agency's list has it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unrecorded {
    /// Which.
    pub id: ContactId,
    /// Whose.
    pub agency: AgencyId,
    /// Its day in the city.
    pub day: Date,
    /// Which way it went.
    pub way: Way,
    /// Addresses or names of users of the agency.
    pub staff: Vec<String>,
    /// What the authorities are called.
    pub authorities: Vec<String>,
    /// Under which names of the pack a recorded request of theirs stands.
    pub requesters: Vec<RequesterId>,
    /// Their addresses; none where a log names a unit.
    pub addresses: Vec<String>,
    /// There were more addresses.
    pub more: bool,
    /// How many requests of theirs are recorded in its window, none of which accounts for it.
    pub near: u64,
    /// The window in days.
    pub window_days: u16,
    /// How many requests of the record could account for contacts when it was found: none of these does since.
    pub requests: u64,
    /// The file and the line in which it stands, for whoever has the file.
    pub place: String,
}

/// Which, never whose.
impl std::fmt::Debug for Unrecorded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Unrecorded({}, {})", self.id, self.day)
    }
}

/// Days of an agency's list that are replaced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Replaced {
    /// Whose list.
    pub agency: AgencyId,
    /// Which days of it.
    pub days: Vec<Stretch>,
}

/// The lists, in a store. All calls block.
pub trait UnrecordedContacts: Send + Sync {
    /// Keeps comparisons as one act (none: nothing new is said), deletes these days' contacts and keeps these, all or nothing; one that is
    /// there already is kept as it is said now. Durable on return.
    ///
    /// # Errors
    /// As [`super::Store::commit`].
    fn keep_lists(
        &self,
        act: &'static str,
        comparisons: Vec<Draft>,
        replaced: &[Replaced],
        by: &[Unrecorded],
    ) -> Result<(), StoreError>;

    /// An agency's list, the oldest day first, at most so many.
    ///
    /// # Errors
    /// As [`super::Store::entries`].
    fn unrecorded(&self, agency: &AgencyId, limit: usize) -> Result<Vec<Unrecorded>, StoreError>;

    /// How many are in an agency's list.
    ///
    /// # Errors
    /// As [`super::Store::entries`].
    fn count_unrecorded(&self, agency: &AgencyId) -> Result<u64, StoreError>;

    /// One, as it stands in whatever list.
    ///
    /// # Errors
    /// As [`super::Store::entries`].
    fn find_unrecorded(&self, id: &ContactId) -> Result<Option<Unrecorded>, StoreError>;

    /// Which are in whatever list, and how many requests there were when each was found.
    ///
    /// # Errors
    /// As [`super::Store::entries`].
    fn all_unrecorded(&self) -> Result<Vec<(ContactId, u64)>, StoreError>;

    /// Takes contacts out: somebody has accounted for them. Durable on return.
    ///
    /// # Errors
    /// As [`super::Store::commit`].
    fn settle_unrecorded(&self, ids: &[ContactId]) -> Result<(), StoreError>;
}

impl Unrecorded {
    pub(super) fn write(&self, place: &str) -> Result<String, StoreError> {
        serde_json::to_string(self).map_err(|error| StoreError::backend(place, error))
    }

    pub(super) fn read(place: &str, data: &str) -> Result<Self, StoreError> {
        serde_json::from_str(data).map_err(|error| StoreError::backend(place, error))
    }
}

/// The days of the list that go with a comparison which is erased.
pub(super) fn of_erased(target: &Stored) -> Option<(&AgencyId, Stretch)> {
    match &target.entry()?.body {
        Body::Compared(comparison) => Some((&comparison.agency, comparison.days)),
        _ => None,
    }
}
