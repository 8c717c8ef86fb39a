//! Facts that follow from other facts, from the question and from dated lists: what a policy language should not compute.
//!
//! Every derivation is a pure function and returns its value with the sentences that say how it came about. Which fact is
//! computed by which derivation stands in the pack (`derived = "..."` in `facts.toml`); the numbers, lists and definitions
//! they use are the pack's, dated. The names of derivations and of their inputs are listed in `docs/law/pack-format.md`.

use std::cell::LazyCell;

use jiff::civil::Date;

use self::{named::Listed, statute::Matter};
use crate::{
    decision::Derived,
    facts::{Fact, Facts, Value},
    ids::{DocumentId, FactName, ParameterName},
    outcome::Known,
    question::Question,
    vocabulary::Vocabulary,
};

pub mod clock;
pub mod convictions;
pub mod crimes;
mod named;
pub mod requester;
pub mod statute;

pub use self::named::{Derivation, NoSuchDerivation};

/// What a derivation says: yes, no, open because a fact is missing, or for counsel because a reading of the words decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// It is so.
    Yes,
    /// It is not so.
    No,
    /// A fact is missing.
    Unknown,
    /// All facts are there, and how the words are read decides: counsel.
    Disputed,
}

impl Verdict {
    /// Of one thing that needs both: no if either is no, else open, else for counsel, else yes.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        [Self::No, Self::Unknown, Self::Disputed]
            .into_iter()
            .find(|it| *it == self || *it == other)
            .unwrap_or(Self::Yes)
    }

    /// Of several things of which one is enough: yes if any is yes, else for counsel, else open, else no.
    #[must_use]
    pub fn strongest(self, other: Self) -> Self {
        [Self::Yes, Self::Disputed, Self::Unknown]
            .into_iter()
            .find(|it| *it == self || *it == other)
            .unwrap_or(Self::No)
    }

    /// What is known; what is for counsel is not known.
    #[must_use]
    pub fn known(self) -> Known {
        match self {
            Self::Yes => Known::Yes,
            Self::No => Known::No,
            Self::Unknown | Self::Disputed => Known::Unknown,
        }
    }

    /// Whether it is for counsel. Open while a fact is missing.
    #[must_use]
    pub fn disputed(self) -> Known {
        match self {
            Self::Yes | Self::No => Known::No,
            Self::Unknown => Known::Unknown,
            Self::Disputed => Known::Yes,
        }
    }

    /// The word that cases use: `yes`, `no`, `unknown` or `escalate`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::No => "no",
            Self::Unknown => "unknown",
            Self::Disputed => "escalate",
        }
    }
}

/// Facts were given that contradict what follows from other facts or from the question.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DeriveError {
    /// A fact is stated and computed, and the two differ.
    #[error("`{name}` is stated as {stated}, but it follows that it is {derived}: {because}; leave out one of the two")]
    Contradiction {
        /// The fact.
        name: FactName,
        /// The value stated.
        stated: String,
        /// The value computed; `unknown` when the inputs do not settle it.
        derived: String,
        /// How that came about.
        because: String,
    },
    /// A judge is said to have signed a warrant, and the papers are known and hold none.
    #[error(
        "`warrant_issuer` is stated as {stated}, but no warrant of a court is among the papers; name the paper, or leave out who signed it"
    )]
    NoSuchPaper {
        /// Who is said to have signed it.
        stated: String,
    },
}

/// What one derivation came to.
pub(crate) struct Came {
    value: Option<Value>,
    because: Vec<String>,
    /// What may be stated where the value is not settled; a settled value is never overruled.
    beside: Beside,
}

/// What may be stated of a computed fact beside a result that is not settled.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Beside {
    /// Anything: what decides it was not given, and whoever states it knows the result alone.
    Anything,
    /// Only this: what decides it stands in the question and is still open, and the other statement would free.
    Only(bool),
    /// This and, without force, its contrary: counsel decides, and a statement does not.
    OnlyWithForce(bool),
    /// Nothing: what decides it was given and does not settle it.
    Nothing,
}

impl Came {
    fn known(known: Known, because: Vec<String>) -> Self {
        Self { value: known.known().map(Value::Bool), because, beside: Beside::Anything }
    }

    fn beside(self, beside: Beside) -> Self {
        Self { beside, ..self }
    }
}

/// Computes every derived fact of the vocabulary, and returns the facts with them, and how each came about.
///
/// A derived fact may be stated instead, when nothing that decides it is given. A statement that agrees is kept with its source.
///
/// # Errors
/// When a statement contradicts what follows, or stands beside given facts that do not settle it.
pub fn derive_all(
    vocabulary: &Vocabulary,
    question: &Question,
    facts: &Facts,
    on: Date,
) -> Result<(Facts, Vec<Derived>), DeriveError> {
    let all = computed(vocabulary, question, facts, &vocabulary.given(facts), on)?;
    let mut extended = facts.clone();
    for Derived { name, value, .. } in &all {
        match value {
            None => drop(extended.remove(name.as_str())),
            Some(_) if extended.get(name.as_str()).is_some() => {}
            Some(value) => drop(extended.insert(name.clone(), value.clone(), "derived")),
        }
    }
    Ok((extended, all))
}

/// The computed facts in the order of the vocabulary, each once, with the value that holds: what follows, or what was stated.
/// `given` is [`Vocabulary::given`].
///
/// # Errors
/// As [`derive_all`].
pub(crate) fn computed(
    vocabulary: &Vocabulary,
    question: &Question,
    facts: &Facts,
    given: &[Option<&Fact>],
    on: Date,
) -> Result<Vec<Derived>, DeriveError> {
    if let Some(stated) = statute::signed_without_a_paper(vocabulary, question, facts) {
        return Err(DeriveError::NoSuchPaper { stated: stated.to_owned() });
    }
    // Three facts are read off it, and working it out is most of the work.
    let matter = LazyCell::new(|| statute::matter(vocabulary, question, facts, on));
    let mut all = Vec::new();
    for (place, spec, derivation) in vocabulary.computed() {
        let came = derive(vocabulary, question, facts, on, &matter, derivation);
        // A class "unknown" is a value only where the pack lists it; else it is what it says, not known.
        let value = came.value.filter(|value| match value {
            Value::Text(text) => spec.values.contains(text),
            _ => true,
        });
        let Some(Fact { value: stated, source }) = given.get(place).copied().flatten() else {
            all.push(Derived { name: spec.name.clone(), value, because: came.because });
            continue;
        };
        let (value, because) = match value {
            Some(derived) if *stated == derived => (Some(derived), came.because),
            None if matches!(came.beside, Beside::OnlyWithForce(only) if *stated != Value::Bool(only)) => {
                (None, came.because)
            }
            derived
                if derived.is_some()
                    || came.beside == Beside::Nothing
                    || matches!(came.beside, Beside::Only(only) if *stated != Value::Bool(only)) =>
            {
                return Err(DeriveError::Contradiction {
                    name: spec.name.clone(),
                    stated: stated.to_string(),
                    derived: derived.map_or_else(|| "unknown".to_owned(), |value| value.to_string()),
                    because: came.because.join("; "),
                });
            }
            _ => {
                let because = if source.is_empty() { "stated".to_owned() } else { format!("stated: {source}") };
                (Some(stated.clone()), vec![because])
            }
        };
        all.push(Derived { name: spec.name.clone(), value, because });
    }
    Ok(all)
}

fn derive<F: FnOnce() -> Matter>(
    vocabulary: &Vocabulary,
    question: &Question,
    facts: &Facts,
    on: Date,
    matter: &LazyCell<Matter, F>,
    derivation: &Derivation,
) -> Came {
    match derivation {
        Derivation::ConvictionInWindow => conviction(vocabulary, facts, on, true, Verdict::known),
        Derivation::ConvictionInWindowDisputed => conviction(vocabulary, facts, on, true, Verdict::disputed),
        Derivation::ConvictionEver => conviction(vocabulary, facts, on, false, Verdict::known),
        Derivation::ConvictionEverDisputed => conviction(vocabulary, facts, on, false, Verdict::disputed),
        Derivation::HoldDeadline(agency) => clock::hold_deadline(vocabulary, question, facts, agency, on),
        Derivation::HoursPastRelease => clock::hours_past_release(vocabulary, facts),
        Derivation::ImmigrationEnforcement => statute::immigration_enforcement(matter),
        Derivation::CivilImmigrationEnforcement => statute::civil_immigration_enforcement(matter),
        Derivation::ImmigrationEnforcementForCounsel => statute::for_counsel(matter),
        Derivation::StatuteNotNamed => statute::not_named(vocabulary, question),
        Derivation::StatuteClass => statute::class(vocabulary, question),
        Derivation::RequesterKind => requester::kind(vocabulary, question),
        Derivation::FederalImmigrationAuthority(section) => {
            requester::federal_immigration_authority(vocabulary, question, facts, section.as_deref(), on)
        }
        Derivation::NonLocalLawEnforcement => requester::non_local_law_enforcement(vocabulary, question, facts),
        Derivation::EnforcerNotOfTheCity => requester::enforcer_not_of_the_city(vocabulary, question, facts),
        Derivation::RequesterIsCityPersonnel => requester::is_city_personnel(vocabulary, question),
        Derivation::RequesterAmong(units) => requester::among(vocabulary, question, units),
        Derivation::RequesterSurelyAmong(units) => requester::surely_among(vocabulary, question, units),
        Derivation::DocumentShown(papers) => document_shown(question, papers),
        Derivation::DocumentSurelyShown(papers) => {
            let came = document_shown(question, papers);
            // Who shows none may have lodged one all the same: that is asked.
            Came { value: came.value.filter(|value| *value == Value::Bool(true)), beside: Beside::Anything, ..came }
        }
        Derivation::Unconfirmed(claim, confirmation) => unconfirmed(facts, claim, confirmation),
    }
}

/// The four facts about convictions: from the list, or, without one, from each other as stated.
fn conviction(vocabulary: &Vocabulary, facts: &Facts, on: Date, window: bool, read: fn(Verdict) -> Known) -> Came {
    if let Some(list) = facts.convictions("convictions") {
        let years = vocabulary.parameter(&ParameterName::new("years_vs_window"), on);
        let arrest = facts.date("instant_arrest_date");
        let found = convictions::search(&vocabulary.violent_or_serious, list, arrest, years, on);
        let (verdict, because) =
            if window { (found.in_window, found.in_window_because) } else { (found.ever, found.ever_because) };
        return Came::known(read(verdict), because).beside(Beside::Nothing);
    }
    let (in_window, ever) = (facts.known("vs_conviction_in_window"), facts.known("vs_conviction_ever"));
    let (verdict, because) = match (window, in_window, ever) {
        (true, Known::Yes, _) | (false, _, Known::Yes) => (Verdict::Yes, "stated without a list of convictions"),
        (true, Known::No, _) | (false, _, Known::No) => (Verdict::No, "stated without a list of convictions"),
        (true, Known::Unknown, Known::No) => (Verdict::No, "there is no such conviction at any time"),
        (false, Known::Yes, Known::Unknown) => (Verdict::Yes, "there is such a conviction within the window"),
        _ => (Verdict::Unknown, "no search of criminal records is given"),
    };
    Came::known(read(verdict), vec![because.to_owned()])
}

/// Whether something is claimed and not confirmed: unknown is no confirmation.
fn unconfirmed(facts: &Facts, claim: &FactName, confirmation: &FactName) -> Came {
    let known = match (facts.known(claim.as_str()), facts.known(confirmation.as_str())) {
        (_, Known::Yes) | (Known::No, _) => Known::No,
        (claimed, _) => claimed,
    };
    let because = match known {
        Known::Yes => format!("`{claim}` is said and not confirmed"),
        Known::No => format!("`{claim}` is confirmed, or not said"),
        Known::Unknown => format!("whether `{claim}` is said is not known"),
    };
    Came::known(known, vec![because]).beside(Beside::Nothing)
}

/// Whether one of the papers was shown. Nothing said about papers is not known; `none` is no paper.
fn document_shown(question: &Question, papers: &[DocumentId]) -> Came {
    let shown = |name: &str| question.document.iter().any(|document| document.as_str() == name);
    let known = if papers.iter().any(|paper| shown(paper.as_str())) {
        Known::Yes
    } else if question.document.is_empty() || shown("unknown") {
        Known::Unknown
    } else {
        Known::No
    };
    let papers = Listed(papers);
    let because = match known {
        Known::Yes => format!("`{papers}` is among the papers shown"),
        Known::No => format!("`{papers}` is not among the papers shown"),
        Known::Unknown => "it is not known which papers were shown".into(),
    };
    // A paper that nobody has looked at yet is not there by being stated.
    let beside = if shown("unknown") { Beside::Nothing } else { Beside::Anything };
    Came::known(known, vec![because]).beside(beside)
}

#[cfg(test)]
mod tests;
