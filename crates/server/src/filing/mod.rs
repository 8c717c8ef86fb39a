//! A filing as people read it: CSV, JSON, HTML and PDF, from the same words and the same bytes every time.
//!
//! [`record::filing`] computes figures; here they get sentences ([`Paper`]) and forms. Nothing here counts. The same
//! filing, names and leaves give the same bytes: no form has a date of making, a random id or a name of a machine.
//!
//! What is published names no entry: single entries that stand in several tables would show a person's row where the
//! statute asks for tables (decisions 24). The entries behind each figure, with their leaves in the log, are a file of
//! their own for the privacy officer and for inspectors; its hash stands in the published JSON, whose hash stands in the
//! entry that records the filing.

use std::collections::BTreeMap;

use record::filing::{Filing, Period, Section};
use record::{Entry, EntryId, Leaf};
use sha2::{Digest as _, Sha256};

use crate::words::Words;

mod csv;
mod html;
mod json;
mod paper;
mod pdf;
#[cfg(test)]
pub(crate) mod tests;

pub use html::sections;
pub use paper::{Names, Paper};
pub use pdf::PdfError;

/// A filing in every form, ready to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forms {
    /// The stem of the files' names, e.g. `9-131-FY2027`.
    pub stem: String,
    /// For spreadsheets.
    pub csv: Vec<u8>,
    /// For machines, canonical (RFC 8785): the form whose hash is recorded.
    pub json: Vec<u8>,
    /// For a browser, readable aloud and on paper.
    pub html: Vec<u8>,
    /// For print, tagged after PDF/UA-1.
    pub pdf: Vec<u8>,
    /// Not for publication: the entries behind each figure and their leaves, canonical.
    pub entries: Vec<u8>,
}

/// Why a filing could not be brought into its forms.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RenderError {
    /// A figure has no canonical form.
    #[error("the filing has a figure that JSON cannot hold exactly")]
    Canonical(#[source] record::canonical::CanonicalError),
    /// The CSV writer failed.
    #[error("the filing could not be written as CSV")]
    Csv(#[source] ::csv::Error),
    /// The PDF writer failed.
    #[error("the filing could not be written as PDF")]
    Pdf(#[source] PdfError),
}

impl Forms {
    /// Brings a filing into its forms. `leaves` gives the leaf of each entry that the filing counts; one that is missing
    /// is left out of the entries' file.
    ///
    /// # Errors
    /// When a writer refuses what it is given, which is a fault of ours.
    pub fn of(
        filing: &Filing,
        words: &Words,
        names: &Names,
        leaves: &BTreeMap<EntryId, Leaf>,
    ) -> Result<Forms, RenderError> {
        let stem = stem(filing.section, &filing.period);
        let entries = json::entries(filing, leaves).map_err(RenderError::Canonical)?;
        let mut paper = Paper::of(filing, words, names);
        paper.tell_where_entries_are(words, filing, &sha256(&entries));
        let json = json::published(filing, &paper, &sha256(&entries)).map_err(RenderError::Canonical)?;
        paper.tell_how_to_check(words, &stem, &sha256(&entries), &sha256(&json));
        Ok(Forms {
            csv: csv::write(filing, &paper).map_err(RenderError::Csv)?,
            html: html::write(&paper),
            pdf: pdf::write(&paper, words).map_err(RenderError::Pdf)?,
            json,
            entries,
            stem,
        })
    }

    /// The files' names and bytes, in the order in which they are written.
    #[must_use]
    pub fn files(&self) -> [(String, &[u8]); 5] {
        [
            (format!("{}.csv", self.stem), &self.csv),
            (format!("{}.json", self.stem), &self.json),
            (format!("{}.html", self.stem), &self.html),
            (format!("{}.pdf", self.stem), &self.pdf),
            (format!("{}-entries.json", self.stem), &self.entries),
        ]
    }

    /// SHA-256 of the published JSON: what the entry that records the filing holds.
    #[must_use]
    pub fn content(&self) -> [u8; 32] {
        Sha256::digest(&self.json).into()
    }
}

/// Why a pack's names cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NamesError {
    /// The pack has no such file.
    #[error("the pack has no `{0}`, which names who asks and who is asked")]
    Absent(&'static str),
    /// The file is not in the form of a vocabulary.
    #[error("`{path}` of the pack cannot be read")]
    Form {
        /// The file.
        path: &'static str,
        /// Where and why.
        #[source]
        source: toml::de::Error,
    },
}

/// The names of agencies and requesters, as a loaded pack's vocabulary titles them.
#[must_use]
pub fn names(vocabulary: &law::Vocabulary) -> Names {
    let agencies = vocabulary.agencies.iter().map(|(id, agency)| (id.to_string(), agency.title.clone()));
    let requesters = vocabulary.requesters.iter().map(|(id, requester)| (id.to_string(), requester.title.clone()));
    Names { agencies: agencies.collect(), requesters: requesters.collect() }
}

/// The same names, from the files of a pack that need not be loaded.
///
/// Only two files are read: a filing counts what was decided, and must not wait until a pack that is being changed
/// can decide again.
///
/// # Errors
/// When one of the files is not there, or not readable.
pub fn names_in(files: &law::PackFiles) -> Result<Names, NamesError> {
    #[derive(serde::Deserialize)]
    struct Vocabulary {
        #[serde(default, alias = "agency", alias = "requester")]
        named: Vec<Named>,
    }
    #[derive(serde::Deserialize)]
    struct Named {
        id: String,
        #[serde(alias = "label")]
        title: String,
    }
    let read = |path: &'static str| -> Result<BTreeMap<String, String>, NamesError> {
        let bytes = files.0.get(path).ok_or(NamesError::Absent(path))?;
        let vocabulary: Vocabulary = toml::from_slice(bytes).map_err(|source| NamesError::Form { path, source })?;
        Ok(vocabulary.named.into_iter().map(|named| (named.id, named.title)).collect())
    };
    Ok(Names { agencies: read("vocabulary/agencies.toml")?, requesters: read("vocabulary/requesters.toml")? })
}

/// The leaves of the entries that a filing counts.
pub fn leaves<'a>(filing: &Filing, held: impl IntoIterator<Item = (&'a Entry, Leaf)>) -> BTreeMap<EntryId, Leaf> {
    let counted = filing.counted();
    held.into_iter().map(|(entry, leaf)| (entry.id, leaf)).filter(|(id, _)| counted.contains(id)).collect()
}

/// What files of a filing are called, without their endings.
#[must_use]
pub fn stem(section: Section, period: &Period) -> String {
    format!("{}-{}", section.number(), period.name)
}

fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}
