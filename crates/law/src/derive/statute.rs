//! Which law is being enforced, and whether that is immigration enforcement on the day: 10-178(a) and 9-131(h)(1)(ii).
//!
//! The label of a case ("criminal", "gang") decides nothing: the statute does, and the purpose of the act. A purpose that is
//! immigration enforcement makes it so whatever statute is named; a statute that is covered does so whatever purpose is said.
//! The words of 10-178(a) changed on 29 January 2026 (L.L. 63/2026); 9-131(h)(1)(ii) still has its words of 2014, "civil".

use jiff::civil::Date;

use super::Came;
use crate::{
    facts::{Facts, Value},
    outcome::Known,
    question::Question,
    vocabulary::{ImmigrationEnforcement, Statute, StatuteClass, Vocabulary},
};

/// The statute that stands in the vocabulary for "not asked yet".
const NOT_ASKED: &str = "unknown";

pub(super) fn class(vocabulary: &Vocabulary, question: &Question) -> Came {
    let named = statute(vocabulary, question).filter(|statute| statute.id.as_str() != NOT_ASKED);
    let value = named.map(|statute| Value::Text(statute.class.word().to_owned()));
    let because = named.map_or_else(
        || "it has not been asked which statute is being enforced".to_owned(),
        |statute| format!("{} ({})", statute.title, statute.citation),
    );
    Came { value, because: vec![because], from_list: false }
}

pub(super) fn not_named(vocabulary: &Vocabulary, question: &Question) -> Came {
    let (known, because) = match statute(vocabulary, question) {
        Some(Statute { class: StatuteClass::NotStated, .. }) => {
            (Known::Yes, "the requester was asked and named no statute")
        }
        Some(statute) if statute.id.as_str() != NOT_ASKED => (Known::No, "the requester named a statute"),
        _ => (Known::Unknown, "it has not been asked which statute is being enforced"),
    };
    Came::known(known, vec![because.to_owned()])
}

pub(super) fn immigration_enforcement(vocabulary: &Vocabulary, question: &Question, facts: &Facts, on: Date) -> Came {
    let Some(words) = vocabulary.immigration_enforcement.iter().find(|words| words.days.contains(on)) else {
        return Came::known(
            Known::Unknown,
            vec![format!("no definition of immigration enforcement is in force on {on}")],
        );
    };
    let (by_statute, mut because) = match statute(vocabulary, question) {
        Some(statute) => {
            let proxy = words.proxies.then(|| vocabulary.proxy(&statute.id, on)).flatten();
            let covered = if proxy.is_some() { Known::Yes } else { covers(words, statute) };
            let says = match (covered, proxy) {
                (_, Some(proxy)) => format!("is a proxy by the Mayor's determination ({})", proxy.citation),
                (Known::Yes, None) => format!("is within the definition of {}", words.citation),
                (Known::No, None) => format!("is outside the definition of {}", words.citation),
                (Known::Unknown, None) => format!("is not settled under the definition of {}", words.citation),
            };
            (covered, vec![format!("{} {says}", statute.title)])
        }
        None => (Known::Unknown, vec![format!("`{}` is not in the vocabulary", question.statute_enforced)]),
    };
    let purpose = purpose(facts, &mut because);
    Came::known(by_statute.or(purpose), because)
}

pub(super) fn civil_immigration_enforcement(vocabulary: &Vocabulary, question: &Question, facts: &Facts) -> Came {
    let (by_statute, because) = match statute(vocabulary, question) {
        Some(statute) => match statute.class {
            StatuteClass::CivilIna => (Known::Yes, format!("{} is civil immigration law", statute.title)),
            StatuteClass::NotStated | StatuteClass::Unknown => {
                (Known::Unknown, format!("{}: whether it is civil immigration law is not settled", statute.title))
            }
            _ => (Known::No, format!("{} is not civil immigration law", statute.title)),
        },
        None => (Known::Unknown, format!("`{}` is not in the vocabulary", question.statute_enforced)),
    };
    let mut because = vec![because];
    let purpose = match (facts.known("purpose_civil_immigration"), facts.known("purpose_immigration_enforcement")) {
        (Known::Yes, _) => Known::Yes,
        (Known::No, _) | (Known::Unknown, Known::No) => Known::No,
        (Known::Unknown, _) => Known::Unknown,
    };
    because.push(match purpose {
        Known::Yes => "the purpose of the act is civil immigration enforcement".to_owned(),
        Known::No => "the purpose of the act is not civil immigration enforcement".to_owned(),
        Known::Unknown => "whether the purpose of the act is civil immigration enforcement is not known".to_owned(),
    });
    Came::known(by_statute.or(purpose), because)
}

fn statute<'a>(vocabulary: &'a Vocabulary, question: &Question) -> Option<&'a Statute> {
    vocabulary.statutes.get(&question.statute_enforced)
}

/// The purpose, wide: civil enforcement is immigration enforcement too, so that one yes is enough.
fn purpose(facts: &Facts, because: &mut Vec<String>) -> Known {
    let purpose = match (facts.known("purpose_immigration_enforcement"), facts.known("purpose_civil_immigration")) {
        (Known::Yes, _) | (_, Known::Yes) => Known::Yes,
        (wide, _) => wide,
    };
    because.push(match purpose {
        Known::Yes => "the purpose of the act is immigration enforcement, whatever statute is named".to_owned(),
        Known::No => "the purpose of the act is not immigration enforcement".to_owned(),
        Known::Unknown => "whether the purpose of the act is immigration enforcement is not known".to_owned(),
    });
    purpose
}

/// Whether the words cover a statute, determinations of the Mayor aside.
fn covers(words: &ImmigrationEnforcement, statute: &Statute) -> Known {
    if words.classes.contains(&statute.class) {
        return Known::Yes;
    }
    match (statute.class, statute.limb) {
        (StatuteClass::NotStated | StatuteClass::Unknown, _) => Known::Unknown,
        (StatuteClass::EntryPresence, None) if !words.limbs.is_empty() => Known::Unknown,
        (StatuteClass::EntryPresence, Some(limb)) => {
            Known::from(words.limbs.contains(&limb) && (statute.ina || !words.ina_only))
        }
        _ => Known::No,
    }
}
