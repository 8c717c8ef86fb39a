//! `vouchsafe pages`: what the residents' door serves, in the log.
//!
//! `publish` records the keys and the hash of a built bundle, by two named people; `list` shows everything that was published;
//! `check` fetches what a door serves and compares it with the log. Phones send nothing unless the log holds the keys of their
//! page, and the door serves no pages that were not published.

use std::{
    io::Write as _,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context as _, Result, ensure};
use jiff::{Zoned, civil::Date, tz::TimeZone};
use record::{DoorKeys, DoorPages};
use serde::Serialize;
use serde_json::{Value, json};

use super::{
    decide::{catch_up, open_with_log},
    erase::two_people,
    open::{Access, open},
    out::{output, say, visible},
};
use crate::{
    config::{Global, Settings},
    log::verify::given_keys,
    pack,
    report::{
        bundle,
        history::{History, Recorded, Standing},
        publish::{Order, publish},
        watch::{Watched, Wrong, watch},
    },
    words::Words,
};

/// What can be done with the residents' pages.
#[derive(Debug, clap::Subcommand)]
pub enum Pages {
    /// Publish built pages: their keys and their hash, public for ever with the two names
    ///
    /// Phones send only if the log has the keys of their page, and the door serves only pages that were published. The first
    /// set of keys holds at once; a set with a new key holds 72 hours after it is published, and its pages with it; one that only
    /// takes keys away, and pages whose keys are known, at once. What was published last adds nothing. Stop the server first where
    /// the record is a file.
    ///
    /// Exit status: 0 published, or published before; 2 nothing was published.
    ///
    /// Example: vouchsafe pages publish --report-pages dist/report --by "A. Privacy" --by "B. Counsel" --data city
    Publish {
        /// The folder of the built pages
        #[arg(long, value_name = "DIR", default_value = "dist/report")]
        report_pages: PathBuf,
        /// Who asks for it, and a second time: who approves it. Both names become public
        #[arg(long, value_name = "NAME", required = true)]
        by: Vec<String>,
        /// The first day on which they hold, if later than they can (YYYY-MM-DD)
        #[arg(long, value_name = "DATE")]
        from: Option<Date>,
    },
    /// List every set of keys and all pages that were published, the oldest first, and which are in force
    ///
    /// Exit status: 0 listed, 2 there is no record.
    ///
    /// Example: vouchsafe pages list --data city
    List,
    /// Fetch the pages that a door serves, as anybody can, and see that the city has published them
    ///
    /// Every file that the manifest names is fetched, plain and packed, and compared with its hash and headers; the manifest's own
    /// hash with the entry that the door shows of it, and the entry with the log's signature. Take the log's key from elsewhere than
    /// from the door. A door can show a watcher other pages than a phone, so watch from many places, and not announced.
    ///
    /// Exit status: 0 they are the city's, 1 something is not as it was published, 2 it cannot be checked.
    ///
    /// Example: vouchsafe pages check `https://report.example.gov` --key log.vkey
    Check {
        /// The door's address
        #[arg(value_name = "URL")]
        url: String,
        /// The log's public key, or a file of its keys; may be given more than once
        #[arg(long, value_name = "VKEY|FILE", required = true)]
        key: Vec<String>,
    },
}

/// Runs the command.
///
/// # Errors
/// What kept it from being done.
pub fn run(global: &Global, command: &Pages) -> Result<ExitCode> {
    match command {
        Pages::Publish { report_pages, by, from } => publish_bundle(global, report_pages, by, *from),
        Pages::List => list(global),
        Pages::Check { url, key } => check(global, url, key),
    }
}

/// Now, by the city's clock.
fn now(settings: &Settings) -> Result<Zoned> {
    let pack = pack::load(settings.pack.as_deref())?;
    Ok(Zoned::now().with_time_zone(TimeZone::get(pack.time_zone()).context("the pack's time zone")?))
}

fn publish_bundle(global: &Global, pages: &Path, by: &[String], from: Option<Date>) -> Result<ExitCode> {
    let (asked_by, approved_by) = two_people("publishing pages", by)?;
    // Looked up by a reader first, which makes nothing: a wrong folder is named, and not made.
    let folder = open(global, Access::Read)?.folder;
    let (set, manifest) = bundle::read(pages, folder.path()).context("nothing was published")?;
    let (city, log) = open_with_log(global, Access::Write).context("nothing was published")?;
    let now = now(&city.settings)?;
    let (asked_by, approved_by) = (asked_by.to_owned(), approved_by.to_owned());
    let order = Order { set, manifest: manifest.clone(), asked_by, approved_by, from };
    let published = publish(&*city.store, order, &now).context("nothing was published")?;
    let log_size = catch_up(log);
    let (of_pages, keys) = (published.pages, published.keys);
    if city.settings.json {
        say!("{}", json!({ "manifest": manifest, "pages": of_pages, "keys": keys, "log_size": log_size }));
        return Ok(ExitCode::SUCCESS);
    }
    let words = Words::new("en");
    let (folder, entry, from) = (pages.display().to_string(), of_pages.entry.to_string(), of_pages.from.to_string());
    let said = [("folder", &*folder), ("hash", manifest.as_str()), ("entry", &entry), ("from", &from)];
    say!("{}", words.say(if of_pages.already { "pages-already" } else { "pages-published" }, &said));
    let (entry, from) = (keys.entry.to_string(), keys.from.to_string());
    let done = if keys.already { "keys-already" } else { "keys-published" };
    say!("{}", words.say(done, &[("entry", &entry), ("from", &from)]));
    if keys.from > now.date() {
        say!("{}", words.say("keys-wait", &[("from", &from)]));
    }
    match log_size {
        Some(size) => say!("{}", words.say("keys-log", &[("size", &size.to_string())])),
        None => say!("{}", words.say("keys-log-later", &[])),
    }
    Ok(ExitCode::SUCCESS)
}

/// Something published as it is printed for machines: what the entry says, and what has become of it.
#[derive(Serialize)]
struct Printed<'a, T> {
    entry: record::EntryId,
    published: jiff::Timestamp,
    standing: Standing,
    log_index: Option<u64>,
    #[serde(flatten)]
    said: &'a T,
}

fn printed<T: Serialize>((recorded, standing): (&Recorded<T>, Standing)) -> serde_json::Result<Value> {
    let Recorded { id, at, said, log_index, .. } = recorded;
    serde_json::to_value(Printed { entry: *id, published: *at, standing, log_index: *log_index, said })
}

fn list(global: &Global) -> Result<ExitCode> {
    let city = open(global, Access::Read)?;
    let history = History::of(&*city.store)?;
    let today = now(&city.settings)?.date();
    if city.settings.json {
        let keys = history.set_standings(today).map(printed).collect::<serde_json::Result<Vec<_>>>()?;
        let pages = history.page_standings(today).map(printed).collect::<serde_json::Result<Vec<_>>>()?;
        say!("{}", serde_json::to_string_pretty(&json!({ "keys": keys, "pages": pages }))?);
        return Ok(ExitCode::SUCCESS);
    }
    let words = Words::new("en");
    let mut out = output();
    for (none, nothing) in [("keys-none", history.sets().is_empty()), ("pages-none", history.pages().is_empty())] {
        if nothing {
            writeln!(out, "{}", words.say(none, &[]))?;
        }
    }
    for (recorded, standing) in history.set_standings(today) {
        out.write_all(lines(&words, recorded, standing).as_bytes())?;
    }
    for (Recorded { id, said, log_index, .. }, standing) in history.page_standings(today) {
        let DoorPages { from, manifest, asked_by, approved_by } = said;
        let (from, entry) = (from.to_string(), id.to_string());
        let [state, place] = state_and_place(&words, standing, *log_index);
        let said =
            [("hash", manifest.as_str()), ("from", &from), ("state", &state), ("place", &place), ("entry", &entry)];
        writeln!(out, "{}\n  {}", words.say("pages-one", &said), people(&words, asked_by, approved_by))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// What has become of it, and where it stands in the log.
fn state_and_place(words: &Words, standing: Standing, log_index: Option<u64>) -> [String; 2] {
    let state = match standing {
        Standing::InForce => "keys-in-force",
        Standing::Waits => "keys-waits",
        Standing::Replaced => "keys-replaced",
    };
    let place = match log_index {
        Some(index) => words.say("keys-in-log", &[("index", &index.to_string())]),
        None => words.say("keys-not-in-log", &[]),
    };
    [words.say(state, &[]), place]
}

/// The two who ordered it.
fn people(words: &Words, asked_by: &str, approved_by: &str) -> String {
    words.say("keys-by", &[("asked", &*visible(asked_by)), ("approved", &*visible(approved_by))])
}

/// A set as text for people.
fn lines(words: &Words, recorded: &Recorded<DoorKeys>, standing: Standing) -> String {
    let Recorded { id, said: DoorKeys { from, set, asked_by, approved_by }, log_index, .. } = recorded;
    let [state, place] = state_and_place(words, standing, *log_index);
    let (from, entry) = (from.to_string(), id.to_string());
    let said = [("from", &*from), ("state", &state), ("place", &place), ("entry", &entry)];
    let mut text = format!("{}\n  {}\n", words.say("keys-set", &said), people(words, asked_by, approved_by));
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

fn check(global: &Global, url: &str, key: &[String]) -> Result<ExitCode> {
    ensure!(
        ["http://", "https://"].iter().any(|begin| url.starts_with(begin)),
        "`{url}` is no address: write it whole, as `https://report.example.gov`"
    );
    // A day begins first where clocks are fourteen hours ahead.
    let latest = Zoned::now().with_time_zone(TimeZone::fixed(jiff::tz::offset(14))).date();
    let watched = watch(url, &given_keys(key)?, latest)?;
    let sound = watched.faults.is_empty();
    if global.json {
        say!("{}", serde_json::to_string_pretty(&watched)?);
    } else {
        output().write_all(seen(&Words::new("en"), url, &watched).as_bytes())?;
    }
    Ok(if sound { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// What was seen of a door, as text for people. What the door itself says stands in it only where it can be read.
fn seen(words: &Words, url: &str, watched: &Watched) -> String {
    let Watched { manifest, files, order, onions, faults } = watched;
    let files = files.to_string();
    let mut lines = vec![words.say("pages-served", &[("hash", manifest.as_str()), ("files", &files), ("url", url)])];
    if let Some(order) = order {
        let [at, from, entry] = [order.at.to_string(), order.from.to_string(), order.entry.to_string()];
        let [index, size] = [order.index, order.size].map(|number| number.to_string());
        let origin = visible(&order.origin);
        let said = [
            ("at", &*at),
            ("from", &from),
            ("entry", &entry),
            ("index", &index),
            ("size", &size),
            ("origin", &*origin),
        ];
        lines.push(words.say("pages-order", &said));
        lines.push(people(words, &order.asked_by, &order.approved_by));
    }
    for onion in onions {
        lines.push(words.say("pages-onion", &[("onion", &visible(onion))]));
    }
    for fault in faults {
        let (id, detail) = match &fault.what {
            Wrong::Name => ("pages-wrong-name", String::new()),
            Wrong::Status(status) => ("pages-wrong-status", status.to_string()),
            Wrong::Differs(found) => ("pages-wrong-bytes", found.as_str().to_owned()),
            Wrong::Header(name) => ("pages-wrong-header", visible(name)),
            Wrong::Broken(why) => ("pages-wrong-broken", visible(why)),
            Wrong::Early(day) => ("pages-wrong-early", day.to_string()),
            Wrong::NoOrder => ("pages-wrong-no-order", String::new()),
            Wrong::NotInLog(why) => ("pages-wrong-log", visible(why)),
            Wrong::OtherPages(found) => ("pages-wrong-pages", found.as_str().to_owned()),
        };
        let file = visible(&fault.file);
        lines.push(words.say("pages-fault", &[("file", &*file), ("what", &words.say(id, &[("detail", &detail)]))]));
    }
    let count = faults.len().to_string();
    lines.push(match faults.len() {
        0 => words.say("pages-sound", &[]),
        _ => words.say("pages-found", &[("count", &count)]),
    });
    lines.join("\n") + "\n"
}
