//! Uploads of sealed attachments before they belong to a report.
//!
//! What is known of an upload stands in memory only: a phone can go on with it as long as its page lives (after that the
//! key of the attachment is gone), and not after a start of the server. So nothing on the disk says when it began. Limits
//! are for all together, never by address: so many bytes announced at once, and always so much disk left for reports and for
//! what was announced before.
//!
//! Announcing costs little, so what is only announced keeps nobody out: short uploads have a part of everything that long ones
//! cannot take, one of which nothing comes is forgotten within minutes, and where there is no place the one that stands still
//! and has come least far makes some.

use std::{
    collections::HashMap,
    fs::File,
    io::{self, Seek as _, Write as _},
    path::PathBuf,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use record::ReportId;
use seal::ContentId;
use sha2::{Digest as _, Sha256};

use super::{
    body::UploadId,
    clock::Clock,
    files::{create, remove},
    limits::Limits,
    vault::Vault,
};
use crate::store::set_day;

/// How long an upload is kept that nothing is added to.
const KEPT: Duration = Duration::from_secs(24 * 3600);
/// How long one is kept of which nothing came at all.
const EMPTY: Duration = Duration::from_secs(5 * 60);
/// How long one stands still before it may have to make place for another; one that is whole waits for its report.
const STILL: Duration = Duration::from_secs(60);
const WHOLE_STILL: Duration = Duration::from_secs(3600);
/// How long a report waits for an upload to which somebody still writes.
const WRITTEN_TO: Duration = Duration::from_secs(3);

/// Up to here an upload is short: a photo, sound, a short film.
const SHORT_BYTES: u64 = 64 << 20;

/// The longest upload: 4 GiB, padded and sealed (a sixteenth more is enough for both).
pub const MAX_UPLOAD_BYTES: u64 = (4 << 30) + (4 << 30) / 16;

/// One upload.
pub struct Upload {
    path: PathBuf,
    length: u64,
    offset: u64,
    /// The offset again, for whoever asks how much is still to come while a part is written.
    came: Arc<AtomicU64>,
    hash: Sha256,
    touched: Instant,
    whole: Option<ContentId>,
    claimed: Option<ReportId>,
}

/// Why an upload does not begin or go on.
#[derive(Debug, thiserror::Error)]
pub enum UploadError {
    /// Longer than any may be.
    #[error("an upload may have {MAX_UPLOAD_BYTES} bytes")]
    TooLong,
    /// All together announce too much, or the disk is needed for reports.
    #[error("there is no place for uploads now")]
    Full,
    /// There is none of this name.
    #[error("there is no such upload")]
    Absent,
    /// It is not whole.
    #[error("the upload is not finished")]
    Unfinished,
    /// It holds other bytes than were named, or is another report's.
    #[error("the upload holds other bytes than the report names")]
    Differs,
    /// The file system failed.
    #[error("the upload could not be written")]
    File(#[from] io::Error),
}

/// All uploads.
pub struct Uploads {
    vault: Arc<Vault>,
    clock: Arc<dyn Clock>,
    limits: Limits,
    all: Mutex<All>,
}

/// An upload whose body may be being written.
pub type Shared = Arc<tokio::sync::Mutex<Upload>>;

/// An upload that is known, with the length that it announced.
struct Known {
    length: u64,
    came: Arc<AtomicU64>,
    upload: Shared,
}

/// Each upload by its id.
type All = HashMap<[u8; 16], Known>;

/// What becomes of what a report had claimed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// The report is kept, and has them.
    Kept,
    /// It is not; anybody may name them again.
    Dropped,
    /// Nobody can tell; they stay this report's, which may come again.
    Open,
}

impl Uploads {
    /// None yet.
    #[must_use]
    pub fn new(vault: Arc<Vault>, clock: Arc<dyn Clock>, limits: Limits) -> Self {
        Self { vault, clock, limits, all: Mutex::new(HashMap::new()) }
    }

    /// Whether uploads may go on, or what is left of the disk is the reports'.
    #[must_use]
    pub fn may_go_on(&self) -> bool {
        self.vault.free_bytes().is_ok_and(|free| free >= self.limits.reserve_bytes)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, All> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins an upload of so many bytes.
    ///
    /// # Errors
    /// See [`UploadError`].
    pub fn begin(&self, length: u64) -> Result<UploadId, UploadError> {
        self.begin_at(length, Instant::now())
    }

    fn begin_at(&self, length: u64, now: Instant) -> Result<UploadId, UploadError> {
        if length > MAX_UPLOAD_BYTES {
            return Err(UploadError::TooLong);
        }
        self.forget_old(now);
        let mut id = [0; 16];
        getrandom::fill(&mut id).map_err(io::Error::other)?;
        let path = self.vault.uploads().join(hex::encode(id));
        let mut all = self.lock();
        while !self.has_place(&all, self.vault.free_bytes()?, length) {
            if !make_place(&mut all, now) {
                return Err(UploadError::Full);
            }
        }
        let file = create(&path)?;
        set_day(&path, self.clock.today())?;
        let came = Arc::new(AtomicU64::new(0));
        let mut upload = Upload {
            path,
            length,
            offset: 0,
            came: Arc::clone(&came),
            hash: Sha256::new(),
            touched: now,
            whole: None,
            claimed: None,
        };
        if length == 0 {
            upload.finish(&file)?;
        }
        all.insert(id, Known { length, came, upload: Arc::new(tokio::sync::Mutex::new(upload)) });
        Ok(UploadId(id))
    }

    /// Whether one more of this length has place: among what is announced, and on the disk beside all that is still to come.
    fn has_place(&self, all: &All, free: u64, length: u64) -> bool {
        let announced: u64 = all.values().map(|known| known.length).sum();
        let to_come: u64 =
            all.values().map(|known| known.length.saturating_sub(known.came.load(Ordering::Relaxed))).sum();
        let for_uploads = free.saturating_sub(self.limits.reserve_bytes);
        let part = |whole: u64| if length <= SHORT_BYTES { whole } else { whole / 4 * 3 };
        all.len() < self.limits.count
            && announced.saturating_add(length) <= part(self.limits.total_bytes)
            && to_come.saturating_add(length) <= part(for_uploads)
    }

    /// The upload of this name.
    #[must_use]
    pub fn find(&self, id: &UploadId) -> Option<Shared> {
        self.lock().get(&id.0).map(|known| Arc::clone(&known.upload))
    }

    /// Removes an upload, unless it is a report's or is being written to.
    ///
    /// # Errors
    /// There is none, or its file stays.
    pub fn remove(&self, id: &UploadId) -> Result<(), UploadError> {
        let mut all = self.lock();
        let known = all.get(&id.0).ok_or(UploadError::Absent)?;
        // What is written to at this moment goes when it is old, or by a later call.
        let Ok(upload) = known.upload.try_lock() else { return Err(UploadError::Unfinished) };
        if upload.claimed.is_some() {
            return Err(UploadError::Absent);
        }
        remove(&upload.path)?;
        drop(upload);
        all.remove(&id.0);
        Ok(())
    }

    /// Claims a finished upload for a report, if it holds what the report names; gives where it lies. One to which somebody still
    /// writes is not finished, however long that takes.
    ///
    /// # Errors
    /// See [`UploadError`].
    pub async fn claim(&self, id: &UploadId, name: &ContentId, report: &ReportId) -> Result<PathBuf, UploadError> {
        let upload = self.find(id).ok_or(UploadError::Absent)?;
        let lock = tokio::time::timeout(WRITTEN_TO, upload.lock()).await;
        let mut upload = lock.map_err(|_| UploadError::Unfinished)?;
        match upload.whole {
            None => return Err(UploadError::Unfinished),
            Some(whole) if whole != *name => return Err(UploadError::Differs),
            Some(_) => {}
        }
        if upload.claimed.is_some_and(|claimed| claimed != *report) {
            return Err(UploadError::Differs);
        }
        upload.claimed = Some(*report);
        upload.touched = Instant::now();
        Ok(upload.path.clone())
    }

    /// Forgets uploads that have become a report's attachments, or frees those that have not.
    pub async fn settle(&self, ids: &[UploadId], claim: Claim) {
        for id in ids {
            match claim {
                Claim::Kept => {
                    let Some(known) = self.lock().remove(&id.0) else { continue };
                    // Its bytes have a second name, among the attachments; this one goes.
                    if let Err(error) = remove(&known.upload.lock().await.path) {
                        tracing::warn!(%error, "an upload that became an attachment could not be removed");
                    }
                }
                Claim::Dropped => {
                    if let Some(upload) = self.find(id) {
                        upload.lock().await.claimed = None;
                    }
                }
                Claim::Open => {}
            }
        }
        if claim == Claim::Kept
            && !ids.is_empty()
            && let Err(error) = set_day(&self.vault.uploads(), self.clock.today())
        {
            tracing::warn!(%error, "the time of the folder of uploads could not be set to the day");
        }
    }

    /// Removes uploads that nothing was added to for a day, and within minutes those of which nothing came.
    pub fn forget_old(&self, now: Instant) {
        self.lock().retain(|_, known| {
            let Ok(upload) = known.upload.try_lock() else { return true };
            let kept = if upload.offset == 0 && upload.length > 0 { EMPTY } else { KEPT };
            let young = now.saturating_duration_since(upload.touched) < kept;
            if !young && let Err(error) = remove(&upload.path) {
                tracing::warn!(%error, "an old upload could not be removed");
            }
            young
        });
    }
}

/// Removes the upload that stands still and has come least far; `false` if every one goes on.
fn make_place(all: &mut All, now: Instant) -> bool {
    let idle = all.iter().filter_map(|(id, known)| {
        let upload = known.upload.try_lock().ok()?;
        let still = if upload.whole.is_some() { WHOLE_STILL } else { STILL };
        let idle = upload.claimed.is_none() && now.saturating_duration_since(upload.touched) >= still;
        idle.then_some((upload.offset, *id))
    });
    let Some((_, least)) = idle.min() else { return false };
    let removed = all.get(&least).and_then(|known| Some(remove(&known.upload.try_lock().ok()?.path)));
    match removed {
        Some(Ok(())) => all.remove(&least).is_some(),
        Some(Err(error)) => {
            tracing::warn!(%error, "an upload that stands still could not be removed");
            false
        }
        None => false,
    }
}

/// Where an upload stood before a part of it came, to go back to if the part is refused.
pub struct Mark {
    offset: u64,
    hash: Sha256,
}

impl Upload {
    /// How many bytes it has in all.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.length
    }

    /// How many of them are there.
    #[must_use]
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// Where it stands.
    #[must_use]
    pub fn mark(&self) -> Mark {
        Mark { offset: self.offset, hash: self.hash.clone() }
    }

    /// Its file, to append to. Open only while a part comes: uploads that wait hold nothing of the process.
    ///
    /// # Errors
    /// The file system's.
    pub fn open(&self) -> io::Result<File> {
        let mut file = File::options().write(true).open(&self.path)?;
        // What a part that was cut off has left behind the offset is written over.
        file.seek(io::SeekFrom::Start(self.offset))?;
        Ok(file)
    }

    /// Appends bytes to its file.
    ///
    /// # Errors
    /// There are more than were announced, or the file system failed; then it stands where it stood.
    pub fn append(&mut self, file: &mut File, bytes: &[u8]) -> Result<(), UploadError> {
        let offset = self.offset.saturating_add(bytes.len() as u64);
        if offset > self.length {
            return Err(UploadError::TooLong);
        }
        if let Err(error) = file.write_all(bytes) {
            let mark = self.mark();
            self.back_to(file, mark)?;
            return Err(error.into());
        }
        self.hash.update(bytes);
        self.stands_at(offset);
        self.touched = Instant::now();
        Ok(())
    }

    /// Goes back to where it stood.
    ///
    /// # Errors
    /// The file system's.
    pub fn back_to(&mut self, file: &mut File, mark: Mark) -> io::Result<()> {
        file.set_len(mark.offset)?;
        file.seek(io::SeekFrom::Start(mark.offset))?;
        self.stands_at(mark.offset);
        self.hash = mark.hash;
        Ok(())
    }

    fn stands_at(&mut self, offset: u64) {
        self.offset = offset;
        self.came.store(offset, Ordering::Relaxed);
    }

    /// What follows a part: the file's time tells the day; what is whole is durable and has its name.
    ///
    /// # Errors
    /// The file system's.
    pub fn rest(&mut self, file: &File, clock: &dyn Clock) -> io::Result<()> {
        if self.offset == self.length && self.whole.is_none() {
            self.finish(file)?;
        }
        set_day(&self.path, clock.today())
    }

    fn finish(&mut self, file: &File) -> io::Result<()> {
        file.sync_all()?;
        self.whole = Some(ContentId::from_hash(self.hash.clone().finalize().into()));
        Ok(())
    }
}

#[cfg(test)]
mod tests;
