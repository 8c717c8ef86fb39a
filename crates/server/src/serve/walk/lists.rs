//! Test: the lists that a duty or a practice asks for, made from the record.

use record::{Body, Deed, Document, Done, NoticeBar, When};

use super::*;

fn someone(agency: &str, role: Role) -> Option<Account> {
    Some(Account::development("S. Someone", &AgencyId::new(agency), role))
}

impl World {
    /// A request that an agency was asked at a site, for one act, with these papers.
    fn asked_for(&self, id: u8, (agency, site): (&str, Option<&str>), act: &str, papers: &[&str]) -> RequestId {
        let (request, mut entry) = requested(id, agency, site);
        if let Body::Requested(asked) = &mut entry.body {
            asked.acts = vec![act.into()];
            let document = |kind: &&str| Document { kind: (*kind).into(), dated: None, copy: None };
            asked.documents = papers.iter().map(document).collect();
        }
        self.store.commit("test", vec![entry.into()]).unwrap();
        request
    }

    /// That the police gave this body data of surveillance technology, which it had asked for.
    fn given_to(&self, id: u8, body: &str) -> RequestId {
        let (request, mut entry) = requested(id, "NYPD", None);
        if let Body::Requested(asked) = &mut entry.body {
            asked.acts = vec!["share_surveillance_data".into()];
            asked.requester.id = body.into();
        }
        self.store.commit("test", vec![entry.into()]).unwrap();
        self.was_done("NYPD", request, Deed::Assisted { act: "share_surveillance_data".into(), to: body.into() });
        request
    }

    pub(super) fn was_done(&self, agency: &str, request: RequestId, deed: Deed) {
        let done = Done {
            request: Some(request),
            decision: None,
            agency: agency.into(),
            person: None,
            deed,
            when: When::Day("2026-06-15".parse().unwrap()),
            decided_by: "a principal".into(),
            basis: None,
            search: None,
        };
        let account = someone(agency, Role::Desk).unwrap();
        let drafts = self.desk.drafts(&account, vec![Body::Done(Box::new(done))]).unwrap();
        self.store.commit("test", drafts).unwrap();
    }
}

#[tokio::test]
async fn parents_told_and_refusals_are_listed_from_the_record() {
    let world = World::new();
    let pupils: Vec<RequestId> =
        (10..14).map(|id| world.asked_for(id, ("DOE", Some("PS 1")), "release_student_record", &[])).collect();
    let path = format!("/requests/{}/done", pupils[0]);
    let form = |number: u8, more: &str| format!("nonce={}&decided=A+Principal{more}", hex::encode([number; 16]));
    let clerk = || someone("DOE", Role::Desk);
    // What forbids telling is written down, or nothing is recorded.
    let barred = "&deed=notice-barred&barred-by=order";
    let (status, page) = world.ask(clerk(), "POST", &path, &form(1, barred)).await;
    assert!(status == StatusCode::UNPROCESSABLE_ENTITY && page.contains("Counsel confirms it"), "{page}");
    let sent = form(2, "&deed=notice-given&legal-help=yes");
    assert_eq!(world.ask(clerk(), "POST", &path, &sent).await.0, StatusCode::SEE_OTHER);
    let path = format!("/requests/{}/done", pupils[1]);
    let sent = form(3, &format!("{barred}&basis=order+of+1+June"));
    assert_eq!(world.ask(clerk(), "POST", &path, &sent).await.0, StatusCode::SEE_OTHER);
    let path = format!("/requests/{}/done", pupils[3]);
    assert_eq!(world.ask(clerk(), "POST", &path, &form(5, "&deed=notice-given")).await.0, StatusCode::SEE_OTHER);
    // Another agency has no such duty, and no such deed.
    let path = format!("/requests/{}/done", world.ours);
    let sent = form(4, "&deed=notice-given");
    let refused = world.ask(Some(World::account(Role::Desk, None)), "POST", &path, &sent).await.0;
    assert_eq!(refused, StatusCode::UNPROCESSABLE_ENTITY);
    let door = world.asked_for(20, ("DOE", Some("PS 1")), "give_access", &["i200"]);
    world.was_done("DOE", door, Deed::Refused { acts: vec!["give_access".into()] });
    let other = world.asked_for(21, ("DSS", None), "give_access", &[]);
    world.was_done("DSS", other, Deed::Refused { acts: vec!["give_access".into()] });
    let let_in = world.asked_for(22, ("DOE", None), "give_access", &[]);
    world.was_done("DOE", let_in, Deed::Assisted { act: "give_access".into(), to: "ice_ero".into() });

    let opened = world.readings().len();
    let (status, page) = world.ask(clerk(), "GET", "/lists", "").await;
    assert_eq!((status, world.readings().len()), (StatusCode::OK, opened), "a list opens nothing");
    let place = |text: &str| page.find(text).unwrap_or_else(|| panic!("{text}: {page}"));
    assert!(page.contains("Still missing: <strong>2</strong>"), "{page}");
    // What is missing comes first, and that is also a notice without legal help.
    let order = ["Nothing recorded yet", "Told, without legal help", "Told, with legal help", "Not told: An order"];
    assert!(order.map(place).is_sorted(), "{page}");
    assert!(page.contains("Not told: An order of a judge"), "{page}");
    assert!(page.contains("Site: PS 1 (1)") && page.contains("I-200") && page.contains("a principal"), "{page}");
    assert!(
        page.contains(&format!("/requests/{door}\"")) && !page.contains(&format!("/requests/{let_in}\"")),
        "{page}"
    );
    assert!(!page.contains(&format!("/requests/{other}\"")), "another agency's: {page}");
    assert!(!page.contains("a note about someone"), "{page}");
    // Another agency's people see their own; oversight all; whoever is at one site no list of the whole agency.
    let (_, page) = world.ask(someone("DSS", Role::Supervisor), "GET", "/lists", "").await;
    assert!(page.contains(&format!("/requests/{other}\"")) && !page.contains("Parents told"), "{page}");
    let (_, page) = world.ask(someone("DOC", Role::Oversight), "GET", "/lists", "").await;
    assert!(page.contains(&format!("/requests/{other}\"")) && page.contains(&format!("/requests/{door}\"")), "{page}");
    let at_site = clerk().map(|account| Account { site: Some("PS 1".to_owned()), ..account });
    assert_eq!(world.ask(at_site, "GET", "/lists", "").await.0, StatusCode::FORBIDDEN);
    // A notice that a law forbids is a word of its own.
    world.was_done("DOE", pupils[2], Deed::NoticeBarred { by: NoticeBar::Law });
    assert!(world.ask(clerk(), "GET", "/lists", "").await.1.contains("Still missing: <strong>1</strong>"));
}

#[tokio::test]
async fn lines_of_surveillance_data_are_listed_and_exported_and_what_has_none_is_named() {
    let world = World::new();
    let police = || someone("NYPD", Role::Records);
    let plates = world.given_to(30, "ice_ero");
    let (border, bureau) = (world.given_to(32, "cbp"), world.given_to(33, "fbi"));
    let quiet = world.asked_for(31, ("NYPD", None), "share_surveillance_data", &[]);
    world.was_done("NYPD", quiet, Deed::Refused { acts: vec!["share_surveillance_data".into()] });
    let (status, page) = world.ask(police(), "GET", "/surveillance", "").await;
    assert!(status == StatusCode::OK && page.contains(&format!("/requests/{plates}\"")), "{page}");
    assert!(page.contains(&format!("/requests/{border}\"")), "what CBP was given: {page}");
    for other in [quiet, bureau] {
        assert!(!page.contains(&format!("/requests/{other}\"")), "nothing given, or to the FBI: {page}");
    }
    let form =
        |number: u8, more: &str| format!("nonce={}&by=A+Captain&on=2026-06-15&{more}", hex::encode([number; 16]));
    let post = async |who, sent: &str| world.ask(who, "POST", "/surveillance", sent).await;
    let given = "kind=provided&name=ICE&to=ice_ero&sole-control=yes&task-force=no";
    let of_plates = format!("{given}&request={plates}");
    // Nobody but the police's own people, and nothing half.
    for (agency, role) in [("DOC", Role::Records), ("DOC", Role::Oversight), ("NYPD", Role::LawDepartment)] {
        assert_eq!(post(someone(agency, role), &form(1, given)).await.0, StatusCode::FORBIDDEN, "{agency}");
    }
    for (bad, says) in [
        (given.replace("name=ICE", "name="), "Give the name"),
        (given.replace("to=ice_ero", "to=nobody"), "choose from the list"),
        (format!("{given}&request=rq-1"), "No request of this agency"),
        (format!("{given}&request={}", world.ours), "No request of this agency"),
        ("kind=access&name=ICE&to=ice_ero".to_owned(), "Give the name"),
        ("kind=access&name=ICE&to=ice_ero&extent=plates&until=2026-06-01".to_owned(), "before it began"),
    ] {
        let (status, page) = post(police(), &form(2, &bad)).await;
        assert!(status == StatusCode::UNPROCESSABLE_ENTITY && page.contains(says), "{bad}: {page}");
    }
    assert_eq!(post(police(), &form(3, &of_plates)).await.0, StatusCode::SEE_OTHER);
    assert_eq!(post(police(), &form(3, &of_plates)).await.0, StatusCode::SEE_OTHER);
    let named = async || {
        let (_, page) = world.ask(police(), "GET", "/surveillance", "").await;
        let missing = page
            .split("<h2>")
            .find(|part| part.contains("Given on record, with no line here"))
            .unwrap_or_else(|| panic!("{page}"));
        [plates, border].map(|request| missing.contains(&format!("/requests/{request}\"")))
    };
    assert_eq!(named().await, [false, true], "what has its line is named no more");
    let of_border = format!("kind=provided&name=CBP&to=cbp&request={border}");
    assert_eq!(post(police(), &form(7, &of_border)).await.0, StatusCode::SEE_OTHER);
    let vendor = "kind=provided&name=%3DVendor&to=no-government";
    assert_eq!(post(police(), &form(4, vendor)).await.0, StatusCode::SEE_OTHER);
    assert_eq!(post(police(), &form(5, "kind=provided&name=FBI&to=fbi")).await.0, StatusCode::SEE_OTHER);
    let access = "kind=access&name=CBP&to=cbp&extent=plate+readers";
    assert_eq!(post(police(), &form(6, access)).await.0, StatusCode::SEE_OTHER);
    let days = "from=2026-06-01&through=2026-06-30";
    let (_, page) = world.ask(police(), "GET", &format!("/surveillance?{days}"), "").await;
    assert!(page.contains("None: of every request") && page.contains("2026-06-15, still"), "{page}");
    let (_, csv) = world.ask(someone("DOC", Role::Oversight), "GET", &format!("/surveillance/csv?{days}"), "").await;
    let mut lines: Vec<&str> = csv.lines().collect();
    assert_eq!(
        lines.remove(0),
        "kind,name,from,until,extent,asked_by_14_188_g,task_force_criminal_investigation,sole_control,request"
    );
    lines.sort_unstable();
    assert_eq!(
        lines,
        [
            "direct_access,CBP,2026-06-15,,plate readers,yes,,,".to_owned(),
            "provided,'=Vendor,2026-06-15,,,yes,unknown,unknown,".to_owned(),
            format!("provided,CBP,2026-06-15,,,unknown,unknown,unknown,{border}"),
            "provided,FBI,2026-06-15,,,no,unknown,unknown,".to_owned(),
            format!("provided,ICE,2026-06-15,,,yes,no,yes,{plates}"),
        ]
    );
    // Of other days: the access that lasts, and nothing that was given.
    let (_, csv) = world.ask(police(), "GET", "/surveillance/csv?from=2026-07-01&through=2026-07-31", "").await;
    assert!(csv.lines().count() == 2 && csv.contains("direct_access"), "{csv}");
    assert_eq!(world.ask(someone("DOC", Role::Desk), "GET", "/surveillance", "").await.0, StatusCode::FORBIDDEN);
    assert_eq!(world.ask(someone("DOC", Role::Desk), "GET", "/surveillance/csv", "").await.0, StatusCode::FORBIDDEN);
}
