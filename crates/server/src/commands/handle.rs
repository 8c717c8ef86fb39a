//! The part of `vouchsafe inbox` that opens nothing: the list, stamps, legal holds, and removal by the schedule.

use std::{collections::BTreeSet, io::Write as _, path::Path, process::ExitCode};

use anyhow::{Context as _, Result, bail, ensure};
use jiff::{Timestamp, Zoned, civil::Date, tz::TimeZone};
use record::{Closing, HoldOrder, Private, PublicKey, ReportId, is_overdue};
use seal::reply::OfficialKey;

use super::{
    decide::{catch_up, open_with_log},
    erase::{finish, plain, two_people},
    inbox::shelf,
    open::{Access, open},
    out::{output, say, visible},
};
use crate::{
    config::{Global, Settings},
    pack,
    report::{
        answers::{KeepError, Left},
        handled::{Reading, officials},
        removal::{self, Ordered, People},
        shelf::{Sealed, Shelf, Way},
        stamps::Laid,
    },
    words::Words,
};

/// A legal hold that is laid or released.
#[derive(Debug, clap::Args)]
pub struct Order {
    /// The report's id
    #[arg(value_name = "REPORT")]
    report: ReportId,
    /// The order: its docket number, or the letter that asks to preserve
    #[arg(long, value_name = "TEXT")]
    order: String,
    /// Who asks for it, and a second time: who approves it
    #[arg(long, value_name = "NAME", required = true)]
    by: Vec<String>,
}

/// A removal by the schedule.
#[derive(Debug, clap::Args)]
pub struct Removal {
    /// The report's id
    #[arg(value_name = "REPORT")]
    report: ReportId,
    /// The name of the approved schedule, as the configuration has it
    #[arg(long, value_name = "NAME")]
    schedule: String,
    /// Who asks for it, and a second time: who approves it
    #[arg(long, value_name = "NAME", required = true)]
    by: Vec<String>,
}

/// Reads what came of a report.
pub fn closing(word: &str) -> Result<Closing, String> {
    Closing::of_word(word).ok_or_else(|| {
        let known: Vec<&str> = Closing::ALL.into_iter().map(Closing::word).collect();
        format!("`{word}` is none of {}", known.join(", "))
    })
}

/// Today, by the city's calendar.
fn today(settings: &Settings) -> Result<Date> {
    let pack = pack::load(settings.pack.as_deref())?;
    let zone = TimeZone::get(pack.time_zone()).context("the pack's time zone")?;
    Ok(Zoned::now().with_time_zone(zone).date())
}

/// Lays an official's stamp down: opened where there is no closing.
pub fn stamp(
    global: &Global,
    shelf: &Shelf,
    sealed: &Sealed,
    key: &OfficialKey,
    closing: Option<Closing>,
) -> Result<()> {
    // A report came today at the earliest, whatever this machine believes.
    let day = today(&global.settings()?)?.max(sealed.day);
    shelf.stamps().lay(&Laid::sign(key, sealed.id, closing, day)).context("the stamp could not be laid down")
}

/// Lays an official's stamp of closing down, if it would say something: the report was opened, and is not closed.
pub fn close(
    global: &Global,
    shelf: &Shelf,
    sealed: &Sealed,
    key: &OfficialKey,
    closing: Closing,
    carried: bool,
) -> Result<()> {
    let settings = global.settings()?;
    let record = if carried { None } else { Some(Known::of(global, &settings)?) };
    let known = record.as_ref().map_or(sealed.way, |record| Way::of(record.reading.fates().of(&sealed.id)));
    let laid = stamps_of(shelf)?;
    // Anybody may have put another's stamp there.
    let by_this_key = |laid: &Laid| laid.stamp.by.as_bytes() == key.public().as_bytes();
    let counts = |laid: &Laid| by_this_key(laid) || record.as_ref().is_some_and(|record| record.counts(&laid.stamp.by));
    let of_it = || laid.iter().filter(|laid| laid.report == sealed.id);
    // One of a day that has not come, by a clock that was wrong, is never taken in and makes place.
    let by = today(&settings)?.max(sealed.day);
    let closed = || of_it().filter(|laid| by_this_key(laid) && laid.stamp.day <= by).find_map(|laid| laid.closing);
    let report = sealed.id;
    ensure!(
        known.opened || of_it().any(|laid| laid.closing.is_none() && counts(laid)),
        "report `{report}` was not opened: what nobody opened cannot be done with; see `vouchsafe inbox open`"
    );
    if let Some(closing) = known.closed.or_else(closed) {
        bail!("report `{report}` is closed already, as {}: the first closing stands", closing.word());
    }
    ensure!(
        record.as_ref().is_none_or(|record| record.counts(&public(key))),
        "this key is no official's of the set of keys in force, so its closing would never count: see `vouchsafe pages list`"
    );
    stamp(global, shelf, sealed, key, Some(closing))
}

/// Whether an answer under this key can be shown: asked before it takes a number that no other answer gets then. Of a folder that
/// was carried nobody can tell.
pub fn may_answer(global: &Global, key: &OfficialKey, carried: bool) -> Result<()> {
    let counts = carried || Known::of(global, &global.settings()?)?.counts(&public(key));
    ensure!(
        counts,
        "this key is no official's of the set of keys in force, so its answer would not be shown: see `vouchsafe pages list`"
    );
    Ok(())
}

fn public(key: &OfficialKey) -> PublicKey {
    PublicKey::from_bytes(*key.public().as_bytes())
}

/// Takes in what was laid down in a folder that was carried away.
pub fn bring(global: &Global, words: &Words, from: &Path) -> Result<ExitCode> {
    let there = shelf(global, Some(from))?;
    let here = shelf(global, None)?;
    // Listed before anything is taken in: what fails from here on is named, and keeps nothing else back.
    let stamps = there.stamps().all()?;
    let brought = there.answers().bring(&here.answers())?;
    let (mut laid_down, mut left) = (0, Vec::new());
    for (name, laid) in stamps {
        let laid = laid.map_err(anyhow::Error::from).and_then(|laid| Ok(here.stamps().lay(&laid)?));
        match laid {
            Ok(()) => laid_down += 1,
            Err(error) => {
                let said = [("name", &*visible(&name)), ("why", &*format!("{error:#}"))];
                left.push(words.say("inbox-left-stamp", &said));
            }
        }
    }
    let said = [("answers", &*brought.kept.to_string()), ("stamps", &*u64::to_string(&laid_down))];
    say_line(&words.say("inbox-brought", &said));
    left.extend(brought.left.into_iter().map(|left| left_answer(words, left)));
    for what in &left {
        eprintln!("vouchsafe: {what}");
    }
    Ok(ExitCode::from(u8::from(!left.is_empty())))
}

/// Says which answer was left, and why.
pub fn left_answer(words: &Words, Left { folder, number, why }: Left) -> String {
    let why = match why {
        KeepError::Taken(_) => words.say("inbox-taken", &[]),
        why => format!("{:#}", anyhow::Error::from(why)),
    };
    match number {
        Some(number) => {
            let said = [("folder", &*folder), ("number", &*number.to_string()), ("why", &*why)];
            words.say("inbox-left-answer", &said)
        }
        None => words.say("inbox-left-folder", &[("folder", &*folder), ("why", &*why)]),
    }
}

/// The stamps that lie here, but for files that are none.
fn stamps_of(shelf: &Shelf) -> Result<Vec<Laid>> {
    Ok(shelf.stamps().all()?.into_iter().filter_map(|(_, laid)| laid.ok()).collect())
}

/// Says what to carry back, where a folder was carried.
pub fn carry(words: &Words, carried: bool) {
    if carried {
        say_line(&words.say("inbox-carry-stamps", &[]));
    }
}

fn say_line(text: &str) {
    // Whoever does not listen any more has what was asked for.
    let _ = writeln!(output(), "{text}");
}

/// What the record of a data folder says: of reports, and whose stamps count today.
struct Known {
    reading: Reading,
    officials: BTreeSet<PublicKey>,
}

impl Known {
    fn of(global: &Global, settings: &Settings) -> Result<Self> {
        let city = open(global, Access::Read)?;
        Ok(Self { reading: Reading::of(&*city.store)?, officials: officials(&*city.store, today(settings)?)? })
    }

    /// Whether this key's stamps say something. Before keys were published nobody can tell.
    fn counts(&self, key: &PublicKey) -> bool {
        self.officials.is_empty() || self.officials.contains(key)
    }
}

/// A report as it is listed.
struct Listed {
    sealed: Sealed,
    way: Way,
    overdue: bool,
}

pub fn list(global: &Global, words: &Words, from: Option<&Path>) -> Result<ExitCode> {
    let settings = global.settings()?;
    let shelf = shelf(global, from)?;
    let reading = match from {
        Some(_) => None,
        None => Some(Known::of(global, &settings)?),
    };
    let through = today(&settings)?.yesterday()?;
    let counts = |laid: &Laid| reading.as_ref().is_none_or(|known| known.counts(&laid.stamp.by));
    let stamps: Vec<Laid> = stamps_of(&shelf)?.into_iter().filter(counts).collect();
    let mut reports: Vec<Listed> = shelf
        .list()?
        .into_iter()
        .map(|sealed| {
            let mut way = match &reading {
                Some(known) => Way::of(known.reading.fates().of(&sealed.id)),
                None => sealed.way,
            };
            let own = || stamps.iter().filter(|laid| laid.report == sealed.id);
            way.opened |= own().any(|laid| laid.closing.is_none());
            way.closed = way.closed.or_else(|| own().find_map(|laid| laid.closing).filter(|_| way.opened));
            let waits = !way.opened && sealed.withdrawn.is_none();
            let overdue = waits && is_overdue(sealed.day, through, settings.overdue_days);
            Listed { sealed, way, overdue }
        })
        .collect();
    reports.sort_by_key(|report| (!report.overdue, report.sealed.day, report.sealed.id));
    let mut out = output();
    if global.json {
        let reports: Vec<_> = reports
            .iter()
            .map(|Listed { sealed, way, overdue }| {
                serde_json::json!({
                    "id": sealed.id, "day": sealed.day, "attachments": sealed.attachments.len(), "opened": way.opened,
                    "overdue": overdue, "closed": way.closed, "held": way.held, "withdrawn": sealed.withdrawn,
                })
            })
            .collect();
        writeln!(out, "{}", serde_json::to_string_pretty(&reports)?)?;
        return Ok(ExitCode::SUCCESS);
    }
    if reports.is_empty() {
        writeln!(out, "{}", words.say("inbox-none", &[]))?;
    }
    for Listed { sealed, way, overdue } in &reports {
        let opened = match (overdue, way.opened) {
            (true, _) => "inbox-overdue",
            (false, true) => "inbox-opened",
            (false, false) => "inbox-new",
        };
        let mut said = vec![words.say(opened, &[])];
        if !sealed.attachments.is_empty() {
            said.push(words.say("inbox-attachments", &[("count", &sealed.attachments.len().to_string())]));
        }
        if let Some(closing) = way.closed {
            said.push(words.say("inbox-closed", &[("closing", closing.word())]));
        }
        if let Some(day) = sealed.withdrawn {
            said.push(words.say("inbox-withdrawn", &[("day", &day.to_string())]));
        }
        if way.held {
            said.push(words.say("inbox-held", &[]));
        }
        writeln!(out, "{}  {}  {}", sealed.day, sealed.id, said.join(", "))?;
    }
    Ok(ExitCode::SUCCESS)
}

pub fn hold(global: &Global, words: &Words, order: &Order) -> Result<ExitCode> {
    ordered(global, words, order, "a legal hold", "inbox-hold-laid", removal::hold)
}

pub fn release(global: &Global, words: &Words, order: &Order) -> Result<ExitCode> {
    ordered(global, words, order, "the end of a legal hold", "inbox-hold-ended", removal::release)
}

type Act = fn(
    &dyn crate::store::Store,
    ReportId,
    HoldOrder,
    Date,
    Timestamp,
) -> std::result::Result<Ordered, removal::HoldError>;

fn ordered(global: &Global, words: &Words, order: &Order, what: &str, done: &str, act: Act) -> Result<ExitCode> {
    let (asked_by, approved_by) = two_people(what, &order.by)?;
    let reference = plain("--order", &order.order)?;
    let hold = HoldOrder {
        reference: reference.to_owned(),
        asked_by: Private::from(asked_by),
        approved_by: Private::from(approved_by),
    };
    // Looked up by a reader first, which makes nothing: a wrong folder is named, and not made.
    open(global, Access::Read).context("nothing was recorded")?;
    let (city, log) = open_with_log(global, Access::Write).context("nothing was recorded")?;
    let on = today(&city.settings)?;
    let Ordered { id } = act(&*city.store, order.report, hold, on, Timestamp::now()).context("nothing was recorded")?;
    let log_size = catch_up(log);
    if global.json {
        say!(
            "{}",
            serde_json::json!({ "report": order.report, "entry": id, "already": id.is_none(), "log_size": log_size })
        );
        return Ok(ExitCode::SUCCESS);
    }
    let (report, entry) = (order.report.to_string(), id.map_or_else(String::new, |id| id.to_string()));
    let done = if id.is_some() { done } else { "inbox-hold-stands" };
    say!("{}", words.say(done, &[("report", &report), ("order", reference), ("entry", &entry)]));
    Ok(ExitCode::SUCCESS)
}

pub fn remove(global: &Global, removal: &Removal) -> Result<ExitCode> {
    let (asked_by, approved_by) = two_people("a removal", &removal.by)?;
    let people = People { asked_by: asked_by.to_owned(), approved_by: approved_by.to_owned() };
    open(global, Access::Read).context("nothing was removed")?;
    let (city, log) = open_with_log(global, Access::Write).context("nothing was removed")?;
    // A clock that runs ahead removes nothing early: no day counts that comes after the first open one.
    let open_day = city.lane.ended()?.and_then(|ended| ended.tomorrow().ok());
    let clock = today(&city.settings)?;
    let today = open_day.map_or(clock, |open_day| clock.min(open_day));
    let schedule = (city.settings.schedule.as_ref(), removal.schedule.as_str());
    let removed = removal::remove(&*city.store, removal.report, schedule, &people, (today, Timestamp::now()))
        .context("nothing was removed")?;
    finish(&city, log, removed.entry, removed.erased, (Vec::new(), 0))
}
