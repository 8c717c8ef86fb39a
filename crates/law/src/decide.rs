//! The one question: may we? Exact with facts missing, checked by the referee, never a panic.
//!
//! Derived facts are computed, the known ones set in the diagrams of the agency and the act, and what can still happen is
//! read off. With feature `load` every distinct question is also put to Cedar's own authorizer, once in a process for as
//! long as its answer is kept; a disagreement bars, with a fault that the caller records.

use jiff::civil::Date;

use crate::{
    answer::{Answer, Known8, UNKNOWN},
    decision::{Decision, Derived},
    derive::computed,
    facts::{Fact, Facts},
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
    let barred = |fault: String, derived| finish(pack, Answer::barred(fault), derived, on);
    let Some(stretch) = stretch_of(&pack.law, on) else {
        return barred(
            format!("this pack speaks of no day before {}; the law of {on} was not read", pack.law.covers_from),
            Vec::new(),
        );
    };
    if let Err(unknown) = question.check(&pack.law.vocabulary) {
        return barred(unknown.to_string(), Vec::new());
    }
    let given = pack.law.vocabulary.given(facts);
    let derived = match computed(&pack.law.vocabulary, question, facts, &given, on) {
        Ok(derived) => derived,
        Err(error) => return faulty(pack, question, stretch, on, error.to_string(), Vec::new()),
    };
    let Some(slot) = pack.slots.slot(&pack.law, &question.agency, &question.act, stretch) else {
        return barred(format!("`{}` by `{}` is not known to this pack", question.act, question.agency), derived);
    };
    let known = match assignment(&pack.law, slot, &given, &derived, advised) {
        Ok(known) => known,
        Err(fault) => return faulty(pack, question, stretch, on, fault, derived),
    };
    let decision = answered(pack, slot, known, advised, on);
    match &decision.fault {
        // Facts that contradict each other say nothing; what the question alone makes due is due all the same.
        Some(fault) if decision.provisions.is_empty() => {
            faulty(pack, question, stretch, on, fault.as_str().to_owned(), derived)
        }
        _ => Decision { derived, ..decision },
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
    let mut decision = finish(pack, Answer::barred(fault), derived, on);
    let slot = pack.slots.slot(&pack.law, &question.agency, &question.act, stretch);
    if let (Some(slot), Ok(follows)) = (slot, computed(&pack.law.vocabulary, question, &Facts::new(), &[], on))
        && let Ok(known) = assignment(&pack.law, slot, &[], &follows, false)
    {
        decision.duties = answered(pack, slot, known, false, on).duties;
    }
    decision
}

/// The answer when these values are known, without the derived facts: worked out, or kept from an earlier asking.
fn answered(pack: &Pack, slot: &Slot, known: Known8, advised: bool, on: Date) -> Decision {
    let (kept, known) = (&pack.slots.answers, (slot.number, known));
    let decision = kept.get(&known).unwrap_or_else(|| {
        let decision = finish(pack, work_out(pack, slot, &known.1, advised), Vec::new(), on);
        kept.keep(known, decision.clone());
        decision
    });
    Decision { on, after_read_until: on > pack.reference.read_until, ..decision }
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
fn assignment(
    law: &Law,
    slot: &Slot,
    given: &[Option<&Fact>],
    derived: &[Derived],
    advised: bool,
) -> Result<Known8, String> {
    let mut known = Vec::with_capacity(slot.variables.len() + 1);
    for variable in &slot.variables {
        let value = match variable.derived {
            // What is computed stands here, stated or not.
            Some(place) => derived.get(place).and_then(|it| it.value.as_ref()),
            None => given.get(variable.place).copied().flatten().map(|fact| &fact.value),
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

fn finish(pack: &Pack, answer: Answer, derived: Vec<Derived>, on: Date) -> Decision {
    Decision {
        outcome: answer.outcome,
        layers: answer.layers,
        provisions: answer.provisions.into(),
        unmet: answer.unmet.into(),
        next_questions: answer.next_questions.into(),
        ways_to_yes: answer.ways_to_yes.into(),
        duties: answer.duties.into(),
        filing_lines: answer.filing_lines.into(),
        derived,
        pack: pack.reference.clone(),
        on,
        not_yet_read: answer.not_yet_read.into(),
        after_read_until: on > pack.reference.read_until,
        fault: answer.fault,
    }
}
