//! Proofs of return and works, as strangers send them: no panic, and nothing that was not earned is accepted.
#![no_main]

use std::{sync::LazyLock, time::Instant};

use seal::receipt::verify_return;
use server::report::{
    PROOF_BYTES, Proof,
    work::{Work, holds},
};

static WORK: LazyLock<Work> = LazyLock::new(|| Work::new().expect("the system has randomness"));

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    assert_eq!(Proof::parse(bytes).is_some(), bytes.len() == PROOF_BYTES);
    if let (Some(key), Some(proof)) = (bytes.first_chunk::<32>(), Proof::parse(bytes)) {
        // Nobody has signed this nonce for this mailbox.
        assert!(verify_return(key, &proof.mailbox, &[0; 32], &[0; 64]).is_err());
    }
    // The key of the tokens is this process' own: no bytes from outside are a work.
    assert!(WORK.accept(bytes, 1, Instant::now()).is_err());
    if let Some((challenge, numbers)) = bytes.split_first_chunk::<32>() {
        let links = numbers.len() / 8;
        assert_eq!(holds(challenge, numbers, links as u16, 0), numbers.len() % 8 == 0 && links <= usize::from(u16::MAX));
    }
});
