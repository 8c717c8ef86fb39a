//! How answers combine, as formulas: of a provision from its rules, of a layer from its provisions, of the whole from the layers.
//!
//! Written from docs/law/pack-format.md and not from the engine's code, which it checks: bars and requires → escalate; bars → barred;
//! escalates → escalate; requires → required; permits → permitted; outside → outside; nothing → barred; what was read in part sends
//! silence and permits to counsel. The strictest rules; barred and required together escalate.

use law::{Outcome, pack::Effect};

use crate::formula::Formula;

/// For each outcome the formula under which it is the answer. Exactly one of them holds for any facts.
#[derive(Clone, Debug)]
pub struct Answer {
    barred: Formula,
    escalate: Formula,
    required: Formula,
    permitted: Formula,
    outside: Formula,
}

impl Answer {
    /// An answer that hangs on no fact.
    #[must_use]
    pub fn always(outcome: Outcome) -> Self {
        let is = |one| Formula::constant(outcome == one);
        Self {
            barred: is(Outcome::Barred),
            escalate: is(Outcome::Escalate),
            required: is(Outcome::Required),
            permitted: is(Outcome::Permitted),
            outside: is(Outcome::Outside),
        }
    }

    /// The formula under which this is the answer. With all facts known nothing is not yet known.
    #[must_use]
    pub fn is(&self, outcome: Outcome) -> Formula {
        match outcome {
            Outcome::Barred => self.barred.clone(),
            Outcome::Escalate => self.escalate.clone(),
            Outcome::Required => self.required.clone(),
            Outcome::Permitted => self.permitted.clone(),
            Outcome::Outside => self.outside.clone(),
            Outcome::NotYetKnown => Formula::constant(false),
        }
    }

    /// The answer of a provision from its rules, each with the condition under which it holds.
    #[must_use]
    pub fn of_provision(rules: &[(Effect, Formula)], read_in_part: bool) -> Self {
        let some = |wanted: fn(&Effect) -> bool| {
            Formula::any(rules.iter().filter(|(effect, _)| wanted(effect)).map(|(_, holds)| holds.clone()))
        };
        let bars = some(|effect| matches!(effect, Effect::Bars));
        let escalates = some(|effect| matches!(effect, Effect::Escalates));
        let requires = some(|effect| matches!(effect, Effect::Requires { .. }));
        let permits = some(|effect| matches!(effect, Effect::Permits));
        let outside = some(|effect| matches!(effect, Effect::Outside));
        let no_word_against = Formula::all([!bars.clone(), !escalates.clone()]);
        let free = Formula::all([no_word_against.clone(), !requires.clone()]);
        let permitted = Formula::all([free.clone(), permits.clone()]);
        let left_alone = Formula::all([free.clone(), !permits.clone(), outside.clone()]);
        let silent = Formula::all([free, !permits, !outside]);
        let counsel =
            Formula::any([Formula::all([bars.clone(), requires.clone()]), Formula::all([!bars.clone(), escalates])]);
        let barred = Formula::all([bars, !requires.clone()]);
        let required = Formula::all([no_word_against, requires]);
        if read_in_part {
            let escalate = Formula::any([counsel, permitted, silent]);
            return Self { barred, escalate, required, permitted: Formula::constant(false), outside: left_alone };
        }
        Self { barred: Formula::any([barred, silent]), escalate: counsel, required, permitted, outside: left_alone }
    }

    /// The strictest of several answers; of none, outside.
    #[must_use]
    pub fn strictest(answers: &[Self]) -> Self {
        let any = |which: fn(&Self) -> &Formula| Formula::any(answers.iter().map(|answer| which(answer).clone()));
        let (barred, escalate) = (any(|it| &it.barred), any(|it| &it.escalate));
        let (required, permitted) = (any(|it| &it.required), any(|it| &it.permitted));
        let not_strict = Formula::all([!barred.clone(), !escalate.clone()]);
        let free = Formula::all([not_strict.clone(), !required.clone()]);
        Self {
            escalate: Formula::any([
                Formula::all([barred.clone(), required.clone()]),
                Formula::all([!barred.clone(), escalate]),
            ]),
            barred: Formula::all([barred, !required.clone()]),
            required: Formula::all([not_strict, required]),
            permitted: Formula::all([free.clone(), permitted.clone()]),
            outside: Formula::all([free, !permitted]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Outcome; 5] =
        [Outcome::Barred, Outcome::Escalate, Outcome::Required, Outcome::Permitted, Outcome::Outside];

    fn only(answer: &Answer) -> Outcome {
        let holding: Vec<Outcome> =
            ALL.into_iter().filter(|outcome| answer.is(*outcome).decided() == Some(true)).collect();
        assert_eq!(holding.len(), 1, "{holding:?}");
        holding[0]
    }

    #[test]
    fn the_strictest_agrees_with_the_engine() {
        for one in ALL {
            for two in ALL {
                for three in ALL {
                    let answer = Answer::strictest(&[one, two, three].map(Answer::always));
                    assert_eq!(only(&answer), Outcome::strictest([one, two, three]));
                }
            }
        }
        assert_eq!(only(&Answer::strictest(&[])), Outcome::Outside);
    }

    #[test]
    fn a_provision_answers_as_the_format_says() {
        let effects =
            [Effect::Bars, Effect::Escalates, Effect::Requires { due: None }, Effect::Permits, Effect::Outside];
        for holding in 0..32u8 {
            let rules: Vec<_> = effects
                .iter()
                .enumerate()
                .map(|(bit, effect)| (effect.clone(), Formula::constant(holding >> bit & 1 == 1)))
                .collect();
            let has = |bit: u8| holding >> bit & 1 == 1;
            let (bars, escalates, requires, permits, outside) = (has(0), has(1), has(2), has(3), has(4));
            let expected = |in_part: bool| match () {
                () if bars && requires => Outcome::Escalate,
                () if bars => Outcome::Barred,
                () if escalates => Outcome::Escalate,
                () if requires => Outcome::Required,
                () if permits && in_part => Outcome::Escalate,
                () if permits => Outcome::Permitted,
                () if outside => Outcome::Outside,
                () if in_part => Outcome::Escalate,
                () => Outcome::Barred,
            };
            for in_part in [false, true] {
                assert_eq!(only(&Answer::of_provision(&rules, in_part)), expected(in_part), "{holding:05b} {in_part}");
            }
        }
    }
}
