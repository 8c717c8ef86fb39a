//! `cargo xtask fuzz`: every fuzz target for a fixed time, coverage-guided, with the pinned stable compiler.
//!
//! libFuzzer is linked as a library; the compiler's own coverage pass is switched on by stable flags, so that neither a
//! nightly toolchain nor `cargo-fuzz` is needed. Sanitizers are left to `cargo fuzz` on nightly (`test --long`).
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
const WATCHED: [&str; 7] = ["law", "media", "record", "seal", "server", "tlog", "web"];

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

/// Runs every target of `fuzz/` for the given number of seconds (60 when none is given).
///
/// # Errors
/// When a target finds a failing input: its path is in the output.
pub fn fuzz(arguments: &[String]) -> Result<()> {
    let seconds: u32 = match arguments {
        [] => 60,
        [one] => one.parse().with_context(|| format!("`{one}` is not a number of seconds"))?,
        _ => bail!("cargo xtask fuzz [SECONDS]"),
    };
    // A folder of its own, since what is watched is compiled otherwise than in a plain build.
    let target = run::target().join("fuzz");
    let mut build = run::cargo_command();
    build
        .env("RUSTC_WRAPPER", std::env::current_exe().context("this program has no path")?)
        .env(AS_COMPILER, "1")
        .env("CARGO_TARGET_DIR", &target);
    run::status(build.args(["build", "--locked", "--manifest-path", "fuzz/Cargo.toml"]))?;
    let mut names: Vec<String> = fs::read_dir(run::root().join("fuzz/targets"))?
        .filter_map(|file| file.ok()?.file_name().to_str()?.strip_suffix(".rs").map(str::to_owned))
        .collect();
    names.sort();
    // As many at once as there are cores: each target has one thread.
    let (names, found) = (Mutex::new(names.into_iter()), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                loop {
                    let Some(name) = names.lock().unwrap_or_else(PoisonError::into_inner).next() else { return };
                    if let Err(error) = one(&target, &name, seconds) {
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

/// Runs one target for so many seconds, from its seeds and from what earlier runs have found.
fn one(target: &Path, name: &str, seconds: u32) -> Result<()> {
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
        "-rss_limit_mb=2048",
        "-timeout=10",
        "-max_len=65536",
        "-print_final_stats=0",
        "-verbosity=0",
    ]);
    run::status(&mut command)
}
