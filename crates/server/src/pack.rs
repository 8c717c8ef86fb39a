//! The law pack: the built-in one of New York City, or a folder that the command line names.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    time::UNIX_EPOCH,
};

use anyhow::Context as _;
use contacts::Partners;
use law::{
    Pack, PackFiles, Problem,
    cases::CaseResult,
    pack::{CaseBody, DueCase},
    prove,
};
use record::filing::{Period, Section};

use crate::words::Words;

/// The files of `packs/nyc`, put into the executable when it was built.
const NYC: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/pack_nyc.rs"));

/// The hash of the built-in pack that was proved and whose cases passed, as somebody wrote it down who had run both; the tests
/// run them again. A program that is built from other files does not take their law on trust.
const PROVED: &str = include_str!("../../../packs/nyc.proved");

/// The files of the built-in pack.
#[must_use]
pub fn built_in() -> PackFiles {
    PackFiles(NYC.iter().map(|(path, bytes)| ((*path).to_owned(), bytes.to_vec())).collect())
}

/// The files of a pack's folder, by their path in it.
///
/// # Errors
/// When the folder or a file cannot be read, or a name is no text.
pub fn files_of(folder: &Path) -> io::Result<PackFiles> {
    let mut files = BTreeMap::new();
    walk(folder, "", &mut files)?;
    Ok(PackFiles(files))
}

fn walk(folder: &Path, prefix: &str, files: &mut BTreeMap<String, Vec<u8>>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().into_string().map_err(|name| {
            io::Error::new(io::ErrorKind::InvalidData, format!("the name `{}` is no text", name.to_string_lossy()))
        })?;
        // What editors and version control leave behind is no part of a pack.
        if name.starts_with('.') || name.ends_with('~') {
            continue;
        }
        let path = format!("{prefix}{name}");
        if entry.path().is_dir() {
            walk(&entry.path(), &format!("{path}/"), files)?;
        } else {
            files.insert(path, fs::read(entry.path())?);
        }
    }
    Ok(())
}

/// The files of the pack that the command line names; the built-in one when it names none.
///
/// # Errors
/// When the folder cannot be read.
pub fn files(folder: Option<&Path>) -> anyhow::Result<PackFiles> {
    match folder {
        None => Ok(built_in()),
        Some(folder) => files_of(folder).with_context(|| format!("the pack in `{}` cannot be read", folder.display())),
    }
}

/// The pack that the command line names; the built-in one when it names none.
///
/// # Errors
/// When it cannot be read, or is not whole: then every problem, a line each.
pub fn load(folder: Option<&Path>) -> anyhow::Result<Pack> {
    let files = files(folder)?;
    Pack::load(&files).with_context(|| match folder {
        None => "the built-in pack cannot be loaded".to_owned(),
        Some(folder) => format!("the pack in `{}` cannot be loaded", folder.display()),
    })
}

/// Where a pack says with whom contacts are looked for.
const CONTACTS: &str = "vocabulary/contacts.toml";

/// With whom contacts are looked for, as a pack says; none = it does not.
///
/// # Errors
/// What is wrong with its list, with the line.
pub fn partners(files: &PackFiles, pack: &Pack) -> Result<Option<Partners>, Problem> {
    let Some(bytes) = files.0.get(CONTACTS) else { return Ok(None) };
    let problem = |line, message| Problem { file: CONTACTS.to_owned(), line, provision: None, rule: None, message };
    let text = std::str::from_utf8(bytes).map_err(|_| problem(0, "the file is no UTF-8 text".to_owned()))?;
    let list = Partners::parse(text).map_err(|error| problem(error.line, error.what))?;
    let known = &pack.vocabulary().requesters;
    for partner in list.all() {
        if let Some(unknown) = partner.requesters.iter().find(|it| !known.contains_key(*it)) {
            let what = format!("partner `{}`: `{unknown}` is no requester of requesters.toml", partner.id);
            return Err(problem(0, what));
        }
    }
    Ok(Some(list))
}

/// A pack that would decide otherwise than its own theorems and cases say.
#[derive(Debug, thiserror::Error)]
#[error(
    "{} must not decide: {}; `vouchsafe law prove` and `vouchsafe law cases` say where",
    folder.as_ref().map_or_else(
        || "the built-in pack".to_owned(),
        |folder| format!("the pack in `{}` (name it with `--pack`)", folder.display())
    ),
    failures.join(", ")
)]
pub struct UnfitError {
    /// The pack's folder; none = the built-in pack.
    pub folder: Option<PathBuf>,
    /// What falls or fails, theorems first.
    pub failures: Vec<String>,
}

/// The pack that the command line names, to decide with it.
///
/// The pack of New York City that this program's tests have proved decides at once. Any other, and a built-in one of which nobody
/// has written down that it was proved, is proved, and its cases run, before it decides: half a minute for the law of a city. In
/// a data folder that is there it is kept which pack was found fit by which program.
///
/// # Errors
/// As [`load`]; [`UnfitError`] when a theorem falls or a case fails.
pub fn load_to_decide(folder: Option<&Path>, data: &Path) -> anyhow::Result<Pack> {
    let pack = load(folder)?;
    if pack.reference().sha256.as_str() == PROVED.trim() {
        return Ok(pack);
    }
    let mark = data.join("packs-proved").join(format!("{}-{}", pack.reference().sha256, program()?));
    if mark.exists() {
        return Ok(pack);
    }
    let fallen = prove::prove(&pack).into_iter().filter(|proof| proof.broken.is_some());
    let failed = run_cases(&pack).into_iter().filter(|case| !case.differs.is_empty());
    let failures: Vec<String> = fallen
        .map(|proof| format!("theorem `{}` falls", proof.id))
        .chain(failed.map(|case| format!("case `{}` fails", case.id)))
        .collect();
    if !failures.is_empty() {
        return Err(UnfitError { folder: folder.map(Path::to_owned), failures }.into());
    }
    if data.is_dir() {
        let kept = fs::create_dir_all(data.join("packs-proved")).and_then(|()| fs::write(&mark, ""));
        // Only time is lost without it; a folder that cannot be written is told of by whoever records into it.
        if let Err(error) = kept {
            tracing::debug!("`{}` cannot be written: {error}", mark.display());
        }
    }
    Ok(pack)
}

/// Runs every case of a pack. Those of a filing's period and due day are run here, since that calendar is the record's.
#[must_use]
pub fn run_cases(pack: &Pack) -> Vec<CaseResult> {
    let mut results = law::cases::run(pack);
    for (result, case) in results.iter_mut().zip(pack.cases()) {
        if let CaseBody::Due(due) = &case.body {
            result.differs = due_differs(due);
        }
    }
    results
}

/// What differs between a case of a filing's period and due day and the record's own reading of the calendar.
fn due_differs(case: &DueCase) -> Vec<String> {
    let words = Words::new("en");
    let number = case.filing.split('(').next().unwrap_or_default();
    let section: Section = match number.parse() {
        Ok(section) => section,
        Err(_) => return vec![words.say("law-case-no-filing", &[("filing", &case.filing)])],
    };
    let Some(period) = Period::of(section, case.on) else {
        let period = [("filing", case.filing.as_str()), ("day", &case.on.to_string())];
        return vec![words.say("law-case-no-period", &period)];
    };
    let last = case.until.yesterday().unwrap_or(case.until);
    let due = period.due.map_or_else(|| words.say("law-case-due-never", &[]), |due| due.to_string());
    let compared = [
        ("law-case-first-day", case.from.to_string(), period.from.to_string()),
        ("law-case-last-day", last.to_string(), period.to.to_string()),
        ("law-case-due", case.due.to_string(), due),
    ];
    let differ = compared.iter().filter(|(_, expected, found)| expected != found);
    differ.map(|(id, expected, found)| words.say(id, &[("expected", expected), ("found", found)])).collect()
}

/// What tells this program from another build of it: its length and the second in which it was written.
fn program() -> io::Result<String> {
    let program = fs::metadata(std::env::current_exe()?)?;
    let written = program.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default();
    Ok(format!("{}-{}", program.len(), written.as_secs()))
}

/// The shipped pack under a referee that reads one of its rules the other way round: who holds whom in the city's jails.
#[cfg(test)]
pub(crate) fn falsified() -> Pack {
    let (file, rule) =
        ("city/9-131.md", "permit (principal, action == Act::\"hold\", resource)\nwhen { !context.release_due };");
    let mut files = built_in();
    let text = String::from_utf8(files.0[file].clone()).unwrap();
    assert!(text.contains(rule), "{file} has another rule now");
    files.0.insert(file.to_owned(), text.replacen(rule, &rule.replace('!', ""), 1).into_bytes());
    let pack = Pack::load(&built_in()).unwrap();
    pack.with_the_referee_of(Pack::load(&files).unwrap())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The test pack of crate `law`, with one file changed.
    fn changed(from: &str, to: &str) -> tempfile::TempDir {
        let place = tempfile::tempdir().unwrap();
        let good = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/law/good");
        for (path, bytes) in files_of(&good).unwrap().0 {
            let text = String::from_utf8(bytes).unwrap();
            let to = if path == "city/1.md" { text.replace(from, to) } else { text };
            fs::create_dir_all(place.path().join(&path).parent().unwrap()).unwrap();
            fs::write(place.path().join(&path), to).unwrap();
        }
        place
    }

    /// `vouchsafe law prove` and `law cases` are run by the same tests as this.
    #[test]
    fn the_built_in_pack_is_the_one_that_was_proved() {
        let built_in = hex::encode(built_in().sha256());
        assert_eq!(
            PROVED.trim(),
            built_in,
            "the pack has changed: run `vouchsafe law prove` and `vouchsafe law cases`, then write its hash into packs/nyc.proved"
        );
    }

    #[test]
    fn a_pack_whose_theorems_fall_or_cases_fail_decides_nothing() {
        let data = tempfile::tempdir().unwrap();
        for (from, to, says) in [
            ("context.detainer_shown && term.warrant_1 &&", "", "theorem `no-hold-without-a-warrant` falls"),
            (
                r#"is = "context.warrant_signed_by == \"judge\" && context.names_this_person""#,
                r#"is = "context.names_this_person""#,
                "case `who-signed` fails",
            ),
            ("# § 1 Holding people", DUE_ON_ANOTHER_DAY, "case `due` fails"),
        ] {
            let unfit = changed(from, to);
            for _ in 0..2 {
                let error = load_to_decide(Some(unfit.path()), data.path()).unwrap_err();
                let error = error.downcast::<UnfitError>().unwrap();
                assert!(error.failures.iter().any(|it| it == says), "{error}");
            }
            assert!(load(Some(unfit.path())).is_ok(), "it can be looked at");
        }
    }

    /// The filing of § 9-131(f) is due on 1 September.
    const DUE_ON_ANOTHER_DAY: &str = "# § 1 Holding people\n\n```toml due\nid = \"due\"\ntitle = \"Due\"\nfiling = \"9-131(f)\"\n\
        on = 2026-06-30\nfrom = 2025-07-01\nuntil = 2026-07-01\ndue = 2026-10-01\n```\n";

    #[test]
    fn a_pack_that_is_fit_is_proved_once_for_a_data_folder() {
        let data = tempfile::tempdir().unwrap();
        let fit = changed("", "");
        assert!(load_to_decide(Some(fit.path()), &data.path().join("absent")).is_ok());
        assert!(!data.path().join("absent").exists(), "nothing is made where nothing is recorded");
        assert!(load_to_decide(Some(fit.path()), data.path()).is_ok());
        let marks: Vec<_> = fs::read_dir(data.path().join("packs-proved")).unwrap().collect();
        assert_eq!(marks.len(), 1);
        assert!(load_to_decide(Some(fit.path()), data.path()).is_ok());
    }
}
