//! What was done with no request in the record: the forms that tell it, the page of one such deed, the look after a hand-over, and the
//! word that a line was a mistake.
//!
//! City investigations found hand-overs and alerts of which no request was on paper (nyc.md 5), so they can be told as they were: a deed
//! about no request, which is a possible violation by itself ([`record::finding`]). It is of the account's agency, and of the site that a
//! hand-over names; another agency's is not found. Opening one is an entry, as opening a request is. Not here: requests, which the gate
//! records, and the lists ([`super::hand_overs`], [`super::disclosures::list`]), which name nobody.

use std::{collections::BTreeSet, sync::Arc};

use axum::{
    Form,
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
};
use jiff::civil::Date;
use law::{AgencyId, vocabulary::RequesterKind as Who};
use maud::{Markup, html};
use record::{
    Body, Deed, Done, Entry, EntryId, HandOver, Private, Reading,
    finding::{Limits, findings},
};

use super::{
    Desk, Kept, deeds, disclosures, findings as shown_findings,
    forms::{self, Fault, Fields, LINE_MAX_CHARS, Nonce},
    hand_overs, intake,
    page::{page, refusal},
    requests,
    session::Account,
};
use crate::{
    access::{Action, Resource},
    store::Stored,
};

/// The pack's word for it that nobody outside the city asks: to them nobody is handed over and nothing told.
const NOBODY: &str = "none";

/// What a form tells.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A person was handed over.
    HandOver,
    /// Information was given.
    Told,
}

impl Kind {
    /// The page that has the form, and takes it.
    fn page(self) -> &'static str {
        match self {
            Self::HandOver => "/hand-overs",
            Self::Told => "/disclosures",
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::HandOver => "unasked-hand-over",
            Self::Told => "unasked-disclosure",
        }
    }
}

/// What a page with such a form says beside itself.
#[derive(Default)]
pub struct Shown<'a> {
    /// Why the last form was not taken.
    pub fault: Option<&'a str>,
    /// What came of the last form, as the id of a sentence.
    pub told: Option<&'static str>,
    /// The form as it was sent, if it was refused.
    pub typed: Option<&'a Fields>,
}

impl Shown<'_> {
    /// The lines above the page.
    pub fn said(&self, desk: &Desk) -> Markup {
        html! {
            @if let Some(fault) = self.fault { p.error role="alert" { (fault) } }
            @if let Some(told) = self.told { p.banner role="alert" { (desk.words.say(told, &[])) } }
        }
    }
}

/// The sentence for what came of the form that led here.
pub fn told(word: Option<&str>) -> Option<&'static str> {
    match word {
        Some("unasked") => Some("unasked-told"),
        Some("before") => Some("told-before"),
        Some("kept") => Some("told-kept"),
        _ => None,
    }
}

/// The page of a deed about no request.
pub fn path(entry: EntryId) -> String {
    format!("/deeds/{entry}")
}

/// What somebody does at their own desk, as the access policies know it.
fn here(account: &Account) -> Resource {
    Resource::Request { agency: account.agency.clone(), site: account.site.clone() }
}

/// A deed about no request, as the access policies know it.
fn what(done: &Done) -> Resource {
    let site = match &done.deed {
        Deed::Transferred { hand_over, .. } => hand_over.as_ref().and_then(|papers| papers.site.clone()),
        _ => None,
    };
    Resource::Request { agency: done.agency.clone(), site }
}

/// The form, for whoever may state a deed; folded until it is wanted.
pub fn form(desk: &Desk, account: &Account, kind: Kind, shown: &Shown<'_>) -> Markup {
    if !desk.would(account, Action::StateDeed, &here(account)) {
        return html! {};
    }
    let say = |id: &str| desk.words.say(id, &[]);
    let none = Fields::default();
    let given = shown.typed.unwrap_or(&none);
    html! {
        details id="unasked" open[shown.typed.is_some()] {
            summary { (say(kind.title())) }
            p { (say("unasked-request-first")) " " a.target href="/gate" { (say("unasked-to-the-gate")) } }
            form method="post" action=(kind.page()) {
                (Nonce::field(desk))
                label for="to" { (say("unasked-to")) }
                select id="to" name="to" required {
                    option value="" { (say("record-choose")) }
                    @for one in guide::order::requesters(desk.pack.vocabulary()).into_iter().filter(|one| one.id.as_str() != NOBODY) {
                        option value=(one.id) selected[given.has("to", one.id.as_str())] {
                            @if one.kind == Who::Unknown { (say("record-requester-unknown")) } @else { (one.title) }
                        }
                    }
                }
                @if kind == Kind::Told { (deeds::information(desk, given)) }
                (forms::day_and_time(desk, "on", "done-on", given))
                label for="decided" { (say("done-decided-by")) }
                input id="decided" name="decided" required maxlength=(LINE_MAX_CHARS) autocomplete="off" value=(given.one("decided").unwrap_or_default());
                (forms::line(desk, "basis", "done-basis", given))
                @if kind == Kind::HandOver { (hand_overs::fields(desk, "unasked-papers", account.site.as_deref(), given)) }
                label for="person" { (say("record-person")) }
                input id="person" name="person" maxlength=(intake::NUMBER_MAX_CHARS) autocomplete="off" aria-describedby="person-hint"
                    value=(given.one("person").unwrap_or_default());
                p.quiet id="person-hint" { (say("record-person-hint")) }
                p { button.main type="submit" { (say("done-button")) } }
            }
        }
    }
}

/// `POST /hand-overs`: a person was handed over, and no request is in the record.
pub async fn hand_over(
    State(desk): State<Arc<Desk>>,
    account: Account,
    Form(fields): Form<Vec<(String, String)>>,
) -> Response {
    state(&desk, &account, Kind::HandOver, Fields(fields)).await
}

/// `POST /disclosures`: information was given, and no request is in the record.
pub async fn disclose(
    State(desk): State<Arc<Desk>>,
    account: Account,
    Form(fields): Form<Vec<(String, String)>>,
) -> Response {
    state(&desk, &account, Kind::Told, Fields(fields)).await
}

async fn state(desk: &Arc<Desk>, account: &Account, kind: Kind, typed: Fields) -> Response {
    if let Err(refused) = desk.must(account, Action::StateDeed, &here(account)) {
        return *refused;
    }
    match read(desk, account, kind, &typed) {
        Ok((nonce, done)) => {
            let bodies = vec![Body::Done(Box::new(done))];
            match desk.record("record what was done about no request", account, &nonce, bodies).await {
                Ok(Kept::New) => Redirect::to(&format!("{}?told=unasked", kind.page())).into_response(),
                Ok(Kept::Before) => Redirect::to(&format!("{}?told=before", kind.page())).into_response(),
                Err(error) => desk.failed(Some(account), &error),
            }
        }
        Err(fault) => {
            let fault = fault.say(&desk.words);
            let shown = Shown { fault: Some(&fault), typed: Some(&typed), told: None };
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            match kind {
                Kind::HandOver => {
                    hand_overs::listed(desk, account, status, &hand_overs::Which::default(), &shown).await
                }
                Kind::Told => {
                    disclosures::list::listed(desk, account, status, disclosures::list::Which::default(), &shown).await
                }
            }
        }
    }
}

/// What a form says was done.
///
/// # Errors
/// The first field that cannot be taken.
fn read(desk: &Desk, account: &Account, kind: Kind, typed: &Fields) -> Result<(Nonce, Done), Fault> {
    let nonce = Nonce::read(typed)?;
    let now = desk.now();
    let missing = |name| Fault::new("unasked-incomplete").at(name);
    let to = typed.one("to").ok_or_else(|| missing("to"))?;
    let to = desk.pack.vocabulary().requesters.get(to).map(|one| one.id.clone()).filter(|to| to.as_str() != NOBODY);
    let to = to.ok_or_else(|| Fault::of("form-not-on-list", "unasked-to").at("to"))?;
    let decided_by = typed.text("decided", "done-decided-by", LINE_MAX_CHARS)?.ok_or_else(|| missing("decided"))?;
    let basis = typed.text("basis", "done-basis", LINE_MAX_CHARS)?;
    let when = typed.happened("on", "done-on", now)?;
    let deed = match kind {
        // Without a request there was no detainer.
        Kind::HandOver => at_own_site(account, deeds::transferred(desk, typed, to, false, (&decided_by, now))?)?,
        // Nor a proposal that could have been approved.
        Kind::Told => deeds::disclosed(typed, to, || Ok(None))?,
    };
    let done = Done {
        request: None,
        decision: None,
        agency: account.agency.clone(),
        person: intake::person(desk, &account.agency, typed)?,
        deed,
        when,
        decided_by: Private::from(decided_by),
        basis: basis.map(Private::from),
        search: None,
    };
    Ok((nonce, done))
}

/// A hand-over by somebody who works at one site was there: what they record they see again, and nobody records another site's.
fn at_own_site(account: &Account, deed: Deed) -> Result<Deed, Fault> {
    match (&account.site, deed) {
        (Some(own), Deed::Transferred { to, on_detainer, hand_over }) => {
            let none = HandOver { basis: None, second: None, site: None };
            let papers = hand_over.map_or(none, |papers| *papers);
            if papers.site.as_ref().is_some_and(|site| site != own) {
                return Err(Fault::new("unasked-other-site").at("hand-over-site").with("site", own.as_str()));
            }
            let papers = HandOver { site: Some(own.clone()), ..papers };
            Ok(Deed::Transferred { to, on_detainer, hand_over: Some(Box::new(papers)) })
        }
        (_, deed) => Ok(deed),
    }
}

/// A deed about no request with what was said of it since: looks after it, and corrections.
struct Found {
    deed: Stored,
    done: Done,
    entries: Vec<Entry>,
}

/// Of all entries those that are about this deed, in their order; by the id of a look, those about the deed that it looks after.
fn matter(entries: &[Entry], id: EntryId) -> Option<(EntryId, Vec<Entry>)> {
    let unasked = |entry: &&Entry| matches!(&entry.body, Body::Done(done) if done.request.is_none());
    let looks_after = |entry: &Entry| match &entry.body {
        Body::Done(done) => match done.deed {
            Deed::FollowedUp { transfer, .. } if done.request.is_none() => Some(transfer),
            _ => None,
        },
        _ => None,
    };
    let named = entries.iter().filter(unasked).find(|entry| entry.id == id)?;
    let id = looks_after(named).unwrap_or(id);
    let of_deed = |entry: &Entry| entry.id == id || looks_after(entry) == Some(id);
    let about: BTreeSet<EntryId> = entries.iter().filter(|entry| of_deed(entry)).map(|entry| entry.id).collect();
    let wanted = |entry: &&Entry| match &entry.body {
        Body::Corrected(correction) => about.contains(&correction.entry),
        _ => about.contains(&entry.id),
    };
    Some((id, entries.iter().filter(wanted).cloned().collect()))
}

/// The deed about no request with this id, or the page that says that there is none: also where there is one that the account may not
/// read.
async fn found(desk: &Arc<Desk>, account: &Account, id: &str) -> Result<Found, Box<Response>> {
    let none = || {
        let sentence = desk.words.say("deed-not-found", &[]);
        Box::new(refusal(desk, Some(account), StatusCode::NOT_FOUND, &sentence))
    };
    let id = id.parse::<EntryId>().map_err(|_| none())?;
    let read = desk.blocking(move |desk| {
        let Some((id, entries)) = desk.counted.with(&*desk.store, |entries| matter(entries, id))? else {
            return Ok(None);
        };
        Ok(desk.store.find(&id)?.map(|stored| (stored, entries)))
    });
    let read = read.await.map_err(|error| Box::new(desk.failed(Some(account), &error)))?;
    let (deed, entries) = read.ok_or_else(none)?;
    let done = match deed.entry() {
        Some(entry) if desk.owed.counts(entry) => match &entry.body {
            Body::Done(done) if done.request.is_none() => (**done).clone(),
            _ => return Err(none()),
        },
        _ => return Err(none()),
    };
    if !desk.may(account, Action::ReadRequest, &what(&done)) {
        return Err(none());
    }
    Ok(Found { deed, done, entries })
}

/// As [`found`], for whoever does something about it.
async fn found_to(desk: &Arc<Desk>, account: &Account, id: &str, action: Action) -> Result<Found, Box<Response>> {
    let found = found(desk, account, id).await?;
    desk.must(account, action, &what(&found.done))?;
    Ok(found)
}

/// What came of the form that led here.
#[derive(serde::Deserialize)]
pub struct Came {
    told: Option<String>,
}

/// `GET /deeds/{entry}`: what was done about no request, and what was said of it since.
pub async fn one(
    State(desk): State<Arc<Desk>>,
    account: Account,
    Path(id): Path<String>,
    Query(came): Query<Came>,
) -> Response {
    match found(&desk, &account, &id).await {
        Ok(found) => {
            let shown = Shown { told: told(came.told.as_deref()), ..Shown::default() };
            show(&desk, &account, &found, StatusCode::OK, &shown).await
        }
        Err(refused) => *refused,
    }
}

/// The page of a deed, shown once the record says who opened it.
async fn show(desk: &Arc<Desk>, account: &Account, found: &Found, status: StatusCode, shown: &Shown<'_>) -> Response {
    match requests::note_opened(desk, account, Reading::of_deed(found.deed.id)).await {
        Ok(()) => shown_page(desk, account, found, status, shown),
        Err(failed) => *failed,
    }
}

fn shown_page(desk: &Desk, account: &Account, found: &Found, status: StatusCode, shown: &Shown<'_>) -> Response {
    let say = |id: &str| desk.words.say(id, &[]);
    let Found { deed, done, entries } = found;
    let title = say("unasked-title");
    let present: Vec<&Entry> = entries.iter().collect();
    let path = path(deed.id);
    let may = |action| desk.would(account, action, &what(done));
    let (back, back_to) = match done.deed {
        Deed::Transferred { .. } => (Kind::HandOver.page(), "hand-overs-link"),
        _ => (Kind::Told.page(), "disclosures-title"),
    };
    let line = |name: &str, value: &str| html! { tr { th scope="row" { (say(name)) } td { (value) } } };
    let body = html! {
        p { a href=(back) { (say(back_to)) } }
        h1 { (title) }
        p { code { (deed.id) } " " (requests::proof(deed, &say("entries-proof"))) }
        (shown.said(desk))
        @for finding in &findings(present.iter().copied(), [], &desk.zone, &Limits::default()) { (shown_findings::note(desk, finding)) }
        p { (say("unasked-asked-after-all")) }
        table {
            caption { (say("unasked-facts")) }
            tbody {
                (line("requests-when", &done.when.to_string()))
                (line("requests-agency", desk.agency_title(&done.agency)))
                @if let Deed::Transferred { to, .. } | Deed::Disclosed { to, .. } = &done.deed { (line("unasked-to", desk.requester_title(to))) }
                @if let Some(basis) = &done.basis { (line("done-basis-short", basis.reveal())) }
                @if let Some(person) = &done.person { (line("request-person", &person.to_string())) }
            }
        }
        (hand_overs::part(desk, account, (&path, "hand-overs-look", may(Action::StateDeed)), &present, shown.typed))
        h2 { (say("done-title")) }
        (requests::deeds(desk, account, (&path, may(Action::Correct)), &present, shown.typed))
    };
    (status, page(desk, Some(account), &title, &body)).into_response()
}

/// `POST /deeds/{entry}/follow-ups`: somebody looked whether a charge was filed after a hand-over about no request.
pub async fn follow_up(
    State(desk): State<Arc<Desk>>,
    account: Account,
    Path(id): Path<String>,
    Form(fields): Form<Vec<(String, String)>>,
) -> Response {
    let found = match found_to(&desk, &account, &id, Action::StateDeed).await {
        Ok(found) => found,
        Err(refused) => return *refused,
    };
    let typed = Fields(fields);
    let present: Vec<&Entry> = found.entries.iter().collect();
    let read = hand_overs::looked(&desk, &account, (None, found.done.person), &present, &typed);
    let read = read.map(|(nonce, done)| (nonce, Body::Done(Box::new(done))));
    taken(&desk, &account, &found, ("look after a hand-over", read), &typed).await
}

/// `POST /deeds/{entry}/corrections`: an entry that says that the deed, or a look after it, was a mistake.
pub async fn correct(
    State(desk): State<Arc<Desk>>,
    account: Account,
    Path(id): Path<String>,
    Form(fields): Form<Vec<(String, String)>>,
) -> Response {
    let found = match found_to(&desk, &account, &id, Action::Correct).await {
        Ok(found) => found,
        Err(refused) => return *refused,
    };
    let typed = Fields(fields);
    let present: Vec<&Entry> = found.entries.iter().collect();
    let read = deeds::correction(&typed, None, &present).map(|(nonce, said)| (nonce, Body::Corrected(said)));
    taken(&desk, &account, &found, ("correct an entry", read), &typed).await
}

/// Records what a form about a deed says, or shows the deed again with what is wrong with it.
async fn taken(
    desk: &Arc<Desk>,
    account: &Account,
    found: &Found,
    (act, read): (&'static str, Result<(Nonce, Body), Fault>),
    typed: &Fields,
) -> Response {
    let there = path(found.deed.id);
    match read {
        Ok((nonce, body)) => match desk.record(act, account, &nonce, vec![body]).await {
            Ok(Kept::New) => Redirect::to(&format!("{there}?told=kept")).into_response(),
            Ok(Kept::Before) => Redirect::to(&format!("{there}?told=before")).into_response(),
            Err(error) => desk.failed(Some(account), &error),
        },
        Err(fault) => {
            let fault = fault.say(&desk.words);
            let shown = Shown { fault: Some(&fault), typed: Some(typed), told: None };
            show(desk, account, found, StatusCode::UNPROCESSABLE_ENTITY, &shown).await
        }
    }
}

/// Information that was given with no request in the record, as a list shows it: it names nobody.
pub struct Told {
    entry: EntryId,
    on: Date,
    agency: AgencyId,
    line: String,
    to: String,
}

/// What these agencies told with no request in the record, of what the account may see and nobody says was a mistake; the newest first.
pub fn disclosed(desk: &Desk, account: &Account, entries: &[Entry], agencies: &BTreeSet<AgencyId>) -> Vec<Told> {
    let shown = |entry: &&Entry| match &entry.body {
        Body::Done(done) => done.request.is_none() && matches!(done.deed, Deed::Disclosed { .. }),
        Body::Corrected(correction) => correction.request.is_none(),
        _ => false,
    };
    let entries: Vec<&Entry> = entries.iter().filter(shown).filter(|entry| desk.owed.counts(entry)).collect();
    let wrong = record::corrected(entries.iter().copied());
    let row = |entry: &&Entry| {
        let Body::Done(done) = &entry.body else { return None };
        let Deed::Disclosed { to, information, form, .. } = &done.deed else { return None };
        let theirs = agencies.contains(&done.agency) && desk.would(account, Action::ReadRequest, &what(done));
        (theirs && !wrong.contains_key(&entry.id)).then(|| Told {
            entry: entry.id,
            on: done.when.day(),
            agency: done.agency.clone(),
            line: disclosures::told_of(desk, information, *form),
            to: desk.requester_title(to).to_owned(),
        })
    };
    let mut found: Vec<Told> = entries.iter().filter_map(row).collect();
    found.sort_by_key(|one| (std::cmp::Reverse(one.on), one.entry));
    found
}

/// The part of the list of disclosures; nothing where there is none.
pub fn disclosed_part(desk: &Desk, told: &[Told], most: usize) -> Markup {
    let say = |id: &str| desk.words.say(id, &[]);
    let heads = ["requests-id", "requests-when", "disclosures-what", "unasked-to", "disclosures-agency"];
    html! {
        @if !told.is_empty() {
            h2 { (say("unasked-disclosures")) }
            p role="status" { (desk.words.say("unasked-disclosures-count", &[("count", &told.len().to_string())])) }
            @if told.len() > most { p { (desk.words.say("figure-cut", &[("listed", &most.to_string())])) } }
            (super::page::scrolled(&say("unasked-disclosures"), &html! {
                table {
                    caption.unseen { (say("unasked-disclosures")) }
                    thead { tr { @for head in heads { th scope="col" { (say(head)) } } } }
                    tbody {
                        @for one in told.iter().take(most) {
                            tr {
                                th scope="row" { a.target href=(path(one.entry)) { (say("findings-no-request")) } }
                                td.days { (one.on) }
                                td { (one.line) }
                                td { (one.to) }
                                td { (one.agency) }
                            }
                        }
                    }
                }
            }))
        }
    }
}
