//! `/bill`: the record under a pack that is not law in force: which past answers it would have given otherwise.
//!
//! The operator gives such packs at the start (`serve --overlay DIR`), each proved before it is used. The record is gone through off the async
//! threads, one bill at a time ([`crate::bill`]), and what came of it is kept: the page says how far it is, and after that only what is new is
//! asked. No past answer is changed, and no person's record is opened: the list leads to requests, each of which is a reading of its own.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use axum::{
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use law::{AgencyId, Pack};
use maud::{Markup, html};

use super::{
    Desk, filings, listing,
    page::{page, refusal, scrolled},
    replay::{named, title_of},
    requests::short,
    session::Account,
};
use crate::{
    access::{Action, Resource},
    bill::{self, Found, Weighed},
};

/// Requests that a page lists.
const PAGE: usize = 50;

/// What is kept of each overlay, by the name of its pack; one is gone through at a time.
#[derive(Default)]
pub struct Bills {
    weighed: Mutex<HashMap<String, Arc<Mutex<Weighed>>>>,
    busy: AtomicBool,
}

impl Bills {
    pub(super) fn of(&self, pack: &Pack) -> Arc<Mutex<Weighed>> {
        let mut all = self.weighed.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(all.entry(named(pack)).or_default())
    }
}

/// Free again when whoever went through the record ends, however they end.
struct Busy<'a>(&'a AtomicBool);

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

impl Desk {
    /// Goes through what is new in the record; false, and nothing, where somebody is at it already.
    pub(super) fn weigh(&self, pack: &Pack) -> anyhow::Result<bool> {
        if self.bills.busy.swap(true, Ordering::Acquire) {
            return Ok(false);
        }
        let _free = Busy(&self.bills.busy);
        bill::weigh(&*self.store, pack, &self.bills.of(pack))?;
        Ok(true)
    }
}

/// Which bill, whose answers, from which place of the list on.
#[derive(serde::Deserialize)]
pub struct Which {
    pack: Option<String>,
    agency: Option<String>,
    from: Option<usize>,
}

/// `GET /bill`: the bills, or what one of them would have changed.
pub async fn shown(State(desk): State<Arc<Desk>>, account: Account, Query(which): Query<Which>) -> Response {
    let agency = which.agency.as_deref().filter(|agency| !agency.is_empty()).map(AgencyId::new);
    let asked = agency.clone().unwrap_or_else(|| account.agency.clone());
    if let Err(refused) = desk.must(&account, Action::ReadFigure, &Resource::Agency(asked.clone())) {
        return *refused;
    }
    let mut agencies: BTreeSet<AgencyId> = filings::readable(&desk, &account);
    if agency.is_some() {
        agencies = [asked].into();
    }
    let say = |id: &str| desk.words.say(id, &[]);
    let title = say("bill-title");
    let chosen = match &which.pack {
        None => None,
        Some(name) => match desk.overlays.iter().find(|pack| named(pack) == *name) {
            Some(pack) => Some(Arc::clone(pack)),
            None => return refusal(&desk, Some(&account), StatusCode::NOT_FOUND, &say("bill-none-such")),
        },
    };
    let shown = match chosen {
        None => html! {},
        Some(pack) => {
            let (behind, at_it) = (Arc::clone(&desk), Arc::clone(&pack));
            // Not waited for: the page says how far it is.
            let going = tokio::task::spawn_blocking(move || {
                if let Err(error) = behind.weigh(&at_it) {
                    tracing::error!(
                        error = format!("{error:#}"),
                        "the record could not be gone through under an overlay"
                    );
                }
            });
            // A short record is done before the page is made.
            let _ = tokio::time::timeout(std::time::Duration::from_millis(500), going).await;
            // Off the async threads: what is kept may be long, and be written just now.
            let from = which.from.unwrap_or_default();
            let shown = desk.blocking(move |desk| {
                let all = desk.store.count()?;
                Ok(weighed(desk, &pack, &agencies, agency.as_ref(), from, all))
            });
            match shown.await {
                Ok(shown) => shown,
                Err(error) => return desk.failed(Some(&account), &error),
            }
        }
    };
    let body = html! {
        p { a href="/requests" { (say("findings-back")) } }
        h1 { (title) }
        p { (say("bill-why")) }
        @if desk.overlays.is_empty() { p { (say("bill-none")) } } @else {
            ul { @for pack in &desk.overlays { li { a href=(format!("/bill?pack={}", named(pack))) { (title_of(&desk, pack, false)) } } } }
        }
        (shown)
    };
    page(&desk, Some(&account), &title, &body).into_response()
}

/// What one bill would have changed, as far as it is known.
fn weighed(
    desk: &Desk,
    pack: &Pack,
    agencies: &BTreeSet<AgencyId>,
    agency: Option<&AgencyId>,
    from: usize,
    all: u64,
) -> Markup {
    let say = |id: &str| desk.words.say(id, &[]);
    let kept = desk.bills.of(pack);
    let kept = bill::read(&kept);
    let found = kept.found(|agency| agencies.contains(agency));
    let (name, gone) = (named(pack), kept.gone_through());
    let whole = format!("/bill?pack={name}");
    let here = agency.map_or_else(|| whole.clone(), |agency| format!("{whole}&agency={agency}"));
    let sum = [("changed", found.changed.len().to_string()), ("answers", found.answers().to_string())];
    html! {
        h2 { (title_of(desk, pack, false)) }
        p.banner role="note" { (say("replay-not-law")) }
        @if gone < all {
            @let going = [("done", gone.to_string()), ("all", all.to_string())];
            p { (desk.words.say("bill-going", &going.each_ref().map(|(name, value)| (*name, value.as_str())))) " " a href=(here) { (say("bill-look-again")) } }
        }
        @if let Some(agency) = agency {
            p { (desk.words.say("bill-of-agency", &[("agency", desk.agency_title(agency))])) " " a href=(whole) { (say("bill-all-agencies")) } }
        }
        p role="status" { strong { (desk.words.say("bill-sum", &sum.each_ref().map(|(name, value)| (*name, value.as_str())))) } }
        @if !found.steps.is_empty() {
            table {
                caption { (say("bill-steps")) }
                thead { tr {
                    th scope="col" { (say("replay-recorded")) } th scope="col" { (say("replay-again")) } th.number scope="col" { (say("bill-answers")) }
                } }
                tbody {
                    @for ((was, is), count) in &found.steps {
                        tr { th scope="row" { (listing::answer(desk, *was)) } td { (listing::answer(desk, *is)) } td.number { (count) } }
                    }
                }
            }
        }
        @if !found.kinds.is_empty() { (kinds(desk, &whole, &found)) }
        @if !found.changed.is_empty() { (each(desk, &name, &found, from)) }
        @if found.changed.len() > from.saturating_add(PAGE) {
            p { a.target href=(format!("{here}&from={}", from + PAGE)) { (say("bill-more")) } }
        }
    }
}

/// The answers by agency and act.
fn kinds(desk: &Desk, whole: &str, found: &Found) -> Markup {
    let say = |id: &str| desk.words.say(id, &[]);
    let caption = say("bill-counts");
    let table = html! { table {
        caption { (caption) }
        thead { tr {
            th scope="col" { (say("requests-agency")) } th.number scope="col" { (say("bill-changed")) }
            th.number scope="col" { (say("bill-answers")) } th scope="col" { (say("requests-what")) }
        } }
        tbody {
            @for kind in &found.kinds {
                tr {
                    th scope="row" { a href=(format!("{whole}&agency={}", kind.agency)) { (desk.agency_title(kind.agency)) } }
                    td.number { (kind.changed) }
                    td.number { (kind.answers) }
                    td.wide { (desk.act_title(kind.act)) }
                }
            }
        }
    } };
    scrolled(&caption, &table)
}

/// One page of the answers that would be others, on a phone the answers within sight. What was recorded leads to its request, the other answer to why.
fn each(desk: &Desk, name: &str, found: &Found, from: usize) -> Markup {
    let say = |id: &str| desk.words.say(id, &[]);
    let caption = say("bill-each");
    let table = html! { table {
        caption { (caption) }
        thead { tr {
            th scope="col" { (say("bill-on")) } th scope="col" { (say("replay-recorded")) } th scope="col" { (say("replay-again")) }
            th scope="col" { (say("requests-agency")) } th scope="col" { (say("requests-what")) } th scope="col" { (say("requests-id")) }
        } }
        tbody {
            @for one in found.changed.iter().skip(from).take(PAGE) {
                tr {
                    td.date { (one.on) }
                    td { (listing::answer(desk, one.was)) }
                    td { a href=(format!("/requests/{}/replay?pack={name}", one.request)) { (listing::answer(desk, one.is)) } }
                    td { (one.agency) }
                    td.wide { (desk.act_title(&one.act)) }
                    td { a href=(format!("/requests/{}", one.request)) { (short(one.request)) } }
                }
            }
        }
    } };
    scrolled(&caption, &table)
}
