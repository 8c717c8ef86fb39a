//! Opens a released file, finds out by its first bytes what it is, and hands its rows on one by one.
//!
//! Kind comes from content, not from the name: the marks of zstd and zip, else text; the delimiter of a text is the one of
//! comma and pipe that its beginning has more of. Memory stays constant whatever the size: a row at a time, and of a
//! workbook its table of shared texts, whose size is checked first ([`super::workbook`]).

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read, Seek},
    ops::ControlFlow,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use super::{ImportError, Raw, text::Delimited, workbook};

/// Bytes asked for at a time.
const BUFFER_BYTES: usize = 64 * 1024;

/// zstd may ask for a window of at most 2^27 bytes (128 MiB), its own default limit.
const WINDOW_LOG_MAX: u32 = 27;

/// What there is to tell of a file once its rows are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReadNotes {
    /// Rows that were no UTF-8 and were read as Windows-1252.
    pub windows_1252_rows: u64,
}

/// Reads every row of the file at `path` and gives it to `sink`, until the sink breaks.
///
/// `read_bytes` counts what was taken from the disk, for progress.
///
/// # Errors
/// [`ImportError`] when no row can be read; damage further on is a bad row.
pub fn read(
    path: &Path,
    read_bytes: &Arc<AtomicU64>,
    sink: &mut dyn FnMut(Raw) -> ControlFlow<()>,
) -> Result<ReadNotes, ImportError> {
    let error = |source| ImportError::Open { path: path.to_owned(), source };
    let mut file = File::open(path).map_err(error)?;
    if file.metadata().map_err(error)?.is_dir() {
        return Err(error(io::Error::from(io::ErrorKind::IsADirectory)));
    }
    let mut mark = Vec::new();
    file.by_ref().take(4).read_to_end(&mut mark).map_err(error)?;
    file.rewind().map_err(error)?;
    let kind = |found| ImportError::Kind { path: path.to_owned(), found };
    match mark.as_slice() {
        [] => Err(kind("empty")),
        [b'P', b'K', 3, 4] => workbook::read(path, file, read_bytes, sink),
        [0x28, 0xb5, 0x2f, 0xfd] => {
            let mut decoder = zstd::stream::read::Decoder::new(Counted { inner: file, count: Arc::clone(read_bytes) })
                .map_err(error)?;
            decoder.window_log_max(WINDOW_LOG_MAX).map_err(error)?;
            rows(path, BufReader::with_capacity(BUFFER_BYTES, decoder), sink)
        }
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => Err(kind("text in UTF-16")),
        [0xd0, 0xcf, 0x11, 0xe0] => Err(kind("an old workbook (xls); save it as xlsx or csv")),
        [0x1f, 0x8b, ..] => Err(kind("gzip; unpack it first")),
        [b'%', b'P', b'D', b'F'] => Err(kind("a PDF")),
        _ => rows(
            path,
            BufReader::with_capacity(BUFFER_BYTES, Counted { inner: file, count: Arc::clone(read_bytes) }),
            sink,
        ),
    }
}

fn rows(
    path: &Path,
    mut input: impl BufRead,
    sink: &mut dyn FnMut(Raw) -> ControlFlow<()>,
) -> Result<ReadNotes, ImportError> {
    let first = input.fill_buf().map_err(|source| ImportError::Open { path: path.to_owned(), source })?;
    let count = |wanted: u8| first.iter().filter(|byte| **byte == wanted).count();
    let delimiter = if count(b'|') > count(b',') { b'|' } else { b',' };
    let mut reader = Delimited::new(input, delimiter);
    while let Some(raw) = reader.next_row() {
        if sink(raw).is_break() {
            break;
        }
    }
    Ok(ReadNotes { windows_1252_rows: reader.windows_1252_rows })
}

/// Counts the bytes that pass.
pub(super) struct Counted<R> {
    pub(super) inner: R,
    pub(super) count: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buf)?;
        self.count.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

impl<R: Seek> Seek for Counted<R> {
    fn seek(&mut self, pos: io::SeekFrom) -> io::Result<u64> {
        self.inner.seek(pos)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn all(bytes: &[u8]) -> Result<Vec<Raw>, ImportError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, bytes).unwrap();
        let mut rows = Vec::new();
        read(&path, &Arc::default(), &mut |raw| {
            rows.push(raw);
            ControlFlow::Continue(())
        })?;
        Ok(rows)
    }

    fn lines(count: usize) -> String {
        (0..count).map(|at| format!("row {at},{}\n", at * 7919)).collect()
    }

    #[test]
    fn zstd_is_read_and_a_truncated_one_says_where_it_breaks_off() {
        let packed = zstd::encode_all(lines(50_000).as_bytes(), 3).unwrap();
        assert_eq!(all(&packed).unwrap().len(), 50_000);
        let rows = all(&packed[..packed.len() / 2]).unwrap();
        let Some(Raw::Bad(bad)) = rows.last() else { panic!("the last row is not bad") };
        assert!(bad.reason.starts_with("the file breaks off in this row"), "{}", bad.reason);
        assert_eq!(bad.row, rows.len() as u64);
        assert!(rows.len() > 1000 && rows[..rows.len() - 1].iter().all(|raw| matches!(raw, Raw::Row(_))));
    }

    #[test]
    fn what_is_of_no_kind_is_named() {
        for (bytes, says) in [
            (&b""[..], "is empty"),
            (b"\xff\xfea\0", "UTF-16"),
            (b"\xd0\xcf\x11\xe0\xa1", "old workbook"),
            (b"\x1f\x8b\x08\0", "gzip"),
            (b"%PDF-1.7", "a PDF"),
        ] {
            let error = all(bytes).unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
        }
    }

    #[test]
    fn the_beginning_tells_the_delimiter() {
        let Raw::Row(row) = &all(b"A preamble of one cell\n\"a, b\"|c|d\n").unwrap()[1] else { panic!() };
        assert_eq!(row.cells, ["a, b", "c", "d"]);
    }
}
