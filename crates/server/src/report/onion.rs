//! The door's address as an onion service: who reports through Tor shows no address to the city, its proxy or its provider.
//!
//! The service itself is Tor's (`docs/ops/onion-service.md`); here is only its address, told to browsers that can use it by the
//! header `Onion-Location` of every page. A mistyped address would send people nowhere, so its checksum is checked.
//!
//! Sources: Tor's specification, `rend-spec-v3`, section "Encoding onion addresses"; the Tor Project's page on Onion-Location.

use std::{fmt, str::FromStr};

use serde::Deserialize;
use sha3::{Digest as _, Sha3_256};

/// The letters of base32 (RFC 4648), in the order of their values.
const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// Of key (32), checksum (2) and version (1), five bits a letter.
const LETTERS: usize = 56;

/// `http://` and the address of an onion service, without a slash at its end. Inside Tor no certificate is needed: the address
/// is the service's key.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Onion(String);

/// Why a text is no address of an onion service.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OnionError {
    /// It has another form.
    #[error("`{0}` is no address of an onion service: give `http://`, 56 letters and digits, `.onion`, and no path")]
    Form(String),
    /// Its checksum or version does not fit.
    #[error("`{0}` is mistyped: its checksum does not fit; copy it from the service's file `hostname`")]
    Check(String),
}

impl FromStr for Onion {
    type Err = OnionError;

    fn from_str(text: &str) -> Result<Self, OnionError> {
        let form = || OnionError::Form(text.to_owned());
        let address = text.strip_suffix('/').unwrap_or(text);
        let letters = address.strip_prefix("http://").and_then(|rest| rest.strip_suffix(".onion")).ok_or_else(form)?;
        let bytes = bytes_of(letters).ok_or_else(form)?;
        let (key, rest) = bytes.split_first_chunk::<32>().ok_or_else(form)?;
        let hash = Sha3_256::new().chain_update(b".onion checksum").chain_update(key).chain_update([3]).finalize();
        let wanted: Vec<u8> = hash.iter().take(2).copied().chain([3]).collect();
        if rest == wanted { Ok(Self(address.to_owned())) } else { Err(OnionError::Check(text.to_owned())) }
    }
}

impl TryFrom<String> for Onion {
    type Error = OnionError;

    fn try_from(text: String) -> Result<Self, OnionError> {
        text.parse()
    }
}

impl fmt::Display for Onion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The 35 bytes of 56 letters; nothing for other letters or another number of them.
fn bytes_of(letters: &str) -> Option<Vec<u8>> {
    if letters.len() != LETTERS {
        return None;
    }
    let values = letters.bytes().map(|letter| ALPHABET.iter().position(|known| *known == letter));
    let bits = values
        .collect::<Option<Vec<usize>>>()?
        .into_iter()
        .flat_map(|value| (0..5).rev().map(move |bit| value >> bit & 1));
    let bits: Vec<u8> = bits.map(|bit| u8::from(bit == 1)).collect();
    Some(bits.chunks_exact(8).map(|byte| byte.iter().fold(0, |sum, bit| sum << 1 | bit)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Published addresses: the Tor Project's, and DuckDuckGo's.
    const KNOWN: [&str; 2] = [
        "http://2gzyxa5ihm7nsggfxnu52rck2vv4rvmdlkiu3zzui5du4xyclen53wid.onion",
        "http://duckduckgogg42xjoc72x3sjasowoarfbgcmvfimaftt6twagswzczad.onion",
    ];

    #[test]
    fn published_addresses_are_read() {
        for known in KNOWN {
            assert_eq!(known.parse::<Onion>().unwrap().to_string(), known);
            assert_eq!(format!("{known}/").parse::<Onion>().unwrap().to_string(), known);
        }
    }

    #[test]
    fn what_is_mistyped_is_refused() {
        let sound = KNOWN[0];
        for at in "http://".len().."http://".len() + LETTERS {
            // One letter changed.
            let mut changed = sound.as_bytes().to_vec();
            changed[at] = if changed[at] == b'a' { b'b' } else { b'a' };
            let changed = String::from_utf8(changed).unwrap();
            assert_eq!(changed.parse::<Onion>(), Err(OnionError::Check(changed.clone())));
        }
        for other in [
            "",
            "http://.onion",
            "https://2gzyxa5ihm7nsggfxnu52rck2vv4rvmdlkiu3zzui5du4xyclen53wid.onion",
            "http://2gzyxa5ihm7nsggfxnu52rck2vv4rvmdlkiu3zzui5du4xyclen53wid.onion/path",
            "http://2GZYXA5IHM7NSGGFXNU52RCK2VV4RVMDLKIU3ZZUI5DU4XYCLEN53WID.onion",
            "http://2gzyxa5ihm7nsggfxnu52rck2vv4rvmdlkiu3zzui5du4xyclen53wi1.onion",
            "http://2gzyxa5ihm7nsggf.onion",
            "http://example.org",
        ] {
            assert_eq!(other.parse::<Onion>(), Err(OnionError::Form(other.to_owned())));
        }
    }
}
