//! Which programs call the interface, as a list on the page of people: for which agency, with what uses, until when, and what they are
//! told. No token, and of where messages go whose machine it is. What changes about them is done at the command line alone.

use anyhow::Result;
use jiff::Timestamp;
use maud::{Markup, html};

use super::{Desk, passkeys::now};
use crate::store::{
    hooks::{Hook, Told},
    systems::System,
};

/// A program as the list shows it.
pub(super) type Listed = (System, Option<Hook>);

/// Every program, in the order of agencies and names.
///
/// # Errors
/// When the store cannot be read.
pub(super) fn read(desk: &Desk) -> Result<Vec<Listed>> {
    let mut hooks = desk.hooks.hooks()?;
    let mut systems: Vec<Listed> = Vec::new();
    for system in desk.systems.systems()? {
        let hook = hooks.iter().position(|hook| hook.system == system.id).map(|at| hooks.swap_remove(at));
        systems.push((system, hook));
    }
    systems.sort_by(|(one, _), (other, _)| {
        (&one.agency, one.name.reveal(), one.id).cmp(&(&other.agency, other.name.reveal(), other.id))
    });
    Ok(systems)
}

/// The list, under its own heading.
pub(super) fn section(desk: &Desk, listed: &[Listed]) -> Markup {
    let say = |id: &str| desk.words.say(id, &[]);
    let title = say("programs-title");
    html! {
        h2 { (title) }
        p { (say("programs-why")) }
        @if listed.is_empty() {
            p { (say("programs-none")) }
        } @else {
            div.scroll tabindex="0" role="region" aria-label=(title) {
                table {
                    caption.unseen { (title) }
                    thead { tr {
                        th scope="col" { (say("people-name")) }
                        th scope="col" { (say("people-agency")) }
                        th scope="col" { (say("programs-uses")) }
                        th scope="col" { (say("programs-token")) }
                        th scope="col" { (say("programs-told")) }
                    } }
                    tbody {
                        @for (system, hook) in listed {
                            tr {
                                th scope="row" { (system.name.reveal()) }
                                td { (system.agency) }
                                td { (uses(desk, system)) }
                                td { (token(desk, system)) }
                                td { (told(desk, hook.as_ref())) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn uses(desk: &Desk, system: &System) -> String {
    let uses = system.uses.iter().map(|one| desk.words.say(&format!("use-{}", one.word()), &[]));
    uses.collect::<Vec<_>>().join(", ")
}

fn token(desk: &Desk, system: &System) -> String {
    let Some(until) = system.token.map(|token| token.until) else { return desk.words.say("programs-no-token", &[]) };
    let id = if until > now() { "programs-until" } else { "programs-ended" };
    desk.words.say(id, &[("day", &day(desk, until).unwrap_or_default())])
}

fn told(desk: &Desk, hook: Option<&Hook>) -> String {
    let Some(Hook { to: Told { address, events }, suspended, failing, .. }) = hook else {
        return desk.words.say("programs-not-told", &[]);
    };
    let events: Vec<String> = events.iter().map(|one| desk.words.say(&format!("event-{}", one.word()), &[])).collect();
    let (id, since) = match (suspended, failing) {
        (Some(since), _) => ("programs-told-suspended", day(desk, *since)),
        (None, Some(failing)) => ("programs-told-failing", day(desk, failing.since)),
        (None, None) => ("programs-told-of", None),
    };
    let (to, events, since) = (address.origin(), events.join(", "), since.unwrap_or_default());
    desk.words.say(id, &[("to", &to), ("events", &events), ("day", &since)])
}

/// The city's day of a moment in seconds since 1970.
fn day(desk: &Desk, second: i64) -> Option<String> {
    let moment = Timestamp::from_second(second).ok()?;
    Some(moment.to_zoned(desk.zone.clone()).date().to_string())
}
