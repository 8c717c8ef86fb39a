//! The promise: what the phone holds in its hand once a report is accepted.
//!
//! A C2SP signed note, by a key that signs nothing else: the day, the root of what was sent, the leaf, and the day by which
//! that leaf is in the log. Whoever holds it and does not find the leaf can show that the city broke its word. The key is
//! made with the first start of the door, in `keys/promise.key`; its public half lies beside the log's own.

use std::path::{Path, PathBuf};

use jiff::civil::Date;
use record::Leaf;
use seal::leaf::ContentRoot;
use tlog::{
    SecretKey, VerifierKey,
    note::KeyName,
    signature::{KeyError, SignNoteError, SignatureKind},
};
use zeroize::Zeroizing;

use super::{
    answers::{PROMISE_BYTES, SLOTS},
    overdue::Progress,
};
use crate::{
    log::keys::{KeysError, read_private, write_new},
    store::Report,
};

/// What follows the log's origin in the name of the key and in the first line of a promise.
const SUFFIX: &str = "/report-promise";

/// Signs promises.
pub struct Promise {
    key: SecretKey,
}

/// Why there is no key to promise with.
#[derive(Debug, thiserror::Error)]
pub enum PromiseError {
    /// Its file cannot be used.
    #[error(transparent)]
    File(#[from] KeysError),
    /// The file holds something else.
    #[error("`{path}` is no key for promises: restore it from a copy")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        #[source]
        source: KeyError,
    },
    /// The key is of another log.
    #[error("`{path}` is the key of `{found}`, and this log is `{ours}`: restore the keys that belong together")]
    OtherLog {
        /// The file.
        path: PathBuf,
        /// Its name.
        found: String,
        /// The log's.
        ours: String,
    },
}

impl Promise {
    /// The key of a data folder, made if it is not there; its public half goes to `log/promise.vkey`.
    ///
    /// # Errors
    /// See [`PromiseError`].
    pub fn of(data: &Path, origin: &str) -> Result<Self, PromiseError> {
        let path = data.join("keys").join("promise.key");
        let damaged = |source| PromiseError::Damaged { path: path.clone(), source };
        if !path.exists() {
            let mut seed = Zeroizing::new([0; 32]);
            getrandom::fill(&mut *seed).map_err(KeysError::Random)?;
            let name: KeyName = format!("{origin}{SUFFIX}").parse().map_err(KeysError::Origin)?;
            let key = SecretKey::from_seed(name, SignatureKind::Ed25519, &seed).map_err(damaged)?;
            let text = Zeroizing::new(format!("{}\n", *key.to_text()));
            write_new(&path, text.as_bytes(), 0o600)
                .map_err(|source| KeysError::File { path: path.clone(), source })?;
        }
        let text = read_private(&path)?;
        let key = SecretKey::parse(text.trim_end()).map_err(damaged)?;
        let found = key.public().name().as_str().to_owned();
        if found != format!("{origin}{SUFFIX}") {
            return Err(PromiseError::OtherLog { path, found, ours: origin.to_owned() });
        }
        let vkey = data.join("log").join("promise.vkey");
        if !vkey.exists() {
            write_new(&vkey, format!("{}\n", key.public()).as_bytes(), 0o644)
                .map_err(|source| KeysError::File { path: vkey, source })?;
        }
        Ok(Self { key })
    }

    /// The public key, for the page's bundle.
    #[must_use]
    pub fn public(&self) -> &VerifierKey {
        self.key.public()
    }

    /// The slots of a page of promises, for whoever came back: each the length of a note (u16), the note, and a byte of what has
    /// become of the report ([`Progress`]), or nothing and chance, for which as much is signed. Signed anew they are the same bytes as were given at first, since Ed25519 has no
    /// chance in it. Of what was erased nothing is known that could be promised again.
    ///
    /// # Errors
    /// The operating system gives no random bytes, or a report names an attachment twice.
    pub fn page(&self, reports: &[(&Report, Progress)], today: Date) -> anyhow::Result<Vec<u8>> {
        let mut bytes = vec![0; SLOTS * PROMISE_BYTES];
        getrandom::fill(&mut bytes)?;
        let mut reports = reports.iter();
        for slot in bytes.chunks_exact_mut(PROMISE_BYTES) {
            let (note, progress) = match reports.next() {
                Some((report, progress)) => {
                    let root = ContentRoot::of(&report.envelope, &report.attachments)?;
                    (self.make(report.day, &root, &report.leaf)?, Some(*progress as u8))
                }
                None => {
                    self.make(today, &ContentRoot::from_bytes([0; 32]), &Leaf::from_bytes([0; 32]))?;
                    (String::new(), None)
                }
            };
            let length = u16::try_from(note.len())?;
            for (byte, put) in slot.iter_mut().zip(length.to_be_bytes().into_iter().chain(note.bytes()).chain(progress))
            {
                *byte = put;
            }
        }
        Ok(bytes)
    }

    /// Promises that this leaf will be in the log by the day after.
    ///
    /// # Errors
    /// Never in practice: the text is always one of a note.
    pub fn make(&self, day: Date, root: &ContentRoot, leaf: &Leaf) -> Result<String, SignNoteError> {
        let by = day.tomorrow().unwrap_or(day);
        let name = self.key.public().name();
        let text = format!("{name}\n{day}\n{}\n{leaf}\nin the log by {by}\n", hex::encode(root.as_bytes()));
        Ok(self.key.sign_note(text)?.to_string())
    }
}
