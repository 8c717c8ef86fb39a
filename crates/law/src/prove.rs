//! Theorems: what holds for every possible set of facts, proved over the decision diagrams.
//!
//! Nothing is sampled, but for the last: the diagrams of every act of every agency on every stretch of days are looked at
//! whole. A theorem that falls is given with facts that break it, and these are put to [`decide`] again. Built in, for
//! every pack: no permit without a citation; the bars carry no weight; no undeclared meeting of a permit and a bar in one
//! layer; no act of cooperation is required; nothing permits but a rule whose condition holds; Cedar finds what the kernel
//! finds (two sets of facts for each answer of each rule, since Cedar has no diagrams).

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use crate::{
    days::Days,
    decide::decide,
    derive::Derivation,
    facts::Facts,
    ids::{ActId, AgencyId, DocumentId, ProvisionId},
    kernel::{
        condition::Condition,
        diagram::{self, NO, Ref, Store, YES},
    },
    outcome::Outcome,
    pack::{Effect, Law, Pack, Place, Read, Theorem, TheoremOf},
    question::Question,
    slot::{Slot, term_on},
    vocabulary::ActKind,
};

/// What came of a theorem.
#[derive(Clone, Debug, PartialEq)]
pub struct Proof {
    /// The theorem's name.
    pub id: String,
    /// What it says, in words.
    pub plain: String,
    /// Where it is written; none = built in.
    pub place: Option<Place>,
    /// How many sets of rules it was proved over.
    pub looked_at: usize,
    /// What breaks it; none = it holds.
    pub broken: Option<Counterexample>,
}

/// Facts that break a theorem.
#[derive(Clone, Debug, PartialEq)]
pub struct Counterexample {
    /// The agency.
    pub agency: AgencyId,
    /// The act.
    pub act: ActId,
    /// A day.
    pub on: Date,
    /// The facts; what is left out does not matter.
    pub facts: Facts,
    /// What breaks it, in words.
    pub what: String,
    /// A question that leads there, and its answer; none if the derivations allow no such question.
    pub replayed: Option<(Question, Outcome)>,
}

/// Proves every theorem of a pack and those built in.
#[must_use]
pub fn prove(pack: &Pack) -> Vec<Proof> {
    prove_these(pack, &pack.theorems, true)
}

/// Proves theorems of another pack in this one, and those built in, without asking Cedar again.
pub(crate) fn prove_own(pack: &Pack, theorems: &[Theorem]) -> Vec<Proof> {
    prove_these(pack, theorems, false)
}

fn prove_these(pack: &Pack, theorems: &[Theorem], ask_cedar: bool) -> Vec<Proof> {
    let groups = groups(&pack.law, theorems, |_, _| true);
    let mut proofs = blank(theorems);
    for group in &groups {
        let slot = build(&pack.law, theorems, group);
        for (number, proof) in proofs.iter_mut().enumerate() {
            if proof.broken.is_none()
                && let Some(failure) = look(&pack.law, theorems, group, &slot, number, &mut proof.looked_at)
            {
                proof.broken = Some(replayed(pack, group, &slot, failure));
            }
        }
        #[cfg(not(feature = "load"))]
        let _ = ask_cedar;
        #[cfg(feature = "load")]
        if ask_cedar
            && let Some(proof) = proofs.last_mut()
            && proof.broken.is_none()
        {
            proof.looked_at += 1;
            proof.broken = kernel_is_cedar(pack, group, &slot);
        }
    }
    if let Some(provision) = pack.law.provisions.iter().find(|it| it.citation.as_str().trim().is_empty())
        && let Some(proof) = proofs.get_mut(theorems.len())
        && let (Some(agency), Some(act)) = (provision.agencies.first(), provision.acts.first())
    {
        proof.broken = Some(Counterexample {
            agency: agency.clone(),
            act: act.clone(),
            on: provision.days.from.unwrap_or(pack.law.covers_from),
            facts: Facts::new(),
            what: format!("`{}` has no citation", provision.id),
            replayed: None,
        });
    }
    proofs
}

/// The first theorem that falls in these groups, of the pack's and of those built in that `held`; Cedar is not asked.
pub(crate) fn any_falls(law: &Law, theorems: &[Theorem], groups: &[Group], held: &BTreeSet<String>) -> Option<String> {
    let names = blank(theorems);
    for group in groups {
        let slot = build(law, theorems, group);
        for (number, proof) in names.iter().enumerate() {
            let judges = number < theorems.len() || held.contains(&proof.id);
            if judges && look(law, theorems, group, &slot, number, &mut 0).is_some() {
                return Some(proof.id.clone());
            }
        }
    }
    None
}

const BUILT_IN: [(&str, &str); 6] = [
    ("no-permit-without-citation", "Every provision says where it stands."),
    (
        "bars-carry-no-weight",
        "A provision with every bar and escalation removed frees nothing more: silence bars, and a bar only names why.",
    ),
    (
        "no-undeclared-conflict",
        "Where one provision permits, no other of the same layer bars or escalates by name, unless counsel decided it.",
    ),
    ("cooperation-is-never-required", "Only the city's own duties are ever required."),
    (
        "nothing-permits-but-a-rule",
        "A provision permits only where the condition of one of its rules that permit holds, and the whole only where a provision does.",
    ),
    ("kernel-is-cedar", "Cedar's own authorizer finds the rules to hold that the kernel finds to hold."),
];

fn blank(theorems: &[Theorem]) -> Vec<Proof> {
    let own = theorems.iter().map(|theorem| Proof {
        id: theorem.id.clone(),
        plain: theorem.plain.clone(),
        place: Some(theorem.place.clone()),
        looked_at: 0,
        broken: None,
    });
    let built_in = BUILT_IN.iter().map(|(id, plain)| Proof {
        id: (*id).to_owned(),
        plain: (*plain).to_owned(),
        place: None,
        looked_at: 0,
        broken: None,
    });
    own.chain(built_in).collect()
}

/// One set of rules, with the theorems that speak of it; one agency, act and stretch stand for all that share it.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    pub(crate) agency: AgencyId,
    pub(crate) act: ActId,
    pub(crate) stretch: usize,
    pub(crate) theorems: Vec<usize>,
    /// The numbers of the provisions that govern.
    pub(crate) provisions: Vec<usize>,
    /// The numbers of the terms that their rules, or the theorems, use.
    pub(crate) terms: BTreeSet<usize>,
}

/// The days of a stretch.
pub(crate) fn days_of(law: &Law, stretch: usize) -> Days {
    Days { from: law.stretches.get(stretch).copied(), until: law.stretches.get(stretch + 1).copied() }
}

/// Every different set of rules of a law, of those acts of agencies that are `wanted`.
pub(crate) fn groups(law: &Law, theorems: &[Theorem], wanted: impl Fn(&AgencyId, &ActId) -> bool) -> Vec<Group> {
    let mut seen = BTreeSet::new();
    let mut groups = Vec::new();
    for (stretch, on) in law.stretches.iter().enumerate() {
        let days = days_of(law, stretch);
        for agency in law.vocabulary.agencies.keys() {
            for (act, spec) in law.vocabulary.acts.iter().filter(|(act, _)| wanted(agency, act)) {
                let mut provisions = Vec::new();
                let mut rules = Vec::new();
                let mut conditions: Vec<&Condition> = Vec::new();
                for (number, provision) in law.provisions.iter().enumerate() {
                    if !provision.governs(agency, act, *on) {
                        continue;
                    }
                    provisions.push(number);
                    for (rule_number, rule) in provision.rules.iter().enumerate() {
                        if rule.admits(agency, act) {
                            rules.push((number, rule_number));
                            conditions.push(&rule.when);
                        }
                    }
                }
                let speaking: Vec<usize> = theorems
                    .iter()
                    .enumerate()
                    .filter(|(_, it)| it.agencies.contains(agency) && it.acts.contains(act) && it.days.overlaps(&days))
                    .map(|(number, _)| number)
                    .collect();
                conditions.extend(speaking.iter().filter_map(|number| theorems.get(*number)).map(|it| &it.when));
                let (terms, numbers) = names_of(law, conditions, *on);
                // A silence is declared for an agency and an act, so those without provisions are told apart.
                let silent = provisions.is_empty().then(|| (agency.clone(), act.clone()));
                let key =
                    (provisions.clone(), rules, terms.clone(), numbers, speaking.clone(), spec.kind as u8, silent);
                if seen.insert(key) {
                    groups.push(Group {
                        agency: agency.clone(),
                        act: act.clone(),
                        stretch,
                        theorems: speaking,
                        provisions,
                        terms,
                    });
                }
            }
        }
    }
    groups
}

/// The numbers of the terms and the values of the parameters that conditions use on a day.
fn names_of<'a>(law: &'a Law, mut open: Vec<&'a Condition>, on: Date) -> (BTreeSet<usize>, Vec<i64>) {
    let (mut terms, mut numbers) = (BTreeSet::new(), BTreeMap::new());
    while let Some(condition) = open.pop() {
        for name in condition.parameters() {
            numbers.insert(name.clone(), law.vocabulary.parameter(&name, on).unwrap_or(i64::MIN));
        }
        for name in condition.terms() {
            let found = law.terms.iter().position(|term| term.name == name && term.days.contains(on));
            if let Some(number) = found
                && terms.insert(number)
                && let Some(term) = term_on(law, &name, on)
            {
                open.push(&term.is);
            }
        }
    }
    (terms, numbers.into_values().collect())
}

fn build(law: &Law, theorems: &[Theorem], group: &Group) -> Slot {
    let extra: Vec<&Condition> =
        group.theorems.iter().filter_map(|number| theorems.get(*number)).map(|theorem| &theorem.when).collect();
    Slot::build(law, &group.agency, &group.act, group.stretch, &extra, 0)
}

/// What breaks a theorem: an example in a slot, and words.
struct Failure {
    example: BTreeMap<usize, usize>,
    what: String,
    on: Date,
}

/// Looks at one theorem, by its number among the pack's and then the built-in ones, in one group.
fn look(
    law: &Law,
    theorems: &[Theorem],
    group: &Group,
    slot: &Slot,
    number: usize,
    looked_at: &mut usize,
) -> Option<Failure> {
    let on = law.stretches.get(group.stretch).copied()?;
    if let Some(theorem) = theorems.get(number) {
        let place = group.theorems.iter().position(|it| *it == number)?;
        *looked_at += 1;
        let on = theorem.days.from.map_or(on, |from| from.max(on));
        return theorem_falls(law, theorem, slot, *slot.extra.get(place)?, on);
    }
    let built_in = number - theorems.len();
    // The first is looked at once for the whole pack, the last by the caller, who has Cedar.
    *looked_at += usize::from((1..5).contains(&built_in));
    match built_in {
        1 => bars_carry_weight(law, slot, on),
        2 => conflict(law, slot, on),
        3 => required(law, group, slot, on),
        4 => permits_without_a_rule(law, slot, on),
        _ => None,
    }
}

fn theorem_falls(law: &Law, theorem: &Theorem, slot: &Slot, when: Ref, on: Date) -> Option<Failure> {
    let root = match &theorem.of {
        TheoremOf::Whole => slot.whole,
        TheoremOf::Layer(layer) => {
            slot.layers.get(layer).copied().unwrap_or_else(|| diagram::terminal(Outcome::Outside))
        }
        TheoremOf::Provision(id) => {
            let found = slot.provisions.iter().find(|it| law.provisions.get(it.number).is_some_and(|it| &it.id == id));
            found.map_or_else(|| diagram::terminal(Outcome::Outside), |it| it.answer)
        }
    };
    let mut store = slot.store.clone();
    // Terminals of the whole that stand outside facts (no provision at all) must still give way to what cannot be.
    let root = and_possible(&mut store, slot.possible, root);
    for outcome in Outcome::ALL.into_iter().filter(|outcome| !theorem.outcome_in.contains(outcome)) {
        let gives = store.gives(root, &[diagram::terminal(outcome)]);
        let breaks = store.choose(when, gives, NO);
        if let Some(example) = store.example(breaks, YES) {
            return Some(Failure { example, what: format!("the answer is {outcome}"), on });
        }
    }
    None
}

/// The diagram where the facts are possible, no where they are not.
fn and_possible(store: &mut Store, possible: Ref, root: Ref) -> Ref {
    store.choose(possible, root, NO)
}

/// The diagram of the rules of a provision with an effect that `wanted` accepts.
fn any_rule(
    store: &mut Store,
    law: &Law,
    in_slot: &crate::slot::SlotProvision,
    wanted: impl Fn(&Effect) -> bool,
) -> Ref {
    let Some(provision) = law.provisions.get(in_slot.number) else { return NO };
    in_slot.rules.iter().fold(NO, |any, rule| match provision.rules.get(rule.number) {
        Some(written) if wanted(&written.effect) => {
            let holds = store.gives(rule.holds, &[YES]);
            store.or(holds, any)
        }
        _ => any,
    })
}

fn bars_carry_weight(law: &Law, slot: &Slot, on: Date) -> Option<Failure> {
    let mut store = slot.store.clone();
    for in_slot in &slot.provisions {
        let provision = law.provisions.get(in_slot.number)?;
        let frees = |effect: &Effect| match effect {
            Effect::Permits => provision.read == Read::Whole,
            effect => effect.frees(),
        };
        let freed = any_rule(&mut store, law, in_slot, frees);
        let forbidden = any_rule(&mut store, law, in_slot, Effect::forbids);
        let both = store.and(freed, forbidden);
        if let Some(example) = store.example(both, YES) {
            let names: Vec<String> = in_slot
                .rules
                .iter()
                .filter_map(|rule| provision.rules.get(rule.number).map(|written| (rule, written)))
                .filter(|(rule, written)| {
                    (written.effect.frees() || written.effect.forbids()) && holds_at(&store, rule.holds, &example)
                })
                .map(|(_, written)| format!("`{}` ({})", written.id, written.effect.word()))
                .collect();
            let what = format!("in `{}` a bar decides against a rule that frees: {}", provision.id, names.join(", "));
            return Some(Failure { example, what, on });
        }
    }
    None
}

/// Whether a condition can hold where an example stands.
fn holds_at(store: &Store, root: Ref, example: &BTreeMap<usize, usize>) -> bool {
    let masks: Vec<_> = (0..store.sizes().len())
        .map(|variable| example.get(&variable).map_or_else(|| store.every(variable), |value| 1 << value))
        .collect();
    store.reach(root, &masks).has(YES)
}

fn conflict(law: &Law, slot: &Slot, on: Date) -> Option<Failure> {
    let mut store = slot.store.clone();
    for one in &slot.provisions {
        for two in &slot.provisions {
            let (permits, bars) = (law.provisions.get(one.number)?, law.provisions.get(two.number)?);
            if one.number == two.number || permits.layer != bars.layer || declared(law, &permits.id, &bars.id) {
                continue;
            }
            let permitted = store.gives(one.answer, &[diagram::terminal(Outcome::Permitted)]);
            let barred = any_rule(&mut store, law, two, Effect::forbids);
            let both = store.and(permitted, barred);
            if let Some(example) = store.example(both, YES) {
                let what = format!("`{}` permits where `{}` bars or escalates by name", permits.id, bars.id);
                return Some(Failure { example, what, on });
            }
        }
    }
    None
}

fn declared(law: &Law, permit: &ProvisionId, bar: &ProvisionId) -> bool {
    law.declared_conflicts.iter().any(|it| &it.permit == permit && &it.bar == bar)
}

fn required(law: &Law, group: &Group, slot: &Slot, on: Date) -> Option<Failure> {
    if law.vocabulary.acts.get(&group.act).is_some_and(|act| act.kind == ActKind::Duty) {
        return None;
    }
    let example = slot.store.example(slot.whole, diagram::terminal(Outcome::Required))?;
    Some(Failure { example, what: format!("`{}` is required, and is no duty", group.act), on })
}

fn permits_without_a_rule(law: &Law, slot: &Slot, on: Date) -> Option<Failure> {
    let mut store = slot.store.clone();
    let permitted = [diagram::terminal(Outcome::Permitted)];
    let mut some_provision = NO;
    for in_slot in &slot.provisions {
        let provision = law.provisions.get(in_slot.number)?;
        let permits = store.gives(in_slot.answer, &permitted);
        let rule = any_rule(&mut store, law, in_slot, |effect| *effect == Effect::Permits);
        let alone = store.choose(rule, NO, permits);
        if let Some(example) = store.example(alone, YES) {
            return Some(Failure { example, what: format!("`{}` permits, and no rule of it does", provision.id), on });
        }
        some_provision = store.or(permits, some_provision);
    }
    let permits = store.gives(slot.whole, &permitted);
    let alone = store.choose(some_provision, NO, permits);
    let example = store.example(alone, YES)?;
    Some(Failure { example, what: "the whole permits, and no provision does".to_owned(), on })
}

/// The facts of an example, and a question that leads there, if there is one.
fn replayed(pack: &Pack, group: &Group, slot: &Slot, failure: Failure) -> Counterexample {
    let mut facts = Facts::new();
    for (place, value) in &failure.example {
        if let Some(variable) = slot.variables.get(*place)
            && let Some(value) = variable.domain.value(*value)
        {
            facts.insert(variable.name.clone(), value, "counterexample");
        }
    }
    let replayed = question_for(pack, group, &facts, failure.on);
    Counterexample {
        agency: group.agency.clone(),
        act: group.act.clone(),
        on: failure.on,
        facts,
        what: failure.what,
        replayed,
    }
}

/// A question of the vocabulary under which these facts do not contradict what is derived, and its answer.
fn question_for(pack: &Pack, group: &Group, facts: &Facts, on: Date) -> Option<(Question, Outcome)> {
    let vocabulary = pack.vocabulary();
    let document = papers_for(pack, facts);
    for requester in vocabulary.requesters.keys() {
        for statute in vocabulary.statutes.keys() {
            let question = Question {
                agency: group.agency.clone(),
                act: group.act.clone(),
                requester: requester.clone(),
                statute_enforced: statute.clone(),
                document: document.clone(),
            };
            let decision = decide(pack, &question, facts, on);
            if decision.fault.is_none() {
                return Some((question, decision.outcome));
            }
        }
    }
    None
}

/// Papers that make the facts `document_shown:...` what they must be.
fn papers_for(pack: &Pack, facts: &Facts) -> Vec<DocumentId> {
    let (mut shown, mut hidden) = (Vec::new(), BTreeSet::new());
    for spec in pack.vocabulary().facts.values() {
        let names = spec.derived.as_ref().map_or(&[][..], Derivation::papers);
        match facts.known(spec.name.as_str()).known() {
            Some(true) => shown.extend(names.first().cloned()),
            Some(false) => hidden.extend(names.iter().cloned()),
            None => {}
        }
    }
    if shown.is_empty() && !hidden.is_empty() {
        shown.extend(pack.vocabulary().documents.keys().find(|name| !hidden.contains(*name)).cloned());
    }
    shown
}

/// Where the kernel and Cedar differ, two sets of facts looked at for each answer of each rule.
#[cfg(feature = "load")]
fn kernel_is_cedar(pack: &Pack, group: &Group, slot: &Slot) -> Option<Counterexample> {
    let referee = pack.referee.as_ref()?;
    let mut examples: BTreeSet<BTreeMap<usize, usize>> = BTreeSet::new();
    let roots = slot.provisions.iter().flat_map(|it| it.rules.iter().map(|rule| rule.holds)).chain([slot.whole]);
    for root in roots {
        let terminals = [NO, YES].into_iter().chain(Outcome::ALL.map(diagram::terminal));
        for terminal in terminals {
            for way in slot.store.ways(root, &[terminal], 2) {
                examples.insert(way.into_iter().map(|(place, mask)| (place, mask.trailing_zeros() as usize)).collect());
            }
        }
    }
    for example in examples {
        let mut possible = slot.anything();
        for (place, value) in &example {
            if let Some(mask) = possible.get_mut(*place) {
                *mask = 1 << value;
            }
        }
        if let Err(what) = referee.check(&pack.law, slot, &possible) {
            let on = pack.law.stretches.get(group.stretch).copied()?;
            return Some(replayed(pack, group, slot, Failure { example, what, on }));
        }
    }
    None
}
