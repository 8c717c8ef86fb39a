//! Filings told as stories: what the desk records, and which figure it is in.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{Timestamp, ToSpan as _, civil::Date, civil::date};
use law::{ActId, AgencyId, Decision, Facts, Known, Question, RequesterId, StatuteId};
use proptest::prelude::*;

use super::*;
use crate::{
    Actor, Body, Channel, Claim, Deed, Detainer, DetainerReason, DisclosureForm, Done, Entry, Erasure, ErasureKind,
    ErasureOrder, Funding, FundingStep, HoldEnd, Information, Omission, OmissionGround, OutsideRequest, PersonKey,
    Private, Receiver, RequestId, Requester, RequesterKind, Resolution, Search, Source, Told,
};
mod corrections;
mod resources;
mod statement;

/// A city whose desks record what happens, one entry after the other.
struct City {
    entries: Vec<Entry>,
    source: Source,
}

/// Who is asked about: a number for each person.
type Person = u8;

const YEAR: &str = "FY2027";
const IN_JULY: Date = date(2026, 7, 15);
const IN_MAY: Date = date(2027, 5, 3);

impl City {
    fn new() -> City {
        City { entries: Vec::new(), source: Source::Desk }
    }

    fn says(&mut self, body: Body) -> EntryId {
        let number = self.entries.len() as u128 + 1;
        let id = EntryId::from_bytes((number << 64).to_be_bytes());
        let at = Timestamp::from_second(1_785_000_000 + self.entries.len() as i64).unwrap();
        let by = Actor::Program { name: "story".into() };
        self.entries.push(Entry { id, at, by, source: self.source.clone(), body });
        id
    }

    fn request(&mut self, agency: &str, day: Date, person: Option<Person>, acts: &[&str]) -> OutsideRequest {
        OutsideRequest {
            id: RequestId::from_bytes((self.entries.len() as u128 + 7).to_be_bytes()),
            received: day.into(),
            requester: Requester {
                kind: RequesterKind::Federal,
                id: RequesterId::new("ice_ero"),
                agency: "ICE".into(),
                unit: None,
                officer: Some(Private::from("Officer A")),
            },
            channel: Channel::Email,
            receiver: Receiver { agency: AgencyId::new(agency), site: None, employee: None },
            acts: acts.iter().map(|act| ActId::new(act)).collect(),
            information: Vec::new(),
            statute: StatuteId::new("civil_ina"),
            statute_as_stated: None,
            claim: Claim::NotSaid,
            documents: Vec::new(),
            detainer: None,
            person: person.map(|person| PersonKey::from_bytes([person; 16])),
            supervisor: Told::NotYet,
            counsel: Told::NotYet,
            note: None,
        }
    }

    fn receives(&mut self, request: OutsideRequest) -> RequestId {
        let id = request.id;
        self.says(Body::Requested(Box::new(request)));
        id
    }

    fn detainer(&mut self, agency: &str, day: Date, person: Person, reasons: &[DetainerReason]) -> RequestId {
        let mut request = self.request(agency, day, Some(person), &["hold", "notify_release"]);
        let reasons = reasons.to_vec();
        request.detainer = Some(Detainer { lodged: day, reasons, asserts_ground_a: None, warrant_with_it: None });
        self.receives(request)
    }

    fn asked(&mut self, agency: &str, day: Date, person: Person, information: &[Information]) -> RequestId {
        let mut request = self.request(agency, day, Some(person), &["disclose_custody_information"]);
        request.information = information.to_vec();
        self.receives(request)
    }

    fn help_asked(&mut self, requester: &str, agency: &str, day: Date, acts: &[&str]) -> RequestId {
        let mut request = self.request(agency, day, None, acts);
        request.requester.id = RequesterId::new(requester);
        self.receives(request)
    }

    fn found(&self, request: RequestId) -> &OutsideRequest {
        let of = |entry: &'_ Entry| match &entry.body {
            Body::Requested(found) if found.id == request => Some(entry.id),
            _ => None,
        };
        let id = self.entries.iter().find_map(of).unwrap();
        match &self.entries.iter().find(|entry| entry.id == id).unwrap().body {
            Body::Requested(found) => found,
            _ => unreachable!(),
        }
    }

    fn done(&mut self, request: RequestId, day: Date, deed: Deed, search: Option<(Known, Known)>) -> EntryId {
        let asked = self.found(request);
        let (agency, person) = (asked.receiver.agency.clone(), asked.person);
        let search = search.map(|(vs_conviction, tsdb_possible_match)| Search {
            at: day.into(),
            vs_conviction,
            tsdb_possible_match,
        });
        let (decision, basis, decided_by) = (None, None, Private::from("Lieutenant B"));
        let request = Some(request);
        let done = Done { request, decision, agency, person, deed, when: day.into(), decided_by, basis, search };
        self.says(Body::Done(Box::new(done)))
    }

    fn files(&self, section: Section, period: &str) -> Filing {
        self.tries(section, period).unwrap()
    }

    fn tries(&self, section: Section, period: &str) -> Result<Filing, FilingError> {
        file(section, &self.entries, &Period::parse(section, period).unwrap(), &Options::default())
    }
}

fn held(from: Date, until: Date, ended: HoldEnd) -> Deed {
    Deed::Held { from: from.into(), until: Some(until.into()), ended: Some(ended) }
}

fn transferred() -> Deed {
    Deed::Transferred { to: RequesterId::new("ice_ero"), on_detainer: true, hand_over: None }
}

fn resolved(how: Resolution) -> Deed {
    Deed::Resolved { how }
}

fn told(information: &[Information], facilitated_transfer: Known) -> Deed {
    Deed::Disclosed {
        approval: None,
        to: RequesterId::new("ice_ero"),
        information: information.to_vec(),
        form: DisclosureForm::Written,
        facilitated_transfer,
    }
}

fn refused(acts: &[&str]) -> Deed {
    Deed::Refused { acts: acts.iter().map(|act| ActId::new(act)).collect() }
}

const CONVICTED: Option<(Known, Known)> = Some((Known::Yes, Known::No));
const MATCHED: Option<(Known, Known)> = Some((Known::No, Known::Yes));
const NEITHER: Option<(Known, Known)> = Some((Known::No, Known::No));

fn figure(filing: &Filing, table: Word, heads: &[Word], column: Word) -> u64 {
    let heads: Vec<Label> = heads.iter().copied().map(Label::Word).collect();
    filing.table(table).unwrap().cell(&heads, column).unwrap().exact().unwrap()
}

fn persons(filing: &Filing, line: Word) -> u64 {
    figure(filing, Word::TablePersons, &[line], Word::ColPersons)
}

/// (1) and vector H06: two reasons on one form count under each, the total once.
#[test]
fn detainers_by_reason() {
    use DetainerReason::{ArrestWarrant, RemovalOrder};
    let mut city = City::new();
    city.detainer("DOC", IN_JULY, 1, &[ArrestWarrant, RemovalOrder]);
    city.detainer("DOC", IN_JULY, 2, &[ArrestWarrant]);
    city.detainer("DOC", IN_JULY, 3, &[]);
    city.detainer("NYPD", IN_JULY, 4, &[ArrestWarrant]);
    city.detainer("DOC", date(2026, 6, 30), 5, &[ArrestWarrant]);
    let filing = city.files(Section::Correction, YEAR);
    let lodged = |reason| figure(&filing, Word::TableReasons, &[reason], Word::ColDetainers);
    assert_eq!(lodged(Word::RowReasonBelieve), 0);
    assert_eq!(lodged(Word::RowReasonWarrant), 2);
    assert_eq!(lodged(Word::RowReasonOrder), 1);
    assert_eq!(lodged(Word::RowReasonNone), 1);
    assert_eq!(lodged(Word::RowTotal), 3);
    assert!(filing.notes.iter().any(|note| note.word == Word::NoteReasons));
    assert_eq!(
        figure(&city.files(Section::Police, YEAR), Word::TableReceived, &[Word::RowReceived], Word::ColDetainers),
        1
    );
}

/// A detainer that is mentioned by a later request about the same person is one detainer.
#[test]
fn a_detainer_mentioned_again_is_not_lodged_again() {
    let mut city = City::new();
    city.detainer("DOC", IN_JULY, 1, &[]);
    let mut later = city.request("DOC", IN_MAY, Some(1), &["disclose_custody_information"]);
    later.information = vec![Information::ReleaseDate];
    later.detainer =
        Some(Detainer { lodged: IN_JULY, reasons: Vec::new(), asserts_ground_a: None, warrant_with_it: None });
    city.receives(later);
    let filing = city.files(Section::Correction, YEAR);
    assert_eq!(figure(&filing, Word::TableReasons, &[Word::RowTotal], Word::ColDetainers), 1);
    assert_eq!(figure(&filing, Word::TableAsked, &[Word::RowTotal], Word::ColRequests), 1);
}

/// (2), (3), (4), (5): each on its own day; persons once, whatever the number of detainers.
#[test]
fn persons_held_and_transferred() {
    let mut city = City::new();
    for (person, search) in [(1, CONVICTED), (1, NEITHER), (2, MATCHED), (3, NEITHER)] {
        let request = city.detainer("DOC", IN_JULY, person, &[DetainerReason::RemovalOrder]);
        city.done(request, IN_MAY, held(IN_MAY, IN_MAY, HoldEnd::Transferred), None);
        city.done(request, IN_MAY, transferred(), search);
    }
    let filing = city.files(Section::Correction, YEAR);
    let held = |reason| figure(&filing, Word::TableReasons, &[reason], Word::ColHeld);
    assert_eq!((held(Word::RowReasonOrder), held(Word::RowTotal)), (3, 3));
    assert_eq!(persons(&filing, Word::RowTransferred), 3);
    assert_eq!(persons(&filing, Word::RowTransferredConvicted), 1);
    assert_eq!(persons(&filing, Word::RowTransferredMatch), 1);
    assert_eq!(persons(&filing, Word::RowNotHonored), 0);
}

/// A detainer of June, a transfer of July: two filings, each where it happened.
#[test]
fn each_deed_counts_in_its_own_year() {
    let mut city = City::new();
    let request = city.detainer("DOC", date(2026, 6, 30), 1, &[]);
    city.done(request, date(2026, 7, 1), transferred(), CONVICTED);
    let (before, after) = (city.files(Section::Correction, "FY2026"), city.files(Section::Correction, "FY2027"));
    assert_eq!(figure(&before, Word::TableReasons, &[Word::RowTotal], Word::ColDetainers), 1);
    assert_eq!(persons(&before, Word::RowTransferred), 0);
    assert_eq!(figure(&after, Word::TableReasons, &[Word::RowTotal], Word::ColDetainers), 0);
    assert_eq!(persons(&after, Word::RowTransferred), 1);
}

/// (6): money that nobody stated is not nought.
#[test]
fn funding() {
    let mut city = City::new();
    let said = |city: &City, row| {
        let filing = city.files(Section::Correction, YEAR);
        filing.table(Word::TableFunding).unwrap().cell(&[Label::Word(row)], Word::ColDollars).unwrap().value
    };
    assert_eq!(said(&city, Word::RowFundingReceived), Value::NotStated);
    // Asked for on two days; the second sum is stated again, which corrects it.
    for (step, on, cents) in [
        (FundingStep::Requested, IN_JULY, 50_000_000),
        (FundingStep::Requested, IN_MAY, 7),
        (FundingStep::Requested, IN_MAY, 100),
        (FundingStep::Received, IN_MAY, 0),
    ] {
        city.says(Body::Funding(Funding { agency: AgencyId::new("DOC"), step, on, cents }));
    }
    assert_eq!(said(&city, Word::RowFundingRequested), Value::Exact(50_000_100));
    assert_eq!(said(&city, Word::RowFundingReceived), Value::Exact(0));
}

/// (7): said in so many words, or shown by a refusal to hold or a release.
#[test]
fn persons_whose_detainers_were_not_honored() {
    let mut city = City::new();
    let deeds: [fn() -> Deed; 4] = [
        || resolved(Resolution::NotHonored),
        || refused(&["hold", "notify_release"]),
        || Deed::Released { due: None },
        || resolved(Resolution::Withdrawn),
    ];
    for (person, deed) in deeds.into_iter().enumerate() {
        let request = city.detainer("DOC", IN_JULY, person as u8, &[]);
        city.done(request, IN_MAY, deed(), None);
    }
    city.detainer("DOC", IN_JULY, 9, &[]);
    assert_eq!(persons(&city.files(Section::Correction, YEAR), Word::RowNotHonored), 3);
}

/// (8), vector A16: held, and nobody came.
#[test]
fn persons_held_and_not_transferred() {
    let mut city = City::new();
    for (person, ended) in [(1, HoldEnd::HoursRanOut), (2, HoldEnd::Disavowed), (3, HoldEnd::Released)] {
        let request = city.detainer("DOC", IN_JULY, person, &[]);
        city.done(request, IN_JULY, held(IN_JULY, IN_JULY, ended), None);
    }
    let filing = city.files(Section::Correction, YEAR);
    assert_eq!(persons(&filing, Word::RowNotTransferred), 2);
    assert_eq!(figure(&filing, Word::TableReasons, &[Word::RowTotal], Word::ColHeld), 3);
}

/// (9): requests and responses by conviction, by type of information, by facilitated transfer.
#[test]
fn information_about_a_person() {
    use Information::{CourtDate, IncarcerationStatus, ReleaseDate};
    let mut city = City::new();
    let first = city.asked("DOC", IN_JULY, 1, &[IncarcerationStatus, ReleaseDate]);
    city.done(first, IN_JULY, told(&[IncarcerationStatus], Known::No), CONVICTED);
    city.done(first, IN_MAY, told(&[ReleaseDate], Known::Yes), None);
    let second = city.asked("DOC", IN_JULY, 2, &[CourtDate]);
    city.done(second, IN_JULY, refused(&["disclose_custody_information"]), MATCHED);
    city.asked("DOC", IN_JULY, 3, &[Information::Appointment]);

    let filing = city.files(Section::Correction, YEAR);
    let asked = |class, column| figure(&filing, Word::TableAsked, &[class], column);
    assert_eq!(asked(Word::RowClassConvicted, Word::ColIncarceration), 1);
    assert_eq!(asked(Word::RowClassConvicted, Word::ColRelease), 1);
    assert_eq!(asked(Word::RowClassConvicted, Word::ColRequests), 1);
    assert_eq!(asked(Word::RowClassMatch, Word::ColCourt), 1);
    // Nothing shows a class: the row of what is not established. Appointments are other information outside 9-205.
    assert_eq!(asked(Word::RowClassUnknown, Word::ColOther), 1);
    assert_eq!(asked(Word::RowTotal, Word::ColRequests), 3);
    let answered = |class, facilitated, column| figure(&filing, Word::TableAnswered, &[class, facilitated], column);
    assert_eq!(answered(Word::RowClassConvicted, Word::RowFacilitated, Word::ColRelease), 1);
    assert_eq!(answered(Word::RowClassConvicted, Word::RowFacilitated, Word::ColIncarceration), 1);
    assert_eq!(answered(Word::RowClassConvicted, Word::RowNotFacilitated, Word::ColResponses), 0);
    assert_eq!(answered(Word::RowTotal, Word::RowTotal, Word::ColResponses), 1);
}

/// § 9-205(f): appointments are a type of their own.
#[test]
fn probation_counts_appointments() {
    let mut city = City::new();
    let request = city.asked("DOP", IN_JULY, 1, &[Information::Appointment]);
    city.done(request, IN_JULY, told(&[Information::Appointment], Known::Unknown), NEITHER);
    let filing = city.files(Section::Probation, YEAR);
    assert_eq!(figure(&filing, Word::TableAsked, &[Word::RowClassNone], Word::ColAppointment), 1);
    let heads = [Word::RowClassNone, Word::RowFacilitatedUnknown];
    assert_eq!(figure(&filing, Word::TableAnswered, &heads, Word::ColAppointment), 1);
    assert!(
        !city.files(Section::Police, YEAR).table(Word::TableAsked).unwrap().columns.contains(&Word::ColAppointment)
    );
}

/// Vector E06: nothing to count is filed all the same.
#[test]
fn a_year_with_nothing_is_filed() {
    let city = City::new();
    for section in Section::ALL {
        let period = if section == Section::Resources { "2026Q3" } else { YEAR };
        let filing = city.files(section, period);
        assert!(filing.nil);
        assert_eq!(filing.notes[0].word, Word::NoteNil);
        assert!(filing.tables.iter().all(|table| !table.rows.is_empty()));
        assert_eq!((filing.entries, filing.requests), (0, 0));
    }
}

/// Rows of another agency's file, and of the demo city, count only when asked for by name.
#[test]
fn other_sources_are_not_counted() {
    let mut city = City::new();
    let ice: Source = "import:ice-foia".parse().unwrap();
    city.source = ice.clone();
    let imported = city.detainer("NYPD", IN_JULY, 1, &[]);
    city.source = Source::Demo;
    city.detainer("NYPD", IN_JULY, 2, &[]);
    city.source = Source::Desk;
    city.done(imported, IN_MAY, resolved(Resolution::NotHonored), None);
    assert!(city.files(Section::Police, YEAR).nil);
    let period = Period::parse(Section::Police, YEAR).unwrap();
    let options = Options { include: BTreeSet::from([ice]), ..Options::default() };
    let filing = section_14_154(&city.entries, &period, &options).unwrap();
    assert_eq!(figure(&filing, Word::TableReceived, &[Word::RowReceived], Word::ColDetainers), 1);
    assert_eq!(persons(&filing, Word::RowNotHonored), 1);
    assert_eq!(filing.included, ["import:ice-foia"]);
    assert!(filing.notes.iter().any(|note| note.word == Word::NoteIncluded));
}

/// The last entry of a request, and of a deed about it, stands.
#[test]
fn later_entries_correct_earlier_ones() {
    let mut city = City::new();
    let request = city.detainer("DOC", IN_JULY, 1, &[DetainerReason::Other]);
    let mut again = city.found(request).clone();
    again.detainer.as_mut().unwrap().reasons = vec![DetainerReason::RemovalOrder];
    city.receives(again);
    city.done(request, IN_JULY, held(IN_JULY, IN_JULY, HoldEnd::Disavowed), None);
    city.done(request, IN_JULY, refused(&["hold"]), None);
    let filing = city.files(Section::Correction, YEAR);
    assert_eq!(figure(&filing, Word::TableReasons, &[Word::RowReasonOther], Word::ColDetainers), 0);
    assert_eq!(figure(&filing, Word::TableReasons, &[Word::RowReasonOrder], Word::ColDetainers), 1);
    assert_eq!(figure(&filing, Word::TableReasons, &[Word::RowTotal], Word::ColHeld), 0);
    assert_eq!(persons(&filing, Word::RowNotHonored), 1);
}

/// What the gate derived stands where no search is recorded, and keeps out what has another purpose.
#[test]
fn decisions_tell_class_and_purpose() {
    let mut city = City::new();
    let asked = city.asked("DOC", IN_JULY, 1, &[Information::ReleaseDate]);
    let other = city.help_asked("dea", "NYPD", IN_JULY, &["join_task_force"]);
    for (request, derived) in [
        (asked, vec![("vs_conviction_in_window", true), ("federal_immigration_authority", true)]),
        (other, vec![("immigration_enforcement", false)]),
    ] {
        city.says(decided(request, &derived));
    }
    let filing = city.files(Section::Correction, YEAR);
    assert_eq!(figure(&filing, Word::TableAsked, &[Word::RowClassConvicted], Word::ColRequests), 1);
    assert_eq!((filing.packs.len(), filing.entries, filing.requests), (1, 2, 1));
    assert!(city.files(Section::Resources, "2026Q3").nil);
}

/// A decision on a request, with what was derived.
fn decided(request: RequestId, derived: &[(&str, bool)]) -> Body {
    let facts: Facts = derived
        .iter()
        .map(|(name, value)| ((*name).into(), law::Fact { value: law::Value::Bool(*value), source: "desk".into() }))
        .collect();
    let question = Question {
        agency: AgencyId::new("DOC"),
        act: ActId::new("hold"),
        requester: RequesterId::new("ice_ero"),
        statute_enforced: StatuteId::new("civil_ina"),
        document: Vec::new(),
    };
    Body::Decided(Box::new(crate::Decided { request, question, facts, decision: a_decision() }))
}

fn a_decision() -> Decision {
    serde_json::from_value(serde_json::json!({
        "outcome": "barred",
        "layers": {},
        "provisions": [],
        "unmet": [],
        "next_questions": [],
        "ways_to_yes": [],
        "duties": [],
        "filing_lines": [],
        "derived": [],
        "pack": {"id": "nyc", "version": "1", "sha256": "00", "read_until": "2026-08-21"},
        "on": "2026-07-15",
        "not_yet_read": [],
        "after_read_until": false,
        "fault": null
    }))
    .unwrap()
}

#[test]
fn erased_entries_are_said() {
    let mut city = City::new();
    let erasure = Erasure {
        entry: EntryId::from_bytes([9; 16]),
        leaf: crate::commitment(&crate::Salt::from_bytes([1; 32]), b"gone"),
        order: ErasureOrder {
            kind: ErasureKind::Retention,
            reference: "schedule 4".into(),
            dated: IN_JULY,
            asked_by: "D".into(),
            approved_by: "E".into(),
        },
    };
    city.says(Body::Erased(Box::new(erasure)));
    // A transfer whose request was erased is still a transfer.
    let request = city.detainer("DOC", IN_JULY, 1, &[]);
    city.done(request, IN_MAY, transferred(), CONVICTED);
    city.entries.remove(1);
    let filing = city.files(Section::Correction, YEAR);
    assert_eq!(filing.erased, 1);
    assert_eq!(persons(&filing, Word::RowTransferredConvicted), 1);
    assert!(filing.notes.iter().any(|note| note.word == Word::NoteErased));
}

fn wrong(city: &City) -> Vec<Wrong> {
    match city.tries(Section::Correction, YEAR).unwrap_err() {
        FilingError::Contradictions(found) => found.into_iter().map(|one| one.wrong).collect(),
        error @ FilingError::NoFiling => panic!("{error}"),
    }
}

#[test]
fn contradictions_stop_the_filing_and_name_their_entries() {
    let mut city = City::new();
    let request = city.detainer("DOC", IN_JULY, 1, &[]);
    let handed_over = city.done(request, IN_MAY, transferred(), None);
    let not_honored = city.done(request, IN_MAY, resolved(Resolution::NotHonored), None);
    let error = city.tries(Section::Correction, YEAR).unwrap_err();
    assert_eq!(wrong(&city), [Wrong::HonoredAfterAll]);
    let message = error.to_string();
    assert!(message.contains(&handed_over.to_string()) && message.contains(&not_honored.to_string()), "{message}");
    // Another agency's filing, and another year's, are not held up by it.
    city.files(Section::Police, YEAR);
    city.files(Section::Correction, "FY2026");
}

#[test]
fn each_contradiction_is_found() {
    let mut city = City::new();
    let request = city.detainer("DOC", IN_JULY, 1, &[]);
    city.done(request, IN_JULY, held(IN_JULY, IN_JULY, HoldEnd::Transferred), None);
    assert_eq!(wrong(&city), [Wrong::HoldAndTransfer]);

    let mut city = City::new();
    let request = city.asked("DOC", IN_JULY, 1, &[Information::ReleaseDate]);
    city.done(request, IN_JULY, transferred(), None);
    assert_eq!(wrong(&city), [Wrong::NoDetainer]);

    let mut city = City::new();
    let request = city.detainer("DOC", IN_MAY, 1, &[]);
    city.done(request, IN_JULY, transferred(), None);
    assert_eq!(wrong(&city), [Wrong::BeforeLodging]);

    let mut city = City::new();
    let request = city.detainer("DOC", IN_JULY, 1, &[]);
    city.done(request, IN_JULY, resolved(Resolution::NotHonored), None);
    if let Some(Entry { body: Body::Done(done), .. }) = city.entries.last_mut() {
        done.person = Some(PersonKey::from_bytes([2; 16]));
    }
    assert_eq!(wrong(&city), [Wrong::TwoPersons]);

    city.entries.remove(0);
    assert_eq!(wrong(&city), [Wrong::NoRequest]);
    city.files(Section::Police, YEAR);
}

/// Published: July 2018 to June 2019, 2,916 received, none honored, seven answers, all about people with a conviction.
#[test]
fn published_figures_of_2019() {
    let mut city = City::new();
    let day = |number: i32| date(2018, 7, 1).checked_add((number % 365).days()).unwrap();
    for number in 0..2916 {
        let mut request = city.request("NYPD", day(number), None, &["hold", "notify_release"]);
        request.person = Some(PersonKey::from_bytes((number as u128).to_be_bytes()));
        let lodged = day(number);
        request.detainer =
            Some(Detainer { lodged, reasons: Vec::new(), asserts_ground_a: None, warrant_with_it: None });
        let request = city.receives(request);
        city.done(request, lodged, resolved(Resolution::NotHonored), None);
    }
    for number in 0..7 {
        let request = city.asked("NYPD", day(number), number as u8, &[Information::CourtDate]);
        city.done(request, day(number), told(&[Information::CourtDate], Known::No), CONVICTED);
    }
    let filing = city.files(Section::Police, "2018-07-01/2019-06-30");
    assert_eq!(figure(&filing, Word::TableReceived, &[Word::RowReceived], Word::ColDetainers), 2916);
    assert_eq!((persons(&filing, Word::RowHeld), persons(&filing, Word::RowTransferred)), (0, 0));
    assert_eq!(persons(&filing, Word::RowNotHonored), 2916);
    let all = figure(&filing, Word::TableAnswered, &[Word::RowTotal, Word::RowTotal], Word::ColResponses);
    let convicted =
        figure(&filing, Word::TableAnswered, &[Word::RowClassConvicted, Word::RowTotal], Word::ColResponses);
    assert_eq!((all, convicted), (7, 7));
}

/// Published: July 2022 to June 2023, 109 received, none held, none transferred, 109 not honored.
#[test]
fn published_figures_of_2023() {
    let mut city = City::new();
    for person in 0..109 {
        let request = city.detainer("NYPD", date(2022, 11, 5), person, &[]);
        city.done(request, date(2022, 11, 6), refused(&["hold"]), None);
    }
    let filing = city.files(Section::Police, "FY2023");
    let received = figure(&filing, Word::TableReceived, &[Word::RowReceived], Word::ColDetainers);
    let lines = [Word::RowHeld, Word::RowTransferred, Word::RowNotHonored].map(|line| persons(&filing, line));
    assert_eq!((received, lines), (109, [0, 0, 109]));
}

/// Published for January to September 2024: 261 requests, 11 agreed to, here over its three quarters (vector H16).
#[test]
fn published_figures_of_2024() {
    let mut city = City::new();
    for number in 0..261 {
        let day = date(2024, 1, 1).checked_add((number % 270).days()).unwrap();
        let request = city.help_asked("ice_ero", "NYPD", day, &["assist_operation"]);
        let to = RequesterId::new("ice_ero");
        let agreed = Deed::Assisted { act: ActId::new("assist_operation"), to };
        city.done(request, day, if number % 25 == 0 { agreed } else { refused(&["assist_operation"]) }, None);
    }
    let mut whole = [0, 0];
    for quarter in ["2024Q1", "2024Q2", "2024Q3"] {
        let filing = city.files(Section::Resources, quarter);
        let total = filing.table(Word::TablePairs).unwrap().rows.last().unwrap().cells.clone();
        whole[0] += total[0].exact().unwrap();
        whole[1] += total[1].exact().unwrap();
    }
    assert_eq!(whole, [261, 11]);
}

/// Deeds that contradict nothing, so that random stories can be filed.
#[derive(Clone, Debug)]
enum Story {
    Open,
    NotHonored,
    Handed(u8),
    RanOut,
    Asked(bool, u8),
    Help(bool),
}

fn story() -> impl Strategy<Value = City> {
    let class = 0u8..4;
    let one = prop_oneof![
        Just(Story::Open),
        Just(Story::NotHonored),
        class.clone().prop_map(Story::Handed),
        Just(Story::RanOut),
        (any::<bool>(), class).prop_map(|(answered, class)| Story::Asked(answered, class)),
        any::<bool>().prop_map(Story::Help),
    ];
    let agency = prop::sample::select(vec!["DOC", "NYPD", "DOP", "DHS"]);
    prop::collection::vec((one, agency, 0u8..6, 0i32..400), 0..40).prop_map(|told| {
        let mut city = City::new();
        for (what, agency, person, after) in told {
            let day = date(2026, 6, 1).checked_add(after.days()).unwrap();
            let search = |class| [None, CONVICTED, MATCHED, NEITHER][usize::from(class)];
            match what {
                Story::Asked(answered, class) => {
                    let request = city.asked(agency, day, person, &[Information::ReleaseDate, Information::Other]);
                    if answered {
                        city.done(request, day, told_all(), search(class));
                    }
                }
                Story::Help(given) => {
                    let request = city.help_asked("cbp", agency, day, &["use_property"]);
                    let (act, to) = (ActId::new("use_property"), RequesterId::new("cbp"));
                    city.done(
                        request,
                        day,
                        if given { Deed::Assisted { act, to } } else { refused(&["use_property"]) },
                        None,
                    );
                }
                detainer => {
                    let request = city.detainer(agency, day, person, &DetainerReason::ALL[..usize::from(person % 3)]);
                    match detainer {
                        Story::NotHonored => drop(city.done(request, day, resolved(Resolution::NotHonored), None)),
                        Story::Handed(class) => drop(city.done(request, day, transferred(), search(class))),
                        Story::RanOut => drop(city.done(request, day, held(day, day, HoldEnd::HoursRanOut), None)),
                        _ => {}
                    }
                }
            }
        }
        city
    })
}

fn told_all() -> Deed {
    told(&[Information::ReleaseDate], Known::No)
}

impl std::fmt::Debug for City {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.entries.iter().map(|entry| &entry.body)).finish()
    }
}

fn all_filings(entries: &[Entry]) -> Vec<Filing> {
    let of = |section: Section, period: &str| {
        file(section, entries, &Period::parse(section, period).unwrap(), &Options::default()).unwrap()
    };
    vec![
        of(Section::Correction, YEAR),
        of(Section::Police, YEAR),
        of(Section::Probation, YEAR),
        of(Section::Resources, "2026Q3"),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// The order in which entries are handed over, and handing one over twice, change nothing.
    #[test]
    fn order_changes_nothing(city in story(), seed in any::<u64>()) {
        let filings = all_filings(&city.entries);
        let mut shuffled = city.entries.clone();
        shuffled.extend(city.entries.first().cloned());
        let mut state = seed;
        for at in (1..shuffled.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            shuffled.swap(at, (state >> 33) as usize % (at + 1));
        }
        prop_assert_eq!(filings, all_filings(&shuffled));
    }

    /// Whoever holds the exported lines recomputes the same filing.
    #[test]
    fn exported_lines_give_the_same_filing(city in story()) {
        let lines: Vec<Vec<u8>> = city.entries.iter().map(|entry| crate::canonical(entry).unwrap()).collect();
        let read: Vec<Entry> = lines.iter().map(|line| serde_json::from_slice(line).unwrap()).collect();
        prop_assert_eq!(all_filings(&city.entries), all_filings(&read));
    }

    /// Every figure is the number of distinct entries, or of distinct persons, that it names.
    #[test]
    fn every_figure_is_what_it_names(city in story()) {
        let person: BTreeMap<EntryId, PersonKey> = city.entries.iter().filter_map(|entry| match &entry.body {
            Body::Requested(request) => Some((entry.id, request.person?)),
            Body::Done(done) => Some((entry.id, done.person?)),
            _ => None,
        }).collect();
        for filing in all_filings(&city.entries) {
            for cell in filing.tables.iter().flat_map(|table| &table.rows).flat_map(|row| &row.cells) {
                prop_assert!(cell.counts.windows(2).all(|pair| pair[0] < pair[1]));
                let expected = match cell.unit {
                    Unit::Cents => continue,
                    Unit::Persons => cell.counts.iter().map(|entry| person[entry]).collect::<BTreeSet<_>>().len(),
                    _ => cell.counts.len(),
                };
                prop_assert_eq!(cell.exact(), Some(expected as u64));
            }
        }
    }
}
