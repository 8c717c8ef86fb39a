//! What a desk meets, in the desk's words: a tap that fills in most of a question of law.
//!
//! A situation names acts of the pack's vocabulary; where a pack does not know an act, the situation is not offered. The
//! words are in Fluent (`situation-ID`, `situation-ID-hint`); the `family` picks the sentences of the answer.

use law::Vocabulary;

/// A situation: what it fills in.
#[derive(Debug)]
pub struct Situation {
    /// Its name in forms and Fluent ids.
    pub id: &'static str,
    /// Which sentences to say: `custody`, `hand-over`, `information`, `door`, `property`, `operation`.
    pub family: &'static str,
    /// The acts that are asked for; the first list whose agency matches, `*` for any.
    pub acts: &'static [(&'static str, &'static [&'static str])],
    /// The papers that it means, if any.
    pub documents: &'static [&'static str],
    /// The types of information that are asked for, in the record form's words.
    pub information: &'static [&'static str],
    /// What is said to be enforced, where the situation itself says so.
    pub statute: Option<&'static str>,
    /// Facts that it means: name and answer.
    pub facts: &'static [(&'static str, &'static str)],
}

/// Nobody has shown a paper or named an order: the act is not treated as required by law. Who has one taps the situation with
/// a paper. It can only make the answer stricter.
const NOBODY_NAMED_AN_ORDER: (&str, &str) = ("required_by_law", "no");

/// What a desk is asked for here stands in the department's own record about a person in its custody, and staff know it from
/// their work alone: the two elements of § 9-131(h)(1).
const FROM_THE_DEPARTMENT_S_RECORD: &[(&str, &str)] = &[
    NOBODY_NAMED_AN_ORDER,
    ("about_person_in_custody", "yes"),
    ("information_belongs_to_department", "yes"),
    ("information_known_only_officially", "yes"),
];

/// Every situation, the commonest first.
pub const SITUATIONS: &[Situation] = &[
    Situation {
        id: "detainer",
        family: "custody",
        acts: &[("*", &["hold", "notify_release"])],
        documents: &["i247a"],
        information: &[],
        statute: Some("civil_ina"),
        facts: &[("detainer_lodged", "yes")],
    },
    Situation {
        id: "release-date",
        family: "information",
        acts: &[("DOC", &["disclose_custody_information"]), ("*", &["disclose_identifying_information"])],
        documents: &[],
        information: &["release-date"],
        statute: None,
        facts: FROM_THE_DEPARTMENT_S_RECORD,
    },
    Situation {
        id: "screenshot",
        family: "information",
        acts: &[("DOC", &["disclose_custody_information"]), ("*", &["disclose_identifying_information"])],
        documents: &[],
        information: &["custody"],
        statute: None,
        facts: FROM_THE_DEPARTMENT_S_RECORD,
    },
    Situation {
        id: "door",
        family: "door",
        acts: &[("*", &["give_access"])],
        documents: &[],
        information: &[],
        statute: None,
        facts: &[("city_property", "yes"), ("non_public_area", "yes"), ("staff_under_duress", "no")],
    },
    Situation {
        id: "alert",
        family: "operation",
        acts: &[("*", &["place_alert"])],
        documents: &[],
        information: &[],
        statute: None,
        facts: &[NOBODY_NAMED_AN_ORDER],
    },
    Situation {
        id: "staging",
        family: "property",
        acts: &[("*", &["use_property"])],
        documents: &[],
        information: &[],
        statute: None,
        facts: &[NOBODY_NAMED_AN_ORDER],
    },
    Situation {
        id: "cameras",
        family: "information",
        acts: &[("*", &["share_surveillance_data"])],
        documents: &[],
        information: &[],
        statute: None,
        facts: &[NOBODY_NAMED_AN_ORDER],
    },
    Situation {
        id: "student",
        family: "information",
        acts: &[("*", &["release_student_record"])],
        documents: &[],
        information: &["other"],
        statute: None,
        facts: &[],
    },
    Situation {
        id: "subpoena",
        family: "information",
        acts: &[("*", &["answer_subpoena"])],
        documents: &[],
        information: &[],
        statute: None,
        facts: &[],
    },
    Situation {
        id: "hand-over",
        family: "hand-over",
        acts: &[("*", &["transfer_person"])],
        documents: &[],
        information: &[],
        statute: None,
        facts: &[],
    },
    Situation {
        id: "help",
        family: "operation",
        acts: &[("*", &["assist_operation"])],
        documents: &[],
        information: &[],
        statute: None,
        facts: &[NOBODY_NAMED_AN_ORDER],
    },
    Situation {
        id: "task-force",
        family: "operation",
        acts: &[("*", &["join_task_force"])],
        documents: &[],
        information: &[],
        statute: None,
        facts: &[NOBODY_NAMED_AN_ORDER],
    },
    Situation {
        id: "status",
        family: "information",
        acts: &[("*", &["disclose_status_only"])],
        documents: &[],
        information: &["other"],
        statute: None,
        facts: &[],
    },
];

/// A question that a situation puts before those that the kernel would put first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum First {
    /// Which papers are shown: where the paper is the matter, or decides whether anything but counsel is asked.
    Papers,
    /// Whether somebody is in danger: safety comes first (decisions 7).
    Danger,
}

impl Situation {
    /// What is asked before anything else.
    #[must_use]
    pub fn asks_first(&self) -> Option<First> {
        match self.id {
            "door" => Some(First::Danger),
            "student" | "subpoena" => Some(First::Papers),
            _ => None,
        }
    }

    /// Whether what the search of the databases showed is asked before other facts, in one question: of what stands in the
    /// department's record it decides.
    #[must_use]
    pub fn asks_for_the_search(&self) -> bool {
        self.facts == FROM_THE_DEPARTMENT_S_RECORD
    }

    /// The situation with this name.
    #[must_use]
    pub fn find(id: &str) -> Option<&'static Self> {
        SITUATIONS.iter().find(|situation| situation.id == id)
    }

    /// What it fills in for an agency, as form fields; empty when the pack does not know one of its words.
    #[must_use]
    pub fn fields(&self, agency: &str, vocabulary: &Vocabulary) -> Vec<(String, String)> {
        let Some((_, acts)) = self.acts.iter().find(|(who, _)| *who == agency || *who == "*") else {
            return Vec::new();
        };
        let mut fields = vec![("situation", self.id), ("agency", agency)];
        if acts.iter().any(|act| !vocabulary.acts.contains_key(*act)) {
            return Vec::new();
        }
        fields.extend(acts.iter().map(|act| ("act", *act)));
        fields.extend(
            self.documents
                .iter()
                .filter(|word| vocabulary.documents.contains_key(**word))
                .map(|word| ("document", *word)),
        );
        fields
            .extend(self.statute.filter(|word| vocabulary.statutes.contains_key(*word)).map(|word| ("statute", word)));
        let mut fields: Vec<(String, String)> =
            fields.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        for (name, value) in self.facts {
            if vocabulary.facts.contains_key(*name) {
                fields.push((format!("fact.{name}"), (*value).to_owned()));
            }
        }
        fields
    }
}
