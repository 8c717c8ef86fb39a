//! Who gives leave for a disclosure, what it rests on, and what shows when it was told otherwise.

use std::collections::BTreeMap;

use jiff::{Timestamp, tz::TimeZone};
use law::{
    Decision, Facts, Layer, PackRef, Question, Value,
    decision::{ProvisionResult, WhyKind, WhyNode},
};
use proptest::{prelude::*, sample::select};

use super::*;
use crate::{
    Deed, Done, Source,
    finding::{FindingKind, Limits, findings},
};

const REQUEST: RequestId = RequestId::from_bytes([1; 16]);
const CUSTODY: &str = "disclose_custody_information";

/// The entries about one request at DOC, made a minute apart from noon on.
#[derive(Default)]
struct Desk(Vec<Entry>);

fn someone(name: &str, role: Role, agency: &str) -> Actor {
    Actor::Staff { name: name.into(), role, agency: agency.into() }
}

fn proposal() -> Proposal {
    Proposal {
        request: REQUEST,
        agency: "DOC".into(),
        person: None,
        to: "fbi".into(),
        information: vec![Information::IncarcerationStatus, Information::CourtDate],
        form: DisclosureForm::Copy,
        decisions: Vec::new(),
        ground: Ground::Required,
        routine: Known::No,
        sealed: Known::No,
        why: "a subpoena".into(),
        maker: "clerk".into(),
    }
}

impl Desk {
    fn says(&mut self, by: Actor, body: Body) -> EntryId {
        let number = u8::try_from(self.0.len() + 1).unwrap();
        let (id, at) = (EntryId::from_bytes([number; 16]), 1_750_003_200 + 60 * i64::from(number));
        self.0.push(Entry { id, at: Timestamp::from_second(at).unwrap(), by, source: Source::Desk, body });
        id
    }

    /// The gate's answer; `section` is what § 23-1202(c) itself says.
    fn answers(&mut self, act: &str, outcome: Outcome, section: Outcome, sealed: Option<bool>) -> EntryId {
        let why =
            WhyNode { kind: WhyKind::Provision, holds: Known::No, text: "".into(), name: None, parts: Vec::new() };
        let provision = ProvisionResult {
            id: APPROVAL_PROVISION.into(),
            citation: "".into(),
            layer: Layer::City,
            result: section,
            plain: "".into(),
            rules_that_hold: Vec::new(),
            why: why.into(),
            read_in_part: false,
        };
        let decision = Decision {
            outcome,
            layers: BTreeMap::new(),
            provisions: [provision].into(),
            unmet: [].into(),
            next_questions: [].into(),
            ways_to_yes: [].into(),
            duties: [].into(),
            filing_lines: [].into(),
            derived: Vec::new(),
            pack: PackRef { id: "nyc".into(), version: "1".into(), sha256: "".into(), read_until: date(2026, 8, 21) },
            on: date(2025, 6, 15),
            not_yet_read: [].into(),
            after_read_until: false,
            fault: None,
        };
        let question = Question {
            agency: "DOC".into(),
            act: act.into(),
            requester: "fbi".into(),
            statute_enforced: "firearms".into(),
            document: Vec::new(),
        };
        let mut facts = Facts::new();
        if let Some(sealed) = sealed {
            facts.insert(SEALED_FACT, Value::Bool(sealed), "the desk");
        }
        let decided = Decided { request: REQUEST, question, facts, decision };
        self.says(someone("C. Clerk", Role::Desk, "DOC"), Body::Decided(Box::new(decided)))
    }

    fn answer(&mut self, act: &str, outcome: Outcome) -> EntryId {
        self.answers(act, outcome, outcome, None)
    }

    fn proposes(&mut self, proposal: Proposal) -> EntryId {
        self.says(someone("C. Clerk", Role::Desk, "DOC"), Body::Proposed(Box::new(proposal)))
    }

    fn agrees(&mut self, proposal: EntryId, role: Role, agency: &str, maker: &str) -> EntryId {
        let (opinion, maker) = ("lawful".into(), maker.into());
        let agreed = Agreement { proposal, request: REQUEST, agency: "DOC".into(), opinion, maker };
        self.says(someone("L. Counsel", role, agency), Body::Agreed(Box::new(agreed)))
    }

    fn rules(&mut self, proposal: EntryId, verdict: Verdict, by: (Role, &str, &str), on: Option<EntryId>) -> EntryId {
        let (role, agency, maker) = by;
        let ruling = Ruling {
            proposal,
            request: REQUEST,
            agency: "DOC".into(),
            verdict,
            agreement: on,
            reason: None,
            maker: maker.into(),
        };
        self.says(someone("P. Officer", role, agency), Body::Ruled(Box::new(ruling)))
    }

    fn approves(&mut self, proposal: EntryId, on: Option<EntryId>) -> EntryId {
        self.rules(proposal, Verdict::Approved, (Role::PrivacyOfficer, "DOC", "officer"), on)
    }

    fn stops(&mut self) -> EntryId {
        let Proposal { request, agency, information, form, .. } = proposal();
        let stop = SealedStop { request, agency, information, form };
        self.says(someone("C. Clerk", Role::Desk, "DOC"), Body::Stopped(Box::new(stop)))
    }

    fn tells(
        &mut self,
        at: &str,
        information: &[Information],
        form: DisclosureForm,
        named: Option<EntryId>,
    ) -> EntryId {
        self.tells_to("fbi", at, information, form, named)
    }

    fn tells_to(
        &mut self,
        to: &str,
        at: &str,
        information: &[Information],
        form: DisclosureForm,
        approval: Option<EntryId>,
    ) -> EntryId {
        let (to, information) = (to.into(), information.to_vec());
        let done = Done {
            request: Some(REQUEST),
            decision: None,
            agency: "DOC".into(),
            person: None,
            deed: Deed::Disclosed { to, information, form, facilitated_transfer: Known::No, approval },
            when: at.parse().unwrap(),
            decided_by: "a supervisor".into(),
            basis: Some("a paper".into()),
            search: None,
        };
        self.says(someone("C. Clerk", Role::Desk, "DOC"), Body::Done(Box::new(done)))
    }

    fn all(&self) -> Vec<&Entry> {
        self.0.iter().collect()
    }

    fn stands(&self, proposal: EntryId) -> Standing {
        standing(&self.all(), proposal).unwrap()
    }

    /// What shows about the approval: kind, and the entry that it is against.
    fn shows(&self) -> Vec<(FindingKind, Option<EntryId>)> {
        use FindingKind::{
            DisclosedBeforeApproval, DisclosedOtherwise, DisclosedThoughSealed, DisclosedWithoutApproval,
        };
        let about = [DisclosedWithoutApproval, DisclosedOtherwise, DisclosedBeforeApproval, DisclosedThoughSealed];
        let found = findings(&self.0, [], &TimeZone::UTC, &Limits::default());
        let found = found.into_iter().filter(|finding| about.contains(&finding.kind));
        found.map(|finding| (finding.kind, finding.against)).collect()
    }
}

const LATER: &str = "2025-06-15T17:00:00";

fn both() -> [Information; 2] {
    [Information::IncarcerationStatus, Information::CourtDate]
}

#[test]
fn a_yes_needs_the_officers_word_and_nothing_else() {
    let mut desk = Desk::default();
    let yes = desk.answer(CUSTODY, Outcome::Permitted);
    let basis = basis(&desk.all(), &"fbi".into(), &both(), DisclosureForm::Copy).unwrap();
    assert_eq!((basis.needs_counsel(), basis.decisions), (false, vec![yes]));
    let proposal = desk.proposes(proposal());
    assert_eq!(desk.stands(proposal), Standing::WaitsForOfficer(None));
    let approval = desk.approves(proposal, None);
    assert_eq!(desk.stands(proposal), Standing::Approved(approval));
    desk.tells(LATER, &both(), DisclosureForm::Copy, Some(approval));
    assert_eq!(desk.shows(), []);
    assert_eq!(standing(&desk.all(), approval), None);
}

#[test]
fn what_is_barred_or_was_not_asked_rests_on_nothing() {
    let mut desk = Desk::default();
    let asked = |desk: &Desk, to: &str, form| basis(&desk.all(), &to.into(), &both(), form);
    assert_eq!(asked(&desk, "fbi", DisclosureForm::Copy), Err(NoBasis::NotAsked));
    // A yes to something else, or to somebody else, is none.
    desk.answer("hold", Outcome::Permitted);
    desk.answer("notify_release", Outcome::Permitted);
    assert_eq!(asked(&desk, "fbi", DisclosureForm::Copy), Err(NoBasis::NotAsked));
    let yes = desk.answer(CUSTODY, Outcome::Permitted);
    assert_eq!(asked(&desk, "ice_ero", DisclosureForm::Copy), Err(NoBasis::NotAsked));
    assert_eq!(asked(&desk, "fbi", DisclosureForm::Alert), Err(NoBasis::NotAsked));
    assert_eq!(asked(&desk, "fbi", DisclosureForm::Copy).unwrap().decisions, [yes]);
    // A no to an alert bars the alert and nothing less; a no to another way of telling bars all.
    let no = desk.answer("place_alert", Outcome::Barred);
    assert_eq!(asked(&desk, "fbi", DisclosureForm::Alert), Err(NoBasis::Barred(no)));
    assert!(asked(&desk, "fbi", DisclosureForm::Spoken).is_ok());
    let no = desk.answer("volunteer_information", Outcome::Barred);
    assert_eq!(asked(&desk, "fbi", DisclosureForm::Spoken), Err(NoBasis::Barred(no)));
    // The last answer to an act counts.
    let yes_after = desk.answer("volunteer_information", Outcome::Outside);
    assert_eq!(asked(&desk, "fbi", DisclosureForm::Spoken).unwrap().decisions, [yes, yes_after]);
    // A yes to tell of a release covers that alone.
    let mut desk = Desk::default();
    desk.answer("notify_release", Outcome::Permitted);
    let release = |of: &[Information]| basis(&desk.all(), &"fbi".into(), of, DisclosureForm::Spoken).is_ok();
    assert!(release(&[Information::ReleaseDate]) && !release(&[]) && !release(&both()));
}

/// A yes to tell one kind of thing is none to tell another.
#[test]
fn a_yes_to_tell_of_status_covers_no_release_date() {
    let of = |desk: &Desk, information: &[Information]| {
        basis(&desk.all(), &"fbi".into(), information, DisclosureForm::Spoken)
    };
    for act in ["disclose_status_only", "share_dmv_records", "release_student_record", "share_surveillance_data"] {
        let mut desk = Desk::default();
        desk.answer(act, Outcome::Permitted);
        assert!(of(&desk, &[Information::Other]).is_ok(), "{act}");
        for one in Information::ALL.into_iter().filter(|one| *one != Information::Other) {
            assert_eq!(of(&desk, &[one]), Err(NoBasis::NotAsked), "{act}");
            assert_eq!(of(&desk, &[Information::Other, one]), Err(NoBasis::NotAsked), "{act}");
        }
        desk.answer(CUSTODY, Outcome::Permitted);
        assert!(of(&desk, &[Information::ReleaseDate]).is_ok(), "{act}");
    }
}

#[test]
fn a_no_to_what_tells_less_bars_what_tells_more() {
    let mut desk = Desk::default();
    desk.answer("place_alert", Outcome::Permitted);
    let of = |desk: &Desk, information: &[Information], form| basis(&desk.all(), &"fbi".into(), information, form);
    assert!(of(&desk, &both(), DisclosureForm::Alert).is_ok());
    desk.answer(CUSTODY, Outcome::Escalate);
    assert!(of(&desk, &both(), DisclosureForm::Alert).unwrap().needs_counsel());
    let no = desk.answer(CUSTODY, Outcome::Barred);
    assert_eq!(of(&desk, &both(), DisclosureForm::Alert), Err(NoBasis::Barred(no)));
    // A no to tell of a release is not got round by telling something else too.
    let mut desk = Desk::default();
    desk.answer(CUSTODY, Outcome::Permitted);
    let no = desk.answer("notify_release", Outcome::Barred);
    for more in [&[Information::ReleaseDate][..], &[Information::ReleaseDate, Information::CourtDate]] {
        for form in [DisclosureForm::Spoken, DisclosureForm::Location] {
            assert_eq!(of(&desk, more, form), Err(NoBasis::Barred(no)), "{more:?}");
        }
        desk.tells(LATER, more, DisclosureForm::Spoken, None);
        let found = findings(&desk.0, [], &TimeZone::UTC, &Limits::default());
        let barred = found.iter().find(|one| one.kind == FindingKind::DoneThoughBarred);
        assert_eq!(barred.map(|one| one.against), Some(Some(no)), "{found:?}");
        desk.0.pop();
    }
    assert!(of(&desk, &both(), DisclosureForm::Spoken).is_ok());
}

/// The desk names its newest answer, whatever it was about: that does not hide a no to another way of telling the same.
#[test]
fn the_answer_that_a_deed_names_hides_no_earlier_bar() {
    let mut desk = Desk::default();
    let no = desk.answer(CUSTODY, Outcome::Barred);
    let yes = desk.answer("disclose_status_only", Outcome::Permitted);
    desk.tells(LATER, &both(), DisclosureForm::Spoken, None);
    let told = desk.0.len() - 1;
    if let Body::Done(done) = &mut desk.0[told].body {
        done.decision = Some(yes);
    }
    let barred = |desk: &Desk| {
        let found = findings(&desk.0, [], &TimeZone::UTC, &Limits::default());
        found.iter().find(|one| one.kind == FindingKind::DoneThoughBarred).and_then(|one| one.against)
    };
    assert_eq!(barred(&desk), Some(no));
    // A no that came after the answer that it names was none yet.
    let mut desk = Desk::default();
    let yes = desk.answer(CUSTODY, Outcome::Permitted);
    desk.tells(LATER, &both(), DisclosureForm::Spoken, None);
    if let Body::Done(done) = &mut desk.0[1].body {
        done.decision = Some(yes);
    }
    desk.answer("volunteer_information", Outcome::Barred);
    assert_eq!(barred(&desk), None);
}

#[test]
fn what_is_for_counsel_waits_for_counsel_and_then_for_the_officer() {
    for outcome in [Outcome::Escalate, Outcome::NotYetKnown] {
        let mut desk = Desk::default();
        desk.answer(CUSTODY, outcome);
        let proposal = desk.proposes(proposal());
        assert_eq!(desk.stands(proposal), Standing::WaitsForCounsel);
        // No agreement: of another role, another agency, or whoever proposed.
        desk.agrees(proposal, Role::Supervisor, "DOC", "supervisor");
        desk.agrees(proposal, Role::Counsel, "NYPD", "other");
        desk.agrees(proposal, Role::Counsel, "DOC", "clerk");
        assert_eq!(desk.stands(proposal), Standing::WaitsForCounsel);
        let agreement = desk.agrees(proposal, Role::Counsel, "DOC", "counsel");
        assert_eq!(desk.stands(proposal), Standing::WaitsForOfficer(Some(agreement)));
        let approval = desk.approves(proposal, Some(agreement));
        assert_eq!(desk.stands(proposal), Standing::Approved(approval));
        // The approval is the paper that cures what was open; without it a deed names none.
        for (named, open) in [(Some(approval), false), (None, true)] {
            let mut desk = Desk(desk.0.clone());
            desk.tells(LATER, &both(), DisclosureForm::Copy, named);
            if let Some(Entry { body: Body::Done(done), .. }) = desk.0.last_mut() {
                done.basis = None;
            }
            let found = findings(&desk.0, [], &TimeZone::UTC, &Limits::default());
            assert_eq!(found.iter().any(|one| one.kind == FindingKind::DoneWhileOpen), open, "{found:?}");
        }
    }
    // An approval that names no agreement, where there has to be one, is none.
    let mut desk = Desk::default();
    desk.answer(CUSTODY, Outcome::Escalate);
    let proposal = desk.proposes(proposal());
    let approval = desk.approves(proposal, None);
    assert_eq!(desk.stands(proposal), Standing::Void(NoBasis::Unagreed(approval)));
    desk.agrees(proposal, Role::Counsel, "DOC", "counsel");
    assert_eq!(desk.stands(proposal), Standing::Void(NoBasis::Unagreed(approval)));
    desk.tells(LATER, &both(), DisclosureForm::Copy, Some(approval));
    assert_eq!(desk.shows(), [(FindingKind::DisclosedWithoutApproval, Some(approval))]);
}

/// Counsel agreed to what counsel saw: another answer for counsel, on other facts, needs another agreement.
#[test]
fn an_agreement_is_to_the_answer_that_counsel_saw() {
    let mut desk = Desk::default();
    desk.answer(CUSTODY, Outcome::Escalate);
    let proposal = desk.proposes(proposal());
    let first = desk.agrees(proposal, Role::Counsel, "DOC", "counsel");
    let mut approved = Desk(desk.0.clone());
    let approval = approved.approves(proposal, Some(first));
    assert_eq!(approved.stands(proposal), Standing::Approved(approval));
    for desk in [&mut desk, &mut approved] {
        desk.answers(CUSTODY, Outcome::Escalate, Outcome::Escalate, Some(false));
    }
    assert_eq!(desk.stands(proposal), Standing::WaitsForCounsel);
    assert_eq!(approved.stands(proposal), Standing::Void(NoBasis::Unagreed(approval)));
    approved.tells(LATER, &both(), DisclosureForm::Copy, Some(approval));
    assert_eq!(approved.shows(), [(FindingKind::DisclosedWithoutApproval, Some(approval))]);
    // Neither an approval that names the old one, nor the old one itself, is cured by a new one.
    let second = desk.agrees(proposal, Role::Counsel, "DOC", "counsel");
    assert_eq!(desk.stands(proposal), Standing::WaitsForOfficer(Some(second)));
    // An answer that needs no counsel takes no agreement away.
    desk.answer("disclose_status_only", Outcome::Permitted);
    assert_eq!(desk.stands(proposal), Standing::WaitsForOfficer(Some(second)));
    let approval = desk.approves(proposal, Some(second));
    assert_eq!(desk.stands(proposal), Standing::Approved(approval));
}

#[test]
fn only_a_second_person_who_is_the_agencys_privacy_officer_approves() {
    let officer = Role::PrivacyOfficer;
    let wrong =
        [(officer, "DOC", "clerk"), (officer, "NYPD", "x"), (Role::Counsel, "DOC", "x"), (Role::Records, "DOC", "x")];
    let mut desk = Desk::default();
    desk.answer(CUSTODY, Outcome::Permitted);
    let proposal = desk.proposes(proposal());
    for by in wrong {
        let approval = desk.rules(proposal, Verdict::Approved, by, None);
        assert_eq!(desk.stands(proposal), Standing::WaitsForOfficer(None), "{by:?}");
        let mut told = Desk(desk.0.clone());
        told.tells(LATER, &both(), DisclosureForm::Copy, Some(approval));
        assert_eq!(told.shows(), [(FindingKind::DisclosedWithoutApproval, Some(approval))], "{by:?}");
    }
    // Counsel refuses too; nobody but whoever proposed takes it back.
    for (verdict, by) in [
        (Verdict::Refused, (Role::Desk, "DOC", "x")),
        (Verdict::Refused, (Role::Counsel, "NYPD", "x")),
        (Verdict::Refused, (Role::PrivacyOfficer, "DOC", "clerk")),
        (Verdict::Withdrawn, (Role::PrivacyOfficer, "DOC", "officer")),
    ] {
        desk.rules(proposal, verdict, by, None);
        assert_eq!(desk.stands(proposal), Standing::WaitsForOfficer(None), "{verdict:?} {by:?}");
    }
    let mut withdrawn = Desk(desk.0.clone());
    let back = withdrawn.rules(proposal, Verdict::Withdrawn, (Role::Desk, "DOC", "clerk"), None);
    assert_eq!(withdrawn.stands(proposal), Standing::Withdrawn(back));
    let refusal = desk.rules(proposal, Verdict::Refused, (Role::Counsel, "DOC", "counsel"), None);
    // The first word stands.
    let late = desk.approves(proposal, None);
    assert_eq!(desk.stands(proposal), Standing::Refused(refusal));
    desk.tells(LATER, &both(), DisclosureForm::Copy, Some(late));
    assert_eq!(desk.shows(), [(FindingKind::DisclosedWithoutApproval, Some(late))]);
}

#[test]
fn a_proposal_is_void_once_its_answer_turns_into_a_no() {
    let mut desk = Desk::default();
    desk.answer(CUSTODY, Outcome::Permitted);
    let proposal = desk.proposes(proposal());
    let approval = desk.approves(proposal, None);
    let no = desk.answer(CUSTODY, Outcome::Barred);
    assert_eq!(desk.stands(proposal), Standing::Void(NoBasis::Barred(no)));
    let mut told = Desk(desk.0.clone());
    told.tells(LATER, &both(), DisclosureForm::Copy, Some(approval));
    assert_eq!(told.shows(), [(FindingKind::DisclosedWithoutApproval, Some(approval))]);
    desk.answer(CUSTODY, Outcome::Escalate);
    assert_eq!(desk.stands(proposal), Standing::Void(NoBasis::Unagreed(approval)));
    desk.answer(CUSTODY, Outcome::Permitted);
    assert_eq!(desk.stands(proposal), Standing::Approved(approval));
}

/// What was really told is recorded whatever it was; each way in which it differs shows.
#[test]
fn what_is_told_otherwise_than_approved_shows() {
    use FindingKind::{DisclosedBeforeApproval, DisclosedOtherwise, DisclosedWithoutApproval};
    let mut desk = Desk::default();
    desk.answer(CUSTODY, Outcome::Permitted);
    let proposal = desk.proposes(proposal());
    let approval = desk.approves(proposal, None);
    assert_eq!(desk.0.last().unwrap().at.to_string(), "2025-06-15T16:03:00Z");
    let both = both();
    let more = [Information::IncarcerationStatus, Information::CourtDate, Information::Other];
    let (copy, named) = (DisclosureForm::Copy, Some(approval));
    let told = |to, at, information: &[Information], form, named| {
        let mut desk = Desk(desk.0.clone());
        desk.tells_to(to, at, information, form, named);
        desk.shows()
    };
    assert_eq!(told("fbi", LATER, &both, copy, named), []);
    assert_eq!(told("fbi", LATER, &both[..1], copy, named), [], "less than was approved");
    assert_eq!(told("fbi", "2025-06-15", &both, copy, named), [], "on the day, at no known time");
    assert_eq!(told("fbi", "2025-06-15T16:03:00", &both, copy, named), [], "in the same minute");
    assert_eq!(told("fbi", LATER, &more, copy, named), [(DisclosedOtherwise, named)]);
    assert_eq!(told("fbi", LATER, &both, DisclosureForm::Location, named), [(DisclosedOtherwise, named)]);
    assert_eq!(told("ice_ero", LATER, &both, copy, named), [(DisclosedOtherwise, named)]);
    for early in ["2025-06-15T16:02:00", "2025-06-14"] {
        assert_eq!(told("fbi", early, &both, copy, named), [(DisclosedBeforeApproval, named)], "{early}");
    }
    assert_eq!(told("fbi", LATER, &both, copy, None), [(DisclosedWithoutApproval, None)]);
    // What names the proposal, or nothing that is there, names no approval.
    assert_eq!(told("fbi", LATER, &both, copy, Some(proposal)), [(DisclosedWithoutApproval, Some(proposal))]);
    let none = EntryId::from_bytes([0xaa; 16]);
    assert_eq!(told("fbi", LATER, &both, copy, Some(none)), [(DisclosedWithoutApproval, None)]);
    assert_eq!(told("fbi", LATER, &[], copy, None), [], "nothing was given");
    assert_eq!(told("fbi", "2018-06-14", &both, copy, None), [], "the section was not in force");
    // One approval is for one disclosure.
    let mut desk = Desk(desk.0.clone());
    let first = desk.tells(LATER, &both, copy, named);
    desk.tells(LATER, &both, copy, named);
    assert_eq!(desk.shows(), [(DisclosedWithoutApproval, Some(first))]);
    // What was approved after it was told was not approved before, whatever time is claimed.
    let mut desk = Desk::default();
    desk.answer(CUSTODY, Outcome::Permitted);
    let proposal = desk.proposes(super::tests::proposal());
    let approval = EntryId::from_bytes([4; 16]);
    desk.tells(LATER, &both, copy, Some(approval));
    assert_eq!(desk.approves(proposal, None), approval);
    assert_eq!(desk.shows(), [(DisclosedWithoutApproval, None)]);
}

/// A release that is told is told outside the agency, in whatever kind of line it is recorded.
#[test]
fn a_release_is_told_with_an_approval_too() {
    let missing = (FindingKind::DisclosedWithoutApproval, None);
    let tells = |desk: &mut Desk| {
        let id = desk.tells(LATER, &both(), DisclosureForm::Spoken, None);
        let last = desk.0.last_mut().unwrap();
        if let Body::Done(done) = &mut last.body {
            done.deed = Deed::Notified { to: "fbi".into() };
        }
        id
    };
    let mut desk = Desk::default();
    desk.answer("notify_release", Outcome::Permitted);
    let mut alone = Desk(desk.0.clone());
    tells(&mut alone);
    assert_eq!(alone.shows(), [missing]);
    let release =
        || Proposal { information: vec![Information::ReleaseDate], form: DisclosureForm::Spoken, ..proposal() };
    let proposal = desk.proposes(release());
    let mut waits = Desk(desk.0.clone());
    tells(&mut waits);
    assert_eq!(waits.shows(), [missing]);
    desk.approves(proposal, None);
    let mut stopped = Desk(desk.0.clone());
    tells(&mut desk);
    assert_eq!(desk.shows(), []);
    tells(&mut desk);
    assert_eq!(desk.shows(), [missing], "one approval is for one disclosure");
    let stop = stopped.stops();
    tells(&mut stopped);
    assert_eq!(stopped.shows(), [(FindingKind::DisclosedThoughSealed, Some(stop))]);
    // The exempt investigations, and what was told before the section asked for it, miss none.
    let mut exempt = Desk::default();
    exempt.answers("notify_release", Outcome::Permitted, Outcome::Outside, None);
    tells(&mut exempt);
    assert_eq!(exempt.shows(), []);
}

/// Where the answer says that the section asks for no approval, none is missing; a no or an open answer says no such thing.
#[test]
fn an_exempt_investigation_misses_no_approval() {
    for (outcome, section, expected) in [
        (Outcome::Permitted, Outcome::Outside, 0),
        (Outcome::Outside, Outcome::Outside, 0),
        (Outcome::Permitted, Outcome::Permitted, 1),
        (Outcome::Escalate, Outcome::Outside, 1),
        (Outcome::Barred, Outcome::Outside, 1),
    ] {
        let mut desk = Desk::default();
        desk.answers(CUSTODY, outcome, section, None);
        desk.tells(LATER, &both(), DisclosureForm::Copy, None);
        assert_eq!(desk.shows().len(), expected, "{outcome:?} {section:?}");
        // The list of an agency keeps less of an answer, and shows the same.
        desk.0.iter_mut().for_each(crate::filing::lean);
        assert_eq!(desk.shows().len(), expected, "{outcome:?} {section:?}");
    }
}

#[test]
fn a_sealed_record_stops_also_what_was_approved_and_what_is_told_shows() {
    let mut desk = Desk::default();
    desk.answer(CUSTODY, Outcome::Permitted);
    let proposal = desk.proposes(proposal());
    let approval = desk.approves(proposal, None);
    let stop = desk.stops();
    assert_eq!(desk.stands(proposal), Standing::Void(NoBasis::Sealed(stop)));
    desk.tells(LATER, &both(), DisclosureForm::Copy, Some(approval));
    assert_eq!(desk.shows(), [(FindingKind::DisclosedThoughSealed, Some(stop))]);
    desk.0.iter_mut().for_each(crate::filing::lean);
    assert_eq!(desk.shows(), [(FindingKind::DisclosedThoughSealed, Some(stop))]);
    // A stop makes no approval of what was none: of one without the officer, or on a no.
    for (answer, role) in [(Outcome::Permitted, Role::Desk), (Outcome::Barred, Role::PrivacyOfficer)] {
        let mut desk = Desk::default();
        desk.answer(CUSTODY, answer);
        let proposal = desk.proposes(super::tests::proposal());
        let none = desk.rules(proposal, Verdict::Approved, (role, "DOC", "other"), None);
        let stop = desk.stops();
        assert_eq!(desk.stands(proposal), Standing::Void(NoBasis::Sealed(stop)));
        desk.tells(LATER, &both(), DisclosureForm::Copy, Some(none));
        let shown =
            [(FindingKind::DisclosedThoughSealed, Some(stop)), (FindingKind::DisclosedWithoutApproval, Some(none))];
        assert_eq!(desk.shows(), shown, "{role:?}");
    }
    // It stops whatever is asked later, and it is of the gate's own question too.
    let mut desk = Desk::default();
    let told = desk.answers(CUSTODY, Outcome::Permitted, Outcome::Permitted, Some(true));
    desk.answers(CUSTODY, Outcome::Permitted, Outcome::Permitted, Some(false));
    let none = basis(&desk.all(), &"fbi".into(), &both(), DisclosureForm::Copy);
    assert_eq!(none, Err(NoBasis::Sealed(told)));
    desk.0.iter_mut().for_each(crate::filing::lean);
    assert_eq!(sealed(&desk.all()), Some(told));
}

/// One step of anybody about the request: what, with which answer, by whom.
fn step() -> impl Strategy<Value = (u8, Outcome, Role, bool, Known)> {
    let outcome = select(vec![
        Outcome::Barred,
        Outcome::Permitted,
        Outcome::Escalate,
        Outcome::Required,
        Outcome::Outside,
        Outcome::NotYetKnown,
    ]);
    (0..7_u8, outcome, select(Role::ALL.to_vec()), any::<bool>(), select(vec![Known::Yes, Known::No, Known::Unknown]))
}

/// Anything at all that a record may hold about the request; with the place of each proposal.
fn any_desk(steps: &[(u8, Outcome, Role, bool, Known)]) -> (Desk, Vec<EntryId>) {
    let (mut desk, mut proposals) = (Desk::default(), Vec::new());
    let mut agreement = None;
    for (what, outcome, role, own, known) in steps.iter().copied() {
        let maker = if own { "clerk" } else { "somebody" };
        let last = proposals.last().copied().unwrap_or(EntryId::from_bytes([0xff; 16]));
        match what {
            0 | 1 => drop(desk.answers(CUSTODY, outcome, outcome, known.known())),
            2 => proposals.push(desk.proposes(Proposal { sealed: known, maker: maker.into(), ..proposal() })),
            3 => agreement = Some(desk.agrees(last, role, "DOC", maker)),
            4 => drop(desk.rules(last, Verdict::Approved, (role, "DOC", maker), agreement)),
            5 => drop(desk.rules(last, Verdict::Refused, (role, "DOC", maker), None)),
            _ if own => drop(desk.stops()),
            _ => drop(desk.tells(LATER, &both(), DisclosureForm::Copy, agreement)),
        }
    }
    (desk, proposals)
}

proptest! {
    /// The hard stop: whatever else the record says, of a sealed record nothing waits for anybody's word and nothing is approved;
    /// nor where nobody has looked whether it is sealed.
    #[test]
    fn no_combination_of_facts_makes_a_sealed_record_approvable(steps in prop::collection::vec(step(), 1..16)) {
        let (desk, proposals) = any_desk(&steps);
        let all = desk.all();
        let stop = sealed(&all);
        let said = all.iter().any(|entry| match &entry.body {
            Body::Stopped(_) => true,
            Body::Decided(decided) => decided.facts.known("sealed_record") == Known::Yes,
            Body::Proposed(proposal) => proposal.sealed == Known::Yes,
            _ => false,
        });
        prop_assert_eq!(stop.is_some(), said);
        if said {
            for form in [DisclosureForm::Copy, DisclosureForm::Alert, DisclosureForm::Unknown] {
                let none = basis(&all, &"fbi".into(), &both(), form);
                prop_assert!(matches!(none, Err(NoBasis::Sealed(_))), "{:?}", none);
            }
        }
        for id in proposals {
            let unlooked = all.iter().any(|entry| {
                entry.id == id && matches!(&entry.body, Body::Proposed(one) if one.sealed != Known::No)
            });
            let stands = standing(&all, id).unwrap();
            if said || unlooked {
                prop_assert!(
                    matches!(stands, Standing::Void(NoBasis::Sealed(_)) | Standing::Refused(_) | Standing::Withdrawn(_)),
                    "{:?}", stands
                );
            }
        }
    }

    /// Nothing is approved on a no, or by one person alone, or for counsel without counsel.
    #[test]
    fn what_is_approved_has_a_basis_and_a_second_person(steps in prop::collection::vec(step(), 1..16)) {
        let (desk, proposals) = any_desk(&steps);
        let all = desk.all();
        let find = |id: EntryId| all.iter().find(|entry| entry.id == id).unwrap();
        for id in proposals {
            let Some(Standing::Approved(approval)) = standing(&all, id) else { continue };
            let Body::Proposed(proposal) = &find(id).body else { unreachable!("{id}") };
            let by = find(approval);
            let Body::Ruled(ruling) = &by.body else { unreachable!("{approval}") };
            prop_assert!(ruling.maker != proposal.maker && ruling.proposal == id);
            prop_assert!(in_role(by, Role::PrivacyOfficer, &"DOC".into()));
            let basis = basis(&all, &proposal.to, &proposal.information, proposal.form).unwrap();
            prop_assert!(basis.outcome != Outcome::Barred);
            if basis.needs_counsel() {
                let counsel = find(ruling.agreement.unwrap());
                let Body::Agreed(agreed) = &counsel.body else { unreachable!("{counsel:?}") };
                prop_assert!(agreed.maker != proposal.maker);
                prop_assert!(in_role(counsel, Role::Counsel, &"DOC".into()));
            }
        }
    }

    /// What was erased is not missing: it takes away what rested on it and makes nothing new.
    #[test]
    fn an_erased_approval_shows_nothing_new(steps in prop::collection::vec(step(), 1..14), which in any::<prop::sample::Index>()) {
        let (mut desk, _) = any_desk(&steps);
        let approval = desk.0.iter().rev().find(|one| matches!(one.body, Body::Ruled(_))).map(|one| one.id);
        desk.tells(LATER, &both(), DisclosureForm::Copy, approval);
        // Deeds and proposals name the last answer, as the desk has them do, so that what is erased can be known to be missing.
        let mut answer = None;
        for entry in &mut desk.0 {
            match &mut entry.body {
                Body::Decided(_) => answer = Some(entry.id),
                Body::Done(done) => done.decision = answer,
                Body::Proposed(proposal) => proposal.decisions = answer.into_iter().collect(),
                _ => {}
            }
        }
        let shown = |entries: &[Entry], gone: Option<EntryId>| {
            let found = findings(entries, gone, &TimeZone::UTC, &Limits::default());
            found.into_iter().map(|finding| (finding.kind, finding.entry)).collect::<Vec<_>>()
        };
        let before = shown(&desk.0, None);
        let place = which.index(desk.0.len());
        let erased = desk.0.remove(place).id;
        let after = shown(&desk.0, Some(erased));
        // A deed that names no answer is judged by the last one that is left, which nobody can know to be another.
        let unnamed = |id: EntryId| {
            desk.0.iter().any(|entry| entry.id == id && matches!(&entry.body, Body::Done(done) if done.decision.is_none()))
        };
        let old = |one: &(FindingKind, EntryId)| before.contains(one) || unnamed(one.1);
        prop_assert!(after.iter().all(old), "{:?} {:?}", before, after);
    }
}
