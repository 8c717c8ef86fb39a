//! `/guide/`: the guide that stays on a phone, answers without network, and sends later what was taken down (decisions 8, ADR 32).
//!
//! The files are the same for everybody: a page that holds all sentences, a script, the module with the kernel, the compiled pack, a
//! service worker that keeps them, and the manifest by which a phone installs them. The worker names each file with its hash and takes
//! a new version whole or not at all. Who is signed in, whom they call and which pack the desk has is told by `/guide/me` alone.

mod queue;

use std::{collections::BTreeMap, sync::Arc};

use anyhow::{Context as _, Result};
use axum::{
    Json,
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Redirect, Response},
};
use guide::{SITUATIONS, sentences::ENDS};
use maud::{Markup, html};
use serde_json::json;
use sha2::{Digest as _, Sha256};

pub use queue::take;

use super::{Desk, call, forms::Fields, intake, page, session::Account};
use crate::{
    access::{Action, Resource},
    report::takes_brotli,
};

/// What the page and its worker may do: run our script and our module, call us, be installed. It makes no markup of text.
const GUIDE_POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; style-src 'self'; \
     img-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; \
     require-trusted-types-for 'script'; trusted-types guide-worker";

/// Where the page is. The worker reaches nothing outside.
pub const PATH: &str = "/guide/";

pub(super) const SCRIPT: &str = include_str!("../../assets/guide.js");
const WORKER: &str = include_str!("../../assets/guide-worker.js");

/// One file, with its copy in brotli.
struct File {
    kind: &'static str,
    bytes: Vec<u8>,
    packed: Vec<u8>,
}

impl File {
    fn new(kind: &'static str, bytes: Vec<u8>) -> Result<Self> {
        let mut packed = Vec::new();
        let parameters = brotli::enc::BrotliEncoderParams { quality: 9, ..Default::default() };
        brotli::BrotliCompress(&mut bytes.as_slice(), &mut packed, &parameters).context("a file of the guide")?;
        Ok(Self { kind, bytes, packed })
    }

    fn hash(&self) -> String {
        hex::encode(Sha256::digest(&self.bytes))
    }
}

/// The files of the guide, by their paths.
pub struct Guide {
    files: BTreeMap<&'static str, File>,
    version: String,
}

impl Guide {
    /// The guide of a desk, with the module that answers.
    ///
    /// # Errors
    /// When the desk's pack cannot be compiled.
    pub fn new(desk: &Desk, module: Vec<u8>) -> Result<Self> {
        let text = |kind, text: String| File::new(kind, text.into_bytes());
        let mut files = BTreeMap::from([
            (PATH, text("text/html; charset=utf-8", shell(desk))?),
            ("/guide/guide.js", text("text/javascript; charset=utf-8", SCRIPT.to_owned())?),
            ("/guide/guide.wasm", File::new("application/wasm", module)?),
            ("/guide/pack.json", File::new("application/json", desk.pack.compiled().context("the guide's pack")?)?),
            ("/guide/guide.webmanifest", text("application/manifest+json", manifest(desk))?),
            (page::CSS_PATH, text("text/css; charset=utf-8", page::CSS.to_owned())?),
            (page::ICON_PATH, text("image/svg+xml", page::ICON.to_owned())?),
        ]);
        let hashes: BTreeMap<&str, String> = files.iter().map(|(path, file)| (*path, file.hash())).collect();
        let named = serde_json::to_string_pretty(&hashes).context("the guide's files")?;
        let version = hex::encode(Sha256::digest(&named));
        let worker =
            format!("// Written by the desk.\nconst VERSION = \"{version}\";\nconst FILES = {named};\n{WORKER}");
        files.insert("/guide/worker.js", text("text/javascript; charset=utf-8", worker)?);
        Ok(Self { files, version })
    }

    /// What names these files, all of them together.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// What a phone downloads to have all of it, in bytes as they travel.
    #[must_use]
    pub fn weights(&self) -> BTreeMap<&'static str, usize> {
        self.files.iter().map(|(path, file)| (*path, file.packed.len())).collect()
    }

    fn answer(&self, path: &str, headers: &HeaderMap) -> Option<Response> {
        let file = self.files.get(path)?;
        let policy = (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(GUIDE_POLICY));
        let kind = (header::CONTENT_TYPE, HeaderValue::from_static(file.kind));
        let fresh = (header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        let vary = (header::VARY, HeaderValue::from_static("accept-encoding"));
        if takes_brotli(headers) {
            let packed = (header::CONTENT_ENCODING, HeaderValue::from_static("br"));
            return Some(([policy, kind, fresh, vary, packed], file.packed.clone()).into_response());
        }
        Some(([policy, kind, fresh, vary], file.bytes.clone()).into_response())
    }
}

/// `GET /guide`.
pub async fn there() -> Redirect {
    Redirect::permanent(PATH)
}

/// `GET /guide/`: the page, for whoever may ask at a desk. Installed, it is read without asking us.
pub async fn shown(State(desk): State<Arc<Desk>>, account: Account, headers: HeaderMap) -> Response {
    if let Err(refused) = desk.must(&account, Action::Ask, &Resource::Agency(account.agency.clone())) {
        return *refused;
    }
    match desk.guide().and_then(|guide| guide.answer(PATH, &headers)) {
        Some(answer) => answer,
        None => {
            let sentence = desk.words.say("guide-not-here", &[]);
            page::refusal(&desk, Some(&account), StatusCode::NOT_FOUND, &sentence)
        }
    }
}

/// `GET /guide/{file}`: what the page is made of, which is the same for everybody and tells of nobody.
pub async fn file(State(desk): State<Arc<Desk>>, Path(name): Path<String>, headers: HeaderMap) -> Response {
    let answer = desk.guide().and_then(|guide| guide.answer(&format!("{PATH}{name}"), &headers));
    answer.unwrap_or_else(|| page::refusal(&desk, None, StatusCode::NOT_FOUND, &desk.words.say("page-not-found", &[])))
}

/// `GET /guide/me`: who is signed in, whom they call, and which law the desk has today.
pub async fn me(State(desk): State<Arc<Desk>>, account: Account) -> Response {
    if let Err(refused) = desk.must(&account, Action::Ask, &Resource::Agency(account.agency.clone())) {
        return *refused;
    }
    let title = desk.agency_title(&account.agency);
    let posts = call::lines(&desk, &account);
    let pack = desk.pack.reference().sha256;
    Json(json!({
        "member": account.staff, "agency": account.agency, "site": account.site, "title": title, "posts": posts,
        "day": desk.now().date(), "zone": desk.pack.time_zone(), "pack": pack,
    }))
    .into_response()
}

/// The manifest by which a browser installs the guide (W3C Web Application Manifest).
fn manifest(desk: &Desk) -> String {
    let say = |id: &str| desk.words.say(id, &[]);
    json!({
        "id": PATH, "start_url": PATH, "scope": PATH, "name": say("guide-name"), "short_name": say("guide-short-name"),
        "description": say("guide-offline"), "display": "standalone", "lang": desk.words.lang(), "dir": desk.words.dir(),
        "background_color": "#ffffff", "theme_color": "#0b4f8a",
        "icons": [{ "src": page::ICON_PATH, "sizes": "any", "type": "image/svg+xml", "purpose": "any" }],
    })
    .to_string()
}

/// Sentences that the script says as they are.
const SAID: [&str; 71] = [
    "answer-yes",
    "answer-no",
    "answer-unknown",
    "answer-title",
    "ask-requester",
    "ask-requester-hint",
    "ask-statute",
    "ask-statute-hint",
    "ask-documents",
    "ask-documents-hint",
    "ask-documents-legend",
    "ask-search",
    "ask-search-hint",
    "gate-search-neither",
    "gate-search-conviction",
    "gate-search-match",
    "gate-search-both",
    "gate-search-unknown",
    "gate-title",
    "gate-emergency",
    "gate-other",
    "gate-other-act",
    "gate-continue",
    "gate-answer-now",
    "gate-answer-now-hint",
    "gate-so-far",
    "gate-go-on",
    "gate-go-on-hint",
    "gate-new",
    "say-title",
    "do-title",
    "do-not-title",
    "call-title",
    "outcome-barred",
    "outcome-barred-means",
    "outcome-escalate",
    "outcome-escalate-means",
    "outcome-court-paper",
    "outcome-court-paper-means",
    "record-title",
    "record-information-missing",
    "guide-record-why",
    "guide-record-button",
    "guide-why",
    "guide-step-back",
    "guide-broken",
    "guide-broken-means",
    "guide-not-installed",
    "guide-not-persistent",
    "guide-signed-out",
    "guide-sign-in",
    "guide-other-member",
    "guide-other-post",
    "guide-no-network",
    "guide-send",
    "guide-sent",
    "guide-mend",
    "guide-not-kept",
    "guide-unreadable",
    "guide-refused-other",
    "guide-needs-person",
    "guide-kept-nothing",
    "guide-kept-title",
    "guide-kept-here",
    "guide-kept-others",
    "guide-stale-old",
    "guide-stale-other-pack",
    "guide-holds",
    "guide-record-told",
    "guide-mend-title",
    "told-changed",
];

/// Sentences with something to fill in: the script puts it in the place of `{name}`.
const FILLED: [(&str, &str); 6] = [
    ("ask-of", "who"),
    ("read-until", "day"),
    ("guide-age", "day"),
    ("guide-never", "day"),
    ("guide-kept-day", "count"),
    ("guide-kept-day", "day"),
];

/// The sentences of the page, each under its id: those of every situation, every family and what may be said.
fn sentences(desk: &Desk) -> BTreeMap<String, String> {
    let words = &desk.words;
    let mut all = BTreeMap::new();
    let mut add = |id: String| {
        if words.has(&id) {
            let said = words.say(&id, &[]);
            all.insert(id, said);
        }
    };
    SAID.into_iter().for_each(|id| add(id.to_owned()));
    for situation in SITUATIONS {
        add(format!("situation-{}", situation.id));
        add(format!("situation-{}-hint", situation.id));
    }
    let families = SITUATIONS.iter().map(|one| one.family).chain(["door"]);
    for part in ["say", "do", "do-not"] {
        for end in ENDS.into_iter().filter(|end| matches!(*end, "barred" | "escalate" | "escalate-no-paper")) {
            families.clone().for_each(|family| add(format!("{part}-{family}-{end}")));
            add(format!("{part}-{end}"));
        }
    }
    for (id, _) in FILLED {
        let names: Vec<(&str, String)> =
            FILLED.iter().filter(|(other, _)| *other == id).map(|(_, name)| (*name, format!("{{{name}}}"))).collect();
        let filled: Vec<(&str, &str)> = names.iter().map(|(name, value)| (*name, value.as_str())).collect();
        all.insert(id.to_owned(), words.say(id, &filled));
    }
    all
}

/// The page: every sentence and the form that records in templates, which the script takes out.
pub(super) fn shell(desk: &Desk) -> String {
    let say = |id: &str| desk.words.say(id, &[]);
    let title = say("guide-name");
    let asks = intake::Asks {
        requester: None,
        informs: true,
        detainer: true,
        given: &Fields::default(),
        today: None,
        open: false,
    };
    let body: Markup = html! {
        p.banner role="note" { (say("guide-offline")) }
        p #stale .error role="alert" hidden {}
        p #told .banner role="status" aria-live="polite" hidden {}
        noscript { p.error { (say("guide-no-script")) } }
        div #screen { p { (say("guide-loading")) } }
        section #kept aria-labelledby="kept-title" hidden {}
        p #age .quiet hidden {}
        p.quiet { a href="/gate" { (say("guide-to-gate")) } }
        template #words { @for (id, sentence) in sentences(desk) { p data-id=(id) { (sentence) } } }
        template #record { (asks.fields(desk, None)) }
        script src="/guide/guide.js" defer {}
    };
    let page = page::page(desk, None, &title, &body).0;
    let link = "<link rel=\"manifest\" href=\"/guide/guide.webmanifest\">";
    page.replacen("</head>", &format!("{link}</head>"), 1)
}
