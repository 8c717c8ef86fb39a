//! `statement` as an official calls it: a record in, the forms of a quarter out, and the entry that says who stated it.

use record::{Body, Source};
use serde_json::{Value, json};
use server::store::{Draft, Postgres, Sqlite, Store};

use crate::{
    commands::{DETAINER, Place, Transcript, example},
    store::cluster,
};

pub const DATA: &str = "vouchsafe-data";

pub const CONFIG: &str = "city.toml";

/// A folder with a request that ICE made of the jails in the third quarter of 2025, and its answer; nothing was done.
pub fn asked(more: &[&str], store: impl FnOnce(&Place) -> Box<dyn Store>) -> Place {
    let place = Place::new();
    if let [.., config] = more {
        place.file(CONFIG, config);
    }
    let on_it: &[&str] = if more.is_empty() { &[] } else { &["--config", CONFIG] };
    let run = place.run(&[&["decide", &example(DETAINER), "--on", "2025-08-01", "--record"], on_it].concat());
    assert_eq!(run.status, 3, "{}", run.err);
    let store = store(&place);
    let mut drafts = Vec::new();
    for stored in store.entries(0, 10).unwrap() {
        let Some(entry) = stored.entry() else { continue };
        let mut entry = entry.clone();
        entry.id = record::EntryId::from_bytes([10 + u8::try_from(stored.seq).unwrap(); 16]);
        let id = record::RequestId::from_bytes([9; 16]);
        match &mut entry.body {
            Body::Requested(request) => (request.id, request.received) = (id, "2025-08-01".parse().unwrap()),
            Body::Decided(decided) => decided.request = id,
            _ => continue,
        }
        drafts.push(Draft::from(entry));
    }
    assert!(drafts.len() > 1);
    store.commit("test", drafts).unwrap();
    place
}

pub fn in_sqlite(place: &Place) -> Box<dyn Store> {
    Box::new(Sqlite::open(&place.path().join(DATA).join("record.sqlite3")).unwrap())
}

fn state(place: &Place, more: &[&str]) -> Transcript {
    place.run(&[&["statement", "--agency", "doc", "--out", "out"], more].concat())
}

fn published(place: &Place, name: &str) -> Value {
    serde_json::from_slice(&std::fs::read(place.path().join("out").join(name)).unwrap()).unwrap()
}

/// The figure of a table's row under a column, each by its id.
fn figure(json: &Value, table: &str, row: &str, column: &str) -> Value {
    let table = json["tables"].as_array().unwrap().iter().find(|it| it["id"] == table).unwrap();
    let at = table["columns"].as_array().unwrap().iter().position(|it| it["id"] == column).unwrap();
    let row = table["rows"].as_array().unwrap().iter().find(|it| it["heads"][0]["id"] == row).unwrap();
    row["cells"][at].clone()
}

fn entries(store: &dyn Store) -> Vec<Body> {
    let stored = store.entries(0, 100).unwrap();
    stored.into_iter().filter_map(|one| one.held.map(|held| held.entry.body)).collect()
}

/// Every step of a statement, on whatever store: made, recorded once, said in every form whose practice it is.
fn stated_once(place: &Place, on: &[&str], store: &dyn Fn() -> Box<dyn Store>) {
    let before = entries(&*store()).len();
    let by = ["--quarter", "2025Q3", "--by", "A. Official", "--unrecorded", "2", "--json"];
    let run = state(place, &[&by, on].concat());
    assert_eq!(run.status, 0, "{}", run.err);
    let told = run.json();
    assert_eq!((&told["recorded"], &told["already"], &told["nil"]), (&json!(true), &json!(false), &json!(false)));
    let again = state(place, &[&by, on].concat()).json();
    assert_eq!((&again["already"], &again["entry"]), (&json!(true), &told["entry"]));
    let kept = entries(&*store());
    assert_eq!(kept.len(), before + 1);
    let Some(Body::Filed(filed)) = kept.last() else { panic!("nothing was stated") };
    assert_eq!((filed.section.as_str(), filed.agency.as_ref().unwrap().as_str()), ("statement", "DOC"));
    assert_eq!(filed.content.as_str(), told["content_sha256"].as_str().unwrap());
    assert_eq!(filed.signed_by.reveal(), "A. Official");

    let json = published(place, "statement-DOC-2025Q3.json");
    let federal = |column| figure(&json, "table-kinds", "row-kind-federal", column)["figure"].clone();
    assert_eq!(
        (federal("col-requests"), federal("col-barred"), federal("col-unanswered")),
        (json!(1), json!(1), json!(0))
    );
    assert_eq!(figure(&json, "table-contacts", "row-contacts", "col-count")["figure"], json!(2));
    assert_eq!(figure(&json, "table-open", "row-no-action", "col-count")["figure"], json!(1));
    // It was written down long after the day on which it is said to have come.
    assert_eq!(figure(&json, "table-findings", "row-recorded-late", "col-count")["figure"], json!(1));
    let listed = json["tables"].as_array().unwrap().iter().find(|it| it["id"] == "table-listed").unwrap();
    let id = record::RequestId::from_bytes([9; 16]).to_string();
    assert!(listed["rows"].as_array().unwrap().iter().any(|row| row["heads"][1]["id"] == json!(id)), "{listed:#}");
    let practice = "No law asks for this statement. It is this product’s own practice";
    for form in ["csv", "html", "json"] {
        let text = std::fs::read_to_string(place.path().join(format!("out/statement-DOC-2025Q3.{form}"))).unwrap();
        assert!(text.contains(practice), "{form}");
        assert!(!text.contains("Administrative Code"), "{form}");
    }
    assert!(std::fs::read(place.path().join("out/statement-DOC-2025Q3.pdf")).unwrap().starts_with(b"%PDF"));
}

#[test]
fn a_statement_is_made_in_every_form_and_recorded_once() {
    let place = asked(&[], in_sqlite);
    stated_once(&place, &[], &|| in_sqlite(&place));
    let verified = place.run(&["verify", DATA]);
    assert_eq!(verified.status, 0, "{}{}", verified.out, verified.err);
}

#[test]
fn a_statement_is_made_on_postgresql_too() {
    let address = cluster::database("stated");
    let config = format!("[store]\npostgres = \"{address}\"\n");
    let open = || -> Box<dyn Store> { Box::new(Postgres::open(&address).unwrap()) };
    let place = asked(&[&config], |_| open());
    stated_once(&place, &["--config", CONFIG], &open);
}

#[test]
fn a_quarter_with_nothing_in_it_is_stated_and_not_compared_is_not_none() {
    let place = asked(&[], in_sqlite);
    let run = state(&place, &["--quarter", "2024Q1", "--by", "A. Official"]);
    assert!(run.status == 0 && run.out.contains("a statement all the same"), "{}{}", run.out, run.err);
    let json = published(&place, "statement-DOC-2024Q1.json");
    assert_eq!(json["nil"], json!(true));
    let contacts = figure(&json, "table-contacts", "row-contacts", "col-count");
    assert_eq!((&contacts["none"], &contacts["figure"]), (&json!("not_compared"), &Value::Null));
    let csv = std::fs::read_to_string(place.path().join("out/statement-DOC-2024Q1.csv")).unwrap();
    assert!(csv.contains("nobody recorded,,How many,not compared"), "{csv}");
    let other =
        place.run(&["statement", "--agency", "NYPD", "--quarter", "2025Q3", "--out", "out", "--dry-run", "--json"]);
    assert_eq!((other.status, &other.json()["nil"], &other.json()["recorded"]), (0, &json!(true), &json!(false)));
}

/// Invented requests are in no real agency's statement, unless asked for, and then every form says so.
#[test]
fn invented_requests_are_in_no_statement() {
    let place = asked(&[], |place| {
        let store = in_sqlite(place);
        let mut entry = store.entries(0, 1).unwrap().remove(0).entry().unwrap().clone();
        entry.id = record::EntryId::from_bytes([77; 16]);
        entry.source = Source::Demo;
        if let Body::Requested(request) = &mut entry.body {
            request.id = record::RequestId::from_bytes([77; 16]);
            request.received = "2025-08-02".parse().unwrap();
        }
        store.commit("test", vec![Draft::from(entry)]).unwrap();
        store
    });
    let requests = |more: &[&str]| {
        let run = state(&place, &[&["--quarter", "2025Q3", "--dry-run", "--json"], more].concat());
        assert_eq!(run.status, 0, "{}", run.err);
        let json = published(&place, "statement-DOC-2025Q3.json");
        figure(&json, "table-kinds", "row-total", "col-requests")["figure"].clone()
    };
    assert_eq!(requests(&[]), json!(1));
    let with = requests(&["--include-source", "demo"]);
    assert!(with.as_u64() > Some(1), "{with}");
}

#[test]
fn what_cannot_be_stated_is_refused_and_nothing_is_written() {
    let place = asked(&[], in_sqlite);
    let before = entries(&*in_sqlite(&place)).len();
    let cases: [(&[&str], &str); 6] = [
        (&["--quarter", "2025Q3"], "say whose with --by NAME"),
        (&["--quarter", "2025Q3", "--by", "  "], "say whose with --by NAME"),
        (&["--quarter", "FY2025", "--by", "A"], "`FY2025`"),
        (&["--quarter", "2025Q5", "--by", "A"], "`2025Q5`"),
        (&["--quarter", "9998Q1", "--by", "A"], "has not begun"),
        (&["--quarter", "2025Q3", "--by", "A", "--unrecorded", "none"], "none"),
    ];
    for (arguments, says) in cases {
        let run = state(&place, arguments);
        assert_eq!((run.status, run.out.as_str()), (2, ""), "{arguments:?}: {}", run.err);
        assert!(run.err.contains(says), "{arguments:?}: `{says}` is not in {}", run.err);
    }
    for nobody in ["MARS", "NOT_CITY", "NY_SHERIFF"] {
        let run = place.run(&["statement", "--agency", nobody, "--quarter", "2025Q3", "--by", "A", "--out", "out"]);
        assert!(run.status == 2 && run.err.contains(&format!("`{nobody}` is no agency of the city")), "{}", run.err);
    }
    assert!(!place.path().join("out").exists());
    assert_eq!(entries(&*in_sqlite(&place)).len(), before);
}

/// Whoever holds an export counts again and gets the same bytes.
#[test]
fn a_statement_from_an_export_has_the_same_bytes_and_records_nothing() {
    let place = asked(&[], in_sqlite);
    let run = state(&place, &["--quarter", "2025Q3", "--by", "A. Official", "--unrecorded", "2"]);
    assert_eq!(run.status, 0, "{}", run.err);
    let first = std::fs::read(place.path().join("out/statement-DOC-2025Q3.json")).unwrap();
    let export = place.run(&["export", "export"]);
    assert_eq!(export.status, 0, "{}", export.err);
    let key = place.path().join(DATA).join("log/log.vkey");
    let before = entries(&*in_sqlite(&place)).len();
    let again = place.run(&[
        "statement",
        "--agency",
        "DOC",
        "--quarter",
        "2025Q3",
        "--unrecorded",
        "2",
        "--out",
        "again",
        "--from-export",
        "export",
        "--key",
        key.to_str().unwrap(),
        "--json",
    ]);
    assert_eq!((again.status, &again.json()["recorded"]), (0, &json!(false)), "{}", again.err);
    assert_eq!(std::fs::read(place.path().join("again/statement-DOC-2025Q3.json")).unwrap(), first);
    assert_eq!(entries(&*in_sqlite(&place)).len(), before);
}
