//! Who asks: whose unit it is, whether it is a federal immigration authority, whether it is law enforcement that is not local.
//!
//! 9-131(a)(4), 14-154(a)(3), 9-205(a): until 28 January 2026 Homeland Security's people; since L.L. 63/2026 anyone of, paid by or
//! acting for the federal government whose duties include, in whole or in part, one of four kinds of law, but not city personnel in
//! their city employment. So it goes by the unit and not by the badge. 10-178(d) asks about a non-local law enforcement agency.

use jiff::civil::Date;

use super::{Beside, Came};
use crate::{
    facts::{Facts, Value},
    ids::RequesterId,
    outcome::Known,
    question::Question,
    vocabulary::{AuthorityReach, FederalImmigrationAuthority, Requester, RequesterKind, Vocabulary},
};

/// The requester that stands in the vocabulary for "not known who asks".
const NOT_KNOWN: &str = "unknown";

pub(super) fn kind(vocabulary: &Vocabulary, question: &Question) -> Came {
    let known = requester(vocabulary, question).filter(|requester| requester.id.as_str() != NOT_KNOWN);
    let value = known.map(|requester| Value::Text(requester.kind.word().to_owned()));
    let because = known.map_or_else(|| "it is not known who asks".to_owned(), |requester| requester.title.clone());
    Came { value, because: vec![because], beside: Beside::Nothing }
}

/// Whether the requester is one of the units. A contractor or a task force may be theirs.
pub(super) fn among(vocabulary: &Vocabulary, question: &Question, units: &[RequesterId]) -> Came {
    let kind = requester(vocabulary, question).map_or(RequesterKind::Unknown, |requester| requester.kind);
    let known = match kind {
        _ if listed(question, units) => Known::Yes,
        RequesterKind::Unknown | RequesterKind::ContractorOrTaskForce => Known::Unknown,
        _ => Known::No,
    };
    asked(kind, Came::known(known, vec![format!("`{}` asks", question.requester)]), true)
}

/// Whether the requester is surely one of the units; nobody of the city is, of another it is asked.
pub(super) fn surely_among(vocabulary: &Vocabulary, question: &Question, units: &[RequesterId]) -> Came {
    let kind = requester(vocabulary, question).map_or(RequesterKind::Unknown, |requester| requester.kind);
    let known = match kind {
        _ if listed(question, units) => Known::Yes,
        RequesterKind::City => Known::No,
        _ => Known::Unknown,
    };
    asked(kind, Came::known(known, vec![format!("`{}` asks", question.requester)]), true)
}

fn listed(question: &Question, units: &[RequesterId]) -> bool {
    units.contains(&question.requester)
}

/// Of somebody of whom it is not known who it is, only the stricter statement counts.
fn asked(kind: RequesterKind, came: Came, stricter: bool) -> Came {
    came.beside(if kind == RequesterKind::Unknown { Beside::Only(stricter) } else { Beside::Anything })
}

/// Whether the requester acts as personnel of the city. Only on a task force, or of a contractor, must it be asked.
pub(super) fn is_city_personnel(vocabulary: &Vocabulary, question: &Question) -> Came {
    let kind = requester(vocabulary, question).map_or(RequesterKind::Unknown, |requester| requester.kind);
    let (known, because) = match kind {
        RequesterKind::City => (Known::Yes, "the city's own"),
        RequesterKind::Federal | RequesterKind::State | RequesterKind::OtherLocal => {
            (Known::No, "of another authority, not of the city")
        }
        RequesterKind::ContractorOrTaskForce => {
            (Known::Unknown, "a contractor or a task force: whose people, it says itself")
        }
        RequesterKind::Unknown => (Known::Unknown, "it is not known who asks"),
    };
    asked(kind, Came::known(known, vec![format!("`{}`: {because}", question.requester)]), false)
}

/// 4-210(b): government personnel who can enforce civil or criminal law, and not the city's.
pub(super) fn enforcer_not_of_the_city(vocabulary: &Vocabulary, question: &Question, facts: &Facts) -> Came {
    let Some(requester) = requester(vocabulary, question) else {
        return Came::known(Known::Unknown, vec![format!("`{}` is not in the vocabulary", question.requester)])
            .beside(Beside::Only(true));
    };
    let city = city_personnel(requester, facts);
    let enforces = Known::from(requester.enforces_law);
    let known = (!city).and(enforces);
    let because = match known {
        Known::Yes => "enforces the law, and is not of the city",
        Known::No => "is of the city, or enforces no law",
        Known::Unknown => "whether it can enforce civil or criminal law, and is not of the city, is not known",
    };
    asked(requester.kind, Came::known(known, vec![format!("{}: {because}", requester.title)]), true)
}

pub(super) fn federal_immigration_authority(
    vocabulary: &Vocabulary,
    question: &Question,
    facts: &Facts,
    section: Option<&str>,
    on: Date,
) -> Came {
    let Some(requester) = requester(vocabulary, question) else {
        return Came::known(Known::Unknown, vec![format!("`{}` is not in the vocabulary", question.requester)]);
    };
    let definition = vocabulary
        .federal_immigration_authority
        .iter()
        .filter(|definition| definition.days.contains(on))
        .find(|definition| section.is_none_or(|section| definition.sections.iter().any(|it| it == section)));
    let Some(definition) = definition else {
        return Came::known(
            Known::Unknown,
            vec![format!("no definition of federal immigration authorities is in force on {on}")],
        );
    };
    let mut because = Vec::new();
    let reached = reaches(definition, requester, &mut because);
    let duties = has_duties(vocabulary, definition, requester, question, on, &mut because);
    let city = city_personnel(requester, facts);
    match city {
        Known::Yes => because.push("city personnel in their city employment are not meant".to_owned()),
        Known::Unknown => {
            because.push("whether this is city personnel in their city employment is not known".to_owned())
        }
        Known::No => {}
    }
    because.push(format!("definition: {}", definition.citation));
    asked(requester.kind, Came::known(reached.and(duties).and(!city), because), true)
}

pub(super) fn non_local_law_enforcement(vocabulary: &Vocabulary, question: &Question, facts: &Facts) -> Came {
    let Some(requester) = requester(vocabulary, question) else {
        return Came::known(Known::Unknown, vec![format!("`{}` is not in the vocabulary", question.requester)]);
    };
    let local = match requester.kind {
        RequesterKind::Unknown => Known::Unknown,
        _ => city_personnel(requester, facts),
    };
    let enforces = Known::from(requester.enforces_law);
    let says = |known: Known, yes: &str, no: &str, open: &str| {
        format!(
            "{}: {}",
            requester.title,
            match known {
                Known::Yes => yes,
                Known::No => no,
                Known::Unknown => open,
            }
        )
    };
    let because = vec![
        says(local, "is the city's own", "is not the city's own", "whether it is the city's own is not known"),
        says(
            enforces,
            "enforces the law",
            "does not enforce the law",
            "whether it is a law enforcement agency is not known",
        ),
    ];
    asked(requester.kind, Came::known((!local).and(enforces), because), true)
}

fn requester<'a>(vocabulary: &'a Vocabulary, question: &Question) -> Option<&'a Requester> {
    vocabulary.requesters.get(&question.requester)
}

/// Whether the one who asks is the city's own personnel in city employment. On a task force that must be asked.
fn city_personnel(requester: &Requester, facts: &Facts) -> Known {
    let stated = facts.known("requester_is_city_personnel");
    match requester.kind {
        RequesterKind::City => Known::Yes,
        RequesterKind::ContractorOrTaskForce => stated,
        RequesterKind::Unknown => Known::Unknown,
        RequesterKind::Federal | RequesterKind::State | RequesterKind::OtherLocal => Known::No,
    }
}

/// Whether the definition speaks of people of this unit, duties aside.
fn reaches(definition: &FederalImmigrationAuthority, requester: &Requester, because: &mut Vec<String>) -> Known {
    let for_whom = Known::from(requester.for_federal);
    let reached = match (definition.who, requester.kind) {
        (_, RequesterKind::City) => Known::No,
        (AuthorityReach::Dhs, _) if requester.dhs => Known::Yes,
        (AuthorityReach::Federal, RequesterKind::Federal) => Known::Yes,
        (_, RequesterKind::Unknown) => Known::Unknown,
        // Someone who acts for the federal government may act for Homeland Security.
        (AuthorityReach::Dhs, RequesterKind::ContractorOrTaskForce) if for_whom != Known::No => Known::Unknown,
        (AuthorityReach::Dhs, _) => Known::No,
        (AuthorityReach::Federal, _) => for_whom,
    };
    let whose = match definition.who {
        AuthorityReach::Dhs => "the Department of Homeland Security",
        AuthorityReach::Federal => "the federal government",
    };
    because.push(match reached {
        Known::Yes => format!("{}: of {whose}, or paid by it or acting for it", requester.title),
        Known::No => format!("{}: neither of {whose} nor acting for it", requester.title),
        Known::Unknown => format!("{}: whether it acts for {whose} is not known", requester.title),
    });
    reached
}

fn has_duties(
    vocabulary: &Vocabulary,
    definition: &FederalImmigrationAuthority,
    requester: &Requester,
    question: &Question,
    on: Date,
    because: &mut Vec<String>,
) -> Known {
    let listed = requester.duties.as_ref().map(|duties| duties.iter().any(|duty| definition.duties.contains(duty)));
    let proxy =
        definition.proxies && requester.duty_statutes.iter().any(|statute| vocabulary.proxy(statute, on).is_some());
    // Who says that it enforces such a law here and now has it among its duties.
    let enforces = vocabulary.statutes.get(&question.statute_enforced).filter(|statute| {
        definition.duties.contains(&statute.class) || definition.proxies && vocabulary.proxy(&statute.id, on).is_some()
    });
    let duties = match enforces {
        Some(_) => Known::Yes,
        None if proxy => Known::Yes,
        None => Known::from(listed),
    };
    because.push(match (duties, enforces) {
        (Known::Yes, Some(statute)) if listed != Some(true) => format!("it says that it enforces {}", statute.title),
        (Known::Yes, _) => "its duties include such law".to_owned(),
        (Known::No, _) => "its duties do not include such law".to_owned(),
        (Known::Unknown, _) => "whether its duties include such law is not known".to_owned(),
    });
    duties
}
