//! What stands before every page: whose form it is, by what name we were called, and our own words for every refusal.

use std::{
    cell::Cell,
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use axum::{
    extract::{Request, State},
    http::{HeaderMap, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse as _, Redirect, Response},
};

use webauthn_rs::prelude::Url;

use super::{Desk, page, session};

tokio::task_local! {
    /// Whether this call asked what the account may do.
    static ASKED: Cell<bool>;
}

/// Refuses a form that another site sent (OWASP, "Verifying Origin With Standard Headers").
pub async fn same_site(State(desk): State<Arc<Desk>>, request: Request, next: Next) -> Response {
    if request.method() == Method::POST && foreign(request.headers()) {
        return page::refusal(&desk, None, StatusCode::FORBIDDEN, &desk.words.say("other-site", &[]));
    }
    next.run(request).await
}

fn foreign(headers: &HeaderMap) -> bool {
    match (headers.get("sec-fetch-site"), headers.get(header::ORIGIN), headers.get(header::HOST)) {
        (Some(site), _, _) => site != "same-origin" && site != "none",
        (None, Some(origin), Some(host)) => {
            let origin = origin.as_bytes();
            let at = origin.windows(3).position(|window| window == b"://").map_or(0, |at| at + 3);
            origin.get(at..) != Some(host.as_bytes())
        }
        (None, Some(_), None) => true,
        (None, None, _) => false,
    }
}

/// We answer to the desk's own name, to this machine's own names and to the address that we listen on, and to no other:
/// a page of another site whose name was made to point here (DNS rebinding) gets nothing.
pub async fn host(State((desk, listens)): State<(Arc<Desk>, SocketAddr)>, request: Request, next: Next) -> Response {
    {
        let named = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
        let named = named.or_else(|| request.uri().authority().map(axum::http::uri::Authority::as_str));
        let ours = |named: &str| match &desk.passkeys {
            Some(passkeys) => is_ours(named, listens.ip()) || is_named(named, &passkeys.origin),
            None => is_ours(named, listens.ip()),
        };
        if !named.is_some_and(ours) {
            let sentence = desk.words.say("other-host", &[("address", &listens.to_string())]);
            return page::refusal(&desk, None, StatusCode::MISDIRECTED_REQUEST, &sentence);
        }
        // A passkey is for the desk's own name: whoever opens a page under another of ours is led there.
        if let (Some(passkeys), Some(named)) = (&desk.passkeys, named)
            && request.method() == Method::GET
            && !is_named(named, &passkeys.origin)
            && ["/sign-in", "/enrol", super::provider::PATH].contains(&request.uri().path())
        {
            let mut there = passkeys.origin.clone();
            // On this machine the port is the one that was asked; in a configured address it is that address's.
            if there.host_str() == Some("localhost") {
                let _ = there.set_port(named.rsplit_once(':').and_then(|(_, port)| port.parse().ok()));
            }
            there.set_path(request.uri().path());
            there.set_query(session::unsent(request.uri().query()));
            return Redirect::to(there.as_str()).into_response();
        }
    }
    next.run(request).await
}

/// Whether a `Host` names this machine or the address listened on. On every address: any address, but no name, since only a
/// name can be made to point elsewhere.
fn is_ours(host: &str, listens: IpAddr) -> bool {
    let name = name(host);
    if name.eq_ignore_ascii_case("localhost") {
        return true;
    }
    name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback() || address == listens || listens.is_unspecified())
}

/// Says that this call asked what its account may do. Outside a call of a page that has to (a test, a page for anybody) nobody listens.
pub fn note_that_it_was_asked() {
    let _ = ASKED.try_with(|asked| asked.set(true));
}

/// Shows no page, and leads to none, that did not ask what the account may do ([`Desk::may`]): forgetting it is a failure, never an
/// open door. A refusal needs no question, nor does the way to sign in.
pub async fn asked(State(desk): State<Arc<Desk>>, request: Request, next: Next) -> Response {
    let shows = request.method() == Method::GET;
    let call = async {
        // The navigation tells how much is overdue.
        if shows {
            desk.read_duties().await;
        }
        let response = next.run(request).await;
        (response, ASKED.with(Cell::get))
    };
    let (response, asked) = ASKED.scope(Cell::new(false), call).await;
    let status = response.status();
    let refused = status.is_client_error() || status.is_server_error();
    let to = response.headers().get(header::LOCATION);
    let to_sign_in = to.is_some_and(|to| to == "/sign-in" || to == session::UNSENT);
    if asked || refused || to_sign_in {
        return response;
    }
    desk.failed(None, &anyhow::anyhow!("a page did not ask what its account may do"))
}

/// Whether a `Host` is that of the desk's own address.
fn is_named(host: &str, origin: &Url) -> bool {
    origin.host_str().is_some_and(|ours| ours.eq_ignore_ascii_case(name(host)))
}

/// A `Host` without its port.
fn name(host: &str) -> &str {
    match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((name, _)) => name,
        None => host.rsplit_once(':').map_or(host, |(name, _)| name),
    }
}

/// A refusal by the framework (a form too large, of the wrong kind, a method that a page does not have) as a page of ours.
pub async fn own_words(State(desk): State<Arc<Desk>>, request: Request, next: Next) -> Response {
    let headers = request.headers().clone();
    let response = next.run(request).await;
    let status = response.status();
    let kind = response.headers().get(header::CONTENT_TYPE);
    let bare = kind.is_none_or(|kind| kind.as_bytes().starts_with(b"text/plain"));
    if !bare || !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    let account = desk.account(&headers).await.ok().flatten();
    let id = format!("status-{}", status.as_u16());
    let id = if desk.words.has(&id) { id.as_str() } else { "status-other" };
    let mut page = page::refusal(&desk, account.as_ref(), status, &desk.words.say(id, &[]));
    if let Some(allow) = response.headers().get(header::ALLOW) {
        page.headers_mut().insert(header::ALLOW, allow.clone());
    }
    page
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn a_name_that_points_here_is_not_ours() {
        let loopback: IpAddr = "127.0.0.1".parse().unwrap();
        for ours in ["127.0.0.1:8080", "localhost:8080", "LOCALHOST", "[::1]:8080", "127.0.0.1", "127.1.2.3:9"] {
            assert!(is_ours(ours, loopback), "{ours}");
        }
        for other in
            ["attacker.example:8080", "localhost.attacker.example", "10.0.0.7:8080", "", "[::1", "127.0.0.1.nip.io"]
        {
            assert!(!is_ours(other, loopback), "{other}");
        }
        assert!(is_ours("10.0.0.7:8080", "10.0.0.7".parse().unwrap()));
        assert!(is_ours("10.0.0.7:8080", "0.0.0.0".parse().unwrap()));
        assert!(!is_ours("attacker.example:8080", "0.0.0.0".parse().unwrap()));
    }

    #[test]
    fn a_form_of_another_site_is_foreign() {
        let headers = |pairs: &[(&'static str, &'static str)]| -> HeaderMap {
            pairs
                .iter()
                .map(|(name, value)| (axum::http::HeaderName::from_static(name), HeaderValue::from_static(value)))
                .collect()
        };
        assert!(foreign(&headers(&[("sec-fetch-site", "cross-site")])));
        assert!(foreign(&headers(&[("sec-fetch-site", "same-site")])));
        assert!(!foreign(&headers(&[("sec-fetch-site", "same-origin")])));
        assert!(foreign(&headers(&[("origin", "https://elsewhere.example"), ("host", "127.0.0.1:8080")])));
        assert!(!foreign(&headers(&[("origin", "http://127.0.0.1:8080"), ("host", "127.0.0.1:8080")])));
        assert!(foreign(&headers(&[("origin", "null")])));
        assert!(!foreign(&headers(&[("host", "127.0.0.1:8080")])));
    }
}
