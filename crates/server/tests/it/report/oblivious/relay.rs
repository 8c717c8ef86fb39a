//! A relay as an independent organisation would run it, which also notes what it saw; and a watcher before the door.

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::Mutex,
};

use axum::{
    Router,
    body::Bytes,
    extract::{ConnectInfo, State},
    http::{HeaderMap, Method, StatusCode},
    response::{IntoResponse as _, Response},
    routing::any,
};
use server::report::oblivious::GATEWAY;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::*;

/// Where phones come from in these tests.
const PHONE: &str = "127.0.0.2:0";

#[derive(Default)]
struct Noted {
    peers: Vec<String>,
    heads: String,
    exchanges: Vec<(Vec<u8>, Vec<u8>)>,
}

struct Relaying {
    gateway: String,
    agent: ureq::Agent,
    noted: Mutex<Noted>,
}

/// A relay, started by a test.
pub struct Relay {
    address: SocketAddr,
    relaying: Arc<Relaying>,
    runtime: tokio::runtime::Runtime,
}

/// All that a relay saw.
pub struct Seen {
    pub from_phone: Vec<u8>,
    pub to_phone: Vec<u8>,
    pub calls: usize,
}

/// Forwards method, media type and content, and nothing else (RFC 9458, section 6.2).
async fn forward(
    State(relaying): State<Arc<Relaying>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    method: Method,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let asked = {
        let mut noted = relaying.noted.lock().unwrap();
        noted.peers.push(peer.ip().to_string());
        noted.heads.push_str(&format!("{headers:?}"));
        body.to_vec()
    };
    let (of, media) = (Arc::clone(&relaying), headers.get("content-type").cloned());
    let answer = tokio::task::spawn_blocking(move || {
        let mut request = ureq::http::Request::builder().method(method.as_str()).uri(&of.gateway);
        if let Some(media) = media {
            request = request.header("content-type", media);
        }
        let answer = match method {
            Method::GET => of.agent.run(request.body(()).unwrap()),
            _ => of.agent.run(request.body(body.to_vec()).unwrap()),
        };
        let mut answer = answer.unwrap();
        let media = answer.headers().get("content-type").cloned();
        let bytes = answer.body_mut().with_config().limit(64 << 20).read_to_vec().unwrap();
        (answer.status(), media, bytes)
    });
    let (status, media, bytes) = answer.await.unwrap();
    relaying.noted.lock().unwrap().exchanges.push((asked, bytes.clone()));
    let mut response = (StatusCode::from_u16(status.as_u16()).unwrap(), bytes).into_response();
    if let Some(media) = media {
        response.headers_mut().insert("content-type", media);
    }
    response
}

impl Relay {
    /// A relay for the gateway of one door.
    pub fn start(door: &str) -> Self {
        let config = ureq::Agent::config_builder().http_status_as_error(false).user_agent("relay").build();
        let relaying = Arc::new(Relaying {
            gateway: format!("{door}{GATEWAY}"),
            agent: ureq::Agent::new_with_config(config),
            noted: Mutex::default(),
        });
        let router = Router::new().route("/", any(forward)).layer(axum::extract::DefaultBodyLimit::disable());
        let router = router.with_state(Arc::clone(&relaying)).into_make_service_with_connect_info::<SocketAddr>();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        runtime.spawn(async move { axum::serve(listener, router).await });
        Self { address, relaying, runtime }
    }

    /// A request as a browser of the phone sends it: with all that browsers tell.
    fn request(&self, method: &str, media: &str, body: &[u8]) -> Answer {
        let head = format!(
            "{method} / HTTP/1.1\r\nhost: relay.example\r\nuser-agent: telltale phone\r\nx-forwarded-for: 203.0.113.77\r\n\
             cookie: telltale=1\r\n{media}content-length: {}\r\nconnection: close\r\n\r\n",
            body.len()
        );
        let bytes = self.runtime.block_on(async {
            let socket = tokio::net::TcpSocket::new_v4().unwrap();
            socket.bind(PHONE.parse().unwrap()).unwrap();
            let mut stream = socket.connect(self.address).await.unwrap();
            stream.write_all(head.as_bytes()).await.unwrap();
            stream.write_all(body).await.unwrap();
            let mut bytes = Vec::new();
            stream.read_to_end(&mut bytes).await.unwrap();
            bytes
        });
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
        let head = std::str::from_utf8(&bytes[..end]).unwrap();
        let mut headers = ureq::http::HeaderMap::new();
        for line in head.lines().skip(1) {
            let (name, value) = line.split_once(": ").unwrap();
            let name: ureq::http::HeaderName = name.parse().unwrap();
            headers.append(name, value.parse().unwrap());
        }
        Answer { status: head[9..12].parse().unwrap(), body: bytes[end + 4..].to_vec(), headers }
    }

    /// The door's keys, as the relay gives them.
    pub fn keys(&self) -> Answer {
        self.request("GET", "", b"")
    }

    /// One encapsulated call.
    pub fn post(&self, capsule: &[u8]) -> Answer {
        self.request("POST", "content-type: message/ohttp-req\r\n", capsule)
    }

    /// All calls that went through, each with its answer, without the keys.
    pub fn posted(&self) -> Vec<(Vec<u8>, Vec<u8>)> {
        let noted = self.relaying.noted.lock().unwrap();
        noted.exchanges.iter().filter(|(asked, _)| !asked.is_empty()).cloned().collect()
    }

    pub fn seen(&self) -> Seen {
        let noted = self.relaying.noted.lock().unwrap();
        let mut seen = Seen { from_phone: noted.heads.clone().into_bytes(), to_phone: Vec::new(), calls: 0 };
        for (asked, answered) in &noted.exchanges {
            seen.from_phone.extend_from_slice(asked);
            seen.to_phone.extend_from_slice(answered);
            seen.calls += 1;
        }
        seen
    }

    /// From where phones came, and what their requests said beside.
    pub fn peers(&self) -> (Vec<String>, String) {
        let noted = self.relaying.noted.lock().unwrap();
        (noted.peers.clone(), noted.heads.clone())
    }
}

/// Stands before a door, hands every byte on, and notes what comes and from where.
pub struct Watched {
    pub url: String,
    seen: Arc<Mutex<(Vec<String>, Vec<u8>)>>,
}

impl Watched {
    pub fn before(door: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (door, seen) = (door.strip_prefix("http://").unwrap().to_owned(), Arc::new(Mutex::default()));
        let notes: Arc<Mutex<(Vec<String>, Vec<u8>)>> = Arc::clone(&seen);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut from = stream.unwrap();
                notes.lock().unwrap().0.push(from.peer_addr().unwrap().ip().to_string());
                let mut to = TcpStream::connect(&door).unwrap();
                let (mut back_from, mut back_to) = (to.try_clone().unwrap(), from.try_clone().unwrap());
                std::thread::spawn(move || std::io::copy(&mut back_from, &mut back_to));
                let notes = Arc::clone(&notes);
                std::thread::spawn(move || {
                    let mut piece = [0; 4096];
                    while let Ok(read @ 1..) = from.read(&mut piece) {
                        notes.lock().unwrap().1.extend_from_slice(&piece[..read]);
                        if to.write_all(&piece[..read]).is_err() {
                            return;
                        }
                    }
                });
            }
        });
        Self { url, seen }
    }

    pub fn seen(&self) -> (Vec<String>, Vec<u8>) {
        self.seen.lock().unwrap().clone()
    }
}
