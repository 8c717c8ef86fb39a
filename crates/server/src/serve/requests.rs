//! Recording a request, its page, and what was really done about it.
//!
//! Recording is one act of the record: the request and the answer to each of its questions are committed together or not at
//! all, and the page says so only after the commit. What was really done is asked afterwards and may differ from the answer:
//! then the page says that it may be a violation, which only named people decide.

use std::sync::Arc;

use axum::{
    Form,
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use law::{ActId, Known, vocabulary::RequesterKind as Kind};
use maud::{Markup, html};
use record::finding::{FindingKind, Limits, findings};
use record::{
    Body, Channel, Claim, Deed, DisclosureForm, Document, Done, Entry, EntryId, HoldEnd, Information, OutsideRequest,
    Private, Receiver, RequestId, Requester, RequesterKind, Resolution, Source, Told, When,
};

use super::{
    Desk,
    asked::Asked,
    gate,
    page::{page, refusal},
    session::Account,
};
use crate::store::{Draft, Stored};

/// The longest free text that a form may send, in characters.
const TEXT_MAX_CHARS: usize = 2000;

/// How many requests a page of the list shows.
const PAGE: usize = 50;

const CHANNELS: [(&str, Channel); 8] = [
    ("in-person", Channel::InPerson),
    ("telephone", Channel::Telephone),
    ("email", Channel::Email),
    ("message", Channel::Message),
    ("paper", Channel::Paper),
    ("system", Channel::System),
    ("task-force", Channel::TaskForce),
    ("other", Channel::Other),
];

const CLAIMS: [(&str, Claim); 4] =
    [("not-said", Claim::NotSaid), ("civil", Claim::Civil), ("criminal", Claim::Criminal), ("both", Claim::Both)];

const INFORMATION: [(&str, Information); 5] = [
    ("custody", Information::IncarcerationStatus),
    ("release-date", Information::ReleaseDate),
    ("court-date", Information::CourtDate),
    ("appointment", Information::Appointment),
    ("other", Information::Other),
];

/// The form that records what was asked; every field but the button may stay empty.
#[must_use]
pub fn record_form(desk: &Desk, asked: &Asked) -> Markup {
    let say = |id: &str| desk.words.say(id, &[]);
    html! {
        form method="post" action="/requests" {
            (asked.hidden())
            details {
                summary { (say("record-more")) }
                label for="channel" { (say("record-channel")) }
                (select("channel", "channel", CHANNELS.iter().map(|(id, _)| *id), desk))
                label for="claim" { (say("record-claim")) }
                (select("claim", "claim", CLAIMS.iter().map(|(id, _)| *id), desk))
                fieldset {
                    legend { (say("record-information")) }
                    @for (id, _) in INFORMATION {
                        label.check { input type="checkbox" name="information" value=(id); span { (say(&format!("information-{id}"))) } }
                    }
                }
                label for="officer" { (say("record-officer")) }
                input id="officer" name="officer" maxlength="200" autocomplete="off";
                label for="stated" { (say("record-statute")) }
                input id="stated" name="stated" maxlength="200" autocomplete="off";
                label for="site" { (say("record-site")) }
                input id="site" name="site" maxlength="200" autocomplete="off";
                label.check { input type="checkbox" name="supervisor" value="told"; span { (say("record-supervisor")) } }
                label.check { input type="checkbox" name="counsel" value="told"; span { (say("record-counsel")) } }
                label for="note" { (say("record-note")) }
                textarea id="note" name="note" rows="3" maxlength=(TEXT_MAX_CHARS) {}
                p.quiet { (say("record-note-never")) }
            }
            p { button.main type="submit" { (say("record-button")) } }
        }
    }
}

fn select<'a>(field: &str, prefix: &str, values: impl Iterator<Item = &'a str>, desk: &Desk) -> Markup {
    html! {
        select id=(field) name=(field) {
            @for value in values { option value=(value) { (desk.words.say(&format!("{prefix}-{value}"), &[])) } }
        }
    }
}

fn chosen<T: Copy>(table: &[(&str, T)], word: Option<&str>) -> Option<T> {
    table.iter().find(|(id, _)| Some(*id) == word).map(|(_, value)| *value)
}

/// The text of a field, without control characters; nothing when it is empty.
fn text(fields: &[(String, String)], name: &str) -> Option<String> {
    let value = fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.trim())?;
    let clean: String = value.chars().filter(|c| !c.is_control() || *c == '\n').take(TEXT_MAX_CHARS).collect();
    (!clean.is_empty()).then_some(clean)
}

/// `POST /requests`: commits the request and its answers, then shows them.
pub async fn record(
    State(desk): State<Arc<Desk>>,
    account: Account,
    Form(fields): Form<Vec<(String, String)>>,
) -> Response {
    let form = ["channel", "claim", "information", "officer", "stated", "site", "supervisor", "counsel", "note"];
    let (about, question): (Vec<_>, Vec<_>) = fields.into_iter().partition(|(name, _)| form.contains(&name.as_str()));
    let mut asked = match Asked::parse(&question, desk.pack.vocabulary()) {
        Ok(asked) => asked,
        Err(error) => return refusal(&desk, Some(&account), StatusCode::UNPROCESSABLE_ENTITY, &error.to_string()),
    };
    asked.agency = Some(account.agency.clone());
    let answers = desk.answers(&asked);
    if answers.is_empty() {
        let sentence = desk.words.say("gate-start-again", &[]);
        return refusal(&desk, Some(&account), StatusCode::UNPROCESSABLE_ENTITY, &sentence);
    }
    let act = || -> anyhow::Result<(RequestId, Vec<Draft>)> {
        let id = RequestId::from_bytes(desk.random()?);
        let request = request(&desk, &account, &asked, &about, id);
        let mut bodies = vec![Body::Requested(Box::new(request))];
        for (question, facts, decision) in answers {
            bodies.push(Body::Decided(Box::new(record::Decided { request: id, question, facts, decision })));
        }
        Ok((id, desk.drafts(&account, bodies)?))
    };
    let (id, drafts) = match act() {
        Ok(made) => made,
        Err(error) => return desk.failed(Some(&account), &error),
    };
    match desk.commit("record a request at the desk", drafts).await {
        Ok(_) => Redirect::to(&format!("/requests/{id}")).into_response(),
        Err(error) => desk.failed(Some(&account), &error),
    }
}

fn request(desk: &Desk, account: &Account, asked: &Asked, about: &[(String, String)], id: RequestId) -> OutsideRequest {
    let vocabulary = desk.pack.vocabulary();
    let now = desk.now();
    let word = |name: &str| about.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str());
    let requester = asked.requester.clone().unwrap_or_else(|| "unknown".into());
    let known = vocabulary.requesters.get(requester.as_str());
    let kind = match known.map(|one| one.kind) {
        Some(Kind::Federal) => RequesterKind::Federal,
        Some(Kind::State) => RequesterKind::State,
        Some(Kind::OtherLocal) => RequesterKind::OtherLocal,
        Some(Kind::ContractorOrTaskForce) => RequesterKind::ContractorOrTaskForce,
        Some(Kind::City | Kind::Unknown) | None => RequesterKind::Unknown,
    };
    let told = |name: &str| match word(name) {
        Some(_) => Told::At { at: When::Time(now), who: None },
        None => Told::NotYet,
    };
    OutsideRequest {
        id,
        received: When::Time(now),
        requester: Requester {
            kind,
            agency: known.map_or_else(|| requester.to_string(), |one| one.title.clone()),
            id: requester,
            unit: None,
            officer: text(about, "officer").map(Private::from),
        },
        channel: chosen(&CHANNELS, word("channel")).unwrap_or(Channel::Unknown),
        receiver: Receiver {
            agency: account.agency.clone(),
            site: text(about, "site"),
            employee: Some(Private::from(account.name.as_str())),
        },
        acts: asked.acts.clone(),
        information: INFORMATION
            .iter()
            .filter(|(id, _)| about.iter().any(|(field, value)| field == "information" && value == id))
            .map(|(_, kind)| *kind)
            .collect(),
        statute: asked.statute.clone().unwrap_or_else(|| "unknown".into()),
        statute_as_stated: text(about, "stated").map(Private::from),
        claim: chosen(&CLAIMS, word("claim")).unwrap_or(Claim::NotSaid),
        documents: asked
            .documents
            .iter()
            .map(|kind| Document { kind: kind.clone(), dated: None, copy: None })
            .collect(),
        detainer: asked.lodges_detainer().then(|| record::Detainer {
            lodged: now.date(),
            reasons: Vec::new(),
            asserts_ground_a: None,
            warrant_with_it: asked.warrant_with_detainer(),
        }),
        person: None,
        supervisor: told("supervisor"),
        counsel: told("counsel"),
        note: text(about, "note").map(Private::from),
    }
}

/// Where a list begins: the sequence number before which it looks back.
#[derive(serde::Deserialize)]
pub struct Before {
    before: Option<u64>,
}

/// `GET /requests`: the agency's requests, the newest first.
pub async fn list(State(desk): State<Arc<Desk>>, account: Account, Query(query): Query<Before>) -> Response {
    let found = match desk.latest(account.agency.clone(), query.before, PAGE).await {
        Ok(found) => found,
        Err(error) => return desk.failed(Some(&account), &error),
    };
    let say = |id: &str| desk.words.say(id, &[]);
    let title = say("requests-title");
    let last = found.last().map(|row| row.seq);
    let body = html! {
        h1 { (title) }
        @if found.is_empty() {
            p { (say("requests-none")) }
        } @else {
            div.scroll tabindex="0" role="region" aria-label=(title) {
                table {
                    caption { (desk.words.say("requests-caption", &[("agency", desk.agency_title(&account.agency))])) }
                    thead { tr {
                        th scope="col" { (say("requests-when")) }
                        th scope="col" { (say("requests-who")) }
                        th scope="col" { (say("requests-what")) }
                        th scope="col" { (say("requests-id")) }
                    } }
                    tbody {
                        @for row in &found {
                            tr {
                                td { (row.request.received.day()) }
                                td { (row.request.requester.agency) }
                                td { @for act in &row.request.acts { (desk.act_title(act)) br; } }
                                td { a href=(format!("/requests/{}", row.request.id)) { (short(row.request.id)) } }
                            }
                        }
                    }
                }
            }
            @if found.len() == PAGE && let Some(last) = last {
                p { a href=(format!("/requests?before={last}")) { (say("requests-older")) } }
            }
        }
    };
    page(&desk, Some(&account), &title, &body).into_response()
}

fn short(id: RequestId) -> String {
    let text = id.to_string();
    text.get(..11).map_or(text.clone(), |start| format!("{start}…"))
}

/// `GET /requests/{id}`: one request, its answers, what was done, and where its entries stand in the log.
pub async fn one(State(desk): State<Arc<Desk>>, account: Account, Path(id): Path<String>) -> Response {
    let Ok(id) = id.parse::<RequestId>() else {
        return refusal(&desk, Some(&account), StatusCode::NOT_FOUND, &desk.words.say("request-not-found", &[]));
    };
    let entries = match desk.of_request(id).await {
        Ok(entries) => entries,
        Err(error) => return desk.failed(Some(&account), &error),
    };
    // Another agency's request is not found, rather than forbidden: an id tells nothing about what exists.
    let ours = entries.iter().find_map(|stored| match stored.entry().map(|entry| &entry.body) {
        Some(Body::Requested(request)) if request.receiver.agency == account.agency => Some(request.clone()),
        _ => None,
    });
    let Some(request) = ours else {
        return refusal(&desk, Some(&account), StatusCode::NOT_FOUND, &desk.words.say("request-not-found", &[]));
    };
    show(&desk, &account, &request, &entries, StatusCode::OK, None)
}

fn show(
    desk: &Desk,
    account: &Account,
    request: &OutsideRequest,
    entries: &[Stored],
    status: StatusCode,
    fault: Option<&str>,
) -> Response {
    let say = |id: &str| desk.words.say(id, &[]);
    let title = say("request-title");
    let present: Vec<&Entry> = entries.iter().filter_map(Stored::entry).collect();
    let findings = findings(present.iter().copied(), &desk.zone, &Limits::default());
    let body = html! {
        h1 { (title) }
        p { code { (request.id) } }
        @if let Some(fault) = fault { p.error role="alert" { (fault) } }
        @for finding in &findings {
            p.error role="note" { strong { (say("possible-violation")) } " " (say(&format!("finding-{}", kind_word(finding.kind)))) " " (say("possible-violation-means")) }
        }
        p { (say("request-recorded")) }
        table {
            caption { (say("request-facts")) }
            tbody {
                (line(&say("requests-when"), &request.received.to_string()))
                (line(&say("requests-who"), &request.requester.agency))
                @if let Some(officer) = &request.requester.officer { (line(&say("record-officer"), officer.reveal())) }
                @if let Some(stated) = &request.statute_as_stated { (line(&say("record-statute"), stated.reveal())) }
                @if let Some(site) = &request.receiver.site { (line(&say("record-site"), site)) }
                @if let Some(note) = &request.note { (line(&say("record-note"), note.reveal())) }
            }
        }
        @for entry in &present {
            @if let Body::Decided(decided) = &entry.body {
                (gate::outcome(desk, &decided.question, &decided.decision))
                (gate::reasons(desk, &decided.question, &decided.decision))
            }
        }
        h2 { (say("done-title")) }
        ul {
            @for entry in &present {
                @if let Body::Done(done) = &entry.body {
                    li { (done.when) ": " (say(&format!("deed-{}", deed_word(&done.deed)))) " · " (done.decided_by.reveal()) }
                }
            }
        }
        p { (say("done-why")) }
        form method="post" action=(format!("/requests/{}/done", request.id)) {
            fieldset {
                legend { (say("done-legend")) }
                @for (word, _) in DEEDS {
                    label.check {
                        input type="radio" name="deed" value=(word) required;
                        span { (say(&format!("deed-{word}"))) }
                    }
                }
            }
            label for="decided" { (say("done-decided-by")) }
            input id="decided" name="decided" required maxlength="200" autocomplete="off";
            label for="basis" { (say("done-basis")) }
            input id="basis" name="basis" maxlength="200" autocomplete="off";
            p { button.main type="submit" { (say("done-button")) } }
        }
        details {
            summary { (say("entries-title")) }
            p { (say("entries-why")) }
            div.scroll tabindex="0" role="region" aria-label=(say("entries-title")) {
                table {
                    thead { tr {
                        th scope="col" { (say("entries-kind")) } th scope="col" { (say("entries-id")) } th scope="col" { (say("entries-leaf")) }
                    } }
                    tbody {
                        @for stored in entries {
                            tr {
                                td { (stored.entry().map_or("erased", |entry| entry.body.kind())) }
                                td { code { (stored.id) } }
                                td { code { (hex::encode(stored.leaf.as_bytes())) } br; (proof(stored, &say("entries-proof"))) }
                            }
                        }
                    }
                }
            }
        }
    };
    (status, page(desk, Some(account), &title, &body)).into_response()
}

/// By the leaf's index, so that the link can be passed on; by id, for this agency alone, until the log has taken it up.
fn proof(stored: &Stored, word: &str) -> Markup {
    let which = stored.log_index.map_or_else(|| stored.id.to_string(), |index| index.to_string());
    html! { a href=(format!("/log/proof/{which}")) { (word) } }
}

fn line(name: &str, value: &str) -> Markup {
    html! { tr { th scope="row" { (name) } td { (value) } } }
}

/// What may have been done, in the form's words.
const DEEDS: [(&str, DeedKind); 8] = [
    ("refused", DeedKind::Refused),
    ("released", DeedKind::Released),
    ("held", DeedKind::Held),
    ("notified", DeedKind::Notified),
    ("transferred", DeedKind::Transferred),
    ("disclosed", DeedKind::Disclosed),
    ("assisted", DeedKind::Assisted),
    ("resolved", DeedKind::NotHonored),
];

#[derive(Clone, Copy)]
enum DeedKind {
    Refused,
    Released,
    Held,
    Notified,
    Transferred,
    Disclosed,
    Assisted,
    NotHonored,
}

fn deed_word(deed: &Deed) -> &'static str {
    match deed {
        Deed::Held { .. } => "held",
        Deed::Notified { .. } => "notified",
        Deed::Transferred { .. } => "transferred",
        Deed::Disclosed { .. } => "disclosed",
        Deed::Assisted { .. } => "assisted",
        Deed::Refused { .. } => "refused",
        Deed::Released { .. } => "released",
        Deed::Resolved { .. } => "resolved",
        Deed::FollowedUp { .. } => "followed-up",
    }
}

/// `POST /requests/{id}/done`: one deed, committed as an entry of its own.
pub async fn done(
    State(desk): State<Arc<Desk>>,
    account: Account,
    Path(id): Path<String>,
    Form(fields): Form<Vec<(String, String)>>,
) -> Response {
    let not_found = || refusal(&desk, Some(&account), StatusCode::NOT_FOUND, &desk.words.say("request-not-found", &[]));
    let Ok(id) = id.parse::<RequestId>() else { return not_found() };
    let entries = match desk.of_request(id).await {
        Ok(entries) => entries,
        Err(error) => return desk.failed(Some(&account), &error),
    };
    let request = entries.iter().find_map(|stored| match stored.entry().map(|entry| &entry.body) {
        Some(Body::Requested(request)) if request.receiver.agency == account.agency => Some(request.clone()),
        _ => None,
    });
    let Some(request) = request else { return not_found() };
    let word = |name: &str| fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str());
    let (Some(kind), Some(decided_by)) = (chosen(&DEEDS, word("deed")), text(&fields, "decided")) else {
        let fault = desk.words.say("done-incomplete", &[]);
        return show(&desk, &account, &request, &entries, StatusCode::UNPROCESSABLE_ENTITY, Some(&fault));
    };
    let decision: Option<EntryId> = entries
        .iter()
        .rev()
        .find_map(|stored| stored.entry().filter(|entry| matches!(entry.body, Body::Decided(_))).map(|entry| entry.id));
    let now = When::Time(desk.now());
    let to = request.requester.id.clone();
    let acts: Vec<ActId> = request.acts.clone();
    let deed = match kind {
        DeedKind::Refused => Deed::Refused { acts },
        DeedKind::Released => Deed::Released { due: None },
        DeedKind::Held => Deed::Held { from: now, until: None, ended: None::<HoldEnd> },
        DeedKind::Notified => Deed::Notified { to },
        DeedKind::Transferred => Deed::Transferred { to, on_detainer: request.detainer.is_some() },
        DeedKind::Disclosed => Deed::Disclosed {
            to,
            information: if request.information.is_empty() {
                vec![Information::Other]
            } else {
                request.information.clone()
            },
            form: DisclosureForm::Unknown,
            facilitated_transfer: Known::Unknown,
        },
        DeedKind::Assisted => match acts.into_iter().next() {
            Some(act) => Deed::Assisted { act, to },
            None => return not_found(),
        },
        DeedKind::NotHonored => Deed::Resolved { how: Resolution::NotHonored },
    };
    let done = Done {
        request: Some(id),
        decision,
        agency: account.agency.clone(),
        person: request.person,
        deed,
        when: now,
        decided_by: Private::from(decided_by),
        basis: text(&fields, "basis").map(Private::from),
        search: None,
    };
    let committed = match desk.drafts(&account, vec![Body::Done(Box::new(done))]) {
        Ok(drafts) => desk.commit("record what was done", drafts).await,
        Err(error) => Err(error),
    };
    match committed {
        Ok(_) => Redirect::to(&format!("/requests/{id}")).into_response(),
        Err(error) => desk.failed(Some(&account), &error),
    }
}

/// How entries made at the desk are marked; the demo city's are invented.
#[must_use]
pub fn source(desk: &Desk) -> Source {
    if desk.invented { Source::Demo } else { Source::Desk }
}

/// A finding's word in Fluent ids.
fn kind_word(kind: FindingKind) -> &'static str {
    match kind {
        FindingKind::DoneThoughBarred => "done-though-barred",
        FindingKind::DoneWhileOpen => "done-while-open",
        FindingKind::DoneWithoutAsking => "done-without-asking",
        FindingKind::DisclosedThoughRefused => "disclosed-though-refused",
        FindingKind::DisclosedWithoutRequest => "disclosed-without-request",
        FindingKind::HeldPastRelease => "held-past-release",
        FindingKind::TransferredWithoutRequest => "transferred-without-request",
        FindingKind::RecordedLate => "recorded-late",
    }
}
