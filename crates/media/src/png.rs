//! PNG, third edition (W3C Recommendation of 24 June 2025), still or moving.
//!
//! Kept: the chunks that make the picture and its colour, each only in its exact length. Written anew: the colour profile
//! under no name, the orientation. Everything else goes: text, time, EXIF, density, unknown chunks, all behind the end
//! (where one phone's editor left the part of a picture that was cut off).

use crate::{
    bytes::put_be,
    clean::{CleanError, broken, cannot},
    edit::{EditList, Gap, Pieces},
    icc, inflate,
    kind::Kind,
    limit::{MAX_EXIF_BYTES, MAX_HELD_BYTES},
    source::Reader,
    tiff,
};

/// How long the chunk is with which the picture begins.
const HEADER_BYTES: u64 = 12 + 13;

pub(crate) fn clean(reader: &mut Reader<'_>) -> Result<EditList, CleanError> {
    let mut pieces = Pieces::new(Gap::Drop);
    pieces.keep(0, 8)?;
    let mut at = 8;
    let mut turned = None;
    let (mut data, mut profiled) = (false, false);
    loop {
        reader.part()?;
        let len = u64::from(reader.be32(at)?);
        let name: [u8; 4] = reader.array(at + 4)?;
        let end = at + 12 + len;
        if end > reader.len() {
            return Err(broken(at, "a chunk longer than the file"));
        }
        if (at == 8) != (name == *b"IHDR") {
            return Err(broken(at, "the header does not stand first, or stands again"));
        }
        match &name {
            b"eXIf" if turned.is_none() => {
                turned = tiff::orientation(&reader.bytes(at + 8, len.min(MAX_EXIF_BYTES))?);
            }
            b"iCCP" if !profiled && !data => {
                profiled = true;
                let written = profile(&reader.bytes(at + 8, len)?).map(|data| chunk(*b"iCCP", &data));
                pieces.replace(at, end - at, written.unwrap_or_default())?;
            }
            // Of use only where a pixel is no square.
            b"pHYs" if len == 9 && reader.array::<4>(at + 8)? != reader.array::<4>(at + 12)? => {
                let mut shape = reader.bytes(at + 8, 8)?;
                shape.push(0);
                pieces.replace(at, end - at, chunk(*b"pHYs", &shape))?;
            }
            b"IHDR" if len == HEADER_BYTES - 12 => {}
            _ if allowed(name, len) => pieces.keep(at, end - at)?,
            [first, ..] if first.is_ascii_uppercase() => {
                return Err(cannot("a PNG with a chunk that is needed to show it and is not known here"));
            }
            _ => {}
        }
        data |= name == *b"IDAT";
        at = end;
        if name == *b"IEND" {
            break;
        }
    }
    if !data {
        return Err(broken(at, "a PNG without a picture"));
    }
    let mut header = reader.bytes(8, HEADER_BYTES)?;
    if let Some(turned) = turned {
        header.extend(chunk(*b"eXIf", &tiff::with_orientation(turned)));
    }
    pieces.replace(8, HEADER_BYTES, header)?;
    pieces.finish(Kind::Png, at, reader.len())
}

/// Whether a chunk is needed to show the picture, and is as long as such a chunk can be.
fn allowed(name: [u8; 4], len: u64) -> bool {
    match &name {
        b"PLTE" => len <= 768 && len.is_multiple_of(3),
        b"IDAT" => true,
        b"IEND" => len == 0,
        b"tRNS" => len <= 256,
        b"gAMA" | b"cICP" => len == 4,
        b"cHRM" => len == 32,
        b"sRGB" => len == 1,
        b"sBIT" => len <= 4,
        b"bKGD" => len <= 6,
        b"mDCV" => len == 24,
        b"cLLI" | b"acTL" => len == 8,
        b"fcTL" => len == 26,
        b"fdAT" => len >= 4,
        _ => false,
    }
}

/// The content of `iCCP` anew, out of what it was: a name, a zero, the method, a zlib stream.
fn profile(data: &[u8]) -> Option<Vec<u8>> {
    let name_len = data.iter().take(80).position(|byte| *byte == 0)?;
    let (method, zlib) = data.get(name_len + 1..)?.split_first()?;
    if *method != 0 {
        return None;
    }
    let profile = inflate::inflate(zlib, usize::try_from(MAX_HELD_BYTES).ok()?)?;
    let clean = icc::cleaned(&profile)?;
    Some([&b"icc\0\0"[..], &inflate::stored(&clean)].concat())
}

fn chunk(name: [u8; 4], data: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    put_be(&mut out, data.len() as u64, 4);
    out.extend_from_slice(&name);
    out.extend_from_slice(data);
    put_be(&mut out, u64::from(inflate::crc(&[&name, data])), 4);
    out
}
