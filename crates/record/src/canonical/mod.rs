//! The one spelling of an entry: the bytes that are kept, hashed and shown to whoever checks.
//!
//! RFC 8785 (JSON Canonicalization Scheme) with integers only: no space, keys in the order of their UTF-16 code units, the
//! shortest escapes. Fractions are refused instead of printed as ECMAScript would, since the record has none and one rule
//! less is one difference less between implementations. Reading takes these bytes and no others: an entry that spells
//! itself in another way is refused, so one entry has one hash.

mod writer;

use serde::Serialize;

use crate::Entry;

/// Why a value has no canonical form.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CanonicalError {
    /// A number beyond what every reader of JSON keeps exactly.
    #[error("`{number}` is beyond 2^53 - 1, which JSON does not carry exactly: write it as text")]
    TooLarge {
        /// The number.
        number: String,
    },
    /// A number that is not whole.
    #[error("`{number}` is not a whole number: count in a smaller unit")]
    NotWhole {
        /// The number.
        number: String,
    },
    /// A key that is not a text, or stands twice in one object.
    #[error("`{key}` cannot be a key of a canonical object: keys are texts and stand once")]
    Key {
        /// The key.
        key: String,
    },
    /// Anything else that JSON cannot say.
    #[error("{0}")]
    Other(String),
}

/// Why bytes are not an entry.
#[derive(Debug, thiserror::Error)]
pub enum ParseError {
    /// Not JSON, or not of an entry's form.
    #[error("not an entry of the record")]
    Form(#[source] serde_json::Error),
    /// An entry, but spelt otherwise than canonically, so its hash would be another.
    #[error("an entry that is not in canonical form: at byte {at} it differs from it")]
    NotCanonical {
        /// The first byte that differs, from 0.
        at: usize,
    },
    /// An entry whose values have no canonical form.
    #[error("an entry with a value that has no canonical form")]
    Value(#[source] CanonicalError),
}

/// The canonical bytes of any value that serde can write.
///
/// # Errors
/// A number that is not whole or too large, a key that is not a text or stands twice.
pub fn to_bytes<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, CanonicalError> {
    let mut writer = writer::Writer::new(Vec::with_capacity(1024));
    value.serialize(&mut writer)?;
    Ok(writer.into_bytes())
}

/// The canonical bytes of an entry.
///
/// # Errors
/// As [`to_bytes`]; only a number beyond 2^53 among the facts can cause one.
pub fn canonical(entry: &Entry) -> Result<Vec<u8>, CanonicalError> {
    to_bytes(entry)
}

/// As [`canonical`], into a buffer that is emptied first: for whoever writes many and keeps none.
///
/// # Errors
/// As [`canonical`]; the buffer is empty then.
pub fn canonical_into(entry: &Entry, buffer: &mut Vec<u8>) -> Result<(), CanonicalError> {
    buffer.clear();
    let mut writer = writer::Writer::new(std::mem::take(buffer));
    entry.serialize(&mut writer)?;
    *buffer = writer.into_bytes();
    Ok(())
}

/// The entry that these bytes spell; `canonical(&parse(bytes)?)` are the same bytes.
///
/// # Errors
/// Bytes that are no entry, or an entry in another spelling.
pub fn parse(bytes: &[u8]) -> Result<Entry, ParseError> {
    let entry: Entry = serde_json::from_slice(bytes).map_err(ParseError::Form)?;
    let again = canonical(&entry).map_err(ParseError::Value)?;
    if again == bytes {
        return Ok(entry);
    }
    let same = again.iter().zip(bytes).take_while(|(one, two)| one == two).count();
    Err(ParseError::NotCanonical { at: same })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use expect_test::{Expect, expect};
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn check(value: &impl Serialize, expect: Expect) {
        let text = to_bytes(value).map_or_else(|error| error.to_string(), |bytes| String::from_utf8(bytes).unwrap());
        expect.assert_eq(&text);
    }

    /// The sorting example of RFC 8785, section 3.2.3: an emoji sorts before U+FB33 by its first surrogate.
    #[test]
    fn keys_sort_by_utf_16() {
        check(
            &json!({"\u{20ac}": "Euro Sign", "\r": "Carriage Return", "\u{fb33}": "Hebrew Letter Dalet With Dagesh", "1": "One",
                "\u{1f600}": "Emoji: Grinning Face", "\u{80}": "Control", "\u{f6}": "Latin Small Letter O With Diaeresis"}),
            expect![[
                r#"{"\r":"Carriage Return","1":"One","":"Control","ö":"Latin Small Letter O With Diaeresis","€":"Euro Sign","😀":"Emoji: Grinning Face","דּ":"Hebrew Letter Dalet With Dagesh"}"#
            ]],
        );
    }

    /// The escapes of RFC 8785, section 3.2.2.2.
    #[test]
    fn escapes_are_the_shortest() {
        check(&"\u{20ac}$\u{f}\nA'B\"\\\"/\u{8}\t\u{c}\r\u{7f}", expect![[r#""€$\u000f\nA'B\"\\\"/\b\t\f\r""#]]);
    }

    /// Texts are looked at eight bytes at a time: wherever an escape stands, it is seen, and nothing else is taken for one.
    #[test]
    fn an_escape_is_seen_wherever_it_stands() {
        for (length, at) in (1..20).flat_map(|length| (0..length).map(move |at| (length, at))) {
            for one in ('\0'..='\u{100}').chain(['€', '😀']) {
                let mut text = "a".repeat(length);
                text.replace_range(at..=at, &one.to_string());
                assert_eq!(to_bytes(&text).unwrap(), serde_json::to_vec(&text).unwrap(), "{text:?}");
            }
        }
    }

    #[test]
    fn structures() {
        check(
            &json!({"z": [1, {"b": null, "a": true}], "a": {}, "m": [], "n": -7}),
            expect![[r#"{"a":{},"m":[],"n":-7,"z":[1,{"a":true,"b":null}]}"#]],
        );
    }

    #[test]
    fn what_json_does_not_carry_exactly_is_refused() {
        check(&9_007_199_254_740_991_i64, expect!["9007199254740991"]);
        check(
            &9_007_199_254_740_992_u64,
            expect!["`9007199254740992` is beyond 2^53 - 1, which JSON does not carry exactly: write it as text"],
        );
        check(
            &-9_007_199_254_740_992_i64,
            expect!["`-9007199254740992` is beyond 2^53 - 1, which JSON does not carry exactly: write it as text"],
        );
        check(&0.5, expect!["`0.5` is not a whole number: count in a smaller unit"]);
        check(
            &BTreeMap::from([(vec![1], 2)]),
            expect!["`[1]` cannot be a key of a canonical object: keys are texts and stand once"],
        );
    }

    /// Plain and slow, to compare with.
    fn slow(value: &Value) -> String {
        match value {
            Value::Object(map) => {
                let mut keys: Vec<_> = map.iter().collect();
                keys.sort_by_key(|(key, _)| key.encode_utf16().collect::<Vec<_>>());
                let inner: Vec<_> = keys.iter().map(|(key, value)| format!("{}:{}", json!(key), slow(value))).collect();
                format!("{{{}}}", inner.join(","))
            }
            Value::Array(items) => format!("[{}]", items.iter().map(slow).collect::<Vec<_>>().join(",")),
            other => other.to_string(),
        }
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i32>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 48, 8, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..8).prop_map(Value::from),
                prop::collection::hash_map(any::<String>(), inner, 0..8)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    /// Members as they come, whatever their order and however often a key stands.
    struct Members(Vec<(String, Value)>);

    impl Serialize for Members {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.collect_map(self.0.iter().map(|(key, value)| (key, value)))
        }
    }

    proptest! {
        #[test]
        fn members_in_any_order_are_put_in_theirs_and_a_key_that_stands_twice_is_refused(
            members in prop::collection::vec(("[a-c\u{fb33}\u{1f600}\"]{0,2}", any_json()), 0..6),
        ) {
            let keys: std::collections::BTreeSet<&String> = members.iter().map(|(key, _)| key).collect();
            let written = to_bytes(&[Members(members.clone()), Members(Vec::new())]);
            if keys.len() < members.len() {
                let refused = matches!(written, Err(CanonicalError::Key { .. }));
                prop_assert!(refused);
            } else {
                let wanted = Value::Object(members.into_iter().collect());
                prop_assert_eq!(String::from_utf8(written.unwrap()).unwrap(), format!("[{},{{}}]", slow(&wanted)));
            }
        }

        #[test]
        fn as_the_plain_way(value in any_json()) {
            let bytes = to_bytes(&value).unwrap();
            prop_assert_eq!(std::str::from_utf8(&bytes).unwrap(), slow(&value));
            prop_assert_eq!(serde_json::from_slice::<Value>(&bytes).unwrap(), value);
        }
    }
}
