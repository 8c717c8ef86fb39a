//! The log follows the record: one thread that runs the sequencer at its own pace, never inside a request.
//!
//! A commit nudges it; it also looks by itself every second, for entries that other processes committed. After any failure
//! the sequencer is opened anew, which repairs what a crash between record and log left behind. A log that cannot be
//! continued stays as it is, and health says so; the record goes on.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
        mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel},
    },
    thread,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use anyhow::{Context, Result};

use crate::{
    log::{Disk, Folder, Followed, Keys, Sequencer},
    store::Store,
};

/// How often the thread looks without being nudged.
const PACE: Duration = Duration::from_secs(1);

/// How long it waits after a failure.
const PAUSE: Duration = Duration::from_secs(5);

/// How many leaves one checkpoint takes in at most.
const STEP: usize = 10_000;

/// The log as the pages see it: its files, its public keys, and whether it follows.
pub struct Follower {
    /// The log's files, to read.
    pub disk: Arc<dyn Disk>,
    /// The log's public keys, as in `log.vkey`.
    pub vkeys: String,
    /// The log's name.
    pub origin: String,
    following: AtomicBool,
    size: AtomicU64,
    nudge: SyncSender<()>,
}

impl Follower {
    /// Opens the log of a data folder, or begins one by the name of `origin` (drawn at random if none is given), brings it up to the record, and starts the thread.
    ///
    /// # Errors
    /// When the keys or files cannot be used, or the log does not continue what was signed.
    pub fn start(store: Arc<dyn Store>, data: &Path, origin: Option<&str>) -> Result<Arc<Self>> {
        let keys = Arc::new(Keys::open_or_make(data, origin).context("the log's keys")?);
        let disk: Arc<dyn Disk> = Arc::new(Folder::create(&data.join("log")).context("the log's folder")?);
        let mut sequencer = open(&store, &disk, &keys).context("the log cannot be continued")?;
        while sequencer.step(STEP, now())? > 0 {}
        let (nudge, nudged) = sync_channel(1);
        let follower = Arc::new(Self {
            disk: Arc::clone(&disk),
            vkeys: keys.vkeys(),
            origin: keys.origin().to_owned(),
            following: AtomicBool::new(true),
            size: AtomicU64::new(sequencer.size()),
            nudge,
        });
        let shared = Arc::clone(&follower);
        thread::Builder::new()
            .name("sequencer".to_owned())
            .spawn(move || shared.run(&nudged, sequencer, &store, &disk, &keys))
            .context("no thread for the sequencer")?;
        Ok(follower)
    }

    /// Says that there is something new. Never waits.
    pub fn nudge(&self) {
        // A full channel means that a nudge is already waiting.
        let _ = self.nudge.try_send(());
    }

    /// Whether the last round succeeded.
    #[must_use]
    pub fn is_following(&self) -> bool {
        self.following.load(Ordering::Relaxed)
    }

    /// How many leaves the published log has.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size.load(Ordering::Relaxed)
    }

    fn run(
        &self,
        nudged: &Receiver<()>,
        sequencer: Sequencer,
        store: &Arc<dyn Store>,
        disk: &Arc<dyn Disk>,
        keys: &Arc<Keys>,
    ) {
        let mut current = Some(sequencer);
        loop {
            let wait = if current.is_some() { PACE } else { PAUSE };
            if matches!(nudged.recv_timeout(wait), Err(RecvTimeoutError::Disconnected)) {
                return;
            }
            let mut round = || -> Result<Sequencer> {
                let mut sequencer = match current.take() {
                    Some(sequencer) => sequencer,
                    None => open(store, disk, keys)?,
                };
                while sequencer.step(STEP, now())? > 0 {}
                Ok(sequencer)
            };
            match round() {
                Ok(sequencer) => {
                    self.size.store(sequencer.size(), Ordering::Relaxed);
                    metrics::gauge!("vouchsafe_log_size").set(sequencer.size() as f64);
                    self.following.store(true, Ordering::Relaxed);
                    current = Some(sequencer);
                }
                Err(error) => {
                    tracing::error!(error = format!("{error:#}"), "the log does not follow the record");
                    metrics::counter!("vouchsafe_log_failures_total").increment(1);
                    self.following.store(false, Ordering::Relaxed);
                }
            }
        }
    }
}

fn open(store: &Arc<dyn Store>, disk: &Arc<dyn Disk>, keys: &Arc<Keys>) -> Result<Sequencer> {
    Ok(Sequencer::open(Arc::new(Followed(Arc::clone(store))), Arc::clone(disk), Arc::clone(keys), now())?)
}

/// Seconds since 1970, as signatures carry them.
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(1, |since| since.as_secs().max(1))
}
