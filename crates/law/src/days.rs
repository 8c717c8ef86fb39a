//! Stretches of days on which something holds: from a first day to the first day that no longer belongs.
//!
//! Dates are the civil dates of the pack's place. In TOML they stand bare (`2014-12-14`), in JSON as text.

use std::fmt;

use jiff::civil::Date;
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{self, MapAccess, Visitor},
};

/// From the first day to the first day no longer in the stretch; either end may be open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Days {
    /// The first day; none = since ever.
    #[serde(default, deserialize_with = "optional_date", skip_serializing_if = "Option::is_none")]
    pub from: Option<Date>,
    /// The first day that no longer belongs; none = still running.
    #[serde(default, deserialize_with = "optional_date", skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
}

impl Days {
    /// Whether the day lies in the stretch.
    #[must_use]
    pub fn contains(&self, day: Date) -> bool {
        self.from.is_none_or(|from| from <= day) && self.until.is_none_or(|until| day < until)
    }

    /// Whether the two stretches share a day.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        let before = |one: &Self, two: &Self| matches!((one.until, two.from), (Some(end), Some(start)) if end <= start);
        !self.is_inverted() && !other.is_inverted() && !before(self, other) && !before(other, self)
    }

    /// Whether it ends on or before the day on which it begins, and so holds no day.
    #[must_use]
    pub fn is_inverted(&self) -> bool {
        matches!((self.from, self.until), (Some(from), Some(until)) if until <= from)
    }
}

impl fmt::Display for Days {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.from, self.until) {
            (Some(from), Some(until)) => write!(f, "from {from} until {until}"),
            (Some(from), None) => write!(f, "from {from}"),
            (None, Some(until)) => write!(f, "until {until}"),
            (None, None) => f.write_str("always"),
        }
    }
}

/// A bare TOML date or a text date.
pub(crate) fn date<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Date, D::Error> {
    deserializer.deserialize_any(DateVisitor)
}

/// As [`date`], for a field that may be left out.
pub(crate) fn optional_date<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Date>, D::Error> {
    date(deserializer).map(Some)
}

/// The TOML reader hands a bare date over as a map of one text; JSON has plain text.
struct DateVisitor;

impl<'de> Visitor<'de> for DateVisitor {
    type Value = Date;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a date such as 2014-12-14")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Date, E> {
        text.parse().map_err(|_| E::custom(format!("`{text}` is not a date such as 2014-12-14")))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Date, A::Error> {
        let Some((_, text)) = map.next_entry::<de::IgnoredAny, String>()? else {
            return Err(de::Error::custom("an empty table is not a date such as 2014-12-14"));
        };
        self.visit_str(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(from: &str, until: &str) -> Days {
        let end = |text: &str| (!text.is_empty()).then(|| text.parse().unwrap());
        Days { from: end(from), until: end(until) }
    }

    #[test]
    fn the_last_day_does_not_belong() {
        let stretch = days("2014-12-14", "2026-01-29");
        assert!(!stretch.contains("2014-12-13".parse().unwrap()));
        assert!(stretch.contains("2014-12-14".parse().unwrap()));
        assert!(stretch.contains("2026-01-28".parse().unwrap()));
        assert!(!stretch.contains("2026-01-29".parse().unwrap()));
    }

    #[test]
    fn neighbours_do_not_overlap() {
        assert!(!days("2014-01-01", "2015-01-01").overlaps(&days("2015-01-01", "")));
        assert!(days("2014-01-01", "2015-01-02").overlaps(&days("2015-01-01", "")));
        assert!(days("", "").overlaps(&days("2015-01-01", "")));
    }

    #[test]
    fn a_date_is_read_from_text() {
        let read: Days = serde_json::from_str(r#"{"from":"2014-12-14"}"#).unwrap();
        assert_eq!(read, days("2014-12-14", ""));
        assert!(serde_json::from_str::<Days>(r#"{"from":"14 December"}"#).is_err());
    }
}
