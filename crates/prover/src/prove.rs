//! Proving: each theorem for each agency, act and stretch of days becomes one Cedar expression that holds where the theorem falls, and the
//! solver looks for facts under which it does. None: proved. Some: they are checked against Cedar's authorizer, since symcc may give a
//! spurious one (cedar issue 1799), and put to `law::decide`, with a question that leads to them if there is one.

use std::collections::{BTreeMap, BTreeSet};

use cedar_policy::{
    Authorizer, Decision as CedarDecision, EntityUid, EvalResult, Policy, PolicyId, PolicySet, RequestEnv, Schema,
    pst::{self, Clause},
};
use cedar_policy_symcc::{CedarSymCompiler, CompiledPolicy, Env};
use jiff::civil::Date;
use law::{
    ActId, AgencyId, Days, DocumentId, Facts, Layer, Outcome, Pack, Question, Value, decide, derive_all,
    pack::{Read, Theorem, TheoremOf},
    vocabulary::{FactType, RequesterKind},
};

use crate::{cvc5::Cvc5, formula::Formula, outcome::Answer};

/// The solver or the symbolic compiler failed; nothing is said about the theorem.
#[derive(Debug, thiserror::Error)]
#[error("theorem `{theorem}`, {act} by {agency} on {on}: {what}")]
pub struct ProveError {
    /// The theorem.
    pub theorem: String,
    /// The agency.
    pub agency: AgencyId,
    /// The act.
    pub act: ActId,
    /// A day of the stretch.
    pub on: Date,
    /// What failed.
    pub what: String,
}

/// What came of a theorem.
#[derive(Clone, Debug)]
pub struct Proof {
    /// The theorem.
    pub id: String,
    /// What it says, in words.
    pub plain: String,
    /// Over how many agencies, acts and stretches of days it was looked at.
    pub looked_at: usize,
    /// How many different queries the solver answered for it.
    pub queries: usize,
    /// What came of it.
    pub result: Result,
}

/// Whether a theorem holds.
#[derive(Clone, Debug)]
pub enum Result {
    /// For every set of facts.
    Proved,
    /// Not for these facts.
    Refuted(Box<Counterexample>),
    /// The solver found facts under which Cedar itself does not find the theorem broken: look at it by hand.
    Spurious(Box<Counterexample>),
}

/// Facts that break a theorem.
#[derive(Clone, Debug)]
pub struct Counterexample {
    /// The agency.
    pub agency: AgencyId,
    /// The act.
    pub act: ActId,
    /// A day on which they do.
    pub on: Date,
    /// The facts that the rules in question read.
    pub facts: Facts,
    /// A question that leads to these facts, and what the engine answered; none if what follows from a question contradicts them.
    pub replayed: Option<(Question, Outcome)>,
}

/// Proves every theorem that the pack states.
///
/// # Errors
/// The first failure of the solver or the symbolic compiler.
pub fn prove(pack: &Pack, solver: Cvc5) -> std::result::Result<Vec<Proof>, ProveError> {
    let mut prover = Prover::new(pack, solver).map_err(|what| ProveError {
        theorem: String::new(),
        agency: AgencyId::new(""),
        act: ActId::new(""),
        on: pack.covers_from(),
        what,
    })?;
    pack.theorems().iter().map(|theorem| prover.theorem(theorem)).collect()
}

/// How many questions are tried to lead to a counterexample.
const MOST_REPLAYS: usize = 200;

struct Prover<'a> {
    pack: &'a Pack,
    schema: Schema,
    compiler: CedarSymCompiler<Cvc5>,
    runtime: tokio::runtime::Runtime,
    /// The condition of a rule as a Cedar expression, by the rule's expanded text.
    conditions: BTreeMap<String, String>,
}

impl<'a> Prover<'a> {
    fn new(pack: &'a Pack, solver: Cvc5) -> std::result::Result<Self, String> {
        let (schema, _) = Schema::from_cedarschema_str(&pack.cedar_schema()).map_err(|error| error.to_string())?;
        let runtime = tokio::runtime::Builder::new_current_thread().build().map_err(|error| error.to_string())?;
        let compiler = CedarSymCompiler::new(solver).map_err(|error| error.to_string())?;
        Ok(Self { pack, schema, compiler, runtime, conditions: BTreeMap::new() })
    }

    fn theorem(&mut self, theorem: &Theorem) -> std::result::Result<Proof, ProveError> {
        let mut proof = Proof {
            id: theorem.id.clone(),
            plain: theorem.plain.clone(),
            looked_at: 0,
            queries: 0,
            result: Result::Proved,
        };
        let stretches = self.pack.stretches();
        // Stretches with the same rules give the same text and are asked once.
        let mut asked: BTreeSet<(ActId, String)> = BTreeSet::new();
        for agency in &theorem.agencies {
            for act in &theorem.acts {
                for (number, first) in stretches.iter().enumerate() {
                    let stretch = Days { from: Some(*first), until: stretches.get(number + 1).copied() };
                    if !stretch.overlaps(&theorem.days) {
                        continue;
                    }
                    let failed = |what: String| ProveError {
                        theorem: theorem.id.clone(),
                        agency: agency.clone(),
                        act: act.clone(),
                        on: *first,
                        what,
                    };
                    let Some(falls) = self.falls(theorem, agency, act, *first).map_err(failed)? else { continue };
                    proof.looked_at += 1;
                    let text = falls.to_string();
                    if falls.decided() == Some(false) || !asked.insert((act.clone(), text.clone())) {
                        continue;
                    }
                    proof.queries += 1;
                    if let Some(result) = self.ask(theorem, agency, act, *first, &text).map_err(failed)? {
                        proof.result = result;
                        return Ok(proof);
                    }
                }
            }
        }
        Ok(proof)
    }

    /// Where the theorem falls: it speaks, the facts are possible, and the answer is none of those allowed. None where the provision that it
    /// speaks of does not govern.
    fn falls(
        &mut self,
        theorem: &Theorem,
        agency: &AgencyId,
        act: &ActId,
        on: Date,
    ) -> std::result::Result<Option<Formula>, String> {
        let mut layers: BTreeMap<Layer, Vec<Answer>> = BTreeMap::new();
        let mut of_provision = None;
        let pack = self.pack;
        for provision in pack.governing(agency, act, on) {
            let mut rules = Vec::new();
            for rule in provision.rules.iter().filter(|rule| rule.admits(agency, act)) {
                rules.push((
                    rule.effect.clone(),
                    Formula::leaf(self.condition(&pack.cedar_on(rule.source.as_str(), on))?),
                ));
            }
            let answer = Answer::of_provision(&rules, provision.read == Read::InPart);
            if theorem.of == TheoremOf::Provision(provision.id.clone()) {
                of_provision = Some(answer.clone());
            }
            layers.entry(provision.layer).or_default().push(answer);
        }
        let silent = if layers.is_empty() {
            let declared = pack.ungoverned().iter().any(|it| it.agencies.contains(agency) && it.acts.contains(act));
            Some(Answer::always(if declared { Outcome::Outside } else { Outcome::Barred }))
        } else {
            None
        };
        let layered: BTreeMap<Layer, Answer> =
            layers.into_iter().map(|(layer, answers)| (layer, Answer::strictest(&answers))).collect();
        let answer = match &theorem.of {
            TheoremOf::Provision(_) => match of_provision {
                Some(answer) => answer,
                None => return Ok(None),
            },
            TheoremOf::Layer(layer) => layered.get(layer).cloned().unwrap_or_else(|| Answer::always(Outcome::Outside)),
            TheoremOf::Whole => silent.unwrap_or_else(|| Answer::strictest(&layered.into_values().collect::<Vec<_>>())),
        };
        let allowed = Formula::any(theorem.outcome_in.iter().map(|outcome| answer.is(*outcome)));
        let speaks = Formula::leaf(pack.cedar_on(theorem.source.as_str(), on));
        let falls = Formula::all([speaks, !allowed]);
        if falls.decided() == Some(false) {
            return Ok(Some(falls));
        }
        let possible = Formula::all([self.possible(), self.values(&falls.to_string())]);
        Ok(Some(Formula::all([possible, falls])))
    }

    /// The facts are among those that the vocabulary says can be.
    fn possible(&self) -> Formula {
        Formula::all(self.pack.vocabulary().invariants.iter().map(|invariant| !Formula::leaf(invariant.never.clone())))
    }

    /// The facts with named values that an expression reads have one of them; to Cedar they are any text.
    fn values(&self, expression: &str) -> Formula {
        let facts = self.pack.vocabulary().facts.values().filter(|fact| fact.kind == FactType::Enum);
        Formula::all(facts.filter(|fact| reads(expression, fact.name.as_str())).map(|fact| {
            let values = fact.values.iter().map(|value| Formula::leaf(format!("context.{} == {value:?}", fact.name)));
            Formula::any(values)
        }))
    }

    /// The condition of a rule, from its expanded text, as Cedar reads and writes it.
    fn condition(&mut self, text: &str) -> std::result::Result<String, String> {
        if let Some(known) = self.conditions.get(text) {
            return Ok(known.clone());
        }
        let policy = Policy::parse(None, text).map_err(|error| error.to_string())?;
        let pst::Policy::Static(parsed) = policy.to_pst().map_err(|error| error.to_string())? else {
            return Err("a template is no rule".into());
        };
        let clauses = parsed.body().clauses().iter().map(|clause| match clause {
            Clause::When(expression) => Formula::leaf(expression.to_string()),
            Clause::Unless(expression) => !Formula::leaf(expression.to_string()),
        });
        let condition = Formula::all(clauses).to_string();
        self.conditions.insert(text.to_owned(), condition.clone());
        Ok(condition)
    }

    /// Asks the solver; none if no facts break the theorem.
    fn ask(
        &mut self,
        theorem: &Theorem,
        agency: &AgencyId,
        act: &ActId,
        on: Date,
        falls: &str,
    ) -> std::result::Result<Option<Result>, String> {
        let Some((found, confirmed)) = self.find(act, falls)? else { return Ok(None) };
        let facts = self.facts(&found, falls);
        let replayed = self.replay(theorem, agency, act, on, falls, &facts)?;
        let (facts, replayed) = match replayed {
            Some((question, facts, outcome)) => (facts, Some((question, outcome))),
            None => (facts, None),
        };
        let counterexample = Box::new(Counterexample { agency: agency.clone(), act: act.clone(), on, facts, replayed });
        Ok(Some(if confirmed { Result::Refuted(counterexample) } else { Result::Spurious(counterexample) }))
    }

    /// Facts under which an expression holds, and whether Cedar's authorizer finds so too; none if there are none.
    fn find(&mut self, act: &ActId, expression: &str) -> std::result::Result<Option<(Env, bool)>, String> {
        let words = |error: &dyn std::fmt::Display| error.to_string();
        let policy = format!("permit (principal, action, resource) when {{ {expression}\n}};");
        let policy = Policy::parse(Some(PolicyId::new("falls")), policy).map_err(|error| words(&error))?;
        let uid: EntityUid = format!("Action::{:?}", act.as_str()).parse().map_err(|error| words(&error))?;
        let kind = |name: &str| name.parse().map_err(|error: cedar_policy::ParseErrors| error.to_string());
        let env = RequestEnv::new(kind("Agency")?, uid, kind("Question")?);
        let compiled = CompiledPolicy::compile(&policy, &env, &self.schema).map_err(|error| words(&error))?;
        let found = self.runtime.block_on(self.compiler.check_never_matches_with_counterexample_opt(&compiled));
        let Some(found) = found.map_err(|error| words(&error))? else { return Ok(None) };
        let breaks = PolicySet::from_policies([policy]).map_err(|error| words(&error))?;
        let response = Authorizer::new().is_authorized(&found.request, &breaks, &found.entities);
        let confirmed = response.decision() == CedarDecision::Allow;
        Ok(Some((found, confirmed)))
    }

    /// The facts of a counterexample that the expression reads.
    fn facts(&self, found: &Env, expression: &str) -> Facts {
        let mut facts = Facts::new();
        let Some(context) = found.request.context() else { return facts };
        for fact in self.pack.vocabulary().facts.values().filter(|fact| reads(expression, fact.name.as_str())) {
            let value = match context.get(fact.name.as_str()) {
                Some(EvalResult::Bool(value)) => Value::Bool(value),
                Some(EvalResult::Long(number)) => Value::Number(number),
                Some(EvalResult::String(text)) => Value::Text(text),
                _ => continue,
            };
            facts.insert(fact.name.clone(), value, "counterexample");
        }
        facts
    }

    /// A question with facts that the engine answers in a way that the theorem does not allow.
    ///
    /// A question decides some facts (who asks, for which statute, on which papers), so the solver is asked again for each set of facts that a
    /// question of the vocabulary leads to, at most [`MOST_REPLAYS`] of them.
    fn replay(
        &mut self,
        theorem: &Theorem,
        agency: &AgencyId,
        act: &ActId,
        on: Date,
        falls: &str,
        first: &Facts,
    ) -> std::result::Result<Option<(Question, Facts, Outcome)>, String> {
        for (constraint, question) in self.questions(agency, act, on, falls, first).into_iter().take(MOST_REPLAYS) {
            let Some((found, true)) = self.find(act, &format!("{constraint} && {falls}"))? else { continue };
            let facts = self.facts(&found, &format!("{constraint} && {falls}"));
            let decision = decide(self.pack, &question, &facts, on);
            let outcome = match &theorem.of {
                TheoremOf::Whole => Some(decision.outcome),
                TheoremOf::Layer(layer) => Some(decision.layers.get(layer).copied().unwrap_or(Outcome::Outside)),
                TheoremOf::Provision(id) => decision.provisions.iter().find(|it| &it.id == id).map(|it| it.result),
            };
            let breaks = |outcome: &Outcome| *outcome != Outcome::NotYetKnown && !theorem.outcome_in.contains(outcome);
            if let (None, Some(outcome)) = (&decision.fault, outcome.filter(breaks)) {
                return Ok(Some((question, facts, outcome)));
            }
        }
        Ok(None)
    }

    /// Questions of the vocabulary, one for each set of facts that follow from it, as a Cedar expression that fixes those facts.
    fn questions(
        &self,
        agency: &AgencyId,
        act: &ActId,
        on: Date,
        falls: &str,
        first: &Facts,
    ) -> BTreeMap<String, Question> {
        let vocabulary = self.pack.vocabulary();
        let mut shown: Vec<DocumentId> = Vec::new();
        for fact in vocabulary.facts.values().filter(|fact| first.known(fact.name.as_str()).is_yes()) {
            shown.extend(fact.derived.as_ref().and_then(|derivation| derivation.papers().first()).cloned());
        }
        let none = DocumentId::new("none");
        if shown.is_empty() && vocabulary.documents.contains_key(&none) {
            shown.push(none);
        }
        let mut questions = BTreeMap::new();
        for purpose in [(false, false), (true, true), (true, false)] {
            // What the derivations read beside the question, where the pack has it.
            let mut inputs = Facts::new();
            for (name, value) in [
                ("purpose_immigration_enforcement", purpose.0),
                ("purpose_civil_immigration", purpose.1),
                ("counsel_confirmed_purpose", true),
                ("vs_conviction_in_window_disputed", false),
                ("vs_conviction_ever_disputed", false),
            ] {
                if vocabulary.facts.contains_key(name) {
                    inputs.insert(name, Value::Bool(value), "replay");
                }
            }
            for (requester, asks) in &vocabulary.requesters {
                let city = "requester_is_city_personnel";
                // Of every other requester it is known, and a statement beside it is refused.
                if asks.kind == RequesterKind::ContractorOrTaskForce && vocabulary.facts.contains_key(city) {
                    inputs.insert(city, Value::Bool(false), "replay");
                } else {
                    inputs.remove(city);
                }
                for statute in vocabulary.statutes.keys() {
                    let question = Question {
                        agency: agency.clone(),
                        act: act.clone(),
                        requester: requester.clone(),
                        statute_enforced: statute.clone(),
                        document: shown.clone(),
                    };
                    let Ok((facts, _)) = derive_all(vocabulary, &question, &inputs, on) else { continue };
                    let read = |name: &str| inputs.get(name).is_some() || reads(falls, name);
                    let fixed = facts.iter().filter(|(name, _)| read(name.as_str()));
                    let fixed = fixed.filter_map(|(name, fact)| {
                        let value = match &fact.value {
                            Value::Bool(value) => value.to_string(),
                            Value::Number(number) => number.to_string(),
                            Value::Text(text) => format!("{text:?}"),
                            _ => return None,
                        };
                        Some(Formula::leaf(format!("context.{name} == {value}")))
                    });
                    questions.entry(Formula::all(fixed).to_string()).or_insert(question);
                }
            }
        }
        questions
    }
}

/// Whether an expression reads a fact.
fn reads(expression: &str, fact: &str) -> bool {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let plain = format!("context.{fact}");
    expression
        .match_indices(&plain)
        .any(|(at, _)| !expression.get(at + plain.len()..).unwrap_or_default().starts_with(is_name))
        || expression.contains(&format!("context[{fact:?}]"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_within_another_is_not_read() {
        assert!(reads("(context.release_due) && true", "release_due"));
        assert!(!reads("context.release_due_at", "release_due"));
        assert!(reads("context[\"release_due\"]", "release_due"));
        assert!(reads("context.a_b || context.a", "a"));
    }
}
