//! What an outside authority asked for, as the desk took it down.
//!
//! Every field is one that a duty needs: § 10-178(d) (a record of each request from a non-local law-enforcement agency and of
//! the response, summed by requesting and receiving agency), §§ 9-131(f), 14-154(f), 9-205(f) (detainers by the reason given,
//! information requests by type), and what two investigations of 2025 found missing: unit, channel, the exact statute or
//! case, papers shown, and when a supervisor and counsel were told. The federal request is the commonest case, not the only
//! one: § 10-178(d) covers any agency that is not local.
//!
//! Deliberately not here: anything about the person but an opaque key. There is no field for status, nationality or origin;
//! what a paper *asserts* is kept in the statute's own closed codes, as the requester's assertion, and never asked.

use jiff::civil::Date;
use law::{ActId, AgencyId, DocumentId, RequesterId, StatuteId};
use serde::{Deserialize, Serialize};

use crate::{PersonKey, Private, RequestId, When};

/// One request by an authority that is not the city's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutsideRequest {
    /// Its id; what was decided and done about it carries the same.
    pub id: RequestId,
    /// When the contact happened, which may be before it was recorded.
    pub received: When,
    /// Who asked.
    pub requester: Requester,
    /// By what way.
    pub channel: Channel,
    /// Who was asked.
    pub receiver: Receiver,
    /// The acts asked for, each its own question of law: hold and notify are two.
    pub acts: Vec<ActId>,
    /// The information asked for, where information was.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub information: Vec<Information>,
    /// The statute that the requester says it enforces, in the pack's vocabulary.
    pub statute: StatuteId,
    /// The statute or case number in the requester's own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statute_as_stated: Option<Private>,
    /// Whether the requester calls its matter civil or criminal. A claim; the statute decides.
    pub claim: Claim,
    /// The papers shown, if any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub documents: Vec<Document>,
    /// The detainer, where one was lodged with or before this request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detainer: Option<Detainer>,
    /// The person asked about, so that persons can be counted without a name. Absent: nobody in particular, or unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonKey>,
    /// Whether and when the receiving employee told a supervisor.
    pub supervisor: Told,
    /// Whether and when counsel was told.
    pub counsel: Told,
    /// What else the desk wrote down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Private>,
}

/// Who asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Requester {
    /// Federal, another state's, another locality's.
    pub kind: RequesterKind,
    /// The agency and unit in the pack's vocabulary, e.g. `ice_ero`.
    pub id: RequesterId,
    /// The agency as it named itself: one of the two headings of a 10-178(d) filing. Never a person's name.
    pub agency: String,
    /// The unit as it named itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// The officer's name or badge as stated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub officer: Option<Private>,
}

/// What sort of authority asked (decisions 5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequesterKind {
    /// Of the United States.
    Federal,
    /// Of a state.
    State,
    /// Of another county, city, town or village.
    OtherLocal,
    /// A contractor, or a task force of several authorities.
    ContractorOrTaskForce,
    /// Not established.
    Unknown,
}

/// By what way the request came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// At a desk, a door or a scene.
    InPerson,
    /// By telephone or radio.
    Telephone,
    /// By e-mail.
    Email,
    /// By a text or chat message.
    Message,
    /// On paper: by post, fax or hand.
    Paper,
    /// Through a shared system or an automated alert.
    System,
    /// Among the members of a task force.
    TaskForce,
    /// Any other.
    Other,
    /// Not known, as in a file of another agency.
    Unknown,
}

/// Who in the city was asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Receiver {
    /// The agency: the other heading of a 10-178(d) filing.
    pub agency: AgencyId,
    /// The site, e.g. a precinct, a jail, a school.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site: Option<String>,
    /// The employee who was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub employee: Option<Private>,
}

/// What information was asked for or given: the types of 9-131(f)(9), 14-154(f)(5) and, with appointments, 9-205(f).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Information {
    /// Whether the person is in custody.
    IncarcerationStatus,
    /// When the person is or will be released.
    ReleaseDate,
    /// When and where the person is due in court.
    CourtDate,
    /// When and where the person is due at an appointment (9-205).
    Appointment,
    /// Anything else about the person.
    Other,
}

impl Information {
    /// Every type, in the statutes' order.
    pub const ALL: [Self; 5] =
        [Self::IncarcerationStatus, Self::ReleaseDate, Self::CourtDate, Self::Appointment, Self::Other];
}

/// What the requester calls its matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Claim {
    /// Civil.
    Civil,
    /// Criminal.
    Criminal,
    /// Both at once.
    Both,
    /// Nothing was said.
    NotSaid,
}

/// A paper that was shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// Its kind in the pack's vocabulary, e.g. `i247a`.
    pub kind: DocumentId,
    /// The day it bears.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dated: Option<Date>,
    /// SHA-256 of the copy or photograph that was kept, 64 hexadecimal digits; absent when none was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub copy: Option<Sha256Hex>,
}

/// The SHA-256 of a file, as 64 lower-case hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Sha256Hex(String);

impl Sha256Hex {
    /// The text form of a computed hash.
    #[must_use]
    pub fn of(hash: [u8; 32]) -> Self {
        Self(hex::encode(hash))
    }

    /// The 64 digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Sha256Hex {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
            Ok(Self(text))
        } else {
            Err(format!("`{text}` is not a SHA-256 of 64 lower-case hexadecimal digits"))
        }
    }
}

impl From<Sha256Hex> for String {
    fn from(hash: Sha256Hex) -> Self {
        hash.0
    }
}

/// A detainer: a request to hold, or to tell of release, on a form of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Detainer {
    /// The day on which it was lodged, by which filings count it.
    pub lodged: Date,
    /// The reasons that the form gives: the requester's assertion, in the closed codes of 9-131(f)(1).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<DetainerReason>,
    /// The form asserts ground A of 14-154(b)(2) (re-entry after an earlier removal or return): the requester's assertion.
    /// Absent: the form is silent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asserts_ground_a: Option<bool>,
    /// A judicial warrant came with the detainer, as the desk saw it. Absent: not established.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warrant_with_it: Option<bool>,
}

/// The reasons by which 9-131(f)(1) and (2) split detainers, as far as the requester gave one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DetainerReason {
    /// Reason to believe that the person may be removed.
    ReasonToBelieve,
    /// Proceedings begun and a charging document served.
    ChargingDocument,
    /// A warrant of arrest for removal proceedings served.
    ArrestWarrant,
    /// An order of removal obtained.
    RemovalOrder,
    /// Another reason than these four.
    Other,
}

impl DetainerReason {
    /// Every reason, in the statute's order.
    pub const ALL: [Self; 5] =
        [Self::ReasonToBelieve, Self::ChargingDocument, Self::ArrestWarrant, Self::RemovalOrder, Self::Other];
}

/// Whether somebody who must know was told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "told", rename_all = "snake_case", deny_unknown_fields)]
pub enum Told {
    /// Told, then.
    At {
        /// When.
        at: When,
        /// Who was told.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        who: Option<Private>,
    },
    /// Not told yet when this was recorded.
    NotYet,
    /// Not known, as in a file of another agency.
    Unknown,
}
