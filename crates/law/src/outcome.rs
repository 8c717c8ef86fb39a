//! What an answer can be, and how answers combine.
//!
//! Source: the order of layers and outcomes is the product's decision on combining federal, state and city law and the
//! Mayor's orders: the strictest layer rules, and a duty that meets a bar goes to counsel.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The answer to one question, of one provision, of one layer of law or of the whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The act may not be done. Silence, errors and gaps in the law's dates bar too.
    Barred,
    /// Counsel must decide: provisions conflict, or the law was read only in part.
    Escalate,
    /// Facts are missing that could still change the answer; treated as "no, not yet".
    NotYetKnown,
    /// The city's own duty. Never an act of cooperation.
    Required,
    /// The act may be done, and nobody is obliged to do it.
    Permitted,
    /// No provision is engaged.
    Outside,
}

impl Outcome {
    /// Every outcome, strictest first.
    pub const ALL: [Self; 6] =
        [Self::Barred, Self::Escalate, Self::NotYetKnown, Self::Required, Self::Permitted, Self::Outside];

    /// The stricter of two answers; barred and required together go to counsel.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Barred, Self::Required) | (Self::Required, Self::Barred) => Self::Escalate,
            (one, two) => one.min(two),
        }
    }

    /// The strictest of all answers; [`Outcome::Outside`] when there is none.
    ///
    /// A bar and a duty that stand among the answers together go to counsel, whatever else is said.
    #[must_use]
    pub fn strictest(answers: impl IntoIterator<Item = Self>) -> Self {
        let (mut strictest, mut barred, mut required) = (Self::Outside, false, false);
        for answer in answers {
            barred |= answer == Self::Barred;
            required |= answer == Self::Required;
            strictest = strictest.min(answer);
        }
        if barred && required { Self::Escalate } else { strictest }
    }

    /// The word that files and the command line use.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Barred => "barred",
            Self::Escalate => "escalate",
            Self::NotYetKnown => "not_yet_known",
            Self::Required => "required",
            Self::Permitted => "permitted",
            Self::Outside => "outside",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// A layer of law. The whole answer is the strictest of the layers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Layer {
    /// The Constitution and federal statutes.
    Federal,
    /// The State of New York's statutes and its courts.
    State,
    /// The Administrative Code, the Charter and local laws.
    City,
    /// The Mayor's executive orders.
    Order,
}

impl Layer {
    /// Every layer, in the order in which answers show them.
    pub const ALL: [Self; 4] = [Self::Federal, Self::State, Self::City, Self::Order];

    /// The word that files and the command line use.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Federal => "federal",
            Self::State => "state",
            Self::City => "city",
            Self::Order => "order",
        }
    }
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// What is known about a condition. Unknown is a value and never a yes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Known {
    /// It holds, whatever is still unknown.
    Yes,
    /// It does not hold, whatever is still unknown.
    No,
    /// It depends on what is still unknown.
    Unknown,
}

impl Known {
    /// The word that files and the command line use.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::No => "no",
            Self::Unknown => "unknown",
        }
    }
}

impl From<bool> for Known {
    fn from(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::No }
    }
}

impl fmt::Display for Known {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_strictest_rules() {
        use Outcome::{Barred, Escalate, NotYetKnown, Outside, Permitted, Required};
        assert_eq!(Outcome::strictest([]), Outside);
        assert_eq!(Outcome::strictest([Outside, Permitted]), Permitted);
        assert_eq!(Outcome::strictest([Permitted, Required]), Required);
        assert_eq!(Outcome::strictest([Permitted, NotYetKnown]), NotYetKnown);
        assert_eq!(Outcome::strictest([NotYetKnown, Escalate]), Escalate);
        assert_eq!(Outcome::strictest([Escalate, Barred]), Barred);
        assert_eq!(Outcome::strictest([Required, Permitted, Barred]), Escalate);
        assert_eq!(Outcome::strictest([Barred, Escalate, Required]), Escalate);
    }

    #[test]
    fn a_pair_combines_as_a_list_of_two() {
        for one in Outcome::ALL {
            for two in Outcome::ALL {
                assert_eq!(one.and(two), Outcome::strictest([one, two]));
            }
        }
    }
}
