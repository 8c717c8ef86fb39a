//! Which pages the residents' door serves, by their hash, from which day on, and who ordered it: public like the keys.
//!
//! A page that is swapped for one phone is not noticed by that phone. So the hash of every bundle that is served is an
//! entry, and entry and salt are published with the proof that the log holds their leaf: whoever fetches the pages, builds
//! them from their sources, or keeps a copy can see whether these are the ones that the city ordered (design decisions 17, 23).

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::Sha256Hex;

/// A bundle of the residents' pages, ordered by two people. Everything in it is public, the two names too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DoorPages {
    /// The first day of the city's calendar on which they are served.
    pub from: Date,
    /// SHA-256 of the bundle's `manifest.json`, which names every file with its own.
    pub manifest: Sha256Hex,
    /// The official who asked for it.
    pub asked_by: String,
    /// A second official who approved it.
    pub approved_by: String,
}
