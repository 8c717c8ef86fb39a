//! Attachments: in pieces or whole they open to the same or not at all, and by the chunk to the same.
//!
//! The first byte says how large the pieces are. The rest is a sealed file, and is sealed itself besides.
#![no_main]

use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng as _};
use seal::chunked::{FileKey, Opener, PREFIX_BYTES, Seeker, open, opened_len, seal, sealed_len};

fn key() -> FileKey {
    FileKey::new([1; 32].into())
}

/// Opens piece by piece.
fn in_pieces(sealed: &[u8], piece: usize) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let mut opener = Opener::begin(key(), b"fuzz");
    for piece in sealed.chunks(piece) {
        opener.push(piece, &mut out).ok()?;
    }
    opener.finish(&mut out).ok()?;
    Some(out)
}

/// Opens chunk by chunk.
fn by_chunks(sealed: &[u8]) -> Option<Vec<u8>> {
    let prefix = sealed.first_chunk::<PREFIX_BYTES>()?;
    let seeker = Seeker::begin(&key(), b"fuzz", prefix, sealed.len() as u64).ok()?;
    let mut out = Vec::new();
    for chunk in 0..=seeker.last_chunk() {
        let range = seeker.range(chunk).ok()?;
        let range = usize::try_from(range.start).ok()?..usize::try_from(range.end).ok()?;
        out.extend_from_slice(&seeker.open(chunk, sealed.get(range)?).ok()?);
    }
    Some(out)
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Some((first, rest)) = bytes.split_first() else { return };
    let piece = usize::from(*first) * 67 + 1;
    let whole = open(key(), b"fuzz", rest).ok().map(|opened| opened.to_vec());
    assert_eq!(in_pieces(rest, piece), whole);
    assert_eq!(by_chunks(rest), whole);
    if let Some(whole) = whole {
        assert_eq!(opened_len(rest.len() as u64), Ok(whole.len() as u64));
    }
    let sealed = seal(&key(), b"fuzz", rest, &mut ChaCha20Rng::from_seed([2; 32])).expect("it can be sealed");
    assert_eq!(sealed_len(rest.len() as u64), Ok(sealed.len() as u64));
    assert_eq!(in_pieces(&sealed, piece).as_deref(), Some(rest));
});
