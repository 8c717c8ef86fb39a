//! Builds, runs and checks the project: `cargo xtask demo | web | guide | test [--long] | tidy | fuzz [SECONDS] | load [MINUTES] |
//! onion ADDRESS | bench`.
//!
//! Everything that a fresh machine lacks (PostgreSQL, Chromium, the solver, the page tools) is installed here, or the run
//! stops with the command that would install it. Nothing is skipped in silence.
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod demo;
mod fuzz;
mod load;
mod onion;
mod run;
mod test;
mod tidy;
mod tools;
mod web;

use std::process::ExitCode;

const HELP: &str = "cargo xtask COMMAND

  demo [--listen ADDR] [--data DIR] [--residents]
                                     build what is needed and start the demo city; --residents: with the residents' door
  web [--config intake.toml] [--out dist/report] [--again]
                                     the residents' page as a bundle of files, with its hash and weights; --again builds
                                     all of it in a second folder and compares every file
  guide                              the module with which the desk's guide answers without network, in dist/guide
  test [--long]                      every test; --long adds what takes more than an hour or other tools
  tidy                               the rules of the house that a compiler does not know
  fuzz [SECONDS] [--sanitize]        every fuzz target for so many seconds (default 60); --sanitize: with the address
                                     sanitizer, by a nightly compiler
  load [MINUTES]                     a desk under load, killed again and again (default 60)
  onion ADDRESS                      a Tor network on this machine alone, whose onion service leads to ADDRESS, until its
                                     input ends (for tests)
  bench                              the figures of product and peers, as a table
";

fn main() -> ExitCode {
    if std::env::var_os(fuzz::AS_COMPILER).is_some() {
        let arguments: Vec<_> = std::env::args_os().skip(1).collect();
        return fuzz::compile(&arguments).unwrap_or_else(|error| {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        });
    }
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let rest = arguments.get(1..).unwrap_or_default();
    let done = match arguments.first().map(String::as_str) {
        Some("demo") => demo::demo(rest),
        Some("web") => web::web(rest),
        Some("guide") => web::guide(rest),
        Some("test") => test::test(rest),
        Some("tidy") => tidy::tidy(),
        Some("fuzz") => fuzz::fuzz(rest),
        Some("load") => load::load(rest),
        Some("onion") => onion::onion(rest),
        Some("bench") => run::cargo(&["bench", "--manifest-path", "bench/Cargo.toml"]),
        _ => {
            print!("{HELP}");
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}
