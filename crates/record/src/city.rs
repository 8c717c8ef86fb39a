//! The city's file as it was in force: whom an answer said to call, and what a desk was told of its own site.
//!
//! A city says in one file which sites its agencies have, which of their areas are public, and whom a desk calls. An answer of the gate
//! ends with "call this person", and that person changes without any change of law. So the whole file is an entry each time that another
//! one comes into force: the file of an answer is that of the newest such entry before it. It names offices and their telephones, and no
//! resident. No filing counts it.

use serde::{Deserialize, Serialize};

use crate::{Private, Sha256Hex};

/// The city's file that is in force from this entry on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CityInForce {
    /// SHA-256 of the file.
    pub file: Sha256Hex,
    /// The file itself, as TOML.
    pub text: Private,
}
