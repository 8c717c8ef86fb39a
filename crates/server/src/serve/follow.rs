//! The log follows the record: one thread that runs the sequencer at its own pace, never inside a request.
//!
//! A commit nudges it; it also looks by itself every second, for entries that other processes committed. After any failure
//! the sequencer is opened anew, which repairs what a crash between record and log left behind. A log that cannot be
//! continued stays as it is, and health says so; the record goes on. Where another process runs the sequencer (ADR 11) this
//! one commits entries and leaves the log to it, and looks every second whether it is free.

use std::{
    path::Path,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
        mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel},
    },
    thread,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use anyhow::{Context, Result};

use crate::{
    log::{Disk, Log, OpenError, Sequencer},
    store::Store,
};

/// How often the thread looks without being nudged.
const PACE: Duration = Duration::from_secs(1);

/// How long it waits after a failure.
const PAUSE: Duration = Duration::from_secs(5);

/// How long a round that took leaves in is followed by none: each signs a head and syncs the log's files, which a busy desk would pay for
/// after every commit, and its own commits would wait meanwhile. No answer waits until the log has taken it in.
const REST: Duration = Duration::from_millis(100);

/// How many leaves one checkpoint takes in at most.
const STEP: usize = 10_000;

/// Who follows the record with the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Following {
    /// This process, and its last round succeeded.
    This,
    /// Another process has the lease or the folder; whether it succeeds is its own to say.
    Another,
    /// Nobody: this process tried and failed.
    Nobody,
}

/// The log as the pages see it: its files, its public keys, and whether it follows.
pub struct Follower {
    /// The log's files, to read.
    pub disk: Arc<dyn Disk>,
    /// The log's public keys, as in `log.vkey`.
    pub vkeys: String,
    /// The log's name.
    pub origin: String,
    following: Mutex<Following>,
    size: AtomicU64,
    nudge: SyncSender<()>,
}

impl Follower {
    /// Opens the log of a data folder, or begins one by the name of `origin` (drawn at random if none is given), brings it up
    /// to the record unless another process does that, and starts the thread.
    ///
    /// # Errors
    /// When the keys or files cannot be used, or the log does not continue what was signed.
    pub fn start(store: Arc<dyn Store>, data: &Path, origin: Option<&str>) -> Result<Arc<Self>> {
        let log = Log::find(store, data, origin)?;
        let mut current = None;
        let following = loop {
            let (following, more) = round(&log, &mut current).context("the log cannot follow the record")?;
            if !more {
                break following;
            }
        };
        if following == Following::Another {
            tracing::info!(
                "another process follows this record with the log; this one commits and leaves the log to it"
            );
        }
        let size = current.as_ref().map_or_else(|| log.signed_size(), |sequencer| Ok(sequencer.size()))?;
        let (nudge, nudged) = sync_channel(1);
        let follower = Arc::new(Self {
            disk: Arc::clone(&log.disk),
            vkeys: log.keys.vkeys(),
            origin: log.keys.origin().to_owned(),
            following: Mutex::new(following),
            size: AtomicU64::new(size),
            nudge,
        });
        let shared = Arc::clone(&follower);
        thread::Builder::new()
            .name("sequencer".to_owned())
            .spawn(move || shared.run(&nudged, current, &log))
            .context("no thread for the sequencer")?;
        Ok(follower)
    }

    /// Says that there is something new. Never waits.
    pub fn nudge(&self) {
        // A full channel means that a nudge is already waiting.
        let _ = self.nudge.try_send(());
    }

    /// Who follows.
    #[must_use]
    pub fn following(&self) -> Following {
        *self.following.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many leaves the published log has.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size.load(Ordering::Relaxed)
    }

    fn run(&self, nudged: &Receiver<()>, mut current: Option<Sequencer>, log: &Log) {
        let mut more = false;
        loop {
            let wait = if self.following() == Following::Nobody { PAUSE } else { PACE };
            if more {
                thread::sleep(REST);
            } else if matches!(nudged.recv_timeout(wait), Err(RecvTimeoutError::Disconnected)) {
                return;
            }
            let done = round(log, &mut current).and_then(|(following, took)| {
                let size = current.as_ref().map_or_else(|| log.signed_size(), |sequencer| Ok(sequencer.size()))?;
                Ok((following, took, size))
            });
            let (following, took) = match done {
                Ok((following, took, size)) => {
                    self.size.store(size, Ordering::Relaxed);
                    metrics::gauge!("vouchsafe_log_size").set(size as f64);
                    (following, took)
                }
                Err(error) => {
                    tracing::error!(error = format!("{error:#}"), "the log does not follow the record");
                    metrics::counter!("vouchsafe_log_failures_total").increment(1);
                    (Following::Nobody, false)
                }
            };
            more = took;
            *self.following.lock().unwrap_or_else(PoisonError::into_inner) = following;
        }
    }
}

/// Opens the sequencer if there is none and it is free, and takes in what is committed. Tells who follows, and whether it took leaves in:
/// then more may have come. After a failure `current` is empty.
fn round(log: &Log, current: &mut Option<Sequencer>) -> Result<(Following, bool)> {
    let mut sequencer = match current.take() {
        Some(sequencer) => sequencer,
        None => match log.sequencer() {
            Err(OpenError::Leased | OpenError::Held) => return Ok((Following::Another, false)),
            opened => opened?,
        },
    };
    let took = loop {
        let took = sequencer.step(STEP, now())?;
        if took < STEP as u64 {
            break took;
        }
    };
    *current = Some(sequencer);
    Ok((Following::This, took > 0))
}

/// Seconds since 1970, as signatures carry them.
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(1, |since| since.as_secs().max(1))
}
