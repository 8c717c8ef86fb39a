//! What comes through a relay: a capsule for a known key, and the binary HTTP inside. No panic; nothing is opened that was not
//! sealed; what is read is for this door, within its bounds, and the same however it is padded.
#![no_main]

use std::sync::LazyLock;

use server::report::oblivious::{
    GATEWAY,
    capsule::Key,
    inner::{self, MAX_HEAD_BYTES},
    origin::Origin,
};

static DOOR: LazyLock<Origin> = LazyLock::new(|| "https://reports.example".parse().expect("an origin"));
static KEY: LazyLock<Key> = LazyLock::new(|| Key::derive(1, &[7; 32]));

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    assert!(KEY.open(bytes.to_vec()).is_err(), "a tag of 128 bits was guessed");
    let Ok(request) = inner::read(bytes, &DOOR) else { return };
    let head: usize = request.headers().iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    // `content-length` may have been added.
    assert!(head as u64 <= MAX_HEAD_BYTES + 40);
    assert!(request.body().len() < bytes.len());
    assert_eq!(request.headers()["content-length"].to_str().ok(), Some(&*request.body().len().to_string()));
    for name in ["user-agent", "cookie", "host", "connection", "forwarded"] {
        assert!(!request.headers().contains_key(name));
    }
    let uri = request.uri();
    assert!(uri.authority().is_none() && uri.scheme().is_none() && uri.path().starts_with('/') && uri.path() != GATEWAY);
    let padded = inner::read(&[bytes, &[0; 40]].concat(), &DOOR).expect("padding changes nothing");
    assert_eq!(format!("{request:?}"), format!("{padded:?}"));
});
