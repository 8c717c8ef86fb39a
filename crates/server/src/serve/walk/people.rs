//! Test: what an administrator changes on `/people`, and whose links, sessions and roles are out of their reach.

use super::*;
use crate::store::people::Bound;

const COMMAND: &str = "Whoever runs the server does it, with “vouchsafe people”.";

fn post(role: Role, agency: &str) -> Post {
    Post { role, agency: agency.into(), site: None }
}

/// Somebody of this agency in these posts, with a passkey.
fn member(world: &World, agency: &str, posts: &[Post]) -> Member {
    let passkey = crate::store::people::Enrolled {
        number: 1,
        day: "2026-06-15".parse().unwrap(),
        credential: serde_json::Value::Null,
    };
    let member = Member {
        id: StaffId::from_bytes(world.desk.random().unwrap()),
        name: "M. Member".to_owned(),
        agency: agency.into(),
        posts: posts.to_vec(),
        passkeys: vec![passkey],
        bound: None,
        changes: Vec::new(),
        version: 0,
    };
    world.desk.people.change(changed(&member, false)).unwrap();
    Member { version: 1, ..member }
}

fn link(world: &World, member: &Member) -> [u8; 32] {
    let (_, ticket) = passkeys::link(member.id).unwrap();
    let hash = ticket.hash;
    world.desk.people.issue(&ticket, 0).unwrap();
    hash
}

fn opens(world: &World, hash: &[u8; 32]) -> bool {
    world.desk.people.ticket(TicketKind::Enrolment, hash, 0).unwrap().is_some()
}

/// What a form of `/people/{id}` is answered with, as DOC's administrator.
async fn sent(world: &World, member: &Member, form: &str) -> (StatusCode, String) {
    let admin = World::account(Role::Administrator, None);
    world.ask(Some(admin), "POST", &format!("/people/{}", member.id), form).await
}

const KEYS: [(&str, &str); 3] =
    [("what=invite", "value=\"invite\""), ("what=end", "value=\"end\""), ("what=revoke&number=1", "value=\"revoke\"")];

#[tokio::test]
async fn an_administrator_gets_no_link_for_whoever_reaches_further_and_the_page_says_who_does_it() {
    let world = World::with_passkeys();
    let desk = post(Role::Desk, "DOC");
    for posts in [
        vec![post(Role::Oversight, "DOC")],
        vec![post(Role::LawDepartment, "DOC")],
        vec![desk.clone(), post(Role::Oversight, "DOC")],
        vec![desk.clone(), post(Role::Desk, "NYPD")],
        vec![post(Role::Desk, "NYPD")],
    ] {
        let whom = member(&world, "DOC", &posts);
        let admin = World::account(Role::Administrator, None);
        let (status, page) = world.ask(Some(admin), "GET", &format!("/people/{}", whom.id), "").await;
        assert_eq!(status, StatusCode::OK);
        assert!(page.contains(COMMAND), "{posts:?}: {page}");
        let older = link(&world, &whom);
        for (form, shown) in KEYS {
            assert!(!page.contains(shown), "{posts:?}, {shown}: {page}");
            let (status, refused) = sent(&world, &whom, form).await;
            assert_eq!(status, StatusCode::FORBIDDEN, "{posts:?}, {form}: {refused}");
            assert!(refused.contains(COMMAND), "{posts:?}, {form}: {refused}");
        }
        assert!(opens(&world, &older), "{posts:?}: nothing was changed");
        assert_eq!(world.desk.people.member(&whom.id).unwrap().unwrap().version, 1, "{posts:?}");
    }
    // Somebody of another agency is its administrator's, also in a post of this one; no word of the command line.
    for posts in [vec![], vec![post(Role::Desk, "NYPD")], vec![post(Role::Counsel, "DOC")]] {
        let whom = member(&world, "NYPD", &posts);
        for (form, _) in KEYS {
            let (status, refused) = sent(&world, &whom, form).await;
            assert_eq!(status, StatusCode::FORBIDDEN, "{posts:?}, {form}: {refused}");
            assert!(!refused.contains(COMMAND), "{posts:?}, {form}: {refused}");
        }
    }
    // Whoever acts for this agency alone is looked after, as before.
    for posts in [vec![], vec![desk]] {
        for (form, shown) in KEYS {
            let whom = member(&world, "DOC", &posts);
            let admin = World::account(Role::Administrator, None);
            let (_, page) = world.ask(Some(admin), "GET", &format!("/people/{}", whom.id), "").await;
            assert!(page.contains(shown) && !page.contains("vouchsafe people"), "{posts:?}, {shown}: {page}");
            let (status, answer) = sent(&world, &whom, form).await;
            assert!(status == StatusCode::OK || status == StatusCode::SEE_OTHER, "{posts:?}, {form}: {answer}");
        }
    }
}

#[tokio::test]
async fn an_administrator_disarms_nobody_who_watches_them() {
    let world = World::with_passkeys();
    for role in [Role::Oversight, Role::LawDepartment] {
        let whom = member(&world, "DOC", &[post(role, "DOC")]);
        let admin = World::account(Role::Administrator, None);
        let (_, page) = world.ask(Some(admin), "GET", &format!("/people/{}", whom.id), "").await;
        assert!(!page.contains("value=\"take\""), "{page}");
        let form = format!("what=take&agency=DOC&role={}", session::word(role));
        let (status, refused) = sent(&world, &whom, &form).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{refused}");
        let why = "A role that reaches every agency is neither given nor taken here.";
        assert!(refused.contains(why) && refused.contains(COMMAND), "{refused}");
        assert!(page.contains(why), "{page}");
        assert_eq!(world.desk.people.member(&whom.id).unwrap().unwrap().posts, whom.posts);
    }
}

#[tokio::test]
async fn an_administrator_at_one_site_looks_after_their_own_keys_alone() {
    let world = World::with_passkeys();
    let at = || World::account(Role::Administrator, Some("Rikers"));
    let whom = member(&world, "DOC", &[post(Role::Desk, "DOC")]);
    let path = format!("/people/{}", whom.id);
    let why = "You act at one site alone, and this belongs to the whole agency";
    for (path, form) in [
        ("/people", "name=Somebody"),
        (path.as_str(), "what=give&agency=DOC&role=counsel"),
        (path.as_str(), "what=take&agency=DOC&role=desk"),
        (path.as_str(), "what=invite"),
        (path.as_str(), "what=end"),
        (path.as_str(), "what=revoke&number=1"),
    ] {
        let (status, refused) = world.ask(Some(at()), "POST", path, form).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{form}: {refused}");
        assert!(refused.contains(why) && refused.contains("with “vouchsafe people”"), "{form}: {refused}");
        let (status, page) = world.ask(Some(at()), "GET", path, "").await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(page.matches(why).count(), 1, "{path}: {page}");
        assert!(!page.contains("name=\"what\"") && !page.contains("action=\"/people"), "{path}: {page}");
    }
    assert_eq!(world.desk.people.member(&whom.id).unwrap().unwrap().version, 1);
    // One's own keys are one's own, wherever one acts.
    let oneself = Account { staff: whom.id.to_string(), ..at() };
    let (status, _) = world.ask(Some(oneself), "POST", &path, "what=invite").await;
    assert_eq!(status, StatusCode::OK);
}

/// The second way around: a post of this agency for somebody of another, whose administrator has made a link before.
#[tokio::test]
async fn a_role_in_another_agency_voids_the_links_that_were_made_before() {
    let world = World::with_passkeys();
    for (agency, voids) in [("NYPD", true), ("DOC", false)] {
        let whom = member(&world, agency, &[]);
        let account = Bound { issuer: "https://login.example".to_owned(), subject: agency.to_owned() };
        let bound = Member { bound: Some(account.clone()), ..whom };
        world.desk.people.change(changed(&bound, false)).unwrap();
        let whom = world.desk.people.member(&bound.id).unwrap().unwrap();
        let older = link(&world, &whom);
        let (status, answer) = sent(&world, &whom, "what=give&agency=DOC&role=desk").await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{answer}");
        assert_eq!(opens(&world, &older), !voids, "{agency}");
        // And the account that they bound, with an entry.
        let left = world.desk.people.member(&whom.id).unwrap().unwrap();
        assert_eq!(left.bound.is_none(), voids, "{agency}");
        assert_eq!(world.desk.people.bound(&account.hash()).unwrap().is_none(), voids, "{agency}");
        assert_eq!(left.changes.len() - whom.changes.len(), if voids { 2 } else { 1 }, "{agency}");
        let theirs = Account { agency: agency.into(), ..World::account(Role::Administrator, None) };
        let (status, _) = world.ask(Some(theirs), "POST", &format!("/people/{}", whom.id), "what=invite").await;
        assert_eq!(status == StatusCode::FORBIDDEN, voids, "{agency}");
    }
}
