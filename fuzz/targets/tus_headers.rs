//! Headers of tus, one a line as `name: value`: no panic, and numbers have one spelling.
#![no_main]

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use server::report::tus::Headers;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let mut headers = HeaderMap::new();
    for line in bytes.split(|byte| *byte == b'\n') {
        let mut parts = line.splitn(2, |byte| *byte == b':');
        let (Some(name), Some(value)) = (parts.next(), parts.next()) else { continue };
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name), HeaderValue::from_bytes(value.trim_ascii())) {
            headers.insert(name, value);
        }
    }
    let read = Headers::read(&headers);
    for (name, number) in [("upload-length", read.length), ("upload-offset", read.offset)] {
        let Some(number) = number else { continue };
        let written = headers[name].to_str().expect("digits are text");
        assert!(written.bytes().all(|byte| byte.is_ascii_digit()));
        assert_eq!(written.trim_start_matches('0'), number.to_string().trim_start_matches('0'));
    }
    assert_eq!(read.checksum.is_some(), headers.contains_key("upload-checksum"));
});
