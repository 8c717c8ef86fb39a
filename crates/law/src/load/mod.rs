//! Reading a pack: files to provisions, terms, cases and theorems, everything refused that is incomplete.
//!
//! The format is docs/law/pack-format.md. All problems are reported at once, each with its file and line, since the people
//! who write packs are lawyers with an editor. Not here: what holds across all facts ([`crate::prove`]) and the cases'
//! answers ([`crate::cases`]); a pack that loads is well formed, and no more.

mod assemble;
mod cases;
mod cedar;
mod markdown;
mod rewrite;
mod tables;

use std::{collections::BTreeMap, fmt};

use jiff::civil::Date;
use sha2::{Digest, Sha256};

use crate::{decision::PackRef, ids::Text, pack::Pack, referee::Referee, slot::Slots};

/// The files of a pack: path in the pack, with `/` between folders, to bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PackFiles(pub BTreeMap<String, Vec<u8>>);

impl PackFiles {
    /// SHA-256 over, for each file in byte order of its path, `path || 0x00 || decimal length || 0x00 || bytes`.
    #[must_use]
    pub fn sha256(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        for (path, bytes) in &self.0 {
            hash.update(path.as_bytes());
            hash.update([0]);
            hash.update(bytes.len().to_string().as_bytes());
            hash.update([0]);
            hash.update(bytes);
        }
        hash.finalize().into()
    }
}

/// A pack that cannot be loaded, and everything that is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackError {
    /// The problems, by file and line. Never empty.
    pub problems: Vec<Problem>,
}

impl std::error::Error for PackError {}

impl fmt::Display for PackError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, problem) in self.problems.iter().enumerate() {
            if number > 0 {
                writeln!(f)?;
            }
            write!(f, "{problem}")?;
        }
        Ok(())
    }
}

/// One thing that is wrong in a pack.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The file's path in the pack.
    pub file: String,
    /// The line, from 1; 0 = the file as a whole.
    pub line: usize,
    /// The provision, if one is concerned.
    pub provision: Option<String>,
    /// The rule, if one is concerned.
    pub rule: Option<String>,
    /// What is wrong, and what to do.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file)?;
        if self.line > 0 {
            write!(f, ":{}", self.line)?;
        }
        match (&self.rule, &self.provision) {
            (Some(rule), _) => write!(f, ": rule `{rule}`")?,
            (None, Some(provision)) => write!(f, ": provision `{provision}`")?,
            (None, None) => {}
        }
        write!(f, ": {}", self.message)
    }
}

/// Problems as they are found.
#[derive(Default)]
struct Problems(Vec<Problem>);

impl Problems {
    fn add(&mut self, file: &str, line: usize, message: impl Into<String>) {
        self.0.push(Problem { file: file.to_owned(), line, provision: None, rule: None, message: message.into() });
    }

    fn add_for(&mut self, place: &crate::pack::Place, provision: &str, message: impl Into<String>) {
        self.0.push(Problem {
            file: place.file.clone(),
            line: place.line,
            provision: Some(provision.to_owned()),
            rule: None,
            message: message.into(),
        });
    }

    fn add_for_rule(&mut self, place: &crate::pack::Place, provision: &str, rule: &str, message: impl Into<String>) {
        self.0.push(Problem {
            file: place.file.clone(),
            line: place.line,
            provision: Some(provision.to_owned()),
            rule: Some(rule.to_owned()),
            message: message.into(),
        });
    }
}

/// Reads the vocabulary of a pack alone, for tools that need no provisions.
///
/// # Errors
/// Every problem of the vocabulary's files.
pub fn vocabulary(files: &PackFiles) -> Result<crate::Vocabulary, PackError> {
    let mut problems = Problems::default();
    let vocabulary = tables::vocabulary(files, &mut problems);
    if problems.0.is_empty() { Ok(vocabulary) } else { Err(PackError { problems: problems.0 }) }
}

impl Pack {
    /// Reads a pack.
    ///
    /// # Errors
    /// Every problem of the pack, each with its file and line.
    pub fn load(files: &PackFiles) -> Result<Pack, PackError> {
        let mut problems = Problems::default();
        let loaded = read(files, &mut problems);
        let mut found = problems.0;
        found.sort();
        found.dedup();
        match loaded {
            Some(pack) if found.is_empty() => Ok(pack),
            _ => {
                if found.is_empty() {
                    found.push(Problem {
                        file: "pack.toml".into(),
                        line: 0,
                        provision: None,
                        rule: None,
                        message: "the pack cannot be read".into(),
                    });
                }
                Err(PackError { problems: found })
            }
        }
    }
}

/// For a second prover, which reads the pack's own text by Cedar's meaning and not by the kernel's.
impl Pack {
    /// The schema of every question, in Cedar's language.
    #[must_use]
    pub fn cedar_schema(&self) -> String {
        cedar::schema_text(&self.law.vocabulary)
    }

    /// A rule or an expression of the pack for Cedar: terms and parameters stand as they do on the day.
    #[must_use]
    pub fn cedar_on(&self, text: &str, on: Date) -> String {
        assemble::expand(&self.law, text, on, assemble::MOST_DEPTH)
    }
}

fn read(files: &PackFiles, problems: &mut Problems) -> Option<Pack> {
    let head = tables::head(files, problems)?;
    let vocabulary = tables::vocabulary(files, problems);
    let raw = markdown::read(files, problems);
    let assembled = assemble::assemble(&head, vocabulary, raw, problems)?;
    let law = assembled.law;
    if !problems.0.is_empty() {
        return None;
    }
    let reference = PackRef {
        id: Text::new(&head.id),
        version: Text::new(&head.version),
        sha256: Text::new(&hex::encode(files.sha256())),
        read_until: head.read_until,
    };
    let referee = Referee::new(assembled.cedar);
    Some(Pack {
        reference,
        title: Text::new(&head.title),
        time_zone: head.time_zone,
        slots: Slots::new(&law),
        law,
        cases: assembled.cases,
        theorems: assembled.theorems,
        referee: Some(referee),
    })
}

/// `pack.toml`.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    format: i64,
    id: String,
    version: String,
    title: String,
    time_zone: String,
    #[serde(deserialize_with = "crate::days::date")]
    covers_from: Date,
    #[serde(deserialize_with = "crate::days::date")]
    read_until: Date,
    #[serde(default)]
    ungoverned: Vec<toml::Spanned<RawUngoverned>>,
    #[serde(default, rename = "declared_conflict")]
    declared_conflicts: Vec<toml::Spanned<crate::pack::DeclaredConflict>>,
    /// The text itself, to turn places into lines.
    #[serde(skip)]
    text: String,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct RawUngoverned {
    agencies: Vec<String>,
    acts: Vec<String>,
    why: String,
}

/// The line of a byte in a text, from 1.
fn line_of(text: &str, at: usize) -> usize {
    Lines::of(text).line(at)
}

/// Lines of bytes of one text, each counted on from the last: a pack asks for thousands of them, in order.
struct Lines<'a> {
    text: &'a [u8],
    at: usize,
    line: usize,
}

impl<'a> Lines<'a> {
    fn of(text: &'a str) -> Self {
        Self { text: text.as_bytes(), at: 0, line: 1 }
    }

    /// The line of a byte, from 1.
    fn line(&mut self, at: usize) -> usize {
        if at < self.at {
            (self.at, self.line) = (0, 1);
        }
        let passed = self.text.get(self.at..at.min(self.text.len())).unwrap_or_default();
        self.line += passed.iter().filter(|byte| **byte == b'\n').count();
        self.at += passed.len();
        self.line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_counted_forward_and_again() {
        let text = "one\ntwo\n\nfour";
        let mut lines = Lines::of(text);
        let asked = [0, 3, 4, 8, 9, 12, 99, 4, 0, 9];
        assert_eq!(asked.map(|at| lines.line(at)), [1, 1, 2, 3, 4, 4, 4, 2, 1, 4]);
        assert_eq!(asked.map(|at| line_of(text, at)), [1, 1, 2, 3, 4, 4, 4, 2, 1, 4]);
    }
}
