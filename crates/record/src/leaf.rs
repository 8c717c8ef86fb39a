//! The public trace of an entry: a salted commitment of 32 bytes, and nothing else.
//!
//! Whoever is later shown the entry and its salt can recompute the leaf and see that the log has held it since. Without the
//! salt nobody can test a guess about the entry, not even one with few possible values; when an entry is erased, body and
//! salt go and the leaf stays (decisions 24). Leaves of every kind have one length and no type, so that the log does not
//! tell what was recorded (decisions 15).

use std::fmt;

use sha2::{Digest, Sha256};

use crate::hex32::hex32;

/// Separates this hash from every other use of SHA-256; changing it changes every leaf.
const LABEL: &[u8] = b"vouchsafe entry leaf v1\0";

/// The 32 random bytes that blind one leaf. Destroyed with the body on erasure; never logged.
#[derive(Clone, PartialEq, Eq)]
pub struct Salt([u8; 32]);

impl Salt {
    /// The salt made of these bytes, which the caller drew at random and uses for one entry only.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for Salt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Salt(..)")
    }
}

/// What the log holds for one entry: 32 bytes, whatever the entry's kind.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Leaf([u8; 32]);

hex32!(Leaf, "a leaf");

/// The leaf of an entry: SHA-256(label || salt || length of the canonical bytes as 8 bytes, big end first || the bytes).
#[must_use]
pub fn commitment(salt: &Salt, canonical: &[u8]) -> Leaf {
    // A slice is never longer than a 64-bit number can say.
    let length = canonical.len() as u64;
    let hash = Sha256::new()
        .chain_update(LABEL)
        .chain_update(salt.0)
        .chain_update(length.to_be_bytes())
        .chain_update(canonical)
        .finalize();
    Leaf(hash.into())
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    #[test]
    fn salt_is_not_printed() {
        expect!["Salt(..)"].assert_eq(&format!("{:?}", Salt::from_bytes([1; 32])));
    }

    /// Recomputed outside this program: `printf 'vouchsafe entry leaf v1\0' | …` with 32 bytes 0x01, 8 bytes of length 2, `{}`.
    #[test]
    fn known_leaf() {
        expect!["ce1dbcd115669eea0dc11659c9dbd0babac536bd52742e60fe594c518e228c7d"]
            .assert_eq(&commitment(&Salt::from_bytes([1; 32]), b"{}").to_string());
    }

    #[test]
    fn another_salt_is_another_leaf() {
        let one = commitment(&Salt::from_bytes([1; 32]), b"{}");
        let two = commitment(&Salt::from_bytes([2; 32]), b"{}");
        assert_ne!(one, two);
    }

    #[test]
    fn text_form_comes_back() {
        let leaf = commitment(&Salt::from_bytes([1; 32]), b"{}");
        let text = serde_json::to_string(&leaf).unwrap();
        assert_eq!(serde_json::from_str::<Leaf>(&text).unwrap(), leaf);
        assert!(serde_json::from_str::<Leaf>("\"abc\"").is_err());
    }
}
