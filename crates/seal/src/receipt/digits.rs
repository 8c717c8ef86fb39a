//! Sixteen bytes as digits, for scripts without a list of words: a number of 39 digits in three rows of thirteen.
//!
//! Each row ends in two check digits of ISO/IEC 7064, MOD 97-10 (as in IBAN), over the row's number and its digits, so
//! that one wrong digit, two that changed places, or rows that changed places are noticed, and the row is named.

use zeroize::Zeroizing;

/// How many rows there are.
pub const ROWS: usize = 3;

/// How many digits a row has, check digits included.
pub const ROW_DIGITS: usize = 15;

const PAYLOAD_DIGITS: usize = ROW_DIGITS - 2;
const GROUP_DIGITS: usize = 5;

/// Why digits are no receipt. It never repeats them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DigitsError {
    /// Something that is neither a digit nor between digits.
    #[error("character {position} is not a digit")]
    Character {
        /// The character, from 1.
        position: usize,
    },
    /// There are too few or too many.
    #[error("there are {found} digits where {wanted} have to be", wanted = ROWS * ROW_DIGITS)]
    Count {
        /// How many there are.
        found: usize,
    },
    /// A row does not pass its check.
    #[error("row {row} was mistyped")]
    Row {
        /// The row, from 1.
        row: usize,
    },
    /// Every row passes, but no receipt has this number.
    #[error("no receipt has this number")]
    Number,
}

/// The two check digits of a row.
fn check(row: usize, digits: impl Iterator<Item = u8>) -> u64 {
    let sum = digits.fold(row as u64 + 1, |sum, digit| (sum * 10 + u64::from(digit)) % 97);
    (98 - sum * 100 % 97) % 97
}

pub(super) fn write(bytes: &[u8; 16]) -> Zeroizing<String> {
    // Divided by hand, from the highest byte: a phone need not fetch a division of 128 bits.
    let mut number = Zeroizing::new(*bytes);
    let mut digits = Zeroizing::new([0_u8; ROWS * PAYLOAD_DIGITS]);
    for digit in digits.iter_mut().rev() {
        let mut rest = 0_u16;
        for byte in number.iter_mut() {
            let part = rest << 8 | u16::from(*byte);
            *byte = u8::try_from(part / 10).unwrap_or_default();
            rest = part % 10;
        }
        *digit = u8::try_from(rest).unwrap_or_default();
    }
    let mut text = Zeroizing::new(String::with_capacity(2 * ROWS * ROW_DIGITS));
    for (row, payload) in digits.chunks(PAYLOAD_DIGITS).enumerate() {
        let check = check(row, payload.iter().copied());
        let checks = [check / 10, check % 10].map(|digit| u8::try_from(digit).unwrap_or_default());
        for (place, digit) in payload.iter().chain(&checks).enumerate() {
            match (row, place) {
                (0, 0) => {}
                (_, 0) => text.push('\n'),
                (_, place) if place % GROUP_DIGITS == 0 => text.push(' '),
                _ => {}
            }
            text.push(char::from(b'0' + digit));
        }
    }
    text
}

/// The value of a digit in the scripts of the pages' languages: Latin, Arabic, Urdu, Devanagari, Bengali, full width.
fn digit(c: char) -> Option<u8> {
    let zeros = ['0', '\u{660}', '\u{6f0}', '\u{966}', '\u{9e6}', '\u{ff10}'];
    zeros
        .iter()
        .find_map(|zero| u32::from(c).checked_sub(u32::from(*zero)).filter(|value| *value < 10))
        .and_then(|value| u8::try_from(value).ok())
}

pub(super) fn read(text: &str) -> Result<Zeroizing<[u8; 16]>, DigitsError> {
    let mut digits = Zeroizing::new(Vec::with_capacity(ROWS * ROW_DIGITS));
    let mut found = 0;
    for (index, c) in text.chars().enumerate() {
        // Marks of direction come along when right-to-left text is copied.
        let between = c.is_whitespace() || matches!(c, '-' | '.' | ',' | '\u{2010}'..='\u{2015}');
        if between
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{61c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        {
            continue;
        }
        let value = digit(c).ok_or(DigitsError::Character { position: index + 1 })?;
        found += 1;
        if found <= ROWS * ROW_DIGITS {
            digits.push(value);
        }
    }
    if found != ROWS * ROW_DIGITS {
        return Err(DigitsError::Count { found });
    }
    let mut number = Some(0_u128);
    for (row, digits) in digits.chunks(ROW_DIGITS).enumerate() {
        let (payload, checks) = digits.split_at(PAYLOAD_DIGITS);
        let stands = checks.iter().fold(0, |sum, digit| sum * 10 + u64::from(*digit));
        if stands != check(row, payload.iter().copied()) {
            return Err(DigitsError::Row { row: row + 1 });
        }
        for digit in payload {
            number = number.and_then(|sum| sum.checked_mul(10)?.checked_add(u128::from(*digit)));
        }
    }
    Ok(Zeroizing::new(number.ok_or(DigitsError::Number)?.to_be_bytes()))
}
