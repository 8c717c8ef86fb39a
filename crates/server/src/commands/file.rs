//! `vouchsafe file`: a statutory filing, from the record or from an export of it.
//!
//! What is counted is [`record::filing`]'s business, what it looks like and how it is made [`crate::filing`]'s. Here: which
//! entries, who signs, where the files go, and what is told of it.

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use jiff::{Timestamp, civil::Date};
use law::AgencyId;
use record::filing::{Contradiction, FilingError, Gathered, Options, Period, Section};
use record::{Body, EntryId, Filed, OmissionGround, RequestId, Sha256Hex, Source};

use crate::commands::decide::open_with_log;
use crate::commands::open::{Access, open};
use crate::commands::out::say;
use crate::config::Global;
use crate::filing;
use crate::filing::make::{Job, Made, Signed, make};
use crate::filing::read::{Record, from_export, from_store};
use crate::pack;
use crate::words::Words;

mod omissions;

/// Make a filing that a statute asks for: CSV, JSON, HTML, PDF, and the entries behind each figure
///
/// Recorded as filed unless it is a dry run, comes from an export, or the period has not ended. Exit status: 0 made,
/// 1 the record contradicts itself (the entries are named, nothing is written), 2 bad input.
///
/// Example: vouchsafe file 9-131 --period FY2026 --out filings --from-export city-2026-06-30 --key log.vkey
#[derive(Debug, clap::Args)]
pub struct Args {
    /// 9-131, 14-154, 9-205 or 10-178
    section: Section,
    /// A fiscal year (`FY2026` ends on 30 June 2026), a quarter (`2026Q3`) or two days (`2025-07-01/2026-06-30`)
    #[arg(long)]
    period: String,
    /// The folder for the files; made if it is not there
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Count the entries of an export instead of the record; nothing is recorded. A folder is checked against its log first and must be sound; lines without their log cannot be, and every form then says so
    #[arg(long, value_name = "DIR|FILE")]
    from_export: Option<PathBuf>,
    /// The log's public key to check the export with, or a file of its keys. Without it the key that lies in the export is used, and every form says so
    #[arg(long, value_name = "VKEY|FILE", requires = "from_export")]
    key: Vec<String>,
    /// Count a source that is not the city's own as well, e.g. `ice-foia` or `demo`; every page then says so
    #[arg(long, value_name = "NAME", value_parser = source)]
    include_source: Vec<Source>,
    /// Leave this request out of a 10-178 filing, as the statute allows on two grounds; may be given several times
    #[arg(long, value_name = "REQUEST", requires_all = ["limb", "by", "reason"])]
    omit: Vec<RequestId>,
    /// The ground: `i` interferes with an investigation, `ii` a cooperative arrangement and public safety
    #[arg(long, value_name = "i|ii", value_parser = ground, requires = "omit")]
    limb: Option<OmissionGround>,
    /// Count this request again that an earlier filing left out; the record keeps both choices; may be given several times
    #[arg(long, value_name = "REQUEST", requires_all = ["by", "reason"])]
    restore: Vec<RequestId>,
    /// Who signs the filing, and chose what is left out; needed when it is recorded
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    /// Why the ground applies, or no longer does; kept in the record, not published
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Write the files and record nothing
    #[arg(long)]
    dry_run: bool,
}

pub(super) fn source(text: &str) -> Result<Source, String> {
    let read: Result<Source, _> = match text {
        "demo" => return Ok(Source::Demo),
        name if name.starts_with("import:") => name.parse(),
        name => format!("import:{name}").parse(),
    };
    read.map_err(|_| format!("`{text}` is no source: write `demo` or the name of an import, as `ice-foia`"))
}

fn ground(text: &str) -> Result<OmissionGround, String> {
    match text {
        "i" => Ok(OmissionGround::Investigation),
        "ii" => Ok(OmissionGround::ArrangementAndSafety),
        _ => Err(format!("`{text}` is no ground of 10-178(d): write `i` or `ii`")),
    }
}

/// Runs the command.
///
/// # Errors
/// Bad input: a period that is none, an export that does not open its leaves, a request to omit that is not there; or
/// a file or store that fails. Then no file is left behind.
pub fn run(global: &Global, args: &Args) -> anyhow::Result<ExitCode> {
    run_on(global, args, Timestamp::now())
}

fn run_on(global: &Global, args: &Args, now: Timestamp) -> anyhow::Result<ExitCode> {
    let period = Period::parse(args.section, &args.period)?;
    let settings = global.settings()?;
    let names = filing::names_in(&pack::files(settings.pack.as_deref())?)?;
    let draft = city_day(now) <= period.to;
    let records = args.from_export.is_none() && !args.dry_run && !draft;
    let by = args.by.as_deref().filter(|by| !by.trim().is_empty());
    if records && by.is_none() {
        bail!(
            "a filing that is recorded is signed: say who signs it with --by NAME, or write the files alone with --dry-run"
        );
    }
    let (city, mut log) = match &args.from_export {
        Some(_) => (None, None),
        None if records => {
            let (city, log) = open_with_log(global, Access::Existing).context("nothing was filed")?;
            (Some(city), log)
        }
        None => (Some(open(global, Access::Read)?), None),
    };
    let mut record = match (&args.from_export, &city) {
        (Some(path), _) => from_export(path, &args.key)?,
        (None, Some(city)) => from_store(&*city.store)?,
        (None, None) => Record::default(),
    };
    let omissions = omissions::omissions(args, &period, &record.entries, now)?;
    record.entries.extend(omissions.iter().cloned());

    let signed = match (&city, by) {
        (Some(city), Some(by)) if records => {
            Some(Signed { store: city.store.as_ref(), by, source: Source::Desk, at: now, entry: random()?, omissions })
        }
        _ => None,
    };
    let include = args.include_source.iter().cloned().collect();
    let options = Options { include, draft, not_of_the_city: names.not_of_the_city.clone() };
    let gathered = Gathered::of(&record.entries, options);
    let job = Job { section: args.section, period: &period, names: &names, out: &args.out };
    match make(&record, &gathered, &job, signed, log.as_mut())? {
        Ok(made) => tell(global, &made, earlier(&record, &made), draft)?,
        Err(error) => return Ok(refuse(global, &error)?),
    }
    Ok(ExitCode::SUCCESS)
}

/// The day in the city. Periods end with a day there, not in Greenwich.
pub(crate) fn city_day(now: Timestamp) -> Date {
    let zone = jiff::tz::TimeZone::get("America/New_York").unwrap_or(jiff::tz::TimeZone::UTC);
    now.to_zoned(zone).date()
}

pub(super) fn random() -> anyhow::Result<EntryId> {
    let mut id = [0; 16];
    getrandom::fill(&mut id).map_err(|error| anyhow::anyhow!("no random bytes for the id of an entry: {error}"))?;
    Ok(EntryId::from_bytes(id))
}

/// Tells every contradiction with its entries. Nothing was written.
fn refuse(global: &Global, error: &FilingError) -> io::Result<ExitCode> {
    if global.json {
        let found = match error {
            FilingError::Contradictions(found) => found.as_slice(),
            _ => &[],
        };
        let said: Vec<serde_json::Value> = found
            .iter()
            .map(|Contradiction { wrong, entries }| {
                serde_json::json!({ "wrong": wrong.to_string(), "entries": entries })
            })
            .collect();
        say!("{}", serde_json::json!({ "filed": false, "contradictions": said }));
    }
    eprintln!("vouchsafe: {error}");
    Ok(ExitCode::from(1))
}

/// The last filing of the same thing that said something else.
pub(super) fn earlier<'a>(record: &'a Record, made: &Made) -> Option<&'a Filed> {
    let Made { filing, forms, .. } = made;
    let of_the_same = |filed: &Filed| {
        (filed.section.as_str(), filed.agency.as_ref().map(AgencyId::as_str), filed.from, filed.through)
            == (filing.section.subdivision(), filing.agency.as_deref(), filing.period.from, filing.period.to)
    };
    record.entries.iter().rev().find_map(|entry| match &entry.body {
        Body::Filed(filed) if of_the_same(filed) && filed.content != Sha256Hex::of(forms.content()) => Some(&**filed),
        _ => None,
    })
}

pub(super) fn tell(global: &Global, made: &Made, earlier: Option<&Filed>, draft: bool) -> io::Result<()> {
    let Made { filing, forms, filed, paths, standing } = made;
    let (filed, standing) = (filed.as_ref(), *standing);
    let content = hex::encode(forms.content());
    if global.json {
        let said = serde_json::json!({
            "section": filing.section.number(),
            "period": filing.period,
            "nil": filing.nil,
            "draft": draft,
            "entries": filing.entries,
            "requests": filing.requests,
            "files": paths,
            "content_sha256": content,
            "recorded": filed.is_some(),
            "filing": filed.map(|kept| kept.filing.to_string()),
            "entry": filed.map(|kept| kept.entry.to_string()),
            "already": filed.is_some_and(|kept| kept.already),
            "earlier": earlier.map(|filed| filed.filing.to_string()),
            "bound": standing.bound.id(),
            "waiting": standing.waiting,
        });
        say!("{said}");
        return Ok(());
    }
    let words = Words::new("en");
    let made = match (filing.section, filing.nil) {
        (Section::Statement, true) => "statement-made-nil",
        (Section::Statement, false) => "statement-made",
        (_, true) => "file-made-nil",
        (_, false) => "file-made",
    };
    let (period, requests, entries) =
        (filing.period.to_string(), filing.requests.to_string(), filing.entries.to_string());
    let section = ("section", filing.section.subdivision());
    let agency = ("agency", filing.agency.as_deref().unwrap_or_default());
    say!(
        "{}",
        words.say(made, &[section, agency, ("period", &period), ("requests", &requests), ("entries", &entries)])
    );
    for path in paths {
        say!("  {}", path.display());
    }
    say!("  {}", words.say("file-sha256", &[("content", &content)]));
    for warning in filing::warnings(&words, standing) {
        say!("  {warning}");
    }
    let end = match filed {
        Some(kept) => {
            let id = if kept.already { "file-recorded-before" } else { "file-recorded" };
            words.say(id, &[("filing", &kept.filing.to_string()), ("entry", &kept.entry.to_string())])
        }
        None if draft => words.say("file-draft", &[("day", &filing.period.to.to_string())]),
        None => words.say("file-not-recorded", &[]),
    };
    say!("  {end}");
    if let Some(filed) = earlier {
        say!("  {}", words.say("file-earlier", &[("filing", &filed.filing.to_string())]));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::fs;

    use clap::Parser as _;
    use sha2::{Digest as _, Sha256};

    use super::*;
    use crate::commands::decide::catch_up;
    use crate::filing::tests::year;
    use crate::log::export::{Line, read_lines};
    use crate::store::Draft;

    #[derive(clap::Parser)]
    struct Words {
        #[command(flatten)]
        args: Args,
    }

    /// A city in a folder of its own, with the year's entries recorded.
    struct TestCity {
        folder: tempfile::TempDir,
        global: Global,
    }

    impl TestCity {
        fn new() -> TestCity {
            let folder = tempfile::tempdir().unwrap();
            let global = Global { data: Some(folder.path().join("data")), ..Global::default() };
            let city = open(&global, Access::Write).unwrap();
            city.store.commit("a year", year(&Source::Desk).into_iter().map(Draft::from).collect()).unwrap();
            TestCity { folder, global }
        }

        fn files(&self, words: &str, out: &str) -> anyhow::Result<ExitCode> {
            let out = self.folder.path().join(out);
            let words = format!("file {words} --out")
                .split(' ')
                .map(str::to_owned)
                .chain([out.display().to_string()])
                .collect::<Vec<_>>();
            let args = Words::try_parse_from(words)?.args;
            // After the year and the quarters that the story tells.
            run_on(&self.global, &args, "2027-08-01T12:00:00Z".parse().unwrap())
        }

        fn read(&self, out: &str) -> BTreeMap<String, Vec<u8>> {
            let Ok(folder) = fs::read_dir(self.folder.path().join(out)) else { return BTreeMap::new() };
            folder
                .map(|file| file.unwrap())
                .map(|file| (file.file_name().into_string().unwrap(), fs::read(file.path()).unwrap()))
                .collect()
        }

        fn count(&self) -> u64 {
            open(&self.global, Access::Read).unwrap().store.count().unwrap()
        }
    }

    fn success(code: anyhow::Result<ExitCode>) {
        assert_eq!(format!("{:?}", code.unwrap()), format!("{:?}", ExitCode::SUCCESS));
    }

    #[test]
    fn filing_twice_gives_the_same_bytes_and_is_recorded_once() {
        let city = TestCity::new();
        let before = city.count();
        success(city.files("14-154 --period 2027 --by Clerk", "one"));
        success(city.files("14-154 --period FY2027 --by Clerk", "two"));
        assert_eq!(city.count(), before + 1);
        let (one, two) = (city.read("one"), city.read("two"));
        assert_eq!(one, two);
        let names: Vec<&str> = one.keys().map(String::as_str).collect();
        let stem = "14-154-FY2027";
        assert_eq!(
            names,
            ["-entries.json", "-filed.json", ".csv", ".html", ".json", ".pdf"].map(|end| format!("{stem}{end}"))
        );
        // The entry opens its leaf and holds the hash of the published JSON.
        let line = one["14-154-FY2027-filed.json"].strip_suffix(b"\n").unwrap();
        let line = Line::parse(line, 1).unwrap();
        assert!(line.leads_to_its_leaf());
        // The log took it in: it stands after the year's entries.
        assert_eq!(line.log_index, Some(before));
        let entry = record::parse(&line.held.unwrap().1).unwrap();
        let Body::Filed(filed) = entry.body else { panic!("not a filing") };
        assert_eq!(filed.content.as_str(), hex::encode(Sha256::digest(&one["14-154-FY2027.json"])));
    }

    /// An export of the city with its log as it stands, made by the command itself.
    fn export_as_it_is(city: &TestCity) -> PathBuf {
        use crate::commands::export;
        #[derive(clap::Parser)]
        struct Words {
            #[command(flatten)]
            args: export::Args,
        }
        let folder = city.folder.path().join("exported");
        let args = Words::try_parse_from(["export", folder.to_str().unwrap()]).unwrap().args;
        success(export::run(&city.global, &args));
        folder
    }

    /// The same, once the log has followed the record.
    fn export(city: &TestCity) -> PathBuf {
        let (_city, log) = open_with_log(&city.global, Access::Write).unwrap();
        assert!(catch_up(log).is_some());
        export_as_it_is(city)
    }

    const YEAR: &str = "9-131 --period 2027 --from-export";

    #[test]
    fn an_export_that_its_log_binds_gives_the_same_bytes_and_records_nothing() {
        let city = TestCity::new();
        let folder = export(&city).display().to_string();
        let key = format!("{folder}/log/log.vkey");
        success(city.files("9-131 --period 2027 --dry-run", "record"));
        success(city.files(&format!("{YEAR} {folder} --key {key}"), "folder"));
        success(city.files(&format!("{YEAR} {folder}/record.jsonl --key {key}"), "lines"));
        assert_eq!(city.read("record"), city.read("folder"));
        assert_eq!(city.read("record"), city.read("lines"));
        assert_eq!(city.count(), 25);
        assert!(city.files(&format!("{YEAR} {folder} --key /dev/null"), "no-key").is_err());
        let other = crate::log::Keys::from_seeds("log.example/2026", [[8; 32], [9; 32]]).unwrap();
        let error = city.files(&format!("{YEAR} {folder} --key {}", other.vkeys().lines().next().unwrap()), "other");
        assert!(error.unwrap_err().to_string().contains("does not verify"));
    }

    /// The sentence stands in every form of the filing that is text.
    fn every_form_says(city: &TestCity, out: &str, sentence: &str) {
        for end in ["csv", "html", "json"] {
            let text = String::from_utf8(city.read(out)[&format!("9-131-FY2027.{end}")].clone()).unwrap();
            assert!(text.contains(sentence), "{out}, {end}: {text}");
        }
    }

    #[test]
    fn a_filing_says_what_its_export_was_not_checked_against() {
        let city = TestCity::new();
        let folder = export(&city);
        success(city.files(&format!("{YEAR} {}", folder.display()), "own-key"));
        every_form_says(&city, "own-key", "checked only with the key that came with it");
        let bare = city.folder.path().join("bare.jsonl");
        fs::copy(folder.join("record.jsonl"), &bare).unwrap();
        success(city.files(&format!("{YEAR} {}", bare.display()), "bare"));
        every_form_says(&city, "bare", "Not checked against the log");
        let text = String::from_utf8(city.read("bare")["9-131-FY2027.html"].clone()).unwrap();
        assert!(!text.contains("is bound by a commitment"), "{text}");
        assert!(city.files(&format!("{YEAR} {} --key x", bare.display()), "keyed").is_err());

        // Entries that the log does not hold yet are bound by nothing.
        let mut late = year(&Source::Desk).swap_remove(0);
        late.id = EntryId::from_bytes([201; 16]);
        if let Body::Requested(request) = &mut late.body {
            request.id = RequestId::from_bytes([202; 16]);
        }
        open(&city.global, Access::Write).unwrap().store.commit("late", vec![late.into()]).unwrap();
        fs::remove_dir_all(&folder).unwrap();
        export_as_it_is(&city);
        let key = folder.join("log/log.vkey");
        success(city.files(&format!("{YEAR} {} --key {}", folder.display(), key.display()), "late"));
        every_form_says(&city, "late", "One entry counted here is not in the log yet");
    }

    #[test]
    fn nothing_is_filed_from_an_export_that_was_changed() {
        let city = TestCity::new();
        let folder = export(&city);
        let path = folder.join("record.jsonl");
        let sound = fs::read(&path).unwrap();
        let lines: Vec<Line> = read_lines(sound.as_slice()).collect::<Result<_, _>>().unwrap();
        let write = |lines: &[Line]| {
            let bytes: Vec<u8> = lines.iter().flat_map(|line| line.to_bytes().unwrap()).collect();
            fs::write(&path, bytes).unwrap();
        };
        let refused = |name: &str| {
            let bare = city.folder.path().join("bare.jsonl");
            fs::copy(&path, &bare).unwrap();
            let told = city.files(&format!("{YEAR} {}", folder.display()), "out").map(drop).unwrap_err().to_string();
            assert!(told.contains("does not verify"), "{name}: {told}");
            let bare = city.files(&format!("{YEAR} {}", bare.display()), "bare").map(drop);
            fs::write(&path, &sound).unwrap();
            assert!(city.read("out").is_empty(), "{name}");
            bare.map_err(|error| format!("{error:#}"))
        };

        // Half of the entries gone, and those left numbered anew: only the log shows it.
        let mut fewer: Vec<Line> = lines.iter().step_by(2).cloned().collect();
        for (number, line) in (0..).zip(&mut fewer) {
            (line.seq, line.log_index) = (number, Some(number));
        }
        write(&fewer);
        assert!(refused("fewer").is_ok());
        // Every entry under a salt and leaf of the forger's own.
        let mut fresh = lines.clone();
        for line in &mut fresh {
            let (salt, bytes) = line.held.as_mut().unwrap();
            *salt = record::Salt::from_bytes([1; 32]);
            line.leaf = record::commitment(salt, bytes);
        }
        write(&fresh);
        assert!(refused("fresh").is_ok());
        // The rest is seen without a log as well.
        write(&lines.iter().step_by(2).cloned().collect::<Vec<_>>());
        assert!(refused("gaps").unwrap_err().contains("the number here is 1"));
        let mut renamed = lines.clone();
        renamed[3].id = EntryId::from_bytes([77; 16]);
        write(&renamed);
        assert!(refused("renamed").unwrap_err().contains("one was changed"));
        let mut twice = lines.clone();
        twice.push(Line { seq: lines.len() as u64, log_index: None, ..lines[3].clone() });
        write(&twice);
        assert!(refused("twice").unwrap_err().contains("has stood before"));
        // One changed word of one entry no longer opens its leaf.
        let text = String::from_utf8(sound.clone()).unwrap().replacen("\"DOC\"", "\"DOE\"", 1);
        fs::write(&path, text).unwrap();
        assert!(refused("word").unwrap_err().contains("do not lead to the leaf"));
        // What is no entry is refused without being quoted.
        let mut nonsense = lines.clone();
        let (salt, bytes) = nonsense[2].held.as_mut().unwrap();
        *bytes = br#"{"secret":"words"}"#.to_vec();
        nonsense[2].leaf = record::commitment(salt, bytes);
        write(&nonsense);
        let told = refused("nonsense").unwrap_err();
        assert!(
            told.contains("not an entry of the record") && !told.contains("secret") && !told.contains("struct"),
            "{told}"
        );
    }

    #[test]
    fn an_omission_is_recorded_with_the_filing() {
        let city = TestCity::new();
        let request = RequestId::from_bytes([7; 16]);
        let omit = format!("10-178 --period 2026Q3 --omit {request} --limb i --by Counsel --reason open");
        success(city.files(&omit, "one"));
        assert_eq!(city.count(), 27);
        success(city.files(&omit, "one"));
        assert_eq!(city.count(), 27);
        success(city.files("10-178 --period 2026Q3 --by Counsel", "two"));
        assert_eq!(city.read("one"), city.read("two"));
        let text = String::from_utf8(city.read("one")["10-178-2026Q3.csv"].clone()).unwrap();
        assert!(text.contains("(i) Would interfere with an investigation by law enforcement,,Requests,2,"), "{text}");
    }

    #[test]
    fn an_omission_is_taken_back_and_the_record_keeps_both() {
        let city = TestCity::new();
        let request = RequestId::from_bytes([7; 16]);
        success(
            city.files(&format!("10-178 --period 2026Q3 --omit {request} --limb i --by Counsel --reason open"), "one"),
        );
        let restore = format!("10-178 --period 2026Q3 --restore {request} --by Counsel --reason closed");
        success(city.files(&restore, "two"));
        assert_eq!(city.count(), 29, "a correction and a filing more");
        let text = String::from_utf8(city.read("two")["10-178-2026Q3.csv"].clone()).unwrap();
        assert!(text.contains("(i) Would interfere with an investigation by law enforcement,,Requests,1,"), "{text}");
        let told = |typed: &str| city.files(typed, "three").unwrap_err().to_string();
        assert!(told(&restore).contains("nothing to take back"));
        assert!(told("10-178 --period 2026Q3 --by Counsel --reason closed").contains("--reason"));
        let both = format!("{restore} --omit {request} --limb i");
        assert!(told(&both).contains("name it once"));
    }

    #[test]
    fn a_period_that_has_not_ended_is_a_draft() {
        let city = TestCity::new();
        success(city.files("10-178 --period 2027Q3", "draft"));
        assert_eq!(city.count(), 25);
        let text = String::from_utf8(city.read("draft")["10-178-2027Q3.html"].clone()).unwrap();
        assert!(text.contains("Draft: the period has not ended"));
    }

    #[test]
    fn contradictions_write_nothing() {
        let city = TestCity::new();
        let mut dangling = year(&Source::Desk).swap_remove(1);
        dangling.id = EntryId::from_bytes([200; 16]);
        if let Body::Done(done) = &mut dangling.body {
            done.request = Some(RequestId::from_bytes([99; 16]));
        }
        let store = open(&city.global, Access::Write).unwrap().store;
        store.commit("a slip", vec![dangling.into()]).unwrap();
        drop(store);
        let code = city.files("9-131 --period 2027 --by Clerk", "out").unwrap();
        assert_eq!(format!("{code:?}"), format!("{:?}", ExitCode::from(1)));
        assert!(city.read("out").is_empty());
        assert_eq!(city.count(), 26);
    }

    #[test]
    fn bad_input_is_told() {
        let city = TestCity::new();
        let told = |words: &str| city.files(words, "out").unwrap_err().to_string();
        assert!(told("9-131 --period 2026Q3").contains("9-131 is filed by the year"));
        assert!(told("9-999 --period 2026").contains("no filing is known under `9-999`"));
        assert!(told("9-131 --period 2026 --include-source Ice").contains("`Ice` is no source"));
        let request = RequestId::from_bytes([99; 16]);
        let omit = format!("10-178 --period 2026Q3 --omit {request} --limb ii --by C --reason r");
        assert!(told(&omit).contains("is not in the record"));
        let elsewhere = omit.replace("10-178 --period 2026Q3", "9-131 --period 2026");
        assert!(told(&elsewhere).contains("only a 10-178 filing may leave requests out"));
        assert!(told("9-131 --period 2026").contains("say who signs it with --by NAME"));
        let known = RequestId::from_bytes([7; 16]);
        let other = format!("10-178 --period 2026Q1 --omit {known} --limb ii --by C --reason r");
        assert!(told(&other).contains("name it in the filing of its own quarter"));
        assert_eq!(city.count(), 25);
        assert!(told("9-131 --period 2026 --from-export none.jsonl").contains("`none.jsonl` cannot be read"));
        assert!(city.read("out").is_empty());
    }
}
