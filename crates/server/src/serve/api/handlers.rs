//! The calls themselves: each asks what its system may do, reads its content whole, and commits through the store or answers from it.

use std::sync::Arc;

use axum::{
    Json,
    body::Body as Sent,
    extract::{Path, RawQuery, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use jiff::civil::Date;
use law::{Decision, Facts, Question};
use record::{
    Body, Entry, EntryId, OutsideRequest, Reading, RequestId,
    finding::{Limits, findings},
};

use super::{
    caller::{Caller, source},
    calls::{DEED_NAMES, DeedCall, RECORD_NAMES, RecordCall},
    content::{self, Repeatable},
    problem::{Kind, Problem, Refused},
    views,
};
use crate::{
    access::{Action, Resource},
    hooks::keys::{Keys, followed},
    serve::{
        Desk,
        asked::Asked,
        deeds,
        findings::{LISTED, of_agency},
        forms::Fault,
        intake::{self, Parts, Taker},
        requests::what,
    },
    store::{Draft, StoreError, Stored},
};

/// The act by which a request is recorded, as the store keeps it beside each entry.
const RECORD: &str = "record a request by the interface";

/// How many requests a list has when nothing is said, and at most.
pub const LIMITS: (usize, usize) = (50, 100);

/// What a handler gives.
type Answered = Result<Response, Refused>;

/// `POST /decide`: asks the law; nothing is kept.
pub async fn decide(
    State(desk): State<Arc<Desk>>,
    caller: Caller,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Sent,
) -> Answered {
    let [on] = content::query(&desk, query.as_deref(), ["on"])?;
    let on = match on {
        Some(text) => day(&text).ok_or_else(|| content::in_query(&desk, "on", "problem-query-day"))?,
        None => desk.now().date(),
    };
    let text = content::text(&desk, &headers, body).await?;
    let questions = asked_of(&desk, &caller, &text, "")?;
    let answers = answers(&desk, questions, on);
    let answers = answers.into_iter().map(|(question, _, decision)| views::Answer::given(question, decision));
    Ok(Json(views::Decided { recorded: false, answers: answers.collect() }).into_response())
}

/// A day as it is written, and nothing looser.
fn day(text: &str) -> Option<Date> {
    text.parse().ok().filter(|day: &Date| day.to_string() == text)
}

/// The questions of a call, all of which the system may ask.
fn asked_of(desk: &Desk, caller: &Caller, text: &str, under: &str) -> Result<Vec<(Question, Facts)>, Refused> {
    let questions = content::asked(desk, text, under)?;
    for (question, _) in &questions {
        caller.must(desk, Action::Ask, &Resource::Agency(question.agency.clone()))?;
    }
    Ok(questions)
}

fn answers(desk: &Desk, questions: Vec<(Question, Facts)>, on: Date) -> Vec<(Question, Facts, Decision)> {
    let answers: Vec<_> = questions
        .into_iter()
        .map(|(question, facts)| {
            let decision = law::decide(&desk.pack, &question, &facts, on);
            (question, facts, decision)
        })
        .collect();
    desk.counted_decisions(&answers);
    answers
}

/// `POST /requests`: commits a request and its answers, as the desk's form does.
pub async fn record(State(desk): State<Arc<Desk>>, caller: Caller, headers: HeaderMap, body: Sent) -> Answered {
    let text = content::text(&desk, &headers, body).await?;
    let repeatable = Repeatable::read(&desk, &headers, caller.0.id, "/api/v1/requests", &text)?;
    let call: RecordCall = content::parse(&desk, &text)?;
    let questions = content::asked(&desk, call.asked.get(), "/asked")?;
    let asked = as_asked(&questions);
    for (question, _) in &questions {
        let site = call.site().map(str::to_owned);
        caller.must(&desk, Action::RecordRequest, &Resource::Request { agency: question.agency.clone(), site })?;
    }
    let id = RequestId::from_bytes(repeatable.id());
    if let Some(before) = recorded(&desk, id).await? {
        return Ok(before);
    }
    let unfit = |fault: &Fault| content::unfit(&desk, fault, &RECORD_NAMES);
    if let Some(field) = call.of_detainer().filter(|_| !asked.lodges_detainer()) {
        return Err(unfit(&Fault::new("problem-no-detainer").at(field)));
    }
    let now = desk.now();
    let parts =
        Parts::read(&desk, (&caller.0.agency, None), &asked, &call.fields(), now).map_err(|fault| unfit(&fault))?;
    let on = parts.received();
    let taker = Taker { agency: &caller.0.agency, site: None, employee: None };
    let mut bodies = vec![Body::Requested(Box::new(intake::request(&desk, &taker, &asked, parts, id)))];
    for (question, facts, decision) in answers(&desk, questions, on) {
        bodies.push(Body::Decided(Box::new(record::Decided { request: id, question, facts, decision })));
    }
    let drafts = desk.drafts_by(&caller.actor(), &source(&desk), bodies);
    keep(&desk, RECORD, &repeatable, drafts).await?;
    match recorded(&desk, id).await? {
        Some(answer) => Ok(answer),
        // The key has recorded something, and it is not this.
        None => Err(Problem::of(&desk.words, Kind::KeyReused).into()),
    }
}

/// The questions as the desk's reader of the form has them.
fn as_asked(questions: &[(Question, Facts)]) -> Asked {
    let Some((first, facts)) = questions.first() else { return Asked::default() };
    Asked {
        situation: None,
        agency: Some(first.agency.clone()),
        acts: questions.iter().map(|(question, _)| question.act.clone()).collect(),
        requester: Some(first.requester.clone()),
        statute: Some(first.statute_enforced.clone()),
        documents: first.document.clone(),
        documents_answered: true,
        further: false,
        facts: facts.iter().map(|(name, fact)| (name.clone(), Some(fact.value.clone()))).collect(),
    }
}

/// Commits a call's entries under its key. That the key was used before is no failure: whoever calls this looks what it recorded.
async fn keep(
    desk: &Arc<Desk>,
    act: &'static str,
    repeatable: &Repeatable,
    drafts: anyhow::Result<Vec<Draft>>,
) -> Result<(), Refused> {
    let mut drafts = drafts.map_err(|error| Refused::ours(desk, &error))?;
    for (part, draft) in drafts.iter_mut().enumerate() {
        draft.key = Some(repeatable.key(part));
    }
    match desk.commit(act, drafts).await {
        Ok(_) => Ok(()),
        Err(error) => match error.downcast_ref::<StoreError>() {
            Some(StoreError::KeyReused { .. }) => Ok(()),
            _ => Err(Refused::ours(desk, &error)),
        },
    }
}

/// The answer to the call that recorded this request, from the record; nothing if none has.
async fn recorded(desk: &Arc<Desk>, id: RequestId) -> Result<Option<Response>, Refused> {
    let entries = desk.of_request(id).await.map_err(|error| Refused::ours(desk, &error))?;
    if entries.is_empty() {
        return Ok(None);
    }
    if requested(&entries).is_none() {
        return Err(Problem::of(&desk.words, Kind::Erased).into());
    }
    let place = [(header::LOCATION, format!("/api/v1/requests/{id}"))];
    Ok(Some((StatusCode::CREATED, place, Json(views::recorded(id, RECORD, &entries))).into_response()))
}

fn requested(entries: &[Stored]) -> Option<OutsideRequest> {
    entries.iter().rev().find_map(|stored| match stored.entry().map(|entry| &entry.body) {
        Some(Body::Requested(request)) => Some((**request).clone()),
        _ => None,
    })
}

/// The request of this id and its entries, if the system may do this to it; else it is not found, which tells nothing about whether
/// there is one.
async fn found(
    desk: &Arc<Desk>,
    caller: &Caller,
    action: Action,
    id: &str,
) -> Result<(OutsideRequest, Vec<Stored>), Refused> {
    // Who was given nothing of the kind is told so, whatever the id.
    caller.must(desk, action, &Resource::Request { agency: caller.0.agency.clone(), site: None })?;
    let none = || Refused::from(Problem::of(&desk.words, Kind::NotFound));
    let id: RequestId = id.parse().map_err(|_| none())?;
    let entries = desk.of_request(id).await.map_err(|error| Refused::ours(desk, &error))?;
    let request = requested(&entries).filter(|request| caller.may(desk, action, &what(request))).ok_or_else(none)?;
    Ok((request, entries))
}

/// `POST /requests/{id}/deeds`: states one deed, as the desk's form does.
pub async fn state(
    State(desk): State<Arc<Desk>>,
    caller: Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Sent,
) -> Answered {
    let (request, entries) = found(&desk, &caller, Action::StateDeed, &id).await?;
    let text = content::text(&desk, &headers, body).await?;
    let path = format!("/api/v1/requests/{}/deeds", request.id);
    let repeatable = Repeatable::read(&desk, &headers, caller.0.id, &path, &text)?;
    let call: DeedCall = content::parse(&desk, &text)?;
    let entry = EntryId::from_bytes(repeatable.id());
    if let Some(before) = stated(&desk, request.id, entry).await? {
        return Ok(before);
    }
    let unfit = |fault: &Fault| content::unfit(&desk, fault, &DEED_NAMES);
    if let Some(field) = call.of_another() {
        return Err(unfit(&Fault::new("problem-other-deed").at(field)));
    }
    // The form has a list there, of which something is always chosen.
    let acts = &desk.pack.vocabulary().acts;
    if call.act.as_ref().is_some_and(|act| !acts.contains_key(act.as_str())) {
        return Err(unfit(&Fault::of("form-not-on-list", "done-act").at("act")));
    }
    let done =
        deeds::read(&desk, &caller.0.agency, &request, &entries, &call.fields()).map_err(|fault| unfit(&fault))?;
    let drafts = desk.drafts_by(&caller.actor(), &source(&desk), vec![Body::Done(Box::new(done))]);
    let mut drafts = drafts.map_err(|error| Refused::ours(&desk, &error))?;
    // One deed, one entry, whose id a repeated call finds.
    drafts.iter_mut().for_each(|draft| draft.entry.id = entry);
    let wrong = drafts.first().and_then(|draft| deeds::impossible(&entries, draft.entry.clone()));
    if let Some(wrong) = wrong {
        return Err(unfit(&Fault::new(deeds::wrong_word(wrong)).at("deed")));
    }
    keep(&desk, "state a deed by the interface", &repeatable, Ok(drafts)).await?;
    match stated(&desk, request.id, entry).await? {
        Some(answer) => Ok(answer),
        None => Err(Problem::of(&desk.words, Kind::KeyReused).into()),
    }
}

/// The answer to the call that recorded this deed; nothing if none has.
async fn stated(desk: &Arc<Desk>, request: RequestId, entry: EntryId) -> Result<Option<Response>, Refused> {
    let found = desk.blocking(move |desk| Ok(desk.store.find(&entry)?)).await;
    let found = found.map_err(|error| Refused::ours(desk, &error))?;
    Ok(found.map(|_| (StatusCode::CREATED, Json(views::Stated { request, entry })).into_response()))
}

/// `GET /requests/{id}`: one request, once the record says who opened it.
pub async fn read(State(desk): State<Arc<Desk>>, caller: Caller, Path(id): Path<String>) -> Answered {
    let (request, entries) = found(&desk, &caller, Action::ReadRequest, &id).await?;
    let reading = Body::Read(Reading::of(request.id));
    let drafts = desk.drafts_by(&caller.actor(), &source(&desk), vec![reading]);
    let drafts = drafts.map_err(|error| Refused::ours(&desk, &error))?;
    desk.commit("open a request by the interface", drafts).await.map_err(|error| Refused::ours(&desk, &error))?;
    let present: Vec<&Entry> = entries.iter().filter_map(Stored::entry).collect();
    let gone = entries.iter().filter(|stored| stored.held.is_none()).map(|stored| stored.id);
    let findings = findings(present, gone, &desk.zone, &Limits::default());
    Ok(Json(views::One::of(&desk, request, &entries, findings)).into_response())
}

/// `GET /requests`: the agency's, the newest first.
pub async fn list(State(desk): State<Arc<Desk>>, caller: Caller, RawQuery(query): RawQuery) -> Answered {
    let agency = caller.0.agency.clone();
    caller.must(&desk, Action::ListRequests, &Resource::Agency(agency.clone()))?;
    let [before, limit] = content::query(&desk, query.as_deref(), ["before", "limit"])?;
    let number = |text: &str, most: usize| {
        let plain = !text.is_empty() && text.len() <= most && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse::<u64>().ok().filter(|_| plain)
    };
    let before =
        before.map(|text| number(&text, 18).ok_or_else(|| content::in_query(&desk, "before", "problem-query-cursor")));
    let limit = limit.map(|text| {
        let limit = number(&text, 3).and_then(|limit| usize::try_from(limit).ok());
        limit
            .filter(|limit| (1..=LIMITS.1).contains(limit))
            .ok_or_else(|| content::in_query(&desk, "limit", "problem-query-limit"))
    });
    let limit = limit.transpose()?.unwrap_or(LIMITS.0);
    let before = before.transpose()?.unwrap_or(u64::MAX);
    let found = desk.blocking(move |desk| Ok(desk.store.received_by(&agency, before, limit)?)).await;
    let found = found.map_err(|error| Refused::ours(&desk, &error))?;
    let next = found.last().filter(|_| found.len() == limit).map(|last| last.seq.to_string());
    let requests = found.into_iter().filter_map(|stored| match stored.held.map(|held| held.entry.body) {
        Some(Body::Requested(request)) => Some(views::Listed::of(*request)),
        _ => None,
    });
    let requests = requests.collect();
    Ok(Json(views::Listing { requests, next }).into_response())
}

/// `GET /findings`: the agency's possible violations.
pub async fn possible(State(desk): State<Arc<Desk>>, caller: Caller, RawQuery(query): RawQuery) -> Answered {
    let agency = caller.0.agency.clone();
    caller.must(&desk, Action::ReadFigure, &Resource::Agency(agency.clone()))?;
    let [] = content::query(&desk, query.as_deref(), [])?;
    let found = of_agency(&desk, agency).await.map_err(|error| Refused::ours(&desk, &error))?;
    let count = found.len();
    let findings = found.into_iter().take(LISTED).map(|finding| views::Possible::of(&desk, finding)).collect();
    Ok(Json(views::Findings { count, findings }).into_response())
}

/// `GET /webhook-keys`: the keys that check messages, to anybody.
pub async fn hook_keys(State(desk): State<Arc<Desk>>, RawQuery(query): RawQuery) -> Answered {
    let [] = content::query(&desk, query.as_deref(), [])?;
    let keys = desk.blocking(|desk| {
        let keys = Keys::of(&desk.hook_keys)?;
        // A key that was ended, perhaps since somebody else has it, is nobody's to trust.
        let old = keys.as_ref().map(|keys| desk.store.keyed(&followed(&keys.public()))).transpose()?.flatten();
        anyhow::ensure!(old.is_none(), "`hooks.key` of this server is old: the record says that other keys sign now");
        Ok(keys)
    });
    let keys = keys.await;
    let keys = keys.map_err(|error| Refused::ours(&desk, &error))?;
    Ok(Json(views::HookKeys { keys: keys.map(|keys| keys.public()).unwrap_or_default() }).into_response())
}
