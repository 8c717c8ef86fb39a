//! Rows of delimited text (RFC 4180), one at a time, in bounded memory.
//!
//! Not the `csv` crate, for the reasons of the server's reader of releases: a cell of 100 MB would be held before anybody could
//! refuse it, and a quote that never closes would swallow the rest of the file as one row. Here it costs its own line, and
//! reading goes on at the next.

use std::{collections::VecDeque, io::Read, ops::Range};

use crate::{
    Bad, Place, Sink,
    lines::{LINE_MAX_BYTES, Lines},
    place::Fault,
};

/// Lines that one row may run over within quotes.
const ROW_MAX_LINES: usize = 20;

/// How Windows PowerShell begins a file (`Export-Csv` without `-NoTypeInformation`).
pub(crate) const TYPE_LINE: &[u8] = b"#TYPE ";

/// Reads rows.
pub(crate) struct Rows<R> {
    lines: Lines<R>,
    /// Lines that an unclosed quote had swallowed.
    back: VecDeque<(u64, Vec<u8>)>,
    delimiter: u8,
    begun: bool,
    ended: bool,
    /// The row at hand, as it stands.
    row: Vec<u8>,
    /// Its cells without quotes.
    text: Vec<u8>,
    cells: Vec<Range<usize>>,
}

/// What comes next.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// A row, which begins on this line.
    Row(u64),
    /// Something that is no row.
    Bad(u64, Fault),
    /// The file has ended.
    End,
}

impl<R: Read> Rows<R> {
    pub(crate) fn new(input: R) -> Self {
        Self {
            lines: Lines::new(input),
            back: VecDeque::new(),
            delimiter: b',',
            begun: false,
            ended: false,
            row: Vec::new(),
            text: Vec::new(),
            cells: Vec::new(),
        }
    }

    /// How many cells the row at hand has.
    pub(crate) fn len(&self) -> usize {
        self.cells.len()
    }

    /// A cell of it; a cell that is not there is empty.
    pub(crate) fn cell(&self, at: usize) -> &[u8] {
        self.cells.get(at).and_then(|cell| self.text.get(cell.clone())).unwrap_or_default()
    }

    /// Adds the next line to the row; its number, none at the end.
    fn take_line(&mut self) -> Result<Option<u64>, (u64, Fault)> {
        if let Some((number, line)) = self.back.pop_front() {
            self.row.extend_from_slice(&line);
            return Ok(Some(number));
        }
        let at = self.lines.number();
        match self.lines.next_line() {
            Err(error) => {
                self.ended = true;
                Err((at + 1, Fault::Broken(error.kind().to_string())))
            }
            Ok(None) => Ok(None),
            Ok(Some(line)) if line.cut => Err((line.number, Fault::Long { limit: LINE_MAX_BYTES })),
            Ok(Some(line)) => {
                self.row.extend_from_slice(line.bytes);
                Ok(Some(line.number))
            }
        }
    }

    /// Reads the next row. Blank lines are none.
    pub(crate) fn next_row(&mut self) -> Next {
        while !self.ended {
            self.row.clear();
            let first = match self.take_line() {
                Ok(Some(number)) => number,
                Ok(None) => break,
                Err((line, fault)) => return Next::Bad(line, fault),
            };
            // Windows PowerShell writes what sort of objects it exports before the header.
            if !self.begun && self.row.starts_with(TYPE_LINE) {
                continue;
            }
            if self.row.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            if !self.begun {
                self.begin();
            }
            return self.row_from(first);
        }
        Next::End
    }

    /// Reads on to the next row with as many cells as its first line has, and gives its place. What is none is told, and every row
    /// is counted.
    pub(crate) fn next_whole(
        &mut self,
        file: u32,
        wanted: usize,
        count: &mut u64,
        sink: &mut dyn Sink,
    ) -> Option<Place> {
        loop {
            let (line, fault) = match self.next_row() {
                Next::End => return None,
                Next::Bad(line, fault) => (line, fault),
                Next::Row(line) if self.len() == wanted => {
                    *count += 1;
                    return Some(Place { file, line });
                }
                Next::Row(line) => (line, Fault::Cells { found: self.len(), wanted }),
            };
            *count += 1;
            sink.bad(Bad::line(Place { file, line }, fault));
        }
    }

    /// The first line tells the delimiter.
    fn begin(&mut self) {
        self.begun = true;
        let count = |wanted: u8| self.row.iter().filter(|byte| **byte == wanted).count();
        self.delimiter = [b'\t', b';', b','].into_iter().max_by_key(|byte| count(*byte)).unwrap_or(b',');
    }

    fn row_from(&mut self, first: u64) -> Next {
        // Where each further line begins in the row, should they have to be given back.
        let mut further: Vec<(u64, usize)> = Vec::new();
        let fault = loop {
            if self.split() {
                return Next::Row(first);
            }
            if further.len() + 1 >= ROW_MAX_LINES || self.row.len() > LINE_MAX_BYTES {
                break None;
            }
            self.row.push(b'\n');
            let from = self.row.len();
            match self.take_line() {
                Ok(Some(number)) => further.push((number, from)),
                Ok(None) => break None,
                Err(found) => break Some(found),
            }
        };
        let mut end = self.row.len();
        for (number, from) in further.into_iter().rev() {
            let line = self.row.get(from..end).unwrap_or_default().to_vec();
            self.back.push_front((number, line.strip_suffix(b"\n").map_or(line.clone(), <[u8]>::to_vec)));
            end = from - 1;
        }
        // A line that was too long within the row is not told by itself: the row that it is in is bad for both.
        match fault {
            Some((_, broken @ Fault::Broken(_))) => Next::Bad(first, broken),
            _ => Next::Bad(first, Fault::Unclosed),
        }
    }

    /// Splits the row; not if a quote is open at its end.
    fn split(&mut self) -> bool {
        self.text.clear();
        self.cells.clear();
        if memchr::memchr(b'"', &self.row).is_none() {
            self.text.extend_from_slice(&self.row);
            let mut from = 0;
            for at in memchr::memchr_iter(self.delimiter, &self.row) {
                self.cells.push(from..at);
                from = at + 1;
            }
            self.cells.push(from..self.row.len());
            return true;
        }
        let (mut from, mut quoted, mut at_start, mut was_quote) = (0, false, true, false);
        for byte in self.row.iter().copied() {
            if quoted {
                if byte == b'"' {
                    (quoted, was_quote) = (false, true);
                } else {
                    self.text.push(byte);
                }
                continue;
            }
            if byte == b'"' && at_start {
                quoted = true;
            } else if byte == b'"' && was_quote {
                // A doubled quote within quotes.
                quoted = true;
                self.text.push(byte);
            } else if byte == self.delimiter {
                self.cells.push(from..self.text.len());
                from = self.text.len();
                (at_start, was_quote) = (true, false);
                continue;
            } else {
                self.text.push(byte);
            }
            (at_start, was_quote) = (false, false);
        }
        self.cells.push(from..self.text.len());
        !quoted
    }
}

/// The places of columns in a header, by their names in small letters without blanks around them.
pub(crate) fn column<R: Read>(rows: &Rows<R>, name: &str) -> Option<usize> {
    let name = name.trim();
    (0..rows.len()).find(|at| {
        std::str::from_utf8(rows.cell(*at)).is_ok_and(|cell| cell.trim().to_lowercase() == name.to_lowercase())
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A row's line and cells, or a line and its fault.
    type Told = Result<(u64, Vec<String>), (u64, Fault)>;

    fn all(bytes: &[u8]) -> Vec<Told> {
        let mut rows = Rows::new(bytes);
        let mut found = Vec::new();
        loop {
            match rows.next_row() {
                Next::End => return found,
                Next::Bad(line, fault) => found.push(Err((line, fault))),
                Next::Row(line) => {
                    let cells = (0..rows.len()).map(|at| String::from_utf8_lossy(rows.cell(at)).into_owned());
                    found.push(Ok((line, cells.collect())));
                }
            }
        }
    }

    #[test]
    fn quotes_line_ends_and_delimiters() {
        let row =
            |line: u64, cells: &[&str]| -> Told { Ok((line, cells.iter().map(|cell| (*cell).to_owned()).collect())) };
        assert_eq!(
            all(b"\xef\xbb\xbfa,b\r\n\r\n\"x, y\",\"say \"\"no\"\"\"\n\"two\nlines\",z\n,\n"),
            [row(1, &["a", "b"]), row(3, &["x, y", "say \"no\""]), row(4, &["two\nlines", "z"]), row(6, &["", ""])]
        );
        assert_eq!(all(b"a;b;c,d\n1;2;3"), [row(1, &["a", "b", "c,d"]), row(2, &["1", "2", "3"])]);
    }

    #[test]
    fn a_quote_that_never_closes_costs_its_line() {
        let mut text = "a,b\n1,\"open\n".to_owned();
        for number in 0..60 {
            text.push_str(&format!("{number},x\n"));
        }
        let found = all(text.as_bytes());
        assert_eq!(found[1], Err((2, Fault::Unclosed)));
        assert_eq!(found.len(), 62);
        assert!(found.iter().filter(|row| row.is_err()).count() == 1);
        assert_eq!(found[2], Ok((3, vec!["0".to_owned(), "x".to_owned()])));
        assert_eq!(all(b"a,b\n1,\"open")[1], Err((2, Fault::Unclosed)));
    }

    #[test]
    fn a_row_of_100_megabytes_is_named_and_not_held() {
        use std::io::Read as _;
        let head = &b"a,b\n1,"[..];
        let long = std::io::repeat(b'x').take(100_000_000);
        let mut rows = Rows::new(head.chain(long).chain(&b"\n2,y\n"[..]));
        assert_eq!(rows.next_row(), Next::Row(1));
        assert_eq!(rows.next_row(), Next::Bad(2, Fault::Long { limit: LINE_MAX_BYTES }));
        assert_eq!(rows.next_row(), Next::Row(3));
        assert_eq!(rows.next_row(), Next::End);
    }

    proptest! {
        #[test]
        fn rows_come_in_order_whatever_the_bytes(bytes in prop::collection::vec(prop::sample::select(b"a,\"\n\r\0;".to_vec()), 0..120)) {
            let mut last = 0;
            for row in all(&bytes) {
                let line = match row { Ok((line, _)) | Err((line, _)) => line };
                prop_assert!(line > last);
                last = line;
            }
        }

        #[test]
        fn what_is_written_by_the_rules_comes_back(cells in prop::collection::vec("[a-z,\"\n]{0,8}", 2..5)) {
            let written: Vec<String> = cells.iter().map(|cell| format!("\"{}\"", cell.replace('"', "\"\""))).collect();
            let text = format!("h,h\n{}\n", written.join(","));
            prop_assert_eq!(&all(text.as_bytes())[1], &Ok((2, cells)));
        }
    }
}
