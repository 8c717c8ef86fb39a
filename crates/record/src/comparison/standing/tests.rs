//! What stands after several comparisons, example by example and by chance.

use jiff::{Timestamp, ToSpan as _, civil::date};
use proptest::prelude::*;

use super::*;
use crate::{
    Actor, EntryId, Source,
    comparison::{LeftOn, LogFiles},
};

/// Days of June 2026.
fn june(from: i8, through: i8) -> Stretch {
    Stretch::new(date(2026, 6, from), date(2026, 6, through)).unwrap()
}

/// All of them on the first of the days.
fn compared(days: Stretch, unrecorded: u64) -> Comparison {
    Comparison {
        agency: "DOC".into(),
        days,
        files: LogFiles { mbox: 2, system: 1, ..LogFiles::default() },
        recorded: 1,
        rostered: 0,
        dismissed: 0,
        unrecorded,
        nobodys: 0,
        unread: 0,
        headless: 0,
        window_days: 5,
        left: on(days.from, unrecorded, 0).into_iter().collect(),
        said_by: "A. Privacy".into(),
    }
}

fn on(day: Date, unrecorded: u64, nobodys: u64) -> Option<LeftOn> {
    (unrecorded > 0 || nobodys > 0).then_some(LeftOn { day, unrecorded, nobodys })
}

fn entries(all: Vec<Comparison>) -> Vec<Entry> {
    let entry = |(number, comparison): (usize, Comparison)| Entry {
        id: EntryId::from_bytes([u8::try_from(number).unwrap(); 16]),
        // The clock of whoever made the later ones may be behind.
        at: Timestamp::UNIX_EPOCH - i64::try_from(number).unwrap().seconds(),
        by: Actor::Program { name: "reconcile".to_owned() },
        source: Source::Desk,
        body: Body::Compared(Box::new(comparison)),
    };
    all.into_iter().enumerate().map(entry).collect()
}

fn standing(all: Vec<Comparison>) -> Standing {
    Standing::of(&"DOC".into(), &entries(all)).unwrap()
}

#[test]
fn what_was_never_compared_does_not_stand() {
    assert_eq!(Standing::of(&"NYPD".into(), &entries(vec![compared(june(1, 30), 0)])), None);
}

#[test]
fn a_contact_is_left_until_its_day_is_compared_again() {
    let whole = compared(june(1, 30), 3);
    assert_eq!(standing(vec![whole.clone()]).unrecorded, 3);
    assert_eq!(standing(vec![whole.clone(), compared(june(1, 30), 1)]).unrecorded, 1);
    // The three are of the first day.
    assert_eq!(standing(vec![whole.clone(), compared(june(2, 30), 0)]).unrecorded, 3);
    assert_eq!(standing(vec![whole.clone(), compared(june(2, 30), 0), compared(june(1, 1), 1)]).unrecorded, 1);
    assert_eq!(standing(vec![compared(june(1, 15), 2), compared(june(10, 20), 4)]).unrecorded, 6);
    let later = vec![compared(june(1, 30), 0), whole];
    assert_eq!(standing(later).unrecorded, 3, "by the order of the record");
}

#[test]
fn a_comparison_that_looked_less_closely_takes_nothing_away() {
    let three = compared(june(1, 30), 3);
    let none = compared(june(1, 30), 0);
    let fewer = LogFiles { mbox: 1, postfix: 9, trace: 9, system: 9 };
    for careless in [
        Comparison { files: fewer, ..none.clone() },
        Comparison { files: LogFiles { mbox: 2, system: 0, ..fewer }, ..none.clone() },
        Comparison { window_days: 6, ..none.clone() },
        Comparison { unread: 1, ..none.clone() },
        Comparison { headless: 1, ..none.clone() },
    ] {
        assert_eq!(standing(vec![three.clone(), careless.clone()]).unrecorded, 3, "{careless:?}");
    }
    let closer = Comparison { window_days: 4, files: LogFiles { mbox: 3, system: 1, ..fewer }, ..none };
    assert_eq!(standing(vec![three, closer]).unrecorded, 0);
}

#[test]
fn a_day_that_was_left_out_is_named_and_yesterday_is_not_behind() {
    let stands = standing(vec![compared(june(20, 25), 0), compared(june(1, 10), 0)]);
    assert_eq!((stands.since, stands.through), (date(2026, 6, 1), date(2026, 6, 25)));
    assert_eq!((stands.missing.clone(), stands.days_missing()), (vec![june(11, 19)], 9));
    assert!(stands.has_something_to_do(date(2026, 6, 26)));
    let whole = standing(vec![compared(june(1, 25), 0)]);
    assert_eq!((whole.days_behind(date(2026, 6, 26)), whole.days_missing()), (1, 0));
    assert!(!whole.has_something_to_do(date(2026, 6, 26)) && whole.has_something_to_do(date(2026, 6, 27)));
    assert_eq!(whole.days_behind(date(2026, 6, 1)), 0);
    let one = |change: fn(&mut Comparison)| {
        let mut comparison = compared(june(1, 25), 0);
        change(&mut comparison);
        standing(vec![comparison]).has_something_to_do(date(2026, 6, 26))
    };
    assert!(
        one(|it| it.left = on(it.days.from, 1, 0).into_iter().collect())
            && one(|it| it.left = on(it.days.from, 0, 1).into_iter().collect())
            && one(|it| it.unread = 1)
            && one(|it| it.headless = 1)
    );
}

#[test]
fn of_a_quarter_its_days_count_and_those_without_are_named() {
    let all = entries(vec![compared(june(1, 10), 2), compared(june(8, 20), 1), compared(june(25, 30), 4)]);
    let found = within(&"DOC".into(), june(9, 27), &all);
    assert_eq!((found.unrecorded, found.missing), (4, vec![june(21, 24)]));
    let found = within(&"DOC".into(), june(11, 20), &all);
    assert_eq!((found.unrecorded, found.missing), (0, vec![]));
    let found = within(&"DOC".into(), june(1, 8), &all);
    assert_eq!((found.unrecorded, found.missing), (3, vec![]));
    assert_eq!(within(&"NYPD".into(), june(11, 20), &all).missing, vec![june(11, 20)]);
}

#[test]
fn the_last_that_has_a_day_of_a_stretch_is_found() {
    let all = entries(vec![compared(june(1, 30), 3), compared(june(1, 15), 0), compared(june(16, 30), 0)]);
    let newest = |days| newest_touching(&"DOC".into(), days, &all).map(|entry| entry.id);
    assert_eq!(newest(june(1, 30)), Some(all[2].id));
    assert_eq!(newest(june(1, 15)), Some(all[1].id));
    assert_eq!(newest_touching(&"NYPD".into(), june(1, 30), &all), None);
}

/// As the crontab of docs/reconcile.md does it: every night over the week before.
#[test]
fn what_was_settled_leaves_the_count_though_every_night_begins_a_day_later() {
    let night = |last: i8| {
        // Found on the 8th, and dismissed on the 11th.
        let found = last < 11 && june(last - 6, last).holds(date(2026, 6, 8));
        let comparison = compared(june(last - 6, last), 0);
        Comparison {
            unrecorded: u64::from(found),
            left: on(date(2026, 6, 8), u64::from(found), 0).into_iter().collect(),
            ..comparison
        }
    };
    let after = |nights: std::ops::RangeInclusive<i8>| standing(nights.map(night).collect());
    assert_eq!(after(7..=10).unrecorded, 1, "found on three nights, and one contact");
    let settled = after(7..=28);
    assert_eq!((settled.unrecorded, settled.unseen, settled.missing.len()), (0, 0, 0));
    assert!(!settled.has_something_to_do(date(2026, 6, 29)));
}

/// A comparison, with what it left on each of its days.
fn any_comparison() -> impl Strategy<Value = (Comparison, Vec<u64>)> {
    let left = prop::collection::vec(0..3_u64, 1..=8);
    (1..=20_i8, left, 0..3_u64, 4..6_u16, 0..2_u64).prop_map(|(first, left, mbox, window_days, unread)| {
        let through = first + i8::try_from(left.len()).unwrap() - 1;
        let files = LogFiles { mbox, system: 1, ..LogFiles::default() };
        let unrecorded = left.iter().sum();
        let days = june(first, through);
        let each = (first..).zip(&left).filter_map(|(day, count)| on(date(2026, 6, day), *count, 0)).collect();
        (Comparison { files, window_days, unread, left: each, ..compared(days, unrecorded) }, left)
    })
}

proptest! {
    /// Whatever was compared in whatever order: what is left is what, day by day, each look left there that no later one at least as close
    /// repeated; and a day is told to be compared where it was.
    #[test]
    fn no_contact_is_hidden(all in prop::collection::vec(any_comparison(), 1..8)) {
        let stands = standing(all.iter().map(|(one, _)| one.clone()).collect());
        let mut left = 0;
        for day in 1..=28_i8 {
            let day = date(2026, 6, day);
            let looks = all.iter().enumerate().filter(|(_, (one, _))| one.days.holds(day));
            // What each look left there, unless a later one at least as close looked there again.
            let not_again = looks.filter(|(number, (one, _))| {
                !all.iter().skip(number + 1).any(|(later, _)| later.days.holds(day) && later.as_thorough_as(one))
            });
            left += not_again
                .map(|(_, (one, left))| left[usize::try_from(days_from(one.days.from, day)).unwrap()])
                .sum::<u64>();
            let compared = all.iter().any(|(one, _)| one.days.holds(day));
            let told = (stands.since..=stands.through).contains(&day) && !stands.missing.iter().any(|one| one.holds(day));
            prop_assert_eq!(compared, told, "{}", day);
        }
        prop_assert_eq!(stands.unrecorded, left);
    }

    /// Comparisons that have no day in common add up.
    #[test]
    fn what_does_not_overlap_adds_up(counts in prop::collection::vec(0..5_u64, 1..28)) {
        let one = |(day, count): (usize, &u64)| {
            let day = i8::try_from(day + 1).unwrap();
            compared(june(day, day), *count)
        };
        let all: Vec<Comparison> = counts.iter().enumerate().map(one).collect();
        let stands = standing(all);
        prop_assert_eq!((stands.unrecorded, stands.missing), (counts.iter().sum(), vec![]));
    }
}

/// Where a closer look stands, a later one that was less close takes nothing away.
#[test]
fn a_comparison_settles_the_days_on_which_it_alone_stands() {
    let wide = |days| Comparison { window_days: 9, ..compared(days, 1) };
    assert_eq!(settles(&compared(june(1, 30), 1), &entries(vec![])), [june(1, 30)]);
    assert_eq!(settles(&compared(june(1, 30), 1), &entries(vec![compared(june(5, 10), 2)])), [june(1, 30)]);
    let before = entries(vec![compared(june(5, 10), 2)]);
    assert_eq!(settles(&wide(june(1, 30)), &before), [june(1, 4), june(11, 30)]);
    // What does not stand itself is nothing to keep.
    let before = entries(vec![wide(june(1, 30)), compared(june(1, 30), 0)]);
    assert_eq!(settles(&wide(june(1, 8)), &before), []);
    let before = entries(vec![compared(june(5, 10), 2), Comparison { window_days: 3, ..compared(june(1, 6), 0) }]);
    assert_eq!(settles(&compared(june(1, 30), 1), &before), [june(7, 30)]);
}
