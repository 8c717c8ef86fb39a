//! ASCII armor: an age file as text between two marks (C2SP `age`, "ASCII armor"; strict PEM of RFC 7468, figure 3).
//!
//! Only reading is here, for envelopes that came through a tool of another maker; we send bytes. White space before and
//! after is passed over, line ends may be LF or CRLF, and all else must be as a canonical writer writes it.

use base64::{Engine as _, engine::general_purpose::STANDARD};

const BEGIN: &[u8] = b"-----BEGIN AGE ENCRYPTED FILE-----";
const END: &[u8] = b"-----END AGE ENCRYPTED FILE-----";
const COLUMNS: usize = 64;

/// Why text is no armored envelope.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ArmorError {
    /// It does not begin with the mark.
    #[error("it does not begin with the line that marks an armored age file")]
    Begin,
    /// A line is too long, too short, or not base64.
    #[error("line {line} of the armor is not canonical base64 in lines of {COLUMNS}")]
    Line {
        /// The line after the mark, from 1.
        line: usize,
    },
    /// The mark of the end is missing.
    #[error("the line that marks the end is missing")]
    End,
    /// Something follows the mark of the end.
    #[error("something follows the line that marks the end")]
    After,
}

/// The bytes inside the armor.
///
/// # Errors
/// The armor is not canonical.
pub fn decode_armor(text: &[u8]) -> Result<Vec<u8>, ArmorError> {
    let text = text.trim_ascii_start();
    let mut lines = text.split_inclusive(|byte| *byte == b'\n');
    if lines.next().and_then(whole) != Some(BEGIN) {
        return Err(ArmorError::Begin);
    }
    let mut base64 = Vec::with_capacity(text.len());
    let mut short = false;
    let mut read = 0;
    for (index, ended) in lines.by_ref().enumerate() {
        read += ended.len();
        let line = index + 1;
        if strip_end(ended).trim_ascii_end() == END {
            // Only white space may stand behind the mark, on its line and after it.
            let clean = strip_end(ended).starts_with(END) && lines.all(|rest| rest.trim_ascii().is_empty());
            let bytes = STANDARD.decode(&base64).map_err(|_| ArmorError::Line { line: line.saturating_sub(1) })?;
            return if clean { Ok(bytes) } else { Err(ArmorError::After) };
        }
        if ended.starts_with(END) {
            return Err(ArmorError::After);
        }
        // A line shorter than the others, or with padding, is the last.
        let content = whole(ended).ok_or(ArmorError::Line { line })?;
        if short || content.is_empty() || content.len() > COLUMNS || content.contains(&b'\r') {
            return Err(ArmorError::Line { line });
        }
        short = content.len() < COLUMNS;
        base64.extend_from_slice(content);
    }
    debug_assert!(read <= text.len());
    Err(ArmorError::End)
}

/// A line without its end; nothing if it has no end.
fn whole(line: &[u8]) -> Option<&[u8]> {
    let line = line.strip_suffix(b"\n")?;
    Some(line.strip_suffix(b"\r").unwrap_or(line))
}

fn strip_end(line: &[u8]) -> &[u8] {
    whole(line).unwrap_or(line)
}
