//! Cedar's own authorizer as the referee of the kernel.
//!
//! The kernel's answer stands only if Cedar, asked with every fact known, finds the same rules to hold and the outcomes that
//! follow from them are the same. Rules that permit and rules that forbid are asked as two sets, since a forbid hides which
//! permits hold. Any error that Cedar reports counts as disagreement. With facts unknown, two completions are asked: the
//! one with the first possible values and the one with the last.

use std::{
    collections::{BTreeMap, BTreeSet},
    str::FromStr as _,
};

use cedar_policy::{Authorizer, Context, Entities, EntityUid, Policy, PolicySet, Request, RestrictedExpression};

use crate::{
    answer::settled,
    facts::Value,
    kernel::diagram::{Mask, YES},
    outcome::Outcome,
    pack::{Law, outcome_of},
    slot::Slot,
};

/// Every rule for Cedar: by provision and rule, for each stretch of days its text as it stands then.
pub(crate) type Policies = BTreeMap<(usize, usize), BTreeMap<usize, Policy>>;

/// The rules of a slot, in two sets.
#[derive(Debug)]
pub(crate) struct Sliced {
    permits: PolicySet,
    forbids: PolicySet,
}

/// Cedar, with the pack's rules.
#[derive(Debug)]
pub(crate) struct Referee {
    policies: Policies,
    authorizer: Authorizer,
    nothing: Entities,
}

impl Referee {
    /// A referee over a law's rules.
    pub(crate) fn new(policies: Policies) -> Self {
        Self { policies, authorizer: Authorizer::new(), nothing: Entities::empty() }
    }

    /// Asks Cedar the same question, all facts known or completed.
    ///
    /// # Errors
    /// What differs, in words for the record.
    pub(crate) fn check(&self, law: &Law, slot: &Slot, possible: &[Mask]) -> Result<(), String> {
        for last in [false, true] {
            let complete = completion(slot, possible, last).ok_or("no completion of the facts is possible")?;
            self.check_complete(law, slot, &complete)?;
            if possible.iter().all(|mask| mask.is_power_of_two()) {
                break;
            }
        }
        Ok(())
    }

    /// Asks Cedar with one value for every variable.
    fn check_complete(&self, law: &Law, slot: &Slot, values: &[usize]) -> Result<(), String> {
        let masks: Vec<Mask> = values.iter().map(|value| 1 << value).collect();
        let found = self.holding(slot, values).map_err(|error| format!("the referee failed: {error}"))?;
        let mut layers: BTreeMap<_, Vec<Outcome>> = BTreeMap::new();
        for in_slot in &slot.provisions {
            let Some(provision) = law.provisions.get(in_slot.number) else { continue };
            let mut holding = Vec::new();
            for rule_in_slot in &in_slot.rules {
                let Some(rule) = provision.rules.get(rule_in_slot.number) else { continue };
                let kernel = slot.store.reach(rule_in_slot.holds, &masks).only() == Some(YES);
                let cedar = found.contains(&(in_slot.number, rule_in_slot.number));
                if kernel != cedar {
                    return Err(format!("the kernel and the referee disagree on the rule `{}`", rule.id));
                }
                if cedar {
                    holding.push(&rule.effect);
                }
            }
            let outcome = outcome_of(provision.read, holding);
            if settled(&slot.store, in_slot.answer, &masks) != Some(outcome) {
                return Err(format!("the kernel and the referee disagree on the provision `{}`", provision.id));
            }
            layers.entry(provision.layer).or_default().push(outcome);
        }
        let admitted: usize = slot.provisions.iter().map(|it| it.rules.len()).sum();
        if found.len() > admitted {
            return Err("the referee found rules to hold that do not govern this act".into());
        }
        if slot.provisions.is_empty() {
            return Ok(());
        }
        let mut all = Vec::new();
        for (layer, outcomes) in layers {
            let outcome = Outcome::strictest(outcomes);
            let kernel = slot.layers.get(&layer).and_then(|root| settled(&slot.store, *root, &masks));
            if kernel != Some(outcome) {
                return Err(format!("the kernel and the referee disagree on the layer `{layer}`"));
            }
            all.push(outcome);
        }
        if settled(&slot.store, slot.whole, &masks) != Some(Outcome::strictest(all)) {
            return Err("the kernel and the referee disagree on the whole".into());
        }
        Ok(())
    }

    /// The rules that Cedar finds to hold, by provision and rule.
    fn holding(&self, slot: &Slot, values: &[usize]) -> Result<BTreeSet<(usize, usize)>, String> {
        let sliced = slot.policies.get_or_init(|| self.slice(slot));
        let mut pairs = Vec::with_capacity(values.len());
        for (variable, value) in slot.variables.iter().zip(values) {
            let value = match variable.domain.value(*value).ok_or("a value lies outside its fact")? {
                Value::Bool(holds) => RestrictedExpression::new_bool(holds),
                Value::Text(text) => RestrictedExpression::new_string(text),
                Value::Number(number) => RestrictedExpression::new_long(number),
                _ => return Err("a fact has a type that rules cannot read".into()),
            };
            pairs.push((variable.name.as_str().to_owned(), value));
        }
        let context = Context::from_pairs(pairs).map_err(|error| error.to_string())?;
        let uid = |kind: &str, id: &str| -> Result<EntityUid, String> {
            let kind = cedar_policy::EntityTypeName::from_str(kind).map_err(|error| error.to_string())?;
            Ok(EntityUid::from_type_name_and_id(kind, cedar_policy::EntityId::new(id)))
        };
        let request = Request::new(
            uid("Agency", slot.agency.as_str())?,
            uid("Action", slot.act.as_str())?,
            uid("Question", "this")?,
            context,
            None,
        )
        .map_err(|error| error.to_string())?;
        let mut holding = BTreeSet::new();
        for set in [&sliced.permits, &sliced.forbids] {
            let response = self.authorizer.is_authorized(&request, set, &self.nothing);
            if let Some(error) = response.diagnostics().errors().next() {
                return Err(error.to_string());
            }
            for id in response.diagnostics().reason() {
                let text: &str = id.as_ref();
                let numbers = text.split_once('.').and_then(|(p, r)| Some((p.parse().ok()?, r.parse().ok()?)));
                holding.insert(numbers.ok_or("the referee named a rule that is not this pack's")?);
            }
        }
        Ok(holding)
    }

    fn slice(&self, slot: &Slot) -> Sliced {
        let (mut permits, mut forbids) = (PolicySet::new(), PolicySet::new());
        for in_slot in &slot.provisions {
            for (_, stretches) in self.policies.range((in_slot.number, 0)..(in_slot.number + 1, 0)) {
                let Some(policy) = stretches.get(&slot.stretch) else { continue };
                let set = match policy.effect() {
                    cedar_policy::Effect::Permit => &mut permits,
                    cedar_policy::Effect::Forbid => &mut forbids,
                };
                // A policy that cannot be added is missing from Cedar's answer, and so is found as a disagreement.
                let _ = set.add(policy.clone());
            }
        }
        Sliced { permits, forbids }
    }
}

/// One value for every variable that the invariants allow: the first possible ones, or the last.
fn completion(slot: &Slot, possible: &[Mask], last: bool) -> Option<Vec<usize>> {
    let mut masks = possible.to_vec();
    for variable in 0..masks.len() {
        let mask = *masks.get(variable)?;
        let mut values: Vec<usize> = (0..64).filter(|value| mask >> value & 1 == 1).collect();
        if last {
            values.reverse();
        }
        let value = values.into_iter().find(|value| {
            if let Some(mask) = masks.get_mut(variable) {
                *mask = 1 << value;
            }
            let reach = slot.store.reach(slot.possible, &masks);
            !reach.is_impossible() && reach.has(YES)
        })?;
        if let Some(mask) = masks.get_mut(variable) {
            *mask = 1 << value;
        }
    }
    Some(masks.iter().map(|mask| mask.trailing_zeros() as usize).collect())
}
