//! Which sentences are said with an answer: the family of situations and the end of their ids (`say-FAMILY-END`).
//!
//! A sentence that speaks of a paper is said only where one is shown; where an emergency lets officers in, nobody is told to
//! wait; and nobody refuses what the public may do.

use law::{Facts, Known, Outcome, Question};

use crate::asked::of_a_court;

/// The end of the ids of the sentences (`say-door-…`, `do-door-…`, `do-not-door-…`).
#[must_use]
pub fn words_for(question: &Question, facts: &Facts, outcome: Outcome) -> &'static str {
    let paper = question.document.iter().any(|paper| !matches!(paper.as_str(), "none" | "unknown"));
    let is = |name: &str, known: Known| facts.known(name) == known;
    match outcome {
        Outcome::Permitted | Outcome::Required if is("exigent_circumstances", Known::Yes) => "exigent",
        Outcome::Permitted | Outcome::Required if paper => "permitted",
        Outcome::Permitted | Outcome::Required => "permitted-no-paper",
        Outcome::Outside if is("non_public_area", Known::No) => "public",
        Outcome::Outside => "outside",
        Outcome::Barred => "barred",
        Outcome::Escalate | Outcome::NotYetKnown if paper => "escalate",
        Outcome::Escalate => "escalate-no-paper",
        Outcome::NotYetKnown => "not_yet_known",
    }
}

/// The family and the end of the ids of what is said with an answer. At a door they follow what is known there, whichever situation led
/// to the question. Where a family has no sentence with this end, the outcome's own is said.
#[must_use]
pub fn ending<'a>(
    family: &'a str,
    (question, facts, outcome): (&Question, &Facts, Outcome),
) -> (&'a str, &'static str) {
    match question.act.as_str() {
        "give_access" => ("door", words_for(question, facts, outcome)),
        // Whoever shows a court's paper is not asked for one: counsel reads it.
        _ if outcome == Outcome::NotYetKnown && of_a_court(&question.document) => (family, Outcome::Escalate.word()),
        _ => (family, outcome.word()),
    }
}

/// Every end that [`words_for`] can give.
pub const ENDS: [&str; 9] = [
    "exigent",
    "permitted",
    "permitted-no-paper",
    "public",
    "outside",
    "barred",
    "escalate",
    "escalate-no-paper",
    "not_yet_known",
];
