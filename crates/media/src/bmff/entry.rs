//! Sample descriptions: which codec, and what its decoder must know.
//!
//! A codec that is not on the list is refused: its frames could be pictures with metadata of their own (as the JPEGs of
//! `jpeg` are), or no pictures at all. Names of encoders and vendors go.

use super::{Part, free, keep_first, part, rewrite};
use crate::{
    clean::{CleanError, cannot},
    codec,
    edit::Pieces,
    icc,
    source::Reader,
};

/// Codecs of pictures. The last row is ProRes.
const PICTURES: [&[u8; 4]; 20] = [
    b"avc1", b"avc3", b"hvc1", b"hev1", b"dvh1", b"dvhe", b"dva1", b"dvav", b"av01", b"vp08", b"vp09", b"mp4v",
    b"s263", b"h263", b"apch", b"apcn", b"apcs", b"apco", b"ap4h", b"ap4x",
];

/// Codecs of sound. The last two rows are plain samples.
const SOUNDS: [&[u8; 4]; 19] = [
    b"mp4a", b"alac", b"Opus", b"fLaC", b"ac-3", b"ec-3", b"samr", b"sawb", b"raw ", b"twos", b"sowt", b"lpcm",
    b"in24", b"in32", b"fl32", b"fl64", b"ulaw", b"alaw", b"ipcm",
];

/// What a track is for; only these two are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sense {
    /// Seen.
    Picture,
    /// Heard.
    Sound,
}

/// The table of sample descriptions. Returns how many bytes a moment of plain sound has, or 0 for what is coded.
pub(super) fn descriptions(
    reader: &mut Reader<'_>,
    pieces: &mut Pieces,
    table: &Part,
    sense: Sense,
) -> Result<u64, CleanError> {
    if table.body_len() < 8 {
        return Err(table.bad("no sample description"));
    }
    let version = reader.u8(table.body())?;
    pieces.keep(table.at, table.header + 8)?;
    let mut at = table.body() + 8;
    let (mut count, mut frame) = (0_u32, 0);
    while let Some(entry) = part(reader, at, table.end())? {
        at = entry.end();
        count += 1;
        match sense {
            Sense::Picture if PICTURES.contains(&&entry.name) => picture(reader, pieces, &entry)?,
            Sense::Sound if SOUNDS.contains(&&entry.name) => {
                sound(reader, pieces, &entry, version)?;
                frame = plain_frame(reader, &entry)?.max(frame);
            }
            _ => return Err(cannot("a track in a codec that is not known here")),
        }
    }
    if count == 0 || count != reader.be32(table.body() + 4)? {
        return Err(table.bad("not as many sample descriptions as it says"));
    }
    Ok(frame)
}

/// How many bytes a moment of plain sound has, over all channels. QuickTime's tables say 1 for it, however many it is.
fn plain_frame(reader: &mut Reader<'_>, entry: &Part) -> Result<u64, CleanError> {
    let channels = u64::from(reader.be16(entry.body() + 16)?);
    let bits = u64::from(reader.be16(entry.body() + 18)?);
    let width = match &entry.name {
        b"raw " | b"twos" | b"sowt" => bits.div_ceil(8),
        b"ulaw" | b"alaw" => 1,
        b"in24" => 3,
        b"in32" | b"fl32" => 4,
        b"fl64" => 8,
        // Version 2 says it itself.
        b"lpcm" if reader.be16(entry.body() + 8)? == 2 && entry.body_len() >= 64 => {
            return Ok(u64::from(reader.be32(entry.body() + 56)?));
        }
        _ => 0,
    };
    Ok(width * channels)
}

fn picture(reader: &mut Reader<'_>, pieces: &mut Pieces, entry: &Part) -> Result<(), CleanError> {
    const FIXED: u64 = 78;
    let body = entry.body();
    if entry.body_len() < FIXED {
        return Err(entry.bad("a sample description that is cut off"));
    }
    if reader.be16(body + 76)? == 0 {
        return Err(cannot("a film with a table of colours"));
    }
    pieces.keep(entry.at, entry.header + 8)?;
    // Size, density, frames in a sample; then depth. Vendor and the encoder's name lie between.
    pieces.keep(body + 24, 12)?;
    pieces.keep(body + 40, 2)?;
    pieces.keep(body + 74, 4)?;
    let mut at = body + FIXED;
    while let Some(inner) = part(reader, at, entry.end())? {
        at = inner.end();
        match &inner.name {
            b"avcC" => settings(reader, pieces, &inner, codec::avc)?,
            b"hvcC" => settings(reader, pieces, &inner, codec::hevc)?,
            b"av1C" => settings(reader, pieces, &inner, codec::av1)?,
            b"vpcC" => settings(reader, pieces, &inner, codec::vp)?,
            b"esds" => settings(reader, pieces, &inner, codec::esds)?,
            b"dvcC" | b"dvvC" => keep_first(pieces, &inner, 24)?,
            b"pasp" | b"amve" | b"CoLL" | b"ccst" => keep_first(pieces, &inner, 8)?,
            b"clap" => keep_first(pieces, &inner, 32)?,
            b"fiel" => keep_first(pieces, &inner, 2)?,
            b"btrt" => keep_first(pieces, &inner, 12)?,
            b"mdcv" => keep_first(pieces, &inner, 24)?,
            b"SmDm" => keep_first(pieces, &inner, 28)?,
            b"clli" | b"gama" => keep_first(pieces, &inner, 4)?,
            // Vendor and version of the encoder stand before level and profile.
            b"d263" if inner.body_len() >= 7 => {
                pieces.keep(inner.at, inner.header)?;
                pieces.keep(inner.body() + 5, 2)?;
            }
            b"colr" => colour(reader, pieces, &inner)?,
            _ => free(pieces, &inner)?,
        }
    }
    Ok(())
}

fn settings(
    reader: &mut Reader<'_>,
    pieces: &mut Pieces,
    part: &Part,
    cleaned: impl Fn(&[u8]) -> Option<Vec<u8>>,
) -> Result<(), CleanError> {
    let held = reader.bytes(part.body(), part.body_len())?;
    rewrite(pieces, part, cleaned(&held))
}

fn colour(reader: &mut Reader<'_>, pieces: &mut Pieces, part: &Part) -> Result<(), CleanError> {
    match cleaned_colour(&reader.bytes(part.body(), part.body_len())?) {
        Some(content) => rewrite(pieces, part, Some(content)),
        None => free(pieces, part),
    }
}

/// What a box says of colour: by numbers, or by a profile.
pub(super) fn cleaned_colour(content: &[u8]) -> Option<Vec<u8>> {
    let (kind, rest) = content.split_first_chunk::<4>()?;
    match kind {
        b"nclx" => content.get(..11).map(<[u8]>::to_vec),
        b"nclc" => content.get(..10).map(<[u8]>::to_vec),
        b"prof" | b"rICC" => Some([&kind[..], &icc::cleaned(rest)?].concat()),
        _ => None,
    }
}

fn sound(reader: &mut Reader<'_>, pieces: &mut Pieces, entry: &Part, table: u8) -> Result<(), CleanError> {
    let body = entry.body();
    if entry.body_len() < 28 {
        return Err(entry.bad("a sample description that is cut off"));
    }
    // QuickTime says more in its versions 1 and 2; in ISO's table of version 1, an entry of version 1 does not.
    let more = match (table, reader.be16(body + 8)?) {
        (0, 1) => 16,
        (0, 2) => 36,
        _ => 0,
    };
    if entry.body_len() < 28 + more {
        return Err(entry.bad("a sample description that is cut off"));
    }
    pieces.keep(entry.at, entry.header + 10)?;
    pieces.keep(body + 16, 12 + more)?;
    inside_sound(reader, pieces, body + 28 + more, entry.end(), true)
}

fn inside_sound(
    reader: &mut Reader<'_>,
    pieces: &mut Pieces,
    mut at: u64,
    end: u64,
    outer: bool,
) -> Result<(), CleanError> {
    while let Some(inner) = part(reader, at, end)? {
        at = inner.end();
        match &inner.name {
            b"esds" => settings(reader, pieces, &inner, codec::esds)?,
            b"dOps" => settings(reader, pieces, &inner, |held| codec::opus(held, 1))?,
            b"dfLa" => settings(reader, pieces, &inner, |held| codec::flac(held, 4))?,
            b"alac" => settings(reader, pieces, &inner, codec::alac)?,
            b"dac3" => keep_first(pieces, &inner, 3)?,
            b"dec3" => keep_first(pieces, &inner, inner.body_len().min(64))?,
            b"btrt" => keep_first(pieces, &inner, 12)?,
            b"pcmC" => keep_first(pieces, &inner, 6)?,
            b"srat" => keep_first(pieces, &inner, 8)?,
            // Vendor and version of the encoder stand before what is needed.
            b"damr" if inner.body_len() >= 9 => {
                pieces.keep(inner.at, inner.header)?;
                pieces.keep(inner.body() + 5, 4)?;
            }
            b"chan" if inner.body_len() >= 16 => {
                let count = u64::from(reader.be32(inner.body() + 12)?);
                keep_first(pieces, &inner, 16 + 20 * count)?;
            }
            // QuickTime puts the same once more into a box of its own, which zeros end.
            b"wave" if outer => {
                pieces.keep(inner.at, inner.header)?;
                inside_sound(reader, pieces, inner.body(), inner.end(), false)?;
            }
            b"frma" if !outer => keep_first(pieces, &inner, 4)?,
            b"enda" if !outer => keep_first(pieces, &inner, 2)?,
            b"mp4a" if !outer => keep_first(pieces, &inner, inner.body_len().min(4))?,
            [0, 0, 0, 0] if !outer => keep_first(pieces, &inner, 0)?,
            _ => free(pieces, &inner)?,
        }
    }
    Ok(())
}
