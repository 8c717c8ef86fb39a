//! Every question of the pack's cases, with every fact known, since the peers know no unknown ones.
//!
//! What a case leaves open is filled in with the first value that contradicts nothing, fact by fact in the vocabulary's
//! order; the pack's own invariants and derivations say what contradicts.

use std::collections::BTreeMap;

use anyhow::{Result, ensure};
use jiff::civil::Date;
use law::{
    FactName, Facts, Pack, Question, Value, decide, derive_all,
    pack::CaseBody,
    vocabulary::{FactSpec, FactType},
};

/// A question as its case puts it, and whole.
pub struct Asked {
    /// The case.
    pub case: String,
    /// The day.
    pub on: Date,
    /// The number of the stretch of days in which the law stays as it is.
    pub stretch: usize,
    /// The question.
    pub question: Question,
    /// The facts of the case.
    pub as_put: Facts,
    /// The same, and every other that a rule may read.
    pub whole: Facts,
    /// Every fact that a rule may read, derived ones too: what the peers are given.
    pub context: BTreeMap<FactName, Value>,
}

/// The questions of all cases.
pub fn all(pack: &Pack) -> Result<Vec<Asked>> {
    let mut asked = Vec::new();
    let mut left_out = 0;
    for case in pack.cases() {
        let CaseBody::Decide { on, question, facts, .. } = &case.body else { continue };
        let stretch = pack.stretches().partition_point(|first| first <= on);
        let (Some(stretch), Some((whole, context))) = (stretch.checked_sub(1), complete(pack, question, facts, *on))
        else {
            left_out += 1;
            continue;
        };
        asked.push(Asked {
            case: case.id.clone(),
            on: *on,
            stretch,
            question: question.clone(),
            as_put: facts.clone(),
            whole,
            context,
        });
    }
    // Days before the pack, and facts that contradict each other, are cases too and have no complete form.
    eprintln!("bench: {} questions of cases; {left_out} more have no complete form", asked.len());
    ensure!(asked.len() > 10 * left_out, "too many cases have no complete form");
    Ok(asked)
}

fn complete(pack: &Pack, question: &Question, facts: &Facts, on: Date) -> Option<(Facts, BTreeMap<FactName, Value>)> {
    let holds = |facts: &Facts| decide(pack, question, facts, on).fault.is_none();
    let mut whole = facts.clone();
    if !holds(&whole) {
        return None;
    }
    let (given, derived): (Vec<&FactSpec>, Vec<&FactSpec>) = pack
        .vocabulary()
        .facts
        .values()
        .filter(|spec| spec.kind.is_read_by_rules())
        .partition(|spec| spec.derived.is_none());
    let mut known = derive_all(pack.vocabulary(), question, &whole, on).ok()?.0;
    for spec in given.into_iter().chain(derived.iter().copied()) {
        if known.value(spec.name.as_str()).is_some() {
            continue;
        }
        let value = candidates(spec).into_iter().find(|value| {
            whole.insert(spec.name.clone(), value.clone(), "completed");
            let held = holds(&whole);
            if !held {
                whole.remove(spec.name.as_str());
            }
            held
        })?;
        known.insert(spec.name.clone(), value, "completed");
        known = derive_all(pack.vocabulary(), question, &whole, on).ok()?.0;
    }
    let context = pack
        .vocabulary()
        .facts
        .values()
        .filter(|spec| spec.kind.is_read_by_rules())
        .map(|spec| Some((spec.name.clone(), known.value(spec.name.as_str())?.clone())))
        .collect::<Option<_>>()?;
    Some((whole, context))
}

fn candidates(spec: &FactSpec) -> Vec<Value> {
    match spec.kind {
        FactType::Bool => vec![Value::Bool(false), Value::Bool(true)],
        FactType::Enum => spec.values.iter().cloned().map(Value::Text).collect(),
        _ => [0, 1, 24, 100, 1000].map(Value::Number).to_vec(),
    }
}
