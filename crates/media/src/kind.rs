//! What a file is, by its first bytes: names and types that a phone gives are not asked.

use crate::{clean::CleanError, source::Reader, source::Source};

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// JPEG (ITU-T T.81), with JFIF or EXIF.
    Jpeg,
    /// PNG and its moving form (W3C PNG, third edition).
    Png,
    /// GIF 87a or 89a.
    Gif,
    /// WebP (RFC 9649).
    Webp,
    /// HEIF (ISO/IEC 23008-12): HEIC, AVIF.
    Heif,
    /// A film or sound in ISO base media or QuickTime form: MP4, MOV, M4A, 3GP, whole or in fragments.
    Movie,
    /// Matroska or WebM (RFC 9559).
    Matroska,
    /// WAVE sound.
    Wave,
    /// PDF.
    Pdf,
    /// TIFF, and the raw pictures of cameras that are built on it.
    Tiff,
    /// JPEG 2000.
    Jpeg2000,
    /// JPEG XL.
    JpegXl,
    /// AVI.
    Avi,
    /// SVG.
    Svg,
    /// MP3, with or without ID3.
    Mp3,
    /// FLAC.
    Flac,
    /// Ogg.
    Ogg,
    /// AMR sound.
    Amr,
    /// A bitmap of Windows.
    Bmp,
}

/// What the file is, or nothing when it is none of the kinds that are known.
///
/// # Errors
/// When its first bytes cannot be read.
pub fn recognise(source: &mut dyn Source) -> Result<Option<Kind>, CleanError> {
    Ok(by_head(&Reader::new(source).head(HEAD)?))
}

/// How many bytes are looked at; only an SVG hides behind a prologue.
const HEAD: u64 = 1024;

/// The brands of files that show their picture from an index of items, not from a film.
const PICTURE_BRANDS: [&[u8; 4]; 11] =
    [b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"mif2", b"msf1", b"avif", b"avis"];

fn by_head(head: &[u8]) -> Option<Kind> {
    let at = |offset: usize, magic: &[u8]| head.get(offset..).is_some_and(|rest| rest.starts_with(magic));
    let kind = match head {
        _ if at(0, b"\xff\xd8\xff") => Kind::Jpeg,
        _ if at(0, b"\x89PNG\r\n\x1a\n") => Kind::Png,
        _ if at(0, b"GIF87a") || at(0, b"GIF89a") => Kind::Gif,
        _ if at(0, b"RIFF") && at(8, b"WEBP") => Kind::Webp,
        _ if at(0, b"RIFF") && at(8, b"WAVE") => Kind::Wave,
        _ if at(0, b"RIFF") && at(8, b"AVI ") => Kind::Avi,
        _ if at(0, b"\x1aE\xdf\xa3") => Kind::Matroska,
        _ if at(0, b"\0\0\0\x0cjP  \r\n\x87\n") || at(0, b"\xffO\xffQ") => Kind::Jpeg2000,
        _ if at(0, b"\0\0\0\x0cJXL \r\n\x87\n") || at(0, b"\xff\x0a") => Kind::JpegXl,
        _ if at(4, b"ftyp") => {
            let brand = head.get(8..12);
            if PICTURE_BRANDS.iter().any(|known| brand == Some(known.as_slice())) { Kind::Heif } else { Kind::Movie }
        }
        // Films of QuickTime before it had brands.
        _ if [b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"].iter().any(|first| at(4, *first)) => Kind::Movie,
        _ if at(0, b"%PDF-") => Kind::Pdf,
        _ if at(0, b"II*\0") || at(0, b"MM\0*") || at(0, b"II+\0") || at(0, b"MM\0+") => Kind::Tiff,
        _ if at(0, b"fLaC") => Kind::Flac,
        _ if at(0, b"OggS") => Kind::Ogg,
        _ if at(0, b"#!AMR") => Kind::Amr,
        _ if at(0, b"BM") && at(6, b"\0\0\0\0") => Kind::Bmp,
        _ if at(0, b"ID3") => Kind::Mp3,
        [0xff, second, third, ..] if mpeg_sound(*second, *third) => Kind::Mp3,
        _ if svg(head) => Kind::Svg,
        _ => return None,
    };
    Some(kind)
}

/// The header of a frame of MPEG sound, third layer.
fn mpeg_sound(second: u8, third: u8) -> bool {
    second & 0xe6 == 0xe2 && second & 0x18 != 0x08 && third & 0xf0 != 0xf0 && third & 0x0c != 0x0c
}

fn svg(head: &[u8]) -> bool {
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    text.starts_with(b"<") && text.windows(4).any(|part| part == b"<svg")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_bytes_tell_the_kind() {
        let cases: [(&[u8], Option<Kind>); 14] = [
            (b"\xff\xd8\xff\xe1", Some(Kind::Jpeg)),
            (b"GIF89a", Some(Kind::Gif)),
            (b"RIFF\0\0\0\0WEBP", Some(Kind::Webp)),
            (b"RIFF\0\0\0\0AVI LIST", Some(Kind::Avi)),
            (b"\0\0\0\x18ftypheic", Some(Kind::Heif)),
            (b"\0\0\0\x18ftypM4A ", Some(Kind::Movie)),
            (b"\0\0\0\x08wide", Some(Kind::Movie)),
            (b"\x1aE\xdf\xa3", Some(Kind::Matroska)),
            (b"\xff\xfb\x90\x64", Some(Kind::Mp3)),
            (b"\xef\xbb\xbf\n<?xml version='1.0'?><svg>", Some(Kind::Svg)),
            (b"<html>", None),
            (b"\xff\xff\xff\xff", None),
            (b"PK\x03\x04", None),
            (b"", None),
        ];
        for (head, kind) in cases {
            assert_eq!(by_head(head), kind, "{head:?}");
        }
    }
}
