//! RIFF: WebP (RFC 9649) and WAVE sound.
//!
//! WebP keeps its pictures, frames, loop and background; the profile, the orientation and the flags of what is there are
//! written anew. WAVE keeps format, count and samples. All other chunks go, and all behind the end.

use crate::{
    clean::{CleanError, broken, cannot},
    edit::{EditList, Gap, Pieces},
    icc,
    kind::Kind,
    limit::MAX_EXIF_BYTES,
    source::Reader,
    tiff,
};

/// One chunk: its name, where its data begin, how long they are, and where the next one begins.
struct Chunk {
    name: [u8; 4],
    at: u64,
    data: u64,
    len: u64,
    next: u64,
}

fn chunk(reader: &mut Reader<'_>, at: u64, end: u64) -> Result<Chunk, CleanError> {
    reader.part()?;
    let name = reader.array(at)?;
    let len = u64::from(reader.le32(at + 4)?);
    let data = at + 8;
    if data + len > end {
        return Err(broken(at, "a chunk longer than what it lies in"));
    }
    // The byte that fills an odd one may be missing at the very end.
    let next = (data + len + len % 2).min(end);
    Ok(Chunk { name, at, data, len, next })
}

/// Keeps the chunk; the byte that fills it up becomes a zero. Returns the bytes that it takes.
fn keep(pieces: &mut Pieces, chunk: &Chunk) -> Result<u64, CleanError> {
    pieces.keep(chunk.at, 8 + chunk.len)?;
    if chunk.len % 2 == 1 {
        let end = chunk.data + chunk.len;
        pieces.replace(end, chunk.next - end, vec![0])?;
    }
    Ok(8 + chunk.len + chunk.len % 2)
}

/// The bytes of a chunk anew.
fn written(name: [u8; 4], data: &[u8]) -> Vec<u8> {
    let len = u32::try_from(data.len()).unwrap_or(u32::MAX);
    let mut out = [&name[..], &len.to_le_bytes(), data].concat();
    if data.len() % 2 == 1 {
        out.push(0);
    }
    out
}

/// Where the RIFF that the file opens with ends.
fn end_of_file(reader: &mut Reader<'_>) -> Result<u64, CleanError> {
    let end = 8 + u64::from(reader.le32(4)?);
    if end < 12 || end > reader.len() {
        return Err(broken(4, "the file is shorter than it says"));
    }
    Ok(end)
}

fn finish(mut pieces: Pieces, kind: Kind, body: u64, end: u64, len: u64) -> Result<EditList, CleanError> {
    pieces.keep(0, 4)?;
    let size = u32::try_from(body + 4).map_err(|_| broken(4, "more than a RIFF can hold"))?;
    pieces.replace(4, 4, size.to_le_bytes().to_vec())?;
    pieces.keep(8, 4)?;
    pieces.finish(kind, end, len)
}

const HAS_PROFILE: u8 = 0x20;
const HAS_ALPHA: u8 = 0x10;
const HAS_EXIF: u8 = 0x08;
const IS_MOVING: u8 = 0x02;

pub(crate) fn webp(reader: &mut Reader<'_>) -> Result<EditList, CleanError> {
    let mut pieces = Pieces::new(Gap::Drop);
    let end = end_of_file(reader)?;
    let (mut at, mut body) = (12, 0);
    let mut extended: Option<Chunk> = None;
    let mut turned = None;
    let (mut picture, mut profiled) = (false, false);
    while at + 8 <= end {
        let chunk = chunk(reader, at, end)?;
        at = chunk.next;
        match &chunk.name {
            b"VP8X" if chunk.at == 12 && chunk.len == 10 => extended = Some(chunk),
            b"VP8 " | b"VP8L" if !picture => {
                picture = true;
                body += keep(&mut pieces, &chunk)?;
            }
            b"ALPH" => body += keep(&mut pieces, &chunk)?,
            b"ANIM" if chunk.len == 6 => body += keep(&mut pieces, &chunk)?,
            b"ANMF" => {
                picture = true;
                body += frame(reader, &mut pieces, &chunk)?;
            }
            b"ICCP" if !profiled => {
                if let Some(profile) = icc::cleaned(&reader.bytes(chunk.data, chunk.len)?) {
                    profiled = true;
                    let written = written(*b"ICCP", &profile);
                    body += written.len() as u64;
                    pieces.replace(chunk.at, chunk.next - chunk.at, written)?;
                }
            }
            b"EXIF" if turned.is_none() => {
                let exif = reader.bytes(chunk.data, chunk.len.min(MAX_EXIF_BYTES))?;
                turned = tiff::orientation(exif.strip_prefix(b"Exif\0\0").unwrap_or(&exif));
            }
            _ => {}
        }
    }
    if !picture {
        return Err(broken(end, "a WebP without a picture"));
    }
    if let Some(header) = extended {
        let flags = reader.u8(header.data)?;
        let exif = turned.filter(|_| flags & HAS_EXIF != 0);
        let flags = flags & (HAS_ALPHA | IS_MOVING)
            | if profiled { HAS_PROFILE } else { 0 }
            | if exif.is_some() { HAS_EXIF } else { 0 };
        let size: [u8; 6] = reader.array(header.data + 4)?;
        let new = written(*b"VP8X", &[&[flags, 0, 0, 0][..], &size].concat());
        body += new.len() as u64;
        pieces.replace(header.at, header.next - header.at, new)?;
        if let Some(turned) = exif {
            let new = written(*b"EXIF", &tiff::with_orientation(turned));
            body += new.len() as u64;
            pieces.replace(end, 0, new)?;
        }
    }
    finish(pieces, Kind::Webp, body, end, reader.len())
}

/// One frame of a moving WebP: where and how long it is shown, its alpha and its picture. Returns the bytes it takes.
fn frame(reader: &mut Reader<'_>, pieces: &mut Pieces, frame: &Chunk) -> Result<u64, CleanError> {
    const HEADER: u64 = 16;
    if frame.len < HEADER {
        return Err(broken(frame.at, "a frame without its header"));
    }
    let end = frame.data + frame.len;
    let mut at = frame.data + HEADER;
    let mut body = HEADER;
    while at + 8 <= end {
        let chunk = chunk(reader, at, end)?;
        at = chunk.next;
        if matches!(&chunk.name, b"ALPH" | b"VP8 " | b"VP8L") {
            body += keep(pieces, &chunk)?;
        }
    }
    let size = u32::try_from(body).map_err(|_| broken(frame.at, "more than a RIFF can hold"))?;
    pieces.keep(frame.at, 4)?;
    pieces.replace(frame.at + 4, 4, size.to_le_bytes().to_vec())?;
    pieces.keep(frame.data, HEADER)?;
    Ok(8 + body)
}

pub(crate) fn wave(reader: &mut Reader<'_>) -> Result<EditList, CleanError> {
    let mut pieces = Pieces::new(Gap::Drop);
    let end = end_of_file(reader)?;
    let (mut at, mut body) = (12, 0);
    let (mut format, mut samples) = (false, false);
    while at + 8 <= end {
        let chunk = chunk(reader, at, end)?;
        at = chunk.next;
        match &chunk.name {
            b"fmt " if !format && matches!(chunk.len, 16 | 18 | 40) => {
                // Plain samples, with integers, with fractions, in two logarithmic laws, or said more exactly.
                if !matches!(u16::from_le_bytes(reader.array(chunk.data)?), 1 | 3 | 6 | 7 | 0xfffe) {
                    return Err(cannot("a WAVE whose samples are coded"));
                }
                format = true;
                body += keep(&mut pieces, &chunk)?;
            }
            b"fact" if chunk.len == 4 => body += keep(&mut pieces, &chunk)?,
            b"data" if format && !samples => {
                samples = true;
                body += keep(&mut pieces, &chunk)?;
            }
            _ => {}
        }
    }
    if !samples {
        return Err(broken(end, "a WAVE without samples in a format that is known"));
    }
    finish(pieces, Kind::Wave, body, end, reader.len())
}
