//! The residents' door over real HTTP, with the crate `seal` as the phone: on SQLite and on PostgreSQL.

mod carried;
mod crash;
mod ends;
mod hostile;
mod inbox;

mod locks;
mod objects;
mod oblivious;
mod onion;
mod parts;
mod path;
mod pressed;
pub mod published;
mod retention;
mod returned;
mod synced;
mod traces;
mod watched;
mod withdrawn;

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use base64::{Engine as _, engine::general_purpose::STANDARD, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::civil::{Date, date};
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng as _};
use seal::{
    ContentId, Identity, Receipt, Recipient, Report, chunked,
    leaf::{ContentRoot, leaf},
    pad,
    receipt::Mailbox,
    reply::{OfficialKey, Reply},
    report::{ATTACHMENT_CONTEXT, Attachment, FileName, Kind},
    shares::SealedContact,
};
use server::{
    log::Folder,
    report::{
        Bundle, Door, Limits, Parts,
        answers::{Answers, PAGE_BYTES, PROMISE_BYTES},
        clock::{Clock, Fixed},
        overdue::{OVERDUE_DAYS, Overdue},
        work::solve,
    },
    store::{Lane, Postgres, Sqlite, Store},
};
use sha2::{Digest as _, Sha256};
use tlog::{Hash, Note, SignedCheckpoint, VerifierKey, signature::parse_keys, tree::RunProof};
use zeroize::Zeroizing;

use crate::folders::opened;
use crate::store::cluster;

pub const DAY: Date = date(2026, 11, 26);
pub const ORIGIN: &str = "log.example/reports";

/// Where a record is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Base {
    Sqlite,
    Postgres,
}

pub const BOTH: [Base; 2] = [Base::Sqlite, Base::Postgres];

/// A city whose door is open.
pub struct City {
    pub folder: tempfile::TempDir,
    pub clock: Arc<Fixed>,
    pub door: Arc<Door>,
    pub store: Arc<dyn Store>,
    pub lane: Arc<dyn Lane>,
    pub url: String,
    /// What opens what residents seal.
    pub official: Identity,
    pub postgres: Option<String>,
    _runtime: tokio::runtime::Runtime,
}

pub fn rng() -> ChaCha20Rng {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).unwrap();
    ChaCha20Rng::from_seed(seed)
}

fn both<S: Store + Lane + 'static>(store: S) -> (Arc<dyn Store>, Arc<dyn Lane>) {
    let store = Arc::new(store);
    (Arc::clone(&store) as Arc<dyn Store>, store)
}

/// What a door without pages is made of.
fn parts(store: &Arc<dyn Store>, lane: &Arc<dyn Lane>, data: &Path, clock: &Arc<Fixed>, limits: Limits) -> Parts {
    Parts {
        store: Arc::clone(store),
        lane: Arc::clone(lane),
        disk: Arc::new(Folder::create(&data.join("log")).unwrap()),
        origin: ORIGIN.to_owned(),
        data: data.to_owned(),
        pages: None,
        onion: None,
        oblivious: None,
        overdue: Arc::new(Overdue::new(Arc::clone(store), Arc::clone(lane), OVERDUE_DAYS)),
        clock: Arc::clone(clock) as Arc<dyn Clock>,
        limits,
        free: server::report::free(),
    }
}

impl City {
    pub fn new(base: Base) -> Self {
        Self::with(base, Limits { reserve_bytes: 0, ..Limits::default() })
    }

    pub fn with(base: Base, limits: Limits) -> Self {
        Self::through(base, limits, |parts| parts)
    }

    /// A city whose door is made of other parts than usual, e.g. of a lane that fails on command.
    pub fn through(base: Base, limits: Limits, change: impl FnOnce(Parts) -> Parts) -> Self {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let folder = tempfile::tempdir().unwrap();
        let name = format!("reports{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        let postgres = (base == Base::Postgres).then(|| cluster::database(&name));
        let (store, lane) = match &postgres {
            Some(address) => both(Postgres::open(address).unwrap()),
            None => both(Sqlite::open(&folder.path().join("record.sqlite3")).unwrap()),
        };
        opened(Arc::clone(&store), folder.path(), Some(ORIGIN)).catch_up().unwrap();
        let clock = Arc::new(Fixed::new(DAY));
        let door = Door::open(change(parts(&store, &lane, folder.path(), &clock, limits))).unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let listener = runtime.block_on(server::listen::listen("127.0.0.1:0".parse().unwrap())).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        runtime.spawn(server::report::serve(Arc::clone(&door), listener, server::listen::Stop::never()));
        let official = Identity::make(&mut rng());
        Self { folder, clock, door, store, lane, url, official, postgres, _runtime: runtime }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Opens the door once more, with these pages.
    pub fn opens_with(&self, pages: Bundle) -> anyhow::Result<Arc<Door>> {
        let parts = parts(&self.store, &self.lane, self.path(), &self.clock, Limits::default());
        Door::open(Parts { pages: Some(pages), ..parts })
    }

    /// Lets the day end, closes it, and lets the log follow.
    pub fn end_day(&self) -> u64 {
        self.clock.set(self.clock.today().tomorrow().unwrap());
        let closed = self.door.close_days().unwrap();
        self.follow();
        closed
    }

    pub fn follow(&self) {
        opened(Arc::clone(&self.store), self.path(), None).catch_up().unwrap();
    }

    pub fn verify(&self) -> server::log::verify::Report {
        let against = server::log::verify::Against {
            postgres: self.postgres.clone().map(Into::into),
            ..server::log::verify::Against::default()
        };
        server::log::verify::verify_against(self.path().to_str().unwrap(), &against).unwrap()
    }

    pub fn promise_key(&self) -> VerifierKey {
        let text = std::fs::read_to_string(self.path().join("log/promise.vkey")).unwrap();
        parse_keys(&text).unwrap().remove(0)
    }
}

/// What the door answered.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub body: Vec<u8>,
    pub headers: ureq::http::HeaderMap,
}

impl Answer {
    pub fn code(&self) -> String {
        let value: serde_json::Value = serde_json::from_slice(&self.body).unwrap_or_default();
        format!("{} {}", self.status, value["error"].as_str().unwrap_or_default())
    }

    pub fn text(&self) -> String {
        assert_eq!(self.status, 200, "{}", String::from_utf8_lossy(&self.body));
        String::from_utf8(self.body.clone()).unwrap()
    }
}

/// A phone: one receipt, one connection, and what a page knows.
pub struct Phone {
    pub receipt: Receipt,
    pub url: String,
    agent: ureq::Agent,
    recipient: Recipient,
    /// The relay that it calls through, if it does.
    through: Option<Arc<oblivious::Through>>,
}

/// A report that is ready to be sent.
#[derive(Clone)]
pub struct Ready {
    pub body: Vec<u8>,
    pub root: ContentRoot,
    pub envelope: Vec<u8>,
}

/// A promise that was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Promised {
    pub day: String,
    pub leaf: String,
    pub by: String,
}

impl Phone {
    pub fn new(city: &City) -> Self {
        Self::with(&city.url, city.official.recipient().unwrap())
    }

    pub fn with(url: &str, recipient: Recipient) -> Self {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .user_agent("Mozilla/5.0 (telltale phone)")
            .timeout_global(Some(std::time::Duration::from_secs(60)))
            .build();
        let agent = ureq::Agent::new_with_config(config);
        Self { receipt: Receipt::make(&mut rng()), url: url.to_owned(), agent, recipient, through: None }
    }

    /// The same person on another day: only the receipt is the same.
    pub fn back(&self, city: &City) -> Self {
        let receipt = seal::Receipt::from_digits(&self.receipt.to_digits()).unwrap();
        Self { receipt, ..Self::new(city) }
    }

    pub fn call(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        self.try_call(method, path, headers, body).expect("the door answers")
    }

    /// None if the server is gone.
    pub fn try_call(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Option<Answer> {
        if let Some(through) = &self.through {
            return Some(through.call(method, path, headers, body));
        }
        let mut request = ureq::http::Request::builder().method(method).uri(format!("{}{path}", self.url));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = match method {
            "GET" | "HEAD" | "OPTIONS" | "DELETE" => self.agent.run(request.body(()).unwrap()),
            _ => self.agent.run(request.body(body.to_vec()).unwrap()),
        };
        let mut answer = answer.ok()?;
        let headers = answer.headers().clone();
        let body = answer.body_mut().with_config().limit(64 << 20).read_to_vec().ok()?;
        Some(Answer { status: answer.status().as_u16(), body, headers })
    }

    /// The work for what is short.
    pub fn work(&self) -> String {
        self.work_for(0)
    }

    /// The work for so many bytes.
    pub fn work_for(&self, bytes: usize) -> String {
        self.try_work(bytes).expect("the door answers")
    }

    /// None if the server is gone.
    pub fn try_work(&self, bytes: usize) -> Option<String> {
        let challenge = self.try_call("GET", &format!("/in/work?bytes={bytes}"), &[], b"")?;
        assert_eq!((challenge.status, challenge.body.len()), (200, 36));
        Some(URL_SAFE_NO_PAD.encode(solve(challenge.body.as_slice().try_into().unwrap())))
    }

    pub fn begin_upload(&self, length: usize) -> Answer {
        let (work, length) = (self.work_for(length), length.to_string());
        let headers = [("tus-resumable", "1.0.0"), ("upload-length", &length), ("vouchsafe-work", &work)];
        self.call("POST", "/in/uploads", &headers, b"")
    }

    pub fn patch(&self, place: &str, offset: usize, bytes: &[u8]) -> Answer {
        self.patch_with(place, offset, bytes, &[])
    }

    pub fn patch_with(&self, place: &str, offset: usize, bytes: &[u8], more: &[(&str, &str)]) -> Answer {
        self.try_patch(place, offset, bytes, more).expect("the door answers")
    }

    /// None if the door closed the connection while it was still being sent to.
    pub fn try_patch(&self, place: &str, offset: usize, bytes: &[u8], more: &[(&str, &str)]) -> Option<Answer> {
        let offset = offset.to_string();
        let mut headers = vec![
            ("tus-resumable", "1.0.0"),
            ("upload-offset", &offset),
            ("content-type", "application/offset+octet-stream"),
        ];
        headers.extend_from_slice(more);
        self.try_call("PATCH", place, &headers, bytes)
    }

    /// Uploads sealed bytes in parts, with checksums.
    pub fn upload(&self, sealed: &[u8]) -> [u8; 16] {
        let begun = self.begin_upload(sealed.len());
        assert_eq!(begun.status, 201);
        let place = begun.headers["location"].to_str().unwrap().to_owned();
        let mut at = 0;
        for part in sealed.chunks(300_000) {
            let checksum = format!("sha256 {}", STANDARD.encode(Sha256::digest(part)));
            let done = self.patch_with(&place, at, part, &[("upload-checksum", &checksum)]);
            at += part.len();
            assert_eq!((done.status, done.headers["upload-offset"].to_str().unwrap()), (204, &*at.to_string()));
        }
        let mut id = [0; 16];
        hex::decode_to_slice(place.rsplit('/').next().unwrap(), &mut id).unwrap();
        id
    }

    /// The promises that a look gives.
    pub fn promises(&self, page: u16) -> Vec<String> {
        self.reports(page).into_iter().map(|(note, _)| note).collect()
    }

    /// What has become of the reports of the first page of a look: the byte behind each promise.
    pub fn progress(&self) -> Vec<u8> {
        self.reports(0).into_iter().map(|(_, progress)| progress).collect()
    }

    fn reports(&self, page: u16) -> Vec<(String, u8)> {
        let look = self.look(page);
        let slots = look[PAGE_BYTES..].chunks(PROMISE_BYTES);
        slots
            .filter_map(|slot| {
                let end = 2 + usize::from(u16::from_be_bytes([slot[0], slot[1]]));
                (end > 2).then(|| (String::from_utf8(slot[2..end].to_vec()).unwrap(), slot[end]))
            })
            .collect()
    }

    /// An official answers this phone's report.
    pub fn gets_an_answer(&self, city: &City, text: &str) {
        let mailbox = self.receipt.mailbox();
        let reply = Reply { mailbox, sequence: 1, text: Zeroizing::new(text.to_owned()) };
        let to = self.receipt.reply_identity().recipient().unwrap();
        let sealed = reply.seal(&signing(city), &to, &mut rng()).unwrap();
        Answers::below(city.path()).keep(&mailbox, 1, &sealed, DAY).unwrap();
    }

    /// Seals a file as a phone does.
    pub fn seal_file(&self, plain: &[u8], name: &str) -> (Vec<u8>, Attachment) {
        let key = chunked::FileKey::make(&mut rng());
        let again = chunked::FileKey::new(Zeroizing::new(*key.expose()));
        let sealed = chunked::seal(&key, ATTACHMENT_CONTEXT, &pad::pad(plain).unwrap(), &mut rng()).unwrap();
        let hash = Sha256::digest(plain).into();
        let attachment = Attachment {
            content: ContentId::of(&sealed),
            key: again,
            name: FileName::clean(name),
            media_type: "image/jpeg".parse().unwrap(),
            bytes: plain.len() as u64,
            original: hash,
            sent: hash,
            cleaned: false,
        };
        (sealed, attachment)
    }

    pub fn seal(&self, said: &str, files: Vec<([u8; 16], Attachment)>) -> Ready {
        self.seal_with(said, files, None)
    }

    /// The same with contact details, which are sealed once more.
    pub fn seal_with(
        &self,
        said: &str,
        mut files: Vec<([u8; 16], Attachment)>,
        contact: Option<SealedContact>,
    ) -> Ready {
        let named: Vec<([u8; 16], ContentId)> = files.iter().map(|(id, file)| (*id, file.content)).collect();
        files.sort_by_key(|(_, file)| file.content);
        let report = Report {
            kind: Kind::OfficerConduct,
            language: "es".parse().unwrap(),
            answers: [("what-happened".parse().unwrap(), Zeroizing::new(said.to_owned()))].into(),
            attachments: files.into_iter().map(|(_, file)| file).collect(),
            reply_to: self.receipt.reply_identity().recipient().unwrap(),
            contact,
        };
        let envelope = report.seal(&[&self.recipient], &mut rng()).unwrap();
        self.ready(envelope, named)
    }

    pub fn ready(&self, envelope: Vec<u8>, attachments: Vec<([u8; 16], ContentId)>) -> Ready {
        let mut body = b"VSR1".to_vec();
        body.extend_from_slice(self.receipt.mailbox().as_bytes());
        body.extend_from_slice(&self.receipt.return_key().public());
        body.extend_from_slice(self.receipt.blind().as_bytes());
        body.push(u8::try_from(attachments.len()).unwrap());
        for (id, content) in &attachments {
            body.extend_from_slice(id);
            body.extend_from_slice(content.as_bytes());
        }
        body.extend_from_slice(&u32::try_from(envelope.len()).unwrap().to_be_bytes());
        body.extend_from_slice(&envelope);
        let names: Vec<ContentId> = attachments.iter().map(|(_, name)| *name).collect();
        let root = ContentRoot::of(&ContentId::of(&envelope), &names).unwrap();
        Ready { body, root, envelope }
    }

    pub fn send(&self, ready: &Ready) -> Answer {
        self.send_with(&ready.body, &[])
    }

    /// A phone of its own reports, and gets a promise that holds.
    pub fn gets_its_promise(city: &City) {
        let phone = Self::new(city);
        let ready = phone.seal("I am real", Vec::new());
        phone.check(&city.promise_key(), &ready, &phone.send(&ready));
    }

    pub fn send_with(&self, body: &[u8], more: &[(&str, &str)]) -> Answer {
        let work = self.work_for(body.len());
        let mut headers = vec![("content-type", "application/vnd.vouchsafe.report"), ("vouchsafe-work", &*work)];
        headers.extend_from_slice(more);
        self.call("POST", "/in/reports", &headers, body)
    }

    /// Checks a promise as a phone does, against the key of its bundle.
    pub fn check(&self, key: &VerifierKey, ready: &Ready, answer: &Answer) -> Promised {
        let note = Note::parse(answer.text().as_bytes()).unwrap();
        assert!(key.signed_note(&note));
        let lines: Vec<&str> = note.text().lines().collect();
        let [name, day, root, leaf_text, by] = lines.as_slice() else { panic!("{lines:?}") };
        assert_eq!(*name, format!("{ORIGIN}/report-promise"));
        assert_eq!(*root, hex::encode(ready.root.as_bytes()));
        let own = leaf(day.parse().unwrap(), &ready.root, &self.receipt.blind());
        assert_eq!(*leaf_text, hex::encode(own));
        let by = by.strip_prefix("in the log by ").unwrap();
        Promised { day: (*day).to_owned(), leaf: (*leaf_text).to_owned(), by: by.to_owned() }
    }

    pub fn proof(&self) -> Vec<u8> {
        let nonce = self.call("GET", "/in/nonce", &[], b"").body;
        let nonce: [u8; 32] = nonce.try_into().unwrap();
        let mailbox = self.receipt.mailbox();
        let signature = self.receipt.return_key().prove(&mailbox, &nonce);
        [&mailbox.as_bytes()[..], &nonce, &signature].concat()
    }

    pub fn look(&self, page: u16) -> Vec<u8> {
        let mut body = self.proof();
        body.extend_from_slice(&page.to_be_bytes());
        let answer = self.call("POST", "/in/mailbox", &[], &body);
        assert_eq!(answer.status, 200);
        answer.body
    }

    /// Finds a leaf in the day's run, and checks the run against the log's own key.
    pub fn find(&self, city: &City, promised: &Promised) -> u64 {
        let day: serde_json::Value =
            serde_json::from_str(&self.call("GET", &format!("/in/days/{}", promised.day), &[], b"").text()).unwrap();
        let leaves = STANDARD.decode(day["leaves"].as_str().unwrap()).unwrap();
        let leaves: Vec<[u8; 32]> = leaves.chunks_exact(32).map(|leaf| leaf.try_into().unwrap()).collect();
        assert!(leaves.is_sorted(), "an order that tells nothing");
        let own = leaves.iter().position(|leaf| hex::encode(leaf) == promised.leaf).expect("the leaf was promised");
        let hashes = |side: &str| -> Vec<Hash> {
            day[side].as_array().unwrap().iter().map(|hash| hash.as_str().unwrap().parse().unwrap()).collect()
        };
        let proof = RunProof { left: hashes("left"), right: hashes("right") };
        let signed = SignedCheckpoint::parse(day["checkpoint"].as_str().unwrap().as_bytes()).unwrap();
        let keys = parse_keys(&std::fs::read_to_string(city.path().join("log/log.vkey")).unwrap()).unwrap();
        tlog::signature::verify(&signed, &keys).unwrap();
        let first = day["first"].as_u64().unwrap();
        let run: Vec<Hash> = leaves.iter().map(|leaf| tlog::tree::leaf_hash(leaf)).collect();
        let root = tlog::tree::root_from_run(&run, first, signed.checkpoint().size(), &proof).unwrap();
        assert_eq!(root, signed.checkpoint().root());
        first + own as u64
    }
}

/// The officials' key that a page knows.
pub fn signing(city: &City) -> OfficialKey {
    OfficialKey::of(&city.official)
}

pub fn mailbox_of(phone: &Phone) -> Mailbox {
    phone.receipt.mailbox()
}
