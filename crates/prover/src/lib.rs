//! The second prover of a law pack: every theorem once more, over Cedar's own meaning, by the SMT solver cvc5.
//!
//! The engine proves its theorems over decision diagrams that it compiled itself ([`law`]). Here nothing of that is used: the rules' text
//! is given to Cedar's symbolic compiler (`cedar-policy-symcc`), how the answers of provisions and layers combine is written down a second
//! time ([`outcome`]), and the solver looks for facts that break a theorem. What it finds is checked against Cedar's authorizer and put to
//! [`law::decide()`] again. Slow and heavy, so it is an optional part of the executable and a step of continuous integration.
//!
//! Not here: the theorems that every pack has built in, and the cases.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod access;
pub mod cvc5;
pub mod formula;
pub mod outcome;
pub mod prove;

pub use cvc5::{Cvc5, FindError};
pub use prove::{Counterexample, Proof, ProveError, Result, prove};
