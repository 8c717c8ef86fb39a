//! `vouchsafe erase ENTRY`: destroys what one entry says, under an order and by two people; that it was there stays.
//!
//! Body and salt go, the leaf and its place in the log stay, and an entry of its own names the order and the two people
//! (decisions 24). There is no way back. Exit status: 0 erased; 1 erased, and its bytes not overwritten yet; 2 nothing was
//! erased, or the log could not follow.

use std::{
    io::{self, Write},
    process::ExitCode,
};

use anyhow::{Context, Result, bail};
use jiff::{Timestamp, Zoned, civil::Date};
use record::{Actor, Body, Entry, EntryId, Erasure, ErasureKind, ErasureOrder, Leaf, Private, Source};
use serde::Serialize;

use super::{
    decide::{catch_up, open_with_log},
    open::{Access, City, open},
    out::output,
};
use crate::{
    config::Global,
    log::Sequencer,
    report::{close, removal::may_be_erased, vault::Vault},
    store::{Draft, Erased, ErasedBytes, StoreError},
    words::Words,
};

/// The longest reference or name that is taken down.
const TEXT_MAX_CHARS: usize = 200;

/// Destroy what one entry says, under an order; its leaf and its place in the log stay
///
/// Needs two people: one who asks and one who approves. What the entry said is gone for good and no command brings it back;
/// copies made earlier (backups, exports) are not reached. The other entries of its request stay and are named.
///
/// Exit status: 0 erased; 1 erased, and its bytes not overwritten yet (somebody is reading: run any command that writes, or
/// this one, when they have finished); 2 nothing was erased.
///
/// Example: vouchsafe erase en-01040g2081040g2081040g2081j --order "Index No. 100482/2026" --by "A. Privacy" --by "B. Counsel"
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The entry's id, as pages and exports show it
    #[arg(value_name = "ENTRY")]
    entry: EntryId,
    #[command(flatten)]
    why: Why,
    /// Who asks for it, and a second time: who approves it
    #[arg(long, value_name = "NAME", required = true)]
    by: Vec<String>,
    /// The day of the order, or on which the schedule's time ran out (YYYY-MM-DD); today if not given
    #[arg(long, value_name = "DATE")]
    dated: Option<Date>,
}

#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
struct Why {
    /// Under this order of a court: its docket or index number
    #[arg(long, value_name = "TEXT")]
    order: Option<String>,
    /// Under this item of an approved retention schedule
    #[arg(long, value_name = "TEXT")]
    schedule: Option<String>,
    /// Under this sealing that the law itself commands
    #[arg(long, value_name = "TEXT")]
    sealing: Option<String>,
}

impl Why {
    fn of(&self) -> Result<(ErasureKind, &str)> {
        let given = [
            (ErasureKind::CourtOrder, "--order", &self.order),
            (ErasureKind::Retention, "--schedule", &self.schedule),
            (ErasureKind::Sealing, "--sealing", &self.sealing),
        ];
        let given = given.into_iter().find_map(|(kind, name, text)| Some((kind, name, text.as_deref()?)));
        let Some((kind, name, text)) = given else { bail!("say why: --order, --schedule or --sealing") };
        Ok((kind, plain(name, text)?))
    }
}

/// What is printed for machines.
#[derive(Serialize)]
struct Printed {
    erased: EntryId,
    /// The entry that says so.
    erasure: EntryId,
    already: bool,
    /// `overwritten`, `freed`, `waiting`.
    bytes: &'static str,
    leaf: Leaf,
    log_index: Option<u64>,
    log_size: Option<u64>,
    /// What else stands in the record about the same request.
    others: Vec<EntryId>,
    /// How many photographs of papers went with it.
    photographs: usize,
}

/// Runs the command.
///
/// # Errors
/// Nothing was erased, and why; or the log cannot follow what was.
pub fn run(global: &Global, args: &Args) -> Result<ExitCode> {
    let (kind, reference) = args.why.of()?;
    let (asked_by, approved_by) = two_people("an erasure", &args.by)?;
    // Looked up by a reader first, which makes nothing: a wrong folder is named, and not made.
    let missing = || StoreError::NoEntry { id: args.entry };
    open(global, Access::Read)?.store.find(&args.entry)?.ok_or_else(missing)?;
    let (city, log) = open_with_log(global, Access::Write).context("nothing was erased")?;
    let key = may_be_erased(&*city.store, &args.entry, kind).context("nothing was erased")?;
    let stored = city.store.find(&args.entry)?.ok_or_else(missing)?;
    let (others, photographs) = beside(&city, stored.entry(), args.entry)?;
    let erasure = Erasure {
        entry: args.entry,
        leaf: stored.leaf,
        order: ErasureOrder {
            kind,
            reference: reference.to_owned(),
            dated: args.dated.unwrap_or_else(|| Zoned::now().date()),
            asked_by: Private::from(asked_by),
            approved_by: Private::from(approved_by),
        },
    };
    let mut id = [0; 16];
    getrandom::fill(&mut id).map_err(|error| anyhow::anyhow!("no random bytes: {error}"))?;
    let entry = Entry {
        id: EntryId::from_bytes(id),
        at: Timestamp::now(),
        by: Actor::Program { name: "erase".to_owned() },
        source: Source::Desk,
        body: Body::Erased(Box::new(erasure)),
    };
    // Run again after a failure, it finds what the first run erased and goes on to the log.
    let erased = city.store.erase(Draft { key: Some(key), entry })?;
    finish(&city, log, args.entry, erased, (others, photographs))
}

/// Lets the log follow an erasure, destroys sealed bytes, and prints what was done.
pub(super) fn finish(
    city: &City,
    log: Option<Sequencer>,
    entry: EntryId,
    Erased { committed, bytes }: Erased,
    (others, photographs): (Vec<EntryId>, usize),
) -> Result<ExitCode> {
    let follows = log.is_some();
    let log_size = catch_up(log);
    if follows && log_size.is_none() {
        // Until the log holds the erasure, nothing but it excuses the missing body: that is not said to be done.
        bail!("the entry is erased, and the log does not hold the erasure yet: run this again");
    }
    // Of a report the sealed bytes go too; run again after a failure, what is left of them goes then.
    let vault = Vault::to_read(&city.folder.blobs());
    close::clean(&*city.lane, &vault, Zoned::now().date())
        .all()
        .context("erased, but its sealed bytes could not be destroyed")?;
    let stored = city.store.find(&entry)?.ok_or(StoreError::NoEntry { id: entry })?;
    let json = city.settings.json;
    let printed = Printed {
        erased: entry,
        erasure: committed.id,
        already: committed.already,
        bytes: match bytes {
            ErasedBytes::Overwritten => "overwritten",
            ErasedBytes::Freed => "freed",
            ErasedBytes::Waiting => "waiting",
        },
        leaf: stored.leaf,
        log_index: stored.log_index,
        log_size,
        others,
        photographs,
    };
    let mut out = output();
    if json {
        serde_json::to_writer_pretty(&mut out, &printed)?;
        writeln!(out)?;
    } else {
        print(&mut out, &printed, bytes)?;
    }
    Ok(ExitCode::from(u8::from(bytes == ErasedBytes::Waiting)))
}

/// Who asks and who approves: two names, not one twice.
pub(super) fn two_people<'a>(what: &str, by: &'a [String]) -> Result<(&'a str, &'a str)> {
    let [asked_by, approved_by] = by else {
        bail!("{what} needs two people, and {} stand here: give --by twice", by.len());
    };
    let (asked_by, approved_by) = (plain("--by", asked_by)?, plain("--by", approved_by)?);
    if asked_by.to_lowercase() == approved_by.to_lowercase() {
        bail!("{what} needs two people, and `{asked_by}` stands here twice: somebody else must approve it");
    }
    Ok((asked_by, approved_by))
}

pub(super) fn plain<'a>(name: &str, text: &'a str) -> Result<&'a str> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > TEXT_MAX_CHARS || text.chars().any(char::is_control) {
        bail!("{name} must have one to {TEXT_MAX_CHARS} characters on one line");
    }
    Ok(text)
}

/// How many entries of who opened a request are read at once.
const READINGS: usize = 500;

/// The other entries about the same request, and how many photographs of papers the store destroys with this one: its own, or those
/// of the request that it takes down.
fn beside(city: &City, entry: Option<&Entry>, own: EntryId) -> Result<(Vec<EntryId>, usize)> {
    let Some(entry) = entry else { return Ok((Vec::new(), 0)) };
    let Some(request) = entry.body.request() else { return Ok((Vec::new(), 0)) };
    let about = city.store.by_request(&request)?;
    let is_photograph = |entry: &Entry| matches!(entry.body, Body::Photographed(_));
    let photographs = match entry.body {
        Body::Requested(_) => {
            let mut kept = 0;
            for stored in about.iter().filter(|stored| stored.entry().is_some_and(is_photograph)) {
                kept += usize::from(city.photographs.photograph(&stored.id)?.is_some());
            }
            kept
        }
        _ => usize::from(is_photograph(entry)),
    };
    let mut others: Vec<EntryId> = about.into_iter().map(|stored| stored.id).collect();
    let mut before = u64::MAX;
    loop {
        let readings = city.store.readings(&request, before, READINGS)?;
        others.extend(readings.iter().map(|stored| stored.id));
        match readings.last() {
            Some(last) if readings.len() == READINGS => before = last.seq,
            _ => break,
        }
    }
    others.retain(|id| *id != own);
    Ok((others, photographs))
}

fn print(out: &mut impl Write, printed: &Printed, bytes: ErasedBytes) -> io::Result<()> {
    let words = Words::new("en");
    let (entry, erasure) = (printed.erased.to_string(), printed.erasure.to_string());
    let done = if printed.already { "erase-already" } else { "erase-erased" };
    writeln!(out, "{}", words.say(done, &[("entry", &entry), ("erasure", &erasure)]))?;
    let leaf = printed.leaf.to_string();
    let stays = match printed.log_index {
        Some(index) => words.say("erase-stays-in-log", &[("leaf", &leaf), ("index", &index.to_string())]),
        None => words.say("erase-stays", &[("leaf", &leaf)]),
    };
    writeln!(out, "{stays}")?;
    let what = match bytes {
        ErasedBytes::Overwritten => "erase-overwritten",
        ErasedBytes::Freed => "erase-freed",
        ErasedBytes::Waiting => "erase-waiting",
    };
    writeln!(out, "{}", words.say(what, &[]))?;
    if printed.photographs > 0 {
        writeln!(out, "{}", words.say("erase-photographs", &[("count", &printed.photographs.to_string())]))?;
    }
    writeln!(out, "{}", words.say("erase-not-reached", &[]))?;
    if !printed.others.is_empty() {
        writeln!(out, "{}", words.say("erase-others", &[("count", &printed.others.len().to_string())]))?;
        for id in &printed.others {
            writeln!(out, "            {id}")?;
        }
    }
    match printed.log_size {
        Some(size) => writeln!(out, "{}", words.say("erase-log", &[("size", &size.to_string())])),
        None => writeln!(out, "{}", words.say("erase-log-later", &[])),
    }
}
