//! The desk's end: takes what a command hands over, one after the other, and writes it.

use std::{
    fs, io,
    io::{Read as _, Write as _},
    os::unix::net::{UnixListener, UnixStream},
    path::Path,
    sync::Arc,
    thread,
    time::Duration,
};

use super::{Answered, Asked, MOST_BYTES, WrittenDraft};
use crate::store::{
    Draft, Store, StoreError,
    hooks::Hooks,
    people::ChangeError,
    systems::{System, Systems},
    unrecorded::UnrecordedContacts,
};

/// How long a command may take over its question: it has it whole before it asks.
const PATIENCE: Duration = Duration::from_secs(10);

/// The acts that a command may hand over.
const ACTS: [&str; 9] = [
    "compare an agency's logs with the record",
    "dismiss a contact",
    "add a system",
    "renew the token of a system",
    "revoke the token of a system",
    "tell a system",
    "tell a system nothing more",
    "resume the messages to a system",
    "sign messages with these keys",
];

/// What the desk writes to.
pub struct Desk {
    /// The record.
    pub store: Arc<dyn Store>,
    /// The programs.
    pub systems: Arc<dyn Systems>,
    /// Where messages to them go.
    pub hooks: Arc<dyn Hooks>,
    /// The lists of contacts that nobody recorded.
    pub unrecorded: Arc<dyn UnrecordedContacts>,
}

/// Listens from now on, in a thread of its own, for as long as the process lives. The caller holds the record's lock, so a socket that lies
/// there is of a process that is gone.
///
/// # Errors
/// The socket cannot be made: its path may be too long (about 100 bytes).
pub fn listen(socket: &Path, desk: Desk, then: impl Fn() + Send + 'static) -> io::Result<()> {
    match fs::remove_file(socket) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = UnixListener::bind(socket)?;
    let serve = move || {
        for stream in listener.incoming() {
            if let Err(error) = stream.and_then(|stream| answer(stream, &desk)) {
                tracing::warn!(%error, "a command beside the desk got no answer");
            }
            then();
        }
    };
    thread::Builder::new().name("beside".to_owned()).spawn(serve).map(drop)
}

fn answer(mut stream: UnixStream, desk: &Desk) -> io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut asked = Vec::new();
    (&stream).take(MOST_BYTES).read_to_end(&mut asked)?;
    if asked.is_empty() {
        // Somebody saw whether the desk is here.
        return Ok(());
    }
    let answered = match serde_json::from_slice(&asked) {
        Ok(asked) => write(desk, asked),
        Err(error) => Answered::Refused {
            why: format!("the desk does not understand this command, perhaps of another version: {error}"),
        },
    };
    stream.write_all(&serde_json::to_vec(&answered)?)
}

fn write(desk: &Desk, asked: Asked) -> Answered {
    written(desk, asked).unwrap_or_else(|why| Answered::Refused { why })
}

/// Writes it; or why nothing was written.
fn written(desk: &Desk, asked: Asked) -> Result<Answered, String> {
    let written = |done: Result<(), StoreError>| done.map(|()| Answered::Written).map_err(|error| told(&error));
    match asked {
        Asked::Commit { act, drafts } => {
            let drafts = drafts.into_iter().map(WrittenDraft::read).collect::<Result<Vec<Draft>, _>>()?;
            match desk.store.commit(known(&act)?, drafts) {
                Ok(all) => Ok(Answered::Committed { all }),
                Err(StoreError::KeyReused { key, first }) => Ok(Answered::KeyReused { key, first }),
                Err(error) => Err(told(&error)),
            }
        }
        Asked::System { act, system, token, version, draft } => {
            let system = System { token, version, ..system };
            changed(desk.systems.change_system(known(&act)?, &system, draft.read()?))
        }
        Asked::Hook { act, system, change, draft } => {
            changed(desk.hooks.change_hook(known(&act)?, &system, &change, draft.read()?))
        }
        Asked::Replace { replaced, by } => written(desk.unrecorded.replace_unrecorded(&replaced, &by)),
        Asked::Settle { ids } => written(desk.unrecorded.settle_unrecorded(&ids)),
    }
}

fn changed(done: Result<record::EntryId, ChangeError>) -> Result<Answered, String> {
    match done {
        Ok(entry) => Ok(Answered::Changed { entry }),
        Err(ChangeError::Moved) => Ok(Answered::Moved),
        Err(error) => Err(told(&error)),
    }
}

fn known(act: &str) -> Result<&'static str, String> {
    ACTS.into_iter().find(|known| *known == act).ok_or_else(|| format!("the desk does not know the act `{act}`"))
}

/// An error with its causes, in one line.
fn told(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |told, cause| format!("{told}: {cause}"))
}
