//! The names of things in the record: an entry, a request, a filing, a person counted without a name.
//!
//! Each is 128 bits that the caller drew at random (or, for a person key, derived under a secret), never a counter: an id
//! tells nothing about how many others there are or when it was made. The text form is a two-letter prefix, a hyphen,
//! 26 digits of lower-case Crockford base32 and one check character, so that a wrong kind of id is seen at once and an id
//! read over the telephone is refused when one character or the order of two is wrong.
//!
//! Source: Douglas Crockford, "Base 32". His check symbols (mod 37) need characters that spreadsheets and shells mistake;
//! ours is a weighted sum in the field of 32 elements, which stays within the alphabet and still finds every single wrong
//! character and every swap of two.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{Digest, Sha256};

/// The digits, in the order of their values: no i, l, o, u.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// 128 bits in digits of five bits: the first digit carries three.
const DIGITS: u32 = 26;

/// Why a text is not an id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// The prefix is another one: an id of another kind, or no id.
    #[error("`{input}` does not begin with `{prefix}-`: give {what}")]
    Prefix {
        /// The text as given.
        input: String,
        /// The prefix that was looked for.
        prefix: &'static str,
        /// What the id names.
        what: &'static str,
    },
    /// Too short or too long.
    #[error("`{input}` has {found} characters after its prefix and must have 27: copy it whole")]
    Length {
        /// The text as given.
        input: String,
        /// How many characters follow the prefix.
        found: usize,
    },
    /// A character outside the alphabet.
    #[error("`{input}` holds `{character}`, which no id has: copy it again")]
    Character {
        /// The text as given.
        input: String,
        /// The first such character.
        character: char,
    },
    /// The check character does not fit: something was mistyped.
    #[error("`{input}` is mistyped: its last character does not fit the others")]
    Check {
        /// The text as given.
        input: String,
    },
}

/// One step of the weighted sum: the sum so far times x, in GF(2^5) with x^5 + x^2 + 1, plus the next digit.
fn weigh(sum: u8, digit: u8) -> u8 {
    let doubled = sum << 1;
    let reduced = if doubled & 0x20 == 0 { doubled } else { doubled ^ 0x25 };
    reduced ^ digit
}

fn symbol(value: u8) -> char {
    char::from(ALPHABET.get(usize::from(value & 31)).copied().unwrap_or(b'0'))
}

fn write_id(f: &mut fmt::Formatter<'_>, prefix: &str, bytes: [u8; 16]) -> fmt::Result {
    let mut text = String::with_capacity(30);
    text.push_str(prefix);
    text.push('-');
    let number = u128::from_be_bytes(bytes);
    let mut sum = 0;
    for place in (0..DIGITS).rev() {
        // The mask leaves five bits, so the value fits.
        let digit = ((number >> (5 * place)) & 31) as u8;
        sum = weigh(sum, digit);
        text.push(symbol(digit));
    }
    text.push(symbol(weigh(sum, 0)));
    f.write_str(&text)
}

fn parse_id(input: &str, prefix: &'static str, what: &'static str) -> Result<[u8; 16], IdError> {
    let rest = input.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('-')).ok_or_else(|| IdError::Prefix {
        input: input.to_owned(),
        prefix,
        what,
    })?;
    let mut digits = Vec::with_capacity(27);
    for character in rest.chars() {
        let value = ALPHABET.iter().position(|symbol| char::from(*symbol) == character);
        let value = value.and_then(|value| u8::try_from(value).ok());
        digits.push(value.ok_or_else(|| IdError::Character { input: input.to_owned(), character })?);
    }
    if digits.len() != 27 {
        return Err(IdError::Length { input: input.to_owned(), found: digits.len() });
    }
    let check = digits.pop().unwrap_or_default();
    // The first digit carries three bits; a larger one would be a second spelling of another id.
    let first_fits = digits.first().is_some_and(|first| *first < 8);
    let sum = digits.iter().fold(0, |sum, digit| weigh(sum, *digit));
    if !first_fits || weigh(sum, 0) != check {
        return Err(IdError::Check { input: input.to_owned() });
    }
    Ok(digits.iter().fold(0_u128, |number, digit| (number << 5) | u128::from(*digit)).to_be_bytes())
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal, $what:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; 16]);

        impl $name {
            /// The id made of these 16 bytes, which the caller drew at random.
            #[must_use]
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(bytes)
            }

            /// The 16 bytes.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; 16] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write_id(f, $prefix, self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(input: &str) -> Result<Self, IdError> {
                parse_id(input, $prefix, $what).map(Self)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                text.parse().map_err(de::Error::custom)
            }
        }
    };
}

id!(
    /// One entry of the record, `en-…`.
    EntryId, "en", "the id of an entry"
);
id!(
    /// One request by an outside authority, `rq-…`; all entries about it carry it.
    RequestId, "rq", "the id of a request"
);
id!(
    /// One filing, `fl-…`.
    FilingId, "fl", "the id of a filing"
);
id!(
    /// One resident's report, `rp-…`; the entry that it becomes when its day has ended has the same 16 bytes.
    ReportId, "rp", "the id of a report"
);
id!(
    /// One person, `pk-…`, so that persons can be counted without a name. Derived under a secret of the city: whoever
    /// holds the record but not the secret cannot test a name or a booking number against it.
    PersonKey, "pk", "a person key"
);

id!(
    /// One contact with an outside authority that a log of the city shows, `co-…`. Derived under a secret of the city:
    /// whoever holds the record but not the secret cannot test a message against it.
    ContactId, "co", "the id of a contact"
);

id!(
    /// A member of the staff who sign in, `st-…`.
    StaffId, "st", "the id of a member of the staff"
);

id!(
    /// A program of the city that calls the interface, `sy-…`.
    SystemId, "sy", "the id of a system"
);

impl ContactId {
    /// The id of the contact that has this key (ADR 21), under the city's 32-byte `secret`: the first 16 bytes of SHA-256
    /// over a label, the secret and the key.
    #[must_use]
    pub fn derive(secret: &[u8; 32], key: &[u8; 32]) -> Self {
        let hash =
            Sha256::new().chain_update(b"vouchsafe contact v1\0").chain_update(secret).chain_update(key).finalize();
        Self(first_16(hash))
    }
}

impl PersonKey {
    /// The key of the person whom the agency knows under `identifier` (a booking or case number), under the city's
    /// 32-byte `secret`: the first 16 bytes of SHA-256 over a label, the secret and the identifier.
    ///
    /// The same identifier under the same secret gives the same key, which is what lets persons be counted.
    #[must_use]
    pub fn derive(secret: &[u8; 32], identifier: &str) -> Self {
        let hash = Sha256::new()
            .chain_update(b"vouchsafe person key v1\0")
            .chain_update(secret)
            .chain_update(identifier.as_bytes())
            .finalize();
        Self(first_16(hash))
    }
}

/// The first 16 bytes of a SHA-256: an id that follows from what it names, where the same thing must have the same id again.
#[must_use]
pub fn first_16(hash: impl Into<[u8; 32]>) -> [u8; 16] {
    hash.into().first_chunk().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use proptest::prelude::*;

    use super::*;

    fn check(input: &str, expect: Expect) {
        expect.assert_eq(&input.parse::<EntryId>().unwrap_err().to_string());
    }

    #[test]
    fn text_form() {
        expect!["en-000000000000000000000000000"].assert_eq(&EntryId::from_bytes([0; 16]).to_string());
        expect!["rq-7zzzzzzzzzzzzzzzzzzzzzzzzzc"].assert_eq(&RequestId::from_bytes([255; 16]).to_string());
        expect!["pk-1y0kta9pzsjf5zma4bd8yye7ap9"].assert_eq(&PersonKey::derive(&[7; 32], "8952301234").to_string());
    }

    #[test]
    fn errors_quote_the_input() {
        check(
            "rq-000000000000000000000000000",
            expect!["`rq-000000000000000000000000000` does not begin with `en-`: give the id of an entry"],
        );
        check("en-0000", expect!["`en-0000` has 4 characters after its prefix and must have 27: copy it whole"]);
        check(
            "en-00000000000000000000000000u",
            expect!["`en-00000000000000000000000000u` holds `u`, which no id has: copy it again"],
        );
        check(
            "en-000000000000000000000000001",
            expect!["`en-000000000000000000000000001` is mistyped: its last character does not fit the others"],
        );
        check(
            "en-800000000000000000000000000",
            expect!["`en-800000000000000000000000000` is mistyped: its last character does not fit the others"],
        );
    }

    proptest! {
        #[test]
        fn text_form_comes_back(bytes: [u8; 16]) {
            let id = RequestId::from_bytes(bytes);
            prop_assert_eq!(id.to_string().parse::<RequestId>().unwrap(), id);
        }

        #[test]
        fn one_wrong_character_is_found(bytes: [u8; 16], place in 3..30_usize, other in 0..32_usize) {
            let good = RequestId::from_bytes(bytes).to_string().into_bytes();
            let mut bad = good.clone();
            bad[place] = ALPHABET[other];
            prop_assume!(bad != good);
            prop_assert!(String::from_utf8(bad).unwrap().parse::<RequestId>().is_err());
        }

        #[test]
        fn two_swapped_characters_are_found(bytes: [u8; 16], one in 3..30_usize, two in 3..30_usize) {
            let good = RequestId::from_bytes(bytes).to_string().into_bytes();
            let mut bad = good.clone();
            bad.swap(one, two);
            prop_assume!(bad != good);
            prop_assert!(String::from_utf8(bad).unwrap().parse::<RequestId>().is_err());
        }
    }
}
