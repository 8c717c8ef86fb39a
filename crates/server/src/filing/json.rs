//! The filing for machines, and the file of the entries behind it. Both canonical (RFC 8785), so that a hash is a name.

use std::collections::BTreeMap;

use record::canonical::{CanonicalError, to_bytes};
use record::filing::{Filing, Pack, Period, Unit, Value};
use record::{EntryId, Leaf};
use serde::Serialize;

use super::Paper;

/// The published form. Figures are exact numbers or a reason why there is none; no entry is named.
#[derive(Serialize)]
struct Published<'a> {
    format: &'static str,
    lang: &'a str,
    title: &'a str,
    reading: &'a str,
    section: &'static str,
    subdivision: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    agency: Option<&'a str>,
    period: &'a Period,
    nil: bool,
    included_sources: &'a [String],
    entries_read: u64,
    requests_read: u64,
    entries_erased: u64,
    packs: &'a [Pack],
    tables: Vec<Table<'a>>,
    /// How far the log does not bear this out; the other forms say it in their banners.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    warnings: &'a [String],
    notes: Vec<Said<'a>>,
    check: &'a [String],
    entries_sha256: &'a str,
}

#[derive(Serialize)]
struct Table<'a> {
    id: &'static str,
    title: &'a str,
    heads: &'a [String],
    columns: Vec<Said<'a>>,
    rows: Vec<Row<'a>>,
}

#[derive(Serialize)]
struct Row<'a> {
    heads: Vec<Said<'a>>,
    total: bool,
    cells: Vec<Figure>,
}

#[derive(Serialize)]
struct Said<'a> {
    id: &'a str,
    text: &'a str,
}

#[derive(Serialize)]
struct Figure {
    unit: Unit,
    #[serde(skip_serializing_if = "Option::is_none")]
    figure: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    none: Option<&'static str>,
}

/// The entries' form: the filing as it was computed, with the leaf of each entry it counts.
#[derive(Serialize)]
struct Entries<'a> {
    format: &'static str,
    publish: &'static str,
    filing: &'a Filing,
    leaves: BTreeMap<String, String>,
}

pub(super) fn published(filing: &Filing, paper: &Paper, entries_sha256: &str) -> Result<Vec<u8>, CanonicalError> {
    let tables = filing.tables.iter().zip(&paper.tables).map(|(table, said)| Table {
        id: said.id,
        title: &said.title,
        heads: &said.heads,
        columns: said.columns.iter().map(|(id, text)| Said { id, text }).collect(),
        rows: table
            .rows
            .iter()
            .zip(&said.rows)
            .map(|(row, said)| Row {
                heads: said.heads.iter().map(|(id, text)| Said { id, text }).collect(),
                total: row.total,
                cells: row
                    .cells
                    .iter()
                    .map(|cell| match cell.value {
                        Value::Exact(figure) => Figure { unit: cell.unit, figure: Some(figure), none: None },
                        Value::NotStated => Figure { unit: cell.unit, figure: None, none: Some("not_stated") },
                        Value::NotCompared => Figure { unit: cell.unit, figure: None, none: Some("not_compared") },
                        Value::Suppressed => Figure { unit: cell.unit, figure: None, none: Some("suppressed") },
                    })
                    .collect(),
            })
            .collect(),
    });
    // The first note is said of every filing; the others stand in the filing's own order.
    let ids = ["exact"].into_iter().chain(filing.notes.iter().map(|note| note.word.id()));
    to_bytes(&Published {
        format: "vouchsafe filing 1",
        lang: &paper.lang,
        title: &paper.title,
        reading: &paper.reading,
        section: filing.section.number(),
        subdivision: filing.section.subdivision(),
        agency: filing.agency.as_deref(),
        period: &filing.period,
        nil: filing.nil,
        included_sources: &filing.included,
        entries_read: filing.entries,
        requests_read: filing.requests,
        entries_erased: filing.erased,
        packs: &filing.packs,
        tables: tables.collect(),
        warnings: &paper.warnings,
        notes: ids.zip(&paper.notes).map(|(id, text)| Said { id, text }).collect(),
        check: &paper.check,
        entries_sha256,
    })
}

pub(super) fn entries(filing: &Filing, leaves: &BTreeMap<EntryId, Leaf>) -> Result<Vec<u8>, CanonicalError> {
    to_bytes(&Entries {
        format: "vouchsafe filing entries 1",
        publish: "no: single entries that stand in several tables would show what the tables hide",
        filing,
        leaves: leaves.iter().map(|(entry, leaf)| (entry.to_string(), leaf.to_string())).collect(),
    })
}
