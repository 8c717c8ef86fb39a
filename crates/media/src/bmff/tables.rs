//! Boxes whose content is numbers in a fixed order: how long each is, so that it is kept just as long as its numbers.

use super::{Part, free, keep_first};
use crate::{clean::CleanError, edit::Pieces, source::Reader};

/// Keeps a table of the sample tables or of a track's run; every other box becomes free.
pub(super) fn keep_table(reader: &mut Reader<'_>, pieces: &mut Pieces, part: &Part) -> Result<(), CleanError> {
    match table_len(reader, part)? {
        Some(len) if len <= part.body_len() => keep_first(pieces, part, len),
        Some(_) => Err(part.bad("a table longer than its box")),
        None => free(pieces, part),
    }
}

/// How long the numbers of this table are; nothing when it is no table that is known, or of a kind that is not needed.
fn table_len(reader: &mut Reader<'_>, part: &Part) -> Result<Option<u64>, CleanError> {
    let body = part.body();
    // Without these nobody finds the samples, so that none of them is freed as what is not needed.
    let head = match &part.name {
        b"stsz" | b"stz2" => 12,
        b"stsc" | b"stco" | b"co64" => 8,
        _ => 0,
    };
    if part.body_len() < head {
        return Err(part.bad("a table that is cut off"));
    }
    if part.body_len() < 8 {
        return Ok(None);
    }
    let version = reader.u8(body)?;
    let entries = |reader: &mut Reader<'_>, head: u64, size: u64| -> Result<Option<u64>, CleanError> {
        Ok(Some(head + size * u64::from(reader.be32(body + head - 4)?)))
    };
    match &part.name {
        b"stts" | b"ctts" | b"co64" => entries(reader, 8, 8),
        b"stss" | b"stps" | b"stco" => entries(reader, 8, 4),
        b"stsc" => entries(reader, 8, 12),
        b"stsz" if part.body_len() >= 12 => {
            let size = if reader.be32(body + 4)? == 0 { 4 } else { 0 };
            entries(reader, 12, size)
        }
        b"stz2" if part.body_len() >= 12 => {
            let bits = u64::from(reader.u8(body + 7)?);
            let count = u64::from(reader.be32(body + 8)?);
            Ok(Some(12 + (bits * count).div_ceil(8)))
        }
        b"cslg" => Ok(Some(if version == 0 { 24 } else { 44 })),
        // A byte of flags for each sample.
        b"sdtp" => Ok(Some(part.body_len())),
        b"elst" => entries(reader, 8, if version == 0 { 12 } else { 20 }),
        b"sbgp" if part.body_len() >= 16 && grouping(reader, body)?.is_some() => {
            entries(reader, if version == 0 { 12 } else { 16 }, 8)
        }
        b"sgpd" if version == 1 && part.body_len() >= 16 => {
            let Some(size) = grouping(reader, body)? else { return Ok(None) };
            let said = u64::from(reader.be32(body + 8)?);
            if said == size { entries(reader, 16, size) } else { Ok(None) }
        }
        _ => Ok(None),
    }
}

/// How long a description of these groups of samples is: where one may begin to decode, and how far ahead of it.
fn grouping(reader: &mut Reader<'_>, body: u64) -> Result<Option<u64>, CleanError> {
    Ok(match &reader.array(body + 4)? {
        b"roll" | b"prol" => Some(2),
        b"rap " | b"sync" => Some(1),
        _ => None,
    })
}
