//! An official's answer: sealed to the reply key of the report and signed by the official's key.
//!
//! The reply key travels only inside the report's seal, and the signature is over the mailbox, the sequence number, the
//! recipient and the text, so whoever stores answers can neither write one, nor give it to another mailbox, nor show it
//! again or out of order. Which keys are officials' is said by the logged key history, which the caller hands in. All
//! sealed answers have one length.
//!
//! Form inside the seal, padded (`pad`), in deterministic CBOR: the official's public key, the signature, the signed
//! body. The signature (RFC 8032) is over `LABEL`, the SHA-256 of the recipient's key, and the body. An answer that was
//! withheld at the end of the sequence is not seen here: the log's count of answers is what shows it.

use std::fmt;

use ed25519_next::{Signature, Signer as _, SigningKey, VerifyingKey};
use rand_core::CryptoRng;
use sha2_next::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::{
    cbor::{FormError, Reader, Writer},
    envelope::{self, Identity, OpenError, Recipient, SealError},
    pad::{self, PadError, UnpadError},
    receipt::Mailbox,
    secret::{derive, redacted},
};

/// The longest text of an answer, in bytes: with it the padding's first step is kept.
pub const MAX_REPLY_TEXT_BYTES: usize = 12_000;

/// The length of every sealed answer, in bytes: an age file of 16 KiB of padded text for one recipient.
pub const SEALED_REPLY_BYTES: usize = 18_043;

const LABEL: &[u8; 18] = b"vouchsafe/reply/v1";
const VERSION: u64 = 1;
/// More than the longest body.
const MAX_BODY_BYTES: usize = MAX_REPLY_TEXT_BYTES + 256;

/// The secret key of an official who answers.
pub struct OfficialKey(SigningKey);

redacted!(OfficialKey => "OfficialKey", Reply => "Reply");

impl OfficialKey {
    /// The key of a seed.
    #[must_use]
    pub fn from_seed(seed: &Zeroizing<[u8; 32]>) -> Self {
        Self(SigningKey::from_bytes(seed))
    }

    /// The key of an official who has this identity: it follows from it, so that one secret is kept and age's own tools
    /// can read the file that holds it.
    #[must_use]
    pub fn of(identity: &Identity) -> Self {
        let text = identity.to_text();
        Self::from_seed(&derive(text.as_bytes(), b"vouchsafe/official/v1", b"sign"))
    }

    /// The key that signs.
    pub(crate) fn signing(&self) -> &SigningKey {
        &self.0
    }

    /// The public key, for the key history.
    #[must_use]
    pub fn public(&self) -> OfficialPublicKey {
        OfficialPublicKey(self.0.verifying_key().to_bytes())
    }
}

/// The public key of an official who answers.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OfficialPublicKey([u8; 32]);

impl OfficialPublicKey {
    /// The key of these bytes.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes of the key.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for OfficialPublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

/// An answer, to be sealed or as it was opened.
pub struct Reply {
    /// The mailbox that it is for.
    pub mailbox: Mailbox,
    /// Its number in that mailbox, from 1.
    pub sequence: u64,
    /// What it says.
    pub text: Zeroizing<String>,
}

/// Why an answer was not sealed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SealReplyError {
    /// It is too long.
    #[error("an answer of {0} bytes is longer than {MAX_REPLY_TEXT_BYTES}")]
    TooLong(usize),
    /// Numbers begin with 1.
    #[error("the first answer of a mailbox has the number 1")]
    Sequence,
    /// It cannot be padded.
    #[error("the answer cannot be padded")]
    Pad(#[source] PadError),
    /// It cannot be sealed.
    #[error("the answer cannot be sealed")]
    Seal(#[source] SealError),
}

/// Why an answer is not shown.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OpenReplyError {
    /// It is not for this receipt, or was changed.
    #[error("the answer stays closed")]
    Open(#[source] OpenError),
    /// What is inside is not padded.
    #[error("what is inside is not padded as we pad")]
    Unpad(#[source] UnpadError),
    /// What is inside is no answer.
    #[error("what is inside is no answer")]
    Form(#[source] FormError),
    /// Its version is not known.
    #[error("an answer of version {0} is not known")]
    Version(u64),
    /// It is signed by a key that no official has.
    #[error("it is signed by a key that is no official's")]
    UnknownKey(OfficialPublicKey),
    /// The signature is not of that key, or not over this answer.
    #[error("it was not signed by the official whose key it names")]
    Forged,
    /// It is for another mailbox.
    #[error("it was written for another mailbox")]
    OtherMailbox,
    /// It was shown before.
    #[error("answer {found} was given again after answer {last}")]
    Replayed {
        /// The last number that was shown.
        last: u64,
        /// Its number.
        found: u64,
    },
    /// One before it is missing.
    #[error("answer {found} came where answer {expected} has to be")]
    OutOfOrder {
        /// The number that has to be next.
        expected: u64,
        /// Its number.
        found: u64,
    },
}

fn signed(to: &Recipient, body: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut message = Zeroizing::new(Vec::with_capacity(LABEL.len() + 32 + body.len()));
    message.extend_from_slice(LABEL);
    message.extend_from_slice(&Sha256::digest(to.to_bytes()));
    message.extend_from_slice(body);
    message
}

impl Reply {
    fn body(&self) -> Zeroizing<Vec<u8>> {
        let mut w = Writer::with_capacity(self.text.len() + 128);
        w.map(4);
        w.text("v");
        w.unsigned(VERSION);
        w.text("text");
        w.text(&self.text);
        w.text("mailbox");
        w.bytes(self.mailbox.as_bytes());
        w.text("sequence");
        w.unsigned(self.sequence);
        w.finish()
    }

    /// Signs the answer and seals it to the reply key of the report.
    ///
    /// # Errors
    /// It is too long, or its number is not one.
    pub fn seal(&self, key: &OfficialKey, to: &Recipient, rng: &mut impl CryptoRng) -> Result<Vec<u8>, SealReplyError> {
        if self.text.len() > MAX_REPLY_TEXT_BYTES {
            return Err(SealReplyError::TooLong(self.text.len()));
        }
        if self.sequence == 0 {
            return Err(SealReplyError::Sequence);
        }
        let body = self.body();
        let mut w = Writer::with_capacity(body.len() + 128);
        w.array(3);
        w.bytes(key.public().as_bytes());
        w.bytes(&key.0.sign(&signed(to, &body)).to_bytes());
        w.bytes(&body);
        let padded = pad::pad(&w.finish()).map_err(SealReplyError::Pad)?;
        envelope::seal(&[to], &padded, rng).map_err(SealReplyError::Seal)
    }
}

/// What a phone knows when it asks for its next answer.
#[derive(Debug)]
pub struct Expecting<'a> {
    /// The identity that answers are sealed to.
    pub identity: &'a Identity,
    /// The receipt's mailbox.
    pub mailbox: Mailbox,
    /// The number of the answer that was shown last; 0 if none was.
    pub last: u64,
    /// The keys of those who may answer, by the logged key history.
    pub officials: &'a [OfficialPublicKey],
}

impl Expecting<'_> {
    /// Opens the next answer. Nothing of one that is refused is given.
    ///
    /// # Errors
    /// It is not the next answer of an official to this mailbox.
    pub fn open(&self, sealed: &[u8]) -> Result<Reply, OpenReplyError> {
        let padded = envelope::open(self.identity, sealed).map_err(OpenReplyError::Open)?;
        let bytes = pad::unpad(&padded).map_err(OpenReplyError::Unpad)?;
        let (key, signature, body) = outer(&bytes).map_err(OpenReplyError::Form)?;
        if !self.officials.contains(&key) {
            return Err(OpenReplyError::UnknownKey(key));
        }
        let recipient = self.identity.recipient().map_err(|_| OpenReplyError::Forged)?;
        let verifying = VerifyingKey::from_bytes(&key.0).map_err(|_| OpenReplyError::Forged)?;
        verifying
            .verify_strict(&signed(&recipient, body), &Signature::from_bytes(&signature))
            .map_err(|_| OpenReplyError::Forged)?;
        let reply = inner(body)?;
        if reply.mailbox != self.mailbox {
            return Err(OpenReplyError::OtherMailbox);
        }
        let found = reply.sequence;
        if found <= self.last {
            return Err(OpenReplyError::Replayed { last: self.last, found });
        }
        let expected = self.last.saturating_add(1);
        if found != expected {
            return Err(OpenReplyError::OutOfOrder { expected, found });
        }
        Ok(reply)
    }
}

fn outer(bytes: &[u8]) -> Result<(OfficialPublicKey, [u8; 64], &[u8]), FormError> {
    let mut r = Reader::new(bytes);
    if r.array(3, "answer")? != 3 {
        return Err(Reader::wrong(0, "answer"));
    }
    let key = OfficialPublicKey(r.array_of("key")?);
    let signature = r.array_of("signature")?;
    let body = r.bytes(MAX_BODY_BYTES, "body")?;
    r.finish()?;
    Ok((key, signature, body))
}

fn inner(body: &[u8]) -> Result<Reply, OpenReplyError> {
    let mut r = Reader::new(body);
    let mut read = || -> Result<Result<Reply, u64>, FormError> {
        r.map_of(4, "body")?;
        r.key("v")?;
        let version = r.unsigned("v")?;
        if version != VERSION {
            return Ok(Err(version));
        }
        r.key("text")?;
        let text = Zeroizing::new(r.text(MAX_REPLY_TEXT_BYTES, "text")?.to_owned());
        r.key("mailbox")?;
        let mailbox = Mailbox::new(r.array_of("mailbox")?);
        r.key("sequence")?;
        let sequence = r.unsigned("sequence")?;
        Ok(Ok(Reply { mailbox, sequence, text }))
    };
    let reply = read().map_err(OpenReplyError::Form)?.map_err(OpenReplyError::Version)?;
    r.finish().map_err(OpenReplyError::Form)?;
    Ok(reply)
}
