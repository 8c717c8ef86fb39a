//! `vouchsafe keys`: the key history of the residents' door.
//!
//! `publish` records the keys of a built bundle, by two named people; `list` shows every set that was published. Phones send
//! nothing unless the log holds the keys of their page, so a bundle whose keys are not published takes no reports.

use std::{
    io::Write as _,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context as _, Result};
use jiff::{Zoned, civil::Date, tz::TimeZone};
use record::KeySet;
use serde::Serialize;

use super::{
    decide::{catch_up, open_with_log},
    erase::two_people,
    open::{Access, open},
    out::{output, say, visible},
};
use crate::{
    config::{Global, Settings},
    pack,
    report::{
        bundle,
        keys::{History, Order, Recorded, Standing, publish},
    },
    words::Words,
};

/// What can be done with the key history.
#[derive(Debug, clap::Subcommand)]
pub enum Keys {
    /// Publish the keys of built pages: one entry, public for ever with the two names in it
    ///
    /// Phones send only if the log has the keys of their page. The first set holds at once; a set with a new key holds 72
    /// hours after it is published, one that only takes keys away at once. The set that was published last adds nothing.
    /// Stop the server first where the record is a file.
    ///
    /// Exit status: 0 published, or published before; 2 nothing was published.
    ///
    /// Example: vouchsafe keys publish --report-pages dist/report --by "A. Privacy" --by "B. Counsel" --data city
    Publish {
        /// The folder of the built pages
        #[arg(long, value_name = "DIR", default_value = "dist/report")]
        report_pages: PathBuf,
        /// Who asks for it, and a second time: who approves it. Both names become public
        #[arg(long, value_name = "NAME", required = true)]
        by: Vec<String>,
        /// The first day on which the keys hold, if later than they can (YYYY-MM-DD)
        #[arg(long, value_name = "DATE")]
        from: Option<Date>,
    },
    /// List every set of keys that was published, the oldest first, and which one is in force
    ///
    /// Exit status: 0 listed, 2 there is no record.
    ///
    /// Example: vouchsafe keys list --data city
    List,
}

/// Runs the command.
///
/// # Errors
/// What kept it from being done.
pub fn run(global: &Global, command: &Keys) -> Result<ExitCode> {
    match command {
        Keys::Publish { report_pages, by, from } => publish_bundle(global, report_pages, by, *from),
        Keys::List => list(global),
    }
}

/// Now, by the city's clock.
fn now(settings: &Settings) -> Result<Zoned> {
    let pack = pack::load(settings.pack.as_deref())?;
    Ok(Zoned::now().with_time_zone(TimeZone::get(pack.time_zone()).context("the pack's time zone")?))
}

fn publish_bundle(global: &Global, pages: &Path, by: &[String], from: Option<Date>) -> Result<ExitCode> {
    let (asked_by, approved_by) = two_people("a set of keys", by)?;
    // Looked up by a reader first, which makes nothing: a wrong folder is named, and not made.
    let folder = open(global, Access::Read)?.folder;
    let set = bundle::read(pages, folder.path()).context("nothing was published")?;
    let (city, log) = open_with_log(global, Access::Write).context("nothing was published")?;
    let now = now(&city.settings)?;
    let order = Order { set, asked_by: asked_by.to_owned(), approved_by: approved_by.to_owned(), from };
    let published = publish(&*city.store, order, &now).context("nothing was published")?;
    let log_size = catch_up(log);
    if city.settings.json {
        let told = serde_json::json!({
            "entry": published.id, "from": published.from, "already": published.already, "log_size": log_size,
        });
        say!("{told}");
        return Ok(ExitCode::SUCCESS);
    }
    let words = Words::new("en");
    let (pages, entry, from) = (pages.display().to_string(), published.id.to_string(), published.from.to_string());
    let done = if published.already { "keys-already" } else { "keys-published" };
    say!("{}", words.say(done, &[("folder", &pages), ("entry", &entry), ("from", &from)]));
    if published.from > now.date() {
        say!("{}", words.say("keys-wait", &[("from", &from)]));
    }
    match log_size {
        Some(size) => say!("{}", words.say("keys-log", &[("size", &size.to_string())])),
        None => say!("{}", words.say("keys-log-later", &[])),
    }
    Ok(ExitCode::SUCCESS)
}

/// A set as it is printed for machines.
#[derive(Serialize)]
struct Printed<'a> {
    entry: record::EntryId,
    published: jiff::Timestamp,
    from: Date,
    standing: Standing,
    log_index: Option<u64>,
    asked_by: &'a str,
    approved_by: &'a str,
    set: &'a KeySet,
}

fn list(global: &Global) -> Result<ExitCode> {
    let city = open(global, Access::Read)?;
    let history = History::of(&*city.store)?;
    let today = now(&city.settings)?.date();
    if city.settings.json {
        let printed: Vec<Printed<'_>> = history
            .standings(today)
            .map(|(Recorded { id, at, keys, log_index, .. }, standing)| Printed {
                entry: *id,
                published: *at,
                from: keys.from,
                standing,
                log_index: *log_index,
                asked_by: &keys.asked_by,
                approved_by: &keys.approved_by,
                set: &keys.set,
            })
            .collect();
        say!("{}", serde_json::to_string_pretty(&printed)?);
        return Ok(ExitCode::SUCCESS);
    }
    let words = Words::new("en");
    if history.sets().is_empty() {
        say!("{}", words.say("keys-none", &[]));
    }
    let mut out = output();
    for (recorded, standing) in history.standings(today) {
        out.write_all(lines(&words, recorded, standing).as_bytes())?;
    }
    Ok(ExitCode::SUCCESS)
}

/// A set as text for people.
fn lines(words: &Words, recorded: &Recorded, standing: Standing) -> String {
    let state = match standing {
        Standing::InForce => "keys-in-force",
        Standing::Waits => "keys-waits",
        Standing::Replaced => "keys-replaced",
    };
    let Recorded { id, keys, log_index, .. } = recorded;
    let place = match log_index {
        Some(index) => words.say("keys-in-log", &[("index", &index.to_string())]),
        None => words.say("keys-not-in-log", &[]),
    };
    let (from, entry, state) = (keys.from.to_string(), id.to_string(), words.say(state, &[]));
    let said = [("from", &*from), ("state", &state), ("place", &place), ("entry", &entry)];
    let (asked, approved) = (visible(&keys.asked_by), visible(&keys.approved_by));
    let people = [("asked", &*asked), ("approved", &*approved)];
    let mut text = format!("{}\n  {}\n", words.say("keys-set", &said), words.say("keys-by", &people));
    let set = &keys.set;
    let contact = set.contact();
    let all = [
        ("keys-intake", set.intake().iter().map(|key| key.as_str().to_owned()).collect::<Vec<_>>()),
        (
            "keys-city",
            contact.map_or_else(Vec::new, |keys| keys.city.iter().map(|key| key.as_str().to_owned()).collect()),
        ),
        (
            "keys-trustee",
            contact.map_or_else(Vec::new, |keys| keys.trustee.iter().map(|key| key.as_str().to_owned()).collect()),
        ),
        ("keys-official", set.officials().iter().map(ToString::to_string).collect()),
        ("keys-promise", vec![set.promise().to_owned()]),
    ];
    for (what, found) in all {
        for key in found {
            text.push_str(&format!("  {key}  {}\n", words.say(what, &[])));
        }
    }
    text
}
