//! The log's own keys: Ed25519, which the public witness network asks for, and ML-DSA-44, which outlives it.
//!
//! `keys/log.key` holds both secret keys, readable by its owner only; `log/log.vkey` holds both public keys and goes wherever
//! the log goes. Keys are made once, when a data folder is first used, and never replaced here: a log whose key is lost
//! cannot be continued, only succeeded by another that names it. Of several processes that make keys at once, one's are kept
//! and the others find them.

use std::{
    fs::{self, DirBuilder, File},
    io::{self, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};

use tlog::{
    Checkpoint, KeyName, NoteSignature, SecretKey, VerifierKey,
    note::KeyNameError,
    signature::{KeyError, SignError, SignatureKind, parse_keys},
};

use super::resource::CHECKPOINT;

/// The secret keys' file in a data folder.
const KEY: &str = "keys/log.key";

/// The public keys' file in a data folder.
const VKEY: &str = "log/log.vkey";

/// Every kind of signature that our checkpoints bear, in their order.
const KINDS: [SignatureKind; 2] = [SignatureKind::Ed25519, SignatureKind::CosignatureMlDsa44];

/// The longest name of a log: the ML-DSA signature counts its bytes in one byte (C2SP `tlog-cosignature`).
const LONGEST_ORIGIN: usize = 255;

/// The secret keys of a log.
#[derive(Debug)]
pub struct Keys {
    origin: KeyName,
    secrets: Vec<SecretKey>,
}

/// Why there are no keys to sign with.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// The file or folder cannot be read or written.
    #[error("`{path}` cannot be read or written")]
    File {
        /// The file.
        path: PathBuf,
        /// What the file system says.
        #[source]
        source: io::Error,
    },
    /// Others than its owner may read the secret keys.
    #[error(
        "`{path}` may be read by others than its owner (mode {mode:o}): run `chmod 600` on it, and consider the keys known"
    )]
    Open {
        /// The file.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// The file holds something else than the log's keys.
    #[error("line {line} of `{path}` is no key of the log: restore the file from a copy")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        #[source]
        source: KeyError,
    },
    /// The file does not hold one key of each kind, all of one name.
    #[error("`{path}` does not hold the two keys of one log: restore the file from a copy")]
    Incomplete {
        /// The file.
        path: PathBuf,
    },
    /// The log is there, and its keys are not.
    #[error("`{vkey}` names a log whose secret keys are not at `{key}`: restore them, or begin a new data folder")]
    Lost {
        /// The public keys.
        vkey: PathBuf,
        /// Where the secret keys should be.
        key: PathBuf,
    },
    /// The public keys in the folder are not those of the secret keys.
    #[error("`{path}` holds other keys than the log's own: it was changed, or belongs to another log")]
    OtherLog {
        /// The public keys.
        path: PathBuf,
    },
    /// The origin cannot be a name.
    #[error("the name of the log cannot be used: correct `origin` under `[log]` in the configuration")]
    Origin(#[from] KeyNameError),
    /// The origin is too long to be signed.
    #[error(
        "the name of the log has {bytes} bytes, and no more than {LONGEST_ORIGIN} can be signed: shorten `origin` under \
         `[log]` in the configuration"
    )]
    LongOrigin {
        /// Its length.
        bytes: usize,
    },
    /// The configuration names another log than the one that is there.
    #[error(
        "the log here is `{ours}`, and the configuration's `origin` under `[log]` is `{configured}`: a log keeps its name; \
         correct the configuration, or begin a new data folder"
    )]
    OtherOrigin {
        /// The name that the keys have.
        ours: String,
        /// The name in the configuration.
        configured: String,
    },
    /// The operating system gives no random bytes.
    #[error("the operating system gives no random bytes")]
    Random(#[source] getrandom::Error),
}

impl Keys {
    /// Whether the data folder has keys.
    ///
    /// # Errors
    /// [`KeysError::Lost`] where it has none and something of a log: nothing may be made there.
    pub fn are_in(data: &Path) -> Result<bool, KeysError> {
        let (key, vkey) = (data.join(KEY), data.join(VKEY));
        if exists(&key)? {
            return Ok(true);
        }
        for sign in [vkey, data.join("log").join(CHECKPOINT)] {
            if exists(&sign)? {
                return Err(KeysError::Lost { vkey: sign, key });
            }
        }
        Ok(false)
    }

    /// Makes keys in a data folder; keys that are there, or that another process makes meanwhile, stay.
    ///
    /// `origin` names the log, by custom a URL without its scheme; without one the name is drawn at random below
    /// `vouchsafe.invalid`.
    ///
    /// # Errors
    /// See [`KeysError`]; nothing is made under a name that cannot be signed.
    pub fn make_in(data: &Path, origin: Option<&str>) -> Result<(), KeysError> {
        make(&data.join(KEY), origin)
    }

    /// Reads the keys of a data folder and lays the public ones beside the log. `origin` is the name that the configuration
    /// gives the log, if it does.
    ///
    /// # Errors
    /// See [`KeysError`]; the keys are of a log of another name.
    pub fn of(data: &Path, origin: Option<&str>) -> Result<Self, KeysError> {
        let keys = Self::open(&data.join(KEY))?;
        if let Some(configured) = origin
            && configured != keys.origin()
        {
            return Err(KeysError::OtherOrigin { ours: keys.origin().to_owned(), configured: configured.to_owned() });
        }
        keys.publish(&data.join(VKEY))?;
        Ok(keys)
    }

    /// Reads the secret keys.
    ///
    /// # Errors
    /// The file cannot be read, may be read by others, or does not hold the keys of one log.
    pub fn open(path: &Path) -> Result<Self, KeysError> {
        let text = read_private(path)?;
        let secrets = (1..).zip(text.lines()).map(|(line, text)| {
            SecretKey::parse(text).map_err(|source| KeysError::Damaged { path: path.to_owned(), line, source })
        });
        let secrets: Vec<SecretKey> = secrets.collect::<Result<_, _>>()?;
        let kinds: Vec<_> = secrets.iter().map(|secret| secret.public().kind()).collect();
        let origin = secrets.first().map(|secret| secret.public().name().clone());
        match origin {
            Some(origin) if kinds == KINDS && secrets.iter().all(|secret| *secret.public().name() == origin) => {
                Ok(Self { origin, secrets })
            }
            _ => Err(KeysError::Incomplete { path: path.to_owned() }),
        }
    }

    /// Makes keys from seeds of 32 random bytes each, without a file.
    ///
    /// # Errors
    /// The name cannot be one.
    pub fn from_seeds(origin: &str, seeds: [[u8; 32]; 2]) -> Result<Self, KeysError> {
        let origin: KeyName = origin.parse()?;
        if origin.as_str().len() > LONGEST_ORIGIN {
            return Err(KeysError::LongOrigin { bytes: origin.as_str().len() });
        }
        let secrets = KINDS.into_iter().zip(seeds).map(|(kind, seed)| {
            SecretKey::from_seed(origin.clone(), kind, &seed).map_err(|source| KeysError::Damaged {
                path: PathBuf::new(),
                line: 0,
                source,
            })
        });
        Ok(Self { secrets: secrets.collect::<Result<_, _>>()?, origin })
    }

    /// The name of the log, which is the origin of its checkpoints and the name of its keys.
    #[must_use]
    pub fn origin(&self) -> &str {
        self.origin.as_str()
    }

    /// The public keys.
    #[must_use]
    pub fn public(&self) -> Vec<VerifierKey> {
        self.secrets.iter().map(|secret| secret.public().clone()).collect()
    }

    /// The text of `log.vkey`: one public key a line.
    #[must_use]
    pub fn vkeys(&self) -> String {
        self.secrets.iter().map(|secret| format!("{}\n", secret.public())).collect()
    }

    /// Signs a checkpoint with every key; `time` in seconds since 1970.
    ///
    /// # Errors
    /// The time or a name does not fit the form.
    pub(super) fn sign(&self, checkpoint: &Checkpoint, time: u64) -> Result<Vec<NoteSignature>, SignError> {
        self.secrets.iter().map(|secret| secret.sign(checkpoint, time)).collect()
    }

    fn publish(&self, path: &Path) -> Result<(), KeysError> {
        let failed = |source| KeysError::File { path: path.to_owned(), source };
        if !exists(path)? {
            let folder = path.parent().unwrap_or(Path::new("."));
            fs::create_dir_all(folder).map_err(failed)?;
            write_new(path, self.vkeys().as_bytes(), 0o644).map_err(failed)?;
        }
        let there = parse_keys(&fs::read_to_string(path).map_err(failed)?);
        if there.is_ok_and(|keys| keys == self.public()) {
            Ok(())
        } else {
            Err(KeysError::OtherLog { path: path.to_owned() })
        }
    }
}

/// Reads a file of secrets that only its owner may read.
///
/// # Errors
/// The file cannot be read, or may be read by others.
pub(crate) fn read_private(path: &Path) -> Result<zeroize::Zeroizing<String>, KeysError> {
    let failed = |source| KeysError::File { path: path.to_owned(), source };
    let mode = fs::metadata(path).map_err(failed)?.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(KeysError::Open { path: path.to_owned(), mode });
    }
    Ok(zeroize::Zeroizing::new(fs::read_to_string(path).map_err(failed)?))
}

fn exists(path: &Path) -> Result<bool, KeysError> {
    path.try_exists().map_err(|source| KeysError::File { path: path.to_owned(), source })
}

fn make(path: &Path, origin: Option<&str>) -> Result<(), KeysError> {
    let failed = |source| KeysError::File { path: path.to_owned(), source };
    let mut random = zeroize::Zeroizing::new([0_u8; 72]);
    getrandom::fill(&mut *random).map_err(KeysError::Random)?;
    let (name, seeds) = random.split_at(8);
    let (one, two) = seeds.split_at(32);
    let seeds = [one, two].map(|seed| <[u8; 32]>::try_from(seed).unwrap_or_default());
    let drawn = format!("vouchsafe.invalid/{}", hex::encode(name));
    let keys = Keys::from_seeds(origin.unwrap_or(&drawn), seeds)?;
    let mut text = zeroize::Zeroizing::new(String::new());
    for secret in &keys.secrets {
        text.push_str(&secret.to_text());
        text.push('\n');
    }
    if let Some(folder) = path.parent() {
        DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(failed)?;
    }
    write_new(path, text.as_bytes(), 0o600).map_err(failed)
}

/// Writes a file that was not there, whole or not at all; one that is there by now, from another process, stays as it is.
pub(crate) fn write_new(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    let mut nonce = [0; 8];
    getrandom::fill(&mut nonce).map_err(io::Error::other)?;
    let draft = path.with_added_extension(format!("{}.new", hex::encode(nonce)));
    let mut file = File::options().write(true).create_new(true).mode(mode).open(&draft)?;
    // A link takes no other file's place, as a renaming would.
    let kept = file.write_all(bytes).and_then(|()| file.sync_all()).and_then(|()| fs::hard_link(&draft, path));
    let removed = fs::remove_file(&draft);
    match kept {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        kept => kept?,
    }
    removed?;
    match path.parent() {
        Some(folder) => File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As opening a log does it, but for the lock.
    fn open_or_make(data: &Path, origin: Option<&str>) -> Result<Keys, KeysError> {
        if !Keys::are_in(data)? {
            Keys::make_in(data, origin)?;
        }
        Keys::of(data, origin)
    }

    #[test]
    fn keys_are_made_once_and_found_again() {
        let data = tempfile::tempdir().unwrap();
        let made = open_or_make(data.path(), None).unwrap();
        let key = data.path().join("keys/log.key");
        assert_eq!(fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(made.origin().starts_with("vouchsafe.invalid/"));
        let again = open_or_make(data.path(), None).unwrap();
        assert_eq!(again.public(), made.public());
        let vkey = fs::read_to_string(data.path().join("log/log.vkey")).unwrap();
        assert_eq!(parse_keys(&vkey).unwrap(), made.public());
        assert_eq!(fs::read_dir(data.path().join("keys")).unwrap().count(), 1);
    }

    #[test]
    fn of_keys_made_at_once_the_first_are_kept() {
        let data = tempfile::tempdir().unwrap();
        let made: Vec<String> = std::thread::scope(|scope| {
            let make = || {
                // Each has seen no keys; what it makes must not take the place of another's.
                Keys::make_in(data.path(), None).unwrap();
                Keys::of(data.path(), None).unwrap().vkeys()
            };
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(make)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(made.iter().all(|vkeys| *vkeys == made[0]), "{made:?}");
    }

    #[test]
    fn a_name_that_cannot_be_signed_or_is_not_the_log_s_is_refused() {
        let data = tempfile::tempdir().unwrap();
        let long = format!("log.example/{}", "x".repeat(244));
        let error = open_or_make(data.path(), Some(&long)).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the name of the log has 256 bytes, and no more than 255 can be signed: shorten `origin` under `[log]` in the \
             configuration"
        );
        assert!(!data.path().join("keys").exists(), "nothing was made");
        let longest = &long[..255];
        assert_eq!(open_or_make(data.path(), Some(longest)).unwrap().origin(), longest);
        let checkpoint = Checkpoint::new(longest, 0, tlog::Range::new().root()).unwrap();
        Keys::of(data.path(), None).unwrap().sign(&checkpoint, 1).unwrap();
        let error = open_or_make(data.path(), Some("log.example/2")).unwrap_err().to_string();
        assert!(error.contains("a log keeps its name; correct the configuration"), "{error}");
    }

    #[test]
    fn keys_that_others_may_read_are_refused() {
        let data = tempfile::tempdir().unwrap();
        open_or_make(data.path(), Some("log.example/1")).unwrap();
        let key = data.path().join("keys/log.key");
        fs::set_permissions(&key, fs::Permissions::from_mode(0o640)).unwrap();
        let error = open_or_make(data.path(), None).unwrap_err();
        assert!(matches!(error, KeysError::Open { mode: 0o640, .. }), "{error}");
    }

    #[test]
    fn a_log_whose_keys_are_lost_or_changed_is_not_continued() {
        let data = tempfile::tempdir().unwrap();
        open_or_make(data.path(), Some("log.example/1")).unwrap();
        let (key, vkey) = (data.path().join("keys/log.key"), data.path().join("log/log.vkey"));
        let text = fs::read_to_string(&key).unwrap();
        fs::remove_file(&key).unwrap();
        assert!(matches!(open_or_make(data.path(), None), Err(KeysError::Lost { .. })));
        let restore = |text: &str| {
            let _ = fs::remove_file(&key);
            write_new(&key, text.as_bytes(), 0o600).unwrap();
        };
        restore(text.lines().next().unwrap());
        assert!(matches!(open_or_make(data.path(), None), Err(KeysError::Incomplete { .. })));
        restore(&text.replace('A', "B"));
        assert!(matches!(open_or_make(data.path(), None), Err(KeysError::Damaged { .. })));
        restore(&text);
        let other = Keys::from_seeds("log.example/1", [[1; 32], [2; 32]]).unwrap();
        fs::write(&vkey, other.vkeys()).unwrap();
        assert!(matches!(open_or_make(data.path(), None), Err(KeysError::OtherLog { .. })));
    }
}
