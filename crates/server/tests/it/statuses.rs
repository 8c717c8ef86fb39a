//! The exit status of `decide`, each of them, and the strictest of several acts that are answered differently.

use serde_json::{Value, json};

use crate::commands::Place;

const DAY: &str = "2026-06-15";

/// A file of facts; every fact has one source.
fn asked(agency: &str, acts: &[&str], requester: &str, statute: &str, papers: &[&str], facts: Value) -> String {
    let facts: serde_json::Map<String, Value> = facts
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, value)| (name.clone(), json!({"value": value, "source": "a test"})))
        .collect();
    json!({
        "question": {"agency": agency, "act": acts, "requester": requester, "statute_enforced": statute, "document": papers},
        "facts": facts,
    })
    .to_string()
}

/// An order to hold for a crime, with a judge's warrant and no detainer: nothing of the gate is engaged by the hold itself.
fn of_the_drug_agency(acts: &[&str]) -> String {
    let facts = json!({
        "release_due": true, "required_by_law": false, "detainer_lodged": false, "purpose_civil_immigration": false,
        "purpose_immigration_enforcement": false, "warrant_issuer": "federal_judge_or_magistrate", "warrant_on_probable_cause": true,
        "warrant_for_custody_of_this_person": true, "warrant_for_federal_immigration_authorities": true,
    });
    asked("DOC", acts, "dea", "narcotics", &["judicial_arrest_warrant"], facts)
}

/// A detainer on an officer's own paper, when the release is due.
fn on_a_detainer(acts: &[&str]) -> String {
    let facts = json!({
        "release_due": true, "required_by_law": false, "detainer_lodged": true, "warrant_issuer": "immigration_officer",
    });
    asked("DOC", acts, "ice_ero", "civil_ina", &["i247a", "i200"], facts)
}

#[test]
fn every_outcome_has_its_status_and_several_acts_the_strictest() {
    let nothing = || json!({});
    let certificate = ["certify_u_or_t"];
    let cases: [(String, i32, &[&str]); 9] = [
        (on_a_detainer(&["hold"]), 3, &["barred"]),
        (of_the_drug_agency(&["disclose_status_only"]), 4, &["escalate"]),
        (of_the_drug_agency(&["give_access"]), 5, &["not_yet_known"]),
        (of_the_drug_agency(&["hold"]), 6, &["outside"]),
        (
            asked("NYPD", &certificate, "none", "none", &["written_request"], json!({"request_received": true})),
            7,
            &["required"],
        ),
        // In this order: outside, barred, not yet known, escalate.
        (
            of_the_drug_agency(&["hold", "notify_release", "give_access", "disclose_status_only"]),
            3,
            &["outside", "barred", "not_yet_known", "escalate"],
        ),
        (
            of_the_drug_agency(&["hold", "give_access", "disclose_status_only"]),
            4,
            &["outside", "not_yet_known", "escalate"],
        ),
        // A bar of one act and a duty to do another do not meet: each has its own answer.
        (on_a_detainer(&["release_person", "hold"]), 3, &["required", "barred"]),
        (
            asked("NYPD", &["certify_u_or_t", "hold"], "ice_ero", "civil_ina", &[], nothing()),
            5,
            &["required", "not_yet_known"],
        ),
    ];
    let place = Place::new();
    for (facts, status, outcomes) in cases {
        place.file("facts.json", &facts);
        let run = place.run(&["decide", "facts.json", "--on", DAY, "--json"]);
        let json = run.json();
        let found: Vec<&str> = match json.as_array() {
            Some(answers) => answers.iter().map(|answer| answer["outcome"].as_str().unwrap()).collect(),
            None => vec![json["outcome"].as_str().unwrap()],
        };
        assert_eq!((run.status, found.as_slice()), (status, outcomes), "{facts}");
        // Words on the page do not change the status.
        assert_eq!(place.run(&["decide", "facts.json", "--on", DAY]).status, status, "{facts}");
    }
}
