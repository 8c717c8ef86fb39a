//! That a duty was done: somebody was told, signs were put up, a place was reported.
//!
//! Duties that are done by an act with an entry of its own (a release, a filing, a look whether a charge was filed) need none of
//! these. Which duties are owed is computed ([`crate::duty`]), never stored. An entry that says so by mistake is corrected as a deed
//! is ([`crate::corrected`]).

use law::AgencyId;
use serde::{Deserialize, Serialize};

use crate::{Private, RequestId, When};

/// A kind of duty with a clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DutyKind {
    /// Nothing permits a hold: the person is released.
    ReleasedNow,
    /// The supervisor is told.
    SupervisorTold,
    /// Counsel is told.
    CounselTold,
    /// The Law Department is told.
    LawDepartmentTold,
    /// The agency's privacy officer is told, § 23-1202(c)(3).
    PrivacyOfficerTold,
    /// The parent of a student is told, § 21-977(e).
    ParentTold,
    /// The parent is given the list of legal help, § 21-977(e).
    LegalHelpGiven,
    /// What happened at a door is written up.
    WrittenUp,
    /// Thirty days after a hand-over somebody looks whether a federal charge was filed.
    FollowedUp,
    /// A filing is made.
    Filed,
    /// The agency states a quarter; no law asks for it.
    Stated,
    /// Signs are posted and areas marked, Local Law 114 of 2026.
    SignsPosted,
    /// The sites with signs are reported, Local Law 114 of 2026.
    SitesReported,
}

impl DutyKind {
    /// Every kind, in the order in which they are counted.
    pub const ALL: [Self; 13] = [
        Self::ReleasedNow,
        Self::SupervisorTold,
        Self::CounselTold,
        Self::LawDepartmentTold,
        Self::PrivacyOfficerTold,
        Self::ParentTold,
        Self::LegalHelpGiven,
        Self::WrittenUp,
        Self::FollowedUp,
        Self::Filed,
        Self::Stated,
        Self::SignsPosted,
        Self::SitesReported,
    ];

    /// The kind's word, as in the canonical form.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::ReleasedNow => "released_now",
            Self::SupervisorTold => "supervisor_told",
            Self::CounselTold => "counsel_told",
            Self::LawDepartmentTold => "law_department_told",
            Self::PrivacyOfficerTold => "privacy_officer_told",
            Self::ParentTold => "parent_told",
            Self::LegalHelpGiven => "legal_help_given",
            Self::WrittenUp => "written_up",
            Self::FollowedUp => "followed_up",
            Self::Filed => "filed",
            Self::Stated => "stated",
            Self::SignsPosted => "signs_posted",
            Self::SitesReported => "sites_reported",
        }
    }

    /// The kind of a word.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// Whether an entry of [`Fulfilled`] says that it was done; the others are done by an entry of their own (a release, a look after
    /// a hand-over, a filing).
    #[must_use]
    pub fn is_stated(self) -> bool {
        !matches!(self, Self::ReleasedNow | Self::FollowedUp | Self::Filed | Self::Stated)
    }

    /// Whether it is about a request; the others are an agency's.
    #[must_use]
    pub fn of_request(self) -> bool {
        !matches!(self, Self::Filed | Self::Stated | Self::SignsPosted | Self::SitesReported)
    }
}

/// A duty was done, says a named official.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fulfilled {
    /// Which.
    pub duty: DutyKind,
    /// The agency whose duty it was.
    pub agency: AgencyId,
    /// The request that it was about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<RequestId>,
    /// The site that it was about; absent for a duty of a site: all of the agency's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site: Option<String>,
    /// When it was done.
    pub when: When,
    /// The official who did it.
    pub done_by: Private,
    /// Who was told, or what was done, in a line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Private>,
}
