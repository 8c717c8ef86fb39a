//! The leaf that a report leaves in the log, and the names of sealed bytes in it.
//!
//! A leaf is H(label, day, content root, blind), 32 bytes like every other leaf. The phone sends the blind, which it
//! derives from the receipt, so that on return it finds its own leaf among those of the day, while nobody who lacks the
//! blind can tell which of them a stored file belongs to. H is SHA-256 over `LABEL`, the day as `YYYY-MM-DD`, the root and
//! the blind, each of fixed length. There is no clock here: the day is given.

use std::{fmt, str::FromStr};

use sha2_next::{Digest as _, Sha256};

/// What sets the hash of a leaf apart from all other hashes.
const LABEL: &[u8; 24] = b"vouchsafe/report-leaf/v1";
/// What sets the hash over contents apart from all other hashes.
const ROOT_LABEL: &[u8; 25] = b"vouchsafe/content-root/v1";
const PREFIX: &str = "ct-";

/// The most attachments that belong to one report.
pub const MAX_ATTACHMENTS: usize = 64;

/// The name of sealed bytes: their SHA-256, written `ct-` and 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContentId([u8; 32]);

impl ContentId {
    /// The name of these sealed bytes.
    #[must_use]
    pub fn of(sealed: &[u8]) -> Self {
        Self(Sha256::digest(sealed).into())
    }

    /// The name that has this hash, which was computed as the bytes came.
    #[must_use]
    pub fn from_hash(hash: [u8; 32]) -> Self {
        Self(hash)
    }

    /// The hash.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// Text that is not the name of sealed bytes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("this is not `{PREFIX}` and 64 hexadecimal digits in small letters")]
pub struct ContentIdError;

impl FromStr for ContentId {
    type Err = ContentIdError;

    fn from_str(text: &str) -> Result<Self, ContentIdError> {
        let digits = text.strip_prefix(PREFIX).ok_or(ContentIdError)?;
        let small = !digits.bytes().any(|byte| byte.is_ascii_uppercase());
        let mut hash = [0; 32];
        hex::decode_to_slice(digits, &mut hash).map_err(|_| ContentIdError)?;
        if small { Ok(Self(hash)) } else { Err(ContentIdError) }
    }
}

impl fmt::Display for ContentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{}", hex::encode(self.0))
    }
}

impl fmt::Debug for ContentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A day of the calendar, `YYYY-MM-DD`, as it stands in a leaf.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day([u8; 10]);

/// Text that is not a day.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("this is not a day of the calendar, written `YYYY-MM-DD`")]
pub struct DayError;

/// The number that these digits write.
fn number(text: &[u8; 10], from: usize, to: usize) -> Option<u32> {
    let digits = text.get(from..to)?;
    let ok = digits.iter().all(u8::is_ascii_digit);
    ok.then(|| digits.iter().fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0')))
}

impl Day {
    /// The day after; after the last that can be written, the same.
    #[must_use]
    pub fn next(self) -> Self {
        let number = |from, to| number(&self.0, from, to).unwrap_or_default();
        let (year, month, day) = (number(0, 4), number(5, 7), number(8, 10));
        let after = [(year, month, day + 1), (year, month + 1, 1), (year + 1, 1, 1)];
        // Digit by digit: a phone that asks for the next day need not fetch what writes any number.
        let written = after.into_iter().filter(|(year, ..)| *year <= 9999).map(|(year, month, day)| {
            let mut bytes = self.0;
            let digits = [year / 1000, year / 100, year / 10, year, month / 10, month, day / 10, day];
            let places = bytes.iter_mut().filter(|byte| **byte != b'-');
            places.zip(digits).for_each(|(byte, digit)| *byte = b'0' + u8::try_from(digit % 10).unwrap_or_default());
            bytes
        });
        written.filter_map(|bytes| std::str::from_utf8(&bytes).ok()?.parse().ok()).next().unwrap_or(self)
    }
}

impl FromStr for Day {
    type Err = DayError;

    fn from_str(text: &str) -> Result<Self, DayError> {
        let bytes: [u8; 10] = text.as_bytes().try_into().map_err(|_| DayError)?;
        let number = |from, to| number(&bytes, from, to).ok_or(DayError);
        let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let last = match month {
            1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
            4 | 6 | 9 | 11 => 30,
            2 if leap => 29,
            2 => 28,
            _ => return Err(DayError),
        };
        let dashes = bytes.get(4) == Some(&b'-') && bytes.get(7) == Some(&b'-');
        if dashes && (1..=last).contains(&day) { Ok(Self(bytes)) } else { Err(DayError) }
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(std::str::from_utf8(&self.0).unwrap_or_default())
    }
}

/// The hash over all that belongs to one report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ContentRoot([u8; 32]);

/// Why contents have no root.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ContentRootError {
    /// The same bytes are named twice.
    #[error("`{0}` is named twice")]
    Twice(ContentId),
    /// There are more attachments than a report has.
    #[error("{0} attachments are more than {MAX_ATTACHMENTS}")]
    TooMany(usize),
}

impl ContentRoot {
    /// The root over an envelope and its attachments. Their order is not told: it is that of their names, so that phone
    /// and server come to the same root in whatever order the parts arrived.
    ///
    /// # Errors
    /// A part is named twice, or there are too many.
    pub fn of(envelope: &ContentId, attachments: &[ContentId]) -> Result<Self, ContentRootError> {
        let count = u8::try_from(attachments.len()).ok().filter(|_| attachments.len() <= MAX_ATTACHMENTS);
        let count = count.ok_or(ContentRootError::TooMany(attachments.len()))?;
        let mut sorted = attachments.to_vec();
        sorted.sort_unstable();
        let mut hash = Sha256::new_with_prefix(ROOT_LABEL);
        hash.update([count]);
        hash.update(envelope.0);
        let mut before = None;
        for id in &sorted {
            if before == Some(id) || id == envelope {
                return Err(ContentRootError::Twice(*id));
            }
            hash.update(id.0);
            before = Some(id);
        }
        Ok(Self(hash.finalize().into()))
    }

    /// A root that somebody states.
    #[must_use]
    pub const fn from_bytes(root: [u8; 32]) -> Self {
        Self(root)
    }

    /// The root as bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// What hides which report a leaf is of; derived from the receipt and sent with the report.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Blind([u8; 32]);

crate::secret::redacted!(Blind => "Blind");

impl Blind {
    /// The blind of these bytes.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes, to be sent with the report.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// The leaf of a report.
#[must_use]
pub fn leaf(day: Day, root: &ContentRoot, blind: &Blind) -> [u8; 32] {
    Sha256::new_with_prefix(LABEL).chain_update(day.0).chain_update(root.0).chain_update(blind.0).finalize().into()
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    fn ids(count: u8) -> Vec<ContentId> {
        (0..count).map(|index| ContentId::of(&[index])).collect()
    }

    #[test]
    fn each_day_is_followed_by_the_next() {
        let days = ["2026-11-26 2026-11-27", "2026-11-30 2026-12-01", "2026-12-31 2027-01-01", "2027-02-28 2027-03-01"];
        let leap = ["2028-02-28 2028-02-29", "2028-02-29 2028-03-01", "2100-02-28 2100-03-01", "9999-12-31 9999-12-31"];
        for days in days.iter().chain(&leap) {
            let (day, next) = days.split_once(' ').unwrap();
            assert_eq!(day.parse::<Day>().unwrap().next().to_string(), next);
        }
    }

    #[test]
    fn a_leaf_is_these_bytes() {
        let root = ContentRoot::of(&ContentId::of(b"envelope"), &ids(2)).unwrap();
        let leaf = leaf("2026-11-26".parse().unwrap(), &root, &Blind::new([9; 32]));
        // The same by hand, from the words at the head of this file.
        let mut sorted = ids(2);
        sorted.sort();
        let parts = [ContentId::of(b"envelope"), sorted[0], sorted[1]].map(|id| id.0).concat();
        let by_hand = Sha256::digest([ROOT_LABEL.as_slice(), &[2], &parts].concat());
        assert_eq!(root.0, by_hand.as_slice());
        let by_hand = Sha256::digest([LABEL.as_slice(), b"2026-11-26", &root.0, &[9; 32]].concat());
        assert_eq!(leaf, by_hand.as_slice());
    }

    #[test]
    fn the_order_of_attachments_changes_nothing_and_their_number_does() {
        let envelope = ContentId::of(b"envelope");
        let mut turned = ids(3);
        turned.reverse();
        let root = ContentRoot::of(&envelope, &ids(3)).unwrap();
        assert_eq!(ContentRoot::of(&envelope, &turned).unwrap(), root);
        assert_ne!(ContentRoot::of(&envelope, &ids(2)).unwrap(), root);
        let (first, rest) = turned.split_first().unwrap();
        assert_ne!(
            ContentRoot::of(first, &[rest, &[envelope]].concat()).unwrap(),
            root,
            "the envelope is no attachment"
        );
    }

    #[test]
    fn a_part_is_named_once_and_there_are_at_most_64() {
        let envelope = ContentId::of(b"envelope");
        let twice = [ids(2), ids(1)].concat();
        assert_eq!(ContentRoot::of(&envelope, &twice), Err(ContentRootError::Twice(ids(1)[0])));
        assert_eq!(ContentRoot::of(&envelope, &[envelope]), Err(ContentRootError::Twice(envelope)));
        assert!(ContentRoot::of(&envelope, &ids(64)).is_ok());
        assert_eq!(ContentRoot::of(&envelope, &ids(65)), Err(ContentRootError::TooMany(65)));
    }

    #[test]
    fn text_forms_have_one_spelling() {
        let id = ContentId::of(b"");
        expect!["ct-e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"].assert_eq(&id.to_string());
        assert_eq!(id.to_string().parse(), Ok(id));
        for wrong in ["", "ct-", "e3b0", &id.to_string().to_uppercase(), &format!("ct-{}", "E3".repeat(32))] {
            assert_eq!(wrong.parse::<ContentId>(), Err(ContentIdError), "{wrong}");
        }
        for day in ["2026-11-26", "2028-02-29", "2000-02-29"] {
            assert_eq!(day.parse::<Day>().unwrap().to_string(), day);
        }
        for wrong in [
            "2026-02-29",
            "1900-02-29",
            "2026-13-01",
            "2026-00-01",
            "2026-04-31",
            "2026-4-3",
            "2026/11/26",
            "+026-11-26",
        ] {
            assert_eq!(wrong.parse::<Day>(), Err(DayError), "{wrong}");
        }
    }
}
