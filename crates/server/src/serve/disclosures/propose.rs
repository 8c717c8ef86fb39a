//! The form of a proposal, and the act that records it, or records that everything stops.

use std::sync::Arc;

use axum::{
    Form,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use law::Known;
use maud::{Markup, html};
use record::{
    Body, DisclosureForm, Entry, Information, OutsideRequest, Private, Proposal, Reading, SealedStop,
    disclosure::{self, NoBasis},
};

use super::{ANSWERS, GROUNDS, REASON_MAX_CHARS, no_basis_word, stop, what};
use crate::{
    access::Action,
    serve::{
        Desk, Kept,
        deeds::FORMS,
        forms::{Fault, Fields, Nonce},
        intake::{self, INFORMATION},
        page::page,
        requests::{found, note_opened},
        session::Account,
    },
    store::Stored,
};

/// `GET /requests/{id}/disclose`: the form, or why there is none.
pub async fn form(State(desk): State<Arc<Desk>>, account: Account, Path(id): Path<String>) -> Response {
    let (request, entries) = match opened(&desk, &account, &id).await {
        Ok(opened) => opened,
        Err(refused) => return *refused,
    };
    shown(&desk, &account, &request, &entries, None).await
}

/// The request and its entries, if the account may propose something about it.
async fn opened(desk: &Arc<Desk>, account: &Account, id: &str) -> Result<(OutsideRequest, Vec<Stored>), Box<Response>> {
    let (request, entries) = found(desk, account, id).await?;
    let present: Vec<&Entry> = entries.iter().filter_map(Stored::entry).collect();
    let it = what(&request, &present, &account.staff);
    if disclosure::sealed(&present).is_some() {
        let _ = desk.may(account, Action::Propose, &it);
        return Err(Box::new(stopped(desk, account, &request).await));
    }
    desk.must(account, Action::Propose, &it)?;
    Ok((request, entries))
}

/// The page of the hard stop. That a record is sealed is something of the request too, so whoever is told is an entry first.
pub async fn stopped(desk: &Arc<Desk>, account: &Account, request: &OutsideRequest) -> Response {
    if let Err(failed) = note_opened(desk, account, Reading::of(request.id)).await {
        return *failed;
    }
    let title = desk.words.say("stop-title", &[]);
    let body = html! {
        h1 { (title) }
        (stop(desk, account))
        p { (desk.words.say("stop-recorded", &[])) }
        p { a href=(format!("/requests/{}", request.id)) { (desk.words.say("stop-back", &[])) } }
    };
    (StatusCode::FORBIDDEN, page(desk, Some(account), &title, &body)).into_response()
}

/// What the form begins with: what was asked for.
fn begun(request: &OutsideRequest) -> Fields {
    let asked = INFORMATION.iter().filter(|(_, kind)| request.information.contains(kind));
    Fields(asked.map(|(word, _)| ("information".to_owned(), (*word).to_owned())).collect())
}

/// Why nothing at all can be proposed; none where something can.
pub(super) fn nothing(request: &OutsideRequest, present: &[&Entry]) -> Option<NoBasis> {
    let to = &request.requester.id;
    let rests =
        |information: Information, form: DisclosureForm| disclosure::basis(present, to, &[information], form).err();
    rests(Information::Other, DisclosureForm::Alert)?;
    rests(Information::ReleaseDate, DisclosureForm::Spoken)?;
    rests(Information::Other, DisclosureForm::Spoken)
}

/// The page of the form, shown once the record says who opened the request.
async fn shown(
    desk: &Arc<Desk>,
    account: &Account,
    request: &OutsideRequest,
    entries: &[Stored],
    refused: Option<(&Fields, &Fault)>,
) -> Response {
    if let Err(failed) = note_opened(desk, account, Reading::of(request.id)).await {
        return *failed;
    }
    let say = |id: &str| desk.words.say(id, &[]);
    let present: Vec<&Entry> = entries.iter().filter_map(Stored::entry).collect();
    let title = say("disclose-propose-title");
    let first = begun(request);
    let given = refused.map_or(&first, |(typed, _)| typed);
    let body = html! {
        h1 { (title) }
        p { a href=(format!("/requests/{}", request.id)) { (say("stop-back")) } }
        @if let Some((_, fault)) = refused { p.error role="alert" { (fault.say(&desk.words)) } }
        p { (say("disclose-propose-why")) }
        dl {
            dt { (say("disclose-to")) } dd { (request.requester.agency) }
            dt { (say("disclose-answers")) }
            @for entry in &present {
                @if let Body::Decided(decided) = &entry.body {
                    dd { (desk.act_title(&decided.question.act)) ": " strong { (say(&format!("outcome-{}", decided.decision.outcome.word()))) } }
                }
            }
        }
        @if let Some(none) = nothing(request, &present) {
            p.error role="note" { (say(no_basis_word(none))) }
            @if none == NoBasis::NotAsked { p { a href="/gate" { (say("disclose-at-the-gate")) } } }
        } @else {
            form method="post" action=(format!("/requests/{}/disclose", request.id)) {
                (Nonce::field(desk))
                (intake::information(desk, "disclose-information", None, given))
                label for="form" { (say("disclose-form")) }
                select id="form" name="form" required {
                    option value="" { (say("record-choose")) }
                    @for (word, _) in FORMS.iter().filter(|(_, form)| *form != DisclosureForm::Unknown) {
                        option value=(word) selected[given.has("form", word)] { (say(&format!("form-{word}"))) }
                    }
                }
                (radios(desk, "sealed", "disclose-sealed", Some("disclose-sealed-why"), "answer", ANSWERS.map(|(word, _)| word), given))
                (radios(desk, "ground", "disclose-ground", None, "disclose-ground", GROUNDS.map(|(word, _)| word), given))
                (radios(desk, "routine", "disclose-routine", Some("disclose-routine-why"), "answer", ANSWERS.map(|(word, _)| word), given))
                label for="why" { (say("disclose-reason")) }
                textarea id="why" name="why" rows="4" required { (given.one("why").unwrap_or_default()) }
                p { button.main type="submit" { (say("disclose-button")) } }
            }
        }
    };
    let status = if refused.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    (status, page(desk, Some(account), &title, &body)).into_response()
}

fn radios(
    desk: &Desk,
    field: &str,
    legend: &str,
    hint: Option<&str>,
    prefix: &str,
    words: [&str; 3],
    given: &Fields,
) -> Markup {
    html! {
        fieldset {
            legend { (desk.words.say(legend, &[])) }
            @if let Some(hint) = hint { p.quiet { (desk.words.say(hint, &[])) } }
            @for word in words {
                label.check {
                    input type="radio" name=(field) value=(word) required checked[given.has(field, word)];
                    span { (desk.words.say(&format!("{prefix}-{word}"), &[])) }
                }
            }
        }
    }
}

/// `POST /requests/{id}/disclose`: the proposal, kept once; or the stop.
pub async fn propose(
    State(desk): State<Arc<Desk>>,
    account: Account,
    Path(id): Path<String>,
    Form(fields): Form<Vec<(String, String)>>,
) -> Response {
    let (request, entries) = match opened(&desk, &account, &id).await {
        Ok(opened) => opened,
        Err(refused) => return *refused,
    };
    let typed = Fields(fields);
    let present: Vec<&Entry> = entries.iter().filter_map(Stored::entry).collect();
    let (nonce, body) = match read(&account, &request, &present, &typed) {
        Ok(read) => read,
        Err(fault) => return shown(&desk, &account, &request, &entries, Some((&typed, &fault))).await,
    };
    // Whom it waits for, by the answer that it rests on.
    let to = &request.requester.id;
    let told = match &body {
        Body::Proposed(made) => match disclosure::basis(&present, to, &made.information, made.form) {
            Ok(basis) if basis.needs_counsel() => "to-counsel",
            _ => "to-officer",
        },
        _ => "stopped",
    };
    match desk.record("propose a disclosure", &account, &nonce, vec![body]).await {
        Ok(Kept::New) => Redirect::to(&format!("/requests/{}?told={told}", request.id)).into_response(),
        Ok(Kept::Before) => Redirect::to(&format!("/requests/{}?told=before", request.id)).into_response(),
        Err(error) => desk.failed(Some(&account), &error),
    }
}

fn read(
    account: &Account,
    request: &OutsideRequest,
    present: &[&Entry],
    typed: &Fields,
) -> Result<(Nonce, Body), Fault> {
    let nonce = Nonce::read(typed)?;
    let incomplete = || Fault::new("disclose-incomplete");
    let information = typed.choices("information", "disclose-information", &INFORMATION)?;
    if information.is_empty() {
        return Err(incomplete());
    }
    let form = typed.choice("form", "disclose-form", &FORMS)?;
    let (id, agency) = (request.id, request.receiver.agency.clone());
    match typed.choice("sealed", "disclose-sealed", &ANSWERS)?.ok_or_else(incomplete)? {
        Known::Yes => {
            // Whatever else was typed: the stop is what has to be in the record.
            let form = form.unwrap_or(DisclosureForm::Unknown);
            return Ok((nonce, Body::Stopped(Box::new(SealedStop { request: id, agency, information, form }))));
        }
        Known::Unknown => return Err(Fault::new("disclose-look-first")),
        Known::No => {}
    }
    let form = form.ok_or_else(incomplete)?;
    if form == DisclosureForm::Unknown {
        return Err(Fault::of("form-not-on-list", "disclose-form"));
    }
    let ground = typed.choice("ground", "disclose-ground", &GROUNDS)?.ok_or_else(incomplete)?;
    let routine = typed.choice("routine", "disclose-routine", &ANSWERS)?.ok_or_else(incomplete)?;
    let why = typed.text("why", "disclose-reason", REASON_MAX_CHARS)?.ok_or_else(incomplete)?;
    let to = request.requester.id.clone();
    let basis = disclosure::basis(present, &to, &information, form).map_err(|none| Fault::new(no_basis_word(none)))?;
    let proposal = Proposal {
        request: id,
        agency,
        person: request.person,
        to,
        information,
        form,
        decisions: basis.decisions,
        ground,
        routine,
        sealed: Known::No,
        why: Private::from(why),
        maker: Private::from(account.staff.as_str()),
    };
    Ok((nonce, Body::Proposed(Box::new(proposal))))
}
