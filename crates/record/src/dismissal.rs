//! A contact that nobody recorded turned out to be no request: who says so, and why.
//!
//! `vouchsafe reconcile` (ADR 21) compares the city's mail and the logs of its systems with the record. What it finds and
//! what needs no request (a newsletter, a wrong address) is dismissed once, by a named person with a reason, and is left out
//! of later runs. Deliberately not here: the addresses, the day, the message. The contact is named by an id that only the
//! city's secret leads to, so the entry tells of nobody but whoever dismissed.

use serde::{Deserialize, Serialize};

use crate::{ContactId, Private};

/// The dismissal of one contact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dismissal {
    /// The contact.
    pub contact: ContactId,
    /// Why it needs no recorded request.
    pub reason: Private,
    /// The official who says so.
    pub dismissed_by: Private,
}
