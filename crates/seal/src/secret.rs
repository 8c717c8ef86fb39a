//! How secret types print: by name, never by value.

/// Implements `Debug` for types that hold secrets: their name and two dots. Snapshot tests hold every one to it.
macro_rules! redacted {
    ($($secret:ty => $name:literal),+ $(,)?) => {
        $(impl std::fmt::Debug for $secret {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!($name, "(..)"))
            }
        })+
    };
}

pub(crate) use redacted;

use hkdf::Hkdf;
use sha2_next::Sha256;
use zeroize::Zeroizing;

/// Thirty-two bytes by HKDF-SHA-256 (RFC 5869).
pub(crate) fn derive(secret: &[u8], salt: &[u8], info: &[u8]) -> Zeroizing<[u8; 32]> {
    let mut key = Zeroizing::new([0; 32]);
    // HKDF refuses only more than 255 blocks of output; this is one.
    let written = Hkdf::<Sha256>::new(Some(salt), secret).expand(info, &mut *key);
    debug_assert!(written.is_ok());
    key
}
