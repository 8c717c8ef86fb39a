//! Every durable write of the sequencer fails once in each way that a write can fail; after each, the log is whole.
//!
//! A write that fails may have been kept or not, and the caller cannot tell (the matrix of Sunlight's tests). A crash then
//! loses what was not made durable, keeps all of it, or keeps the first half of each write. After every combination the
//! sequencer opens again, takes up where it was and catches up, and an audit that shares no state with it finds one history
//! with every leaf in its place; every checkpoint that was ever visible is a prefix of it.
//!
//! Then what a crash cannot do: copies that were restored, files that were lost, two processes at once. Either nothing is
//! signed, or what is signed continues what was.

use std::{
    collections::HashMap,
    io,
    sync::{Arc, LazyLock, Mutex},
};

use tlog::{
    Range, SignedCheckpoint, TilePath,
    signature::verify,
    tile::{TileKind, parse_bundle, parse_tile},
    tree::leaf_hash,
};

use super::{
    sequencer::{BEGINS, Shown, publish},
    *,
};
use crate::store::{self, StoreError, SwapError};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fails {
    NotKept,
    Kept,
    /// Half of it is kept.
    Torn,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Crash {
    /// What was not made durable is gone.
    Loses,
    /// All of it is there by chance.
    Keeps,
    /// Half of each write is there.
    Tears,
}

type Files = HashMap<String, Vec<u8>>;

#[derive(Clone, Default)]
struct State {
    durable: Files,
    seen: Files,
    /// Writes that are not durable yet, in order.
    pending: Vec<(String, usize, Vec<u8>)>,
    checkpoint: Option<store::SignedCheckpoint>,
    /// How many leaves the record has, how many of them have places.
    leaves: u64,
    placed: u64,
    writes: u64,
    fail: Option<(u64, Fails)>,
    /// Every checkpoint that anybody could have seen.
    shown: Vec<String>,
    /// Whether the log has keys; they are made after the file that lets it begin.
    keys: bool,
    held: bool,
    /// A file system whose locks do nothing.
    lockless: bool,
    leased_to_another: bool,
    /// The record of another history: every leaf is another.
    other_leaves: bool,
}

/// The lock in a sequencer's hand.
struct Held(Machine);

impl Drop for Held {
    fn drop(&mut self) {
        self.0.with(|state| state.held = false);
    }
}

/// A machine: a disk and a database that fail together.
#[derive(Clone, Default)]
struct Machine(Arc<Mutex<State>>);

fn put(files: &mut Files, file: &str, at: usize, bytes: &[u8]) {
    let there = files.entry(file.to_owned()).or_default();
    if there.len() < at + bytes.len() {
        there.resize(at + bytes.len(), 0);
    }
    there[at..at + bytes.len()].copy_from_slice(bytes);
}

impl State {
    /// Whether this write fails, and how.
    fn trouble(&mut self) -> Option<Fails> {
        self.writes += 1;
        self.fail.filter(|(at, _)| *at == self.writes - 1).map(|(_, how)| how)
    }
}

fn injected() -> io::Error {
    io::Error::other("a fault was injected here")
}

impl Machine {
    fn with<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        act(&mut self.0.lock().unwrap())
    }

    fn crash(&self, how: Crash) {
        self.with(|state| {
            let pending = std::mem::take(&mut state.pending);
            for (file, at, bytes) in pending {
                let kept = match how {
                    Crash::Loses => 0,
                    Crash::Keeps => bytes.len(),
                    Crash::Tears => bytes.len() / 2,
                };
                put(&mut state.durable, &file, at, &bytes[..kept]);
            }
            state.seen = state.durable.clone();
            state.fail = None;
        });
    }
}

impl Disk for Machine {
    fn length(&self, file: &str) -> io::Result<Option<u64>> {
        Ok(self.with(|state| state.seen.get(file).map(|bytes| bytes.len() as u64)))
    }

    fn read(&self, file: &str, _: u64) -> io::Result<Option<Vec<u8>>> {
        Ok(self.with(|state| state.seen.get(file).cloned()))
    }

    fn read_at(&self, file: &str, offset: u64, bytes: usize) -> io::Result<Vec<u8>> {
        self.with(|state| {
            let from = usize::try_from(offset).unwrap();
            let there = state.seen.get(file).and_then(|all| all.get(from..from + bytes));
            there.map(<[u8]>::to_vec).ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
        })
    }

    fn write_at(&self, file: &str, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.with(|state| {
            let trouble = state.trouble();
            let kept = match trouble {
                None | Some(Fails::Kept) => bytes.len(),
                Some(Fails::NotKept) => 0,
                Some(Fails::Torn) => bytes.len() / 2,
            };
            let at = usize::try_from(offset).unwrap();
            put(&mut state.seen, file, at, &bytes[..kept]);
            state.pending.push((file.to_owned(), at, bytes[..kept].to_vec()));
            trouble.map_or(Ok(()), |_| Err(injected()))
        })
    }

    fn grow(&self, file: &str, zeroes: u64) -> io::Result<()> {
        let end = self.length(file)?.unwrap_or(0);
        self.write_at(file, end, &vec![0; usize::try_from(zeroes).unwrap()])
    }

    fn sync(&self, file: &str) -> io::Result<()> {
        self.with(|state| {
            let trouble = state.trouble();
            let (this, rest) = std::mem::take(&mut state.pending).into_iter().partition(|(name, ..)| name == file);
            state.pending = rest;
            for (file, at, bytes) in Vec::<(String, usize, Vec<u8>)>::from_iter::<Vec<_>>(this) {
                let kept = match trouble {
                    None | Some(Fails::Kept) => bytes.len(),
                    Some(Fails::NotKept) => 0,
                    Some(Fails::Torn) => bytes.len() / 2,
                };
                put(&mut state.durable, &file, at, &bytes[..kept]);
            }
            trouble.map_or(Ok(()), |_| Err(injected()))
        })
    }

    fn replace(&self, file: &str, bytes: &[u8]) -> io::Result<()> {
        self.with(|state| {
            let trouble = state.trouble();
            // A rename is whole or not at all, so a torn one is one that was not kept.
            if matches!(trouble, None | Some(Fails::Kept)) {
                state.seen.insert(file.to_owned(), bytes.to_vec());
                state.durable.insert(file.to_owned(), bytes.to_vec());
                if file == CHECKPOINT {
                    state.shown.push(String::from_utf8(bytes.to_vec()).unwrap());
                }
            }
            trouble.map_or(Ok(()), |_| Err(injected()))
        })
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.with(|state| {
            assert!(state.pending.iter().all(|(file, ..)| file != from), "{from} is not durable yet");
            let trouble = state.trouble();
            if matches!(trouble, None | Some(Fails::Kept)) {
                for files in [&mut state.seen, &mut state.durable] {
                    let bytes = files.remove(from).unwrap();
                    files.insert(to.to_owned(), bytes);
                }
                state.pending.retain(|(file, ..)| file != to);
            }
            trouble.map_or(Ok(()), |_| Err(injected()))
        })
    }

    fn remove(&self, file: &str) -> io::Result<()> {
        self.with(|state| {
            let trouble = state.trouble();
            if matches!(trouble, None | Some(Fails::Kept)) {
                state.seen.remove(file);
                state.durable.remove(file);
                state.pending.retain(|(pending, ..)| pending != file);
            }
            trouble.map_or(Ok(()), |_| Err(injected()))
        })
    }

    fn hold(&self) -> io::Result<Option<Hold>> {
        let free = self.with(|state| state.lockless || !std::mem::replace(&mut state.held, true));
        Ok(free.then(|| Box::new(Held(self.clone())) as Hold))
    }
}

/// The leaf of each entry of the record.
fn commitment(index: u64) -> [u8; LEAF_BYTES] {
    leaf_hash(&index.to_le_bytes()).0
}

fn lost() -> StoreError {
    StoreError::Unfit { place: "the store".into(), what: "a fault was injected here".into() }
}

impl Leaves for Machine {
    fn lease(&self) -> Result<bool, StoreError> {
        Ok(self.with(|state| !state.leased_to_another))
    }

    fn place(&self, limit: usize) -> Result<u64, StoreError> {
        self.with(|state| {
            let trouble = state.trouble();
            if matches!(trouble, None | Some(Fails::Kept)) {
                state.placed = state.leaves.min(state.placed + limit as u64);
            }
            trouble.map_or(Ok(state.placed), |_| Err(lost()))
        })
    }

    fn leaves(&self, from: u64, limit: usize) -> Result<Vec<[u8; LEAF_BYTES]>, StoreError> {
        Ok(self.with(|state| {
            let leaf = |index| if state.other_leaves { commitment(index + 1_000_000) } else { commitment(index) };
            (from..state.placed).take(limit).map(leaf).collect()
        }))
    }

    fn checkpoint(&self) -> Result<Option<store::SignedCheckpoint>, StoreError> {
        Ok(self.with(|state| state.checkpoint.clone()))
    }

    fn swap(&self, old: Option<&store::SignedCheckpoint>, new: &store::SignedCheckpoint) -> Result<(), SwapError> {
        self.with(|state| {
            let trouble = state.trouble();
            if state.checkpoint.as_ref() != old {
                return Err(SwapError::Moved { found: state.checkpoint.as_ref().map_or(0, |found| found.size) });
            }
            if matches!(trouble, None | Some(Fails::Kept)) {
                state.checkpoint = Some(new.clone());
            }
            trouble.map_or(Ok(()), |_| Err(SwapError::Store(lost())))
        })
    }
}

fn keys() -> Arc<Keys> {
    // Made once: thousands of openings ask for them.
    static KEYS: LazyLock<Arc<Keys>> =
        LazyLock::new(|| Arc::new(Keys::from_seeds("log.example/2026", [[3; 32], [4; 32]]).unwrap()));
    Arc::clone(&KEYS)
}

/// Opens the sequencer as [`Log::find`] and [`Log::sequencer`] do, keys that are made once among the rest.
fn open(machine: &Machine) -> Result<Sequencer, OpenError> {
    if !machine.with(|state| state.keys) {
        machine.replace(BEGINS, b"").map_err(OpenError::Published)?;
        machine.with(|state| state.keys = true);
    }
    Sequencer::open(Arc::new(machine.clone()), Arc::new(machine.clone()), keys(), 1_790_000_000)
}

/// The batches in which the record grows: within a tile, to its end, over several, over the first tile of level 1.
const BATCHES: [u64; 5] = [1, 255, 3, 600, 70];

/// Grows the record and follows it, until something fails.
fn run(machine: &Machine) -> Result<(), Box<dyn std::error::Error>> {
    let mut sequencer = open(machine)?;
    for (time, batch) in (0..).zip(BATCHES) {
        machine.with(|state| state.leaves += batch);
        // Smaller than some batches, so that one batch takes several steps.
        while sequencer.step(300, 1_790_000_000 + time)? > 0 {}
    }
    Ok(())
}

/// Checks the log as anybody could, from the files alone; gives its size.
fn audit(machine: &Machine) -> u64 {
    let get = |path: &str| resource(machine, path).map(|resource| resource.bytes);
    let head = SignedCheckpoint::parse(&get("checkpoint").unwrap()).unwrap();
    verify(&head, &keys().public()).unwrap();
    let size = head.checkpoint().size();
    let mut range = Range::new();
    let mut roots = vec![range.root()];
    let mut levels = vec![Vec::new(); 8];
    for path in TilePath::all(size).filter(|path| path.kind() == TileKind::Entries) {
        let bytes = get(&path.to_string()).unwrap();
        for (index, leaf) in (path.first()..).zip(parse_bundle(&bytes, path.width()).unwrap()) {
            assert_eq!(leaf, commitment(index), "leaf {index}");
            range.append(leaf_hash(leaf), |level, _, hash| {
                if level % 8 == 0 {
                    levels[usize::from(level / 8)].push(hash);
                }
            });
            roots.push(range.root());
        }
    }
    for path in TilePath::all(size) {
        let TileKind::Level(level) = path.kind() else { continue };
        let hashes = parse_tile(&get(&path.to_string()).unwrap(), path.width()).unwrap();
        let first = usize::try_from(path.first()).unwrap();
        assert_eq!(hashes, levels[usize::from(level)][first..first + hashes.len()], "{path}");
    }
    assert_eq!(range.root(), head.checkpoint().root());
    machine.with(|state| {
        assert_eq!(state.checkpoint.as_ref().unwrap().size, size);
        for note in &state.shown {
            let shown = SignedCheckpoint::parse(note.as_bytes()).unwrap();
            let at = usize::try_from(shown.checkpoint().size()).unwrap();
            assert_eq!(Some(&shown.checkpoint().root()), roots.get(at), "a checkpoint of another history was visible");
        }
    });
    size
}

#[test]
fn with_no_fault_the_log_follows_the_record() {
    let machine = Machine::default();
    run(&machine).unwrap();
    assert_eq!(audit(&machine), BATCHES.iter().sum::<u64>());
}

#[test]
fn after_every_fault_and_every_crash_the_log_is_whole() {
    let whole = Machine::default();
    run(&whole).unwrap();
    let writes = whole.with(|state| state.writes);
    assert!(writes > 50, "{writes} writes");
    let total: u64 = BATCHES.iter().sum();
    let mut failed = 0;
    for at in 0..writes {
        for fails in [Fails::NotKept, Fails::Kept, Fails::Torn] {
            for crash in [Crash::Loses, Crash::Keeps, Crash::Tears] {
                let machine = Machine::default();
                machine.with(|state| state.fail = Some((at, fails)));
                run(&machine).unwrap_err();
                failed += 1;
                machine.crash(crash);
                let signed = machine.with(|state| state.checkpoint.as_ref().map_or(0, |signed| signed.size));
                let place = format!("write {at} {fails:?}, then {crash:?}");
                let mut sequencer = open(&machine).unwrap_or_else(|error| panic!("{place}: {error:?}"));
                assert_eq!(sequencer.size(), signed, "{place}");
                assert_eq!(audit(&machine), signed, "{place}");
                machine.with(|state| state.leaves = total);
                while sequencer.step(300, 1_790_000_100).unwrap_or_else(|error| panic!("{place}: {error:?}")) > 0 {}
                assert_eq!(audit(&machine), total, "{place}");
            }
        }
    }
    println!("{failed} faults at {writes} writes, the log whole after each");
}

#[test]
fn of_two_sequencers_the_loser_stops_and_says_why() {
    let machine = Machine::default();
    // Neither lease nor lock keeps them apart.
    machine.with(|state| state.lockless = true);
    let mut one = open(&machine).unwrap();
    let mut two = open(&machine).unwrap();
    machine.with(|state| state.leaves = 10);
    assert_eq!(one.step(4, 1).unwrap(), 4);
    let error = two.step(4, 1).unwrap_err();
    assert!(matches!(error, StepError::Lost { found: 4 }), "{error}");
    assert_eq!(
        error.to_string(),
        "another sequencer has signed a checkpoint of 4 leaves: this one stops; run one sequencer for a log"
    );
    while one.step(4, 2).unwrap() > 0 {}
    assert_eq!(audit(&machine), 10);
}

#[test]
fn one_sequencer_at_a_time_and_the_next_when_it_is_gone() {
    let machine = Machine::default();
    let mut one = open(&machine).unwrap();
    assert!(open(&machine).err().unwrap().is_held());
    machine.with(|state| state.leaves = 10);
    one.step(4, 1).unwrap();
    drop(one);
    let mut two = open(&machine).unwrap();
    machine.with(|state| state.leased_to_another = true);
    let error = two.step(4, 1).unwrap_err();
    assert!(matches!(error, StepError::Unleased), "a lease that is lost ends the sequencer: {error}");
    drop(two);
    assert!(matches!(open(&machine).err(), Some(OpenError::Leased)));
    assert_eq!(audit(&machine), 4);
}

#[test]
fn a_sequencer_that_slept_while_another_went_far_ahead_destroys_nothing() {
    for ahead in [300, 2_000, 5_000] {
        let machine = Machine::default();
        machine.with(|state| (state.lockless, state.leaves) = (true, 200));
        let mut slow = open(&machine).unwrap();
        slow.step(200, 1).unwrap();
        let mut fast = open(&machine).unwrap();
        machine.with(|state| state.leaves += ahead);
        while fast.step(700, 2).unwrap() > 0 {}
        let files = machine.with(|state| state.seen.clone());
        // It appends what it knows of, past what it takes for the end of the files, and loses the swap.
        let error = slow.step(10_000, 3).unwrap_err();
        assert!(matches!(error, StepError::Lost { .. }), "{error}");
        let used = |file: &str| if file == "entries" { (200 + ahead) * 34 } else { (200 + ahead) * 32 };
        machine.with(|state| {
            for (file, before) in &files {
                let used = usize::try_from(used(file)).unwrap().min(before.len());
                assert!(state.seen[file][..used] == before[..used], "{file} was changed");
            }
        });
        assert_eq!(audit(&machine), 200 + ahead);
        drop(slow);
        assert_eq!(open(&machine).unwrap().size(), 200 + ahead);
    }
}

#[test]
fn what_is_published_never_goes_back() {
    let machine = Machine::default();
    run(&machine).unwrap();
    let (old, new) = machine.with(|state| (state.shown[1].clone(), state.seen[CHECKPOINT].clone()));
    let old = store::SignedCheckpoint { size: 1, note: old };
    assert_eq!(publish(&machine, &keys(), &old).unwrap(), Shown::Larger(929));
    assert_eq!(machine.with(|state| state.seen[CHECKPOINT].clone()), new);
}

#[test]
fn on_a_real_folder_one_handle_writes_and_growing_never_goes_below_the_end() {
    let path = tempfile::tempdir().unwrap();
    let (one, two) = (Folder::create(path.path()).unwrap(), Folder::create(path.path()).unwrap());
    let hold = one.hold().unwrap().unwrap();
    assert!(two.hold().unwrap().is_none());
    drop(hold);
    assert!(two.hold().unwrap().is_some());
    one.grow("entries", 10).unwrap();
    two.write_at("entries", 10, b"written by another").unwrap();
    one.grow("entries", 5).unwrap();
    assert_eq!(two.read_at("entries", 0, 33).unwrap(), b"\0\0\0\0\0\0\0\0\0\0written by another\0\0\0\0\0");
    // A rebuilt file is seen by whoever had the old one open.
    one.write_at("entries.rebuilt", 0, b"rebuilt").unwrap();
    one.rename("entries.rebuilt", "entries").unwrap();
    assert_eq!(two.read_at("entries", 0, 7).unwrap(), b"rebuilt");
    one.remove("entries").unwrap();
    one.remove("entries").unwrap();
    assert_eq!(two.length("entries").unwrap(), None);
}

#[test]
fn a_log_whose_parts_do_not_belong_together_is_not_continued() {
    let fresh = || {
        let machine = Machine::default();
        run(&machine).unwrap();
        machine
    };
    let refused = |machine: &Machine| open(machine).err().expect("refused");

    let machine = fresh();
    let first = machine.with(|state| state.shown[1].clone());
    machine.with(|state| state.checkpoint = Some(store::SignedCheckpoint { size: 1, note: first }));
    assert!(matches!(refused(&machine), OpenError::StoreBehind { published: 929, stored: 1 }));

    let machine = fresh();
    machine.with(|state| state.checkpoint = None);
    assert!(matches!(refused(&machine), OpenError::StoreBehind { published: 929, stored: 0 }));
    machine.with(|state| state.seen.remove(CHECKPOINT));
    assert!(matches!(refused(&machine), OpenError::Begun));

    let machine = fresh();
    let stranger = Arc::new(Keys::from_seeds("log.example/2026", [[5; 32], [6; 32]]).unwrap());
    let opened = Sequencer::open(Arc::new(machine.clone()), Arc::new(machine.clone()), stranger, 1);
    assert!(matches!(opened.err(), Some(OpenError::OtherKeys(_))));

    let machine = fresh();
    let other = Machine::default();
    other.with(|state| state.leaves = 2);
    let mut history = open(&other).unwrap();
    history.step(2, 1).unwrap();
    // A head of the same key over other leaves: the same size as the first ever shown, another root.
    let (checkpoint, signed) = {
        let mut range = Range::new();
        range.append(leaf_hash(b"another history"), |_, _, _| {});
        let checkpoint = tlog::Checkpoint::new("log.example/2026", 1, range.root()).unwrap();
        let signatures = keys().sign(&checkpoint, 1).unwrap();
        (checkpoint.clone(), SignedCheckpoint::new(checkpoint, signatures).unwrap())
    };
    assert_eq!(checkpoint.size(), 1);
    machine.with(|state| state.seen.insert("checkpoint".into(), signed.to_string().into_bytes()));
    assert!(matches!(refused(&machine), OpenError::Forked { published: 1, stored: 929, .. }));
}

/// A machine whose log has 929 leaves, and whose store was then restored from a copy that knows 256 of them.
fn restored() -> Machine {
    let machine = Machine::default();
    run(&machine).unwrap();
    machine.with(|state| {
        let old = state.shown.iter().find(|note| note.lines().nth(1) == Some("256")).unwrap().clone();
        state.checkpoint = Some(store::SignedCheckpoint { size: 256, note: old });
        (state.leaves, state.placed) = (256, 256);
    });
    machine
}

#[test]
fn a_store_that_was_restored_signs_no_second_history_whatever_else_is_lost() {
    let machine = restored();
    assert!(matches!(open(&machine).err(), Some(OpenError::StoreBehind { published: 929, stored: 256 })));

    // The published checkpoint is lost as well: the leaves in the files tell.
    let machine = restored();
    machine.with(|state| state.seen.remove(CHECKPOINT));
    assert!(matches!(open(&machine).err(), Some(OpenError::StrayLeaf { index: 256 })));
    // So they do when the record has grown anew, into other leaves at the same places.
    machine.with(|state| (state.leaves, state.placed, state.other_leaves) = (2_000, 2_000, true));
    assert!(matches!(open(&machine).err(), Some(OpenError::StrayLeaf { index: 256 })));
    // And when files of hashes are lost too; nothing is rebuilt over them.
    machine.with(|state| (state.other_leaves, state.placed) = (false, 300));
    machine.with(|state| state.seen.remove("level-0"));
    assert!(matches!(open(&machine).err(), Some(OpenError::StrayLeaf { index: 300 })));

    // The published checkpoint is damaged, in any byte.
    for at in [0, 5, 20, 40, 90, 150, 1_000] {
        let machine = restored();
        machine.with(|state| state.seen.get_mut(CHECKPOINT).unwrap()[at] ^= 1);
        assert!(matches!(open(&machine).err(), Some(OpenError::PublishedUnknown)), "byte {at}");
    }
    let machine = restored();
    machine.with(|state| state.seen.insert(CHECKPOINT.into(), Vec::new()));
    assert!(matches!(open(&machine).err(), Some(OpenError::PublishedUnknown)));

    // Only the keys are left.
    let machine = Machine::default();
    machine.with(|state| (state.keys, state.leaves) = (true, 10));
    assert!(matches!(open(&machine).err(), Some(OpenError::Begun)));
    assert!(machine.with(|state| state.shown.is_empty() && state.checkpoint.is_none()), "nothing was signed");
}

#[test]
fn a_log_begins_once() {
    let machine = Machine::default();
    drop(open(&machine).unwrap());
    machine.with(|state| assert!(!state.seen.contains_key(BEGINS)));
    machine.with(|state| (state.seen.clear(), state.durable.clear(), state.checkpoint = None));
    assert!(matches!(open(&machine).err(), Some(OpenError::Begun)));
}

/// Each way in which a log's files are lost or damaged so that opening can see it.
const LOSSES: [fn(&mut Files); 6] = [
    |files| files.get_mut("level-0").unwrap().truncate(929 * 32 - 1),
    |files| drop(files.remove("entries")),
    |files| drop(files.remove("level-1")),
    |files| files.get_mut("level-0").unwrap()[928 * 32] ^= 1,
    |files| files.get_mut("entries").unwrap().truncate(34 * 300),
    |files| files.clear(),
];

#[test]
fn files_that_are_lost_are_rebuilt_and_the_log_goes_on() {
    for (number, loss) in LOSSES.iter().enumerate() {
        let machine = Machine::default();
        run(&machine).unwrap();
        machine.with(|state| (loss(&mut state.seen), loss(&mut state.durable)));
        let mut sequencer = open(&machine).unwrap_or_else(|error| panic!("loss {number}: {error:?}"));
        assert!(sequencer.rebuilt(), "loss {number}");
        assert_eq!(audit(&machine), 929, "loss {number}");
        machine.with(|state| state.leaves += 100);
        while sequencer.step(300, 1_790_000_100).unwrap() > 0 {}
        assert_eq!(audit(&machine), 1_029, "loss {number}");
        drop(sequencer);
        assert!(!open(&machine).unwrap().rebuilt(), "loss {number}");
        machine.with(|state| assert!(state.seen.keys().all(|file| !file.contains("rebuilt")), "loss {number}"));
    }
}

#[test]
fn files_are_not_rebuilt_from_a_store_that_does_not_hold_the_signed_tree() {
    for change in [|state: &mut State| state.other_leaves = true, |state: &mut State| state.placed = 800] {
        let machine = Machine::default();
        run(&machine).unwrap();
        machine.with(|state| {
            state.seen.remove("level-0");
            // Else what lies beyond the head would be looked at first; there is nothing.
            change(state);
        });
        let before = machine.with(|state| state.seen.get("entries").cloned());
        assert!(matches!(open(&machine).err(), Some(OpenError::OtherTree { size: 929 })));
        assert_eq!(machine.with(|state| state.seen.get("entries").cloned()), before, "the old files stay");
    }
}

#[test]
fn a_rebuilding_that_fails_at_any_write_is_done_at_the_next_opening() {
    let sound = Machine::default();
    run(&sound).unwrap();
    let lost = |loss: &fn(&mut Files)| {
        let machine = Machine(Arc::new(Mutex::new(sound.with(|state| state.clone()))));
        machine.with(|state| {
            loss(&mut state.seen);
            loss(&mut state.durable);
            state.writes = 0;
        });
        machine
    };
    // All files of which are there but one, and none at all.
    for loss in [&LOSSES[3], &LOSSES[5]] {
        let whole = lost(loss);
        open(&whole).unwrap();
        let writes = whole.with(|state| state.writes);
        assert!(writes > 10, "{writes} writes");
        for at in 0..writes {
            for fails in [Fails::NotKept, Fails::Kept, Fails::Torn] {
                for crash in [Crash::Loses, Crash::Keeps, Crash::Tears] {
                    let machine = lost(loss);
                    machine.with(|state| state.fail = Some((at, fails)));
                    assert!(open(&machine).is_err());
                    machine.crash(crash);
                    let place = format!("write {at} {fails:?}, then {crash:?}");
                    let sequencer = open(&machine).unwrap_or_else(|error| panic!("{place}: {error:?}"));
                    assert_eq!((sequencer.size(), audit(&machine)), (929, 929), "{place}");
                }
            }
        }
    }
}

#[test]
fn nothing_beyond_the_checkpoint_is_served_and_proofs_hold() {
    let machine = Machine::default();
    run(&machine).unwrap();
    let get = |path: &str| resource(&machine, path);
    for path in ["tile/0/003", "tile/0/003.p/162", "tile/1/000.p/4", "tile/2/000.p/1", "tile/entries/004", "proof/929"]
    {
        assert!(matches!(get(path), Err(ResourceError::NotFound(_))), "{path}");
    }
    for path in
        ["", "/", "entries", "level-0", "../keys/log.key", "proof/", "proof/01", "tile/0/x000/001", "checkpoint.new"]
    {
        assert!(matches!(get(path), Err(ResourceError::NotFound(_))), "{path}");
    }
    assert_eq!(get("tile/0/003.p/161").unwrap().bytes.len(), 161 * 32);
    assert_eq!(get("tile/0/002.p/7").unwrap().bytes, get("tile/0/002").unwrap().bytes[..7 * 32]);
    for index in [0, 255, 256, 800, 928] {
        let bytes = get(&format!("proof/{index}")).unwrap().bytes;
        let receipt = tlog::InclusionReceipt::parse(&bytes).unwrap();
        receipt.verify(leaf_hash(&commitment(index)), &keys().public()).unwrap();
    }
}
