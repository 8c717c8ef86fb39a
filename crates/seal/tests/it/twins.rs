//! Envelopes of our own in `testdata/seal/age`, in the form of C2SP's test kit, for where that is not at hand.
//!
//! Their bytes follow from fixed seeds; `UPDATE_EXPECT=1` writes them anew. Others can read them without our code.

use std::{collections::BTreeMap, fs, path::PathBuf};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use seal::{Identity, envelope::seal};
use sha2_next::{Digest as _, Sha256};

use crate::{cctv::walk, shared::rng};

const PLAINTEXT: &[u8] = b"what was seen, where, and when";

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../testdata/seal/age")
}

/// Replaces one piece of text in the header.
fn replaced(file: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let at = file.windows(from.len()).position(|window| window == from).unwrap();
    [&file[..at], to, &file[at + from.len()..]].concat()
}

/// The file with another X25519 share at the end of its first encapsulated key.
fn with_share(file: &[u8], share: [u8; 32]) -> Vec<u8> {
    let begins = file.windows(15).position(|window| window == b"mlkem768x25519 ").unwrap() + 15;
    let ends = begins + file[begins..].iter().position(|byte| *byte == b'\n').unwrap();
    let engine = base64::engine::general_purpose::STANDARD_NO_PAD;
    let mut enc = engine.decode(&file[begins..ends]).unwrap();
    let share_at = enc.len() - 32;
    enc[share_at..].copy_from_slice(&share);
    [&file[..begins], engine.encode(enc).as_bytes(), &file[ends..]].concat()
}

fn twins() -> BTreeMap<&'static str, Vec<u8>> {
    let [identity, other, stranger] = [1, 2, 3].map(|seed| Identity::make(&mut rng(seed)));
    let (to, also) = (identity.recipient().unwrap(), other.recipient().unwrap());
    let file = seal(&[&to], PLAINTEXT, &mut rng(4)).unwrap();
    let two = seal(&[&also, &to], PLAINTEXT, &mut rng(5)).unwrap();
    let empty = seal(&[&to], b"", &mut rng(6)).unwrap();
    let base64 = STANDARD.encode(&file);
    let lines: Vec<&str> = base64.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    let armor = format!("-----BEGIN AGE ENCRYPTED FILE-----\n{}\n-----END AGE ENCRYPTED FILE-----\n", lines.join("\n"));
    let mac_at = file.windows(5).position(|window| window == b"\n--- ").unwrap() + 5;
    let mut mac = file.clone();
    mac[mac_at] = if mac[mac_at] == b'A' { b'B' } else { b'A' };
    let mut payload = file.clone();
    *payload.last_mut().unwrap() ^= 1;
    let grease = replaced(&file, b"-> mlkem768x25519 ", b"-> grease 1\n\n-> mlkem768x25519 ");
    let long_line =
        replaced(&file, b"-> mlkem768x25519 ", &[b"-> x\n", [b'A'; 68].as_slice(), b"\n\n-> mlkem768x25519 "].concat());

    let vector = |expect: &str, holder: &Identity, armored: bool, payload: Option<&[u8]>, file: &[u8]| {
        let mut head = format!("expect: {expect}\n");
        if let Some(payload) = payload {
            head += &format!("payload: {}\n", hex::encode(Sha256::digest(payload)));
        }
        head += &format!("identity: {}\n", *holder.to_text());
        head += if armored { "armored: yes\n\n" } else { "\n" };
        [head.as_bytes(), file].concat()
    };
    let plain = |expect: &str, file: &[u8]| vector(expect, &identity, false, None, file);
    BTreeMap::from([
        ("opens", vector("success", &identity, false, Some(PLAINTEXT), &file)),
        ("opens_second_of_two", vector("success", &identity, false, Some(PLAINTEXT), &two)),
        ("opens_empty", vector("success", &identity, false, Some(b""), &empty)),
        ("opens_armored", vector("success", &identity, true, Some(PLAINTEXT), armor.as_bytes())),
        ("no_match", vector("no match", &stranger, false, None, &file)),
        ("mac_changed", plain("HMAC failure", &mac)),
        ("mac_not_over_grease", plain("HMAC failure", &grease)),
        ("header_crlf", plain("header failure", &replaced(&file, b"v1\n", b"v1\r\n"))),
        ("header_version", plain("header failure", &replaced(&file, b"/v1\n", b"/v2\n"))),
        ("header_long_line", plain("header failure", &long_line)),
        ("header_low_order_zero", plain("header failure", &with_share(&file, [0; 32]))),
        (
            "header_low_order_one",
            plain("header failure", &with_share(&file, std::array::from_fn(|i| u8::from(i == 0)))),
        ),
        ("payload_changed", vector("payload failure", &identity, false, Some(b""), &payload)),
        ("payload_cut", vector("payload failure", &identity, false, Some(b""), &file[..file.len() - 1])),
        ("payload_longer", vector("payload failure", &identity, false, Some(b""), &[&file[..], b"x"].concat())),
        ("armor_garbage", vector("armor failure", &identity, true, None, &[armor.as_bytes(), b"x"].concat())),
        (
            "armor_long_line",
            vector(
                "armor failure",
                &identity,
                true,
                None,
                &replaced(armor.as_bytes(), lines[1].as_bytes(), &[lines[1].as_bytes(), b"A"].concat()),
            ),
        ),
    ])
}

#[test]
fn our_own_kit_is_as_it_was_and_gives_its_classes_of_outcome() {
    let folder = folder();
    let twins = twins();
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        fs::create_dir_all(&folder).unwrap();
        twins.iter().for_each(|(name, bytes)| fs::write(folder.join(name), bytes).unwrap());
    }
    for (name, bytes) in &twins {
        let kept = fs::read(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(kept == *bytes, "{name} has other bytes than before");
    }
    assert_eq!(walk(&folder), twins.len(), "no file is left over");
}
