//! What in the record looks as if a law was not kept: for people to look at, never a verdict.
//!
//! Two investigations of 2025 found what no agency had noticed itself: alerts set on request, a release told in real time,
//! and in every incident a request that nobody had recorded (nyc.md 5). Each rule here would have noticed one of them by
//! comparing what was done with what was asked, decided and refused, and with the day on which it was written down.
//!
//! A finding is a *possible* violation: data may be wrong, counsel may have agreed by word of mouth. It is computed from
//! entries whenever somebody looks, never stored as an outcome, and goes away only by what later entries say. Of a deed that would be
//! one, and is said to be a mistake, that is the finding (but of a delay): whoever did it cannot make it go away by a word. Not here:
//! what the finding means in law (the provisions that barred it are named), and who is answerable.

mod approval;

use std::collections::{BTreeMap, BTreeSet};

use jiff::{
    civil::{Date, date},
    tz::TimeZone,
};
use law::{AgencyId, Layer, Outcome, ProvisionId};
use serde::{Deserialize, Serialize};

use crate::{
    Body, Decided, Deed, Done, Entry, EntryId, OutsideRequest, RequestId, Resolution, Source, disclosure,
    duty::may_be_federal,
};

/// A possible violation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// What it looks like.
    pub kind: FindingKind,
    /// The agency that did it.
    pub agency: AgencyId,
    /// The day on which it happened.
    pub on: Date,
    /// The entry that shows it.
    pub entry: EntryId,
    /// The request it was about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<RequestId>,
    /// The entry that it differs from: a decision or a refusal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub against: Option<EntryId>,
    /// The provisions by which the decision was not a yes, strictest layer's own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub provisions: Vec<ProvisionId>,
    /// How many days or hours too late, where that is what it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub late: Option<Late>,
}

impl FindingKind {
    /// All of them, in the order in which they are counted.
    pub const ALL: [Self; 16] = [
        Self::DoneThoughBarred,
        Self::DoneWhileOpen,
        Self::DoneWithoutAsking,
        Self::DisclosedThoughRefused,
        Self::DoneThoughRefused,
        Self::DisclosedWithoutRequest,
        Self::HeldPastRelease,
        Self::TransferredWithoutRequest,
        Self::HandedOverWithoutBasis,
        Self::HandedOverByOne,
        Self::RecordedLate,
        Self::DisclosedWithoutApproval,
        Self::DisclosedOtherwise,
        Self::DisclosedBeforeApproval,
        Self::DisclosedThoughSealed,
        Self::TakenBack,
    ];
}

/// A length of time, in the unit that could be observed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Late {
    /// In whole hours.
    Hours(i64),
    /// In days.
    Days(i64),
}

/// What a finding looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FindingKind {
    /// Done although the decision barred it.
    DoneThoughBarred,
    /// Done while the decision still waited for counsel or for facts, and no written basis is named.
    DoneWhileOpen,
    /// Done for a request on which nobody asked the gate about this act.
    DoneWithoutAsking,
    /// Information was given although the same request was refused.
    DisclosedThoughRefused,
    /// Another act was done although it was refused about the same request, and no answer permitted it.
    DoneThoughRefused,
    /// Information was given, or a release told, and no request for it is on record.
    DisclosedWithoutRequest,
    /// A person was kept past the time of release without a decision that permitted it.
    HeldPastRelease,
    /// A person was handed over and no request for it is on record.
    TransferredWithoutRequest,
    /// A person was handed over, perhaps to a federal authority, and no written basis is on record.
    HandedOverWithoutBasis,
    /// The same with one official alone on record, or one twice.
    HandedOverByOne,
    /// A contact or a deed was written down days after it happened; § 10-178(d) wants a record of each request.
    RecordedLate,
    /// Information was given and no approval of the privacy officer that holds is named, where § 23-1202(c) asks for one unless it
    /// was exigent, or the one that is named was for another disclosure.
    DisclosedWithoutApproval,
    /// What was given, in what form or to whom is not what was approved.
    DisclosedOtherwise,
    /// Information was given before it was approved.
    DisclosedBeforeApproval,
    /// Information was given although it was said before that it stands in a sealed record.
    DisclosedThoughSealed,
    /// It was recorded as done, which would be one of the others but a delay, or as refused, which would make one of what was done; and later
    /// said to be a mistake: it differs from what says so.
    TakenBack,
}

/// From when on a delay is worth a look: this product's own practice, no statute's number and no city's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Days between a contact or deed and its entry that are still in order.
    pub recorded_within_days: i64,
    /// Hours between the time at which release was due and the release that are still in order (papers, the search).
    pub released_within_hours: i64,
    /// The first day whose hand-overs are looked at for their papers: that of the report that asked for them (nyc.md 5.2), so that
    /// nobody is measured by what nobody had asked for.
    pub hand_overs_from: Date,
}

impl Default for Limits {
    fn default() -> Self {
        Self { recorded_within_days: 1, released_within_hours: 4, hand_overs_from: date(2025, 12, 3) }
    }
}

/// Everything that the record holds about one request.
#[derive(Default)]
struct Matter<'a> {
    request: Option<&'a OutsideRequest>,
    decisions: Vec<(EntryId, &'a Decided)>,
    refusals: Vec<(EntryId, &'a [law::ActId])>,
    entries: Vec<&'a Entry>,
}

/// Every possible violation that these entries show, in the entries' order, each deed under every rule that it meets. What
/// a later entry says was a mistake shows nothing but that, where it would have been one beside what still stands.
///
/// `entries` may come from any part of the record, but findings about a request are right only if all its entries are among
/// them. `gone` are entries that were erased, beside those of which an erasure among `entries` says so: where an erased entry
/// may be what is missing (the request, the decision that a deed names), its want shows nothing. `zone` is the city's, to tell on which day an entry was made. Delays of imported rows are not judged: they were
/// not recorded by the city.
#[must_use]
pub fn findings<'a>(
    entries: impl IntoIterator<Item = &'a Entry>,
    gone: impl IntoIterator<Item = EntryId>,
    zone: &TimeZone,
    limits: &Limits,
) -> Vec<Finding> {
    let entries: Vec<&Entry> = entries.into_iter().collect();
    let mut gone: BTreeSet<EntryId> = gone.into_iter().collect();
    gone.extend(entries.iter().filter_map(|entry| match &entry.body {
        Body::Erased(erasure) => Some(erasure.entry),
        _ => None,
    }));
    let wrong = crate::corrected(entries.iter().copied());
    let standing: Vec<&Entry> = entries.iter().copied().filter(|entry| !wrong.contains_key(&entry.id)).collect();
    let mut all: BTreeMap<RequestId, Vec<&Entry>> = BTreeMap::new();
    for entry in entries.iter().filter(|_| !wrong.is_empty()) {
        if let Some(request) = entry.body.request() {
            all.entry(request).or_default().push(entry);
        }
    }
    let matters = matters(&standing);
    let mut found = Vec::new();
    for entry in entries {
        if let Some(correction) = wrong.get(&entry.id) {
            let about = entry.body.request().and_then(|request| all.get(&request)).map_or(&[][..], Vec::as_slice);
            let beside: Vec<&Entry> =
                about.iter().copied().filter(|one| one.id == entry.id || !wrong.contains_key(&one.id)).collect();
            found.extend(taken_back(entry, *correction, &beside, (&gone, zone), limits));
            continue;
        }
        match &entry.body {
            Body::Requested(request) => {
                found.extend(recorded_late(entry, &request.receiver.agency, request.received.day(), zone, limits));
            }
            Body::Done(done) => {
                let matter = done.request.and_then(|request| matters.get(&request));
                found.extend(judge(entry.id, done, matter, &gone, limits));
                found.extend(approval::judge(entry, done, matter, &gone, zone));
                found.extend(recorded_late(entry, &done.agency, done.when.day(), zone, limits));
            }
            _ => {}
        }
    }
    found
}

/// What a deed that is said to be a mistake would have shown beside what still stands of its request, itself among it; of a refusal, what
/// a deed that stands would have shown against it.
fn taken_back(
    entry: &Entry,
    correction: EntryId,
    beside: &[&Entry],
    (gone, zone): (&BTreeSet<EntryId>, &TimeZone),
    limits: &Limits,
) -> Option<Finding> {
    let Body::Done(done) = &entry.body else { return None };
    let matters = matters(beside);
    let shown = |id, done: &Done, entry| {
        let matter = done.request.and_then(|request| matters.get(&request));
        let against_answers = judge(id, done, matter, gone, limits);
        against_answers.into_iter().chain(approval::judge(entry, done, matter, gone, zone)).collect::<Vec<_>>()
    };
    let back = |finding: Finding| Finding {
        kind: FindingKind::TakenBack,
        entry: entry.id,
        against: Some(correction),
        late: None,
        ..finding
    };
    if matches!(done.deed, Deed::Refused { .. }) {
        let against = beside.iter().filter_map(|other| match &other.body {
            Body::Done(deed) => {
                shown(other.id, deed, other).into_iter().find(|finding| finding.against == Some(entry.id))
            }
            _ => None,
        });
        return against.map(back).next();
    }
    shown(entry.id, done, entry).into_iter().next().map(back)
}

fn matters<'a>(entries: &[&'a Entry]) -> BTreeMap<RequestId, Matter<'a>> {
    let mut matters: BTreeMap<RequestId, Matter<'a>> = BTreeMap::new();
    for entry in entries {
        let Some(request) = entry.body.request() else { continue };
        let matter = matters.entry(request).or_default();
        matter.entries.push(entry);
        match &entry.body {
            Body::Requested(request) => matter.request = Some(request),
            Body::Decided(decided) => matter.decisions.push((entry.id, decided)),
            Body::Done(done) => {
                if let Deed::Refused { acts } = &done.deed {
                    matter.refusals.push((entry.id, acts));
                }
            }
            _ => {}
        }
    }
    matters
}

/// The acts of which any one, decided with a yes, covers this deed. None: the deed is no act of cooperation.
fn acts(deed: &Deed) -> Vec<&str> {
    match deed {
        Deed::Held { .. } => vec!["hold"],
        Deed::Notified { .. } => vec!["notify_release"],
        Deed::Transferred { .. } => vec!["transfer_person"],
        Deed::Disclosed { information, form, .. } => disclosure::acts(information, *form),
        Deed::Assisted { act, .. } => vec![act.as_str()],
        // The person was held, or the requester was told: which of both is not said.
        Deed::Resolved { how: Resolution::Honored } => vec!["hold", "notify_release"],
        Deed::Refused { .. }
        | Deed::Released { .. }
        | Deed::Resolved { how: Resolution::NotHonored | Resolution::Withdrawn }
        | Deed::FollowedUp { .. }
        | Deed::NoticeGiven { .. }
        | Deed::NoticeBarred { .. } => Vec::new(),
    }
}

fn judge(
    entry: EntryId,
    done: &Done,
    matter: Option<&Matter<'_>>,
    gone: &BTreeSet<EntryId>,
    limits: &Limits,
) -> Vec<Finding> {
    let mut found = Vec::new();
    // By what a detainer was honored is judged by itself where it is on record.
    let shown_by_another = is_honored(&done.deed) && matter.is_some_and(says_how_it_was_honored);
    let acts = if shown_by_another { Vec::new() } else { acts(&done.deed) };
    let finding = |kind| Finding {
        kind,
        agency: done.agency.clone(),
        on: done.when.day(),
        entry,
        request: done.request,
        against: None,
        provisions: Vec::new(),
        late: None,
    };
    let asked = matter.is_some_and(|matter| matter.request.is_some());
    // Nobody knows any more what an erased entry said: the request that the deed names, the decision that it rests on.
    let unasked = !asked && (done.request.is_none() || gone.is_empty());
    let open = done.decision.is_none_or(|decision| !gone.contains(&decision));
    let decision = matter.and_then(|matter| barred_less(done, matter).or_else(|| decision_on(done, &acts, matter)));
    let permitted = !open || decision.is_some_and(|(_, decided)| covers(decided.decision.outcome));
    if !acts.is_empty() && !permitted {
        match decision {
            Some((against, decided)) => {
                let outcome = decided.decision.outcome;
                let kind = match outcome {
                    Outcome::Barred => Some(FindingKind::DoneThoughBarred),
                    // What counsel or a later fact cured stands in writing, and the deed names the paper, or the approval that rests on it.
                    _ if done.basis.is_none() && !approval::holds(entry, done, matter, gone) => {
                        Some(FindingKind::DoneWhileOpen)
                    }
                    _ => None,
                };
                found.extend(kind.map(|kind| Finding {
                    against: Some(against),
                    provisions: provisions(decided, outcome),
                    ..finding(kind)
                }));
            }
            None if asked => found.push(finding(FindingKind::DoneWithoutAsking)),
            None => {}
        }
    }
    let refused = matter.and_then(|matter| {
        let refuses = |refused: &[law::ActId]| refused.iter().any(|act| acts.contains(&act.as_str()));
        matter.refusals.iter().find(|(_, refused)| refuses(refused)).map(|(against, _)| *against)
    });
    let told = matches!(done.deed, Deed::Disclosed { .. });
    // What was told cannot be taken back, so a yes that came later does not make the refusal nothing; of other acts it does.
    let kind = if told { FindingKind::DisclosedThoughRefused } else { FindingKind::DoneThoughRefused };
    if let Some(against) = refused.filter(|_| told || !permitted) {
        found.push(Finding { against: Some(against), ..finding(kind) });
    }
    match &done.deed {
        Deed::Disclosed { .. } | Deed::Notified { .. } if unasked => {
            found.push(finding(FindingKind::DisclosedWithoutRequest));
        }
        Deed::Transferred { .. } => {
            found.extend(unasked.then(|| finding(FindingKind::TransferredWithoutRequest)));
            // Who asked may be what was erased.
            let kind = matter.and_then(|matter| matter.request).map(|request| request.requester.kind);
            if (asked || unasked) && may_be_federal(kind) && done.when.day() >= limits.hand_overs_from {
                let papers = [
                    (done.is_without_written_basis(), FindingKind::HandedOverWithoutBasis),
                    (done.is_by_one_alone(), FindingKind::HandedOverByOne),
                ];
                found.extend(papers.into_iter().filter(|(missing, _)| *missing).map(|(_, kind)| finding(kind)));
            }
        }
        Deed::Held { from, until, .. } if !permitted => {
            let late = until.and_then(|until| late(*from, until));
            found.push(Finding { late, ..finding(FindingKind::HeldPastRelease) });
        }
        Deed::Released { due: Some(due) } => {
            let late = late(*due, done.when);
            let too_late = match late {
                Some(Late::Hours(hours)) => hours > limits.released_within_hours,
                Some(Late::Days(days)) => days > 0,
                None => false,
            };
            if too_late && open && !matter.is_some_and(|matter| might_be_held(done, matter)) {
                found.push(Finding { late, ..finding(FindingKind::HeldPastRelease) });
            }
        }
        _ => {}
    }
    found
}

/// The decision by which a deed is judged: of the last answers to each act that could cover it, the strictest, so that a bar on any
/// is the one to show. Where the deed names one of them, nothing after it counts.
fn decision_on<'a>(done: &Done, acts: &[&str], matter: &Matter<'a>) -> Option<(EntryId, &'a Decided)> {
    let on_act = |decided: &Decided| acts.contains(&decided.question.act.as_str());
    let named = matter.decisions.iter().position(|(id, decided)| Some(*id) == done.decision && on_act(decided));
    let until = named.map_or(matter.decisions.len(), |at| at + 1);
    let mut seen: Vec<&(EntryId, &Decided)> = Vec::new();
    for decision in matter.decisions.iter().take(until).rev().filter(|(_, decided)| on_act(decided)) {
        if seen.iter().all(|(_, other)| other.question.act != decision.1.question.act) {
            seen.push(decision);
        }
    }
    let seen = seen.into_iter().copied();
    // Which of the two ways it was is not said, so the one that was less barred may have been it.
    if is_honored(&done.deed) {
        return seen.max_by_key(|(_, decided)| decided.decision.outcome);
    }
    seen.min_by_key(|(_, decided)| decided.decision.outcome)
}

fn is_honored(deed: &Deed) -> bool {
    matches!(deed, Deed::Resolved { how: Resolution::Honored })
}

/// Whether the record says of a hold, a word to the requester or a hand-over.
fn says_how_it_was_honored(matter: &Matter<'_>) -> bool {
    matter.entries.iter().any(|entry| match &entry.body {
        Body::Done(done) => {
            matches!(done.deed, Deed::Held { .. } | Deed::Notified { .. } | Deed::Transferred { .. })
        }
        _ => false,
    })
}

/// The last answer that bars what tells less than this deed of disclosure told.
fn barred_less<'a>(done: &Done, matter: &Matter<'a>) -> Option<(EntryId, &'a Decided)> {
    let Deed::Disclosed { information, form, .. } = &done.deed else { return None };
    let found = decision_on(done, &disclosure::telling(information, *form), matter)?;
    (found.1.decision.outcome == Outcome::Barred).then_some(found)
}

fn covers(outcome: Outcome) -> bool {
    match outcome {
        Outcome::Permitted | Outcome::Required | Outcome::Outside => true,
        Outcome::Barred | Outcome::Escalate | Outcome::NotYetKnown => false,
    }
}

/// Whether an answer let the person be held: the one that the deed names, else any.
fn might_be_held(done: &Done, matter: &Matter<'_>) -> bool {
    let holds = || matter.decisions.iter().filter(|(_, decided)| decided.question.act.as_str() == "hold");
    let covered = |(_, decided): &(EntryId, &Decided)| covers(decided.decision.outcome);
    match holds().find(|(id, _)| Some(*id) == done.decision) {
        Some(named) => covered(named),
        None => holds().any(covered),
    }
}

/// The provisions that gave this outcome, in the order of the layers.
fn provisions(decided: &Decided, outcome: Outcome) -> Vec<ProvisionId> {
    let of = |layer: Layer| {
        let here = decided.decision.provisions.iter();
        here.filter(move |provision| provision.layer == layer && provision.result == outcome)
    };
    Layer::ALL.into_iter().flat_map(of).map(|provision| provision.id.clone()).collect()
}

/// How much later `until` is than `from`, if it surely is.
fn late(from: crate::When, until: crate::When) -> Option<Late> {
    if !until.surely_after(from) {
        return None;
    }
    match (from.time(), until.time()) {
        (Some(from), Some(until)) => Some(Late::Hours(from.duration_until(until).as_hours())),
        _ => Some(Late::Days(days_between(from.day(), until.day()))),
    }
}

fn recorded_late(
    entry: &Entry,
    agency: &AgencyId,
    happened: Date,
    zone: &TimeZone,
    limits: &Limits,
) -> Option<Finding> {
    if matches!(entry.source, Source::Import(_)) {
        return None;
    }
    let days = days_between(happened, entry.at.to_zoned(zone.clone()).date());
    (days > limits.recorded_within_days).then(|| Finding {
        kind: FindingKind::RecordedLate,
        agency: agency.clone(),
        on: happened,
        entry: entry.id,
        request: entry.body.request(),
        against: None,
        provisions: Vec::new(),
        late: Some(Late::Days(days)),
    })
}

fn days_between(from: Date, until: Date) -> i64 {
    from.duration_until(until).as_hours() / 24
}

#[cfg(test)]
mod tests;
