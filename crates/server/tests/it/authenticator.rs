//! A device that keeps one passkey, in software: what a browser would send of it, and whatever else a test wants it to say.
//!
//! W3C Web Authentication, level 3, sections 6.1 (what the device says) and 5.8.1 (what the browser says); ES256, no attestation.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use p256::ecdsa::{Signature, SigningKey, signature::Signer as _};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// User present, user verified.
pub const VERIFIED: u8 = 0b101;

/// User present alone.
pub const PRESENT: u8 = 0b001;

/// The device. What it and its browser say can be changed from one use to the next.
#[derive(Clone)]
pub struct Device {
    key: SigningKey,
    id: Vec<u8>,
    /// Whose it says it is.
    pub user: String,
    pub counter: u32,
    pub flags: u8,
    pub site: String,
    pub origin: String,
}

fn text(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

impl Device {
    /// A device whose key is made of this number, used at this address.
    pub fn new(number: u8, origin: &str) -> Self {
        let key = SigningKey::from_slice(&[number; 32]).unwrap();
        let id = vec![number; 32];
        let (site, origin) = ("localhost".to_owned(), origin.to_owned());
        Self { key, id, user: String::new(), counter: 0, flags: VERIFIED, site, origin }
    }

    /// Another key under the same passkey's name.
    pub fn forge(&mut self, number: u8) {
        self.key = SigningKey::from_slice(&[number; 32]).unwrap();
    }

    fn said(&mut self, flags: u8) -> Vec<u8> {
        self.counter += 1;
        [&Sha256::digest(self.site.as_bytes())[..], &[flags], &self.counter.to_be_bytes()].concat()
    }

    fn browser(&self, kind: &str, challenge: &Value) -> String {
        json!({ "type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": false }).to_string()
    }

    /// Makes the passkey that these options ask for.
    pub fn enrol(&mut self, options: &Value) -> Value {
        options["user"]["id"].as_str().unwrap().clone_into(&mut self.user);
        let point = self.key.verifying_key().to_sec1_point(false);
        let (x, y) = (point.x().unwrap(), point.y().unwrap());
        let key = [&[0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32][..], x, &[0x22, 0x58, 32], y].concat();
        let length = u16::try_from(self.id.len()).unwrap().to_be_bytes();
        let said = [self.said(self.flags | 0x40), vec![0; 16], length.to_vec(), self.id.clone(), key].concat();
        let head = [&[0xa3, 0x63][..], b"fmt", &[0x64], b"none", &[0x67], b"attStmt", &[0xa0, 0x68], b"authData"];
        let length = u8::try_from(said.len()).unwrap();
        let object = [head.concat(), vec![0x58, length], said].concat();
        let browser = self.browser("webauthn.create", &options["challenge"]);
        json!({
            "id": text(&self.id), "rawId": text(&self.id), "type": "public-key", "extensions": {},
            "response": {
                "attestationObject": text(&object), "clientDataJSON": text(browser.as_bytes()), "transports": ["internal"],
            },
        })
    }

    /// Answers the challenge of these options.
    pub fn answer(&mut self, options: &Value) -> Value {
        let said = self.said(self.flags);
        let browser = self.browser("webauthn.get", &options["challenge"]);
        let signed = [&said[..], &Sha256::digest(browser.as_bytes())].concat();
        let signature: Signature = self.key.sign(&signed);
        json!({
            "id": text(&self.id), "rawId": text(&self.id), "type": "public-key", "extensions": {},
            "response": {
                "authenticatorData": text(&said), "clientDataJSON": text(browser.as_bytes()),
                "signature": text(signature.to_der().as_bytes()), "userHandle": self.user,
            },
        })
    }
}
