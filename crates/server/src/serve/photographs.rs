//! Photographs of papers on the page of a request: the form that attaches them, the list, and the picture itself.
//!
//! A photograph comes as a browser sends a form with files (RFC 7578), with JavaScript off. Nothing is read of the form before the
//! policies have said that its sender may attach; what is held of forms that come in is bounded for each ([`FORM_MAX_BYTES`]), over all of
//! them ([`Room`]) and in time, and what goes out over all; names and types of files are never looked at. What is too much is read and
//! thrown away, so that the browser gets the sentence that says what to do, and not a broken connection. Opening a photograph is an entry
//! before it is shown, each time, like opening the request.

use std::{io, sync::Arc, time::Duration};

use anyhow::Context as _;
use axum::{
    body::{Body as Sending, Bytes},
    extract::{FromRequest as _, Multipart, Path, Request, State, multipart::MultipartError},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use http_body_util::{BodyExt as _, channel::Channel};
use law::DocumentId;
use maud::{Markup, html};
use record::{Actor, Body, Entry, EntryId, OutsideRequest, Photograph, Reading, Sha256Hex};
use sha2::{Digest as _, Sha256};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{
    Desk, Kept,
    forms::{Fault, Fields, Nonce},
    page::refusal,
    requests::{Shown, found, show, what},
    session::{self, Account},
};
use crate::{
    access::Action,
    photograph::{Bound, LARGEST_PICTURE_BYTES, PhotographKey, PictureError, picture},
    store::{
        Draft, Stored,
        photographs::{AttachError, MOST_OF_A_REQUEST, NewPhotograph, Photographs},
    },
};

/// How much of one form is held, in bytes.
pub(super) const FORM_MAX_BYTES: usize = 40 << 20;

/// How much of one form is read at all, in bytes: beyond what is held it is thrown away.
const READ_MAX_BYTES: usize = 128 << 20;

/// How much of all forms that come in at once is held, in bytes; each becomes at most twice as much while it is cleaned and sealed. As much
/// again is held of photographs that go out.
const ROOM_BYTES: usize = 128 << 20;

/// How long whoever opens a photograph waits until others have theirs.
const OUT_PATIENCE: Duration = Duration::from_secs(20);

/// How long one form may take to come in.
const PATIENCE: Duration = Duration::from_secs(180);

/// The longest field that is no photograph, in bytes.
const FIELD_MAX_BYTES: usize = 1024;

/// What a megabyte is on a page: the limits are powers of two, and the page rounds them down.
const MEGABYTE: usize = 1 << 20;

/// A photograph as a page of its own: nothing in it may run, load or be framed, whatever it is.
const PICTURE_POLICY: &str = "default-src 'none'; sandbox; frame-ancestors 'none'";

/// Where photographs are kept, under which key, and how much room those have that come in.
pub struct Keep {
    kept: Arc<dyn Photographs>,
    key: Option<PhotographKey>,
    room: Room,
    /// Room for those that are on their way out.
    out: Room,
    patience: Duration,
}

impl Keep {
    /// Photographs of this store, under this key; without one none is attached or opened, and all else is served.
    #[must_use]
    pub fn new(kept: Arc<dyn Photographs>, key: Option<PhotographKey>) -> Self {
        Self { kept, key, room: Room::of(ROOM_BYTES), out: Room::of(ROOM_BYTES), patience: OUT_PATIENCE }
    }

    /// All room for what goes out, taken.
    #[cfg(test)]
    pub(super) fn out_taken(&self) -> OwnedSemaphorePermit {
        Arc::clone(&self.out.0).try_acquire_many_owned(UNITS).unwrap()
    }

    /// How much room is left for what goes out.
    #[cfg(test)]
    pub(super) fn out_left(&self) -> usize {
        self.out.0.available_permits()
    }

    /// How long whoever opens one waits for room.
    #[cfg(test)]
    pub(super) fn with_patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// How much room is left for what comes in.
    #[cfg(test)]
    pub(super) fn room_left(&self) -> usize {
        self.room.0.available_permits()
    }

    /// Whether photographs can be attached and opened here.
    #[must_use]
    pub fn has_key(&self) -> bool {
        self.key.is_some()
    }
}

/// Room in memory for what comes in, counted as it comes and not as it is announced.
#[derive(Clone)]
struct Room(Arc<Semaphore>);

/// The room that one form has taken; given back when it is dropped.
struct Taken {
    room: Room,
    bytes: usize,
    permits: Option<OwnedSemaphorePermit>,
}

/// How room is counted, in bytes.
const UNIT_BYTES: usize = 64 << 10;

/// How much room there is, so counted.
#[expect(clippy::cast_possible_truncation, reason = "two thousand")]
const UNITS: u32 = (ROOM_BYTES / UNIT_BYTES) as u32;

impl Room {
    fn of(bytes: usize) -> Self {
        Self(Arc::new(Semaphore::new(bytes / UNIT_BYTES)))
    }

    fn enter(&self) -> Taken {
        Taken { room: self.clone(), bytes: 0, permits: None }
    }
}

impl Taken {
    /// Takes room for so many bytes more.
    fn more(&mut self, bytes: usize) -> Result<(), NotRead> {
        self.bytes += bytes;
        if self.bytes > FORM_MAX_BYTES {
            return Err(NotRead::TooLarge);
        }
        let has = self.permits.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        let wants = self.bytes.div_ceil(UNIT_BYTES).saturating_sub(has);
        let Some(wants) = u32::try_from(wants).ok().filter(|wants| *wants > 0) else { return Ok(()) };
        let new = Arc::clone(&self.room.0).try_acquire_many_owned(wants).map_err(|_| NotRead::Busy)?;
        match &mut self.permits {
            Some(permits) => permits.merge(new),
            none => *none = Some(new),
        }
        Ok(())
    }
}

/// A photograph on its way out, with the room that it takes until it is sent: made where it is opened, which goes on when its reader hangs up.
struct Outgoing {
    bytes: Vec<u8>,
    _room: OwnedSemaphorePermit,
}

impl AsRef<[u8]> for Outgoing {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

/// Why a form was not read whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum NotRead {
    TooLarge,
    Busy,
    Slow,
    Broken,
}

impl NotRead {
    fn answer(self) -> (StatusCode, Fault) {
        match self {
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, too_large()),
            Self::Busy => (StatusCode::SERVICE_UNAVAILABLE, Fault::new("fault-photograph-busy")),
            Self::Slow => (StatusCode::REQUEST_TIMEOUT, Fault::new("fault-photograph-slow")),
            Self::Broken => (StatusCode::BAD_REQUEST, Fault::new("fault-photograph-broken")),
        }
    }
}

impl From<MultipartError> for NotRead {
    fn from(error: MultipartError) -> Self {
        if error.status() == StatusCode::PAYLOAD_TOO_LARGE { Self::TooLarge } else { Self::Broken }
    }
}

fn too_large() -> Fault {
    let size = (LARGEST_PICTURE_BYTES / MEGABYTE).to_string();
    Fault::new("fault-photograph-too-large").with("size", size).with("all", (FORM_MAX_BYTES / MEGABYTE).to_string())
}

fn too_many(has: u64) -> Fault {
    let fault = Fault::new("fault-photograph-too-many").with("has", has.to_string());
    fault.with("most", MOST_OF_A_REQUEST.to_string())
}

/// What a form sent.
#[derive(Default)]
struct Sent {
    fields: Fields,
    files: Vec<Vec<u8>>,
}

/// What has come and is not handed on yet. Whatever parses a form looks through all that it holds each time that something comes, so a form
/// of crumbs would be a great deal of work.
#[derive(Default)]
struct Pieces(Vec<u8>);

impl Pieces {
    /// A piece to hand on, of [`UNIT_BYTES`] or more, if there is one now.
    fn add(&mut self, data: &[u8]) -> Option<Bytes> {
        self.0.extend_from_slice(data);
        (self.0.len() >= UNIT_BYTES).then(|| std::mem::take(&mut self.0).into())
    }

    /// What is left.
    fn rest(self) -> Bytes {
        self.0.into()
    }
}

/// Reads a form to its end into `sent`, which has what came before it broke.
///
/// What parses the form holds all that has come of it, so bytes are counted before they get there. What is too much is not handed on;
/// it is read and thrown away, and said at the end.
async fn read(request: Request, taken: &mut Taken, sent: &mut Sent) -> Result<(), NotRead> {
    let (parts, mut body) = request.into_parts();
    let (mut to, counted) = Channel::<Bytes, io::Error>::new(1);
    let form = Multipart::from_request(Request::from_parts(parts, Sending::new(counted)), &());
    let form = form.await.map_err(|_| NotRead::Broken)?;
    let hand_on = async move {
        let (mut fault, mut bytes, mut wanted) = (None, 0, true);
        let mut pieces = Pieces::default();
        while let Some(frame) = body.frame().await {
            let Ok(frame) = frame else { return Err(NotRead::Broken) };
            let Ok(data) = frame.into_data() else { continue };
            bytes += data.len();
            if fault.is_none() {
                match taken.more(data.len()) {
                    Ok(()) => {
                        if let Some(piece) = pieces.add(&data) {
                            // Nobody wants what follows the end of a form.
                            wanted = wanted && to.send_data(piece).await.is_ok();
                        }
                    }
                    Err(why) => fault = Some(why),
                }
            }
            if bytes > READ_MAX_BYTES {
                break;
            }
        }
        match fault {
            Some(why) => {
                to.abort(io::Error::other("too much of a form"));
                Err(why)
            }
            None => {
                if wanted {
                    let _ = to.send_data(pieces.rest()).await;
                }
                Ok(())
            }
        }
    };
    let (handed_on, parsed) = tokio::join!(hand_on, fields(form, sent));
    handed_on.and(parsed)
}

/// Reads the fields of a form, and of a photograph that is too long nothing.
async fn fields(mut form: Multipart, sent: &mut Sent) -> Result<(), NotRead> {
    let mut fault = None;
    while let Some(mut field) = form.next_field().await? {
        let name = match field.name() {
            Some(name @ ("nonce" | "shows")) => Some(name.to_owned()),
            Some("photograph") => None,
            // Nothing of ours: the next field skips it.
            _ => continue,
        };
        let most = if name.is_some() { FIELD_MAX_BYTES } else { LARGEST_PICTURE_BYTES };
        let mut held = Vec::new();
        while let Some(chunk) = field.chunk().await? {
            if held.len() + chunk.len() > most {
                fault = Some(NotRead::TooLarge);
            }
            if fault.is_some() {
                held = Vec::new();
            } else {
                held.extend_from_slice(&chunk);
            }
        }
        match name {
            Some(name) => sent.fields.0.push((name, String::from_utf8(held).map_err(|_| NotRead::Broken)?)),
            // A browser sends an empty file where none was chosen.
            None if held.is_empty() => {}
            None => sent.files.push(held),
        }
    }
    fault.map_or(Ok(()), Err)
}

/// `POST /requests/{id}/photographs`: photographs of one paper, each an entry with the sealed picture beside it, all or none.
pub async fn attach(
    State(desk): State<Arc<Desk>>,
    account: Account,
    Path(id): Path<String>,
    headers: HeaderMap,
    form: Request,
) -> Response {
    let (request, entries) = match found(&desk, &account, &id).await {
        Ok(found) => found,
        Err(refused) => return *refused,
    };
    if let Err(refused) = desk.must(&account, Action::AttachPhotograph, &what(&request)) {
        return *refused;
    }
    let (mut taken, mut sent) = (desk.photographs.room.enter(), Sent::default());
    let read = tokio::time::timeout(PATIENCE, read(form, &mut taken, &mut sent)).await.unwrap_or(Err(NotRead::Slow));
    // That took up to three minutes: whoever was signed in may be no more, or may do less.
    match desk.account(&headers).await {
        Ok(Some(still)) if still == account => {}
        Ok(_) => return Redirect::to(session::UNSENT).into_response(),
        Err(error) => return desk.failed(None, &error),
    }
    if let Err(refused) = desk.must(&account, Action::AttachPhotograph, &what(&request)) {
        return *refused;
    }
    let Sent { fields, files } = sent;
    let refuse = async |status: StatusCode, fault: &Fault| {
        let sentence = fault.say(&desk.words);
        let photographs = InPage { pictures: false, typed: Some(&fields) };
        let shown = Shown { fault: Some(&sentence), photographs, ..Shown::default() };
        show(&desk, &account, &request, &entries, status, &shown).await
    };
    if let Err(why) = read {
        let (status, fault) = why.answer();
        return refuse(status, &fault).await;
    }
    let understood = Nonce::read(&fields).and_then(|nonce| Ok((nonce, shows(&desk, &fields)?)));
    let (nonce, shows) = match understood {
        Ok(understood) => understood,
        Err(fault) => return refuse(StatusCode::UNPROCESSABLE_ENTITY, &fault).await,
    };
    if files.is_empty() {
        return refuse(StatusCode::UNPROCESSABLE_ENTITY, &Fault::new("fault-photograph-none")).await;
    }
    // Before any is looked at: a form of crumbs would be a great deal of work. Below, the store counts with whoever is as quick.
    if files.len() as u64 > MOST_OF_A_REQUEST {
        let has = entries.iter().filter_map(Stored::entry).filter(|entry| matches!(entry.body, Body::Photographed(_)));
        return refuse(StatusCode::UNPROCESSABLE_ENTITY, &too_many(has.count() as u64)).await;
    }
    let kept = keep(&desk, &account, &nonce, &request, shows, (files, taken)).await;
    let page = format!("/requests/{}", request.id);
    match kept {
        Ok(Kept::New) => Redirect::to(&format!("{page}?told=attached")).into_response(),
        Ok(Kept::Before) => Redirect::to(&format!("{page}?told=attached-before")).into_response(),
        Err(NotKept::Picture(why)) => match why {
            PictureError::TooLarge => refuse(StatusCode::PAYLOAD_TOO_LARGE, &too_large()).await,
            PictureError::NotTaken => {
                refuse(StatusCode::UNPROCESSABLE_ENTITY, &Fault::new("fault-photograph-not-taken")).await
            }
            PictureError::Unclean(_) => {
                refuse(StatusCode::UNPROCESSABLE_ENTITY, &Fault::new("fault-photograph-unclean")).await
            }
        },
        Err(NotKept::Attach(AttachError::TooMany { has, .. })) => {
            refuse(StatusCode::UNPROCESSABLE_ENTITY, &too_many(has)).await
        }
        // Erased while the form was on its way.
        Err(NotKept::Attach(AttachError::NoRequest { .. })) => {
            refusal(&desk, Some(&account), StatusCode::NOT_FOUND, &desk.words.say("request-not-found", &[]))
        }
        Err(NotKept::Attach(error @ AttachError::OtherKey)) => {
            desk.fault_number(&error.into(), "photographs cannot be sealed here");
            refuse(StatusCode::SERVICE_UNAVAILABLE, &Fault::new("fault-photograph-key")).await
        }
        Err(NotKept::Attach(error)) => desk.failed(Some(&account), &error.into()),
        Err(NotKept::Failed(error)) => desk.failed(Some(&account), &error),
    }
}

/// The kind of paper that the form names; none where nobody said.
fn shows(desk: &Desk, fields: &Fields) -> Result<Option<DocumentId>, Fault> {
    let Some(sent) = fields.one("shows") else { return Ok(None) };
    let known = papers(desk).find(|(id, _)| id.as_str() == sent);
    known.map(|(id, _)| Some(id.clone())).ok_or_else(|| Fault::of("form-not-on-list", "photographs-paper"))
}

/// The papers of the pack's vocabulary that there can be a photograph of.
fn papers(desk: &Desk) -> impl Iterator<Item = (&DocumentId, &str)> {
    let all = guide::order::documents(desk.pack.vocabulary()).into_iter();
    all.filter(|paper| !["none", "unknown"].contains(&paper.id.as_str())).map(|paper| (&paper.id, paper.title.as_str()))
}

/// Why photographs were not kept.
enum NotKept {
    Picture(PictureError),
    Attach(AttachError),
    Failed(anyhow::Error),
}

impl From<anyhow::Error> for NotKept {
    fn from(error: anyhow::Error) -> Self {
        Self::Failed(error)
    }
}

/// The key of one photograph of one form. A page that a browser restores has the number of the form that was sent from it: the same picture
/// is attached once under it, and another one (a better photograph, the next page) is other work.
///
/// Keys outlive what is erased, so it is a hash with the form's number in it, which is kept nowhere, and tells of no picture.
fn key_of_work(form: &str, account: &Account, photograph: &Photograph) -> String {
    let shows = photograph.shows.as_ref().map_or("", DocumentId::as_str);
    let request = photograph.request.to_string();
    let parts = [form, account.role.word(), &request, shows, photograph.content.as_str()];
    format!("desk/{}/photograph", hex::encode(Sha256::digest(parts.join("\0"))))
}

/// Cleans, seals and attaches, off the async threads. The work goes on when whoever sent the form hangs up, so the room that the files have
/// taken is the work's, and given back with it.
async fn keep(
    desk: &Arc<Desk>,
    account: &Account,
    nonce: &Nonce,
    request: &OutsideRequest,
    shows: Option<DocumentId>,
    (files, taken): (Vec<Vec<u8>>, Taken),
) -> Result<Kept, NotKept> {
    let (account, nonce, request) = (account.clone(), nonce.clone(), request.id);
    let work = move |desk: &Desk| -> Result<Kept, NotKept> {
        let _until_it_ends = taken;
        let Keep { kept, key, .. } = &desk.photographs;
        let key = key.as_ref().ok_or(NotKept::Attach(AttachError::OtherKey))?;
        let mut new = Vec::with_capacity(files.len());
        for file in files {
            let picture = picture(&file).map_err(NotKept::Picture)?;
            drop(file);
            let photograph = Photograph {
                request,
                shows: shows.clone(),
                content: Sha256Hex::of(Sha256::digest(&picture.bytes).into()),
                form: picture.form,
                bytes: picture.bytes.len() as u64,
            };
            let drafts = desk.drafts(&account, vec![Body::Photographed(Box::new(photograph.clone()))])?;
            let draft = drafts.into_iter().next().context("a photograph without its entry")?;
            let sealed = key.seal(&Bound::of(draft.entry.id, &photograph), picture.bytes);
            let sealed = sealed.map_err(anyhow::Error::from)?;
            let key = Some(key_of_work(&nonce.key(&account, 0), &account, &photograph));
            new.push(NewPhotograph { draft: Draft { key, ..draft }, sealed });
        }
        match kept.attach(&key.name(), new) {
            Ok(committed) if committed.iter().all(|one| one.already) => Ok(Kept::Before),
            Ok(_) => Ok(Kept::New),
            Err(error) => Err(NotKept::Attach(error)),
        }
    };
    let start = std::time::Instant::now();
    let done = desk.blocking(move |desk| Ok(work(desk))).await?;
    metrics::histogram!("vouchsafe_commit_seconds").record(start.elapsed().as_secs_f64());
    let failed = matches!(&done, Err(NotKept::Attach(AttachError::Store(_)) | NotKept::Failed(_)));
    metrics::counter!("vouchsafe_commits_total", "result" => if failed { "failed" } else { "ok" }).increment(1);
    desk.log.nudge();
    done
}

/// `GET /requests/{id}/photographs/{entry}`: one photograph, shown once the record says who opened it.
pub async fn one(
    State(desk): State<Arc<Desk>>,
    account: Account,
    Path((id, entry)): Path<(String, String)>,
) -> Response {
    let (request, entries) = match found(&desk, &account, &id).await {
        Ok(found) => found,
        Err(refused) => return *refused,
    };
    if let Err(refused) = desk.must(&account, Action::ReadPhotograph, &what(&request)) {
        return *refused;
    }
    let named = entry.parse::<EntryId>().ok().and_then(|entry| {
        let present = entries.iter().filter_map(Stored::entry).find(|present| present.id == entry)?;
        match &present.body {
            Body::Photographed(photograph) => Some((entry, (**photograph).clone())),
            _ => None,
        }
    });
    let Some((entry, photograph)) = named else {
        let sentence = desk.words.say("photograph-not-found", &[]);
        return refusal(&desk, Some(&account), StatusCode::NOT_FOUND, &sentence);
    };
    if !desk.photographs.has_key() {
        let sentence = desk.words.say("photograph-key", &[]);
        return refusal(&desk, Some(&account), StatusCode::SERVICE_UNAVAILABLE, &sentence);
    }
    // Before anything of it is in memory, and before the record says that it was opened.
    let units =
        u32::try_from(photograph.bytes.div_ceil(UNIT_BYTES as u64)).map_or(UNITS, |units| units.clamp(1, UNITS));
    let room = Arc::clone(&desk.photographs.out.0).acquire_many_owned(units);
    let Ok(Ok(room)) = tokio::time::timeout(desk.photographs.patience, room).await else {
        let sentence = desk.words.say("photograph-busy", &[]);
        return refusal(&desk, Some(&account), StatusCode::SERVICE_UNAVAILABLE, &sentence);
    };
    let form = photograph.form;
    let opened = desk
        .blocking(move |desk| {
            let Keep { kept, key, .. } = &desk.photographs;
            let key = key.as_ref().context("this server has no key of photographs")?;
            let sealed = kept.photograph(&entry)?.context("there is nothing beside the entry")?;
            let bytes = key.open(&Bound::of(entry, &photograph), sealed)?;
            Ok(Outgoing { bytes, _room: room })
        })
        .await;
    let outgoing = match opened {
        Ok(outgoing) => outgoing,
        Err(error) => {
            let number = desk.fault_number(&error, "a photograph cannot be opened");
            let sentence = desk.words.say("photograph-damaged", &[("number", &number)]);
            return refusal(&desk, Some(&account), StatusCode::INTERNAL_SERVER_ERROR, &sentence);
        }
    };
    let reading = Reading::of_photograph(request.id, entry);
    let noted = match desk.drafts(&account, vec![Body::Read(reading)]) {
        Ok(drafts) => desk.commit("open a photograph", drafts).await,
        Err(error) => Err(error),
    };
    if let Err(error) = noted {
        return desk.failed(Some(&account), &error);
    }
    let name = format!("inline; filename=\"{entry}.{}\"", form.word());
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(form.media_type())),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(PICTURE_POLICY)),
        // Letters, digits and marks of ours.
        (header::CONTENT_DISPOSITION, HeaderValue::from_str(&name).unwrap_or(HeaderValue::from_static("inline"))),
    ];
    (headers, Bytes::from_owner(outgoing)).into_response()
}

/// What the page of a request says of photographs.
#[derive(Clone, Copy, Default)]
pub struct InPage<'a> {
    /// Whether the pictures stand in it.
    pub pictures: bool,
    /// The form as it was sent, if it was refused.
    pub typed: Option<&'a Fields>,
}

/// Whether somebody may attach a photograph to this request.
fn may_attach(desk: &Desk, account: &Account, request: &OutsideRequest) -> bool {
    desk.would(account, Action::AttachPhotograph, &what(request))
}

/// The way to the form from the top of the page: whoever has just recorded a request has the paper in hand.
#[must_use]
pub fn way(desk: &Desk, account: &Account, request: &OutsideRequest) -> Markup {
    html! {
        @if may_attach(desk, account, request) {
            p.screen { a.button href="#photographs" { (desk.words.say("photographs-to", &[])) } }
        }
    }
}

/// The part of a request's page: what is attached, with the pictures in it where they were asked for, and the form.
#[must_use]
pub fn part(
    desk: &Desk,
    account: &Account,
    request: &OutsideRequest,
    present: &[&Entry],
    InPage { pictures, typed }: InPage<'_>,
) -> Markup {
    let say = |id: &str| desk.words.say(id, &[]);
    let attached: Vec<(&Entry, &Photograph)> = present
        .iter()
        .filter_map(|entry| match &entry.body {
            Body::Photographed(photograph) => Some((*entry, &**photograph)),
            _ => None,
        })
        .collect();
    let page = format!("/requests/{}", request.id);
    let reads = desk.would(account, Action::ReadPhotograph, &what(request));
    let full = attached.len() as u64 >= MOST_OF_A_REQUEST;
    html! {
        h2 id="photographs" tabindex="-1" { (say("photographs-title")) }
        @if attached.is_empty() {
            p { (say("photographs-none")) }
        } @else if reads {
            p.quiet { (say("photographs-noted")) }
            ol.photographs {
                @for (number, (entry, photograph)) in (1..).zip(&attached) {
                    @let at = format!("{page}/photographs/{}", entry.id);
                    @let name = name(desk, number, photograph);
                    li {
                        a.target href=(at) { (name) }
                        p.quiet { (said(desk, entry, photograph)) }
                        @if !photograph.form.shown_everywhere() {
                            p.quiet { (desk.words.say("photographs-keep", &[("form", &form_word(photograph))])) }
                        } @else if pictures {
                            a href=(at) { img src=(at) alt=(name); }
                        }
                    }
                }
            }
            @if !pictures && attached.iter().any(|(_, photograph)| photograph.form.shown_everywhere()) {
                p.screen { a.button href=(format!("{page}?photographs=shown#photographs")) { (say("photographs-show")) } }
            }
        }
        @if may_attach(desk, account, request) {
            @if full {
                p { (desk.words.say("photographs-many", &[("most", &MOST_OF_A_REQUEST.to_string())])) }
            } @else {
                (form(desk, &page, typed))
            }
        }
    }
}

/// The form: a telephone takes a photograph with the first field and chooses with the second.
fn form(desk: &Desk, page: &str, typed: Option<&Fields>) -> Markup {
    let say = |id: &str| desk.words.say(id, &[]);
    // Where this list names no HEIC, telephones that photograph in it send a JPEG.
    let accept = "image/jpeg,image/png,image/webp";
    let limits = [
        ("size", (LARGEST_PICTURE_BYTES / MEGABYTE).to_string()),
        ("all", (FORM_MAX_BYTES / MEGABYTE).to_string()),
        ("most", MOST_OF_A_REQUEST.to_string()),
    ];
    let limits = limits.each_ref().map(|(name, value)| (*name, value.as_str()));
    html! {
        form.screen method="post" action=(format!("{page}/photographs")) enctype="multipart/form-data" {
            (Nonce::field(desk))
            label for="photograph-paper" { (say("photographs-paper")) }
            select id="photograph-paper" name="shows" {
                option value="" { (say("photographs-not-said")) }
                @for (id, title) in papers(desk) {
                    option value=(id) selected[typed.is_some_and(|typed| typed.has("shows", id.as_str()))] { (title) }
                }
            }
            label for="photograph-take" { (say("photographs-take")) }
            input id="photograph-take" name="photograph" type="file" accept=(accept) capture="environment" aria-describedby="photograph-limits";
            label for="photograph-choose" { (say("photographs-choose")) }
            input id="photograph-choose" name="photograph" type="file" accept=(accept) multiple aria-describedby="photograph-limits";
            p.quiet { (say("photographs-phone")) }
            p.quiet id="photograph-limits" { (desk.words.say("photographs-limits", &limits)) }
            p { button.main type="submit" { (say("photographs-button")) } }
        }
    }
}

fn form_word(photograph: &Photograph) -> String {
    photograph.form.word().to_uppercase()
}

/// `Photograph 1: Form I-200`.
fn name(desk: &Desk, number: usize, photograph: &Photograph) -> String {
    let paper = match &photograph.shows {
        Some(id) => desk.pack.vocabulary().documents.get(id).map_or(id.as_str(), |paper| &paper.title).to_owned(),
        None => desk.words.say("photographs-not-said", &[]),
    };
    desk.words.say("photographs-name", &[("number", &number.to_string()), ("paper", &paper)])
}

/// What it is, how long, by whom and on which day.
fn said(desk: &Desk, entry: &Entry, photograph: &Photograph) -> String {
    let on = entry.at.to_zoned(desk.zone.clone()).date().to_string();
    let size = photograph.bytes.div_ceil(1000).to_string();
    let form = form_word(photograph);
    let what = [("form", form.as_str()), ("size", &size), ("on", &on)];
    match &entry.by {
        Actor::Staff { name, role, .. } => {
            let role = desk.words.say(&format!("role-{}", session::word(*role)), &[]);
            let by = [("who", name.reveal()), ("role", role.as_str())];
            desk.words.say("photographs-said", &[what.as_slice(), &by].concat())
        }
        Actor::Program { .. } | Actor::System { .. } => desk.words.say("photographs-said-by-program", &what),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_taken_by_what_comes_and_given_back() {
        let room = Room::of(4 * UNIT_BYTES);
        let mut one = room.enter();
        for _ in 0..3 {
            one.more(UNIT_BYTES / 2).unwrap();
        }
        assert_eq!(room.0.available_permits(), 2, "one and a half take two");
        let mut other = room.enter();
        other.more(2 * UNIT_BYTES).unwrap();
        assert_eq!(other.more(1), Err(NotRead::Busy));
        one.more(UNIT_BYTES / 2).unwrap();
        drop(other);
        one.more(2 * UNIT_BYTES).unwrap();
        assert_eq!(one.more(1), Err(NotRead::Busy));
        drop(one);
        assert_eq!(room.0.available_permits(), 4);
    }

    #[test]
    fn crumbs_are_handed_on_in_pieces() {
        let sent: Vec<u8> = (0..=255).cycle().take(2 * UNIT_BYTES + 5).collect();
        let (mut pieces, mut handed_on) = (Pieces::default(), Vec::new());
        handed_on.extend(sent.chunks(1).filter_map(|crumb| pieces.add(crumb)));
        handed_on.push(pieces.rest());
        assert_eq!(handed_on.iter().map(Bytes::len).collect::<Vec<_>>(), [UNIT_BYTES, UNIT_BYTES, 5]);
        assert_eq!(handed_on.concat(), sent);
        assert_eq!(Pieces::default().add(&sent).unwrap(), sent, "what is long enough is not cut");
    }

    #[test]
    fn one_form_has_a_bound_of_its_own() {
        let mut taken = Room::of(ROOM_BYTES).enter();
        taken.more(FORM_MAX_BYTES).unwrap();
        assert_eq!(taken.more(1), Err(NotRead::TooLarge));
    }
}
