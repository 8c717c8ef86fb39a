//! `vouchsafe systems hook`, `unhook`, `resume` and `keys`: which programs are told of what happens, where, and the keys that sign it.
//!
//! The address is named here and nowhere else, so that no page makes a server call anything. The record has whose machine it is; the
//! address itself stands in the store, and is shown by `systems list` alone.

use anyhow::{Context as _, Result, bail};
use clap::Args;
use jiff::Timestamp;
use record::{Body, Event, HookKeys, Private, SystemId, SystemStep};
use serde_json::{Value, json};

use super::{drafted, found, said};
use crate::{
    access::{Access as Policies, Resource},
    commands::{
        decide::{catch_up, open_with_log},
        open::{Access, City, open},
        out::say,
        people::plain,
    },
    config::Global,
    hooks::{
        keys::{Keys, followed},
        may_be_told,
    },
    outbound::Address,
    store::{
        StoreError,
        hooks::{Hook, HookChange, Told},
        people::ChangeError,
    },
    words::Words,
};

/// Who is told, where, and of what.
#[derive(Debug, Args)]
pub struct Hooking {
    /// Which, by the id that `systems list` shows
    #[arg(value_name = "ID")]
    system: SystemId,
    /// Where it takes messages: https, or http on this machine
    #[arg(long, value_name = "ADDRESS")]
    to: Address,
    /// Of what: request, answer, deed, correction, disclosure, duty
    #[arg(long, value_name = "EVENTS", value_delimiter = ',', required = true)]
    events: Vec<String>,
    /// Who has this done
    #[arg(long, value_name = "NAME")]
    by: String,
}

/// Whose messages end or begin again.
#[derive(Debug, Args)]
pub struct Which {
    /// Which, by the id that `systems list` shows
    #[arg(value_name = "ID")]
    system: SystemId,
    /// Who has this done
    #[arg(long, value_name = "NAME")]
    by: String,
}

/// What changes about the keys, if anything does.
#[derive(Debug, Args)]
pub struct ChangeKeys {
    /// Make a new key, which signs beside the one before
    #[arg(long, requires = "by", conflicts_with = "end_old")]
    new: bool,
    /// Let the newest key sign alone
    #[arg(long, requires = "by")]
    end_old: bool,
    /// Who has this done
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
}

/// Tells a system from now on.
///
/// # Errors
/// When an event is none or the system may not be told of it, or the store refuses.
pub fn begin(global: &Global, hooking: &Hooking) -> Result<()> {
    let Hooking { system, to, events, by } = hooking;
    let events = events_of(events)?;
    plain(by)?;
    let (city, log) = open_with_log(global, Access::Beside)?;
    let system = found(&city, system)?;
    let policies = Policies::load()?;
    let request = Resource::Request { agency: system.agency.clone(), site: None };
    if let Some(event) = events.iter().find(|event| !may_be_told(&policies, &system, **event, &request)) {
        bail!(
            "`{}` cannot be told of `{}`: it was not given the use `read`{}, without which it could not fetch what it is told of",
            system.id,
            event.word(),
            if *event == Event::Request { " or `list`" } else { "" }
        );
    }
    let keys = Keys::made_in(&city.folder.keys())?;
    if city.store.keyed(&followed(&keys.public()))?.is_some() {
        bail!(
            "the record says that other keys sign now: copy `hooks.key` from where they were changed; nothing was changed"
        );
    }
    recorded(&city, &keys, None, by)?;
    let moved = city.hooks.hook(&system.id)?.is_some();
    let step = SystemStep::Hooked { to: to.origin().into(), events: events.clone() };
    let change = HookChange::Set(Told { address: to.clone(), events: events.clone() });
    city.hooks.change_hook("tell a system", &system.id, &change, said(&city, &system, step, by)?)?;
    catch_up(log);
    if global.json {
        say!("{}", json!({ "system": system.id, "to": to, "events": events, "keys": keys.public() }));
        return Ok(());
    }
    let words = Words::new("en");
    let id = system.id.to_string();
    let of = of_words(&events);
    let told = [("name", system.name.reveal()), ("id", &id), ("to", to.as_str()), ("events", &of)];
    say!("{}", words.say(if moved { "systems-hook-moved" } else { "systems-hooked" }, &told));
    print(&words, &keys)
}

/// Tells a system nothing more.
///
/// # Errors
/// When it is told nothing, or the store refuses.
pub fn end(global: &Global, which: &Which) -> Result<()> {
    change(
        global,
        which,
        ("tell a system nothing more", "systems-unhooked"),
        &HookChange::Removed,
        SystemStep::Unhooked,
    )
}

/// Sends again what waits.
///
/// # Errors
/// When nothing is suspended, or the store refuses.
pub fn resume(global: &Global, which: &Which) -> Result<()> {
    let acts = ("resume the messages to a system", "systems-resumed");
    change(global, which, acts, &HookChange::Resumed, SystemStep::HookResumed)
}

fn change(
    global: &Global,
    which: &Which,
    (act, says): (&'static str, &str),
    change: &HookChange,
    step: SystemStep,
) -> Result<()> {
    let (city, log) = open_with_log(global, Access::Beside)?;
    let system = found(&city, &which.system)?;
    match city.hooks.change_hook(act, &system.id, change, said(&city, &system, step, &which.by)?) {
        Err(ChangeError::Moved) if *change == HookChange::Removed => {
            bail!("`{}` is told nothing: nothing was changed", system.id)
        }
        Err(ChangeError::Moved) => bail!("the messages to `{}` are not suspended: nothing was changed", system.id),
        done => done?,
    };
    catch_up(log);
    if global.json {
        say!("{}", json!({ "system": system.id }));
    } else {
        let id = system.id.to_string();
        say!("{}", Words::new("en").say(says, &[("name", system.name.reveal()), ("id", &id)]));
    }
    Ok(())
}

/// Prints the keys, changed first if that is asked for.
///
/// # Errors
/// When there are none and none are made, or the file or the store refuses.
pub fn keys(global: &Global, change: &ChangeKeys) -> Result<()> {
    let keys = match (&change.by, change.new, change.end_old) {
        (Some(by), new, end_old) if new || end_old => {
            plain(by)?;
            let (city, log) = open_with_log(global, Access::Write)?;
            let folder = city.folder.keys();
            let before =
                Keys::of(&folder)?.context("there are no keys yet: `vouchsafe systems hook` makes the first")?;
            let before = before.public();
            if city.store.keyed(&followed(&before))?.is_some() {
                bail!(
                    "the record says that other keys sign now: copy `hooks.key` from where they were changed; nothing was changed"
                );
            }
            // A change that is under way, or whose command died before it said so: the key that receivers know signs on.
            if new && let [_, old] = &before[..] {
                let keys = Keys::of(&folder)?.context("the keys")?;
                recorded(&city, &keys, Some(std::slice::from_ref(old)), by)?;
                catch_up(log);
                bail!("two keys sign already: tell receivers the newer, then `--end-old`; no third was made");
            }
            let keys = if new { Keys::renewed_in(&folder)? } else { Keys::newest_in(&folder)? };
            recorded(&city, &keys, Some(&before), by)?;
            catch_up(log);
            keys
        }
        (Some(_), ..) => bail!("`--by` names who has the keys changed: say `--new` or `--end-old`, too"),
        _ => {
            let city = open(global, Access::Read)?;
            Keys::of(&city.folder.keys())?.context("there are no keys yet: `vouchsafe systems hook` makes the first")?
        }
    };
    if global.json {
        say!("{}", json!({ "keys": keys.public() }));
    } else {
        print(&Words::new("en"), &keys)?;
    }
    Ok(())
}

/// Puts the keys into the record, once for each change of them: also where a command died between making them and saying so. Whoever has
/// those before finds by the entry's key that others followed.
fn recorded(city: &City, keys: &Keys, before: Option<&[String]>, by: &str) -> Result<()> {
    let public = keys.public();
    let key = match before {
        Some(before) if before == public => return Ok(()),
        Some(before) => Some(followed(before)),
        None => Some(format!("hook keys {}", public.join(" "))),
    };
    let body = HookKeys { keys: public, said_by: Private::from(plain(by)?) };
    let mut draft = drafted(city, Body::HookKeys(Box::new(body)))?;
    draft.key = key;
    match city.store.commit("sign messages with these keys", vec![draft]) {
        // Somebody else had them made.
        Ok(_) | Err(StoreError::KeyReused { .. }) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

fn print(words: &Words, keys: &Keys) -> Result<()> {
    say!("{}", words.say("systems-hook-keys", &[("count", &keys.public().len().to_string())]));
    for key in keys.public() {
        say!("{key}");
    }
    Ok(())
}

/// The events of these words, in the order of lists, each once.
fn events_of(given: &[String]) -> Result<Vec<Event>> {
    for word in given {
        if Event::of_word(word.trim()).is_none() {
            let known = Event::ALL.map(Event::word).join(", ");
            bail!("`{word}` is nothing that a system can be told of: write some of {known}");
        }
    }
    Ok(Event::ALL.into_iter().filter(|one| given.iter().any(|word| word.trim() == one.word())).collect())
}

fn of_words(events: &[Event]) -> String {
    events.iter().map(|one| one.word()).collect::<Vec<_>>().join(", ")
}

fn moment(second: Option<i64>) -> Result<Option<Timestamp>> {
    second.map(Timestamp::from_second).transpose().context("a moment of a hook")
}

/// A hook as `systems list` shows it to programs.
pub fn as_json(hook: &Hook) -> Result<Value> {
    let Hook { to: Told { address, events }, failing, suspended, .. } = hook;
    let since = moment(failing.map(|failing| failing.since))?;
    let suspended = moment(*suspended)?;
    Ok(json!({ "to": address, "events": events, "not_taken_since": since, "suspended_since": suspended }))
}

/// The same in words.
pub fn in_words(words: &Words, hook: &Hook) -> Result<String> {
    let Hook { to: Told { address, events }, failing, suspended, .. } = hook;
    let of = of_words(events);
    let told = [("to", address.as_str()), ("events", of.as_str())];
    let (id, moment) = match (moment(*suspended)?, moment(failing.map(|failing| failing.since))?) {
        (Some(since), _) => ("systems-hook-suspended", since.to_string()),
        (None, Some(since)) => ("systems-hook-not-taken", since.to_string()),
        (None, None) => ("systems-hook", String::new()),
    };
    Ok(words.say(id, &[&told[..], &[("since", &moment)]].concat()))
}
