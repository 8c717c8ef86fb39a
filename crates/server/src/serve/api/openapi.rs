//! The description of the interface (OpenAPI 3.1), made from what serves it: the list of operations, the types that read and write, the
//! law pack's vocabulary and its schemas, the kinds of problems.
//!
//! Examples are calls that a test sends and that are taken; the words are Fluent, but for the fields', which stand beside their types.

use law::Pack;
use record::Event;
use schemars::{Schema, SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value, json};

use super::{
    Operation,
    content::{BODY_MAX_BYTES, KEY_PATTERN},
    handlers::LIMITS,
    operations,
    problem::{Kind, PROBLEM, Problem},
    views,
};
use crate::{
    hooks::message::{self, HookMessage},
    words::Words,
};

/// Where schemas stand in the document.
const SCHEMAS: &str = "#/components/schemas/";

/// What makes the schemas of the types: one for what is read, one for what is written (what may be left out differs).
pub struct Schemas {
    /// Of calls.
    pub calls: SchemaGenerator,
    /// Of answers.
    pub answers: SchemaGenerator,
}

impl Default for Schemas {
    fn default() -> Self {
        let settings = || {
            let mut settings = SchemaSettings::draft2020_12();
            settings.definitions_path = "/components/schemas".into();
            settings.meta_schema = None;
            settings
        };
        let (calls, answers) = (settings().for_deserialize(), settings().for_serialize());
        Self { calls: calls.into_generator(), answers: answers.into_generator() }
    }
}

/// A schema of the document by its name.
#[must_use]
pub fn component(name: &str) -> Schema {
    schemars::json_schema!({ "$ref": format!("{SCHEMAS}{name}") })
}

/// The document, as indented JSON with a line feed at the end: for the same pack the same bytes.
#[must_use]
pub fn document(pack: &Pack, words: &Words) -> String {
    let mut schemas = Schemas::default();
    let mut paths = Map::new();
    for operation in operations() {
        let described = describe(&operation, words, &mut schemas);
        let path = paths.entry(operation.path).or_insert_with(|| json!({}));
        if let Some(path) = path.as_object_mut() {
            path.insert(operation.method.as_str().to_lowercase(), described);
        }
    }
    let webhooks: Map<String, Value> = Event::ALL
        .into_iter()
        .map(|event| (message::kind(event).to_owned(), told(event, words, &mut schemas)))
        .collect();
    let mut components = Map::new();
    // A subschema of the generator and not the type's own, so that what it needs is defined with it.
    components.insert("Problem".to_owned(), inlined::<Problem>(&mut schemas.answers));
    for generator in [&mut schemas.calls, &mut schemas.answers] {
        components.extend(generator.take_definitions(true));
    }
    parts(&mut components, &law::facts_schema(pack.vocabulary()), "facts", Some("Facts"));
    parts(&mut components, include_str!("../../../../../docs/decision.schema.json"), "decision", None);
    let say = |id: &str| words.say(id, &[]);
    let reference = pack.reference();
    let title = words.say("api-title", &[]);
    let described =
        words.say("api-described", &[("pack", reference.id.as_str()), ("until", &reference.read_until.to_string())]);
    let document = json!({
        "openapi": "3.1.0",
        "info": { "title": title, "version": "1", "description": described, "license": { "name": "AGPL-3.0-or-later", "identifier": "AGPL-3.0-or-later" } },
        "servers": [{ "url": "/" }],
        "security": [{ "token": [] }],
        "paths": paths,
        "webhooks": webhooks,
        "components": {
            "securitySchemes": { "token": { "type": "http", "scheme": "bearer", "description": say("api-token") } },
            "schemas": components,
        },
    });
    let mut text = format!("{document:#}");
    text.push('\n');
    text
}

/// A type's own schema, as it stands under its name.
fn inlined<T: schemars::JsonSchema>(generator: &mut SchemaGenerator) -> Value {
    T::json_schema(generator).into()
}

/// Takes the parts of a schema that stands by itself into the document, each under a name that begins with that schema's.
fn parts(components: &mut Map<String, Value>, text: &str, name: &str, whole: Option<&str>) {
    // Both schemas are ours and are held to be JSON by tests.
    let Ok(Value::Object(mut schema)) = serde_json::from_str::<Value>(text) else { return };
    let defs = schema.shift_remove("$defs");
    for (part, mut value) in defs.and_then(|defs| defs.as_object().cloned()).unwrap_or_default() {
        rename(&mut value, name);
        components.insert(format!("{name}.{part}"), value);
    }
    if let Some(whole) = whole {
        schema.shift_remove("$schema");
        let mut schema = Value::Object(schema);
        rename(&mut schema, name);
        components.insert(whole.to_owned(), schema);
    }
}

fn rename(value: &mut Value, name: &str) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields.iter_mut() {
                match value {
                    Value::String(to) if key == "$ref" => *to = to.replace("#/$defs/", &format!("{SCHEMAS}{name}.")),
                    value => rename(value, name),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| rename(item, name)),
        _ => {}
    }
}

fn describe(operation: &Operation, words: &Words, schemas: &mut Schemas) -> Value {
    let say = |id: &str| words.say(id, &[]);
    let (status, answers) = &operation.answers;
    let mut responses = Map::new();
    let mut taken = json!({
        "description": say(&format!("api-{}-answer", operation.id)),
        "content": { "application/json": { "schema": answers(schemas) } },
    });
    if operation.id == "record" {
        taken["headers"] = json!({ "Location": { "required": true, "description": say("api-location"), "schema": { "type": "string" } } });
        let link = |to: &str| json!({ "operationId": to, "parameters": { "id": "$response.body#/request" }, "description": say("api-link") });
        taken["links"] = json!({ "read": link("read"), "state": link("state") });
    }
    responses.insert(status.as_u16().to_string(), taken);
    let mut refusals: Vec<(String, Vec<Kind>)> = Vec::new();
    for kind in operation.refusals() {
        let status = kind.status().as_u16().to_string();
        match refusals.last_mut().filter(|(last, _)| *last == status) {
            Some((_, kinds)) => kinds.push(kind),
            None => refusals.push((status, vec![kind])),
        }
    }
    for (status, kinds) in refusals {
        let said: Vec<String> = kinds.iter().map(|kind| say(&format!("problem-{}", kind.word()))).collect();
        let mut refusal = json!({
            "description": said.join(" "),
            "content": { PROBLEM: { "schema": { "$ref": format!("{SCHEMAS}Problem") } } },
        });
        if kinds.contains(&Kind::Token) {
            refusal["headers"] = json!({ "WWW-Authenticate": { "required": true, "schema": { "type": "string" } } });
        }
        responses.insert(status, refusal);
    }
    let mut described = json!({
        "operationId": operation.id,
        "summary": say(&format!("api-{}", operation.id)),
    });
    match operation.needs {
        Some(one) => described["description"] = words.say("api-needs", &[("use", one.word())]).into(),
        None => described["security"] = json!([]),
    }
    let parameters = parameters(operation, words, schemas);
    if !parameters.is_empty() {
        described["parameters"] = parameters.into();
    }
    if let Some(content) = operation.content {
        let examples = examples(operation.id).iter().map(|(name, value)| {
            let value: Value = serde_json::from_str(value).unwrap_or_default();
            ((*name).to_owned(), json!({ "value": value }))
        });
        let examples: Map<String, Value> = examples.collect();
        described["requestBody"] = json!({
            "required": true,
            "description": words.say("api-body", &[("most", &(BODY_MAX_BYTES / 1024).to_string())]),
            "content": { "application/json": { "schema": content(schemas), "examples": examples } },
        });
    }
    described["responses"] = responses.into();
    described
}

/// What a system is sent when this has happened.
fn told(event: Event, words: &Words, schemas: &mut Schemas) -> Value {
    let say = |id: &str| words.say(id, &[]);
    let kind = message::kind(event);
    let message = schemas.answers.subschema_for::<HookMessage>();
    let headers = [
        ("id", "^en-[0-9a-z]{27}$"),
        ("timestamp", "^[0-9]+$"),
        ("signature", "^v1a,[0-9A-Za-z+/]{86}==( v1a,[0-9A-Za-z+/]{86}==)?$"),
    ];
    let headers: Vec<Value> = headers
        .into_iter()
        .map(|(name, pattern)| {
            json!({ "name": format!("webhook-{name}"), "in": "header", "required": true, "description": say(&format!("hook-{name}")),
                "schema": { "type": "string", "pattern": pattern } })
        })
        .collect();
    json!({ "post": {
        "operationId": format!("told-{}", event.word()),
        "summary": say(&format!("hook-{}", event.word())),
        "description": say("hook-described"),
        "security": [],
        "parameters": headers,
        "requestBody": { "required": true, "content": { "application/json": { "schema": {
            "allOf": [message, { "properties": { "type": { "const": kind } } }],
        } } } },
        "responses": {
            "2XX": { "description": say("hook-taken") },
            "410": { "description": say("hook-gone") },
            "default": { "description": say("hook-not-taken") },
        },
    } })
}

fn parameters(operation: &Operation, words: &Words, schemas: &mut Schemas) -> Vec<Value> {
    let say = |id: &str| words.say(id, &[]);
    let mut all = Vec::new();
    let mut add = |place: &str, name: &str, required: bool, schema: Value| {
        let said = say(&format!("api-parameter-{}", name.to_lowercase()));
        all.push(json!({ "name": name, "in": place, "required": required, "description": said, "schema": schema }));
    };
    if operation.path.contains("{id}") {
        add("path", "id", true, views::request_id(&mut schemas.answers).into());
    }
    match operation.id {
        "decide" => {
            add(
                "query",
                "on",
                false,
                json!({ "type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$", "examples": ["2026-06-15"] }),
            );
        }
        "list" => {
            add("query", "before", false, views::cursor(&mut schemas.answers).into());
            add(
                "query",
                "limit",
                false,
                json!({ "type": "integer", "minimum": 1, "maximum": LIMITS.1, "default": LIMITS.0 }),
            );
        }
        _ => {}
    }
    if operation.repeatable {
        let example = "8e03978e-40d5-43dd-bc93-6894a57f9324";
        add(
            "header",
            "Idempotency-Key",
            true,
            json!({ "type": "string", "pattern": KEY_PATTERN, "examples": [example] }),
        );
    }
    all
}

/// Calls that are taken, by their names.
#[must_use]
pub fn examples(operation: &str) -> &'static [(&'static str, &'static str)] {
    match operation {
        "decide" => &[(
            "detainer",
            r#"{"question": {"agency": "DOC", "act": "hold", "requester": "ice_ero", "statute_enforced": "civil_ina", "document": ["i247a", "i200"]},
                "facts": {"warrant_issuer": {"value": "immigration_officer", "source": "form I-200"}}}"#,
        )],
        "record" => &[
            (
                "detainer",
                r#"{"asked": {"question": {"agency": "DOC", "act": ["hold", "notify_release"], "requester": "ice_ero", "statute_enforced": "civil_ina",
                    "document": ["i247a", "i200"]}, "facts": {"detainer_lodged": {"value": true, "source": "form I-247A"}}},
                    "received": "2026-06-15T14:05", "channel": "email", "claim": "civil", "reasons": ["removal_order"], "lodged": "2026-06-15",
                    "person": "895-23-01234", "officer": "Officer of the demonstration", "supervisor_told": true}"#,
            ),
            (
                "custody",
                r#"{"asked": {"question": {"agency": "DOC", "act": "disclose_custody_information", "requester": "ice_ero", "statute_enforced": "civil_ina"}},
                    "channel": "telephone", "information": ["incarceration_status"]}"#,
            ),
        ],
        "state" => &[("refused", r#"{"what": "refused", "decided_by": "A. Captain", "basis": "9-131(b)"}"#)],
        _ => &[],
    }
}
