//! The log against other implementations, against attackers of its proofs, and against logs that others published.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod differential;
mod forest;
mod forged;
mod published;
mod receipts;
mod twins;
