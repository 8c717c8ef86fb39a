//! Envelopes and their armor: no panic, the outside tells the truth of the inside, and what is sealed opens.
#![no_main]

use std::sync::LazyLock;

use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng as _};
use seal::{
    Identity, Recipient,
    envelope::{decode_armor, inspect, open, open_armored, seal},
};

/// The seeds are sealed for this one.
static IDENTITY: LazyLock<Identity> = LazyLock::new(|| Identity::from_seed([1; 32].into()));
static RECIPIENT: LazyLock<Recipient> = LazyLock::new(|| IDENTITY.recipient().expect("an identity has a recipient"));

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let outside = inspect(bytes);
    if let Ok(plaintext) = open(&IDENTITY, bytes)
        && let Ok(outside) = outside
    {
        assert_eq!(outside.plaintext_bytes, plaintext.len());
    }
    if let Ok(inside) = decode_armor(bytes) {
        assert_eq!(open_armored(&IDENTITY, bytes), open(&IDENTITY, &inside));
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        if let Ok(recipient) = text.parse::<Recipient>() {
            assert_eq!(recipient.to_string(), text.to_lowercase());
        }
        if let Ok(identity) = text.parse::<Identity>() {
            assert_eq!(identity.to_text().as_str(), text.to_uppercase());
        }
    }
    // Sealing costs most, so only little is sealed.
    if bytes.len() < 64 {
        let sealed = seal(&[&RECIPIENT], bytes, &mut ChaCha20Rng::from_seed([2; 32])).expect("it can be sealed");
        assert_eq!(open(&IDENTITY, &sealed).expect("what is sealed opens").as_slice(), bytes);
    }
});
