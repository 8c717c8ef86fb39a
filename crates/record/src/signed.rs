//! That an official signed what their agency states of a quarter, with a passkey: all that anybody needs to check it again.
//!
//! What a passkey signs is not a text but a *challenge*, inside what the browser writes about the call (W3C Web Authentication, level 3,
//! section 7.2). The challenge here is a hash of the statement's own bytes ([`challenge`]), in a domain of its own, so that no other
//! ceremony's answer is one to this. The bytes stand in the entry: a later correction of the record changes no statement that was signed.
//!
//! [`SignedStatement::message`] checks all that needs no key and gives the bytes that the key signed. Whether it did is the server's to
//! find out, with the library that checks sign-ins. Not here: how a passkey is enrolled, and whose it was then (`Change::Enrolled`
//! holds the hash of its key).
//!
//! No law asks for a statement, nor for a signature under it (ADR 24, 35).

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::civil::Date;
use law::AgencyId;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::{Private, Sha256Hex, StaffId, filing::Period, hex32::hex32};

/// An official signed a statement; who they are and in what role stand in the entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignedStatement {
    /// Whose statement.
    pub agency: AgencyId,
    /// The first day it counts.
    pub from: Date,
    /// The last day it counts.
    pub through: Date,
    /// The statement, byte for byte: the canonical JSON from which every form of it is made, and whose SHA-256 the entry that it was made
    /// holds.
    pub statement: Private,
    /// Who signed, as their enrolment names them.
    pub staff: StaffId,
    /// What their passkey answered.
    pub answer: PasskeyAnswer,
}

/// What a passkey answered to a challenge, and what it takes to check it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PasskeyAnswer {
    /// The desk's own address, e.g. `https://desk.example.gov`: no page of another site got this answer.
    pub origin: String,
    /// What makes the challenge one of its kind.
    pub nonce: Nonce,
    /// The public key.
    pub key: PasskeyKey,
    /// What the device said (`authenticatorData`).
    pub device: HexBytes,
    /// What the browser said (`clientDataJSON`), byte for byte.
    pub browser: String,
    /// The signature over both.
    pub signature: HexBytes,
}

/// Thirty-two random bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Nonce([u8; 32]);

hex32!(Nonce, "a nonce");

/// Bytes whose text is lower-case hexadecimal digits.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct HexBytes(Vec<u8>);

impl HexBytes {
    /// These bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(bytes.to_vec())
    }

    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl std::fmt::Debug for HexBytes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "({} bytes)", self.0.len())
    }
}

impl TryFrom<String> for HexBytes {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let lower = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        let bytes = lower.then(|| hex::decode(&text).ok()).flatten();
        bytes.map(Self).ok_or_else(|| "this is no even number of lower-case hexadecimal digits".to_owned())
    }
}

impl From<HexBytes> for String {
    fn from(bytes: HexBytes) -> Self {
        hex::encode(bytes.0)
    }
}

/// The public key of a passkey, of one of the three kinds that enrolment takes. Text: its `COSE_Key` (RFC 9052) in hexadecimal digits, in
/// the one order that CTAP2 allows, so that a key has one text and one hash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "HexBytes", into = "HexBytes")]
pub enum PasskeyKey {
    /// ECDSA on P-256 with SHA-256.
    Es256 {
        /// The point's first coordinate.
        x: [u8; 32],
        /// Its second.
        y: [u8; 32],
    },
    /// ECDSA on P-384 with SHA-384.
    Es384 {
        /// The point's first coordinate.
        x: [u8; 48],
        /// Its second.
        y: [u8; 48],
    },
    /// RSASSA-PKCS1-v1_5 with SHA-256, of 2048 bits.
    Rs256 {
        /// The modulus.
        n: Box<[u8; 256]>,
        /// The exponent.
        e: [u8; 3],
    },
}

// Map heads and labels as CTAP2's canonical CBOR writes them: kty, alg, then crv, x, y or n, e.
const ES256: &[u8] = &[0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32];
const ES256_Y: &[u8] = &[0x22, 0x58, 32];
const ES384: &[u8] = &[0xa5, 1, 2, 3, 0x38, 0x22, 0x20, 2, 0x21, 0x58, 48];
const ES384_Y: &[u8] = &[0x22, 0x58, 48];
const RS256: &[u8] = &[0xa4, 1, 3, 3, 0x39, 1, 0, 0x20, 0x59, 1, 0];
const RS256_E: &[u8] = &[0x21, 0x43];

/// The two parts of a key after its head, with what stands between them.
fn parts<const FIRST: usize, const SECOND: usize>(
    bytes: &[u8],
    head: &[u8],
    between: &[u8],
) -> Option<([u8; FIRST], [u8; SECOND])> {
    let (first, rest) = bytes.strip_prefix(head)?.split_first_chunk()?;
    let second = rest.strip_prefix(between)?.try_into().ok()?;
    Some((*first, second))
}

impl PasskeyKey {
    /// The key of a `COSE_Key`; none where it is of another kind or written in another way.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let es256 = parts(bytes, ES256, ES256_Y).map(|(x, y)| Self::Es256 { x, y });
        let es384 = || parts(bytes, ES384, ES384_Y).map(|(x, y)| Self::Es384 { x, y });
        let rs256 = || parts(bytes, RS256, RS256_E).map(|(n, e)| Self::Rs256 { n: Box::new(n), e });
        es256.or_else(es384).or_else(rs256)
    }

    /// The `COSE_Key`.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        match self {
            Self::Es256 { x, y } => [ES256, x, ES256_Y, y].concat(),
            Self::Es384 { x, y } => [ES384, x, ES384_Y, y].concat(),
            Self::Rs256 { n, e } => [RS256, &n[..], RS256_E, e].concat(),
        }
    }

    /// SHA-256 of the `COSE_Key`: by it an enrolment and a revocation name the key.
    #[must_use]
    pub fn hash(&self) -> Sha256Hex {
        Sha256Hex::of(Sha256::digest(self.to_bytes()).into())
    }
}

impl TryFrom<HexBytes> for PasskeyKey {
    type Error = &'static str;

    fn try_from(bytes: HexBytes) -> Result<Self, &'static str> {
        Self::parse(&bytes.0).ok_or("this is no public key of a passkey")
    }
}

impl From<PasskeyKey> for HexBytes {
    fn from(key: PasskeyKey) -> Self {
        Self(key.to_bytes())
    }
}

/// The challenge to which a passkey answers when it signs a statement with this SHA-256.
///
/// The first bytes are a domain of its own: a challenge of a sign-in is thirty-two random bytes, and whoever wants one of them to be a
/// statement's, or the reverse, must find what hashes to it. The nonce makes each signing its own, so that an answer is good once.
#[must_use]
pub fn challenge(statement: &[u8; 32], nonce: &Nonce) -> [u8; 32] {
    let hash = Sha256::new().chain_update(b"vouchsafe statement v1\0").chain_update(statement);
    hash.chain_update(nonce.as_bytes()).finalize().into()
}

/// What does not hold of a statement that was signed. Each names the part of the entry, and quotes nothing of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignedFault {
    /// The bytes are no statement of this agency and quarter.
    #[error("the statement in it (`statement`) is none of the agency and the quarter that it names")]
    Statement,
    /// What the browser said cannot be read.
    #[error("what the browser said (`browser`) cannot be read")]
    Browser,
    /// It was said about something else than signing in or signing.
    #[error("what the browser said (`browser`) is not about a passkey that was used")]
    Kind,
    /// Another challenge was answered.
    #[error("its passkey answered another challenge than that of the statement in it (`statement`, `nonce`)")]
    Challenge,
    /// Another site's page asked.
    #[error("its passkey answered a page of another address than the one it names (`origin`)")]
    Origin,
    /// What the device said cannot be read.
    #[error("what the device said (`device`) cannot be read")]
    Device,
    /// The passkey is another site's.
    #[error("its passkey is for another address than the one it names (`origin`, `device`)")]
    Site,
    /// Nobody touched the device.
    #[error("the device says that nobody was there (`device`)")]
    Absent,
    /// The device did not verify its owner.
    #[error("the device says that it did not verify its owner (`device`)")]
    Unverified,
    /// The signature is not the key's.
    #[error("its signature (`signature`) is not one of its key (`key`) over what device and browser said")]
    Signature,
}

/// The parts of `clientDataJSON` that count; a browser may add others.
#[derive(Deserialize)]
struct Browser {
    #[serde(rename = "type")]
    kind: String,
    challenge: String,
    origin: String,
    #[serde(rename = "crossOrigin", default)]
    cross_origin: bool,
}

/// The parts of a published statement that say whose and of when it is.
#[derive(Deserialize)]
struct About {
    format: String,
    section: String,
    agency: Option<AgencyId>,
    period: Period,
}

/// The flags of `authenticatorData`: user present, user verified, attested credential, extensions.
const PRESENT: u8 = 1;
const VERIFIED: u8 = 1 << 2;
const ATTESTED: u8 = 1 << 6;
const EXTENDED: u8 = 1 << 7;

impl SignedStatement {
    /// SHA-256 of the statement.
    #[must_use]
    pub fn content(&self) -> [u8; 32] {
        Sha256::digest(self.statement.reveal().as_bytes()).into()
    }

    /// The bytes that the key must have signed, once all else holds: the statement is of its agency and quarter, and what browser and
    /// device said is the answer to its challenge, by a verified owner, at the desk's address.
    ///
    /// # Errors
    /// The first thing that does not hold.
    pub fn message(&self) -> Result<Vec<u8>, SignedFault> {
        let about: About = serde_json::from_str(self.statement.reveal()).map_err(|_| SignedFault::Statement)?;
        let whose = about.agency.as_ref() == Some(&self.agency);
        let of_quarter = (about.period.from, about.period.to) == (self.from, self.through);
        if about.format != "vouchsafe filing 1" || about.section != "statement" || !whose || !of_quarter {
            return Err(SignedFault::Statement);
        }
        self.answer.message(&challenge(&self.content(), &self.answer.nonce))
    }
}

impl PasskeyAnswer {
    /// The bytes that the key must have signed in answer to this challenge (section 7.2, steps 10 to 19).
    fn message(&self, challenge: &[u8; 32]) -> Result<Vec<u8>, SignedFault> {
        let browser: Browser = serde_json::from_str(&self.browser).map_err(|_| SignedFault::Browser)?;
        if browser.kind != "webauthn.get" {
            return Err(SignedFault::Kind);
        }
        if browser.challenge != URL_SAFE_NO_PAD.encode(challenge) {
            return Err(SignedFault::Challenge);
        }
        let host = host(&self.origin).ok_or(SignedFault::Origin)?;
        if browser.origin != self.origin || browser.cross_origin {
            return Err(SignedFault::Origin);
        }
        let device = self.device.as_bytes();
        // SHA-256 of the site's name, flags, a counter of four bytes, and what extensions say.
        let (site, rest) = device.split_first_chunk::<32>().ok_or(SignedFault::Device)?;
        let (&[flags, ..], more) = rest.split_first_chunk::<5>().ok_or(SignedFault::Device)?;
        if flags & ATTESTED != 0 || (flags & EXTENDED != 0) == more.is_empty() {
            return Err(SignedFault::Device);
        }
        if site[..] != Sha256::digest(host.as_bytes())[..] {
            return Err(SignedFault::Site);
        }
        if flags & PRESENT == 0 {
            return Err(SignedFault::Absent);
        }
        if flags & VERIFIED == 0 {
            return Err(SignedFault::Unverified);
        }
        Ok([device, &Sha256::digest(self.browser.as_bytes())].concat())
    }
}

/// The host name of an origin, as passkeys are bound to it.
fn host(origin: &str) -> Option<&str> {
    let (scheme, rest) = origin.split_once("://")?;
    let host = rest.split_once(':').map_or(rest, |(host, port)| if port.parse::<u16>().is_ok() { host } else { "" });
    let named = !host.is_empty() && host.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.'));
    // A browser gives passkeys to pages over TLS alone, but on this machine itself.
    (named && (scheme == "https" || (scheme == "http" && host == "localhost"))).then_some(host)
}

#[cfg(test)]
mod tests;
