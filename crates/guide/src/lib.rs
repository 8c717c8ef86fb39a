//! What a desk is asked, and in what order: situations, answers so far, the next question, the ends of the sentences. The served
//! desk and the guide on a phone without network have it from here, so that both ask the same.
//!
//! [`law::offline`] is what the guide may say by itself: barred, or ask counsel (decisions 8). Pure: no clock, network or storage; the
//! page hands in the day.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

pub mod asked;
pub mod calls;
pub mod form;
pub mod next;
pub mod order;
pub mod sentences;
pub mod situations;

pub use asked::{Asked, Unread, of_a_court};
pub use next::{Answered, Next, counsel_reads_first, next};
pub use situations::{SITUATIONS, Situation};
