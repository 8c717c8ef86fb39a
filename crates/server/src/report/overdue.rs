//! Which reports wait to be opened, for everybody: days and counts, computed from the record, no ids.
//!
//! What is counted changes once a day, when a day is closed and what became of reports is taken in; so the answer tells no hour
//! at which a report was opened. That it tells of a day with one report whether that one was opened is meant: whoever sent
//! it may know, and nothing of what it says follows (ADR 18).

use std::sync::{Arc, Mutex, PoisonError};

use jiff::civil::Date;
use record::Waiting;

use super::handled::Reading;
use crate::store::{Lane, Store, StoreError};

/// After how many days an unopened report is overdue where the configuration says nothing: our own practice, no law.
pub const OVERDUE_DAYS: u16 = 7;

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
        let State { reading, told } = &mut *state;
        let Some(through) = self.lane.ended()? else { return Ok(None) };
        let new = reading.read_on(&*self.store)?;
        if new || told.as_ref().is_none_or(|told: &Waiting| told.through != through) {
            let waiting = reading.fates().waiting(through, self.days);
            gauges(&waiting);
            *told = Some(waiting);
        }
        Ok(told.clone())
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
