//! What is inside the seal: whatever is read as a report is written back to the same bytes, and padding has one spelling.
#![no_main]

use seal::{Report, pad, report::FileName};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(report) = Report::parse(bytes) {
        let again = report.to_bytes().expect("what is read can be written");
        assert_eq!(again.as_slice(), bytes);
    }
    if let Ok(content) = pad::unpad(bytes) {
        assert_eq!(pad::pad(&content).expect("what was padded can be").as_slice(), bytes);
        let _ = Report::parse(&content);
    }
    let name = FileName::clean(&String::from_utf8_lossy(bytes));
    assert_eq!(name.as_str().parse(), Ok(name));
});
