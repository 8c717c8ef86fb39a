//! Watches a door from outside, as anybody can: are the pages that it serves the ones that the city has published?
//!
//! Fetched are the manifest, every file that it names, plain and packed, and the entry by which the pages were ordered. All is
//! compared with the manifest's hash in that entry, and the entry with the log's signature. A door can show a watcher other
//! pages than a phone; that is for many watchers, and not for one to find (THREAT_MODEL).

mod browser;

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    io::Read as _,
    time::Duration,
};

use jiff::{Timestamp, civil::Date};
use record::{Body, DoorPages, EntryId, Sha256Hex};
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use tlog::{InclusionReceipt, VerifierKey, tree::leaf_hash};
use ureq::http::{Response, header};

use self::browser::{Kind, named};
use super::{
    history::is_ours,
    pages::{Entry, MANIFEST, Manifest, is_plain},
};

/// How long one file may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// No file of a bundle is longer.
const LONGEST: u64 = 16 << 20;
/// No bundle has more files.
const MOST_FILES: usize = 1_000;
/// Headers of an answer beside those that the manifest names. They say how it travels, and make a browser do nothing; a proxy in
/// front of the door may add them. Every other one is a fault, whatever it is for.
const HARMLESS: [&str; 16] = [
    "age",
    "cache-control",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "date",
    "etag",
    "keep-alive",
    "last-modified",
    "referrer-policy",
    "server",
    "strict-transport-security",
    "transfer-encoding",
    "vary",
    "x-content-type-options",
];
/// Where else the pages are: told on its own, since it is not in the manifest.
const ONION: &str = "onion-location";
/// What is asked for: as browsers ask, as it is, and packed, since a door could answer each otherwise.
const ENCODINGS: [&str; 3] = [browser::ENCODINGS, "identity", "br"];

/// What was seen of a door.
#[derive(Debug, Serialize)]
pub struct Watched {
    /// The hash of the manifest that it serves.
    pub manifest: Sha256Hex,
    /// How many files that names.
    pub files: usize,
    /// The order of exactly these pages, if the log holds one.
    pub order: Option<Ordered>,
    /// The onion services that its pages tell. Compare them with what the city says elsewhere: no log holds them.
    pub onions: BTreeSet<String>,
    /// What is not as it was published.
    pub faults: Vec<Fault>,
}

/// The order of the pages, as the log holds it.
#[derive(Debug, Serialize)]
pub struct Ordered {
    /// Its entry.
    pub entry: EntryId,
    /// When it was recorded.
    pub at: Timestamp,
    /// The first day on which they may be served.
    pub from: Date,
    /// Who asked for it.
    pub asked_by: String,
    /// Who approved it.
    pub approved_by: String,
    /// The log.
    pub origin: String,
    /// The order's leaf in it, from 0.
    pub index: u64,
    /// The leaves of the tree whose root is signed.
    pub size: u64,
}

/// Something that is not as it was published.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// The file, or the call.
    pub file: String,
    /// What is wrong with it.
    pub what: Wrong,
}

/// What can be wrong with a file, or with the order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Wrong {
    /// The manifest names what is no plain path.
    Name,
    /// It is not served.
    Status(u16),
    /// Its bytes have another hash.
    Differs(Sha256Hex),
    /// It comes with another content type, packing or header than the manifest says, or with one that it does not name.
    Header(String),
    /// It did not come.
    Broken(String),
    /// The order is for a day that has not come.
    Early(Date),
    /// No order of pages is shown.
    NoOrder,
    /// What is shown is no order that the log holds.
    NotInLog(String),
    /// The order is of pages with another hash.
    OtherPages(Sha256Hex),
}

/// Why a door could not be watched.
#[derive(Debug, thiserror::Error)]
pub enum WatchError {
    /// It does not answer.
    #[error("`{url}` cannot be fetched")]
    Fetch {
        /// The address.
        url: String,
        /// What went wrong.
        #[source]
        source: Box<ureq::Error>,
    },
    /// It has no manifest.
    #[error("`{url}` was answered with the status {status}: give the address of a door that serves residents' pages")]
    NoManifest {
        /// The address.
        url: String,
        /// The status.
        status: u16,
    },
    /// The manifest names more than is looked at.
    #[error("the manifest at `{url}` names {count} files, more than {MOST_FILES}")]
    TooMany {
        /// The address.
        url: String,
        /// How many.
        count: usize,
    },
    /// The manifest is none.
    #[error("`{url}` is no manifest of pages")]
    Manifest {
        /// The address.
        url: String,
        /// What is wrong.
        #[source]
        source: serde_json::Error,
    },
}

struct Door {
    agent: ureq::Agent,
    prefix: String,
}

struct Answer {
    head: Response<()>,
    hash: Sha256Hex,
    bytes: Vec<u8>,
}

/// What a browser was answered, and what its pages name: of the scripts among that none is a worker's.
#[derive(Default)]
struct Visit {
    answers: BTreeMap<String, Result<Answer, WatchError>>,
    of_pages: BTreeSet<String>,
}

impl Answer {
    fn status(&self) -> u16 {
        self.head.status().as_u16()
    }

    /// A header's values, as one text; more than one are parted by commas, and so another text than one.
    fn header(&self, name: &str) -> Option<String> {
        let values: Vec<_> = self.head.headers().get_all(name).iter().collect();
        let text = values.iter().map(|value| String::from_utf8_lossy(value.as_bytes())).collect::<Vec<_>>().join(", ");
        (!values.is_empty()).then_some(text)
    }

    /// What a page or a script says, unpacked; as much of it as can be.
    fn text(&self) -> String {
        let mut text = Vec::new();
        if self.header("content-encoding").as_deref() == Some("br") {
            let mut unpacked = brotli::Decompressor::new(self.bytes.as_slice(), 4096).take(LONGEST);
            // Where it is cut short or none, fewer files are known before the manifest names them.
            let _ = unpacked.read_to_end(&mut text);
        } else {
            text.clone_from(&self.bytes);
        }
        String::from_utf8_lossy(&text).into_owned()
    }
}

/// Scheme and host of an address.
fn origin(url: &str) -> &str {
    let host = url.find("://").map_or(0, |at| at + 3);
    let path = url.get(host..).and_then(|rest| rest.find('/'));
    path.and_then(|path| url.get(..host + path)).unwrap_or(url)
}

fn hash(bytes: &[u8]) -> Sha256Hex {
    Sha256Hex::of(Sha256::digest(bytes).into())
}

impl Door {
    fn get(&self, path: &str, kind: Kind, encoding: &str) -> Result<Answer, WatchError> {
        let url = format!("{}{path}", self.prefix);
        let failed = |source| WatchError::Fetch { url: url.clone(), source: Box::new(source) };
        let mut request = self.agent.get(&url).header(header::ACCEPT_ENCODING, encoding);
        for (name, value) in kind.headers(origin(&self.prefix)) {
            request = request.header(name, value);
        }
        let (head, mut body) = request.call().map_err(failed)?.into_parts();
        let bytes = match body.with_config().limit(LONGEST).read_to_vec() {
            // It says that it is packed in a way that it is not.
            Err(ureq::Error::Decompress(..)) => Vec::new(),
            read => read.map_err(failed)?,
        };
        Ok(Answer { head: Response::from_parts(head, ()), hash: hash(&bytes), bytes })
    }

    /// Goes through the pages as a browser, from the bare address on: before anything that no browser asks for.
    fn visit(&self) -> Visit {
        let mut visit = Visit::default();
        let mut waiting = VecDeque::from(["/".to_owned()]);
        let mut known: BTreeSet<String> = waiting.iter().cloned().collect();
        while let Some(path) = waiting.pop_front().filter(|_| visit.answers.len() < MOST_FILES) {
            let kind = Kind::of(&path, visit.of_pages.contains(&path));
            let answer = self.get(&path, kind, browser::ENCODINGS);
            let text = answer.as_ref().ok().filter(|_| kind.is_read()).map(Answer::text).unwrap_or_default();
            for name in named(&text) {
                if matches!(kind, Kind::First | Kind::Page) {
                    visit.of_pages.insert(name.to_owned());
                }
                if known.insert(name.to_owned()) {
                    waiting.push_back(name.to_owned());
                }
            }
            // All of them at once may be more than memory holds.
            visit.answers.insert(path, answer.map(|answer| Answer { bytes: Vec::new(), ..answer }));
        }
        visit
    }

    /// Compares the answers for a path with what the manifest says of a file.
    fn compare(
        &self,
        manifest: &Manifest,
        (path, name): (&str, &str),
        visit: &mut Visit,
        onions: &mut BTreeSet<String>,
    ) -> BTreeSet<Wrong> {
        let Some(entry) = manifest.files.get(name) else { return BTreeSet::new() };
        let mut wrong = BTreeSet::new();
        let kind = Kind::of(path, visit.of_pages.contains(path));
        for encoding in ENCODINGS {
            let visited = if encoding == browser::ENCODINGS { visit.answers.remove(path) } else { None };
            match visited.unwrap_or_else(|| self.get(path, kind, encoding)) {
                Ok(answer) => wrong.extend(compare(manifest, entry, name, &answer, encoding != "identity", onions)),
                // One answer that does not come takes nothing from what the others show.
                Err(error) => drop(wrong.insert(Wrong::Broken(error.to_string()))),
            }
        }
        wrong
    }

    /// The order of the pages that the door shows.
    fn order(&self, manifest: &Sha256Hex, keys: &[VerifierKey]) -> Result<Ordered, Wrong> {
        // That it does not come takes nothing from what was found before.
        let answer =
            self.get("/in/pages", Kind::Fetched, "identity").map_err(|error| Wrong::Broken(error.to_string()))?;
        match answer.status() {
            200 => read_order(&answer.bytes, manifest, keys),
            404 => Err(Wrong::NoOrder),
            status => Err(Wrong::Status(status)),
        }
    }
}

/// What is wrong with an answer. `takes`: it was asked for by somebody who takes a packed one.
fn compare(
    manifest: &Manifest,
    entry: &Entry,
    name: &str,
    answer: &Answer,
    takes: bool,
    onions: &mut BTreeSet<String>,
) -> Vec<Wrong> {
    if answer.status() != 200 {
        return vec![Wrong::Status(answer.status())];
    }
    let mut wrong = Vec::new();
    let packed = takes && entry.br;
    let found = &answer.hash;
    let wanted = if packed { entry.br_sha256.as_deref().unwrap_or_default() } else { &entry.sha256 };
    if found.as_str() != wanted {
        wrong.push(Wrong::Differs(found.clone()));
    }
    let named: Vec<_> = manifest.headers_of(name).into_iter().flat_map(|(_, headers)| headers).collect();
    let mut expected =
        vec![("content-type", Some(entry.r#type.clone())), ("content-encoding", packed.then(|| "br".to_owned()))];
    expected.extend(named.iter().map(|(header, value)| (header.as_str(), Some((*value).clone()))));
    wrong.extend(
        expected
            .iter()
            .filter(|(header, value)| answer.header(header) != *value)
            .map(|(header, _)| Wrong::Header((*header).to_owned())),
    );
    for header in answer.head.headers().keys().map(header::HeaderName::as_str) {
        let known = HARMLESS.contains(&header) || named.iter().any(|(name, _)| name.eq_ignore_ascii_case(header));
        match answer.header(header) {
            Some(onion) if header == ONION => drop(onions.insert(onion)),
            _ if known => {}
            _ => wrong.push(Wrong::Header(header.to_owned())),
        }
    }
    wrong
}

/// The order in a proof, if it is of these pages and one of the keys has signed for it.
fn read_order(text: &[u8], manifest: &Sha256Hex, keys: &[VerifierKey]) -> Result<Ordered, Wrong> {
    let no = |why: &str| Wrong::NotInLog(why.to_owned());
    let proof = InclusionReceipt::parse(text).map_err(|error| no(&error.to_string()))?;
    let opened = proof.extra.as_deref().and_then(|extra| extra.split_first_chunk::<32>());
    let (salt, bytes) = opened.ok_or_else(|| no("the proof brings no entry"))?;
    let leaf = record::commitment(&record::Salt::from_bytes(*salt), bytes);
    proof.verify(leaf_hash(leaf.as_bytes()), keys).map_err(|error| no(&error.to_string()))?;
    let entry = record::parse(bytes).map_err(|error| no(&error.to_string()))?;
    let (true, record::Entry { id, at, body: Body::Pages(pages), .. }) = (is_ours(&entry), entry) else {
        return Err(no("the entry is no order of pages"));
    };
    let DoorPages { from, manifest: ordered, asked_by, approved_by } = *pages;
    if ordered != *manifest {
        return Err(Wrong::OtherPages(ordered));
    }
    let head = proof.checkpoint.checkpoint();
    let (origin, size) = (head.origin().to_string(), head.size());
    Ok(Ordered { entry: id, at, from, asked_by, approved_by, origin, index: proof.index, size })
}

/// Fetches everything that a door serves and compares it with what the city has published, by the log's keys. `latest` is the last
/// day that has begun anywhere.
///
/// # Errors
/// The door does not answer, or serves no pages.
pub fn watch(url: &str, keys: &[VerifierKey], latest: Date) -> Result<Watched, WatchError> {
    let config = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .timeout_global(Some(PATIENCE));
    let prefix = url.trim_end_matches('/').to_owned();
    let door = Door { agent: ureq::Agent::new_with_config(config.build()), prefix };
    let at = format!("{}/{MANIFEST}", door.prefix);
    let mut visit = door.visit();
    let answer = door.get(&format!("/{MANIFEST}"), Kind::Fetched, "identity")?;
    if answer.status() != 200 {
        return Err(WatchError::NoManifest { url: at, status: answer.status() });
    }
    let manifest: Manifest =
        serde_json::from_slice(&answer.bytes).map_err(|source| WatchError::Manifest { url: at.clone(), source })?;
    let served = answer.hash;
    if manifest.files.len() > MOST_FILES {
        return Err(WatchError::TooMany { url: at, count: manifest.files.len() });
    }
    let (mut faults, mut onions) = (Vec::new(), BTreeSet::new());
    // Most phones come by the bare address.
    let first = ["/index.html", "/en.html"].into_iter().find(|name| manifest.files.contains_key(*name));
    let bare = first.map(|name| ("/", name));
    for (path, name) in manifest.files.keys().map(|name| (name.as_str(), name.as_str())).chain(bare) {
        if !is_plain(name) {
            faults.push(Fault { file: name.to_owned(), what: Wrong::Name });
            continue;
        }
        let wrong = door.compare(&manifest, (path, name), &mut visit, &mut onions);
        faults.extend(wrong.into_iter().map(|what| Fault { file: path.to_owned(), what }));
    }
    let order = match door.order(&served, keys) {
        Ok(order) => {
            if order.from > latest {
                faults.push(Fault { file: "/in/pages".to_owned(), what: Wrong::Early(order.from) });
            }
            Some(order)
        }
        Err(what) => {
            faults.push(Fault { file: "/in/pages".to_owned(), what });
            None
        }
    };
    Ok(Watched { manifest: served, files: manifest.files.len(), order, onions, faults })
}
