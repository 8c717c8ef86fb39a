//! Record and log as commands and nodes use them together: what is refused before anything is recorded, what is told after,
//! what is rebuilt, and who follows.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
};

use serde_json::Value;
use server::{
    log::{self, FollowError, Log, verify::verify},
    serve::follow::{Follower, Following},
    store::{Postgres, Sqlite, Store},
};

use crate::store::{cluster, draft};

/// A barred question: its status is 3.
fn detainer() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/detainer-with-administrative-warrant.json");
    fs::canonicalize(path).unwrap().display().to_string()
}

/// A folder in which commands run, with their data in `data`.
struct City(tempfile::TempDir);

impl City {
    fn new() -> Self {
        City(tempfile::tempdir().unwrap())
    }

    fn data(&self) -> PathBuf {
        self.0.path().join("data")
    }

    fn configure(&self, text: &str) {
        fs::write(self.0.path().join("city.toml"), format!("data = \"data\"\n{text}")).unwrap();
    }

    /// Status, output and errors.
    fn run(&self, arguments: &[&str]) -> (i32, String, String) {
        let config = self.0.path().join("city.toml");
        if !config.exists() {
            self.configure("");
        }
        let mut command = Command::new(env!("CARGO_BIN_EXE_vouchsafe"));
        let done = command.args(arguments).arg("--config").arg(config).current_dir(self.0.path()).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (done.status.code().unwrap(), text(done.stdout), text(done.stderr))
    }

    fn record(&self) -> (i32, String, String) {
        self.run(&["decide", &detainer(), "--on", "2026-06-15", "--record"])
    }

    /// Records, and it must be done without a word on standard error.
    #[track_caller]
    fn records(&self) {
        let (status, out, err) = self.record();
        assert_eq!((status, err.as_str()), (3, ""));
        assert!(out.contains("recorded: true"), "{out}");
    }

    /// Recording is refused with these words, and nothing is kept or signed.
    #[track_caller]
    fn refuses(&self, words: &str) {
        let state = || (self.entries(), fs::read(self.data().join("log/checkpoint")).ok());
        let before = state();
        let (status, out, err) = self.record();
        assert_eq!((status, out.as_str()), (2, ""), "{err}");
        assert!(err.contains("nothing was recorded") && err.contains(words), "{err}");
        assert!(state() == before);
    }

    fn entries(&self) -> u64 {
        Sqlite::open_to_read(&self.data().join("record.sqlite3")).map_or(0, |store| store.count().unwrap())
    }

    #[track_caller]
    fn verifies(&self, leaves: u64) {
        let report = verify(self.data().to_str().unwrap(), &[]).unwrap();
        assert_eq!((report.faults.named, report.size), (vec![], leaves));
    }
}

#[test]
fn the_configuration_names_the_log_whichever_command_begins_it() {
    let city = City::new();
    city.configure(&format!("[log]\norigin = \"log.example/{}\"\n", "x".repeat(244)));
    city.refuses("has 256 bytes, and no more than 255 can be signed");
    // The folder is not spoilt by it.
    city.configure("[log]\norigin = \"log.example/2026\"\n");
    city.records();
    assert!(fs::read_to_string(city.data().join("log/log.vkey")).unwrap().starts_with("log.example/2026+"));
    city.configure("[log]\norigin = \"log.example/2027\"\n");
    city.refuses("the log here is `log.example/2026`");
    city.configure("");
    city.records();
    city.verifies(6);
}

#[test]
fn a_restored_copy_signs_no_second_history_and_nothing_is_recorded_into_it() {
    let city = City::new();
    city.records();
    let data = city.data();
    let (record, checkpoint) = (data.join("record.sqlite3"), data.join("log/checkpoint"));
    let older = fs::read(&record).unwrap();
    city.records();
    let (newer, published) = (fs::read(&record).unwrap(), fs::read(&checkpoint).unwrap());

    fs::write(&record, &older).unwrap();
    city.refuses("the store is an older copy");
    fs::remove_file(&checkpoint).unwrap();
    city.refuses("hold a leaf at place 3 that the store does not: the store is an older copy");
    fs::write(city.0.path().join("rows.csv"), "row_original,prepare_date\n").unwrap();
    let (status, out, err) = city.run(&["import", "ice-foia", "rows.csv"]);
    assert_eq!((status, out.as_str(), city.entries()), (2, "", 3), "before the first row is read: {err}");
    assert!(err.contains("nothing was recorded") && err.contains("place 3"), "{err}");
    let mut flipped = published.clone();
    flipped[40] ^= 1;
    fs::write(&checkpoint, flipped).unwrap();
    city.refuses("`log/checkpoint` is damaged");

    fs::write(&record, newer).unwrap();
    fs::write(&checkpoint, published).unwrap();
    city.records();
    city.verifies(9);

    let keys_only = City::new();
    fs::create_dir_all(keys_only.data()).unwrap();
    let (from, to) = (data.join("keys"), keys_only.data().join("keys"));
    fs::create_dir(&to).unwrap();
    // Copying keeps the mode.
    fs::copy(from.join("log.key"), to.join("log.key")).unwrap();
    keys_only.refuses("the log of these keys has begun");
}

#[test]
fn a_lost_log_folder_is_rebuilt_from_the_record() {
    let city = City::new();
    city.records();
    city.records();
    for lost in ["log", "log/entries", "log/level-0"] {
        let (lost, before) = (city.data().join(lost), city.entries());
        if lost.is_dir() {
            fs::remove_dir_all(lost).unwrap()
        } else {
            fs::remove_file(lost).unwrap()
        }
        let (status, out, err) = city.record();
        assert!(status == 3 && out.contains("recorded: true"), "{err}");
        assert!(err.contains("have been rebuilt from the record"), "{err}");
        city.verifies(before + 3);
    }
    city.records();
}

#[cfg(target_os = "linux")]
#[test]
fn an_answer_that_is_recorded_is_given_whatever_the_log_does() {
    let city = City::new();
    fs::create_dir_all(city.data().join("log")).unwrap();
    // Whatever is written to it, the disk is full.
    let entries = city.data().join("log/entries");
    std::os::unix::fs::symlink("/dev/full", &entries).unwrap();
    let (status, out, err) = city.run(&["decide", &detainer(), "--on", "2026-06-15", "--record", "--json"]);
    assert_eq!(status, 3, "the answer's own status: {err}");
    let printed: Value = serde_json::from_str(&out).unwrap();
    let answers = printed.as_array().cloned().unwrap_or_else(|| vec![printed]);
    assert!(answers.iter().all(|answer| answer["recorded"] == true && answer["entry"].is_string()), "{out}");
    assert!(err.contains("recorded, but the log did not take it in yet"), "{err}");
    assert_eq!(city.entries(), 3);

    let rows = "row_original,prepare_date,detainer_type,facility,state,city,lift_reason\n\
        1,2014-02-03,I247 - Immigration Detainer - Notice of Action (as of March 2013),,NEW YORK,NEW YORK,\n\
        2,no day,I247 - Immigration Detainer - Notice of Action (as of March 2013),,NEW YORK,NEW YORK,\n";
    fs::write(city.0.path().join("rows.csv"), rows).unwrap();
    let (status, out, err) = city.run(&["import", "ice-foia", "rows.csv"]);
    assert_eq!(status, 1, "one row is bad: {err}");
    assert!(out.contains("the log has yet to take them in"), "{out}");
    assert!(err.contains("rows.csv: row 3") && err.contains("every bad row is listed in"), "{err}");

    fs::remove_file(&entries).unwrap();
    city.records();
    city.verifies(city.entries());
}

#[test]
fn beside_the_writer_of_an_embedded_store_nothing_is_recorded() {
    let city = City::new();
    city.records();
    let store = Sqlite::open(&city.data().join("record.sqlite3")).unwrap();
    city.refuses("is in use by another process, perhaps `vouchsafe serve`: stop it");
    drop(store);
    city.records();
}

#[test]
fn one_node_follows_and_the_others_commit_and_wait() {
    let address = cluster::database("followed");
    let store = || -> Arc<dyn Store> { Arc::new(Postgres::open(&address).unwrap()) };
    let (one, two, three) = (store(), store(), store());
    let (ours, strange) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    // Whoever has the lease may begin the log; a process that has not, and finds no keys, makes none.
    assert!(one.lease_sequencer().unwrap() && one.lease_sequencer().unwrap());
    assert!(!two.lease_sequencer().unwrap());
    let early = Log::find(Arc::clone(&two), ours.path(), None).err().unwrap();
    assert!(matches!(early, FollowError::Beginning { .. }), "{early}");
    let follower = Follower::start(Arc::clone(&one), ours.path(), Some("log.example/2026")).unwrap();
    assert_eq!(follower.following(), Following::This);

    let elsewhere = Log::find(Arc::clone(&two), strange.path(), None).err().unwrap();
    assert!(matches!(elsewhere, FollowError::Elsewhere { .. }), "{elsewhere}");
    assert!(!strange.path().join("keys").exists(), "no stray keys");
    let waiting = Follower::start(Arc::clone(&two), ours.path(), None).unwrap();
    assert_eq!((waiting.following(), waiting.origin.as_str()), (Following::Another, "log.example/2026"));
    assert!(log::open_if_free(Arc::clone(&three), ours.path(), None).unwrap().is_none());

    // A command beside them records, and leaves the log to the one that follows.
    three.commit("say", vec![draft("said at the third")]).unwrap();
    let city = City::new();
    city.configure(&format!("[store]\npostgres = \"{address}\"\n"));
    let (status, out, err) = city.run(&["decide", &detainer(), "--record", "--data", strange.path().to_str().unwrap()]);
    assert_eq!((status, out.as_str()), (2, ""), "not from another data folder");
    assert!(err.contains("its keys are not in"), "{err}");
    let (status, out, err) = city.run(&["decide", &detainer(), "--record", "--data", ours.path().to_str().unwrap()]);
    assert!(matches!(status, 3..=7) && out.contains("recorded: true"), "{status} {err}");
    assert_eq!((err.as_str(), three.count().unwrap()), ("", 4));
}

#[test]
fn a_lease_ends_with_its_process_and_goes_to_another() {
    let address = cluster::database("leased");
    let (one, two) = (Postgres::open(&address).unwrap(), Postgres::open(&address).unwrap());
    let folder = tempfile::tempdir().unwrap();
    let (one, two): (Arc<dyn Store>, Arc<dyn Store>) = (Arc::new(one), Arc::new(two));
    let mut first = log::open(Arc::clone(&one), folder.path(), None).unwrap();
    one.commit("say", vec![draft("first")]).unwrap();
    first.catch_up().unwrap();
    // Its connection is cut, as by a network or a restart of the server.
    let mut admin = postgres::Client::connect(&address, postgres::NoTls).unwrap();
    let cut = "SELECT pg_terminate_backend(pid, 10000) FROM pg_locks WHERE locktype = 'advisory' \
               AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
    assert_eq!(admin.query(cut, &[]).unwrap().len(), 1);
    assert!(two.lease_sequencer().unwrap(), "the other has it now");
    two.commit("say", vec![draft("second")]).unwrap();
    assert!(first.catch_up().is_err(), "the first may not go on");
    let again = first.catch_up().unwrap_err();
    assert!(again.to_string().contains("another process has taken over"), "{again}");
    drop(first);
    assert_eq!(log::open(two, folder.path(), None).unwrap().catch_up().unwrap(), 1);
}
