//! What differs from city to city, from intake.toml. All of it goes into the bundle, so that no answer of a server can swap a
//! key or a phone number.

use std::path::Path;

use serde::Deserialize;

use crate::MakeError;

/// An intake.toml.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Marks keys that are known to everybody; every page of such a bundle says so.
    #[serde(default)]
    pub example: bool,
    /// Where the quick exit leads.
    pub exit: String,
    /// After how many days an unopened report is counted in public as overdue, as the server's `[report] overdue_days` has it;
    /// where it is absent the page names no number.
    pub overdue_days: Option<u16>,
    /// How to reach a person.
    pub reach: Reach,
    /// Who can read reports.
    pub intake: Intake,
    /// Who can together read contact details; without them nobody is asked for any.
    pub contact: Option<Contact>,
    /// Keys that the page verifies with.
    pub keys: Keys,
}

/// How to reach a person.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reach {
    /// The number as it is shown and dialled.
    pub phone: String,
    /// Where to go.
    pub address: String,
}

/// Who can read reports.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Intake {
    /// At least two, `age1pq1…`.
    pub recipients: Vec<String>,
}

/// Who can together read contact details.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contact {
    /// The two roles of the city.
    pub city: Vec<String>,
    /// The three people of the trustee.
    pub trustee: Vec<String>,
}

/// Keys that the page verifies with.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Keys {
    /// The key that signs promises, as a verifier key.
    pub promise: String,
    /// The log's key, as a verifier key; its name is the log's origin.
    pub log: String,
    /// The keys of officials who answer, 64 hexadecimal digits each.
    pub officials: Vec<String>,
}

impl Config {
    /// Reads the file.
    ///
    /// # Errors
    /// It cannot be read, or is not in its form.
    pub fn read(path: &Path) -> Result<Self, MakeError> {
        let name = path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(|error| MakeError::File(name.clone(), error))?;
        toml::from_str(&text).map_err(|error| MakeError::Config(name, Box::new(error)))
    }
}
