//! `cargo xtask test`: the README's second command. Everything that a promise rests on, on a fresh machine.
//!
//! Everything is built once, together and with the second prover: each choice of packages and features is another set of
//! features of what they depend on, and so a build of its own. Since one crate's features then hide what another forgot to ask
//! for, the builds that users make (`xtask demo`, `xtask web`, the kernel alone) are checked by themselves, and with `--long` each.
//! The last line counts: `N passed, N failed, N skipped`.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Result, bail};

use crate::{fuzz, load, run, tidy, tools, web};

/// Tells the prover where its solver's libraries are.
const SOLVER: &str = "VOUCHSAFE_CVC5_DIR";

/// Tells the server's tests where a stand-in for object storage is.
const MOTO: &str = "VOUCHSAFE_MOTO";
/// The same for a real server of object storage, which only `--long` has.
const GARAGE: &str = "VOUCHSAFE_GARAGE";
/// And for who builds a Tor network on this machine: this program (`onion.rs`), where Tor is installed.
const ONION: &str = "VOUCHSAFE_ONION";

/// Tells the page's tests where to write down what they asked, for the modules and their twins to be asked the same.
const VECTORS: &str = "VOUCHSAFE_VECTORS";

/// How long the crates' tests may take, their build included: twice what a slow machine has needed.
const CRATES_MINUTES: u32 = 60;
/// How long one program of stories may take: four times what a slow machine has needed.
const STORY_MINUTES: u32 = 20;
/// The same for what only `--long` runs.
const LONG_STORY_MINUTES: u32 = 90;

/// What is built and tested together, beside this program, which must not be built anew while it runs.
const CRATES: [&str; 11] =
    ["tlog", "law", "guide", "media", "record", "contacts", "seal", "web", "page", "prover", "server"];

/// The server with the second prover (ADR 17), which a plain build leaves out.
const FEATURES: &str = "server/prover";

#[derive(Default)]
struct Tally {
    passed: u64,
    failed: u64,
    skipped: u64,
    broken: Vec<String>,
    said: Vec<String>,
    times: Vec<(String, Duration)>,
}

impl Tally {
    /// Runs a step that is one check of its own.
    fn step(&mut self, name: &str, step: impl FnOnce() -> Result<()>) {
        self.timed(name, |tally| match step() {
            Ok(()) => tally.passed += 1,
            Err(error) => tally.missing(name, &error),
        });
    }

    /// Runs a test command and adds up the counts of its closing lines.
    fn suite(&mut self, name: &str, command: &mut Command) {
        self.timed(name, |tally| {
            let mut failed = 0;
            let mut said = Said::default();
            let ended = run::watch(command, |line| {
                said.see(line);
                if let Some(counts) = Counts::of(line) {
                    tally.passed += counts.passed;
                    tally.skipped += counts.skipped;
                    failed += counts.failed;
                }
                if line.starts_with("skipped: ") {
                    tally.skipped += 1;
                }
            });
            if !matches!(ended, Ok(true)) {
                if let Err(error) = ended {
                    eprintln!("{name}: {error:#}");
                }
                failed = failed.max(1);
                tally.broken.push(name.to_owned());
                tally.said.extend([format!("== {name}")].into_iter().chain(said.kept));
            }
            tally.failed += failed;
        });
    }

    /// Runs the tests of the crates, built together.
    fn crate_tests(&mut self, named: &[(&str, PathBuf)]) {
        let mut command = run::limited(CRATES_MINUTES, run::cargo_program());
        command.current_dir(run::root()).envs(named.iter().map(|(name, path)| (name, path))).env(VECTORS, vectors());
        command.args(together("test")).args(["--package", "xtask", "--no-fail-fast"]);
        // Tests that were left out for want of data say so on their own line; without --show-output these are swallowed.
        self.suite("tests of the crates", command.args(["--", "--show-output"]));
    }

    /// Counts what could not be run for want of a tool as failed.
    fn missing(&mut self, name: &str, error: &anyhow::Error) {
        eprintln!("{name}: {error:#}");
        self.failed += 1;
        self.broken.push(name.to_owned());
        self.said.push(format!("== {name}: {error:#}"));
    }

    fn timed(&mut self, name: &str, work: impl FnOnce(&mut Self)) {
        eprintln!("\n== {name}");
        let start = Instant::now();
        work(self);
        self.times.push((name.to_owned(), start.elapsed()));
    }
}

/// A closing line of the test runners used here.
struct Counts {
    passed: u64,
    failed: u64,
    skipped: u64,
}

impl Counts {
    /// `test result: ok. 12 passed; 0 failed; 1 ignored; …` (cargo) or `12 passed, 0 failed, 1 skipped` (ours).
    fn of(line: &str) -> Option<Self> {
        let counts = line.strip_prefix("test result: ").or_else(|| line.contains(" passed, ").then_some(line))?;
        let mut found = Self { passed: 0, failed: 0, skipped: 0 };
        let words: Vec<&str> = counts.split([' ', ';', ',', '.']).filter(|word| !word.is_empty()).collect();
        for pair in words.windows(2) {
            let [number, kind] = pair else { continue };
            let Ok(number) = number.parse() else { continue };
            match *kind {
                "passed" => found.passed = number,
                "failed" => found.failed = number,
                "ignored" | "skipped" => found.skipped = number,
                _ => {}
            }
        }
        Some(found)
    }
}

/// What failed tests said, kept to be said again at the end: an hour's output is not looked through for it.
#[derive(Default)]
struct Said {
    kept: Vec<String>,
    failing: bool,
}

impl Said {
    /// Of one suite no more than this: the first failures tell.
    const LINES: usize = 120;

    /// cargo: from `failures:` to the closing line. Ours: a line of `FAILED` and what follows, up to the next story that passed.
    fn see(&mut self, line: &str) {
        if line.starts_with("ok ") || line.starts_with("test result: ") || Counts::of(line).is_some() {
            self.failing = false;
        } else if line == "failures:" || line.starts_with("FAILED ") {
            self.failing = true;
        }
        if self.failing && self.kept.len() < Self::LINES {
            self.kept.push(line.to_owned());
        }
    }
}

/// The folder of what the page's tests asked.
fn vectors() -> PathBuf {
    run::work().join("vectors")
}

/// Makes that folder anew: what an older run asked would be asked of newer modules.
fn no_vectors() -> Result<()> {
    if vectors().exists() {
        fs::remove_dir_all(vectors())?;
    }
    Ok(fs::create_dir_all(vectors())?)
}

/// The words of a cargo command on all crates.
fn together(command: &str) -> Vec<&str> {
    let packages = CRATES.iter().flat_map(|package| ["--package", package]);
    [command, "--locked"].into_iter().chain(packages).chain(["--features", FEATURES]).collect()
}

/// Checks what is built otherwise than together: the server as its users build it, the kernel without the pack's language, and
/// with `--long` each crate alone.
fn by_itself(long: bool) -> Result<()> {
    let packages = if long { &CRATES[..] } else { &["server", "page"] };
    packages.iter().try_for_each(|package| run::cargo(&["check", "--locked", "--package", package]))?;
    run::cargo(&["check", "--locked", "--package", "law", "--no-default-features"])
}

/// The crates that read what strangers send, tested with a standard library that checks itself. Its options are those of a nightly
/// compiler; the pinned one takes them when it is told to.
fn careful(program: &Path) -> Command {
    let mut command = run::limited(CRATES_MINUTES, program);
    command
        .current_dir(run::root())
        .env("RUSTC_BOOTSTRAP", "1")
        .env("CARGO_CAREFUL_CACHE", run::work().join("careful"));
    command.args(["careful", "test", "--locked", "--package", "seal", "--package", "media", "--package", "tlog"]);
    command
}

/// What the server says where the second prover is not built in.
fn without_the_prover(tally: &mut Tally) {
    let before = tally.passed;
    let mut command = run::limited(CRATES_MINUTES, run::cargo_program());
    command.current_dir(run::root()).args(["test", "--locked", "--package", "server", "--test", "it", "--"]);
    let name = "the server without the second prover";
    tally.suite(name, command.args(["law::without_the_second_prover"]));
    if tally.passed == before {
        tally.missing(name, &anyhow::anyhow!("no test of that name was there to run"));
    }
}

/// The pages in Chromium, and what else runs in Node.
fn pages(tally: &mut Tally, folder: &Path, program: &Path, onion: Option<&Path>, long: bool) {
    let node = |script: &str| {
        let minutes = if long { LONG_STORY_MINUTES } else { STORY_MINUTES };
        let mut node = run::limited(minutes, "node");
        node.current_dir(folder).arg(script);
        node
    };
    let (examples, page) = (run::target().join("debug/examples"), run::target().join("debug/page"));
    tally.suite("pages in Chromium", node("run.mjs").env("VOUCHSAFE", program));
    tally.suite("sign-in in Chromium", node("people.mjs").env("VOUCHSAFE", program));
    if long {
        // Three processes on one PostgreSQL, killed and started again all the while.
        tally.suite("pages of three processes", node("run.mjs").arg("--three").env("VOUCHSAFE", program));
        let mut behind = node("run.mjs");
        tally.suite(
            "pages of three processes behind nginx",
            behind.args(["--three", "--nginx"]).env("VOUCHSAFE", program),
        );
        tally.suite("sign-in at three processes", node("people.mjs").arg("--three").env("VOUCHSAFE", program));
        let name = "the city's own sign-in at three processes";
        tally.suite(name, node("oidc.mjs").arg("--three").env("VOUCHSAFE", program));
    }
    tally.suite("the city's own sign-in in Chromium", node("oidc.mjs").env("VOUCHSAFE", program));
    tally.step("the guide's module", || web::guide(&[]));
    let guide = || {
        let mut guide = node("guide.mjs");
        guide.env("VOUCHSAFE", program).env("GUIDE", web::guide_bundle());
        guide
    };
    tally.suite("the guide without network, in Chromium", &mut guide());
    if long {
        tally.suite("the guide of three processes", guide().arg("--three"));
    }
    let (config, bundle) = (run::root().join("examples/intake.toml"), run::work().join("report"));
    tally.step("the residents' page, within its weights", || web::build(&config, &bundle, Some(&page)));
    let mut modules = node("modules.mjs");
    modules.arg(web::modules()).arg(vectors());
    tally.suite("the residents' modules and their twins, asked what the crates' tests asked", &mut modules);
    let residents = [("BUNDLE", &bundle), ("CITY", &examples.join("city"))];
    tally.suite("residents' page in Chromium", node("report.mjs").envs(residents));
    if long {
        tally.suite("residents' page in Chromium, what takes long", node("report.mjs").arg("--long").envs(residents));
        match tools::pages_long() {
            Ok(()) => {
                tally.suite("Lighthouse", node("long/lighthouse.mjs").envs(residents));
                tally.suite("the page in other engines", node("long/others.mjs").envs(residents));
            }
            Err(error) => tally.missing("Lighthouse and other engines", &error),
        }
    }
    let real = || {
        let mut real = node("report-real.mjs");
        real.env("VOUCHSAFE", program).env("PAGE", &page).env("MODULES", web::modules());
        real
    };
    tally.suite("a report's whole way, in Chromium and with the real server", &mut real());
    if let Some(network) = onion {
        tally.suite("the same through Tor", real().env("ONION", network));
    }
    tally.step("the residents' page, the same from another folder", || web::again(&config, &bundle));
    tally.step("envelopes and attachments, against other programs", || {
        run::status(node("age-interop.mjs").arg(&examples))
    });
    tally.step("attachments, against pyca/cryptography", || {
        run::status(Command::new(tools::cryptography()?).arg(folder.join("chunked-interop.py")).arg(&examples))
    });
    tally.suite("uploads, by the protocol's own client", node("tus-interop.mjs").arg(program));
}

/// What the crates' tests find by a name in their environment; what cannot be had counts as failed.
fn named(tally: &mut Tally, long: bool) -> Vec<(&'static str, PathBuf)> {
    let mut named = Vec::new();
    let mut add = |name: &'static str, what: &str, found: Result<PathBuf>| match found {
        Ok(path) => named.push((name, path)),
        Err(error) => tally.missing(what, &error),
    };
    add(SOLVER, "the independent solver", tools::solver());
    add(MOTO, "a stand-in for object storage", tools::moto());
    if long {
        add(GARAGE, "a real object storage", tools::garage());
        add(ONION, "Tor", tools::debian_long().and_then(|()| Ok(std::env::current_exe()?)));
    }
    named
}

/// Runs every test; `--long` adds a real object storage, Tor, a film of a gigabyte, Lighthouse and two other engines for the
/// residents' page, half an hour of fuzz a target and a minute under the address sanitizer, the parsers with a careful standard library, an hour of load with kills, the mutants of the code and the figures.
///
/// # Errors
/// When a tool is missing and cannot be installed, or a test fails.
pub fn test(arguments: &[String]) -> Result<()> {
    let long = arguments.iter().any(|word| word == "--long");
    if let Some(other) = arguments.iter().find(|word| *word != "--long") {
        bail!("`{other}` is not an option of `cargo xtask test` (there is --long)");
    }
    tools::debian()?;
    no_vectors()?;
    let mut tally = Tally::default();
    tally.step("tidy", tidy::tidy);
    let named = named(&mut tally, long);
    let named_as = |wanted: &str| named.iter().find(|(name, _)| *name == wanted).map(|(_, path)| path.as_path());
    let solver = named_as(SOLVER);
    tally.crate_tests(&named);
    tally.step("builds of their own", || by_itself(long));
    if long {
        without_the_prover(&mut tally);
    }
    // With the examples, and so with the features that the tests have, which are built already.
    tally.step("programs and examples", || run::cargo(&[&together("build")[..], &["--bins", "--examples"]].concat()));
    let program = run::target().join("debug/vouchsafe");
    let law = |words: &[&str]| {
        let mut law = Command::new(&program);
        law.envs(solver.iter().map(|folder| (SOLVER, folder))).arg("law").args(words);
        run::status(&mut law)
    };
    for command in ["check", "cases", "prove", "mutate"] {
        tally.step(&format!("law {command}"), || law(&[command]));
    }
    if solver.is_some() {
        tally.step("law prove, by the independent solver", || law(&["prove", "--solver", "cvc5"]));
    }
    let name = "the interface, called by its description";
    match tools::schemathesis() {
        Ok(python) => {
            let calls = |minutes| {
                let mut calls = run::limited(minutes, &python);
                calls.current_dir(run::root()).arg("e2e/api.py").arg(&program);
                calls
            };
            tally.suite(name, &mut calls(STORY_MINUTES));
            if long {
                tally.suite("the interface of three processes", calls(LONG_STORY_MINUTES).arg("--three"));
            }
        }
        Err(error) => tally.missing(name, &error),
    }
    match tools::pages() {
        Ok(folder) => pages(&mut tally, &folder, &program, named_as(ONION), long),
        Err(error) => tally.missing("pages in Chromium", &error),
    }
    let seconds = if long { "1800" } else { "60" };
    tally.step(&format!("fuzz, {seconds} s a target"), || fuzz::fuzz(&[seconds.to_owned()]));
    if long {
        tally.step("fuzz under the address sanitizer, 60 s a target", || {
            fuzz::fuzz(&["60".to_owned(), "--sanitize".to_owned()])
        });
        match tools::careful() {
            Ok(program) => tally.suite("parsers, with a careful standard library", &mut careful(&program)),
            Err(error) => tally.missing("parsers, with a careful standard library", &error),
        }
        tally.step("an hour of load, with kills", || load::load(&["60".to_owned()]));
        tally.step("mutants of the code", || {
            if !run::have("cargo-mutants") {
                run::cargo(&["install", "cargo-mutants", "--locked"])?;
            }
            run::cargo(&[
                "mutants",
                "--package",
                "law",
                "--package",
                "media",
                "--package",
                "tlog",
                "--package",
                "record",
                "--package",
                "contacts",
                "--package",
                "seal",
                "--package",
                "web",
                "--no-shuffle",
            ])
        });
        tally.step("bench", || run::cargo(&["bench", "--manifest-path", "bench/Cargo.toml"]));
    }
    eprintln!();
    for (name, time) in &tally.times {
        eprintln!("{:>6.1} s  {name}", time.as_secs_f64());
    }
    if !tally.said.is_empty() {
        eprintln!("\nWhat failed:\n{}\n", tally.said.join("\n"));
    }
    println!("{} passed, {} failed, {} skipped", tally.passed, tally.failed, tally.skipped);
    if tally.broken.is_empty() { Ok(()) } else { bail!("failed: {}", tally.broken.join(", ")) }
}

#[cfg(test)]
mod tests {
    use super::{Counts, Said};

    #[test]
    fn what_failed_is_said_again_and_what_passed_is_not() {
        let mut said = Said::default();
        let lines = "running 2 tests|test a ... ok|test b ... FAILED|successes:|---- a stdout ----|fine|failures:|---- b stdout ----|\
             no|failures:|    b|test result: FAILED. 1 passed; 1 failed|ok      c|FAILED  d|Error: e|ok      f|g: 2 passed, 1 failed";
        lines.split('|').for_each(|line| said.see(line));
        assert_eq!(said.kept.join("|"), "failures:|---- b stdout ----|no|failures:|    b|FAILED  d|Error: e");
    }

    #[test]
    fn closing_lines_are_counted() {
        let cargo = Counts::of("test result: FAILED. 12 passed; 3 failed; 1 ignored; 0 measured; 0 filtered out");
        assert_eq!(cargo.map(|c| (c.passed, c.failed, c.skipped)), Some((12, 3, 1)));
        let ours = Counts::of("7 passed, 0 failed, 2 skipped");
        assert_eq!(ours.map(|c| (c.passed, c.failed, c.skipped)), Some((7, 0, 2)));
        assert!(Counts::of("running 3 tests").is_none());
    }
}
