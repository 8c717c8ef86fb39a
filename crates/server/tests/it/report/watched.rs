//! Whoever watches a door sees whether its pages are the ones that the city has published, and what is wrong where they are not.

use std::{collections::BTreeMap, fs, sync::Mutex};

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri},
    response::{IntoResponse as _, Response},
};
use record::{KeySet, Sha256Hex};
use server::report::{
    UnorderedError,
    publish::{Order, publish},
    watch::{WatchError, Watched, Wrong, watch},
};

use super::{published::keys_of, *};

const POLICY: &str = "default-src 'none'";

/// Built pages with a packed file, and headers of their own.
fn built(folder: &Path) -> Sha256Hex {
    let hash = |bytes: &[u8]| hex::encode(Sha256::digest(bytes));
    for (name, bytes) in [("en.html", "page"), ("en.html.br", "packed"), ("x.js", "script")] {
        fs::write(folder.join(name), bytes).unwrap();
    }
    let html = "text/html; charset=utf-8";
    let manifest = serde_json::json!({
        "version": 1,
        "files": {
            "/en.html": { "sha256": hash(b"page"), "type": html, "br": true, "br_sha256": hash(b"packed") },
            "/x.js": { "sha256": hash(b"script"), "type": "text/javascript" },
        },
        "headers": { "/": { "content-security-policy": POLICY } },
    });
    fs::write(folder.join("manifest.json"), manifest.to_string()).unwrap();
    Sha256Hex::of(Sha256::digest(manifest.to_string()).into())
}

fn order(set: KeySet, manifest: Sha256Hex) -> Order {
    Order { set, manifest, asked_by: "A. Privacy".to_owned(), approved_by: "B. Counsel".to_owned(), from: None }
}

/// Pages that were ordered for a later day: refused where somebody named them, left alone where they only lay there.
#[test]
fn pages_whose_day_has_not_come_are_not_served() {
    let folder = tempfile::tempdir().unwrap();
    let manifest = built(folder.path());
    let from = date(2026, 12, 1);
    let (found, named) = (|| Bundle::Found(folder.path().to_owned()), || Bundle::Named(folder.path().to_owned()));
    let city = City::through(Base::Sqlite, Limits { reserve_bytes: 0, ..Limits::default() }, |parts| {
        let noon = DAY.at(12, 0, 0, 0).in_tz("America/New_York").unwrap();
        publish(&*parts.store, Order { from: Some(from), ..order(keys_of(&[1, 2]), manifest.clone()) }, &noon).unwrap();
        Parts { pages: Some(found()), ..parts }
    });
    assert_eq!(Phone::new(&city).call("GET", "/en.html", &[], b"").status, 404);
    assert_eq!(city.door.serves().unwrap(), None);
    for day in [DAY, from.yesterday().unwrap()] {
        city.clock.set(day);
        assert_eq!(city.opens_with(found()).unwrap().serves().unwrap(), None, "{day}");
        let refused = city.opens_with(named()).err().unwrap();
        let Some(UnorderedError::Waits { from: told, .. }) = refused.downcast_ref() else { panic!("{refused:#}") };
        assert_eq!(*told, from);
    }
    city.clock.set(from);
    for pages in [found(), named()] {
        assert_eq!(city.opens_with(pages).unwrap().serves().unwrap(), Some((manifest.clone(), false)));
    }
}

/// A city that serves published pages.
fn city() -> (City, tempfile::TempDir, Sha256Hex) {
    let folder = tempfile::tempdir().unwrap();
    let manifest = built(folder.path());
    let limits = Limits { reserve_bytes: 0, ..Limits::default() };
    let city = City::through(Base::Sqlite, limits, |parts| {
        let noon = DAY.at(12, 0, 0, 0).in_tz("America/New_York").unwrap();
        publish(&*parts.store, order(keys_of(&[1, 2]), manifest.clone()), &noon).unwrap();
        Parts { pages: Some(Bundle::Named(folder.path().to_owned())), ..parts }
    });
    (city, folder, manifest)
}

/// What a door answers, by path and whether a packed copy was asked for.
type Answers = BTreeMap<(String, bool), (StatusCode, HeaderMap, Vec<u8>)>;

/// A server that answers as a door did, but for what was changed.
struct Liar {
    url: String,
    answers: Arc<Mutex<Answers>>,
    truth: Answers,
    _runtime: tokio::runtime::Runtime,
}

async fn lie(State(answers): State<Arc<Mutex<Answers>>>, uri: Uri, headers: HeaderMap) -> Response {
    let asked = headers["accept-encoding"].to_str().unwrap();
    assert!(headers["user-agent"].to_str().unwrap().starts_with("Mozilla/"), "whoever watches asks as browsers do");
    let answers = answers.lock().unwrap();
    // What only browsers ask for: they alone take gzip.
    let browsers = answers.get(&(format!("{} to browsers", uri.path()), false)).filter(|_| asked.contains("gzip"));
    let packed = answers.get(&(uri.path().to_owned(), true)).filter(|_| asked.contains("br"));
    let found = browsers.or(packed).or(answers.get(&(uri.path().to_owned(), false))).cloned();
    found.map_or_else(
        || StatusCode::NOT_FOUND.into_response(),
        |(status, headers, body)| (status, headers, body).into_response(),
    )
}

impl Liar {
    fn like(url: &str) -> Self {
        let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let mut truth = Answers::new();
        for (path, packed) in [
            ("/", false),
            ("/", true),
            ("/manifest.json", false),
            ("/en.html", false),
            ("/en.html", true),
            ("/x.js", false),
            ("/in/pages", false),
        ] {
            let encoding = if packed { "br" } else { "identity" };
            let mut answer = agent.get(format!("{url}{path}")).header("accept-encoding", encoding).call().unwrap();
            let mut headers = answer.headers().clone();
            headers.remove("content-length");
            let body = answer.body_mut().read_to_vec().unwrap();
            truth.insert((path.to_owned(), packed), (answer.status(), headers, body));
        }
        let answers = Arc::new(Mutex::new(truth.clone()));
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let listener = runtime.block_on(server::listen::listen("127.0.0.1:0".parse().unwrap())).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(lie).with_state(Arc::clone(&answers));
        runtime.spawn(async move { axum::serve(listener, router).await });
        Self { url, answers, truth, _runtime: runtime }
    }

    /// What a watcher finds wrong when one answer is changed so.
    fn found(
        &self,
        keys: &[VerifierKey],
        (path, packed): (&str, bool),
        change: impl FnOnce(&mut (StatusCode, HeaderMap, Vec<u8>)),
    ) -> Vec<(String, Wrong)> {
        let mut changed = self.truth.clone();
        change(changed.get_mut(&(path.to_owned(), packed)).unwrap());
        *self.answers.lock().unwrap() = changed;
        let watched = watch(&self.url, keys, DAY).unwrap();
        watched.faults.into_iter().map(|fault| (fault.file, fault.what)).collect()
    }
}

fn log_keys(city: &City) -> Vec<VerifierKey> {
    parse_keys(&fs::read_to_string(city.path().join("log/log.vkey")).unwrap()).unwrap()
}

#[test]
fn whoever_watches_sees_that_the_pages_are_those_that_the_city_ordered() {
    let (city, _folder, manifest) = city();
    let keys = log_keys(&city);
    let early = watch(&city.url, &keys, DAY).unwrap();
    assert_eq!(
        early.faults.iter().map(|fault| &fault.what).collect::<Vec<_>>(),
        [&Wrong::NoOrder],
        "not in the log yet"
    );
    city.follow();
    let Watched { manifest: served, files, order, faults, .. } = watch(&format!("{}/", city.url), &keys, DAY).unwrap();
    assert_eq!((served, files, faults), (manifest, 2, vec![]));
    let order = order.unwrap();
    assert_eq!((order.from, order.asked_by.as_str(), order.approved_by.as_str()), (DAY, "A. Privacy", "B. Counsel"));
    assert_eq!((order.origin.as_str(), order.index, order.size), (ORIGIN, 1, 2));
    assert_eq!(city.verify().faults.named, []);

    let other = City::new(Base::Sqlite);
    other.follow();
    let foreign = watch(&city.url, &log_keys(&other), DAY).unwrap();
    assert!(matches!(foreign.faults.as_slice(), [fault] if matches!(fault.what, Wrong::NotInLog(_))), "{foreign:?}");
    assert!(matches!(watch(&other.url, &keys, DAY), Err(WatchError::NoManifest { status: 404, .. })));
}

#[test]
fn whatever_is_changed_on_its_way_is_named() {
    let (city, _folder, _) = city();
    city.follow();
    let keys = log_keys(&city);
    let liar = Liar::like(&city.url);
    assert_eq!(liar.found(&keys, ("/", false), |_| {}), []);
    let hash = |bytes: &[u8]| Sha256Hex::of(Sha256::digest(bytes).into());
    let other = hash(b"other");
    let at = |file: &str, what: Wrong| vec![(file.to_owned(), what)];
    for (path, packed) in [("/en.html", false), ("/en.html", true), ("/x.js", false), ("/", false)] {
        let found = liar.found(&keys, (path, packed), |answer| answer.2 = b"other".to_vec());
        assert_eq!(found, at(path, Wrong::Differs(other.clone())), "{path} {packed}");
    }
    let found = liar.found(&keys, ("/x.js", false), |answer| answer.0 = StatusCode::NOT_FOUND);
    assert_eq!(found, at("/x.js", Wrong::Status(404)));
    for (header, value) in [
        ("content-security-policy", Some("default-src *")),
        ("content-security-policy", None),
        ("content-type", Some("text/html")),
        ("set-cookie", Some("a=b")),
        ("link", Some("<https://elsewhere.example/x.js>; rel=preload")),
        ("report-to", Some("{}")),
    ] {
        let name = HeaderName::from_static(header);
        let found = liar.found(&keys, ("/en.html", true), |answer| {
            answer.1.remove(&name);
            if let Some(value) = value {
                answer.1.insert(&name, HeaderValue::from_static(value));
            }
        });
        assert_eq!(found, at("/en.html", Wrong::Header(header.to_owned())), "{header} {value:?}");
    }
    let found = liar.found(&keys, ("/x.js", false), |answer| {
        answer.1.insert("content-encoding", HeaderValue::from_static("gzip"));
    });
    assert_eq!(found, at("/x.js", Wrong::Differs(hash(b""))), "what does not unpack is nothing");
    // A second policy beside the first changes what the page may do no less.
    let found = liar.found(&keys, ("/en.html", false), |answer| {
        answer.1.append("content-security-policy", HeaderValue::from_static("sandbox"));
    });
    assert_eq!(found, at("/en.html", Wrong::Header("content-security-policy".to_owned())));

    // The bare address is held to the same, and what browsers alone are given.
    let found = liar.found(&keys, ("/", false), |answer| answer.0 = StatusCode::FOUND);
    assert_eq!(found, at("/", Wrong::Status(302)));
    for header in ["set-cookie", "refresh", "alt-svc", "speculation-rules", "accept-ch", "x-anything"] {
        let found = liar.found(&keys, ("/", false), |answer| {
            answer.1.insert(HeaderName::from_static(header), HeaderValue::from_static("x"));
        });
        assert_eq!(found, at("/", Wrong::Header(header.to_owned())), "{header}");
    }
    let mut changed = liar.truth.clone();
    let mut evil = changed[&("/x.js".to_owned(), false)].clone();
    evil.2 = b"other".to_vec();
    changed.insert(("/x.js to browsers".to_owned(), false), evil);
    *liar.answers.lock().unwrap() = changed;
    let watched = watch(&liar.url, &keys, DAY).unwrap();
    assert_eq!(watched.faults.iter().map(|fault| &fault.what).collect::<Vec<_>>(), [&Wrong::Differs(other.clone())]);
    // A door that breaks off where the order is asked for hides nothing of what was found before.
    let mut changed = liar.truth.clone();
    changed.get_mut(&("/x.js".to_owned(), false)).unwrap().2 = b"other".to_vec();
    changed.get_mut(&("/in/pages".to_owned(), false)).unwrap().2 = vec![b'x'; (16 << 20) + 1];
    *liar.answers.lock().unwrap() = changed;
    let watched = watch(&liar.url, &keys, DAY).unwrap();
    let found: Vec<_> = watched.faults.iter().map(|fault| (fault.file.as_str(), &fault.what)).collect();
    let [("/x.js", Wrong::Differs(found)), ("/in/pages", Wrong::Broken(_))] = found.as_slice() else {
        panic!("{found:?}")
    };
    assert_eq!(*found, other);
    // Another way to the pages is told, and not believed; a day that has not come is a fault.
    let found = liar.found(&keys, ("/en.html", false), |answer| {
        answer.1.insert("onion-location", HeaderValue::from_static("http://x.onion/en.html"));
    });
    assert_eq!(found, []);
    let watched = watch(&liar.url, &keys, DAY.yesterday().unwrap()).unwrap();
    assert!(watched.onions.contains("http://x.onion/en.html"));
    assert_eq!(watched.faults.iter().map(|fault| &fault.what).collect::<Vec<_>>(), [&Wrong::Early(DAY)]);

    // A whole other bundle, consistent in itself: only the log tells.
    let text = String::from_utf8(liar.truth[&("/manifest.json".to_owned(), false)].2.clone()).unwrap();
    let evil = text.replace(hash(b"script").as_str(), other.as_str());
    let found = liar.found(&keys, ("/manifest.json", false), |answer| answer.2 = evil.into_bytes());
    let ordered = hash(text.as_bytes());
    let wanted = [at("/x.js", Wrong::Differs(hash(b"script"))), at("/in/pages", Wrong::OtherPages(ordered))].concat();
    assert_eq!(found, wanted);
    let outside = text.replace("\"/x.js\"", "\"/../x.js\"");
    let found = liar.found(&keys, ("/manifest.json", false), |answer| answer.2 = outside.into_bytes());
    assert_eq!(found[0], ("/../x.js".to_owned(), Wrong::Name));

    // The proof: none, cut off, of another entry.
    let found = liar.found(&keys, ("/in/pages", false), |answer| answer.0 = StatusCode::NOT_FOUND);
    assert_eq!(found, at("/in/pages", Wrong::NoOrder));
    let keys_proof = Phone::new(&city).call("GET", "/in/keys", &[], b"").body;
    for proof in [b"no proof".to_vec(), keys_proof] {
        let found = liar.found(&keys, ("/in/pages", false), |answer| answer.2 = proof);
        assert!(matches!(found.as_slice(), [(_, Wrong::NotInLog(_))]), "{found:?}");
    }
}

/// What a door was asked for, in order: the path, and what it was asked with.
type Asked = Arc<Mutex<Vec<(String, HeaderMap)>>>;
/// What it serves, by name.
type Files = Arc<BTreeMap<String, Vec<u8>>>;

/// A door with pages that name each other, packed for whoever takes that; it writes down how it was asked.
async fn listen(State((files, asked)): State<(Files, Asked)>, uri: Uri, headers: HeaderMap) -> Response {
    let takes = headers["accept-encoding"].to_str().unwrap().contains("br");
    asked.lock().unwrap().push((uri.path().to_owned(), headers));
    let name = if uri.path() == "/" { "/en.html" } else { uri.path() };
    let Some(bytes) = files.get(name) else { return StatusCode::NOT_FOUND.into_response() };
    let packed = takes.then(|| files.get(&format!("{name}.br"))).flatten();
    let coding = packed.map(|_| [("content-encoding", "br")]);
    ([("content-type", "text/plain")], coding, packed.unwrap_or(bytes).clone()).into_response()
}

/// Whoever watches has asked for every page, style, script and worker as a browser does before the first call that none makes.
#[test]
fn whoever_watches_is_a_browser_until_it_has_seen_the_pages() {
    let page = r#"<link rel="icon" href="/i.svg"><link rel="stylesheet" href="/p.css"><script src="/x.js"></script>
        <a href="/es.html">es</a><li data-file="/x.wasm"></li>"#;
    let mut files: BTreeMap<String, Vec<u8>> = [
        ("/en.html", page),
        ("/es.html", "es"),
        ("/i.svg", "icon"),
        ("/p.css", "style"),
        ("/x.js", r#"new Worker("/w.js")"#),
        ("/w.js", "worker"),
        ("/x.wasm", "module"),
        ("/unnamed.bin", "keys"),
    ]
    .map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec()))
    .into();
    let hash = |bytes: &[u8]| hex::encode(Sha256::digest(bytes));
    let mut named = serde_json::Map::new();
    let mut pack = BTreeMap::new();
    for (name, bytes) in &files {
        let mut packed = Vec::new();
        brotli::BrotliCompress(&mut &bytes[..], &mut packed, &brotli::enc::BrotliEncoderParams::default()).unwrap();
        let entry =
            serde_json::json!({ "sha256": hash(bytes), "type": "text/plain", "br": true, "br_sha256": hash(&packed) });
        named.insert(name.clone(), entry);
        pack.insert(format!("{name}.br"), packed);
    }
    files.extend(pack);
    let manifest = serde_json::json!({ "version": 1, "files": named, "headers": {} });
    files.insert("/manifest.json".to_owned(), manifest.to_string().into_bytes());

    let asked = Asked::default();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let listener = runtime.block_on(server::listen::listen("127.0.0.1:0".parse().unwrap())).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new().fallback(listen).with_state((Arc::new(files), Arc::clone(&asked)));
    runtime.spawn(async move { axum::serve(listener, router).await });
    let watched = watch(&url, &[], DAY).unwrap();
    assert_eq!(watched.faults.iter().map(|fault| &fault.what).collect::<Vec<_>>(), [&Wrong::NoOrder]);

    let asked = asked.lock().unwrap();
    let of =
        |headers: &HeaderMap, name: &str| headers.get(name).map_or("-", |value| value.to_str().unwrap()).to_owned();
    let before = asked.iter().take_while(|(path, _)| path != "/manifest.json");
    let seen: Vec<String> = before
        .map(|(path, headers)| {
            assert_eq!(of(headers, "accept-encoding"), "gzip, deflate, br, zstd", "{path}");
            assert!(of(headers, "user-agent").starts_with("Mozilla/"), "{path}");
            format!("{path} {} {}", of(headers, "sec-fetch-dest"), of(headers, "sec-fetch-mode"))
        })
        .collect();
    assert_eq!(
        seen,
        [
            "/ document navigate",
            "/i.svg image no-cors",
            "/p.css style cors",
            "/x.js script cors",
            "/es.html document navigate",
            "/x.wasm empty cors",
            "/w.js worker same-origin",
        ]
    );
    // What no page names is asked for in the same way, and all of it as it is and packed too.
    for path in watched_paths(&asked) {
        let ways: Vec<String> = asked
            .iter()
            .filter(|(asked, _)| *asked == path)
            .map(|(_, headers)| of(headers, "accept-encoding"))
            .collect();
        assert_eq!(ways, ["gzip, deflate, br, zstd", "identity", "br"], "{path}");
    }
}

/// The paths of files that were asked for.
fn watched_paths(asked: &[(String, HeaderMap)]) -> std::collections::BTreeSet<String> {
    let paths = asked.iter().map(|(path, _)| path.clone());
    let paths: std::collections::BTreeSet<_> =
        paths.filter(|path| path != "/manifest.json" && path != "/in/pages").collect();
    assert_eq!(paths.len(), 9, "{paths:?}");
    paths
}
