//! Who signs in, as the store keeps them: members of the staff, and tickets (links to enrol, challenges, sessions) by the hash of
//! what their holder has.
//!
//! **Invariants.** A member is changed whole, against the version that was read, in one transaction with the entries that say so: no
//! change without its entry. A ticket that is good once is taken by whoever comes first, and by nobody else. Sessions end in the same
//! transaction as the change that ends them, for every process that serves the store. The store holds no token, only hashes.
//!
//! The store neither knows what a passkey is nor who may do what.

use record::{Body, EntryId, Post, StaffId};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{Draft, Prepared, StoreError, prepare};

/// A member of the staff.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Member {
    /// Who: also the handle that their passkeys bear.
    pub id: StaffId,
    /// Their name.
    pub name: String,
    /// The agency that they are of.
    pub agency: law::AgencyId,
    /// In what roles they may act.
    pub posts: Vec<Post>,
    /// With what they sign in.
    pub passkeys: Vec<Enrolled>,
    /// The account at the city's own sign-in by which they sign in, too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bound: Option<Bound>,
    /// The entries that say what changed about them, in the order of the record; the store adds those of each change.
    pub changes: Vec<EntryId>,
    /// How often they were changed; 0 for one who is new.
    #[serde(skip)]
    pub version: u64,
}

/// A passkey as it was enrolled.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Enrolled {
    /// A number of its own among the member's passkeys.
    pub number: u32,
    /// The day on which it was enrolled.
    pub day: jiff::civil::Date,
    /// The public key and what belongs to it, as the library of passkeys writes it.
    pub credential: serde_json::Value,
}

/// An account at the city's own sign-in. It is one member's, and a member has one.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bound {
    /// The provider's name.
    pub issuer: String,
    /// How the provider calls the account.
    pub subject: String,
}

impl Bound {
    /// By which the store finds whose it is.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        let hash = Sha256::new().chain_update(b"vouchsafe account v1\0").chain_update(self.issuer.as_bytes());
        hash.chain_update(b"\0").chain_update(self.subject.as_bytes()).finalize().into()
    }
}

/// That there is one, never which.
impl std::fmt::Debug for Bound {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Bound(..)")
    }
}

/// How many sign-ins and enrolments that were begun are kept; the oldest goes first, so that whoever begins many stops nobody who
/// answers within a while.
pub const CHALLENGES_MAX: usize = 10_000;

/// Who, never what they sign in with.
impl std::fmt::Debug for Member {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Member({}, {} posts, {} passkeys)", self.id, self.posts.len(), self.passkeys.len())
    }
}

/// What a ticket is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TicketKind {
    /// A link with which a member enrols a passkey, once.
    Enrolment,
    /// A challenge that a browser answers, once.
    Challenge,
    /// A session.
    Session,
}

impl TicketKind {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Enrolment => "enrolment",
            Self::Challenge => "challenge",
            Self::Session => "session",
        }
    }
}

/// Something that is good once or for a while.
#[derive(Clone, PartialEq, Eq)]
pub struct Ticket {
    /// SHA-256 of what its holder has.
    pub hash: [u8; 32],
    /// What for.
    pub kind: TicketKind,
    /// Whose; none for a challenge of somebody who has not said who they are.
    pub member: Option<StaffId>,
    /// What belongs to it.
    pub data: String,
    /// When it was last used, in seconds since 1970.
    pub seen: i64,
    /// When it ends at the latest, in seconds since 1970.
    pub until: i64,
}

/// What sort of ticket, never its hash or data.
impl std::fmt::Debug for Ticket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Ticket({})", self.kind.word())
    }
}

/// A change of a member, kept whole or not at all.
pub struct MemberChange {
    /// The name of the transaction.
    pub act: &'static str,
    /// The member as they will be, with the version that was read; 0 for one who is new.
    pub member: Member,
    /// The entries that say so, and what else happens in the same act; a change of a passkey's counter alone has none.
    pub entries: Vec<Draft>,
    /// The link that the change uses up.
    pub uses: Option<[u8; 32]>,
    /// The link that it makes; the member's earlier ones are void.
    pub makes: Option<Ticket>,
    /// Whether the member's sessions end, and with them their links and challenges.
    pub ends_sessions: bool,
}

/// Choices of a list's filters that somebody keeps under a name. No words that were looked for: they may name a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedView {
    /// Its name, one of its owner's.
    pub name: String,
    /// The choices, as the address of the list that they make.
    pub query: String,
}

/// How many such views somebody keeps.
pub const VIEWS_MAX: usize = 20;

/// Why a member was not changed; nothing was kept.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// Somebody else changed the member meanwhile.
    #[error("somebody else changed this member of the staff meanwhile: look again, and repeat what is still wanted")]
    Moved,
    /// The link was used, replaced, or has ended.
    #[error("this link was used before, or another has replaced it: ask your administrator for a new one")]
    Used,
    /// The account at the city's own sign-in is another member's.
    #[error("another member of the staff has this account at the city's sign-in: take it from them first")]
    Bound,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Who signs in, in a store. All calls block.
pub trait People: Send + Sync {
    /// A member.
    ///
    /// # Errors
    /// If the store cannot be read.
    fn member(&self, id: &StaffId) -> Result<Option<Member>, StoreError>;

    /// Every member, in the order of ids.
    ///
    /// # Errors
    /// If the store cannot be read.
    fn members(&self) -> Result<Vec<Member>, StoreError>;

    /// The member who has this account at the city's own sign-in, by [`Bound::hash`].
    ///
    /// # Errors
    /// If the store cannot be read.
    fn bound(&self, account: &[u8; 32]) -> Result<Option<Member>, StoreError>;

    /// Changes a member; durable on return, in one transaction with its entries.
    ///
    /// # Errors
    /// [`ChangeError::Moved`] if the version is not the newest, [`ChangeError::Used`] if the link that it uses is not there,
    /// [`ChangeError::Bound`] if the account that it binds is another member's.
    fn change(&self, change: MemberChange) -> Result<Vec<EntryId>, ChangeError>;

    /// Keeps a ticket, and forgets those that have ended, and of challenges the oldest beyond [`CHALLENGES_MAX`].
    ///
    /// # Errors
    /// As [`super::Store::commit`].
    fn issue(&self, ticket: &Ticket, now: i64) -> Result<(), StoreError>;

    /// Keeps a session of a member who is still as they were read: at this version. Otherwise nothing is kept, and false: somebody
    /// may have revoked what let them in, and ended every session that there was then.
    ///
    /// # Errors
    /// As [`super::Store::commit`].
    fn admit(&self, session: &Ticket, member: &StaffId, version: u64, now: i64) -> Result<bool, StoreError>;

    /// The ticket of this hash, if it has not ended; it stays.
    ///
    /// # Errors
    /// If the store cannot be read.
    fn ticket(&self, kind: TicketKind, hash: &[u8; 32], now: i64) -> Result<Option<Ticket>, StoreError>;

    /// Takes the ticket of this hash away, and gives it if it had not ended: to one caller alone.
    ///
    /// # Errors
    /// As [`super::Store::commit`].
    fn take(&self, kind: TicketKind, hash: &[u8; 32], now: i64) -> Result<Option<Ticket>, StoreError>;

    /// What an account keeps, in the order of names. It is nothing of the record: whoever has it sees what they may see.
    ///
    /// # Errors
    /// If the store cannot be read.
    fn views(&self, owner: &str) -> Result<Vec<SavedView>, StoreError>;

    /// Keeps a view in the place of one of its name; false where its owner has [`VIEWS_MAX`] others already.
    ///
    /// # Errors
    /// As [`super::Store::commit`].
    fn keep_view(&self, owner: &str, view: &SavedView) -> Result<bool, StoreError>;

    /// Forgets a view.
    ///
    /// # Errors
    /// As [`super::Store::commit`].
    fn forget_view(&self, owner: &str, name: &str) -> Result<(), StoreError>;

    /// Notes that a session was used.
    ///
    /// # Errors
    /// As [`super::Store::commit`].
    fn seen(&self, hash: &[u8; 32], now: i64) -> Result<(), StoreError>;
}

impl MemberChange {
    /// The member as they are kept: with the entries of this change.
    pub(super) fn write(&self, place: &str) -> Result<String, StoreError> {
        let mut member = self.member.clone();
        // What they did with a passkey is no change of them.
        let about = self.entries.iter().map(|draft| &draft.entry).filter(|entry| matches!(entry.body, Body::Staff(_)));
        member.changes.extend(about.map(|entry| entry.id));
        serde_json::to_string(&member).map_err(|error| StoreError::backend(place, error))
    }

    pub(super) fn prepared(&self) -> Result<Prepared, StoreError> {
        prepare(self.act, self.entries.clone())
    }
}

impl Member {
    pub(super) fn read(place: &str, version: u64, data: &str) -> Result<Self, StoreError> {
        let member: Self = serde_json::from_str(data).map_err(|error| StoreError::backend(place, error))?;
        Ok(Self { version, ..member })
    }
}

/// The kind of a ticket's word; the schemas hold no other.
pub(super) fn kind_of(word: &str) -> TicketKind {
    [TicketKind::Enrolment, TicketKind::Challenge]
        .into_iter()
        .find(|kind| kind.word() == word)
        .unwrap_or(TicketKind::Session)
}
