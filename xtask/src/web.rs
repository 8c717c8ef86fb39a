//! `cargo xtask web`: the residents' page as a bundle of files, the same bytes wherever it is built.
//!
//! Three modules of `crates/web` are built for WebAssembly, made small, and once more made into JavaScript (their twins); then
//! `crates/page` makes the pages and the manifest. Small means: the standard library is compiled along, without the texts
//! of panics, which nobody would see and every phone would fetch (30 of 90 kB). That asks the pinned compiler for switches
//! that are not stable (`RUSTC_BOOTSTRAP`); they leave out messages and change no computation.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};

use crate::{run, tools};

const TARGET: &str = "wasm32-unknown-unknown";

/// The modules, each with its feature's name.
const MODULES: [&str; 3] = ["report", "back", "media"];

/// What a module may use: all of it is in every engine since 2021.
const FEATURES: [&str; 4] =
    ["--enable-bulk-memory", "--enable-sign-ext", "--enable-mutable-globals", "--enable-nontrapping-float-to-int"];

/// Builds the bundle: `[--config intake.toml] [--out dist/report]`.
///
/// # Errors
/// When something is missing that cannot be installed, a build fails, or the bundle is over its budget.
pub fn web(arguments: &[String]) -> Result<()> {
    let mut config = run::root().join("examples/intake.toml");
    let mut out = run::root().join("dist/report");
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        let mut path = || words.next().map(PathBuf::from).with_context(|| format!("`{word}` needs a path"));
        match word.as_str() {
            "--config" => config = path()?,
            "--out" => out = path()?,
            other => bail!("`{other}` is not an option of `cargo xtask web` (there are --config and --out)"),
        }
    }
    build(&run::root(), &config, &out)
}

/// Builds the bundle from the sources in `root`.
///
/// # Errors
/// As `web`.
pub fn build(root: &Path, config: &Path, out: &Path) -> Result<()> {
    toolchain()?;
    let modules = run::work().join("modules");
    fs::create_dir_all(&modules)?;
    for name in MODULES {
        module(root, name, &modules)?;
    }
    let mut make = run::cargo_command();
    make.current_dir(root).args(["run", "--locked", "--quiet", "--package", "page", "--"]);
    run::status(make.args([config, modules.as_path(), out]))
}

/// The compiler's output for WebAssembly, and the standard library's source.
fn toolchain() -> Result<()> {
    let sysroot = sysroot()?;
    let source = sysroot.join("lib/rustlib/src/rust/library/Cargo.lock");
    let target = sysroot.join("lib/rustlib").join(TARGET);
    if source.exists() && target.exists() {
        return Ok(());
    }
    if !run::have("rustup") {
        bail!("the page needs Rust by rustup, with the target {TARGET} and the component rust-src");
    }
    let rustup = |words: &[&str]| run::status(Command::new("rustup").current_dir(run::root()).args(words));
    rustup(&["target", "add", TARGET])?;
    rustup(&["component", "add", "rust-src"])
}

fn sysroot() -> Result<PathBuf> {
    let out = Command::new("rustc").current_dir(run::root()).args(["--print", "sysroot"]).output()?;
    Ok(PathBuf::from(String::from_utf8(out.stdout)?.trim()))
}

/// Flags that take every path of this machine out, and the texts of panics.
fn flags(root: &Path) -> Result<String> {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| std::env::home_dir().map(|home| home.join(".cargo"))).context("no home folder")?;
    let mut flags: Vec<String> = ["-Zunstable-options", "-Cpanic=immediate-abort", "-Zlocation-detail=none", "-Zfmt-debug=none"]
        .map(str::to_owned)
        .to_vec();
    for path in [root, &home, &sysroot()?] {
        flags.push(format!("--remap-path-prefix={}=", path.display()));
    }
    // Loops instead of unrolled rounds: a phone fetches them once and hashes little. Chance is handed in; a crate that
    // would ask the system for it gets a link error.
    for cfg in [r#"sha2_backend_soft="compact""#, r#"aes_backend_soft="compact""#, r#"getrandom_backend="custom""#] {
        flags.push(format!("--cfg={cfg}"));
    }
    Ok(flags.join("\u{1f}"))
}

fn module(root: &Path, name: &str, modules: &Path) -> Result<()> {
    let mut cargo = run::cargo_command();
    cargo.current_dir(root).env("RUSTC_BOOTSTRAP", "1").env_remove("RUSTFLAGS").env("CARGO_ENCODED_RUSTFLAGS", flags(root)?);
    cargo.args(["rustc", "--locked", "--quiet", "--package", "web", "--profile", "web", "--target", TARGET]);
    cargo.args(["-Zbuild-std=std,panic_abort", "-Zbuild-std-features=optimize_for_size", "--crate-type", "cdylib"]);
    run::status(cargo.args(["--no-default-features", "--features", name]))?;
    let built = target(root).join(TARGET).join("web/web.wasm");
    let bin = tools::pages()?.join("node_modules/binaryen/bin");
    let small = modules.join(format!("{name}.wasm"));
    let mut opt = Command::new("node");
    opt.arg(bin.join("wasm-opt")).arg("-Oz").args(FEATURES).arg(&built);
    run::status(opt.args(["--strip-debug", "--strip-producers", "--strip-target-features", "-o"]).arg(&small))?;
    let twin = modules.join(format!("{name}.twin.js"));
    let mut js = Command::new("node");
    run::status(js.arg(bin.join("wasm2js")).arg("-Oz").args(FEATURES).arg(&small).arg("-o").arg(&twin))?;
    let text = fs::read_to_string(&twin)?;
    fs::write(&twin, classic(&text)?)?;
    Ok(())
}

/// Cargo's target folder for a build of these sources.
fn target(root: &Path) -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from)
}

/// The module that wasm2js wrote, as one function `twin(imports)` of a classic script: a worker that is a module of
/// JavaScript is not in every browser that the twin is for.
fn classic(text: &str) -> Result<String> {
    let begins = text.find("function asmFunc").context("wasm2js wrote another form")?;
    let ends = text.find("var retasmFunc").context("wasm2js wrote another form")?;
    let body = text.get(begins..ends).unwrap_or_default();
    // What stands before are helpers that the function names, and imports, which are handed in.
    let helpers: String = text
        .get(..begins)
        .unwrap_or_default()
        .lines()
        .filter(|line| !line.trim_start().starts_with("import "))
        .map(|line| format!("{line}\n"))
        .collect();
    Ok(format!("const twin = (() => {{\n{helpers}{body}\nreturn asmFunc;\n}})();\n"))
}
