//! Which law is being enforced, and whether that is immigration enforcement on the day: 10-178(a) and 9-131(h)(1)(ii).
//!
//! The label of a case ("criminal", "gang") decides nothing: the statute does, and the purpose of the act. A purpose that is
//! immigration enforcement makes it so whatever statute is named; a statute that is covered does so whatever purpose is said, and
//! so do a paper that is civil by itself and a lodged detainer. A "no" of an immigration authority frees nothing by itself: it
//! needs a paper of a criminal court, or counsel who confirms it from the papers.
//! The words of 10-178(a) changed on 29 January 2026 (L.L. 63/2026); 9-131(h)(1)(ii) still has its words of 2014, "civil".

use jiff::civil::Date;

use super::{Beside, Came, requester};
use crate::{
    facts::{Facts, Value},
    outcome::Known,
    question::Question,
    vocabulary::{Document, ImmigrationEnforcement, PaperShows, RequesterKind, Statute, StatuteClass, Vocabulary},
};

/// Who signs a warrant of a court, in the values of `warrant_issuer`.
const JUDGES: [&str; 2] = ["federal_judge_or_magistrate", "state_court"];

/// The statute, or the paper, that stands in the vocabulary for "not asked yet".
const NOT_ASKED: &str = "unknown";

pub(super) fn class(vocabulary: &Vocabulary, question: &Question) -> Came {
    let named = statute(vocabulary, question).filter(|statute| statute.id.as_str() != NOT_ASKED);
    let value = named.map(|statute| Value::Text(statute.class.word().to_owned()));
    let because = named.map_or_else(
        || "it has not been asked which statute is being enforced".to_owned(),
        |statute| format!("{} ({})", statute.title, statute.citation),
    );
    Came { value, because: vec![because], beside: Beside::Nothing }
}

pub(super) fn not_named(vocabulary: &Vocabulary, question: &Question) -> Came {
    let (known, because) = match statute(vocabulary, question) {
        Some(Statute { class: StatuteClass::NotStated, .. }) => {
            (Known::Yes, "the requester was asked and named no statute")
        }
        Some(statute) if statute.id.as_str() != NOT_ASKED => (Known::No, "the requester named a statute"),
        _ => (Known::Unknown, "it has not been asked which statute is being enforced"),
    };
    Came::known(known, vec![because.to_owned()]).beside(Beside::Only(true))
}

pub(super) fn immigration_enforcement(found: &Matter) -> Came {
    Came::known(found.wide, found.because.clone()).beside(found.beside())
}

pub(super) fn civil_immigration_enforcement(found: &Matter) -> Came {
    Came::known(found.civil, found.civil_because.clone()).beside(found.beside())
}

/// Whether it is for counsel if this is immigration enforcement: the statute is one of which nobody has decided it, or a
/// federal immigration authority says no and shows no paper of a criminal court. Never where it is settled.
pub(super) fn for_counsel(found: &Matter) -> Came {
    Came::known(found.for_counsel, found.because.clone()).beside(Beside::Nothing)
}

/// What the statute, the papers and the purpose make of a request.
pub(super) struct Matter {
    /// Immigration enforcement.
    wide: Known,
    /// Civil immigration enforcement.
    civil: Known,
    for_counsel: Known,
    because: Vec<String>,
    civil_because: Vec<String>,
}

impl Matter {
    /// What may be stated beside it: what the statute and the papers leave open is not closed by saying no.
    fn beside(&self) -> Beside {
        if self.for_counsel.is_yes() { Beside::OnlyWithForce(true) } else { Beside::Only(true) }
    }
}

pub(super) fn matter(vocabulary: &Vocabulary, question: &Question, facts: &Facts, on: Date) -> Matter {
    let statute = statute(vocabulary, question);
    let words = vocabulary.immigration_enforcement.iter().find(|words| words.days.contains(on));
    let by_paper = civil_paper(vocabulary, question, facts);
    let stated = |name: &str| facts.known(name);
    let wide_said = match (stated("purpose_immigration_enforcement"), stated("purpose_civil_immigration")) {
        (Known::Yes, _) | (_, Known::Yes) => Known::Yes,
        // Who states the result says no more than that of the purpose; what is civil is immigration enforcement too.
        _ if stated("civil_immigration_enforcement").is_yes() => Known::Yes,
        (Known::Unknown, _) => stated("immigration_enforcement"),
        (Known::No, _) => Known::No,
    };
    let civil_said = match (stated("purpose_civil_immigration"), stated("purpose_immigration_enforcement")) {
        (Known::Yes, _) => Known::Yes,
        (Known::No, _) | (Known::Unknown, Known::No) => Known::No,
        (Known::Unknown, _) => stated("civil_immigration_enforcement"),
    };
    let confirmed = stated("counsel_confirmed_purpose").is_yes();
    // A no counts from whoever is no immigration authority, on a paper of a criminal court, or when counsel confirms it.
    let no_counts = Known::from(confirmed)
        .or(!may_be_authority(vocabulary, question, facts, on))
        .or(criminal_paper(vocabulary, question, facts));
    let purpose = |said: Known| if said == Known::No && !no_counts.is_yes() { Known::Unknown } else { said };
    let named_for_counsel = statute.is_some_and(|it| it.class == StatuteClass::Unknown && it.id.as_str() != NOT_ASKED);
    let settled_by_counsel = |by_statute: Known, said: Known| {
        if named_for_counsel && confirmed && said == Known::No { Known::No } else { by_statute }
    };

    let (by_statute, mut because) = by_words(vocabulary, statute, words, question, on);
    let wide = match words {
        None => Known::Unknown,
        Some(_) => settled_by_counsel(by_statute, wide_said).or(Known::from(by_paper.is_some())).or(purpose(wide_said)),
    };
    let (civil_by_statute, civil) = match statute {
        Some(statute) => match statute.class {
            StatuteClass::CivilIna => (Known::Yes, format!("{} is civil immigration law", statute.title)),
            StatuteClass::NotStated | StatuteClass::Unknown => {
                (Known::Unknown, format!("{}: whether it is civil immigration law is not settled", statute.title))
            }
            _ => (Known::No, format!("{} is not civil immigration law", statute.title)),
        },
        None => (Known::Unknown, format!("`{}` is not in the vocabulary", question.statute_enforced)),
    };
    let mut civil_because = vec![civil];
    let civil =
        settled_by_counsel(civil_by_statute, civil_said).or(Known::from(by_paper.is_some())).or(purpose(civil_said));
    for (because, said, what) in [
        (&mut because, wide_said, "immigration enforcement"),
        (&mut civil_because, civil_said, "civil immigration enforcement"),
    ] {
        because.extend(by_paper.clone());
        because.push(match said {
            Known::Yes => format!("the purpose of the act is {what}, whatever statute is named"),
            Known::No if by_paper.is_some() => {
                format!("it is said that the purpose of the act is not {what}, and the papers say otherwise")
            }
            Known::No if no_counts.is_yes() => format!("the purpose of the act is not {what}"),
            Known::No => format!(
                "it is said that the purpose of the act is not {what}; of an immigration authority that shows no paper of a \
                 criminal court, counsel must confirm it from the papers"
            ),
            Known::Unknown => format!("whether the purpose of the act is {what} is not known"),
        });
    }
    let asked = statute.is_some_and(|it| it.id.as_str() != NOT_ASKED && it.class != StatuteClass::NotStated);
    // Before anything is said of the purpose it is open whether a no would count.
    let unconfirmed = (!wide_said).and(!no_counts);
    let for_counsel = if words.is_none() || !asked || wide != Known::Unknown || civil == Known::Yes {
        Known::No
    } else {
        Known::from(named_for_counsel).or(unconfirmed)
    };
    Matter { wide, civil, for_counsel, because, civil_because }
}

/// What the words of the definition say of the statute.
fn by_words(
    vocabulary: &Vocabulary,
    statute: Option<&Statute>,
    words: Option<&ImmigrationEnforcement>,
    question: &Question,
    on: Date,
) -> (Known, Vec<String>) {
    let Some(words) = words else {
        return (Known::Unknown, vec![format!("no definition of immigration enforcement is in force on {on}")]);
    };
    let Some(statute) = statute else {
        return (Known::Unknown, vec![format!("`{}` is not in the vocabulary", question.statute_enforced)]);
    };
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

/// The sentence that says which paper, or which act, is civil immigration enforcement by itself.
fn civil_paper(vocabulary: &Vocabulary, question: &Question, facts: &Facts) -> Option<String> {
    let paper = papers(vocabulary, question).find(|paper| paper.shows == Some(PaperShows::CivilImmigration));
    if let Some(paper) = paper {
        return Some(format!("among the papers: {}", paper.title));
    }
    if vocabulary.acts.get(&question.act).is_some_and(|act| act.civil_immigration) {
        return Some("the act is civil immigration enforcement by its own words".to_owned());
    }
    if facts.known("detainer_lodged").is_yes() {
        return Some("a detainer is lodged".to_owned());
    }
    let signed = ["immigration_officer", "immigration_judge"];
    issuer(facts)
        .filter(|issuer| signed.contains(issuer))
        .map(|_| "no judge signed the warrant: it is civil".to_owned())
}

/// Whether a paper shows that a criminal court is at work; a warrant only once it is known that a judge signed it.
fn criminal_paper(vocabulary: &Vocabulary, question: &Question, facts: &Facts) -> Known {
    let signed = match issuer(facts) {
        None => Known::Unknown,
        Some(issuer) => Known::from(JUDGES.contains(&issuer)),
    };
    papers(vocabulary, question).fold(Known::No, |any, paper| {
        any.or(match paper.shows {
            Some(PaperShows::CriminalCourt) => Known::Yes,
            Some(PaperShows::CriminalCourtIfSigned) => signed,
            _ => Known::No,
        })
    })
}

/// The judge who is said to have signed a warrant although the papers are known and none of them is one.
pub(super) fn signed_without_a_paper<'a>(
    vocabulary: &Vocabulary,
    question: &Question,
    facts: &'a Facts,
) -> Option<&'a str> {
    let warrant = |paper: &Document| paper.shows == Some(PaperShows::CriminalCourtIfSigned);
    let known =
        papers(vocabulary, question).next().is_some() && question.document.iter().all(|it| it.as_str() != NOT_ASKED);
    let missing = vocabulary.documents.values().any(warrant) && !papers(vocabulary, question).any(warrant);
    issuer(facts).filter(|issuer| known && missing && JUDGES.contains(issuer))
}

fn papers<'a>(vocabulary: &'a Vocabulary, question: &'a Question) -> impl Iterator<Item = &'a Document> {
    question.document.iter().filter_map(|paper| vocabulary.documents.get(paper))
}

fn issuer(facts: &Facts) -> Option<&str> {
    match facts.value("warrant_issuer") {
        Some(Value::Text(issuer)) => Some(issuer.as_str()),
        _ => None,
    }
}

/// Whether the requester is a federal immigration authority, or may be one that does not say so.
fn may_be_authority(vocabulary: &Vocabulary, question: &Question, facts: &Facts, on: Date) -> Known {
    let came = requester::federal_immigration_authority(vocabulary, question, facts, None, on);
    match came.value {
        Some(Value::Bool(value)) => Known::from(value),
        _ => Known::from(vocabulary.requesters.get(&question.requester).is_none_or(|requester| {
            requester.dhs || matches!(requester.kind, RequesterKind::ContractorOrTaskForce | RequesterKind::Unknown)
        })),
    }
}

fn statute<'a>(vocabulary: &'a Vocabulary, question: &Question) -> Option<&'a Statute> {
    vocabulary.statutes.get(&question.statute_enforced)
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
