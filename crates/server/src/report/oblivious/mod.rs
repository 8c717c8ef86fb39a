//! The gateway of Oblivious HTTP (RFC 9458), built into the door: a relay of somebody else hides from the city who calls.
//!
//! A client seals a whole call to this gateway's key and gives it to the relay. The relay knows who sends and not what; the
//! door knows what and not who. `GET` and `POST` of [`GATEWAY`] (RFC 9540) give the keys and take calls. A call that was opened
//! goes to the door's own paths, in this process, under the same work and the same bounds as a direct one, and its answer goes
//! back sealed and padded.
//!
//! Work is inside, so a call is held before its work is seen. How much is held in all has a bound of its own
//! ([`Limits::oblivious_bytes`](super::Limits)), and who sends slowly leaves by the same rules as everywhere (`room`).
//!
//! A relay may send a call again (RFC 9458, section 6.5). Nothing comes of it: works and nonces are good for one use, a report
//! that came is the same report, a part of an upload has one place, all else only reads. So no `Date` is asked for.
//!
//! The keys here open a transport. A report in it is sealed once more, to officials' keys, and nothing here opens that.
//! In reading order: `origin` whose calls these are, `keys` and their lives, `capsule` the sealing, `inner` the call inside.

pub mod capsule;
pub mod inner;
pub mod keys;
pub mod origin;

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::{Duration, Instant},
};

use axum::{
    Json, Router,
    body::{Body, Bytes, HttpBody as _},
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use tokio::time::timeout;
use tower::ServiceExt as _;

use self::{
    capsule::{Answering, OVERHEAD_BYTES, OpenError, Opened},
    inner::{InnerError, MAX_HEAD_BYTES},
    keys::Keys,
    origin::Origin,
};
use super::{
    BODY, Door, Limits,
    body::MAX_BODY_BYTES,
    failed,
    refusal::{Refusal, refuse},
    room::{Guest, Room},
    send,
};

/// Where the gateway is (RFC 9540, section 4).
pub const GATEWAY: &str = "/.well-known/ohttp-gateway";

const KEYS: &str = "application/ohttp-keys";
const REQUEST: &str = "message/ohttp-req";
const RESPONSE: &str = "message/ohttp-res";

/// The problem whose answer is to ask for the keys again (RFC 9458, section 5.3).
const KEY_PROBLEM: &str = "https://iana.org/assignments/http-problem-types#ohttp-key";

/// The longest call: the longest report with its head, padded.
pub const MAX_CAPSULE_BYTES: usize = OVERHEAD_BYTES + MAX_BODY_BYTES + MAX_HEAD_BYTES as usize + (64 << 10);
/// The longest of those that have a room that no longer one can take, calls as answers.
const SMALL_BYTES: usize = 128 << 10;
/// How often a call is in memory while it is opened: as it came, in a buffer that grew by doubling, once more if it is of
/// indeterminate length, and twice its content.
const COPIES: u64 = 5;
/// How often an answer is: as the door gave it, as a message, sealed.
const ANSWER_COPIES: u64 = 3;
/// How often it is looked whether a key has had its day, when nobody calls.
const LOOK: Duration = Duration::from_secs(600);

/// Why a call is not opened; the answer to it is not sealed (RFC 9458, section 5.2).
#[derive(Debug, thiserror::Error)]
enum CallError {
    #[error("it is no `{REQUEST}` of an announced length")]
    Form,
    #[error("it could not be received")]
    Received(Refusal),
    #[error("it cannot be opened")]
    Open(#[source] OpenError),
    #[error("the gateway failed")]
    Ours(#[source] anyhow::Error),
}

/// The gateway of a door.
pub struct Gateway {
    origin: Origin,
    keys: Mutex<Keys>,
    asked: Rooms,
    told: Rooms,
}

/// A room for what is short, and one for what is long.
struct Rooms {
    short: Arc<Room>,
    long: Arc<Room>,
}

impl Rooms {
    fn enter(&self, bytes: usize) -> Guest {
        if bytes <= SMALL_BYTES { self.short.enter() } else { self.long.enter() }
    }
}

impl Gateway {
    /// A gateway for the door at `origin`, with a new key.
    ///
    /// # Errors
    /// The system gives no chance.
    pub fn new(origin: Origin, limits: &Limits) -> Result<Self, getrandom::Error> {
        let room = || Room::new(limits.oblivious_bytes / 4, limits.pace);
        let rooms = || Rooms { short: room(), long: room() };
        let keys = Mutex::new(Keys::make(Instant::now())?);
        Ok(Self { origin, keys, asked: rooms(), told: rooms() })
    }

    /// The keys as they are now.
    fn keys(&self, at: Instant) -> MutexGuard<'_, Keys> {
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = keys.turn(at) {
            tracing::error!(%error, "the gateway's key could not be replaced; the one before goes on");
        }
        keys
    }

    /// The list of keys that is given out from `at` on.
    #[must_use]
    pub fn list(&self, at: Instant) -> Vec<u8> {
        self.keys(at).list()
    }

    fn open(&self, capsule: Vec<u8>, at: Instant) -> Result<Opened, OpenError> {
        let id = capsule::key_id(&capsule)?;
        // Opened behind the lock's back, and with the key that was there when the call came.
        let key = self.keys(at).named(id)?;
        key.open(capsule)
    }
}

/// What was inside: a call, or why it is none.
type Call = Result<Request<Bytes>, InnerError>;

/// The gateway's own paths, before the paths that it hands calls to.
struct At {
    door: Arc<Door>,
    gateway: Arc<Gateway>,
    paths: Router,
}

/// The door's paths, and beside them the gateway, which hands its calls to them and so never to itself.
pub(super) fn beside(paths: Router, door: &Arc<Door>, gateway: &Arc<Gateway>) -> Router {
    let at = At { door: Arc::clone(door), gateway: Arc::clone(gateway), paths: paths.clone() };
    paths.merge(Router::new().route(GATEWAY, get(keys).post(take)).with_state(Arc::new(at)))
}

/// Replaces keys also when nobody calls, as long as there is a gateway.
pub(super) async fn keep_turning(gateway: Weak<Gateway>) {
    loop {
        tokio::time::sleep(LOOK).await;
        let Some(gateway) = gateway.upgrade() else { return };
        drop(gateway.keys(Instant::now()));
    }
}

/// `GET`: the keys. Not to be kept without asking again, since they end with the process.
async fn keys(State(at): State<Arc<At>>) -> Response {
    let list = at.gateway.list(Instant::now());
    ([(header::CONTENT_TYPE, KEYS), (header::CACHE_CONTROL, "no-cache")], list).into_response()
}

/// `POST`: a call. Of the request that brings it nothing is read but its media type, its length and its content.
async fn take(State(at): State<Arc<At>>, request: Request) -> Response {
    let answered = match at.received(request).await {
        Ok((call, answering, guest)) => at.answered(call, answering, guest).await,
        Err(error) => Err(error),
    };
    answered.unwrap_or_else(|error| match error {
        CallError::Form => refuse(Refusal::Form),
        CallError::Received(refusal) => refuse(refusal),
        CallError::Open(OpenError::Key(_) | OpenError::Suite | OpenError::Sealed) => key_problem(),
        CallError::Open(_) => refuse(Refusal::Form),
        CallError::Ours(error) => failed(&error),
    })
}

fn key_problem() -> Response {
    let problem = Json(
        serde_json::json!({ "type": KEY_PROBLEM, "title": "not sealed to the key of this gateway", "error": "key" }),
    );
    let mut response = (StatusCode::BAD_REQUEST, problem).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

impl At {
    /// Receives a call, as far as there is room for it, and opens it.
    async fn received(&self, request: Request) -> Result<(Call, Answering, Guest), CallError> {
        let (head, body) = request.into_parts();
        if head.headers.get(header::CONTENT_TYPE).is_none_or(|media| media != REQUEST) {
            return Err(CallError::Form);
        }
        let length = send::announced(&head.headers, MAX_CAPSULE_BYTES).map_err(CallError::Received)?;
        let mut guest = self.gateway.asked.enter(length);
        let read = timeout(BODY, send::read(body, length, &mut guest, COPIES)).await;
        let capsule = read.map_err(|_| CallError::Form)?.map_err(CallError::Received)?;
        let (gateway, now) = (Arc::clone(&self.gateway), Instant::now());
        // What is inside is read there too: a message of many small pieces is work.
        let open = move |_: &Door| {
            Ok(gateway.open(capsule, now).map(|opened| {
                let call = inner::read(opened.message(), &gateway.origin);
                (call, opened.answering())
            }))
        };
        let opened = self.door.blocking(open).await;
        let (call, answering) = opened.map_err(CallError::Ours)?.map_err(CallError::Open)?;
        Ok((call, answering, guest))
    }

    /// Hands the call inside to the door's paths and seals what they answer, also if it is a refusal.
    async fn answered(&self, call: Call, answering: Answering, guest: Guest) -> Result<Response, CallError> {
        let response = match call {
            Ok(request) => match self.paths.clone().oneshot(request.map(Body::from)).await {
                Ok(response) => response,
                Err(never) => match never {},
            },
            Err(error) => refuse(Refusal::from(&error)),
        };
        drop(guest);
        // Whatever the door answers is whole in memory; what is not could not be bounded here.
        let length = response.body().size_hint().exact().and_then(|length| usize::try_from(length).ok());
        let length = length.ok_or_else(|| CallError::Ours(anyhow::anyhow!("an answer without a length")))?;
        let mut told = self.gateway.told.enter(length);
        if told.hold(ANSWER_COPIES * inner::padded(length) as u64).await.is_err() {
            // What was done is done; the phone asks again, and a report that came is there already.
            return self.sealed(answering, refuse(Refusal::Full), self.gateway.told.enter(0)).await;
        }
        told.is_whole();
        self.sealed(answering, response, told).await
    }

    async fn sealed(&self, answering: Answering, response: Response, told: Guest) -> Result<Response, CallError> {
        let (head, body) = response.into_parts();
        let content = axum::body::to_bytes(body, usize::MAX).await.map_err(|error| CallError::Ours(error.into()))?;
        let seal = move |_: &Door| Ok(answering.seal(&inner::write(&head, &content)?)?);
        let bytes = self.door.blocking(seal).await.map_err(CallError::Ours)?;
        let held = Bytes::from_owner(Held { bytes, _told: told });
        let headers = [(header::CONTENT_TYPE, RESPONSE), (header::CACHE_CONTROL, "no-store")];
        Ok((headers, held).into_response())
    }
}

/// A sealed answer that holds its room until it has been sent.
struct Held {
    bytes: Vec<u8>,
    _told: Guest,
}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_asks_a_day_later_gets_another_key() {
        let gateway = Gateway::new("https://reports.example.gov".parse().unwrap(), &Limits::default()).unwrap();
        let now = Instant::now();
        let (first, same, next) = (gateway.list(now), gateway.list(now), gateway.list(now + keys::LIFE));
        assert_eq!(first, same);
        // Behind length and id, which is drawn from few.
        assert_ne!(first.get(3..), next.get(3..));
    }
}
