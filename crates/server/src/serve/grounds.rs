//! What an answer rests on: what was known and who said so, and the tree of reasons, whose branches open and close without script.

use law::{
    Facts, Question, Value,
    decision::{WhyKind, WhyNode},
};
use maud::{Markup, html};

use super::{Desk, page::scrolled};

/// Deeper trees than any rule of a pack has are cut, so that a page ends.
const DEPTH_MAX: usize = 16;

/// So deep a tree is open when the page comes: a provision and its rules. What they rest on opens at a touch.
const OPEN_TO: usize = 1;

/// What was known when a question was answered, each with who or what says so.
pub fn known(desk: &Desk, question: &Question, facts: &Facts) -> Markup {
    let say = |id: &str| desk.words.say(id, &[]);
    let specs = &desk.pack.vocabulary().facts;
    let value = |name: &law::FactName, value: &Value| match value {
        Value::Bool(true) => say("answer-yes"),
        Value::Bool(false) => say("answer-no"),
        Value::Text(word) => specs.get(name).and_then(|spec| spec.says.get(word)).unwrap_or(word).clone(),
        other => other.to_string(),
    };
    let title = desk.words.say("known-title", &[("act", desk.act_title(&question.act))]);
    html! {
        details {
            summary { (title) }
            @if facts.is_empty() { p { (say("known-nothing")) } } @else {
                (scrolled(&title, &html! {
                    table {
                        caption { (say("known-caption")) }
                        thead { tr {
                            th scope="col" { (say("known-fact")) } th scope="col" { (say("known-value")) } th scope="col" { (say("known-source")) }
                        } }
                        tbody {
                            @for (name, fact) in facts.iter() {
                                tr {
                                    th scope="row" { (specs.get(name).map_or(name.as_str(), |spec| spec.question.as_str())) }
                                    td { (value(name, &fact.value)) }
                                    td { @if fact.source.is_empty() { (say("known-nobody")) } @else { (fact.source) } }
                                }
                            }
                        }
                    }
                }))
            }
        }
    }
}

/// A tree of reasons.
pub fn tree(desk: &Desk, node: &WhyNode) -> Markup {
    html! { ul.why { (branch(desk, node, 0)) } }
}

fn branch(desk: &Desk, node: &WhyNode, depth: usize) -> Markup {
    let (mark, spoken) = match node.holds {
        law::Known::Yes => ("✓", "holds-yes"),
        law::Known::No => ("✗", "holds-no"),
        law::Known::Unknown => ("?", "holds-unknown"),
    };
    // A term that must not hold is worded as the term: the mark before it is that it does not.
    let text = match node.kind {
        WhyKind::NotTerm => desk.words.say("why-not-term", &[("term", node.text.as_ref())]),
        _ => node.text.to_string(),
    };
    // A leaf says what is known, not what is asked: a mark before it would deny the sentence that it stands by.
    let sentence = if node.kind == WhyKind::Fact {
        html! { (text) " " span.quiet { span aria-hidden="true" { "→ " (mark) " " } (desk.words.say(&format!("fact-{spoken}"), &[])) } }
    } else {
        html! { span.mark role="img" aria-label=(desk.words.say(spoken, &[])) { (mark) } " " (text) }
    };
    html! {
        li {
            @if node.parts.is_empty() || depth >= DEPTH_MAX { (sentence) }
            @else {
                details open[depth <= OPEN_TO] {
                    summary { (sentence) }
                    ul.why { @for part in &node.parts { (branch(desk, part, depth + 1)) } }
                }
            }
        }
    }
}
