//! The law pack: the built-in one of New York City, or a folder that the command line names.

use std::{collections::BTreeMap, fs, io, path::Path};

use anyhow::Context as _;
use law::{Pack, PackFiles};

/// The files of `packs/nyc`, put into the executable when it was built.
const NYC: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/pack_nyc.rs"));

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
