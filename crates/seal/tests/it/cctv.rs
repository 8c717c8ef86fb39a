//! C2SP's test kit for age (CCTV): each file names the class of outcome that its reader must come to.
//!
//! The kit also has recipients of other kinds. They live here only, behind `Unwrap`, so that its vectors of headers,
//! armor and payloads meet our readers too.

use std::{io::Read as _, path::Path};

use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};
use bech32::primitives::decode::CheckedHrpstring;
use chacha20poly1305::{AeadInOut as _, ChaCha20Poly1305, KeyInit as _};
use hkdf::Hkdf;
use seal::{
    Identity,
    envelope::{FileKey, OpenError, Stanza, StanzaRefused, Unwrap, decode_armor, open_with},
};
use sha2_next::{Digest as _, Sha256};
use x25519_dalek::{PublicKey, StaticSecret};

use crate::shared::{Vector, files, published};

fn share<const N: usize>(text: &str) -> Result<[u8; N], StanzaRefused> {
    let bytes = STANDARD_NO_PAD.decode(text).map_err(|_| StanzaRefused::Share)?;
    bytes.try_into().map_err(|_| StanzaRefused::Share)
}

fn unwrap_key(key: &[u8; 32], body: &[u8]) -> Result<Option<FileKey>, StanzaRefused> {
    let (sealed, tag) = body.split_last_chunk::<16>().ok_or(StanzaRefused::Body)?;
    let mut file_key: [u8; 16] = sealed.try_into().map_err(|_| StanzaRefused::Body)?;
    let opened = ChaCha20Poly1305::new(key.into()).decrypt_inout_detached(
        &[0; 12].into(),
        b"",
        file_key.as_mut_slice().into(),
        tag.into(),
    );
    Ok(opened.is_ok().then(|| FileKey::new(file_key)))
}

/// The older kind, `age1…`.
struct X25519Identity(StaticSecret);

impl X25519Identity {
    fn parse(text: &str) -> Self {
        let checked = CheckedHrpstring::new::<bech32::Bech32>(text).unwrap();
        Self(StaticSecret::from(<[u8; 32]>::try_from(checked.byte_iter().collect::<Vec<_>>()).unwrap()))
    }
}

impl Unwrap for X25519Identity {
    fn unwrap_stanzas(&self, stanzas: &[Stanza]) -> Result<Option<FileKey>, StanzaRefused> {
        for stanza in stanzas.iter().filter(|stanza| stanza.args[0] == "X25519") {
            let [_, text] = stanza.args.as_slice() else { return Err(StanzaRefused::Arguments) };
            let theirs = share::<32>(text)?;
            if stanza.body.len() != 32 {
                return Err(StanzaRefused::Body);
            }
            let secret = self.0.diffie_hellman(&PublicKey::from(theirs));
            if !secret.was_contributory() {
                return Err(StanzaRefused::LowOrder);
            }
            let salt = [theirs, PublicKey::from(&self.0).to_bytes()].concat();
            let mut key = [0; 32];
            Hkdf::<Sha256>::new(Some(&salt), secret.as_bytes())
                .expand(b"age-encryption.org/v1/X25519", &mut key)
                .unwrap();
            if let Some(found) = unwrap_key(&key, &stanza.body)? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }
}

/// A pass phrase.
struct Passphrase(String);

impl Unwrap for Passphrase {
    fn unwrap_stanzas(&self, stanzas: &[Stanza]) -> Result<Option<FileKey>, StanzaRefused> {
        let Some(stanza) = stanzas.iter().find(|stanza| stanza.args[0] == "scrypt") else { return Ok(None) };
        if stanzas.len() != 1 {
            return Err(StanzaRefused::NotAlone);
        }
        let [_, salt, work] = stanza.args.as_slice() else { return Err(StanzaRefused::Arguments) };
        let salt = share::<16>(salt)?;
        let digits = work.bytes().all(|byte| byte.is_ascii_digit()) && !work.starts_with('0');
        let log_n: u8 = work.parse().ok().filter(|log_n| digits && *log_n <= 20).ok_or(StanzaRefused::Arguments)?;
        if stanza.body.len() != 32 {
            return Err(StanzaRefused::Body);
        }
        let salt = [b"age-encryption.org/v1/scrypt".as_slice(), &salt].concat();
        let mut key = [0; 32];
        scrypt::scrypt(self.0.as_bytes(), &salt, &scrypt::Params::new(log_n, 8, 1).unwrap(), &mut key).unwrap();
        unwrap_key(&key, &stanza.body)
    }
}

fn class(error: &OpenError) -> &'static str {
    match error {
        OpenError::Armor(_) => "armor failure",
        OpenError::Header(_) => "header failure",
        OpenError::NoMatch => "no match",
        OpenError::Mac => "HMAC failure",
        OpenError::Payload(_) => "payload failure",
        _ => "a class that the kit does not know",
    }
}

/// The outcome, and all of the plaintext that was released on the way to it.
fn run(vector: &Vector) -> (&'static str, Vec<u8>) {
    let mut file = vector.data.clone();
    if let Some(packing) = vector.get("compressed") {
        assert_eq!(packing, "zlib");
        file.clear();
        flate2::read::ZlibDecoder::new(vector.data.as_slice()).read_to_end(&mut file).unwrap();
    }
    if vector.get("armored") == Some("yes") {
        file = match decode_armor(&file) {
            Ok(file) => file,
            Err(error) => return (class(&OpenError::Armor(error)), Vec::new()),
        };
    }
    let mut holders: Vec<Box<dyn Unwrap>> = Vec::new();
    for text in vector.all("identity") {
        if text.starts_with("AGE-SECRET-KEY-PQ-") {
            let identity: Identity = text.parse().unwrap();
            assert_eq!(identity.to_text().as_str(), text);
            holders.push(Box::new(identity));
        } else {
            holders.push(Box::new(X25519Identity::parse(text)));
        }
    }
    holders.extend(vector.all("passphrase").map(|phrase| Box::new(Passphrase(phrase.to_owned())) as Box<dyn Unwrap>));
    let holders: Vec<&dyn Unwrap> = holders.iter().map(Box::as_ref).collect();
    let mut released = Vec::new();
    let chunks = match open_with(&holders, &file) {
        Ok(chunks) => chunks,
        Err(error) => return (class(&error), released),
    };
    for chunk in chunks {
        match chunk {
            Ok(chunk) => released.extend_from_slice(&chunk),
            Err(error) => return (class(&OpenError::Payload(error)), released),
        }
    }
    ("success", released)
}

/// Holds every file of a folder to its class of outcome; how many there are.
pub fn walk(folder: &Path) -> usize {
    let mut wrong = Vec::new();
    let files = files(folder);
    for path in &files {
        let name = path.file_name().unwrap().to_string_lossy();
        let vector = Vector::read(path);
        let (outcome, released) = run(&vector);
        if vector.get("expect") != Some(outcome) {
            wrong.push(format!("{name}: {outcome}, not {}", vector.get("expect").unwrap()));
        }
        let payload = vector.get("payload").map(|hash| hex::decode(hash).unwrap());
        if payload.is_some_and(|hash| hash != Sha256::digest(&released).as_slice()) {
            wrong.push(format!("{name}: released {} other bytes", released.len()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    files.len()
}

#[test]
fn every_file_of_the_kit_gives_its_class_of_outcome() {
    let Some(folder) = published("cctv/age_testdata") else { return };
    assert!(walk(&folder) >= 140, "the kit is whole");
}
