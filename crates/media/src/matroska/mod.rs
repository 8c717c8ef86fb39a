//! Matroska and WebM (RFC 9559, on EBML of RFC 8794).
//!
//! Nothing moves: an element that is not needed becomes a `Void` of zeros. Kept are the tracks that are seen or heard,
//! their blocks, and the cues; of the file's own words, scale and duration. Tags, attachments, chapters, titles, dates,
//! ids, names of programs and all other tracks with their blocks go. What lies behind the segment is dropped.

mod element;
mod track;

use crate::{
    clean::{CleanError, broken},
    edit::{EditList, Gap, Pieces},
    kind::Kind,
    limit::MAX_TRACKS,
    source::Reader,
};
use element::{Element, Rule, children, element, keep_inside, number, void};
use track::{Track, track};

const HEADER: u32 = 0x1a45_dfa3;
const SEGMENT: u32 = 0x1853_8067;
const SEEK_HEAD: u32 = 0x114d_9b74;
const INFO: u32 = 0x1549_a966;
const TRACKS: u32 = 0x1654_ae6b;
const CLUSTER: u32 = 0x1f43_b675;
const CUES: u32 = 0x1c53_bb6b;
const ATTACHMENTS: u32 = 0x1941_a469;
const CHAPTERS: u32 = 0x1043_a770;
const TAGS: u32 = 0x1254_c367;

/// The elements that end a cluster whose length is not said.
const LEVEL_ONE: [u32; 8] = [SEEK_HEAD, INFO, TRACKS, CLUSTER, CUES, ATTACHMENTS, CHAPTERS, TAGS];

/// Version, version to read with, longest id and length, kind of document and its versions.
const HEADER_RULES: &[(u32, Rule)] = &[
    (0x4286, Rule::Number),
    (0x42f7, Rule::Number),
    (0x42f2, Rule::Number),
    (0x42f3, Rule::Number),
    (0x4282, Rule::Name),
    (0x4287, Rule::Number),
    (0x4285, Rule::Number),
];

/// Scale and duration. The format demands the names of the two programs that wrote the file; they become empty.
const INFO_RULES: &[(u32, Rule)] =
    &[(0x002a_d7b1, Rule::Number), (0x4489, Rule::Number), (0x4d80, Rule::Empty), (0x5741, Rule::Empty)];

/// Track, cluster, place in the cluster, duration, number of the block.
const CUE_RULES: &[(u32, Rule)] =
    &[(0xf7, Rule::Number), (0xf1, Rule::Number), (0xf0, Rule::Number), (0xb2, Rule::Number), (0x5378, Rule::Number)];

pub(crate) fn clean(reader: &mut Reader<'_>) -> Result<EditList, CleanError> {
    let mut pieces = Pieces::new(Gap::Zero);
    let header = element(reader, 0, reader.len())?.ok_or(broken(0, "no header"))?;
    if header.id != HEADER || header.open {
        return Err(broken(0, "no header"));
    }
    keep_inside(reader, &mut pieces, &header, HEADER_RULES)?;
    let mut at = header.end;
    let segment = loop {
        let next = element(reader, at, reader.len())?.ok_or(broken(at, "no segment"))?;
        if next.id == SEGMENT {
            break next;
        }
        void(&mut pieces, &next)?;
        at = next.end;
    };
    pieces.keep(segment.at, segment.body - segment.at)?;
    let mut tracks: Option<Vec<Track>> = None;
    let mut at = segment.body;
    while let Some(part) = element(reader, at, segment.end)? {
        at = part.end;
        if part.id == CLUSTER {
            let tracks = tracks.as_deref().ok_or(broken(part.at, "pictures or sound before the tracks"))?;
            at = cluster(reader, &mut pieces, &part, tracks)?;
            continue;
        }
        if part.open {
            return Err(broken(part.at, "an element without a length"));
        }
        match part.id {
            SEEK_HEAD => seek_head(reader, &mut pieces, &part)?,
            INFO => keep_inside(reader, &mut pieces, &part, INFO_RULES)?,
            TRACKS if tracks.is_none() => {
                let mut found = Vec::new();
                pieces.keep(part.at, part.body - part.at)?;
                children(reader, &part, |reader, entry| {
                    if found.len() >= MAX_TRACKS {
                        return Err(CleanError::Hostile { limit: "MAX_TRACKS" });
                    }
                    found.extend(track(reader, &mut pieces, entry)?);
                    Ok(())
                })?;
                tracks = Some(found);
            }
            CUES => cues(reader, &mut pieces, &part, tracks.as_deref().unwrap_or_default())?,
            _ => void(&mut pieces, &part)?,
        }
    }
    if tracks.is_none_or(|tracks| tracks.is_empty()) {
        return Err(broken(segment.at, "a film in which nothing is seen or heard"));
    }
    pieces.finish(Kind::Matroska, at, reader.len())
}

/// Keeps where film can be found, and nothing of where words were.
fn seek_head(reader: &mut Reader<'_>, pieces: &mut Pieces, head: &Element) -> Result<(), CleanError> {
    pieces.keep(head.at, head.body - head.at)?;
    children(reader, head, |reader, seek| {
        let mut sought = 0;
        if seek.id == 0x4dbb {
            children(reader, seek, |reader, part| {
                if part.id == 0x53ab {
                    sought = number(reader, part)?;
                }
                Ok(())
            })?;
        }
        if [INFO, TRACKS, CUES].iter().any(|known| u64::from(*known) == sought) {
            keep_inside(reader, pieces, seek, &[(0x53ab, Rule::Number), (0x53ac, Rule::Number)])
        } else {
            void(pieces, seek)
        }
    })
}

fn cues(reader: &mut Reader<'_>, pieces: &mut Pieces, cues: &Element, tracks: &[Track]) -> Result<(), CleanError> {
    pieces.keep(cues.at, cues.body - cues.at)?;
    children(reader, cues, |reader, point| {
        if point.id != 0xbb {
            return void(pieces, point);
        }
        pieces.keep(point.at, point.body - point.at)?;
        children(reader, point, |reader, part| match part.id {
            0xb3 if part.len() <= 8 => pieces.keep(part.at, part.end - part.at),
            0xb7 => {
                let mut of = 0;
                children(reader, part, |reader, inner| {
                    if inner.id == 0xf7 {
                        of = number(reader, inner)?;
                    }
                    Ok(())
                })?;
                if tracks.iter().any(|track| track.number == of) {
                    keep_inside(reader, pieces, part, CUE_RULES)
                } else {
                    void(pieces, part)
                }
            }
            _ => void(pieces, part),
        })
    })
}

/// Keeps the blocks of tracks that stay; returns where the cluster ends.
fn cluster(
    reader: &mut Reader<'_>,
    pieces: &mut Pieces,
    cluster: &Element,
    tracks: &[Track],
) -> Result<u64, CleanError> {
    pieces.keep(cluster.at, cluster.body - cluster.at)?;
    let mut at = cluster.body;
    while let Some(part) = element(reader, at, cluster.end)? {
        if cluster.open && LEVEL_ONE.contains(&part.id) {
            break;
        }
        if part.open {
            return Err(broken(part.at, "an element without a length"));
        }
        at = part.end;
        match part.id {
            // Time, length of the cluster before, place.
            0xe7 | 0xab | 0xa7 if part.len() <= 8 => pieces.keep(part.at, part.end - part.at)?,
            0xa3 if block_of(reader, &part, tracks)?.is_some() => pieces.keep(part.at, part.end - part.at)?,
            0xa0 => group(reader, pieces, &part, tracks)?,
            _ => void(pieces, &part)?,
        }
    }
    Ok(at)
}

/// The track of a block, if it stays.
fn block_of<'t>(
    reader: &mut Reader<'_>,
    block: &Element,
    tracks: &'t [Track],
) -> Result<Option<&'t Track>, CleanError> {
    let (number, width) = element::vint(reader, block.body, block.end)?;
    if width + 3 > block.len() {
        return Err(broken(block.at, "a block that is cut off"));
    }
    Ok(number.and_then(|number| tracks.iter().find(|track| track.number == number)))
}

fn group(reader: &mut Reader<'_>, pieces: &mut Pieces, group: &Element, tracks: &[Track]) -> Result<(), CleanError> {
    let mut of = None;
    children(reader, group, |reader, part| {
        if part.id == 0xa1 {
            of = block_of(reader, part, tracks)?;
        }
        Ok(())
    })?;
    let Some(of) = of else { return void(pieces, group) };
    pieces.keep(group.at, group.body - group.at)?;
    children(reader, group, |reader, part| match part.id {
        0xa1 => pieces.keep(part.at, part.end - part.at),
        // Duration, references, priority, padding that is not played.
        0x9b | 0xfb | 0xfa | 0x75a2 if part.len() <= 8 => pieces.keep(part.at, part.end - part.at),
        0x75a1 if of.transparent => {
            pieces.keep(part.at, part.body - part.at)?;
            children(reader, part, |reader, more| {
                let mut id = 1;
                children(reader, more, |reader, inner| {
                    if inner.id == 0xee {
                        id = number(reader, inner)?;
                    }
                    Ok(())
                })?;
                if more.id == 0xa6 && id == 1 {
                    keep_inside(reader, pieces, more, &[(0xee, Rule::Number), (0xa5, Rule::Frame)])
                } else {
                    void(pieces, more)
                }
            })
        }
        _ => void(pieces, part),
    })
}
