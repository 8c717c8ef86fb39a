//! Opens what a command works on: the data folder, the record's store, and the secrets under which persons are counted and
//! imported rows named.
//!
//! Only commands that write make a data folder; one that reads says where it looked instead. The folder:
//!
//! ```text
//! DIR/city.toml             the city's file: sites, whom to call, days of closing (`vouchsafe init`)
//! DIR/record.sqlite3        the record, unless the configuration names PostgreSQL
//! DIR/log/                  the transparency log's files and its public key
//! DIR/keys/log.key          the log's signing key          (only the owner may read)
//! DIR/keys/person.key       the secret behind person keys  (only the owner may read)
//! DIR/keys/import.key       the secret behind the names of imported rows  (only the owner may read)
//! DIR/keys/contact.key      the secret behind the ids of contacts  (only the owner may read)
//! DIR/keys/photographs.key  the key of the photographs of papers, in no copy of the record  (only the owner may read)
//! DIR/keys/hooks.key        the keys of the messages to other programs  (only the owner may read)
//! DIR/keys/promise.key      the key of the promises that reporters get  (only the owner may read)
//! DIR/desk/socket           where commands hand over what the running desk writes for them (SQLite; only the owner may enter)
//! DIR/blobs/                sealed bytes of reports
//! DIR/answers/              officials' sealed answers
//! DIR/inbox/                which reports were opened
//! ```

use std::{
    fs::{self, File},
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::Arc,
};

use record::Source;

use crate::{
    beside::{Through, socket},
    config::{ConfigError, Global, Settings},
    photograph::PhotographKey,
    store::{
        Group, Lane, Postgres, Sqlite, SqliteOptions, Store, StoreError, Stored, hooks::Hooks, people::People,
        photographs::Photographs, reminders::Reminders, systems::Systems, unrecorded::UnrecordedContacts,
    },
};

/// The file of the key of photographs.
const PHOTOGRAPH_KEY: &str = "photographs.key";

/// What a command will do with the record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Read only, beside whoever writes. Makes nothing.
    Read,
    /// Write, as the only writer of an embedded store. Makes the folder on first use.
    Write,
    /// The same, or through the desk where one runs (`beside`).
    Beside,
    /// The same where there is a record, and nothing where there is none: what is said of a record that nobody kept would be untrue.
    Existing,
    /// The same, a great deal in one go and then no more: the embedded store moves it into its file less often.
    Bulk,
}

/// Where things lie in a data folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataFolder(PathBuf);

/// An opened data folder with its record.
pub struct City {
    /// What the command runs with.
    pub settings: Settings,
    /// Where things lie.
    pub folder: DataFolder,
    /// The record; with group commit in front when it was opened to write.
    pub store: Arc<dyn Store>,
    /// The reports' own lane in the same store.
    pub lane: Arc<dyn Lane>,
    /// Who signs in, in the same store.
    pub people: Arc<dyn People>,
    /// Which programs call the interface, in the same store.
    pub systems: Arc<dyn Systems>,
    /// Where messages to them go, in the same store.
    pub hooks: Arc<dyn Hooks>,
    /// Whom has been written to, in the same store.
    pub reminders: Arc<dyn Reminders>,
    /// Photographs of papers, sealed, in the same store.
    pub photographs: Arc<dyn Photographs>,
    /// The lists of contacts that nobody recorded, in the same store.
    pub unrecorded: Arc<dyn UnrecordedContacts>,
    /// The desk runs, and writes what this command hands over.
    pub beside: bool,
}

/// Why a data folder was not opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The configuration is not usable.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The store is not usable.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There is no data folder.
    #[error("there is no data folder `{path}`: name the right one with `--data`, or record something first")]
    Absent {
        /// The folder looked for.
        path: PathBuf,
    },
    /// A file or folder cannot be made or read.
    #[error("`{path}` cannot be {done}")]
    File {
        /// The file or folder.
        path: PathBuf,
        /// `made` or `read`.
        done: &'static str,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// The secret's file does not hold a secret.
    #[error("`{path}` has {bytes} bytes instead of 32: restore it from a copy, or what it names will be counted twice")]
    Secret {
        /// The file.
        path: PathBuf,
        /// Its length in bytes.
        bytes: usize,
    },
    /// The secret behind the names of imported rows is gone, and there are such rows.
    #[error(
        "`{path}` is not there, though the record holds imported rows: restore it from a copy (every machine that imports \
         into one record needs the same), or each row would be recorded a second time"
    )]
    Lost {
        /// The file.
        path: PathBuf,
    },
    /// The secret behind the ids of contacts is gone, and contacts were dismissed under it.
    #[error(
        "`{path}` is not there, though the record holds dismissals of contacts: restore it from a copy (every machine that \
         reads one record needs the same), or everything that was dismissed would come back"
    )]
    LostContacts {
        /// The file.
        path: PathBuf,
    },
    /// The key of photographs is gone, and there are some.
    #[error(
        "`{path}` is not there, though the record holds {count} photographs of papers, which nothing else opens: restore it from its \
         copy (every process that serves one record needs the same), and start again"
    )]
    LostPhotographs {
        /// The file.
        path: PathBuf,
        /// How many photographs there are.
        count: u64,
    },
    /// The key of photographs is none.
    #[error(
        "`{path}` has {bytes} bytes instead of 32, and no photograph is sealed or opened with it: restore it from its copy, and start again"
    )]
    DamagedPhotographs {
        /// The file.
        path: PathBuf,
        /// Its length in bytes.
        bytes: usize,
    },
    /// The photographs are sealed under another key.
    #[error(
        "`{path}` is not the key under which the photographs of this record are sealed: put the file of the other processes, or of the \
         copy, in its place, and start again"
    )]
    OtherPhotographs {
        /// The file.
        path: PathBuf,
    },
}

impl DataFolder {
    /// The folder with this path, which need not be there yet.
    #[must_use]
    pub fn at(path: &Path) -> Self {
        Self(path.to_owned())
    }

    /// The folder itself.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The city's file, where `vouchsafe init` has put one.
    #[must_use]
    pub fn city_file(&self) -> PathBuf {
        self.0.join("city.toml")
    }

    /// The embedded store's file.
    #[must_use]
    pub fn record(&self) -> PathBuf {
        self.0.join("record.sqlite3")
    }

    /// The folder of the transparency log.
    #[must_use]
    pub fn log(&self) -> PathBuf {
        self.0.join("log")
    }

    /// The log's public key, in the form that verifiers read.
    #[must_use]
    pub fn log_vkey(&self) -> PathBuf {
        self.log().join("log.vkey")
    }

    /// The folder of secrets.
    #[must_use]
    pub fn keys(&self) -> PathBuf {
        self.0.join("keys")
    }

    /// The log's signing key.
    #[must_use]
    pub fn log_key(&self) -> PathBuf {
        self.keys().join("log.key")
    }

    /// The key under which photographs of papers are sealed.
    #[must_use]
    pub fn photograph_key(&self) -> PathBuf {
        self.keys().join(PHOTOGRAPH_KEY)
    }

    /// The folder of sealed bytes.
    #[must_use]
    pub fn blobs(&self) -> PathBuf {
        self.0.join("blobs")
    }

    /// Where published filings lie, as far as they were put here.
    #[must_use]
    pub fn filings(&self) -> PathBuf {
        self.0.join("filings")
    }

    /// Makes the folder and those in it, readable by the owner alone; what is there stays.
    ///
    /// # Errors
    /// [`OpenError::File`] naming the folder that cannot be made.
    pub fn make(&self) -> Result<(), OpenError> {
        [self.0.clone(), self.log(), self.keys(), self.blobs()].iter().try_for_each(|path| {
            private_folder(path).map_err(|source| OpenError::File { path: path.clone(), done: "made", source })
        })
    }

    /// The 32-byte secret under which person keys are derived ([`record::PersonKey::derive`]); drawn and kept on first use.
    ///
    /// # Errors
    /// [`OpenError::File`] if its file cannot be read or made, [`OpenError::Secret`] if it has another length.
    pub fn person_secret(&self) -> Result<[u8; 32], OpenError> {
        self.secret("person.key")
    }

    /// The secret of this name; drawn and kept on first use.
    fn secret(&self, name: &str) -> Result<[u8; 32], OpenError> {
        let path = self.keys().join(name);
        let fail = |done| {
            let path = path.clone();
            move |source| OpenError::File { path, done, source }
        };
        match fs::read(&path) {
            Ok(bytes) => {
                let found = bytes.len();
                bytes.try_into().map_err(|_| OpenError::Secret { path: path.clone(), bytes: found })
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let mut secret = [0; 32];
                getrandom::fill(&mut secret).map_err(|error| fail("made")(io::Error::other(error)))?;
                private_folder(&self.keys()).map_err(fail("made"))?;
                match keep_secret(&path, &secret) {
                    Ok(()) => Ok(secret),
                    // Another process was faster: its secret is the one.
                    Err(error) if error.kind() == io::ErrorKind::AlreadyExists => self.secret(name),
                    Err(error) => Err(fail("made")(error)),
                }
            }
            Err(error) => Err(fail("read")(error)),
        }
    }
}

impl City {
    /// The 32-byte secret under which imported rows are named; drawn and kept on first use, and never where rows were
    /// imported under one that is gone.
    ///
    /// # Errors
    /// As [`DataFolder::person_secret`]; [`OpenError::Lost`] if the record holds imported rows and their secret is not there.
    pub fn import_secret(&self) -> Result<[u8; 32], OpenError> {
        const NAME: &str = "import.key";
        let path = self.folder.keys().join(NAME);
        if !path.exists() && self.has_imports()? {
            return Err(OpenError::Lost { path });
        }
        self.folder.secret(NAME)
    }

    /// The 32-byte secret under which contacts have their ids; drawn and kept on first use, and never where contacts were
    /// dismissed under one that is gone.
    ///
    /// # Errors
    /// As [`DataFolder::person_secret`]; [`OpenError::LostContacts`] if there are dismissals and their secret is not there.
    pub fn contact_secret(&self, any_dismissed: bool) -> Result<[u8; 32], OpenError> {
        const NAME: &str = "contact.key";
        let path = self.folder.keys().join(NAME);
        // One that this user may not read is there: nobody is to put another in its place.
        let gone = fs::symlink_metadata(&path).is_err_and(|error| error.kind() == io::ErrorKind::NotFound);
        if any_dismissed && gone {
            return Err(OpenError::LostContacts { path });
        }
        self.folder.secret(NAME)
    }

    /// The key under which photographs of papers are sealed; drawn and kept on first use, and never where there are photographs under
    /// one that is gone. Says to the store which it is.
    ///
    /// # Errors
    /// As [`DataFolder::person_secret`]; [`OpenError::LostPhotographs`] if there are photographs and their key is not there,
    /// [`OpenError::OtherPhotographs`] if they are sealed under another, [`OpenError::DamagedPhotographs`] if it has another length.
    pub fn photograph_key(&self) -> Result<PhotographKey, OpenError> {
        let path = self.folder.photograph_key();
        let count = self.photographs.photographs()?;
        if count > 0 && !path.exists() {
            return Err(OpenError::LostPhotographs { path, count });
        }
        let secret = self.folder.secret(PHOTOGRAPH_KEY).map_err(|error| match error {
            OpenError::Secret { path, bytes } => OpenError::DamagedPhotographs { path, bytes },
            other => other,
        })?;
        let key = PhotographKey::from_bytes(secret);
        if self.photographs.claim_key(&key.name())? { Ok(key) } else { Err(OpenError::OtherPhotographs { path }) }
    }

    /// Reads the whole record if it must: only where a secret is missing.
    fn has_imports(&self) -> Result<bool, OpenError> {
        let mut next = 0;
        loop {
            let entries = self.store.entries(next, 4096)?;
            let Some(last) = entries.last() else { return Ok(false) };
            next = last.seq + 1;
            let imported = |stored: &Stored| stored.entry().is_some_and(|it| matches!(it.source, Source::Import(_)));
            if entries.iter().any(imported) {
                return Ok(true);
            }
        }
    }
}

/// Opens the data folder and the record that the options name.
///
/// # Errors
/// [`OpenError::Absent`] when there is nothing to read; what the configuration or the store says otherwise.
pub fn open(global: &Global, access: Access) -> Result<City, OpenError> {
    let settings = global.settings()?;
    let folder = DataFolder::at(&settings.data);
    if access == Access::Existing {
        match &settings.postgres {
            // Of an older version it is brought on below.
            Some(address) => {
                if let Err(error @ StoreError::Absent { .. }) = Postgres::open_to_read(address.reveal()) {
                    return Err(error.into());
                }
            }
            None if !folder.record().exists() => return Err(OpenError::Absent { path: folder.0 }),
            None => {}
        }
    }
    let parts = match access {
        Access::Write | Access::Beside | Access::Existing | Access::Bulk => {
            folder.make()?;
            let options = if access == Access::Bulk { SqliteOptions::bulk() } else { SqliteOptions::default() };
            match &settings.postgres {
                Some(address) => Parts::of(Postgres::open(address.reveal())?).in_groups()?,
                None => match Sqlite::open_with(&folder.record(), options) {
                    Err(error @ StoreError::InUse { .. }) if access == Access::Beside => {
                        Parts::through(&folder)?.ok_or(error)?
                    }
                    opened => Parts::of(opened?).in_groups()?,
                },
            }
        }
        Access::Read => match &settings.postgres {
            Some(address) => Parts::of(Postgres::open_to_read(address.reveal())?),
            None if !folder.path().exists() => return Err(OpenError::Absent { path: folder.0 }),
            None => Parts::of(Sqlite::open_to_read(&folder.record())?),
        },
    };
    let Parts { store, lane, people, systems, hooks, reminders, photographs, unrecorded, beside } = parts;
    Ok(City { settings, folder, store, lane, people, systems, hooks, reminders, photographs, unrecorded, beside })
}

/// One store, as each of those who use it sees it.
struct Parts {
    store: Arc<dyn Store>,
    lane: Arc<dyn Lane>,
    people: Arc<dyn People>,
    systems: Arc<dyn Systems>,
    hooks: Arc<dyn Hooks>,
    reminders: Arc<dyn Reminders>,
    photographs: Arc<dyn Photographs>,
    unrecorded: Arc<dyn UnrecordedContacts>,
    beside: bool,
}

impl Parts {
    fn of<S>(store: S) -> Self
    where
        S: Store + Lane + People + Systems + Hooks + Reminders + Photographs + UnrecordedContacts + 'static,
    {
        Self::shared(Arc::new(store))
    }

    fn shared<S>(store: Arc<S>) -> Self
    where
        S: Store + Lane + People + Systems + Hooks + Reminders + Photographs + UnrecordedContacts + 'static,
    {
        Self {
            store: Arc::clone(&store) as Arc<dyn Store>,
            lane: Arc::clone(&store) as Arc<dyn Lane>,
            people: Arc::clone(&store) as Arc<dyn People>,
            systems: Arc::clone(&store) as Arc<dyn Systems>,
            hooks: Arc::clone(&store) as Arc<dyn Hooks>,
            reminders: Arc::clone(&store) as Arc<dyn Reminders>,
            photographs: Arc::clone(&store) as Arc<dyn Photographs>,
            unrecorded: store,
            beside: false,
        }
    }

    /// With group commit in front.
    fn in_groups(self) -> Result<Self, StoreError> {
        Ok(Self { store: Arc::new(Group::new(self.store)?), ..self })
    }

    /// Through the desk that serves this folder, if one does.
    fn through(folder: &DataFolder) -> Result<Option<Self>, StoreError> {
        let own = Arc::new(Sqlite::open_to_read(&folder.record())?);
        let Some(through) = Through::to(Arc::clone(&own), &socket(folder.path())) else { return Ok(None) };
        let through = Arc::new(through);
        Ok(Some(Self {
            store: Arc::clone(&through) as Arc<dyn Store>,
            systems: Arc::clone(&through) as Arc<dyn Systems>,
            hooks: Arc::clone(&through) as Arc<dyn Hooks>,
            unrecorded: through,
            beside: true,
            ..Self::shared(own)
        }))
    }
}

/// Makes a folder and its parents, readable by the owner alone.
fn private_folder(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Writes a secret whole or not at all: a file of another name becomes this one only when it is on the disk, and never
/// takes the place of one that is there.
fn keep_secret(path: &Path, secret: &[u8]) -> io::Result<()> {
    let mut nonce = [0; 8];
    getrandom::fill(&mut nonce).map_err(io::Error::other)?;
    let draft = path.with_extension(format!("{}.new", hex::encode(nonce)));
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&draft)?;
    let kept = file.write_all(secret).and_then(|()| file.sync_all()).and_then(|()| fs::hard_link(&draft, path));
    let removed = fs::remove_file(&draft);
    kept?;
    removed?;
    match path.parent() {
        Some(folder) => File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn global(path: &Path) -> Global {
        Global { data: Some(path.to_owned()), ..Global::default() }
    }

    #[test]
    fn only_a_writer_makes_the_folder() {
        let temporary = tempfile::tempdir().unwrap();
        let path = temporary.path().join("city");
        let error = open(&global(&path), Access::Read).err().unwrap().to_string();
        assert_eq!(
            error,
            format!(
                "there is no data folder `{}`: name the right one with `--data`, or record something first",
                path.display()
            )
        );
        assert!(!path.exists());
        let city = open(&global(&path), Access::Write).unwrap();
        assert_eq!(city.store.count().unwrap(), 0);
        assert!(city.folder.record().exists() && city.folder.log().exists() && city.folder.blobs().exists());
        assert_eq!(open(&global(&path), Access::Read).unwrap().store.count().unwrap(), 0);
        let second = open(&global(&path), Access::Write).err().unwrap().to_string();
        assert!(second.contains("is in use by another process"), "{second}");
    }

    #[cfg(unix)]
    #[test]
    fn secrets_are_the_owners() {
        use std::os::unix::fs::PermissionsExt as _;
        let temporary = tempfile::tempdir().unwrap();
        let folder = DataFolder::at(&temporary.path().join("city"));
        let secret = folder.person_secret().unwrap();
        assert_eq!(folder.person_secret().unwrap(), secret);
        let mode = |path: PathBuf| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(folder.keys().join("person.key")), 0o600);
        assert_eq!(mode(folder.keys()), 0o700);
        assert_eq!(fs::read_dir(folder.keys()).unwrap().count(), 1);
        fs::write(folder.keys().join("person.key"), "short").unwrap();
        assert!(matches!(folder.person_secret(), Err(OpenError::Secret { bytes: 5, .. })));
    }

    #[test]
    fn a_file_in_the_way_is_named() {
        let temporary = tempfile::tempdir().unwrap();
        let path = temporary.path().join("city");
        fs::write(&path, "a file").unwrap();
        let error = open(&global(&path), Access::Write).err().unwrap().to_string();
        assert_eq!(error, format!("`{}` cannot be made", path.display()));
    }
}
