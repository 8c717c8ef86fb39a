//! What a page hands to its module: no panic, whatever the bytes, and what is answered is fields again.
//!
//! The first byte is the number of the call; the rest its input.
#![no_main]

use web::{
    calls::{State, call},
    fields::Fields,
};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Some((number, input)) = bytes.split_first() else { return };
    if let Ok(answer) = call(&mut State::default(), u32::from(*number), input) {
        let mut fields = Fields::new(&answer);
        while !fields.is_empty() {
            fields.bytes().expect("what is answered is read");
        }
    }
});
