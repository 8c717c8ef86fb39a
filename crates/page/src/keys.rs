//! The keys of a configuration, read with the crates that own their forms, and written as the page's modules read them:
//! fields, each with its length (u32, big-endian) before it. `vouchsafe pages publish` reads the same files.

use std::str::FromStr as _;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use seal::{Recipient, receipt::WordList};
use sha2::{Digest as _, Sha256};
use tlog::{VerifierKey, signature::SignatureKind};

use crate::{bundle::Bundle, config::Config};

/// The fewest recipients of a bundle: one lost device must not make reports unreadable.
const MIN_RECIPIENTS: usize = 2;

/// The bytes of a recipient's public key.
const RECIPIENT_BYTES: usize = 1216;

/// The scripts that have a list of words, by language.
pub const WORD_LISTS: [&str; 6] = ["en", "es", "fr", "ko", "zh-Hans", "zh-Hant"];

/// Why a configuration's keys are refused.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// There are too few.
    #[error("{0} recipients are fewer than {MIN_RECIPIENTS}: no bundle is made")]
    TooFew(usize),
    /// One is no key.
    #[error("recipient {0} of `{1}` is not a key `age1pq1…`")]
    Recipient(usize, &'static str, #[source] seal::envelope::KeyTextError),
    /// One is named twice.
    #[error("a recipient is named twice, in intake or contact")]
    Twice,
    /// Contact needs two and three.
    #[error("contact needs 2 recipients of the city and 3 of the trustee, not {0} and {1}")]
    Contact(usize, usize),
    /// A verifier key is none, or not of Ed25519.
    #[error("the {0} key is not a verifier key of kind Ed25519")]
    Verifier(&'static str),
    /// An official's key is none.
    #[error("official {0} is not 64 hexadecimal digits")]
    Official(usize),
}

fn field(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend_from_slice(&u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes());
    out.extend_from_slice(bytes);
}

fn recipients(texts: &[String], place: &'static str, all: &mut Vec<Recipient>) -> Result<Vec<u8>, KeysError> {
    let mut out = Vec::new();
    for (index, text) in texts.iter().enumerate() {
        let key = Recipient::from_str(text).map_err(|source| KeysError::Recipient(index + 1, place, source))?;
        out.extend_from_slice(&key.to_bytes());
        if all.contains(&key) {
            return Err(KeysError::Twice);
        }
        all.push(key);
    }
    Ok(out)
}

/// A verifier key as name, identifier and bytes.
fn verifier(text: &str, which: &'static str) -> Result<(String, Vec<u8>), KeysError> {
    let key = VerifierKey::from_str(text).ok().filter(|key| key.kind() == SignatureKind::Ed25519);
    let key = key.ok_or(KeysError::Verifier(which))?;
    // Name, identifier, key: the last is base64, which may have a plus of its own.
    let bytes = text.splitn(3, '+').nth(2).and_then(|encoded| STANDARD.decode(encoded).ok());
    let bytes = bytes.filter(|bytes| bytes.len() == 33).ok_or(KeysError::Verifier(which))?;
    let mut out = Vec::new();
    field(&mut out, key.name().as_str().as_bytes());
    field(&mut out, &key.id().0);
    field(&mut out, bytes.get(1..).unwrap_or_default());
    Ok((key.name().as_str().to_owned(), out))
}

/// Adds the files of keys and of words.
///
/// # Errors
/// A key is none, there are too few, or one is named twice.
pub fn add(config: &Config, bundle: &mut Bundle) -> Result<(), KeysError> {
    let mut all = Vec::new();
    let intake = recipients(&config.intake.recipients, "intake", &mut all)?;
    if all.len() < MIN_RECIPIENTS {
        return Err(KeysError::TooFew(all.len()));
    }
    // A phone compares these hashes with the log; the keys themselves are fetched by every phone that sends, and by none on return.
    let mut contact_hashes = Vec::new();
    if let Some(contact) = &config.contact {
        if (contact.city.len(), contact.trustee.len()) != (2, 3) {
            return Err(KeysError::Contact(contact.city.len(), contact.trustee.len()));
        }
        let mut keys = recipients(&contact.city, "contact.city", &mut all)?;
        keys.extend(recipients(&contact.trustee, "contact.trustee", &mut all)?);
        contact_hashes.extend(keys.chunks(RECIPIENT_BYTES).flat_map(Sha256::digest));
        bundle.add("/contact.bin", keys);
    }
    let (_, promise) = verifier(&config.keys.promise, "promise")?;
    let (origin, log) = verifier(&config.keys.log, "log")?;
    let mut officials = Vec::new();
    for (index, text) in config.keys.officials.iter().enumerate() {
        let mut key = [0; 32];
        hex::decode_to_slice(text, &mut key).map_err(|_| KeysError::Official(index + 1))?;
        officials.extend_from_slice(&key);
    }
    let mut keys = Vec::new();
    for part in [intake.as_slice(), &promise, origin.as_bytes(), &log, &officials, &contact_hashes] {
        field(&mut keys, part);
    }
    bundle.add("/keys.bin", keys);
    for tag in WORD_LISTS {
        let words = WordList::of_language(tag);
        let lines: String =
            words.iter().flat_map(|list| list.beginning_with("")).flat_map(|word| [word, "\n"]).collect();
        bundle.add(&format!("/words-{tag}.txt"), lines.into_bytes());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> Config {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/intake.toml");
        Config::read(path.as_ref()).unwrap()
    }

    #[test]
    fn a_bundle_with_fewer_than_two_recipients_is_refused() {
        let mut config = example();
        assert!(add(&config, &mut Bundle::default()).is_ok());
        config.intake.recipients.truncate(1);
        assert!(matches!(add(&config, &mut Bundle::default()), Err(KeysError::TooFew(1))));
        let one = config.intake.recipients[0].clone();
        config.intake.recipients.push(one);
        assert!(matches!(add(&config, &mut Bundle::default()), Err(KeysError::Twice)));
    }

    #[test]
    fn the_keys_file_has_the_hash_of_each_recipient_of_contact_details() {
        let mut bundle = Bundle::default();
        add(&example(), &mut bundle).unwrap();
        let hashes: Vec<u8> = bundle.bytes("/contact.bin").unwrap().chunks(1216).flat_map(Sha256::digest).collect();
        assert_eq!(hashes.len(), 5 * 32);
        assert!(bundle.bytes("/keys.bin").unwrap().ends_with(&hashes));
        let mut config = example();
        config.contact = None;
        let mut bundle = Bundle::default();
        add(&config, &mut bundle).unwrap();
        assert!(bundle.bytes("/contact.bin").is_none() && bundle.bytes("/keys.bin").unwrap().ends_with(&[0; 4]));
    }

    #[test]
    fn a_key_whose_base64_has_a_plus_is_read_whole() {
        let text = "vouchsafe.invalid/610706c7524a6a44+1a394c08+AU8DBKBZk+Q7WDFdvni2yJhhINCBxXPIjlz6a/gHeePK";
        let (name, read) = verifier(text, "log").unwrap();
        assert_eq!(name, "vouchsafe.invalid/610706c7524a6a44");
        assert!(read.ends_with(&STANDARD.decode("TwMEoFmT5DtYMV2+eLbImGEg0IHFc8iOXPpr+Ad548o=").unwrap()));
    }

    #[test]
    fn keys_of_other_kinds_are_refused() {
        let mut config = example();
        config.keys.promise = config.keys.promise.replace('A', "B");
        assert!(matches!(add(&config, &mut Bundle::default()), Err(KeysError::Verifier("promise"))));
        let mut config = example();
        config.contact.as_mut().unwrap().trustee.pop();
        assert!(matches!(add(&config, &mut Bundle::default()), Err(KeysError::Contact(2, 2))));
        let mut config = example();
        config.intake.recipients[1].pop();
        assert!(matches!(add(&config, &mut Bundle::default()), Err(KeysError::Recipient(2, "intake", _))));
    }
}
