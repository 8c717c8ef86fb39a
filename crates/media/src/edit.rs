//! Edit lists: what becomes of each byte of a file, in order.
//!
//! The list names every byte of the source exactly once. Parsers say what they keep ([`Pieces`]); all between is a gap,
//! and a gap goes: it is dropped, or zeroed where offsets inside the file must not move.

use crate::{
    clean::CleanError,
    kind::Kind,
    limit::MAX_EDITS,
    source::{Source, Unread},
};

/// What becomes of a range of the source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// It stays.
    Keep,
    /// As many zeros stand in its place.
    Zero,
    /// These bytes stand in its place; they may be more, or fewer.
    Replace(Vec<u8>),
    /// Nothing stands in its place.
    Drop,
}

/// A range of the source and what becomes of it. Only a range that is replaced can be empty: bytes are put in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// Where the range begins.
    pub at: u64,
    /// How long it is.
    pub len: u64,
    /// What becomes of it.
    pub what: What,
}

/// How a file becomes clean: ranges that follow each other from the first byte to the last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EditList {
    kind: Kind,
    edits: Vec<Edit>,
}

/// How much is copied at once.
const BLOCK: u64 = 1 << 16;

impl EditList {
    /// What the file is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The edits, in order, without gaps.
    #[must_use]
    pub fn edits(&self) -> &[Edit] {
        &self.edits
    }

    /// How many bytes the clean file has.
    #[must_use]
    pub fn cleaned_len(&self) -> u64 {
        let lens = self.edits.iter().map(|edit| match &edit.what {
            What::Keep | What::Zero => edit.len,
            What::Replace(bytes) => bytes.len() as u64,
            What::Drop => 0,
        });
        lens.fold(0, u64::saturating_add)
    }

    /// Writes the clean file to `sink`, block by block.
    ///
    /// # Errors
    /// When a range that is kept cannot be read.
    pub fn apply(&self, source: &mut dyn Source, mut sink: impl FnMut(&[u8])) -> Result<(), Unread> {
        let mut block = Vec::new();
        for edit in &self.edits {
            match &edit.what {
                What::Drop => {}
                What::Replace(bytes) => sink(bytes),
                What::Keep | What::Zero => {
                    let end = edit.at.saturating_add(edit.len);
                    let mut at = edit.at;
                    while at < end {
                        let len = (end - at).min(BLOCK);
                        block.clear();
                        block.resize(usize::try_from(len).unwrap_or(0), 0);
                        if edit.what == What::Keep {
                            source.read_at(at, &mut block)?;
                        }
                        sink(&block);
                        at += len;
                    }
                }
            }
        }
        Ok(())
    }
}

/// What becomes of the bytes that no parser names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gap {
    /// They are dropped, and what follows moves up.
    Drop,
    /// They become zeros, and nothing moves.
    Zero,
}

/// What a parser names, in any order.
pub(crate) struct Pieces {
    gap: Gap,
    pieces: Vec<Edit>,
}

impl Pieces {
    pub(crate) fn new(gap: Gap) -> Self {
        Self { gap, pieces: Vec::new() }
    }

    /// The `len` bytes from `at` stay.
    pub(crate) fn keep(&mut self, at: u64, len: u64) -> Result<(), CleanError> {
        if len == 0 {
            return Ok(());
        }
        if let Some(last) = self.pieces.last_mut()
            && last.what == What::Keep
            && last.at.checked_add(last.len) == Some(at)
        {
            last.len = last.len.saturating_add(len);
            return Ok(());
        }
        self.push(Edit { at, len, what: What::Keep })
    }

    /// `bytes` stand in place of the `len` bytes from `at`.
    pub(crate) fn replace(&mut self, at: u64, len: u64, bytes: Vec<u8>) -> Result<(), CleanError> {
        self.push(Edit { at, len, what: What::Replace(bytes) })
    }

    fn push(&mut self, piece: Edit) -> Result<(), CleanError> {
        if self.pieces.len() >= MAX_EDITS {
            return Err(CleanError::Hostile { limit: "MAX_EDITS" });
        }
        self.pieces.push(piece);
        Ok(())
    }

    /// The list over the first `end` bytes of a file of `len` bytes; what lies behind `end` is dropped.
    pub(crate) fn finish(self, kind: Kind, end: u64, len: u64) -> Result<EditList, CleanError> {
        let Self { gap, mut pieces } = self;
        // What is put in at a place comes before what is kept from there.
        pieces.sort_by_key(|piece| (piece.at, piece.len > 0));
        let mut edits: Vec<Edit> = Vec::with_capacity(pieces.len());
        let mut done = 0;
        let fill = |edits: &mut Vec<Edit>, from: u64, to: u64| {
            if from < to {
                let what = if gap == Gap::Zero { What::Zero } else { What::Drop };
                edits.push(Edit { at: from, len: to - from, what });
            }
        };
        for mut piece in pieces {
            let piece_end = piece.at.checked_add(piece.len).filter(|piece_end| *piece_end <= end.min(len));
            let Some(piece_end) = piece_end else {
                return Err(CleanError::Broken { at: piece.at, what: "a part lies beyond the end" });
            };
            if piece.at < done {
                // Two tracks may share samples; nothing else is named twice.
                let both_kept = piece.what == What::Keep && edits.last().is_some_and(|last| last.what == What::Keep);
                if !both_kept {
                    return Err(CleanError::Broken { at: piece.at, what: "two parts lie over each other" });
                }
                if piece_end <= done {
                    continue;
                }
                piece.len = piece_end - done;
                piece.at = done;
            }
            fill(&mut edits, done, piece.at);
            done = piece_end;
            match edits.last_mut() {
                Some(last) if last.what == What::Keep && piece.what == What::Keep && last.at + last.len == piece.at => {
                    last.len += piece.len;
                }
                _ => edits.push(piece),
            }
        }
        let end = end.min(len);
        fill(&mut edits, done, end);
        if end < len {
            edits.push(Edit { at: end, len: len - end, what: What::Drop });
        }
        if edits.len() > MAX_EDITS {
            return Err(CleanError::Hostile { limit: "MAX_EDITS" });
        }
        Ok(EditList { kind, edits })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cleaned(pieces: Pieces, end: u64, mut file: &[u8]) -> Result<Vec<u8>, CleanError> {
        let list = pieces.finish(Kind::Jpeg, end, file.len() as u64)?;
        let mut out = Vec::new();
        list.apply(&mut file, |block| out.extend_from_slice(block))?;
        assert_eq!(out.len() as u64, list.cleaned_len());
        Ok(out)
    }

    #[test]
    fn what_is_not_named_goes() {
        for (gap, expect) in [(Gap::Drop, &b"b+ef"[..]), (Gap::Zero, &b"\0b\0+ef"[..])] {
            let mut pieces = Pieces::new(gap);
            pieces.keep(4, 2).unwrap();
            pieces.keep(1, 1).unwrap();
            pieces.replace(3, 1, b"+".to_vec()).unwrap();
            assert_eq!(cleaned(pieces, 6, b"abcdefgh").unwrap(), expect);
        }
    }

    #[test]
    fn what_is_put_in_stands_before_what_is_kept() {
        let mut pieces = Pieces::new(Gap::Drop);
        pieces.keep(2, 2).unwrap();
        pieces.replace(2, 0, b"+".to_vec()).unwrap();
        assert_eq!(cleaned(pieces, 4, b"abcd").unwrap(), b"+cd");
    }

    #[test]
    fn shared_samples_are_kept_once_and_nothing_else_overlaps() {
        let mut pieces = Pieces::new(Gap::Zero);
        pieces.keep(1, 3).unwrap();
        pieces.keep(2, 3).unwrap();
        pieces.keep(2, 1).unwrap();
        assert_eq!(cleaned(pieces, 6, b"abcdef").unwrap(), b"\0bcde\0");
        let mut pieces = Pieces::new(Gap::Zero);
        pieces.keep(1, 3).unwrap();
        pieces.replace(2, 3, Vec::new()).unwrap();
        assert!(matches!(cleaned(pieces, 6, b"abcdef"), Err(CleanError::Broken { at: 2, .. })));
    }

    #[test]
    fn nothing_is_kept_beyond_the_end() {
        for (at, len) in [(5, 2), (u64::MAX, 2), (7, 1)] {
            let mut pieces = Pieces::new(Gap::Zero);
            pieces.keep(at, len).unwrap();
            assert!(matches!(cleaned(pieces, 6, b"abcdef"), Err(CleanError::Broken { .. })));
        }
    }

    #[test]
    fn no_list_is_longer_than_the_limit() {
        let mut pieces = Pieces::new(Gap::Drop);
        for piece in 0..MAX_EDITS as u64 {
            pieces.keep(2 * piece, 1).unwrap();
        }
        assert_eq!(pieces.keep(0, 1), Err(CleanError::Hostile { limit: "MAX_EDITS" }));
    }
}
