//! When something happened in the city: a day, or a day and a time, as precisely as somebody knows it.
//!
//! Statutes count days, so everything has a day; a time is kept only where it was observed, never invented (another
//! agency's file often gives the day alone). Both are the city's own wall-clock: the statutes' periods and hours are.
//! The moment at which a machine committed an entry is another thing, [`crate::Entry::at`].

use std::{fmt, str::FromStr};

use jiff::civil::{Date, DateTime};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A day, or a day and a time, on the city's wall-clock. Text: `2026-06-15` or `2026-06-15T14:05:00`.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub enum When {
    /// Only the day is known.
    Day(Date),
    /// The day and the time are known.
    Time(DateTime),
}

/// Why a text is not a day or a time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{input}` is no day and no time: write `2026-06-15` or `2026-06-15T14:05:00`")]
pub struct WhenError {
    /// The text as given.
    pub input: String,
}

impl When {
    /// The day, which is what filings count by.
    #[must_use]
    pub fn day(self) -> Date {
        match self {
            Self::Day(day) => day,
            Self::Time(time) => time.date(),
        }
    }

    /// The time, where it is known.
    #[must_use]
    pub fn time(self) -> Option<DateTime> {
        match self {
            Self::Day(_) => None,
            Self::Time(time) => Some(time),
        }
    }

    /// Whether this is surely later than `other`: by the clock where both times are known, else by the day.
    #[must_use]
    pub fn surely_after(self, other: Self) -> bool {
        match (self, other) {
            (Self::Time(this), Self::Time(other)) => this > other,
            _ => self.day() > other.day(),
        }
    }
}

impl From<Date> for When {
    fn from(day: Date) -> Self {
        Self::Day(day)
    }
}

impl From<DateTime> for When {
    fn from(time: DateTime) -> Self {
        Self::Time(time)
    }
}

impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Day(day) => day.fmt(f),
            Self::Time(time) => time.fmt(f),
        }
    }
}

impl fmt::Debug for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for When {
    type Err = WhenError;

    fn from_str(input: &str) -> Result<Self, WhenError> {
        let error = || WhenError { input: input.to_owned() };
        // jiff also reads zones and offsets, which it would drop; a wall-clock time has neither.
        if input.contains(['Z', 'z', '+', '[']) {
            return Err(error());
        }
        if input.contains('T') {
            input.parse().map(Self::Time).map_err(|_| error())
        } else {
            input.parse().map(Self::Day).map_err(|_| error())
        }
    }
}

impl Serialize for When {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for When {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn when(text: &str) -> When {
        text.parse().unwrap()
    }

    #[test]
    fn text_form_comes_back() {
        for text in ["2026-06-15", "2026-06-15T14:05:00", "2026-06-15T00:00:00"] {
            assert_eq!(when(text).to_string(), text);
        }
        for text in ["", "15 June", "2026-02-30", "2026-06-15T14:05:00Z", "2026-06-15T14:05:00-04:00[America/New_York]"]
        {
            assert!(text.parse::<When>().is_err(), "{text}");
        }
    }

    #[test]
    fn order_is_claimed_only_where_it_is_known() {
        assert!(when("2026-06-16").surely_after(when("2026-06-15T23:59:00")));
        assert!(when("2026-06-15T14:05:00").surely_after(when("2026-06-15T14:04:00")));
        assert!(!when("2026-06-15T14:05:00").surely_after(when("2026-06-15")));
    }
}
