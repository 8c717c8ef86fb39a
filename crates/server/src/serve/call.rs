//! Whom to call: the posts that the pack names for an agency, and a number where one was set up.
//!
//! A post stands in the pack (`vocabulary/agencies.toml`, `note`); a number is the city's own and stands in its file, or in the
//! configuration where there is no such file. The numbers of the file that ships, and so of the demo city, are from the range that is
//! kept for fiction, and the page says so.

use maud::{Markup, html};

use super::{Desk, session::Account};
use crate::{
    city_file::{Agency, Closed, Office, Telephone},
    on_call::OnCall,
};

/// The posts and the number.
#[must_use]
pub fn whom(desk: &Desk, account: &Account) -> Markup {
    let agency = agency_of(desk, account);
    let posts = posts_of(desk, account, agency);
    let on_call = on_call(desk, account);
    html! {
        @if posts.is_empty() {
            p { (desk.words.say("call-who", &[("agency", desk.agency_title(&account.agency))])) }
        } @else {
            dl.posts { @for (what, who) in &posts { dt { (what) } dd { (who) } } }
        }
        @if let Some(agency) = agency {
            (offices(desk, account, agency))
        } @else if !on_call.is_empty() {
            dl.posts { @for (what, who) in configured(desk, &on_call) { dt { (what) } dd { strong { (linked(who, written(who).as_ref())) } } } }
        } @else {
            p.quiet { (desk.words.say("call-not-configured", &[])) }
        }
    }
}

/// Somebody's agency, as the city's file has it.
fn agency_of<'a>(desk: &'a Desk, account: &Account) -> Option<&'a Agency> {
    desk.city.as_ref().and_then(|city| city.agency(&account.agency))
}

/// The posts that the pack names for somebody's agency: what for, and who.
fn posts_of<'a>(desk: &'a Desk, account: &Account, agency: Option<&Agency>) -> Vec<(&'a str, &'a str)> {
    let note = desk.pack.vocabulary().agencies.get(&account.agency).and_then(|agency| agency.note.as_deref());
    let mut posts = posts(note.unwrap_or_default());
    // Who that is, and where, stands in the city's file.
    posts.retain(|(what, _)| *what != "Counsel" || agency.is_none_or(|agency| agency.counsel.is_none()));
    posts
}

/// Whom the configuration names, where no file of the city does.
fn on_call(desk: &Desk, account: &Account) -> OnCall {
    OnCall::of(&desk.contacts, account.agency.as_str(), account.site.as_deref())
}

/// What for, and whom, as the configuration names them: the nearest person first.
fn configured<'a>(desk: &Desk, on_call: &'a OnCall) -> Vec<(String, &'a str)> {
    numbers(on_call).into_iter().map(|(label, number)| (desk.words.say(label, &[]), number)).collect()
}

/// The numbers that the configuration has, each with the id of its label.
fn numbers(on_call: &OnCall) -> Vec<(&'static str, &str)> {
    let OnCall { designated, counsel, line_24h, line } = on_call;
    let all = [("call-designated", designated), ("call-counsel", counsel), ("call-line", line_24h), ("call-any", line)];
    all.into_iter().filter_map(|(label, number)| Some((label, number.as_deref()?))).collect()
}

/// Whom to call as lines of words, for a page that is read without network.
#[must_use]
pub fn lines(desk: &Desk, account: &Account) -> Vec<(String, String)> {
    let say = |id: &str| desk.words.say(id, &[]);
    let title = desk.agency_title(&account.agency);
    let agency = agency_of(desk, account);
    let mut lines: Vec<(String, String)> =
        posts_of(desk, account, agency).into_iter().map(|(what, who)| (what.to_owned(), who.to_owned())).collect();
    if lines.is_empty() {
        lines.push((title.to_owned(), desk.words.say("call-who", &[("agency", title)])));
    }
    match agency {
        Some(agency) => lines.extend(named(desk, account, agency).into_iter().map(|(what, who, _)| (what, who))),
        None => {
            let on_call = on_call(desk, account);
            if on_call.is_empty() {
                lines.push((title.to_owned(), say("call-not-configured")));
            }
            lines.extend(configured(desk, &on_call).into_iter().map(|(what, who)| (what, who.to_owned())));
        }
    }
    lines
}

/// What for, whom and at which number, as the city's file names them: the site's own where it has one.
fn named<'a>(desk: &Desk, account: &Account, agency: &'a Agency) -> Vec<(String, String, &'a Telephone)> {
    let say = |id: &str| desk.words.say(id, &[]);
    let site = account.site.as_deref().and_then(|own| agency.sites.iter().find(|site| site.id == own));
    let designated = site.and_then(|site| site.designated.as_ref()).unwrap_or(&agency.designated);
    let of = |label: &str, one: &'a Office| (say(label), office(desk, one), &one.telephone);
    let counsel = agency.counsel.as_ref().map(|counsel| of("call-counsel", counsel));
    let line = real(desk, agency.line_24h.as_str().to_owned(), &agency.line_24h);
    let line = (say("call-line"), line, &agency.line_24h);
    [Some(of("call-designated", designated)), counsel, Some(line)].into_iter().flatten().collect()
}

/// `Counsel: DOC General Counsel. At the desk: tour commander.` as pairs.
fn posts(note: &str) -> Vec<(&str, &str)> {
    note.split(". ")
        .filter_map(|sentence| sentence.trim_end_matches('.').split_once(": "))
        .map(|(what, who)| (what.trim(), who.trim()))
        .collect()
}

/// The offices of the city's file: the site's own where it has one.
fn offices(desk: &Desk, account: &Account, agency: &Agency) -> Markup {
    let say = |id: &str| desk.words.say(id, &[]);
    let closed = desk.city.as_ref().and_then(|city| city.closed(desk.now().date(), &desk.pack));
    html! {
        dl.posts {
            @for (what, who, telephone) in named(desk, account, agency) { dt { (what) } dd { strong { (linked(&who, Some(telephone))) } } }
        }
        @match closed {
            Some(Closed::Weekend) => p { (say("call-closed-weekend")) },
            Some(Closed::Day(day)) => p { (desk.words.say("call-closed-day", &[("day", &day)])) },
            None => {}
        }
    }
}

fn office(desk: &Desk, office: &Office) -> String {
    let written = [("title", office.title.as_str()), ("number", office.telephone.as_str())];
    real(desk, desk.words.say("call-at", &written), &office.telephone)
}

/// The number at the end of a line of the configuration, where one stands there.
fn written(line: &str) -> Option<Telephone> {
    Telephone::parse(line.rsplit([',', ':']).next().unwrap_or(line).trim())
}

/// Whom to call, with the number as a link that dials it; one at which nobody answers is none.
fn linked(who: &str, telephone: Option<&Telephone>) -> Markup {
    let telephone = telephone.filter(|telephone| !telephone.is_placeholder());
    let Some((number, (before, after))) = telephone.and_then(|one| Some((one, who.rsplit_once(one.as_str())?))) else {
        return html! { (who) };
    };
    html! { (before) a.target href=(format!("tel:{}", number.dialled())) { (number.as_str()) } (after) }
}

/// Whom to call, and that nobody answers where the number is a placeholder.
fn real(desk: &Desk, who: String, telephone: &Telephone) -> String {
    let id = if desk.invented { "call-placeholder-invented" } else { "call-placeholder" };
    if telephone.is_placeholder() { desk.words.say(id, &[("who", &who)]) } else { who }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_person_is_named_first() {
        let some = |text: &str| Some(text.to_owned());
        let on_call = OnCall { designated: some("a"), counsel: None, line_24h: some("c"), line: None };
        assert_eq!(numbers(&on_call), [("call-designated", "a"), ("call-line", "c")]);
    }

    #[test]
    fn a_number_that_somebody_answers_is_dialled_by_a_tap() {
        let shown = |who: &str| linked(who, written(who).as_ref()).into_string();
        assert_eq!(
            shown("Duty attorney, 212-788-0303"),
            "Duty attorney, <a class=\"target\" href=\"tel:+12127880303\">212-788-0303</a>"
        );
        assert_eq!(shown("311"), "<a class=\"target\" href=\"tel:311\">311</a>");
        assert_eq!(
            shown("Counsel: +49 30 901820"),
            "Counsel: <a class=\"target\" href=\"tel:+4930901820\">+49 30 901820</a>"
        );
        for none in ["Duty attorney, 212-555-0142", "ask the tour commander", "room 12, second floor", "a <b>, 12"] {
            assert!(!shown(none).contains("href"), "{none}");
        }
        assert_eq!(shown("a <b>, 1-212-788-0303").split("<a").next(), Some("a &lt;b&gt;, "));
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
