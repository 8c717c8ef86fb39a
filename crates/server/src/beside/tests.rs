//! A command beside a desk: what it reads and what it has the desk write.

use std::{fs, path::Path};

use jiff::Timestamp;
use record::{Actor, Body, Dismissal, Entry, Fault, FaultKind, Private, Role, Source, SystemChange, SystemStep, Use};

use super::*;
use crate::store::{
    Sqlite, Store as _,
    hooks::{Hooks as _, Told},
    people::ChangeError,
    systems::Systems as _,
};
use std::{io::Write as _, os::unix::net::UnixStream, sync::Arc};

fn said(number: u8, body: Body) -> Entry {
    let by = Actor::Program { name: "test".to_owned() };
    Entry { id: EntryId::from_bytes([number; 16]), at: Timestamp::UNIX_EPOCH, by, source: Source::Desk, body }
}

fn entry(number: u8) -> Entry {
    let (contact, request) = (ContactId::from_bytes([number; 16]), None);
    said(
        number,
        Body::Dismissed(Box::new(Dismissal { contact, request, reason: "x".into(), dismissed_by: "A".into() })),
    )
}

fn changed(number: u8) -> Draft {
    let (system, name) = (SystemId::from_bytes([1; 16]), "mail room".into());
    said(number, Body::System(Box::new(SystemChange { system, name, change: SystemStep::Revoked, said_by: None })))
        .into()
}

fn draft(number: u8, key: Option<&str>) -> Draft {
    Draft { key: key.map(str::to_owned), entry: entry(number) }
}

/// A desk that writes the record of a folder, and how to reach it.
fn desk(folder: &Path) -> (Arc<Sqlite>, PathBuf) {
    let store = Arc::new(Sqlite::open(&folder.join("record.sqlite3")).unwrap());
    let writes = Writes {
        store: Arc::clone(&store) as _,
        systems: Arc::clone(&store) as _,
        hooks: Arc::clone(&store) as _,
        unrecorded: Arc::clone(&store) as _,
    };
    let socket = socket(folder);
    listen(&socket, writes, || {}).unwrap();
    (store, socket)
}

fn command(folder: &Path, socket: &Path) -> Through {
    Through::to(Arc::new(Sqlite::open_to_read(&folder.join("record.sqlite3")).unwrap()), socket).unwrap()
}

#[test]
fn what_a_command_hands_over_the_desk_writes_and_the_command_reads() {
    let folder = tempfile::tempdir().unwrap();
    let (store, socket) = desk(folder.path());
    let through = command(folder.path(), &socket);
    let act = "dismiss a contact";
    let committed = through.commit(act, vec![draft(1, Some("a key")), draft(2, None)]).unwrap();
    assert_eq!(committed.iter().map(|one| (one.seq, one.already)).collect::<Vec<_>>(), [(0, false), (1, false)]);
    assert_eq!(store.count().unwrap(), 2);
    assert_eq!(through.find(&EntryId::from_bytes([1; 16])).unwrap().unwrap().entry(), Some(&entry(1)));
    // The same again adds nothing; the key for something else is told as the store tells it.
    assert!(through.commit(act, vec![draft(1, Some("a key"))]).unwrap()[0].already);
    let reused = through.commit(act, vec![draft(3, Some("a key"))]).unwrap_err();
    assert!(matches!(reused, StoreError::KeyReused { first, .. } if first == EntryId::from_bytes([1; 16])), "{reused}");
    let refused = through.commit(act, vec![draft(2, None)]).unwrap_err().to_string();
    assert!(refused.contains("is taken: draw a new one"), "{refused}");
    let unknown = through.commit("rewrite the record", vec![draft(4, None)]).unwrap_err().to_string();
    assert!(unknown.contains("does not know the act `rewrite the record`"), "{unknown}");
    // Nor does it write under one act what belongs to another, or what no command says.
    let fault = Fault { kind: FaultKind::Integrity, request: None, entry: None, detail: "words".into() };
    let foreign =
        Entry { by: Actor::Staff { name: "A".into(), role: Role::Counsel, agency: "DOC".into() }, ..entry(6) };
    for draft in [changed(7), said(8, Body::Fault(fault)).into(), foreign.into()] {
        let refused = through.commit(act, vec![draft]).unwrap_err().to_string();
        assert!(refused.contains("no command writes the entry"), "{refused}");
    }
    assert_eq!(store.count().unwrap(), 2);
    let erasing = through.erase(draft(5, None)).unwrap_err();
    assert!(matches!(erasing, StoreError::InUse { .. }), "{erasing}");
}

#[test]
fn programs_and_their_hooks_are_changed_through_the_desk() {
    let folder = tempfile::tempdir().unwrap();
    let (store, socket) = desk(folder.path());
    let through = command(folder.path(), &socket);
    let id = SystemId::from_bytes([1; 16]);
    let token = Some(Token { hash: [7; 32], until: 4_000_000_000 });
    let name = Private::from("mail room");
    let system = System { id, name, agency: "DOC".into(), uses: vec![Use::Ask], token, version: 0 };
    through.change_system("add a system", &system, changed(1)).unwrap();
    let kept = store.bearer(&[7; 32], 1).unwrap().unwrap();
    assert_eq!((kept.id, kept.version), (id, 1));
    let moved = through.change_system("add a system", &system, changed(2)).unwrap_err();
    assert!(matches!(moved, ChangeError::Moved), "{moved}");
    let revoked = System { token: None, ..kept };
    through.change_system("revoke the token of a system", &revoked, changed(3)).unwrap();
    assert!(store.bearer(&[7; 32], 1).unwrap().is_none());
    let told = Told { address: "https://hooks.example.org/x".parse().unwrap(), events: vec![] };
    through.change_hook("tell a system", &id, &HookChange::Set(told), changed(4)).unwrap();
    assert_eq!(store.hooks().unwrap().len(), 1);
    let moved = through.change_hook("resume the messages to a system", &id, &HookChange::Resumed, changed(5));
    assert!(matches!(moved, Err(ChangeError::Moved)));
}

/// Where nobody listens the record's lock is another command's; where nobody answers it is not known what became of it.
#[test]
fn without_a_desk_nothing_is_handed_over() {
    let folder = tempfile::tempdir().unwrap();
    let (_store, path) = desk(folder.path());
    let through = command(folder.path(), &path);
    let own = || Arc::new(Sqlite::open_to_read(&folder.path().join("record.sqlite3")).unwrap());
    assert!(Through::to(own(), &folder.path().join("desk/other")).is_none());
    // A socket that lies there is of a process that is gone.
    fs::remove_file(&path).unwrap();
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    assert!(path.exists() && Through::to(own(), &path).is_none());
    let gone = through.commit("dismiss a contact", vec![draft(1, None)]).unwrap_err();
    assert!(matches!(gone, StoreError::InUse { .. }), "nothing was handed over: {gone}");
    // One that takes the question and dies may have written it.
    fs::remove_file(&path).unwrap();
    let dying = std::os::unix::net::UnixListener::bind(&path).unwrap();
    let dies = std::thread::spawn(move || drop(dying.accept().unwrap()));
    let lost = through.commit("dismiss a contact", vec![draft(1, None)]).unwrap_err().to_string();
    assert!(lost.contains("gave no answer: see whether it was written"), "{lost}");
    dies.join().unwrap();
}

#[test]
fn what_is_no_question_is_refused_and_the_desk_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let (store, socket) = desk(folder.path());
    for text in [
        "",
        "{",
        "[]",
        r#"{"write":"erase"}"#,
        r#"{"write":"commit","act":"dismiss a contact","drafts":[{"key":null,"entry":"{}"}]}"#,
    ] {
        let mut stream = UnixStream::connect(&socket).unwrap();
        stream.write_all(text.as_bytes()).unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let mut answer = String::new();
        std::io::Read::read_to_string(&mut stream, &mut answer).unwrap();
        assert!(
            answer.is_empty() == text.is_empty() && (text.is_empty() || answer.contains("refused")),
            "{text}: {answer}"
        );
    }
    assert_eq!(store.count().unwrap(), 0);
    command(folder.path(), &socket).commit("dismiss a contact", vec![draft(1, None)]).unwrap();
}

/// A folder that somebody else may enter is no place for it.
#[test]
fn the_desk_listens_only_where_its_owner_alone_may_enter() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let (store, socket) = desk(folder.path());
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(socket.parent().unwrap()), 0o700);
    fs::set_permissions(socket.parent().unwrap(), fs::Permissions::from_mode(0o750)).unwrap();
    let writes = Writes {
        store: Arc::clone(&store) as _,
        systems: Arc::clone(&store) as _,
        hooks: Arc::clone(&store) as _,
        unrecorded: store,
    };
    let error = listen(&socket, writes, || {}).unwrap_err().to_string();
    assert!(error.contains("others may enter `") && error.contains("chmod 700"), "{error}");
}
