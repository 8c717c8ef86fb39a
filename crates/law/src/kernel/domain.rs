//! The values that a fact can have, as far as conditions can tell them apart.
//!
//! A fact that is true or false has two values, a named one as many as its names, and a number one for each stretch between
//! the thresholds that some condition compares it with; so `<= 48` and `<= 72` are ordered by themselves.

use crate::{
    facts::Value,
    kernel::condition::Comparison,
    vocabulary::{FactSpec, FactType},
};

/// The values of one fact, numbered from 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Domain {
    /// 0 is false, 1 is true.
    Bool,
    /// The names in the vocabulary's order.
    Named(Vec<String>),
    /// Numbers by stretch: value `i` is every number below `cuts[i]` and not below `cuts[i - 1]`; the last has no upper end.
    Stretches(Vec<i64>),
}

impl Domain {
    /// The domain of a fact, with the thresholds that conditions compare it with (any order, repeats allowed).
    ///
    /// None for a fact that rules may not read.
    #[must_use]
    pub fn of(spec: &FactSpec, mut cuts: Vec<i64>) -> Option<Self> {
        match spec.kind {
            FactType::Bool => Some(Self::Bool),
            FactType::Enum => Some(Self::Named(spec.values.clone())),
            FactType::Number => {
                cuts.sort_unstable();
                cuts.dedup();
                Some(Self::Stretches(cuts))
            }
            FactType::Date | FactType::Datetime | FactType::Convictions => None,
        }
    }

    /// How many values it has.
    #[must_use]
    pub fn size(&self) -> usize {
        match self {
            Self::Bool => 2,
            Self::Named(names) => names.len(),
            Self::Stretches(cuts) => cuts.len() + 1,
        }
    }

    /// The number of a known value; none if the value is not of this domain.
    #[must_use]
    pub fn index(&self, value: &Value) -> Option<usize> {
        match (self, value) {
            (Self::Bool, Value::Bool(holds)) => Some(usize::from(*holds)),
            (Self::Named(names), Value::Text(text)) => names.iter().position(|name| name == text),
            (Self::Stretches(cuts), Value::Number(number)) => Some(cuts.partition_point(|cut| cut <= number)),
            _ => None,
        }
    }

    /// A value with this number: for a stretch, the number in it that is nearest to its lower end.
    #[must_use]
    pub fn value(&self, index: usize) -> Option<Value> {
        match self {
            Self::Bool => (index < 2).then_some(Value::Bool(index == 1)),
            Self::Named(names) => names.get(index).map(|name| Value::Text(name.clone())),
            Self::Stretches(cuts) if index <= cuts.len() => Some(Value::Number(match index.checked_sub(1) {
                Some(below) => *cuts.get(below)?,
                None => cuts.first().map_or(0, |first| first.saturating_sub(1)),
            })),
            Self::Stretches(_) => None,
        }
    }

    /// The thresholds that a comparison needs, so that it holds for a whole stretch or for none of it.
    #[must_use]
    pub fn cuts_for(comparison: Comparison, number: i64) -> Vec<i64> {
        let next = number.saturating_add(1);
        match comparison {
            Comparison::Less | Comparison::AtLeast => vec![number],
            Comparison::AtMost | Comparison::More => vec![next],
            Comparison::Equal => vec![number, next],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comparison_holds_for_a_whole_stretch_or_none() {
        for comparison in Comparison::ALL {
            let mut cuts = Domain::cuts_for(comparison, 48);
            cuts.extend([0, 72]);
            cuts.sort_unstable();
            cuts.dedup();
            let domain = Domain::Stretches(cuts);
            let holds = |index| match domain.value(index) {
                Some(Value::Number(number)) => comparison.holds(number, 48),
                _ => panic!("a stretch has a number"),
            };
            for number in -3..100 {
                let index = domain.index(&Value::Number(number)).unwrap();
                assert_eq!(comparison.holds(number, 48), holds(index), "{number} {comparison:?}");
            }
        }
    }
}
