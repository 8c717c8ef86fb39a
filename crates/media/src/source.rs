//! Random access to the bytes of a file: what this crate asks of the outside, and the window through which it reads.

use crate::{
    clean::CleanError,
    limit::{MAX_HELD_BYTES, MAX_PARTS},
};

/// The bytes of a file, from wherever they come.
///
/// A source may be unable to answer at once, as a browser that reads slices only asynchronously: it then gives
/// [`Unread`], has the range read, and the caller starts again. The same bytes always give the same answer.
pub trait Source {
    /// How many bytes there are.
    fn len(&self) -> u64;

    /// Fills `buf` with the bytes from `offset`, all of which lie within the length.
    ///
    /// # Errors
    /// When the bytes cannot be had (now).
    fn read_at(&mut self, offset: u64, buf: &mut [u8]) -> Result<(), Unread>;

    /// Whether there is no byte.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A range of the source that could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the {len} bytes from {offset} cannot be read")]
pub struct Unread {
    /// Where the range begins.
    pub offset: u64,
    /// How long it is.
    pub len: u64,
}

impl Source for &[u8] {
    fn len(&self) -> u64 {
        (**self).len() as u64
    }

    fn read_at(&mut self, offset: u64, buf: &mut [u8]) -> Result<(), Unread> {
        let found = usize::try_from(offset)
            .ok()
            .and_then(|start| Some(start..start.checked_add(buf.len())?))
            .and_then(|range| self.get(range));
        match found {
            Some(found) => {
                buf.copy_from_slice(found);
                Ok(())
            }
            None => Err(Unread { offset, len: buf.len() as u64 }),
        }
    }
}

/// How much is read at once. Headers lie near each other; the frames between them are jumped over.
const WINDOW: u64 = 4096;

/// A source with a window over it, a place for "beyond the end", and a count of the parts seen.
pub(crate) struct Reader<'s> {
    source: &'s mut dyn Source,
    len: u64,
    window: Vec<u8>,
    window_at: u64,
    parts: u32,
}

impl<'s> Reader<'s> {
    pub(crate) fn new(source: &'s mut dyn Source) -> Self {
        let len = source.len();
        Self { source, len, window: Vec::new(), window_at: 0, parts: 0 }
    }

    pub(crate) fn len(&self) -> u64 {
        self.len
    }

    /// Counts one more part of the file.
    pub(crate) fn part(&mut self) -> Result<(), CleanError> {
        self.parts = self.parts.saturating_add(1);
        if self.parts > MAX_PARTS { Err(CleanError::Hostile { limit: "MAX_PARTS" }) } else { Ok(()) }
    }

    /// The `N` bytes from `at`.
    pub(crate) fn array<const N: usize>(&mut self, at: u64) -> Result<[u8; N], CleanError> {
        let beyond = CleanError::Broken { at: at.min(self.len), what: "the file ends within a header" };
        let end = at.checked_add(N as u64).filter(|end| *end <= self.len).ok_or_else(|| beyond.clone())?;
        let held = self.window_at..self.window_at.saturating_add(self.window.len() as u64);
        if at < held.start || end > held.end {
            let len = (self.len - at).min(WINDOW.max(N as u64));
            self.window.clear();
            self.window.resize(usize::try_from(len).unwrap_or(0), 0);
            self.window_at = at;
            if let Err(unread) = self.source.read_at(at, &mut self.window) {
                self.window.clear();
                return Err(unread.into());
            }
        }
        usize::try_from(at - self.window_at)
            .ok()
            .and_then(|start| self.window.get(start..)?.first_chunk::<N>().copied())
            .ok_or(beyond)
    }

    pub(crate) fn u8(&mut self, at: u64) -> Result<u8, CleanError> {
        let [byte] = self.array::<1>(at)?;
        Ok(byte)
    }

    pub(crate) fn be16(&mut self, at: u64) -> Result<u16, CleanError> {
        Ok(u16::from_be_bytes(self.array(at)?))
    }

    pub(crate) fn be32(&mut self, at: u64) -> Result<u32, CleanError> {
        Ok(u32::from_be_bytes(self.array(at)?))
    }

    pub(crate) fn be64(&mut self, at: u64) -> Result<u64, CleanError> {
        Ok(u64::from_be_bytes(self.array(at)?))
    }

    pub(crate) fn le32(&mut self, at: u64) -> Result<u32, CleanError> {
        Ok(u32::from_le_bytes(self.array(at)?))
    }

    /// The `len` bytes from `at`, held.
    pub(crate) fn bytes(&mut self, at: u64, len: u64) -> Result<Vec<u8>, CleanError> {
        if at.checked_add(len).is_none_or(|end| end > self.len) {
            return Err(CleanError::Broken { at: at.min(self.len), what: "the file ends within a part" });
        }
        if len > MAX_HELD_BYTES {
            return Err(CleanError::Hostile { limit: "MAX_HELD_BYTES" });
        }
        let mut held = vec![0; usize::try_from(len).unwrap_or(0)];
        self.source.read_at(at, &mut held)?;
        Ok(held)
    }

    /// The first bytes of the file, at most `len`.
    pub(crate) fn head(&mut self, len: u64) -> Result<Vec<u8>, CleanError> {
        self.bytes(0, len.min(self.len))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Absent;

    impl Source for Absent {
        fn len(&self) -> u64 {
            1 << 40
        }

        fn read_at(&mut self, offset: u64, buf: &mut [u8]) -> Result<(), Unread> {
            Err(Unread { offset, len: buf.len() as u64 })
        }
    }

    #[test]
    fn what_is_not_there_yet_is_named() {
        let error = Reader::new(&mut Absent).array::<4>(100).unwrap_err();
        assert_eq!(error, CleanError::Unread(Unread { offset: 100, len: WINDOW }));
    }

    #[test]
    fn nothing_is_read_beyond_the_end() {
        let mut file: &[u8] = b"12345";
        let mut reader = Reader::new(&mut file);
        assert_eq!(reader.be32(1), Ok(u32::from_be_bytes(*b"2345")));
        assert!(reader.be32(2).is_err());
        assert!(reader.be32(u64::MAX).is_err());
        assert!(reader.bytes(3, u64::MAX).is_err());
        assert_eq!(reader.bytes(3, 2), Ok(b"45".to_vec()));
    }

    #[test]
    fn no_more_is_held_than_the_limit() {
        let file = vec![0; usize::try_from(MAX_HELD_BYTES).unwrap() + 1];
        let mut file = file.as_slice();
        let mut reader = Reader::new(&mut file);
        assert!(reader.bytes(0, MAX_HELD_BYTES).is_ok());
        let error = reader.bytes(0, MAX_HELD_BYTES + 1).unwrap_err();
        assert_eq!(error, CleanError::Hostile { limit: "MAX_HELD_BYTES" });
    }

    #[test]
    fn no_more_parts_are_walked_than_the_limit() {
        let mut file: &[u8] = b"";
        let mut reader = Reader::new(&mut file);
        for _ in 0..MAX_PARTS {
            reader.part().unwrap();
        }
        assert_eq!(reader.part(), Err(CleanError::Hostile { limit: "MAX_PARTS" }));
    }
}
