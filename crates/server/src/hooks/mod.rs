//! Messages to other programs of the city: what happened to a request of their agency, signed, in the order of the record.
//!
//! After Standard Webhooks 1.0 (headers `webhook-id`, `webhook-timestamp`, `webhook-signature`, Ed25519). A system is told only of what
//! its uses let it read, which the access policies say of each entry; of nothing else, and nothing once its token is void. The id of a
//! message is its entry's at every attempt; the next one goes when this one was taken. How far a system was told is kept in the store
//! ([`crate::store::hooks`]), so that whoever dies between the two tells it a second time, under the same id, and nothing is left out.
//!
//! Nothing here runs inside a request ([`run`]), and nothing waits in memory: what is not sent yet stands in the record. Of an answer its
//! status is read, and nothing of its body. Not here: who is told of what (`vouchsafe systems`).

pub mod keys;
pub mod message;
mod pause;
mod run;

use std::{path::PathBuf, sync::Arc, time::Duration};

use jiff::Timestamp;
use record::{Actor, Body, Entry, EntryId, Event, OutsideRequest, Source, SystemChange, SystemId, SystemStep};
use ureq::http::{HeaderMap, HeaderValue, StatusCode, header};

use self::{
    keys::{HookKeysError, Keys, followed},
    message::HookMessage,
};
use crate::{
    access::{Access, ActingSystem, Action, Resource},
    outbound::Outbound,
    store::{
        Draft, Store, StoreError, Stored,
        hooks::{Hook, HookChange, Hooks},
        people::ChangeError,
        systems::{System, Systems},
    },
};

/// How long a receiver may take to answer (the specification asks for 15 to 30 seconds).
pub const PATIENCE: Duration = Duration::from_secs(20);

/// How many messages one turn sends at most, so that one receiver who is far behind does not keep the others waiting.
const TURN_MESSAGES: usize = 64;

/// How many entries are read at once: first as many as often hold one that is to be told, since what comes after it is read again for the
/// next message; then long stretches.
const READ_ENTRIES: [usize; 2] = [4, 128];

/// Who sends.
pub struct Sender {
    store: Arc<dyn Store>,
    hooks: Arc<dyn Hooks>,
    systems: Arc<dyn Systems>,
    access: Access,
    /// The folder with the keys that sign.
    keys: PathBuf,
    /// How the entry of a suspension is marked.
    source: Source,
    patience: Duration,
}

/// What sending stands on.
pub struct Parts {
    /// The record.
    pub store: Arc<dyn Store>,
    /// Where messages go.
    pub hooks: Arc<dyn Hooks>,
    /// Which programs there are.
    pub systems: Arc<dyn Systems>,
    /// The folder with the keys that sign.
    pub keys: PathBuf,
    /// How the entry of a suspension is marked: of an invented city all is invented.
    pub source: Source,
    /// How long a receiver may take to answer; [`PATIENCE`] but in tests.
    pub patience: Duration,
}

/// What became of one turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// The system was told of everything there is, or nobody has it told.
    Done,
    /// Its token is not good: what there is waits until it has another.
    Silent,
    /// There is more.
    More,
    /// A message was not taken.
    NotTaken {
        /// How often it was sent.
        attempts: u32,
        /// How long the receiver asks to be left alone.
        asked: Option<Duration>,
    },
    /// Another process sends, or somebody changed the hook meanwhile.
    Another,
    /// Nothing more is sent until somebody has it begin again.
    Suspended,
}

/// Why a turn could not be taken, for reasons of ours.
#[derive(Debug, thiserror::Error)]
pub enum TurnError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The keys.
    #[error(transparent)]
    Keys(#[from] HookKeysError),
    /// There are no keys here, and somebody is to be told.
    #[error(
        "there is no `hooks.key` in `{0}`, so that messages to programs cannot be signed: every server of a record needs the same file; copy it from \
         where `vouchsafe systems hook` ran"
    )]
    NoKeys(PathBuf),
    /// The record says that others sign now.
    #[error(
        "the keys in `{0}` do not sign any more, as the record says: every server of a record needs the same file; copy `hooks.key` from \
         where `vouchsafe systems keys` ran"
    )]
    OldKeys(PathBuf),
    /// The message cannot be written.
    #[error("the message could not be written")]
    Form(#[from] serde_json::Error),
    /// A header cannot be written.
    #[error("the message could not be headed")]
    Header(#[from] ureq::http::header::InvalidHeaderValue),
    /// The entry of a suspension cannot be kept.
    #[error("that nothing is sent any more could not be recorded")]
    Suspend(#[source] ChangeError),
    /// The operating system gives no random bytes.
    #[error("the operating system gives no random bytes")]
    Random(#[from] getrandom::Error),
    /// The policies.
    #[error(transparent)]
    Access(#[from] crate::access::AccessError),
}

/// Why a receiver did not take a message.
struct Refusal {
    how: String,
    asked: Option<Duration>,
    /// It wants no more of them.
    gone: bool,
}

/// Whether a system may be told of this about such a request: the policies' word, of each that it could ask itself.
#[must_use]
pub fn may_be_told(access: &Access, system: &System, event: Event, request: &Resource) -> bool {
    let System { id, agency, uses, .. } = system;
    let who = ActingSystem { system: *id, agency: agency.clone(), uses: uses.clone() };
    let Resource::Request { agency: asked, .. } = request else { return false };
    access.allows_system(&who, Action::ReadRequest, request)
        || (event == Event::Request
            && access.allows_system(&who, Action::ListRequests, &Resource::Agency(asked.clone())))
}

/// What is found from a place in the record on.
enum Next {
    /// This is to be sent; it stands at this place.
    Message(u64, EntryId, String),
    /// Nothing before this place; whether that is the end.
    Nothing(u64, bool),
}

impl Sender {
    /// Who sends.
    ///
    /// # Errors
    /// When the access policies cannot be read, which a test excludes.
    pub fn new(parts: Parts) -> Result<Self, TurnError> {
        let Parts { store, hooks, systems, keys, source, patience } = parts;
        Ok(Self { store, hooks, systems, access: Access::load()?, keys, source, patience })
    }

    /// The keys that sign now: those of the folder, unless the record says that others do.
    fn keys(&self) -> Result<Keys, TurnError> {
        let keys = Keys::of(&self.keys)?.ok_or_else(|| TurnError::NoKeys(self.keys.clone()))?;
        match self.store.keyed(&followed(&keys.public()))? {
            Some(_) => Err(TurnError::OldKeys(self.keys.clone())),
            None => Ok(keys),
        }
    }

    /// Tells a system what it was not told yet, in order, until a message is not taken; `now` is asked before each.
    ///
    /// # Errors
    /// When something of ours fails: nothing is lost, and what was sent may be sent again.
    pub fn turn(&self, id: &SystemId, now: impl Fn() -> Timestamp) -> Result<Turn, TurnError> {
        let mut line: Option<(Keys, bool, Outbound)> = None;
        for _ in 0..TURN_MESSAGES {
            // Before each message, since each may have taken a while.
            if !self.hooks.lease_hooks()? {
                return Ok(Turn::Another);
            }
            let (Some(hook), Some(system)) = (self.hooks.hook(id)?, self.systems.system(id)?) else {
                return Ok(Turn::Done);
            };
            if hook.suspended.is_some() {
                return Ok(Turn::Suspended);
            }
            if system.token.is_none_or(|token| token.until <= now().as_second()) {
                return Ok(Turn::Silent);
            }
            match self.next(&hook, &system)? {
                Next::Nothing(place, end) => {
                    if place > hook.place && !self.hooks.told(&hook, place)? {
                        return Ok(Turn::Another);
                    }
                    if end {
                        return Ok(Turn::Done);
                    }
                }
                // What was not taken was erased since: what comes after it has its own beginning.
                Next::Message(place, ..) if place > hook.place && hook.failing.is_some() => {
                    if !self.hooks.told(&hook, place)? {
                        return Ok(Turn::Another);
                    }
                }
                Next::Message(place, entry, body) => {
                    let plain = hook.to.address.is_plain();
                    let (keys, _, outbound) = match &mut line {
                        // Unless it was moved meanwhile to somewhere that is called otherwise.
                        Some(line) if line.1 == plain => line,
                        other => other.insert((self.keys()?, plain, Outbound::new(plain, self.patience))),
                    };
                    let sent = now().as_second();
                    let headers = headers(&entry.to_string(), sent, keys, &body)?;
                    match send(outbound, hook.to.address.as_str(), &headers, &body) {
                        Ok(()) => {
                            metrics::counter!("vouchsafe_hook_messages_sent_total").increment(1);
                            if !self.hooks.told(&hook, place + 1)? {
                                return Ok(Turn::Another);
                            }
                        }
                        Err(refusal) => {
                            // It is counted where the message stands, so that it is counted of no other.
                            if place > hook.place && !self.hooks.told(&hook, place)? {
                                return Ok(Turn::Another);
                            }
                            return self.not_taken(&Hook { place, ..hook }, &system, refusal, now());
                        }
                    }
                }
            }
        }
        Ok(Turn::More)
    }

    /// The first entry from the hook's place on of which the system is to be told.
    fn next(&self, hook: &Hook, system: &System) -> Result<Next, TurnError> {
        let mut place = hook.place;
        for most in READ_ENTRIES {
            let entries = self.store.entries(place, most)?;
            for stored in &entries {
                if let Some((entry, message)) = self.message(stored, hook, system)? {
                    return Ok(Next::Message(stored.seq, entry, serde_json::to_string(&message)?));
                }
                place = stored.seq + 1;
            }
            if entries.len() < most {
                return Ok(Next::Nothing(place, true));
            }
        }
        Ok(Next::Nothing(place, false))
    }

    /// What the system is told of an entry, if anything. What was erased is told of nobody.
    fn message(
        &self,
        stored: &Stored,
        hook: &Hook,
        system: &System,
    ) -> Result<Option<(EntryId, HookMessage)>, StoreError> {
        let Some(entry) = stored.entry() else { return Ok(None) };
        let Some((event, id)) = message::event(&entry.body).filter(|(event, _)| hook.to.events.contains(event)) else {
            return Ok(None);
        };
        let Some(request) = self.request(entry, id)? else { return Ok(None) };
        let agency = request.receiver.agency;
        let asked = Resource::Request { agency: agency.clone(), site: request.receiver.site };
        let may = may_be_told(&self.access, system, event, &asked);
        Ok(may.then(|| (entry.id, HookMessage::of(entry, event, id, agency, system.id))))
    }

    /// The request that an entry is about, as whoever opened it would see it.
    fn request(&self, entry: &Entry, id: record::RequestId) -> Result<Option<OutsideRequest>, StoreError> {
        let requested = |entry: &Entry| match &entry.body {
            Body::Requested(request) => Some((**request).clone()),
            _ => None,
        };
        if let Some(request) = requested(entry) {
            return Ok(Some(request));
        }
        Ok(self.store.by_request(&id)?.iter().rev().filter_map(Stored::entry).find_map(requested))
    }

    fn not_taken(&self, hook: &Hook, system: &System, refusal: Refusal, now: Timestamp) -> Result<Turn, TurnError> {
        let failing = pause::after(hook.failing, now.as_second());
        let Refusal { how, asked, gone } = refusal;
        metrics::counter!("vouchsafe_hook_messages_not_taken_total").increment(1);
        // Neither the address nor what the receiver says: which system, and how.
        tracing::warn!(system = %system.id, attempts = failing.attempts, how, "a message to a program was not taken; it is sent again");
        if !self.hooks.not_taken(hook, failing)? {
            return Ok(Turn::Another);
        }
        if !gone && !pause::is_given_up(failing, now.as_second()) {
            return Ok(Turn::NotTaken { attempts: failing.attempts, asked });
        }
        let change = HookChange::Suspended { at: now.as_second(), place: hook.place, version: hook.version };
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes)?;
        let (name, step) = (system.name.clone(), SystemStep::HookSuspended);
        let body = Body::System(Box::new(SystemChange { system: system.id, name, change: step, said_by: None }));
        let by = Actor::Program { name: "hooks".to_owned() };
        let entry = Entry { id: EntryId::from_bytes(bytes), at: now, by, source: self.source.clone(), body };
        match self.hooks.change_hook("suspend the messages to a system", &system.id, &change, Draft::from(entry)) {
            Ok(_) => {
                tracing::error!(system = %system.id, "messages to a program are suspended: `vouchsafe systems resume` sends what waits");
                Ok(Turn::Suspended)
            }
            Err(ChangeError::Moved) => Ok(Turn::Another),
            Err(error) => Err(TurnError::Suspend(error)),
        }
    }
}

fn headers(id: &str, timestamp: i64, keys: &Keys, body: &str) -> Result<HeaderMap, TurnError> {
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert("webhook-id", HeaderValue::from_str(id)?);
    headers.insert("webhook-timestamp", HeaderValue::from(timestamp));
    headers.insert("webhook-signature", HeaderValue::from_str(&keys.signatures(id, timestamp, body))?);
    Ok(headers)
}

/// Sends one message. What the receiver answers is its status; the rest is not read, and its connection is given up.
fn send(outbound: &Outbound, address: &str, headers: &HeaderMap, body: &str) -> Result<(), Refusal> {
    let refused = |how, gone, asked| Refusal { how, asked, gone };
    let answer =
        outbound.post(address, headers, body.as_bytes()).map_err(|error| refused(error.to_string(), false, None))?;
    let status = answer.status();
    if status.is_success() {
        return Ok(());
    }
    // In seconds; the other form, a day and hour, would be a clock's word.
    let asked = answer.headers().get(header::RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
    let how = format!("it answered {}", status.as_u16());
    Err(refused(how, status == StatusCode::GONE, asked.map(Duration::from_secs)))
}
