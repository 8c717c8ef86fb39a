//! Tables of a filing: rows, columns and cells, where every figure names the entries it counts.
//!
//! Labels are ids, not sentences: whoever renders a filing looks its words up. So a filing reads the same in every
//! language and no sentence is written in a pure crate.
//! Not here: which entry stands in which cell ([`super::detainers`], [`super::resources`]) and how a table looks.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{EntryId, PersonKey, RequestId};

/// What a renderer must find words for: [`Word`] by its id, names of agencies by the pack's vocabulary.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Label {
    /// A phrase of the filing itself.
    Word(Word),
    /// An agency of the city, by the pack's name for it, as `DOC`.
    Agency(String),
    /// An agency that asks, by the pack's name for it, as `ice_ero`.
    Requester(String),
    /// A request or an entry, by its id. In no filing of a statute: a statement lists by it what is open.
    Id(String),
}

/// What a cell counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Detainers, one for each request that lodged one.
    Detainers,
    /// Outside requests.
    Requests,
    /// Responses to outside requests, one for each request answered.
    Responses,
    /// Distinct persons.
    Persons,
    /// Money, in cents.
    Cents,
    /// Entries, each once.
    Entries,
    /// Contacts that a comparison with the city's logs found.
    Contacts,
}

/// A figure, or why there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Value {
    /// An exact figure.
    Exact(u64),
    /// Nobody has stated it. Never a nought: silence is not "none".
    NotStated,
    /// Nothing was compared by which it could be known. Never a nought either.
    NotCompared,
    /// A figure of a table that we add, too small to publish. The statute's own figures are never suppressed.
    Suppressed,
}

/// One figure and the entries it counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cell {
    /// The figure.
    pub value: Value,
    /// What it counts.
    pub unit: Unit,
    /// The entries counted, ascending, each once. For persons: every entry that speaks of one of them, so that there
    /// may be more entries than persons.
    pub counts: Vec<EntryId>,
}

/// Who is counted as one person. Where no key is on record, the request stands for a person of its own, or a deed about
/// no request: two requests then count as two, which a note of the filing says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Who {
    Key(PersonKey),
    Request(RequestId),
    Entry(EntryId),
}

/// One entry to be counted, with the person it speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Tick {
    pub person: Who,
    pub entry: EntryId,
}

impl Cell {
    /// A cell over `ticks`: as many as there are distinct persons if `unit` is persons, else distinct entries.
    pub(super) fn of<'a>(unit: Unit, ticks: impl IntoIterator<Item = &'a Tick>) -> Cell {
        let ticks: BTreeSet<&Tick> = ticks.into_iter().collect();
        let counts: BTreeSet<EntryId> = ticks.iter().map(|tick| tick.entry).collect();
        let value = match unit {
            Unit::Persons => ticks.iter().map(|tick| tick.person).collect::<BTreeSet<_>>().len(),
            _ => counts.len(),
        };
        Cell { value: Value::Exact(value as u64), unit, counts: counts.into_iter().collect() }
    }

    /// Money that somebody stated; nobody did: not stated.
    pub(super) fn cents(stated: Option<u64>) -> Cell {
        Cell { value: stated.map_or(Value::NotStated, Value::Exact), unit: Unit::Cents, counts: Vec::new() }
    }

    /// The figure, if it is an exact one.
    #[must_use]
    pub fn exact(&self) -> Option<u64> {
        match self.value {
            Value::Exact(figure) => Some(figure),
            Value::NotStated | Value::NotCompared | Value::Suppressed => None,
        }
    }
}

/// One row: its headings, then a cell for each column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// Row headings, as many as the table has `heads`.
    pub heads: Vec<Label>,
    /// Whether this row sums others without counting anything twice.
    pub total: bool,
    /// Figures, as many as the table has `columns`.
    pub cells: Vec<Cell>,
}

/// Who asks for a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// The statute. Its counts are exact.
    Statute,
    /// We add it. Its small counts are suppressed ([`super::suppress`]).
    Ours,
}

/// One table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// The table's title.
    pub title: Word,
    /// Who asks for it.
    pub origin: Origin,
    /// What the columns of row headings are called.
    pub heads: Vec<Word>,
    /// What the columns of figures are called.
    pub columns: Vec<Word>,
    /// The rows; none in a nil filing by agencies.
    pub rows: Vec<Row>,
}

impl Table {
    /// The cell under `column` of the row headed exactly `heads`.
    #[must_use]
    pub fn cell(&self, heads: &[Label], column: Word) -> Option<&Cell> {
        let at = self.columns.iter().position(|word| *word == column)?;
        self.rows.iter().find(|row| row.heads == heads)?.cells.get(at)
    }
}

/// A sentence that a filing carries beside its tables, with what is to be put into it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// Which sentence.
    pub word: Word,
    /// Numbers to put in, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub numbers: BTreeMap<String, u64>,
    /// Text to put in, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub texts: BTreeMap<String, String>,
}

impl Note {
    pub(super) fn new(word: Word) -> Note {
        Note { word, numbers: BTreeMap::new(), texts: BTreeMap::new() }
    }

    pub(super) fn number(mut self, name: &str, number: usize) -> Note {
        self.numbers.insert(name.to_owned(), number as u64);
        self
    }

    pub(super) fn text(mut self, name: &str, text: impl Into<String>) -> Note {
        self.texts.insert(name.to_owned(), text.into());
        self
    }
}

macro_rules! words {
    ($($(#[$doc:meta])* $variant:ident = $id:literal,)*) => {
        /// Every phrase that a filing is made of, by id. A renderer has a sentence for each ([`Word::ALL`]).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Word {
            $($(#[$doc])* #[serde(rename = $id)] $variant,)*
        }

        impl Word {
            /// All of them.
            pub const ALL: &'static [Word] = &[$(Word::$variant,)*];

            /// The id under which a renderer finds the sentence.
            #[must_use]
            pub fn id(self) -> &'static str {
                match self {
                    $(Word::$variant => $id,)*
                }
            }
        }
    };
}

words! {
    /// Title of the table by reason: detainers lodged and persons held.
    TableReasons = "table-reasons",
    /// Title of the table of detainers received (§§ 14-154 and 9-205 ask for no reasons).
    TableReceived = "table-received",
    /// Title of the table of persons held, transferred, not honored.
    TablePersons = "table-persons",
    /// Title of the table of federal money.
    TableFunding = "table-funding",
    /// Title of the table of requests about a person.
    TableAsked = "table-asked",
    /// Title of the table of responses honoring them.
    TableAnswered = "table-answered",
    /// Title of the table by requesting and receiving agency.
    TablePairs = "table-pairs",
    /// Title of the table of what was left out.
    TableOmitted = "table-omitted",
    /// Title of a statement's table of requests by kind of requester and answer.
    TableKinds = "table-kinds",
    /// Title of a statement's table of what was done.
    TableDone = "table-done",
    /// Title of a statement's table of possible violations.
    TableFindings = "table-findings",
    /// Title of a statement's table of contacts that nobody recorded.
    TableContacts = "table-contacts",
    /// Title of a statement's table of what is open.
    TableOpen = "table-open",
    /// Title of a statement's list of what is open.
    TableListed = "table-listed",

    /// Heading over reasons.
    HeadReason = "head-reason",
    /// Heading over lines of the statute.
    HeadLine = "head-line",
    /// Heading over classes of conviction.
    HeadClass = "head-class",
    /// Heading over whether a transfer was facilitated.
    HeadTransfer = "head-transfer",
    /// Heading over requesting agencies.
    HeadRequesting = "head-requesting",
    /// Heading over receiving agencies.
    HeadReceiving = "head-receiving",
    /// Heading over grounds for leaving out.
    HeadGround = "head-ground",
    /// Heading over kinds of requesters.
    HeadKind = "head-kind",
    /// Heading over what is counted or open.
    HeadWhat = "head-what",
    /// Heading over ids.
    HeadId = "head-id",

    /// Column: detainers.
    ColDetainers = "col-detainers",
    /// Column: persons held past release.
    ColHeld = "col-held",
    /// Column: persons.
    ColPersons = "col-persons",
    /// Column: dollars.
    ColDollars = "col-dollars",
    /// Column: incarceration status.
    ColIncarceration = "col-incarceration",
    /// Column: release date.
    ColRelease = "col-release",
    /// Column: court date.
    ColCourt = "col-court",
    /// Column: scheduled appointment dates or times (§ 9-205 only).
    ColAppointment = "col-appointment",
    /// Column: other information.
    ColOther = "col-other",
    /// Column: requests, each once.
    ColRequests = "col-requests",
    /// Column: responses, each once.
    ColResponses = "col-responses",
    /// Column: help given in whole.
    ColGiven = "col-given",
    /// Column: help given in part.
    ColPart = "col-part",
    /// Column: no help given.
    ColRefused = "col-refused",
    /// Column: nothing done yet on record.
    ColOpen = "col-open",
    /// Column: answered with no.
    ColBarred = "col-barred",
    /// Column: sent to counsel.
    ColEscalate = "col-escalate",
    /// Column: no, not yet.
    ColNotYet = "col-not-yet",
    /// Column: the city's own duty.
    ColRequired = "col-required",
    /// Column: permitted.
    ColPermitted = "col-permitted",
    /// Column: no provision applies.
    ColOutside = "col-outside",
    /// Column: nobody asked the gate.
    ColUnanswered = "col-unanswered",
    /// Column: how many.
    ColCount = "col-count",

    /// Row: reason to believe removable.
    RowReasonBelieve = "row-reason-believe",
    /// Row: proceedings begun and charging document served.
    RowReasonProceedings = "row-reason-proceedings",
    /// Row: warrant of arrest for removal proceedings served.
    RowReasonWarrant = "row-reason-warrant",
    /// Row: order of deportation or removal obtained.
    RowReasonOrder = "row-reason-order",
    /// Row: another reason given.
    RowReasonOther = "row-reason-other",
    /// Row: no reason given or legible.
    RowReasonNone = "row-reason-none",
    /// Row: the whole, each once.
    RowTotal = "row-total",
    /// Row: detainers received.
    RowReceived = "row-received",
    /// Row: persons held past release.
    RowHeld = "row-held",
    /// Row: persons transferred.
    RowTransferred = "row-transferred",
    /// Row: of them, with a violent or serious conviction.
    RowTransferredConvicted = "row-transferred-convicted",
    /// Row: of them, without one, possible match in the terrorist screening database.
    RowTransferredMatch = "row-transferred-match",
    /// Row: persons whose detainers were not honored.
    RowNotHonored = "row-not-honored",
    /// Row: held but not transferred.
    RowNotTransferred = "row-not-transferred",
    /// Row: funding asked for.
    RowFundingRequested = "row-funding-requested",
    /// Row: funding received.
    RowFundingReceived = "row-funding-received",
    /// Row: no violent or serious conviction.
    RowClassNone = "row-class-none",
    /// Row: at least one.
    RowClassConvicted = "row-class-convicted",
    /// Row: none, but a possible match.
    RowClassMatch = "row-class-match",
    /// Row: not established on the record.
    RowClassUnknown = "row-class-unknown",
    /// Row: the department facilitated the transfer.
    RowFacilitated = "row-facilitated",
    /// Row: it did not.
    RowNotFacilitated = "row-not-facilitated",
    /// Row: not established whether it did.
    RowFacilitatedUnknown = "row-facilitated-unknown",
    /// Row: omitted under (i).
    RowOmittedInvestigation = "row-omitted-investigation",
    /// Row: omitted under (ii).
    RowOmittedArrangement = "row-omitted-arrangement",
    /// Row: federal requesters.
    RowKindFederal = "row-kind-federal",
    /// Row: of a state.
    RowKindState = "row-kind-state",
    /// Row: of another locality.
    RowKindOtherLocal = "row-kind-other-local",
    /// Row: a contractor or task force.
    RowKindTaskForce = "row-kind-task-force",
    /// Row: not established.
    RowKindUnknown = "row-kind-unknown",
    /// Row: done though barred.
    RowDoneThoughBarred = "row-done-though-barred",
    /// Row: done while open.
    RowDoneWhileOpen = "row-done-while-open",
    /// Row: done without asking.
    RowDoneWithoutAsking = "row-done-without-asking",
    /// Row: disclosed though refused.
    RowDisclosedThoughRefused = "row-disclosed-though-refused",
    /// Row: done though refused.
    RowDoneThoughRefused = "row-done-though-refused",
    /// Row: disclosed and no request on record.
    RowDisclosedWithoutRequest = "row-disclosed-without-request",
    /// Row: held past release.
    RowHeldPastRelease = "row-held-past-release",
    /// Row: transferred and no request on record.
    RowTransferredWithoutRequest = "row-transferred-without-request",
    /// Row: handed over and no written basis on record.
    RowHandedOverWithoutBasis = "row-handed-over-without-basis",
    /// Row: handed over with one official alone on record.
    RowHandedOverByOne = "row-handed-over-by-one",
    /// Row: written down late.
    RowRecordedLate = "row-recorded-late",
    /// Row: disclosed and no approval that holds is named.
    RowDisclosedWithoutApproval = "row-disclosed-without-approval",
    /// Row: disclosed otherwise than approved.
    RowDisclosedOtherwise = "row-disclosed-otherwise",
    /// Row: disclosed before it was approved.
    RowDisclosedBeforeApproval = "row-disclosed-before-approval",
    /// Row: disclosed though a record is sealed.
    RowDisclosedThoughSealed = "row-disclosed-though-sealed",
    /// Row: recorded as done, which would be a possible violation, and said to be a mistake.
    RowTakenBack = "row-taken-back",
    /// Row: contacts that nobody recorded.
    RowContacts = "row-contacts",
    /// Row: requests on which nothing was done.
    RowNoAction = "row-no-action",
    /// Row: hand-overs that nobody looked after when their thirty days had ended.
    RowNotFollowedUp = "row-not-followed-up",
    /// Row: entries that contradict each other.
    RowContradicted = "row-contradicted",
    /// Row: answers with a duty whose time ran out, and nobody said that it was done.
    RowOverdue = "row-overdue",
    /// Row: proposals to give information that wait for a ruling.
    RowUnruled = "row-unruled",

    /// Note: nothing to count.
    NoteNil = "note-nil",
    /// Note: a detainer with several reasons counts under each.
    NoteReasons = "note-reasons",
    /// Note: persons counted once; without a key each request is one.
    NotePersons = "note-persons",
    /// Note: persons whose class changed within the period.
    NoteTypes = "note-types",
    /// Note: class not established.
    NoteClassUnknown = "note-class-unknown",
    /// Note: nobody stated the funding.
    NoteFunding = "note-funding",
    /// Note: erased entries.
    NoteErased = "note-erased",
    /// Note: entries that were a mistake.
    NoteCorrected = "note-corrected",
    /// Note: rows of another source are included.
    NoteIncluded = "note-included",
    /// Note: how requests and actions fall into quarters.
    NoteActions = "note-actions",
    /// Note: left out as contained in other filings.
    NoteElsewhere = "note-elsewhere",
    /// Note: who chose the omissions.
    NoteOmitted = "note-omitted",
    /// Note: the period overlaps the year before.
    NoteOverlap = "note-overlap",
    /// Note: the period has not ended.
    NoteDraft = "note-draft",
    /// Note: no law asks for a statement.
    NotePractice = "note-practice",
    /// Note: a possible violation is no finding.
    NoteFindings = "note-findings",
    /// Note: more is open than is listed.
    NoteListed = "note-listed",
    /// Note: the signing official states what a comparison left.
    NoteCompared = "note-compared",
    /// Note: comparisons in the record cover the quarter; contacts of no agency and places unseen with them.
    NoteComparedInRecord = "note-compared-in-record",
    /// Note: comparisons in the record leave days of the quarter out.
    NoteComparedInPart = "note-compared-in-part",
    /// Note: nothing was compared.
    NoteNotCompared = "note-not-compared",
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tick(person: &str, byte: u8) -> Tick {
        let person = Who::Key(PersonKey::derive(&[0; 32], person));
        Tick { person, entry: EntryId::from_bytes([byte; 16]) }
    }

    #[test]
    fn persons_count_once_and_entries_each() {
        let ticks = [tick("a", 1), tick("a", 2), tick("b", 3), tick("a", 1)];
        let persons = Cell::of(Unit::Persons, &ticks);
        assert_eq!((persons.exact(), persons.counts.len()), (Some(2), 3));
        let detainers = Cell::of(Unit::Detainers, &ticks);
        assert_eq!((detainers.exact(), detainers.counts.len()), (Some(3), 3));
    }

    #[test]
    fn silence_is_not_nought() {
        assert_eq!(Cell::cents(None).value, Value::NotStated);
        assert_eq!(Cell::cents(Some(0)).value, Value::Exact(0));
    }

    #[test]
    fn no_two_words_share_an_id() {
        let ids: BTreeSet<&str> = Word::ALL.iter().map(|word| word.id()).collect();
        assert_eq!(ids.len(), Word::ALL.len());
    }
}
