//! Makes the residents' page: a fixed bundle of static files, the same bytes from the same sources and configuration.
//!
//!     page CONFIG MODULES OUT
//!
//! CONFIG is an intake.toml; MODULES the folder with the built modules, which `cargo xtask web` makes and hands over; OUT the
//! folder for the bundle, which is made anew. Nothing is rendered on a server: a page that is the same for everybody can be
//! compared with its entry in the log by anybody. Prints the bundle's hash and its weights; over budget is a failure.

mod bundle;
mod config;
mod headers;
mod keys;
mod layout;
mod pages;
mod weights;
mod words;

use std::{path::Path, process::ExitCode};

/// Why there is no bundle.
#[derive(Debug, thiserror::Error)]
enum MakeError {
    #[error("page CONFIG MODULES OUT")]
    Usage,
    #[error("`{0}` cannot be read or written")]
    File(String, #[source] std::io::Error),
    #[error("`{0}` is not in the form of an intake.toml")]
    Config(String, #[source] Box<toml::de::Error>),
    #[error("{0}")]
    Key(#[from] keys::KeysError),
    #[error("{0}")]
    Words(#[from] words::WordsError),
    #[error("the bundle is too heavy: {0}")]
    Weight(String),
}

fn make(config: &Path, modules: &Path, out: &Path) -> Result<(), MakeError> {
    let config = config::Config::read(config)?;
    let mut bundle = bundle::Bundle::default();
    bundle.take_modules(modules)?;
    bundle.add_statics();
    keys::add(&config, &mut bundle)?;
    pages::add(&config, &mut bundle)?;
    let compressed = bundle.compressed();
    let weights = weights::weigh(&bundle, &compressed);
    print!("{weights}");
    let hash = bundle.write(&compressed, out)?;
    println!("bundle sha256 {hash}");
    weights.check().map_err(MakeError::Weight)
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let done = match arguments.as_slice() {
        [config, modules, out] => make(Path::new(config), Path::new(modules), Path::new(out)),
        _ => Err(MakeError::Usage),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let mut cause: Option<&dyn std::error::Error> = Some(&error);
            while let Some(error) = cause {
                eprintln!("page: {error}");
                cause = error.source();
            }
            ExitCode::FAILURE
        }
    }
}
