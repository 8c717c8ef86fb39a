//! Chance that the page handed in, used up from its beginning. The traits of `rand_core` cannot fail, so a call that wants
//! more than it was given gets zeros, and `spent` then throws away what was made with them.

use std::convert::Infallible;

use rand_core::{TryCryptoRng, TryRng};

use crate::fault::Fault;

pub(crate) struct Chance<'a> {
    rest: &'a [u8],
    short: bool,
}

impl<'a> Chance<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, short: false }
    }

    /// What was made, if there was enough chance for it.
    pub(crate) fn spent<T>(self, made: T) -> Result<T, Fault> {
        if self.short { Err(Fault::Chance) } else { Ok(made) }
    }

    fn take<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.fill(&mut bytes);
        bytes
    }

    fn fill(&mut self, out: &mut [u8]) {
        match self.rest.split_at_checked(out.len()) {
            Some((now, rest)) => {
                out.copy_from_slice(now);
                self.rest = rest;
            }
            None => {
                out.fill(0);
                self.short = true;
            }
        }
    }
}

impl TryRng for Chance<'_> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(u32::from_le_bytes(self.take()))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(u64::from_le_bytes(self.take()))
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        self.fill(out);
        Ok(())
    }
}

impl TryCryptoRng for Chance<'_> {}
