//! Publishes the pages of the residents' door: their keys and their hash, ordered by two people, as entries of the record.
//!
//! Keys stand in the log 72 hours before they count, and a phone seals for no others; the hash of the pages stands there so
//! that everybody can see which pages the city has ordered.

use jiff::{Zoned, civil::Date};
use record::{Body, DoorKeys, DoorPages, Entry, EntryId, KeySet, Sha256Hex, Source, keys};
use serde::Serialize;

use super::history::{History, maker};
use crate::store::{Draft, Store, StoreError};

/// The act by which they are committed.
const ACT: &str = "publish pages";

/// What two people order.
pub struct Order {
    /// The keys of the pages, whole.
    pub set: KeySet,
    /// SHA-256 of the pages' manifest.
    pub manifest: Sha256Hex,
    /// Who asks for it; public.
    pub asked_by: String,
    /// Who approves it; public.
    pub approved_by: String,
    /// The first day on which keys and pages hold; none: as soon as they can.
    pub from: Option<Date>,
}

/// One entry that an order led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Made {
    /// The entry.
    pub entry: EntryId,
    /// The first day on which it holds.
    pub from: Date,
    /// It said so already; nothing was added.
    pub already: bool,
}

/// What came of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Published {
    /// Of the keys.
    pub keys: Made,
    /// Of the pages.
    pub pages: Made,
}

/// Why nothing was published.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// The record cannot be read or written.
    #[error("the record did not take the order")]
    Store(#[from] StoreError),
    /// The calendar ends.
    #[error(transparent)]
    Day(#[from] keys::FirstDayError),
    /// The day that was asked for comes too soon.
    #[error(
        "`{from}` is too soon: say `{first}` or a later day (a new key counts 72 hours after it is published, and pages not before their keys)"
    )]
    TooSoon {
        /// The day that was asked for.
        from: Date,
        /// The first day that can be.
        first: Date,
    },
    /// No randomness.
    #[error("the operating system gives no random bytes")]
    Random(#[source] getrandom::Error),
}

/// Records keys and hash of pages at `now` by the city's clock, each once: what was published last adds nothing.
///
/// # Errors
/// See [`PublishError`]; nothing was recorded then.
pub fn publish(store: &dyn Store, order: Order, now: &Zoned) -> Result<Published, PublishError> {
    let history = History::of(store)?;
    let Order { set, manifest, asked_by, approved_by, from } = order;
    let (last_set, last_pages) = (history.sets().last(), history.pages().last());
    let keys = last_set.filter(|last| last.said.set == set);
    let pages = last_pages.filter(|last| keys.is_some() && last.said.manifest == manifest);
    let keys = keys.map(|keys| Made { entry: keys.id, from: keys.said.from, already: true });
    let pages = pages.map(|pages| Made { entry: pages.id, from: pages.said.from, already: true });
    if let (Some(keys), Some(pages)) = (keys, pages) {
        return Ok(Published { keys, pages });
    }
    let first = match &keys {
        Some(keys) => keys.from.max(now.date()),
        None => set.first_day(history.in_force(now.date()).map(|recorded| &recorded.said.set), now)?,
    };
    let from = from.unwrap_or(first);
    if from < first {
        return Err(PublishError::TooSoon { from, first });
    }
    // Of two people who publish at once after the same entry the second is refused, and sees the first.
    let after = |what: &str, last: Option<EntryId>| {
        Some(format!("{what} after {}", last.map_or_else(|| "none".to_owned(), |last| last.to_string())))
    };
    let mut drafts = Vec::new();
    if keys.is_none() {
        let (asked_by, approved_by) = (asked_by.clone(), approved_by.clone());
        let body = Body::Keys(Box::new(DoorKeys { from, set, asked_by, approved_by }));
        drafts.push(Draft { key: after("keys", last_set.map(|last| last.id)), entry: entry(body, now)? });
    }
    let body = Body::Pages(Box::new(DoorPages { from, manifest, asked_by, approved_by }));
    drafts.push(Draft { key: after("pages", last_pages.map(|last| last.id)), entry: entry(body, now)? });
    let committed = store.commit(ACT, drafts)?;
    let made = |done: &crate::store::Committed| Made { entry: done.id, from, already: done.already };
    match (keys, committed.as_slice()) {
        (None, [keys, pages]) => Ok(Published { keys: made(keys), pages: made(pages) }),
        (Some(keys), [pages]) => Ok(Published { keys, pages: made(pages) }),
        _ => Err(StoreError::Stopped.into()),
    }
}

fn entry(body: Body, now: &Zoned) -> Result<Entry, PublishError> {
    let mut id = [0; 16];
    getrandom::fill(&mut id).map_err(PublishError::Random)?;
    Ok(Entry { id: EntryId::from_bytes(id), at: now.timestamp(), by: maker(), source: Source::Desk, body })
}
