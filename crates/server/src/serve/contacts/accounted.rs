//! The contacts that nobody recorded, for the privacy officer of their agency, and the act by which some are accounted for: they belong to a
//! recorded request, or were none.
//!
//! A list to work through and no part of the record (`store::unrecorded`, ADR 39). What is accounted for is an entry, by name and with the
//! reason, and leaves the list at once; the numbers above it follow with the next comparison of its day. Only a contact of the officer's own
//! list can be accounted for here.

use std::sync::Arc;

use anyhow::Result;
use axum::{
    Form,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use jiff::ToSpan as _;
use law::AgencyId;
use maud::{Markup, html};
use record::{Body, ContactId, Dismissal, Private, RequestId};

use super::shown;
use crate::{
    access::{Action, Resource},
    commands::visible,
    reconcile,
    serve::{
        Desk,
        forms::{Fault, Fields, LINE_MAX_CHARS, TEXT_MAX_CHARS},
        session::Account,
    },
    store::unrecorded::Unrecorded,
};

/// The most contacts that the page lists, and that one form accounts for.
const LISTED: usize = 100;

/// The list with its form; none for whoever accounts for no contact.
///
/// # Errors
/// The list cannot be read.
pub(super) async fn section(desk: &Arc<Desk>, account: &Account, typed: Option<&Fields>) -> Result<Option<Markup>> {
    if !desk.would(account, Action::DismissContact, &Resource::Agency(account.agency.clone())) {
        return Ok(None);
    }
    let agency = account.agency.clone();
    let (listed, count) = desk.blocking(move |desk| read_list(desk, &agency)).await?;
    // What the comparisons counted and no list has: accounted for since, or compared before there were lists.
    let standing = desk.owed.standing(&account.agency).map_or(0, |standing| standing.unrecorded);
    let elsewhere = standing.saturating_sub(count);
    let say = |id: &str| desk.words.say(id, &[]);
    Ok(Some(html! {
        h2 id="account" { (say("contacts-account-title")) }
        p { (desk.words.say("contacts-account-count", &[("count", &count.to_string())])) }
        @if elsewhere > 0 { p { (desk.words.say("contacts-account-elsewhere", &[("count", &elsewhere.to_string())])) } }
        @if count > 0 {
            @if count > LISTED as u64 { p { (desk.words.say("contacts-account-cut", &[("listed", &LISTED.to_string())])) } }
            p { (say("contacts-account-why")) " " a.target href="/gate" { (say("contacts-account-record")) } }
            (form(desk, &listed, typed))
        }
    }))
}

fn form(desk: &Desk, listed: &[Unrecorded], typed: Option<&Fields>) -> Markup {
    let say = |id: &str| desk.words.say(id, &[]);
    let typed_in = |name: &str| typed.and_then(|typed| typed.one(name)).unwrap_or_default();
    html! {
        form method="post" action="/contacts" {
            fieldset {
                legend { (say("contacts-account-which")) }
                @for one in listed {
                    @let ticked = typed.is_some_and(|typed| typed.has("contact", &one.id.to_string()));
                    (row(desk, one, ticked))
                }
            }
            label for="request" { (say("contacts-account-request")) }
            p.quiet id="request-why" { (say("contacts-account-request-why")) }
            input id="request" name="request" maxlength=(LINE_MAX_CHARS) aria-describedby="request-why" autocomplete="off" autocapitalize="off" spellcheck="false" value=(typed_in("request"));
            label for="reason" { (say("contacts-account-reason")) }
            p.quiet id="reason-why" { (say("contacts-account-reason-why")) }
            input id="reason" name="reason" required maxlength=(TEXT_MAX_CHARS) aria-describedby="reason-why" autocomplete="off" value=(typed_in("reason"));
            p { button.main type="submit" { (say("contacts-account-button")) } }
        }
    }
}

fn row(desk: &Desk, one: &Unrecorded, ticked: bool) -> Markup {
    let id = one.id.to_string();
    let more = format!("{id}-more");
    html! {
        div.contact {
            label.check {
                input type="checkbox" name="contact" value=(id) checked[ticked] aria-describedby=(more);
                span { bdi { (one.day) } ": " (sentence(desk, one)) }
            }
            div #(more) {
                @if one.near > 0 {
                    p.quiet {
                        (desk.words.say("contacts-account-near", &[("count", &one.near.to_string())])) " "
                        a href=(around(one)) { (desk.words.say("contacts-account-look", &[("day", &one.day.to_string())])) }
                    }
                }
                p.quiet { bdi { (visible(&one.place)) } " · " bdi { (id) } }
            }
        }
    }
}

/// Who wrote to whom. A name in an address is anybody's text: what cannot be seen of it is made visible, and it keeps its own direction.
fn sentence(desk: &Desk, one: &Unrecorded) -> String {
    let apart = |names: &[String]| {
        names.iter().map(|name| format!("\u{2068}{}\u{2069}", visible(name))).collect::<Vec<_>>().join(", ")
    };
    let titles = one.authorities.join(", ");
    let theirs = if one.addresses.is_empty() { titles } else { format!("{titles} ({})", apart(&one.addresses)) };
    let staff = if one.staff.is_empty() { desk.words.say("reconcile-somebody", &[]) } else { apart(&one.staff) };
    let more = if one.more { desk.words.say("reconcile-more", &[]) } else { String::new() };
    desk.words.say(&format!("reconcile-way-{}", one.way.word()), &[("staff", &staff), ("theirs", &theirs)]) + &more
}

/// The list of requests of a contact's window.
fn around(one: &Unrecorded) -> String {
    let window = i64::from(one.window_days).days();
    let (from, through) = (one.day.saturating_sub(window), one.day.saturating_add(window));
    format!("/requests?agency={}&from={from}&through={through}", one.agency)
}

/// The first of an agency's list, and how many there are. What somebody accounted for while a comparison ran is taken out.
fn read_list(desk: &Desk, agency: &AgencyId) -> Result<(Vec<Unrecorded>, u64)> {
    let (mut listed, mut told) = (Vec::new(), Vec::new());
    for one in desk.unrecorded.unrecorded(agency, LISTED)? {
        if reconcile::dismissal(&*desk.store, one.id)?.is_some() {
            told.push(one.id);
        } else {
            listed.push(one);
        }
    }
    if !told.is_empty() {
        desk.unrecorded.settle_unrecorded(&told)?;
    }
    Ok((listed, desk.unrecorded.count_unrecorded(agency)?))
}

/// What the form says.
struct Typed {
    contacts: Vec<ContactId>,
    request: Option<RequestId>,
    reason: String,
}

fn read(typed: &Fields) -> Result<Typed, Fault> {
    let mut contacts = Vec::new();
    for input in typed.all("contact") {
        let wrong = |_| Fault::new("contacts-account-no-id").with("input", input);
        contacts.push(input.parse::<ContactId>().map_err(wrong)?);
    }
    if contacts.is_empty() {
        return Err(Fault::new("contacts-account-none-ticked"));
    }
    if contacts.len() > LISTED {
        return Err(Fault::new("contacts-account-many").with("most", LISTED.to_string()));
    }
    let request = match typed.text("request", "contacts-account-request", LINE_MAX_CHARS)? {
        Some(input) => {
            let wrong = |_| Fault::new("contacts-account-no-request").with("input", input.as_str());
            Some(input.parse::<RequestId>().map_err(wrong)?)
        }
        None => None,
    };
    let reason = typed.text("reason", "contacts-account-reason", TEXT_MAX_CHARS)?;
    let reason = reason.ok_or_else(|| Fault::new("contacts-account-no-reason"))?;
    Ok(Typed { contacts, request, reason })
}

/// `POST /contacts`: contacts are accounted for by whoever is signed in. Each is keyed as the command's, so that of two at once one adds
/// nothing, and a form that broke off is sent again.
pub async fn account_for(
    State(desk): State<Arc<Desk>>,
    account: Account,
    Form(fields): Form<Vec<(String, String)>>,
) -> Response {
    if let Err(refused) = desk.must(&account, Action::DismissContact, &Resource::Agency(account.agency.clone())) {
        return *refused;
    }
    let typed = Fields(fields);
    let kept = match read(&typed) {
        Ok(said) => {
            let by = account.clone();
            desk.blocking(move |desk| keep(desk, &by, &said)).await
        }
        Err(fault) => Ok(Err(fault)),
    };
    desk.log.nudge();
    match kept {
        Ok(Ok(already)) => {
            let told = if already { "before" } else { "accounted" };
            Redirect::to(&format!("/contacts?told={told}")).into_response()
        }
        Ok(Err(fault)) => shown(&desk, &account, StatusCode::UNPROCESSABLE_ENTITY, None, Some((&fault, &typed))).await,
        Err(error) => desk.failed(Some(&account), &error),
    }
}

/// Keeps what was said of each, and takes them out of the list; whether all had been accounted for before.
fn keep(desk: &Desk, account: &Account, said: &Typed) -> Result<Result<bool, Fault>> {
    let mut listed = Vec::new();
    for id in &said.contacts {
        match desk.unrecorded.find_unrecorded(id)? {
            Some(one) if one.agency == account.agency => listed.push(one),
            // Somebody was faster; or it is in no list of this agency's.
            None if reconcile::dismissal(&*desk.store, *id)?.is_some() => {}
            _ => return Ok(Err(Fault::new("contacts-account-not-listed").with("input", id.to_string()))),
        }
    }
    if let Some(id) = &said.request {
        let fault = |name| Ok(Err(Fault::new(name).with("input", id.to_string())));
        match reconcile::requested(&*desk.store, id)? {
            Some(request) if request.receiver.agency == account.agency => {
                if listed.iter().any(|one| !reconcile::is_of(one, &request)) {
                    return fault("contacts-account-other-authority");
                }
            }
            _ => return fault("contacts-account-unknown-request"),
        }
    }
    let mut all_before = true;
    for one in &listed {
        let dismissal = Dismissal {
            contact: one.id,
            request: said.request,
            reason: Private::from(said.reason.as_str()),
            dismissed_by: Private::from(account.name.as_str()),
        };
        let drafts = desk.drafts(account, vec![Body::Dismissed(Box::new(dismissal))])?;
        let entry = &drafts.first().ok_or_else(|| anyhow::anyhow!("there is nothing to record"))?.entry;
        let (_, already) = reconcile::dismiss(&*desk.store, one.id, entry)?;
        all_before &= already;
    }
    desk.unrecorded.settle_unrecorded(&said.contacts)?;
    Ok(Ok(all_before))
}
