//! `/disclosures`: what was proposed, what waits for whoever looks, what became of the rest.
//!
//! An agency's people see their own agency's, at one site that site's; the Law Department and oversight every agency's. As in the
//! list of requests, nobody whom one is about.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use axum::{
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use law::{ActId, AgencyId, vocabulary::Agency};
use maud::{Markup, html};
use record::{Body, Entry, EntryId, OutsideRequest, RequestId, Source, disclosure};

use super::{line, proposals, rule, standing_word, what};
use crate::{
    access::{Action, Resource},
    serve::{
        Desk,
        page::{page, scrolled},
        requests::{self, short},
        session::Account,
        unasked,
    },
};

/// The most that the page lists; the counts above are of all.
const LISTED: usize = 500;

/// Every state, in the order in which they are counted.
const STATES: [&str; 7] =
    ["waits-for-counsel", "waits-for-officer", "approved", "done", "refused", "withdrawn", "void"];

/// Which: of which agency, and in which state.
#[derive(Default, serde::Deserialize)]
pub struct Which {
    agency: Option<String>,
    state: Option<String>,
    told: Option<String>,
}

/// A proposal as the list shows it.
struct Row {
    seq: usize,
    request: RequestId,
    agency: AgencyId,
    line: String,
    state: &'static str,
    /// Whether it waits for whoever looks.
    mine: bool,
}

/// `GET /disclosures`: the newest first.
pub async fn list(State(desk): State<Arc<Desk>>, account: Account, Query(query): Query<Which>) -> Response {
    let told = unasked::told(query.told.as_deref());
    listed(&desk, &account, StatusCode::OK, query, &unasked::Shown { told, ..unasked::Shown::default() }).await
}

/// The same, with what is said of the form for one about no request.
pub async fn listed(
    desk: &Arc<Desk>,
    account: &Account,
    status: StatusCode,
    query: Which,
    shown: &unasked::Shown<'_>,
) -> Response {
    let own = Resource::Agency(account.agency.clone());
    let agency = query.agency.filter(|agency| !agency.is_empty()).map(|agency| AgencyId::new(&agency));
    let asked = agency.clone().map_or(own, Resource::Agency);
    if let Err(refused) = desk.must(account, Action::ListRequests, &asked) {
        return *refused;
    }
    let state = query.state.and_then(|state| STATES.into_iter().find(|known| *known == state));
    let agencies: Vec<&Agency> = desk
        .city_agencies()
        .filter(|one| desk.would(account, Action::ListRequests, &Resource::Agency(one.id.clone())))
        .collect();
    let wanted: BTreeSet<AgencyId> = match &agency {
        Some(agency) => BTreeSet::from([agency.clone()]),
        None => agencies.iter().map(|agency| agency.id.clone()).collect(),
    };
    let found = {
        let account = account.clone();
        desk.blocking(move |desk| {
            Ok(desk.counted.with(&*desk.store, |entries| {
                (rows(desk, &account, entries, &wanted), unasked::disclosed(desk, &account, entries, &wanted))
            })?)
        })
        .await
    };
    let (rows, told) = match found {
        Ok(found) => found,
        Err(error) => return desk.failed(Some(account), &error),
    };
    let say = |id: &str| desk.words.say(id, &[]);
    let title = say("disclosures-title");
    let mine: Vec<&Row> = rows.iter().filter(|row| row.mine).collect();
    let listed: Vec<&Row> = rows.iter().filter(|row| state.is_none_or(|state| row.state == state)).collect();
    let several = agencies.len() > 1;
    let offer = desk.pack.vocabulary().acts.get(&ActId::new("volunteer_information"));
    let body = html! {
        h1 { (title) }
        (shown.said(desk))
        p { (say("disclosures-why")) }
        @if let Some(act) = offer && desk.would(account, Action::Ask, &Resource::Agency(account.agency.clone())) {
            p.quiet { (desk.words.say("disclosures-alone", &[("act", &act.question)])) }
        }
        (unasked::form(desk, account, unasked::Kind::Told, shown))
        h2 { (say("disclosures-mine")) }
        @if mine.is_empty() { p { (say("disclosures-mine-none")) } } @else { (table(desk, &mine, "disclosures-mine", several)) }
        h2 { (say("disclosures-count")) }
        (scrolled(&say("disclosures-count"), &html! {
            table {
                caption.unseen { (say("disclosures-count")) }
                tbody {
                    @for state in STATES {
                        tr {
                            th scope="row" { (say(&format!("standing-{state}"))) }
                            td.number { (rows.iter().filter(|row| row.state == state).count()) }
                        }
                    }
                }
            }
        }))
        h2 { (say("disclosures-each")) }
        (filter(desk, &agencies, agency.as_ref(), state))
        @if listed.is_empty() { p { (say("disclosures-none")) } } @else {
            @if listed.len() > LISTED { p { (desk.words.say("disclosures-cut", &[("listed", &LISTED.to_string())])) } }
            (table(desk, &listed, "disclosures-each", several))
        }
        (unasked::disclosed_part(desk, &told, LISTED))
    };
    (status, page(desk, Some(account), &title, &body)).into_response()
}

fn filter(desk: &Desk, agencies: &[&Agency], agency: Option<&AgencyId>, state: Option<&str>) -> Markup {
    let say = |id: &str| desk.words.say(id, &[]);
    html! {
        form method="get" action="/disclosures" {
            label for="state" { (say("disclosures-state")) }
            select id="state" name="state" {
                option value="" { (say("disclosures-state-all")) }
                @for one in STATES { option value=(one) selected[state == Some(one)] { (say(&format!("standing-{one}"))) } }
            }
            @if agencies.len() > 1 {
                label for="agency" { (say("disclosures-agency")) }
                select id="agency" name="agency" {
                    option value="" { (say("disclosures-every-agency")) }
                    @for one in agencies { option value=(one.id) selected[agency == Some(&one.id)] { (one.title) } }
                }
            }
            p { button type="submit" { (say("requests-show")) } }
        }
    }
}

fn table(desk: &Desk, rows: &[&Row], caption: &str, several: bool) -> Markup {
    let say = |id: &str| desk.words.say(id, &[]);
    html! {
        (scrolled(&say(caption), &html! {
            table {
                caption.unseen { (say(caption)) }
                thead { tr {
                    th scope="col" { (say("requests-id")) }
                    th scope="col" { (say("disclosures-what")) }
                    th scope="col" { (say("disclosures-stands")) }
                    @if several { th scope="col" { (say("disclosures-agency")) } }
                } }
                tbody {
                    @for row in rows.iter().take(LISTED) {
                        tr {
                            th scope="row" { a href=(format!("/requests/{}#disclosures", row.request)) { (short(row.request)) } }
                            td { (row.line) }
                            td { (say(&format!("standing-{}", row.state))) }
                            @if several { td { (row.agency) } }
                        }
                    }
                }
            }
        }))
    }
}

/// The proposals of these agencies that the account may see, the newest first.
fn rows(desk: &Desk, account: &Account, entries: &[Entry], agencies: &BTreeSet<AgencyId>) -> Vec<Row> {
    let counts = |source: &Source| match source {
        Source::Desk | Source::Api => true,
        Source::Demo => desk.invented,
        Source::Report | Source::Import(_) => false,
    };
    let proposed: BTreeSet<RequestId> = entries
        .iter()
        .filter_map(|entry| match &entry.body {
            Body::Proposed(proposal) if counts(&entry.source) && agencies.contains(&proposal.agency) => {
                Some(proposal.request)
            }
            _ => None,
        })
        .collect();
    let mut matters: BTreeMap<RequestId, Vec<&Entry>> = BTreeMap::new();
    let mut seq: BTreeMap<EntryId, usize> = BTreeMap::new();
    for (at, entry) in entries.iter().enumerate() {
        if let Some(request) = entry.body.request().filter(|request| proposed.contains(request)) {
            matters.entry(request).or_default().push(entry);
            seq.insert(entry.id, at);
        }
    }
    let mut rows = Vec::new();
    for of_request in matters.values() {
        let last = of_request.iter().rev().find_map(|entry| match &entry.body {
            Body::Requested(request) => Some(&**request),
            _ => None,
        });
        let Some(request) = last.filter(|request| may_see(desk, account, request)) else { continue };
        for (entry, proposal) in proposals(of_request) {
            let Some(standing) = disclosure::standing(of_request, entry.id) else { continue };
            let it = what(request, of_request, proposal.maker.reveal());
            let mine = [Action::Approve, Action::Agree]
                .into_iter()
                .any(|action| rule::waits_for(action, standing) && desk.would(account, action, &it));
            rows.push(Row {
                seq: seq.get(&entry.id).copied().unwrap_or_default(),
                request: proposal.request,
                agency: proposal.agency.clone(),
                line: line(desk, entry, proposal),
                state: standing_word(of_request, standing),
                mine,
            });
        }
    }
    rows.sort_by_key(|row| std::cmp::Reverse(row.seq));
    rows
}

fn may_see(desk: &Desk, account: &Account, request: &OutsideRequest) -> bool {
    desk.would(account, Action::ReadRequest, &requests::what(request))
}
