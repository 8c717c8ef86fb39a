//! What a vault knows of object storage: which one holds attachments of this folder, how they are read there, and which calls that
//! put one there had no answer.

use std::{
    fs::{self, File},
    io::{self, Read, Write as _},
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use jiff::civil::Date;
use seal::ContentId;

use super::{
    files::{create, name_of_bytes, remove, sync_folder},
    objects::{FILE, Objects, ObjectsError},
    uploads::MAX_UPLOAD_BYTES,
    vault::Vault,
};

/// The file that says in which object storage attachments lie.
const USED: &str = "objects";
/// A put whose answer never came lands within this time, or never.
const LANDS_WITHIN: Duration = Duration::from_secs(24 * 3600);

/// An attachment's file while it is read.
struct Local(File);

impl Read for Local {
    fn read(&mut self, piece: &mut [u8]) -> io::Result<usize> {
        let read = self.0.read(piece)?;
        // What was moved or erased meanwhile was overwritten, behind its last name.
        if read == 0 && !piece.is_empty() && self.0.metadata()?.nlink() == 0 {
            let what = "it was moved to object storage, or erased, while it was read: read it again";
            return Err(io::Error::new(io::ErrorKind::ResourceBusy, what));
        }
        Ok(read)
    }
}

impl Vault {
    /// The object storage of this data folder, if its folder of keys names one.
    ///
    /// # Errors
    /// The file that names it cannot be read, or is wrong.
    pub fn objects(&self) -> Result<Option<&Objects>, ObjectsError> {
        let keys = self.root.parent().unwrap_or(Path::new("")).join("keys");
        let found = match self.objects.get() {
            Some(known) => known.as_ref(),
            None => {
                let found = Objects::of(&keys)?;
                self.objects.get_or_init(|| found).as_ref()
            }
        };
        // Asked each time, since another process may have begun to move. What lies elsewhere would be neither found nor erased, and
        // the one be called missing and the other done.
        let used = self.objects_used()?;
        if let Some(used) = used.filter(|used| found.is_none_or(|found| found.place() != *used)) {
            let named = found.map(Objects::place);
            return Err(ObjectsError::Elsewhere { used, named, keys: keys.join(FILE) });
        }
        Ok(found)
    }

    /// Where it is written down that a put may still be under way in the storage.
    fn put(&self, day: Date, name: &ContentId) -> PathBuf {
        self.root.join("puts").join(format!("{day}-{name}"))
    }

    /// Writes down that an attachment is being put; durable on return. False where an earlier put of it did not end well.
    ///
    /// # Errors
    /// The file system's.
    pub(super) fn open_put(&self, day: Date, name: &ContentId) -> io::Result<bool> {
        let path = self.put(day, name);
        path.parent().map_or(Ok(()), |folder| self.make_folder(folder))?;
        match create(&path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                // The time counts anew.
                File::options().write(true).open(&path)?.set_modified(SystemTime::now())?;
                Ok(false)
            }
            made => {
                made?.sync_all()?;
                path.parent().map_or(Ok(()), sync_folder)?;
                Ok(true)
            }
        }
    }

    /// Takes that back.
    ///
    /// # Errors
    /// The file system's.
    pub(super) fn end_put(&self, day: Date, name: &ContentId) -> io::Result<()> {
        remove(&self.put(day, name))
    }

    /// Whether an earlier put, whose answer never came, may still land.
    pub(super) fn may_land(&self, day: Date, name: &ContentId) -> io::Result<bool> {
        match fs::metadata(self.put(day, name)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            // A clock that went back says nothing, so it may.
            found => Ok(!found?.modified()?.elapsed().is_ok_and(|since| since >= LANDS_WITHIN)),
        }
    }

    /// The object storage in which attachments of this folder lie.
    fn objects_used(&self) -> io::Result<Option<String>> {
        match fs::read_to_string(self.root.join(USED)) {
            Ok(text) => Ok(Some(text.trim_end().to_owned())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Writes down in which object storage attachments lie; durable on return.
    ///
    /// # Errors
    /// The file system's.
    pub(super) fn use_objects(&self, objects: &Objects) -> io::Result<()> {
        // That it is this one was compared when it was asked for.
        if self.objects_used()?.is_some() {
            return Ok(());
        }
        let (path, draft) = (self.root.join(USED), self.root.join(format!("{USED}.new")));
        remove(&draft)?;
        let mut file = create(&draft)?;
        writeln!(file, "{}", objects.place())?;
        file.sync_all()?;
        fs::rename(&draft, &path)?;
        sync_folder(&self.root)
    }

    /// Reads an attachment, wherever it lies.
    ///
    /// # Errors
    /// It is nowhere (`NotFound`), or cannot be read. While it is read: `ResourceBusy` at its end if it was moved to object storage
    /// meanwhile, and what came counts for nothing.
    pub fn read_attachment(&self, day: Date, name: &ContentId) -> io::Result<Box<dyn Read>> {
        let absent = match File::open(self.attachment(day, name)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => error,
            file => return Ok(Box::new(Local(file?))),
        };
        match self.objects()? {
            Some(objects) => Ok(objects.get(day, name, MAX_UPLOAD_BYTES)?),
            None => Err(absent),
        }
    }

    /// The name of what lies there under a name.
    ///
    /// # Errors
    /// As [`Vault::read_attachment`].
    pub fn name_of_attachment(&self, day: Date, name: &ContentId) -> io::Result<ContentId> {
        let read = || name_of_bytes(&mut self.read_attachment(day, name)?);
        match read() {
            // It lies in object storage by now.
            Err(error) if error.kind() == io::ErrorKind::ResourceBusy => read(),
            found => found,
        }
    }
}
