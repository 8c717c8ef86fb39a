//! The vectors of section B (instant arrest 15 June 2026) and the laws of the window.

use jiff::civil::date;
use proptest::prelude::*;

use super::*;
use crate::{
    days::Days,
    facts::{Custody, Form, Grade},
    vocabulary::{AddedCrime, Successor},
};

const ARREST: Date = date(2026, 6, 15);

fn list() -> ViolentOrSerious {
    ViolentOrSerious {
        citation: "test".into(),
        days: Days { from: Some(date(2014, 12, 14)), until: None },
        penal_law_sha256: None,
        penal_law: [
            "120.04-a(4)",
            "120.05",
            "125.25",
            "130.50",
            "135.10",
            "135.65(2)(b)",
            "140.17",
            "140.25",
            "140.30",
            "160.10",
            "160.15",
            "265.02(2)-(8)",
        ]
        .map(String::from)
        .to_vec(),
        hate_crime_felonies: true,
        inchoate: [("attempt", "110"), ("solicitation", "100"), ("conspiracy", "105"), ("facilitation", "115")]
            .map(|(form, article)| (form.to_owned(), article.to_owned()))
            .into(),
        vehicle_and_traffic_law: vec!["600".into()],
        added: vec![AddedCrime {
            law: "ny_penal".into(),
            section: "130.99".into(),
            days: Days { from: Some(date(2026, 1, 1)), until: None },
            citation: "rule".into(),
        }],
        successor: vec![Successor {
            section: "130.50".into(),
            successor: vec!["130.36".into()],
            days: Days { from: Some(date(2024, 9, 1)), until: None },
            citation: "chapter".into(),
        }],
    }
}

fn felony(section: &str, judgment: Date) -> Conviction {
    Conviction {
        law: Some(Law::NyPenal),
        section: Some(section.into()),
        grade: Some(Grade::Felony),
        crime_date: Some(date(2018, 1, 1)),
        judgment_date: Some(judgment),
        ..Conviction::named("docket 1")
    }
}

fn held(from: Date, to: impl Into<Option<Date>>) -> Custody {
    Custody { from, to: to.into() }
}

#[track_caller]
fn window(convictions: &[Conviction], expected: Verdict) {
    let found = search(&list(), convictions, Some(ARREST), Some(5), ARREST);
    assert_eq!(found.in_window, expected, "{:#?}", found.in_window_because);
    assert!(!found.in_window_because.is_empty());
}

fn recent(section: &str) -> Conviction {
    felony(section, date(2024, 5, 1))
}

#[test]
fn b01_to_b06_the_window() {
    window(&[felony("160.10", date(2024, 5, 1))], Verdict::Yes);
    window(&[felony("160.10", date(2020, 6, 1))], Verdict::No);
    let served =
        Conviction { custody: vec![held(date(2020, 6, 1), date(2022, 6, 1))], ..felony("160.10", date(2020, 6, 1)) };
    window(&[served], Verdict::Yes);
    window(&[felony("160.10", date(2021, 6, 15))], Verdict::No);
    window(&[felony("160.10", date(2021, 6, 16))], Verdict::Yes);
    window(&[], Verdict::No);
}

#[test]
fn b07_jail_before_judgment_that_decides_is_for_counsel() {
    let jail = held(date(2019, 9, 1), date(2021, 6, 1));
    let jailed = Conviction { custody: vec![jail.clone()], ..felony("160.10", date(2021, 6, 1)) };
    window(&[jailed], Verdict::Disputed);
    // It decides nothing here: the judgment is in the window anyway.
    window(&[Conviction { custody: vec![jail.clone()], ..felony("160.10", date(2022, 6, 1)) }], Verdict::Yes);
    // Nor here: it is too old even so.
    window(
        &[Conviction {
            custody: vec![held(date(2014, 9, 1), date(2015, 1, 1))],
            crime_date: Some(date(2014, 1, 1)),
            ..felony("160.10", date(2015, 1, 1))
        }],
        Verdict::No,
    );
}

#[test]
fn b09_to_b30_what_counts() {
    let entry = |entry| Conviction { entry: Some(entry), ..recent("160.10") };
    for kind in Entry::ALL {
        let expected = if *kind == Entry::Judgment { Verdict::Yes } else { Verdict::No };
        window(&[entry(*kind)], expected);
    }
    window(&[Conviction { grade: Some(Grade::Misdemeanor), ..recent("120.00") }], Verdict::No);
    window(&[recent("120.05")], Verdict::Yes);
    window(
        &[Conviction { form: Some(Form::Attempt), grade: Some(Grade::Misdemeanor), ..recent("160.10") }],
        Verdict::No,
    );
    for form in [Form::Attempt, Form::Conspiracy, Form::Solicitation, Form::Facilitation] {
        window(&[Conviction { form: Some(form), ..recent("160.10") }], Verdict::Yes);
        window(&[Conviction { form: Some(form), ..recent("155.30") }], Verdict::No);
    }
    window(&[Conviction { law: Some(Law::NyVehicleTraffic), ..recent("600") }], Verdict::Yes);
    window(&[Conviction { law: Some(Law::NyVehicleTraffic), ..recent("600(2)(a)") }], Verdict::Yes);
    window(&[Conviction { law: Some(Law::NyVehicleTraffic), ..recent("1192") }], Verdict::No);
    window(&[recent("155.30")], Verdict::No);
    window(&[recent("140.20")], Verdict::No);
    window(&[recent("140.25")], Verdict::Yes);
    window(&[recent("135.10")], Verdict::Yes);
    window(&[recent("130.50")], Verdict::Disputed);
    window(&[recent("130.36")], Verdict::Disputed);
    window(&[recent("130.99")], Verdict::Yes);
}

#[test]
fn a_hate_crime_counts_if_it_is_a_felony() {
    window(&[Conviction { hate_crime: Some(true), ..recent("155.30") }], Verdict::Yes);
    window(&[Conviction { hate_crime: Some(true), grade: Some(Grade::Misdemeanor), ..recent("120.00") }], Verdict::No);
    window(&[Conviction { hate_crime: None, ..recent("155.30") }], Verdict::Unknown);
}

#[test]
fn b23_b24_a_conviction_elsewhere_needs_both() {
    let elsewhere = |predicate_felony, equivalent| Conviction {
        law: Some(Law::OtherState),
        predicate_felony,
        equivalent,
        ..recent("2C:15-1")
    };
    window(&[elsewhere(Some(true), Some(true))], Verdict::Yes);
    window(&[elsewhere(Some(true), Some(false))], Verdict::No);
    window(&[elsewhere(Some(false), None)], Verdict::No);
    window(&[elsewhere(Some(true), None)], Verdict::Unknown);
    window(&[elsewhere(None, Some(true))], Verdict::Unknown);
}

#[test]
fn what_is_missing_leaves_it_open() {
    window(&[recent("265.02")], Verdict::Unknown);
    window(&[recent("265.02(3)")], Verdict::Yes);
    window(&[recent("265.02(1)")], Verdict::No);
    window(&[recent("265.02(5-a)")], Verdict::Disputed);
    window(&[recent("135.65(2)")], Verdict::Unknown);
    window(&[recent("110.00")], Verdict::Unknown);
    window(&[Conviction { grade: None, ..recent("160.10") }], Verdict::Unknown);
    window(&[Conviction { grade: None, ..recent("155.30") }], Verdict::No);
    window(&[Conviction { law: None, ..recent("160.10") }], Verdict::Unknown);
    window(&[Conviction { section: None, ..recent("160.10") }], Verdict::Unknown);
    window(&[Conviction { judgment_date: None, entry: Some(Entry::Judgment), ..recent("160.10") }], Verdict::Unknown);
    window(&[Conviction { judgment_date: None, ..recent("160.10") }], Verdict::Unknown);
    window(&[felony("160.10", date(2026, 6, 16))], Verdict::Unknown);
    let found = search(&list(), &[recent("160.10")], None, Some(5), ARREST);
    assert_eq!((found.in_window, found.ever), (Verdict::Unknown, Verdict::Yes));
    let found = search(&list(), &[recent("155.30")], None, None, ARREST);
    assert_eq!((found.in_window, found.ever), (Verdict::No, Verdict::No));
    let found = search(&list(), &[recent("160.10")], Some(ARREST), Some(5), date(2014, 1, 1));
    assert_eq!(found.ever, Verdict::Unknown);
}

#[test]
fn the_police_limb_has_no_time_limit() {
    let found = search(&list(), &[felony("140.25", date(1999, 3, 1))], Some(ARREST), Some(5), ARREST);
    assert_eq!((found.in_window, found.ever), (Verdict::Unknown, Verdict::Unknown), "crime dated after the judgment");
    let old = Conviction { crime_date: None, ..felony("140.25", date(1999, 3, 1)) };
    let found = search(&list(), &[old], Some(ARREST), Some(5), ARREST);
    assert_eq!((found.in_window, found.ever), (Verdict::No, Verdict::Yes));
}

#[test]
fn years_before_days_or_after_is_for_counsel_when_it_decides() {
    // 2020 has a 29 February, so that 60 days before 15 March is another day in 2020 than in 2025.
    let (arrest, days) = (date(2025, 3, 15), 60);
    let readings: Vec<Verdict> = (0..4).map(|n| after_cutoff(date(2020, 1, 14 + n), arrest, 5, days)).collect();
    assert_eq!(readings, [Verdict::No, Verdict::Disputed, Verdict::Yes, Verdict::Yes]);
    // 29 February: five years on there is none.
    assert_eq!(after_cutoff(date(2020, 2, 29), date(2025, 2, 28), 5, 0), Verdict::Disputed);
    assert_eq!(after_cutoff(date(2020, 2, 29), date(2025, 3, 1), 5, 0), Verdict::No);
    assert_eq!(after_cutoff(date(2020, 2, 29), date(2025, 2, 27), 5, 0), Verdict::Yes);
}

#[test]
fn time_served_for_another_violent_crime_counts_and_for_another_does_not() {
    let old = felony("160.10", date(2020, 6, 1));
    let served = vec![held(date(2020, 7, 1), date(2022, 7, 1))];
    let other =
        Conviction { custody: served.clone(), source: "docket 2".into(), ..felony("120.05", date(2020, 6, 30)) };
    window(&[old.clone(), other], Verdict::Yes);
    let theft =
        Conviction { custody: served.clone(), source: "docket 2".into(), ..felony("155.30", date(2020, 6, 30)) };
    window(&[old.clone(), theft], Verdict::No);
    let young = Conviction {
        custody: served,
        source: "docket 2".into(),
        entry: Some(Entry::YouthfulOffender),
        ..felony("120.05", date(2020, 6, 30))
    };
    window(&[old, young], Verdict::Disputed);
}

#[test]
fn the_sentence_shows_the_sum() {
    let served =
        Conviction { custody: vec![held(date(2020, 6, 1), date(2022, 6, 1))], ..felony("160.10", date(2020, 6, 1)) };
    let found = search(&list(), &[served], Some(ARREST), Some(5), ARREST);
    expect_test::expect![[r#"
        [
            "docket 1: section 160.10 is on the list: `160.10`; judgment 2020-06-01, arrest 2026-06-15 less 5 years less 730 days in custody: within the window",
        ]
    "#]]
    .assert_debug_eq(&found.in_window_because);
}

fn any_day() -> impl Strategy<Value = Date> {
    (0i64..4000).prop_map(|n| date(2015, 6, 15).checked_add(Span::new().days(n)).unwrap())
}

fn any_custody() -> impl Strategy<Value = Custody> {
    (any_day(), proptest::option::of(0i64..1500))
        .prop_map(|(from, days)| held(from, days.map(|n| from.checked_add(Span::new().days(n)).unwrap())))
}

prop_compose! {
    fn any_conviction()(
        judgment in proptest::option::of(any_day()),
        crime in proptest::option::of(any_day()),
        section in proptest::sample::select(vec!["160.10", "155.30", "265.02", "130.50", "120.05"]),
        grade in proptest::option::of(proptest::sample::select(Grade::ALL)),
        entry in proptest::option::of(proptest::sample::select(Entry::ALL)),
        custody in proptest::collection::vec(any_custody(), 0..3),
    ) -> Conviction {
        Conviction { judgment_date: judgment, crime_date: crime, grade, entry, custody, ..felony(section, ARREST) }
    }
}

fn read(convictions: &[Conviction]) -> Verdict {
    search(&list(), convictions, Some(ARREST), Some(5), ARREST).in_window
}

proptest! {
    #[test]
    fn more_custody_never_turns_a_yes_into_anything_else(mut all in proptest::collection::vec(any_conviction(), 1..3), more in any_custody(), pick in any::<prop::sample::Index>()) {
        let before = read(&all);
        let i = pick.index(all.len());
        all[i].custody.push(more);
        let after = read(&all);
        prop_assert!(before != Verdict::Yes || after == Verdict::Yes);
        prop_assert!(after != Verdict::No || before == Verdict::No);
    }

    #[test]
    fn custody_written_twice_counts_once(mut all in proptest::collection::vec(any_conviction(), 1..3)) {
        let before = read(&all);
        for conviction in &mut all {
            let twice = conviction.custody.clone();
            conviction.custody.extend(twice);
        }
        prop_assert_eq!(read(&all), before);
    }

    #[test]
    fn in_the_window_implies_ever(all in proptest::collection::vec(any_conviction(), 0..3)) {
        let found = search(&list(), &all, Some(ARREST), Some(5), ARREST);
        match found.in_window {
            Verdict::Yes => prop_assert_eq!(found.ever, Verdict::Yes),
            Verdict::Disputed => prop_assert!(matches!(found.ever, Verdict::Yes | Verdict::Disputed)),
            Verdict::No | Verdict::Unknown => {}
        }
        if found.ever == Verdict::No {
            prop_assert_eq!(found.in_window, Verdict::No);
        }
    }

    #[test]
    fn forgetting_something_never_makes_a_yes(all in proptest::collection::vec(any_conviction(), 1..3), pick in any::<prop::sample::Index>(), what in 0..5) {
        let before = read(&all);
        let mut less = all.clone();
        let it = &mut less[pick.index(all.len())];
        match what {
            0 => it.grade = None,
            1 => it.section = None,
            2 => it.law = None,
            3 => { it.judgment_date = None; it.entry = it.entry.or(Some(Entry::Judgment)); }
            _ => it.hate_crime = None,
        }
        if read(&less) == Verdict::Yes {
            prop_assert_eq!(before, Verdict::Yes);
        }
    }

    #[test]
    fn every_reading_agrees_or_goes_to_counsel(judgment in any_day(), days in 0i64..3000) {
        let plain = ARREST.checked_add(Span::new().years(-5)).unwrap().checked_add(Span::new().days(-days)).unwrap();
        match after_cutoff(judgment, ARREST, 5, days) {
            Verdict::Yes => prop_assert!(judgment > plain),
            Verdict::No => prop_assert!(judgment <= plain),
            other => {
                prop_assert_eq!(other, Verdict::Disputed);
                prop_assert!((judgment - plain).get_days().abs() <= 3);
            }
        }
    }
}
