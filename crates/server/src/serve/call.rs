//! Whom to call: the posts that the pack names for an agency, and a number where one was set up.
//!
//! A post stands in the pack (`vocabulary/agencies.toml`, `note`); a number is the city's own and stands in its
//! configuration. The demo city has numbers of its own, from the range that is kept for fiction, and says so.

use maud::{Markup, html};

use super::{Desk, session::Account};
use crate::on_call::OnCall;

/// The posts and the number.
#[must_use]
pub fn whom(desk: &Desk, account: &Account) -> Markup {
    let say = |id: &str| desk.words.say(id, &[]);
    let note = desk.pack.vocabulary().agencies.get(&account.agency).and_then(|agency| agency.note.as_deref());
    let posts = posts(note.unwrap_or_default());
    let on_call = OnCall::of(&desk.contacts, account.agency.as_str(), account.site.as_deref());
    let made_up = on_call.is_empty() && desk.invented;
    let on_call = if made_up { invented(desk, account) } else { on_call };
    html! {
        @if posts.is_empty() {
            p { (desk.words.say("call-who", &[("agency", desk.agency_title(&account.agency))])) }
        } @else {
            dl.posts { @for (what, who) in &posts { dt { (what) } dd { (who) } } }
        }
        @if !on_call.is_empty() {
            dl.posts {
                @for (label, number) in numbers(&on_call) { dt { (say(label)) } dd { strong { (number) } } }
            }
            @if made_up { p.quiet { (say("call-invented")) } }
        } @else {
            p.quiet { (say("call-not-configured")) }
        }
    }
}

/// The numbers that the configuration has, each with the id of its label: the nearest person first.
fn numbers(on_call: &OnCall) -> Vec<(&'static str, &str)> {
    let OnCall { designated, counsel, line_24h, line } = on_call;
    let all =
        [("call-designated", designated), ("call-counsel", counsel), ("call-line-24h", line_24h), ("call-line", line)];
    all.into_iter().filter_map(|(label, number)| Some((label, number.as_deref()?))).collect()
}

/// `Counsel: DOC General Counsel. At the desk: tour commander.` as pairs.
fn posts(note: &str) -> Vec<(&str, &str)> {
    note.split(". ")
        .filter_map(|sentence| sentence.trim_end_matches('.').split_once(": "))
        .map(|(what, who)| (what.trim(), who.trim()))
        .collect()
}

/// Numbers from 555-0100 to 555-0199, which no telephone has (North American Numbering Plan).
fn invented(desk: &Desk, account: &Account) -> OnCall {
    let place = desk.city_agencies().position(|agency| agency.id == account.agency).unwrap_or_default();
    let number = |which| Some(format!("212-555-01{:02}", (3 * place + which) % 100));
    OnCall { designated: number(0), counsel: number(1), line_24h: number(2), line: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_person_is_named_first() {
        let some = |text: &str| Some(text.to_owned());
        let on_call = OnCall { designated: some("a"), counsel: None, line_24h: some("c"), line: None };
        assert_eq!(numbers(&on_call), [("call-designated", "a"), ("call-line-24h", "c")]);
    }

    #[test]
    fn a_note_names_posts() {
        let note = "Privacy: DOC privacy officer. Counsel: DOC General Counsel. At the desk: tour commander.";
        let found = posts(note);
        assert_eq!(found[1], ("Counsel", "DOC General Counsel"));
        assert_eq!(found.len(), 3);
        assert!(posts("a remark").is_empty());
    }
}
