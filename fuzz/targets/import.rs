//! Released files of any kind: rows come in the file's order, within the limits, and each is parsed or bad with its place.
#![no_main]

use std::{cell::RefCell, fs, ops::ControlFlow, path::PathBuf, sync::Arc};

use server::import::{
    CELL_MAX_BYTES, ROW_MAX_CELLS, Raw, open,
    release::Header,
    row::{Parsed, parse},
};

thread_local! {
    /// A file of this process's own, since the reader takes a file.
    static FILE: RefCell<PathBuf> =
        RefCell::new(std::env::temp_dir().join(format!("vouchsafe-fuzz-{}", std::process::id())));
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    FILE.with_borrow(|path| {
        if fs::write(path, bytes).is_err() {
            return;
        }
        let (mut rows, mut last) = (0_u64, 0);
        let mut header: Option<Header> = None;
        let read = open::read(path, &Arc::default(), &mut |raw| {
            rows += 1;
            match raw {
                Raw::Row(row) => {
                    assert!(row.row > last, "rows come in order");
                    last = row.row;
                    assert!(
                        row.cells.len() <= ROW_MAX_CELLS
                            && row.cells.iter().all(|cell| cell.len() <= 2 * CELL_MAX_BYTES)
                    );
                    match &header {
                        None => header = Header::find(&row),
                        Some(header) => match parse(header, &row) {
                            Ok(Parsed::Detainer(detainer)) => {
                                assert_eq!(detainer.line, row.row);
                                assert_eq!(
                                    parse(header, &row),
                                    Ok(Parsed::Detainer(detainer)),
                                    "parsing is a function"
                                );
                            }
                            Ok(Parsed::OutsideScope) => {}
                            Err(bad) => assert!(bad.row == row.row && !bad.reason.is_empty()),
                        },
                    }
                }
                Raw::Bad(bad) => {
                    assert!(bad.row >= last && !bad.reason.is_empty(), "a bad row has a place and a reason");
                    last = bad.row;
                }
            }
            ControlFlow::Continue(())
        });
        match read {
            Ok(notes) => assert!(notes.windows_1252_rows <= rows),
            Err(error) => assert!(!error.to_string().is_empty()),
        }
    });
});
