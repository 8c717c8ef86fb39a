//! `vouchsafe export`: the record and its log as plain files that can be kept, checked and filed from without a store.
//!
//! The folder holds `record.jsonl` (see `log::export`) and `log/` in the layout of C2SP `tlog-tiles`: checkpoint, public
//! key, tiles and bundles; where residents' reports were sent, `reports/` has them sealed (see `report::shelf`), for `vouchsafe
//! inbox` on a machine without a network. `vouchsafe verify` and `vouchsafe file` read it; so can anybody's own program.
//!
//! Photographs of papers are not in it (ADR 33): their entries are, with their hashes. Without the server's key they would be dead weight, and
//! with it beside them what an erasure does not reach. They are kept with the store.
//!
//! It holds every salt and every official's name, so only its owner may read it. It gets its name when all of it is on the
//! disk and was checked like any other export; until then it has a name drawn at random, and nothing else is touched.

use std::{
    collections::BTreeSet,
    fs::{self, DirBuilder, File},
    io::{self, BufReader, BufWriter, Read as _, Seek as _, SeekFrom, Write as _},
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context as _, bail};
use record::Body;
use tlog::{SignedCheckpoint, TilePath};

use super::{handle::left_answer, out::say};
use crate::{
    commands::open::{Access, open},
    config::Global,
    log::{
        CHECKPOINT, Folder, ResourceError,
        export::{Line, RECORD_LINES},
        resource,
        verify::verify,
    },
    report::{
        answers::{Answers, KeepError},
        shelf,
        vault::Vault,
    },
    store::Store,
    words::Words,
};

/// How many entries are read at a time.
const CHUNK: usize = 4096;

/// Write the record and its log as plain files that need no store
///
/// The files hold everything that the record holds, with every salt and name: only their owner may read them; keep them as
/// you keep the record. A log that does not verify is not exported.
///
/// Exit status: 0 exported, 2 nothing was exported.
///
/// Example: vouchsafe export city-2026-06-30 --data city
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The folder to make; it must not be there yet
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

/// Runs the command.
///
/// # Errors
/// There is no record or no log, they do not verify, the folder is there already, or something cannot be read or written;
/// then no folder is left behind.
pub fn run(global: &Global, args: &Args) -> anyhow::Result<ExitCode> {
    let city = open(global, Access::Read)?;
    let folder = &args.folder;
    let there = || format!("`{}` is there already: name a folder that is not, or remove it", folder.display());
    if folder.symlink_metadata().is_ok() {
        bail!(there());
    }
    let draft = Draft::make(folder)?;
    let (entries, leaves, photographs) = write(&*city.store, &city.folder.log(), &draft.0)?;
    shelf::export(&*city.store, &*city.lane, &Vault::to_read(&city.folder.blobs()), &draft.0)
        .context("the sealed reports cannot be written")?;
    // So that whoever answers elsewhere numbers on from them.
    let brought = Answers::below(city.folder.path()).bring(&Answers::below(&draft.0));
    for left in brought.context("the officials' answers cannot be written")?.left {
        // What is no answer is told, and stops no export: whoever can lay a file there could stop every one.
        let cannot = matches!(left.why, KeepError::File(_));
        let what = left_answer(&Words::new("en"), left);
        if cannot {
            bail!("the officials' answers cannot be written: {what}");
        }
        eprintln!("vouchsafe: {what}");
    }
    check(&draft.0)?;
    // The name is taken by making it, which fails if somebody has taken it meanwhile; what is ours may then be replaced.
    make(folder).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => anyhow::anyhow!(there()),
        _ => anyhow::Error::from(error).context(format!("`{}` cannot be made", folder.display())),
    })?;
    if let Err(error) = fs::rename(&draft.0, folder) {
        // Only an empty folder is removed by this, and this one was made above.
        let _ = fs::remove_dir(folder);
        return Err(error).with_context(|| format!("`{}` cannot be made", folder.display()));
    }
    sync(parent(folder)).with_context(|| format!("`{}` cannot be made durable", folder.display()))?;
    if global.json {
        let done = serde_json::json!({ "folder": folder, "entries": entries, "leaves": leaves, "photographs_left_out": photographs });
        say!("{done}");
    } else {
        let (entries, leaves, folder) = (entries.to_string(), leaves.to_string(), folder.display().to_string());
        let counts = [("entries", &*entries), ("leaves", &*leaves), ("folder", &*folder)];
        say!("{}", Words::new("en").say("export-done", &counts));
        if photographs > 0 {
            say!("{}", Words::new("en").say("export-photographs", &[("count", &photographs.to_string())]));
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The folder under a name drawn at random; what is left of it at the end is removed. Nobody else made it.
struct Draft(PathBuf);

impl Draft {
    fn make(folder: &Path) -> anyhow::Result<Self> {
        let cannot = || format!("`{}` cannot be made", folder.display());
        fs::create_dir_all(parent(folder)).with_context(cannot)?;
        let mut random = [0; 8];
        getrandom::fill(&mut random).map_err(|error| anyhow::anyhow!("no random bytes for a name: {error}"))?;
        let draft = folder.with_added_extension(format!("{}.new", hex::encode(random)));
        make(&draft).with_context(cannot)?;
        Ok(Self(draft))
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        // Once it has its name there is nothing to remove; else what went wrong is said, and a second failure would only
        // hide it.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The folder in which a path lies.
fn parent(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Makes one folder that only its owner may enter; fails if something has that name.
fn make(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Makes one file that only its owner may read; fails if something has that name.
fn create(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Makes the names in a folder durable.
fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Checks what was written as anybody will: an export that does not verify would be found out years later.
fn check(folder: &Path) -> anyhow::Result<()> {
    let report = verify(&folder.display().to_string(), &[]).context("what was written cannot be checked")?;
    if report.sound {
        return Ok(());
    }
    let shown = |fault: &crate::log::verify::Fault| {
        // The folder has this name for the moment only.
        format!("{}: {}", fault.place.replace(&*folder.to_string_lossy(), "the export"), fault.what)
    };
    let named: Vec<String> = report.faults.named.iter().take(3).map(shown).collect();
    bail!(
        "the record and its log do not verify, so nothing was exported ({} things do not hold): {}; see `vouchsafe verify`, \
         and if the city is at work just now, try again",
        report.faults.count,
        named.join("; "),
    )
}

/// Writes record and log below `folder`; gives how many entries and leaves there were, and how many of the entries name photographs,
/// which stay with the store. Durable on return.
fn write(store: &dyn Store, log: &Path, folder: &Path) -> anyhow::Result<(u64, u64, u64)> {
    let cannot = |path: &Path| format!("`{}` cannot be written", path.display());
    let below = folder.join("log");
    make(&below).with_context(|| cannot(&below))?;
    let mut folders = BTreeSet::from([folder.to_owned(), below.clone()]);
    // The log first: what the record gains meanwhile is in the export too, and waits there for the log as it does here.
    let disk = Folder::to_read(log);
    let get = |path: &str| match resource(&disk, path) {
        Err(ResourceError::NotFound(_)) => {
            bail!("the log has no `{path}`: let the log follow the record first, with `vouchsafe serve` or any import")
        }
        other => Ok(other?.bytes),
    };
    let checkpoint = get(CHECKPOINT)?;
    let size = SignedCheckpoint::parse(&checkpoint)?.checkpoint().size();
    let mut put = |path: &str, bytes: &[u8]| {
        let path = below.join(path);
        let written = (|| {
            let missing: Vec<&Path> = path.ancestors().skip(1).take_while(|path| !folders.contains(*path)).collect();
            for folder in missing.into_iter().rev() {
                make(folder)?;
                folders.insert(folder.to_owned());
            }
            let mut file = create(&path)?;
            file.write_all(bytes)?;
            file.sync_all()
        })();
        written.with_context(|| cannot(&path))
    };
    put(CHECKPOINT, &checkpoint)?;
    put("log.vkey", &get("log.vkey")?)?;
    for path in TilePath::all(size) {
        let path = path.to_string();
        put(&path, &get(&path)?)?;
    }
    let (entries, photographs) = write_record(store, size, &folder.join(RECORD_LINES))?;
    folders.iter().try_for_each(|folder| sync(folder).with_context(|| cannot(folder)))?;
    Ok((entries, size, photographs))
}

/// Writes the lines of the record in the order of the log, those that wait for it last.
fn write_record(store: &dyn Store, size: u64, path: &Path) -> anyhow::Result<(u64, u64)> {
    let cannot = || format!("`{}` cannot be written", path.display());
    let mut file = BufWriter::new(create(path).with_context(cannot)?);
    // Where each line stands and its place in the log; entries without one come after all others.
    let mut lines: Vec<(u64, u64, usize)> = Vec::new();
    let (mut from, mut at, mut photographs) = (0, 0, 0);
    loop {
        let entries = store.entries(from, CHUNK)?;
        let Some(last) = entries.last() else { break };
        from = last.seq + 1;
        for stored in entries {
            let named = stored.entry().is_some_and(|entry| matches!(entry.body, Body::Photographed(_)));
            photographs += u64::from(named);
            let line = Line {
                seq: stored.seq,
                // A place that was given meanwhile is none in the log that is exported.
                log_index: stored.log_index.filter(|index| *index < size),
                id: stored.id,
                leaf: stored.leaf,
                held: stored.held.map(|held| (held.salt, held.bytes)),
            };
            let bytes = line.to_bytes()?;
            file.write_all(&bytes).with_context(cannot)?;
            lines.push((line.log_index.unwrap_or(u64::MAX), at, bytes.len()));
            at += bytes.len() as u64;
        }
    }
    let mut file = file.into_inner().map_err(|error| error.into_error()).with_context(cannot)?;
    if !lines.is_sorted() {
        file = reorder(path, &mut lines).with_context(cannot)?;
    }
    file.sync_all().with_context(cannot)?;
    Ok((lines.len() as u64, photographs))
}

/// Writes the lines again in their order.
fn reorder(path: &Path, lines: &mut [(u64, u64, usize)]) -> io::Result<File> {
    lines.sort_unstable();
    let ordered = path.with_added_extension("new");
    let (mut from, mut to) = (BufReader::new(File::open(path)?), BufWriter::new(create(&ordered)?));
    for (_, at, length) in lines {
        from.seek(SeekFrom::Start(*at))?;
        let mut line = vec![0; *length];
        from.read_exact(&mut line)?;
        to.write_all(&line)?;
    }
    fs::rename(&ordered, path)?;
    to.into_inner().map_err(|error| error.into_error())
}
