//! What the form that records a request asks, by what the question is about.

use crate::{asked::Asked, situations::Situation};

/// Acts that answer a question about a person: then the type of information must be said.
const ABOUT_A_PERSON: [&str; 4] = [
    "disclose_custody_information",
    "disclose_identifying_information",
    "disclose_status_only",
    "release_student_record",
];

/// Acts that may answer one: then it can be said without looking for it.
const MAY_INFORM: [&str; 5] =
    ["answer_subpoena", "share_surveillance_data", "share_dmv_records", "volunteer_information", "place_alert"];

/// Whether the question is about information on a person: then the form must say which.
#[must_use]
pub fn about_a_person(asked: &Asked) -> bool {
    asked.acts.iter().any(|act| ABOUT_A_PERSON.contains(&act.as_str()))
}

/// Whether the form asks which information was asked for before it asks anything else.
#[must_use]
pub fn asks_for_information(asked: &Asked) -> bool {
    about_a_person(asked) || asked.acts.iter().any(|act| MAY_INFORM.contains(&act.as_str()))
}

/// Which information was asked for, as far as the situation or the act already says it.
#[must_use]
pub fn information(asked: &Asked) -> &'static [&'static str] {
    let by_situation = asked.situation.as_deref().and_then(Situation::find).map(|one| one.information);
    let by_act = || -> &'static [&'static str] {
        match asked.acts.first().map(law::ActId::as_str) {
            Some("disclose_custody_information") => &["custody"],
            Some(act) if ABOUT_A_PERSON.contains(&act) => &["other"],
            _ => &[],
        }
    };
    by_situation.filter(|words| !words.is_empty()).unwrap_or_else(by_act)
}
