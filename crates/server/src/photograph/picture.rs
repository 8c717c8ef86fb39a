//! What a phone sent, as a picture without metadata: the bytes decide, and no name or type that came with them.

use media::{CleanError, Kind};
use record::PictureForm;

/// The longest file that is taken, in bytes: more than a phone's camera makes of a sheet of paper.
pub const LARGEST_PICTURE_BYTES: usize = 10 << 20;

/// A picture without metadata.
#[derive(Clone, PartialEq, Eq)]
pub struct Picture {
    /// What it is.
    pub form: PictureForm,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// What it is and how long, never what it shows.
impl std::fmt::Debug for Picture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Picture({}, {} bytes)", self.form.word(), self.bytes.len())
    }
}

/// Why a file is not taken. The class is what a person is told, with what to do instead (`serve::photographs`).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PictureError {
    /// It is longer than [`LARGEST_PICTURE_BYTES`].
    #[error("the file has more than {LARGEST_PICTURE_BYTES} bytes: photograph the paper again with less detail")]
    TooLarge,
    /// It is a PDF, a film, a program, or nothing that is known.
    #[error("the file is no photograph that is taken: photograph the paper and attach that")]
    NotTaken,
    /// It is of a kind that is taken, and cannot be cleaned.
    #[error("the picture cannot be cleaned: photograph the paper again")]
    Unclean(#[source] CleanError),
}

/// The picture that a file is, without metadata.
///
/// # Errors
/// It is too long, no picture of a form that is taken, or cannot be cleaned: then nothing of it is kept.
pub fn picture(file: &[u8]) -> Result<Picture, PictureError> {
    if file.len() > LARGEST_PICTURE_BYTES {
        return Err(PictureError::TooLarge);
    }
    let mut source = file;
    let kind = media::recognise(&mut source).map_err(PictureError::Unclean)?;
    let form = match kind {
        Some(Kind::Jpeg) => PictureForm::Jpeg,
        Some(Kind::Png) => PictureForm::Png,
        Some(Kind::Webp) => PictureForm::Webp,
        Some(Kind::Gif) => PictureForm::Gif,
        Some(Kind::Heif) => heif(file),
        // Everything else by name, so that a kind which `media` learns is not taken unseen.
        Some(
            Kind::Movie
            | Kind::Matroska
            | Kind::Wave
            | Kind::Pdf
            | Kind::Tiff
            | Kind::Jpeg2000
            | Kind::JpegXl
            | Kind::Avi
            | Kind::Svg
            | Kind::Mp3
            | Kind::Flac
            | Kind::Ogg
            | Kind::Amr
            | Kind::Bmp,
        )
        | None => return Err(PictureError::NotTaken),
    };
    let list = media::clean(&mut source).map_err(PictureError::Unclean)?;
    let mut bytes = Vec::with_capacity(usize::try_from(list.cleaned_len()).unwrap_or(0).min(LARGEST_PICTURE_BYTES));
    list.apply(&mut source, |block| bytes.extend_from_slice(block))
        .map_err(|unread| PictureError::Unclean(unread.into()))?;
    // A clean picture may be longer than what came, by a few bytes that say which way is up.
    if bytes.len() > LARGEST_PICTURE_BYTES {
        return Err(PictureError::TooLarge);
    }
    Ok(Picture { form, bytes })
}

/// AVIF where one of the file's brands says so (AV1 Image File Format, 2), else HEIC. Brands stand four bytes each behind the first box's
/// head (ISO/IEC 14496-12, 4.3): the major one, a version, the compatible ones.
fn heif(file: &[u8]) -> PictureForm {
    let length = file.first_chunk::<4>().map_or(0, |length| u32::from_be_bytes(*length) as usize);
    let (brands, _) = file.get(8..length.clamp(8, 256).min(file.len())).unwrap_or_default().as_chunks::<4>();
    if brands.iter().any(|brand| brand == b"avif" || brand == b"avis") { PictureForm::Avif } else { PictureForm::Heic }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A picture of one point, with a sentence in it that nobody is to see.
    const GIF: &[u8] =
        b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff!\xfe\x06secret\0,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;more";

    #[test]
    fn a_picture_is_taken_by_its_bytes_and_loses_what_is_no_picture() {
        let taken = picture(GIF).unwrap();
        assert_eq!(taken.form, PictureForm::Gif);
        assert!(taken.bytes.starts_with(b"GIF89a") && taken.bytes.ends_with(b";"));
        assert!(!taken.bytes.windows(6).any(|part| part == b"secret"));
        assert_eq!(picture(&taken.bytes).unwrap(), taken, "a clean picture stays as it is");
        assert_eq!(format!("{taken:?}"), format!("Picture(gif, {} bytes)", taken.bytes.len()));
    }

    #[test]
    fn what_is_no_photograph_is_not_taken_whatever_it_is_called() {
        let svg = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>";
        let cases: [&[u8]; 8] = [
            b"%PDF-1.7\n1 0 obj",
            b"\0\0\0\x18ftypisom\0\0\0\0isommp42",
            svg,
            b"<html><script>alert(1)</script></html>",
            b"II*\0\x08\0\0\0",
            b"PK\x03\x04",
            b"plain words",
            b"",
        ];
        for file in cases {
            assert_eq!(picture(file), Err(PictureError::NotTaken), "{file:?}");
        }
    }

    #[test]
    fn what_begins_as_a_picture_and_is_none_is_refused() {
        for file in [b"\xff\xd8\xff\xe0\0\x10JFIF".as_slice(), b"\x89PNG\r\n\x1a\n\0\0", &GIF[..30]] {
            assert!(matches!(picture(file), Err(PictureError::Unclean(_))), "{file:?}");
        }
    }

    #[test]
    fn the_limit_is_of_the_file_as_it_came() {
        let mut file = GIF.to_vec();
        file.resize(LARGEST_PICTURE_BYTES, b' ');
        assert!(picture(&file).is_ok());
        file.push(b' ');
        assert_eq!(picture(&file), Err(PictureError::TooLarge));
    }

    #[test]
    fn avif_is_told_from_heic_by_its_brands() {
        assert_eq!(heif(b"\0\0\0\x18ftypavif\0\0\0\0mif1miaf"), PictureForm::Avif);
        assert_eq!(heif(b"\0\0\0\x18ftypmif1\0\0\0\0miafavif"), PictureForm::Avif);
        assert_eq!(heif(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"), PictureForm::Heic);
        // What stands behind the box is no brand.
        assert_eq!(heif(b"\0\0\0\x14ftypheic\0\0\0\0mif1avif"), PictureForm::Heic);
        assert_eq!(heif(b"\xff\xff\xff\xffftypheic"), PictureForm::Heic);
        assert_eq!(heif(b""), PictureForm::Heic);
    }
}
