//! The call inside: binary HTTP (RFC 9292), read strictly, and only what this door could be asked for directly.
//!
//! `bhttp` reads and writes. Before it does, a walk over the message bounds what it will hold: fields of three bytes each would
//! make much of little. Of the fields only those go on that a call of this door reads ([`FIELDS`]): a user agent that a client
//! leaves inside comes no further than here. The call must be for this very door, and never for the gateway again.

use std::io::Cursor;

use axum::{
    body::Bytes,
    http::{
        HeaderMap, HeaderName, HeaderValue, Method, Request, Uri, header,
        response::Parts,
        uri::{InvalidUri, PathAndQuery},
    },
};
use bhttp::{Message, Mode, StatusCode};

use super::{GATEWAY, origin::Origin};
use crate::report::refusal::Refusal;

/// The longest head, and trailer, of a call; the longest work of a report and everything else take half of it.
pub const MAX_HEAD_BYTES: u64 = 16 << 10;

/// The most pieces in which the content of a call of indeterminate length may come: each costs the reader an allocation.
const MAX_PIECES: usize = 2048;

/// The fields that a call of this door, or a page of it, reads.
const FIELDS: [HeaderName; 14] = [
    header::ACCEPT_ENCODING,
    header::CONTENT_LENGTH,
    header::CONTENT_TYPE,
    HeaderName::from_static("tus-resumable"),
    HeaderName::from_static("upload-checksum"),
    HeaderName::from_static("upload-defer-length"),
    HeaderName::from_static("upload-length"),
    HeaderName::from_static("upload-metadata"),
    HeaderName::from_static("upload-offset"),
    HeaderName::from_static("vouchsafe-return"),
    HeaderName::from_static("vouchsafe-work"),
    HeaderName::from_static("x-http-method-override"),
    // Read here: where the call is for, and that it wants no interim answer.
    header::HOST,
    header::EXPECT,
];

/// Fields of a connection, which make a message of HTTP/2, and so one of RFC 9292, malformed (RFC 9113, section 8.2.2).
const OF_CONNECTIONS: [&[u8]; 5] =
    [b"connection", b"keep-alive", b"proxy-connection", b"transfer-encoding", b"upgrade"];

const METHODS: [Method; 6] = [Method::DELETE, Method::GET, Method::HEAD, Method::OPTIONS, Method::PATCH, Method::POST];

/// Why a call that was opened is not handed on. Its answer is sealed all the same (RFC 9458, section 5.2).
#[derive(Debug, thiserror::Error)]
pub enum InnerError {
    /// It is no message.
    #[error("it is no binary HTTP message")]
    Message(#[source] bhttp::Error),
    /// It ends before one of its fields does.
    #[error("it ends before its last field does")]
    Short,
    /// It has too much before, or behind, its content.
    #[error("its head, or its trailer, is longer than {MAX_HEAD_BYTES} bytes")]
    Head,
    /// Its content comes in very many pieces.
    #[error("its content comes in more than {MAX_PIECES} pieces")]
    Pieces,
    /// It is an answer.
    #[error("it is no request")]
    NotRequest,
    /// It is followed by something.
    #[error("bytes that are not zero follow its end")]
    Padding,
    /// It has a trailer.
    #[error("it has a trailer, which nothing here reads")]
    Trailer,
    /// A field that is none in HTTP/2.
    #[error("a field of it is none of HTTP/2")]
    Field,
    /// Its `Content-Length` is not its content's.
    #[error("its content is not as long as it announces")]
    Length,
    /// It expects an interim answer, which cannot be given (RFC 9458, section 5.1).
    #[error("it expects an interim answer")]
    Expect,
    /// A method that no call of this door has.
    #[error("its method is none of this door")]
    Method,
    /// A path that is none.
    #[error("its path does not begin with one slash, or is none")]
    Path(#[source] Option<InvalidUri>),
    /// It is for somebody else.
    #[error("it is for another scheme or host than `{0}`")]
    Elsewhere(Origin),
    /// It is for the gateway itself.
    #[error("it is for the gateway itself")]
    Nested,
}

impl From<&InnerError> for Refusal {
    fn from(error: &InnerError) -> Self {
        match error {
            InnerError::Elsewhere(_) => Self::Elsewhere,
            InnerError::Nested => Self::NotFound,
            InnerError::Head => Self::TooLong,
            _ => Self::Form,
        }
    }
}

/// Walks over a message and keeps nothing of it.
struct Walk<'a>(&'a [u8]);

impl Walk<'_> {
    /// An integer of RFC 9000, section 16; none where the message ends, which stands for nought.
    fn number(&mut self) -> Result<u64, InnerError> {
        let Some((first, rest)) = self.0.split_first() else { return Ok(0) };
        let (more, rest) = rest.split_at_checked((1 << (first >> 6)) - 1).ok_or(InnerError::Short)?;
        self.0 = rest;
        Ok(more.iter().fold(u64::from(first & 0x3f), |number, byte| number << 8 | u64::from(*byte)))
    }

    /// Passes over bytes with their length before them; gives the length.
    fn pass(&mut self) -> Result<u64, InnerError> {
        let length = self.number()?;
        let bytes = usize::try_from(length).map_err(|_| InnerError::Short)?;
        self.0 = self.0.split_at_checked(bytes).ok_or(InnerError::Short)?.1;
        Ok(length)
    }

    /// Passes over a section of fields; gives whether there was one.
    fn section(&mut self, mode: Mode) -> Result<bool, InnerError> {
        if mode == Mode::KnownLength {
            let length = self.pass()?;
            return if length > MAX_HEAD_BYTES { Err(InnerError::Head) } else { Ok(length > 0) };
        }
        let begun = self.0.len() as u64;
        while self.pass()? > 0 {
            self.pass()?;
            if begun - self.0.len() as u64 > MAX_HEAD_BYTES {
                return Err(InnerError::Head);
            }
        }
        Ok(begun - self.0.len() as u64 > 1)
    }
}

/// Looks that a message is a request whose head is bounded, which has no trailer, and is followed by nothing but padding.
fn measure(message: &[u8]) -> Result<Mode, InnerError> {
    let mut walk = Walk(message);
    let mode = match walk.number()? {
        0 if !message.is_empty() => Mode::KnownLength,
        2 => Mode::IndeterminateLength,
        _ => return Err(InnerError::NotRequest),
    };
    for _control in 0..4 {
        if walk.pass()? > MAX_HEAD_BYTES {
            return Err(InnerError::Head);
        }
    }
    walk.section(mode)?;
    let mut pieces = 0;
    while walk.pass()? > 0 && mode == Mode::IndeterminateLength {
        pieces += 1;
        if pieces > MAX_PIECES {
            return Err(InnerError::Pieces);
        }
    }
    if walk.section(mode)? {
        return Err(InnerError::Trailer);
    }
    if walk.0.iter().any(|byte| *byte != 0) { Err(InnerError::Padding) } else { Ok(mode) }
}

/// Reads a call for the door at `origin`.
///
/// # Errors
/// See [`InnerError`].
pub fn read(message: &[u8], origin: &Origin) -> Result<Request<Bytes>, InnerError> {
    let message = match measure(message)? {
        Mode::KnownLength => Message::read_bhttp(&mut Cursor::new(message)),
        // Empty sections at the end may be left off (RFC 9292, section 3.8), which `bhttp` takes in the other mode only. Zeros
        // are the same sections written out, or padding.
        Mode::IndeterminateLength => Message::read_bhttp(&mut Cursor::new([message, &[0; 3]].concat())),
    };
    let message = message.map_err(InnerError::Message)?;
    let control = message.control();
    let mut fields = HeaderMap::new();
    for field in message.header().fields() {
        let name = HeaderName::from_lowercase(field.name()).map_err(|_| InnerError::Field)?;
        let value = HeaderValue::from_bytes(field.value()).map_err(|_| InnerError::Field)?;
        if OF_CONNECTIONS.contains(&field.name()) || field.value().trim_ascii() != field.value() {
            return Err(InnerError::Field);
        }
        if FIELDS.contains(&name) {
            fields.append(name, value);
        }
    }
    if fields.remove(header::EXPECT).is_some() {
        return Err(InnerError::Expect);
    }
    let elsewhere = || InnerError::Elsewhere(origin.clone());
    let host = fields.remove(header::HOST);
    // Where both say something both must say this door (RFC 9113, section 8.3.1).
    let mut hosts = control.authority().into_iter().chain(host.as_ref().map(HeaderValue::as_bytes)).peekable();
    let here = hosts.peek().is_some() && hosts.all(|host| origin.is_at(host));
    if control.scheme() != Some(b"https") || !here {
        return Err(elsewhere());
    }
    let path =
        control.path().filter(|path| path.starts_with(b"/") && !path.starts_with(b"//") && !path.contains(&b'#'));
    let path =
        PathAndQuery::try_from(path.ok_or(InnerError::Path(None))?).map_err(|error| InnerError::Path(Some(error)))?;
    if path.path() == GATEWAY {
        return Err(InnerError::Nested);
    }
    let method = control.method().unwrap_or_default();
    let method = METHODS.into_iter().find(|known| known.as_str().as_bytes() == method).ok_or(InnerError::Method)?;
    let content = Bytes::copy_from_slice(message.content());
    drop(message);
    let announced = fields.get_all(header::CONTENT_LENGTH).iter();
    if announced.into_iter().any(|length| length.as_bytes() != content.len().to_string().as_bytes()) {
        return Err(InnerError::Length);
    }
    fields.insert(header::CONTENT_LENGTH, HeaderValue::from(content.len()));
    let mut request = Request::new(content);
    *request.method_mut() = method;
    *request.uri_mut() = Uri::from(path);
    *request.headers_mut() = fields;
    Ok(request)
}

/// How long an answer, or a call, is made with zeros: a KiB, doubled until it fits, and above 64 KiB the next whole 16 KiB.
#[must_use]
pub fn padded(length: usize) -> usize {
    const LEAST: usize = 1 << 10;
    const DOUBLED: usize = 64 << 10;
    if length <= DOUBLED { length.next_power_of_two().max(LEAST) } else { length.next_multiple_of(16 << 10) }
}

/// Writes an answer, of a length that [`padded`] gives.
///
/// # Errors
/// It has a status that none is.
pub fn write(head: &Parts, content: &[u8]) -> Result<Vec<u8>, bhttp::Error> {
    let mut message = Message::response(StatusCode::try_from(head.status.as_u16())?);
    for (name, value) in &head.headers {
        message.put_header(name.as_str(), value.as_bytes());
    }
    message.write_content(content);
    let mut out = Vec::with_capacity(padded(content.len() + (1 << 10)));
    message.write_bhttp(Mode::KnownLength, &mut out)?;
    out.resize(padded(out.len()), 0);
    Ok(out)
}

#[cfg(test)]
mod tests;
