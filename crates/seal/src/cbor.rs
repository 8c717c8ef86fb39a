//! The little of CBOR (RFC 8949) that reports and replies are written in, in its deterministic encoding (section 4.2.1).
//!
//! Unsigned numbers, byte strings, text, arrays, maps with text keys in their order, true, false, null. The reader takes
//! nothing but the shortest form and names the limit before it takes memory, so each value has one spelling: what is
//! read is what would be written. It is written out here because a phone fetches it, and because the general readers
//! take other spellings too; a test holds both directions to `ciborium`.

use zeroize::Zeroizing;

/// Why bytes are not of this form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FormError {
    /// The bytes end where something has to be.
    #[error("it ends at byte {at}, where `{field}` has to be")]
    Ends {
        /// The byte, from 0.
        at: usize,
        /// What is read.
        field: &'static str,
    },
    /// Something else is there, or it has another spelling than the one that is written.
    #[error("`{field}`, at byte {at}, is of another kind or has another spelling")]
    Spelling {
        /// The byte, from 0.
        at: usize,
        /// What is read.
        field: &'static str,
    },
    /// It is longer than its limit.
    #[error("`{field}`, at byte {at}, has {length}, more than {limit}")]
    Limit {
        /// The byte, from 0.
        at: usize,
        /// What is read.
        field: &'static str,
        /// How long or how many it is.
        length: u64,
        /// The limit.
        limit: usize,
    },
    /// The value cannot be.
    #[error("`{field}`, at byte {at}, cannot have this value")]
    Value {
        /// The byte, from 0.
        at: usize,
        /// What is read.
        field: &'static str,
    },
    /// Something follows.
    #[error("something follows at byte {at}")]
    After {
        /// The byte, from 0.
        at: usize,
    },
}

const UNSIGNED: u8 = 0;
const BYTES: u8 = 2;
const TEXT: u8 = 3;
const ARRAY: u8 = 4;
const MAP: u8 = 5;
const FALSE: u8 = 0xf4;
const TRUE: u8 = 0xf5;
const NULL: u8 = 0xf6;

/// Writes. The buffer is wiped when it is dropped.
pub(crate) struct Writer(Zeroizing<Vec<u8>>);

impl Writer {
    /// Room for what will be written, so that no copies are left behind by growing.
    pub fn with_capacity(bytes: usize) -> Self {
        Self(Zeroizing::new(Vec::with_capacity(bytes)))
    }

    pub fn finish(self) -> Zeroizing<Vec<u8>> {
        self.0
    }

    fn head(&mut self, major: u8, value: u64) {
        let major = major << 5;
        let bytes = value.to_be_bytes();
        let (mark, from) = match value {
            0..=23 => (bytes.last().copied().unwrap_or_default(), 8),
            24..=0xff => (24, 7),
            0x100..=0xffff => (25, 6),
            0x1_0000..=0xffff_ffff => (26, 4),
            _ => (27, 0),
        };
        self.0.push(major | mark);
        self.0.extend_from_slice(bytes.get(from..).unwrap_or_default());
    }

    pub fn unsigned(&mut self, value: u64) {
        self.head(UNSIGNED, value);
    }

    pub fn bytes(&mut self, value: &[u8]) {
        self.head(BYTES, value.len() as u64);
        self.0.extend_from_slice(value);
    }

    pub fn text(&mut self, value: &str) {
        self.head(TEXT, value.len() as u64);
        self.0.extend_from_slice(value.as_bytes());
    }

    pub fn array(&mut self, length: usize) {
        self.head(ARRAY, length as u64);
    }

    pub fn map(&mut self, length: usize) {
        self.head(MAP, length as u64);
    }

    pub fn boolean(&mut self, value: bool) {
        self.0.push(if value { TRUE } else { FALSE });
    }

    pub fn null(&mut self) {
        self.0.push(NULL);
    }
}

/// Reads exactly what `Writer` writes.
pub(crate) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// An error for the value that was read last, whose place is `at`.
    pub fn wrong(at: usize, field: &'static str) -> FormError {
        FormError::Value { at, field }
    }

    pub fn at(&self) -> usize {
        self.at
    }

    /// Nothing follows.
    pub fn finish(self) -> Result<(), FormError> {
        if self.at == self.bytes.len() { Ok(()) } else { Err(FormError::After { at: self.at }) }
    }

    fn take(&mut self, length: usize, field: &'static str) -> Result<&'a [u8], FormError> {
        let at = self.at;
        let end = at.checked_add(length).ok_or(FormError::Ends { at, field })?;
        let taken = self.bytes.get(at..end).ok_or(FormError::Ends { at: self.bytes.len(), field })?;
        self.at = end;
        Ok(taken)
    }

    fn head(&mut self, major: u8, field: &'static str) -> Result<u64, FormError> {
        let at = self.at;
        let first = self.take(1, field)?.first().copied().unwrap_or_default();
        let spelling = FormError::Spelling { at, field };
        if first >> 5 != major {
            return Err(spelling);
        }
        let (length, least) = match first & 0x1f {
            small @ 0..=23 => return Ok(u64::from(small)),
            24 => (1, 24),
            25 => (2, 0x100),
            26 => (4, 0x1_0000),
            27 => (8, 0x1_0000_0000),
            _ => return Err(spelling),
        };
        let value = self.take(length, field)?.iter().fold(0, |sum, byte| (sum << 8) | u64::from(*byte));
        if value >= least { Ok(value) } else { Err(spelling) }
    }

    fn length(&mut self, major: u8, limit: usize, field: &'static str) -> Result<usize, FormError> {
        let at = self.at;
        let length = self.head(major, field)?;
        let fits = usize::try_from(length).ok().filter(|length| *length <= limit);
        fits.ok_or(FormError::Limit { at, field, length, limit })
    }

    pub fn unsigned(&mut self, field: &'static str) -> Result<u64, FormError> {
        self.head(UNSIGNED, field)
    }

    pub fn bytes(&mut self, limit: usize, field: &'static str) -> Result<&'a [u8], FormError> {
        let length = self.length(BYTES, limit, field)?;
        self.take(length, field)
    }

    /// Exactly this many bytes.
    pub fn array_of<const N: usize>(&mut self, field: &'static str) -> Result<[u8; N], FormError> {
        let at = self.at;
        self.bytes(N, field)?.try_into().map_err(|_| FormError::Value { at, field })
    }

    pub fn text(&mut self, limit: usize, field: &'static str) -> Result<&'a str, FormError> {
        let length = self.length(TEXT, limit, field)?;
        let at = self.at;
        std::str::from_utf8(self.take(length, field)?).map_err(|_| FormError::Spelling { at, field })
    }

    pub fn array(&mut self, limit: usize, field: &'static str) -> Result<usize, FormError> {
        self.length(ARRAY, limit, field)
    }

    pub fn map(&mut self, limit: usize, field: &'static str) -> Result<usize, FormError> {
        self.length(MAP, limit, field)
    }

    /// A map of exactly these many entries.
    pub fn map_of(&mut self, entries: usize, field: &'static str) -> Result<(), FormError> {
        let at = self.at;
        if self.map(entries, field)? == entries { Ok(()) } else { Err(FormError::Value { at, field }) }
    }

    /// The key that has to be next.
    pub fn key(&mut self, key: &'static str) -> Result<(), FormError> {
        let at = self.at;
        match self.text(key.len(), key) {
            Ok(found) if found == key => Ok(()),
            Err(FormError::Ends { at, field }) => Err(FormError::Ends { at, field }),
            _ => Err(FormError::Spelling { at, field: key }),
        }
    }

    pub fn boolean(&mut self, field: &'static str) -> Result<bool, FormError> {
        let at = self.at;
        match self.take(1, field)? {
            [TRUE] => Ok(true),
            [FALSE] => Ok(false),
            _ => Err(FormError::Spelling { at, field }),
        }
    }

    /// Whether a null is next; it is taken then.
    pub fn null(&mut self) -> bool {
        let null = self.bytes.get(self.at) == Some(&NULL);
        self.at += usize::from(null);
        null
    }
}

#[cfg(test)]
mod tests {
    use ciborium::Value;
    use proptest::prelude::*;

    use super::*;

    fn written(write: impl FnOnce(&mut Writer)) -> Vec<u8> {
        let mut writer = Writer::with_capacity(64);
        write(&mut writer);
        writer.finish().to_vec()
    }

    fn by_ciborium(value: &Value) -> Vec<u8> {
        let mut bytes = Vec::new();
        ciborium::into_writer(value, &mut bytes).unwrap();
        bytes
    }

    proptest! {
        #[test]
        fn numbers_bytes_and_text_are_those_of_ciborium(
            number in any::<u64>(), shift in 0_u32..64, bytes in proptest::collection::vec(any::<u8>(), 0..600), text in ".{0,90}"
        ) {
            let number = number >> shift;
            let array = Value::Array(vec![number.into(), bytes.clone().into(), text.clone().into(), true.into(), false.into(), Value::Null]);
            let ours = written(|w| {
                w.array(6);
                w.unsigned(number);
                w.bytes(&bytes);
                w.text(&text);
                w.boolean(true);
                w.boolean(false);
                w.null();
            });
            prop_assert_eq!(&ours, &by_ciborium(&array));
            let mut reader = Reader::new(&ours);
            prop_assert_eq!(reader.array(6, "array").unwrap(), 6);
            prop_assert_eq!(reader.unsigned("number").unwrap(), number);
            prop_assert_eq!(reader.bytes(600, "bytes").unwrap(), bytes);
            prop_assert_eq!(reader.text(600, "text").unwrap(), text);
            prop_assert!(reader.boolean("true").unwrap());
            prop_assert!(!reader.boolean("false").unwrap());
            prop_assert!(reader.null());
            reader.finish().unwrap();
        }

        #[test]
        fn what_is_read_is_what_would_be_written(bytes in proptest::collection::vec(any::<u8>(), 0..12)) {
            let mut reader = Reader::new(&bytes);
            if let Ok(number) = reader.unsigned("number") {
                prop_assert_eq!(written(|w| w.unsigned(number)), &bytes[..reader.at()]);
            }
            let mut reader = Reader::new(&bytes);
            if let Ok(text) = reader.text(12, "text") {
                prop_assert_eq!(written(|w| w.text(text)), &bytes[..reader.at()]);
            }
        }
    }

    #[test]
    fn other_spellings_and_lengths_beyond_the_limit_are_refused() {
        let spelling = |field| FormError::Spelling { at: 0, field };
        assert_eq!(Reader::new(&[0x18, 23]).unsigned("number"), Err(spelling("number")));
        assert_eq!(Reader::new(&[0x19, 0, 255]).unsigned("number"), Err(spelling("number")));
        assert_eq!(Reader::new(&[0x1b, 0, 0, 0, 0, 255, 255, 255, 255]).unsigned("number"), Err(spelling("number")));
        assert_eq!(Reader::new(&[0x5f, 0x41, 1, 0xff]).bytes(9, "bytes"), Err(spelling("bytes")), "of no fixed length");
        assert_eq!(Reader::new(&[0x61, 0xff]).text(9, "text"), Err(FormError::Spelling { at: 1, field: "text" }));
        let limit = FormError::Limit { at: 0, field: "bytes", length: u64::MAX, limit: 9 };
        assert_eq!(Reader::new(&[0x5b, 255, 255, 255, 255, 255, 255, 255, 255]).bytes(9, "bytes"), Err(limit));
        assert_eq!(Reader::new(&[0x42, 1]).bytes(9, "bytes"), Err(FormError::Ends { at: 2, field: "bytes" }));
        assert_eq!(Reader::new(&[0]).finish(), Err(FormError::After { at: 0 }));
    }
}
