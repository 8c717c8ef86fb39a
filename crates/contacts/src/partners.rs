//! Whom the law calls federal immigration authorities, by the domains of their mail and the names of their units.
//!
//! The list is the pack's (`vocabulary/contacts.toml`): dated, each line with its source and how well it is known. A
//! sub-domain counts, a look-alike does not. A line of the list ends with `until`; none is taken out, since old files are
//! read too.

use std::collections::{BTreeMap, HashMap};

use jiff::civil::Date;
use law::{Days, RequesterId};
use serde::Deserialize;
use toml::Spanned;

use crate::dated;

/// Which partner of the list, by its place in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PartnerId(u16);

/// One authority of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Partner {
    /// Its name in the list, e.g. `ice`.
    pub id: String,
    /// Its name in sentences.
    pub title: String,
    /// Under which names of the pack a recorded request of it stands.
    pub requesters: Vec<RequesterId>,
}

/// The whole list.
#[derive(Clone, Debug)]
pub struct Partners {
    partners: Vec<Partner>,
    domains: HashMap<String, Vec<(Days, PartnerId)>>,
    /// Units as their words in small letters.
    units: Vec<(Vec<String>, Days, PartnerId)>,
    /// The day up to which the list was kept.
    pub read_until: Date,
}

/// Why a list cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct PartnersError {
    /// The line, from 1; 0 = the file as a whole.
    pub line: usize,
    /// What is wrong there.
    pub what: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    read_until: toml::value::Datetime,
    #[serde(default)]
    partner: Vec<Spanned<RawPartner>>,
    #[serde(default)]
    domain: Vec<Spanned<RawLine>>,
    #[serde(default)]
    unit: Vec<Spanned<RawLine>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPartner {
    id: String,
    title: String,
    requesters: Vec<RequesterId>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawLine {
    name: String,
    partner: String,
    from: toml::value::Datetime,
    until: Option<toml::value::Datetime>,
    known: RawKnown,
    source: String,
}

/// How well it is known that this is theirs. For whoever keeps the list; both count the same.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum RawKnown {
    /// The authority publishes it.
    Published,
    /// It is said, and nobody of ours has seen the authority say so.
    Likely,
}

impl Partners {
    /// Reads the list.
    ///
    /// # Errors
    /// The first thing that is wrong, with its line.
    pub fn parse(text: &str) -> Result<Self, PartnersError> {
        let file: File = dated::read(text).map_err(|(line, what)| PartnersError { line, what })?;
        let at = |place: usize| dated::line_of(text, place);
        let wrong = |place: usize, what: String| PartnersError { line: at(place), what };
        let mut list = Self {
            partners: Vec::new(),
            domains: HashMap::new(),
            units: Vec::new(),
            read_until: day(&file.read_until).ok_or_else(|| wrong(0, "`read_until` is no day".to_owned()))?,
        };
        let mut ids = BTreeMap::new();
        for partner in file.partner {
            let place = partner.span().start;
            let RawPartner { id, title, requesters } = partner.into_inner();
            let number =
                u16::try_from(list.partners.len()).map_err(|_| wrong(place, "too many partners".to_owned()))?;
            if id.is_empty() || title.trim().is_empty() || requesters.is_empty() {
                return Err(wrong(place, format!("partner `{id}` needs `id`, `title` and `requesters`")));
            }
            if ids.insert(id.clone(), PartnerId(number)).is_some() {
                return Err(wrong(place, format!("partner `{id}` stands twice")));
            }
            list.partners.push(Partner { id, title, requesters });
        }
        let line = |line: Spanned<RawLine>| -> Result<(usize, String, Days, PartnerId), PartnersError> {
            let place = line.span().start;
            let line = line.into_inner();
            let (name, source) = (line.name, line.source);
            let _: RawKnown = line.known;
            if source.trim().is_empty() {
                return Err(wrong(place, format!("`{name}` has no `source`")));
            }
            let partner =
                ids.get(&line.partner).ok_or_else(|| wrong(place, format!("`{}` is no partner", line.partner)))?;
            let no_day = || wrong(place, format!("`{name}`: `from` and `until` are days"));
            let from = Some(day(&line.from).ok_or_else(no_day)?);
            let until = line.until.map(|until| day(&until).ok_or_else(no_day)).transpose()?;
            let days = Days { from, until };
            if days.is_inverted() {
                return Err(wrong(place, format!("`{name}` ends before it begins")));
            }
            Ok((place, name, days, *partner))
        };
        for raw in file.domain {
            let (place, name, days, partner) = line(raw)?;
            dated::domain(&name).map_err(|why| wrong(place, format!("`{name}` {why}")))?;
            let of_name = list.domains.entry(name.clone()).or_default();
            if of_name.iter().any(|(other, _)| other.overlaps(&days)) {
                return Err(wrong(place, format!("`{name}` stands twice on the same days")));
            }
            of_name.push((days, partner));
        }
        for raw in file.unit {
            let (place, name, days, partner) = line(raw)?;
            let words = words(&name);
            if words.is_empty() {
                return Err(wrong(place, format!("`{name}` has no word")));
            }
            list.units.push((words, days, partner));
        }
        Ok(list)
    }

    /// The partners, in the list's order.
    #[must_use]
    pub fn all(&self) -> &[Partner] {
        &self.partners
    }

    /// One of them.
    #[must_use]
    pub fn get(&self, id: PartnerId) -> Option<&Partner> {
        self.partners.get(usize::from(id.0))
    }

    /// Whose domain this is, or was on some day.
    #[must_use]
    pub fn ever(&self, domain: &str) -> bool {
        dated::longest(domain, |end| self.domains.get(end)).is_some()
    }

    /// The domain of the list that this one is, or is below.
    pub(crate) fn line_of<'a>(&self, domain: &'a str) -> Option<&'a str> {
        dated::longest(domain, |end| self.domains.contains_key(end).then_some(end))
    }

    /// Whose domain this is on a day. It must be in small letters.
    #[must_use]
    pub fn of_domain(&self, domain: &str, on: Date) -> Option<PartnerId> {
        dated::longest(domain, |end| {
            self.domains.get(end)?.iter().find(|(days, _)| days.contains(on)).map(|(_, partner)| *partner)
        })
    }

    /// The partners whose units a text names, in whole words, with the days on which they do.
    pub(crate) fn named_in(&self, text: &str) -> Vec<(Days, PartnerId)> {
        let said = words(text);
        let mut found = Vec::new();
        for (unit, days, partner) in &self.units {
            if said.windows(unit.len()).any(|words| words == unit.as_slice()) {
                found.push((*days, *partner));
            }
        }
        found
    }
}

fn words(text: &str) -> Vec<String> {
    let words = text.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect()
}

/// The day of a bare TOML date.
pub(crate) fn day(written: &toml::value::Datetime) -> Option<Date> {
    if written.time.is_some() || written.offset.is_some() {
        return None;
    }
    written.to_string().parse().ok()
}

#[cfg(test)]
pub(crate) mod tests {
    use jiff::civil::date;

    use super::*;

    pub(crate) const LIST: &str = r#"
read_until = 2026-08-21
[[partner]]
id = "ice"
title = "Immigration and Customs Enforcement"
requesters = ["ice_ero", "ice_hsi"]
[[partner]]
id = "cbp"
title = "Customs and Border Protection"
requesters = ["cbp"]
[[domain]]
name = "ice.dhs.gov"
partner = "ice"
from = 2012-03-21
known = "published"
source = "test"
[[domain]]
name = "cbp.dhs.gov"
partner = "cbp"
from = 2012-03-21
until = 2026-01-01
known = "likely"
source = "test"
[[unit]]
name = "HSI"
partner = "ice"
from = 2012-03-21
known = "published"
source = "test"
[[unit]]
name = "Border Patrol"
partner = "cbp"
from = 2012-03-21
known = "published"
source = "test"
"#;

    #[test]
    fn a_sub_domain_counts_and_a_look_alike_does_not() {
        let list = Partners::parse(LIST).unwrap();
        let on = date(2025, 6, 15);
        let of = |domain: &str| list.of_domain(domain, on).and_then(|id| list.get(id)).map(|it| it.id.as_str());
        for domain in ["ice.dhs.gov", "associates.ice.dhs.gov", "a.b.ice.dhs.gov"] {
            assert_eq!(of(domain), Some("ice"), "{domain}");
        }
        for domain in
            ["dhs.gov", "notice.dhs.gov", "ice.dhs.gov.example.com", "ice-dhs.gov", "gov", "", ".", "xice.dhs.gov"]
        {
            assert_eq!(of(domain), None, "{domain}");
        }
        assert_eq!(of("cbp.dhs.gov"), Some("cbp"));
        assert_eq!(list.of_domain("cbp.dhs.gov", date(2026, 1, 1)), None);
        assert!(list.ever("cbp.dhs.gov"));
    }

    #[test]
    fn units_are_whole_words() {
        let list = Partners::parse(LIST).unwrap();
        let count = |text: &str| list.named_in(text).len();
        assert_eq!((count("for hsi, gang team"), count("HSI/Border  Patrol"), count("(border-patrol)")), (1, 2, 1));
        assert_eq!((count("HSIX"), count("patrol border"), count(""), count("\u{0}\u{fffd}")), (0, 0, 0, 0));
    }

    #[test]
    fn a_list_that_is_wrong_is_refused_with_its_line() {
        for (from, to, says) in [
            ("name = \"ice.dhs.gov\"", "name = \"gov\"", "line 11: `gov` is a top-level domain"),
            ("name = \"ice.dhs.gov\"", "name = \"@ice.dhs.gov\"", "line 11: `@ice.dhs.gov` is no domain"),
            (
                "name = \"ice.dhs.gov\"",
                "name = \"cbp.dhs.gov\"",
                "line 17: `cbp.dhs.gov` stands twice on the same days",
            ),
            ("partner = \"cbp\"", "partner = \"uscis\"", "line 17: `uscis` is no partner"),
            ("until = 2026-01-01", "until = 2011-01-01", "line 17: `cbp.dhs.gov` ends before it begins"),
            ("source = \"test\"", "source = \" \"", "line 11: `ice.dhs.gov` has no `source`"),
            ("known = \"likely\"", "known = \"perhaps\"", "unknown variant `perhaps`"),
            ("read_until = 2026-08-21", "read_until = 2026-08-21T10:00:00", "`read_until` is no day"),
        ] {
            let error = Partners::parse(&LIST.replacen(from, to, 1)).unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
        }
    }
}
