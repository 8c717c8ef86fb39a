//! What is said to a proposal: counsel agrees, the privacy officer approves, either refuses, whoever proposed it takes it back.
//!
//! Of two people who end one proposal at once, the first word stands: both use the key of the proposal, so that the store keeps
//! one. The second is told so, and sees what happened.

use std::sync::Arc;

use axum::{
    Form,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use record::{
    Agreement, Body, Entry, EntryId, OutsideRequest, Private, Proposal, Ruling, Verdict,
    disclosure::{self, Standing},
};

use super::{ID_MAX_CHARS, REASON_MAX_CHARS, propose, standing_word, what};
use crate::{
    access::Action,
    serve::{
        Desk,
        forms::{Fault, Fields, Nonce},
        requests::{Shown, found, show},
        session::Account,
    },
    store::{StoreError, Stored},
};

/// What can be said, by the button's word.
const STEPS: [Action; 4] = [Action::Approve, Action::Agree, Action::Refuse, Action::Withdraw];

/// Whether a proposal that stands so waits for this.
#[must_use]
pub fn waits_for(action: Action, standing: Standing) -> bool {
    let waits = matches!(standing, Standing::WaitsForOfficer(_) | Standing::WaitsForCounsel);
    match action {
        Action::Approve => matches!(standing, Standing::WaitsForOfficer(_)),
        Action::Agree => standing == Standing::WaitsForCounsel,
        Action::Refuse | Action::Withdraw => waits,
        _ => false,
    }
}

/// `POST /requests/{id}/disclosures`: one word to one proposal.
pub async fn rule(
    State(desk): State<Arc<Desk>>,
    account: Account,
    Path(id): Path<String>,
    Form(fields): Form<Vec<(String, String)>>,
) -> Response {
    let (request, entries) = match found(&desk, &account, &id).await {
        Ok(found) => found,
        Err(refused) => return *refused,
    };
    let typed = Fields(fields);
    let present: Vec<&Entry> = entries.iter().filter_map(Stored::entry).collect();
    let action = STEPS.into_iter().find(|action| typed.one("what") == Some(action.name()));
    let (Some(action), Some((entry, proposal))) = (action, named(&present, &typed)) else {
        // Which one it is about decides who may; of none, nobody may anything.
        if let Err(refused) = desk.must(&account, Action::Refuse, &what(&request, &present, "")) {
            return *refused;
        }
        return refuse(&desk, &account, &request, &entries, (&typed, &Fault::new("rule-no-proposal"))).await;
    };
    let it = what(&request, &present, proposal.maker.reveal());
    if disclosure::sealed(&present).is_some() && matches!(action, Action::Approve | Action::Agree) {
        let _ = desk.may(&account, action, &it);
        return propose::stopped(&desk, &account, &request).await;
    }
    if let Err(refused) = desk.must(&account, action, &it) {
        return *refused;
    }
    let Some(standing) = disclosure::standing(&present, entry) else {
        return refuse(&desk, &account, &request, &entries, (&typed, &Fault::new("rule-no-proposal"))).await;
    };
    if said(standing).is_some_and(|word| again(&present, word, &account, action, &typed)) {
        return Redirect::to(&format!("/requests/{}?told=before", request.id)).into_response();
    }
    let body = match read(&desk, &account, &present, &typed, (action, entry, proposal, standing)) {
        Ok(body) => body,
        Err(fault) => return refuse(&desk, &account, &request, &entries, (&typed, &fault)).await,
    };
    commit(&desk, &account, &request, key(&present, entry, &body), body).await
}

/// The entry of the last word that stands on a proposal.
fn said(standing: Standing) -> Option<EntryId> {
    match standing {
        Standing::WaitsForOfficer(agreement) => agreement,
        Standing::Approved(ruling) | Standing::Refused(ruling) | Standing::Withdrawn(ruling) => Some(ruling),
        Standing::WaitsForCounsel | Standing::Void(_) => None,
    }
}

/// Whether the word that stands is this very one, of this account: a form that is sent twice.
fn again(present: &[&Entry], word: EntryId, account: &Account, action: Action, typed: &Fields) -> bool {
    let Ok(reason) = typed.text("reason", "rule-reason", REASON_MAX_CHARS) else { return false };
    let same = |maker: &Private, said: Option<&Private>| {
        maker.reveal() == account.staff && said.map(Private::reveal) == reason.as_deref()
    };
    present.iter().filter(|entry| entry.id == word).any(|entry| match &entry.body {
        Body::Agreed(agreed) => action == Action::Agree && same(&agreed.maker, Some(&agreed.opinion)),
        Body::Ruled(ruled) => verdict(action) == Some(ruled.verdict) && same(&ruled.maker, ruled.reason.as_ref()),
        _ => false,
    })
}

/// What of the steps ends a proposal, and how.
fn verdict(action: Action) -> Option<Verdict> {
    match action {
        Action::Approve => Some(Verdict::Approved),
        Action::Refuse => Some(Verdict::Refused),
        Action::Withdraw => Some(Verdict::Withdrawn),
        _ => None,
    }
}

/// The proposal that a form names.
fn named<'a>(present: &[&'a Entry], typed: &Fields) -> Option<(EntryId, &'a Proposal)> {
    let text = typed.one("proposal").filter(|text| text.len() <= ID_MAX_CHARS)?;
    let id: EntryId = text.parse().ok()?;
    super::proposals(present).into_iter().find(|(entry, _)| entry.id == id).map(|(entry, found)| (entry.id, found))
}

fn read(
    desk: &Desk,
    account: &Account,
    present: &[&Entry],
    typed: &Fields,
    (action, entry, proposal, standing): (Action, EntryId, &Proposal, Standing),
) -> Result<Body, Fault> {
    Nonce::read(typed)?;
    // Whoever comes second is not told that the form was wrong, but what stands: the store has the first word.
    let ended = matches!(standing, Standing::Approved(_) | Standing::Refused(_) | Standing::Withdrawn(_));
    let ends = !matches!(action, Action::Agree);
    let comes_second = ended && ends;
    if !(waits_for(action, standing) || comes_second) {
        let word = desk.words.say(&format!("standing-{}", standing_word(present, standing)), &[]);
        return Err(Fault::new("rule-not-now").with("standing", word));
    }
    let label = if ends { "rule-reason" } else { "rule-opinion" };
    let reason = typed.text("reason", label, REASON_MAX_CHARS)?.map(Private::from);
    let (request, agency) = (proposal.request, proposal.agency.clone());
    let maker = Private::from(account.staff.as_str());
    let agreement = match standing {
        Standing::WaitsForOfficer(agreement) => agreement,
        _ => None,
    };
    let Some(verdict) = verdict(action) else {
        let opinion = reason.ok_or_else(|| Fault::new("rule-opinion-missing"))?;
        return Ok(Body::Agreed(Box::new(Agreement { proposal: entry, request, agency, opinion, maker })));
    };
    if verdict == Verdict::Refused && reason.is_none() {
        return Err(Fault::new("rule-reason-missing"));
    }
    let agreement = agreement.filter(|_| verdict == Verdict::Approved);
    Ok(Body::Ruled(Box::new(Ruling { proposal: entry, request, agency, verdict, agreement, reason, maker })))
}

/// The key under which the store keeps one end of a proposal, whoever sends it; of agreements one for each that there was before,
/// since a new answer for counsel needs a new one.
#[must_use]
pub fn key(present: &[&Entry], proposal: EntryId, body: &Body) -> String {
    if !matches!(body, Body::Agreed(_)) {
        return format!("disclosure/{proposal}/ruled");
    }
    let agrees = |entry: &&&Entry| matches!(&entry.body, Body::Agreed(agreed) if agreed.proposal == proposal);
    match present.iter().filter(agrees).count() {
        0 => format!("disclosure/{proposal}/agreed"),
        before => format!("disclosure/{proposal}/agreed/{before}"),
    }
}

async fn commit(desk: &Arc<Desk>, account: &Account, request: &OutsideRequest, key: String, body: Body) -> Response {
    let mut drafts = match desk.drafts(account, vec![body]) {
        Ok(drafts) => drafts,
        Err(error) => return desk.failed(Some(account), &error),
    };
    for draft in &mut drafts {
        draft.key = Some(key.clone());
    }
    let to = |word: &str| Redirect::to(&format!("/requests/{}?told={word}", request.id)).into_response();
    match desk.commit("say something to a proposal", drafts).await {
        Ok(committed) if committed.iter().any(|one| one.already) => to("before"),
        Ok(_) => to("ruled"),
        Err(error) => match error.downcast_ref::<StoreError>() {
            Some(StoreError::KeyReused { .. }) => to("first"),
            _ => desk.failed(Some(account), &error),
        },
    }
}

async fn refuse(
    desk: &Arc<Desk>,
    account: &Account,
    request: &OutsideRequest,
    entries: &[Stored],
    (typed, fault): (&Fields, &Fault),
) -> Response {
    let fault = fault.say(&desk.words);
    let shown = Shown { fault: Some(&fault), ruling: Some(typed), ..Shown::default() };
    show(desk, account, request, entries, StatusCode::UNPROCESSABLE_ENTITY, &shown).await
}
