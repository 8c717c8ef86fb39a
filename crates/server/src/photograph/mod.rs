//! Photographs of papers that requesters showed: from the bytes that a phone sent to a clean picture, and from there to what the store
//! keeps.
//!
//! A picture is taken by its own bytes, whatever its name or type says, loses its metadata ([`picture()`], crate `media`), and is sealed
//! under a key of its own, which is sealed under the server's ([`seal`], ADR 33). Whoever has a copy of the database and not the file
//! `keys/photographs.key` can open none. Whoever runs the server can: this is the gate's record and not a resident's report.
//!
//! Not here: the pages (`serve::photographs`), the rows (`store::photographs`).

mod picture;
pub mod seal;

pub use picture::{LARGEST_PICTURE_BYTES, Picture, PictureError, picture};
pub use seal::{Bound, PhotographKey};
