//! The receipt: sixteen random bytes that the reporter writes down, and all that follows from them.
//!
//! With 128 bits of chance a receipt needs no stretching. From it come, by HKDF-SHA-256 (RFC 5869) with a label each, the
//! mailbox's name, the key that answers are sealed to, the key that proves the return of the same person, and the blind
//! of the report's leaf. The receipt itself is never sent; whoever has one of these learns nothing of the others.
//!
//! Written as twelve words of BIP 39 in scripts that have a list, else as 39 digits in three rows with two check digits
//! each. The words of BIP 39 are used as a code only: nothing of its wallets is here. Lost is lost: nothing recovers it.

mod digits;
mod words;

use ed25519_next::{Signature, Signer as _, SigningKey, VerifyingKey};
use rand_core::CryptoRng;
use std::fmt;
use zeroize::Zeroizing;

pub use digits::{DigitsError, ROW_DIGITS, ROWS};
pub use words::{WORDS, WordList, WordListError, WordsError};

use crate::{
    envelope::Identity,
    leaf::Blind,
    secret::{derive, redacted},
};

const SALT: &[u8] = b"vouchsafe/receipt/v1";
/// What sets a proof of return apart from every other signature.
const RETURN_LABEL: &[u8; 19] = b"vouchsafe/return/v1";

/// What the reporter holds, and nobody else.
pub struct Receipt(Zeroizing<[u8; 16]>);

redacted!(Receipt => "Receipt", ReturnKey => "ReturnKey", Mailbox => "Mailbox");

impl Receipt {
    /// A new receipt.
    #[must_use]
    pub fn make(rng: &mut impl CryptoRng) -> Self {
        let mut bytes = Zeroizing::new([0; 16]);
        rng.fill_bytes(&mut *bytes);
        Self(bytes)
    }

    /// The receipt of these bytes.
    #[must_use]
    pub fn new(bytes: Zeroizing<[u8; 16]>) -> Self {
        Self(bytes)
    }

    /// The receipt as twelve words of a list, with one space between (an ideographic one for Chinese, none is needed to
    /// read them again).
    #[must_use]
    pub fn to_words(&self, list: &WordList) -> Zeroizing<String> {
        words::write(&self.0, list)
    }

    /// The numbers, from 0, of the twelve words in any list: for a page that has the list and fetches no more than it.
    #[must_use]
    pub fn word_numbers(&self) -> [u16; WORDS] {
        words::numbers(&self.0)
    }

    /// The receipt as three rows of digits, each in three groups of five: 39 digits of a number and two check digits a
    /// row.
    #[must_use]
    pub fn to_digits(&self) -> Zeroizing<String> {
        digits::write(&self.0)
    }

    /// Reads twelve words of one of the lists. Case, white space and Unicode's spelling do not matter.
    ///
    /// # Errors
    /// A word is missing, too many or unknown, or together they do not pass their check.
    pub fn from_words(text: &str, lists: &[&WordList]) -> Result<Self, WordsError> {
        Self::bytes_from_words(text, lists).map(Self)
    }

    /// As `from_words`, but the bytes: a page keeps them between its calls.
    ///
    /// # Errors
    /// As `from_words`.
    pub fn bytes_from_words(text: &str, lists: &[&WordList]) -> Result<Zeroizing<[u8; 16]>, WordsError> {
        words::read(text, lists)
    }

    /// Reads rows of digits, in any of the scripts that the pages are in. White space, dots and dashes do not matter.
    ///
    /// # Errors
    /// A digit is missing, too many or none, or a row does not pass its check.
    pub fn from_digits(text: &str) -> Result<Self, DigitsError> {
        Self::bytes_from_digits(text).map(Self)
    }

    /// As `from_digits`, but the bytes: a page keeps them between its calls.
    ///
    /// # Errors
    /// As `from_digits`.
    pub fn bytes_from_digits(text: &str) -> Result<Zeroizing<[u8; 16]>, DigitsError> {
        digits::read(text)
    }

    fn derive(&self, label: &[u8]) -> Zeroizing<[u8; 32]> {
        derive(&*self.0, SALT, label)
    }

    /// The name of the mailbox.
    #[must_use]
    pub fn mailbox(&self) -> Mailbox {
        Mailbox(*self.derive(b"mailbox"))
    }

    /// The identity that answers are sealed to.
    #[must_use]
    pub fn reply_identity(&self) -> Identity {
        Identity::from_seed(self.derive(b"reply"))
    }

    /// The key that proves the return of the same person.
    #[must_use]
    pub fn return_key(&self) -> ReturnKey {
        ReturnKey(SigningKey::from_bytes(&self.derive(b"return")))
    }

    /// The blind of the report's leaf.
    #[must_use]
    pub fn blind(&self) -> Blind {
        Blind::new(*self.derive(b"leaf"))
    }
}

/// The name of a mailbox: 32 bytes, written `mb-` and 64 hexadecimal digits. It is known to the server, and yet does not
/// print by `Debug`: in a trace it would tie visits to each other.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mailbox([u8; 32]);

impl Mailbox {
    /// The mailbox of this name.
    #[must_use]
    pub fn new(name: [u8; 32]) -> Self {
        Self(name)
    }

    /// The name as bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Mailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "mb-{}", hex::encode(self.0))
    }
}

/// The secret key that proves the return of the same person.
pub struct ReturnKey(SigningKey);

/// A proof of return that is not one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this does not prove the return of the one who made this mailbox")]
pub struct ReturnError;

fn return_message(mailbox: &Mailbox, nonce: &[u8; 32]) -> Vec<u8> {
    [RETURN_LABEL.as_slice(), &mailbox.0, nonce].concat()
}

impl ReturnKey {
    /// The public key, which the server keeps with the mailbox.
    #[must_use]
    pub fn public(&self) -> [u8; 32] {
        self.0.verifying_key().to_bytes()
    }

    /// Signs the server's nonce for this mailbox.
    #[must_use]
    pub fn prove(&self, mailbox: &Mailbox, nonce: &[u8; 32]) -> [u8; 64] {
        self.0.sign(&return_message(mailbox, nonce)).to_bytes()
    }
}

/// Verifies a proof of return. The nonce must be one that the server made and that was not used before; this crate
/// cannot know that.
///
/// # Errors
/// The proof is for another mailbox or nonce, or of another key.
pub fn verify_return(
    public: &[u8; 32],
    mailbox: &Mailbox,
    nonce: &[u8; 32],
    proof: &[u8; 64],
) -> Result<(), ReturnError> {
    let key = VerifyingKey::from_bytes(public).map_err(|_| ReturnError)?;
    key.verify_strict(&return_message(mailbox, nonce), &Signature::from_bytes(proof)).map_err(|_| ReturnError)
}
