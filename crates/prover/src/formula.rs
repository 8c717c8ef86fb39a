//! Boolean formulas over Cedar expressions, simplified as they are built, so that a theorem is one expression of readable length.

use std::{fmt, rc::Rc};

/// A formula. Leaves are Cedar expressions that are true or false.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Formula(Rc<Node>);

#[derive(Debug, PartialEq, Eq)]
enum Node {
    Constant(bool),
    Leaf(String),
    Not(Formula),
    All(Vec<Formula>),
    Any(Vec<Formula>),
}

impl Formula {
    /// Always, or never.
    #[must_use]
    pub fn constant(holds: bool) -> Self {
        Self(Rc::new(Node::Constant(holds)))
    }

    /// A Cedar expression.
    #[must_use]
    pub fn leaf(expression: impl Into<String>) -> Self {
        Self(Rc::new(Node::Leaf(expression.into())))
    }

    /// All of these; of none, always.
    #[must_use]
    pub fn all(parts: impl IntoIterator<Item = Self>) -> Self {
        Self::join(parts, true)
    }

    /// At least one of these; of none, never.
    #[must_use]
    pub fn any(parts: impl IntoIterator<Item = Self>) -> Self {
        Self::join(parts, false)
    }

    fn join(parts: impl IntoIterator<Item = Self>, all: bool) -> Self {
        let mut kept: Vec<Self> = Vec::new();
        for part in parts {
            match part.0.as_ref() {
                Node::Constant(holds) if *holds == all => {}
                Node::Constant(_) => return Self::constant(!all),
                _ if kept.contains(&part) => {}
                _ => kept.push(part),
            }
        }
        match (kept.len(), kept.pop()) {
            (1, Some(only)) => only,
            (_, Some(last)) => {
                kept.push(last);
                Self(Rc::new(if all { Node::All(kept) } else { Node::Any(kept) }))
            }
            (_, None) => Self::constant(all),
        }
    }

    /// The formula if it is decided without any fact.
    #[must_use]
    pub fn decided(&self) -> Option<bool> {
        match self.0.as_ref() {
            Node::Constant(holds) => Some(*holds),
            _ => None,
        }
    }
}

impl std::ops::Not for Formula {
    type Output = Self;

    fn not(self) -> Self {
        match self.0.as_ref() {
            Node::Constant(holds) => Self::constant(!holds),
            Node::Not(inner) => inner.clone(),
            _ => Self(Rc::new(Node::Not(self))),
        }
    }
}

/// As one Cedar expression, every part in brackets.
impl fmt::Display for Formula {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let joined = |f: &mut fmt::Formatter<'_>, parts: &[Self], word: &str| {
            f.write_str("(")?;
            for (number, part) in parts.iter().enumerate() {
                if number > 0 {
                    write!(f, " {word} ")?;
                }
                write!(f, "{part}")?;
            }
            f.write_str(")")
        };
        match self.0.as_ref() {
            Node::Constant(holds) => write!(f, "{holds}"),
            Node::Leaf(expression) => write!(f, "({expression})"),
            Node::Not(inner) => write!(f, "!{inner}"),
            Node::All(parts) => joined(f, parts, "&&"),
            Node::Any(parts) => joined(f, parts, "||"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constants_fold_away() {
        let (a, b) = (Formula::leaf("context.a"), Formula::leaf("context.b"));
        let yes = || Formula::constant(true);
        let text = |formula: Formula| formula.to_string();
        assert_eq!(text(Formula::all([a.clone(), yes(), b.clone(), a.clone()])), "((context.a) && (context.b))");
        assert_eq!(text(Formula::any([a.clone(), yes()])), "true");
        assert_eq!(text(Formula::any([])), "false");
        assert_eq!(text(Formula::all([])), "true");
        assert_eq!(text(!Formula::any([a.clone(), b])), "!((context.a) || (context.b))");
        assert_eq!(!!a.clone(), a);
        assert_eq!((!yes()).decided(), Some(false));
    }
}
