//! That an agency's logs were compared with the record, and what came of it in numbers.
//!
//! Two city investigations of 2025 found that in every incident the record was missing and that the city had no way to notice
//! (nyc.md 5.2). `vouchsafe reconcile` notices (ADR 21); that it was run, for which days, and how many contacts it left is said
//! here (ADR 37), so that a city that stops looking is seen. **No law asks for it**: it is this product's own practice.
//!
//! Numbers alone: no address, no file's path, no contact's id. What stands after several comparisons is [`standing`]'s business.

mod standing;

use std::{fmt, str::FromStr};

use jiff::civil::Date;
use law::AgencyId;
use serde::{Deserialize, Serialize};

pub use standing::{Standing, Within, newest_touching, settles, within};

use crate::Private;

/// A stretch of days, its first and its last day in it. Text: `2026-06-01..2026-06-30`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Stretch {
    from: Date,
    through: Date,
}

/// Why there is no such stretch of days.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StretchError {
    /// It ends before it begins.
    #[error("`{through}` is before `{from}`: give the first day first")]
    Backwards {
        /// The first day as given.
        from: Date,
        /// The last day as given.
        through: Date,
    },
    /// It is written in another way.
    #[error("`{input}` is no stretch of days: write the first and the last as `2026-06-01..2026-06-30`")]
    Form {
        /// The text as given.
        input: String,
    },
}

impl Stretch {
    /// From the first day through the last.
    ///
    /// # Errors
    /// The last is before the first.
    pub fn new(from: Date, through: Date) -> Result<Self, StretchError> {
        if through < from { Err(StretchError::Backwards { from, through }) } else { Ok(Self { from, through }) }
    }

    /// The first day.
    #[must_use]
    pub fn from(self) -> Date {
        self.from
    }

    /// The last day.
    #[must_use]
    pub fn through(self) -> Date {
        self.through
    }

    /// Whether a day is in it.
    #[must_use]
    pub fn holds(self, day: Date) -> bool {
        (self.from..=self.through).contains(&day)
    }

    /// The days that they have in common.
    fn common(self, other: Self) -> Option<Self> {
        Self::new(self.from.max(other.from), self.through.min(other.through)).ok()
    }

    /// Whether they have a day in common.
    #[must_use]
    pub fn touches(self, other: Self) -> bool {
        self.from <= other.through && other.from <= self.through
    }
}

impl FromStr for Stretch {
    type Err = StretchError;

    fn from_str(input: &str) -> Result<Self, StretchError> {
        let form = || StretchError::Form { input: input.to_owned() };
        let day = |text: &str| text.parse::<Date>().ok().filter(|day| day.to_string() == text).ok_or_else(form);
        let (from, through) = input.split_once("..").ok_or_else(form)?;
        Self::new(day(from)?, day(through)?)
    }
}

impl TryFrom<String> for Stretch {
    type Error = StretchError;

    fn try_from(text: String) -> Result<Self, StretchError> {
        text.parse()
    }
}

impl From<Stretch> for String {
    fn from(it: Stretch) -> Self {
        it.to_string()
    }
}

impl fmt::Display for Stretch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..{}", self.from, self.through)
    }
}

/// How many files of each kind were read, as `reconcile` tells the kinds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogFiles {
    /// Mailboxes, or headers of messages.
    pub mbox: u64,
    /// Message traces.
    pub trace: u64,
    /// Logs of Postfix.
    pub postfix: u64,
    /// Audit logs of look-ups or alerts.
    pub system: u64,
}

impl LogFiles {
    /// All of them.
    #[must_use]
    pub fn all(self) -> u64 {
        [self.mbox, self.trace, self.postfix, self.system].into_iter().fold(0, u64::saturating_add)
    }

    /// Whether there are as many of each kind as there, or more.
    fn no_fewer(self, than: Self) -> bool {
        self.mbox >= than.mbox && self.trace >= than.trace && self.postfix >= than.postfix && self.system >= than.system
    }
}

/// What nothing accounts for on one of the days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeftOn {
    /// The day of the contacts.
    pub day: Date,
    /// The agency's.
    pub unrecorded: u64,
    /// No agency's.
    pub nobodys: u64,
}

/// One comparison of an agency's logs with the record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct Comparison {
    /// Whose contacts.
    pub agency: AgencyId,
    /// Which days the files covered, as whoever ran it says: a log tells nothing of a day on which nothing was written.
    pub days: Stretch,
    /// What was read.
    pub files: LogFiles,
    /// The agency's contacts on these days that a recorded request accounts for.
    pub recorded: u64,
    /// Those that the roster accounts for.
    pub rostered: u64,
    /// Those that somebody dismissed.
    pub dismissed: u64,
    /// Those that nothing accounts for.
    pub unrecorded: u64,
    /// Contacts of these days in the same files that are no agency's and that nothing accounts for: the mapping names nobody who took
    /// part. They stand in the comparison of every agency that was compared, since they may be any one's.
    pub nobodys: u64,
    /// Places in the same files that could not be read.
    pub unread: u64,
    /// Deliveries in the same files whose sender stands in none of them.
    pub headless: u64,
    /// How many days before or after a contact its request may be recorded for.
    pub window_days: u16,
    /// On which days what was left, in their order; a day on which nothing was is not among them. Adds up to `unrecorded` and `nobodys`.
    pub left: Vec<LeftOn>,
    /// Who says that these files covered these days.
    pub said_by: Private,
}

impl Comparison {
    /// The agency's contacts that were found on these days.
    #[must_use]
    pub fn contacts(&self) -> u64 {
        [self.recorded, self.rostered, self.dismissed, self.unrecorded].into_iter().fold(0, u64::saturating_add)
    }

    /// Places in which a contact may stand that nobody saw: what could not be read, and deliveries without a sender.
    #[must_use]
    pub fn unseen(&self) -> u64 {
        self.unread.saturating_add(self.headless)
    }

    /// Whether the days on which something was left are its own, in order, each with something, and add up.
    fn is_told_by_day(&self) -> bool {
        let sum = |count: fn(&LeftOn) -> u64| self.left.iter().map(count).fold(0, u64::saturating_add);
        let days = self.left.iter().all(|on| self.days.holds(on.day) && (on.unrecorded > 0 || on.nobodys > 0));
        let in_order = self.left.windows(2).all(|two| matches!(two, [one, other] if one.day < other.day));
        days && in_order && sum(|on| on.unrecorded) == self.unrecorded && sum(|on| on.nobodys) == self.nobodys
    }

    /// Whether it looked at least as closely as another did: no fewer files of any kind, no wider window, and no more places unseen.
    /// Only then does what it finds on a day stand in place of what the other found there.
    #[must_use]
    pub fn as_thorough_as(&self, other: &Self) -> bool {
        self.files.no_fewer(other.files) && self.window_days <= other.window_days && self.unseen() <= other.unseen()
    }
}

/// Why a written comparison is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
enum ComparisonError {
    #[error("{0}")]
    Stretch(#[from] StretchError),
    #[error("`{contacts}` contacts are not the `{counted}` that its parts come to")]
    Sum { contacts: u64, counted: u64 },
    #[error("no file was read: that is no comparison")]
    NoFile,
    #[error(
        "what was left on its days does not come to `{unrecorded}` and `{nobodys}`, or a day is not one of its own, or not in order"
    )]
    Left { unrecorded: u64, nobodys: u64 },
}

/// The form that is written: with the sum, so that whoever reads the bytes need not add.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    agency: AgencyId,
    from: Date,
    through: Date,
    files: LogFiles,
    contacts: u64,
    recorded: u64,
    rostered: u64,
    dismissed: u64,
    unrecorded: u64,
    nobodys: u64,
    unread: u64,
    headless: u64,
    window_days: u16,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    left: Vec<LeftOn>,
    said_by: Private,
}

impl From<Comparison> for Written {
    fn from(it: Comparison) -> Self {
        let contacts = it.contacts();
        let Comparison { agency, days, files, recorded, rostered, dismissed, unrecorded, .. } = it;
        let Comparison { nobodys, unread, headless, window_days, left, said_by, .. } = it;
        Self {
            agency,
            from: days.from,
            through: days.through,
            files,
            contacts,
            recorded,
            rostered,
            dismissed,
            unrecorded,
            nobodys,
            unread,
            headless,
            window_days,
            left,
            said_by,
        }
    }
}

impl TryFrom<Written> for Comparison {
    type Error = ComparisonError;

    fn try_from(it: Written) -> Result<Self, ComparisonError> {
        let comparison = Self {
            agency: it.agency,
            days: Stretch::new(it.from, it.through)?,
            files: it.files,
            recorded: it.recorded,
            rostered: it.rostered,
            dismissed: it.dismissed,
            unrecorded: it.unrecorded,
            nobodys: it.nobodys,
            unread: it.unread,
            headless: it.headless,
            window_days: it.window_days,
            left: it.left,
            said_by: it.said_by,
        };
        if comparison.files.all() == 0 {
            return Err(ComparisonError::NoFile);
        }
        if comparison.contacts() != it.contacts {
            return Err(ComparisonError::Sum { contacts: it.contacts, counted: comparison.contacts() });
        }
        if !comparison.is_told_by_day() {
            let Comparison { unrecorded, nobodys, .. } = comparison;
            return Err(ComparisonError::Left { unrecorded, nobodys });
        }
        Ok(comparison)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stretch_is_written_one_way() {
        let stretch: Stretch = "2026-06-01..2026-06-30".parse().unwrap();
        assert_eq!(stretch.to_string(), "2026-06-01..2026-06-30");
        let one: Stretch = "2026-06-30..2026-06-30".parse().unwrap();
        assert!(stretch.touches(one) && one.touches(stretch) && stretch.holds(one.from()));
        let after: Stretch = "2026-07-01..2026-07-02".parse().unwrap();
        assert!(!stretch.touches(after) && !after.touches(stretch) && !after.holds(stretch.through()));
        for wrong in ["2026-06-01", "2026-06-01...2026-06-30", "2026-6-1..2026-06-30", "2026-06-31..2026-07-01", ".."] {
            let error = wrong.parse::<Stretch>().unwrap_err().to_string();
            assert!(error.contains(&format!("`{wrong}` is no stretch of days")), "{error}");
        }
        let backwards = "2026-06-30..2026-06-01".parse::<Stretch>().unwrap_err().to_string();
        assert_eq!(backwards, "`2026-06-01` is before `2026-06-30`: give the first day first");
    }

    #[test]
    fn what_does_not_add_up_is_no_comparison() {
        let good = r#"{"agency":"DOC","from":"2026-06-01","through":"2026-06-30","files":{"mbox":1,"trace":0,"postfix":0,"system":0},
            "contacts":10,"recorded":4,"rostered":3,"dismissed":2,"unrecorded":1,"nobodys":0,"unread":0,"headless":0,"window_days":5,
            "left":[{"day":"2026-06-07","unrecorded":1,"nobodys":0}],"said_by":"A. Privacy"}"#;
        let read = |text: &str| serde_json::from_str::<Comparison>(text).map_err(|error| error.to_string());
        assert_eq!(read(good).unwrap().contacts(), 10);
        for (from, to, says) in [
            ("\"contacts\":10", "\"contacts\":9", "`9` contacts are not the `10`"),
            ("\"unrecorded\":1", "\"unrecorded\":0", "`10` contacts are not the `9`"),
            ("\"mbox\":1", "\"mbox\":0", "no file was read"),
            ("2026-06-07", "2026-07-01", "a day is not one of its own"),
            ("\"unrecorded\":1,\"nobodys\":0}", "\"unrecorded\":2,\"nobodys\":0}", "does not come to `1` and `0`"),
            (
                "[{\"day\"",
                "[{\"day\":\"2026-06-08\",\"unrecorded\":0,\"nobodys\":0},{\"day\"",
                "does not come to `1` and `0`",
            ),
            ("2026-06-30", "2026-05-30", "is before `2026-06-01`"),
            ("\"said_by\":\"A. Privacy\"", "\"said_by\":\"A\",\"address\":\"x\"", "unknown field `address`"),
        ] {
            let error = read(&good.replace(from, to)).unwrap_err();
            assert!(error.contains(says), "{error}");
        }
    }
}
