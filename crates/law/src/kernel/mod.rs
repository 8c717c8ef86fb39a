//! The kernel: conditions over facts with few values each, and decision diagrams that answer exactly with facts missing.
//!
//! No Cedar inside, so it builds for every target; Cedar is the language the conditions are written in and the referee of
//! what is decided here. Source of the method: R. Bryant, Graph-based algorithms for Boolean function manipulation (1986),
//! with more than two children a node and more than two terminals.

pub mod condition;
pub mod diagram;
pub mod domain;
