//! `vouchsafe reconcile`: which contacts with federal immigration enforcement the city's own logs show and nobody recorded.
//!
//! Reads headers and logs, never bodies; records nothing but dismissals (ADR 21) and, where it is asked to, that the logs were compared
//! and what that came to in numbers (ADR 37). Exit status: 0 everything is accounted for;
//! 1 something is not, or could not be read, or was sent by somebody whom no file names, so that something may be missing; 2
//! nothing was compared.

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    process::ExitCode,
    str::FromStr,
};

use anyhow::{Context as _, Result, bail};
use contacts::{Contact, ContactKey, Found, Known, Left, Mapping, Matcher, Place, Reach, Roster};
use jiff::{Timestamp, Zoned, civil::Date, tz::TimeZone};
use law::{AgencyId, Pack};
use record::{Actor, Body, ContactId, Dismissal, Entry, EntryId, Private, RequestId, Source, comparison::Stretch};
use serde::Serialize;
use serde_json::{Value, json};

use super::{
    decide::{catch_up, open_with_log},
    erase::plain,
    file::random,
    open::{Access, open},
    out::{output, say, visible},
};
use crate::{
    config::Global,
    pack,
    reconcile::{
        self, Reading,
        compared::{Kept, Seen, Stated, carried, comparisons, keep, left, outside},
        dismissal, is_of, recorded, requested,
    },
    words::Words,
};

/// Compare the city's mail and audit logs with the record: contacts that nobody recorded
///
/// Mail: mbox or headers (RFC 5322), message traces of Microsoft 365 (CSV), logs of Postfix; in UTF-8 or UTF-16, also packed
/// with gzip or zstd. Audit logs: CSV, by the mapping. Bodies and subjects are not read. What is printed holds addresses: it is
/// personal data.
///
/// With --record the record keeps that the logs of --days were compared, for each agency that the mapping names, with what it came to in
/// numbers; the desk then shows how far the logs were compared, and to the agency's privacy officer which contacts are left. The same
/// again adds nothing. On SQLite a desk that is running records it for this command.
///
/// Exit status: 0 every contact is accounted for; 1 some are not, or some lines or senders could not be read; 2 nothing was
/// compared.
///
/// Example: vouchsafe reconcile --mail june.mbox --system-log lookups.csv --mapping mapping.toml --roster roster.csv --window 5d
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct Args {
    #[command(subcommand)]
    dismiss: Option<Dismiss>,
    /// Exports of mail gateways
    #[arg(long, value_name = "FILE", num_args = 1.., required_unless_present = "system_log")]
    mail: Vec<PathBuf>,
    /// Audit logs of look-ups or alerts
    #[arg(long, value_name = "FILE", num_args = 1..)]
    system_log: Vec<PathBuf>,
    /// Whose mail domains are whose, and the columns of the audit logs (TOML; examples/reconcile-mapping.toml)
    #[arg(long, value_name = "FILE", required = true)]
    mapping: Option<PathBuf>,
    /// Who works with federal officers as their duty (CSV: address,from,until)
    #[arg(long, value_name = "FILE")]
    roster: Option<PathBuf>,
    /// How many days before or after a contact its request may be recorded for
    #[arg(long, value_name = "DAYS", default_value = "5d")]
    window: Window,
    /// Take this for today (YYYY-MM-DD): logs that write no years end with it
    #[arg(long, value_name = "DATE")]
    today: Option<Date>,
    /// Record that the logs of --days were compared, in numbers
    #[arg(long, requires_all = ["by", "days"])]
    record: bool,
    /// Who says that these files cover these days
    #[arg(long, value_name = "NAME", requires = "record")]
    by: Option<String>,
    /// Which days the files cover, the first and the last (YYYY-MM-DD..YYYY-MM-DD); a log does not say it of a day without mail
    #[arg(long, value_name = "FIRST..LAST", requires = "record")]
    days: Option<Stretch>,
    /// The first day that the files cover whole, where that is before --days (YYYY-MM-DD): twice the window before, and no request of those
    /// days is taken for anybody else's
    #[arg(long, value_name = "DATE")]
    files_from: Option<Date>,
}

#[derive(Debug, clap::Subcommand)]
enum Dismiss {
    /// Say once, with a reason, that contacts need no recorded request, or belong to one; later runs leave them out and count them
    ///
    /// A contact is one message: an answer to it is another. A second dismissal of the same contact adds nothing. An erasure
    /// takes it back, of the dismissal or of the request.
    ///
    /// Exit status: 0 dismissed, now or before; 2 not all were recorded: those that were are named.
    ///
    /// Example: vouchsafe reconcile dismiss co-01040g2081040g2081040g2081j --reason 'a newsletter' --by 'A. Privacy' --data city
    Dismiss {
        /// The contacts' ids, as `reconcile` shows them
        #[arg(value_name = "CONTACT", required = true)]
        contacts: Vec<ContactId>,
        /// Why they need no recorded request, or none of their own
        #[arg(long, value_name = "TEXT")]
        reason: String,
        /// The recorded request to which they belong
        #[arg(long, value_name = "REQUEST")]
        request: Option<RequestId>,
        /// Who says so
        #[arg(long, value_name = "NAME")]
        by: String,
    },
}

/// A number of days, written `5d`.
#[derive(Clone, Copy, Debug)]
struct Window(u16);

/// The longest window: beyond it a request would account for another quarter's contacts.
const WINDOW_MAX_DAYS: u16 = 90;

impl FromStr for Window {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let days = text.strip_suffix('d').and_then(|days| days.parse().ok()).filter(|days| *days <= WINDOW_MAX_DAYS);
        days.map(Self).ok_or_else(|| format!("write days as `5d`, at most `{WINDOW_MAX_DAYS}d`"))
    }
}

/// What is printed for machines.
#[derive(Serialize)]
struct Printed<'a> {
    #[serde(flatten)]
    rest: Value,
    /// Not as values of JSON, which for hundreds of thousands would be the most of all memory.
    unrecorded: Vec<Shown<'a>>,
}

#[derive(Serialize)]
struct Shown<'a> {
    id: ContactId,
    agency: Option<&'a AgencyId>,
    day: Date,
    way: &'static str,
    staff: &'a [String],
    authorities: Vec<&'a str>,
    addresses: &'a [String],
    more_addresses: bool,
    requests_near: u64,
    file: &'a str,
    line: u64,
}

/// Runs the command.
///
/// # Errors
/// A file, the pack's list or the record cannot be used.
pub fn run(global: &Global, args: &Args) -> Result<ExitCode> {
    match (&args.dismiss, &args.mapping) {
        (Some(Dismiss::Dismiss { contacts, reason, request, by }), _) => {
            dismiss(global, contacts, reason, *request, by)
        }
        (None, Some(mapping)) => compare(global, args, mapping),
        (None, None) => bail!("name the mapping of the city's mail domains with --mapping"),
    }
}

/// What is to be recorded of the comparison, if anything.
fn stated(args: &Args, zone: &TimeZone) -> Result<Option<(Stretch, String)>> {
    let (Some(days), Some(by)) = (args.days, &args.by) else { return Ok(None) };
    let today = Zoned::now().with_time_zone(zone.clone()).date();
    if args.files_from.is_some_and(|from| from > days.from()) {
        bail!(
            "--files-from is after the first of --days `{days}`: the files cover the days that are compared, and more before them"
        );
    }
    // What is not over may still bring contacts, and would be said to be compared.
    if days.through() >= today {
        bail!("--days `{days}` ends on a day that is not over: its last day is before today, `{today}`");
    }
    Ok(Some((days, plain("--by", by)?.to_owned())))
}

fn compare(global: &Global, args: &Args, mapping: &Path) -> Result<ExitCode> {
    let city = open(global, Access::Read)?;
    let files = pack::files(city.settings.pack.as_deref())?;
    let pack = pack::load(city.settings.pack.as_deref())?;
    let partners = pack::partners(&files, &pack).map_err(|problem| anyhow::anyhow!("{problem}"))?;
    let partners = partners.context("the pack has no `vocabulary/contacts.toml`: it does not say whom to look for")?;
    let zone = TimeZone::get(pack.time_zone()).context("the pack's time zone")?;
    let stated = stated(args, &zone)?;
    let known = Known {
        partners,
        mapping: read_mapping(mapping, &pack)?,
        today: args.today.unwrap_or_else(|| Zoned::now().with_time_zone(zone.clone()).date()),
        zone,
    };
    let roster = args.roster.as_deref().map(read_roster).transpose()?.unwrap_or_default();
    let record = recorded(&*city.store, &*city.unrecorded)?;
    let secret = city.contact_secret(record.tells_of_contacts())?;
    let mut reading = Reading::new(Matcher::new(roster));
    reading.mail(&args.mail, &known)?;
    reading.system_logs(&args.system_log, &known)?;
    let from = args.files_from.or_else(|| args.days.map(Stretch::from));
    let reach = Reach { window_days: args.window.0, from };
    let Reading { matcher, files, bad, first_bad, others, headless } = reading;
    let id = |key: &ContactKey| ContactId::derive(&secret, &key.0);
    let found = matcher.finish(&known.partners, &record.requests, reach, |key| record.said(id(key)))?;
    let paths: Vec<String> = files.iter().map(|file| file.path.display().to_string()).collect();
    let path = |number: u32| usize::try_from(number).ok().and_then(|at| paths.get(at)).map_or("", String::as_str);
    let told = match &stated {
        Some((days, by)) => {
            let stated = Stated { days: *days, window_days: args.window.0, by };
            let seen = found.seen.iter().map(id).collect();
            let carried = carried(&*city.unrecorded, &known.mapping, *days, &seen)?;
            let read = Seen { files: &files, unread: bad, headless };
            let all = comparisons(&known.mapping, read, &found, &carried, stated);
            let (city, log) = open_with_log(global, Access::Beside).context("nothing was recorded")?;
            // The desk's reader has the file, and not this machine's folders.
            let name = |file: u32| Path::new(path(file)).file_name().map(|name| name.to_string_lossy().into_owned());
            let named = |place: Place| format!("{}:{}", name(place.file).unwrap_or_default(), place.line);
            let mut left = left(&known, &found, &all, record.requests.count(), id, named);
            let count = carried.len();
            left.extend(carried);
            let kept = keep(&*city.store, &*city.unrecorded, &all, &left)?;
            Some(Told {
                days: *days,
                kept,
                outside: outside(&found, *days).all(),
                carried: count,
                log_size: catch_up(log),
            })
        }
        None => None,
    };
    let all = found.recorded + found.rostered + found.dismissed + found.unrecorded.len() as u64;
    let mut out = output();
    if city.settings.json {
        let unrecorded: Vec<Shown<'_>> = found
            .unrecorded
            .iter()
            .map(|Left { contact: it, near }| Shown {
                id: id(&it.key),
                agency: it.agency.as_ref(),
                day: it.day,
                way: it.way.word(),
                staff: &it.staff,
                authorities: names(&known, it, |partner| &partner.id),
                addresses: &it.theirs,
                more_addresses: it.more,
                requests_near: *near,
                file: path(it.place.file),
                line: it.place.line,
            })
            .collect();
        let bads: Vec<Value> = first_bad
            .iter()
            .map(|it| {
                json!({
                    "file": path(it.place.file), "line": it.place.line, "column": it.column, "field": it.field,
                    "reason": it.fault.to_string(),
                })
            })
            .collect();
        let read: Vec<Value> = files
            .iter()
            .map(|it| json!({ "file": it.path.display().to_string(), "kind": it.kind, "read": it.read }))
            .collect();
        let mut rest = json!({
            "pack": pack.reference(), "list_read_until": known.partners.read_until, "window_days": args.window.0,
            "files": read, "requests": record.requests.count(), "contacts": all, "copies": found.copies,
            "recorded": found.recorded, "rostered": found.rostered, "dismissed": found.dismissed,
            "bad": bad, "first_bad": bads,
            "recorded_by": { "requests": found.cover.requests, "most_by_one": found.cover.most },
            "rostered_by": found.of_roster, "lines_of_other_programs": others, "senders_not_in_files": headless,
        });
        if let (Some(told), Some(rest)) = (&told, rest.as_object_mut()) {
            rest.insert("compared".to_owned(), told.json());
        }
        serde_json::to_writer_pretty(&mut out, &Printed { rest, unrecorded })?;
        writeln!(out)?;
    } else {
        let mut err = io::stderr().lock();
        for it in &first_bad {
            let column = if it.column > 0 { format!(":{}", it.column) } else { String::new() };
            let field = it.field.as_ref().map(|field| format!("`{}`: ", visible(field))).unwrap_or_default();
            writeln!(err, "{}:{}{column}: {field}{}", visible(path(it.place.file)), it.place.line, it.fault)?;
        }
        let more = bad.saturating_sub(first_bad.len() as u64);
        if more > 0 {
            writeln!(err, "… and {more} more")?;
        }
        print(&mut out, &known, &found, args.window, &id, &path)?;
        let words = Words::new("en");
        let notes = [("reconcile-bad", bad), ("reconcile-headless", headless)];
        for (name, count) in notes.into_iter().filter(|(_, count)| *count > 0) {
            writeln!(out, "{}", words.say(name, &[("count", &count.to_string())]))?;
        }
        if let Some(told) = &told {
            writeln!(out)?;
            told.print(&mut out, &words)?;
        }
        writeln!(out, "\n{}", words.say("reconcile-not-seen", &[]))?;
        writeln!(out, "{}", words.say("reconcile-personal", &[]))?;
    }
    Ok(ExitCode::from(u8::from(!found.unrecorded.is_empty() || bad > 0 || headless > 0)))
}

/// What became of the comparison in the record.
struct Told {
    days: Stretch,
    kept: Vec<Kept>,
    /// Contacts of other days.
    outside: u64,
    /// Contacts of these days that stand in a list and in none of the files.
    carried: usize,
    log_size: Option<u64>,
}

impl Told {
    fn json(&self) -> Value {
        let one = |kept: &Kept| json!({ "agency": kept.agency, "entry": kept.entry, "already": kept.already });
        let entries: Vec<Value> = self.kept.iter().map(one).collect();
        let (from, through) = (self.days.from(), self.days.through());
        json!({
            "from": from, "through": through, "entries": entries, "outside": self.outside, "carried": self.carried, "log_size": self.log_size,
        })
    }

    fn print(&self, out: &mut impl Write, words: &Words) -> io::Result<()> {
        let (from, through) = (self.days.from().to_string(), self.days.through().to_string());
        for Kept { agency, entry, already } in &self.kept {
            let name = if *already { "reconcile-compared-before" } else { "reconcile-compared" };
            let (agency, entry) = (agency.to_string(), entry.to_string());
            let told = [("agency", &agency), ("from", &from), ("through", &through), ("entry", &entry)];
            writeln!(out, "{}", words.say(name, &told.map(|(name, text)| (name, text.as_str()))))?;
        }
        if self.carried > 0 {
            writeln!(out, "{}", words.say("reconcile-carried", &[("count", &self.carried.to_string())]))?;
        }
        if self.outside > 0 {
            let count = self.outside.to_string();
            writeln!(
                out,
                "{}",
                words.say("reconcile-outside", &[("count", &count), ("from", &from), ("through", &through)])
            )?;
        }
        Ok(())
    }
}

fn read_text(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("`{}` cannot be read", path.display()))
}

/// The mapping, whose agencies must be the pack's.
fn read_mapping(path: &Path, pack: &Pack) -> Result<Mapping> {
    let mapping = Mapping::parse(&read_text(path)?).with_context(|| format!("the mapping `{}`", path.display()))?;
    let agencies = &pack.vocabulary().agencies;
    let named = mapping.staff().iter().map(|staff| (staff.line, &staff.agency));
    let named = named.chain(mapping.systems.iter().filter_map(|it| Some((it.line, it.agency.as_ref()?))));
    for (line, agency) in named {
        if !agencies.contains_key(agency) {
            bail!("the mapping `{}`: line {line}: `{agency}` is no agency of the pack", path.display());
        }
    }
    Ok(mapping)
}

fn read_roster(path: &Path) -> Result<Roster> {
    let file = fs::File::open(path).with_context(|| format!("`{}` cannot be read", path.display()))?;
    Roster::parse(file).with_context(|| format!("the roster `{}`", path.display()))
}

fn names<'a>(known: &'a Known, contact: &Contact, name: impl Fn(&'a contacts::Partner) -> &'a String) -> Vec<&'a str> {
    contact.partners.iter().filter_map(|id| known.partners.get(*id)).map(|partner| name(partner).as_str()).collect()
}

fn print<'a>(
    out: &mut impl Write,
    known: &Known,
    found: &Found,
    window: Window,
    id: &impl Fn(&ContactKey) -> ContactId,
    path: &impl Fn(u32) -> &'a str,
) -> io::Result<()> {
    let words = Words::new("en");
    let unrecorded = found.unrecorded.len() as u64;
    let (day, days) = (known.partners.read_until.to_string(), window.0.to_string());
    writeln!(out, "{}\n", words.say("reconcile-title", &[("day", &day), ("days", &days)]))?;
    for (name, count) in [
        ("reconcile-recorded", found.recorded),
        ("reconcile-rostered", found.rostered),
        ("reconcile-dismissed", found.dismissed),
        ("reconcile-unrecorded", unrecorded),
    ] {
        writeln!(out, "  {:<44} {count:>9}", words.say(name, &[]))?;
    }
    if found.cover.most > 1 {
        let (requests, most) = (found.cover.requests.to_string(), found.cover.most.to_string());
        writeln!(out, "\n{}", words.say("reconcile-cover", &[("requests", &requests), ("most", &most)]))?;
    }
    let mut last: Option<(&Option<AgencyId>, Date)> = None;
    for Left { contact, near } in &found.unrecorded {
        if last.is_none_or(|(agency, _)| *agency != contact.agency) {
            let nobody = || words.say("reconcile-nobody", &[]);
            writeln!(out, "\n{}", contact.agency.as_ref().map_or_else(nobody, AgencyId::to_string))?;
            last = None;
        }
        if last.is_none_or(|(_, day)| day != contact.day) {
            writeln!(out, "  {}", contact.day)?;
        }
        last = Some((&contact.agency, contact.day));
        let (file, line) = (path(contact.place.file), contact.place.line);
        writeln!(out, "    {}  {}:{line}", id(&contact.key), visible(file))?;
        let titles = names(known, contact, |partner| &partner.title).join(", ");
        let theirs =
            if contact.theirs.is_empty() { titles } else { format!("{titles} ({})", contact.theirs.join(", ")) };
        let staff =
            if contact.staff.is_empty() { words.say("reconcile-somebody", &[]) } else { contact.staff.join(", ") };
        let told = [("staff", visible(&staff)), ("theirs", visible(&theirs))];
        let told = told.each_ref().map(|(name, text)| (*name, text.as_str()));
        let more = if contact.more { words.say("reconcile-more", &[]) } else { String::new() };
        writeln!(out, "      {}{more}", words.say(&format!("reconcile-way-{}", contact.way.word()), &told))?;
        if *near > 0 {
            writeln!(out, "      {}", words.say("reconcile-near", &[("count", &near.to_string())]))?;
        }
    }
    writeln!(out)?;
    if unrecorded > 0 {
        writeln!(out, "{}", words.say("reconcile-what-now", &[]))?;
    }
    Ok(())
}

fn dismiss(
    global: &Global,
    contacts: &[ContactId],
    reason: &str,
    request: Option<RequestId>,
    by: &str,
) -> Result<ExitCode> {
    let (reason, by) = (plain("--reason", reason)?, plain("--by", by)?);
    // Looked at by a reader first, which makes nothing: a wrong folder is named, and not made.
    open(global, Access::Read)?;
    let (city, log) = open_with_log(global, Access::Beside).context("nothing was recorded")?;
    if let Some(id) = &request {
        let Some(request) = requested(&*city.store, id)? else {
            bail!(
                "the record has no request `{id}` that was recorded at the desk or by a program: nothing was recorded"
            );
        };
        for contact in contacts {
            // Only of what stands in a list is it known whose it is.
            match city.unrecorded.find_unrecorded(contact)? {
                Some(row) if is_of(&row, &request) => {}
                None if dismissal(&*city.store, *contact)?.is_some() => {}
                Some(_) => {
                    bail!(
                        "`{contact}` is of another agency, or with another authority, than `{id}`: nothing was recorded"
                    )
                }
                None => bail!(
                    "`{contact}` is in no agency's list: compare its day with --record first; nothing was recorded"
                ),
            }
        }
    }
    let words = Words::new("en");
    let mut done = Vec::new();
    for contact in contacts.iter().copied() {
        let (entry, already) = match dismissal(&*city.store, contact)? {
            Some(entry) => (entry, true),
            None => {
                let (reason, dismissed_by) = (Private::from(reason), Private::from(by));
                let body = Dismissal { contact, request, reason, dismissed_by };
                commit(&city, body)?
            }
        };
        if !city.settings.json {
            let done = if already { "reconcile-already" } else { "reconcile-dismiss" };
            say!("{}", words.say(done, &[("contact", &contact.to_string()), ("entry", &entry.to_string())]));
        }
        done.push((contact, entry, already));
    }
    city.unrecorded.settle_unrecorded(contacts)?;
    let log_size = catch_up(log);
    if city.settings.json {
        for (contact, entry, already) in done {
            say!("{}", json!({ "dismissed": contact, "entry": entry, "already": already, "log_size": log_size }));
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Records a dismissal; its entry, and whether somebody else was faster.
fn commit(city: &super::open::City, body: Dismissal) -> Result<(EntryId, bool)> {
    let entry = Entry {
        id: random()?,
        at: Timestamp::now(),
        by: Actor::Program { name: "reconcile".to_owned() },
        source: Source::Desk,
        body: Body::Dismissed(Box::new(body.clone())),
    };
    Ok(reconcile::dismiss(&*city.store, body.contact, &entry)?)
}
