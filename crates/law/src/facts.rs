//! Facts: what is known about one request, who says so, and nothing else.
//!
//! A fact that is not here is unknown, and unknown is never a yes. Facts are typed by the pack's vocabulary when they are read
//! ([`parse_facts_json`]), flat, and each carries the words of its source. There is no fact about anyone's immigration status,
//! nationality or country of origin, and the reader refuses such names.
//!
//! Not here: computing facts from others ([`crate::derive`]).

use std::{cmp::Ordering, collections::BTreeMap, fmt, ops::Not};

use jiff::civil::{Date, DateTime};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::{days, ids::FactName, outcome::Known};

mod json;
mod schema;
mod spanned;

pub use json::{FactsError, FactsErrorKind, never_asked, parse_facts_json};
pub use schema::facts_schema;

impl Known {
    /// Yes only if both are; no if either is.
    #[must_use]
    pub fn and(self, other: Known) -> Known {
        match (self, other) {
            (Known::No, _) | (_, Known::No) => Known::No,
            (Known::Yes, Known::Yes) => Known::Yes,
            _ => Known::Unknown,
        }
    }

    /// Yes if either is; no only if both are.
    #[must_use]
    pub fn or(self, other: Known) -> Known {
        !((!self).and(!other))
    }

    /// Whether this is a yes. Unknown is not.
    #[must_use]
    pub fn is_yes(self) -> bool {
        self == Known::Yes
    }

    /// The two-valued answer, if there is one.
    #[must_use]
    pub fn known(self) -> Option<bool> {
        match self {
            Known::Yes => Some(true),
            Known::No => Some(false),
            Known::Unknown => None,
        }
    }
}

impl Not for Known {
    type Output = Known;

    fn not(self) -> Known {
        match self {
            Known::Yes => Known::No,
            Known::No => Known::Yes,
            Known::Unknown => Known::Unknown,
        }
    }
}

impl From<Option<bool>> for Known {
    fn from(value: Option<bool>) -> Self {
        value.map_or(Known::Unknown, Known::from)
    }
}

/// The value of one fact. Its type is the one that the vocabulary gives the fact's name.
///
/// In JSON a value is a plain boolean, integer, text or list. The texts of an enumeration are lower-case identifiers and can be
/// neither a date nor a moment, so that reading a written value gives the same value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Yes or no.
    Bool(bool),
    /// One of the values that the vocabulary lists for the fact.
    Text(String),
    /// A whole number in the unit that the vocabulary gives.
    Number(i64),
    /// A calendar day.
    Date(Date),
    /// A moment in the local time of the pack's zone, to the minute or second.
    DateTime(DateTime),
    /// What a search of criminal records returned; an empty list means that it found nothing.
    Convictions(Vec<Conviction>),
}

impl Value {
    /// The value's type, in the words of `facts.toml`.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        match self {
            Value::Bool(_) => "bool",
            Value::Text(_) => "enum",
            Value::Number(_) => "number",
            Value::Date(_) => "date",
            Value::DateTime(_) => "datetime",
            Value::Convictions(_) => "convictions",
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Bool(value) => f.write_str(if *value { "yes" } else { "no" }),
            Value::Text(text) => f.write_str(text),
            Value::Number(number) => write!(f, "{number}"),
            Value::Date(date) => write!(f, "{date}"),
            Value::DateTime(moment) => write!(f, "{} {}", moment.date(), moment.strftime("%H:%M")),
            Value::Convictions(list) if list.is_empty() => f.write_str("none found"),
            Value::Convictions(list) => write!(f, "{} listed", list.len()),
        }
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Value::Bool(value) => serializer.serialize_bool(*value),
            Value::Text(text) => serializer.serialize_str(text),
            Value::Number(number) => serializer.serialize_i64(*number),
            Value::Date(date) => serializer.collect_str(date),
            Value::DateTime(moment) => serializer.collect_str(moment),
            Value::Convictions(list) => list.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Bool(bool),
            Number(i64),
            Text(String),
            Convictions(Vec<Conviction>),
        }
        Ok(match Written::deserialize(deserializer)? {
            Written::Bool(value) => Value::Bool(value),
            Written::Number(number) => Value::Number(number),
            Written::Convictions(list) => Value::Convictions(list),
            Written::Text(text) => match (parse_date(&text), parse_datetime(&text)) {
                (Some(date), _) => Value::Date(date),
                (None, Some(moment)) => Value::DateTime(moment),
                (None, None) => Value::Text(text),
            },
        })
    }
}

/// `2026-06-15`, and nothing looser.
pub(crate) fn parse_date(text: &str) -> Option<Date> {
    let date: Date = text.parse().ok()?;
    (date.to_string() == text).then_some(date)
}

/// `2026-09-04T17:00` or `2026-09-04T17:00:30`, with a space allowed for the `T`, and nothing looser.
pub(crate) fn parse_datetime(text: &str) -> Option<DateTime> {
    if !text.is_ascii() || !matches!(text.len(), 16 | 19) {
        return None;
    }
    let (day, clock) = (text.get(..10)?, text.get(11..)?);
    if !matches!(text.get(10..11)?, "T" | " ") || !clock.bytes().all(|b| b.is_ascii_digit() || b == b':') {
        return None;
    }
    Some(parse_date(day)?.to_datetime(clock.parse().ok()?))
}

/// One fact: its value, and who or what says so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fact {
    /// The value.
    pub value: Value,
    /// Who or what says so: `form I-247A, box 3`, `eJusticeNY search`, a name.
    #[serde(default)]
    pub source: String,
}

/// Everything that is known about one request. What is not here is unknown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Facts(BTreeMap<FactName, Fact>);

impl Facts {
    /// Nothing known.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Records a fact, and returns the one that stood under that name.
    pub fn insert(&mut self, name: impl Into<FactName>, value: Value, source: &str) -> Option<Fact> {
        self.0.insert(name.into(), Fact { value, source: source.to_owned() })
    }

    /// Makes a fact unknown again, and returns it.
    pub fn remove(&mut self, name: &str) -> Option<Fact> {
        self.0.remove(name)
    }

    /// The fact of this name, if it is known.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Fact> {
        self.0.get(name)
    }

    /// For each of these names, which are in their order, the fact that is known: one walk in place of a search for each.
    pub(crate) fn in_order_of<'a, 'n>(&'a self, names: impl Iterator<Item = &'n FactName>) -> Vec<Option<&'a Fact>> {
        let mut rest = self.0.iter().peekable();
        let one = |name: &FactName| loop {
            match rest.peek()?.0.cmp(name) {
                Ordering::Less => drop(rest.next()),
                Ordering::Equal => return rest.next().map(|(_, fact)| fact),
                Ordering::Greater => return None,
            }
        };
        names.map(one).collect()
    }

    /// The value of this name, if it is known.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&Value> {
        self.get(name).map(|fact| &fact.value)
    }

    /// A yes-or-no fact. A value of another type is unknown.
    #[must_use]
    pub fn known(&self, name: &str) -> Known {
        match self.value(name) {
            Some(Value::Bool(value)) => Known::from(*value),
            _ => Known::Unknown,
        }
    }

    /// The day recorded under this name.
    #[must_use]
    pub fn date(&self, name: &str) -> Option<Date> {
        match self.value(name) {
            Some(Value::Date(date)) => Some(*date),
            _ => None,
        }
    }

    /// The moment recorded under this name.
    #[must_use]
    pub fn datetime(&self, name: &str) -> Option<DateTime> {
        match self.value(name) {
            Some(Value::DateTime(moment)) => Some(*moment),
            _ => None,
        }
    }

    /// The list of convictions recorded under this name.
    #[must_use]
    pub fn convictions(&self, name: &str) -> Option<&[Conviction]> {
        match self.value(name) {
            Some(Value::Convictions(list)) => Some(list),
            _ => None,
        }
    }

    /// Every fact, in the order of the names.
    pub fn iter(&self) -> impl Iterator<Item = (&FactName, &Fact)> {
        self.0.iter()
    }

    /// How many facts are known.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nothing is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<(FactName, Fact)> for Facts {
    fn from_iter<I: IntoIterator<Item = (FactName, Fact)>>(facts: I) -> Self {
        Self(facts.into_iter().collect())
    }
}

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$vdoc])* $variant),* }

        impl $name {
            /// Every value, in order.
            pub const ALL: &[$name] = &[$($name::$variant),*];

            /// The word used in files.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $($name::$variant => $text),* }
            }

            /// The value with this word.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.as_str() == text)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                Self::parse(&text).ok_or_else(|| de::Error::custom(format!(
                    "`{text}` is none of {}", Self::ALL.iter().map(|v| format!("`{v}`")).collect::<Vec<_>>().join(", "))))
            }
        }
    };
}

words! {
    /// What kind of entry the search shows. Only a judgment is a conviction "in the sense of Criminal Procedure Law 1.20(15)"
    /// (9-131(a)(2), 14-154(a)(2)); the others are named so that a desk can write down what it saw.
    Entry {
        /// A conviction with its sentence.
        Judgment = "judgment",
        /// A plea or verdict, not yet sentenced.
        AwaitingSentence = "awaiting_sentence",
        /// A charge not yet decided.
        PendingCharge = "pending_charge",
        /// An arrest without a charge or judgment.
        Arrest = "arrest",
        /// An open warrant.
        Warrant = "warrant",
        /// An entry in a gang database.
        GangEntry = "gang_entry",
        /// An old removal order.
        RemovalOrder = "removal_order",
        /// A youthful-offender adjudication (Criminal Procedure Law article 720), or a comparable status elsewhere.
        YouthfulOffender = "youthful_offender",
        /// A juvenile-delinquent finding (Family Court Act 301.2(1)), or a comparable one elsewhere.
        JuvenileFinding = "juvenile_finding",
        /// A judgment since vacated.
        Vacated = "vacated",
        /// A judgment since reversed.
        Reversed = "reversed",
    }
}

words! {
    /// Under whose law the conviction was.
    Law {
        /// The Penal Law of New York.
        NyPenal = "ny_penal",
        /// The Vehicle and Traffic Law of New York.
        NyVehicleTraffic = "ny_vehicle_traffic",
        /// Another law of New York.
        NyOther = "ny_other",
        /// Federal law.
        Federal = "federal",
        /// The law of another state.
        OtherState = "other_state",
    }
}

words! {
    /// How grave the crime of conviction was.
    Grade {
        /// A felony.
        Felony = "felony",
        /// A misdemeanor.
        Misdemeanor = "misdemeanor",
        /// A violation or less.
        Violation = "violation",
    }
}

words! {
    /// Whether the crime was completed, or one of the forms that aim at a crime. With the latter, the section is the crime aimed at.
    Form {
        /// The crime itself.
        Completed = "completed",
        /// Attempt, Penal Law article 110.
        Attempt = "attempt",
        /// Conspiracy, article 105.
        Conspiracy = "conspiracy",
        /// Solicitation, article 100.
        Solicitation = "solicitation",
        /// Facilitation, article 115.
        Facilitation = "facilitation",
    }
}

/// One entry of a criminal record, as the search shows it. Only the source is always there; the rest may be unknown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conviction {
    /// What the search calls it: a docket number. The sentences of the derivation begin with it.
    pub source: String,
    /// What kind of entry it is. Not given, but with a judgment's day: a judgment.
    #[serde(default, deserialize_with = "or_unknown", skip_serializing_if = "Option::is_none")]
    pub entry: Option<Entry>,
    /// Under whose law.
    #[serde(default, deserialize_with = "or_unknown", skip_serializing_if = "Option::is_none")]
    pub law: Option<Law>,
    /// The section with its subdivision, as the record gives it: `265.02(3)`.
    #[serde(default, deserialize_with = "or_unknown", skip_serializing_if = "Option::is_none")]
    pub section: Option<String>,
    /// Felony or less.
    #[serde(default, deserialize_with = "or_unknown", skip_serializing_if = "Option::is_none")]
    pub grade: Option<Grade>,
    /// Completed, or an attempt and the like. Not given: completed. Unknown: `null` or `"unknown"`.
    #[serde(default = "completed", deserialize_with = "or_unknown")]
    pub form: Option<Form>,
    /// Whether the judgment is for a hate crime under Penal Law 485.05. Not given: no, since a judgment names it.
    #[serde(default = "no", deserialize_with = "or_unknown")]
    pub hate_crime: Option<bool>,
    /// When the crime was committed.
    #[serde(default, deserialize_with = "day_or_unknown", skip_serializing_if = "Option::is_none")]
    pub crime_date: Option<Date>,
    /// When judgment was entered.
    #[serde(default, deserialize_with = "day_or_unknown", skip_serializing_if = "Option::is_none")]
    pub judgment_date: Option<Date>,
    /// Federal and other states' only: it would be a predicate felony conviction under Penal Law 70.06(1)(b)(i).
    #[serde(default, deserialize_with = "or_unknown", skip_serializing_if = "Option::is_none")]
    pub predicate_felony: Option<bool>,
    /// Federal and other states' only: it is for the equivalent of a violent or serious crime.
    #[serde(default, deserialize_with = "or_unknown", skip_serializing_if = "Option::is_none")]
    pub equivalent: Option<bool>,
    /// The time incarcerated for this crime.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub custody: Vec<Custody>,
}

impl Conviction {
    /// An entry of which only the source is known.
    #[must_use]
    pub fn named(source: &str) -> Self {
        Conviction {
            source: source.to_owned(),
            entry: None,
            law: None,
            section: None,
            grade: None,
            form: Some(Form::Completed),
            hate_crime: Some(false),
            crime_date: None,
            judgment_date: None,
            predicate_felony: None,
            equivalent: None,
            custody: Vec::new(),
        }
    }
}

/// A period incarcerated, from its first day up to, and not counting, the day of release.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Custody {
    /// The first day.
    #[serde(deserialize_with = "days::date")]
    pub from: Date,
    /// The day of release; none = still held.
    #[serde(default, deserialize_with = "day_or_none", skip_serializing_if = "Option::is_none")]
    pub to: Option<Date>,
}

#[expect(clippy::unnecessary_wraps, reason = "the shape that serde asks of a default")]
fn completed() -> Option<Form> {
    Some(Form::Completed)
}

#[expect(clippy::unnecessary_wraps, reason = "the shape that serde asks of a default")]
fn no() -> Option<bool> {
    Some(false)
}

/// A field that may say `null` or `"unknown"`.
fn or_unknown<'de, D: Deserializer<'de>, T: de::DeserializeOwned>(deserializer: D) -> Result<Option<T>, D::Error> {
    match serde_json::Value::deserialize(deserializer)? {
        serde_json::Value::Null => Ok(None),
        serde_json::Value::String(text) if text == "unknown" => Ok(None),
        other => serde_json::from_value(other).map(Some).map_err(de::Error::custom),
    }
}

/// A day that may say `null` or `"unknown"`: a text in JSON, bare in TOML (which hands it over as a table of one text).
fn day_or_unknown<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Date>, D::Error> {
    let text = match serde_json::Value::deserialize(deserializer)? {
        serde_json::Value::Null => return Ok(None),
        serde_json::Value::String(text) if text == "unknown" => return Ok(None),
        serde_json::Value::String(text) => text,
        serde_json::Value::Object(table) => match table.into_iter().next() {
            Some((_, serde_json::Value::String(text))) => text,
            _ => return Err(de::Error::custom("a table is not a date such as 2014-12-14")),
        },
        other => return Err(de::Error::custom(format!("`{other}` is not a date such as 2014-12-14"))),
    };
    parse_date(&text).map(Some).ok_or_else(|| de::Error::custom(format!("`{text}` is not a date such as 2014-12-14")))
}

/// The end of a period, which may say `null`; an unknown end is not an open one.
fn day_or_none<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Date>, D::Error> {
    struct OrNone;
    impl<'de> de::Visitor<'de> for OrNone {
        type Value = Option<Date>;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a date such as 2014-12-14, or null")
        }
        fn visit_none<E: de::Error>(self) -> Result<Self::Value, E> {
            Ok(None)
        }
        fn visit_unit<E: de::Error>(self) -> Result<Self::Value, E> {
            Ok(None)
        }
        fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
            days::date(deserializer).map(Some)
        }
    }
    deserializer.deserialize_option(OrNone)
}

#[cfg(test)]
mod tests {
    use jiff::civil::{date, datetime};
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn unknown_is_never_a_yes() {
        assert!(!Known::Unknown.is_yes());
        assert_eq!(Known::Unknown.and(Known::Yes), Known::Unknown);
        assert_eq!(Known::Unknown.and(Known::No), Known::No);
        assert_eq!(Known::Unknown.or(Known::Yes), Known::Yes);
        assert_eq!(Known::Unknown.or(Known::No), Known::Unknown);
        assert_eq!(!Known::Unknown, Known::Unknown);
    }

    #[test]
    fn dates_are_read_strictly() {
        assert_eq!(parse_date("2026-06-15"), Some(date(2026, 6, 15)));
        for bad in ["2026-02-30", "2026-6-15", "20260615", "2026-06-15T00:00", " 2026-06-15", ""] {
            assert_eq!(parse_date(bad), None, "{bad}");
        }
        assert_eq!(parse_datetime("2026-09-04T17:00"), Some(datetime(2026, 9, 4, 17, 0, 0, 0)));
        assert_eq!(parse_datetime("2026-09-04 17:00:30"), Some(datetime(2026, 9, 4, 17, 0, 30, 0)));
        for bad in [
            "2026-09-04",
            "2026-09-04T24:00",
            "2026-09-04T17",
            "2026-09-04T17:00:00Z",
            "2026-02-30T10:00",
            "2026-09-04T17:00:00.5",
        ] {
            assert_eq!(parse_datetime(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_conviction_says_what_it_leaves_out() {
        let c: Conviction =
            serde_json::from_str(r#"{"source": "docket 1", "grade": "unknown", "judgment_date": null}"#).unwrap();
        assert_eq!(c, Conviction::named("docket 1"));
        let unsure: Conviction =
            serde_json::from_str(r#"{"source": "docket 1", "form": "unknown", "hate_crime": "unknown"}"#).unwrap();
        assert_eq!((unsure.form, unsure.hate_crime), (None, None));
        let again: Conviction = serde_json::from_str(&serde_json::to_string(&unsure).unwrap()).unwrap();
        assert_eq!(again, unsure);
        assert!(serde_json::from_str::<Conviction>(r#"{"source": "docket 1", "colour": 1}"#).is_err());
    }

    fn any_value() -> impl Strategy<Value = Value> {
        let days = (2000i16..2100, 1i8..13, 1i8..29).prop_map(|(y, m, d)| date(y, m, d));
        prop_oneof![
            any::<bool>().prop_map(Value::Bool),
            any::<i64>().prop_map(Value::Number),
            "[a-z][a-z0-9_]{0,20}".prop_map(Value::Text),
            days.clone().prop_map(Value::Date),
            (days.clone(), 0i8..24, 0i8..60).prop_map(|(d, h, m)| Value::DateTime(d.at(h, m, 0, 0))),
            proptest::collection::vec((days, proptest::option::of(proptest::sample::select(Entry::ALL))), 0..3)
                .prop_map(|list| {
                    Value::Convictions(
                        list.into_iter()
                            .map(|(d, entry)| Conviction {
                                entry,
                                judgment_date: Some(d),
                                ..Conviction::named("docket")
                            })
                            .collect(),
                    )
                }),
        ]
    }

    proptest! {
        #[test]
        fn a_written_value_reads_back(value in any_value()) {
            let text = serde_json::to_string(&value).unwrap();
            prop_assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
        }
    }
}
