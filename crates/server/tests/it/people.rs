//! Who signs in, at the command line and with several servers: what is taken is taken everywhere at once, and the record says so.

use record::{Post, Role};
use server::{
    serve::passkeys,
    store::{
        Postgres, Sqlite,
        people::{People as _, Ticket, TicketKind},
    },
};

use crate::{commands::Place, served::Served, store::cluster};

/// Adds somebody and gives their id; the link leads to the page that enrols.
fn add(place: &Place, name: &str, role: &str, more: &[&str]) -> String {
    added(place, name, role, more).0
}

/// The same, and the token of the link.
fn added(place: &Place, name: &str, role: &str, more: &[&str]) -> (String, String) {
    let words = ["people", "add", name, "--agency", "DOC", "--role", role, "--by", "B. Operator", "--json"];
    let added = place.run(&[&words[..], more].concat());
    assert_eq!(added.status, 0, "{}", added.err);
    let told = added.json();
    let (_, token) = told["link"].as_str().unwrap().split_once("/enrol#").unwrap_or_else(|| panic!("{told}"));
    (told["staff"].as_str().unwrap().to_owned(), token.to_owned())
}

#[test]
fn a_role_taken_at_the_command_line_ends_its_sessions_in_every_server_at_once() {
    let place = Place::new();
    let url = cluster::database("people_everywhere");
    place.file("city.toml", format!("data = \"data\"\n[store]\npostgres = \"{url}\"\n"));
    let config = ["--config", "city.toml"];
    let (one, other) = (add(&place, "A. Clerk", "desk", &config), add(&place, "C. Other", "desk", &config));
    let store = Postgres::open(&url).unwrap();
    let session = |staff: &str| {
        let (token, hash) = passkeys::token().unwrap();
        let now = passkeys::now();
        let post = Post { role: Role::Desk, agency: "DOC".into(), site: None };
        let data = serde_json::to_string(&post).unwrap();
        let member = Some(staff.parse().unwrap());
        let ticket = Ticket { hash, kind: TicketKind::Session, member, data, seen: now, until: now + 3600 };
        store.issue(&ticket, now).unwrap();
        format!("{}={token}", passkeys::COOKIE)
    };
    let (ours, theirs) = (session(&one), session(&other));
    let mut servers = [Served::start(&place, &config), Served::start(&place, &config)];
    let mut gate = |cookie: &str| {
        servers.each_mut().map(|served| {
            cookie.clone_into(&mut served.cookie);
            served.ask("GET", "/gate", "").0
        })
    };
    assert_eq!((gate(&ours), gate(&theirs)), ([200, 200], [200, 200]));
    let revoked = place.run(&[&["people", "revoke", &one, "--by", "B. Operator"][..], &config].concat());
    assert_eq!(revoked.status, 0, "{}", revoked.err);
    assert_eq!((gate(&ours), gate(&theirs)), ([303, 303], [200, 200]));
    let listed = place.run(&[&["people", "list"][..], &config].concat()).out;
    assert!(listed.contains("C. Other  DOC  0 passkeys  desk DOC"), "{listed}");
    assert!(listed.lines().any(|line| line.trim_end().ends_with("A. Clerk  DOC  0 passkeys")), "{listed}");
}

#[test]
fn who_signs_in_is_in_the_record_which_verifies_and_no_filing_counts_it() {
    let place = Place::new();
    let data = ["--data", "city"];
    let (staff, older) = added(&place, "A. Admin", "administrator", &data);
    let enrols = |token: &str| {
        let store = Sqlite::open_to_read(&place.path().join("city/record.sqlite3")).unwrap();
        store.ticket(TicketKind::Enrolment, &passkeys::hash(token), passkeys::now()).unwrap().is_some()
    };
    assert!(enrols(&older));
    let given = ["people", "give", &staff, "--agency", "NYPD", "--role", "oversight", "--by", "B. Operator"];
    assert_eq!(place.run(&[&given[..], &data].concat()).status, 0);
    assert!(!enrols(&older), "a role that reaches further voids the link that was made before");
    let again = place.run(&[&given[..], &data].concat());
    assert_eq!(again.status, 2);
    assert!(again.err.contains("has this role already: nothing was changed"), "{}", again.err);
    let invited = place.run(&[&["people", "invite", &staff, "--by", "B. Operator"][..], &data].concat());
    assert!(
        invited.out.contains("Link to create a passkey, good once, for a day, under the address that `serve` prints: http://localhost:8080/enrol#"),
        "{}",
        invited.out
    );
    let (_, newer) = invited.out.trim().rsplit_once("/enrol#").unwrap();
    assert!(enrols(newer.split_whitespace().next().unwrap()), "{}", invited.out);
    // Added, role given, link made; role given, sessions and links ended, since it reaches further; link made.
    let verified = place.run(&["verify", "city", "--json"]);
    assert_eq!((verified.status, &verified.json()["size"]), (0, &6.into()), "{}{}", verified.out, verified.err);
    let exported = place.run(&["export", "export", "--data", "city"]);
    assert_eq!(exported.status, 0, "{}", exported.err);
    assert_eq!(place.run(&["verify", "export"]).status, 0);
    let filed = place.run(&[
        "file",
        "9-131",
        "--period",
        "FY2015",
        "--out",
        "filings",
        "--by",
        "A. Official",
        "--data",
        "city",
    ]);
    assert_eq!(filed.status, 0, "{}", filed.err);
    let csv = std::fs::read_to_string(place.path().join("filings/9-131-FY2015.csv")).unwrap();
    let figures: Vec<&str> = csv.lines().filter(|line| line.starts_with("figure,")).collect();
    let nought = |line: &&str| matches!(line.rsplit(',').nth(1), Some("0" | "not stated"));
    let counted: Vec<&&str> = figures.iter().filter(|line| !nought(line)).collect();
    assert!(!figures.is_empty() && counted.is_empty(), "{counted:#?}");
    assert!(!csv.contains("A. Admin"), "{csv}");
    // A record with people is not opened to anybody.
    for open in [&["--demo"][..], &["--development-sign-in-for-everyone"]] {
        let refused = place.run(&[&["serve", "--listen", "127.0.0.1:0"][..], &data, open].concat());
        assert_eq!(refused.status, 2);
        assert!(refused.err.contains("a development account would let anybody in"), "{}", refused.err);
    }
    let reachable = place.run(&[&["serve", "--listen", "0.0.0.0:0"][..], &data].concat());
    assert_eq!(reachable.status, 2);
    assert!(reachable.err.contains("nothing says under which address the desk is"), "{}", reachable.err);
}

#[test]
fn what_names_no_role_agency_or_person_is_refused_and_nothing_is_kept() {
    let place = Place::new();
    let add = |name: &str, agency: &str, role: &str, by: &str| {
        place.run(&["people", "add", name, "--agency", agency, "--role", role, "--by", by, "--data", "city"])
    };
    for (refused, said) in [
        (add("A", "DOC", "boss", "B"), "`boss` is no role: write one of desk, supervisor,"),
        (add("A", "NOWHERE", "desk", "B"), "`NOWHERE` is no agency of the city in this pack"),
        (add(" ", "DOC", "desk", "B"), "is no name: write 1 to 80 characters on one line"),
        (add("A", "DOC", "desk", "B\nC"), "is no name: write 1 to 80 characters on one line"),
        (
            place.run(&["people", "revoke", "st-01040g2081040g2081040g2081j", "--by", "B", "--data", "city"]),
            "nobody has the id `st-01040g2081040g2081040g2081j`: see `vouchsafe people list`",
        ),
        (place.run(&["people", "invite", "rq-1", "--by", "B", "--data", "city"]), "the id of a member of the staff"),
    ] {
        assert_eq!(refused.status, 2, "{}", refused.out);
        assert!(refused.err.contains(said), "{}", refused.err);
    }
    let listed = place.run(&["people", "list", "--data", "city"]).out;
    assert_eq!(listed, "Nobody signs in yet. To add somebody: vouchsafe people add.\n");
    assert_eq!(place.run(&["people", "list", "--data", "city", "--json"]).out, "");
}
