//! `POST /guide/queue`: one thing that was taken down without network is recorded, and answered again.
//!
//! What a phone sends is one form: what was asked, what the guide said, and the form that records. It is read as the desk's own form is,
//! by the same rules, and bears a number: sent again, it is recorded once. Only when its entries are durable is the phone told so. What
//! cannot be recorded is refused with the sentence that says why, and stays on the phone.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Json,
    body::Bytes,
    extract::{State, rejection::BytesRejection},
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use guide::Answered;
use jiff::civil::{Date, DateTime};
use law::{ActId, AgencyId, Decision, PackRef, Said, Stale, Standing, Text, offline::said};
use record::{Body, Decided, Fault as Faulty, FaultKind, Guided, OfAct, Private, RequestId};
use serde::Deserialize;
use serde_json::json;

use crate::{
    access::{Action, Resource},
    serve::{
        Desk, Kept,
        asked::Asked,
        forms::{Fault, Fields, Nonce},
        intake::{self, Parts, Taker},
        requests::what,
        session::Account,
    },
};

/// How far a device's clock may be ahead of the city's, in minutes.
const CLOCK_MINUTES: i64 = 15;

/// What a phone sends.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sent {
    /// The form's number, 32 letters of hexadecimal.
    id: String,
    /// Who took it down.
    member: String,
    /// For which agency.
    agency: AgencyId,
    /// At which site; empty: at no particular one, none: its guide did not say yet.
    #[serde(default)]
    site: Option<String>,
    /// When, by the device's clock, on the city's wall.
    at: DateTime,
    /// The SHA-256 of the guide's pack.
    pack: Text,
    /// What the device knew of its own age.
    standing: Standing,
    /// What the guide said of each act.
    said: Vec<OfAct>,
    /// The question and the form that records, as the desk's own form has them.
    fields: Vec<(String, String)>,
}

/// Why something is not recorded: the status, and the sentence that says so.
type Refused = (StatusCode, String);

/// Records one thing that was taken down without network.
pub async fn take(State(desk): State<Arc<Desk>>, account: Account, sent: Result<Bytes, BytesRejection>) -> Response {
    let at_own_site = Resource::Request { agency: account.agency.clone(), site: account.site.clone() };
    let refused = |(status, sentence): Refused| (status, Json(json!({ "refused": sentence }))).into_response();
    if !desk.may(&account, Action::RecordRequest, &at_own_site) {
        return refused((StatusCode::FORBIDDEN, desk.words.say("guide-refused-403", &[])));
    }
    let sent = match sent {
        Ok(sent) => sent,
        Err(error) => {
            let id = if error.status() == StatusCode::PAYLOAD_TOO_LARGE { "413" } else { "other" };
            return refused((error.status(), desk.words.say(&format!("guide-refused-{id}"), &[])));
        }
    };
    let (id, nonce, bodies) = match bodies(&desk, &account, &sent) {
        Ok(read) => read,
        Err(why) => return refused(why),
    };
    match desk.record("record what a guide took down offline", &account, &nonce, bodies).await {
        Ok(kept) => Json(json!({ "recorded": id, "before": kept == Kept::Before })).into_response(),
        Err(error) => {
            // As any page that fails; the phone keeps what it has and sends it again.
            let _ = desk.failed(Some(&account), &error);
            let sentence = desk.words.say("guide-refused-other", &[]);
            refused((StatusCode::INTERNAL_SERVER_ERROR, sentence))
        }
    }
}

/// The entries of what was sent: the request, what the guide said, the server's own answers, and a fault where the two differ.
fn bodies(
    desk: &Desk,
    account: &Account,
    sent: &[u8],
) -> Result<(RequestId, crate::serve::forms::Nonce, Vec<Body>), Refused> {
    let say = |id: &str| desk.words.say(id, &[]);
    let unfit = |id: &str| (StatusCode::UNPROCESSABLE_ENTITY, say(id));
    let faulty = |fault: Fault| (StatusCode::UNPROCESSABLE_ENTITY, fault.say(&desk.words));
    let sent: Sent = serde_json::from_slice(sent).map_err(|_| (StatusCode::BAD_REQUEST, say("guide-queue-form")))?;
    if sent.member != account.staff {
        return Err((StatusCode::FORBIDDEN, say("guide-queue-member")));
    }
    if sent.agency != account.agency {
        let arguments = [("agency", sent.agency.as_str()), ("own", account.agency.as_str())];
        return Err((StatusCode::FORBIDDEN, desk.words.say("guide-queue-agency", &arguments)));
    }
    // Who works at several sites sends what was asked at one of them as asked there.
    if sent.site.is_some_and(|site| site != account.site.as_deref().unwrap_or_default()) {
        return Err((StatusCode::FORBIDDEN, say("guide-other-post")));
    }
    let now = desk.now();
    let taken = sent.at.date();
    let ahead = now.checked_add(jiff::Span::new().minutes(CLOCK_MINUTES)).is_ok_and(|latest| sent.at > latest);
    if ahead || sent.standing.today != taken {
        return Err(unfit("guide-queue-clock"));
    }
    let (about, question) = intake::split(sent.fields);
    let mut typed = Fields(about);
    typed.0.retain(|(name, _)| name != "nonce" && name != "shown");
    typed.0.push(("nonce".to_owned(), sent.id));
    if typed.one("received").is_none() {
        typed.0.push(("received".to_owned(), taken.to_string()));
    }
    let mut asked = Asked::parse(&question, desk.pack.vocabulary()).map_err(|unread| faulty(Fault::from(unread)))?;
    asked.agency = Some(account.agency.clone());
    if let Some(requester) = &asked.requester {
        typed.0.push(("requester".to_owned(), requester.to_string()));
    }
    let nonce = Nonce::read(&typed).map_err(faulty)?;
    let place = (&account.agency, account.site.as_deref());
    // The contact was when it was taken down, not when it is sent.
    let parts = Parts::read(desk, place, &asked, &typed, sent.at).map_err(faulty)?;
    let on = parts.received.day();
    let id = RequestId::from_bytes(nonce.id(account));
    let answers = desk.answers(&asked, on);
    let said_of: BTreeMap<&ActId, Said> = sent.said.iter().map(|one| (&one.act, one.said)).collect();
    let every_act = said_of.len() == sent.said.len() && said_of.len() == answers.len();
    if answers.is_empty() || !every_act || !answers.iter().all(|(question, ..)| said_of.contains_key(&question.act)) {
        return Err(unfit("guide-queue-form"));
    }
    let own = desk.pack.reference();
    let guides = PackRef { sha256: sent.pack.clone(), ..own.clone() };
    let (same_pack, stale) = (sent.pack == own.sha256, sent.standing.stale(&guides));
    let differs = match same_pack {
        false => Vec::new(),
        true if on == taken => differing(&answers, taken, stale, &said_of),
        // The record answers for the day of the contact, the guide answered for its own.
        true => differing(&desk.answers(&asked, taken), taken, stale, &said_of),
    };
    let taker = Taker { agency: &account.agency, site: account.site.as_deref(), employee: Some(&account.name) };
    let request = intake::request(desk, &taker, &asked, parts, id);
    if !desk.may(account, Action::RecordRequest, &what(&request)) {
        return Err((StatusCode::FORBIDDEN, say("guide-refused-403")));
    }
    let guided = Guided { request: id, at: sent.at, pack: sent.pack, same_pack, stale, said: sent.said.clone() };
    let mut bodies = vec![Body::Requested(Box::new(request)), Body::Guided(Box::new(guided))];
    bodies.extend(answers.into_iter().map(|(question, facts, decision)| {
        Body::Decided(Box::new(Decided { request: id, question, facts, decision }))
    }));
    bodies.extend(differs.into_iter().map(|detail| {
        let (kind, detail) = (FaultKind::OfflineDiffers, Private::from(detail.as_str()));
        Body::Fault(Faulty { kind, request: Some(id), entry: None, detail })
    }));
    Ok((id, nonce, bodies))
}

/// Where the guide said something else than it had to, under the same pack and the law of the day on which it said it.
fn differing(answers: &[Answered], on: Date, stale: Option<Stale>, said_of: &BTreeMap<&ActId, Said>) -> Vec<String> {
    let differs = |act: &ActId, decision: &Decision| {
        let due = said(decision.outcome, stale);
        (said_of.get(act) != Some(&due)).then(|| {
            let (given, due) = (said_of.get(act).map_or("nothing", |said| said.outcome().word()), due.outcome().word());
            format!("the guide said {given} of `{act}`, and under its own pack on {on} it had to say {due}")
        })
    };
    answers.iter().filter_map(|(question, _, decision)| differs(&question.act, decision)).collect()
}
