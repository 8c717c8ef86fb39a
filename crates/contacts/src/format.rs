//! What kind of mail export a file is, by its beginning and not by its name.

use crate::{lines::BYTE_ORDER_MARK, mbox, postfix, rows::TYPE_LINE, trace};

/// A kind of mail export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Messages or their headers.
    Mbox,
    /// A message trace of Microsoft 365.
    Trace,
    /// A log of Postfix.
    Postfix,
}

impl Format {
    /// The kind of a file that begins so; give some tens of thousands of bytes.
    #[must_use]
    pub fn of(beginning: &[u8]) -> Option<Self> {
        let beginning = beginning.strip_prefix(BYTE_ORDER_MARK).unwrap_or(beginning);
        let mut lines = beginning.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
        let first = lines.clone().find(|line| !line.trim_ascii().is_empty() && !line.starts_with(TYPE_LINE))?;
        if first.starts_with(b"From ") {
            return Some(Self::Mbox);
        }
        if lines.any(postfix::is_line) {
            return Some(Self::Postfix);
        }
        if trace::is_header(first) {
            return Some(Self::Trace);
        }
        mbox::header(first).map(|_| Self::Mbox)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_beginning_tells() {
        for (text, format) in [
            ("From a@example.org Mon Jun 15 14:05:00 2026\nTo: b\n", Some(Format::Mbox)),
            ("Received: from x\r\n", Some(Format::Mbox)),
            ("#TYPE Deserialized\n\"Received\",\"SenderAddress\",\"RecipientAddress\"\n", Some(Format::Trace)),
            ("\u{feff}origin_timestamp_utc,sender_address,recipient_status,message_id\n", Some(Format::Trace)),
            ("\"Received\",\"SenderAddress\",\"RecipientAddress\",\"MessageId\"\n", Some(Format::Trace)),
            ("Jun 15 14:05:00 mx postfix/qmgr[1]: 4ABCDEF: removed\n", Some(Format::Postfix)),
            ("broken\n2026-06-15T14:05:00.1-04:00 mx postfix-out/smtp[1]: x\n", Some(Format::Postfix)),
            ("Jun 15 14:05:00 mx sshd[1]: x\n", None),
            ("name,age\n", None),
            ("", None),
        ] {
            assert_eq!(Format::of(text.as_bytes()), format, "{text}");
        }
    }
}
