//! What the tests need beside Rust, installed when it is missing: PostgreSQL, strace, Chromium, poppler, readers of media,
//! the solver, a stand-in for object storage, a second program for attachments, a caller of the interface, the page tools; for `--long` also other engines,
//! Tor, nginx and a real object storage.

use std::{path::PathBuf, process::Command};

use anyhow::{Context, Result, bail};

use crate::run;

/// Debian packages by the program that shows that they are there.
const DEBIAN: [(&str, &str); 8] = [
    ("/usr/lib/postgresql", "postgresql"),
    ("/usr/bin/strace", "strace"),
    ("/usr/bin/chromium", "chromium"),
    ("/usr/bin/pdftotext", "poppler-utils"),
    ("/usr/bin/curl", "curl"),
    ("/usr/bin/exiftool", "libimage-exiftool-perl"),
    ("/usr/bin/ffmpeg", "ffmpeg"),
    ("/usr/bin/heif-enc", "libheif-examples"),
];

/// More of them, for `cargo xtask test --long`: two other engines, a screen that nobody sees, Tor, and a reverse proxy.
const DEBIAN_LONG: [(&str, &str); 5] = [
    ("/usr/bin/firefox-esr", "firefox-esr"),
    ("/usr/bin/WebKitWebDriver", "webkit2gtk-driver"),
    ("/usr/bin/Xvfb", "xvfb"),
    ("/usr/bin/tor-gencert", "tor"),
    ("/usr/sbin/nginx", "nginx-light"),
];

/// The independent prover's solver: exactly the version whose library the prover was written against.
const SOLVER: &str = "cvc5==1.3.1";

/// What tests with a careful standard library.
const CAREFUL: &str = "0.4.10";

/// What speaks as object storage does: a mock, which others wrote.
const MOTO: &str = "moto[server]==5.2.5";

/// Object storage that others wrote and run: a real server, for `cargo xtask test --long`.
const GARAGE: &str = "2.5.0";

/// What seals attachments as we do: another's program for the same document, of the version that made `testdata/seal/chunked`.
const CRYPTOGRAPHY: &str = "cryptography==50.0.2";

/// What calls the interface with whatever its description allows, and with what it does not.
const SCHEMATHESIS: &str = "schemathesis==4.32.5";

/// Installs the Debian packages that are missing.
///
/// # Errors
/// When a package is missing and cannot be installed here: the message holds the command to run.
pub fn debian() -> Result<()> {
    packages(&DEBIAN)
}

/// Those for `cargo xtask test --long`.
///
/// # Errors
/// As `debian`.
pub fn debian_long() -> Result<()> {
    packages(&DEBIAN_LONG)
}

fn packages(wanted: &[(&str, &str)]) -> Result<()> {
    let missing: Vec<&str> =
        wanted.iter().filter(|(path, _)| !std::path::Path::new(path).exists()).map(|(_, package)| *package).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let by_hand = format!("apt-get update && apt-get install -y {}", missing.join(" "));
    if !run::have("apt-get") {
        bail!("these are needed and missing: {}; on Debian: `{by_hand}`", missing.join(", "));
    }
    let install = || -> Result<()> {
        run::program("apt-get", &["update", "-qq"])?;
        let mut install = Command::new("apt-get");
        install.env("DEBIAN_FRONTEND", "noninteractive").args(["install", "-y", "-qq", "--no-install-recommends"]);
        run::status(install.args(&missing))
    };
    install().with_context(|| format!("install by hand, as root: `{by_hand}`"))
}

/// A virtual environment of Python, and the Python in it.
fn python() -> Result<PathBuf> {
    let home = run::work().join("python");
    let python = home.join("bin/python3");
    if !python.exists() {
        run::program("python3", &["-m", "venv", &home.to_string_lossy()])
            .context("the tests need Python 3 with venv: `apt-get install -y python3-venv`")?;
    }
    Ok(python)
}

/// A server that speaks as object storage does. Returns the program.
///
/// # Errors
/// When Python or the package cannot be had.
pub fn moto() -> Result<PathBuf> {
    let python = python()?;
    let program = python.with_file_name("moto_server");
    if !program.exists() {
        run::program(&python.to_string_lossy(), &["-m", "pip", "install", "--quiet", MOTO])?;
    }
    if program.exists() {
        Ok(program)
    } else {
        bail!("the Python package moto was installed, and has no `moto_server`")
    }
}

/// A real server of object storage, compiled here: a quarter of an hour, once. Returns the program.
///
/// # Errors
/// When it cannot be had or compiled.
pub fn garage() -> Result<PathBuf> {
    let root = run::target().join("tools");
    let program = root.join("bin/garage");
    let there = Command::new(&program).arg("--version").output();
    if !there.is_ok_and(|told| String::from_utf8_lossy(&told.stdout).contains(GARAGE)) {
        let features = ["--no-default-features", "--features", "sqlite,bundled-libs"];
        let version = ["install", "garage", "--version", GARAGE, "--locked", "--root", &root.to_string_lossy()];
        run::cargo(&[&version[..], &features].concat())?;
    }
    Ok(program)
}

/// What builds the standard library with its own checks of what must not happen (undefined behaviour, broken promises of unsafe
/// code), and tests against it. Returns the program.
///
/// # Errors
/// When it cannot be had or compiled.
pub fn careful() -> Result<PathBuf> {
    let root = run::target().join("tools");
    let program = root.join("bin/cargo-careful");
    if !program.exists() {
        run::cargo(&["install", "cargo-careful", "--version", CAREFUL, "--locked", "--root", &root.to_string_lossy()])?;
    }
    Ok(program)
}

/// A Python that can seal and open attachments.
///
/// # Errors
/// When Python or the package cannot be had.
pub fn cryptography() -> Result<PathBuf> {
    let python = python()?;
    let (_, version) = CRYPTOGRAPHY.split_once("==").context("the version is pinned")?;
    let found = Command::new(&python).args(["-c", "import cryptography; print(cryptography.__version__)"]).output()?;
    if String::from_utf8_lossy(&found.stdout).trim() != version {
        run::program(&python.to_string_lossy(), &["-m", "pip", "install", "--quiet", CRYPTOGRAPHY])?;
    }
    Ok(python)
}

/// A Python that can call the interface by its description.
///
/// # Errors
/// When Python or the package cannot be had.
pub fn schemathesis() -> Result<PathBuf> {
    let python = python()?;
    let (_, version) = SCHEMATHESIS.split_once("==").context("the version is pinned")?;
    let asks = "import importlib.metadata; print(importlib.metadata.version('schemathesis'))";
    let found = Command::new(&python).args(["-c", asks]).output()?;
    if String::from_utf8_lossy(&found.stdout).trim() != version {
        run::program(&python.to_string_lossy(), &["-m", "pip", "install", "--quiet", SCHEMATHESIS]).with_context(
            || format!("the interface is tested by the Python package {SCHEMATHESIS}, which could not be installed"),
        )?;
    }
    Ok(python)
}

/// The solver, in a virtual environment of Python. Returns the folder of its shared libraries.
///
/// # Errors
/// When Python or the package cannot be had.
pub fn solver() -> Result<PathBuf> {
    let python = python()?;
    let find = || {
        Command::new(&python)
            // The wheel keeps its shared libraries in `cvc5.libs`, beside the package.
            .args(["-c", "import cvc5, pathlib; print(pathlib.Path(cvc5.__file__).parent.parent / 'cvc5.libs')"])
            .output()
            .ok()
            .filter(|out| out.status.success())
            .map(|out| PathBuf::from(String::from_utf8_lossy(&out.stdout).trim()))
    };
    if let Some(folder) = find() {
        return Ok(folder);
    }
    run::program(&python.to_string_lossy(), &["-m", "pip", "install", "--quiet", SOLVER])?;
    find().context("the Python package cvc5 was installed but cannot be imported")
}

/// The page tests' npm packages, exactly as locked.
///
/// # Errors
/// When Node or npm is missing, or a package cannot be had.
pub fn pages() -> Result<PathBuf> {
    npm(run::root().join("e2e"), &["playwright-core", "axe-core", "age-encryption", "binaryen"])
}

/// What only `cargo xtask test --long` needs for the page: Lighthouse, and other engines with what drives them.
///
/// # Errors
/// As `debian` and `pages`.
pub fn pages_long() -> Result<()> {
    debian_long()?;
    npm(run::root().join("e2e/long"), &["lighthouse", "puppeteer-core"]).map(|_| ())
}

fn npm(folder: PathBuf, packages: &[&str]) -> Result<PathBuf> {
    if !run::have("node") || !run::have("npm") {
        bail!("the page tests need Node 20 or later and npm: `apt-get install -y nodejs npm`");
    }
    let there = |name: &&str| folder.join("node_modules").join(name).exists();
    if !packages.iter().all(there) {
        run::status(Command::new("npm").current_dir(&folder).args([
            "ci",
            "--no-audit",
            "--no-fund",
            "--ignore-scripts",
        ]))?;
    }
    Ok(folder)
}
