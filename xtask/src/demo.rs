//! `cargo xtask demo`: the README's first command. Builds the server and starts the demo city on this machine; with
//! `--residents` the residents' door too, with pages of this city's own keys.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, Result, ensure};

use crate::{run, web};

/// Where the residents' door of the demo city is.
const RESIDENTS: &str = "127.0.0.1:8081";

/// Whose keys the pages have: two who open reports, and five who together open contact details (decisions 13).
const PEOPLE: [&str; 7] =
    ["investigator-1", "investigator-2", "contact-1", "contact-2", "trustee-1", "trustee-2", "trustee-3"];

/// Builds `vouchsafe` with optimisation (profile `demo`) and runs `vouchsafe serve --demo` until it is stopped.
///
/// # Errors
/// When the build or the server fails.
pub fn demo(arguments: &[String]) -> Result<()> {
    run::cargo(&["build", "--profile", "demo", "--package", "server", "--bin", "vouchsafe", "--locked"])?;
    let program = run::target().join("demo/vouchsafe");
    let named = arguments.iter().position(|word| word == "--data").and_then(|at| arguments.get(at + 1));
    let named = named.map(String::as_str).or_else(|| arguments.iter().find_map(|word| word.strip_prefix("--data=")));
    let data = named.map_or_else(|| run::target().join("demo-city"), PathBuf::from);
    let mut serve = Command::new(&program);
    serve.args(["serve", "--demo"]);
    if arguments.iter().any(|word| word == "--residents") {
        serve.args(["--report", RESIDENTS, "--report-pages"]).arg(residents(&program, &data)?);
    }
    serve.args(arguments.iter().filter(|word| *word != "--residents"));
    if named.is_none() {
        serve.arg("--data").arg(&data);
    }
    run::status(&mut serve)
}

/// Does what an operator does once (docs/inbox.md): keys of the people who open reports, pages with all keys in them, and those
/// keys in the log. Gives the folder of the pages.
fn residents(program: &Path, data: &Path) -> Result<PathBuf> {
    let folder = run::work().join("demo-residents");
    fs::create_dir_all(&folder)?;
    let mut people = Vec::new();
    for name in PEOPLE {
        let key = folder.join(name).with_extension("key");
        let told = output(Command::new(program).args(["inbox", "keys", "--json", "--key"]).arg(&key))?;
        people.push((field(&told, "recipient")?, field(&told, "signing_key")?));
    }
    let promise = first_start(program, data)?;
    let vkeys = data.join("log/log.vkey");
    let log = fs::read_to_string(&vkeys).with_context(|| vkeys.display().to_string())?;
    let log = log.lines().find(|key| is_ed25519(key)).context("the log has no key of Ed25519, which phones check")?;
    let list = |people: &[(String, String)]| format!("{:?}", people.iter().map(|(it, _)| it).collect::<Vec<_>>());
    let signing: Vec<&String> = people.iter().take(2).map(|(_, signing)| signing).collect();
    let [opens, city, trustee] = [0..2, 2..4, 4..7].map(|range| list(people.get(range).unwrap_or_default()));
    let config = folder.join("intake.toml");
    let text = format!(
        "example = true\nexit = \"https://www.weather.gov/\"\n[reach]\nphone = \"311\"\naddress = \"Example Building (invented)\"\n\
         [intake]\nrecipients = {opens}\n[contact]\ncity = {city}\ntrustee = {trustee}\n\
         [keys]\npromise = {promise:?}\nlog = {log:?}\nofficials = {signing:?}\n"
    );
    fs::write(&config, text)?;
    let pages = folder.join("pages");
    web::build(&config, &pages, None)?;
    let two = ["--by", "A. Privacy (invented)", "--by", "B. Counsel (invented)"];
    let mut publish = Command::new(program);
    publish.args(["pages", "publish"]).args(two).arg("--report-pages").arg(&pages);
    run::status(publish.arg("--data").arg(data))?;
    eprintln!(
        "What is sent at http://{RESIDENTS}/ is listed and opened, while the server is stopped or from an export, with
    {0} inbox list --data {1}
    {0} inbox open rp-… --key {2} --out report-1 --data {1}",
        program.display(),
        data.display(),
        folder.join("investigator-1.key").display(),
    );
    Ok(pages)
}

/// Starts the city and stops it as soon as its doors are open, so that its keys are made. Gives the key of its promises.
fn first_start(program: &Path, data: &Path) -> Result<String> {
    let mut serve = Command::new(program);
    serve.args(["serve", "--demo", "--json", "--listen", "127.0.0.1:0", "--report", "127.0.0.1:0", "--data"]).arg(data);
    eprintln!("$ a first start of the city, which makes its keys");
    let mut child = serve.stdout(Stdio::piped()).spawn().context("the server cannot be started")?;
    let mut told = String::new();
    if let Some(out) = child.stdout.take() {
        BufReader::new(out).read_line(&mut told)?;
    }
    run::status(Command::new("kill").arg("-TERM").arg(child.id().to_string()))?;
    let ended = child.wait()?;
    ensure!(ended.success(), "the city did not start ({ended})");
    field(&told, "promise_key")
}

/// What a command prints.
fn output(command: &mut Command) -> Result<String> {
    let done = command.stderr(Stdio::inherit()).output().context("the program cannot be started")?;
    ensure!(done.status.success(), "`{}` failed ({})", command.get_program().display(), done.status);
    Ok(String::from_utf8(done.stdout)?)
}

/// The text of a field of JSON that holds no escapes.
fn field(json: &str, name: &str) -> Result<String> {
    let value = json.split_once(&format!("\"{name}\":")).and_then(|(_, rest)| rest.split('"').nth(1));
    Ok(value.with_context(|| format!("no `{name}` in `{json}`"))?.to_owned())
}

/// Whether a verifier key (C2SP signed-note: name, id, base64 of kind and key) is one of Ed25519: its kind is 1.
fn is_ed25519(vkey: &str) -> bool {
    let value = |letter: u8| match letter {
        b'A'..=b'Z' => letter - b'A',
        b'a'..=b'z' => letter - b'a' + 26,
        _ => u8::MAX,
    };
    let key = vkey.splitn(3, '+').nth(2).unwrap_or_default().as_bytes();
    matches!(key, [first, second, ..] if value(*first) == 0 && value(*second) >> 4 == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_and_kinds_are_read() {
        let json = "{\"recipient\":\"age1pq1x\",\"signing_key\": \"0a\"}";
        assert_eq!(field(json, "recipient").unwrap(), "age1pq1x");
        assert_eq!(field(json, "signing_key").unwrap(), "0a");
        assert!(field(json, "promise_key").is_err());
        assert!(is_ed25519("example.org/log+42170e67+AXabcrKKkSvXFIblGGfxaDH9g/DH5k6fL80xyzibEOdJ"));
        assert!(!is_ed25519("example.org/log+42170e67+BnabcrKKkSvXFIblGGfxaDH9g/DH5k6fL80xyzibEOdJ"));
        assert!(!is_ed25519("example.org"));
    }
}
