//! One binary for all tests that stand outside the crate.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod api;
mod authenticator;
mod city;
mod commands;
mod compared;
mod crash;
mod disclosed;
mod erase;
mod folders;
mod hooks;
mod law;
mod logged;
mod oidc;
mod people;
mod photographs;
mod reconcile;
mod releases;
mod reminded;
mod report;
mod schema;
mod served;
mod signed;
mod statement;
mod statuses;
mod stop;
mod store;
mod traced;
mod verify;
