//! Lists that a duty or a practice asks for, made from the record: parents told (§ 21-977(e)) and entry refused (§ 4-210).
//!
//! Whoever may look behind an agency's figures sees its lists; the Law Department and oversight see every agency's. A list shows who
//! asked and who decided, and nobody whom a request is about.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use law::AgencyId;
use maud::{Markup, html};
use record::{
    Body, Deed, Entry, NoticeBar, OutsideRequest, RequestId, Source,
    notice::{self, Notice},
};

use super::{
    Desk, filings,
    page::{page, scrolled},
    requests::short,
    session::Account,
};
use crate::access::{Action, Resource};

/// The act that § 4-210(b) is about.
const ENTRY: &str = "give_access";

/// The most that a list shows.
const LISTED: usize = 500;

/// `GET /lists`: both, of the agencies behind whose figures the account may look.
pub async fn list(State(desk): State<Arc<Desk>>, account: Account) -> Response {
    if let Err(refused) = desk.must(&account, Action::ReadFigure, &Resource::Agency(account.agency.clone())) {
        return *refused;
    }
    let agencies = filings::readable(&desk, &account);
    let found = desk
        .blocking(move |desk| {
            Ok(desk.counted.with(&*desk.store, |entries| {
                let matters = matters(desk.invented, entries, &agencies);
                (notices(&matters), refusals(desk, &matters))
            })?)
        })
        .await;
    let (notices, refusals) = match found {
        Ok(found) => found,
        Err(error) => return desk.failed(Some(&account), &error),
    };
    let title = desk.words.say("lists-title", &[]);
    let schools = desk.would(&account, Action::ReadFigure, &Resource::Agency(AgencyId::new(notice::AGENCY)));
    let body = html! {
        h1 { (title) }
        @if schools { (shown_notices(&desk, &notices)) }
        (shown_refusals(&desk, &refusals))
    };
    page(&desk, Some(&account), &title, &body).into_response()
}

/// The entries of each request that these agencies were asked.
fn matters<'a>(
    invented: bool,
    entries: &'a [Entry],
    agencies: &BTreeSet<AgencyId>,
) -> BTreeMap<RequestId, (&'a OutsideRequest, Vec<&'a Entry>)> {
    let counts = |source: &Source| match source {
        Source::Desk | Source::Api => true,
        Source::Demo => invented,
        Source::Report | Source::Import(_) => false,
    };
    let mut found: BTreeMap<RequestId, (&OutsideRequest, Vec<&Entry>)> = BTreeMap::new();
    for entry in entries.iter().filter(|entry| counts(&entry.source)) {
        match &entry.body {
            Body::Requested(request) if agencies.contains(&request.receiver.agency) => {
                let (last, all) = found.entry(request.id).or_insert_with(|| (request, Vec::new()));
                *last = request;
                all.push(entry);
            }
            body => {
                if let Some((_, all)) = body.request().and_then(|request| found.get_mut(&request)) {
                    all.push(entry);
                }
            }
        }
    }
    found
}

type Matters<'a> = BTreeMap<RequestId, (&'a OutsideRequest, Vec<&'a Entry>)>;

/// A request that asks for a notice.
struct Told {
    day: String,
    request: RequestId,
    who: String,
    notice: Notice,
}

/// What is missing first, then the newest.
fn notices(matters: &Matters<'_>) -> Vec<Told> {
    let mut all: Vec<Told> = matters
        .iter()
        .filter_map(|(id, (request, entries))| {
            let notice = notice::notice(entries)?;
            let (day, who) = (request.received.day().to_string(), request.requester.agency.clone());
            Some(Told { day, request: *id, who, notice })
        })
        .collect();
    all.sort_by(|one, other| {
        let done = |told: &Told| !missing(told.notice);
        (done(one), &other.day, one.request).cmp(&(done(other), &one.day, other.request))
    });
    all
}

fn missing(notice: Notice) -> bool {
    matches!(notice, Notice::Missing | Notice::WithoutHelp(_))
}

fn shown_notices(desk: &Desk, all: &[Told]) -> Markup {
    let say = |id: &str| desk.words.say(id, &[]);
    html! {
        h2 id="notices" { (say("notices-title")) }
        p { (say("notices-why")) }
        @if all.is_empty() { p { (say("notices-none")) } } @else {
            p { (say("notices-missing-count")) " " strong { (all.iter().filter(|told| missing(told.notice)).count()) } }
            (scrolled(&say("notices-title"), &html! {
                table {
                    caption.unseen { (say("notices-title")) }
                    thead { tr {
                        th scope="col" { (say("requests-id")) }
                        th scope="col" { (say("requests-when")) }
                        th scope="col" { (say("requests-who")) }
                        th scope="col" { (say("notices-stands")) }
                    } }
                    tbody {
                        @for told in all.iter().take(LISTED) {
                            tr {
                                th scope="row" { a href=(format!("/requests/{}", told.request)) { (short(told.request)) } }
                                td.days { (told.day) }
                                td { (told.who) }
                                td { (notice_words(desk, told.notice)) }
                            }
                        }
                    }
                }
            }))
        }
    }
}

fn notice_words(desk: &Desk, notice: Notice) -> String {
    match notice {
        Notice::Missing => desk.words.say("notice-missing", &[]),
        Notice::WithoutHelp(_) => desk.words.say("notice-without-help", &[]),
        Notice::Given(_) => desk.words.say("notice-given", &[]),
        Notice::Barred(_, by) => {
            let word = match by {
                NoticeBar::Law => "law",
                NoticeBar::Order => "order",
                NoticeBar::Subpoena => "subpoena",
            };
            let by = desk.words.say(&format!("barred-by-{word}"), &[]);
            desk.words.say("notice-barred", &[("by", &by)])
        }
    }
}

/// A refusal of entry.
struct Refusal {
    day: String,
    request: RequestId,
    who: String,
    papers: Vec<String>,
    decided_by: String,
}

/// By agency and site, the newest first at each.
fn refusals(desk: &Desk, matters: &Matters<'_>) -> BTreeMap<(AgencyId, Option<String>), Vec<Refusal>> {
    let mut found: BTreeMap<_, Vec<Refusal>> = BTreeMap::new();
    for (id, (request, entries)) in matters {
        let wrong = record::corrected(entries.iter().copied());
        for entry in entries.iter().filter(|entry| !wrong.contains_key(&entry.id)) {
            let Body::Done(done) = &entry.body else { continue };
            if !matches!(&done.deed, Deed::Refused { acts } if acts.iter().any(|act| act.as_str() == ENTRY)) {
                continue;
            }
            let documents = &desk.pack.vocabulary().documents;
            let title = |document: &record::Document| {
                documents.get(&document.kind).map_or_else(|| document.kind.to_string(), |one| one.title.clone())
            };
            let unit = request.requester.unit.as_ref().map_or_else(String::new, |unit| format!(", {unit}"));
            found.entry((request.receiver.agency.clone(), request.receiver.site.clone())).or_default().push(Refusal {
                day: done.when.day().to_string(),
                request: *id,
                who: format!("{}{unit}", request.requester.agency),
                papers: request.documents.iter().map(title).collect(),
                decided_by: done.decided_by.reveal().to_owned(),
            });
        }
    }
    for refusals in found.values_mut() {
        refusals.sort_by(|one, other| (&other.day, one.request).cmp(&(&one.day, other.request)));
    }
    found
}

fn shown_refusals(desk: &Desk, all: &BTreeMap<(AgencyId, Option<String>), Vec<Refusal>>) -> Markup {
    let say = |id: &str| desk.words.say(id, &[]);
    html! {
        h2 id="refusals" { (say("refusals-title")) }
        p { (say("refusals-why")) }
        @if all.is_empty() { p { (say("refusals-none")) } }
        @for ((agency, site), refusals) in all {
            @let name = site.as_ref().map_or_else(|| say("refusals-no-site"), |site| desk.words.say("refusals-site", &[("site", site)]));
            @let title = format!("{} · {name}", desk.agency_title(agency));
            (scrolled(&title, &html! {
                table {
                    caption { (title) " (" (refusals.len()) ")" }
                    thead { tr {
                        th scope="col" { (say("requests-id")) }
                        th scope="col" { (say("refusals-day")) }
                        th scope="col" { (say("requests-who")) }
                        th scope="col" { (say("refusals-paper")) }
                        th scope="col" { (say("refusals-decided")) }
                    } }
                    tbody {
                        @for refusal in refusals.iter().take(LISTED) {
                            tr {
                                th scope="row" { a href=(format!("/requests/{}", refusal.request)) { (short(refusal.request)) } }
                                td.days { (refusal.day) }
                                td { (refusal.who) }
                                td { @if refusal.papers.is_empty() { (say("refusals-no-paper")) } @else { (refusal.papers.join("; ")) } }
                                td { (refusal.decided_by) }
                            }
                        }
                    }
                }
            }))
        }
    }
}
