//! What a message says: what happened, and the ids by which the system fetches the rest with its own token. Nobody's name, no fact and
//! no answer: whoever reads the message on its way, or takes the receiver over, learns that something was recorded, and when.

use jiff::Timestamp;
use law::AgencyId;
use record::{Body, Entry, EntryId, Event, RequestId, SystemId};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;

/// A message, as it is sent and as the interface's description has it: for the same entry the same bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HookMessage {
    /// What happened.
    #[serde(rename = "type")]
    #[schemars(with = "String")]
    kind: &'static str,
    /// When the entry was made, by the clock of the machine that made it.
    #[schemars(schema_with = "moment")]
    timestamp: Timestamp,
    /// By what the rest is found.
    data: HookData,
}

/// By what the rest is found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HookData {
    /// The entry that says it; also the message's `webhook-id`.
    #[schemars(schema_with = "entry_id")]
    entry: EntryId,
    /// The request that it is about: `GET /api/v1/requests/{id}`.
    #[schemars(schema_with = "request_id")]
    request: RequestId,
    /// The agency that was asked.
    #[schemars(with = "String")]
    agency: AgencyId,
    /// Whom the message is for.
    #[schemars(schema_with = "system_id")]
    system: SystemId,
}

/// The type of a message about an event.
#[must_use]
pub fn kind(event: Event) -> &'static str {
    match event {
        Event::Request => "request.recorded",
        Event::Answer => "request.answered",
        Event::Deed => "request.deed_stated",
        Event::Correction => "request.corrected",
        Event::Disclosure => "request.disclosure_changed",
        Event::Duty => "request.duty_done",
    }
}

/// Which event an entry is, about which request; none for what no system is told of. A kind of entry that comes later is told of when
/// somebody decides so.
#[must_use]
pub fn event(body: &Body) -> Option<(Event, RequestId)> {
    let event = match body {
        Body::Requested(_) => Event::Request,
        Body::Decided(_) => Event::Answer,
        Body::Done(_) => Event::Deed,
        Body::Corrected(_) => Event::Correction,
        Body::Proposed(_) | Body::Agreed(_) | Body::Ruled(_) | Body::Stopped(_) => Event::Disclosure,
        Body::Fulfilled(_) => Event::Duty,
        _ => return None,
    };
    Some((event, body.request()?))
}

impl HookMessage {
    /// The message to this system about an entry that is this event.
    #[must_use]
    pub fn of(entry: &Entry, event: Event, request: RequestId, agency: AgencyId, system: SystemId) -> Self {
        let data = HookData { entry: entry.id, request, agency, system };
        Self { kind: kind(event), timestamp: entry.at, data }
    }
}

fn moment(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "format": "date-time" })
}

fn entry_id(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "pattern": "^en-[0-9a-z]{27}$" })
}

fn request_id(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "pattern": "^rq-[0-9a-z]{27}$" })
}

fn system_id(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "pattern": "^sy-[0-9a-z]{27}$" })
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    /// Types are told apart and named as the specification names them; the rest of the message is ids and a moment.
    #[test]
    fn a_message_says_what_happened_and_by_what_the_rest_is_found() {
        let kinds: std::collections::BTreeSet<&str> = Event::ALL.into_iter().map(kind).collect();
        assert!(kinds.iter().all(|kind| kind.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'_' | b'.'))));
        assert_eq!(kinds.len(), Event::ALL.len());
        let request = RequestId::from_bytes([2; 16]);
        let reason = "the officer A. Name".into();
        let correction = record::Correction {
            entry: EntryId::from_bytes([9; 16]),
            request: Some(request),
            reason,
            said_by: "B. Captain".into(),
        };
        let entry = Entry {
            id: EntryId::from_bytes([1; 16]),
            at: "2026-06-15T14:05:00.25Z".parse().unwrap(),
            by: record::Actor::Program { name: "test".to_owned() },
            source: record::Source::Desk,
            body: Body::Corrected(correction),
        };
        assert_eq!(event(&entry.body), Some((Event::Correction, request)));
        let system = SystemId::from_bytes([4; 16]);
        let message = HookMessage::of(&entry, Event::Correction, request, "DOC".into(), system);
        expect![[r#"{"type":"request.corrected","timestamp":"2026-06-15T14:05:00.25Z","data":{"entry":"en-01040g2081040g2081040g2081j","request":"rq-02081040g2081040g2081040g26","agency":"DOC","system":"sy-040g2081040g2081040g2081041"}}"#]]
            .assert_eq(&serde_json::to_string(&message).unwrap());
        let Body::Corrected(correction) = entry.body else { panic!("it is one") };
        let about_none = Body::Corrected(record::Correction { request: None, ..correction });
        assert_eq!(event(&about_none), None);
        assert_eq!(
            event(&Body::Read(record::Reading::of(request))),
            None,
            "who opened what is nobody's business there"
        );
    }
}
