//! The guide's calls (`guide::calls`), which read and give JSON: 17 reads a pack, 18 gives the situations of an agency, 19 the next
//! question or what is said, 20 what is said to one question of law. No call says yes to anything.

use zeroize::Zeroizing;

use crate::fault::Fault;

/// What stays between calls: the pack.
pub use guide::calls::State;

/// The number before the first of these calls: numbers are one list over all modules.
const BEFORE: u32 = 16;

/// Does one call.
///
/// # Errors
/// The call gave nothing: the page says that counsel is asked.
pub fn call(state: &mut State, number: u32, input: &[u8]) -> Result<Zeroizing<Vec<u8>>, Fault> {
    use guide::calls::CallError;
    let own = number.checked_sub(BEFORE).ok_or(Fault::NoCall(number))?;
    guide::calls::call(state, own, input).map(Zeroizing::new).map_err(|error| match error {
        CallError::NoCall(_) => Fault::NoCall(number),
        CallError::Pack(_) => Fault::Pack,
        CallError::NoPack => Fault::NoPack,
        CallError::Fields => Fault::Asked,
        _ => Fault::Input,
    })
}
