//! The code on the printable card: a promise as a QR code (ISO/IEC 18004), so that whoever helps a reporter reads it with any
//! camera and nobody has to type 400 letters. What is in it is what stands beside it: a signed promise, and nothing secret.

use qrcodegen::{QrCode, QrCodeEcc};
use zeroize::Zeroizing;

use crate::{
    fault::Fault,
    fields::{Answer, Fields},
};

/// The quiet zone around a code, in modules (ISO/IEC 18004, 5.3.8).
const QUIET: i32 = 4;

/// Does one call; 16 draws a code.
///
/// # Errors
/// There is no such call, or its input is not in its form.
pub fn call(number: u32, input: &[u8]) -> Result<Zeroizing<Vec<u8>>, Fault> {
    let mut fields = Fields::new(input);
    let answer = match number {
        16 => draw(&mut fields)?,
        other => return Err(Fault::NoCall(other)),
    };
    fields.finish()?;
    Ok(answer.finish())
}

/// From a text to its code: the side of the square, in modules with the quiet zone (one byte), and the dark modules as the `d` of
/// an SVG path in these units.
///
/// # Errors
/// It is too long for a code.
fn draw(input: &mut Fields<'_>) -> Result<Answer, Fault> {
    // Medium: a card is folded, and carried in a pocket.
    let code = QrCode::encode_text(input.text()?, QrCodeEcc::Medium).map_err(|_| Fault::Input)?;
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
    let side = u8::try_from(code.size() + 2 * QUIET).map_err(|_| Fault::Input)?;
    Ok(Answer::new().field(&[side]).field(path.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(text: &str) -> Result<(usize, String), Fault> {
        let answer = call(16, &Answer::new().field(text.as_bytes()).finish())?;
        let mut fields = Fields::new(&answer);
        let [side] = fields.array()?;
        let path = fields.text()?.to_owned();
        fields.finish()?;
        Ok((usize::from(side), path))
    }

    /// The squares of a path, read as any drawer of SVG reads it.
    fn squares(side: usize, path: &str) -> Vec<Vec<bool>> {
        let mut dark = vec![vec![false; side]; side];
        for run in path.split('z').filter(|run| !run.is_empty()) {
            let (from, width) = run.strip_prefix('M').unwrap().split_once('h').unwrap();
            let (x, y) = from.split_once(' ').unwrap();
            let (x, y): (usize, usize) = (x.parse().unwrap(), y.parse().unwrap());
            let (width, back) = width.split_once("v1h-").unwrap();
            assert_eq!(width, back);
            dark[y][x..x + width.parse::<usize>().unwrap()].fill(true);
        }
        dark
    }

    /// What another's reader makes of the picture.
    fn read(side: usize, path: &str) -> String {
        const SCALE: usize = 4;
        let dark = squares(side, path);
        let mut image = rqrr::PreparedImage::prepare_from_greyscale(side * SCALE, side * SCALE, |x, y| {
            if dark[y / SCALE][x / SCALE] { 0 } else { 255 }
        });
        let grids = image.detect_grids();
        assert_eq!(grids.len(), 1);
        grids[0].decode().unwrap().1
    }

    #[test]
    fn a_promise_is_read_from_its_code_by_another_s_reader() {
        let hash = "ab".repeat(32);
        let promise = format!(
            "log.example/reports/report-promise\n2026-11-27\n{hash}\n{hash}\nin the log by 2026-11-28\n\n\
             — log.example/reports/report-promise {}\n",
            "AQIDBAUG".repeat(11)
        );
        for text in ["x", "https://example.org/", "— ü 中", &promise, &"y".repeat(1_000)] {
            let (side, path) = drawn(text).unwrap();
            assert_eq!(read(side, &path), text);
            let dark = squares(side, &path);
            let quiet = dark.iter().enumerate().all(|(y, row)| {
                row.iter()
                    .enumerate()
                    .all(|(x, dark)| !dark || ((4..side - 4).contains(&x) && (4..side - 4).contains(&y)))
            });
            assert!(quiet, "nothing stands in the margin that readers need");
        }
    }

    #[test]
    fn what_fits_in_no_code_and_what_is_no_text_is_refused() {
        assert_eq!(drawn(&"y".repeat(4_000)), Err(Fault::Input));
        assert_eq!(call(16, &[0, 0, 0, 1, 0xff]).unwrap_err(), Fault::Input);
        assert_eq!(call(16, b"").unwrap_err(), Fault::Input);
        assert_eq!(call(15, b"").unwrap_err(), Fault::NoCall(15));
    }
}
