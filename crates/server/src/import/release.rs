//! Which release a file is, found by the names in its header, and where each field stands in it.
//!
//! The names are data: `releases.toml`, one table a release. A header is looked for among the first rows, because the
//! agency's own files open with a preamble. Columns that nobody asked for are left alone; columns of citizenship, country
//! of birth, birth date and gender are dropped by name, so that no later step can see them.

use std::{collections::BTreeMap, sync::LazyLock};

use serde::Deserialize;

use super::RawRow;

/// Rows among which a header is looked for; the longest preamble of a release has seven.
pub const HEADER_WITHIN: usize = 40;

/// The table as written; parsed once.
const TABLE: &str = include_str!("releases.toml");

/// What a column says, whatever a release calls it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// The row's number in the released file, in an extract.
    RowOriginal,
    /// The day on which the detainer was prepared, or the event happened.
    Day,
    /// The form.
    DetainerType,
    /// The facility or landmark as the agency writes it.
    Facility,
    /// Its city.
    City,
    /// Its state.
    State,
    /// What became of the detainer.
    LiftReason,
    /// How an encounter or arrest was disposed of.
    ProcessingDisposition,
    /// How an arrest was made; marks the table of arrests.
    ApprehensionMethod,
    /// Convicted, charged or neither: the requester's assertion.
    Criminality,
    /// The code of the most serious conviction asserted.
    ChargeCode,
    /// The day of that conviction.
    ConvictionDay,
    /// A final order of removal stands in the agency's case.
    FinalOrder,
    /// Its day.
    FinalOrderDay,
    /// The form asserts an order of removal.
    OrderAsserted,
    /// The form asserts that a charging document was served.
    ChargingDocumentAsserted,
    /// The form asserts that a warrant of arrest for removal proceedings was served.
    ArrestWarrantAsserted,
    /// The day on which that warrant was served.
    ArrestWarrantDay,
    /// The form asserts a biometric match.
    BiometricMatchAsserted,
    /// The form asserts statements by the person.
    StatementsAsserted,
    /// The form asserts re-entry after an earlier removal.
    ReentryAsserted,
    /// The form asks to be told of the release.
    NotifyAsked,
    /// The agency's anonymised key of the person.
    Person,
}

/// What a release's rows are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Table {
    /// Every row is a detainer.
    Detainers,
    /// A row disposed of as `Detainer` is one.
    Encounters,
    /// No row is a request to another agency.
    Arrests,
}

/// How a row is known again in a second import.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rows {
    /// By its number in the released file.
    Row,
    /// By what it says, and its count among equal rows of the file.
    Content,
}

/// What became of a detainer, as far as a release says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// The agency asked did not honor it.
    Declined,
    /// The requester took the person into its own detention; whether because the agency helped is not said.
    BookedByRequester,
    /// The requester ended it.
    EndedByRequester,
    /// The person left the agency's custody.
    LeftCustody,
    /// The person was moved; to whom is not said.
    Moved,
    /// The person died.
    Died,
}

impl Fate {
    /// Its code, as in `releases.toml`.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Declined => "declined",
            Self::BookedByRequester => "booked_by_requester",
            Self::EndedByRequester => "ended_by_requester",
            Self::LeftCustody => "left_custody",
            Self::Moved => "moved",
            Self::Died => "died",
        }
    }
}

/// One release of `releases.toml`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Release {
    /// Its family, as it stands in keys.
    pub id: String,
    /// Its title in sentences.
    pub title: String,
    /// What its rows are.
    pub table: Table,
    /// How its rows are known again.
    pub rows: Rows,
    /// One file a fiscal year, each numbered from its beginning.
    #[serde(default)]
    pub by_year: bool,
    /// The fields that its header must have.
    must: Vec<Field>,
    /// The names of each field's column, in order of preference.
    columns: BTreeMap<Field, Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Releases {
    dropped: Vec<String>,
    release: Vec<Release>,
    fates: BTreeMap<Fate, Vec<String>>,
}

static RELEASES: LazyLock<Releases> = LazyLock::new(|| {
    #[expect(clippy::expect_used, reason = "the table is part of the program and `the_table_parses` reads it")]
    toml::from_str(TABLE).expect("releases.toml parses")
});

/// A release found in a file: where each of its fields stands.
#[derive(Clone, Debug)]
pub struct Header {
    /// The release.
    pub release: &'static Release,
    /// Row of the file in which the header stands.
    pub row: u64,
    /// Columns of the header, their names as written.
    pub names: Vec<String>,
    /// Names of the columns that are dropped, as written.
    pub dropped: Vec<String>,
    places: BTreeMap<Field, usize>,
}

impl Header {
    /// The release whose header this row is: of several, the one with most fields found.
    #[must_use]
    pub fn find(raw: &RawRow) -> Option<Header> {
        let names: Vec<String> = raw.cells.iter().map(|cell| normal(cell)).collect();
        let found = RELEASES.release.iter().filter_map(|release| {
            let places: BTreeMap<Field, usize> = release
                .columns
                .iter()
                .filter_map(|(field, ways)| {
                    let place = ways.iter().find_map(|way| names.iter().position(|name| name == way))?;
                    Some((*field, place))
                })
                .collect();
            release.must.iter().all(|field| places.contains_key(field)).then_some((release, places))
        });
        let (release, places) = found.max_by_key(|(_, places)| places.len())?;
        // Trailing cells without a name are no columns: spreadsheets add them.
        let width = names.iter().rposition(|name| !name.is_empty()).map_or(0, |last| last + 1);
        let named = |at: usize| raw.cells.get(at).map(|cell| cell.trim().to_owned()).unwrap_or_default();
        let is_dropped = |at: &usize| names.get(*at).is_some_and(|name| RELEASES.dropped.contains(name));
        Some(Header {
            release,
            row: raw.row,
            dropped: (0..width).filter(is_dropped).map(named).collect(),
            names: (0..width).map(named).collect(),
            places,
        })
    }

    /// The cell of a field in a row, with what says nothing already empty; `None` when the release has no such column.
    #[must_use]
    pub fn cell<'row>(&self, field: Field, cells: &'row [String]) -> Option<&'row str> {
        let cell = cells.get(*self.places.get(&field)?)?.trim();
        Some(if says_nothing(cell) { "" } else { cell })
    }

    /// The name of a field's column as the file has it.
    #[must_use]
    pub fn name(&self, field: Field) -> Option<String> {
        self.names.get(*self.places.get(&field)?).cloned()
    }
}

/// One line a release: what a header must have. Printed when none was found.
#[must_use]
pub fn looked_for() -> String {
    let lines = RELEASES.release.iter().map(|release| {
        let must: Vec<String> =
            release.must.iter().filter_map(|field| Some(release.columns.get(field)?.join(" or "))).collect();
        format!("  {}: columns {}", release.title, must.join(", "))
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The code for what a release says became of a detainer.
#[must_use]
pub fn fate(says: &str) -> Option<Fate> {
    let says = normal(says);
    RELEASES.fates.iter().find(|(_, words)| words.iter().any(|word| normal(word) == says)).map(|(fate, _)| *fate)
}

/// A column's name or a closed word as it is compared: lower case, everything but letters and digits one underscore.
fn normal(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for character in name.trim().trim_start_matches('\u{feff}').chars() {
        if character.is_alphanumeric() {
            out.extend(character.to_lowercase());
        } else if !out.is_empty() && !out.ends_with('_') {
            out.push('_');
        }
    }
    out.truncate(out.trim_end_matches('_').len());
    out
}

/// Whether a cell says nothing: empty, `NA`, dashes, or a mark that the agency withheld it, such as
/// `(b)(6), (b)(7)(c)` or `b(6), b(7)c`.
#[must_use]
pub fn says_nothing(cell: &str) -> bool {
    let cell = cell.trim();
    if cell.is_empty()
        || cell.eq_ignore_ascii_case("na")
        || cell.eq_ignore_ascii_case("n/a")
        || cell.chars().all(|c| c == '-')
    {
        return true;
    }
    let mark: String =
        cell.chars().filter(|c| !matches!(c, '(' | ')' | ',' | ';' | ' ')).flat_map(char::to_lowercase).collect();
    // What is left of a mark is one or more of b6, b7c, b7e …
    let mut rest = mark.as_str();
    while let Some(after) = rest.strip_prefix('b') {
        let digits = after.trim_start_matches(|c: char| c.is_ascii_digit());
        if digits.len() == after.len() {
            return false;
        }
        // A letter of the exemption belongs to the mark, unless it begins the next mark.
        rest = match digits.chars().next() {
            Some(letter @ 'a'..='f') if letter != 'b' || !digits[1..].starts_with(|c: char| c.is_ascii_digit()) => {
                &digits[1..]
            }
            _ => digits,
        };
    }
    rest.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(line: &str) -> Option<Header> {
        Header::find(&RawRow { row: 1, cells: line.split(',').map(str::to_owned).collect() })
    }

    fn release(line: &str) -> &'static str {
        header(line).map_or("none", |header| &header.release.id)
    }

    #[test]
    fn the_table_parses_and_its_names_are_in_normal_form() {
        for release in &RELEASES.release {
            for (field, names) in &release.columns {
                for name in names {
                    assert_eq!(&normal(name), name, "{} {field:?}", release.id);
                    assert!(!RELEASES.dropped.contains(name), "`{name}` is dropped and read");
                }
            }
            assert!(release.must.iter().all(|field| release.columns.contains_key(field)), "{}", release.id);
        }
    }

    #[test]
    fn each_release_is_known_by_its_own_names() {
        assert_eq!(
            release("row_original,prepare_date,detainer_type,facility,state,city,lift_reason"),
            "detainers-fy2015"
        );
        assert_eq!(
            release("Prepare Date,Detainer Type,Detainer Detention Facility,State,City,Detainer Lift Reason"),
            "detainers-fy2015"
        );
        assert_eq!(release("date,lift_reason,det_facility,city,state,detainer_type"), "detainers-lifted-2007-2015");
        assert_eq!(
            release("Area of Responsibility,Event Date,Landmark,Operation,Processing Disposition,Citizenship,Gender"),
            "encounters-fy2016-2019"
        );
        assert_eq!(
            release("Apprehension Date,Apprehension Method,Apprehension Landmark,Operation,Processing Disposition"),
            "arrests-fy2016-2019"
        );
        assert_eq!(
            release(
                "Detainer Prepare Date,Detainer Facility,Detainer Criminality,Deportation Ordered Yes No,Detainer Lift Reason,Detainer Type"
            ),
            "detainers-2026"
        );
        assert_eq!(release("ERO Administrative Arrests for FY2016,,,"), "none");
        assert_eq!(release("name,address"), "none");
    }

    #[test]
    fn columns_about_who_the_person_is_are_dropped_by_name() {
        let header = header("Event Date,Landmark,Processing Disposition,Citizenship,Gender,Birth Date,,").unwrap();
        assert_eq!(header.dropped, ["Citizenship", "Gender", "Birth Date"]);
        assert_eq!(header.names.len(), 6);
    }

    #[test]
    fn marks_of_withholding_say_nothing() {
        for cell in [
            "",
            " ",
            "NA",
            "--",
            "(b)(6), (b)(7)(c)",
            "(B)(6);(B)(7)(C) ",
            "(b)(6), (b)(7)(c) (b)(7)(e)",
            "(B)(7)(E) ",
            "b(6), b(7)c",
        ] {
            assert!(says_nothing(cell), "{cell}");
        }
        for cell in ["b", "BRONX", "B6 UNIT", "(b)", "YES", "0", "b(6) jail"] {
            assert!(!says_nothing(cell), "{cell}");
        }
    }

    #[test]
    fn what_became_of_it_has_a_code() {
        assert_eq!(fate("Detainer Declined by LEA"), Some(Fate::Declined));
        assert_eq!(fate("lifted - lack of funds "), Some(Fate::EndedByRequester));
        assert_eq!(fate("Something New"), None);
    }
}
