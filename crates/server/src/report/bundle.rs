//! The keys that a built bundle of pages has, as its phones use them.
//!
//! What is published is read from the bundle and not from the file that it was made of: these bytes, of which every hash
//! stands in the manifest, are what phones get, so nothing lies between what is published and what is used. The form of
//! `/keys.bin` is written by `crates/page`: fields, each with its length (u32, big-endian) before it.

use std::path::{Path, PathBuf};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use record::{ContactKeys, KeySet, PublicKey, Sha256Hex, keys::KeySetError};
use sha2::{Digest as _, Sha256};
use tlog::{VerifierKey, signature::parse_keys};

use super::pages::{Pages, PagesError};

/// The file of keys in a bundle.
const KEYS: &str = "/keys.bin";
/// The file of the recipients of contact details, which a phone fetches only if it has some.
const CONTACT: &str = "/contact.bin";
/// The bytes of a recipient's public key.
const RECIPIENT_BYTES: usize = 1216;

/// The keys of a bundle.
pub struct BundleKeys {
    /// Those that are published as a set.
    pub set: KeySet,
    /// The log's key, by which phones check that they are.
    pub log: VerifierKey,
}

/// Why a bundle has no keys to publish.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// The pages cannot be read or are not those of their manifest.
    #[error(transparent)]
    Pages(#[from] PagesError),
    /// There is no file of keys.
    #[error("the pages in `{folder}` have no `{KEYS}`: name the folder that `cargo xtask web` made")]
    Absent {
        /// The folder.
        folder: PathBuf,
    },
    /// A file of keys is not what this version writes.
    #[error("`{file}` of the pages in `{folder}` is not in its form: build the pages again with this version")]
    Form {
        /// The folder.
        folder: PathBuf,
        /// The file.
        file: &'static str,
    },
    /// The keys are no set.
    #[error("the keys of the pages in `{folder}` are no set of keys")]
    Set {
        /// The folder.
        folder: PathBuf,
        /// What is wrong with them.
        #[source]
        source: KeySetError,
    },
    /// A public key of the data folder cannot be read.
    #[error("`{path}` holds no public key: start `vouchsafe serve --report` once, which makes it")]
    Own {
        /// Its file.
        path: PathBuf,
    },
    /// The bundle was made with a key of another city.
    #[error(
        "the pages in `{folder}` have the key `{found}`, which is not in `{path}`: build them with this city's keys"
    )]
    Foreign {
        /// The folder.
        folder: PathBuf,
        /// The bundle's key.
        found: String,
        /// The file that should hold it.
        path: PathBuf,
    },
}

fn fields(mut bytes: &[u8]) -> Option<Vec<&[u8]>> {
    let mut found = Vec::new();
    while !bytes.is_empty() {
        let (length, rest) = bytes.split_first_chunk::<4>()?;
        let (field, rest) = rest.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
        found.push(field);
        bytes = rest;
    }
    Some(found)
}

/// A verifier key of Ed25519 from its name, identifier and bytes.
fn verifier(bytes: &[u8]) -> Option<VerifierKey> {
    let parts = fields(bytes)?;
    let [name, id, key] = parts.as_slice() else { return None };
    let encoded = STANDARD.encode([&[1], *key].concat());
    format!("{}+{}+{encoded}", std::str::from_utf8(name).ok()?, hex::encode(id)).parse().ok()
}

fn pieces<const N: usize>(bytes: &[u8]) -> Option<&[[u8; N]]> {
    let (pieces, rest) = bytes.as_chunks::<N>();
    rest.is_empty().then_some(pieces)
}

/// SHA-256 of each recipient's key.
fn hashes(recipients: &[u8]) -> Option<Vec<[u8; 32]>> {
    let keys = pieces::<RECIPIENT_BYTES>(recipients)?;
    Some(keys.iter().map(|key| Sha256::digest(key).into()).collect())
}

/// Intake, contact, officials and the two verifier keys, as `/keys.bin` has them.
struct Read {
    intake: Vec<[u8; 32]>,
    contact: Vec<[u8; 32]>,
    officials: Vec<[u8; 32]>,
    promise: VerifierKey,
    log: VerifierKey,
}

fn read_keys(bytes: &[u8]) -> Option<Read> {
    let parts = fields(bytes)?;
    let [intake, promise, origin, log, officials, contact] = parts.as_slice() else { return None };
    let read = Read {
        intake: hashes(intake)?,
        contact: pieces(contact)?.to_vec(),
        officials: pieces(officials)?.to_vec(),
        promise: verifier(promise)?,
        log: verifier(log)?,
    };
    (read.log.name().as_str().as_bytes() == *origin).then_some(read)
}

/// The keys of these pages; none if they have no file of keys.
///
/// # Errors
/// A file is not in its form, or the keys are no set.
pub(super) fn of_pages(pages: &Pages, folder: &Path) -> Result<Option<BundleKeys>, BundleError> {
    let Some(bytes) = pages.bytes(KEYS) else { return Ok(None) };
    let form = |file| BundleError::Form { folder: folder.to_owned(), file };
    let Read { intake, contact, officials, promise, log } = read_keys(bytes).ok_or_else(|| form(KEYS))?;
    // What a phone seals contact details for has to be what the keys' file says of it.
    let named = pages.bytes(CONTACT).map_or(Some(Vec::new()), hashes).ok_or_else(|| form(CONTACT))?;
    if named != contact {
        return Err(form(CONTACT));
    }
    let set_of = |keys: &[[u8; 32]]| keys.iter().map(|key| Sha256Hex::of(*key)).collect();
    let contact = match contact.split_at_checked(seal::shares::CITY_ROLES) {
        Some((city, trustee)) => Some(ContactKeys { city: set_of(city), trustee: set_of(trustee) }),
        None if contact.is_empty() => None,
        None => return Err(form(CONTACT)),
    };
    let officials = officials.into_iter().map(PublicKey::from_bytes).collect();
    let set = KeySet::new(set_of(&intake), contact, officials, promise.to_string())
        .map_err(|source| BundleError::Set { folder: folder.to_owned(), source })?;
    Ok(Some(BundleKeys { set, log }))
}

/// Reads the keys and the hash of a built bundle, and sees that its log and its promises are those of this data folder.
///
/// # Errors
/// See [`BundleError`].
pub fn read(folder: &Path, data: &Path) -> Result<(KeySet, Sha256Hex), BundleError> {
    let pages = Pages::read(folder)?;
    let absent = || BundleError::Absent { folder: folder.to_owned() };
    let BundleKeys { set, log } = of_pages(&pages, folder)?.ok_or_else(absent)?;
    let hash = pages.hash().cloned().ok_or_else(absent)?;
    for (key, name) in [(log.to_string(), "log.vkey"), (set.promise().to_owned(), "promise.vkey")] {
        let path = data.join("log").join(name);
        let text = std::fs::read_to_string(&path).ok();
        let ours =
            text.and_then(|text| parse_keys(&text).ok()).ok_or_else(|| BundleError::Own { path: path.clone() })?;
        if !ours.iter().any(|own| own.to_string() == key) {
            return Err(BundleError::Foreign { folder: folder.to_owned(), found: key, path });
        }
    }
    Ok((set, hash))
}
