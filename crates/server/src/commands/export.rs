//! `vouchsafe export`: the record and its log as plain files that can be kept, checked and filed from without a store.
//!
//! The folder holds `record.jsonl` (see `log::export`) and `log/` in the layout of C2SP `tlog-tiles`: checkpoint, public
//! key, tiles and bundles. `vouchsafe verify` and `vouchsafe file` read it; so can anybody's own program.

use std::{
    fs::{self, File},
    io::{BufReader, BufWriter, Read as _, Seek as _, SeekFrom, Write as _},
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context as _, bail};
use tlog::{SignedCheckpoint, TilePath};

use crate::{
    commands::open::{Access, open},
    config::Global,
    log::{
        CHECKPOINT, Folder, ResourceError,
        export::{Line, RECORD_LINES},
        resource,
    },
    store::Store,
};

/// How many entries are read at a time.
const CHUNK: usize = 4096;

/// Write the record and its log as plain files that need no store
///
/// The files hold everything that the record holds: keep them as you keep the record.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The folder to make; it must not be there yet
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

/// Runs the command.
///
/// # Errors
/// There is no record or no log, the folder is there already, or something cannot be read or written; then no folder is
/// left behind.
pub fn run(global: &Global, args: &Args) -> anyhow::Result<ExitCode> {
    let city = open(global, Access::Read)?;
    let folder = &args.folder;
    if folder.exists() {
        bail!("`{}` is there already: name a folder that is not, or remove it", folder.display());
    }
    let draft = folder.with_added_extension("new");
    if draft.exists() {
        fs::remove_dir_all(&draft).with_context(|| format!("`{}` cannot be removed", draft.display()))?;
    }
    let written = write(&*city.store, &city.folder.log(), &draft);
    let (entries, leaves) = match written {
        Ok(counts) => counts,
        Err(error) => {
            // What went wrong is said; that the rest could not be tidied away as well would only hide it.
            let _ = fs::remove_dir_all(&draft);
            return Err(error);
        }
    };
    fs::rename(&draft, folder).with_context(|| format!("`{}` cannot be made", folder.display()))?;
    if global.json {
        let done = serde_json::json!({ "folder": folder, "entries": entries, "leaves": leaves });
        println!("{done}");
    } else {
        println!("{entries} entries and a log of {leaves} leaves written to `{}`", folder.display());
    }
    Ok(ExitCode::SUCCESS)
}

/// Writes record and log below `folder`; gives how many entries and leaves there were.
fn write(store: &dyn Store, log: &Path, folder: &Path) -> anyhow::Result<(u64, u64)> {
    let cannot = |path: &Path| format!("`{}` cannot be written", path.display());
    fs::create_dir_all(folder.join("log")).with_context(|| cannot(folder))?;
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
    let put = |path: &str, bytes: &[u8]| {
        let path = folder.join("log").join(path);
        let made = path.parent().map_or(Ok(()), fs::create_dir_all);
        made.and_then(|()| fs::write(&path, bytes)).with_context(|| cannot(&path))
    };
    put(CHECKPOINT, &checkpoint)?;
    put("log.vkey", &get("log.vkey")?)?;
    for path in TilePath::all(size) {
        let path = path.to_string();
        put(&path, &get(&path)?)?;
    }
    let entries = write_record(store, &folder.join(RECORD_LINES))?;
    Ok((entries, size))
}

/// Writes the lines of the record in the order of the log, those that wait for it last.
fn write_record(store: &dyn Store, path: &Path) -> anyhow::Result<u64> {
    let cannot = || format!("`{}` cannot be written", path.display());
    let mut file = BufWriter::new(File::create_new(path).with_context(cannot)?);
    // Where each line stands and its place in the log; entries without one come after all others.
    let mut lines: Vec<(u64, u64, usize)> = Vec::new();
    let (mut from, mut at) = (0, 0);
    loop {
        let entries = store.entries(from, CHUNK)?;
        let Some(last) = entries.last() else { break };
        from = last.seq + 1;
        for stored in entries {
            let line = Line {
                seq: stored.seq,
                log_index: stored.log_index,
                id: stored.id,
                leaf: stored.leaf,
                held: stored.held.map(|held| (held.salt, held.bytes)),
            };
            let bytes = line.to_bytes()?;
            file.write_all(&bytes).with_context(cannot)?;
            lines.push((stored.log_index.unwrap_or(u64::MAX), at, bytes.len()));
            at += bytes.len() as u64;
        }
    }
    let mut file = file.into_inner().map_err(|error| error.into_error()).with_context(cannot)?;
    if !lines.is_sorted() {
        file = reorder(path, &mut lines).with_context(cannot)?;
    }
    file.sync_all().with_context(cannot)?;
    Ok(lines.len() as u64)
}

/// Writes the lines again in their order.
fn reorder(path: &Path, lines: &mut [(u64, u64, usize)]) -> std::io::Result<File> {
    lines.sort_unstable();
    let ordered = path.with_added_extension("new");
    let (mut from, mut to) = (BufReader::new(File::open(path)?), BufWriter::new(File::create_new(&ordered)?));
    for (_, at, length) in lines {
        from.seek(SeekFrom::Start(*at))?;
        let mut line = vec![0; *length];
        from.read_exact(&mut line)?;
        to.write_all(&line)?;
    }
    fs::rename(&ordered, path)?;
    to.into_inner().map_err(|error| error.into_error())
}
