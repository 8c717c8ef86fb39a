//! One binary for all tests that stand outside the crate.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod entry;
