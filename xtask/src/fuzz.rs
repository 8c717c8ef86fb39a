//! `cargo xtask fuzz`: every fuzz target for a fixed time, coverage-guided, with the pinned stable compiler.
//!
//! libFuzzer is linked as a library; the compiler's own coverage pass is switched on by stable flags, so that neither a
//! nightly toolchain nor `cargo-fuzz` is needed. With `--sanitize` (and so in `test --long`) a nightly compiler builds them once
//! more under the address sanitizer, which sees what unsafe code in Rust does: ours has none, dependencies have. Libraries in C
//! (SQLite, zstd) are compiled by the C compiler as always and are not watched.
//!
//! Only our own crates are watched: cargo calls this program in the compiler's place, which hands on every call and adds the
//! flags to those of our crates. Dependencies are compiled as a plain build compiles them (Cedar takes minutes otherwise), and
//! libFuzzer is not led into a parser of somebody else's.

use std::{
    ffi::OsString,
    fs,
    path::Path,
    process::{Command, ExitCode},
    sync::{Mutex, PoisonError},
    thread,
};

use anyhow::{Context, Result, bail};

use crate::run;

/// Set when cargo calls this program in the compiler's place.
pub const AS_COMPILER: &str = "VOUCHSAFE_FUZZ_AS_COMPILER";

/// The crates that are watched, beside the targets themselves.
const WATCHED: [&str; 8] = ["contacts", "law", "media", "record", "seal", "server", "tlog", "web"];

/// What is built for under the sanitizer: the machine that the project is tested on.
const SANITIZED: &str = "x86_64-unknown-linux-gnu";

const COVERAGE: [&str; 8] = [
    "--cfg",
    "fuzzing",
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Ccodegen-units=1",
    "-Cdebug-assertions=on",
];

/// Calls the compiler as cargo wants it called, with coverage for what is watched.
///
/// # Errors
/// When there is no compiler to call.
pub fn compile(arguments: &[OsString]) -> Result<ExitCode> {
    let (compiler, rest) = arguments.split_first().context("cargo names no compiler")?;
    let mut command = Command::new(compiler);
    command.args(rest);
    let name = rest.iter().skip_while(|it| *it != "--crate-name").nth(1);
    let watched = name.is_some_and(|name| WATCHED.iter().any(|it| name == *it));
    let target = rest.iter().any(|it| it.to_str().is_some_and(|it| it.starts_with("targets/") && it.ends_with(".rs")));
    if watched || target {
        command.args(COVERAGE);
    }
    let code = command.status().with_context(|| format!("could not start {}", compiler.display()))?.code();
    Ok(ExitCode::from(code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1)))
}

/// Runs every target of `fuzz/` for the given number of seconds (60 when none is given), with `--sanitize` under the address
/// sanitizer.
///
/// # Errors
/// When a target finds a failing input: its path is in the output. When there is no nightly compiler and none can be had.
pub fn fuzz(arguments: &[String]) -> Result<()> {
    let (switches, numbers): (Vec<&String>, Vec<&String>) = arguments.iter().partition(|word| word.starts_with("--"));
    let sanitize = match switches.as_slice() {
        [] => false,
        [one] if *one == "--sanitize" => true,
        _ => bail!("cargo xtask fuzz [SECONDS] [--sanitize]"),
    };
    let seconds: u32 = match numbers.as_slice() {
        [] => 60,
        [one] => one.parse().with_context(|| format!("`{one}` is not a number of seconds"))?,
        _ => bail!("cargo xtask fuzz [SECONDS] [--sanitize]"),
    };
    // The sanitizer watches dependencies too, so they are other ones. Without it they are those of a plain build; what is
    // watched has a name of its own by its profile.
    let mut target = if sanitize { run::target().join("fuzz-sanitized") } else { run::target() };
    flags_as_before(&target)?;
    let mut build = if sanitize { nightly()? } else { run::cargo_command() };
    build
        .env("RUSTC_WRAPPER", std::env::current_exe().context("this program has no path")?)
        .env(AS_COMPILER, "1")
        .env("CARGO_TARGET_DIR", &target);
    build.args(["build", "--locked", "--manifest-path", "fuzz/Cargo.toml"]);
    if sanitize {
        // Named, so that build scripts and macros, which run in the compiler, stay without it.
        build.args(["--target", SANITIZED]).env("CARGO_ENCODED_RUSTFLAGS", "-Zsanitizer=address");
        target = target.join(SANITIZED);
    }
    run::status(&mut build)?;
    let mut names: Vec<String> = fs::read_dir(run::root().join("fuzz/targets"))?
        .filter_map(|file| file.ok()?.file_name().to_str()?.strip_suffix(".rs").map(str::to_owned))
        .collect();
    names.sort();
    // The sanitizer keeps a shadow of all memory.
    let rss_mb = if sanitize { 4096 } else { 2048 };
    // As many at once as there are cores: each target has one thread.
    let (names, found) = (Mutex::new(names.into_iter()), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                loop {
                    let Some(name) = names.lock().unwrap_or_else(PoisonError::into_inner).next() else { return };
                    if let Err(error) = one(&target, &name, seconds, rss_mb) {
                        eprintln!("{name}: {error:#}");
                        found.lock().unwrap_or_else(PoisonError::into_inner).push(name);
                    }
                }
            });
        }
    });
    let found = found.into_inner().unwrap_or_else(PoisonError::into_inner);
    if found.is_empty() { Ok(()) } else { bail!("failing inputs were found by: {}", found.join(", ")) }
}

/// Cargo knows nothing of the flags that are added here: where they are not those of the last build, what was built with them goes.
fn flags_as_before(target: &Path) -> Result<()> {
    let (flags, kept) = (COVERAGE.join("\n"), target.join("coverage-flags"));
    if fs::read_to_string(&kept).is_ok_and(|before| before != flags) {
        let mut clean = run::cargo_command();
        clean.env("CARGO_TARGET_DIR", target).args(["clean", "--locked", "--manifest-path", "fuzz/Cargo.toml"]);
        run::status(clean.args(WATCHED.iter().chain(&["fuzz"]).flat_map(|package| ["--package", package])))?;
    }
    fs::create_dir_all(target)?;
    fs::write(kept, flags)?;
    Ok(())
}

/// The cargo of a nightly toolchain, which is installed if there is none.
fn nightly() -> Result<Command> {
    let there = || -> bool {
        let listed = Command::new("rustup").args(["toolchain", "list"]).output();
        listed
            .is_ok_and(|listed| String::from_utf8_lossy(&listed.stdout).lines().any(|line| line.starts_with("nightly")))
    };
    if !there() {
        run::program("rustup", &["toolchain", "install", "nightly", "--profile", "minimal"])
            .context("the sanitizer needs a nightly compiler: `rustup toolchain install nightly --profile minimal`")?;
    }
    let mut cargo = Command::new("rustup");
    cargo.current_dir(run::root()).args(["run", "nightly", "cargo"]);
    // Those of the pinned toolchain, set by the cargo that runs us, would call its compiler.
    for name in ["CARGO", "RUSTC", "RUSTDOC", "RUSTUP_TOOLCHAIN", "RUSTFLAGS"] {
        cargo.env_remove(name);
    }
    Ok(cargo)
}

/// Runs one target for so many seconds, from its seeds and from what earlier runs have found.
fn one(target: &Path, name: &str, seconds: u32, rss_mb: u32) -> Result<()> {
    let corpus = run::work().join("corpus").join(name);
    fs::create_dir_all(&corpus)?;
    let mut command = Command::new(target.join("debug").join(name));
    command.current_dir(run::work()).arg(&corpus);
    let seeds = run::root().join("fuzz/seeds").join(name);
    if seeds.exists() {
        command.arg(seeds);
    }
    command.args([
        &format!("-max_total_time={seconds}"),
        &format!("-rss_limit_mb={rss_mb}"),
        "-timeout=60",
        "-max_len=65536",
        "-print_final_stats=0",
        "-verbosity=0",
    ]);
    run::status(&mut command)
}
