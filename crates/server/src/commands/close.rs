//! `vouchsafe close`: closes the days of reports that have ended, without a server.
//!
//! `vouchsafe serve --report` does the same by itself. This is for a city whose server stands still, for drills and for tests,
//! which say what day it is.

use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use jiff::{Zoned, civil::Date, tz::TimeZone};

use super::{
    decide::{catch_up, open_with_log},
    open::Access,
    out::{say, visible},
};
use crate::{
    config::Global,
    pack,
    report::{
        close::{self, Word},
        stamps::Stamps,
        vault::Vault,
    },
    words::Words,
};

/// Close the days of reports that have ended: their reports become entries, and their leaves join the log
///
/// What officials did with reports, and what senders withdrew, up to yesterday enters the record as well.
///
/// A server that runs with --report does this by itself; stop it first where the record is a file.
///
/// Exit status: 0 closed, or nothing to close; 1 closed, and an official's stamp was refused, which is named; 2 it could not
/// be done.
///
/// Example: vouchsafe close --data city
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Take this for today (YYYY-MM-DD), in drills, or as your word that the clock is right although it is far beyond the last
    /// day of reports; no later than tomorrow, since no report is accepted on a closed day again
    #[arg(long, value_name = "DATE")]
    today: Option<Date>,
}

/// Runs the command.
///
/// # Errors
/// The record, the log or the sealed bytes cannot be used; what was closed stays closed.
pub fn run(global: &Global, args: &Args) -> Result<ExitCode> {
    let (city, log) = open_with_log(global, Access::Write)?;
    let pack = pack::load(city.settings.pack.as_deref())?;
    let zone = TimeZone::get(pack.time_zone()).context("the pack's time zone")?;
    let now = Zoned::now().with_time_zone(zone).date();
    let today = args.today.unwrap_or(now);
    if today > now.tomorrow()? {
        bail!("`{today}` is later than tomorrow: days that have not come cannot end");
    }
    // Not opened as a door opens it, which removes what another process' uploads have left.
    let vault = Vault::to_read(&city.folder.blobs());
    let word = if args.today.is_some() { Word::Person } else { Word::Clock };
    let mut closed = close::clean_and_close(&*city.store, &*city.lane, &vault, today, word);
    closed.and_take_in(&*city.store, &*city.lane, &Stamps::below(city.folder.path()), today);
    let (handled, refused) = (closed.handled, std::mem::take(&mut closed.refused));
    let leaves = catch_up(log);
    // What could be closed is closed, and in the log.
    let reports = closed.all()?;
    if city.settings.json {
        let stamps: Vec<_> = refused
            .iter()
            .map(|refused| serde_json::json!({ "stamp": refused.name, "why": refused.why.to_string() }))
            .collect();
        let told = serde_json::json!({
            "closed_before": today, "reports": reports, "handled": handled, "stamps_refused": stamps, "log_size": leaves,
        });
        say!("{told}");
    } else {
        let words = Words::new("en");
        let (day, reports) = (today.to_string(), reports.to_string());
        say!("{}", words.say("close-closed", &[("day", &day), ("reports", &reports)]));
        if handled > 0 {
            say!("{}", words.say("close-handled", &[("count", &handled.to_string())]));
        }
        for refused in &refused {
            let (name, why) = (visible(&refused.name), refused.why.to_string());
            eprintln!("vouchsafe: {}", words.say("close-refused", &[("name", &name), ("why", &why)]));
        }
        if let Some(leaves) = leaves {
            say!("{}", words.say("close-log", &[("leaves", &leaves.to_string())]));
        }
    }
    Ok(ExitCode::from(u8::from(!refused.is_empty())))
}
