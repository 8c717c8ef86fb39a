//! Hours that leave out Saturdays, Sundays and holidays: the 48 hours of 14-154(b)(2) and 8 CFR 287.7(d).
//!
//! The clock runs by the wall clock of the pack's place, in whole minutes, from midnight to midnight. The clocks of the United States
//! change on Sundays, which never count, so that a counted day has 24 hours and the wall clock and the time that passes agree; a test
//! holds this for New York. Which days are holidays is the pack's list; on a day for which the list does not speak nothing is known.
//! Since 14 November 2018 state law bars the hold, and the hours only replay old days.

use jiff::{
    Span,
    civil::{Date, DateTime, Time, Weekday},
};

use super::{Beside, Came};
use crate::{
    facts::{Facts, Value},
    ids::{AgencyId, ParameterName},
    question::Question,
    vocabulary::{Holidays, Vocabulary},
};

const MINUTES_A_DAY: i64 = 24 * 60;

/// Whether the clock stands still on this day; none when the list of holidays does not speak of it.
fn left_out(day: Date, holidays: &Holidays) -> Option<bool> {
    let weekend = matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
    if weekend { Some(true) } else { holidays.is_holiday(day) }
}

/// Minutes from midnight, begun minutes left out, so that a deadline is never later than the law's.
fn minute_of_day(moment: DateTime) -> i64 {
    i64::from(moment.hour()) * 60 + i64::from(moment.minute())
}

/// The moment at which `hours` have run since `start`. The end of a counted day is the midnight that ends it.
///
/// None when the list of holidays does not speak of a day on the way.
#[must_use]
pub fn deadline(start: DateTime, hours: i64, holidays: &Holidays) -> Option<DateTime> {
    let (mut day, mut minute, mut left) = (start.date(), minute_of_day(start), hours.checked_mul(60)?);
    while left > 0 {
        let rest_of_day = if left_out(day, holidays)? { 0 } else { MINUTES_A_DAY - minute };
        if rest_of_day >= left {
            minute += left;
            left = 0;
        } else {
            left -= rest_of_day;
            (day, minute) = (day.tomorrow().ok()?, 0);
        }
    }
    day.to_datetime(Time::midnight()).checked_add(Span::new().try_minutes(minute).ok()?).ok()
}

/// The minutes that have run from `start` to `end`; none when the list of holidays does not speak of a day on the way.
#[must_use]
pub fn minutes_between(start: DateTime, end: DateTime, holidays: &Holidays) -> Option<i64> {
    let (mut day, mut minute, mut total) = (start.date(), minute_of_day(start), 0);
    while day <= end.date() && start < end {
        let until = if day == end.date() { minute_of_day(end) } else { MINUTES_A_DAY };
        if until > minute && !left_out(day, holidays)? {
            total += until - minute;
        }
        (day, minute) = (day.tomorrow().ok()?, 0);
    }
    Some(total)
}

/// The end of the hours of one agency, on the days on which the law leaves it any.
pub(super) fn hold_deadline(
    vocabulary: &Vocabulary,
    question: &Question,
    facts: &Facts,
    agency: &AgencyId,
    on: Date,
) -> Came {
    let open = |because: String| Came { value: None, because: vec![because], beside: Beside::Nothing };
    if question.agency != *agency {
        return open(format!("no hours run for {}: they are {agency}'s alone", question.agency));
    }
    let Some(start) = facts.datetime("release_due_at") else {
        return open("when the person's release was due is not known".into());
    };
    let Some(hours) = vocabulary.parameter(&ParameterName::new("hold_clock_hours"), on) else {
        return open(format!(
            "no hours run on {on}: no hold is left to count, and a person whose release is due is released"
        ));
    };
    match deadline(start, hours, &vocabulary.holidays) {
        Some(end) => {
            let (from, to) = (Value::DateTime(start), Value::DateTime(end));
            let because = format!("{hours} hours from {from}, Saturdays, Sundays and holidays left out: {to}");
            Came { value: Some(to), because: vec![because], beside: Beside::Nothing }
        }
        None => open("the list of holidays does not speak of these days".into()),
    }
}

pub(super) fn hours_past_release(vocabulary: &Vocabulary, facts: &Facts) -> Came {
    let open = |because: &str| Came { value: None, because: vec![because.to_owned()], beside: Beside::Anything };
    let (Some(start), Some(end)) = (facts.datetime("release_due_at"), facts.datetime("as_of")) else {
        return open("when release was due, or the moment of the question, is not known");
    };
    match minutes_between(start, end, &vocabulary.holidays) {
        // An hour begun is an hour: 48 hours and one minute are more than 48 hours.
        Some(minutes) => {
            let hours = minutes / 60 + i64::from(minutes % 60 != 0);
            let (from, to) = (Value::DateTime(start), Value::DateTime(end));
            let because = format!("{hours} hours begun from {from} to {to}, Saturdays, Sundays and holidays left out");
            Came { value: Some(Value::Number(hours)), because: vec![because], beside: Beside::Nothing }
        }
        None => open("the list of holidays does not speak of these days"),
    }
}

#[cfg(test)]
mod tests {
    use jiff::{
        civil::{date, datetime},
        tz::TimeZone,
    };
    use proptest::prelude::*;

    use super::*;
    use crate::vocabulary::Holiday;

    fn list(days: &[Date]) -> Holidays {
        Holidays {
            covers_from: Some(date(2013, 1, 1)),
            covers_until: Some(date(2040, 1, 1)),
            citation: "test".into(),
            days: days.iter().map(|day| Holiday { date: *day, name: "holiday".into() }).collect(),
        }
    }

    #[test]
    fn d04_labor_day_weekend() {
        let holidays = list(&[date(2026, 9, 7)]);
        let (start, end) = (datetime(2026, 9, 4, 17, 0, 0, 0), datetime(2026, 9, 9, 17, 0, 0, 0));
        assert_eq!(deadline(start, 48, &holidays), Some(end));
        assert_eq!(minutes_between(start, end, &holidays), Some(48 * 60));
        assert_eq!(minutes_between(end, start, &holidays), Some(0));
    }

    #[test]
    fn a_release_on_a_day_left_out_starts_the_clock_at_the_next_counted_midnight() {
        let holidays = list(&[]);
        let end = datetime(2026, 9, 9, 0, 0, 0, 0);
        assert_eq!(deadline(datetime(2026, 9, 5, 10, 30, 0, 0), 48, &holidays), Some(end));
        assert_eq!(deadline(datetime(2026, 9, 6, 23, 59, 59, 0), 48, &holidays), Some(end));
    }

    #[test]
    fn the_end_of_a_counted_day_is_its_last_midnight() {
        let thursday = datetime(2026, 9, 10, 0, 0, 0, 0);
        assert_eq!(deadline(thursday, 48, &list(&[])), Some(datetime(2026, 9, 12, 0, 0, 0, 0)));
    }

    #[test]
    fn days_of_which_the_list_does_not_speak_are_not_known() {
        assert_eq!(deadline(datetime(2041, 9, 10, 0, 0, 0, 0), 48, &list(&[])), None);
        assert_eq!(deadline(datetime(2039, 12, 30, 20, 0, 0, 0), 48, &list(&[])), None);
        assert_eq!(deadline(datetime(2026, 9, 4, 17, 0, 0, 0), 48, &Holidays::default()), None);
    }

    #[test]
    fn new_york_changes_its_clocks_on_sundays() {
        // Second Sunday of March, first Sunday of November (15 USC 260a), as a rule, so that no zone database is needed.
        let zone = TimeZone::posix("EST5EDT,M3.2.0,M11.1.0").unwrap();
        for year in 2013..2040 {
            let start = date(year, 1, 1).to_zoned(zone.clone()).unwrap().timestamp();
            let end = date(year + 1, 1, 1).to_zoned(zone.clone()).unwrap().timestamp();
            let changes: Vec<_> = zone.following(start).take_while(|change| change.timestamp() < end).collect();
            assert_eq!(changes.len(), 2);
            for change in changes {
                assert_eq!(change.timestamp().to_zoned(zone.clone()).date().weekday(), Weekday::Sunday);
            }
        }
        // Over the weekend of a change 48 hours on the wall clock are 48 hours that pass, the Sunday left out.
        let (start, end) = (datetime(2026, 3, 6, 17, 0, 0, 0), datetime(2026, 3, 10, 17, 0, 0, 0));
        assert_eq!(deadline(start, 48, &list(&[])), Some(end));
        let passed = |from: DateTime, to: DateTime| {
            let (from, to) = (from.to_zoned(zone.clone()).unwrap(), to.to_zoned(zone.clone()).unwrap());
            to.timestamp().as_second() - from.timestamp().as_second()
        };
        let counted = passed(start, datetime(2026, 3, 7, 0, 0, 0, 0)) + passed(datetime(2026, 3, 9, 0, 0, 0, 0), end);
        assert_eq!(counted, 48 * 3600);
    }

    fn any_start() -> impl Strategy<Value = DateTime> {
        (0i64..5000, 0i8..24, 0i8..60).prop_map(|(day, hour, minute)| {
            date(2014, 1, 1).checked_add(Span::new().days(day)).unwrap().at(hour, minute, 0, 0)
        })
    }

    proptest! {
        #[test]
        fn a_deadline_is_never_inside_a_day_left_out(start in any_start(), hours in 1i64..200, off in proptest::collection::vec(0i64..20, 0..4)) {
            let off: Vec<Date> = off.into_iter().map(|d| start.date().checked_add(Span::new().days(d)).unwrap()).collect();
            let holidays = list(&off);
            let end = deadline(start, hours, &holidays).unwrap();
            let inside = end.time() != Time::midnight();
            prop_assert!(!(inside && left_out(end.date(), &holidays).unwrap()));
            prop_assert_eq!(minutes_between(start, end, &holidays), Some(hours * 60));
        }

        #[test]
        fn more_hours_end_later(start in any_start(), hours in 1i64..200, more in 1i64..100, off in proptest::collection::vec(0i64..20, 0..4)) {
            let off: Vec<Date> = off.into_iter().map(|d| start.date().checked_add(Span::new().days(d)).unwrap()).collect();
            let holidays = list(&off);
            prop_assert!(deadline(start, hours, &holidays).unwrap() < deadline(start, hours + more, &holidays).unwrap());
        }
    }
}
