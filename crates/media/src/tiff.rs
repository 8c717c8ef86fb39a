//! Which way is up: the one thing of EXIF (JEITA CP-3451, TIFF 6.0) that a picture needs.

use crate::bytes::Cursor;

/// Tag 0x0112: how the rows and columns of the picture lie; 1 is upright, 2 to 8 are not.
const ORIENTATION: u16 = 0x0112;

/// The orientation, if it is another than upright, out of EXIF without its `Exif\0\0` (a TIFF).
pub(crate) fn orientation(tiff: &[u8]) -> Option<u8> {
    let little = match tiff.get(..4)? {
        b"II*\0" => true,
        b"MM\0*" => false,
        _ => return None,
    };
    let swap16 = |number: u16| if little { number.swap_bytes() } else { number };
    let swap32 = |number: u32| if little { number.swap_bytes() } else { number };
    let first = usize::try_from(swap32(Cursor(tiff.get(4..)?).be32()?)).ok()?;
    let mut entries = Cursor(tiff.get(first..)?);
    let count = swap16(entries.be16()?);
    for _ in 0..count {
        let mut entry = Cursor(entries.take(12)?);
        if swap16(entry.be16()?) == ORIENTATION {
            entry.take(6)?;
            return u8::try_from(swap16(entry.be16()?)).ok().filter(|turned| (2..=8).contains(turned));
        }
    }
    None
}

/// A TIFF that says the orientation, and nothing else.
pub(crate) fn with_orientation(turned: u8) -> Vec<u8> {
    [b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0", &[turned][..], &[0; 6]].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_not_upright_is_said() {
        for turned in 0..=255 {
            let written = with_orientation(turned);
            assert_eq!(orientation(&written), Some(turned).filter(|it| (2..=8).contains(it)));
        }
    }

    #[test]
    fn both_byte_orders_are_read_and_broken_ones_say_nothing() {
        let little = b"II*\0\x08\0\0\0\x02\0\x00\x01\x03\0\x01\0\0\0\x06\0\0\0\x12\x01\x03\0\x01\0\0\0\x08\0\0\0";
        assert_eq!(orientation(little), Some(8));
        for cut in 0..30 {
            assert_eq!(orientation(&little[..cut]), None);
        }
        assert_eq!(orientation(b"II*\0\xff\xff\xff\xff"), None);
        assert_eq!(orientation(b"MM*\0\0\0\0\x08"), None);
    }
}
