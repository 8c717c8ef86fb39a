//! The served desk from outside: where it says that it listens, the invented city and its filings, and what a second start adds.

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    path::Path,
    process::{Child, Stdio},
};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::commands::Place;
use crate::folders::copy;
use crate::report::{ORIGIN, Phone, published::pages, rng};
use crate::store::cluster;

/// What every page of an invented city says.
const BANNER: &str = "This is an invented city. Its requests were drawn from published totals. No person here is real.";

/// A serving process, told to stop when it is dropped.
pub struct Served {
    child: Child,
    pub told: Value,
    address: String,
    pub cookie: String,
}

impl Served {
    pub fn start(place: &Place, more: &[&str]) -> Served {
        let words = [&["serve", "--json", "--listen", "127.0.0.1:0"], more].concat();
        let mut command = place.command(&words);
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut said = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut said).unwrap();
        let told: Value = serde_json::from_str(&said).unwrap_or_else(|error| panic!("{error}: {said}"));
        let address = told["listening"].as_str().unwrap().to_owned();
        Served { child, told, address, cookie: String::new() }
    }

    /// One exchange: status, head, body.
    pub fn ask(&self, method: &str, path: &str, form: &str) -> (u16, String, Vec<u8>) {
        self.ask_as(&self.cookie, method, path, form)
    }

    /// The same of whoever has this cookie.
    pub fn ask_as(&self, cookie: &str, method: &str, path: &str, form: &str) -> (u16, String, Vec<u8>) {
        self.send(cookie, method, path, "application/x-www-form-urlencoded", form)
    }

    /// The same with a form of this type.
    pub fn send(&self, cookie: &str, method: &str, path: &str, kind: &str, form: &str) -> (u16, String, Vec<u8>) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let (address, length) = (&self.address, form.len());
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nhost: {address}\r\ncookie: {cookie}\r\nconnection: close\r\n\
             content-type: {kind}\r\ncontent-length: {length}\r\n\r\n{form}"
        )
        .unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let at = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
        let head = String::from_utf8(answer[..at].to_vec()).unwrap();
        (head[9..12].parse().unwrap(), head, answer.split_off(at + 4))
    }

    fn page(&self, path: &str) -> String {
        String::from_utf8(self.ask("GET", path, "").2).unwrap()
    }

    pub fn sign_in(&mut self, agency: &str) {
        self.sign_in_as(agency, "desk");
    }

    pub fn sign_in_as(&mut self, agency: &str, role: &str) {
        let (status, head, _) = self.ask("POST", "/sign-in", &format!("name=A.+Clerk&agency={agency}&role={role}"));
        assert_eq!(status, 303, "{head}");
        let cookie = head.lines().find_map(|line| line.strip_prefix("set-cookie: ")).unwrap();
        self.cookie = cookie.split(';').next().unwrap().to_owned();
    }

    pub fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// Dies at once, and is gone when this returns.
    pub fn die(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub fn stop(mut self) {
        kill_process(Pid::from_child(&self.child), Signal::TERM).unwrap();
        assert_eq!(self.child.wait().unwrap().code(), Some(0));
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // Already ended, unless the test failed before it told it to stop.
        let _ = self.child.kill();
    }
}

/// The shipped pack with only those published figures whose text has one of these words, so that the city is drawn in a moment.
fn small_city(place: &Place, words: &[&str]) {
    let pack = place.path().join("pack");
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packs/nyc"), &pack);
    let figures = pack.join("published_figures.csv");
    let text = fs::read_to_string(&figures).unwrap();
    let kept: Vec<&str> = text
        .lines()
        .filter(|line| line.starts_with("law_section") || words.iter().any(|word| line.contains(word)))
        .collect();
    fs::write(figures, kept.join("\n")).unwrap();
}

#[test]
fn for_machines_serving_tells_its_addresses_in_one_line() {
    let place = Place::new();
    let served = Served::start(&place, &["--report", "127.0.0.1:0"]);
    let told = &served.told;
    for (name, path) in
        [("gate", "gate"), ("filings", "filings"), ("log", "log"), ("health", "healthz"), ("metrics", "metrics")]
    {
        assert_eq!(told[name], format!("http://{}/{path}", served.address), "{told}");
    }
    assert_eq!((&told["invented"], &told["development_sign_in"]), (&false.into(), &false.into()));
    // There are no pages whose keys could be missing.
    assert_eq!(told["reports"]["keys_published"], true);
    assert_eq!(told["reports"]["promise_key"].as_str().map(str::is_empty), Some(false));
    let reports = told["reports"]["url"].as_str().unwrap().strip_prefix("http://").unwrap().trim_end_matches('/');
    // Both doors are open when the line is said.
    TcpStream::connect(reports).unwrap();
    assert_eq!(served.ask("GET", "/healthz", "").0, 200);
    let page = served.page("/sign-in");
    assert!(!page.contains(BANNER), "{page}");
    served.stop();
}

#[test]
fn the_setting_opens_a_gateway_at_the_residents_door_alone_with_other_keys_at_each_start() {
    let place = Place::new();
    place.file("city.toml", "data = \"data\"\n[report]\noblivious = \"https://reports.example\"\n");
    let gateway = server::report::oblivious::GATEWAY;
    let keys = || {
        let served = Served::start(&place, &["--config", "city.toml", "--report", "127.0.0.1:0"]);
        let url = served.told["reports"]["url"].as_str().unwrap().trim_end_matches('/');
        let official = seal::Identity::make(&mut rng());
        let given = Phone::with(url, official.recipient().unwrap()).call("GET", gateway, &[], b"");
        assert_eq!((given.status, given.headers["content-type"].to_str().unwrap()), (200, "application/ohttp-keys"));
        assert_eq!(served.ask("GET", gateway, "").0, 404, "the desk has none");
        served.stop();
        given.body
    };
    let (one, two) = (keys(), keys());
    // Length of the list's one configuration, name of the key, of the KEM; then its public half.
    let public = |list: &[u8]| list[5..37].to_vec();
    assert_ne!(public(&one), public(&two));
    // Nothing of a key is in the data folder, not even its public half.
    let mut folders = vec![place.path().join("data")];
    let mut files = 0;
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.is_dir() {
                folders.push(entry);
                continue;
            }
            // The desk's socket holds nothing.
            if !entry.is_file() {
                continue;
            }
            let bytes = fs::read(&entry).unwrap();
            let has = |public: Vec<u8>| bytes.windows(32).any(|window| window == public);
            assert!(!has(public(&one)) && !has(public(&two)), "{}", entry.display());
            files += 1;
        }
    }
    assert!(files > 3, "the folder was looked through");
}

#[test]
fn an_invented_city_says_so_on_every_page_files_what_has_ended_and_is_not_drawn_twice() {
    let place = Place::new();
    small_city(&place, &["2015-10-01", "coming release", "10-178"]);
    let demo = ["--demo", "--pack", "pack"];
    let mut served = Served::start(&place, &demo);
    assert_eq!(served.told["invented"], true);
    assert!(served.page("/sign-in").contains(BANNER));
    served.sign_in("DOC");
    let requests = served.page("/requests");
    let one =
        requests.split("href=\"").find(|rest| rest.starts_with("/requests/rq-")).unwrap().split('"').next().unwrap();
    for path in [
        "/gate",
        "/requests",
        one,
        "/filings",
        "/filings/9-131/FY2016",
        "/filings/10-178/2024Q1",
        "/filings/14-154/FY2019",
        "/filings/9-131/FY2016/0/0/0",
        "/filings/9-131/none",
        "/filings/9-131/FY2016/entries",
        "/log",
        "/no-such-page",
    ] {
        let page = served.page(path);
        assert!(page.contains("<html") && page.contains(BANNER), "{path}: {page}");
    }
    let asked = served.ask("POST", "/gate", "agency=DOC&act=hold");
    assert!(asked.0 == 200 && String::from_utf8(asked.2).unwrap().contains(BANNER));

    // Every period of the four sections that has ended, as published: the list leads to its files.
    let list = served.page("/filings");
    let filed = fs::read_dir(place.path().join("vouchsafe-data/filings")).unwrap().count();
    assert!(filed >= 6 * 70 && filed.is_multiple_of(6), "{filed} files");
    assert_eq!(list.matches("Signed by invented official.").count(), filed / 6);
    for form in ["html", "pdf", "csv", "json"] {
        let path = format!("/filings/9-131/FY2017/{form}");
        assert!(list.contains(&format!("href=\"{path}\"")), "{path} is not in the list");
        let (status, head, body) = served.ask("GET", &path, "");
        assert!(status == 200 && head.contains(&format!("filename=\"9-131-FY2017.{form}\"")), "{head}");
        let there = fs::read(place.path().join(format!("vouchsafe-data/filings/9-131-FY2017.{form}"))).unwrap();
        assert!(body == there && !body.is_empty(), "{path}");
        if form != "pdf" {
            let text = String::from_utf8(body).unwrap();
            assert!(text.contains("invented"), "{path}: {text}");
        }
    }
    // 20 releases were told and 20 persons handed over, and nobody was held (9-131(f)(2), (3)).
    let csv = fs::read_to_string(place.path().join("vouchsafe-data/filings/9-131-FY2017.csv")).unwrap();
    let figure =
        |line: &str| csv.lines().find(|row| row.contains(line)).map(|row| row.split(',').any(|cell| cell == "20"));
    assert_eq!(figure("Persons transferred"), Some(true), "{csv}");
    let entries = place.entries();
    served.stop();
    // Nothing of the record waits beside its file when a server has stopped.
    let waits = fs::metadata(place.path().join("vouchsafe-data/record.sqlite3-wal")).map_or(0, |wal| wal.len());
    assert_eq!(waits, 0, "bytes of the write-ahead log");

    // A file that is not what was recorded is not shown as published.
    let json = place.path().join("vouchsafe-data/filings/9-131-FY2017.json");
    let sound = fs::read(&json).unwrap();
    fs::write(&json, b"{}").unwrap();
    let mut again = Served::start(&place, &demo);
    again.sign_in("DOC");
    assert_eq!(again.ask("GET", "/filings/9-131/FY2017/pdf", "").0, 404);
    assert_eq!(again.page("/filings").matches("Signed by invented official.").count(), filed / 6 - 1);
    assert_eq!(place.entries(), entries, "starting twice adds nothing");
    again.stop();

    // What `vouchsafe file` makes of the same record is the same, byte for byte.
    let words = "file 9-131 --period FY2017 --out by-hand --include-source demo --json --pack pack --dry-run";
    let run = place.run(&words.split(' ').collect::<Vec<_>>());
    assert_eq!(run.status, 0, "{}", run.err);
    for form in ["html", "pdf", "csv"] {
        let name = format!("9-131-FY2017.{form}");
        let (one, other) =
            (place.path().join("by-hand").join(&name), place.path().join("vouchsafe-data/filings").join(&name));
        assert!(fs::read(one).unwrap() == fs::read(other).unwrap(), "{name}");
    }
    assert_eq!(fs::read(place.path().join("by-hand/9-131-FY2017.json")).unwrap(), sound);
    assert_eq!(run.json()["content_sha256"], hex::encode(Sha256::digest(&sound)));
    let verified = place.run(&["verify", "vouchsafe-data", "--json"]);
    assert_eq!(verified.status, 0, "{}{}", verified.out, verified.err);
}

#[test]
fn on_postgresql_both_doors_are_open_keep_a_report_and_stop_in_order() {
    let place = Place::new();
    let database = cluster::database("both_doors");
    place.file(
        "city.toml",
        format!("data = \"data\"\n[log]\norigin = \"{ORIGIN}\"\n[store]\npostgres = \"{database}\"\n"),
    );
    let config = ["--config", "city.toml"];
    let start = |more: &[&str]| {
        let open = ["--report", "127.0.0.1:0", "--development-sign-in-for-everyone"];
        let mut served = Served::start(&place, &[&config[..], &open, more].concat());
        served.sign_in("DOC");
        for path in ["/gate", "/filings", "/log/checkpoint", "/healthz", "/metrics"] {
            assert_eq!(served.ask("GET", path, "").0, 200, "{path}");
        }
        served
    };
    let official = seal::Identity::make(&mut rng());
    let phone = |served: &Served| {
        let url = served.told["reports"]["url"].as_str().unwrap().trim_end_matches('/');
        Phone::with(url, official.recipient().unwrap())
    };

    let served = start(&[]);
    let first = phone(&served);
    let ready = first.seal("what happened", Vec::new());
    let promise = fs::read_to_string(place.path().join("data/log/promise.vkey")).unwrap();
    let promise = tlog::signature::parse_keys(&promise).unwrap().remove(0);
    let promised = first.check(&promise, &ready, &first.send(&ready));
    assert!(!first.look(0).is_empty());
    assert_eq!(first.call("GET", "/in/keys", &[], b"").code(), "404 not-yet");
    served.stop();

    pages(&place.path().join("pages"), &place.path().join("data"), &[1, 2]);
    let early = place.run(&[&["serve", "--report", "127.0.0.1:0", "--report-pages", "pages"][..], &config].concat());
    assert_eq!(early.status, 2, "{}", early.out);
    assert!(early.err.contains("are not published: two people do it with `vouchsafe pages publish`"), "{}", early.err);
    fs::create_dir_all(place.path().join("dist")).unwrap();
    pages(&place.path().join("dist/report"), &place.path().join("data"), &[1, 2]);
    let served = start(&[]);
    assert_eq!(
        served.told["reports"]["pages"],
        serde_json::Value::Null,
        "pages that only lie there and nobody published are not served"
    );
    assert_eq!(phone(&served).call("GET", "/keys.bin", &[], b"").status, 404);
    served.stop();

    let publish = ["pages", "publish", "--report-pages", "pages", "--by", "A. Privacy", "--by", "B. Counsel"];
    let published = place.run(&[&publish[..], &config].concat());
    assert_eq!(published.status, 0, "{}", published.err);

    let served = start(&["--report-pages", "pages"]);
    assert_eq!(served.told["reports"]["keys_published"], true);
    let second = phone(&served);
    assert_eq!(second.call("GET", "/keys.bin", &[], b"").status, 200);
    for proof in ["/in/keys", "/in/pages"] {
        assert_eq!(second.call("GET", proof, &[], b"").status, 200, "{proof}");
    }
    let url = served.told["reports"]["url"].as_str().unwrap();
    let check = |key: &str| place.run(&["pages", "check", url, "--key", key]);
    let seen = check("data/log/log.vkey");
    assert_eq!(seen.status, 0, "{}{}", seen.out, seen.err);
    assert!(seen.out.contains("approved by B. Counsel"), "{}", seen.out);
    let other = check("data/log/promise.vkey");
    assert_eq!(other.status, 1, "{}", other.err);
    assert!(other.out.contains("what the door shows is not in the log of this key"), "{}", other.out);
    let again = first.check(&promise, &ready, &second.send(&ready));
    assert_eq!(again, promised, "the same report is one, whichever process is asked");
    served.stop();
    let verified = place.run(&[&["verify", "data"][..], &config].concat());
    assert_eq!(verified.status, 0, "{}{}", verified.out, verified.err);
}
