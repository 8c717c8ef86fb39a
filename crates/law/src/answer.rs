//! What can be said about one act of one agency when some facts are known: worked out once for each set of known values.
//!
//! An answer holds no fact's source and no date, so that the same question asked again finds it where answers are kept
//! ([`crate::kept`]): equal knowledge gives the equal answer.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use jiff::civil::Date;

use crate::{
    decision::{
        Condition as NeededCondition, Duty, FilingLine, NextQuestion, ProvisionResult, Unmet, WhyKind, WhyNode,
    },
    ids::{DutyId, FactName, Text},
    kernel::{
        condition::{Atom, Comparison, Condition},
        diagram::{IMPOSSIBLE, Mask, Ref, Store, YES, outcome, terminal},
    },
    outcome::{Known, Layer, Outcome},
    pack::{Effect, Law, Provision, Read, Rule},
    slot::{Slot, SlotProvision, SlotRule, Variable, mask_of, number_on, term_on},
    vocabulary::{FactSpec, FactType},
};

/// How many ways to a yes are told.
const MOST_WAYS: usize = 8;

/// What can be said, but for what a single asking adds: derived facts, the pack, the day.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) outcome: Outcome,
    pub(crate) layers: BTreeMap<Layer, Outcome>,
    pub(crate) provisions: Vec<ProvisionResult>,
    pub(crate) unmet: Vec<Unmet>,
    pub(crate) next_questions: Vec<NextQuestion>,
    pub(crate) ways_to_yes: Vec<Vec<NeededCondition>>,
    pub(crate) duties: Vec<Duty>,
    pub(crate) filing_lines: Vec<FilingLine>,
    pub(crate) not_yet_read: Vec<Text>,
    pub(crate) fault: Option<Text>,
}

/// For each variable the number of its value, [`UNKNOWN`] = not known; last, 1 if advice is asked for.
pub(crate) type Known8 = Box<[u8]>;
/// The number for a value that is not known.
pub(crate) const UNKNOWN: u8 = u8::MAX;

/// A rule's condition with negations at the leaves, terms named, and every sentence ready.
#[derive(Debug)]
pub(crate) enum Tree {
    Constant(bool),
    All(Vec<Tree>),
    Any(Vec<Tree>),
    Term { name: Text, plain: Text, negated: bool, part: Box<Tree> },
    Fact { variable: usize, mask: Mask, name: FactName, sentences: Arc<Sentences> },
}

/// What a condition on a fact says.
#[derive(Debug)]
pub(crate) struct Sentences {
    /// For each value of the variable.
    says: Vec<Text>,
    unknown: Text,
    needs: Text,
}

impl Tree {
    /// The tree of a condition as it stands on a day.
    pub(crate) fn of(
        condition: &Condition,
        law: &Law,
        on: Date,
        places: &HashMap<FactName, usize>,
        variables: &[Variable],
    ) -> Self {
        Planter { law, on, places, variables }.tree(condition, true)
    }

    /// Whether it holds, part by part: exact at the leaves, and never a guess.
    pub(crate) fn holds(&self, possible: &[Mask]) -> Known {
        match self {
            Self::Constant(holds) => Known::from(*holds),
            Self::All(parts) => parts.iter().fold(Known::Yes, |all, part| all.and(part.holds(possible))),
            Self::Any(parts) => parts.iter().fold(Known::No, |any, part| any.or(part.holds(possible))),
            Self::Term { part, .. } => part.holds(possible),
            Self::Fact { variable, mask, .. } => {
                let can = possible.get(*variable).copied().unwrap_or(0);
                if can & !mask == 0 {
                    Known::Yes
                } else if can & mask == 0 {
                    Known::No
                } else {
                    Known::Unknown
                }
            }
        }
    }

    fn why(&self, possible: &[Mask]) -> WhyNode {
        let group = |kind, parts: &[Self], text: &str| WhyNode {
            kind,
            holds: self.holds(possible),
            text: Text::new(text),
            name: None,
            parts: parts.iter().map(|part| part.why(possible)).collect(),
        };
        match self {
            Self::Constant(holds) => WhyNode {
                kind: WhyKind::Constant,
                holds: Known::from(*holds),
                text: Text::new(if *holds { "always" } else { "never" }),
                name: None,
                parts: Vec::new(),
            },
            Self::All(parts) => group(WhyKind::All, parts, "all of"),
            Self::Any(parts) => group(WhyKind::Any, parts, "any of"),
            Self::Term { name, plain, negated, part } => WhyNode {
                kind: if *negated { WhyKind::NotTerm } else { WhyKind::Term },
                holds: part.holds(possible),
                text: plain.clone(),
                name: Some(name.clone()),
                parts: vec![part.why(possible)],
            },
            Self::Fact { variable, name, sentences, .. } => {
                let can = possible.get(*variable).copied().unwrap_or(0);
                let said = can.is_power_of_two().then(|| sentences.says.get(can.trailing_zeros() as usize)).flatten();
                WhyNode {
                    kind: WhyKind::Fact,
                    holds: self.holds(possible),
                    text: said.unwrap_or(&sentences.unknown).clone(),
                    name: Some(name.as_str().into()),
                    parts: Vec::new(),
                }
            }
        }
    }

    /// The conditions at the leaves that do not hold or are not known, where the tree as a whole does not hold.
    fn lacking(&self, possible: &[Mask], found: &mut Vec<NeededCondition>) {
        let holds = self.holds(possible);
        if holds == Known::Yes {
            return;
        }
        match self {
            Self::Constant(_) => {}
            Self::All(parts) | Self::Any(parts) => parts.iter().for_each(|part| part.lacking(possible, found)),
            Self::Term { part, .. } => part.lacking(possible, found),
            Self::Fact { name, sentences, .. } => {
                let needs = NeededCondition { fact: name.clone(), holds, needs: sentences.needs.clone() };
                if !found.contains(&needs) {
                    found.push(needs);
                }
            }
        }
    }
}

struct Planter<'a> {
    law: &'a Law,
    on: Date,
    places: &'a HashMap<FactName, usize>,
    variables: &'a [Variable],
}

impl Planter<'_> {
    fn tree(&self, condition: &Condition, wanted: bool) -> Tree {
        let parts = |parts: &[Condition]| parts.iter().map(|part| self.tree(part, wanted)).collect();
        match condition {
            Condition::Constant(holds) => Tree::Constant(*holds == wanted),
            Condition::All(all) if wanted => Tree::All(parts(all)),
            Condition::Any(any) if !wanted => Tree::All(parts(any)),
            Condition::All(list) | Condition::Any(list) => Tree::Any(parts(list)),
            Condition::Not(part) => self.tree(part, !wanted),
            Condition::Term(name) => match term_on(self.law, name, self.on) {
                Some(term) => Tree::Term {
                    name: name.as_str().into(),
                    plain: term.plain.clone(),
                    negated: !wanted,
                    part: Box::new(self.tree(&term.is, wanted)),
                },
                None => Tree::Constant(!wanted),
            },
            Condition::Atom(atom) => self.leaf(atom, wanted),
        }
    }

    fn leaf(&self, atom: &Atom, wanted: bool) -> Tree {
        let (Some(place), Some(spec)) = (self.places.get(atom.fact()), self.law.vocabulary.facts.get(atom.fact()))
        else {
            return Tree::Constant(!wanted);
        };
        let variable = self.variables.get(*place);
        let every = variable.map_or(0, |it| it.domain.size());
        let mask = mask_of(self.law, self.on, atom, variable);
        let mask = if wanted { mask } else { !mask & if every >= 64 { Mask::MAX } else { (1 << every) - 1 } };
        let sentences = self.sentences(spec, atom, mask, wanted, every);
        Tree::Fact { variable: *place, mask, name: atom.fact().clone(), sentences: Arc::new(sentences) }
    }

    fn sentences(&self, spec: &FactSpec, atom: &Atom, mask: Mask, wanted: bool, every: usize) -> Sentences {
        let text = |sentence: &Option<String>| Text::new(sentence.as_deref().unwrap_or_default());
        let unknown = text(&spec.unknown);
        let says: Vec<Text> = match (spec.kind, atom) {
            (FactType::Enum, _) => spec
                .values
                .iter()
                .map(|value| Text::new(spec.says.get(value).map_or(value.as_str(), String::as_str)))
                .collect(),
            (FactType::Number, Atom::Compares(_, comparison, number)) => {
                let number = number_on(self.law, number, self.on).unwrap_or(0);
                let comparing = |holds: bool| {
                    let words = match (holds, comparison) {
                        (true, comparison) => comparison.words(),
                        (false, Comparison::Equal) => "is not exactly",
                        (false, Comparison::Less) => Comparison::AtLeast.words(),
                        (false, Comparison::AtMost) => Comparison::More.words(),
                        (false, Comparison::More) => Comparison::AtMost.words(),
                        (false, Comparison::AtLeast) => Comparison::Less.words(),
                    };
                    let noun = spec.noun.as_deref().unwrap_or(spec.name.as_str());
                    let mut first = noun.chars();
                    let noun: String =
                        first.next().map(|c| c.to_uppercase().chain(first).collect()).unwrap_or_default();
                    Text::from(format!("{noun} {words} {number} {}.", spec.unit.as_deref().unwrap_or_default()))
                };
                // Says of each stretch of numbers whether the rule's comparison, as written, holds there.
                (0..every).map(|index| comparing((mask >> index & 1 == 1) == wanted)).collect()
            }
            _ => vec![text(&spec.no), text(&spec.yes)],
        };
        let mut needed: Vec<&str> = Vec::new();
        for (index, sentence) in says.iter().enumerate() {
            if mask >> index & 1 == 1 && !needed.contains(&sentence.as_str()) {
                needed.push(sentence.as_str());
            }
        }
        let needs = Text::from(needed.join(" Or: "));
        Sentences { says, unknown, needs }
    }
}

/// The kind of a rule's node.
fn kind_of(effect: &Effect) -> WhyKind {
    match effect {
        Effect::Permits => WhyKind::Permits,
        Effect::Outside => WhyKind::Outside,
        Effect::Requires { .. } => WhyKind::Requires,
        Effect::Bars => WhyKind::Bars,
        Effect::Escalates => WhyKind::Escalates,
        Effect::Duty { .. } => WhyKind::Duty,
        Effect::Counts { .. } => WhyKind::Counts,
    }
}

impl Answer {
    /// An answer that bars, and says why.
    pub(crate) fn barred(fault: impl Into<String>) -> Self {
        Self {
            outcome: Outcome::Barred,
            layers: Layer::ALL.into_iter().map(|layer| (layer, Outcome::Outside)).collect(),
            provisions: Vec::new(),
            unmet: Vec::new(),
            next_questions: Vec::new(),
            ways_to_yes: Vec::new(),
            duties: Vec::new(),
            filing_lines: Vec::new(),
            not_yet_read: Vec::new(),
            fault: Some(Text::from(fault.into())),
        }
    }

    /// Works out everything that can be said when these values are possible; what to ask next only if it is `advised`.
    pub(crate) fn of(law: &Law, slot: &Slot, possible: &[Mask], advised: bool) -> Self {
        if slot.store.reach(slot.possible, possible).is_impossible() {
            return Self::barred(contradiction(law, slot, possible));
        }
        let mut answer = Self::barred(String::new());
        answer.fault = None;
        for (layer, root) in &slot.layers {
            answer.layers.insert(*layer, settled(&slot.store, *root, possible).unwrap_or(Outcome::NotYetKnown));
        }
        for in_slot in &slot.provisions {
            answer.provision(law, slot, in_slot, possible);
        }
        answer.outcome = match settled(&slot.store, slot.whole, possible) {
            Some(outcome) => outcome,
            None => Outcome::strictest(answer.layers.values().copied()),
        };
        if slot.provisions.is_empty() && answer.outcome == Outcome::Barred {
            answer.fault = Some(Text::from(format!(
                "no provision of this pack governs `{}` by `{}` on this day, and the silence is not declared",
                slot.act, slot.agency
            )));
        }
        if advised && settled(&slot.store, slot.whole, possible).is_none() {
            answer.advise(law, slot, possible);
        }
        answer
    }

    fn provision(&mut self, law: &Law, slot: &Slot, in_slot: &SlotProvision, possible: &[Mask]) {
        let Some(provision) = law.provisions.get(in_slot.number) else { return };
        let result = settled(&slot.store, in_slot.answer, possible).unwrap_or(Outcome::NotYetKnown);
        let frees = match result {
            Outcome::Permitted | Outcome::Required | Outcome::Outside => Known::Yes,
            Outcome::NotYetKnown => Known::Unknown,
            Outcome::Barred | Outcome::Escalate => Known::No,
        };
        let (mut parts, mut holding) = (Vec::new(), Vec::new());
        for rule_in_slot in &in_slot.rules {
            let Some(rule) = provision.rules.get(rule_in_slot.number) else { continue };
            let holds = known(&slot.store, rule_in_slot.holds, possible);
            parts.push(WhyNode {
                kind: kind_of(&rule.effect),
                holds,
                text: rule.plain.clone(),
                name: Some(rule.id.as_str().into()),
                parts: vec![rule_in_slot.tree.why(possible)],
            });
            self.duty(slot, provision, rule, rule_in_slot, possible, holds);
            if holds == Known::Yes {
                holding.push(rule.id.clone());
                match &rule.effect {
                    Effect::Counts { line } if !self.filing_lines.iter().any(|it| &it.line == line) => {
                        self.filing_lines.push(FilingLine { line: line.clone(), citation: provision.citation.clone() });
                    }
                    _ => {}
                }
            } else if frees != Known::Yes && rule.effect.frees() {
                let mut conditions = Vec::new();
                rule_in_slot.tree.lacking(possible, &mut conditions);
                self.unmet.push(Unmet {
                    provision: provision.id.clone(),
                    citation: provision.citation.clone(),
                    rule: rule.id.clone(),
                    plain: rule.plain.clone(),
                    conditions,
                });
            }
        }
        self.not_yet_read.extend(provision.not_read.iter().cloned());
        self.provisions.push(ProvisionResult {
            id: provision.id.clone(),
            citation: provision.citation.clone(),
            layer: provision.layer,
            result,
            plain: provision.plain.clone(),
            rules_that_hold: holding,
            why: Arc::new(WhyNode {
                kind: WhyKind::Provision,
                holds: frees,
                text: provision.plain.clone(),
                name: None,
                parts,
            }),
            read_in_part: provision.read == Read::InPart,
        });
    }

    /// Adds what a rule makes due: for certain where it holds, else as long as it is not certain that it does not.
    ///
    /// Read off the condition's own parts, not off the invariants: what is for counsel to decide is not decided, and a duty
    /// that hangs on it stays in sight.
    fn duty(
        &mut self,
        slot: &Slot,
        provision: &Provision,
        rule: &Rule,
        in_slot: &SlotRule,
        possible: &[Mask],
        holds: Known,
    ) {
        let (id, due) = match &rule.effect {
            Effect::Duty { duty, due } => (duty.clone(), due),
            Effect::Requires { due } => (DutyId::new(slot.act.as_str()), due),
            _ => return,
        };
        let certain = holds == Known::Yes;
        let required = matches!(rule.effect, Effect::Requires { .. });
        if !certain && in_slot.tree.holds(possible) == Known::No {
            return;
        }
        let same = |it: &&mut Duty| it.id == id && (!required || it.citation == provision.citation);
        let mut hangs_on = Vec::new();
        if !certain {
            in_slot.tree.lacking(possible, &mut hangs_on);
        }
        let duty = Duty {
            what: rule.plain.clone(),
            citation: provision.citation.clone(),
            due: due.clone(),
            certain,
            hangs_on,
            id: id.clone(),
        };
        match self.duties.iter_mut().find(same) {
            None => self.duties.push(duty),
            Some(found) if certain && !found.certain => *found = duty,
            Some(_) => {}
        }
    }

    /// What to ask next, and what would free the act.
    fn advise(&mut self, law: &Law, slot: &Slot, possible: &[Mask]) {
        let mut rest = Store::new(slot.store.sizes().to_vec());
        let whole = rest.restrict(&slot.store, slot.whole, possible);
        let mut ranked: Vec<(f64, u8, &FactSpec)> = Vec::new();
        for place in rest.support(whole) {
            let Some(spec) = slot.variables.get(place).and_then(|it| law.vocabulary.facts.get(&it.name)) else {
                continue;
            };
            ranked.push((left_after(&rest, whole, place, possible), spec.cost, spec));
        }
        ranked.sort_by(|one, two| one.0.total_cmp(&two.0).then(one.1.cmp(&two.1)).then(one.2.name.cmp(&two.2.name)));
        self.next_questions = ranked
            .into_iter()
            .map(|(_, cost, spec)| NextQuestion {
                fact: spec.name.clone(),
                question: Text::new(&spec.question),
                ask_of: Text::new(&spec.ask_of),
                cost,
            })
            .collect();
        let free = [Outcome::Permitted, Outcome::Required, Outcome::Outside].map(terminal);
        self.ways_to_yes = rest
            .prime_ways(whole, &free, MOST_WAYS)
            .into_iter()
            .map(|way| way.into_iter().filter_map(|(place, mask)| needed(law, slot, place, mask, possible)).collect())
            .collect();
    }
}

/// How many facts are still open, on average, once this one is known: 0 = it settles the question.
fn left_after(rest: &Store, whole: Ref, place: usize, possible: &[Mask]) -> f64 {
    let (mut sum, mut weights) = (0.0, 0.0);
    let mut masks = possible.to_vec();
    let can = possible.get(place).copied().unwrap_or(0);
    for value in (0..64).filter(|value| can >> value & 1 == 1) {
        if let Some(mask) = masks.get_mut(place) {
            *mask = 1 << value;
        }
        let mut then = Store::new(rest.sizes().to_vec());
        let root = then.restrict(rest, whole, &masks);
        let weight = if root == IMPOSSIBLE { 0.0 } else { then.share_possible(root) };
        let open = then.support(root).len();
        sum += weight * f64::from(u32::try_from(open).unwrap_or(u32::MAX));
        weights += weight;
    }
    if weights > 0.0 { sum / weights } else { f64::MAX }
}

/// A condition of a way to a yes, in words.
fn needed(law: &Law, slot: &Slot, place: usize, mask: Mask, possible: &[Mask]) -> Option<NeededCondition> {
    let variable = slot.variables.get(place)?;
    let spec = law.vocabulary.facts.get(&variable.name)?;
    let mut says: Vec<String> = Vec::new();
    for index in (0..variable.domain.size()).filter(|index| mask >> index & 1 == 1) {
        let sentence = match variable.domain.value(index)? {
            crate::facts::Value::Bool(true) => spec.yes.clone().unwrap_or_default(),
            crate::facts::Value::Bool(false) => spec.no.clone().unwrap_or_default(),
            crate::facts::Value::Text(value) => spec.says.get(&value).cloned().unwrap_or(value),
            _ => {
                says = vec![stretch_in_words(spec, &variable.domain, mask)];
                break;
            }
        };
        says.push(sentence);
    }
    let can = possible.get(place).copied().unwrap_or(0);
    let holds = if can & !mask == 0 { Known::Yes } else { Known::Unknown };
    Some(NeededCondition { fact: variable.name.clone(), holds, needs: Text::from(says.join(" Or: ")) })
}

/// The numbers of a mask over stretches, in words.
fn stretch_in_words(spec: &FactSpec, domain: &crate::kernel::domain::Domain, mask: Mask) -> String {
    let crate::kernel::domain::Domain::Stretches(cuts) = domain else { return String::new() };
    let (noun, unit) = (spec.noun.as_deref().unwrap_or(spec.name.as_str()), spec.unit.as_deref().unwrap_or_default());
    let mut parts = Vec::new();
    let mut index = 0;
    while index <= cuts.len() {
        if mask >> index & 1 == 0 {
            index += 1;
            continue;
        }
        let first = index;
        while index <= cuts.len() && mask >> index & 1 == 1 {
            index += 1;
        }
        let from = first.checked_sub(1).and_then(|below| cuts.get(below));
        let below = cuts.get(index - 1);
        parts.push(match (from, below) {
            (Some(from), Some(below)) => format!("is at least {from} and less than {below} {unit}"),
            (Some(from), None) => format!("is at least {from} {unit}"),
            (None, Some(below)) => format!("is less than {below} {unit}"),
            (None, None) => "is any".to_owned(),
        });
    }
    format!("{noun} {}.", parts.join(" or "))
}

/// What of the known facts contradicts each other, in the words of the invariants.
fn contradiction(law: &Law, slot: &Slot, possible: &[Mask]) -> String {
    let facts: BTreeSet<&FactName> = slot
        .variables
        .iter()
        .zip(possible)
        .filter(|(_, mask)| mask.is_power_of_two())
        .map(|(variable, _)| &variable.name)
        .collect();
    let broken = law.vocabulary.invariants.iter().zip(&law.never).filter(|(_, never)| {
        let mut all_known = true;
        never.atoms(&mut |atom| all_known &= facts.contains(atom.fact()));
        all_known
    });
    let on = law.stretches.get(slot.stretch).copied().unwrap_or(law.covers_from);
    let places: HashMap<FactName, usize> =
        slot.variables.iter().enumerate().map(|(place, it)| (it.name.clone(), place)).collect();
    let words: Vec<&str> = broken
        .filter(|(_, never)| Tree::of(never, law, on, &places, &slot.variables).holds(possible) == Known::Yes)
        .map(|(invariant, _)| invariant.plain.as_str())
        .collect();
    if words.is_empty() {
        "the facts contradict each other".to_owned()
    } else {
        format!("the facts contradict each other: {}", words.join(" "))
    }
}

/// The only outcome that is still possible.
pub(crate) fn settled(store: &Store, root: Ref, possible: &[Mask]) -> Option<Outcome> {
    outcome(store.reach(root, possible).only()?)
}

/// Whether a condition holds, whatever is still unknown.
pub(crate) fn known(store: &Store, root: Ref, possible: &[Mask]) -> Known {
    match store.reach(root, possible).only() {
        Some(YES) => Known::Yes,
        Some(_) => Known::No,
        None => Known::Unknown,
    }
}
