//! Photographs of papers in a data folder, with its key beside it: `verify`, `erase`, `export` and a start without the key, on both
//! databases.

use std::fs;

use record::{Actor, Body, Entry, EntryId, Photograph, PictureForm, RequestId, Sha256Hex, Source};
use serde_json::{Value, json};
use server::{
    commands::open::{Access, City, open},
    config::Global,
    photograph::Bound,
    store::{Draft, photographs::NewPhotograph},
};
use sha2::{Digest as _, Sha256};

use crate::{
    commands::{DETAINER, Place, Transcript, example},
    served::Served,
    store::{cluster, fresh},
};

const PAGES: [&[u8]; 3] = [b"the first page", b"the second page", b"the third page"];

/// A city with a recorded request and three photographs at it.
struct Town {
    place: Place,
    address: Option<String>,
    request: EntryId,
    photographs: Vec<EntryId>,
}

impl Town {
    fn new(address: Option<String>) -> Self {
        let place = Place::new();
        let store = address.as_ref().map_or_else(String::new, |address| format!("[store]\npostgres = \"{address}\"\n"));
        place.file("city.toml", format!("data = \"city\"\n{store}"));
        let mut town = Self { place, address, request: EntryId::from_bytes([0; 16]), photographs: Vec::new() };
        assert_eq!(town.run(&["decide", &example(DETAINER), "--on", "2026-06-15", "--record"]).status, 3);
        let city = town.open(Access::Write);
        let asked = city.store.entries(0, 1).unwrap().remove(0);
        let request = asked.entry().unwrap().body.request().unwrap();
        let key = city.photograph_key().unwrap();
        let new = PAGES.into_iter().map(|page| photograph(request, page, &key)).collect();
        let kept = city.photographs.attach(&key.name(), new).unwrap();
        (town.request, town.photographs) = (asked.id, kept.iter().map(|one| one.id).collect());
        drop(city);
        // Another command that writes lets the log follow.
        assert_eq!(town.run(&["decide", &example(DETAINER), "--on", "2026-06-15", "--record"]).status, 3);
        town
    }

    fn run(&self, arguments: &[&str]) -> Transcript {
        self.place.run(&[&["--config", "city.toml"], arguments].concat())
    }

    fn open(&self, access: Access) -> City {
        let config = Some(self.place.path().join("city.toml"));
        open(&Global { config, ..Global::default() }, access).unwrap()
    }

    fn verified(&self, status: i32) -> Value {
        let run = self.run(&["verify", "city", "--json"]);
        assert_eq!(run.status, status, "{}{}", run.out, run.err);
        run.json()
    }

    fn key(&self) -> std::path::PathBuf {
        self.place.path().join("city/keys/photographs.key")
    }

    fn erase(&self, entry: EntryId) -> Value {
        let order = ["erase", &entry.to_string(), "--order", "Index No. 1/2026", "--json"];
        let run = self.run(&[&order[..], &["--by", "A. Privacy", "--by", "B. Counsel"]].concat());
        assert_eq!(run.status, 0, "{}{}", run.out, run.err);
        run.json()
    }

    /// Changes the database behind the back of whoever keeps it.
    fn tamper(&self, sql: &str) {
        match &self.address {
            Some(address) => {
                let mut client = postgres::Client::connect(address, postgres::NoTls).unwrap();
                client.batch_execute(&format!("SET search_path TO vouchsafe; {sql}")).unwrap();
            }
            None => {
                let path = self.place.path().join("city/record.sqlite3");
                rusqlite::Connection::open(path).unwrap().execute_batch(sql).unwrap();
            }
        }
    }
}

fn photograph(request: RequestId, page: &[u8], key: &server::photograph::PhotographKey) -> NewPhotograph {
    let content = Sha256Hex::of(Sha256::digest(page).into());
    let photograph = Photograph { request, shows: None, content, form: PictureForm::Png, bytes: page.len() as u64 };
    let entry = Entry {
        id: EntryId::from_bytes(fresh()),
        at: jiff::Timestamp::UNIX_EPOCH,
        by: Actor::Program { name: "test".to_owned() },
        source: Source::Desk,
        body: Body::Photographed(Box::new(photograph.clone())),
    };
    let sealed = key.seal(&Bound::of(entry.id, &photograph), page.to_vec()).unwrap();
    NewPhotograph { draft: Draft { key: Some(entry.id.to_string()), entry }, sealed }
}

/// What was found that does not hold, in one line.
fn faults(report: &Value) -> String {
    let named = report["faults"]["named"].as_array().unwrap();
    named.iter().map(|fault| fault["what"].as_str().unwrap()).collect::<Vec<_>>().join("; ")
}

fn every_photograph_of_the_record_is_looked_at(address: Option<String>) {
    let town = Town::new(address);
    let report = town.verified(0);
    assert_eq!(
        (&report["record"]["photographs"], &report["record"]["photographs_unopened"]),
        (&json!(3), &Value::Null)
    );
    let text = town.run(&["verify", "city"]).out;
    assert!(text.contains("3 photographs of papers are what their entries name"), "{text}");
    // Without the key they are counted, and a cut one is seen all the same.
    let hidden = town.place.path().join("elsewhere.key");
    fs::rename(town.key(), &hidden).unwrap();
    assert_eq!(town.verified(0)["record"]["photographs_unopened"], 3);
    assert!(town.run(&["verify", "city"]).out.contains("3 sealed and not opened"), "{text}");
    fs::rename(&hidden, town.key()).unwrap();
    // A key that is none is no key that is elsewhere.
    let whole = fs::read(town.key()).unwrap();
    fs::write(town.key(), &whole[..5]).unwrap();
    let report = town.verified(1);
    assert!(faults(&report).contains("it has 5 bytes instead of 32"), "{report}");
    let named = &report["faults"]["named"][0]["place"];
    assert!(named.as_str().unwrap().ends_with("keys/photographs.key"), "{report}");
    fs::write(town.key(), &whole).unwrap();
    let seq = |n: usize| town.open(Access::Read).store.find(&town.photographs[n]).unwrap().unwrap().seq;
    town.tamper("CREATE TABLE kept AS SELECT * FROM photograph");
    let back = "DELETE FROM photograph; INSERT INTO photograph SELECT * FROM kept";
    let (one, two) = (seq(0), seq(1));
    let key = "0".repeat(144);
    let blob = |hex: &str| if town.address.is_some() { format!("'\\x{hex}'::bytea") } else { format!("x'{hex}'") };
    for (sql, what) in [
        (
            format!("UPDATE photograph SET bytes = (SELECT bytes FROM kept WHERE seq = {two}) WHERE seq = {one}"),
            "its photograph is not as long as it says",
        ),
        (
            format!(
                "UPDATE photograph SET bytes = (SELECT bytes FROM kept WHERE seq = {one}) WHERE seq = {one}; UPDATE photograph SET key = {} WHERE seq = {one}",
                blob(&key)
            ),
            "its photograph does not open as what it names",
        ),
        (
            format!("DELETE FROM photograph WHERE seq = {two}"),
            "its photograph is gone, and neither it nor its request was erased",
        ),
        (
            format!("UPDATE photograph SET bytes = substr(bytes, 1, 8) WHERE seq = {one}"),
            "its photograph is not as long as it says",
        ),
        (format!("UPDATE photograph SET seq = 0 WHERE seq = {one}"), "it is the entry of none"),
    ] {
        town.tamper(&sql);
        let report = town.verified(1);
        assert!(faults(&report).contains(what), "{sql}: {report}");
        town.tamper(back);
    }
    town.tamper("DROP TABLE kept");
    town.verified(0);
}

fn what_was_erased_is_excused_and_gone(address: Option<String>) {
    let town = Town::new(address);
    let erased = town.erase(town.photographs[0]);
    assert_eq!(erased["photographs"], 1);
    let report = town.verified(0);
    assert_eq!((&report["record"]["photographs"], &report["record"]["erased"]), (&json!(2), &json!(1)));
    // With the request's own entry go the photographs of those that stay.
    let erased = town.erase(town.request);
    assert_eq!(erased["photographs"], 2);
    let report = town.verified(0);
    assert_eq!((&report["record"]["photographs"], &report["record"]["erased"]), (&Value::Null, &json!(2)));
    assert_eq!(town.open(Access::Read).photographs.photographs().unwrap(), 0);
}

fn an_export_names_them_and_has_none(address: Option<String>) {
    let town = Town::new(address);
    let run = town.run(&["export", "out"]);
    assert_eq!(run.status, 0, "{}", run.err);
    assert!(run.out.contains("photographs of papers that it names and does not hold: 3."), "{}", run.out);
    let report = town.run(&["verify", "out", "--json"]).json();
    assert_eq!((&report["sound"], &report["record"]["photographs_elsewhere"]), (&json!(true), &json!(3)));
    let lines = fs::read_to_string(town.place.path().join("out/record.jsonl")).unwrap();
    assert_eq!(lines.matches("photographed").count(), 3);
    for page in PAGES {
        assert!(!lines.contains(std::str::from_utf8(page).unwrap()) && !lines.contains(&hex::encode(page)));
    }
}

fn without_their_key_or_with_another_the_desk_serves_the_gate_attaches_and_opens_none(address: Option<String>) {
    let town = Town::new(address);
    let key = fs::read(town.key()).unwrap();
    let stored = town.open(Access::Read).store.find(&town.request).unwrap().unwrap();
    let Body::Requested(request) = &stored.entry().unwrap().body else { panic!("{stored:?}") };
    let page = format!("/requests/{}", request.id);
    let told = |key: Option<&[u8]>| {
        fs::remove_file(town.key()).unwrap();
        if let Some(key) = key {
            fs::write(town.key(), key).unwrap();
        }
        town.open(Access::Write).photograph_key().unwrap_err().to_string()
    };
    let serves = |why: &str| {
        let mut served = Served::start(&town.place, &["--config", "city.toml", "--development-sign-in-for-everyone"]);
        served.sign_in(request.receiver.agency.as_str());
        let (status, _, health) = served.ask("GET", "/healthz", "");
        let health: Value = serde_json::from_slice(&health).unwrap();
        assert_eq!((status, &health["photographs"]), (200, &json!(false)), "{why}");
        let metrics = String::from_utf8(served.ask("GET", "/metrics", "").2).unwrap();
        assert!(metrics.lines().any(|line| line == "vouchsafe_photograph_key 0"), "{why}: {metrics}");
        for path in ["/gate", "/log", &page] {
            assert_eq!(served.ask("GET", path, "").0, 200, "{why}: {path}");
        }
        let opened = served.ask("GET", &format!("{page}/photographs/{}", town.photographs[0]), "");
        assert_eq!(opened.0, 503, "{why}");
        let sentence = "This server does not have the key of the photographs, so none can be opened here.";
        assert!(String::from_utf8(opened.2).unwrap().contains(sentence), "{why}");
        let part = |name: &str, value: &str| {
            format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
        };
        let form = format!("{}{}--x--\r\n", part("nonce", &"ab".repeat(16)), part("photograph", "a page"));
        let kind = "multipart/form-data; boundary=x";
        let attached = served.send(&served.cookie, "POST", &format!("{page}/photographs"), kind, &form);
        assert_eq!(attached.0, 503, "{why}");
        let sentence = "this server does not have the key of those that are here. Nothing was attached.";
        assert!(String::from_utf8(attached.2).unwrap().contains(sentence), "{why}");
        served.stop();
    };
    let why = told(None);
    assert!(why.contains("photographs.key` is not there, though the record holds 3 photographs of papers"), "{why}");
    serves(&why);
    assert!(!town.key().exists(), "none is made");
    fs::write(town.key(), "").unwrap();
    // As a second process with a data folder of its own has it.
    for (other, says) in [
        ([9; 32].as_slice(), "is not the key under which the photographs of this record are sealed"),
        (&key[..5], "photographs.key` has 5 bytes instead of 32"),
    ] {
        let why = told(Some(other));
        assert!(why.contains(says) && why.contains("cop"), "{why}");
        serves(&why);
        assert_eq!(fs::read(town.key()).unwrap(), other, "it stays as it is");
    }
    fs::write(town.key(), &key).unwrap();
    let city = town.open(Access::Write);
    assert_eq!(city.photographs.photographs().unwrap(), 3);
    let entries = city.store.entries(0, 1000).unwrap();
    let opened = |body: &Body| matches!(body, Body::Read(reading) if reading.photograph.is_some());
    assert!(!entries.iter().any(|stored| opened(&stored.entry().unwrap().body)), "none is said to have been opened");
    let opened = city.photograph_key().unwrap();
    for (id, page) in town.photographs.iter().zip(PAGES) {
        let stored = city.store.find(id).unwrap().unwrap();
        let Body::Photographed(photograph) = &stored.entry().unwrap().body else { panic!("{id}") };
        let sealed = city.photographs.photograph(id).unwrap().unwrap();
        assert_eq!(opened.open(&Bound::of(*id, photograph), sealed).unwrap(), page);
    }
    drop(city);
    // Where there are none any more, another key is made.
    fs::remove_file(town.key()).unwrap();
    town.erase(town.request);
    assert!(town.open(Access::Write).photograph_key().is_ok());
    assert!(town.key().exists());
}

macro_rules! on_both {
    ($($test:ident),* $(,)?) => {
        $(mod $test {
            use super::*;

            #[test]
            fn sqlite() {
                super::$test(None);
            }

            #[test]
            fn postgres() {
                super::$test(Some(cluster::database(concat!("town_", stringify!($test)))));
            }
        })*
    };
}

on_both!(
    every_photograph_of_the_record_is_looked_at,
    what_was_erased_is_excused_and_gone,
    an_export_names_them_and_has_none,
    without_their_key_or_with_another_the_desk_serves_the_gate_attaches_and_opens_none,
);
