//! As much of JSON Schema (draft 2020-12) as `docs/decision.schema.json` uses, in a page: a whole validator would be a heavier
//! dependency than the thing that it checks. A keyword that is not known here fails, so that the schema cannot outgrow it.

use serde_json::Value;

/// Every way in which `value` is not what the schema says, each with its place. Empty: it is valid.
pub fn faults(schema: &Value, value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    check(schema, schema, value, "$", &mut found);
    found
}

fn check(root: &Value, schema: &Value, value: &Value, at: &str, found: &mut Vec<String>) {
    for (keyword, wants) in schema.as_object().expect("a schema is an object") {
        let mut fault = |what: String| found.push(format!("{at}: {what}"));
        match keyword.as_str() {
            "$schema" | "$id" | "$defs" | "components" | "title" | "description" | "format" => {}
            // Where the others are spoken of, these are looked at with them.
            "properties" => {
                let alone = schema.get("additionalProperties").is_none();
                for (name, wants) in wants.as_object().expect("properties are an object").iter().filter(|_| alone) {
                    if let Some(item) = value.get(name) {
                        check(root, wants, item, &format!("{at}.{name}"), found);
                    }
                }
            }
            "allOf" => {
                for one in wants.as_array().expect("allOf is a list") {
                    check(root, one, value, at, found);
                }
            }
            "$ref" => {
                let path = wants.as_str().expect("a reference is a text");
                let found_at = path.strip_prefix("#/$defs/").map(|name| &root["$defs"][name]);
                let in_document = path.strip_prefix("#/components/schemas/");
                let found_at = found_at.or_else(|| in_document.map(|name| &root["components"]["schemas"][name]));
                check(root, found_at.expect("a reference into $defs or components"), value, at, found);
            }
            "oneOf" => {
                let ways: Vec<Vec<String>> = wants
                    .as_array()
                    .expect("oneOf is a list")
                    .iter()
                    .map(|way| {
                        let mut faults = Vec::new();
                        check(root, way, value, at, &mut faults);
                        faults
                    })
                    .collect();
                if ways.iter().filter(|faults| faults.is_empty()).count() != 1 {
                    fault(format!("not exactly one of {} ways: {ways:?}", ways.len()));
                }
            }
            "const" => {
                if wants != value {
                    fault(format!("{value} is not {wants}"));
                }
            }
            "maximum" => {
                if value.as_i64().is_some_and(|number| number > wants.as_i64().expect("a number")) {
                    fault(format!("{value} is more than {wants}"));
                }
            }
            "anyOf" => {
                let good = |way: &Value| {
                    let mut faults = Vec::new();
                    check(root, way, value, at, &mut faults);
                    faults.is_empty()
                };
                if !wants.as_array().expect("anyOf is a list").iter().any(good) {
                    fault(format!("{value} is none of {wants}"));
                }
            }
            "minimum" => {
                if value.as_i64().is_some_and(|number| number < wants.as_i64().expect("a number")) {
                    fault(format!("{value} is less than {wants}"));
                }
            }
            "enum" => {
                if !wants.as_array().expect("enum is a list").contains(value) {
                    fault(format!("{value} is none of {wants}"));
                }
            }
            "type" => {
                let is = |name: &Value| name.as_str().is_some_and(|name| has_type(name, value));
                if !wants.as_array().map_or_else(|| is(wants), |names| names.iter().any(is)) {
                    fault(format!("{value} is no {wants}"));
                }
            }
            "pattern" => {
                let pattern = wants.as_str().expect("a pattern is a text");
                if !value.as_str().is_some_and(|text| matches(pattern, text)) {
                    fault(format!("{value} does not match {pattern}"));
                }
            }
            "minItems" => {
                if value.as_array().is_some_and(|items| (items.len() as u64) < wants.as_u64().expect("a number")) {
                    fault(format!("fewer than {wants} items"));
                }
            }
            "items" => {
                for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                    check(root, wants, item, &format!("{at}[{index}]"), found);
                }
            }
            "required" => {
                for name in wants.as_array().expect("required is a list").iter().filter_map(Value::as_str) {
                    if value.as_object().is_some_and(|object| !object.contains_key(name)) {
                        fault(format!("`{name}` is missing"));
                    }
                }
            }
            "propertyNames" => {
                for name in value.as_object().into_iter().flatten().map(|(name, _)| name) {
                    check(root, wants, &Value::String(name.clone()), &format!("{at}.{name}"), found);
                }
            }
            "additionalProperties" => {
                for (name, item) in value.as_object().into_iter().flatten() {
                    match (schema.get("properties").and_then(|known| known.get(name)), wants) {
                        (Some(known), _) => check(root, known, item, &format!("{at}.{name}"), found),
                        (None, Value::Bool(false)) => found.push(format!("{at}: `{name}` is not known")),
                        (None, wants) => check(root, wants, item, &format!("{at}.{name}"), found),
                    }
                }
            }
            other => panic!("the schema uses `{other}`, which this test does not know"),
        }
    }
}

fn has_type(name: &str, value: &Value) -> bool {
    match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        other => panic!("`{other}` is no type that this test knows"),
    }
}

/// Anchored patterns made of characters and classes with a count, such as `^rq-[0-9a-z]{27}$`.
fn matches(pattern: &str, text: &str) -> bool {
    let mut pattern = pattern.strip_prefix('^').and_then(|rest| rest.strip_suffix('$')).expect("an anchored pattern");
    let mut text = text.chars();
    while let Some(first) = pattern.chars().next() {
        let Some(rest) = pattern.strip_prefix('[') else {
            if text.next() != Some(first) {
                return false;
            }
            pattern = &pattern[first.len_utf8()..];
            continue;
        };
        let (class, rest) = rest.split_once(']').expect("a class ends");
        let (count, rest) = rest.strip_prefix('{').and_then(|rest| rest.split_once('}')).expect("a class has a count");
        let class: Vec<char> = class.chars().collect();
        let within =
            |c: char| class.chunks(3).any(|range| matches!(range, [from, '-', to] if (*from..=*to).contains(&c)));
        let number = |count: &str| count.parse::<usize>().expect("a count is a number");
        let (least, most) = count.split_once(',').unwrap_or((count, count));
        let (least, most) = (number(least), number(most));
        let mut rest_of_text = text.clone();
        let found = (0..most).take_while(|_| rest_of_text.next().is_some_and(within)).count();
        if found < least {
            return false;
        }
        text.by_ref().take(found).for_each(drop);
        pattern = rest;
    }
    text.next().is_none()
}

#[test]
fn the_checker_finds_what_is_wrong() {
    let schema = serde_json::json!({
        "type": "object", "additionalProperties": false, "required": ["a"],
        "properties": { "a": { "enum": ["x"] }, "b": { "type": ["string", "null"], "pattern": "^b-[0-9a-f]{2}$" } }
    });
    let count = |value: Value| faults(&schema, &value).len();
    assert_eq!(count(serde_json::json!({ "a": "x" })), 0);
    assert_eq!(count(serde_json::json!({ "a": "x", "b": "b-0f" })), 0);
    assert_eq!(count(serde_json::json!({ "a": "y" })), 1);
    assert_eq!(count(serde_json::json!({ "b": 3 })), 3);
    assert_eq!(count(serde_json::json!({ "a": "x", "c": 1 })), 1);
    assert_eq!(count(serde_json::json!({ "a": "x", "b": "b-0f0" })), 1);
    for (pattern, text, fits) in
        [("^[0-9]{1,3}$", "12", true), ("^[0-9]{1,3}$", "", false), ("^[0-9]{1,3}$", "1234", false)]
    {
        assert_eq!(matches(pattern, text), fits, "{pattern} {text}");
    }
    let schema = serde_json::json!({
        "anyOf": [{ "const": 1 }, { "type": "integer", "minimum": 3, "maximum": 4 }]
    });
    let good = |value: i64| faults(&schema, &value.into()).is_empty();
    assert_eq!([1, 2, 3, 4, 5].map(good), [true, false, true, true, false]);
    let schema = serde_json::json!({
        "allOf": [{ "type": "object" }, { "properties": { "a": { "const": 1 } } }]
    });
    let good = |value: Value| faults(&schema, &value).is_empty();
    assert!(good(serde_json::json!({ "a": 1, "b": 2 })) && good(serde_json::json!({})));
    assert!(!good(serde_json::json!({ "a": 2 })) && !good(serde_json::json!(3)));
}
