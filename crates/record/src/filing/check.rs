//! Contradictions that stop a filing.
//!
//! A filing is published under a statute: figures over a record that contradicts itself would be false, and a silent
//! choice between two entries would be ours, not the agency's. So nothing is filed; every contradiction is named with its
//! entries, and whoever keeps the record corrects it by a later entry.
//! Source: decisions 11 (each detainer open, honored or not honored; persons by distinct key; transferred with a
//! conviction and with a match alone together at most all transferred).

use std::fmt;

use super::matter::{Fate, Matter, Matters, Standing, gather};
use super::table::{Table, Unit, Word};
use super::{Label, Options, Period};
use crate::{Deed, Entry, EntryId, HoldEnd};

/// Why there is no filing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FilingError {
    /// Entries contradict each other.
    #[error("the record contradicts itself, so nothing is filed; correct it by a later entry:{}", list(.0))]
    Contradictions(Vec<Contradiction>),
    /// A statement is an agency's, and made by [`super::statement`].
    #[error("a statement is no filing of a statute: make it with `vouchsafe statement`")]
    NoFiling,
}

/// One contradiction and the entries that make it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contradiction {
    /// What is wrong.
    pub wrong: Wrong,
    /// The entries, ascending.
    pub entries: Vec<EntryId>,
}

/// What can be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wrong {
    /// A deed about a request that the record does not hold, though nothing was erased.
    NoRequest,
    /// The detainer is said to be not honored or withdrawn, and the person was handed over on it or the requester told.
    HonoredAfterAll,
    /// A hold or a transfer on a detainer, and the request carries none.
    NoDetainer,
    /// A hold is said to have ended in a transfer that is not recorded, or otherwise while one is.
    HoldAndTransfer,
    /// Request and deed name two persons.
    TwoPersons,
    /// Handed over on a detainer before it was lodged.
    BeforeLodging,
    /// A table whose lines do not add up: a fault of ours.
    Sum,
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Wrong::NoRequest => "something was done about a request that is not in the record",
            Wrong::HonoredAfterAll => {
                "a detainer is recorded as not honored or withdrawn, and as acted on (held for it, told of release, handed over)"
            }
            Wrong::NoDetainer => "a person is recorded as held or handed over on a detainer that is not recorded",
            Wrong::HoldAndTransfer => "how a hold ended and whether the person was handed over do not agree",
            Wrong::TwoPersons => "a request and what was done about it name two persons",
            Wrong::BeforeLodging => "a person is recorded as handed over on a detainer before it was lodged",
            Wrong::Sum => "the lines of a table do not add up, which is a fault of this program",
        })
    }
}

fn list(contradictions: &[Contradiction]) -> String {
    contradictions
        .iter()
        .map(|contradiction| {
            let entries: Vec<String> = contradiction.entries.iter().map(ToString::to_string).collect();
            format!("\n  {}: {}", contradiction.wrong, entries.join(", "))
        })
        .collect()
}

/// What would stop a filing about these requests, whatever the day and the agency: for a desk that is about to record a
/// deed, so that it hears so before and not at the end of the year. Entries of every source are looked at.
#[must_use]
pub fn contradictions(entries: &[Entry]) -> Vec<Contradiction> {
    let include = entries.iter().map(|entry| entry.source.clone()).collect();
    let matters = gather(entries, &Options { include, ..Options::default() });
    let mut found = Vec::new();
    for matter in matters.by_request.values() {
        matter_of_detainer(matter, &mut found);
    }
    sorted(found)
}

fn verdict(found: Vec<Contradiction>) -> Result<(), FilingError> {
    let found = sorted(found);
    if found.is_empty() { Ok(()) } else { Err(FilingError::Contradictions(found)) }
}

fn sorted(mut found: Vec<Contradiction>) -> Vec<Contradiction> {
    for contradiction in &mut found {
        contradiction.entries.sort_unstable();
        contradiction.entries.dedup();
    }
    found.sort_by(|a, b| (a.wrong, &a.entries).cmp(&(b.wrong, &b.entries)));
    found.dedup();
    found
}

/// Checks what one agency's filing over detainers counts: matters lodged or acted on in the period.
pub(super) fn detainers(agency: &str, matters: &Matters<'_>, period: &Period) -> Result<(), FilingError> {
    let mut found = Vec::new();
    for matter in matters.by_request.values().filter(|matter| matter.request.receiver.agency.as_str() == agency) {
        let lodged = matter.detainer().is_some_and(|detainer| period.holds(detainer.lodged));
        if lodged || matter.deeds.iter().any(|deed| period.holds(deed.done.when.day())) {
            matter_of_detainer(matter, &mut found);
        }
    }
    for deed in matters.alone.iter().filter(|deed| deed.done.agency.as_str() == agency) {
        // With the request erased nobody can tell whether it carried a detainer; without a request there was none.
        let on_detainer = matches!(deed.done.deed, Deed::Held { .. } | Deed::Transferred { on_detainer: true, .. });
        if on_detainer && deed.done.request.is_none() && period.holds(deed.done.when.day()) {
            found.push(Contradiction { wrong: Wrong::NoDetainer, entries: vec![deed.entry] });
        }
    }
    dangling(Some(agency), matters, period, &mut found);
    verdict(found)
}

/// Checks what the quarterly filing counts.
pub(super) fn resources(matters: &Matters<'_>, period: &Period) -> Result<(), FilingError> {
    let mut found = Vec::new();
    for matter in matters.by_request.values() {
        for deed in matter.deeds.iter().filter(|deed| period.holds(deed.done.when.day())) {
            two_persons(matter, deed, &mut found);
        }
    }
    dangling(None, matters, period, &mut found);
    verdict(found)
}

fn dangling(agency: Option<&str>, matters: &Matters<'_>, period: &Period, found: &mut Vec<Contradiction>) {
    let counted = matters
        .dangling
        .iter()
        .filter(|deed| agency.is_none_or(|agency| deed.done.agency.as_str() == agency))
        .filter(|deed| period.holds(deed.done.when.day()));
    found.extend(counted.map(|deed| Contradiction { wrong: Wrong::NoRequest, entries: vec![deed.entry] }));
}

fn two_persons(matter: &Matter<'_>, deed: &Standing<'_>, found: &mut Vec<Contradiction>) {
    if let (Some(asked), Some(done)) = (matter.request.person, deed.done.person)
        && asked != done
    {
        found.push(Contradiction { wrong: Wrong::TwoPersons, entries: vec![matter.entry, deed.entry] });
    }
}

fn matter_of_detainer(matter: &Matter<'_>, found: &mut Vec<Contradiction>) {
    let mut tell = |wrong, entries: Vec<EntryId>| found.push(Contradiction { wrong, entries });
    let transferred: Vec<&Standing<'_>> = matter
        .deeds
        .iter()
        .filter(|deed| matches!(deed.done.deed, Deed::Transferred { on_detainer: true, .. }))
        .collect();
    for deed in &matter.deeds {
        match &deed.done.deed {
            Deed::Held { .. } | Deed::Transferred { on_detainer: true, .. } if matter.detainer().is_none() => {
                tell(Wrong::NoDetainer, vec![matter.entry, deed.entry]);
            }
            Deed::Held { ended, .. } => {
                let agrees = match ended {
                    Some(HoldEnd::Transferred) => {
                        matter.deeds.iter().any(|other| matches!(other.done.deed, Deed::Transferred { .. }))
                    }
                    Some(HoldEnd::HoursRanOut | HoldEnd::Disavowed | HoldEnd::Released) => transferred.is_empty(),
                    None => true,
                };
                if !agrees {
                    let others = transferred.iter().map(|other| other.entry);
                    tell(Wrong::HoldAndTransfer, others.chain([deed.entry]).collect());
                }
            }
            Deed::Transferred { on_detainer: true, .. }
                if matter.detainer().is_some_and(|detainer| deed.done.when.day() < detainer.lodged) =>
            {
                tell(Wrong::BeforeLodging, vec![matter.entry, deed.entry]);
            }
            _ => {}
        }
    }
    let resolved = matter.deeds.iter().find(|deed| matches!(deed.done.deed, Deed::Resolved { .. }));
    if let Some(resolved) = resolved {
        // A short hold while the search was run can end in not honoring; one that lasted for the detainer cannot.
        let acted_on = |deed: &&Standing<'_>| match (&deed.done.deed, matter.fate()) {
            (Deed::Transferred { on_detainer: true, .. }, Fate::NotHonored { .. } | Fate::Withdrawn) => true,
            (Deed::Notified { .. }, Fate::NotHonored { .. }) => true,
            (Deed::Held { ended, .. }, Fate::NotHonored { .. }) => *ended != Some(HoldEnd::Released),
            _ => false,
        };
        let entries: Vec<EntryId> = matter.deeds.iter().filter(acted_on).map(|deed| deed.entry).collect();
        if !entries.is_empty() {
            tell(Wrong::HonoredAfterAll, entries.into_iter().chain([resolved.entry]).collect());
        }
    }
    for deed in &matter.deeds {
        two_persons(matter, deed, found);
    }
}

/// Checks that what was computed adds up: a total is at least each of its lines and at most their sum; of the persons
/// transferred, those with a conviction and those with a match alone are together at most all of them.
pub(super) fn sums(tables: &[Table]) -> Result<(), FilingError> {
    let mut found = Vec::new();
    for table in tables {
        for (column, _) in table.columns.iter().enumerate() {
            let figure = |row: &super::Row| row.cells.get(column).and_then(super::Cell::exact).unwrap_or_default();
            let Some(total) = table.rows.last().filter(|row| row.total) else { continue };
            let lines: Vec<u64> = table.rows.iter().filter(|row| !row.total).map(figure).collect();
            let (least, most) = (lines.iter().copied().max().unwrap_or_default(), lines.iter().sum());
            if !(least..=most).contains(&figure(total)) {
                let entries = total.cells.get(column).map(|cell| cell.counts.clone()).unwrap_or_default();
                found.push(Contradiction { wrong: Wrong::Sum, entries });
            }
        }
        let persons = |word| {
            let cell = table.cell(&[Label::Word(word)], Word::ColPersons);
            cell.filter(|cell| cell.unit == Unit::Persons).and_then(super::Cell::exact)
        };
        if let (Some(all), Some(convicted), Some(matched)) =
            (persons(Word::RowTransferred), persons(Word::RowTransferredConvicted), persons(Word::RowTransferredMatch))
            && convicted.saturating_add(matched) > all
        {
            let entries = table.rows.iter().flat_map(|row| &row.cells).flat_map(|cell| cell.counts.clone()).collect();
            found.push(Contradiction { wrong: Wrong::Sum, entries });
        }
    }
    verdict(found)
}
