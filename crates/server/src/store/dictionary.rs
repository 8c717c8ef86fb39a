//! Packing of bodies with Zstandard, and the dictionaries that they are packed with (RFC 8878 section 5: raw content).
//!
//! Decisions repeat one another: two of the same question differ in a few words of fifty thousand. A dictionary is a text that packed
//! bytes may refer to instead of saying it again. It is made of what a desk asks most (`serve::walk::taps`), of nothing that was
//! recorded. **Without it what was packed with it is lost**, so it is part of this program, never changed and never removed (a test holds its
//! hash), and stands in each store as well (migration 0013), where `verify` compares the two (ADR 40).

use std::{cell::RefCell, sync::LazyLock};

use zstd::{
    bulk::{Compressor, Decompressor},
    dict::{DecoderDictionary, EncoderDictionary},
    zstd_safe::{CParameter, DictAttachPref},
};

use super::LARGEST_ENTRY_BYTES;

/// The first, and its number: the first byte of what is packed with it. None has the number 0x28, with which a Zstandard frame begins
/// (RFC 8878 section 3.1.1). Migration 0013 writes it into the store; another one needs a number, a migration and an unpacker of its own.
pub(crate) const FIRST: (u8, &[u8]) = (1, include_bytes!("dictionary/1.jsonl"));

/// The first byte of what is packed with [`FIRST`].
const WITH_FIRST: u8 = FIRST.0;

/// The version of a store from which on it has the first dictionary.
pub(crate) const SINCE_VERSION: i64 = 13;

/// Zstandard's level: of a dictionary this long, that which packs a desk's decisions fastest, and smaller than those below it.
const LEVEL: i32 = 3;

/// Bodies shorter than this are not worth packing.
const PACK_FROM_BYTES: usize = 512;

/// Prepared once: that costs more than packing thousands of entries.
static PACKING: LazyLock<EncoderDictionary<'static>> = LazyLock::new(|| EncoderDictionary::copy(FIRST.1, LEVEL));
static UNPACKING: LazyLock<DecoderDictionary<'static>> = LazyLock::new(|| DecoderDictionary::copy(FIRST.1));

thread_local! {
    /// Making these costs more than packing an entry, so each thread keeps its own. None: it could not be made.
    static PACKER: RefCell<Option<Compressor<'static>>> = RefCell::new(packer().ok());
    static UNPACKER: RefCell<Option<Decompressor<'static>>> = RefCell::new(Decompressor::with_prepared_dictionary(&UNPACKING).ok());
    /// For what was packed before there was a dictionary.
    static PLAIN_UNPACKER: RefCell<Option<Decompressor<'static>>> = RefCell::new(Decompressor::new().ok());
}

fn packer() -> std::io::Result<Compressor<'static>> {
    let mut packer = Compressor::with_prepared_dictionary(&PACKING)?;
    // Of its own, Zstandard copies the dictionary's tables for each entry this long: half a megabyte for a few kilobytes.
    packer.set_parameter(CParameter::ForceAttachDict(DictAttachPref::ForceAttach))?;
    Ok(packer)
}

/// Packs bytes; none where that is not worth it.
pub(crate) fn pack(plain: &[u8]) -> Option<Vec<u8>> {
    if plain.len() < PACK_FROM_BYTES {
        return None;
    }
    let mut packed = PACKER.with_borrow_mut(|packer| packer.as_mut()?.compress(plain).ok())?;
    packed.insert(0, WITH_FIRST);
    // Room for the worst was made for it; thousands of acts may wait for the disk.
    packed.shrink_to_fit();
    (packed.len() < plain.len()).then_some(packed)
}

/// What a body's bytes spell, of which there are said to be so many; bytes of that length are not packed. The error says what is wrong with
/// them.
pub(crate) fn plain(bytes: Vec<u8>, plain_bytes: usize) -> Result<Vec<u8>, String> {
    if plain_bytes == bytes.len() {
        Ok(bytes)
    } else if plain_bytes <= LARGEST_ENTRY_BYTES {
        unpack(&bytes, plain_bytes)
    } else {
        Err(format!("it claims {plain_bytes} bytes"))
    }
}

fn unpack(packed: &[u8], plain_bytes: usize) -> Result<Vec<u8>, String> {
    let (unpacker, frame) = match packed {
        [WITH_FIRST, frame @ ..] => (&UNPACKER, frame),
        [0x28, ..] => (&PLAIN_UNPACKER, packed),
        _ => return Err("it is packed in a way that this program does not know".to_owned()),
    };
    let plain = unpacker
        .with_borrow_mut(|unpacker| unpacker.as_mut().map(|unpacker| unpacker.decompress(frame, plain_bytes)))
        .ok_or("there is no memory to unpack it")?
        .map_err(|error| format!("it does not unpack ({error})"))?;
    if plain.len() != plain_bytes {
        return Err(format!("it claims {plain_bytes} bytes and has {}", plain.len()));
    }
    Ok(plain)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use sha2::{Digest as _, Sha256};

    use super::*;

    /// What was packed with it is lost when a byte of it changes.
    #[test]
    fn a_dictionary_is_never_changed() {
        let (id, bytes) = FIRST;
        expect_test::expect!["1 9cc4bda9736d7f8a999c6126122ea2dcd8e31db99bf7e0ea58bb003ac6cf384e"]
            .assert_eq(&format!("{id} {}", hex::encode(Sha256::digest(bytes))));
    }

    /// As a store of the first version with dictionaries has it.
    #[test]
    fn what_the_first_version_packed_is_read() {
        let plain = [&FIRST.1[372_300..374_300], b"and what no dictionary has"].concat();
        let packed =
            hex::decode("0128b52ffd60ea06e500004064617279206861730400eb708640c588066c576c80e64351ff0002").unwrap();
        assert_eq!(unpack(&packed, plain.len()).unwrap(), plain, "{}", hex::encode(pack(&plain).unwrap()));
    }

    /// Answers to questions of the pack's own cases, of a request and by a clerk that never were; that they are the very ones, while the
    /// pack is the one that they were made with, is shown where they are made (`serve::walk::taps`).
    #[test]
    fn nothing_in_a_dictionary_was_recorded() {
        for line in std::str::from_utf8(FIRST.1).unwrap().lines() {
            let entry = record::parse(line.as_bytes()).unwrap();
            let record::Body::Decided(decided) = &entry.body else { panic!("{line}") };
            assert_eq!((entry.id.as_bytes(), decided.request.as_bytes()), (&[0; 16], &[0; 16]));
            assert!(line.contains(r#""by":{"agency":"#) && line.contains(r#""name":"A. Someone""#), "{line}");
        }
    }

    #[test]
    fn what_was_packed_before_there_was_a_dictionary_is_read() {
        let plain = FIRST.1;
        let packed = zstd::bulk::compress(plain, 1).unwrap();
        assert_eq!(unpack(&packed, plain.len()).unwrap(), plain);
    }

    #[test]
    fn what_is_not_packed_by_this_program_is_refused() {
        let (plain, length) = (FIRST.1, FIRST.1.len());
        let packed = pack(plain).unwrap();
        let told = |bytes: &[u8], plain_bytes| unpack(bytes, plain_bytes).unwrap_err();
        let unknown = "it is packed in a way that this program does not know";
        assert_eq!(told(&[], 9), unknown);
        assert_eq!(told(&[&[2], &packed[1..]].concat(), length), unknown);
        assert!(told(&packed, length - 1).starts_with("it does not unpack"));
        assert!(told(&packed, length + 1).starts_with("it claims"));
        assert!(told(&packed[..packed.len() - 1], length).starts_with("it does not unpack"));
        assert!(told(&packed[1..], length).starts_with("it does not unpack"), "without its dictionary");
    }

    #[test]
    fn an_entry_of_any_length_is_packed_and_unpacked() {
        let text = FIRST.1.repeat(11);
        for length in [511, 512, 513, 128 << 10, 600 << 10, LARGEST_ENTRY_BYTES] {
            let packed = pack(&text[..length]);
            assert_eq!(packed.is_some(), length >= PACK_FROM_BYTES, "{length}");
            let Some(packed) = packed else { continue };
            assert!(unpack(&packed, length).unwrap() == text[..length], "{length}");
        }
    }

    proptest! {
        #[test]
        fn what_is_packed_is_unpacked(mut plain in proptest::collection::vec(any::<u8>(), 0..3000), from in 0..FIRST.1.len(), length in 0..60_000_usize) {
            let text = FIRST.1;
            plain.extend(&text[from..(from + length).min(text.len())]);
            if let Some(packed) = pack(&plain) {
                prop_assert!(packed.len() < plain.len());
                prop_assert_eq!(unpack(&packed, plain.len()).unwrap(), plain);
            }
        }
    }
}
