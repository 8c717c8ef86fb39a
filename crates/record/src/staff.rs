//! Who may do what, and who read what: the entries by which oversight sees both.
//!
//! Somebody is added, a role is given or taken, a link to enrol is made, a passkey is enrolled or revoked, sessions are ended: each is
//! an entry, by whoever did it. And each time a request is opened, that is an entry before the page is shown. Deliberately not here:
//! addresses, devices, and the moment of a sign-in; of a passkey's public key its hash alone, so that a statement that was signed with it
//! ([`crate::signed`]) shows whose key that was. None of these entries is counted in a filing.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use law::AgencyId;

use crate::{EntryId, Private, RequestId, Role, Sha256Hex, StaffId};

/// Somebody opened a request, which is a person's record, or a photograph of a paper in it, or what was done about no request; who and
/// when stand in the entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reading {
    /// The request; absent when what was opened is about none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<RequestId>,
    /// The entry of the photograph that was opened; absent when the request itself was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub photograph: Option<EntryId>,
    /// The entry of the deed about no request that was opened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deed: Option<EntryId>,
}

impl Reading {
    /// A request was opened.
    #[must_use]
    pub fn of(request: RequestId) -> Self {
        Self { request: Some(request), photograph: None, deed: None }
    }

    /// A photograph of a paper in a request was.
    #[must_use]
    pub fn of_photograph(request: RequestId, photograph: EntryId) -> Self {
        Self { photograph: Some(photograph), ..Self::of(request) }
    }

    /// A deed about no request was.
    #[must_use]
    pub fn of_deed(deed: EntryId) -> Self {
        Self { request: None, photograph: None, deed: Some(deed) }
    }
}

/// Somebody took the list of requests with them as a file; who and when stand in the entry. The list names nobody whom a request is
/// about, but a file of thousands of rows leaves the record's reach, so that whoever oversees sees it. What was looked for is not kept:
/// a word may name a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListTaken {
    /// Of which agencies.
    pub agencies: Vec<AgencyId>,
    /// The first day of contact, where one was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Date>,
    /// The last day of contact, where one was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub through: Option<Date>,
    /// Whether something else was chosen or looked for, so that it holds less than all of these days.
    pub narrowed: bool,
}

/// What changed about a member of the staff who sign in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StaffChange {
    /// Who.
    pub staff: StaffId,
    /// Their name then.
    pub name: Private,
    /// What.
    pub change: Change,
    /// Who had it done, where it was done at the command line; else the entry says who did it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub said_by: Option<Private>,
}

/// One change about a member of the staff.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case", deny_unknown_fields)]
pub enum Change {
    /// They were added, of this agency.
    Added {
        /// The agency.
        agency: AgencyId,
    },
    /// They were given a role.
    RoleGiven(Post),
    /// A role was taken from them; their sessions ended at once.
    RoleTaken(Post),
    /// A one-time link was made with which they can enrol a passkey.
    Invited,
    /// They enrolled a passkey.
    Enrolled {
        /// Which, by [`crate::PasskeyKey::hash`]; absent in entries of before there were signed statements.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        key: Option<Sha256Hex>,
    },
    /// A passkey was revoked; their sessions ended at once.
    Revoked {
        /// Which, as above.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        key: Option<Sha256Hex>,
    },
    /// An account at the city's own sign-in was bound to them: whoever has it signs in as them. Which one the entry does not say.
    Bound,
    /// That account was taken from them; their sessions ended at once.
    Unbound,
    /// Their sessions were ended.
    SessionsEnded,
    /// Something was refused that may mean that somebody else tried.
    Refused {
        /// What.
        why: Refused,
    },
}

/// A role in an agency, perhaps at one site alone.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Post {
    /// The role.
    pub role: Role,
    /// In which agency.
    pub agency: AgencyId,
    /// At this site alone; none: at all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site: Option<String>,
}

/// What was refused that may mean that somebody else tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refused {
    /// A passkey's counter went back: there may be a second copy of it. It was revoked.
    Cloned,
}
