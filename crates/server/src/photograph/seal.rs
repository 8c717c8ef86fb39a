//! How a photograph lies in the store: sealed under a key of its own, and that key under the server's.
//!
//! - `bytes` = ChaCha20-Poly1305 (RFC 8439) of the picture, under 32 random bytes that seal nothing else; the nonce is therefore nought.
//! - `key` = a random nonce of 24 bytes, then XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha) of those 32 bytes under the server's key.
//!
//! Both are bound to the request, to the entry and to the picture's hash ([`Bound`]) as associated data: what lies in another entry's place
//! opens nothing. With the row a photograph is gone, and the server's key stays: a key of its own for each means that the one key in
//! memory never touches a picture, and that 2^64 pictures could be sealed.
//!
//! The server's key is a file of its own beside the record and in no copy of it. Not here: the file (`commands::open`), and a change of
//! keys, which there is none of: see `docs/ops/photographs.md`.

use chacha20poly1305::{AeadInOut as _, ChaCha20Poly1305, KeyInit as _, XChaCha20Poly1305};
use record::{EntryId, Photograph, RequestId, Sha256Hex};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::store::photographs::{SEALED_KEY_BYTES, SealedPhotograph};

/// What a sealed photograph is longer than the picture, in bytes.
pub const TAG_BYTES: usize = 16;

/// The nonce before a sealed key, in bytes.
const NONCE_BYTES: usize = 24;

/// What sets the associated data of a picture apart, and that of its key.
const PICTURE_LABEL: &[u8] = b"vouchsafe/photograph/picture/v1\0";
const KEY_LABEL: &[u8] = b"vouchsafe/photograph/key/v1\0";
/// What sets the name of the server's key apart from every other hash.
const NAME_LABEL: &[u8] = b"vouchsafe/photograph/key-name/v1\0";

/// The server's key, under which the keys of photographs are sealed.
pub struct PhotographKey(Zeroizing<[u8; 32]>);

/// Nothing of it.
impl std::fmt::Debug for PhotographKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PhotographKey(..)")
    }
}

/// What a sealed photograph belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bound<'a> {
    /// The request.
    pub request: RequestId,
    /// The entry that says so.
    pub entry: EntryId,
    /// SHA-256 of the picture.
    pub content: &'a Sha256Hex,
}

impl<'a> Bound<'a> {
    /// What the photograph of this entry belongs to.
    #[must_use]
    pub fn of(entry: EntryId, photograph: &'a Photograph) -> Self {
        Self { request: photograph.request, entry, content: &photograph.content }
    }

    fn associated(&self, label: &[u8]) -> Vec<u8> {
        let Self { request, entry, content } = self;
        [label, request.as_bytes(), entry.as_bytes(), content.as_str().as_bytes()].concat()
    }
}

/// Why a photograph cannot be sealed.
#[derive(Debug, thiserror::Error)]
pub enum SealPhotographError {
    /// The machine has no randomness.
    #[error("the operating system gives no random bytes")]
    Random(#[source] getrandom::Error),
    /// It is longer than the cipher takes, 256 GiB.
    #[error("the picture is too long to be sealed")]
    Length,
}

/// Why a sealed photograph cannot be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenPhotographError {
    /// Its key was sealed under another key, for another place, or changed.
    #[error(
        "its key does not open: it was changed, belongs to another entry, or was sealed under another `photographs.key`"
    )]
    Key,
    /// The sealed bytes were changed, cut or are those of another photograph.
    #[error("its sealed bytes do not open: they were changed, cut, or are those of another photograph")]
    Bytes,
    /// What opens is not what the entry names.
    #[error("it opens, and is not the picture that its entry names")]
    Content,
}

impl PhotographKey {
    /// The key of these 32 random bytes.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The key's name, by which a store knows under which key its photographs are sealed: a hash, from which nothing leads to the key.
    #[must_use]
    pub fn name(&self) -> [u8; 32] {
        Sha256::new_with_prefix(NAME_LABEL).chain_update(self.0.as_slice()).finalize().into()
    }

    /// Seals a picture for this place.
    ///
    /// # Errors
    /// See [`SealPhotographError`].
    pub fn seal(&self, bound: &Bound<'_>, mut picture: Vec<u8>) -> Result<SealedPhotograph, SealPhotographError> {
        let (mut own, mut nonce) = (Zeroizing::new([0; 32]), [0; NONCE_BYTES]);
        getrandom::fill(own.as_mut_slice()).map_err(SealPhotographError::Random)?;
        getrandom::fill(&mut nonce).map_err(SealPhotographError::Random)?;
        let tag = ChaCha20Poly1305::new((&*own).into())
            .encrypt_inout_detached(&[0; 12].into(), &bound.associated(PICTURE_LABEL), picture.as_mut_slice().into())
            .map_err(|_| SealPhotographError::Length)?;
        picture.extend_from_slice(&tag);
        let tag = XChaCha20Poly1305::new((&*self.0).into())
            .encrypt_inout_detached(&nonce.into(), &bound.associated(KEY_LABEL), own.as_mut_slice().into())
            .map_err(|_| SealPhotographError::Length)?;
        Ok(SealedPhotograph { key: [&nonce, own.as_slice(), &tag].concat(), bytes: picture })
    }

    /// Opens a photograph that was sealed for this place.
    ///
    /// # Errors
    /// See [`OpenPhotographError`]: nothing of it is shown then.
    pub fn open(&self, bound: &Bound<'_>, sealed: SealedPhotograph) -> Result<Vec<u8>, OpenPhotographError> {
        let SealedPhotograph { key, bytes: mut picture } = sealed;
        let key: [u8; SEALED_KEY_BYTES] = key.try_into().map_err(|_| OpenPhotographError::Key)?;
        let (nonce, rest) = key.split_first_chunk::<NONCE_BYTES>().ok_or(OpenPhotographError::Key)?;
        let (own, tag) = rest.split_first_chunk::<32>().ok_or(OpenPhotographError::Key)?;
        let tag: [u8; TAG_BYTES] = tag.try_into().map_err(|_| OpenPhotographError::Key)?;
        let mut own = Zeroizing::new(*own);
        XChaCha20Poly1305::new((&*self.0).into())
            .decrypt_inout_detached(
                nonce.into(),
                &bound.associated(KEY_LABEL),
                own.as_mut_slice().into(),
                (&tag).into(),
            )
            .map_err(|_| OpenPhotographError::Key)?;
        let length = picture.len().checked_sub(TAG_BYTES).ok_or(OpenPhotographError::Bytes)?;
        let tag: [u8; TAG_BYTES] =
            picture.split_off(length).as_slice().try_into().map_err(|_| OpenPhotographError::Bytes)?;
        ChaCha20Poly1305::new((&*own).into())
            .decrypt_inout_detached(
                &[0; 12].into(),
                &bound.associated(PICTURE_LABEL),
                picture.as_mut_slice().into(),
                (&tag).into(),
            )
            .map_err(|_| OpenPhotographError::Bytes)?;
        if Sha256Hex::of(Sha256::digest(&picture).into()) != *bound.content {
            return Err(OpenPhotographError::Content);
        }
        Ok(picture)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn hash(picture: &[u8]) -> Sha256Hex {
        Sha256Hex::of(Sha256::digest(picture).into())
    }

    fn bound(request: u8, entry: u8, content: &Sha256Hex) -> Bound<'_> {
        let (request, entry) = (RequestId::from_bytes([request; 16]), EntryId::from_bytes([entry; 16]));
        Bound { request, entry, content }
    }

    #[test]
    fn what_is_sealed_for_one_place_opens_in_no_other() {
        let key = PhotographKey::from_bytes([7; 32]);
        let (one, other) = (b"a picture of a warrant".as_slice(), b"another picture".as_slice());
        let (content, differs) = (hash(one), hash(other));
        let sealed = key.seal(&bound(1, 2, &content), one.to_vec()).unwrap();
        assert_eq!(key.open(&bound(1, 2, &content), sealed.clone()).unwrap(), one);
        assert_eq!((sealed.key.len(), sealed.bytes.len()), (SEALED_KEY_BYTES, one.len() + TAG_BYTES));
        for wrong in [bound(9, 2, &content), bound(1, 9, &content), bound(1, 2, &differs)] {
            assert_eq!(key.open(&wrong, sealed.clone()), Err(OpenPhotographError::Key), "{wrong:?}");
        }
        assert_eq!(
            PhotographKey::from_bytes([8; 32]).open(&bound(1, 2, &content), sealed.clone()),
            Err(OpenPhotographError::Key)
        );
        // The bytes of one beside the key of another, of the same request.
        let beside = key.seal(&bound(1, 3, &differs), other.to_vec()).unwrap();
        let swapped = SealedPhotograph { key: sealed.key.clone(), bytes: beside.bytes };
        assert_eq!(key.open(&bound(1, 2, &content), swapped), Err(OpenPhotographError::Bytes));
    }

    #[test]
    fn a_picture_that_is_not_the_named_one_is_not_given() {
        let (key, lied) = (PhotographKey::from_bytes([7; 32]), hash(b"what the entry names"));
        let sealed = key.seal(&bound(1, 2, &lied), b"something else".to_vec()).unwrap();
        assert_eq!(key.open(&bound(1, 2, &lied), sealed), Err(OpenPhotographError::Content));
    }

    /// What this program sealed once for the request and entry of the test below.
    const KNOWN_KEY: &str = "c1aba3b2badfa00e0cd04c1491d03d5793a5172086d3a13feb8b828502825b31fbd5f0252ca6460d98935988a0afc763e40c1b4564971e1f55ca65592ac4ac47e40eb84d8768f0c1";
    const KNOWN_BYTES: &str = "9d52a974640ccc7fbb1cf6b419ebcaf6f5e9fd08da8575";

    /// Fixed, so that a later program opens what this one sealed.
    #[test]
    fn a_known_photograph_opens() {
        let key = PhotographKey::from_bytes([7; 32]);
        let content = hash(b"picture");
        let sealed =
            SealedPhotograph { key: hex::decode(KNOWN_KEY).unwrap(), bytes: hex::decode(KNOWN_BYTES).unwrap() };
        assert_eq!(key.open(&bound(1, 2, &content), sealed).unwrap(), b"picture");
        let name = hex::encode(key.name());
        expect_test::expect!["ffd35932d87597c1304f7783a7c71e67ef8be14d360e54b5c52592ceb8e05b5d"].assert_eq(&name);
    }

    #[test]
    fn neither_a_key_nor_what_it_seals_is_printed() {
        let key = PhotographKey::from_bytes([7; 32]);
        assert_eq!(format!("{key:?}"), "PhotographKey(..)");
        let sealed = key.seal(&bound(1, 2, &hash(b"picture")), b"picture".to_vec()).unwrap();
        assert_eq!(format!("{sealed:?}"), "SealedPhotograph(23 bytes)");
    }

    proptest! {
        /// No byte of what is kept can be changed, none left out and none added.
        #[test]
        fn a_changed_or_cut_one_opens_not(picture in prop::collection::vec(any::<u8>(), 0..200), at: prop::sample::Index, flip in 1..=255_u8, cut: bool) {
            let (key, content) = (PhotographKey::from_bytes([7; 32]), hash(&picture));
            let sealed = key.seal(&bound(1, 2, &content), picture.clone()).unwrap();
            let mut whole = [sealed.key.as_slice(), &sealed.bytes].concat();
            let at = at.index(whole.len());
            if cut { whole.truncate(at) } else { whole[at] ^= flip }
            let (wrapped, bytes) = whole.split_at(whole.len().min(SEALED_KEY_BYTES));
            let changed = SealedPhotograph { key: wrapped.to_vec(), bytes: bytes.to_vec() };
            prop_assert!(key.open(&bound(1, 2, &content), changed).is_err());
            let longer = SealedPhotograph { bytes: [sealed.bytes.as_slice(), b"\0"].concat(), ..sealed.clone() };
            prop_assert!(key.open(&bound(1, 2, &content), longer).is_err());
            prop_assert_eq!(key.open(&bound(1, 2, &content), sealed).unwrap(), picture);
        }
    }
}
