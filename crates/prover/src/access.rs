//! Who may do what at the desk, proved: no request that the schema admits is both described by a theorem and allowed by the policies.
//!
//! A theorem is a Cedar policy that describes what must never be (`crates/server/access/never.cedar`). For each kind of request the
//! solver looks for one that both sets allow, over all principals, resources and attributes.

use cedar_policy::{PolicySet, Schema};
use cedar_policy_symcc::{CedarSymCompiler, CompiledPolicySet};

use crate::cvc5::Cvc5;

/// A theorem about policies, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Never {
    /// What it says: the `@id` of its policy.
    pub theorem: String,
    /// How many kinds of requests (who, action, what) it was looked at for.
    pub looked_at: usize,
    /// Requests that break it, as the solver found them; none: proved.
    pub broken_by: Vec<String>,
}

/// The solver or the symbolic compiler failed; nothing is said about any theorem.
#[derive(Debug, thiserror::Error)]
#[error("the access policies cannot be proved: {0}")]
pub struct AccessError(String);

/// Looks for requests that `policies` allow and a policy of `never` describes.
///
/// # Errors
/// When a text is not in Cedar's form or does not fit the schema, or the solver fails.
pub fn never(schema: &str, policies: &str, never: &str, solver: Cvc5) -> Result<Vec<Never>, AccessError> {
    let failed = |error: &dyn std::fmt::Display| AccessError(error.to_string());
    let (schema, _) = Schema::from_cedarschema_str(schema).map_err(|error| failed(&error))?;
    let policies: PolicySet = policies.parse().map_err(|error| failed(&error))?;
    let theorems: PolicySet = never.parse().map_err(|error| failed(&error))?;
    let runtime = tokio::runtime::Builder::new_current_thread().build().map_err(|error| failed(&error))?;
    let mut compiler = CedarSymCompiler::new(solver).map_err(|error| failed(&error))?;
    let mut proved = Vec::new();
    for theorem in theorems.policies() {
        let says = theorem.annotation("id").unwrap_or_default().to_owned();
        let mut found = Never { theorem: says, looked_at: 0, broken_by: Vec::new() };
        let alone = PolicySet::from_policies([theorem.clone()]).map_err(|error| failed(&error))?;
        for kind in theorem_kinds(theorem, &schema) {
            let compile =
                |set: &PolicySet| CompiledPolicySet::compile(set, &kind, &schema).map_err(|error| failed(&error));
            let (ours, region) = (compile(&policies)?, compile(&alone)?);
            let both = compiler.check_disjoint_with_counterexample_opt(&ours, &region);
            found.looked_at += 1;
            if let Some(both) = runtime.block_on(both).map_err(|error| failed(&error))? {
                found.broken_by.push(both.request.to_string());
            }
        }
        proved.push(found);
    }
    Ok(proved)
}

/// The kinds of requests that a theorem can speak of.
fn theorem_kinds(theorem: &cedar_policy::Policy, schema: &Schema) -> impl Iterator<Item = cedar_policy::RequestEnv> {
    use cedar_policy::ActionConstraint as Of;
    let of = theorem.action_constraint();
    schema.request_envs().filter(move |kind| match &of {
        Of::Any => true,
        Of::Eq(action) => kind.action() == action,
        Of::In(actions) => actions.contains(kind.action()),
    })
}
