//! The city's file from outside: `vouchsafe init` makes a city whole or not at all, and what `serve` makes of its file.

use std::fs;

use record::{Body, Post, Role};
use server::{
    city_file::shipped,
    serve::passkeys,
    store::{
        Postgres, Sqlite, Store,
        people::{People, Ticket, TicketKind},
    },
};

use crate::{commands::Place, served::Served, store::cluster};

/// A city of its own: one agency with two sites, real numbers, one list confirmed.
const OWN: &str = r#"[city]
name = "A City"
pack = "nyc"
time_zone = "America/New_York"
[[agency]]
id = "DOC"
designated = "Warden on duty"
designated_telephone = "718-000-0001"
counsel = "Attorney on duty"
counsel_telephone = "718-000-0002"
line_24h = "718-000-0003"
[[agency.site]]
id = "north"
name = "North building"
public = ["Lobby"]
non_public = ["Intake"]
confirmed = 2026-11-01
[[agency.site]]
id = "south"
name = "South building"
public = []
non_public = ["Everything"]
designated = "South gate officer"
designated_telephone = "212-555-0107"
"#;

fn text(served: &Served, method: &str, path: &str, form: &str) -> (u16, String) {
    let (status, head, body) = served.ask(method, path, form);
    (status, format!("{head}\n{}", String::from_utf8(body).unwrap()))
}

/// The files that the record says were in force, in its order.
fn in_force(store: &dyn Store) -> Vec<String> {
    let entries = store.entries(0, 1000).unwrap();
    let bodies = entries.iter().filter_map(|stored| stored.entry()).map(|entry| &entry.body);
    bodies
        .filter_map(|body| if let Body::City(city) = body { Some(city.text.reveal().to_owned()) } else { None })
        .collect()
}

#[test]
fn the_city_that_ships_is_made_at_once_and_one_that_is_there_stays() {
    let place = Place::new();
    let made = place.run(&["init", "--city", "nyc", "--data", "city"]);
    assert_eq!(made.status, 0, "{}", made.err);
    assert!(made.out.contains("City of New York: 20 agencies, "), "{}", made.out);
    assert!(
        made.out.contains("NOT YET REAL: 60 telephone numbers") && made.out.contains("NOT YET CONFIRMED"),
        "{}",
        made.out
    );
    assert!(
        made.out.contains("vouchsafe people add 'A. Admin'") && made.out.contains("vouchsafe serve --data city"),
        "{}",
        made.out
    );
    let file = place.path().join("city/city.toml");
    assert_eq!(fs::read_to_string(&file).unwrap(), shipped("nyc").unwrap());
    for made in ["record.sqlite3", "keys/log.key", "keys/person.key", "log/log.vkey"] {
        assert!(place.path().join("city").join(made).exists(), "{made}");
    }
    assert!(!place.path().join("city/city.toml.new").exists());
    let again = place.run(&["init", "--city", "nyc", "--data", "city"]);
    assert_eq!(again.status, 2);
    assert!(again.err.contains("`city` has a city already: change its file with --again"), "{}", again.err);
    place.file("own.toml", OWN);
    let changed = place.run(&["init", "--file", "own.toml", "--again", "--data", "city", "--json"]);
    assert_eq!(changed.status, 0, "{}", changed.err);
    assert_eq!(changed.json()["placeholders"], serde_json::json!(["DOC south designated_telephone"]));
    assert_eq!(changed.json()["unconfirmed"], serde_json::json!(["DOC south"]));
    assert_eq!(fs::read_to_string(&file).unwrap(), OWN);
    // What a city that ships is printed as can be made one's own.
    let printed = place.run(&["init", "--print", "nyc"]).out;
    assert_eq!(printed, shipped("nyc").unwrap());
    assert!(place.run(&["init", "--print", "paris"]).err.contains("no city's file ships under `paris`: there is nyc"));
}

#[test]
fn a_file_with_faults_makes_nothing_and_tells_every_one() {
    let place = Place::new();
    place.file("bad.toml", OWN.replace("DOC", "DCO").replace("America/New_York", "UTC").replace("line_24h", "line24h"));
    for words in [&["init", "--file", "bad.toml", "--data", "city"][..], &["init", "--check", "bad.toml"]] {
        let refused = place.run(words);
        assert_eq!(refused.status, 2, "{}", refused.out);
        for said in [
            "`bad.toml`, line 4, column 13: `UTC` is not the time zone of the law pack",
            "`bad.toml`, line 6, column 6: the law pack has no agency `DCO`: did you mean `DOC`?",
            "`bad.toml`, line 11, column 1: `line24h` is no key of [[agency]]: did you mean `line_24h`?",
            "[[agency]] lacks `line_24h`",
        ] {
            assert!(refused.err.contains(said), "{said}: {}", refused.err);
        }
        assert_eq!(refused.err.trim().lines().count(), 4, "{}", refused.err);
    }
    assert!(!place.path().join("city").exists(), "nothing was made");
    let absent = place.run(&["init", "--file", "none.toml", "--data", "city"]);
    assert!(absent.status == 2 && absent.err.contains("`none.toml` cannot be read"), "{}", absent.err);
    let none = place.run(&["init", "--file", "bad.toml", "--again", "--data", "nowhere"]);
    assert_eq!(none.status, 2);
    // One of the four ways, and no two.
    place.file("own.toml", OWN);
    assert_eq!(place.run(&["init", "--data", "city"]).status, 2);
    assert_eq!(place.run(&["init", "--city", "nyc", "--file", "own.toml", "--data", "city"]).status, 2);
    assert_eq!(place.run(&["init", "--check", "own.toml"]).status, 0);
    // A file that was broken afterwards keeps the desk from starting.
    assert_eq!(place.run(&["init", "--file", "own.toml", "--data", "city"]).status, 0);
    fs::copy(place.path().join("bad.toml"), place.path().join("city/city.toml")).unwrap();
    let serve = place.run(&["serve", "--listen", "127.0.0.1:0", "--data", "city"]);
    assert!(serve.status == 2 && serve.err.contains("`city/city.toml`, line 6, column 6"), "{}", serve.err);
}

#[test]
fn a_folder_that_a_crash_left_is_gone_on_with_and_a_record_without_a_city_is_not_taken_over() {
    let place = Place::new();
    place.file("own.toml", OWN);
    // As a crash before the last step leaves it: everything but the file, and half of a draft.
    assert_eq!(place.run(&["init", "--file", "own.toml", "--data", "city"]).status, 0);
    fs::rename(place.path().join("city/city.toml"), place.path().join("city/city.toml.new")).unwrap();
    fs::write(place.path().join("city/city.toml.new"), &OWN[..40]).unwrap();
    assert_eq!(place.run(&["init", "--file", "own.toml", "--data", "city"]).status, 0);
    assert_eq!(fs::read_to_string(place.path().join("city/city.toml")).unwrap(), OWN);
    assert!(!place.path().join("city/city.toml.new").exists());
    let added = place.run(&["people", "add", "A", "--agency", "DOC", "--role", "desk", "--by", "B", "--data", "older"]);
    assert_eq!(added.status, 0, "{}", added.err);
    let refused = place.run(&["init", "--file", "own.toml", "--data", "older"]);
    assert!(refused.status == 2 && refused.err.contains("`older` holds a record already"), "{}", refused.err);
    assert!(!place.path().join("older/city.toml").exists());
    assert_eq!(place.run(&["init", "--file", "own.toml", "--again", "--data", "older"]).status, 0);
}

const DEVELOPMENT: &str = "--development-sign-in-for-everyone";

fn sign_in(served: &mut Served) {
    let (status, head) = text(served, "POST", "/sign-in", "name=A.+Clerk&agency=DOC&role=desk");
    assert_eq!(status, 303, "{head}");
    let cookie = head.lines().find_map(|line| line.strip_prefix("set-cookie: ")).unwrap();
    served.cookie = cookie.split(';').next().unwrap().to_owned();
}

/// The cookie of somebody who works at this site of DOC.
fn at(place: &Place, options: &[&str], site: &str, people: impl Fn() -> Box<dyn People>) -> String {
    let words = ["people", "add", "S", "--agency", "DOC", "--role", "desk", "--site", site, "--by", "B", "--json"];
    let added = place.run(&[&words[..], options].concat());
    assert_eq!(added.status, 0, "{}", added.err);
    let member = Some(added.json()["staff"].as_str().unwrap().parse().unwrap());
    let post = Post { role: Role::Desk, agency: "DOC".into(), site: Some(site.to_owned()) };
    let (token, hash) = passkeys::token().unwrap();
    let (now, data) = (passkeys::now(), serde_json::to_string(&post).unwrap());
    people()
        .issue(&Ticket { hash, kind: TicketKind::Session, member, data, seen: now, until: now + 3600 }, now)
        .unwrap();
    format!("{}={token}", passkeys::COOKIE)
}

/// What the desk's pages make of the file, and what the record keeps of it.
fn served_and_kept(
    place: &Place,
    config: &str,
    open: impl Fn() -> Box<dyn Store>,
    people: impl Fn() -> Box<dyn People>,
) {
    place.file("own.toml", OWN);
    place.file("desk.toml", format!("data = \"city\"\n{config}"));
    let options = ["--config", "desk.toml"];
    assert_eq!(place.run(&[&["init", "--file", "own.toml"][..], &options].concat()).status, 0);
    let start = || {
        let mut served = Served::start(place, &[&options[..], &[DEVELOPMENT]].concat());
        sign_in(&mut served);
        served
    };
    let served = start();
    let door = "situation=door&agency=DOC&act=give_access&fact.city_property=yes&fact.non_public_area=yes&fact.staff_under_duress=no";
    let (_, answer) = text(&served, "POST", "/gate", &format!("{door}&answer=now"));
    for said in [
        "Warden on duty, <a class=\"target\" href=\"tel:+17180000001\">718-000-0001</a>",
        "Attorney on duty, <a class=\"target\" href=\"tel:+17180000002\">718-000-0002</a>",
        "<a class=\"target\" href=\"tel:+17180000003\">718-000-0003</a>",
        "<summary>North building</summary>",
        "<li>Intake</li>",
        "Confirmed by your agency on 2026-11-01.",
        "Your agency has not confirmed this list.",
        "<option value=\"north\">North building</option>",
    ] {
        assert!(answer.contains(said), "{said}: {answer}");
    }
    assert!(!answer.contains("DOC General Counsel") && answer.contains("tour commander"), "{answer}");
    let (_, question) =
        text(&served, "POST", "/gate", "agency=DOC&act=give_access&requester=ice_ero&fact.city_property=yes");
    assert!(!question.contains("fact.non_public_area") || question.contains("<li>Intake</li>"), "{question}");
    // A site of the list, and none that is not.
    let record = |nonce: &str, site: &str| {
        let form = format!("{door}&nonce={nonce}&requester=ice_ero&channel=in-person&claim=not-said&site={site}");
        text(&served, "POST", "/requests", &form)
    };
    let (status, refused) = record(&"0".repeat(32), "Main+Street+12");
    assert_eq!(status, 422, "{refused}");
    let (status, kept) = record(&"1".repeat(32), "south");
    assert_eq!(status, 303, "{kept}");
    let request = kept.lines().find_map(|line| line.strip_prefix("location: ")).unwrap().to_owned();
    let (_, page) = text(&served, "GET", &request, "");
    assert!(page.contains("South building"), "{page}");
    served.stop();
    assert_eq!(in_force(&*open()), [OWN]);
    // The same file again is no news, another one is; and what was recorded at a site that is gone stays readable.
    start().stop();
    assert_eq!(in_force(&*open()), [OWN]);
    let (before, _) = OWN.split_once("[[agency.site]]\nid = \"south\"").unwrap();
    let changed = before.replace("Warden on duty", "Deputy on duty");
    place.file("own.toml", &changed);
    assert_eq!(place.run(&[&["init", "--file", "own.toml", "--again"][..], &options].concat()).status, 0);
    let served = start();
    let (_, page) = text(&served, "GET", &request, "");
    assert!(page.contains("south"), "{page}");
    let (_, answer) = text(&served, "POST", "/gate", &format!("{door}&answer=now"));
    assert!(answer.contains("Deputy on duty") && !answer.contains("Warden on duty"), "{answer}");
    served.stop();
    assert_eq!(in_force(&*open()), [OWN.to_owned(), changed]);
    let verified = place.run(&[&["verify", "city"][..], &options].concat());
    if config.is_empty() {
        assert_eq!(verified.status, 0, "{}{}", verified.out, verified.err);
    }
    // Who acts at one site acts at one of the list.
    let add = |site: &str| {
        let words = ["people", "add", "C", "--agency", "DOC", "--role", "desk", "--site", site, "--by", "B"];
        place.run(&[&words[..], &options].concat())
    };
    let refused = add("South");
    assert!(
        refused.status == 2
            && refused.err.contains("`South` is no site of DOC in `city/city.toml`: write one of north"),
        "{}",
        refused.err
    );
    assert_eq!(add("north").status, 0);
    // At a site whose number no telephone has, nobody is told to call it.
    place.file("own.toml", OWN);
    assert_eq!(place.run(&[&["init", "--file", "own.toml", "--again"][..], &options].concat()).status, 0);
    let sites = [
        ("north", "Warden on duty, <a class=\"target\" href=\"tel:+17180000001\">718-000-0001</a>"),
        ("south", "South gate officer, 212-555-0107 (placeholder: nobody answers at this number, ask your supervisor)"),
    ]
    .map(|(site, calls)| (site, calls, at(place, &options, site, &people)));
    let served = Served::start(place, &options);
    for (site, calls, cookie) in sites {
        let (status, _, answer) = served.ask_as(&cookie, "POST", "/gate", &format!("{door}&answer=now"));
        let answer = String::from_utf8(answer).unwrap();
        assert!(status == 200 && answer.contains(calls), "{site}: {answer}");
        assert_eq!(answer.contains("(placeholder"), site == "south", "{site}: {answer}");
    }
    served.stop();
    // Whom to call stands in one place.
    place.file("desk.toml", format!("data = \"city\"\n{config}[contacts]\nDOC = \"Somebody else\"\n"));
    let twice = place.run(&[&["serve", "--listen", "127.0.0.1:0"][..], &options].concat());
    assert!(
        twice.status == 2 && twice.err.contains("says whom DOC calls, and so does `city/city.toml`"),
        "{}",
        twice.err
    );
}

#[test]
fn the_desk_reads_the_file_and_the_record_keeps_each_one() {
    let place = Place::new();
    let record = place.path().join("city/record.sqlite3");
    let people = || Box::new(Sqlite::open(&record).unwrap()) as Box<dyn People>;
    served_and_kept(&place, "", || Box::new(Sqlite::open_to_read(&record).unwrap()), people);
}

#[test]
fn the_same_in_postgres() {
    let url = cluster::database("city_in_force");
    let config = format!("[store]\npostgres = \"{url}\"\n");
    let people = || Box::new(Postgres::open(&url).unwrap()) as Box<dyn People>;
    served_and_kept(&Place::new(), &config, || Box::new(Postgres::open_to_read(&url).unwrap()), people);
}
