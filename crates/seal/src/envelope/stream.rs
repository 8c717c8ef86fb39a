//! The payload of an age file: ChaCha20-Poly1305 in chunks of 64 KiB, the last one marked (C2SP `age`, "Payload").

use chacha20poly1305::{AeadInOut as _, ChaCha20Poly1305, KeyInit as _};
use zeroize::Zeroizing;

/// The plaintext of a whole chunk, in bytes.
pub const CHUNK_BYTES: usize = 64 * 1024;

/// What each chunk grows by, in bytes.
pub const TAG_BYTES: usize = 16;

/// Why a payload cannot be opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PayloadError {
    /// The payload ends where a chunk has to be.
    #[error("chunk {chunk} is missing or cut short")]
    Short {
        /// The chunk, from 0.
        chunk: u64,
    },
    /// Something follows the chunk that is marked as the last.
    #[error("something follows chunk {chunk}, which is the last")]
    After {
        /// The chunk, from 0.
        chunk: u64,
    },
    /// A chunk was changed or moved.
    #[error("chunk {chunk} was changed or moved")]
    Chunk {
        /// The chunk, from 0.
        chunk: u64,
    },
    /// The last chunk is empty though others precede it.
    #[error("chunk {chunk}, the last, is empty")]
    Empty {
        /// The chunk, from 0.
        chunk: u64,
    },
}

fn nonce(chunk: u64, last: bool) -> [u8; 12] {
    let mut nonce = [0; 12];
    let (_, counter_and_mark) = nonce.split_at_mut(3);
    let (counter, mark) = counter_and_mark.split_at_mut(8);
    counter.copy_from_slice(&chunk.to_be_bytes());
    mark.fill(u8::from(last));
    nonce
}

/// Seals a whole plaintext behind what `out` holds. Plaintext is copied there and encrypted in its place.
pub(super) fn seal(key: &[u8; 32], plaintext: &[u8], out: &mut Vec<u8>) {
    let aead = ChaCha20Poly1305::new(key.into());
    let chunks = plaintext.len().div_ceil(CHUNK_BYTES).max(1);
    out.reserve_exact(plaintext.len() + chunks * TAG_BYTES);
    let mut rest = plaintext;
    for chunk in 0.. {
        let (now, later) = rest.split_at(rest.len().min(CHUNK_BYTES));
        rest = later;
        let begins = out.len();
        out.extend_from_slice(now);
        let place = out.get_mut(begins..).unwrap_or_default();
        // The cipher refuses only a message longer than 256 GiB; this one has 64 KiB.
        let tag = aead.encrypt_inout_detached(&nonce(chunk, rest.is_empty()).into(), b"", place.into());
        debug_assert!(tag.is_ok());
        out.extend_from_slice(&tag.unwrap_or_default());
        if rest.is_empty() {
            return;
        }
    }
}

/// The length of the plaintext of a payload (without its nonce), if a payload can have that length.
pub(super) fn opened_len(payload: usize) -> Option<usize> {
    let chunks = payload.div_ceil(CHUNK_BYTES + TAG_BYTES);
    let last = payload - chunks.checked_sub(1)? * (CHUNK_BYTES + TAG_BYTES);
    let empty = last == TAG_BYTES && chunks > 1;
    if last < TAG_BYTES || empty { None } else { Some(payload - chunks * TAG_BYTES) }
}

/// The chunks of a payload, opened one by one. After an error there is nothing more.
pub struct Chunks<'a> {
    aead: ChaCha20Poly1305,
    chunk: u64,
    rest: &'a [u8],
    /// What is wrong behind the chunk that was given last.
    later: Option<PayloadError>,
    done: bool,
}

crate::secret::redacted!(Chunks<'_> => "Chunks");

impl<'a> Chunks<'a> {
    pub(super) fn new(key: &[u8; 32], payload: &'a [u8]) -> Self {
        Self { aead: ChaCha20Poly1305::new(key.into()), chunk: 0, rest: payload, later: None, done: false }
    }

    /// No less than the plaintext that is still to come.
    pub(super) fn max_len(&self) -> usize {
        self.rest.len()
    }

    fn decrypt(&self, ciphertext: &[u8], tag: &[u8; TAG_BYTES], last: bool) -> Option<Zeroizing<Vec<u8>>> {
        let mut plaintext = Zeroizing::new(ciphertext.to_vec());
        let nonce = nonce(self.chunk, last);
        let opened = self.aead.decrypt_inout_detached(&nonce.into(), b"", plaintext.as_mut_slice().into(), tag.into());
        opened.is_ok().then_some(plaintext)
    }

    fn open(&mut self) -> Result<Zeroizing<Vec<u8>>, PayloadError> {
        let chunk = self.chunk;
        if let Some(error) = self.later.take() {
            return Err(error);
        }
        let (sealed, rest) = self.rest.split_at(self.rest.len().min(CHUNK_BYTES + TAG_BYTES));
        let (ciphertext, tag) = sealed.split_last_chunk::<TAG_BYTES>().ok_or(PayloadError::Short { chunk })?;
        if ciphertext.is_empty() && chunk > 0 {
            return Err(PayloadError::Empty { chunk });
        }
        let ends = rest.is_empty();
        let opened = self.decrypt(ciphertext, tag, ends).or_else(|| {
            // A whole chunk whose mark says otherwise is authentic, and shows what became of the others.
            let other = self.decrypt(ciphertext, tag, !ends).filter(|_| ciphertext.len() == CHUNK_BYTES)?;
            self.later =
                Some(if ends { PayloadError::Short { chunk: chunk + 1 } } else { PayloadError::After { chunk } });
            Some(other)
        });
        let plaintext = opened.ok_or(PayloadError::Chunk { chunk })?;
        self.rest = rest;
        self.chunk += 1;
        self.done = ends && self.later.is_none();
        Ok(plaintext)
    }
}

impl Iterator for Chunks<'_> {
    type Item = Result<Zeroizing<Vec<u8>>, PayloadError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return None;
        }
        let opened = self.open();
        self.done |= opened.is_err();
        Some(opened)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_those_that_sealing_gives() {
        let mut possible = std::collections::BTreeMap::new();
        for length in (0..40).chain(CHUNK_BYTES - 20..CHUNK_BYTES + 40) {
            let mut out = Vec::new();
            seal(&[7; 32], &vec![0; length], &mut out);
            possible.insert(out.len(), length);
        }
        for payload in (0..50).chain(CHUNK_BYTES..CHUNK_BYTES + 60) {
            assert_eq!(opened_len(payload), possible.get(&payload).copied(), "{payload}");
        }
    }
}
