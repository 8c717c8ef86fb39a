//! The bytes of a report as a phone sends them (docs/report-protocol.md), read strictly and never opened.
//!
//! Every field but the last has a fixed length, the last says its own, and nothing may follow it. What the envelope holds
//! is not known here; only that it is an age file of a padded length whose every stanza is post-quantum, so that no text is ever taken for
//! one. A body that ends too early is refused at whatever byte it ends.

use seal::{
    ContentId,
    envelope::inspect,
    leaf::{Blind, MAX_ATTACHMENTS},
    pad::{DOUBLING_UNTIL_BYTES, HEADER_BYTES, padded_len},
    receipt::Mailbox,
};

/// The media type of a report.
pub const MEDIA_TYPE: &str = "application/vnd.vouchsafe.report";
const MAGIC: &[u8; 4] = b"VSR1";
/// The longest envelope: 1 MiB of padded report, its header for the most recipients, and the tags of its chunks.
pub const MAX_ENVELOPE_BYTES: usize = (1 << 20) + (64 << 10);
const HEAD_BYTES: usize = 4 + 3 * 32 + 1;
const EACH_ATTACHMENT_BYTES: usize = 16 + 32;
/// The longest body.
pub const MAX_BODY_BYTES: usize = HEAD_BYTES + MAX_ATTACHMENTS * EACH_ATTACHMENT_BYTES + 4 + MAX_ENVELOPE_BYTES;

/// The name that an upload got when it began.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct UploadId(pub [u8; 16]);

/// A report as it came, nothing of it checked but its form.
pub struct Body<'a> {
    /// The mailbox.
    pub mailbox: Mailbox,
    /// The public key that proves a return.
    pub return_key: [u8; 32],
    /// The blind of the leaf.
    pub blind: Blind,
    /// The finished uploads that belong to it, and what they must hold.
    pub attachments: Vec<(UploadId, ContentId)>,
    /// The sealed envelope.
    pub envelope: &'a [u8],
}

/// Why bytes are no report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// It does not begin as one.
    #[error("it does not begin with `VSR1`")]
    Magic,
    /// It ends too early.
    #[error("it ends before its last field does")]
    Short,
    /// Something follows it.
    #[error("{0} bytes follow its envelope")]
    Long(usize),
    /// It has too many attachments.
    #[error("{0} attachments are more than {MAX_ATTACHMENTS}")]
    Attachments(u8),
    /// The same upload is named twice.
    #[error("an upload is named twice")]
    Twice,
    /// Its envelope is too long.
    #[error("its envelope is longer than {MAX_ENVELOPE_BYTES} bytes")]
    Envelope,
    /// Its envelope is no age file to post-quantum recipients.
    #[error("its envelope is no age file to post-quantum recipients")]
    NotSealed,
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn array<const N: usize>(&mut self) -> Result<[u8; N], BodyError> {
        let (taken, rest) = self.0.split_first_chunk::<N>().ok_or(BodyError::Short)?;
        self.0 = rest;
        Ok(*taken)
    }

    fn bytes(&mut self, count: usize) -> Result<&'a [u8], BodyError> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or(BodyError::Short)?;
        self.0 = rest;
        Ok(taken)
    }
}

impl<'a> Body<'a> {
    /// Reads a body.
    ///
    /// # Errors
    /// See [`BodyError`].
    pub fn parse(bytes: &'a [u8]) -> Result<Self, BodyError> {
        let mut reader = Reader(bytes);
        if reader.array::<4>()? != *MAGIC {
            return Err(BodyError::Magic);
        }
        let mailbox = Mailbox::new(reader.array()?);
        let return_key = reader.array()?;
        let blind = Blind::new(reader.array()?);
        let [count] = reader.array::<1>()?;
        if usize::from(count) > MAX_ATTACHMENTS {
            return Err(BodyError::Attachments(count));
        }
        let mut attachments = Vec::with_capacity(usize::from(count));
        for _ in 0..count {
            let upload = UploadId(reader.array()?);
            if attachments.iter().any(|(known, _)| *known == upload) {
                return Err(BodyError::Twice);
            }
            attachments.push((upload, ContentId::from_hash(reader.array()?)));
        }
        let length = usize::try_from(u32::from_be_bytes(reader.array()?)).unwrap_or(usize::MAX);
        if length > MAX_ENVELOPE_BYTES {
            return Err(BodyError::Envelope);
        }
        let envelope = reader.bytes(length)?;
        if !reader.0.is_empty() {
            return Err(BodyError::Long(reader.0.len()));
        }
        // A header of other recipients, a text in armor and a cut-off file are all no envelope; nor is one whose length
        // tells more than the padding's.
        let outside = inspect(envelope).map_err(|_| BodyError::NotSealed)?;
        let total = outside.plaintext_bytes as u64;
        let padded = total.checked_sub(HEADER_BYTES as u64).and_then(|content| padded_len(content).ok());
        if padded != Some(total) || total > DOUBLING_UNTIL_BYTES {
            return Err(BodyError::NotSealed);
        }
        Ok(Self { mailbox, return_key, blind, attachments, envelope })
    }
}

#[cfg(test)]
mod tests {
    use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng as _};
    use seal::{Identity, envelope, pad};

    use super::*;

    fn body(attachments: u8) -> Vec<u8> {
        let mut rng = ChaCha20Rng::from_seed([1; 32]);
        let recipient = Identity::make(&mut rng).recipient().unwrap();
        let sealed = envelope::seal(&[&recipient], &pad::pad(b"sealed").unwrap(), &mut rng).unwrap();
        let mut bytes = MAGIC.to_vec();
        for field in 1..=3 {
            bytes.extend_from_slice(&[field; 32]);
        }
        bytes.push(attachments);
        for number in 0..attachments {
            bytes.extend_from_slice(&[number; 16]);
            bytes.extend_from_slice(&[number + 100; 32]);
        }
        bytes.extend_from_slice(&(sealed.len() as u32).to_be_bytes());
        bytes.extend_from_slice(&sealed);
        bytes
    }

    #[test]
    fn an_envelope_whose_length_tells_more_than_the_padding_is_refused() {
        let mut rng = ChaCha20Rng::from_seed([2; 32]);
        let to = Identity::make(&mut rng).recipient().unwrap();
        let template = body(0);
        let head = MAGIC.len() + 3 * 32 + 1;
        let mut read = |plain: &[u8]| {
            let sealed = envelope::seal(&[&to], plain, &mut rng).unwrap();
            let length = (sealed.len() as u32).to_be_bytes();
            Body::parse(&[&template[..head], &length, &sealed].concat()).map(|_| ())
        };
        assert_eq!(read(&pad::pad(b"x").unwrap()), Ok(()));
        for length in [0, 1, 8, 16_383, 16_385, 24 << 10] {
            assert_eq!(read(&vec![7; length]), Err(BodyError::NotSealed), "{length}");
        }
        assert_eq!(read(&pad::pad(&vec![7; 1 << 20]).unwrap()), Err(BodyError::NotSealed), "longer than any report");
    }

    #[test]
    fn a_report_is_read_and_at_every_byte_at_which_it_ends_refused() {
        for attachments in [0, 1, 64] {
            let bytes = body(attachments);
            let read = Body::parse(&bytes).unwrap();
            assert_eq!(read.attachments.len(), usize::from(attachments));
            assert_eq!(
                (read.mailbox.as_bytes(), &read.return_key, read.blind.as_bytes()),
                (&[1; 32], &[2; 32], &[3; 32])
            );
            for end in (0..bytes.len()).filter(|end| *end < 5000 || end % 997 == 0) {
                assert!(Body::parse(&bytes[..end]).is_err(), "{end}");
            }
            assert_eq!(Body::parse(&[&bytes[..], b"x"].concat()).err(), Some(BodyError::Long(1)));
        }
        assert_eq!(Body::parse(&body(65)).err(), Some(BodyError::Attachments(65)));
    }

    #[test]
    fn what_is_not_sealed_is_refused() {
        let good = body(1);
        let mut twice = body(2);
        twice.copy_within(HEAD_BYTES..HEAD_BYTES + 16, HEAD_BYTES + EACH_ATTACHMENT_BYTES);
        assert_eq!(Body::parse(&twice).err(), Some(BodyError::Twice));
        let with = |envelope: &[u8]| {
            let mut bytes = good[..HEAD_BYTES + EACH_ATTACHMENT_BYTES].to_vec();
            bytes.extend_from_slice(&(envelope.len() as u32).to_be_bytes());
            bytes.extend_from_slice(envelope);
            Body::parse(&bytes).err()
        };
        assert_eq!(with(b"I saw an officer"), Some(BodyError::NotSealed));
        assert_eq!(with(b""), Some(BodyError::NotSealed));
        assert_eq!(with(b"-----BEGIN AGE ENCRYPTED FILE-----\n"), Some(BodyError::NotSealed));
        assert_eq!(with(b"age-encryption.org/v1\n-> X25519 AAAA\nAAAA\n--- AAAA\n"), Some(BodyError::NotSealed));
        let mut long = good[..HEAD_BYTES + EACH_ATTACHMENT_BYTES].to_vec();
        long.extend_from_slice(&u32::MAX.to_be_bytes());
        assert_eq!(Body::parse(&long).err(), Some(BodyError::Envelope));
    }
}
