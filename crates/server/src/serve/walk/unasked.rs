//! Test: what was done with no request in the record, from the form to the list, the possible violation, the look and the correction; who
//! may, and who sees it.

use jiff::{ToSpan as _, civil::Date};
use record::{Deed, Done, Information};

use super::*;

fn someone(agency: &str, role: Role) -> Option<Account> {
    Some(Account::development("S. Someone", &AgencyId::new(agency), role))
}

fn desk() -> Option<Account> {
    someone("DOC", Role::Desk)
}

fn nonce(number: u8) -> String {
    format!("nonce={}", hex::encode([number; 16]))
}

const HAND_OVER: &str = "to=ice_ero&decided=Captain+B";
const TOLD: &str = "to=ice_ero&decided=Captain+B&information=custody&information=release-date&form=alert";

impl World {
    /// What was done about no request, in the order of the record.
    fn unasked(&self) -> Vec<(EntryId, Done)> {
        let all = self.store.entries(0, 1000).unwrap();
        let unasked = |stored: &crate::store::Stored| match &stored.entry()?.body {
            Body::Done(done) if done.request.is_none() => Some((stored.id, (**done).clone())),
            _ => None,
        };
        all.iter().filter_map(unasked).collect()
    }

    /// How many times a deed about no request was opened.
    fn deeds_opened(&self) -> usize {
        let all = self.store.entries(0, 1000).unwrap();
        let opens = |stored: &crate::store::Stored| match &stored.entry()?.body {
            Body::Read(reading) => reading.deed,
            _ => None,
        };
        all.iter().filter_map(opens).count()
    }

    async fn get(&self, account: Option<Account>, path: &str) -> String {
        let (status, page) = self.ask(account, "GET", path, "").await;
        assert_eq!(status, StatusCode::OK, "{path}: {page}");
        page
    }

    /// What stands in the row of the statement of the quarter of this day that begins so.
    async fn stated(&self, day: Date, row: &str) -> String {
        let quarter = format!("/statements/{}Q{}", day.year(), (day.month() + 2) / 3);
        let page = self.get(someone("DOC", Role::PrivacyOfficer), &quarter).await;
        let row =
            page.split(row).nth(1).unwrap_or_else(|| panic!("no row {row}: {page}")).split("</tr>").next().unwrap();
        let texts = row.split('<').filter_map(|part| part.split_once('>')).map(|(_, text)| text.trim());
        texts.filter(|text| !text.is_empty()).collect()
    }
}

const FOUND: &str = "A person was handed over and no request for it was recorded.";

#[tokio::test]
async fn a_hand_over_that_nobody_asked_for_is_told_listed_found_looked_after_and_put_right() {
    let world = World::new();
    let page = world.get(desk(), "/hand-overs").await;
    assert!(page.contains("A person was handed over, and no request is in the record"), "{page}");
    assert!(page.contains("If somebody asked, record the request first") && page.contains("href=\"/gate\""), "{page}");
    let day = world.desk.now().date().saturating_add((-40).days());
    let papers = "&hand-over-basis=judicial_arrest_warrant&hand-over-number=26-MJ-1&hand-over-second=Captain+C&hand-over-site=Rikers";
    let form = format!("{}&{HAND_OVER}&on={day}&basis=by+word&person=895-23-01234{papers}", nonce(1));
    let (status, to) = world.ask(desk(), "POST", "/hand-overs", &form).await;
    assert_eq!((status, to.as_str()), (StatusCode::SEE_OTHER, "/hand-overs?told=unasked"));
    // Once, however often the form is sent.
    let (status, to) = world.ask(desk(), "POST", "/hand-overs", &form).await;
    assert_eq!((status, to.as_str()), (StatusCode::SEE_OTHER, "/hand-overs?told=before"));
    assert!(world.get(desk(), "/hand-overs?told=before").await.contains("This form was recorded before."));
    let [(entry, done)] = world.unasked().try_into().unwrap();
    let Deed::Transferred { to, on_detainer, hand_over } = &done.deed else { panic!("{done:?}") };
    assert_eq!((to.as_str(), on_detainer), ("ice_ero", &false));
    let papers = hand_over.as_ref().unwrap();
    assert_eq!((papers.second.as_ref().unwrap().reveal(), papers.site.as_deref()), ("Captain C", Some("Rikers")));
    assert_eq!((done.agency.as_str(), done.when, done.decision), ("DOC", When::Day(day), None));
    assert_eq!(done.person, Some(world.desk.person_key("DOC", "8952301234")));

    // It is listed, without a name, and its thirty days have run out.
    let deed = format!("/deeds/{entry}");
    let list = world.get(desk(), "/hand-overs?told=unasked&state=overdue").await;
    assert!(list.contains(&format!("href=\"{deed}\"")) && list.contains("It is in the record, and shows as"), "{list}");
    assert!(!list.contains("Captain") && !list.contains("26-MJ-1"), "{list}");
    let duties = world.get(desk(), "/duties?kind=followed_up").await;
    assert!(duties.contains("Overdue") && duties.contains(&format!("href=\"{deed}\"")), "{duties}");
    // And found, by whoever looks after the agency, of the whole of it.
    for (agency, role) in [
        ("DOC", Role::Desk),
        ("DOC", Role::PrivacyOfficer),
        ("DOC", Role::Counsel),
        ("LAW", Role::LawDepartment),
        ("DOI", Role::Oversight),
    ] {
        let kind = "/findings?agency=DOC&kind=transferred-without-request";
        let found = world.get(someone(agency, role), kind).await;
        assert!(found.contains(FOUND) && found.contains(&format!("href=\"{deed}\"")), "{role:?}: {found}");
        let page = world.get(someone(agency, role), &deed).await;
        for part in [FOUND, "Captain B", "Captain C", "26-MJ-1", "by word", "Rikers", "Nobody has looked"] {
            assert!(page.contains(part), "{role:?}: {part}: {page}");
        }
        let may = [Role::Desk, Role::PrivacyOfficer].contains(&role);
        for action in ["follow-ups", "corrections"] {
            assert_eq!(page.contains(&format!("action=\"{deed}/{action}\"")), may, "{role:?} {action}");
        }
    }
    let others = world.get(someone("NYPD", Role::PrivacyOfficer), "/findings").await;
    assert!(!others.contains(&deed), "{others}");
    assert_eq!(world.stated(day, "Handed over, and no request on record").await, "1");

    // Somebody looks whether a charge was filed.
    let look = format!("{}&transfer={entry}&charge=no&source=the+docket&by=Captain+C", nonce(2));
    for (bad, sentence) in [
        (look.replace(&entry.to_string(), "en-0"), "There is no such hand-over here."),
        (look.replace("&source=the+docket", ""), "Say what you found, where you looked, and who looked."),
        (format!("{look}&on=2026-01-01"), "That day lies before the hand-over"),
    ] {
        let (status, page) = world.ask(desk(), "POST", &format!("{deed}/follow-ups"), &bad).await;
        assert!(status == StatusCode::UNPROCESSABLE_ENTITY && page.contains(sentence), "{bad}: {page}");
    }
    let (status, to) = world.ask(desk(), "POST", &format!("{deed}/follow-ups"), &look).await;
    assert_eq!((status, to), (StatusCode::SEE_OTHER, format!("{deed}?told=kept")));
    let (_, to) = world.ask(desk(), "POST", &format!("{deed}/follow-ups"), &look).await;
    assert_eq!(to, format!("{deed}?told=before"));
    assert!(world.get(desk(), &deed).await.contains("Looked after: no federal charge was filed."));
    assert!(world.get(desk(), "/hand-overs?state=looked").await.contains(&format!("href=\"{deed}\"")));
    assert!(!world.get(desk(), "/duties?kind=followed_up").await.contains(&deed));
    // The look has no page of its own: its id leads to that of the hand-over.
    let (looked, _) = world.unasked().pop().unwrap();
    assert!(world.get(desk(), &format!("/deeds/{looked}")).await.contains(&format!("action=\"{deed}/corrections\"")));

    // It was a mistake, says somebody: it is in no list and no count any more, and that it was taken back shows.
    let correction = format!("{}&entry={entry}&reason=another+day&by=Captain+B", nonce(3));
    let unfit = correction.replace(&entry.to_string(), &EntryId::from_bytes([1; 16]).to_string());
    let (status, page) = world.ask(desk(), "POST", &format!("{deed}/corrections"), &unfit).await;
    assert!(status == StatusCode::UNPROCESSABLE_ENTITY && page.contains("There is no such entry here."), "{page}");
    let (status, to) = world.ask(desk(), "POST", &format!("{deed}/corrections"), &correction).await;
    assert_eq!((status, to), (StatusCode::SEE_OTHER, format!("{deed}?told=kept")));
    let page = world.get(desk(), &deed).await;
    assert!(page.contains("A mistake, says Captain B: another day") && !page.contains(FOUND), "{page}");
    assert!(!world.get(desk(), "/hand-overs").await.contains(&deed));
    let found = world.get(someone("DOC", Role::PrivacyOfficer), "/findings").await;
    assert!(!found.split("aria-label=\"Each\"").nth(1).unwrap().contains(FOUND), "{found}");
    let back = world.get(someone("DOI", Role::Oversight), "/findings?agency=DOC&kind=taken-back").await;
    assert!(back.contains(&format!("href=\"{deed}\"")), "{back}");
    assert_eq!(world.stated(day, "Handed over, and no request on record").await, "0");
}

#[tokio::test]
async fn information_that_nobody_asked_for_is_told_listed_found_and_put_right() {
    let world = World::new();
    let page = world.get(desk(), "/disclosures").await;
    assert!(page.contains("Information was given, and no request is in the record"), "{page}");
    assert!(!page.contains("Given with no request in the record"), "{page}");
    let form = format!("{}&{TOLD}&facilitated=yes&basis=by+telephone", nonce(1));
    for told in ["unasked", "before"] {
        let (status, to) = world.ask(desk(), "POST", "/disclosures", &form).await;
        assert_eq!((status, to), (StatusCode::SEE_OTHER, format!("/disclosures?told={told}")));
    }
    let [(entry, done)] = world.unasked().try_into().unwrap();
    let Deed::Disclosed { to, information, form, facilitated_transfer, approval } = &done.deed else {
        panic!("{done:?}")
    };
    assert_eq!(information, &[Information::IncarcerationStatus, Information::ReleaseDate]);
    assert_eq!((to.as_str(), *form, *approval), ("ice_ero", record::DisclosureForm::Alert, None));
    assert_eq!((*facilitated_transfer, done.person), (law::Known::Yes, None));
    let deed = format!("/deeds/{entry}");
    let sentence = "Information was given and no request for it was recorded.";
    for (agency, role) in
        [("DOC", Role::PrivacyOfficer), ("DOC", Role::Counsel), ("LAW", Role::LawDepartment), ("DOI", Role::Oversight)]
    {
        let list = world.get(someone(agency, role), "/disclosures").await;
        assert!(
            list.contains("Given with no request in the record") && list.contains(&format!("href=\"{deed}\"")),
            "{list}"
        );
        assert!(!list.contains("Captain B") && !list.contains("by telephone"), "a list names nobody: {list}");
        let found = world.get(someone(agency, role), "/findings?agency=DOC&kind=disclosed-without-request").await;
        assert!(found.contains(sentence) && found.contains(&format!("href=\"{deed}\"")), "{role:?}: {found}");
        let page = world.get(someone(agency, role), &deed).await;
        assert!(page.contains(sentence) && page.contains("Captain B") && page.contains("by telephone"), "{page}");
        assert!(page.contains("An alert") && !page.contains("/follow-ups"), "{page}");
    }
    assert!(!world.get(someone("NYPD", Role::Desk), "/disclosures").await.contains(&deed));
    assert_eq!(world.stated(world.desk.now().date(), "Information given, and no request on record").await, "1");
    let (status, page) =
        world.ask(desk(), "POST", &format!("{deed}/follow-ups"), &format!("{}&transfer={entry}", nonce(2))).await;
    assert!(status == StatusCode::UNPROCESSABLE_ENTITY && page.contains("There is no such hand-over here."), "{page}");
    let correction = format!("{}&entry={entry}&reason=nothing+was+told&by=Captain+B", nonce(3));
    assert_eq!(world.ask(desk(), "POST", &format!("{deed}/corrections"), &correction).await.0, StatusCode::SEE_OTHER);
    assert!(!world.get(desk(), "/disclosures").await.contains(&deed));
    assert_eq!(world.stated(world.desk.now().date(), "Information given, and no request on record").await, "0");
}

#[tokio::test]
async fn what_nobody_asked_for_is_told_by_those_who_state_deeds_and_seen_by_those_who_read_requests() {
    let world = World::new();
    for (number, path, form) in [(1, "/hand-overs", HAND_OVER), (2, "/disclosures", TOLD)] {
        let form = format!("{}&{form}", nonce(number));
        assert_eq!(world.ask(desk(), "POST", path, &form).await.0, StatusCode::SEE_OTHER);
    }
    let [(handed, _), (told, _)] = world.unasked().try_into().unwrap();
    let (page, done, refused, none, bad) = (
        StatusCode::OK,
        StatusCode::SEE_OTHER,
        StatusCode::FORBIDDEN,
        StatusCode::NOT_FOUND,
        StatusCode::UNPROCESSABLE_ENTITY,
    );
    let mut number = 10;
    let before = world.unasked().len();
    for role in Role::ALL {
        let (states, reads) = match role {
            Role::Desk | Role::Supervisor | Role::PrivacyOfficer | Role::Records => (true, true),
            Role::Counsel | Role::LawDepartment | Role::Oversight => (false, true),
            Role::Administrator => (false, false),
        };
        for (path, form) in [("/hand-overs", HAND_OVER), ("/disclosures", TOLD)] {
            number += 1;
            let sent = format!("{}&{form}", nonce(number));
            let status = world.ask(someone("DOC", role), "POST", path, &sent).await.0;
            assert_eq!(status, if states { done } else { refused }, "POST {path} as {role:?}");
            let (status, shown) = world.ask(someone("DOC", role), "GET", path, "").await;
            assert_eq!(status, if reads { page } else { refused }, "GET {path} as {role:?}");
            assert_eq!(shown.contains("id=\"unasked\""), states, "the form of {path} as {role:?}");
        }
        for entry in [handed, told] {
            let path = format!("/deeds/{entry}");
            let (status, shown) = world.ask(someone("DOC", role), "GET", &path, "").await;
            assert_eq!(
                (status, shown.contains("Captain B")),
                (if reads { page } else { none }, reads),
                "{path} as {role:?}"
            );
            let across = matches!(role, Role::LawDepartment | Role::Oversight);
            let theirs = world.ask(someone("NYPD", role), "GET", &path, "").await;
            assert_eq!(theirs.0, if across { page } else { none }, "another agency's {path} as {role:?}");
            for action in ["follow-ups", "corrections"] {
                let path = format!("{path}/{action}");
                let status = world.ask(someone("DOC", role), "POST", &path, "nonce=x").await.0;
                let expected = if states {
                    bad
                } else if reads {
                    refused
                } else {
                    none
                };
                assert_eq!(status, expected, "POST {path} as {role:?}");
                let theirs = world.ask(someone("NYPD", role), "POST", &path, "nonce=x").await.0;
                assert_eq!(theirs, if across { refused } else { none }, "another agency's {path} as {role:?}");
            }
        }
    }
    assert_eq!(world.unasked().len(), before + 8, "of the four roles that state, two each");
    assert!(world.unasked().iter().all(|(_, done)| done.agency.as_str() == "DOC"), "each for its own agency");
    // What is no deed about no request is not found under this name.
    let asked = world.says(Body::Done(Box::new(Done { request: Some(world.ours), ..world.unasked()[0].1.clone() })));
    for id in [asked.to_string(), EntryId::from_bytes([1; 16]).to_string(), "en-0".to_owned(), world.ours.to_string()] {
        let (status, page) = world.ask(desk(), "GET", &format!("/deeds/{id}"), "").await;
        assert!(status == none && page.contains("There is no such entry in your agency’s record."), "{id}: {page}");
    }
}

#[tokio::test]
async fn a_form_about_no_request_that_is_incomplete_or_faulty_records_nothing_and_comes_back_as_it_was_typed() {
    let world = World::new();
    let before = world.store.count().unwrap();
    let tomorrow = world.desk.now().date().saturating_add(1.days());
    let (hand, told) = ("/hand-overs", "/disclosures");
    for (path, form, sentence) in [
        (hand, HAND_OVER.to_owned(), "Start again from the list."),
        (hand, format!("{}&decided=Marigold", nonce(1)), "Say to whom, and who decided."),
        (hand, format!("{}&to=ice_ero&basis=Marigold", nonce(1)), "Say to whom, and who decided."),
        (hand, format!("{}&to=the-moon&decided=Marigold", nonce(1)), "choose from the list"),
        (hand, format!("{}&to=none&decided=Marigold", nonce(1)), "choose from the list"),
        (
            hand,
            format!("{}&to=ice_ero&decided=Marigold&hand-over-second=marigold", nonce(1)),
            "The second official is the one",
        ),
        (hand, format!("{}&to=ice_ero&decided=Marigold&hand-over-number=1", nonce(1)), "Say which paper they are of."),
        (hand, format!("{}&to=ice_ero&decided=Marigold&on={tomorrow}", nonce(1)), "later than it can be"),
        (hand, format!("{}&to=ice_ero&decided=Marigold&person=A+Name", nonce(1)), "A name cannot be used."),
        (hand, format!("{}&to=ice_ero&decided={}", nonce(1), "x".repeat(201)), "201"),
        (told, format!("{}&to=ice_ero&decided=Marigold", nonce(1)), "Say which information was given."),
        (told, format!("{}&to=ice_ero&decided=Marigold&information=soup", nonce(1)), "choose from the list"),
        (
            told,
            format!("{}&to=ice_ero&decided=Marigold&information=custody&form=soup", nonce(1)),
            "choose from the list",
        ),
    ] {
        let (status, page) = world.ask(desk(), "POST", path, &form).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{form}");
        assert!(page.contains(sentence), "{form}: {page}");
        let typed = if form.contains("Marigold") { "value=\"Marigold\"" } else { "id=\"unasked\" open" };
        assert!(page.contains(typed) && page.contains("id=\"unasked\" open"), "{form}: {page}");
    }
    assert_eq!(world.store.count().unwrap(), before);
}

#[tokio::test]
async fn whoever_works_at_one_site_tells_what_was_done_there_and_sees_it_alone() {
    let world = World::new();
    let at = |site| Some(World::account(Role::Desk, Some(site)));
    let other = format!("{}&{HAND_OVER}&hand-over-site=Brooklyn", nonce(1));
    let (status, page) = world.ask(at("Rikers"), "POST", "/hand-overs", &other).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.contains("You record for one site (Rikers).") && world.unasked().is_empty(), "{page}");
    let own = format!("{}&{HAND_OVER}", nonce(2));
    assert_eq!(world.ask(at("Rikers"), "POST", "/hand-overs", &own).await.0, StatusCode::SEE_OTHER);
    let (entry, done) = world.unasked().pop().unwrap();
    let Deed::Transferred { hand_over: Some(papers), .. } = done.deed else { panic!("{done:?}") };
    assert_eq!(papers.site.as_deref(), Some("Rikers"));
    let deed = format!("/deeds/{entry}");
    for (site, seen) in [("Rikers", true), ("Brooklyn", false)] {
        assert_eq!(world.get(at(site), "/hand-overs").await.contains(&deed), seen, "{site}");
        let status = world.ask(at(site), "GET", &deed, "").await.0;
        assert_eq!(status, if seen { StatusCode::OK } else { StatusCode::NOT_FOUND }, "{site}");
        let look = format!("{}&transfer={entry}&charge=yes&source=x&by=y", nonce(3));
        let status = world.ask(at(site), "POST", &format!("{deed}/follow-ups"), &look).await.0;
        assert_eq!(status, if seen { StatusCode::SEE_OTHER } else { StatusCode::NOT_FOUND }, "{site}");
    }
    // Information has no site in the record: it is told by anybody who states deeds, and seen by those who see the whole agency.
    let told = format!("{}&{TOLD}", nonce(4));
    assert_eq!(world.ask(at("Rikers"), "POST", "/disclosures", &told).await.0, StatusCode::SEE_OTHER);
    let (entry, _) = world.unasked().pop().unwrap();
    let deed = format!("/deeds/{entry}");
    assert!(!world.get(at("Rikers"), "/disclosures").await.contains(&deed));
    assert_eq!(world.ask(at("Rikers"), "GET", &deed, "").await.0, StatusCode::NOT_FOUND);
    assert!(world.get(desk(), "/disclosures").await.contains(&deed));
}

#[tokio::test]
async fn opening_a_deed_about_no_request_is_an_entry_before_the_page_is_shown() {
    let world = World::new();
    let form = format!("{}&{HAND_OVER}", nonce(1));
    assert_eq!(world.ask(desk(), "POST", "/hand-overs", &form).await.0, StatusCode::SEE_OTHER);
    let (entry, _) = world.unasked().pop().unwrap();
    let deed = format!("/deeds/{entry}");
    world.get(desk(), "/hand-overs").await;
    assert_eq!(world.deeds_opened(), 0, "a list opens nothing");
    world.get(desk(), &deed).await;
    let refused = world.ask(desk(), "POST", &format!("{deed}/corrections"), "nonce=x").await.0;
    assert_eq!((refused, world.deeds_opened()), (StatusCode::UNPROCESSABLE_ENTITY, 2), "a form refused shows it again");
    assert_eq!(world.ask(someone("NYPD", Role::Counsel), "GET", &deed, "").await.0, StatusCode::NOT_FOUND);
    assert_eq!(world.deeds_opened(), 2, "whoever does not find it opens nothing");
    // Where the record does not take who opened it, nothing of it is shown.
    let database = world.database();
    database
        .execute_batch("CREATE TRIGGER fail BEFORE INSERT ON entry BEGIN SELECT RAISE(ABORT, 'a fault'); END")
        .unwrap();
    for (method, path) in [("GET", deed.clone()), ("POST", format!("{deed}/follow-ups"))] {
        let (status, page) = world.ask(desk(), method, &path, "nonce=x").await;
        assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR, "{path}");
        assert!(!page.contains("Captain") && !page.contains(&entry.to_string()), "{path}: {page}");
    }
    database.execute_batch("DROP TRIGGER fail").unwrap();
    // What was erased is not there any more.
    world.erases(entry);
    assert_eq!(world.ask(desk(), "GET", &deed, "").await.0, StatusCode::NOT_FOUND);
    assert!(!world.get(desk(), "/hand-overs").await.contains(&deed));
}
