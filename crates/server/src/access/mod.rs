//! Who may do what at the desk: a set of Cedar policies, asked once for each thing that somebody wants to do.
//!
//! The policies are files of the project (`crates/server/access/`): `desk.cedarschema` what they speak of, `desk.cedar` the policies,
//! `never.cedar` what none may ever allow. They are read and checked strictly when the desk starts, and are part of the executable: a
//! city that wants others changes them by a reviewed change, and the tests show what that opens. What no policy permits is refused;
//! so is whatever cannot be asked, and whatever any policy fails on (Cedar by itself would leave such a policy out).
//!
//! Not here: who somebody is (`serve::session`), and the words of a refusal.

#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    str::FromStr,
    sync::{Mutex, PoisonError},
};

use cedar_policy::{
    Authorizer, Context, Decision, Entities, Entity, EntityId, EntityTypeName, EntityUid, PolicySet, Request,
    RestrictedExpression, Schema, ValidationMode, Validator,
};
use law::AgencyId;
use record::{Role, SystemId, Use};

/// What the policies speak of.
pub const SCHEMA: &str = include_str!("../../access/desk.cedarschema");

/// The policies.
pub const POLICIES: &str = include_str!("../../access/desk.cedar");

/// What none may ever allow.
pub const NEVER: &str = include_str!("../../access/never.cedar");

/// Something that somebody may want to do at the desk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// Ask the law; nothing is kept.
    Ask,
    /// See which requests an agency has.
    ListRequests,
    /// Open one request.
    ReadRequest,
    /// Take a request down.
    RecordRequest,
    /// State what was done about one.
    StateDeed,
    /// Say that a deed was recorded by mistake.
    Correct,
    /// Attach a photograph of a paper to a request.
    AttachPhotograph,
    /// Open one.
    ReadPhotograph,
    /// State federal money.
    StateFunding,
    /// Say that a duty of the agency itself was done.
    StateDuty,
    /// Sign, with a passkey, what an agency states of a quarter.
    SignStatement,
    /// Say that a contact of the agency's, which nobody recorded, needs no recorded request.
    DismissContact,
    /// Read drafts of filings and what was published.
    ReadFilings,
    /// See which of an agency's requests a figure counts.
    ReadFigure,
    /// Approve a disclosure that somebody else proposed, or a filing that somebody else made; of filings no page asks it yet.
    Approve,
    /// Propose to tell something outside the agency.
    Propose,
    /// Agree, as counsel, to a proposal.
    Agree,
    /// Refuse one.
    Refuse,
    /// Take one back.
    Withdraw,
    /// See who may do what, and every change of it.
    ReadPeople,
    /// Add somebody to the staff who sign in.
    AddStaff,
    /// Give a role.
    GiveRole,
    /// Take one.
    TakeRole,
    /// Make the one-time link with which somebody enrols a passkey.
    Invite,
    /// End somebody's sessions.
    EndSessions,
    /// Revoke a passkey.
    RevokePasskey,
    /// Say which account at the city's own sign-in is somebody's, or take it from them.
    BindAccount,
}

impl Action {
    /// Every action.
    pub const ALL: [Self; 27] = [
        Self::Ask,
        Self::ListRequests,
        Self::ReadRequest,
        Self::RecordRequest,
        Self::StateDeed,
        Self::Correct,
        Self::AttachPhotograph,
        Self::ReadPhotograph,
        Self::StateFunding,
        Self::StateDuty,
        Self::SignStatement,
        Self::DismissContact,
        Self::ReadFilings,
        Self::ReadFigure,
        Self::Approve,
        Self::Propose,
        Self::Agree,
        Self::Refuse,
        Self::Withdraw,
        Self::ReadPeople,
        Self::AddStaff,
        Self::GiveRole,
        Self::TakeRole,
        Self::Invite,
        Self::EndSessions,
        Self::RevokePasskey,
        Self::BindAccount,
    ];

    /// Whether it changes who signs in, and as what.
    #[must_use]
    pub fn changes_staff(self) -> bool {
        matches!(
            self,
            Self::AddStaff
                | Self::GiveRole
                | Self::TakeRole
                | Self::Invite
                | Self::EndSessions
                | Self::RevokePasskey
                | Self::BindAccount
        )
    }

    /// Its name in the policies.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Ask => "ask",
            Self::ListRequests => "list_requests",
            Self::ReadRequest => "read_request",
            Self::RecordRequest => "record_request",
            Self::StateDeed => "state_deed",
            Self::Correct => "correct",
            Self::AttachPhotograph => "attach_photograph",
            Self::ReadPhotograph => "read_photograph",
            Self::StateFunding => "state_funding",
            Self::StateDuty => "state_duty",
            Self::SignStatement => "sign_statement",
            Self::DismissContact => "dismiss_contact",
            Self::ReadFilings => "read_filings",
            Self::ReadFigure => "read_figure",
            Self::Approve => "approve",
            Self::Propose => "propose",
            Self::Agree => "agree",
            Self::Refuse => "refuse",
            Self::Withdraw => "withdraw",
            Self::ReadPeople => "read_people",
            Self::AddStaff => "add_staff",
            Self::GiveRole => "give_role",
            Self::TakeRole => "take_role",
            Self::Invite => "invite",
            Self::EndSessions => "end_sessions",
            Self::RevokePasskey => "revoke_passkey",
            Self::BindAccount => "bind_account",
        }
    }
}

/// Somebody who acts: who, in what role, of which agency, at which site if they work at one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Acting {
    /// Who, by an id that is nobody else's.
    pub staff: String,
    /// In what role.
    pub role: Role,
    /// Of which agency.
    pub agency: AgencyId,
    /// At which site alone; none: at all.
    pub site: Option<String>,
}

/// A program of the city that acts: which, for which agency, and what it was given.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ActingSystem {
    /// Which.
    pub system: SystemId,
    /// For which agency alone.
    pub agency: AgencyId,
    /// What it was given.
    pub uses: Vec<Use>,
}

/// What somebody wants to do it to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Resource {
    /// An agency.
    Agency(AgencyId),
    /// A request, with everything recorded about it.
    Request {
        /// The agency that was asked.
        agency: AgencyId,
        /// The site that was.
        site: Option<String>,
    },
    /// A disclosure about a request, proposed or about to be.
    Disclosure {
        /// Whose information it is.
        agency: AgencyId,
        /// The site that was asked.
        site: Option<String>,
        /// Who proposes it.
        made_by: String,
        /// Whether what would be told stands in a sealed record.
        sealed: bool,
    },
    /// A filing.
    Paper {
        /// Whose.
        agency: AgencyId,
        /// Who made it.
        made_by: String,
    },
    /// A role that somebody has or is to have.
    Post {
        /// The role.
        role: Role,
        /// In which agency.
        agency: AgencyId,
        /// Whose.
        holder: String,
    },
    /// Somebody whose keys and sessions are looked after.
    Member {
        /// Their agency.
        agency: AgencyId,
        /// Those of all their posts.
        agencies: BTreeSet<AgencyId>,
        /// Whether one of their posts is of a role that reaches every agency ([`reaches_all`]).
        reaches_all: bool,
        /// Who.
        staff: String,
    },
    /// What belongs to no agency alone.
    City,
}

/// Whether a role reaches every agency. The policies name the same roles, which a test holds.
#[must_use]
pub fn reaches_all(role: Role) -> bool {
    match role {
        Role::LawDepartment | Role::Oversight => true,
        Role::Desk | Role::Supervisor | Role::Counsel | Role::PrivacyOfficer | Role::Records | Role::Administrator => {
            false
        }
    }
}

/// Why the policies cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// A file is not in Cedar's form.
    #[error("the desk's access policies cannot be read: {0}")]
    Form(String),
    /// The policies do not fit the schema.
    #[error("the desk's access policies do not fit their schema: {0}")]
    Unfit(String),
}

/// The policies, read and checked.
pub struct Access {
    authorizer: Authorizer,
    policies: PolicySet,
    schema: Schema,
    answered: Mutex<HashMap<Asked, bool>>,
}

/// One question, whole: the policies never change while the desk runs, so the same question has the same answer.
#[derive(PartialEq, Eq, Hash)]
struct Asked {
    who: Who,
    action: Action,
    resource: Resource,
}

#[derive(PartialEq, Eq, Hash)]
enum Who {
    Somebody(Acting),
    System(ActingSystem),
}

/// How many answers are kept; then all are worked out anew. A page asks some twenty, the same for the next page of the same person.
const ANSWERS_KEPT: usize = 10_000;

/// How long the texts of a question may be together, in bytes, for its answer to be kept: an agency and a site are asked about as a caller
/// wrote them, before anybody has looked how long they are.
const KEPT_MAX_BYTES: usize = 512;

impl Asked {
    /// The bytes of its texts.
    fn bytes(&self) -> usize {
        let optional = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        let who = match &self.who {
            Who::Somebody(Acting { staff, role: _, agency, site }) => {
                staff.len() + agency.as_str().len() + optional(site)
            }
            Who::System(ActingSystem { system: _, agency, uses }) => agency.as_str().len() + uses.len(),
        };
        who + match &self.resource {
            Resource::City => 0,
            Resource::Agency(agency) => agency.as_str().len(),
            Resource::Request { agency, site } => agency.as_str().len() + optional(site),
            Resource::Disclosure { agency, site, made_by, sealed: _ } => {
                agency.as_str().len() + optional(site) + made_by.len()
            }
            Resource::Paper { agency, made_by } => agency.as_str().len() + made_by.len(),
            Resource::Post { role: _, agency, holder } => agency.as_str().len() + holder.len(),
            Resource::Member { agency, agencies, reaches_all: _, staff } => {
                agency.as_str().len() + agencies.iter().map(|one| one.as_str().len()).sum::<usize>() + staff.len()
            }
        }
    }
}

impl Access {
    /// The policies of this program.
    ///
    /// # Errors
    /// When they cannot be read or do not fit their schema, which a test of this program excludes.
    pub fn load() -> Result<Self, AccessError> {
        Self::of(SCHEMA, POLICIES)
    }

    /// Policies and their schema from their text; strictly checked.
    ///
    /// # Errors
    /// When they cannot be read or do not fit their schema.
    pub fn of(schema: &str, policies: &str) -> Result<Self, AccessError> {
        let form = |error: &dyn std::fmt::Display| AccessError::Form(error.to_string());
        let (schema, warnings) = Schema::from_cedarschema_str(schema).map_err(|error| form(&error))?;
        let policies = PolicySet::from_str(policies).map_err(|error| form(&error))?;
        let checked = Validator::new(schema.clone()).validate(&policies, ValidationMode::Strict);
        let faults: Vec<String> = warnings
            .map(|warning| warning.to_string())
            .chain(checked.validation_errors().map(ToString::to_string))
            .chain(checked.validation_warnings().map(ToString::to_string))
            .collect();
        if !faults.is_empty() {
            return Err(AccessError::Unfit(faults.join("; ")));
        }
        Ok(Self { authorizer: Authorizer::new(), policies, schema, answered: Mutex::default() })
    }

    /// Whether somebody may do this. Refuses whatever cannot be asked or whatever a policy fails on.
    #[must_use]
    pub fn allows(&self, who: &Acting, action: Action, resource: &Resource) -> bool {
        let asked = Asked { who: Who::Somebody(who.clone()), action, resource: resource.clone() };
        self.kept(asked, || self.asked(who, action, resource).unwrap_or(false))
    }

    /// The answer to a question that was asked before, or else what `answer` works out.
    fn kept(&self, asked: Asked, answer: impl FnOnce() -> bool) -> bool {
        if asked.bytes() > KEPT_MAX_BYTES {
            return answer();
        }
        let answered = || self.answered.lock().unwrap_or_else(PoisonError::into_inner);
        let known = answered().get(&asked).copied();
        known.unwrap_or_else(|| {
            let allowed = answer();
            let mut answered = answered();
            if answered.len() >= ANSWERS_KEPT {
                answered.clear();
            }
            answered.insert(asked, allowed);
            allowed
        })
    }

    /// None where the question does not fit the schema.
    fn asked(&self, who: &Acting, action: Action, resource: &Resource) -> Option<bool> {
        let mut attributes = vec![("role", role(who.role)), ("agency", agency(&who.agency))];
        attributes.extend(who.site.as_ref().map(|site| ("site", RestrictedExpression::new_string(site.clone()))));
        self.answer(entity(staff(&who.staff), attributes)?, action, resource)
    }

    /// Whether a system may do this. Refuses as [`Access::allows`] does, and so whatever the schema gives to people alone.
    #[must_use]
    pub fn allows_system(&self, who: &ActingSystem, action: Action, resource: &Resource) -> bool {
        let asked = Asked { who: Who::System(who.clone()), action, resource: resource.clone() };
        self.kept(asked, || {
            let uses = who.uses.iter().map(|one| RestrictedExpression::new_entity_uid(uid_of("Use", one.word())));
            let attributes = vec![("agency", agency(&who.agency)), ("uses", RestrictedExpression::new_set(uses))];
            let principal = entity(uid_of("System", &who.system.to_string()), attributes);
            principal.and_then(|principal| self.answer(principal, action, resource)).unwrap_or(false)
        })
    }

    fn answer(&self, principal: Entity, action: Action, resource: &Resource) -> Option<bool> {
        let who = principal.uid();
        let mut entities = vec![principal];
        let (uid, more) = of_resource(resource);
        if !more.is_empty() {
            entities.push(entity(uid.clone(), more)?);
        }
        let entities = Entities::from_entities(entities, Some(&self.schema)).ok()?;
        let action = uid_of("Action", action.name());
        let request = Request::new(who, action, uid, Context::empty(), Some(&self.schema)).ok()?;
        let answer = self.authorizer.is_authorized(&request, &self.policies, &entities);
        Some(answer.decision() == Decision::Allow && answer.diagnostics().errors().next().is_none())
    }
}

fn of_resource(resource: &Resource) -> (EntityUid, Vec<(&'static str, RestrictedExpression)>) {
    let staff_expression = |id: &str| RestrictedExpression::new_entity_uid(staff(id));
    match resource {
        Resource::Agency(id) => (uid_of("Agency", id.as_str()), Vec::new()),
        Resource::City => (uid_of("City", "city"), Vec::new()),
        Resource::Request { agency: whose, site } => {
            let mut attributes = vec![("agency", agency(whose))];
            attributes.extend(site.as_ref().map(|site| ("site", RestrictedExpression::new_string(site.clone()))));
            (uid_of("Request", "request"), attributes)
        }
        Resource::Paper { agency: whose, made_by } => {
            (uid_of("Paper", "paper"), vec![("agency", agency(whose)), ("made_by", staff_expression(made_by))])
        }
        Resource::Disclosure { agency: whose, site, made_by, sealed } => {
            let mut attributes = vec![
                ("agency", agency(whose)),
                ("made_by", staff_expression(made_by)),
                ("sealed", RestrictedExpression::new_bool(*sealed)),
            ];
            attributes.extend(site.as_ref().map(|site| ("site", RestrictedExpression::new_string(site.clone()))));
            (uid_of("Disclosure", "disclosure"), attributes)
        }
        Resource::Post { role: which, agency: whose, holder } => {
            let holder = staff_expression(holder);
            (uid_of("Post", "post"), vec![("role", role(*which)), ("agency", agency(whose)), ("holder", holder)])
        }
        Resource::Member { agency: whose, agencies, reaches_all, staff } => {
            let attributes = vec![
                ("agency", agency(whose)),
                ("agencies", RestrictedExpression::new_set(agencies.iter().map(agency))),
                ("reaches_all", RestrictedExpression::new_bool(*reaches_all)),
                ("self", staff_expression(staff)),
            ];
            (uid_of("Member", staff), attributes)
        }
    }
}

fn entity(uid: EntityUid, attributes: Vec<(&str, RestrictedExpression)>) -> Option<Entity> {
    let attributes = attributes.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    Entity::new(uid, attributes, HashSet::new()).ok()
}

#[expect(clippy::expect_used, reason = "the kinds are words of this file")]
fn uid_of(kind: &str, id: &str) -> EntityUid {
    EntityUid::from_type_name_and_id(EntityTypeName::from_str(kind).expect("a plain word"), EntityId::new(id))
}

fn staff(id: &str) -> EntityUid {
    uid_of("Staff", id)
}

fn role(role: Role) -> RestrictedExpression {
    RestrictedExpression::new_entity_uid(uid_of("Role", role.word()))
}

fn agency(id: &AgencyId) -> RestrictedExpression {
    RestrictedExpression::new_entity_uid(uid_of("Agency", id.as_str()))
}
