//! `/filings`: what the statutes ask to be published, period by period, as drafts that anyone signed in can look at.
//!
//! A draft is computed from the record as it stands; publishing is `vouchsafe file`, which writes the four forms.

use std::sync::Arc;

use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::{Html, IntoResponse, Response},
};
use maud::html;
use record::filing::{Options, Period, Section};

use crate::filing::Forms;

use super::{
    Desk,
    page::{page, refusal},
    session::Account,
};

/// `GET /filings`: each section's newest periods.
pub async fn list(State(desk): State<Arc<Desk>>, account: Account) -> Response {
    let say = |id: &str| desk.words.say(id, &[]);
    let title = say("filings-title");
    let today = desk.now().date();
    let periods: Vec<(Section, Period)> = Section::ALL.iter().flat_map(|section| recent(*section, today)).collect();
    let body = html! {
        h1 { (title) }
        p { (say("filings-why")) }
        div.scroll tabindex="0" role="region" aria-label=(title) {
            table {
                caption { (title) }
                thead { tr {
                    th scope="col" { (say("filings-section")) }
                    th scope="col" { (say("filings-period")) }
                    th scope="col" { (say("filings-due")) }
                    th scope="col" { (say("filings-open")) }
                } }
                tbody {
                    @for (section, period) in &periods {
                        tr {
                            th scope="row" { (section.number()) @if let Some(agency) = section.agency() { " (" (agency) ")" } }
                            td { (period.from) " – " (period.to) }
                            td { @if let Some(due) = period.due { (due) } @else { (say("filings-no-due")) } }
                            td {
                                a href=(format!("/filings/{}/{}..{}", section.number(), period.from, period.to)) {
                                    (say("filings-open"))
                                }
                            }
                        }
                    }
                }
            }
        }
    };
    page(&desk, Some(&account), &title, &body).into_response()
}

/// How many entries are read in one go.
const STRETCH: usize = 5_000;

/// How many periods of each section the list shows.
const RECENT: usize = 8;

/// The period that holds a day, and those before it.
fn recent(section: Section, today: jiff::civil::Date) -> Vec<(Section, Period)> {
    let mut found = Vec::new();
    let mut day = today;
    while found.len() < RECENT {
        let Some(period) = Period::of(section, day) else { break };
        let Ok(before) = period.from.yesterday() else { break };
        found.push((section, period));
        day = before;
    }
    found
}

/// `GET /filings/{section}/{period}`: the draft, as the accessible HTML that `vouchsafe file` writes.
pub async fn draft(
    State(desk): State<Arc<Desk>>,
    account: Account,
    Path((section, period)): Path<(String, String)>,
) -> Response {
    let refuse = |why: &str| {
        let sentence = desk.words.say("filings-refused", &[("why", why)]);
        refusal(&desk, Some(&account), StatusCode::UNPROCESSABLE_ENTITY, &sentence)
    };
    let section: Section = match section.parse() {
        Ok(section) => section,
        Err(error) => return refuse(&format!("{error}")),
    };
    let period = match Period::parse(section, &period.replace("..", "/")) {
        Ok(period) => period,
        Err(error) => return refuse(&error.to_string()),
    };
    let include = desk.invented.then_some(record::Source::Demo).into_iter().collect();
    let made = desk
        .blocking(move |desk| {
            let mut entries = Vec::new();
            let mut leaves = Vec::new();
            let mut from = 0;
            loop {
                let stretch = desk.store.entries(from, STRETCH)?;
                let Some(last) = stretch.last() else { break };
                from = last.seq + 1;
                for stored in stretch {
                    if let Some(held) = stored.held {
                        leaves.push(stored.leaf);
                        entries.push(held.entry);
                    }
                }
            }
            let options = Options { include, ..Options::default() };
            let filing = match record::filing::file(section, &entries, &period, &options) {
                Ok(filing) => filing,
                Err(error) => return Ok(Err(error)),
            };
            let leaves = crate::filing::leaves(&filing, entries.iter().zip(leaves));
            let names = crate::filing::names(desk.pack.vocabulary());
            Ok(Ok(Forms::of(&filing, &desk.words, &names, &leaves)?.html))
        })
        .await;
    match made {
        Ok(Ok(html)) => Html(html).into_response(),
        Ok(Err(error)) => refuse(&error.to_string()),
        Err(error) => desk.failed(Some(&account), &error),
    }
}
