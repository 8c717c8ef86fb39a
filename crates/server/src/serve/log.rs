//! `/log`: what it is, in words, and `/log/*`: checkpoint, tiles, bundles, key and proofs as C2SP lays them out.

use std::sync::Arc;

use axum::{
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use maud::html;
use record::{Body, EntryId};

use super::{Desk, page as frame, requests::what, session::Account};
use crate::{
    access::Action,
    log::{ResourceError, resource},
};

/// `GET /log`: the log in words, with its size, root and keys; for whoever is signed in, with the navigation.
pub async fn page(State(desk): State<Arc<Desk>>, headers: HeaderMap) -> Response {
    let account = match desk.account(&headers).await {
        Ok(account) => account,
        Err(error) => return desk.failed(None, &error),
    };
    let say = |id: &str| desk.words.say(id, &[]);
    let title = say("log-title");
    let checkpoint = desk
        .blocking(|desk| Ok(resource(&*desk.log.disk, crate::log::CHECKPOINT).ok()))
        .await
        .ok()
        .flatten()
        .and_then(|found| String::from_utf8(found.bytes).ok());
    let waiting = desk.blocking(|desk| Ok(desk.overdue.waiting()?)).await;
    let waiting = match waiting {
        Ok(waiting) => waiting,
        Err(error) => return desk.failed(None, &error),
    };
    let body = html! {
        h1 { (title) }
        p { (say("log-why")) }
        @if let Some(checkpoint) = &checkpoint {
            table {
                caption { (say("log-checkpoint")) }
                tbody {
                    tr { th scope="row" { (say("log-origin")) } td { code { (desk.log.origin) } } }
                    tr { th scope="row" { (say("log-size")) } td { (checkpoint.lines().nth(1).unwrap_or_default()) } }
                    tr { th scope="row" { (say("log-root")) } td { code { (checkpoint.lines().nth(2).unwrap_or_default()) } } }
                }
            }
            p { a href="/log/checkpoint" { (say("log-checkpoint")) } }
        } @else {
            p { (say("log-waiting")) }
        }
        p { a href="/log/log.vkey" { (say("log-key")) } }
        @if let Some(waiting) = &waiting {
            p #overdue { (desk.words.say("log-overdue", &[
                ("unopened", &waiting.unopened.to_string()),
                ("overdue", &waiting.overdue.to_string()),
                ("days", &waiting.overdue_after_days.to_string()),
                ("through", &waiting.through.to_string()),
            ])) }
        }
        p { (say("log-how")) }
        p { code { "vouchsafe verify " (address(&desk, &headers)) " --key log.vkey" } }
    };
    ([(header::CACHE_CONTROL, "no-store")], frame::page(&desk, account.as_ref(), &title, &body)).into_response()
}

/// Where the log is served: under the desk's own name where one is configured, else under the name that was asked for, which is one
/// of ours ([`super::guard::host`]).
fn address(desk: &Desk, headers: &HeaderMap) -> String {
    // This machine's own name says nothing of the port.
    let named = desk.passkeys.as_ref().filter(|passkeys| passkeys.origin.host_str() != Some("localhost"));
    let configured = named.map(|passkeys| passkeys.origin.as_str().trim_end_matches('/').to_owned());
    let asked = || headers.get(header::HOST).and_then(|host| host.to_str().ok()).map(|host| format!("http://{host}"));
    format!("{}/log", configured.or_else(asked).unwrap_or_default())
}

/// `GET /log/{path}`: a file of the log.
pub async fn file(State(desk): State<Arc<Desk>>, Path(path): Path<String>) -> Response {
    serve(&desk, path).await
}

/// `GET /log/proof/{entry}`: the proof that a leaf is in the log, by its index, for anybody.
///
/// By an entry's id only for whoever is signed in, and only the entries of requests that they may read: that an id leads
/// to a leaf says that such an entry was recorded. Every other id, also that of an erased entry, is simply not found.
pub async fn proof(State(desk): State<Arc<Desk>>, headers: HeaderMap, Path(entry): Path<String>) -> Response {
    if entry.bytes().all(|byte| byte.is_ascii_digit()) {
        return serve(&desk, format!("proof/{entry}")).await;
    }
    let account = match desk.account(&headers).await {
        Ok(account) => account,
        Err(error) => return desk.failed(None, &error),
    };
    let (Some(account), Ok(id)) = (account, entry.parse::<EntryId>()) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let asking = account.clone();
    match desk.blocking(move |desk| own(desk, &asking, &id)).await {
        Ok(Some(index)) => serve(&desk, format!("proof/{index}")).await,
        Ok(None) => StatusCode::NOT_FOUND.into_response(),
        Err(error) => desk.failed(Some(&account), &error),
    }
}

/// The place in the log of an entry of a request that the account may read.
fn own(desk: &Desk, account: &Account, id: &EntryId) -> anyhow::Result<Option<u64>> {
    let Some(stored) = desk.store.find(id)? else { return Ok(None) };
    let Some(request) = stored.entry().and_then(|entry| entry.body.request()) else { return Ok(None) };
    let about = desk.store.by_request(&request)?;
    let asked = about.iter().any(|other| match other.entry().map(|entry| &entry.body) {
        Some(Body::Requested(request)) => desk.may(account, Action::ReadRequest, &what(request)),
        _ => false,
    });
    Ok(stored.log_index.filter(|_| asked))
}

async fn serve(desk: &Arc<Desk>, path: String) -> Response {
    let found = desk.blocking(move |desk| Ok(resource(&*desk.log.disk, &path))).await;
    match found {
        Ok(Ok(found)) => {
            let keep = if found.immutable { "public, max-age=31536000, immutable" } else { "no-cache" };
            let headers = [
                (header::CONTENT_TYPE, HeaderValue::from_static(found.content_type)),
                (header::CACHE_CONTROL, HeaderValue::from_static(keep)),
                (header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*")),
            ];
            (headers, found.bytes).into_response()
        }
        Ok(Err(ResourceError::NotFound(_))) => StatusCode::NOT_FOUND.into_response(),
        Ok(Err(error)) => desk.failed(None, &anyhow::Error::new(error)),
        Err(error) => desk.failed(None, &error),
    }
}
