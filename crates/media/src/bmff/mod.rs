//! Boxes (ISO/IEC 14496-12, and QuickTime's, from which they came): films, sound, and the pictures of HEIF.
//!
//! Nothing moves. A box that is not needed becomes a free box of zeros; in the data, what no kept track or item points at
//! becomes zeros; what lies behind the last needed box is dropped.

mod entry;
mod film;
mod fragment;
mod heif;
mod index;
mod samples;
mod tables;

pub(crate) use film::movie;
pub(crate) use heif::heif;

use crate::{
    clean::{CleanError, broken},
    codec,
    edit::Pieces,
    source::Reader,
};

/// One box: where it begins, how long its header and the whole are, and its name.
#[derive(Debug, Clone, Copy)]
struct Part {
    at: u64,
    header: u64,
    len: u64,
    name: [u8; 4],
}

impl Part {
    /// Where the content begins.
    fn body(&self) -> u64 {
        self.at + self.header
    }

    fn body_len(&self) -> u64 {
        self.len - self.header
    }

    fn end(&self) -> u64 {
        self.at + self.len
    }

    fn bad(&self, what: &'static str) -> CleanError {
        broken(self.at, what)
    }
}

/// The box at `at` within a box that ends at `end`; nothing at its end or where zeros end it, as in QuickTime.
fn part(reader: &mut Reader<'_>, at: u64, end: u64) -> Result<Option<Part>, CleanError> {
    if end.saturating_sub(at) < 8 {
        return Ok(None);
    }
    reader.part()?;
    let size = u64::from(reader.be32(at)?);
    let name = reader.array(at + 4)?;
    let (header, len) = match size {
        0 => return Ok(None),
        1 => (16, reader.be64(at + 8)?),
        _ => (8, size),
    };
    if len < header || len > end - at {
        return Err(broken(at, "a box longer than what it lies in, or shorter than its header"));
    }
    Ok(Some(Part { at, header, len, name }))
}

/// The box at `at` of the file itself, where one without a size runs to the end.
fn outer_part(reader: &mut Reader<'_>, at: u64) -> Result<Option<Part>, CleanError> {
    let end = reader.len();
    if end.saturating_sub(at) >= 8 && reader.be32(at)? == 0 {
        return Ok(Some(Part { at, header: 8, len: end - at, name: reader.array(at + 4)? }));
    }
    part(reader, at, end)
}

/// Keeps the header of the box and the first `len` bytes of its content, if it has them; else it becomes free.
fn keep_first(pieces: &mut Pieces, part: &Part, len: u64) -> Result<(), CleanError> {
    if part.body_len() < len {
        return free(pieces, part);
    }
    pieces.keep(part.at, part.header + len)
}

/// Makes the box a free one; its content, which is not kept, becomes zeros.
fn free(pieces: &mut Pieces, part: &Part) -> Result<(), CleanError> {
    pieces.keep(part.at, 4)?;
    pieces.replace(part.at + 4, 4, b"free".to_vec())?;
    pieces.keep(part.at + 8, part.header - 8)
}

/// Puts the box anew with this content, which is not longer than it was; a free box takes the rest of its place, or
/// zeros where there is no room for one.
fn rewrite(pieces: &mut Pieces, part: &Part, content: Option<Vec<u8>>) -> Result<(), CleanError> {
    let Some(mut content) = content.filter(|content| content.len() as u64 <= part.body_len() && part.header == 8)
    else {
        return Err(part.bad("settings that are not built as they must be"));
    };
    let spare = part.body_len() - content.len() as u64;
    let free = spare >= 8;
    if !free {
        content.resize(content.len() + usize::try_from(spare).unwrap_or(0), 0);
    }
    let mut out = boxed(part.name, &content);
    if free {
        out.extend(boxed(*b"free", &vec![0; usize::try_from(spare - 8).unwrap_or(0)]));
    }
    pieces.replace(part.at, part.len, out)
}

/// A box of these bytes.
fn boxed(name: [u8; 4], content: &[u8]) -> Vec<u8> {
    let len = u32::try_from(content.len() + 8).unwrap_or(u32::MAX);
    [&len.to_be_bytes()[..], &name, content].concat()
}

/// Brands that stand for a rule of some standard. Others can name a maker.
const BRANDS: [&[u8; 4]; 61] = [
    b"isom", b"iso2", b"iso3", b"iso4", b"iso5", b"iso6", b"iso7", b"iso8", b"iso9", b"mp41", b"mp42", b"avc1",
    b"av01", b"hvc1", b"hev1", b"dby1", b"qt  ", b"M4A ", b"M4B ", b"M4V ", b"3gp4", b"3gp5", b"3gp6", b"3gp7",
    b"3ge6", b"3ge7", b"3gg6", b"3g2a", b"3g2b", b"3g2c", b"dash", b"msdh", b"msix", b"cmfc", b"cmf2", b"mif1",
    b"mif2", b"msf1", b"miaf", b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"avif", b"avis", b"avio",
    b"MA1A", b"MA1B", b"MiHB", b"MiHA", b"MiHE", b"MiPr", b"MiAB", b"MiAn", b"MiCm", b"iso1", b"isoa", b"isob",
    b"tmap",
];

/// The most brands that a file says.
const MAX_BRANDS: u64 = 64;

/// Keeps the brands that are known. The first tells how to open the file; a version beside it is of no use.
fn brands(reader: &mut Reader<'_>, pieces: &mut Pieces, part: &Part, other: [u8; 4]) -> Result<(), CleanError> {
    let len = part.body_len();
    if !(8..=8 + 4 * MAX_BRANDS).contains(&len) || !len.is_multiple_of(4) || part.header != 8 {
        return Err(part.bad("brands that are not said as they must be"));
    }
    let mut out = Vec::new();
    let mut at = part.body();
    while at < part.end() {
        let brand: [u8; 4] = reader.array(at)?;
        if at == part.body() + 4 || brand == [0; 4] {
            out.extend_from_slice(&[0; 4]);
        } else if BRANDS.contains(&&brand) {
            out.extend_from_slice(&brand);
        } else {
            out.extend_from_slice(&other);
        }
        at += 4;
    }
    pieces.replace(part.at, part.len, boxed(part.name, &out))
}

/// The data boxes of a file, in order, by where their contents begin and end.
#[derive(Default)]
struct Data(Vec<(u64, u64)>);

impl Data {
    fn push(&mut self, part: &Part) {
        self.0.push((part.body(), part.end()));
    }

    /// Keeps a range that lies within one of them.
    fn keep(&self, pieces: &mut Pieces, at: u64, len: u64) -> Result<(), CleanError> {
        let outside = || broken(at, "something shown or heard lies outside the data");
        let end = at.checked_add(len).ok_or_else(outside)?;
        let behind = self.0.partition_point(|(start, _)| *start <= at);
        let within = behind.checked_sub(1).and_then(|place| self.0.get(place)).is_some_and(|(_, last)| end <= *last);
        if !within {
            return Err(outside());
        }
        pieces.keep(at, len)
    }
}
