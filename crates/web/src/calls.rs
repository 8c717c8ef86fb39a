//! The calls by number, as the page knows them. A call reads fields and gives fields; see each for which.

use zeroize::Zeroizing;

#[cfg(feature = "back")]
use crate::{days, replies};
use crate::{
    fault::Fault,
    fields::{Answer, Fields},
    hashing::Hashes,
    keys, promises, receipts, reports,
};

/// What stays between calls: hashes that were begun. No secret does.
#[derive(Default)]
pub struct State {
    hashes: Hashes,
}

/// Does one call.
///
/// # Errors
/// The call gave nothing; the fault says why.
pub fn call(state: &mut State, number: u32, input: &[u8]) -> Result<Zeroizing<Vec<u8>>, Fault> {
    let mut fields = Fields::new(input);
    let answer = one(state, number, &mut fields)?;
    fields.finish()?;
    Ok(answer.finish())
}

fn one(state: &mut State, number: u32, input: &mut Fields<'_>) -> Result<Answer, Fault> {
    match number {
        1 => receipts::derive(input),
        2 => receipts::write_words(input),
        #[cfg(feature = "back")]
        3 => receipts::read_words(input),
        #[cfg(feature = "back")]
        4 => receipts::read_digits(input),
        #[cfg(feature = "back")]
        5 => receipts::prove_return(input),
        6 => reports::seal(input),
        7 => reports::padding(input),
        #[cfg(feature = "back")]
        8 => replies::open(input),
        9 => promises::check(input),
        #[cfg(feature = "back")]
        10 => days::find(input),
        11 => state.hashes.begin(),
        12 => state.hashes.update(input),
        13 => state.hashes.finish(input),
        14 => keys::check(input),
        #[cfg(feature = "back")]
        15 => promises::recall(input),
        other => Err(Fault::NoCall(other)),
    }
}
