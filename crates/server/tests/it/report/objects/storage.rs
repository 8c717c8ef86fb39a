//! Object storage to test against: one of our own that lies on command, and moto, which others wrote (a mock of S3: it does not
//! check signatures).

use std::{
    collections::BTreeMap,
    os::unix::fs::OpenOptionsExt as _,
    process::{Child, Command, Stdio},
    sync::{Condvar, Mutex},
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Path as Named, Query, Request, State},
    http::{HeaderMap, StatusCode, header::CONTENT_LENGTH},
    middleware::Next,
    response::{IntoResponse as _, Response},
    routing::get,
};

use super::super::*;

pub const BUCKET: &str = "sealed-bytes";
const SECRET: &str = "a telltale secret";

/// What the storage does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    Sound,
    /// It takes nothing.
    Full,
    /// It says that it has what it does not keep.
    Forgets,
    /// It keeps other bytes than it was given.
    Changes,
    /// It gives back less than it was given.
    GivesHalf,
    /// It is out of order: whoever stands before it says so.
    Away,
    /// Whoever stands before it says that there is nothing here.
    Absent,
    /// It takes what it is given, and says nothing of it.
    Silent,
    /// Its bucket keeps versions.
    KeepsVersions,
    /// It cannot say whether it does.
    SaysNothing,
    /// It sends the caller elsewhere.
    Elsewhere,
    /// It answers when it is told to.
    Waits,
}

struct Kept {
    objects: Mutex<BTreeMap<String, Bytes>>,
    mood: Mutex<Mood>,
    changed: Condvar,
    /// How many puts came.
    puts: AtomicU64,
}

/// Storage that lies on command.
pub struct Lying {
    kept: Arc<Kept>,
    pub url: String,
    _runtime: tokio::runtime::Runtime,
}

type At = State<Arc<Kept>>;

/// Lets a call pass that bears a signature by the key that the file names, over the headers that are always sent.
async fn signed(Query(query): Query<BTreeMap<String, String>>, request: Request, next: Next) -> Response {
    let has = |name: &str, text: &str| query.get(name).is_some_and(|value| value.contains(text));
    let signed = has("X-Amz-Credential", "the-key/") && has("X-Amz-SignedHeaders", "host");
    if signed && query.contains_key("X-Amz-Signature") {
        next.run(request).await
    } else {
        StatusCode::FORBIDDEN.into_response()
    }
}

async fn about(State(kept): At, Query(query): Query<BTreeMap<String, String>>) -> Response {
    if !query.contains_key("versioning") {
        return StatusCode::FORBIDDEN.into_response();
    }
    match *kept.mood.lock().unwrap() {
        Mood::KeepsVersions => {
            "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>".into_response()
        }
        Mood::SaysNothing => "<html>welcome</html>".into_response(),
        _ => r#"<VersioningConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"/>"#.into_response(),
    }
}

async fn put(State(kept): At, Named((_, key)): Named<(String, String)>, headers: HeaderMap, body: Bytes) -> Response {
    kept.puts.fetch_add(1, Ordering::SeqCst);
    let announced = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    if announced != Some(body.len()) {
        return StatusCode::FORBIDDEN.into_response();
    }
    let kept_too = Arc::clone(&kept);
    let mood = tokio::task::spawn_blocking(move || {
        let mut mood = kept_too.mood.lock().unwrap();
        while *mood == Mood::Waits {
            mood = kept_too.changed.wait(mood).unwrap();
        }
        *mood
    });
    let mut body = body.to_vec();
    match mood.await.unwrap() {
        Mood::Full => return StatusCode::INSUFFICIENT_STORAGE.into_response(),
        Mood::Elsewhere => {
            return (StatusCode::TEMPORARY_REDIRECT, [("location", "http://127.0.0.1:1/")]).into_response();
        }
        Mood::Forgets => return StatusCode::OK.into_response(),
        Mood::Changes => body[7] ^= 1,
        _ => {}
    }
    kept.objects.lock().unwrap().insert(key, body.into());
    if *kept.mood.lock().unwrap() == Mood::Silent {
        return StatusCode::BAD_GATEWAY.into_response();
    }
    StatusCode::OK.into_response()
}

async fn give(State(kept): At, Named((_, key)): Named<(String, String)>) -> Response {
    let Some(body) = kept.objects.lock().unwrap().get(&key).cloned() else {
        return StatusCode::NOT_FOUND.into_response();
    };
    if *kept.mood.lock().unwrap() == Mood::GivesHalf {
        return body.slice(..body.len() / 2).into_response();
    }
    body.into_response()
}

async fn take_away(State(kept): At, Named((_, key)): Named<(String, String)>) -> Response {
    match *kept.mood.lock().unwrap() {
        Mood::Away => return StatusCode::SERVICE_UNAVAILABLE.into_response(),
        Mood::Absent => return StatusCode::NOT_FOUND.into_response(),
        _ => {}
    }
    kept.objects.lock().unwrap().remove(&key);
    if *kept.mood.lock().unwrap() == Mood::KeepsVersions {
        return (StatusCode::NO_CONTENT, [("x-amz-delete-marker", "true")]).into_response();
    }
    StatusCode::NO_CONTENT.into_response()
}

impl Lying {
    pub fn new() -> Self {
        let kept = Arc::new(Kept {
            objects: Mutex::default(),
            mood: Mutex::new(Mood::Sound),
            changed: Condvar::new(),
            puts: AtomicU64::new(0),
        });
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let paths = Router::new()
            .route("/{bucket}/", get(about))
            .route("/{bucket}/{*key}", get(give).put(put).delete(take_away))
            .layer(axum::middleware::from_fn(signed))
            .layer(DefaultBodyLimit::disable())
            .with_state(Arc::clone(&kept));
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        runtime.spawn(async { axum::serve(listener, paths).await });
        Self { kept, url, _runtime: runtime }
    }

    pub fn is(&self, mood: Mood) {
        *self.kept.mood.lock().unwrap() = mood;
        self.kept.changed.notify_all();
    }

    pub fn objects(&self) -> BTreeMap<String, Bytes> {
        self.kept.objects.lock().unwrap().clone()
    }

    /// Changes one bit of every object.
    pub fn is_tampered_with(&self) {
        for object in self.kept.objects.lock().unwrap().values_mut() {
            let mut bytes = object.to_vec();
            bytes[100] ^= 1;
            *object = bytes.into();
        }
    }

    pub fn loses_everything(&self) {
        self.kept.objects.lock().unwrap().clear();
    }

    /// Returns when so many puts have come.
    pub fn has_puts(&self, count: u64) {
        let until = Instant::now() + Duration::from_secs(60);
        while self.kept.puts.load(Ordering::SeqCst) < count {
            assert!(Instant::now() < until, "no put came");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

/// moto, which ends with the test.
pub struct Moto {
    process: Child,
    pub url: String,
}

impl Moto {
    /// None, and said so, where nobody tells where it is.
    pub fn start() -> Option<Self> {
        let Some(program) = std::env::var_os("VOUCHSAFE_MOTO") else {
            println!("skipped: moto is not named (`cargo xtask test` installs it)");
            return None;
        };
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let process = Command::new(program)
            .args(["-H", "127.0.0.1", "-p", &port.to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("moto starts");
        let moto = Self { process, url: format!("http://127.0.0.1:{port}") };
        let until = Instant::now() + Duration::from_secs(120);
        let config = ureq::Agent::config_builder().http_status_as_error(false).build();
        let agent = ureq::Agent::new_with_config(config);
        while agent.put(format!("{}/{BUCKET}", moto.url)).send_empty().is_err() {
            assert!(Instant::now() < until, "moto does not answer");
            std::thread::sleep(Duration::from_millis(100));
        }
        Some(moto)
    }

    pub fn keeps_versions(&self) {
        let ask = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
        let answer = ureq::put(format!("{}/{BUCKET}?versioning", self.url)).send(ask).unwrap();
        assert_eq!(answer.status(), 200);
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// What the file of a data folder says.
pub fn settings(endpoint: &str) -> String {
    settings_with(endpoint, "the-key", SECRET)
}

pub fn settings_with(endpoint: &str, key: &str, secret: &str) -> String {
    format!(
        "endpoint = \"{endpoint}\"\nbucket = \"{BUCKET}\"\nregion = \"us-east-1\"\naccess_key_id = \"{key}\"\n\
         secret_access_key = \"{secret}\"\n"
    )
}

/// Writes it, for its owner alone.
pub fn write_settings(data: &Path, text: &str) {
    use std::io::Write as _;
    let path = data.join("keys/objects.toml");
    let mut options = std::fs::File::options();
    options.write(true).create(true).truncate(true).mode(0o600);
    options.open(path).unwrap().write_all(text.as_bytes()).unwrap();
}

/// A city whose attachments go there when their day is closed.
pub fn city_with(base: Base, endpoint: &str) -> City {
    city_by(base, &settings(endpoint))
}

/// A city with this file.
pub fn city_by(base: Base, settings: &str) -> City {
    let limits = Limits { reserve_bytes: 0, ..Limits::default() };
    City::through(base, limits, |parts| {
        write_settings(&parts.data, settings);
        parts
    })
}
