//! A short text as a QR code (ISO/IEC 18004), drawn as SVG: what a screen says, to be taken along by whoever stands before it.

use maud::{Markup, html};
use qrcodegen::{QrCode, QrCodeEcc};

/// The quiet zone around a code, in modules (ISO/IEC 18004, 5.3.8).
const QUIET: i32 = 4;

/// The code, with what it is called for whoever does not see it; nothing when the text is too long for one.
#[must_use]
pub fn code(text: &str, label: &str) -> Option<Markup> {
    // Low: it is read from a screen or a fresh print, and small modules are what a cheap camera misses.
    let code = QrCode::encode_text(text, QrCodeEcc::Low).ok()?;
    let side = code.size() + 2 * QUIET;
    Some(html! {
        // Dark on light whatever the page's colours are: readers expect it.
        svg.qr viewBox=(format!("0 0 {side} {side}")) role="img" aria-label=(label) {
            path fill="#fff" d=(format!("M0 0h{side}v{side}h-{side}z")) {}
            path fill="#000" d=(dark(&code)) {}
        }
    })
}

/// The dark modules, a run of them at a time.
fn dark(code: &QrCode) -> String {
    let mut path = String::new();
    for y in 0..code.size() {
        let mut x = 0;
        while x < code.size() {
            let begins = x;
            while code.get_module(x, y) {
                x += 1;
            }
            if x > begins {
                let width = x - begins;
                path.push_str(&format!("M{} {}h{width}v1h-{width}z", begins + QUIET, y + QUIET));
            }
            x += 1;
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What another's reader makes of the picture.
    fn read(text: &str) -> String {
        const SCALE: usize = 4;
        let code = QrCode::encode_text(text, QrCodeEcc::Low).unwrap();
        let side = usize::try_from(code.size() + 2 * QUIET).unwrap();
        let mut squares = vec![vec![false; side]; side];
        for run in dark(&code).split('z').filter(|run| !run.is_empty()) {
            let (from, width) = run.strip_prefix('M').unwrap().split_once('h').unwrap();
            let (x, y) = from.split_once(' ').unwrap();
            let (x, y): (usize, usize) = (x.parse().unwrap(), y.parse().unwrap());
            let width: usize = width.split_once("v1h-").unwrap().0.parse().unwrap();
            squares[y][x..x + width].fill(true);
        }
        let mut image = rqrr::PreparedImage::prepare_from_greyscale(side * SCALE, side * SCALE, |x, y| {
            if squares[y / SCALE][x / SCALE] { 0 } else { 255 }
        });
        image.detect_grids()[0].decode().unwrap().1
    }

    #[test]
    fn another_s_reader_reads_what_was_drawn() {
        for text in ["x", "City law does not let me do that. — “§ 9-131”", &"y".repeat(900)] {
            assert_eq!(read(text), text);
        }
        assert!(code(&"y".repeat(4_000), "label").is_none(), "what is too long for a code is not drawn in part");
    }
}
