//! SHA-256 of what comes piece by piece: WebCrypto has no such thing, and a film is never held whole.

use sha2_next::{Digest as _, Sha256};

use crate::{
    fault::Fault,
    fields::{Answer, Fields},
};

/// More than the page ever runs at once; a page that forgets to finish some is wrong.
const MAX_HASHES: usize = 16;

/// Hashes that were begun, by number.
#[derive(Default)]
pub(crate) struct Hashes([Option<Sha256>; MAX_HASHES]);

impl Hashes {
    fn place(&mut self, number: u64) -> Result<&mut Option<Sha256>, Fault> {
        usize::try_from(number).ok().and_then(|number| self.0.get_mut(number)).ok_or(Fault::Input)
    }

    /// → the number of a new hash.
    pub(crate) fn begin(&mut self) -> Result<Answer, Fault> {
        let number = self.0.iter().position(Option::is_none).ok_or(Fault::Input)? as u64;
        *self.place(number)? = Some(Sha256::new());
        Ok(Answer::new().field(&number.to_be_bytes()))
    }

    /// number, bytes → nothing.
    pub(crate) fn update(&mut self, input: &mut Fields<'_>) -> Result<Answer, Fault> {
        let number = input.number()?;
        self.place(number)?.as_mut().ok_or(Fault::Input)?.update(input.bytes()?);
        Ok(Answer::new())
    }

    /// number → the hash.
    pub(crate) fn finish(&mut self, input: &mut Fields<'_>) -> Result<Answer, Fault> {
        let number = input.number()?;
        let hash = self.place(number)?.take().ok_or(Fault::Input)?;
        Ok(Answer::new().field(&hash.finalize()))
    }
}
