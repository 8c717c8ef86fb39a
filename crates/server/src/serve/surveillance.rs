//! `/surveillance`: the police's tracking system for data of surveillance technology (§ 14-188(g)), as a page and as CSV.
//!
//! Lines are entries, recorded by the department's own people. Whether the section asks for a line is the law pack's to say
//! ([`ACT_TRACK`]). Beside the lines stand the requests whose deeds say that such data was given to ICE or CBP and that have none.
//! An internal list: nothing here is a filing.

use std::{collections::BTreeSet, sync::Arc};

use axum::{
    Form,
    extract::{Query, State},
    http::{StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use jiff::{ToSpan as _, civil::Date};
use law::{Facts, Known, Outcome, Question, RequesterId, Value};
use maud::{Markup, html};
use record::{
    Body, Deed, Entry, Passage, Private, RequestId, Source, Tracked,
    surveillance::{ACT, AGENCY},
};

use super::{
    Desk, Kept,
    forms::{self, Fault, Fields, LINE_MAX_CHARS, Nonce},
    page::{page, refusal, scrolled},
    requests::short,
    session::Account,
};
use crate::access::{Action, Resource};

/// The act by which the pack says whether a line is asked for.
const ACT_TRACK: &str = "track_surveillance_disclosure";

/// How many days back the page looks where none are named: about a quarter.
const DAYS: i64 = 92;

/// The most that the page lists; the CSV has all.
const LISTED: usize = 500;

const KINDS: [(&str, bool); 2] = [("provided", true), ("access", false)];

const ANSWERS: [(&str, Known); 3] = [("unknown", Known::Unknown), ("yes", Known::Yes), ("no", Known::No)];

const HEADER: [&str; 9] = [
    "kind",
    "name",
    "from",
    "until",
    "extent",
    "asked_by_14_188_g",
    "task_force_criminal_investigation",
    "sole_control",
    "request",
];

/// Of which days, and what came of the form.
#[derive(Clone, Debug, Default, serde::Deserialize)]
pub struct Which {
    from: Option<String>,
    through: Option<String>,
    told: Option<String>,
}

/// The lines of some days, and the requests that have none though they should.
struct Found {
    lines: Vec<Tracked>,
    missing: Vec<(Date, RequestId)>,
}

fn whose() -> Resource {
    Resource::Agency(AGENCY.into())
}

/// Whether the account may see the lines.
pub fn may_read(desk: &Desk, account: &Account) -> bool {
    desk.would(account, Action::ReadFigure, &whose())
}

/// What recording a line is to the access policies: something done by the police at whoever's site.
fn ours(account: &Account) -> Resource {
    Resource::Request { agency: AGENCY.into(), site: account.site.clone() }
}

/// The days of a query: what is no day is as if it were not named.
fn days(desk: &Desk, which: &Which) -> (Date, Date) {
    let day = |text: &Option<String>| text.as_deref().and_then(|text| text.parse::<Date>().ok());
    let through = day(&which.through).unwrap_or_else(|| desk.now().date());
    let from = day(&which.from).unwrap_or_else(|| through.saturating_sub(DAYS.days()));
    (from, through)
}

/// `GET /surveillance`.
pub async fn list(State(desk): State<Arc<Desk>>, account: Account, Query(which): Query<Which>) -> Response {
    if !desk.may(&account, Action::ReadFigure, &whose()) {
        return refusal(&desk, Some(&account), StatusCode::FORBIDDEN, &desk.words.say("tracker-not-yours", &[]));
    }
    shown(&desk, &account, StatusCode::OK, &which, None).await
}

async fn read(desk: &Arc<Desk>, from: Date, through: Date) -> anyhow::Result<Found> {
    desk.blocking(move |desk| Ok(desk.counted.with(&*desk.store, |entries| found(desk, entries, from, through))?)).await
}

fn found(desk: &Desk, entries: &[Entry], from: Date, through: Date) -> Found {
    let counts = |source: &Source| match source {
        Source::Desk | Source::Api => true,
        Source::Demo => desk.invented,
        Source::Report | Source::Import(_) => false,
    };
    let counted: Vec<&Entry> = entries.iter().filter(|entry| counts(&entry.source)).collect();
    let wrong = record::corrected(counted.iter().copied());
    let (mut lines, mut tracked, mut asked) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
    let mut given = Vec::new();
    for entry in counted.iter().filter(|entry| !wrong.contains_key(&entry.id)) {
        match &entry.body {
            Body::Tracked(line) if line.agency.as_str() == AGENCY => {
                tracked.extend(line.request);
                if line.what.within(from, through) {
                    lines.push((**line).clone());
                }
            }
            Body::Requested(request) if request.receiver.agency.as_str() == AGENCY => {
                let concerned = request.acts.iter().any(|act| act.as_str() == ACT)
                    && asked_for(desk, &request.requester.id, Known::Unknown, Known::Unknown) != Outcome::Outside;
                if concerned {
                    asked.insert(request.id);
                }
            }
            Body::Done(done) => {
                let given_now = match &done.deed {
                    Deed::Disclosed { information, .. } => !information.is_empty(),
                    Deed::Assisted { act, .. } => act.as_str() == ACT,
                    _ => false,
                };
                if let Some(request) = done.request.filter(|_| given_now) {
                    given.push((done.when.day(), request));
                }
            }
            _ => {}
        }
    }
    given.retain(|(_, request)| asked.contains(request) && !tracked.contains(request));
    given.sort_unstable();
    given.dedup_by_key(|(_, request)| *request);
    lines.sort_by_key(|line| std::cmp::Reverse(begins(&line.what)));
    Found { lines, missing: given }
}

fn begins(what: &Passage) -> Date {
    match what {
        Passage::Provided { on, .. } => *on,
        Passage::DirectAccess { from, .. } => *from,
    }
}

/// Whether the section asks for a line about data that was given to this authority, as the pack says.
fn asked_for(desk: &Desk, to: &RequesterId, task_force: Known, sole_control: Known) -> Outcome {
    let question = Question {
        agency: AGENCY.into(),
        act: ACT_TRACK.into(),
        requester: to.clone(),
        statute_enforced: "unknown".into(),
        document: Vec::new(),
    };
    let mut facts = Facts::new();
    facts.insert("data_provided", Value::Bool(true), "the line");
    for (name, known) in [("task_force_criminal_investigation", task_force), ("data_under_sole_control", sole_control)]
    {
        if let Some(known) = known.known() {
            facts.insert(name, Value::Bool(known), "the line");
        }
    }
    law::decide(&desk.pack, &question, &facts, desk.now().date()).outcome
}

/// Whether the section asks for this line. What went to no government is asked for by its first sentence.
fn asked(desk: &Desk, line: &Tracked) -> Outcome {
    match (&line.what, &line.to) {
        (Passage::DirectAccess { .. }, _) | (Passage::Provided { .. }, None) => Outcome::Required,
        (Passage::Provided { task_force, sole_control, .. }, Some(to)) => {
            asked_for(desk, to, *task_force, *sole_control)
        }
    }
}

fn asked_word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Required => "tracker-asked-required",
        Outcome::Outside => "tracker-asked-outside",
        _ => "tracker-asked-not-known",
    }
}

async fn shown(
    desk: &Arc<Desk>,
    account: &Account,
    status: StatusCode,
    which: &Which,
    refused: Option<(&Fields, &Fault)>,
) -> Response {
    let (from, through) = days(desk, which);
    let found = match read(desk, from, through).await {
        Ok(found) => found,
        Err(error) => return desk.failed(Some(account), &error),
    };
    let say = |id: &str| desk.words.say(id, &[]);
    let title = say("tracker-title");
    let (given, access): (Vec<&Tracked>, Vec<&Tracked>) =
        found.lines.iter().partition(|line| matches!(line.what, Passage::Provided { .. }));
    let body = html! {
        h1 { (title) }
        p { (say("tracker-why")) }
        @if which.told.as_deref() == Some("recorded") { p.banner role="alert" { (say("tracker-told")) } }
        @if let Some((_, fault)) = refused { p.error role="alert" { (fault.say(&desk.words)) } }
        form method="get" action="/surveillance" {
            fieldset {
                legend { (say("tracker-period")) }
                label for="from" { (say("tracker-from")) }
                input id="from" name="from" type="date" value=(from);
                label for="through" { (say("tracker-through")) }
                input id="through" name="through" type="date" value=(through);
                p { button type="submit" { (say("requests-show")) } }
            }
        }
        h2 { (say("tracker-provided")) }
        (provided_table(desk, &given))
        h2 { (say("tracker-access")) }
        (access_table(desk, &access))
        @if found.lines.len() > LISTED { p { (desk.words.say("disclosures-cut", &[("listed", &LISTED.to_string())])) } }
        p { a href=(format!("/surveillance/csv?from={from}&through={through}")) download { (say("tracker-csv")) } }
        h2 { (say("tracker-missing")) }
        @if found.missing.is_empty() { p { (say("tracker-missing-none")) } } @else {
            p { (say("tracker-missing-why")) }
            ul {
                @for (day, request) in found.missing.iter().take(LISTED) {
                    li { (day) " · " a.target href=(format!("/requests/{request}")) { (short(*request)) } }
                }
            }
        }
        @if desk.would(account, Action::StateDeed, &ours(account)) {
            h2 { (say("tracker-record")) }
            (form(desk, account, refused.map(|(typed, _)| typed)))
        }
    };
    (status, page(desk, Some(account), &title, &body)).into_response()
}

fn provided_table(desk: &Desk, lines: &[&Tracked]) -> Markup {
    let say = |id: &str| desk.words.say(id, &[]);
    html! {
        @if lines.is_empty() { p { (say("tracker-none")) } } @else {
            (scrolled(&say("tracker-provided"), &html! {
                table {
                    caption.unseen { (say("tracker-provided")) }
                    thead { tr {
                        th scope="col" { (say("tracker-on")) }
                        th scope="col" { (say("tracker-name")) }
                        th scope="col" { (say("tracker-asked")) }
                        th scope="col" { (say("requests-id")) }
                    } }
                    tbody {
                        @for line in lines.iter().take(LISTED) {
                            tr {
                                td.days { (begins(&line.what)) }
                                td { (line.name) }
                                td { (say(asked_word(asked(desk, line)))) }
                                td { @if let Some(request) = line.request { a href=(format!("/requests/{request}")) { (short(request)) } } }
                            }
                        }
                    }
                }
            }))
        }
    }
}

fn access_table(desk: &Desk, lines: &[&Tracked]) -> Markup {
    let say = |id: &str| desk.words.say(id, &[]);
    html! {
        @if lines.is_empty() { p { (say("tracker-none")) } } @else {
            (scrolled(&say("tracker-access"), &html! {
                table {
                    caption.unseen { (say("tracker-access")) }
                    thead { tr {
                        th scope="col" { (say("tracker-dates")) }
                        th scope="col" { (say("tracker-name")) }
                        th scope="col" { (say("tracker-extent")) }
                    } }
                    tbody {
                        @for line in lines.iter().take(LISTED) {
                            @if let Passage::DirectAccess { extent, from, until } = &line.what {
                                tr { td.days { (lasted(desk, *from, *until)) } td { (line.name) } td { (extent) } }
                            }
                        }
                    }
                }
            }))
        }
    }
}

fn lasted(desk: &Desk, from: Date, until: Option<Date>) -> String {
    let from = from.to_string();
    match until {
        Some(until) => desk.words.say("tracker-lasted", &[("from", &from), ("until", &until.to_string())]),
        None => desk.words.say("tracker-lasts", &[("from", &from)]),
    }
}

fn form(desk: &Desk, account: &Account, typed: Option<&Fields>) -> Markup {
    let say = |id: &str| desk.words.say(id, &[]);
    let none = Fields::default();
    let typed = typed.unwrap_or(&none);
    let text = |field: &str, label: &str, begins: &str| {
        html! {
            label for=(field) { (say(label)) }
            input id=(field) name=(field) maxlength=(LINE_MAX_CHARS) autocomplete="off" value=(typed.one(field).unwrap_or(begins));
        }
    };
    html! {
        form method="post" action="/surveillance" {
            (Nonce::field(desk))
            label for="kind" { (say("tracker-kind")) }
            (forms::select(desk, "kind", "tracker-kind", &KINDS, typed))
            (text("name", "tracker-body", ""))
            label for="to" { (say("tracker-to")) }
            select id="to" name="to" required {
                option value="" { (say("record-choose")) }
                @for one in guide::order::requesters(desk.pack.vocabulary()) {
                    option value=(one.id) selected[typed.has("to", one.id.as_str())] { (one.title) }
                }
                option value="no-government" selected[typed.has("to", "no-government")] { (say("tracker-no-government")) }
            }
            (text("request", "tracker-request", ""))
            (forms::day(desk, "on", "tracker-day", typed))
            label for="task-force" { (say("tracker-task-force")) }
            (forms::select(desk, "task-force", "answer", &ANSWERS, typed))
            label for="sole-control" { (say("tracker-sole-control")) }
            (forms::select(desk, "sole-control", "answer", &ANSWERS, typed))
            (text("extent", "tracker-extent-of", ""))
            label for="until" { (say("tracker-until")) }
            input id="until" name="until" type="date" value=(typed.one("until").unwrap_or_default());
            (text("by", "tracker-by", &account.name))
            p { button.main type="submit" { (say("tracker-button")) } }
        }
    }
}

/// `POST /surveillance`: one line, committed as an entry.
pub async fn track(
    State(desk): State<Arc<Desk>>,
    account: Account,
    Form(fields): Form<Vec<(String, String)>>,
) -> Response {
    let may = desk.may(&account, Action::StateDeed, &ours(&account)) && may_read(&desk, &account);
    if !may {
        return refusal(&desk, Some(&account), StatusCode::FORBIDDEN, &desk.words.say("tracker-not-yours", &[]));
    }
    let typed = Fields(fields);
    let read = match read_line(&desk, &typed) {
        Ok((nonce, line)) => match known(&desk, line).await {
            Ok(Ok(line)) => Ok((nonce, line)),
            Ok(Err(fault)) => Err(fault),
            Err(error) => return desk.failed(Some(&account), &error),
        },
        Err(fault) => Err(fault),
    };
    match read {
        Ok((nonce, line)) => {
            match desk.record("track surveillance data", &account, &nonce, vec![Body::Tracked(Box::new(line))]).await {
                Ok(Kept::New | Kept::Before) => Redirect::to("/surveillance?told=recorded").into_response(),
                Err(error) => desk.failed(Some(&account), &error),
            }
        }
        Err(fault) => {
            let which = Which::default();
            shown(&desk, &account, StatusCode::UNPROCESSABLE_ENTITY, &which, Some((&typed, &fault))).await
        }
    }
}

/// The line, if the request that it names is the police's.
async fn known(desk: &Arc<Desk>, line: Tracked) -> anyhow::Result<Result<Tracked, Fault>> {
    let Some(request) = line.request else { return Ok(Ok(line)) };
    let ours = desk.of_request(request).await?.iter().any(|stored| match stored.entry().map(|entry| &entry.body) {
        Some(Body::Requested(request)) => request.receiver.agency.as_str() == AGENCY,
        _ => false,
    });
    Ok(if ours { Ok(line) } else { Err(Fault::new("tracker-no-request").with("id", request.to_string())) })
}

fn read_line(desk: &Desk, typed: &Fields) -> Result<(Nonce, Tracked), Fault> {
    let nonce = Nonce::read(typed)?;
    let incomplete = || Fault::new("tracker-incomplete");
    let provided = typed.choice("kind", "tracker-kind", &KINDS)?.ok_or_else(incomplete)?;
    let name = typed.text("name", "tracker-body", LINE_MAX_CHARS)?.ok_or_else(incomplete)?;
    let requesters = &desk.pack.vocabulary().requesters;
    let to = match typed.one("to").ok_or_else(incomplete)? {
        "no-government" => None,
        sent => {
            let known = requesters.get(&RequesterId::new(sent)).map(|one| one.id.clone());
            Some(known.ok_or_else(|| Fault::of("form-not-on-list", "tracker-to"))?)
        }
    };
    let today = desk.now().date();
    let on = typed.day("on", "tracker-day", today)?.ok_or_else(incomplete)?;
    let what = if provided {
        let answer = |field: &str, label| -> Result<Known, Fault> {
            Ok(typed.choice(field, label, &ANSWERS)?.unwrap_or(Known::Unknown))
        };
        Passage::Provided {
            on,
            task_force: answer("task-force", "tracker-task-force")?,
            sole_control: answer("sole-control", "tracker-sole-control")?,
        }
    } else {
        let extent = typed.text("extent", "tracker-extent-of", LINE_MAX_CHARS)?.ok_or_else(incomplete)?;
        let until = typed.day("until", "tracker-until", today)?;
        if until.is_some_and(|until| until < on) {
            return Err(Fault::new("tracker-ended-before"));
        }
        Passage::DirectAccess { extent, from: on, until }
    };
    let request = match typed.text("request", "tracker-request", LINE_MAX_CHARS)? {
        Some(text) => {
            let id = text.parse::<RequestId>();
            Some(id.map_err(|_| Fault::new("tracker-no-request").with("id", text.clone()))?)
        }
        None => None,
    };
    let said_by = typed.text("by", "tracker-by", LINE_MAX_CHARS)?.map(Private::from).ok_or_else(incomplete)?;
    Ok((nonce, Tracked { agency: AGENCY.into(), request, name, to, what, said_by }))
}

/// `GET /surveillance/csv`: the lines of the same days (RFC 4180), every one.
pub async fn csv(State(desk): State<Arc<Desk>>, account: Account, Query(which): Query<Which>) -> Response {
    if !desk.may(&account, Action::ReadFigure, &whose()) {
        return refusal(&desk, Some(&account), StatusCode::FORBIDDEN, &desk.words.say("tracker-not-yours", &[]));
    }
    let (from, through) = days(&desk, &which);
    let written = match read(&desk, from, through).await {
        Ok(found) => write(&desk, &found.lines),
        Err(error) => Err(error),
    };
    match written {
        Ok(bytes) => {
            let attached = format!("attachment; filename=\"14-188-g-{from}-{through}.csv\"");
            let kind = "text/csv; charset=utf-8".to_owned();
            ([(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, attached)], bytes).into_response()
        }
        Err(error) => desk.failed(Some(&account), &error),
    }
}

fn write(desk: &Desk, lines: &[Tracked]) -> anyhow::Result<Vec<u8>> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    writer.write_record(HEADER)?;
    for line in lines {
        let word = match asked(desk, line) {
            Outcome::Required => "yes",
            Outcome::Outside => "no",
            _ => "unknown",
        };
        let request = line.request.map(|request| request.to_string()).unwrap_or_default();
        let name = plain(&line.name);
        match &line.what {
            Passage::Provided { on, task_force, sole_control } => {
                let (force, sole) = (known_word(*task_force), known_word(*sole_control));
                writer.write_record(["provided", &name, &on.to_string(), "", "", word, force, sole, &request])?;
            }
            Passage::DirectAccess { extent, from, until } => {
                let until = until.map(|until| until.to_string()).unwrap_or_default();
                let (from, extent) = (from.to_string(), plain(extent));
                writer.write_record(["direct_access", &name, &from, &until, &extent, word, "", "", &request])?;
            }
        }
    }
    Ok(writer.into_inner().map_err(|error| error.into_error())?)
}

fn known_word(known: Known) -> &'static str {
    match known {
        Known::Yes => "yes",
        Known::No => "no",
        Known::Unknown => "unknown",
    }
}

/// Typed text that no spreadsheet reads as a formula (OWASP, "CSV Injection").
fn plain(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() }
}
