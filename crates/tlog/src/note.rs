//! Signed notes: text, an empty line, and lines of signatures (C2SP `signed-note` 1.0.0).
//!
//! Parsing is strict: what is read is written again byte for byte, so that no byte of a note can change unnoticed.
//! Base64 with stray trailing bits is therefore malformed here, where Go's `note` package goes on to find a bad
//! signature; both refuse. What signatures mean is in `signature`.

use std::{fmt, str::FromStr};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use sha2::{Digest as _, Sha256};

/// The longest note that is read, in bytes; the specification asks verifiers to have such a limit.
pub const MAX_NOTE_BYTES: usize = 1_000_000;

/// The largest number of signatures that is read; the specification asks for at least 16.
pub const MAX_SIGNATURES: usize = 100;

/// The name of a key: not empty, no spaces, no plus, no control characters; by custom a URL without its scheme.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyName(String);

/// Text that cannot be the name of a key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no name of a key: it must not be empty nor have spaces, plus signs or control characters")]
pub struct KeyNameError(pub String);

impl FromStr for KeyName {
    type Err = KeyNameError;

    fn from_str(text: &str) -> Result<Self, KeyNameError> {
        let bad = text.is_empty() || text.chars().any(|c| c.is_whitespace() || c == '+' || c.is_control());
        if bad { Err(KeyNameError(text.chars().take(120).collect())) } else { Ok(Self(text.to_owned())) }
    }
}

impl KeyName {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The short identifier of a key, four bytes; its text is eight hexadecimal digits. It picks a key and proves nothing.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(pub [u8; 4]);

impl KeyId {
    /// The identifier that the specification recommends: the first four bytes of SHA-256 over the name, a newline, the
    /// byte of the signature type and the public key.
    #[must_use]
    pub fn derive(name: &KeyName, kind: u8, public_key: &[u8]) -> Self {
        let hash = Sha256::new()
            .chain_update(name.as_str())
            .chain_update(b"\n")
            .chain_update([kind])
            .chain_update(public_key)
            .finalize();
        Self(hash.first_chunk::<4>().copied().unwrap_or_default())
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", u32::from_be_bytes(self.0))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// One signature line of a note, not yet checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoteSignature {
    /// The name of the key that is said to have signed.
    pub name: KeyName,
    /// The identifier of that key.
    pub id: KeyId,
    /// The signature, after the identifier.
    pub bytes: Vec<u8>,
}

impl fmt::Display for NoteSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = [&self.id.0[..], &self.bytes].concat();
        write!(f, "\u{2014} {} {}", self.name, STANDARD.encode(bytes))
    }
}

/// A note: text that ends in a newline, and at least one signature, none of them checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    text: String,
    signatures: Vec<NoteSignature>,
}

/// Why bytes are no note, or text cannot be one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// It is longer than is read.
    #[error("a note of {0} bytes is longer than {MAX_NOTE_BYTES}")]
    TooLong(usize),
    /// It is not UTF-8.
    #[error("the note is not UTF-8 at byte {0}")]
    NotUtf8(usize),
    /// It has a control character other than a newline.
    #[error("the note has the control character {code:#04x} in line {line}")]
    Control {
        /// The line, from 1.
        line: usize,
        /// The character's code.
        code: u32,
    },
    /// No empty line parts text and signatures.
    #[error("no empty line parts the note's text from its signatures")]
    NoSignatures,
    /// The text is empty or does not end in a newline.
    #[error("the text of the note is empty or does not end in a newline")]
    Text,
    /// The note does not end in a newline.
    #[error("line {line}, the last, does not end in a newline")]
    Unfinished {
        /// The line, from 1.
        line: usize,
    },
    /// A signature line is not a dash, a name and base64.
    #[error("line {line} is not a signature line: `{text}`")]
    Line {
        /// The line, from 1.
        line: usize,
        /// The beginning of the line.
        text: String,
    },
    /// The name of the key is not one.
    #[error("line {line} has no key name that can be used")]
    Name {
        /// The line, from 1.
        line: usize,
        /// What is wrong with the name.
        #[source]
        source: KeyNameError,
    },
    /// The signature is not canonical base64 of more than four bytes.
    #[error("the signature in line {line} is not the base64 of a key identifier and a signature")]
    Base64 {
        /// The line, from 1.
        line: usize,
    },
    /// There are more signatures than are read.
    #[error("a note of {0} signatures has more than {MAX_SIGNATURES}")]
    TooMany(usize),
}

fn check_characters(text: &str) -> Result<(), NoteError> {
    let mut line = 1;
    for c in text.chars() {
        match c {
            '\n' => line += 1,
            '\0'..'\u{20}' => return Err(NoteError::Control { line, code: u32::from(c) }),
            _ => {}
        }
    }
    Ok(())
}

impl Note {
    /// Makes a note of a text and its signatures.
    ///
    /// # Errors
    /// The text is empty, does not end in a newline or has control characters, or there is no signature or too many.
    pub fn new(text: String, signatures: Vec<NoteSignature>) -> Result<Self, NoteError> {
        check_characters(&text)?;
        match signatures.len() {
            _ if text.len() < 2 || !text.ends_with('\n') => Err(NoteError::Text),
            0 => Err(NoteError::NoSignatures),
            n if n > MAX_SIGNATURES => Err(NoteError::TooMany(n)),
            _ => Ok(Self { text, signatures }),
        }
    }

    /// Reads a note.
    ///
    /// # Errors
    /// The bytes are no note; the error names the line.
    pub fn parse(bytes: &[u8]) -> Result<Self, NoteError> {
        if bytes.len() > MAX_NOTE_BYTES {
            return Err(NoteError::TooLong(bytes.len()));
        }
        let whole = std::str::from_utf8(bytes).map_err(|error| NoteError::NotUtf8(error.valid_up_to()))?;
        check_characters(whole)?;
        // The text may have empty lines; the last one parts it from the signatures.
        // Searched for byte by byte: a phone that reads notes need not fetch the search for any text.
        let at = bytes.windows(2).rposition(|pair| pair == b"\n\n").ok_or(NoteError::NoSignatures)?;
        let (text, lines) = (whole.get(..at).unwrap_or_default(), whole.get(at + 2..).unwrap_or_default());
        let line = text.matches('\n').count() + 2;
        let lines = lines.strip_suffix('\n').ok_or(match lines {
            "" => NoteError::NoSignatures,
            _ => NoteError::Unfinished { line: line + lines.matches('\n').count() + 1 },
        })?;
        if text.is_empty() {
            return Err(NoteError::Text);
        }
        let count = lines.split('\n').count();
        if count > MAX_SIGNATURES {
            return Err(NoteError::TooMany(count));
        }
        let mut signatures = Vec::with_capacity(count);
        for (line, signature) in (line + 1..).zip(lines.split('\n')) {
            let (name, encoded) = signature
                .strip_prefix("\u{2014} ")
                .and_then(|rest| rest.split_once(' '))
                .ok_or_else(|| NoteError::Line { line, text: signature.chars().take(80).collect() })?;
            let name = name.parse().map_err(|source| NoteError::Name { line, source })?;
            let bytes = STANDARD.decode(encoded).map_err(|_| NoteError::Base64 { line })?;
            match bytes.split_first_chunk::<4>() {
                Some((id, rest)) if !rest.is_empty() => {
                    signatures.push(NoteSignature { name, id: KeyId(*id), bytes: rest.to_vec() });
                }
                _ => return Err(NoteError::Base64 { line }),
            }
        }
        Ok(Self { text: whole.get(..=at).unwrap_or_default().to_owned(), signatures })
    }

    /// The signed text, with its last newline.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The signatures in their order, not checked.
    #[must_use]
    pub fn signatures(&self) -> &[NoteSignature] {
        &self.signatures
    }

    /// The line of the whole note, from 1, in which the signature `number` (from 0) stands.
    #[must_use]
    pub fn signature_line(&self, number: usize) -> usize {
        self.text.matches('\n').count() + 2 + number
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        for signature in &self.signatures {
            writeln!(f, "{signature}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SPEC: &str = "Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\ned è subito sera.\n\n\
        — quasimodo.example/salvatore \
        NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n";

    #[test]
    fn the_specification_s_note_is_read_and_written_again() {
        let note = Note::parse(SPEC.as_bytes()).unwrap();
        assert!(note.text().ends_with("ed è subito sera.\n"));
        assert_eq!(note.signatures().len(), 1);
        assert_eq!(note.signatures()[0].id.to_string(), "367ba04b");
        assert_eq!(note.signature_line(0), 6);
        assert_eq!(note.to_string(), SPEC);
    }

    #[test]
    fn what_is_no_note_is_refused_with_its_line() {
        let check = |text: &str, want: &str| assert_eq!(Note::parse(text.as_bytes()).unwrap_err().to_string(), want);
        check("", "no empty line parts the note's text from its signatures");
        check("a\n\n", "no empty line parts the note's text from its signatures");
        check("\n\n— n AAAAAAA=\n", "the text of the note is empty or does not end in a newline");
        check("a\n\n— n AAAAAAA=", "line 3, the last, does not end in a newline");
        check("a\n\n- n AAAAAAA=\n", "line 3 is not a signature line: `- n AAAAAAA=`");
        check("a\n\n— n+m AAAAAAA=\n", "line 3 has no key name that can be used");
        check("a\n\n— n AAAAAA==\n", "the signature in line 3 is not the base64 of a key identifier and a signature");
        check("a\n\n— n AAAAAAB=\n", "the signature in line 3 is not the base64 of a key identifier and a signature");
        check("a\n\n— n AAAAAAA= \n", "the signature in line 3 is not the base64 of a key identifier and a signature");
        check("a\tb\n\n— n AAAAAAA=\n", "the note has the control character 0x09 in line 1");
        assert_eq!(Note::parse(b"a\n\xff").unwrap_err(), NoteError::NotUtf8(2));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused_and_what_is_read_is_written_again(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            if let Ok(note) = Note::parse(&bytes) {
                prop_assert_eq!(note.to_string().into_bytes(), bytes);
            }
        }

        #[test]
        fn a_note_with_one_byte_changed_is_read_or_refused(at in 0..SPEC.len(), byte: u8) {
            let mut bytes = SPEC.as_bytes().to_vec();
            bytes[at] = byte;
            if let Ok(note) = Note::parse(&bytes) {
                prop_assert_eq!(note.to_string().into_bytes(), bytes);
            }
        }
    }
}
