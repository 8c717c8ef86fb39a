//! The encapsulation of calls and answers: RFC 9458, section 4, over HPKE (RFC 9180).
//!
//! One KEM, DHKEM(X25519, HKDF-SHA256), one KDF, HKDF-SHA256, and two AEADs: AES-128-GCM, which every client of RFC 9458 has,
//! and ChaCha20-Poly1305. `hpke` does the key schedule and opens; what RFC 9458 adds to it is here. Not by the crate `ohttp`,
//! which the tests take as their client: the workspace's manifest says why.
//!
//! What this opens is a transport. It has nothing to do with what opens a report, which is sealed inside once more.

use aes_gcm::{Aes128Gcm, KeyInit, aead::AeadInOut};
use chacha20poly1305::ChaCha20Poly1305;
use hkdf::Hkdf;
use hpke::{
    Deserializable as _, Kem as _, OpModeR, Serializable as _,
    aead::{Aead, AeadCtxR, AeadTag, AesGcm128, ChaCha20Poly1305 as HpkeChaCha},
    kdf::HkdfSha256,
    kem::X25519HkdfSha256 as X25519,
};
use sha2_next::Sha256;
use zeroize::{Zeroize as _, Zeroizing};

/// DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-128-GCM, ChaCha20-Poly1305 (RFC 9180, section 7).
const KEM: [u8; 2] = [0, 0x20];
const KDF: [u8; 2] = [0, 1];
const AES: [u8; 2] = [0, 1];
const CHACHA: [u8; 2] = [0, 3];

const ENC_BYTES: usize = 32;
const HEADER_BYTES: usize = 7;
const TAG_BYTES: usize = 16;

/// What encapsulation adds to a call: names of key and suite, the client's key, the tag.
pub const OVERHEAD_BYTES: usize = HEADER_BYTES + ENC_BYTES + TAG_BYTES;

const REQUEST: &[u8] = b"message/bhttp request\0";
const RESPONSE: &[u8] = b"message/bhttp response";

/// Why an encapsulated call cannot be opened (RFC 9458, sections 4.3 and 5.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// It ends before the sealed message begins, or its tag would.
    #[error("it is no encapsulated call: {0} bytes are too few")]
    Short(usize),
    /// Its key is not, or no longer, here.
    #[error("key {0} is not, or no longer, one of this gateway")]
    Key(u8),
    /// It names algorithms that the key configuration does not offer.
    #[error("it names algorithms that this gateway does not offer")]
    Suite,
    /// It was changed, cut short, or sealed to another key.
    #[error("it cannot be opened: it was changed, or sealed to another key")]
    Sealed,
}

/// Why an answer cannot be encapsulated.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// The system gives no chance.
    #[error("no random bytes")]
    Random(#[source] getrandom::Error),
    /// The answer is longer than the AEAD can seal.
    #[error("the answer is too long to be sealed")]
    Long,
}

/// A key of the gateway. It is nowhere but in memory, and overwritten when it is dropped (`x25519-dalek`).
pub struct Key {
    id: u8,
    secret: <X25519 as hpke::Kem>::PrivateKey,
    public: <X25519 as hpke::Kem>::PublicKey,
}

impl Key {
    /// The key that follows from chance (`DeriveKeyPair`, RFC 9180, section 7.1.3).
    #[must_use]
    pub fn derive(id: u8, chance: &[u8; 32]) -> Self {
        let (secret, public) = X25519::derive_keypair(chance);
        Self { id, secret, public }
    }

    /// Its name in calls.
    #[must_use]
    pub fn id(&self) -> u8 {
        self.id
    }

    /// The key configuration (RFC 9458, section 3.1).
    #[must_use]
    pub fn config(&self) -> Vec<u8> {
        let mut config = vec![self.id];
        config.extend_from_slice(&KEM);
        config.extend_from_slice(&self.public.to_bytes());
        // The length of the two suites.
        config.extend_from_slice(&[0, 8]);
        for aead in [AES, CHACHA] {
            config.extend_from_slice(&KDF);
            config.extend_from_slice(&aead);
        }
        config
    }

    /// Opens a call, in its own place.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn open(&self, mut capsule: Vec<u8>) -> Result<Opened, OpenError> {
        let length = capsule.len();
        let id = key_id(&capsule)?;
        if id != self.id {
            return Err(OpenError::Key(id));
        }
        let (header, rest) = capsule.split_first_chunk_mut::<HEADER_BYTES>().ok_or(OpenError::Short(length))?;
        let (enc, sealed) = rest.split_first_chunk_mut::<ENC_BYTES>().ok_or(OpenError::Short(length))?;
        let (message, tag) = sealed.split_last_chunk_mut::<TAG_BYTES>().ok_or(OpenError::Short(length))?;
        let [_, kem @ .., kdf0, kdf1, aead0, aead1] = *header;
        if (kem, [kdf0, kdf1]) != (KEM, KDF) {
            return Err(OpenError::Suite);
        }
        let info = [REQUEST, &*header].concat();
        let secret = match [aead0, aead1] {
            AES => Secret::Aes(self.opened::<AesGcm128, 16>(&info, enc, message, tag)?),
            CHACHA => Secret::ChaCha(self.opened::<HpkeChaCha, 32>(&info, enc, message, tag)?),
            _ => return Err(OpenError::Suite),
        };
        let answering = Answering { enc: *enc, secret };
        Ok(Opened { end: length - TAG_BYTES, capsule, answering })
    }

    /// Opens a message in its place; gives what its answer is sealed with.
    fn opened<A: Aead, const SECRET: usize>(
        &self,
        info: &[u8],
        enc: &[u8; ENC_BYTES],
        message: &mut [u8],
        tag: &[u8; TAG_BYTES],
    ) -> Result<Zeroizing<[u8; SECRET]>, OpenError> {
        let refused = |_| OpenError::Sealed;
        let enc = <X25519 as hpke::Kem>::EncappedKey::from_bytes(enc).map_err(refused)?;
        let mut context: AeadCtxR<A, HkdfSha256, X25519> =
            hpke::setup_receiver(&OpModeR::Base, &self.secret, &enc, info).map_err(refused)?;
        let tag = AeadTag::<A>::from_bytes(tag).map_err(refused)?;
        context.open_inout_detached(message.into(), b"", &tag).map_err(refused)?;
        let mut secret = Zeroizing::new([0; SECRET]);
        context.export(RESPONSE, &mut *secret).map_err(refused)?;
        Ok(secret)
    }
}

/// The key that a call names; nothing else of it is looked at.
///
/// # Errors
/// There is none.
pub fn key_id(capsule: &[u8]) -> Result<u8, OpenError> {
    capsule.first().copied().ok_or(OpenError::Short(0))
}

/// A call that was opened, and what its answer is sealed with.
pub struct Opened {
    capsule: Vec<u8>,
    end: usize,
    answering: Answering,
}

impl Opened {
    /// The message: binary HTTP, if the client keeps to RFC 9458.
    #[must_use]
    pub fn message(&self) -> &[u8] {
        self.capsule.get(HEADER_BYTES + ENC_BYTES..self.end).unwrap_or_default()
    }

    /// Only what the answer is sealed with; the message is overwritten.
    #[must_use]
    pub fn answering(mut self) -> Answering {
        self.capsule.zeroize();
        self.answering
    }
}

/// What is exported from the call's context: as long as the greater of the AEAD's key and nonce.
enum Secret {
    Aes(Zeroizing<[u8; 16]>),
    ChaCha(Zeroizing<[u8; 32]>),
}

/// Seals the answer of one call, once.
pub struct Answering {
    enc: [u8; ENC_BYTES],
    secret: Secret,
}

impl Answering {
    /// The encapsulated answer (RFC 9458, section 4.4).
    ///
    /// # Errors
    /// See [`SealError`].
    pub fn seal(self, message: &[u8]) -> Result<Vec<u8>, SealError> {
        let mut chance = [0; 32];
        getrandom::fill(&mut chance).map_err(SealError::Random)?;
        self.seal_by(&chance, message)
    }

    /// The same by a given chance, of which the AEAD decides how much is used.
    fn seal_by(self, chance: &[u8; 32], message: &[u8]) -> Result<Vec<u8>, SealError> {
        match &self.secret {
            Secret::Aes(secret) => {
                let (nonce, _) = chance.split_first_chunk::<16>().ok_or(SealError::Long)?;
                sealed::<Aes128Gcm, 16>(&self.enc, secret, nonce, message)
            }
            Secret::ChaCha(secret) => sealed::<ChaCha20Poly1305, 32>(&self.enc, secret, chance, message),
        }
    }
}

fn sealed<A, const KEY: usize>(
    enc: &[u8; ENC_BYTES],
    secret: &[u8; KEY],
    response_nonce: &[u8; KEY],
    message: &[u8],
) -> Result<Vec<u8>, SealError>
where
    A: AeadInOut + KeyInit,
{
    let salt = [enc.as_slice(), response_nonce].concat();
    let kdf = Hkdf::<Sha256>::new(Some(&salt), secret);
    let (mut key, mut nonce) = (Zeroizing::new([0; KEY]), [0; 12]);
    kdf.expand(b"key", &mut *key).map_err(|_| SealError::Long)?;
    kdf.expand(b"nonce", &mut nonce).map_err(|_| SealError::Long)?;
    let aead = A::new_from_slice(&*key).map_err(|_| SealError::Long)?;
    let nonce = nonce.as_slice().try_into().map_err(|_| SealError::Long)?;
    let mut out = Vec::with_capacity(KEY + message.len() + TAG_BYTES);
    out.extend_from_slice(response_nonce);
    out.extend_from_slice(message);
    let place = out.get_mut(KEY..).ok_or(SealError::Long)?;
    let tag = aead.encrypt_inout_detached(nonce, b"", place.into()).map_err(|_| SealError::Long)?;
    out.extend_from_slice(&tag);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    const CHANCE: [u8; 32] = [7; 32];

    fn vector() -> BTreeMap<String, Vec<u8>> {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../testdata/server/oblivious/rfc9458-appendix-a.txt");
        let text = std::fs::read_to_string(path).unwrap();
        let line = |line: &str| line.split_once(": ").map(|(name, hex)| (name.to_owned(), hex::decode(hex).unwrap()));
        text.lines().filter(|line| !line.starts_with('#') && !line.starts_with("expect")).filter_map(line).collect()
    }

    #[test]
    fn the_example_of_rfc_9458_is_opened_and_answered_to_the_byte() {
        let vector = vector();
        let secret = <X25519 as hpke::Kem>::PrivateKey::from_bytes(&vector["secret-key"]).unwrap();
        let key = Key { id: 1, public: X25519::sk_to_pk(&secret), secret };
        assert_eq!(key.config(), vector["key-config"]);
        let opened = key.open(vector["encapsulated-request"].clone()).unwrap();
        assert_eq!(opened.message(), vector["request"]);
        let mut chance = [0; 32];
        chance[..16].copy_from_slice(&vector["response-nonce"]);
        let answer = opened.answering().seal_by(&chance, &vector["response"]).unwrap();
        assert_eq!(answer, vector["encapsulated-response"]);
    }

    /// By the crate `ohttp`, with the one suite that is asked for.
    fn client(key: &Key, aead: [u8; 2]) -> ohttp::ClientRequest {
        let mut config = key.config();
        let at = config.len() - 8;
        config.truncate(at);
        config[at - 1] = 4;
        config.extend_from_slice(&KDF);
        config.extend_from_slice(&aead);
        ohttp::ClientRequest::from_encoded_config(&config).unwrap()
    }

    #[test]
    fn another_s_client_is_understood_and_understands_with_both_ciphers() {
        let key = Key::derive(9, &CHANCE);
        for aead in [AES, CHACHA] {
            let (capsule, answer) = client(&key, aead).encapsulate(b"asked").unwrap();
            assert_eq!(capsule.len(), OVERHEAD_BYTES + 5);
            let opened = key.open(capsule).unwrap();
            assert_eq!(opened.message(), b"asked");
            assert_eq!(answer.decapsulate(&opened.answering().seal(b"told").unwrap()).unwrap(), b"told");
        }
    }

    #[test]
    fn a_changed_bit_a_cut_or_a_byte_more_opens_nothing() {
        let key = Key::derive(9, &CHANCE);
        for aead in [AES, CHACHA] {
            let (capsule, _) = client(&key, aead).encapsulate(b"asked").unwrap();
            let refused = |capsule: Vec<u8>| key.open(capsule).err();
            for bit in 0..capsule.len() * 8 {
                let mut changed = capsule.clone();
                changed[bit / 8] ^= 1 << (bit % 8);
                let wanted = match bit / 8 {
                    0 => OpenError::Key(changed[0]),
                    // The bits in which the two ciphers' names differ make one of the other.
                    6 if [AES, CHACHA].contains(&[changed[5], changed[6]]) => OpenError::Sealed,
                    1..=6 => OpenError::Suite,
                    // The highest bit of a point on the curve is not looked at (RFC 7748), but the key depends on all bytes.
                    _ => OpenError::Sealed,
                };
                assert_eq!(refused(changed), Some(wanted), "bit {bit}");
            }
            for end in 0..capsule.len() {
                let wanted = if end < OVERHEAD_BYTES { OpenError::Short(end) } else { OpenError::Sealed };
                assert_eq!(refused(capsule[..end].to_vec()), Some(wanted), "{end}");
            }
            assert_eq!(refused([&*capsule, &[0]].concat()), Some(OpenError::Sealed));
            assert_eq!(Key::derive(9, &[8; 32]).open(capsule).err(), Some(OpenError::Sealed));
        }
    }

    #[test]
    fn the_same_call_is_never_answered_under_the_same_key() {
        let key = Key::derive(9, &CHANCE);
        let (capsule, _) = client(&key, AES).encapsulate(b"asked").unwrap();
        let answer = || key.open(capsule.clone()).unwrap().answering().seal(b"told").unwrap();
        let (one, two) = (answer(), answer());
        assert_ne!(one[..16], two[..16]);
        assert_ne!(one[16..], two[16..]);
    }
}
