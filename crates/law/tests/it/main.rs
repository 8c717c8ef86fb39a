//! The law crate from outside: packs from files, decisions, cases, theorems and mutants.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod bad_packs;
mod compiled;
mod good_pack;
mod nyc;
mod support;
