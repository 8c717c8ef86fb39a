//! What a call may say. The types here are both the reader and the description of it (`api::openapi`): what one has, the other has.
//!
//! The words are the record's own, as `GET` gives them back; the fields are read by the desk's own readers (`intake`, `deeds`).

use record::{Channel, Claim, DetainerReason, DisclosureForm, HoldEnd, Information};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::serve::{
    deeds::{ENDS, FACILITATED, FORMS},
    forms::{Fields, LINE_MAX_CHARS, TEXT_MAX_CHARS},
    intake::{CHANNELS, CLAIMS, INFORMATION, NUMBER_MAX_CHARS, REASONS},
};

/// A request of an outside authority, as it came, with the question of law and what is known.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object with `asked`")]
pub struct RecordCall {
    /// The question and the facts, as `POST /api/v1/decide` takes them. Each answer is recorded with the request.
    #[schemars(schema_with = "facts")]
    pub asked: Box<RawValue>,
    /// When it came, on the city's clock; now if it is left out.
    #[serde(default)]
    received: Option<Moment>,
    /// By what way.
    #[schemars(schema_with = "channel")]
    #[serde(default)]
    channel: Option<Channel>,
    /// What the requester calls its matter. The statute decides, not this.
    #[schemars(schema_with = "claim")]
    #[serde(default)]
    claim: Option<Claim>,
    /// What information was asked for. Needed where the act answers a question about a person.
    #[schemars(schema_with = "information")]
    #[serde(default)]
    information: Vec<Information>,
    /// Of a detainer: the reasons that the form gives, as the requester's assertion.
    #[schemars(schema_with = "reasons")]
    #[serde(default)]
    reasons: Vec<DetainerReason>,
    /// Of a detainer: it asserts ground A of 14-154(b)(2).
    #[serde(default)]
    asserts_ground_a: Option<bool>,
    /// Of a detainer: the day on which it was lodged; that of the request if it is left out.
    #[serde(default)]
    lodged: Option<Day>,
    /// The agency's own number of the person, with at least three digits. It is not kept: the record holds a key that tells nothing.
    #[schemars(schema_with = "number")]
    #[serde(default)]
    person: Option<String>,
    /// The unit that the requester named, without names of persons.
    #[schemars(schema_with = "line")]
    #[serde(default)]
    unit: Option<String>,
    /// The officer's name or badge, as stated.
    #[schemars(schema_with = "line")]
    #[serde(default)]
    officer: Option<String>,
    /// The statute or case number in the requester's own words.
    #[schemars(schema_with = "line")]
    #[serde(default)]
    statute_as_stated: Option<String>,
    /// The site that was asked.
    #[schemars(schema_with = "line")]
    #[serde(default)]
    site: Option<String>,
    /// A supervisor was told.
    #[serde(default)]
    supervisor_told: Option<bool>,
    /// Counsel was told.
    #[serde(default)]
    counsel_told: Option<bool>,
    /// What else is worth writing down. Never anybody's immigration status, nationality or origin.
    #[schemars(schema_with = "text")]
    #[serde(default)]
    note: Option<String>,
}

/// The names of a request's fields at the desk, and here.
pub const RECORD_NAMES: [(&str, &str); 5] = [
    ("reason", "reasons"),
    ("ground-a", "asserts_ground_a"),
    ("stated", "statute_as_stated"),
    ("supervisor", "supervisor_told"),
    ("counsel", "counsel_told"),
];

impl RecordCall {
    /// The call as the desk's form would have sent it.
    #[must_use]
    pub fn fields(&self) -> Fields {
        let mut form = Form::default();
        form.text("received", self.received.as_ref().map(|Moment(text)| text));
        form.word("channel", &CHANNELS, self.channel);
        form.word("claim", &CLAIMS, self.claim);
        self.information.iter().for_each(|one| form.word("information", &INFORMATION, Some(*one)));
        self.reasons.iter().for_each(|one| form.word("reason", &REASONS, Some(*one)));
        form.tick("ground-a", "asserted", self.asserts_ground_a);
        form.text("lodged", self.lodged.as_ref().map(|Day(text)| text));
        form.text("person", self.person.as_ref());
        form.text("unit", self.unit.as_ref());
        form.text("officer", self.officer.as_ref());
        form.text("stated", self.statute_as_stated.as_ref());
        form.text("site", self.site.as_ref());
        form.tick("supervisor", "told", self.supervisor_told);
        form.tick("counsel", "told", self.counsel_told);
        form.text("note", self.note.as_ref());
        form.0
    }

    /// The first field that speaks of a detainer, if one does.
    #[must_use]
    pub fn of_detainer(&self) -> Option<&'static str> {
        let said = [
            ("reasons", !self.reasons.is_empty()),
            ("asserts_ground_a", self.asserts_ground_a.is_some()),
            ("lodged", self.lodged.is_some()),
        ];
        said.into_iter().find(|(_, said)| *said).map(|(name, _)| name)
    }

    /// The site that was asked, as it will be recorded.
    #[must_use]
    pub fn site(&self) -> Option<&str> {
        self.site.as_deref().map(str::trim).filter(|site| !site.is_empty())
    }
}

/// What was done about a request, which may differ from its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// What was asked was refused.
    Refused,
    /// The person was released.
    Released,
    /// The person was held past the time of release.
    Held,
    /// The requester was told of the release.
    Notified,
    /// The person was handed over.
    Transferred,
    /// Information about a person was given.
    Disclosed,
    /// Another act was done.
    Assisted,
    /// The detainer was not honored.
    NotHonored,
    /// The detainer was honored.
    Honored,
    /// The requester took the detainer back.
    Withdrawn,
}

impl What {
    /// Its word at the desk.
    fn word(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Released => "released",
            Self::Held => "held",
            Self::Notified => "notified",
            Self::Transferred => "transferred",
            Self::Disclosed => "disclosed",
            Self::Assisted => "assisted",
            Self::NotHonored => "not-honored",
            Self::Honored => "honored",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// The fields that speak of this deed and of no other.
    fn own(self) -> &'static [&'static str] {
        match self {
            Self::Released => &["due"],
            Self::Held => &["due", "until", "ended"],
            Self::Transferred => &["on_detainer", "hand_over"],
            Self::Disclosed => &["information", "form", "facilitated_transfer", "approval"],
            Self::Assisted => &["act"],
            Self::Refused | Self::Notified | Self::NotHonored | Self::Honored | Self::Withdrawn => &[],
        }
    }
}

/// What the search at about the time of release showed, by which §§ 9-131(f), 14-154(f) and 9-205(f) split their counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Searched {
    /// Neither a conviction nor a possible match.
    Clear,
    /// A possible match, no conviction.
    Match,
    /// A conviction of a violent or serious crime.
    Convicted,
}

/// On what paper somebody was handed over, by whom and where; what is left out is on no record, which shows as a possible violation.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object with `paper` and `second`")]
struct HandOverCall {
    /// The kind of the paper that it rested on, as the law pack names it.
    #[schemars(schema_with = "line")]
    #[serde(default)]
    paper: Option<String>,
    /// Its number.
    #[schemars(schema_with = "line")]
    #[serde(default)]
    number: Option<String>,
    /// Who issued it.
    #[schemars(schema_with = "line")]
    #[serde(default)]
    issuer: Option<String>,
    /// Its day.
    #[serde(default)]
    dated: Option<Day>,
    /// The second official.
    #[schemars(schema_with = "line")]
    #[serde(default)]
    second: Option<String>,
    /// Where.
    #[schemars(schema_with = "line")]
    #[serde(default)]
    site: Option<String>,
}

/// One thing that was done about a request.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object with `what` and `decided_by`")]
pub struct DeedCall {
    /// What was done.
    pub what: What,
    /// The official who decided on it.
    #[schemars(schema_with = "said")]
    decided_by: String,
    /// The written basis, e.g. the number of a judicial warrant.
    #[schemars(schema_with = "line")]
    #[serde(default)]
    basis: Option<String>,
    /// When, on the city's clock; now if it is left out.
    #[serde(default)]
    when: Option<Moment>,
    /// What the search showed, where the agency files by it.
    #[serde(default)]
    search: Option<Searched>,
    /// Of `released` and `held`: when release was due.
    #[serde(default)]
    due: Option<Moment>,
    /// Of `held`: when the hold ended.
    #[serde(default)]
    until: Option<Moment>,
    /// Of `held`: how it ended.
    #[schemars(schema_with = "ended")]
    #[serde(default)]
    ended: Option<HoldEnd>,
    /// Of `transferred`: on the detainer; on another basis if `false`.
    #[serde(default)]
    on_detainer: Option<bool>,
    /// Of `transferred`: the written basis and the two officials.
    #[serde(default)]
    hand_over: Option<HandOverCall>,
    /// Of `disclosed`: which information; at least one.
    #[schemars(schema_with = "information")]
    #[serde(default)]
    information: Vec<Information>,
    /// Of `disclosed`: in what form it left.
    #[schemars(schema_with = "form")]
    #[serde(default)]
    form: Option<DisclosureForm>,
    /// Of `disclosed`: whether the department facilitated the transfer.
    #[schemars(schema_with = "known")]
    #[serde(default)]
    facilitated_transfer: Option<law::Known>,
    /// Of `disclosed`: the entry of the approval that it rests on, where one was given; each is used once.
    #[schemars(schema_with = "approval")]
    #[serde(default)]
    approval: Option<String>,
    /// Of `assisted`: the act, as the law pack names it; the first that was asked for if it is left out.
    #[schemars(schema_with = "act")]
    #[serde(default)]
    pub act: Option<String>,
}

/// The names of a deed's fields at the desk, and here.
pub const DEED_NAMES: [(&str, &str); 11] = [
    ("deed", "what"),
    ("decided", "decided_by"),
    ("on", "when"),
    ("facilitated", "facilitated_transfer"),
    ("ground", "on_detainer"),
    ("hand-over-basis", "hand_over/paper"),
    ("hand-over-number", "hand_over/number"),
    ("hand-over-issuer", "hand_over/issuer"),
    ("hand-over-dated", "hand_over/dated"),
    ("hand-over-second", "hand_over/second"),
    ("hand-over-site", "hand_over/site"),
];

impl DeedCall {
    /// The call as the desk's form would have sent it.
    #[must_use]
    pub fn fields(&self) -> Fields {
        let mut form = Form::default();
        form.text("deed", Some(&self.what.word().to_owned()));
        form.text("decided", Some(&self.decided_by));
        form.text("basis", self.basis.as_ref());
        form.text("on", self.when.as_ref().map(|Moment(text)| text));
        let search = self.search.map(|search| match search {
            Searched::Clear => "clear".to_owned(),
            Searched::Match => "match".to_owned(),
            Searched::Convicted => "convicted".to_owned(),
        });
        form.text("search", search.as_ref());
        form.text("due", self.due.as_ref().map(|Moment(text)| text));
        form.text("until", self.until.as_ref().map(|Moment(text)| text));
        form.word("ended", &ENDS, self.ended.map(Some));
        let ground = self.on_detainer.map(|on| if on { "detainer" } else { "other" }.to_owned());
        form.text("ground", ground.as_ref());
        if let Some(HandOverCall { paper, number, issuer, dated, second, site }) = &self.hand_over {
            form.text("hand-over-basis", paper.as_ref());
            form.text("hand-over-number", number.as_ref());
            form.text("hand-over-issuer", issuer.as_ref());
            form.text("hand-over-dated", dated.as_ref().map(|Day(text)| text));
            form.text("hand-over-second", second.as_ref());
            form.text("hand-over-site", site.as_ref());
        }
        self.information.iter().for_each(|one| form.word("information", &INFORMATION, Some(*one)));
        form.word("form", &FORMS, self.form);
        form.word("facilitated", &FACILITATED, self.facilitated_transfer);
        form.text("approval", self.approval.as_ref());
        form.text("act", self.act.as_ref());
        form.0
    }

    /// The first field that speaks of another deed than this, if one does.
    #[must_use]
    pub fn of_another(&self) -> Option<&'static str> {
        let said = [
            ("due", self.due.is_some()),
            ("until", self.until.is_some()),
            ("ended", self.ended.is_some()),
            ("on_detainer", self.on_detainer.is_some()),
            ("hand_over", self.hand_over.is_some()),
            ("approval", self.approval.is_some()),
            ("information", !self.information.is_empty()),
            ("form", self.form.is_some()),
            ("facilitated_transfer", self.facilitated_transfer.is_some()),
            ("act", self.act.is_some()),
        ];
        said.into_iter().find(|(name, said)| *said && !self.what.own().contains(name)).map(|(name, _)| name)
    }
}

/// A day, or a day and a time, on the city's clock; written as one, whether or not it is in the calendar, which the desk's reader says.
#[derive(Clone, Deserialize)]
#[serde(try_from = "String")]
struct Moment(String);

/// A day, in the same way.
#[derive(Clone, Deserialize)]
#[serde(try_from = "String")]
struct Day(String);

/// Whether a text is written as one of these: `0` is any digit.
fn written(text: &str, as_one_of: &[&str]) -> bool {
    let fits = |(given, wanted): (u8, u8)| given == wanted || (wanted == b'0' && given.is_ascii_digit());
    as_one_of.iter().any(|form| form.len() == text.len() && text.bytes().zip(form.bytes()).all(fits))
}

impl TryFrom<String> for Moment {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let good = written(&text, &["0000-00-00", "0000-00-00T00:00", "0000-00-00T00:00:00"]);
        if good {
            Ok(Self(text))
        } else {
            Err(format!("`{text}` is not written as `2026-06-15` or `2026-06-15T14:05`"))
        }
    }
}

impl TryFrom<String> for Day {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if written(&text, &["0000-00-00"]) {
            Ok(Self(text))
        } else {
            Err(format!("`{text}` is not written as `2026-06-15`"))
        }
    }
}

impl JsonSchema for Moment {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Moment".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "A day, or a day and a time, on the city's clock; not in the future.",
            "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}(:[0-9]{2})?)?$",
            "examples": ["2026-06-15", "2026-06-15T14:05"],
        })
    }
}

impl JsonSchema for Day {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Day".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "A day; not in the future.",
            "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
            "examples": ["2026-06-15"],
        })
    }
}

/// Fields of a form, as they are filled in.
#[derive(Default)]
struct Form(Fields);

impl Form {
    fn text(&mut self, name: &str, value: Option<&String>) {
        self.0.0.extend(value.map(|value| (name.to_owned(), value.clone())));
    }

    fn word<T: PartialEq>(&mut self, name: &str, table: &[(&'static str, T)], value: Option<T>) {
        let Some(value) = value else { return };
        // What the desk has no word for is what it takes for granted when nothing is said.
        self.0
            .0
            .extend(table.iter().find(|(_, of)| *of == value).map(|(word, _)| (name.to_owned(), (*word).to_owned())));
    }

    fn tick(&mut self, name: &str, word: &str, ticked: Option<bool>) {
        self.0.0.extend((ticked == Some(true)).then(|| (name.to_owned(), word.to_owned())));
    }
}

/// A component of the description that is made elsewhere.
fn component(name: &str) -> Schema {
    json_schema!({ "$ref": format!("#/components/schemas/{name}") })
}

fn facts(_: &mut SchemaGenerator) -> Schema {
    component("Facts")
}

fn act(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "anyOf": [component("facts.act"), { "type": "null" }] })
}

/// The words of an enumeration, as they are written; and nothing, if it may be left out.
fn words<T: Serialize>(all: impl IntoIterator<Item = T>, optional: bool) -> Schema {
    let mut words: Vec<serde_json::Value> =
        all.into_iter().filter_map(|one| serde_json::to_value(one).ok()).filter(|word| !word.is_null()).collect();
    if optional {
        words.push(serde_json::Value::Null);
    }
    json_schema!({ "enum": words })
}

fn channel(_: &mut SchemaGenerator) -> Schema {
    words(CHANNELS.map(|(_, channel)| channel), true)
}

fn claim(_: &mut SchemaGenerator) -> Schema {
    words(CLAIMS.map(|(_, claim)| claim), true)
}

fn ended(_: &mut SchemaGenerator) -> Schema {
    words(ENDS.map(|(_, end)| end), true)
}

fn form(_: &mut SchemaGenerator) -> Schema {
    words(FORMS.map(|(_, form)| form), true)
}

fn known(_: &mut SchemaGenerator) -> Schema {
    words(FACILITATED.map(|(_, known)| known), true)
}

/// Types of information.
pub fn information(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "array", "items": words(INFORMATION.map(|(_, kind)| kind), false) })
}

/// Reasons that a detainer gives.
pub fn reasons(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "array", "items": words(REASONS.map(|(_, reason)| reason), false) })
}

fn number(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": ["string", "null"], "maxLength": NUMBER_MAX_CHARS, "examples": ["895-23-01234"] })
}

fn line(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": ["string", "null"], "maxLength": LINE_MAX_CHARS })
}

fn approval(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": ["string", "null"], "pattern": "^en-[0-9a-z]{27}$" })
}

/// A line that must say something.
fn said(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "minLength": 1, "maxLength": LINE_MAX_CHARS })
}

fn text(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": ["string", "null"], "maxLength": TEXT_MAX_CHARS })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every word that a call can say is one that the desk's form can send, so that none is dropped in silence.
    #[test]
    fn what_a_call_says_reaches_the_form() {
        let call = r#"{"asked": {}, "received": "2026-06-15", "channel": "task_force", "claim": "both",
            "information": ["incarceration_status", "release_date"], "reasons": ["removal_order"], "asserts_ground_a": true,
            "lodged": "2026-06-14", "person": "895-23-01234", "unit": "U", "officer": "B", "statute_as_stated": "C", "site": " Rikers ",
            "supervisor_told": true, "counsel_told": false, "note": "D"}"#;
        let call: RecordCall = serde_json::from_str(call).unwrap();
        let fields = call.fields();
        let sent: Vec<String> = fields.0.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let expected = "received=2026-06-15 channel=task-force claim=both information=custody information=release-date reason=order \
            ground-a=asserted lodged=2026-06-14 person=895-23-01234 unit=U officer=B stated=C site= Rikers  supervisor=told note=D";
        assert_eq!(sent.join(" "), expected);
        assert_eq!((call.site(), call.of_detainer()), (Some("Rikers"), Some("reasons")));
        let deed = r#"{"what": "held", "decided_by": "A", "basis": "B", "when": "2026-06-15", "search": "convicted",
            "due": "2026-06-15T10:00", "until": "2026-06-15T12:00", "ended": "disavowed"}"#;
        let deed: DeedCall = serde_json::from_str(deed).unwrap();
        let sent: Vec<String> = deed.fields().0.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let expected = "deed=held decided=A basis=B on=2026-06-15 search=convicted due=2026-06-15T10:00 until=2026-06-15T12:00 ended=disavowed";
        assert_eq!(sent.join(" "), expected);
        assert_eq!(deed.of_another(), None);
        let deed = r#"{"what": "transferred", "decided_by": "A", "on_detainer": true, "hand_over": {"paper": "judicial_arrest_warrant",
            "number": "1", "issuer": "B", "dated": "2026-06-14", "second": "C", "site": "D"}}"#;
        let deed: DeedCall = serde_json::from_str(deed).unwrap();
        let sent: Vec<String> = deed.fields().0.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let expected = "deed=transferred decided=A ground=detainer hand-over-basis=judicial_arrest_warrant hand-over-number=1 hand-over-issuer=B \
            hand-over-dated=2026-06-14 hand-over-second=C hand-over-site=D";
        assert_eq!((sent.join(" ").as_str(), deed.of_another()), (expected, None));
        let deed = r#"{"what": "disclosed", "decided_by": "A", "information": ["other"], "approval": "en-1"}"#;
        let deed: DeedCall = serde_json::from_str(deed).unwrap();
        assert!(deed.fields().0.contains(&("approval".to_owned(), "en-1".to_owned())) && deed.of_another().is_none());
        let deed: DeedCall =
            serde_json::from_str(r#"{"what": "refused", "decided_by": "A", "information": ["other"]}"#).unwrap();
        assert_eq!(deed.of_another(), Some("information"));
        for what in [
            "refused",
            "released",
            "held",
            "notified",
            "transferred",
            "disclosed",
            "assisted",
            "not_honored",
            "honored",
            "withdrawn",
        ] {
            let what: What = serde_json::from_value(what.into()).unwrap();
            assert!(crate::serve::deeds::DEEDS.iter().any(|(word, _)| *word == what.word()), "{what:?}");
        }
    }
}
