//! Cleaning: from a file that the page reads to the edits by which the page builds the clean one from slices.
//!
//! Form of the edits, one after the other: what (`0` keep, `1` zero, `2` replace, `3` drop), where and how long (eight bytes
//! each, big-endian), and for `2` the length of the new bytes (four) and the bytes.

use media::{CleanError, Source, edit::What};

use crate::fault::Fault;

/// The edits that make a file clean.
///
/// # Errors
/// The file's class, or which bytes have to be read before the question can be put again.
pub fn edits(source: &mut dyn Source) -> Result<Vec<u8>, Fault> {
    let list = media::clean(source).map_err(|error| match error {
        CleanError::NotRecognised => Fault::CleanUnknown,
        CleanError::Broken { .. } => Fault::CleanBroken,
        CleanError::Hostile { .. } => Fault::CleanHostile,
        CleanError::CannotBeCleaned { .. } => Fault::CleanCannot,
        CleanError::Unread(range) => Fault::CleanUnread { offset: range.offset, len: range.len },
    })?;
    let mut out = Vec::with_capacity(list.edits().len() * 17);
    for edit in list.edits() {
        out.push(match &edit.what {
            What::Keep => 0,
            What::Zero => 1,
            What::Replace(_) => 2,
            What::Drop => 3,
        });
        out.extend_from_slice(&edit.at.to_be_bytes());
        out.extend_from_slice(&edit.len.to_be_bytes());
        if let What::Replace(bytes) = &edit.what {
            out.extend_from_slice(&u32::try_from(bytes.len()).map_err(|_| Fault::CleanHostile)?.to_be_bytes());
            out.extend_from_slice(bytes);
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use media::Unread;

    use super::*;

    const GIF: &[u8] =
        b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff!\xfe\x06secret\0,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;more";

    /// Reads the form as the page does.
    fn apply(file: &[u8], mut edits: &[u8]) -> Vec<u8> {
        let number = |bytes: &[u8]| bytes.iter().fold(0_usize, |sum, byte| sum << 8 | usize::from(*byte));
        let mut out = Vec::new();
        while let [what, rest @ ..] = edits {
            let (at, len) = (number(&rest[..8]), number(&rest[8..16]));
            edits = &rest[16..];
            match what {
                0 => out.extend_from_slice(&file[at..at + len]),
                1 => out.resize(out.len() + len, 0),
                2 => {
                    let new = number(&edits[..4]);
                    out.extend_from_slice(&edits[4..4 + new]);
                    edits = &edits[4 + new..];
                }
                _ => {}
            }
        }
        out
    }

    #[test]
    fn the_page_builds_what_the_cleaner_means() {
        let mut source = GIF;
        let clean = apply(GIF, &edits(&mut source).unwrap());
        let mut expected = Vec::new();
        let list = media::clean(&mut source).unwrap();
        list.apply(&mut source, |block| expected.extend_from_slice(block)).unwrap();
        assert_eq!(clean, expected);
        assert!(!clean.windows(6).any(|part| part == b"secret"));
    }

    #[test]
    fn what_was_not_read_yet_is_asked_for() {
        struct Absent;
        impl Source for Absent {
            fn len(&self) -> u64 {
                900
            }
            fn read_at(&mut self, offset: u64, buf: &mut [u8]) -> Result<(), Unread> {
                Err(Unread { offset, len: buf.len() as u64 })
            }
        }
        let fault = edits(&mut Absent).unwrap_err();
        assert_eq!(fault, Fault::CleanUnread { offset: 0, len: 900 });
        assert_eq!(fault.detail(), [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 132]);
        assert_eq!(edits(&mut b"nothing known".as_slice()), Err(Fault::CleanUnknown));
        assert_eq!(edits(&mut b"%PDF-1.7".as_slice()), Err(Fault::CleanCannot));
    }
}
