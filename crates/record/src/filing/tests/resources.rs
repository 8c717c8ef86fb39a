//! § 10-178(d) told as stories: who asked whom, and what was done.

use super::*;

/// What the gate found to be no federal immigration authority is not counted under (9), but under 10-178(d).
#[test]
fn a_request_of_another_authority_is_for_the_quarterly_filing() {
    let mut city = City::new();
    let mut request = city.request("DOC", IN_JULY, Some(1), &["disclose_custody_information"]);
    request.information = vec![Information::CourtDate];
    request.requester.kind = RequesterKind::State;
    request.requester.id = RequesterId::new("state_police");
    city.receives(request);
    let filing = city.files(Section::Correction, YEAR);
    assert_eq!(figure(&filing, Word::TableAsked, &[Word::RowTotal], Word::ColRequests), 0);
    let quarter = city.files(Section::Resources, "2026Q3");
    assert_eq!(quarter.table(Word::TablePairs).unwrap().rows[0].heads[0], Label::Requester("state_police".into()));
}

/// Vector H01: twelve requests of a quarter, three units, four agencies.
#[test]
fn requests_and_actions_by_both_agencies() {
    let mut city = City::new();
    for (number, agency) in ["NYPD", "DHS", "DOE", "ACS"].into_iter().cycle().take(12).enumerate() {
        let requester = ["ice_ero", "ice_hsi", "cbp"][number / 4];
        let request = city.help_asked(requester, agency, IN_JULY, &["assist_operation", "use_property"]);
        let to = RequesterId::new(requester);
        let helps = |act: &str| Deed::Assisted { act: ActId::new(act), to: to.clone() };
        match number {
            0 => drop(city.done(request, IN_JULY, helps("assist_operation"), None)),
            1 => {
                city.done(request, IN_JULY, helps("use_property"), None);
                city.done(request, IN_JULY, refused(&["assist_operation"]), None);
            }
            2 => {}
            _ => drop(city.done(request, IN_JULY, refused(&["assist_operation", "use_property"]), None)),
        }
    }
    let filing = city.files(Section::Resources, "2026Q3");
    let pairs = filing.table(Word::TablePairs).unwrap();
    assert_eq!(pairs.rows.len(), 13);
    let total: Vec<u64> = pairs.rows[12].cells.iter().map(|cell| cell.exact().unwrap()).collect();
    assert_eq!(total, [12, 1, 1, 9, 1]);
    let nypd = [Label::Requester("ice_ero".into()), Label::Agency("NYPD".into())];
    assert_eq!(pairs.cell(&nypd, Word::ColGiven).unwrap().exact(), Some(1));
    // Anonymised: nothing that a desk typed is in it.
    assert!(!serde_json::to_string(&filing).unwrap().contains("Officer"));
}

/// An action done in a later quarter counts there, beside no new request.
#[test]
fn an_action_counts_in_its_own_quarter() {
    let mut city = City::new();
    let request = city.help_asked("ice_hsi", "NYPD", IN_JULY, &["place_alert"]);
    city.done(request, date(2026, 10, 2), refused(&["place_alert"]), None);
    let total = |period: &str| -> Vec<u64> {
        let filing = city.files(Section::Resources, period);
        let rows = &filing.table(Word::TablePairs).unwrap().rows;
        rows.last().unwrap().cells.iter().map(|cell| cell.exact().unwrap()).collect()
    };
    assert_eq!(total("2026Q3"), [1, 0, 0, 0, 0]);
    assert_eq!(total("2026Q4"), [0, 0, 0, 1, 0]);
}

/// Every request of a quarter stands in one column of what was done, by whatever kind of entry the desk says it.
#[test]
fn whatever_a_desk_records_is_an_action_or_none() {
    let mut city = City::new();
    for (deed, column) in [
        (refused(&["hold"]), 3),
        (resolved(Resolution::NotHonored), 3),
        (Deed::Released { due: None }, 3),
        (resolved(Resolution::Honored), 1),
        (resolved(Resolution::Withdrawn), 4),
        (told(&[], Known::No), 3),
    ] {
        let mut request = city.request("ACS", IN_JULY, Some(1), &["hold", "notify_release"]);
        request.detainer =
            Some(Detainer { lodged: IN_JULY, reasons: Vec::new(), asserts_ground_a: None, warrant_with_it: None });
        let before = total(&city);
        let request = city.receives(request);
        city.done(request, IN_JULY, deed.clone(), None);
        let after = total(&city);
        let grown: Vec<usize> = (0..5).filter(|at| after[*at] > before[*at]).collect();
        assert_eq!(grown, [0, column], "{deed:?}");
    }
    // Nothing was asked about custody: being let go is no answer to it.
    let request = city.help_asked("ice_ero", "ACS", IN_JULY, &["give_access"]);
    let before = total(&city);
    city.done(request, IN_JULY, Deed::Released { due: None }, None);
    assert_eq!(total(&city), before);
}

fn total(city: &City) -> Vec<u64> {
    let filing = city.files(Section::Resources, "2026Q3");
    let rows = &filing.table(Word::TablePairs).unwrap().rows;
    rows.last().unwrap().cells.iter().map(|cell| cell.exact().unwrap()).collect()
}

/// § 10-178(d) is about the City's agencies: a jail elsewhere that an imported file names is none.
#[test]
fn requests_to_bodies_that_are_not_the_city_s_are_not_counted() {
    let mut city = City::new();
    city.detainer("NOT_CITY", IN_JULY, 1, &[]);
    city.help_asked("ice_hsi", "DOE", IN_JULY, &["give_access"]);
    let period = Period::parse(Section::Resources, "2026Q3").unwrap();
    let options = Options { not_of_the_city: BTreeSet::from([AgencyId::new("NOT_CITY")]), ..Options::default() };
    let filing = section_10_178(&city.entries, &period, &options).unwrap();
    assert_eq!(filing.table(Word::TablePairs).unwrap().rows.len(), 2);
    assert_eq!((filing.requests, filing.entries), (1, 1));
}

/// A doubt about who asks, or about the type of information, is counted: only a known no leaves a request out of (9).
#[test]
fn a_request_about_a_person_counts_without_its_type_and_without_its_sender() {
    let mut city = City::new();
    city.asked("DOC", IN_JULY, 1, &[]);
    let mut nobody = city.request("DOC", IN_JULY, Some(2), &["disclose_custody_information"]);
    nobody.requester.kind = RequesterKind::Unknown;
    nobody.requester.id = RequesterId::new("unknown");
    city.receives(nobody);
    let filing = city.files(Section::Correction, YEAR);
    assert_eq!(figure(&filing, Word::TableAsked, &[Word::RowTotal], Word::ColOther), 2);
    assert_eq!(figure(&filing, Word::TableAsked, &[Word::RowTotal], Word::ColRequests), 2);
    assert!(city.files(Section::Resources, "2026Q3").nil, "it stands in the other filing");
}

/// Vector H02: left out on a ground of the statute, chosen by somebody, counted as left out.
#[test]
fn an_omission_is_counted() {
    let mut city = City::new();
    city.help_asked("fbi", "NYPD", IN_JULY, &["assist_operation"]);
    let request = city.help_asked("ice_hsi", "NYPD", IN_JULY, &["assist_operation"]);
    let ground = OmissionGround::Investigation;
    city.says(Body::Omitted(Omission { request, ground, reason: "open case".into(), chosen_by: "Counsel C".into() }));
    let filing = city.files(Section::Resources, "2026Q3");
    assert_eq!(figure(&filing, Word::TableOmitted, &[Word::RowOmittedInvestigation], Word::ColRequests), 1);
    assert_eq!(figure(&filing, Word::TableOmitted, &[Word::RowOmittedArrangement], Word::ColRequests), 0);
    assert_eq!(filing.table(Word::TablePairs).unwrap().rows.len(), 2);
    let text = serde_json::to_string(&filing).unwrap();
    assert!(!text.contains("open case") && !text.contains("Counsel C") && !text.contains("ice_hsi"));
}

/// Vector H04: what stands whole in the other filings is not repeated; what asks for more than they count is.
#[test]
fn the_other_filings_are_not_repeated() {
    let mut city = City::new();
    city.detainer("DOC", IN_JULY, 1, &[]);
    city.asked("NYPD", IN_JULY, 2, &[Information::ReleaseDate]);
    let mut more = city.request("DOC", IN_JULY, Some(3), &["hold", "give_access"]);
    more.detainer =
        Some(Detainer { lodged: IN_JULY, reasons: Vec::new(), asserts_ground_a: None, warrant_with_it: None });
    city.receives(more);
    city.asked("DHS", IN_JULY, 4, &[Information::Other]);
    let filing = city.files(Section::Resources, "2026Q3");
    let rows = &filing.table(Word::TablePairs).unwrap().rows;
    assert_eq!(rows.last().unwrap().cells[0].exact(), Some(2));
    let note = filing.notes.iter().find(|note| note.word == Word::NoteElsewhere).unwrap();
    assert_eq!(note.numbers["requests"], 2);
}
