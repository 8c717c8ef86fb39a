//! Each hand-over of a person, as a list shows it: to whom, when, where, whether its papers are whole, and what came of it.

use law::{AgencyId, Known, RequesterId};

use super::{Duty, Limits, followed_up, may_be_federal};
use crate::{Body, Deed, Entry, EntryId, RequestId, Source, When};

/// A person was handed over. Nothing here says who.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandedOver {
    /// The entry of the deed.
    pub entry: EntryId,
    /// The request that it was about.
    pub request: Option<RequestId>,
    /// By which agency.
    pub agency: AgencyId,
    /// Where; of one of before: where they had asked.
    pub site: Option<String>,
    /// The site that had been asked, by which it is known who may see it; where nobody had asked: the one at which it was done.
    pub asked_at: Option<String>,
    /// To whom.
    pub to: RequesterId,
    /// When.
    pub on: When,
    /// No written basis is on record.
    pub without_basis: bool,
    /// One official alone is on record.
    pub by_one: bool,
    /// Whether papers are asked of it: it may have been to a federal authority, after the report that asked for them.
    pub papers_asked: bool,
    /// The look after thirty days, where it is owed.
    pub look: Option<Duty>,
    /// What the last look found; none: nobody looked.
    pub charge_filed: Option<Known>,
}

/// Every hand-over that these entries show: all the entries about one request, or such as are about none.
#[must_use]
pub fn handed_over<'a>(entries: impl IntoIterator<Item = &'a Entry>, limits: &Limits) -> Vec<HandedOver> {
    let mut entries: Vec<&Entry> = entries.into_iter().collect();
    let wrong = crate::corrected(entries.iter().copied());
    entries.retain(|entry| !wrong.contains_key(&entry.id) && !matches!(entry.source, Source::Import(_)));
    let request = entries.iter().find_map(|entry| match &entry.body {
        Body::Requested(request) => Some(&**request),
        _ => None,
    });
    let asked_at = request.and_then(|request| request.receiver.site.clone());
    let looks = followed_up(&entries, request, limits);
    let found = entries.iter().filter_map(|entry| {
        let Body::Done(done) = &entry.body else { return None };
        let Deed::Transferred { to, hand_over, .. } = &done.deed else { return None };
        let looked = entries.iter().rev().find_map(|other| match &other.body {
            Body::Done(other) => match other.deed {
                Deed::FollowedUp { transfer, charge_filed } if transfer == entry.id => Some(charge_filed),
                _ => None,
            },
            _ => None,
        });
        let at = hand_over.as_ref().and_then(|papers| papers.site.clone());
        Some(HandedOver {
            entry: entry.id,
            request: done.request,
            agency: done.agency.clone(),
            asked_at: asked_at.clone().or_else(|| at.clone().filter(|_| done.request.is_none())),
            site: at.or_else(|| asked_at.clone()),
            to: to.clone(),
            on: done.when,
            without_basis: done.is_without_written_basis(),
            by_one: done.is_by_one_alone(),
            papers_asked: may_be_federal(request.map(|request| request.requester.kind))
                && done.when.day() >= limits.hand_overs_from,
            look: looks.iter().find(|look| look.from == Some(entry.id)).cloned(),
            charge_filed: looked,
        })
    });
    found.collect()
}
