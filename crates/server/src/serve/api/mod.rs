//! `/api/v1`: what other programs of the city may do with the record, and `/openapi.json`, which describes it.
//!
//! **Invariants.** A call bears one token in its header, of a system that speaks for one agency and was given each use by name
//! (`caller`); it meets the same policies as people ([`crate::access`]), the same readers as the desk and `vouchsafe decide` (`content`,
//! `calls`), and the same store. What a call records is recorded once, however often it is sent and to whichever process. A refusal is a
//! problem (RFC 9457) and records nothing. The router and the description are made from one list ([`operations`]).
//!
//! Not here: approving, correcting, staff, other agencies, attachments. No cookie is read, and no page of the desk shows a token.

pub mod caller;
mod calls;
mod content;
mod handlers;
pub mod openapi;
mod problem;
mod views;

use std::sync::Arc;

use axum::{
    Router,
    body::Bytes,
    extract::{Request, State},
    http::{HeaderValue, Method, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse as _, Response},
    routing::{MethodRouter, get, post},
};
use record::Use;
use schemars::JsonSchema as _;

use self::{
    openapi::Schemas,
    problem::{Kind, PROBLEM, Problem},
};
use super::{Desk, guard};

/// Where the interface begins.
const ROOT: &str = "/api/";

/// Where its description is.
pub const DESCRIPTION: &str = "/openapi.json";

/// One thing that a system can ask for: what serves it, and what describes it.
pub struct Operation {
    /// GET or POST.
    pub method: Method,
    /// Its path.
    pub path: &'static str,
    /// Its name, and the Fluent id of its sentence (`api-ID`).
    pub id: &'static str,
    /// What a system must be given for it; none: it is for anybody, without a token.
    pub needs: Option<Use>,
    /// The body that it takes.
    content: Option<fn(&mut Schemas) -> schemars::Schema>,
    /// Whether it records, once for each key.
    pub repeatable: bool,
    /// Its status when all is well, and what it answers then.
    answers: (StatusCode, fn(&mut Schemas) -> schemars::Schema),
    /// What it refuses with, beside what every operation does.
    refuses: &'static [Kind],
    route: fn() -> MethodRouter<Arc<Desk>>,
}

/// What every operation may refuse with.
const ALWAYS: [Kind; 1] = [Kind::Fault];

/// What whatever needs a token may refuse with.
const OF_TOKENS: [Kind; 2] = [Kind::Token, Kind::NotGiven];

/// What whatever takes a body may refuse with.
const OF_BODIES: [Kind; 4] = [Kind::NotJson, Kind::TooLong, Kind::Type, Kind::Unfit];

/// Everything that there is: the router and the description are made from this.
#[must_use]
pub fn operations() -> Vec<Operation> {
    let answer = |status, schema: fn(&mut Schemas) -> schemars::Schema| (status, schema);
    vec![
        Operation {
            method: Method::POST,
            path: "/api/v1/decide",
            id: "decide",
            needs: Some(Use::Ask),
            content: Some(|_| openapi::component("Facts")),
            repeatable: false,
            answers: answer(StatusCode::OK, |all| views::Decided::json_schema(&mut all.answers)),
            refuses: &[Kind::Query],
            route: || post(handlers::decide),
        },
        Operation {
            method: Method::GET,
            path: "/api/v1/requests",
            id: "list",
            needs: Some(Use::List),
            content: None,
            repeatable: false,
            answers: answer(StatusCode::OK, |all| views::Listing::json_schema(&mut all.answers)),
            refuses: &[Kind::Query],
            route: || get(handlers::list),
        },
        Operation {
            method: Method::POST,
            path: "/api/v1/requests",
            id: "record",
            needs: Some(Use::Record),
            content: Some(|all| calls::RecordCall::json_schema(&mut all.calls)),
            repeatable: true,
            answers: answer(StatusCode::CREATED, |all| views::Recorded::json_schema(&mut all.answers)),
            refuses: &[Kind::Key, Kind::Erased, Kind::KeyReused],
            route: || post(handlers::record),
        },
        Operation {
            method: Method::GET,
            path: "/api/v1/requests/{id}",
            id: "read",
            needs: Some(Use::Read),
            content: None,
            repeatable: false,
            answers: answer(StatusCode::OK, |all| views::One::json_schema(&mut all.answers)),
            refuses: &[Kind::NotFound],
            route: || get(handlers::read),
        },
        Operation {
            method: Method::POST,
            path: "/api/v1/requests/{id}/deeds",
            id: "state",
            needs: Some(Use::State),
            content: Some(|all| calls::DeedCall::json_schema(&mut all.calls)),
            repeatable: true,
            answers: answer(StatusCode::CREATED, |all| views::Stated::json_schema(&mut all.answers)),
            refuses: &[Kind::Key, Kind::NotFound, Kind::KeyReused],
            route: || post(handlers::state),
        },
        Operation {
            method: Method::GET,
            path: "/api/v1/findings",
            id: "findings",
            needs: Some(Use::Findings),
            content: None,
            repeatable: false,
            answers: answer(StatusCode::OK, |all| views::Findings::json_schema(&mut all.answers)),
            refuses: &[Kind::Query],
            route: || get(handlers::possible),
        },
        Operation {
            method: Method::GET,
            path: "/api/v1/webhook-keys",
            id: "hook-keys",
            needs: None,
            content: None,
            repeatable: false,
            answers: answer(StatusCode::OK, |all| views::HookKeys::json_schema(&mut all.answers)),
            refuses: &[Kind::Query],
            route: || get(handlers::hook_keys),
        },
    ]
}

impl Operation {
    /// Everything that it may refuse with.
    #[must_use]
    pub fn refusals(&self) -> Vec<Kind> {
        let bodies = if self.content.is_some() { &OF_BODIES[..] } else { &[] };
        let tokens = if self.needs.is_some() { &OF_TOKENS[..] } else { &[] };
        let mut all: Vec<Kind> = [&ALWAYS[..], tokens, bodies, self.refuses].concat();
        all.sort_by_key(|kind| (kind.status(), *kind));
        all
    }
}

/// The interface and its description.
pub fn router(desk: &Arc<Desk>) -> Router<Arc<Desk>> {
    let described = Bytes::from(openapi::document(&desk.pack, &desk.words));
    let routes = |all: Vec<Operation>| {
        all.into_iter().fold(Router::new(), |router, operation| router.route(operation.path, (operation.route)()))
    };
    let (of_systems, of_anybody) = operations().into_iter().partition(|operation| operation.needs.is_some());
    routes(of_systems)
        .layer(middleware::from_fn_with_state(Arc::clone(desk), guard::asked))
        .merge(routes(of_anybody))
        .layer(middleware::map_response(|mut response: Response| async {
            response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
            response
        }))
        .route(
            DESCRIPTION,
            get(move || {
                let described = described.clone();
                async move { ([(header::CONTENT_TYPE, "application/json")], described) }
            }),
        )
}

/// Whatever refuses a call before it is one of ours (a path or method that is not there, another host's name) says so as a problem, too.
pub async fn own_words(State(desk): State<Arc<Desk>>, request: Request, next: Next) -> Response {
    let ours = request.uri().path().starts_with(ROOT);
    let response = next.run(request).await;
    let status = response.status();
    let problem = response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind == PROBLEM);
    if !ours || problem || !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    let kind = match status {
        StatusCode::NOT_FOUND => Kind::NotFound,
        StatusCode::METHOD_NOT_ALLOWED => Kind::Method,
        StatusCode::INTERNAL_SERVER_ERROR => Kind::Fault,
        other => Kind::Other(other),
    };
    let mut told = Problem::of(&desk.words, kind).into_response();
    for (name, value) in response.headers() {
        if name != header::CONTENT_TYPE && name != header::CONTENT_LENGTH {
            told.headers_mut().insert(name.clone(), value.clone());
        }
    }
    told
}
