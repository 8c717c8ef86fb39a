//! The stores: one suite for SQLite and PostgreSQL, then what only one of them has, faults, and death.

mod batches;
pub mod both;
pub mod cluster;
mod erased;
mod faults;
mod halves;
mod hooks;
mod kill;
mod packed;
mod people;
mod photographs;
mod reminders;
pub mod search;
mod sqlite_only;
mod stop;
mod suite;
mod systems;
mod unfit;

use std::sync::atomic::{AtomicU64, Ordering};

use jiff::{Timestamp, civil::date};
use record::{
    Actor, Body, Entry, EntryId, Erasure, ErasureKind, ErasureOrder, Fault, FaultKind, Leaf, RequestId, Source,
};
use server::store::Draft;

/// Ids in the order of their making, so that a failing test fails the same way again.
pub fn fresh() -> [u8; 16] {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let mut bytes = [0; 16];
    bytes[8..].copy_from_slice(&NEXT.fetch_add(1, Ordering::Relaxed).to_be_bytes());
    bytes
}

pub fn entry(body: Body) -> Entry {
    Entry {
        id: EntryId::from_bytes(fresh()),
        at: Timestamp::UNIX_EPOCH,
        by: Actor::Program { name: "test".to_owned() },
        source: Source::Desk,
        body,
    }
}

/// An entry that says this, about this request.
pub fn said(detail: &str, request: Option<RequestId>) -> Entry {
    entry(Body::Fault(Fault { kind: FaultKind::Integrity, request, entry: None, detail: detail.into() }))
}

pub fn draft(detail: &str) -> Draft {
    said(detail, None).into()
}

pub fn keyed(key: &str, detail: &str) -> Draft {
    Draft { key: Some(key.to_owned()), entry: said(detail, None) }
}

pub fn erasure(entry_id: EntryId, leaf: Leaf) -> Draft {
    entry(Body::Erased(Box::new(Erasure {
        entry: entry_id,
        leaf,
        order: ErasureOrder {
            kind: ErasureKind::CourtOrder,
            reference: "Index No. 1/2026".to_owned(),
            dated: date(2026, 6, 1),
            asked_by: "privacy officer".into(),
            approved_by: "counsel".into(),
        },
    })))
    .into()
}
