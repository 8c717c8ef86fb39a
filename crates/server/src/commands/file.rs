//! `vouchsafe file`: a statutory filing, from the record or from an export of it.
//!
//! What is counted is [`record::filing`]'s business, what it looks like [`crate::filing`]'s. Here: which entries, who
//! signs, where the files go, and the entry that says a filing was made. All files appear or none does. The same entries
//! give the same bytes, and recording the same filing again changes nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use jiff::{Timestamp, civil::Date};
use record::filing::{Contradiction, Filing, FilingError, Options, Period, Section};
use record::{
    Actor, Body, Entry, EntryId, Filed, FilingId, Leaf, OmissionGround, Private, RequestId, Sha256Hex, Source,
};
use sha2::{Digest as _, Sha256};

use crate::commands::decide::{follow, open_with_log};
use crate::commands::open::{Access, open};
use crate::commands::out::say;
use crate::config::Global;
use crate::filing::{self, Bound, Forms, Names, Standing};
use crate::log::export::{Line, RECORD_LINES, Sequence, read_lines};
use crate::log::verify::verify;
use crate::log::{CHECKPOINT, Sequencer};
use crate::pack;
use crate::store::{Draft, Store};
use crate::words::Words;

mod omissions;

/// How many entries are read at a time.
const CHUNK: usize = 4096;

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

fn source(text: &str) -> Result<Source, String> {
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

/// Entries to count, and the leaf of each.
#[derive(Default)]
pub(crate) struct Record {
    entries: Vec<Entry>,
    leaves: BTreeMap<EntryId, Leaf>,
    /// Entries that have no place in the log yet, and so are bound by nothing; of an export only, since the city's own
    /// record follows with its filing.
    waiting: BTreeSet<EntryId>,
    bound: Bound,
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
            let (city, log) = open_with_log(global).context("nothing was filed")?;
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
    let job = Job { section: args.section, period: &period, draft, include, names: &names, out: &args.out };
    match make(&record, &job, signed, log.as_mut())? {
        Ok(made) => tell(global, &made, draft)?,
        Err(error) => return Ok(refuse(global, &error)?),
    }
    Ok(ExitCode::SUCCESS)
}

/// One filing to make.
pub(crate) struct Job<'a> {
    pub(crate) section: Section,
    pub(crate) period: &'a Period,
    /// The period has not ended.
    pub(crate) draft: bool,
    /// What is counted beside the city's own.
    pub(crate) include: BTreeSet<Source>,
    pub(crate) names: &'a Names,
    /// The folder for the files.
    pub(crate) out: &'a Path,
}

/// Who signs a filing that is recorded, and the entry that says so.
pub(crate) struct Signed<'a> {
    pub(crate) store: &'a dyn Store,
    pub(crate) by: &'a str,
    pub(crate) source: Source,
    pub(crate) at: Timestamp,
    pub(crate) entry: EntryId,
    /// What was left out of it, or counted again, recorded in the same act.
    pub(crate) omissions: Vec<Entry>,
}

/// A filing that was made.
pub(crate) struct Made {
    filing: Filing,
    forms: Forms,
    filed: Option<Kept>,
    paths: Vec<PathBuf>,
    standing: Standing,
}

/// Computes one filing, writes its files together or not at all, and records it if it is signed.
///
/// # Errors
/// A form, file or store that fails: then no file is left behind. Contradictions of the record are the inner error.
pub(crate) fn make(
    record: &Record,
    job: &Job<'_>,
    signed: Option<Signed<'_>>,
    log: Option<&mut Sequencer>,
) -> anyhow::Result<Result<Made, FilingError>> {
    let Job { section, period, draft, names, out, .. } = *job;
    let options = Options { include: job.include.clone(), draft, not_of_the_city: names.not_of_the_city.clone() };
    let filing = match record::filing::file(section, &record.entries, period, &options) {
        Ok(filing) => filing,
        Err(error) => return Ok(Err(error)),
    };
    let counted = filing.counted();
    let leaves = counted.iter().filter_map(|id| Some((*id, *record.leaves.get(id)?))).collect();
    let waiting = record.waiting.intersection(&counted).count() as u64;
    let standing = Standing { bound: record.bound, waiting };
    let forms = Forms::standing(&filing, &Words::new("en"), names, &leaves, standing)?;
    let staged = Staged::write(out, &forms)?;
    let filed = signed.map(|signed| keep(signed, &job.include, &filing, &forms, log)).transpose()?;
    let mut paths = staged.place()?;
    if let Some(filed) = &filed {
        let opening = Staged::of(out, &[(format!("{}-filed.json", forms.stem), filed.opening.as_slice())])?;
        paths.extend(opening.place()?);
    }
    Ok(Ok(Made { filing, forms, filed, paths, standing }))
}

/// The day in the city. Periods end with a day there, not in Greenwich.
pub(crate) fn city_day(now: Timestamp) -> Date {
    let zone = jiff::tz::TimeZone::get("America/New_York").unwrap_or(jiff::tz::TimeZone::UTC);
    now.to_zoned(zone).date()
}

/// The city's own record, whole.
///
/// # Errors
/// When the store cannot be read.
pub(crate) fn from_store(store: &dyn Store) -> anyhow::Result<Record> {
    let mut record = Record::default();
    let mut from = 0;
    loop {
        let stored = store.entries(from, CHUNK)?;
        let Some(last) = stored.last() else { return Ok(record) };
        from = last.seq + 1;
        for one in stored {
            record.leaves.insert(one.id, one.leaf);
            // Of a decision only what filings count is held: its reasons are most of a record.
            record.entries.extend(one.held.map(|held| {
                let mut entry = held.entry;
                record::filing::lean(&mut entry);
                entry
            }));
        }
    }
}

/// Reads an export and recomputes every leaf. That alone shows nothing, since whoever rewrites an entry can rewrite its salt
/// and leaf as well: only the log binds them, so an export that has its log beside it is checked against it first.
fn from_export(path: &Path, keys: &[String]) -> anyhow::Result<Record> {
    let (folder, path) = if path.is_dir() {
        (Some(path), path.join(RECORD_LINES))
    } else {
        (path.parent().filter(|_| path.file_name().is_some_and(|name| name == RECORD_LINES)), path.to_owned())
    };
    let place = || format!("the export `{}`", path.display());
    let file = File::open(&path).with_context(|| format!("{} cannot be read", place()))?;
    // The lines of a folder that is named without its path lie beside its log all the same.
    let folder = folder.map(|folder| if folder.as_os_str().is_empty() { Path::new(".") } else { folder });
    let folder = folder.filter(|folder| folder.join("log").exists() || folder.join(CHECKPOINT).exists());
    let (mut record, mut size) = (Record { bound: Bound::NotChecked, ..Record::default() }, 0);
    if let Some(folder) = folder {
        let report =
            verify(&folder.display().to_string(), keys).with_context(|| format!("{} cannot be checked", place()))?;
        if let Some(fault) = report.faults.named.first() {
            bail!(
                "{} does not verify, so nothing can be filed from it: {}: {} ({} things do not hold; see `vouchsafe verify`)",
                place(),
                fault.place,
                fault.what,
                report.faults.count,
            );
        }
        size = report.size;
        record.bound = if report.key_from_subject { Bound::ByItsOwnKey } else { Bound::Log };
    } else if !keys.is_empty() {
        bail!("there is no log beside {} to check with the key: give the folder that `vouchsafe export` made", place());
    }
    let mut sequence = Sequence::default();
    for (line, number) in read_lines(BufReader::new(file)).zip(1_u64..) {
        let line = line.with_context(place)?;
        if !line.leads_to_its_leaf() {
            bail!("{}: line {number}: entry and salt do not lead to the leaf: one of them was changed", place());
        }
        sequence.take(&line).with_context(place)?;
        record.leaves.insert(line.id, line.leaf);
        if record.bound != Bound::NotChecked && line.log_index.is_none_or(|index| index >= size) {
            record.waiting.insert(line.id);
        }
        if let Some((_, bytes)) = &line.held {
            // The cause would quote the entry, which is private.
            let entry = record::parse(bytes).map_err(|error| anyhow::anyhow!("{}: line {number}: {error}", place()))?;
            if entry.id != line.id {
                bail!(
                    "{}: line {number} is named `{}`, and its entry `{}`: one was changed",
                    place(),
                    line.id,
                    entry.id
                );
            }
            record.entries.push(entry);
        }
    }
    Ok(record)
}

fn random() -> anyhow::Result<EntryId> {
    let mut id = [0; 16];
    getrandom::fill(&mut id).map_err(|error| anyhow::anyhow!("no random bytes for the id of an entry: {error}"))?;
    Ok(EntryId::from_bytes(id))
}

fn entry(id: EntryId, source: Source, body: Body, at: Timestamp) -> Entry {
    Entry { id, at, by: Actor::Program { name: "file".to_owned() }, source, body }
}

/// What was recorded about the filing.
struct Kept {
    filing: FilingId,
    entry: EntryId,
    already: bool,
    /// The entry's line as an export has it: whoever has it sees that the log has held the filing's hash since.
    opening: Vec<u8>,
}

/// Commits the entry that the filing was made, with the omissions it was made with, in one act.
fn keep(
    signed: Signed<'_>,
    include: &BTreeSet<Source>,
    filing: &Filing,
    forms: &Forms,
    log: Option<&mut Sequencer>,
) -> anyhow::Result<Kept> {
    let Signed { store, by: signer, source, at, entry: id, omissions } = signed;
    let content = forms.content();
    // The same filing signed by the same person is one act, however often it is asked for.
    let named = format!("{}/{}/{}/{signer}", filing.section, filing.period.name, hex::encode(content));
    let key: [u8; 32] = Sha256::digest(named.as_bytes()).into();
    let mut first = [0; 16];
    first.iter_mut().zip(key).for_each(|(to, from)| *to = from);
    let filing_id = FilingId::from_bytes(first);
    let body = Body::Filed(Box::new(Filed {
        filing: filing_id,
        section: filing.section.subdivision().to_owned(),
        agency: filing.agency.as_deref().map(Into::into),
        from: filing.period.from,
        through: filing.period.to,
        content: Sha256Hex::of(content),
        included_sources: include.iter().cloned().collect(),
        nil: filing.nil,
        signed_by: Private::from(signer),
    }));
    let mut drafts: Vec<Draft> = omissions.into_iter().map(Draft::from).collect();
    drafts.push(Draft { key: Some(format!("file/{}", hex::encode(key))), entry: entry(id, source, body, at) });
    let committed = store.commit("file what a statute asks for", drafts)?;
    let kept = committed.last().context("the store did not say what it kept")?;
    // The filing has happened whether or not the log is at hand; a log that lags takes it in later.
    if let Some(log) = log {
        follow(log);
    }
    let stored = store.find(&kept.id)?.context("the entry of the filing is not in the store")?;
    let line = Line {
        seq: stored.seq,
        log_index: stored.log_index,
        id: stored.id,
        leaf: stored.leaf,
        held: stored.held.map(|held| (held.salt, held.bytes)),
    };
    Ok(Kept { filing: filing_id, entry: kept.id, already: kept.already, opening: line.to_bytes()? })
}

/// Files that are on the disk under other names, and become visible together.
struct Staged {
    files: Vec<(PathBuf, PathBuf)>,
}

impl Staged {
    fn write(folder: &Path, forms: &Forms) -> anyhow::Result<Staged> {
        Staged::of(folder, &forms.files())
    }

    fn of(folder: &Path, files: &[(String, &[u8])]) -> anyhow::Result<Staged> {
        fs::create_dir_all(folder).with_context(|| format!("the folder `{}` cannot be made", folder.display()))?;
        let mut staged = Staged { files: Vec::new() };
        for (name, bytes) in files {
            let (draft, path) = (folder.join(format!(".{name}.new")), folder.join(name));
            // Noted first, so that a draft half written is removed as well.
            staged.files.push((draft.clone(), path));
            write_whole(&draft, bytes).with_context(|| format!("`{}` cannot be written", draft.display()))?;
        }
        Ok(staged)
    }

    /// Gives the files their names. If one fails, those before it get their former content back.
    fn place(mut self) -> anyhow::Result<Vec<PathBuf>> {
        let mut former: Vec<(PathBuf, Option<PathBuf>)> = Vec::new();
        let mut failed = None;
        for (draft, path) in &self.files {
            let aside = draft.with_added_extension("old");
            let had = path.exists();
            let placed = if had { fs::rename(path, &aside) } else { Ok(()) };
            former.push((path.clone(), had.then_some(aside)));
            if let Err(error) = placed.and_then(|()| fs::rename(draft, path)) {
                failed = Some((path.clone(), error));
                break;
            }
        }
        if let Some((path, error)) = failed {
            for (path, aside) in former {
                // What went wrong first is told; a second failure could only hide it.
                let _ = match aside {
                    Some(aside) => fs::rename(aside, &path),
                    None => fs::remove_file(&path),
                };
            }
            return Err(error).with_context(|| format!("`{}` cannot be written; no file was changed", path.display()));
        }
        for aside in former.into_iter().filter_map(|(_, aside)| aside) {
            fs::remove_file(&aside).with_context(|| format!("`{}` cannot be removed", aside.display()))?;
        }
        let paths: Vec<PathBuf> = self.files.drain(..).map(|(_, path)| path).collect();
        if let Some(folder) = paths.first().and_then(|path| path.parent()) {
            File::open(folder).and_then(|folder| folder.sync_all()).context("the folder cannot be made durable")?;
        }
        Ok(paths)
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        for (draft, _) in &self.files {
            // A draft that was never made is not there to remove.
            let _ = fs::remove_file(draft);
        }
    }
}

fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
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

fn tell(global: &Global, made: &Made, draft: bool) -> io::Result<()> {
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
            "bound": standing.bound.id(),
            "waiting": standing.waiting,
        });
        say!("{said}");
        return Ok(());
    }
    let words = Words::new("en");
    let made = if filing.nil { "file-made-nil" } else { "file-made" };
    let (period, requests, entries) =
        (filing.period.to_string(), filing.requests.to_string(), filing.entries.to_string());
    let section = ("section", filing.section.subdivision());
    say!("{}", words.say(made, &[section, ("period", &period), ("requests", &requests), ("entries", &entries)]));
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
    Ok(())
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::commands::decide::catch_up;
    use crate::filing::tests::year;

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
        let (_city, log) = open_with_log(&city.global).unwrap();
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

    /// A file that cannot be placed leaves the others as they were.
    #[test]
    fn all_files_or_none() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a"), "before").unwrap();
        fs::create_dir(folder.path().join("b")).unwrap();
        fs::write(folder.path().join("b/full"), "x").unwrap();
        let staged =
            Staged::of(folder.path(), &[("a".into(), b"after"), ("b".into(), b"after"), ("c".into(), b"after")]);
        let staged = staged.unwrap();
        // A folder in the way of the aside name makes the second step fail.
        fs::create_dir_all(folder.path().join(".b.new.old/in")).unwrap();
        assert!(staged.place().is_err());
        assert_eq!(fs::read_to_string(folder.path().join("a")).unwrap(), "before");
        assert!(!folder.path().join("c").exists());
        let left: Vec<String> =
            fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
        assert!(!left.iter().any(|name| name.ends_with(".new")), "{left:?}");
    }
}
