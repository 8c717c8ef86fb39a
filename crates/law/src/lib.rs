//! The city's law as data, and the one question: may we?
//!
//! Pure: bytes, dates and facts in, values out. No clock, file, network or randomness.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod answer;
pub mod cases;
pub mod compiled;
pub mod days;
pub mod decide;
pub mod decision;
pub mod derive;
pub mod diff;
pub mod facts;
pub mod ids;
mod kept;
pub mod kernel;
#[cfg(feature = "load")]
pub mod load;
pub mod mutate;
pub mod offline;
pub mod outcome;
pub mod pack;
pub mod prove;
pub mod question;
#[cfg(feature = "load")]
mod referee;
mod slot;
pub mod vocabulary;

pub use days::Days;
pub use decide::decide;
pub use decision::{Decision, PackRef};
pub use derive::{Derivation, DeriveError, Verdict, derive_all};
pub use facts::{Fact, Facts, FactsError, Value, facts_schema, parse_facts_json};
pub use ids::{
    ActId, AgencyId, DocumentId, DutyId, FactName, LineId, ParameterName, ProvisionId, RequesterId, RuleId, StatuteId,
    TermName, Text,
};
#[cfg(feature = "load")]
pub use load::{PackError, PackFiles, Problem};
pub use offline::{Said, Stale, Standing, said};
pub use outcome::{Known, Layer, Outcome};
pub use pack::{Finding, Pack, Provision, Rule};
pub use question::Question;
pub use vocabulary::Vocabulary;
