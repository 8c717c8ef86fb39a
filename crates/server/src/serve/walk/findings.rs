//! Test: possible violations by agency and kind, for whoever looks across agencies and for whoever does not.

use std::collections::BTreeSet;

use jiff::civil::Date;
use record::{Body, Deed, DisclosureForm, Done, Information, When};

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
