//! Seals and opens age files, so that other implementations can be held against this one (`e2e/age-interop.mjs`).
//!
//! `age new` prints an identity and its recipient; `age seal RECIPIENT...` and `age open IDENTITY` read standard input
//! and write standard output; `age open` takes armor too. A tool for tests: secrets stand on its command line.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::io::{Read as _, Write as _};

use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng as _};
use seal::{Identity, Recipient, envelope};

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).expect("the system has randomness");
    let mut rng = ChaCha20Rng::from_seed(seed);
    let input = || {
        let mut bytes = Vec::new();
        std::io::stdin().read_to_end(&mut bytes).expect("standard input can be read");
        bytes
    };
    let output = |bytes: &[u8]| std::io::stdout().write_all(bytes).expect("standard output can be written");
    match args.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["new"] => {
            let identity = Identity::make(&mut rng);
            println!("{}\n{}", *identity.to_text(), identity.recipient().expect("an identity has a recipient"));
        }
        ["seal", recipients @ ..] => {
            let recipients: Vec<Recipient> = recipients.iter().map(|text| text.parse().expect("a recipient")).collect();
            let sealed = envelope::seal(&recipients.iter().collect::<Vec<_>>(), &input(), &mut rng);
            output(&sealed.unwrap_or_else(|error| fail(&error)));
        }
        ["open", identity] => {
            let identity: Identity = identity.parse().expect("an identity");
            let sealed = input();
            let armored = sealed.trim_ascii_start().starts_with(b"-----BEGIN");
            let opened =
                if armored { envelope::open_armored(&identity, &sealed) } else { envelope::open(&identity, &sealed) };
            output(&opened.unwrap_or_else(|error| fail(&error)));
        }
        _ => panic!("usage: age new | seal RECIPIENT... | open IDENTITY"),
    }
}

fn fail(error: &dyn std::error::Error) -> ! {
    eprintln!("{error}");
    std::process::exit(1)
}
