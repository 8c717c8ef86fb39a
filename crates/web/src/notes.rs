//! Signed notes (C2SP `signed-note`) of one kind of key, Ed25519: the server's promise and the log's head.
//!
//! `tlog` reads and writes notes and trees. Its keys are not used here: they bring ML-DSA and a second curve to a phone that
//! needs neither. Both agree on what is signed: see `tests`.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use ed25519_next::{Signature, VerifyingKey};
use tlog::{KeyId, KeyName, Note};

use crate::{fault::Fault, fields::Fields};

/// The number of this kind of key.
const ED25519: u8 = 1;

/// A public key as it stands in the bundle: name, identifier and key, each a field. Whoever built the bundle has read it
/// with `tlog` from its written form, so the identifier is the key's own.
pub(crate) struct NoteKey {
    name: KeyName,
    id: KeyId,
    key: VerifyingKey,
}

impl NoteKey {
    /// The key in the next field.
    pub(crate) fn read(input: &mut Fields<'_>) -> Result<Self, Fault> {
        let mut parts = Fields::new(input.bytes()?);
        let name = parts.text()?.parse().map_err(|_| Fault::Keys)?;
        let id = KeyId(parts.array()?);
        let key = VerifyingKey::from_bytes(&parts.array()?).map_err(|_| Fault::Keys)?;
        parts.finish()?;
        Ok(Self { name, id, key })
    }

    /// The name of the key; a log's key has the log's origin.
    pub(crate) fn name(&self) -> &str {
        self.name.as_str()
    }

    /// The key as it is written (C2SP `signed-note`): name, identifier and, in base64, kind and key.
    pub(crate) fn verifier(&self) -> String {
        let key = STANDARD.encode([&[ED25519], self.key.as_bytes().as_slice()].concat());
        [self.name.as_str(), "+", &hex::encode(self.id.0), "+", &key].concat()
    }

    /// Whether the key signed the note, and no signature in its name is false.
    pub(crate) fn signed(&self, note: &Note) -> bool {
        let mut ours = note.signatures().iter().filter(|one| one.name == self.name && one.id == self.id).peekable();
        ours.peek().is_some()
            && ours.all(|one| {
                let signature = one.bytes.as_slice().try_into().map(Signature::from_bytes);
                signature.is_ok_and(|signature| self.key.verify_strict(note.text().as_bytes(), &signature).is_ok())
            })
    }
}
