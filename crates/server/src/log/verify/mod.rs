//! Checks a record and its log, trusting nothing but the log's public key.
//!
//! Everything is computed anew: the leaf of each entry from its canonical bytes and salt, each hash of each tile from the
//! leaves, the root, both signatures; and record and log are compared place by place, so that every entry is in the log
//! exactly once and every leaf of the log has its entry. An erased entry has lost its bytes; its leaf stays, and an entry
//! that says so must name it. What does not hold is named with its place. Nothing is written, and no server is needed.
//!
//! What cannot be seen from one copy of a log: that others were shown another one, or that record and log were both put
//! back to an older copy. For that, give a checkpoint or a proof that was kept elsewhere ([`Against`]).
//!
//! What is checked may be hostile: no head is walked to whose signatures do not hold, sizes are bounded, and after
//! [`STOP_AFTER`] faults nothing more is looked at.

mod kept;
mod note;
mod photographs;
mod record;
mod rows;
mod sealed;
mod signed;
mod source;
mod subject;
mod walk;

use std::{
    collections::{BTreeSet, HashSet},
    io,
    path::PathBuf,
};

use ::record::Private;
use serde::Serialize;
use tlog::{
    Checkpoint, SignedCheckpoint, VerifierKey,
    signature::{Verified, VerifyError, parse_keys, verify as verify_signatures},
};

pub use note::Note;
pub use source::SourceError;

pub use subject::given_keys;

use self::{record::Entries, rows::STORED_HEAD, subject::Subject};
use super::resource::CHECKPOINT;

/// How many faults are named; beyond, they are counted.
const NAMED_FAULTS: usize = 20;

/// After so many faults nothing more is looked at: the rest would say no more, and a hostile log could go on for ever.
pub const STOP_AFTER: u64 = 1000;

/// No log that is larger is walked through; a city that records ten entries a second fills this one in fifty years.
pub const MOST_LEAVES: u64 = 1 << 34;

/// What to check with and against.
#[derive(Clone, Debug, Default)]
pub struct Against {
    /// Public keys or files of them; without any, those that lie with the log are used, and the report says so.
    pub keys: Vec<String>,
    /// The record is not wanted, and need not be there.
    pub log_only: bool,
    /// The address of the record, where the configuration keeps it in PostgreSQL.
    pub postgres: Option<Private>,
    /// Checkpoints that somebody kept: the log must continue each of them.
    pub since: Vec<PathBuf>,
    /// Proofs that somebody kept: the log must hold the leaf of each at its index.
    pub proofs: Vec<PathBuf>,
    /// The desk's own address: every statement must have been signed there.
    pub desk: Option<String>,
}

/// Something that does not hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// Where: a file, a tile, a leaf, an entry.
    pub place: String,
    /// What does not hold there.
    pub what: String,
}

/// Everything that does not hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Faults {
    /// The first of them.
    pub named: Vec<Fault>,
    /// How many there are.
    pub count: u64,
}

impl Faults {
    /// Whether so much does not hold that nothing more is looked at.
    fn full(&self) -> bool {
        self.count >= STOP_AFTER
    }

    fn add(&mut self, place: impl Into<String>, what: impl Into<String>) {
        self.count += 1;
        if self.named.len() < NAMED_FAULTS {
            self.named.push(Fault { place: place.into(), what: what.into() });
        }
    }
}

/// A signature that held.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SignedBy {
    /// The key's name and identifier.
    pub key: String,
    /// The kind of signature.
    pub kind: String,
    /// The time that the signature states, in seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<u64>,
}

/// Something that was kept elsewhere, and that the log still bears out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Held {
    /// The file.
    pub file: String,
    /// How many leaves its checkpoint covers.
    pub size: u64,
    /// Of a proof: the index of its leaf.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub index: Option<u64>,
    /// Of a proof: the leaf that the log holds there, in hexadecimal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub leaf: Option<String>,
}

/// What was checked of a record.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RecordReport {
    /// Entries whose leaf was recomputed from their bytes and salt.
    pub recomputed: u64,
    /// Entries that were erased; their leaves stay.
    pub erased: u64,
    /// Entries that the log does not hold yet.
    pub waiting: u64,
    /// Of the recomputed entries, residents' reports whose sealed bytes are what they are named.
    #[serde(skip_serializing_if = "none")]
    pub reports: u64,
    /// Reports that wait for the end of their day; nothing binds them but what their senders hold.
    #[serde(skip_serializing_if = "none")]
    pub reports_waiting: u64,
    /// Photographs of papers that were opened and are what their entries name.
    #[serde(skip_serializing_if = "none")]
    pub photographs: u64,
    /// Photographs that are there, sealed, and were not opened: their key is not here.
    #[serde(skip_serializing_if = "none")]
    pub photographs_unopened: u64,
    /// Photographs that an export names: they stay with the store.
    #[serde(skip_serializing_if = "none")]
    pub photographs_elsewhere: u64,
    /// Statements whose signatures hold, each of a passkey that was its signer's.
    #[serde(skip_serializing_if = "none")]
    pub statements_signed: u64,
    /// At which addresses: only a reader can know whether these are the city's.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub signed_at: BTreeSet<String>,
    /// Of those statements, how many were signed by a passkey of which the record does not say whose it was.
    #[serde(skip)]
    unenrolled: u64,
}

fn none(count: &u64) -> bool {
    *count == 0
}

/// What was checked and what was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Nothing was found that does not hold.
    pub sound: bool,
    /// The log's origin; empty where there is no log yet.
    pub origin: String,
    /// How many leaves its newest checkpoint covers, by its own word where its signatures do not hold.
    pub size: u64,
    /// The root that the newest checkpoint names, in base64.
    pub root: String,
    /// Signatures that held.
    pub signed_by: Vec<SignedBy>,
    /// Where the public keys came from.
    pub key_from: String,
    /// The keys came from what was to be checked, so that they show nothing about who signed.
    pub key_from_subject: bool,
    /// How many leaves were hashed.
    pub leaves: u64,
    /// How many tiles were compared.
    pub tiles: u64,
    /// The record, if there is one beside the log.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub record: Option<RecordReport>,
    /// Checkpoints and proofs kept elsewhere that the log bears out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub kept: Vec<Held>,
    /// How many leaves at least lie in the log's files beyond its head.
    pub beyond: u64,
    /// What a reader should know.
    pub notes: Vec<Note>,
    /// What does not hold.
    pub faults: Faults,
}

/// Why nothing could be checked.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    /// There is no log.
    #[error("`{0}` holds no log: give a data folder, an exported folder, a folder of C2SP tiles, or the URL of a log")]
    NoLog(String),
    /// It cannot be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// There is no key to check with.
    #[error("there is no key to check `{0}` with: give the log's public key with `--key`")]
    NoKey(String),
    /// The key given is none.
    #[error("`{what}`, line {line}, is no public key of a log")]
    Key {
        /// The file, or the text given.
        what: String,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        #[source]
        source: tlog::signature::KeyError,
    },
    /// A line of a file of keys is none. What stands there is not told.
    #[error("`{what}`, line {line}, is no public key of a log (`NAME+HASH+KEY`): give the file `log.vkey` of the log")]
    KeyForm {
        /// The file.
        what: String,
        /// The line, from 1.
        line: usize,
    },
    /// A secret key was given.
    #[error(
        "a secret key was given with `--key`: it belongs on no command line; give the log's public key, `log.vkey`"
    )]
    SecretKey,
    /// Neither a key nor a file.
    #[error("there is no file `{0}`, and it is no public key of a log either: give a file of keys, or `NAME+HASH+KEY`")]
    NoKeyFile(String),
    /// A file of keys without a key.
    #[error("`{0}` holds no public key: give the file `log.vkey` of the log, or the key itself")]
    EmptyKey(String),
    /// A file that was named is not there.
    #[error("there is no file `{path}`: give the file of a {kind} that was kept")]
    NoFile {
        /// The file.
        path: PathBuf,
        /// What it should hold.
        kind: &'static str,
    },
    /// A file that was named cannot be read.
    #[error("`{path}` cannot be read")]
    File {
        /// The file.
        path: PathBuf,
        /// What the file system says.
        #[source]
        source: io::Error,
    },
    /// What should be a checkpoint is none.
    #[error("`{path}` holds no checkpoint of a log")]
    Since {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: tlog::checkpoint::CheckpointError,
    },
    /// What should be a proof is none.
    #[error("`{path}` holds no proof of a leaf (`c2sp.org/tlog-proof@v1`)")]
    Proof {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: tlog::proof::ReceiptError,
    },
    /// The record cannot be read.
    #[error("the record `{place}` cannot be read: {what}")]
    Record {
        /// The file or database.
        place: String,
        /// Why.
        what: String,
    },
}

/// Checks a data folder, an exported folder, a folder of C2SP tiles, or a log at a URL, with these keys alone.
///
/// # Errors
/// As [`verify_against`].
pub fn verify(subject: &str, keys: &[String]) -> Result<Report, InputError> {
    verify_against(subject, &Against { keys: keys.to_vec(), ..Against::default() })
}

/// Checks a data folder, an exported folder, a folder of C2SP tiles, or a log at a URL.
///
/// # Errors
/// There is nothing to check, no key to check it with, or it cannot be read at all; what was read and does not hold is a
/// fault in the report.
pub fn verify_against(subject: &str, against: &Against) -> Result<Report, InputError> {
    // What was given is read first: with less than that, nothing that follows would be what was asked for.
    let given = given_keys(&against.keys)?;
    let mut kept = kept::read_all(&against.since, &against.proofs)?;
    let mut faults = Faults::default();
    let Subject { log, rows, folder, keys: near, mut notes } = subject::open(subject, against, &mut faults)?;

    // The published checkpoint first: a store that is written meanwhile can only be further.
    let published = log.get(CHECKPOINT)?;
    let record = match rows {
        Some(rows) => rows.open(&folder, &mut faults)?,
        None => None,
    };
    let (reports_waiting, wrong) = record.as_ref().map(|record| record.sealed.waiting()).unwrap_or_default();
    wrong.into_iter().for_each(|(place, what)| faults.add(place, what));
    let stored = record.as_ref().and_then(|record| record.checkpoint.clone());
    if record.as_ref().is_some_and(|record| matches!(record.photograph_key, photographs::Key::Hidden)) {
        notes.push(Note::PhotographKeyHidden);
    }
    let begun = published.is_some() || stored.is_some();
    if !begun {
        if record.is_none() && faults.count == 0 {
            return Err(InputError::NoLog(subject.to_owned()));
        }
        if !given.is_empty() || !kept.is_empty() {
            faults.add(CHECKPOINT, "there is none, so nothing here is signed by anybody");
        } else if log.beyond(0)? > 0 {
            faults.add(CHECKPOINT, "there is none, and leaves lie in the log's files");
        } else if record.as_ref().is_some_and(|record| !record.is_store) {
            // A record may be older than its log; an export is made with one.
            faults.add(CHECKPOINT, "there is none: an export has its log beside it, and this one's is gone");
        } else if record.is_some() {
            notes.push(Note::NoLog);
        }
    }

    let key_from_subject = against.keys.is_empty();
    let mut key_from = against.keys.join(", ");
    let mut keys = given;
    if key_from_subject && begun {
        for near in near {
            let Some(bytes) = log.get(&near)? else { continue };
            key_from = log.shown(&near);
            match parse_keys(&String::from_utf8_lossy(&bytes)) {
                Ok(found) => keys = found,
                Err((line, error)) => faults.add(format!("{near}, line {line}"), error.to_string()),
            }
            break;
        }
        if keys.is_empty() && faults.count == 0 {
            return Err(InputError::NoKey(subject.to_owned()));
        }
    }

    let is_store = record.as_ref().is_some_and(|record| record.is_store);
    let found = heads(published.as_deref(), stored.as_deref(), is_store, &keys, &mut notes, &mut faults);
    let Heads { mut heads, signed_by, claimed } = found;
    let newest = heads.last().map(|(_, head)| head.clone());
    match &newest {
        Some(newest) => {
            for (place, head) in &heads {
                if newest.origin() != head.origin() {
                    faults.add(place.clone(), format!("it is of another log, `{}`", head.origin()));
                }
            }
            kept.iter().for_each(|kept| kept.expect(&keys, newest, &mut heads, &mut faults));
            heads.sort_by_key(|(_, head)| head.size());
            if keys.iter().any(|key| newest.origin() != key.name().as_str()) {
                notes.push(Note::KeyName);
            }
        }
        // Anybody can write a head of any size; what follows from one is only worth the work if it is signed.
        None if begun => notes.push(Note::NoHead),
        None => {}
    }

    let (walked, checked) = match (&newest, record) {
        (None, Some(record)) if !begun => {
            let place = record.place.clone();
            let desk = against.desk.clone();
            let (_, checked, failed, wrong) = record.check(desk, |entries| entries.finish(None, &mut faults));
            unread(&place, failed, &mut faults);
            wrong.into_iter().for_each(|(place, what)| faults.add(place, what));
            (walk::Walked::default(), Some(checked))
        }
        (None, _) => (walk::Walked::default(), None),
        (Some(_), None) => {
            let walked = walk::walk(&log, &heads, &mut faults, |index, leaf, faults| {
                kept.iter_mut().for_each(|kept| kept.compare(index, leaf, &keys, faults));
            })?;
            (walked, None)
        }
        (Some(newest), Some(record)) => {
            let place = record.place.clone();
            let desk = against.desk.clone();
            let (walked, checked, failed, wrong) = record.check(desk, |entries: &mut Entries<'_>| {
                let walked = walk::walk(&log, &heads, &mut faults, |index, leaf, faults| {
                    kept.iter_mut().for_each(|kept| kept.compare(index, leaf, &keys, faults));
                    entries.compare(index, leaf, faults);
                })?;
                // Where the log could not be read on, everything behind would only seem to be missing from it.
                if walked.whole {
                    entries.finish(Some(newest.size()), &mut faults);
                }
                Ok::<_, SourceError>(walked)
            });
            unread(&place, failed, &mut faults);
            wrong.into_iter().for_each(|(place, what)| faults.add(place, what));
            (walked?, Some(checked))
        }
    };
    if newest.is_some() && !walked.whole {
        notes.push(Note::NotWhole);
    }
    let beyond = match &newest {
        Some(newest) => log.beyond(newest.size())?,
        None => 0,
    };
    if beyond > 0 {
        notes.push(Note::Beyond { leaves: beyond });
    }
    if let Some(statements) = checked.as_ref().map(|checked| checked.unenrolled).filter(|count| *count > 0) {
        notes.push(Note::Unenrolled { statements });
    }
    let kept = kept.into_iter().filter_map(|kept| kept.held(&walked.roots, &mut faults)).collect();
    let shown = newest.or(claimed);
    Ok(Report {
        sound: faults.count == 0,
        origin: shown.as_ref().map_or_else(String::new, |head| head.origin().to_owned()),
        size: shown.as_ref().map_or(0, Checkpoint::size),
        root: shown.map_or_else(String::new, |head| head.root().to_string()),
        signed_by,
        key_from,
        key_from_subject,
        leaves: walked.leaves,
        tiles: walked.tiles,
        record: checked.map(|checked| RecordReport { reports_waiting, ..checked }),
        kept,
        beyond,
        notes,
        faults,
    })
}

fn unread(place: &str, failed: Option<String>, faults: &mut Faults) {
    if let Some(what) = failed {
        faults.add(place, format!("it cannot be read further: {what}"));
    }
}

/// The heads that a log has here.
struct Heads {
    /// Those whose signatures hold, with where they stand, the smallest first.
    heads: Vec<(String, Checkpoint)>,
    signed_by: Vec<SignedBy>,
    /// What the published one says, whether its signatures hold or not.
    claimed: Option<Checkpoint>,
}

/// Reads the published head and the store's, and compares which of them is there and which is further.
fn heads(
    published: Option<&[u8]>,
    stored: Option<&str>,
    is_store: bool,
    keys: &[VerifierKey],
    notes: &mut Vec<Note>,
    faults: &mut Faults,
) -> Heads {
    let mut found = Heads { heads: Vec::new(), signed_by: Vec::new(), claimed: None };
    let read = |place: &str, bytes: &[u8], faults: &mut Faults| match SignedCheckpoint::parse(bytes) {
        Ok(signed) => Some(signed),
        Err(error) => {
            faults.add(place, chain(&error));
            None
        }
    };
    let published = published.map(|bytes| read(CHECKPOINT, bytes, faults));
    let stored = stored.map(|note| read(STORED_HEAD, note.as_bytes(), faults));
    let size = |head: &SignedCheckpoint| head.checkpoint().size();
    match (&published, &stored) {
        (Some(Some(published)), None) if is_store => {
            let what = format!("there is none, and the published one covers {} leaves", size(published));
            faults.add(STORED_HEAD, what);
        }
        // Between the first swap and the first publishing a crash leaves a store with a head of no leaves alone.
        (None, Some(Some(stored))) if size(stored) > 0 => {
            faults.add(CHECKPOINT, format!("there is none, and the store's covers {} leaves", size(stored)));
        }
        (Some(Some(published)), Some(Some(stored))) if size(published) > size(stored) => {
            faults.add(STORED_HEAD, "it is behind the published checkpoint: the store is an older copy");
        }
        _ => {}
    }
    for (place, head) in [(CHECKPOINT, published.flatten()), (STORED_HEAD, stored.flatten())] {
        let Some(head) = head else { continue };
        // The same unknown witnesses stand on both; they are told of once.
        let mut again = Vec::new();
        let notes = if place == CHECKPOINT { &mut *notes } else { &mut again };
        if let Some(by) = check_head(place, &head, keys, notes, faults) {
            if found.heads.iter().all(|(_, other)| other.size() <= size(&head)) {
                found.signed_by = by;
            }
            found.heads.push((place.to_owned(), head.checkpoint().clone()));
        }
        found.claimed.get_or_insert_with(|| head.checkpoint().clone());
    }
    found.heads.sort_by_key(|(_, head)| head.size());
    found
}

/// Checks that every key has signed a checkpoint; gives the signatures that held, or none if that is not enough.
fn check_head(
    place: &str,
    signed: &SignedCheckpoint,
    keys: &[VerifierKey],
    notes: &mut Vec<Note>,
    faults: &mut Faults,
) -> Option<Vec<SignedBy>> {
    let unknown: HashSet<String> = signed
        .note()
        .signatures()
        .iter()
        .filter(|signature| !keys.iter().any(|key| key.names(signature)))
        .map(|signature| format!("{}+{}", signature.name, signature.id))
        .collect();
    if !unknown.is_empty() {
        notes.push(Note::Unknown { signatures: unknown.len() });
    }
    if keys.is_empty() {
        faults.add(place, "there is no key to check its signatures with");
        return None;
    }
    match verify_signatures(signed, keys) {
        Ok(held) => Some(held.into_iter().map(signed_by).collect()),
        Err(error @ VerifyError::Bad { line, .. }) => {
            faults.add(format!("{place}, line {line}"), error.to_string());
            None
        }
        Err(error) => {
            faults.add(place, error.to_string());
            None
        }
    }
}

fn signed_by(held: Verified) -> SignedBy {
    SignedBy { key: format!("{}+{}", held.name, held.id), kind: held.kind.to_string(), time: held.time }
}

/// An error and what lies under it, in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut under = error.source();
    while let Some(error) = under {
        text.push_str(": ");
        text.push_str(&error.to_string());
        under = error.source();
    }
    text
}
