//! The tracks of a Matroska file.

use super::element::{Element, Rule, children, keep_inside, number, void, void_header};
use crate::{
    clean::{CleanError, broken, cannot},
    codec,
    edit::Pieces,
    source::Reader,
};

/// A track that stays.
#[derive(Debug, Clone, Copy)]
pub(super) struct Track {
    pub(super) number: u64,
    /// Its blocks have a second picture beside them: its transparency.
    pub(super) transparent: bool,
}

const COLOUR: &[(u32, Rule)] = &[
    (0x55b1, Rule::Number),
    (0x55b2, Rule::Number),
    (0x55b3, Rule::Number),
    (0x55b4, Rule::Number),
    (0x55b5, Rule::Number),
    (0x55b6, Rule::Number),
    (0x55b7, Rule::Number),
    (0x55b8, Rule::Number),
    (0x55b9, Rule::Number),
    (0x55ba, Rule::Number),
    (0x55bb, Rule::Number),
    (0x55bc, Rule::Number),
    (0x55bd, Rule::Number),
    (
        0x55d0,
        Rule::Holds(&[
            (0x55d1, Rule::Number),
            (0x55d2, Rule::Number),
            (0x55d3, Rule::Number),
            (0x55d4, Rule::Number),
            (0x55d5, Rule::Number),
            (0x55d6, Rule::Number),
            (0x55d7, Rule::Number),
            (0x55d8, Rule::Number),
            (0x55d9, Rule::Number),
            (0x55da, Rule::Number),
        ]),
    ),
];

/// Size, cut, shape of pixels, interlacing, stereo, transparency, rate, colour, and the projection, which also turns.
const VIDEO: &[(u32, Rule)] = &[
    (0x9a, Rule::Number),
    (0x9d, Rule::Number),
    (0x53b8, Rule::Number),
    (0x53c0, Rule::Number),
    (0xb0, Rule::Number),
    (0xba, Rule::Number),
    (0x54aa, Rule::Number),
    (0x54bb, Rule::Number),
    (0x54cc, Rule::Number),
    (0x54dd, Rule::Number),
    (0x54b0, Rule::Number),
    (0x54ba, Rule::Number),
    (0x54b2, Rule::Number),
    (0x54b3, Rule::Number),
    (0x0023_83e3, Rule::Number),
    (0x55b0, Rule::Holds(COLOUR)),
    (
        0x7670,
        Rule::Holds(&[(0x7671, Rule::Number), (0x7673, Rule::Number), (0x7674, Rule::Number), (0x7675, Rule::Number)]),
    ),
];

const AUDIO: &[(u32, Rule)] = &[
    (0xb5, Rule::Number),
    (0x78b5, Rule::Number),
    (0x9f, Rule::Number),
    (0x6264, Rule::Number),
    (0x52f1, Rule::Number),
];

/// What a codec's private bytes become; the codecs that are not named are refused.
fn private(codec: &[u8], bytes: &[u8]) -> Option<Option<Vec<u8>>> {
    Some(match codec {
        b"V_MPEG4/ISO/AVC" => Some(codec::avc(bytes)?),
        b"V_MPEGH/ISO/HEVC" => Some(codec::hevc(bytes)?),
        b"V_AV1" => Some(codec::av1(bytes)?),
        b"A_OPUS" => Some(codec::opus(bytes, 9)?),
        b"A_VORBIS" => Some(codec::vorbis(bytes)?),
        b"A_FLAC" => Some(codec::flac(bytes, 4)?),
        // Two to five bytes of settings, or some more for unusual channels.
        b"A_AAC" if bytes.len() <= 64 => Some(bytes.to_vec()),
        b"A_ALAC" if bytes.len() == 24 || bytes.len() == 48 => Some(bytes.to_vec()),
        // They have none that are needed.
        _ => None,
    })
}

/// Codecs whose frames hold picture or sound and nothing else that a program writes of its own.
const CODECS: [&[u8]; 15] = [
    b"V_VP8",
    b"V_VP9",
    b"V_AV1",
    b"V_MPEG4/ISO/AVC",
    b"V_MPEGH/ISO/HEVC",
    b"A_OPUS",
    b"A_VORBIS",
    b"A_AAC",
    b"A_FLAC",
    b"A_ALAC",
    b"A_AC3",
    b"A_EAC3",
    b"A_PCM/INT/LIT",
    b"A_PCM/INT/BIG",
    b"A_PCM/FLOAT/IEEE",
];

/// Cleans one entry of the tracks; nothing when the track goes.
pub(super) fn track(
    reader: &mut Reader<'_>,
    pieces: &mut Pieces,
    entry: &Element,
) -> Result<Option<Track>, CleanError> {
    if entry.id != 0xae {
        void(pieces, entry)?;
        return Ok(None);
    }
    let (mut own, mut kind, mut transparent) = (0, 0, false);
    let mut codec = Vec::new();
    children(reader, entry, |reader, part| {
        match part.id {
            0xd7 => own = number(reader, part)?,
            0x83 => kind = number(reader, part)?,
            0x86 => codec = reader.bytes(part.body, part.len())?,
            0xe0 => children(reader, part, |reader, inner| {
                if inner.id == 0x53c0 {
                    transparent = number(reader, inner)? == 1;
                }
                Ok(())
            })?,
            _ => {}
        }
        Ok(())
    })?;
    // Seen, or heard.
    if !matches!(kind, 1 | 2) {
        void(pieces, entry)?;
        return Ok(None);
    }
    let codec = codec.trim_ascii_end();
    let codec = codec.split(|byte| *byte == 0).next().unwrap_or_default();
    if !CODECS.contains(&codec) {
        return Err(cannot("a track in a codec that is not known here"));
    }
    if own == 0 {
        return Err(broken(entry.at, "a track without a number"));
    }
    pieces.keep(entry.at, entry.body - entry.at)?;
    children(reader, entry, |reader, part| match part.id {
        // Number, kind, what it is good for, lacing, caches, durations, scale, delays.
        0xd7 | 0x83 | 0xb9 | 0x88 | 0x55aa | 0x9c | 0x6de7 | 0x6df8 | 0x0023_e383 | 0x0023_4e7a | 0x0023_314f
        | 0x55ee | 0x56aa | 0x56bb | 0x537f
            if part.len() <= 8 =>
        {
            pieces.keep(part.at, part.end - part.at)
        }
        0x86 => {
            pieces.keep(part.at, part.body - part.at)?;
            pieces.keep(part.body, codec.len() as u64)
        }
        // Drawn at random when the file was made, and it must be there: the track's number does as well.
        0x73c5 if (1..=8).contains(&part.len()) => {
            let width = usize::try_from(part.len()).unwrap_or(8);
            let id = own.to_be_bytes().get(8 - width..).unwrap_or_default().to_vec();
            pieces.keep(part.at, part.body - part.at)?;
            pieces.replace(part.body, part.len(), id)
        }
        // Without it the track would be said to be English.
        0x0022_b59c if part.len() >= 3 => {
            pieces.keep(part.at, part.body - part.at)?;
            pieces.replace(part.body, 3, b"und".to_vec())
        }
        0x63a2 => {
            let bytes = reader.bytes(part.body, part.len())?;
            match private(codec, &bytes).ok_or(broken(part.at, "settings that are not built as they must be"))? {
                Some(new) => shorter(pieces, part, new),
                None => void(pieces, part),
            }
        }
        0xe0 => keep_inside(reader, pieces, part, VIDEO),
        0xe1 => keep_inside(reader, pieces, part, AUDIO),
        0x6d80 => Err(cannot("a track that is packed or encrypted")),
        _ => void(pieces, part),
    })?;
    Ok(Some(Track { number: own, transparent }))
}

/// Puts the element anew with a content that is not longer than it was, and a `Void` into the rest of its place.
fn shorter(pieces: &mut Pieces, part: &Element, mut new: Vec<u8>) -> Result<(), CleanError> {
    let spare = part.len().saturating_sub(new.len() as u64);
    if spare == 1 {
        new.push(0);
    }
    // The id has two bytes; the length stays as wide as it was.
    let width = part.body.saturating_sub(part.at + 2);
    let len = new.len() as u64 | 1_u64.checked_shl(u32::try_from(7 * width).unwrap_or(0)).unwrap_or(0);
    let len = len.to_be_bytes();
    let len = len.get(8_usize.saturating_sub(usize::try_from(width).unwrap_or(8))..).unwrap_or_default();
    let mut out = [&[0x63, 0xa2], len, &new].concat();
    if spare >= 2 {
        out.extend(void_header(spare));
        out.resize(usize::try_from(part.end - part.at).unwrap_or(0), 0);
    }
    pieces.replace(part.at, part.end - part.at, out)
}
