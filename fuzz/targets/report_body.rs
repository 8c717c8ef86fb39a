//! The body of a report as a phone sends it: no panic, and what is read is exactly the bytes that came.
#![no_main]

use server::report::body::{Body, MAX_BODY_BYTES};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Ok(body) = Body::parse(bytes) else { return };
    assert!(bytes.len() <= MAX_BODY_BYTES);
    let mut again = b"VSR1".to_vec();
    again.extend_from_slice(body.mailbox.as_bytes());
    again.extend_from_slice(&body.return_key);
    again.extend_from_slice(body.blind.as_bytes());
    again.push(body.attachments.len() as u8);
    for (upload, name) in &body.attachments {
        again.extend_from_slice(&upload.0);
        again.extend_from_slice(name.as_bytes());
    }
    again.extend_from_slice(&(body.envelope.len() as u32).to_be_bytes());
    again.extend_from_slice(body.envelope);
    assert_eq!(again, bytes, "a body has one spelling");
    assert!(Body::parse(&bytes[..bytes.len() - 1]).is_err(), "a shorter one is none");
});
