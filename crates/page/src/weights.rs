//! What a phone fetches, compressed, against the budget (design decision 23). It is counted from the files of the bundle, in
//! the language whose pages are heaviest; `e2e/report.mjs` counts again what a browser really asks for.

use std::fmt;

use crate::{
    bundle::{Bundle, Compressed},
    words::LANGUAGES,
};

/// Before anything is seen.
const FIRST_PAINT: usize = 6_000;
/// One visit in one language up to sending a text.
const VISIT: usize = 80_000;
/// The same where WebAssembly is switched off.
const TWIN_VISIT: usize = 130_000;

/// What a door answers about its keys (`GET /in/keys`), which the bundle does not have and every phone fetches: 4,926 bytes of a
/// log with one entry (`e2e/report-real.mjs` prints it), and a hash of 45 bytes for each time that the log doubles, here to
/// a million entries. More officials or recipients than two make it longer by 90 bytes each.
const KEYS_PROOF: usize = 4_926 + 20 * 45;

/// The weights of a bundle.
pub struct Weights {
    rows: Vec<(String, usize, usize)>,
    first_paint: usize,
    visit: usize,
    twin_visit: usize,
}

/// Weighs a bundle.
pub fn weigh(bundle: &Bundle, compressed: &Compressed) -> Weights {
    let weight = |path: &str| compressed.get(path).map_or(0, Vec::len);
    let heaviest = |name: &str| LANGUAGES.iter().map(|language| weight(&language.path(name))).max().unwrap_or(0);
    let sum = |paths: &[&str]| paths.iter().map(|path| weight(path)).sum::<usize>();
    let first = heaviest("") + sum(&["/page.css"]);
    // The choice of a language comes before; the styles are the same.
    let first_paint = first.max(sum(&["/index.html", "/page.css"]));
    // Contact details' keys are fetched by everybody whose page has them.
    let shared = sum(&["/index.html", "/icon.svg", "/exit.js", "/report.js", "/keys.bin", "/contact.bin"])
        + heaviest("report")
        + first
        + KEYS_PROOF;
    let rows = bundle
        .paths()
        .filter(|path| !path.ends_with(".html") || path.starts_with("/en") || *path == "/index.html")
        .map(|path| (path.to_owned(), bundle.bytes(path).map_or(0, <[u8]>::len), weight(path)))
        .collect();
    Weights {
        rows,
        first_paint,
        visit: shared + sum(&["/crypt.js", "/report.wasm"]),
        twin_visit: shared + sum(&["/report-twin.js"]),
    }
}

impl Weights {
    /// Whether all is within the budget.
    ///
    /// # Errors
    /// What is not, in words.
    pub fn check(&self) -> Result<(), String> {
        let limits = [
            ("first paint", self.first_paint, FIRST_PAINT),
            ("a visit", self.visit, VISIT),
            ("a visit without WebAssembly", self.twin_visit, TWIN_VISIT),
        ];
        let over: Vec<String> = limits
            .iter()
            .filter(|(_, bytes, limit)| bytes >= limit)
            .map(|(what, bytes, limit)| format!("{what}: {bytes} bytes of {limit}"))
            .collect();
        if over.is_empty() { Ok(()) } else { Err(over.join("; ")) }
    }
}

impl fmt::Display for Weights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (path, bytes, compressed) in &self.rows {
            writeln!(f, "{bytes:>9} {compressed:>8} br  {path}")?;
        }
        writeln!(f, "first paint, heaviest language: {} of {FIRST_PAINT} bytes", self.first_paint)?;
        writeln!(f, "a visit up to sending a text: {} of {VISIT} bytes", self.visit)?;
        writeln!(f, "the same without WebAssembly: {} of {TWIN_VISIT} bytes", self.twin_visit)
    }
}
