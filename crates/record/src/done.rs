//! What was really done about a request, which is not always what was decided.
//!
//! A decision says what the law allows; a deed is a fact, recorded by whoever knows it, with who decided on it and on what
//! written basis. Filings count deeds, not answers: §§ 9-131(f)(2)-(9), 14-154(f)(2)-(5), 9-205(f), 10-178(d) ("any response
//! or action"). Alerts, screenshots, a location and "just confirm custody" are each a disclosure (nyc.md 5.5), and every
//! hand-over of a person is a deed of its own.
//!
//! Deeds about one request come as many entries as there were deeds. A detainer's fate is one too ([`Deed::Resolved`]), so
//! that each is open, honored or not honored and the counts can be checked (decisions 11).

use jiff::civil::Date;
use law::{ActId, AgencyId, DocumentId, Known, RequesterId};
use serde::{Deserialize, Serialize};

use crate::{EntryId, Information, PersonKey, Private, RequestId, When};

/// One thing that was done, or refused, about a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Done {
    /// The request it was done about. Absent: nobody had asked, which for a transfer is itself worth a look.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<RequestId>,
    /// The entry of the decision acted on. Absent: nobody had asked the gate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<EntryId>,
    /// The agency that did it.
    pub agency: AgencyId,
    /// The person it was done about; the same key as the request's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonKey>,
    /// What was done.
    pub deed: Deed,
    /// When.
    pub when: When,
    /// The official who decided on it.
    pub decided_by: Private,
    /// The written basis, e.g. the number of a judicial warrant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub basis: Option<Private>,
    /// What the search at about the time of release showed, by which 9-131(f)(4), (5) and (9) split their counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub search: Option<Search>,
}

/// What was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case", deny_unknown_fields)]
pub enum Deed {
    /// The person was held past the time of release.
    Held {
        /// When release was due: the hold begins.
        from: When,
        /// When the hold ended; absent while it lasts.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<When>,
        /// How it ended; absent while it lasts or if not known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ended: Option<HoldEnd>,
    },
    /// The requester was told of the release, as a way of honoring a detainer.
    Notified {
        /// Who was told.
        to: RequesterId,
    },
    /// The person was handed over.
    Transferred {
        /// To whom.
        to: RequesterId,
        /// On the detainer, which is what 9-131(f)(3) counts; otherwise on another basis.
        on_detainer: bool,
        /// The papers of the hand-over. Absent: recorded before there was a place for them, or none was named.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        hand_over: Option<Box<HandOver>>,
    },
    /// Information about a person was given, in whatever form.
    Disclosed {
        /// To whom.
        to: RequesterId,
        /// Which types.
        information: Vec<Information>,
        /// In what form.
        form: DisclosureForm,
        /// Whether the department facilitated the transfer, by which 9-131(f)(9) splits each count.
        facilitated_transfer: Known,
        /// The entry by which the privacy officer approved it. Absent: none is named.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        approval: Option<EntryId>,
    },
    /// Another act was done: access, property, staff, an agreement, as the pack names it.
    Assisted {
        /// The act.
        act: ActId,
        /// To whom.
        to: RequesterId,
    },
    /// What was asked was refused.
    Refused {
        /// The acts refused.
        acts: Vec<ActId>,
    },
    /// The person was released.
    Released {
        /// When release was due; absent if not known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        due: Option<When>,
    },
    /// The detainer found its end.
    Resolved {
        /// How.
        how: Resolution,
    },
    /// Thirty days after a hand-over somebody looked whether a criminal charge had been filed.
    FollowedUp {
        /// The entry of the hand-over.
        transfer: EntryId,
        /// Whether a charge had been filed.
        charge_filed: Known,
    },
    /// A pupil's parent was told that law enforcement that is not local asked for the pupil or the pupil's records (§ 21-977(e)).
    NoticeGiven {
        /// With what they need to find legal help, as the section asks.
        legal_help: bool,
    },
    /// The parent is not told, since telling is forbidden. That it is, counsel confirms.
    NoticeBarred {
        /// By what.
        by: NoticeBar,
    },
}

/// What forbids telling a pupil's parent: the three that § 21-977(e) knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeBar {
    /// A law.
    Law,
    /// An order of a judge.
    Order,
    /// A subpoena that was lawfully issued.
    Subpoena,
}

/// On what paper a person was handed over, by whom and where (nyc.md 5.5: each hand-over is its own record with the written basis).
///
/// [`Done::decided_by`] is the first of the two officials.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HandOver {
    /// The paper it rested on; absent: none is on record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub basis: Option<WrittenBasis>,
    /// The second official; absent: one alone is on record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub second: Option<Private>,
    /// Where the person was handed over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site: Option<String>,
}

/// The paper that a hand-over rested on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WrittenBasis {
    /// Its kind in the pack's vocabulary, e.g. `judicial_arrest_warrant`.
    pub kind: DocumentId,
    /// The number it bears.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<Private>,
    /// Who issued it: the court or the officer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuer: Option<Private>,
    /// The day it bears.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dated: Option<Date>,
}

impl Done {
    /// Whether a hand-over has no paper on record: neither its own nor, as in records of before, a written basis of the deed.
    #[must_use]
    pub fn is_without_written_basis(&self) -> bool {
        matches!(&self.deed, Deed::Transferred { hand_over, .. }
            if self.basis.is_none() && hand_over.as_ref().is_none_or(|papers| papers.basis.is_none()))
    }

    /// Whether a hand-over has one official alone on record, or the same one twice.
    #[must_use]
    pub fn is_by_one_alone(&self) -> bool {
        let same = |other: &Private| same_name(self.decided_by.reveal(), other.reveal());
        matches!(&self.deed, Deed::Transferred { hand_over, .. }
            if hand_over.as_ref().and_then(|papers| papers.second.as_ref()).is_none_or(same))
    }
}

/// Whether two names are one, however they are spaced and in whatever case.
#[must_use]
pub fn same_name(one: &str, other: &str) -> bool {
    let plain = |name: &str| name.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    plain(one) == plain(other)
}

/// How a hold past release ended, as 9-131(f)(3) and (8) ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HoldEnd {
    /// Handed over.
    Transferred,
    /// Not handed over: the 48 hours ran out.
    HoursRanOut,
    /// Not handed over: the requester disavowed its intention.
    Disavowed,
    /// Released for another reason.
    Released,
}

/// The form in which information left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DisclosureForm {
    /// Spoken, "just confirm custody" included.
    Spoken,
    /// Written.
    Written,
    /// A copy of a record or a picture of a screen.
    Copy,
    /// An automated alert.
    Alert,
    /// Where somebody is, as it changes.
    Location,
    /// Sight of or an account in a system.
    SystemAccess,
    /// Not known.
    Unknown,
}

/// How a detainer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Resolution {
    /// The person was held, or the requester was told, because of it.
    Honored,
    /// It was not honored.
    NotHonored,
    /// The requester took it back before it mattered.
    Withdrawn,
}

/// What the search of databases, or information from a court or another government body, showed (9-131(b)(1)).
///
/// Its confidentiality must be kept (9-131(b)(2)): these two answers are what the filings need, the rest is not recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Search {
    /// When it was made.
    pub at: When,
    /// At least one conviction of a violent or serious crime.
    pub vs_conviction: Known,
    /// A possible match in the terrorist screening database.
    pub tsdb_possible_match: Known,
}
