//! Strictly read TOML files of ours: a wrong key, day or name refuses the file, with its line.

use serde::de::DeserializeOwned;

/// The line of a byte, from 1.
pub(crate) fn line_of(text: &str, at: usize) -> usize {
    1 + text.bytes().take(at).filter(|byte| *byte == b'\n').count()
}

/// Reads a file: its content, or the line and what is wrong there.
pub(crate) fn read<T: DeserializeOwned>(text: &str) -> Result<T, (usize, String)> {
    toml::from_str(text).map_err(|error| {
        let line = error.span().map_or(0, |span| line_of(text, span.start));
        (line, error.message().trim_end().replace('\n', "; "))
    })
}

/// A host name in small letters with at least two parts; the reason where it is none.
pub(crate) fn domain(name: &str) -> Result<(), &'static str> {
    let part = |part: &str| {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        !part.is_empty() && part.len() <= 63 && part.bytes().all(plain)
    };
    if name.len() > 253 || !name.split('.').all(part) {
        return Err("is no domain: write small letters, digits, `-` and `.`");
    }
    if !name.contains('.') {
        return Err("is a top-level domain: it would match half the world");
    }
    Ok(())
}

/// What of a domain's own ends, the longest first, `find` knows: `mail.ice.dhs.gov`, `ice.dhs.gov`, `dhs.gov`, `gov`. So
/// `notice.dhs.gov` is not `ice.dhs.gov`, and `ice.dhs.gov.example.com` neither.
pub(crate) fn longest<'a, T>(domain: &'a str, mut find: impl FnMut(&'a str) -> Option<T>) -> Option<T> {
    let mut rest = domain;
    loop {
        if let Some(found) = find(rest) {
            return Some(found);
        }
        (_, rest) = rest.split_once('.')?;
    }
}
