//! Receipts: what follows from one, how it is written and read, the proof of return.

use seal::Receipt;
#[cfg(feature = "back")]
use seal::receipt::{DigitsError, WordList, WordsError};
use zeroize::Zeroizing;

use crate::{
    fault::Fault,
    fields::{Answer, Fields},
};

/// The receipt in the next field.
pub(crate) fn receipt(input: &mut Fields<'_>) -> Result<Receipt, Fault> {
    Ok(Receipt::new(Zeroizing::new(input.array()?)))
}

/// receipt → mailbox, public key of return, blind, digits.
pub(crate) fn derive(input: &mut Fields<'_>) -> Result<Answer, Fault> {
    let receipt = receipt(input)?;
    Ok(Answer::new()
        .field(receipt.mailbox().as_bytes())
        .field(&receipt.return_key().public())
        .field(receipt.blind().as_bytes())
        .field(receipt.to_digits().as_bytes()))
}

#[cfg(feature = "back")]
fn list(input: &mut Fields<'_>) -> Result<WordList, Fault> {
    WordList::parse(input.text()?).map_err(|_| Fault::WordsList)
}

/// receipt, list of words → twelve words.
pub(crate) fn write_words(input: &mut Fields<'_>) -> Result<Answer, Fault> {
    let receipt = receipt(input)?;
    let list = input.text()?;
    let mut answer = Answer::new();
    for number in receipt.word_numbers() {
        answer = answer.field(list.lines().nth(usize::from(number)).ok_or(Fault::WordsList)?.as_bytes());
    }
    Ok(answer)
}

/// typed text in NFKD, list of words → receipt.
#[cfg(feature = "back")]
pub(crate) fn read_words(input: &mut Fields<'_>) -> Result<Answer, Fault> {
    let typed = input.text()?;
    let list = list(input)?;
    let bytes = Receipt::bytes_from_words(typed, &[&list]).map_err(|error| match error {
        WordsError::Count { .. } => Fault::WordsCount,
        WordsError::Unknown { positions } => Fault::WordsUnknown(positions),
        WordsError::Check => Fault::WordsCheck,
        _ => Fault::WordsList,
    })?;
    Ok(Answer::new().field(&*bytes))
}

/// typed text → receipt.
#[cfg(feature = "back")]
pub(crate) fn read_digits(input: &mut Fields<'_>) -> Result<Answer, Fault> {
    let bytes = Receipt::bytes_from_digits(input.text()?).map_err(|error| match error {
        DigitsError::Character { position } => Fault::DigitsCharacter(position),
        DigitsError::Row { row } => Fault::DigitsRow(row),
        DigitsError::Number => Fault::DigitsNumber,
        _ => Fault::DigitsCount,
    })?;
    Ok(Answer::new().field(&*bytes))
}

/// receipt, nonce → the proof of return as it is sent: mailbox, nonce, signature.
#[cfg(feature = "back")]
pub(crate) fn prove_return(input: &mut Fields<'_>) -> Result<Answer, Fault> {
    let receipt = receipt(input)?;
    let nonce = input.array()?;
    let mailbox = receipt.mailbox();
    let signature = receipt.return_key().prove(&mailbox, &nonce);
    Ok(Answer::new().field(&[mailbox.as_bytes().as_slice(), &nonce, &signature].concat()))
}
