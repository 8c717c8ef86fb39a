//! Keys of a log and what their signatures cover.
//!
//! Three kinds: `0x01` Ed25519 over the note's text (C2SP `signed-note`), which the public witness network asks of every
//! log; `0x04` Ed25519 and `0x06` ML-DSA-44 with a time (C2SP `tlog-cosignature` 1.1). `tlog-checkpoint` says that a log
//! itself SHOULD sign with the `0x06` form, under its own origin as the key's name, and has assigned no other byte to
//! ML-DSA-44. So ours signs every checkpoint twice, `0x01` and `0x06`, and a verifier that knows both keys asks for both.
//!
//! Signing is deterministic (RFC 8032; FIPS 204 with an all-zero random input): one checkpoint at one second has one
//! signature. Where keys are kept is the business of `server::log`.

use std::{fmt, str::FromStr};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use ed25519_dalek::Signer as _;
use ml_dsa::{EncodedVerifyingKey, Keypair as _, MlDsa44, Seed};
use zeroize::{Zeroize as _, Zeroizing};

use crate::{
    checkpoint::{Checkpoint, SignedCheckpoint},
    note::{KeyId, KeyName, KeyNameError, Note, NoteError, NoteSignature},
};

/// What kind of signature a key makes, with the byte that the specification assigns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SignatureKind {
    /// `0x01`: Ed25519 over the note's text.
    Ed25519 = 0x01,
    /// `0x04`: Ed25519 over the time and the note's text.
    CosignatureEd25519 = 0x04,
    /// `0x06`: ML-DSA-44 over signer, time, origin, size and root.
    CosignatureMlDsa44 = 0x06,
}

impl SignatureKind {
    fn from_byte(byte: u8) -> Option<Self> {
        [Self::Ed25519, Self::CosignatureEd25519, Self::CosignatureMlDsa44].into_iter().find(|kind| *kind as u8 == byte)
    }
}

impl fmt::Display for SignatureKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ed25519 => "Ed25519",
            Self::CosignatureEd25519 => "Ed25519 cosignature",
            Self::CosignatureMlDsa44 => "ML-DSA-44",
        })
    }
}

#[derive(Clone)]
enum PublicKey {
    Ed25519(ed25519_dalek::VerifyingKey),
    MlDsa44(Box<ml_dsa::VerifyingKey<MlDsa44>>),
}

/// A public key with its name, read from and written as a `vkey`: `name+id+base64(kind || key)`.
#[derive(Clone)]
pub struct VerifierKey {
    name: KeyName,
    id: KeyId,
    kind: SignatureKind,
    key: PublicKey,
}

/// Why text is no key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// It is not three parts joined by `+`.
    #[error("a key is written as name, identifier and base64, joined by plus signs, not as `{0}`")]
    Form(String),
    /// The name is none.
    #[error("the key has no name that can be used")]
    Name(#[from] KeyNameError),
    /// The identifier is not eight lower-case hexadecimal digits.
    #[error("the identifier `{0}` of the key is not eight hexadecimal digits")]
    Id(String),
    /// The rest is not canonical base64.
    #[error("the key `{0}` is not base64")]
    Base64(KeyName),
    /// The kind is none that is known here.
    #[error("the key `{name}` is of the kind {kind:#04x}; known are 0x01, 0x04 and 0x06")]
    Kind {
        /// The key's name.
        name: KeyName,
        /// The byte of its kind.
        kind: u8,
    },
    /// The key has not the length of its kind, or is no key.
    #[error("the key `{name}` is no {kind} key: {have} bytes, where {want} were expected, or no point of the curve")]
    Material {
        /// The key's name.
        name: KeyName,
        /// Its kind.
        kind: SignatureKind,
        /// How many bytes it should have.
        want: usize,
        /// How many it has.
        have: usize,
    },
    /// The identifier is not that of this name and key: one of the three was changed.
    #[error("the identifier of the key `{name}` is {derived}, not {written} as it is written")]
    IdDiffers {
        /// The key's name.
        name: KeyName,
        /// The identifier that follows from name and key.
        derived: KeyId,
        /// The identifier that was written.
        written: KeyId,
    },
}

/// Parts name, identifier and bytes of a written key.
fn parse_key(text: &str, shown: &str) -> Result<(KeyName, KeyId, Zeroizing<Vec<u8>>), KeyError> {
    let mut parts = text.splitn(3, '+');
    let (Some(name), Some(id), Some(encoded)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(KeyError::Form(shown.to_owned()));
    };
    let name: KeyName = name.parse()?;
    let bad_id = || KeyError::Id(id.chars().take(20).collect());
    let number = u32::from_str_radix(id, 16).map_err(|_| bad_id())?;
    let written = KeyId(number.to_be_bytes());
    if written.to_string() != id {
        return Err(bad_id());
    }
    let bytes = STANDARD.decode(encoded).map_err(|_| KeyError::Base64(name.clone()))?;
    Ok((name, written, Zeroizing::new(bytes)))
}

impl VerifierKey {
    fn new(name: KeyName, kind: SignatureKind, bytes: &[u8]) -> Result<Self, KeyError> {
        let want = if kind == SignatureKind::CosignatureMlDsa44 { 1312 } else { 32 };
        let bad = || KeyError::Material { name: name.clone(), kind, want, have: bytes.len() };
        let key = if kind == SignatureKind::CosignatureMlDsa44 {
            let encoded = EncodedVerifyingKey::<MlDsa44>::try_from(bytes).map_err(|_| bad())?;
            PublicKey::MlDsa44(Box::new(ml_dsa::VerifyingKey::decode(&encoded)))
        } else {
            let bytes: &[u8; 32] = bytes.try_into().map_err(|_| bad())?;
            PublicKey::Ed25519(ed25519_dalek::VerifyingKey::from_bytes(bytes).map_err(|_| bad())?)
        };
        let id = KeyId::derive(&name, kind as u8, bytes);
        Ok(Self { name, id, kind, key })
    }

    /// The key's name.
    #[must_use]
    pub fn name(&self) -> &KeyName {
        &self.name
    }

    /// The key's identifier.
    #[must_use]
    pub fn id(&self) -> KeyId {
        self.id
    }

    /// What kind of signature it checks.
    #[must_use]
    pub fn kind(&self) -> SignatureKind {
        self.kind
    }

    /// Whether one of a note's signatures is this key's and holds over the note's text. Only plain Ed25519 keys sign notes
    /// that are no checkpoints; every other kind is answered with no.
    #[must_use]
    pub fn signed_note(&self, note: &Note) -> bool {
        let PublicKey::Ed25519(key) = &self.key else { return false };
        self.kind == SignatureKind::Ed25519
            && note.signatures().iter().filter(|signature| self.names(signature)).any(|signature| {
                let bytes: Option<&[u8; 64]> = signature.bytes.as_slice().try_into().ok();
                bytes.is_some_and(|bytes| {
                    let signature = ed25519_dalek::Signature::from_bytes(bytes);
                    key.verify_strict(note.text().as_bytes(), &signature).is_ok()
                })
            })
    }

    fn public_bytes(&self) -> Vec<u8> {
        match &self.key {
            PublicKey::Ed25519(key) => key.as_bytes().to_vec(),
            PublicKey::MlDsa44(key) => key.encode().to_vec(),
        }
    }

    /// Whether a signature line names this key.
    #[must_use]
    pub fn names(&self, signature: &NoteSignature) -> bool {
        self.name == signature.name && self.id == signature.id
    }

    /// Checks one signature of a checkpoint; gives the time it states, in seconds since 1970, if it states one.
    ///
    /// `None` where the signature does not hold.
    #[must_use]
    pub fn check(&self, checkpoint: &SignedCheckpoint, signature: &NoteSignature) -> Option<Option<u64>> {
        if !self.names(signature) {
            return None;
        }
        let text = checkpoint.note().text();
        match (self.kind, &self.key) {
            (SignatureKind::Ed25519, PublicKey::Ed25519(key)) => {
                let bytes: &[u8; 64] = signature.bytes.as_slice().try_into().ok()?;
                let signature = ed25519_dalek::Signature::from_bytes(bytes);
                key.verify_strict(text.as_bytes(), &signature).ok()?;
                Some(None)
            }
            (SignatureKind::CosignatureEd25519, PublicKey::Ed25519(key)) => {
                let (time, rest) = split_time(&signature.bytes)?;
                let signature = ed25519_dalek::Signature::from_bytes(rest.try_into().ok()?);
                key.verify_strict(cosigned_text(time, text).as_bytes(), &signature).ok()?;
                // A v1 cosignature always says when; 0 would be no statement.
                if time == 0 { None } else { Some(Some(time)) }
            }
            (SignatureKind::CosignatureMlDsa44, PublicKey::MlDsa44(key)) => {
                let (time, rest) = split_time(&signature.bytes)?;
                let signature = ml_dsa::Signature::<MlDsa44>::try_from(rest).ok()?;
                let message = cosigned_message(&self.name, time, checkpoint.checkpoint())?;
                // The empty context: `tlog-cosignature` names none.
                key.verify_with_context(&message, b"", &signature).then_some((time != 0).then_some(time))
            }
            _ => None,
        }
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = [&[self.kind as u8][..], &self.public_bytes()].concat();
        write!(f, "{}+{}+{}", self.name, self.id, STANDARD.encode(bytes))
    }
}

impl fmt::Debug for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}+{} ({})", self.name, self.id, self.kind)
    }
}

impl PartialEq for VerifierKey {
    fn eq(&self, other: &Self) -> bool {
        self.names_same(other) && self.public_bytes() == other.public_bytes()
    }
}

impl Eq for VerifierKey {}

impl VerifierKey {
    fn names_same(&self, other: &Self) -> bool {
        self.name == other.name && self.id == other.id && self.kind == other.kind
    }
}

impl FromStr for VerifierKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let shown: String = text.chars().take(80).collect();
        let (name, written, bytes) = parse_key(text, &shown)?;
        let Some((kind, key)) = bytes.split_first() else {
            return Err(KeyError::Form(shown));
        };
        let kind = SignatureKind::from_byte(*kind).ok_or_else(|| KeyError::Kind { name: name.clone(), kind: *kind })?;
        let key = Self::new(name, kind, key)?;
        if key.id == written { Ok(key) } else { Err(KeyError::IdDiffers { name: key.name, derived: key.id, written }) }
    }
}

/// Reads the keys in a file, one a line; empty lines and lines that begin with `#` are passed over.
///
/// # Errors
/// A line is no key, with the line's number from 1.
pub fn parse_keys(text: &str) -> Result<Vec<VerifierKey>, (usize, KeyError)> {
    let lines = text.lines().enumerate().map(|(number, line)| (number + 1, line.trim()));
    let keys = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    keys.map(|(number, line)| line.parse().map_err(|error| (number, error))).collect()
}

fn split_time(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let (time, rest) = bytes.split_first_chunk::<8>()?;
    let time = u64::from_be_bytes(*time);
    // The specification's bound: a time fits 63 bits.
    i64::try_from(time).ok().map(|_| (time, rest))
}

fn cosigned_text(time: u64, text: &str) -> String {
    format!("cosignature/v1\ntime {time}\n{text}")
}

/// The `cosigned_message` of `tlog-cosignature` for a checkpoint; `None` where a name is longer than 255 bytes.
fn cosigned_message(name: &KeyName, time: u64, checkpoint: &Checkpoint) -> Option<Vec<u8>> {
    let mut message = b"subtree/v1\n\0".to_vec();
    message.push(u8::try_from(name.as_str().len()).ok()?);
    message.extend_from_slice(name.as_str().as_bytes());
    message.extend_from_slice(&time.to_be_bytes());
    message.push(u8::try_from(checkpoint.origin().len()).ok()?);
    message.extend_from_slice(checkpoint.origin().as_bytes());
    message.extend_from_slice(&0_u64.to_be_bytes());
    message.extend_from_slice(&checkpoint.size().to_be_bytes());
    message.extend_from_slice(&checkpoint.root().0);
    Some(message)
}

enum Secret {
    Ed25519(Box<ed25519_dalek::SigningKey>),
    MlDsa44(Box<ml_dsa::SigningKey<MlDsa44>>),
}

/// A secret key with its name; wiped from memory when dropped, never shown by `Debug`.
///
/// Written as Go's `note` package writes its own, `PRIVATE+KEY+name+id+base64(kind || seed)`; that the seed of ML-DSA-44
/// (32 bytes, FIPS 204 section 3.6.1) is written so too is our choice, no specification has one.
pub struct SecretKey {
    secret: Secret,
    public: VerifierKey,
}

/// A name or origin that is too long to be signed over.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the name of the key and the origin of the log must be at most 255 bytes each")]
pub struct SignError;

/// Why a note is not signed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignNoteError {
    /// The key signs checkpoints only.
    #[error("a key of the kind {0} signs checkpoints only")]
    Kind(SignatureKind),
    /// The text is none of a note.
    #[error("the text cannot be that of a note")]
    Note(#[source] NoteError),
}

const SECRET_PREFIX: &str = "PRIVATE+KEY+";

impl SecretKey {
    /// The key that follows from a seed of 32 random bytes.
    ///
    /// # Errors
    /// Never in practice: a public key that was derived is always one.
    pub fn from_seed(name: KeyName, kind: SignatureKind, seed: &[u8; 32]) -> Result<Self, KeyError> {
        if kind == SignatureKind::CosignatureMlDsa44 {
            let mut bytes = Seed::from(*seed);
            let key = ml_dsa::SigningKey::<MlDsa44>::from_seed(&bytes);
            bytes.as_mut_slice().zeroize();
            let public = VerifierKey::new(name, kind, key.verifying_key().encode().as_slice())?;
            Ok(Self { secret: Secret::MlDsa44(Box::new(key)), public })
        } else {
            let key = ed25519_dalek::SigningKey::from_bytes(seed);
            let public = VerifierKey::new(name, kind, key.verifying_key().as_bytes())?;
            Ok(Self { secret: Secret::Ed25519(Box::new(key)), public })
        }
    }

    /// Reads a secret key.
    ///
    /// # Errors
    /// The text is no secret key; no error shows any of it but its name.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        const HIDDEN: &str = "…";
        let rest = text.strip_prefix(SECRET_PREFIX).ok_or_else(|| KeyError::Form(HIDDEN.into()))?;
        let (name, written, bytes) = parse_key(rest, HIDDEN)?;
        let Some((kind, seed)) = bytes.split_first() else {
            return Err(KeyError::Form(HIDDEN.into()));
        };
        let kind = SignatureKind::from_byte(*kind).ok_or_else(|| KeyError::Kind { name: name.clone(), kind: *kind })?;
        let bad = || KeyError::Material { name: name.clone(), kind, want: 32, have: seed.len() };
        let key = Self::from_seed(name.clone(), kind, seed.try_into().map_err(|_| bad())?)?;
        if key.public.id == written {
            Ok(key)
        } else {
            Err(KeyError::IdDiffers { name: key.public.name.clone(), derived: key.public.id, written })
        }
    }

    /// Writes the secret key, for a file that only its owner can read.
    #[must_use]
    pub fn to_text(&self) -> Zeroizing<String> {
        let mut bytes = Zeroizing::new(vec![self.public.kind as u8]);
        match &self.secret {
            Secret::Ed25519(key) => bytes.extend_from_slice(key.as_bytes()),
            Secret::MlDsa44(key) => bytes.extend_from_slice(key.as_seed().as_slice()),
        }
        let encoded = Zeroizing::new(STANDARD.encode(&*bytes));
        Zeroizing::new(format!("{SECRET_PREFIX}{}+{}+{}", self.public.name, self.public.id, *encoded))
    }

    /// The public half.
    #[must_use]
    pub fn public(&self) -> &VerifierKey {
        &self.public
    }

    /// Signs the text of a note that is no checkpoint. A key that signs such notes must sign nothing else, so that no text
    /// of the one is taken for the other.
    ///
    /// # Errors
    /// [`SignNoteError::Kind`] for every kind but plain Ed25519; [`SignNoteError::Note`] for a text that cannot be a note's.
    pub fn sign_note(&self, text: String) -> Result<Note, SignNoteError> {
        let (Secret::Ed25519(key), SignatureKind::Ed25519) = (&self.secret, self.public.kind) else {
            return Err(SignNoteError::Kind(self.public.kind));
        };
        let bytes = key.sign(text.as_bytes()).to_bytes().to_vec();
        let signature = NoteSignature { name: self.public.name.clone(), id: self.public.id, bytes };
        Note::new(text, vec![signature]).map_err(SignNoteError::Note)
    }

    /// Signs a checkpoint; `time` (seconds since 1970) is part of the kinds that state a time.
    ///
    /// # Errors
    /// A name is too long to be signed over, or the time does not fit 63 bits.
    pub fn sign(&self, checkpoint: &Checkpoint, time: u64) -> Result<NoteSignature, SignError> {
        i64::try_from(time).map_err(|_| SignError)?;
        let text = checkpoint.to_string();
        let bytes = match (&self.secret, self.public.kind) {
            (Secret::Ed25519(key), SignatureKind::Ed25519) => key.sign(text.as_bytes()).to_bytes().to_vec(),
            (Secret::Ed25519(key), _) => {
                let signature = key.sign(cosigned_text(time, &text).as_bytes()).to_bytes();
                [&time.to_be_bytes()[..], &signature].concat()
            }
            (Secret::MlDsa44(key), _) => {
                let message = cosigned_message(&self.public.name, time, checkpoint).ok_or(SignError)?;
                let signature = key.expanded_key().sign_deterministic(&message, b"").map_err(|_| SignError)?;
                [&time.to_be_bytes()[..], signature.encode().as_slice()].concat()
            }
        };
        Ok(NoteSignature { name: self.public.name.clone(), id: self.public.id, bytes })
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "secret key of {:?}", self.public)
    }
}

/// A signature that held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// The line of the note, from 1.
    pub line: usize,
    /// The name of the key.
    pub name: KeyName,
    /// Its identifier.
    pub id: KeyId,
    /// Its kind.
    pub kind: SignatureKind,
    /// The time that the signature states, in seconds since 1970.
    pub time: Option<u64>,
}

/// Why the signatures of a checkpoint are not enough.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// A known key is named and its signature does not hold.
    #[error("the signature in line {line} of the checkpoint is not by the key `{name}+{id}` that it names")]
    Bad {
        /// The line, from 1.
        line: usize,
        /// The name of the key.
        name: KeyName,
        /// Its identifier.
        id: KeyId,
    },
    /// A key that must have signed has not.
    #[error("the checkpoint bears no signature by the key `{name}+{id}`")]
    Missing {
        /// The name of the key.
        name: KeyName,
        /// Its identifier.
        id: KeyId,
    },
}

/// Checks that every one of `keys` has signed a checkpoint, and gives the signatures that held.
///
/// Signatures by other keys are passed over, as `signed-note` asks: witnesses add theirs.
///
/// # Errors
/// A key is missing, or a signature that names one of them does not hold.
pub fn verify(checkpoint: &SignedCheckpoint, keys: &[VerifierKey]) -> Result<Vec<Verified>, VerifyError> {
    let mut held = Vec::new();
    for key in keys {
        let before = held.len();
        for (number, signature) in checkpoint.note().signatures().iter().enumerate() {
            if !key.names(signature) {
                continue;
            }
            let line = checkpoint.note().signature_line(number);
            let (name, id, kind) = (key.name.clone(), key.id, key.kind);
            match key.check(checkpoint, signature) {
                Some(time) => held.push(Verified { line, name, id, kind, time }),
                None => return Err(VerifyError::Bad { line, name, id }),
            }
        }
        if held.len() == before {
            return Err(VerifyError::Missing { name: key.name.clone(), id: key.id });
        }
    }
    Ok(held)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::tree::{Hash, leaf_hash};

    const KINDS: [SignatureKind; 3] =
        [SignatureKind::Ed25519, SignatureKind::CosignatureEd25519, SignatureKind::CosignatureMlDsa44];

    fn key(kind: SignatureKind) -> SecretKey {
        SecretKey::from_seed("log.example/2026".parse().unwrap(), kind, &[kind as u8; 32]).unwrap()
    }

    fn checkpoint(root: Hash) -> Checkpoint {
        Checkpoint::new("log.example/2026", 7, root).unwrap()
    }

    #[test]
    fn a_note_that_is_no_checkpoint_is_signed_by_plain_ed25519_only() {
        let text = "log.example/promise\na day\n".to_owned();
        let note = key(SignatureKind::Ed25519).sign_note(text.clone()).unwrap();
        let read = Note::parse(note.to_string().as_bytes()).unwrap();
        assert!(key(SignatureKind::Ed25519).public().signed_note(&read));
        for kind in &KINDS[1..] {
            assert_eq!(key(*kind).sign_note(text.clone()).unwrap_err(), SignNoteError::Kind(*kind));
            assert!(!key(*kind).public().signed_note(&read));
        }
        let other = Note::parse(note.to_string().replace("a day", "no day").as_bytes()).unwrap();
        assert!(!key(SignatureKind::Ed25519).public().signed_note(&other));
        let error = key(SignatureKind::Ed25519).sign_note("no end of line".to_owned()).unwrap_err();
        assert_eq!(error, SignNoteError::Note(NoteError::Text));
    }

    #[test]
    fn what_a_key_signs_its_public_half_checks() {
        let checkpoint = checkpoint(leaf_hash(b"x"));
        let keys = KINDS.map(key);
        let signatures = keys.iter().map(|key| key.sign(&checkpoint, 1_790_000_000).unwrap()).collect();
        let signed = SignedCheckpoint::new(checkpoint, signatures).unwrap();
        let read = SignedCheckpoint::parse(signed.to_string().as_bytes()).unwrap();
        assert_eq!(read, signed);
        let public: Vec<VerifierKey> = keys.iter().map(|key| key.public().to_string().parse().unwrap()).collect();
        let held = verify(&read, &public).unwrap();
        let stated: Vec<_> = held.iter().map(|v| (v.line, v.kind, v.time)).collect();
        let time = Some(1_790_000_000);
        assert_eq!(stated, [(5, KINDS[0], None), (6, KINDS[1], time), (7, KINDS[2], time)]);
        assert_eq!(read.note().signatures()[2].bytes.len(), 8 + 2420);
    }

    #[test]
    fn no_signature_holds_for_another_checkpoint_or_key() {
        let (one, other) = (checkpoint(leaf_hash(b"x")), checkpoint(leaf_hash(b"y")));
        for kind in KINDS {
            let signature = key(kind).sign(&one, 9).unwrap();
            let moved = SignedCheckpoint::new(other.clone(), vec![signature.clone()]).unwrap();
            assert!(matches!(verify(&moved, &[key(kind).public().clone()]), Err(VerifyError::Bad { line: 5, .. })));
            let stranger = SecretKey::from_seed("log.example/2026".parse().unwrap(), kind, &[99; 32]).unwrap();
            let signed = SignedCheckpoint::new(one.clone(), vec![signature]).unwrap();
            let missing = verify(&signed, &[stranger.public().clone()]);
            assert!(matches!(missing, Err(VerifyError::Missing { .. })));
        }
    }

    #[test]
    fn a_secret_key_survives_its_file_and_is_never_shown() {
        for kind in KINDS {
            let key = key(kind);
            let text = key.to_text();
            let read = SecretKey::parse(&text).unwrap();
            assert_eq!(read.public(), key.public());
            assert_eq!(format!("{key:?}").matches(&text[60..]).count(), 0);
            for cut in 0..text.len() {
                let error = SecretKey::parse(&text[..cut]).unwrap_err().to_string();
                assert!(!error.contains(&text[text.len() - 20..]));
            }
        }
    }

    #[test]
    fn a_public_key_with_any_character_changed_is_refused() {
        let text = key(SignatureKind::Ed25519).public().to_string();
        for at in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[at] ^= 1;
            let read = String::from_utf8(bytes).unwrap().parse::<VerifierKey>();
            assert!(read.is_err(), "changed at {at}");
        }
    }

    #[test]
    fn a_time_of_zero_is_no_statement() {
        let checkpoint = checkpoint(leaf_hash(b"x"));
        let ml = key(SignatureKind::CosignatureMlDsa44);
        let signed = SignedCheckpoint::new(checkpoint.clone(), vec![ml.sign(&checkpoint, 0).unwrap()]).unwrap();
        assert_eq!(verify(&signed, &[ml.public().clone()]).unwrap()[0].time, None);
        let ed = key(SignatureKind::CosignatureEd25519);
        let signed = SignedCheckpoint::new(checkpoint.clone(), vec![ed.sign(&checkpoint, 0).unwrap()]).unwrap();
        assert!(verify(&signed, &[ed.public().clone()]).is_err());
        assert!(ml.sign(&checkpoint, u64::MAX).is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn a_signature_with_any_bit_changed_does_not_hold(kind in 0..3_usize, bit in any::<prop::sample::Index>()) {
            let checkpoint = checkpoint(leaf_hash(b"x"));
            let key = key(KINDS[kind]);
            let mut signature = key.sign(&checkpoint, 1_790_000_000).unwrap();
            let bit = bit.index(signature.bytes.len() * 8);
            signature.bytes[bit / 8] ^= 1 << (bit % 8);
            let signed = SignedCheckpoint::new(checkpoint, vec![signature]).unwrap();
            prop_assert!(verify(&signed, &[key.public().clone()]).is_err());
        }

        #[test]
        fn any_text_is_a_key_or_refused(text in "([a-z./]{1,9})?[+]?[0-9a-f]{0,8}[+]?[A-Za-z0-9+/=]{0,60}") {
            if let Ok(key) = text.parse::<VerifierKey>() {
                prop_assert_eq!(key.to_string(), text);
            }
        }
    }
}
