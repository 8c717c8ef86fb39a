//! One act of one agency on one stretch of days: its rules as decision diagrams.
//!
//! Built when first asked for and kept. Stretches with the same rules, terms and numbers share one. The invariants of the
//! vocabulary are built in: facts that cannot be are no answer.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use jiff::civil::Date;

use crate::{
    answer::{Known8, Tree},
    decision::Decision,
    ids::{ActId, AgencyId, FactName},
    kept::Kept,
    kernel::{
        condition::{Atom, Condition, Number},
        diagram::{self, IMPOSSIBLE, Mask, NO, Ref, Store, YES},
        domain::Domain,
    },
    outcome::{Layer, Outcome},
    pack::{Effect, Law, Term, outcome_of},
};

/// A fact as a variable of a slot's diagrams.
#[derive(Clone, Debug)]
pub(crate) struct Variable {
    pub(crate) name: FactName,
    /// Its place among all facts.
    pub(crate) place: usize,
    /// Where it stands among the computed facts, if it is one.
    pub(crate) derived: Option<usize>,
    pub(crate) domain: Domain,
}

/// The rules on one act of one agency, as diagrams.
#[derive(Debug)]
pub(crate) struct Slot {
    pub(crate) number: usize,
    pub(crate) agency: AgencyId,
    pub(crate) act: ActId,
    /// A stretch on which it holds, as the number of the stretch.
    pub(crate) stretch: usize,
    pub(crate) variables: Vec<Variable>,
    pub(crate) store: Store,
    /// Yes where the facts are possible.
    pub(crate) possible: Ref,
    pub(crate) provisions: Vec<SlotProvision>,
    pub(crate) layers: BTreeMap<Layer, Ref>,
    pub(crate) whole: Ref,
    /// What was asked for beside the rules, as diagrams.
    pub(crate) extra: Vec<Ref>,
    #[cfg(feature = "load")]
    pub(crate) policies: OnceLock<crate::referee::Sliced>,
}

/// A provision in a slot.
#[derive(Debug)]
pub(crate) struct SlotProvision {
    /// Its number in the law.
    pub(crate) number: usize,
    pub(crate) answer: Ref,
    pub(crate) rules: Vec<SlotRule>,
}

/// A rule in a slot.
#[derive(Debug)]
pub(crate) struct SlotRule {
    /// Its number in its provision.
    pub(crate) number: usize,
    /// Yes where it holds.
    pub(crate) holds: Ref,
    pub(crate) tree: Tree,
}

/// How many answers are kept at most (one takes some tens of kilobytes).
const MOST_ANSWERS: usize = 2048;

/// Every slot of a pack, and the answers already worked out.
#[derive(Debug)]
pub(crate) struct Slots {
    agencies: Vec<AgencyId>,
    acts: Vec<ActId>,
    stretches: usize,
    table: Vec<OnceLock<Arc<Slot>>>,
    made: Mutex<HashMap<Key, Arc<Slot>>>,
    /// Without what a single asking adds: derived facts and the day.
    pub(crate) answers: Kept<(usize, Known8), Decision>,
}

/// What a slot is made of: two stretches with equal keys have one slot.
type Key = (AgencyId, ActId, Vec<usize>, Vec<usize>, Vec<i64>);

impl Slots {
    /// No slot made yet.
    pub(crate) fn new(law: &Law) -> Self {
        let agencies: Vec<AgencyId> = law.vocabulary.agencies.keys().cloned().collect();
        let acts: Vec<ActId> = law.vocabulary.acts.keys().cloned().collect();
        let count = agencies.len() * acts.len() * law.stretches.len();
        Self {
            agencies,
            acts,
            stretches: law.stretches.len(),
            table: std::iter::repeat_with(OnceLock::new).take(count).collect(),
            made: Mutex::default(),
            answers: Kept::new(MOST_ANSWERS),
        }
    }

    /// The slot of an act of an agency on a stretch; none if the vocabulary does not have them.
    pub(crate) fn slot(&self, law: &Law, agency: &AgencyId, act: &ActId, stretch: usize) -> Option<&Arc<Slot>> {
        let agency_number = self.agencies.binary_search(agency).ok()?;
        let act_number = self.acts.binary_search(act).ok()?;
        if stretch >= self.stretches {
            return None;
        }
        let cell = self.table.get((agency_number * self.acts.len() + act_number) * self.stretches + stretch)?;
        Some(cell.get_or_init(|| {
            let key = key(law, agency, act, stretch);
            let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(slot) = made.get(&key) {
                return Arc::clone(slot);
            }
            let slot = Arc::new(Slot::build(law, agency, act, stretch, &[], made.len()));
            made.insert(key, Arc::clone(&slot));
            slot
        }))
    }
}

/// The number of the stretch in which a day lies; none before the first.
pub(crate) fn stretch_of(law: &Law, on: Date) -> Option<usize> {
    law.stretches.partition_point(|first| *first <= on).checked_sub(1)
}

/// The numbers of the provisions that govern an act of an agency on a day.
fn governing(law: &Law, agency: &AgencyId, act: &ActId, on: Date) -> Vec<usize> {
    let all = law.provisions.iter().enumerate();
    all.filter(|(_, provision)| provision.governs(agency, act, on)).map(|(number, _)| number).collect()
}

pub(crate) fn term_on<'a>(law: &'a Law, name: &crate::ids::TermName, on: Date) -> Option<&'a Term> {
    law.terms.iter().find(|term| &term.name == name && term.days.contains(on))
}

fn key(law: &Law, agency: &AgencyId, act: &ActId, stretch: usize) -> Key {
    let Some(on) = law.stretches.get(stretch).copied() else {
        return (agency.clone(), act.clone(), Vec::new(), Vec::new(), Vec::new());
    };
    let provisions = governing(law, agency, act, on);
    let (mut terms, mut numbers, mut open) = (BTreeSet::new(), Vec::new(), Vec::new());
    for number in &provisions {
        let Some(provision) = law.provisions.get(*number) else { continue };
        open.extend(provision.rules.iter().filter(|rule| rule.admits(agency, act)).map(|rule| &rule.when));
    }
    while let Some(condition) = open.pop() {
        numbers.extend(condition.parameters().iter().filter_map(|name| law.vocabulary.parameter(name, on)));
        for name in condition.terms() {
            let found = law.terms.iter().enumerate().find(|(_, term)| term.name == name && term.days.contains(on));
            if let Some((number, term)) = found
                && terms.insert(number)
            {
                open.push(&term.is);
            }
        }
    }
    (agency.clone(), act.clone(), provisions, terms.into_iter().collect(), numbers)
}

/// The facts that conditions read on a day, terms followed.
#[cfg(feature = "load")]
pub(crate) fn facts_read<'a>(
    law: &Law,
    conditions: impl Iterator<Item = &'a Condition>,
    on: Date,
) -> BTreeSet<FactName> {
    let mut facts = Vec::new();
    conditions.for_each(|condition| collect(law, on, condition, &mut facts, &mut BTreeMap::new()));
    facts.into_iter().collect()
}

/// Adds the facts that a condition reads, in the order in which they stand, and the thresholds of numbers.
fn collect(
    law: &Law,
    on: Date,
    condition: &Condition,
    facts: &mut Vec<FactName>,
    cuts: &mut BTreeMap<FactName, Vec<i64>>,
) {
    match condition {
        Condition::Constant(_) => {}
        Condition::All(parts) | Condition::Any(parts) => {
            parts.iter().for_each(|part| collect(law, on, part, facts, cuts));
        }
        Condition::Not(part) => collect(law, on, part, facts, cuts),
        Condition::Term(name) => {
            if let Some(term) = term_on(law, name, on) {
                collect(law, on, &term.is, facts, cuts);
            }
        }
        Condition::Atom(atom) => {
            if !facts.contains(atom.fact()) {
                facts.push(atom.fact().clone());
            }
            if let Atom::Compares(fact, comparison, number) = atom
                && let Some(number) = number_on(law, number, on)
            {
                cuts.entry(fact.clone()).or_default().extend(Domain::cuts_for(*comparison, number));
            }
        }
    }
}

/// A number as it stands on a day.
pub(crate) fn number_on(law: &Law, number: &Number, on: Date) -> Option<i64> {
    match number {
        Number::Literal(number) => Some(*number),
        Number::Parameter(name) => law.vocabulary.parameter(name, on),
    }
}

impl Slot {
    /// Builds the diagrams of an act of an agency on a stretch, and of `extra` conditions on the same day.
    pub(crate) fn build(
        law: &Law,
        agency: &AgencyId,
        act: &ActId,
        stretch: usize,
        extra: &[&Condition],
        number: usize,
    ) -> Self {
        let on = law.stretches.get(stretch).copied().unwrap_or(law.covers_from);
        let numbers = governing(law, agency, act, on);
        let (mut facts, mut cuts) = (Vec::new(), BTreeMap::new());
        for number in &numbers {
            let rules = law.provisions.get(*number).map(|it| it.rules.as_slice()).unwrap_or_default();
            for rule in rules.iter().filter(|rule| rule.admits(agency, act)) {
                collect(law, on, &rule.when, &mut facts, &mut cuts);
            }
        }
        for condition in extra {
            collect(law, on, condition, &mut facts, &mut cuts);
        }
        let never = linked_invariants(law, on, &mut facts, &mut cuts);
        let variables: Vec<Variable> = facts
            .into_iter()
            .filter_map(|name| {
                let spec = law.vocabulary.facts.get(&name)?;
                let domain = Domain::of(spec, cuts.remove(&name).unwrap_or_default())?;
                let place = law.vocabulary.facts.keys().position(|it| *it == name)?;
                let derived = law.vocabulary.computed().position(|(it, ..)| it == place);
                Some(Variable { name, place, derived, domain })
            })
            .collect();
        let sizes = variables.iter().map(|it| u8::try_from(it.domain.size()).unwrap_or(u8::MAX)).collect();
        let mut maker = Maker {
            law,
            on,
            places: variables.iter().enumerate().map(|(place, it)| (it.name.clone(), place)).collect(),
            variables: &variables,
            store: Store::new(sizes),
        };
        let mut never_any = NO;
        for condition in never {
            let made = maker.diagram(condition);
            never_any = maker.store.or(made, never_any);
        }
        let mut provisions = Vec::new();
        for number in numbers {
            let Some(provision) = law.provisions.get(number) else { continue };
            let mut rules = Vec::new();
            let mut effects: Vec<(&Effect, Ref)> = Vec::new();
            for (rule_number, rule) in provision.rules.iter().enumerate() {
                if !rule.admits(agency, act) {
                    continue;
                }
                let when = maker.diagram(&rule.when);
                effects.push((&rule.effect, when));
                let holds = maker.store.choose(never_any, IMPOSSIBLE, when);
                let tree = Tree::of(&rule.when, law, on, &maker.places, &variables);
                rules.push(SlotRule { number: rule_number, holds, tree });
            }
            let answer = maker.provision(provision.read, &effects);
            let answer = maker.store.choose(never_any, IMPOSSIBLE, answer);
            provisions.push(SlotProvision { number, answer, rules });
        }
        let mut layers = BTreeMap::new();
        for layer in Layer::ALL {
            let of_layer = |it: &&SlotProvision| law.provisions.get(it.number).is_some_and(|it| it.layer == layer);
            let answers: Vec<Ref> = provisions.iter().filter(of_layer).map(|it| it.answer).collect();
            if !answers.is_empty() {
                layers.insert(layer, maker.strictest(&answers));
            }
        }
        let whole = if provisions.is_empty() {
            let silence = law.ungoverned.iter().any(|it| it.agencies.contains(agency) && it.acts.contains(act));
            diagram::terminal(if silence { Outcome::Outside } else { Outcome::Barred })
        } else {
            maker.strictest(&layers.values().copied().collect::<Vec<_>>())
        };
        let possible = maker.store.choose(never_any, IMPOSSIBLE, YES);
        let extra = extra.iter().map(|condition| maker.diagram(condition)).collect();
        let store = maker.store;
        Self {
            number,
            agency: agency.clone(),
            act: act.clone(),
            stretch,
            store,
            variables,
            possible,
            provisions,
            layers,
            whole,
            extra,
            #[cfg(feature = "load")]
            policies: OnceLock::new(),
        }
    }

    /// Every value of every variable.
    pub(crate) fn anything(&self) -> Vec<Mask> {
        (0..self.variables.len()).map(|variable| self.store.every(variable)).collect()
    }
}

/// The invariants that touch the facts, or facts that other such invariants touch; their facts are added at the end, so
/// that they are asked about last.
fn linked_invariants<'a>(
    law: &'a Law,
    on: Date,
    facts: &mut Vec<FactName>,
    cuts: &mut BTreeMap<FactName, Vec<i64>>,
) -> Vec<&'a Condition> {
    let mut open: Vec<&Condition> = law.never.iter().collect();
    let mut linked = Vec::new();
    loop {
        let (touching, rest): (Vec<_>, Vec<_>) = open.into_iter().partition(|condition| {
            let mut touches = false;
            condition.atoms(&mut |atom| touches |= facts.contains(atom.fact()));
            touches
        });
        if touching.is_empty() {
            return linked;
        }
        for condition in &touching {
            collect(law, on, condition, facts, cuts);
        }
        linked.extend(touching);
        open = rest;
    }
}

/// Makes diagrams of conditions as they stand on a day.
struct Maker<'a> {
    law: &'a Law,
    on: Date,
    places: HashMap<FactName, usize>,
    variables: &'a [Variable],
    store: Store,
}

impl Maker<'_> {
    fn diagram(&mut self, condition: &Condition) -> Ref {
        match condition {
            Condition::Constant(holds) => {
                if *holds {
                    YES
                } else {
                    NO
                }
            }
            Condition::All(parts) => parts.iter().fold(YES, |all, part| {
                let part = self.diagram(part);
                self.store.and(part, all)
            }),
            Condition::Any(parts) => parts.iter().fold(NO, |any, part| {
                let part = self.diagram(part);
                self.store.or(part, any)
            }),
            Condition::Not(part) => {
                let part = self.diagram(part);
                self.store.not(part)
            }
            Condition::Term(name) => match term_on(self.law, name, self.on) {
                Some(term) => self.diagram(&term.is),
                None => NO,
            },
            Condition::Atom(atom) => match self.places.get(atom.fact()) {
                Some(place) => {
                    let mask = mask_of(self.law, self.on, atom, self.variables.get(*place));
                    self.store.literal(*place, mask)
                }
                None => NO,
            },
        }
    }

    /// The outcome of a provision, from its rules' conditions.
    fn provision(&mut self, read: crate::pack::Read, effects: &[(&Effect, Ref)]) -> Ref {
        let any = |store: &mut Store, wanted: &Effect| {
            effects
                .iter()
                .filter(|(effect, _)| effect.word() == wanted.word())
                .fold(NO, |any, (_, when)| store.or(*when, any))
        };
        let store = &mut self.store;
        let duty = Effect::Requires { due: None };
        let [bars, escalates, requires, permits, outside] =
            [&Effect::Bars, &Effect::Escalates, &duty, &Effect::Permits, &Effect::Outside]
                .map(|effect| any(store, effect));
        // The order of questions below is that of `outcome_of`; the leaves are taken from it, so that the two agree.
        let leaf = |holding: &[&Effect]| diagram::terminal(outcome_of(read, holding.iter().copied()));
        let silent = leaf(&[]);
        let out = store.choose(outside, leaf(&[&Effect::Outside]), silent);
        let permitted = store.choose(permits, leaf(&[&Effect::Permits]), out);
        let required = store.choose(requires, leaf(&[&duty]), permitted);
        let escalated = store.choose(escalates, leaf(&[&Effect::Escalates]), required);
        let both = leaf(&[&Effect::Bars, &duty]);
        let barred = store.choose(requires, both, leaf(&[&Effect::Bars]));
        store.choose(bars, barred, escalated)
    }

    /// The strictest of several answers; a bar and a duty together go to counsel.
    fn strictest(&mut self, answers: &[Ref]) -> Ref {
        let mut any = |outcome: Outcome| {
            answers.iter().fold(NO, |any, answer| {
                let gives = self.store.gives(*answer, &[diagram::terminal(outcome)]);
                self.store.or(gives, any)
            })
        };
        let [barred, escalate, required, permitted] =
            [Outcome::Barred, Outcome::Escalate, Outcome::Required, Outcome::Permitted].map(&mut any);
        let store = &mut self.store;
        let t = diagram::terminal;
        let free = store.choose(permitted, t(Outcome::Permitted), t(Outcome::Outside));
        let duty = store.choose(required, t(Outcome::Required), free);
        let counsel = store.choose(escalate, t(Outcome::Escalate), duty);
        let both = store.choose(required, t(Outcome::Escalate), t(Outcome::Barred));
        store.choose(barred, both, counsel)
    }
}

/// The values of a variable for which an atom holds on a day.
pub(crate) fn mask_of(law: &Law, on: Date, atom: &Atom, variable: Option<&Variable>) -> Mask {
    let Some(variable) = variable else { return 0 };
    let holds = |index: usize| match (atom, variable.domain.value(index)) {
        (Atom::True(_), Some(crate::facts::Value::Bool(value))) => value,
        (Atom::Equals(_, wanted), Some(crate::facts::Value::Text(value))) => *wanted == value,
        (Atom::Compares(_, comparison, number), Some(crate::facts::Value::Number(value))) => {
            number_on(law, number, on).is_some_and(|number| comparison.holds(value, number))
        }
        _ => false,
    };
    (0..variable.domain.size()).filter(|index| holds(*index)).fold(0, |mask, index| mask | 1 << index)
}
