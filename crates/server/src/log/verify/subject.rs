//! Finds out what is to be checked: what lies in a folder, where its log and its record are, and whose keys.
//!
//! What *should* be there matters as much as what is: a data folder or an export whose record is gone must not pass as a
//! log that never had one. So only a log's own folder, a URL, or a plain wish for the log alone is checked without a record.

use std::{
    fs::File,
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use tlog::{
    VerifierKey,
    signature::{KeyError, parse_keys},
};

use super::{Against, Faults, InputError, Note, rows::Rows, source::Source};
use crate::log::{
    export::RECORD_LINES,
    resource::{CHECKPOINT, LONGEST_CHECKPOINT},
};

/// What is to be checked.
pub(super) struct Subject {
    pub log: Source,
    pub rows: Option<Rows>,
    /// The folder in which sealed bytes lie, of a city or of an export.
    pub folder: PathBuf,
    /// Where keys may lie, nearest first.
    pub keys: Vec<String>,
    pub notes: Vec<Note>,
}

/// Finds out what `subject` is; what should be there and is not is a fault.
pub(super) fn open(subject: &str, against: &Against, faults: &mut Faults) -> Result<Subject, InputError> {
    let keys = vec!["log.vkey".to_owned()];
    if subject.starts_with("http://") || subject.starts_with("https://") {
        let log = Source::http(subject)?;
        return Ok(Subject { log, rows: None, folder: PathBuf::new(), keys, notes: vec![Note::LogAlone] });
    }
    let folder = Path::new(subject);
    let (database, lines, inner) = (folder.join("record.sqlite3"), folder.join(RECORD_LINES), folder.join("log"));
    let is_city = ["keys", "blobs"].iter().any(|name| folder.join(name).is_dir())
        || ["record.sqlite3", "record.sqlite3-wal", "record.sqlite3.lock"]
            .iter()
            .any(|name| folder.join(name).exists());
    let is_bare = folder.join(CHECKPOINT).is_file();
    let has_inner = inner.join(CHECKPOINT).is_file();
    if !is_city && !is_bare && !has_inner && !lines.is_file() {
        return Err(InputError::NoLog(subject.to_owned()));
    }
    let log = if is_bare && !has_inner { folder.to_owned() } else { inner };

    // Ours is packed, in few files; what others publish and what we export is C2SP's own layout.
    let packed = ["entries", "level-0"].iter().any(|file| log.join(file).exists());
    let tiled = log.join("tile").exists();
    if packed && tiled {
        let what = "a folder `tile` lies beside the log's own files, so two who read this log may see two: only the files \
                    `entries` and `level-…` were checked; remove what does not belong there";
        faults.add(log.join("tile").display().to_string(), what);
    }
    let log = if packed || is_city || !tiled { Source::packed(&log) } else { Source::files(&log) };

    let mut notes = Vec::new();
    let rows = if against.log_only {
        notes.push(Note::LogOnly);
        None
    } else {
        record(folder, is_city, is_bare && !has_inner, [database, lines], against, faults, &mut notes)
    };
    let mut keys = keys;
    keys.push("../log.vkey".to_owned());
    Ok(Subject { log, rows, folder: folder.to_owned(), keys, notes })
}

/// Where the record lies that belongs to the log.
fn record(
    folder: &Path,
    is_city: bool,
    is_bare: bool,
    [database, lines]: [PathBuf; 2],
    against: &Against,
    faults: &mut Faults,
    notes: &mut Vec<Note>,
) -> Option<Rows> {
    let gone = |what: &str, faults: &mut Faults| {
        faults.add(folder.display().to_string(), what);
        None
    };
    if database.exists() && lines.exists() {
        return gone(
            "it holds both `record.sqlite3` and `record.jsonl`: remove the one that is not its record",
            faults,
        );
    }
    if lines.exists() {
        return Some(Rows::Lines(lines));
    }
    if let Some(address) = against.postgres.as_ref().filter(|_| is_city || !is_bare) {
        if database.exists() {
            notes.push(Note::OtherDatabase);
        }
        return Some(Rows::Postgres(address.clone()));
    }
    if database.exists() {
        return Some(Rows::Sqlite(database));
    }
    if is_city {
        return gone(
            "it is a data folder and its record is gone: there is no `record.sqlite3`; if the record is kept in \
             PostgreSQL, name the configuration with `--config`, and to check the log alone say `--log-only`",
            faults,
        );
    }
    if is_bare {
        notes.push(Note::LogAlone);
        return None;
    }
    gone(
        "its record is gone: there is no `record.jsonl` beside the folder `log`; to check the log alone say `--log-only`",
        faults,
    )
}

/// Reads a small file of text; none where there is no such file.
pub(super) fn small_text(path: &Path) -> Result<Option<String>, InputError> {
    let failed = |source| InputError::File { path: path.to_owned(), source };
    let file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        opened => opened.map_err(failed)?,
    };
    let mut text = String::new();
    file.take(LONGEST_CHECKPOINT + 1).read_to_string(&mut text).map_err(failed)?;
    if text.len() as u64 > LONGEST_CHECKPOINT {
        Err(failed(io::ErrorKind::FileTooLarge.into()))
    } else {
        Ok(Some(text))
    }
}

/// Whether a text is a key that nobody should read from an error: of age, or of a log (C2SP signed-note).
fn is_secret(text: &str) -> bool {
    ["AGE-SECRET-KEY-", "PRIVATE+KEY+"].iter().any(|begin| text.trim_start().starts_with(begin))
}

/// Reads keys that were given: each the path of a file of keys, or a key. What gives none is an error: to go on with the
/// keys that lie with the log would show nothing about who signed, and look as if it did.
///
/// # Errors
/// A file cannot be read, or there is no key where one was given.
pub fn given_keys(given: &[String]) -> Result<Vec<VerifierKey>, InputError> {
    let mut keys = Vec::new();
    for text in given {
        if is_secret(text) {
            return Err(InputError::SecretKey);
        }
        let of_file = small_text(Path::new(text))?;
        // A key has its name, a hash and the key itself, with a plus between them.
        if of_file.is_none() && !text.contains('+') {
            return Err(InputError::NoKeyFile(text.clone()));
        }
        let read = parse_keys(of_file.as_deref().unwrap_or(text)).map_err(|(line, source)| {
            let what = text.clone();
            // What stands in a file that is none of keys may be anything, a secret too: its place is told, and not the line.
            match source {
                KeyError::Form(_) | KeyError::Id(_) if of_file.is_some() => InputError::KeyForm { what, line },
                source => InputError::Key { what, line, source },
            }
        })?;
        if read.is_empty() {
            return Err(InputError::EmptyKey(text.clone()));
        }
        keys.extend(read);
    }
    Ok(keys)
}
