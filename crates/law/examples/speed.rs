//! How fast a pack decides: `cargo run --release -p law --example speed [PACK]`, each case of the pack asked again and again.
//!
//! Prints the median and the 99th percentile of one warm decision, and decisions a second on one core.

use std::{collections::BTreeMap, fs, path::Path, time::Instant};

use law::{Pack, PackFiles, decide, pack::CaseBody};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder =
        std::env::args().nth(1).unwrap_or_else(|| concat!(env!("CARGO_MANIFEST_DIR"), "/../../packs/nyc").into());
    let mut files = BTreeMap::new();
    walk(Path::new(&folder), "", &mut files)?;
    let start = Instant::now();
    let pack = Pack::load(&PackFiles(files))?;
    println!("load {:?}", start.elapsed());
    let cases: Vec<_> = pack
        .cases()
        .iter()
        .filter_map(|case| match &case.body {
            CaseBody::Decide { on, question, facts, .. } => Some((question, facts, *on)),
            _ => None,
        })
        .collect();
    let start = Instant::now();
    for (question, facts, on) in &cases {
        std::hint::black_box(decide(&pack, question, facts, *on));
    }
    println!("cold {:?} a decision", start.elapsed() / u32::try_from(cases.len().max(1))?);
    let mut times = Vec::new();
    let all = Instant::now();
    for _ in 0..20 {
        for (question, facts, on) in &cases {
            let start = Instant::now();
            std::hint::black_box(decide(&pack, question, facts, *on));
            times.push(start.elapsed());
        }
    }
    let all = all.elapsed();
    times.sort_unstable();
    let at = |share: usize| times.get((times.len() * share / 100).min(times.len().saturating_sub(1)));
    println!("warm: median {:?}, 99th percentile {:?}", at(50), at(99));
    println!("{:.0} decisions a second on one core", f64::from(u32::try_from(times.len())?) / all.as_secs_f64());
    let start = Instant::now();
    for _ in 0..20 {
        for (question, facts, on) in &cases {
            std::hint::black_box(law::derive_all(pack.vocabulary(), question, facts, *on)).ok();
        }
    }
    println!("of these {:?} are derivations", start.elapsed() / u32::try_from(times.len().max(1))?);
    Ok(())
}

fn walk(folder: &Path, prefix: &str, files: &mut BTreeMap<String, Vec<u8>>) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            walk(&entry.path(), &format!("{name}/"), files)?;
        } else {
            files.insert(name, fs::read(entry.path())?);
        }
    }
    Ok(())
}
