//! Checks a record and its log, trusting nothing but the log's public key.
//!
//! Everything is computed anew: the leaf of each entry from its canonical bytes and salt, each hash of each tile from the
//! leaves, the root, both signatures; and record and log are compared place by place, so that every entry is in the log
//! exactly once and every leaf of the log has its entry. An erased entry has lost its bytes; its leaf stays, and an entry
//! that says so must name it. What does not hold is named with its place. Nothing is written, and no server is needed.
//!
//! What cannot be seen from one copy of a log: that others were shown another one. For that, compare checkpoints.

mod record;
mod source;
mod walk;

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

use serde::Serialize;
use tlog::{
    Checkpoint, SignedCheckpoint, VerifierKey,
    signature::{Verified, VerifyError, parse_keys, verify as verify_signatures},
};

pub use source::SourceError;

use self::{
    record::{Kept, Rows},
    source::Source,
};
use super::{export::RECORD_LINES, resource::CHECKPOINT};

/// How many faults are named; beyond, they are counted.
const NAMED_FAULTS: usize = 20;

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

/// What was checked of a record.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RecordReport {
    /// Entries whose leaf was recomputed from their bytes and salt.
    pub recomputed: u64,
    /// Entries that were erased; their leaves stay.
    pub erased: u64,
    /// Entries that the log does not hold yet.
    pub waiting: u64,
}

/// What was checked and what was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Nothing was found that does not hold.
    pub sound: bool,
    /// The log's origin.
    pub origin: String,
    /// How many leaves its newest checkpoint has.
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
    /// What a reader should know.
    pub notes: Vec<String>,
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
    /// The record cannot be read.
    #[error("the record `{path}` cannot be read: {what}")]
    Record {
        /// The file.
        path: PathBuf,
        /// Why.
        what: String,
    },
}

/// What is to be checked, found out from what lies in a folder.
struct Subject {
    log: Source,
    rows: Option<Rows>,
    /// Where keys may lie, nearest first.
    keys: Vec<String>,
    notes: Vec<String>,
}

/// Finds out what `subject` is.
fn open(subject: &str) -> Result<Subject, InputError> {
    let no_log = || InputError::NoLog(subject.to_owned());
    if subject.starts_with("http://") || subject.starts_with("https://") {
        let log = Source::http(subject)?;
        return Ok(Subject { log, rows: None, keys: vec!["log.vkey".into()], notes: Vec::new() });
    }
    let folder = Path::new(subject);
    let (database, lines, inner) = (folder.join("record.sqlite3"), folder.join(RECORD_LINES), folder.join("log"));
    let log = if inner.join(CHECKPOINT).is_file() { inner } else { folder.to_owned() };
    if !log.join(CHECKPOINT).is_file() {
        return Err(no_log());
    }
    // A packed log of no leaves has no files yet; neither has one of tiles, and both look the same.
    let packed = !log.join("tile").is_dir();
    let mut notes = Vec::new();
    let rows = if database.is_file() {
        Some(Rows::Sqlite(database))
    } else if lines.is_file() {
        Some(Rows::Lines(lines))
    } else {
        notes.push("no record lies beside this log: only the log itself was checked".to_owned());
        None
    };
    let keys = vec!["log.vkey".into(), "../log.vkey".into()];
    let log = if packed { Source::packed(&log) } else { Source::files(&log) };
    Ok(Subject { log, rows, keys, notes })
}

/// Reads keys that were given: each the path of a file of keys, or a key.
fn given_keys(given: &[String]) -> Result<Vec<VerifierKey>, InputError> {
    let mut keys = Vec::new();
    for text in given {
        let of_file = std::fs::read_to_string(text).ok();
        let read = parse_keys(of_file.as_deref().unwrap_or(text));
        keys.extend(read.map_err(|(line, source)| InputError::Key { what: text.clone(), line, source })?);
    }
    Ok(keys)
}

/// Checks a data folder, an exported folder, a folder of C2SP tiles, or a log at a URL. `given` are public keys or files
/// of them; without any, those that lie with the log are used, and the report says so.
///
/// # Errors
/// There is nothing to check, no key to check it with, or it cannot be read at all; what was read and does not hold is a
/// fault in the report.
pub fn verify(subject: &str, given: &[String]) -> Result<Report, InputError> {
    let Subject { mut log, rows, keys: near, mut notes } = open(subject)?;
    let mut faults = Faults::default();

    // The published checkpoint first: a store that is written meanwhile can only be further.
    let Some(published) = log.checkpoint()? else {
        return Err(InputError::NoLog(subject.to_owned()));
    };
    let mut keys = given_keys(given)?;
    let key_from_subject = keys.is_empty();
    let mut key_from = given.join(", ");
    if key_from_subject {
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

    let mut heads = Vec::new();
    let mut signed_by = Vec::new();
    if let Some((head, by)) = check_head(CHECKPOINT, &published, &keys, &mut notes, &mut faults) {
        signed_by = by;
        heads.push((CHECKPOINT.to_owned(), head));
    }
    let record = rows.map(|rows| rows.open()).transpose()?;
    if let Some(note) = record.as_ref().and_then(|record| record.checkpoint.as_ref()) {
        let place = "the store's checkpoint";
        if let Some((head, by)) = check_head(place, note.as_bytes(), &keys, &mut Vec::new(), &mut faults) {
            if heads.iter().any(|(_, published)| published.size() > head.size()) {
                let what = "it is behind the published checkpoint: the store is an older copy";
                faults.add(place, what);
            } else {
                signed_by = by;
            }
            heads.push((place.to_owned(), head));
        }
    }
    heads.sort_by_key(|(_, head)| head.size());
    let newest = heads.last().map(|(_, head)| head.clone());
    for (place, head) in &heads {
        if newest.as_ref().is_some_and(|newest| newest.origin() != head.origin()) {
            faults.add(place.clone(), format!("it is of another log, `{}`", head.origin()));
        }
    }

    let mut walked = walk::Walked::default();
    let mut report = None;
    if let Some(newest) = &newest {
        match record {
            None => walked = walk::walk(&log, &heads, &mut faults, |_, _, _| {})?,
            Some(record) => {
                let path = record.path.clone();
                let (done, checked, failed) = record.check(|kept: &mut Kept<'_>| {
                    let walked = walk::walk(&log, &heads, &mut faults, |index, leaf, faults| {
                        kept.compare(index, leaf, faults);
                    });
                    kept.finish(newest.size(), &mut faults);
                    walked
                });
                walked = done?;
                report = Some(checked);
                if let Some(what) = failed {
                    faults.add(path.display().to_string(), format!("it cannot be read further: {what}"));
                }
            }
        }
    }
    if keys.iter().any(|key| newest.as_ref().is_some_and(|head| head.origin() != key.name().as_str())) {
        notes.push("the key's name is not the log's origin, as it should be".to_owned());
    }
    Ok(Report {
        sound: faults.count == 0,
        origin: newest.as_ref().map_or_else(String::new, |head| head.origin().to_owned()),
        size: newest.as_ref().map_or(0, Checkpoint::size),
        root: newest.map_or_else(String::new, |head| head.root().to_string()),
        signed_by,
        key_from,
        key_from_subject,
        leaves: walked.leaves,
        tiles: walked.tiles,
        record: report,
        notes,
        faults,
    })
}

/// Reads a checkpoint and checks that every key has signed it.
fn check_head(
    place: &str,
    bytes: &[u8],
    keys: &[VerifierKey],
    notes: &mut Vec<String>,
    faults: &mut Faults,
) -> Option<(Checkpoint, Vec<SignedBy>)> {
    let signed = match SignedCheckpoint::parse(bytes) {
        Ok(signed) => signed,
        Err(error) => {
            faults.add(place, chain(&error));
            return None;
        }
    };
    let unknown: HashMap<String, ()> = signed
        .note()
        .signatures()
        .iter()
        .filter(|signature| !keys.iter().any(|key| key.names(signature)))
        .map(|signature| (format!("{}+{}", signature.name, signature.id), ()))
        .collect();
    if !unknown.is_empty() {
        notes.push(format!("{} signatures by keys that are not known here were not checked", unknown.len()));
    }
    let by = match verify_signatures(&signed, keys) {
        Ok(held) => held.into_iter().map(signed_by).collect(),
        Err(error @ VerifyError::Bad { line, .. }) => {
            faults.add(format!("{place}, line {line}"), error.to_string());
            Vec::new()
        }
        Err(error) => {
            faults.add(place, error.to_string());
            Vec::new()
        }
    };
    Some((signed.checkpoint().clone(), by))
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
