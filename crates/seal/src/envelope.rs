//! Envelopes: age v1 files to post-quantum recipients (C2SP `age`, <https://c2sp.org/age>).
//!
//! We write one kind of stanza only, `mlkem768x25519`, so an envelope that is stored today stays closed to whoever has
//! a quantum computer later. Any implementation of age that knows `age1pq1…` opens what is written here, and what it
//! writes is opened here. Other kinds of recipients are not here; `Unwrap` is the seam where tests put them, so that
//! all published vectors of the format meet these readers.
//!
//! Opening gives the whole plaintext or none of it: what was decrypted before an error is not handed out.

mod armor;
mod header;
mod recipient;
mod stream;

use hmac::{Hmac, Mac as _};
use rand_core::CryptoRng;
use sha2_next::Sha256;
use zeroize::Zeroizing;

pub use armor::{ArmorError, decode_armor};
pub use header::{HeaderError, MAX_HEADER_BYTES, MAX_STANZAS, Stanza};
pub use recipient::{Identity, KeyTextError, Recipient, StanzaRefused};
pub use stream::{CHUNK_BYTES, Chunks, PayloadError, TAG_BYTES};

use crate::secret::{derive, redacted};
use header::Header;

/// The largest number of recipients of one envelope: each costs 1.6 kB on the reporter's line.
pub const MAX_RECIPIENTS: usize = 32;

/// The bytes of the nonce between header and payload.
const NONCE_BYTES: usize = 16;

/// The key of one file, which each stanza wraps.
pub struct FileKey(Zeroizing<[u8; 16]>);

redacted!(FileKey => "FileKey");

impl FileKey {
    /// The key of these bytes, as an `Unwrap` found them.
    #[must_use]
    pub fn new(bytes: [u8; 16]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    pub(crate) fn bytes(&self) -> &[u8; 16] {
        &self.0
    }

    fn make(rng: &mut impl CryptoRng) -> Self {
        let mut bytes = Zeroizing::new([0; 16]);
        rng.fill_bytes(&mut *bytes);
        Self(bytes)
    }

    /// The MAC over the header up to and with its three dashes.
    fn mac(&self, signed: &[u8]) -> Hmac<Sha256> {
        // HMAC fills a short key up to its block with zeros (RFC 2104); filled here, it cannot be of a wrong length.
        let mut key = Zeroizing::new([0; 64]);
        key.iter_mut().zip(derive(&*self.0, b"", b"header").iter()).for_each(|(to, from)| *to = *from);
        let mut mac = <Hmac<Sha256> as hmac::KeyInit>::new((&*key).into());
        mac.update(signed);
        mac
    }

    fn payload_key(&self, nonce: &[u8]) -> Zeroizing<[u8; 32]> {
        derive(&*self.0, nonce, b"payload")
    }
}

/// Whoever can find the file key in the stanzas of a header.
pub trait Unwrap {
    /// The file key, if one of the stanzas is for this holder.
    ///
    /// # Errors
    /// A stanza of a kind that this holder knows is malformed; the whole file is then refused.
    fn unwrap_stanzas(&self, stanzas: &[Stanza]) -> Result<Option<FileKey>, StanzaRefused>;
}

/// Why nothing was sealed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SealError {
    /// There is nobody to seal for.
    #[error("an envelope needs at least one recipient")]
    NoRecipient,
    /// There are more recipients than an envelope has.
    #[error("{0} recipients are more than {MAX_RECIPIENTS}")]
    TooManyRecipients(usize),
    /// The same recipient is named twice.
    #[error("recipient {0} is named twice")]
    Twice(usize),
    /// The file key could not be wrapped.
    #[error("the file key cannot be wrapped for recipient {0}")]
    Recipient(usize),
}

/// Why an envelope stays closed: the classes that C2SP's vectors (CCTV) tell apart.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The armor is not canonical.
    #[error("the armor of the envelope cannot be read")]
    Armor(#[source] ArmorError),
    /// The header is not one, or holds a malformed stanza of a known kind.
    #[error("the header of the envelope cannot be read")]
    Header(#[source] HeaderError),
    /// None of the stanzas is for this identity.
    #[error("the envelope is not for this identity")]
    NoMatch,
    /// The file key was found, but the header is not the one that its sender wrote.
    #[error("the header of the envelope was changed")]
    Mac,
    /// The payload was changed, cut short or made longer.
    #[error("the payload of the envelope cannot be opened")]
    Payload(#[source] PayloadError),
}

/// Seals for all of the recipients; any one of them can open it.
///
/// The length of what comes out is a function of the length of what goes in and of the number of recipients, so pad
/// first (`pad`).
///
/// # Errors
/// There is no recipient, there are too many, or one is named twice.
pub fn seal(recipients: &[&Recipient], plaintext: &[u8], rng: &mut impl CryptoRng) -> Result<Vec<u8>, SealError> {
    if recipients.is_empty() {
        return Err(SealError::NoRecipient);
    }
    if recipients.len() > MAX_RECIPIENTS {
        return Err(SealError::TooManyRecipients(recipients.len()));
    }
    let file_key = FileKey::make(rng);
    let mut seen: Vec<&Recipient> = Vec::with_capacity(recipients.len());
    let mut out = header::begin();
    for (index, recipient) in recipients.iter().enumerate() {
        if seen.contains(recipient) {
            return Err(SealError::Twice(index));
        }
        seen.push(recipient);
        let (enc, body) = recipient.wrap(&file_key, rng).ok_or(SealError::Recipient(index))?;
        header::push_stanza(&mut out, &[recipient::KIND, &header::encode(&enc)], &body);
    }
    header::push_end(&mut out, |signed| file_key.mac(signed).finalize().into_bytes().into());
    let mut nonce = [0; NONCE_BYTES];
    rng.fill_bytes(&mut nonce);
    out.extend_from_slice(&nonce);
    stream::seal(&file_key.payload_key(&nonce), plaintext, &mut out);
    Ok(out)
}

/// Opens an envelope in its binary form.
///
/// # Errors
/// The class of failure, as in `OpenError`.
pub fn open(identity: &Identity, bytes: &[u8]) -> Result<Zeroizing<Vec<u8>>, OpenError> {
    let opened = open_with(&[identity], bytes)?;
    let mut plaintext = Zeroizing::new(Vec::with_capacity(opened.max_len()));
    for chunk in opened {
        plaintext.extend_from_slice(&chunk.map_err(OpenError::Payload)?);
    }
    Ok(plaintext)
}

/// Opens an envelope in ASCII armor, as tools write it for mail and paper.
///
/// # Errors
/// The class of failure, as in `OpenError`.
pub fn open_armored(identity: &Identity, text: &[u8]) -> Result<Zeroizing<Vec<u8>>, OpenError> {
    open(identity, &decode_armor(text).map_err(OpenError::Armor)?)
}

/// Opens the header for the first holder who can, and leaves the payload to be read chunk by chunk.
///
/// A chunk that it gives is authentic and in its place; only when the last one came without an error is the file whole.
///
/// # Errors
/// The class of failure, as in `OpenError`, but for that of the payload.
pub fn open_with<'a>(holders: &[&dyn Unwrap], bytes: &'a [u8]) -> Result<Chunks<'a>, OpenError> {
    let header = Header::parse(bytes).map_err(OpenError::Header)?;
    let mut found = None;
    for holder in holders {
        found = holder
            .unwrap_stanzas(&header.stanzas)
            .map_err(|refused| OpenError::Header(HeaderError::Refused(refused)))?;
        if found.is_some() {
            break;
        }
    }
    let file_key = found.ok_or(OpenError::NoMatch)?;
    file_key.mac(header.signed).verify_slice(&header.mac).map_err(|_| OpenError::Mac)?;
    let (nonce, payload) = header
        .rest
        .split_at_checked(NONCE_BYTES)
        .ok_or(OpenError::Header(HeaderError::Nonce { bytes: header.rest.len() }))?;
    Ok(Chunks::new(&file_key.payload_key(nonce), payload))
}

/// What can be seen of an envelope without any key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outside {
    /// How many recipients there are.
    pub recipients: usize,
    /// The length of the plaintext, padding included.
    pub plaintext_bytes: usize,
}

/// Reads the outside of an envelope: whether it is one at all, for post-quantum recipients only.
///
/// It is for whoever takes envelopes in, so that nothing unsealed is ever kept by mistake. It shows no more than that
/// the sender wrote the form: what is inside can be anything.
///
/// # Errors
/// The bytes are no envelope, or one of the recipients is of another kind.
pub fn inspect(bytes: &[u8]) -> Result<Outside, HeaderError> {
    let header = Header::parse(bytes)?;
    for stanza in &header.stanzas {
        recipient::check(stanza).map_err(HeaderError::Refused)?.ok_or(HeaderError::OtherKind)?;
    }
    let payload = header.rest.len().checked_sub(NONCE_BYTES).ok_or(HeaderError::Nonce { bytes: header.rest.len() })?;
    let plaintext_bytes = stream::opened_len(payload).ok_or(HeaderError::PayloadLength { bytes: payload })?;
    Ok(Outside { recipients: header.stanzas.len(), plaintext_bytes })
}
