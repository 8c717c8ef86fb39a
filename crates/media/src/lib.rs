//! Photos, videos and sound without what tells on the one who made them.
//!
//! [`clean()`] reads a file through [`Source`], piece by piece, and answers with an [`EditList`]: which ranges of the file
//! are kept, zeroed, replaced or dropped. A video of 4 GB is never held, here or in the browser, which builds the clean
//! file from slices of the old one. What is shown and heard stays bit for bit; which way is up, colour and loops stay.
//!
//! It works by allow-list. A parser names what is needed to show the picture or play the sound; every byte that no
//! parser names is gone from the result, whatever it was. A file whose need cannot be told from the rest is refused
//! with its class ([`CleanError`]); there is no half-cleaned file.
//!
//! The crate is pure: it knows no file, clock, network or random source, and has no state. Its time is linear in what
//! it reads, its memory bounded by [`limit`]. Not here: what is inside coded frames (the picture itself, sensor noise,
//! messages of encoders between frames), see `docs/adr/0012-metadata-goes-by-allow-list.md`.
#![cfg_attr(not(test), warn(clippy::indexing_slicing))]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod source;

pub mod edit;

pub mod kind;

pub mod limit;

pub mod clean;

mod bytes;
mod icc;
mod inflate;
mod tiff;

mod gif;
mod jpeg;
mod png;
mod riff;

mod codec;

mod bmff;

mod matroska;

pub use clean::{CleanError, clean};
pub use edit::{Edit, EditList, What};
pub use kind::{Kind, recognise};
pub use source::{Source, Unread};
