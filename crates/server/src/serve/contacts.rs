//! `/contacts`: how far an agency's own logs were compared with the record, and how many contacts nobody recorded; for its privacy officer
//! also which ([`accounted`]).
//!
//! Two investigations of 2025 found that the city had no way to notice a contact that nobody recorded (nyc.md 5.2). `vouchsafe reconcile`
//! notices, and keeps in numbers that it did (ADR 37); here a city that has stopped looking is seen within a day. **No law asks for it**:
//! it is this product's own practice and no duty (`record::duty`).

mod accounted;

use std::{collections::BTreeSet, sync::Arc};

use axum::{
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use jiff::civil::Date;
use law::AgencyId;
use maud::{Markup, html};
use record::{
    Body, Comparison, Entry,
    comparison::{Standing, Stretch},
};

pub use self::accounted::account_for;
use super::{
    Desk, filings,
    forms::{Fault, Fields},
    page::{page, scrolled},
    session::Account,
};
use crate::access::{Action, Resource};

/// The most comparisons that the page lists.
const LISTED: usize = 60;

/// What a form before told.
#[derive(Default, serde::Deserialize)]
pub struct Which {
    told: Option<String>,
}

/// `GET /contacts`: of the agencies behind whose figures the account may look, what is to be done first.
pub async fn list(State(desk): State<Arc<Desk>>, account: Account, Query(which): Query<Which>) -> Response {
    if let Err(refused) = desk.must(&account, Action::ReadFigure, &Resource::Agency(account.agency.clone())) {
        return *refused;
    }
    let told = match which.told.as_deref() {
        Some("accounted") => Some("contacts-told-accounted"),
        Some("before") => Some("contacts-told-before"),
        _ => None,
    };
    shown(&desk, &account, StatusCode::OK, told, None).await
}

async fn shown(
    desk: &Arc<Desk>,
    account: &Account,
    status: StatusCode,
    told: Option<&str>,
    fault: Option<(&Fault, &Fields)>,
) -> Response {
    if let Err(failed) = desk.all_duties(account).await {
        return *failed;
    }
    let to_account_for = match accounted::section(desk, account, fault.map(|(_, typed)| typed)).await {
        Ok(section) => section,
        Err(error) => return desk.failed(Some(account), &error),
    };
    let agencies = filings::readable(desk, account);
    let today = desk.now().date();
    let mut compared: Vec<(&AgencyId, Standing)> =
        agencies.iter().filter_map(|agency| Some((agency, desk.owed.standing(agency)?))).collect();
    compared.sort_by_key(|(_, standing)| !standing.has_something_to_do(today));
    let never: Vec<&AgencyId> = agencies.iter().filter(|agency| desk.owed.standing(agency).is_none()).collect();
    let say = |id: &str| desk.words.say(id, &[]);
    let title = say("contacts-title");
    let body = html! {
        p { a href="/duties" { (say("duties-back")) } }
        h1 { (title) }
        @if let Some((fault, _)) = fault { p.error role="alert" { (fault.say(&desk.words)) } }
        @if let Some(told) = told { p.banner role="alert" { (say(told)) } }
        p { (say("contacts-why")) }
        p.quiet { (say("duty-practice")) }
        ul.duties {
            @for (agency, standing) in &compared {
                li { (state(desk, standing.has_something_to_do(today))) " " strong { (desk.agency_title(agency)) } (stands(desk, standing, today)) }
            }
            @if let [agency] = never.as_slice() {
                li { (state(desk, true)) " " strong { (desk.agency_title(agency)) } p { (say("contacts-never")) } }
            } @else if !never.is_empty() {
                li { (state(desk, true)) p { (desk.words.say("contacts-never-agencies", &[("agencies", &titles(desk, &never))])) } p { (say("contacts-never")) } }
            }
        }
        @if let Some(section) = to_account_for { (section) }
        h2 { (say("contacts-what-now-title")) }
        ul {
            @for id in ["contacts-what-now-explain", "contacts-what-now-again", "contacts-what-now-rule"] { li { (say(id)) } }
        }
        h2 { (say("contacts-newest")) }
        (newest(desk, &agencies))
    };
    (status, page(desk, Some(account), &title, &body)).into_response()
}

/// The line on the page of duties: of one's own agency, or which agencies have something to do. Nothing for whoever may not look behind
/// figures.
pub fn line(desk: &Desk, account: &Account) -> Markup {
    let agencies = filings::readable(desk, account);
    let today = desk.now().date();
    let to_do = |agency: &AgencyId| desk.owed.standing(agency).is_none_or(|it| it.has_something_to_do(today));
    let behind: Vec<&AgencyId> = agencies.iter().filter(|agency| to_do(agency)).collect();
    let Some(first) = agencies.first() else { return html! {} };
    let across = agencies.len() > 1;
    html! {
        div.contacts-line {
            p {
                (state(desk, !behind.is_empty())) " "
                a.target href="/contacts" { (desk.words.say("contacts-link", &[])) }
            }
            @if !across {
                @if let Some(standing) = desk.owed.standing(first) { (stands(desk, &standing, today)) } @else { p { (desk.words.say("contacts-never", &[])) } }
            } @else if behind.is_empty() {
                p { (desk.words.say("contacts-line-kept", &[])) }
            } @else {
                p { (desk.words.say("contacts-line-to-do", &[("agencies", &titles(desk, &behind))])) }
            }
            p.quiet { (desk.words.say("duty-practice", &[])) }
        }
    }
}

/// Sets the gauges of operators: by agency, how many contacts are left and how many days ago the last compared day is; without end where
/// there is none, so that no alarm mistakes silence for a nought.
pub fn gauges(desk: &Desk) {
    let today = desk.now().date();
    for agency in desk.city_agencies() {
        let labels = [("agency", agency.id.to_string())];
        let standing = desk.owed.standing(&agency.id);
        let behind = standing.as_ref().map_or(f64::INFINITY, |it| it.days_behind(today) as f64);
        metrics::gauge!("vouchsafe_contacts_compared_days_behind", &labels).set(behind);
        if let Some(standing) = standing {
            metrics::gauge!("vouchsafe_contacts_unrecorded", &labels).set(standing.unrecorded as f64);
            metrics::gauge!("vouchsafe_contacts_unseen", &labels).set((standing.unseen + standing.nobodys) as f64);
            metrics::gauge!("vouchsafe_contacts_days_missing", &labels).set(standing.days_missing() as f64);
        }
    }
}

fn titles(desk: &Desk, agencies: &[&AgencyId]) -> String {
    agencies.iter().map(|agency| desk.agency_title(agency)).collect::<Vec<_>>().join(", ")
}

fn state(desk: &Desk, to_do: bool) -> Markup {
    let (class, word) = if to_do { ("overdue", "contacts-state-to-do") } else { ("done", "contacts-state-kept") };
    html! { strong.duty-state.(class) { (desk.words.say(word, &[])) } }
}

/// How it stands with an agency, in sentences.
fn stands(desk: &Desk, standing: &Standing, today: Date) -> Markup {
    let behind = standing.days_behind(today);
    let count = |id: &str, count: u64| desk.words.say(id, &[("count", &count.to_string())]);
    let (since, day, days) = (standing.since.to_string(), standing.through.to_string(), behind.to_string());
    html! {
        p {
            (desk.words.say("contacts-through", &[("since", &since), ("day", &day), ("days", &days)]))
            @if behind > 1 { " " (desk.words.say("contacts-behind", &[])) }
        }
        p { (count("contacts-left", standing.unrecorded)) }
        @if standing.nobodys > 0 { p { (count("contacts-nobodys", standing.nobodys)) } }
        @if standing.unseen > 0 { p { (count("contacts-unseen", standing.unseen)) } }
        @if !standing.missing.is_empty() {
            @let stretches = standing.missing.iter().map(|one| stretch(desk, *one)).collect::<Vec<_>>().join(", ");
            p { (desk.words.say("contacts-missing", &[("stretches", &stretches)])) }
        }
    }
}

fn stretch(desk: &Desk, days: Stretch) -> String {
    let (from, through) = (days.from().to_string(), days.through().to_string());
    if from == through { from } else { desk.words.say("contacts-stretch", &[("from", &from), ("through", &through)]) }
}

/// The newest comparisons of these agencies.
fn newest(desk: &Desk, agencies: &BTreeSet<AgencyId>) -> Markup {
    let said = |entry: &Entry| match &entry.body {
        Body::Compared(one) if agencies.contains(&one.agency) => Some((entry.at, (**one).clone())),
        _ => None,
    };
    let all: Vec<_> = desk.owed.compared(|all| all.iter().rev().filter_map(said).take(LISTED + 1).collect());
    let say = |id: &str| desk.words.say(id, &[]);
    let heads =
        ["agency", "days", "unrecorded", "of-nobody", "not-seen", "contacts", "recorded", "rostered", "dismissed"];
    let heads = heads.into_iter().chain(["made", "by", "files", "window"]);
    if all.is_empty() {
        return html! { p { (say("contacts-none")) } };
    }
    html! {
        @if all.len() > LISTED { p { (desk.words.say("contacts-cut", &[("listed", &LISTED.to_string())])) } }
        (scrolled(&say("contacts-newest"), &html! {
            table {
                thead { tr { @for head in heads { th scope="col" { (say(&format!("contacts-{head}"))) } } } }
                tbody {
                    @for (at, one) in all.iter().take(LISTED) {
                        tr {
                            th scope="row" { (one.agency) }
                            td { (stretch(desk, one.days)) }
                            @for count in numbers(one) { td { (count) } }
                            td { (at.to_zoned(desk.zone.clone()).date()) }
                            td { (one.said_by.reveal()) }
                            td { (files(desk, one)) }
                            td { (one.window_days) }
                        }
                    }
                }
            }
        }))
    }
}

/// In the order of the table's heads: what is to be done first.
fn numbers(one: &Comparison) -> [u64; 7] {
    [one.unrecorded, one.nobodys, one.unseen(), one.contacts(), one.recorded, one.rostered, one.dismissed]
}

fn files(desk: &Desk, one: &Comparison) -> String {
    let system = one.files.system;
    let (mail, system) = ((one.files.all() - system).to_string(), system.to_string());
    desk.words.say("contacts-files-of", &[("mail", &mail), ("system", &system)])
}
