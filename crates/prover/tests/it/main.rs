//! The pack of New York City is proved a second time, and a pack that a slip has broken is refuted, with facts that the engine confirms.
//!
//! Needs the solver; without it the tests say `skipped: cvc5 not found`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod access;

use std::{collections::BTreeMap, fs, path::Path};

use law::{Outcome, Pack, PackFiles};
use prover::{Cvc5, Result, prove};

fn walk(folder: &Path, prefix: &str, files: &mut BTreeMap<String, Vec<u8>>) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = format!("{prefix}{}", entry.file_name().into_string().unwrap());
        if entry.path().is_dir() {
            walk(&entry.path(), &format!("{name}/"), files);
        } else {
            files.insert(name, fs::read(entry.path()).unwrap());
        }
    }
}

fn nyc() -> PackFiles {
    let mut files = BTreeMap::new();
    walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packs/nyc"), "", &mut files);
    PackFiles(files)
}

pub fn solver() -> Option<Cvc5> {
    let solver = Cvc5::find();
    if let Err(error) = &solver {
        println!("skipped: cvc5 not found: {error}");
    }
    solver.ok()
}

#[test]
fn every_theorem_of_new_york_city_is_proved() {
    let Some(solver) = solver() else { return };
    let pack = Pack::load(&nyc()).unwrap();
    let proofs = prove(&pack, solver).unwrap();
    assert_eq!(proofs.len(), pack.theorems().len());
    let queries: usize = proofs.iter().map(|proof| proof.queries).sum();
    println!("{} theorems, {queries} queries", proofs.len());
    for (proof, theorem) in proofs.iter().zip(pack.theorems()) {
        assert_eq!(proof.id, theorem.id);
        assert!(matches!(proof.result, Result::Proved), "{}: {:#?}", proof.id, proof.result);
        // What a provision says of the days before it is said of no rules: it leaves everything alone then, and is named so.
        let before = theorem.id.ends_with("/before");
        assert_eq!(proof.looked_at == 0, before, "{} looks at {} sets of rules", proof.id, proof.looked_at);
        assert!(!before || theorem.outcome_in == [Outcome::Outside].into(), "{} of no rules", proof.id);
    }
}

#[test]
fn a_pack_that_forgets_the_warrant_is_refuted() {
    let Some(solver) = solver() else { return };
    let mut files = nyc();
    let text = String::from_utf8(files.0.remove("city/9-131.md").unwrap()).unwrap();
    let broken = text.replace("term.judicial_warrant_9_131 && ", "");
    assert_ne!(broken, text);
    files.0.insert("city/9-131.md".into(), broken.into_bytes());
    let pack = Pack::load(&files).unwrap();
    let proofs = prove(&pack, solver).unwrap();
    let refuted: Vec<_> = proofs
        .iter()
        .filter_map(|proof| match &proof.result {
            Result::Refuted(counterexample) => Some(counterexample),
            _ => None,
        })
        .collect();
    assert!(!refuted.is_empty());
    let replayed = refuted.iter().filter_map(|it| it.replayed.as_ref());
    assert!(replayed.clone().any(|(_, outcome)| *outcome == Outcome::Permitted), "{refuted:#?}");
}
