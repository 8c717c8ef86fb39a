//! `/requests`: the requests that somebody may see, the newest contact first, narrowed by choices and searched by words.
//!
//! What is shown is a row of the store's list and names nobody whom a request is about. Whose requests are shown the access policies say,
//! of the list and of each row: a search finds nothing that the list would not show. A page goes on where the last one ended, so that what
//! is recorded meanwhile neither shifts nor repeats a row.

pub mod filters;
mod taken;
mod views;

use std::{collections::BTreeSet, sync::Arc};

use axum::{
    Form,
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use law::{AgencyId, Outcome};
use maud::{Markup, html};

use self::filters::{DONE, Filters, SOURCES};
use super::{
    Desk, findings,
    forms::{Fault, Fields, LINE_MAX_CHARS},
    page::{page, scrolled},
    requests::short,
    session::Account,
    surveillance,
};
use crate::{
    access::{Action, Resource},
    store::{
        people::SavedView,
        search::{Before, KINDS, Listed, Search, TERMS_MAX, Terms, TermsError},
    },
};

pub use self::{
    taken::file,
    views::{forget, keep},
};

/// How many requests a page of the list shows.
const PAGE: usize = 50;

/// `GET /requests`: the list, as its address narrows it.
pub async fn list(
    State(desk): State<Arc<Desk>>,
    account: Account,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Response {
    let fields = Fields(pairs.into_iter().filter(|(name, _)| name != "words").collect());
    shown(&desk, &account, &fields, None).await
}

/// `POST /requests/search`: the list, searched for words. Without any it is the list that its choices make, under an address.
pub async fn search(
    State(desk): State<Arc<Desk>>,
    account: Account,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Response {
    let fields = Fields(pairs);
    let chosen = fields.one("words").is_none().then(|| Filters::read(&desk, &fields));
    match chosen {
        Some(Ok(filters)) => match scope(&desk, &account, filters.agency.as_ref()) {
            Ok(_) => Redirect::to(&filters.address()).into_response(),
            Err(refused) => *refused,
        },
        _ => shown(&desk, &account, &fields, None).await,
    }
}

/// The agencies whose requests somebody sees: the one that is named, else all that they may.
fn scope(desk: &Desk, account: &Account, named: Option<&AgencyId>) -> Result<Vec<AgencyId>, Box<Response>> {
    let asked = named.unwrap_or(&account.agency);
    desk.must(account, Action::ListRequests, &Resource::Agency(asked.clone()))?;
    if named.is_some() {
        return Ok(vec![asked.clone()]);
    }
    let mut all = allowed(desk, account);
    if !all.contains(asked) {
        all.push(asked.clone());
    }
    Ok(all)
}

/// The city's agencies whose lists somebody may see.
fn allowed(desk: &Desk, account: &Account) -> Vec<AgencyId> {
    let may = |id: &AgencyId| desk.would(account, Action::ListRequests, &Resource::Agency(id.clone()));
    desk.city_agencies().map(|agency| agency.id.clone()).filter(may).collect()
}

/// What is looked for: choices, words, and whose.
struct Asked {
    filters: Filters,
    words: Option<String>,
    agencies: Vec<AgencyId>,
    search: Search,
}

/// Reads what is looked for.
///
/// # Errors
/// The page that refuses it to this account, or why it cannot be looked for.
fn asked(desk: &Desk, account: &Account, fields: &Fields) -> Result<Result<Asked, Fault>, Box<Response>> {
    let agencies = scope(desk, account, fields.one("agency").map(AgencyId::new).as_ref())?;
    let read = || {
        let filters = Filters::read(desk, fields)?;
        let words = fields.text("words", "list-words", LINE_MAX_CHARS)?;
        let terms = match words.as_deref().map(Terms::parse) {
            None if fields.one("words").is_some() => return Err(Fault::new("list-no-word")),
            None => Terms::default(),
            Some(Ok(terms)) => terms,
            Some(Err(TermsError::NoWord)) => return Err(Fault::new("list-no-word")),
            Some(Err(TermsError::TooMany { found })) => {
                let fault = Fault::new("list-too-many-words").with("found", found.to_string());
                return Err(fault.with("most", TERMS_MAX.to_string()));
            }
        };
        let before = fields.one("before").map(filters::place).transpose()?;
        let site = account.site.clone();
        let search = Search { agencies: agencies.clone(), site, terms, before, ..filters.search() };
        Ok(Asked { filters, words, agencies: agencies.clone(), search })
    };
    Ok(read())
}

/// Some rows of the list.
#[derive(Default)]
struct Stretch {
    rows: Vec<Listed>,
    /// Where it ends.
    last: Option<Before>,
    /// There may be older ones.
    goes_on: bool,
}

impl Desk {
    /// One stretch of the list: of what the store finds, what this account may see.
    async fn stretch(
        self: &Arc<Self>,
        account: &Account,
        filters: &Filters,
        mut search: Search,
        limit: usize,
    ) -> anyhow::Result<Stretch> {
        let possible = filters.possible;
        let found = self
            .blocking(move |desk| {
                if possible {
                    let noticed = findings::noticed(desk)?;
                    let requests: BTreeSet<_> = noticed.iter().filter_map(|finding| finding.request).collect();
                    search.among = Some(requests.into_iter().collect());
                }
                Ok(desk.store.search(&search, limit)?)
            })
            .await?;
        // The store was asked for no other; a policy that says no is heard all the same.
        let mine = |row: &Listed| self.would(account, Action::ReadRequest, &request(row));
        let last = found.last().map(|last| Before { day: last.day, seq: last.seq });
        let goes_on = found.len() == limit;
        Ok(Stretch { rows: found.into_iter().filter(mine).collect(), last, goes_on })
    }
}

/// A row as the access policies know its request.
fn request(row: &Listed) -> Resource {
    Resource::Request { agency: row.agency.clone(), site: row.site.clone() }
}

/// The page of the list; with a fault of another form on it.
async fn shown(desk: &Arc<Desk>, account: &Account, fields: &Fields, fault: Option<Fault>) -> Response {
    let (mut asked, mut fault) = match asked(desk, account, fields) {
        Err(refused) => return *refused,
        Ok(Ok(asked)) => (Some(asked), fault),
        Ok(Err(wrong)) => (None, Some(wrong)),
    };
    let found = match &asked {
        Some(asked) => desk.stretch(account, &asked.filters, asked.search.clone(), PAGE).await,
        None => Ok(Stretch::default()),
    };
    let owner = account.staff.clone();
    let views = desk.blocking(move |desk| Ok(desk.people.views(&owner)?)).await;
    let (Stretch { rows: found, last, goes_on }, views) = match found.and_then(|found| Ok((found, views?))) {
        Ok(both) => both,
        Err(error) => return desk.failed(Some(account), &error),
    };
    let status = match &fault {
        // A place that is none of ours was typed by nobody into a form.
        Some(fault) if fault.is("list-no-place") => StatusCode::BAD_REQUEST,
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
        None => StatusCode::OK,
    };
    let older = last.filter(|_| goes_on);
    let say = |id: &str| desk.words.say(id, &[]);
    let title = say("requests-title");
    let several = asked.as_ref().is_some_and(|asked| asked.agencies.len() > 1);
    let searched = asked.as_ref().is_some_and(|asked| asked.words.is_some() || !asked.filters.pairs().is_empty());
    let body = html! {
        h1 { (title) }
        @if let Some(fault) = fault.take() { p.error role="alert" { (fault.say(&desk.words)) } }
        @if desk.would(account, Action::ReadFigure, &Resource::Agency(account.agency.clone())) {
            p { a href="/findings" { (say("findings-link")) } br; a href="/figures" { (say("figures-link")) }
                br; a href="/lists" { (say("lists-link")) }
                @if surveillance::may_read(desk, account) { br; a href="/surveillance" { (say("tracker-title")) } }
                @if !desk.overlays.is_empty() { br; a href="/bill" { (say("bill-link")) } }
            }
        }
        (views::of(desk, &views))
        (form(desk, account, fields, searched))
        @if let Some(asked) = asked.take() {
            @if asked.words.is_some() { p { (say("list-found")) } }
            @if found.is_empty() {
                p { (say(if searched { "list-none" } else { "requests-none" })) }
            } @else {
                (table(desk, &asked, &found, several))
            }
            @if let Some(before) = older { (further(&asked, before, &say("requests-older"))) }
            @if !found.is_empty() {
                form method="post" action="/requests/file" {
                    (hidden(&asked))
                    p { button type="submit" { (say("list-file")) small { (say("list-file-why")) } } }
                }
            }
            (views::form(desk, &asked.filters, &views))
        }
    };
    (status, page(desk, Some(account), &title, &body)).into_response()
}

fn table(desk: &Desk, asked: &Asked, found: &[Listed], several: bool) -> Markup {
    let say = |id: &str| desk.words.say(id, &[]);
    let caption = match asked.agencies.as_slice() {
        [agency] => desk.words.say("requests-caption", &[("agency", desk.agency_title(agency))]),
        _ => say("list-caption-all"),
    };
    html! {
        (scrolled(&say("requests-title"), &html! {
            table {
                caption { (caption) }
                thead { tr {
                    th scope="col" { (say("requests-id")) }
                    th scope="col" { (say("requests-when")) }
                    @if several { th scope="col" { (say("requests-agency")) } }
                    th scope="col" { (say("requests-who")) }
                    th scope="col" { (say("requests-what")) }
                    th scope="col" { (say("list-answer")) }
                } }
                tbody {
                    @for row in found {
                        tr {
                            th scope="row" { a href=(format!("/requests/{}", row.request)) { (short(row.request)) } }
                            td.date { (row.day) }
                            @if several { td { (row.agency) } }
                            td.wide { (who(desk, row)) }
                            td.wide { @for act in &row.acts { (desk.act_title(act)) br; } }
                            td {
                                @for (_, outcome) in answers(row) { (answer(desk, outcome)) br; }
                                @if row.deeds.is_empty() { small { (say("list-done-no")) } }
                            }
                        }
                    }
                }
            }
        }))
    }
}

/// Who asked, in the page's words.
fn who(desk: &Desk, row: &Listed) -> String {
    if row.requester.as_str() == "unknown" {
        desk.words.say("record-requester-unknown", &[])
    } else {
        row.named.clone()
    }
}

/// The answers in the order of the acts that were asked for; what was not asked for comes last.
fn answers(row: &Listed) -> Vec<(&law::ActId, Outcome)> {
    let mut answers: Vec<_> = row.answers.iter().map(|(act, outcome)| (act, *outcome)).collect();
    answers.sort_by_key(|(act, _)| row.acts.iter().position(|asked| asked == *act).unwrap_or(usize::MAX));
    answers
}

/// An answer in a word or two.
pub fn answer(desk: &Desk, outcome: Outcome) -> String {
    desk.words.say(&format!("list-outcome-{}", outcome.word()), &[])
}

/// What is looked for, as fields of a form that nobody sees.
fn hidden(asked: &Asked) -> Markup {
    html! {
        @for (name, value) in asked.filters.pairs() { input type="hidden" name=(name) value=(value); }
        @if let Some(words) = &asked.words { input type="hidden" name="words" value=(words); }
    }
}

/// What leads to the older ones: an address, or with words a form.
fn further(asked: &Asked, before: Before, word: &str) -> Markup {
    let before = filters::written(before);
    if asked.words.is_some() {
        return html! {
            form method="post" action="/requests/search" {
                (hidden(asked))
                input type="hidden" name="before" value=(before);
                p { button type="submit" { (word) } }
            }
        };
    }
    let address = asked.filters.address();
    let joint = if address.contains('?') { '&' } else { '?' };
    html! { p { a href=(format!("{address}{joint}before={before}")) { (word) } } }
}

/// What one chooses and looks for.
fn form(desk: &Desk, account: &Account, typed: &Fields, open: bool) -> Markup {
    let say = |id: &str| desk.words.say(id, &[]);
    let agencies = allowed(desk, account);
    let day = |name: &str, label: &str| {
        html! {
            div {
                label for=(name) { (say(label)) }
                input id=(name) name=(name) type="date" value=(typed.one(name).unwrap_or_default());
            }
        }
    };
    let choice = |name: &str, label: &str, options: Vec<(String, String)>| {
        html! {
            div {
                label for=(name) { (say(label)) }
                select id=(name) name=(name) {
                    option value="" { (say("list-any")) }
                    @for (value, word) in options { option value=(value) selected[typed.has(name, &value)] { (word) } }
                }
            }
        }
    };
    let worded = |prefix: &str, words: &[&str]| -> Vec<(String, String)> {
        words.iter().map(|word| ((*word).to_owned(), say(&format!("{prefix}-{word}")))).collect()
    };
    let acts = desk.pack.vocabulary().acts.values().map(|act| (act.id.to_string(), act.title.clone())).collect();
    html! {
        form.narrow method="post" action="/requests/search" role="search" {
            label for="words" { (say("list-words")) }
            input id="words" name="words" type="search" maxlength=(LINE_MAX_CHARS) autocomplete="off" spellcheck="false"
                aria-describedby="words-hint" value=(typed.one("words").unwrap_or_default());
            p.quiet id="words-hint" { (say("list-words-hint")) }
            details open[open] {
                summary { (say("list-narrow")) }
                div.row {
                    @if agencies.len() > 1 {
                        (choice("agency", "requests-agency", agencies.iter().map(|id| (id.to_string(), desk.agency_title(id).to_owned())).collect()))
                    }
                    (day("from", "list-from"))
                    (day("through", "list-through"))
                    (choice("kind", "list-kind", worded("list-kind", &KINDS.map(|(word, _)| word))))
                    (choice("act", "list-act", acts))
                    (choice("outcome", "list-outcome", worded("list-outcome", &Outcome::ALL.map(Outcome::word))))
                    (choice("source", "list-source", worded("list-source", &SOURCES.map(|(word, _)| word))))
                    (choice("done", "list-done", worded("list-done", &DONE.map(|(word, _)| word))))
                }
                label.check { input type="checkbox" name="possible" value="yes" checked[typed.one("possible").is_some()]; span { (say("list-possible")) } }
            }
            p { button.main type="submit" { (say("list-find")) } }
        }
        @if open { p { a href="/requests" { (say("list-all")) } } }
    }
}
