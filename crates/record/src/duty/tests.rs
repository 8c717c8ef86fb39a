//! Duties told as stories: who was to be told of what, by when, and what the record says of it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use law::{Decision, Facts, Layer, Outcome, PackRef, Question, RequesterId, StatuteId, decision};
use proptest::{prelude::*, sample::select};

use super::*;
use crate::{
    Actor, Channel, Claim, Correction, Filed, FilingId, Fulfilled, HandOver, Receiver, Requester, Sha256Hex,
    WrittenBasis,
};

const ZONE: &str = "America/New_York";

/// The record of one city, entry by entry, by the city's own wall-clock.
#[derive(Debug, Default)]
struct Record {
    entries: Vec<Entry>,
}

fn zone() -> TimeZone {
    TimeZone::get(ZONE).unwrap()
}

fn when(text: &str) -> When {
    text.parse().unwrap()
}

fn at(text: &str) -> DateTime {
    text.parse().unwrap()
}

fn rq(number: u8) -> RequestId {
    RequestId::from_bytes([number; 16])
}

fn law_says(id: &str, certain: bool) -> decision::Duty {
    decision::Duty {
        id: id.into(),
        what: format!("do {id}").into(),
        citation: format!("§ of {id}").into(),
        due: Some("at_once".into()),
        certain,
        hangs_on: Vec::new(),
    }
}

fn decided(request: RequestId, act: &str, duties: Vec<decision::Duty>) -> Body {
    let decision = Decision {
        outcome: Outcome::Barred,
        layers: BTreeMap::from([(Layer::City, Outcome::Barred)]),
        provisions: [].into(),
        unmet: [].into(),
        next_questions: [].into(),
        ways_to_yes: [].into(),
        duties: duties.into(),
        filing_lines: [].into(),
        derived: Vec::new(),
        pack: PackRef { id: "nyc".into(), version: "1".into(), sha256: "".into(), read_until: date(2026, 8, 21) },
        on: date(2026, 6, 15),
        not_yet_read: [].into(),
        after_read_until: false,
        fault: None,
    };
    let question = Question {
        agency: "DOC".into(),
        act: act.into(),
        requester: "ice_ero".into(),
        statute_enforced: "civil_ina".into(),
        document: Vec::new(),
    };
    Body::Decided(Box::new(Decided { request, question, facts: Facts::new(), decision }))
}

fn asked(number: u8, received: &str, kind: RequesterKind, supervisor: Told) -> Body {
    Body::Requested(Box::new(OutsideRequest {
        id: rq(number),
        received: when(received),
        requester: Requester { kind, id: RequesterId::new("ice_ero"), agency: "ICE".into(), unit: None, officer: None },
        channel: Channel::Email,
        receiver: Receiver { agency: "DOC".into(), site: Some("Rikers".into()), employee: Some("Clerk".into()) },
        acts: vec!["hold".into()],
        information: Vec::new(),
        statute: StatuteId::new("civil_ina"),
        statute_as_stated: None,
        claim: Claim::NotSaid,
        documents: Vec::new(),
        detainer: None,
        person: None,
        supervisor,
        counsel: Told::NotYet,
        note: None,
    }))
}

fn done(request: Option<u8>, on: &str, deed: Deed) -> Body {
    Body::Done(Box::new(Done {
        request: request.map(rq),
        decision: None,
        agency: "DOC".into(),
        person: None,
        deed,
        when: when(on),
        decided_by: "Captain B".into(),
        basis: None,
        search: None,
    }))
}

fn handed(papers: Option<HandOver>) -> Deed {
    Deed::Transferred { to: "fbi".into(), on_detainer: false, hand_over: papers.map(Box::new) }
}

fn held(ended: Option<HoldEnd>) -> Deed {
    Deed::Held { from: when("2026-06-15T14:00:00"), until: None, ended }
}

fn fulfilled(duty: DutyKind, request: Option<u8>, site: Option<&str>, on: &str) -> Body {
    Body::Fulfilled(Box::new(Fulfilled {
        duty,
        agency: "DOC".into(),
        request: request.map(rq),
        site: site.map(str::to_owned),
        when: when(on),
        done_by: "Captain B".into(),
        note: None,
    }))
}

impl Record {
    fn says(&mut self, wall_clock: &str, body: Body) -> EntryId {
        let id = EntryId::from_bytes((self.entries.len() as u128 + 1).to_be_bytes());
        let at: Timestamp = at(wall_clock).to_zoned(zone()).unwrap().timestamp();
        let by = Actor::Program { name: "story".into() };
        self.entries.push(Entry { id, at, by, source: Source::Desk, body });
        id
    }

    /// ICE asked DOC on 15 June at 14:00, and the answer names these duties.
    fn asked(&mut self, duties: &[&str]) -> EntryId {
        self.says("2026-06-15T14:05:00", asked(1, "2026-06-15T14:00:00", RequesterKind::Federal, Told::NotYet));
        let duties = duties.iter().map(|id| law_says(id, true)).collect();
        self.says("2026-06-15T14:06:00", decided(rq(1), "hold", duties))
    }

    fn corrects(&mut self, entry: EntryId) -> EntryId {
        let correction = Correction { entry, request: Some(rq(1)), reason: "typing".into(), said_by: "A".into() };
        self.says("2026-06-20T09:00:00", Body::Corrected(correction))
    }

    fn duties(&self) -> Vec<Duty> {
        duties(&self.entries, &zone(), &Limits::default())
    }

    fn one(&self, kind: DutyKind) -> Duty {
        let all = self.duties();
        let mut of: Vec<&Duty> = all.iter().filter(|duty| duty.kind == kind).collect();
        assert_eq!(of.len(), 1, "{all:?}");
        of.remove(0).clone()
    }

    fn city(&self) -> City {
        let mut city = City::default();
        for entry in &self.entries {
            city.take(entry, &zone());
        }
        city
    }

    /// An agency's own duties on a day: kind, site or period, by when, state.
    fn own(&self, today: &str) -> Vec<String> {
        let now = at(today);
        let all = self.city().duties(now.date(), &zone(), &Limits::default());
        let word = |duty: &Duty| {
            let whose = duty.agency.as_ref().map_or("the city", AgencyId::as_str);
            let of = duty.period.as_ref().map(|(section, name)| format!(" {section} {name}"));
            let site = duty.site.as_deref().map(|site| format!(" at {site}"));
            let (of, site) = (of.unwrap_or_default(), site.unwrap_or_default());
            format!("{whose} {}{of}{site} by {}: {:?}", duty.kind.word(), duty.due.date(), duty.state(now))
        };
        all.iter().map(word).collect()
    }
}

#[test]
fn a_supervisor_who_is_not_told_within_the_shift_is_overdue_until_somebody_says_that_they_were() {
    let mut record = Record::default();
    let answer = record.asked(&["tell_supervisor"]);
    let duty = record.one(DutyKind::SupervisorTold);
    assert_eq!((duty.due, duty.from, duty.request), (at("2026-06-15T22:00:00"), Some(answer), Some(rq(1))));
    assert_eq!((duty.agency.clone(), duty.site.as_deref()), (Some("DOC".into()), Some("Rikers")));
    assert_eq!(duty.clock, Clock::PracticeHours(8), "no statute has the number");
    let Rests::Law { citation, what, certain } = &duty.rests else { panic!("{duty:?}") };
    assert_eq!((citation.as_str(), what.as_ref().unwrap().as_str()), ("§ of tell_supervisor", "do tell_supervisor"));
    assert!(certain);
    assert_eq!(duty.state(at("2026-06-15T22:00:00")), State::Open);
    assert_eq!(duty.state(at("2026-06-15T22:01:00")), State::Overdue);
    let said =
        record.says("2026-06-16T09:00:00", fulfilled(DutyKind::SupervisorTold, Some(1), None, "2026-06-16T08:30:00"));
    let duty = record.one(DutyKind::SupervisorTold);
    let ended = duty.ended.clone().unwrap();
    assert_eq!((ended.entry, ended.on, ended.done), (said, when("2026-06-16T08:30:00"), true));
    assert_eq!(ended.done_by.unwrap().reveal(), "Captain B");
    assert_eq!(duty.state(at("2030-01-01T00:00:00")), State::Done);
    assert!(duty.was_late());
    record.corrects(said);
    assert_eq!(record.one(DutyKind::SupervisorTold).state(at("2026-06-20T10:00:00")), State::Overdue);
}

#[test]
fn what_the_desk_wrote_down_with_the_request_counts_and_an_answer_that_names_no_duty_makes_none() {
    let mut record = Record::default();
    let told = Told::At { at: when("2026-06-15T14:02:00"), who: Some("Lieutenant D".into()) };
    let request =
        record.says("2026-06-15T14:05:00", asked(1, "2026-06-15T14:00:00", RequesterKind::Federal, told.clone()));
    assert_eq!(record.duties(), []);
    record.says("2026-06-15T14:06:00", decided(rq(1), "hold", vec![law_says("keep_search_confidential", true)]));
    assert_eq!(record.duties(), [], "it has no clock");
    record.says("2026-06-15T14:07:00", decided(rq(1), "hold", vec![law_says("tell_supervisor", true)]));
    let duty = record.one(DutyKind::SupervisorTold);
    assert_eq!(duty.ended.as_ref().map(|ended| ended.entry), Some(request));
    assert_eq!(duty.ended.as_ref().unwrap().done_by.as_ref().unwrap().reveal(), "Clerk");
    assert!(!duty.was_late());
}

#[test]
fn a_later_answer_that_does_not_name_it_ends_what_was_not_done_and_one_that_does_owes_it_again() {
    let mut record = Record::default();
    record.asked(&["refer_to_privacy_officer"]);
    let now = at("2026-06-15T15:00:00");
    assert_eq!(record.one(DutyKind::PrivacyOfficerTold).due, at("2026-06-16T14:00:00"));
    // Of another act: the first still stands.
    record.says("2026-06-15T14:10:00", decided(rq(1), "notify_release", Vec::new()));
    assert_eq!(record.one(DutyKind::PrivacyOfficerTold).state(now), State::Open);
    let later = record.says("2026-06-15T14:20:00", decided(rq(1), "hold", Vec::new()));
    let duty = record.one(DutyKind::PrivacyOfficerTold);
    assert_eq!((duty.state(now), duty.ended.unwrap().entry), (State::NoLonger, later));
    record.says("2026-06-15T14:30:00", decided(rq(1), "hold", vec![law_says("refer_to_privacy_officer", false)]));
    let duty = record.one(DutyKind::PrivacyOfficerTold);
    assert_eq!(duty.state(now), State::Open, "what may be owed is owed");
    assert!(matches!(duty.rests, Rests::Law { certain: false, .. }));
}

#[test]
fn a_parent_is_told_and_given_legal_help_and_each_is_said_for_itself() {
    let mut record = Record::default();
    record.asked(&["notify_parent_with_legal_help"]);
    record.says("2026-06-15T16:00:00", fulfilled(DutyKind::ParentTold, Some(1), None, "2026-06-15T15:30:00"));
    let now = at("2026-06-17T00:00:00");
    assert_eq!(record.one(DutyKind::ParentTold).state(now), State::Done);
    assert_eq!(record.one(DutyKind::LegalHelpGiven).state(now), State::Overdue);
}

#[test]
fn the_schools_own_line_of_the_notice_ends_the_duties_to_a_parent_and_what_forbids_it_owes_them_no_longer() {
    let (given, helped) = (Deed::NoticeGiven { legal_help: false }, Deed::NoticeGiven { legal_help: true });
    let barred = Deed::NoticeBarred { by: crate::NoticeBar::Order };
    let (done_, open, over) = (State::Done, State::Overdue, State::NoLonger);
    for (deeds, told, help) in [
        (vec![], open, open),
        (vec![&given], done_, open),
        (vec![&helped], done_, done_),
        (vec![&given, &helped], done_, done_),
        (vec![&barred], over, over),
        (vec![&given, &barred], done_, over),
        (vec![&barred, &helped], done_, done_),
    ] {
        let mut record = Record::default();
        record.asked(&["notify_parent_with_legal_help", "release_now", "tell_supervisor"]);
        let said: Vec<EntryId> = deeds
            .iter()
            .map(|deed| record.says("2026-06-15T16:00:00", done(Some(1), "2026-06-15T15:30:00", (*deed).clone())))
            .collect();
        let now = at("2026-06-17T00:00:00");
        let states = [DutyKind::ParentTold, DutyKind::LegalHelpGiven].map(|kind| record.one(kind).state(now));
        assert_eq!(states, [told, help], "{deeds:?}");
        assert_eq!(record.one(DutyKind::ReleasedNow).state(now), open);
        assert_eq!(record.one(DutyKind::SupervisorTold).state(now), open);
        // What was said by mistake ends nothing.
        for one in said {
            record.corrects(one);
        }
        let states = [DutyKind::ParentTold, DutyKind::LegalHelpGiven].map(|kind| record.one(kind).state(now));
        assert_eq!(states, [open, open], "{deeds:?}");
    }
}

#[test]
fn release_now_begins_with_the_answer_and_ends_with_a_release_and_not_with_a_hand_over() {
    let begun = || {
        let mut record = Record::default();
        record.says("2026-06-01T10:00:00", asked(1, "2026-06-01", RequesterKind::Federal, Told::NotYet));
        record.says("2026-06-15T14:06:30", decided(rq(1), "hold", vec![law_says("release_now", true)]));
        record
    };
    let now = at("2026-06-15T19:00:00");
    let duty = begun().one(DutyKind::ReleasedNow);
    assert_eq!((duty.began, duty.due), (when("2026-06-15T14:06:00"), at("2026-06-15T18:06:00")));
    assert_eq!(duty.state(now), State::Overdue);
    for (deed, state, done_by) in [
        (Deed::Released { due: None }, State::Done, true),
        (Deed::Resolved { how: Resolution::NotHonored }, State::Done, true),
        (Deed::Resolved { how: Resolution::Withdrawn }, State::Done, true),
        (Deed::Resolved { how: Resolution::Honored }, State::Overdue, false),
        (Deed::Refused { acts: vec!["hold".into()] }, State::Overdue, false),
        (held(None), State::Overdue, false),
        (held(Some(HoldEnd::Released)), State::Done, true),
        (held(Some(HoldEnd::Transferred)), State::NoLonger, false),
        (handed(None), State::NoLonger, false),
    ] {
        let mut record = begun();
        record.says("2026-06-15T18:30:00", done(Some(1), "2026-06-15T18:00:00", deed.clone()));
        let duty = record.one(DutyKind::ReleasedNow);
        let by = duty.ended.as_ref().is_some_and(|ended| ended.done_by.is_some());
        assert_eq!((duty.state(now), by), (state, done_by), "{deed:?}");
    }
}

#[test]
fn a_hand_over_is_looked_after_when_thirty_days_have_ended() {
    let mut record = Record::default();
    record.says("2026-06-01T10:00:00", asked(1, "2026-06-01", RequesterKind::Federal, Told::NotYet));
    let transfer = record.says("2026-06-15T18:30:00", done(Some(1), "2026-06-15T18:00:00", handed(None)));
    let duty = record.one(DutyKind::FollowedUp);
    assert_eq!((duty.due, duty.from, &duty.rests), (at("2026-07-15T23:59:00"), Some(transfer), &Rests::Practice));
    assert_eq!(duty.state(at("2026-07-15T23:59:00")), State::Open);
    assert_eq!(duty.state(at("2026-07-16T00:00:00")), State::Overdue);
    let looked = |record: &mut Record, on: &str, charge_filed| {
        record.says("2026-07-20T10:00:00", done(Some(1), on, Deed::FollowedUp { transfer, charge_filed }))
    };
    let after = at("2026-08-01T00:00:00");
    // That there was no charge after two weeks does not say that there was none after thirty days.
    for early in [Known::No, Known::Unknown] {
        looked(&mut record, "2026-07-14", early);
        assert_eq!(record.one(DutyKind::FollowedUp).state(after), State::Overdue);
    }
    let yes = looked(&mut record, "2026-06-20", Known::Yes);
    assert_eq!(record.one(DutyKind::FollowedUp).state(after), State::Done, "one that was filed was filed");
    record.corrects(yes);
    assert_eq!(record.one(DutyKind::FollowedUp).state(after), State::Overdue);
    looked(&mut record, "2026-07-15", Known::Unknown);
    assert_eq!(record.one(DutyKind::FollowedUp).state(after), State::Done);
    record.corrects(transfer);
    assert_eq!(record.duties(), [], "there was none");
}

#[test]
fn a_hand_over_to_a_state_or_of_before_the_report_is_not_followed_up_and_one_nobody_asked_for_is() {
    let kinds = [
        (Some(RequesterKind::Federal), 1),
        (Some(RequesterKind::ContractorOrTaskForce), 1),
        (Some(RequesterKind::Unknown), 1),
        (Some(RequesterKind::State), 0),
        (Some(RequesterKind::OtherLocal), 0),
        (None, 1),
    ];
    for (kind, owed) in kinds {
        for (on, after) in [("2025-12-03", owed), ("2025-12-02", 0)] {
            let mut record = Record::default();
            if let Some(kind) = kind {
                record.says("2025-12-01T10:00:00", asked(1, "2025-12-01", kind, Told::NotYet));
            }
            record.says("2025-12-04T10:00:00", done(kind.map(|_| 1), on, handed(None)));
            assert_eq!(record.duties().len(), after, "{kind:?} on {on}");
            let all = hand_overs(&record.entries, &Limits::default());
            assert_eq!(all.len(), after);
            let own = record.own("2026-03-01T00:00:00");
            let shown = own.iter().filter(|line| line.contains("followed_up")).count();
            assert_eq!(shown, if kind.is_none() { after } else { 0 }, "{own:?}");
        }
    }
}

#[test]
fn another_agencys_file_makes_no_duties() {
    let mut record = Record::default();
    record.asked(&["tell_supervisor"]);
    record.says("2026-06-16T10:00:00", done(Some(1), "2026-06-16", handed(None)));
    for entry in &mut record.entries {
        entry.source = "import:ice-foia".parse().unwrap();
    }
    assert_eq!((record.duties(), record.own("2026-12-31T00:00:00")), (Vec::new(), Vec::new()));
    assert_eq!(hand_overs(&record.entries, &Limits::default()), []);
}

#[test]
fn filings_statements_and_signs_are_owed_from_the_day_on_which_the_record_began() {
    let mut record = Record::default();
    assert_eq!(record.own("2026-12-01T00:00:00"), Vec::<String>::new(), "an empty record owes nothing");
    record.asked(&[]);
    assert_eq!(record.own("2026-06-30T00:00:00"), Vec::<String>::new(), "no period has ended, and no sign is due");
    assert_eq!(
        record.own("2026-10-01T00:00:00"),
        [
            "DOC filed 9-131 FY2026 by 2026-09-01: Overdue",
            "the city filed 10-178 2026Q2 by 2026-07-30: Overdue",
            "the city filed 10-178 2026Q3 by 2026-10-30: Open",
            "DOC stated statement 2026Q3 by 2026-10-30: Open",
            "DOC signs_posted at Rikers by 2026-09-30: Overdue",
            "DOC sites_reported by 2026-10-31: Open",
        ]
    );
    let filed = |section: Section, agency: Option<&str>, period: &str| {
        let period = crate::filing::Period::parse(section, period).unwrap();
        Body::Filed(Box::new(Filed {
            filing: FilingId::from_bytes([1; 16]),
            section: section.subdivision().to_owned(),
            agency: agency.map(Into::into),
            from: period.from,
            through: period.to,
            content: Sha256Hex::of([0; 32]),
            included_sources: Vec::new(),
            nil: true,
            signed_by: "Records".into(),
        }))
    };
    record.says("2026-09-01T12:00:00", filed(Section::Correction, Some("DOC"), "FY2026"));
    record.says("2026-09-01T12:00:00", filed(Section::Correction, Some("DOC"), "FY2025"));
    record.says("2026-08-01T12:00:00", filed(Section::Resources, None, "2026Q2"));
    record.says("2026-10-01T12:00:00", filed(Section::Statement, Some("NYPD"), "2026Q3"));
    let said = record.says("2026-09-30T12:00:00", fulfilled(DutyKind::SignsPosted, None, Some("Rikers"), "2026-09-30"));
    let all = record.own("2026-11-01T00:00:00");
    assert_eq!(
        all,
        [
            "DOC filed 9-131 FY2026 by 2026-09-01: Done",
            "the city filed 10-178 2026Q2 by 2026-07-30: Done",
            "the city filed 10-178 2026Q3 by 2026-10-30: Overdue",
            "DOC stated statement 2026Q3 by 2026-10-30: Overdue",
            "DOC signs_posted at Rikers by 2026-09-30: Done",
            "DOC sites_reported by 2026-10-31: Overdue",
        ]
    );
    let mut other = Record { entries: record.entries.clone() };
    other.says("2026-11-01T09:00:00", fulfilled(DutyKind::SitesReported, None, None, "2026-10-30"));
    other.says(
        "2026-11-01T09:00:00",
        Body::Corrected(Correction {
            entry: said,
            request: None,
            reason: "the wrong jail".into(),
            said_by: "A".into(),
        }),
    );
    let all = other.own("2026-11-02T00:00:00");
    assert!(all.contains(&"DOC sites_reported by 2026-10-31: Done".to_owned()), "{all:?}");
    assert!(all.contains(&"DOC signs_posted at Rikers by 2026-09-30: Overdue".to_owned()), "{all:?}");
    other.says("2026-11-01T09:00:00", fulfilled(DutyKind::SignsPosted, None, None, "2026-10-30"));
    assert!(other.own("2026-11-02T00:00:00").contains(&"DOC signs_posted at Rikers by 2026-09-30: Done".to_owned()));
    // Which agencies are covered was not read, and the day of the law is the law's.
    let signs = record.city().duties(date(2026, 11, 1), &zone(), &Limits::default());
    let signs = signs.iter().find(|duty| duty.kind == DutyKind::SitesReported).unwrap();
    assert!(matches!(&signs.rests, Rests::Law { certain: false, .. }) && signs.clock == Clock::Law, "{signs:?}");
}

#[test]
fn an_agency_of_the_citys_file_that_records_nothing_owes_the_same() {
    let agencies = |named: &[(&str, &[&str])]| -> Sites {
        let sites = |of: &[&str]| of.iter().map(|site| (*site).to_owned()).collect();
        named.iter().map(|(agency, of)| (AgencyId::new(agency), sites(of))).collect()
    };
    let files = [
        ("2026-02-01T09:00:00", agencies(&[("NYPD", &["precinct"]), ("DSS", &[])])),
        ("2026-05-01T09:00:00", agencies(&[("NYPD", &["precinct"])])),
        ("2026-08-01T09:00:00", agencies(&[("NYPD", &["precinct", "headquarters"]), ("DSS", &[])])),
    ];
    let mut record = Record::default();
    let file = |text: &str| {
        Body::City(Box::new(crate::CityInForce { file: Sha256Hex::of([0; 32]), text: crate::Private::from(text) }))
    };
    for (at, _) in &files {
        record.says(at, file("the file"));
    }
    let owed = |order: [usize; 3], today: &str| {
        let mut city = City::default();
        for number in order {
            city.takes_file(&record.entries[number], files[number].1.clone(), &zone());
        }
        let of = |duty: &Duty| {
            let period = duty.period.as_ref().map(|(section, name)| format!(" {section} {name}")).unwrap_or_default();
            let site = duty.site.as_deref().map(|site| format!(" at {site}")).unwrap_or_default();
            format!("{} {}{period}{site}", duty.agency.as_ref().map_or("the city", AgencyId::as_str), duty.kind.word())
        };
        let all =
            city.duties(at(today).date(), &zone(), &Limits { stated_from: date(2026, 1, 1), ..Limits::default() });
        all.iter().map(of).collect::<Vec<_>>()
    };
    let all = owed([0, 1, 2], "2026-10-02T00:00:00");
    assert_eq!(all, owed([2, 0, 1], "2026-10-02T00:00:00"), "the order in which they are read is nothing");
    // Of the Police every quarter since the first file, and the filing of its year; of DSS, which was left out for a while, from the day on
    // which it was named again.
    let police: Vec<&str> = all.iter().map(String::as_str).filter(|duty| duty.starts_with("NYPD")).collect();
    assert_eq!(
        police,
        [
            "NYPD filed 14-154 FY2026",
            "NYPD stated statement 2026Q1",
            "NYPD stated statement 2026Q2",
            "NYPD stated statement 2026Q3",
            "NYPD signs_posted at headquarters",
            "NYPD signs_posted at precinct",
            "NYPD sites_reported",
        ]
    );
    let social: Vec<&str> = all.iter().map(String::as_str).filter(|duty| duty.starts_with("DSS")).collect();
    assert_eq!(social, ["DSS stated statement 2026Q3", "DSS signs_posted", "DSS sites_reported"]);
    // What an agency recorded counts from its own day on, whether or not a file names it.
    record.asked(&[]);
    let mut city = record.city();
    for (number, (_, named)) in files.iter().enumerate() {
        city.takes_file(&record.entries[number], named.clone(), &zone());
    }
    let correction = city.duties(date(2026, 10, 2), &zone(), &Limits::default());
    assert!(correction.iter().any(|duty| duty.agency == Some("DOC".into()) && duty.kind == DutyKind::Stated));
}

#[test]
fn schools_have_their_own_day_for_signs() {
    let mut record = Record::default();
    let Body::Requested(mut school) = asked(1, "2026-08-01", RequesterKind::Federal, Told::NotYet) else { panic!() };
    school.receiver = Receiver { agency: "DOE".into(), site: None, employee: None };
    record.says("2026-08-01T12:00:00", Body::Requested(school));
    let all = record.own("2026-09-01T00:00:00");
    assert_eq!(all, ["DOE signs_posted by 2026-12-31: Open", "DOE sites_reported by 2027-03-31: Open"]);
}

#[test]
fn a_hand_over_knows_whether_its_papers_are_whole() {
    let Body::Done(bare) = done(None, "2026-06-15", handed(None)) else { panic!() };
    assert!(bare.is_without_written_basis() && bare.is_by_one_alone());
    let basis = WrittenBasis { kind: "judicial_arrest_warrant".into(), number: None, issuer: None, dated: None };
    let with = |second: Option<&str>, basis: Option<WrittenBasis>| {
        let papers = HandOver { basis, second: second.map(Into::into), site: None };
        Done { deed: handed(Some(papers)), ..(*bare).clone() }
    };
    let whole = with(Some("Captain C"), Some(basis.clone()));
    assert!(!whole.is_without_written_basis() && !whole.is_by_one_alone());
    assert!(with(Some(" captain  b "), Some(basis.clone())).is_by_one_alone(), "one name twice is one");
    assert!(with(None, Some(basis)).is_by_one_alone());
    let old = Done { basis: Some("warrant 7".into()), ..with(Some("Captain C"), None) };
    assert!(!old.is_without_written_basis(), "a basis of before is one");
    let refused = Done { deed: Deed::Refused { acts: Vec::new() }, ..(*bare).clone() };
    assert!(!refused.is_without_written_basis() && !refused.is_by_one_alone());
}

#[test]
fn a_list_of_hand_overs_says_whether_the_papers_are_whole_and_what_came_of_it() {
    let mut record = Record::default();
    record.says("2026-06-01T10:00:00", asked(1, "2026-06-01", RequesterKind::Federal, Told::NotYet));
    let basis = WrittenBasis { kind: "judicial_arrest_warrant".into(), number: None, issuer: None, dated: None };
    let papers =
        HandOver { basis: Some(basis), second: Some("Captain C".into()), site: Some("Central Booking".into()) };
    let whole = record.says("2026-06-15T18:30:00", done(Some(1), "2026-06-15T18:00:00", handed(Some(papers))));
    let bare = record.says("2026-06-15T18:31:00", done(Some(1), "2026-06-15T18:10:00", handed(None)));
    record.says(
        "2026-07-20T10:00:00",
        done(Some(1), "2026-07-20", Deed::FollowedUp { transfer: whole, charge_filed: Known::No }),
    );
    let list = handed_over(&record.entries, &Limits::default());
    let line = |one: &HandedOver| (one.entry, one.site.clone(), one.without_basis, one.by_one, one.charge_filed);
    assert_eq!(
        list.iter().map(line).collect::<Vec<_>>(),
        [
            (whole, Some("Central Booking".to_owned()), false, false, Some(Known::No)),
            (bare, Some("Rikers".to_owned()), true, true, None),
        ]
    );
    let states: Vec<State> =
        list.iter().map(|one| one.look.as_ref().unwrap().state(at("2026-08-01T00:00:00"))).collect();
    assert_eq!(states, [State::Done, State::Overdue]);
    assert!(list.iter().all(|one| one.papers_asked));
    record.corrects(bare);
    assert_eq!(handed_over(&record.entries, &Limits::default()).len(), 1);
}

#[test]
fn a_hand_over_that_nobody_asked_for_is_of_the_site_where_it_was_done() {
    let mut record = Record::default();
    let papers = HandOver { basis: None, second: None, site: Some("Central Booking".into()) };
    record.says("2026-06-15T18:30:00", done(None, "2026-06-15T18:00:00", handed(Some(papers))));
    record.says("2026-06-15T18:31:00", done(None, "2026-06-15T18:10:00", handed(None)));
    let list = handed_over(&record.entries, &Limits::default());
    let places: Vec<_> = list.iter().map(|one| (one.request, one.site.as_deref(), one.asked_at.as_deref())).collect();
    assert_eq!(places, [(None, Some("Central Booking"), Some("Central Booking")), (None, None, None)]);
    assert!(list.iter().all(|one| one.papers_asked && one.look.is_some()), "who asked is not known");
}

/// Anything that may happen about a request, in any order.
fn anything() -> impl Strategy<Value = Body> {
    let pack = OF_PACK.iter().map(|(id, _)| *id).chain(["keep_search_confidential"]).collect::<Vec<_>>();
    let named = prop::collection::vec((select(pack), any::<bool>()), 0..3);
    let day = 1..28_i8;
    let told = select(DutyKind::ALL.to_vec());
    let on = move || day.clone().prop_map(|day| format!("2026-06-{day:02}"));
    let deeds = select(vec![
        Deed::Released { due: None },
        Deed::Resolved { how: Resolution::NotHonored },
        Deed::Refused { acts: vec!["hold".into()] },
        Deed::NoticeGiven { legal_help: true },
        Deed::NoticeGiven { legal_help: false },
        Deed::NoticeBarred { by: crate::NoticeBar::Law },
        handed(None),
    ]);
    prop_oneof![
        (select(vec!["hold", "notify_release"]), named).prop_map(|(act, named)| {
            decided(rq(1), act, named.into_iter().map(|(id, certain)| law_says(id, certain)).collect())
        }),
        (told, on()).prop_map(|(kind, on)| fulfilled(kind, Some(1), None, &on)),
        (deeds, on()).prop_map(|(deed, on)| done(Some(1), &on, deed)),
        (1..12_u128, select(vec![Known::Yes, Known::No, Known::Unknown]), on()).prop_map(|(id, charge_filed, on)| {
            let transfer = EntryId::from_bytes(id.to_be_bytes());
            done(Some(1), &on, Deed::FollowedUp { transfer, charge_filed })
        }),
    ]
}

fn any_record() -> impl Strategy<Value = Record> {
    prop::collection::vec(anything(), 0..10).prop_map(|bodies| {
        let mut record = Record::default();
        record.says("2026-06-01T10:00:00", asked(1, "2026-06-01T09:00:00", RequesterKind::Federal, Told::NotYet));
        for (minute, body) in bodies.into_iter().enumerate() {
            record.says(&format!("2026-06-01T11:{minute:02}:00"), body);
        }
        record
    })
}

/// What a duty is, whatever became of it.
fn key(duty: &Duty) -> (DutyKind, Option<EntryId>) {
    (duty.kind, duty.from.filter(|_| duty.kind == DutyKind::FollowedUp))
}

proptest! {
    #[test]
    fn what_was_done_stays_done_whatever_is_said_after_it_but_a_correction(
        record in any_record(),
        more in prop::collection::vec(anything(), 1..4),
    ) {
        let before = record.duties();
        let mut after = Record { entries: record.entries.clone() };
        for body in more {
            after.says("2026-06-02T10:00:00", body);
        }
        let after = after.duties();
        for duty in before.iter().filter(|duty| duty.ended.as_ref().is_some_and(|ended| ended.done)) {
            let now = after.iter().find(|other| key(other) == key(duty)).unwrap();
            prop_assert_eq!(&now.ended, &duty.ended);
        }
    }

    #[test]
    fn what_is_overdue_stays_so_while_time_goes_on(record in any_record(), minutes in 0..200_000_i64, more in 0..200_000_i64) {
        let now = at("2026-06-01T09:00:00").saturating_add(minutes.minutes());
        let later = now.saturating_add(more.minutes());
        for duty in record.duties() {
            if duty.state(now) == State::Overdue {
                prop_assert_eq!(duty.state(later), State::Overdue);
            }
        }
    }

    #[test]
    fn a_duty_is_one_that_an_answer_named_or_a_hand_over_and_names_its_source(record in any_record()) {
        for duty in record.duties() {
            prop_assert_eq!(duty.agency.as_ref().map(AgencyId::as_str), Some("DOC"));
            match &duty.rests {
                Rests::Practice => prop_assert_eq!(duty.kind, DutyKind::FollowedUp),
                Rests::Law { citation, .. } => {
                    prop_assert!(!citation.as_str().is_empty());
                    let names = |entry: &Entry| match &entry.body {
                        Body::Decided(decided) => decided.decision.duties.iter().any(|named| {
                            OF_PACK.iter().any(|(id, kinds)| *id == named.id.as_str() && kinds.contains(&duty.kind))
                        }),
                        _ => false,
                    };
                    let from = record.entries.iter().find(|entry| Some(entry.id) == duty.from).unwrap();
                    prop_assert!(names(from));
                }
            }
        }
    }
}
