//! What a desk has answered at the gate, in the order in which it was asked: listed before it is recorded, and taken back one by one.
//!
//! A form carries the answers and not their order. The order follows from the answers: the questions are asked again from the situation
//! on, each with the answer that was given, until one was not answered.

use guide::{Next, Situation, asked::SEARCH, asked::SEARCH_FACTS, next};
use jiff::civil::Date;
use law::{FactName, Value, vocabulary::FactType};
use maud::{Markup, html};

use super::{
    Desk,
    asked::{Asked, hidden},
    forms,
};

/// More questions than any situation asks.
const QUESTIONS_MAX: usize = 100;

/// What was answered, and what there was before the last of it.
struct Answered {
    questions: Vec<Next>,
    before: Option<Asked>,
}

/// What a situation, or an act without one, begins with.
fn begun(desk: &Desk, asked: &Asked) -> Asked {
    let vocabulary = desk.pack.vocabulary();
    let agency = asked.agency.clone();
    let situation = asked.situation.as_deref().and_then(Situation::find);
    let fields = situation.zip(agency.as_ref()).map(|(one, agency)| one.fields(agency.as_str(), vocabulary));
    let begun = fields.and_then(|fields| Asked::parse(&fields, vocabulary).ok()).unwrap_or_default();
    // The acts are the form's: a situation's, or the one that was chosen from the list.
    Asked { situation: asked.situation.clone(), agency, acts: asked.acts.clone(), ..begun }
}

fn answered(desk: &Desk, asked: &Asked, on: Date) -> Answered {
    let mut at = Asked { further: asked.further, ..begun(desk, asked) };
    let mut found = Answered { questions: Vec::new(), before: None };
    for _ in 0..QUESTIONS_MAX {
        let Some(next) = next(desk.pack.vocabulary(), &at, &desk.decided(&at, on)) else { break };
        let Some(with) = with(&at, asked, &next) else { break };
        // Whoever goes back to the papers has not gone on past counsel yet.
        let further = asked.further && !matches!(next, Next::Documents);
        found.before = Some(Asked { further, ..at });
        found.questions.push(next);
        at = with;
    }
    found
}

/// These answers with the one to this question; none where it was not answered.
fn with(at: &Asked, asked: &Asked, next: &Next) -> Option<Asked> {
    let mut with = at.clone();
    let mut fact = |name: &FactName| -> Option<()> {
        with.facts.insert(name.clone(), asked.facts.get(name)?.clone());
        Some(())
    };
    match next {
        Next::Search => SEARCH_FACTS.iter().try_for_each(|name| fact(&FactName::new(name)))?,
        Next::Fact(name) => fact(name)?,
        Next::Requester => with.requester = Some(asked.requester.clone()?),
        Next::Statute => with.statute = Some(asked.statute.clone()?),
        Next::Documents if asked.documents_answered => {
            (with.documents, with.documents_answered) = (asked.documents.clone(), true);
        }
        Next::Documents => return None,
    }
    Some(with)
}

/// What there was before the last answer; what was sent, where nothing was answered.
#[must_use]
pub fn before(desk: &Desk, asked: &Asked, on: Date) -> Asked {
    answered(desk, asked, on).before.unwrap_or_else(|| begun(desk, asked))
}

/// The form that takes the last answer back: a press of the browser's own button asks whether to send a form again. Nothing where
/// nothing was answered.
#[must_use]
pub fn way_back(desk: &Desk, asked: &Asked) -> Markup {
    html! {
        @if *asked != begun(desk, asked) {
            form.back method="post" action="/gate" {
                (hidden(asked))
                p { button type="submit" name="back" value="yes" { (desk.words.say("gate-back", &[])) } }
            }
        }
    }
}

/// Each question that was answered, with its answer.
#[must_use]
pub fn list(desk: &Desk, asked: &Asked, on: Date) -> Markup {
    let said: Vec<(String, String)> =
        answered(desk, asked, on).questions.iter().map(|next| said(desk, asked, next)).collect();
    html! {
        @if !said.is_empty() {
            h2 { (desk.words.say("gate-answered", &[])) }
            dl { @for (question, answer) in said { dt { (question) } dd { (answer) } } }
        }
    }
}

/// A question and its answer in words.
fn said(desk: &Desk, asked: &Asked, next: &Next) -> (String, String) {
    let say = |id: &str| desk.words.say(id, &[]);
    let vocabulary = desk.pack.vocabulary();
    match next {
        Next::Requester => {
            let known = asked.requester.as_ref().and_then(|id| vocabulary.requesters.get(id));
            (say("ask-requester"), known.map_or_else(|| say("answer-unknown"), |one| one.title.clone()))
        }
        Next::Statute => {
            let known = asked.statute.as_ref().and_then(|id| vocabulary.statutes.get(id));
            (say("ask-statute"), known.map_or_else(|| say("answer-unknown"), |one| one.title.clone()))
        }
        Next::Documents => {
            let title = |id| vocabulary.documents.get(id).map(|one| one.title.clone());
            let papers: Vec<String> = asked.documents.iter().filter_map(title).collect();
            let none = || say("gate-answered-no-paper");
            (say("ask-documents"), if papers.is_empty() { none() } else { papers.join("; ") })
        }
        Next::Search => {
            let [conviction, matched] = SEARCH_FACTS.map(|name| match asked.facts.get(name) {
                Some(Some(Value::Bool(shown))) => Some(*shown),
                _ => None,
            });
            let shown = conviction.zip(matched);
            let word = forms::word(&SEARCH, &shown).unwrap_or("unknown");
            (say("ask-search"), say(&format!("gate-search-{word}")))
        }
        Next::Fact(name) => {
            let Some(spec) = vocabulary.facts.get(name) else { return (name.to_string(), String::new()) };
            let answer = match asked.facts.get(name) {
                Some(Some(Value::Bool(true))) => say("answer-yes"),
                Some(Some(Value::Bool(false))) => say("answer-no"),
                Some(Some(value)) => {
                    let text = value.to_string();
                    let said = spec.says.get(&text).filter(|_| spec.kind == FactType::Enum).cloned();
                    said.unwrap_or_else(|| spec.unit.as_ref().map_or(text.clone(), |unit| format!("{text} {unit}")))
                }
                _ => say("answer-unknown"),
            };
            (spec.question.clone(), answer)
        }
    }
}
