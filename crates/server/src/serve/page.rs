//! The frame of every page: language, direction, skip link, navigation, the notice that the statute prevails.
//!
//! No script, no third party, one style sheet of our own. Sentences come from Fluent (`locales/LANG/desk.ftl`).

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use maud::{DOCTYPE, Markup, html};

use super::{
    Desk, PLACES, findings,
    session::{self, Account},
};

/// The style sheet, served at [`CSS_PATH`].
pub const CSS: &str = include_str!("../../assets/desk.css");

/// Where the style sheet is served.
pub const CSS_PATH: &str = "/static/desk.css";

/// The mark in the browser's tab: a plain check mark, drawn here.
pub const ICON: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 16 16\"><rect width=\"16\" height=\"16\" \
                        rx=\"3\" fill=\"#0b4f8a\"/><path d=\"M3.5 8.5l3 3 6-7\" fill=\"none\" stroke=\"#fff\" \
                        stroke-width=\"2\"/></svg>";

/// Where the mark is served.
pub const ICON_PATH: &str = "/static/icon.svg";

/// What the browser may load and do: our own style sheet and forms to ourselves, nothing else (CSP Level 3).
pub const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; \
                          frame-ancestors 'none'";

/// A whole page.
pub fn page(desk: &Desk, account: Option<&Account>, title: &str, body: &Markup) -> Html<String> {
    let say = |id: &str| desk.words.say(id, &[]);
    Html(
        html! {
            (DOCTYPE)
            html lang=(desk.words.lang()) dir=(desk.words.dir()) {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="referrer" content="no-referrer";
                    title { (title) " · " (say("desk-name")) }
                    link rel="icon" href=(ICON_PATH) type="image/svg+xml";
                    link rel="stylesheet" href=(CSS_PATH);
                }
                body {
                    a.skip href="#main" { (say("skip-to-content")) }
                    header {
                        strong { (say("desk-name")) }
                        @if let Some(account) = account {
                            nav aria-label=(say("nav-label")) {
                                ul {
                                    @for place in PLACES {
                                        @if desk.would(account, place.asks, &place.of(account)) {
                                            li {
                                                a href=(place.path) {
                                                    (say(place.name))
                                                    @if place.path == "/duties" { (overdue(desk, account)) }
                                                    @if place.path == "/findings" { (possible(desk, account)) }
                                                }
                                            }
                                        }
                                    }
                                    li { a href="/log" { (say("nav-log")) } }
                                    li { form method="post" action="/sign-out" { button type="submit" { (say("nav-sign-out")) } } }
                                }
                            }
                            p.quiet {
                                @if desk.development() { (account.name) } @else { a href="/account" { (account.name) } } ", " (account.agency) ", " (say(&format!("role-{}", session::word(account.role))))
                                @if let Some(site) = &account.site { ", " (desk.site_name(&account.agency, site)) }
                            }
                        }
                    }
                    main id="main" tabindex="-1" {
                        @if desk.development() {
                            p.banner role="note" { (say("development-account")) }
                        }
                        @if desk.invented {
                            p.banner role="note" { (say("invented-city")) }
                        }
                        (body)
                    }
                    footer {
                        p { (say("reading-of-the-law")) }
                        p.quiet { (desk.pack_line()) }
                    }
                }
            }
        }
        .into_string(),
    )
}

/// How many duties are overdue, behind the name of their page.
fn overdue(desk: &Desk, account: &Account) -> Markup {
    let count = desk.overdue_duties(account);
    html! {
        @if count > 0 { " " span.overdue-count { (desk.words.say("nav-overdue", &[("count", &count.to_string())])) } }
    }
}

/// How many possible violations there are, behind the name of their page.
fn possible(desk: &Desk, account: &Account) -> Markup {
    let count = findings::counted(desk, account);
    html! {
        @if count > 0 { " " span.overdue-count { (desk.words.say("nav-findings-count", &[("count", &count.to_string())])) } }
    }
}

/// A table in a frame within which it moves sideways, by touch and by the keyboard, where it is wider than the page. `name` is what a reader
/// hears of the frame; no other of the page has the same.
pub fn scrolled(name: &str, table: &Markup) -> Markup {
    html! { div.scroll tabindex="0" role="region" aria-label=(name) { (table) } }
}

/// Headers that every answer carries: the policy above, no caching of what names a case, no referrer.
#[must_use]
pub fn headers() -> [(header::HeaderName, HeaderValue); 6] {
    [
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
        (header::HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
        (header::HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
    ]
}

/// A page that says what went wrong and what to do, with its status.
#[must_use = "a refusal is the answer"]
pub fn refusal(desk: &Desk, account: Option<&Account>, status: StatusCode, sentence: &str) -> Response {
    let title = desk.words.say("refused-title", &[]);
    let body = html! {
        h1 { (title) }
        p.error role="alert" { (sentence) }
        p { a href="/" { (desk.words.say("back-to-gate", &[])) } }
    };
    (status, page(desk, account, &title, &body)).into_response()
}
