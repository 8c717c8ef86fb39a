//! Attachments against pyca/cryptography's bytes, cut at every place where something ends, and with chunks moved.

use std::path::Path;

use proptest::prelude::*;
use seal::chunked::{
    CHUNK_BYTES, FileKey, OpenError, Opener, PREFIX_BYTES, SALT_BYTES, Sealer, Seeker, TAG_BYTES, open, opened_len,
    seal, sealed_len,
};
use zeroize::Zeroizing;

use crate::shared::{Vector, files, rng};

const CONTEXT: &[u8] = b"vouchsafe/attachment/v1";

fn key(byte: u8) -> FileKey {
    FileKey::new(Zeroizing::new([byte; 32]))
}

fn content(bytes: usize) -> Vec<u8> {
    (0..bytes).map(|i| u8::try_from((i * i + 7 * i) % 251).unwrap()).collect()
}

#[test]
fn what_pyca_sealed_is_opened_and_sealed_to_the_same_bytes() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/seal/chunked");
    let files = files(&folder);
    assert!(files.len() >= 8);
    for path in files {
        let name = path.display();
        let vector = Vector::read(&path);
        assert_eq!(vector.get("expect"), Some("success"), "{name}");
        let mut bytes = [0; 32];
        hex::decode_to_slice(vector.get("key").unwrap(), &mut bytes).unwrap();
        let key = || FileKey::new(Zeroizing::new(bytes));
        let context = vector.get("context").unwrap_or_default().as_bytes();
        let plaintext = content(vector.get("plaintext-bytes").unwrap().parse().unwrap());
        assert_eq!(open(key(), context, &vector.data).unwrap().as_slice(), plaintext, "{name}");
        let salt: [u8; SALT_BYTES] = vector.data[..SALT_BYTES].try_into().unwrap();
        let mut sealed = Vec::new();
        let mut sealer = Sealer::begin_with_salt(&key(), context, salt, &mut sealed);
        sealer.push(&plaintext, &mut sealed).unwrap();
        sealer.finish(&mut sealed).unwrap();
        assert_eq!(sealed, vector.data, "{name}");
        assert_eq!(open(key(), b"another purpose", &sealed), Err(OpenError::Commitment), "{name}");
    }
}

#[test]
fn a_file_cut_short_anywhere_is_refused() {
    let plaintext = content(2 * CHUNK_BYTES + 100);
    let sealed = seal(&key(1), CONTEXT, &plaintext, &mut rng(1)).unwrap();
    let chunk = CHUNK_BYTES + TAG_BYTES;
    // Every length in the prefix and in the last chunk, and all round each end of a chunk.
    let ends = [PREFIX_BYTES + chunk, PREFIX_BYTES + 2 * chunk];
    let near = ends.iter().flat_map(|end| end - 40..end + 40);
    for length in (0..PREFIX_BYTES + 40).chain(near).chain(PREFIX_BYTES + 2 * chunk..sealed.len()) {
        let cut = &sealed[..length];
        let mut released = Vec::new();
        let mut opener = Opener::begin(key(1), CONTEXT);
        opener.push(cut, &mut released).unwrap();
        let whole = opener.finish(&mut released);
        assert!(whole.is_err(), "{length} bytes of {}", sealed.len());
        assert!(plaintext.starts_with(&released));
        if opened_len(length as u64).is_err() {
            assert!(!matches!(whole, Err(OpenError::Chunk { .. })), "{length}: {whole:?}");
        }
    }
    assert_eq!(open(key(1), CONTEXT, &sealed).unwrap().as_slice(), plaintext);
    let longer = [sealed.as_slice(), &[0]].concat();
    assert_eq!(open(key(1), CONTEXT, &longer), Err(OpenError::Chunk { chunk: 2 }));
}

#[test]
fn a_chunk_out_of_its_place_is_refused() {
    let chunk = CHUNK_BYTES + TAG_BYTES;
    let of = |seed| seal(&key(1), CONTEXT, &content(4 * CHUNK_BYTES + 5), &mut rng(seed)).unwrap();
    let (sealed, other) = (of(1), of(2));
    let at = |index: usize| PREFIX_BYTES + index * chunk..PREFIX_BYTES + (index + 1) * chunk;
    for (a, b) in [(0, 1), (0, 3), (1, 2), (2, 3)] {
        let mut swapped = sealed.clone();
        swapped[at(a)].copy_from_slice(&sealed[at(b)]);
        swapped[at(b)].copy_from_slice(&sealed[at(a)]);
        assert_eq!(open(key(1), CONTEXT, &swapped), Err(OpenError::Chunk { chunk: a as u64 }));
        let mut repeated = sealed.clone();
        repeated[at(b)].copy_from_slice(&sealed[at(a)]);
        assert_eq!(open(key(1), CONTEXT, &repeated), Err(OpenError::Chunk { chunk: b as u64 }));
        let mut left_out = sealed.clone();
        left_out.drain(at(a));
        assert_eq!(open(key(1), CONTEXT, &left_out), Err(OpenError::Chunk { chunk: a as u64 }));
    }
    for index in 0..4 {
        let mut foreign = sealed.clone();
        foreign[at(index)].copy_from_slice(&other[at(index)]);
        assert_eq!(open(key(1), CONTEXT, &foreign), Err(OpenError::Chunk { chunk: index as u64 }));
    }
}

#[test]
fn another_key_is_noticed_before_any_chunk() {
    let sealed = seal(&key(1), CONTEXT, b"content", &mut rng(1)).unwrap();
    assert_eq!(open(key(2), CONTEXT, &sealed), Err(OpenError::Commitment));
    let mut opener = Opener::begin(key(2), CONTEXT);
    let mut released = Vec::new();
    assert_eq!(opener.push(&sealed, &mut released), Err(OpenError::Commitment));
    assert_eq!(opener.push(&sealed, &mut released), Err(OpenError::Refused));
    assert_eq!(opener.finish(&mut released), Err(OpenError::Refused));
    assert!(released.is_empty());
}

#[test]
fn a_seeker_opens_any_chunk_and_knows_its_place() {
    for bytes in [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, 3 * CHUNK_BYTES, 3 * CHUNK_BYTES + 777] {
        let plaintext = content(bytes);
        let sealed = seal(&key(3), CONTEXT, &plaintext, &mut rng(3)).unwrap();
        let prefix = sealed.first_chunk().unwrap();
        let seeker = Seeker::begin(&key(3), CONTEXT, prefix, sealed.len() as u64).unwrap();
        assert_eq!(seeker.plaintext_bytes(), bytes as u64);
        let mut whole = Vec::new();
        for chunk in 0..=seeker.last_chunk() {
            let range = seeker.range(chunk).unwrap();
            let range = usize::try_from(range.start).unwrap()..usize::try_from(range.end).unwrap();
            assert_eq!(seeker.locate(whole.len() as u64), (chunk, 0));
            whole.extend_from_slice(&seeker.open(chunk, &sealed[range]).unwrap());
        }
        assert_eq!(whole, plaintext);
        let beyond = seeker.last_chunk() + 1;
        assert_eq!(seeker.range(beyond), Err(OpenError::NoChunk { chunk: beyond }));
        assert_eq!(seeker.open(0, &[0; 3]), Err(OpenError::Truncated { chunk: 0 }));
        // A length that leaves out whole chunks is plausible until the last of them is opened.
        if bytes > 3 * CHUNK_BYTES {
            let shorter = (sealed.len() - CHUNK_BYTES - TAG_BYTES) as u64;
            let seeker = Seeker::begin(&key(3), CONTEXT, prefix, shorter).unwrap();
            let range = seeker.range(seeker.last_chunk()).unwrap();
            let range = usize::try_from(range.start).unwrap()..usize::try_from(range.end).unwrap();
            assert_eq!(seeker.open(2, &sealed[range]), Err(OpenError::Chunk { chunk: 2 }));
        }
        assert_eq!(Seeker::begin(&key(4), CONTEXT, prefix, sealed.len() as u64).err(), Some(OpenError::Commitment));
    }
}

#[test]
fn the_longest_file_is_4_pib() {
    let longest = (1_u64 << 52) - 1;
    assert_eq!(opened_len(sealed_len(longest).unwrap()), Ok(longest));
    assert!(sealed_len(longest + 1).is_err());
    assert!(sealed_len(u64::MAX).is_err());
    assert_eq!(opened_len(u64::MAX), Err(OpenError::TooLong));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn pieces_of_any_size_give_the_same_file(bytes in 0_usize..50_000, piece in 1_usize..20_000, cut in 1_usize..20_000) {
        let plaintext = content(bytes);
        let whole = seal(&key(5), CONTEXT, &plaintext, &mut rng(5)).unwrap();
        let mut sealed = Vec::new();
        let mut sealer = Sealer::begin(&key(5), CONTEXT, &mut rng(5), &mut sealed);
        plaintext.chunks(piece).for_each(|piece| sealer.push(piece, &mut sealed).unwrap());
        sealer.finish(&mut sealed).unwrap();
        prop_assert_eq!(&sealed, &whole);
        prop_assert_eq!(sealed_len(bytes as u64).unwrap(), sealed.len() as u64);
        prop_assert_eq!(opened_len(sealed.len() as u64).unwrap(), bytes as u64);
        let mut opened = Vec::new();
        let mut opener = Opener::begin(key(5), CONTEXT);
        sealed.chunks(cut).for_each(|piece| opener.push(piece, &mut opened).unwrap());
        opener.finish(&mut opened).unwrap();
        prop_assert_eq!(&opened, &plaintext);
    }

    #[test]
    fn a_changed_bit_is_refused(bytes in 0_usize..40_000, at in any::<prop::sample::Index>(), bit in 0_u32..8) {
        let mut sealed = seal(&key(6), CONTEXT, &content(bytes), &mut rng(6)).unwrap();
        let at = at.index(sealed.len());
        sealed[at] ^= 1 << bit;
        prop_assert!(open(key(6), CONTEXT, &sealed).is_err());
    }
}
