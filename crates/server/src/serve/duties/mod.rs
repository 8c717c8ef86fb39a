//! `/duties`: what one's agency itself must do, overdue first; and the act that says that something of it was done.
//!
//! Each duty says where it comes from: a provision with its citation, or this product's own practice; hours that no statute names say
//! that they are this product's own. What is done by an act with a page of its own (a release, a look after a hand-over, a filing) is
//! led to; of the rest a line with a name and a day is an entry ([`record::Fulfilled`]). Not here: what is computed
//! ([`record::duty`]), and the reading of the record ([`kept`]).

pub mod kept;
pub mod of_request;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use axum::{
    Form,
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use law::AgencyId;
use maud::{Markup, html};
use record::{
    Body, DutyKind, Fulfilled, Private, When,
    duty::{self, Clock, Duty, Rests},
    filing::Section,
};

use self::kept::Said;
use super::{
    Desk, Kept, contacts, deeds,
    forms::{self, Fault, Fields, LINE_MAX_CHARS, Nonce, TEXT_MAX_CHARS},
    page::page,
    requests::{self, Shown, short},
    session::Account,
    unasked,
};
use crate::access::{Action, Resource};

/// The most that the page lists; the counts above are of all.
const LISTED: usize = 100;

/// Which: of which agency, of which kind.
#[derive(Default, serde::Deserialize)]
pub struct Which {
    agency: Option<String>,
    kind: Option<String>,
    told: Option<String>,
}

/// How long a page waits for a reading of what is new.
const MOMENT: Duration = Duration::from_millis(100);

impl Desk {
    /// The agencies whose duties somebody sees.
    #[must_use]
    pub fn seen_by(&self, account: &Account) -> Vec<AgencyId> {
        let may = |agency: &AgencyId| self.would(account, Action::ListRequests, &Resource::Agency(agency.clone()));
        self.city_agencies().map(|agency| agency.id.clone()).filter(may).collect()
    }

    /// How many duties of one's own agency, or of all agencies for whoever looks across them, are overdue. Read off what is known.
    #[must_use]
    pub fn overdue_duties(&self, account: &Account) -> usize {
        let all = account.role.reaches_every_agency();
        self.owed.overdue(self.now(), |place| {
            let mine = all || place.agency.as_ref() == Some(&account.agency);
            let here = !place.of_request || account.site.is_none() || account.site == place.site;
            mine && here
        })
    }

    /// What is known of duties, read to the record's end.
    ///
    /// # Errors
    /// The page of a failure, when the store cannot be read.
    pub async fn all_duties(self: &Arc<Self>, account: &Account) -> Result<(), Box<Response>> {
        let today = self.now().date();
        let read = self.blocking(move |desk| Ok(desk.owed.read_to_the_end(&*desk.store, today)?)).await;
        read.map_err(|error| Box::new(self.failed(Some(account), &error)))
    }

    /// The duties still owed that somebody sees, overdue first: of the agency that is named; with none named, of all whose duties they
    /// see, or else of the one they ask about, and those of the office that the mayor designates. Read off what is known.
    #[must_use]
    pub fn owed_to(
        &self,
        account: &Account,
        asked: &AgencyId,
        named: Option<&AgencyId>,
        kind: Option<DutyKind>,
    ) -> Vec<Duty> {
        let agencies = self.seen_by(account);
        let across = agencies.len() > 1;
        let of_agency = |duty: &Duty| match (&duty.agency, named) {
            (Some(agency), Some(named)) => agency == named,
            (Some(agency), None) if across => agencies.contains(agency),
            (Some(agency), None) => agency == asked,
            (None, named) => named.is_none(),
        };
        let found = self.owed.owed(self.now(), |duty| of_agency(duty) && kind.is_none_or(|kind| kind == duty.kind));
        let mut sites: BTreeMap<(AgencyId, Option<String>), bool> = BTreeMap::new();
        let mut visible = |duty: &Duty| {
            let Some(agency) = duty.agency.clone().filter(|_| duty.kind.of_request()) else { return true };
            *sites.entry((agency.clone(), duty.site.clone())).or_insert_with(|| {
                self.would(account, Action::ReadRequest, &Resource::Request { agency, site: duty.site.clone() })
            })
        };
        found.into_iter().filter(|duty| visible(duty)).collect()
    }

    /// Reads what is new into what is known of duties, and waits for that a moment, no longer; a failure is told in the traces and
    /// shows what was known.
    pub async fn read_duties(self: &Arc<Self>) {
        let desk = Arc::clone(self);
        let read = tokio::task::spawn_blocking(move || {
            if let Err(error) = desk.owed.read_on(&*desk.store, desk.now().date()) {
                tracing::error!(%error, "what is owed cannot be read on");
            }
        });
        // It goes on where nobody waits for it.
        let _ = tokio::time::timeout(MOMENT, read).await;
    }
}

/// `GET /duties`: what is owed, by agency, overdue first.
pub async fn list(State(desk): State<Arc<Desk>>, account: Account, Query(which): Query<Which>) -> Response {
    listed(&desk, &account, StatusCode::OK, &which, &Shown::default()).await
}

async fn listed(desk: &Arc<Desk>, account: &Account, status: StatusCode, which: &Which, shown: &Shown<'_>) -> Response {
    let named = which.agency.as_deref().filter(|agency| !agency.is_empty()).map(AgencyId::new);
    let asked = named.clone().unwrap_or_else(|| account.agency.clone());
    if let Err(refused) = desk.must(account, Action::ListRequests, &Resource::Agency(asked.clone())) {
        return *refused;
    }
    let agencies = desk.seen_by(account);
    let across = agencies.len() > 1;
    let kind = which.kind.as_deref().and_then(DutyKind::of_word);
    if let Err(failed) = desk.all_duties(account).await {
        return *failed;
    }
    let now = desk.now();
    let found = desk.owed_to(account, &asked, named.as_ref(), kind);
    let overdue = found.iter().filter(|duty| duty.state(now) == duty::State::Overdue).count();
    let mut groups: BTreeMap<Option<AgencyId>, Vec<&Duty>> = BTreeMap::new();
    for duty in found.iter().take(LISTED) {
        groups.entry(duty.agency.clone()).or_default().push(duty);
    }
    let say = |id: &str| desk.words.say(id, &[]);
    let title = say("duties-heading");
    let told = match which.told.as_deref() {
        Some("done") => Some("duties-told-done"),
        Some("owed") => Some("duties-told-owed"),
        Some("back") => Some("duties-told-back"),
        Some("before") => Some("told-before"),
        _ => None,
    };
    let body = html! {
        h1 { (title) }
        @if let Some(fault) = shown.fault { p.error role="alert" { (fault) } }
        @if let Some(told) = told { p.banner role="alert" { (say(told)) } }
        p { (say("duties-why")) }
        (contacts::line(desk, account))
        p { a href="/hand-overs" { (say("hand-overs-link")) } }
        form method="get" action="/duties" {
            div.row {
                @if across {
                    div {
                        label for="agency" { (say("requests-agency")) }
                        select id="agency" name="agency" {
                            option value="" { (say("duties-all-agencies")) }
                            @for agency in &agencies {
                                option value=(agency.as_str()) selected[named.as_ref() == Some(agency)] { (desk.agency_title(agency)) }
                            }
                        }
                    }
                }
                div {
                    label for="kind" { (say("duties-kind")) }
                    select id="kind" name="kind" {
                        option value="" { (say("duties-all-kinds")) }
                        @for one in DutyKind::ALL { option value=(one.word()) selected[kind == Some(one)] { (name(desk, one)) } }
                    }
                }
            }
            p { button type="submit" { (say("requests-show")) } }
        }
        p role="status" {
            (desk.words.say("duties-counts", &[("open", &found.len().to_string()), ("overdue", &overdue.to_string())]))
        }
        @if found.len() > LISTED { p { (desk.words.say("duties-cut", &[("listed", &LISTED.to_string())])) } }
        @for (agency, duties) in &groups {
            h2 { @if let Some(agency) = agency { (desk.agency_title(agency)) } @else { (say("duties-of-the-city")) } }
            ul.duties {
                @for (number, duty) in duties.iter().enumerate() {
                    li {
                        (line(desk, duty))
                        @if let Some(request) = duty.request {
                            p { a.target href=(format!("/requests/{request}")) { (desk.words.say("duty-request", &[("request", &short(request))])) } }
                        } @else if let (DutyKind::FollowedUp, Some(deed)) = (duty.kind, duty.from) {
                            p { a.target href=(unasked::path(deed)) { (say("unasked-duty")) } }
                        }
                        @let place = format!("{}-{number}", agency.as_ref().map_or("city", AgencyId::as_str));
                        (lead(desk, account, duty, (&place, "duties"), shown.duty))
                    }
                }
            }
        }
        (said(desk, account, (&asked, kind), shown.correction))
        details {
            summary { (say("duties-practice-title")) }
            (practice(desk))
        }
    };
    (status, page(desk, Some(account), &title, &body)).into_response()
}

/// What somebody said to be done of what this agency owes about no request; whoever may say so may say that it was a mistake, with the form
/// as it was typed, if it was refused.
fn said(
    desk: &Desk,
    account: &Account,
    (agency, kind): (&AgencyId, Option<DutyKind>),
    refused: Option<&Fields>,
) -> Markup {
    let mut said = desk.owed.said(agency);
    said.retain(|said| kind.is_none_or(|kind| said.done.duty == kind));
    if said.is_empty() {
        return html! {};
    }
    let may = *agency == account.agency && desk.would(account, Action::StateDuty, &Resource::Agency(agency.clone()));
    html! {
        h2 { (desk.words.say("duties-said-heading", &[("agency", desk.agency_title(agency))])) }
        @if said.len() > LISTED { p { (desk.words.say("duties-said-cut", &[("listed", &LISTED.to_string())])) } }
        ul.duties {
            @for said in said.iter().take(LISTED) {
                li {
                    @for duty in &said.ends { (line(desk, duty)) }
                    (what_was_said(desk, said))
                    @if may && !said.ends.is_empty() {
                        (deeds::correction_form(desk, account, "/duties", said.entry, refused))
                    }
                }
            }
        }
    }
}

/// The words of whoever said that it was done, and of whoever took that back.
fn what_was_said(desk: &Desk, said: &Said) -> Markup {
    let Said { done, taken_back, ends, .. } = said;
    let site = done.site.as_ref().map_or_else(String::new, |site| format!(", {site}"));
    let words = format!("{}{site}", was_said(desk, done));
    html! {
        @if let Some(correction) = taken_back {
            p { (deeds::taken_back(desk, &words, correction)) }
        } @else if ends.is_empty() {
            p { (words) }
        }
        @if let Some(note) = &done.note { p { (note.reveal()) } }
    }
}

/// That somebody said that a duty was done: which, when and by whom.
fn was_said(desk: &Desk, done: &Fulfilled) -> String {
    let words = [("duty", &*name(desk, done.duty)), ("on", &*when(done.when)), ("who", done.done_by.reveal())];
    desk.words.say("duty-was-said", &words)
}

/// A day, or a moment, as people read it.
fn when(when: When) -> String {
    when.to_string().replace('T', " ")
}

/// A kind's name.
pub fn name(desk: &Desk, kind: DutyKind) -> String {
    desk.words.say(&format!("duty-{}", kind.word().replace('_', "-")), &[])
}

/// One duty: what, how it stands, by when and since when, and where it comes from.
pub fn line(desk: &Desk, duty: &Duty) -> Markup {
    let say = |id: &str| desk.words.say(id, &[]);
    let state = duty.state(desk.now());
    let word = match state {
        duty::State::Overdue => "overdue",
        duty::State::Open => "open",
        duty::State::Done => "done",
        duty::State::NoLonger => "no-longer",
    };
    html! {
        p {
            strong.duty-state.(word) { (say(&format!("duty-state-{word}"))) } " "
            strong { (name(desk, duty.kind)) }
            @if let Some((section, period)) = &duty.period {
                " (" @if *section == Section::Statement { (period) } @else { "§ " (section.subdivision()) " " (period) } ")"
            }
            @if let Some(site) = &duty.site { ", " (site) }
        }
        p {
            @match &duty.ended {
                Some(ended) => {
                    @let on = when(ended.on);
                    @if let Some(by) = ended.done_by.as_ref().filter(|_| ended.done) {
                        (desk.words.say("duty-done-by", &[("on", &on), ("who", by.reveal())]))
                    } @else if ended.done {
                        (desk.words.say("duty-done-on", &[("on", &on)]))
                    } @else {
                        (desk.words.say("duty-no-longer-since", &[("on", &on)]))
                    }
                    @if duty.was_late() { " " (desk.words.say("duty-was-late", &[("due", &at(duty.due))])) }
                }
                None => {
                    (desk.words.say("duty-due", &[("due", &at(duty.due)), ("began", &when(duty.began))]))
                }
            }
        }
        p.quiet {
            @match &duty.rests {
                Rests::Law { citation, what, certain } => {
                    @if let Some(what) = what { (what) " " }
                    "(" (citation) ")"
                    @if !certain && duty.ended.is_none() { " " (say("duty-not-certain")) }
                }
                Rests::Practice => { (say("duty-practice")) }
            }
            @match duty.clock {
                Clock::Law => {}
                Clock::PracticeHours(hours) => { " " (desk.words.say("duty-hours", &[("hours", &hours.to_string())])) }
                Clock::PracticeDays(days) => { " " (desk.words.say("duty-days", &[("days", &days.to_string())])) }
            }
        }
    }
}

/// A moment as people read it.
fn at(moment: jiff::civil::DateTime) -> String {
    moment.strftime("%Y-%m-%d %H:%M").to_string()
}

/// How it is done: the form as it was typed, if it was refused, or the page that has one. `place` keeps the ids of one page apart; `from` is
/// the page that it leads back to.
pub fn lead(desk: &Desk, account: &Account, duty: &Duty, at: (&str, &str), refused: Option<&Fields>) -> Markup {
    let say = |id: &str| desk.words.say(id, &[]);
    if duty.kind.is_stated() {
        return if may_state(desk, account, duty) {
            form(desk, account, duty, at, refused)
        } else {
            html! {}
        };
    }
    match (&duty.period, duty.request) {
        (Some((Section::Statement, period)), _) => html! {
            p { a.target href=(format!("/statements/{period}")) { (say("duty-to-statement")) } }
        },
        (Some((section, period)), _) => html! {
            p { a.target href=(format!("/filings/{}/{period}", section.number())) { (say("duty-to-filing")) } }
        },
        _ => html! {},
    }
}

fn may_state(desk: &Desk, account: &Account, duty: &Duty) -> bool {
    let Some(agency) = duty.agency.clone() else { return false };
    match duty.request {
        Some(_) => desk.would(account, Action::StateDeed, &Resource::Request { agency, site: duty.site.clone() }),
        None => desk.would(account, Action::StateDuty, &Resource::Agency(agency)),
    }
}

/// The form that says that it was done, by whom and when.
fn form(desk: &Desk, account: &Account, duty: &Duty, (place, from): (&str, &str), refused: Option<&Fields>) -> Markup {
    let say = |id: &str| desk.words.say(id, &[]);
    let action = duty.request.map_or_else(|| "/duties".to_owned(), |request| format!("/requests/{request}/duties"));
    let (by, on, note) = (format!("by-{place}"), format!("on-{place}"), format!("note-{place}"));
    let today = desk.now().date().to_string();
    let own_site = duty.site.as_deref().filter(|_| duty.request.is_none());
    let refused = refused.filter(|typed| typed.has("kind", duty.kind.word()) && typed.one("site") == own_site);
    let first = Fields(vec![("by".to_owned(), account.name.clone()), ("on".to_owned(), today.clone())]);
    let typed = refused.unwrap_or(&first);
    let given = |name: &str| typed.one(name).unwrap_or_default();
    html! {
        details open[refused.is_some()] {
            summary {
                (desk.words.say("duty-say-done", &[("duty", &name(desk, duty.kind))]))
                @if let Some(site) = own_site { ", " (site) }
            }
            form method="post" action=(action) {
                (Nonce::field(desk))
                input type="hidden" name="kind" value=(duty.kind.word());
                @if let Some(site) = own_site { input type="hidden" name="site" value=(site); }
                input type="hidden" name="from" value=(from);
                label for=(by) { (say("duty-by")) }
                input id=(by) name="by" required maxlength=(LINE_MAX_CHARS) autocomplete="off" value=(given("by"));
                label for=(on) { (say("duty-on")) }
                input id=(on) name="on" type="date" max=(today) value=(given("on"));
                (forms::time(desk, &on, "on", typed))
                label for=(note) { (say("duty-note")) }
                input id=(note) name="note" autocomplete="off" value=(given("note"));
                p { button.main type="submit" { (say("duty-button")) } }
            }
        }
    }
}

/// Which periods are this product's own, each with its length.
fn practice(desk: &Desk) -> Markup {
    let duty::Limits { at_once_hours, shift_hours, practicable_hours, follow_up_days, quarter_days, .. } =
        *desk.owed.limits();
    let lines = [
        ("duties-practice-at-once", at_once_hours),
        ("duties-practice-shift", shift_hours),
        ("duties-practice-practicable", practicable_hours),
        ("duties-practice-follow-up", follow_up_days),
        ("duties-practice-quarter", quarter_days),
    ];
    html! {
        p { (desk.words.say("duties-practice-why", &[])) }
        ul { @for (id, number) in lines { li { (desk.words.say(id, &[("number", &number.to_string())])) } } }
        p { (desk.words.say("duties-practice-signs", &[])) }
    }
}

/// What a form says: who did it, when, and what it says more.
fn read(desk: &Desk, typed: &Fields) -> Result<(Nonce, DutyKind, Fulfilled), Fault> {
    let nonce = Nonce::read(typed)?;
    let kind = typed.one("kind").and_then(DutyKind::of_word).filter(|kind| kind.is_stated());
    let kind = kind.ok_or_else(|| Fault::of("form-not-on-list", "duties-kind"))?;
    let done_by = typed.text("by", "duty-by", LINE_MAX_CHARS)?.ok_or_else(|| Fault::new("duty-incomplete"))?;
    let now = desk.now();
    let fulfilled = Fulfilled {
        duty: kind,
        agency: AgencyId::new(""),
        request: None,
        site: typed.text("site", "record-site", LINE_MAX_CHARS)?,
        when: typed.happened("on", "duty-on", now)?,
        done_by: Private::from(done_by),
        note: typed.text("note", "duty-note", TEXT_MAX_CHARS)?.map(Private::from),
    };
    Ok((nonce, kind, fulfilled))
}

/// `POST /duties`: a duty of one's own agency was done, one about no request.
pub async fn state(
    State(desk): State<Arc<Desk>>,
    account: Account,
    Form(fields): Form<Vec<(String, String)>>,
) -> Response {
    if let Err(refused) = desk.must(&account, Action::StateDuty, &Resource::Agency(account.agency.clone())) {
        return *refused;
    }
    let typed = Fields(fields);
    if let Err(failed) = desk.all_duties(&account).await {
        return *failed;
    }
    let read = read(&desk, &typed).and_then(|(nonce, kind, fulfilled)| {
        let here = |duty: &Duty| {
            duty.kind == kind && duty.agency.as_ref() == Some(&account.agency) && duty.site == fulfilled.site
        };
        let owed = desk.owed.owed(desk.now(), here);
        let Some(duty) = owed.first().filter(|_| !kind.of_request()) else { return Err(Fault::new("duty-not-owed")) };
        if fulfilled.when.day() < duty.began.day() {
            return Err(Fault::new("duty-before-it-began").with("day", duty.began.day().to_string()));
        }
        Ok((nonce, Fulfilled { agency: account.agency.clone(), ..fulfilled }))
    });
    let read = read.map(|(nonce, fulfilled)| (nonce, Body::Fulfilled(Box::new(fulfilled))));
    let shown = Shown { duty: Some(&typed), ..Shown::default() };
    taken(&desk, &account, ("say that a duty was done", "done", read), shown).await
}

/// `POST /duties/corrections`: that a duty of one's own agency about no request was said to be done was a mistake. It is owed again.
pub async fn correct(
    State(desk): State<Arc<Desk>>,
    account: Account,
    Form(fields): Form<Vec<(String, String)>>,
) -> Response {
    if let Err(refused) = desk.must(&account, Action::StateDuty, &Resource::Agency(account.agency.clone())) {
        return *refused;
    }
    let typed = Fields(fields);
    if let Err(failed) = desk.all_duties(&account).await {
        return *failed;
    }
    let said = desk.owed.said(&account.agency);
    let said = deeds::wrong(&typed).and_then(|wrong| said.iter().find(|said| said.entry == wrong));
    if said.is_some_and(|said| said.ends.is_empty()) {
        return Redirect::to("/duties?told=back").into_response();
    }
    let read = deeds::mistake(&typed, None, said.map(|said| said.entry));
    let read = read.map(|(nonce, correction)| (nonce, Body::Corrected(correction)));
    let shown = Shown { correction: Some(&typed), ..Shown::default() };
    taken(&desk, &account, ("correct an entry", "owed", read), shown).await
}

/// Records what a form about an agency's own duty says and tells so, or shows the duties again with what is wrong with it.
async fn taken(
    desk: &Arc<Desk>,
    account: &Account,
    (act, told, read): (&'static str, &str, Result<(Nonce, Body), Fault>),
    shown: Shown<'_>,
) -> Response {
    match read {
        Ok((nonce, body)) => match desk.record(act, account, &nonce, vec![body]).await {
            Ok(Kept::New) => Redirect::to(&format!("/duties?told={told}")).into_response(),
            Ok(Kept::Before) => Redirect::to("/duties?told=before").into_response(),
            Err(error) => desk.failed(Some(account), &error),
        },
        Err(fault) => {
            let fault = fault.say(&desk.words);
            let shown = Shown { fault: Some(&fault), ..shown };
            listed(desk, account, StatusCode::UNPROCESSABLE_ENTITY, &Which::default(), &shown).await
        }
    }
}

/// `POST /requests/{id}/duties`: a duty about a request was done.
pub async fn state_about(
    State(desk): State<Arc<Desk>>,
    account: Account,
    Path(id): Path<String>,
    Form(fields): Form<Vec<(String, String)>>,
) -> Response {
    let (request, entries) = match requests::found_to(&desk, &account, &id, Action::StateDeed).await {
        Ok(found) => found,
        Err(refused) => return *refused,
    };
    let typed = Fields(fields);
    let read = read(&desk, &typed).and_then(|(nonce, kind, fulfilled)| {
        let owed = of_request::duties(&desk, &entries).into_iter().find(|duty| duty.kind == kind);
        let Some(owed) = owed else { return Err(Fault::new("duty-not-owed")) };
        if fulfilled.when.day() < request.received.day() {
            return Err(Fault::new("done-before-request").with("day", request.received.day().to_string()));
        }
        let agency = request.receiver.agency.clone();
        let fulfilled = Fulfilled { agency, request: Some(request.id), site: None, ..fulfilled };
        // What was no longer owed can be done all the same.
        Ok((nonce, fulfilled, owed.ended.is_some_and(|ended| ended.done)))
    });
    let to_list = typed.has("from", "duties");
    let there = |told: &str| match to_list {
        true => Redirect::to(&format!("/duties?told={told}")).into_response(),
        false if told == "before" => Redirect::to(&format!("/requests/{}?told=before", request.id)).into_response(),
        false => Redirect::to(&format!("/requests/{}?told=kept", request.id)).into_response(),
    };
    match read {
        // Somebody said so already: what was said first stands.
        Ok((_, _, true)) => there("before"),
        Ok((nonce, fulfilled, false)) => {
            let bodies = vec![Body::Fulfilled(Box::new(fulfilled))];
            match desk.record("say that a duty was done", &account, &nonce, bodies).await {
                Ok(Kept::New) => there("done"),
                Ok(Kept::Before) => there("before"),
                Err(error) => desk.failed(Some(&account), &error),
            }
        }
        Err(fault) => {
            let fault = fault.say(&desk.words);
            let shown = Shown { fault: Some(&fault), duty: Some(&typed), ..Shown::default() };
            requests::show(&desk, &account, &request, &entries, StatusCode::UNPROCESSABLE_ENTITY, &shown).await
        }
    }
}
