//! `/bill`: the record under a pack that is not law in force: which past answers it would have given otherwise.
//!
//! The operator gives such packs at the start (`serve --overlay DIR`), each proved before it is used. The record is gone through off the async
//! threads, one stretch at a time and one bill at a time, and what came of it is kept: the page says how far it is, and after that only what is
//! new is asked. In memory stands what is answered otherwise, and how many answers each agency and act had. No past answer is changed, and no
//! person's record is opened: the list leads to requests, each of which is a reading of its own.

use std::{
    collections::{BTreeMap, HashMap},
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
use jiff::civil::Date;
use law::{ActId, AgencyId, Outcome, Pack};
use maud::{Markup, html};
use record::{Body, EntryId, RequestId};

use super::{
    Desk, filings, listing,
    page::{page, refusal},
    replay::{named, title_of},
    requests::short,
    session::Account,
};
use crate::{
    access::{Action, Resource},
    store::Stored,
};

/// Entries that are read and asked again at a time.
const STRETCH: usize = 500;

/// Requests that a page lists.
const PAGE: usize = 50;

/// What a pack would have answered, as far as the record was gone through.
#[derive(Default)]
pub struct Weighed {
    /// The place in the record up to which it was.
    next: u64,
    /// Answers of each agency about each act, and which of them would differ.
    kinds: BTreeMap<(AgencyId, ActId), u64>,
    /// Which kind an answer is of, so that an erasure takes it out.
    of: HashMap<EntryId, (AgencyId, ActId)>,
    changed: BTreeMap<EntryId, Changed>,
}

/// An answer that would have been another one.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Changed {
    request: RequestId,
    agency: AgencyId,
    act: ActId,
    on: Date,
    was: Outcome,
    is: Outcome,
}

impl Weighed {
    /// Takes up these entries, with what was answered again.
    fn take(&mut self, stretch: &[Stored], again: &[Option<Outcome>]) {
        for (stored, again) in stretch.iter().zip(again) {
            self.next = stored.seq + 1;
            let Some(entry) = stored.entry() else { continue };
            match &entry.body {
                Body::Decided(decided) => {
                    let (question, was) = (&decided.question, &decided.decision);
                    let is = again.unwrap_or(was.outcome);
                    let (agency, act) = (question.agency.clone(), question.act.clone());
                    *self.kinds.entry((agency.clone(), act.clone())).or_default() += 1;
                    self.of.insert(entry.id, (agency.clone(), act.clone()));
                    if is != was.outcome {
                        let (request, on, was) = (decided.request, was.on, was.outcome);
                        self.changed.insert(entry.id, Changed { request, agency, act, on, was, is });
                    }
                }
                Body::Erased(erasure) => {
                    self.changed.remove(&erasure.entry);
                    if let Some(kind) = self.of.remove(&erasure.entry)
                        && let Some(count) = self.kinds.get_mut(&kind)
                    {
                        *count -= 1;
                    }
                }
                _ => {}
            }
        }
    }
}

/// What a pack answers of the answers among these entries, in their order.
fn asked_again(pack: &Pack, stretch: &[Stored]) -> Vec<Option<Outcome>> {
    let again = |stored: &Stored| match &stored.entry()?.body {
        Body::Decided(decided) => {
            Some(law::decide(pack, &decided.question, &decided.facts, decided.decision.on).outcome)
        }
        _ => None,
    };
    stretch.iter().map(again).collect()
}

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
        let weighed = self.bills.of(pack);
        loop {
            let next = weighed.lock().unwrap_or_else(PoisonError::into_inner).next;
            let stretch = self.store.entries(next, STRETCH)?;
            if stretch.is_empty() {
                return Ok(true);
            }
            // Nobody else writes, and the law is asked before the lock is taken: whoever looks meanwhile waits for next to nothing.
            let again = asked_again(pack, &stretch);
            weighed.lock().unwrap_or_else(PoisonError::into_inner).take(&stretch, &again);
        }
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
pub async fn bill(State(desk): State<Arc<Desk>>, account: Account, Query(which): Query<Which>) -> Response {
    let agency = which.agency.as_deref().filter(|agency| !agency.is_empty()).map(AgencyId::new);
    let asked = agency.clone().unwrap_or_else(|| account.agency.clone());
    if let Err(refused) = desk.must(&account, Action::ReadFigure, &Resource::Agency(asked.clone())) {
        return *refused;
    }
    let mut agencies = filings::readable(&desk, &account);
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
    agencies: &std::collections::BTreeSet<AgencyId>,
    agency: Option<&AgencyId>,
    from: usize,
    all: u64,
) -> Markup {
    let say = |id: &str| desk.words.say(id, &[]);
    let kept = desk.bills.of(pack);
    let kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
    let mut changed: Vec<&Changed> = kept.changed.values().filter(|one| agencies.contains(&one.agency)).collect();
    changed.sort_by_key(|one| (std::cmp::Reverse(one.on), one.request, &one.act));
    let mut differ: BTreeMap<(&AgencyId, &ActId), u64> = BTreeMap::new();
    for one in &changed {
        *differ.entry((&one.agency, &one.act)).or_default() += 1;
    }
    let here = format!("/bill?pack={}", named(pack));
    let going = [("done", kept.next.to_string()), ("all", all.to_string())];
    let going = going.each_ref().map(|(name, value)| (*name, value.as_str()));
    html! {
        h2 { (title_of(desk, pack, false)) }
        p.banner role="note" { (say("replay-not-law")) }
        @if kept.next < all {
            p role="status" { (desk.words.say("bill-going", &going)) " " a href=(here) { (say("bill-look-again")) } }
        }
        div.scroll tabindex="0" role="region" aria-label=(say("bill-counts")) {
            table {
                caption { (say("bill-counts")) }
                thead { tr {
                    th scope="col" { (say("requests-agency")) } th scope="col" { (say("requests-what")) }
                    th.number scope="col" { (say("bill-answers")) } th.number scope="col" { (say("bill-changed")) }
                } }
                tbody {
                    @for ((whose, act), answers) in kept.kinds.iter().filter(|((whose, _), _)| agencies.contains(whose)) {
                        tr {
                            th scope="row" { a.target href=(format!("{here}&agency={whose}")) { (desk.agency_title(whose)) } }
                            td { (desk.act_title(act)) }
                            td.number { (answers) }
                            td.number { (differ.get(&(whose, act)).copied().unwrap_or_default()) }
                        }
                    }
                }
            }
        }
        @if changed.is_empty() { p { (say("bill-nothing")) } } @else {
            div.scroll tabindex="0" role="region" aria-label=(say("bill-each")) {
                table {
                    caption { (say("bill-each")) }
                    thead { tr {
                        th scope="col" { (say("bill-on")) } th scope="col" { (say("requests-agency")) } th scope="col" { (say("requests-what")) }
                        th scope="col" { (say("replay-recorded")) } th scope="col" { (say("replay-again")) } th scope="col" { (say("requests-id")) }
                    } }
                    tbody {
                        @for one in changed.iter().skip(from).take(PAGE) {
                            tr {
                                td.date { (one.on) }
                                td { (one.agency) }
                                td.wide { (desk.act_title(&one.act)) }
                                td { (listing::answer(desk, one.was)) }
                                td { (listing::answer(desk, one.is)) }
                                td { a href=(format!("/requests/{}", one.request)) { (short(one.request)) } }
                            }
                        }
                    }
                }
            }
            @if changed.len() > from.saturating_add(PAGE) {
                @let more = format!("{here}&from={}", from + PAGE);
                @let more = agency.map_or_else(|| more.clone(), |agency| format!("{more}&agency={agency}"));
                p { a href=(more) { (say("bill-more")) } }
            }
        }
    }
}
