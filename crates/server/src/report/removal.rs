//! When the bytes of a report may go, and what keeps them: the approved schedule, and legal holds (decisions 18).
//!
//! Time alone removes nothing. A report that was opened and closed, or that its sender withdrew, may go when the days of the
//! schedule have passed since the record took that in, by two named people, and not under a hold. A court order or a sealing
//! by law (`vouchsafe erase`) asks for no schedule, but a hold stands in its way as well. Leaf and erasure stay in the log.

use jiff::{Timestamp, ToSpan as _, civil::Date};
use record::{
    Actor, Body, Entry, EntryId, Erasure, ErasureKind, ErasureOrder, Fate, Handling, HoldOrder, Leaf, Private,
    ReportId, Source, Step,
};
use serde::Deserialize;

use super::handled::Reading;
use crate::store::{Draft, Erased, Store, StoreError};

/// The act by which holds are committed.
const ACT: &str = "hold or release a report";

/// An approved retention schedule (`[report.schedule]`).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Schedule {
    /// Its name, as people cite it.
    pub name: String,
    /// So many days after a report is closed its bytes may go.
    pub days_after_closing: u16,
    /// So many days after a report is withdrawn its bytes may go.
    pub days_after_withdrawal: u16,
    /// Who approved it.
    pub approved_by: String,
    /// On which day.
    pub approved_on: Date,
}

/// Two people: who asks, and who approves.
pub struct People {
    /// Who asks for it.
    pub asked_by: String,
    /// Who approves it.
    pub approved_by: String,
}

/// Why a report was not removed.
#[derive(Debug, thiserror::Error)]
pub enum RemoveError {
    /// The record cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There is no such report.
    #[error("the record has no report `{0}`: a report is in the record when its day is closed")]
    Unknown(ReportId),
    /// The configuration has no schedule.
    #[error("no schedule is approved: the configuration has no `[report.schedule]`, so nothing goes by one")]
    NoSchedule,
    /// The configuration has another schedule.
    #[error("the approved schedule is `{approved}`, not `{named}`")]
    OtherSchedule {
        /// The schedule of the configuration.
        approved: String,
        /// The one that was named.
        named: String,
    },
    /// The schedule's approval lies ahead.
    #[error("the schedule is approved from {approved_on} on, and that day has not come")]
    NotApproved {
        /// The day.
        approved_on: Date,
    },
    /// Nobody has opened it.
    #[error("report `{0}` was not opened: an unopened report is never removed, however old it is")]
    NotOpened(ReportId),
    /// It is still being worked on.
    #[error("report `{0}` is not closed: close it first with `vouchsafe inbox close`, when nothing more is to be done")]
    NotClosed(ReportId),
    /// The schedule's time has not passed.
    #[error("report `{report}` may be removed from {first} on, by the schedule")]
    TooSoon {
        /// The report.
        report: ReportId,
        /// The first day on which it may go.
        first: Date,
    },
    /// It is under a legal hold.
    #[error("report `{report}` is under a legal hold (`{order}`): release it first, by two people")]
    Held {
        /// The report.
        report: ReportId,
        /// The hold's order.
        order: String,
    },
}

/// Why a hold was not laid or released.
#[derive(Debug, thiserror::Error)]
pub enum HoldError {
    /// The record cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There is no such report.
    #[error("the record has no report `{0}`: a report is in the record when its day is closed")]
    Unknown(ReportId),
    /// There is nothing left to hold.
    #[error("the bytes of report `{0}` are gone: nothing is left to hold")]
    Gone(ReportId),
    /// There is no such hold.
    #[error("no hold under `{order}` stands on report `{report}`")]
    NoHold {
        /// The report.
        report: ReportId,
        /// The order.
        order: String,
    },
    /// No randomness.
    #[error("the operating system gives no random bytes")]
    Random(#[source] getrandom::Error),
}

/// Why the entry of a report was not erased under an order.
#[derive(Debug, thiserror::Error)]
pub enum EraseError {
    /// The record cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A schedule has a way of its own.
    #[error("`{0}` is a report: under a schedule it goes by `vouchsafe inbox remove`, which asks whether it may")]
    UseRemove(EntryId),
    /// It is under a legal hold.
    #[error("report `{report}` is under a legal hold (`{order}`): release it first, by two people")]
    Held {
        /// The report.
        report: ReportId,
        /// The hold's order.
        order: String,
    },
}

/// What became of an order to hold or to release.
#[derive(Debug, PartialEq, Eq)]
pub struct Ordered {
    /// The entry that says so; none where nothing was to be added.
    pub id: Option<EntryId>,
}

/// A report whose erasure holds.
#[derive(Debug)]
pub struct Removed {
    /// Its entry, which has no body any more.
    pub entry: EntryId,
    /// What the store did.
    pub erased: Erased,
}

/// The last of the schedule's days for a report; from the next day on it may go.
fn runs_out(report: ReportId, fate: &Fate, schedule: &Schedule) -> Result<Date, RemoveError> {
    let closed = fate.closed.map(|(on, _)| on.saturating_add(i32::from(schedule.days_after_closing).days()));
    let withdrawn = fate.withdrawn.map(|on| on.saturating_add(i32::from(schedule.days_after_withdrawal).days()));
    match closed.into_iter().chain(withdrawn).min() {
        Some(last) => Ok(last),
        None if fate.opened.is_none() => Err(RemoveError::NotOpened(report)),
        None => Err(RemoveError::NotClosed(report)),
    }
}

/// The schedule that is approved today and has this name.
fn approved<'a>(schedule: Option<&'a Schedule>, named: &str, today: Date) -> Result<&'a Schedule, RemoveError> {
    let schedule = schedule.ok_or(RemoveError::NoSchedule)?;
    if schedule.name != named {
        let approved = schedule.name.clone();
        return Err(RemoveError::OtherSchedule { approved, named: named.to_owned() });
    }
    if schedule.approved_on > today {
        return Err(RemoveError::NotApproved { approved_on: schedule.approved_on });
    }
    Ok(schedule)
}

/// Erases the entry of a report under the schedule of this name; its sealed bytes are destroyed by `close::clean`.
///
/// # Errors
/// See [`RemoveError`]; nothing was removed then.
pub fn remove(
    store: &dyn Store,
    report: ReportId,
    (schedule, named): (Option<&Schedule>, &str),
    people: &People,
    (today, now): (Date, Timestamp),
) -> Result<Removed, RemoveError> {
    let schedule = approved(schedule, named, today)?;
    let reading = Reading::of(store)?;
    let entry = EntryId::from_bytes(*report.as_bytes());
    let (Some(fate), Some(stored)) = (reading.fates().of(&report), store.find(&entry)?) else {
        return Err(RemoveError::Unknown(report));
    };
    let last = runs_out(report, fate, schedule)?;
    if today <= last {
        return Err(RemoveError::TooSoon { report, first: last.tomorrow().unwrap_or(last) });
    }
    if let Some(order) = fate.holds.first() {
        return Err(RemoveError::Held { report, order: order.clone() });
    }
    let draft = erasure(report, fate, stored.leaf, (&schedule.name, last), people, now);
    Ok(Removed { entry, erased: store.erase(draft)? })
}

fn erasure(
    report: ReportId,
    fate: &Fate,
    leaf: Leaf,
    (schedule, dated): (&str, Date),
    people: &People,
    now: Timestamp,
) -> Draft {
    let entry = EntryId::from_bytes(*report.as_bytes());
    let key = key(report, Some(fate));
    // It follows from what it removes: run again after a failure, it is the same entry.
    let id = record::first_16(<sha2::Sha256 as sha2::Digest>::digest(format!("vouchsafe/removal/v1\0{key}")));
    let order = ErasureOrder {
        kind: ErasureKind::Retention,
        reference: schedule.to_owned(),
        dated,
        asked_by: Private::from(people.asked_by.as_str()),
        approved_by: Private::from(people.approved_by.as_str()),
    };
    let erased = Entry {
        id: EntryId::from_bytes(id),
        at: now,
        by: Actor::Program { name: "inbox".to_owned() },
        source: Source::Desk,
        body: Body::Erased(Box::new(Erasure { entry, leaf, order })),
    };
    Draft { key: Some(key), entry: erased }
}

/// Whoever orders something about a report builds on its last entry: of a hold and a removal at once the second is refused.
fn key(report: ReportId, fate: Option<&Fate>) -> String {
    let last = fate.and_then(|fate| fate.last);
    format!("order about {report} after {}", last.map_or_else(|| "none".to_owned(), |id| id.to_string()))
}

/// Lays a hold on a report, once.
///
/// # Errors
/// See [`HoldError`]; nothing was recorded then.
pub fn hold(
    store: &dyn Store,
    report: ReportId,
    order: HoldOrder,
    on: Date,
    now: Timestamp,
) -> Result<Ordered, HoldError> {
    let reading = Reading::of(store)?;
    let fate = reading.fates().of(&report).ok_or(HoldError::Unknown(report))?;
    if fate.erased {
        return Err(HoldError::Gone(report));
    }
    if fate.holds.contains(&order.reference) {
        return Ok(Ordered { id: None });
    }
    commit(store, fate, Handling { report, on, step: Step::Held(order) }, now)
}

/// Ends the hold that stands under this order.
///
/// # Errors
/// See [`HoldError`]; nothing was recorded then.
pub fn release(
    store: &dyn Store,
    report: ReportId,
    order: HoldOrder,
    on: Date,
    now: Timestamp,
) -> Result<Ordered, HoldError> {
    let reading = Reading::of(store)?;
    let fate = reading.fates().of(&report).ok_or(HoldError::Unknown(report))?;
    if !fate.holds.contains(&order.reference) {
        return Err(HoldError::NoHold { report, order: order.reference });
    }
    commit(store, fate, Handling { report, on, step: Step::Released(order) }, now)
}

fn commit(store: &dyn Store, fate: &Fate, handling: Handling, now: Timestamp) -> Result<Ordered, HoldError> {
    let mut id = [0; 16];
    getrandom::fill(&mut id).map_err(HoldError::Random)?;
    let key = Some(key(handling.report, Some(fate)));
    let (by, source) = handling.maker();
    let body = Body::Handled(Box::new(handling));
    let entry = Entry { id: EntryId::from_bytes(id), at: now, by, source, body };
    let committed = store.commit(ACT, vec![Draft { key, entry }])?;
    Ok(Ordered { id: committed.first().map(|committed| committed.id) })
}

/// Whether an entry may be erased under an order of this kind, and the key of that piece of work: for a report it builds on the
/// last order about it, so that of a hold and an erasure at once the second is refused.
///
/// # Errors
/// See [`EraseError`].
pub fn may_be_erased(store: &dyn Store, id: &EntryId, kind: ErasureKind) -> Result<String, EraseError> {
    let report = ReportId::from_bytes(*id.as_bytes());
    let stored = store.find(id)?;
    match stored.as_ref().and_then(|stored| stored.entry()).map(|entry| &entry.body) {
        Some(Body::Received(_)) if kind == ErasureKind::Retention => return Err(EraseError::UseRemove(*id)),
        // Nothing tells any more what an erased entry was; run again it has the key of the first time.
        Some(Body::Received(_)) | None => {}
        Some(_) => return Ok(key(report, None)),
    }
    let reading = Reading::of(store)?;
    let fate = reading.fates().of(&report);
    match fate.and_then(|fate| fate.holds.first()) {
        Some(order) => Err(EraseError::Held { report, order: order.clone() }),
        None => Ok(key(report, fate)),
    }
}
