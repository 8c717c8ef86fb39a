//! Makes the residents' page: a fixed bundle of static files, the same bytes from the same sources and configuration.
//!
//!     page CONFIG MODULES OUT
//!
//! CONFIG is an intake.toml; MODULES the folder with the built modules, which `cargo xtask web` makes and hands over; OUT the
//! folder for the bundle, which is made anew. Nothing is rendered on a server: a page that is the same for everybody can be
//! compared with its entry in the log by anybody. Prints the bundle's hash and its weights; over budget is a failure.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

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

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, fs};

    use super::*;
    use crate::words::{LANGUAGES, Words};

    fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
        let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
        entries.map(|file| (file.file_name().into_string().unwrap(), fs::read(file.path()).unwrap())).collect()
    }

    fn modules(folder: &Path) {
        for name in ["report", "back", "media", "card"] {
            fs::write(folder.join(format!("{name}.wasm")), b"\0asm").unwrap();
            fs::write(folder.join(format!("{name}.twin.js")), "const twin = () => ({});").unwrap();
        }
    }

    #[test]
    fn the_same_sources_make_the_same_bundle_with_a_manifest_of_every_file() {
        let config = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/intake.toml");
        let folder = tempfile::tempdir().unwrap();
        modules(folder.path());
        let (first, second) = (folder.path().join("first"), folder.path().join("second/below"));
        make(config.as_ref(), folder.path(), &first).unwrap();
        make(config.as_ref(), folder.path(), &second).unwrap();
        let made = files(&first);
        assert_eq!(made, files(&second));
        let manifest: serde_json::Value = serde_json::from_slice(&made["manifest.json"]).unwrap();
        let named = manifest["files"].as_object().unwrap();
        assert_eq!(made.len(), 2 * named.len() + 1);
        for (path, file) in named {
            let name = path.trim_start_matches('/');
            let hash = |bytes: &[u8]| hex::encode(<sha2::Sha256 as sha2::Digest>::digest(bytes));
            assert_eq!(file["sha256"], hash(&made[name]), "{path}");
            assert_eq!(file["br_sha256"], hash(&made[&format!("{name}.br")]), "{path}");
        }
    }

    #[test]
    fn no_page_has_anything_inline_or_from_elsewhere() {
        let config = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/intake.toml");
        let folder = tempfile::tempdir().unwrap();
        modules(folder.path());
        let out = folder.path().join("out");
        make(config.as_ref(), folder.path(), &out).unwrap();
        let mut translated = 0;
        for (name, bytes) in files(&out).iter().filter(|(name, _)| name.ends_with(".html")) {
            let page = std::str::from_utf8(bytes).unwrap();
            for tag in page.split("<script").skip(1) {
                let tag = tag.split('>').next().unwrap();
                assert!(tag.contains("src=\"/") && tag.contains("integrity=\"sha384-"), "{name}: {tag}");
            }
            assert!(!page.contains("<style") && !page.contains(" style=") && !page.contains("<img"), "{name}");
            let language = LANGUAGES.iter().find(|language| page.contains(&format!("<html lang=\"{}\"", language.tag)));
            if let Some(language) = language.filter(|language| language.tag != "en") {
                let unreviewed = Words::new(language).unwrap().say("unreviewed");
                assert!(page.contains(&*unreviewed), "{name} does not say that nobody has reviewed it");
                translated += 1;
            }
            let elsewhere = page.matches("https://").count();
            assert!(elsewhere <= 1, "{name}: only the quick exit leads elsewhere");
        }
        assert!(translated >= LANGUAGES.len() - 1, "{translated}");
    }
}
