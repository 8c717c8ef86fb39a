//! Who signs in, in SQLite and in PostgreSQL: each change with its entry or not at all, each ticket to one taker.

use std::sync::Barrier;

use record::{Body, Change, Post, Role, StaffChange, StaffId};
use server::store::{
    Draft, Postgres, Sqlite,
    people::{
        Bound, CHALLENGES_MAX, ChangeError, Enrolled, Member, MemberChange, People, SavedView, Ticket, TicketKind,
        VIEWS_MAX,
    },
};

use super::{
    both::{Both, on_both},
    cluster, entry, fresh,
};

on_both!(
    "people":
    a_change_is_kept_with_its_entry_or_not_at_all,
    two_who_change_one_member_do_not_overwrite_each_other,
    a_link_is_used_once_and_a_new_one_voids_it,
    what_ends_sessions_ends_them_in_the_same_transaction,
    a_session_is_of_a_member_who_was_not_changed_meanwhile,
    a_ticket_is_taken_by_one_alone_and_not_after_its_end,
    an_account_is_one_members_in_one_transaction_with_the_change,
    an_entry_is_found_by_its_key,
    views_are_their_owners_and_few,
);

fn views_are_their_owners_and_few(both: Both) {
    let people = both.people;
    let view = |name: &str, query: &str| SavedView { name: name.to_owned(), query: query.to_owned() };
    for name in ["b", "Ä", "a"] {
        assert!(people.keep_view("one", &view(name, "act=hold")).unwrap());
    }
    assert!(people.keep_view("one", &view("a", "act=notify")).unwrap(), "in the place of the one before");
    let names =
        |owner: &str| -> Vec<String> { people.views(owner).unwrap().into_iter().map(|view| view.name).collect() };
    assert_eq!(names("one"), ["a", "b", "Ä"]);
    assert_eq!(people.views("one").unwrap()[0], view("a", "act=notify"));
    assert_eq!(names("two"), Vec::<String>::new());
    people.forget_view("two", "a").unwrap();
    people.forget_view("one", "b").unwrap();
    assert_eq!(names("one"), ["a", "Ä"]);
    for n in 0..VIEWS_MAX - 2 {
        assert!(people.keep_view("one", &view(&format!("n{n}"), "")).unwrap());
    }
    assert!(!people.keep_view("one", &view("one too many", "")).unwrap());
    assert!(people.keep_view("one", &view("a", "")).unwrap(), "one that is there can be changed");
    assert_eq!(names("one").len(), VIEWS_MAX);
    // A name that nobody can have is none to forget, and no fault.
    people.forget_view("one", "b\0").unwrap();
}

fn member() -> Member {
    let post = Post { role: Role::Desk, agency: "DOC".into(), site: None };
    let id = StaffId::from_bytes(fresh());
    Member {
        id,
        name: "A. Clerk".into(),
        agency: "DOC".into(),
        posts: vec![post],
        passkeys: vec![],
        bound: None,
        changes: vec![],
        version: 0,
    }
}

fn said(member: &Member, change: Change) -> Draft {
    let (staff, name) = (member.id, "A. Clerk".into());
    entry(Body::Staff(Box::new(StaffChange { staff, name, change, said_by: None }))).into()
}

fn change(member: &Member, what: Change) -> MemberChange {
    let entries = vec![said(member, what)];
    MemberChange { act: "test", member: member.clone(), entries, uses: None, makes: None, ends_sessions: false }
}

fn ticket(kind: TicketKind, hash: u8, member: &Member, until: i64) -> Ticket {
    Ticket { hash: [hash; 32], kind, member: Some(member.id), data: "data".to_owned(), seen: 100, until }
}

fn a_change_is_kept_with_its_entry_or_not_at_all(Both { store, people, .. }: Both) {
    let new = member();
    let ids = people.change(change(&new, Change::Invited)).unwrap();
    let kept = people.member(&new.id).unwrap().unwrap();
    assert_eq!((kept.version, &kept.posts, &kept.changes), (1, &new.posts, &ids));
    assert_eq!(people.members().unwrap(), std::slice::from_ref(&kept));
    assert_eq!(store.find(&ids[0]).unwrap().unwrap().entry().unwrap().body.kind(), "staff");
    assert_eq!(people.member(&StaffId::from_bytes(fresh())).unwrap(), None);
    // An entry that cannot be kept keeps the member as they were, and so does a member who cannot be changed the entry out.
    let mut twice = change(&kept, Change::Enrolled { key: None });
    twice.member.passkeys.push(Enrolled { number: 1, day: "2026-11-27".parse().unwrap(), credential: true.into() });
    twice.entries.push(twice.entries[0].clone());
    assert!(matches!(people.change(twice), Err(ChangeError::Store(_))));
    assert_eq!(people.member(&new.id).unwrap().unwrap(), kept);
    assert!(
        matches!(people.change(change(&new, Change::Enrolled { key: None })), Err(ChangeError::Moved)),
        "is there already"
    );
    assert_eq!(store.count().unwrap(), 1);
    assert!(!format!("{kept:?}").contains("Clerk"), "{kept:?}");
}

fn two_who_change_one_member_do_not_overwrite_each_other(Both { store, people, .. }: Both) {
    people.change(change(&member(), Change::Invited)).unwrap();
    let read = people.members().unwrap().remove(0);
    let barrier = Barrier::new(8);
    let kept = std::thread::scope(|scope| {
        let write = || {
            barrier.wait();
            people.change(change(&read, Change::SessionsEnded))
        };
        let running: Vec<_> = (0..8).map(|_| scope.spawn(write)).collect();
        running.into_iter().map(|one| one.join().unwrap()).collect::<Vec<_>>()
    });
    assert_eq!(kept.iter().filter(|one| one.is_ok()).count(), 1);
    assert!(kept.iter().flat_map(|one| one.as_ref().err()).all(|error| matches!(error, ChangeError::Moved)));
    assert_eq!((people.member(&read.id).unwrap().unwrap().version, store.count().unwrap()), (2, 2));
}

fn a_link_is_used_once_and_a_new_one_voids_it(Both { store, people, .. }: Both) {
    let new = member();
    let linked = |member: &Member, hash| MemberChange {
        makes: Some(ticket(TicketKind::Enrolment, hash, member, 200)),
        ..change(member, Change::Invited)
    };
    people.change(linked(&new, 1)).unwrap();
    let read = people.member(&new.id).unwrap().unwrap();
    people.change(linked(&read, 2)).unwrap();
    assert_eq!(people.ticket(TicketKind::Enrolment, &[1; 32], 150).unwrap(), None, "the newer one voids it");
    let read = people.member(&new.id).unwrap().unwrap();
    let enrol = |member: &Member, hash| MemberChange {
        uses: Some([hash; 32]),
        ..change(member, Change::Enrolled { key: None })
    };
    assert!(matches!(people.change(enrol(&read, 1)), Err(ChangeError::Used)));
    assert_eq!(people.member(&new.id).unwrap().unwrap(), read, "nothing was kept");
    people.change(enrol(&read, 2)).unwrap();
    let read = people.member(&new.id).unwrap().unwrap();
    assert!(matches!(people.change(enrol(&read, 2)), Err(ChangeError::Used)), "a link is good once");
    // Nobody uses another's.
    let other = member();
    people.change(linked(&read, 3)).unwrap();
    people.change(change(&other, Change::Invited)).unwrap();
    let other = people.member(&other.id).unwrap().unwrap();
    assert!(matches!(people.change(enrol(&other, 3)), Err(ChangeError::Used)));
    assert_eq!(store.count().unwrap(), 5);
}

fn what_ends_sessions_ends_them_in_the_same_transaction(Both { people, .. }: Both) {
    let (one, other) = (member(), member());
    for (hash, new) in [(1, &one), (2, &other)] {
        people.change(change(new, Change::Invited)).unwrap();
        people.issue(&ticket(TicketKind::Session, hash, new, 200), 100).unwrap();
    }
    let session = |hash: u8| people.ticket(TicketKind::Session, &[hash; 32], 150).unwrap();
    let read = people.member(&one.id).unwrap().unwrap();
    let stale = MemberChange { ends_sessions: true, ..change(&one, Change::SessionsEnded) };
    assert!(matches!(people.change(stale), Err(ChangeError::Moved)));
    assert!(session(1).is_some(), "a change that was refused ends nothing");
    people.change(MemberChange { ends_sessions: true, ..change(&read, Change::SessionsEnded) }).unwrap();
    assert!(session(1).is_none() && session(2).is_some());
}

fn a_session_is_of_a_member_who_was_not_changed_meanwhile(Both { people, .. }: Both) {
    let new = member();
    people.change(change(&new, Change::Invited)).unwrap();
    let read = people.member(&new.id).unwrap().unwrap();
    let admit =
        |hash, version| people.admit(&ticket(TicketKind::Session, hash, &new, 200), &new.id, version, 100).unwrap();
    assert!(admit(1, read.version));
    // Their passkey is revoked, and every session ends; the sign-in that had read them before opens none.
    people.change(MemberChange { ends_sessions: true, ..change(&read, Change::Revoked { key: None }) }).unwrap();
    assert!(!admit(2, read.version));
    assert!(admit(3, read.version + 1));
    let kept = [1, 2, 3].map(|hash| people.ticket(TicketKind::Session, &[hash; 32], 150).unwrap().is_some());
    assert_eq!(kept, [false, false, true]);
    assert!(!people.admit(&ticket(TicketKind::Session, 4, &new, 200), &member().id, 0, 100).unwrap(), "of nobody");
}

fn a_ticket_is_taken_by_one_alone_and_not_after_its_end(Both { people, .. }: Both) {
    let whose = member();
    let kept = ticket(TicketKind::Challenge, 1, &whose, 200);
    people.issue(&kept, 100).unwrap();
    assert_eq!(people.ticket(TicketKind::Challenge, &[1; 32], 199).unwrap(), Some(kept.clone()));
    assert_eq!(people.ticket(TicketKind::Challenge, &[1; 32], 200).unwrap(), None, "it has ended");
    assert_eq!(people.take(TicketKind::Session, &[1; 32], 150).unwrap(), None, "it is of another kind");
    let barrier = Barrier::new(8);
    let taken = std::thread::scope(|scope| {
        let take = || {
            barrier.wait();
            people.take(TicketKind::Challenge, &[1; 32], 150).unwrap()
        };
        let running: Vec<_> = (0..8).map(|_| scope.spawn(take)).collect();
        running.into_iter().filter_map(|one| one.join().unwrap()).collect::<Vec<_>>()
    });
    assert_eq!(taken, [kept]);
    // Taken after its end it is gone, and gives nothing; what has ended is forgotten with the next one.
    people.issue(&ticket(TicketKind::Challenge, 2, &whose, 200), 100).unwrap();
    assert_eq!(people.take(TicketKind::Challenge, &[2; 32], 200).unwrap(), None);
    assert_eq!(people.take(TicketKind::Challenge, &[2; 32], 150).unwrap(), None);
    people.issue(&ticket(TicketKind::Session, 3, &whose, 200), 100).unwrap();
    people.seen(&[3; 32], 130).unwrap();
    people.seen(&[3; 32], 120).unwrap();
    assert_eq!(people.ticket(TicketKind::Session, &[3; 32], 150).unwrap().map(|ticket| ticket.seen), Some(130));
    people.issue(&ticket(TicketKind::Session, 4, &whose, 400), 200).unwrap();
    assert_eq!(people.ticket(TicketKind::Session, &[3; 32], 150).unwrap(), None);
}

fn an_account_is_one_members_in_one_transaction_with_the_change(Both { store, people, .. }: Both) {
    let account = |subject: &str| Bound { issuer: "https://login.example".to_owned(), subject: subject.to_owned() };
    let whose = |subject: &str| people.bound(&account(subject).hash()).unwrap().map(|member| member.id);
    let (one, other) = (member(), member());
    let with = |member: &Member, bound: Option<Bound>| Member { bound, ..member.clone() };
    people.change(change(&with(&one, Some(account("a"))), Change::Bound)).unwrap();
    people.change(change(&other, Change::Invited)).unwrap();
    let read = |id: &StaffId| people.member(id).unwrap().unwrap();
    assert_eq!((whose("a"), whose("b")), (Some(one.id), None));
    assert_ne!(
        account("a").hash(),
        Bound { issuer: "https://other.example".to_owned(), subject: "a".to_owned() }.hash()
    );
    // Another's: nothing is kept, neither the member nor the entry.
    let (before, count) = (read(&other.id), store.count().unwrap());
    let refused = people.change(change(&with(&before, Some(account("a"))), Change::Bound));
    assert!(matches!(refused, Err(ChangeError::Bound)), "{refused:?}");
    assert_eq!((read(&other.id), store.count().unwrap(), whose("a")), (before.clone(), count, Some(one.id)));
    // One's own again is no other's; another change keeps it; what is taken is free.
    people.change(change(&read(&one.id), Change::Enrolled { key: None })).unwrap();
    assert_eq!(whose("a"), Some(one.id));
    people.change(change(&with(&read(&one.id), Some(account("b"))), Change::Bound)).unwrap();
    assert_eq!((whose("a"), whose("b")), (None, Some(one.id)));
    people.change(change(&with(&read(&one.id), None), Change::Unbound)).unwrap();
    people.change(change(&with(&before, Some(account("b"))), Change::Bound)).unwrap();
    assert_eq!(whose("b"), Some(other.id));
    assert!(!format!("{:?}", read(&other.id).bound).contains("login"), "{:?}", read(&other.id).bound);
}

fn an_entry_is_found_by_its_key(Both { store, .. }: Both) {
    let body = |detail: &str| {
        let (kind, detail) = (record::FaultKind::Integrity, detail.into());
        Body::Fault(record::Fault { kind, request: None, entry: None, detail })
    };
    let keyed = |key: &str| Draft { key: Some(key.to_owned()), entry: entry(body(key)) };
    store.commit("test", vec![keyed("city/1"), keyed("city/2"), entry(body("none")).into()]).unwrap();
    let found = |key: &str| store.keyed(key).unwrap().map(|stored| stored.seq);
    assert_eq!((found("city/1"), found("city/2"), found("city/3"), found("")), (Some(0), Some(1), None, None));
}

/// Fills the table as so many begun sign-ins would, each a second later than the one before, and begins one more.
fn begun_over_full(people: &dyn People, fill: impl FnOnce(usize)) {
    fill(CHALLENGES_MAX);
    let whose = member();
    let session = ticket(TicketKind::Session, 250, &whose, 1_000_000);
    people.issue(&session, 100).unwrap();
    people.issue(&Ticket { seen: 900_000, ..ticket(TicketKind::Challenge, 251, &whose, 1_000_000) }, 100).unwrap();
    let numbered = |number: u64| {
        let mut hash = [0; 32];
        hash[24..].copy_from_slice(&number.to_be_bytes());
        people.ticket(TicketKind::Challenge, &hash, 100).unwrap().is_some()
    };
    assert!(!numbered(1), "the oldest has gone");
    assert!(numbered(2) && numbered(CHALLENGES_MAX as u64), "no other has");
    assert!(people.ticket(TicketKind::Challenge, &[251; 32], 100).unwrap().is_some());
    assert!(people.ticket(TicketKind::Session, &[250; 32], 100).unwrap().is_some(), "sessions are no challenges");
}

mod of_begun_sign_ins_the_oldest_goes_first_where_there_are_too_many {
    use super::*;

    #[test]
    fn of_begun_sign_ins_the_oldest_goes_first_where_there_are_too_many() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("record.sqlite3");
        drop(Sqlite::open(&path).unwrap());
        let db = rusqlite::Connection::open(&path).unwrap();
        db.execute(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1) INSERT INTO ticket \
             SELECT unhex(printf('%064X', i)), 'challenge', NULL, '', i, 1000000 FROM n",
            [i64::try_from(CHALLENGES_MAX).unwrap()],
        )
        .unwrap();
        drop(db);
        begun_over_full(&Sqlite::open(&path).unwrap(), |_| {});
    }

    #[test]
    fn postgres() {
        let url = cluster::database("people_begun_over_full");
        let store = Postgres::open(&url).unwrap();
        let mut client = ::postgres::Client::connect(&url, ::postgres::NoTls).unwrap();
        begun_over_full(&store, |most| {
            let insert = "INSERT INTO vouchsafe.ticket SELECT decode(lpad(to_hex(i), 64, '0'), 'hex'), 'challenge', NULL, '', i, 1000000 \
                 FROM generate_series(1, $1::bigint) AS i";
            client.execute(insert, &[&i64::try_from(most).unwrap()]).unwrap();
        });
    }
}
