//! What is to be told outside an agency, and who gives leave for it (NYC Admin. Code § 23-1202(c)).
//!
//! Absent exigency nothing that identifies or locates a person leaves an agency without the written approval of its privacy
//! officer, and only on one of three grounds ((c)(1)). So somebody proposes a disclosure, the privacy officer approves or
//! refuses, and what is told afterwards names the approval. Each step is an entry by whoever took it. A proposal rests on the
//! gate's answers about the same request: where one of them is a no there is nothing to approve, and where it is for counsel,
//! counsel's agreement is an entry of its own.
//!
//! This product's own practice, no law's: that a proposal of a routine type goes to the privacy officer too, that what
//! counsel agreed to is approved all the same, that an approval is for one disclosure, and that it does not expire. And the
//! hard stop: what stands in a sealed criminal record (CPL 160.50 and the like, which we have not read) is proposed and
//! approved by nobody.

use jiff::civil::{Date, date};
use law::{AgencyId, Known, Outcome, RequesterId};
use serde::{Deserialize, Serialize};

use crate::{Actor, Body, Decided, DisclosureForm, Entry, EntryId, Information, PersonKey, Private, RequestId, Role};

/// From when on § 23-1202(c) asks for the approval: 180 days after 17 December 2017 (Local Law 247 of 2017).
pub const APPROVAL_FROM: Date = date(2018, 6, 15);

/// The acts by which information leaves, as the pack names them; one disclosure may need any of them.
pub(crate) const DISCLOSING: &[&str] = &[
    "disclose_custody_information",
    "disclose_identifying_information",
    "disclose_status_only",
    "volunteer_information",
    "answer_subpoena",
    "share_surveillance_data",
    "share_dmv_records",
    "release_student_record",
    PLACE_ALERT,
];

const PLACE_ALERT: &str = "place_alert";
const NOTIFY: &str = "notify_release";

/// The fact by which the gate is told that a record is sealed.
pub(crate) const SEALED_FACT: &str = "sealed_record";

/// The provision that asks for the approval, and is outside where it asks for none.
pub(crate) const APPROVAL_PROVISION: &str = "23-1202(c)";

/// A disclosure that somebody proposes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proposal {
    /// The request that it would answer.
    pub request: RequestId,
    /// The agency whose information it is.
    pub agency: AgencyId,
    /// The person it is about; the same key as the request's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonKey>,
    /// Who would be told: who asked, since the gate was asked about nobody else.
    pub to: RequesterId,
    /// Which types.
    pub information: Vec<Information>,
    /// In what form.
    pub form: DisclosureForm,
    /// The gate's answers that it rests on.
    pub decisions: Vec<EntryId>,
    /// On which of the section's three grounds.
    pub ground: Ground,
    /// Whether it is said to be of a type that was approved in advance as routine ((c)(2)).
    pub routine: Known,
    /// Whether it is said to stand in a sealed criminal record. Only a no can be approved.
    pub sealed: Known,
    /// Why it should be told.
    pub why: Private,
    /// Who proposes it, by the id that they sign in with: nobody approves what they proposed.
    pub maker: Private,
}

/// The grounds of § 23-1202(c)(1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ground {
    /// (a): the person, or a parent or guardian, authorised it in writing.
    Authorised,
    /// (b): it furthers the mission of the agency.
    Mission,
    /// (c): law or treaty requires it.
    Required,
}

/// Counsel's agreement to a proposal whose answer is for counsel, or for want of facts no answer yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Agreement {
    /// The entry of the proposal.
    pub proposal: EntryId,
    /// The request.
    pub request: RequestId,
    /// The agency.
    pub agency: AgencyId,
    /// What counsel says, in writing.
    pub opinion: Private,
    /// Which counsel, by the id that they sign in with.
    pub maker: Private,
}

/// The end of a proposal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ruling {
    /// The entry of the proposal.
    pub proposal: EntryId,
    /// The request.
    pub request: RequestId,
    /// The agency.
    pub agency: AgencyId,
    /// What.
    pub verdict: Verdict,
    /// The entry of counsel's agreement that an approval rests on, where it needs one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agreement: Option<EntryId>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Private>,
    /// Who, by the id that they sign in with.
    pub maker: Private,
}

/// How a proposal ended. The first word stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The privacy officer approved it.
    Approved,
    /// The privacy officer, or counsel, refused it.
    Refused,
    /// Whoever proposed it took it back.
    Withdrawn,
}

/// Somebody meant to propose what stands in a sealed criminal record, or said that it does: the hard stop. It holds for the
/// whole request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SealedStop {
    /// The request.
    pub request: RequestId,
    /// The agency.
    pub agency: AgencyId,
    /// Which types would have been told.
    pub information: Vec<Information>,
    /// In what form.
    pub form: DisclosureForm,
}

/// The gate's answers that a disclosure may rest on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Basis {
    /// The entries of the last answer to each act by which it could leave.
    pub decisions: Vec<EntryId>,
    /// The strictest of them: permitted, or outside these laws, or for counsel, or not yet known.
    pub outcome: Outcome,
}

impl Basis {
    /// Whether counsel has to agree first.
    #[must_use]
    pub fn needs_counsel(&self) -> bool {
        for_counsel(self.outcome)
    }
}

/// Why a disclosure rests on nothing, so that it can be neither proposed nor approved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoBasis {
    /// A record that it comes from is sealed, as this entry says.
    Sealed(EntryId),
    /// The gate's answer is no: this entry.
    Barred(EntryId),
    /// Nobody asked the gate about such an act for this requester.
    NotAsked,
    /// This entry approved it, and since then an answer is for counsel to which counsel has not agreed.
    Unagreed(EntryId),
}

/// Where a proposal stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Counsel has to agree first.
    WaitsForCounsel,
    /// The privacy officer's word is missing. The entry of counsel's agreement, where there had to be one.
    WaitsForOfficer(Option<EntryId>),
    /// Approved by this entry.
    Approved(EntryId),
    /// Refused by this entry.
    Refused(EntryId),
    /// Taken back by this entry.
    Withdrawn(EntryId),
    /// It has lost what it rests on, whatever was said before.
    Void(NoBasis),
}

/// Acts that tell something else than the types which the statutes name.
const OF_ANOTHER_KIND: [&str; 4] =
    ["disclose_status_only", "share_dmv_records", "release_student_record", "share_surveillance_data"];

/// The acts of which any one, decided with a yes, covers a disclosure of these types in this form.
pub(crate) fn acts(information: &[Information], form: DisclosureForm) -> Vec<&'static str> {
    let mut acts = DISCLOSING.to_vec();
    // An alert tells whatever happens later: no other yes covers it. Nor does a yes to tell of a release cover more.
    if form == DisclosureForm::Alert {
        acts.retain(|act| *act == PLACE_ALERT);
    } else if !information.is_empty() && information.iter().all(|one| *one == Information::ReleaseDate) {
        acts.push(NOTIFY);
    }
    // A yes to tell of status, of a licence, of a pupil or of a camera's pictures is none to tell of custody, release or a court's day.
    if information.iter().any(|one| *one != Information::Other) {
        acts.retain(|act| !OF_ANOTHER_KIND.contains(act));
    }
    acts
}

/// The acts of which an answer to any one counts against such a disclosure: those that cover it, and those that tell less. An alert
/// tells also what could be told once, and what tells of a release among other things tells of the release.
pub(crate) fn telling(information: &[Information], form: DisclosureForm) -> Vec<&'static str> {
    let mut telling = DISCLOSING.to_vec();
    if form != DisclosureForm::Alert {
        telling.retain(|act| *act != PLACE_ALERT);
    }
    if information.contains(&Information::ReleaseDate) {
        telling.push(NOTIFY);
    }
    telling
}

/// The entry by which a request is stopped: somebody said, at the gate or in a proposal, that the record is sealed.
#[must_use]
pub fn sealed(of_request: &[&Entry]) -> Option<EntryId> {
    let says = |entry: &&&Entry| match &entry.body {
        Body::Stopped(_) => true,
        Body::Decided(decided) => decided.facts.known(SEALED_FACT) == Known::Yes,
        Body::Proposed(proposal) => proposal.sealed == Known::Yes,
        _ => false,
    };
    of_request.iter().find(says).map(|entry| entry.id)
}

/// What a disclosure to this requester would rest on: the last answer to each act by which it could leave. A no to any of them
/// is a no, and the strictest of the others counts.
///
/// `of_request` are the entries of one request, in the order of the record.
///
/// # Errors
/// Why it rests on nothing.
pub fn basis(
    of_request: &[&Entry],
    to: &RequesterId,
    information: &[Information],
    form: DisclosureForm,
) -> Result<Basis, NoBasis> {
    match sealed(of_request) {
        Some(entry) => Err(NoBasis::Sealed(entry)),
        None => answered(of_request, to, information, form),
    }
}

/// What it would rest on, whatever was said of a sealed record.
fn answered(
    of_request: &[&Entry],
    to: &RequesterId,
    information: &[Information],
    form: DisclosureForm,
) -> Result<Basis, NoBasis> {
    let (covering, telling) = (acts(information, form), telling(information, form));
    let mut last: Vec<(EntryId, &Decided)> = Vec::new();
    for entry in of_request.iter().rev() {
        let Body::Decided(decided) = &entry.body else { continue };
        let question = &decided.question;
        let fits = telling.contains(&question.act.as_str()) && question.requester == *to;
        if fits && last.iter().all(|(_, other)| other.question.act != question.act) {
            last.push((entry.id, decided));
        }
    }
    let strictest = last.iter().min_by_key(|(_, decided)| decided.decision.outcome).ok_or(NoBasis::NotAsked)?;
    let covered = last.iter().any(|(_, decided)| covering.contains(&decided.question.act.as_str()));
    match strictest.1.decision.outcome {
        Outcome::Barred => Err(NoBasis::Barred(strictest.0)),
        _ if !covered => Err(NoBasis::NotAsked),
        outcome => Ok(Basis { decisions: last.iter().rev().map(|(id, _)| *id).collect(), outcome }),
    }
}

/// Where a proposal stands by the entries of its request, in the order of the record. None: there is no such proposal.
///
/// An approval counts only by a privacy officer of the agency who did not propose it, an agreement only by its counsel who
/// did not either; a withdrawal only by whoever proposed.
#[must_use]
pub fn standing(of_request: &[&Entry], proposal: EntryId) -> Option<Standing> {
    let standing = standing_but_for_a_stop(of_request, proposal)?;
    match sealed(of_request) {
        Some(stop) if !matches!(standing, Standing::Refused(_) | Standing::Withdrawn(_)) => {
            let own = matches!(standing, Standing::Void(NoBasis::Sealed(_)));
            Some(if own { standing } else { Standing::Void(NoBasis::Sealed(stop)) })
        }
        _ => Some(standing),
    }
}

/// Where a proposal would stand if nobody had said, elsewhere than in itself, that a record is sealed: what stopped it afterwards makes
/// nothing of what was said to it before.
pub(crate) fn standing_but_for_a_stop(of_request: &[&Entry], proposal: EntryId) -> Option<Standing> {
    let (proposed, found) = of_request.iter().find_map(|entry| match &entry.body {
        Body::Proposed(found) if entry.id == proposal => Some((entry, &**found)),
        _ => None,
    })?;
    // What was refused or taken back stays so; all else ends where its basis does.
    let ruling = of_request.iter().find_map(|entry| match &entry.body {
        Body::Ruled(ruling) if ruling.proposal == proposal && counts(entry, ruling, found) => {
            Some((entry.id, &**ruling))
        }
        _ => None,
    });
    match ruling {
        Some((id, Ruling { verdict: Verdict::Refused, .. })) => return Some(Standing::Refused(id)),
        Some((id, Ruling { verdict: Verdict::Withdrawn, .. })) => return Some(Standing::Withdrawn(id)),
        _ => {}
    }
    if found.sealed != Known::No {
        return Some(Standing::Void(NoBasis::Sealed(proposed.id)));
    }
    let basis = match answered(of_request, &found.to, &found.information, found.form) {
        Ok(basis) => basis,
        Err(none) => return Some(Standing::Void(none)),
    };
    let agreement = agreement(of_request, proposal, found, &basis);
    Some(match ruling {
        Some((id, ruling)) if !basis.needs_counsel() || agreement.is_some_and(|one| ruling.agreement == Some(one)) => {
            Standing::Approved(id)
        }
        Some((id, _)) => Standing::Void(NoBasis::Unagreed(id)),
        None if basis.needs_counsel() && agreement.is_none() => Standing::WaitsForCounsel,
        None => Standing::WaitsForOfficer(agreement.filter(|_| basis.needs_counsel())),
    })
}

/// Counsel's first agreement to a proposal after the last answer that needs one: to what was asked since, counsel has not agreed.
fn agreement(of_request: &[&Entry], proposal: EntryId, proposed: &Proposal, basis: &Basis) -> Option<EntryId> {
    let open = |entry: &&Entry| match &entry.body {
        Body::Decided(decided) => basis.decisions.contains(&entry.id) && for_counsel(decided.decision.outcome),
        _ => false,
    };
    let seen = of_request.iter().rposition(open).map_or(0, |at| at + 1);
    of_request.iter().skip(seen).find_map(|entry| match &entry.body {
        Body::Agreed(agreed) if agreed.proposal == proposal => {
            let ours = in_role(entry, Role::Counsel, &proposed.agency) && agreed.maker != proposed.maker;
            ours.then_some(entry.id)
        }
        _ => None,
    })
}

fn for_counsel(outcome: Outcome) -> bool {
    matches!(outcome, Outcome::Escalate | Outcome::NotYetKnown)
}

/// Whether a ruling is by somebody whose word it is.
fn counts(entry: &Entry, ruling: &Ruling, proposed: &Proposal) -> bool {
    let officer = || in_role(entry, Role::PrivacyOfficer, &proposed.agency);
    let second = ruling.maker != proposed.maker;
    match ruling.verdict {
        Verdict::Approved => officer() && second,
        Verdict::Refused => (officer() || in_role(entry, Role::Counsel, &proposed.agency)) && second,
        Verdict::Withdrawn => !second,
    }
}

fn in_role(entry: &Entry, wanted: Role, of: &AgencyId) -> bool {
    matches!(&entry.by, Actor::Staff { role, agency, .. } if *role == wanted && agency == of)
}

#[cfg(test)]
mod tests;
