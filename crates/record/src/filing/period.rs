//! The stretches of days that the four statutes make an agency answer for, and the day by which each filing is due.
//!
//! Sources: NYC Admin. Code §§ 9-131(f) and 14-154(f), by 1 September for the twelve months ended 30 June since Local
//! Law 228 of 2017, before it by 15 October for the twelve months ended 30 September; § 9-205(f), by 1 September for
//! the twelve months ended 30 June (Local Law 226 of 2017); § 10-178(d), every quarter, with no day set within the
//! quarter (Local Law 228 of 2017).
//! Not here: which day an event belongs to (see [`super::matter`]) and any other duty to report.

use std::fmt;
use std::str::FromStr;

use jiff::civil::{Date, date};
use serde::{Deserialize, Serialize};

/// A section of the Administrative Code that makes an agency publish a filing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Section {
    /// § 9-131(f), the Department of Correction.
    #[serde(rename = "9-131")]
    Correction,
    /// § 14-154(f), the Police Department.
    #[serde(rename = "14-154")]
    Police,
    /// § 9-205(f), the Department of Probation.
    #[serde(rename = "9-205")]
    Probation,
    /// § 10-178(d), the office that the mayor designates, for every agency.
    #[serde(rename = "10-178")]
    Resources,
    /// No section: an agency's statement about a quarter, which is this product's own practice. It is none of [`Section::ALL`].
    #[serde(rename = "statement")]
    Statement,
}

impl Section {
    /// The four of the statutes, in the order in which the product names them.
    pub const ALL: [Section; 4] = [Section::Correction, Section::Police, Section::Probation, Section::Resources];

    /// The section's number in the Administrative Code, as `9-131`.
    #[must_use]
    pub fn number(self) -> &'static str {
        match self {
            Section::Correction => "9-131",
            Section::Police => "14-154",
            Section::Probation => "9-205",
            Section::Resources => "10-178",
            Section::Statement => "statement",
        }
    }

    /// The subdivision that asks for the filing, as `9-131(f)`.
    #[must_use]
    pub fn subdivision(self) -> &'static str {
        match self {
            Section::Correction => "9-131(f)",
            Section::Police => "14-154(f)",
            Section::Probation => "9-205(f)",
            Section::Resources => "10-178(d)",
            Section::Statement => "statement",
        }
    }

    /// The agency that the section makes publish the filing, by the pack's name for it; `None` for § 10-178(d), which
    /// covers every agency and is made by an office that the mayor designates.
    #[must_use]
    pub fn agency(self) -> Option<&'static str> {
        match self {
            Section::Correction => Some("DOC"),
            Section::Police => Some("NYPD"),
            Section::Probation => Some("DOP"),
            Section::Resources | Section::Statement => None,
        }
    }

    fn quarterly(self) -> bool {
        matches!(self, Section::Resources | Section::Statement)
    }

    /// The last fiscal year that ended on 30 September, for the two sections that are older than July-to-June years.
    fn last_september_year(self) -> Option<i16> {
        match self {
            Section::Correction | Section::Police => Some(2017),
            Section::Probation | Section::Resources | Section::Statement => None,
        }
    }

    /// The first year (or year of quarters) for which the section's filing is known to exist: 2013 is the first year
    /// with a published figure, 2018 the first that Local Laws 226 and 228 of 2017 could reach.
    fn first_year(self) -> i16 {
        match self {
            Section::Correction | Section::Police => 2013,
            Section::Probation | Section::Resources | Section::Statement => 2018,
        }
    }
}

impl fmt::Display for Section {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.number())
    }
}

/// What is wrong with the name of a section.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("no filing is known under `{0}`: write one of 9-131, 14-154, 9-205, 10-178")]
pub struct SectionError(String);

impl FromStr for Section {
    type Err = SectionError;

    fn from_str(text: &str) -> Result<Section, SectionError> {
        Section::ALL
            .into_iter()
            .find(|section| text == section.number() || text == section.subdivision())
            .ok_or_else(|| SectionError(text.to_owned()))
    }
}

/// One statutory period: both of its days inclusive.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Period {
    /// Short name: `FY2027` (the fiscal year that ends in 2027) or `2026Q3`.
    pub name: String,
    /// First day counted.
    pub from: Date,
    /// Last day counted.
    pub to: Date,
    /// The day by which the statute wants the filing published; `None` where it sets no day (§ 10-178(d)).
    pub due: Option<Date>,
}

/// What is wrong with a period as somebody wrote it. Each says what to write instead.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum PeriodError {
    /// Neither a year, a quarter, nor two days.
    #[error("`{text}` is no period of {section}: write {example}")]
    Unreadable {
        /// What was written.
        text: String,
        /// For which filing.
        section: Section,
        /// What could be written.
        example: &'static str,
    },
    /// A quarter for a filing of a year, or a year for a filing of a quarter.
    #[error("`{text}`: {section} is filed by the {rhythm}, write {example}")]
    Rhythm {
        /// What was written.
        text: String,
        /// For which filing.
        section: Section,
        /// `year` or `quarter`.
        rhythm: &'static str,
        /// What could be written.
        example: &'static str,
    },
    /// Two days that are not the ends of a period which the statute knows.
    #[error(
        "`{text}` is not a period that {section} knows: the one that holds its first day is `{from}/{to}` ({name})"
    )]
    NotStatutory {
        /// What was written.
        text: String,
        /// For which filing.
        section: Section,
        /// The nearest period's first day.
        from: Date,
        /// The nearest period's last day.
        to: Date,
        /// The nearest period's name.
        name: String,
    },
    /// Before there was such a filing, or past what dates can say.
    #[error("`{text}`: the first period of {section} that is known here is {first}, the last {last}")]
    OutOfRange {
        /// What was written.
        text: String,
        /// For which filing.
        section: Section,
        /// First period known.
        first: String,
        /// Last period that dates can say.
        last: String,
    },
}

/// The last year taken: dates end with 9999, and a due day lies in the year a period ends.
const LAST_YEAR: i16 = 9998;
const YEAR_EXAMPLE: &str = "`FY2026` or `2025-07-01/2026-06-30`";
const QUARTER_EXAMPLE: &str = "`2026Q3` or `2026-07-01/2026-09-30`";

impl Period {
    /// Reads a period of `section`: `2026` or `FY2026` (the fiscal year that ends in 2026), `2026Q3`, or its two days
    /// as `2025-07-01/2026-06-30`.
    ///
    /// # Errors
    /// When the text is none of these, is no period of that section, or lies before the section's first.
    pub fn parse(section: Section, text: &str) -> Result<Period, PeriodError> {
        let text = text.trim();
        if let Some((from, to)) = text.split_once('/') {
            return Period::from_days(section, text, from, to);
        }
        let unreadable = || PeriodError::Unreadable {
            text: text.to_owned(),
            section,
            example: if section.quarterly() { QUARTER_EXAMPLE } else { YEAR_EXAMPLE },
        };
        if let Some((year, quarter)) = text.split_once(['Q', 'q']) {
            let year = four_digits(year).ok_or_else(unreadable)?;
            let quarter = match quarter {
                "1" => 1,
                "2" => 2,
                "3" => 3,
                "4" => 4,
                _ => return Err(unreadable()),
            };
            if !section.quarterly() {
                return Err(rhythm(section, text));
            }
            return Period::quarter(year, quarter).ok_or_else(|| out_of_range(section, text));
        }
        let year = text.strip_prefix("FY").or_else(|| text.strip_prefix("fy")).unwrap_or(text);
        let year = four_digits(year).ok_or_else(unreadable)?;
        if section.quarterly() {
            return Err(rhythm(section, text));
        }
        Period::year(section, year).ok_or_else(|| out_of_range(section, text))
    }

    fn from_days(section: Section, text: &str, from: &str, to: &str) -> Result<Period, PeriodError> {
        let (Ok(from), Ok(to)) = (from.parse::<Date>(), to.parse::<Date>()) else {
            return Err(PeriodError::Unreadable {
                text: text.to_owned(),
                section,
                example: if section.quarterly() { QUARTER_EXAMPLE } else { YEAR_EXAMPLE },
            });
        };
        let near = if section.quarterly() {
            Period::of(section, from)
        } else {
            // The year that the last day ends comes first: in 2017 a first day alone stands in two years.
            Period::year(section, to.year()).filter(|year| year.from == from).or_else(|| Period::of(section, from))
        };
        match near {
            Some(period) if (period.from, period.to) == (from, to) => Ok(period),
            Some(period) => Err(PeriodError::NotStatutory {
                text: text.to_owned(),
                section,
                from: period.from,
                to: period.to,
                name: period.name,
            }),
            None => Err(out_of_range(section, text)),
        }
    }

    /// The period of `section` that holds `day`; `None` before its first. The months July to September 2017 stand in
    /// two years of §§ 9-131(f) and 14-154(f) (the last that ended in September, the first that ended in June): this
    /// gives the earlier one.
    #[must_use]
    pub fn of(section: Section, day: Date) -> Option<Period> {
        if section.quarterly() {
            return Period::quarter(day.year(), (day.month() + 2) / 3);
        }
        [day.year(), day.year().checked_add(1)?]
            .into_iter()
            .filter_map(|year| Period::year(section, year))
            .find(|period| period.holds(day))
    }

    /// Whether `day` is one of the period's.
    #[must_use]
    pub fn holds(&self, day: Date) -> bool {
        self.from <= day && day <= self.to
    }

    /// Whether the first months of this year also stand in the year before it, as they do once: in the change of 2017.
    #[must_use]
    pub fn overlaps_the_year_before(&self, section: Section) -> bool {
        section.last_september_year().is_some_and(|last| self.name == format!("FY{}", last + 1))
    }

    fn year(section: Section, year: i16) -> Option<Period> {
        if !(section.first_year()..=LAST_YEAR).contains(&year) {
            return None;
        }
        let name = format!("FY{year}");
        Some(if section.last_september_year().is_some_and(|last| year <= last) {
            Period { name, from: date(year - 1, 10, 1), to: date(year, 9, 30), due: Some(date(year, 10, 15)) }
        } else {
            Period { name, from: date(year - 1, 7, 1), to: date(year, 6, 30), due: Some(date(year, 9, 1)) }
        })
    }

    fn quarter(year: i16, quarter: i8) -> Option<Period> {
        if !(Section::Resources.first_year()..=LAST_YEAR).contains(&year) || !(1..=4).contains(&quarter) {
            return None;
        }
        let from = date(year, quarter * 3 - 2, 1);
        let to = date(year, quarter * 3, 1).last_of_month();
        Some(Period { name: format!("{year}Q{quarter}"), from, to, due: None })
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}/{})", self.name, self.from, self.to)
    }
}

fn four_digits(text: &str) -> Option<i16> {
    (text.len() == 4 && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok()).flatten()
}

fn rhythm(section: Section, text: &str) -> PeriodError {
    let (rhythm, example) = if section.quarterly() { ("quarter", QUARTER_EXAMPLE) } else { ("year", YEAR_EXAMPLE) };
    PeriodError::Rhythm { text: text.to_owned(), section, rhythm, example }
}

fn out_of_range(section: Section, text: &str) -> PeriodError {
    let name = |year| if section.quarterly() { format!("{year}Q1") } else { format!("FY{year}") };
    PeriodError::OutOfRange { text: text.to_owned(), section, first: name(section.first_year()), last: name(LAST_YEAR) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use proptest::prelude::*;

    fn check(section: Section, text: &str, expected: Expect) {
        let said = match Period::parse(section, text) {
            Ok(period) => format!("{period} due {}", period.due.map_or("no day".to_owned(), |due| due.to_string())),
            Err(error) => error.to_string(),
        };
        expected.assert_eq(&said);
    }

    #[test]
    fn years_end_in_june() {
        check(Section::Correction, "2026", expect!["FY2026 (2025-07-01/2026-06-30) due 2026-09-01"]);
        check(Section::Police, "FY2027", expect!["FY2027 (2026-07-01/2027-06-30) due 2027-09-01"]);
        check(Section::Probation, "fy2018", expect!["FY2018 (2017-07-01/2018-06-30) due 2018-09-01"]);
        check(Section::Police, "2025-07-01/2026-06-30", expect!["FY2026 (2025-07-01/2026-06-30) due 2026-09-01"]);
    }

    #[test]
    fn before_2018_two_sections_ended_in_september() {
        check(Section::Correction, "FY2017", expect!["FY2017 (2016-10-01/2017-09-30) due 2017-10-15"]);
        check(Section::Police, "2012-10-01/2013-09-30", expect!["FY2013 (2012-10-01/2013-09-30) due 2013-10-15"]);
        check(Section::Police, "2017-07-01/2018-06-30", expect!["FY2018 (2017-07-01/2018-06-30) due 2018-09-01"]);
        assert!(Period::parse(Section::Police, "FY2018").unwrap().overlaps_the_year_before(Section::Police));
        assert!(!Period::parse(Section::Probation, "FY2018").unwrap().overlaps_the_year_before(Section::Probation));
    }

    #[test]
    fn quarters_have_no_due_day() {
        check(Section::Resources, "2026Q3", expect!["2026Q3 (2026-07-01/2026-09-30) due no day"]);
        check(Section::Resources, "2024q1", expect!["2024Q1 (2024-01-01/2024-03-31) due no day"]);
        check(Section::Resources, "2026-10-01/2026-12-31", expect!["2026Q4 (2026-10-01/2026-12-31) due no day"]);
    }

    #[test]
    fn what_is_no_period_is_told_what_to_write() {
        check(
            Section::Correction,
            "last year",
            expect!["`last year` is no period of 9-131: write `FY2026` or `2025-07-01/2026-06-30`"],
        );
        check(
            Section::Resources,
            "2026Q5",
            expect!["`2026Q5` is no period of 10-178: write `2026Q3` or `2026-07-01/2026-09-30`"],
        );
        check(
            Section::Resources,
            "2026",
            expect!["`2026`: 10-178 is filed by the quarter, write `2026Q3` or `2026-07-01/2026-09-30`"],
        );
        check(
            Section::Police,
            "2026Q3",
            expect!["`2026Q3`: 14-154 is filed by the year, write `FY2026` or `2025-07-01/2026-06-30`"],
        );
        check(
            Section::Police,
            "2025-08-01/2026-07-31",
            expect![[
                r#"`2025-08-01/2026-07-31` is not a period that 14-154 knows: the one that holds its first day is `2025-07-01/2026-06-30` (FY2026)"#
            ]],
        );
        check(
            Section::Resources,
            "2026-07-01/2027-06-30",
            expect![[
                r#"`2026-07-01/2027-06-30` is not a period that 10-178 knows: the one that holds its first day is `2026-07-01/2026-09-30` (2026Q3)"#
            ]],
        );
        check(
            Section::Probation,
            "2016",
            expect!["`2016`: the first period of 9-205 that is known here is FY2018, the last FY9998"],
        );
        check(
            Section::Resources,
            "2017Q4",
            expect!["`2017Q4`: the first period of 10-178 that is known here is 2018Q1, the last 9998Q1"],
        );
        check(
            Section::Police,
            "2026-06-31/2027-06-30",
            expect![[r#"`2026-06-31/2027-06-30` is no period of 14-154: write `FY2026` or `2025-07-01/2026-06-30`"#]],
        );
    }

    /// Vector H05: the last day of June and the first of July are due a year apart.
    #[test]
    fn vector_h05() {
        for section in [Section::Correction, Section::Police, Section::Probation] {
            let due = |day| Period::of(section, day).unwrap().due.unwrap();
            assert_eq!(due(date(2026, 6, 30)), date(2026, 9, 1));
            assert_eq!(due(date(2026, 7, 1)), date(2027, 9, 1));
        }
    }

    #[test]
    fn sections_by_name() {
        assert_eq!("9-131".parse(), Ok(Section::Correction));
        assert_eq!("10-178(d)".parse(), Ok(Section::Resources));
        expect!["no filing is known under `9-132`: write one of 9-131, 14-154, 9-205, 10-178"]
            .assert_eq(&"9-132".parse::<Section>().unwrap_err().to_string());
    }

    proptest! {
        /// Every day since 2018 stands in exactly one period of each section, and both spellings of it agree.
        #[test]
        fn each_day_has_one_period(days in 0i32..40_000, section in prop::sample::select(Section::ALL.to_vec())) {
            use jiff::ToSpan as _;
            let day = date(2018, 7, 1).checked_add(days.days()).unwrap();
            let period = Period::of(section, day).unwrap();
            prop_assert!(period.holds(day));
            prop_assert_eq!(&Period::parse(section, &period.name).unwrap(), &period);
            prop_assert_eq!(&Period::parse(section, &format!("{}/{}", period.from, period.to)).unwrap(), &period);
            let next = Period::of(section, period.to.tomorrow().unwrap()).unwrap();
            prop_assert_eq!(next.from, period.to.tomorrow().unwrap());
        }

        #[test]
        fn no_text_breaks_the_reader(text in "\\PC{0,24}", section in prop::sample::select(Section::ALL.to_vec())) {
            if let Ok(period) = Period::parse(section, &text) {
                prop_assert!(period.from < period.to);
            }
        }
    }
}
