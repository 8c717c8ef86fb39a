//! The door under `strace`: a promise leaves the process only when everything that it promises is on the disk.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Command, Stdio},
};

use super::*;
use crate::{
    commands::Place,
    traced::{CALLS, MISSING, calls},
};

/// What stands on the disk for a report: everything of the data folder but the log, which follows in its own time.
fn ours(place: &str, data: &Path) -> bool {
    place
        .strip_prefix(data.to_str().unwrap())
        .is_some_and(|below| !below.is_empty() && !below.starts_with("/log/") && !below.ends_with("-shm"))
}

/// Holds the order; gives how many promises were said, and how many files were synced.
fn promised_after_synced(trace: &str, data: &Path) -> (usize, BTreeSet<String>) {
    let (mut open, mut syncing, mut synced, mut said) = (BTreeSet::new(), BTreeMap::new(), BTreeSet::new(), 0);
    let thread = |line: &str| line.split(' ').next().unwrap_or_default().to_owned();
    for line in trace.lines() {
        if line.contains("sync resumed>") {
            // Only now has the disk answered.
            if let Some(place) = syncing.remove(&thread(line)) {
                open.remove(&place);
                synced.insert(place);
            }
            continue;
        }
        let Some((name, place, line)) = calls(line).next() else { continue };
        match name {
            "write" | "writev" | "sendto" | "sendmsg" if line.contains("/report-promise\\n") => {
                assert!(open.is_empty(), "promised before {open:?} were on the disk: {line}");
                assert_eq!(syncing, BTreeMap::new(), "promised while a sync was under way: {line}");
                said += 1;
            }
            "write" | "pwrite64" | "writev" | "pwritev" if ours(place, data) => drop(open.insert(place.to_owned())),
            "fsync" | "fdatasync" if ours(place, data) && line.ends_with("<unfinished ...>") => {
                syncing.insert(thread(line), place.to_owned());
            }
            "fsync" | "fdatasync" if ours(place, data) => {
                open.remove(place);
                synced.insert(place.to_owned());
            }
            // A new name is on the disk when its folder is.
            "rename" | "renameat" | "renameat2" | "link" | "linkat" => {
                assert!(!open.contains(place), "named before it was on the disk: {line}");
                let to = line.split('"').nth(3).unwrap_or(place);
                if ours(to, data) {
                    open.insert(Path::new(to).parent().unwrap().display().to_string());
                }
            }
            _ => {}
        }
    }
    (said, synced)
}

/// What a server called, as `strace` writes it, while it was used.
fn traced(place: &Place, which: &str, used: impl FnOnce(&str)) -> String {
    let trace = place.path().join("trace");
    let mut strace = Command::new("strace");
    strace.args(["-f", "-qq", "-y", "-s", "400", "-e", &format!("trace={which}"), "-e", "signal=none"]);
    strace.arg("-o").arg(&trace).arg(env!("CARGO_BIN_EXE_vouchsafe"));
    strace.args(["serve", "--listen", "127.0.0.1:0", "--report", "127.0.0.1:0", "--data"]);
    strace.arg(place.path().join("city"));
    let mut server = strace.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect(MISSING);
    let mut lines = BufReader::new(server.stdout.take().unwrap()).lines().map_while(Result::ok);
    let reports = lines.find(|line| line.starts_with("Reports")).unwrap();
    std::thread::spawn(move || lines.count());
    used(&format!("http://{}", reports.split_once("http://").unwrap().1.split('/').next().unwrap()));
    let program = std::fs::read_to_string(format!("/proc/{0}/task/{0}/children", server.id())).unwrap();
    let program = rustix::process::Pid::from_raw(program.trim().parse().unwrap()).unwrap();
    rustix::process::kill_process(program, rustix::process::Signal::TERM).unwrap();
    assert!(server.wait().unwrap().success());
    std::fs::read_to_string(trace).unwrap()
}

/// Sends three reports, two of them with a file.
fn three_reports(url: &str) -> Vec<Phone> {
    let official = Identity::make(&mut rng());
    let send = |round: u8| {
        let phone = Phone::with(url, official.recipient().unwrap());
        let mut files = Vec::new();
        if round > 0 {
            let (sealed, attachment) = phone.seal_file(&[round; 5000], "a.jpg");
            files.push((phone.upload(&sealed), attachment));
        }
        assert_eq!(phone.send(&phone.seal("a report", files)).status, 200);
        phone
    };
    (0..3).map(send).collect()
}

#[test]
fn nothing_is_promised_before_it_is_synced() {
    let place = Place::new();
    let data = place.path().join("city");
    // As a crash leaves them: the day's folders are there, and nobody knows whether their names are on the disk.
    let today = jiff::Zoned::now().in_tz("America/New_York").unwrap().date().to_string();
    for kind in ["envelopes", "attachments"] {
        std::fs::create_dir_all(data.join("blobs").join(kind).join(&today)).unwrap();
    }
    let trace = traced(&place, &format!("{CALLS},?sendto,?sendmsg"), |url| drop(three_reports(url)));
    let (said, synced) = promised_after_synced(&trace, &data);
    assert_eq!(said, 3, "{trace}");
    for part in ["/blobs/envelopes/", "/blobs/attachments/", "record.sqlite3-wal"] {
        assert!(synced.iter().any(|place| place.contains(part)), "{part} was never synced: {synced:?}");
    }
    for folder in ["blobs", "blobs/envelopes", "blobs/attachments"] {
        let place = data.join(folder).display().to_string();
        assert!(synced.contains(&place), "the names in {place} were never synced: {synced:?}");
    }
}

/// Whatever a phone sends, a server without a database elsewhere, object storage or a relay opens no connection: nothing that comes
/// can send it anywhere, and nobody else is told that something came.
#[test]
fn a_server_connects_nowhere() {
    let place = Place::new();
    let trace = traced(&place, "connect,accept4,?accept,?sendto,?sendmsg", |url| {
        for phone in three_reports(url) {
            phone.look(0);
            for (name, value) in [("host", "elsewhere.example"), ("x-forwarded-host", "elsewhere.example")] {
                phone.call("GET", "/", &[(name, value)], b"");
            }
            for path in
                ["/in/keys", "/in/pages", "/in/overdue", "/in/work", "/https://elsewhere.example/", "/manifest.json"]
            {
                phone.call("GET", path, &[], b"");
            }
            assert_eq!(phone.call("POST", "/in/withdraw", &[], &phone.proof()).status, 204);
        }
    });
    let taken = trace.lines().filter(|line| line.contains("accept")).count();
    assert!(taken >= 3, "what came is in the trace: {trace}");
    let away = |line: &&str| {
        line.contains("connect(")
            || (line.contains("send") && (line.contains("sin_port") || line.contains("sin6_port")))
    };
    let made: Vec<&str> = trace.lines().filter(away).collect();
    assert_eq!(made, Vec::<&str>::new());
}
