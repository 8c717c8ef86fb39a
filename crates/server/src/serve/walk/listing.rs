//! Test: whose requests a list, a search and a file show, what narrows them, and what is kept of a search: nothing.

use record::{Body, ListTaken, Role};

use super::*;

fn role(role: Role) -> Option<Account> {
    Some(World::account(role, None))
}

/// How many requests a page leads to, and whether it leads to this one.
fn leads(page: &str, request: RequestId) -> bool {
    page.contains(&format!("href=\"/requests/{request}\""))
}

#[tokio::test]
async fn a_list_shows_whose_requests_one_may_see_and_a_search_no_others() {
    let world = World::new();
    let (ours, theirs) = (world.ours, world.theirs);
    // The account, the agency that is named, whether it sees ours and theirs.
    let cases = [
        (role(Role::Desk), "", Some((true, false))),
        (role(Role::Counsel), "DOC", Some((true, false))),
        (role(Role::Counsel), "NYPD", None),
        (role(Role::LawDepartment), "", Some((true, true))),
        (role(Role::Oversight), "", Some((true, true))),
        (role(Role::Oversight), "NYPD", Some((false, true))),
        (role(Role::Oversight), "NOBODY", Some((false, false))),
        (role(Role::Administrator), "", None),
        (role(Role::Administrator), "DOC", None),
        (Some(World::account(Role::Desk, Some("Rikers"))), "", Some((true, false))),
        (Some(World::account(Role::Desk, Some("Brooklyn"))), "", Some((false, false))),
        (Some(World::account(Role::Desk, Some("Brooklyn"))), "NYPD", None),
    ];
    for (account, agency, sees) in cases {
        let list = format!("/requests?agency={agency}");
        // Both requests have these words; the second search finds by what the list does not show.
        for (method, path, form) in [
            ("GET", list.as_str(), String::new()),
            ("POST", "/requests/search", format!("agency={agency}&words=ICE+hold+2026-06-15")),
            ("POST", "/requests/search", format!("agency={agency}&words=someone")),
            ("POST", "/requests/file", format!("agency={agency}&words=note")),
            ("POST", "/requests/file", format!("agency={agency}")),
        ] {
            let (status, page) = world.ask(account.clone(), method, path, &form).await;
            let told = format!("{account:?} {method} {path} {form}: {status}");
            assert!(!page.contains("a note about"), "{told}");
            let Some((sees_ours, sees_theirs)) = sees else {
                assert_eq!(status, StatusCode::FORBIDDEN, "{told}");
                continue;
            };
            assert_eq!(status, StatusCode::OK, "{told}");
            let seen = |id: RequestId| {
                if path == "/requests/file" { page.contains(&id.to_string()) } else { leads(&page, id) }
            };
            assert_eq!((seen(ours), seen(theirs)), (sees_ours, sees_theirs), "{told}");
        }
    }
    assert_eq!(world.readings(), Vec::new(), "nobody opened a request");
}

#[tokio::test]
async fn each_choice_narrows_and_what_is_no_choice_is_refused_with_a_sentence() {
    let world = World::new();
    let (ours, theirs) = (world.ours, world.theirs);
    let list = async |query: &str| world.ask(role(Role::Oversight), "GET", &format!("/requests?{query}"), "").await;
    let (_, page) = list("done=no").await;
    assert!(leads(&page, ours) && leads(&page, theirs), "{page}");
    assert_eq!(page.matches("<small>No entry says what was done</small>").count(), 2, "{page}");
    let (_, page) = list("possible=yes").await;
    assert!(!leads(&page, ours) && page.contains("No request that you may see fits this"), "{page}");
    // Told of a release, and nobody had asked the gate.
    let done = record::Done {
        request: Some(ours),
        decision: None,
        agency: "DOC".into(),
        person: None,
        deed: record::Deed::Notified { to: "ice_ero".into() },
        when: When::Day("2026-06-16".parse().unwrap()),
        decided_by: "A. Warden".into(),
        basis: None,
        search: None,
    };
    let drafts = world.desk.drafts(&World::account(Role::Desk, None), vec![Body::Done(Box::new(done))]).unwrap();
    world.store.commit("test", drafts).unwrap();
    for (query, sees) in [
        ("from=2026-06-15&through=2026-06-15", (true, true)),
        ("from=2026-06-16", (false, false)),
        ("through=2026-06-14", (false, false)),
        ("kind=federal&act=hold&source=desk", (true, true)),
        ("kind=state", (false, false)),
        ("act=notify_release", (false, false)),
        ("outcome=barred", (false, false)),
        ("source=import", (false, false)),
        ("agency=DOC&kind=federal", (true, false)),
        ("possible=yes", (true, false)),
        ("done=yes", (true, false)),
        ("done=no", (false, true)),
        ("done=no&kind=federal&act=hold", (false, true)),
        ("done=no&agency=DOC", (false, false)),
        ("done=no&possible=yes", (false, false)),
        ("possible=yes&kind=state", (false, false)),
        // Words come by a form alone; an address that has some is read without them.
        ("words=nothing-of-the-kind", (true, true)),
        ("before=2026-06-15.1", (true, false)),
        ("before=2026-06-16.0", (true, true)),
    ] {
        let (status, page) = list(query).await;
        assert_eq!(status, StatusCode::OK, "{query}: {page}");
        assert_eq!((leads(&page, ours), leads(&page, theirs)), sees, "{query}");
    }
    for (query, sentence) in [
        ("from=yesterday", "day"),
        ("from=0001-01-01", "day"),
        ("from=9999-12-31", "day"),
        ("from=2026-06-02&through=2026-06-01", "turn them round"),
        ("kind=martian", "list"),
        ("act=hold%27%20OR%201=1", "list"),
        ("outcome=maybe", "list"),
        ("done=perhaps", "list"),
        ("source=import:ice-foia", "list"),
    ] {
        let (status, page) = list(query).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{query}");
        assert!(page.contains("role=\"alert\"") && page.contains(sentence), "{query}: {page}");
        assert!(!leads(&page, ours), "{query}");
    }
    assert_eq!(list("before=x").await.0, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn odd_words_get_an_answer_or_a_sentence() {
    let world = World::new();
    let find = async |words: &str| {
        let form = url::form_urlencoded::Serializer::new(String::new()).append_pair("words", words).finish();
        world.ask(role(Role::Desk), "POST", "/requests/search", &form).await
    };
    let many: String = (0..40).map(|n| format!("w{n} ")).collect();
    let long = "x".repeat(10_000);
    for words in ["\"", "«»", "\0", "\u{202e}", many.as_str(), long.as_str()] {
        let (status, page) = find(words).await;
        // A text without a letter that somebody typed is told so; control characters alone are no text.
        assert!(matches!(status, StatusCode::UNPROCESSABLE_ENTITY), "{words:?}: {status}");
        assert!(page.contains("role=\"alert\""), "{words:?}");
    }
    for words in ["rikers\"", "RIKERS' --", "\u{202e}rikers\0", "ríkers (", "*rik* OR", "rq"] {
        let (status, page) = find(words).await;
        assert_eq!(status, StatusCode::OK, "{words:?}");
        assert_eq!(leads(&page, world.ours), words != "*rik* OR", "{words:?}: {page}");
    }
    let (status, page) = find("<script>alert(1)</script>").await;
    assert!(status == StatusCode::OK && !page.contains("<script") && page.contains("&lt;script"), "{page}");
    // No word: the list that the choices make, under an address that can be kept.
    let (status, to) = world.ask(role(Role::Desk), "POST", "/requests/search", "words=+&act=hold&agency=").await;
    assert_eq!((status, to.as_str()), (StatusCode::SEE_OTHER, "/requests?act=hold"));
}

#[tokio::test]
async fn a_list_that_is_taken_as_a_file_is_an_entry_without_what_was_looked_for() {
    let world = World::new();
    let taken = |world: &World| -> Vec<ListTaken> {
        let all = world.store.entries(0, 1000).unwrap();
        let one = |stored: &crate::store::Stored| match stored.entry().map(|entry| &entry.body) {
            Some(Body::Taken(taken)) => Some((**taken).clone()),
            _ => None,
        };
        all.iter().filter_map(one).collect()
    };
    let (status, file) =
        world.ask(role(Role::Counsel), "POST", "/requests/file", "from=2026-06-01&words=someone").await;
    assert_eq!(status, StatusCode::OK);
    let lines: Vec<&str> = file.split("\r\n").collect();
    assert_eq!(lines[0], "When,Agency,Who asked,For what,Answer,What was done,Request");
    assert!(lines[1].starts_with("2026-06-15,") && lines[1].ends_with(&world.ours.to_string()), "{file}");
    assert!(lines[1].contains(",No entry says what was done,"), "{file}");
    assert_eq!(lines.len(), 3, "one line, and its end: {file}");
    let from = Some("2026-06-01".parse().unwrap());
    let of = |agencies: &[&str], from, narrowed| {
        let agencies = agencies.iter().map(|agency| AgencyId::new(agency)).collect();
        ListTaken { agencies, from, through: None, narrowed }
    };
    assert_eq!(taken(&world), [of(&["DOC"], from, true)]);
    // One that is refused is none.
    for (account, form) in
        [(role(Role::Administrator), ""), (role(Role::Desk), "agency=NYPD"), (role(Role::Desk), "words=%22")]
    {
        assert_ne!(world.ask(account, "POST", "/requests/file", form).await.0, StatusCode::OK);
    }
    world.ask(role(Role::Oversight), "POST", "/requests/file", "agency=NYPD").await;
    assert_eq!(taken(&world)[1..], [of(&["NYPD"], None, false)]);
}

#[tokio::test]
async fn views_are_ones_own_and_hold_no_words() {
    let world = World::new();
    let keep = async |account: Option<Account>, form: &str| world.ask(account, "POST", "/requests/views", form).await;
    let (status, to) = keep(role(Role::Supervisor), "name=Open&done=no&words=someone").await;
    assert_eq!((status, to.as_str()), (StatusCode::SEE_OTHER, "/requests?done=no"));
    let (status, to) = keep(role(Role::Counsel), "name=Holds&act=hold&words=someone").await;
    assert_eq!((status, to.as_str()), (StatusCode::SEE_OTHER, "/requests?act=hold"));
    let other = Some(Account::development("B. Else", &AgencyId::new("DOC"), Role::Counsel));
    let list = async |account: Option<Account>| world.ask(account, "GET", "/requests", "").await.1;
    assert!(list(role(Role::Counsel)).await.contains("<a href=\"/requests?act=hold\">Holds</a>"));
    assert!(!list(other.clone()).await.contains("Holds"));
    for (form, sentence) in [("name=+&act=hold", "Give the view a name"), ("name=x&act=nothing", "list")] {
        let (status, page) = keep(role(Role::Counsel), form).await;
        assert!(status == StatusCode::UNPROCESSABLE_ENTITY && page.contains(sentence), "{form}: {page}");
    }
    assert_eq!(keep(role(Role::Administrator), "name=x").await.0, StatusCode::FORBIDDEN);
    world.ask(other, "POST", "/requests/views/forget", "name=Holds").await;
    assert!(list(role(Role::Counsel)).await.contains("Holds"));
    world.ask(role(Role::Counsel), "POST", "/requests/views/forget", "name=Holds").await;
    assert!(!list(role(Role::Counsel)).await.contains("Holds"));
    assert_eq!(world.store.count().unwrap(), 2, "a view is nothing of the record");
}

/// The shipped pack with one rule the other way round: who may be held before release is due.
fn bill() -> law::Pack {
    let mut files = crate::pack::built_in();
    let text = String::from_utf8(files.0["city/9-131.md"].clone()).unwrap();
    let (rule, other) = ("when { !context.release_due };", "when { context.release_due };");
    assert!(text.contains(rule), "the pack has another rule now");
    files.0.insert("city/9-131.md".to_owned(), text.replacen(rule, other, 1).into_bytes());
    law::Pack::load(&files).unwrap()
}

#[tokio::test]
async fn asking_again_shows_both_answers_and_is_a_reading() {
    let bill = Arc::new(bill());
    let world = World::beside(None, vec![Arc::clone(&bill)]);
    let in_force = law::Pack::load(&crate::pack::built_in()).unwrap();
    let question = law::Question {
        agency: "DOC".into(),
        act: "hold".into(),
        requester: "ice_ero".into(),
        statute_enforced: "unknown".into(),
        document: vec!["i247a".into()],
    };
    let mut facts = law::Facts::new();
    facts.insert("release_due", law::Value::Bool(false), "the tour commander");
    let on = "2026-06-15".parse().unwrap();
    let decision = law::decide(&in_force, &question, &facts, on);
    let under = law::decide(&bill, &question, &facts, on);
    assert_ne!(decision.outcome, under.outcome, "the bill changes the answer");
    let body =
        Body::Decided(Box::new(record::Decided { request: world.ours, question, facts, decision: decision.clone() }));
    let by = Actor::Program { name: "test".to_owned() };
    let (id, at, source) = (EntryId::from_bytes([9; 16]), Timestamp::UNIX_EPOCH, Source::Desk);
    world.store.commit("test", vec![record::Entry { id, at, by, source, body }.into()]).unwrap();

    let path = format!("/requests/{}/replay", world.ours);
    let of_bill = format!("{path}?pack={}", &bill.reference().sha256.as_str()[..16]);
    let (status, page) = world.ask(role(Role::Counsel), "GET", &of_bill, "").await;
    assert_eq!(status, StatusCode::OK, "{page}");
    for says in ["This pack is not law in force", "The recorded answer stands", "Another answer.", "the tour commander"]
    {
        assert!(page.contains(says), "{says}: {page}");
    }
    assert_eq!(world.readings(), [(world.ours, "A. Someone as counsel".to_owned())]);
    // What was recorded is as it was.
    let kept = world.store.find(&id).unwrap().unwrap();
    let Some(Body::Decided(kept)) = kept.entry().map(|entry| &entry.body) else { panic!("the answer is there") };
    assert_eq!(kept.decision, decision);
    // A pack that is none, another agency's request, a role that reads none: nothing is read.
    let (status, _) = world.ask(role(Role::Counsel), "GET", &format!("{path}?pack=0000"), "").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let theirs = format!("/requests/{}/replay", world.theirs);
    assert_eq!(world.ask(role(Role::Counsel), "GET", &theirs, "").await.0, StatusCode::NOT_FOUND);
    assert_eq!(world.ask(role(Role::Administrator), "GET", &of_bill, "").await.0, StatusCode::NOT_FOUND);
    assert_eq!(world.readings().len(), 1);
    // The page of the request leads to each pack, and to none where nothing was answered.
    let (_, page) = world.ask(role(Role::Counsel), "GET", &format!("/requests/{}", world.ours), "").await;
    assert!(page.contains("Not law in force: nyc") && page.contains("The law in force: nyc"), "{page}");
    let (_, page) = world.ask(role(Role::Oversight), "GET", &format!("/requests/{}", world.theirs), "").await;
    assert!(!page.contains("/replay"), "{page}");
    // The record under the bill: counted, and led to, for whoever may look behind the agency's figures.
    let list = format!("/bill?pack={}", &bill.reference().sha256.as_str()[..16]);
    let gone_through = || while !world.desk.weigh(&bill).unwrap() {};
    gone_through();
    for account in [role(Role::Counsel), role(Role::Oversight)] {
        let (status, page) = world.ask(account, "GET", &list, "").await;
        assert!(status == StatusCode::OK && page.contains("This pack is not law in force"), "{page}");
        assert!(leads(&page, world.ours), "{page}");
        assert!(page.contains("1 of 1 answers would be different."), "one answer was gone through: {page}");
        let why = format!("/requests/{}/replay?pack={}", world.ours, &bill.reference().sha256.as_str()[..16]);
        assert!(page.contains(&why), "the other answer leads to its reasons: {page}");
    }
    for (account, path, expected) in [
        (Some(World::account(Role::Counsel, Some("Rikers"))), list.as_str(), StatusCode::FORBIDDEN),
        (role(Role::Administrator), list.as_str(), StatusCode::FORBIDDEN),
        (role(Role::Counsel), "/bill?agency=NYPD", StatusCode::FORBIDDEN),
        (role(Role::Counsel), "/bill?pack=0000", StatusCode::NOT_FOUND),
        (role(Role::Counsel), "/bill", StatusCode::OK),
    ] {
        assert_eq!(world.ask(account, "GET", path, "").await.0, expected, "{path}");
    }
    assert_eq!(world.readings().len(), 3, "no request is opened by it");
    // An erasure takes an answer out of it.
    let leaf = world.store.find(&id).unwrap().unwrap().leaf;
    let order = record::ErasureOrder {
        kind: record::ErasureKind::CourtOrder,
        reference: "1/2026".to_owned(),
        dated: on,
        asked_by: "A".into(),
        approved_by: "B".into(),
    };
    let erased = Body::Erased(Box::new(record::Erasure { entry: id, leaf, order }));
    let drafts = world.desk.drafts(&World::account(Role::Records, None), vec![erased]).unwrap();
    world.store.erase(drafts.into_iter().next().unwrap()).unwrap();
    gone_through();
    let (_, page) = world.ask(role(Role::Counsel), "GET", &list, "").await;
    assert!(page.contains("No answer of 0 would be different.") && !leads(&page, world.ours), "{page}");
}

/// Whoever looks at a bill while the record is gone through under it keeps nobody else waiting, whatever takes its time.
#[tokio::test]
async fn a_bill_that_is_being_gone_through_keeps_no_other_page_waiting() {
    use std::time::{Duration, Instant};
    let bill = Arc::new(bill());
    let world = World::beside(None, vec![Arc::clone(&bill)]);
    let kept = world.desk.bills.of(&bill);
    let (held, is_held) = std::sync::mpsc::channel();
    let busy = std::thread::spawn(move || {
        let _kept = kept.lock().unwrap();
        held.send(()).unwrap();
        std::thread::sleep(Duration::from_secs(6));
    });
    is_held.recv().unwrap();
    let list = format!("/bill?pack={}", &bill.reference().sha256.as_str()[..16]);
    let looking = world.ask(role(Role::Counsel), "GET", &list, "");
    let begun = Instant::now();
    let other = async {
        // By then the page has looked for what is kept.
        tokio::time::sleep(Duration::from_millis(1500)).await;
        let (status, _) = world.ask(role(Role::Counsel), "GET", "/requests", "").await;
        (status, begun.elapsed())
    };
    let ((status, page), (other, after)) = tokio::join!(looking, other);
    assert_eq!((status, other), (StatusCode::OK, StatusCode::OK), "{page}");
    assert!(after < Duration::from_secs(5), "it waited for {after:?}");
    busy.join().unwrap();
}

#[tokio::test]
async fn charts_are_of_whose_requests_one_may_look_behind() {
    let world = World::new();
    let charts =
        async |account: Option<Account>, query: &str| world.ask(account, "GET", &format!("/figures?{query}"), "").await;
    let (status, page) = charts(role(Role::Desk), "year=2026").await;
    assert_eq!(status, StatusCode::OK);
    let june = "/requests?agency=DOC&amp;from=2026-06-01&amp;through=2026-06-30";
    assert!(page.contains("<svg class=\"chart\"") && !page.contains("NYPD"), "{page}");
    assert!(page.contains(">2026-06</th><td class=\"number\"><a href=\"/requests?from=2026-06-01&amp;through=2026-06-30&amp;source=desk\">1</a>"), "{page}");
    let (status, page) = charts(role(Role::Oversight), "year=2026").await;
    assert!(status == StatusCode::OK && page.contains(&format!("{june}&amp;source=desk\">1</a>")), "{page}");
    assert!(page.contains("&amp;source=desk\">2</a>"), "both agencies: {page}");
    assert!(charts(role(Role::Oversight), "agency=DOC&year=2026").await.1.contains(june));
    for (account, query, expected) in [
        (role(Role::Desk), "agency=NYPD", StatusCode::FORBIDDEN),
        (role(Role::Administrator), "", StatusCode::FORBIDDEN),
        (Some(World::account(Role::Desk, Some("Rikers"))), "", StatusCode::FORBIDDEN),
        (role(Role::Desk), "year=yesterday", StatusCode::UNPROCESSABLE_ENTITY),
        (role(Role::Desk), "year=99999", StatusCode::UNPROCESSABLE_ENTITY),
        (role(Role::Desk), "source=x", StatusCode::UNPROCESSABLE_ENTITY),
        (role(Role::Desk), "source=import", StatusCode::OK),
        (role(Role::Desk), "year=2001", StatusCode::OK),
    ] {
        let (status, page) = charts(account, query).await;
        assert_eq!(status, expected, "{query}: {page}");
    }
    assert_eq!(world.readings(), Vec::new());
}

#[tokio::test]
async fn a_day_before_any_that_is_looked_for_is_refused_with_the_earliest() {
    let world = World::new();
    let desk = || Some(World::account(Role::Desk, None));
    let (status, page) = world.ask(desk(), "GET", "/requests?from=1890-01-01", "").await;
    let says = "“From (day of contact)”: the earliest day that can be looked for is 2000-01-01, the latest 2100-12-31.";
    assert!(status == StatusCode::UNPROCESSABLE_ENTITY && page.contains(says), "{page}");
    assert_eq!(world.ask(desk(), "GET", "/requests?from=2000-01-01", "").await.0, StatusCode::OK);
}

/// On a phone a table is seen from its first cell on.
#[tokio::test]
async fn the_first_cell_of_a_line_leads_to_its_request() {
    let world = World::new();
    let (_, page) = world.ask(Some(World::account(Role::Desk, None)), "GET", "/requests", "").await;
    let line = page.split("<tbody>").nth(1).unwrap();
    assert!(line.starts_with(&format!("<tr><th scope=\"row\"><a href=\"/requests/{}\">", world.ours)), "{line}");
}

/// How long it took until something was done, and of how many no entry says it; what was a mistake does not count.
#[tokio::test]
async fn charts_show_how_long_it_took_until_something_was_done() {
    let world = World::new();
    let rows = async || {
        let (_, page) = world.ask(role(Role::Desk), "GET", "/figures?year=2026", "").await;
        let (_, table) = page.split_once("<caption class=\"unseen\">Time until it was done").unwrap();
        let (table, _) = table.split_once("</table>").unwrap();
        let rows = table.split("<th scope=\"row\">").skip(1);
        rows.map(|row| {
            row.split("</tr>").next().unwrap().replace("</th><td class=\"number\">", " = ").replace("</td>", "")
        })
        .collect::<Vec<_>>()
    };
    let open = "No entry says what was done = <a href=\"/requests?from=2026-01-01&amp;through=2026-12-31&amp;source=desk&amp;done=no\">1</a>";
    let none = "No entry says what was done = 0";
    let expected = |week: u8, last: &str| {
        let named = [
            "Same day = 0",
            "Next day = 0",
            &format!("Within 7 days = {week}"),
            "Within 30 days = 0",
            "Later = 0",
            last,
        ];
        named.map(str::to_owned).to_vec()
    };
    assert_eq!(rows().await, expected(0, open));
    let mut done = record::Done {
        request: Some(world.ours),
        decision: None,
        agency: "DOC".into(),
        person: None,
        deed: record::Deed::NoticeGiven { legal_help: true },
        when: When::Day("2026-06-16".parse().unwrap()),
        decided_by: "A. Warden".into(),
        basis: None,
        search: None,
    };
    world.says(Body::Done(Box::new(done.clone())));
    assert_eq!(rows().await, expected(0, open), "a notice does not tell what became of the request");
    done.deed = record::Deed::Refused { acts: vec!["hold".into()] };
    done.when = When::Day("2026-06-18".parse().unwrap());
    let entry = world.says(Body::Done(Box::new(done)));
    assert_eq!(rows().await, expected(1, none));
    let mistake = record::Correction { entry, request: Some(world.ours), reason: "typing".into(), said_by: "A".into() };
    world.says(Body::Corrected(mistake));
    assert_eq!(rows().await, expected(0, open));
}
