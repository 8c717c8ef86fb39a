//! What a phone is told when something is refused: a code, and nothing of ours. The page has the sentences.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};

/// Why a call is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The work is missing, old, used or wrong.
    Work,
    /// It has not the form that it must have.
    Form,
    /// It is longer than it may be.
    TooLong,
    /// A report names an upload that is not there or not finished.
    AttachmentMissing,
    /// An upload holds other bytes than the report names.
    AttachmentDiffers,
    /// The mailbox has another report.
    MailboxUsed,
    /// The nonce of a proof of return is not, or no longer, one of ours.
    Nonce,
    /// There is no place now.
    Full,
    /// The day's leaves, or the keys, are not in the log.
    NotYet,
    /// There is no such thing.
    NotFound,
    /// It came through a relay and is for another door.
    Elsewhere,
}

impl Refusal {
    /// Status and code, as docs/report-protocol.md lists them.
    #[must_use]
    pub fn code(self) -> (StatusCode, &'static str) {
        match self {
            Self::Work => (StatusCode::PRECONDITION_REQUIRED, "work"),
            Self::Form => (StatusCode::BAD_REQUEST, "form"),
            Self::TooLong => (StatusCode::PAYLOAD_TOO_LARGE, "too-long"),
            Self::AttachmentMissing => (StatusCode::CONFLICT, "attachment-missing"),
            Self::AttachmentDiffers => (StatusCode::CONFLICT, "attachment-differs"),
            Self::MailboxUsed => (StatusCode::CONFLICT, "mailbox-used"),
            Self::Nonce => (StatusCode::CONFLICT, "nonce"),
            Self::Full => (StatusCode::SERVICE_UNAVAILABLE, "full"),
            Self::NotYet => (StatusCode::NOT_FOUND, "not-yet"),
            Self::NotFound => (StatusCode::NOT_FOUND, "not-found"),
            Self::Elsewhere => (StatusCode::MISDIRECTED_REQUEST, "elsewhere"),
        }
    }
}

/// The answer for a refusal.
#[must_use]
pub fn refuse(refusal: Refusal) -> Response {
    let (status, code) = refusal.code();
    let mut response = (status, Json(serde_json::json!({ "error": code }))).into_response();
    if refusal == Refusal::Full {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("30"));
    }
    response
}
