//! A statement that officials sign with their passkeys at a served desk, and what anybody who has the record finds out about it.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
};

use record::{Body, Change, Entry, EntryId, HexBytes, Nonce, PasskeyKey, Sha256Hex, SignedStatement, StaffId};
use serde_json::{Value, json};
use server::{
    log::verify::{Against, Note, Report, verify_against},
    store::{Draft, Postgres, Sqlite, Store},
};

use crate::{
    authenticator::{Device, PRESENT},
    commands::Place,
    served::Served,
    statement::{CONFIG, DATA, asked, in_sqlite},
    store::cluster,
};

const PAGE: &str = "/statements/2025Q3/sign";

/// Somebody with a browser and a device, at a served desk.
struct Official {
    staff: StaffId,
    device: Device,
    cookie: String,
}

/// What a path answers to JSON: status, cookie, body.
fn call(served: &Served, cookie: &str, path: &str, sent: &Value) -> (u16, String, Value) {
    let address = served.told["listening"].as_str().unwrap();
    let (mut stream, sent) = (TcpStream::connect(address).unwrap(), sent.to_string());
    let length = sent.len();
    write!(
        stream,
        "POST {path} HTTP/1.1\r\nhost: {address}\r\ncookie: {cookie}\r\nconnection: close\r\n\
         content-type: application/json\r\ncontent-length: {length}\r\n\r\n{sent}"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let set = head.lines().find_map(|line| line.strip_prefix("set-cookie: ")).unwrap_or_default();
    (head[9..12].parse().unwrap(), set.split(';').next().unwrap().to_owned(), serde_json::from_str(body).unwrap())
}

/// Adds somebody while nothing is served: their id, and the token of their link.
fn add(place: &Place, on: &[&str], name: &str, role: &str) -> (StaffId, String) {
    let words = ["people", "add", name, "--agency", "DOC", "--role", role, "--by", "B. Operator", "--json"];
    let added = place.run(&[&words[..], on].concat());
    assert_eq!(added.status, 0, "{}", added.err);
    let told = added.json();
    let token = told["link"].as_str().unwrap().split_once('#').unwrap().1.to_owned();
    (told["staff"].as_str().unwrap().parse().unwrap(), token)
}

impl Official {
    fn enrolled(served: &Served, number: u8, (staff, token): &(StaffId, String)) -> Self {
        let port = served.told["listening"].as_str().unwrap().rsplit_once(':').unwrap().1;
        let mut device = Device::new(number, &format!("http://localhost:{port}"));
        let (_, _, begun) = call(served, "", "/enrol/begin", &json!({ "token": token }));
        let credential = device.enrol(&begun["publicKey"]);
        let sent = json!({ "token": token, "ceremony": begun["ceremony"], "credential": credential });
        assert_eq!(call(served, "", "/enrol/finish", &sent).0, 200);
        let (_, _, begun) = call(served, "", "/sign-in/begin", &json!({}));
        let sent = json!({ "ceremony": begun["ceremony"], "credential": device.answer(&begun["publicKey"]) });
        let (status, cookie, told) = call(served, "", "/sign-in/finish", &sent);
        assert_eq!(status, 200, "{told}");
        Self { staff: *staff, device, cookie }
    }

    fn page(&self, served: &Served, path: &str) -> String {
        let (status, _, page) = served.ask_as(&self.cookie, "GET", path, "");
        let page = String::from_utf8(page).unwrap();
        assert_eq!(status, 200, "{page}");
        page
    }

    /// Reads the page of the statement with this number of contacts, and signs what it shows; its hash.
    fn signs(&mut self, served: &Served, unrecorded: Option<u64>) -> String {
        let (status, told, statement) = self.tries(served, unrecorded);
        let number = unrecorded.map_or_else(String::new, |number| format!("?unrecorded={number}"));
        assert_eq!((status, &told["to"]), (200, &json!(format!("{PAGE}{number}"))), "{told}");
        statement
    }

    fn tries(&mut self, served: &Served, unrecorded: Option<u64>) -> (u16, Value, String) {
        let number = unrecorded.map_or_else(String::new, |number| format!("?unrecorded={number}"));
        let page = self.page(served, &format!("{PAGE}{number}"));
        let statement = page.split("data-statement=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        let sent = json!({ "statement": statement, "unrecorded": unrecorded });
        let (status, _, begun) = call(served, &self.cookie, &format!("{PAGE}/begin"), &sent);
        assert_eq!(status, 200, "{begun}");
        let credential = self.device.answer(&begun["publicKey"]);
        let sent = json!({ "ceremony": begun["ceremony"], "credential": credential });
        let (status, _, told) = call(served, &self.cookie, &format!("{PAGE}/finish"), &sent);
        (status, told, statement)
    }
}

fn entries(store: &dyn Store) -> Vec<Entry> {
    let stored = store.entries(0, 1000).unwrap();
    stored.into_iter().filter_map(|one| one.held.map(|held| Entry::clone(&held.entry))).collect()
}

fn of(entries: &[Entry]) -> (Vec<&record::Filed>, Vec<&SignedStatement>) {
    let filed =
        entries.iter().filter_map(|entry| if let Body::Filed(filed) = &entry.body { Some(&**filed) } else { None });
    let signed =
        entries.iter().filter_map(|entry| if let Body::Signed(one) = &entry.body { Some(&**one) } else { None });
    (filed.collect(), signed.collect())
}

/// Every step, on whatever store: two officials sign, one of them a newer version; the record, an export and the forms tell of it.
fn signed_and_checked(place: &Place, on: &[&str], store: &dyn Fn() -> Box<dyn Store>) {
    let people = [add(place, on, "P. Officer", "privacy-officer"), add(place, on, "S. Visor", "supervisor")];
    let served = Served::start(place, on);
    let mut officer = Official::enrolled(&served, 1, &people[0]);
    let mut supervisor = Official::enrolled(&served, 2, &people[1]);
    let shown = officer.page(&served, PAGE);
    for said in ["No law asks for this statement", "What is open", "not compared", "<noscript>", "data-statement"] {
        assert!(shown.contains(said), "{said}: {shown}");
    }
    // Neither a key of their own under the passkey's name nor a device that did not verify its owner.
    let own = officer.device.clone();
    officer.device.forge(9);
    assert_eq!(officer.tries(&served, Some(2)).0, 403);
    officer.device = own.clone();
    officer.device.flags = PRESENT;
    assert_eq!(officer.tries(&served, Some(2)).0, 403);
    officer.device = own;
    let first = officer.signs(&served, Some(2));
    let again = supervisor.signs(&served, Some(2));
    assert_eq!(first, again);
    let other = officer.signs(&served, None);
    assert_ne!(first, other);
    let origin = officer.device.origin.clone();
    let folder = place.path().join(served.told["data"].as_str().unwrap_or(DATA)).join("filings");
    let folder = if folder.exists() { folder } else { place.path().join(DATA).join("filings") };
    served.stop();

    let all = entries(&*store());
    let (filed, signed) = of(&all);
    // Two versions, three signatures, each statement made once.
    assert_eq!((filed.len(), signed.len()), (2, 3));
    assert_eq!((filed[0].content.as_str(), filed[1].content.as_str()), (first.as_str(), other.as_str()));
    assert_eq!(filed[0].signed_by.reveal(), "P. Officer");
    assert_eq!([signed[0].staff, signed[1].staff], [officer.staff, supervisor.staff]);
    let read: Value = serde_json::from_str(signed[0].statement.reveal()).unwrap();
    assert_eq!((&read["agency"], &read["period"]["name"]), (&json!("DOC"), &json!("2025Q3")));

    // Whoever holds the record, or an export of it, checks all three.
    let verified = place.run(&[&["verify", DATA, "--json"], on].concat());
    let told = verified.json();
    assert_eq!((verified.status, &told["record"]["statements_signed"]), (0, &json!(3)), "{}", verified.out);
    assert_eq!(told["record"]["signed_at"], json!([origin]));
    let exported = place.run(&[&["export", "export"], on].concat());
    assert_eq!(exported.status, 0, "{}", exported.err);
    let here = place.run(&["verify", "export", "--desk", &origin]);
    assert_eq!(here.status, 0, "{}", here.out);
    let at = format!("3 statements were signed with passkeys at {origin}");
    assert!(here.out.contains(&format!("{at}, as given")), "{}", here.out);
    let asks = place.run(&["verify", "export"]);
    assert!(asks.out.contains(&format!("{at}: see that this is the desk’s own address")), "{}", asks.out);
    let elsewhere = place.run(&["verify", "export", "--desk", "https://desk.example.gov"]);
    assert_eq!(elsewhere.status, 1, "{}", elsewhere.out);
    assert!(elsewhere.out.contains("it was signed at another address than the desk's"), "{}", elsewhere.out);

    // Counted again from the export: the same bytes, and every form says who signed this version, and who did not.
    let key = place.path().join(DATA).join("log/log.vkey");
    let make = |out: &str, more: &[&str]| {
        let words = ["statement", "--agency", "DOC", "--quarter", "2025Q3", "--from-export", "export", "--out", out];
        let run = place.run(&[&words[..], &["--key", key.to_str().unwrap()], more].concat());
        assert_eq!(run.status, 0, "{}", run.err);
        let form = |form: &str| {
            String::from_utf8(
                std::fs::read(place.path().join(out).join(format!("statement-DOC-2025Q3{form}"))).unwrap(),
            )
        };
        ["json", "html", "csv"]
            .map(|one| form(&format!(".{one}")).unwrap())
            .into_iter()
            .chain([form("-signatures.json").unwrap()])
            .collect::<Vec<_>>()
    };
    let two = make("two", &["--unrecorded", "2"]);
    assert_eq!(two[0], signed[0].statement.reveal());
    for form in &two[1..] {
        for name in ["P. Officer (Privacy officer, DOC)", "S. Visor (Supervisor, DOC)"] {
            assert!(form.contains(&format!("Signed with a passkey by {name} on ")), "{form}");
        }
        assert!(!form.contains("Not signed"), "{form}");
    }
    let none = make("none", &[]);
    assert_eq!(none[0], signed[2].statement.reveal());
    assert!(none[1].contains("P. Officer") && !none[1].contains("S. Visor"), "{}", none[1]);
    let never = make("never", &["--unrecorded", "3"]);
    for form in &never[1..] {
        assert!(form.contains("Not signed") && !form.contains("P. Officer"), "{form}");
    }
    let machine: Value = serde_json::from_str(&never[3]).unwrap();
    assert_eq!((&machine["signed"], &machine["said"]), (&json!([]), &json!(["Not signed"])));
    // The desk wrote them when the newest was signed.
    let html = std::fs::read_to_string(folder.join("statement-DOC-2025Q3.html")).unwrap();
    assert_eq!(html, none[1]);
}

#[test]
fn officials_sign_a_statement_and_anybody_who_has_the_record_checks_it() {
    let place = asked(&[], in_sqlite);
    signed_and_checked(&place, &[], &|| in_sqlite(&place));
}

#[test]
fn officials_sign_a_statement_on_postgresql_too() {
    let address = cluster::database("signed");
    let config = format!("[store]\npostgres = \"{address}\"\n");
    let open = || -> Box<dyn Store> { Box::new(Postgres::open(&address).unwrap()) };
    let place = asked(&[&config], |_| open());
    signed_and_checked(&place, &["--config", CONFIG], &open);
}

/// A record of its own with these entries, as `verify` finds it.
fn record_of(entries: &[Entry]) -> Report {
    let place = tempfile::tempdir().unwrap();
    let store = Sqlite::open(&place.path().join("record.sqlite3")).unwrap();
    let drafts = entries.iter().enumerate().map(|(number, entry)| {
        let mut entry = entry.clone();
        entry.id = EntryId::from_bytes([u8::try_from(number).unwrap() + 1; 16]);
        Draft::from(entry)
    });
    store.commit("test", drafts.collect()).unwrap();
    drop(store);
    verify_against(place.path().to_str().unwrap(), &Against::default()).unwrap()
}

/// What somebody who writes the record before the log binds it could put there: every part of a signature is told by its place.
#[test]
fn a_signature_that_was_tampered_with_is_told_with_its_place() {
    let place = asked(&[], in_sqlite);
    let people = [add(&place, &[], "P. Officer", "privacy-officer"), add(&place, &[], "S. Visor", "supervisor")];
    let served = Served::start(&place, &[]);
    let mut officer = Official::enrolled(&served, 1, &people[0]);
    let supervisor = Official::enrolled(&served, 2, &people[1]);
    officer.signs(&served, None);
    served.stop();
    let all = entries(&*in_sqlite(&place));
    let about = |entry: &&Entry| matches!(entry.body, Body::Staff(_) | Body::Filed(_) | Body::Signed(_));
    let all: Vec<Entry> = all.iter().filter(about).cloned().collect();
    let sound = record_of(&all);
    assert!(sound.sound && sound.record.as_ref().unwrap().statements_signed == 1, "{sound:?}");
    assert!(!sound.notes.iter().any(|note| matches!(note, Note::Unenrolled { .. })), "{sound:?}");

    let last = all.len() - 1;
    let told = |changed: &[Entry]| -> String {
        let report = record_of(changed);
        assert!(!report.sound && report.faults.count == 1, "{report:?}");
        let fault = &report.faults.named[0];
        let number = changed.iter().position(|entry| matches!(entry.body, Body::Signed(_))).unwrap();
        assert!(fault.place.starts_with(&format!("entry {number} of the record")), "{fault:?}");
        fault.what.clone()
    };
    let tampered = |change: &dyn Fn(&mut SignedStatement)| -> String {
        let mut all = all.clone();
        let Body::Signed(signed) = &mut all[last].body else { panic!("the signature is last") };
        change(signed);
        told(&all)
    };
    let replaced = |text: &record::Private, from: &str, to: &str| -> record::Private {
        assert!(text.reveal().contains(from));
        text.reveal().replacen(from, to, 1).into()
    };
    let flipped = |bytes: &HexBytes, place: usize| {
        let mut bytes = bytes.as_bytes().to_vec();
        bytes[place] ^= 1;
        HexBytes::of(&bytes)
    };
    let said = |change: &dyn Fn(&mut SignedStatement), part: &str| {
        let what = tampered(change);
        assert!(what.contains(part), "`{part}` is not in `{what}`");
    };
    said(&|one| one.statement = replaced(&one.statement, "\"nil\":false", "\"nil\":true"), "another challenge");
    said(&|one| one.answer.nonce = Nonce::from_bytes([1; 32]), "another challenge");
    said(&|one| one.agency = "NYPD".into(), "(`statement`)");
    said(&|one| one.from = "2025-04-01".parse().unwrap(), "(`statement`)");
    said(&|one| one.answer.origin = "https://desk.example.gov".to_owned(), "(`origin`)");
    said(&|one| one.answer.browser = one.answer.browser.replace("webauthn.get", "webauthn.create"), "(`browser`)");
    said(&|one| one.answer.browser = one.answer.browser.replace("false", "true"), "(`origin`)");
    said(&|one| one.answer.browser.push(' '), "(`signature`)");
    said(&|one| one.answer.device = flipped(&one.answer.device, 0), "(`origin`, `device`)");
    said(
        &|one| {
            let mut said = one.answer.device.as_bytes().to_vec();
            said[32] = PRESENT;
            one.answer.device = HexBytes::of(&said);
        },
        "did not verify its owner",
    );
    said(&|one| one.answer.device = flipped(&one.answer.device, 36), "(`signature`)");
    said(&|one| one.answer.signature = flipped(&one.answer.signature, 20), "(`signature`)");
    said(&|one| one.answer.signature = HexBytes::of(&[]), "(`signature`)");
    said(&|one| one.answer.key = PasskeyKey::Es256 { x: [7; 32], y: [9; 32] }, "(`signature`)");
    said(&|one| one.staff = supervisor.staff, "it calls its signer otherwise");
    let mut anothers = all.clone();
    anothers[last].by =
        record::Actor::Staff { name: "S. Visor".into(), role: record::Role::Supervisor, agency: "DOC".into() };
    if let Body::Signed(one) = &mut anothers[last].body {
        one.staff = supervisor.staff;
    }
    assert!(told(&anothers).contains("its passkey was not its signer's"));

    // Where it stands in the record counts, and not the moments, which a clock that was put back makes wrong.
    let mut clock = all.clone();
    clock[last].at = "2000-01-01T00:00:00Z".parse().unwrap();
    assert!(record_of(&clock).sound);
    let signed = all[last].clone();
    let mut early = all[..last].to_vec();
    early.insert(0, signed.clone());
    assert!(told(&early).contains("of which no entry before it says that it was made"));
    let made = early.remove(early.len() - 1);
    assert!(matches!(made.body, Body::Filed(_)));
    early.insert(0, made);
    assert!(told(&early).contains("its passkey was not its signer's"));
    // Revoked before it was used.
    let change_of = |change: Change| {
        let staff = all.iter().find_map(|entry| match &entry.body {
            Body::Staff(staff) if staff.staff == officer.staff => Some((entry.clone(), staff.clone())),
            _ => None,
        });
        let (entry, mut staff) = staff.unwrap();
        staff.change = change;
        Entry { body: Body::Staff(staff), ..entry }
    };
    let Body::Signed(one) = &signed.body else { panic!("the signature is last") };
    let mut revoked = all.clone();
    revoked.insert(last, change_of(Change::Revoked { key: Some(one.answer.key.hash()) }));
    assert!(told(&revoked).contains("its passkey was not its signer's"));
    // Of before the record named keys: said, and no fault.
    let mut older = all.clone();
    for entry in &mut older {
        if let Body::Staff(staff) = &mut entry.body
            && let Change::Enrolled { key } = &mut staff.change
        {
            *key = None;
        }
    }
    let report = record_of(&older);
    assert!(report.sound && report.notes.contains(&Note::Unenrolled { statements: 1 }), "{report:?}");
    // Another name than that of the enrolment.
    let mut called = all.clone();
    if let record::Actor::Staff { name, .. } = &mut called[last].by {
        *name = "S. Visor".into();
    }
    assert!(told(&called).contains("it calls its signer otherwise"));
    // Another agency's official.
    let mut theirs = all.clone();
    if let record::Actor::Staff { agency, .. } = &mut theirs[last].by {
        *agency = "NYPD".into();
    }
    assert!(told(&theirs).contains("of another agency than its signer's"));
    // Only the named statement.
    let mut another = all;
    another.iter_mut().for_each(|entry| {
        if let Body::Filed(filed) = &mut entry.body {
            filed.content = Sha256Hex::of([3; 32]);
        }
    });
    assert!(told(&another).contains("of which no entry before it says that it was made"));
}
