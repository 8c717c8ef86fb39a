//! What stands of an agency's comparisons: how far its logs were compared, and how many contacts are left.
//!
//! One rule (ADR 37): what a comparison says of a day stands until that day is compared again, later and at least as thoroughly
//! ([`Comparison::as_thorough_as`]). What is left is the sum over the days, and of one day over all that stand: where a later look was less
//! thorough a contact may be counted twice, and none is hidden. What could not be read is of whole files, so the most that stands of it
//! counts, once. "Later" is by the order of the record, not by a clock. Pure; entries are handed over in the order of the record.

use jiff::civil::Date;
use law::AgencyId;

use super::{Comparison, Stretch};
use crate::{Body, Entry};

/// How it stands with one agency that was compared at least once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The first day that was ever compared.
    pub since: Date,
    /// The last.
    pub through: Date,
    /// The days between them on which nothing was compared.
    pub missing: Vec<Stretch>,
    /// Contacts that nobody recorded.
    pub unrecorded: u64,
    /// Contacts that nobody recorded and that are no agency's.
    pub nobodys: u64,
    /// Places in which a contact may stand that nobody saw.
    pub unseen: u64,
}

impl Standing {
    /// How it stands with an agency; none: it was never compared.
    #[must_use]
    pub fn of<'a>(agency: &AgencyId, entries: impl IntoIterator<Item = &'a Entry>) -> Option<Self> {
        let all = of_agency(agency, entries);
        let since = all.iter().map(|one| one.days.from).min()?;
        let through = all.iter().map(|one| one.days.through).max()?;
        let Within { unrecorded, nobodys, unseen, missing } = stands(&all, Stretch { from: since, through });
        Some(Self { since, through, missing, unrecorded, nobodys, unseen })
    }

    /// How many days ago the last compared day is.
    #[must_use]
    pub fn days_behind(&self, today: Date) -> u64 {
        days_from(self.through, today)
    }

    /// How many days between the first and the last were never compared.
    #[must_use]
    pub fn days_missing(&self) -> u64 {
        self.missing.iter().map(|one| days_from(one.from, one.through).saturating_add(1)).fold(0, u64::saturating_add)
    }

    /// Whether somebody has something to do: a contact is left or may be, a day is missing, or yesterday was not compared.
    #[must_use]
    pub fn has_something_to_do(&self, today: Date) -> bool {
        let left = self.unrecorded > 0 || self.nobodys > 0 || self.unseen > 0;
        left || !self.missing.is_empty() || self.days_behind(today) > 1
    }
}

/// What stands of a stretch of days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Within {
    /// Contacts of these days that nobody recorded.
    pub unrecorded: u64,
    /// The same of contacts that are no agency's.
    pub nobodys: u64,
    /// The most places that nobody saw in a comparison that stands on one of these days.
    pub unseen: u64,
    /// Days of the stretch on which nothing was compared.
    pub missing: Vec<Stretch>,
}

/// What the comparisons of an agency say of these days.
#[must_use]
pub fn within<'a>(agency: &AgencyId, days: Stretch, entries: impl IntoIterator<Item = &'a Entry>) -> Within {
    stands(&of_agency(agency, entries), days)
}

/// What stands on these days.
fn stands(all: &[&Comparison], days: Stretch) -> Within {
    let missing = uncovered(days, all.iter().map(|one| one.days));
    let mut within = Within { unrecorded: 0, nobodys: 0, unseen: 0, missing };
    for (number, one) in all.iter().enumerate() {
        let Some(common) = one.days.common(days) else { continue };
        let own = stand_alone(all, number, common);
        if own.is_empty() {
            continue;
        }
        within.unseen = within.unseen.max(one.unseen());
        for on in one.left.iter().filter(|on| own.iter().any(|stretch| stretch.holds(on.day))) {
            within.unrecorded = within.unrecorded.saturating_add(on.unrecorded);
            within.nobodys = within.nobodys.saturating_add(on.nobodys);
        }
    }
    within
}

/// The days of a comparison on which it alone says what is left: none that it does not replace stands there. `before` are the entries
/// before it.
#[must_use]
pub fn settles<'a>(new: &Comparison, before: impl IntoIterator<Item = &'a Entry>) -> Vec<Stretch> {
    let mut all = of_agency(&new.agency, before);
    all.push(new);
    let others = all.iter().enumerate().rev().skip(1).filter(|(_, one)| one.days.touches(new.days));
    uncovered(new.days, others.flat_map(|(number, one)| stand_alone(&all, number, one.days)))
}

/// The last comparison of an agency that has a day of this stretch. Whether a comparison says anything new is asked of it alone: one from
/// before it may no longer stand.
#[must_use]
pub fn newest_touching<'a>(
    agency: &AgencyId,
    days: Stretch,
    entries: impl IntoIterator<Item = &'a Entry>,
) -> Option<&'a Entry> {
    let touching = |entry: &&Entry| match &entry.body {
        Body::Compared(comparison) => comparison.agency == *agency && comparison.days.touches(days),
        _ => false,
    };
    entries.into_iter().filter(touching).last()
}

fn of_agency<'a>(agency: &AgencyId, entries: impl IntoIterator<Item = &'a Entry>) -> Vec<&'a Comparison> {
    let mine = |entry: &'a Entry| match &entry.body {
        Body::Compared(comparison) if comparison.agency == *agency => Some(&**comparison),
        _ => None,
    };
    entries.into_iter().filter_map(mine).collect()
}

/// The days of this stretch, all of them its own, on which one of the comparisons still says what is left.
fn stand_alone(all: &[&Comparison], number: usize, days: Stretch) -> Vec<Stretch> {
    let Some(one) = all.get(number) else { return Vec::new() };
    let later = all.iter().skip(number + 1).filter(|later| later.days.touches(days) && later.as_thorough_as(one));
    uncovered(days, later.map(|later| later.days))
}

/// The days of a stretch that none of these has.
fn uncovered(whole: Stretch, by: impl IntoIterator<Item = Stretch>) -> Vec<Stretch> {
    let mut left = vec![whole];
    for one in by {
        if left.is_empty() {
            break;
        }
        left = left.into_iter().flat_map(|rest| without(rest, one)).flatten().collect();
    }
    left
}

/// What a stretch has before and after another.
fn without(whole: Stretch, other: Stretch) -> [Option<Stretch>; 2] {
    if !whole.touches(other) {
        return [Some(whole), None];
    }
    let before = other.from.yesterday().ok().filter(|day| *day >= whole.from);
    let after = other.through.tomorrow().ok().filter(|day| *day <= whole.through);
    [
        before.map(|through| Stretch { from: whole.from, through }),
        after.map(|from| Stretch { from, through: whole.through }),
    ]
}

/// Whole days from one to another; none where it is not later.
fn days_from(from: Date, to: Date) -> u64 {
    u64::try_from(from.duration_until(to).as_hours() / 24).unwrap_or_default()
}

#[cfg(test)]
mod tests;
