//! What the residents' page and the guide call: conversions between a page and the crates `seal`, `tlog`, `media` and `guide`, no logic
//! besides.
//!
//! It builds for `wasm32-unknown-unknown` as five modules with a plain C interface, so that a phone fetches what cleans
//! photos, what is needed on return, or what draws a card, only then. There is no binding generator: the page writes bytes into memory
//! and calls `call`. wasm2js makes the same modules into JavaScript for browsers in which WebAssembly is switched off.
//!
//! Everything except `abi` is plain safe Rust and is tested natively; what those tests ask, `e2e/modules.mjs` asks of each module and
//! its twin. No clock, network, storage or random source: chance comes from the page (`crypto.getRandomValues`) with each call that
//! needs it, and a call that was given too little fails.
#![cfg_attr(not(test), warn(clippy::indexing_slicing))]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod fault;

pub mod fields;

#[cfg(feature = "report")]
pub mod calls;
#[cfg(feature = "report")]
mod chance;
#[cfg(feature = "back")]
mod days;
#[cfg(feature = "report")]
mod hashing;
#[cfg(feature = "report")]
mod keys;
#[cfg(feature = "report")]
mod notes;
#[cfg(feature = "report")]
mod promises;
#[cfg(feature = "report")]
mod receipts;
#[cfg(feature = "back")]
mod replies;
#[cfg(feature = "report")]
mod reports;

#[cfg(feature = "media")]
pub mod cleaning;

#[cfg(feature = "card")]
pub mod card;

#[cfg(feature = "guide")]
pub mod guiding;

#[cfg(target_arch = "wasm32")]
mod abi;

#[cfg(all(test, feature = "back"))]
mod tests;
