//! `vouchsafe statement`: what an agency's record holds of a quarter, stated by a named official.
//!
//! **No law asks for it**: it is this product's own practice, and every form says so. What is counted is
//! [`record::filing::statement`]'s business, forms and files are those of filings ([`crate::filing`]). Here: whose, which
//! entries, who signs. The name is given for now; when officials sign with passkeys, what [`Signed`] holds is what they sign.

use std::{path::PathBuf, process::ExitCode};

use anyhow::{Context as _, bail};
use jiff::{Timestamp, tz::TimeZone};
use law::AgencyId;
use record::{
    Source,
    filing::{Options, Period, Section, Stated, statement},
};

use super::{
    decide::open_with_log,
    file::{city_day, earlier, random, source, tell},
    open::{Access, open},
    out::say,
};
use crate::{
    config::Global,
    demo,
    filing::{
        self,
        make::{Signed, place},
        read::{Record, from_export, from_store},
    },
    pack,
    words::Words,
};

/// State what an agency's record holds of a quarter: requests, answers, deeds, possible violations, what is open
///
/// No law asks for it: it is this product's own practice, and every form says so. Written as CSV, JSON, HTML and PDF, with the
/// entries behind each figure; recorded unless it is a dry run, comes from an export, or the quarter has not ended. A quarter
/// with nothing in it is stated too. Exit status: 0 made, 2 bad input.
///
/// Example: vouchsafe statement --agency nypd --quarter 2026Q3 --by 'A. Official' --unrecorded 2 --out filings
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Whose statement, by the pack's name for the agency
    #[arg(long, value_name = "AGENCY")]
    agency: String,
    /// The quarter, as 2026Q3
    #[arg(long, value_name = "QUARTER")]
    quarter: String,
    /// The folder for the files; made if it is not there
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Who states it; needed when it is recorded
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    /// How many contacts of the quarter `reconcile` left unrecorded. Without it: by the record's comparisons, if they cover the quarter
    #[arg(long, value_name = "NUMBER")]
    unrecorded: Option<u64>,
    /// Count the entries of an export instead of the record; nothing is recorded. See `vouchsafe file`
    #[arg(long, value_name = "DIR|FILE")]
    from_export: Option<PathBuf>,
    /// The log's public key to check the export with, or a file of its keys
    #[arg(long, value_name = "VKEY|FILE", requires = "from_export")]
    key: Vec<String>,
    /// Count a source that is not the city's own as well, e.g. `ice-foia` or `demo`; every page then says so
    #[arg(long, value_name = "NAME", value_parser = source)]
    include_source: Vec<Source>,
    /// Write the files and record nothing
    #[arg(long)]
    dry_run: bool,
}

/// Runs the command.
///
/// # Errors
/// Bad input: no agency of the city, no quarter, nobody who states it; or a file or store that fails. Then no file is left.
pub fn run(global: &Global, args: &Args) -> anyhow::Result<ExitCode> {
    run_on(global, args, Timestamp::now())
}

fn run_on(global: &Global, args: &Args, now: Timestamp) -> anyhow::Result<ExitCode> {
    let period = Period::parse(Section::Statement, &args.quarter)?;
    let settings = global.settings()?;
    let names = filing::names_in(&pack::files(settings.pack.as_deref())?)?;
    let agency = AgencyId::new(&args.agency.trim().to_uppercase());
    if !names.agencies.contains_key(agency.as_str()) || names.not_of_the_city.contains(&agency) {
        bail!("`{}` is no agency of the city in this pack: write its short name, as `NYPD` or `DOC`", args.agency);
    }
    if period.from > city_day(now) {
        bail!("the quarter `{}` has not begun: there is nothing to state of it yet", period.name);
    }
    let draft = city_day(now) <= period.to;
    let records = args.from_export.is_none() && !args.dry_run && !draft;
    let by = args.by.as_deref().map(str::trim).filter(|by| !by.is_empty());
    if records && by.is_none() {
        bail!(
            "a statement that is recorded is somebody's: say whose with --by NAME, or write the files alone with --dry-run"
        );
    }
    let (city, mut log) = match &args.from_export {
        Some(_) => (None, None),
        None if records => {
            let (city, log) = open_with_log(global, Access::Existing).context("nothing was stated")?;
            (Some(city), log)
        }
        None => (Some(open(global, Access::Read)?), None),
    };
    let record = match (&args.from_export, &city) {
        (Some(path), _) => from_export(path, &args.key)?,
        (None, Some(city)) => from_store(&*city.store)?,
        (None, None) => Record::default(),
    };
    let signed = match (&city, by) {
        (Some(city), Some(by)) if records => Some(Signed {
            store: city.store.as_ref(),
            by,
            source: Source::Desk,
            at: now,
            entry: random()?,
            omissions: Vec::new(),
        }),
        _ => None,
    };
    let include = args.include_source.iter().cloned().collect();
    let options = Options { include, draft, not_of_the_city: names.not_of_the_city.clone() };
    let zone = TimeZone::get("America/New_York").context("the city's time zone")?;
    let stated = Stated { agency: &agency, zone: &zone, unrecorded: args.unrecorded };
    let filing = statement(&stated, &record.entries, &period, &options);
    let made = place(&record, filing, &options.include, &names, &args.out, signed, log.as_mut())?;
    tell(global, &made, earlier(&record, &made), draft)?;
    let invented = city.as_ref().is_some_and(|city| demo::Mark::of(city.folder.path()).exists());
    if invented && !options.include.contains(&Source::Demo) && !global.json {
        say!("{}", Words::new("en").say("statement-of-a-demo", &[]));
    }
    Ok(ExitCode::SUCCESS)
}
