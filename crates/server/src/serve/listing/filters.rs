//! What the list of requests is narrowed by: read from an address or a form, refused with a sentence, written as an address again.
//!
//! The choices stand in the address, so that a page can be kept and a figure can lead to it. Words that are looked for never do: they come
//! by a form, since addresses are kept by browsers and by whatever stands before the server, and a word may name a person.

use jiff::civil::Date;
use law::{ActId, AgencyId, Outcome};
use record::{RequesterKind, Source};
use url::form_urlencoded::Serializer;

use crate::{
    serve::{
        Desk,
        forms::{Fault, Fields},
    },
    store::search::{Before, KINDS, Search, kind_word},
};

/// By what ways entries come, in the forms' words (`source-WORD`), each with its name in the record.
pub const SOURCES: [(&str, &str); 4] =
    [("desk", "desk"), ("api", "api"), ("demo", "demo"), ("import", "import:ice-foia")];

/// Whether somebody has said what was done, in the forms' words (`list-done-WORD`).
pub const DONE: [(&str, bool); 2] = [("no", false), ("yes", true)];

/// The years in which a day may be named.
const YEARS: std::ops::RangeInclusive<i16> = 2000..=2100;

/// The choices.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filters {
    /// Of one agency.
    pub agency: Option<AgencyId>,
    /// The first day of contact.
    pub from: Option<Date>,
    /// The last day of contact.
    pub through: Option<Date>,
    /// What sort of authority asked.
    pub kind: Option<RequesterKind>,
    /// For which act.
    pub act: Option<ActId>,
    /// With which answer.
    pub outcome: Option<Outcome>,
    /// By what way it came into the record.
    pub source: Option<Source>,
    /// Whether somebody has said what was done.
    pub done: Option<bool>,
    /// Only what shows a possible violation.
    pub possible: bool,
}

impl Filters {
    /// The choices of a form or an address.
    ///
    /// # Errors
    /// What is on no list or is no day is refused, never dropped.
    pub fn read(desk: &Desk, fields: &Fields) -> Result<Self, Fault> {
        let day = |name, label| -> Result<Option<Date>, Fault> {
            let Some(sent) = fields.one(name) else { return Ok(None) };
            let day: Date = sent.trim().parse().map_err(|_| Fault::of("form-no-day", label))?;
            if YEARS.contains(&day.year()) {
                return Ok(Some(day));
            }
            let fault = Fault::of("list-day-outside", label).with("first", format!("{}-01-01", YEARS.start()));
            Err(fault.with("last", format!("{}-12-31", YEARS.end())))
        };
        let acts = &desk.pack.vocabulary().acts;
        let act = match fields.one("act").map(ActId::new) {
            Some(act) if !acts.contains_key(&act) => return Err(Fault::of("form-not-on-list", "list-act")),
            act => act,
        };
        let outcomes = Outcome::ALL.map(|outcome| (outcome.word(), outcome));
        let source = fields.choice("source", "list-source", &SOURCES)?.and_then(|name| name.parse().ok());
        let (from, through) = (day("from", "list-from")?, day("through", "list-through")?);
        if from.zip(through).is_some_and(|(from, through)| from > through) {
            return Err(Fault::new("list-days-turned"));
        }
        Ok(Self {
            agency: fields.one("agency").map(AgencyId::new),
            from,
            through,
            kind: fields.choice("kind", "list-kind", &KINDS)?,
            act,
            outcome: fields.choice("outcome", "list-outcome", &outcomes)?,
            source,
            done: fields.choice("done", "list-done", &DONE)?,
            possible: fields.one("possible").is_some(),
        })
    }

    /// As the fields of a form and the parts of an address.
    #[must_use]
    pub fn pairs(&self) -> Vec<(&'static str, String)> {
        let source = self.source.as_ref().and_then(|source| {
            let name = source.to_string();
            SOURCES.iter().find(|(_, known)| *known == name).map(|(word, _)| (*word).to_owned())
        });
        [
            ("agency", self.agency.as_ref().map(ToString::to_string)),
            ("from", self.from.map(|day| day.to_string())),
            ("through", self.through.map(|day| day.to_string())),
            ("kind", self.kind.map(|kind| kind_word(kind).to_owned())),
            ("act", self.act.as_ref().map(ToString::to_string)),
            ("outcome", self.outcome.map(|outcome| outcome.word().to_owned())),
            ("source", source),
            ("done", self.done.map(|done| done_word(done).to_owned())),
            ("possible", self.possible.then(|| "yes".to_owned())),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
        .collect()
    }

    /// The address of the list that they make.
    #[must_use]
    pub fn address(&self) -> String {
        let query = Serializer::new(String::new()).extend_pairs(self.pairs()).finish();
        if query.is_empty() { "/requests".to_owned() } else { format!("/requests?{query}") }
    }

    /// Whether anything but agency and days is chosen.
    #[must_use]
    pub fn narrowed(&self) -> bool {
        self.pairs().iter().any(|(name, _)| !matches!(*name, "agency" | "from" | "through"))
    }

    /// What the store is asked.
    #[must_use]
    pub fn search(&self) -> Search {
        let Self { agency: _, from, through, kind, act, outcome, source, done, possible: _ } = self.clone();
        Search { from, through, kind, act, outcome, source, done, ..Search::default() }
    }
}

/// The forms' word for whether somebody has said what was done.
#[must_use]
pub fn done_word(done: bool) -> &'static str {
    if done { "yes" } else { "no" }
}

/// Where a page of the list ends, as its address says it: `2026-06-15.42`.
#[must_use]
pub fn written(before: Before) -> String {
    format!("{}.{}", before.day, before.seq)
}

/// The other way.
///
/// # Errors
/// When the text is none of ours.
pub fn place(text: &str) -> Result<Before, Fault> {
    let read = || {
        let (day, seq) = text.split_once('.')?;
        Some(Before { day: day.parse().ok()?, seq: seq.parse().ok()? })
    };
    read().ok_or_else(|| Fault::new("list-no-place"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_as_it_was_written_and_nothing_else_is_one() {
        let before = Before { day: "2026-06-15".parse().unwrap(), seq: 42 };
        assert_eq!(place(&written(before)), Ok(before));
        for bad in ["", "yesterday", "2026-06-15", "2026-06-15.", "2026-06-15.-1", "2026-06-15.1 OR 1=1", ".1"] {
            assert!(place(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_address_escapes_what_it_names() {
        let filters = Filters { agency: Some("A&B=C #".into()), possible: true, ..Filters::default() };
        assert_eq!(filters.address(), "/requests?agency=A%26B%3DC+%23&possible=yes");
        assert!(filters.narrowed() && !Filters { possible: false, ..filters }.narrowed());
        for (word, done) in DONE {
            let filters = Filters { done: Some(done), ..Filters::default() };
            assert_eq!(filters.address(), format!("/requests?done={word}"));
            assert!(filters.narrowed() && filters.search().done == Some(done));
        }
        assert_eq!(Filters::default().address(), "/requests");
    }
}
