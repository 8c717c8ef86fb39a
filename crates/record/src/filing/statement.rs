//! An agency's statement about a quarter: what was asked of it, what was answered and done, and what is open.
//!
//! **No law asks for it.** It is this product's own practice (decisions 6), and every form of it says so. It is here, beside
//! the filings, because it is made as they are: a pure function of entries, each figure with the entries that it counts, so
//! that an official signs what the record says and not what is remembered. A quarter with nothing in it is stated too.
//!
//! How it counts: a request in the quarter in which it came, with the strictest of the last answers to each of its acts; an
//! action in the quarter in which it was done; a possible violation in the quarter of its day ([`crate::finding`]); what is
//! open when it is made, of whatever began up to the end of the quarter. Contradictions do not stop it, as they stop a filing: they are counted.
//! Contacts that nobody recorded are in no entry (ADR 21). How many were left is what an official states; or, where none does, what the
//! record's comparisons say that cover the whole quarter ([`crate::comparison`], in the order in which entries are handed over, which is
//! the record's); or the statement says that nothing was compared, and never "none".
//! A hand-over that nobody looked after ([`crate::duty`]) is open from the quarter on in which its thirty days ended, and any other duty
//! about a request from the quarter on in which its time ran out; a proposal of a disclosure from the quarter on in which it was made.
//! Not here: who signs, and the entry that says that it was made ([`crate::Filed`]).

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use jiff::{civil::Date, tz::TimeZone};
use law::{ActId, AgencyId, Outcome};

use super::matter::{Matter, Matters, gather};
use super::resources::{Action, Pair};
use super::table::{Cell, Label, Note, Origin, Row, Table, Tick, Unit, Value, Who, Word};
use super::{Filing, Options, Period, Read, Section, contradictions, frame, is_nil};
use crate::comparison::{Stretch, within};
use crate::disclosure::{Standing, standing};
use crate::duty::{duties, hand_overs};
use crate::finding::{FindingKind, Limits, findings};
use crate::{Body, DutyKind, Entry, EntryId, RequestId, RequesterKind, Source};

/// What a statement is made of beside entries and period.
#[derive(Clone, Debug)]
pub struct Stated<'a> {
    /// Whose statement.
    pub agency: &'a AgencyId,
    /// The city's zone, to tell on which day an entry was made.
    pub zone: &'a TimeZone,
    /// How many contacts of the quarter a comparison with the city's logs left unrecorded, as the official states it; none = by the
    /// comparisons that the record holds, if these cover the quarter.
    pub unrecorded: Option<u64>,
}

const KINDS: [(RequesterKind, Word); 5] = [
    (RequesterKind::Federal, Word::RowKindFederal),
    (RequesterKind::State, Word::RowKindState),
    (RequesterKind::OtherLocal, Word::RowKindOtherLocal),
    (RequesterKind::ContractorOrTaskForce, Word::RowKindTaskForce),
    (RequesterKind::Unknown, Word::RowKindUnknown),
];

const ANSWERS: [(Option<Outcome>, Word); 7] = [
    (Some(Outcome::Barred), Word::ColBarred),
    (Some(Outcome::Escalate), Word::ColEscalate),
    (Some(Outcome::NotYetKnown), Word::ColNotYet),
    (Some(Outcome::Required), Word::ColRequired),
    (Some(Outcome::Permitted), Word::ColPermitted),
    (Some(Outcome::Outside), Word::ColOutside),
    (None, Word::ColUnanswered),
];

const FINDINGS: [(FindingKind, Word); 16] = [
    (FindingKind::DoneThoughBarred, Word::RowDoneThoughBarred),
    (FindingKind::DoneWhileOpen, Word::RowDoneWhileOpen),
    (FindingKind::DoneWithoutAsking, Word::RowDoneWithoutAsking),
    (FindingKind::DisclosedThoughRefused, Word::RowDisclosedThoughRefused),
    (FindingKind::DoneThoughRefused, Word::RowDoneThoughRefused),
    (FindingKind::DisclosedWithoutRequest, Word::RowDisclosedWithoutRequest),
    (FindingKind::HeldPastRelease, Word::RowHeldPastRelease),
    (FindingKind::TransferredWithoutRequest, Word::RowTransferredWithoutRequest),
    (FindingKind::HandedOverWithoutBasis, Word::RowHandedOverWithoutBasis),
    (FindingKind::HandedOverByOne, Word::RowHandedOverByOne),
    (FindingKind::RecordedLate, Word::RowRecordedLate),
    (FindingKind::DisclosedWithoutApproval, Word::RowDisclosedWithoutApproval),
    (FindingKind::DisclosedOtherwise, Word::RowDisclosedOtherwise),
    (FindingKind::DisclosedBeforeApproval, Word::RowDisclosedBeforeApproval),
    (FindingKind::DisclosedThoughSealed, Word::RowDisclosedThoughSealed),
    (FindingKind::TakenBack, Word::RowTakenBack),
];

/// The most that is listed by id, the newest first; all of it is counted, with its entries. A quarter's paper must be read.
pub const MOST_LISTED: usize = 500;

/// What is open, as the last table lists it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Open {
    word: Word,
    on: Date,
    id: String,
    entry: EntryId,
}

/// The statement of one agency about one quarter.
#[must_use]
pub fn statement(stated: &Stated<'_>, entries: &[Entry], period: &Period, options: &Options) -> Filing {
    let matters = gather(entries, options);
    let counted = |source: &Source| matches!(source, Source::Desk | Source::Api) || options.include.contains(source);
    let mine: Vec<&Entry> =
        entries.iter().filter(|entry| counted(&entry.source) || matches!(entry.body, Body::Erased(_))).collect();
    let ours = || {
        let of_agency = |matter: &&Matter<'_>| matter.request.receiver.agency == *stated.agency;
        matters.by_request.values().filter(of_agency)
    };
    let mut read = Read::default();
    let mut open: Vec<Open> = Vec::new();
    for matter in ours() {
        let received = matter.request.received.day();
        if period.holds(received) || Action::of(matter, period).is_some() {
            read.add(matter);
        }
        if received <= period.to && Action::among(matter, |_| true).is_none() {
            let id = matter.request.id.to_string();
            open.push(Open { word: Word::RowNoAction, on: received, id, entry: matter.entry });
        }
    }
    let strictest = answers(&mine);
    let shows = |word, on, entry: EntryId| Open { word, on, id: entry.to_string(), entry };
    for duty in hand_overs(mine.iter().copied(), &crate::duty::Limits::default()) {
        let ours = duty.agency.as_ref() == Some(stated.agency) && duty.due.date() <= period.to;
        open.extend(
            duty.from
                .filter(|_| ours && duty.ended.is_none())
                .map(|entry| shows(Word::RowNotFollowedUp, duty.due.date(), entry)),
        );
    }
    let waits = waiting(&mine, stated, period, &matters);
    open.extend(waits.overdue.iter().map(|(due, request, entry)| {
        let id = request.to_string();
        Open { word: Word::RowOverdue, on: *due, id, entry: *entry }
    }));
    open.extend(waits.unruled.iter().map(|(made, entry)| shows(Word::RowUnruled, *made, *entry)));
    let wrong = contradicted(&mine, stated.agency, period, &matters);
    open.extend(wrong.iter().map(|entry| shows(Word::RowContradicted, period.to, *entry)));
    let shown: Vec<(FindingKind, Date, EntryId)> = findings(mine.iter().copied(), [], stated.zone, &Limits::default())
        .into_iter()
        .filter(|finding| finding.agency == *stated.agency && period.holds(finding.on))
        .map(|finding| (finding.kind, finding.on, finding.entry))
        .collect();
    for (kind, word) in FINDINGS {
        open.extend(shown.iter().filter(|one| one.0 == kind).map(|one| shows(word, one.1, one.2)));
    }
    open.sort();

    let (left, left_note) = left(stated, &mine, period);
    let of_period: Vec<&Matter<'_>> = ours().filter(|matter| period.holds(matter.request.received.day())).collect();
    let tables = vec![
        asked(&of_period, &strictest),
        done(ours(), period),
        one_column(
            Word::TableFindings,
            Unit::Entries,
            FINDINGS
                .iter()
                .map(|(kind, word)| {
                    let of: Vec<EntryId> = shown.iter().filter(|one| one.0 == *kind).map(|one| one.2).collect();
                    (*kind, *word, of)
                })
                // A line of later: a statement of before that had none of it reads, and hashes, as it did.
                .filter(|(kind, _, of)| *kind != FindingKind::TakenBack || !of.is_empty())
                .map(|(_, word, of)| (word, of)),
        ),
        Table {
            title: Word::TableContacts,
            origin: Origin::Ours,
            heads: vec![Word::HeadWhat],
            columns: vec![Word::ColCount],
            rows: vec![Row {
                heads: vec![Label::Word(Word::RowContacts)],
                total: false,
                cells: vec![Cell {
                    value: left.map_or(Value::NotCompared, Value::Exact),
                    unit: Unit::Contacts,
                    counts: Vec::new(),
                }],
            }],
        },
        one_column(
            Word::TableOpen,
            Unit::Entries,
            [Word::RowNoAction, Word::RowNotFollowedUp, Word::RowContradicted, Word::RowOverdue, Word::RowUnruled]
                .map(|word| -> (Word, Vec<EntryId>) {
                    (word, open.iter().filter(|one| one.word == word).map(|one| one.entry).collect())
                })
                .into_iter()
                // Lines of later, as above.
                .filter(|(word, of)| !matches!(word, Word::RowOverdue | Word::RowUnruled) || !of.is_empty()),
        ),
        listed(&open),
    ];
    let framed = frame(Section::Statement, period, options, &matters);
    let mut notes = framed.notes;
    let nil = is_nil(&tables);
    if nil {
        notes.insert(0, Note::new(Word::NoteNil));
    }
    notes.push(Note::new(Word::NotePractice));
    notes.push(Note::new(Word::NoteFindings));
    notes.push(Note::new(Word::NoteActions));
    notes.push(left_note);
    if open.len() > MOST_LISTED {
        notes.push(Note::new(Word::NoteListed).number("listed", MOST_LISTED).number("open", open.len()));
    }
    let (entries_read, requests) = (read.entries.len() as u64, read.requests as u64);
    Filing {
        section: Section::Statement,
        agency: Some(stated.agency.to_string()),
        period: period.clone(),
        tables,
        notes,
        included: framed.included,
        packs: read.packs(),
        entries: entries_read,
        requests,
        erased: matters.erased.len() as u64,
        nil,
    }
}

/// How many contacts nobody recorded, if that is known, and the sentence that says by what.
fn left(stated: &Stated<'_>, entries: &[&Entry], period: &Period) -> (Option<u64>, Note) {
    if let Some(count) = stated.unrecorded {
        return (Some(count), Note::new(Word::NoteCompared));
    }
    let Ok(quarter) = Stretch::new(period.from, period.to) else { return (None, Note::new(Word::NoteNotCompared)) };
    let found = within(stated.agency, quarter, entries.iter().copied());
    if found.missing == [quarter] {
        return (None, Note::new(Word::NoteNotCompared));
    }
    if !found.missing.is_empty() {
        let days: Vec<String> = found.missing.iter().map(Stretch::to_string).collect();
        return (None, Note::new(Word::NoteComparedInPart).text("days", days.join(", ")));
    }
    let number = |count: u64| usize::try_from(count).unwrap_or(usize::MAX);
    let note = Note::new(Word::NoteComparedInRecord);
    (Some(found.unrecorded), note.number("nobodys", number(found.nobodys)).number("unseen", number(found.unseen)))
}

/// The strictest of the last answers to each act, by request.
fn answers(entries: &[&Entry]) -> BTreeMap<RequestId, Outcome> {
    let mut ordered: Vec<&&Entry> = entries.iter().collect();
    ordered.sort_by_key(|entry| (entry.at, entry.id));
    let mut last: BTreeMap<(RequestId, &ActId), Outcome> = BTreeMap::new();
    for entry in ordered {
        if let Body::Decided(decided) = &entry.body {
            last.insert((decided.request, &decided.question.act), decided.decision.outcome);
        }
    }
    let mut strictest: BTreeMap<RequestId, Outcome> = BTreeMap::new();
    for ((request, _), outcome) in last {
        let kept = strictest.entry(request).or_insert(outcome);
        *kept = (*kept).min(outcome);
    }
    strictest
}

fn asked(matters: &[&Matter<'_>], strictest: &BTreeMap<RequestId, Outcome>) -> Table {
    let row = |heads: Word, total: bool, wanted: &dyn Fn(&Matter<'_>) -> bool| {
        let here: Vec<&&Matter<'_>> = matters.iter().filter(|matter| wanted(matter)).collect();
        let ticks = |keep: &dyn Fn(&Matter<'_>) -> bool| -> Vec<Tick> {
            here.iter().filter(|matter| keep(matter)).map(|matter| matter.tick()).collect()
        };
        let all = ticks(&|_| true);
        let mut cells = vec![Cell::of(Unit::Requests, &all)];
        for (outcome, _) in ANSWERS {
            let of = ticks(&|matter| strictest.get(&matter.request.id).copied() == outcome);
            cells.push(Cell::of(Unit::Requests, &of));
        }
        Row { heads: vec![Label::Word(heads)], total, cells }
    };
    let mut rows: Vec<Row> =
        KINDS.iter().map(|(kind, word)| row(*word, false, &|matter| matter.request.requester.kind == *kind)).collect();
    rows.push(row(Word::RowTotal, true, &|_| true));
    Table {
        title: Word::TableKinds,
        origin: Origin::Ours,
        heads: vec![Word::HeadKind],
        columns: [Word::ColRequests].into_iter().chain(ANSWERS.map(|(_, word)| word)).collect(),
        rows,
    }
}

fn done<'a, 'b: 'a>(matters: impl Iterator<Item = &'a Matter<'b>>, period: &Period) -> Table {
    let mut pairs: BTreeMap<RequesterKind, Pair> = KINDS.iter().map(|(kind, _)| (*kind, Pair::default())).collect();
    let mut whole = Pair::default();
    for matter in matters {
        let received = period.holds(matter.request.received.day());
        let action = Action::of(matter, period);
        if received || action.is_some() {
            pairs.entry(matter.request.requester.kind).or_default().add(matter, received, action.as_ref());
            whole.add(matter, received, action.as_ref());
        }
    }
    let row =
        |(kind, word): &(RequesterKind, Word)| pairs.get(kind).map(|pair| pair.row(vec![Label::Word(*word)], false));
    let mut rows: Vec<Row> = KINDS.iter().filter_map(row).collect();
    rows.push(whole.row(vec![Label::Word(Word::RowTotal)], true));
    Table {
        title: Word::TableDone,
        origin: Origin::Ours,
        heads: vec![Word::HeadKind],
        columns: vec![Word::ColRequests, Word::ColGiven, Word::ColPart, Word::ColRefused, Word::ColOpen],
        rows,
    }
}

fn one_column(title: Word, unit: Unit, rows: impl IntoIterator<Item = (Word, Vec<EntryId>)>) -> Table {
    let row = |(word, entries): (Word, Vec<EntryId>)| {
        let ticks: Vec<Tick> = entries.into_iter().map(|entry| Tick { person: Who::Entry(entry), entry }).collect();
        Row { heads: vec![Label::Word(word)], total: false, cells: vec![Cell::of(unit, &ticks)] }
    };
    Table {
        title,
        origin: Origin::Ours,
        heads: vec![Word::HeadWhat],
        columns: vec![Word::ColCount],
        rows: rows.into_iter().map(row).collect(),
    }
}

/// What is open, each by its id: a request's, or the entry's that shows it. The newest, where there is more than is listed.
fn listed(open: &[Open]) -> Table {
    let mut newest: Vec<&Open> = open.iter().collect();
    newest.sort_by_key(|one| (Reverse(one.on), *one));
    newest.truncate(MOST_LISTED);
    newest.sort();
    let row = |one: &&Open| {
        let tick = Tick { person: Who::Entry(one.entry), entry: one.entry };
        Row {
            heads: vec![Label::Word(one.word), Label::Id(one.id.clone())],
            total: false,
            cells: vec![Cell::of(Unit::Entries, [&tick])],
        }
    };
    Table {
        title: Word::TableListed,
        origin: Origin::Ours,
        heads: vec![Word::HeadWhat, Word::HeadId],
        columns: vec![Word::ColCount],
        rows: newest.iter().map(row).collect(),
    }
}

/// What waits: a duty by the day on which its time ran out, its request and answer; a proposal by the day on which it was made.
#[derive(Default)]
struct Waiting {
    overdue: BTreeSet<(Date, RequestId, EntryId)>,
    unruled: BTreeSet<(Date, EntryId)>,
}

/// What waits about the agency's requests: answers with a duty that was due by the end of the quarter and that nobody said was done (the
/// look after a hand-over has a line of its own), each with that day; and proposals of that time that nobody has ruled on.
fn waiting(entries: &[&Entry], stated: &Stated<'_>, period: &Period, matters: &Matters<'_>) -> Waiting {
    let of_agency = |matter: &&Matter<'_>| matter.request.receiver.agency == *stated.agency;
    let mut about: BTreeMap<RequestId, Vec<&Entry>> =
        matters.by_request.values().filter(of_agency).map(|matter| (matter.request.id, Vec::new())).collect();
    for entry in entries {
        if let Some(of) = entry.body.request().and_then(|request| about.get_mut(&request)) {
            of.push(entry);
        }
    }
    let mut waiting = Waiting::default();
    for (request, of) in &mut about {
        of.sort_by_key(|entry| (entry.at, entry.id));
        for duty in duties(of.iter().copied(), stated.zone, &crate::duty::Limits::default()) {
            let late = duty.ended.is_none() && duty.due.date() <= period.to;
            if let Some(from) = duty.from.filter(|_| late && duty.kind != DutyKind::FollowedUp) {
                waiting.overdue.insert((duty.due.date(), *request, from));
            }
        }
        for entry in of.iter().filter(|entry| matches!(entry.body, Body::Proposed(_))) {
            let made = entry.at.to_zoned(stated.zone.clone()).date();
            let waits =
                matches!(standing(of, entry.id), Some(Standing::WaitsForCounsel | Standing::WaitsForOfficer(_)));
            if waits && made <= period.to {
                waiting.unruled.insert((made, entry.id));
            }
        }
    }
    waiting
}

/// Entries that contradict each other about the agency's requests up to the end of the quarter.
fn contradicted(entries: &[&Entry], agency: &AgencyId, period: &Period, matters: &Matters<'_>) -> BTreeSet<EntryId> {
    let ours: BTreeSet<RequestId> = matters
        .by_request
        .values()
        .filter(|matter| matter.request.receiver.agency == *agency && matter.request.received.day() <= period.to)
        .map(|matter| matter.request.id)
        .collect();
    let about: Vec<Entry> = entries
        .iter()
        .filter(|entry| entry.body.request().is_some_and(|request| ours.contains(&request)))
        .map(|entry| (*entry).clone())
        .collect();
    contradictions(&about).into_iter().flat_map(|one| one.entries).collect()
}
