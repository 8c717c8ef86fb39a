//! Once a day what officials did with reports, and what senders took back, enters the record (ADR 18).
//!
//! Stamps lie as files until a day has ended (`stamps`), withdrawals as marks of the lane. Then all of them become entries in
//! one act, in the order of reports' ids, with the day's first moment for their time: nothing tells in which order or at which
//! hour a report was opened. A stamp counts only if it is signed by an official of the set of keys that is in force, and speaks
//! of a report that the record has. One that does not is named, stays where it lies, and keeps no other from being taken in.

use std::{collections::BTreeSet, io};

use jiff::{civil::Date, tz::TimeZone};
use record::{Body, Entry, EntryId, Fates, Handling, PublicKey, ReportId, Step, first_16};
use sha2::{Digest as _, Sha256};

use super::{
    history::History,
    stamps::{Laid, StampError, Stamps},
};
use crate::store::{Draft, Lane, Store, StoreError};

/// The act by which they are committed.
const ACT: &str = "take in what became of reports";
/// How many entries are read at a time.
const STRETCH: usize = 5_000;

/// What the record says of all reports, read as far as it went.
#[derive(Default)]
pub struct Reading {
    next: u64,
    fates: Fates,
}

impl Reading {
    /// The whole record, read.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn of(store: &dyn Store) -> Result<Self, StoreError> {
        let mut reading = Self::default();
        reading.read_on(store)?;
        Ok(reading)
    }

    /// Reads what was recorded since; whether there was anything.
    ///
    /// # Errors
    /// As [`Reading::of`].
    pub fn read_on(&mut self, store: &dyn Store) -> Result<bool, StoreError> {
        let mut any = false;
        loop {
            let stretch = store.entries(self.next, STRETCH)?;
            let Some(last) = stretch.last() else { return Ok(any) };
            self.next = last.seq + 1;
            stretch.iter().filter_map(|stored| stored.entry()).for_each(|entry| self.fates.note(entry));
            any = true;
        }
    }

    /// What the record says.
    #[must_use]
    pub fn fates(&self) -> &Fates {
        &self.fates
    }
}

/// Why nothing was taken in.
#[derive(Debug, thiserror::Error)]
pub enum TakeInError {
    /// The record cannot be read or written.
    #[error("the record did not take in what became of reports")]
    Store(#[from] StoreError),
    /// The folder of stamps failed.
    #[error("the officials' stamps cannot be read or removed")]
    Stamps(#[source] io::Error),
}

/// Why a stamp was not taken in.
#[derive(Debug, thiserror::Error)]
pub enum RefusedError {
    /// It is none.
    #[error(transparent)]
    Stamp(#[from] StampError),
    /// No official has the key.
    #[error("its key is no official's: the set of keys in force does not have it")]
    Foreign,
    /// There is no such report.
    #[error("there is no report `{0}` here")]
    Unknown(ReportId),
    /// The report was not there yet.
    #[error("it is of {day}, before its report came")]
    Early {
        /// The stamp's day.
        day: Date,
    },
    /// It is of a day that has not come.
    #[error("it is of {day}, which has not come: the clock of the official's machine is wrong")]
    Ahead {
        /// The stamp's day.
        day: Date,
    },
    /// Nobody opened what it closes.
    #[error("nobody has opened the report that it closes")]
    NotOpened,
}

/// A stamp that was not taken in.
#[derive(Debug)]
pub struct Refused {
    /// The name of its file.
    pub name: String,
    /// Why.
    pub why: RefusedError,
}

/// What was done.
#[derive(Debug, Default)]
pub struct TakenIn {
    /// How many steps became entries.
    pub count: u64,
    /// Stamps that did not.
    pub refused: Vec<Refused>,
}

/// Takes in what became of reports up to yesterday: stamps of days that have ended, and withdrawals. Run again it adds nothing.
/// None where another process has the sequencer's lease.
///
/// # Errors
/// Nothing became an entry then, or what did is found by the next run.
pub fn take_in(
    store: &dyn Store,
    lane: &dyn Lane,
    stamps: &Stamps,
    today: Date,
) -> Result<Option<TakenIn>, TakeInError> {
    if !store.lease_sequencer()? {
        return Ok(None);
    }
    let mut done = TakenIn::default();
    let laid = stamps.all().map_err(TakeInError::Stamps)?;
    let withdrawn: Vec<_> = lane
        .reports(None)?
        .into_iter()
        .filter_map(|report| Some((report.id, report.withdrawn.filter(|day| *day < today && report.closed)?)))
        .collect();
    if laid.is_empty() && withdrawn.is_empty() {
        return Ok(Some(done));
    }
    let reading = Reading::of(store)?;
    let fates = reading.fates();
    let officials = officials(store, today)?;
    // By report, then by step: nobody closes before somebody has opened.
    let mut steps: Vec<(ReportId, u8, Step)> = Vec::new();
    for (report, day) in withdrawn {
        if fates.of(&report).is_some_and(|fate| fate.withdrawn.is_none() && !fate.erased) {
            steps.push((report, 0, Step::Withdrawn { day }));
        }
    }
    let mut taken = Vec::new();
    let mut opened = BTreeSet::new();
    // What was opened first, so that it is known when what was closed is looked at.
    let (closings, openings): (Vec<_>, Vec<_>) =
        laid.into_iter().partition(|(_, laid)| laid.as_ref().is_ok_and(|laid| laid.closing.is_some()));
    for (name, laid) in openings.into_iter().chain(closings) {
        let judged = laid.map_err(RefusedError::from).and_then(|laid| {
            let judged = judge(&laid, fates, &officials, &opened, lane, today)?;
            Ok((laid, judged))
        });
        let (laid, judged) = match judged {
            Ok(judged) => judged,
            Err(why) => {
                done.refused.push(Refused { name, why });
                continue;
            }
        };
        match judged {
            Judged::Waits => continue,
            Judged::Known => {}
            Judged::New => {
                let (order, step) = match laid.closing {
                    None => (1, Step::Opened(laid.stamp)),
                    Some(closing) => (2, Step::Closed { closing, stamp: laid.stamp }),
                };
                opened.insert(laid.report);
                steps.push((laid.report, order, step));
            }
        }
        taken.push(name);
    }
    steps.sort_by_key(|(report, order, step)| (*report, *order, key_of(step)));
    // Two files of one stamp are one.
    steps.dedup_by_key(|(report, order, step)| (*report, *order, key_of(step)));
    done.count = steps.len() as u64;
    if !steps.is_empty() {
        let drafts = steps.into_iter().map(|(report, _, step)| draft(Handling { report, on: today, step })).collect();
        store.commit(ACT, drafts)?;
    }
    stamps.remove(&taken, today).map_err(TakeInError::Stamps)?;
    Ok(Some(done))
}

/// What becomes of a stamp that is signed.
enum Judged {
    /// It becomes an entry.
    New,
    /// The record has it.
    Known,
    /// Its day has not ended, or that of its report.
    Waits,
}

fn judge(
    laid: &Laid,
    fates: &Fates,
    officials: &BTreeSet<PublicKey>,
    opened: &BTreeSet<ReportId>,
    lane: &dyn Lane,
    today: Date,
) -> Result<Judged, RefusedError> {
    let Laid { report, closing, stamp } = laid;
    let Some(fate) = fates.of(report) else {
        // What came today is no entry yet; it is asked for again when it is.
        // So it is where the store does not answer.
        let waits = lane.report(report).map_or(true, |found| found.is_some_and(|found| !found.closed));
        return if waits { Ok(Judged::Waits) } else { Err(RefusedError::Unknown(*report)) };
    };
    if fate.has_stamp(closing.is_some(), &stamp.by) {
        return Ok(Judged::Known);
    }
    if !officials.contains(&stamp.by) {
        return Err(RefusedError::Foreign);
    }
    if fate.received.is_some_and(|received| stamp.day < received) {
        return Err(RefusedError::Early { day: stamp.day });
    }
    if stamp.day >= today {
        // A machine may be a day ahead; more is a clock that is wrong, and might be for years.
        let far = today.tomorrow().is_ok_and(|tomorrow| stamp.day > tomorrow);
        return if far { Err(RefusedError::Ahead { day: stamp.day }) } else { Ok(Judged::Waits) };
    }
    if closing.is_some() && fate.opened.is_none() && !opened.contains(report) {
        return Err(RefusedError::NotOpened);
    }
    Ok(Judged::New)
}

/// Whose stamps count: the officials of the set of keys that is in force.
///
/// # Errors
/// The record cannot be read.
pub fn officials(store: &dyn Store, today: Date) -> Result<BTreeSet<PublicKey>, StoreError> {
    let history = History::of(store)?;
    Ok(history.in_force(today).map(|recorded| recorded.said.set.officials().clone()).unwrap_or_default())
}

/// What tells one step of a kind from another of the same report.
fn key_of(step: &Step) -> Option<PublicKey> {
    match step {
        Step::Opened(stamp) | Step::Closed { stamp, .. } => Some(stamp.by),
        Step::Withdrawn { .. } | Step::Held(_) | Step::Released(_) => None,
    }
}

/// The entry of a step, whose id and key follow from what it says, so that no failure can record it twice.
fn draft(handling: Handling) -> Draft {
    let what = match &handling.step {
        Step::Opened(_) => "opened",
        Step::Closed { .. } => "closed",
        Step::Withdrawn { .. } => "withdrawn",
        Step::Held(_) => "held",
        Step::Released(_) => "released",
    };
    let by = key_of(&handling.step).map_or_else(String::new, |key| key.to_string());
    let key = format!("{what} {} {by}", handling.report);
    let (maker, source) = handling.maker();
    let id = Sha256::new_with_prefix(b"vouchsafe/handled/v1").chain_update(&key).finalize();
    let entry = Entry {
        id: EntryId::from_bytes(first_16(id)),
        // As a report's own entry: the day has no moment but its first, by the one clock that has no offset.
        at: handling.on.at(0, 0, 0, 0).to_zoned(TimeZone::UTC).map(|zoned| zoned.timestamp()).unwrap_or_default(),
        by: maker,
        source,
        body: Body::Handled(Box::new(handling)),
    };
    Draft { key: Some(key), entry }
}
