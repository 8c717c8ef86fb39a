//! That a report came: the day, the names of its sealed bytes, and nothing else.
//!
//! A report has its own lane (decisions 15, 16). It becomes an entry when its day has ended, and then all entries of a
//! day at once, in the order of their leaves, so that neither place nor moment tells when in the day it came. Its leaf is
//! not the salted commitment of other entries but the one that its sender can compute and find again: over the day, the
//! root of these names, and the blind, which stands where other entries have their salt and goes with it on erasure.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::Sha256Hex;

/// A report that came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Received {
    /// The day of the city's calendar on which it was accepted.
    pub day: Date,
    /// SHA-256 of the sealed envelope.
    pub envelope: Sha256Hex,
    /// SHA-256 of each sealed attachment, in the order of these hashes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Sha256Hex>,
}
