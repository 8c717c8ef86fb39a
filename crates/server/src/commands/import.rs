//! `vouchsafe import ice-foia FILE`: what ICE released, into the record, decided under the law of each row's own day.
//!
//! Imported entries carry the source `import:ice-foia` and are counted in no filing of the city's own unless asked for by
//! name. Exit status: 0 done; 1 some rows were bad (named on standard error and in a list beside the record); 2 the file
//! cannot be read, or the record not be written. What was done is told whatever the log does: one that cannot be continued is
//! found before the first row is recorded, and one that lags afterwards is a warning.

use std::{
    collections::BTreeMap,
    io::{self, IsTerminal, Write},
    path::PathBuf,
    process::ExitCode,
    thread,
};

use anyhow::{Context as _, Result};
use indicatif::{ProgressBar, ProgressStyle};
use jiff::Timestamp;
use law::{AgencyId, Outcome};
use serde::Serialize;

use super::{
    decide::{catch_up, open_with_log},
    open::{Access, City},
    out::output,
};
use crate::{
    config::Global,
    import::map::Names,
    import::run::{Import, RunError, Summary, run as import},
    words::Words,
};

/// Brings another authority's published file into the record
///
/// Exit status: 0 all rows were read, 1 some were bad and are listed, 2 the file or the record cannot be used.
///
/// Example: vouchsafe import ice-foia detainers.csv.zst --data city
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    kind: Kind,
}

#[derive(Debug, clap::Subcommand)]
enum Kind {
    /// What ICE released under the Freedom of Information Act: csv, csv.zst, psv or xlsx
    ///
    /// Importing a file twice adds nothing. Exit status: 0 all rows were read, 1 some were bad and are listed, 2 bad input.
    ///
    /// Example: vouchsafe import ice-foia detainers.csv.zst --data city
    IceFoia {
        /// The file as released, or an extract of it
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// Read, decide and count, but record nothing
        #[arg(long)]
        dry_run: bool,
    },
}

/// What is printed for machines.
#[derive(Serialize)]
struct Printed<'a> {
    #[serde(flatten)]
    summary: &'a Summary,
    pack: law::PackRef,
    dry_run: bool,
    log_size: Option<u64>,
}

/// Runs the command.
///
/// # Errors
/// The file cannot be read at all, the record cannot be written.
pub fn run(global: &Global, args: &Args) -> Result<ExitCode> {
    let Kind::IceFoia { file, dry_run } = &args.kind;
    let settings = global.settings()?;
    let pack = crate::pack::load_to_decide(settings.pack.as_deref(), &settings.data)?;
    let (city, log) = if *dry_run {
        (None, None)
    } else {
        let (city, log) = open_with_log(global, Access::Bulk).context("nothing was recorded")?;
        (Some(city), log)
    };
    let bytes = std::fs::metadata(file).map_or(0, |file| file.len());
    let bar =
        if io::stderr().is_terminal() && !settings.json { ProgressBar::new(bytes) } else { ProgressBar::hidden() };
    bar.set_style(
        ProgressStyle::with_template("{wide_bar} {bytes}/{total_bytes} {elapsed}")
            .unwrap_or_else(|_| ProgressStyle::default_bar()),
    );
    // What a dry run names is thrown away.
    let names = Names::under(city.as_ref().map(City::import_secret).transpose()?.unwrap_or_default());
    let job = Import {
        names,
        path: file,
        pack: &pack,
        store: city.as_ref().map(|city| city.store.as_ref()),
        errors_in: city.as_ref().map(|city| city.folder.path()),
        at: Timestamp::now(),
        workers: thread::available_parallelism().map_or(1, usize::from),
    };
    let done = import(&job, &|read| bar.set_position(read));
    bar.finish_and_clear();
    // What was done is told although the record refused more; the refusal comes last.
    let (summary, refused) = match done {
        Err(RunError::Store { recorded, mut summary, source }) => {
            let told = std::mem::take(&mut *summary);
            (told, Some(RunError::Store { recorded, summary, source }))
        }
        done => (done?, None),
    };
    let log_size = catch_up(log);
    bad_rows(file, &summary)?;
    let mut out = output();
    if settings.json {
        serde_json::to_writer_pretty(
            &mut out,
            &Printed { summary: &summary, pack: pack.reference(), dry_run: *dry_run, log_size },
        )?;
        writeln!(out)?;
    } else {
        print(&mut out, &pack.reference(), &summary, *dry_run, log_size)?;
    }
    match refused {
        Some(refused) => Err(refused.into()),
        None => Ok(ExitCode::from(u8::from(summary.bad > 0))),
    }
}

/// Names bad rows on standard error: the first of them, and where the rest are.
fn bad_rows(file: &std::path::Path, summary: &Summary) -> io::Result<()> {
    let mut err = io::stderr().lock();
    for bad in &summary.first_bad {
        let column = bad.column.as_ref().map(|column| format!(", column `{column}`")).unwrap_or_default();
        writeln!(err, "{}: row {}{column}: {}", file.display(), bad.row, bad.reason)?;
    }
    let more = summary.bad.saturating_sub(summary.first_bad.len() as u64);
    if more > 0 {
        writeln!(err, "… and {more} more")?;
    }
    if let Some(list) = &summary.errors_file {
        writeln!(err, "every bad row is listed in {}", list.display())?;
    }
    Ok(())
}

const OUTCOMES: [(Option<Outcome>, &str); 7] = [
    (Some(Outcome::Barred), "import-outcome-barred"),
    (Some(Outcome::Escalate), "import-outcome-escalate"),
    (Some(Outcome::NotYetKnown), "import-outcome-not_yet_known"),
    (Some(Outcome::Required), "import-outcome-required"),
    (Some(Outcome::Permitted), "import-outcome-permitted"),
    (Some(Outcome::Outside), "import-outcome-outside"),
    (None, "import-outcome-none"),
];

fn print(
    out: &mut impl Write,
    pack: &law::PackRef,
    summary: &Summary,
    dry_run: bool,
    log_size: Option<u64>,
) -> io::Result<()> {
    let words = Words::new("en");
    let say = |id: &str, rows: u64| words.say(id, &[("rows", &rows.to_string())]);
    writeln!(out, "{}\n", summary.title)?;
    for (id, rows) in [
        ("import-read", summary.read),
        (if dry_run { "import-would-record" } else { "import-recorded" }, summary.recorded),
        ("import-already", summary.already),
        ("import-outside", summary.outside_scope),
        ("import-bad", summary.bad),
    ] {
        writeln!(out, "  {:<34} {rows:>9}", words.say(id, &[]))?;
    }
    writeln!(out)?;
    match summary.dropped_columns.as_slice() {
        [] => writeln!(out, "{}", words.say("import-dropped-none", &[]))?,
        columns => {
            let (count, columns) = (columns.len().to_string(), columns.join(", "));
            writeln!(out, "{}", words.say("import-dropped", &[("count", &count), ("columns", &columns)]))?;
        }
    }
    for (id, rows) in [
        ("import-windows-1252", summary.windows_1252_rows),
        ("import-not-in-map", summary.facility_not_in_map),
        ("import-no-facility", summary.facility_not_said),
        ("import-engine-faults", summary.engine_faults),
    ] {
        if rows > 0 {
            writeln!(out, "{}", say(id, rows))?;
        }
    }
    table(out, &words, pack, summary)?;
    fates(out, &words, summary)?;
    let entries = summary.entries.to_string();
    match log_size {
        Some(size) => {
            let size = size.to_string();
            writeln!(out, "\n{}", words.say("import-added", &[("entries", &entries), ("size", &size)]))?;
        }
        None if dry_run => {}
        None => writeln!(out, "\n{}", words.say("import-added-not-logged", &[("entries", &entries)]))?,
    }
    writeln!(out, "\n{}", words.say("reading-of-the-law", &[]))
}

/// Answers by year, agency and act, a column an outcome that occurs.
fn table(out: &mut impl Write, words: &Words, pack: &law::PackRef, summary: &Summary) -> io::Result<()> {
    if summary.table.is_empty() {
        return Ok(());
    }
    let mut lines: BTreeMap<(i16, &AgencyId, &law::ActId), BTreeMap<Option<Outcome>, u64>> = BTreeMap::new();
    for (line, rows) in &summary.table {
        *lines.entry((line.year, &line.agency, &line.act)).or_default().entry(line.outcome).or_default() += rows;
    }
    let occurs: Vec<&(Option<Outcome>, &str)> =
        OUTCOMES.iter().filter(|(outcome, _)| summary.table.keys().any(|line| line.outcome == *outcome)).collect();
    let (pack, version) = (pack.id.to_string(), pack.version.to_string());
    writeln!(out, "\n{}", words.say("import-answers", &[("pack", &pack), ("version", &version)]))?;
    let [year, agency, act] = ["import-year", "import-agency", "import-act"].map(|id| words.say(id, &[]));
    write!(out, "  {year:<5} {agency:<10} {act:<15}")?;
    for (_, id) in &occurs {
        write!(out, " {:>10}", words.say(id, &[]))?;
    }
    writeln!(out)?;
    for ((year, agency, act), answers) in lines {
        write!(out, "  {year:<5} {:<10} {:<15}", agency.as_str(), act.as_str())?;
        for (outcome, _) in &occurs {
            write!(out, " {:>10}", answers.get(outcome).copied().unwrap_or(0))?;
        }
        writeln!(out)?;
    }
    Ok(())
}

fn fates(out: &mut impl Write, words: &Words, summary: &Summary) -> io::Result<()> {
    if summary.fates.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{}", words.say("import-fates", &[]))?;
    for code in ["declined", "ended_by_requester", "left_custody", "booked_by_requester", "moved", "died", ""] {
        if let Some(rows) = summary.fates.get(code) {
            let says = words.say(&format!("import-fate-{}", if code.is_empty() { "none" } else { code }), &[]);
            writeln!(out, "  {rows:>9}  {says}")?;
        }
    }
    Ok(())
}
