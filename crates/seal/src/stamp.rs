//! An official's stamp: a signature that says what they did with a report, under the key that signs their answers.
//!
//! What is signed is a text of the record's (`record::stamp_text`); here it only gets a label of its own before it, so that no
//! answer passes for a stamp, nor the other way. Whose key an official's is says the logged key history, which the caller asks.

use ed25519_next::{Signature, Signer as _, VerifyingKey};

use crate::reply::{OfficialKey, OfficialPublicKey};

const LABEL: &[u8] = b"vouchsafe/stamp/v1\0";

/// Signs a text as a stamp.
#[must_use]
pub fn sign(key: &OfficialKey, text: &str) -> [u8; 64] {
    key.signing().sign(&[LABEL, text.as_bytes()].concat()).to_bytes()
}

/// Whether this is the official's stamp on this text.
#[must_use]
pub fn holds(key: &OfficialPublicKey, text: &str, signature: &[u8; 64]) -> bool {
    let signed = [LABEL, text.as_bytes()].concat();
    VerifyingKey::from_bytes(key.as_bytes())
        .is_ok_and(|key| key.verify_strict(&signed, &Signature::from_bytes(signature)).is_ok())
}

#[cfg(test)]
mod tests {
    use zeroize::Zeroizing;

    use super::*;

    #[test]
    fn a_stamp_holds_for_its_text_and_its_key_alone() {
        let [key, other] = [7, 8].map(|seed| OfficialKey::from_seed(&Zeroizing::new([seed; 32])));
        let signature = sign(&key, "opened");
        assert!(holds(&key.public(), "opened", &signature));
        assert!(!holds(&key.public(), "closed", &signature));
        assert!(!holds(&other.public(), "opened", &signature));
        for place in 0..64 {
            let mut changed = signature;
            changed[place] ^= 1;
            assert!(!holds(&key.public(), "opened", &changed), "{place}");
        }
        // What the same key signed for something else is no stamp.
        let bare = key.signing().sign(b"opened").to_bytes();
        assert!(!holds(&key.public(), "opened", &bare));
        assert!(!holds(&OfficialPublicKey::new([255; 32]), "opened", &signature));
    }
}
