//! Bytes in, bytes that only the recipients can open: what a resident's phone sends, and what comes back to it.
//!
//! A report is a text with its attachments' keys, padded, in an age file to post-quantum recipients. Attachments travel
//! beside it, each under its own key. The receipt, sixteen bytes that the reporter writes down, is the root of
//! everything that lets them return; no other secret exists on their side. The pieces, and whose form they have:
//!
//! - `envelope`: age v1 files (<https://c2sp.org/age>) for `age1pq1…` recipients (X-Wing in HPKE);
//! - `chunked`: <https://c2sp.org/chunked-encryption>, AES-256-GCM, which a browser's own WebCrypto can do;
//! - `pad`, `receipt`, `shares`, `leaf`, `report`, `reply`, `stamp`: ours, each with its form written at its head.
//!
//! The crate is pure: no file, network or clock, and randomness is passed in. It builds for `wasm32-unknown-unknown`
//! with nothing of the host. Who may read a report, and when, is not decided here.
#![cfg_attr(not(test), warn(clippy::indexing_slicing))]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod secret;

pub mod envelope;

pub mod chunked;

pub mod pad;

pub mod receipt;

mod cbor;

pub mod report;

pub mod shares;

pub mod leaf;

pub mod reply;

pub mod stamp;

pub use envelope::{Identity, Recipient};
pub use leaf::ContentId;
pub use receipt::Receipt;
pub use report::Report;
