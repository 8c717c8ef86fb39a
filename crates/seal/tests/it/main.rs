//! Sealed bytes against other implementations' vectors, against their forgers, and against twins of our own.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod cctv;
mod chunked;
mod envelope;
mod primitives;
mod receipt;
mod reply;
mod report;
mod shared;
mod shares;
mod twins;
