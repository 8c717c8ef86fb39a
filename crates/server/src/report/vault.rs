//! Sealed bytes on disk: envelopes in append segments by day, attachments as files by day.
//!
//! ```text
//! blobs/uploads/UPLOAD          uploads that are not a report's yet; they do not outlive the process
//! blobs/envelopes/DAY/SEGMENT   envelopes one behind the other, in the order of arrival, until the day is closed
//! blobs/envelopes/DAY/closed    the same in the order of their reports' ids
//! blobs/attachments/DAY/ct-…    attachments of accepted reports
//! ```
//!
//! One sync makes a whole batch durable. The time of every file is set to the first moment of its day; what a file system
//! keeps beside that (the time of a change to the inode, the journal) cannot be set, and is made to tell only when the
//! server last lived, by touching everything of the open day again and again ([`Vault::blur`]).

use std::{
    collections::{HashMap, HashSet},
    fs::{self, DirBuilder, File},
    io::{self, Read as _, Write as _},
    os::unix::fs::{DirBuilderExt as _, FileExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use jiff::civil::Date;
use record::ReportId;
use seal::ContentId;

use super::uploads::Limits;
pub(super) use crate::store::set_day;
use crate::store::{Place, Report, first_moment};

/// The file of a closed day's envelopes.
const CLOSED: &str = "closed";
/// Its name in a place.
const CLOSED_SEGMENT: [u8; 16] = [0; 16];
/// Bytes at a time when files are copied or overwritten.
const PIECE: usize = 256 << 10;

/// Sealed bytes on disk.
pub struct Vault {
    root: PathBuf,
    open: Mutex<Option<Segment>>,
    free: Free,
    reserve_bytes: u64,
}

/// Tells how many bytes are free where a file lies.
pub type Free = Arc<dyn Fn(&Path) -> io::Result<u64> + Send + Sync>;

/// What the file system says.
#[must_use]
pub fn free() -> Free {
    Arc::new(|path| {
        let found = rustix::fs::statvfs(path)?;
        Ok(found.f_bavail.saturating_mul(found.f_frsize))
    })
}

struct Segment {
    day: Date,
    name: [u8; 16],
    file: File,
    length: u64,
}

fn make_folder(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    DirBuilder::new().recursive(true).mode(0o700).create(path)?;
    path.parent().map_or(Ok(()), sync_folder)
}

fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Makes a file that only its owner may read.
pub(super) fn create(path: &Path) -> io::Result<File> {
    File::options().read(true).write(true).create_new(true).mode(0o600).open(path)
}

/// The names in a folder; none where there is no folder.
fn names(folder: &Path) -> io::Result<Vec<String>> {
    let found = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        found => found?,
    };
    found.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect()
}

/// Removes a file; that it is gone already is no fault.
pub(super) fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

impl Vault {
    /// The vault of a folder, to write to. Uploads that another process left behind are removed: nobody can finish them.
    ///
    /// # Errors
    /// The file system's.
    pub fn open(blobs: &Path) -> io::Result<Self> {
        let vault = Self::to_read(blobs);
        for folder in [vault.uploads(), blobs.join("envelopes"), blobs.join("attachments")] {
            make_folder(&folder)?;
        }
        for name in names(&vault.uploads())? {
            remove(&vault.uploads().join(name))?;
        }
        Ok(vault)
    }

    /// The vault of a folder, to read from. Makes nothing.
    #[must_use]
    pub fn to_read(blobs: &Path) -> Self {
        let reserve_bytes = Limits::default().reserve_bytes;
        Self { root: blobs.to_owned(), open: Mutex::new(None), free: free(), reserve_bytes }
    }

    /// The same on a disk of which this tells the free bytes, so many of which are for reports alone.
    #[must_use]
    pub fn sparing(self, free: Free, reserve_bytes: u64) -> Self {
        Self { free, reserve_bytes, ..self }
    }

    /// The folder of uploads.
    #[must_use]
    pub fn uploads(&self) -> PathBuf {
        self.root.join("uploads")
    }

    fn envelopes(&self, day: Date) -> PathBuf {
        self.root.join("envelopes").join(day.to_string())
    }

    fn segment(&self, day: Date, name: &[u8; 16]) -> PathBuf {
        let name = if *name == CLOSED_SEGMENT { CLOSED.to_owned() } else { hex::encode(name) };
        self.envelopes(day).join(name)
    }

    /// Where an attachment lies.
    #[must_use]
    pub fn attachment(&self, day: Date, name: &ContentId) -> PathBuf {
        self.root.join("attachments").join(day.to_string()).join(name.to_string())
    }

    /// Writes a batch of envelopes behind each other; all of them are durable on return.
    ///
    /// # Errors
    /// The file system's; nothing of the batch counts then, and the next one begins a segment of its own.
    pub fn append(&self, day: Date, envelopes: &[&[u8]]) -> io::Result<Vec<Place>> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        // Taken out: after a failure nobody knows what stands at its end.
        let mut segment = match open.take().filter(|segment| segment.day == day) {
            Some(segment) => segment,
            None => self.begin(day)?,
        };
        let mut places = Vec::with_capacity(envelopes.len());
        for envelope in envelopes {
            segment.file.write_all(envelope)?;
            let bytes = envelope.len() as u64;
            places.push(Place { segment: segment.name, at: segment.length, bytes });
            segment.length += bytes;
        }
        if let Some(times) = first_moment(day) {
            rustix::fs::futimens(&segment.file, &times)?;
        }
        segment.file.sync_data()?;
        *open = Some(segment);
        Ok(places)
    }

    fn begin(&self, day: Date) -> io::Result<Segment> {
        let mut name = [0; 16];
        getrandom::fill(&mut name).map_err(io::Error::other)?;
        let folder = self.envelopes(day);
        make_folder(&folder)?;
        let file = create(&folder.join(hex::encode(name)))?;
        sync_folder(&folder)?;
        set_day(&folder, day)?;
        Ok(Segment { day, name, file, length: 0 })
    }

    /// Makes finished, durable uploads the attachments of a day; durable after [`Vault::kept`]. One that is there already
    /// stays.
    ///
    /// # Errors
    /// The file system's; repeating it is harmless.
    pub fn keep<'a>(&self, day: Date, uploads: impl Iterator<Item = (&'a Path, &'a ContentId)>) -> io::Result<()> {
        for (upload, name) in uploads {
            let target = self.attachment(day, name);
            target.parent().map_or(Ok(()), make_folder)?;
            match fs::rename(upload, &target) {
                Err(error) if error.kind() == io::ErrorKind::NotFound && target.exists() => {}
                renamed => renamed?,
            }
            set_day(&target, day)?;
        }
        Ok(())
    }

    /// Makes the names of a day's new attachments durable.
    ///
    /// # Errors
    /// The file system's.
    pub fn kept(&self, day: Date) -> io::Result<()> {
        let folder = self.root.join("attachments").join(day.to_string());
        sync_folder(&folder)?;
        set_day(&folder, day)?;
        set_day(&self.uploads(), day)
    }

    /// Reads an envelope.
    ///
    /// # Errors
    /// The file system's.
    pub fn envelope(&self, day: Date, place: &Place) -> io::Result<Vec<u8>> {
        let length = usize::try_from(place.bytes).unwrap_or(usize::MAX);
        if length > super::body::MAX_ENVELOPE_BYTES {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        let mut bytes = vec![0; length];
        File::open(self.segment(day, &place.segment))?.read_exact_at(&mut bytes, place.at)?;
        Ok(bytes)
    }

    /// Writes a day's envelopes anew, in the order of the reports that are given, and says where each lies then; durable on
    /// return. What is there already stays until [`Vault::tidy`]. Run again with the same reports it does the same.
    ///
    /// # Errors
    /// The file system's.
    pub fn close(&self, day: Date, reports: &[Report]) -> io::Result<HashMap<ReportId, Place>> {
        let folder = self.envelopes(day);
        let draft = folder.join("closed.new");
        remove(&draft)?;
        make_folder(&folder)?;
        let mut file = io::BufWriter::with_capacity(PIECE, create(&draft)?);
        let (mut places, mut at) = (HashMap::with_capacity(reports.len()), 0);
        for report in reports {
            let Some(place) = &report.place else { continue };
            file.write_all(&self.envelope(day, place)?)?;
            places.insert(report.id, Place { segment: CLOSED_SEGMENT, at, bytes: place.bytes });
            at += place.bytes;
        }
        let file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.sync_all()?;
        drop(file);
        fs::rename(&draft, folder.join(CLOSED))?;
        set_day(&folder.join(CLOSED), day)?;
        sync_folder(&folder)?;
        Ok(places)
    }

    /// Removes what no report of a closed day needs any more: the segments in the order of arrival, and files that never
    /// became a report's.
    ///
    /// # Errors
    /// The file system's; repeating it is harmless.
    pub fn tidy(&self, day: Date, reports: &[Report]) -> io::Result<()> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if open.as_ref().is_some_and(|segment| segment.day == day) {
            *open = None;
        }
        drop(open);
        let needed: HashSet<String> =
            reports.iter().flat_map(|report| &report.attachments).map(ContentId::to_string).collect();
        let folder = self.envelopes(day);
        for name in names(&folder)?.into_iter().filter(|name| name != CLOSED) {
            overwrite(&folder.join(&name), 0, None)?;
            remove(&folder.join(name))?;
        }
        let beside = self.root.join("attachments").join(day.to_string());
        for name in names(&beside)? {
            if !needed.contains(&name) {
                remove(&beside.join(&name))?;
            } else {
                set_day(&beside.join(&name), day)?;
            }
        }
        for folder in [folder, beside].iter().filter(|folder| folder.is_dir()) {
            sync_folder(folder)?;
            set_day(folder, day)?;
        }
        Ok(())
    }

    /// The days that have envelopes here.
    ///
    /// # Errors
    /// The file system's.
    pub fn days(&self) -> io::Result<Vec<Date>> {
        Ok(names(&self.root.join("envelopes"))?.iter().filter_map(|name| name.parse().ok()).collect())
    }

    /// Whether a day has nothing but its closed segment.
    ///
    /// # Errors
    /// The file system's.
    pub fn is_tidy(&self, day: Date) -> io::Result<bool> {
        Ok(names(&self.envelopes(day))?.iter().all(|name| name == CLOSED))
    }

    /// Destroys the sealed bytes of a report: its envelope is overwritten in its place, its attachments go. Run again it
    /// does the same.
    ///
    /// # Errors
    /// The file system's.
    pub fn destroy(&self, report: &Report) -> io::Result<()> {
        if let Some(place) = &report.place {
            let path = self.segment(report.day, &place.segment);
            if path.exists() {
                overwrite(&path, place.at, Some(place.bytes))?;
                set_day(&path, report.day)?;
            }
        }
        for name in &report.attachments {
            let path = self.attachment(report.day, name);
            if path.exists() {
                overwrite(&path, 0, None)?;
                remove(&path)?;
            }
        }
        let folder = self.root.join("attachments").join(report.day.to_string());
        if folder.is_dir() {
            sync_folder(&folder)?;
            set_day(&folder, report.day)?;
        }
        Ok(())
    }

    /// Touches everything of the day that is open, so that the times which cannot be set tell only when the server last
    /// lived. What goes wrong is told in the traces; the times that can be set are right all the same.
    pub fn blur(&self, day: Date) {
        let folders = [
            self.root.clone(),
            self.uploads(),
            self.root.join("envelopes"),
            self.root.join("attachments"),
            self.envelopes(day),
            self.root.join("attachments").join(day.to_string()),
        ];
        for folder in folders.iter().filter(|folder| folder.is_dir()) {
            let blurred = names(folder).and_then(|names| {
                names.iter().map(|name| folder.join(name)).filter(|path| path.is_file()).try_for_each(|path| {
                    match set_day(&path, day) {
                        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
                        set => set,
                    }
                })?;
                set_day(folder, day)
            });
            if let Err(error) = blurred {
                tracing::warn!(%error, "the times of sealed files could not be set to the day");
            }
        }
    }

    /// Bytes that are free where sealed bytes lie.
    ///
    /// # Errors
    /// The file system's.
    pub fn free_bytes(&self) -> io::Result<u64> {
        (self.free)(&self.root)
    }
}

/// Writes zeroes over a part of a file, or over all of it; durable on return. A file system that copies on write keeps the
/// old blocks until it needs their place.
fn overwrite(path: &Path, from: u64, bytes: Option<u64>) -> io::Result<()> {
    let file = File::options().write(true).open(path)?;
    let end = bytes.map_or(file.metadata()?.len(), |bytes| from + bytes);
    let zeroes = vec![0; PIECE];
    let mut at = from;
    while at < end {
        let now = usize::try_from(end - at).unwrap_or(PIECE).min(PIECE);
        file.write_all_at(zeroes.get(..now).unwrap_or_default(), at)?;
        at += now as u64;
    }
    file.sync_data()
}

/// The name of a file's bytes.
///
/// # Errors
/// The file system's.
pub fn name_of(path: &Path) -> io::Result<ContentId> {
    use sha2::Digest as _;
    let mut file = File::open(path)?;
    let mut hash = sha2::Sha256::new();
    let mut piece = vec![0; PIECE];
    loop {
        match file.read(&mut piece)? {
            0 => return Ok(ContentId::from_hash(hash.finalize().into())),
            read => hash.update(piece.get(..read).unwrap_or_default()),
        }
    }
}
