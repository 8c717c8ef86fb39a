//! FACTS.json: a question and its facts as a desk writes them, read against the pack's vocabulary.
//!
//! `{"question": {"agency", "act", "requester", "statute_enforced", "document"}, "facts": {"name": {"value", "source"}}}`; `act` may be a list
//! of acts (several questions on the same facts), `document` a text or a list. Nothing is guessed: what cannot be read is refused with
//! its line, column and place, and `docs/facts.schema.json` ([`super::schema`]) says the same for other tools.

use jiff::civil::{Date, DateTime};

use super::{
    Conviction, Custody, Entry, Fact, Facts, Form, Grade, Law, Value, parse_date, parse_datetime,
    spanned::{self, Flaw, FlawKind, Kind, MOST_DEPTH, MOST_FILE_BYTES, MOST_TEXT_BYTES, Member, Node},
};
use crate::{
    ids::{ActId, FactName},
    question::{Question, UnknownName, known, nearest, shorten},
    vocabulary::{FactSpec, FactType, Vocabulary},
};

/// FACTS.json cannot be read: what is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}{}: {what}", if pointer.is_empty() { String::new() } else { format!(" ({pointer})") })]
pub struct FactsError {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// The place as a JSON pointer (RFC 6901), e.g. `/facts/tsdb_possible_match/value`.
    pub pointer: String,
    /// What is wrong there.
    pub what: FactsErrorKind,
}

/// What is wrong with a FACTS.json.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FactsErrorKind {
    /// The file ends in the middle.
    #[error("the file ends in the middle: it was cut short, or a bracket or quotation mark is not closed")]
    Ends,
    /// It is not JSON.
    #[error("not JSON: {0}")]
    NotJson(String),
    /// A key stands twice in one object.
    #[error("`{0}` stands here a second time; keep one")]
    DuplicateKey(String),
    /// Arrays and objects lie too deep in one another.
    #[error("more than {MOST_DEPTH} levels deep")]
    TooDeep,
    /// The file is too long.
    #[error("the file has {0} bytes, and at most {MOST_FILE_BYTES} are read")]
    FileTooLong(usize),
    /// A text is too long.
    #[error("a text of more than {MOST_TEXT_BYTES} bytes")]
    TextTooLong,
    /// Something else was expected.
    #[error("{given} where {expected} is expected")]
    WrongType {
        /// What is expected.
        expected: String,
        /// What stands there.
        given: String,
    },
    /// A day that is not in the calendar, or not written as one.
    #[error("`{0}` is not a day of the calendar, written as `2026-06-15`")]
    NoSuchDay(String),
    /// A moment that is not one, or not written as one.
    #[error("`{0}` is not a local date and time, written as `2026-09-04T17:00`")]
    NoSuchMoment(String),
    /// A key that is not known here.
    #[error("`{given}` is no {of}{}", suggestion(nearest))]
    UnknownKey {
        /// The key.
        given: String,
        /// What it would have to be.
        of: &'static str,
        /// The nearest that there is.
        nearest: Option<String>,
    },
    /// A value that is none of those that the fact can have.
    #[error("`{given}` is none of {values}{}", suggestion(nearest))]
    UnknownValue {
        /// The value.
        given: String,
        /// Those that there are.
        values: String,
        /// The nearest of them.
        nearest: Option<String>,
    },
    /// A name of the question that the pack does not know.
    #[error(transparent)]
    UnknownName(#[from] UnknownName),
    /// Something is missing.
    #[error("`{0}` is missing")]
    Missing(&'static str),
    /// Two that must differ are the same.
    #[error("`{0}` is named twice")]
    Twice(String),
    /// A fact that is never asked.
    #[error("`{name}` is refused: {reason}; remove it from the file, and do not collect it")]
    NeverAsked {
        /// The name given.
        name: String,
        /// Why it is refused.
        reason: &'static str,
    },
}

fn suggestion(nearest: &Option<String>) -> String {
    nearest.as_ref().map(|name| format!("; did you mean `{name}`?")).unwrap_or_default()
}

/// Words that, together in one name, ask what is never asked (General Municipal Law 996-a(4), (5); Executive Order 41 of 2003).
const NEVER_ASKED: [&[&str]; 11] = [
    &["immigration", "status"],
    &["legal", "status"],
    &["citizen"],
    &["citizenship"],
    &["nationality"],
    &["noncitizen"],
    &["undocumented"],
    &["birth", "country"],
    &["birth", "place"],
    &["birthplace"],
    &["origin", "country"],
];
/// Words that, together in one name, would lead back to the device of a person who writes.
const NEVER_KEPT: [&[&str]; 3] = [&["user", "agent"], &["remote", "addr"], &["ip", "address"]];

/// Why a fact of this name is refused, if it is.
#[must_use]
pub fn never_asked(name: &str) -> Option<&'static str> {
    let lower = name.to_lowercase();
    let words: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).collect();
    let has = |all: &[&str]| all.iter().all(|word| words.contains(word));
    if NEVER_ASKED.iter().any(|all| has(all)) {
        Some("immigration status, nationality and origin are never asked, and no answer here depends on them")
    } else if NEVER_KEPT.iter().any(|all| has(all)) {
        Some("nothing that leads back to a person's device is kept")
    } else {
        None
    }
}

/// Reads a FACTS.json against the vocabulary: one question with its facts for each act that is named.
///
/// A fact whose value is `null` or `"unknown"` is left out: it is unknown.
///
/// # Errors
/// The first thing that cannot be read, with its place.
pub fn parse_facts_json(vocabulary: &Vocabulary, text: &str) -> Result<Vec<(Question, Facts)>, FactsError> {
    if text.len() > MOST_FILE_BYTES {
        return Err(FactsError {
            line: 1,
            column: 1,
            pointer: String::new(),
            what: FactsErrorKind::FileTooLong(text.len()),
        });
    }
    let root = spanned::read(text).map_err(|flaw| place(text, flaw.at, "", kind_of(&flaw)))?;
    let reader = Reader { vocabulary };
    reader.file(&root).map_err(|wrong| place(text, wrong.at, &wrong.pointer, wrong.what))
}

fn place(text: &str, at: usize, pointer: &str, what: FactsErrorKind) -> FactsError {
    let before = text.get(..at).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |i| i + 1);
    FactsError {
        line: before.bytes().filter(|b| *b == b'\n').count() + 1,
        column: before.get(line_start..).unwrap_or_default().chars().count() + 1,
        pointer: pointer.to_owned(),
        what,
    }
}

fn kind_of(flaw: &Flaw) -> FactsErrorKind {
    match &flaw.what {
        FlawKind::Ends => FactsErrorKind::Ends,
        FlawKind::Unexpected(c) => FactsErrorKind::NotJson(format!("`{}` is not expected here", c.escape_default())),
        FlawKind::BadEscape => FactsErrorKind::NotJson("a `\\` that is no escape".into()),
        FlawKind::BadNumber(number) => FactsErrorKind::NotJson(format!("`{number}` is not a whole number")),
        FlawKind::ControlCharacter => FactsErrorKind::NotJson("a line break or control character inside a text".into()),
        FlawKind::After => FactsErrorKind::NotJson("something stands after the end".into()),
        FlawKind::DuplicateKey(key) => FactsErrorKind::DuplicateKey(shorten(key)),
        FlawKind::TooDeep => FactsErrorKind::TooDeep,
        FlawKind::TooLong => FactsErrorKind::TextTooLong,
    }
}

/// What is wrong, where in the file, and where in the tree.
struct Wrong {
    at: usize,
    pointer: String,
    what: FactsErrorKind,
}

/// The place of a node in the tree, for messages.
#[derive(Clone, Copy)]
struct Path<'a> {
    parent: Option<&'a Path<'a>>,
    step: &'a str,
}

impl Path<'_> {
    fn pointer(&self) -> String {
        match self.parent {
            None => String::new(),
            Some(parent) => {
                format!("{}/{}", parent.pointer(), shorten(self.step).replace('~', "~0").replace('/', "~1"))
            }
        }
    }

    fn wrong(&self, at: usize, what: FactsErrorKind) -> Wrong {
        Wrong { at, pointer: self.pointer(), what }
    }

    fn expected(&self, node: &Node, expected: &str) -> Wrong {
        self.wrong(node.at, FactsErrorKind::WrongType { expected: expected.to_owned(), given: node.describe() })
    }

    fn object<'n>(&self, node: &'n Node, expected: &str) -> Result<&'n [Member], Wrong> {
        match &node.kind {
            Kind::Object(members) => Ok(members),
            _ => Err(self.expected(node, expected)),
        }
    }

    fn text<'n>(&self, node: &'n Node, expected: &str) -> Result<&'n str, Wrong> {
        match &node.kind {
            Kind::Text(text) => Ok(text),
            _ => Err(self.expected(node, expected)),
        }
    }

    fn unknown_key(&self, member: &Member, of: &'static str, keys: &[&'static str]) -> Wrong {
        if let Some(reason) = never_asked(&member.key) {
            return self.wrong(member.at, FactsErrorKind::NeverAsked { name: shorten(&member.key), reason });
        }
        let nearest = nearest(&member.key, keys.iter().copied()).map(str::to_owned);
        self.wrong(member.at, FactsErrorKind::UnknownKey { given: shorten(&member.key), of, nearest })
    }
}

const ROOT: Path<'static> = Path { parent: None, step: "" };

fn step<'a>(parent: &'a Path<'a>, step: &'a str) -> Path<'a> {
    Path { parent: Some(parent), step }
}

fn is_unknown(node: &Node) -> bool {
    match &node.kind {
        Kind::Null => true,
        Kind::Text(text) => text == "unknown",
        _ => false,
    }
}

struct Reader<'a> {
    vocabulary: &'a Vocabulary,
}

impl Reader<'_> {
    fn file(&self, root: &Node) -> Result<Vec<(Question, Facts)>, Wrong> {
        let (mut questions, mut facts) = (None, Facts::new());
        for member in ROOT.object(root, "an object with `question` and `facts`")? {
            let path = step(&ROOT, &member.key);
            match member.key.as_str() {
                "question" => questions = Some(self.questions(&path, &member.value)?),
                "facts" => facts = self.facts(&path, &member.value)?,
                _ => return Err(path.unknown_key(member, "part of this file", &["question", "facts"])),
            }
        }
        let questions = questions.ok_or_else(|| ROOT.wrong(root.at, FactsErrorKind::Missing("question")))?;
        Ok(questions.into_iter().map(|question| (question, facts.clone())).collect())
    }

    fn questions(&self, path: &Path<'_>, node: &Node) -> Result<Vec<Question>, Wrong> {
        const KEYS: [&str; 5] = ["agency", "act", "requester", "statute_enforced", "document"];
        let vocabulary = self.vocabulary;
        let (mut agency, mut acts, mut requester, mut statute, mut documents) = (None, None, None, None, Vec::new());
        for member in path.object(node, "an object: the question")? {
            let here = step(path, &member.key);
            let value = &member.value;
            match member.key.as_str() {
                "agency" => agency = Some(one(&here, value, "agency", vocabulary.agencies.keys().map(AsRef::as_ref))?),
                "act" => acts = Some(some(&here, value, "act", vocabulary.acts.keys().map(AsRef::as_ref))?),
                "requester" => {
                    requester = Some(one(&here, value, "requester", vocabulary.requesters.keys().map(AsRef::as_ref))?);
                }
                "statute_enforced" => {
                    statute =
                        Some(one(&here, value, "statute_enforced", vocabulary.statutes.keys().map(AsRef::as_ref))?);
                }
                "document" => {
                    documents = some(&here, value, "document", vocabulary.documents.keys().map(AsRef::as_ref))?
                }
                _ => return Err(here.unknown_key(member, "part of a question", &KEYS)),
            }
        }
        let missing = |what| path.wrong(node.at, FactsErrorKind::Missing(what));
        let agency = agency.ok_or_else(|| missing("agency"))?;
        let acts = acts.filter(|acts| !acts.is_empty()).ok_or_else(|| missing("act"))?;
        let requester = requester.ok_or_else(|| missing("requester"))?;
        let statute = statute.ok_or_else(|| missing("statute_enforced"))?;
        let question = |act: &&str| Question {
            agency: agency.into(),
            act: ActId::new(act),
            requester: requester.into(),
            statute_enforced: statute.into(),
            document: documents.iter().map(|document| (*document).into()).collect(),
        };
        Ok(acts.iter().map(question).collect())
    }

    fn facts(&self, path: &Path<'_>, node: &Node) -> Result<Facts, Wrong> {
        let mut facts = Facts::new();
        for member in path.object(node, "an object: the facts")? {
            let here = step(path, &member.key);
            if let Some(reason) = never_asked(&member.key) {
                return Err(here.wrong(member.at, FactsErrorKind::NeverAsked { name: shorten(&member.key), reason }));
            }
            let Some(spec) = self.vocabulary.facts.get(member.key.as_str()) else {
                let nearest =
                    nearest(&member.key, self.vocabulary.facts.keys().map(FactName::as_str)).map(str::to_owned);
                let what = FactsErrorKind::UnknownKey { given: shorten(&member.key), of: "fact of this pack", nearest };
                return Err(here.wrong(member.at, what));
            };
            if let Some(Fact { value, source }) = fact(&here, spec, &member.value)? {
                facts.insert(spec.name.clone(), value, &source);
            }
        }
        Ok(facts)
    }
}

/// One name of the vocabulary.
fn one<'n, 'v>(
    path: &Path<'_>,
    node: &'n Node,
    kind: &'static str,
    names: impl Iterator<Item = &'v str> + Clone,
) -> Result<&'n str, Wrong> {
    let text = path.text(node, "a name, as a text,")?;
    known(kind, text, names).map_err(|unknown| path.wrong(node.at, unknown.into()))?;
    Ok(text)
}

/// One name of the vocabulary, or a list of different ones.
fn some<'n, 'v>(
    path: &Path<'_>,
    node: &'n Node,
    kind: &'static str,
    names: impl Iterator<Item = &'v str> + Clone,
) -> Result<Vec<&'n str>, Wrong> {
    let Kind::Array(items) = &node.kind else { return Ok(vec![one(path, node, kind, names)?]) };
    let mut all = Vec::new();
    for (i, item) in items.iter().enumerate() {
        let index = i.to_string();
        let here = step(path, &index);
        let name = one(&here, item, kind, names.clone())?;
        if all.contains(&name) {
            return Err(here.wrong(item.at, FactsErrorKind::Twice(shorten(name))));
        }
        all.push(name);
    }
    Ok(all)
}

/// `{"value": .., "source": ".."}`; none when the value is unknown.
fn fact(path: &Path<'_>, spec: &FactSpec, node: &Node) -> Result<Option<Fact>, Wrong> {
    let (mut given, mut source) = (None, String::new());
    for member in path.object(node, "an object with `value` and `source`")? {
        let here = step(path, &member.key);
        match member.key.as_str() {
            "value" => given = Some(value(&here, spec, &member.value)?),
            "source" => source = here.text(&member.value, "a text: who or what says so")?.to_owned(),
            _ => return Err(here.unknown_key(member, "part of a fact", &["value", "source"])),
        }
    }
    let value = given.ok_or_else(|| path.wrong(node.at, FactsErrorKind::Missing("value")))?;
    Ok(value.map(|value| Fact { value, source }))
}

fn value(path: &Path<'_>, spec: &FactSpec, node: &Node) -> Result<Option<Value>, Wrong> {
    if is_unknown(node) {
        return Ok(None);
    }
    let value = match (spec.kind, &node.kind) {
        (FactType::Bool, Kind::Bool(value)) => Value::Bool(*value),
        (FactType::Bool, _) => return Err(path.expected(node, "`true`, `false` or `\"unknown\"`")),
        (FactType::Number, Kind::Number(number)) => Value::Number(*number),
        (FactType::Number, _) => return Err(path.expected(node, "a whole number")),
        (FactType::Enum, Kind::Text(text)) => {
            Value::Text(word(path, node, text, spec.values.iter().map(String::as_str))?.to_owned())
        }
        (FactType::Enum, _) => {
            return Err(path.expected(node, &format!("one of {}", list(spec.values.iter().map(String::as_str)))));
        }
        (FactType::Date, _) => Value::Date(day(path, node)?),
        (FactType::Datetime, _) => Value::DateTime(moment(path, node)?),
        (FactType::Convictions, Kind::Array(items)) => {
            let convictions = items.iter().enumerate().map(|(i, item)| conviction(&step(path, &i.to_string()), item));
            Value::Convictions(convictions.collect::<Result<_, _>>()?)
        }
        (FactType::Convictions, _) => {
            return Err(path.expected(node, "a list of convictions (`[]` = the search found none)"));
        }
    };
    Ok(Some(value))
}

fn list<'v>(values: impl Iterator<Item = &'v str>) -> String {
    values.map(|value| format!("`{value}`")).collect::<Vec<_>>().join(", ")
}

fn word<'n, 'v>(
    path: &Path<'_>,
    node: &Node,
    text: &'n str,
    values: impl Iterator<Item = &'v str> + Clone,
) -> Result<&'n str, Wrong> {
    if values.clone().any(|value| value == text) {
        return Ok(text);
    }
    let nearest = nearest(text, values.clone()).map(str::to_owned);
    Err(path.wrong(node.at, FactsErrorKind::UnknownValue { given: shorten(text), values: list(values), nearest }))
}

fn day(path: &Path<'_>, node: &Node) -> Result<Date, Wrong> {
    let text = path.text(node, "a day, as a text such as `2026-06-15`,")?;
    parse_date(text).ok_or_else(|| path.wrong(node.at, FactsErrorKind::NoSuchDay(shorten(text))))
}

fn moment(path: &Path<'_>, node: &Node) -> Result<DateTime, Wrong> {
    let text = path.text(node, "a local date and time, as a text such as `2026-09-04T17:00`,")?;
    parse_datetime(text).ok_or_else(|| path.wrong(node.at, FactsErrorKind::NoSuchMoment(shorten(text))))
}

/// What may stand in a conviction.
pub(super) const CONVICTION_KEYS: [&str; 12] = [
    "source",
    "entry",
    "law",
    "section",
    "grade",
    "form",
    "hate_crime",
    "crime_date",
    "judgment_date",
    "predicate_felony",
    "equivalent",
    "custody",
];

fn conviction(path: &Path<'_>, node: &Node) -> Result<Conviction, Wrong> {
    let mut conviction = Conviction::named("");
    for member in path.object(node, "an object: a conviction")? {
        let here = step(path, &member.key);
        let value = &member.value;
        match member.key.as_str() {
            "source" => conviction.source = here.text(value, "a text: what the search calls the entry")?.to_owned(),
            "entry" => conviction.entry = choice(&here, value, Entry::ALL, Entry::as_str)?,
            "law" => conviction.law = choice(&here, value, Law::ALL, Law::as_str)?,
            "section" => {
                conviction.section = unless_unknown(value, |value| {
                    Ok(here.text(value, "a section, as a text such as `265.02(3)`,")?.to_owned())
                })?;
            }
            "grade" => conviction.grade = choice(&here, value, Grade::ALL, Grade::as_str)?,
            "form" => conviction.form = choice(&here, value, Form::ALL, Form::as_str)?,
            "hate_crime" => conviction.hate_crime = yes_no(&here, value)?,
            "crime_date" => conviction.crime_date = unless_unknown(value, |value| day(&here, value))?,
            "judgment_date" => conviction.judgment_date = unless_unknown(value, |value| day(&here, value))?,
            "predicate_felony" => conviction.predicate_felony = yes_no(&here, value)?,
            "equivalent" => conviction.equivalent = yes_no(&here, value)?,
            "custody" => {
                let Kind::Array(items) = &value.kind else { return Err(here.expected(value, "a list of periods")) };
                let periods = items.iter().enumerate().map(|(i, item)| custody(&step(&here, &i.to_string()), item));
                conviction.custody = periods.collect::<Result<_, _>>()?;
            }
            _ => return Err(here.unknown_key(member, "part of a conviction", &CONVICTION_KEYS)),
        }
    }
    if conviction.source.trim().is_empty() {
        return Err(path.wrong(node.at, FactsErrorKind::Missing("source")));
    }
    Ok(conviction)
}

fn custody(path: &Path<'_>, node: &Node) -> Result<Custody, Wrong> {
    let (mut from, mut to) = (None, None);
    for member in path.object(node, "an object with `from` and `to`")? {
        let here = step(path, &member.key);
        match (member.key.as_str(), &member.value.kind) {
            ("from", _) => from = Some(day(&here, &member.value)?),
            ("to", Kind::Null) => to = None,
            ("to", _) => to = Some((day(&here, &member.value)?, member.value.at)),
            _ => return Err(here.unknown_key(member, "part of a period", &["from", "to"])),
        }
    }
    let from = from.ok_or_else(|| path.wrong(node.at, FactsErrorKind::Missing("from")))?;
    if let Some((to, at)) = to.filter(|(to, _)| *to < from) {
        let given = format!("a release on {to}, before the first day {from},");
        return Err(path.wrong(at, FactsErrorKind::WrongType { expected: "a later day".into(), given }));
    }
    Ok(Custody { from, to: to.map(|(to, _)| to) })
}

fn unless_unknown<T>(node: &Node, read: impl FnOnce(&Node) -> Result<T, Wrong>) -> Result<Option<T>, Wrong> {
    if is_unknown(node) { Ok(None) } else { read(node).map(Some) }
}

fn yes_no(path: &Path<'_>, node: &Node) -> Result<Option<bool>, Wrong> {
    match &node.kind {
        _ if is_unknown(node) => Ok(None),
        Kind::Bool(value) => Ok(Some(*value)),
        _ => Err(path.expected(node, "`true`, `false` or `\"unknown\"`")),
    }
}

fn choice<T: Copy>(path: &Path<'_>, node: &Node, all: &[T], as_str: fn(T) -> &'static str) -> Result<Option<T>, Wrong> {
    if is_unknown(node) {
        return Ok(None);
    }
    let words = all.iter().map(|value| as_str(*value));
    let text = path.text(node, &format!("one of {}", list(words.clone())))?;
    word(path, node, text, words)?;
    Ok(all.iter().copied().find(|value| as_str(*value) == text))
}

#[cfg(test)]
mod tests;
