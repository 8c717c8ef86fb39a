//! The border to the page: the only unsafe code, and nothing but the handing over of memory.
//!
//! The page calls `alloc`, writes its input there and calls `call` (or `clean`), which takes the input over and zeroes it.
//! The answer, or the fault's detail, lies at `out_ptr` until the next call, which zeroes it. 0 is success; other numbers are
//! those of `Fault`. A panic aborts the module, which the page sees as an error of the call: nothing unwinds across.
#![allow(unsafe_code)]

use std::cell::RefCell;

use zeroize::Zeroizing;

thread_local! {
    static OUT: RefCell<Zeroizing<Vec<u8>>> = RefCell::default();
}

/// Memory for so many bytes of input, zeroed. The next `call` with this address and length takes it back.
#[unsafe(no_mangle)]
pub extern "C" fn alloc(len: usize) -> *mut u8 {
    Box::into_raw(vec![0_u8; len].into_boxed_slice()).cast()
}

/// Where the answer lies.
#[unsafe(no_mangle)]
pub extern "C" fn out_ptr() -> *const u8 {
    OUT.with_borrow(|out| out.as_ptr())
}

/// How long the answer is.
#[unsafe(no_mangle)]
pub extern "C" fn out_len() -> usize {
    OUT.with_borrow(|out| out.len())
}

fn answer(result: Result<Zeroizing<Vec<u8>>, crate::fault::Fault>) -> u32 {
    let (number, bytes) = match result {
        Ok(bytes) => (0, bytes),
        Err(fault) => (fault.number(), Zeroizing::new(fault.detail())),
    };
    OUT.set(bytes);
    number
}

#[cfg(feature = "report")]
mod report {
    use super::*;

    thread_local! {
        static STATE: RefCell<crate::calls::State> = RefCell::default();
    }

    /// Does the call of this number.
    ///
    /// # Safety
    /// `input` and `len` are those of an `alloc` that no other call has taken back.
    #[unsafe(no_mangle)]
    pub unsafe extern "C" fn call(number: u32, input: *mut u8, len: usize) -> u32 {
        // SAFETY: by contract this is the slice that `alloc` leaked, with its own length.
        let input = Zeroizing::new(unsafe { Box::from_raw(std::ptr::slice_from_raw_parts_mut(input, len)) }.into_vec());
        answer(STATE.with_borrow_mut(|state| crate::calls::call(state, number, &input)))
    }
}

// Alone in its module, so it has the same name.
#[cfg(all(feature = "card", not(feature = "report")))]
mod card {
    use super::*;

    /// Does the call of this number.
    ///
    /// # Safety
    /// `input` and `len` are those of an `alloc` that no other call has taken back.
    #[unsafe(no_mangle)]
    pub unsafe extern "C" fn call(number: u32, input: *mut u8, len: usize) -> u32 {
        // SAFETY: by contract this is the slice that `alloc` leaked, with its own length.
        let input = Zeroizing::new(unsafe { Box::from_raw(std::ptr::slice_from_raw_parts_mut(input, len)) }.into_vec());
        answer(crate::card::call(number, &input))
    }
}

// Alone in its module too.
#[cfg(all(feature = "guide", not(feature = "report")))]
mod guide {
    use super::*;

    thread_local! {
        static STATE: RefCell<crate::guiding::State> = RefCell::default();
    }

    /// Does the call of this number.
    ///
    /// # Safety
    /// `input` and `len` are those of an `alloc` that no other call has taken back.
    #[unsafe(no_mangle)]
    pub unsafe extern "C" fn call(number: u32, input: *mut u8, len: usize) -> u32 {
        // SAFETY: by contract this is the slice that `alloc` leaked, with its own length.
        let input = Zeroizing::new(unsafe { Box::from_raw(std::ptr::slice_from_raw_parts_mut(input, len)) }.into_vec());
        answer(STATE.with_borrow_mut(|state| crate::guiding::call(state, number, &input)))
    }
}

#[cfg(feature = "media")]
mod media {
    use ::media::{Source, Unread};

    use super::*;

    #[link(wasm_import_module = "page")]
    unsafe extern "C" {
        /// Writes bytes of the file to `to`; 1 if it could. Numbers of eight bytes cross in halves: the twin has none.
        fn read_at(high: u32, low: u32, to: *mut u8, len: usize) -> u32;
    }

    struct Page(u64);

    impl Source for Page {
        fn len(&self) -> u64 {
            self.0
        }

        fn read_at(&mut self, offset: u64, buf: &mut [u8]) -> Result<(), Unread> {
            // SAFETY: the page writes at most `buf.len()` bytes to `buf`, which is ours alone.
            let done = unsafe { read_at((offset >> 32) as u32, offset as u32, buf.as_mut_ptr(), buf.len()) };
            if done == 1 { Ok(()) } else { Err(Unread { offset, len: buf.len() as u64 }) }
        }
    }

    /// The edits that make the page's file, of this length, clean.
    #[unsafe(no_mangle)]
    pub extern "C" fn clean(high: u32, low: u32) -> u32 {
        let len = u64::from(high) << 32 | u64::from(low);
        answer(crate::cleaning::edits(&mut Page(len)).map(Zeroizing::new))
    }
}
