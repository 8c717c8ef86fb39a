//! Uploads of sealed attachments before they belong to a report.
//!
//! What is known of an upload stands in memory only: a phone can go on with it as long as its page lives (after that the
//! key of the attachment is gone), and not after a start of the server. So nothing on the disk says when it began. Limits
//! are for all together, never by address: so many bytes announced at once, and always so much disk left for reports.

use std::{
    collections::HashMap,
    fs::File,
    io::{self, Seek as _, Write as _},
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use record::ReportId;
use seal::ContentId;
use sha2::{Digest as _, Sha256};

use super::{
    body::UploadId,
    clock::Clock,
    vault::{Vault, create, remove, set_day},
};

/// How long an upload is kept that nothing is added to.
const KEPT: Duration = Duration::from_secs(24 * 3600);

/// The longest upload: 4 GiB, padded and sealed (a sixteenth more is enough for both).
pub const MAX_UPLOAD_BYTES: u64 = (4 << 30) + (4 << 30) / 16;

/// What all uploads may announce together, and the disk that they must leave free.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes announced by all uploads together.
    pub total_bytes: u64,
    /// Uploads at a time.
    pub count: usize,
    /// Bytes of disk that stay free for reports.
    pub reserve_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { total_bytes: 64 << 30, count: 20_000, reserve_bytes: 2 << 30 }
    }
}

/// One upload.
pub struct Upload {
    path: PathBuf,
    length: u64,
    offset: u64,
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

/// Each upload by its id, with the length that it announced.
type All = HashMap<[u8; 16], (u64, Shared)>;

impl Uploads {
    /// None yet.
    #[must_use]
    pub fn new(vault: Arc<Vault>, clock: Arc<dyn Clock>, limits: Limits) -> Self {
        Self { vault, clock, limits, all: Mutex::new(HashMap::new()) }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, All> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins an upload of so many bytes.
    ///
    /// # Errors
    /// See [`UploadError`].
    pub fn begin(&self, length: u64) -> Result<UploadId, UploadError> {
        if length > MAX_UPLOAD_BYTES {
            return Err(UploadError::TooLong);
        }
        self.forget_old();
        if self.vault.free_bytes()? < self.limits.reserve_bytes.saturating_add(length) {
            return Err(UploadError::Full);
        }
        let mut id = [0; 16];
        getrandom::fill(&mut id).map_err(io::Error::other)?;
        let path = self.vault.uploads().join(hex::encode(id));
        let mut all = self.lock();
        let announced: u64 = all.values().map(|(length, _)| *length).sum();
        if all.len() >= self.limits.count || announced.saturating_add(length) > self.limits.total_bytes {
            return Err(UploadError::Full);
        }
        let file = create(&path)?;
        set_day(&path, self.clock.today())?;
        let mut upload = Upload {
            path,
            length,
            offset: 0,
            hash: Sha256::new(),
            touched: Instant::now(),
            whole: None,
            claimed: None,
        };
        if length == 0 {
            upload.finish(&file)?;
        }
        all.insert(id, (length, Arc::new(tokio::sync::Mutex::new(upload))));
        Ok(UploadId(id))
    }

    /// The upload of this name.
    #[must_use]
    pub fn find(&self, id: &UploadId) -> Option<Shared> {
        self.lock().get(&id.0).map(|(_, upload)| Arc::clone(upload))
    }

    /// Removes an upload, unless it is a report's or is being written to.
    ///
    /// # Errors
    /// There is none, or its file stays.
    pub fn remove(&self, id: &UploadId) -> Result<(), UploadError> {
        let mut all = self.lock();
        let (_, upload) = all.get(&id.0).ok_or(UploadError::Absent)?;
        // What is written to at this moment goes when it is old, or by a later call.
        let Ok(upload) = upload.try_lock() else { return Err(UploadError::Unfinished) };
        if upload.claimed.is_some() {
            return Err(UploadError::Absent);
        }
        remove(&upload.path)?;
        drop(upload);
        all.remove(&id.0);
        Ok(())
    }

    /// Claims a finished upload for a report, if it holds what the report names; gives where it lies.
    ///
    /// # Errors
    /// See [`UploadError`].
    pub async fn claim(&self, id: &UploadId, name: &ContentId, report: &ReportId) -> Result<PathBuf, UploadError> {
        let upload = self.find(id).ok_or(UploadError::Absent)?;
        let mut upload = upload.lock().await;
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

    /// Forgets uploads that have become a report's attachments, or were not claimed after all.
    pub async fn settle(&self, ids: &[UploadId], kept: bool) {
        for id in ids {
            if kept {
                self.lock().remove(&id.0);
            } else if let Some(upload) = self.find(id) {
                upload.lock().await.claimed = None;
            }
        }
    }

    /// Removes uploads that nothing was added to for a day.
    pub fn forget_old(&self) {
        self.lock().retain(|_, (_, upload)| {
            let Ok(upload) = upload.try_lock() else { return true };
            let young = upload.touched.elapsed() < KEPT;
            if !young && let Err(error) = remove(&upload.path) {
                tracing::warn!(%error, "an old upload could not be removed");
            }
            young
        });
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
        self.offset = offset;
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
        self.offset = mark.offset;
        self.hash = mark.hash;
        Ok(())
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
