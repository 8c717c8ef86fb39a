//! The figures of product and peers as one table: `cargo bench --manifest-path bench/Cargo.toml`, or `cargo xtask bench`.
//!
//! Every ratio is of two figures measured in the same run on the same machine, since figures of two machines, or of one
//! machine on two days, say nothing about each other. Peers get what is best for them: requests made beforehand, policies
//! parsed, rules sliced. Before anything is timed, every engine must give the same rules for every question; if one does
//! not, the run stops and names the question.
//!
//! The program that is started and whose memory is read is this one: called with the variable of [`program::AS_PRODUCT`] it
//! is `vouchsafe`. Name another with `VOUCHSAFE_PROGRAM`. Real data is found as in the tests, by `VOUCHSAFE_DATA` or beside
//! the repository; without it a generated twin is measured, and the table says so.

mod decide;
mod desk;
mod door;
mod figures;
mod import;
mod line;
mod log;
mod machine;
mod peers;
mod program;
mod questions;
mod reconcile;
mod rules;
mod store;
mod table;

use std::process::ExitCode;

use table::Table;

fn main() -> ExitCode {
    if std::env::var_os(program::AS_PRODUCT).is_some() {
        return server::commands::run();
    }
    // `cargo bench` passes flags of its own; a word picks the parts whose name it begins.
    let wanted: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    match run(&wanted) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// A part of the benchmark: its name, and what adds its lines.
type Part = (&'static str, fn(&mut Table) -> anyhow::Result<()>);

const PARTS: [Part; 8] = [
    ("decide", decide::measure),
    ("log", log::measure),
    ("store", store::measure),
    ("import", import::measure),
    ("reconcile", reconcile::measure),
    ("server", program::measure),
    ("desk", desk::measure),
    ("door", door::measure),
];

fn run(wanted: &[String]) -> anyhow::Result<()> {
    let mut table = Table::default();
    let before = machine::load();
    for (name, measure) in PARTS {
        if wanted.is_empty() || wanted.iter().any(|word| name.starts_with(word.as_str())) {
            eprintln!("bench: {name} ...");
            measure(&mut table)?;
        }
    }
    println!("{}", machine::describe());
    println!("Load average before and after: {before} and {}.\n", machine::load());
    print!("{table}");
    Ok(())
}
