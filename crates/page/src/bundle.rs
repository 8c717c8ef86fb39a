//! The bundle: files by their path, with their hashes, compressed copies and manifest.

use std::{collections::BTreeMap, fs, path::Path};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::Serialize;
use sha2::{Digest as _, Sha256, Sha384};

use crate::{MakeError, headers};

/// What the modules are called in their folder, and whether each has to be there.
const MODULES: [&str; 8] = [
    "report.wasm",
    "back.wasm",
    "media.wasm",
    "card.wasm",
    "report.twin.js",
    "back.twin.js",
    "media.twin.js",
    "card.twin.js",
];

const GLUE: &str = include_str!("../static/glue.js");
const CRYPT: &str = include_str!("../static/crypt.js");
const BACK: &str = include_str!("../static/back.js");
const UPLOAD: &str = include_str!("../static/upload.js");
const CLEAN: &str = include_str!("../static/clean.js");
const CARD: &str = include_str!("../static/card.js");

/// The files of the bundle by their path.
#[derive(Default)]
pub struct Bundle {
    files: BTreeMap<String, Vec<u8>>,
}

#[derive(Serialize)]
struct Manifest<'a> {
    version: u32,
    files: BTreeMap<&'a str, File>,
    headers: BTreeMap<&'a str, BTreeMap<&'a str, &'a str>>,
}

#[derive(Serialize)]
struct File {
    sha256: String,
    r#type: &'static str,
    br: bool,
    br_sha256: String,
}

fn media_type(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("wasm") => "application/wasm",
        Some("txt") => "text/plain; charset=utf-8",
        Some("svg") => "image/svg+xml",
        _ => "application/octet-stream",
    }
}

/// The bytes of each file as a phone fetches them, by its path.
pub type Compressed = BTreeMap<String, Vec<u8>>;

fn compress(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let parameters = brotli::enc::BrotliEncoderParams {
        quality: 11,
        lgwin: 22,
        size_hint: bytes.len(),
        ..brotli::enc::BrotliEncoderParams::default()
    };
    // Writing to memory cannot fail; a copy that were cut short would differ from its original in every test of the bundle.
    let _ = brotli::BrotliCompress(&mut &bytes[..], &mut out, &parameters);
    out
}

impl Bundle {
    /// Adds a file.
    pub fn add(&mut self, path: &str, bytes: Vec<u8>) {
        self.files.insert(path.to_owned(), bytes);
    }

    /// The bytes of a file.
    pub fn bytes(&self, path: &str) -> Option<&[u8]> {
        self.files.get(path).map(Vec::as_slice)
    }

    /// The paths of all files.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }

    /// All files as a phone fetches them.
    pub fn compressed(&self) -> Compressed {
        self.files.iter().map(|(path, bytes)| (path.clone(), compress(bytes))).collect()
    }

    /// What a page demands of a file before it uses it (Subresource Integrity).
    pub fn integrity(&self, path: &str) -> String {
        let bytes = self.bytes(path).unwrap_or_default();
        format!("sha384-{}", STANDARD.encode(Sha384::digest(bytes)))
    }

    /// Reads the modules; a twin goes into the one file of its worker.
    ///
    /// # Errors
    /// One is not there.
    pub fn take_modules(&mut self, folder: &Path) -> Result<(), MakeError> {
        for name in MODULES {
            let path = folder.join(name);
            let bytes = fs::read(&path).map_err(|error| MakeError::File(path.display().to_string(), error))?;
            let Some(twin) = name.strip_suffix(".twin.js") else {
                self.add(&format!("/{name}"), bytes);
                continue;
            };
            let text = String::from_utf8_lossy(&bytes).into_owned();
            let worker = match twin {
                "media" => [&text, GLUE, CLEAN].concat(),
                "card" => [&text, GLUE, CARD].concat(),
                "back" => [&text, GLUE, UPLOAD, CRYPT, BACK].concat(),
                _ => [&text, GLUE, UPLOAD, CRYPT].concat(),
            };
            self.add(&format!("/{twin}-twin.js"), script(&worker));
        }
        Ok(())
    }

    /// Adds what is written by hand. A worker is one file: what it would import has no place for a hash.
    pub fn add_statics(&mut self) {
        self.add("/page.css", plain(include_str!("../static/page.css"), "/*"));
        self.add("/icon.svg", include_bytes!("../static/icon.svg").to_vec());
        self.add("/exit.js", script(include_str!("../static/exit.js")));
        self.add(
            "/report.js",
            script(&[include_str!("../static/page.js"), include_str!("../static/report.js")].concat()),
        );
        self.add(
            "/return.js",
            script(&[include_str!("../static/page.js"), include_str!("../static/return.js")].concat()),
        );
        self.add("/cover.js", script(include_str!("../static/cover.js")));
        self.add("/crypt.js", script(&[GLUE, UPLOAD, CRYPT].concat()));
        self.add("/back.js", script(&[GLUE, UPLOAD, CRYPT, BACK].concat()));
        self.add("/clean.js", script(&[GLUE, CLEAN].concat()));
        self.add("/card.js", script(&[GLUE, CARD].concat()));
    }

    /// Writes the folder anew and gives the hash of the manifest, which is the bundle's.
    ///
    /// # Errors
    /// A file cannot be written.
    pub fn write(&self, compressed: &Compressed, out: &Path) -> Result<String, MakeError> {
        let at = |path: &Path| {
            let name = path.display().to_string();
            move |error| MakeError::File(name, error)
        };
        if out.exists() {
            fs::remove_dir_all(out).map_err(at(out))?;
        }
        fs::create_dir_all(out).map_err(at(out))?;
        let mut files = BTreeMap::new();
        for (path, bytes) in &self.files {
            let name = path.trim_start_matches('/');
            fs::write(out.join(name), bytes).map_err(at(&out.join(name)))?;
            let small = compressed.get(path).map(Vec::as_slice).unwrap_or_default();
            fs::write(out.join(format!("{name}.br")), small).map_err(at(&out.join(name)))?;
            let sha256 = hex::encode(Sha256::digest(bytes));
            let br_sha256 = hex::encode(Sha256::digest(small));
            files.insert(path.as_str(), File { sha256, r#type: media_type(path), br: true, br_sha256 });
        }
        let manifest = Manifest { version: 1, files, headers: headers::headers() };
        let text = serde_json::to_string_pretty(&manifest).unwrap_or_default() + "\n";
        fs::write(out.join("manifest.json"), &text).map_err(at(out))?;
        Ok(hex::encode(Sha256::digest(text)))
    }
}

fn script(text: &str) -> Vec<u8> {
    plain(text, "//")
}

/// A script or styles without the comments that stand on lines of their own, one line each, and without the space before
/// lines: what is written is read here, and what is sent is weighed.
fn plain(text: &str, comment: &str) -> Vec<u8> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with(comment));
    let mut out = String::with_capacity(text.len());
    for line in lines {
        out.push_str(line);
        out.push('\n');
    }
    out.into_bytes()
}
