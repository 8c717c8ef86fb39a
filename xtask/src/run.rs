//! Running other programs from the project's root, with their output shown.

use std::{
    ffi::{OsStr, OsString},
    io::{BufRead, BufReader, Write},
    path::PathBuf,
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail};

/// The folder that holds the workspace's `Cargo.toml`.
#[must_use]
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).parent().map(PathBuf::from).unwrap_or_default()
}

/// Folder for what xtask itself makes and may be deleted at any time.
#[must_use]
pub fn work() -> PathBuf {
    target().join("xtask")
}

/// Cargo's target folder.
#[must_use]
pub fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// Runs a program to its end; a status other than 0 is an error that quotes the command.
pub fn program(name: &str, arguments: &[&str]) -> Result<()> {
    status(Command::new(name).args(arguments))
}

/// Runs cargo to its end.
pub fn cargo(arguments: &[&str]) -> Result<()> {
    status(cargo_command().args(arguments))
}

/// A cargo command in the root folder.
#[must_use]
pub fn cargo_command() -> Command {
    let mut command = Command::new(cargo_program());
    command.current_dir(root());
    command
}

/// The cargo that runs us.
#[must_use]
pub fn cargo_program() -> OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

/// A command that is ended, with everything that it started, when it takes longer than so many minutes: a story that hangs fails,
/// with its name, before the whole run is cut off without one.
#[must_use]
pub fn limited(minutes: u32, program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new("timeout");
    command.args(["--verbose", "--kill-after=10", &format!("{minutes}m")]).arg(program);
    command
}

/// Runs a prepared command to its end in the root folder unless it names another.
pub fn status(command: &mut Command) -> Result<()> {
    if command.get_current_dir().is_none() {
        command.current_dir(root());
    }
    let shown = show(command);
    eprintln!("$ {shown}");
    let status = command.status().with_context(|| format!("could not start `{shown}`"))?;
    if !status.success() {
        bail!("`{shown}` failed ({status})");
    }
    Ok(())
}

/// Whether a program can be started at all.
#[must_use]
pub fn have(name: &str) -> bool {
    Command::new(name).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
}

/// Runs a command, shows its standard output line by line, and hands each line to `see`. Returns whether it succeeded.
pub fn watch(command: &mut Command, mut see: impl FnMut(&str)) -> Result<bool> {
    let shown = show(command);
    eprintln!("$ {shown}");
    let mut child = command.stdout(Stdio::piped()).spawn().with_context(|| format!("could not start `{shown}`"))?;
    let out = child.stdout.take().context("no standard output")?;
    for line in BufReader::new(out).split(b'\n') {
        let line = line?;
        let line = String::from_utf8_lossy(&line);
        let mut stdout = std::io::stdout().lock();
        writeln!(stdout, "{line}")?;
        see(&line);
    }
    Ok(child.wait()?.success())
}

fn show(command: &Command) -> String {
    let mut words = vec![command.get_program().to_string_lossy().into_owned()];
    words.extend(command.get_args().map(|word| word.to_string_lossy().into_owned()));
    words.join(" ")
}
