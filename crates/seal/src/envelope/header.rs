//! The text at the head of an age file: the version, stanzas that wrap the file key, a MAC (C2SP `age`, "Header").
//!
//! The reader takes exactly the grammar of the specification: one spelling for each header, so that no byte of it can
//! change without the MAC noticing. What a stanza means is left to its holder.

use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};

use super::recipient::StanzaRefused;

/// The longest header that is read, in bytes: `MAX_STANZAS` of the largest kind, and room.
pub const MAX_HEADER_BYTES: usize = 128 * 1024;

/// The largest number of stanzas that is read.
pub const MAX_STANZAS: usize = 64;

const VERSION: &str = "age-encryption.org/v1\n";
const COLUMNS: usize = 64;

/// One wrapping of the file key, not yet looked into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stanza {
    /// Its kind, then what its kind needs; never empty.
    pub args: Vec<String>,
    /// The wrapped key.
    pub body: Vec<u8>,
}

/// Why bytes are not the header of an envelope.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HeaderError {
    /// The first line is not that of age v1.
    #[error("it does not begin with the line of age, version 1")]
    Version,
    /// The header goes on for longer than is read.
    #[error("it is longer than {MAX_HEADER_BYTES} bytes")]
    TooLong,
    /// The bytes end before the header does.
    #[error("it ends within line {line}")]
    Unfinished {
        /// The line, from 1.
        line: usize,
    },
    /// A line is neither the first of a stanza nor the last of the header.
    #[error("line {line} begins neither a stanza nor the end")]
    Line {
        /// The line, from 1.
        line: usize,
    },
    /// A stanza's arguments are empty or have characters other than visible ASCII.
    #[error("line {line} has an argument that is empty or not visible ASCII")]
    Argument {
        /// The line, from 1.
        line: usize,
    },
    /// A stanza's body is not canonical base64 in lines of 64.
    #[error("line {line} is not a stanza's canonical base64 in lines of {COLUMNS}")]
    Body {
        /// The line, from 1.
        line: usize,
    },
    /// There is no stanza.
    #[error("it has no stanza")]
    NoStanza,
    /// There are more stanzas than are read.
    #[error("it has more than {MAX_STANZAS} stanzas")]
    TooManyStanzas,
    /// The MAC is not canonical base64 of 32 bytes.
    #[error("line {line} is not the base64 of a MAC")]
    Mac {
        /// The line, from 1.
        line: usize,
    },
    /// The nonce after the header is cut short.
    #[error("only {bytes} bytes of a nonce follow it")]
    Nonce {
        /// How many bytes are there.
        bytes: usize,
    },
    /// The payload has a length that no payload has.
    #[error("a payload of {bytes} bytes follows it, a length that none has")]
    PayloadLength {
        /// How many bytes are there.
        bytes: usize,
    },
    /// A stanza of a kind that the holder knows is malformed.
    #[error("a stanza is refused")]
    Refused(#[source] StanzaRefused),
    /// A recipient is not a post-quantum one (`inspect`).
    #[error("a recipient is not of the post-quantum kind")]
    OtherKind,
}

/// A header as it was read, its MAC not yet checked.
pub(super) struct Header<'a> {
    pub stanzas: Vec<Stanza>,
    /// What the MAC is over.
    pub signed: &'a [u8],
    pub mac: [u8; 32],
    /// What follows the header.
    pub rest: &'a [u8],
}

/// Lines, with their numbers and where they begin.
struct Lines<'a> {
    bytes: &'a [u8],
    at: usize,
    line: usize,
}

impl<'a> Lines<'a> {
    fn next(&mut self) -> Result<&'a [u8], HeaderError> {
        self.line += 1;
        let limit = MAX_HEADER_BYTES.min(self.bytes.len());
        let rest = self.bytes.get(self.at..limit).unwrap_or_default();
        let Some(end) = rest.iter().position(|byte| *byte == b'\n') else {
            let cut = self.bytes.len() <= MAX_HEADER_BYTES;
            return Err(if cut { HeaderError::Unfinished { line: self.line } } else { HeaderError::TooLong });
        };
        self.at += end + 1;
        Ok(rest.get(..end).unwrap_or_default())
    }
}

impl<'a> Header<'a> {
    pub fn parse(bytes: &'a [u8]) -> Result<Self, HeaderError> {
        if !bytes.starts_with(VERSION.as_bytes()) {
            return Err(HeaderError::Version);
        }
        let mut lines = Lines { bytes, at: VERSION.len(), line: 1 };
        let mut stanzas = Vec::new();
        loop {
            let begins = lines.at;
            let line = lines.next()?;
            if let Some(args) = line.strip_prefix(b"-> ") {
                if stanzas.len() == MAX_STANZAS {
                    return Err(HeaderError::TooManyStanzas);
                }
                let args = arguments(args, lines.line)?;
                stanzas.push(Stanza { args, body: body(&mut lines)? });
            } else if line.starts_with(b"---") {
                if stanzas.is_empty() {
                    return Err(HeaderError::NoStanza);
                }
                let mac = line.strip_prefix(b"--- ").and_then(|text| STANDARD_NO_PAD.decode(text).ok());
                let mac = mac.and_then(|mac| mac.try_into().ok()).ok_or(HeaderError::Mac { line: lines.line })?;
                let signed = bytes.get(..begins + 3).unwrap_or_default();
                let rest = bytes.get(lines.at..).unwrap_or_default();
                return Ok(Self { stanzas, signed, mac, rest });
            } else {
                return Err(HeaderError::Line { line: lines.line });
            }
        }
    }
}

fn arguments(text: &[u8], line: usize) -> Result<Vec<String>, HeaderError> {
    text.split(|byte| *byte == b' ')
        .map(|arg| {
            let visible = !arg.is_empty() && arg.iter().all(u8::is_ascii_graphic);
            let text = visible.then(|| std::str::from_utf8(arg).ok()).flatten();
            text.map(str::to_owned).ok_or(HeaderError::Argument { line })
        })
        .collect()
}

/// Lines of exactly 64 characters, then one that is shorter, which may be empty.
fn body(lines: &mut Lines<'_>) -> Result<Vec<u8>, HeaderError> {
    let first = lines.line + 1;
    let mut text = Vec::new();
    loop {
        let line = lines.next()?;
        if line.len() > COLUMNS {
            return Err(HeaderError::Body { line: lines.line });
        }
        text.extend_from_slice(line);
        if line.len() < COLUMNS {
            return STANDARD_NO_PAD.decode(text).map_err(|_| HeaderError::Body { line: first });
        }
    }
}

/// The base64 of the format: standard alphabet, no padding.
pub(super) fn encode(bytes: &[u8]) -> String {
    STANDARD_NO_PAD.encode(bytes)
}

/// The inverse of `encode`; refuses what it would not write.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    STANDARD_NO_PAD.decode(text).ok()
}

/// The first line of a new header.
pub(super) fn begin() -> Vec<u8> {
    VERSION.as_bytes().to_vec()
}

/// One stanza more.
pub(super) fn push_stanza(out: &mut Vec<u8>, args: &[&str], body: &[u8]) {
    out.extend_from_slice(b"-> ");
    out.extend_from_slice(args.join(" ").as_bytes());
    out.push(b'\n');
    let text = encode(body);
    for line in text.as_bytes().chunks(COLUMNS) {
        out.extend_from_slice(line);
        out.push(b'\n');
    }
    if text.len().is_multiple_of(COLUMNS) {
        out.push(b'\n');
    }
}

/// The last line: a MAC over all that was written.
pub(super) fn push_end(out: &mut Vec<u8>, mac: impl FnOnce(&[u8]) -> [u8; 32]) {
    out.extend_from_slice(b"---");
    let mac = mac(out);
    out.push(b' ');
    out.extend_from_slice(encode(&mac).as_bytes());
    out.push(b'\n');
}
