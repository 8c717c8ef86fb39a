//! `cargo xtask tidy`: the rules of the house that a compiler does not know. Each line that it prints names a file.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};

use crate::run;

/// Who may know whom: a crate, and the crates of ours that it may name (ARCHITECTURE.md, "Arrows").
const ARROWS: [(&str, &[&str]); 11] = [
    ("law", &[]),
    ("media", &[]),
    ("seal", &[]),
    ("tlog", &[]),
    ("record", &["law"]),
    ("contacts", &["law"]),
    ("guide", &["law"]),
    ("web", &["guide", "media", "seal", "tlog"]),
    ("page", &["seal", "tlog"]),
    ("prover", &["law"]),
    ("server", &["guide", "law", "media", "seal", "tlog", "record", "contacts", "prover"]),
];

/// Pure crates: they take time and randomness as arguments and touch nothing outside.
const PURE: [&str; 8] = ["law", "guide", "media", "seal", "tlog", "record", "contacts", "web"];

/// What a pure crate never names.
const OUTSIDE: [&str; 8] = [
    "std::fs",
    "std::net",
    "std::env",
    "std::process",
    "SystemTime::now",
    "Instant::now",
    "Zoned::now",
    "Timestamp::now",
];

/// Identifiers that must not exist: there is no type, field or column for them.
const NEVER_NAMED: [&str; 7] = [
    "immigration_status",
    "citizenship_status",
    "country_of_birth",
    "country_of_origin",
    "nationality:",
    "user_agent:",
    "remote_addr:",
];

/// Words that city materials must not use for people (NYC Admin. Code § 1-114).
const NEVER_WRITTEN: [&str; 3] = ["alien", "illegal immigrant", "illegal migrant"];

/// What opens a sealed report, or makes an identity that could: in the server's crate only the inbox command names any of it,
/// so that a server that runs can read no report whatever is asked of it (ARCHITECTURE.md, "Arrows").
const OPENS: [&str; 8] = [
    "Identity",
    "envelope::open",
    "Report::open",
    "chunked::open",
    "Opener",
    "open_armored",
    "reply_identity",
    "ContactShare",
];

/// What runs when a server does.
const SERVES: [&str; 3] =
    ["crates/server/src/serve/", "crates/server/src/report/", "crates/server/src/commands/serve.rs"];

/// The inbox command: a file and the folder of its parts.
const INBOX: [&str; 2] = ["crates/server/src/commands/inbox.rs", "crates/server/src/commands/inbox/"];

/// HPKE itself, with which reports are sealed: in the server's crate, beside the inbox, only the gateway's capsules name it, and not
/// with the KEM of reports. What a relay brings is sealed by another KEM to a key of the transport.
const HPKE: [&str; 2] = ["hpke", "Hpke"];
const CAPSULE: &str = "crates/server/src/report/oblivious/capsule.rs";
const KEM_OF_REPORTS: [&str; 3] = ["XWing", "x_wing", "MlKem"];

/// Checks the tree and lists every finding.
///
/// # Errors
/// When anything was found, or a file cannot be read.
pub fn tidy() -> Result<()> {
    let root = run::root();
    let mut found = Vec::new();
    let mut files = Vec::new();
    walk(&root, &mut files)?;
    files.sort();
    for file in &files {
        let name = file.strip_prefix(&root).unwrap_or(file).to_string_lossy().replace('\\', "/");
        let Ok(text) = fs::read_to_string(file) else { continue };
        source(&name, &text, &mut found);
        words(&name, &text, &mut found);
        places(&name, &text, &mut found);
    }
    arrows(&root, &mut found)?;
    claims(&root, &files, &mut found)?;
    readings(&root, &mut found)?;
    let read = |name: &str| fs::read_to_string(root.join(name)).with_context(|| name.to_owned());
    let (manifest, lock) = (read("fuzz/Cargo.toml")?, read("fuzz/Cargo.lock")?);
    fuzz_is_a_plain_build(&read("Cargo.toml")?, &read("Cargo.lock")?, &manifest, &lock, &mut found);
    for line in &found {
        println!("{line}");
    }
    if found.is_empty() { Ok(()) } else { bail!("tidy found {} things", found.len()) }
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if ["target", ".git", "node_modules", "dist", "corpus", "vouchsafe-data", ".claude"].contains(&name) {
            continue;
        }
        if path.is_dir() { walk(&path, files)? } else { files.push(path) }
    }
    Ok(())
}

/// Rust sources: the opening, what a test may not be, what a pure crate may not touch, names that must not exist.
fn source(name: &str, text: &str, found: &mut Vec<String>) {
    if !name.ends_with(".rs") {
        return;
    }
    let ours = name != "xtask/src/tidy.rs";
    if !text.starts_with("//!") && !text.starts_with("#!") {
        found.push(format!("{name}:1: a file opens with `//!`: what it is and why"));
    }
    let (mut before, mut tests, mut test_only) = ("", false, false);
    for (number, line) in text.lines().enumerate() {
        let refuses = before.contains("tidy: names what is refused");
        before = line;
        let mut at = |what: &str| found.push(format!("{name}:{}: {what}", number + 1));
        // A process that another test starts and kills is a test by form only, and says so.
        let child = line.contains("#[ignore = \"") && (line.contains("child") || line.contains("started by"));
        if ours && !child && (line.contains("#[ignore") || line.contains("#[should_panic")) {
            at("a test that is left out or expects a panic cannot hold a promise");
        }
        if ours && (line.contains("todo!(") || line.contains("unimplemented!(") || line.contains("assert!(true)")) {
            at("a stub");
        }
        let pure =
            !name.ends_with("/tests.rs") && PURE.iter().any(|krate| name.starts_with(&format!("crates/{krate}/src/")));
        let doc = line.trim_start().starts_with("//");
        let inbox = INBOX.iter().any(|inbox| name.starts_with(inbox));
        let server = name.starts_with("crates/server/src/") && !inbox;
        // A module in a file of its own ends at once.
        tests |= test_only && line.starts_with("mod tests {");
        test_only = line == "#[cfg(test)]";
        if server && !tests && !doc && OPENS.iter().any(|opens| line.contains(opens)) {
            at("only the inbox command names what opens a report");
        }
        let doors = SERVES.iter().any(|it| name.starts_with(it));
        if doors && !tests && !doc && line.contains("inbox::") {
            at("a server that runs calls nothing of the inbox command");
        }
        let hpke = name != CAPSULE && HPKE.iter().any(|hpke| line.contains(hpke));
        if server && !tests && !doc && (hpke || KEM_OF_REPORTS.iter().any(|kem| line.contains(kem))) {
            at("only the gateway's capsules name HPKE, and nothing here the KEM of reports");
        }
        if pure && !doc && OUTSIDE.iter().any(|outside| line.contains(outside)) {
            at("a pure crate takes this as an argument");
        }
        let lists_them = ours && !refuses;
        if lists_them && let Some(never) = NEVER_NAMED.iter().find(|never| line.contains(**never)) {
            at(&format!("`{never}` must not exist, as a name or otherwise"));
        }
    }
    let code = text.split("#[cfg(test)]\nmod tests").next().unwrap_or(text).lines().count();
    if code > 800 {
        found.push(format!("{name}: {code} lines before its tests; do two nouns live here?"));
    }
}

/// Words that the product never writes: in sentences for people and in the pack. A line that quotes says so.
fn words(name: &str, text: &str, found: &mut Vec<String>) {
    let for_people = name.ends_with(".ftl") || name.starts_with("packs/") || name.ends_with(".html");
    if !for_people {
        return;
    }
    for (number, line) in text.lines().enumerate() {
        let lower = line.to_lowercase();
        let quoted = line.contains("quoted") || lower.contains("source_url") || lower.contains("http");
        for never in NEVER_WRITTEN {
            let mut rest = lower.as_str();
            while let Some(at) = rest.find(never) {
                let before = rest.get(..at).and_then(|text| text.chars().last());
                let after = rest.get(at + never.len()..).and_then(|text| text.chars().next());
                let whole = !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric);
                if whole && !quoted {
                    found.push(format!("{name}:{}: `{never}` is not written here (Admin. Code 1-114)", number + 1));
                }
                rest = rest.get(at + never.len()..).unwrap_or_default();
            }
        }
    }
}

/// Hosts of other parties in pages, and paths of somebody's machine anywhere.
fn places(name: &str, text: &str, found: &mut Vec<String>) {
    if name == "xtask/src/tidy.rs" || name.ends_with(".lock") || name.ends_with("package-lock.json") {
        return;
    }
    let page = [".html", ".css", ".js", ".ftl"].iter().any(|end| name.ends_with(end));
    for (number, line) in text.lines().enumerate() {
        let third = ["googleapis", "gstatic", "cdnjs", "unpkg", "jsdelivr"].iter().any(|host| line.contains(host));
        if page && third {
            found.push(format!("{name}:{}: a page asks nothing of third parties", number + 1));
        }
        if ["/work/", "/root/", "/home/"].iter().any(|path| line.contains(path)) {
            found.push(format!("{name}:{}: a path of one machine", number + 1));
        }
    }
}

/// The arrows between crates, read from their manifests.
fn arrows(root: &Path, found: &mut Vec<String>) -> Result<()> {
    let ours: Vec<String> = fs::read_dir(root.join("crates"))?
        .filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned()))
        .collect();
    for (krate, may) in ARROWS {
        let path = root.join("crates").join(krate).join("Cargo.toml");
        let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        for line in text.lines() {
            let name = line.split(['.', ' ', '=']).next().unwrap_or_default();
            if name != krate && ours.iter().any(|known| known == name) && !may.contains(&name) {
                found.push(format!("crates/{krate}/Cargo.toml: `{krate}` may not know `{name}`"));
            }
        }
    }
    for krate in ours {
        if ["common", "utils", "util", "types", "helpers"].contains(&krate.as_str()) {
            found.push(format!("crates/{krate}: a crate is named after what it is"));
        }
    }
    Ok(())
}

/// Every test that `docs/claims.md` names exists.
fn claims(root: &Path, files: &[PathBuf], found: &mut Vec<String>) -> Result<()> {
    const NAME_TESTS: [&str; 2] = ["docs/claims.md", "docs/holes.md"];
    let mut known = String::new();
    for file in files {
        let name = file.to_string_lossy();
        let names_them = NAME_TESTS.iter().any(|it| name.ends_with(it));
        if (name.ends_with(".rs") || name.ends_with(".mjs")) && !names_them {
            known.push_str(&fs::read_to_string(file).unwrap_or_default());
        }
    }
    for page in NAME_TESTS {
        let text = fs::read_to_string(root.join(page)).with_context(|| page.to_owned())?;
        for (number, line) in text.lines().enumerate() {
            for word in line.split('`').skip(1).step_by(2) {
                let Some(test) = word.strip_prefix("test:") else { continue };
                if !known.contains(&format!("fn {test}(")) && !known.contains(&format!("\"{test}\"")) {
                    found.push(format!("{page}:{}: no test is called `{test}`", number + 1));
                }
            }
        }
    }
    Ok(())
}

/// What is not ours is the same in a fuzz build as in a plain one, in version and profile: so it is compiled once for both.
fn fuzz_is_a_plain_build(manifest: &str, lock: &str, fuzz_manifest: &str, fuzz_lock: &str, found: &mut Vec<String>) {
    let packages = |lock: &str| -> Vec<(String, String)> {
        let value = |block: &str, key: &str| Some(block.split_once(key)?.1.split('"').next()?.to_owned());
        let blocks = lock.split("[[package]]").skip(1);
        blocks.filter_map(|block| Some((value(block, "\nname = \"")?, value(block, "\nversion = \"")?))).collect()
    };
    let (plain, fuzz) = (packages(lock), packages(fuzz_lock));
    for (name, version) in &fuzz {
        let shared = plain.iter().any(|(other, _)| other == name);
        if shared && !plain.iter().any(|(other, theirs)| (other, theirs) == (name, version)) {
            found.push(format!("fuzz/Cargo.lock: `{name}` is {version} there and not in Cargo.lock"));
        }
    }
    const SETTING: &str = "[profile.dev.package.";
    for block in manifest.split("\n\n").filter(|block| block.contains(SETTING)) {
        let block = block.split_once(SETTING).map_or(block, |(_, block)| block);
        let name = block.split([']', '"']).find(|name| !name.is_empty()).unwrap_or_default();
        let ours = PURE.contains(&name) || ["page", "server"].contains(&name);
        let there = name == "*" || fuzz.iter().any(|(other, _)| other == name);
        if there && !ours && !fuzz_manifest.contains(&format!("{SETTING}{}\n", block.trim_end())) {
            found.push(format!("fuzz/Cargo.toml: `{name}` has not the profile that Cargo.toml gives it"));
        }
    }
}

/// Each page of `docs/law` that names a pack file carries the hash of what that file rules, so that neither moves alone: a rule
/// cannot change without somebody reading the page again. Cases and theorems are left out, since more of them change no reading.
/// `VOUCHSAFE_TIDY_ACCEPT=1` writes the hash anew, after somebody has read the page again.
fn readings(root: &Path, found: &mut Vec<String>) -> Result<()> {
    let accept = std::env::var_os("VOUCHSAFE_TIDY_ACCEPT").is_some();
    let mut pages = 0;
    for entry in fs::read_dir(root.join("docs/law"))? {
        let path = entry?.path();
        let text = fs::read_to_string(&path)?;
        let file = text.lines().find_map(|line| line.strip_prefix("The pack's file: `")?.split('`').next());
        let Some(file) = file else { continue };
        pages += 1;
        let pack = fs::read_to_string(root.join(file)).with_context(|| format!("{}: `{file}`", path.display()))?;
        let now = format!("{READS}{file}` without its cases, sha256 `{}`.", sha256(&rules(&pack)));
        let said = text.lines().find(|line| line.starts_with(READS));
        if said == Some(now.as_str()) {
            continue;
        }
        if accept {
            let kept: String =
                text.lines().filter(|line| Some(*line) != said).map(|line| format!("{line}\n")).collect();
            fs::write(&path, format!("{}\n\n{now}\n", kept.trim_end()))?;
        } else {
            found.push(format!(
                "{}: the rules of `{file}` are not those that this page was read with; read it again, then accept",
                path.display()
            ));
        }
    }
    if pages == 0 {
        found.push("docs/law: no page names the pack's file that it reads".to_owned());
    }
    Ok(())
}

/// How the line begins that carries the hash.
const READS: &str = "Reads `";

/// What a pack's file rules: all of it but the cases and theorems that hold it to its word.
fn rules(text: &str) -> String {
    const JUDGES: [&str; 7] = ["case", "classify", "clock", "convictions", "due", "governs", "theorem"];
    let mut kept = String::new();
    let mut left_out = false;
    for line in text.lines() {
        let opens = line.strip_prefix("```toml ").is_some_and(|kind| JUDGES.contains(&kind.trim()));
        left_out |= opens;
        if !left_out && !line.trim().is_empty() {
            kept.push_str(line);
            kept.push('\n');
        }
        left_out &= opens || line.trim_end() != "```";
    }
    kept
}

fn sha256(text: &str) -> String {
    format!("{:x}", <sha2::Sha256 as sha2::Digest>::digest(text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_goes_with_the_rules_of_its_file_and_not_with_its_cases() {
        let file = "# A\n\n```toml provision\nid = \"1\"\n```\n\n```toml case\nid = \"c\"\n```\n\nAfter.\n";
        assert_eq!(rules(file), "# A\n```toml provision\nid = \"1\"\n```\nAfter.\n");
        assert_eq!(rules(&file.replace("\"c\"", "\"d\"")), rules(file));
        assert_ne!(rules(&file.replace("\"1\"", "\"2\"")), rules(file));

        let root = tempfile();
        let law = root.join("docs/law");
        fs::create_dir_all(&law).unwrap();
        fs::create_dir_all(root.join("packs")).unwrap();
        fs::write(root.join("packs/1.md"), file).unwrap();
        let findings = |page: &str| {
            fs::write(law.join("1.md"), page).unwrap();
            let mut found = Vec::new();
            readings(&root, &mut found).unwrap();
            found.len()
        };
        let page = "# One\n\nThe pack's file: `packs/1.md`. Reviewed: not yet.\n";
        assert_eq!(findings("# One\n"), 1, "no page reads anything");
        assert_eq!(findings(page), 1, "a page without its hash");
        let line = format!("Reads `packs/1.md` without its cases, sha256 `{}`.", sha256(&rules(file)));
        assert_eq!(findings(&format!("{page}\n{line}\n")), 0);
        fs::write(root.join("packs/1.md"), file.replace("\"1\"", "\"2\"")).unwrap();
        assert_eq!(findings(&format!("{page}\n{line}\n")), 1, "a rule moved alone");
        fs::remove_dir_all(root).unwrap();
    }

    #[test]
    fn the_server_names_nothing_that_opens_a_report() {
        let findings = |name: &str, line: &str| {
            let mut found = Vec::new();
            source(name, &format!("//! A file.\n{line}\n"), &mut found);
            found.len()
        };
        let page = "crates/server/src/report/pages.rs";
        for line in OPENS.iter().chain(&HPKE).chain(&KEM_OF_REPORTS) {
            assert_eq!((findings(page, line), findings("crates/seal/src/envelope.rs", line)), (1, 0), "{line}");
        }
        assert_eq!(findings(CAPSULE, "use hpke::kem::X25519HkdfSha256;"), 0);
        assert_eq!(findings(CAPSULE, "use hpke::kem::XWing;"), 1);
        assert_eq!(findings(INBOX[0], "Identity"), 0);
    }

    #[test]
    fn a_fuzz_build_differs_from_a_plain_one_in_nothing_that_is_not_ours() {
        let lock = |name: &str, version: &str| format!("\n[[package]]\nname = \"{name}\"\nversion = \"{version}\"\n");
        let manifest = |level: u8| {
            format!(
                "[profile.dev.package.\"*\"]\ndebug = false\n\n# Why.\n[profile.dev.package.sha2]\nopt-level = {level}\n"
            )
        };
        let findings = |plain: (&str, &str), fuzz: (&str, &str)| {
            let mut found = Vec::new();
            fuzz_is_a_plain_build(plain.0, plain.1, fuzz.0, fuzz.1, &mut found);
            found
        };
        let (two, three) = (manifest(2), manifest(3));
        let locked = lock("sha2", "0.11.0");
        assert_eq!(findings((&three, &locked), (&three, &locked)), Vec::<String>::new());
        assert_eq!(findings((&three, &locked), (&two, &locked)).len(), 1, "another profile");
        assert_eq!(findings((&three, &locked), (&three, &lock("sha2", "0.10.0"))).len(), 1, "another version");
        assert_eq!(findings((&three, &locked), ("", "")).len(), 1, "only what holds for all");
        assert_eq!(findings((&three, &locked), (&three, &lock("libfuzzer-sys", "1.0.0"))), Vec::<String>::new());
    }

    #[test]
    fn what_opens_a_report_is_named_by_the_inbox_command_alone() {
        let findings = |name: &str, text: &str| {
            let mut found = Vec::new();
            source(name, &format!("//! x\n{text}\n"), &mut found);
            found.len()
        };
        let opens = "use seal::Identity;";
        let behind = format!("#[cfg(test)]\nmod crashes;\n{opens}");
        assert_eq!(findings("crates/server/src/serve/mod.rs", &behind), 1, "also behind a module of tests");
        let behind = behind.replace("crashes", "tests");
        assert_eq!(findings("crates/server/src/serve/mod.rs", &behind), 1, "whatever it is called");
        assert_eq!(findings("crates/server/src/commands/serve.rs", "super::inbox::open();"), 1);
        assert_eq!(findings("crates/server/src/report/mod.rs", "crate::commands::inbox::open();"), 1);
        assert_eq!(findings("crates/server/src/report/mod.rs", &format!("#[cfg(test)]\nmod tests {{\n{opens}")), 0);
        assert_eq!(findings("crates/server/src/commands/inbox.rs", opens), 0);
        assert_eq!(findings("crates/server/src/commands/inbox/contact.rs", "ContactShare::open();"), 0);
        assert_eq!(findings("crates/server/src/commands/inboxes.rs", opens), 1);
    }

    fn tempfile() -> PathBuf {
        let path = std::env::temp_dir().join(format!("vouchsafe-tidy-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        path
    }
}
