//! That the logs were compared, kept in the record: one entry for each agency that the mapping names, so that "nothing found" is said too.
//!
//! The same comparison kept again adds nothing, unless the record has another of the agency's with a day of these in between: then it says
//! something new (`record::comparison`). All entries of one run are one act. ADR 37.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use contacts::{Counts, Found, Known, Left, Mapping};
use jiff::{Timestamp, civil::Date};
use law::AgencyId;
use record::{
    Actor, Body, Comparison, ContactId, Entry, EntryId, Private, Source,
    comparison::{LeftOn, LogFiles, Stretch, newest_touching, settles},
};

use super::{ReadFile, each_entry};
use crate::store::{
    Draft, Store, StoreError,
    unrecorded::{Replaced, Unrecorded, UnrecordedContacts},
};

/// How often somebody else may keep another comparison of the same days meanwhile.
const ATTEMPTS: usize = 16;

/// The most contacts of an agency that a comparison puts into its list.
const LISTED: usize = 5_000;

/// What a comparison is made of beside what was found.
#[derive(Clone, Copy, Debug)]
pub struct Stated<'a> {
    /// Which days the files covered.
    pub days: Stretch,
    /// How many days before or after a contact its request may be recorded for.
    pub window_days: u16,
    /// Who says so.
    pub by: &'a str,
}

/// What was read, and what of it could not be.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    /// The files.
    pub files: &'a [ReadFile],
    /// Places that could not be read.
    pub unread: u64,
    /// Deliveries without a sender.
    pub headless: u64,
}

/// Why comparisons are not kept.
#[derive(Debug, thiserror::Error)]
pub enum KeepError {
    /// The record cannot be read or written.
    #[error("nothing was recorded")]
    Store(#[source] StoreError),
    /// No id can be drawn.
    #[error("nothing was recorded: no random bytes for the id of an entry: {0}")]
    Random(getrandom::Error),
    /// The desk was asked to keep them and did not answer.
    #[error("it is not known whether this was recorded: run the same again, which adds nothing twice")]
    Unknown(#[source] StoreError),
    /// Others keep comparisons of the same days all the while.
    #[error(
        "nothing was recorded: other comparisons of these days are recorded at the same time; try again when they are through"
    )]
    Busy,
}

impl From<StoreError> for KeepError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unanswered { .. } => Self::Unknown(error),
            error => Self::Store(error),
        }
    }
}

/// One comparison, kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Whose.
    pub agency: AgencyId,
    /// The entry that says it.
    pub entry: EntryId,
    /// It was said before.
    pub already: bool,
}

/// What a run says of each agency that the mapping names; what it carries on from earlier ones is left, too.
#[must_use]
pub fn comparisons(
    mapping: &Mapping,
    seen: Seen<'_>,
    found: &Found,
    carried: &[Unrecorded],
    stated: Stated<'_>,
) -> Vec<Comparison> {
    let of = |agency: Option<&AgencyId>| -> Vec<(Date, Counts)> {
        let ours = found.by_day.iter().filter(|((whose, day), _)| whose.as_ref() == agency && stated.days.holds(*day));
        ours.map(|((_, day), counts)| (*day, *counts)).collect()
    };
    let counts = |agency: Option<&AgencyId>| {
        let mut all = Counts::default();
        of(agency).into_iter().for_each(|(_, counts)| all += counts);
        all
    };
    let left_of = |agency: Option<&AgencyId>| {
        let left = of(agency).into_iter().map(|(day, counts)| (day, counts.unrecorded));
        left.filter(|(_, count)| *count > 0)
    };
    let nobodys = counts(None).unrecorded;
    let one = |agency: &AgencyId| {
        let Counts { recorded, rostered, dismissed, unrecorded } = counts(Some(agency));
        let carried = || carried.iter().filter(|one| one.agency == *agency);
        let unrecorded = unrecorded + carried().count() as u64;
        let mut left: BTreeMap<Date, (u64, u64)> = BTreeMap::new();
        left_of(Some(agency)).for_each(|(day, count)| left.entry(day).or_default().0 += count);
        carried().for_each(|one| left.entry(one.day).or_default().0 += 1);
        left_of(None).for_each(|(day, count)| left.entry(day).or_default().1 += count);
        let on = |(day, (unrecorded, nobodys))| LeftOn { day, unrecorded, nobodys };
        Comparison {
            agency: agency.clone(),
            days: stated.days,
            files: kinds(seen.files),
            recorded,
            rostered,
            dismissed,
            unrecorded,
            nobodys,
            unread: seen.unread,
            headless: seen.headless,
            window_days: stated.window_days,
            left: left.into_iter().map(on).collect(),
            said_by: Private::from(stated.by),
        }
    };
    agencies(mapping).into_iter().map(one).collect()
}

/// The contacts that these comparisons leave, in the list of the agency that has to account for them: the oldest, where they are more than
/// anybody works through. `requests` is how many there are that could account for them. Those that are no agency's are in no list: whoever
/// keeps the mapping has to complete it.
#[must_use]
pub fn left(
    known: &Known,
    found: &Found,
    comparisons: &[Comparison],
    requests: u64,
    id: impl Fn(&contacts::ContactKey) -> ContactId,
    place: impl Fn(contacts::Place) -> String,
) -> Vec<Unrecorded> {
    let listed = |comparison: &Comparison, left: &Left| {
        let it = &left.contact;
        let theirs = it.agency.as_ref() == Some(&comparison.agency);
        let partners = || it.partners.iter().filter_map(|partner| known.partners.get(*partner));
        (theirs && comparison.days.holds(it.day)).then(|| Unrecorded {
            id: id(&it.key),
            agency: comparison.agency.clone(),
            day: it.day,
            way: it.way,
            staff: it.staff.clone(),
            authorities: partners().map(|partner| partner.title.clone()).collect(),
            requesters: partners().flat_map(|partner| partner.requesters.clone()).collect(),
            addresses: it.theirs.clone(),
            more: it.more,
            near: left.near,
            window_days: comparison.window_days,
            requests,
            place: place(it.place),
        })
    };
    let of = |one| found.unrecorded.iter().filter_map(move |left| listed(one, left)).take(LISTED);
    comparisons.iter().flat_map(of).collect()
}

/// What stands in these agencies' lists on these days and in none of the files: it stays left, since nobody said anything of it. Either the
/// files do not reach its day, or they are others, or the mapping is.
///
/// # Errors
/// The lists cannot be read.
pub fn carried(
    lists: &dyn UnrecordedContacts,
    mapping: &Mapping,
    days: Stretch,
    seen: &HashSet<ContactId>,
) -> Result<Vec<Unrecorded>, StoreError> {
    let mut carried = Vec::new();
    for agency in agencies(mapping) {
        let listed = lists.unrecorded(agency, usize::MAX)?;
        carried.extend(listed.into_iter().filter(|one| days.holds(one.day) && !seen.contains(&one.id)));
    }
    Ok(carried)
}

fn agencies(mapping: &Mapping) -> BTreeSet<&AgencyId> {
    let named = mapping.staff().iter().map(|staff| &staff.agency);
    named.chain(mapping.systems.iter().filter_map(|system| system.agency.as_ref())).collect()
}

/// How many contacts are of other days than the files are said to cover: they stand in no comparison.
#[must_use]
pub fn outside(found: &Found, days: Stretch) -> Counts {
    let mut all = Counts::default();
    found.by_day.iter().filter(|((_, day), _)| !days.holds(*day)).for_each(|(_, counts)| all += *counts);
    all
}

fn kinds(files: &[ReadFile]) -> LogFiles {
    let mut all = LogFiles::default();
    for file in files {
        let count = match file.kind {
            "mbox" => &mut all.mbox,
            "trace" => &mut all.trace,
            "postfix" => &mut all.postfix,
            _ => &mut all.system,
        };
        *count += 1;
    }
    all
}

/// Keeps them all, or none, with the lists of what they leave, which take the place of earlier ones on the days that they settle.
///
/// # Errors
/// The record cannot be read or written, or others are at it: then nothing was recorded.
pub fn keep(
    store: &dyn Store,
    lists: &dyn UnrecordedContacts,
    comparisons: &[Comparison],
    left: &[Unrecorded],
) -> Result<Vec<Kept>, KeepError> {
    for _ in 0..ATTEMPTS {
        if let Some(kept) = try_to_keep(store, lists, comparisons, left)? {
            return Ok(kept);
        }
    }
    Err(KeepError::Busy)
}

/// None where somebody else was faster.
fn try_to_keep(
    store: &dyn Store,
    lists: &dyn UnrecordedContacts,
    comparisons: &[Comparison],
    left: &[Unrecorded],
) -> Result<Option<Vec<Kept>>, KeepError> {
    let mut before = Vec::new();
    each_entry(store, |entry| {
        if matches!(entry.body, Body::Compared(_)) {
            before.push(entry.clone());
        }
    })?;
    let (mut kept, mut drafts, mut replaced) = (Vec::new(), Vec::new(), Vec::new());
    for comparison in comparisons {
        replaced.push(Replaced { agency: comparison.agency.clone(), days: settles(comparison, &before) });
        let newest = newest_touching(&comparison.agency, comparison.days, &before);
        let agency = comparison.agency.clone();
        if let Some(newest) = newest.filter(|newest| says_the_same(newest, comparison)) {
            kept.push(Kept { agency, entry: newest.id, already: true });
            continue;
        }
        let Some(key) = key(store, comparison, newest.map(|entry| entry.id))? else { return Ok(None) };
        let mut id = [0; 16];
        getrandom::fill(&mut id).map_err(KeepError::Random)?;
        let entry = Entry {
            id: EntryId::from_bytes(id),
            at: Timestamp::now(),
            by: Actor::Program { name: "reconcile".to_owned() },
            source: Source::Desk,
            body: Body::Compared(Box::new(comparison.clone())),
        };
        kept.push(Kept { agency, entry: entry.id, already: false });
        drafts.push(Draft { key: Some(key), entry });
    }
    match lists.keep_lists("compare an agency's logs with the record", drafts, &replaced, left) {
        Ok(_) => Ok(Some(kept)),
        Err(StoreError::KeyReused { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Whoever says it.
fn says_the_same(entry: &Entry, comparison: &Comparison) -> bool {
    match &entry.body {
        Body::Compared(said) => Comparison { said_by: comparison.said_by.clone(), ..(**said).clone() } == *comparison,
        _ => false,
    }
}

/// The key under which a comparison follows the newest one before it, so that of two who keep it at once one adds nothing; none where
/// another has followed that one already. Of what was erased the key stays.
fn key(store: &dyn Store, comparison: &Comparison, newest: Option<EntryId>) -> Result<Option<String>, StoreError> {
    let Comparison { agency, days, .. } = comparison;
    let mut after = newest.map_or_else(|| "first".to_owned(), |id| id.to_string());
    loop {
        let key = format!("comparison:{agency}:{days}:{after}");
        match store.keyed(&key)? {
            None => return Ok(Some(key)),
            Some(stored) if stored.entry().is_none() => after = stored.id.to_string(),
            Some(_) => return Ok(None),
        }
    }
}
