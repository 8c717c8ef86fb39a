//! What the interface answers. The types here are both the writer and the description (`api::openapi`).

use std::collections::BTreeMap;

use jiff::{Timestamp, civil::Date};
use law::{ActId, AgencyId, Decision, Question};
use record::{
    Body, Deed, DetainerReason, Done, Entry, EntryId, Information, OutsideRequest, PersonKey, Private, RequestId, When,
    finding::{Finding, Late},
};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;

use super::calls::{information, reasons};
use crate::{
    serve::{Desk, findings},
    store::Stored,
};

/// Answers to a question, one an act. Nothing was recorded.
#[derive(Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Decided {
    /// Whether anything was recorded: never, by this call.
    #[schemars(schema_with = "never")]
    pub recorded: bool,
    /// The answers, in the order of the acts.
    pub answers: Vec<Answer>,
}

/// One answer, as `vouchsafe decide --json` prints it.
#[derive(Serialize)]
pub struct Answer {
    question: Question,
    #[serde(flatten)]
    decision: Decision,
    recorded: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    request: Option<RequestId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    entry: Option<EntryId>,
}

impl Answer {
    /// An answer that was not recorded.
    #[must_use]
    pub fn given(question: Question, decision: Decision) -> Self {
        Self { question, decision, recorded: false, request: None, entry: None }
    }
}

/// Described by `docs/decision.schema.json`, as of the command.
impl JsonSchema for Answer {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "decision.answer".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "$ref": "#/components/schemas/decision.answer" })
    }
}

/// What a call recorded; the same call gives the same again.
#[derive(Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Recorded {
    /// The request.
    #[schemars(schema_with = "request_id")]
    pub request: RequestId,
    /// The entries that were committed with it, in their order.
    pub entries: Vec<Kept>,
    /// The answers, as they were recorded.
    pub answers: Vec<Answer>,
}

/// What a call recorded about a request; the same call gives the same again.
#[derive(Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Stated {
    /// The request.
    #[schemars(schema_with = "request_id")]
    pub request: RequestId,
    /// The entry of the deed.
    #[schemars(schema_with = "entry_id")]
    pub entry: EntryId,
}

/// An entry of the record.
#[derive(Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Kept {
    /// Its id.
    #[schemars(schema_with = "entry_id")]
    pub id: EntryId,
    /// What it says, in one word; `gone` where it was erased.
    kind: String,
    /// When it was made; absent where it was erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "moment")]
    at: Option<Timestamp>,
    /// Its leaf in the log.
    #[schemars(schema_with = "hash")]
    leaf: String,
    /// Where anybody gets the proof that the log has the leaf; absent until the log has taken it in.
    #[serde(skip_serializing_if = "Option::is_none")]
    proof: Option<String>,
}

impl Kept {
    /// As it stands in the record.
    #[must_use]
    pub fn of(stored: &Stored) -> Self {
        Self {
            id: stored.id,
            kind: stored.entry().map_or("gone", |entry| entry.body.kind()).to_owned(),
            at: stored.entry().map(|entry| entry.at),
            leaf: hex::encode(stored.leaf.as_bytes()),
            proof: stored.log_index.map(|index| format!("/log/proof/{index}")),
        }
    }
}

/// What an act recorded about a request, from the record: the entries of that one act.
#[must_use]
pub fn recorded(request: RequestId, act: &str, entries: &[Stored]) -> Recorded {
    let of_act: Vec<&Stored> = entries.iter().filter(|stored| stored.act == act).collect();
    Recorded {
        request,
        // Without what comes later, so that a repeated call is answered as the first was.
        entries: of_act.iter().map(|stored| Kept { proof: None, ..Kept::of(stored) }).collect(),
        answers: of_act.iter().filter_map(|stored| stored.entry()).filter_map(answer).collect(),
    }
}

fn answer(entry: &Entry) -> Option<Answer> {
    let Body::Decided(decided) = &entry.body else { return None };
    Some(Answer {
        question: decided.question.clone(),
        decision: decided.decision.clone(),
        recorded: true,
        request: Some(decided.request),
        entry: Some(entry.id),
    })
}

/// Requests, the newest first.
#[derive(Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Listing {
    /// Up to `limit` of them.
    pub requests: Vec<Listed>,
    /// What to give as `before` to get those before; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "cursor")]
    pub next: Option<String>,
}

/// A request as the list shows it: nobody whom it is about.
#[derive(Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Listed {
    /// Its id.
    #[schemars(schema_with = "request_id")]
    id: RequestId,
    /// When it came.
    #[schemars(schema_with = "when")]
    received: When,
    /// Who asked, in the law pack's words.
    requester: String,
    /// What was asked for, in the law pack's words.
    #[schemars(with = "Vec<String>")]
    acts: Vec<ActId>,
}

impl Listed {
    /// As the list shows it.
    #[must_use]
    pub fn of(request: OutsideRequest) -> Self {
        let OutsideRequest { id, received, requester, acts, .. } = request;
        Self { id, received, requester: requester.id.to_string(), acts }
    }
}

/// One request with everything that the record says about it. That it was opened is an entry.
#[derive(Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct One {
    /// What was asked.
    request: Request,
    /// The answers.
    answers: Vec<Answer>,
    /// What was done.
    deeds: Vec<Stood>,
    /// What does not fit together: possible violations, which only named people decide.
    findings: Vec<Possible>,
    /// Every entry about it, in the order of the record, but those that say who opened it.
    entries: Vec<Kept>,
}

/// A request of an outside authority.
#[derive(Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Request {
    /// Its id.
    #[schemars(schema_with = "request_id")]
    id: RequestId,
    /// When it came.
    #[schemars(schema_with = "when")]
    received: When,
    /// Who asked, in the law pack's words.
    requester: String,
    /// The agency as it named itself.
    requester_agency: String,
    /// The unit that it named.
    #[serde(skip_serializing_if = "Option::is_none")]
    requester_unit: Option<String>,
    /// The officer's name or badge as stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    officer: Option<Private>,
    /// The agency that was asked.
    #[schemars(with = "String")]
    agency: AgencyId,
    /// The site that was.
    #[serde(skip_serializing_if = "Option::is_none")]
    site: Option<String>,
    /// By what way it came.
    #[schemars(with = "String")]
    channel: record::Channel,
    /// What the requester calls its matter.
    #[schemars(with = "String")]
    claim: record::Claim,
    /// What was asked for, in the law pack's words.
    #[schemars(with = "Vec<String>")]
    acts: Vec<ActId>,
    /// What information was asked for.
    #[schemars(schema_with = "information")]
    information: Vec<Information>,
    /// The statute that the requester says it enforces, in the law pack's words.
    statute: String,
    /// The statute or case number in the requester's own words.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    statute_as_stated: Option<Private>,
    /// The papers that were shown, in the law pack's words.
    documents: Vec<String>,
    /// The detainer, where one was lodged.
    #[serde(skip_serializing_if = "Option::is_none")]
    detainer: Option<Detainer>,
    /// The key of the person, who can be counted by it and not found.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    person: Option<PersonKey>,
    /// What else was written down.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    note: Option<Private>,
}

/// A detainer.
#[derive(Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Detainer {
    /// The day on which it was lodged.
    #[schemars(schema_with = "day")]
    lodged: Date,
    /// The reasons that it gives.
    #[schemars(schema_with = "reasons")]
    reasons: Vec<DetainerReason>,
}

/// A deed as it was stated.
#[derive(Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Stood {
    /// Its entry.
    #[schemars(schema_with = "entry_id")]
    entry: EntryId,
    /// What was done, in the record's own form; `what` names it.
    #[schemars(schema_with = "deed")]
    deed: Deed,
    /// When.
    #[schemars(schema_with = "when")]
    when: When,
    /// The official who decided on it.
    #[schemars(with = "String")]
    decided_by: Private,
    /// The written basis.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    basis: Option<Private>,
    /// The entry that says that it was a mistake, if one does.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "entry_id")]
    corrected_by: Option<EntryId>,
}

/// The agency's possible violations, the newest first.
#[derive(Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Findings {
    /// How many there are in all.
    pub count: usize,
    /// The first of them, at most 500.
    pub findings: Vec<Possible>,
}

/// A possible violation: what entries say that does not fit together. Never a verdict.
#[derive(Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Possible {
    /// What it looks like, in one word.
    #[schemars(with = "String")]
    kind: record::finding::FindingKind,
    /// The same as a sentence.
    says: String,
    /// The day on which it happened.
    #[schemars(schema_with = "day")]
    on: Date,
    /// The entry that shows it.
    #[schemars(schema_with = "entry_id")]
    entry: EntryId,
    /// The request that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "request_id")]
    request: Option<RequestId>,
    /// The entry that it differs from.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "entry_id")]
    against: Option<EntryId>,
    /// The provisions by which the answer was not a yes.
    #[schemars(with = "Vec<String>")]
    provisions: Vec<law::ProvisionId>,
    /// How late, in `hours` or `days`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "late")]
    late: Option<Late>,
}

impl Possible {
    /// A finding in words.
    #[must_use]
    pub fn of(desk: &Desk, finding: Finding) -> Self {
        let Finding { kind, on, entry, request, against, provisions, late, agency: _ } = finding;
        Self { kind, says: findings::sentence(desk, kind), on, entry, request, against, provisions, late }
    }
}

impl One {
    /// A request with everything that the record says about it.
    #[must_use]
    pub fn of(desk: &Desk, request: OutsideRequest, entries: &[Stored], found: Vec<Finding>) -> Self {
        let present: Vec<&Entry> = entries.iter().filter_map(Stored::entry).collect();
        let wrong: BTreeMap<EntryId, EntryId> = record::corrected(present.iter().copied()).into_iter().collect();
        let deed = |entry: &&Entry| {
            let Body::Done(done) = &entry.body else { return None };
            let Done { deed, when, decided_by, basis, .. } = (**done).clone();
            Some(Stood { entry: entry.id, deed, when, decided_by, basis, corrected_by: wrong.get(&entry.id).copied() })
        };
        Self {
            answers: present.iter().filter_map(|entry| answer(entry)).collect(),
            deeds: present.iter().filter_map(deed).collect(),
            findings: found.into_iter().map(|finding| Possible::of(desk, finding)).collect(),
            entries: entries.iter().map(Kept::of).collect(),
            request: asked(request),
        }
    }
}

fn asked(request: OutsideRequest) -> Request {
    let detainer = request.detainer;
    Request {
        id: request.id,
        received: request.received,
        requester: request.requester.id.to_string(),
        requester_agency: request.requester.agency,
        requester_unit: request.requester.unit,
        officer: request.requester.officer,
        agency: request.receiver.agency,
        site: request.receiver.site,
        channel: request.channel,
        claim: request.claim,
        acts: request.acts,
        information: request.information,
        statute: request.statute.to_string(),
        statute_as_stated: request.statute_as_stated,
        documents: request.documents.into_iter().map(|document| document.kind.to_string()).collect(),
        detainer: detainer.map(|detainer| Detainer { lodged: detainer.lodged, reasons: detainer.reasons }),
        person: request.person,
        note: request.note,
    }
}

/// The keys that check messages.
#[derive(Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HookKeys {
    /// Their public halves, the newest first: one, or two while receivers change over; none where nobody was ever told of anything.
    #[schemars(schema_with = "public_keys")]
    pub keys: Vec<String>,
}

fn public_keys(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "array", "items": { "type": "string", "pattern": "^whpk_[0-9A-Za-z+/]{43}=$" } })
}

fn never(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "const": false })
}

/// The id of a request.
pub fn request_id(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "pattern": "^rq-[0-9a-z]{27}$" })
}

fn entry_id(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "pattern": "^en-[0-9a-z]{27}$" })
}

fn hash(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "pattern": "^[0-9a-f]{64}$" })
}

fn moment(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "format": "date-time" })
}

/// Where a list goes on.
pub fn cursor(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "pattern": "^[0-9]{1,18}$" })
}

fn day(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$" })
}

fn when(generator: &mut SchemaGenerator) -> Schema {
    let time = "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}$";
    json_schema!({ "anyOf": [day(generator), { "type": "string", "pattern": time }] })
}

fn late(_: &mut SchemaGenerator) -> Schema {
    let number = || json_schema!({ "type": "integer" });
    let properties = json_schema!({ "hours": number(), "days": number() });
    json_schema!({ "type": "object", "additionalProperties": false, "properties": properties })
}

fn deed(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "object", "required": ["what"], "properties": { "what": { "enum": DEEDS } } })
}

/// The record's words for deeds.
const DEEDS: [&str; 11] = [
    "held",
    "notified",
    "transferred",
    "disclosed",
    "assisted",
    "refused",
    "released",
    "resolved",
    "followed_up",
    "notice_given",
    "notice_barred",
];

#[cfg(test)]
mod tests {
    use super::*;

    /// No deed of a record's is answered with that the description does not have.
    #[test]
    fn the_description_knows_every_deed_of_the_record() {
        let unknown = serde_json::from_str::<Deed>(r#"{"what": "none of them"}"#).unwrap_err().to_string();
        let (_, known) = unknown.split_once("expected one of ").unwrap();
        let mut known: Vec<&str> = known.split('`').skip(1).step_by(2).collect();
        let mut described = DEEDS.to_vec();
        known.sort_unstable();
        described.sort_unstable();
        assert_eq!(known, described);
    }
}
