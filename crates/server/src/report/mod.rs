//! The door for residents: a listener of its own, with nothing of the gate behind it.
//!
//! docs/report-protocol.md says what a phone and this door say to each other. What it keeps of a report: the day, sealed
//! bytes, and what the phone derived for it. It asks for no address, user agent or hour, and nothing of them is in its
//! types; there is no list of calls. It knows of the seal what is public (`seal::envelope::inspect`, leaves, proofs of
//! return) and nothing that opens; `cargo xtask tidy` holds that.
//!
//! In reading order: `body` what a phone sends, `work` what it does first, `room` how much of it may be on its way, `uploads` and `tus` its attachments, `accept` how
//! a report is kept, `vault` where its bytes lie, `promise` what the phone gets, `answers` and `days` what it comes back for,
//! `close` what happens when a day has ended, `reborn` to its attachments, `stamps` and `handled` what officials did, `overdue` what they did not,
//! `removal` when bytes may go, `publish` how keys and pages come into the log, `history` what was published, `proofs` what is shown of it, `pages` what is served beside, `watch` how anybody sees that, `oblivious` how all of it is reached through a relay.

pub mod accept;
pub mod answers;
pub mod body;
pub mod bundle;
pub mod clock;
pub mod close;
pub mod days;
mod files;
pub mod handled;
pub mod history;
mod limits;
mod mailbox;
pub mod objects;
pub mod oblivious;
pub mod onion;
pub mod overdue;
mod pages;
mod promise;
mod proofs;
pub mod publish;
mod reborn;
mod refusal;
mod remote;
pub mod removal;
pub mod room;
mod send;
pub mod shelf;
pub mod ship;
pub mod stamps;
pub mod tus;
mod uploads;
pub mod vault;
pub mod watch;
pub mod work;

use std::{
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use axum::{
    Router,
    extract::{Path, Query, Request, State, rejection::QueryRejection},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    middleware,
    response::{IntoResponse, Response},
    routing::{any, get, post},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::civil::Date;
use record::{KeySet, Sha256Hex};
use tokio::sync::Semaphore;

use self::{
    accept::Writer,
    answers::Answers,
    clock::Clock,
    close::Word,
    overdue::Overdue,
    pages::Pages,
    promise::Promise,
    refusal::{Refusal, refuse},
    room::Room,
    stamps::Stamps,
    uploads::Uploads,
    vault::Vault,
    work::{Tokens, Work, WorkError},
};
use crate::{
    listen::Stop,
    log::Disk,
    store::{Lane, Store, StoreError},
};

pub use files::{Free, free, name_of};
pub use limits::Limits;

pub use mailbox::{PROOF_BYTES, Proof};
pub(crate) use pages::takes_brotli;
pub use uploads::MAX_UPLOAD_BYTES;

/// How long a report's whole body may take: 1 MiB at the speed of a bad mobile network.
const BODY: Duration = Duration::from_secs(600);
/// How long a phone waits for its turn at what is read before it is told to come back.
const PATIENCE: Duration = Duration::from_secs(20);
/// Days that are read for phones at a time.
const DAYS_AT_ONCE: usize = 4;
/// Looks at mailboxes at a time: whoever comes back needs no work, so nobody may hold all threads that wait for a disk.
const LOOKS_AT_ONCE: usize = 32;
/// Proofs of keys that are read at a time; they have turns of their own, since without them no phone sends anything.
const KEYS_AT_ONCE: usize = 4;

/// Everything that the door stands on.
pub struct Door {
    /// Before the writer, whose thread lets go of the store last: a database's client must not end on an async thread.
    overdue: Arc<Overdue>,
    lane: Arc<dyn Lane>,
    store: Arc<dyn Store>,
    vault: Arc<Vault>,
    uploads: Arc<Uploads>,
    clock: Arc<dyn Clock>,
    disk: Arc<dyn Disk>,
    writer: Writer,
    work: Work,
    nonces: Tokens,
    promise: Promise,
    answers: Answers,
    data: PathBuf,
    pages: Pages,
    /// The keys of these pages; none if they have none.
    bundled: Option<KeySet>,
    proofs: proofs::Proofs,
    /// Memory for short bodies of reports, for long ones, and for parts of uploads.
    small: Arc<Room>,
    large: Arc<Room>,
    parts: Arc<Room>,
    days: days::Shown,
    day_turns: Semaphore,
    look_turns: Semaphore,
    key_turns: Semaphore,
    /// The first count after a start reads the whole record; it takes no turn of the keys'.
    count_turns: Semaphore,
    gateway: Option<Arc<oblivious::Gateway>>,
}

/// What a door is made of.
pub struct Parts {
    /// The record.
    pub store: Arc<dyn Store>,
    /// The reports' lane in the same store.
    pub lane: Arc<dyn Lane>,
    /// The log's files.
    pub disk: Arc<dyn Disk>,
    /// The log's name.
    pub origin: String,
    /// The data folder.
    pub data: PathBuf,
    /// The built pages; none = they are not served.
    pub pages: Option<Bundle>,
    /// The door's address as an onion service, which its pages then tell.
    pub onion: Option<onion::Onion>,
    /// The door's own address, if calls are taken through a relay.
    pub oblivious: Option<oblivious::origin::Origin>,
    /// Which reports wait to be opened.
    pub overdue: Arc<Overdue>,
    /// The city's days.
    pub clock: Arc<dyn Clock>,
    /// What uploads, and bodies on their way, may take.
    pub limits: Limits,
    /// Tells how many bytes are free where sealed bytes lie.
    pub free: Free,
}

impl Door {
    /// Opens a door: makes its key on first use, reads its pages, starts the thread that keeps reports.
    ///
    /// # Errors
    /// A folder, the key or the pages cannot be used.
    pub fn open(parts: Parts) -> Result<Arc<Self>> {
        let Parts { store, lane, disk, origin, data, pages, onion, oblivious, overdue, clock, limits, free } = parts;
        let vault = Vault::open(&data.join("blobs")).context("the folder of sealed bytes")?;
        // A wrong file is told at the start, and not when somebody needs an attachment.
        vault.objects().context("object storage")?;
        let vault = Arc::new(vault.sparing(free, limits.reserve_bytes));
        let uploads = Arc::new(Uploads::new(Arc::clone(&vault), Arc::clone(&clock), limits));
        let writer = Writer::start(Arc::clone(&lane), Arc::clone(&vault), Arc::clone(&clock));
        let random = |error: getrandom::Error| anyhow::anyhow!("no random bytes: {error}");
        let proofs = proofs::Proofs::default();
        let (pages, bundled) = match pages.map(|bundle| ordered(bundle, &proofs, &*store, clock.today())).transpose()? {
            Some(Some((pages, keys))) => (pages.beside(onion), keys),
            Some(None) | None => (Pages::default(), None),
        };
        let gateway = oblivious.map(|origin| oblivious::Gateway::new(origin, &limits)).transpose().map_err(random)?;
        Ok(Arc::new(Self {
            gateway: gateway.map(Arc::new),
            promise: Promise::of(&data, &origin)?,
            pages,
            bundled,
            proofs,
            answers: Answers::below(&data),
            overdue,
            work: Work::new().map_err(random)?,
            nonces: Tokens::new(b"vouchsafe/return-nonce/v1").map_err(random)?,
            writer: writer.context("no thread for the reports")?,
            small: Room::new(limits.small_bodies_bytes, limits.pace),
            large: Room::new(limits.large_bodies_bytes, limits.pace),
            parts: Room::new(limits.parts_bytes, limits.pace),
            days: days::Shown::default(),
            day_turns: Semaphore::new(DAYS_AT_ONCE),
            look_turns: Semaphore::new(LOOKS_AT_ONCE),
            key_turns: Semaphore::new(KEYS_AT_ONCE),
            count_turns: Semaphore::new(1),
            data,
            lane,
            store,
            vault,
            uploads,
            clock,
            disk,
        }))
    }

    /// The public key of the promises, for the page's bundle.
    #[must_use]
    pub fn promise_key(&self) -> String {
        self.promise.public().to_string()
    }

    /// Whether the keys of the pages are those of the set that holds today; true where no pages with keys are served.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn keys_are_published(&self) -> Result<bool, StoreError> {
        self.bundled.as_ref().map_or(Ok(true), |set| self.proofs.are(set, &*self.store, self.clock.today()))
    }

    /// The hash of the pages that are served, and whether others were published after them and are in force; none where none are
    /// served.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn serves(&self) -> Result<Option<(Sha256Hex, bool)>, StoreError> {
        let Some(hash) = self.pages.hash() else { return Ok(None) };
        let replaced = self.proofs.replaced(hash, &*self.store, self.clock.today())?;
        Ok(Some((hash.clone(), replaced)))
    }

    /// Starts the thread that closes days; `closed` is called when reports have become entries.
    ///
    /// # Errors
    /// The operating system gives no thread.
    pub fn close_days_from_now_on(&self, closed: impl Fn() + Send + 'static) -> Result<()> {
        close::start(
            Arc::clone(&self.store),
            Arc::clone(&self.lane),
            (Arc::clone(&self.vault), Stamps::below(&self.data)),
            Arc::clone(&self.uploads),
            Arc::clone(&self.clock),
            closed,
        )
        .context("no thread for the days of reports")?;
        ship::start(Arc::clone(&self.store), Arc::clone(&self.lane), Arc::clone(&self.vault), Arc::clone(&self.clock))
            .context("no thread for object storage")
    }

    /// Moves attachments of closed days to object storage now.
    #[must_use]
    pub fn ship_days(&self) -> ship::Shipped {
        ship::ship_days(&*self.store, &*self.lane, &self.vault, self.clock.today())
    }

    /// Closes the days that have ended, and takes in what became of reports, now.
    ///
    /// # Errors
    /// See [`close::CloseError`].
    pub fn close_days(&self) -> Result<u64, close::CloseError> {
        let today = self.clock.today();
        let mut done = close::clean_and_close(&*self.store, &*self.lane, &self.vault, today, Word::Clock);
        done.and_take_in(&*self.store, &*self.lane, &Stamps::below(&self.data), today);
        done.all()
    }

    /// Sets the times of everything that a report touches to the day, as the thread that closes days does again and again.
    pub fn blur(&self) {
        self.vault.blur(self.clock.today());
        self.lane.blur(self.clock.today());
    }

    /// Checks the work in a call's header, and uses it up.
    fn worked(&self, headers: &HeaderMap, announced: u64) -> Result<(), Refusal> {
        let text = headers.get("vouchsafe-work").and_then(|value| value.to_str().ok()).ok_or(Refusal::Work)?;
        // Longer than any work; not even decoded.
        if text.len() > 16 << 10 {
            return Err(Refusal::Work);
        }
        let work = URL_SAFE_NO_PAD.decode(text).map_err(|_| Refusal::Work)?;
        self.work.accept(&work, announced, Instant::now()).map_err(|error| match error {
            WorkError::Full => Refusal::Full,
            WorkError::Token | WorkError::Chain => Refusal::Work,
        })
    }

    /// Runs work that waits for a disk or a database off the async threads.
    async fn blocking<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Self) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let door = Arc::clone(self);
        tokio::task::spawn_blocking(move || work(&door)).await.context("the work was cut short")?
    }
}

/// A folder of built pages.
pub enum Bundle {
    /// One that somebody named: if two people have not published it, the door does not open.
    Named(PathBuf),
    /// One that lay there: served if it is published, else left alone.
    Found(PathBuf),
}

/// Reads pages, with their keys if they have some, and sees that two people have ordered them for today or an earlier day.
/// None: they only lay there, and nobody has.
fn ordered(
    bundle: Bundle,
    proofs: &proofs::Proofs,
    store: &dyn Store,
    today: Date,
) -> Result<Option<(Pages, Option<KeySet>)>> {
    let (folder, named) = match bundle {
        Bundle::Named(folder) => (folder, true),
        Bundle::Found(folder) => (folder, false),
    };
    let pages = Pages::read(&folder)?;
    let keys = bundle::of_pages(&pages, &folder)?.map(|keys| keys.set);
    let Some(hash) = pages.hash().cloned() else { return Ok(None) };
    match proofs.ordered(&hash, store)? {
        Some(from) if from <= today => Ok(Some((pages, keys))),
        _ if !named => Ok(None),
        Some(from) => Err(UnorderedError::Waits { folder, hash, from }.into()),
        None => Err(UnorderedError::Never { folder, hash }.into()),
    }
}

/// Why pages that were named are not served.
#[derive(Debug, thiserror::Error)]
pub enum UnorderedError {
    /// Nobody ordered them.
    #[error(
        "the pages in `{folder}`, whose hash is `{}`, are not published: two people do it with `vouchsafe pages publish`",
        hash.as_str()
    )]
    Never {
        /// Their folder.
        folder: PathBuf,
        /// The bundle's hash.
        hash: Sha256Hex,
    },
    /// Their day has not come.
    #[error(
        "the pages in `{folder}`, whose hash is `{}`, were published for `{from}`: serve the ones before until then",
        hash.as_str()
    )]
    Waits {
        /// Their folder.
        folder: PathBuf,
        /// The bundle's hash.
        hash: Sha256Hex,
        /// Their first day.
        from: Date,
    },
}

/// What went wrong with us is told to the operator, without anything of the call; the phone comes back.
fn failed(error: &anyhow::Error) -> Response {
    tracing::error!(error = format!("{error:#}"), "a call of the reports' door failed");
    refuse(Refusal::Full)
}

fn bytes(body: impl Into<axum::body::Body>) -> Response {
    ([(header::CONTENT_TYPE, "application/octet-stream")], body.into()).into_response()
}

/// What a phone will announce: the more, the more work is wanted.
#[derive(serde::Deserialize)]
struct Announced {
    #[serde(default)]
    bytes: u64,
}

async fn work(State(door): State<Arc<Door>>, announced: Result<Query<Announced>, QueryRejection>) -> Response {
    let Ok(Query(announced)) = announced else { return refuse(Refusal::Form) };
    match door.work.challenge(announced.bytes, Instant::now()) {
        Ok(challenge) => bytes(challenge.to_vec()),
        Err(error) => failed(&anyhow::anyhow!("no random bytes: {error}")),
    }
}

async fn nonce(State(door): State<Arc<Door>>) -> Response {
    match door.nonces.make([0; 4], door.clock.moment()) {
        Ok(nonce) => bytes(nonce.to_vec()),
        Err(error) => failed(&anyhow::anyhow!("no random bytes: {error}")),
    }
}

async fn day(State(door): State<Arc<Door>>, Path(day): Path<String>) -> Response {
    let parsed: Option<Date> = day.parse().ok().filter(|parsed: &Date| parsed.to_string() == day);
    let Some(day) = parsed else { return refuse(Refusal::Form) };
    // What was read before needs no turn.
    let shown = door.blocking(move |door| Ok(door.days.shown(&*door.disk, day))).await;
    let read = match shown {
        Ok(None) => {
            let turn = tokio::time::timeout(PATIENCE, door.day_turns.acquire()).await;
            let Ok(Ok(_turn)) = turn else { return refuse(Refusal::Full) };
            door.blocking(move |door| door.days.read(&*door.store, &*door.lane, &*door.disk, day)).await
        }
        shown => shown,
    };
    match read {
        Ok(Some(day)) => ([(header::CONTENT_TYPE, "application/json")], day).into_response(),
        Ok(None) => refuse(Refusal::NotYet),
        Err(error) => failed(&error),
    }
}

/// A proof as it is shown, read in its turn.
async fn shown(door: Arc<Door>, read: impl FnOnce(&Door) -> Result<Option<String>> + Send + 'static) -> Response {
    let turn = tokio::time::timeout(PATIENCE, door.key_turns.acquire()).await;
    let Ok(Ok(_turn)) = turn else { return refuse(Refusal::Full) };
    match door.blocking(read).await {
        Ok(Some(proof)) => ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], proof).into_response(),
        Ok(None) => refuse(Refusal::NotYet),
        Err(error) => failed(&error),
    }
}

async fn keys_in_log(State(door): State<Arc<Door>>) -> Response {
    shown(door, |door| door.proofs.keys(&*door.store, &*door.disk, door.clock.today())).await
}

async fn pages_in_log(State(door): State<Arc<Door>>) -> Response {
    shown(door, |door| {
        let Some(hash) = door.pages.hash() else { return Ok(None) };
        door.proofs.pages(&*door.store, &*door.disk, hash)
    })
    .await
}

async fn waiting(State(door): State<Arc<Door>>) -> Response {
    let turn = tokio::time::timeout(PATIENCE, door.count_turns.acquire()).await;
    let Ok(Ok(_turn)) = turn else { return refuse(Refusal::Full) };
    match door.blocking(|door| Ok(door.overdue.waiting()?)).await {
        Ok(Some(waiting)) => axum::Json(waiting).into_response(),
        Ok(None) => refuse(Refusal::NotYet),
        Err(error) => failed(&error),
    }
}

async fn page(State(door): State<Arc<Door>>, request: Request) -> Response {
    if request.uri().path().starts_with("/in/") {
        return refuse(Refusal::NotFound);
    }
    if ![Method::GET, Method::HEAD].contains(request.method()) {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    door.pages.answer(request.uri().path(), request.headers())
}

/// Every path of the door.
pub fn router(door: Arc<Door>) -> Router {
    let calls = Router::new()
        .route("/in/work", get(work))
        .route("/in/reports", post(send::report))
        .route("/in/uploads", post(tus::create).options(tus::options))
        .route("/in/uploads/{id}", any(tus::one))
        .route("/in/keys", get(keys_in_log))
        .route("/in/pages", get(pages_in_log))
        .route("/in/nonce", get(nonce))
        .route("/in/mailbox", post(mailbox::look))
        .route("/in/withdraw", post(mailbox::withdraw))
        .route("/in/days/{day}", get(day))
        .route("/in/overdue", get(waiting))
        .layer(middleware::map_response(|mut response: Response| async {
            let headers = response.headers_mut();
            headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
            headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
            headers.insert("cross-origin-resource-policy", HeaderValue::from_static("same-origin"));
            response
        }));
    let paths = calls.fallback(page).layer(axum::extract::DefaultBodyLimit::disable()).with_state(Arc::clone(&door));
    match &door.gateway {
        Some(gateway) => oblivious::beside(paths, &door, gateway),
        None => paths,
    }
}

/// Serves the door at a listener until it is told to stop.
///
/// # Errors
/// The listener failed.
pub async fn serve(door: Arc<Door>, listener: tokio::net::TcpListener, stop: Stop) -> Result<()> {
    if let Some(gateway) = &door.gateway {
        tokio::spawn(oblivious::keep_turning(Arc::downgrade(gateway)));
    }
    // The first count reads the whole record, and would keep the first who comes back waiting.
    let counts = Arc::clone(&door.overdue);
    tokio::task::spawn_blocking(move || counts.waiting().map(drop));
    stop.serve(listener, router(door)).await.context("the reports' door stopped")
}
