//! Rows of a workbook (xlsx), cell by cell.
//!
//! An xlsx file is a zip archive of XML (ECMA-376). `calamine` unpacks its table of shared texts at once, so the archive is
//! weighed first: every part is unpacked into nothing, with a limit on its size and on how much larger than its packed form
//! it may be; an archive that lies about its sizes is found by that too. The sheet itself is read as a stream.
//! Days are stored as numbers with a date format and come out as `YYYY-MM-DD`.
//!
//! Only the first sheet that has a known header is read; the others of a release are explanations.

use std::{
    cell::Cell,
    fs::File,
    io::{self, BufReader, Read},
    ops::ControlFlow,
    panic::{self, AssertUnwindSafe},
    path::Path,
    sync::{Arc, Once, atomic::AtomicU64},
};

use calamine::{DataRef, Reader, Xlsx};

use super::{
    BadRow, CELL_MAX_BYTES, ImportError, ROW_MAX_CELLS, Raw, RawRow,
    open::{Counted, ReadNotes},
    release::{HEADER_WITHIN, Header},
};

/// Parts that a workbook may have.
const PARTS_MAX: usize = 2_000;

/// Most that the shared texts, which stand in memory, may unpack to: 256 MiB.
const SHARED_MAX_BYTES: u64 = 256 << 20;

/// Most that any other part may unpack to: 4 GiB, some ten times the largest release.
const PART_MAX_BYTES: u64 = 4 << 30;

/// A part larger than [`RATIO_FROM_BYTES`] may be at most this many times its packed form; real sheets reach thirty.
const RATIO_MAX: u64 = 250;

/// Parts up to this size, 16 MiB, may pack as well as they like.
const RATIO_FROM_BYTES: u64 = 16 << 20;

/// Reads the rows of the first sheet with a known header; without one, those of the first sheet.
pub(super) fn read(
    path: &Path,
    file: File,
    read_bytes: &Arc<AtomicU64>,
    sink: &mut dyn FnMut(Raw) -> ControlFlow<()>,
) -> Result<ReadNotes, ImportError> {
    let damaged = |why: String| ImportError::Workbook { path: path.to_owned(), why };
    weigh(path, file.try_clone().map_err(|error| damaged(error.to_string()))?)?;
    let input = BufReader::new(Counted { inner: file, count: Arc::clone(read_bytes) });
    let mut book = guarded(|| Xlsx::new(input)).map_err(damaged)?;
    let sheets = book.sheet_names();
    let first = sheets.first().cloned().ok_or_else(|| damaged("it has no sheet".to_owned()))?;
    let with_header = sheets.iter().find(|sheet| {
        let (mut seen, mut found) = (0, false);
        let read = rows(&mut book, sheet, &mut |raw| {
            seen += 1;
            found = matches!(&raw, Raw::Row(row) if Header::find(row).is_some());
            if found || seen >= HEADER_WITHIN { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        read.is_ok() && found
    });
    let sheet = with_header.unwrap_or(&first).clone();
    rows(&mut book, &sheet, sink).map_err(damaged)?;
    Ok(ReadNotes::default())
}

thread_local! {
    /// Set while a step of the foreign reader runs, whose panic is an answer and not a fault of ours to be printed.
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// Runs a step of the foreign reader, which may panic on a damaged book, and turns both kinds of failure into words.
fn guarded<T>(step: impl FnOnce() -> Result<T, calamine::XlsxError>) -> Result<T, String> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !QUIET.get() {
                before(info);
            }
        }));
    });
    QUIET.set(true);
    let done = panic::catch_unwind(AssertUnwindSafe(step));
    QUIET.set(false);
    match done {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err("it refers to a text or a style that it does not have".to_owned()),
    }
}

/// Unpacks every part into nothing and refuses what grows beyond the limits.
fn weigh(path: &Path, file: File) -> Result<(), ImportError> {
    let damaged = |why: String| ImportError::Workbook { path: path.to_owned(), why };
    let bomb = |part: &str, why: String| ImportError::Bomb { path: path.to_owned(), part: part.to_owned(), why };
    let mut archive = zip::ZipArchive::new(BufReader::new(file)).map_err(|error| damaged(error.to_string()))?;
    if archive.len() > PARTS_MAX {
        return Err(bomb("(all)", format!("is one of {}, and a workbook has at most {PARTS_MAX}", archive.len())));
    }
    for at in 0..archive.len() {
        let part = archive.by_index(at).map_err(|error| damaged(error.to_string()))?;
        let name = part.name().to_owned();
        let packed = part.compressed_size();
        let most =
            if name.to_ascii_lowercase().ends_with("sharedstrings.xml") { SHARED_MAX_BYTES } else { PART_MAX_BYTES };
        let ratio = packed.saturating_mul(RATIO_MAX).max(RATIO_FROM_BYTES);
        let unpacked = io::copy(&mut part.take(most.min(ratio) + 1), &mut io::sink())
            .map_err(|error| damaged(format!("its part `{name}` does not unpack: {error}")))?;
        if unpacked > ratio {
            return Err(bomb(&name, format!("unpacks to more than {RATIO_MAX} times its {packed} bytes")));
        }
        if unpacked > most {
            return Err(bomb(&name, format!("unpacks to more than {most} bytes")));
        }
    }
    Ok(())
}

type Book = Xlsx<BufReader<Counted<File>>>;

/// Gives the rows of one sheet on; a break within the sheet is a bad row.
fn rows(book: &mut Book, sheet: &str, sink: &mut dyn FnMut(Raw) -> ControlFlow<()>) -> Result<(), String> {
    let mut cells = guarded(|| book.worksheet_cells_reader(sheet))?;
    let (mut row, mut found): (Option<u32>, Vec<(usize, Text)>) = (None, Vec::new());
    let mut widest = 0;
    loop {
        match guarded(|| cells.next_cell().map(|cell| cell.map(|cell| (cell.get_position(), text(cell.get_value()))))) {
            Ok(Some(((at, column), cell))) => {
                if row != Some(at) {
                    if let Some(last) = row
                        && give(last, &mut found, &mut widest, sink).is_break()
                    {
                        return Ok(());
                    }
                    row = Some(at);
                }
                found.push((column as usize, cell));
            }
            Ok(None) => {
                if let Some(last) = row {
                    // A break after the last row changes nothing.
                    let _ = give(last, &mut found, &mut widest, sink);
                }
                return Ok(());
            }
            Err(why) => {
                let number = u64::from(row.unwrap_or(0)) + 1;
                let _ = sink(Raw::Bad(BadRow {
                    row: number,
                    column: None,
                    reason: format!("the sheet breaks off in this row: {why}"),
                }));
                return Ok(());
            }
        }
    }
}

/// A cell's text, or why it cannot be read.
type Text = Result<String, String>;

/// Gives one row on. A workbook stores no empty cells, so a row is as wide as the widest before it, its header among them:
/// cells that are not stored are empty, not missing.
fn give(
    row: u32,
    found: &mut Vec<(usize, Text)>,
    widest: &mut usize,
    sink: &mut dyn FnMut(Raw) -> ControlFlow<()>,
) -> ControlFlow<()> {
    let number = u64::from(row) + 1;
    let bad = |column: Option<usize>, reason: String| {
        Raw::Bad(BadRow { row: number, column: column.map(|at| (at + 1).to_string()), reason })
    };
    let cells = std::mem::take(found);
    let width = cells.iter().map(|(column, _)| column + 1).max().unwrap_or(0);
    if width > ROW_MAX_CELLS {
        return sink(bad(None, format!("the row has more than {ROW_MAX_CELLS} cells")));
    }
    *widest = width.max(*widest);
    let mut texts = vec![String::new(); *widest];
    for (column, cell) in cells {
        match cell {
            Ok(text) if text.len() > CELL_MAX_BYTES => {
                return sink(bad(Some(column), format!("the cell is longer than {CELL_MAX_BYTES} bytes")));
            }
            Ok(text) if text.contains('\0') => return sink(bad(Some(column), "the cell holds a NUL byte".to_owned())),
            Ok(text) => {
                if let Some(place) = texts.get_mut(column) {
                    *place = text;
                }
            }
            Err(reason) => return sink(bad(Some(column), reason)),
        }
    }
    if texts.iter().all(|text| text.trim().is_empty()) {
        return ControlFlow::Continue(());
    }
    sink(Raw::Row(RawRow { row: number, cells: texts }))
}

fn text(value: &DataRef<'_>) -> Text {
    match value {
        DataRef::Empty => Ok(String::new()),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => Ok(text.clone()),
        DataRef::SharedString(text) => Ok((*text).to_owned()),
        DataRef::Int(number) => Ok(number.to_string()),
        DataRef::Float(number) => Ok(number.to_string()),
        DataRef::Bool(yes) => Ok(if *yes { "YES" } else { "NO" }.to_owned()),
        DataRef::DateTime(day) => {
            let (year, month, of_month, ..) = day.to_ymd_hms_milli();
            Ok(format!("{year:04}-{month:02}-{of_month:02}"))
        }
        DataRef::Error(error) => Err(format!("the spreadsheet could not compute this cell ({error})")),
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, io::Write as _};

    use super::*;

    /// A small workbook: an explanation, then a sheet with a preamble, a header and rows.
    fn book(sheet: &str, shared: &str) -> Vec<u8> {
        let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
        let rels = "http://schemas.openxmlformats.org/package/2006/relationships";
        let office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
        let data = |rows: &str| format!("<worksheet xmlns=\"{main}\"><sheetData>{rows}</sheetData></worksheet>");
        let parts = [
            (
                "[Content_Types].xml",
                "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"/>".to_owned(),
            ),
            (
                "xl/workbook.xml",
                format!(
                    "<workbook xmlns=\"{main}\" xmlns:r=\"{office}\"><sheets><sheet name=\"Notes\" sheetId=\"1\" r:id=\"rId1\"/><sheet name=\"Detainers\" sheetId=\"2\" r:id=\"rId2\"/></sheets></workbook>"
                ),
            ),
            (
                "xl/_rels/workbook.xml.rels",
                format!(
                    "<Relationships xmlns=\"{rels}\"><Relationship Id=\"rId1\" Type=\"{office}/worksheet\" Target=\"worksheets/sheet1.xml\"/><Relationship Id=\"rId2\" Type=\"{office}/worksheet\" Target=\"worksheets/sheet2.xml\"/></Relationships>"
                ),
            ),
            (
                "xl/styles.xml",
                format!(
                    "<styleSheet xmlns=\"{main}\"><cellXfs count=\"2\"><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/></cellXfs></styleSheet>"
                ),
            ),
            ("xl/sharedStrings.xml", format!("<sst xmlns=\"{main}\">{shared}</sst>")),
            (
                "xl/worksheets/sheet1.xml",
                data("<row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>explanation</t></is></c></row>"),
            ),
            ("xl/worksheets/sheet2.xml", data(sheet)),
        ];
        let mut archive = zip::ZipWriter::new(io::Cursor::new(Vec::new()));
        for (name, text) in parts {
            archive.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
            archive.write_all(text.as_bytes()).unwrap();
        }
        archive.finish().unwrap().into_inner()
    }

    const SHARED: &str = "<si><t>Prepare Date</t></si><si><t>Detainer Type</t></si><si><t>Detainer Detention Facility</t></si><si><t>City</t></si><si><t>Detainer Lift Reason</t></si><si><t>RIKERS ISLAND, QUEENS, NY</t></si><si><t>I247 - x</t></si>";

    const HEADER: &str = "<row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>For Official Use Only</t></is></c></row><row r=\"4\"><c r=\"A4\" t=\"s\"><v>0</v></c><c r=\"B4\" t=\"s\"><v>1</v></c><c r=\"C4\" t=\"s\"><v>2</v></c><c r=\"D4\" t=\"s\"><v>3</v></c><c r=\"E4\" t=\"s\"><v>4</v></c></row>";

    fn all(bytes: &[u8]) -> Result<Vec<Raw>, ImportError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("book.xlsx");
        fs::write(&path, bytes).unwrap();
        let mut found = Vec::new();
        super::super::open::read(&path, &Arc::default(), &mut |raw| {
            found.push(raw);
            ControlFlow::Continue(())
        })?;
        Ok(found)
    }

    #[test]
    fn the_sheet_with_the_header_is_read_with_its_own_row_numbers() {
        let row = "<row r=\"5\"><c r=\"A5\" s=\"1\"><v>41974</v></c><c r=\"B5\" t=\"s\"><v>6</v></c><c r=\"C5\" t=\"s\"><v>5</v></c><c r=\"E5\" t=\"e\"><v>#N/A</v></c></row><row r=\"6\"><c r=\"A6\"><v>5</v></c></row>";
        let found = all(&book(&format!("{HEADER}{row}"), SHARED)).unwrap();
        assert_eq!(found.len(), 4);
        let Raw::Row(header) = &found[1] else { panic!() };
        assert_eq!((header.row, header.cells[4].as_str()), (4, "Detainer Lift Reason"));
        let Raw::Bad(bad) = &found[2] else { panic!() };
        assert_eq!((bad.row, bad.column.as_deref()), (5, Some("5")));
        assert_eq!(found[3], Raw::Row(RawRow { row: 6, cells: ["5", "", "", "", ""].map(str::to_owned).to_vec() }));
    }

    #[test]
    fn a_day_stored_as_a_number_is_a_day() {
        let row = "<row r=\"5\"><c r=\"A5\" s=\"1\"><v>41974</v></c><c r=\"C5\" t=\"s\"><v>5</v></c></row>";
        let found = all(&book(&format!("{HEADER}{row}"), SHARED)).unwrap();
        let Raw::Row(row) = &found[2] else { panic!() };
        // The release's empty last cells are stored nowhere, and are empty all the same.
        assert_eq!(row.cells, ["2014-12-01", "", "RIKERS ISLAND, QUEENS, NY", "", ""]);
    }

    #[test]
    fn a_truncated_or_damaged_book_is_refused_whole() {
        let whole = book(HEADER, SHARED);
        for bytes in [&whole[..whole.len() / 2], &whole[..whole.len() - 30]] {
            let error = all(bytes).unwrap_err().to_string();
            assert!(error.contains("is damaged or cut short"), "{error}");
        }
    }

    #[test]
    fn a_sheet_that_refers_to_a_text_it_lacks_is_one_bad_row() {
        let row = "<row r=\"5\"><c r=\"A5\"><v>1</v></c></row><row r=\"6\"><c r=\"A6\" t=\"s\"><v>999</v></c></row>";
        let found = all(&book(&format!("{HEADER}{row}"), SHARED)).unwrap();
        let Some(Raw::Bad(bad)) = found.last() else { panic!() };
        assert!(bad.reason.contains("breaks off"), "{}", bad.reason);
    }

    #[test]
    fn a_bomb_is_refused_before_it_is_unpacked() {
        let shared = format!("<si><t>{}</t></si>", "0".repeat(64 << 20));
        let error = all(&book(HEADER, &shared)).unwrap_err();
        assert!(matches!(&error, ImportError::Bomb { part, .. } if part == "xl/sharedStrings.xml"), "{error}");
    }

    #[test]
    fn a_huge_cell_is_one_bad_row() {
        let text: String = (0..CELL_MAX_BYTES as u32 + 8)
            .map(|at| char::from(b'a' + (at.wrapping_mul(2_654_435_761) >> 24) as u8 % 26))
            .collect();
        let row = format!(
            "<row r=\"5\"><c r=\"A5\" t=\"inlineStr\"><is><t>{text}</t></is></c></row><row r=\"6\"><c r=\"A6\"><v>5</v></c></row>"
        );
        let found = all(&book(&format!("{HEADER}{row}"), SHARED)).unwrap();
        assert!(matches!(&found[2], Raw::Bad(bad) if bad.row == 5 && bad.reason.contains("longer than")));
        assert!(matches!(&found[3], Raw::Row(row) if row.row == 6));
    }
}
