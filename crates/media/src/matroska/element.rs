//! Elements of EBML (RFC 8794): an id, a length, a content; and what becomes of them.

use crate::{
    clean::{CleanError, broken},
    edit::Pieces,
    source::Reader,
};

/// One element.
#[derive(Debug, Clone, Copy)]
pub(super) struct Element {
    pub(super) id: u32,
    pub(super) at: u64,
    pub(super) body: u64,
    pub(super) end: u64,
    /// Its length is not said: it runs to the end of what it lies in, or to the next of its like.
    pub(super) open: bool,
}

impl Element {
    pub(super) fn len(&self) -> u64 {
        self.end - self.body
    }
}

/// What becomes of an element that is known.
#[derive(Debug, Clone, Copy)]
pub(super) enum Rule {
    /// It is a number of at most eight bytes, or a fraction, and stays.
    Number,
    /// It is a name out of a list of the format's, and stays.
    Name,
    /// It is a piece of a picture or of sound, and stays.
    Frame,
    /// It must be there, and becomes zeros.
    Empty,
    /// It holds others.
    Holds(&'static [(u32, Rule)]),
}

/// The longest name of the format's own lists, of codecs and kinds of documents.
const MAX_NAME_BYTES: u64 = 32;

/// A number of variable width at `at`, without its mark, and its width; nothing when all its bits are set.
pub(super) fn vint(reader: &mut Reader<'_>, at: u64, end: u64) -> Result<(Option<u64>, u64), CleanError> {
    let first = reader.u8(at)?;
    let width = u64::from(first.leading_zeros()) + 1;
    if width > 8 || width > end.saturating_sub(at) {
        return Err(broken(at, "a number that is cut off or too wide"));
    }
    let mask = u8::try_from(0x7f_u32 >> (width - 1)).unwrap_or(0);
    let mut number = u64::from(first & mask);
    for place in 1..width {
        number = number << 8 | u64::from(reader.u8(at + place)?);
    }
    let all = (1_u64 << (7 * width)) - 1;
    Ok((Some(number).filter(|number| *number != all), width))
}

/// The element at `at` within one that ends at `end`.
pub(super) fn element(reader: &mut Reader<'_>, at: u64, end: u64) -> Result<Option<Element>, CleanError> {
    if at >= end {
        return Ok(None);
    }
    reader.part()?;
    let first = reader.u8(at)?;
    let width = u64::from(first.leading_zeros()) + 1;
    if width > 4 || width > end - at {
        return Err(broken(at, "no id of an element"));
    }
    let mut id = 0_u32;
    for place in 0..width {
        id = id << 8 | u32::from(reader.u8(at + place)?);
    }
    let (len, len_width) = vint(reader, at + width, end)?;
    let body = at + width + len_width;
    let Some(len) = len else {
        return Ok(Some(Element { id, at, body, end, open: true }));
    };
    match body.checked_add(len).filter(|own| *own <= end) {
        Some(end) => Ok(Some(Element { id, at, body, end, open: false })),
        None => Err(broken(at, "an element longer than what it lies in")),
    }
}

/// Does something with each element in another.
pub(super) fn children(
    reader: &mut Reader<'_>,
    outer: &Element,
    mut each: impl FnMut(&mut Reader<'_>, &Element) -> Result<(), CleanError>,
) -> Result<(), CleanError> {
    let mut at = outer.body;
    while let Some(inner) = element(reader, at, outer.end)? {
        if inner.open {
            return Err(broken(inner.at, "an element without a length"));
        }
        at = inner.end;
        each(reader, &inner)?;
    }
    Ok(())
}

/// The number that an element holds.
pub(super) fn number(reader: &mut Reader<'_>, element: &Element) -> Result<u64, CleanError> {
    if element.len() > 8 {
        return Err(broken(element.at, "a number that is too wide"));
    }
    let mut number = 0;
    for at in element.body..element.end {
        number = number << 8 | u64::from(reader.u8(at)?);
    }
    Ok(number)
}

/// Keeps an element by the rules for what is in it; what has no rule goes.
pub(super) fn keep_inside(
    reader: &mut Reader<'_>,
    pieces: &mut Pieces,
    outer: &Element,
    rules: &'static [(u32, Rule)],
) -> Result<(), CleanError> {
    pieces.keep(outer.at, outer.body - outer.at)?;
    children(reader, outer, |reader, inner| {
        let rule = rules.iter().find(|(id, _)| *id == inner.id).map(|(_, rule)| *rule);
        match rule {
            Some(Rule::Number) if inner.len() <= 10 => pieces.keep(inner.at, inner.end - inner.at),
            Some(Rule::Name) if inner.len() <= MAX_NAME_BYTES => pieces.keep(inner.at, inner.end - inner.at),
            Some(Rule::Frame) => pieces.keep(inner.at, inner.end - inner.at),
            Some(Rule::Empty) => pieces.keep(inner.at, inner.body - inner.at),
            // As deep as the rules, which are written down.
            Some(Rule::Holds(rules)) => keep_inside(reader, pieces, inner, rules),
            _ => void(pieces, inner),
        }
    })
}

/// Puts a `Void` in place of the element; its content, which is not kept, becomes zeros.
pub(super) fn void(pieces: &mut Pieces, element: &Element) -> Result<(), CleanError> {
    let header = void_header(element.end - element.at);
    pieces.replace(element.at, header.len() as u64, header)
}

/// The header of a `Void` that takes `len` bytes, header and all; no element takes less than two.
pub(super) fn void_header(len: u64) -> Vec<u8> {
    const VOID: u8 = 0xec;
    match u8::try_from(len.saturating_sub(2)) {
        Ok(content) if content < 0x7f => vec![VOID, 0x80 | content],
        _ => {
            let mut header = (len.saturating_sub(9) | 1 << 56).to_be_bytes().to_vec();
            header.insert(0, VOID);
            header
        }
    }
}
