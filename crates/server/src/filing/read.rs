//! The entries that a filing may count: the city's own record, or an export of it that is checked against its log.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::File,
    io::BufReader,
    path::Path,
};

use anyhow::{Context as _, bail};
use record::{Entry, EntryId, Leaf};

use super::Bound;
use crate::{
    log::{
        CHECKPOINT,
        export::{RECORD_LINES, Sequence, read_lines},
        verify::verify,
    },
    store::Store,
};

/// How many entries are read at a time.
const CHUNK: usize = 4096;

/// Entries to count, and the leaf of each.
#[derive(Default)]
pub(crate) struct Record {
    pub(crate) entries: Vec<Entry>,
    pub(super) leaves: BTreeMap<EntryId, Leaf>,
    /// Entries that have no place in the log yet, and so are bound by nothing; of an export only, since the city's own
    /// record follows with its filing.
    pub(super) waiting: BTreeSet<EntryId>,
    pub(super) bound: Bound,
}

/// The city's own record, whole.
///
/// # Errors
/// When the store cannot be read.
pub(crate) fn from_store(store: &dyn Store) -> anyhow::Result<Record> {
    let mut record = Record::default();
    let mut from = 0;
    loop {
        let stored = store.entries(from, CHUNK)?;
        let Some(last) = stored.last() else { return Ok(record) };
        from = last.seq + 1;
        for one in stored {
            record.leaves.insert(one.id, one.leaf);
            // Of a decision only what filings count is held: its reasons are most of a record.
            record.entries.extend(one.held.map(|held| {
                let mut entry = held.entry;
                record::filing::lean(&mut entry);
                entry
            }));
        }
    }
}

/// Reads an export and recomputes every leaf. That alone shows nothing, since whoever rewrites an entry can rewrite its salt
/// and leaf as well: only the log binds them, so an export that has its log beside it is checked against it first.
///
/// # Errors
/// When it cannot be read, a line does not lead to its leaf, or the log does not bear it out.
pub(crate) fn from_export(path: &Path, keys: &[String]) -> anyhow::Result<Record> {
    let (folder, path) = if path.is_dir() {
        (Some(path), path.join(RECORD_LINES))
    } else {
        (path.parent().filter(|_| path.file_name().is_some_and(|name| name == RECORD_LINES)), path.to_owned())
    };
    let place = || format!("the export `{}`", path.display());
    let file = File::open(&path).with_context(|| format!("{} cannot be read", place()))?;
    // The lines of a folder that is named without its path lie beside its log all the same.
    let folder = folder.map(|folder| if folder.as_os_str().is_empty() { Path::new(".") } else { folder });
    let folder = folder.filter(|folder| folder.join("log").exists() || folder.join(CHECKPOINT).exists());
    let (mut record, mut size) = (Record { bound: Bound::NotChecked, ..Record::default() }, 0);
    if let Some(folder) = folder {
        let report =
            verify(&folder.display().to_string(), keys).with_context(|| format!("{} cannot be checked", place()))?;
        if let Some(fault) = report.faults.named.first() {
            bail!(
                "{} does not verify, so nothing can be filed from it: {}: {} ({} things do not hold; see `vouchsafe verify`)",
                place(),
                fault.place,
                fault.what,
                report.faults.count,
            );
        }
        size = report.size;
        record.bound = if report.key_from_subject { Bound::ByItsOwnKey } else { Bound::Log };
    } else if !keys.is_empty() {
        bail!("there is no log beside {} to check with the key: give the folder that `vouchsafe export` made", place());
    }
    let mut sequence = Sequence::default();
    for (line, number) in read_lines(BufReader::new(file)).zip(1_u64..) {
        let line = line.with_context(place)?;
        if !line.leads_to_its_leaf() {
            bail!("{}: line {number}: entry and salt do not lead to the leaf: one of them was changed", place());
        }
        sequence.take(&line).with_context(place)?;
        record.leaves.insert(line.id, line.leaf);
        if record.bound != Bound::NotChecked && line.log_index.is_none_or(|index| index >= size) {
            record.waiting.insert(line.id);
        }
        if let Some((_, bytes)) = &line.held {
            // The cause would quote the entry, which is private.
            let entry = record::parse(bytes).map_err(|error| anyhow::anyhow!("{}: line {number}: {error}", place()))?;
            if entry.id != line.id {
                bail!(
                    "{}: line {number} is named `{}`, and its entry `{}`: one was changed",
                    place(),
                    line.id,
                    entry.id
                );
            }
            record.entries.push(entry);
        }
    }
    Ok(record)
}
