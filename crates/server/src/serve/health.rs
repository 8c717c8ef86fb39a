//! `/healthz` and `/metrics`: whether the desk can record, and what operators count. Neither says anything about a case.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::json;

use super::{Desk, contacts, follow::Following};

/// `GET /healthz`: 200 when the store answers and the log follows it, else 503, with which of the two fails and which process
/// follows. Where that is another, its own health says whether it succeeds.
pub async fn healthz(State(desk): State<Arc<Desk>>) -> Response {
    let store = desk.probe().await;
    let following = desk.log_follows();
    let log = following != Following::Nobody;
    let sound = store.is_ok() && log;
    if let Err(error) = &store {
        tracing::error!(%error, "the store does not answer");
    }
    let status = if sound { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let body = json!({
        "status": if sound { "ok" } else { "failing" },
        "store": store.is_ok(),
        "log": log,
        "log_followed_by": match following {
            Following::This => "this process",
            Following::Another => "another process",
            Following::Nobody => "nobody",
        },
        // Without their key all else works, so this makes no server failing: `serve` has traced why.
        "photographs": desk.photographs.has_key(),
        "pack": desk.pack.reference().sha256,
    });
    (status, Json(body)).into_response()
}

/// `GET /metrics`: Prometheus text format 0.0.4.
pub async fn metrics(State(desk): State<Arc<Desk>>) -> Response {
    // The gauges of reports that wait are set when they are counted.
    if let Err(error) = desk.blocking(|desk| Ok(desk.overdue.waiting()?)).await {
        tracing::error!(error = format!("{error:#}"), "the reports that wait cannot be counted");
    }
    // Whoever scrapes waits for a long reading; a gauge that is behind would be believed.
    if let Err(error) = desk.blocking(|desk| Ok(desk.owed.read_to_the_end(&*desk.store, desk.now().date())?)).await {
        tracing::error!(error = format!("{error:#}"), "what is owed cannot be read on");
    }
    desk.owed.gauges(desk.now());
    contacts::gauges(&desk);
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], desk.metrics.render()).into_response()
}
