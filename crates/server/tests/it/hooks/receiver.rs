//! A program of the city that takes messages, or does not: it lies on command.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::{Arc, Condvar, Mutex},
    thread,
    time::{Duration, Instant},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use ed25519_dalek::{Signature, VerifyingKey};
use serde_json::Value;

/// What it does with what it is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Manner {
    /// Takes it.
    Take,
    /// Answers with these lines of a head, and this body.
    Answer(String, Vec<u8>),
    /// Closes without a word.
    Close,
    /// Says nothing until it is told otherwise.
    Hang,
    /// Says a letter of an endless head now and then.
    Drip,
}

impl Manner {
    pub fn status(status: u16) -> Self {
        Self::Answer(format!("HTTP/1.1 {status} Said\r\ncontent-length: 0\r\n"), Vec::new())
    }
}

/// A message as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    pub path: String,
    pub id: String,
    pub timestamp: i64,
    pub signatures: Vec<String>,
    pub body: String,
}

impl Message {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// The request that it is about.
    pub fn request(&self) -> String {
        self.json()["data"]["request"].as_str().unwrap().to_owned()
    }

    /// Whether one of its signatures is of this key (`whpk_…`), checked without anything of ours.
    pub fn is_signed_by(&self, key: &str) -> bool {
        let key = STANDARD.decode(key.strip_prefix("whpk_").unwrap()).unwrap();
        let key = VerifyingKey::from_bytes(&key.try_into().unwrap()).unwrap();
        let signed = format!("{}.{}.{}", self.id, self.timestamp, self.body);
        self.signatures.iter().any(|one| {
            let bytes = STANDARD.decode(one.strip_prefix("v1a,").unwrap()).unwrap();
            key.verify_strict(signed.as_bytes(), &Signature::from_slice(&bytes).unwrap()).is_ok()
        })
    }
}

struct Shared {
    manner: Mutex<Manner>,
    seen: Mutex<Vec<Message>>,
    changed: Condvar,
}

pub struct Receiver {
    pub port: u16,
    shared: Arc<Shared>,
}

impl Receiver {
    pub fn start(manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared =
            Arc::new(Shared { manner: Mutex::new(manner), seen: Mutex::new(Vec::new()), changed: Condvar::new() });
        let ours = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (stream, shared) = (stream.unwrap(), Arc::clone(&ours));
                // Whoever sent may be gone; that is no fault of the receiver's.
                thread::spawn(move || serve(&stream, &shared));
            }
        });
        Self { port, shared }
    }

    pub fn address(&self) -> String {
        format!("http://127.0.0.1:{}/vouchsafe/s3cret?of=city", self.port)
    }

    pub fn be(&self, manner: Manner) {
        *self.shared.manner.lock().unwrap() = manner;
        self.shared.changed.notify_all();
    }

    pub fn seen(&self) -> Vec<Message> {
        self.shared.seen.lock().unwrap().clone()
    }

    /// Waits until it has seen what it is asked for; a server that never sends it fails the test after minutes.
    pub fn wait(&self, what: &str, mut until: impl FnMut(&[Message]) -> bool) -> Vec<Message> {
        let end = Instant::now() + Duration::from_mins(5);
        let mut seen = self.shared.seen.lock().unwrap();
        while !until(&seen) {
            let left = end.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "{what} never came; what came: {seen:?}");
            seen = self.shared.changed.wait_timeout(seen, left).unwrap().0;
        }
        seen.clone()
    }
}

fn serve(mut stream: &TcpStream, shared: &Shared) -> Option<()> {
    let message = read(stream)?;
    let manner = shared.manner.lock().unwrap().clone();
    shared.seen.lock().unwrap().push(message);
    shared.changed.notify_all();
    match manner {
        Manner::Take => write!(stream, "HTTP/1.1 204 Taken\r\n\r\n").ok(),
        Manner::Answer(head, body) => {
            write!(stream, "{head}\r\n").ok()?;
            stream.write_all(&body).ok()
        }
        Manner::Close => None,
        Manner::Hang => {
            let mut now = shared.manner.lock().unwrap();
            while *now == Manner::Hang {
                now = shared.changed.wait(now).unwrap();
            }
            None
        }
        Manner::Drip => {
            write!(stream, "HTTP/1.1 200 Taken\r\nx-endless: ").ok()?;
            while *shared.manner.lock().unwrap() == Manner::Drip {
                write!(stream, "x").ok()?;
                thread::sleep(Duration::from_millis(20));
            }
            None
        }
    }
}

fn read(stream: &TcpStream) -> Option<Message> {
    let mut reader = BufReader::new(stream);
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let line = line.trim_end().to_owned();
        if line.is_empty() {
            break;
        }
        lines.push(line);
    }
    let header = |name: &str| {
        let found = lines.iter().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
        });
        found.unwrap_or_else(|| panic!("{name} is missing: {lines:?}"))
    };
    assert_eq!(header("content-type"), "application/json");
    assert_eq!(header("user-agent"), "vouchsafe");
    let mut body = vec![0; header("content-length").parse().unwrap()];
    reader.read_exact(&mut body).ok()?;
    Some(Message {
        path: lines[0].clone(),
        id: header("webhook-id"),
        timestamp: header("webhook-timestamp").parse().unwrap(),
        signatures: header("webhook-signature").split(' ').map(str::to_owned).collect(),
        body: String::from_utf8(body).unwrap(),
    })
}
