//! What a desk has answered so far: the question and the facts, carried from page to page in the form itself.
//!
//! Nothing is kept anywhere until somebody records it, so a question that was only looked at leaves no trace. Every field is
//! checked against the pack's vocabulary before it becomes a question of law.

use std::collections::{BTreeMap, BTreeSet};

use law::{
    ActId, AgencyId, DocumentId, FactName, Facts, Question, RequesterId, StatuteId, Value, Vocabulary,
    vocabulary::FactType,
};

/// The longest list of answers that is read.
const FIELDS_MAX: usize = 200;

/// The fact that only counsel can state.
const REQUIRED: &str = "required_by_law";

/// Papers that say that they come from a court. What one allows is for counsel to read, at once (decisions 7). An order of an
/// immigration judge is none: that is an officer of the Department of Justice (9-131(a)(5)).
const OF_A_COURT: [&str; 6] = [
    "judicial_arrest_warrant",
    "judicial_search_warrant",
    "state_court_warrant",
    "judicial_subpoena",
    "grand_jury_subpoena",
    "court_order",
];

/// Whether one of these papers says that it comes from a court.
#[must_use]
pub fn of_a_court(papers: &[DocumentId]) -> bool {
    papers.iter().any(|paper| OF_A_COURT.contains(&paper.as_str()))
}

/// The word for it that no paper was shown.
const NO_PAPER: &str = "none";

/// The sentence for a paper beside the word that there was none: asked again, it can be mended.
pub const PAPER_AND_NONE: &str = "asked-paper-and-none";

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

/// Why fields are no answers of a desk: the id of the sentence that says so, the label of the field, and what the sentence names.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{id}")]
pub struct Unread {
    /// The id of the sentence.
    pub id: &'static str,
    /// The label of the field, as an id of its own.
    pub field: Option<&'static str>,
    /// What the sentence names.
    pub arguments: Vec<(&'static str, String)>,
}

impl Unread {
    fn new(id: &'static str, name: &'static str, value: impl Into<String>) -> Self {
        Self { id, field: None, arguments: vec![(name, value.into())] }
    }

    fn of(label: &'static str, value: &str) -> Self {
        Self { field: Some(label), ..Self::new("asked-unknown", "value", value) }
    }
}

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
    /// The first field that the vocabulary does not know; a paper beside the word that there was none.
    pub fn parse(fields: &[(String, String)], vocabulary: &Vocabulary) -> Result<Self, Unread> {
        if fields.len() > FIELDS_MAX {
            return Err(Unread::new("asked-too-long", "most", FIELDS_MAX.to_string()));
        }
        let mut asked = Self::default();
        for (field, value) in fields {
            let unknown = |field: &'static str| Unread::of(field, value);
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
                    for (name, word) in searched(value)? {
                        let (name, value) = fact(name, word, vocabulary)?;
                        asked.facts.insert(name, value);
                    }
                }
                _ => {
                    let no_field = || Unread::new("asked-no-field", "name", field.clone());
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
        if asked.documents.len() > 1 && asked.documents.iter().any(|document| document.as_str() == NO_PAPER) {
            return Err(Unread { id: PAPER_AND_NONE, field: None, arguments: Vec::new() });
        }
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
    ///
    /// `source` gives the words of a source by its id.
    #[must_use]
    pub fn known(&self, source: impl Fn(&str) -> String) -> Facts {
        let mut facts = Facts::new();
        if self.documents_answered && !may_be_of_a_court(&self.documents) {
            facts.insert(REQUIRED, Value::Bool(false), &source("source-no-order"));
            let shown = |papers: &[&str]| self.documents.iter().any(|paper| papers.contains(&paper.as_str()));
            let issuer = match () {
                () if shown(&["i200", "i205"]) => "immigration_officer",
                () if shown(&["immigration_judge_order"]) => "immigration_judge",
                () => "nobody",
            };
            facts.insert("warrant_issuer", Value::Text(issuer.to_owned()), &source("source-papers"));
        }
        if self.statute.as_ref().is_some_and(|statute| IMMIGRATION.contains(&statute.as_str())) {
            for name in NOBODY_HAS_SHOWN {
                facts.insert(name, Value::Bool(false), &source("source-nobody"));
            }
        }
        let met = self.situation.as_deref().and_then(crate::Situation::find);
        for (name, value) in &self.facts {
            if let Some(value) = value {
                // Nobody asked the desk what the situation that it chose says already.
                let said = value.to_string();
                let of_situation =
                    met.is_some_and(|met| met.facts.iter().any(|one| *one == (name.as_str(), said.as_str())));
                let from = if of_situation { "source-situation" } else { "source-desk" };
                facts.insert(name.clone(), value.clone(), &source(from));
            }
        }
        facts
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

/// The two facts that an answer of [`SEARCH`] is, each with its answer.
fn searched(value: &str) -> Result<[(&'static str, &'static str); 2], Unread> {
    let Some((_, shown)) = SEARCH.iter().find(|(word, _)| *word == value) else {
        let mut unread = Unread::new("asked-value", "name", "search");
        unread.arguments.push(("value", value.to_owned()));
        return Err(unread);
    };
    let word = |shown: Option<bool>| shown.map_or("unknown", |shown| if shown { "yes" } else { "no" });
    let [conviction, possible_match] = SEARCH_FACTS;
    Ok([(conviction, word(shown.map(|it| it.0))), (possible_match, word(shown.map(|it| it.1)))])
}

/// A fact's answer: `yes`, `no`, a listed value, a whole number, or `unknown`.
fn fact(name: &str, value: &str, vocabulary: &Vocabulary) -> Result<(FactName, Option<Value>), Unread> {
    let (name, spec) = vocabulary.facts.get_key_value(name).ok_or_else(|| Unread::of("asked-field-fact", name))?;
    let fault = || {
        let named = Unread::new("asked-value", "name", spec.question.clone());
        Unread { arguments: named.arguments.into_iter().chain([("value", value.to_owned())]).collect(), ..named }
    };
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
