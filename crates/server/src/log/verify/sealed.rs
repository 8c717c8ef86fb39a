//! The sealed bytes of reports: those that the entries name must be there, and be what they are named.
//!
//! What waits for the end of its day is checked too: its id and leaf are computed anew from what the lane keeps. Bytes that
//! are gone are a fault, unless the entry was erased: then an erasure excuses them, which is checked with the record.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

use ::postgres::Client;
use jiff::civil::Date;
use record::{EntryId, Received, ReportId};
use rusqlite::Connection;
use seal::{
    ContentId,
    leaf::{Blind, ContentRoot},
};

use super::{
    Faults,
    rows::{is_in_postgres, is_in_sqlite},
};
use crate::{
    report::{
        name_of,
        shelf::{Shelf, is_export},
        vault::Vault,
    },
    store::{
        Place,
        leaf::{names, report_id, report_leaf},
    },
};

/// What the lane keeps of a report, as far as it is checked.
const ROWS: &str = "SELECT id, day, blind, leaf, envelope, attachments, segment, at_byte, bytes, closed FROM report";

/// What an index says of a report: its day, and the names of its envelope and its attachments.
pub(super) type Indexed = (Date, ContentId, Vec<ContentId>);

/// Where the sealed bytes of reports are.
pub(super) enum Sealed {
    /// In an exported folder, by their names; and what its index says of each report.
    Export { sealed: PathBuf, index: HashMap<ReportId, Indexed> },
    /// In a data folder.
    Data { vault: Box<Vault>, rows: HashMap<[u8; 16], Row> },
}

/// A row of the lane, nothing of it checked.
pub(super) struct Row {
    day: String,
    blind: Option<Vec<u8>>,
    leaf: Vec<u8>,
    envelope: Vec<u8>,
    attachments: Vec<u8>,
    segment: Option<Vec<u8>>,
    at: Option<i64>,
    bytes: Option<i64>,
    closed: i64,
}

impl Row {
    fn place(&self) -> Option<(Date, Place)> {
        let segment = self.segment.as_deref()?.try_into().ok()?;
        let (at, bytes) = (u64::try_from(self.at?).ok()?, u64::try_from(self.bytes?).ok()?);
        Some((self.day.parse().ok()?, Place { segment, at, bytes }))
    }

    fn names(&self) -> Option<(ContentId, Vec<ContentId>)> {
        let envelope = ContentId::from_hash(self.envelope.as_slice().try_into().ok()?);
        let (whole, rest) = self.attachments.as_chunks::<32>();
        rest.is_empty().then(|| (envelope, whole.iter().map(|name| ContentId::from_hash(*name)).collect()))
    }

    /// Whether id and leaf follow from the rest.
    fn follows(&self, id: &[u8; 16]) -> bool {
        let follow = || {
            let (envelope, attachments) = self.names()?;
            let blind = Blind::new(self.blind.as_deref()?.try_into().ok()?);
            let root = ContentRoot::of(&envelope, &attachments).ok()?;
            let leaf = report_leaf(self.day.parse().ok()?, &root, &blind)?;
            Some(report_id(&root, &blind).as_bytes() == id && leaf.as_bytes().as_slice() == self.leaf)
        };
        follow() == Some(true)
    }
}

/// The rows of the lane in SQLite; none in a store of before there was one.
pub(super) fn of_sqlite(database: &Connection) -> rusqlite::Result<HashMap<[u8; 16], Row>> {
    if !is_in_sqlite(database, "report")? {
        return Ok(HashMap::new());
    }
    let mut query = database.prepare(ROWS)?;
    query
        .query_map([], |row| {
            let found = Row {
                day: row.get(1)?,
                blind: row.get(2)?,
                leaf: row.get(3)?,
                envelope: row.get(4)?,
                attachments: row.get(5)?,
                segment: row.get(6)?,
                at: row.get(7)?,
                bytes: row.get(8)?,
                closed: row.get(9)?,
            };
            Ok((row.get(0)?, found))
        })?
        .collect()
}

/// The same in PostgreSQL, in the transaction that is open.
pub(super) fn of_postgres(client: &mut Client) -> Result<HashMap<[u8; 16], Row>, ::postgres::Error> {
    if !is_in_postgres(client, "report")? {
        return Ok(HashMap::new());
    }
    let mut found = HashMap::new();
    for row in client.query(ROWS, &[])? {
        let id: Vec<u8> = row.try_get(0)?;
        let Ok(id) = id.try_into() else { continue };
        let row = Row {
            day: row.try_get(1)?,
            blind: row.try_get(2)?,
            leaf: row.try_get(3)?,
            envelope: row.try_get(4)?,
            attachments: row.try_get(5)?,
            segment: row.try_get(6)?,
            at: row.try_get(7)?,
            bytes: row.try_get(8)?,
            closed: row.try_get(9)?,
        };
        found.insert(id, row);
    }
    Ok(found)
}

impl Sealed {
    /// Those of an exported folder.
    pub(super) fn of_export(folder: &Path, faults: &mut Faults) -> Self {
        let listed = if is_export(folder) { Shelf::of_export(folder).list() } else { Ok(Vec::new()) };
        let listed = listed.unwrap_or_else(|error| {
            faults.add("the index of reports", error.to_string());
            Vec::new()
        });
        let count = listed.len();
        let index: HashMap<_, _> =
            listed.into_iter().map(|it| (it.id, (it.day, it.envelope, it.attachments))).collect();
        if index.len() != count {
            faults.add("the index of reports", "it names a report twice");
        }
        Self::Export { sealed: folder.join("reports").join("sealed"), index }
    }

    /// What does not hold of the sealed bytes of a report that is an entry.
    pub(super) fn fault(&self, id: &EntryId, received: &Received) -> Option<String> {
        let unknown = || "the names of its sealed bytes are none".to_owned();
        let Some((envelope, attachments)) = names(received) else { return Some(unknown()) };
        match self {
            Self::Export { sealed, index } => {
                match index.get(&ReportId::from_bytes(*id.as_bytes())) {
                    None => return Some("the index of reports does not name it".to_owned()),
                    Some(said) if *said != (received.day, envelope, attachments.clone()) => {
                        return Some("the index of reports says something else of it".to_owned());
                    }
                    Some(_) => {}
                }
                std::iter::once(&envelope)
                    .chain(&attachments)
                    .find_map(|name| differs(name, name_of(&sealed.join(name.to_string()))))
            }
            Self::Data { vault, rows } => {
                let Some(row) = rows.get(id.as_bytes()) else {
                    return Some("its sealed bytes are gone: the lane of reports does not know it".to_owned());
                };
                if row.closed != 1 || row.names() != Some((envelope, attachments.clone())) {
                    return Some("the lane of reports says something else of it".to_owned());
                }
                kept(vault, row)
            }
        }
    }

    /// How many reports wait for the end of their day, and what does not hold of them.
    pub(super) fn waiting(&self) -> (u64, Vec<(String, String)>) {
        let Self::Data { vault, rows } = self else { return (0, Vec::new()) };
        let mut waiting: Vec<_> = rows.iter().filter(|(_, row)| row.closed == 0).collect();
        waiting.sort_unstable_by_key(|(id, _)| **id);
        let mut faults = Vec::new();
        for (id, row) in &waiting {
            let place = format!("report `{}`, which waits for the end of its day", record::ReportId::from_bytes(**id));
            if !row.follows(id) {
                faults.push((place, "its id and leaf do not follow from what is kept of it".to_owned()));
            } else if let Some(what) = kept(vault, row) {
                faults.push((place, what));
            }
        }
        (waiting.len() as u64, faults)
    }
}

fn kept(vault: &Vault, row: &Row) -> Option<String> {
    let Some(((day, place), (envelope, attachments))) = row.place().zip(row.names()) else {
        return Some("its sealed bytes are gone, and it was not erased".to_owned());
    };
    let found = vault.envelope(day, &place).map(|bytes| ContentId::of(&bytes));
    differs(&envelope, found)
        .or_else(|| attachments.iter().find_map(|name| differs(name, vault.name_of_attachment(day, name))))
}

fn differs(name: &ContentId, found: std::io::Result<ContentId>) -> Option<String> {
    match found {
        Ok(found) if found == *name => None,
        Ok(_) => Some(format!("its sealed bytes `{name}` were changed")),
        Err(error) => Some(format!("its sealed bytes `{name}` cannot be read ({error})")),
    }
}
