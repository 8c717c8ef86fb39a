//! What four sections of the Administrative Code make agencies publish, computed from entries.
//!
//! Sources: NYC Admin. Code §§ 9-131(f), 14-154(f), 9-205(f), 10-178(d), as read on the pack's day. A filing is a pure
//! function of entries: in whatever order they come, whoever holds them gets the same tables, cell by cell, and every
//! figure names the entries that it counts. Counts of the statute are exact; what contradicts itself is not counted but
//! told ([`FilingError`]).
//!
//! Read in this order: [`period`] the days a filing answers for · [`table`] cells that name their entries · `matter`
//! what stands about a request · `detainers` the three filings by an agency · `resources` the quarterly one · `statement` an
//! agency's own, which no law asks for · `check` contradictions · [`suppress`] for tables that no statute asks for.
//!
//! Not here: sentences (a renderer finds them by [`table::Word`]), files, and the entry that says a filing was made
//! ([`crate::Filed`]).

use std::collections::{BTreeMap, BTreeSet};

use law::{AgencyId, Known};
use serde::{Deserialize, Serialize};

use crate::{Entry, EntryId, Source};

mod check;
mod detainers;
mod matter;
pub mod period;
mod resources;
mod statement;
pub mod suppress;
pub mod table;
#[cfg(test)]
mod tests;

pub use check::{Contradiction, FilingError, Wrong, contradictions};
pub use matter::lean;
pub use period::{Period, PeriodError, Section, SectionError};
pub use statement::{MOST_LISTED, Stated, statement};
pub use table::{Cell, Label, Note, Origin, Row, Table, Unit, Value, Word};

/// What a filing is made with beside the entries. All of it is said on the filing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Sources counted beside the city's own desk and programs, as `import:ice-foia` or `demo`.
    pub include: BTreeSet<Source>,
    /// The period has not ended: what is made is a draft.
    pub draft: bool,
    /// Names by which the pack calls agencies that are not the City's: § 10-178(d) asks what the City's were asked.
    pub not_of_the_city: BTreeSet<AgencyId>,
}

/// A filing: every table the statute asks for, and what must be said beside them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filing {
    /// Under which section.
    pub section: Section,
    /// The agency that publishes it, by the pack's name; absent for § 10-178(d).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agency: Option<String>,
    /// For which days.
    pub period: Period,
    /// The tables, in the statute's order.
    pub tables: Vec<Table>,
    /// What must be said beside them.
    pub notes: Vec<Note>,
    /// Sources counted beside the city's own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub included: Vec<String>,
    /// The packs whose decisions stand behind the requests that were read: id, version, hash.
    pub packs: Vec<Pack>,
    /// How many entries about requests of the period were read.
    pub entries: u64,
    /// How many requests they are about.
    pub requests: u64,
    /// How many entries of the whole record have been erased.
    pub erased: u64,
    /// Every count is nought.
    pub nil: bool,
}

/// A law pack that decided.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Pack {
    /// Its id.
    pub id: String,
    /// Its version.
    pub version: String,
    /// SHA-256 of its files.
    pub sha256: String,
}

impl Filing {
    /// The table with this title.
    #[must_use]
    pub fn table(&self, title: Word) -> Option<&Table> {
        self.tables.iter().find(|table| table.title == title)
    }

    /// Every entry that some figure names, ascending, each once.
    #[must_use]
    pub fn counted(&self) -> BTreeSet<EntryId> {
        self.tables
            .iter()
            .flat_map(|table| &table.rows)
            .flat_map(|row| &row.cells)
            .flat_map(|cell| &cell.counts)
            .copied()
            .collect()
    }
}

/// Entries put together by what they are about: once, for as many filings as are made of them.
#[derive(Debug)]
pub struct Gathered<'a> {
    matters: matter::Matters<'a>,
    options: Options,
}

impl<'a> Gathered<'a> {
    /// Puts these entries together; those of a source that is not counted are left aside.
    #[must_use]
    pub fn of(entries: &'a [Entry], options: Options) -> Self {
        Self { matters: matter::gather(entries, &options), options }
    }

    /// What they were put together with.
    #[must_use]
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// The filing of `section` for `period`, whichever section it is.
    ///
    /// # Errors
    /// When the entries contradict themselves; see [`FilingError`].
    pub fn file(&self, section: Section, period: &Period) -> Result<Filing, FilingError> {
        match section {
            Section::Correction | Section::Police | Section::Probation => {
                detainers::file(section, &self.matters, period, &self.options)
            }
            Section::Resources => resources::file(&self.matters, period, &self.options),
            Section::Statement => Err(FilingError::NoFiling),
        }
    }
}

/// The filing of `section` for `period`, whichever section it is.
///
/// # Errors
/// When the entries contradict themselves; see [`FilingError`].
pub fn file(section: Section, entries: &[Entry], period: &Period, options: &Options) -> Result<Filing, FilingError> {
    Gathered::of(entries, options.clone()).file(section, period)
}

/// § 9-131(f), the Department of Correction: nine fields.
///
/// # Errors
/// When the entries contradict themselves.
pub fn section_9_131(entries: &[Entry], period: &Period, options: &Options) -> Result<Filing, FilingError> {
    file(Section::Correction, entries, period, options)
}

/// § 14-154(f), the Police Department: five fields.
///
/// # Errors
/// When the entries contradict themselves.
pub fn section_14_154(entries: &[Entry], period: &Period, options: &Options) -> Result<Filing, FilingError> {
    file(Section::Police, entries, period, options)
}

/// § 9-205(f), the Department of Probation: five fields, with appointments as a type of information.
///
/// # Errors
/// When the entries contradict themselves.
pub fn section_9_205(entries: &[Entry], period: &Period, options: &Options) -> Result<Filing, FilingError> {
    file(Section::Probation, entries, period, options)
}

/// § 10-178(d), the designated office, for every agency: requests and actions by who asked and who was asked.
///
/// # Errors
/// When the entries contradict themselves.
pub fn section_10_178(entries: &[Entry], period: &Period, options: &Options) -> Result<Filing, FilingError> {
    file(Section::Resources, entries, period, options)
}

/// What every filing says about itself, beside what its tables make it say.
struct Frame {
    notes: Vec<Note>,
    included: Vec<String>,
}

fn frame(section: Section, period: &Period, options: &Options, matters: &matter::Matters<'_>) -> Frame {
    let included: Vec<String> = options.include.iter().map(ToString::to_string).collect();
    let mut notes = Vec::new();
    if options.draft {
        notes.push(Note::new(Word::NoteDraft).text("to", period.to.to_string()));
    }
    if !included.is_empty() {
        notes.push(Note::new(Word::NoteIncluded).text("sources", included.join(", ")));
    }
    if period.overlaps_the_year_before(section) {
        notes.push(Note::new(Word::NoteOverlap));
    }
    let erased = matters.erased.len();
    if erased > 0 {
        notes.push(Note::new(Word::NoteErased).number("erased", erased));
    }
    let corrected = matters.corrected(section.agency(), period);
    if corrected > 0 {
        notes.push(Note::new(Word::NoteCorrected).number("corrected", corrected));
    }
    Frame { notes, included }
}

/// What was read for a filing: entries, requests and the packs that decided about them.
#[derive(Default)]
struct Read {
    entries: BTreeSet<EntryId>,
    requests: usize,
    packs: BTreeSet<matter::PackOrder>,
}

impl Read {
    fn add(&mut self, matter: &matter::Matter<'_>) {
        self.entries.extend(&matter.read);
        self.packs.extend(matter.packs.iter().cloned());
        self.requests += 1;
    }

    fn packs(self) -> Vec<Pack> {
        self.packs.into_iter().map(|pack| Pack { id: pack.0, version: pack.1, sha256: pack.2 }).collect()
    }
}

/// Whether no table counts anything: every figure is nought or not stated.
fn is_nil(tables: &[Table]) -> bool {
    tables
        .iter()
        .flat_map(|table| &table.rows)
        .flat_map(|row| &row.cells)
        .all(|cell| !matches!(cell.value, Value::Exact(1..)))
}

/// Groups ticks by a key, keeping every key that was asked for.
fn by_key<K: Ord + Clone>(keys: impl IntoIterator<Item = K>) -> BTreeMap<K, Vec<table::Tick>> {
    keys.into_iter().map(|key| (key, Vec::new())).collect()
}

/// How a closed answer is sorted: yes, no, not established.
const KNOWN: [Known; 3] = [Known::Yes, Known::No, Known::Unknown];
