//! Test: whom the door lets in: nobody by a passkey's answer that is forged, another's or late, nor by what was given before a clock
//! went back.

use serde_json::json;

use super::{
    authenticator::Device,
    signed::{ORIGIN, added, call, enrol, impostors, page, sign_in},
    *,
};

/// Somebody who has a passkey.
async fn clerk(world: &World, number: u8) -> (StaffId, Device) {
    let id = added(world, &format!("C. Clerk {number}"), Role::Desk, "DOC", None);
    let mut device = Device::new(number, ORIGIN);
    enrol(world, id, &mut device).await;
    (id, device)
}

/// What the door says to an answer; nobody is let in.
async fn refused(world: &World, ceremony: &serde_json::Value, credential: &serde_json::Value) -> serde_json::Value {
    let sent = json!({ "ceremony": ceremony, "credential": credential });
    let (status, cookie, told) = call(world, "", "/sign-in/finish", &sent).await;
    assert_eq!((status, cookie.as_str()), (StatusCode::FORBIDDEN, ""), "{told}");
    told
}

async fn begun(world: &World) -> serde_json::Value {
    call(world, "", "/sign-in/begin", &json!({})).await.2
}

#[tokio::test]
async fn what_is_forged_or_another_persons_signs_nobody_in() {
    let world = World::with_passkeys();
    let ((id, mut good), (_, other)) = (clerk(&world, 1).await, clerk(&world, 2).await);
    let mut counter = 10;
    for (what, mut device) in impostors(&good, &other) {
        counter += 1;
        device.counter = counter;
        // Whoever comes in says by the passkey alone who they are; each says that it is the first.
        device.user.clone_from(&good.user);
        let begun = begun(&world).await;
        let answer = device.answer(&begun["publicKey"]);
        assert_eq!(refused(&world, &begun["ceremony"], &answer).await, json!({ "refused": "unknown" }), "{what}");
    }
    // The first's own key, which says that it is the second's.
    let begun = begun(&world).await;
    let mut device = good.clone();
    device.user.clone_from(&other.user);
    let answer = device.answer(&begun["publicKey"]);
    assert_eq!(refused(&world, &begun["ceremony"], &answer).await, json!({ "refused": "unknown" }));
    let keys = world.desk.people.member(&id).unwrap().unwrap().passkeys.len();
    assert_eq!(keys, 1, "what was forged revokes nobody's passkey");
    // And with all of that tried, the passkey's own answer opens.
    good.counter = 40;
    let cookie = sign_in(&world, &mut good).await;
    assert_eq!(page(&world, &cookie, "/gate").await.0, StatusCode::OK);
}

/// Puts the ticket of a token back as it would be when its time is over.
fn over(world: &World, kind: TicketKind, token: &str) -> Ticket {
    let kept = world.desk.people.take(kind, &passkeys::hash(token), 0).unwrap().unwrap();
    world.desk.people.issue(&Ticket { until: passkeys::now(), ..kept.clone() }, 0).unwrap();
    kept
}

#[tokio::test]
async fn an_answer_that_comes_late_and_a_link_that_ended_open_nothing() {
    let world = World::with_passkeys();
    let (id, mut device) = clerk(&world, 1).await;
    let entering = begun(&world).await;
    let answer = device.answer(&entering["publicKey"]);
    let kept = over(&world, TicketKind::Challenge, entering["ceremony"].as_str().unwrap());
    assert_eq!(kept.until - kept.seen, 5 * 60);
    assert_eq!(refused(&world, &entering["ceremony"], &answer).await, json!({ "refused": "ended" }));

    // A link is good for a day.
    let (token, ticket) = passkeys::link(id).unwrap();
    assert_eq!(ticket.until - ticket.seen, 86_400);
    world.desk.people.issue(&ticket, ticket.seen).unwrap();
    let mut second = Device::new(2, ORIGIN);
    let enrolling = async |device: &mut Device, token: &str| {
        let (_, _, begun) = call(&world, "", "/enrol/begin", &json!({ "token": token })).await;
        (begun["ceremony"].clone(), device.enrol(&begun["publicKey"]))
    };
    let finish = async |token: &str, (ceremony, credential): (serde_json::Value, serde_json::Value)| {
        let sent = json!({ "token": token, "ceremony": ceremony, "credential": credential });
        let (status, _, told) = call(&world, "", "/enrol/finish", &sent).await;
        (status, told)
    };
    let late = enrolling(&mut second, &token).await;
    over(&world, TicketKind::Challenge, late.0.as_str().unwrap());
    assert_eq!(finish(&token, late).await, (StatusCode::FORBIDDEN, json!({ "refused": "ended" })));
    // It ends between the question and its answer, and then begins nothing more.
    let begun = enrolling(&mut second, &token).await;
    over(&world, TicketKind::Enrolment, &token);
    assert_eq!(finish(&token, begun).await, (StatusCode::FORBIDDEN, json!({ "refused": "used" })));
    let (status, _, told) = call(&world, "", "/enrol/begin", &json!({ "token": token })).await;
    assert_eq!((status, told), (StatusCode::FORBIDDEN, json!({ "refused": "used" })));
    assert_eq!(world.desk.people.member(&id).unwrap().unwrap().passkeys.len(), 1);
}

/// What was used later than now was used before the clock was set back; two servers' clocks may be minutes apart.
#[tokio::test]
async fn a_clock_that_goes_back_gives_no_session_longer_life() {
    let world = World::with_passkeys();
    for (ahead, expected) in [(0, StatusCode::OK), (240, StatusCode::OK), (360, StatusCode::SEE_OTHER)] {
        let (_, cookie) = signed_in(&world, -ahead, -ahead);
        assert_eq!(page(&world, &cookie, "/gate").await.0, expected, "used {ahead} s after now");
        // Opened an hour before the clock went back: its end is near, its last use was not.
        let (_, cookie) = signed_in(&world, 3000, -ahead);
        assert_eq!(page(&world, &cookie, "/gate").await.0, expected, "opened long ago, used {ahead} s after now");
    }
    let world = World::new();
    let cookie = world.cookie_of(World::account(Role::Desk, None));
    let token = cookie.split_once('=').unwrap().1;
    let hash = passkeys::hash(token);
    let kept = world.desk.people.take(TicketKind::Session, &hash, 0).unwrap().unwrap();
    for (ahead, expected) in [(240, StatusCode::OK), (360, StatusCode::SEE_OTHER)] {
        world.desk.people.issue(&Ticket { seen: kept.seen + ahead, ..kept.clone() }, 0).unwrap();
        let request = Request::get("/gate").header(header::HOST, "127.0.0.1").header(header::COOKIE, &cookie);
        let response = world.router.clone().oneshot(request.body(Sent::empty()).unwrap()).await.unwrap();
        assert_eq!(response.status(), expected, "opened {ahead} s after now");
        world.desk.people.take(TicketKind::Session, &hash, 0).unwrap();
    }
}

#[tokio::test]
async fn a_clock_that_goes_back_changes_no_order_of_the_record() {
    let world = World::new();
    let desk = || Some(World::account(Role::Desk, None));
    let ours = format!("/requests/{}", world.ours);
    let ahead: Timestamp = "2199-06-15T12:00:00Z".parse().unwrap();
    let by = Actor::Staff { name: "B. Before".into(), role: Role::Desk, agency: "DOC".into() };
    let body = Body::Read(record::Reading::of(world.ours));
    let id = EntryId::from_bytes([77; 16]);
    let entry = record::Entry { id, at: ahead, by, source: Source::Desk, body };
    world.store.commit("open a request", vec![entry.into()]).unwrap();
    let form = "act=hold&requester=ice_ero&nonce=00000000000000000000000000000077";
    let (status, to) = world.ask(desk(), "POST", "/requests", form).await;
    assert_eq!(status, StatusCode::SEE_OTHER, "{to}");
    assert_eq!(world.ask(desk(), "GET", &ours, "").await.0, StatusCode::OK);
    let all = world.store.entries(0, 1000).unwrap();
    assert!(all.iter().zip(0..).all(|(stored, place)| stored.seq == place), "no place is left out or taken twice");
    let before = all.iter().position(|stored| stored.entry().is_some_and(|entry| entry.at == ahead)).unwrap();
    let after = &all[before + 1..];
    assert!(after.len() >= 3, "what was recorded since stands behind it");
    assert!(after.iter().all(|stored| stored.entry().is_some_and(|entry| entry.at < ahead)), "with its own moment");
    // Whoever opened it last is first, as in the record, whatever the clock said.
    let (_, shown) = world.ask(desk(), "GET", &format!("{ours}/readings"), "").await;
    let place = |name: &str| shown.find(&format!("Opened by {name}")).unwrap_or_else(|| panic!("{name}: {shown}"));
    assert!(place("A. Someone") < place("B. Before"), "{shown}");
}
