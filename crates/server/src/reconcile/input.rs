//! A file of the city's as a stream of UTF-8, whatever packed or wrote it: zstd, gzip, UTF-16 as PowerShell and the historical
//! searches of Microsoft 365 write it.
//!
//! Told by its bytes and not by its name. Memory is bounded; what breaks off fails where its lines are counted, so that it is
//! never taken for the end. Not here: zip and workbooks, which hold several files of which none is the first.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Chain, Cursor, Read},
    path::Path,
};

use encoding_rs::{Decoder, UTF_16BE, UTF_16LE};
use flate2::bufread::MultiGzDecoder;

use super::FileError;

/// Bytes by which a file's kind is told.
const BEGINNING_BYTES: u64 = 64 * 1024;

/// The window of what is packed may have at most 2^25 bytes (32 MiB): no usual level of zstd asks for more, and memory is bounded.
const WINDOW_LOG_MAX: u32 = 25;

const ZSTD: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];
const GZIP: &[u8] = &[0x1f, 0x8b];

/// A file with its beginning given back.
pub(super) type Input = Chain<Cursor<Vec<u8>>, Box<dyn Read>>;

/// Opens a file, and gives the bytes with which it begins beside it.
pub(super) fn open(path: &Path) -> Result<(Input, Vec<u8>), FileError> {
    let error = |source| FileError::Open { path: path.to_owned(), source };
    let file = File::open(path).map_err(error)?;
    if file.metadata().map_err(error)?.is_dir() {
        return Err(error(io::Error::from(io::ErrorKind::IsADirectory)));
    }
    let (beginning, rest) = begin(Box::new(file)).map_err(error)?;
    let (beginning, rest) = unpacked(beginning, rest).map_err(error)?;
    let (beginning, rest) = in_utf8(beginning, rest).map_err(error)?;
    let found = match beginning.as_slice() {
        [] => Some("empty: if there was nothing to export, leave it out"),
        [b'P', b'K', 3, 4, ..] => Some("a zip file or a workbook: unpack it, or save it as CSV"),
        packed if packed.starts_with(ZSTD) || packed.starts_with(GZIP) => Some("packed twice: unpack it once"),
        _ => None,
    };
    match found {
        Some(found) => Err(FileError::Kind { path: path.to_owned(), found }),
        None => Ok((Cursor::new(beginning.clone()).chain(rest), beginning)),
    }
}

/// What is within zstd or gzip, of however many pieces.
fn unpacked(beginning: Vec<u8>, rest: Box<dyn Read>) -> io::Result<(Vec<u8>, Box<dyn Read>)> {
    let (zstd, gzip) = (beginning.starts_with(ZSTD), beginning.starts_with(GZIP));
    if !zstd && !gzip {
        return Ok((beginning, rest));
    }
    let packed = BufReader::new(Cursor::new(beginning).chain(rest));
    let unpacked: Box<dyn Read> = if zstd {
        let mut decoder = zstd::stream::read::Decoder::with_buffer(packed)?;
        decoder.window_log_max(WINDOW_LOG_MAX)?;
        Box::new(decoder)
    } else {
        Box::new(MultiGzDecoder::new(packed))
    };
    begin(unpacked)
}

/// Text in UTF-16 as UTF-8: with its mark, or told by the zeros between its first letters.
fn in_utf8(beginning: Vec<u8>, rest: Box<dyn Read>) -> io::Result<(Vec<u8>, Box<dyn Read>)> {
    let encoding = match *beginning.as_slice() {
        [0xff, 0xfe, ..] => UTF_16LE,
        [0xfe, 0xff, ..] => UTF_16BE,
        [one, 0, two, 0, ..] if one != 0 && two != 0 => UTF_16LE,
        [0, one, 0, two, ..] if one != 0 && two != 0 => UTF_16BE,
        _ => return Ok((beginning, rest)),
    };
    let wide = BufReader::with_capacity(1 << 16, Cursor::new(beginning).chain(rest));
    let decoder = encoding.new_decoder_with_bom_removal();
    begin(Box::new(Utf16 { wide, decoder, odd: false, spare: Vec::new() }))
}

/// Reads a beginning, and gives what comes after it. A stream that fails in it fails again behind it, where its lines are
/// counted: not every decoder says twice that it was cut off.
fn begin(mut input: Box<dyn Read>) -> io::Result<(Vec<u8>, Box<dyn Read>)> {
    let mut beginning = Vec::new();
    match input.by_ref().take(BEGINNING_BYTES).read_to_end(&mut beginning) {
        Err(error) if beginning.is_empty() => Err(error),
        Err(error) => Ok((beginning, Box::new(Failed(error.kind())))),
        Ok(_) => Ok((beginning, input)),
    }
}

/// A stream that has failed.
struct Failed(io::ErrorKind);

impl Read for Failed {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::Error::from(self.0))
    }
}

/// Reads UTF-16 as UTF-8. Half a pair becomes a replacement character, as subjects that were cut have it; half a unit at the
/// end is a file that was cut, and an error.
struct Utf16<R> {
    wide: R,
    decoder: Decoder,
    /// An odd number of bytes has come.
    odd: bool,
    /// What was decoded and not yet taken, where less room was given than one character needs.
    spare: Vec<u8>,
}

/// The most bytes that the decoder may need room for at once.
const ROOM_MIN: usize = 16;

impl<R: BufRead> Read for Utf16<R> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        if room.is_empty() {
            return Ok(0);
        }
        if room.len() < ROOM_MIN || !self.spare.is_empty() {
            if self.spare.is_empty() {
                let mut small = [0; ROOM_MIN];
                let written = self.decode(&mut small)?;
                self.spare.extend_from_slice(small.get(..written).unwrap_or_default());
            }
            let taken = self.spare.len().min(room.len());
            for (to, from) in room.iter_mut().zip(self.spare.drain(..taken)) {
                *to = from;
            }
            return Ok(taken);
        }
        self.decode(room)
    }
}

impl<R: BufRead> Utf16<R> {
    /// Decodes until something is written, or to the end: nothing.
    fn decode(&mut self, room: &mut [u8]) -> io::Result<usize> {
        loop {
            let wide = self.wide.fill_buf()?;
            if wide.is_empty() {
                return if self.odd { Err(io::Error::from(io::ErrorKind::UnexpectedEof)) } else { Ok(0) };
            }
            let (_, read, written, _) = self.decoder.decode_to_utf8(wide, room, false);
            self.wide.consume(read);
            self.odd ^= read % 2 == 1;
            if written > 0 {
                return Ok(written);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(wide: &[u8], step: usize) -> io::Result<Vec<u8>> {
        let (beginning, mut rest) = in_utf8(wide.to_vec(), Box::new(io::empty()))?;
        let mut text = beginning;
        let mut room = vec![0; step];
        loop {
            match rest.read(&mut room)? {
                0 => return Ok(text),
                read => text.extend_from_slice(&room[..read]),
            }
        }
    }

    fn wide(text: &str, big: bool) -> Vec<u8> {
        text.encode_utf16().flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
    }

    #[test]
    fn it_is_told_with_and_without_its_mark_and_one_that_is_cut_is_an_error() {
        for text in ["\u{feff}From: x\r\n", "From: x\r\n"] {
            for big in [false, true] {
                let bytes = wide(text, big);
                assert_eq!(read(&bytes, 7).unwrap(), b"From: x\r\n");
                let cut = read(&bytes[..bytes.len() - 1], 7);
                assert_eq!(cut.unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
            }
        }
        assert_eq!(read(b"From: x", 7).unwrap(), b"From: x");
    }

    proptest! {
        #[test]
        fn it_says_the_same_in_pieces_of_any_size(text in "\\PC{0,40}", step in 1..40_usize, big: bool) {
            let bytes = wide(&format!("\u{feff}{text}"), big);
            let encoding = if big { UTF_16BE } else { UTF_16LE };
            let mut slow = Utf16 {
                wide: BufReader::with_capacity(step, bytes.as_slice()),
                decoder: encoding.new_decoder_with_bom_removal(),
                odd: false,
                spare: Vec::new(),
            };
            let mut all = Vec::new();
            let mut room = vec![0; step];
            loop {
                let read = slow.read(&mut room).unwrap();
                if read == 0 {
                    break;
                }
                all.extend_from_slice(&room[..read]);
            }
            prop_assert_eq!(String::from_utf8(all).unwrap(), text);
        }
    }
}
