//! Whether a pupil's parent was told (NYC Admin. Code § 21-977(e)).
//!
//! On any request of law enforcement that is not local for a pupil or a pupil's records the Department of Education tells the
//! parent, unless telling is prohibited by law, by a judge's order or by a lawfully issued subpoena, and gives what is needed to
//! find legal help. Here: which requests ask for that, as far as the record says, and what was recorded about it. By when it is
//! due, and that counsel confirms a prohibition, is not judged here.

use law::Known;

use crate::{Body, Deed, DutyKind, Entry, EntryId, NoticeBar, OutsideRequest};

/// The agency that the section binds, as the pack names it.
pub const AGENCY: &str = "DOE";

/// Acts that ask for a pupil's record, or for the notice itself.
const ASKED: [&str; 2] = ["release_student_record", "notify_parent"];

/// Facts that say that a request is about a pupil.
const FACTS: [&str; 2] = ["concerns_a_student", "student_or_record_asked_for"];

/// What the record says of the notice to the parent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// Nothing yet.
    Missing,
    /// The parent was told, and not what is needed to find legal help: this entry.
    WithoutHelp(EntryId),
    /// The parent was told, with it.
    Given(EntryId),
    /// Telling is said to be forbidden, by this.
    Barred(EntryId, NoticeBar),
}

/// What the record says of the notice that a request asks for; none where it asks for none: another agency's, of local law
/// enforcement, or, as far as anybody said, about no pupil.
///
/// `of_request` are the entries of one request, in the order of the record. The last word that no correction takes back counts.
#[must_use]
pub fn notice(of_request: &[&Entry]) -> Option<Notice> {
    let request = of_request.iter().rev().find_map(|entry| match &entry.body {
        Body::Requested(request) => Some(&**request),
        _ => None,
    })?;
    if request.receiver.agency.as_str() != AGENCY || !about_a_pupil(request, of_request) {
        return None;
    }
    let wrong = crate::corrected(of_request.iter().copied());
    let (mut said, mut helped) = (Notice::Missing, false);
    for entry in of_request.iter().filter(|entry| !wrong.contains_key(&entry.id)) {
        let told = |helped| if helped { Notice::Given(entry.id) } else { Notice::WithoutHelp(entry.id) };
        said = match &entry.body {
            Body::Done(done) => match done.deed {
                Deed::NoticeGiven { legal_help } => told(legal_help || helped),
                Deed::NoticeBarred { by } => Notice::Barred(entry.id, by),
                _ => said,
            },
            // The same said as a duty done, one half at a time.
            Body::Fulfilled(fulfilled) if fulfilled.duty == DutyKind::ParentTold => told(helped),
            Body::Fulfilled(fulfilled) if fulfilled.duty == DutyKind::LegalHelpGiven => {
                helped = true;
                if matches!(said, Notice::WithoutHelp(_)) { Notice::Given(entry.id) } else { said }
            }
            _ => said,
        };
    }
    Some(said)
}

/// Whether law enforcement that may not be local asks for a pupil or a pupil's record. What nobody knows asks for the notice.
fn about_a_pupil(request: &OutsideRequest, of_request: &[&Entry]) -> bool {
    let decided = || {
        of_request.iter().filter_map(|entry| match &entry.body {
            Body::Decided(decided) => Some(decided),
            _ => None,
        })
    };
    let mut local = decided().filter_map(|decided| {
        let found = decided.decision.derived.iter().find(|one| one.name.as_str() == "non_local_law_enforcement");
        match found.and_then(|derived| derived.value.as_ref()) {
            Some(law::Value::Bool(non_local)) => Some(!non_local),
            _ => None,
        }
    });
    let local = local.next_back() == Some(true);
    let asked = request.acts.iter().any(|act| ASKED.contains(&act.as_str()));
    let told = decided().any(|decided| FACTS.iter().any(|fact| decided.facts.known(fact) == Known::Yes));
    !local && (asked || told)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::{
        Actor, Channel, Claim, Correction, Done, Fulfilled, Receiver, RequestId, Requester, RequesterKind, Source, Told,
    };

    const REQUEST: RequestId = RequestId::from_bytes([1; 16]);

    fn entry(number: u8, body: Body) -> Entry {
        let by = Actor::Program { name: "story".into() };
        let at = Timestamp::from_second(1_785_000_000 + i64::from(number)).unwrap();
        Entry { id: EntryId::from_bytes([number; 16]), at, by, source: Source::Desk, body }
    }

    fn asked(agency: &str, act: &str) -> Entry {
        let request = OutsideRequest {
            id: REQUEST,
            received: "2026-06-15".parse().unwrap(),
            requester: Requester {
                kind: RequesterKind::Federal,
                id: "ice_ero".into(),
                agency: "ICE".into(),
                unit: None,
                officer: None,
            },
            channel: Channel::InPerson,
            receiver: Receiver { agency: agency.into(), site: None, employee: None },
            acts: vec![act.into()],
            information: Vec::new(),
            statute: "unknown".into(),
            statute_as_stated: None,
            claim: Claim::NotSaid,
            documents: Vec::new(),
            detainer: None,
            person: None,
            supervisor: Told::NotYet,
            counsel: Told::NotYet,
            note: None,
        };
        entry(1, Body::Requested(Box::new(request)))
    }

    fn done(number: u8, deed: Deed) -> Entry {
        let done = Done {
            request: Some(REQUEST),
            decision: None,
            agency: "DOE".into(),
            person: None,
            deed,
            when: "2026-06-15".parse().unwrap(),
            decided_by: "a principal".into(),
            basis: None,
            search: None,
        };
        entry(number, Body::Done(Box::new(done)))
    }

    fn of(entries: &[Entry]) -> Option<Notice> {
        notice(&entries.iter().collect::<Vec<_>>())
    }

    #[test]
    fn the_last_word_that_stands_counts() {
        let id = |number: u8| EntryId::from_bytes([number; 16]);
        let mut entries = vec![asked("DOE", "release_student_record")];
        assert_eq!(of(&entries), Some(Notice::Missing));
        entries.push(done(2, Deed::Refused { acts: vec!["release_student_record".into()] }));
        assert_eq!(of(&entries), Some(Notice::Missing));
        entries.push(done(3, Deed::NoticeBarred { by: NoticeBar::Order }));
        assert_eq!(of(&entries), Some(Notice::Barred(id(3), NoticeBar::Order)));
        entries.push(done(4, Deed::NoticeGiven { legal_help: false }));
        assert_eq!(of(&entries), Some(Notice::WithoutHelp(id(4))));
        entries.push(done(5, Deed::NoticeGiven { legal_help: true }));
        assert_eq!(of(&entries), Some(Notice::Given(id(5))));
        let correction =
            Correction { entry: id(5), request: Some(REQUEST), reason: "typing".into(), said_by: "A".into() };
        entries.push(entry(6, Body::Corrected(correction)));
        assert_eq!(of(&entries), Some(Notice::WithoutHelp(id(4))));
    }

    #[test]
    fn a_duty_said_to_be_done_counts_as_the_notice() {
        let id = |number: u8| EntryId::from_bytes([number; 16]);
        let fulfilled = |number: u8, duty| {
            let fulfilled = Fulfilled {
                duty,
                agency: "DOE".into(),
                request: Some(REQUEST),
                site: None,
                when: "2026-06-15".parse().unwrap(),
                done_by: "a principal".into(),
                note: None,
            };
            entry(number, Body::Fulfilled(Box::new(fulfilled)))
        };
        let mut entries = vec![asked("DOE", "release_student_record"), fulfilled(2, DutyKind::LegalHelpGiven)];
        assert_eq!(of(&entries), Some(Notice::Missing));
        entries.push(fulfilled(3, DutyKind::ParentTold));
        assert_eq!(of(&entries), Some(Notice::Given(id(3))));
        entries.remove(1);
        assert_eq!(of(&entries), Some(Notice::WithoutHelp(id(3))));
        entries.push(fulfilled(4, DutyKind::LegalHelpGiven));
        assert_eq!(of(&entries), Some(Notice::Given(id(4))));
    }

    #[test]
    fn only_a_pupil_of_the_schools_asks_for_it() {
        assert_eq!(of(&[asked("DOC", "release_student_record")]), None);
        assert_eq!(of(&[asked("DOE", "give_access")]), None);
        assert_eq!(of(&[done(2, Deed::NoticeGiven { legal_help: true })]), None);
    }
}
