//! Making a filing: its files appear together or not at all, and the entry that says so is recorded if it is signed.
//!
//! The same entries give the same bytes, and recording the same filing again changes nothing.

use std::{
    collections::BTreeSet,
    fs::{self, File},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use jiff::{Timestamp, tz::TimeZone};
use record::{
    Actor, Body, Entry, EntryId, Filed, FilingId, Private, Sha256Hex, Source,
    filing::{Filing, FilingError, Gathered, Period, Section},
    first_16,
};
use sha2::{Digest as _, Sha256};

use super::{Forms, Names, Standing, read::Record, signed::signed_by};
use crate::{
    log::{Sequencer, export::Line, take_in},
    store::{Draft, Store},
    words::Words,
};

/// One filing to make.
pub(crate) struct Job<'a> {
    pub(crate) section: Section,
    pub(crate) period: &'a Period,
    pub(crate) names: &'a Names,
    /// The folder for the files.
    pub(crate) out: &'a Path,
}

/// Who signs a filing that is recorded, and the entry that says so.
pub(crate) struct Signed<'a> {
    pub(crate) store: &'a dyn Store,
    pub(crate) by: &'a str,
    pub(crate) source: Source,
    pub(crate) at: Timestamp,
    pub(crate) entry: EntryId,
    /// What was left out of it, or counted again, recorded in the same act.
    pub(crate) omissions: Vec<Entry>,
}

/// A filing that was made.
pub(crate) struct Made {
    pub(crate) filing: Filing,
    pub(crate) forms: Forms,
    pub(crate) filed: Option<Kept>,
    pub(crate) paths: Vec<PathBuf>,
    pub(crate) standing: Standing,
}

/// Computes one filing of what was gathered from this record, writes its files together or not at all, and records it if it is signed.
///
/// # Errors
/// A form, file or store that fails: then no file is left behind. Contradictions of the record are the inner error.
pub(crate) fn make(
    record: &Record,
    gathered: &Gathered<'_>,
    job: &Job<'_>,
    signed: Option<Signed<'_>>,
    log: Option<&mut Sequencer>,
) -> anyhow::Result<Result<Made, FilingError>> {
    let Job { section, period, names, out } = *job;
    match gathered.file(section, period) {
        Ok(filing) => place(record, filing, &gathered.options().include, names, out, signed, log).map(Ok),
        Err(error) => Ok(Err(error)),
    }
}

/// Writes the files of a filing, or of a statement, together or not at all, and records it if it is signed.
///
/// # Errors
/// A form, file or store that fails: then no file is left behind.
pub(crate) fn place(
    record: &Record,
    filing: Filing,
    include: &BTreeSet<Source>,
    names: &Names,
    out: &Path,
    signed: Option<Signed<'_>>,
    log: Option<&mut Sequencer>,
) -> anyhow::Result<Made> {
    let counted = filing.counted();
    let leaves = counted.iter().filter_map(|id| Some((*id, *record.leaves.get(id)?))).collect();
    let waiting = record.waiting.intersection(&counted).count() as u64;
    let standing = Standing { bound: record.bound, waiting };
    let by = filing.agency.as_deref().filter(|_| filing.section == Section::Statement);
    let zone = TimeZone::get("America/New_York").context("the city's time zone")?;
    let by = by.map(|agency| signed_by(&record.entries, &agency.into(), &filing.period, &zone)).unwrap_or_default();
    let forms = Forms::standing(&filing, &Words::new("en"), names, &leaves, standing, &by)?;
    let act = || signed.map(|signed| keep(signed, include, &filing, &forms, log)).transpose();
    let (filed, paths) = around(&forms, out, act)?;
    Ok(Made { filing, forms, filed, paths, standing })
}

/// Writes the files of forms, has an act done once they can all be placed, and places them; beside them the entry that it kept.
///
/// # Errors
/// A file, or the act, that fails: then no file is left behind.
pub(crate) fn around(
    forms: &Forms,
    out: &Path,
    act: impl FnOnce() -> anyhow::Result<Option<Kept>>,
) -> anyhow::Result<(Option<Kept>, Vec<PathBuf>)> {
    let staged = Staged::write(out, forms)?;
    let filed = act()?;
    let mut paths = staged.place()?;
    if let Some(filed) = &filed {
        let opening = Staged::of(out, &[(format!("{}-filed.json", forms.stem), filed.opening.as_slice())])?;
        paths.extend(opening.place()?);
    }
    Ok((filed, paths))
}

/// An entry that the making of a filing adds.
pub(crate) fn entry(id: EntryId, source: Source, body: Body, at: Timestamp) -> Entry {
    Entry { id, at, by: Actor::Program { name: "file".to_owned() }, source, body }
}

/// What was recorded about the filing.
pub(crate) struct Kept {
    pub(crate) filing: FilingId,
    pub(crate) entry: EntryId,
    /// It was recorded before, and nothing was added.
    pub(crate) already: bool,
    /// The entry's line as an export has it: whoever has it sees that the log has held the filing's hash since.
    opening: Vec<u8>,
}

/// Commits the entry that the filing was made, with the omissions it was made with, in one act.
fn keep(
    signed: Signed<'_>,
    include: &BTreeSet<Source>,
    filing: &Filing,
    forms: &Forms,
    log: Option<&mut Sequencer>,
) -> anyhow::Result<Kept> {
    let Signed { store, by: signer, source, at, entry: id, omissions } = signed;
    let content = forms.content();
    // The same filing signed by the same person is one act, however often it is asked for.
    // The content names its agency.
    let named = format!("{}/{}/{}/{signer}", filing.section, filing.period.name, hex::encode(content));
    let key: [u8; 32] = Sha256::digest(named.as_bytes()).into();
    let filing_id = FilingId::from_bytes(first_16(key));
    let body = Body::Filed(Box::new(Filed {
        filing: filing_id,
        section: filing.section.subdivision().to_owned(),
        agency: filing.agency.as_deref().map(Into::into),
        from: filing.period.from,
        through: filing.period.to,
        content: Sha256Hex::of(content),
        included_sources: include.iter().cloned().collect(),
        nil: filing.nil,
        signed_by: Private::from(signer),
    }));
    let mut drafts: Vec<Draft> = omissions.into_iter().map(Draft::from).collect();
    drafts.push(Draft { key: Some(format!("file/{}", hex::encode(key))), entry: entry(id, source, body, at) });
    let act = match filing.section {
        Section::Statement => "state what the record holds of a quarter",
        _ => "file what a statute asks for",
    };
    let committed = store.commit(act, drafts)?;
    let kept = committed.last().context("the store did not say what it kept")?;
    // The filing has happened whether or not the log is at hand; a log that lags takes it in later.
    if let Some(log) = log {
        take_in(log);
    }
    Kept::of(store, filing_id, kept.id, kept.already)
}

impl Kept {
    /// The entry that a filing was made, as it stands in the store.
    ///
    /// # Errors
    /// When it is not there.
    pub(crate) fn of(store: &dyn Store, filing: FilingId, entry: EntryId, already: bool) -> anyhow::Result<Self> {
        let stored = store.find(&entry)?.context("the entry of the filing is not in the store")?;
        let line = Line {
            seq: stored.seq,
            log_index: stored.log_index,
            id: stored.id,
            leaf: stored.leaf,
            held: stored.held.map(|held| (held.salt, held.bytes)),
        };
        Ok(Self { filing, entry, already, opening: line.to_bytes()? })
    }
}

/// Files that are on the disk under other names, and become visible together.
struct Staged {
    files: Vec<(PathBuf, PathBuf)>,
}

impl Staged {
    fn write(folder: &Path, forms: &Forms) -> anyhow::Result<Staged> {
        Staged::of(folder, &forms.files())
    }

    fn of(folder: &Path, files: &[(String, &[u8])]) -> anyhow::Result<Staged> {
        fs::create_dir_all(folder).with_context(|| format!("the folder `{}` cannot be made", folder.display()))?;
        let mut staged = Staged { files: Vec::new() };
        for (name, bytes) in files {
            let (draft, path) = (folder.join(format!(".{name}.new")), folder.join(name));
            // Noted first, so that a draft half written is removed as well.
            staged.files.push((draft.clone(), path));
            write_whole(&draft, bytes).with_context(|| format!("`{}` cannot be written", draft.display()))?;
        }
        Ok(staged)
    }

    /// Gives the files their names. If one fails, those before it get their former content back.
    fn place(mut self) -> anyhow::Result<Vec<PathBuf>> {
        let mut former: Vec<(PathBuf, Option<PathBuf>)> = Vec::new();
        let mut failed = None;
        for (draft, path) in &self.files {
            let aside = draft.with_added_extension("old");
            let had = path.exists();
            let placed = if had { fs::rename(path, &aside) } else { Ok(()) };
            former.push((path.clone(), had.then_some(aside)));
            if let Err(error) = placed.and_then(|()| fs::rename(draft, path)) {
                failed = Some((path.clone(), error));
                break;
            }
        }
        if let Some((path, error)) = failed {
            for (path, aside) in former {
                // What went wrong first is told; a second failure could only hide it.
                let _ = match aside {
                    Some(aside) => fs::rename(aside, &path),
                    None => fs::remove_file(&path),
                };
            }
            return Err(error).with_context(|| format!("`{}` cannot be written; no file was changed", path.display()));
        }
        for aside in former.into_iter().filter_map(|(_, aside)| aside) {
            fs::remove_file(&aside).with_context(|| format!("`{}` cannot be removed", aside.display()))?;
        }
        let paths: Vec<PathBuf> = self.files.drain(..).map(|(_, path)| path).collect();
        if let Some(folder) = paths.first().and_then(|path| path.parent()) {
            File::open(folder).and_then(|folder| folder.sync_all()).context("the folder cannot be made durable")?;
        }
        Ok(paths)
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        for (draft, _) in &self.files {
            // A draft that was never made is not there to remove.
            let _ = fs::remove_file(draft);
        }
    }
}

fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_files_or_none() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a"), "before").unwrap();
        fs::create_dir(folder.path().join("b")).unwrap();
        fs::write(folder.path().join("b/full"), "x").unwrap();
        let staged =
            Staged::of(folder.path(), &[("a".into(), b"after"), ("b".into(), b"after"), ("c".into(), b"after")]);
        let staged = staged.unwrap();
        // A folder in the way of the aside name makes the second step fail.
        fs::create_dir_all(folder.path().join(".b.new.old/in")).unwrap();
        assert!(staged.place().is_err());
        assert_eq!(fs::read_to_string(folder.path().join("a")).unwrap(), "before");
        assert!(!folder.path().join("c").exists());
        let left: Vec<String> =
            fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
        assert!(!left.iter().any(|name| name.ends_with(".new")), "{left:?}");
    }
}
