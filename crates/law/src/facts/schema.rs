//! The JSON Schema (draft 2020-12) of FACTS.json, made from the pack's vocabulary, for editors and other tools.
//!
//! `docs/facts.schema.json` is this for the pack of New York City; a test holds the two equal. The reader ([`super::json`]) is stricter in what
//! a schema cannot say: days that are in the calendar, a key given twice, the length of the file.

use serde_json::{Map, Value as Json, json};

use super::{Entry, Form, Grade, Law, json::CONVICTION_KEYS, spanned::MOST_TEXT_BYTES};
use crate::vocabulary::{FactSpec, FactType, Vocabulary};

/// The schema, as indented JSON with a line feed at the end.
#[must_use]
pub fn facts_schema(vocabulary: &Vocabulary) -> String {
    let facts: Map<String, Json> =
        vocabulary.facts.values().map(|spec| (spec.name.as_str().to_owned(), fact(spec))).collect();
    let named = |entries: Vec<(&str, &str)>| {
        let each = entries.into_iter().map(|(name, title)| json!({ "const": name, "title": title }));
        json!({ "oneOf": each.collect::<Vec<_>>() })
    };
    let several = |one: &str| {
        json!({ "oneOf": [
            { "$ref": one },
            { "type": "array", "items": { "$ref": one }, "minItems": usize::from(one.ends_with("act")), "uniqueItems": true },
        ]})
    };
    let schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A question and its facts",
        "description": "May this agency do this act, asked by this unit, for this statute, on this paper? A fact that is not given is unknown. Immigration status, nationality and origin are never asked.",
        "type": "object",
        "required": ["question"],
        "additionalProperties": false,
        "properties": {
            "question": {
                "type": "object",
                "required": ["agency", "act", "requester", "statute_enforced"],
                "additionalProperties": false,
                "properties": {
                    "agency": { "$ref": "#/$defs/agency" },
                    "act": several("#/$defs/act"),
                    "requester": { "$ref": "#/$defs/requester" },
                    "statute_enforced": { "$ref": "#/$defs/statute" },
                    "document": several("#/$defs/document"),
                },
            },
            "facts": { "type": "object", "additionalProperties": false, "properties": facts },
        },
        "$defs": {
            "agency": named(vocabulary.agencies.values().map(|it| (it.id.as_str(), it.title.as_str())).collect()),
            "act": named(vocabulary.acts.values().map(|it| (it.id.as_str(), it.title.as_str())).collect()),
            "requester": named(vocabulary.requesters.values().map(|it| (it.id.as_str(), it.title.as_str())).collect()),
            "statute": named(vocabulary.statutes.values().map(|it| (it.id.as_str(), it.title.as_str())).collect()),
            "document": named(vocabulary.documents.values().map(|it| (it.id.as_str(), it.title.as_str())).collect()),
            "source": { "type": "string", "maxLength": MOST_TEXT_BYTES, "description": "Who or what says so" },
            "unknown": { "enum": [null, "unknown"] },
            "yes_or_no": { "enum": [true, false, null, "unknown"] },
            "day": { "type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$", "format": "date" },
            "moment": { "type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2})?$" },
            "conviction": conviction(),
            "period": {
                "type": "object",
                "required": ["from"],
                "additionalProperties": false,
                "properties": {
                    "from": { "$ref": "#/$defs/day" },
                    "to": { "oneOf": [{ "$ref": "#/$defs/day" }, { "type": "null" }], "description": "The day of release; none = still held" },
                },
            },
        },
    });
    let mut text = format!("{schema:#}");
    text.push('\n');
    text
}

fn fact(spec: &FactSpec) -> Json {
    let or_unknown = |given: Json| json!({ "oneOf": [given, { "$ref": "#/$defs/unknown" }] });
    let value = match spec.kind {
        FactType::Bool => json!({ "$ref": "#/$defs/yes_or_no" }),
        FactType::Number => or_unknown(json!({ "type": "integer" })),
        FactType::Date => or_unknown(json!({ "$ref": "#/$defs/day" })),
        FactType::Datetime => or_unknown(json!({ "$ref": "#/$defs/moment" })),
        FactType::Convictions => or_unknown(json!({ "type": "array", "items": { "$ref": "#/$defs/conviction" } })),
        FactType::Enum => {
            let mut values: Vec<Json> = spec.values.iter().map(|value| value.as_str().into()).collect();
            values.push(Json::Null);
            if !spec.values.iter().any(|value| value == "unknown") {
                values.push("unknown".into());
            }
            json!({ "enum": values })
        }
    };
    json!({
        "title": spec.question,
        "type": "object",
        "required": ["value"],
        "additionalProperties": false,
        "properties": { "value": value, "source": { "$ref": "#/$defs/source" } },
    })
}

fn conviction() -> Json {
    fn words<T: Copy>(all: &[T], as_str: fn(T) -> &'static str) -> Json {
        let words = all.iter().map(|value| Json::from(as_str(*value)));
        json!({ "enum": words.chain([Json::Null, "unknown".into()]).collect::<Vec<_>>() })
    }
    let day = json!({ "oneOf": [{ "$ref": "#/$defs/day" }, { "$ref": "#/$defs/unknown" }] });
    let properties: Map<String, Json> = CONVICTION_KEYS
        .iter()
        .map(|key| {
            let value = match *key {
                "source" => json!({ "type": "string", "minLength": 1, "maxLength": MOST_TEXT_BYTES }),
                "entry" => words(Entry::ALL, Entry::as_str),
                "law" => words(Law::ALL, Law::as_str),
                "grade" => words(Grade::ALL, Grade::as_str),
                "form" => words(Form::ALL, Form::as_str),
                "section" => json!({ "type": ["string", "null"], "maxLength": MOST_TEXT_BYTES }),
                "crime_date" | "judgment_date" => day.clone(),
                "custody" => json!({ "type": "array", "items": { "$ref": "#/$defs/period" } }),
                _ => json!({ "$ref": "#/$defs/yes_or_no" }),
            };
            ((*key).to_owned(), value)
        })
        .collect();
    json!({ "type": "object", "required": ["source"], "additionalProperties": false, "properties": properties })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(feature = "load")]
    #[test]
    fn the_committed_schema_is_the_packs() {
        use std::{collections::BTreeMap, fs, path::Path};

        fn walk(folder: &Path, prefix: &str, files: &mut BTreeMap<String, Vec<u8>>) {
            for entry in fs::read_dir(folder).unwrap() {
                let entry = entry.unwrap();
                let name = format!("{prefix}{}", entry.file_name().into_string().unwrap());
                if entry.path().is_dir() {
                    walk(&entry.path(), &format!("{name}/"), files);
                } else {
                    files.insert(name, fs::read(entry.path()).unwrap());
                }
            }
        }
        let mut files = BTreeMap::new();
        walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packs/nyc"), "", &mut files);
        let vocabulary = crate::load::vocabulary(&crate::PackFiles(files)).unwrap();
        // After a change of the vocabulary: UPDATE_EXPECT=1 cargo test -p law schema
        expect_test::expect_file!["../../../../docs/facts.schema.json"].assert_eq(&facts_schema(&vocabulary));
    }

    #[test]
    fn every_reference_has_its_definition() {
        let schema: Json = serde_json::from_str(&facts_schema(&Vocabulary::default())).unwrap();
        let text = schema.to_string();
        for reference in text.split("\"$ref\":\"#/$defs/").skip(1) {
            let name = reference.split('"').next().unwrap();
            assert!(schema["$defs"].get(name).is_some(), "{name}");
        }
    }
}
