//! Who opened a request, and when: the newest on its page, all of them on a page of their own.
//!
//! A program that asks for a request every minute leaves a thousand such entries a day, so no page reads more than a stretch of them.

use std::sync::Arc;

use anyhow::Result;
use axum::{
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use maud::{Markup, html};
use record::{Actor, Body, Entry, RequestId};

use super::{
    Desk,
    page::{page, refusal, scrolled},
    requests::{found, proof},
    session::{self, Account},
};
use crate::store::Stored;

/// How many the page of a request shows.
const SHOWN: usize = 10;

/// How many the page of them shows at once.
const PAGE: usize = 100;

/// Where the page begins.
#[derive(serde::Deserialize)]
pub struct From {
    /// Older than the entry that stands at this place in the record.
    before: Option<String>,
}

impl Desk {
    /// As many as the page of a request shows, the newest first.
    pub(super) async fn newest_readings(self: &Arc<Self>, id: RequestId) -> Result<Vec<Stored>> {
        self.blocking(move |desk| Ok(desk.store.readings(&id, u64::MAX, SHOWN)?)).await
    }
}

/// The part of a request's page.
pub fn part(desk: &Desk, request: RequestId, readings: &[Stored]) -> Markup {
    let say = |id: &str| desk.words.say(id, &[]);
    html! {
        @if !readings.is_empty() {
            details {
                summary { (say("readings-title")) }
                (table(desk, readings))
                p { a href=(format!("/requests/{request}/readings")) { (say("readings-all")) } }
            }
        }
    }
}

/// `GET /requests/{id}/readings`: everybody who opened a request, the newest first.
///
/// It shows nothing of the request, so that it is no reading itself.
pub async fn list(
    State(desk): State<Arc<Desk>>,
    account: Account,
    Path(id): Path<String>,
    Query(from): Query<From>,
) -> Response {
    let (request, _) = match found(&desk, &account, &id).await {
        Ok(found) => found,
        Err(refused) => return *refused,
    };
    let before = match from.before.as_deref().map(str::parse::<u64>) {
        None => u64::MAX,
        Some(Ok(before)) => before,
        Some(Err(_)) => {
            let sentence = desk.words.say("readings-no-place", &[]);
            return refusal(&desk, Some(&account), StatusCode::BAD_REQUEST, &sentence);
        }
    };
    let id = request.id;
    let readings = match desk.blocking(move |desk| Ok(desk.store.readings(&id, before, PAGE + 1)?)).await {
        Ok(readings) => readings,
        Err(error) => return desk.failed(Some(&account), &error),
    };
    let say = |word: &str| desk.words.say(word, &[]);
    let title = say("readings-title");
    let shown = readings.get(..PAGE).unwrap_or(&readings);
    let body = html! {
        h1 { (title) }
        p { a href=(format!("/requests/{id}")) { (say("readings-back")) } }
        p { (say("readings-why")) }
        @if shown.is_empty() { p { (say("readings-none")) } } @else { (table(&desk, shown)) }
        @if let Some(last) = shown.last().filter(|_| readings.len() > PAGE) {
            p { a href=(format!("/requests/{id}/readings?before={}", last.seq)) { (say("readings-older")) } }
        }
    };
    page(&desk, Some(&account), &title, &body).into_response()
}

fn table(desk: &Desk, readings: &[Stored]) -> Markup {
    let say = |id: &str| desk.words.say(id, &[]);
    scrolled(
        &say("readings-title"),
        &html! {
            table {
                thead { tr {
                    th scope="col" { (say("readings-when")) } th scope="col" { (say("readings-who")) } th scope="col" { (say("entries-id")) }
                } }
                tbody {
                    @for stored in readings {
                        @if let Some(entry) = stored.entry() {
                            tr {
                                td { (entry.at.to_zoned(desk.zone.clone()).strftime("%Y-%m-%d %H:%M")) }
                                td { (who(desk, entry)) }
                                td { code { (stored.id) } br; (proof(stored, &say("entries-proof"))) }
                            }
                        }
                    }
                }
            }
        },
    )
}

/// Who opened it, and what of it.
fn who(desk: &Desk, entry: &Entry) -> String {
    let Body::Read(reading) = &entry.body else { return desk.words.say("entry-read", &[]) };
    match &entry.by {
        Actor::Staff { name, role, agency } => {
            let role = desk.words.say(&format!("role-{}", session::word(*role)), &[]);
            let who = [("who", name.reveal()), ("role", &role), ("agency", agency.as_str())];
            let id = if reading.photograph.is_some() { "entry-read-photograph-by" } else { "entry-read-by" };
            desk.words.say(id, &who)
        }
        Actor::System { name, agency, .. } => {
            desk.words.say("entry-read-by-system", &[("who", name.reveal()), ("agency", agency.as_str())])
        }
        _ => desk.words.say("entry-read", &[]),
    }
}
