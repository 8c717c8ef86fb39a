//! Whom a desk calls: the site's designated individual, the agency's counsel, a line that answers at any hour.
//!
//! The numbers are the city's own and stand in its configuration: for any agency (`*`), for an agency (`DSS`), for a site of it
//! (`DSS/North shelter`). What a site does not say its agency says, and what an agency does not say stands under `*`. § 4-210(d)
//! asks for a responsible individual in each agency; one for each site is this product's own practice.

use std::{collections::BTreeMap, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor, value::MapAccessDeserializer},
};

/// Whom to call, as the configuration says it in one place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OnCall {
    /// The individual or office designated to be called.
    pub designated: Option<String>,
    /// The agency's counsel.
    pub counsel: Option<String>,
    /// A line that answers at any hour.
    pub line_24h: Option<String>,
    /// One line that says it all, where the city wrote one.
    pub line: Option<String>,
}

/// The table of the configuration file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    designated: Option<String>,
    counsel: Option<String>,
    line_24h: Option<String>,
}

impl<'de> Deserialize<'de> for OnCall {
    /// A line, or a table of the three.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = OnCall;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a line that says whom to call, or a table with `designated`, `counsel`, `line_24h`")
            }

            fn visit_str<E>(self, line: &str) -> Result<OnCall, E> {
                Ok(OnCall { line: Some(line.to_owned()), ..OnCall::default() })
            }

            fn visit_map<A: MapAccess<'de>>(self, table: A) -> Result<OnCall, A::Error> {
                let Table { designated, counsel, line_24h } = Table::deserialize(MapAccessDeserializer::new(table))?;
                Ok(OnCall { designated, counsel, line_24h, line: None })
            }
        }
        deserializer.deserialize_any(Either)
    }
}

impl OnCall {
    /// Whom a desk of this agency calls, at this site if it is at one.
    #[must_use]
    pub fn of(contacts: &BTreeMap<String, Self>, agency: &str, site: Option<&str>) -> Self {
        let site = site.map(|site| format!("{agency}/{site}"));
        [site.as_deref(), Some(agency), Some("*")].into_iter().flatten().filter_map(|place| contacts.get(place)).fold(
            Self::default(),
            |nearer, further| Self {
                designated: nearer.designated.or_else(|| further.designated.clone()),
                counsel: nearer.counsel.or_else(|| further.counsel.clone()),
                line_24h: nearer.line_24h.or_else(|| further.line_24h.clone()),
                line: nearer.line.or_else(|| further.line.clone()),
            },
        )
    }

    /// Whether it names nobody.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<BTreeMap<String, OnCall>, toml::de::Error> {
        toml::from_str(text)
    }

    #[test]
    fn a_site_is_nearer_than_its_agency_and_an_agency_than_any() {
        let contacts = read(
            "\"*\" = \"Law Department, 212-555-0100\"\n[DSS]\ncounsel = \"On duty, 212-555-0101\"\ndesignated = \"Bureau\"\n\
             [\"DSS/North shelter\"]\ndesignated = \"Site director\"\n",
        )
        .unwrap();
        let at = |agency, site| OnCall::of(&contacts, agency, site);
        let north = at("DSS", Some("North shelter"));
        assert_eq!(north.designated.as_deref(), Some("Site director"));
        assert_eq!(north.counsel.as_deref(), Some("On duty, 212-555-0101"));
        assert_eq!(north.line.as_deref(), Some("Law Department, 212-555-0100"));
        assert_eq!(at("DSS", Some("South shelter")).designated.as_deref(), Some("Bureau"));
        assert_eq!(at("DSS", None), at("DSS", Some("South shelter")));
        assert_eq!((at("DOC", None).counsel, at("DOC", Some("North shelter")).designated), (None, None));
        assert!(OnCall::of(&BTreeMap::new(), "DOC", None).is_empty());
    }

    #[test]
    fn what_is_neither_a_line_nor_the_table_is_refused() {
        let faults =
            [("DSS = 3", "a line that says whom to call"), ("[DSS]\ncouncil = \"x\"", "unknown field `council`")];
        for (text, says) in faults {
            let fault = read(text).unwrap_err().to_string();
            assert!(fault.contains(says), "{fault}");
        }
    }
}
