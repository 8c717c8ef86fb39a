//! Whom to call: the posts that the pack names for an agency, and a number where one was set up.
//!
//! A post stands in the pack (`vocabulary/agencies.toml`, `note`); a number is the city's own and stands in its
//! configuration. The demo city has numbers of its own, from the range that is kept for fiction, and says so.

use maud::{Markup, html};

use super::{Desk, session::Account};

/// The posts and the number.
#[must_use]
pub fn whom(desk: &Desk, account: &Account) -> Markup {
    let posts = posts_of(desk, account);
    let (number, set_up) = number(desk, account);
    html! {
        @if posts.is_empty() {
            p { (desk.words.say("call-who", &[("agency", desk.agency_title(&account.agency))])) }
        } @else {
            dl.posts { @for (what, who) in &posts { dt { (what) } dd { (who) } } }
        }
        @if set_up { p { strong { (number) } } } @else { p.quiet { (number) } }
    }
}

/// The posts that the pack names for somebody's agency: what for, and who.
#[must_use]
pub fn posts_of<'a>(desk: &'a Desk, account: &Account) -> Vec<(&'a str, &'a str)> {
    let note = desk.pack.vocabulary().agencies.get(&account.agency).and_then(|agency| agency.note.as_deref());
    posts(note.unwrap_or_default())
}

/// The number of somebody's agency, and whether one was set up; else the sentence that says that none was.
#[must_use]
pub fn number(desk: &Desk, account: &Account) -> (String, bool) {
    match desk.contacts.get(account.agency.as_str()).or_else(|| desk.contacts.get("*")) {
        Some(contact) => (contact.clone(), true),
        None if desk.invented => (desk.words.say("call-invented", &[("number", &invented(desk, account))]), true),
        None => (desk.words.say("call-not-configured", &[]), false),
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
