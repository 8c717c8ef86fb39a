//! The one question: how does this file become clean?

use crate::{
    bmff,
    edit::EditList,
    gif, jpeg,
    kind::{Kind, recognise},
    matroska, png, riff,
    source::{Reader, Source, Unread},
};

/// Why there is no clean file. The class is what a person is told; the rest is for those who look into it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CleanError {
    /// It is none of the kinds that are known.
    #[error("the file is of no known kind")]
    NotRecognised,
    /// It is not built as its kind is, and cannot be shown as it should.
    #[error("the file is broken at byte {at}: {what}")]
    Broken {
        /// Where.
        at: u64,
        /// What is wrong there.
        what: &'static str,
    },
    /// It asks for more work or memory than any real file.
    #[error("the file exceeds the limit {limit}")]
    Hostile {
        /// The name of the limit, in [`limit`](crate::limit).
        limit: &'static str,
    },
    /// What identifies cannot be told there from what is shown or heard.
    #[error("the file cannot be cleaned: {reason}")]
    CannotBeCleaned {
        /// Why not.
        reason: &'static str,
    },
    /// The source could not give some bytes; with them, the question can be put again.
    #[error("the file could not be read")]
    Unread(#[from] Unread),
}

pub(crate) const fn broken(at: u64, what: &'static str) -> CleanError {
    CleanError::Broken { at, what }
}

pub(crate) const fn cannot(reason: &'static str) -> CleanError {
    CleanError::CannotBeCleaned { reason }
}

/// How the file becomes clean. Cleaning a clean file changes nothing.
///
/// # Errors
/// When the file is not recognised, is broken or hostile, or cannot be cleaned truly: then nothing of it is clean.
///
/// ```
/// let gif = b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff!\xfe\x06secret\0,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;more";
/// let mut source: &[u8] = gif;
/// let list = media::clean(&mut source)?;
/// let mut clean = Vec::new();
/// list.apply(&mut source, |block| clean.extend_from_slice(block))?;
/// assert_eq!(clean, b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;");
/// # Ok::<(), media::CleanError>(())
/// ```
pub fn clean(source: &mut dyn Source) -> Result<EditList, CleanError> {
    let kind = recognise(source)?.ok_or(CleanError::NotRecognised)?;
    let reader = &mut Reader::new(source);
    match kind {
        Kind::Jpeg => jpeg::clean(reader),
        Kind::Png => png::clean(reader),
        Kind::Gif => gif::clean(reader),
        Kind::Webp => riff::webp(reader),
        Kind::Wave => riff::wave(reader),
        Kind::Heif => bmff::heif(reader),
        Kind::Movie => bmff::movie(reader),
        Kind::Matroska => matroska::clean(reader),
        Kind::Pdf => Err(cannot("a PDF holds names and earlier versions in many places")),
        Kind::Tiff => Err(cannot("in a TIFF, maker's data point at each other and at the picture")),
        Kind::Jpeg2000 => Err(cannot("JPEG 2000 is not known well enough here")),
        Kind::JpegXl => Err(cannot("JPEG XL is not known well enough here")),
        Kind::Avi => Err(cannot("AVI has frames of any codec, and places for text of any maker")),
        Kind::Svg => Err(cannot("an SVG is a program with text, not a picture")),
        Kind::Mp3 => Err(cannot("MP3 has places for text before, between and after its frames")),
        Kind::Flac | Kind::Ogg | Kind::Amr => Err(cannot("this kind of sound is not known well enough here")),
        Kind::Bmp => Err(cannot("bitmaps of Windows are not known well enough here")),
    }
}
