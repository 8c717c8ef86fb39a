//! `vouchsafe systems`: which programs of the city call the interface. Each has one token, which is shown once, here alone.
//!
//! Whoever can run this has the record's files: the access policies do not stand before it. Each change is an entry that names who had
//! it done (`--by`). The token ends on its day, when another is made and when it is revoked, for every server of the record at once.
//! Where a program is told of what happens to its agency's requests is set here alone, too ([`hook`]).

mod hook;

use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use clap::{Args, Subcommand};
use jiff::{SignedDuration, Timestamp};
use law::AgencyId;
use record::{Actor, Body, Entry, EntryId, Private, Source, SystemChange, SystemId, SystemStep, Use};
use serde_json::json;

use super::{
    decide::{catch_up, open_with_log, random},
    open::{Access, City, open},
    out::{output, say},
    people::plain,
};
use crate::{
    config::Global,
    demo,
    log::Sequencer,
    pack,
    serve::api::{caller::make_token, openapi},
    store::{
        Draft,
        systems::{System, Token},
    },
    words::Words,
};

/// Which programs of the city call the interface.
#[derive(Debug, Subcommand)]
pub enum Systems {
    /// Add a program with what it may do for one agency, and make its token
    ///
    /// The token is shown here alone: put it where only that program can read it. It works beside a desk that runs.
    ///
    /// Exit status: 0 it was added, 2 bad input: nothing was.
    ///
    /// Example: vouchsafe systems add 'Jail management' --agency DOC --may ask,record,state --by 'B. Operator' --data city
    Add(Add),
    /// List the programs with what they may do and until when
    ///
    /// Exit status: 0 listed, 2 bad input.
    ///
    /// Example: vouchsafe systems list --data city
    List,
    /// Make a new token for a program; the one before is void at once
    ///
    /// Exit status: 0 made, 2 bad input: nothing was.
    ///
    /// Example: vouchsafe systems renew sy-… --by 'B. Operator' --data city
    Renew(Renew),
    /// Void a program's token, at once and everywhere
    ///
    /// Exit status: 0 done, 2 bad input: nothing was.
    ///
    /// Example: vouchsafe systems revoke sy-… --by 'B. Operator' --data city
    Revoke(Revoke),
    /// Tell a program, at an address of its own, what happens to requests of its agency
    ///
    /// Each message is signed; the key that checks it is printed. It says what happened and the ids by which the program fetches the rest
    /// with its token, and is sent again until it is taken, for three days. The first is of what is recorded after this. Where there was an
    /// address, what waits goes to the new one. docs/api.md says how messages are checked.
    ///
    /// Exit status: 0 it is told, 2 bad input: nothing was changed.
    ///
    /// Example: vouchsafe systems hook sy-… --to https://… --events request,deed --by 'B. Operator' --data city
    Hook(hook::Hooking),
    /// Tell a program nothing more
    ///
    /// Exit status: 0 done, 2 bad input: nothing was changed.
    ///
    /// Example: vouchsafe systems unhook sy-… --by 'B. Operator' --data city
    Unhook(hook::Which),
    /// Send again what waits for a program, after it did not take it for days or wanted no more
    ///
    /// Exit status: 0 done, 2 bad input: nothing was changed.
    ///
    /// Example: vouchsafe systems resume sy-… --by 'B. Operator' --data city
    Resume(hook::Which),
    /// Print the keys that check messages, or change them
    ///
    /// With --new a new key signs beside the one before, so that receivers can change over; with --end-old the new one signs alone.
    ///
    /// Exit status: 0 printed, 2 bad input: nothing was changed.
    ///
    /// Example: vouchsafe systems keys --new --by 'B. Operator' --data city
    Keys(hook::ChangeKeys),
    /// Print the interface's description (OpenAPI 3.1), as `serve` gives it under /openapi.json
    ///
    /// Exit status: 0 printed, 2 the law pack cannot be read.
    ///
    /// Example: vouchsafe systems describe
    Describe,
}

/// What is added.
#[derive(Debug, Args)]
pub struct Add {
    /// What it is called
    #[arg(value_name = "NAME")]
    name: String,
    /// The one agency for which it speaks, as in the law pack
    #[arg(long, value_name = "AGENCY")]
    agency: String,
    /// What it may do: ask, list, read, record, state, findings
    #[arg(long, value_name = "USES", value_delimiter = ',', required = true)]
    may: Vec<String>,
    /// How many days its token is good
    #[arg(long, value_name = "N", default_value_t = DAYS, value_parser = clap::value_parser!(u16).range(1..=DAYS_MAX))]
    days: u16,
    /// Who has this done
    #[arg(long, value_name = "NAME")]
    by: String,
}

/// Whose token is made anew.
#[derive(Debug, Args)]
pub struct Renew {
    /// Which, by the id that `systems list` shows
    #[arg(value_name = "ID")]
    system: SystemId,
    /// How many days its token is good
    #[arg(long, value_name = "N", default_value_t = DAYS, value_parser = clap::value_parser!(u16).range(1..=DAYS_MAX))]
    days: u16,
    /// Who has this done
    #[arg(long, value_name = "NAME")]
    by: String,
}

/// Whose token is void.
#[derive(Debug, Args)]
pub struct Revoke {
    /// Which, by the id that `systems list` shows
    #[arg(value_name = "ID")]
    system: SystemId,
    /// Who has this done
    #[arg(long, value_name = "NAME")]
    by: String,
}

/// How many days a token is good when nothing is said.
const DAYS: u16 = 90;

/// And at most.
const DAYS_MAX: i64 = 400;

/// Runs one of the commands.
///
/// # Errors
/// When a name, an agency, a use or an id is none, or the store refuses.
pub fn run(global: &Global, command: &Systems) -> Result<ExitCode> {
    match command {
        Systems::List => list(global)?,
        Systems::Describe => {
            use std::io::Write as _;
            let pack = pack::load(global.settings()?.pack.as_deref())?;
            write!(output(), "{}", openapi::document(&pack, &Words::new("en")))?;
        }
        Systems::Hook(hooking) => hook::begin(global, hooking)?,
        Systems::Unhook(which) => hook::end(global, which)?,
        Systems::Resume(which) => hook::resume(global, which)?,
        Systems::Keys(change) => hook::keys(global, change)?,
        Systems::Add(Add { name, agency, may, days, by }) => {
            let (agency, uses) = (agency_of(global, agency)?, uses(may)?);
            let (name, id) = (Private::from(plain(name)?), SystemId::from_bytes(random()?));
            let opened = open_with_log(global, Access::Beside)?;
            alone(&opened.0, &id, &name, &agency)?;
            let made = Made::now(*days)?;
            let step = SystemStep::Added { agency: agency.clone(), uses: uses.clone(), until: made.until };
            let system = System { id, name, agency, uses, token: Some(made.token), version: 0 };
            keep(global, opened, "add a system", &system, step, by, Some(&made))?;
        }
        Systems::Renew(Renew { system, days, by }) => {
            let opened = open_with_log(global, Access::Beside)?;
            let made = Made::now(*days)?;
            let system = System { token: Some(made.token), ..found(&opened.0, system)? };
            alone(&opened.0, &system.id, &system.name, &system.agency)?;
            let step = SystemStep::Renewed { until: made.until };
            keep(global, opened, "renew the token of a system", &system, step, by, Some(&made))?;
        }
        Systems::Revoke(Revoke { system, by }) => {
            let opened = open_with_log(global, Access::Beside)?;
            let found = found(&opened.0, system)?;
            if found.token.is_none() {
                bail!("`{system}` has no token: nothing was changed");
            }
            let system = System { token: None, ..found };
            keep(global, opened, "revoke the token of a system", &system, SystemStep::Revoked, by, None)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// A token that was made, and until when.
struct Made {
    shown: String,
    token: Token,
    until: Timestamp,
}

impl Made {
    fn now(days: u16) -> Result<Self> {
        let (shown, hash) = make_token().map_err(|error| anyhow::anyhow!("no random bytes: {error}"))?;
        let end = Timestamp::now() + SignedDuration::from_hours(24 * i64::from(days));
        // To the second, as the store has it.
        let until = Timestamp::from_second(end.as_second()).context("the end of the token")?;
        Ok(Self { shown, token: Token { hash, until: until.as_second() }, until })
    }
}

fn agency_of(global: &Global, name: &str) -> Result<AgencyId> {
    city_agency(&pack::load(global.settings()?.pack.as_deref())?, name)
}

/// The agency of the city with this id, as it is written or in capitals.
///
/// # Errors
/// There is none.
pub(super) fn city_agency(pack: &law::Pack, name: &str) -> Result<AgencyId> {
    let ids = [name.trim().to_owned(), name.trim().to_uppercase()].map(|id| AgencyId::new(&id));
    let of_the_city = |id: &AgencyId| pack.vocabulary().agencies.get(id).is_some_and(|agency| agency.city);
    ids.into_iter().find(of_the_city).with_context(|| {
        format!("`{name}` is no agency of the city in this pack: write its short name, as `NYPD` or `DOC`")
    })
}

/// Whether no other program of this agency has this name and a token that is good: nobody could tell the two apart.
fn alone(city: &City, id: &SystemId, name: &Private, agency: &AgencyId) -> Result<()> {
    let now = Timestamp::now().as_second();
    let good = |system: &System| system.token.as_ref().is_some_and(|token| token.until > now);
    let all = city.systems.systems()?;
    let named = |one: &System| {
        one.id != *id && one.name.reveal().to_lowercase() == name.reveal().to_lowercase() && one.agency == *agency
    };
    if let Some(other) = all.iter().find(|one| named(one) && good(one)) {
        bail!(
            "`{}` is there already for {agency}, with a token that is good (`{}`): renew or revoke that one, or give this one another name",
            name.reveal(),
            other.id
        );
    }
    Ok(())
}

/// The uses of these words, in the order of lists, each once.
fn uses(words: &[String]) -> Result<Vec<Use>> {
    for word in words {
        if Use::of_word(word.trim()).is_none() {
            bail!(
                "`{word}` is nothing that a system can be given: write some of {}",
                Use::ALL.map(Use::word).join(", ")
            );
        }
    }
    Ok(Use::ALL.into_iter().filter(|one| words.iter().any(|word| word.trim() == one.word())).collect())
}

fn found(city: &City, id: &SystemId) -> Result<System> {
    city.systems.system(id)?.with_context(|| format!("no system has the id `{id}`: see `vouchsafe systems list`"))
}

/// Keeps a system with the entry of its change, and prints which it is, with the token that was made.
fn keep(
    global: &Global,
    (city, log): (City, Option<Sequencer>),
    act: &'static str,
    system: &System,
    change: SystemStep,
    by: &str,
    made: Option<&Made>,
) -> Result<()> {
    let entry = said(&city, system, change, by)?;
    city.systems.change_system(act, system, entry)?;
    catch_up(log);
    if global.json {
        let (token, until) = (made.map(|made| &made.shown), made.map(|made| made.until));
        say!("{}", json!({ "system": system.id, "token": token, "until": until }));
        return Ok(());
    }
    let (words, id) = (Words::new("en"), system.id.to_string());
    let name = [("name", system.name.reveal()), ("id", &id)];
    let Some(made) = made else {
        say!("{}", words.say("systems-revoked", &name));
        return Ok(());
    };
    let uses = in_words(&system.uses);
    let more = [("agency", system.agency.as_str()), ("uses", &uses)];
    say!("{}", words.say("systems-kept", &[&name[..], &more].concat()));
    say!("{}", words.say("systems-token", &[("until", &made.until.to_string())]));
    say!("{}", made.shown);
    Ok(())
}

/// The entry that says what changed about a system.
fn said(city: &City, system: &System, change: SystemStep, by: &str) -> Result<Draft> {
    let said_by = Some(Private::from(plain(by)?));
    let change = SystemChange { system: system.id, name: system.name.clone(), change, said_by };
    drafted(city, Body::System(Box::new(change)))
}

/// An entry of this command's, not yet committed.
fn drafted(city: &City, body: Body) -> Result<Draft> {
    let source = if demo::Mark::of(city.folder.path()).exists() { Source::Demo } else { Source::Desk };
    let (id, by) = (EntryId::from_bytes(random()?), Actor::Program { name: "systems".to_owned() });
    Ok(Draft::from(Entry { id, at: Timestamp::now(), by, source, body }))
}

fn in_words(uses: &[Use]) -> String {
    uses.iter().map(|one| one.word()).collect::<Vec<_>>().join(", ")
}

fn list(global: &Global) -> Result<()> {
    let city = open(global, Access::Read)?;
    let words = Words::new("en");
    let all = city.systems.systems()?;
    if all.is_empty() && !global.json {
        say!("{}", words.say("systems-no-systems", &[]));
    }
    for System { id, name, agency, uses, token, .. } in all {
        let until = token.map(|token| Timestamp::from_second(token.until)).transpose()?;
        let hook = city.hooks.hook(&id)?;
        if global.json {
            let hook = hook.map(|hook| hook::as_json(&hook)).transpose()?;
            say!(
                "{}",
                json!({ "system": id, "name": name, "agency": agency, "uses": uses, "until": until, "hook": hook })
            );
            continue;
        }
        let until = match until {
            Some(until) => words.say("systems-until", &[("until", &until.to_string())]),
            None => words.say("systems-none", &[]),
        };
        say!("{id}  {}  {agency}  {}  {until}", name.reveal(), in_words(&uses));
        if let Some(hook) = hook {
            say!("    {}", hook::in_words(&words, &hook)?);
        }
    }
    Ok(())
}
