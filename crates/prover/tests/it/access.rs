//! What the desk's policies must never allow is proved; without one of those that forbid, it is not.

use prover::access::never;

use crate::solver;

const SCHEMA: &str = include_str!("../../../server/access/desk.cedarschema");
const POLICIES: &str = include_str!("../../../server/access/desk.cedar");
const NEVER: &str = include_str!("../../../server/access/never.cedar");

#[test]
fn what_the_desk_must_never_allow_is_proved() {
    let Some(solver) = solver() else { return };
    let proved = never(SCHEMA, POLICIES, NEVER, solver).unwrap();
    assert_eq!(proved.len(), NEVER.matches("@id(").count());
    for one in &proved {
        assert!(one.looked_at > 0 && one.broken_by.is_empty(), "{one:?}");
    }
}

/// Whatever a slip permits: the policies that forbid are enough.
#[test]
fn it_is_proved_whatever_else_is_permitted() {
    let Some(solver) = solver() else { return };
    let slip = format!("{POLICIES}\npermit (principal, action, resource);");
    let proved = never(SCHEMA, &slip, NEVER, solver).unwrap();
    assert!(proved.iter().all(|one| one.broken_by.is_empty()), "{proved:?}");
}

#[test]
fn policies_that_forbid_nothing_are_refuted_each_theorem_by_a_request() {
    let Some(solver) = solver() else { return };
    let proved = never(SCHEMA, "permit (principal, action, resource);", NEVER, solver).unwrap();
    assert!(proved.iter().all(|one| !one.broken_by.is_empty()), "{proved:?}");
}
