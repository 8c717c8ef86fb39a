//! Fragments of films (ISO/IEC 14496-12, 8.8): runs of samples, and where they lie.

use super::{Part, film::Track, free, keep_first, part, tables::keep_table};
use crate::{
    clean::{CleanError, cannot},
    edit::Pieces,
    limit::MAX_EDITS,
    source::Reader,
};

/// What holds for the samples of a track when a fragment does not say otherwise.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Defaults {
    pub(super) size: u32,
}

/// Cleans one fragment; the ranges of its samples are added to `ranges`.
pub(super) fn clean(
    reader: &mut Reader<'_>,
    pieces: &mut Pieces,
    fragment: &Part,
    tracks: &[Track],
    ranges: &mut Vec<(u64, u64)>,
) -> Result<(), CleanError> {
    pieces.keep(fragment.at, fragment.header)?;
    let mut at = fragment.body();
    // Where the data of the next track begin when it does not say so itself.
    let mut next = Some(fragment.at);
    while let Some(inner) = part(reader, at, fragment.end())? {
        at = inner.end();
        match &inner.name {
            b"mfhd" => keep_first(pieces, &inner, 8)?,
            b"traf" => {
                let head = head(reader, &inner)?;
                match tracks.iter().find(|track| track.id == head.track && track.kept()) {
                    Some(track) => {
                        let base = head.base.or(if head.from_fragment { Some(fragment.at) } else { next });
                        let base = base.ok_or(cannot("a fragment that counts from a track that goes"))?;
                        next = Some(runs(
                            reader,
                            pieces,
                            &inner,
                            head.size.unwrap_or(track.fragments.size),
                            base,
                            ranges,
                        )?);
                    }
                    None => {
                        next = None;
                        free(pieces, &inner)?;
                    }
                }
            }
            _ => free(pieces, &inner)?,
        }
    }
    Ok(())
}

struct Head {
    track: u32,
    base: Option<u64>,
    size: Option<u32>,
    from_fragment: bool,
    len: u64,
}

/// The header of a track's part in a fragment.
fn head(reader: &mut Reader<'_>, track: &Part) -> Result<Head, CleanError> {
    let first =
        part(reader, track.body(), track.end())?.filter(|first| first.name == *b"tfhd" && first.body_len() >= 8);
    let first = first.ok_or(track.bad("a fragment without its header"))?;
    let flags = reader.be32(first.body())? & 0x00ff_ffff;
    let id = reader.be32(first.body() + 4)?;
    let mut at = first.body() + 8;
    let mut field = |bit: u32, len: u64| {
        let here = at;
        if flags & bit != 0 {
            at += len;
            Some(here)
        } else {
            None
        }
    };
    let base = field(0x01, 8);
    field(0x02, 4);
    field(0x08, 4);
    let size = field(0x10, 4);
    field(0x20, 4);
    let len = at - first.body();
    if len > first.body_len() {
        return Err(first.bad("a header that is cut off"));
    }
    let base = base.map(|at| reader.be64(at)).transpose()?;
    let size = size.map(|at| reader.be32(at)).transpose()?;
    Ok(Head { track: id, base, size, from_fragment: flags & 0x02_0000 != 0, len })
}

/// Keeps the tables of a track's part; returns where its data end.
fn runs(
    reader: &mut Reader<'_>,
    pieces: &mut Pieces,
    track: &Part,
    default_size: u32,
    base: u64,
    ranges: &mut Vec<(u64, u64)>,
) -> Result<u64, CleanError> {
    pieces.keep(track.at, track.header)?;
    let header_len = head(reader, track)?.len;
    let mut next = base;
    let mut at = track.body();
    while let Some(inner) = part(reader, at, track.end())? {
        at = inner.end();
        match &inner.name {
            b"tfhd" if inner.at == track.body() => keep_first(pieces, &inner, header_len)?,
            b"tfdt" if inner.body_len() >= 8 => {
                let len = if reader.u8(inner.body())? == 0 { 8 } else { 12 };
                keep_first(pieces, &inner, len)?;
            }
            b"trun" => {
                let (start, len) = run(reader, pieces, &inner, default_size, base, next)?;
                next = start.checked_add(len).ok_or(inner.bad("samples beyond any file"))?;
                add(ranges, start, len)?;
            }
            _ => keep_table(reader, pieces, &inner)?,
        }
    }
    Ok(next)
}

/// One run: where its samples begin, and how long they are together.
fn run(
    reader: &mut Reader<'_>,
    pieces: &mut Pieces,
    run: &Part,
    default_size: u32,
    base: u64,
    next: u64,
) -> Result<(u64, u64), CleanError> {
    let cut = || run.bad("a run that is cut off");
    if run.body_len() < 8 {
        return Err(cut());
    }
    let flags = reader.be32(run.body())? & 0x00ff_ffff;
    let count = u64::from(reader.be32(run.body() + 4)?);
    let mut at = run.body() + 8;
    let mut start = next;
    if flags & 0x01 != 0 {
        let offset = i64::from(i32::from_be_bytes(reader.array(at)?));
        start = base.checked_add_signed(offset).ok_or(run.bad("samples before the file"))?;
        at += 4;
    }
    if flags & 0x04 != 0 {
        at += 4;
    }
    let entry = [0x100, 0x200, 0x400, 0x800].iter().filter(|bit| flags & **bit != 0).count() as u64 * 4;
    let end = at + entry * count;
    if end > run.end() {
        return Err(cut());
    }
    let mut len = 0_u64;
    if flags & 0x200 == 0 {
        len = u64::from(default_size) * count;
    } else {
        let mut size_at = at + if flags & 0x100 == 0 { 0 } else { 4 };
        for _ in 0..count {
            reader.part()?;
            len += u64::from(reader.be32(size_at)?);
            size_at += entry;
        }
    }
    pieces.keep(run.at, end - run.at)?;
    Ok((start, len))
}

fn add(ranges: &mut Vec<(u64, u64)>, at: u64, len: u64) -> Result<(), CleanError> {
    let full = ranges.len() >= MAX_EDITS;
    match ranges.last_mut() {
        _ if len == 0 => {}
        Some((last, last_len)) if last.checked_add(*last_len) == Some(at) => *last_len = last_len.saturating_add(len),
        _ if full => return Err(CleanError::Hostile { limit: "MAX_EDITS" }),
        _ => ranges.push((at, len)),
    }
    Ok(())
}
