//! A cursor over bytes that are held: every step says whether there was enough left.

/// Bytes that were not yet taken.
#[derive(Clone, Copy)]
pub(crate) struct Cursor<'b>(pub(crate) &'b [u8]);

impl<'b> Cursor<'b> {
    pub(crate) fn take(&mut self, len: usize) -> Option<&'b [u8]> {
        let (taken, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(taken)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*taken)
    }

    pub(crate) fn u8(&mut self) -> Option<u8> {
        self.array::<1>().map(|[byte]| byte)
    }

    pub(crate) fn be16(&mut self) -> Option<u16> {
        self.array().map(u16::from_be_bytes)
    }

    pub(crate) fn be32(&mut self) -> Option<u32> {
        self.array().map(u32::from_be_bytes)
    }

    /// A number of `len` bytes, most significant first; `len` is at most 8.
    pub(crate) fn be(&mut self, len: usize) -> Option<u64> {
        if len > 8 {
            return None;
        }
        Some(self.take(len)?.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }
}

/// The last `len` bytes of a number, most significant first.
pub(crate) fn put_be(out: &mut Vec<u8>, number: u64, len: usize) {
    let bytes = number.to_be_bytes();
    out.extend_from_slice(bytes.get(8_usize.saturating_sub(len)..).unwrap_or_default());
}
