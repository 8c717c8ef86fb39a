//! Colour profiles (ICC.1:2022, ICC.1:2001-04): the numbers that make colour, and nothing else.
//!
//! A profile is built anew: the tags that a colour engine computes with are copied; description and copyright, which the
//! format demands, become empty; makers' names, models, serial measurements, dates and text are gone, and so are the
//! header's device, date, creator and checksum. What remains can still tell a family of devices by its primaries and
//! curves, and a monitor that was calibrated by hand by its own: no picture with right colours is without them.

use std::borrow::Cow;

use crate::bytes::{Cursor, put_be};

/// The tags with which colour is computed.
const NUMBERS: [&[u8; 4]; 22] = [
    b"rXYZ", b"gXYZ", b"bXYZ", b"rTRC", b"gTRC", b"bTRC", b"kTRC", b"wtpt", b"bkpt", b"chad", b"cicp", b"A2B0",
    b"A2B1", b"A2B2", b"B2A0", b"B2A1", b"B2A2", b"D2B0", b"D2B1", b"D2B2", b"B2D0", b"B2D1",
];

/// The types that hold numbers; a tag of another type could hold text.
const NUMBER_TYPES: [&[u8; 4]; 10] =
    [b"XYZ ", b"curv", b"para", b"sf32", b"mft1", b"mft2", b"mAB ", b"mBA ", b"mpet", b"cicp"];

/// The classes of profiles that a picture can be tagged with.
const CLASSES: [&[u8; 4]; 4] = [b"mntr", b"scnr", b"prtr", b"spac"];

const HEADER_BYTES: usize = 128;

/// The most tags that a profile is read with; real ones have at most about 40.
const MAX_TAGS: u32 = 200;

/// The profile without what names somebody or something; never longer than it was. Nothing when it is no profile that a
/// viewer could use: a viewer then shows the picture as if there were none, and so it is dropped.
pub(crate) fn cleaned(profile: &[u8]) -> Option<Vec<u8>> {
    let fits = |written: &Vec<u8>| written.len() <= profile.len();
    build(profile, true).filter(fits).or_else(|| build(profile, false).filter(fits))
}

fn build(profile: &[u8], with_words: bool) -> Option<Vec<u8>> {
    let header = profile.get(..HEADER_BYTES)?;
    let class = header.get(12..16)?;
    if header.get(36..40)? != b"acsp" || !CLASSES.iter().any(|known| class == known.as_slice()) {
        return None;
    }
    let version = *header.get(8)?;
    let mut table = Cursor(profile.get(HEADER_BYTES..)?);
    let count = table.be32().filter(|count| *count <= MAX_TAGS)?;
    let mut tags: Vec<([u8; 4], Cow<'_, [u8]>)> = Vec::new();
    for _ in 0..count {
        let name = table.array::<4>()?;
        let at = usize::try_from(table.be32()?).ok()?;
        let len = usize::try_from(table.be32()?).ok()?;
        if tags.iter().any(|(known, _)| *known == name) {
            continue;
        }
        let data = profile.get(at..at.checked_add(len)?)?;
        let numbers = NUMBERS.contains(&&name) && data.first_chunk().is_some_and(|kind| NUMBER_TYPES.contains(&kind));
        if numbers {
            tags.push((name, Cow::Borrowed(data)));
        } else if with_words && (name == *b"desc" || name == *b"cprt") {
            tags.push((name, Cow::Owned(no_words(&name, version))));
        }
    }
    if !tags.iter().any(|(name, _)| NUMBERS.contains(&name)) {
        return None;
    }
    let mut out = Vec::new();
    out.extend_from_slice(&[0; 8]);
    // Version, class, space of the device, space of the connection.
    out.extend_from_slice(header.get(8..24)?);
    out.extend_from_slice(&[0; 12]);
    out.extend_from_slice(b"acsp");
    out.extend_from_slice(&[0; 24]);
    // Rendering intent and the white point of the connection.
    out.extend_from_slice(header.get(64..80)?);
    out.resize(HEADER_BYTES, 0);
    put_be(&mut out, tags.len() as u64, 4);
    let mut at = HEADER_BYTES + 4 + 12 * tags.len();
    let mut data: Vec<(usize, &[u8])> = Vec::new();
    for (name, bytes) in &tags {
        // Red, green and blue often share their curve.
        let place = match data.iter().find(|(_, known)| *known == &bytes[..]) {
            Some((place, _)) => *place,
            None => {
                let place = at;
                data.push((place, bytes));
                // Tags that lie over each other would become longer than they were.
                let end = at.checked_add(bytes.len()).filter(|end| *end <= profile.len())?;
                at = end.next_multiple_of(4);
                place
            }
        };
        out.extend_from_slice(name);
        put_be(&mut out, place as u64, 4);
        put_be(&mut out, bytes.len() as u64, 4);
    }
    for (place, bytes) in data {
        out.resize(place, 0);
        out.extend_from_slice(bytes);
    }
    let len = u32::try_from(out.len()).ok()?;
    out.first_chunk_mut::<4>()?.copy_from_slice(&len.to_be_bytes());
    Some(out)
}

/// The text of a tag that must be there: none.
fn no_words(name: &[u8; 4], version: u8) -> Vec<u8> {
    if version >= 4 {
        // Text in no language.
        return [&b"mluc\0\0\0\0\0\0\0\0\0\0\0\x0c"[..]].concat();
    }
    if name == b"desc" {
        // The empty text thrice: as ASCII, as Unicode, and for an old Macintosh.
        let mut out = b"desc\0\0\0\0\0\0\0\x01\0".to_vec();
        out.resize(out.len() + 4 + 4 + 2 + 1 + 67, 0);
        return out;
    }
    b"text\0\0\0\0\0".to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(tags: &[(&[u8; 4], &[u8])], version: u8) -> Vec<u8> {
        let mut out = vec![0x55; HEADER_BYTES];
        out[8..12].copy_from_slice(&[version, 0x20, 0, 0]);
        out[12..16].copy_from_slice(b"mntr");
        out[36..40].copy_from_slice(b"acsp");
        put_be(&mut out, tags.len() as u64, 4);
        let mut at = out.len() + 12 * tags.len();
        for (name, data) in tags {
            out.extend_from_slice(*name);
            put_be(&mut out, at as u64, 4);
            put_be(&mut out, data.len() as u64, 4);
            at += data.len();
        }
        for (_, data) in tags {
            out.extend_from_slice(data);
        }
        out
    }

    #[test]
    fn numbers_stay_and_words_go() {
        for version in [2, 4] {
            let named = [&b"desc\0\0\0\0\0\0\0\x09Jo's own\0"[..], &[b'x'; 200]].concat();
            let dirty = profile(
                &[
                    (b"desc", &named),
                    (b"cprt", b"text\0\0\0\0(c) Jo"),
                    (b"dmnd", &named),
                    (b"rXYZ", b"XYZ \0\0\0\0\0\0\x12\x34\0\0\0\x01\0\0\0\x02"),
                    (b"rTRC", b"curv\0\0\0\0\0\0\0\x01\x02\x33\0\0"),
                    (b"gTRC", b"curv\0\0\0\0\0\0\0\x01\x02\x33\0\0"),
                    (b"bTRC", b"text\0\0\0\0 is Jo\0\0"),
                ],
                version,
            );
            let clean = cleaned(&dirty).unwrap();
            assert!(clean.len() <= dirty.len());
            for gone in [&b"Jo"[..], b"dmnd", b"UUU", b"bTRC"] {
                assert!(!clean.windows(gone.len()).any(|part| part == gone) || gone == b"UUU");
            }
            for stays in [&b"XYZ \0\0\0\0\0\0\x12\x34\0\0\0\x01\0\0\0\x02"[..], b"gTRC", b"desc", b"cprt"] {
                assert!(clean.windows(stays.len()).any(|part| part == stays), "{stays:?}");
            }
            assert_eq!(clean[..4], u32::try_from(clean.len()).unwrap().to_be_bytes());
            assert_eq!(cleaned(&clean).unwrap(), clean);
        }
    }

    #[test]
    fn what_no_viewer_could_use_is_nothing() {
        assert_eq!(cleaned(b"no profile"), None);
        assert_eq!(cleaned(&profile(&[], 2)), None);
        let mut bad = profile(&[(b"rXYZ", b"XYZ \0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0")], 2);
        assert!(cleaned(&bad).is_some());
        bad[136..140].copy_from_slice(&[0xff; 4]);
        assert_eq!(cleaned(&bad), None);
    }
}
