//! The few things that the log asks of a folder, as a trait, so that tests can make each of them fail.

use std::{
    any::Any,
    collections::HashMap,
    fs::{self, File, TryLockError},
    io::{self, Read as _, Write as _},
    os::unix::fs::{FileExt as _, MetadataExt as _},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

/// The file that whoever writes to a log folder locks; it holds nothing.
const LOCK: &str = "lock";

/// The right to write to a folder; it ends when this is dropped, however the process ends.
pub type Hold = Box<dyn Any + Send + Sync>;

/// One folder of files that are written at places and made durable on demand.
pub trait Disk: Send + Sync {
    /// The length of a file in bytes; `None` where there is no such file.
    ///
    /// # Errors
    /// The file system's.
    fn length(&self, file: &str) -> io::Result<Option<u64>>;

    /// A whole file as it stands now, also when another process has replaced it; `None` where there is none.
    ///
    /// # Errors
    /// The file system's; [`io::ErrorKind::FileTooLarge`] where it has more than `most` bytes.
    fn read(&self, file: &str, most: u64) -> io::Result<Option<Vec<u8>>>;

    /// Exactly `bytes` bytes from `offset` on.
    ///
    /// # Errors
    /// The file system's; [`io::ErrorKind::UnexpectedEof`] where the file is shorter, `NotFound` where there is none.
    fn read_at(&self, file: &str, offset: u64, bytes: usize) -> io::Result<Vec<u8>>;

    /// Writes at a place, growing or making the file where needed. Not durable before `sync`.
    ///
    /// # Errors
    /// The file system's; what was written then is not known.
    fn write_at(&self, file: &str, offset: u64, bytes: &[u8]) -> io::Result<()>;

    /// Appends zeroes behind the end of a file, wherever that is by now, or makes the file. What stands in it is never
    /// touched, whoever wrote it. Not durable before `sync`.
    ///
    /// # Errors
    /// The file system's; how many were appended then is not known.
    fn grow(&self, file: &str, zeroes: u64) -> io::Result<()>;

    /// Makes everything written to a file durable.
    ///
    /// # Errors
    /// The file system's; what is durable then is not known.
    fn sync(&self, file: &str) -> io::Result<()>;

    /// Puts a whole file in the place of another, or makes it: readers and crashes see the old one or the new one.
    ///
    /// # Errors
    /// The file system's; which of the two is there then is not known.
    fn replace(&self, file: &str, bytes: &[u8]) -> io::Result<()>;

    /// Gives a file that is durable the name of another, which goes; durable on return.
    ///
    /// # Errors
    /// The file system's; which name it has then is not known.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;

    /// Removes a file if it is there; durable on return.
    ///
    /// # Errors
    /// The file system's; whether it is there then is not known.
    fn remove(&self, file: &str) -> io::Result<()>;

    /// Takes the folder for writing; `None` where another has it, in this process or in any other.
    ///
    /// # Errors
    /// The file system's, also where it knows no locks.
    fn hold(&self) -> io::Result<Option<Hold>>;
}

/// A folder of the file system.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    open: Mutex<HashMap<String, Arc<File>>>,
    writable: bool,
}

impl Folder {
    /// A folder to write to, made if it is not there.
    ///
    /// # Errors
    /// The file system's.
    pub fn create(path: &Path) -> io::Result<Self> {
        fs::create_dir_all(path)?;
        Ok(Self { path: path.to_owned(), open: Mutex::default(), writable: true })
    }

    /// A folder that is only read, such as one on a disc that nobody can write.
    #[must_use]
    pub fn to_read(path: &Path) -> Self {
        Self { path: path.to_owned(), open: Mutex::default(), writable: false }
    }

    fn file(&self, name: &str) -> io::Result<Arc<File>> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let path = self.path.join(name);
        let there = fs::metadata(&path).ok();
        // Another process may have put a rebuilt file in the place of the one that was opened.
        if let (Some(file), Some(there)) = (open.get(name), &there)
            && file.metadata()?.ino() == there.ino()
        {
            return Ok(Arc::clone(file));
        }
        let file = if self.writable {
            let file = File::options().read(true).write(true).create(true).truncate(false).open(&path)?;
            if there.is_none() {
                // The name of a new file must be as durable as what will stand in it.
                File::open(&self.path)?.sync_all()?;
            }
            file
        } else {
            File::open(&path)?
        };
        let file = Arc::new(file);
        open.insert(name.to_owned(), Arc::clone(&file));
        Ok(file)
    }
}

impl Disk for Folder {
    fn length(&self, file: &str) -> io::Result<Option<u64>> {
        match fs::metadata(self.path.join(file)) {
            Ok(data) => Ok(Some(data.len())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn read(&self, file: &str, most: u64) -> io::Result<Option<Vec<u8>>> {
        let opened = match File::open(self.path.join(file)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            opened => opened?,
        };
        let mut bytes = Vec::new();
        opened.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > most { Err(io::ErrorKind::FileTooLarge.into()) } else { Ok(Some(bytes)) }
    }

    fn read_at(&self, file: &str, offset: u64, bytes: usize) -> io::Result<Vec<u8>> {
        let mut buffer = vec![0; bytes];
        // Reading must not make the file.
        if self.length(file)?.is_none() {
            return Err(io::ErrorKind::NotFound.into());
        }
        self.file(file)?.read_exact_at(&mut buffer, offset)?;
        Ok(buffer)
    }

    fn write_at(&self, file: &str, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.file(file)?.write_all_at(bytes, offset)
    }

    fn grow(&self, file: &str, zeroes: u64) -> io::Result<()> {
        // Makes the file and its name durable where it is new.
        self.file(file)?;
        // Appending, the system itself finds the end: a process that slept since it last looked cannot write below it.
        let mut end = File::options().append(true).open(self.path.join(file))?;
        io::copy(&mut io::repeat(0).take(zeroes), &mut end)?;
        Ok(())
    }

    fn sync(&self, file: &str) -> io::Result<()> {
        self.file(file)?.sync_data()
    }

    fn replace(&self, file: &str, bytes: &[u8]) -> io::Result<()> {
        let new = self.path.join(format!("{file}.new"));
        let mut writer = File::create(&new)?;
        writer.write_all(bytes)?;
        writer.sync_data()?;
        fs::rename(&new, self.path.join(file))?;
        File::open(&self.path)?.sync_all()
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.path.join(from), self.path.join(to))?;
        File::open(&self.path)?.sync_all()
    }

    fn remove(&self, file: &str) -> io::Result<()> {
        match fs::remove_file(self.path.join(file)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        File::open(&self.path)?.sync_all()
    }

    fn hold(&self) -> io::Result<Option<Hold>> {
        let file = File::options().read(true).write(true).create(true).truncate(false).open(self.path.join(LOCK))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Box::new(file))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}
