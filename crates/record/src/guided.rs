//! What the guide said about a request on a device without network, before the request reached the record.
//!
//! The guide says barred or "ask counsel" and nothing else (decisions 8). The server answers the same questions again when the
//! device has network; its answers are entries of their own beside this one, and where they differ under the same pack, so is a fault.
//! The hour is the device's: nothing else was there to tell it.

use jiff::civil::DateTime;
use law::{ActId, Said, Stale, Text};
use serde::{Deserialize, Serialize};

use crate::RequestId;

/// What the guide said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Guided {
    /// The request.
    pub request: RequestId,
    /// When, by the device's clock.
    pub at: DateTime,
    /// The SHA-256 of the pack that it had.
    pub pack: Text,
    /// Whether the server has the same pack. Of another one nothing is compared.
    pub same_pack: bool,
    /// Why it barred nothing by itself, if it was too old to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stale: Option<Stale>,
    /// What it said of each act.
    pub said: Vec<OfAct>,
}

/// What the guide said of one act.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OfAct {
    /// The act.
    pub act: ActId,
    /// What it said.
    pub said: Said,
}
