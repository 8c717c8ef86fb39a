//! What a caller is told when a call is not taken: problem details (RFC 9457), with the place in what was sent.
//!
//! One list of kinds, so that the description names each; their words are Fluent (`problem-WORD`).

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{serve::Desk, words::Words};

/// The content type of every refusal.
pub const PROBLEM: &str = "application/problem+json";

/// What can be wrong with a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// The body is no JSON, or no text.
    NotJson,
    /// Something in the address's query cannot be taken.
    Query,
    /// The key of a call that may be repeated is missing or has no such form.
    Key,
    /// No token, or none that is good.
    Token,
    /// The system was not given this, or speaks for another agency.
    NotGiven,
    /// There is no such thing, or none that the system may see.
    NotFound,
    /// The path does not have this method.
    Method,
    /// What the first call of this key recorded was erased.
    Erased,
    /// The body is too long.
    TooLong,
    /// The body is of another type than JSON.
    Type,
    /// The body is JSON, and not as the description says.
    Unfit,
    /// The key was used before, for another call.
    KeyReused,
    /// A failure of ours.
    Fault,
    /// Anything else that stands before the interface.
    Other(StatusCode),
}

impl Kind {
    /// Every kind that the interface itself answers with.
    pub const ALL: [Self; 13] = [
        Self::NotJson,
        Self::Query,
        Self::Key,
        Self::Token,
        Self::NotGiven,
        Self::NotFound,
        Self::Method,
        Self::Erased,
        Self::TooLong,
        Self::Type,
        Self::Unfit,
        Self::KeyReused,
        Self::Fault,
    ];

    /// Its word, in the problem's type and in Fluent ids.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::NotJson => "not-json",
            Self::Query => "query",
            Self::Key => "key",
            Self::Token => "token",
            Self::NotGiven => "not-given",
            Self::NotFound => "not-found",
            Self::Method => "method",
            Self::Erased => "erased",
            Self::TooLong => "too-long",
            Self::Type => "type",
            Self::Unfit => "unfit",
            Self::KeyReused => "key-reused",
            Self::Fault => "fault",
            Self::Other(_) => "other",
        }
    }

    /// Its status.
    #[must_use]
    pub fn status(self) -> StatusCode {
        match self {
            Self::NotJson | Self::Query | Self::Key => StatusCode::BAD_REQUEST,
            Self::Token => StatusCode::UNAUTHORIZED,
            Self::NotGiven => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::Erased => StatusCode::GONE,
            Self::TooLong => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Type => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Unfit | Self::KeyReused => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Fault => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Other(status) => status,
        }
    }
}

/// Why a call was not taken (RFC 9457). Nothing was recorded, but for a failure of ours (500), of which that is not known.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Problem")]
pub struct Problem {
    /// The kind of problem: `urn:vouchsafe:problem:` and its word.
    #[serde(rename = "type")]
    kind: String,
    /// What is wrong, and what to do.
    title: String,
    /// The HTTP status, once more.
    status: u16,
    /// What exactly, and where.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<At>,
    /// The number under which the operator's traces have the cause of a failure.
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<String>,
}

/// One thing that is wrong.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ProblemAt")]
struct At {
    /// Where: a JSON pointer (RFC 6901) into the body, or the name of a header or of a part of the query.
    place: String,
    /// What.
    what: String,
}

impl Problem {
    /// A problem of this kind.
    #[must_use]
    pub fn of(words: &Words, kind: Kind) -> Self {
        let status = kind.status().as_u16();
        let title = match kind {
            Kind::Other(_) => words.say("problem-other", &[("status", &status.to_string())]),
            _ => words.say(&format!("problem-{}", kind.word()), &[]),
        };
        let kind = format!("urn:vouchsafe:problem:{}", kind.word());
        Self { kind, title, status, errors: Vec::new(), number: None }
    }

    /// With what is wrong at a place.
    #[must_use]
    pub fn at(mut self, place: impl Into<String>, what: impl Into<String>) -> Self {
        self.errors.push(At { place: place.into(), what: what.into() });
        self
    }
}

/// An answer that refuses a call.
pub struct Refused(Box<Response>);

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        *self.0
    }
}

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        Self(Box::new(problem.into_response()))
    }
}

impl Refused {
    /// A failure of ours: a number for the caller, the cause in the traces.
    #[must_use]
    pub fn ours(desk: &Desk, error: &anyhow::Error) -> Self {
        let number = desk.fault_number(error, "a call failed");
        Self::from(Problem { number: Some(number), ..Problem::of(&desk.words, Kind::Fault) })
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let mut response = (status, [(header::CONTENT_TYPE, PROBLEM)], body).into_response();
        if status == StatusCode::UNAUTHORIZED {
            let scheme = HeaderValue::from_static("Bearer realm=\"vouchsafe\"");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, scheme);
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_its_sentence_and_an_error_status() {
        let words = Words::new("en");
        for kind in Kind::ALL {
            assert!(words.has(&format!("problem-{}", kind.word())), "{kind:?}");
            let status = kind.status();
            assert!(status.is_client_error() || kind == Kind::Fault, "{kind:?}");
        }
    }
}
