//! One entry of the record: the only form in which something has happened.
//!
//! The record is append-only; every table and filing is computed from entries. Nothing has happened until its entry is
//! committed, and a committed entry is never changed: what was wrong is said in a later one. A decision keeps the question,
//! the facts with their sources and the hash of the pack, so that it replays for ever.

use std::{fmt, str::FromStr};

use jiff::{Timestamp, civil::Date};
use law::{AgencyId, Decision, Facts, Question};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::{
    Agreement, CityInForce, Comparison, Dismissal, Done, DoorKeys, DoorPages, EntryId, Erasure, FilingId, Fulfilled,
    Guided, Handling, HookKeys, ListTaken, OutsideRequest, Photograph, Private, Proposal, Reading, Received, RequestId,
    Ruling, SealedStop, Sha256Hex, SignedStatement, StaffChange, SystemChange, SystemId, Tracked,
};

/// One entry. [`crate::canonical::canonical`] gives the bytes that are kept and hashed.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Its id, drawn at random by whoever made it.
    pub id: EntryId,
    /// When it was made, by the clock of the machine that made it.
    pub at: Timestamp,
    /// Who or what made it.
    pub by: Actor,
    /// By what way it came into the record.
    pub source: Source,
    /// What happened.
    pub body: Body,
}

/// Who or what made an entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Actor {
    /// A member of the city's staff.
    Staff {
        /// The name they signed in with.
        name: Private,
        /// In what role.
        role: Role,
        /// Of which agency.
        agency: AgencyId,
    },
    /// The program itself: an import, the demo city, a job.
    Program {
        /// Which part, e.g. `import`.
        name: String,
    },
    /// Another program of the city, which called the interface with its own token.
    System {
        /// Which.
        system: SystemId,
        /// Its name.
        name: Private,
        /// The agency for which it speaks.
        agency: AgencyId,
    },
}

/// The role in which somebody acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The desk that takes requests down.
    Desk,
    /// A supervisor of the desk.
    Supervisor,
    /// The agency's or the city's counsel.
    Counsel,
    /// The agency's privacy officer.
    PrivacyOfficer,
    /// Whoever keeps the record and signs filings.
    Records,
    /// Counsel of the city's Law Department: reads the requests of every agency.
    LawDepartment,
    /// Whoever oversees the agencies: reads everything, changes nothing.
    Oversight,
    /// Whoever looks after the people who sign in, and sees no request.
    Administrator,
}

impl Role {
    /// Every role, in the order in which lists show them.
    pub const ALL: [Self; 8] = [
        Self::Desk,
        Self::Supervisor,
        Self::Counsel,
        Self::PrivacyOfficer,
        Self::Records,
        Self::LawDepartment,
        Self::Oversight,
        Self::Administrator,
    ];

    /// The role's word, as in the canonical form.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Desk => "desk",
            Self::Supervisor => "supervisor",
            Self::Counsel => "counsel",
            Self::PrivacyOfficer => "privacy_officer",
            Self::Records => "records",
            Self::LawDepartment => "law_department",
            Self::Oversight => "oversight",
            Self::Administrator => "administrator",
        }
    }

    /// The role of a word.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.word() == word)
    }

    /// Whether it reaches every agency, so that it is given at the command line alone.
    #[must_use]
    pub fn reaches_every_agency(self) -> bool {
        matches!(self, Self::LawDepartment | Self::Oversight)
    }
}

/// By what way an entry came into the record. Text: `desk`, `api`, `demo`, `report`, `import:ice-foia`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// Typed in at a desk, or by `decide --record`.
    Desk,
    /// Sent by another program of the city.
    Api,
    /// Made up for the demo city; never counted in a filing of a real one.
    Demo,
    /// Sent by a resident through the reports' own door; never counted in a filing.
    Report,
    /// Read from a file of another agency; never counted in the city's own filings unless asked for by name.
    Import(ImportName),
}

/// The name of a kind of imported file, e.g. `ice-foia`: lower-case letters, digits and hyphens.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ImportName(String);

/// Why a text names no source.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{input}` is no source: write `desk`, `api`, `demo`, `report` or `import:` with a name such as `ice-foia`")]
pub struct SourceError {
    /// The text as given.
    pub input: String,
}

impl ImportName {
    /// The name, e.g. `ice-foia`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ImportName {
    type Err = SourceError;

    fn from_str(input: &str) -> Result<Self, SourceError> {
        let plain = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-');
        if input.is_empty() || !input.bytes().all(plain) {
            return Err(SourceError { input: input.to_owned() });
        }
        Ok(Self(input.to_owned()))
    }
}

impl FromStr for Source {
    type Err = SourceError;

    fn from_str(input: &str) -> Result<Self, SourceError> {
        match input {
            "desk" => Ok(Self::Desk),
            "api" => Ok(Self::Api),
            "demo" => Ok(Self::Demo),
            "report" => Ok(Self::Report),
            _ => {
                let error = || SourceError { input: input.to_owned() };
                let name = input.strip_prefix("import:").ok_or_else(error)?;
                name.parse().map(Self::Import).map_err(|_| error())
            }
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Desk => f.write_str("desk"),
            Self::Api => f.write_str("api"),
            Self::Demo => f.write_str("demo"),
            Self::Report => f.write_str("report"),
            Self::Import(name) => write!(f, "import:{}", name.0),
        }
    }
}

impl Serialize for Source {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Source {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Body {
    /// An outside authority asked for something.
    Requested(Box<OutsideRequest>),
    /// The gate answered one question about it.
    Decided(Box<Decided>),
    /// What the guide said about it on a device without network, before the gate did.
    Guided(Box<Guided>),
    /// A photograph of a paper that was shown was attached to it.
    Photographed(Box<Photograph>),
    /// Something was really done, or refused.
    Done(Box<Done>),
    /// A duty of the city's own was done.
    Fulfilled(Box<Fulfilled>),
    /// Somebody proposes to tell something outside the agency.
    Proposed(Box<Proposal>),
    /// Counsel agrees to a proposal.
    Agreed(Box<Agreement>),
    /// A proposal was approved, refused or taken back.
    Ruled(Box<Ruling>),
    /// What would be told stands in a sealed record: nobody proposes or approves it.
    Stopped(Box<SealedStop>),
    /// Data of surveillance technology went to an outside body, or one can look into it.
    Tracked(Box<Tracked>),
    /// A filing was made.
    Filed(Box<Filed>),
    /// An official signed a statement with a passkey.
    Signed(Box<SignedStatement>),
    /// A request is left out of a 10-178(d) filing, by a named person.
    Omitted(Omission),
    /// Federal money was asked for or received, which 9-131(f)(6) counts.
    Funding(Funding),
    /// An earlier entry was a mistake: what it says did not happen, or not so.
    Corrected(Correction),
    /// A resident's report came on a day; what it says is sealed, and the server cannot read it.
    Received(Box<Received>),
    /// A report was opened, closed, withdrawn, held or released.
    Handled(Box<Handling>),
    /// The residents' door has these keys from a day on. Its bytes and salt are published.
    Keys(Box<DoorKeys>),
    /// The residents' door serves these pages from a day on. Its bytes and salt are published.
    Pages(Box<DoorPages>),
    /// A contact that nobody recorded is none that had to be.
    Dismissed(Box<Dismissal>),
    /// An agency's logs were compared with the record.
    Compared(Box<Comparison>),
    /// Somebody opened a request.
    Read(Reading),
    /// Somebody took the list of requests with them as a file.
    Taken(Box<ListTaken>),
    /// Who may do what changed.
    Staff(Box<StaffChange>),
    /// Which program may call the interface changed.
    System(Box<SystemChange>),
    /// Messages to programs are signed with these keys from now on.
    HookKeys(Box<HookKeys>),
    /// Another file of the city came into force.
    City(Box<CityInForce>),
    /// Another entry lost its body.
    Erased(Box<Erasure>),
    /// Something went wrong that the record must show.
    Fault(Fault),
}

/// One question of law and its answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decided {
    /// The answer, with the pack that gave it and the day it was asked for.
    pub decision: Decision,
    /// The facts as they were known, each with its source.
    pub facts: Facts,
    /// The question: one act.
    pub question: Question,
    /// The request that the question was about.
    pub request: RequestId,
}

/// A filing that was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Filed {
    /// Its id.
    pub filing: FilingId,
    /// The section that requires it, e.g. `9-131(f)`.
    pub section: String,
    /// The agency that files; absent where one office files for all (10-178(d)).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agency: Option<AgencyId>,
    /// The first day it counts.
    pub from: Date,
    /// The last day it counts.
    pub through: Date,
    /// SHA-256 of the filing's canonical JSON, from which every other form is made.
    pub content: Sha256Hex,
    /// Sources counted beside the city's own, by name; every page of the filing says so.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub included_sources: Vec<Source>,
    /// Every count is nought.
    pub nil: bool,
    /// The official who signs it.
    pub signed_by: Private,
}

/// A request left out of a 10-178(d) filing (decisions 11): allowed on two grounds, counted, never silent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Omission {
    /// The request left out.
    pub request: RequestId,
    /// On which of the statute's two grounds.
    pub ground: OmissionGround,
    /// Why the ground applies.
    pub reason: Private,
    /// The official who chose it.
    pub chosen_by: Private,
}

/// The two grounds of 10-178(d).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OmissionGround {
    /// (i): it would interfere with an investigation by law enforcement.
    Investigation,
    /// (ii): it concerns a cooperative arrangement under (e)(i), and it would compromise public safety.
    ArrangementAndSafety,
}

/// Federal money for the cost of custody, which 9-131(f)(6) counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Funding {
    /// The agency that asked for or received it.
    pub agency: AgencyId,
    /// Asked for or received.
    pub step: FundingStep,
    /// The day on which it was.
    pub on: Date,
    /// The amount in cents.
    pub cents: u64,
}

/// Asked for or received.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FundingStep {
    /// Asked for.
    Requested,
    /// Received.
    Received,
}

/// An earlier entry was a mistake. It stays in the record; filings and findings leave it out and say how many were.
///
/// Only a deed, a duty said to be done, a statement of funding, an omission or a line of surveillance data can be a mistake in this sense
/// ([`crate::corrected`]): a request that came is never taken back, and an answer replays for ever.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Correction {
    /// The entry that was a mistake.
    pub entry: EntryId,
    /// The request that it was about, so that whoever reads about the request finds both.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<RequestId>,
    /// What was wrong with it.
    pub reason: Private,
    /// The official who says so.
    pub said_by: Private,
}

/// Something that went wrong and that the record must show.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// What sort of thing.
    pub kind: FaultKind,
    /// The request it concerns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<RequestId>,
    /// The entry it concerns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entry: Option<EntryId>,
    /// What was seen, for whoever looks into it.
    pub detail: Private,
}

/// What sort of thing went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// The kernel and its referee disagreed, or one of them failed; the answer was barred.
    Engine,
    /// A decision made offline differs from the server's own.
    OfflineDiffers,
    /// A recorded decision does not replay.
    Replay,
    /// The log or the store did not hold what it should.
    Integrity,
}

impl Entry {
    /// The fault that is recorded beside this entry when it is an answer on which the engines differ. Whoever records answers
    /// commits it in the same act, so that no such answer stands alone.
    #[must_use]
    pub fn engine_fault(&self) -> Option<Body> {
        let Body::Decided(decided) = &self.body else { return None };
        let detail = decided.decision.fault.as_ref().filter(|_| decided.decision.engines_differ())?;
        Some(Body::Fault(Fault {
            kind: FaultKind::Engine,
            request: Some(decided.request),
            entry: Some(self.id),
            detail: Private::from(detail.as_str()),
        }))
    }
}

/// The form that is written: with the version of the format, in the order of the canonical form, which moves nothing then.
#[derive(Serialize)]
struct Written<'a> {
    at: &'a Timestamp,
    body: &'a Body,
    by: &'a Actor,
    id: &'a EntryId,
    source: &'a Source,
    v: u8,
}

/// The form that is read.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Read {
    v: u8,
    id: EntryId,
    at: Timestamp,
    by: Actor,
    source: Source,
    body: Body,
}

/// The version of the format of an entry. A reader refuses every other.
const VERSION: u8 = 1;

impl Serialize for Entry {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { id, at, by, source, body } = self;
        Written { v: VERSION, id, at, by, source, body }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Entry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Read { v, id, at, by, source, body } = Read::deserialize(deserializer)?;
        if v != VERSION {
            return Err(de::Error::custom(format_args!(
                "`{v}` is a version of the entry format that is not known here"
            )));
        }
        Ok(Self { id, at, by, source, body })
    }
}

impl Body {
    /// The request that the entry is about, by which the entries of one request are found together.
    #[must_use]
    pub fn request(&self) -> Option<RequestId> {
        match self {
            Self::Requested(request) => Some(request.id),
            Self::Decided(decided) => Some(decided.request),
            Self::Guided(guided) => Some(guided.request),
            Self::Photographed(photograph) => Some(photograph.request),
            Self::Done(done) => done.request,
            Self::Fulfilled(fulfilled) => fulfilled.request,
            Self::Proposed(proposal) => Some(proposal.request),
            Self::Agreed(agreement) => Some(agreement.request),
            Self::Ruled(ruling) => Some(ruling.request),
            Self::Stopped(stop) => Some(stop.request),
            Self::Tracked(tracked) => tracked.request,
            Self::Omitted(omission) => Some(omission.request),
            Self::Corrected(correction) => correction.request,
            Self::Read(reading) => reading.request,
            Self::Fault(fault) => fault.request,
            Self::Filed(_)
            | Self::Signed(_)
            | Self::Funding(_)
            | Self::Received(_)
            | Self::Handled(_)
            | Self::Keys(_)
            | Self::Pages(_)
            | Self::Dismissed(_)
            | Self::Compared(_)
            | Self::Taken(_)
            | Self::Staff(_)
            | Self::System(_)
            | Self::HookKeys(_)
            | Self::City(_)
            | Self::Erased(_) => None,
        }
    }

    /// The kind's word, as in the canonical form.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Requested(_) => "requested",
            Self::Decided(_) => "decided",
            Self::Guided(_) => "guided",
            Self::Photographed(_) => "photographed",
            Self::Done(_) => "done",
            Self::Fulfilled(_) => "fulfilled",
            Self::Proposed(_) => "proposed",
            Self::Agreed(_) => "agreed",
            Self::Ruled(_) => "ruled",
            Self::Stopped(_) => "stopped",
            Self::Tracked(_) => "tracked",
            Self::Filed(_) => "filed",
            Self::Signed(_) => "signed",
            Self::Omitted(_) => "omitted",
            Self::Funding(_) => "funding",
            Self::Corrected(_) => "corrected",
            Self::Received(_) => "received",
            Self::Handled(_) => "handled",
            Self::Keys(_) => "keys",
            Self::Pages(_) => "pages",
            Self::Dismissed(_) => "dismissed",
            Self::Compared(_) => "compared",
            Self::Read(_) => "read",
            Self::Taken(_) => "taken",
            Self::Staff(_) => "staff",
            Self::System(_) => "system",
            Self::HookKeys(_) => "hook_keys",
            Self::City(_) => "city",
            Self::Erased(_) => "erased",
            Self::Fault(_) => "fault",
        }
    }
}
