//! `erase`, and what remains to be seen of what was erased: in the files, by its id, by importing again.

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead as _, BufReader},
    process::{Child, Stdio},
    thread,
};

use record::EntryId;
use rusqlite::Connection;
use serde_json::json;
use server::{
    log::verify::verify,
    store::{Sqlite, Store as _, Stored},
};

use crate::commands::{DETAINER, Place, Transcript, counts, example, twin};

const DATA: &str = "vouchsafe-data";

fn record(place: &Place) -> std::path::PathBuf {
    place.path().join(DATA).join("record.sqlite3")
}

fn entries(place: &Place) -> Vec<Stored> {
    Sqlite::open_to_read(&record(place)).unwrap().entries(0, usize::MAX).unwrap()
}

/// Records a request to DOC with two questions; the ids of its entries.
fn recorded(place: &Place) -> Vec<EntryId> {
    assert_eq!(place.run(&["decide", &example(DETAINER), "--on", "2026-06-15", "--record"]).status, 3);
    entries(place).iter().map(|stored| stored.id).collect()
}

fn erase(place: &Place, id: &str, more: &[&str]) -> Transcript {
    let order = ["erase", id, "--order", "Index No. 1/2026", "--dated", "2026-06-01", "--by", "A. Privacy"];
    place.run(&[&order[..], &["--by", "B. Counsel"], more].concat())
}

#[track_caller]
fn sound(place: &Place) -> (u64, u64) {
    let report = verify(place.path().join(DATA).to_str().unwrap(), &[]).unwrap();
    assert_eq!(report.faults.named, []);
    let record = report.record.unwrap();
    (record.erased, record.waiting)
}

/// Whether the bytes stand in any file of the store.
fn found(place: &Place, needle: &[u8]) -> bool {
    let mut files = fs::read_dir(place.path().join(DATA)).unwrap().map(|file| file.unwrap().path());
    files.any(|file| file.is_file() && fs::read(file).unwrap().windows(needle.len()).any(|window| window == needle))
}

#[test]
fn an_entry_is_erased_and_its_leaf_stays() {
    let place = Place::new();
    let ids = recorded(&place);
    let before = entries(&place);
    let salt = *before[1].held.as_ref().unwrap().salt.as_bytes();
    assert!(found(&place, &salt));
    let run = erase(&place, &ids[1].to_string(), &["--json"]);
    assert_eq!((run.status, run.err.as_str()), (0, ""), "{}", run.out);
    let printed = run.json();
    assert_eq!(printed["erased"], ids[1].to_string());
    assert_eq!((&printed["bytes"], &printed["already"]), (&json!("overwritten"), &json!(false)));
    assert_eq!((&printed["log_index"], &printed["log_size"]), (&json!(1), &json!(4)));
    assert_eq!(printed["others"], json!([ids[0].to_string(), ids[2].to_string()]));
    let after = entries(&place);
    assert_eq!((after.len(), &after[1].held, after[1].leaf), (4, &None, before[1].leaf));
    assert_eq!((&after[0], &after[2]), (&before[0], &before[2]), "nothing else is touched");
    assert!(!found(&place, &salt));
    assert_eq!(sound(&place), (1, 0));
    assert_eq!(place.run(&["verify", DATA]).status, 0);

    // The same order again is done already; another one finds nothing left to erase.
    let again = erase(&place, &ids[1].to_string(), &["--json"]).json();
    assert_eq!((&again["already"], &again["erasure"]), (&json!(true), &printed["erasure"]));
    let other = place.run(&["erase", &ids[1].to_string(), "--sealing", "CPL 160.50", "--by", "A", "--by", "B"]);
    assert_eq!((other.status, other.out.as_str()), (2, ""));
    assert!(other.err.contains("was erased before"), "{}", other.err);
    assert_eq!(place.entries(), 4);

    let text = erase(&place, &ids[2].to_string(), &[]);
    assert_eq!(text.status, 0, "{}", text.err);
    for says in ["was erased; entry en-", "leaf 2 of the log", "overwritten in the store's files", "backups"] {
        assert!(text.out.contains(says), "`{says}` is not in\n{}", text.out);
    }
}

#[test]
fn an_erasure_needs_an_entry_a_reason_and_two_people() {
    let place = Place::new();
    let unknown = "en-01040g2081040g2081040g2081j";
    let run = erase(&place, unknown, &[]);
    assert_eq!((run.status, run.err.contains("there is no data folder")), (2, true), "{}", run.err);
    assert!(!place.path().join(DATA).exists());
    let ids = recorded(&place);
    let id = ids[0].to_string();
    let order = ["--order", "x"];
    let cases: [(&[&str], &str); 8] = [
        (&["erase", unknown, "--order", "x", "--by", "A", "--by", "B"], "there is no entry"),
        (&["erase", "en-nonsense", "--order", "x", "--by", "A", "--by", "B"], "en-nonsense"),
        (&["erase", &id, "--by", "A", "--by", "B"], "--schedule"),
        (&["erase", &id, "--order", "x", "--schedule", "y", "--by", "A", "--by", "B"], "cannot be used"),
        (&["erase", &id, "--order", " ", "--by", "A", "--by", "B"], "--order must have"),
        (&["erase", &id, order[0], order[1], "--by", "A. Privacy"], "an erasure needs two people, and 1 stand here"),
        (&["erase", &id, "--order", "x", "--by", "A. Privacy", "--by", "a. privacy "], "somebody else must approve it"),
        (&["erase", &id, "--order", "x", "--by", "A", "--by", "B", "--dated", "2026-02-30"], "2026-02-30"),
    ];
    for (arguments, says) in cases {
        let run = place.run(arguments);
        assert_eq!((run.status, run.out.as_str()), (2, ""), "{arguments:?}");
        assert!(run.err.contains(says), "{arguments:?}: `{says}` is not in {}", run.err);
    }
    assert!(entries(&place).iter().all(|stored| stored.held.is_some()));
    assert_eq!(sound(&place), (0, 0));
}

#[test]
fn bytes_that_somebody_reads_are_said_to_wait() {
    let place = Place::new();
    let ids = recorded(&place);
    let salt = *entries(&place)[0].held.as_ref().unwrap().salt.as_bytes();
    let reader = Connection::open(record(&place)).unwrap();
    reader.execute_batch("BEGIN; SELECT count(*) FROM entry").unwrap();
    let run = erase(&place, &ids[0].to_string(), &["--json"]);
    assert_eq!((run.status, &run.json()["bytes"]), (1, &json!("waiting")), "{}", run.err);
    assert!(found(&place, &salt));
    assert_eq!(sound(&place), (1, 0));
    reader.execute_batch("COMMIT").unwrap();
    let again = erase(&place, &ids[0].to_string(), &["--json"]);
    assert_eq!((again.status, &again.json()["bytes"]), (0, &json!("overwritten")), "{}", again.err);
    assert!(!found(&place, &salt));
}

/// A release is public. What stays of an erased row must not tell whoever tries its rows that this one was recorded.
#[test]
fn an_erased_import_is_not_named_by_what_stays_and_does_not_come_back() {
    let (place, other) = (Place::new(), Place::new());
    for place in [&place, &other] {
        place.file("rows.csv", twin(1..=20));
        let run = place.run(&["import", "ice-foia", "rows.csv", "--json"]);
        assert_eq!((run.status, counts(&run.json())), (0, [20, 20, 0, 0, 0]), "{}", run.err);
    }
    let ids = |place: &Place| entries(place).iter().map(|stored| stored.id).collect::<Vec<_>>();
    let (here, there) = (ids(&place), ids(&other));
    assert_eq!(here.len(), there.len());
    assert!(here.iter().all(|id| !there.contains(id)), "ids of the same rows are each folder's own");
    let keys = |place: &Place| -> Vec<String> {
        let db = Connection::open(record(place)).unwrap();
        let mut query = db.prepare("SELECT key FROM done_key ORDER BY key").unwrap();
        query.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
    };
    let (kept, elsewhere) = (keys(&place), keys(&other));
    assert!(kept.iter().all(|key| !elsewhere.contains(key) && key.len() == "ice-foia:".len() + 64), "{kept:?}");

    // Every entry of the first row goes; importing again brings none of it back.
    let of_row = entries(&place);
    let request = of_row[0].entry().unwrap().body.request();
    let of_row = of_row.iter().filter(|stored| stored.entry().unwrap().body.request() == request);
    let mut erased = 0;
    for stored in of_row {
        assert_eq!(erase(&place, &stored.id.to_string(), &[]).status, 0);
        erased += 1;
    }
    assert!(erased > 1);
    let before = place.entries();
    assert_eq!(counts(&place.run(&["import", "ice-foia", "rows.csv", "--json"]).json()), [20, 0, 20, 0, 0]);
    assert_eq!(place.entries(), before);
    assert_eq!(sound(&place), (erased, 0));

    // Without the secret a second import would add every row again, so it is refused.
    fs::remove_file(place.path().join(DATA).join("keys/import.key")).unwrap();
    let run = place.run(&["import", "ice-foia", "rows.csv"]);
    assert_eq!((run.status, run.out.as_str()), (2, ""), "{}", run.err);
    assert!(run.err.contains("import.key` is not there, though the record holds imported rows"), "{}", run.err);
    assert_eq!(place.entries(), before);
}

struct Served {
    child: Child,
    origin: String,
}

impl Served {
    fn start(place: &Place) -> Self {
        let mut command = place.command(&["serve", "--development-sign-in-for-everyone", "--listen", "127.0.0.1:0"]);
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let origin = lines.find_map(|line| Some(line.split_once("http://")?.1.strip_suffix("/gate")?.to_owned()));
        // Read on, so that what it prints later finds an open pipe.
        thread::spawn(move || lines.count());
        Self { child, origin: format!("http://{}", origin.expect("the server says where it listens")) }
    }

    fn agent() -> ureq::Agent {
        ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0).build().into()
    }

    /// The cookie of somebody of this agency.
    fn sign_in(&self, agency: &str) -> String {
        let form = [("name", "Story"), ("agency", agency), ("role", "desk")];
        let answer = Self::agent().post(format!("{}/sign-in", self.origin)).send_form(form).unwrap();
        let cookie = answer.headers().get("set-cookie").expect("signed in").to_str().unwrap();
        cookie.split(';').next().unwrap().to_owned()
    }

    /// Status and body.
    fn get(&self, path: &str, cookie: Option<&str>) -> (u16, String) {
        let mut request = Self::agent().get(format!("{}{path}", self.origin));
        if let Some(cookie) = cookie {
            request = request.header("cookie", cookie);
        }
        let mut answer = request.call().unwrap();
        (answer.status().as_u16(), answer.body_mut().read_to_string().unwrap())
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

#[test]
fn an_id_leads_to_a_leaf_only_for_the_agency_that_was_asked() {
    let place = Place::new();
    let ids = recorded(&place);
    assert_eq!(erase(&place, &ids[2].to_string(), &[]).status, 0);
    let served = Served::start(&place);
    let (doc, nypd) = (served.sign_in("DOC"), served.sign_in("NYPD"));
    let of = |id: &EntryId| format!("/log/proof/{id}");
    // By its index each leaf has a proof for anybody, the erased one too.
    let mut proofs = BTreeMap::new();
    for index in 0..4 {
        let (status, proof) = served.get(&format!("/log/proof/{index}"), None);
        assert_eq!((status, proof.starts_with("c2sp.org/tlog-proof@v1")), (200, true), "{proof}");
        proofs.insert(index, proof);
    }
    assert_eq!(served.get("/log/proof/4", None).0, 404);
    for (index, id) in [(0, &ids[0]), (1, &ids[1])] {
        assert_eq!(served.get(&of(id), None), (404, String::new()), "nobody is signed in");
        assert_eq!(served.get(&of(id), Some(&nypd)), (404, String::new()), "another agency's");
        assert_eq!(served.get(&of(id), Some(&doc)), (200, proofs[&index].clone()));
    }
    // An erased entry is nobody's any more: its id is answered as one that never was.
    let never: EntryId = "en-01040g2081040g2081040g2081j".parse().unwrap();
    for cookie in [None, Some(&doc), Some(&nypd)] {
        let cookie = cookie.map(String::as_str);
        assert_eq!(served.get(&of(&ids[2]), cookie), served.get(&of(&never), cookie));
    }
    // The request's page links the proof of each of its entries by index.
    let request = entries(&place)[0].entry().unwrap().body.request().unwrap();
    let (status, page) = served.get(&format!("/requests/{request}"), Some(&doc));
    assert_eq!(status, 200);
    assert!(page.contains("href=\"/log/proof/0\"") && page.contains("href=\"/log/proof/1\""));
    assert!(!page.contains("/log/proof/en-"));
}

#[test]
fn help_has_an_example() {
    let run = Place::new().run(&["erase", "--help"]);
    let said = ["Example: vouchsafe erase en-", "Exit status: 0", "--order", "--schedule", "--sealing", "--by"];
    assert_eq!(run.status, 0);
    assert!(said.iter().all(|says| run.out.contains(says)), "{}", run.out);
}
