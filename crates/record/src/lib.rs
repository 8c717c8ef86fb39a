//! What happened, in one canonical form.
//!
//! An [`Entry`] is the only way in which something has happened; its [`canonical()`] bytes are what is kept, and a salted
//! commitment to them, its [`Leaf`], is all that the transparency log holds. Pure: no clock, no randomness, no file; the
//! server draws ids and salts and hands them in.
//!
//! Not here: the stores (`server::store`), the log (`tlog`), and any field for a person's status, nationality or origin.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod canonical;
mod city;
pub mod comparison;
mod correction;
pub mod disclosure;
mod dismissal;
mod done;
pub mod duty;
mod entry;
mod erasure;
pub mod filing;
pub mod finding;
mod fulfilled;
mod guided;
mod handling;
mod hex32;
mod ids;
pub mod keys;
mod leaf;
pub mod notice;
mod pages;
mod photograph;
mod private;
mod received;
mod request;
pub mod signed;
mod staff;
pub mod surveillance;
mod system;
mod when;

pub use canonical::{canonical, canonical_into, parse};
pub use city::CityInForce;
pub use comparison::Comparison;
pub use correction::{corrected, correction_holds};
pub use disclosure::{Agreement, Ground, Proposal, Ruling, SealedStop, Verdict};
pub use dismissal::Dismissal;
pub use done::{Deed, DisclosureForm, Done, HandOver, HoldEnd, NoticeBar, Resolution, Search, WrittenBasis, same_name};
pub use entry::{
    Actor, Body, Correction, Decided, Entry, Fault, FaultKind, Filed, Funding, FundingStep, ImportName, Omission,
    OmissionGround, Role, Source, SourceError,
};
pub use erasure::{Erasure, ErasureKind, ErasureOrder};
pub use fulfilled::{DutyKind, Fulfilled};
pub use guided::{Guided, OfAct};
pub use handling::{
    Closing, Fate, Fates, Handling, HoldOrder, Signature, Stamp, Step, Waiting, WaitingDay, is_overdue, stamp_text,
};
pub use ids::{ContactId, EntryId, FilingId, IdError, PersonKey, ReportId, RequestId, StaffId, SystemId, first_16};
pub use keys::{ContactKeys, DoorKeys, KeySet, PublicKey};
pub use leaf::{Leaf, Salt, commitment};
pub use pages::DoorPages;
pub use photograph::{Photograph, PictureForm};
pub use private::Private;
pub use received::Received;
pub use request::{
    Channel, Claim, Detainer, DetainerReason, Document, Information, OutsideRequest, Receiver, Requester,
    RequesterKind, Sha256Hex, Told,
};
pub use signed::{HexBytes, Nonce, PasskeyAnswer, PasskeyKey, SignedFault, SignedStatement};
pub use staff::{Change, ListTaken, Post, Reading, Refused, StaffChange};
pub use surveillance::{Passage, Tracked};
pub use system::{Event, HookKeys, SystemChange, SystemStep, Use};
pub use when::{When, WhenError};
