//! A photograph of a paper that a requester showed, attached to a recorded request.
//!
//! The entry says which request, what the picture is and which paper it shows, and binds the picture by its hash. The picture itself is
//! never here, in the log or in an export: it is sealed and lies in the store beside the entry (`server::photograph`, ADR 33). Deliberately
//! not here: the file's name, and whatever a camera wrote into it (place, hour, device), which is gone before the hash is taken.

use law::DocumentId;
use serde::{Deserialize, Serialize};

use crate::{RequestId, Sha256Hex};

/// A photograph of a paper; who attached it and when stand in the entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Photograph {
    /// The request that the paper was shown with.
    pub request: RequestId,
    /// The kind of paper in the pack's vocabulary, e.g. `i200`; absent when nobody said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shows: Option<DocumentId>,
    /// SHA-256 of the picture without its metadata.
    pub content: Sha256Hex,
    /// What the picture is, by its own bytes.
    pub form: PictureForm,
    /// How long the picture is without its metadata, in bytes.
    pub bytes: u64,
}

/// The forms of pictures that are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PictureForm {
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
    /// WebP.
    Webp,
    /// GIF.
    Gif,
    /// HEIC: some browsers show it, all can keep it as a file.
    Heic,
    /// AVIF.
    Avif,
}

impl PictureForm {
    /// Every form.
    pub const ALL: [Self; 6] = [Self::Jpeg, Self::Png, Self::Webp, Self::Gif, Self::Heic, Self::Avif];

    /// The form's word, as in the canonical form; also how a file's name ends.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Jpeg => "jpeg",
            Self::Png => "png",
            Self::Webp => "webp",
            Self::Gif => "gif",
            Self::Heic => "heic",
            Self::Avif => "avif",
        }
    }

    /// Its media type (IANA).
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Webp => "image/webp",
            Self::Gif => "image/gif",
            Self::Heic => "image/heic",
            Self::Avif => "image/avif",
        }
    }

    /// Whether every browser of today shows it within a page.
    #[must_use]
    pub fn shown_everywhere(self) -> bool {
        self != Self::Heic
    }
}
