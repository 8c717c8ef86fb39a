//! Post-quantum recipients and identities, and the stanza `mlkem768x25519` (C2SP `age`, "hybrid post-quantum").
//!
//! The KEM is X-Wing (ML-KEM-768 and X25519) inside HPKE's base mode (RFC 9180, draft-ietf-hpke-pq-03). `hpke` 0.15.1
//! accepts an X25519 share of low order, which the draft and C2SP's vectors forbid; `check` refuses it before.

use std::{fmt, str::FromStr};

use bech32::{Bech32, Checksum, Hrp, primitives::decode::CheckedHrpstring};
use hpke::{
    Deserializable as _, Kem as _, OpModeR, OpModeS, Serializable as _, aead::ChaCha20Poly1305, kdf::HkdfSha256,
    kem::XWing,
};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::{FileKey, Unwrap, header, header::Stanza};
use crate::secret::redacted;

/// The kind of the stanza.
pub(super) const KIND: &str = "mlkem768x25519";
const INFO: &[u8] = b"age-encryption.org/mlkem768x25519";
const ENC_BYTES: usize = 1120;
/// Where the X25519 share begins in the encapsulated key, behind ML-KEM's ciphertext.
const SHARE_AT: usize = 1088;
const BODY_BYTES: usize = 32;

type PublicKey = <XWing as hpke::Kem>::PublicKey;
type PrivateKey = <XWing as hpke::Kem>::PrivateKey;
type EncappedKey = <XWing as hpke::Kem>::EncappedKey;

/// BIP 173's code without its limit of 90 characters, as age uses it.
enum LongBech32 {}

impl Checksum for LongBech32 {
    type MidstateRepr = <Bech32 as Checksum>::MidstateRepr;
    type CorrectionField = <Bech32 as Checksum>::CorrectionField;
    const ROOT_GENERATOR: Self::CorrectionField = Bech32::ROOT_GENERATOR;
    const ROOT_EXPONENTS: std::ops::RangeInclusive<usize> = Bech32::ROOT_EXPONENTS;
    const CODE_LENGTH: usize = usize::MAX;
    const CHECKSUM_LENGTH: usize = Bech32::CHECKSUM_LENGTH;
    const GENERATOR_SH: [u32; 5] = Bech32::GENERATOR_SH;
    const TARGET_RESIDUE: u32 = Bech32::TARGET_RESIDUE;
}

const RECIPIENT_PREFIX: Hrp = Hrp::parse_unchecked("age1pq");
const IDENTITY_PREFIX: Hrp = Hrp::parse_unchecked("age-secret-key-pq-");

/// Why text is no key. It never repeats the text, which may be a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyTextError {
    /// A character is missing, wrong or too many.
    #[error("the key was mistyped: its letters do not pass their own check")]
    Mistyped,
    /// It is a key of another kind.
    #[error("this is not a key that begins with `{0}1`")]
    Kind(&'static str),
    /// The bytes inside are no key.
    #[error("the key has {0} bytes that are no key")]
    Bytes(usize),
}

fn decode(text: &str, prefix: Hrp, kind: &'static str) -> Result<Zeroizing<Vec<u8>>, KeyTextError> {
    let checked = CheckedHrpstring::new::<LongBech32>(text).map_err(|_| KeyTextError::Mistyped)?;
    if checked.hrp() != prefix {
        return Err(KeyTextError::Kind(kind));
    }
    let bytes = Zeroizing::new(checked.byte_iter().collect::<Vec<u8>>());
    // One spelling for each key: no set bits behind the last byte.
    let again = bech32::encode_lower::<LongBech32>(prefix, &bytes).map_err(|_| KeyTextError::Mistyped)?;
    let same = Zeroizing::new(again).eq_ignore_ascii_case(text);
    if same { Ok(bytes) } else { Err(KeyTextError::Mistyped) }
}

/// Someone who can be sealed for: a public key, written `age1pq1…`.
#[derive(Clone, PartialEq, Eq)]
pub struct Recipient(PublicKey);

impl Recipient {
    /// The recipient of these 1216 bytes.
    ///
    /// # Errors
    /// They are no public key.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, KeyTextError> {
        PublicKey::from_bytes(bytes).map(Self).map_err(|_| KeyTextError::Bytes(bytes.len()))
    }

    /// The 1216 bytes of the public key.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.to_bytes().to_vec()
    }

    /// The encapsulated key and the sealed file key.
    pub(super) fn wrap(&self, file_key: &FileKey, rng: &mut impl CryptoRng) -> Option<(Vec<u8>, Vec<u8>)> {
        hpke::single_shot_seal_with_rng::<ChaCha20Poly1305, HkdfSha256, XWing>(
            &OpModeS::Base,
            &self.0,
            INFO,
            file_key.bytes(),
            b"",
            rng,
        )
        .ok()
        .map(|(enc, body)| (enc.to_bytes().to_vec(), body))
    }
}

impl FromStr for Recipient {
    type Err = KeyTextError;

    fn from_str(text: &str) -> Result<Self, KeyTextError> {
        let bytes = decode(text, RECIPIENT_PREFIX, "age1pq")?;
        // A recipient is written in small letters; a QR code may have made them large.
        Self::from_bytes(&bytes)
    }
}

impl fmt::Display for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        bech32::encode_lower_to_fmt::<LongBech32, _>(f, RECIPIENT_PREFIX, &self.0.to_bytes()).map_err(|_| fmt::Error)
    }
}

impl fmt::Debug for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.to_string();
        write!(f, "Recipient({}…)", text.get(..20).unwrap_or_default())
    }
}

/// The secret that opens what was sealed for its recipient: 32 bytes, written `AGE-SECRET-KEY-PQ-1…`.
pub struct Identity(Zeroizing<[u8; 32]>);

redacted!(Identity => "Identity");

impl Identity {
    /// A new identity.
    #[must_use]
    pub fn make(rng: &mut impl CryptoRng) -> Self {
        let mut seed = Zeroizing::new([0; 32]);
        rng.fill_bytes(&mut *seed);
        Self(seed)
    }

    /// The identity of a seed, as `receipt` derives one.
    #[must_use]
    pub fn from_seed(seed: Zeroizing<[u8; 32]>) -> Self {
        Self(seed)
    }

    /// The secret as text, for an identity file.
    #[must_use]
    pub fn to_text(&self) -> Zeroizing<String> {
        Zeroizing::new(bech32::encode_upper::<LongBech32>(IDENTITY_PREFIX, &*self.0).unwrap_or_default())
    }

    /// Whom to seal for.
    ///
    /// # Errors
    /// None for a seed of 32 bytes, which every identity has.
    pub fn recipient(&self) -> Result<Recipient, KeyTextError> {
        self.key().map(|key| Recipient(XWing::sk_to_pk(&key))).ok_or(KeyTextError::Bytes(self.0.len()))
    }

    fn key(&self) -> Option<PrivateKey> {
        PrivateKey::from_bytes(&*self.0).ok()
    }
}

impl FromStr for Identity {
    type Err = KeyTextError;

    fn from_str(text: &str) -> Result<Self, KeyTextError> {
        let bytes = decode(text, IDENTITY_PREFIX, "AGE-SECRET-KEY-PQ-")?;
        let mut seed = Zeroizing::new([0; 32]);
        if bytes.len() != seed.len() {
            return Err(KeyTextError::Bytes(bytes.len()));
        }
        seed.copy_from_slice(&bytes);
        Ok(Self(seed))
    }
}

/// Why a stanza, and the file with it, is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StanzaRefused {
    /// It does not have the arguments of its kind.
    #[error("a stanza has not the arguments of its kind")]
    Arguments,
    /// The share in its arguments is not one.
    #[error("a stanza has a share that is not canonical or of the wrong length")]
    Share,
    /// The share is of low order: anyone could have made the key that it leads to.
    #[error("a stanza has a share of low order")]
    LowOrder,
    /// The wrapped key has the wrong length.
    #[error("a stanza has a body of the wrong length")]
    Body,
    /// It must be the only one and is not.
    #[error("a stanza that must be alone is not")]
    NotAlone,
}

/// The encapsulated key of a stanza of our kind; nothing for other kinds.
pub(super) fn check(stanza: &Stanza) -> Result<Option<EncappedKey>, StanzaRefused> {
    let [kind, args @ ..] = stanza.args.as_slice() else { return Ok(None) };
    if kind != KIND {
        return Ok(None);
    }
    let [share] = args else { return Err(StanzaRefused::Arguments) };
    let enc = header::decode(share).filter(|enc| enc.len() == ENC_BYTES).ok_or(StanzaRefused::Share)?;
    if stanza.body.len() != BODY_BYTES {
        return Err(StanzaRefused::Body);
    }
    let x25519 = enc.get(SHARE_AT..).and_then(|share| <[u8; 32]>::try_from(share).ok()).ok_or(StanzaRefused::Share)?;
    // Any clamped scalar is a multiple of the cofactor, so it maps exactly the points of low order to zero.
    let any = x25519_dalek::StaticSecret::from([1; 32]);
    if !any.diffie_hellman(&x25519_dalek::PublicKey::from(x25519)).was_contributory() {
        return Err(StanzaRefused::LowOrder);
    }
    EncappedKey::from_bytes(&enc).map(Some).map_err(|_| StanzaRefused::Share)
}

impl Unwrap for Identity {
    fn unwrap_stanzas(&self, stanzas: &[Stanza]) -> Result<Option<FileKey>, StanzaRefused> {
        let mut wrapped = Vec::new();
        for stanza in stanzas {
            if let Some(enc) = check(stanza)? {
                wrapped.push((enc, &stanza.body));
            }
        }
        let Some(key) = self.key() else { return Ok(None) };
        for (enc, body) in wrapped {
            let opened = hpke::single_shot_open::<ChaCha20Poly1305, HkdfSha256, XWing>(
                &OpModeR::Base,
                &key,
                &enc,
                INFO,
                body,
                b"",
            );
            let Ok(opened) = opened.map(Zeroizing::new) else { continue };
            let bytes = <[u8; 16]>::try_from(opened.as_slice()).map_err(|_| StanzaRefused::Body)?;
            return Ok(Some(FileKey::new(bytes)));
        }
        Ok(None)
    }
}
