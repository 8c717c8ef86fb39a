//! Which reports wait to be opened, for everybody: days and counts, computed from the record, no ids.
//!
//! What is counted changes once a day, when a day is closed and what became of reports is taken in; so the answer tells no hour
//! at which a report was opened. That it tells of a day with one report whether that one was opened is meant: whoever sent
//! it may know, and nothing of what it says follows (ADR 18).

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError},
    time::Duration,
};

use jiff::civil::Date;
use record::{Fate, Waiting};

use super::handled::Reading;
use crate::store::{Lane, Report, Store, StoreError};

/// After how many days an unopened report is overdue where the configuration says nothing: our own practice, no law.
pub const OVERDUE_DAYS: u16 = 7;

/// How often, and with what pause, whoever comes back waits for others who are told.
const TRIES: usize = 50;
const PAUSE: Duration = Duration::from_millis(10);

/// What has become of a report, as its sender is told on return: one byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Progress {
    /// The record does not say.
    Unknown = 0,
    /// It waits to be opened.
    Waits = 1,
    /// It waits, and longer than the city has given itself.
    Overdue = 2,
    /// Somebody has opened it.
    Opened = 3,
    /// Somebody has opened and closed it.
    Closed = 4,
    /// Its sender has withdrawn it.
    Withdrawn = 5,
}

/// What is asked again and again, computed when something has changed.
pub struct Overdue {
    store: Arc<dyn Store>,
    lane: Arc<dyn Lane>,
    days: u16,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    reading: Reading,
    told: Option<Waiting>,
}

impl State {
    /// Reads what was recorded since; the last count does not outlive anything new, nor a reading that broke off.
    fn read_on(&mut self, store: &dyn Store) -> Result<(), StoreError> {
        let read = self.reading.read_on(store);
        if !matches!(read, Ok(false)) {
            self.told = None;
        }
        read.map(drop)
    }
}

impl Overdue {
    /// Counts reports as overdue after so many days.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, lane: Arc<dyn Lane>, days: u16) -> Self {
        Self { store, lane, days, state: Mutex::default() }
    }

    /// Which reports wait at the end of the last day that has ended; none before one has.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn waiting(&self) -> Result<Option<Waiting>, StoreError> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(through) = self.lane.ended()? else { return Ok(None) };
        state.read_on(&*self.store)?;
        let State { reading, told } = &mut *state;
        if told.as_ref().is_none_or(|told: &Waiting| told.through != through) {
            let waiting = reading.fates().waiting(through, self.days);
            gauges(&waiting);
            *told = Some(waiting);
        }
        Ok(told.clone())
    }

    /// What has become of each of these reports. What officials did counts when a day's close has taken it in, so no answer tells an
    /// hour; a withdrawal counts at once, since only its sender is told.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn progress_of(&self, reports: &[Report]) -> Result<Vec<Progress>, StoreError> {
        // Nobody waits long for the first reading of a long record.
        let Some(mut state) = (0..TRIES).find_map(|_| self.state_in(PAUSE)) else {
            return Ok(reports.iter().map(|report| self.progress(report, None, None)).collect());
        };
        let through = self.lane.ended()?;
        state.read_on(&*self.store)?;
        let known = state.reading.fates();
        Ok(reports.iter().map(|report| self.progress(report, known.of(&report.id), through)).collect())
    }

    /// The state, if nobody has it within this time.
    fn state_in(&self, pause: Duration) -> Option<MutexGuard<'_, State>> {
        match self.state.try_lock() {
            Ok(state) => Some(state),
            Err(TryLockError::Poisoned(state)) => Some(state.into_inner()),
            Err(TryLockError::WouldBlock) => {
                std::thread::sleep(pause);
                None
            }
        }
    }

    /// What has become of a report. Of one that the record was not asked about, or does not have, only its own marks tell.
    fn progress(&self, report: &Report, fate: Option<&Fate>, through: Option<Date>) -> Progress {
        if report.withdrawn.is_some() {
            return Progress::Withdrawn;
        }
        let Some(fate) = fate else { return if report.closed { Progress::Unknown } else { Progress::Waits } };
        match fate.waits_since() {
            _ if fate.withdrawn.is_some() => Progress::Withdrawn,
            _ if fate.closed.is_some() => Progress::Closed,
            _ if fate.opened.is_some() => Progress::Opened,
            Some(day) if through.is_some_and(|through| self.is_overdue(day, through)) => Progress::Overdue,
            Some(_) => Progress::Waits,
            None => Progress::Unknown,
        }
    }

    /// Whether a report of this day that still waits is overdue at the end of the day `through`.
    #[must_use]
    pub fn is_overdue(&self, day: Date, through: Date) -> bool {
        record::is_overdue(day, through, self.days)
    }
}

fn gauges(waiting: &Waiting) {
    metrics::gauge!("vouchsafe_reports_unopened").set(waiting.unopened as f64);
    metrics::gauge!("vouchsafe_reports_overdue").set(waiting.overdue as f64);
}
