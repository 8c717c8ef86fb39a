//! What may go, and what stays when it does.
//!
//! Retention rules and court orders can require that the body of an entry be destroyed. Its body and salt go, its leaf in
//! the log stays, and an entry like any other says which entry, under which order, by whose hands (decisions 24). Without
//! the salt the leaf that stays says nothing about what it once bound.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::{EntryId, Leaf, Private};

/// The erasure of one entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Erasure {
    /// The entry whose body and salt were destroyed.
    pub entry: EntryId,
    /// The leaf that stays in the log.
    pub leaf: Leaf,
    /// Why it had to go.
    pub order: ErasureOrder,
}

/// The order under which an entry was erased.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ErasureOrder {
    /// A rule or a court.
    pub kind: ErasureKind,
    /// The schedule's item or the order's docket number.
    pub reference: String,
    /// The day of the order, or on which the schedule's time ran out.
    pub dated: Date,
    /// The official who asked for it.
    pub asked_by: Private,
    /// A second official who approved it.
    pub approved_by: Private,
}

/// What required an erasure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErasureKind {
    /// An approved retention schedule.
    Retention,
    /// An order of a court.
    CourtOrder,
    /// A sealing that the law itself commands (e.g. Criminal Procedure Law 160.50).
    Sealing,
}
