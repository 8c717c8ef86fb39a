//! Test: two people who record what was done about the same request at once both stand in it, and both are shown.

use record::{Deed, Done, Private};

use super::*;

fn clerk(name: &str) -> Account {
    Account::development(name, &AgencyId::new("DOC"), Role::Desk)
}

/// The form of a deed, as a page that showed so many lines makes it.
fn released(nonce: u8, seen: &str) -> String {
    format!("deed=released&decided=A.+Captain&nonce={}&seen={seen}", format!("{nonce:02x}").repeat(16))
}

#[tokio::test]
async fn whoever_records_a_line_while_another_does_is_shown_both() {
    let world = World::new();
    let ours = format!("/requests/{}", world.ours);
    let done = format!("{ours}/done");
    let (_, page) = world.ask(Some(clerk("A. First")), "GET", &ours, "").await;
    assert!(page.contains(r#"name="seen" value="0""#), "{page}");
    // Both have seen a request about which nothing was done; the one who comes second is told.
    let (status, to) = world.ask(Some(clerk("A. First")), "POST", &done, &released(1, "0")).await;
    assert_eq!((status, to), (StatusCode::SEE_OTHER, format!("{ours}?told=kept")));
    let (status, to) = world.ask(Some(clerk("B. Second")), "POST", &done, &released(2, "0")).await;
    assert_eq!((status, to), (StatusCode::SEE_OTHER, format!("{ours}?told=together")));
    let (_, page) = world.ask(Some(clerk("B. Second")), "GET", &format!("{ours}?told=together"), "").await;
    assert!(page.contains("Somebody else recorded what was done about this request while you were writing."), "{page}");
    assert!(page.contains(r#"name="seen" value="2""#), "{page}");
    // Whoever has seen both lines, or wrote the other one, is told nothing.
    for (nonce, seen, who) in [(3, "2", "A. First"), (4, "3", "A. First"), (5, "3", "A. First")] {
        let (_, to) = world.ask(Some(clerk(who)), "POST", &done, &released(nonce, seen)).await;
        assert_eq!(to, format!("{ours}?told=kept"), "{who} who had seen {seen}");
    }
    // A form that does not say what it showed was shown nothing.
    for seen in ["", "-1", "x", "99999999999999999999999"] {
        let (_, to) = world.ask(Some(clerk("A. First")), "POST", &done, &released(9, seen)).await;
        let told = to.strip_prefix(&format!("{ours}?told=")).unwrap_or_default();
        assert!(["together", "before"].contains(&told), "{seen}: {to}");
    }
}

#[tokio::test]
async fn lines_that_contradict_each_other_are_said_to() {
    let world = World::new();
    let ours = format!("/requests/{}", world.ours);
    let waits = "a filing that counts them waits until one is put right.";
    assert!(!world.ask(Some(clerk("A. First")), "GET", &ours, "").await.1.contains(waits));
    // What each form would have been refused alone, had it come a moment later.
    let body = Body::Done(Box::new(Done {
        request: Some(world.ours),
        decision: None,
        agency: "DOC".into(),
        person: None,
        deed: Deed::Transferred { to: "ice_ero".into(), on_detainer: true, hand_over: None },
        when: When::Day("2026-06-16".parse().unwrap()),
        decided_by: Private::from("A. Captain"),
        basis: None,
        search: None,
    }));
    let draft = world.desk.drafts(&clerk("B. Second"), vec![body]).unwrap();
    world.store.commit("test", draft).unwrap();
    let (_, page) = world.ask(Some(clerk("A. First")), "GET", &ours, "").await;
    assert!(page.contains(waits) && page.contains("No detainer is recorded with this request"), "{page}");
}
