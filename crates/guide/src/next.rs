//! One question at a time, most decisive first.
//!
//! The kernel says which fact matters next; this file only words it. A fact that a paper or the requester decides is asked
//! for as the paper or the requester, since that is what a desk can see.

use law::{
    Decision, Derivation, FactName, Facts, Outcome, Question, Vocabulary,
    vocabulary::{FactSpec, FactType},
};

use crate::{asked::Asked, situations::Situation};

/// A question of law, what was known, and the answer.
pub type Answered = (Question, Facts, Decision);

/// What is asked next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// Who asks.
    Requester,
    /// What they say they enforce.
    Statute,
    /// Which papers they show.
    Documents,
    /// A fact.
    Fact(FactName),
}

/// How many questions are asked after the answer can no longer be a yes, to turn "counsel decides" into a plain no.
const FIRM_NO_QUESTIONS: usize = 3;

/// What to ask next: nothing once the answer is firm, or nothing is left that the desk could answer.
///
/// The kernel ranks the facts that still matter. What a desk can see, the statute named, the papers and the requester, comes
/// before what it must find out.
#[must_use]
pub fn next(vocabulary: &Vocabulary, asked: &Asked, answers: &[Answered]) -> Option<Next> {
    let situation = asked.situation.as_deref().and_then(Situation::find);
    let first = situation.map_or(&[][..], Situation::asks_first);
    let given = situation.map_or(0, |one| one.facts.len() + usize::from(one.statute.is_some()));
    let said = [asked.requester.is_some(), asked.statute.is_some(), asked.documents_answered];
    let answered = (said.into_iter().filter(|said| *said).count() + asked.facts.len()).saturating_sub(given);
    let open = |decision: &Decision| match decision.outcome {
        Outcome::NotYetKnown => true,
        Outcome::Escalate => answered < FIRM_NO_QUESTIONS + first.len().saturating_sub(1),
        Outcome::Barred | Outcome::Required | Outcome::Permitted | Outcome::Outside => false,
    };
    let askable: Vec<Next> = answers
        .iter()
        .filter(|(_, _, decision)| open(decision))
        .flat_map(|(_, _, decision)| decision.next_questions.iter())
        .filter_map(|question| worded(asked, vocabulary, &question.fact))
        .collect();
    let at_hand = askable.iter().position(|next| !matches!(next, Next::Fact(_)));
    let named =
        |wanted: &&str| askable.iter().position(|next| matches!(next, Next::Fact(name) if name.as_str() == *wanted));
    let at_hand = at_hand.or_else(|| first.iter().find_map(named)).unwrap_or(0);
    // What only counsel can say is asked through the papers, last, and then of counsel, not of the desk.
    let for_counsel = || {
        let of_counsel = |name| vocabulary.facts.get(name).is_some_and(|spec: &FactSpec| spec.ask_of == "counsel");
        let mut open_questions =
            answers.iter().filter(|(_, _, decision)| open(decision)).flat_map(|one| one.2.next_questions.iter());
        let matters = open_questions.any(|question| of_counsel(&question.fact));
        (matters && !asked.documents_answered).then_some(Next::Documents)
    };
    askable.into_iter().nth(at_hand).or_else(for_counsel)
}

/// How a desk is asked for a fact: as the paper, the statute or the requester that decides it, or as itself; not at all when
/// it was asked before or only counsel can say.
fn worded(asked: &Asked, vocabulary: &Vocabulary, fact: &FactName) -> Option<Next> {
    let spec = vocabulary.facts.get(fact)?;
    if asked.facts.contains_key(fact) {
        return None;
    }
    let documents = || (!asked.documents_answered).then_some(Next::Documents);
    match &spec.derived {
        Some(
            Derivation::RequesterKind
            | Derivation::RequesterAmong(_)
            | Derivation::FederalImmigrationAuthority(_)
            | Derivation::NonLocalLawEnforcement,
        ) => return asked.requester.is_none().then_some(Next::Requester),
        Some(
            Derivation::EnforcerNotOfTheCity
            | Derivation::RequesterIsCityPersonnel
            | Derivation::RequesterSurelyAmong(_),
        ) if asked.requester.is_none() => return Some(Next::Requester),
        Some(Derivation::StatuteClass | Derivation::StatuteNotNamed) => {
            return asked.statute.is_none().then_some(Next::Statute);
        }
        Some(Derivation::ImmigrationEnforcement | Derivation::CivilImmigrationEnforcement)
            if asked.statute.is_none() =>
        {
            return Some(Next::Statute);
        }
        Some(Derivation::ImmigrationEnforcement) => {
            return unasked(asked, vocabulary, "purpose_immigration_enforcement");
        }
        // What the requester says of its purpose comes first; counsel reads the papers then.
        Some(Derivation::ImmigrationEnforcementForCounsel) if asked.statute.is_some() => {
            return unasked(asked, vocabulary, "purpose_immigration_enforcement");
        }
        Some(Derivation::CivilImmigrationEnforcement) => {
            return unasked(asked, vocabulary, "purpose_civil_immigration");
        }
        Some(Derivation::DocumentShown(_)) => return documents(),
        _ => {}
    }
    match spec.ask_of.as_str() {
        "counsel" => None,
        // Who signed, for whom and for what stands on the paper: which papers there are comes first.
        "the paper shown" if !asked.documents_answered => Some(Next::Documents),
        _ => matches!(spec.kind, FactType::Bool | FactType::Enum | FactType::Number).then(|| Next::Fact(fact.clone())),
    }
}

/// A fact that the desk has not been asked yet.
fn unasked(asked: &Asked, vocabulary: &Vocabulary, name: &str) -> Option<Next> {
    let (name, _) = vocabulary.facts.get_key_value(name)?;
    (!asked.facts.contains_key(name)).then(|| Next::Fact(name.clone()))
}
