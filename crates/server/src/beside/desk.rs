//! The desk's end: takes what a command hands over, one after the other, and writes it.

use std::{
    error::Error,
    fs, io,
    io::{Read as _, Write as _},
    os::unix::{
        fs::{DirBuilderExt as _, PermissionsExt as _},
        net::{UnixListener, UnixStream},
    },
    path::Path,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use record::{Actor, EntryId, Source};

use super::{Answered, Asked, MOST_BYTES, QUESTION, WrittenDraft};
use crate::store::{
    Draft, Store, StoreError,
    hooks::Hooks,
    people::ChangeError,
    systems::{System, Systems},
    unrecorded::UnrecordedContacts,
};

/// How long the thread rests after a connection that could not be taken, as where the process has no more files to open.
const REST: Duration = Duration::from_secs(1);

/// The acts that a command may hand over, each with the kind of entry that it is.
const ACTS: [(&str, &str); 9] = [
    ("compare an agency's logs with the record", "compared"),
    ("dismiss a contact", "dismissed"),
    ("add a system", "system"),
    ("renew the token of a system", "system"),
    ("revoke the token of a system", "system"),
    ("tell a system", "system"),
    ("tell a system nothing more", "system"),
    ("resume the messages to a system", "system"),
    ("sign messages with these keys", "hook_keys"),
];

/// What the desk writes to.
pub struct Writes {
    /// The record.
    pub store: Arc<dyn Store>,
    /// The programs.
    pub systems: Arc<dyn Systems>,
    /// Where messages to them go.
    pub hooks: Arc<dyn Hooks>,
    /// The lists of contacts that nobody recorded.
    pub unrecorded: Arc<dyn UnrecordedContacts>,
}

/// Listens from now on, in a thread of its own, for as long as the process lives; `then` is called after each write. The caller holds the
/// record's lock, so a socket that lies there is of a process that is gone.
///
/// # Errors
/// The socket cannot be made: its path may be too long (about 100 bytes), or others may enter its folder.
pub fn listen(socket: &Path, writes: Writes, then: impl Fn() + Send + 'static) -> io::Result<()> {
    if let Some(folder) = socket.parent() {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        // It may have been there, with the rights that somebody gave it.
        if fs::metadata(folder)?.permissions().mode() & 0o077 != 0 {
            return Err(io::Error::other(format!("others may enter `{}`: `chmod 700` it", folder.display())));
        }
    }
    match fs::remove_file(socket) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = UnixListener::bind(socket)?;
    let serve = move || {
        for stream in listener.incoming() {
            match stream.and_then(|stream| answer(stream, &writes)) {
                Ok(true) => then(),
                Ok(false) => {}
                Err(error) => {
                    tracing::warn!(%error, "a command beside the desk got no answer");
                    thread::sleep(REST);
                }
            }
        }
    };
    thread::Builder::new().name("beside".to_owned()).spawn(serve).map(drop)
}

/// Answers one question; whether something may have been written.
fn answer(mut stream: UnixStream, writes: &Writes) -> io::Result<bool> {
    let asked = question(&stream)?;
    if asked.is_empty() {
        // Somebody saw whether the desk is here.
        return Ok(false);
    }
    let read = serde_json::from_slice(&asked);
    let writing = read.is_ok();
    let answered = match read {
        Ok(asked) => written(writes, asked).unwrap_or_else(|why| Answered::Refused { why }),
        Err(_) => {
            let why =
                "it does not understand this command, which may be of another version: restart the desk".to_owned();
            Answered::Refused { why }
        }
    };
    stream.set_write_timeout(Some(QUESTION))?;
    stream.write_all(&serde_json::to_vec(&answered)?)?;
    Ok(writing)
}

/// A question, whole, within its time.
fn question(mut stream: &UnixStream) -> io::Result<Vec<u8>> {
    let (begun, mut asked, mut piece) = (Instant::now(), Vec::new(), vec![0; 64 * 1024]);
    loop {
        let left = QUESTION.saturating_sub(begun.elapsed());
        if left.is_zero() || asked.len() as u64 > MOST_BYTES {
            return Err(io::Error::other("its question has no end"));
        }
        stream.set_read_timeout(Some(left))?;
        match stream.read(&mut piece)? {
            0 => return Ok(asked),
            read => asked.extend_from_slice(piece.get(..read).unwrap_or_default()),
        }
    }
}

/// Writes it; or why nothing was written.
fn written(writes: &Writes, asked: Asked) -> Result<Answered, String> {
    match asked {
        Asked::Commit { act, drafts } => {
            let (act, drafts) = act_of(&act, &drafts)?;
            match writes.store.commit(act, drafts) {
                Ok(all) => Ok(Answered::Committed { all }),
                Err(error) => refused(error),
            }
        }
        Asked::System { act, system, token, version, draft } => {
            let (act, entry) = one_of(&act, &draft)?;
            let system = System { token, version, ..system };
            changed(writes.systems.change_system(act, &system, entry))
        }
        Asked::Hook { act, system, change, draft } => {
            let (act, entry) = one_of(&act, &draft)?;
            changed(writes.hooks.change_hook(act, &system, &change, entry))
        }
        Asked::Lists { act, drafts, replaced, by } => {
            let (act, drafts) = act_of(&act, &drafts)?;
            match writes.unrecorded.keep_lists(act, drafts, &replaced, &by) {
                Ok(()) => Ok(Answered::Written),
                Err(error) => refused(error),
            }
        }
        Asked::Settle { ids } => writes.unrecorded.settle_unrecorded(&ids).map(|()| Answered::Written).map_err(told),
    }
}

fn refused(error: StoreError) -> Result<Answered, String> {
    match error {
        StoreError::KeyReused { key, first } => Ok(Answered::KeyReused { key, first }),
        error => Err(told(error)),
    }
}

fn changed(done: Result<EntryId, ChangeError>) -> Result<Answered, String> {
    match done {
        Ok(entry) => Ok(Answered::Changed { entry }),
        Err(ChangeError::Moved) => Ok(Answered::Moved),
        Err(error) => Err(told(error)),
    }
}

/// The act of this name with its entries, if commands write such: by name, kind, source and writer.
fn act_of(act: &str, drafts: &[WrittenDraft]) -> Result<(&'static str, Vec<Draft>), String> {
    let (known, kind) =
        ACTS.into_iter().find(|(known, _)| *known == act).ok_or_else(|| format!("it does not know the act `{act}`"))?;
    let drafts = drafts.iter().map(WrittenDraft::read).collect::<Result<Vec<_>, _>>()?;
    for Draft { entry, .. } in &drafts {
        let command = matches!(entry.by, Actor::Program { .. }) && matches!(entry.source, Source::Desk | Source::Demo);
        if entry.body.kind() != kind || !command {
            return Err(format!("no command writes the entry `{}` in the act `{act}`", entry.id));
        }
    }
    Ok((known, drafts))
}

fn one_of(act: &str, draft: &WrittenDraft) -> Result<(&'static str, Draft), String> {
    let (act, mut drafts) = act_of(act, std::slice::from_ref(draft))?;
    drafts.pop().map(|draft| (act, draft)).ok_or_else(|| "there is nothing to write".to_owned())
}

/// An error with its causes, in one line.
fn told(error: impl Error + Send + Sync + 'static) -> String {
    format!("{:#}", anyhow::Error::new(error))
}
