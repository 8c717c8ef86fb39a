//! What happened in 2024 and 2025, told again: each would have been noticed.

use std::collections::BTreeMap;

use expect_test::{Expect, expect};
use jiff::{Timestamp, civil::date};
use law::decision::{ProvisionResult, WhyKind, WhyNode};
use law::{ActId, Decision, Facts, Known, PackRef, Question, RequesterId, StatuteId};
use proptest::prelude::*;

use super::*;
use crate::{
    Actor, Channel, Claim, DisclosureForm, Information, Receiver, Requester, RequesterKind, Resolution, Told, When,
};

/// The record of one city in one year, entry by entry.
#[derive(Default)]
struct Told2025 {
    entries: Vec<Entry>,
}

fn rq(number: u8) -> RequestId {
    RequestId::from_bytes([number; 16])
}

fn when(text: &str) -> When {
    text.parse().unwrap()
}

fn decision(outcome: Outcome) -> Decision {
    let why = WhyNode { kind: WhyKind::Provision, holds: Known::No, text: "".into(), name: None, parts: Vec::new() };
    let provision = |id: &str, layer, result| ProvisionResult {
        id: id.into(),
        citation: "".into(),
        layer,
        result,
        plain: "".into(),
        rules_that_hold: Vec::new(),
        why: why.clone().into(),
        read_in_part: false,
    };
    Decision {
        outcome,
        layers: BTreeMap::from([(Layer::City, outcome)]),
        provisions: vec![
            provision("10-178(c)", Layer::City, outcome),
            provision("8-usc-1373", Layer::Federal, Outcome::Outside),
        ]
        .into(),
        unmet: [].into(),
        next_questions: [].into(),
        ways_to_yes: [].into(),
        duties: [].into(),
        filing_lines: [].into(),
        derived: Vec::new(),
        pack: PackRef { id: "nyc".into(), version: "1".into(), sha256: "".into(), read_until: date(2026, 8, 21) },
        on: date(2025, 2, 1),
        not_yet_read: [].into(),
        after_read_until: false,
        fault: None,
    }
}

impl Told2025 {
    fn says(&mut self, day: &str, body: Body) -> EntryId {
        let id = EntryId::from_bytes((self.entries.len() as u128 + 1).to_be_bytes());
        // 23:30 in New York is the next day in Greenwich: the city's own day counts.
        let at = when(day).day().at(23, 30, 0, 0).in_tz("America/New_York").unwrap().timestamp();
        let by = Actor::Program { name: "story".into() };
        self.entries.push(Entry { id, at, by, source: Source::Desk, body });
        id
    }

    fn asked(&mut self, request: u8, received: &str, recorded: &str) -> EntryId {
        let body = Body::Requested(Box::new(OutsideRequest {
            id: rq(request),
            received: when(received),
            requester: Requester {
                kind: RequesterKind::Federal,
                id: RequesterId::new("hsi"),
                agency: "HSI".into(),
                unit: None,
                officer: None,
            },
            channel: Channel::TaskForce,
            receiver: Receiver { agency: "DOC".into(), site: None, employee: None },
            acts: Vec::new(),
            information: Vec::new(),
            statute: StatuteId::new("civil_ina"),
            statute_as_stated: None,
            claim: Claim::NotSaid,
            documents: Vec::new(),
            detainer: None,
            person: None,
            supervisor: Told::NotYet,
            counsel: Told::NotYet,
            note: None,
        }));
        self.says(recorded, body)
    }

    fn decided(&mut self, request: u8, act: &str, outcome: Outcome) -> EntryId {
        let question = Question {
            agency: "DOC".into(),
            act: ActId::new(act),
            requester: "hsi".into(),
            statute_enforced: "civil_ina".into(),
            document: Vec::new(),
        };
        let decided = Decided { request: rq(request), question, facts: Facts::new(), decision: decision(outcome) };
        self.says("2025-02-01", Body::Decided(Box::new(decided)))
    }

    fn done(&mut self, request: Option<u8>, at: &str, deed: Deed, basis: Option<&str>) -> EntryId {
        let done = Done {
            request: request.map(rq),
            decision: None,
            agency: "DOC".into(),
            person: None,
            deed,
            when: when(at),
            decided_by: "an investigator".into(),
            basis: basis.map(Into::into),
            search: None,
        };
        self.says(&when(at).day().to_string(), Body::Done(Box::new(done)))
    }

    fn erase(&mut self, entry: EntryId) {
        self.entries.retain(|kept| kept.id != entry);
        let order = crate::ErasureOrder {
            kind: crate::ErasureKind::Sealing,
            reference: "CPL 160.50".into(),
            dated: date(2025, 2, 5),
            asked_by: "A".into(),
            approved_by: "B".into(),
        };
        // Its id is after every other's, as no id comes twice.
        let leaf = crate::Leaf::from_bytes([7; 32]);
        let id = EntryId::from_bytes([0xee; 16]);
        let by = Actor::Program { name: "story".into() };
        let body = Body::Erased(Box::new(crate::Erasure { entry, leaf, order }));
        self.entries.push(Entry { id, at: Timestamp::UNIX_EPOCH, by, source: Source::Desk, body });
    }

    fn shown(&self) -> Vec<Finding> {
        let zone = TimeZone::get("America/New_York").unwrap();
        findings(&self.entries, [], &zone, &Limits::default())
    }

    fn kinds(&self) -> Vec<(FindingKind, EntryId)> {
        self.shown().into_iter().map(|finding| (finding.kind, finding.entry)).collect()
    }

    fn check(&self, expect: Expect) {
        let zone = TimeZone::get("America/New_York").unwrap();
        let place = |id: EntryId| self.entries.iter().position(|entry| entry.id == id).unwrap();
        let lines = findings(&self.entries, [], &zone, &Limits::default()).into_iter().map(|finding| {
            let Finding { kind, agency, on, entry, request, against, provisions, late } = finding;
            let request = request.map(|request| request.as_bytes()[0]);
            let against = against.map(place);
            format!(
                "{kind:?} {agency} {on} entry {} request {request:?} against {against:?} {provisions:?} {late:?}\n",
                place(entry)
            )
        });
        expect.assert_eq(&lines.collect::<String>());
    }
}

fn disclosed(information: Information, form: DisclosureForm) -> Deed {
    let facilitated_transfer = Known::Unknown;
    Deed::Disclosed { to: "hsi".into(), information: vec![information], form, facilitated_transfer, approval: None }
}

fn transferred() -> Deed {
    Deed::Transferred { to: "ice_ero".into(), on_detainer: false, hand_over: None }
}

/// A screenshot was sent though barred; then the minute of release was told, and nobody had asked or written anything down.
#[test]
fn department_of_correction() {
    let mut city = Told2025::default();
    city.asked(1, "2025-02-01", "2025-02-01");
    city.decided(1, "disclose_custody_information", Outcome::Barred);
    city.done(Some(1), "2025-02-01", disclosed(Information::Other, DisclosureForm::Copy), None);
    city.done(None, "2025-02-10", disclosed(Information::ReleaseDate, DisclosureForm::Location), None);
    city.check(expect![[r#"
        DoneThoughBarred DOC 2025-02-01 entry 2 request Some(1) against Some(1) ["10-178(c)"] None
        DisclosedWithoutApproval DOC 2025-02-01 entry 2 request Some(1) against None [] None
        DisclosedWithoutRequest DOC 2025-02-10 entry 3 request None against None [] None
        DisclosedWithoutApproval DOC 2025-02-10 entry 3 request None against None [] None
    "#]]);
}

/// Alerts on names, by e-mail, recorded half a year later by somebody else; a yes to tell something covers no alert.
#[test]
fn police_department() {
    let mut city = Told2025::default();
    city.asked(1, "2024-11-21", "2025-06-09");
    city.decided(1, "disclose_identifying_information", Outcome::Permitted);
    city.done(Some(1), "2025-06-09", disclosed(Information::Other, DisclosureForm::Alert), None);
    city.done(None, "2025-06-09", transferred(), Some("the FBI says that charges are being considered"));
    city.check(expect![[r#"
        RecordedLate DOC 2024-11-21 entry 0 request Some(1) against None [] Some(Days(200))
        DoneWithoutAsking DOC 2025-06-09 entry 2 request Some(1) against None [] None
        DisclosedWithoutApproval DOC 2025-06-09 entry 2 request Some(1) against None [] None
        TransferredWithoutRequest DOC 2025-06-09 entry 3 request None against None [] None
    "#]]);
}

#[test]
fn a_yes_covers_and_a_written_basis_cures_what_was_open() {
    let mut city = Told2025::default();
    city.asked(1, "2025-02-01", "2025-02-02");
    city.decided(1, "transfer_person", Outcome::Permitted);
    city.done(Some(1), "2025-02-01", transferred(), None);
    city.decided(1, "hold", Outcome::Escalate);
    let held = Deed::Held { from: when("2025-02-01T10:00:00"), until: None, ended: None };
    city.done(Some(1), "2025-02-01", held.clone(), Some("order of the court of 1 February"));
    city.check(expect![[r#"
        HeldPastRelease DOC 2025-02-01 entry 4 request Some(1) against None [] None
    "#]]);
    city.done(Some(1), "2025-02-01", held, None);
    city.check(expect![[r#"
        HeldPastRelease DOC 2025-02-01 entry 4 request Some(1) against None [] None
        DoneWhileOpen DOC 2025-02-01 entry 5 request Some(1) against Some(3) ["10-178(c)"] None
        HeldPastRelease DOC 2025-02-01 entry 5 request Some(1) against None [] None
    "#]]);
}

#[test]
fn the_last_answer_to_an_act_counts() {
    let mut city = Told2025::default();
    city.asked(1, "2025-02-01", "2025-02-01");
    city.decided(1, "transfer_person", Outcome::NotYetKnown);
    city.decided(1, "transfer_person", Outcome::Permitted);
    city.done(Some(1), "2025-02-01", transferred(), None);
    city.check(expect![""]);
}

#[test]
fn refused_and_told_all_the_same() {
    let mut city = Told2025::default();
    city.asked(1, "2025-02-01", "2025-02-01");
    city.done(Some(1), "2025-02-01", Deed::Refused { acts: vec!["disclose_custody_information".into()] }, None);
    city.done(Some(1), "2025-02-01", disclosed(Information::CourtDate, DisclosureForm::Spoken), None);
    city.check(expect![[r#"
        DoneWithoutAsking DOC 2025-02-01 entry 2 request Some(1) against None [] None
        DisclosedThoughRefused DOC 2025-02-01 entry 2 request Some(1) against Some(1) [] None
        DisclosedWithoutApproval DOC 2025-02-01 entry 2 request Some(1) against None [] None
    "#]]);
}

/// A sentence of five days, and 41 days more; and a release some hours late.
#[test]
fn held_past_release() {
    let mut city = Told2025::default();
    city.asked(1, "2025-02-01", "2025-02-01");
    city.decided(1, "hold", Outcome::Barred);
    let (from, until) = (when("2025-02-01"), Some(when("2025-03-14")));
    city.done(Some(1), "2025-03-14", Deed::Held { from, until, ended: None }, None);
    city.done(None, "2025-04-01T18:30:00", Deed::Released { due: Some(when("2025-04-01T12:00:00")) }, None);
    city.done(None, "2025-04-02T13:30:00", Deed::Released { due: Some(when("2025-04-02T12:00:00")) }, None);
    city.done(None, "2025-04-03T13:30:00", Deed::Released { due: Some(when("2025-04-03")) }, None);
    city.check(expect![[r#"
        DoneThoughBarred DOC 2025-03-14 entry 2 request Some(1) against Some(1) ["10-178(c)"] None
        HeldPastRelease DOC 2025-03-14 entry 2 request Some(1) against None [] Some(Days(41))
        HeldPastRelease DOC 2025-04-01 entry 3 request None against None [] Some(Hours(6))
    "#]]);
}

/// A release that names the answer it rests on is judged by that one, so that the erasure of another changes nothing.
#[test]
fn a_late_release_is_judged_by_the_answer_that_it_names() {
    let mut city = Told2025::default();
    city.asked(1, "2025-02-01", "2025-02-01");
    let permitted = city.decided(1, "hold", Outcome::Permitted);
    let barred = city.decided(1, "hold", Outcome::Barred);
    city.done(Some(1), "2025-02-01T18:30:00", Deed::Released { due: Some(when("2025-02-01T12:00:00")) }, None);
    city.check(expect![""]);
    for (named, late) in [(permitted, false), (barred, true)] {
        let mut city = Told2025 { entries: city.entries.clone() };
        if let Body::Done(done) = &mut city.entries[3].body {
            done.decision = Some(named);
        }
        assert_eq!(city.kinds().len(), usize::from(late));
        let before = city.kinds();
        city.erase(if late { permitted } else { barred });
        assert_eq!(city.kinds(), before);
    }
}

#[test]
fn imported_rows_are_not_late() {
    let mut city = Told2025::default();
    city.asked(1, "2012-01-01", "2025-02-01");
    city.check(expect![[r#"
        RecordedLate DOC 2012-01-01 entry 0 request Some(1) against None [] Some(Days(4780))
    "#]]);
    city.entries[0].source = "import:ice-foia".parse().unwrap();
    city.check(expect![""]);
}

/// The moment of an entry is no later than the contact by the city's clock, though it is by Greenwich's.
#[test]
fn the_city_s_day_counts() {
    let mut city = Told2025::default();
    city.asked(1, "2025-02-01", "2025-02-02");
    assert_eq!(city.entries[0].at, "2025-02-03T04:30:00Z".parse::<Timestamp>().unwrap());
    city.check(expect![""]);
}

#[test]
fn handed_over_though_refused_until_an_answer_permits_it() {
    let mut city = Told2025::default();
    city.asked(1, "2025-02-01", "2025-02-01");
    city.done(Some(1), "2025-02-01", Deed::Refused { acts: vec!["transfer_person".into(), "hold".into()] }, None);
    city.done(Some(1), "2025-02-01", transferred(), None);
    city.check(expect![[r#"
        DoneWithoutAsking DOC 2025-02-01 entry 2 request Some(1) against None [] None
        DoneThoughRefused DOC 2025-02-01 entry 2 request Some(1) against Some(1) [] None
    "#]]);
    city.decided(1, "transfer_person", Outcome::Permitted);
    city.check(expect![""]);
}

/// What an erased entry said, nobody knows: that it is gone shows nothing about what was done.
#[test]
fn what_was_erased_is_not_missing() {
    let mut city = Told2025::default();
    let asked = city.asked(1, "2025-02-01", "2025-02-01");
    let permitted = city.decided(1, "transfer_person", Outcome::Permitted);
    let deed = city.done(Some(1), "2025-02-01", transferred(), None);
    if let Body::Done(done) = &mut city.entries[2].body {
        done.decision = Some(permitted);
    }
    city.check(expect![""]);
    for wrong in [asked, permitted] {
        let mut city = Told2025 { entries: city.entries.clone() };
        city.erase(wrong);
        city.check(expect![""]);
    }
    // Where nothing was erased, a request that is named and is not there is none.
    city.entries.retain(|entry| entry.id == deed);
    city.check(expect![[r#"
        TransferredWithoutRequest DOC 2025-02-01 entry 0 request Some(1) against None [] None
    "#]]);
    let zone = TimeZone::get("America/New_York").unwrap();
    assert_eq!(findings(&city.entries, [asked], &zone, &Limits::default()), []);
}

/// One thing that may be in a record: which request, what, and how it ended.
fn step() -> impl Strategy<Value = (u8, u8, u8)> {
    (1..3_u8, 0..11_u8, 0..3_u8)
}

/// A record of anything at all. Deeds name the last decision on their act, as the desk has them do, so that what is erased can be known to be missing.
fn any_city(steps: &[(u8, u8, u8)]) -> Told2025 {
    const OUTCOMES: [Outcome; 3] = [Outcome::Barred, Outcome::Escalate, Outcome::Permitted];
    const ACTS: [&str; 4] = ["hold", "transfer_person", "disclose_custody_information", "notify_release"];
    let mut city = Told2025::default();
    let mut last: BTreeMap<(u8, &str), EntryId> = BTreeMap::new();
    for (request, what, how) in steps.iter().copied() {
        let act = ACTS[usize::from(what) % 4];
        let about = (how != 1).then_some(request);
        let (from, until) = (when("2025-02-01T10:00:00"), Some(when("2025-02-03T10:00:00")));
        let deed = match what {
            0 => {
                city.asked(request, "2025-02-01", "2025-02-05");
                continue;
            }
            1..=4 => {
                let decision = city.decided(request, act, OUTCOMES[usize::from(how)]);
                last.insert((request, act), decision);
                continue;
            }
            5 => Deed::Held { from, until, ended: None },
            6 => transferred(),
            7 => disclosed(Information::Other, DisclosureForm::Spoken),
            8 => Deed::Notified { to: "hsi".into() },
            9 => Deed::Released { due: Some(from) },
            _ => Deed::Refused { acts: ACTS.iter().map(|act| ActId::new(act)).collect() },
        };
        // Hand-overs after the report that asked for their papers.
        let at = if what == 6 { "2026-01-04T10:00:00" } else { "2025-02-04T10:00:00" };
        city.done(about, at, deed, None);
    }
    for entry in &mut city.entries {
        let Body::Done(done) = &mut entry.body else { continue };
        let act = match &done.deed {
            Deed::Transferred { .. } => "transfer_person",
            Deed::Disclosed { .. } => "disclose_custody_information",
            Deed::Notified { .. } => "notify_release",
            _ => "hold",
        };
        let number = done.request.map(|request| request.as_bytes()[0]);
        done.decision = number.and_then(|request| last.get(&(request, act)).copied());
    }
    city
}

proptest! {
    /// A correction takes away what its deed shows, and what others show against it; it shows nothing new but that a deed that was one was
    /// taken back.
    #[test]
    fn a_correction_only_takes_findings_away(steps in prop::collection::vec(step(), 1..14), which in any::<prop::sample::Index>()) {
        let mut city = any_city(&steps);
        let (before, shown_before) = (city.kinds(), city.shown());
        let wrong = city.entries[which.index(city.entries.len())].clone();
        let correction =
            crate::Correction { entry: wrong.id, request: None, reason: "typing".into(), said_by: "A".into() };
        city.says("2025-02-05", Body::Corrected(correction));
        let after = city.kinds();
        let new = |(kind, entry): &&(FindingKind, EntryId)| *kind == FindingKind::TakenBack && *entry == wrong.id;
        prop_assert!(after.iter().filter(|finding| !new(finding)).all(|finding| before.contains(finding)), "{after:?}");
        if matches!(wrong.body, Body::Done(_)) {
            let shown = city.shown();
            prop_assert!(shown.iter().all(|finding| finding.against != Some(wrong.id)));
            let left: Vec<FindingKind> = shown.iter().filter(|finding| finding.entry == wrong.id).map(|finding| finding.kind).collect();
            let was_one = shown_before.iter().any(|finding| {
                (finding.entry == wrong.id && finding.kind != FindingKind::RecordedLate) || finding.against == Some(wrong.id)
            });
            prop_assert_eq!(left, vec![FindingKind::TakenBack; usize::from(was_one)]);
        } else {
            prop_assert_eq!(after, before);
        }
    }

    /// An erasure takes away what rested on its entry, and never makes a violation of its absence.
    #[test]
    fn an_erasure_only_takes_findings_away(steps in prop::collection::vec(step(), 1..14), which in any::<prop::sample::Index>()) {
        let mut city = any_city(&steps);
        let before = city.kinds();
        let erased = city.entries[which.index(city.entries.len())].id;
        city.erase(erased);
        let after = city.kinds();
        prop_assert!(after.iter().all(|finding| before.contains(finding)), "{before:?} {after:?}");
        prop_assert!(after.iter().all(|(_, entry)| *entry != erased));
    }

    /// Each names entries that are there, and the agency and day of the one that shows it.
    #[test]
    fn a_finding_names_what_the_record_has(steps in prop::collection::vec(step(), 1..14)) {
        let city = any_city(&steps);
        let has = |id: EntryId| city.entries.iter().any(|entry| entry.id == id);
        for finding in city.shown() {
            prop_assert!(has(finding.entry) && finding.against.is_none_or(has));
            prop_assert!(FindingKind::ALL.contains(&finding.kind));
        }
    }
}

/// Nobody makes a possible violation go away by calling it a mistake: that is one to look at.
#[test]
fn a_deed_against_the_answer_that_is_said_to_be_a_mistake_is_still_shown() {
    let mut city = Told2025::default();
    city.asked(1, "2025-02-01", "2025-02-01");
    city.decided(1, "notify_release", Outcome::Barred);
    let told = city.done(Some(1), "2025-02-01", Deed::Notified { to: "ice_ero".into() }, None);
    let fine = city.done(Some(1), "2025-02-01", Deed::Refused { acts: vec![ActId::new("notify_release")] }, None);
    for entry in [told, fine] {
        let correction =
            crate::Correction { entry, request: Some(rq(1)), reason: ".".into(), said_by: "A clerk".into() };
        city.says("2025-02-01", Body::Corrected(correction));
    }
    city.check(expect![[r#"
        TakenBack DOC 2025-02-01 entry 2 request Some(1) against Some(4) ["10-178(c)"] None
    "#]]);
}

/// Nor by calling the refusal one, against which something was told; nor what no privacy officer had approved.
#[test]
fn a_refusal_that_is_said_to_be_a_mistake_hides_nothing_that_was_told_against_it() {
    let mut city = Told2025::default();
    city.asked(1, "2025-02-01", "2025-02-01");
    city.decided(1, "disclose_custody_information", Outcome::Permitted);
    let refusal = Deed::Refused { acts: vec![ActId::new("disclose_custody_information")] };
    let refused = city.done(Some(1), "2025-02-01", refusal, None);
    let told = city.done(Some(1), "2025-02-01", disclosed(Information::ReleaseDate, DisclosureForm::Spoken), None);
    let before = city.kinds();
    assert_eq!(before, [(FindingKind::DisclosedThoughRefused, told), (FindingKind::DisclosedWithoutApproval, told)]);
    let mut corrects = |entry| {
        let correction =
            crate::Correction { entry, request: Some(rq(1)), reason: ".".into(), said_by: "A clerk".into() };
        city.says("2025-02-01", Body::Corrected(correction));
        city.kinds()
    };
    assert_eq!(corrects(refused), [(FindingKind::TakenBack, refused), (FindingKind::DisclosedWithoutApproval, told)]);
    assert_eq!(corrects(told), [(FindingKind::TakenBack, told)]);
}

/// "Honored" says that the person was held or the requester told: against a no to both it is shown, unless the record says by what.
#[test]
fn a_detainer_that_was_honored_is_judged_by_its_answers() {
    let honored = || Deed::Resolved { how: Resolution::Honored };
    let kinds = |answers: &[(&str, Outcome)], deeds: Vec<Deed>| {
        let mut city = Told2025::default();
        city.asked(1, "2025-02-01", "2025-02-01");
        for (act, outcome) in answers {
            city.decided(1, act, *outcome);
        }
        for deed in deeds {
            city.done(Some(1), "2025-02-01", deed, None);
        }
        city.shown().into_iter().map(|finding| finding.kind).collect::<Vec<_>>()
    };
    use FindingKind::{
        DisclosedWithoutApproval, DoneThoughBarred, DoneThoughRefused, DoneWhileOpen, DoneWithoutAsking,
    };
    let no = [("hold", Outcome::Barred), ("notify_release", Outcome::Barred)];
    assert_eq!(kinds(&no, vec![honored()]), [DoneThoughBarred]);
    assert_eq!(kinds(&no[..1], vec![honored()]), [DoneThoughBarred], "of telling nobody asked");
    assert_eq!(
        kinds(&[("hold", Outcome::Barred), ("notify_release", Outcome::Permitted)], vec![honored()]),
        [],
        "it may have been by telling"
    );
    assert_eq!(
        kinds(&[("hold", Outcome::Barred), ("notify_release", Outcome::Escalate)], vec![honored()]),
        [DoneWhileOpen]
    );
    assert_eq!(kinds(&[], vec![honored()]), [DoneWithoutAsking]);
    let refused = Deed::Refused { acts: vec![ActId::new("hold")] };
    assert_eq!(kinds(&no, vec![refused, honored()]), [DoneThoughBarred, DoneThoughRefused]);
    // By what it was honored is judged itself, once.
    assert_eq!(
        kinds(&no, vec![Deed::Notified { to: "ice_ero".into() }, honored()]),
        [DoneThoughBarred, DisclosedWithoutApproval]
    );
    for how in [Resolution::NotHonored, Resolution::Withdrawn] {
        assert_eq!(kinds(&no, vec![Deed::Resolved { how }]), []);
    }
}

/// A man was handed to the FBI after the district attorney had declined (nyc.md 5.2): the paper and the second name are asked for.
#[test]
fn a_hand_over_without_its_papers() {
    let asked_by = |city: &mut Told2025, request, kind| {
        city.asked(request, "2025-12-03", "2025-12-03");
        let Some(Entry { body: Body::Requested(asked), .. }) = city.entries.last_mut() else { panic!() };
        asked.requester.kind = kind;
        city.decided(request, "transfer_person", Outcome::Permitted)
    };
    let shown = |kind, on, basis: Option<&str>, second: Option<&str>| {
        let mut city = Told2025::default();
        asked_by(&mut city, 1, kind);
        let papers = crate::HandOver { basis: None, second: second.map(Into::into), site: None };
        let deed = Deed::Transferred { to: "fbi".into(), on_detainer: false, hand_over: Some(Box::new(papers)) };
        city.done(Some(1), on, deed, basis);
        city.kinds().into_iter().map(|(kind, _)| kind).collect::<Vec<_>>()
    };
    let (federal, both) = (RequesterKind::Federal, [FindingKind::HandedOverWithoutBasis, FindingKind::HandedOverByOne]);
    assert_eq!(shown(federal, "2025-12-03", None, None), both);
    assert_eq!(shown(federal, "2025-12-03", Some("warrant 26-MJ-1"), None), [FindingKind::HandedOverByOne]);
    assert_eq!(shown(federal, "2025-12-03", None, Some("Captain C")), [FindingKind::HandedOverWithoutBasis]);
    assert_eq!(shown(federal, "2025-12-03", Some("w"), Some("An  Investigator")), [FindingKind::HandedOverByOne]);
    assert_eq!(shown(federal, "2025-12-03", Some("w"), Some("Captain C")), []);
    // Nobody is measured by what nobody had asked for, and no other authority by what is asked about federal ones.
    assert_eq!(shown(federal, "2025-12-02", None, None), []);
    assert_eq!(shown(RequesterKind::OtherLocal, "2025-12-03", None, None), []);
    assert_eq!(shown(RequesterKind::ContractorOrTaskForce, "2025-12-03", None, None), both);
    let mut alone = Told2025::default();
    alone.done(None, "2025-12-03", transferred(), None);
    let kinds: Vec<FindingKind> = alone.kinds().into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(kinds, [FindingKind::TransferredWithoutRequest, both[0], both[1]]);
}

/// The acts that stand behind deeds are acts of the pack, so that a decision on them can be found.
#[test]
fn the_pack_knows_the_acts() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../packs/nyc/vocabulary/acts.toml");
    let vocabulary = std::fs::read_to_string(path).unwrap();
    for act in disclosure::DISCLOSING.iter().chain(&["hold", "notify_release", "transfer_person"]) {
        assert!(vocabulary.contains(&format!("id = \"{act}\"")), "{act}");
    }
}
