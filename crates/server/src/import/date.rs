//! The days of the releases, in every form that they come in.
//!
//! ISO days (`2014-12-01`), ISO instants cut to the day (`2025-02-05 14:30:00`, `2025-02-05T14:30:00Z`), and the American
//! forms of the agency's own tables (`10/1/2015`, `10/1/15`, `10/1/2015 14:30`). A year of two digits is of this century:
//! the earliest release begins in 2007; of a conviction or an order, which may be older, it is the last such year that is
//! not after the detainer. Time of day is dropped: the law counts days, and the release says no zone.

use jiff::civil::Date;

/// The first day that a release can speak of: the agency that made them was founded on it.
pub const FIRST_DAY: Date = Date::constant(2003, 3, 1);

/// Reads a day in any of the releases' forms.
///
/// # Errors
/// A sentence that quotes the cell, when it is no day of the calendar or lies before [`FIRST_DAY`].
pub fn parse(cell: &str) -> Result<Date, String> {
    let text = cell.trim();
    match any(text, 2000)? {
        date if date < FIRST_DAY => {
            Err(format!("`{}` is before {FIRST_DAY}, when the agency that lodges detainers began", shorten(text)))
        }
        date => Ok(date),
    }
}

/// The first day that what a detainer tells of a person's past can speak of; an earlier one is a slip.
pub const FIRST_PAST_DAY: Date = Date::constant(1900, 1, 1);

/// Reads a day of a person's past, which a detainer of `detainer` tells of: a conviction, an order, a warrant.
///
/// # Errors
/// A sentence that quotes the cell, when it is no day of the calendar or lies before [`FIRST_PAST_DAY`].
pub fn past(cell: &str, detainer: Date) -> Result<Date, String> {
    let text = cell.trim();
    let date = match any(text, 2000)? {
        later if later > detainer => any(text, 1900)?,
        date => date,
    };
    if date < FIRST_PAST_DAY {
        return Err(format!("`{}` is before {FIRST_PAST_DAY}", shorten(text)));
    }
    Ok(date)
}

/// Reads a day; a year of two digits is of this century (its first year).
fn any(text: &str, century: i16) -> Result<Date, String> {
    let day = text.split([' ', 'T']).next().unwrap_or(text);
    let date = if day.contains('/') { american(day, century) } else { iso(day) };
    date.ok_or_else(|| {
        format!("`{}` is no day of the calendar (read as YYYY-MM-DD or, with slashes, month/day/year)", shorten(text))
    })
}

fn iso(day: &str) -> Option<Date> {
    let mut parts = day.split('-');
    let (year, month, of_month) = (number(parts.next()?, 4)?, number(parts.next()?, 2)?, number(parts.next()?, 2)?);
    if parts.next().is_some() || day.split('-').next()?.len() != 4 {
        return None;
    }
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(of_month).ok()?).ok()
}

fn american(day: &str, century: i16) -> Option<Date> {
    let mut parts = day.split('/');
    let (month, of_month, year) = (number(parts.next()?, 2)?, number(parts.next()?, 2)?, parts.next()?);
    let year = match year.len() {
        2 => century + number(year, 2)?,
        4 => number(year, 4)?,
        _ => return None,
    };
    if parts.next().is_some() {
        return None;
    }
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(of_month).ok()?).ok()
}

fn number(digits: &str, most: usize) -> Option<i16> {
    if digits.is_empty() || digits.len() > most || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    digits.parse().ok()
}

/// At most 60 characters of a cell, for a message.
pub(super) fn shorten(text: &str) -> String {
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_the_releases_is_one_day() {
        for (cell, day) in [
            ("2014-12-01", "2014-12-01"),
            (" 2014-12-01 ", "2014-12-01"),
            ("2025-02-05 14:30:00", "2025-02-05"),
            ("2025-02-05T14:30:00Z", "2025-02-05"),
            ("10/1/2015", "2015-10-01"),
            ("10/01/15", "2015-10-01"),
            ("2/29/2016 0:00", "2016-02-29"),
        ] {
            assert_eq!(parse(cell).unwrap().to_string(), day, "{cell}");
        }
    }

    #[test]
    fn what_a_detainer_tells_of_may_be_older_than_the_agency() {
        let detainer = Date::constant(2025, 1, 30);
        for (cell, day) in [
            ("2001-01-01", "2001-01-01"),
            ("6/30/1984", "1984-06-30"),
            ("6/30/84", "1984-06-30"),
            ("6/30/24", "2024-06-30"),
            ("2025-06-30", "2025-06-30"),
        ] {
            assert_eq!(past(cell, detainer).unwrap().to_string(), day, "{cell}");
        }
        assert!(past("1899-12-31", detainer).unwrap_err().contains("`1899-12-31`"));
        assert!(past("2/30/84", detainer).unwrap_err().contains("no day of the calendar"));
    }

    #[test]
    fn what_is_no_day_is_refused_and_quoted() {
        for cell in [
            "2015-02-30",
            "13/1/2015",
            "2/29/2015",
            "",
            "15-02-03",
            "2015-2",
            "0001-01-01",
            "1999-01-01",
            "99999-01-01",
            "2015-01-01-01",
            "1/1/2015/1",
            "13AB",
            "-5/1/2015",
            "10/1/215",
        ] {
            let error = parse(cell).unwrap_err();
            assert!(error.contains(&format!("`{cell}`")), "{error}");
        }
    }
}
