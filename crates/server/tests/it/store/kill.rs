//! Death at random moments: whatever was acknowledged is there, and nothing is there by half.
//!
//! The test starts itself as a child that commits through the group from several threads and prints each acknowledged id;
//! the parent reads some of them, kills the child with SIGKILL while it goes on, and reopens the store.

use std::{
    io::{BufRead, BufReader, Write},
    process::{Command, Stdio},
    sync::Arc,
};

use record::EntryId;
use server::store::{Group, Postgres, Sqlite, Store};

use super::{cluster, said};

const ENV: &str = "VOUCHSAFE_TEST_CHILD_STORE";
const SEED: &str = "VOUCHSAFE_TEST_CHILD_SEED";
const MARK: &str = "acknowledged ";

/// Where the store is, as one word: `sqlite:PATH` or an address of PostgreSQL.
fn open(place: &str) -> Arc<dyn Store> {
    match place.strip_prefix("sqlite:") {
        Some(path) => Arc::new(Sqlite::open(path.as_ref()).unwrap()),
        None => Arc::new(Postgres::open(place).unwrap()),
    }
}

/// Runs only as the child of the tests below.
#[test]
#[ignore = "run by the tests of this file as their child"]
fn child() {
    let Ok(place) = std::env::var(ENV) else { return };
    let seed: u64 = std::env::var(SEED).unwrap().parse().unwrap();
    let group = Group::new(open(&place)).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..4_u64 {
            let group = &group;
            scope.spawn(move || {
                for n in 0_u64.. {
                    // Acts of one to three entries: an act is there whole or not at all.
                    let size = 1 + n % 3;
                    let drafts = (0..size).map(|part| {
                        let mut entry = said(&format!("{thread} {n} part {part} of {size} {}", "x".repeat(600)), None);
                        let mut id = [0; 16];
                        id[..8].copy_from_slice(&seed.to_be_bytes());
                        id[8..].copy_from_slice(&((thread << 48) | (n << 8) | part).to_be_bytes());
                        entry.id = EntryId::from_bytes(id);
                        entry.into()
                    });
                    let committed = group.commit("say", drafts.collect()).unwrap();
                    let ids: Vec<_> = committed.iter().map(|one| one.id.to_string()).collect();
                    let mut out = std::io::stdout().lock();
                    writeln!(out, "{MARK}{}", ids.join(" ")).unwrap();
                    out.flush().unwrap();
                }
            });
        }
    });
}

fn kill_and_look(place: &str) {
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    let mut acknowledged: Vec<EntryId> = Vec::new();
    for round in 0..6_u64 {
        // xorshift64: seeded, so that a failing run can be run again.
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["store::kill::child", "--exact", "--ignored", "--nocapture", "--test-threads=1"])
            .env(ENV, place)
            .env(SEED, round.to_string())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut wanted = 1 + random % 150;
        let mut take = |line: String| {
            // The harness prints the test's name before its first line.
            if let Some((_, ids)) = line.split_once(MARK) {
                acknowledged.extend(ids.split(' ').filter_map(|id| id.parse::<EntryId>().ok()));
                return true;
            }
            false
        };
        while wanted > 0 {
            if take(lines.next().expect("the child ended early").unwrap()) {
                wanted -= 1;
            }
        }
        child.kill().unwrap();
        child.wait().unwrap();
        // What it had still printed counts too. The last line may be cut off, and a whole id of it is still a promise.
        for line in lines.map_while(Result::ok) {
            take(line);
        }
        let store = open(place);
        let entries = store.entries(0, usize::MAX).unwrap();
        let seqs: Vec<u64> = entries.iter().map(|stored| stored.seq).collect();
        assert_eq!(seqs, (0..entries.len() as u64).collect::<Vec<_>>());
        for id in &acknowledged {
            assert!(store.find(id).unwrap().is_some_and(|stored| stored.held.is_some()), "{id} was acknowledged");
        }
        // Acts are whole: an act's parts stand together, from its first to its last.
        let mut expected_part = 0;
        for stored in &entries {
            let text = String::from_utf8(stored.held.as_ref().unwrap().bytes.clone()).unwrap();
            let (_, rest) = text.split_once(" part ").unwrap();
            let mut words = rest.split(' ');
            let part: u64 = words.next().unwrap().parse().unwrap();
            let size: u64 = words.nth(1).unwrap().parse().unwrap();
            assert_eq!(part, expected_part, "entry {}", stored.seq);
            expected_part = if part + 1 == size { 0 } else { part + 1 };
        }
        assert_eq!(expected_part, 0, "the last act is whole");
    }
    assert!(acknowledged.len() > 100, "{}", acknowledged.len());
}

#[test]
fn sqlite() {
    let folder = tempfile::tempdir().unwrap();
    kill_and_look(&format!("sqlite:{}", folder.path().join("record.sqlite3").display()));
}

#[test]
fn postgres() {
    kill_and_look(&cluster::database("kill"));
}
