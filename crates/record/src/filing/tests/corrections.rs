//! What was recorded by mistake, and what may be left out of memory: neither changes another figure.

use super::*;
use crate::Correction;

#[test]
fn a_mistaken_deed_is_corrected_by_a_later_entry_and_no_longer_stops_the_filing() {
    let mut city = City::new();
    let request = city.asked("DOC", IN_JULY, 1, &[Information::ReleaseDate]);
    let held = city.done(request, IN_JULY, Deed::Held { from: IN_JULY.into(), until: None, ended: None }, None);
    assert_eq!(wrong(&city), [Wrong::NoDetainer]);
    assert_eq!(contradictions(&city.entries)[0].wrong, Wrong::NoDetainer);
    let correction =
        Correction { entry: held, request: Some(request), reason: "wrong line ticked".into(), said_by: "C".into() };
    city.says(Body::Corrected(correction));
    let filing = city.files(Section::Correction, YEAR);
    assert_eq!(persons(&filing, Word::RowNotHonored), 0);
    assert!(!filing.counted().contains(&held));
    let note = filing.notes.iter().find(|note| note.word == Word::NoteCorrected).unwrap();
    assert_eq!(note.numbers["corrected"], 1);
    assert!(contradictions(&city.entries).is_empty());
    // Another year and another agency have nothing corrected.
    let quiet = |filing: Filing| filing.notes.iter().all(|note| note.word != Word::NoteCorrected);
    assert!(quiet(city.files(Section::Police, YEAR)) && quiet(city.files(Section::Correction, "FY2028")));
}

#[test]
fn an_entry_without_its_reasons_files_the_same() {
    let mut city = City::new();
    let asked = city.asked("DOC", IN_JULY, 1, &[Information::ReleaseDate]);
    let other = city.help_asked("dea", "NYPD", IN_JULY, &["join_task_force"]);
    city.says(decided(asked, &[("vs_conviction_in_window", true), ("federal_immigration_authority", true)]));
    city.says(decided(other, &[("immigration_enforcement", false), ("hearsay", true)]));
    let mut leaner = City { entries: city.entries.clone(), source: Source::Desk };
    leaner.entries.iter_mut().for_each(lean);
    assert_ne!(leaner.entries, city.entries);
    for (section, period) in [(Section::Correction, YEAR), (Section::Resources, "2026Q3")] {
        assert_eq!(leaner.files(section, period), city.files(section, period));
    }
}
