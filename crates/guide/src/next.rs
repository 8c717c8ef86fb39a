//! One question at a time, most decisive first.
//!
//! The kernel says which fact matters next; this file only words it. A fact that a paper or the requester decides is asked
//! for as the paper or the requester, since that is what a desk can see.

use law::{
    Decision, Derivation, FactName, Facts, Outcome, Question, Value, Vocabulary,
    vocabulary::{FactSpec, FactType},
};

use crate::{
    asked::{Asked, SEARCH_FACTS, of_a_court},
    situations::{First, Situation},
};

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
    /// What the search of the databases showed: two facts in one question.
    Search,
    /// A fact.
    Fact(FactName),
}

/// How many questions are asked after the answer can no longer be a yes, to turn "counsel decides" into a plain no.
const FIRM_NO_QUESTIONS: usize = 3;

/// Whether a court's paper is shown and nothing but counsel's reading is missing: then no more is asked, unless the desk goes on
/// (decisions 7: it goes to counsel at once).
#[must_use]
pub fn counsel_reads_first(asked: &Asked, answers: &[Answered]) -> bool {
    let waits = |decision: &Decision| matches!(decision.outcome, Outcome::NotYetKnown | Outcome::Escalate);
    asked.documents_answered
        && !asked.further
        && of_a_court(&asked.documents)
        && answers.iter().any(|(_, _, decision)| waits(decision))
}

/// What to ask next: nothing once the answer is firm, nothing is left that the desk could answer, or counsel reads a paper first.
///
/// The kernel ranks the facts that still matter. What the situation puts first comes first; then what a desk can see, the statute
/// named, the papers and the requester; then what it must find out.
#[must_use]
pub fn next(vocabulary: &Vocabulary, asked: &Asked, answers: &[Answered]) -> Option<Next> {
    if counsel_reads_first(asked, answers) {
        return None;
    }
    let situation = asked.situation.as_deref().and_then(Situation::find);
    let first = situation.and_then(Situation::asks_first);
    let searches = situation.is_some_and(Situation::asks_for_the_search);
    let given = situation.map_or(0, |one| one.facts.len() + usize::from(one.statute.is_some()));
    let said = [asked.requester.is_some(), asked.statute.is_some(), asked.documents_answered];
    // What the search showed is one answer, and two facts.
    let twice = usize::from(searches && SEARCH_FACTS.iter().all(|name| asked.facts.contains_key(*name)));
    let answered = (said.into_iter().filter(|said| *said).count() + asked.facts.len()).saturating_sub(given + twice);
    let open = |decision: &Decision| match decision.outcome {
        Outcome::NotYetKnown => true,
        Outcome::Escalate => answered < FIRM_NO_QUESTIONS + usize::from(searches || first == Some(First::Danger)),
        Outcome::Barred | Outcome::Required | Outcome::Permitted | Outcome::Outside => false,
    };
    let still_open = || answers.iter().filter(|(_, _, decision)| open(decision));
    if first == Some(First::Papers) && !asked.documents_answered && still_open().next().is_some() {
        return Some(Next::Documents);
    }
    let mut askable: Vec<Next> = still_open()
        .flat_map(|(_, _, decision)| decision.next_questions.iter())
        .filter_map(|question| worded(asked, vocabulary, &question.fact))
        .collect();
    // Where somebody is in danger nobody looks at papers first.
    let danger = asked.facts.get("exigent_circumstances") == Some(&Some(Value::Bool(true)));
    if danger {
        askable.sort_by_key(|next| matches!(next, Next::Documents));
    }
    let named =
        |wanted: &str| askable.iter().position(|next| matches!(next, Next::Fact(name) if name.as_str() == wanted));
    if first == Some(First::Danger)
        && let Some(at) = named("exigent_circumstances")
    {
        return askable.into_iter().nth(at);
    }
    let at_hand = askable.iter().position(|next| match next {
        Next::Fact(_) => false,
        Next::Documents => !danger,
        Next::Requester | Next::Statute | Next::Search => true,
    });
    if searches && at_hand.is_none() && SEARCH_FACTS.iter().all(|name| named(name).is_some()) {
        return Some(Next::Search);
    }
    // What only counsel can say is asked through the papers, last, and then of counsel, not of the desk.
    let for_counsel = || {
        let of_counsel = |name| vocabulary.facts.get(name).is_some_and(|spec: &FactSpec| spec.ask_of == "counsel");
        let mut open_questions = still_open().flat_map(|one| one.2.next_questions.iter());
        let matters = open_questions.any(|question| of_counsel(&question.fact));
        (matters && !asked.documents_answered).then_some(Next::Documents)
    };
    askable.into_iter().nth(at_hand.unwrap_or(0)).or_else(for_counsel)
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
