//! Attachments: C2SP `chunked-encryption` (<https://c2sp.org/chunked-encryption>) with AES-256-GCM and SHA-512, which
//! pyca/cryptography calls Cobblestone-256.
//!
//! A sealed file is a salt, a commitment to the key, and chunks of 16 KiB of which the last is shorter, so that its end
//! needs no mark. A browser's WebCrypto does all of it natively, also where WebAssembly is switched off; the key travels
//! in the report. The commitment keeps one file from being opened to two contents under two keys.
//!
//! Sealing and opening are fed as bytes come and hold one chunk; `Seeker` opens any chunk alone. Not here: the
//! specification's raw mode, its other ciphers and hashes, and padding (`pad`).

use aes_gcm::{AeadInOut as _, Aes256Gcm, KeyInit as _};
use hmac::{Hmac, Mac as _};
use rand_core::CryptoRng;
use sha2_next::Sha512;
use zeroize::{Zeroize as _, Zeroizing};

use crate::secret::redacted;

/// The plaintext of a whole chunk, in bytes.
pub const CHUNK_BYTES: usize = 16 * 1024;

/// What each chunk grows by, in bytes.
pub const TAG_BYTES: usize = 16;

/// The salt before the commitment, in bytes.
pub const SALT_BYTES: usize = 24;

/// Salt and commitment, in bytes.
pub const PREFIX_BYTES: usize = SALT_BYTES + 32;

/// No file has this many chunks (4 PiB).
pub const MAX_CHUNKS: u64 = 1 << 38;

const SEALED_CHUNK_BYTES: usize = CHUNK_BYTES + TAG_BYTES;
const LABEL: &[u8] = b"c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0";

/// The key of one file.
pub struct FileKey(Zeroizing<[u8; 32]>);

redacted!(FileKey => "FileKey", Sealer => "Sealer", Opener => "Opener", Seeker => "Seeker");

impl FileKey {
    /// A new key.
    #[must_use]
    pub fn make(rng: &mut impl CryptoRng) -> Self {
        let mut bytes = Zeroizing::new([0; 32]);
        rng.fill_bytes(&mut *bytes);
        Self(bytes)
    }

    /// The key of these bytes.
    #[must_use]
    pub fn new(bytes: Zeroizing<[u8; 32]>) -> Self {
        Self(bytes)
    }

    /// The bytes of the key, to be written where only the recipients read.
    #[must_use]
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }
}

/// Why bytes do not open, or a length is none of a sealed file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The bytes end before salt and commitment do.
    #[error("the file ends after {bytes} bytes, before its salt and commitment do")]
    Prefix {
        /// How many there are.
        bytes: u64,
    },
    /// The key or the context is another than that of the sealer.
    #[error("the file was not sealed with this key for this purpose")]
    Commitment,
    /// A chunk was changed or moved, or is from another file.
    #[error("chunk {chunk} was changed, moved, or is of another file")]
    Chunk {
        /// The chunk, from 0.
        chunk: u64,
    },
    /// The file ends where a chunk has to be.
    #[error("the file is cut short in or before chunk {chunk}")]
    Truncated {
        /// The chunk, from 0.
        chunk: u64,
    },
    /// The file goes on for longer than any can.
    #[error("the file has more chunks than any can have")]
    TooLong,
    /// There is no such chunk.
    #[error("there is no chunk {chunk}")]
    NoChunk {
        /// The chunk, from 0.
        chunk: u64,
    },
    /// The file was refused before.
    #[error("the file was refused before")]
    Refused,
}

/// Why nothing more is sealed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SealError {
    /// The file is longer than any can be.
    #[error("the file is longer than any can be")]
    TooLong,
}

/// What is derived for one file.
struct Keys {
    aead: Aes256Gcm,
    base_nonce: [u8; 12],
    commitment: [u8; 32],
}

impl Keys {
    /// HKDF-Expand with SHA-512 (RFC 5869) of 76 bytes: two blocks. Written out because the crate of that name refuses
    /// a key shorter than its hash, which the specification asks for.
    fn derive(key: &FileKey, context: &[u8], salt: &[u8; SALT_BYTES]) -> Self {
        let mut block_key = Zeroizing::new([0; 128]);
        block_key.iter_mut().zip(key.0.iter()).for_each(|(to, from)| *to = *from);
        let block = |parts: &[&[u8]]| -> Zeroizing<[u8; 64]> {
            let mut mac = <Hmac<Sha512> as hmac::KeyInit>::new((&*block_key).into());
            parts.iter().for_each(|part| mac.update(part));
            Zeroizing::new(mac.finalize().into_bytes().into())
        };
        let first = block(&[LABEL, salt, context, &[1]]);
        let second = block(&[&*first, LABEL, salt, context, &[2]]);
        let mut stream = first.iter().chain(second.iter()).copied();
        let mut aead_key = Zeroizing::new([0; 32]);
        aead_key.fill_with(|| stream.next().unwrap_or_default());
        let mut base_nonce = [0; 12];
        base_nonce.fill_with(|| stream.next().unwrap_or_default());
        let mut commitment = [0; 32];
        commitment.fill_with(|| stream.next().unwrap_or_default());
        Self { aead: Aes256Gcm::new((&*aead_key).into()), base_nonce, commitment }
    }

    /// The keys of a sealed file, once its commitment is seen to be of this key and context.
    fn committed(key: &FileKey, context: &[u8], prefix: &[u8; PREFIX_BYTES]) -> Result<Self, OpenError> {
        let (salt, commitment) = prefix.split_first_chunk::<SALT_BYTES>().ok_or(OpenError::Commitment)?;
        let keys = Self::derive(key, context, salt);
        // Both are public: whoever stores the file sees the one, and the other shows nothing of the key.
        if keys.commitment == commitment { Ok(keys) } else { Err(OpenError::Commitment) }
    }

    fn nonce(&self, chunk: u64) -> [u8; 12] {
        let mut nonce = self.base_nonce;
        nonce.iter_mut().skip(4).zip(chunk.to_be_bytes()).for_each(|(byte, counter)| *byte ^= counter);
        nonce
    }

    /// Seals what stands in `out` from `begins` on, in its place.
    fn seal(&self, chunk: u64, out: &mut Vec<u8>, begins: usize) {
        let place = out.get_mut(begins..).unwrap_or_default();
        // The cipher refuses only a message longer than 64 GiB; this one has at most 16 KiB.
        let tag = self.aead.encrypt_inout_detached(&self.nonce(chunk).into(), b"", place.into());
        debug_assert!(tag.is_ok());
        out.extend_from_slice(&tag.unwrap_or_default());
    }

    /// Appends the plaintext of a sealed chunk to `out`, or leaves `out` as it was.
    fn open(&self, chunk: u64, sealed: &[u8], out: &mut Vec<u8>) -> Result<(), OpenError> {
        let (ciphertext, tag) = sealed.split_last_chunk::<TAG_BYTES>().ok_or(OpenError::Truncated { chunk })?;
        let begins = out.len();
        out.extend_from_slice(ciphertext);
        let place = out.get_mut(begins..).unwrap_or_default();
        if self.aead.decrypt_inout_detached(&self.nonce(chunk).into(), b"", place.into(), tag.into()).is_err() {
            out.get_mut(begins..).unwrap_or_default().zeroize();
            out.truncate(begins);
            return Err(OpenError::Chunk { chunk });
        }
        Ok(())
    }
}

/// Seals a file as its bytes come.
pub struct Sealer {
    keys: Keys,
    chunk: u64,
    pending: Zeroizing<Vec<u8>>,
}

impl Sealer {
    /// Begins a file: `out` gets the salt and the commitment. `context` says what the file is for; the opener needs the
    /// same.
    #[must_use]
    pub fn begin(key: &FileKey, context: &[u8], rng: &mut impl CryptoRng, out: &mut Vec<u8>) -> Self {
        let mut salt = [0; SALT_BYTES];
        rng.fill_bytes(&mut salt);
        Self::begin_with_salt(key, context, salt, out)
    }

    /// As `begin`, with a salt that was never used with this key: for vectors.
    #[must_use]
    pub fn begin_with_salt(key: &FileKey, context: &[u8], salt: [u8; SALT_BYTES], out: &mut Vec<u8>) -> Self {
        let keys = Keys::derive(key, context, &salt);
        out.extend_from_slice(&salt);
        out.extend_from_slice(&keys.commitment);
        Self { keys, chunk: 0, pending: Zeroizing::new(Vec::with_capacity(CHUNK_BYTES)) }
    }

    /// Takes more of the file; chunks that are full go to `out`.
    ///
    /// # Errors
    /// The file is longer than any can be.
    pub fn push(&mut self, mut bytes: &[u8], out: &mut Vec<u8>) -> Result<(), SealError> {
        while !bytes.is_empty() {
            let (now, later) = bytes.split_at(bytes.len().min(CHUNK_BYTES - self.pending.len()));
            self.pending.extend_from_slice(now);
            bytes = later;
            if self.pending.len() == CHUNK_BYTES {
                self.flush(out)?;
            }
        }
        Ok(())
    }

    /// Ends the file with its last chunk.
    ///
    /// # Errors
    /// The file is longer than any can be.
    pub fn finish(mut self, out: &mut Vec<u8>) -> Result<(), SealError> {
        self.flush(out)
    }

    fn flush(&mut self, out: &mut Vec<u8>) -> Result<(), SealError> {
        if self.chunk >= MAX_CHUNKS {
            return Err(SealError::TooLong);
        }
        let begins = out.len();
        out.reserve(self.pending.len() + TAG_BYTES);
        out.extend_from_slice(&self.pending);
        self.keys.seal(self.chunk, out, begins);
        self.pending.zeroize();
        self.chunk += 1;
        Ok(())
    }
}

/// Opens a file as its bytes come. What it gives is authentic and in its place; the file is whole only when `finish`
/// came without an error.
pub struct Opener {
    key: FileKey,
    context: Vec<u8>,
    keys: Option<Keys>,
    chunk: u64,
    pending: Vec<u8>,
    refused: bool,
}

impl Opener {
    /// Begins to open a file.
    #[must_use]
    pub fn begin(key: FileKey, context: &[u8]) -> Self {
        let pending = Vec::with_capacity(SEALED_CHUNK_BYTES);
        Self { key, context: context.to_vec(), keys: None, chunk: 0, pending, refused: false }
    }

    /// Takes more of the sealed file; the plaintext of chunks that are full goes to `out`.
    ///
    /// # Errors
    /// The key is another, or a chunk is not authentic; nothing more is opened then.
    pub fn push(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), OpenError> {
        if self.refused {
            return Err(OpenError::Refused);
        }
        let pushed = self.take(bytes, out);
        self.refused = pushed.is_err();
        pushed
    }

    fn take(&mut self, mut bytes: &[u8], out: &mut Vec<u8>) -> Result<(), OpenError> {
        while !bytes.is_empty() {
            let wanted = if self.keys.is_some() { SEALED_CHUNK_BYTES } else { PREFIX_BYTES };
            let (now, later) = bytes.split_at(bytes.len().min(wanted - self.pending.len()));
            self.pending.extend_from_slice(now);
            bytes = later;
            if self.pending.len() < wanted {
                continue;
            }
            match &self.keys {
                Some(_) if self.chunk >= MAX_CHUNKS => return Err(OpenError::TooLong),
                Some(keys) => {
                    keys.open(self.chunk, &self.pending, out)?;
                    self.chunk += 1;
                }
                None => {
                    let prefix = self.pending.first_chunk().ok_or(OpenError::Commitment)?;
                    self.keys = Some(Keys::committed(&self.key, &self.context, prefix)?);
                }
            }
            self.pending.clear();
        }
        Ok(())
    }

    /// Opens the last chunk; only now is the file known to be whole.
    ///
    /// # Errors
    /// The file was cut short, or its last chunk is not authentic.
    pub fn finish(self, out: &mut Vec<u8>) -> Result<(), OpenError> {
        if self.refused {
            return Err(OpenError::Refused);
        }
        let keys = self.keys.as_ref().ok_or(OpenError::Prefix { bytes: self.pending.len() as u64 })?;
        if self.chunk >= MAX_CHUNKS {
            return Err(OpenError::TooLong);
        }
        keys.open(self.chunk, &self.pending, out)
    }
}

/// How long a sealed file is, for a plaintext of this length.
///
/// # Errors
/// No file is so long.
pub fn sealed_len(plaintext: u64) -> Result<u64, SealError> {
    let chunks = plaintext / CHUNK_BYTES as u64 + 1;
    if chunks > MAX_CHUNKS {
        return Err(SealError::TooLong);
    }
    Ok(PREFIX_BYTES as u64 + plaintext + chunks * TAG_BYTES as u64)
}

/// How long the plaintext of a sealed file is, by its length alone.
///
/// # Errors
/// No sealed file has this length: it was cut short.
pub fn opened_len(sealed: u64) -> Result<u64, OpenError> {
    let chunks = sealed.checked_sub(PREFIX_BYTES as u64).ok_or(OpenError::Prefix { bytes: sealed })?;
    let (whole, last) = (chunks / SEALED_CHUNK_BYTES as u64, chunks % SEALED_CHUNK_BYTES as u64);
    if whole >= MAX_CHUNKS {
        return Err(OpenError::TooLong);
    }
    let last = last.checked_sub(TAG_BYTES as u64).ok_or(OpenError::Truncated { chunk: whole })?;
    Ok(whole * CHUNK_BYTES as u64 + last)
}

/// Opens single chunks of a sealed file whose length is known.
pub struct Seeker {
    keys: Keys,
    plaintext_bytes: u64,
}

impl Seeker {
    /// Begins with the first bytes of the file and its whole length. The length is shown to be the sealer's only when
    /// the last chunk was opened.
    ///
    /// # Errors
    /// The key is another, or no sealed file has this length.
    pub fn begin(
        key: &FileKey,
        context: &[u8],
        prefix: &[u8; PREFIX_BYTES],
        sealed_bytes: u64,
    ) -> Result<Self, OpenError> {
        let keys = Keys::committed(key, context, prefix)?;
        Ok(Self { keys, plaintext_bytes: opened_len(sealed_bytes)? })
    }

    /// The length of the plaintext, in bytes.
    #[must_use]
    pub fn plaintext_bytes(&self) -> u64 {
        self.plaintext_bytes
    }

    /// The chunk in which a byte of the plaintext is, and its place there.
    #[must_use]
    pub fn locate(&self, at: u64) -> (u64, usize) {
        let place = usize::try_from(at % CHUNK_BYTES as u64).unwrap_or_default();
        (at / CHUNK_BYTES as u64, place)
    }

    /// The number of the last chunk.
    #[must_use]
    pub fn last_chunk(&self) -> u64 {
        self.plaintext_bytes / CHUNK_BYTES as u64
    }

    /// Where a chunk is in the sealed file.
    ///
    /// # Errors
    /// There is no such chunk.
    pub fn range(&self, chunk: u64) -> Result<std::ops::Range<u64>, OpenError> {
        if chunk > self.last_chunk() {
            return Err(OpenError::NoChunk { chunk });
        }
        let begins = PREFIX_BYTES as u64 + chunk * SEALED_CHUNK_BYTES as u64;
        let plaintext = (self.plaintext_bytes - chunk * CHUNK_BYTES as u64).min(CHUNK_BYTES as u64);
        Ok(begins..begins + plaintext + TAG_BYTES as u64)
    }

    /// Opens a chunk from the bytes at its range.
    ///
    /// # Errors
    /// There is no such chunk, or these are not its bytes.
    pub fn open(&self, chunk: u64, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        let range = self.range(chunk)?;
        if sealed.len() as u64 != range.end - range.start {
            return Err(OpenError::Truncated { chunk });
        }
        let mut out = Zeroizing::new(Vec::with_capacity(sealed.len()));
        self.keys.open(chunk, sealed, &mut out)?;
        Ok(out)
    }
}

/// Seals a whole small file.
///
/// # Errors
/// The file is longer than any can be.
pub fn seal(key: &FileKey, context: &[u8], plaintext: &[u8], rng: &mut impl CryptoRng) -> Result<Vec<u8>, SealError> {
    let mut out = Vec::new();
    let mut sealer = Sealer::begin(key, context, rng, &mut out);
    sealer.push(plaintext, &mut out)?;
    sealer.finish(&mut out)?;
    Ok(out)
}

/// Opens a whole small file: all of it or nothing.
///
/// # Errors
/// The key is another, or the file was changed or cut short.
pub fn open(key: FileKey, context: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, OpenError> {
    let mut out = Zeroizing::new(Vec::with_capacity(sealed.len()));
    let mut opener = Opener::begin(key, context);
    opener.push(sealed, &mut out)?;
    opener.finish(&mut out)?;
    Ok(out)
}
