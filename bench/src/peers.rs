//! The other engines on the same questions: Cedar's authorizer and regorus, each through its own interface.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use anyhow::{Context as _, Result, bail};
use cedar_policy::{
    Authorizer, Context, Effect, Entities, EntityUid, Policy, PolicyId, PolicySet, Request, RestrictedExpression,
};
use law::{Pack, RuleId, Value};
use regorus::{
    CompiledPolicy, Engine, Rc,
    languages::rego::compiler::Compiler,
    rvm::{program::Program, vm::RegoVM},
};

use crate::{questions::Asked, rules};

/// Cedar with the rules in force in each stretch of days that is asked about.
pub struct Cedar {
    authorizer: Authorizer,
    nothing: Entities,
    sets: BTreeMap<usize, PolicySet>,
    slices: BTreeMap<Slice, PolicySet>,
}

/// Stretch, agency, act.
type Slice = (usize, String, String);

fn slice(asked: &Asked) -> Slice {
    (asked.stretch, asked.question.agency.to_string(), asked.question.act.to_string())
}

impl Cedar {
    /// Parses every rule that is needed.
    pub fn new(pack: &Pack, questions: &[Asked]) -> Result<Self> {
        let (mut sets, mut slices) = (BTreeMap::new(), BTreeMap::new());
        let mut parsed: BTreeMap<usize, Vec<(&law::Provision, &law::Rule, Policy)>> = BTreeMap::new();
        for asked in questions {
            if let std::collections::btree_map::Entry::Vacant(free) = parsed.entry(asked.stretch) {
                let mut policies = Vec::new();
                for (provision, rule) in rules::in_force(pack, asked.on) {
                    let text = rules::cedar(pack, provision, rule, asked.on);
                    let policy = Policy::parse(Some(PolicyId::new(rule.id.as_str())), &text);
                    policies.push((provision, rule, policy.with_context(|| text)?));
                }
                let all = policies.iter().map(|(.., policy)| policy.clone());
                sets.insert(asked.stretch, PolicySet::from_policies(all)?);
                free.insert(policies);
            }
            let key = slice(asked);
            if !slices.contains_key(&key) {
                let admitted = parsed.get(&asked.stretch).into_iter().flatten().filter(|(provision, rule, _)| {
                    let question = &asked.question;
                    provision.governs(&question.agency, &question.act, asked.on)
                        && rule.admits(&question.agency, &question.act)
                });
                slices.insert(key, PolicySet::from_policies(admitted.map(|(.., policy)| policy.clone()))?);
            }
        }
        Ok(Self { authorizer: Authorizer::new(), nothing: Entities::empty(), sets, slices })
    }

    /// A request, ready to be put.
    pub fn request(asked: &Asked) -> Result<Request> {
        let uid = |kind: &str, id: &str| format!("{kind}::{id:?}").parse::<EntityUid>();
        let pairs = asked.context.iter().map(|(name, value)| {
            let value = match value {
                Value::Bool(holds) => RestrictedExpression::new_bool(*holds),
                Value::Text(text) => RestrictedExpression::new_string(text.clone()),
                Value::Number(number) => RestrictedExpression::new_long(*number),
                other => bail!("`{name}` is {other}, which no rule reads"),
            };
            Ok((name.to_string(), value))
        });
        Ok(Request::new(
            uid("Agency", asked.question.agency.as_str())?,
            uid("Action", asked.question.act.as_str())?,
            uid("Question", "this")?,
            Context::from_pairs(pairs.collect::<Result<Vec<_>>>()?)?,
            None,
        )?)
    }

    /// All rules of the day.
    pub fn all(&self, asked: &Asked) -> &PolicySet {
        &self.sets[&asked.stretch]
    }

    /// The rules on the act of the agency alone.
    pub fn sliced(&self, asked: &Asked) -> &PolicySet {
        &self.slices[&slice(asked)]
    }

    /// One call of Cedar's own.
    pub fn decide(&self, request: &Request, set: &PolicySet) -> cedar_policy::Response {
        self.authorizer.is_authorized(request, set, &self.nothing)
    }

    /// Every rule that holds. Permits and forbids are asked apart here, since a forbid hides the permits.
    pub fn holding(&self, request: &Request, set: &PolicySet) -> Result<BTreeSet<RuleId>> {
        let mut holding = BTreeSet::new();
        for effect in [Effect::Permit, Effect::Forbid] {
            let half = PolicySet::from_policies(set.policies().filter(|it| it.effect() == effect).cloned())?;
            let response = self.decide(request, &half);
            if let Some(error) = response.diagnostics().errors().next() {
                bail!("Cedar: {error}");
            }
            holding.extend(response.diagnostics().reason().map(|id| RuleId::new(id.as_ref())));
        }
        Ok(holding)
    }
}

/// Regorus with the same rules, as its virtual machine runs them and as its interpreter does.
pub struct Rego {
    compiled: BTreeMap<usize, CompiledPolicy>,
    programs: BTreeMap<usize, Arc<Program>>,
}

const HOLDS: &str = "data.vouchsafe.holds";

impl Rego {
    /// Compiles a module for each stretch of days that is asked about.
    pub fn new(pack: &Pack, questions: &[Asked]) -> Result<Self> {
        let (mut compiled, mut programs) = (BTreeMap::new(), BTreeMap::new());
        for asked in questions {
            if compiled.contains_key(&asked.stretch) {
                continue;
            }
            let text = rules::rego(pack, asked.on, |_, _| true);
            let mut engine = Engine::new();
            engine.add_policy("vouchsafe.rego".to_owned(), text)?;
            let policy = engine.compile_with_entrypoint(&Rc::from(HOLDS))?;
            programs.insert(asked.stretch, Compiler::compile_from_policy(&policy, &[HOLDS])?);
            compiled.insert(asked.stretch, policy);
        }
        Ok(Self { compiled, programs })
    }

    /// A machine for each stretch, with its program loaded.
    pub fn machines(&self) -> BTreeMap<usize, RegoVM> {
        let load = |(stretch, program): (&usize, &Arc<Program>)| {
            let mut machine = RegoVM::new();
            machine.load_program(Arc::clone(program));
            (*stretch, machine)
        };
        self.programs.iter().map(load).collect()
    }

    /// The compiled policy of a question's day, for the interpreter.
    pub fn interpreter(&self, asked: &Asked) -> &CompiledPolicy {
        &self.compiled[&asked.stretch]
    }

    /// A question as regorus reads it.
    pub fn input(asked: &Asked) -> Result<regorus::Value> {
        let facts: BTreeMap<&str, &Value> = asked.context.iter().map(|(name, value)| (name.as_str(), value)).collect();
        let input = serde_json::json!({
            "agency": asked.question.agency.as_str(), "act": asked.question.act.as_str(), "facts": facts,
        });
        regorus::Value::from_json_str(&input.to_string())
    }

    /// The rules of a set.
    pub fn rules(value: &regorus::Value) -> Result<BTreeSet<RuleId>> {
        value.as_set()?.iter().map(|id| Ok(RuleId::new(id.as_string()?.as_ref()))).collect()
    }
}
