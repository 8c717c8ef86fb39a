//! Lines of any stream of bytes, without copying and in bounded memory.
//!
//! Not `BufRead::lines`: a line of 100 MB would be held, and one that is no UTF-8 would end the file. Of a line that is too
//! long the beginning is given and the rest passed over. The byte order mark that Windows writes before the first is none of it.

use std::io::{self, Read};

/// The most bytes of a line that are given. Message traces name up to a thousand recipients in one.
pub(crate) const LINE_MAX_BYTES: usize = 256 * 1024;

/// What stands before the first line of a file of UTF-8 that Windows wrote.
pub(crate) const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Room for a line and what is read ahead.
const BUFFER_BYTES: usize = 2 * LINE_MAX_BYTES;

/// One line, without its end (`\n` or `\r\n`).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Line<'a> {
    /// Its number, from 1.
    pub number: u64,
    /// Its bytes, or the first of them.
    pub bytes: &'a [u8],
    /// There were more.
    pub cut: bool,
}

/// Reads lines.
pub(crate) struct Lines<R> {
    input: R,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    number: u64,
    at_end: bool,
}

impl<R: Read> Lines<R> {
    pub(crate) fn new(input: R) -> Self {
        Self { input, buffer: vec![0; BUFFER_BYTES], start: 0, end: 0, number: 0, at_end: false }
    }

    /// The number of the line that was given last.
    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    /// Reads more behind what is there; whether anything came.
    fn fill(&mut self) -> io::Result<bool> {
        if self.start > 0 {
            self.buffer.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        let Some(room) = self.buffer.get_mut(self.end..) else { return Ok(false) };
        loop {
            match self.input.read(room) {
                Ok(0) => {
                    self.at_end = true;
                    return Ok(false);
                }
                Ok(read) => {
                    self.end += read.min(room.len());
                    return Ok(true);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.at_end = true;
                    return Err(error);
                }
            }
        }
    }

    /// The next line; none at the end.
    pub(crate) fn next_line(&mut self) -> io::Result<Option<Line<'_>>> {
        let mut looked = 0;
        let (length, ended) = loop {
            let there = self.buffer.get(self.start..self.end).unwrap_or_default();
            let unseen = there.get(looked..).unwrap_or_default();
            if let Some(at) = memchr::memchr(b'\n', unseen) {
                break (looked + at, true);
            }
            looked = there.len();
            if looked > LINE_MAX_BYTES || self.at_end {
                break (looked, false);
            }
            self.fill()?;
        };
        if length == 0 && !ended {
            return Ok(None);
        }
        self.number += 1;
        let number = self.number;
        if length > LINE_MAX_BYTES {
            if ended {
                let line = self.start..self.start + LINE_MAX_BYTES;
                self.start += length + 1;
                let bytes = self.buffer.get(line).unwrap_or_default();
                return Ok(Some(Line { number, bytes, cut: true }));
            }
            self.pass_over()?;
            let bytes = self.buffer.get(..LINE_MAX_BYTES).unwrap_or_default();
            return Ok(Some(Line { number, bytes, cut: true }));
        }
        let line = self.start..self.start + length;
        self.start += length + usize::from(ended);
        let bytes = self.buffer.get(line).unwrap_or_default();
        let bytes = if ended { bytes.strip_suffix(b"\r").unwrap_or(bytes) } else { bytes };
        let bytes = if number == 1 { bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes) } else { bytes };
        Ok(Some(Line { number, bytes, cut: false }))
    }

    /// Passes over the rest of a line whose beginning stays at the beginning of the buffer.
    fn pass_over(&mut self) -> io::Result<()> {
        self.buffer.copy_within(self.start..self.end, 0);
        let mut kept = self.end - self.start;
        while let Some(room) = self.buffer.get_mut(LINE_MAX_BYTES..) {
            // What was read ahead has no line end, so it goes too.
            let read = match self.input.read(room) {
                Ok(read) => read.min(room.len()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => {
                    self.at_end = true;
                    (self.start, self.end) = (LINE_MAX_BYTES, LINE_MAX_BYTES);
                    return Err(error);
                }
            };
            if read == 0 {
                self.at_end = true;
                kept = LINE_MAX_BYTES;
                self.start = kept;
                break;
            }
            let chunk = room.get(..read).unwrap_or_default();
            if let Some(at) = memchr::memchr(b'\n', chunk) {
                self.start = LINE_MAX_BYTES + at + 1;
                kept = LINE_MAX_BYTES + read;
                break;
            }
        }
        self.end = kept;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Gives a few bytes at a time, as pipes do.
    pub(crate) struct Drip<'a>(pub &'a [u8], pub usize);

    impl Read for Drip<'_> {
        fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
            let take = self.0.len().min(self.1).min(room.len());
            let (now, later) = self.0.split_at(take);
            room[..take].copy_from_slice(now);
            self.0 = later;
            Ok(take)
        }
    }

    fn all(input: impl Read) -> Vec<(u64, Vec<u8>, bool)> {
        let mut lines = Lines::new(input);
        let mut found = Vec::new();
        while let Some(line) = lines.next_line().unwrap() {
            found.push((line.number, line.bytes.to_vec(), line.cut));
        }
        found
    }

    #[test]
    fn a_long_line_is_cut_and_the_next_one_is_whole() {
        for length in
            [LINE_MAX_BYTES - 1, LINE_MAX_BYTES, LINE_MAX_BYTES + 1, BUFFER_BYTES, BUFFER_BYTES + 1, 5_000_000]
        {
            let mut bytes = vec![b'x'; length];
            bytes.extend_from_slice(b"\nnext\r\nlast");
            for step in [977, usize::MAX] {
                let found = all(Drip(&bytes, step));
                let cut = length > LINE_MAX_BYTES;
                assert_eq!(found.len(), 3, "{length} {step}");
                assert_eq!((found[0].1.len(), found[0].2), (length.min(LINE_MAX_BYTES), cut), "{length}");
                assert_eq!((&found[1], &found[2]), (&(2, b"next".to_vec(), false), &(3, b"last".to_vec(), false)));
            }
            let alone = all(&bytes[..length]);
            assert_eq!((alone.len(), alone[0].1.len()), (1, length.min(LINE_MAX_BYTES)));
        }
    }

    proptest! {
        #[test]
        fn lines_are_those_of_a_plain_split(text in "[ab\r\n]{0,60}", step in 1..7_usize) {
            let mut wanted: Vec<&str> = text.split('\n').collect();
            let last = wanted.pop().filter(|last| !last.is_empty());
            let wanted: Vec<Vec<u8>> = wanted
                .into_iter()
                .map(|line| line.strip_suffix('\r').unwrap_or(line))
                .chain(last)
                .map(|line| line.as_bytes().to_vec())
                .collect();
            let found: Vec<Vec<u8>> = all(Drip(text.as_bytes(), step)).into_iter().map(|(_, line, _)| line).collect();
            prop_assert_eq!(found, wanted);
        }
    }
}
