//! A contact that nobody recorded turned out to be no request: who says so, and why.
//!
//! `vouchsafe reconcile` (ADR 21) compares the city's mail and the logs of its systems with the record. What it finds and
//! what needs no request (a newsletter, a wrong address) is dismissed once, by a named person with a reason, and is left out
//! of later runs. Deliberately not here: the addresses, the day, the message. The contact is named by an id that only the
//! city's secret leads to, so the entry tells of nobody but whoever dismissed. A contact that belongs to a request of the record
//! is told of in the same way, with the request (ADR 39).

use serde::{Deserialize, Serialize};

use crate::{ContactId, Private, RequestId};

/// The dismissal of one contact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dismissal {
    /// The contact.
    pub contact: ContactId,
    /// The recorded request to which it belongs; none: it was no request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<RequestId>,
    /// Why it needs no recorded request, or none of its own.
    pub reason: Private,
    /// The official who says so.
    pub dismissed_by: Private,
}
