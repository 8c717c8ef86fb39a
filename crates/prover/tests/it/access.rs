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

/// The policies of a file but for one, or that one alone.
fn parted(file: &str, id: &str) -> (String, String) {
    let begins = format!("@id(\"{id}\")");
    let (alone, others): (Vec<&str>, Vec<&str>) =
        file.split_inclusive(";\n").partition(|policy| policy.contains(&begins));
    assert_eq!(alone.len(), 1, "{id}");
    (others.concat(), alone.concat())
}

/// Each theorem fails without the policy that forbids what it describes.
fn needed<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) {
    for (forbids, theorem) in pairs {
        let without = parted(POLICIES, forbids).0;
        let Some(solver) = solver() else { return };
        let refuted = never(SCHEMA, &without, &parted(NEVER, theorem).1, solver).unwrap();
        assert!(refuted.iter().all(|one| one.theorem == theorem && !one.broken_by.is_empty()), "{refuted:?}");
        assert_eq!(refuted.len(), 1, "{forbids}");
    }
}

/// What stands between a sealed record, or one person alone, and an approval.
#[test]
fn the_hard_stop_is_refuted_without_its_policy() {
    needed([
        ("never-a-sealed-record", "nobody proposes, agrees to or approves a disclosure from a sealed record"),
        ("never-ones-own-paper", "nobody approves what they made"),
    ]);
}

/// What stands between an administrator and whoever reaches further than they do: each policy that forbids is needed.
#[test]
fn an_administrators_reach_is_refuted_without_the_policy_that_ends_it() {
    needed([
        (
            "never-the-keys-of-whoever-reaches-every-agency",
            "no administrator makes a link for whoever reaches every agency, or touches their keys",
        ),
        (
            "never-the-keys-of-whoever-acts-for-another-agency",
            "no administrator makes a link for whoever acts for another agency, or touches their keys",
        ),
        ("never-a-role-for-all-agencies", "no page gives or takes a role that reaches every agency"),
        (
            "never-people-or-money-at-one-site",
            "whoever is at one site changes no staff or roles, states no money and no duty of the agency",
        ),
        ("never-anothers-keys-at-one-site", "whoever is at one site touches nobody's keys but their own"),
    ]);
}

/// What stands between an agency's statement and whoever does not answer for the whole of it: each policy that forbids is needed.
#[test]
fn a_statement_is_refuted_without_the_policy_that_keeps_it_with_its_agency() {
    needed([
        ("never-another-agencys-statement", "nobody signs for another agency"),
        ("never-a-statement-at-one-site", "whoever is at one site signs no statement of the agency"),
        ("never-administrator-reads", "no administrator reads a request"),
    ]);
}
