//! Record and log together, killed at random moments: nothing acknowledged is lost, and what is left verifies.
//!
//! The test starts itself as a child that commits through the group from several threads, prints each acknowledged id, and
//! lets the log follow without pause; the parent kills it with SIGKILL, checks the folder as it lies, lets the log catch up
//! and checks again. All rounds work on one folder, so that each begins with what the last one left.

use std::{
    collections::HashSet,
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
    process::{Command, Stdio},
    sync::Arc,
};

use record::EntryId;
use server::{
    log::{self, verify::verify},
    store::{Group, Sqlite, Store},
};

use crate::folders::opened;
use crate::store::said;

const ENV: &str = "VOUCHSAFE_TEST_CHILD_DATA";
const ROUND: &str = "VOUCHSAFE_TEST_CHILD_ROUND";
const MARK: &str = "acknowledged ";

/// Runs only as the child of the test below.
#[test]
#[ignore = "run by the test of this file as its child"]
fn child() {
    let Ok(data) = std::env::var(ENV) else { return };
    let round: u64 = std::env::var(ROUND).unwrap().parse().unwrap();
    let data = Path::new(&data);
    let store: Arc<dyn Store> = Arc::new(Sqlite::open(&data.join("record.sqlite3")).unwrap());
    let group = Arc::new(Group::new(Arc::clone(&store)).unwrap());
    let mut sequencer = log::open(store, data, Some("log.example/crash")).unwrap();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            loop {
                // Odd limits, so that steps end within tiles and at their ends.
                sequencer.step(37, 1_790_000_000 + round).unwrap();
            }
        });
        for thread in 0..3_u64 {
            let group = &group;
            scope.spawn(move || {
                for n in 0_u64.. {
                    let mut entry =
                        said(&format!("{thread} {n} {}", "x".repeat(usize::try_from(n % 900).unwrap())), None);
                    let mut id = [0; 16];
                    id[..8].copy_from_slice(&(round + 1).to_be_bytes());
                    id[8..].copy_from_slice(&((thread << 48) | n).to_be_bytes());
                    entry.id = EntryId::from_bytes(id);
                    let committed = group.commit("say", vec![entry.into()]).unwrap();
                    let mut out = std::io::stdout().lock();
                    writeln!(out, "{MARK}{}", committed[0].id).unwrap();
                    out.flush().unwrap();
                }
            });
        }
    });
}

#[test]
fn killed_at_random_moments_record_and_log_stay_whole() {
    let folder = tempfile::tempdir().unwrap();
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    let mut acknowledged: Vec<EntryId> = Vec::new();
    for round in 0..8_u64 {
        // xorshift64: seeded, so that a failing run can be run again.
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["crash::child", "--exact", "--ignored", "--nocapture", "--test-threads=1"])
            .env(ENV, folder.path())
            .env(ROUND, round.to_string())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut wanted = 1 + random % 200;
        let mut take = |line: String| {
            let id = line.split_once(MARK).and_then(|(_, id)| id.parse().ok());
            id.map(|id| acknowledged.push(id)).is_some()
        };
        while wanted > 0 {
            if take(lines.next().expect("the child ended early").unwrap()) {
                wanted -= 1;
            }
        }
        child.kill().unwrap();
        child.wait().unwrap();
        for line in lines.map_while(Result::ok) {
            take(line);
        }

        let path = folder.path().to_str().unwrap();
        let lies = verify(path, &[]).unwrap();
        assert_eq!(lies.faults.named, [], "round {round}, as it lies");
        let store: Arc<dyn Store> = Arc::new(Sqlite::open(&folder.path().join("record.sqlite3")).unwrap());
        let there: HashSet<EntryId> = store.entries(0, usize::MAX).unwrap().iter().map(|stored| stored.id).collect();
        for id in &acknowledged {
            assert!(there.contains(id), "{id} was acknowledged and is lost");
        }
        opened(store, folder.path(), None).catch_up().unwrap();
        let caught_up = verify(path, &[]).unwrap();
        assert_eq!(caught_up.faults.named, [], "round {round}, caught up");
        let record = caught_up.record.unwrap();
        assert_eq!((record.recomputed, record.waiting), (there.len() as u64, 0));
        assert_eq!(caught_up.size, there.len() as u64);
        assert!(caught_up.size >= lies.size, "the log never shrinks");
    }
    assert!(acknowledged.len() > 100, "{}", acknowledged.len());
}
