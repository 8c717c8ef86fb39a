//! Whether a crime is a "violent or serious crime": the enacted list and its clauses, 9-131(a)(7) = 14-154(a)(6).
//!
//! The list is data (`vocabulary/violent_or_serious_crimes.toml`). Here is how an entry is read: a section stands for all its
//! subdivisions, `120.04-a(4)` for that one, `265.02(2)-(8)` for those seven. A record that gives such a section without the
//! subdivision leaves the answer open. Which sections succeeded a listed one (9-131(g), 14-154(g)) is for counsel.

use std::fmt;

use jiff::civil::Date;

use super::Verdict;
use crate::{
    facts::{Conviction, Form, Grade, Law},
    vocabulary::ViolentOrSerious,
};

/// A section of a statute with its subdivisions, as a record gives it: `265.02(3)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    base: String,
    subdivisions: Vec<String>,
}

/// One entry of a list of sections: a section, or a run of its subdivisions.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Listed {
    section: Section,
    /// The last subdivision of a run that begins with the section's own.
    to: Option<u32>,
}

/// Whether a section is an entry of a list.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Match {
    Yes,
    No,
    /// The entry names a subdivision, the record does not.
    NeedsSubdivision,
    /// The entry is a run of numbered subdivisions, and the record's is not a plain number.
    Unclear,
}

impl Section {
    /// Reads `265.02(3)`, with or without `PL`, `VTL` or the section sign before it; none when it is written in any other way.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let lower = text.to_lowercase();
        let mut rest = lower.trim();
        for lead in ["penal law", "pl", "vehicle and traffic law", "vtl", "§"] {
            rest = rest.strip_prefix(lead).unwrap_or(rest).trim_start();
        }
        let base_len = rest.find('(').unwrap_or(rest.len());
        let (base, mut tail) = rest.split_at_checked(base_len)?;
        let base = base.trim_end();
        let well_formed = base.starts_with(|c: char| c.is_ascii_digit())
            && !base.ends_with(['.', '-'])
            && base.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_lowercase() || b == b'.' || b == b'-');
        if !well_formed {
            return None;
        }
        let mut subdivisions = Vec::new();
        while !tail.is_empty() {
            let (inside, after) = tail.trim_start().strip_prefix('(')?.split_once(')')?;
            let inside = inside.trim();
            if inside.is_empty() || !inside.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
                return None;
            }
            subdivisions.push(inside.to_owned());
            tail = after.trim();
        }
        Some(Self { base: base.to_owned(), subdivisions })
    }

    /// The article: what stands before the point.
    fn article(&self) -> &str {
        self.base.split('.').next().unwrap_or_default()
    }
}

impl fmt::Display for Section {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.base)?;
        self.subdivisions.iter().try_for_each(|s| write!(f, "({s})"))
    }
}

impl Listed {
    fn parse(text: &str) -> Option<Self> {
        let Some((first, last)) = text.split_once(")-(") else {
            return Some(Self { section: Section::parse(text)?, to: None });
        };
        let section = Section::parse(&format!("{first})"))?;
        let to: u32 = last.strip_suffix(')')?.parse().ok()?;
        let from: u32 = section.subdivisions.last()?.parse().ok()?;
        (from < to).then_some(Self { section, to: Some(to) })
    }

    fn matches(&self, given: &Section) -> Match {
        if self.section.base != given.base {
            return Match::No;
        }
        for (i, wanted) in self.section.subdivisions.iter().enumerate() {
            let Some(got) = given.subdivisions.get(i) else { return Match::NeedsSubdivision };
            match self.to {
                Some(to) if i + 1 == self.section.subdivisions.len() => {
                    return match (wanted.parse::<u32>(), got.parse::<u32>()) {
                        (Ok(from), Ok(n)) if (from..=to).contains(&n) => Match::Yes,
                        (Ok(_), Ok(_)) => Match::No,
                        _ => Match::Unclear,
                    };
                }
                _ if wanted == got => {}
                _ => return Match::No,
            }
        }
        Match::Yes
    }
}

/// A list of sections has an entry that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a section such as `120.05`, `120.04-a(4)` or `265.02(2)-(8)`")]
pub struct UnreadableSection(
    /// The entry.
    pub String,
);

/// Checks that every entry of the list can be read, so that a slip in the pack is refused when the pack is loaded.
///
/// # Errors
/// The first entry that cannot be read.
pub fn check_list(list: &ViolentOrSerious) -> Result<(), UnreadableSection> {
    let entries = list.penal_law.iter().chain(&list.vehicle_and_traffic_law);
    let entries = entries.chain(list.added.iter().map(|added| &added.section));
    for entry in entries.chain(list.successor.iter().flat_map(|it| std::iter::once(&it.section).chain(&it.successor))) {
        Listed::parse(entry).ok_or_else(|| UnreadableSection(entry.clone()))?;
    }
    match list.inchoate.keys().find(|form| Form::parse(form).is_none()) {
        Some(form) => Err(UnreadableSection(form.clone())),
        None => Ok(()),
    }
}

/// Whether the crime of this entry is a violent or serious crime on the day of the question, with the sentence that says why.
///
/// Whether the entry is a conviction at all, and when, is not looked at here.
#[must_use]
pub fn violent_or_serious(list: &ViolentOrSerious, conviction: &Conviction, on: Date) -> (Verdict, String) {
    if !list.days.contains(on) || list.penal_law.is_empty() {
        return (Verdict::Unknown, format!("no list of violent or serious crimes is in force on {on}"));
    }
    match conviction.law {
        None => (Verdict::Unknown, "it is not known under whose law the conviction was".into()),
        Some(Law::Federal | Law::OtherState) => equivalent(conviction),
        Some(law) => in_new_york(list, conviction, law, on),
    }
}

/// Elsewhere: both a predicate felony conviction (Penal Law 70.06(1)(b)(i)) and the equivalent of a listed crime.
fn equivalent(conviction: &Conviction) -> (Verdict, String) {
    match (conviction.predicate_felony, conviction.equivalent) {
        (Some(false), _) => {
            (Verdict::No, "a conviction elsewhere that would not be a predicate felony conviction in New York".into())
        }
        (_, Some(false)) => {
            (Verdict::No, "a conviction elsewhere, of no equivalent of a violent or serious crime".into())
        }
        (Some(true), Some(true)) => (
            Verdict::Yes,
            "a predicate felony conviction elsewhere, of the equivalent of a violent or serious crime".into(),
        ),
        (None, _) => (
            Verdict::Unknown,
            "it is not known whether the conviction elsewhere would be a predicate felony conviction in New York"
                .into(),
        ),
        (_, None) => (
            Verdict::Unknown,
            "it is not known whether the crime elsewhere is the equivalent of a violent or serious crime".into(),
        ),
    }
}

fn in_new_york(list: &ViolentOrSerious, conviction: &Conviction, law: Law, on: Date) -> (Verdict, String) {
    if let Some(grade @ (Grade::Misdemeanor | Grade::Violation)) = conviction.grade {
        return (Verdict::No, format!("a {grade}, and only felonies are violent or serious crimes"));
    }
    let (listed, why) = on_the_list(list, conviction, law, on);
    let hate = if list.hate_crime_felonies { conviction.hate_crime } else { Some(false) };
    match (listed, hate, conviction.grade) {
        (Verdict::Yes, _, Some(Grade::Felony)) => (Verdict::Yes, why),
        (_, Some(true), Some(Grade::Felony)) => (Verdict::Yes, "a hate crime that is a felony, clause (ii)".into()),
        (Verdict::No, Some(false), _) => (Verdict::No, why),
        (Verdict::No, None, _) => (Verdict::Unknown, format!("{why}, and it is not known whether it was a hate crime")),
        (_, _, None) => (Verdict::Unknown, format!("{why}, and it is not known whether the crime was a felony")),
        (verdict, _, _) => (verdict, why),
    }
}

/// The list and its clauses (iii) to (v), whatever the grade.
fn on_the_list(list: &ViolentOrSerious, conviction: &Conviction, law: Law, on: Date) -> (Verdict, String) {
    let Some(text) = &conviction.section else {
        return (Verdict::Unknown, "the section is not known".into());
    };
    let Some(section) = Section::parse(text) else {
        return (Verdict::Unknown, format!("`{text}` cannot be read as a section such as `265.02(3)`"));
    };
    if law == Law::NyPenal
        && let Some(entry) = list.successor.iter().find(|entry| {
            entry.days.contains(on)
                && std::iter::once(&entry.section)
                    .chain(&entry.successor)
                    .filter_map(|text| Listed::parse(text))
                    .any(|listed| listed.matches(&section) != Match::No)
        })
    {
        let why = format!(
            "section {section} stands in counsel's table of listed sections that were repealed or renumbered (`{}`, {})",
            entry.section, entry.citation
        );
        return (Verdict::Disputed, why);
    }
    let completed = matches!(conviction.form, Some(Form::Completed));
    if let Some((form, _)) = list.inchoate.iter().find(|(_, article)| article.as_str() == section.article())
        && law == Law::NyPenal
        && conviction.form.is_none_or(|form| form == Form::Completed)
    {
        let why =
            format!("section {section} is {form}: give the section of the crime aimed at, and `{form}` as the form");
        return (Verdict::Unknown, why);
    }
    let entries = match law {
        Law::NyPenal => list.penal_law.as_slice(),
        Law::NyVehicleTraffic => list.vehicle_and_traffic_law.as_slice(),
        Law::NyOther | Law::Federal | Law::OtherState => &[],
    };
    let (verdict, why) = among(entries.iter().map(String::as_str), &section, "the list");
    let added = list.added.iter().filter(|added| added.law == law.as_str() && added.days.contains(on));
    let (by_rule, why_by_rule) = among(added.map(|added| added.section.as_str()), &section, "the crimes added by rule");
    let (verdict, why) = if verdict == Verdict::No {
        (by_rule, if by_rule == Verdict::No { why } else { why_by_rule })
    } else {
        (verdict, why)
    };
    match conviction.form {
        Some(Form::Completed) | None => (verdict, why),
        Some(_) if verdict == Verdict::No => (verdict, why),
        Some(form) if !list.inchoate.contains_key(form.as_str()) => {
            (Verdict::No, format!("{form} is none of the forms that clause (iii) names"))
        }
        // Clause (iii) speaks of the crimes of the list; whether it reaches those of the other clauses is arguable.
        Some(form)
            if verdict == Verdict::Yes
                && (law != Law::NyPenal || by_rule == Verdict::Yes && !completed)
                && !listed_itself(list, &section) =>
        {
            (
                Verdict::Disputed,
                format!(
                    "{form} at a crime that is not itself on the list: whether clause (iii) reaches it is for counsel"
                ),
            )
        }
        Some(form) => (verdict, format!("{form}: {why}")),
    }
}

fn listed_itself(list: &ViolentOrSerious, section: &Section) -> bool {
    list.penal_law.iter().filter_map(|entry| Listed::parse(entry)).any(|entry| entry.matches(section) == Match::Yes)
}

/// Whether a section is among the entries of a list.
fn among<'a>(entries: impl Iterator<Item = &'a str>, section: &Section, list: &str) -> (Verdict, String) {
    let mut open = None;
    for entry in entries {
        let Some(listed) = Listed::parse(entry) else {
            open = Some((Verdict::Unknown, format!("{list} has an entry `{entry}` that cannot be read")));
            continue;
        };
        match listed.matches(section) {
            Match::Yes => return (Verdict::Yes, format!("section {section} is on {list}: `{entry}`")),
            Match::No => {}
            Match::NeedsSubdivision => {
                let why = format!("section {section} is on {list} only as `{entry}`, and the subdivision is not given");
                open = Some((Verdict::Unknown, why));
            }
            Match::Unclear => {
                let why = format!("whether section {section} is within `{entry}` of {list} is for counsel");
                open = Some((Verdict::Disputed, why));
            }
        }
    }
    open.unwrap_or_else(|| (Verdict::No, format!("section {section} is not on {list}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(entry: &str, given: &str) -> Match {
        Listed::parse(entry).unwrap().matches(&Section::parse(given).unwrap())
    }

    #[test]
    fn sections_are_read_as_records_write_them() {
        for text in ["265.02(3)", "PL 265.02 (3)", "Penal Law § 265.02(3)", " 265.02(3) "] {
            assert_eq!(Section::parse(text).unwrap().to_string(), "265.02(3)", "{text}");
        }
        assert_eq!(Section::parse("120.04-A(4)").unwrap().to_string(), "120.04-a(4)");
        assert_eq!(Section::parse("VTL 600").unwrap().to_string(), "600");
        for bad in
            ["", "robbery", "160.", "160.10 second degree", "160.10(", "160.10()", "160.10(2", "(2)", "160.10(2)x"]
        {
            assert_eq!(Section::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn an_entry_covers_its_subdivisions_and_no_more() {
        assert!(matches("120.05", "120.05(7)") == Match::Yes);
        assert!(matches("120.04", "120.04-a(4)") == Match::No);
        assert!(matches("120.04-a(4)", "120.04-a(4)") == Match::Yes);
        assert!(matches("120.04-a(4)", "120.04-a(3)") == Match::No);
        assert!(matches("120.04-a(4)", "120.04-a") == Match::NeedsSubdivision);
        assert!(matches("135.65(2)(b)", "135.65(2)(b)") == Match::Yes);
        assert!(matches("135.65(2)(b)", "135.65(2)(a)") == Match::No);
        assert!(matches("135.65(2)(b)", "135.65(1)") == Match::No);
        assert!(matches("135.65(2)(b)", "135.65(2)") == Match::NeedsSubdivision);
        for n in 2..=8 {
            assert!(matches("265.02(2)-(8)", &format!("265.02({n})")) == Match::Yes);
        }
        assert!(matches("265.02(2)-(8)", "265.02(1)") == Match::No);
        assert!(matches("265.02(2)-(8)", "265.02(9)") == Match::No);
        assert!(matches("265.02(2)-(8)", "265.02(5)(ii)") == Match::Yes);
        assert!(matches("265.02(2)-(8)", "265.02") == Match::NeedsSubdivision);
        assert!(matches("265.02(2)-(8)", "265.02(5-a)") == Match::Unclear);
        assert!(Listed::parse("265.02(8)-(2)").is_none());
    }
}
