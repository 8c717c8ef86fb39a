//! Passkeys: enrolling one by a one-time link, signing in with one, and the session that follows.
//!
//! The ceremonies are `webauthn-rs`'s (W3C Web Authentication, level 3): user verification is required, a passkey is discoverable, so
//! that nobody types who they are. What a browser answers is good once, for a few minutes; a link to enrol once, for a day. The store
//! keeps hashes of links, challenges and sessions, so that several processes serve one city, and what is ended is ended for all of them.
//! A session acts in one of its member's posts and ends when that is taken.
//!
//! The page's one script (`assets/passkey.js`) calls the paths that end in `begin` and `finish`, in JSON; it is refused by a word
//! that names a sentence of the page.

use std::sync::Arc;

use anyhow::{Context as _, Result};
use axum::{
    Json,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use jiff::Timestamp;
use maud::{Markup, html};
use record::{Actor, Body, Change, Entry, EntryId, Post, Private, Refused, Sha256Hex, StaffChange, StaffId};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use webauthn_rs::prelude::{
    DiscoverableAuthentication, Passkey, PasskeyRegistration, PublicKeyCredential, RegisterPublicKeyCredential, Url,
    Uuid, Webauthn, WebauthnBuilder, WebauthnError,
};

use super::{
    Desk, page, provider, requests,
    session::{Account, cookie},
};
use crate::{
    filing::signed::passkey_key,
    store::{
        Draft,
        people::{ChangeError, Enrolled, Member, MemberChange, Ticket, TicketKind},
    },
};

/// The script, served at [`SCRIPT_PATH`] and named by the three pages that need it.
pub const SCRIPT: &str = include_str!("../../assets/passkey.js");

/// Where the script is served.
pub const SCRIPT_PATH: &str = "/static/passkey.js";

/// What the three pages with the script may do beyond the others: run it, and call us. It makes no markup of text (Trusted Types).
pub const SCRIPT_POLICY: &str = "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self'; \
     form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

/// The cookie of a session: the browser keeps it to this host and this path, and sends it over TLS alone.
pub const COOKIE: &str = "__Host-vouchsafe";

/// How long a browser may take to answer a challenge, in seconds.
const CHALLENGE_SECONDS: i64 = 5 * 60;

/// How long a link to enrol is good, in seconds.
pub const LINK_SECONDS: i64 = 24 * 60 * 60;

/// How exactly the store knows when a session was used, in seconds.
const SEEN_SECONDS: i64 = 60;

/// How far the clocks of two servers of one desk may be apart, in seconds. A session that was used later than that after now was used
/// before the clock went back, and would last longer by as much: it has ended.
const APART_SECONDS: i64 = 5 * 60;

/// How long sessions last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Unused, in seconds.
    pub idle_seconds: i64,
    /// At the longest, in seconds.
    pub longest_seconds: i64,
}

/// What signing in stands on.
pub struct Passkeys {
    pub(super) webauthn: Webauthn,
    /// The desk's own address, e.g. `https://desk.example.gov`.
    pub origin: Url,
    limits: Limits,
}

impl Passkeys {
    /// For a desk at this address; on `http://localhost` at any port.
    ///
    /// # Errors
    /// When the address has no host name that passkeys can be for.
    pub fn new(origin: &Url, limits: Limits) -> Result<Self> {
        let host = origin.host_str().unwrap_or_default();
        let builder = WebauthnBuilder::new(host, origin)
            .and_then(|builder| builder.rp_name("Vouchsafe").allow_any_port(host == "localhost").build());
        let webauthn = builder.with_context(|| format!("`{origin}` is no address that passkeys can be for"))?;
        Ok(Self { webauthn, origin: origin.clone(), limits })
    }

    /// After how many seconds a session ends at the latest.
    pub(super) fn longest_seconds(&self) -> i64 {
        self.limits.longest_seconds
    }
}

/// The seconds since 1970.
#[must_use]
pub fn now() -> i64 {
    Timestamp::now().as_second()
}

/// A token, and the hash by which the store knows it.
///
/// # Errors
/// When the machine has no randomness.
pub fn token() -> Result<(String, [u8; 32])> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|error| anyhow::anyhow!("no randomness: {error}"))?;
    let token = hex::encode(bytes);
    let hash = hash(&token);
    Ok((token, hash))
}

/// The hash of a token.
#[must_use]
pub fn hash(token: &str) -> [u8; 32] {
    Sha256::new().chain_update(b"vouchsafe ticket v1\0").chain_update(token.as_bytes()).finalize().into()
}

/// A link to enrol: its token, and the ticket that the store keeps.
///
/// # Errors
/// When the machine has no randomness.
pub fn link(member: StaffId) -> Result<(String, Ticket)> {
    let (token, hash) = token()?;
    let (kind, seen) = (TicketKind::Enrolment, now());
    Ok((token, Ticket { hash, kind, member: Some(member), data: String::new(), seen, until: seen + LINK_SECONDS }))
}

/// Why a ceremony is refused, by the word of its sentence in the page; a failure of ours has none.
pub(super) enum Fault {
    Refused(&'static str),
    Ours(anyhow::Error),
}

impl<E: Into<anyhow::Error>> From<E> for Fault {
    fn from(error: E) -> Self {
        Self::Ours(error.into())
    }
}

/// The link was used, replaced, or has ended.
const USED: Fault = Fault::Refused("used");
/// The challenge was answered before, or its time is over.
pub(super) const ENDED: Fault = Fault::Refused("ended");
/// Nobody has this passkey, or what it says is not so.
pub(super) const UNKNOWN: Fault = Fault::Refused("unknown");

/// Counts a sign-in, an enrolment or a signature that was refused, for operators: by what way and why, never whose.
pub(super) fn count_refused(by: &'static str, why: &'static str) {
    metrics::counter!("vouchsafe_refused_sign_ins_total", "by" => by, "why" => why).increment(1);
}

impl Desk {
    /// Answers a ceremony of this kind; works with the store off the async threads.
    pub(super) async fn ceremony(
        self: &Arc<Self>,
        kind: &'static str,
        work: impl FnOnce(&Self, &Passkeys) -> Result<Ceremony, Fault> + Send + 'static,
    ) -> Response {
        let done = self
            .blocking(move |desk| {
                // A desk of development accounts has none.
                Ok(desk.passkeys.as_ref().map_or(Err(Fault::Refused("keyless")), |passkeys| work(desk, passkeys)))
            })
            .await;
        let refused = |status: StatusCode, word: &str| (status, Json(json!({ "refused": word }))).into_response();
        match done {
            Ok(Ok(Ceremony::Goes(answer))) => Json(answer).into_response(),
            Ok(Ok(Ceremony::SignedIn(token))) => {
                let cookie = cookie(COOKIE, &token, None, true);
                ([(header::SET_COOKIE, cookie)], Json(json!({ "to": "/" }))).into_response()
            }
            Ok(Err(Fault::Refused(word))) => {
                count_refused(kind, word);
                refused(StatusCode::FORBIDDEN, word)
            }
            Ok(Err(Fault::Ours(error))) | Err(error) => {
                // As any page that fails: its number is of no use to a script, its cause goes to the traces.
                let _ = self.failed(None, &error);
                refused(StatusCode::INTERNAL_SERVER_ERROR, "failed")
            }
        }
    }

    /// A draft of an entry about a member.
    ///
    /// # Errors
    /// When the machine has no randomness.
    pub fn about(&self, by: Actor, member: &Member, change: Change) -> Result<Draft> {
        let id = EntryId::from_bytes(self.random()?);
        let name = Private::from(member.name.as_str());
        let body = Body::Staff(Box::new(StaffChange { staff: member.id, name, change, said_by: None }));
        Ok(Draft::from(Entry { id, at: Timestamp::now(), by, source: requests::source(self), body }))
    }

    /// The session of this hash, unless it has ended or a clock that went back would give it longer life.
    pub(super) fn session(&self, hash: &[u8; 32], now: i64) -> Result<Option<Ticket>> {
        let found = self.people.ticket(TicketKind::Session, hash, now)?;
        Ok(found.filter(|ticket| ticket.seen <= now + APART_SECONDS))
    }

    /// The account of the session whose cookie these headers bear; none where there is none or it has ended.
    pub(super) fn of_session(&self, passkeys: &Passkeys, token: &str) -> Result<Option<Account>> {
        let (hash, now) = (hash(token), now());
        let Some(ticket) = self.session(&hash, now)? else { return Ok(None) };
        if ticket.seen + passkeys.limits.idle_seconds <= now {
            return Ok(None);
        }
        let Some(member) = ticket.member.map(|id| self.people.member(&id)).transpose()?.flatten() else {
            return Ok(None);
        };
        let post: Post = serde_json::from_str(&ticket.data)?;
        // A post that was taken ends what was done in it, also where the session itself outlived that.
        if !member.posts.contains(&post) {
            return Ok(None);
        }
        if ticket.seen + SEEN_SECONDS <= now {
            self.people.seen(&hash, now)?;
        }
        Ok(Some(account(&member, &post)))
    }

    /// Opens a session in a post, until so many seconds since 1970 at the latest; gives its token. None where the member was changed
    /// since they were read: perhaps what let them in was revoked.
    pub(super) fn open_session(&self, member: &Member, post: &Post, until: i64) -> Result<Option<String>> {
        let (token, hash) = token()?;
        let now = now();
        let data = serde_json::to_string(post)?;
        let ticket = Ticket { hash, kind: TicketKind::Session, member: Some(member.id), data, seen: now, until };
        let admitted = self.people.admit(&ticket, &member.id, member.version, now)?;
        Ok(admitted.then_some(token))
    }

    /// Takes a ticket away, and gives it if it had not ended. It is looked for first: what nobody has is no work for the record's writer.
    pub(super) fn taken(&self, kind: TicketKind, hash: &[u8; 32]) -> Result<Option<Ticket>> {
        if self.people.ticket(kind, hash, now())?.is_none() {
            return Ok(None);
        }
        Ok(self.people.take(kind, hash, now())?)
    }

    pub(super) fn challenge(&self, member: Option<StaffId>, state: &impl serde::Serialize) -> Result<String> {
        let (token, hash) = token()?;
        let now = now();
        let (data, until) = (serde_json::to_string(state)?, now + CHALLENGE_SECONDS);
        self.people.issue(&Ticket { hash, kind: TicketKind::Challenge, member, data, seen: now, until }, now)?;
        Ok(token)
    }

    /// What was kept with a challenge, which is gone now.
    pub(super) fn answered<T: DeserializeOwned>(&self, ceremony: &str) -> Result<(Option<StaffId>, T), Fault> {
        let ticket = self.taken(TicketKind::Challenge, &hash(ceremony))?.ok_or(ENDED)?;
        // The state of another ceremony does not read as this one's.
        let state = serde_json::from_str(&ticket.data).map_err(|_| ENDED)?;
        Ok((ticket.member, state))
    }
}

/// What came of a step.
pub(super) enum Ceremony {
    Goes(Value),
    SignedIn(String),
}

/// A member in one of their posts.
fn account(member: &Member, post: &Post) -> Account {
    Account {
        staff: member.id.to_string(),
        name: member.name.clone(),
        agency: post.agency.clone(),
        role: post.role,
        site: post.site.clone(),
    }
}

/// Whoever enrols by a link, before they have a session.
fn themself(member: &Member) -> Actor {
    match member.posts.first() {
        Some(post) => account(member, post).actor(),
        None => Actor::Program { name: "enrol".to_owned() },
    }
}

/// `GET /enrol`: the page of a one-time link. The token stands behind the `#`, which no server or proxy is told.
pub async fn enrol_page(State(desk): State<Arc<Desk>>) -> Response {
    script_page(&desk, "enrol", None, &["used", "ended", "unknown", "failed", "unable", "cancelled"])
}

/// The sign-in page; with the id of a sentence on what became of the form that led here.
pub fn sign_in_page(desk: &Desk, fault: Option<&str>) -> Response {
    script_page(desk, "passkey", fault, &["ended", "unknown", "roleless", "cloned", "failed", "unable", "cancelled"])
}

/// A page with the script, and every sentence that it may have to say.
fn script_page(desk: &Desk, what: &str, fault: Option<&str>, told: &[&str]) -> Response {
    let say = |id: &str| desk.words.say(&format!("{what}-{id}"), &[]);
    let title = say("title");
    let sentence = |name: &str| if told.contains(&name) { Some(say(name)) } else { None };
    let body: Markup = html! {
        h1 { (title) }
        @if let Some(fault) = fault { p.error role="alert" { (desk.words.say(fault, &[])) } }
        p { (say("why")) }
        noscript { p.error { (say("no-script")) } }
        form #passkey hidden method="post" action="/sign-in" data-what=(what) data-used=[sentence("used")]
            data-ended=[sentence("ended")] data-unknown=[sentence("unknown")] data-roleless=[sentence("roleless")]
            data-cloned=[sentence("cloned")] data-failed=[sentence("failed")] data-unable=[sentence("unable")]
            data-cancelled=[sentence("cancelled")] {
            p { button.main type="submit" { (say("button")) } }
        }
        p #told .error role="alert" hidden {}
        @if what == "passkey" && desk.provider.is_some() {
            p { a.target href=(provider::PATH) { (desk.words.say("city-sign-in-link", &[])) } }
            p.quiet { (desk.words.say("city-sign-in-why", &[])) }
        }
        script src=(SCRIPT_PATH) defer {}
    };
    let mut response = page::page(desk, None, &title, &body).into_response();
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(SCRIPT_POLICY));
    response
}

/// What the script sends with a link.
#[derive(Deserialize)]
pub struct BeginEnrolment {
    token: String,
}

/// `POST /enrol/begin`.
pub async fn begin_enrolment(State(desk): State<Arc<Desk>>, Json(sent): Json<BeginEnrolment>) -> Response {
    desk.ceremony("passkey", move |desk, passkeys| {
        let link = desk.people.ticket(TicketKind::Enrolment, &hash(&sent.token), now())?.ok_or(USED)?;
        let id = link.member.ok_or(USED)?;
        let member = desk.people.member(&id)?.ok_or(USED)?;
        let known = keys(&member)?.iter().map(|(_, key)| key.cred_id().clone()).collect();
        let user = Uuid::from_bytes(*id.as_bytes());
        let (options, state) =
            passkeys.webauthn.start_passkey_registration(user, &member.name, &member.name, Some(known))?;
        let ceremony = desk.challenge(Some(id), &state)?;
        let mut options = serde_json::to_value(&options)?;
        let mut public_key = options.get_mut("publicKey").map(Value::take).context("no options of a passkey")?;
        // Discoverable, so that nobody types who they are.
        public_key["authenticatorSelection"]["residentKey"] = json!("required");
        public_key["authenticatorSelection"]["requireResidentKey"] = json!(true);
        Ok(Ceremony::Goes(json!({ "ceremony": ceremony, "publicKey": public_key })))
    })
    .await
}

/// What the script sends when there is a passkey.
#[derive(Deserialize)]
pub struct FinishEnrolment {
    token: String,
    ceremony: String,
    credential: RegisterPublicKeyCredential,
}

/// `POST /enrol/finish`: keeps the passkey and its entry, and uses the link up, in one transaction.
pub async fn finish_enrolment(State(desk): State<Arc<Desk>>, Json(sent): Json<FinishEnrolment>) -> Response {
    desk.ceremony("passkey", move |desk, passkeys| {
        let (id, state): (_, PasskeyRegistration) = desk.answered(&sent.ceremony)?;
        let member = id.map(|id| desk.people.member(&id)).transpose()?.flatten().ok_or(USED)?;
        let key = passkeys.webauthn.finish_passkey_registration(&sent.credential, &state).map_err(|_| UNKNOWN)?;
        // It was good when the ceremony began; the change looks whether it was used or replaced, not when it ends.
        let link = hash(&sent.token);
        desk.people.ticket(TicketKind::Enrolment, &link, now())?.ok_or(USED)?;
        let mut changed = member.clone();
        let number = member.passkeys.iter().map(|one| one.number + 1).max().unwrap_or(1);
        let day = desk.now().date();
        let enrolled = Enrolled { number, day, credential: serde_json::to_value(&key)? };
        let entry = desk.about(themself(&member), &member, Change::Enrolled { key: enrolled.key_hash() })?;
        changed.passkeys.push(enrolled);
        let change = MemberChange {
            act: "enrol a passkey",
            member: changed,
            entries: vec![entry],
            uses: Some(link),
            makes: None,
            ends_sessions: false,
        };
        match desk.people.change(change) {
            Ok(_) => {
                desk.log.nudge();
                Ok(Ceremony::Goes(json!({ "to": "/sign-in" })))
            }
            Err(ChangeError::Used | ChangeError::Moved | ChangeError::Bound) => Err(USED),
            Err(error) => Err(error.into()),
        }
    })
    .await
}

/// `POST /sign-in/begin`.
pub async fn begin_sign_in(State(desk): State<Arc<Desk>>) -> Response {
    desk.ceremony("passkey", |desk, passkeys| {
        let (options, state) = passkeys.webauthn.start_discoverable_authentication()?;
        let ceremony = desk.challenge(None, &state)?;
        let mut options = serde_json::to_value(&options)?;
        let public_key = options.get_mut("publicKey").map(Value::take).context("no options of a passkey")?;
        Ok(Ceremony::Goes(json!({ "ceremony": ceremony, "publicKey": public_key })))
    })
    .await
}

/// What the script sends when a passkey has signed.
#[derive(Deserialize)]
pub struct FinishSignIn {
    ceremony: String,
    credential: PublicKeyCredential,
}

/// `POST /sign-in/finish`: opens a session in the first of the member's posts.
pub async fn finish_sign_in(State(desk): State<Arc<Desk>>, Json(sent): Json<FinishSignIn>) -> Response {
    desk.ceremony("passkey", move |desk, passkeys| {
        let (_, state): (_, DiscoverableAuthentication) = desk.answered(&sent.ceremony)?;
        let named = passkeys.webauthn.identify_discoverable_authentication(&sent.credential);
        let (user, credential) = named.map_err(|_| UNKNOWN)?;
        let mut member = desk.people.member(&StaffId::from_bytes(user.into_bytes()))?.ok_or(UNKNOWN)?;
        let known = keys(&member)?;
        let shown = known.into_iter().find(|(_, key)| key.cred_id().as_slice() == credential);
        let (number, mut key) = shown.ok_or(UNKNOWN)?;
        let answer = passkeys.webauthn.finish_discoverable_authentication_v2(&sent.credential, state, &key);
        let answer = match answer {
            Ok(answer) if answer.user_verified() => answer,
            Err(WebauthnError::CredentialPossibleCompromise) => {
                desk.revoke_cloned(&member, number)?;
                return Err(Fault::Refused("cloned"));
            }
            _ => return Err(UNKNOWN),
        };
        if key.update_credential(&answer) == Some(true) {
            let mut changed = member.clone();
            if let Some(one) = changed.passkeys.iter_mut().find(|one| one.number == number) {
                one.credential = serde_json::to_value(&key)?;
            }
            let act = "note a passkey's counter";
            let change = MemberChange {
                act,
                member: changed,
                entries: Vec::new(),
                uses: None,
                makes: None,
                ends_sessions: false,
            };
            match desk.people.change(change) {
                Ok(_) => member.version += 1,
                // Somebody changed the member meanwhile: perhaps this very passkey was revoked.
                Err(ChangeError::Moved | ChangeError::Used | ChangeError::Bound) => return Err(ENDED),
                Err(error) => return Err(error.into()),
            }
        }
        let post = member.posts.first().ok_or(Fault::Refused("roleless"))?;
        let opened = desk.open_session(&member, post, now() + passkeys.limits.longest_seconds)?;
        Ok(Ceremony::SignedIn(opened.ok_or(ENDED)?))
    })
    .await
}

impl Desk {
    /// A passkey's counter went back: there may be a second copy of it. It is revoked, and the member's sessions end.
    pub(super) fn revoke_cloned(&self, member: &Member, number: u32) -> Result<()> {
        let by = || Actor::Program { name: "sign-in".to_owned() };
        let refused = self.about(by(), member, Change::Refused { why: Refused::Cloned })?;
        let key = member.passkeys.iter().find(|one| one.number == number).and_then(Enrolled::key_hash);
        let revoked = self.about(by(), member, Change::Revoked { key })?;
        let mut changed = member.clone();
        changed.passkeys.retain(|one| one.number != number);
        let (act, entries) = ("revoke a copied passkey", vec![refused, revoked]);
        self.people.change(MemberChange {
            act,
            member: changed,
            entries,
            uses: None,
            makes: None,
            ends_sessions: true,
        })?;
        self.log.nudge();
        Ok(())
    }
}

impl Enrolled {
    /// The hash of its public key, by which the record tells whose it was; none where it is of a kind that no statement is signed with.
    #[must_use]
    pub fn key_hash(&self) -> Option<Sha256Hex> {
        let passkey: Passkey = serde_json::from_value(self.credential.clone()).ok()?;
        passkey_key(passkey.get_public_key()).map(|key| key.hash())
    }
}

/// A member's passkeys, by number.
pub(super) fn keys(member: &Member) -> Result<Vec<(u32, Passkey)>> {
    member.passkeys.iter().map(|one| Ok((one.number, serde_json::from_value(one.credential.clone())?))).collect()
}

/// The token of a session's cookie.
#[must_use]
pub fn session_token(headers: &HeaderMap) -> Option<&str> {
    super::session::token(headers, COOKIE)
}
