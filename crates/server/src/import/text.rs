//! Rows of a delimited text (csv with commas, psv with pipes), read in constant memory.
//!
//! RFC 4180 with what the releases really hold: a quote opens a quoted cell only at the cell's beginning, a doubled quote
//! inside one is a quote, a quote elsewhere is itself. Not the `csv` crate, because a reader that takes foreign files must
//! say three things which that one cannot: that a quote never closes (it would swallow the rest of the file as one row),
//! that a cell is longer than the limit before it is in memory, and where a row that is cut short begins. After a quote
//! that never closes reading goes on at the next line, so that one damaged row costs one row.
//!
//! Text is UTF-8; a row that is not is read as Windows-1252 (the agency's own spreadsheets) and counted as such.

use std::io::{self, BufRead};

use super::{BadRow, CELL_MAX_BYTES, ROW_MAX_CELLS, Raw, RawRow};

/// Lines that one row may run over within quotes; no release has more than one, and a quote that never closes has.
const ROW_MAX_LINES: u64 = 20;

/// UTF-8's own, which spreadsheets put in front.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Bytes that one row may have, its quoting included.
const ROW_MAX_BYTES: usize = 4 * CELL_MAX_BYTES;

/// Reads rows of delimited text from any byte stream.
pub struct Delimited<R> {
    input: R,
    delimiter: u8,
    /// Bytes read ahead and given back after a quote that never closed, and how many of them are taken again.
    back: Vec<u8>,
    taken: usize,
    /// Line that the next byte belongs to.
    line: u64,
    begun: bool,
    ended: bool,
    /// Rows that were no UTF-8 and were read as Windows-1252.
    pub windows_1252_rows: u64,
}

/// Where the scanner stands within a row.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Start,
    Bare,
    Quoted,
    QuoteInQuoted,
}

/// How the scan of one row ended.
enum End {
    /// The row is whole.
    Row,
    /// The stream ended before the row began.
    Nothing,
    /// The stream broke: the reason.
    Broken(String),
    /// A quoted cell was still open after too many lines or at the end.
    Unclosed,
    /// More bytes than a row may have.
    Long,
}

impl<R: BufRead> Delimited<R> {
    /// Reads rows whose cells are parted by `delimiter` from `input`, which stands at the beginning of line 1.
    pub fn new(input: R, delimiter: u8) -> Self {
        Delimited {
            input,
            delimiter,
            back: Vec::new(),
            taken: 0,
            line: 1,
            begun: false,
            ended: false,
            windows_1252_rows: 0,
        }
    }

    /// The next row, or why it is bad; `None` at the end. Blank lines are no rows.
    ///
    /// A stream that breaks (a truncated archive) gives one last bad row that says so.
    pub fn next_row(&mut self) -> Option<Raw> {
        if !self.begun {
            self.begun = true;
            if self.chunk().is_ok_and(|chunk| chunk.starts_with(BYTE_ORDER_MARK)) {
                self.take(BYTE_ORDER_MARK.len());
            }
        }
        while !self.ended {
            let (start, mut bytes) = (self.line, Vec::new());
            match self.scan(&mut bytes) {
                End::Nothing => self.ended = true,
                End::Row if bytes.iter().all(u8::is_ascii_whitespace) => {}
                End::Row => return Some(self.split(start, &bytes)),
                End::Broken(reason) => {
                    self.ended = true;
                    return Some(bad(start, None, format!("the file breaks off in this row: {reason}")));
                }
                End::Unclosed => {
                    self.give_back(start, &bytes);
                    return Some(bad(start, None, "a quote opens a cell in this row and never closes".to_owned()));
                }
                End::Long => {
                    self.skip_line(start, &bytes);
                    return Some(bad(start, None, format!("a cell is longer than {CELL_MAX_BYTES} bytes")));
                }
            }
        }
        None
    }

    /// Takes bytes up to the end of a row into `bytes`, without its line end.
    fn scan(&mut self, bytes: &mut Vec<u8>) -> End {
        let (start, mut place) = (self.line, Place::Start);
        loop {
            let delimiter = self.delimiter;
            let chunk = match self.chunk() {
                Ok(chunk) => chunk,
                Err(error) => return End::Broken(error.to_string()),
            };
            if chunk.is_empty() {
                return match place {
                    Place::Quoted => End::Unclosed,
                    _ if bytes.is_empty() => End::Nothing,
                    _ => End::Row,
                };
            }
            let (mut used, mut lines, mut done) = (0, 0, false);
            for byte in chunk {
                used += 1;
                if *byte == b'\n' {
                    lines += 1;
                    if place != Place::Quoted {
                        done = true;
                        break;
                    }
                }
                place = match (place, *byte) {
                    (Place::Quoted, b'"') => Place::QuoteInQuoted,
                    (Place::Quoted, _) | (Place::QuoteInQuoted | Place::Start, b'"') => Place::Quoted,
                    (_, byte) if byte == delimiter => Place::Start,
                    _ => Place::Bare,
                };
            }
            let kept = if done { used - 1 } else { used };
            bytes.extend_from_slice(chunk.get(..kept).unwrap_or_default());
            self.take(used);
            self.line += lines;
            if done {
                if bytes.last() == Some(&b'\r') {
                    bytes.pop();
                }
                return End::Row;
            }
            if place == Place::Quoted && self.line - start > ROW_MAX_LINES {
                return End::Unclosed;
            }
            if bytes.len() > ROW_MAX_BYTES {
                return End::Long;
            }
        }
    }

    /// The bytes at hand: those given back first.
    fn chunk(&mut self) -> io::Result<&[u8]> {
        if self.taken >= self.back.len() {
            self.input.fill_buf()
        } else {
            Ok(self.back.get(self.taken..).unwrap_or_default())
        }
    }

    fn take(&mut self, used: usize) {
        if self.taken >= self.back.len() {
            self.input.consume(used);
        } else {
            self.taken += used;
            if self.taken >= self.back.len() {
                self.back.clear();
                self.taken = 0;
            }
        }
    }

    /// Gives back what was read beyond the first line of the row that began at `start`.
    fn give_back(&mut self, start: u64, bytes: &[u8]) {
        let after = bytes.iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |at| at + 1);
        if after == bytes.len() && !bytes.ends_with(b"\n") {
            // The whole rest of the stream is one line without an end: nothing is left to go on with.
            return;
        }
        let mut back = bytes.get(after..).unwrap_or_default().to_vec();
        back.extend_from_slice(self.back.get(self.taken..).unwrap_or_default());
        self.back = back;
        self.taken = 0;
        self.line = start + 1;
    }

    /// Goes on at the line after the one that began at `start` and was too long, without keeping what is skipped.
    fn skip_line(&mut self, start: u64, bytes: &[u8]) {
        if bytes.contains(&b'\n') {
            return self.give_back(start, bytes);
        }
        loop {
            let Ok(chunk) = self.chunk() else { return };
            if chunk.is_empty() {
                return;
            }
            match chunk.iter().position(|byte| *byte == b'\n') {
                Some(at) => {
                    self.take(at + 1);
                    self.line += 1;
                    return;
                }
                None => {
                    let used = chunk.len();
                    self.take(used);
                }
            }
        }
    }

    /// Splits a whole row into decoded cells.
    fn split(&mut self, row: u64, bytes: &[u8]) -> Raw {
        let mut cells: Vec<Vec<u8>> = Vec::new();
        let (mut cell, mut place) = (Vec::new(), Place::Start);
        for byte in bytes {
            place = match (place, *byte) {
                (Place::Start, b'"') => Place::Quoted,
                (Place::Quoted, b'"') => Place::QuoteInQuoted,
                (Place::QuoteInQuoted, b'"') => {
                    cell.push(b'"');
                    Place::Quoted
                }
                (Place::Quoted, byte) => {
                    cell.push(byte);
                    Place::Quoted
                }
                (_, byte) if byte == self.delimiter => {
                    cells.push(std::mem::take(&mut cell));
                    Place::Start
                }
                (_, byte) => {
                    cell.push(byte);
                    Place::Bare
                }
            };
        }
        cells.push(cell);
        if cells.len() > ROW_MAX_CELLS {
            return bad(row, None, format!("the row has more than {ROW_MAX_CELLS} cells"));
        }
        let mut fell_back = false;
        let mut decoded = Vec::with_capacity(cells.len());
        for (at, cell) in cells.into_iter().enumerate() {
            let column = Some(format!("{}", at + 1));
            if cell.len() > CELL_MAX_BYTES {
                return bad(row, column, format!("the cell is longer than {CELL_MAX_BYTES} bytes"));
            }
            if cell.contains(&0) {
                return bad(row, column, "the cell holds a NUL byte".to_owned());
            }
            match String::from_utf8(cell) {
                Ok(text) => decoded.push(text),
                Err(error) => {
                    fell_back = true;
                    decoded.push(windows_1252(error.as_bytes()));
                }
            }
        }
        self.windows_1252_rows += u64::from(fell_back);
        Raw::Row(RawRow { row, cells: decoded })
    }
}

fn bad(row: u64, column: Option<String>, reason: String) -> Raw {
    Raw::Bad(BadRow { row, column, reason })
}

/// Decodes Windows-1252 as the WHATWG Encoding Standard has it: every byte has a character.
fn windows_1252(bytes: &[u8]) -> String {
    const HIGH: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}', '‘',
        '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
    ];
    bytes
        .iter()
        .map(|byte| match byte {
            0x80..=0x9f => HIGH.get(usize::from(byte - 0x80)).copied().unwrap_or('\u{fffd}'),
            byte => char::from(*byte),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn all(text: &[u8], delimiter: u8) -> Vec<Raw> {
        // A buffer of three bytes, so that every boundary falls inside something.
        let mut reader = Delimited::new(io::BufReader::with_capacity(3, text), delimiter);
        std::iter::from_fn(|| reader.next_row()).collect()
    }

    fn row(row: u64, cells: &[&str]) -> Raw {
        Raw::Row(RawRow { row, cells: cells.iter().map(|cell| (*cell).to_owned()).collect() })
    }

    fn reason(raw: &Raw) -> (u64, &str) {
        match raw {
            Raw::Bad(bad) => (bad.row, &bad.reason),
            Raw::Row(row) => panic!("expected a bad row, got {row:?}"),
        }
    }

    #[test]
    fn quotes_line_ends_and_blank_lines() {
        let text =
            b"\xef\xbb\xbfa,b\r\n\"RIKERS ISLAND, QUEENS, NY\",\"say \"\"no\"\"\"\n\n\"two\nlines\",5\" pipe\nlast,row";
        assert_eq!(
            all(text, b','),
            [
                row(1, &["a", "b"]),
                row(2, &["RIKERS ISLAND, QUEENS, NY", "say \"no\""]),
                row(4, &["two\nlines", "5\" pipe"]),
                row(6, &["last", "row"])
            ]
        );
    }

    #[test]
    fn pipes_with_preamble() {
        let text = b"\"For Official Use Only (FOUO)/Pre-decisional\"||\n||\n\"A\"|10/1/2015|\"(B)(7)(E) \"\n";
        assert_eq!(
            all(text, b'|'),
            [
                row(1, &["For Official Use Only (FOUO)/Pre-decisional", "", ""]),
                row(2, &["", "", ""]),
                row(3, &["A", "10/1/2015", "(B)(7)(E) "])
            ]
        );
    }

    #[test]
    fn a_quote_that_never_closes_costs_its_own_row_only() {
        let rows = all(b"a,b\n\"open,1\nc,d\ne,f\n", b',');
        assert_eq!(rows.len(), 4);
        assert_eq!(reason(&rows[1]), (2, "a quote opens a cell in this row and never closes"));
        assert_eq!(rows[2..], [row(3, &["c", "d"]), row(4, &["e", "f"])]);
        let many = format!("\"open\n{}", "x,y\n".repeat(30));
        let rows = all(many.as_bytes(), b',');
        assert_eq!(rows.len(), 31);
        assert_eq!(rows[30], row(31, &["x", "y"]));
        assert_eq!(all(b"\"open", b',').len(), 1);
    }

    #[test]
    fn a_huge_cell_costs_its_own_row_only() {
        let huge = "x".repeat(CELL_MAX_BYTES + 1);
        for text in
            [format!("{huge},1\na,b\n"), format!("\"{huge}\",1\na,b\n"), format!("\"{}\",1\na,b\n", huge.repeat(6))]
        {
            let mut reader = Delimited::new(text.as_bytes(), b',');
            let rows: Vec<Raw> = std::iter::from_fn(|| reader.next_row()).collect();
            assert_eq!(rows.len(), 2);
            assert!(reason(&rows[0]).1.contains("longer than 1048576 bytes"));
            assert_eq!(rows[1], row(2, &["a", "b"]));
        }
    }

    #[test]
    fn nul_bytes_and_too_many_cells_are_named() {
        let rows = all(b"a,b\0c\n", b',');
        assert_eq!(rows, [bad(1, Some("2".to_owned()), "the cell holds a NUL byte".to_owned())]);
        assert_eq!(reason(&all(&[b','; 5000], b',')[0]).1, "the row has more than 1024 cells");
    }

    #[test]
    fn windows_1252_is_read_and_counted() {
        let mut reader = Delimited::new(&b"caf\xe9,\x93x\x94\nok,\xc3\xa9\n"[..], b',');
        assert_eq!(reader.next_row(), Some(row(1, &["café", "“x”"])));
        assert_eq!(reader.next_row(), Some(row(2, &["ok", "é"])));
        assert_eq!(reader.windows_1252_rows, 1);
    }

    proptest! {
        #[test]
        fn what_the_csv_crate_writes_is_read_back(table in proptest::collection::vec(proptest::collection::vec("[^\0]{1,12}", 2..5), 1..8)) {
            let mut writer = csv::WriterBuilder::new().flexible(true).quote_style(csv::QuoteStyle::Always).from_writer(Vec::new());
            for cells in &table {
                writer.write_record(cells).unwrap();
            }
            let text = writer.into_inner().unwrap();
            let read: Vec<Vec<String>> = all(&text, b',').into_iter().map(|raw| match raw {
                Raw::Row(row) => row.cells,
                Raw::Bad(bad) => panic!("{bad:?}"),
            }).collect();
            // A byte order mark at the very beginning is dropped by design.
            prop_assume!(!table[0][0].starts_with('\u{feff}'));
            prop_assert_eq!(read, table);
        }

        #[test]
        fn no_bytes_make_it_panic_or_run_for_ever(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let rows = all(&bytes, b',');
            prop_assert!(rows.len() <= bytes.iter().filter(|byte| **byte == b'\n').count() + 1);
        }
    }
}
