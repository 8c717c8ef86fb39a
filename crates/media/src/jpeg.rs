//! JPEG (ITU-T T.81), JFIF (T.871), Adobe's marker (Supplementing T.81), EXIF's orientation, ICC.1 annex B.
//!
//! Kept: frames, tables, scans. Written anew: JFIF's version and the shape of its pixels without its thumbnail, Adobe's
//! colour transform, the colour profile, the orientation. Everything else goes, and so does all behind the end of the
//! picture: second pictures, films of motion photos, makers' trailers. Not seen: bytes that an encoder hid in a scan.

use crate::{
    clean::{CleanError, broken, cannot},
    edit::{EditList, Gap, Pieces},
    icc,
    kind::Kind,
    limit::{MAX_EXIF_BYTES, MAX_HELD_BYTES},
    source::Reader,
    tiff,
};

const END: u8 = 0xd9;
const SCAN: u8 = 0xda;
const PROFILE: &[u8] = b"ICC_PROFILE\0";

/// The most bytes of a profile in one segment: 65,535 less length, name, number and count.
const PROFILE_PART: usize = 65_535 - 2 - 12 - 2;

#[derive(Default)]
struct Found {
    pixels: Option<(u8, u16, u16)>,
    adobe: Option<u8>,
    turned: Option<u8>,
    profile: Vec<(u8, Vec<u8>)>,
    profile_len: u64,
    frame: bool,
    scan: bool,
}

pub(crate) fn clean(reader: &mut Reader<'_>) -> Result<EditList, CleanError> {
    let mut pieces = Pieces::new(Gap::Drop);
    let mut found = Found::default();
    let mut at = 2;
    loop {
        reader.part()?;
        let [prefix, marker] = reader.array(at)?;
        if prefix != 0xff {
            return Err(broken(at, "no marker"));
        }
        match marker {
            // A marker may be filled up with these.
            0xff => at += 1,
            END => {
                if !found.frame || !found.scan {
                    return Err(broken(at, "a picture without a frame or a scan"));
                }
                pieces.keep(at, 2)?;
                at += 2;
                break;
            }
            0xc0..=0xfe if !matches!(marker, 0xc8 | 0xd0..=0xd8) => {
                let len = u64::from(reader.be16(at + 2)?);
                if len < 2 || at + 2 + len > reader.len() {
                    return Err(broken(at, "a segment longer than the file"));
                }
                segment(reader, &mut pieces, &mut found, marker, at, len)?;
                at += 2 + len;
                if marker == SCAN {
                    found.scan = true;
                    let end = end_of_scan(reader, at)?;
                    pieces.keep(at, end - at)?;
                    at = end;
                }
            }
            _ => return Err(broken(at, "a marker that has no place there")),
        }
    }
    pieces.replace(0, 2, opening(found))?;
    pieces.finish(Kind::Jpeg, at, reader.len())
}

/// One segment: its marker at `at`, and `len` bytes with its length.
fn segment(
    reader: &mut Reader<'_>,
    pieces: &mut Pieces,
    found: &mut Found,
    marker: u8,
    at: u64,
    len: u64,
) -> Result<(), CleanError> {
    let data = at + 4;
    match marker {
        0xc4 | 0xcc | 0xdb | 0xdd | 0xda | 0xc0..=0xcf => {
            if !exact(reader, marker, data, len - 2)? {
                return Err(broken(at, "a table that is not as long as it says"));
            }
            found.frame |= !matches!(marker, 0xc4 | 0xcc | 0xdb..=0xdd | 0xda);
            pieces.keep(at, 2 + len)?;
        }
        // The number of lines, said after the first scan.
        0xdc if len == 4 => pieces.keep(at, 2 + len)?,
        0xde | 0xdf => return Err(cannot("pictures in levels are not known here")),
        0xe0 if found.pixels.is_none() && len >= 16 && reader.array(data)? == *b"JFIF\0" => {
            let unit = reader.u8(data + 7)?;
            found.pixels = Some((unit, reader.be16(data + 8)?, reader.be16(data + 10)?));
        }
        0xe1 if found.turned.is_none() && len >= 8 && reader.array(data)? == *b"Exif\0\0" => {
            let exif = reader.bytes(data + 6, (len - 8).min(MAX_EXIF_BYTES))?;
            found.turned = tiff::orientation(&exif);
        }
        0xe2 if len >= 16 && reader.array::<12>(data)? == PROFILE => {
            found.profile_len += len;
            if found.profile_len > MAX_HELD_BYTES {
                return Err(CleanError::Hostile { limit: "MAX_HELD_BYTES" });
            }
            found.profile.push((reader.u8(data + 12)?, reader.bytes(data + 14, len - 16)?));
        }
        0xee if found.adobe.is_none() && len >= 14 && reader.array(data)? == *b"Adobe" => {
            found.adobe = Some(reader.u8(data + 11)?);
        }
        _ => {}
    }
    Ok(())
}

/// Whether a segment that is kept is just as long as its content asks, so that nothing hides behind the content.
fn exact(reader: &mut Reader<'_>, marker: u8, data: u64, len: u64) -> Result<bool, CleanError> {
    let end = data + len;
    let mut at = data;
    let exact = match marker {
        0xdb => {
            while at < end {
                at += if reader.u8(at)? >> 4 == 0 { 65 } else { 129 };
            }
            at == end
        }
        0xc4 => {
            while at < end {
                let counts: [u8; 17] = reader.array(at)?;
                at += 17 + counts.iter().skip(1).map(|count| u64::from(*count)).sum::<u64>();
            }
            at == end
        }
        0xcc => len.is_multiple_of(2) && len > 0,
        0xdd => len == 2,
        SCAN => len >= 6 && len == 4 + 2 * u64::from(reader.u8(data)?),
        _ => len >= 9 && len == 6 + 3 * u64::from(reader.u8(data + 5)?),
    };
    Ok(exact)
}

/// Where the coded data that begin at `at` end: at the first marker that is neither a restart nor a filled byte.
fn end_of_scan(reader: &mut Reader<'_>, mut at: u64) -> Result<u64, CleanError> {
    const STEP: u64 = 1 << 16;
    loop {
        let len = STEP.min(reader.len().saturating_sub(at));
        if len < 2 {
            return Err(broken(reader.len(), "the picture has no end"));
        }
        let held = reader.bytes(at, len)?;
        let marker = held
            .array_windows()
            .position(|[first, second]| *first == 0xff && !matches!(second, 0 | 0xd0..=0xd7 | 0xff));
        if let Some(marker) = marker {
            return Ok(at + marker as u64);
        }
        at += len - 1;
    }
}

/// What stands before the first segment that is kept: the start, JFIF, orientation, Adobe, profile.
fn opening(found: Found) -> Vec<u8> {
    let mut out = vec![0xff, 0xd8];
    if let Some((_, across, down)) = found.pixels {
        // The shape of a pixel is kept when it is not a square; how many of them make an inch is nobody's business.
        let (across, down) = if across == down || across == 0 || down == 0 { (1, 1) } else { (across, down) };
        out.extend_from_slice(b"\xff\xe0\0\x10JFIF\0\x01\x01\0");
        out.extend_from_slice(&across.to_be_bytes());
        out.extend_from_slice(&down.to_be_bytes());
        out.extend_from_slice(&[0, 0]);
    }
    if let Some(turned) = found.turned {
        out.extend_from_slice(b"\xff\xe1\0\x22Exif\0\0");
        out.extend_from_slice(&tiff::with_orientation(turned));
    }
    if let Some(transform) = found.adobe {
        out.extend_from_slice(b"\xff\xee\0\x0eAdobe\0\x64\0\0\0\0");
        out.push(transform);
    }
    let mut parts = found.profile;
    parts.sort_by_key(|(number, _)| *number);
    let profile: Vec<u8> = parts.into_iter().flat_map(|(_, part)| part).collect();
    if let Some(profile) = icc::cleaned(&profile) {
        let parts = profile.chunks(PROFILE_PART);
        // A profile that is held has fewer parts than this number can say.
        let count = u8::try_from(parts.len()).unwrap_or(u8::MAX);
        for (number, part) in (1_u8..).zip(parts) {
            let len = u16::try_from(part.len() + 16).unwrap_or(u16::MAX);
            out.extend_from_slice(b"\xff\xe2");
            out.extend_from_slice(&len.to_be_bytes());
            out.extend_from_slice(PROFILE);
            out.extend_from_slice(&[number, count]);
            out.extend_from_slice(part);
        }
    }
    out
}
