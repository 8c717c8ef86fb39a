//! Conditions as trees over atoms: a fact is true, has a value, or lies on one side of a number.
//!
//! A condition is as counsel wrote it: a defined term and a dated number stay names, and the day of the question says what
//! they stand for. What lies outside this form (arithmetic, text patterns, sets) is refused when a pack is read.

use std::{collections::BTreeSet, fmt};

use serde::{Deserialize, Serialize};

use crate::ids::{FactName, ParameterName, TermName};

/// A condition on the facts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Condition {
    /// Holds always, or never.
    Constant(bool),
    /// Every part holds.
    All(Vec<Condition>),
    /// At least one part holds.
    Any(Vec<Condition>),
    /// The part does not hold.
    Not(Box<Condition>),
    /// The atom holds.
    Atom(Atom),
    /// The statute's defined term holds, as it stands on the day.
    Term(TermName),
}

/// The smallest thing that can be asked of one fact.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Atom {
    /// The fact is true.
    True(FactName),
    /// The fact has this one of its named values.
    Equals(FactName, String),
    /// The fact's number compares so.
    Compares(FactName, Comparison, Number),
}

impl Atom {
    /// The fact that it asks about.
    #[must_use]
    pub fn fact(&self) -> &FactName {
        match self {
            Self::True(fact) | Self::Equals(fact, _) | Self::Compares(fact, ..) => fact,
        }
    }
}

/// How a number compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Comparison {
    /// `==`
    Equal,
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    More,
    /// `>=`
    AtLeast,
}

impl Comparison {
    /// Every comparison.
    pub const ALL: [Self; 5] = [Self::Equal, Self::Less, Self::AtMost, Self::More, Self::AtLeast];

    /// Whether `one` compares so to `two`.
    #[must_use]
    pub fn holds(self, one: i64, two: i64) -> bool {
        match self {
            Self::Equal => one == two,
            Self::Less => one < two,
            Self::AtMost => one <= two,
            Self::More => one > two,
            Self::AtLeast => one >= two,
        }
    }

    /// The same comparison with its sides exchanged: `48 >= x` is `x <= 48`.
    #[must_use]
    pub fn mirrored(self) -> Self {
        match self {
            Self::Equal => Self::Equal,
            Self::Less => Self::More,
            Self::AtMost => Self::AtLeast,
            Self::More => Self::Less,
            Self::AtLeast => Self::AtMost,
        }
    }

    /// The words of a sentence: `is at most`.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Equal => "is exactly",
            Self::Less => "is less than",
            Self::AtMost => "is at most",
            Self::More => "is more than",
            Self::AtLeast => "is at least",
        }
    }

    /// The sign in a rule: `<=`.
    #[must_use]
    pub fn sign(self) -> &'static str {
        match self {
            Self::Equal => "==",
            Self::Less => "<",
            Self::AtMost => "<=",
            Self::More => ">",
            Self::AtLeast => ">=",
        }
    }
}

/// A number in a rule: written out, or a dated parameter.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Number {
    /// Written out.
    Literal(i64),
    /// `param.name`: its value on the day.
    Parameter(ParameterName),
}

impl Condition {
    /// All of these parts; nested ones are drawn up.
    #[must_use]
    pub fn all(parts: Vec<Self>) -> Self {
        let mut flat = Vec::with_capacity(parts.len());
        for part in parts {
            match part {
                Self::All(inner) => flat.extend(inner),
                Self::Constant(true) => {}
                other => flat.push(other),
            }
        }
        match flat.len() {
            0 => Self::Constant(true),
            1 => flat.remove(0),
            _ => Self::All(flat),
        }
    }

    /// Any of these parts; nested ones are drawn up.
    #[must_use]
    pub fn any(parts: Vec<Self>) -> Self {
        let mut flat = Vec::with_capacity(parts.len());
        for part in parts {
            match part {
                Self::Any(inner) => flat.extend(inner),
                Self::Constant(false) => {}
                other => flat.push(other),
            }
        }
        match flat.len() {
            0 => Self::Constant(false),
            1 => flat.remove(0),
            _ => Self::Any(flat),
        }
    }

    /// The opposite.
    #[must_use]
    pub fn negated(self) -> Self {
        match self {
            Self::Constant(holds) => Self::Constant(!holds),
            Self::Not(inner) => *inner,
            other => Self::Not(Box::new(other)),
        }
    }

    /// Calls `see` with every atom, defined terms left closed.
    pub fn atoms(&self, see: &mut impl FnMut(&Atom)) {
        match self {
            Self::Constant(_) | Self::Term(_) => {}
            Self::All(parts) | Self::Any(parts) => parts.iter().for_each(|part| part.atoms(see)),
            Self::Not(part) => part.atoms(see),
            Self::Atom(atom) => see(atom),
        }
    }

    /// The defined terms that it names.
    #[must_use]
    pub fn terms(&self) -> BTreeSet<TermName> {
        let mut names = BTreeSet::new();
        self.collect_terms(&mut names);
        names
    }

    fn collect_terms(&self, names: &mut BTreeSet<TermName>) {
        match self {
            Self::Constant(_) | Self::Atom(_) => {}
            Self::All(parts) | Self::Any(parts) => parts.iter().for_each(|part| part.collect_terms(names)),
            Self::Not(part) => part.collect_terms(names),
            Self::Term(name) => {
                names.insert(name.clone());
            }
        }
    }

    /// The dated parameters that it names.
    #[must_use]
    pub fn parameters(&self) -> BTreeSet<ParameterName> {
        let mut names = BTreeSet::new();
        self.atoms(&mut |atom| {
            if let Atom::Compares(_, _, Number::Parameter(name)) = atom {
                names.insert(name.clone());
            }
        });
        names
    }
}

impl fmt::Display for Atom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::True(fact) => write!(f, "context.{fact}"),
            Self::Equals(fact, value) => write!(f, "context.{fact} == {value:?}"),
            Self::Compares(fact, comparison, Number::Literal(number)) => {
                write!(f, "context.{fact} {} {number}", comparison.sign())
            }
            Self::Compares(fact, comparison, Number::Parameter(name)) => {
                write!(f, "context.{fact} {} param.{name}", comparison.sign())
            }
        }
    }
}

/// As a rule writes it, brackets where they are needed.
impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let joined = |f: &mut fmt::Formatter<'_>, parts: &[Self], sign: &str| {
            for (number, part) in parts.iter().enumerate() {
                if number > 0 {
                    write!(f, " {sign} ")?;
                }
                match part {
                    Self::All(_) | Self::Any(_) => write!(f, "({part})")?,
                    other => write!(f, "{other}")?,
                }
            }
            Ok(())
        };
        match self {
            Self::Constant(holds) => write!(f, "{holds}"),
            Self::All(parts) => joined(f, parts, "&&"),
            Self::Any(parts) => joined(f, parts, "||"),
            Self::Not(part) => match part.as_ref() {
                Self::Atom(Atom::True(_)) | Self::Term(_) | Self::Constant(_) => write!(f, "!{part}"),
                other => write!(f, "!({other})"),
            },
            Self::Atom(atom) => write!(f, "{atom}"),
            Self::Term(name) => write!(f, "term.{name}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mirrored_comparison_says_the_same() {
        for comparison in Comparison::ALL {
            for (one, two) in [(1, 2), (2, 2), (3, 2)] {
                assert_eq!(comparison.holds(one, two), comparison.mirrored().holds(two, one));
            }
        }
    }

    #[test]
    fn nested_parts_are_drawn_up() {
        let atom = |name: &str| Condition::Atom(Atom::True(name.into()));
        let inner = Condition::all(vec![atom("a"), atom("b")]);
        assert_eq!(Condition::all(vec![inner, atom("c")]), Condition::All(vec![atom("a"), atom("b"), atom("c")]));
        assert_eq!(Condition::any(vec![]), Condition::Constant(false));
        assert_eq!(Condition::all(vec![]), Condition::Constant(true));
    }
}
