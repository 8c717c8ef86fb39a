//! One binary for all tests that stand outside the crate.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod commands;
mod crash;
mod disclosed;
mod erase;
mod folders;
mod law;
mod logged;
mod people;
mod reconcile;
mod releases;
mod report;
mod schema;
mod served;
mod statement;
mod statuses;
mod stop;
mod store;
mod traced;
mod verify;
