//! What a resident tells: the plaintext inside the seal.
//!
//! Everything is inside: kind, language, answers, names and types of files, the keys of attachments, where answers go,
//! and, if given, contact details under their own shares. There is no field for anyone's immigration status, nationality
//! or origin, and a question whose name asks for it is refused.
//!
//! Form: deterministic CBOR (RFC 8949, section 4.2.1), one map with all of its fields always there. Of the forms weighed,
//! JSON writes keys and shares a third longer, which lifts a report with contact details over the first step of the
//! padding and so shows from outside that there are some; postcard is shorter still, but cannot be read without our
//! source, and evidence has to be readable in many years by other hands. What was opened with any age tool can be read
//! with any CBOR tool, behind the nine bytes of `pad`.
//!
//! Reading is strict: one spelling, every length limited. Writing reads again what it wrote, so the limits are one.

mod form;
mod names;

use rand_core::CryptoRng;
use std::collections::BTreeMap;
use zeroize::Zeroizing;

pub use crate::cbor::FormError;
pub use names::{FileName, LanguageTag, MediaType, NEVER_ASKED, NameError, QuestionId};

use crate::{
    chunked,
    envelope::{self, Identity, OpenError, Recipient, SealError},
    leaf::ContentId,
    pad::{self, PadError, UnpadError},
    secret::redacted,
    shares::SealedContact,
};

/// The longest report that is read, in bytes, attachments not counted.
pub const MAX_REPORT_BYTES: usize = 1024 * 1024 - pad::HEADER_BYTES;

/// The most answers of a report.
pub const MAX_ANSWERS: usize = 100;

/// The longest answer, in bytes.
pub const MAX_ANSWER_BYTES: usize = 64 * 1024;

/// The most attachments of a report; that of `leaf`.
pub const MAX_ATTACHMENTS: usize = crate::leaf::MAX_ATTACHMENTS;

/// The longest name of a file, a question and a type of media, in bytes.
pub const MAX_FILE_NAME_BYTES: usize = 255;
/// The longest name of a question, in bytes.
pub const MAX_QUESTION_BYTES: usize = 64;
/// The longest type of media, in bytes.
pub const MAX_MEDIA_TYPE_BYTES: usize = 127;
/// The longest language tag, in bytes (RFC 5646, section 4.4.1).
pub const MAX_LANGUAGE_BYTES: usize = 35;

/// What attachments are sealed for (`chunked`).
pub const ATTACHMENT_CONTEXT: &[u8] = b"vouchsafe/attachment/v1";

/// What a report is about, as its sender chose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A crime against the sender or another.
    Crime,
    /// Unlawful conduct of an officer or soldier, of whatever authority.
    OfficerConduct,
    /// An operation that was seen.
    OperationSeen,
    /// A city employee helped immigration enforcement.
    CityEmployeeHelped,
    /// The sender was detained at an appointment.
    DetainedAtAppointment,
    /// Something else.
    Other,
    /// More about a report that was sent before.
    FollowUp,
}

impl Kind {
    /// All kinds, in the order in which they are offered.
    pub const ALL: [Self; 7] = [
        Self::Crime,
        Self::OfficerConduct,
        Self::OperationSeen,
        Self::CityEmployeeHelped,
        Self::DetainedAtAppointment,
        Self::Other,
        Self::FollowUp,
    ];

    /// The kind's name in reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Crime => "crime",
            Self::OfficerConduct => "officer-conduct",
            Self::OperationSeen => "operation-seen",
            Self::CityEmployeeHelped => "city-employee-helped",
            Self::DetainedAtAppointment => "detained-at-appointment",
            Self::Other => "other",
            Self::FollowUp => "follow-up",
        }
    }
}

/// A file that was sealed beside the report.
pub struct Attachment {
    /// The name of its sealed bytes.
    pub content: ContentId,
    /// The key that opens them.
    pub key: chunked::FileKey,
    /// Its name on the sender's phone, made harmless.
    pub name: FileName,
    /// What the sender's phone takes it for; whoever opens it must not believe it.
    pub media_type: MediaType,
    /// Its true length, in bytes.
    pub bytes: u64,
    /// The SHA-256 of the file as it was chosen.
    pub original: [u8; 32],
    /// The SHA-256 of the file as it was sent; the same if nothing was removed.
    pub sent: [u8; 32],
    /// Whether details were removed from it on the phone.
    pub cleaned: bool,
}

/// What a resident tells.
pub struct Report {
    /// What it is about.
    pub kind: Kind,
    /// The language of the page on which it was written.
    pub language: LanguageTag,
    /// The answers that were given; every question can be left out.
    pub answers: BTreeMap<QuestionId, Zeroizing<String>>,
    /// The files beside it.
    pub attachments: Vec<Attachment>,
    /// To whom answers are sealed.
    pub reply_to: Recipient,
    /// Contact details, sealed once more.
    pub contact: Option<SealedContact>,
}

redacted!(Attachment => "Attachment", Report => "Report");

/// Why bytes are no report.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReportError {
    /// The report is longer than is read.
    #[error("a report of {0} bytes is longer than {MAX_REPORT_BYTES}")]
    TooLong(usize),
    /// It does not have the form of a report.
    #[error("it does not have the form of a report")]
    Form(#[source] FormError),
    /// It is of a version that is not known.
    #[error("a report of version {0} is not known")]
    Version(u64),
    /// A name is not one.
    #[error("`{field}` has a name that cannot be used")]
    Name {
        /// Where.
        field: &'static str,
        /// Why.
        #[source]
        source: NameError,
    },
    /// The names of questions or the contents of attachments are not each other's successors, or there twice.
    #[error("`{0}` are out of their order or there twice")]
    Order(&'static str),
}

impl Report {
    /// The bytes of the report.
    ///
    /// # Errors
    /// Something is longer than its limit.
    pub fn to_bytes(&self) -> Result<Zeroizing<Vec<u8>>, ReportError> {
        let bytes = form::write(self);
        Self::parse(&bytes)?;
        Ok(bytes)
    }

    /// Reads a report.
    ///
    /// # Errors
    /// The bytes are not the one spelling of a report.
    pub fn parse(bytes: &[u8]) -> Result<Self, ReportError> {
        form::read(bytes)
    }

    /// Pads and seals the report for all of the recipients.
    ///
    /// # Errors
    /// Something is longer than its limit, or the recipients cannot be sealed for.
    pub fn seal(&self, recipients: &[&Recipient], rng: &mut impl CryptoRng) -> Result<Vec<u8>, SealReportError> {
        let bytes = self.to_bytes().map_err(SealReportError::Report)?;
        let padded = pad::pad(&bytes).map_err(SealReportError::Pad)?;
        envelope::seal(recipients, &padded, rng).map_err(SealReportError::Seal)
    }

    /// Opens a report.
    ///
    /// # Errors
    /// It is not for this identity, was changed, or what is inside is not a padded report.
    pub fn open(identity: &Identity, sealed: &[u8]) -> Result<Self, OpenReportError> {
        let padded = envelope::open(identity, sealed).map_err(OpenReportError::Open)?;
        let bytes = pad::unpad(&padded).map_err(OpenReportError::Unpad)?;
        Self::parse(&bytes).map_err(OpenReportError::Report)
    }
}

/// Why a report was not sealed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SealReportError {
    /// Something in it is longer than its limit.
    #[error("the report cannot be written")]
    Report(#[source] ReportError),
    /// It cannot be padded.
    #[error("the report cannot be padded")]
    Pad(#[source] PadError),
    /// It cannot be sealed.
    #[error("the report cannot be sealed")]
    Seal(#[source] SealError),
}

/// Why a report was not opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OpenReportError {
    /// The envelope stays closed.
    #[error("the envelope stays closed")]
    Open(#[source] OpenError),
    /// What is inside is not padded.
    #[error("what is in the envelope is not padded as we pad")]
    Unpad(#[source] UnpadError),
    /// What is inside is no report.
    #[error("what is in the envelope is no report")]
    Report(#[source] ReportError),
}
