//! Test: a statement is signed by whoever may, with a passkey of their own, over what they were shown; whatever else is sent signs nothing.

use record::{Change, SignedStatement};
use serde_json::{Value, json};

use super::{authenticator::Device, *};

pub(super) const ORIGIN: &str = "http://localhost";

const PAGE: &str = "/statements/2026Q2/sign";

/// Somebody with a passkey, who is signed in.
struct Official {
    id: StaffId,
    device: Device,
    cookie: String,
}

/// What a path answers to JSON: status, cookie, body.
pub(super) async fn call(world: &World, cookie: &str, path: &str, sent: &Value) -> (StatusCode, String, Value) {
    let request = Request::post(path)
        .header(header::HOST, "localhost")
        .header(header::COOKIE, cookie)
        .header(header::CONTENT_TYPE, "application/json");
    let response = world.router.clone().oneshot(request.body(Sent::from(sent.to_string())).unwrap()).await.unwrap();
    let status = response.status();
    let set = response.headers().get(header::SET_COOKIE).map(|set| set.to_str().unwrap().to_owned());
    let set = set.unwrap_or_default().split(';').next().unwrap_or_default().to_owned();
    let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
    (status, set, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
}

pub(super) async fn page(world: &World, cookie: &str, path: &str) -> (StatusCode, String) {
    let request = Request::get(path).header(header::HOST, "localhost").header(header::COOKIE, cookie);
    let response = world.router.clone().oneshot(request.body(Sent::empty()).unwrap()).await.unwrap();
    let status = response.status();
    let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
    (status, String::from_utf8(bytes.to_vec()).unwrap())
}

/// Makes a passkey with a link, as the page of a link does.
pub(super) async fn enrol(world: &World, id: StaffId, device: &mut Device) {
    let (token, ticket) = passkeys::link(id).unwrap();
    world.desk.people.issue(&ticket, passkeys::now()).unwrap();
    let (_, _, begun) = call(world, "", "/enrol/begin", &json!({ "token": token })).await;
    let credential = device.enrol(&begun["publicKey"]);
    let sent = json!({ "token": token, "ceremony": begun["ceremony"], "credential": credential });
    let (status, _, told) = call(world, "", "/enrol/finish", &sent).await;
    assert_eq!(status, StatusCode::OK, "{told}");
}

pub(super) async fn sign_in(world: &World, device: &mut Device) -> String {
    let (_, _, begun) = call(world, "", "/sign-in/begin", &json!({})).await;
    let sent = json!({ "ceremony": begun["ceremony"], "credential": device.answer(&begun["publicKey"]) });
    let (status, cookie, told) = call(world, "", "/sign-in/finish", &sent).await;
    assert_eq!(status, StatusCode::OK, "{told}");
    cookie
}

/// A member in this post, without a passkey.
pub(super) fn added(world: &World, name: &str, role: Role, agency: &str, site: Option<&str>) -> StaffId {
    let id = StaffId::from_bytes(world.desk.random().unwrap());
    let post = Post { role, agency: agency.into(), site: site.map(str::to_owned) };
    let member = Member {
        id,
        name: name.to_owned(),
        agency: agency.into(),
        posts: vec![post],
        passkeys: Vec::new(),
        bound: None,
        changes: Vec::new(),
        version: 0,
    };
    world.desk.people.change(changed(&member, false)).unwrap();
    id
}

impl Official {
    async fn new(world: &World, number: u8, role: Role, agency: &str) -> Self {
        Self::at(world, number, role, agency, None).await
    }

    async fn at(world: &World, number: u8, role: Role, agency: &str, site: Option<&str>) -> Self {
        let id = added(world, &format!("O. Official {number}"), role, agency, site);
        let mut device = Device::new(number, ORIGIN);
        enrol(world, id, &mut device).await;
        let cookie = sign_in(world, &mut device).await;
        Self { id, device, cookie }
    }

    /// The statement that their page shows, by its hash.
    async fn shown(&self, world: &World) -> String {
        let (status, page) = page(world, &self.cookie, PAGE).await;
        assert_eq!(status, StatusCode::OK, "{page}");
        page.split("data-statement=\"").nth(1).expect("a button").split('"').next().unwrap().to_owned()
    }

    async fn begin(&self, world: &World, statement: &str) -> (StatusCode, Value) {
        let sent = json!({ "statement": statement, "unrecorded": null });
        let (status, _, told) = call(world, &self.cookie, &format!("{PAGE}/begin"), &sent).await;
        (status, told)
    }

    /// Reads the page and presses its button: the challenge.
    async fn begun(&self, world: &World) -> Value {
        let shown = self.shown(world).await;
        let (status, begun) = self.begin(world, &shown).await;
        assert_eq!(status, StatusCode::OK, "{begun}");
        begun
    }

    async fn finish(&self, world: &World, ceremony: &Value, credential: &Value) -> (StatusCode, Value) {
        let sent = json!({ "ceremony": ceremony, "credential": credential });
        let (status, _, told) = call(world, &self.cookie, &format!("{PAGE}/finish"), &sent).await;
        (status, told)
    }

    async fn signs(&mut self, world: &World) -> (StatusCode, Value) {
        let begun = self.begun(world).await;
        let credential = self.device.answer(&begun["publicKey"]);
        self.finish(world, &begun["ceremony"], &credential).await
    }
}

fn bodies(world: &World) -> Vec<Body> {
    let all = world.store.entries(0, 1000).unwrap();
    all.into_iter().filter_map(|stored| stored.held.map(|held| held.entry.body)).collect()
}

fn signed(world: &World) -> Vec<SignedStatement> {
    let one = |body| if let Body::Signed(signed) = body { Some(*signed) } else { None };
    bodies(world).into_iter().filter_map(one).collect()
}

fn made(world: &World) -> usize {
    bodies(world).iter().filter(|body| matches!(body, Body::Filed(_))).count()
}

fn refused(answer: (StatusCode, Value), word: &str) {
    assert_eq!(answer, (StatusCode::FORBIDDEN, json!({ "refused": word })));
}

#[tokio::test]
async fn what_was_shown_is_signed_once_by_each_and_is_one_statement() {
    let world = World::with_passkeys();
    let mut officer = Official::new(&world, 1, Role::PrivacyOfficer, "DOC").await;
    let shown = officer.shown(&world).await;
    let (status, told) = officer.signs(&world).await;
    assert_eq!((status, &told["to"]), (StatusCode::OK, &json!(PAGE)), "{told}");
    let [first] = &signed(&world)[..] else { panic!("one signature") };
    assert_eq!(hex::encode(first.content()), shown);
    assert_eq!((first.staff, crate::filing::signed::holds(first)), (officer.id, Ok(())));
    assert_eq!(made(&world), 1);
    let member = world.desk.people.member(&officer.id).unwrap().unwrap();
    assert_eq!(member.changes.len(), 1, "what they signed is no change of them");
    // The page says so, and offers no second time; an answer that was begun before adds nothing.
    let (_, page_after) = page(&world, &officer.cookie, PAGE).await;
    assert!(
        page_after.contains("You have signed this statement.") && !page_after.contains("data-statement"),
        "{page_after}"
    );
    assert!(page_after.contains("Signed with a passkey by O. Official 1 (Privacy officer, DOC)"), "{page_after}");
    let (status, begun) = officer.begin(&world, &shown).await;
    assert_eq!(status, StatusCode::OK, "{begun}");
    let credential = officer.device.answer(&begun["publicKey"]);
    assert_eq!(officer.finish(&world, &begun["ceremony"], &credential).await.0, StatusCode::OK);
    assert_eq!((signed(&world).len(), made(&world)), (1, 1));
    // What the agency owes by this product's own practice is done, as by a statement that nobody signed.
    let mut city = record::duty::City::default();
    for stored in world.store.entries(0, 1000).unwrap() {
        if let Some(entry) = stored.entry() {
            city.take(entry, &world.desk.zone);
        }
    }
    let limits = record::duty::Limits { stated_from: "2026-06-30".parse().unwrap(), ..Default::default() };
    let owed = city.duties("2026-08-01".parse().unwrap(), &world.desk.zone, &limits);
    let stated = owed.iter().find(|duty| {
        let quarter = duty.period.as_ref().is_some_and(|(_, name)| name == "2026Q2");
        quarter && duty.kind == record::DutyKind::Stated && duty.agency == Some("DOC".into())
    });
    assert!(stated.is_some_and(|duty| duty.ended.as_ref().is_some_and(|ended| ended.done)), "{stated:?}");
    // A second official's is another signature of the same statement.
    let mut supervisor = Official::new(&world, 2, Role::Supervisor, "DOC").await;
    assert_eq!(supervisor.signs(&world).await.0, StatusCode::OK);
    let both = signed(&world);
    assert_eq!((both.len(), made(&world)), (2, 1));
    assert_eq!(both[0].statement, both[1].statement);
    assert_ne!(both[0].answer.nonce, both[1].answer.nonce);
    // The files say by whom.
    let html = std::fs::read_to_string(world.desk.filings.join("statement-DOC-2026Q2.html")).unwrap();
    assert!(html.contains("O. Official 1 (Privacy officer") && html.contains("O. Official 2 (Supervisor"), "{html}");
    let json = std::fs::read(world.desk.filings.join("statement-DOC-2026Q2.json")).unwrap();
    assert_eq!(String::from_utf8(json).unwrap(), first.statement.reveal());
    let (_, list) = page(&world, &officer.cookie, "/filings").await;
    assert!(list.contains("Stated by O. Official 1.") && list.contains("O. Official 2 (Supervisor, DOC)"), "{list}");
    let (_, draft) = page(&world, &officer.cookie, "/statements/2026Q2").await;
    assert!(draft.contains("O. Official 2 (Supervisor, DOC)") && draft.contains(PAGE), "{draft}");
}

#[tokio::test]
async fn the_record_tells_whose_passkey_it_was_and_when_it_was_revoked() {
    let world = World::with_passkeys();
    let mut officer = Official::new(&world, 1, Role::PrivacyOfficer, "DOC").await;
    assert_eq!(officer.signs(&world).await.0, StatusCode::OK);
    let key = Some(signed(&world)[0].answer.key.hash());
    let admin = Official::new(&world, 2, Role::Administrator, "DOC").await;
    let request = Request::post(format!("/people/{}", officer.id))
        .header(header::HOST, "localhost")
        .header(header::COOKIE, &admin.cookie)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    let request = request.body(Sent::from("what=revoke&number=1")).unwrap();
    assert_eq!(world.router.clone().oneshot(request).await.unwrap().status(), StatusCode::SEE_OTHER);
    let of = |body: &Body| match body {
        Body::Staff(staff) if staff.staff == officer.id => Some(staff.change.clone()),
        _ => None,
    };
    let said: Vec<Change> = bodies(&world).iter().filter_map(of).collect();
    assert_eq!(said, [Change::Enrolled { key: key.clone() }, Change::Revoked { key }]);
}

#[tokio::test]
async fn an_answer_is_good_once_and_for_its_own_ceremony_alone() {
    let world = World::with_passkeys();
    let mut officer = Official::new(&world, 1, Role::PrivacyOfficer, "DOC").await;
    let (older, newer) = (officer.begun(&world).await, officer.begun(&world).await);
    let answer = officer.device.answer(&older["publicKey"]);
    // To another challenge of the same statement, and then to its own, which is gone with the first try.
    refused(officer.finish(&world, &newer["ceremony"], &answer).await, "unknown");
    refused(officer.finish(&world, &newer["ceremony"], &answer).await, "ended");
    // A sign-in's answer signs no statement, and a statement's signs nobody in.
    let (_, _, entering) = call(&world, "", "/sign-in/begin", &json!({})).await;
    let entered = officer.device.answer(&entering["publicKey"]);
    let begun = officer.begun(&world).await;
    refused(officer.finish(&world, &begun["ceremony"], &entered).await, "unknown");
    refused(officer.finish(&world, &entering["ceremony"], &entered).await, "ended");
    let begun = officer.begun(&world).await;
    let answer = officer.device.answer(&begun["publicKey"]);
    let (_, _, entering) = call(&world, "", "/sign-in/begin", &json!({})).await;
    for (ceremony, word) in [(&entering["ceremony"], "unknown"), (&begun["ceremony"], "ended")] {
        let sent = json!({ "ceremony": ceremony, "credential": answer });
        let (status, cookie, told) = call(&world, "", "/sign-in/finish", &sent).await;
        assert_eq!((status, cookie.as_str()), (StatusCode::FORBIDDEN, ""));
        assert_eq!(told, json!({ "refused": word }));
    }
    assert_eq!((signed(&world).len(), made(&world)), (0, 0));
    // Sent twice, it is kept once.
    let begun = officer.begun(&world).await;
    let answer = officer.device.answer(&begun["publicKey"]);
    assert_eq!(officer.finish(&world, &begun["ceremony"], &answer).await.0, StatusCode::OK);
    refused(officer.finish(&world, &begun["ceremony"], &answer).await, "ended");
    assert_eq!((signed(&world).len(), made(&world)), (1, 1));
}

/// Devices that are not what they say, by what is wrong, made of somebody's own and another person's.
pub(super) fn impostors(good: &Device, other: &Device) -> [(&'static str, Device); 6] {
    let with = |change: fn(&mut Device)| {
        let mut device = good.clone();
        change(&mut device);
        device
    };
    [
        ("nobody showed that it is them", with(|device| device.flags = super::authenticator::PRESENT)),
        ("nobody was there", with(|device| device.flags = 0b100)),
        ("another site's page", with(|device| device.origin = "https://desk.attacker.example".to_owned())),
        ("another site's passkey", with(|device| device.site = "attacker.example".to_owned())),
        ("a key of their own under this passkey's name", with(|device| device.forge(9))),
        ("another person's passkey", other.clone()),
    ]
}

#[tokio::test]
async fn what_is_forged_or_another_persons_signs_nothing() {
    let world = World::with_passkeys();
    let mut officer = Official::new(&world, 1, Role::PrivacyOfficer, "DOC").await;
    let supervisor = Official::new(&world, 2, Role::Supervisor, "DOC").await;
    let mut counter = 10;
    for (what, mut device) in impostors(&officer.device, &supervisor.device) {
        counter += 1;
        device.counter = counter;
        let begun = officer.begun(&world).await;
        let answer = device.answer(&begun["publicKey"]);
        let (status, told) = officer.finish(&world, &begun["ceremony"], &answer).await;
        assert_eq!((status, told), (StatusCode::FORBIDDEN, json!({ "refused": "unknown" })), "{what}");
    }
    // One bit of the signature, or another challenge in the browser's words.
    let begun = officer.begun(&world).await;
    let mut answer = officer.device.answer(&begun["publicKey"]);
    let signature = answer["response"]["signature"].as_str().unwrap().to_owned();
    let flipped = if signature.ends_with('A') { "Q" } else { "A" };
    answer["response"]["signature"] = json!(format!("{}{flipped}", &signature[..signature.len() - 1]));
    let (status, _) = officer.finish(&world, &begun["ceremony"], &answer).await;
    assert!(status.is_client_error(), "{status}");
    // A ceremony that another official began.
    let theirs = supervisor.begun(&world).await;
    let answer = officer.device.answer(&theirs["publicKey"]);
    refused(officer.finish(&world, &theirs["ceremony"], &answer).await, "ended");
    assert_eq!((signed(&world).len(), made(&world)), (0, 0));
    // And with all of that tried, the official's own still does.
    officer.device.counter = 40;
    assert_eq!(officer.signs(&world).await.0, StatusCode::OK);
}

#[tokio::test]
async fn a_passkey_that_was_revoked_or_copied_signs_nothing() {
    let world = World::with_passkeys();
    let mut officer = Official::new(&world, 1, Role::PrivacyOfficer, "DOC").await;
    let mut other = Device::new(7, ORIGIN);
    enrol(&world, officer.id, &mut other).await;
    officer.cookie = sign_in(&world, &mut other).await;
    // Revoked between the challenge and the answer, with sessions and challenges as every revocation ends them, or without.
    for ends_sessions in [false, true] {
        let begun = officer.begun(&world).await;
        let mut member = world.desk.people.member(&officer.id).unwrap().unwrap();
        let kept = member.passkeys.clone();
        member.passkeys.retain(|one| one.number != 1);
        world.desk.people.change(changed(&member, ends_sessions)).unwrap();
        let answer = officer.device.answer(&begun["publicKey"]);
        let (status, told) = officer.finish(&world, &begun["ceremony"], &answer).await;
        let expected = if ends_sessions { StatusCode::SEE_OTHER } else { StatusCode::FORBIDDEN };
        assert_eq!(status, expected, "{told}");
        let mut member = world.desk.people.member(&officer.id).unwrap().unwrap();
        member.passkeys = kept;
        world.desk.people.change(changed(&member, false)).unwrap();
    }
    officer.cookie = sign_in(&world, &mut other).await;
    let begun = officer.begun(&world).await;
    // A copy counts on from where it was copied.
    officer.device.counter = 0;
    let answer = officer.device.answer(&begun["publicKey"]);
    refused(officer.finish(&world, &begun["ceremony"], &answer).await, "cloned");
    let member = world.desk.people.member(&officer.id).unwrap().unwrap();
    assert_eq!(member.passkeys.iter().map(|one| one.number).collect::<Vec<_>>(), [2]);
    assert_eq!((signed(&world).len(), made(&world)), (0, 0));
}

/// A request that DOC was asked in the quarter, and that nobody had written down.
fn another_request(world: &World) {
    let (_, entry) = requested(9, "DOC", None);
    world.store.commit("test", vec![entry.into()]).unwrap();
}

#[tokio::test]
async fn what_changed_since_it_was_shown_is_not_signed_and_a_newer_version_can_be() {
    let world = World::with_passkeys();
    let mut officer = Official::new(&world, 1, Role::PrivacyOfficer, "DOC").await;
    let first = officer.shown(&world).await;
    assert_eq!(officer.signs(&world).await.0, StatusCode::OK);
    another_request(&world);
    // Changed between the page and its button.
    refused(officer.begin(&world, &first).await, "changed");
    let (_, anew) = page(&world, &officer.cookie, &format!("{PAGE}?changed=yes")).await;
    assert!(anew.contains("The record changed since this statement was shown"), "{anew}");
    assert!(anew.contains("It is another version"), "{anew}");
    // And between the challenge and its answer.
    let begun = officer.begun(&world).await;
    let (_, entry) = requested(10, "DOC", None);
    world.store.commit("test", vec![entry.into()]).unwrap();
    let answer = officer.device.answer(&begun["publicKey"]);
    refused(officer.finish(&world, &begun["ceremony"], &answer).await, "changed");
    assert_eq!((signed(&world).len(), made(&world)), (1, 1));
    // Another agency's request changes nothing here.
    let begun = officer.begun(&world).await;
    let (_, entry) = requested(11, "NYPD", None);
    world.store.commit("test", vec![entry.into()]).unwrap();
    let answer = officer.device.answer(&begun["publicKey"]);
    assert_eq!(officer.finish(&world, &begun["ceremony"], &answer).await.0, StatusCode::OK);
    let both = signed(&world);
    assert_eq!((both.len(), made(&world)), (2, 2), "both versions are kept");
    assert_eq!(hex::encode(both[0].content()), first);
    assert_ne!(both[0].statement, both[1].statement);
    // The number that is in no entry is part of what is shown.
    let sent = json!({ "statement": hex::encode(both[1].content()), "unrecorded": 3 });
    let (status, _, told) = call(&world, &officer.cookie, &format!("{PAGE}/begin"), &sent).await;
    refused((status, told), "changed");
}

/// Neither is left out of the files that say who signed.
#[tokio::test]
async fn two_who_sign_at_once_both_stand_in_the_forms() {
    let world = World::with_passkeys();
    let mut one = Official::new(&world, 1, Role::PrivacyOfficer, "DOC").await;
    let mut two = Official::new(&world, 2, Role::Supervisor, "DOC").await;
    for round in 0..4 {
        let (_, entry) = requested(20 + round, "DOC", None);
        world.store.commit("test", vec![entry.into()]).unwrap();
        let (first, second) = (one.begun(&world).await, two.begun(&world).await);
        let credentials = (one.device.answer(&first["publicKey"]), two.device.answer(&second["publicKey"]));
        let (first, second) = tokio::join!(
            one.finish(&world, &first["ceremony"], &credentials.0),
            two.finish(&world, &second["ceremony"], &credentials.1),
        );
        assert_eq!((first.0, second.0), (StatusCode::OK, StatusCode::OK), "{round}: {first:?} {second:?}");
        let mut forms = 0;
        for file in std::fs::read_dir(&world.desk.filings).unwrap() {
            let path = file.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            if name.ends_with("-signatures.json") || name.ends_with(".html") {
                forms += 1;
                let text = std::fs::read_to_string(&path).unwrap();
                assert!(text.contains("O. Official 1") && text.contains("O. Official 2"), "{round}: {name}");
            }
            assert!(!name.starts_with('.'), "{round}: a draft is left: {name}");
        }
        assert_eq!(forms, 2, "{round}");
    }
}

/// A post that was taken since the session was looked at signs nothing, whatever version of the member is read then.
#[tokio::test]
async fn a_post_that_was_taken_meanwhile_signs_nothing() {
    let world = World::with_passkeys();
    let official = Official::new(&world, 1, Role::PrivacyOfficer, "DOC").await;
    let member = world.desk.people.member(&official.id).unwrap().unwrap();
    let account = Account {
        staff: official.id.to_string(),
        name: member.name.clone(),
        agency: "DOC".into(),
        role: Role::PrivacyOfficer,
        site: None,
    };
    assert!(crate::serve::statements::sign::whose(&world.desk, &account, "2026Q2").is_ok());
    let mut without = member;
    without.posts.clear();
    world.desk.people.change(changed(&without, false)).unwrap();
    let refused = crate::serve::statements::sign::whose(&world.desk, &account, "2026Q2");
    assert!(matches!(refused, Err(passkeys::Fault::Refused("not-yours"))));
}

#[tokio::test]
async fn who_may_not_sign_is_told_so_and_signs_nothing() {
    let world = World::with_passkeys();
    let posts = [
        (Role::Desk, "DOC", None),
        (Role::Records, "DOC", None),
        (Role::Counsel, "DOC", None),
        (Role::Oversight, "DOC", None),
        (Role::LawDepartment, "DOC", None),
        (Role::Administrator, "DOC", None),
        (Role::PrivacyOfficer, "DOC", Some("Rikers")),
        (Role::Supervisor, "DOC", Some("Rikers")),
    ];
    for (number, (role, agency, site)) in (1..).zip(posts) {
        let one = Official::at(&world, number, role, agency, site).await;
        assert_eq!(page(&world, &one.cookie, PAGE).await.0, StatusCode::FORBIDDEN, "{}", role.word());
        refused(one.begin(&world, &"0".repeat(64)).await, "not-yours");
        let (_, draft) = page(&world, &one.cookie, "/statements/2026Q2").await;
        assert!(!draft.contains(PAGE), "{}", role.word());
    }
    // Another agency's official has another statement; what they begin is their own agency's.
    let mut officer = Official::new(&world, 20, Role::PrivacyOfficer, "DOC").await;
    let theirs = Official::new(&world, 21, Role::PrivacyOfficer, "NYPD").await;
    let (ours, other) = (officer.shown(&world).await, theirs.shown(&world).await);
    assert_ne!(ours, other);
    refused(theirs.begin(&world, &ours).await, "changed");
    let begun = theirs.begun(&world).await;
    let answer = officer.device.answer(&begun["publicKey"]);
    refused(officer.finish(&world, &begun["ceremony"], &answer).await, "ended");
    // A quarter that runs, and one that there is not.
    for quarter in ["2099Q1", "2026Q5", "FY2026"] {
        let path = format!("/statements/{quarter}/sign/begin");
        let sent = json!({ "statement": ours, "unrecorded": null });
        let (status, _, told) = call(&world, &officer.cookie, &path, &sent).await;
        refused((status, told), "runs");
    }
    assert_eq!((signed(&world).len(), made(&world)), (0, 0));
}

#[tokio::test]
async fn who_has_no_passkey_is_told_what_to_do_and_sees_the_statement_all_the_same() {
    let world = World::with_passkeys();
    // Signed in with the city's own sign-in: a member, and no passkey.
    let account = World::account(Role::PrivacyOfficer, None);
    let cookie = world.cookie_of(account);
    let (status, shown) = page(&world, &cookie, PAGE).await;
    assert_eq!(status, StatusCode::OK);
    assert!(shown.contains("you have none here") && shown.contains("href=\"/account\""), "{shown}");
    assert!(shown.contains("No law asks for this statement") && !shown.contains("<script"), "{shown}");
    let sent = json!({ "statement": "0".repeat(64), "unrecorded": null });
    let (status, _, told) = call(&world, &cookie, &format!("{PAGE}/begin"), &sent).await;
    refused((status, told), "keyless");
    // A number that is none.
    let (status, refusal) = page(&world, &cookie, &format!("{PAGE}?unrecorded=many")).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refusal.contains("That is no number of contacts"), "{refusal}");
    // The development account has no passkey, ever.
    let world = World::new();
    let (status, shown) = world.ask(Some(World::account(Role::PrivacyOfficer, None)), "GET", PAGE, "").await;
    assert_eq!(status, StatusCode::OK);
    assert!(shown.contains("Nothing can be signed here") && !shown.contains("<script"), "{shown}");
}
