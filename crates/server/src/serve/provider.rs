//! Signing in at the city's own sign-in (OpenID Connect): two pages, both without script.
//!
//! `/sign-in/city` leads to the provider; `/sign-in/city/return` is where the provider sends the browser back to. What was begun is kept in
//! the store by the hash of its `state`, good once, for the browser that began it: that one has a cookie of its own, which comes back
//! from another site (`SameSite=Lax`), while a session's does not. So the last page is ours, and leads on by itself.

use std::sync::Arc;

use anyhow::{Context as _, Result};
use axum::{
    extract::{Query, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use maud::html;
use serde::Deserialize;
use url::Url;

use super::{
    Desk,
    page::{page, refusal},
    passkeys::{self, Passkeys, count_refused, hash, now, token},
    session::{cookie, token as cookie_of},
};
use crate::{
    provider::{BEGUN_SECONDS, Begun, Drawn, Provider, ProviderError},
    store::people::{Bound, Ticket, TicketKind},
};

/// Where signing in at the provider begins.
pub const PATH: &str = "/sign-in/city";

/// Where the provider sends the browser back to.
pub const RETURN_PATH: &str = "/sign-in/city/return";

/// The cookie of the browser that began.
const BEGUN_COOKIE: &str = "__Host-vouchsafe-begun";

/// The longest code or state that is looked at, in bytes.
const PARAMETER_MAX_BYTES: usize = 4096;

/// Why somebody is not signed in.
enum Refused {
    /// The sentence with this id, under this status.
    Says(StatusCode, &'static str),
    /// Nobody has this account.
    Unbound(String),
    /// The provider did, for this reason.
    Provider(ProviderError),
    Ours(anyhow::Error),
}

impl<E: Into<anyhow::Error>> From<E> for Refused {
    fn from(error: E) -> Self {
        Self::Ours(error.into())
    }
}

const ENDED: Refused = Refused::Says(StatusCode::FORBIDDEN, "city-sign-in-ended");

/// A cookie that comes back from another site by a link, for ten minutes.
fn begun_cookie(value: &str, age_seconds: i64) -> HeaderValue {
    let text = format!("{BEGUN_COOKIE}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={age_seconds}; Secure");
    // Names and values are ours: letters and digits.
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static(""))
}

impl Desk {
    /// Passkeys and the provider; the desk has both or the pages are not there.
    fn both(&self) -> Option<(&Passkeys, &Provider)> {
        self.passkeys.as_ref().zip(self.provider.as_ref())
    }

    fn begin_at_provider(&self, port: Option<u16>) -> Result<(Url, String), Refused> {
        let (passkeys, provider) = self.both().context("this desk has no provider")?;
        let mut redirect = passkeys.origin.clone();
        // On this machine the port is the one that was asked; in a configured address it is that address's.
        if redirect.host_str() == Some("localhost") {
            let _ = redirect.set_port(port);
        }
        redirect.set_path(RETURN_PATH);
        let ((state, kept), (browser, browser_hash)) = (token()?, token()?);
        let drawn = Drawn { state, nonce: token()?.0, verifier: token()?.0 };
        let now = now();
        let begun = provider.begin(&drawn, hex::encode(browser_hash), &redirect, now);
        let (to, begun) = begun.map_err(Refused::Provider)?;
        let (data, until) = (serde_json::to_string(&begun)?, now + BEGUN_SECONDS);
        let ticket = Ticket { hash: kept, kind: TicketKind::Challenge, member: None, data, seen: now, until };
        self.people.issue(&ticket, now)?;
        Ok((to, browser))
    }

    /// Signs in whoever the provider says it is; gives the session's token.
    fn finish_at_provider(&self, sent: &Returned, browser: Option<&str>) -> Result<String, Refused> {
        let (passkeys, provider) = self.both().context("this desk has no provider")?;
        let short = |text: &&str| text.len() <= PARAMETER_MAX_BYTES;
        let state = sent.state.as_deref().filter(short).ok_or(ENDED)?;
        let ticket = self.taken(TicketKind::Challenge, &hash(state))?.ok_or(ENDED)?;
        // The state of another ceremony does not read as this one's.
        let begun: Begun = serde_json::from_str(&ticket.data).map_err(|_| ENDED)?;
        if browser.map(|browser| hex::encode(hash(browser))) != Some(begun.browser.clone()) {
            return Err(Refused::Says(StatusCode::FORBIDDEN, "city-sign-in-browser"));
        }
        // RFC 9207: whose answer it is, where the provider says so.
        if sent.iss.as_deref().is_some_and(|issuer| issuer != provider.issuer()) {
            return Err(ENDED);
        }
        if sent.error.is_some() {
            return Err(Refused::Says(StatusCode::FORBIDDEN, "city-sign-in-cancelled"));
        }
        let code = sent.code.as_deref().filter(short).ok_or(ENDED)?;
        let subject = provider.finish(code, &begun, now()).map_err(Refused::Provider)?;
        let account = Bound { issuer: provider.issuer().to_owned(), subject };
        let Some(member) = self.people.bound(&account.hash())? else { return Err(Refused::Unbound(account.subject)) };
        let post = member.posts.first().ok_or(Refused::Says(StatusCode::FORBIDDEN, "passkey-roleless"))?;
        self.open_session(&member, post, now() + passkeys.longest_seconds())?.ok_or(ENDED)
    }

    fn not_signed_in(&self, refused: Refused) -> Response {
        let says = |status: StatusCode, id: &'static str| {
            // A provider that is away has refused nobody.
            if status != StatusCode::SERVICE_UNAVAILABLE {
                count_refused("city", id.trim_start_matches("city-sign-in-").trim_start_matches("passkey-"));
            }
            self.not_signed_in_page(status, &self.words.say(id, &[]))
        };
        match refused {
            Refused::Says(status, id) => says(status, id),
            Refused::Unbound(subject) => {
                count_refused("city", "unbound");
                let sentence = self.words.say("city-sign-in-unbound", &[("account", &subject)]);
                self.not_signed_in_page(StatusCode::FORBIDDEN, &sentence)
            }
            Refused::Provider(error) => {
                // The reason names no claim's value, no address and nobody.
                tracing::warn!(error = error.to_string(), "nobody was signed in");
                match error {
                    ProviderError::Down(_) => says(StatusCode::SERVICE_UNAVAILABLE, "city-sign-in-down"),
                    ProviderError::Busy => says(StatusCode::SERVICE_UNAVAILABLE, "city-sign-in-busy"),
                    ProviderError::Method(_) => says(StatusCode::FORBIDDEN, "city-sign-in-method"),
                    ProviderError::Code(_) => says(StatusCode::FORBIDDEN, "city-sign-in-ended"),
                    ProviderError::Token(_) => says(StatusCode::FORBIDDEN, "city-sign-in-refused"),
                }
            }
            Refused::Ours(error) => self.failed(None, &error),
        }
    }

    fn not_signed_in_page(&self, status: StatusCode, sentence: &str) -> Response {
        let say = |id: &str| self.words.say(id, &[]);
        let title = say("city-sign-in-not");
        let body = html! {
            h1 { (title) }
            p.error role="alert" { (sentence) }
            p { a href=(PATH) { (say("city-sign-in-again")) } }
            p { a href="/sign-in" { (say("city-sign-in-other")) } }
        };
        let gone = begun_cookie("", 0);
        (status, [(header::SET_COOKIE, gone)], page(self, None, &title, &body)).into_response()
    }
}

/// `GET /sign-in/city`: leads to the provider.
pub async fn begin(State(desk): State<Arc<Desk>>, headers: HeaderMap) -> Response {
    if desk.both().is_none() {
        return refusal(&desk, None, StatusCode::NOT_FOUND, &desk.words.say("page-not-found", &[]));
    }
    let named = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let port = named.and_then(|named| named.rsplit_once(':')).and_then(|(_, port)| port.parse().ok());
    match desk.blocking(move |desk| Ok(desk.begin_at_provider(port))).await {
        Ok(Ok((to, browser))) => {
            let cookie = begun_cookie(&browser, BEGUN_SECONDS);
            ([(header::SET_COOKIE, cookie)], Redirect::to(to.as_str())).into_response()
        }
        Ok(Err(refused)) => desk.not_signed_in(refused),
        Err(error) => desk.failed(None, &error),
    }
}

/// What the provider sends the browser back with.
#[derive(Deserialize)]
pub struct Returned {
    state: Option<String>,
    code: Option<String>,
    error: Option<String>,
    iss: Option<String>,
}

/// `GET /sign-in/city/return`: opens a session in the first of the member's posts, and leads on.
pub async fn finish(State(desk): State<Arc<Desk>>, headers: HeaderMap, Query(sent): Query<Returned>) -> Response {
    if desk.both().is_none() {
        return refusal(&desk, None, StatusCode::NOT_FOUND, &desk.words.say("page-not-found", &[]));
    }
    let browser = cookie_of(&headers, BEGUN_COOKIE).map(str::to_owned);
    match desk.blocking(move |desk| Ok(desk.finish_at_provider(&sent, browser.as_deref()))).await {
        Ok(Ok(token)) => {
            let say = |id: &str| desk.words.say(id, &[]);
            let title = say("city-sign-in-done");
            let body = html! {
                h1 { (title) }
                p { a.target href="/" { (say("city-sign-in-go-on")) } }
            };
            let cookies = [
                (header::SET_COOKIE, cookie(passkeys::COOKIE, &token, None, true)),
                (header::SET_COOKIE, begun_cookie("", 0)),
            ];
            let mut response = page(&desk, None, &title, &body).into_response();
            for (name, value) in cookies {
                response.headers_mut().append(name, value);
            }
            // By a header, not by the page, which has no place of its own for it; at once, so nobody loses their place (WCAG H76).
            response.headers_mut().insert("refresh", HeaderValue::from_static("0; url=/"));
            response
        }
        Ok(Err(refused)) => desk.not_signed_in(refused),
        Err(error) => desk.failed(None, &error),
    }
}
