//! Sealed reports as an official's command finds them: in a data folder, or in an exported one that was carried away.
//!
//! ```text
//! EXPORT/reports/index.jsonl      one line a report: id, day, mailbox, names of its sealed bytes
//! EXPORT/reports/sealed/ct-…      sealed bytes under their names
//! FOLDER/answers/…                answers (see `answers`); carry them back to the data folder
//! FOLDER/stamps/…                 officials' stamps (see `stamps`); carry them back as well
//! ```
//!
//! Nothing here opens anything.

use std::{
    collections::HashSet,
    fs::{self, DirBuilder, File},
    io::{self, BufRead as _, BufReader, BufWriter, Write as _},
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
    sync::Arc,
};

use jiff::civil::Date;
use record::{Body, Closing, Entry, EntryId, Fate, ReportId};
use seal::{
    ContentId,
    leaf::{Blind, ContentRoot},
    receipt::Mailbox,
};
use serde::{Deserialize, Serialize};

use super::{answers::Answers, files::create, handled::Reading, stamps::Stamps, vault::Vault};
use crate::{
    log::export::{RECORD_LINES, read_lines},
    store::{
        Lane, Store, StoreError,
        leaf::{names, report_id},
        set_day,
    },
};

/// The longest line of an index: 64 names, and room.
const LONGEST_LINE: u64 = 16 << 10;

/// A sealed report.
pub struct Sealed {
    /// Its id.
    pub id: ReportId,
    /// The day on which it came.
    pub day: Date,
    /// Where answers go.
    pub mailbox: Mailbox,
    /// The name of its envelope.
    pub envelope: ContentId,
    /// The names of its attachments.
    pub attachments: Vec<ContentId>,
    /// The day on which its sender withdrew it.
    pub withdrawn: Option<Date>,
    /// What an exported index says of its way; in a data folder the record says it.
    pub way: Way,
    /// Where its envelope lies; only in a data folder.
    place: Option<crate::store::Place>,
}

/// How far a report has come, as far as the record has taken it in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Way {
    /// It was opened.
    pub opened: bool,
    /// What came of it.
    pub closed: Option<Closing>,
    /// It is under a legal hold.
    pub held: bool,
}

impl Way {
    /// What the record says.
    #[must_use]
    pub fn of(fate: Option<&Fate>) -> Self {
        fate.map_or_else(Self::default, |fate| Self {
            opened: fate.opened.is_some(),
            closed: fate.closed.map(|(_, closing)| closing),
            held: !fate.holds.is_empty(),
        })
    }
}

/// Where sealed reports are.
pub struct Shelf {
    folder: PathBuf,
    kind: Kind,
}

enum Kind {
    Data { lane: Arc<dyn Lane>, vault: Box<Vault> },
    Export,
}

/// Why a shelf cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ShelfError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A file cannot be read or written.
    #[error("`{path}` cannot be {done}")]
    File {
        /// The file.
        path: PathBuf,
        /// `read` or `written`.
        done: &'static str,
        /// What the file system says.
        #[source]
        source: io::Error,
    },
    /// The index and the entry of a report differ.
    #[error("the index says something else of `{0}` than its entry: somebody changed this folder; export again")]
    Otherwise(ReportId),
    /// A line of an index is none.
    #[error("line {line} of `{path}` names no report: export again")]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    id: String,
    day: Date,
    mailbox: String,
    /// What hides its leaf: with it the id follows from the names, so that another report's names are noticed.
    blind: String,
    envelope: String,
    attachments: Vec<String>,
    withdrawn: Option<Date>,
    #[serde(default)]
    way: Way,
}

fn failed(path: &Path, done: &'static str) -> impl FnOnce(io::Error) -> ShelfError {
    let path = path.to_owned();
    move |source| ShelfError::File { path, done, source }
}

fn mailbox(text: &str) -> Option<Mailbox> {
    let mut name = [0; 32];
    hex::decode_to_slice(text.strip_prefix("mb-")?, &mut name).ok()?;
    Some(Mailbox::new(name))
}

impl Line {
    fn read(self) -> Option<Sealed> {
        let (mut blind, id) = ([0; 32], self.id.parse().ok()?);
        hex::decode_to_slice(&self.blind, &mut blind).ok()?;
        let attachments: Vec<ContentId> =
            self.attachments.iter().map(|name| name.parse().ok()).collect::<Option<_>>()?;
        let root = ContentRoot::of(&self.envelope.parse().ok()?, &attachments).ok()?;
        if report_id(&root, &Blind::new(blind)) != id {
            return None;
        }
        Some(Sealed {
            id,
            day: self.day,
            mailbox: mailbox(&self.mailbox)?,
            envelope: self.envelope.parse().ok()?,
            attachments,
            withdrawn: self.withdrawn,
            way: self.way,
            place: None,
        })
    }
}

fn parse(line: &[u8]) -> Option<Sealed> {
    serde_json::from_slice::<Line>(line).ok().and_then(Line::read)
}

impl Shelf {
    /// The shelf of a data folder.
    #[must_use]
    pub fn of_data(folder: &Path, lane: Arc<dyn Lane>) -> Self {
        let vault = Box::new(Vault::to_read(&folder.join("blobs")));
        Self { folder: folder.to_owned(), kind: Kind::Data { lane, vault } }
    }

    /// The shelf of an exported folder.
    #[must_use]
    pub fn of_export(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), kind: Kind::Export }
    }

    /// Every report whose sealed bytes are here, in the order of days and ids.
    ///
    /// # Errors
    /// The shelf cannot be read.
    pub fn list(&self) -> Result<Vec<Sealed>, ShelfError> {
        if let Kind::Data { lane, .. } = &self.kind {
            // Of an erased one the bytes may lie here a while yet; nobody opens them.
            let there = |report: &crate::store::Report| report.place.is_some() && report.blind.is_some();
            let reports = lane.reports(None)?.into_iter().filter(there);
            let sealed = |report: crate::store::Report| Sealed {
                id: report.id,
                day: report.day,
                mailbox: report.mailbox,
                envelope: report.envelope,
                attachments: report.attachments,
                withdrawn: report.withdrawn,
                way: Way::default(),
                place: report.place,
            };
            return Ok(reports.map(sealed).collect());
        }
        let path = self.folder.join("reports").join("index.jsonl");
        let mut reader = BufReader::new(File::open(&path).map_err(failed(&path, "read"))?);
        let mut found = Vec::new();
        loop {
            let mut line = Vec::new();
            let read = io::Read::take(&mut reader, LONGEST_LINE).read_until(b'\n', &mut line);
            if read.map_err(failed(&path, "read"))? == 0 {
                return Ok(found);
            }
            let number = found.len() + 1;
            let sealed = parse(&line);
            found.push(sealed.ok_or_else(|| ShelfError::Line { path: path.clone(), line: number })?);
        }
    }

    /// Whether the index of an exported folder says of a report what its entry says, its day among it; of one that waits for the
    /// end of its day there is no entry to ask. That its names are its own follows from its id already. Only `verify` tells whether
    /// the entry is the one that the log binds.
    ///
    /// # Errors
    /// [`ShelfError::Otherwise`], or the entries cannot be read.
    pub fn agrees(&self, report: &Sealed) -> Result<(), ShelfError> {
        let Kind::Export = &self.kind else { return Ok(()) };
        let path = self.folder.join(RECORD_LINES);
        let file = File::open(&path).map_err(failed(&path, "read"))?;
        let id = EntryId::from_bytes(*report.id.as_bytes());
        for line in read_lines(BufReader::new(file)) {
            let line = line.map_err(|error| failed(&path, "read")(io::Error::other(error)))?;
            if line.id != id {
                continue;
            }
            let said = line.held.and_then(|(_, bytes)| match serde_json::from_slice::<Entry>(&bytes).ok()?.body {
                Body::Received(received) => Some((received.day, names(&received)?)),
                _ => None,
            });
            let indexed = (report.day, (report.envelope, report.attachments.clone()));
            return if said == Some(indexed) { Ok(()) } else { Err(ShelfError::Otherwise(report.id)) };
        }
        Ok(())
    }

    /// The sealed envelope of a report.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn envelope(&self, report: &Sealed) -> Result<Vec<u8>, ShelfError> {
        match (&self.kind, &report.place) {
            (Kind::Data { vault, .. }, Some(place)) => {
                vault.envelope(report.day, place).map_err(failed(&self.folder.join("blobs"), "read"))
            }
            _ => {
                let path = self.sealed(&report.envelope);
                let mut bytes = Vec::new();
                File::open(&path)
                    .and_then(|file| {
                        let most = super::body::MAX_ENVELOPE_BYTES as u64 + 1;
                        io::Read::read_to_end(&mut io::Read::take(file, most), &mut bytes)
                    })
                    .map_err(failed(&path, "read"))?;
                Ok(bytes)
            }
        }
    }

    /// Reads a sealed attachment of a report.
    ///
    /// # Errors
    /// It is not here, or cannot be read.
    pub fn attachment(&self, report: &Sealed, name: &ContentId) -> io::Result<Box<dyn io::Read>> {
        match &self.kind {
            Kind::Data { vault, .. } => vault.read_attachment(report.day, name),
            Kind::Export => Ok(Box::new(File::open(self.sealed(name))?)),
        }
    }

    fn sealed(&self, name: &ContentId) -> PathBuf {
        self.folder.join("reports").join("sealed").join(name.to_string())
    }

    /// The answers that lie here.
    #[must_use]
    pub fn answers(&self) -> Answers {
        Answers::below(&self.folder)
    }

    /// The officials' stamps that lie here.
    #[must_use]
    pub fn stamps(&self) -> Stamps {
        Stamps::below(&self.folder)
    }
}

/// Writes all sealed reports below an exported folder; nothing where there are none. Durable on return.
///
/// # Errors
/// A report cannot be read, or a file cannot be written.
pub fn export(store: &dyn Store, lane: &dyn Lane, vault: &Vault, folder: &Path) -> Result<u64, ShelfError> {
    let reports = lane.reports(None)?;
    if reports.is_empty() {
        return Ok(0);
    }
    let reading = Reading::of(store)?;
    let below = folder.join("reports");
    let sealed = below.join("sealed");
    DirBuilder::new().recursive(true).mode(0o700).create(&sealed).map_err(failed(&sealed, "written"))?;
    let path = below.join("index.jsonl");
    let mut index = BufWriter::new(create(&path).map_err(failed(&path, "written"))?);
    // Two reports may have the same bytes: whoever knows an envelope or a sealed file can send it again. It lies here once, by
    // its name, with the first of its days; `verify` compares it with that name.
    let mut there = HashSet::new();
    let mut count = 0;
    for report in &reports {
        let (Some(place), Some(blind)) = (&report.place, &report.blind) else { continue };
        let line = Line {
            id: report.id.to_string(),
            day: report.day,
            mailbox: report.mailbox.to_string(),
            blind: hex::encode(blind.as_bytes()),
            envelope: report.envelope.to_string(),
            attachments: report.attachments.iter().map(ToString::to_string).collect(),
            withdrawn: report.withdrawn,
            way: Way::of(reading.fates().of(&report.id)),
        };
        let written = serde_json::to_vec(&line).map_err(io::Error::other);
        written
            .and_then(|line| index.write_all(&line).and_then(|()| index.write_all(b"\n")))
            .map_err(failed(&path, "written"))?;
        if there.insert(report.envelope) {
            let target = sealed.join(report.envelope.to_string());
            let bytes = vault.envelope(report.day, place).map_err(failed(&target, "written"))?;
            create(&target)
                .and_then(|mut file| file.write_all(&bytes).and_then(|()| file.sync_all()))
                .and_then(|()| set_day(&target, report.day))
                .map_err(failed(&target, "written"))?;
        }
        for name in &report.attachments {
            if !there.insert(*name) {
                continue;
            }
            let target = sealed.join(name.to_string());
            let copied = |file: &mut File| io::copy(&mut vault.read_attachment(report.day, name)?, file);
            create(&target)
                .and_then(|mut file| copied(&mut file).and_then(|_| file.sync_all()))
                .and_then(|()| set_day(&target, report.day))
                .map_err(failed(&target, "written"))?;
        }
        count += 1;
    }
    let file = index.into_inner().map_err(|error| failed(&path, "written")(error.into_error()))?;
    file.sync_all().map_err(failed(&path, "written"))?;
    for folder in [&sealed, &below] {
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed(folder, "written"))?;
    }
    Ok(count)
}

/// Whether a folder has exported reports.
#[must_use]
pub fn is_export(folder: &Path) -> bool {
    fs::metadata(folder.join("reports").join("index.jsonl")).is_ok_and(|found| found.is_file())
}
