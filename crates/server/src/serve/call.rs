//! Whom to call: the posts that the pack names for an agency, and a number where one was set up.
//!
//! A post stands in the pack (`vocabulary/agencies.toml`, `note`); a number is the city's own and stands in its
//! configuration. The demo city has numbers of its own, from the range that is kept for fiction, and says so.

use maud::{Markup, html};

use super::{Desk, session::Account};

/// The posts and the number.
#[must_use]
pub fn whom(desk: &Desk, account: &Account) -> Markup {
    let say = |id: &str| desk.words.say(id, &[]);
    let note = desk.pack.vocabulary().agencies.get(&account.agency).and_then(|agency| agency.note.as_deref());
    let posts = posts(note.unwrap_or_default());
    html! {
        @if posts.is_empty() {
            p { (desk.words.say("call-who", &[("agency", desk.agency_title(&account.agency))])) }
        } @else {
            dl.posts { @for (what, who) in &posts { dt { (what) } dd { (who) } } }
        }
        @if let Some(contact) = desk.contacts.get(account.agency.as_str()).or_else(|| desk.contacts.get("*")) {
            p { strong { (contact) } }
        } @else if desk.invented {
            p { strong { (desk.words.say("call-invented", &[("number", &invented(desk, account))])) } }
        } @else {
            p.quiet { (say("call-not-configured")) }
        }
    }
}

/// `Counsel: DOC General Counsel. At the desk: tour commander.` as pairs.
fn posts(note: &str) -> Vec<(&str, &str)> {
    note.split(". ")
        .filter_map(|sentence| sentence.trim_end_matches('.').split_once(": "))
        .map(|(what, who)| (what.trim(), who.trim()))
        .collect()
}

/// A number from 555-0100 to 555-0199, which no telephone has (North American Numbering Plan).
fn invented(desk: &Desk, account: &Account) -> String {
    let place = desk.city_agencies().position(|agency| agency.id == account.agency).unwrap_or_default();
    format!("212-555-01{:02}", place % 100)
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_note_names_posts() {
        let note = "Privacy: DOC privacy officer. Counsel: DOC General Counsel. At the desk: tour commander.";
        let found = super::posts(note);
        assert_eq!(found[1], ("Counsel", "DOC General Counsel"));
        assert_eq!(found.len(), 3);
        assert!(super::posts("a remark").is_empty());
    }
}
