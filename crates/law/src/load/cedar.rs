//! Cedar: the schema made from the vocabulary, rules parsed, checked strictly, and compiled to the kernel's conditions.
//!
//! Every fact is a required attribute of the request's context and nothing is an entity with attributes, since Cedar skips
//! a `forbid` whose evaluation errs: a dangling reference would fail open. Only Boolean combinations of atoms over one fact
//! are let through; anything else is refused here rather than guessed at later.

use std::{collections::BTreeSet, fmt::Write as _, sync::Arc};

use cedar_policy::{
    Effect as CedarEffect, Policy, PolicyId, PolicySet, Schema, ValidationMode, Validator,
    pst::{
        self, ActionConstraint, BinaryOp, Clause, EntityOrSlot, Expr, Literal, PrincipalConstraint, ResourceConstraint,
        UnaryOp, Var,
    },
};

use crate::{
    ids::{ActId, AgencyId},
    kernel::condition::{Atom, Comparison, Condition, Number},
    load::rewrite::{Name, rewrite},
    vocabulary::{FactSpec, FactType, Vocabulary},
};

/// The only resource of a question.
pub(crate) const RESOURCE_TYPE: &str = "Question";
/// Its name.
pub(crate) const RESOURCE: &str = "this";

/// A rule as Cedar parsed it.
pub(super) struct Parsed {
    pub(super) forbids: bool,
    pub(super) annotations: Vec<(String, String)>,
    pub(super) agency: Option<AgencyId>,
    pub(super) acts: Option<BTreeSet<ActId>>,
    pub(super) when: Condition,
}

/// The schema in Cedar's own language.
pub(super) fn schema_text(vocabulary: &Vocabulary) -> String {
    let mut text = String::new();
    let quoted =
        |names: &mut dyn Iterator<Item = &str>| names.map(|name| format!("{name:?}")).collect::<Vec<_>>().join(", ");
    let agencies = quoted(&mut vocabulary.agencies.keys().map(AgencyId::as_str));
    let acts = quoted(&mut vocabulary.acts.keys().map(ActId::as_str));
    let _ = writeln!(text, "entity Agency enum [{agencies}];\nentity {RESOURCE_TYPE} enum [{RESOURCE:?}];");
    let _ = writeln!(text, "type Facts = {{");
    for fact in vocabulary.facts.values() {
        let kind = match fact.kind {
            FactType::Bool => "Bool",
            FactType::Enum => "String",
            FactType::Number => "Long",
            FactType::Date | FactType::Datetime | FactType::Convictions => continue,
        };
        let _ = writeln!(text, "    {:?}: {kind},", fact.name.as_str());
    }
    let _ = writeln!(
        text,
        "}};\naction {acts} appliesTo {{ principal: [Agency], resource: [{RESOURCE_TYPE}], context: Facts }};"
    );
    text
}

/// The schema, parsed.
pub(super) fn schema(vocabulary: &Vocabulary) -> Result<Schema, String> {
    let (schema, _) = Schema::from_cedarschema_str(&schema_text(vocabulary)).map_err(|error| error.to_string())?;
    Ok(schema)
}

/// Parses one rule for the kernel.
pub(super) fn parse_rule(text: &str, vocabulary: &Vocabulary) -> Result<Parsed, String> {
    let policy = parse_policy("rule", &for_kernel(text))?;
    let pst::Policy::Static(parsed) = policy.to_pst().map_err(|error| error.to_string())? else {
        return Err("a template is no rule".into());
    };
    let body = parsed.body();
    let agency = match &body.principal {
        PrincipalConstraint::Any => None,
        PrincipalConstraint::Eq(EntityOrSlot::Entity(uid)) if type_name(uid) == "Agency" => {
            let id = AgencyId::new(&uid.eid);
            if !vocabulary.agencies.contains_key(&id) {
                return Err(format!("`{id}` is no agency of agencies.toml"));
            }
            Some(id)
        }
        _ => return Err("the head may say of `principal` only `principal == Agency::\"...\"`".into()),
    };
    let acts = match &body.action {
        ActionConstraint::Any => None,
        ActionConstraint::Eq(uid) => Some(BTreeSet::from([act(uid, vocabulary)?])),
        ActionConstraint::In(uids) => Some(uids.iter().map(|uid| act(uid, vocabulary)).collect::<Result<_, _>>()?),
        #[allow(unreachable_patterns, reason = "the enum may grow")]
        _ => return Err("the head may say of `action` only `action == Act::\"...\"` or `action in [..]`".into()),
    };
    if body.resource != ResourceConstraint::Any {
        return Err("the head says nothing of `resource`; conditions are on `context`".into());
    }
    let mut parts = Vec::new();
    for clause in body.clauses() {
        parts.push(match clause {
            Clause::When(expression) => condition(expression, vocabulary)?,
            Clause::Unless(expression) => condition(expression, vocabulary)?.negated(),
        });
    }
    Ok(Parsed {
        forbids: policy.effect() == CedarEffect::Forbid,
        annotations: policy.annotations().map(|(key, value)| (key.to_owned(), value.to_owned())).collect(),
        agency,
        acts,
        when: Condition::all(parts),
    })
}

/// Parses an expression over `context.*`: a term, an invariant, or when a theorem speaks.
pub(super) fn parse_expression(text: &str, vocabulary: &Vocabulary) -> Result<Condition, String> {
    Ok(parse_rule(&format!("permit (principal, action, resource) when {{ {text}\n}};"), vocabulary)?.when)
}

/// Parses a policy as it stands.
pub(super) fn parse_policy(id: &str, text: &str) -> Result<Policy, String> {
    Policy::parse(Some(PolicyId::new(id)), text).map_err(|error| {
        let all: Vec<String> = error.iter().map(ToString::to_string).collect();
        all.join("; ")
    })
}

/// Checks rules strictly against the schema: types, names, and that nothing may err.
///
/// Gives the id of each policy that fails, with Cedar's words.
pub(super) fn validate(schema: Schema, policies: impl IntoIterator<Item = Policy>) -> Vec<(String, String)> {
    let set = match PolicySet::from_policies(policies) {
        Ok(set) => set,
        Err(error) => return vec![(String::new(), error.to_string())],
    };
    let result = Validator::new(schema).validate(&set, ValidationMode::Strict);
    let errors = result.validation_errors().map(|error| (error.policy_id().to_string(), error.to_string()));
    let warnings = result
        .validation_warnings()
        .filter(|warning| !matches!(warning, cedar_policy::ValidationWarning::ImpossiblePolicy(_)))
        .map(|warning| (warning.policy_id().to_string(), warning.to_string()));
    errors.chain(warnings).collect()
}

/// The text with terms and parameters as attributes of their own, for the kernel's tree.
fn for_kernel(text: &str) -> String {
    rewrite(text, |name| match name {
        Name::Term(name) => format!("context[\"term.{name}\"]"),
        Name::Parameter(name) => format!("context[\"param.{name}\"]"),
    })
}

fn type_name(uid: &pst::EntityUID) -> String {
    uid.ty.to_string()
}

fn act(uid: &pst::EntityUID, vocabulary: &Vocabulary) -> Result<ActId, String> {
    let id = ActId::new(&uid.eid);
    if type_name(uid) != "Action" || !vocabulary.acts.contains_key(&id) {
        return Err(format!("`{}` is no act of acts.toml", uid.eid));
    }
    Ok(id)
}

/// What stands at the end of a path from `context`.
enum Attribute<'a> {
    Fact(&'a FactSpec),
    Term(&'a str),
    Parameter(&'a str),
}

fn attribute<'a>(expression: &'a Expr, vocabulary: &'a Vocabulary) -> Result<Option<Attribute<'a>>, String> {
    let Expr::GetAttr { expr, attr } = expression else { return Ok(None) };
    if !matches!(expr.as_ref(), Expr::Var(Var::Context)) {
        return Err(format!("`{expression}` is outside what a rule may say: facts are flat, `context.name`"));
    }
    if let Some(name) = attr.strip_prefix("term.") {
        return Ok(Some(Attribute::Term(name)));
    }
    if let Some(name) = attr.strip_prefix("param.") {
        return Ok(Some(Attribute::Parameter(name)));
    }
    let Some(fact) = vocabulary.facts.get(attr.as_str()) else {
        let near = crate::question::nearest(attr, vocabulary.facts.keys().map(crate::ids::FactName::as_str));
        let near = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
        return Err(format!("`context.{attr}` is no fact of facts.toml{near}"));
    };
    if !fact.kind.is_read_by_rules() {
        return Err(format!("`context.{attr}` is an input of derivations; rules read what is derived from it"));
    }
    Ok(Some(Attribute::Fact(fact)))
}

fn condition(expression: &Expr, vocabulary: &Vocabulary) -> Result<Condition, String> {
    let below = |part: &Arc<Expr>| condition(part, vocabulary);
    match expression {
        Expr::Literal(Literal::Bool(holds)) => Ok(Condition::Constant(*holds)),
        Expr::UnaryOp { op: UnaryOp::Not, expr } => Ok(below(expr)?.negated()),
        Expr::BinaryOp { op: BinaryOp::And, left, right } => Ok(Condition::all(vec![below(left)?, below(right)?])),
        Expr::BinaryOp { op: BinaryOp::Or, left, right } => Ok(Condition::any(vec![below(left)?, below(right)?])),
        Expr::BinaryOp { op: BinaryOp::Eq, left, right } => equals(expression, left, right, vocabulary),
        Expr::BinaryOp { op: BinaryOp::NotEq, left, right } => {
            Ok(equals(expression, left, right, vocabulary)?.negated())
        }
        Expr::BinaryOp { op: BinaryOp::Less, left, right } => {
            compares(expression, left, Comparison::Less, right, vocabulary)
        }
        Expr::BinaryOp { op: BinaryOp::LessEq, left, right } => {
            compares(expression, left, Comparison::AtMost, right, vocabulary)
        }
        Expr::BinaryOp { op: BinaryOp::Greater, left, right } => {
            compares(expression, left, Comparison::More, right, vocabulary)
        }
        Expr::BinaryOp { op: BinaryOp::GreaterEq, left, right } => {
            compares(expression, left, Comparison::AtLeast, right, vocabulary)
        }
        Expr::BinaryOp { op: BinaryOp::Contains, left, right } => {
            let Expr::Set(values) = left.as_ref() else { return Err(outside(expression)) };
            let each = values.iter().map(|value| equals(expression, right, value, vocabulary));
            Ok(Condition::any(each.collect::<Result<_, _>>()?))
        }
        Expr::GetAttr { .. } => match attribute(expression, vocabulary)? {
            Some(Attribute::Fact(fact)) if fact.kind == FactType::Bool => {
                Ok(Condition::Atom(Atom::True(fact.name.clone())))
            }
            Some(Attribute::Fact(fact)) => {
                Err(format!("`context.{}` is not true or false; compare it with a value", fact.name))
            }
            Some(Attribute::Term(name)) => Ok(Condition::Term(name.into())),
            Some(Attribute::Parameter(name)) => Err(format!("`param.{name}` is a number; compare a fact with it")),
            None => Err(outside(expression)),
        },
        _ => Err(outside(expression)),
    }
}

fn outside(expression: &Expr) -> String {
    format!(
        "`{expression}` is outside what a rule may say: `&&`, `||`, `!` over `context.fact`, `context.fact == \"value\"`, \
         `context.fact <= number`, `term.name`, `[\"a\", \"b\"].contains(context.fact)`"
    )
}

fn equals(whole: &Expr, left: &Expr, right: &Expr, vocabulary: &Vocabulary) -> Result<Condition, String> {
    let (attribute, literal) = match (attribute(left, vocabulary)?, right, attribute(right, vocabulary)?, left) {
        (Some(attribute), Expr::Literal(literal), _, _) | (_, _, Some(attribute), Expr::Literal(literal)) => {
            (attribute, literal)
        }
        _ => return compares(whole, left, Comparison::Equal, right, vocabulary),
    };
    match (attribute, literal) {
        (Attribute::Fact(fact), Literal::String(value)) if fact.kind == FactType::Enum => {
            if !fact.values.iter().any(|one| one == value.as_str()) {
                let near = crate::question::nearest(value, fact.values.iter().map(String::as_str));
                let near = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
                return Err(format!("`\"{value}\"` is no value of the fact `{}`{near}", fact.name));
            }
            Ok(Condition::Atom(Atom::Equals(fact.name.clone(), value.to_string())))
        }
        (Attribute::Fact(fact), Literal::Bool(wanted)) if fact.kind == FactType::Bool => {
            let atom = Condition::Atom(Atom::True(fact.name.clone()));
            Ok(if *wanted { atom } else { atom.negated() })
        }
        (Attribute::Fact(fact), Literal::Long(_)) if fact.kind == FactType::Number => {
            compares(whole, left, Comparison::Equal, right, vocabulary)
        }
        _ => Err(outside(whole)),
    }
}

fn compares(
    whole: &Expr,
    left: &Expr,
    comparison: Comparison,
    right: &Expr,
    vocabulary: &Vocabulary,
) -> Result<Condition, String> {
    let number = |side: &Expr| -> Result<Option<Number>, String> {
        if let Some(number) = literal_number(side) {
            return Ok(Some(Number::Literal(number)));
        }
        match attribute(side, vocabulary)? {
            Some(Attribute::Parameter(name)) => {
                if vocabulary.parameters.iter().any(|parameter| parameter.name.as_str() == name) {
                    Ok(Some(Number::Parameter(name.into())))
                } else {
                    Err(format!("`param.{name}` is no parameter of parameters.toml"))
                }
            }
            _ => Ok(None),
        }
    };
    let fact = |side: &Expr| -> Result<Option<crate::ids::FactName>, String> {
        match attribute(side, vocabulary)? {
            Some(Attribute::Fact(fact)) if fact.kind == FactType::Number => Ok(Some(fact.name.clone())),
            Some(Attribute::Fact(fact)) => Err(format!("`context.{}` is no number", fact.name)),
            _ => Ok(None),
        }
    };
    if let (Some(number), Some(fact)) = (number(right)?, fact(left)?) {
        return Ok(Condition::Atom(Atom::Compares(fact, comparison, number)));
    }
    if let (Some(number), Some(fact)) = (number(left)?, fact(right)?) {
        return Ok(Condition::Atom(Atom::Compares(fact, comparison.mirrored(), number)));
    }
    Err(outside(whole))
}

fn literal_number(expression: &Expr) -> Option<i64> {
    match expression {
        Expr::Literal(Literal::Long(number)) => Some(*number),
        Expr::UnaryOp { op: UnaryOp::Neg, expr } => literal_number(expr)?.checked_neg(),
        _ => None,
    }
}
