//! `/contacts`: how far an agency's own logs were compared with the record, how many contacts nobody recorded, and the act by which a
//! privacy officer dismisses one.
//!
//! Two investigations of 2025 found that the city had no way to notice a contact that nobody recorded (nyc.md 5.2). `vouchsafe reconcile`
//! notices, and keeps in numbers that it did (ADR 37); here a city that has stopped looking is seen within a day. **No law asks for it**:
//! it is this product's own practice and no duty (`record::duty`). Not here: which contacts, which nobody keeps (ADR 21).

use std::{collections::BTreeSet, sync::Arc};

use axum::{
    Form,
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use jiff::civil::Date;
use law::AgencyId;
use maud::{Markup, html};
use record::{
    Body, Comparison, ContactId, Dismissal, Entry, Private,
    comparison::{Standing, Stretch},
};

use super::{
    Desk, filings,
    forms::{Fault, Fields, LINE_MAX_CHARS, TEXT_MAX_CHARS},
    page::{page, scrolled},
    session::Account,
};
use crate::{
    access::{Action, Resource},
    reconcile,
};

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
        Some("dismissed") => Some("contacts-told-dismissed"),
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
        @if desk.would(account, Action::DismissContact, &Resource::Agency(account.agency.clone())) {
            (form(desk, fault.map(|(_, typed)| typed)))
        }
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

/// The form that dismisses one contact.
fn form(desk: &Desk, typed: Option<&Fields>) -> Markup {
    let say = |id: &str| desk.words.say(id, &[]);
    let typed = |name: &str| typed.and_then(|typed| typed.one(name)).unwrap_or_default();
    html! {
        h2 { (say("contacts-dismiss-title")) }
        p { (say("contacts-dismiss-why")) }
        form method="post" action="/contacts" {
            label for="contact" { (say("contacts-dismiss-id")) }
            input id="contact" name="contact" required maxlength=(LINE_MAX_CHARS) autocomplete="off" autocapitalize="off" spellcheck="false" value=(typed("contact"));
            label for="reason" { (say("contacts-dismiss-reason")) }
            input id="reason" name="reason" required maxlength=(TEXT_MAX_CHARS) autocomplete="off" value=(typed("reason"));
            p { button.main type="submit" { (say("contacts-dismiss-button")) } }
        }
    }
}

/// `POST /contacts`: a contact is dismissed by whoever is signed in. Keyed as the command's, so that of two at once one adds nothing.
pub async fn dismiss(
    State(desk): State<Arc<Desk>>,
    account: Account,
    Form(fields): Form<Vec<(String, String)>>,
) -> Response {
    if let Err(refused) = desk.must(&account, Action::DismissContact, &Resource::Agency(account.agency.clone())) {
        return *refused;
    }
    let typed = Fields(fields);
    let read = || -> Result<Dismissal, Fault> {
        let input = typed.text("contact", "contacts-dismiss-id", LINE_MAX_CHARS)?.unwrap_or_default();
        let wrong = |_| Fault::new("contacts-dismiss-no-id").with("input", input.as_str());
        let contact = input.parse::<ContactId>().map_err(wrong)?;
        let reason = typed.text("reason", "contacts-dismiss-reason", TEXT_MAX_CHARS)?;
        let reason = reason.ok_or_else(|| Fault::new("contacts-dismiss-no-reason"))?;
        let dismissed_by = Private::from(account.name.as_str());
        Ok(Dismissal { contact, reason: Private::from(reason), dismissed_by })
    };
    let dismissal = match read() {
        Ok(dismissal) => dismissal,
        Err(fault) => {
            return shown(&desk, &account, StatusCode::UNPROCESSABLE_ENTITY, None, Some((&fault, &typed))).await;
        }
    };
    let by = account.clone();
    let kept = desk
        .blocking(move |desk| {
            let contact = dismissal.contact;
            let drafts = desk.drafts(&by, vec![Body::Dismissed(Box::new(dismissal))])?;
            let entry = &drafts.first().ok_or_else(|| anyhow::anyhow!("there is nothing to record"))?.entry;
            Ok(reconcile::dismiss(&*desk.store, contact, entry)?)
        })
        .await;
    desk.log.nudge();
    match kept {
        Ok((_, already)) => {
            let told = if already { "before" } else { "dismissed" };
            Redirect::to(&format!("/contacts?told={told}")).into_response()
        }
        Err(error) => desk.failed(Some(&account), &error),
    }
}
