//! Sealed bytes on disk: envelopes in append segments by day, attachments as files by day.
//!
//! ```text
//! blobs/uploads/UPLOAD          uploads until their report is kept; they do not outlive the process
//! blobs/envelopes/DAY/SEGMENT   envelopes one behind the other, in the order of arrival, until the day is closed
//! blobs/envelopes/DAY/closed    the same in the order of their reports' ids
//! blobs/attachments/DAY/ct-…    attachments of accepted reports
//! blobs/puts/DAY-ct-…           calls that put one of a closed day into object storage and had no answer yet
//! ```
//!
//! Attachments of closed days may lie in object storage instead (`remote`); in which one, `blobs/objects` says from the
//! first on.
//!
//! One sync makes a whole batch durable. The time of every file is set to the first moment of its day; what a file system
//! keeps beside that (the time of a change to the inode, the journal) cannot be set, and is made to tell only when the
//! server last lived, by touching everything of the open day again and again ([`Vault::blur`]).

use std::{
    collections::{HashMap, HashSet},
    fs::{self, DirBuilder, File},
    io::{self, Write as _},
    os::unix::fs::{DirBuilderExt as _, FileExt as _},
    path::{Path, PathBuf},
    sync::{Mutex, OnceLock, PoisonError},
};

use jiff::civil::Date;
use record::ReportId;
use seal::ContentId;

use super::{
    files::{Free, PIECE, create, free, names, overwrite, overwrite_file, remove, sync_folder},
    limits::Limits,
    objects::Objects,
};
use crate::store::{Place, Report, first_moment, set_day};

/// The file of a closed day's envelopes.
const CLOSED: &str = "closed";
/// Its name in a place.
const CLOSED_SEGMENT: [u8; 16] = [0; 16];
/// Sealed bytes on disk.
pub struct Vault {
    pub(super) root: PathBuf,
    open: Mutex<Option<Segment>>,
    /// Folders whose names this process has made durable.
    named: Mutex<HashSet<PathBuf>>,
    /// Closed days of whose attachments this process knows that none tells when it came.
    pub(super) reborn: Mutex<HashSet<Date>>,
    free: Free,
    reserve_bytes: u64,
    /// Object storage, as soon as somebody asks for it.
    pub(super) objects: OnceLock<Option<Objects>>,
}

struct Segment {
    day: Date,
    name: [u8; 16],
    file: File,
    length: u64,
}

impl Vault {
    /// The vault of a folder, to write to. Uploads that another process left behind are removed: nobody can finish them.
    ///
    /// # Errors
    /// The file system's.
    pub fn open(blobs: &Path) -> io::Result<Self> {
        let vault = Self::to_read(blobs);
        for folder in [blobs.to_owned(), vault.uploads(), blobs.join("envelopes"), blobs.join("attachments")] {
            vault.make_folder(&folder)?;
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
        Self {
            root: blobs.to_owned(),
            open: Mutex::default(),
            named: Mutex::default(),
            reborn: Mutex::default(),
            free: free(),
            reserve_bytes,
            objects: OnceLock::new(),
        }
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

    /// Makes a folder whose name is durable on return. One that is there may have been left by a process that died before
    /// its name was: so the first use in each process makes it durable once more.
    pub(super) fn make_folder(&self, path: &Path) -> io::Result<()> {
        let mut named = self.named.lock().unwrap_or_else(PoisonError::into_inner);
        if named.contains(path) && path.is_dir() {
            return Ok(());
        }
        DirBuilder::new().recursive(true).mode(0o700).create(path)?;
        path.parent().map_or(Ok(()), sync_folder)?;
        named.insert(path.to_owned());
        Ok(())
    }

    fn envelopes(&self, day: Date) -> PathBuf {
        self.root.join("envelopes").join(day.to_string())
    }

    fn segment(&self, day: Date, name: &[u8; 16]) -> PathBuf {
        let name = if *name == CLOSED_SEGMENT { CLOSED.to_owned() } else { hex::encode(name) };
        self.envelopes(day).join(name)
    }

    /// The folder of a day's attachments.
    pub(super) fn attachments(&self, day: Date) -> PathBuf {
        self.root.join("attachments").join(day.to_string())
    }

    /// Where an attachment lies.
    #[must_use]
    pub fn attachment(&self, day: Date, name: &ContentId) -> PathBuf {
        self.attachments(day).join(name.to_string())
    }

    /// The file of a closed day's envelopes.
    pub(super) fn closed(&self, day: Date) -> PathBuf {
        self.segment(day, &CLOSED_SEGMENT)
    }

    /// Whether so many more bytes may be written, and reports still have their disk.
    pub(super) fn has_room(&self, bytes: u64) -> io::Result<bool> {
        Ok(self.free_bytes()? >= self.reserve_bytes.saturating_add(bytes))
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
        self.make_folder(&folder)?;
        let file = create(&folder.join(hex::encode(name)))?;
        sync_folder(&folder)?;
        set_day(&folder, day)?;
        Ok(Segment { day, name, file, length: 0 })
    }

    /// Makes finished, durable uploads the attachments of a day; durable after [`Vault::kept`]. One that is there already
    /// stays. An upload keeps its own name beside: should the report not be kept after all, or on another day, the bytes are
    /// still where its sender may name them again, and closing this day takes nothing but the second name.
    ///
    /// # Errors
    /// The file system's: `NotFound` where the bytes are nowhere. Repeating it is harmless.
    pub fn keep<'a>(&self, day: Date, uploads: impl Iterator<Item = (&'a Path, &'a ContentId)>) -> io::Result<()> {
        for (upload, name) in uploads {
            let target = self.attachment(day, name);
            target.parent().map_or(Ok(()), |folder| self.make_folder(folder))?;
            match fs::hard_link(upload, &target) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) if error.kind() == io::ErrorKind::NotFound && target.exists() => {}
                named => named?,
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
        let folder = self.attachments(day);
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

    /// Writes a day's envelopes anew, in the order of the reports that are given, and says where each lies then, but for those
    /// that are not there; durable on return. What is there already stays until [`Vault::tidy`]. Run again with the same reports it does the same.
    ///
    /// # Errors
    /// The file system's.
    pub fn close(&self, day: Date, reports: &[Report]) -> io::Result<HashMap<ReportId, Place>> {
        let folder = self.envelopes(day);
        let draft = folder.join("closed.new");
        remove(&draft)?;
        self.make_folder(&folder)?;
        let mut file = io::BufWriter::with_capacity(PIECE, create(&draft)?);
        let (mut places, mut at) = (HashMap::with_capacity(reports.len()), 0);
        for report in reports {
            let Some(place) = &report.place else { continue };
            let envelope = match self.envelope(day, place) {
                // What is gone keeps no other report from its place; it is named by its old one, should it be found again.
                Err(error) if [io::ErrorKind::NotFound, io::ErrorKind::UnexpectedEof].contains(&error.kind()) => {
                    continue;
                }
                envelope => envelope?,
            };
            file.write_all(&envelope)?;
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
        let named: HashSet<String> =
            reports.iter().filter_map(|report| report.place).map(|place| hex::encode(place.segment)).collect();
        for name in names(&folder)?.into_iter().filter(|name| name != CLOSED && !named.contains(name)) {
            overwrite(&folder.join(&name), 0, None)?;
            remove(&folder.join(name))?;
        }
        let beside = self.attachments(day);
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

    /// Destroys the sealed bytes of a report: its envelope is overwritten in its place, its attachments go, but for those that
    /// another report of its day has too. Run again it does the same.
    ///
    /// # Errors
    /// The file system's.
    pub fn destroy(&self, report: &Report, of_day: &[Report]) -> io::Result<()> {
        let kept: HashSet<&ContentId> = of_day
            .iter()
            .filter(|other| other.id != report.id && other.blind.is_some())
            .flat_map(|other| &other.attachments)
            .collect();
        if let Some(place) = &report.place {
            let path = self.segment(report.day, &place.segment);
            if path.exists() {
                overwrite(&path, place.at, Some(place.bytes))?;
                set_day(&path, report.day)?;
            }
        }
        for name in report.attachments.iter().filter(|name| !kept.contains(name)) {
            let path = self.attachment(report.day, name);
            match File::options().write(true).open(&path) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                file => {
                    let file = file?;
                    // Whoever moves it to object storage at this moment would put there what has just been removed.
                    file.try_lock().map_err(io::Error::from)?;
                    overwrite_file(&file, 0, None)?;
                    remove(&path)?;
                }
            }
            if let Some(objects) = self.objects()? {
                objects.remove(report.day, name)?;
                if self.may_land(report.day, name)? {
                    let what = "a call that put an attachment into object storage had no answer and may still land: \
                                it is removed again and again for a day";
                    return Err(io::Error::new(io::ErrorKind::ResourceBusy, what));
                }
                self.end_put(report.day, name)?;
            }
        }
        let folder = self.attachments(report.day);
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
            self.attachments(day),
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
