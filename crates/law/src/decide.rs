//! The one question: may we? Exact with facts missing, checked by the referee, never a panic.
//!
//! Derived facts are computed, the known ones set in the diagrams of the agency and the act, and what can still happen is
//! read off. With feature `load` every distinct question is also put to Cedar's own authorizer, once in a process for as
//! long as its answer is kept; a disagreement bars, with a fault that the caller records.

use jiff::civil::Date;

use crate::{
    answer::{Answer, UNKNOWN},
    decision::{Decision, Derived},
    derive::computed,
    facts::Facts,
    pack::{Law, Pack},
    question::Question,
    slot::{Slot, stretch_of},
};

/// Answers a question under the law of a day.
///
/// Whatever goes wrong bars, and says why in `fault`: names that the pack does not know, facts that contradict each other or
/// have the wrong type, a day before the pack begins, and a referee that disagrees.
#[must_use]
pub fn decide(pack: &Pack, question: &Question, facts: &Facts, on: Date) -> Decision {
    decide_with(pack, question, facts, on, true)
}

/// As [`decide`]; what to ask next, and the ways to a yes, only if it is `advised`: they cost most of the work.
pub(crate) fn decide_with(pack: &Pack, question: &Question, facts: &Facts, on: Date, advised: bool) -> Decision {
    let barred = |fault: String, derived| finish(pack, &Answer::barred(fault), derived, on);
    let Some(stretch) = stretch_of(&pack.law, on) else {
        return barred(
            format!("this pack speaks of no day before {}; the law of {on} was not read", pack.law.covers_from),
            Vec::new(),
        );
    };
    if let Err(unknown) = question.check(&pack.law.vocabulary) {
        return barred(unknown.to_string(), Vec::new());
    }
    let derived = match computed(&pack.law.vocabulary, question, facts, on) {
        Ok(derived) => derived,
        Err(error) => return faulty(pack, question, stretch, on, error.to_string(), Vec::new()),
    };
    let Some(slot) = pack.slots.slot(&pack.law, &question.agency, &question.act, stretch) else {
        return barred(format!("`{}` by `{}` is not known to this pack", question.act, question.agency), derived);
    };
    let known = match assignment(&pack.law, slot, facts, &derived, advised) {
        Ok(known) => known,
        Err(fault) => return faulty(pack, question, stretch, on, fault, derived),
    };
    let answer = pack.slots.answers.get_or_make(slot.number, known.clone(), || work_out(pack, slot, &known, advised));
    match &answer.fault {
        // Facts that contradict each other say nothing; what the question alone makes due is due all the same.
        Some(fault) if answer.provisions.is_empty() => {
            faulty(pack, question, stretch, on, fault.as_str().to_owned(), derived)
        }
        _ => finish(pack, &answer, derived, on),
    }
}

/// An answer that bars because the facts cannot be right, with the duties of the question as if no fact had been given.
fn faulty(
    pack: &Pack,
    question: &Question,
    stretch: usize,
    on: Date,
    fault: String,
    derived: Vec<Derived>,
) -> Decision {
    let mut answer = Answer::barred(fault);
    let slot = pack.slots.slot(&pack.law, &question.agency, &question.act, stretch);
    let nothing = Facts::new();
    if let (Some(slot), Ok(follows)) = (slot, computed(&pack.law.vocabulary, question, &nothing, on))
        && let Ok(known) = assignment(&pack.law, slot, &nothing, &follows, false)
    {
        let alone = pack.slots.answers.get_or_make(slot.number, known.clone(), || work_out(pack, slot, &known, false));
        answer.duties.clone_from(&alone.duties);
    }
    finish(pack, &answer, derived, on)
}

fn work_out(pack: &Pack, slot: &Slot, known: &[u8], advised: bool) -> Answer {
    let mut possible = slot.anything();
    for (mask, known) in possible.iter_mut().zip(known).filter(|(_, known)| **known != UNKNOWN) {
        *mask = 1 << known;
    }
    let answer = Answer::of(&pack.law, slot, &possible, advised);
    #[cfg(feature = "load")]
    if answer.fault.is_none()
        && let Some(referee) = &pack.referee
        && let Err(fault) = referee.check(&pack.law, slot, &possible)
    {
        return Answer {
            fault: Some(crate::ids::Text::from(format!("{}{fault}", crate::decision::ENGINES_DIFFER))),
            outcome: crate::outcome::Outcome::Barred,
            ..answer
        };
    }
    answer
}

/// The number of each variable's value, [`UNKNOWN`] where it is not known; last, whether advice is asked for.
fn assignment(law: &Law, slot: &Slot, facts: &Facts, derived: &[Derived], advised: bool) -> Result<Box<[u8]>, String> {
    let mut known = Vec::with_capacity(slot.variables.len() + 1);
    for variable in &slot.variables {
        let value = match variable.derived {
            // What is computed stands here, stated or not.
            Some(place) => derived.get(place).and_then(|it| it.value.as_ref()),
            None => facts.value(variable.name.as_str()),
        };
        known.push(match value {
            None => UNKNOWN,
            Some(value) => match variable.domain.index(value) {
                Some(index) => u8::try_from(index).unwrap_or(UNKNOWN),
                None => {
                    let wanted = law.vocabulary.facts.get(&variable.name).map_or("known", |spec| match spec.kind {
                        crate::vocabulary::FactType::Bool => "true or false",
                        crate::vocabulary::FactType::Enum => "one of its values",
                        _ => "a whole number",
                    });
                    return Err(format!("the fact `{}` is given as `{value}` and must be {wanted}", variable.name));
                }
            },
        });
    }
    known.push(u8::from(advised));
    Ok(known.into_boxed_slice())
}

fn finish(pack: &Pack, answer: &Answer, derived: Vec<Derived>, on: Date) -> Decision {
    Decision {
        outcome: answer.outcome,
        layers: answer.layers.clone(),
        provisions: answer.provisions.clone(),
        unmet: answer.unmet.clone(),
        next_questions: answer.next_questions.clone(),
        ways_to_yes: answer.ways_to_yes.clone(),
        duties: answer.duties.clone(),
        filing_lines: answer.filing_lines.clone(),
        derived,
        pack: pack.reference.clone(),
        on,
        not_yet_read: answer.not_yet_read.clone(),
        after_read_until: on > pack.reference.read_until,
        fault: answer.fault.clone(),
    }
}
