//! The keys that sign messages to systems (Standard Webhooks 1.0, asymmetric: Ed25519, `v1a`).
//!
//! `keys/hooks.key` holds the secret halves, one a line (`whsk_…`), readable by its owner only, the newest first: one, or two while
//! receivers change from one to the other; then every message bears two signatures. The public halves (`whpk_…`) are printed by the
//! command, served to anybody, and each change of them is an entry. Every server of a record needs the same file.

use std::{fs, io, path::Path};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use ed25519_dalek::{Signer as _, SigningKey};
use zeroize::Zeroizing;

use crate::log::keys::{KeysError, read_private, write_new};

/// The file in the folder of secrets.
const FILE: &str = "hooks.key";

/// What a secret half begins with, so that scanners for secrets that were published by mistake know it.
const SECRET: &str = "whsk_";

/// What a public half begins with.
const PUBLIC: &str = "whpk_";

/// Which kind of signature it is.
const KIND: &str = "v1a";

/// The store's key of the entry by which a set of keys was followed by another: whoever still has that set finds it.
#[must_use]
pub fn followed(public: &[String]) -> String {
    format!("hook keys after {}", public.join(" "))
}

/// The keys, the newest first.
pub struct Keys(Vec<SigningKey>);

/// Why there are no keys to sign with.
#[derive(Debug, thiserror::Error)]
pub enum HookKeysError {
    /// The file cannot be used.
    #[error(transparent)]
    File(#[from] KeysError),
    /// The file holds something else.
    #[error("`{path}` does not hold one or two keys of messages (`{SECRET}…`): restore it from a copy")]
    Damaged {
        /// The file.
        path: std::path::PathBuf,
    },
}

impl Keys {
    /// The keys of a folder of secrets; none where none were made.
    ///
    /// # Errors
    /// When the file is there and cannot be used.
    pub fn of(folder: &Path) -> Result<Option<Self>, HookKeysError> {
        let path = folder.join(FILE);
        let there = path.try_exists().map_err(|source| KeysError::File { path: path.clone(), source })?;
        if !there {
            return Ok(None);
        }
        let text = read_private(&path)?;
        let keys: Option<Vec<SigningKey>> = text.lines().map(parse).collect();
        match keys {
            Some(keys) if (1..=2).contains(&keys.len()) => Ok(Some(Self(keys))),
            _ => Err(HookKeysError::Damaged { path }),
        }
    }

    /// The keys of a folder of secrets, made if none were; those that another process makes meanwhile stay.
    ///
    /// # Errors
    /// As [`Keys::of`]; also when none can be made.
    pub fn made_in(folder: &Path) -> Result<Self, HookKeysError> {
        loop {
            if let Some(keys) = Self::of(folder)? {
                return Ok(keys);
            }
            let path = folder.join(FILE);
            let new = Self(vec![make()?]);
            write_new(&path, new.text().as_bytes(), 0o600).map_err(|source| KeysError::File { path, source })?;
        }
    }

    /// A new key before the newest, which signs on; one that was older than that is gone.
    ///
    /// # Errors
    /// As [`Keys::made_in`].
    pub fn renewed_in(folder: &Path) -> Result<Self, HookKeysError> {
        let Self(keys) = Self::made_in(folder)?;
        let renewed = Self([make()?].into_iter().chain(keys).take(2).collect());
        renewed.replace(folder)?;
        Ok(renewed)
    }

    /// The newest key alone.
    ///
    /// # Errors
    /// As [`Keys::made_in`].
    pub fn newest_in(folder: &Path) -> Result<Self, HookKeysError> {
        let Self(keys) = Self::made_in(folder)?;
        let newest = Self(keys.into_iter().take(1).collect());
        newest.replace(folder)?;
        Ok(newest)
    }

    /// The public halves as receivers know them, the newest first.
    #[must_use]
    pub fn public(&self) -> Vec<String> {
        let text = |key: &SigningKey| format!("{PUBLIC}{}", STANDARD.encode(key.verifying_key().as_bytes()));
        self.0.iter().map(text).collect()
    }

    /// The header `webhook-signature` of a message: by every key, with a space between. `id` has no full stop in it.
    #[must_use]
    pub fn signatures(&self, id: &str, timestamp: i64, body: &str) -> String {
        let signed = format!("{id}.{timestamp}.{body}");
        let one = |key: &SigningKey| format!("{KIND},{}", STANDARD.encode(key.sign(signed.as_bytes()).to_bytes()));
        self.0.iter().map(one).collect::<Vec<_>>().join(" ")
    }

    fn text(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(128));
        for key in &self.0 {
            let seed = Zeroizing::new(STANDARD.encode(key.as_bytes()));
            text.push_str(SECRET);
            text.push_str(&seed);
            text.push('\n');
        }
        text
    }

    /// Takes the file's place, whole or not at all, durably.
    fn replace(&self, folder: &Path) -> Result<(), KeysError> {
        let (path, draft) = (folder.join(FILE), folder.join(format!("{FILE}.next")));
        let failed = |source: io::Error| KeysError::File { path: path.clone(), source };
        // One that a process left behind that died.
        match fs::remove_file(&draft) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
            _ => {}
        }
        write_new(&draft, self.text().as_bytes(), 0o600).map_err(failed)?;
        fs::rename(&draft, &path).map_err(failed)?;
        fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)
    }
}

/// How many, never which.
impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Keys({})", self.0.len())
    }
}

fn make() -> Result<SigningKey, KeysError> {
    let mut seed = Zeroizing::new([0; 32]);
    getrandom::fill(&mut *seed).map_err(KeysError::Random)?;
    Ok(SigningKey::from_bytes(&seed))
}

fn parse(line: &str) -> Option<SigningKey> {
    let bytes = Zeroizing::new(STANDARD.decode(line.strip_prefix(SECRET)?).ok()?);
    let seed = Zeroizing::new(<[u8; 32]>::try_from(bytes.as_slice()).ok()?);
    Some(SigningKey::from_bytes(&seed))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn keys_are_made_once_change_over_with_two_and_end_with_one() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        assert!(Keys::of(folder).unwrap().is_none());
        let made: Vec<Vec<String>> = std::thread::scope(|scope| {
            let running: Vec<_> = (0..8).map(|_| scope.spawn(|| Keys::made_in(folder).unwrap().public())).collect();
            running.into_iter().map(|one| one.join().unwrap()).collect()
        });
        assert!(made.iter().all(|one| *one == made[0] && one.len() == 1), "{made:?}");
        let mode = || fs::metadata(folder.join(FILE)).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(), 0o600);
        fs::write(folder.join("hooks.key.next"), "left behind").unwrap();
        let both = Keys::renewed_in(folder).unwrap().public();
        assert_eq!((both.len(), &both[1], mode()), (2, &made[0][0], 0o600));
        let third = Keys::renewed_in(folder).unwrap();
        assert_eq!((third.public().len(), &third.public()[1]), (2, &both[0]));
        let signed = third.signatures("en-1", 7, "{}");
        assert!(signed.split(' ').count() == 2 && signed.split(' ').all(|one| one.starts_with("v1a,")), "{signed}");
        let last = Keys::newest_in(folder).unwrap().public();
        assert_eq!(last, third.public()[..1]);
        assert_eq!(Keys::of(folder).unwrap().unwrap().public(), last);
        assert_eq!(fs::read_dir(folder).unwrap().count(), 1, "nothing is left behind");
        let shown = format!("{third:?}");
        assert_eq!(shown, "Keys(2)");
    }

    #[test]
    fn a_file_that_holds_no_keys_or_is_open_to_others_signs_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE);
        let good = Keys::made_in(folder.path()).unwrap().text();
        let set = |text: &str, mode| {
            fs::write(&path, text).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            Keys::of(folder.path())
        };
        for bad in ["", "whsk_\n", "whsk_AAAA\n", &good.replace("whsk_", "whpk_"), &good.repeat(3), "\n"] {
            let refused = set(bad, 0o600).unwrap_err().to_string();
            assert!(refused.contains("restore it from a copy") && !refused.contains("AAAA"), "{bad}: {refused}");
        }
        assert!(matches!(set(&good, 0o640), Err(HookKeysError::File(KeysError::Open { .. }))));
        assert!(set(&good, 0o600).unwrap().is_some());
    }
}
