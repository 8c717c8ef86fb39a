//! What a desk has answered so far: the question and the facts, carried from page to page in the form itself.
//!
//! Nothing is kept on the server until somebody records it, so a question that was only looked at leaves no trace. Every
//! field is checked against the pack's vocabulary before it becomes a question of law.

use std::collections::{BTreeMap, BTreeSet};

use law::{
    ActId, AgencyId, DocumentId, FactName, Facts, Question, RequesterId, StatuteId, Value, Vocabulary,
    vocabulary::FactType,
};
use maud::{Markup, html};

use super::forms::{Fault, pick};
use crate::{door::of_a_court, words::Words};

/// The longest list of answers that is read.
const FIELDS_MAX: usize = 200;

/// The fact that only counsel can state.
const REQUIRED: &str = "required_by_law";

/// Papers that nobody could place.
const NOT_PLACED: [&str; 2] = ["other", "unknown"];

/// Whether one of these may be a court's, or could not be placed: with one of them nothing is taken for granted.
fn may_be_of_a_court(papers: &[DocumentId]) -> bool {
    of_a_court(papers) || papers.iter().any(|paper| NOT_PLACED.contains(&paper.as_str()))
}

/// What a search of the databases showed, as one answer, and the two facts that it is: a conviction, a possible match.
pub const SEARCH: [(&str, Option<(bool, bool)>); 5] = [
    ("neither", Some((false, false))),
    ("conviction", Some((true, false))),
    ("match", Some((false, true))),
    ("both", Some((true, true))),
    ("unknown", None),
];

/// The two facts of [`SEARCH`].
pub const SEARCH_FACTS: [&str; 2] = ["vs_conviction_in_window", "tsdb_possible_match"];

/// The statutes whose enforcement no agreement or common purpose opens a door to (10-178(c)).
const IMMIGRATION: [&str; 8] =
    ["civil_ina", "usc_8_1325", "usc_8_1326", "usc_8_1253", "usc_8_1304", "usc_8_1306", "usc_50_ch3", "usc_19_1459"];

/// Exceptions that rest on something that would have to be shown (4-210(b)(1), (4), (5)).
const NOBODY_HAS_SHOWN: [&str; 3] =
    ["agreement_authorises_access", "cooperative_arrangement", "furthers_city_agency_purpose"];

/// Answers so far.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Asked {
    /// The situation that was chosen, for its wording.
    pub situation: Option<String>,
    /// Who is asked.
    pub agency: Option<AgencyId>,
    /// What is asked for.
    pub acts: Vec<ActId>,
    /// Who asks.
    pub requester: Option<RequesterId>,
    /// What they say they enforce.
    pub statute: Option<StatuteId>,
    /// The papers they show.
    pub documents: Vec<DocumentId>,
    /// Whether the desk has said which papers were shown.
    pub documents_answered: bool,
    /// Whether it goes on answering though a court's paper is among them, which counsel reads first.
    pub further: bool,
    /// Facts; `None` = asked, and it cannot be known now.
    pub facts: BTreeMap<FactName, Option<Value>>,
}

impl Asked {
    /// Reads the fields of a form.
    ///
    /// # Errors
    /// The first field that the vocabulary does not know.
    pub fn parse(fields: &[(String, String)], vocabulary: &Vocabulary) -> Result<Self, Fault> {
        if fields.len() > FIELDS_MAX {
            return Err(Fault::new("asked-too-long").with("most", FIELDS_MAX.to_string()));
        }
        let mut asked = Self::default();
        for (field, value) in fields {
            let unknown = |field: &'static str| Fault::of("asked-unknown", field).with("value", value.clone());
            match field.as_str() {
                "situation" => asked.situation = Some(value.clone()),
                "agency" => {
                    asked.agency = Some(key(&vocabulary.agencies, value).ok_or_else(|| unknown("asked-field-agency"))?)
                }
                "act" => asked.acts.push(key(&vocabulary.acts, value).ok_or_else(|| unknown("asked-field-act"))?),
                "requester" => {
                    asked.requester =
                        Some(key(&vocabulary.requesters, value).ok_or_else(|| unknown("asked-field-requester"))?);
                }
                "statute" => {
                    asked.statute =
                        Some(key(&vocabulary.statutes, value).ok_or_else(|| unknown("asked-field-statute"))?)
                }
                "document" => {
                    asked
                        .documents
                        .push(key(&vocabulary.documents, value).ok_or_else(|| unknown("asked-field-document"))?);
                }
                "documents" => asked.documents_answered = true,
                "further" => asked.further = true,
                "search" => {
                    let shown = pick(&SEARCH, value)
                        .ok_or_else(|| Fault::new("asked-value").with("name", "search").with("value", value.clone()))?;
                    for (name, shown) in SEARCH_FACTS.into_iter().zip([shown.map(|it| it.0), shown.map(|it| it.1)]) {
                        let word = shown.map_or("unknown", |shown| if shown { "yes" } else { "no" });
                        let (name, value) = fact(name, word, vocabulary)?;
                        asked.facts.insert(name, value);
                    }
                }
                _ => {
                    let no_field = || Fault::new("asked-no-field").with("name", field.clone());
                    let name = field.strip_prefix("fact.").ok_or_else(no_field)?;
                    let (name, value) = fact(name, value, vocabulary)?;
                    asked.facts.insert(name, value);
                }
            }
        }
        let mut seen = BTreeSet::new();
        asked.acts.retain(|act| seen.insert(act.clone()));
        let mut seen = BTreeSet::new();
        asked.documents.retain(|document| seen.insert(document.clone()));
        Ok(asked)
    }

    /// The questions of law, one an act; empty until an agency and an act are named.
    #[must_use]
    pub fn questions(&self) -> Vec<Question> {
        let Some(agency) = &self.agency else { return Vec::new() };
        self.acts
            .iter()
            .map(|act| Question {
                agency: agency.clone(),
                act: act.clone(),
                requester: self.requester.clone().unwrap_or_else(|| RequesterId::new("unknown")),
                statute_enforced: self.statute.clone().unwrap_or_else(|| StatuteId::new("unknown")),
                document: self.documents.clone(),
            })
            .collect()
    }

    /// The facts that are known, each with its source in words: the desk, the papers, or that nobody has shown one.
    ///
    /// Whether a law or a court requires the act, and whether an agreement allows it, is for counsel to say. A desk that saw no
    /// court's paper, or hears that immigration law is enforced, is not asked: what nobody has shown counts as not there. That
    /// can only make the answer stricter; what the desk itself says comes last and wins.
    #[must_use]
    pub fn known(&self, words: &Words) -> Facts {
        let mut facts = Facts::new();
        if self.documents_answered && !may_be_of_a_court(&self.documents) {
            facts.insert(REQUIRED, Value::Bool(false), &words.say("source-no-order", &[]));
            let shown = |papers: &[&str]| self.documents.iter().any(|paper| papers.contains(&paper.as_str()));
            let issuer = match () {
                () if shown(&["i200", "i205"]) => "immigration_officer",
                () if shown(&["immigration_judge_order"]) => "immigration_judge",
                () => "nobody",
            };
            facts.insert("warrant_issuer", Value::Text(issuer.to_owned()), &words.say("source-papers", &[]));
        }
        if self.statute.as_ref().is_some_and(|statute| IMMIGRATION.contains(&statute.as_str())) {
            for name in NOBODY_HAS_SHOWN {
                facts.insert(name, Value::Bool(false), &words.say("source-nobody", &[]));
            }
        }
        for (name, value) in &self.facts {
            if let Some(value) = value {
                facts.insert(name.clone(), value.clone(), &words.say("source-desk", &[]));
            }
        }
        facts
    }

    /// The answers as hidden fields, so that the next page has them.
    #[must_use]
    pub fn hidden(&self) -> Markup {
        html! {
            @for (name, value) in self.fields() { input type="hidden" name=(name) value=(value); }
        }
    }

    /// The answers as fields; `parse(fields()) == self`.
    #[must_use]
    pub fn fields(&self) -> Vec<(String, String)> {
        let mut fields = Vec::new();
        let mut push = |name: &str, value: &str| fields.push((name.to_owned(), value.to_owned()));
        if let Some(situation) = &self.situation {
            push("situation", situation);
        }
        if let Some(agency) = &self.agency {
            push("agency", agency.as_str());
        }
        for act in &self.acts {
            push("act", act.as_str());
        }
        if let Some(requester) = &self.requester {
            push("requester", requester.as_str());
        }
        if let Some(statute) = &self.statute {
            push("statute", statute.as_str());
        }
        for document in &self.documents {
            push("document", document.as_str());
        }
        if self.documents_answered {
            push("documents", "answered");
        }
        if self.further {
            push("further", "yes");
        }
        for (name, value) in &self.facts {
            push(&format!("fact.{name}"), &value.as_ref().map_or_else(|| "unknown".to_owned(), Value::to_string));
        }
        fields
    }
}

fn key<K: Ord + Clone + std::borrow::Borrow<str>, V>(map: &BTreeMap<K, V>, text: &str) -> Option<K> {
    map.get_key_value(text).map(|(key, _)| key.clone())
}

/// A fact's answer: `yes`, `no`, a listed value, a whole number, or `unknown`.
fn fact(name: &str, value: &str, vocabulary: &Vocabulary) -> Result<(FactName, Option<Value>), Fault> {
    let (name, spec) = vocabulary
        .facts
        .get_key_value(name)
        .ok_or_else(|| Fault::of("asked-unknown", "asked-field-fact").with("value", name))?;
    let fault = || Fault::new("asked-value").with("name", spec.question.clone()).with("value", value);
    if value == "unknown" {
        return Ok((name.clone(), None));
    }
    let value = match spec.kind {
        FactType::Bool => match value {
            "yes" => Value::Bool(true),
            "no" => Value::Bool(false),
            _ => return Err(fault()),
        },
        FactType::Enum if spec.values.iter().any(|known| known == value) => Value::Text(value.to_owned()),
        FactType::Number => Value::Number(value.parse().ok().filter(|number| *number >= 0).ok_or_else(fault)?),
        FactType::Date => Value::Date(value.parse().map_err(|_| fault())?),
        FactType::Datetime => Value::DateTime(value.parse().map_err(|_| fault())?),
        FactType::Enum | FactType::Convictions => return Err(fault()),
    };
    Ok((name.clone(), Some(value)))
}

impl Asked {
    /// Whether a detainer was lodged: said by the situation or shown on paper.
    #[must_use]
    pub fn lodges_detainer(&self) -> bool {
        let said = self.facts.get("detainer_lodged") == Some(&Some(Value::Bool(true)));
        said || self.documents.iter().any(|document| document.as_str().starts_with("i247"))
    }

    /// Whether a judicial warrant came with the detainer, as the desk saw it; nothing when it did not say.
    #[must_use]
    pub fn warrant_with_detainer(&self) -> Option<bool> {
        match self.facts.get("warrant_presented_with_detainer") {
            Some(Some(Value::Bool(yes))) => Some(*yes),
            _ => None,
        }
    }
}
