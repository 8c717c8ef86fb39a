//! Contacts with federal immigration enforcement that the city's own logs show, and which of them nobody recorded.
//!
//! Two investigations of 2025 found that in every incident the duty to record was not met, and nobody noticed (nyc.md 5.2).
//! A mail gateway and an audit log notice. [`mbox`], [`trace`] and [`postfix`] read what mail gateways export, [`system`]
//! reads audit logs of look-ups and alerts; each hands over what has a party of the [`Partners`] list, and the [`Matcher`]
//! makes contacts of it and says which the record, the roster and earlier dismissals account for. ADR 21 says why so.
//!
//! Pure: bytes come through a [`std::io::Read`], days and zones as arguments. Memory is bounded whatever comes; what cannot
//! be read is a [`Bad`] place and never silence. Deliberately not here: bodies and subjects, which are passed over unread;
//! what a look-up was about; any judgment of whether a contact was lawful.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod address;
mod dated;
mod format;
mod known;
mod lines;
mod mapping;
mod matcher;
pub mod mbox;
mod moment;
mod partners;
mod place;
pub mod postfix;
mod requests;
mod roster;
mod rows;
mod sighting;
pub mod system;
pub mod trace;

pub use address::Address;
pub use format::Format;
pub use known::Known;
pub use mapping::{Mapping, MappingError, Staff, SystemLog};
pub use matcher::{Account, Counts, Cover, Found, Left, MOST_CONTACTS, Matcher, Said, TooMany};
pub use partners::{Partner, PartnerId, Partners, PartnersError};
pub use place::{Bad, Fault, Place};
pub use requests::{MOST_OF_ONE, Reach, Request, RequestNumber, Requests};
pub use roster::{Roster, RosterError};
pub use sighting::{Contact, ContactKey, Sink, Way};
