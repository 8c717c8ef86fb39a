//! A filing in one language: every sentence said, every figure written, no form chosen yet.
//!
//! All forms are made from this, so that none says more or less than another.

use std::collections::{BTreeMap, BTreeSet};

use record::filing::{Cell, Filing, Label, Note, Section, Unit, Value, Word};

use super::{Bound, Standing, signed::SignedBy};
use crate::words::Words;

/// Names of agencies and requesters by their ids in the pack; what has none is shown by its id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    /// Agencies of the city.
    pub agencies: BTreeMap<String, String>,
    /// Outside authorities.
    pub requesters: BTreeMap<String, String>,
    /// Agencies that the pack knows and that are not the City's.
    pub not_of_the_city: BTreeSet<law::AgencyId>,
}

/// A filing as it will be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paper {
    /// The language's tag.
    pub lang: String,
    /// `ltr` or `rtl`.
    pub dir: String,
    /// The title.
    pub title: String,
    /// What every page must say: sources that are not the city's own, a draft.
    pub banners: Vec<String>,
    /// Those banners that say how far the log does not bear out what is counted.
    pub warnings: Vec<String>,
    /// That this is the city's reading, and that the statute prevails.
    pub reading: String,
    /// What the filing is: name and value.
    pub facts: Vec<(String, String)>,
    /// The tables.
    pub tables: Vec<PaperTable>,
    /// The heading over the notes.
    pub notes_title: String,
    /// What must be said beside the tables.
    pub notes: Vec<String>,
    /// The heading over how to check.
    pub check_title: String,
    /// How to check.
    pub check: Vec<String>,
}

/// One table, said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaperTable {
    /// Its title's id, which other forms use as a key.
    pub id: &'static str,
    /// Its title.
    pub title: String,
    /// What the columns of row headings are called.
    pub heads: Vec<String>,
    /// What the columns of figures are called, with their ids.
    pub columns: Vec<(&'static str, String)>,
    /// The rows.
    pub rows: Vec<PaperRow>,
}

/// One row, said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaperRow {
    /// Row headings, each with the id behind it.
    pub heads: Vec<(String, String)>,
    /// Whether it sums others.
    pub total: bool,
    /// Figures as written.
    pub cells: Vec<String>,
}

/// The words of the filing that no figure calls for: ids without their prefix.
#[cfg(test)]
pub(super) const FRAME: &[&str] = &[
    "title",
    "under",
    "under-value",
    "addressee",
    "addressee-value",
    "agency",
    "agency-all",
    "period",
    "period-value",
    "due",
    "due-none",
    "source",
    "source-value",
    "pack",
    "pack-value",
    "pack-none",
    "reading",
    "exact",
    "notes",
    "check",
    "check-text",
    "check-signed",
    "signed",
    "signed-passkey",
    "signed-none",
    "check-json",
    "page",
    "continued",
    "banner-included",
    "banner-draft",
    "banner-own-key",
    "banner-unchecked",
    "banner-waiting",
    "not-stated",
    "not-compared",
    "suppressed",
];

struct Say<'a> {
    words: &'a Words,
    who: &'static str,
}

impl Say<'_> {
    fn id(&self, id: &str) -> String {
        self.with(id, &[])
    }

    fn with(&self, id: &str, arguments: &[(&str, &str)]) -> String {
        let mut all = vec![("who", self.who)];
        all.extend_from_slice(arguments);
        self.words.say(&format!("filing-{id}"), &all)
    }

    fn word(&self, word: Word) -> String {
        self.id(word.id())
    }

    fn note(&self, note: &Note) -> String {
        let numbers: Vec<(&String, String)> =
            note.numbers.iter().map(|(name, number)| (name, number.to_string())).collect();
        let mut arguments: Vec<(&str, &str)> =
            numbers.iter().map(|(name, number)| (name.as_str(), number.as_str())).collect();
        arguments.extend(note.texts.iter().map(|(name, text)| (name.as_str(), text.as_str())));
        self.with(note.word.id(), &arguments)
    }

    fn figure(&self, cell: &Cell) -> String {
        match cell.value {
            Value::NotStated => self.id("not-stated"),
            Value::NotCompared => self.id("not-compared"),
            Value::Suppressed => self.id("suppressed"),
            Value::Exact(cents) if cell.unit == Unit::Cents => {
                format!("{}.{:02}", grouped(cents / 100), cents % 100)
            }
            Value::Exact(figure) => grouped(figure),
        }
    }
}

/// `1234567` as `1,234,567`.
fn grouped(figure: u64) -> String {
    let digits = figure.to_string();
    let mut written = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            written.push(',');
        }
        written.push(digit);
    }
    written
}

pub(super) fn who(section: Section) -> &'static str {
    match section {
        Section::Correction => "correction",
        Section::Police => "police",
        Section::Probation => "probation",
        Section::Resources => "resources",
        Section::Statement => "statement",
    }
}

impl Paper {
    /// The filing in the language of `words`; how to check it is told once the hashes are known.
    #[must_use]
    pub fn of(filing: &Filing, words: &Words, names: &Names) -> Paper {
        let say = Say { words, who: who(filing.section) };
        let label = |label: &Label| match label {
            Label::Word(word) => (word.id().to_owned(), say.word(*word)),
            Label::Agency(id) => (id.clone(), names.agencies.get(id).unwrap_or(id).clone()),
            Label::Id(id) => (id.clone(), id.clone()),
            Label::Requester(id) => (id.clone(), names.requesters.get(id).unwrap_or(id).clone()),
        };
        let tables = filing.tables.iter().map(|table| PaperTable {
            id: table.title.id(),
            title: say.word(table.title),
            heads: table.heads.iter().map(|head| say.word(*head)).collect(),
            columns: table.columns.iter().map(|column| (column.id(), say.word(*column))).collect(),
            rows: table
                .rows
                .iter()
                .map(|row| PaperRow {
                    heads: row.heads.iter().map(label).collect(),
                    total: row.total,
                    cells: row.cells.iter().map(|cell| say.figure(cell)).collect(),
                })
                .collect(),
        });
        let mut banners = Vec::new();
        if !filing.included.is_empty() {
            banners.push(say.with("banner-included", &[("sources", &filing.included.join(", "))]));
        }
        if filing.notes.iter().any(|note| note.word == Word::NoteDraft) {
            banners.push(say.id("banner-draft"));
        }
        let mut notes = vec![say.id("exact")];
        notes.extend(filing.notes.iter().map(|note| say.note(note)));
        Paper {
            lang: words.lang().to_owned(),
            dir: words.dir().to_owned(),
            title: say.id("title"),
            banners,
            warnings: Vec::new(),
            reading: say.id("reading"),
            facts: facts(filing, &say, names),
            tables: tables.collect(),
            notes_title: say.id("notes"),
            notes,
            check_title: say.id("check"),
            check: Vec::new(),
        }
    }

    /// What the JSON itself can say: the hash of the file that names entries, and how to count again.
    pub(super) fn tell_where_entries_are(&mut self, words: &Words, filing: &Filing, entries_hash: &str) {
        let say = Say { words, who: who(filing.section) };
        // Whoever counts again must count the same sources.
        let sources: String = filing
            .included
            .iter()
            .map(|source| format!(" --include-source {}", source.strip_prefix("import:").unwrap_or(source)))
            .collect();
        let arguments = [
            ("section", filing.section.number()),
            ("agency", filing.agency.as_deref().unwrap_or_default()),
            ("name", filing.period.name.as_str()),
            ("entrieshash", entries_hash),
            ("sources", sources.as_str()),
        ];
        self.check = vec![say.with("check-json", &arguments)];
        if filing.section == Section::Statement {
            let stem = super::stem(filing.section, filing.agency.as_deref(), &filing.period);
            let (signatures, json) = (format!("{stem}-signatures.json"), format!("{stem}.json"));
            self.check.push(say.with("check-signed", &[("signatures", &signatures), ("json", &json)]));
        }
    }

    /// Who signed a statement, and with what; or that nobody did. Gives the sentences.
    pub(super) fn tell_who_signed(&mut self, words: &Words, signed: &[SignedBy]) -> Vec<String> {
        let say = Say { words, who: "statement" };
        let mut said: Vec<String> = signed.iter().map(|one| super::signed::sentence(words, one)).collect();
        if said.is_empty() {
            said.push(say.id("signed-none"));
        }
        self.facts.extend(said.iter().map(|sentence| (say.id("signed"), sentence.clone())));
        said
    }

    /// How far the log does not bear out what is counted: on every page, in every form.
    pub(super) fn tell_what_is_not_bound(&mut self, words: &Words, standing: Standing) {
        self.warnings = warnings(words, standing);
        self.banners.extend(self.warnings.iter().cloned());
    }

    /// What every other form can say, since it can name the JSON's hash.
    pub(super) fn tell_how_to_check(
        &mut self,
        words: &Words,
        stem: &str,
        entries_hash: &str,
        json_hash: &str,
        bound: Bound,
    ) {
        let say = Say { words, who: "" };
        let (entries, json, filed) =
            (format!("{stem}-entries.json"), format!("{stem}.json"), format!("{stem}-filed.json"));
        let arguments = [
            ("entries", entries.as_str()),
            ("json", json.as_str()),
            ("filed", filed.as_str()),
            ("entrieshash", entries_hash),
            ("jsonhash", json_hash),
            ("bound", bound.id()),
        ];
        self.check.insert(0, say.with("check-text", &arguments));
    }
}

pub(super) fn warnings(words: &Words, standing: Standing) -> Vec<String> {
    let say = Say { words, who: "" };
    let mut warnings = Vec::new();
    match standing.bound {
        Bound::Log => {}
        Bound::ByItsOwnKey => warnings.push(say.id("banner-own-key")),
        Bound::NotChecked => warnings.push(say.id("banner-unchecked")),
    }
    if standing.waiting > 0 {
        warnings.push(say.with("banner-waiting", &[("waiting", &standing.waiting.to_string())]));
    }
    warnings
}

fn facts(filing: &Filing, say: &Say<'_>, names: &Names) -> Vec<(String, String)> {
    let period = &filing.period;
    let (from, to) = (period.from.to_string(), period.to.to_string());
    let mut facts = vec![
        (say.id("under"), say.with("under-value", &[("subdivision", filing.section.subdivision())])),
        (say.id("addressee"), say.id("addressee-value")),
        (
            say.id("agency"),
            filing
                .agency
                .as_ref()
                .map_or_else(|| say.id("agency-all"), |id| names.agencies.get(id).unwrap_or(id).clone()),
        ),
        (say.id("period"), say.with("period-value", &[("from", &from), ("to", &to), ("name", &period.name)])),
        (say.id("due"), period.due.map_or_else(|| say.id("due-none"), |due| due.to_string())),
        (
            say.id("source"),
            say.with(
                "source-value",
                &[("entries", &filing.entries.to_string()), ("requests", &filing.requests.to_string())],
            ),
        ),
    ];
    for pack in &filing.packs {
        let arguments =
            [("id", pack.id.as_str()), ("version", pack.version.as_str()), ("sha256", pack.sha256.as_str())];
        facts.push((say.id("pack"), say.with("pack-value", &arguments)));
    }
    if filing.packs.is_empty() {
        facts.push((say.id("pack"), say.id("pack-none")));
    }
    facts
}

#[cfg(test)]
mod tests {
    #[test]
    fn digits_are_grouped() {
        let written: Vec<String> = [0, 999, 1000, 2916, 50_000_100].into_iter().map(super::grouped).collect();
        assert_eq!(written, ["0", "999", "1,000", "2,916", "50,000,100"]);
    }
}
