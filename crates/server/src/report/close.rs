//! The close of days: what came on a day that has ended becomes entries, and its bytes lose their order of arrival.
//!
//! Each step is durable before the next, and each can be taken again: the day ends (nothing is accepted on it any more); its
//! envelopes are written anew; its reports become entries in one transaction, from which the log takes them at its own pace;
//! what nothing names any more is removed; its attachments are born anew. Of reports that were erased the sealed bytes are
//! destroyed. Only the process with the sequencer's lease does this.
//!
//! What fails for one day, or for one report, is told at the end and keeps no other waiting. Days that have ended never come
//! back, so a clock is not believed that leaves the last one far behind: a machine with a wrong clock would otherwise take
//! years from everybody who comes after.

use std::{
    io,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use jiff::{ToSpan as _, civil::Date};

use super::{
    clock::Clock,
    handled::{Refused, TakeInError, take_in},
    objects::ObjectsError,
    stamps::Stamps,
    uploads::Uploads,
    vault::Vault,
};
use crate::store::{Lane, Store, StoreError};

/// How often the thread looks whether a day has ended, and touches what must not tell an hour.
const PACE: Duration = Duration::from_secs(20);

/// So many days may end at once by a clock alone: as long as a server may stand still and come back by itself.
const BELIEVED_DAYS: i32 = 7;

/// How often the same failure is told again.
const AGAIN: Duration = Duration::from_secs(3600);

/// Who says which day it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    /// A clock, which may be wrong.
    Clock,
    /// A person.
    Person,
}

/// Why a day was not closed.
#[derive(Debug, thiserror::Error)]
pub enum CloseError {
    /// The store failed.
    #[error("the store could not close a day of reports")]
    Store(#[from] StoreError),
    /// The sealed bytes could not be written anew.
    #[error("the sealed bytes of {day} could not be written anew")]
    Bytes {
        /// The day.
        day: Date,
        /// What the file system says.
        #[source]
        source: io::Error,
    },
    /// Some sealed bytes are gone.
    #[error(
        "the sealed bytes of {reports} reports of {day} are not there; the day is closed with their leaves, and `verify` names them"
    )]
    Lost {
        /// The day.
        day: Date,
        /// How many reports.
        reports: usize,
    },
    /// What became of reports is not in the record yet.
    #[error(transparent)]
    TakeIn(#[from] TakeInError),
    /// The clock is far beyond the last day.
    #[error(
        "the clock says {today}, and the last day of reports was {last}: no further day ends before a person says that the \
         clock is right, by `vouchsafe close --today {today}`"
    )]
    Leap {
        /// The last day that is known.
        last: Date,
        /// The day of the clock.
        today: Date,
    },
}

impl CloseError {
    fn is_of_the_storage(&self) -> bool {
        matches!(self, Self::Bytes { source, .. } if source.get_ref().is_some_and(|inner| inner.is::<ObjectsError>()))
    }
}

/// What was done, and what was not.
#[derive(Debug, Default)]
pub struct Done {
    /// How many: reports that became entries, or days that were tidied.
    pub count: u64,
    /// Steps of reports' ways that became entries.
    pub handled: u64,
    /// Officials' stamps that were not taken in.
    pub refused: Vec<Refused>,
    /// What failed; everything else was done all the same.
    pub failed: Vec<CloseError>,
}

impl Done {
    /// How many, if nothing failed.
    ///
    /// # Errors
    /// The first failure; the others go to the traces.
    pub fn all(self) -> Result<u64, CloseError> {
        let mut failed = self.failed.into_iter();
        let Some(first) = failed.next() else { return Ok(self.count) };
        for error in failed {
            tracing::error!(error = &error as &dyn std::error::Error, "one more day of reports could not be closed");
        }
        Err(first)
    }

    /// Whether what became of reports may be taken in: not by a clock that is not believed, nor into a store that fails. The lost
    /// bytes of one day keep nothing else back.
    fn may_take_in(&self) -> bool {
        !self.failed.iter().any(|error| matches!(error, CloseError::Leap { .. } | CloseError::Store(_)))
    }

    /// Takes in what became of reports as well (`handled`), where it may be; true if that is done for today.
    pub fn and_take_in(&mut self, store: &dyn Store, lane: &dyn Lane, stamps: &Stamps, today: Date) -> bool {
        if !self.may_take_in() {
            return false;
        }
        let taken = take_in(store, lane, stamps, today).map_err(CloseError::from);
        let Some(Some(taken)) = self.note(taken) else { return false };
        for Refused { name, why } in &taken.refused {
            tracing::warn!(name, why = why as &dyn std::error::Error, "an official's stamp was not taken in");
        }
        metrics::gauge!("vouchsafe_stamps_refused").set(taken.refused.len() as f64);
        self.handled += taken.count;
        self.refused.extend(taken.refused);
        true
    }

    fn note<T>(&mut self, done: Result<T, CloseError>) -> Option<T> {
        done.map_err(|error| self.failed.push(error)).ok()
    }
}

/// Closes every day before `today`; counts the reports that became entries. Run again after any failure it goes on.
#[must_use]
pub fn close_days(store: &dyn Store, lane: &dyn Lane, vault: &Vault, today: Date, word: Word) -> Done {
    let mut done = Done::default();
    let ended = (|| {
        if !store.lease_sequencer()? {
            return Ok(None);
        }
        let Ok(through) = today.yesterday() else { return Ok(None) };
        let (through, leap) = believed(lane, through, today, word)?;
        Ok(Some((lane.end_days(through)?, leap)))
    })();
    let Some(Some((days, leap))) = done.note(ended) else { return done };
    done.failed.extend(leap);
    for day in days {
        let closed = close_day(lane, vault, day, today, &mut done);
        done.note(closed);
    }
    match vault.days_to_be_born() {
        Ok(days) => {
            for day in days.into_iter().filter(|day| *day < today) {
                done.note(bear_anew(lane, vault, day, true));
            }
        }
        Err(source) => done.failed.push(CloseError::Bytes { day: today, source }),
    }
    done
}

/// The last day that ends; an earlier one, and why, where the clock is not believed.
fn believed(lane: &dyn Lane, through: Date, today: Date, word: Word) -> Result<(Date, Option<CloseError>), CloseError> {
    if word == Word::Person {
        return Ok((through, None));
    }
    let last = match lane.ended()? {
        Some(ended) => Some(ended),
        // None has ended yet: the first that has a report has not either.
        None => lane.reports(None)?.first().and_then(|report| report.day.yesterday().ok()),
    };
    let Some(last) = last else { return Ok((through, None)) };
    let limit = last.saturating_add(BELIEVED_DAYS.days());
    Ok(if through > limit { (last, Some(CloseError::Leap { last, today })) } else { (through, None) })
}

fn close_day(lane: &dyn Lane, vault: &Vault, day: Date, today: Date, done: &mut Done) -> Result<(), CloseError> {
    let failed = |source| CloseError::Bytes { day, source };
    let reports = lane.reports(Some(day))?;
    let places = vault.close(day, &reports).map_err(failed)?;
    // The city said that it has these: their leaves say so as well, and it is the city that has to say where the bytes are.
    let lost = reports.iter().filter(|report| report.place.is_some() && !places.contains_key(&report.id)).count();
    if lost > 0 {
        done.failed.push(CloseError::Lost { day, reports: lost });
    }
    done.count += lane.close(day, &|id| places.get(id).copied())?;
    lane.blur(today);
    vault.tidy(day, &lane.reports(Some(day))?).map_err(failed)?;
    bear_anew(lane, vault, day, false)
}

/// Gives the attachments of a closed day their second birth, as far as there is room.
fn bear_anew(lane: &dyn Lane, vault: &Vault, day: Date, before: bool) -> Result<(), CloseError> {
    let reports = lane.reports(Some(day))?;
    if lane.closed_day(day)?.is_none() || !reports.iter().all(|report| report.closed) {
        return Ok(());
    }
    let needed = |id: &record::ReportId| {
        let report = lane.report(id).map_err(io::Error::other)?;
        Ok(report.is_some_and(|report| report.blind.is_some()))
    };
    let waiting =
        vault.bear_anew(day, &reports, before, &needed).map_err(|source| CloseError::Bytes { day, source })?;
    if waiting > 0 {
        tracing::warn!(%day, waiting, "attachments still tell when they came: there is no room to write them anew");
    }
    Ok(())
}

/// Removes what a crash after the last step left behind, and destroys the sealed bytes of reports that were erased.
#[must_use]
pub fn clean(lane: &dyn Lane, vault: &Vault, today: Date) -> Done {
    let mut done = Done::default();
    let destroy = |report: &crate::store::Report| {
        let of_day = lane.reports(Some(report.day))?;
        vault.destroy(report, &of_day).map_err(|source| CloseError::Bytes { day: report.day, source })?;
        Ok(lane.bytes_gone(&report.id)?)
    };
    for report in done.note(lane.erased().map_err(CloseError::from)).unwrap_or_default() {
        done.note(destroy(&report));
        // Where object storage is away each would wait for it, and days and times with them.
        if done.failed.last().is_some_and(CloseError::is_of_the_storage) {
            break;
        }
    }
    let tidy = |day: Date| {
        let failed = |source| CloseError::Bytes { day, source };
        if day >= today || vault.is_tidy(day).map_err(failed)? {
            return Ok(false);
        }
        let reports = lane.reports(Some(day))?;
        // A day whose reports are not entries yet still needs its segments.
        let closed = lane.closed_day(day)?.is_some() && reports.iter().all(|report| report.closed);
        if closed {
            vault.tidy(day, &reports).map_err(failed)?;
        }
        Ok(closed)
    };
    let days = vault.days().map_err(|source| CloseError::Bytes { day: today, source });
    for day in done.note(days).unwrap_or_default() {
        done.count += u64::from(done.note(tidy(day)).unwrap_or_default());
    }
    done
}

/// Both, one after the other: what is left behind, then the days that have ended. Counts as [`close_days`].
#[must_use]
pub fn clean_and_close(store: &dyn Store, lane: &dyn Lane, vault: &Vault, today: Date, word: Word) -> Done {
    let cleaned = clean(lane, vault, today);
    let mut done = close_days(store, lane, vault, today, word);
    done.failed.extend(cleaned.failed);
    done
}

/// Starts the thread that closes days, forgets old uploads and blurs times; it ends with the process.
///
/// # Errors
/// The operating system gives no thread.
pub fn start(
    store: Arc<dyn Store>,
    lane: Arc<dyn Lane>,
    (vault, stamps): (Arc<Vault>, Stamps),
    uploads: Arc<Uploads>,
    clock: Arc<dyn Clock>,
    closed: impl Fn() + Send + 'static,
) -> io::Result<()> {
    let run = move || {
        let mut told = Told::default();
        let mut taken_in = None;
        loop {
            let today = clock.today();
            let mut done = clean_and_close(&*store, &*lane, &vault, today, Word::Clock);
            // Once a day, so that nothing tells at which hour a stamp was laid down or carried here.
            if taken_in != Some(today) && done.and_take_in(&*store, &*lane, &stamps, today) {
                taken_in = Some(today);
            }
            if done.count + done.handled > 0 {
                closed();
            }
            told.tell(&done.failed, Instant::now());
            uploads.forget_old(Instant::now());
            vault.blur(today);
            lane.blur(today);
            thread::sleep(PACE);
        }
    };
    thread::Builder::new().name("report days".to_owned()).spawn(run).map(drop)
}

/// What was told last, so that the traces are not filled with it.
#[derive(Default)]
struct Told(Option<(Vec<String>, Instant)>);

impl Told {
    fn tell(&mut self, failed: &[CloseError], now: Instant) {
        metrics::gauge!("vouchsafe_report_days_failed").set(failed.len() as f64);
        let texts: Vec<String> = failed.iter().map(ToString::to_string).collect();
        let known = self.0.as_ref().is_some_and(|(known, at)| *known == texts && now.duration_since(*at) < AGAIN);
        if known {
            return;
        }
        for error in failed {
            tracing::error!(error = error as &dyn std::error::Error, "a day of reports could not be closed");
        }
        self.0 = Some((texts, now));
    }
}
