//! Acceptance: many phones at once, one sync for all of them.
//!
//! One thread takes all reports that wait, makes their attachments and envelopes durable, then their rows, and answers each
//! only after that. Were it to die in between, bytes lie there that no row names; closing the day removes them. There is no
//! counter in the way and no lock but the writer's own, so that no report fails because another came.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        mpsc::{Receiver, SyncSender, TrySendError, sync_channel},
    },
    thread::JoinHandle,
};

use jiff::civil::Date;
use seal::{ContentId, leaf::ContentRoot};
use tokio::sync::oneshot;

use super::{clock::Clock, vault::Vault};
use crate::store::{AcceptError, Kept, Lane, NewReport, Sent, StoreError, leaf::report_id};

/// Reports that may wait; a phone that finds no place is told to come back.
const WAITING: usize = 1024;
/// A batch takes no further report beyond this many, or these many bytes.
const BATCH: usize = 512;
const BATCH_BYTES: usize = 64 << 20;

/// A report that waits to be kept.
pub struct Job {
    /// What its sender sent.
    pub sent: Sent,
    /// Its envelope.
    pub envelope: Vec<u8>,
    /// Finished, durable uploads that become its attachments.
    pub uploads: Vec<(PathBuf, ContentId)>,
    /// Its sender proved a return.
    pub proven: bool,
}

type Answer = oneshot::Sender<Result<Kept, AcceptError>>;

/// The thread that keeps reports.
pub struct Writer {
    /// None only while the writer is being dropped.
    queue: Option<SyncSender<(Job, Answer)>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// Starts the thread.
    ///
    /// # Errors
    /// The operating system gives no thread.
    pub fn start(lane: Arc<dyn Lane>, vault: Arc<Vault>, clock: Arc<dyn Clock>) -> std::io::Result<Self> {
        let (queue, jobs) = sync_channel(WAITING);
        let work = move || work(&*lane, &vault, &*clock, &jobs);
        let thread = std::thread::Builder::new().name("report writer".to_owned()).spawn(work)?;
        Ok(Self { queue: Some(queue), thread: Some(thread) })
    }

    /// Puts a report into the queue; none if there is no place.
    #[must_use]
    pub fn send(&self, job: Job) -> Option<oneshot::Receiver<Result<Kept, AcceptError>>> {
        let (answer, answered) = oneshot::channel();
        match self.queue.as_ref()?.try_send((job, answer)) {
            Ok(()) => Some(answered),
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => None,
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        drop(self.queue.take());
        if let Some(thread) = self.thread.take() {
            // A panic of the thread was answered to its callers already.
            let _ = thread.join();
        }
    }
}

fn work(lane: &dyn Lane, vault: &Vault, clock: &dyn Clock, jobs: &Receiver<(Job, Answer)>) {
    while let Ok(first) = jobs.recv() {
        let mut bytes = first.0.envelope.len();
        let mut batch = vec![first];
        while batch.len() < BATCH
            && bytes < BATCH_BYTES
            && let Ok(next) = jobs.try_recv()
        {
            bytes += next.0.envelope.len();
            batch.push(next);
        }
        let mut day = clock.today();
        // At most twice: where the day ended meanwhile, all that was refused for it goes to the next.
        while !batch.is_empty() {
            let (jobs, answers): (Vec<Job>, Vec<Answer>) = batch.drain(..).unzip();
            let done = keep(lane, vault, day, &jobs);
            let mut next_day = None;
            for ((job, answer), done) in jobs.into_iter().zip(answers).zip(done) {
                match done {
                    Err(AcceptError::DayEnded { through }) if through >= day => {
                        next_day = through.tomorrow().ok();
                        batch.push((job, answer));
                    }
                    // A phone that has gone away sends its report again and gets the same promise.
                    done => drop(answer.send(done)),
                }
            }
            match next_day {
                Some(next) => day = next,
                None => break,
            }
        }
        lane.blur(clock.today());
    }
}

/// Makes a batch durable: first bytes, then rows. What is answered or fails for one report alone is so for no other.
fn keep(lane: &dyn Lane, vault: &Vault, day: Date, jobs: &[Job]) -> Vec<Result<Kept, AcceptError>> {
    let mut answered: Vec<Option<Result<Kept, AcceptError>>> = Vec::with_capacity(jobs.len());
    let mut any = false;
    for job in jobs {
        any |= !job.uploads.is_empty();
        let named = vault.keep(day, job.uploads.iter().map(|(path, name)| (path.as_path(), name)));
        answered.push(match named {
            Ok(()) => None,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Some(without_bytes(lane, job)),
            Err(error) => Some(Err(not_kept(error))),
        });
    }
    let synced = if any { vault.kept(day) } else { Ok(()) };
    let envelopes: Vec<&[u8]> = jobs.iter().map(|job| job.envelope.as_slice()).collect();
    let places = match synced.and_then(|()| vault.append(day, &envelopes)) {
        Ok(places) => places,
        Err(error) => {
            let error = not_kept(error);
            return jobs.iter().map(|_| Err(error.clone())).collect();
        }
    };
    let mut new = Vec::with_capacity(jobs.len());
    for ((job, place), answered) in jobs.iter().zip(places).zip(&mut answered) {
        if answered.is_none() {
            match NewReport::new(&job.sent, day, place, job.proven) {
                Ok(report) => new.push(report),
                // Whoever sends a job has computed the root before.
                Err(error) => *answered = Some(Err(not_kept(std::io::Error::other(error)))),
            }
        }
    }
    let mut kept = lane.accept(&new).into_iter();
    let stopped = || Err(AcceptError::Store(StoreError::Stopped));
    answered.into_iter().map(|answered| answered.unwrap_or_else(|| kept.next().unwrap_or_else(stopped))).collect()
}

/// A report whose attachments are nowhere to be found: it was kept before, on another day, or its sender uploads them again.
fn without_bytes(lane: &dyn Lane, job: &Job) -> Result<Kept, AcceptError> {
    let root = ContentRoot::of(&job.sent.envelope, &job.sent.attachments)
        .map_err(|error| not_kept(std::io::Error::other(error)))?;
    match lane.report(&report_id(&root, &job.sent.blind))? {
        Some(known) if known.mailbox == job.sent.mailbox => {
            Ok(Kept { day: known.day, leaf: known.leaf, already: true })
        }
        Some(_) => Err(AcceptError::MailboxUsed),
        None => Err(AcceptError::AttachmentMissing),
    }
}

fn not_kept(source: std::io::Error) -> AcceptError {
    tracing::error!(%source, "sealed bytes could not be kept");
    let place = "the folder of sealed bytes".to_owned();
    AcceptError::Store(match source.kind() {
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => StoreError::Full { place },
        _ => StoreError::Backend { place, source: Arc::new(source) },
    })
}
