//! Codes for the card: of every length that fits, in every way in which a code writes characters, and inputs that are none.

use serde_json::json;
use web::fault::Fault;
use zeroize::Zeroizing;

use crate::{fields, tape};

const DRAW: u32 = 16;

fn ask(number: u32, input: &[u8]) -> Result<Zeroizing<Vec<u8>>, Fault> {
    let answer = web::card::call(number, input);
    let question = json!({ "module": "card", "call": number, "input": hex::encode(input) });
    tape::write("it.jsonl", question, answer.as_ref().map(|out| out.as_slice()));
    answer
}

#[test]
fn every_length_that_fits_is_drawn_and_no_other() {
    // What fits in the largest code, by its characters: bytes, letters of its own alphabet, digits (ISO/IEC 18004, table 7).
    for (character, most) in [("y", 2_331), ("Y", 3_391), ("7", 5_596)] {
        for len in [0, 1, 25, 26, 100, 400, 1_000, most] {
            assert!(ask(DRAW, &fields(&[character.repeat(len).as_bytes()])).is_ok(), "{len} of {character}");
        }
        assert_eq!(ask(DRAW, &fields(&[character.repeat(most + 1).as_bytes()])), Err(Fault::Input));
    }
}

#[test]
fn what_is_not_in_the_form_of_a_call_draws_nothing() {
    for bad in tape::spoilt(&fields(&["— ü 中".as_bytes()])) {
        let answer = ask(DRAW, &bad);
        assert!(answer.is_ok() || answer == Err(Fault::Input));
    }
    assert_eq!(ask(6, b""), Err(Fault::NoCall(6)));
}
