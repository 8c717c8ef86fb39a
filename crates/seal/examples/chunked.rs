//! Seals and opens attachments, so that a browser's WebCrypto and pyca/cryptography can be held against this crate.
//!
//! `chunked seal KEY` and `chunked open KEY` read standard input and write standard output; KEY is 64 hexadecimal
//! digits. A tool for tests: the key stands on its command line.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::io::{Read as _, Write as _};

use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng as _};
use seal::{
    chunked::{FileKey, open, seal},
    report::ATTACHMENT_CONTEXT,
};
use zeroize::Zeroizing;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [verb, digits] = args.as_slice() else { panic!("usage: chunked seal|open KEY") };
    let mut key = Zeroizing::new([0; 32]);
    hex::decode_to_slice(digits, &mut *key).expect("a key of 64 hexadecimal digits");
    let key = FileKey::new(key);
    let mut input = Vec::new();
    std::io::stdin().read_to_end(&mut input).expect("standard input can be read");
    let output = |bytes: &[u8]| std::io::stdout().write_all(bytes).expect("standard output can be written");
    match verb.as_str() {
        "seal" => {
            let mut seed = [0; 32];
            getrandom::fill(&mut seed).expect("the system has randomness");
            let mut rng = ChaCha20Rng::from_seed(seed);
            output(&seal(&key, ATTACHMENT_CONTEXT, &input, &mut rng).expect("no file is too long here"));
        }
        "open" => match open(key, ATTACHMENT_CONTEXT, &input) {
            Ok(opened) => output(&opened),
            Err(error) => {
                eprintln!("{error}");
                std::process::exit(1);
            }
        },
        _ => panic!("usage: chunked seal|open KEY"),
    }
}
