//! The calls as these tests make them, written down. After the first good input of each call in each test come bad ones that are
//! made of it, so that no call is without.

use std::{
    collections::BTreeSet,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

use serde_json::json;
use zeroize::Zeroizing;

use super::{Fault, Fields, fields};
use crate::calls;

#[path = "../../tests/it/tape.rs"]
mod tape;

/// State of calls, with a number by which those that share it are known.
pub struct State(calls::State, u64);

impl Default for State {
    fn default() -> Self {
        static STATES: AtomicU64 = AtomicU64::new(0);
        Self(calls::State::default(), STATES.fetch_add(1, Relaxed))
    }
}

/// As `calls::call`, written down.
pub fn call(state: &mut State, number: u32, input: &[u8]) -> Result<Zeroizing<Vec<u8>>, Fault> {
    let answer = once(state, number, input);
    static DONE: Mutex<BTreeSet<(String, u32)>> = Mutex::new(BTreeSet::new());
    if answer.is_ok() && DONE.lock().unwrap().insert((tape::test(), number)) {
        for bad in tape::spoilt(input) {
            let _ = once(&mut State::default(), number, &bad);
        }
    }
    answer
}

fn once(state: &mut State, number: u32, input: &[u8]) -> Result<Zeroizing<Vec<u8>>, Fault> {
    let answer = calls::call(&mut state.0, number, input);
    let question = json!({ "module": "back", "state": state.1, "call": number, "input": hex::encode(input) });
    tape::write("lib.jsonl", question, answer.as_ref().map(|out| out.as_slice()));
    answer
}
