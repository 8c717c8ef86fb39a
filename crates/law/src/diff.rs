//! Two packs side by side: what a bill, or a corrected reading, would change.
//!
//! Provisions are matched by id and first day, cases and theorems are the old pack's, put to the new one. A past decision is
//! never changed by a new pack; this only says what would be answered.

use std::collections::BTreeMap;

use crate::{
    days::Days,
    decide::decide,
    ids::ProvisionId,
    outcome::{Layer, Outcome},
    pack::{CaseBody, Pack, Place, Provision},
    prove::{self, Proof},
};

/// What differs between two packs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Difference {
    /// Provisions, by id and first day.
    pub provisions: Vec<ChangedProvision>,
    /// Theorems of the old pack that fall in the new one.
    pub fallen: Vec<Proof>,
    /// Cases of the old pack that the new one answers otherwise.
    pub cases: Vec<ChangedCase>,
}

/// A version of a provision that was added, removed or changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangedProvision {
    /// The provision.
    pub id: ProvisionId,
    /// The days of the version, in the new pack if it is there.
    pub days: Days,
    /// How it changed.
    pub how: How,
    /// What changed, a phrase each; empty if it was added or removed.
    pub what: Vec<String>,
}

/// How a provision changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// Only the new pack has it.
    Added,
    /// Only the old pack has it.
    Removed,
    /// Both have it, and it differs.
    Changed,
}

/// A case that is answered otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangedCase {
    /// The case.
    pub id: String,
    /// Where the old pack writes it.
    pub place: Place,
    /// The old answer.
    pub was: Outcome,
    /// The new answer.
    pub is: Outcome,
    /// The layers whose answer changed: old and new.
    pub layers: BTreeMap<Layer, (Outcome, Outcome)>,
}

/// Lays two packs side by side.
#[must_use]
pub fn diff(old: &Pack, new: &Pack) -> Difference {
    Difference {
        provisions: provisions(old, new),
        fallen: prove::prove_own(new, &old.theorems).into_iter().filter(|proof| proof.broken.is_some()).collect(),
        cases: cases(old, new),
    }
}

fn provisions(old: &Pack, new: &Pack) -> Vec<ChangedProvision> {
    let by_name = |pack: &Pack| -> BTreeMap<(ProvisionId, Option<jiff::civil::Date>), Provision> {
        pack.provisions().iter().map(|it| ((it.id.clone(), it.days.from), it.clone())).collect()
    };
    let (olds, news) = (by_name(old), by_name(new));
    let mut changed = Vec::new();
    for (key, was) in &olds {
        match news.get(key) {
            None => changed.push(ChangedProvision {
                id: was.id.clone(),
                days: was.days,
                how: How::Removed,
                what: Vec::new(),
            }),
            Some(is) => {
                let what = differences(was, is);
                if !what.is_empty() {
                    changed.push(ChangedProvision { id: is.id.clone(), days: is.days, how: How::Changed, what });
                }
            }
        }
    }
    for is in news.iter().filter(|(key, _)| !olds.contains_key(key)).map(|it| it.1) {
        changed.push(ChangedProvision { id: is.id.clone(), days: is.days, how: How::Added, what: Vec::new() });
    }
    changed.sort_by(|one, two| one.id.cmp(&two.id).then(one.days.cmp(&two.days)));
    changed
}

fn differences(was: &Provision, is: &Provision) -> Vec<String> {
    let mut what = Vec::new();
    let mut say = |changed: bool, phrase: &str| {
        if changed {
            what.push(phrase.to_owned());
        }
    };
    say(was.days.until != is.days.until, "last day");
    say(was.citation != is.citation, "citation");
    say(was.plain != is.plain || was.paraphrase != is.paraphrase, "plain words");
    say(was.layer != is.layer, "layer");
    say(was.agencies != is.agencies, "agencies");
    say(was.acts != is.acts, "acts");
    say(was.read != is.read || was.not_read != is.not_read, "what was read");
    for rule in &was.rules {
        match is.rules.iter().find(|other| other.id == rule.id) {
            None => what.push(format!("rule `{}` removed", rule.id)),
            Some(other)
                if (&other.effect, &other.agency, &other.acts, &other.when)
                    != (&rule.effect, &rule.agency, &rule.acts, &rule.when) =>
            {
                what.push(format!("rule `{}` changed", rule.id));
            }
            Some(_) => {}
        }
    }
    for rule in is.rules.iter().filter(|rule| !was.rules.iter().any(|other| other.id == rule.id)) {
        what.push(format!("rule `{}` added", rule.id));
    }
    what
}

fn cases(old: &Pack, new: &Pack) -> Vec<ChangedCase> {
    let mut changed = Vec::new();
    for case in old.cases() {
        let CaseBody::Decide { on, question, facts, .. } = &case.body else { continue };
        let (was, is) = (decide(old, question, facts, *on), decide(new, question, facts, *on));
        let layers: BTreeMap<Layer, (Outcome, Outcome)> = was
            .layers
            .iter()
            .map(|(layer, was)| (*layer, (*was, is.layers.get(layer).copied().unwrap_or(Outcome::Outside))))
            .filter(|(_, (was, is))| was != is)
            .collect();
        if was.outcome != is.outcome || !layers.is_empty() {
            changed.push(ChangedCase {
                id: case.id.clone(),
                place: case.place.clone(),
                was: was.outcome,
                is: is.outcome,
                layers,
            });
        }
    }
    changed
}
