//! `POST /in/reports`: from a call to a promise.
//!
//! The order matters: the work before the body, the form before anything is looked up, the same report before its
//! attachments (they are its own by then), bytes and row before the promise.

use std::{sync::Arc, time::Duration};

use anyhow::{Context as _, anyhow};
use axum::{
    body::Body as HttpBody,
    extract::{Request, State},
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use http_body_util::BodyExt as _;
use seal::{
    ContentId,
    leaf::{Blind, ContentRoot},
};
use tokio::time::timeout;

use super::{
    BODY, Door,
    accept::Job,
    body::{Body, MAX_BODY_BYTES, MEDIA_TYPE, UploadId},
    failed,
    refusal::{Refusal, refuse},
    room::{Guest, Left},
    uploads::{Claim, UploadError},
};
use crate::store::{AcceptError, Kept, Report, Sent, leaf::report_id};

/// `POST /in/reports`.
pub(super) async fn report(State(door): State<Arc<Door>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let length = match door.admitted(&head.headers) {
        Ok(length) => length,
        Err(refusal) => {
            // Read and thrown away, else the connection is torn down under a phone that still sends, and it never hears why.
            if refusal == Refusal::Work {
                let _ = timeout(DRAIN, drain(body)).await;
            }
            return refuse(refusal);
        }
    };
    match receive(&door, &head.headers, length, body).await {
        Ok(response) => response,
        Err(Stopped::Refused(refusal)) => refuse(refusal),
        Err(Stopped::Failed(error)) => failed(&error),
    }
}

/// The longest body that goes into the room of the small ones.
const SMALL_BODY_BYTES: usize = 64 << 10;

/// How long, and how much, a body is listened to that is thrown away.
const DRAIN: Duration = Duration::from_secs(10);

async fn drain(mut body: HttpBody) {
    let mut left = MAX_BODY_BYTES;
    while let Some(Ok(frame)) = body.frame().await {
        left = left.saturating_sub(frame.data_ref().map_or(0, |data| data.len()));
        if left == 0 {
            return;
        }
    }
}

impl Door {
    /// Checks what can be checked before the body; gives its length.
    fn admitted(&self, headers: &HeaderMap) -> Result<usize, Refusal> {
        if headers.get(header::CONTENT_TYPE).is_none_or(|media| media != MEDIA_TYPE) {
            return Err(Refusal::Form);
        }
        let length = announced(headers, MAX_BODY_BYTES)?;
        self.worked(headers, length as u64)?;
        Ok(length)
    }
}

enum Stopped {
    Refused(Refusal),
    Failed(anyhow::Error),
}

impl From<Refusal> for Stopped {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<anyhow::Error> for Stopped {
    fn from(error: anyhow::Error) -> Self {
        Self::Failed(error)
    }
}

/// The length that the headers announce. One that is not announced cannot be kept within the memory that there is.
pub(super) fn announced(headers: &HeaderMap, most: usize) -> Result<usize, Refusal> {
    let length = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    let length = length.ok_or(Refusal::Form)?;
    usize::try_from(length).ok().filter(|length| *length <= most).ok_or(Refusal::TooLong)
}

/// Reads a whole body of the announced length, for which the guest gets room as it comes: for as many copies as there will be.
pub(super) async fn read(
    mut body: HttpBody,
    length: usize,
    guest: &mut Guest,
    copies: u64,
) -> Result<Vec<u8>, Refusal> {
    let mut bytes = Vec::new();
    while let Some(frame) = guest.next(body.frame()).await? {
        if let Ok(data) = frame.map_err(|_| Refusal::Form)?.into_data() {
            if bytes.len() + data.len() > length {
                return Err(Refusal::TooLong);
            }
            guest.came(data.len() as u64);
            guest.hold(copies * (bytes.len() + data.len()) as u64).await?;
            bytes.extend_from_slice(&data);
        }
    }
    guest.is_whole();
    if bytes.len() == length { Ok(bytes) } else { Err(Refusal::Form) }
}

impl From<Left> for Refusal {
    fn from(left: Left) -> Self {
        match left {
            Left::Slow => Self::Form,
            Left::Full => Self::Full,
        }
    }
}

async fn receive(door: &Arc<Door>, headers: &HeaderMap, length: usize, body: HttpBody) -> Result<Response, Stopped> {
    // Of text alone nearly every report is small; those have a room that no large one can take.
    let mut memory = if length <= SMALL_BODY_BYTES { door.small.enter() } else { door.large.enter() };
    let bytes = timeout(BODY, read(body, length, &mut memory, 1)).await.map_err(|_| Refusal::Form)??;
    let Body { mailbox, return_key, blind, attachments, envelope } = Body::parse(&bytes).map_err(|_| Refusal::Form)?;
    let names: Vec<ContentId> = attachments.iter().map(|(_, name)| *name).collect();
    let sent = Sent { mailbox, return_key, blind, envelope: ContentId::of(envelope), attachments: names };
    let root = ContentRoot::of(&sent.envelope, &sent.attachments).map_err(|_| Refusal::Form)?;
    let envelope = envelope.to_vec();
    drop(bytes);

    let (id, looked) = (report_id(&root, &Blind::new(*sent.blind.as_bytes())), sent.clone());
    // The key first: both are of one transaction, so whoever finds the key of this very report finds the report as well.
    let look = move |door: &Door| {
        let key = door.lane.return_key(&looked.mailbox)?;
        Ok((key, door.lane.report(&id)?))
    };
    let (key, report) = door.blocking(look).await?;
    if let Some(report) = report {
        return again(door, &root, &sent, &report);
    }
    let proven = match key {
        None => false,
        Some(key) => {
            let proof = headers.get("vouchsafe-return").and_then(|value| value.to_str().ok());
            let proof = proof.ok_or(Refusal::MailboxUsed)?;
            let proven = door.returned_by_header(proof, &sent.mailbox, &key);
            if !proven || key != sent.return_key {
                return Err(Refusal::MailboxUsed.into());
            }
            true
        }
    };
    let mut claimed: Vec<UploadId> = Vec::with_capacity(attachments.len());
    let mut uploads = Vec::with_capacity(attachments.len());
    for (upload, name) in &attachments {
        match door.uploads.claim(upload, name, &id).await {
            Ok(path) => {
                claimed.push(*upload);
                uploads.push((path, *name));
            }
            Err(error) => {
                // Not the one that failed: it may be another report's, or somebody may be writing to it for long.
                door.uploads.settle(&claimed, Claim::Dropped).await;
                // The same report, sent at the same time, may have been kept meanwhile; then its uploads are its attachments.
                if let (_, Some(report)) = door.blocking(look).await? {
                    return again(door, &root, &sent, &report);
                }
                return Err(match error {
                    UploadError::Differs => Refusal::AttachmentDiffers,
                    _ => Refusal::AttachmentMissing,
                }
                .into());
            }
        }
    }
    let answered = door.writer.send(Job { sent, envelope, uploads, proven });
    let Some(answered) = answered else {
        door.uploads.settle(&claimed, Claim::Dropped).await;
        return Err(Refusal::Full.into());
    };
    // A task of its own: what was claimed is settled, and the room held until then, also when the phone has gone away.
    let settled = Arc::clone(door);
    let kept = tokio::spawn(async move {
        let kept = answered.await;
        drop(memory);
        let claim = match &kept {
            Ok(Ok(_)) => Claim::Kept,
            // Nothing of it was kept, for certain.
            Ok(Err(AcceptError::MailboxUsed | AcceptError::AttachmentMissing | AcceptError::DayEnded { .. })) => {
                Claim::Dropped
            }
            // It may have been kept and its answer lost: what it claimed stays its own, for when it comes again.
            Ok(Err(_)) | Err(_) => Claim::Open,
        };
        settled.uploads.settle(&claimed, claim).await;
        kept
    });
    let kept = kept.await.context("the report's task was cut short")?;
    match kept {
        Ok(Ok(kept)) => promise(door, &root, &kept),
        Ok(Err(AcceptError::MailboxUsed)) => Err(Refusal::MailboxUsed.into()),
        Ok(Err(AcceptError::AttachmentMissing)) => Err(Refusal::AttachmentMissing.into()),
        Ok(Err(error)) => Err(anyhow::Error::new(error).into()),
        Err(_) => Err(anyhow!("the thread that keeps reports has ended").into()),
    }
}

/// The promise of a report that is there already.
fn again(door: &Door, root: &ContentRoot, sent: &Sent, report: &Report) -> Result<Response, Stopped> {
    if report.mailbox != sent.mailbox {
        return Err(Refusal::MailboxUsed.into());
    }
    promise(door, root, &Kept { day: report.day, leaf: report.leaf, already: true })
}

fn promise(door: &Door, root: &ContentRoot, kept: &Kept) -> Result<Response, Stopped> {
    let note = door.promise.make(kept.day, root, &kept.leaf).map_err(anyhow::Error::new)?;
    Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], note).into_response())
}
