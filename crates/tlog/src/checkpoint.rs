//! Checkpoints: origin, size and root of a log, as the text of a signed note (C2SP `tlog-checkpoint` 1.0.0).
//!
//! Extension lines of other logs are read and kept; we write none, since no monitor can audit them, some witnesses
//! refuse them, and ML-DSA-44 signatures do not cover them.

use std::fmt;

use crate::{
    note::{Note, NoteError, NoteSignature},
    tile::plain_number,
    tree::{Hash, ParseHashError, empty_root},
};

/// The head of a log's tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    origin: String,
    size: u64,
    root: Hash,
    extensions: Vec<String>,
}

/// Why text is no checkpoint; the line counts from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// The note around it is malformed.
    #[error("the checkpoint is no signed note")]
    Note(#[from] NoteError),
    /// There are fewer than three lines.
    #[error("a checkpoint has at least three lines, not {0}")]
    TooFewLines(usize),
    /// The origin is empty, or has a newline or control character.
    #[error("the origin of a checkpoint must not be empty nor have control characters: `{0}`")]
    Origin(String),
    /// The size is no decimal number without leading zeroes.
    #[error("the size `{0}` in line 2 is not a decimal number without leading zeroes")]
    Size(String),
    /// The root is not the base64 of 32 bytes.
    #[error("the root hash in line 3 cannot be read")]
    Root(#[source] ParseHashError),
    /// A log of no leaves has one root only.
    #[error("a log of size 0 has the root 47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=, not {0}")]
    EmptyRoot(Hash),
    /// An extension line is empty.
    #[error("line {0} is empty, as no line of a checkpoint may be")]
    EmptyLine(usize),
    /// The text does not end in a newline.
    #[error("the text of the checkpoint does not end in a newline")]
    Unfinished,
}

impl Checkpoint {
    /// The head of a log. No extension lines can be given.
    ///
    /// # Errors
    /// The origin is empty or has control characters, or the size is 0 and the root not that of the empty tree.
    pub fn new(origin: &str, size: u64, root: Hash) -> Result<Self, CheckpointError> {
        if origin.is_empty() || origin.chars().any(char::is_control) {
            return Err(CheckpointError::Origin(origin.chars().take(120).collect()));
        }
        if size == 0 && root != empty_root() {
            return Err(CheckpointError::EmptyRoot(root));
        }
        Ok(Self { origin: origin.to_owned(), size, root, extensions: Vec::new() })
    }

    /// Reads the text of a note as a checkpoint.
    ///
    /// # Errors
    /// A line is missing or malformed; the error names it.
    pub fn parse(text: &str) -> Result<Self, CheckpointError> {
        let body = text.strip_suffix('\n').ok_or(CheckpointError::Unfinished)?;
        let mut lines = body.split('\n');
        let (Some(origin), Some(size), Some(root)) = (lines.next(), lines.next(), lines.next()) else {
            return Err(CheckpointError::TooFewLines(body.split('\n').count()));
        };
        let size = plain_number(size).ok_or_else(|| CheckpointError::Size(size.chars().take(40).collect()))?;
        let root = root.parse().map_err(CheckpointError::Root)?;
        let mut checkpoint = Self::new(origin, size, root)?;
        for (number, line) in lines.enumerate() {
            if line.is_empty() {
                return Err(CheckpointError::EmptyLine(number + 4));
            }
            checkpoint.extensions.push(line.to_owned());
        }
        Ok(checkpoint)
    }

    /// What identifies the log.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// How many leaves the log has.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The root of its tree.
    #[must_use]
    pub fn root(&self) -> Hash {
        self.root
    }

    /// Lines after the third, as another log wrote them.
    #[must_use]
    pub fn extensions(&self) -> &[String] {
        &self.extensions
    }
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n{}\n{}", self.origin, self.size, self.root)?;
        self.extensions.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

/// A checkpoint with signatures that nobody has checked yet; see `signature::verify`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedCheckpoint {
    checkpoint: Checkpoint,
    note: Note,
}

impl SignedCheckpoint {
    /// Puts signatures below a checkpoint.
    ///
    /// # Errors
    /// There is no signature or too many.
    pub fn new(checkpoint: Checkpoint, signatures: Vec<NoteSignature>) -> Result<Self, CheckpointError> {
        let note = Note::new(checkpoint.to_string(), signatures)?;
        Ok(Self { checkpoint, note })
    }

    /// Reads a signed note whose text is a checkpoint.
    ///
    /// # Errors
    /// The bytes are no note or the text no checkpoint; the error names the line.
    pub fn parse(bytes: &[u8]) -> Result<Self, CheckpointError> {
        let note = Note::parse(bytes)?;
        Ok(Self { checkpoint: Checkpoint::parse(note.text())?, note })
    }

    /// What the note says; believe it once its signatures are checked.
    #[must_use]
    pub fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// The note with its signatures.
    #[must_use]
    pub fn note(&self) -> &Note {
        &self.note
    }
}

impl fmt::Display for SignedCheckpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.note, f)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ROOT: &str = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=";

    #[test]
    fn the_specification_s_checkpoint_is_read_and_written_again() {
        let text = format!("example.com/behind-the-sofa\n20852163\n{ROOT}\n");
        let checkpoint = Checkpoint::parse(&text).unwrap();
        assert_eq!((checkpoint.origin(), checkpoint.size()), ("example.com/behind-the-sofa", 20_852_163));
        assert_eq!(checkpoint.to_string(), text);
    }

    #[test]
    fn extension_lines_of_other_logs_are_kept() {
        let text = format!("go.sum database tree\n7\n{ROOT}\nmore\nyet more\n");
        let checkpoint = Checkpoint::parse(&text).unwrap();
        assert_eq!(checkpoint.extensions(), ["more", "yet more"]);
        assert_eq!(checkpoint.to_string(), text);
    }

    #[test]
    fn a_malformed_line_is_named() {
        let check = |text: &str, want: &str| assert_eq!(Checkpoint::parse(text).unwrap_err().to_string(), want);
        check("", "the text of the checkpoint does not end in a newline");
        check("a\n1\n", "a checkpoint has at least three lines, not 2");
        check(
            &format!("\n1\n{ROOT}\n"),
            "the origin of a checkpoint must not be empty nor have control characters: ``",
        );
        for size in ["", "01", "-1", "+1", "1 ", "five", "18446744073709551616"] {
            let want = format!("the size `{size}` in line 2 is not a decimal number without leading zeroes");
            check(&format!("a\n{size}\n{ROOT}\n"), &want);
        }
        check("a\n1\nAAAA\n", "the root hash in line 3 cannot be read");
        check(&format!("a\n1\n{ROOT}\nx\n\n"), "line 5 is empty, as no line of a checkpoint may be");
        let want = "a log of size 0 has the root 47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=, not ";
        check(&format!("a\n0\n{ROOT}\n"), &format!("{want}{ROOT}"));
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused_and_what_is_read_is_written_again(text in "(.|\n){0,120}") {
            if let Ok(checkpoint) = Checkpoint::parse(&text) {
                prop_assert_eq!(checkpoint.to_string(), text);
            }
        }
    }
}
