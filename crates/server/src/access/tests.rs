//! What the policies open, as one table; what they must never open; and that every piece of them matters.

use std::{collections::BTreeSet, sync::LazyLock};

use expect_test::expect;
use serde_json::Value;

use super::*;

mod permitted;

/// A question, and how its column in the table is called.
struct Asked {
    column: &'static str,
    acting: Acting,
    action: Action,
    resource: Resource,
}

fn acting(role: Role, site: Option<&str>) -> Acting {
    Acting { staff: "me".to_owned(), role, agency: "DOC".into(), site: site.map(str::to_owned) }
}

/// What a system may be asked, as people are: its agency and another, a site or none.
fn asked_of_a_system(action: Action) -> Vec<(&'static str, Resource)> {
    let mut seen = BTreeSet::new();
    let questions = every_question(Role::Desk, action).into_iter();
    // A system works at no site: what differs by that alone is one question.
    let questions = questions.filter(|asked| asked.acting.site.is_none() && seen.insert(asked.column));
    questions.map(|asked| (asked.column, asked.resource)).collect()
}

fn system(uses: &[Use]) -> ActingSystem {
    ActingSystem { system: SystemId::from_bytes([1; 16]), agency: "DOC".into(), uses: uses.to_vec() }
}

/// Which one use opens a question to a system, if any does; and whether every other use together opens it, too.
fn system_line(access: &Access, action: Action, resource: &Resource) -> String {
    let opens = |uses: &[Use]| access.allows_system(&system(uses), action, resource);
    let alone: Vec<&str> = Use::ALL.into_iter().filter(|one| opens(&[*one])).map(Use::word).collect();
    match (opens(&Use::ALL), alone.as_slice()) {
        (false, []) => "no system".to_owned(),
        (true, some) => {
            format!("a system that was given {}", if some.is_empty() { "several" } else { "" }) + &some.join(" or ")
        }
        (false, some) => format!("a system that was given {} and nothing else", some.join(" or ")),
    }
}

/// Which systems may do what, one line for each question.
fn table_of_systems(access: &Access, actions: &[Action]) -> String {
    let lines = actions.iter().flat_map(|action| {
        let asked = asked_of_a_system(*action).into_iter();
        asked.map(|(column, resource)| {
            format!("{}, {column}: {}", action.name(), system_line(access, *action, &resource))
        })
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Everything that a role may be asked: each action at one's own agency and another, one's own and another's thing, one's own site,
/// another and none.
fn every_question(role: Role, action: Action) -> Vec<Asked> {
    let (own, other) = (AgencyId::new("DOC"), AgencyId::new("NYPD"));
    let mut all = Vec::new();
    let mut ask = |column, site: Option<&str>, resource| {
        all.push(Asked { column, acting: acting(role, site), action, resource });
    };
    match action {
        Action::ReadFilings | Action::ReadPeople => ask("city", None, Resource::City),
        Action::Ask
        | Action::ListRequests
        | Action::StateFunding
        | Action::StateDuty
        | Action::SignStatement
        | Action::DismissContact
        | Action::ReadFigure
        | Action::AddStaff => {
            ask("own", None, Resource::Agency(own.clone()));
            ask("other", None, Resource::Agency(other));
            ask("at one site", Some("a"), Resource::Agency(own));
        }
        Action::ReadRequest
        | Action::RecordRequest
        | Action::StateDeed
        | Action::Correct
        | Action::AttachPhotograph
        | Action::ReadPhotograph => {
            let of = |agency: &AgencyId, site: Option<&str>| Resource::Request {
                agency: agency.clone(),
                site: site.map(str::to_owned),
            };
            ask("own", None, of(&own, None));
            ask("own, of a site", None, of(&own, Some("a")));
            ask("other", None, of(&other, None));
            ask("at its site", Some("a"), of(&own, Some("a")));
            ask("at another site", Some("a"), of(&own, Some("b")));
            ask("at one site, of none", Some("a"), of(&own, None));
            ask("other, at its site", Some("a"), of(&other, Some("a")));
        }
        Action::Approve => {
            let of = |agency: &AgencyId, by: &str| Resource::Paper { agency: agency.clone(), made_by: by.to_owned() };
            ask("own", None, of(&own, "somebody"));
            ask("own, made oneself", None, of(&own, "me"));
            ask("other", None, of(&other, "somebody"));
            ask("other, made oneself", None, of(&other, "me"));
            ask("at one site", Some("a"), of(&own, "somebody"));
            every_disclosure(&mut ask);
        }
        Action::Propose | Action::Agree | Action::Refuse | Action::Withdraw => every_disclosure(&mut ask),
        Action::GiveRole | Action::TakeRole => {
            let of = |role, agency: &AgencyId, holder: &str| Resource::Post {
                role,
                agency: agency.clone(),
                holder: holder.to_owned(),
            };
            ask("own", None, of(Role::Desk, &own, "somebody"));
            ask("own, oneself", None, of(Role::Desk, &own, "me"));
            ask("other", None, of(Role::Desk, &other, "somebody"));
            ask("own, Law Department", None, of(Role::LawDepartment, &own, "somebody"));
            ask("own, oversight", None, of(Role::Oversight, &own, "somebody"));
            ask("own, administrator", None, of(Role::Administrator, &own, "somebody"));
            ask("at one site", Some("a"), of(Role::Desk, &own, "somebody"));
        }
        Action::Invite | Action::EndSessions | Action::RevokePasskey | Action::BindAccount => {
            let of = |agency: &AgencyId, posts: &[&AgencyId], reaches_all, who: &str| Resource::Member {
                agency: agency.clone(),
                agencies: posts.iter().map(|post| (*post).clone()).collect(),
                reaches_all,
                staff: who.to_owned(),
            };
            ask("own", None, of(&own, &[&own], false, "somebody"));
            ask("own, without a post", None, of(&own, &[], false, "somebody"));
            ask("own, of another agency, too", None, of(&own, &[&own, &other], false, "somebody"));
            ask("own, of another agency alone", None, of(&own, &[&other], false, "somebody"));
            ask("own, of every agency", None, of(&own, &[&own], true, "somebody"));
            ask("oneself", None, of(&own, &[&own], false, "me"));
            ask("oneself, of another agency, too", None, of(&own, &[&own, &other], false, "me"));
            ask("oneself, of every agency", None, of(&own, &[&own], true, "me"));
            ask("other", None, of(&other, &[&other], false, "somebody"));
            ask("other, in a post of one's own agency", None, of(&other, &[&own], false, "somebody"));
            ask("oneself, from another agency", None, of(&other, &[&own], false, "me"));
            ask("at one site", Some("a"), of(&own, &[&own], false, "somebody"));
            ask("oneself, at one site", Some("a"), of(&own, &[&own], false, "me"));
        }
    }
    all
}

/// A disclosure of oneself and of somebody else, of a sealed record, of another agency, at sites.
fn every_disclosure(ask: &mut impl FnMut(&'static str, Option<&str>, Resource)) {
    let of = |agency: &str, site: Option<&str>, by: &str, sealed| Resource::Disclosure {
        agency: agency.into(),
        site: site.map(str::to_owned),
        made_by: by.to_owned(),
        sealed,
    };
    ask("disclosure", None, of("DOC", None, "somebody", false));
    ask("own disclosure", None, of("DOC", None, "me", false));
    ask("disclosure, sealed", None, of("DOC", None, "somebody", true));
    ask("own disclosure, sealed", None, of("DOC", None, "me", true));
    ask("disclosure of another agency", None, of("NYPD", None, "somebody", false));
    ask("own disclosure of another agency", None, of("NYPD", None, "me", false));
    ask("disclosure at its site", Some("a"), of("DOC", Some("a"), "somebody", false));
    ask("own disclosure at its site", Some("a"), of("DOC", Some("a"), "me", false));
    ask("disclosure at another site", Some("a"), of("DOC", Some("b"), "somebody", false));
    ask("own disclosure at another site", Some("a"), of("DOC", Some("b"), "me", false));
    ask("disclosure at one site, of none", Some("a"), of("DOC", None, "somebody", false));
    ask("own disclosure at one site, of none", Some("a"), of("DOC", None, "me", false));
}

/// Which roles may do what, one line for each question.
fn table(access: &Access, actions: &[Action]) -> String {
    let mut lines: Vec<String> = Vec::new();
    for action in actions.iter().copied() {
        for number in 0..every_question(Role::Desk, action).len() {
            let may = |role: Role| {
                let asked = every_question(role, action).swap_remove(number);
                access.allows(&asked.acting, asked.action, &asked.resource).then(|| role.word())
            };
            let roles: Vec<&str> = Role::ALL.into_iter().filter_map(may).collect();
            let column = every_question(Role::Desk, action)[number].column;
            let roles = if roles.is_empty() { "nobody".to_owned() } else { roles.join(" ") };
            lines.push(format!("{}, {column}: {roles}", action.name()));
        }
    }
    lines.join("\n")
}

/// Every theorem that a question breaks: allowed, though `never.cedar` describes it.
fn broken(access: &Access, actions: &[Action]) -> BTreeSet<String> {
    static THEOREMS: LazyLock<Access> = LazyLock::new(|| Access::of(SCHEMA, NEVER).unwrap());
    let mut found = BTreeSet::new();
    for (role, action) in Role::ALL.into_iter().flat_map(|role| actions.iter().map(move |action| (role, *action))) {
        for Asked { column, acting, action, resource } in every_question(role, action) {
            if access.allows(&acting, action, &resource) && THEOREMS.allows(&acting, action, &resource) {
                found.insert(format!("{} by {}, {column}", action.name(), role.word()));
            }
        }
    }
    for action in actions {
        for (column, resource) in asked_of_a_system(*action) {
            // With each use alone, with all but each, with none and with all.
            let but = |one: Use| Use::ALL.into_iter().filter(|other| *other != one).collect::<Vec<_>>();
            let each = Use::ALL.into_iter().flat_map(|one| [vec![one], but(one)]);
            for uses in each.chain([Vec::new(), Use::ALL.to_vec()]) {
                let who = system(&uses);
                if access.allows_system(&who, *action, &resource) && THEOREMS.allows_system(&who, *action, &resource) {
                    found.insert(format!("{} by a system, {column}", action.name()));
                }
            }
        }
    }
    found
}

/// The same set of policies with everything permitted that none forbids.
fn all_permitted(policies: &PolicySet) -> PolicySet {
    let forbids = policies.policies().filter(|policy| policy.effect() == cedar_policy::Effect::Forbid);
    let mut set = PolicySet::from_policies(forbids.cloned()).unwrap();
    set.add(cedar_policy::Policy::parse(None, "permit (principal, action, resource);").unwrap()).unwrap();
    set
}

/// The same set without the policies that forbid.
fn none_forbidden(policies: &PolicySet) -> PolicySet {
    let permits = policies.policies().filter(|policy| policy.effect() == cedar_policy::Effect::Permit);
    PolicySet::from_policies(permits.cloned()).unwrap()
}

fn with(policies: PolicySet) -> Access {
    static READ: LazyLock<Schema> = LazyLock::new(|| Schema::from_cedarschema_str(SCHEMA).unwrap().0);
    Access { authorizer: Authorizer::new(), policies, schema: READ.clone(), answered: Mutex::default() }
}

/// Answers are kept by the whole question: asked again in another order, and after more questions than are kept, each has its own.
#[test]
fn a_question_asked_again_has_the_same_answer() {
    let access = Access::load().unwrap();
    let (mut forth, mut back) = (Action::ALL.to_vec(), Action::ALL.to_vec());
    back.reverse();
    let first = (table(&access, &forth), table_of_systems(&access, &forth));
    let sorted = |table: &str| table.lines().map(str::to_owned).collect::<BTreeSet<_>>();
    let again = (table(&access, &back), table_of_systems(&access, &back));
    assert_eq!((sorted(&first.0), sorted(&first.1)), (sorted(&again.0), sorted(&again.1)));
    for number in 0..ANSWERS_KEPT {
        let resource = Resource::Agency(AgencyId::from(format!("A{number}")));
        assert!(!access.allows(&acting(Role::Desk, None), Action::Ask, &resource), "{number}");
    }
    assert!(access.answered.lock().unwrap().len() <= ANSWERS_KEPT);
    forth.rotate_left(3);
    assert_eq!(sorted(&table(&access, &forth)), sorted(&first.0));
}

/// What a caller writes at length is answered, and not kept.
#[test]
fn a_long_question_is_answered_and_not_kept() {
    let access = Access::load().unwrap();
    let before = access.answered.lock().unwrap().len();
    let long = "x".repeat(256 * 1024);
    let request = |agency: &str, site: &str| Resource::Request { agency: agency.into(), site: Some(site.to_owned()) };
    assert!(access.allows(&acting(Role::Desk, None), Action::RecordRequest, &request("DOC", &long)));
    assert!(!access.allows(&acting(Role::Desk, None), Action::RecordRequest, &request(&long, "Rikers")));
    let resource = Resource::Agency(long.as_str().into());
    assert!(!access.allows(&acting(Role::Desk, None), Action::ListRequests, &resource));
    assert_eq!(access.answered.lock().unwrap().len(), before);
}

#[test]
fn what_each_role_may_do() {
    expect![[r#"
        ask, own: desk supervisor counsel privacy_officer records law_department
        ask, other: nobody
        ask, at one site: desk supervisor counsel privacy_officer records law_department
        list_requests, own: desk supervisor counsel privacy_officer records law_department oversight
        list_requests, other: law_department oversight
        list_requests, at one site: desk supervisor counsel privacy_officer records law_department oversight
        read_request, own: desk supervisor counsel privacy_officer records law_department oversight
        read_request, own, of a site: desk supervisor counsel privacy_officer records law_department oversight
        read_request, other: law_department oversight
        read_request, at its site: desk supervisor counsel privacy_officer records law_department oversight
        read_request, at another site: nobody
        read_request, at one site, of none: nobody
        read_request, other, at its site: law_department oversight
        record_request, own: desk supervisor privacy_officer records
        record_request, own, of a site: desk supervisor privacy_officer records
        record_request, other: nobody
        record_request, at its site: desk supervisor privacy_officer records
        record_request, at another site: nobody
        record_request, at one site, of none: nobody
        record_request, other, at its site: nobody
        state_deed, own: desk supervisor privacy_officer records
        state_deed, own, of a site: desk supervisor privacy_officer records
        state_deed, other: nobody
        state_deed, at its site: desk supervisor privacy_officer records
        state_deed, at another site: nobody
        state_deed, at one site, of none: nobody
        state_deed, other, at its site: nobody
        correct, own: desk supervisor privacy_officer records
        correct, own, of a site: desk supervisor privacy_officer records
        correct, other: nobody
        correct, at its site: desk supervisor privacy_officer records
        correct, at another site: nobody
        correct, at one site, of none: nobody
        correct, other, at its site: nobody
        attach_photograph, own: desk supervisor privacy_officer records
        attach_photograph, own, of a site: desk supervisor privacy_officer records
        attach_photograph, other: nobody
        attach_photograph, at its site: desk supervisor privacy_officer records
        attach_photograph, at another site: nobody
        attach_photograph, at one site, of none: nobody
        attach_photograph, other, at its site: nobody
        read_photograph, own: desk supervisor counsel privacy_officer records law_department oversight
        read_photograph, own, of a site: desk supervisor counsel privacy_officer records law_department oversight
        read_photograph, other: law_department oversight
        read_photograph, at its site: desk supervisor counsel privacy_officer records law_department oversight
        read_photograph, at another site: nobody
        read_photograph, at one site, of none: nobody
        read_photograph, other, at its site: law_department oversight
        state_funding, own: privacy_officer records
        state_funding, other: nobody
        state_funding, at one site: nobody
        state_duty, own: supervisor privacy_officer records
        state_duty, other: nobody
        state_duty, at one site: nobody
        sign_statement, own: supervisor privacy_officer
        sign_statement, other: nobody
        sign_statement, at one site: nobody
        dismiss_contact, own: privacy_officer
        dismiss_contact, other: nobody
        dismiss_contact, at one site: nobody
        read_filings, city: desk supervisor counsel privacy_officer records law_department oversight
        read_figure, own: desk supervisor counsel privacy_officer records law_department oversight
        read_figure, other: law_department oversight
        read_figure, at one site: nobody
        approve, own: counsel privacy_officer records
        approve, own, made oneself: nobody
        approve, other: nobody
        approve, other, made oneself: nobody
        approve, at one site: counsel privacy_officer records
        approve, disclosure: privacy_officer
        approve, own disclosure: nobody
        approve, disclosure, sealed: nobody
        approve, own disclosure, sealed: nobody
        approve, disclosure of another agency: nobody
        approve, own disclosure of another agency: nobody
        approve, disclosure at its site: privacy_officer
        approve, own disclosure at its site: nobody
        approve, disclosure at another site: nobody
        approve, own disclosure at another site: nobody
        approve, disclosure at one site, of none: nobody
        approve, own disclosure at one site, of none: nobody
        propose, disclosure: nobody
        propose, own disclosure: desk supervisor privacy_officer records
        propose, disclosure, sealed: nobody
        propose, own disclosure, sealed: nobody
        propose, disclosure of another agency: nobody
        propose, own disclosure of another agency: nobody
        propose, disclosure at its site: nobody
        propose, own disclosure at its site: desk supervisor privacy_officer records
        propose, disclosure at another site: nobody
        propose, own disclosure at another site: nobody
        propose, disclosure at one site, of none: nobody
        propose, own disclosure at one site, of none: nobody
        agree, disclosure: counsel
        agree, own disclosure: nobody
        agree, disclosure, sealed: nobody
        agree, own disclosure, sealed: nobody
        agree, disclosure of another agency: nobody
        agree, own disclosure of another agency: nobody
        agree, disclosure at its site: counsel
        agree, own disclosure at its site: nobody
        agree, disclosure at another site: nobody
        agree, own disclosure at another site: nobody
        agree, disclosure at one site, of none: nobody
        agree, own disclosure at one site, of none: nobody
        refuse, disclosure: counsel privacy_officer
        refuse, own disclosure: nobody
        refuse, disclosure, sealed: counsel privacy_officer
        refuse, own disclosure, sealed: nobody
        refuse, disclosure of another agency: nobody
        refuse, own disclosure of another agency: nobody
        refuse, disclosure at its site: counsel privacy_officer
        refuse, own disclosure at its site: nobody
        refuse, disclosure at another site: nobody
        refuse, own disclosure at another site: nobody
        refuse, disclosure at one site, of none: nobody
        refuse, own disclosure at one site, of none: nobody
        withdraw, disclosure: nobody
        withdraw, own disclosure: desk supervisor counsel privacy_officer records law_department
        withdraw, disclosure, sealed: nobody
        withdraw, own disclosure, sealed: desk supervisor counsel privacy_officer records law_department
        withdraw, disclosure of another agency: nobody
        withdraw, own disclosure of another agency: nobody
        withdraw, disclosure at its site: nobody
        withdraw, own disclosure at its site: desk supervisor counsel privacy_officer records law_department
        withdraw, disclosure at another site: nobody
        withdraw, own disclosure at another site: nobody
        withdraw, disclosure at one site, of none: nobody
        withdraw, own disclosure at one site, of none: nobody
        read_people, city: oversight administrator
        add_staff, own: administrator
        add_staff, other: nobody
        add_staff, at one site: nobody
        give_role, own: administrator
        give_role, own, oneself: nobody
        give_role, other: nobody
        give_role, own, Law Department: nobody
        give_role, own, oversight: nobody
        give_role, own, administrator: administrator
        give_role, at one site: nobody
        take_role, own: administrator
        take_role, own, oneself: administrator
        take_role, other: nobody
        take_role, own, Law Department: nobody
        take_role, own, oversight: nobody
        take_role, own, administrator: administrator
        take_role, at one site: nobody
        invite, own: administrator
        invite, own, without a post: administrator
        invite, own, of another agency, too: nobody
        invite, own, of another agency alone: nobody
        invite, own, of every agency: nobody
        invite, oneself: desk supervisor counsel privacy_officer records law_department oversight administrator
        invite, oneself, of another agency, too: desk supervisor counsel privacy_officer records law_department oversight administrator
        invite, oneself, of every agency: desk supervisor counsel privacy_officer records law_department oversight administrator
        invite, other: nobody
        invite, other, in a post of one's own agency: nobody
        invite, oneself, from another agency: desk supervisor counsel privacy_officer records law_department oversight administrator
        invite, at one site: nobody
        invite, oneself, at one site: desk supervisor counsel privacy_officer records law_department oversight administrator
        end_sessions, own: administrator
        end_sessions, own, without a post: administrator
        end_sessions, own, of another agency, too: nobody
        end_sessions, own, of another agency alone: nobody
        end_sessions, own, of every agency: nobody
        end_sessions, oneself: desk supervisor counsel privacy_officer records law_department oversight administrator
        end_sessions, oneself, of another agency, too: desk supervisor counsel privacy_officer records law_department oversight administrator
        end_sessions, oneself, of every agency: desk supervisor counsel privacy_officer records law_department oversight administrator
        end_sessions, other: nobody
        end_sessions, other, in a post of one's own agency: nobody
        end_sessions, oneself, from another agency: desk supervisor counsel privacy_officer records law_department oversight administrator
        end_sessions, at one site: nobody
        end_sessions, oneself, at one site: desk supervisor counsel privacy_officer records law_department oversight administrator
        revoke_passkey, own: administrator
        revoke_passkey, own, without a post: administrator
        revoke_passkey, own, of another agency, too: nobody
        revoke_passkey, own, of another agency alone: nobody
        revoke_passkey, own, of every agency: nobody
        revoke_passkey, oneself: desk supervisor counsel privacy_officer records law_department oversight administrator
        revoke_passkey, oneself, of another agency, too: desk supervisor counsel privacy_officer records law_department oversight administrator
        revoke_passkey, oneself, of every agency: desk supervisor counsel privacy_officer records law_department oversight administrator
        revoke_passkey, other: nobody
        revoke_passkey, other, in a post of one's own agency: nobody
        revoke_passkey, oneself, from another agency: desk supervisor counsel privacy_officer records law_department oversight administrator
        revoke_passkey, at one site: nobody
        revoke_passkey, oneself, at one site: desk supervisor counsel privacy_officer records law_department oversight administrator
        bind_account, own: administrator
        bind_account, own, without a post: administrator
        bind_account, own, of another agency, too: nobody
        bind_account, own, of another agency alone: nobody
        bind_account, own, of every agency: nobody
        bind_account, oneself: nobody
        bind_account, oneself, of another agency, too: nobody
        bind_account, oneself, of every agency: nobody
        bind_account, other: nobody
        bind_account, other, in a post of one's own agency: nobody
        bind_account, oneself, from another agency: nobody
        bind_account, at one site: nobody
        bind_account, oneself, at one site: nobody"#]].assert_eq(&table(&Access::load().unwrap(), &Action::ALL));
}

#[test]
fn what_each_system_may_do() {
    let access = Access::load().unwrap();
    expect![[r#"
        ask, own: a system that was given ask
        ask, other: no system
        list_requests, own: a system that was given list
        list_requests, other: no system
        read_request, own: a system that was given read
        read_request, own, of a site: a system that was given read
        read_request, other: no system
        record_request, own: a system that was given record
        record_request, own, of a site: a system that was given record
        record_request, other: no system
        state_deed, own: a system that was given state
        state_deed, own, of a site: a system that was given state
        state_deed, other: no system
        correct, own: no system
        correct, own, of a site: no system
        correct, other: no system
        attach_photograph, own: no system
        attach_photograph, own, of a site: no system
        attach_photograph, other: no system
        read_photograph, own: no system
        read_photograph, own, of a site: no system
        read_photograph, other: no system
        state_funding, own: no system
        state_funding, other: no system
        state_duty, own: no system
        state_duty, other: no system
        sign_statement, own: no system
        sign_statement, other: no system
        dismiss_contact, own: no system
        dismiss_contact, other: no system
        read_filings, city: no system
        read_figure, own: a system that was given findings
        read_figure, other: no system
        approve, own: no system
        approve, own, made oneself: no system
        approve, other: no system
        approve, other, made oneself: no system
        approve, disclosure: no system
        approve, own disclosure: no system
        approve, disclosure, sealed: no system
        approve, own disclosure, sealed: no system
        approve, disclosure of another agency: no system
        approve, own disclosure of another agency: no system
        propose, disclosure: no system
        propose, own disclosure: no system
        propose, disclosure, sealed: no system
        propose, own disclosure, sealed: no system
        propose, disclosure of another agency: no system
        propose, own disclosure of another agency: no system
        agree, disclosure: no system
        agree, own disclosure: no system
        agree, disclosure, sealed: no system
        agree, own disclosure, sealed: no system
        agree, disclosure of another agency: no system
        agree, own disclosure of another agency: no system
        refuse, disclosure: no system
        refuse, own disclosure: no system
        refuse, disclosure, sealed: no system
        refuse, own disclosure, sealed: no system
        refuse, disclosure of another agency: no system
        refuse, own disclosure of another agency: no system
        withdraw, disclosure: no system
        withdraw, own disclosure: no system
        withdraw, disclosure, sealed: no system
        withdraw, own disclosure, sealed: no system
        withdraw, disclosure of another agency: no system
        withdraw, own disclosure of another agency: no system
        read_people, city: no system
        add_staff, own: no system
        add_staff, other: no system
        give_role, own: no system
        give_role, own, oneself: no system
        give_role, other: no system
        give_role, own, Law Department: no system
        give_role, own, oversight: no system
        give_role, own, administrator: no system
        take_role, own: no system
        take_role, own, oneself: no system
        take_role, other: no system
        take_role, own, Law Department: no system
        take_role, own, oversight: no system
        take_role, own, administrator: no system
        invite, own: no system
        invite, own, without a post: no system
        invite, own, of another agency, too: no system
        invite, own, of another agency alone: no system
        invite, own, of every agency: no system
        invite, oneself: no system
        invite, oneself, of another agency, too: no system
        invite, oneself, of every agency: no system
        invite, other: no system
        invite, other, in a post of one's own agency: no system
        invite, oneself, from another agency: no system
        end_sessions, own: no system
        end_sessions, own, without a post: no system
        end_sessions, own, of another agency, too: no system
        end_sessions, own, of another agency alone: no system
        end_sessions, own, of every agency: no system
        end_sessions, oneself: no system
        end_sessions, oneself, of another agency, too: no system
        end_sessions, oneself, of every agency: no system
        end_sessions, other: no system
        end_sessions, other, in a post of one's own agency: no system
        end_sessions, oneself, from another agency: no system
        revoke_passkey, own: no system
        revoke_passkey, own, without a post: no system
        revoke_passkey, own, of another agency, too: no system
        revoke_passkey, own, of another agency alone: no system
        revoke_passkey, own, of every agency: no system
        revoke_passkey, oneself: no system
        revoke_passkey, oneself, of another agency, too: no system
        revoke_passkey, oneself, of every agency: no system
        revoke_passkey, other: no system
        revoke_passkey, other, in a post of one's own agency: no system
        revoke_passkey, oneself, from another agency: no system
        bind_account, own: no system
        bind_account, own, without a post: no system
        bind_account, own, of another agency, too: no system
        bind_account, own, of another agency alone: no system
        bind_account, own, of every agency: no system
        bind_account, oneself: no system
        bind_account, oneself, of another agency, too: no system
        bind_account, oneself, of every agency: no system
        bind_account, other: no system
        bind_account, other, in a post of one's own agency: no system
        bind_account, oneself, from another agency: no system"#]]
    .assert_eq(&table_of_systems(&access, &Action::ALL));
    // What one use opens by itself, before anything is forbidden, is no more.
    let permitted = with(none_forbidden(&access.policies));
    assert_eq!(table_of_systems(&permitted, &Action::ALL), table_of_systems(&access, &Action::ALL));
}

/// Whatever else is permitted by a slip: what the schema gives to people alone, no system can ask for.
#[test]
fn no_system_approves_corrects_or_changes_who_may_do_what_whatever_is_permitted() {
    let open = Access::of(SCHEMA, "permit (principal, action, resource);").unwrap();
    let mut refused = 0;
    for action in Action::ALL {
        let theirs = [Action::Ask, Action::ListRequests, Action::ReadRequest, Action::RecordRequest, Action::StateDeed];
        let may = theirs.contains(&action) || action == Action::ReadFigure;
        for (column, resource) in asked_of_a_system(action) {
            assert_eq!(open.allows_system(&system(&Use::ALL), action, &resource), may, "{} {column}", action.name());
            refused += usize::from(!may);
        }
    }
    assert!(refused > 20, "{refused}");
}

#[test]
fn nothing_is_allowed_that_never_may_be() {
    assert_eq!(broken(&Access::load().unwrap(), &Action::ALL), BTreeSet::new());
}

/// A policy that permits too much, added by a slip, opens nothing that never may be.
#[test]
fn nothing_is_allowed_that_never_may_be_whatever_another_policy_permits() {
    let access = Access::load().unwrap();
    assert_eq!(broken(&with(all_permitted(&access.policies)), &Action::ALL), BTreeSet::new());
    // And the theorems do speak: without the policies that forbid, each is broken.
    let open = Access::of(SCHEMA, "permit (principal, action, resource);").unwrap();
    let theorems = PolicySet::from_str(NEVER).unwrap();
    for theorem in theorems.policies() {
        let alone = with(PolicySet::from_policies([theorem.clone()]).unwrap());
        let speaks = Role::ALL.into_iter().any(|role| {
            Action::ALL.into_iter().flat_map(|action| every_question(role, action)).any(|asked| {
                let Asked { acting, action, resource, .. } = asked;
                open.allows(&acting, action, &resource) && alone.allows(&acting, action, &resource)
            })
        });
        let speaks_of_systems = Action::ALL.into_iter().any(|action| {
            asked_of_a_system(action).into_iter().any(|(_, resource)| {
                [&[][..], &Use::ALL[..]].into_iter().any(|uses| {
                    let who = system(uses);
                    open.allows_system(&who, action, &resource) && alone.allows_system(&who, action, &resource)
                })
            })
        });
        assert!(speaks || speaks_of_systems, "{:?}", theorem.annotation("id"));
    }
}

/// Photographs of papers are opened by whoever opens the request, and attached by whoever says what was done about it.
#[test]
fn a_photograph_is_opened_with_its_request_and_attached_with_its_deeds() {
    let access = Access::load().unwrap();
    for (photograph, request) in
        [(Action::ReadPhotograph, Action::ReadRequest), (Action::AttachPhotograph, Action::StateDeed)]
    {
        for role in Role::ALL {
            for (one, other) in every_question(role, photograph).into_iter().zip(every_question(role, request)) {
                let may = |asked: &Asked| access.allows(&asked.acting, asked.action, &asked.resource);
                assert_eq!(may(&one), may(&other), "{} by {}, {}", photograph.name(), role.word(), one.column);
            }
        }
    }
}

/// What the desk tells the policies of a member's reach is what the policies open.
#[test]
fn a_role_reaches_every_agency_where_the_policies_let_it_read_anothers() {
    let access = Access::load().unwrap();
    let theirs = Resource::Request { agency: "NYPD".into(), site: None };
    for role in Role::ALL {
        let reads = access.allows(&acting(role, None), Action::ReadRequest, &theirs);
        let lists = access.allows(&acting(role, None), Action::ListRequests, &Resource::Agency("NYPD".into()));
        assert_eq!((reads, lists), (reaches_all(role), reaches_all(role)), "{}", role.word());
    }
}

/// Each way in which one condition, list or choice of roles can be made smaller.
fn smaller(value: &Value) -> Vec<Value> {
    let mut found = Vec::new();
    match value {
        Value::Object(fields) => {
            for (name, inner) in fields {
                if name == "&&" || name == "||" {
                    found.extend([inner["left"].clone(), inner["right"].clone()]);
                }
                for replaced in smaller(inner) {
                    let mut fields = fields.clone();
                    fields.insert(name.clone(), replaced);
                    found.push(Value::Object(fields));
                }
            }
        }
        Value::Array(items) => {
            for number in 0..items.len() {
                let mut fewer = items.clone();
                fewer.remove(number);
                found.push(Value::Array(fewer));
                for replaced in smaller(&items[number]) {
                    let mut items = items.clone();
                    items[number] = replaced;
                    found.push(Value::Array(items));
                }
            }
        }
        _ => {}
    }
    found
}

#[test]
fn dropping_any_policy_condition_action_or_role_is_noticed() {
    let access = Access::load().unwrap();
    // The three that the tests above hold: what is allowed, what would be permitted, what the forbidding policies keep shut.
    let judged = |policies: &PolicySet, actions: &[Action]| {
        let all = table(&with(policies.clone()), actions);
        let permitted = table(&with(none_forbidden(policies)), actions);
        let systems = table_of_systems(&with(policies.clone()), actions);
        let systems_permitted = table_of_systems(&with(none_forbidden(policies)), actions);
        (all, permitted, systems, systems_permitted, broken(&with(all_permitted(policies)), actions))
    };
    let all: Vec<_> = access.policies.policies().cloned().collect();
    let mut mutants = 0;
    let mut survived = Vec::new();
    for (number, policy) in all.iter().enumerate() {
        let others = || all.iter().enumerate().filter(|(other, _)| *other != number).map(|(_, policy)| policy.clone());
        let id = policy.annotation("id").unwrap();
        let actions: Vec<Action> = Action::ALL
            .into_iter()
            .filter(|action| policy.to_string().contains(&format!("\"{}\"", action.name())))
            .collect();
        let before = judged(&access.policies, &actions);
        let mut judge = |what: &str, changed: Option<cedar_policy::Policy>| {
            mutants += 1;
            let set = PolicySet::from_policies(others().chain(changed)).unwrap();
            // What does not fit the schema is refused when the desk starts.
            if Access::of(SCHEMA, &set.to_string()).is_ok() && judged(&set, &actions) == before {
                survived.push(format!("{id}: {what}"));
            }
        };
        judge("dropped", None);
        let json = policy.to_json().unwrap();
        for part in ["action", "conditions"] {
            for changed in smaller(&json[part]) {
                let mut json = json.clone();
                json[part] = changed.clone();
                // What is no policy any more cannot slip in.
                if let Ok(changed) = cedar_policy::Policy::from_json(Some(policy.id().clone()), json) {
                    judge(&format!("{part} became {changed}"), Some(changed));
                }
            }
        }
    }
    assert!(mutants > 100, "{mutants} mutants");
    assert_eq!(survived, Vec::<String>::new(), "of {mutants} mutants");
}

/// What does not fit the schema is refused, and so is a policy that fails while it is asked.
#[test]
fn a_slip_in_a_policy_is_refused_when_the_desk_starts() {
    for (slip, why) in [
        ("permit (principal, action == Action::\"ask\", resource) when { principal.rôle == 1 };", "read"),
        ("permit (principal, action == Action::\"ask\", resource) when { principal.rank == 1 };", "schema"),
        ("permit (principal, action == Action::\"aks\", resource);", "schema"),
        (
            "permit (principal, action == Action::\"ask\", resource) when { principal.role == Role::\"boss\" };",
            "schema",
        ),
        ("permit (principal, action == Action::\"ask\", resource) when { principal.site == \"a\" };", "schema"),
    ] {
        let refused = Access::of(SCHEMA, slip).err().map(|error| error.to_string());
        assert!(refused.as_ref().is_some_and(|error| error.contains(why)), "{slip}: {refused:?}");
    }
    let failing = "permit (principal, action, resource);\
        forbid (principal, action == Action::\"ask\", resource) when { principal.site == \"a\" };";
    let failing = with(PolicySet::from_str(failing).unwrap());
    assert!(!failing.allows(&acting(Role::Desk, None), Action::Ask, &Resource::Agency("DOC".into())));
    assert!(failing.allows(&acting(Role::Desk, Some("b")), Action::Ask, &Resource::Agency("DOC".into())));
}

/// A question about a thing that the action does not have is refused, whatever is permitted.
#[test]
fn what_cannot_be_asked_is_refused() {
    let open = Access::of(SCHEMA, "permit (principal, action, resource);").unwrap();
    assert!(open.allows(&acting(Role::Desk, None), Action::Ask, &Resource::Agency("DOC".into())));
    assert!(!open.allows(&acting(Role::Desk, None), Action::Ask, &Resource::City));
    assert!(!open.allows(&acting(Role::Desk, None), Action::ReadRequest, &Resource::Agency("DOC".into())));
}
