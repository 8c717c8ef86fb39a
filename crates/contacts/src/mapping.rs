//! Whose mail domains are whose, and where an audit log says what: one file that the city writes for its own systems.

use std::collections::HashMap;

use jiff::tz::TimeZone;
use law::AgencyId;
use serde::Deserialize;
use toml::Spanned;

use crate::{Address, dated};

/// The file, read.
#[derive(Clone, Debug, Default)]
pub struct Mapping {
    staff: Vec<Staff>,
    domains: HashMap<String, AgencyId>,
    addresses: HashMap<String, AgencyId>,
    /// The audit logs that can be read.
    pub systems: Vec<SystemLog>,
}

/// One line of `[[staff]]`: which agency's people have these addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Staff {
    /// A domain, or one address.
    pub name: String,
    /// Whose.
    pub agency: AgencyId,
    /// The line of the file.
    pub line: usize,
}

/// One audit log: which of its columns says what.
#[derive(Clone, Debug)]
pub struct SystemLog {
    /// What it is called.
    pub name: String,
    /// The column with the time.
    pub time: String,
    /// How it is written (`strftime`); none = ISO 8601.
    pub time_format: Option<String>,
    /// The zone of times that have no offset; none = the city's.
    pub time_zone: Option<TimeZone>,
    /// The column with the user who looked something up, or set an alert.
    pub user: String,
    /// The column that says for which authority, by an address or the name of a unit.
    pub partner: String,
    /// The column with the number of the event, where there is one.
    pub id: Option<String>,
    /// Whose users they are; none = by the user's address.
    pub agency: Option<AgencyId>,
    /// The line of the file.
    pub line: usize,
}

/// Why a mapping cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct MappingError {
    /// The line, from 1; 0 = the file as a whole.
    pub line: usize,
    /// What is wrong there.
    pub what: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    staff: Vec<Spanned<RawStaff>>,
    #[serde(default)]
    system: Vec<Spanned<RawSystem>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawStaff {
    domain: Option<String>,
    address: Option<String>,
    agency: AgencyId,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSystem {
    name: String,
    time: String,
    time_format: Option<String>,
    time_zone: Option<String>,
    user: String,
    partner: String,
    id: Option<String>,
    agency: Option<AgencyId>,
}

impl Mapping {
    /// Reads the file.
    ///
    /// # Errors
    /// The first thing that is wrong, with its line.
    pub fn parse(text: &str) -> Result<Self, MappingError> {
        let file: File = dated::read(text).map_err(|(line, what)| MappingError { line, what })?;
        let mut mapping = Self::default();
        for raw in file.staff {
            let line = dated::line_of(text, raw.span().start);
            let wrong = |what: String| MappingError { line, what };
            let RawStaff { domain, address, agency } = raw.into_inner();
            let (name, twice) = match (domain, address) {
                (Some(name), None) => {
                    dated::domain(&name).map_err(|why| wrong(format!("`{name}` {why}")))?;
                    let twice = mapping.domains.insert(name.clone(), agency.clone()).is_some();
                    (name, twice)
                }
                (None, Some(name)) => {
                    let address =
                        Address::parse(name.as_bytes()).ok_or_else(|| wrong(format!("`{name}` is no address")))?;
                    let twice = mapping.addresses.insert(address.as_str().to_owned(), agency.clone()).is_some();
                    (name, twice)
                }
                _ => return Err(wrong("give `domain` or `address`, one of them".to_owned())),
            };
            if twice {
                return Err(wrong(format!("`{name}` stands twice")));
            }
            mapping.staff.push(Staff { name, agency, line });
        }
        for raw in file.system {
            let line = dated::line_of(text, raw.span().start);
            let wrong = |what: String| MappingError { line, what };
            let RawSystem { name, time, time_format, time_zone, user, partner, id, agency } = raw.into_inner();
            if mapping.systems.iter().any(|other: &SystemLog| other.name == name) {
                return Err(wrong(format!("the system `{name}` stands twice")));
            }
            let zone = |name: String| TimeZone::get(&name).map_err(|_| wrong(format!("`{name}` is no time zone")));
            let time_zone = time_zone.map(zone).transpose()?;
            mapping.systems.push(SystemLog { name, time, time_format, time_zone, user, partner, id, agency, line });
        }
        if mapping.staff.is_empty() {
            let what = "it names no `[[staff]]`: without it nobody's agency is known".to_owned();
            return Err(MappingError { line: 0, what });
        }
        Ok(mapping)
    }

    /// Every line of `[[staff]]`, to be held against the pack's agencies.
    #[must_use]
    pub fn staff(&self) -> &[Staff] {
        &self.staff
    }

    /// The agency of whoever has this address: the address itself counts before its domain, a longer domain before a shorter.
    #[must_use]
    pub fn agency(&self, address: &Address) -> Option<&AgencyId> {
        self.addresses.get(address.as_str()).or_else(|| dated::longest(address.domain(), |end| self.domains.get(end)))
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) const MAPPING: &str = r#"
[[staff]]
domain = "doc.example.org"
agency = "DOC"
[[staff]]
domain = "example.org"
agency = "CITY"
[[staff]]
address = "shared@example.org"
agency = "NYPD"
[[system]]
name = "look-ups"
time = "When"
user = "User"
partner = "Requested for"
id = "Event"
agency = "NYPD"
"#;

    #[test]
    fn the_nearest_line_counts() {
        let mapping = Mapping::parse(MAPPING).unwrap();
        let of = |text: &str| mapping.agency(&Address::parse(text.as_bytes()).unwrap()).map(AgencyId::as_str);
        assert_eq!(of("a@doc.example.org"), Some("DOC"));
        assert_eq!(of("a@mail.doc.example.org"), Some("DOC"));
        assert_eq!(of("A@Example.org"), Some("CITY"));
        assert_eq!(of("shared@example.org"), Some("NYPD"));
        assert_eq!(of("a@example.com"), None);
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        for (from, to, says) in [
            ("domain = \"doc.example.org\"", "domain = \"org\"", "line 2: `org` is a top-level domain"),
            ("domain = \"doc.example.org\"", "", "line 2: give `domain` or `address`"),
            ("domain = \"doc.example.org\"", "domain = \"example.org\"", "line 5: `example.org` stands twice"),
            ("user = \"User\"", "", "missing field `user`"),
            ("time = \"When\"", "time = \"When\"\ntime_zone = \"Mars\"", "`Mars` is no time zone"),
        ] {
            let error = Mapping::parse(&MAPPING.replacen(from, to, 1)).unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
        }
        assert!(Mapping::parse("").is_err());
    }
}
