//! A filing as people read it: CSV, JSON, HTML and PDF, from the same words and the same bytes every time.
//!
//! [`record::filing`] computes figures; here they get sentences ([`Paper`]) and forms. Nothing here counts. The same
//! filing, names and leaves give the same bytes: no form has a date of making, a random id or a name of a machine.
//!
//! What is published names no entry: single entries that stand in several tables would show a person's row where the
//! statute asks for tables (decisions 24). The entries behind each figure, with their leaves in the log, are a file of
//! their own for the privacy officer and for inspectors; its hash stands in the published JSON, whose hash stands in the
//! entry that records the filing.
//!
//! `read` brings the entries, `make` makes, places and records a filing, `signed` says who signed a statement; the rest are its forms.

use std::collections::BTreeMap;

use jiff::civil::Date;
use record::filing::{Filing, Period, Section};
use record::{Entry, EntryId, Leaf};
use sha2::{Digest as _, Sha256};

use self::signed::SignedBy;
use crate::words::Words;

mod csv;
mod html;
mod json;
pub(crate) mod make;
mod paper;
mod pdf;
pub(crate) mod read;
pub mod signed;
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
    /// Of a statement: who signed it, and with what, canonical. Not in the JSON itself, which is what they sign.
    pub signatures: Option<Vec<u8>>,
}

/// What binds the entries that a filing counts: what a reader may conclude from it, and what not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Bound {
    /// The city's own record, or an export that the log bears out under a key that its reader had from elsewhere.
    #[default]
    Log,
    /// An export that bears out its own log, under the key that came with it.
    ByItsOwnKey,
    /// Lines of an export without their log.
    NotChecked,
}

impl Bound {
    /// A word for machines.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Log => "log",
            Self::ByItsOwnKey => "own-key",
            Self::NotChecked => "not-checked",
        }
    }
}

/// How far the log bears out what a filing counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// What binds the entries.
    pub bound: Bound,
    /// How many of the entries counted are not in the log yet.
    pub waiting: u64,
}

/// What every form must say of how far the log bears out the filing; nothing where it does.
#[must_use]
pub fn warnings(words: &Words, standing: Standing) -> Vec<String> {
    paper::warnings(words, standing)
}

/// A filing in words and in the form that is recorded, before its other forms are made.
pub struct Written {
    /// In words.
    pub paper: Paper,
    /// For machines, canonical: the form whose hash is recorded, and which an official signs.
    pub json: Vec<u8>,
    entries: Vec<u8>,
}

impl Written {
    /// Writes a filing; as [`Forms::standing`].
    ///
    /// # Errors
    /// When a figure has no canonical form, which is a fault of ours.
    pub fn of(
        filing: &Filing,
        words: &Words,
        names: &Names,
        leaves: &BTreeMap<EntryId, Leaf>,
        standing: Standing,
    ) -> Result<Self, RenderError> {
        let entries = json::entries(filing, leaves).map_err(RenderError::Canonical)?;
        let mut paper = Paper::of(filing, words, names);
        paper.tell_what_is_not_bound(words, standing);
        paper.tell_where_entries_are(words, filing, &sha256(&entries));
        let json = json::published(filing, &paper, &sha256(&entries)).map_err(RenderError::Canonical)?;
        Ok(Self { paper, json, entries })
    }

    /// Makes the other forms; of those who signed a statement of this agency and period, they name who signed this one.
    ///
    /// # Errors
    /// When a writer refuses what it is given, which is a fault of ours.
    pub fn into_forms(
        self,
        filing: &Filing,
        words: &Words,
        standing: Standing,
        signed: &[SignedBy],
    ) -> Result<Forms, RenderError> {
        let Self { mut paper, json, entries } = self;
        let stem = stem(filing.section, filing.agency.as_deref(), &filing.period);
        let content = sha256(&json);
        paper.tell_how_to_check(words, &stem, &sha256(&entries), &content, standing.bound);
        let signatures = (filing.section == Section::Statement).then(|| {
            let these: Vec<SignedBy> = signed.iter().filter(|one| one.content.as_str() == content).cloned().collect();
            let said = paper.tell_who_signed(words, &these);
            signed::file(&content, &said, &these)
        });
        Ok(Forms {
            csv: csv::write(filing, &paper).map_err(RenderError::Csv)?,
            html: html::write(&paper),
            pdf: pdf::write(&paper, words).map_err(RenderError::Pdf)?,
            json,
            entries,
            signatures: signatures.transpose().map_err(RenderError::Canonical)?,
            stem,
        })
    }
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
    /// Brings a filing from the city's own record into its forms; see [`Forms::standing`].
    ///
    /// # Errors
    /// As [`Forms::standing`].
    pub fn of(
        filing: &Filing,
        words: &Words,
        names: &Names,
        leaves: &BTreeMap<EntryId, Leaf>,
    ) -> Result<Forms, RenderError> {
        Self::standing(filing, words, names, leaves, Standing::default(), &[])
    }

    /// Brings a filing into its forms. `leaves` gives the leaf of each entry that the filing counts; one that is missing
    /// is left out of the entries' file. Of those who signed a statement of this agency and period, the forms name who signed this one.
    ///
    /// # Errors
    /// When a writer refuses what it is given, which is a fault of ours.
    pub fn standing(
        filing: &Filing,
        words: &Words,
        names: &Names,
        leaves: &BTreeMap<EntryId, Leaf>,
        standing: Standing,
        signed: &[SignedBy],
    ) -> Result<Forms, RenderError> {
        Written::of(filing, words, names, leaves, standing)?.into_forms(filing, words, standing, signed)
    }

    /// The files' names and bytes, in the order in which they are written.
    #[must_use]
    pub fn files(&self) -> Vec<(String, &[u8])> {
        let signatures = self.signatures.as_ref().map(|bytes| (format!("{}-signatures.json", self.stem), &bytes[..]));
        let forms: [(String, &[u8]); 5] = [
            (format!("{}.csv", self.stem), &self.csv),
            (format!("{}.json", self.stem), &self.json),
            (format!("{}.html", self.stem), &self.html),
            (format!("{}.pdf", self.stem), &self.pdf),
            (format!("{}-entries.json", self.stem), &self.entries),
        ];
        forms.into_iter().chain(signatures).collect()
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
    let outside = vocabulary.agencies.values().filter(|agency| !agency.city).map(|agency| agency.id.clone());
    Names { agencies: agencies.collect(), requesters: requesters.collect(), not_of_the_city: outside.collect() }
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
        /// Of an agency: whether it is the City's.
        city: Option<bool>,
    }
    let read = |path: &'static str| -> Result<Vec<Named>, NamesError> {
        let bytes = files.0.get(path).ok_or(NamesError::Absent(path))?;
        let vocabulary: Vocabulary = toml::from_slice(bytes).map_err(|source| NamesError::Form { path, source })?;
        Ok(vocabulary.named)
    };
    let titles = |named: Vec<Named>| named.into_iter().map(|named| (named.id, named.title)).collect();
    let agencies = read("vocabulary/agencies.toml")?;
    let outside = agencies.iter().filter(|agency| agency.city == Some(false));
    Ok(Names {
        not_of_the_city: outside.map(|agency| law::AgencyId::new(&agency.id)).collect(),
        agencies: titles(agencies),
        requesters: titles(read("vocabulary/requesters.toml")?),
    })
}

/// The leaves of the entries that a filing counts.
pub fn leaves<'a>(filing: &Filing, held: impl IntoIterator<Item = (&'a Entry, Leaf)>) -> BTreeMap<EntryId, Leaf> {
    let counted = filing.counted();
    held.into_iter().map(|(entry, leaf)| (entry.id, leaf)).filter(|(id, _)| counted.contains(id)).collect()
}

/// Every period that a section knows until the one that holds this day, the newest first.
#[must_use]
pub fn periods(section: Section, today: Date) -> Vec<Period> {
    let mut found = Vec::new();
    let mut day = today;
    while let Some(period) = Period::of(section, day) {
        let before = period.from.yesterday();
        found.push(period);
        match before {
            Ok(before) => day = before,
            Err(_) => break,
        }
    }
    found
}

/// What files of a filing are called, without their endings; those of a statement name the agency, since each has its own.
#[must_use]
pub fn stem(section: Section, agency: Option<&str>, period: &Period) -> String {
    match (section, agency) {
        (Section::Statement, Some(agency)) => format!("{}-{agency}-{}", section.number(), period.name),
        _ => format!("{}-{}", section.number(), period.name),
    }
}

fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}
