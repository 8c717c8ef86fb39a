//! Two people who end one proposal at once, through the served desk on both databases: one word is kept, and the other is told.

use std::{collections::BTreeMap, sync::Barrier, thread};

use jiff::{Timestamp, civil::date};
use law::{Decision, Facts, Known, Outcome, PackRef, Question};
use record::{
    Actor, Body, Channel, Claim, Decided, DisclosureForm, Entry, EntryId, Ground, Information, OutsideRequest,
    Proposal, Receiver, RequestId, Requester, RequesterKind, Role, Source, Told,
    disclosure::{Standing, standing},
};
use server::store::{Draft, Postgres, Sqlite, Store};

use crate::{commands::Place, served::Served, store::cluster};

const REQUEST: RequestId = RequestId::from_bytes([7; 16]);

/// A request at DOC, a yes of the gate, and a proposal that waits for the privacy officer.
fn waiting(store: &dyn Store) -> EntryId {
    let request = OutsideRequest {
        id: REQUEST,
        received: "2026-06-15".parse().unwrap(),
        requester: Requester {
            kind: RequesterKind::Federal,
            id: "fbi".into(),
            agency: "FBI".to_owned(),
            unit: None,
            officer: None,
        },
        channel: Channel::Email,
        receiver: Receiver { agency: "DOC".into(), site: None, employee: None },
        acts: vec!["disclose_custody_information".into()],
        information: vec![Information::CourtDate],
        statute: "firearms".into(),
        statute_as_stated: None,
        claim: Claim::Criminal,
        documents: Vec::new(),
        detainer: None,
        person: None,
        supervisor: Told::NotYet,
        counsel: Told::NotYet,
        note: None,
    };
    let question = Question {
        agency: "DOC".into(),
        act: "disclose_custody_information".into(),
        requester: "fbi".into(),
        statute_enforced: "firearms".into(),
        document: Vec::new(),
    };
    let decision = Decision {
        outcome: Outcome::Permitted,
        layers: BTreeMap::new(),
        provisions: [].into(),
        unmet: [].into(),
        next_questions: [].into(),
        ways_to_yes: [].into(),
        duties: [].into(),
        filing_lines: [].into(),
        derived: Vec::new(),
        pack: PackRef { id: "nyc".into(), version: "1".into(), sha256: "".into(), read_until: date(2026, 8, 21) },
        on: date(2026, 6, 15),
        not_yet_read: [].into(),
        after_read_until: false,
        fault: None,
    };
    let decided = Decided { request: REQUEST, question, facts: Facts::new(), decision };
    let entry = |number: u8, body| Entry {
        id: EntryId::from_bytes([number; 16]),
        at: Timestamp::UNIX_EPOCH,
        by: Actor::Staff { name: "C. Clerk".into(), role: Role::Desk, agency: "DOC".into() },
        source: Source::Desk,
        body,
    };
    let (answer, proposal) = (EntryId::from_bytes([2; 16]), EntryId::from_bytes([3; 16]));
    let proposed = Proposal {
        request: REQUEST,
        agency: "DOC".into(),
        person: None,
        to: "fbi".into(),
        information: vec![Information::CourtDate],
        form: DisclosureForm::Written,
        decisions: vec![answer],
        ground: Ground::Mission,
        routine: Known::No,
        sealed: Known::No,
        why: "a hearing".into(),
        maker: "development/DOC/C. Clerk".into(),
    };
    let bodies =
        [Body::Requested(Box::new(request)), Body::Decided(Box::new(decided)), Body::Proposed(Box::new(proposed))];
    let drafts = (1..).zip(bodies).map(|(number, body)| Draft::from(entry(number, body))).collect();
    store.commit("test", drafts).unwrap();
    proposal
}

fn signed_in(place: &Place, words: &[&str], name: &str) -> Served {
    let mut served = Served::start(place, words);
    let (status, head, _) = served.ask("POST", "/sign-in", &format!("name={name}&agency=DOC&role=privacy-officer"));
    assert_eq!(status, 303, "{head}");
    let cookie = head.lines().find_map(|line| line.strip_prefix("set-cookie: ")).unwrap();
    served.cookie = cookie.split(';').next().unwrap().to_owned();
    served
}

/// One approves and one refuses, each through this server, at the same moment.
fn race(servers: [&Served; 2], cookies: [&str; 2], proposal: EntryId) -> Vec<String> {
    let barrier = Barrier::new(2);
    thread::scope(|scope| {
        let says = ["approve", "refuse"].into_iter().enumerate().map(|(which, what)| {
            let (barrier, served, cookie) = (&barrier, servers[which], cookies[which]);
            scope.spawn(move || {
                let nonce = if which == 0 { "1".repeat(32) } else { "2".repeat(32) };
                let form = format!("nonce={nonce}&what={what}&proposal={proposal}&reason=because");
                barrier.wait();
                let (status, head, body) =
                    served.ask_as(cookie, "POST", &format!("/requests/{REQUEST}/disclosures"), &form);
                assert_eq!(status, 303, "{head} {}", String::from_utf8_lossy(&body));
                let to = head.lines().find_map(|line| line.strip_prefix("location: ")).unwrap();
                to.rsplit_once("told=").unwrap().1.to_owned()
            })
        });
        let says: Vec<_> = says.collect();
        says.into_iter().map(|one| one.join().unwrap()).collect()
    })
}

fn of_two_who_end_a_proposal_at_once_one_stands(told: &[String], store: &dyn Store, proposal: EntryId) {
    let mut sorted = told.to_vec();
    sorted.sort();
    assert_eq!(sorted, ["first", "ruled"], "one word was kept, and the other was told so");
    let kept = store.by_request(&REQUEST).unwrap();
    let entries: Vec<&Entry> = kept.iter().filter_map(|stored| stored.entry()).collect();
    let rulings: Vec<&&Entry> = entries.iter().filter(|entry| entry.body.kind() == "ruled").collect();
    assert_eq!(rulings.len(), 1);
    let approved = matches!(standing(&entries, proposal), Some(Standing::Approved(by)) if by == rulings[0].id);
    assert_eq!(approved, told[0] == "ruled");
}

mod race_on {
    use super::*;

    #[test]
    fn sqlite() {
        let place = Place::new();
        std::fs::create_dir(place.path().join("city")).unwrap();
        let path = place.path().join("city/record.sqlite3");
        let proposal = waiting(&Sqlite::open(&path).unwrap());
        let words = ["--data", "city", "--development-sign-in-for-everyone"];
        let one = signed_in(&place, &words, "P.+Officer");
        let (_, head, _) = one.ask("POST", "/sign-in", "name=Q.+Second&agency=DOC&role=privacy-officer");
        let other = head.lines().find_map(|line| line.strip_prefix("set-cookie: ")).unwrap();
        let other = other.split(';').next().unwrap();
        let told = race([&one, &one], [&one.cookie, other], proposal);
        let late = one.ask("GET", &format!("/requests/{REQUEST}?told=first"), "").2;
        assert!(String::from_utf8(late).unwrap().contains("word came first and stands"));
        one.stop();
        of_two_who_end_a_proposal_at_once_one_stands(&told, &Sqlite::open(&path).unwrap(), proposal);
    }

    /// Through two servers.
    #[test]
    fn postgres() {
        let place = Place::new();
        let url = cluster::database("of_two_who_end_a_proposal");
        place.file("city.toml", format!("data = \"data\"\n[store]\npostgres = \"{url}\"\n"));
        let store = Postgres::open(&url).unwrap();
        let proposal = waiting(&store);
        let words = ["--config", "city.toml", "--development-sign-in-for-everyone"];
        let servers = [signed_in(&place, &words, "P.+Officer"), signed_in(&place, &words, "Q.+Second")];
        let told = race([&servers[0], &servers[1]], [&servers[0].cookie, &servers[1].cookie], proposal);
        of_two_who_end_a_proposal_at_once_one_stands(&told, &store, proposal);
    }
}
