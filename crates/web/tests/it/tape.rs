//! What a test asks and is answered, written down: so that the modules, and their twins, can be asked the same in Node
//! (`e2e/modules.mjs`). Nothing is written unless `VOUCHSAFE_VECTORS` names a folder.

use std::{
    fs::File,
    io::Write as _,
    path::Path,
    sync::{Mutex, OnceLock},
    thread,
};

use super::{Fault, Fields, fields};
use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

/// The name of the test that runs.
pub fn test() -> String {
    thread::current().name().unwrap_or_default().to_owned()
}

/// Writes a question and its answer as one line of this process's file. Numbers and bytes of a fault are those that cross to
/// the page.
pub fn write(file: &str, question: Value, answer: Result<&[u8], &Fault>) {
    static TAPE: OnceLock<Option<Mutex<File>>> = OnceLock::new();
    let tape = TAPE.get_or_init(|| {
        let folder = std::env::var_os("VOUCHSAFE_VECTORS")?;
        Some(Mutex::new(File::create(Path::new(&folder).join(file)).unwrap()))
    });
    let Some(tape) = tape else { return };
    let (fault, out) = answer.map_or_else(|fault| (fault.number(), fault.detail()), |out| (0, out.to_vec()));
    let mut line = json!({ "test": test(), "fault": fault, "out": hex::encode(out) });
    line.as_object_mut().unwrap().extend(question.as_object().cloned().unwrap_or_else(Map::new));
    writeln!(tape.lock().unwrap(), "{line}").unwrap();
}

/// Inputs that are like this one, and most of them not in its form: cut off, with a field too many, with each field empty, shorter,
/// longer and changed.
pub fn spoilt(input: &[u8]) -> Vec<Zeroizing<Vec<u8>>> {
    let (mut read, mut good) = (Fields::new(input), Vec::new());
    while !read.is_empty() {
        good.push(read.bytes().unwrap());
    }
    let cut = |len: usize| Zeroizing::new(input[..len].to_vec());
    let mut bad: Vec<_> = [0, 1, 3, 4, input.len() / 2, input.len().saturating_sub(1)]
        .into_iter()
        .filter(|len| *len < input.len())
        .map(cut)
        .collect();
    bad.push(fields(&[good.as_slice(), &[b""]].concat()));
    bad.push(Zeroizing::new([&[0xff; 4], input].concat()));
    for (place, field) in good.iter().enumerate() {
        let mut flipped = [field.to_vec(), field.to_vec()];
        if let [first, ..] = flipped[0].as_mut_slice() {
            *first ^= 1;
        }
        if let [.., last] = flipped[1].as_mut_slice() {
            *last ^= 0x80;
        }
        let shorter = &field[..field.len().saturating_sub(1)];
        let longer = [*field, &[0]].concat();
        for other in [&flipped[0], &flipped[1], shorter, &longer, b"", b"\xff\xfe"] {
            let mut values = good.clone();
            values[place] = other;
            bad.push(fields(&values));
        }
    }
    bad
}
