//! The one form in which page and module hand bytes to each other: fields, each with its length (u32, big-endian) before it.
//! A field can itself hold fields. Nothing may follow the last.

use zeroize::Zeroizing;

use crate::fault::Fault;

/// Reads fields in their order.
#[derive(Clone)]
pub struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    /// The fields in these bytes.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// Whether none is left.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The next field.
    ///
    /// # Errors
    /// None is left, or it is cut short.
    pub fn bytes(&mut self) -> Result<&'a [u8], Fault> {
        let (len, rest) = self.0.split_first_chunk::<4>().ok_or(Fault::Input)?;
        let len = usize::try_from(u32::from_be_bytes(*len)).map_err(|_| Fault::Input)?;
        let (field, rest) = rest.split_at_checked(len).ok_or(Fault::Input)?;
        self.0 = rest;
        Ok(field)
    }

    /// The next field, which has this length.
    ///
    /// # Errors
    /// None is left, or it has another length.
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
        self.bytes()?.try_into().map_err(|_| Fault::Input)
    }

    /// The next field as text.
    ///
    /// # Errors
    /// None is left, or it is not UTF-8.
    pub fn text(&mut self) -> Result<&'a str, Fault> {
        std::str::from_utf8(self.bytes()?).map_err(|_| Fault::Input)
    }

    /// The next field as a number of eight bytes.
    ///
    /// # Errors
    /// None is left, or it has another length.
    pub fn number(&mut self) -> Result<u64, Fault> {
        self.array().map(u64::from_be_bytes)
    }

    /// The next field, cut into pieces of this length.
    ///
    /// # Errors
    /// None is left, or a piece would be shorter.
    pub fn pieces<const N: usize>(&mut self) -> Result<&'a [[u8; N]], Fault> {
        let (pieces, rest) = self.bytes()?.as_chunks::<N>();
        if rest.is_empty() { Ok(pieces) } else { Err(Fault::Input) }
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// A field is left.
    pub fn finish(&self) -> Result<(), Fault> {
        if self.0.is_empty() { Ok(()) } else { Err(Fault::Input) }
    }
}

/// Writes fields. What it holds is zeroed when it goes.
#[derive(Default)]
pub struct Answer(Zeroizing<Vec<u8>>);

impl Answer {
    /// No field yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// One more field.
    #[must_use]
    pub fn field(mut self, bytes: &[u8]) -> Self {
        // A buffer that grows leaves copies of what it held behind, and some of it is secret.
        let mut grown = Zeroizing::new(Vec::with_capacity(self.0.len() + 4 + bytes.len()));
        grown.extend_from_slice(&self.0);
        grown.extend_from_slice(&u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes());
        grown.extend_from_slice(bytes);
        self.0 = grown;
        self
    }

    /// The bytes of all fields.
    #[must_use]
    pub fn finish(self) -> Zeroizing<Vec<u8>> {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_written_is_read(fields in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..40), 0..9)) {
            let bytes = fields.iter().fold(Answer::new(), |answer, field| answer.field(field)).finish();
            let mut read = Fields::new(&bytes);
            for field in &fields {
                prop_assert_eq!(read.bytes().unwrap(), field.as_slice());
            }
            prop_assert!(read.finish().is_ok());
            prop_assert_eq!(read.bytes(), Err(Fault::Input));
        }

        #[test]
        fn a_field_that_is_cut_short_is_refused(field in proptest::collection::vec(any::<u8>(), 1..40), cut in 0_usize..44) {
            let bytes = Answer::new().field(&field).finish();
            let cut = cut.min(bytes.len() - 1);
            prop_assert_eq!(Fields::new(&bytes[..cut]).bytes(), Err(Fault::Input));
        }
    }
}
