//! Test: possible violations by agency and kind, for whoever looks across agencies and for whoever does not.

use std::collections::BTreeSet;

use jiff::civil::Date;
use record::{Body, Deed, DisclosureForm, Done, Entry, EntryId, Information, RequestId, Source, When};

use super::*;

fn someone(agency: &str, role: Role) -> Option<Account> {
    Some(Account::development("S. Someone", &AgencyId::new(agency), role))
}

fn told() -> Deed {
    Deed::Disclosed {
        to: "ice_ero".into(),
        information: vec![Information::ReleaseDate],
        form: DisclosureForm::Spoken,
        facilitated_transfer: law::Known::Unknown,
        approval: None,
    }
}

/// What a table of counts says, by the name of each line.
fn counted(page: &str, title: &str) -> Vec<(String, usize)> {
    let table = page.split(&format!("aria-label=\"{title}\"")).nth(1).unwrap().split("</table>").next().unwrap();
    let line = |row: &str| {
        let name = row.split("<th scope=\"row\">").nth(1)?.split('<').next()?.to_owned();
        let count = row.split("</a>").next()?.rsplit('>').next()?.parse().ok()?;
        Some((name, count))
    };
    table.split("<tr>").filter_map(line).collect()
}

/// The lines of the list: each request with the kind that is said of it.
fn listed(page: &str) -> Vec<String> {
    let table = page.split("aria-label=\"Each\"").nth(1).map_or("", |rest| rest.split("</table>").next().unwrap());
    table.split("<tr>").skip(2).map(str::to_owned).collect()
}

#[tokio::test]
async fn whoever_looks_across_agencies_sees_the_possible_violations_of_all_and_chooses_one() {
    let world = World::new();
    world.was_done("DOC", world.ours, told());
    world.was_done("NYPD", world.theirs, told());
    world.was_done("NYPD", world.theirs, Deed::Notified { to: "ice_ero".into() });
    let (ours, theirs) = (format!("href=\"/requests/{}\"", world.ours), format!("href=\"/requests/{}\"", world.theirs));
    for (agency, role) in [("DOI", Role::Oversight), ("LAW", Role::LawDepartment)] {
        let look = async |path: &str| world.ask(someone(agency, role), "GET", path, "").await;
        let (status, page) = look("/findings").await;
        assert!(status == StatusCode::OK && page.contains(&ours) && page.contains(&theirs), "{page}");
        let by_agency = counted(&page, "How many, by agency");
        let [(_, one), (_, other), (_, all)] = by_agency.as_slice() else { panic!("{by_agency:?}") };
        assert!(*one > 0 && other > one && one + other == *all, "{by_agency:?}");
        let kinds = counted(&page, "How many, by kind");
        assert_eq!(kinds.iter().rev().skip(1).map(|(_, count)| count).sum::<usize>(), *all, "{kinds:?}");
        assert_eq!(listed(&page).len(), *all);
        // Each count leads to what it counts.
        assert!(
            page.contains("href=\"/findings?agency=NYPD\"") && page.contains("href=\"/findings?agency=DOC\""),
            "{page}"
        );
        let (_, nypd) = look("/findings?agency=NYPD").await;
        assert!(nypd.contains(&theirs) && !nypd.contains(&ours) && listed(&nypd).len() == *other, "{nypd}");
        let kind = "disclosed-without-approval";
        assert!(nypd.contains(&format!("href=\"/findings?agency=NYPD&amp;kind={kind}\"")), "{nypd}");
        let (_, one_kind) = look(&format!("/findings?agency=NYPD&kind={kind}")).await;
        let sentence = "Information was given and no approval of the privacy officer that holds is named";
        let kinds = counted(&nypd, "How many, by kind");
        let (_, count) = kinds.iter().find(|(name, _)| name.starts_with(sentence)).unwrap();
        let lines = listed(&one_kind);
        assert!(lines.len() == *count && lines.iter().all(|line| line.contains(sentence)), "{one_kind}");
        assert_eq!(counted(&one_kind, "How many, by agency").len(), 3, "of this kind both have one");
        // An agency with none says so by its name.
        let (_, none) = look("/findings?agency=DSS").await;
        assert!(
            none.contains("Nothing in the record looks like a possible violation (Department of Social Services"),
            "{none}"
        );
    }
    // Whoever sees one agency has no choice, and no other agency's.
    let clerk = || someone("DOC", Role::Desk);
    let (_, page) = world.ask(clerk(), "GET", "/findings", "").await;
    assert!(page.contains(&ours) && !page.contains(&theirs) && !page.contains("name=\"agency\""), "{page}");
    assert_eq!(world.ask(clerk(), "GET", "/findings?agency=NYPD", "").await.0, StatusCode::FORBIDDEN);
    assert_eq!(world.ask(clerk(), "GET", "/findings?kind=x", "").await.0, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(world.ask(clerk(), "GET", "/findings?before=x", "").await.0, StatusCode::BAD_REQUEST);
    // The entry that says so is led to on the page of its request.
    let entry = page.split(&format!("/requests/{}#", world.ours)).nth(1).unwrap().split('"').next().unwrap();
    let (_, request) = world.ask(clerk(), "GET", &format!("/requests/{}", world.ours), "").await;
    assert!(request.contains(&format!("<tr id=\"{entry}\">")), "{request}");
}

/// What the navigation of a page says behind the link to possible violations; none: there is no link.
fn in_navigation(page: &str) -> Option<usize> {
    let link = page.split("<nav ").nth(1)?.split("</nav>").next()?.split("<a href=\"/findings\">").nth(1)?;
    let count = link.split("</a>").next()?.split_once('(').map(|(_, rest)| rest.split(')').next().unwrap());
    Some(count.map_or(0, |count| count.parse().unwrap()))
}

#[tokio::test]
async fn every_page_tells_how_many_possible_violations_there_are_to_whoever_may_see_them() {
    let world = World::new();
    let look =
        async |agency: &str, role| in_navigation(&world.ask(someone(agency, role), "GET", "/requests", "").await.1);
    assert_eq!(look("DOI", Role::Oversight).await, Some(0));
    world.was_done("DOC", world.ours, told());
    world.was_done("NYPD", world.theirs, told());
    world.was_done("NYPD", world.theirs, Deed::Notified { to: "ice_ero".into() });
    let all = async |agency: &str, role| {
        let (_, page) = world.ask(someone(agency, role), "GET", "/findings", "").await;
        counted(&page, "How many, by kind").pop().unwrap().1
    };
    for (agency, role) in [
        ("DOC", Role::Desk),
        ("DOC", Role::Supervisor),
        ("DOC", Role::PrivacyOfficer),
        ("NYPD", Role::Desk),
        ("DOI", Role::Oversight),
        ("LAW", Role::LawDepartment),
    ] {
        let seen = look(agency, role).await;
        assert_eq!(seen, Some(all(agency, role).await), "{agency} {role:?}");
        assert!(seen > Some(0));
    }
    assert!(look("DOC", Role::Desk).await < look("DOI", Role::Oversight).await);
    assert_eq!(look("DSS", Role::Desk).await, Some(0), "an agency with none");
    // Whoever may not open the page is told nothing of it.
    let page = world.ask(someone("DOC", Role::Administrator), "GET", "/people", "").await.1;
    assert!(page.contains("<nav ") && in_navigation(&page).is_none(), "{page}");
    // Operators see the same counts, and nothing of a case.
    let recorder = metrics_exporter_prometheus::PrometheusBuilder::new().build_recorder();
    metrics::with_local_recorder(&recorder, || world.desk.owed.gauges(world.desk.now()));
    let text = recorder.handle().render();
    for agency in ["DOC", "NYPD"] {
        let line = format!("vouchsafe_findings{{agency=\"{agency}\"}} {}\n", look(agency, Role::Desk).await.unwrap());
        assert!(text.contains(&line), "{line}: {text}");
    }
}

#[test]
fn a_reminder_counts_requests_that_wait_for_five_days_of_the_citys_own_record() {
    let world = World::new();
    let today = world.desk.now().date();
    // Both were asked for on the same day, long ago.
    let waits = |on| crate::remind::undone_of(&world.desk, on).unwrap().into_iter().collect::<Vec<_>>();
    let (doc, nypd) = (AgencyId::new("DOC"), AgencyId::new("NYPD"));
    assert_eq!(waits(today), [(doc.clone(), 1), (nypd.clone(), 1)]);
    assert_eq!(waits("2026-06-20".parse().unwrap()), [(doc.clone(), 1), (nypd.clone(), 1)]);
    assert_eq!(waits("2026-06-19".parse().unwrap()), []);
    world.was_done("DOC", world.ours, told());
    assert_eq!(waits(today), [(nypd.clone(), 1)]);
    // What another authority's file tells of is nobody's here to say, nor is what was made up.
    let of_file = |source: Source| {
        let stored = world.store.by_request(&world.theirs).unwrap().remove(0).held.unwrap().entry;
        let Body::Requested(mut request) = stored.body else { panic!("a request") };
        request.id = RequestId::from_bytes(world.desk.random().unwrap());
        let id = EntryId::from_bytes(world.desk.random().unwrap());
        Entry { id, source, body: Body::Requested(request), ..stored }
    };
    let entries = ["import:ice-foia", "demo", "api"].map(|source| of_file(source.parse().unwrap()));
    world.store.commit("test", entries.into_iter().map(Into::into).collect()).unwrap();
    assert_eq!(waits(today), [(nypd, 2)]);
}

#[tokio::test]
async fn what_one_page_does_not_hold_is_on_the_next_and_nothing_twice() {
    let world = World::new();
    let done = |on: Date| {
        let done = Done {
            request: Some(world.theirs),
            decision: None,
            agency: "NYPD".into(),
            person: None,
            deed: told(),
            when: When::Day(on),
            decided_by: "a sergeant".into(),
            basis: None,
            search: None,
        };
        Body::Done(Box::new(done))
    };
    let account = someone("NYPD", Role::Desk).unwrap();
    let record = |days: Vec<Date>| {
        let drafts = world.desk.drafts(&account, days.into_iter().map(done).collect()).unwrap();
        world.store.commit("test", drafts).unwrap();
    };
    record((0..400_i16).map(|number| Date::constant(2026, 7, i8::try_from(number % 28 + 1).unwrap())).collect());
    let (mut path, mut pages, mut seen, mut all) = ("/findings".to_owned(), 0, BTreeSet::new(), None);
    let mut lines = 0;
    loop {
        let (status, page) = world.ask(someone("DOI", Role::Oversight), "GET", &path, "").await;
        assert!(status == StatusCode::OK && listed(&page).len() <= 500, "{page}");
        pages += 1;
        lines += listed(&page).len();
        seen.extend(listed(&page));
        // What is recorded meanwhile is newer: it counts, and moves nothing.
        let counted = counted(&page, "How many, by kind").pop().unwrap().1;
        assert!(all.is_none_or(|before| counted > before), "the counts are of all");
        all = all.or(Some(counted));
        record(vec![world.desk.now().date()]);
        let Some(next) = page.split("href=\"/findings?before=").nth(1) else { break };
        path = format!("/findings?before={}", next.split('"').next().unwrap());
    }
    assert!(pages > 1 && lines > 500, "{pages} pages");
    assert_eq!((seen.len(), Some(lines)), (lines, all), "each once");
}
