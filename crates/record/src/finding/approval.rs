//! Whether what was told had been approved (§ 23-1202(c)), and whether it was what had been.
//!
//! A deed is judged by what stood in the record before it. Where the answer that covers it says that the section asks for no
//! approval, because one of its two investigations is exempt, there is none to miss. In exigency the section asks for a report
//! to the Chief Privacy Officer instead ((d)); the record does not judge what was exigent, so that shows as a possible
//! violation too.

use std::collections::BTreeSet;

use jiff::{ToSpan, tz::TimeZone};
use law::{Layer, Outcome};

use super::{Finding, FindingKind, Matter, covers, decision_on};
use crate::{
    Body, Deed, DisclosureForm, Done, Entry, EntryId, Information, Proposal, When,
    disclosure::{self, APPROVAL_FROM, APPROVAL_PROVISION, Standing},
};

/// What a deed shows about its approval.
pub(super) fn judge(
    entry: &Entry,
    done: &Done,
    matter: Option<&Matter<'_>>,
    gone: &BTreeSet<EntryId>,
    zone: &TimeZone,
) -> Vec<Finding> {
    // To tell of a release is to tell when somebody leaves custody, which the section names; that deed has no place for its approval.
    let (to, information, named) = match &done.deed {
        Deed::Disclosed { to, information, form, approval, .. } => {
            (to, information.as_slice(), Some((*form, approval)))
        }
        Deed::Notified { to } => (to, &[Information::ReleaseDate][..], None),
        _ => return Vec::new(),
    };
    let mut found = Vec::new();
    let mut show = |kind, against: Option<EntryId>| {
        found.push(Finding {
            kind,
            agency: done.agency.clone(),
            on: done.when.day(),
            entry: entry.id,
            request: done.request,
            against,
            provisions: Vec::new(),
            late: None,
        });
    };
    let before = matter.map_or_else(Vec::new, |matter| before(matter, entry.id));
    if let Some(stop) = disclosure::sealed(&before) {
        show(FindingKind::DisclosedThoughSealed, Some(stop));
    }
    if done.when.day() < APPROVAL_FROM || information.is_empty() {
        return found;
    }
    // Nobody knows any more what an erased answer said, which may have been that the section asks for no approval.
    if done.decision.is_some_and(|decision| gone.contains(&decision)) {
        return found;
    }
    let Some((form, approval)) = named else {
        if !exempt(done, matter) && !release_approved(&before, to, gone) {
            show(FindingKind::DisclosedWithoutApproval, None);
        }
        return found;
    };
    match approval {
        None if exempt(done, matter) => {}
        None => show(FindingKind::DisclosedWithoutApproval, None),
        // Nobody knows any more what an erased approval was for.
        Some(approval) if gone.contains(approval) => {}
        Some(approval) => match approved(&before, *approval, gone) {
            Approved::Unknown => {}
            Approved::No => {
                let named = before.iter().any(|entry| entry.id == *approval);
                show(FindingKind::DisclosedWithoutApproval, named.then_some(*approval));
            }
            Approved::Yes(proposal, at) => {
                let told = (to, information, form);
                if let Some(other) = used(&before, *approval) {
                    show(FindingKind::DisclosedWithoutApproval, Some(other));
                }
                if differs(proposal, told) {
                    show(FindingKind::DisclosedOtherwise, Some(*approval));
                }
                if minute(at, zone).surely_after(done.when) {
                    show(FindingKind::DisclosedBeforeApproval, Some(*approval));
                }
            }
        },
    }
    found
}

/// Whether a deed names an approval that holds, so that counsel agreed where counsel had to.
pub(super) fn holds(entry: EntryId, done: &Done, matter: Option<&Matter<'_>>, gone: &BTreeSet<EntryId>) -> bool {
    let Deed::Disclosed { approval: Some(approval), .. } = done.deed else { return false };
    let Some(matter) = matter else { return false };
    gone.contains(&approval) || !matches!(approved(&before(matter, entry), approval, gone), Approved::No)
}

/// The entries about the request that stood before this one.
fn before<'a>(matter: &Matter<'a>, entry: EntryId) -> Vec<&'a Entry> {
    matter.entries.iter().copied().take_while(|other| other.id != entry).collect()
}

/// Whether the section asks for no approval, by the answer that covers the deed.
fn exempt(done: &Done, matter: Option<&Matter<'_>>) -> bool {
    let Some(matter) = matter else { return false };
    decision_on(done, &super::acts(&done.deed), matter).is_some_and(|(_, decided)| {
        let outside = |provision: &law::decision::ProvisionResult| {
            provision.id.as_str() == APPROVAL_PROVISION
                && provision.layer == Layer::City
                && provision.result == Outcome::Outside
        };
        covers(decided.decision.outcome) && decided.decision.provisions.iter().any(outside)
    })
}

enum Approved<'a> {
    /// By an entry of this moment.
    Yes(&'a Proposal, jiff::Timestamp),
    No,
    /// What it rests on was erased.
    Unknown,
}

/// Whether this entry approves a proposal.
fn approved<'a>(before: &[&'a Entry], approval: EntryId, gone: &BTreeSet<EntryId>) -> Approved<'a> {
    let ruling = before.iter().find_map(|entry| match &entry.body {
        Body::Ruled(ruling) if entry.id == approval => Some((entry, ruling)),
        _ => None,
    });
    let Some((entry, ruling)) = ruling else { return Approved::No };
    let proposal = before.iter().find_map(|entry| match &entry.body {
        Body::Proposed(proposal) if entry.id == ruling.proposal => Some(&**proposal),
        _ => None,
    });
    let rests_on = proposal.map(|proposal| proposal.decisions.as_slice()).unwrap_or_default();
    let mut named = rests_on.iter().chain(&ruling.agreement).chain([&ruling.proposal]);
    if named.any(|one| gone.contains(one)) {
        return Approved::Unknown;
    }
    // What stopped it since is shown as such.
    match (disclosure::standing_but_for_a_stop(before, ruling.proposal), proposal) {
        (Some(Standing::Approved(by)), Some(proposal)) if by == approval => Approved::Yes(proposal, entry.at),
        _ => Approved::No,
    }
}

/// Whether there is an approval to tell them of the release that no deed before was made on; each deed of telling needs its own. What
/// was erased may have been one.
fn release_approved(before: &[&Entry], to: &law::RequesterId, gone: &BTreeSet<EntryId>) -> bool {
    let told = before.iter().filter(|entry| {
        matches!(&entry.body, Body::Done(done) if matches!(&done.deed, Deed::Notified { to: other } if other == to))
    });
    let approvals = before.iter().filter(|entry| {
        let covers = match approved(before, entry.id, gone) {
            Approved::Yes(proposal, _) => {
                proposal.to == *to && proposal.information.contains(&Information::ReleaseDate)
            }
            Approved::Unknown => true,
            Approved::No => false,
        };
        covers && used(before, entry.id).is_none()
    });
    !gone.is_empty() || approvals.count() > told.count()
}

/// The deed that this approval was used for before.
fn used(before: &[&Entry], approval: EntryId) -> Option<EntryId> {
    before.iter().find_map(|entry| match &entry.body {
        Body::Done(done) => match &done.deed {
            Deed::Disclosed { approval: Some(other), .. } if *other == approval => Some(entry.id),
            _ => None,
        },
        _ => None,
    })
}

/// Whether more, another form or somebody else was told than was approved. Less is no difference.
fn differs(approved: &Proposal, (to, information, form): (&law::RequesterId, &[Information], DisclosureForm)) -> bool {
    approved.to != *to || approved.form != form || information.iter().any(|one| !approved.information.contains(one))
}

/// The city's minute of a moment: deeds are taken down by the minute.
fn minute(at: jiff::Timestamp, zone: &TimeZone) -> When {
    let local = at.to_zoned(zone.clone()).datetime();
    let seconds = i64::from(local.second()).seconds().nanoseconds(i64::from(local.subsec_nanosecond()));
    When::Time(local.checked_sub(seconds).unwrap_or(local))
}
