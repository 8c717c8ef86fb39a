//! The commands as a person calls them: arguments and input in, text, errors and exit status out.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use serde_json::Value;
use server::{
    import::map::Names,
    import::run::{Import, RunError, run},
    store::{Faulty, Sqlite, Store as _, Trouble},
};

use crate::schema;

/// What a call gave.
pub struct Transcript {
    pub status: i32,
    pub out: String,
    pub err: String,
}

impl Transcript {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}\n{}", self.out, self.err))
    }
}

/// An empty folder in which commands run.
pub struct Place(tempfile::TempDir);

impl Place {
    pub fn new() -> Self {
        Place(tempfile::tempdir().unwrap())
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    pub fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_vouchsafe"));
        command.args(arguments).current_dir(self.path());
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Transcript {
        self.run_with(arguments, b"")
    }

    fn run_with(&self, arguments: &[&str], input: &[u8]) -> Transcript {
        let mut child = self
            .command(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let input = input.to_vec();
        // A command that refuses its input early closes the pipe; that is no fault of the test.
        let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
        let output = child.wait_with_output().unwrap();
        writer.join().unwrap();
        Transcript {
            status: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Entries in the record of the data folder.
    pub fn entries(&self) -> u64 {
        Sqlite::open_to_read(&self.path().join("vouchsafe-data/record.sqlite3")).unwrap().count().unwrap()
    }
}

pub fn example(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples").join(name);
    fs::canonicalize(path).unwrap().display().to_string()
}

pub const DETAINER: &str = "detainer-with-administrative-warrant.json";
const DOOR: &str = "agents-at-a-shelter-door.json";
const WARRANT: &str = "magistrates-search-warrant.json";

const FACTS: &str = r#"{"question": {"agency": "DOC", "act": "hold", "requester": "ice_ero", "statute_enforced": "civil_ina", "document": "i247a"},
 "facts": {"detainer_lodged": {"value": true, "source": "form"}}}"#;

#[test]
fn examples_are_answered_with_their_status() {
    let place = Place::new();
    for (name, status, outcome) in [(DETAINER, 3, "barred"), (DOOR, 3, "barred"), (WARRANT, 0, "permitted")] {
        let run = place.run(&["decide", &example(name), "--on", "2026-06-15", "--json"]);
        assert_eq!(run.status, status, "{name}: {}{}", run.out, run.err);
        let json = run.json();
        let first = if json.is_array() { &json[0] } else { &json };
        assert_eq!(first["outcome"], outcome, "{name}");
        assert_eq!(first["recorded"], false);
        assert_eq!(first["on"], "2026-06-15");
        assert_eq!(run.err, "");
    }
    assert!(!place.path().join("vouchsafe-data").exists(), "decide records nothing");
}

#[test]
fn several_acts_are_several_answers() {
    let place = Place::new();
    let json = place.run(&["decide", &example(DETAINER), "--on", "2026-06-15", "--json"]).json();
    let acts: Vec<&str> = json.as_array().unwrap().iter().map(|it| it["question"]["act"].as_str().unwrap()).collect();
    assert_eq!(acts, ["hold", "notify_release"]);
}

#[test]
fn json_is_what_its_schema_says() {
    let schema: Value = serde_json::from_str(include_str!("../../../../docs/decision.schema.json")).unwrap();
    let place = Place::new();
    for name in [DETAINER, DOOR, WARRANT] {
        for day in ["2014-11-30", "2026-11-23"] {
            let run = place.run(&["decide", &example(name), "--on", day, "--json"]);
            assert_eq!(schema::faults(&schema, &run.json()), Vec::<String>::new(), "{name} on {day}");
        }
    }
    let run = place.run(&["decide", &example(DOOR), "--json", "--record"]);
    assert_eq!(schema::faults(&schema, &run.json()), Vec::<String>::new());
}

#[test]
fn the_page_for_a_person_says_everything() {
    let place = Place::new();
    let run = place.run(&["decide", &example(DOOR), "--on", "2026-06-15"]);
    assert_eq!(run.status, 3, "{}", run.err);
    for words in [
        "BARRED",
        "By layer of law",
        "4-210",
        "Do not block, touch, hide anyone or lie.",
        "“I do not consent to your entering. I am calling our counsel. Please wait here.”",
        "Duties",
        "10-178",
        "recorded: false",
        "the city’s reading of the law",
    ] {
        assert!(run.out.contains(words), "`{words}` is not in\n{}", run.out);
    }
}

#[test]
fn facts_come_from_standard_input_too() {
    let run = Place::new().run_with(&["decide", "-", "--on", "2026-06-15", "--json"], FACTS.as_bytes());
    assert_eq!(run.status, 5, "{}", run.err);
    assert_eq!(run.json()["question"]["document"], serde_json::json!(["i247a"]));
}

#[test]
fn what_is_not_known_is_asked() {
    let run = Place::new().run_with(&["decide", "-", "--on", "2026-06-15", "--json"], FACTS.as_bytes());
    let json = run.json();
    assert_eq!(json["outcome"], "not_yet_known");
    assert!(!json["next_questions"].as_array().unwrap().is_empty(), "{json}");
    assert!(json["provisions"].as_array().unwrap().iter().all(|it| !it["citation"].as_str().unwrap().is_empty()));
}

#[test]
fn a_later_day_than_was_read_says_so() {
    let place = Place::new();
    let json = place.run(&["decide", &example(DOOR), "--on", "2026-11-23", "--json"]).json();
    assert_eq!(json["after_read_until"], true);
    let text = place.run(&["decide", &example(DOOR), "--on", "2026-11-23"]).out;
    assert!(text.contains("The law was read up to 2026-08-21"), "{text}");
    let json = place.run(&["decide", &example(DOOR), "--on", "2026-08-21", "--json"]).json();
    assert_eq!(json["after_read_until"], false);
}

#[test]
fn bad_input_is_2_and_says_where() {
    let place = Place::new();
    let facts = |facts: &str| FACTS.replace(r#""detainer_lodged": {"value": true, "source": "form"}"#, facts);
    let cases: Vec<(&str, String, Vec<&str>)> = vec![
        (
            "unknown fact",
            facts(r#""detainer_loged": {"value": true, "source": "x"}"#),
            vec!["detainer_loged", "detainer_lodged"],
        ),
        (
            "wrong type",
            facts(r#""detainer_lodged": {"value": "perhaps", "source": "x"}"#),
            vec!["detainer_lodged", "perhaps"],
        ),
        (
            "impossible date",
            facts(r#""instant_arrest_date": {"value": "2026-02-30", "source": "x"}"#),
            vec!["instant_arrest_date", "2026-02-30"],
        ),
        ("unknown act", FACTS.replace("\"hold\"", "\"detain\""), vec!["act", "detain"]),
        ("unknown agency", FACTS.replace("\"DOC\"", "\"DOG\""), vec!["DOG"]),
        ("truncated", FACTS[..FACTS.len() / 2].to_owned(), vec!["facts.json"]),
        ("empty", String::new(), vec!["facts.json"]),
        ("another thing", "[1, 2]".to_owned(), vec!["facts.json"]),
        ("longer than may be", " ".repeat((4 << 20) + 1), vec!["facts.json", "longer than"]),
    ];
    for (what, text, says) in cases {
        place.file("facts.json", text);
        let run = place.run(&["decide", "facts.json", "--on", "2026-06-15"]);
        assert_eq!(run.status, 2, "{what}: {}{}", run.out, run.err);
        assert_eq!(run.out, "", "{what}");
        for word in says {
            assert!(run.err.contains(word), "{what}: `{word}` is not in {}", run.err);
        }
    }
    place.file("facts.json", b"\xff\xfe{");
    let run = place.run(&["decide", "facts.json"]);
    assert_eq!((run.status, run.err.contains("no UTF-8")), (2, true), "{}", run.err);
    for arguments in [
        &["decide", "absent.json"][..],
        &["decide", &example(DOOR), "--on", "2026-13-01"],
        &["decide", &example(DOOR), "--on", "tomorrow"],
        &["decide"],
        &["decide", &example(DOOR), "--pack", "absent"],
        &["import", "ice-foia"],
        &["import", "no-such-kind", "file"],
    ] {
        let run = place.run(arguments);
        assert_eq!((run.status, run.out.as_str()), (2, ""), "{arguments:?}");
        assert!(!run.err.is_empty() && !run.err.contains("panicked"), "{arguments:?}: {}", run.err);
    }
}

#[test]
fn for_machines_an_error_is_json_too() {
    let place = Place::new();
    place.file("facts.json", FACTS.replace("\"DOC\"", "\"DOG\""));
    let run = place.run(&["decide", "facts.json", "--json"]);
    assert_eq!((run.status, run.out.as_str()), (2, ""));
    let told: Value = serde_json::from_str(&run.err).unwrap_or_else(|error| panic!("{error}: {}", run.err));
    let says = told["error"].as_str().unwrap();
    assert!(says.starts_with("facts.json: line 1, column ") && says.contains("DOG"), "{told}");
}

#[test]
fn a_reader_who_leaves_stops_nothing() {
    let place = Place::new();
    let mut command = place.command(&["decide", &example(DETAINER), "--on", "2026-06-15", "--record"]);
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let done = child.wait_with_output().unwrap();
    assert_eq!(done.status.code(), Some(3), "{}", String::from_utf8_lossy(&done.stderr));
    assert_eq!(place.entries(), 3);
}

#[test]
fn nothing_is_told_twice() {
    let out = Place::new().run(&["decide", &example(DOOR), "--on", "2026-06-15"]).out;
    let unread: Vec<&str> = out.lines().filter(|line| line.starts_with("Not read yet:")).collect();
    assert!(!unread.is_empty() && unread.iter().enumerate().all(|(at, line)| !unread[..at].contains(line)), "{out}");
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!(lines.windows(2).find(|two| two[0].contains("because:") && two[0] == two[1]), None, "{out}");
}

#[test]
fn record_commits_the_request_and_each_answer() {
    let place = Place::new();
    let run = place.run(&["decide", &example(DETAINER), "--on", "2026-06-15", "--record"]);
    assert_eq!(run.status, 3, "{}", run.err);
    assert!(run.out.contains("recorded: true\n  request rq-"), "{}", run.out);
    assert_eq!(place.entries(), 3);
    let json = place.run(&["decide", &example(DOOR), "--record", "--json"]).json();
    assert_eq!(json["recorded"], true);
    assert_eq!(place.entries(), 5);
    let store = Sqlite::open_to_read(&place.path().join("vouchsafe-data/record.sqlite3")).unwrap();
    let id = json["entry"].as_str().unwrap().parse().unwrap();
    let kept = store.find(&id).unwrap().unwrap();
    assert_eq!(kept.entry().unwrap().body.request(), Some(json["request"].as_str().unwrap().parse().unwrap()));
}

#[test]
fn a_folder_that_cannot_be_written_is_2_and_says_so() {
    let place = Place::new();
    place.file("in-the-way", "");
    let rows = place.file("rows.csv", twin(1..=3));
    assert_eq!(place.run(&["decide", &example(DETAINER), "--record"]).status, 3);
    for arguments in [
        &["file", "9-131", "--period", "FY2015", "--dry-run", "--out", "in-the-way/out"][..],
        &["file", "9-131", "--period", "FY2015", "--by", "A. Official", "--out", "in-the-way/out"],
        &["decide", &example(DETAINER), "--record", "--data", "in-the-way/data"],
        &["import", "ice-foia", rows.to_str().unwrap(), "--data", "in-the-way/data"],
        #[cfg(target_os = "linux")]
        &["import", "ice-foia", rows.to_str().unwrap(), "--data", "/proc/vouchsafe"],
    ] {
        let run = place.run(arguments);
        assert_eq!((run.status, run.out.as_str()), (2, ""), "{arguments:?}: {}", run.err);
        assert!(run.err.contains("cannot be"), "{}", run.err);
    }
}

/// Whoever mistypes the folder would else sign that a city had nothing to count.
#[test]
fn a_filing_of_a_record_that_is_not_there_is_none() {
    let place = Place::new();
    let statement = ["statement", "--agency", "nypd", "--quarter", "2026Q2", "--by", "A. Official", "--out", "filings"];
    let filing = ["file", "9-131", "--period", "FY2015", "--by", "A. Official", "--out", "filings"];
    for arguments in [&filing[..], &statement] {
        let run = place.run(&[arguments, &["--data", "ctiy"]].concat());
        assert_eq!((run.status, run.out.as_str()), (2, ""), "{}", run.err);
        assert!(run.err.contains("there is no data folder `ctiy`: name the right one"), "{}", run.err);
        assert!(!place.path().join("ctiy").exists() && !place.path().join("filings").exists());
    }
}

#[test]
fn a_filing_that_says_something_else_than_one_before_it_names_that_one() {
    let place = Place::new();
    let rows = place.file("rows.csv", twin(1..=3));
    place.run(&["import", "ice-foia", rows.to_str().unwrap()]);
    let file = |more: &[&str]| {
        let words = ["file", "9-131", "--period", "FY2015", "--by", "A. Official", "--out", "filings"];
        let run = place.run(&[&words[..], more].concat());
        assert_eq!(run.status, 0, "{}", run.err);
        run
    };
    let first = file(&["--include-source", "ice-foia", "--json"]).json();
    assert_eq!(first["earlier"], Value::Null);
    let other = file(&["--json"]).json();
    assert_eq!(other["earlier"], first["filing"], "without the source: {other}");
    let told = file(&[]).out;
    assert!(told.contains(&format!("says something else ({})", first["filing"].as_str().unwrap())), "{told}");
}

#[test]
fn a_store_of_a_newer_version_is_2_for_every_command_and_stays_as_it_is() {
    let place = Place::new();
    let rows = place.file("rows.csv", twin(1..=3));
    assert_eq!(place.run(&["decide", &example(DETAINER), "--record"]).status, 3);
    let store = place.path().join("vouchsafe-data/record.sqlite3");
    rusqlite::Connection::open(&store).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let before = fs::read(&store).unwrap();
    for arguments in [
        &["decide", &example(DETAINER), "--record"][..],
        &["import", "ice-foia", rows.to_str().unwrap()],
        &["file", "9-131", "--period", "FY2015", "--by", "A. Official", "--out", "filings"],
        &["export", "exported"],
        &["serve", "--listen", "127.0.0.1:0"],
    ] {
        let run = place.run(arguments);
        assert_eq!((run.status, run.out.as_str()), (2, ""), "{arguments:?}: {}", run.err);
        assert!(run.err.contains("99"), "{}", run.err);
        assert!(fs::read(&store).unwrap() == before, "{arguments:?}");
    }
}

const HEADER: &str = "row_original,prepare_date,detainer_type,facility,state,city,lift_reason\n";

/// One invented row of the FY2015 release, the same for the same number.
fn twin_row(number: u64) -> String {
    let facility = ["\"RIKERS ISLAND, QUEENS, NY\"", "QUEENS CENTRAL BOOKING", "BROOKLYN MDC", "SOME COUNTY JAIL", ""];
    let end = ["", "Detainer Declined by LEA", "Booked into Detention", "Lifted"];
    let pick = |from: &'static [&'static str], step: u64| from[usize::try_from(number / step).unwrap() % from.len()];
    let facility = facility[usize::try_from(number).unwrap() % facility.len()];
    let end = pick(Box::leak(Box::new(end)), 3);
    let day = 1 + number % 28;
    let month = 1 + number / 28 % 12;
    format!(
        "{number},2014-{month:02}-{day:02},I247 - Immigration Detainer - Notice of Action (as of March 2013),{facility},NEW YORK,NEW YORK,{end}\n"
    )
}

pub fn twin(numbers: impl IntoIterator<Item = u64>) -> String {
    numbers.into_iter().fold(HEADER.to_owned(), |text, number| text + &twin_row(number))
}

pub fn counts(json: &Value) -> [u64; 5] {
    ["read", "recorded", "already", "outside_scope", "bad"].map(|name| json[name].as_u64().unwrap())
}

#[test]
fn an_import_twice_and_an_extract_after_it_add_nothing_twice() {
    let place = Place::new();
    place.file("national.csv", twin(1..=1_500));
    place.file("extract.csv", twin((1..=1_500).step_by(5)));
    let first = place.run(&["import", "ice-foia", "national.csv", "--json"]);
    assert_eq!(first.status, 0, "{}", first.err);
    assert_eq!(counts(&first.json()), [1_500, 1_500, 0, 0, 0]);
    let entries = place.entries();
    assert_eq!(first.json()["entries"], entries);
    assert_eq!(counts(&place.run(&["import", "ice-foia", "national.csv", "--json"]).json()), [1_500, 0, 1_500, 0, 0]);
    assert_eq!(counts(&place.run(&["import", "ice-foia", "extract.csv", "--json"]).json()), [300, 0, 300, 0, 0]);
    assert_eq!(place.entries(), entries);
}

/// Holds the outcome column: what another body was asked is outside the city's law; what the city was asked is never permitted.
/// A release shows no judge's warrant, so nothing more is known than that the answer is not yet; before 14 December 2014 the law
/// had grounds that are not encoded, and counsel is asked. Gives the rows of the city's own agencies.
pub fn nothing_imported_is_permitted(json: &Value) -> u64 {
    let mut ours = 0;
    for line in json["table"].as_array().unwrap() {
        let (year, outcome) = (line["year"].as_i64().unwrap(), line["outcome"].as_str());
        if line["agency"] == "NOT_CITY" {
            // Before the pack begins, nothing is decided of anybody.
            assert!(outcome == Some("outside") || outcome.is_none() && year <= 2013, "{line}");
            continue;
        }
        ours += line["rows"].as_u64().unwrap();
        match outcome {
            Some("barred" | "not_yet_known") => {}
            Some("escalate") => assert!(year <= 2014, "{line}"),
            // The pack begins later than the row's day.
            None => assert!(year <= 2013, "{line}"),
            Some(_) => panic!("{line}"),
        }
    }
    ours
}

#[test]
fn an_imported_row_is_outside_or_barred_or_not_yet_known_and_never_permitted() {
    let place = Place::new();
    // Half of the twin's days lie after the law of today began.
    let text = twin(1..=600).lines().enumerate().fold(String::new(), |text, (at, line)| {
        let line = if at % 2 == 0 { line.replace(",2014-", ",2015-") } else { line.to_owned() };
        text + &line + "\n"
    });
    place.file("rows.csv", text);
    let json = place.run(&["import", "ice-foia", "rows.csv", "--json"]).json();
    assert_eq!(counts(&json), [600, 600, 0, 0, 0]);
    let ours = nothing_imported_is_permitted(&json);
    assert_eq!(ours, 2 * 240, "two acts of two of five facilities");
    // The record says the same as the table.
    let store = Sqlite::open_to_read(&place.path().join("vouchsafe-data/record.sqlite3")).unwrap();
    let mut recorded = std::collections::BTreeMap::<String, u64>::new();
    for stored in store.entries(0, 10_000).unwrap() {
        if let record::Body::Decided(decided) = stored.held.unwrap().entry.body {
            *recorded.entry(decided.decision.outcome.to_string()).or_default() += 1;
        }
    }
    let mut told = std::collections::BTreeMap::<String, u64>::new();
    for line in json["table"].as_array().unwrap() {
        *told.entry(line["outcome"].as_str().unwrap().to_owned()).or_default() += line["rows"].as_u64().unwrap();
    }
    assert_eq!(recorded, told);
    assert!(
        ["outside", "escalate", "not_yet_known"].iter().all(|outcome| recorded.contains_key(*outcome)),
        "{recorded:?}"
    );
}

#[test]
fn killed_in_the_middle_and_run_again_it_is_whole() {
    let whole = Place::new();
    whole.file("rows.csv", twin(1..=6_000));
    assert_eq!(whole.run(&["import", "ice-foia", "rows.csv"]).status, 0);
    let place = Place::new();
    place.file("rows.csv", twin(1..=6_000));
    let mut child =
        place.command(&["import", "ice-foia", "rows.csv"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let record = place.path().join("vouchsafe-data/record.sqlite3");
    // Killed as soon as something was committed, wherever the process then is.
    while child.try_wait().unwrap().is_none() {
        let some = Sqlite::open_to_read(&record).and_then(|store| store.count()).unwrap_or(0);
        if some > 0 {
            child.kill().unwrap();
        }
    }
    let again = place.run(&["import", "ice-foia", "rows.csv", "--json"]);
    assert_eq!(again.status, 0, "{}", again.err);
    let [read, recorded, already, ..] = counts(&again.json());
    assert_eq!((read, recorded + already), (6_000, 6_000));
    assert!(recorded > 0 && already > 0, "it was killed before or after its work: {recorded}, {already}");
    assert_eq!(place.entries(), whole.entries());
}

#[test]
fn bad_rows_are_named_and_the_good_ones_kept() {
    let place = Place::new();
    let huge = "x".repeat((1 << 20) + 1);
    let text = format!(
        "{HEADER}{}5,2015-02-30,I247,X,NY,NY,\n6,2015-02-03,I247\n7,2015-02-03,I247,{huge},NY,NY,\n8,2015-02-03,I247,a\0b,NY,NY,\n9,2015-02-03,I247,\"open,NY,NY,\n{}10,2015-02-03,I247,X,NY,NY,Something new\n",
        twin_row(1),
        twin_row(2)
    );
    place.file("rows.csv", text);
    let run = place.run(&["import", "ice-foia", "rows.csv", "--json"]);
    assert_eq!(run.status, 1, "{}", run.err);
    assert_eq!(counts(&run.json()), [8, 2, 0, 0, 6]);
    for line in [
        "rows.csv: row 3, column `prepare_date`: `2015-02-30` is no day of the calendar (read as YYYY-MM-DD or, with slashes, month/day/year)",
        "rows.csv: row 4: the row has 3 cells and the header 7 columns",
        "rows.csv: row 5, column `facility`: the cell is longer than 1048576 bytes",
        "rows.csv: row 6, column `facility`: the cell holds a NUL byte",
        "rows.csv: row 7: a quote opens a cell in this row and never closes",
        "rows.csv: row 9, column `lift_reason`: `Something new` has no code here; add it to the table of releases",
        "every bad row is listed in ./vouchsafe-data/import-errors-rows-csv.csv",
    ] {
        assert!(run.err.lines().any(|found| found == line), "`{line}` is not in\n{}", run.err);
    }
    let list = fs::read_to_string(place.path().join("vouchsafe-data/import-errors-rows-csv.csv")).unwrap();
    assert_eq!(list.lines().count(), 7);
    assert!(list.contains("rows.csv,4,,the row has 3 cells and the header 7 columns"));
}

#[test]
fn a_record_that_refuses_more_leaves_the_summary_and_the_list_of_bad_rows() {
    let place = Place::new();
    let path = place.file("rows.csv", twin(1..=1_500).replacen("2014-", "no day ", 1));
    let store = std::sync::Arc::new(Sqlite::open(&place.path().join("record.sqlite3")).unwrap());
    let store = Faulty::new(store);
    store.fail(1, Trouble::NotKept);
    let import = Import {
        path: &path,
        pack: &server::pack::load(None).unwrap(),
        store: Some(&store),
        errors_in: Some(place.path()),
        at: "2026-11-26T12:00:00Z".parse().unwrap(),
        workers: 1,
        names: Names::under([7; 32]),
    };
    let Err(RunError::Store { recorded, summary, .. }) = run(&import, &|_| {}) else { panic!("refused") };
    assert_eq!((recorded, summary.recorded, summary.bad), (1024, 1024, 1));
    assert!(fs::read_to_string(summary.errors_file.unwrap()).unwrap().contains("no day"));
}

#[test]
fn a_truncated_archive_keeps_the_rows_before_the_break() {
    let place = Place::new();
    let packed = zstd::encode_all(twin(1..=40_000).as_bytes(), 3).unwrap();
    place.file("rows.csv.zst", &packed[..packed.len() / 2]);
    let run = place.run(&["import", "ice-foia", "rows.csv.zst", "--json", "--dry-run"]);
    let [read, recorded, _, _, bad] = counts(&run.json());
    assert_eq!((run.status, bad), (1, 1), "{}", run.err);
    assert!(recorded > 0 && read == recorded + 1);
    assert!(run.err.contains("the file breaks off in this row"), "{}", run.err);
}

#[test]
fn what_cannot_be_read_at_all_is_2() {
    let place = Place::new();
    for (name, bytes, says) in [
        ("unknown.csv", &b"name,address\nx,y\n"[..], "no header of a known release"),
        ("empty.csv", b"", "is empty"),
        ("book.xlsx", b"PK\x03\x04 and no more", "is damaged or cut short"),
        ("page.pdf", b"%PDF-1.7", "is a PDF"),
    ] {
        place.file(name, bytes);
        let run = place.run(&["import", "ice-foia", name]);
        assert_eq!((run.status, run.out.as_str()), (2, ""), "{name}");
        assert!(run.err.contains(says) && run.err.contains(name), "{name}: {}", run.err);
    }
    let run = place.run(&["import", "ice-foia", "unknown.csv"]);
    assert!(run.err.contains("Detainers of the 2025 releases: columns detainer_prepare_date"), "{}", run.err);
    let run = place.run(&["import", "ice-foia", "absent.csv"]);
    assert_eq!((run.status, run.err.contains("`absent.csv` cannot be opened")), (2, true), "{}", run.err);
    if place.path().join("vouchsafe-data/record.sqlite3").exists() {
        assert_eq!(place.entries(), 0);
    }
}

#[test]
fn a_dry_run_keeps_nothing() {
    let place = Place::new();
    place.file("rows.csv", twin(1..=200));
    let run = place.run(&["import", "ice-foia", "rows.csv", "--dry-run"]);
    assert_eq!(run.status, 0, "{}", run.err);
    assert!(run.out.contains("would be recorded                        200"), "{}", run.out);
    assert!(run.out.contains("DOC") && run.out.contains("the city’s reading of the law"), "{}", run.out);
    assert!(!place.path().join("vouchsafe-data").exists());
}

#[test]
fn columns_about_who_the_person_is_are_dropped_and_counted() {
    let place = Place::new();
    place.file(
        "encounters.psv",
        "\"For Official Use Only\"||||||\n\"Area of Responsibility\"|\"Event Date\"|\"Landmark\"|\"Operation\"|\"Processing Disposition\"|\"Citizenship\"|\"Gender\"\n\
         \"New York City Area of Responsibility\"|10/1/2015|\"CAP - QUEENS CENTRAL BOOKING NY State\"|\"(B)(7)(E) \"|\"Detainer\"|\"ATLANTIS\"|\"Male\"\n\
         \"New York City Area of Responsibility\"|10/1/2015|\"X\"||\"Other\"|\"ATLANTIS\"|\"Male\"\n",
    );
    let run = place.run(&["import", "ice-foia", "encounters.psv", "--json"]);
    assert_eq!(run.status, 0, "{}", run.err);
    let json = run.json();
    assert_eq!(counts(&json), [2, 1, 0, 1, 0]);
    assert_eq!(json["dropped_columns"], serde_json::json!(["Citizenship", "Gender"]));
    assert_eq!(json["table"][0]["agency"], "NYPD");
    let store = Sqlite::open_to_read(&place.path().join("vouchsafe-data/record.sqlite3")).unwrap();
    for stored in store.entries(0, 100).unwrap() {
        let text = String::from_utf8(stored.held.unwrap().bytes).unwrap();
        assert!(!text.contains("ATLANTIS") && !text.contains("Male"), "{text}");
    }
}
