//! `cargo xtask web`: the residents' page as a bundle of files, the same bytes wherever it is built.
//!
//! Four modules of `crates/web` are built for WebAssembly, made small, and once more made into JavaScript (their twins); then
//! `crates/page` makes the pages and the manifest. Small means: the standard library is compiled along, without the texts
//! of panics, which nobody would see and every phone would fetch (30 of 90 kB). That asks the pinned compiler for switches
//! that are not stable (`RUSTC_BOOTSTRAP`); they leave out messages and change no computation.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};
use sha2::{Digest as _, Sha256};

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
        let mut path =
            || words.next().map(|path| run::root().join(path)).with_context(|| format!("`{word}` needs a path"));
        match word.as_str() {
            "--config" => config = path()?,
            "--out" => out = path()?,
            "--again" => twice = true,
            other => bail!("`{other}` is not an option of `cargo xtask web` (there are --config, --out and --again)"),
        }
    }
    build(&config, &out, None)?;
    if twice { again(&config, &out) } else { Ok(()) }
}

/// The desk's module, which answers without network.
const GUIDE: &str = "guide";

/// `cargo xtask guide`: the module of the guide, in `dist/guide`, where `vouchsafe serve --guide` finds it. It has no twin: a browser
/// without WebAssembly has no service worker either, and so nothing that stays without network.
///
/// # Errors
/// When something is missing that cannot be installed, or the build fails.
pub fn guide(arguments: &[String]) -> Result<()> {
    if let Some(other) = arguments.first() {
        bail!("`{other}` is not an option of `cargo xtask guide`, which has none");
    }
    toolchain()?;
    let place = Place { root: run::root(), target: run::target(), modules: modules() };
    fs::create_dir_all(&place.modules)?;
    small(&place, GUIDE)?;
    let out = guide_bundle();
    fs::create_dir_all(&out)?;
    let name = format!("{GUIDE}.wasm");
    fs::copy(place.modules.join(&name), out.join(&name))?;
    Ok(())
}

/// Where `guide` puts the module.
pub fn guide_bundle() -> PathBuf {
    run::root().join("dist/guide")
}

/// Where a bundle is built: the folder of the sources, that of what cargo makes of them, and that of the finished modules.
struct Place {
    root: PathBuf,
    target: PathBuf,
    modules: PathBuf,
}

/// Builds the bundle, with the program `page` that is there already, or else builds that too.
///
/// # Errors
/// As `web`.
pub fn build(config: &Path, out: &Path, page: Option<&Path>) -> Result<()> {
    build_in(&Place { root: run::root(), target: run::target(), modules: modules() }, config, out, page)
}

fn build_in(place: &Place, config: &Path, out: &Path, page: Option<&Path>) -> Result<()> {
    toolchain()?;
    fs::create_dir_all(&place.modules)?;
    for name in MODULES {
        small(place, name)?;
        twin(place, name)?;
    }
    let mut make = page.map_or_else(|| place.cargo(), Command::new);
    if page.is_none() {
        make.args(["run", "--locked", "--quiet", "--package", "page", "--"]);
    }
    run::status(make.current_dir(&place.root).args([config, &place.modules, out]))
}

impl Place {
    fn cargo(&self) -> Command {
        let mut cargo = run::cargo_command();
        cargo.current_dir(&self.root).env("CARGO_TARGET_DIR", &self.target);
        cargo
    }
}

/// Builds the whole bundle once more, in another folder from a copy of the sources, the program `page` too, and compares it
/// with that of the last `build`, every file byte by byte. Both are built by this machine's compiler and by the same binaryen.
///
/// # Errors
/// When they differ, or there is none.
pub fn again(config: &Path, out: &Path) -> Result<()> {
    let elsewhere = run::work().join("elsewhere");
    let place = Place {
        target: run::work().join("elsewhere-target"),
        modules: elsewhere.join("modules"),
        root: elsewhere.join("sources"),
    };
    if elsewhere.exists() {
        fs::remove_dir_all(&elsewhere)?;
    }
    let listed = Command::new("git")
        .current_dir(run::root())
        .args(["ls-files", "--cached", "--others", "--exclude-standard", "-z"])
        .output()
        .context("the copy is made of what git knows")?;
    for name in String::from_utf8(listed.stdout)?.split('\0').filter(|name| !name.is_empty()) {
        let (from, to) = (run::root().join(name), place.root.join(name));
        if let (true, Some(folder)) = (from.is_file(), to.parent()) {
            fs::create_dir_all(folder)?;
            fs::copy(from, to)?;
        }
    }
    let config = config.strip_prefix(run::root()).map_or_else(|_| config.to_owned(), |inside| place.root.join(inside));
    let other = elsewhere.join("bundle");
    build_in(&place, &config, &other, None)?;
    let (here, there) = (files(out)?, files(&other)?);
    let names: BTreeSet<&String> = here.keys().chain(there.keys()).collect();
    let differ: Vec<&str> =
        names.into_iter().filter(|name| here.get(*name) != there.get(*name)).map(String::as_str).collect();
    if !differ.is_empty() {
        bail!("not the same when it is built in another folder: {}", differ.join(", "));
    }
    let manifest = here.get("manifest.json").context("a bundle has a manifest")?;
    let hash = Sha256::digest(manifest);
    println!("{} files, the same from both folders; bundle sha256 {hash:x}", here.len());
    Ok(())
}

/// The files of a folder that has no others in it.
fn files(folder: &Path) -> Result<BTreeMap<String, Vec<u8>>> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let entry = entry?;
        files.insert(entry.file_name().to_string_lossy().into_owned(), fs::read(entry.path())?);
    }
    Ok(files)
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
fn compile(place: &Place, name: &str) -> Result<PathBuf> {
    let mut cargo = place.cargo();
    cargo.env("RUSTC_BOOTSTRAP", "1");
    cargo.env_remove("RUSTFLAGS").env("CARGO_ENCODED_RUSTFLAGS", flags(&place.root)?);
    cargo.args(["rustc", "--locked", "--quiet", "--package", "web", "--profile", "web", "--target", TARGET]);
    cargo.args(["-Zbuild-std=std,panic_abort", "-Zbuild-std-features=optimize_for_size", "--crate-type", "cdylib"]);
    run::status(cargo.args(["--no-default-features", "--features", name]))?;
    Ok(place.target.join(TARGET).join("web/web.wasm"))
}

/// Compiles a module and makes it small.
fn small(place: &Place, name: &str) -> Result<()> {
    let raw = place.modules.join(format!("{name}.raw.wasm"));
    fs::copy(compile(place, name)?, &raw)?;
    let bin = tools::pages()?.join("node_modules/binaryen/bin");
    let small = place.modules.join(format!("{name}.wasm"));
    let mut opt = Command::new("node");
    opt.arg(bin.join("wasm-opt")).args(["-O2", "-Oz", "--converge", "--reorder-functions"]).args(FEATURES).arg(raw);
    run::status(opt.args(["--strip-debug", "--strip-producers", "--strip-target-features", "-o"]).arg(&small))
}

/// Makes a small module's twin of it.
fn twin(place: &Place, name: &str) -> Result<()> {
    let bin = tools::pages()?.join("node_modules/binaryen/bin");
    let small = place.modules.join(format!("{name}.wasm"));
    let twin = place.modules.join(format!("{name}.twin.js"));
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
