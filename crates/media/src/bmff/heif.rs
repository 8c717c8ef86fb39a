//! HEIF (ISO/IEC 23008-12): HEIC, AVIF, still or moving.
//!
//! The index (`meta`) is built anew, at most as long as it was, so that nothing moves. In it are the primary picture, the
//! pictures that it is put together from, and its transparency, with the properties that show them. All other items go
//! with their data: EXIF, XMP, C2PA, thumbnails, depth, gain maps, further pictures. EXIF's orientation has no say in an
//! HEIF; which way is up is a property.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Data, Part, boxed, brands,
    film::{keep_samples, whole_film},
    free,
    index::{Index, Place},
    outer_part,
};
use crate::{
    clean::{CleanError, broken},
    edit::{EditList, Gap, Pieces},
    kind::Kind,
    source::Reader,
};

pub(crate) fn heif(reader: &mut Reader<'_>) -> Result<EditList, CleanError> {
    let mut pieces = Pieces::new(Gap::Zero);
    let mut data = Data::default();
    let (mut meta, mut film) = (None, None);
    let mut spare: Vec<Part> = Vec::new();
    let (mut at, mut end) = (0, 0);
    loop {
        let part = match outer_part(reader, at) {
            Ok(Some(part)) => part,
            Err(CleanError::Broken { .. }) if meta.is_some() && !data.0.is_empty() => break,
            Ok(None) => break,
            Err(error) => return Err(error),
        };
        at = part.end();
        match &part.name {
            b"ftyp" => brands(reader, &mut pieces, &part, *b"mif1")?,
            b"meta" if meta.is_none() => meta = Some(part),
            b"moov" if film.is_none() => film = Some(whole_film(reader, &mut pieces, &part)?),
            b"meta" | b"moov" => return Err(part.bad("a second index")),
            b"mdat" => {
                data.push(&part);
                pieces.keep(part.at, part.header)?;
            }
            _ => {
                spare.push(part);
                continue;
            }
        }
        end = part.end();
    }
    let meta = meta.ok_or(broken(reader.len(), "a picture without its index"))?;
    picture(reader, &mut pieces, &meta, &data)?;
    if let Some(tracks) = film {
        keep_samples(reader, &mut pieces, &tracks, &data)?;
    }
    for part in spare.iter().filter(|part| part.at < end) {
        free(&mut pieces, part)?;
    }
    pieces.finish(Kind::Heif, end, reader.len())
}

/// Puts the index anew, and keeps the data of what is in it.
fn picture(reader: &mut Reader<'_>, pieces: &mut Pieces, meta: &Part, data: &Data) -> Result<(), CleanError> {
    let held = reader.bytes(meta.body(), meta.body_len())?;
    // The index does not know where it lies.
    let placed = |error| match error {
        CleanError::Broken { at: 0, what } => meta.bad(what),
        other => other,
    };
    let index = Index::read(&held).ok_or(meta.bad("an index that is not built as it must be"))??;
    let kept = index.needed().map_err(placed)?;
    let mut inner: Vec<(u64, u64)> = Vec::new();
    for id in &kept {
        let location = index.location(*id).ok_or(meta.bad("a picture that lies nowhere"))?;
        for (at, len) in location.extents().map_err(placed)? {
            match location.place {
                Place::File => data.keep(pieces, at, len)?,
                Place::Index => inner.push((at, len)),
            }
        }
    }
    let written = index.written(&kept, &inner).map_err(placed)?;
    let room = usize::try_from(meta.body_len()).unwrap_or(0);
    let padded = pad(written, room).ok_or(meta.bad("an index without room for what it must say"))?;
    pieces.replace(meta.body(), meta.body_len(), padded)?;
    pieces.keep(meta.at, meta.header)
}

/// Fills the index up to the length it had: with a free box, or, where there is no room for one, behind the empty name
/// of the handler, which stands first.
fn pad(written: Vec<u8>, room: usize) -> Option<Vec<u8>> {
    let spare = room.checked_sub(written.len())?;
    if spare >= 8 {
        return Some([written, boxed(*b"free", &vec![0; spare - 8])].concat());
    }
    let (head, rest) = written.split_at_checked(4)?;
    let (handler, rest) = rest.split_at_checked(super::index::HANDLER_BYTES)?;
    let handler = boxed(*b"hdlr", &[handler.get(8..)?, &vec![0; spare]].concat());
    Some([head, &handler, rest].concat())
}

/// Ids of items, in order.
pub(super) type Ids = BTreeSet<u32>;

/// What is said of each item, by its id.
pub(super) type ById<T> = BTreeMap<u32, T>;
