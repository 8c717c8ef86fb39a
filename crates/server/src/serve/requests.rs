//! The page of one request: what was taken down, the answers, what was done, its place in the log.
//!
//! Another agency's request is not found, rather than forbidden: an id tells nothing about what exists.

use std::sync::Arc;

use axum::{
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use maud::{Markup, html};
use record::finding::{Limits, findings};
use record::{Body, Correction, Deed, Done, Entry, OutsideRequest, Reading, RequestId, Source};

use super::{
    Desk, deeds, disclosures, duties, findings as shown_findings,
    forms::Fields,
    gate, grounds, hand_overs,
    intake::{CHANNELS, INFORMATION, REASONS},
    page::{page, refusal, scrolled},
    photographs, readings, replay,
    session::Account,
};
use crate::{
    access::{Action, Resource},
    store::Stored,
};

/// A request as the access policies know it.
#[must_use]
pub fn what(request: &OutsideRequest) -> Resource {
    Resource::Request { agency: request.receiver.agency.clone(), site: request.receiver.site.clone() }
}

fn who(desk: &Desk, request: &OutsideRequest) -> String {
    if request.requester.id.as_str() == "unknown" {
        desk.words.say("record-requester-unknown", &[])
    } else {
        request.requester.agency.clone()
    }
}

/// The beginning of an id, for a table.
#[must_use]
pub fn short(id: RequestId) -> String {
    let text = id.to_string();
    text.get(..11).map_or(text.clone(), |start| format!("{start}…"))
}

/// The request with this id and its entries, or the page that says that there is none: also where there is one that the account
/// may not read.
pub async fn found(
    desk: &Arc<Desk>,
    account: &Account,
    id: &str,
) -> Result<(OutsideRequest, Vec<Stored>), Box<Response>> {
    let none = || {
        let sentence = desk.words.say("request-not-found", &[]);
        Box::new(refusal(desk, Some(account), StatusCode::NOT_FOUND, &sentence))
    };
    let id = id.parse::<RequestId>().map_err(|_| none())?;
    let entries = desk.of_request(id).await.map_err(|error| Box::new(desk.failed(Some(account), &error)))?;
    let ours = entries.iter().rev().find_map(|stored| match stored.entry().map(|entry| &entry.body) {
        Some(Body::Requested(request)) if desk.may(account, Action::ReadRequest, &what(request)) => {
            Some((**request).clone())
        }
        _ => None,
    });
    let request = ours.ok_or_else(none)?;
    Ok((request, entries))
}

/// As [`found`], for whoever does something about it: also the page that says that they may not.
pub async fn found_to(
    desk: &Arc<Desk>,
    account: &Account,
    id: &str,
    action: Action,
) -> Result<(OutsideRequest, Vec<Stored>), Box<Response>> {
    let (request, entries) = found(desk, account, id).await?;
    desk.must(account, action, &what(&request))?;
    Ok((request, entries))
}

/// What the page of a request says beside the request.
#[derive(Default)]
pub struct Shown<'a> {
    /// Why the last form was not taken.
    pub fault: Option<&'a str>,
    /// What came of the last form, as the id of a sentence.
    pub told: Option<&'static str>,
    /// The deed form as it was sent, if it was refused.
    pub deed: Option<&'a Fields>,
    /// The approval from which the deed form is filled in, by its id.
    pub approval: Option<&'a str>,
    /// The form of a correction as it was sent, if it was refused.
    pub correction: Option<&'a Fields>,
    /// The form that says that a duty was done as it was sent, if it was refused.
    pub duty: Option<&'a Fields>,
    /// What was said to a proposal as it was sent, if it was refused.
    pub ruling: Option<&'a Fields>,
    /// The form of a look after a hand-over as it was sent, if it was refused.
    pub look: Option<&'a Fields>,
    /// What it says of photographs of papers.
    pub photographs: photographs::InPage<'a>,
}

/// What came of the form that led here.
#[derive(serde::Deserialize)]
pub struct Told {
    /// A word of ours; anything else says nothing.
    pub told: Option<String>,
    /// `shown`: with the photographs in the page.
    pub photographs: Option<String>,
    /// The approval from which the deed form is filled in; one that does not wait to be told fills in nothing.
    pub approval: Option<String>,
}

/// `GET /requests/{id}`: one request, its answers, what was done, and where its entries stand in the log.
pub async fn one(
    State(desk): State<Arc<Desk>>,
    account: Account,
    Path(id): Path<String>,
    Query(query): Query<Told>,
) -> Response {
    let told = match query.told.as_deref() {
        Some("before") => Some("told-before"),
        Some("kept") => Some("told-kept"),
        Some("changed") => Some("told-changed"),
        Some("together") => Some("told-together"),
        Some("attached") => Some("told-attached"),
        Some("attached-before") => Some("told-attached-before"),
        Some(word) => disclosures::told(word),
        None => None,
    };
    match found(&desk, &account, &id).await {
        Ok((request, entries)) => {
            let pictures = query.photographs.as_deref() == Some("shown");
            let photographs = photographs::InPage { pictures, typed: None };
            let shown = Shown { told, photographs, approval: query.approval.as_deref(), ..Shown::default() };
            show(&desk, &account, &request, &entries, StatusCode::OK, &shown).await
        }
        Err(refused) => *refused,
    }
}

/// The page of a request, shown once the record says who opened it.
pub async fn show(
    desk: &Arc<Desk>,
    account: &Account,
    request: &OutsideRequest,
    entries: &[Stored],
    status: StatusCode,
    shown: &Shown<'_>,
) -> Response {
    let opened = match desk.newest_readings(request.id).await {
        Ok(opened) => opened,
        Err(error) => return desk.failed(Some(account), &error),
    };
    match note_opened(desk, account, Reading::of(request.id)).await {
        Ok(()) => shown_page(desk, account, request, (entries, &opened), status, shown),
        Err(failed) => *failed,
    }
}

/// Records who opens a request, or what was done about none, before any page shows something of it.
///
/// # Errors
/// The page of a failure: where the record does not take the entry, nothing is to be shown.
pub async fn note_opened(desk: &Arc<Desk>, account: &Account, reading: Reading) -> Result<(), Box<Response>> {
    let noted = match desk.drafts(account, vec![Body::Read(reading)]) {
        Ok(reading) => desk.commit("open a request", reading).await,
        Err(error) => Err(error),
    };
    noted.map(drop).map_err(|error| Box::new(desk.failed(Some(account), &error)))
}

fn shown_page(
    desk: &Desk,
    account: &Account,
    request: &OutsideRequest,
    (entries, opened): (&[Stored], &[Stored]),
    status: StatusCode,
    shown: &Shown<'_>,
) -> Response {
    let say = |id: &str| desk.words.say(id, &[]);
    let title = say("request-title");
    let present: Vec<&Entry> = entries.iter().filter_map(Stored::entry).collect();
    let gone = entries.iter().filter(|stored| stored.held.is_none()).map(|stored| stored.id);
    let findings = findings(present.iter().copied(), gone, &desk.zone, &Limits::default());
    let path = format!("/requests/{}", request.id);
    let may = |action| desk.would(account, action, &what(request));
    let (may_state, may_correct) = (may(Action::StateDeed), may(Action::Correct));
    let decisions = present.iter().filter_map(|entry| match &entry.body {
        Body::Decided(decided) => Some(&decided.decision),
        _ => None,
    });
    let body = html! {
        h1 { (title) }
        p { code { (request.id) } }
        @if let Some(fault) = shown.fault { p.error role="alert" { (fault) " " (say("request-refused")) } }
        @if let Some(told) = shown.told { p.banner role="alert" { (say(told)) } }
        @for finding in &findings { (shown_findings::note(desk, finding)) }
        @for wrong in deeds::contradicted(&present) {
            p.error role="note" { (say("contradiction")) " " (say(wrong)) }
        }
        @if shown.fault.is_none() { p { (say("request-recorded")) } }
        (photographs::way(desk, account, request))
        (facts(desk, request))
        (guided(desk, &present))
        h2 { (say("answer-title")) }
        (gate::read_until(desk, decisions))
        @for entry in &present {
            @if let Body::Decided(decided) = &entry.body {
                (gate::outcome(desk, &decided.question, &decided.decision))
                (gate::reasons(desk, &decided.question, &decided.decision))
                (grounds::known(desk, &decided.question, &decided.facts))
            }
        }
        (photographs::part(desk, account, request, &present, shown.photographs))
        (disclosures::section(desk, account, request, &present, shown.ruling))
        (duties::of_request::part(desk, account, request, entries, shown))
        (hand_overs::part(desk, account, (&path, "hand-overs-of-request", may_state), &present, shown.look))
        h2 { (say("done-title")) }
        (deeds(desk, account, (&path, may_correct), &present, shown.correction))
        @if may_state {
            p { (say("done-why")) }
            (deeds::form(desk, account, request, &present, shown.deed, shown.approval))
        }
        @if present.iter().any(|entry| matches!(entry.body, Body::Decided(_))) { (replay::form(desk, request.id)) }
        details {
            summary { (say("entries-title")) }
            p { (say("entries-why")) }
            (scrolled(&say("entries-title"), &html! {
                table {
                    thead { tr {
                        th scope="col" { (say("entries-kind")) } th scope="col" { (say("entries-id")) } th scope="col" { (say("entries-leaf")) }
                    } }
                    tbody {
                        @for stored in entries {
                            tr id=(stored.id) {
                                td { (kind(desk, stored)) }
                                td { code { (stored.id) } }
                                td { code { (hex::encode(stored.leaf.as_bytes())) } br; (proof(stored, &say("entries-proof"))) }
                            }
                        }
                    }
                }
            }))
        }
        (readings::part(desk, request.id, opened))
    };
    (status, page(desk, Some(account), &title, &body)).into_response()
}

/// That it was decided offline first, and what the guide said then.
fn guided(desk: &Desk, present: &[&Entry]) -> Markup {
    let say = |id: &str| desk.words.say(id, &[]);
    let differs = present
        .iter()
        .any(|entry| matches!(&entry.body, Body::Fault(fault) if fault.kind == record::FaultKind::OfflineDiffers));
    html! {
        @for entry in present {
            @if let Body::Guided(guided) = &entry.body {
                h2 { (say("guided-title")) }
                p { (desk.words.say("guided-said", &[("at", &minute(guided.at))])) }
                ul { @for one in &guided.said {
                    li { (desk.act_title(&one.act)) ": " strong { (say(&format!("outcome-{}", one.said.outcome().word()))) } }
                } }
                @if guided.stale.is_some() { p { (say("guided-stale")) } }
                @if !guided.same_pack { p.banner role="note" { (say("guided-other-pack")) } }
                @if differs { p.error { (say("guided-differs")) } }
            }
        }
    }
}

/// A moment to the minute.
fn minute(at: jiff::civil::DateTime) -> String {
    format!("{} {:02}:{:02}", at.date(), at.hour(), at.minute())
}

/// By the leaf's index, so that the link can be passed on; by id, for this agency alone, until the log has taken it up.
pub fn proof(stored: &Stored, word: &str) -> Markup {
    let which = stored.log_index.map_or_else(|| stored.id.to_string(), |index| index.to_string());
    html! { a href=(format!("/log/proof/{which}")) { (word) } }
}

/// What an entry is, in a word.
fn kind(desk: &Desk, stored: &Stored) -> String {
    let kind = stored.entry().map_or("gone", |entry| entry.body.kind());
    desk.words.say(&format!("entry-{kind}"), &[])
}

fn facts(desk: &Desk, request: &OutsideRequest) -> Markup {
    let say = |id: &str| desk.words.say(id, &[]);
    let line = |name: &str, value: &str| html! { tr { th scope="row" { (say(name)) } td { (value) } } };
    let words = |prefix: &str, words: Vec<&str>| -> String {
        words.into_iter().map(|word| say(&format!("{prefix}-{word}"))).collect::<Vec<_>>().join("; ")
    };
    let information: Vec<&str> =
        INFORMATION.iter().filter(|(_, kind)| request.information.contains(kind)).map(|(word, _)| *word).collect();
    let reasons: Vec<&str> = request.detainer.as_ref().map_or_else(Vec::new, |detainer| {
        REASONS.iter().filter(|(_, reason)| detainer.reasons.contains(reason)).map(|(word, _)| *word).collect()
    });
    let (statutes, documents) = (&desk.pack.vocabulary().statutes, &desk.pack.vocabulary().documents);
    let statute = match request.statute.as_str() {
        "unknown" => say("request-statute-unknown"),
        other => statutes.get(&request.statute).map_or_else(|| other.to_owned(), |one| one.title.clone()),
    };
    let title = |paper: &record::Document| {
        documents.get(&paper.kind).map_or_else(|| paper.kind.to_string(), |one| one.title.clone())
    };
    let papers: Vec<String> = request.documents.iter().map(title).collect();
    html! {
        table {
            caption { (say("request-facts")) }
            tbody {
                (line("requests-when", &request.received.to_string()))
                (line("requests-who", &who(desk, request)))
                @for (word, _) in CHANNELS.iter().filter(|(_, channel)| *channel == request.channel) {
                    (line("request-channel", &say(&format!("channel-{word}"))))
                }
                (line("request-statute", &statute))
                @if !papers.is_empty() { (line("request-papers", &papers.join("; "))) }
                @if !information.is_empty() { (line("request-information", &words("information", information))) }
                @if let Some(detainer) = &request.detainer { (line("request-lodged", &detainer.lodged.to_string())) }
                @if !reasons.is_empty() { (line("request-reasons", &words("reason", reasons))) }
                @if let Some(person) = &request.person { (line("request-person", &person.to_string())) }
                @if let Some(unit) = &request.requester.unit { (line("record-unit", unit)) }
                @if let Some(officer) = &request.requester.officer { (line("record-officer", officer.reveal())) }
                @if let Some(stated) = &request.statute_as_stated { (line("record-statute", stated.reveal())) }
                @if let Some(site) = &request.receiver.site { (line("record-site", desk.site_name(&request.receiver.agency, site))) }
                @if let Some(note) = &request.note { (line("record-note", note.reveal())) }
            }
        }
    }
}

/// What was done, each with who decided; what was a mistake says so, with who said it and why. Whoever may correct it has the form for
/// that, which leads to the page that has this path.
pub fn deeds(
    desk: &Desk,
    account: &Account,
    (path, may_correct): (&str, bool),
    present: &[&Entry],
    typed: Option<&Fields>,
) -> Markup {
    let wrong = record::corrected(present.iter().copied());
    let correction = |entry: &Entry| -> Option<&Correction> {
        let by = wrong.get(&entry.id)?;
        present.iter().find(|other| other.id == *by).and_then(|other| match &other.body {
            Body::Corrected(correction) => Some(correction),
            _ => None,
        })
    };
    html! {
        ul.deeds {
            @for entry in present {
                @if let Body::Done(done) = &entry.body {
                    li {
                        @if let Some(correction) = correction(entry) {
                            (deeds::taken_back(desk, &deed(desk, done), correction))
                        } @else {
                            (deed(desk, done))
                            @if let Some(basis) = &done.basis {
                                @let label = if matches!(done.deed, Deed::FollowedUp { .. }) { "look-where" } else { "done-basis-short" };
                                p { (desk.words.say(label, &[])) ": " (basis.reveal()) }
                            }
                            (hand_overs::said(desk, done))
                            @if may_correct {
                                (deeds::correction_form(desk, account, path, entry.id, typed))
                            }
                        }
                    }
                }
            }
        }
    }
}

fn deed(desk: &Desk, done: &Done) -> String {
    let mut what = desk.words.say(&format!("deed-{}", deeds::deed_word(&done.deed)), &[]);
    if let Deed::Assisted { act, .. } = &done.deed {
        what = format!("{what} ({})", desk.act_title(act));
    }
    if let Deed::Disclosed { information, form, .. } = &done.deed {
        what = format!("{what}: {}", disclosures::told_of(desk, information, *form));
    }
    if let Deed::FollowedUp { charge_filed, .. } = &done.deed {
        what = format!("{what}: {}", hand_overs::found(desk, *charge_filed));
    }
    format!("{}: {what} · {}", done.when, done.decided_by.reveal())
}

/// How entries made at the desk are marked; the demo city's are invented.
#[must_use]
pub fn source(desk: &Desk) -> Source {
    if desk.invented { Source::Demo } else { Source::Desk }
}
