//! tus 1.0.0 over HTTP (<https://tus.io/protocols/resumable-upload>): core, creation, termination, checksum.
//!
//! For sealed attachments, from one page's life to its end. No metadata is taken: names and types are inside the seal. A part
//! goes to the disk in pieces of one size, so that memory does not grow with it.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::{Path, Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use http_body_util::BodyExt as _;
use sha2::{Digest as _, Sha256};

use super::{
    Door,
    body::UploadId,
    refusal::{Refusal, refuse},
    room::Left,
    uploads::{MAX_UPLOAD_BYTES, Shared, UploadError},
};

/// What a part is collected to before it goes to the disk; each part holds room for so much at most.
const PIECE_BYTES: usize = 128 << 10;
/// After so much of a part the disk is looked at again.
const LOOK_BYTES: u64 = 4 << 20;

const RESUMABLE: &str = "tus-resumable";
const VERSION: &str = "1.0.0";

/// Headers that a client sends with a call, as far as they are plain.
#[derive(Debug, PartialEq, Eq)]
pub struct Headers {
    /// `Tus-Resumable` is ours.
    pub version: bool,
    /// `Upload-Length`.
    pub length: Option<u64>,
    /// `Upload-Offset`.
    pub offset: Option<u64>,
    /// `Upload-Checksum`, of SHA-256.
    pub checksum: Option<Result<[u8; 32], BadChecksum>>,
    /// `Upload-Metadata` is there and says something.
    pub metadata: bool,
    /// `Upload-Defer-Length` is there.
    pub deferred: bool,
}

/// A checksum that is none of SHA-256.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadChecksum;

impl Headers {
    /// Reads the headers.
    #[must_use]
    pub fn read(headers: &HeaderMap) -> Self {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        // One spelling of a number: digits only, so that neither a sign nor white space is passed over.
        let number = |name: &str| {
            let digits = text(name)?;
            digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
        };
        let checksum = headers.get("upload-checksum").map(|value| {
            let written = value.to_str().ok().and_then(|text| text.strip_prefix("sha256 "));
            let bytes = written.and_then(|written| STANDARD.decode(written).ok());
            bytes.and_then(|bytes| bytes.try_into().ok()).ok_or(BadChecksum)
        });
        Self {
            version: text(RESUMABLE) == Some(VERSION),
            length: number("upload-length"),
            offset: number("upload-offset"),
            checksum,
            metadata: headers.get("upload-metadata").is_some_and(|value| !value.is_empty()),
            deferred: headers.contains_key("upload-defer-length"),
        }
    }
}

fn with_version(mut response: Response) -> Response {
    response.headers_mut().insert(RESUMABLE, HeaderValue::from_static(VERSION));
    response
}

fn plain(status: StatusCode) -> Response {
    with_version(status.into_response())
}

fn refused(error: &UploadError) -> Response {
    with_version(refuse(match error {
        UploadError::TooLong => Refusal::TooLong,
        UploadError::Full => Refusal::Full,
        UploadError::Absent => Refusal::NotFound,
        UploadError::Unfinished | UploadError::Differs => Refusal::AttachmentMissing,
        UploadError::File(error) => {
            tracing::error!(%error, "an upload could not be written");
            Refusal::Full
        }
    }))
}

/// `OPTIONS`: what is spoken here.
pub async fn options() -> Response {
    let headers = [
        ("tus-version", VERSION.to_owned()),
        ("tus-extension", "creation,termination,checksum".to_owned()),
        ("tus-checksum-algorithm", "sha256".to_owned()),
        ("tus-max-size", MAX_UPLOAD_BYTES.to_string()),
    ];
    with_version((StatusCode::NO_CONTENT, headers).into_response())
}

/// `POST /in/uploads`: begins an upload, for work.
pub async fn create(State(door): State<Arc<Door>>, headers: HeaderMap) -> Response {
    let read = Headers::read(&headers);
    if !read.version {
        return with_version((StatusCode::PRECONDITION_FAILED, [("tus-version", VERSION)]).into_response());
    }
    let Some(length) = read.length.filter(|_| !read.metadata && !read.deferred) else {
        return with_version(refuse(Refusal::Form));
    };
    if length > MAX_UPLOAD_BYTES {
        return with_version(refuse(Refusal::TooLong));
    }
    if let Err(refusal) = door.worked(&headers, length) {
        return with_version(refuse(refusal));
    }
    match tokio::task::block_in_place(|| door.uploads.begin(length)) {
        Ok(id) => {
            let place = format!("/in/uploads/{}", hex::encode(id.0));
            with_version((StatusCode::CREATED, [(header::LOCATION, place)]).into_response())
        }
        Err(error) => refused(&error),
    }
}

fn id_of(text: &str) -> Option<UploadId> {
    let mut id = [0; 16];
    let small = !text.bytes().any(|byte| byte.is_ascii_uppercase());
    hex::decode_to_slice(text, &mut id).ok().filter(|()| small).map(|()| UploadId(id))
}

/// `HEAD`, `PATCH` and `DELETE /in/uploads/{id}`; `POST` says by a header of tus which of them is meant.
pub async fn one(State(door): State<Arc<Door>>, Path(id): Path<String>, request: Request) -> Response {
    let method = match request.headers().get("x-http-method-override").and_then(|value| value.to_str().ok()) {
        Some("PATCH") if request.method() == Method::POST => Method::PATCH,
        Some("DELETE") if request.method() == Method::POST => Method::DELETE,
        _ => request.method().clone(),
    };
    let read = Headers::read(request.headers());
    if !read.version {
        return with_version((StatusCode::PRECONDITION_FAILED, [("tus-version", VERSION)]).into_response());
    }
    let found = id_of(&id).and_then(|id| Some((id, door.uploads.find(&id)?)));
    let Some((id, upload)) = found else { return with_version(refuse(Refusal::NotFound)) };
    match method {
        Method::HEAD => {
            // While a part comes the offset moves; a phone that asks then asks again.
            let Ok(upload) = upload.try_lock() else { return plain(StatusCode::LOCKED) };
            let headers =
                [("upload-offset", upload.offset().to_string()), ("upload-length", upload.length().to_string())];
            with_version((StatusCode::OK, headers).into_response())
        }
        Method::DELETE => match tokio::task::block_in_place(|| door.uploads.remove(&id)) {
            Ok(()) => plain(StatusCode::NO_CONTENT),
            Err(UploadError::Unfinished) => plain(StatusCode::LOCKED),
            Err(error) => refused(&error),
        },
        // A task of its own: it goes on when the phone is gone, and leaves the upload at the end of what counts.
        Method::PATCH => {
            let part = tokio::spawn(async move { patch(&door, &upload, read, request).await });
            part.await.unwrap_or_else(|_| with_version(refuse(Refusal::Full)))
        }
        _ => plain(StatusCode::METHOD_NOT_ALLOWED),
    }
}

async fn patch(door: &Door, upload: &Shared, read: Headers, request: Request) -> Response {
    let media = request.headers().get(header::CONTENT_TYPE);
    if media.is_none_or(|media| media != "application/offset+octet-stream") {
        return plain(StatusCode::UNSUPPORTED_MEDIA_TYPE);
    }
    let checksum = match read.checksum.transpose() {
        Ok(checksum) => checksum,
        Err(BadChecksum) => return with_version(refuse(Refusal::Form)),
    };
    let announced = request.headers().get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    let Ok(mut upload) = upload.try_lock() else { return plain(StatusCode::LOCKED) };
    if read.offset != Some(upload.offset()) {
        return plain(StatusCode::CONFLICT);
    }
    if announced.is_some_and(|bytes: u64| bytes > upload.length() - upload.offset()) {
        return with_version(refuse(Refusal::TooLong));
    }
    if !tokio::task::block_in_place(|| door.uploads.may_go_on()) {
        return with_version(refuse(Refusal::Full));
    }
    let mut guest = door.parts.enter();
    let opened = tokio::task::block_in_place(|| upload.open());
    let mut file = match opened {
        Ok(file) => file,
        Err(error) => return refused(&error.into()),
    };
    let mark = upload.mark();
    let mut hash = checksum.map(|_| Sha256::new());
    let mut body: Body = request.into_body();
    let mut piece: Vec<u8> = Vec::new();
    let mut ended = false;
    let mut failed = None;
    let mut full = false;
    let mut looked = upload.offset();
    while !ended && failed.is_none() {
        match guest.next(body.frame()).await {
            Ok(Some(Ok(frame))) => {
                if let Ok(data) = frame.into_data() {
                    guest.came(data.len() as u64);
                    full = guest.hold((piece.len() + data.len()).min(PIECE_BYTES) as u64).await.is_err();
                    if full {
                        break;
                    }
                    piece.extend_from_slice(&data);
                }
            }
            Ok(None) => ended = true,
            // The phone is gone: what came of the part is kept, and it goes on from there.
            Ok(Some(Err(_))) | Err(Left::Slow) => break,
            // So it is for one whose place is needed by others, but that it is told.
            Err(Left::Full) => {
                full = true;
                break;
            }
        }
        if piece.len() >= PIECE_BYTES || ended {
            if let Some(hash) = &mut hash {
                hash.update(&piece);
            }
            failed = tokio::task::block_in_place(|| upload.append(&mut file, &piece)).err();
            piece.clear();
            // Another program may have taken the disk meanwhile, and what is left of it is the reports'.
            if failed.is_none() && !ended && upload.offset() - looked >= LOOK_BYTES {
                looked = upload.offset();
                full = !tokio::task::block_in_place(|| door.uploads.may_go_on());
                if full {
                    break;
                }
            }
        }
    }
    // A part with a checksum counts whole or not at all.
    let holds = hash.is_none_or(|hash| ended && checksum == Some(hash.finalize().into()));
    let settled = tokio::task::block_in_place(|| {
        if !holds || failed.is_some() {
            upload.back_to(&mut file, mark)?;
        } else if !ended {
            // What had not filled a piece yet.
            upload.append(&mut file, &piece)?;
        }
        upload.rest(&file, &*door.clock)?;
        Ok::<_, UploadError>(())
    });
    match failed.map_or(settled, Err) {
        Err(error) => refused(&error),
        Ok(()) if full => with_version(refuse(Refusal::Full)),
        // 460: the status that tus gives to a checksum which does not hold.
        Ok(()) if !holds => plain(StatusCode::from_u16(460).unwrap_or(StatusCode::BAD_REQUEST)),
        Ok(()) => {
            let offset = [("upload-offset", upload.offset().to_string())];
            with_version((StatusCode::NO_CONTENT, offset).into_response())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&'static str, &str)]) -> Headers {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.insert(*name, HeaderValue::from_str(value).unwrap());
        }
        Headers::read(&headers)
    }

    #[test]
    fn headers_have_one_spelling() {
        let good = read(&[
            (RESUMABLE, "1.0.0"),
            ("upload-length", "4294967296"),
            ("upload-offset", "0"),
            ("upload-checksum", "sha256 47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="),
        ]);
        assert!(good.version && !good.metadata);
        assert_eq!((good.length, good.offset), (Some(1 << 32), Some(0)));
        assert!(matches!(good.checksum, Some(Ok([0xe3, 0xb0, ..]))));
        for wrong in ["", "-1", "+1", " 1", "1 ", "0x1", "1e3", "18446744073709551616", "1,1"] {
            assert_eq!(read(&[("upload-length", wrong)]).length, None, "{wrong}");
        }
        for wrong in ["sha256", "sha256 ", "sha1 2jmj7l5rSw0yVb/vlWAYkK/YBwk=", "sha256 AAAA", "sha256  47DEQ"] {
            assert_eq!(read(&[("upload-checksum", wrong)]).checksum, Some(Err(BadChecksum)), "{wrong}");
        }
        assert!(read(&[("upload-metadata", "filename d29ybGQ=")]).metadata);
        assert!(!read(&[("upload-metadata", "")]).metadata);
    }
}
