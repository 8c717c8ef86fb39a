//! Padding, so that the length of what is sealed says little of what it is.
//!
//! Form: a byte `1`, the true length (8 bytes, big endian), the content, zeros. The total is 16 KiB, 32 KiB, and so on
//! by doubling up to 1 MiB, and above that a length of Padmé (Nikitin and others, "Reducing Metadata Leakage from
//! Encrypted Files", PETS 2019, section 4), which adds less than 12 %, here at most 3.2 %. All of it is inside the seal: a
//! padding outside would be a length that anyone can cut off. Zeros are checked, so that nothing travels in them.

use zeroize::{Zeroize as _, Zeroizing};

/// What stands before the content, in bytes.
pub const HEADER_BYTES: usize = 9;

/// The smallest total, in bytes.
pub const MIN_TOTAL_BYTES: u64 = 16 * 1024;

/// Up to this total lengths double; above it they are Padmé's.
pub const DOUBLING_UNTIL_BYTES: u64 = 1024 * 1024;

/// The longest content that is padded: the largest upload is 4 GiB.
pub const MAX_CONTENT_BYTES: u64 = 4 * 1024 * 1024 * 1024;

const VERSION: u8 = 1;

/// Why content is not padded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PadError {
    /// It is too long.
    #[error("content of {0} bytes is longer than {MAX_CONTENT_BYTES}")]
    TooLong(u64),
    /// The content that came has another length than was announced.
    #[error("{announced} bytes of content were announced and {came} came")]
    Length {
        /// What the header says.
        announced: u64,
        /// What came.
        came: u64,
    },
}

/// Why padded bytes are refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UnpadError {
    /// The bytes end before the header does.
    #[error("the padding's header is cut short")]
    Header,
    /// The version is not known.
    #[error("padding of version {0} is not known")]
    Version(u8),
    /// The length is more than is padded.
    #[error("content of {0} bytes is longer than {MAX_CONTENT_BYTES}")]
    TooLong(u64),
    /// The total is not the one that this content is padded to.
    #[error("content of {content} bytes is not padded to {total} bytes")]
    Total {
        /// The true length.
        content: u64,
        /// How many bytes came in all.
        total: u64,
    },
    /// A byte of the padding is not zero.
    #[error("the padding is not empty")]
    NotZero,
}

/// The total to which content of this length is padded, header included.
///
/// # Errors
/// The content is too long.
pub fn padded_len(content: u64) -> Result<u64, PadError> {
    if content > MAX_CONTENT_BYTES {
        return Err(PadError::TooLong(content));
    }
    let least = content + HEADER_BYTES as u64;
    if least <= DOUBLING_UNTIL_BYTES {
        return Ok(least.next_power_of_two().max(MIN_TOTAL_BYTES));
    }
    // Padmé: of the bits of the length, keep as many as its exponent needs to be written, and round up.
    let exponent = least.ilog2();
    let kept = exponent.ilog2() + 1;
    let mask = (1_u64 << (exponent - kept)) - 1;
    Ok((least + mask) & !mask)
}

/// The bytes that stand before content of this length.
///
/// # Errors
/// The content is too long.
pub fn header(content: u64) -> Result<[u8; HEADER_BYTES], PadError> {
    padded_len(content)?;
    let mut header = [VERSION; HEADER_BYTES];
    header.iter_mut().skip(1).zip(content.to_be_bytes()).for_each(|(to, from)| *to = from);
    Ok(header)
}

/// Pads whole content.
///
/// # Errors
/// The content is too long.
pub fn pad(content: &[u8]) -> Result<Zeroizing<Vec<u8>>, PadError> {
    let total = padded_len(content.len() as u64)?;
    let total = usize::try_from(total).map_err(|_| PadError::TooLong(content.len() as u64))?;
    // Of its full size at once: a buffer that grows leaves copies behind.
    let mut out = Zeroizing::new(Vec::with_capacity(total));
    out.extend_from_slice(&header(content.len() as u64)?);
    out.extend_from_slice(content);
    out.resize(total, 0);
    Ok(out)
}

/// Takes the padding from whole content.
///
/// # Errors
/// The bytes are not content as `pad` pads it.
pub fn unpad(padded: &[u8]) -> Result<Zeroizing<Vec<u8>>, UnpadError> {
    let mut out = Zeroizing::new(Vec::with_capacity(padded.len()));
    let mut unpadder = Unpadder::begin();
    unpadder.push(padded, &mut out)?;
    unpadder.finish()?;
    Ok(out)
}

/// Takes the padding from content as it comes.
#[derive(Debug, Default)]
pub struct Unpadder {
    header: Vec<u8>,
    content: Option<u64>,
    /// How many bytes came, header included.
    came: u64,
}

impl Unpadder {
    /// Begins with nothing read.
    #[must_use]
    pub fn begin() -> Self {
        Self::default()
    }

    /// Takes more bytes; what is content goes to `out`. It is whole only when `finish` came without an error.
    ///
    /// # Errors
    /// The bytes are not content as `pad` pads it.
    pub fn push(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), UnpadError> {
        let (head, rest) = bytes.split_at(bytes.len().min(HEADER_BYTES - self.header.len()));
        self.header.extend_from_slice(head);
        self.came += head.len() as u64;
        let content = match (self.content, self.header.as_slice()) {
            (Some(content), _) => content,
            (None, [VERSION, length @ ..]) if self.header.len() == HEADER_BYTES => {
                let content = length.iter().fold(0, |sum, byte| (sum << 8) | u64::from(*byte));
                if content > MAX_CONTENT_BYTES {
                    return Err(UnpadError::TooLong(content));
                }
                *self.content.insert(content)
            }
            (None, [VERSION, ..] | []) => return Ok(()),
            (None, [version, ..]) => return Err(UnpadError::Version(*version)),
        };
        let missing = (content + HEADER_BYTES as u64).saturating_sub(self.came);
        let missing = usize::try_from(missing).unwrap_or(usize::MAX);
        let (now, padding) = rest.split_at(rest.len().min(missing));
        out.extend_from_slice(now);
        self.came += rest.len() as u64;
        if padding.iter().any(|byte| *byte != 0) {
            return Err(UnpadError::NotZero);
        }
        Ok(())
    }

    /// Whether all came, and no more.
    ///
    /// # Errors
    /// The total is not the one that this content is padded to.
    pub fn finish(mut self) -> Result<u64, UnpadError> {
        self.header.zeroize();
        let content = self.content.ok_or(UnpadError::Header)?;
        let total = padded_len(content).map_err(|_| UnpadError::TooLong(content))?;
        if total == self.came { Ok(content) } else { Err(UnpadError::Total { content, total: self.came }) }
    }
}

/// How many zeros follow content that was written piece by piece behind `header`.
///
/// # Errors
/// The content that came has another length than was announced, or is too long.
pub fn zeros(announced: u64, came: u64) -> Result<u64, PadError> {
    if announced != came {
        return Err(PadError::Length { announced, came });
    }
    Ok(padded_len(announced)? - HEADER_BYTES as u64 - announced)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    const KIB: u64 = 1024;
    const MIB: u64 = 1024 * KIB;

    #[test]
    fn totals_are_those_of_the_ladder() {
        let of = |total: u64| padded_len(total - HEADER_BYTES as u64).unwrap();
        assert_eq!(padded_len(0).unwrap(), 16 * KIB);
        assert_eq!(of(16 * KIB), 16 * KIB);
        assert_eq!(of(16 * KIB + 1), 32 * KIB);
        assert_eq!(of(MIB), MIB);
        assert_eq!(of(MIB + 1), MIB + 32 * KIB);
        assert_eq!(of(MIB + 32 * KIB), MIB + 32 * KIB);
        assert_eq!(padded_len(MAX_CONTENT_BYTES + 1), Err(PadError::TooLong(MAX_CONTENT_BYTES + 1)));
        assert!(padded_len(MAX_CONTENT_BYTES).is_ok());
    }

    #[test]
    fn few_sizes_exist() {
        // Walk from each size to the next.
        let mut sizes = BTreeSet::new();
        let mut content = 0;
        while content <= MAX_CONTENT_BYTES {
            let total = padded_len(content).unwrap();
            assert!(sizes.insert(total), "{total} was left and came again");
            content = total - HEADER_BYTES as u64 + 1;
        }
        assert_eq!(sizes.range(..=MIB).count(), 7);
        assert!(sizes.len() < 400, "{} sizes up to 4 GiB", sizes.len());
    }

    proptest! {
        #[test]
        fn padding_grows_with_content_and_costs_at_most_12_percent(a in 0..=MAX_CONTENT_BYTES, b in 0..=MAX_CONTENT_BYTES) {
            let (less, more) = (a.min(b), a.max(b));
            let totals = (padded_len(less).unwrap(), padded_len(more).unwrap());
            prop_assert!(totals.0 <= totals.1);
            prop_assert!(totals.1 >= more + HEADER_BYTES as u64);
            if more > MIB {
                prop_assert!(totals.1 as f64 <= 1.12 * (more + HEADER_BYTES as u64) as f64);
            }
            prop_assert_eq!(totals.0 % (16 * KIB), 0);
        }

        #[test]
        fn what_is_padded_comes_back(content in proptest::collection::vec(any::<u8>(), 0..40_000), cut in 1_usize..9000) {
            let padded = pad(&content).unwrap();
            prop_assert_eq!(padded.len() as u64, padded_len(content.len() as u64).unwrap());
            let back = unpad(&padded).unwrap();
            prop_assert_eq!(back.as_slice(), content.as_slice());
            let (mut out, mut unpadder) = (Vec::new(), Unpadder::begin());
            padded.chunks(cut).for_each(|piece| unpadder.push(piece, &mut out).unwrap());
            prop_assert_eq!(unpadder.finish().unwrap(), content.len() as u64);
            prop_assert_eq!(&out, &content);
            let zeros = zeros(content.len() as u64, content.len() as u64).unwrap();
            prop_assert_eq!(HEADER_BYTES as u64 + content.len() as u64 + zeros, padded.len() as u64);
        }

        #[test]
        fn a_changed_byte_of_padding_is_refused(length in 0_usize..16_000, at in 0_usize..16_384, bit in 0_u32..8) {
            let at = at.max(HEADER_BYTES + length);
            let mut padded = pad(&vec![7; length]).unwrap();
            padded[at] ^= 1 << bit;
            prop_assert_eq!(unpad(&padded), Err(UnpadError::NotZero));
        }

        /// A longer length in the header makes zeros into content: that is other content, not another form of the same.
        #[test]
        fn content_has_one_padded_form(length in 0_usize..16_000, at in 0..HEADER_BYTES, bit in 0_u32..8) {
            let mut padded = pad(&vec![7; length]).unwrap();
            padded[at] ^= 1 << bit;
            if let Ok(content) = unpad(&padded) {
                prop_assert!(content.len() > length, "{} bytes from {length}", content.len());
                prop_assert_eq!(pad(&content).unwrap(), padded);
            }
        }
    }

    #[test]
    fn what_is_not_padded_is_refused() {
        let padded = pad(b"content").unwrap();
        assert_eq!(unpad(&[]), Err(UnpadError::Header));
        assert_eq!(unpad(&padded[..8]), Err(UnpadError::Header));
        assert_eq!(unpad(&[2; 20]), Err(UnpadError::Version(2)));
        assert_eq!(unpad(&[&[1][..], &[255; 8]].concat()), Err(UnpadError::TooLong(u64::MAX)));
        let short = UnpadError::Total { content: 7, total: padded.len() as u64 - 1 };
        assert_eq!(unpad(&padded[..padded.len() - 1]), Err(short));
        let long = UnpadError::Total { content: 7, total: 2 * padded.len() as u64 };
        assert_eq!(unpad(&[padded.as_slice(), &vec![0; padded.len()]].concat()), Err(long));
        assert_eq!(zeros(7, 8), Err(PadError::Length { announced: 7, came: 8 }));
    }
}
