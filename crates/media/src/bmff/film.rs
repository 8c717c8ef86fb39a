//! Films and sound: MP4, MOV, M4A, 3GP, whole or in fragments.
//!
//! Kept of a film are its tracks that are seen or heard, with their tables, their turn (the matrix) and their edit lists;
//! of the data, the samples of these tracks. Gone are times, languages, names, all other tracks with their samples (GPS,
//! gyroscopes, faces, subtitles, time codes, chapters), user data, and all boxes that are not known.

use super::{
    Data, Part, brands, entry, entry::Sense, fragment, fragment::Defaults, free, keep_first, outer_part, part,
    samples::Samples, tables::keep_table,
};
use crate::{
    clean::{CleanError, broken, cannot},
    edit::{EditList, Gap, Pieces},
    kind::Kind,
    limit::MAX_TRACKS,
    source::Reader,
};

/// What is known of a track.
pub(super) struct Track {
    pub(super) id: u32,
    /// Nothing for a track that goes.
    samples: Option<Samples>,
    pub(super) fragments: Defaults,
}

impl Track {
    pub(super) fn kept(&self) -> bool {
        self.samples.is_some()
    }
}

pub(crate) fn movie(reader: &mut Reader<'_>) -> Result<EditList, CleanError> {
    let mut pieces = Pieces::new(Gap::Zero);
    let mut tracks: Option<Vec<Track>> = None;
    let mut data = Data::default();
    let mut ranges: Vec<(u64, u64)> = Vec::new();
    let mut spare: Vec<Part> = Vec::new();
    let mut end = 0;
    let mut at = 0;
    loop {
        let part = match outer_part(reader, at) {
            Ok(Some(part)) => part,
            // Something that some maker put behind the film.
            Err(CleanError::Broken { .. }) | Ok(None) if end > 0 && tracks.is_some() && !named_as_data(reader, at)? => {
                break;
            }
            Ok(None) => break,
            Err(error) => return Err(error),
        };
        at = part.end();
        match &part.name {
            b"ftyp" | b"styp" => brands(reader, &mut pieces, &part, *b"isom")?,
            b"moov" if tracks.is_none() => tracks = Some(whole_film(reader, &mut pieces, &part)?),
            b"moov" => return Err(part.bad("two films in one file")),
            b"moof" => {
                let tracks = tracks.as_deref().ok_or(part.bad("a fragment before the film that it belongs to"))?;
                fragment::clean(reader, &mut pieces, &part, tracks, &mut ranges)?;
            }
            b"mdat" => {
                data.push(&part);
                pieces.keep(part.at, part.header)?;
            }
            _ => match index_len(reader, &part)? {
                Some(len) => pieces.keep(part.at, part.header + len)?,
                None => {
                    spare.push(part);
                    continue;
                }
            },
        }
        end = part.end();
    }
    let tracks = tracks.ok_or(broken(reader.len(), "a film without its tables"))?;
    if !tracks.iter().any(Track::kept) {
        return Err(broken(reader.len(), "a film in which nothing is seen or heard"));
    }
    keep_samples(reader, &mut pieces, &tracks, &data)?;
    for (at, len) in ranges {
        data.keep(&mut pieces, at, len)?;
    }
    for part in spare.iter().filter(|part| part.at < end) {
        free(&mut pieces, part)?;
    }
    pieces.finish(Kind::Movie, end, reader.len())
}

/// Whether a box that is cut off there would have held film.
fn named_as_data(reader: &mut Reader<'_>, at: u64) -> Result<bool, CleanError> {
    if reader.len() - at < 8 {
        return Ok(false);
    }
    Ok(matches!(&reader.array(at + 4)?, b"mdat" | b"moof" | b"moov"))
}

/// How long the index of fragments is, which is numbers in an order that is fixed; nothing for every other box.
fn index_len(reader: &mut Reader<'_>, part: &Part) -> Result<Option<u64>, CleanError> {
    if part.name != *b"sidx" || part.body_len() < 24 {
        return Ok(None);
    }
    let head = if reader.u8(part.body())? == 0 { 24 } else { 32 };
    if part.body_len() < head {
        return Ok(None);
    }
    let len = head + 12 * u64::from(reader.be16(part.body() + head - 2)?);
    Ok(Some(len).filter(|len| *len <= part.body_len()))
}

/// The box `moov`.
pub(super) fn whole_film(reader: &mut Reader<'_>, pieces: &mut Pieces, film: &Part) -> Result<Vec<Track>, CleanError> {
    let mut tracks: Vec<Track> = Vec::new();
    let mut extends = None;
    pieces.keep(film.at, film.header)?;
    let mut at = film.body();
    while let Some(part) = part(reader, at, film.end())? {
        at = part.end();
        match &part.name {
            // Times behind version and flags; then scale, duration, rate, volume; the matrix; the next track's number.
            b"mvhd" => header(reader, pieces, &part, [(0, 14), (24, 36), (84, 4)])?,
            b"trak" => {
                if tracks.len() >= MAX_TRACKS {
                    return Err(CleanError::Hostile { limit: "MAX_TRACKS" });
                }
                tracks.push(track(reader, pieces, &part)?);
            }
            b"mvex" if extends.is_none() => extends = Some(part),
            b"cmov" | b"rmra" => return Err(cannot("a film whose tables are packed or lie elsewhere")),
            _ => free(pieces, &part)?,
        }
    }
    if let Some(extends) = extends {
        pieces.keep(extends.at, extends.header)?;
        let mut at = extends.body();
        while let Some(part) = part(reader, at, extends.end())? {
            at = part.end();
            match &part.name {
                b"mehd" if part.body_len() >= 8 => {
                    let len = if reader.u8(part.body())? == 0 { 8 } else { 12 };
                    keep_first(pieces, &part, len)?;
                }
                b"trex" if part.body_len() >= 24 => {
                    let id = reader.be32(part.body() + 4)?;
                    let size = reader.be32(part.body() + 16)?;
                    match tracks.iter_mut().find(|track| track.id == id && track.kept()) {
                        Some(track) => {
                            track.fragments.size = size;
                            keep_first(pieces, &part, 24)?;
                        }
                        None => free(pieces, &part)?,
                    }
                }
                _ => free(pieces, &part)?,
            }
        }
    }
    Ok(tracks)
}

/// A header with two times, which become zero. The ranges that stay are counted from behind the times.
fn header<const N: usize>(
    reader: &mut Reader<'_>,
    pieces: &mut Pieces,
    part: &Part,
    ranges: [(u64, u64); N],
) -> Result<(), CleanError> {
    let times = 4 + if part.body_len() > 0 && reader.u8(part.body())? == 1 { 16 } else { 8 };
    // A version 1 also has a duration twice as long, which shifts what comes after it.
    let longer = (times - 12) / 2;
    pieces.keep(part.at, part.header + 4)?;
    let mut after = 0;
    for (at, len) in ranges {
        let (at, len) = if after == 0 { (at, len + longer) } else { (at + longer, len) };
        after = at + len;
        if times + after > part.body_len() {
            return Err(part.bad("a header that is cut off"));
        }
        pieces.keep(part.body() + times + at, len)?;
    }
    Ok(())
}

/// The box `trak`.
fn track(reader: &mut Reader<'_>, pieces: &mut Pieces, track: &Part) -> Result<Track, CleanError> {
    let (mut id, mut media) = (None, None);
    let mut at = track.body();
    while let Some(part) = part(reader, at, track.end())? {
        at = part.end();
        match &part.name {
            b"tkhd" if part.body_len() >= 32 => {
                let times = if reader.u8(part.body())? == 1 { 16 } else { 8 };
                id = Some(reader.be32(part.body() + 4 + times)?);
            }
            b"mdia" => media = Some(part),
            _ => {}
        }
    }
    let (Some(id), Some(media)) = (id, media) else {
        return Err(track.bad("a track without its header or its media"));
    };
    let Some(sense) = sense(reader, &media)? else {
        free(pieces, track)?;
        return Ok(Track { id, samples: None, fragments: Defaults::default() });
    };
    let mut samples = Samples::default();
    pieces.keep(track.at, track.header)?;
    let mut at = track.body();
    while let Some(part) = part(reader, at, track.end())? {
        at = part.end();
        match &part.name {
            // Number, duration; layer, group, volume; the matrix and the size.
            b"tkhd" => header(reader, pieces, &part, [(0, 12), (20, 52)])?,
            b"mdia" if part.at == media.at => self::media(reader, pieces, &part, sense, &mut samples)?,
            b"edts" => inside(reader, pieces, &part, keep_table)?,
            // Three sizes in which QuickTime can show the picture.
            b"tapt" => inside(reader, pieces, &part, |_, pieces, inner| match &inner.name {
                b"clef" | b"prof" | b"enof" => keep_first(pieces, inner, 12),
                _ => free(pieces, inner),
            })?,
            _ => free(pieces, &part)?,
        }
    }
    if samples.sizes.is_none() || samples.chunks.is_none() || samples.offsets.is_none() {
        return Err(track.bad("a track without the tables of its samples"));
    }
    Ok(Track { id, samples: Some(samples), fragments: Defaults::default() })
}

/// Keeps the header of a box and does something with each box in it.
fn inside(
    reader: &mut Reader<'_>,
    pieces: &mut Pieces,
    outer: &Part,
    mut each: impl FnMut(&mut Reader<'_>, &mut Pieces, &Part) -> Result<(), CleanError>,
) -> Result<(), CleanError> {
    pieces.keep(outer.at, outer.header)?;
    let mut at = outer.body();
    while let Some(part) = part(reader, at, outer.end())? {
        at = part.end();
        each(reader, pieces, &part)?;
    }
    Ok(())
}

/// Whether a track is seen or heard, by its handler.
fn sense(reader: &mut Reader<'_>, media: &Part) -> Result<Option<Sense>, CleanError> {
    let mut at = media.body();
    while let Some(part) = part(reader, at, media.end())? {
        at = part.end();
        if part.name == *b"hdlr" && part.body_len() >= 12 {
            return match &reader.array(part.body() + 8)? {
                b"vide" | b"pict" => Ok(Some(Sense::Picture)),
                b"soun" => Ok(Some(Sense::Sound)),
                b"auxv" => Err(cannot("a moving picture whose transparency is a track of its own")),
                _ => Ok(None),
            };
        }
    }
    Ok(None)
}

/// The box `mdia`.
fn media(
    reader: &mut Reader<'_>,
    pieces: &mut Pieces,
    media: &Part,
    sense: Sense,
    samples: &mut Samples,
) -> Result<(), CleanError> {
    inside(reader, pieces, media, |reader, pieces, part| match &part.name {
        b"mdhd" => {
            header(reader, pieces, part, [(0, 8)])?;
            // No language is undetermined, as its letters say.
            let times = if reader.u8(part.body())? == 1 { 28 } else { 16 };
            if part.body_len() < 4 + times + 4 {
                return Err(part.bad("a header that is cut off"));
            }
            pieces.replace(part.body() + 4 + times, 2, vec![0x55, 0xc4])
        }
        b"hdlr" => handler(pieces, part),
        b"minf" => inside(reader, pieces, part, |reader, pieces, part| match &part.name {
            b"vmhd" => keep_first(pieces, part, 12),
            b"smhd" => keep_first(pieces, part, 8),
            b"nmhd" => keep_first(pieces, part, 4),
            b"hdlr" => handler(pieces, part),
            b"dinf" => inside(reader, pieces, part, places),
            b"stbl" => inside(reader, pieces, part, |reader, pieces, part| {
                match &part.name {
                    b"stsd" => {
                        samples.frame = entry::descriptions(reader, pieces, part, sense)?;
                        return Ok(());
                    }
                    b"stsz" | b"stz2" => samples.sizes = Some(*part),
                    b"stsc" => samples.chunks = Some(*part),
                    b"stco" | b"co64" => samples.offsets = Some(*part),
                    _ => {}
                }
                keep_table(reader, pieces, part)
            }),
            _ => free(pieces, part),
        }),
        _ => free(pieces, part),
    })
}

/// A handler's kind. Its maker and its name, which some phones write there, become zeros.
fn handler(pieces: &mut Pieces, part: &Part) -> Result<(), CleanError> {
    keep_first(pieces, part, 12)
}

/// Where the data lie: in this file.
fn places(reader: &mut Reader<'_>, pieces: &mut Pieces, part: &Part) -> Result<(), CleanError> {
    if part.name != *b"dref" || part.body_len() < 8 {
        return free(pieces, part);
    }
    pieces.keep(part.at, part.header + 8)?;
    let mut at = part.body() + 8;
    while let Some(place) = super::part(reader, at, part.end())? {
        at = place.end();
        if place.body_len() < 4 || reader.u8(place.body() + 3)? & 1 == 0 {
            return Err(cannot("a film whose pictures or sound lie in another file"));
        }
        keep_first(pieces, &place, 4)?;
    }
    Ok(())
}

/// Keeps the samples of the tracks that stay.
pub(super) fn keep_samples(
    reader: &mut Reader<'_>,
    pieces: &mut Pieces,
    tracks: &[Track],
    data: &Data,
) -> Result<(), CleanError> {
    for samples in tracks.iter().filter_map(|track| track.samples) {
        samples.keep(reader, pieces, data)?;
    }
    Ok(())
}
