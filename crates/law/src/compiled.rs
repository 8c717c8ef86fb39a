//! A pack as bytes that the kernel alone can read: what decides and what is said with an answer, and nothing of how it was written.
//!
//! A pack that was loaded and proved is written once; a phone reads it without Markdown, TOML or Cedar, and makes the same
//! decision diagrams from it by the same code. The bytes are JSON with the fields in one order, so the same pack gives the same
//! bytes. They carry the hash of the pack's files, which names the law, not these bytes: whoever hands them on hashes them.
//!
//! Left out: paraphrases, marks, places, the rules as written, remarks for counsel, cases, theorems, and the map of facilities, of
//! which no answer speaks. There is no referee either: a pack that is read from here decides with one engine.

use std::{borrow::Cow, collections::BTreeSet, sync::Arc};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::{
    days::{self, Days},
    decision::PackRef,
    ids::{ActId, AgencyId, ProvisionId, RuleId, TermName, Text},
    kernel::{condition::Condition, diagram::MOST_VALUES},
    outcome::Layer,
    pack::{Effect, Law, Pack, Place, Provision, Read, Rule, Term, Ungoverned},
    slot::Slots,
    vocabulary::{FactType, Vocabulary},
};

/// The format's name and version: what else is written is another format.
const FORMAT: &str = "vouchsafe compiled pack 1";

/// The longest that is read, in bytes: eight times the city's own pack.
pub const MOST_BYTES: usize = 4 * 1024 * 1024;

/// The most agencies × acts × stretches of days that are read: each takes a place in a table before anything is asked.
const MOST_SLOTS: usize = 1_000_000;

/// Why bytes are no compiled pack.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CompiledError {
    /// More than any pack has.
    #[error("a compiled pack has at most {MOST_BYTES} bytes, and these are {0}; compile the pack again")]
    TooLong(usize),
    /// Not its form.
    #[error("this is no compiled pack: {0}; compile the pack again")]
    Form(String),
    /// Another version's.
    #[error("this pack was compiled as `{0}`, and what is read here is `{FORMAT}`; compile the pack again")]
    Format(String),
    /// It has the form, and does not hang together.
    #[error("this compiled pack does not hang together: {0}; compile the pack again")]
    Content(String),
}

/// What is written.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written<'a> {
    format: Cow<'a, str>,
    pack: PackRef,
    title: Text,
    time_zone: Cow<'a, str>,
    #[serde(deserialize_with = "days::date")]
    covers_from: Date,
    stretches: Vec<Date>,
    vocabulary: Cow<'a, Vocabulary>,
    never: Cow<'a, [Condition]>,
    terms: Vec<WrittenTerm>,
    provisions: Vec<WrittenProvision>,
    ungoverned: Vec<WrittenUngoverned>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenTerm {
    name: TermName,
    days: Days,
    citation: Text,
    plain: Text,
    is: Condition,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenProvision {
    id: ProvisionId,
    heading: Text,
    citation: Text,
    layer: Layer,
    days: Days,
    agencies: BTreeSet<AgencyId>,
    acts: BTreeSet<ActId>,
    plain: Text,
    read: Read,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    not_read: Vec<Text>,
    rules: Vec<WrittenRule>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenRule {
    id: RuleId,
    effect: Effect,
    plain: Text,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    agency: Option<AgencyId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    acts: Option<BTreeSet<ActId>>,
    when: Condition,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenUngoverned {
    agencies: BTreeSet<AgencyId>,
    acts: BTreeSet<ActId>,
}

impl Pack {
    /// The pack as bytes for [`Pack::from_compiled`]. The same pack gives the same bytes.
    ///
    /// Whoever compiles a pack has proved it: what reads the bytes proves nothing.
    ///
    /// # Errors
    /// When a number cannot be written, which no pack has.
    pub fn compiled(&self) -> Result<Vec<u8>, CompiledError> {
        let law = &self.law;
        let written = Written {
            format: FORMAT.into(),
            pack: self.reference.clone(),
            title: self.title.clone(),
            time_zone: self.time_zone.as_str().into(),
            covers_from: law.covers_from,
            stretches: law.stretches.clone(),
            vocabulary: Cow::Owned(spoken(&law.vocabulary)),
            never: law.never.as_slice().into(),
            terms: law.terms.iter().map(WrittenTerm::of).collect(),
            provisions: law.provisions.iter().map(WrittenProvision::of).collect(),
            ungoverned: law
                .ungoverned
                .iter()
                .map(|it| WrittenUngoverned { agencies: it.agencies.clone(), acts: it.acts.clone() })
                .collect(),
        };
        serde_json::to_vec(&written).map_err(|error| CompiledError::Form(error.to_string()))
    }

    /// The pack in these bytes. It decides as the pack that was compiled, without its referee.
    ///
    /// # Errors
    /// When the bytes are no compiled pack, are one of another version, or do not hang together.
    pub fn from_compiled(bytes: &[u8]) -> Result<Self, CompiledError> {
        if bytes.len() > MOST_BYTES {
            return Err(CompiledError::TooLong(bytes.len()));
        }
        let written: Written<'_> =
            serde_json::from_slice(bytes).map_err(|error| CompiledError::Form(error.to_string()))?;
        if written.format != FORMAT {
            return Err(CompiledError::Format(crate::question::shorten(&written.format)));
        }
        let law = Law {
            vocabulary: Arc::new(written.vocabulary.into_owned()),
            covers_from: written.covers_from,
            provisions: written.provisions.into_iter().map(WrittenProvision::read).collect(),
            terms: written.terms.into_iter().map(WrittenTerm::read).collect(),
            never: written.never.into_owned(),
            ungoverned: written
                .ungoverned
                .into_iter()
                .map(|it| Ungoverned { agencies: it.agencies, acts: it.acts, why: Text::new("") })
                .collect(),
            declared_conflicts: Vec::new(),
            stretches: written.stretches,
        };
        whole(&law)?;
        Ok(Self {
            reference: written.pack,
            title: written.title,
            time_zone: written.time_zone.into_owned(),
            slots: Slots::new(&law),
            law,
            cases: Vec::new(),
            theorems: Vec::new(),
            #[cfg(feature = "load")]
            referee: None,
        })
    }
}

/// The vocabulary without what no answer and no question says.
fn spoken(vocabulary: &Vocabulary) -> Vocabulary {
    let mut spoken = vocabulary.clone();
    spoken.facilities.clear();
    spoken.agencies.values_mut().for_each(|it| it.note = None);
    spoken.acts.values_mut().for_each(|it| it.note = None);
    spoken.requesters.values_mut().for_each(|it| it.note = None);
    spoken.documents.values_mut().for_each(|it| it.note = None);
    spoken.statutes.values_mut().for_each(|it| it.note = None);
    spoken.facts.values_mut().for_each(|it| it.note = None);
    spoken
}

/// What the kernel takes for granted of a pack, which the loader sees to for those that it reads itself.
fn whole(law: &Law) -> Result<(), CompiledError> {
    let no = |what: String| Err(CompiledError::Content(what));
    let vocabulary = &law.vocabulary;
    if law.stretches.first() != Some(&law.covers_from) || !law.stretches.is_sorted_by(|one, two| one < two) {
        return no("its stretches of days are out of order".to_owned());
    }
    let slots = vocabulary.agencies.len().saturating_mul(vocabulary.acts.len()).saturating_mul(law.stretches.len());
    if slots > MOST_SLOTS {
        return no(format!("it has {slots} agencies by acts by stretches of days, more than {MOST_SLOTS}"));
    }
    for (name, spec) in &vocabulary.facts {
        if *name != spec.name || (spec.kind == FactType::Enum && !(1..=MOST_VALUES).contains(&spec.values.len())) {
            return no(format!("the fact `{name}` has no values, too many or another name"));
        }
    }
    if law.never.len() != vocabulary.invariants.len() {
        return no("its invariants have not one condition each".to_owned());
    }
    let rules = law.provisions.iter().flat_map(|provision| &provision.rules).map(|rule| &rule.when);
    for condition in rules.chain(&law.never).chain(law.terms.iter().map(|term| &term.is)) {
        let mut lost = None;
        condition.atoms(&mut |atom| {
            let known = vocabulary.facts.get(atom.fact()).is_some_and(|spec| spec.kind.is_read_by_rules());
            if !known {
                lost = Some(atom.fact().clone());
            }
        });
        if let Some(fact) = lost {
            return no(format!("a rule reads the fact `{fact}`, which it does not have"));
        }
    }
    // A term that names itself, by whatever way, would have no end.
    let mut ends: BTreeSet<&TermName> = BTreeSet::new();
    loop {
        let found: Vec<&TermName> = law
            .terms
            .iter()
            .map(|term| &term.name)
            .filter(|name| !ends.contains(name))
            .filter(|name| {
                law.terms
                    .iter()
                    .filter(|it| it.name == **name)
                    .all(|it| it.is.terms().iter().all(|inner| ends.contains(inner)))
            })
            .collect();
        if found.is_empty() {
            break;
        }
        ends.extend(found);
    }
    if let Some(term) = law.terms.iter().find(|term| !ends.contains(&term.name)) {
        return no(format!("the term `{}` names itself, or one that it does not have", term.name));
    }
    Ok(())
}

impl WrittenTerm {
    fn of(term: &Term) -> Self {
        let Term { name, days, citation, plain, is, source: _, place: _ } = term.clone();
        Self { name, days, citation, plain, is }
    }

    fn read(self) -> Term {
        let Self { name, days, citation, plain, is } = self;
        Term { name, days, citation, plain, is, source: Text::new(""), place: Place::default() }
    }
}

impl WrittenProvision {
    fn of(provision: &Provision) -> Self {
        let Provision {
            id,
            heading,
            paraphrase: _,
            citation,
            layer,
            days,
            agencies,
            acts,
            plain,
            read,
            not_read,
            marks: _,
            rules,
            place: _,
        } = provision.clone();
        let rules = rules
            .into_iter()
            .map(|Rule { id, effect, plain, agency, acts, when, source: _, place: _ }| WrittenRule {
                id,
                effect,
                plain,
                agency,
                acts,
                when,
            })
            .collect();
        Self { id, heading, citation, layer, days, agencies, acts, plain, read, not_read, rules }
    }

    fn read(self) -> Provision {
        let empty = || Text::new("");
        let rules = self
            .rules
            .into_iter()
            .map(|WrittenRule { id, effect, plain, agency, acts, when }| Rule {
                id,
                effect,
                plain,
                agency,
                acts,
                when,
                source: empty(),
                place: Place::default(),
            })
            .collect();
        Provision {
            id: self.id,
            heading: self.heading,
            paraphrase: empty(),
            citation: self.citation,
            layer: self.layer,
            days: self.days,
            agencies: self.agencies,
            acts: self.acts,
            plain: self.plain,
            read: self.read,
            not_read: self.not_read,
            marks: empty(),
            rules,
            place: Place::default(),
        }
    }
}
