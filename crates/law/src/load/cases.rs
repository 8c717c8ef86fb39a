//! Cases and their facts, as the fences give them.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::Deserialize;

use crate::{
    days::{date, optional_date},
    facts::{Conviction, Facts, Value, parse_date, parse_datetime},
    ids::{ActId, AgencyId, DocumentId, FactName, RequesterId, StatuteId},
    load::{
        Problems, line_of,
        markdown::{Fence, FenceKind},
    },
    outcome::Layer,
    pack::{
        Case, CaseBody, ClassifyCase, ClockCase, ConvictionsCase, DueCase, Expected, ExpectedConviction, GovernsCase,
        Place, Which,
    },
    question::Question,
    vocabulary::{FactSpec, FactType, Vocabulary},
};

/// What every fence of a case begins with.
#[derive(Deserialize)]
struct Head {
    id: String,
    #[serde(default)]
    title: String,
    #[serde(default)]
    vector: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawDecide {
    #[serde(rename = "id")]
    _id: String,
    #[serde(default, rename = "title")]
    _title: String,
    #[serde(default)]
    vector: Option<String>,
    #[serde(deserialize_with = "date")]
    on: Date,
    #[serde(default, rename = "kind")]
    _kind: Option<String>,
    #[serde(default, rename = "sources")]
    _sources: Option<String>,
    #[serde(default, rename = "note")]
    _note: Option<String>,
    question: RawQuestion,
    #[serde(default)]
    facts: toml::Table,
    expect: Expected,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawQuestion {
    agency: AgencyId,
    act: ActId,
    requester: RequesterId,
    statute_enforced: StatuteId,
    #[serde(default)]
    document: OneOrMany,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(DocumentId),
    Many(Vec<DocumentId>),
}

impl Default for OneOrMany {
    fn default() -> Self {
        Self::Many(Vec::new())
    }
}

#[derive(Deserialize)]
struct RawConvictions {
    #[serde(default, deserialize_with = "optional_date")]
    on: Option<Date>,
    #[serde(default, deserialize_with = "optional_date")]
    instant_arrest_date: Option<Date>,
    #[serde(default)]
    years: Option<i64>,
    #[serde(default)]
    convictions: Option<toml::Value>,
    #[serde(default)]
    which: Which,
    expect: ExpectedConviction,
    #[serde(default)]
    because: Vec<String>,
}

#[derive(Deserialize)]
struct RawClock {
    #[serde(default, deserialize_with = "optional_date")]
    on: Option<Date>,
    start: toml::Value,
    #[serde(default)]
    hours: Option<i64>,
    deadline: toml::Value,
}

#[derive(Deserialize)]
struct RawClassify {
    #[serde(deserialize_with = "date")]
    on: Date,
    #[serde(default)]
    statute: Option<StatuteId>,
    #[serde(default)]
    requester: Option<RequesterId>,
    #[serde(default)]
    facts: toml::Table,
    expect: toml::Table,
}

/// Reads a fence of a case; what cannot be read is a problem.
pub(super) fn read(fence: &Fence, vocabulary: &Vocabulary, problems: &mut Problems) -> Option<Case> {
    let head: Head = parse(fence, problems)?;
    let body = match fence.kind {
        FenceKind::Case => decide(fence, vocabulary, problems)?,
        FenceKind::Convictions => convictions(fence, problems)?,
        FenceKind::Clock => clock(fence, problems)?,
        FenceKind::Classify => classify(fence, vocabulary, problems)?,
        FenceKind::Due => CaseBody::Due(parse::<DueCase>(fence, problems)?),
        FenceKind::Governs => CaseBody::Governs(governs(fence, vocabulary, problems)?),
        FenceKind::Provision | FenceKind::Cedar | FenceKind::Term | FenceKind::Theorem => return None,
    };
    Some(Case {
        id: head.id,
        title: head.title,
        vector: head.vector,
        provision: fence.provision.as_deref().map(Into::into),
        place: Place { file: fence.file.clone(), line: fence.line },
        body,
    })
}

fn governs(fence: &Fence, vocabulary: &Vocabulary, problems: &mut Problems) -> Option<GovernsCase> {
    let case: GovernsCase = parse(fence, problems)?;
    let all = ["*", "+"];
    let agency = |id: &&crate::ids::AgencyId| !all.contains(&id.as_str()) && !vocabulary.agencies.contains_key(*id);
    if let Some(unknown) = case.agencies.iter().find(agency) {
        problems.add(&fence.file, fence.line, format!("`{unknown}` is no agency of agencies.toml"));
    }
    if let Some(unknown) = case.acts.iter().find(|id| !vocabulary.acts.contains_key(*id)) {
        problems.add(&fence.file, fence.line, format!("`{unknown}` is no act of acts.toml"));
    }
    Some(case)
}

/// Reads a fence as TOML, with the problem's own line.
pub(super) fn parse<T: serde::de::DeserializeOwned>(fence: &Fence, problems: &mut Problems) -> Option<T> {
    match toml::from_str(&fence.text) {
        Ok(read) => Some(read),
        Err(error) => {
            let line = error.span().map_or(0, |span| line_of(&fence.text, span.start) - 1);
            problems.add(&fence.file, fence.line + line, error.message().trim_end().replace('\n', "; "));
            None
        }
    }
}

fn decide(fence: &Fence, vocabulary: &Vocabulary, problems: &mut Problems) -> Option<CaseBody> {
    let raw: RawDecide = parse(fence, problems)?;
    let question = Question {
        agency: raw.question.agency,
        act: raw.question.act,
        requester: raw.question.requester,
        statute_enforced: raw.question.statute_enforced,
        document: match raw.question.document {
            OneOrMany::One(one) => vec![one],
            OneOrMany::Many(many) => many,
        },
    };
    let mut fine = true;
    let mut say = |key: &str, message: String| {
        problems.add(&fence.file, fence.line + line_of_key(&fence.text, key), message);
        fine = false;
    };
    if let Err(unknown) = question.check(vocabulary) {
        say(unknown.kind, unknown.to_string());
    }
    if let Some(next) = &raw.expect.next
        && !vocabulary.facts.contains_key(next)
    {
        say("next", format!("`{next}` is no fact of facts.toml"));
    }
    if raw.expect.done.is_some() != raw.expect.finding.is_some() {
        say("done", "`done` and `finding` stand together or not at all".into());
    }
    let whole = raw.expect.whole.is_some() && Layer::ALL.iter().all(|layer| raw.expect.layers.contains_key(layer));
    if let Some(vector) = &raw.vector
        && !whole
    {
        let message = format!("a case of the vector `{vector}` expects `whole` and each of the four `layers`");
        say("expect", message);
    }
    let facts = facts(fence, &raw.facts, vocabulary, problems);
    if !fine {
        return None;
    }
    Some(CaseBody::Decide { on: raw.on, question, facts: facts?, expect: Box::new(raw.expect) })
}

fn convictions(fence: &Fence, problems: &mut Problems) -> Option<CaseBody> {
    let raw: RawConvictions = parse(fence, problems)?;
    let Some(on) = raw.on.or(raw.instant_arrest_date) else {
        problems.add(&fence.file, fence.line, "`on` is missing: the day whose law applies");
        return None;
    };
    let convictions = match raw.convictions.map(|list| conviction_list(&list)).transpose() {
        Ok(list) => list,
        Err(message) => {
            problems.add(&fence.file, fence.line + line_of_key(&fence.text, "convictions"), message);
            return None;
        }
    };
    Some(CaseBody::Convictions(ConvictionsCase {
        on,
        instant_arrest_date: raw.instant_arrest_date,
        years: raw.years,
        convictions,
        which: raw.which,
        expect: raw.expect,
        because: raw.because,
    }))
}

fn clock(fence: &Fence, problems: &mut Problems) -> Option<CaseBody> {
    let raw: RawClock = parse(fence, problems)?;
    let moment = |value: &toml::Value| parse_datetime(&plain_text(value));
    let Some(start) = moment(&raw.start) else {
        let line = fence.line + line_of_key(&fence.text, "start");
        problems.add(&fence.file, line, format!("`start = {}` is no moment such as 2026-09-04T17:00:00", raw.start));
        return None;
    };
    let expect = moment(&raw.deadline);
    if expect.is_none() && raw.deadline.as_str() != Some("unknown") {
        let line = fence.line + line_of_key(&fence.text, "deadline");
        let message = format!("`deadline = {}` is neither a moment nor \"unknown\"", raw.deadline);
        problems.add(&fence.file, line, message);
        return None;
    }
    Some(CaseBody::Clock(ClockCase { on: raw.on.unwrap_or(start.date()), start, hours: raw.hours, expect }))
}

fn classify(fence: &Fence, vocabulary: &Vocabulary, problems: &mut Problems) -> Option<CaseBody> {
    let raw: RawClassify = parse(fence, problems)?;
    let facts = facts(fence, &raw.facts, vocabulary, problems)?;
    let mut expect = BTreeMap::new();
    for (name, value) in &raw.expect {
        let line = fence.line + line_of_key(&fence.text, name);
        let Some(spec) = vocabulary.facts.get(name.as_str()) else {
            problems.add(&fence.file, line, format!("`{name}` is no fact of facts.toml"));
            continue;
        };
        let unknown = value.as_str() == Some("unknown") && !spec.values.iter().any(|value| value == "unknown");
        match if unknown { Ok(None) } else { fact_value(spec, value).map(Some) } {
            Ok(value) => {
                expect.insert(FactName::new(name), value);
            }
            Err(message) => problems.add(&fence.file, line, message),
        }
    }
    Some(CaseBody::Classify(ClassifyCase { on: raw.on, statute: raw.statute, requester: raw.requester, facts, expect }))
}

fn facts(fence: &Fence, table: &toml::Table, vocabulary: &Vocabulary, problems: &mut Problems) -> Option<Facts> {
    let mut facts = Facts::new();
    let before = problems.0.len();
    for (name, value) in table {
        let line = fence.line + line_of_key(&fence.text, name);
        let Some(spec) = vocabulary.facts.get(name.as_str()) else {
            let near = crate::question::nearest(name, vocabulary.facts.keys().map(FactName::as_str));
            let near = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
            problems.add(&fence.file, line, format!("`{name}` is no fact of facts.toml{near}"));
            continue;
        };
        match fact_value(spec, value) {
            Ok(value) => {
                facts.insert(FactName::new(name), value, "case");
            }
            Err(message) => problems.add(&fence.file, line, message),
        }
    }
    (problems.0.len() == before).then_some(facts)
}

/// A value as TOML writes it, typed as the vocabulary says.
fn fact_value(spec: &FactSpec, value: &toml::Value) -> Result<Value, String> {
    let wrong = |wanted: &str| Err(format!("`{} = {value}` is not {wanted}", spec.name));
    match (spec.kind, value) {
        (FactType::Bool, toml::Value::Boolean(holds)) => Ok(Value::Bool(*holds)),
        (FactType::Bool, _) => wrong("true or false"),
        (FactType::Number, toml::Value::Integer(number)) => Ok(Value::Number(*number)),
        (FactType::Number, _) => wrong("a whole number"),
        (FactType::Enum, toml::Value::String(text)) if spec.values.contains(text) => Ok(Value::Text(text.clone())),
        (FactType::Enum, _) => wrong(&format!("one of {}", spec.values.join(", "))),
        (FactType::Date, value) => match parse_date(&plain_text(value)) {
            Some(date) => Ok(Value::Date(date)),
            None => wrong("a date such as 2026-06-15"),
        },
        (FactType::Datetime, value) => match parse_datetime(&plain_text(value)) {
            Some(moment) => Ok(Value::DateTime(moment)),
            None => wrong("a moment such as 2026-09-04T17:00:00"),
        },
        (FactType::Convictions, value) => Ok(Value::Convictions(conviction_list(value)?)),
    }
}

fn conviction_list(value: &toml::Value) -> Result<Vec<Conviction>, String> {
    serde_json::from_value(to_json(value)).map_err(|error| format!("a conviction cannot be read: {error}"))
}

/// Dates and texts as text.
fn plain_text(value: &toml::Value) -> String {
    match value {
        toml::Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn to_json(value: &toml::Value) -> serde_json::Value {
    match value {
        toml::Value::String(text) => text.clone().into(),
        toml::Value::Integer(number) => (*number).into(),
        toml::Value::Float(number) => (*number).into(),
        toml::Value::Boolean(holds) => (*holds).into(),
        toml::Value::Datetime(moment) => moment.to_string().into(),
        toml::Value::Array(list) => list.iter().map(to_json).collect(),
        toml::Value::Table(table) => {
            serde_json::Value::Object(table.iter().map(|(key, value)| (key.clone(), to_json(value))).collect())
        }
    }
}

/// The line, from 0, on which a key stands in a fence; 0 if it is not found.
fn line_of_key(text: &str, key: &str) -> usize {
    text.lines()
        .position(|line| line.trim_start().strip_prefix(key).is_some_and(|rest| rest.trim_start().starts_with('=')))
        .unwrap_or(0)
}
