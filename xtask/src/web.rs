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
const MODULES: [&str; 4] = ["report", "back", "media", "card"];

/// What a module may use: all of it is in every engine since 2021.
const FEATURES: [&str; 4] =
    ["--enable-bulk-memory", "--enable-sign-ext", "--enable-mutable-globals", "--enable-nontrapping-float-to-int"];

/// Builds the bundle: `[--config intake.toml] [--out dist/report] [--again]`.
///
/// # Errors
/// When something is missing that cannot be installed, a build fails, or the bundle is over its budget.
pub fn web(arguments: &[String]) -> Result<()> {
    let mut config = run::root().join("examples/intake.toml");
    let mut out = run::root().join("dist/report");
    let mut twice = false;
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        let mut path = || words.next().map(PathBuf::from).with_context(|| format!("`{word}` needs a path"));
        match word.as_str() {
            "--config" => config = path()?,
            "--out" => out = path()?,
            "--again" => twice = true,
            other => bail!("`{other}` is not an option of `cargo xtask web` (there are --config, --out and --again)"),
        }
    }
    build(&config, &out, None)?;
    if twice { again() } else { Ok(()) }
}

/// Builds the bundle, with the program `page` that is there already, or else builds that too.
///
/// # Errors
/// As `web`.
pub fn build(config: &Path, out: &Path, page: Option<&Path>) -> Result<()> {
    toolchain()?;
    let modules = modules();
    fs::create_dir_all(&modules)?;
    for name in MODULES {
        let raw = modules.join(format!("{name}.raw.wasm"));
        fs::copy(compile(&run::root(), &run::target(), name)?, &raw)?;
        finish(name, &raw, &modules)?;
    }
    let mut make = page.map_or_else(run::cargo_command, Command::new);
    if page.is_none() {
        make.args(["run", "--locked", "--quiet", "--package", "page", "--"]);
    }
    run::status(make.args([config, modules.as_path(), out]))
}

/// Builds the modules once more, in another folder from a copy of the sources, and compares them with those of the last
/// `build`, byte by byte.
///
/// # Errors
/// When they differ, or there are none.
pub fn again() -> Result<()> {
    let (root, target) = (run::work().join("elsewhere"), run::work().join("elsewhere-target"));
    if root.exists() {
        fs::remove_dir_all(&root)?;
    }
    let listed = Command::new("git")
        .current_dir(run::root())
        .args(["ls-files", "--cached", "--others", "--exclude-standard", "-z"])
        .output()
        .context("the copy is made of what git knows")?;
    for name in String::from_utf8(listed.stdout)?.split('\0').filter(|name| !name.is_empty()) {
        let (from, to) = (run::root().join(name), root.join(name));
        if let (true, Some(folder)) = (from.is_file(), to.parent()) {
            fs::create_dir_all(folder)?;
            fs::copy(from, to)?;
        }
    }
    for name in MODULES {
        let here = fs::read(modules().join(format!("{name}.raw.wasm")))?;
        let there = fs::read(compile(&root, &target, name)?)?;
        if here != there {
            bail!("the module `{name}` is not the same when it is built in another folder");
        }
        println!("{name}: {} bytes, the same from both folders", here.len());
    }
    Ok(())
}

/// The folder of finished modules.
pub fn modules() -> PathBuf {
    run::work().join("modules")
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
    let mut flags: Vec<String> =
        ["-Zunstable-options", "-Cpanic=immediate-abort", "-Zlocation-detail=none", "-Zfmt-debug=none"]
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

/// Compiles one module and gives its path.
fn compile(root: &Path, target: &Path, name: &str) -> Result<PathBuf> {
    let mut cargo = run::cargo_command();
    cargo.current_dir(root).env("RUSTC_BOOTSTRAP", "1").env("CARGO_TARGET_DIR", target);
    cargo.env_remove("RUSTFLAGS").env("CARGO_ENCODED_RUSTFLAGS", flags(root)?);
    cargo.args(["rustc", "--locked", "--quiet", "--package", "web", "--profile", "web", "--target", TARGET]);
    cargo.args(["-Zbuild-std=std,panic_abort", "-Zbuild-std-features=optimize_for_size", "--crate-type", "cdylib"]);
    run::status(cargo.args(["--no-default-features", "--features", name]))?;
    Ok(target.join(TARGET).join("web/web.wasm"))
}

/// Makes a module small, and its twin of it.
fn finish(name: &str, raw: &Path, modules: &Path) -> Result<()> {
    let bin = tools::pages()?.join("node_modules/binaryen/bin");
    let small = modules.join(format!("{name}.wasm"));
    let mut opt = Command::new("node");
    opt.arg(bin.join("wasm-opt")).args(["-O2", "-Oz", "--converge", "--reorder-functions"]).args(FEATURES).arg(raw);
    run::status(opt.args(["--strip-debug", "--strip-producers", "--strip-target-features", "-o"]).arg(&small))?;
    let twin = modules.join(format!("{name}.twin.js"));
    let mut js = Command::new("node");
    run::status(js.arg(bin.join("wasm2js")).arg("-Oz").args(FEATURES).arg(&small).arg("-o").arg(&twin))?;
    let text = fs::read_to_string(&twin)?;
    fs::write(&twin, classic(&text)?)?;
    Ok(())
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
