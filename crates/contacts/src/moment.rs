//! The day in the city on which a line of a log says that something happened.
//!
//! Each line stands for itself, so a clock that goes backwards changes nothing. Where a log has no year (RFC 3164) it is the
//! latest in which the day is not after today.

use jiff::{
    Timestamp,
    civil::{Date, DateTime},
    fmt::{rfc2822, strtime},
    tz::TimeZone,
};

static DATE_PARSER: rfc2822::DateTimeParser = rfc2822::DateTimeParser::new().relaxed_weekday(true);

fn text(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok().map(str::trim)
}

/// The `Date` of a message (RFC 5322, section 3.3).
pub(crate) fn of_message(bytes: &[u8], city: &TimeZone) -> Option<Date> {
    let moment = DATE_PARSER.parse_timestamp(text(bytes)?).ok()?;
    Some(moment.to_zoned(city.clone()).date())
}

/// What mbox writes after the sender of a `From ` line: `Mon Jun 15 14:05:00 2026`, in no zone that is said.
pub(crate) fn of_envelope(line: &[u8]) -> Option<Date> {
    let words: Vec<&str> = text(line)?.split_ascii_whitespace().collect();
    let from = words.iter().rposition(|word| is_month(word))?;
    let (month, day) = (words.get(from)?, words.get(from + 1)?);
    let year =
        words.get(from + 2..)?.iter().find(|word| word.len() == 4 && word.bytes().all(|it| it.is_ascii_digit()))?;
    Date::new(year.parse().ok()?, number_of(month)?, day.parse().ok()?).ok()
}

/// Whether a line is surely what mbox writes before a message, and no sentence: weekday, month, day and time in a row.
pub(crate) fn is_envelope(line: &[u8]) -> bool {
    let Some(line) = text(line) else { return false };
    let words: Vec<&str> = line.split_ascii_whitespace().collect();
    let in_a_row = |words: &[&str]| match words {
        [weekday, month, day, time] => {
            DAYS.contains(weekday)
                && is_month(month)
                && day.parse::<u8>().is_ok()
                && time.as_bytes().get(2) == Some(&b':')
        }
        _ => false,
    };
    words.first() == Some(&"From") && words.windows(4).any(in_a_row) && of_envelope(line.as_bytes()).is_some()
}

/// A time with or without an offset: `2026-06-15T13:05:22.5Z`, `2026-06-15 13:05`, `6/15/2026 1:05:22 PM`. Without one it is
/// of the zone `written`.
pub(crate) fn of_row(bytes: &[u8], written: &TimeZone, city: &TimeZone) -> Option<Date> {
    let text = text(bytes)?;
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Some(moment.to_zoned(city.clone()).date());
    }
    let time: DateTime = text.parse().ok().or_else(|| american(text))?;
    in_city(time, written, city)
}

/// A time in a form that a mapping gives.
pub(crate) fn in_form(bytes: &[u8], form: &str, written: &TimeZone, city: &TimeZone) -> Option<Date> {
    let parsed = strtime::parse(form, text(bytes)?).ok()?;
    if let Ok(moment) = parsed.to_timestamp() {
        return Some(moment.to_zoned(city.clone()).date());
    }
    let time = parsed.to_datetime().or_else(|_| parsed.to_date().map(|date| date.at(12, 0, 0, 0))).ok()?;
    in_city(time, written, city)
}

fn in_city(time: DateTime, written: &TimeZone, city: &TimeZone) -> Option<Date> {
    if written == city {
        return Some(time.date());
    }
    Some(time.to_zoned(written.clone()).ok()?.with_time_zone(city.clone()).date())
}

fn american(text: &str) -> Option<DateTime> {
    // Newer systems write a narrow space that does not break before `AM` and `PM`.
    let text = text.replace(['\u{202f}', '\u{a0}'], " ");
    let forms = ["%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %I:%M %p", "%m/%d/%Y %H:%M"];
    forms.iter().find_map(|form| DateTime::strptime(form, &text).ok())
}

const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

fn is_month(word: &str) -> bool {
    MONTHS.contains(&word)
}

fn number_of(month: &str) -> Option<i8> {
    MONTHS.iter().zip(1..).find(|(name, _)| **name == month).map(|(_, number)| number)
}

/// The beginning of a line of syslog: how much of it the time is, and nothing of what it says.
pub(crate) fn length_in_log(line: &[u8]) -> Option<usize> {
    let first = line.first()?;
    if first.is_ascii_digit() {
        let end = memchr::memchr(b' ', line)?;
        return (end >= 19 && line.get(4) == Some(&b'-') && line.get(10) == Some(&b'T')).then_some(end);
    }
    let stamp = line.get(..15)?;
    let place = |at: usize, wanted: u8| stamp.get(at) == Some(&wanted);
    (first.is_ascii_uppercase() && place(3, b' ') && place(6, b' ') && place(9, b':') && place(12, b':')).then_some(15)
}

/// The day of such a time.
pub(crate) fn of_log(stamp: &[u8], today: Date, city: &TimeZone) -> Option<Date> {
    let stamp = text(stamp)?;
    if stamp.starts_with(|first: char| first.is_ascii_digit()) {
        return of_row(stamp.as_bytes(), city, city);
    }
    let month = number_of(stamp.get(..3)?)?;
    let day: i8 = stamp.get(4..6)?.trim().parse().ok()?;
    // Eight years hold a 29 February.
    (0..=8).find_map(|back| Date::new(today.year() - back, month, day).ok().filter(|date| *date <= today))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn city() -> TimeZone {
        TimeZone::get("America/New_York").unwrap()
    }

    #[test]
    fn days_are_the_city_s() {
        let city = city();
        for (text, day) in [
            ("Mon, 15 Jun 2026 23:30:00 -0400", Some(date(2026, 6, 15))),
            ("Tue, 16 Jun 2026 03:30:00 +0000", Some(date(2026, 6, 15))),
            ("Sun, 15 Jun 2026 12:00:00 GMT", Some(date(2026, 6, 15))),
            ("15 Jun 2026 12:00 +0000 (UTC)", Some(date(2026, 6, 15))),
            ("yesterday", None),
            ("", None),
        ] {
            assert_eq!(of_message(text.as_bytes(), &city), day, "{text}");
        }
        for (text, day) in [
            ("2026-06-16T03:30:00.1234567Z", Some(date(2026, 6, 15))),
            ("2026-06-16 03:30:00", Some(date(2026, 6, 15))),
            ("6/16/2026 3:30:00 AM", Some(date(2026, 6, 15))),
            ("2026-06-16T03:30:00-04:00", Some(date(2026, 6, 16))),
            ("2026-06-16T03:30:00-0400", Some(date(2026, 6, 16))),
            ("2026-06-16 03:30:00Z", Some(date(2026, 6, 15))),
            ("6/16/2026 3:30:00\u{202f}AM", Some(date(2026, 6, 15))),
            ("6/16/2026 3:30:00\u{a0}PM", Some(date(2026, 6, 16))),
            ("16.6.2026", None),
        ] {
            assert_eq!(of_row(text.as_bytes(), &TimeZone::UTC, &city), day, "{text}");
        }
        assert_eq!(in_form(b"15.06.2026 08:00", "%d.%m.%Y %H:%M", &city, &city), Some(date(2026, 6, 15)));
        assert_eq!(in_form(b"15.06.2026", "%d.%m.%Y", &city, &city), Some(date(2026, 6, 15)));
        assert_eq!(of_envelope(b"From a@example.org Mon Jun 15 14:05:00 2026"), Some(date(2026, 6, 15)));
        assert_eq!(of_envelope(b"From May I ask"), None);
        for (line, is) in [
            ("From a@example.org Mon Jun 15 14:05:00 2026", true),
            ("From - Mon Jun  5 14:05:00 2026", true),
            ("From what was said on Mon Jun 15 of 2026", false),
            ("From Jun 15 2026 on", false),
            (">From a Mon Jun 15 14:05:00 2026", false),
            ("", false),
        ] {
            assert_eq!(is_envelope(line.as_bytes()), is, "{line}");
        }
    }

    #[test]
    fn a_log_without_years_is_of_the_latest_that_fits() {
        let (today, city) = (date(2026, 1, 3), city());
        let day = |stamp: &[u8]| of_log(stamp, today, &city);
        assert_eq!(day(b"Jan  3 00:00:01"), Some(date(2026, 1, 3)));
        assert_eq!(day(b"Dec 31 23:59:59"), Some(date(2025, 12, 31)));
        assert_eq!(day(b"Feb 29 10:00:00"), Some(date(2024, 2, 29)));
        assert_eq!(day(b"Feb 30 10:00:00"), None);
        assert_eq!(day(b"2025-12-31T23:59:59.123456-05:00"), Some(date(2025, 12, 31)));
        assert_eq!(length_in_log(b"Dec 31 23:59:59 mx postfix/qmgr[1]: "), Some(15));
        assert_eq!(length_in_log(b"2025-12-31T23:59:59.123456-05:00 mx postfix"), Some(32));
        assert_eq!(length_in_log(b"\0\0\0"), None);
    }
}
