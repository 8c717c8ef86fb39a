//! The interface from outside, on a served city: a jail's own program and what it is given, on SQLite and PostgreSQL.

/// Each of these tests with a city of its own, on SQLite and on PostgreSQL.
macro_rules! on_both {
    ($($test:ident),* $(,)?) => {
        $(mod $test {
            #[test]
            fn sqlite() {
                super::$test($crate::api::City::sqlite());
            }

            #[test]
            fn postgres() {
                super::$test($crate::api::City::postgres(stringify!($test)));
            }
        })*
    };
}
pub(crate) use on_both;

mod described;
mod refused;
mod repeated;

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    sync::atomic::{AtomicUsize, Ordering},
};

use serde_json::{Value, json};

use record::Actor;
use server::store::{Sqlite, Store as _, Stored};

use crate::{commands::Place, served::Served, store::cluster};

/// Everything that a system can be given.
const ALL: &str = "ask,list,read,record,state,findings";

/// A city with its data folder or database, which can be served and given systems.
pub struct City {
    pub place: Place,
    options: Vec<String>,
    /// How many systems it was given.
    systems: AtomicUsize,
}

impl City {
    pub fn sqlite() -> Self {
        Self {
            place: Place::new(),
            options: vec!["--data".to_owned(), "data".to_owned()],
            systems: AtomicUsize::new(0),
        }
    }

    pub fn postgres(name: &str) -> Self {
        let place = Place::new();
        let database = cluster::database(&format!("api_{name}"));
        place.file("city.toml", format!("data = \"data\"\n[store]\npostgres = \"{database}\"\n"));
        Self { place, options: vec!["--config".to_owned(), "city.toml".to_owned()], systems: AtomicUsize::new(0) }
    }

    pub fn options(&self) -> Vec<&str> {
        self.options.iter().map(String::as_str).collect()
    }

    /// Runs a command on the city, which must go well.
    pub fn run(&self, words: &[&str]) -> Value {
        let run = self.place.run(&[words, &self.options(), &["--json"]].concat());
        assert_eq!(run.status, 0, "{words:?}: {}", run.err);
        run.json()
    }

    /// A system with its token; the second of a city and further ones have a number in their name.
    pub fn system(&self, agency: &str, uses: &str) -> System {
        let name = match self.systems.fetch_add(1, Ordering::Relaxed) {
            0 => "Jail management".to_owned(),
            before => format!("Jail management {}", before + 1),
        };
        let made = self.run(&["systems", "add", &name, "--agency", agency, "--may", uses, "--by", "B. Operator"]);
        let text = |name: &str| made[name].as_str().unwrap().to_owned();
        System { id: text("system"), token: text("token") }
    }

    pub fn serve(&self) -> Served {
        Served::start(&self.place, &self.options())
    }

    /// How many entries the record has, as `verify` recomputes them, whether or not the log has taken them in.
    pub fn size(&self) -> u64 {
        let config = if self.options[0] == "--config" { self.options() } else { Vec::new() };
        let run = self.place.run(&[&["verify", "data", "--json"][..], &config].concat());
        assert_eq!(run.status, 0, "{}{}", run.out, run.err);
        run.json()["record"]["recomputed"].as_u64().unwrap()
    }
}

/// A program of the city.
pub struct System {
    pub id: String,
    pub token: String,
}

/// An answer of the interface.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: Value,
}

impl Answer {
    /// The words of what is wrong, by place.
    fn places(&self) -> Vec<(&str, &str)> {
        let errors = self.body["errors"].as_array().map(Vec::as_slice).unwrap_or_default();
        errors.iter().map(|one| (one["place"].as_str().unwrap(), one["what"].as_str().unwrap())).collect()
    }

    fn kind(&self) -> &str {
        assert!(self.head.contains("content-type: application/problem+json"), "{}", self.head);
        assert_eq!(self.body["status"], self.status, "{}", self.body);
        self.body["type"].as_str().unwrap().strip_prefix("urn:vouchsafe:problem:").unwrap()
    }
}

/// One call, or none if the server went away under it.
fn try_call(at: &str, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Option<Answer> {
    let mut stream = TcpStream::connect(at).ok()?;
    let mut call = format!("{method} {path} HTTP/1.1\r\nconnection: close\r\ncontent-length: {}\r\n", body.len());
    if !headers.iter().any(|(name, _)| *name == "host") {
        call.push_str(&format!("host: {at}\r\n"));
    }
    for (name, value) in headers {
        call.push_str(&format!("{name}: {value}\r\n"));
    }
    call.push_str("\r\n");
    stream.write_all(&[call.as_bytes(), body].concat()).ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok()?;
    let at = answer.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = String::from_utf8(answer[..at].to_vec()).unwrap();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "))?.parse::<usize>().unwrap();
    let body = answer.split_off(at + 4);
    if body.len() < length {
        return None;
    }
    let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
    Some(Answer { status: head[9..12].parse().unwrap(), head, body })
}

impl System {
    pub fn call(&self, served: &Served, method: &str, path: &str, body: &Value) -> Answer {
        self.keyed(served, method, path, &format!("a-key-of-its-own-{}", fresh()), body)
    }

    fn keyed(&self, served: &Served, method: &str, path: &str, key: &str, body: &Value) -> Answer {
        let bearer = format!("Bearer {}", self.token);
        let mut headers = vec![("authorization", bearer.as_str())];
        let body = if method == "POST" { body.to_string() } else { String::new() };
        if method == "POST" {
            headers.extend([("content-type", "application/json"), ("idempotency-key", key)]);
        }
        let at = served.told["listening"].as_str().unwrap();
        try_call(at, method, path, &headers, body.as_bytes()).unwrap()
    }

    /// Records the detainer below; gives the request's id.
    pub fn record(&self, served: &Served) -> String {
        let recorded = self.call(served, "POST", "/api/v1/requests", &detainer("DOC"));
        assert_eq!(recorded.status, 201, "{}", recorded.body);
        recorded.body["request"].as_str().unwrap().to_owned()
    }
}

/// A number that no other call of this process has.
fn fresh() -> String {
    hex::encode(crate::store::fresh())
}

/// A detainer that the jails were sent by e-mail.
fn detainer(agency: &str) -> Value {
    json!({
        "asked": {
            "question": {
                "agency": agency, "act": ["hold", "notify_release"], "requester": "ice_ero", "statute_enforced": "civil_ina",
                "document": ["i247a", "i200"]
            },
            "facts": { "detainer_lodged": { "value": true, "source": "form I-247A" } }
        },
        "received": "2026-06-15T14:05", "channel": "email", "claim": "civil", "reasons": ["removal_order"], "lodged": "2026-06-15",
        "person": "895-23-01234", "officer": "Officer of the example", "supervisor_told": true
    })
}
