//! The calls of the guide's module, by number, in JSON: read the pack, the situations of an agency, the next question or what is said,
//! and what is said to one question of law.
//!
//! No answer holds a [`law::Decision`]: what goes out is made of [`Said`], which has no yes, and of the pack's own words.

use jiff::civil::Date;
use law::{
    ActId, AgencyId, Decision, Facts, Outcome, Pack, PackRef, ProvisionId, Question, Said, Stale, Standing, Text,
    compiled::CompiledError, offline::said, vocabulary::FactType,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    asked::{Asked, SEARCH, of_a_court},
    form,
    next::{Answered, Next, next},
    order,
    sentences::ending,
    situations::{SITUATIONS, Situation},
};

/// What stays between calls: the pack.
#[derive(Debug, Default)]
pub struct State {
    pack: Option<Pack>,
}

/// Why a call gave nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CallError {
    /// The input is not in the form that the call reads.
    #[error("the input is not in the form of this call")]
    Input,
    /// There is no such call.
    #[error("there is no call {0}")]
    NoCall(u32),
    /// What was handed in as a pack is none.
    #[error(transparent)]
    Pack(#[from] CompiledError),
    /// Nothing was handed in as a pack yet.
    #[error("a pack is handed in first")]
    NoPack,
    /// A field is not one of the pack's words.
    #[error("a field is not one of the pack's words")]
    Fields,
}

/// Does one call: 1 reads a pack, 2 gives the situations of an agency, 3 the next question or what is said, 4 what is said to one
/// question of law.
///
/// # Errors
/// The call gave nothing; whoever calls says "ask counsel".
pub fn call(state: &mut State, number: u32, input: &[u8]) -> Result<Vec<u8>, CallError> {
    if number == 1 {
        let pack = state.pack.insert(Pack::from_compiled(input)?);
        return written(&pack.reference());
    }
    let pack = || state.pack.as_ref().ok_or(CallError::NoPack);
    match number {
        2 => written(&begin(pack()?, &read(input)?)),
        3 => written(&step(pack()?, read(input)?)?),
        4 => {
            let Case { question, facts, on }: Case = read(input)?;
            let decision = law::decide(pack()?, &question, &facts, on);
            written(&said(decision.outcome, None))
        }
        other => Err(CallError::NoCall(other)),
    }
}

fn read<T: DeserializeOwned>(input: &[u8]) -> Result<T, CallError> {
    serde_json::from_slice(input).map_err(|_| CallError::Input)
}

fn written(answer: &impl Serialize) -> Result<Vec<u8>, CallError> {
    serde_json::to_vec(answer).map_err(|_| CallError::Input)
}

/// One question of law with all that is known.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    question: Question,
    facts: Facts,
    on: Date,
}

#[derive(Serialize)]
struct Begin<'a> {
    situations: Vec<&'static str>,
    acts: Vec<Choice<'a>>,
}

/// One of a list: what is sent, and what is shown.
#[derive(Serialize)]
struct Choice<'a> {
    value: &'a str,
    title: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    plain: Option<&'a str>,
}

fn begin<'a>(pack: &'a Pack, agency: &AgencyId) -> Begin<'a> {
    let vocabulary = pack.vocabulary();
    let offered = SITUATIONS.iter().filter(|one| !one.fields(agency.as_str(), vocabulary).is_empty());
    let acts = vocabulary.acts.values().map(|act| choice(act.id.as_str(), &act.question));
    Begin { situations: offered.map(|one| one.id).collect(), acts: acts.collect() }
}

fn choice<'a>(value: &'a str, title: &'a str) -> Choice<'a> {
    Choice { value, title, plain: None }
}

/// What a page knows so far.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    agency: AgencyId,
    /// The situation that was chosen just now.
    start: Option<String>,
    fields: Vec<(String, String)>,
    /// Whether the answer is wanted without further questions.
    answer: bool,
    standing: Standing,
}

/// What the page shows next.
#[derive(Serialize)]
struct Stepped<'a> {
    /// The answers so far.
    fields: Vec<(String, String)>,
    /// The next question; none = what is said is the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    ask: Option<Ask<'a>>,
    said: Vec<OfAct<'a>>,
    /// Whether a court's paper ended the questions, so that counsel reads it first: the desk can go on (`further`).
    further: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    stale: Option<Stale>,
    /// The last day up to which the law was read, where the day is later.
    #[serde(skip_serializing_if = "Option::is_none")]
    read_until: Option<Date>,
    /// Which sentences are said.
    family: &'a str,
    end: &'static str,
    record: Record<'a>,
    pack: PackRef,
}

/// What is said of one act.
#[derive(Serialize)]
struct OfAct<'a> {
    act: &'a ActId,
    question: &'a str,
    said: Said,
    /// In which words: that of what is said, or `court-paper` where counsel reads a court's paper first.
    word: &'static str,
    /// Of a bar: the provisions that bar.
    because: Vec<Because>,
}

#[derive(Serialize)]
struct Because {
    provision: ProvisionId,
    citation: Text,
    plain: Text,
}

#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Ask<'a> {
    Requester {
        choices: Vec<Choice<'a>>,
    },
    Statute {
        choices: Vec<Choice<'a>>,
    },
    Documents {
        choices: Vec<Choice<'a>>,
    },
    Search {
        choices: Vec<&'static str>,
    },
    Fact {
        field: String,
        question: &'a str,
        ask_of: &'a str,
        yes_or_no: bool,
        choices: Vec<Choice<'a>>,
        unit: Option<&'a str>,
    },
}

/// What the form that records begins with.
#[derive(Serialize)]
struct Record<'a> {
    requester: Option<&'a str>,
    about_a_person: bool,
    information: &'static [&'static str],
    detainer: bool,
}

fn step(pack: &Pack, step: Step) -> Result<Stepped<'_>, CallError> {
    let vocabulary = pack.vocabulary();
    let (agency, _) = vocabulary.agencies.get_key_value(step.agency.as_str()).ok_or(CallError::Fields)?;
    let fields = match &step.start {
        Some(id) => Situation::find(id).map(|one| one.fields(agency.as_str(), vocabulary)).unwrap_or_default(),
        None => step.fields,
    };
    let mut asked = Asked::parse(&fields, vocabulary).map_err(|_| CallError::Fields)?;
    asked.agency = Some(agency.clone());
    // Where a fact comes from is the record's to keep, and the server says it anew.
    let facts = asked.known(|_| String::new());
    let today = step.standing.today;
    let answers: Vec<Answered> = asked
        .questions()
        .into_iter()
        .map(|question| {
            let decision = law::decide(pack, &question, &facts, today);
            (question, facts.clone(), decision)
        })
        .collect();
    let strictest = answers.iter().min_by_key(|(_, _, decision)| decision.outcome).ok_or(CallError::Fields)?;
    let stale = step.standing.stale(&pack.reference());
    let asks = if step.answer { None } else { next(vocabulary, &asked, &answers) };
    let family = asked.situation.as_deref().and_then(Situation::find).map_or("operation", |one| one.family);
    let outcome = said(strictest.2.outcome, stale).outcome();
    let (family, end) = ending(family, (&strictest.0, &strictest.1, outcome));
    // By what is said, not by the answer, which could be a yes.
    let for_counsel = answers.iter().any(|(_, _, decision)| said(decision.outcome, stale) == Said::Escalate);
    let further =
        asks.is_none() && asked.documents_answered && !asked.further && of_a_court(&asked.documents) && for_counsel;
    let late = answers.iter().any(|(_, _, decision)| decision.after_read_until);
    Ok(Stepped {
        ask: asks.and_then(|asks| ask(pack, &asks)),
        said: answers
            .iter()
            .map(|(question, _, decision)| of_act(pack, question, decision, stale))
            .collect::<Option<_>>()
            .ok_or(CallError::Fields)?,
        further,
        stale,
        read_until: late.then_some(pack.reference().read_until),
        family,
        end,
        record: Record {
            requester: asked
                .requester
                .as_ref()
                .and_then(|id| vocabulary.requesters.get_key_value(id))
                .map(|(id, _)| id.as_str()),
            about_a_person: form::about_a_person(&asked),
            information: form::information(&asked),
            detainer: asked.lodges_detainer(),
        },
        fields: asked.fields(),
        pack: pack.reference(),
    })
}

fn of_act<'a>(pack: &'a Pack, question: &Question, decision: &Decision, stale: Option<Stale>) -> Option<OfAct<'a>> {
    let act = pack.vocabulary().acts.get(&question.act)?;
    let said = said(decision.outcome, stale);
    // Whatever the law gives: nothing is told of it but that counsel reads first.
    let word =
        if said == Said::Escalate && of_a_court(&question.document) { "court-paper" } else { said.outcome().word() };
    let bars = decision.provisions.iter().filter(|it| said == Said::Barred && it.result == Outcome::Barred);
    let because =
        bars.map(|it| Because { provision: it.id.clone(), citation: it.citation.clone(), plain: it.plain.clone() });
    Some(OfAct { act: &act.id, question: &act.question, said, word, because: because.collect() })
}

fn ask<'a>(pack: &'a Pack, asks: &Next) -> Option<Ask<'a>> {
    let vocabulary = pack.vocabulary();
    Some(match asks {
        Next::Requester => Ask::Requester {
            choices: order::requesters(vocabulary).iter().map(|it| choice(it.id.as_str(), &it.title)).collect(),
        },
        Next::Statute => Ask::Statute {
            choices: order::statutes(vocabulary).iter().map(|it| choice(it.id.as_str(), &it.title)).collect(),
        },
        Next::Documents => Ask::Documents {
            choices: order::documents(vocabulary)
                .iter()
                .map(|it| Choice { plain: Some(&it.plain), ..choice(it.id.as_str(), &it.title) })
                .collect(),
        },
        Next::Search => Ask::Search { choices: SEARCH.into_iter().map(|(word, _)| word).collect() },
        Next::Fact(name) => {
            let spec = vocabulary.facts.get(name)?;
            Ask::Fact {
                field: format!("fact.{name}"),
                question: &spec.question,
                ask_of: &spec.ask_of,
                yes_or_no: spec.kind == FactType::Bool,
                choices: spec.values.iter().map(|value| choice(value, spec.says.get(value).unwrap_or(value))).collect(),
                unit: spec.unit.as_deref(),
            }
        }
    })
}
