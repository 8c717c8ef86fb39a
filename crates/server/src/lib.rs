//! All input and output of Vouchsafe: the command line, the stores, the log's files, the served desk.
//!
//! The pure crates decide (`law`), say what happened (`record`) and what a log is (`tlog`); this one reads and writes.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod access;
pub mod beside;
pub mod bill;
pub mod city_file;
pub mod commands;
pub mod config;
pub mod demo;
pub mod door;
pub mod filing;
pub mod hooks;
pub mod import;
pub mod listen;
pub mod log;
pub mod on_call;
pub mod outbound;
pub mod pack;
pub mod photograph;
pub mod provider;
pub mod reconcile;
pub mod remind;
pub mod report;
pub mod serve;
pub mod store;
pub mod words;
