//! Reading a call: its body, its query and the key by which it may be repeated. What cannot be read is refused with its place.

use std::sync::Arc;

use axum::{
    body::{Body, to_bytes},
    http::{HeaderMap, header},
};
use law::{Facts, FactsError, Question};
use record::{SystemId, first_16};
use serde::de::DeserializeOwned;
use serde_path_to_error::{Path, Segment};
use sha2::{Digest as _, Sha256};

use super::problem::{Kind, Problem, Refused};
use crate::serve::{Desk, forms::Fault};

/// The longest body that is read, in bytes.
pub const BODY_MAX_BYTES: usize = 256 * 1024;

/// The text of a body of JSON.
///
/// # Errors
/// When it is of another type, too long or no text.
pub async fn text(desk: &Arc<Desk>, headers: &HeaderMap, body: Body) -> Result<String, Refused> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    // Parameters (`charset=utf-8`) change nothing: JSON is UTF-8 (RFC 8259).
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if !kind.eq_ignore_ascii_case("application/json") {
        return Err(Problem::of(&desk.words, Kind::Type).into());
    }
    let too_long = || Problem::of(&desk.words, Kind::TooLong);
    // A body that breaks off is refused in the same words: nobody is there any more to read them.
    let bytes = to_bytes(body, BODY_MAX_BYTES).await.map_err(|_| too_long())?;
    String::from_utf8(bytes.to_vec()).map_err(|error| {
        let at = error.utf8_error().valid_up_to().to_string();
        Problem::of(&desk.words, Kind::NotJson).at("", desk.words.say("problem-no-text", &[("byte", &at)])).into()
    })
}

/// What a body says, as the description has it.
///
/// # Errors
/// When it is no JSON, or JSON of another shape, with the place.
pub fn parse<T: DeserializeOwned>(desk: &Desk, text: &str) -> Result<T, Refused> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let read = serde_path_to_error::deserialize(&mut reader);
    let read = read.map_err(|error| (pointer(error.path()), error.into_inner()));
    let ended = |value| reader.end().map(|()| value).map_err(|error| (String::new(), error));
    read.and_then(ended).map_err(|(place, error)| {
        let kind = if error.is_data() { Kind::Unfit } else { Kind::NotJson };
        Problem::of(&desk.words, kind).at(place, error.to_string()).into()
    })
}

/// The questions and facts of a call, read as `vouchsafe decide` reads a file; `under` is where they stand in the body.
///
/// # Errors
/// The first thing that cannot be read, with its place.
pub fn asked(desk: &Desk, text: &str, under: &str) -> Result<Vec<(Question, Facts)>, Refused> {
    law::parse_facts_json(desk.pack.vocabulary(), text).map_err(|error| {
        let FactsError { line, column, pointer, what } = &error;
        let json = serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok();
        let kind = if json { Kind::Unfit } else { Kind::NotJson };
        // Lines are counted from where the facts begin: of use where that is the body's own beginning.
        let what = if under.is_empty() {
            let (line, column) = (line.to_string(), column.to_string());
            desk.words.say("problem-facts", &[("line", &line), ("column", &column), ("what", &what.to_string())])
        } else {
            what.to_string()
        };
        Problem::of(&desk.words, kind).at(format!("{under}{pointer}"), what).into()
    })
}

/// A field that the desk's own reader refuses, under the name that it has in the body.
pub fn unfit(desk: &Desk, fault: &Fault, names: &[(&str, &str)]) -> Refused {
    let place = fault.place().map_or_else(String::new, |field| {
        let name = names.iter().find(|(form, _)| *form == field).map_or(field, |(_, name)| name);
        format!("/{name}")
    });
    Problem::of(&desk.words, Kind::Unfit).at(place, fault.say(&desk.words)).into()
}

/// A place as a JSON pointer (RFC 6901).
fn pointer(path: &Path) -> String {
    let mut pointer = String::new();
    for segment in path {
        match segment {
            Segment::Seq { index } => pointer.push_str(&format!("/{index}")),
            Segment::Map { key } => pointer.push_str(&format!("/{}", key.replace('~', "~0").replace('/', "~1"))),
            Segment::Enum { variant } => pointer.push_str(&format!("/{variant}")),
            Segment::Unknown => {}
        }
    }
    pointer
}

/// The values of a query, by the names that it may have; each at most once.
///
/// # Errors
/// When it has another name, or one twice.
pub fn query<const N: usize>(
    desk: &Desk,
    query: Option<&str>,
    names: [&str; N],
) -> Result<[Option<String>; N], Refused> {
    let mut found = [const { None }; N];
    for (name, value) in url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
        let place = names.iter().position(|known| *known == name).and_then(|at| found.get_mut(at));
        match place {
            Some(place @ None) => *place = Some(value.into_owned()),
            Some(Some(_)) => return Err(in_query(desk, &name, "problem-query-twice")),
            None => return Err(in_query(desk, &name, "problem-query-unknown")),
        }
    }
    Ok(found)
}

/// A part of the query that cannot be taken.
pub fn in_query(desk: &Desk, name: &str, sentence: &str) -> Refused {
    Problem::of(&desk.words, Kind::Query).at(name, desk.words.say(sentence, &[])).into()
}

/// The header with which a call may be repeated (draft-ietf-httpapi-idempotency-key-header).
pub const KEY: &str = "idempotency-key";

/// What a key is made of, beside letters and digits.
const KEY_MARKS: [char; 5] = ['.', '_', '~', ':', '-'];

/// Its form, for the description.
pub const KEY_PATTERN: &str = "^([0-9A-Za-z._~:-]{16,128}|\"[0-9A-Za-z._~:-]{16,128}\")$";

/// A call that may be repeated: everything recorded by it bears what follows from the system, its key and its content.
///
/// Entries are kept under keys of the store that follow from system and key alone, so that one key records once, whichever processes are
/// asked and whenever. What is recorded bears an id that follows from the content, too: the same call finds it, another does not.
pub struct Repeatable {
    key: [u8; 32],
    content: [u8; 16],
}

impl Repeatable {
    /// Reads the key of a call of this content to this path.
    ///
    /// # Errors
    /// When there is none, several, or one of another form.
    pub fn read(desk: &Desk, headers: &HeaderMap, system: SystemId, path: &str, text: &str) -> Result<Self, Refused> {
        let refused = |id: &str| Problem::of(&desk.words, Kind::Key).at("Idempotency-Key", desk.words.say(id, &[]));
        let mut sent = headers.get_all(KEY).iter();
        let Some(first) = sent.next() else { return Err(refused("problem-key-missing").into()) };
        let one = if sent.next().is_none() { first.to_str().ok() } else { None };
        let Some(key) = one.and_then(plain) else { return Err(refused("problem-key-form").into()) };
        Ok(Self::of(system, key, path, text))
    }

    fn of(system: SystemId, key: &str, path: &str, text: &str) -> Self {
        let key: [u8; 32] = Sha256::new()
            .chain_update(b"vouchsafe api key v1\0")
            .chain_update(system.as_bytes())
            .chain_update(key.as_bytes())
            .finalize()
            .into();
        let content = Sha256::new()
            .chain_update(b"vouchsafe api call v1\0")
            .chain_update(key)
            .chain_update(path.as_bytes())
            .chain_update(b"\0")
            .chain_update(text.as_bytes());
        Self { key, content: first_16(content.finalize()) }
    }

    /// The store's key of one entry of the call.
    #[must_use]
    pub fn key(&self, part: usize) -> String {
        format!("api/{}/{part}", hex::encode(self.key))
    }

    /// Sixteen bytes for the id of what the call records.
    #[must_use]
    pub fn id(&self) -> [u8; 16] {
        self.content
    }
}

/// A key without the quotation marks of a structured field (RFC 9651), which many callers leave out.
fn plain(sent: &str) -> Option<&str> {
    let key = match sent.strip_prefix('"') {
        Some(rest) => rest.strip_suffix('"')?,
        None => sent,
    };
    let fits = |c: char| c.is_ascii_alphanumeric() || KEY_MARKS.contains(&c);
    ((16..=128).contains(&key.len()) && key.chars().all(fits)).then_some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_one_spelling_with_and_without_marks() {
        let uuid = "8e03978e-40d5-43dd-bc93-6894a57f9324";
        assert_eq!(plain(uuid), Some(uuid));
        assert_eq!(plain(&format!("\"{uuid}\"")), Some(uuid));
        for none in
            ["", "short", "fifteen-letters", "\"8e03978e-40d5-43dd", "8e03978e 40d5-43dd-bc93", "8e03978e-40d5-43dd-é"]
        {
            assert_eq!(plain(none), None, "{none}");
        }
        assert!(plain(&"a".repeat(128)).is_some() && plain(&"a".repeat(129)).is_none());
    }

    #[test]
    fn what_a_call_records_follows_from_system_key_path_and_content() {
        let (one, two) = (SystemId::from_bytes([1; 16]), SystemId::from_bytes([2; 16]));
        let call = |system, key, path, text| {
            let call = Repeatable::of(system, key, path, text);
            (call.key(0), call.id())
        };
        let first = call(one, "k", "/requests", "{}");
        assert_eq!(first, call(one, "k", "/requests", "{}"));
        let (other_content, other_path) = (call(one, "k", "/requests", "{ }"), call(one, "k", "/deeds", "{}"));
        assert!(other_content.0 == first.0 && other_content.1 != first.1);
        assert!(other_path.0 == first.0 && other_path.1 != first.1);
        let (other_key, other_system) = (call(one, "l", "/requests", "{}"), call(two, "k", "/requests", "{}"));
        assert!(other_key.0 != first.0 && other_system.0 != first.0 && other_key.1 != first.1);
    }
}
