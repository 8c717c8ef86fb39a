//! The close of days: what came on a day that has ended becomes entries, and its bytes lose their order of arrival.
//!
//! Each step is durable before the next, and each can be taken again: the day ends (nothing is accepted on it any more); its
//! envelopes are written anew; its reports become entries in one transaction, from which the log takes them at its own pace;
//! what nothing names any more is removed. Of reports that were erased the sealed bytes are destroyed. Only the process with
//! the sequencer's lease does this.

use std::{
    io,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use jiff::civil::Date;

use super::{clock::Clock, uploads::Uploads, vault::Vault};
use crate::store::{Lane, Store, StoreError};

/// How often the thread looks whether a day has ended, and touches what must not tell an hour.
const PACE: Duration = Duration::from_secs(20);

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
}

/// Closes every day before `today`; gives how many reports became entries. Run again after any failure it goes on.
///
/// # Errors
/// See [`CloseError`].
pub fn close_days(store: &dyn Store, lane: &dyn Lane, vault: &Vault, today: Date) -> Result<u64, CloseError> {
    if !store.lease_sequencer()? {
        return Ok(0);
    }
    let Ok(through) = today.yesterday() else { return Ok(0) };
    let mut closed = 0;
    for day in lane.end_days(through)? {
        let failed = |source| CloseError::Bytes { day, source };
        let places = vault.close(day, &lane.reports(Some(day))?).map_err(failed)?;
        closed += lane.close(day, &|id| places.get(id).copied())?;
        lane.blur(today);
        vault.tidy(day, &lane.reports(Some(day))?).map_err(failed)?;
    }
    Ok(closed)
}

/// Removes what a crash after the last step left behind, and destroys the sealed bytes of reports that were erased.
///
/// # Errors
/// See [`CloseError`].
pub fn clean(lane: &dyn Lane, vault: &Vault, today: Date) -> Result<u64, CloseError> {
    for report in lane.erased()? {
        vault.destroy(&report).map_err(|source| CloseError::Bytes { day: report.day, source })?;
        lane.bytes_gone(&report.id)?;
    }
    let mut tidied = 0;
    for day in vault.days().map_err(|source| CloseError::Bytes { day: today, source })? {
        let failed = |source| CloseError::Bytes { day, source };
        if day >= today || vault.is_tidy(day).map_err(failed)? {
            continue;
        }
        let reports = lane.reports(Some(day))?;
        // A day whose reports are not entries yet still needs its segments.
        if lane.closed_day(day)?.is_some() && reports.iter().all(|report| report.closed) {
            vault.tidy(day, &reports).map_err(failed)?;
            tidied += 1;
        }
    }
    Ok(tidied)
}

/// Starts the thread that closes days, forgets old uploads and blurs times; it ends with the process.
///
/// # Errors
/// The operating system gives no thread.
pub fn start(
    store: Arc<dyn Store>,
    lane: Arc<dyn Lane>,
    vault: Arc<Vault>,
    uploads: Arc<Uploads>,
    clock: Arc<dyn Clock>,
    closed: impl Fn() + Send + 'static,
) -> io::Result<()> {
    let run = move || {
        loop {
            let today = clock.today();
            let done = clean(&*lane, &vault, today).and_then(|_| close_days(&*store, &*lane, &vault, today));
            match done {
                Ok(0) => {}
                Ok(_) => closed(),
                Err(error) => {
                    tracing::error!(error = &error as &dyn std::error::Error, "a day of reports could not be closed");
                }
            }
            uploads.forget_old(Instant::now());
            vault.blur(today);
            lane.blur(today);
            thread::sleep(PACE);
        }
    };
    thread::Builder::new().name("report days".to_owned()).spawn(run).map(drop)
}
