//! Published figures as the demo city reads them: how many requests of what kind, to whom, in which period, and how answered.

use jiff::civil::Date;

/// What a figure counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Detainers, none of them honored.
    DetainerNotHonored,
    /// Detainers that were honored, on a judge's warrant.
    DetainerHonored,
    /// Detainers under the law before Local Laws 58 and 59 of 2014, after which the person was handed over.
    DetainerHandedOver,
    /// Detainers on which the coming release was told and the person then handed over, without holding anybody.
    ReleaseNotified,
    /// Questions about a person in custody that were answered, about persons with a qualifying conviction.
    InformationGiven,
    /// Requests for help under 10-178(d) that were refused.
    HelpRefused,
    /// Requests for help under 10-178(d) that were agreed to.
    HelpGiven,
}

/// So many requests of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figure {
    /// The agency that was asked, in the pack's words; none = spread over agencies.
    pub agency: Option<&'static str>,
    /// The first day.
    pub from: Date,
    /// The last day.
    pub through: Date,
    /// What.
    pub kind: Kind,
    /// How many.
    pub count: u32,
    /// Where it was published.
    pub source: String,
}

/// Why the figures cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum FiguresError {
    /// The file is no CSV of the known columns.
    #[error("row {row} cannot be read as a published figure")]
    Row {
        /// The row, the header being 1.
        row: usize,
        /// Why.
        #[source]
        source: csv::Error,
    },
    /// A count that is no number.
    #[error("row {row}, column `value`: `{value}` is no whole number")]
    Count {
        /// The row, the header being 1.
        row: usize,
        /// The text.
        value: String,
    },
}

#[derive(serde::Deserialize)]
struct Row {
    agency: String,
    period: String,
    metric: String,
    value: String,
    source_url: String,
}

/// Reads `published_figures.csv` (columns `law_section, agency, period, metric, value, source_url`).
///
/// A row that counts something else (sums of other rows, figures from before the laws, shares of persons) is left out. Where a
/// period has both a total and a part of it (received and honored), the part is taken out of the total.
///
/// # Errors
/// A row that cannot be read, with its number.
pub fn figures(bytes: &[u8]) -> Result<Vec<Figure>, FiguresError> {
    let mut found: Vec<Figure> = Vec::new();
    for (at, row) in csv::Reader::from_reader(bytes).deserialize::<Row>().enumerate() {
        let number = at + 2;
        let row = row.map_err(|source| FiguresError::Row { row: number, source })?;
        let Some((from, through)) = period(&row.period) else { continue };
        let count: u32 =
            row.value.parse().map_err(|_| FiguresError::Count { row: number, value: row.value.clone() })?;
        let agency = match row.agency.as_str() {
            "DOC" => Some("DOC"),
            "NYPD" => Some("NYPD"),
            agency if agency.starts_with("all agencies") => None,
            _ => continue,
        };
        let Some(kind) = kind(&row.metric) else { continue };
        found.push(Figure { agency, from, through, kind, count, source: row.source_url });
    }
    let parts: Vec<(Option<&str>, Date, Kind, u32)> =
        found.iter().map(|figure| (figure.agency, figure.from, figure.kind, figure.count)).collect();
    for figure in &mut found {
        let part = |kind| -> u32 {
            parts
                .iter()
                .filter(|part| (part.0, part.1, part.2) == (figure.agency, figure.from, kind))
                .map(|part| part.3)
                .sum()
        };
        let less = match figure.kind {
            Kind::DetainerNotHonored => part(Kind::DetainerHonored) + part(Kind::ReleaseNotified),
            Kind::HelpRefused => part(Kind::HelpGiven),
            _ => 0,
        };
        figure.count = figure.count.saturating_sub(less);
    }
    found.retain(|figure| figure.count > 0);
    Ok(found)
}

fn kind(metric: &str) -> Option<Kind> {
    let lodged = metric.starts_with("civil immigration detainers lodged")
        || metric.starts_with("civil immigration detainers received")
        || metric == "civil immigration detainers not honored";
    if lodged {
        Some(Kind::DetainerNotHonored)
    } else if metric.starts_with("civil immigration detainers honored") {
        Some(Kind::DetainerHonored)
    } else if metric.starts_with("persons handed over to federal") {
        Some(Kind::DetainerHandedOver)
    } else if metric.starts_with("persons whose coming release was notified") {
        Some(Kind::ReleaseNotified)
    } else if metric.starts_with("responses honoring information requests concerning") {
        Some(Kind::InformationGiven)
    } else if metric.starts_with("federal requests for help received") {
        Some(Kind::HelpRefused)
    } else if metric.starts_with("federal requests agreed to") {
        Some(Kind::HelpGiven)
    } else {
        None
    }
}

/// `2018-07-01/2019-06-30`, or a calendar year that stands before a remark in brackets.
fn period(text: &str) -> Option<(Date, Date)> {
    if let Some((from, through)) = text.split_once('/') {
        return Some((from.parse().ok()?, through.parse().ok()?));
    }
    let year: i16 = text.get(..4)?.parse().ok()?;
    let named_year = text.len() == 4 || text.get(4..5) == Some(" ");
    // 2009 is before the laws, and is a count of persons.
    (named_year && year >= 2013).then_some(())?;
    Some((Date::new(year, 1, 1).ok()?, Date::new(year, 12, 31).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHIPPED: &[u8] = include_bytes!("../../../../packs/nyc/published_figures.csv");

    #[test]
    fn the_shipped_figures_give_the_published_totals() {
        let all = figures(SHIPPED).unwrap();
        let sum = |agency, year: i16, kind| -> u32 {
            all.iter().filter(|f| (f.agency, f.from.year(), f.kind) == (agency, year, kind)).map(|f| f.count).sum()
        };
        assert_eq!(sum(Some("NYPD"), 2018, Kind::DetainerNotHonored), 2916);
        assert_eq!(sum(Some("NYPD"), 2018, Kind::InformationGiven), 7);
        assert_eq!(sum(Some("NYPD"), 2016, Kind::DetainerNotHonored), 78, "80 received less 2 honored");
        assert_eq!(sum(Some("NYPD"), 2016, Kind::DetainerHonored), 2);
        assert_eq!(sum(Some("DOC"), 2016, Kind::DetainerNotHonored), 516, "536 lodged less 20 answered by a notice");
        assert_eq!(sum(Some("DOC"), 2016, Kind::ReleaseNotified), 20);
        assert_eq!(sum(Some("DOC"), 2012, Kind::DetainerHandedOver), 3074);
        assert_eq!(sum(None, 2024, Kind::HelpRefused), 250, "261 received less 11 agreed to");
        assert_eq!(sum(None, 2024, Kind::HelpGiven), 11);
    }

    #[test]
    fn a_count_that_is_no_number_is_named_with_its_row() {
        let text = b"law_section,agency,period,metric,value,source_url\n9-131,DOC,2016-10-01/2017-09-30,civil immigration detainers lodged,many,x\n";
        let error = figures(text).unwrap_err();
        assert_eq!(error.to_string(), "row 2, column `value`: `many` is no whole number");
    }
}
