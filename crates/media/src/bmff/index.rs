//! The index of an HEIF: its items, where they lie, what they refer to, how they are shown (ISO/IEC 14496-12, 8.11).
//!
//! An outer nothing says that the bytes are not built as they must be.

use super::{
    boxed, codec,
    entry::cleaned_colour,
    heif::{ById, Ids},
};
use crate::{
    bytes::{Cursor, put_be},
    clean::{CleanError, broken, cannot},
    limit::MAX_ITEMS,
};

/// How long the box `hdlr` is with an empty name.
pub(super) const HANDLER_BYTES: usize = 33;

/// In what an item's offsets count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// In the file.
    File,
    /// In the box `idat` of the index.
    Index,
}

/// Where an item lies.
#[derive(Debug, Clone)]
pub(super) struct Location {
    pub(super) place: Place,
    base: u64,
    extents: Vec<(u64, u64, u64)>,
}

impl Location {
    /// The ranges of the item.
    pub(super) fn extents(&self) -> Result<Vec<(u64, u64)>, CleanError> {
        let ranges = self.extents.iter().map(|(_, offset, len)| Some((self.base.checked_add(*offset)?, *len)));
        let ranges: Option<Vec<_>> = ranges.collect();
        // A length of zero would mean all there is.
        ranges
            .filter(|ranges| !ranges.is_empty() && ranges.iter().all(|(_, len)| *len > 0))
            .ok_or(broken(0, "an item that lies nowhere"))
    }
}

/// How wide the numbers of a table of locations are.
#[derive(Debug, Clone, Copy)]
struct Widths {
    version: u8,
    offset: usize,
    len: usize,
    base: usize,
    index: usize,
}

struct Reference {
    kind: [u8; 4],
    from: u32,
    to: Vec<u32>,
}

/// A table of which properties show which items: whether one must be understood, and which it is, counted from 1.
struct Associations {
    version: u8,
    wide: bool,
    items: ById<Vec<(bool, usize)>>,
}

/// An index that was read.
pub(super) struct Index<'b> {
    primary: u32,
    kinds: ById<[u8; 4]>,
    widths: Widths,
    locations: ById<Location>,
    references: Vec<Reference>,
    wide_references: bool,
    properties: Vec<([u8; 4], &'b [u8])>,
    associations: Vec<Associations>,
    data: &'b [u8],
}

/// The boxes in bytes that are held.
fn boxes(bytes: &[u8]) -> impl Iterator<Item = ([u8; 4], &[u8])> {
    let mut rest = Cursor(bytes);
    std::iter::from_fn(move || {
        let len = usize::try_from(rest.be32()?).ok()?.checked_sub(8)?;
        let name = rest.array()?;
        Some((name, rest.take(len)?))
    })
}

impl<'b> Index<'b> {
    /// Reads the content of a box `meta`.
    pub(super) fn read(held: &'b [u8]) -> Option<Result<Self, CleanError>> {
        let find = |name: &[u8; 4]| boxes(held.get(4..)?).find(|(found, _)| found == name).map(|(_, body)| body);
        if find(b"hdlr")?.get(8..12)? != b"pict" {
            return Some(Err(cannot("an index that is not one of pictures")));
        }
        let mut primary = Cursor(find(b"pitm")?);
        let narrow = primary.array::<4>()?.first() == Some(&0);
        let primary = if narrow { u32::from(primary.be16()?) } else { primary.be32()? };
        let kinds = match kinds(find(b"iinf")?)? {
            Ok(kinds) => kinds,
            Err(error) => return Some(Err(error)),
        };
        let (widths, locations) = locations(find(b"iloc")?)?;
        let (references, wide_references) = match find(b"iref") {
            Some(body) => references(body)?,
            None => (Vec::new(), false),
        };
        if locations.len() > MAX_ITEMS || references.len() > MAX_ITEMS {
            return Some(Err(CleanError::Hostile { limit: "MAX_ITEMS" }));
        }
        let shown = find(b"iprp")?;
        let (_, properties) = boxes(shown).find(|(name, _)| name == b"ipco")?;
        let properties = boxes(properties).take(MAX_ITEMS).collect();
        // One for each width that a number can have.
        let tables = boxes(shown).filter(|(name, _)| name == b"ipma").take(4);
        let associations = tables.map(|(_, body)| associations(body));
        let associations = associations.collect::<Option<Vec<_>>>()?;
        let data = find(b"idat").unwrap_or_default();
        Some(Ok(Self {
            primary,
            kinds,
            widths,
            locations,
            references,
            wide_references,
            properties,
            associations,
            data,
        }))
    }

    pub(super) fn location(&self, id: u32) -> Option<&Location> {
        self.locations.get(&id)
    }

    /// The properties of an item: whether one must be understood, and which it is, counted from 1.
    fn shown(&self, id: u32) -> impl Iterator<Item = (bool, usize)> {
        self.associations.iter().filter_map(move |table| table.items.get(&id)).flatten().copied()
    }

    fn property(&self, number: usize) -> Option<&([u8; 4], &'b [u8])> {
        self.properties.get(number.checked_sub(1)?)
    }

    /// The items that show the picture: the primary one, what it is put together from, and the transparency of either.
    pub(super) fn needed(&self) -> Result<Ids, CleanError> {
        let mut kept = Ids::from([self.primary]);
        let mut queue = vec![self.primary];
        let mut made_of: ById<Vec<&Reference>> = ById::new();
        let mut transparency: ById<Vec<u32>> = ById::new();
        for reference in &self.references {
            match &reference.kind {
                b"dimg" => made_of.entry(reference.from).or_default().push(reference),
                b"auxl" if self.is_transparency(reference.from) => {
                    for to in &reference.to {
                        transparency.entry(*to).or_default().push(reference.from);
                    }
                }
                _ => {}
            }
        }
        while let Some(id) = queue.pop() {
            let kind = self.kinds.get(&id).ok_or(broken(0, "a picture that is not in the index"))?;
            let parts = made_of.get(&id).map(Vec::as_slice).unwrap_or_default();
            let parts = parts.iter().flat_map(|reference| &reference.to).copied();
            let more: Vec<u32> = match kind {
                b"hvc1" | b"av01" | b"avc1" => Vec::new(),
                b"grid" | b"iden" | b"iovl" => parts.collect(),
                _ => return Err(cannot("a picture in a codec that is not known here")),
            };
            let layers = transparency.get(&id).map(Vec::as_slice).unwrap_or_default();
            for next in more.into_iter().chain(layers.iter().copied()) {
                if kept.insert(next) {
                    queue.push(next);
                }
            }
        }
        Ok(kept)
    }

    fn is_transparency(&self, id: u32) -> bool {
        const NAMES: [&[u8]; 2] = [b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\0", b"urn:mpeg:hevc:2015:auxid:1\0"];
        self.shown(id).filter_map(|(_, number)| self.property(number)).any(|(name, body)| {
            name == b"auxC" && body.get(4..).is_some_and(|kind| NAMES.iter().any(|known| kind.starts_with(known)))
        })
    }

    /// The content of the index with these items only; of its own data, only these ranges.
    pub(super) fn written(&self, kept: &Ids, inner: &[(u64, u64)]) -> Result<Vec<u8>, CleanError> {
        let mut out = vec![0; 4];
        let handler = [&[0; 8][..], b"pict", &[0; 13]].concat();
        out.extend(boxed(*b"hdlr", &handler));
        let wide = self.primary > 0xffff;
        let mut primary = vec![u8::from(wide), 0, 0, 0];
        put_be(&mut primary, u64::from(self.primary), if wide { 4 } else { 2 });
        out.extend(boxed(*b"pitm", &primary));
        out.extend(boxed(*b"iloc", &self.written_locations(kept)));
        out.extend(boxed(*b"iinf", &self.written_kinds(kept)));
        let references = self.written_references(kept);
        if !references.is_empty() {
            let head = [u8::from(self.wide_references), 0, 0, 0];
            out.extend(boxed(*b"iref", &[&head[..], &references].concat()));
        }
        out.extend(boxed(*b"iprp", &self.written_properties(kept)?));
        if !inner.is_empty() {
            let mut data = vec![0; self.data.len()];
            for (at, len) in inner {
                let range = usize::try_from(*at).ok().zip(usize::try_from(*len).ok());
                let range = range.and_then(|(at, len)| Some(at..at.checked_add(len)?));
                let (new, old) = range
                    .and_then(|range| Some((data.get_mut(range.clone())?, self.data.get(range)?)))
                    .ok_or(broken(0, "an item that lies outside its index"))?;
                new.copy_from_slice(old);
            }
            out.extend(boxed(*b"idat", &data));
        }
        Ok(out)
    }

    fn written_locations(&self, kept: &Ids) -> Vec<u8> {
        let Widths { version, offset, len, base, index } = self.widths;
        let nibbles = |high: usize, low: usize| u8::try_from(high << 4 | low).unwrap_or(0);
        let mut out = vec![version, 0, 0, 0, nibbles(offset, len), nibbles(base, index)];
        let id_len = if version < 2 { 2 } else { 4 };
        put_be(&mut out, kept.len() as u64, id_len);
        for (id, location) in kept.iter().filter_map(|id| Some((id, self.locations.get(id)?))) {
            put_be(&mut out, u64::from(*id), id_len);
            if version > 0 {
                put_be(&mut out, u64::from(location.place == Place::Index), 2);
            }
            put_be(&mut out, 0, 2);
            put_be(&mut out, location.base, base);
            put_be(&mut out, location.extents.len() as u64, 2);
            for (number, at, extent_len) in &location.extents {
                if version > 0 {
                    put_be(&mut out, *number, index);
                }
                put_be(&mut out, *at, offset);
                put_be(&mut out, *extent_len, len);
            }
        }
        out
    }

    fn written_kinds(&self, kept: &Ids) -> Vec<u8> {
        let mut out = vec![0; 4];
        put_be(&mut out, kept.len() as u64, 2);
        for (id, kind) in kept.iter().filter_map(|id| Some((id, self.kinds.get(id)?))) {
            let wide = *id > 0xffff;
            // Only the primary picture is one to look at by itself.
            let mut entry = vec![if wide { 3 } else { 2 }, 0, 0, u8::from(*id != self.primary)];
            put_be(&mut entry, u64::from(*id), if wide { 4 } else { 2 });
            entry.extend_from_slice(&[0, 0]);
            entry.extend_from_slice(kind);
            entry.push(0);
            out.extend(boxed(*b"infe", &entry));
        }
        out
    }

    fn written_references(&self, kept: &Ids) -> Vec<u8> {
        let mut out = Vec::new();
        let id_len = if self.wide_references { 4 } else { 2 };
        for Reference { kind, from, to } in &self.references {
            // All that a picture is put together from is kept; one transparency may belong to another picture as well, which goes.
            let to: Vec<u32> = to.iter().copied().filter(|to| kept.contains(to)).collect();
            let needed = matches!(kind, b"dimg" | b"auxl" | b"prem");
            if !needed || !kept.contains(from) || to.is_empty() {
                continue;
            }
            let mut body = Vec::new();
            put_be(&mut body, u64::from(*from), id_len);
            put_be(&mut body, to.len() as u64, 2);
            for to in to {
                put_be(&mut body, u64::from(to), id_len);
            }
            out.extend(boxed(*kind, &body));
        }
        out
    }

    fn written_properties(&self, kept: &Ids) -> Result<Vec<u8>, CleanError> {
        // Numbers count boxes, so that one that goes leaves an empty one in its place.
        let mut used = vec![false; self.properties.len()];
        for (_, number) in kept.iter().flat_map(|id| self.shown(*id)) {
            if let Some(used) = number.checked_sub(1).and_then(|place| used.get_mut(place)) {
                *used = true;
            }
        }
        let cleaned = self.properties.iter().zip(&used).map(
            |((name, body), used)| {
                if *used { property(*name, body) } else { Ok(None) }
            },
        );
        let cleaned = cleaned.collect::<Result<Vec<_>, _>>()?;
        let mut list = Vec::new();
        for ((name, _), cleaned) in self.properties.iter().zip(&cleaned) {
            match cleaned {
                Some(body) => list.extend(boxed(*name, body)),
                None => list.extend(boxed(*b"free", b"")),
            }
        }
        let mut out = boxed(*b"ipco", &list);
        for table in &self.associations {
            let mut body = vec![table.version, 0, 0, u8::from(table.wide)];
            let items: Vec<_> = table.items.iter().filter(|(id, _)| kept.contains(id)).collect();
            put_be(&mut body, items.len() as u64, 4);
            for (id, shown) in items {
                put_be(&mut body, u64::from(*id), if table.version < 1 { 2 } else { 4 });
                let mut stay = Vec::new();
                for (essential, number) in shown {
                    let there = number.checked_sub(1).and_then(|place| cleaned.get(place)).is_some_and(Option::is_some);
                    if there {
                        stay.push((essential, number));
                    } else if *essential && !self.is_colour(*number) {
                        return Err(cannot("a picture with a property that is needed and is not known here"));
                    }
                }
                put_be(&mut body, stay.len() as u64, 1);
                for (essential, number) in stay {
                    let (bit, len) = if table.wide { (0x8000, 2) } else { (0x80, 1) };
                    put_be(&mut body, if *essential { bit } else { 0 } | *number as u64, len);
                }
            }
            out.extend(boxed(*b"ipma", &body));
        }
        Ok(out)
    }

    fn is_colour(&self, number: usize) -> bool {
        self.property(number).is_some_and(|(name, _)| name == b"colr")
    }
}

/// What stays of a property: its numbers, in the length they have; nothing when it goes.
fn property(name: [u8; 4], body: &[u8]) -> Result<Option<Vec<u8>>, CleanError> {
    let settings =
        |cleaned: Option<Vec<u8>>| cleaned.map(Some).ok_or(broken(0, "settings that are not built as they must be"));
    let exact = |len: usize| Ok(body.get(..len).map(<[u8]>::to_vec));
    match &name {
        b"hvcC" => settings(codec::hevc(body)),
        b"av1C" => settings(codec::av1(body)),
        b"avcC" => settings(codec::avc(body)),
        b"colr" => Ok(cleaned_colour(body)),
        b"ispe" => exact(12),
        b"pixi" => exact(5 + body.get(4).copied().map_or(0, usize::from)),
        b"irot" | b"imir" | b"a1op" => exact(1),
        b"lsel" => exact(2),
        b"a1lx" => exact(if body.first().is_some_and(|flags| flags & 1 == 1) { 13 } else { 7 }),
        b"clap" => exact(32),
        b"pasp" | b"amve" => exact(8),
        b"rloc" => exact(12),
        b"mdcv" => exact(24),
        b"clli" => exact(4),
        // The name of what an item is beside the picture; that of the transparency is known.
        b"auxC" => exact(body.iter().skip(4).position(|byte| *byte == 0).map_or(0, |end| 4 + end + 1)),
        _ => Ok(None),
    }
}

fn kinds(body: &[u8]) -> Option<Result<ById<[u8; 4]>, CleanError>> {
    let narrow = *body.first()? == 0;
    let mut kinds = ById::new();
    for (name, entry) in boxes(body.get(if narrow { 6 } else { 8 }..)?) {
        if kinds.len() >= MAX_ITEMS {
            return Some(Err(CleanError::Hostile { limit: "MAX_ITEMS" }));
        }
        let mut entry = Cursor(entry);
        let [version, ..] = entry.array::<4>()?;
        if name != *b"infe" || version < 2 {
            continue;
        }
        let id = if version == 2 { u32::from(entry.be16()?) } else { entry.be32()? };
        let guarded = entry.be16()? != 0;
        let kind = entry.array()?;
        // Of an item that is encrypted, the kind is not what it is.
        kinds.insert(id, if guarded { *b"    " } else { kind });
    }
    Some(Ok(kinds))
}

fn locations(body: &[u8]) -> Option<(Widths, ById<Location>)> {
    let mut rest = Cursor(body);
    let [version, ..] = rest.array::<4>()?;
    let [first, second] = rest.array::<2>()?.map(usize::from);
    let index = if version > 0 { second & 15 } else { 0 };
    let widths = Widths { version, offset: first >> 4, len: first & 15, base: second >> 4, index };
    let id_len = if version < 2 { 2 } else { 4 };
    let mut locations = ById::new();
    for _ in 0..rest.be(id_len)? {
        let id = u32::try_from(rest.be(id_len)?).ok()?;
        let method = if version > 0 { rest.be16()? & 15 } else { 0 };
        let elsewhere = rest.be16()? != 0;
        let base = rest.be(widths.base)?;
        let mut extents = Vec::new();
        let count = rest.be16()?;
        if count > 1 && widths.index + widths.offset + widths.len == 0 {
            // Extents that take no bytes would be as many as one likes.
            return None;
        }
        for _ in 0..count {
            let number = rest.be(widths.index)?;
            extents.push((number, rest.be(widths.offset)?, rest.be(widths.len)?));
        }
        let place = match method {
            0 => Place::File,
            1 => Place::Index,
            _ => continue,
        };
        if !elsewhere {
            locations.insert(id, Location { place, base, extents });
        }
    }
    Some((widths, locations))
}

fn references(body: &[u8]) -> Option<(Vec<Reference>, bool)> {
    let wide = *body.first()? != 0;
    let id_len = if wide { 4 } else { 2 };
    let read = |(kind, body)| {
        let mut rest = Cursor(body);
        let from = u32::try_from(rest.be(id_len)?).ok()?;
        let count = rest.be16()?;
        let to = (0..count).map(|_| u32::try_from(rest.be(id_len)?).ok()).collect::<Option<Vec<_>>>()?;
        Some(Reference { kind, from, to })
    };
    Some((boxes(body.get(4..)?).map(read).collect::<Option<Vec<_>>>()?, wide))
}

fn associations(body: &[u8]) -> Option<Associations> {
    let mut rest = Cursor(body);
    let [version, _, _, flags] = rest.array()?;
    let wide = flags & 1 == 1;
    let mut items = ById::new();
    for _ in 0..rest.be32()? {
        let id = if version < 1 { u32::from(rest.be16()?) } else { rest.be32()? };
        let mut shown = Vec::new();
        for _ in 0..rest.u8()? {
            let number = rest.be(if wide { 2 } else { 1 })?;
            let bit = if wide { 0x8000 } else { 0x80 };
            shown.push((number & bit != 0, usize::try_from(number & (bit - 1)).ok()?));
        }
        items.insert(id, shown);
    }
    Some(Associations { version, wide, items })
}
