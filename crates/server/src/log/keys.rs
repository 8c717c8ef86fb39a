//! The log's own keys: Ed25519, which the public witness network asks for, and ML-DSA-44, which outlives it.
//!
//! `keys/log.key` holds both secret keys, readable by its owner only; `log/log.vkey` holds both public keys and goes wherever
//! the log goes. Keys are made once, when a data folder is first used, and never replaced here: a log whose key is lost
//! cannot be continued, only succeeded by another that names it.

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

/// Every kind of signature that our checkpoints bear, in their order.
const KINDS: [SignatureKind; 2] = [SignatureKind::Ed25519, SignatureKind::CosignatureMlDsa44];

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
    #[error("the name of the log cannot be used")]
    Origin(#[from] KeyNameError),
    /// The operating system gives no random bytes.
    #[error("the operating system gives no random bytes")]
    Random(#[source] getrandom::Error),
}

impl Keys {
    /// Reads the keys of a data folder, or makes them if it has no log yet.
    ///
    /// `origin` names the log that would be made, by custom a URL without its scheme; without one the name is drawn at
    /// random below `vouchsafe.invalid`. A log that exists keeps the name it has.
    ///
    /// # Errors
    /// See [`KeysError`]; nothing is made where a log exists whose keys are missing.
    pub fn open_or_make(data: &Path, origin: Option<&str>) -> Result<Self, KeysError> {
        let (key, vkey) = (data.join("keys/log.key"), data.join("log/log.vkey"));
        if !exists(&key)? {
            if exists(&vkey)? {
                return Err(KeysError::Lost { vkey, key });
            }
            make(&key, origin)?;
        }
        let keys = Self::open(&key)?;
        keys.publish(&vkey)?;
        Ok(keys)
    }

    /// Reads the secret keys.
    ///
    /// # Errors
    /// The file cannot be read, may be read by others, or does not hold the keys of one log.
    pub fn open(path: &Path) -> Result<Self, KeysError> {
        let failed = |source| KeysError::File { path: path.to_owned(), source };
        let mode = fs::metadata(path).map_err(failed)?.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(KeysError::Open { path: path.to_owned(), mode });
        }
        let text = zeroize::Zeroizing::new(fs::read_to_string(path).map_err(failed)?);
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
        if exists(path)? {
            let there = parse_keys(&fs::read_to_string(path).map_err(failed)?);
            return if there.is_ok_and(|keys| keys == self.public()) {
                Ok(())
            } else {
                Err(KeysError::OtherLog { path: path.to_owned() })
            };
        }
        let folder = path.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder).map_err(failed)?;
        write_new(path, self.vkeys().as_bytes(), 0o644).map_err(failed)
    }
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

/// Writes a file that was not there, whole or not at all.
fn write_new(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    let new = path.with_added_extension("new");
    match fs::remove_file(&new) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = File::options().write(true).create_new(true).mode(mode).open(&new)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&new, path)?;
    if let Some(folder) = path.parent() {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_made_once_and_found_again() {
        let data = tempfile::tempdir().unwrap();
        let made = Keys::open_or_make(data.path(), None).unwrap();
        let key = data.path().join("keys/log.key");
        assert_eq!(fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(made.origin().starts_with("vouchsafe.invalid/"));
        let again = Keys::open_or_make(data.path(), Some("another.example/log")).unwrap();
        assert_eq!(again.public(), made.public());
        let vkey = fs::read_to_string(data.path().join("log/log.vkey")).unwrap();
        assert_eq!(parse_keys(&vkey).unwrap(), made.public());
    }

    #[test]
    fn keys_that_others_may_read_are_refused() {
        let data = tempfile::tempdir().unwrap();
        Keys::open_or_make(data.path(), Some("log.example/1")).unwrap();
        let key = data.path().join("keys/log.key");
        fs::set_permissions(&key, fs::Permissions::from_mode(0o640)).unwrap();
        let error = Keys::open_or_make(data.path(), None).unwrap_err();
        assert!(matches!(error, KeysError::Open { mode: 0o640, .. }), "{error}");
    }

    #[test]
    fn a_log_whose_keys_are_lost_or_changed_is_not_continued() {
        let data = tempfile::tempdir().unwrap();
        Keys::open_or_make(data.path(), Some("log.example/1")).unwrap();
        let (key, vkey) = (data.path().join("keys/log.key"), data.path().join("log/log.vkey"));
        let text = fs::read_to_string(&key).unwrap();
        fs::remove_file(&key).unwrap();
        assert!(matches!(Keys::open_or_make(data.path(), None), Err(KeysError::Lost { .. })));
        let restore = |text: &str| write_new(&key, text.as_bytes(), 0o600).unwrap();
        restore(text.lines().next().unwrap());
        assert!(matches!(Keys::open_or_make(data.path(), None), Err(KeysError::Incomplete { .. })));
        restore(&text.replace('A', "B"));
        assert!(matches!(Keys::open_or_make(data.path(), None), Err(KeysError::Damaged { .. })));
        restore(&text);
        let other = Keys::from_seeds("log.example/1", [[1; 32], [2; 32]]).unwrap();
        fs::write(&vkey, other.vkeys()).unwrap();
        assert!(matches!(Keys::open_or_make(data.path(), None), Err(KeysError::OtherLog { .. })));
    }
}
