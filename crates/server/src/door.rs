//! Which sentences are said with an answer, and at a door, with officers there, which of them are true by what is known.
//!
//! A sentence that speaks of a paper is said only where one is shown; where an emergency lets officers in, nobody is told to
//! wait; and nobody refuses what the public may do.

use guide::sentences::ending;
use law::{Facts, Outcome, Question};

use crate::words::Words;

/// What to say, do or not do (`part` is `say`, `do` or `do-not`), in the words of a family of situations where it has some for
/// this outcome. At a door they follow what is known there, whichever situation led to the question.
#[must_use]
pub fn sentence(
    words: &Words,
    part: &str,
    family: &str,
    (question, facts, outcome): (&Question, &Facts, Outcome),
) -> String {
    let (family, end) = ending(family, (question, facts, outcome));
    let exact = format!("{part}-{family}-{end}");
    let plain = if family == "door" { outcome.word() } else { end };
    let id = if words.has(&exact) { exact } else { format!("{part}-{plain}") };
    words.say(&id, &[])
}

/// The family of situations that an act belongs to by itself.
#[must_use]
pub fn family_of(act: &str) -> &'static str {
    match act {
        "give_access" => "door",
        "hold" | "notify_release" => "custody",
        "transfer_person" => "hand-over",
        "disclose_custody_information" | "disclose_identifying_information" | "answer_subpoena" => "information",
        _ => "any",
    }
}

#[cfg(test)]
mod tests {
    use guide::sentences::{ENDS, words_for};

    use super::*;

    fn asked(papers: &[&str]) -> Question {
        serde_json::from_value(serde_json::json!({
            "agency": "DSS", "act": "give_access", "requester": "fbi", "statute_enforced": "firearms", "document": papers
        }))
        .unwrap()
    }

    fn known(name: &str, yes: bool) -> Facts {
        let mut facts = Facts::new();
        facts.insert(name, law::Value::Bool(yes), "the desk");
        facts
    }

    #[test]
    fn a_sentence_about_a_paper_needs_a_paper() {
        let words = Words::new("en");
        for outcome in Outcome::ALL {
            let end = words_for(&asked(&["none"]), &Facts::new(), outcome);
            let said = words.say(&format!("say-door-{end}"), &[]);
            assert!(!said.contains("I see the paper") && !said.contains("reading your paper"), "{outcome:?}: {said}");
        }
        assert_eq!(words_for(&asked(&["i200"]), &Facts::new(), Outcome::Escalate), "escalate");
        assert_eq!(words_for(&asked(&["judicial_search_warrant"]), &Facts::new(), Outcome::Permitted), "permitted");
    }

    #[test]
    fn in_an_emergency_nobody_is_told_to_wait() {
        let words = Words::new("en");
        let facts = known("exigent_circumstances", true);
        let end = words_for(&asked(&["none"]), &facts, Outcome::Permitted);
        assert_eq!(end, "exigent");
        for part in ["say", "do", "do-not"] {
            let text = words.say(&format!("{part}-door-{end}"), &[]);
            assert!(!text.to_lowercase().contains("wait here") && !text.contains("read the paper"), "{text}");
        }
    }

    #[test]
    fn nobody_refuses_what_the_public_may_do() {
        let words = Words::new("en");
        let end = words_for(&asked(&["none"]), &known("non_public_area", false), Outcome::Outside);
        assert_eq!(end, "public");
        assert!(!words.say("say-door-public", &[]).contains("do not consent"));
        assert_eq!(words_for(&asked(&["none"]), &Facts::new(), Outcome::Outside), "outside");
    }

    #[test]
    fn every_end_has_its_sentences() {
        let words = Words::new("en");
        for end in ENDS {
            for part in ["say", "do", "do-not"] {
                assert!(words.has(&format!("{part}-door-{end}")), "{part}-door-{end}");
            }
        }
    }

    /// Decisions 7: no screen tells anybody to resist, hide, block or lie; where such a word stands, the sentence forbids it.
    #[test]
    fn no_sentence_tells_anybody_to_resist() {
        let words = Words::new("en");
        let ends = ENDS.into_iter().chain(Outcome::ALL.map(Outcome::word));
        let families = ["door", "custody", "hand-over", "information", "operation", "property", "any"];
        let mut read = 0;
        for (family, end) in ends.flat_map(|end| families.map(|family| (family, end))) {
            for part in ["say", "do", "do-not"] {
                for id in [format!("{part}-{family}-{end}"), format!("{part}-{end}")] {
                    let text = if words.has(&id) { words.say(&id, &[]) } else { continue };
                    read += 1;
                    for sentence in text.split(['.', '\n']) {
                        let sentence = sentence.trim().to_lowercase();
                        let mut words = sentence.split(|c: char| !c.is_alphabetic());
                        let resists = words
                            .any(|word| ["resist", "hide", "block", "lie", "touch", "lock", "stop"].contains(&word));
                        let forbids = sentence.starts_with("do not") || sentence.contains("do not ask them to stop");
                        assert!(!resists || forbids, "{id}: {sentence}");
                    }
                }
            }
        }
        assert!(read > 60, "{read}");
    }
}
