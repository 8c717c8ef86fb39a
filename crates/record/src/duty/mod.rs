//! What the city's agencies themselves must do, by when, and what of it the record says is done.
//!
//! In 2025 supervisors were not told, and nobody noticed (nyc.md 5). A duty is computed from entries, never stored: a decision
//! names what the law wants done ([`law::decision::Duty`]), a hand-over wants a look after thirty days, a period that has ended
//! a filing. It is done when an entry says so: a [`crate::Fulfilled`], or the deed or filing itself.
//!
//! **No invented duty** (decisions 6). Each names its source: a provision, or this product's own practice. Where the law names
//! no number ("at once", "as soon as practicable") the hours are this product's own practice, one named period of [`Limits`].
//! What may be owed, since a fact is missing or a text was not read, is owed and says what it hangs on.
//!
//! Not here: duties without a clock (to keep a search confidential, not to collect a status), which the answer itself shows;
//! what a duty left undone means in law; reminders (`server::remind`).

mod city;
mod hand_over;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use jiff::{
    ToSpan as _,
    civil::{Date, DateTime, date},
    tz::TimeZone,
};
use law::{ActId, AgencyId, Known, Text};

use crate::{
    Body, Decided, Deed, Done, DutyKind, Entry, EntryId, HoldEnd, OutsideRequest, Private, RequestId, RequesterKind,
    Resolution, Source, Told, When, filing::Section,
};

pub use city::{City, Sites};
pub use hand_over::{HandedOver, handed_over};

/// The pack's duties that have a clock, and what each of them is here. One of the pack's is two: the parent is told, with legal help.
const OF_PACK: [(&str, &[DutyKind]); 8] = [
    ("release_now", &[DutyKind::ReleasedNow]),
    ("tell_supervisor", &[DutyKind::SupervisorTold]),
    ("possible_proxy_tell_counsel", &[DutyKind::CounselTold]),
    ("log_duress_and_tell_counsel", &[DutyKind::CounselTold]),
    ("tell_law_department", &[DutyKind::LawDepartmentTold]),
    ("refer_to_privacy_officer", &[DutyKind::PrivacyOfficerTold]),
    ("notify_parent_with_legal_help", &[DutyKind::ParentTold, DutyKind::LegalHelpGiven]),
    ("write_up_at_once", &[DutyKind::WrittenUp]),
];

/// Periods of this product's own practice: no statute that was read has a number for any of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// "At once": hours until a person is released, counsel and the Law Department are told.
    pub at_once_hours: i64,
    /// Within the shift: hours until the supervisor is told and what happened is written up.
    pub shift_hours: i64,
    /// "As soon as practicable": hours until the privacy officer, a parent are told.
    pub practicable_hours: i64,
    /// Days after a hand-over until somebody looks whether a federal charge was filed.
    pub follow_up_days: i64,
    /// Days after the end of a quarter until it is stated, and filed where the law names no day.
    pub quarter_days: i64,
    /// The first day whose hand-overs are followed up: that of the report that asked for it (nyc.md 5.2).
    pub hand_overs_from: Date,
    /// The last day of the first quarter that an agency is asked to state.
    pub stated_from: Date,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            at_once_hours: 4,
            shift_hours: 8,
            practicable_hours: 24,
            follow_up_days: 30,
            quarter_days: 30,
            hand_overs_from: date(2025, 12, 3),
            stated_from: date(2026, 9, 30),
        }
    }
}

/// By when, and who says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    /// The law names the day.
    Law,
    /// So many hours, by this product's own practice.
    PracticeHours(i64),
    /// So many days, by this product's own practice.
    PracticeDays(i64),
}

/// Where a duty comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rests {
    /// On a provision.
    Law {
        /// Where the law says so.
        citation: Text,
        /// What it wants done, in the pack's words; none: the kind says it.
        what: Option<Text>,
        /// Whether it is owed for certain. If not, it is owed as long as nobody knows that it is not.
        certain: bool,
    },
    /// On no law: this product's own practice.
    Practice,
}

/// How a duty ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// The entry that says so.
    pub entry: EntryId,
    /// When.
    pub on: When,
    /// Who did it, where it was done; none: it is no longer owed.
    pub done_by: Option<Private>,
    /// Whether it was done; else it is no longer owed.
    pub done: bool,
}

/// How it stands with a duty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// Its time has run out.
    Overdue,
    /// It is to be done.
    Open,
    /// It was done.
    Done,
    /// It is not owed any more: a later answer does not name it, or the person is in nobody's hands here.
    NoLonger,
}

/// One duty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Duty {
    /// What is to be done.
    pub kind: DutyKind,
    /// Whose duty; none: of the office that the mayor designates.
    pub agency: Option<AgencyId>,
    /// At which site.
    pub site: Option<String>,
    /// About which request.
    pub request: Option<RequestId>,
    /// The entry that it comes from: an answer, a hand-over.
    pub from: Option<EntryId>,
    /// Of which section and period, where it is a filing.
    pub period: Option<(Section, String)>,
    /// Where it comes from.
    pub rests: Rests,
    /// By when, and who says so.
    pub clock: Clock,
    /// When it began.
    pub began: When,
    /// By when it is to be done, on the city's wall-clock.
    pub due: DateTime,
    /// How it ended.
    pub ended: Option<Ended>,
}

impl Duty {
    /// How it stands at this moment of the city's wall-clock.
    #[must_use]
    pub fn state(&self, now: DateTime) -> State {
        match &self.ended {
            Some(ended) if ended.done => State::Done,
            Some(_) => State::NoLonger,
            None if self.due < now => State::Overdue,
            None => State::Open,
        }
    }

    /// Whether it was done, and surely after its time had run out.
    #[must_use]
    pub fn was_late(&self) -> bool {
        self.ended.as_ref().is_some_and(|ended| ended.done && ended.on.surely_after(When::Time(self.due)))
    }
}

/// The last minute of a day: what has only a day may have been then.
fn end_of(day: Date) -> DateTime {
    day.at(23, 59, 0, 0)
}

/// By when, so long after something that began then.
fn due(began: When, clock: Clock) -> DateTime {
    let from = began.time().unwrap_or_else(|| end_of(began.day()));
    match clock {
        Clock::Law => from,
        Clock::PracticeHours(hours) => from.saturating_add(hours.hours()),
        Clock::PracticeDays(days) => end_of(began.day().saturating_add(days.days())),
    }
}

/// Whether a hand-over to whoever asked may have been one to a federal authority: all but a state's and another locality's.
#[must_use]
pub fn may_be_federal(kind: Option<RequesterKind>) -> bool {
    !matches!(kind, Some(RequesterKind::State | RequesterKind::OtherLocal))
}

/// Every duty that these entries show: all the entries about one request, or such as are about none.
///
/// What a later entry says was a mistake shows nothing and does nothing. `zone` is the city's, to tell when a decision was made.
/// Another agency's file makes no duties here.
#[must_use]
pub fn duties<'a>(entries: impl IntoIterator<Item = &'a Entry>, zone: &TimeZone, limits: &Limits) -> Vec<Duty> {
    let mut entries: Vec<&Entry> = entries.into_iter().collect();
    let wrong = crate::corrected(entries.iter().copied());
    entries.retain(|entry| !wrong.contains_key(&entry.id) && !matches!(entry.source, Source::Import(_)));
    let request = entries.iter().find_map(|entry| match &entry.body {
        Body::Requested(request) => Some((entry.id, &**request)),
        _ => None,
    });
    let mut found = Vec::new();
    if let Some((entry, request)) = request {
        found.extend(named(&entries, entry, request, zone, limits));
    }
    found.extend(followed_up(&entries, request.map(|(_, request)| request), limits));
    found
}

/// The look after each hand-over that these entries show, of whatever requests; nothing else. They may come from any part of the
/// record, but what is said of a request is right only if all its entries are among them.
#[must_use]
pub fn hand_overs<'a>(entries: impl IntoIterator<Item = &'a Entry>, limits: &Limits) -> Vec<Duty> {
    let entries: Vec<&Entry> = entries.into_iter().collect();
    let wrong = crate::corrected(entries.iter().copied());
    let mut matters: BTreeMap<Option<RequestId>, (Option<&OutsideRequest>, Vec<&Entry>)> = BTreeMap::new();
    let counts = |entry: &&Entry| !wrong.contains_key(&entry.id) && !matches!(entry.source, Source::Import(_));
    for entry in entries.into_iter().filter(counts) {
        match &entry.body {
            Body::Requested(request) => matters.entry(Some(request.id)).or_default().0 = Some(request),
            Body::Done(done) if matches!(done.deed, Deed::Transferred { .. } | Deed::FollowedUp { .. }) => {
                matters.entry(done.request).or_default().1.push(entry);
            }
            _ => {}
        }
    }
    matters.values().flat_map(|(request, entries)| followed_up(entries, *request, limits)).collect()
}

/// Whether a duty of the pack's is one of those that are counted here.
pub(crate) fn is_counted(duty: &law::DutyId) -> bool {
    OF_PACK.iter().any(|(id, _)| *id == duty.as_str())
}

/// A decision's naming of a duty.
struct Named<'a> {
    entry: EntryId,
    on: DateTime,
    /// Where and what; none: this answer does not name it.
    by: Option<&'a law::decision::Duty>,
}

/// What the answers about a request name.
fn named(
    entries: &[&Entry],
    requested: EntryId,
    request: &OutsideRequest,
    zone: &TimeZone,
    limits: &Limits,
) -> Vec<Duty> {
    let decided: Vec<(&Entry, &Decided)> = entries
        .iter()
        .filter_map(|entry| match &entry.body {
            Body::Decided(decided) => Some((*entry, &**decided)),
            _ => None,
        })
        .collect();
    let mut found = Vec::new();
    for kind in DutyKind::ALL {
        let of_kind = |duty: &&law::decision::Duty| {
            OF_PACK.iter().any(|(id, kinds)| *id == duty.id.as_str() && kinds.contains(&kind))
        };
        // By act, the first answer that named it and the last answer of all.
        let mut first: Option<Named<'_>> = None;
        let mut last: BTreeMap<&ActId, Named<'_>> = BTreeMap::new();
        for (entry, decided) in &decided {
            let mut by: Vec<&law::decision::Duty> = decided.decision.duties.iter().filter(of_kind).collect();
            by.sort_by_key(|duty| !duty.certain);
            let on = entry.at.to_zoned(zone.clone()).datetime();
            let this = || Named { entry: entry.id, on, by: by.first().copied() };
            if first.is_none() && !by.is_empty() {
                first = Some(this());
            }
            last.insert(&decided.question.act, this());
        }
        let Some(first) = first else { continue };
        let owed = last.values().filter_map(|named| named.by).min_by_key(|duty| !duty.certain);
        let Some(by) = owed.or(first.by) else { continue };
        let clock = Clock::PracticeHours(match kind {
            DutyKind::ReleasedNow | DutyKind::CounselTold | DutyKind::LawDepartmentTold => limits.at_once_hours,
            DutyKind::PrivacyOfficerTold | DutyKind::ParentTold | DutyKind::LegalHelpGiven => limits.practicable_hours,
            _ => limits.shift_hours,
        });
        // The contact begins it; a release begins when the answer says so, since the contact may lie long before.
        let began = if kind == DutyKind::ReleasedNow { When::Time(minute(first.on)) } else { request.received };
        let dropped = || {
            let last = last.values().max_by_key(|named| (named.on, named.entry))?;
            Some(Ended { entry: last.entry, on: When::Time(minute(last.on)), done_by: None, done: false })
        };
        let ended = ended(kind, entries, requested, request).or_else(|| owed.is_none().then(dropped).flatten());
        found.push(Duty {
            kind,
            agency: Some(request.receiver.agency.clone()),
            site: request.receiver.site.clone(),
            request: Some(request.id),
            from: Some(first.entry),
            period: None,
            rests: Rests::Law { citation: by.citation.clone(), what: Some(by.what.clone()), certain: by.certain },
            clock,
            began,
            due: due(began, clock),
            ended,
        });
    }
    found
}

/// To the minute, as the desk's forms are.
fn minute(at: DateTime) -> DateTime {
    at.date().at(at.hour(), at.minute(), 0, 0)
}

/// How a duty about a request ended, by what the entries say: the first that ends it.
fn ended(kind: DutyKind, entries: &[&Entry], requested: EntryId, request: &OutsideRequest) -> Option<Ended> {
    let told = match kind {
        DutyKind::SupervisorTold => Some(&request.supervisor),
        DutyKind::CounselTold => Some(&request.counsel),
        _ => None,
    };
    if let Some(Told::At { at, .. }) = told {
        return Some(Ended { entry: requested, on: *at, done_by: request.receiver.employee.clone(), done: true });
    }
    let by_entry = |entry: &&Entry| match &entry.body {
        Body::Fulfilled(fulfilled) if fulfilled.duty == kind => {
            Some(Ended { entry: entry.id, on: fulfilled.when, done_by: Some(fulfilled.done_by.clone()), done: true })
        }
        Body::Done(done) if kind == DutyKind::ReleasedNow => released(entry.id, done),
        Body::Done(done) => noticed(kind, entry.id, done),
        _ => None,
    };
    let first = entries.iter().find_map(by_entry);
    match kind {
        // A parent who was told was told, whatever was said to forbid it.
        DutyKind::ParentTold | DutyKind::LegalHelpGiven => {
            entries.iter().filter_map(by_entry).find(|ended| ended.done).or(first)
        }
        _ => first,
    }
}

/// Whether a deed ends a duty to a pupil's parent: the notice, with what is needed to find legal help or without; or what forbids it,
/// after which it is not owed (§ 21-977(e)).
fn noticed(kind: DutyKind, entry: EntryId, done: &Done) -> Option<Ended> {
    let told = match (kind, &done.deed) {
        (DutyKind::ParentTold, Deed::NoticeGiven { .. })
        | (DutyKind::LegalHelpGiven, Deed::NoticeGiven { legal_help: true }) => true,
        (DutyKind::ParentTold | DutyKind::LegalHelpGiven, Deed::NoticeBarred { .. }) => false,
        _ => return None,
    };
    Some(Ended { entry, on: done.when, done_by: told.then(|| done.decided_by.clone()), done: told })
}

/// Whether a deed ends the duty to release: by a release, a hold that has ended in one, or a detainer that was not honored; or since the person was handed over,
/// after which there is nobody to release (that this was done shows by itself, [`crate::finding`]).
fn released(entry: EntryId, done: &Done) -> Option<Ended> {
    let (done_it, on) = match &done.deed {
        Deed::Released { .. } | Deed::Resolved { how: Resolution::NotHonored | Resolution::Withdrawn } => {
            (true, done.when)
        }
        Deed::Held { ended: Some(how), until, .. } => (*how != HoldEnd::Transferred, until.unwrap_or(done.when)),
        Deed::Transferred { .. } => (false, done.when),
        _ => return None,
    };
    let done_by = done_it.then(|| done.decided_by.clone());
    Some(Ended { entry, on, done_by, done: done_it })
}

/// The look after each hand-over.
fn followed_up(entries: &[&Entry], request: Option<&OutsideRequest>, limits: &Limits) -> Vec<Duty> {
    let deeds = || {
        entries.iter().filter_map(|entry| match &entry.body {
            Body::Done(done) => Some((entry.id, &**done)),
            _ => None,
        })
    };
    let mut found = Vec::new();
    for (id, handed) in deeds() {
        let Deed::Transferred { hand_over, .. } = &handed.deed else { continue };
        let kind = request.map(|request| request.requester.kind);
        if !may_be_federal(kind) || handed.when.day() < limits.hand_overs_from {
            continue;
        }
        let clock = Clock::PracticeDays(limits.follow_up_days);
        let due = due(handed.when, clock);
        // Before its day only a charge that was filed says something; that there is none yet does not.
        let looked = |done: &Done| match &done.deed {
            Deed::FollowedUp { transfer, charge_filed } => {
                *transfer == id && (*charge_filed == Known::Yes || done.when.day() >= due.date())
            }
            _ => false,
        };
        let ended = deeds().find(|(_, done)| looked(done)).map(|(entry, done)| Ended {
            entry,
            on: done.when,
            done_by: Some(done.decided_by.clone()),
            done: true,
        });
        let at = hand_over.as_ref().and_then(|papers| papers.site.clone());
        found.push(Duty {
            kind: DutyKind::FollowedUp,
            agency: Some(handed.agency.clone()),
            site: at
                .filter(|_| request.is_none())
                .or_else(|| request.and_then(|request| request.receiver.site.clone())),
            request: handed.request,
            from: Some(id),
            period: None,
            rests: Rests::Practice,
            clock,
            began: handed.when,
            due,
            ended,
        });
    }
    found
}
