//! An agency's own statement: what it counts, what is open, and what it never says.

use jiff::tz::TimeZone;
use law::Outcome;

use super::*;
use crate::finding::{FindingKind, Limits, findings};

impl City {
    fn states(&self, agency: &str, quarter: &str, unrecorded: Option<u64>) -> Filing {
        let zone = TimeZone::get("America/New_York").unwrap();
        let agency = AgencyId::new(agency);
        let stated = Stated { agency: &agency, zone: &zone, unrecorded };
        let period = Period::parse(Section::Statement, quarter).unwrap();
        let filing = statement(&stated, &self.entries, &period, &Options::default());
        // Of entries that have lost what no filing reads, as the desk and the command hold them, it is the same.
        let mut leaner = self.entries.clone();
        leaner.iter_mut().for_each(lean);
        assert_eq!(statement(&stated, &leaner, &period, &Options::default()), filing);
        filing
    }

    fn answers(&mut self, request: RequestId, act: &str, outcome: Outcome) -> EntryId {
        let Body::Decided(mut decided) = decided(request, &[]) else { panic!("no decision") };
        decided.question.act = ActId::new(act);
        decided.decision.outcome = outcome;
        self.says(Body::Decided(decided))
    }
}

fn counts(filing: &Filing, table: Word, row: Word, column: Word) -> (Option<u64>, Vec<EntryId>) {
    let cell = filing.table(table).unwrap().cell(&[Label::Word(row)], column).unwrap();
    (cell.exact(), cell.counts.clone())
}

fn one(filing: &Filing, table: Word, row: Word, column: Word) -> u64 {
    counts(filing, table, row, column).0.unwrap()
}

/// What is listed as open: what it is, by which id.
fn listed(filing: &Filing) -> Vec<(Word, String)> {
    let rows = &filing.table(Word::TableListed).unwrap().rows;
    rows.iter()
        .map(|row| match row.heads.as_slice() {
            [Label::Word(word), Label::Id(id)] => (*word, id.clone()),
            heads => panic!("{heads:?}"),
        })
        .collect()
}

const Q3: &str = "2026Q3";

#[test]
fn requests_count_by_kind_of_requester_and_by_the_strictest_of_their_last_answers() {
    let mut city = City::new();
    let both = city.help_asked("ice_ero", "DOC", IN_JULY, &["hold", "notify_release"]);
    city.answers(both, "hold", Outcome::NotYetKnown);
    city.answers(both, "hold", Outcome::Barred);
    city.answers(both, "notify_release", Outcome::Permitted);
    let mut state = city.request("DOC", IN_JULY, None, &["hold"]);
    state.requester.kind = RequesterKind::State;
    let state = city.receives(state);
    city.answers(state, "hold", Outcome::Barred);
    city.answers(state, "hold", Outcome::Escalate);
    city.help_asked("ice_ero", "DOC", IN_JULY, &["hold"]);
    city.help_asked("ice_ero", "NYPD", IN_JULY, &["hold"]);
    city.help_asked("ice_ero", "DOC", date(2026, 6, 30), &["hold"]);
    let filing = city.states("DOC", Q3, None);
    let of = |row, column| one(&filing, Word::TableKinds, row, column);
    assert_eq!((of(Word::RowKindFederal, Word::ColRequests), of(Word::RowKindFederal, Word::ColBarred)), (2, 1));
    assert_eq!((of(Word::RowKindFederal, Word::ColUnanswered), of(Word::RowKindFederal, Word::ColPermitted)), (1, 0));
    assert_eq!((of(Word::RowKindState, Word::ColEscalate), of(Word::RowKindState, Word::ColBarred)), (1, 0));
    assert_eq!((of(Word::RowTotal, Word::ColRequests), of(Word::RowKindUnknown, Word::ColRequests)), (3, 0));
    assert_eq!((filing.agency.as_deref(), filing.nil), (Some("DOC"), false));
}

#[test]
fn what_is_open_is_counted_and_listed_by_its_id() {
    let mut city = City::new();
    let old = city.help_asked("ice_ero", "DOC", date(2026, 4, 1), &["hold"]);
    let done = city.help_asked("ice_ero", "DOC", IN_JULY, &["transfer_person"]);
    let handed = Deed::Transferred { to: RequesterId::new("ice_ero"), on_detainer: false, hand_over: None };
    city.done(done, IN_JULY, handed, None);
    city.help_asked("ice_ero", "DOC", date(2026, 10, 1), &["hold"]);
    let filing = city.states("DOC", Q3, None);
    assert_eq!(
        one(&filing, Word::TableOpen, Word::RowNoAction, Word::ColCount),
        1,
        "of a quarter before; none of the next"
    );
    let shown = listed(&filing);
    assert!(shown.contains(&(Word::RowNoAction, old.to_string())), "{shown:?}");
    assert!(!shown.iter().any(|(_, id)| *id == done.to_string()), "{shown:?}");
    assert_eq!(one(&filing, Word::TableDone, Word::RowKindFederal, Word::ColGiven), 1);
}

#[test]
fn possible_violations_count_in_their_quarter_until_they_are_corrected() {
    let mut city = City::new();
    let request = city.help_asked("ice_ero", "DOC", IN_JULY, &["transfer_person"]);
    city.answers(request, "transfer_person", Outcome::Barred);
    let wrong = city.done(request, IN_JULY, transferred(), None);
    let filing = city.states("DOC", Q3, None);
    let shown = |filing: &Filing| counts(filing, Word::TableFindings, Word::RowDoneThoughBarred, Word::ColCount);
    assert_eq!(shown(&filing), (Some(1), vec![wrong]));
    assert!(listed(&filing).contains(&(Word::RowDoneThoughBarred, wrong.to_string())));
    // On a detainer that is not recorded: a filing would stop here, a statement says so.
    assert!(one(&filing, Word::TableOpen, Word::RowContradicted, Word::ColCount) > 0);
    assert_eq!(shown(&city.states("DOC", "2026Q4", None)).0, Some(0));
    assert_eq!(shown(&city.states("NYPD", Q3, None)).0, Some(0));
    let correction =
        crate::Correction { entry: wrong, request: Some(request), reason: "typing".into(), said_by: "A".into() };
    city.says(Body::Corrected(correction));
    let filing = city.states("DOC", Q3, None);
    assert_eq!(shown(&filing), (Some(0), Vec::new()));
    assert_eq!(one(&filing, Word::TableOpen, Word::RowContradicted, Word::ColCount), 0);
}

#[test]
fn a_duty_whose_time_ran_out_is_open_until_somebody_says_that_it_was_done() {
    let mut city = City::new();
    let request = city.help_asked("ice_ero", "DOC", IN_JULY, &["hold"]);
    let Body::Decided(mut decided) = decided(request, &[]) else { panic!("no decision") };
    decided.decision.duties = ["tell_supervisor", "refer_to_privacy_officer"]
        .iter()
        .map(|id| law::decision::Duty {
            id: (*id).into(),
            what: "tell".into(),
            citation: "§ 10-178(d)".into(),
            due: Some("at_once".into()),
            certain: true,
            hangs_on: Vec::new(),
        })
        .collect();
    let answer = city.says(Body::Decided(decided));
    let rows = |city: &City, agency: &str, quarter: &str| -> Vec<(Word, String)> {
        let mut rows = listed(&city.states(agency, quarter, None));
        rows.retain(|(word, _)| *word == Word::RowOverdue);
        rows
    };
    assert_eq!(rows(&city, "DOC", Q3), [(Word::RowOverdue, request.to_string())], "two duties of one answer");
    assert_eq!(
        counts(&city.states("DOC", Q3, None), Word::TableOpen, Word::RowOverdue, Word::ColCount),
        (Some(1), vec![answer])
    );
    assert_eq!(rows(&city, "DOC", "2026Q4"), rows(&city, "DOC", Q3), "and after");
    assert_eq!(rows(&city, "NYPD", Q3), []);
    // Of a quarter before nothing ran out; and a statement without such a line reads as those of before it.
    let before = city.states("DOC", "2026Q2", None);
    assert!(before.table(Word::TableOpen).unwrap().rows.iter().all(|row| row.heads != [Label::Word(Word::RowOverdue)]));
    let told = |duty| {
        Body::Fulfilled(Box::new(crate::Fulfilled {
            duty,
            agency: "DOC".into(),
            request: Some(request),
            site: None,
            when: IN_JULY.into(),
            done_by: "Captain B".into(),
            note: None,
        }))
    };
    city.says(told(crate::DutyKind::SupervisorTold));
    assert_eq!(rows(&city, "DOC", Q3).len(), 1, "the privacy officer was not told");
    city.says(told(crate::DutyKind::PrivacyOfficerTold));
    assert_eq!(rows(&city, "DOC", Q3), []);
}

#[test]
fn a_proposal_that_nobody_ruled_on_is_open() {
    let mut city = City::new();
    let request = city.help_asked("ice_ero", "DOC", IN_JULY, &["disclose_custody_information"]);
    city.answers(request, "disclose_custody_information", Outcome::Permitted);
    let proposal = crate::Proposal {
        request,
        agency: "DOC".into(),
        person: None,
        to: "ice_ero".into(),
        information: vec![Information::IncarcerationStatus],
        form: DisclosureForm::Spoken,
        decisions: Vec::new(),
        ground: crate::Ground::Required,
        routine: Known::No,
        sealed: Known::No,
        why: "a subpoena".into(),
        maker: "clerk".into(),
    };
    let proposal = city.says(Body::Proposed(Box::new(proposal)));
    let open = |city: &City, quarter: &str| -> Vec<String> {
        let rows = listed(&city.states("DOC", quarter, None));
        rows.into_iter().filter(|(word, _)| *word == Word::RowUnruled).map(|(_, id)| id).collect()
    };
    assert_eq!((open(&city, "2026Q2"), open(&city, Q3)), (Vec::new(), vec![proposal.to_string()]));
    let refused = crate::Ruling {
        request,
        agency: "DOC".into(),
        proposal,
        maker: "officer".into(),
        verdict: crate::Verdict::Refused,
        reason: Some("no basis".into()),
        agreement: None,
    };
    city.says(Body::Ruled(Box::new(refused)));
    let by = Actor::Staff { name: "P. Officer".into(), role: crate::Role::PrivacyOfficer, agency: "DOC".into() };
    city.entries.last_mut().unwrap().by = by;
    assert_eq!(open(&city, Q3), Vec::<String>::new());
}

#[test]
fn a_hand_over_that_nobody_looked_after_is_open_from_the_quarter_in_which_its_thirty_days_ended() {
    let mut city = City::new();
    let request = city.help_asked("fbi", "DOC", date(2026, 6, 10), &["transfer_person"]);
    let handed = Deed::Transferred { to: RequesterId::new("fbi"), on_detainer: false, hand_over: None };
    let transfer = city.done(request, date(2026, 6, 15), handed, None);
    let open = |city: &City, agency: &str, quarter: &str| {
        counts(&city.states(agency, quarter, None), Word::TableOpen, Word::RowNotFollowedUp, Word::ColCount)
    };
    assert_eq!(open(&city, "DOC", "2026Q2"), (Some(0), Vec::new()), "its thirty days ended on 15 July");
    assert_eq!(open(&city, "DOC", Q3), (Some(1), vec![transfer]));
    assert_eq!(open(&city, "DOC", "2026Q4").0, Some(1), "and after");
    assert_eq!(open(&city, "NYPD", Q3).0, Some(0));
    assert!(listed(&city.states("DOC", Q3, None)).contains(&(Word::RowNotFollowedUp, transfer.to_string())));
    let of = |row| counts(&city.states("DOC", "2026Q2", None), Word::TableFindings, row, Word::ColCount);
    assert_eq!(of(Word::RowHandedOverWithoutBasis), (Some(1), vec![transfer]));
    assert_eq!(of(Word::RowHandedOverByOne), (Some(1), vec![transfer]));
    city.done(request, date(2026, 7, 15), Deed::FollowedUp { transfer, charge_filed: Known::No }, None);
    assert_eq!(open(&city, "DOC", Q3), (Some(0), Vec::new()));
}

/// A paper that nobody can read is no statement: the newest are listed, all are counted, and a note says so.
#[test]
fn of_very_much_that_is_open_the_newest_is_listed_and_all_is_counted() {
    let mut city = City::new();
    let oldest = city.help_asked("ice_ero", "DOC", date(2020, 1, 1), &["hold"]);
    for _ in 1..MOST_LISTED {
        city.help_asked("ice_ero", "DOC", date(2020, 1, 2), &["hold"]);
    }
    let has_note = |filing: &Filing| filing.notes.iter().any(|note| note.word == Word::NoteListed);
    let filing = city.states("DOC", Q3, None);
    assert!(listed(&filing).contains(&(Word::RowNoAction, oldest.to_string())) && !has_note(&filing));
    let newest = city.help_asked("ice_ero", "DOC", IN_JULY, &["hold"]);
    let filing = city.states("DOC", Q3, None);
    let shown = listed(&filing);
    // The newest also is written down late, or not: its request is in the list either way, the oldest is not.
    assert!(shown.contains(&(Word::RowNoAction, newest.to_string())));
    assert!(!shown.contains(&(Word::RowNoAction, oldest.to_string())) && has_note(&filing));
    assert_eq!(shown.len(), MOST_LISTED);
    assert_eq!(one(&filing, Word::TableOpen, Word::RowNoAction, Word::ColCount), MOST_LISTED as u64 + 1);
}

/// Not compared is not none, and a number is the official's.
#[test]
fn contacts_are_stated_or_not_compared_and_never_none_by_silence() {
    let city = City::new();
    let cell = |filing: &Filing| filing.table(Word::TableContacts).unwrap().rows[0].cells[0].clone();
    let has = |filing: &Filing, word| filing.notes.iter().any(|note| note.word == word);
    let silent = city.states("NYPD", Q3, None);
    assert_eq!(cell(&silent).value, Value::NotCompared);
    assert!(silent.nil && has(&silent, Word::NoteNil) && has(&silent, Word::NoteNotCompared));
    assert!(has(&silent, Word::NotePractice), "whose practice it is stands on every one");
    let none = city.states("NYPD", Q3, Some(0));
    assert!(cell(&none).value == Value::Exact(0) && none.nil && has(&none, Word::NoteCompared));
    let some = city.states("NYPD", Q3, Some(2));
    assert!(cell(&some).value == Value::Exact(2) && !some.nil && !has(&some, Word::NoteNil));
}

#[test]
fn comparisons_that_cover_the_quarter_state_what_is_left_and_others_do_not() {
    let mut city = City::new();
    let has = |filing: &Filing, word| filing.notes.iter().find(|note| note.word == word).cloned();
    let cell = |filing: &Filing| filing.table(Word::TableContacts).unwrap().rows[0].cells[0].value;
    let mut compares = |agency: &str, days: &str, unrecorded| {
        let days: crate::comparison::Stretch = days.parse().unwrap();
        let comparison = crate::Comparison {
            agency: agency.into(),
            days,
            files: crate::comparison::LogFiles { mbox: 1, ..Default::default() },
            recorded: 1,
            rostered: 0,
            dismissed: 0,
            unrecorded,
            nobodys: 3,
            unread: 2,
            headless: 1,
            window_days: 5,
            left: vec![crate::comparison::LeftOn { day: days.through(), unrecorded, nobodys: 3 }],
            said_by: "A. Privacy".into(),
        };
        city.says(Body::Compared(Box::new(comparison)));
        city.states("NYPD", Q3, None)
    };
    let other = compares("DOC", "2026-07-01..2026-09-30", 9);
    assert!(cell(&other) == Value::NotCompared && has(&other, Word::NoteNotCompared).is_some());
    let before = compares("NYPD", "2026-04-01..2026-06-30", 9);
    assert!(cell(&before) == Value::NotCompared && has(&before, Word::NoteNotCompared).is_some());
    let part = compares("NYPD", "2026-07-02..2026-09-29", 2);
    assert_eq!(cell(&part), Value::NotCompared, "a day without is no day without contacts");
    let note = has(&part, Word::NoteComparedInPart).unwrap();
    assert_eq!(note.texts["days"], "2026-07-01..2026-07-01, 2026-09-30..2026-09-30");
    compares("NYPD", "2026-06-30..2026-07-01", 1);
    let whole = compares("NYPD", "2026-09-30..2026-10-01", 0);
    assert_eq!(cell(&whole), Value::Exact(3));
    let note = has(&whole, Word::NoteComparedInRecord).unwrap();
    assert_eq!((note.numbers["nobodys"], note.numbers["unseen"]), (6, 3));
    assert!(has(&whole, Word::NoteNotCompared).is_none() && !whole.nil);
    let stated = city.states("NYPD", Q3, Some(0));
    assert!(cell(&stated) == Value::Exact(0) && has(&stated, Word::NoteCompared).is_some(), "what an official states");
}

#[test]
fn a_statement_is_no_filing_of_a_statute() {
    assert!("statement".parse::<Section>().is_err());
    assert!(!Section::ALL.contains(&Section::Statement));
    let period = Period::parse(Section::Statement, Q3).unwrap();
    let error = file(Section::Statement, &[], &period, &Options::default()).unwrap_err();
    assert_eq!(error, FilingError::NoFiling);
    assert!(Period::parse(Section::Statement, "FY2026").is_err());
}

proptest! {
    /// In whatever order entries come the statement is the same; every figure is as many as the entries that it names; the
    /// lines add up; and the list has each open thing once.
    #[test]
    fn a_statement_is_a_function_of_entries(
        steps in prop::collection::vec((0..5_u8, 0..6_u8, 0..100_i32), 0..12),
        order in any::<u64>(),
    ) {
        let mut city = City::new();
        for (kind, what, days) in steps {
            let day = date(2026, 6, 1) + days.days();
            let mut request = city.request("DOC", day, None, &["hold", "transfer_person"]);
            request.requester.kind = [
                RequesterKind::Federal, RequesterKind::State, RequesterKind::OtherLocal,
                RequesterKind::ContractorOrTaskForce, RequesterKind::Unknown,
            ][usize::from(kind)];
            let id = city.receives(request);
            match what {
                1 => drop(city.answers(id, "hold", Outcome::Barred)),
                2 => drop(city.done(id, day, refused(&["hold", "transfer_person"]), None)),
                3 => drop(city.done(id, day, transferred(), None)),
                4 => {
                    city.answers(id, "transfer_person", Outcome::Permitted);
                    city.done(id, day, Deed::Transferred { to: RequesterId::new("ice_ero"), on_detainer: false, hand_over: None }, None);
                }
                5 => drop(city.done(id, day, told(&[Information::Other], Known::No), None)),
                _ => {}
            }
        }
        let filing = city.states("DOC", Q3, None);
        for row in filing.tables.iter().filter(|table| table.title != Word::TableContacts).flat_map(|table| &table.rows) {
            for cell in &row.cells {
                prop_assert_eq!(cell.exact(), Some(cell.counts.len() as u64));
            }
        }
        let kinds = filing.table(Word::TableKinds).unwrap();
        let total = kinds.rows.iter().find(|row| row.total).unwrap();
        for (at, cell) in total.cells.iter().enumerate() {
            let lines: u64 = kinds.rows.iter().filter(|row| !row.total).map(|row| row.cells[at].exact().unwrap()).sum();
            prop_assert_eq!(cell.exact(), Some(lines));
        }
        for row in &kinds.rows {
            let figures: Vec<u64> = row.cells.iter().map(|cell| cell.exact().unwrap()).collect();
            prop_assert_eq!(figures[0], figures[1..].iter().sum::<u64>(), "each request has one answer, or none");
        }
        let zone = TimeZone::get("America/New_York").unwrap();
        let of_quarter = findings(&city.entries, [], &zone, &Limits::default())
            .into_iter()
            .filter(|finding| filing.period.holds(finding.on))
            .count() as u64;
        let table = filing.table(Word::TableFindings).unwrap();
        let shown: u64 = table.rows.iter().map(|row| row.cells[0].exact().unwrap()).sum();
        // A line of its own for each kind, but for what was taken back, of which there is none.
        prop_assert_eq!((shown, table.rows.len()), (of_quarter, FindingKind::ALL.len() - 1));
        let open: u64 = filing.table(Word::TableOpen).unwrap().rows.iter().map(|row| row.cells[0].exact().unwrap()).sum();
        let listed = listed(&filing);
        prop_assert_eq!(listed.len() as u64, open + shown);
        prop_assert_eq!(listed.iter().collect::<BTreeSet<_>>().len(), listed.len());

        let mut mixed = City { entries: city.entries.clone(), source: Source::Desk };
        if !mixed.entries.is_empty() {
            let by = usize::try_from(order % mixed.entries.len() as u64).unwrap();
            mixed.entries.rotate_left(by);
        }
        mixed.entries.reverse();
        prop_assert_eq!(mixed.states("DOC", Q3, None), filing);
    }
}
