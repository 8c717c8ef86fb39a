//! What is owed and what looks as if a law was not kept, kept up with the record: only what is new is read, and only the requests that it
//! is about are looked at again.
//!
//! Of requests the duties that are still owed are kept, hand-overs, and possible violations; what was done stands in the record. Whether something is
//! overdue is asked when somebody looks, since that changes with the time alone; every page tells how much is, so when each is due
//! is kept in order. An erasure names no request, so what was read before it is read again. The navigation of other pages never
//! waits for a reading of much; the pages of duties do.

use std::{
    collections::{BTreeMap, BTreeSet},
    mem,
    sync::{Mutex, PoisonError, RwLock},
};

use jiff::{
    civil::{Date, DateTime},
    tz::TimeZone,
};
use law::AgencyId;
use record::{
    Body, Correction, DutyKind, Entry, EntryId, Fulfilled, RequestId, Source,
    comparison::Standing,
    duty::{City, Duty, HandedOver, Limits, State, duties, handed_over},
    finding::{self, Finding, findings},
};

use crate::{
    city_file,
    store::{Store, StoreError},
};

/// How many entries are read in one go: of answers with all their reasons, some 50 MB.
const STRETCH: usize = 500;

/// Whose duties: an agency's, or those of the office that the mayor designates.
pub type Whose = Option<AgencyId>;

/// Whose duties they are, and about what.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Whose.
    pub agency: Whose,
    /// Whether they are about a request; else the agency's own.
    pub of_request: bool,
    /// At which site.
    pub site: Option<String>,
}

impl Place {
    fn of(duty: &Duty) -> Self {
        Self { agency: duty.agency.clone(), of_request: duty.kind.of_request(), site: duty.site.clone() }
    }
}

/// How many are open and how many of them overdue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Still owed, overdue ones included.
    pub open: usize,
    /// Of them, those whose time has run out.
    pub overdue: usize,
}

/// The duties of one city.
pub struct Kept {
    zone: TimeZone,
    limits: Limits,
    /// Whether entries of an invented city count.
    invented: bool,
    reader: Mutex<Reader>,
    known: RwLock<Known>,
}

/// How far the record was read.
#[derive(Default)]
struct Reader {
    next: u64,
    city: City,
    /// The day on which the agencies' own duties were computed.
    computed: Option<Date>,
    /// A reading was begun and has not ended: what it took is not read a second time on top of it.
    begun: bool,
    /// What was erased: its want shows nothing.
    gone: BTreeSet<EntryId>,
    /// Deeds about no request, each with what says that it was a mistake.
    alone: BTreeMap<EntryId, Vec<Entry>>,
}

/// What is kept of one request.
#[derive(Default)]
struct About {
    owed: Vec<Duty>,
    handed: Vec<HandedOver>,
    found: Vec<Finding>,
}

impl About {
    fn is_empty(&self) -> bool {
        self.owed.is_empty() && self.handed.is_empty() && self.found.is_empty()
    }
}

/// That something of what an agency owes about no request was said to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// The entry that says so.
    pub entry: EntryId,
    /// What it says.
    pub done: Fulfilled,
    /// The correction that took it back.
    pub taken_back: Option<Correction>,
    /// The duties that it ends: none where it was taken back, or another entry came first.
    pub ends: Vec<Duty>,
}

impl Said {
    fn of(entry: &Entry, by: Option<&Entry>, ended: &[Duty]) -> Option<Self> {
        let Body::Fulfilled(done) = &entry.body else { return None };
        let taken_back = by.and_then(|by| match &by.body {
            Body::Corrected(correction) => Some(correction.clone()),
            _ => None,
        });
        let by_this = |duty: &&Duty| duty.ended.as_ref().is_some_and(|ended| ended.entry == entry.id);
        let ends = ended.iter().filter(by_this).cloned().collect();
        Some(Self { entry: entry.id, done: (**done).clone(), taken_back, ends })
    }
}

/// What is known of it.
#[derive(Default)]
struct Known {
    of_requests: BTreeMap<RequestId, About>,
    own: Vec<Duty>,
    /// What somebody said to be done of what agencies owe about no request.
    said: Vec<Said>,
    alone: Vec<HandedOver>,
    /// What deeds about no request show.
    found_alone: BTreeMap<EntryId, Vec<Finding>>,
    /// How many possible violations each agency has; of whom there was ever one, nought is told as nought.
    found: BTreeMap<AgencyId, usize>,
    /// How often they changed.
    found_changed: u64,
    /// Of what kind, and whose, there was ever a duty: a gauge that has fallen to nought is told as nought.
    counted: BTreeSet<(Whose, DutyKind)>,
    /// When the duties still owed are due, in order.
    due: BTreeMap<Place, Vec<DateTime>>,
    /// That agencies' logs were compared, in the order of the record, and what stands of it: no duty, but told with them.
    compared: Vec<Entry>,
    standing: BTreeMap<AgencyId, Standing>,
}

impl Kept {
    /// Nothing read yet.
    #[must_use]
    pub fn new(zone: TimeZone, invented: bool) -> Self {
        let (reader, known) = (Mutex::default(), RwLock::default());
        Self { zone, limits: Limits::default(), invented, reader, known }
    }

    /// The periods by which it counts.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Whether an entry's duties are this city's.
    #[must_use]
    pub fn counts(&self, entry: &Entry) -> bool {
        self.counts_source(&entry.source)
    }

    /// Whether what came this way is this city's.
    #[must_use]
    pub fn counts_source(&self, source: &Source) -> bool {
        match source {
            Source::Desk | Source::Api => true,
            Source::Demo => self.invented,
            Source::Report | Source::Import(_) => false,
        }
    }

    /// Reads what is new, unless somebody else is at it. Blocks.
    ///
    /// # Errors
    /// When the store cannot be read; then what was known stays.
    pub fn read_on(&self, store: &dyn Store, today: Date) -> Result<(), StoreError> {
        match self.reader.try_lock() {
            Ok(mut reader) => self.read(&mut reader, store, today),
            Err(std::sync::TryLockError::Poisoned(reader)) => self.read(&mut reader.into_inner(), store, today),
            Err(std::sync::TryLockError::WouldBlock) => Ok(()),
        }
    }

    /// Reads what is new, after whoever is at it: for a page that must not say that nothing is owed while a long record is still read.
    /// Blocks.
    ///
    /// # Errors
    /// As [`Kept::read_on`].
    pub fn read_to_the_end(&self, store: &dyn Store, today: Date) -> Result<(), StoreError> {
        let mut reader = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
        self.read(&mut reader, store, today)
    }

    fn read(&self, reader: &mut Reader, store: &dyn Store, today: Date) -> Result<(), StoreError> {
        if reader.begun {
            *reader = Reader::default();
        }
        reader.begun = true;
        self.read_through(reader, store, today)?;
        reader.begun = false;
        Ok(())
    }

    fn read_through(&self, reader: &mut Reader, store: &dyn Store, today: Date) -> Result<(), StoreError> {
        let anew = reader.next == 0;
        // Of what was erased before this reading began nothing is read; what is erased meanwhile may have been.
        let fresh = if reader.next == 0 { store.count()? } else { reader.next };
        let mut next = reader.next;
        let (mut touched, mut own, mut again) = (BTreeSet::new(), reader.computed != Some(today), false);
        let (mut changed, mut compared) = (Vec::new(), Vec::new());
        let mut alone: BTreeSet<EntryId> = BTreeSet::new();
        loop {
            let stretch = store.entries(next, STRETCH)?;
            let Some(last) = stretch.last() else { break };
            let after = last.seq + 1;
            // Most requests are told of within one stretch, from their first entry on.
            let mut whole: BTreeMap<RequestId, Vec<Entry>> = BTreeMap::new();
            for stored in stretch {
                let Some(held) = stored.held else { continue };
                again |= matches!(held.entry.body, Body::Erased(_)) && stored.seq >= fresh;
                if !self.counts(&held.entry) || matches!(held.entry.body, Body::Read(_) | Body::Staff(_)) {
                    continue;
                }
                if matches!(held.entry.body, Body::Compared(_)) {
                    compared.push(held.entry);
                    continue;
                }
                if let Body::City(file) = &held.entry.body {
                    reader.city.takes_file(&held.entry, city_file::named_in(file.text.reveal()), &self.zone);
                    own = true;
                    continue;
                }
                own |= reader.city.take(&held.entry, &self.zone);
                alone.extend(reader.takes_alone(&held.entry));
                let Some(request) = held.entry.body.request() else { continue };
                match whole.get_mut(&request) {
                    Some(entries) => entries.push(held.entry),
                    None if matches!(held.entry.body, Body::Requested(_)) && !touched.contains(&request) => {
                        whole.insert(request, vec![held.entry]);
                    }
                    None => {
                        touched.insert(request);
                    }
                }
            }
            for (request, entries) in whole {
                let about = self.about(&entries.iter().collect::<Vec<_>>(), &reader.gone);
                changed.push((request, reader.gone.len(), about));
            }
            next = after;
        }
        if again {
            // Until all is read what was known stays, so that no page or gauge says meanwhile that nothing is owed.
            *reader = Reader { begun: true, ..Reader::default() };
            return self.read_through(reader, store, today);
        }
        // What is found to be erased later on only takes away from what was found before.
        let before = changed.iter().filter(|(_, gone, about)| *gone < reader.gone.len() && !about.found.is_empty());
        touched.extend(before.map(|(request, ..)| *request));
        // Of a request that was told of before there is more than what is new.
        for request in touched {
            let stored = store.by_request(&request)?;
            let entries: Vec<&Entry> =
                stored.iter().filter_map(|stored| stored.entry()).filter(|entry| self.counts(entry)).collect();
            changed.push((request, reader.gone.len(), self.about(&entries, &reader.gone)));
        }
        let found_alone = alone.into_iter().filter_map(|deed| {
            let entries = reader.alone.get(&deed)?;
            Some((deed, self.found(entries, &reader.gone)))
        });
        let found_alone: Vec<_> = found_alone.collect();
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if anew {
            let before = mem::take(&mut known.of_requests);
            before.values().for_each(|about| known.forget(about));
            let before = mem::take(&mut known.found_alone);
            before.values().for_each(|found| known.forget_found(found));
        }
        known.compare(anew, compared);
        for (request, _, about) in changed {
            if let Some(before) = known.of_requests.remove(&request) {
                known.forget(&before);
            }
            known.keep(&about);
            if !about.is_empty() {
                known.of_requests.insert(request, about);
            }
        }
        for (deed, found) in found_alone {
            if let Some(before) = known.found_alone.remove(&deed) {
                known.forget_found(&before);
            }
            known.keep_found(&found);
            if !found.is_empty() {
                known.found_alone.insert(deed, found);
            }
        }
        if own {
            let all = reader.city.duties(today, &self.zone, &self.limits);
            let (owed, ended): (Vec<_>, Vec<_>) = all.into_iter().partition(|duty| duty.ended.is_none());
            let said = reader.city.said().into_iter().filter_map(|(entry, by)| Said::of(entry, by, &ended)).collect();
            let before = mem::take(&mut known.own);
            known.forget_owed(&before);
            known.keep_owed(&owed);
            (known.own, known.said, known.alone) = (owed, said, reader.city.handed_over(&self.limits));
        }
        (reader.next, reader.computed) = (next, Some(today));
        Ok(())
    }

    /// What these entries about one request leave owed, the hand-overs that they tell of, and the possible violations that they show.
    fn about(&self, entries: &[&Entry], gone: &BTreeSet<EntryId>) -> About {
        let mut owed = duties(entries.iter().copied(), &self.zone, &self.limits);
        owed.retain(|duty| duty.ended.is_none());
        let handed = handed_over(entries.iter().copied(), &self.limits);
        About { owed, handed, found: self.found(entries.iter().copied(), gone) }
    }

    fn found<'a>(&self, entries: impl IntoIterator<Item = &'a Entry>, gone: &BTreeSet<EntryId>) -> Vec<Finding> {
        findings(entries, gone.iter().copied(), &self.zone, &finding::Limits::default())
    }

    /// The duties still owed that `wanted` takes: overdue first, then by when they are due.
    #[must_use]
    pub fn owed(&self, now: DateTime, wanted: impl Fn(&Duty) -> bool) -> Vec<Duty> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let mut found: Vec<Duty> = known.all().filter(|duty| wanted(duty)).cloned().collect();
        found.sort_by_key(|duty| (duty.state(now), duty.due, duty.kind, duty.request, duty.site.clone()));
        found
    }

    /// What somebody said to be done of what an agency owes about no request, the newest first.
    #[must_use]
    pub fn said(&self, agency: &AgencyId) -> Vec<Said> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let mut found: Vec<Said> = known.said.iter().filter(|said| said.done.agency == *agency).cloned().collect();
        found.sort_by_key(|said| (std::cmp::Reverse(said.done.when.day()), said.entry));
        found
    }

    /// The hand-overs that `wanted` takes, the newest first.
    #[must_use]
    pub fn handed_over(&self, wanted: impl Fn(&HandedOver) -> bool) -> Vec<HandedOver> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let all = known.of_requests.values().flat_map(|about| &about.handed).chain(&known.alone);
        let mut found: Vec<HandedOver> = all.filter(|one| wanted(one)).cloned().collect();
        found.sort_by_key(|one| (std::cmp::Reverse(one.on.day()), one.entry));
        found
    }

    /// The possible violations, in no order; and how often they changed, by which whoever keeps them knows whether they are still these.
    #[must_use]
    pub fn possible(&self) -> (u64, Vec<Finding>) {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let of_requests = known.of_requests.values().flat_map(|about| &about.found);
        let all = of_requests.chain(known.found_alone.values().flatten()).cloned().collect();
        (known.found_changed, all)
    }

    /// How often the possible violations changed.
    #[must_use]
    pub fn possible_changed(&self) -> u64 {
        self.known.read().unwrap_or_else(PoisonError::into_inner).found_changed
    }

    /// How many possible violations each agency has; where there was one and is none any more, none.
    #[must_use]
    pub fn possible_by_agency(&self) -> BTreeMap<AgencyId, usize> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).found.clone()
    }

    /// How many possible violations the agencies that `wanted` takes have.
    #[must_use]
    pub fn count_possible(&self, wanted: impl Fn(&AgencyId) -> bool) -> usize {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.found.iter().filter(|(agency, _)| wanted(agency)).map(|(_, count)| count).sum()
    }

    /// How many are overdue at the places that `wanted` takes.
    #[must_use]
    pub fn overdue(&self, now: DateTime, wanted: impl Fn(&Place) -> bool) -> usize {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let at = known.due.iter().filter(|(place, _)| wanted(place));
        // As `Duty::state` says it of what is owed.
        at.map(|(_, due)| due.partition_point(|due| *due < now)).sum()
    }

    /// How many are owed, by whose they are and of what kind; where there was one and is none any more, none.
    #[must_use]
    pub fn count(&self, now: DateTime) -> BTreeMap<(Whose, DutyKind), Count> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let mut counts: BTreeMap<_, Count> = known.counted.iter().map(|one| (one.clone(), Count::default())).collect();
        for duty in known.all() {
            let count = counts.entry((duty.agency.clone(), duty.kind)).or_default();
            count.open += 1;
            count.overdue += usize::from(duty.state(now) == State::Overdue);
        }
        counts
    }

    /// How it stands with the comparisons of an agency's logs; none: they were never compared.
    #[must_use]
    pub fn standing(&self, agency: &AgencyId) -> Option<Standing> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).standing.get(agency).cloned()
    }

    /// What is asked of all comparisons, in the order of the record.
    pub fn compared<T>(&self, ask: impl FnOnce(&[Entry]) -> T) -> T {
        ask(&self.known.read().unwrap_or_else(PoisonError::into_inner).compared)
    }

    /// Sets the gauges of operators: by kind and agency, no case.
    pub fn gauges(&self, now: DateTime) {
        for ((whose, kind), count) in self.count(now) {
            let agency = whose.map_or_else(|| "city".to_owned(), |agency| agency.to_string());
            let labels = [("agency", agency), ("kind", kind.word().to_owned())];
            metrics::gauge!("vouchsafe_duties_open", &labels).set(count.open as f64);
            metrics::gauge!("vouchsafe_duties_overdue", &labels).set(count.overdue as f64);
        }
        for (agency, count) in self.possible_by_agency() {
            metrics::gauge!("vouchsafe_findings", "agency" => agency.to_string()).set(count as f64);
        }
    }
}

impl Reader {
    /// Takes what an entry says of deeds about no request, or that one is no more; the deed that it is about.
    fn takes_alone(&mut self, entry: &Entry) -> Option<EntryId> {
        match &entry.body {
            Body::Erased(erasure) => {
                self.gone.insert(erasure.entry);
                None
            }
            Body::Done(done) if done.request.is_none() => {
                self.alone.insert(entry.id, vec![entry.clone()]);
                Some(entry.id)
            }
            Body::Corrected(correction) => {
                self.alone.get_mut(&correction.entry)?.push(entry.clone());
                Some(correction.entry)
            }
            _ => None,
        }
    }
}

impl Known {
    /// Takes in comparisons that are new, or all of them anew.
    fn compare(&mut self, anew: bool, new: Vec<Entry>) {
        if !anew && new.is_empty() {
            return;
        }
        if anew {
            self.compared.clear();
        }
        self.compared.extend(new);
        let agency = |entry: &Entry| match &entry.body {
            Body::Compared(comparison) => Some(comparison.agency.clone()),
            _ => None,
        };
        let agencies: BTreeSet<AgencyId> = self.compared.iter().filter_map(agency).collect();
        let standing = agencies.into_iter().filter_map(|agency| {
            let standing = Standing::of(&agency, &self.compared)?;
            Some((agency, standing))
        });
        self.standing = standing.collect();
    }

    fn keep(&mut self, about: &About) {
        self.keep_owed(&about.owed);
        self.keep_found(&about.found);
    }

    fn forget(&mut self, about: &About) {
        self.forget_owed(&about.owed);
        self.forget_found(&about.found);
    }

    fn keep_found(&mut self, found: &[Finding]) {
        for finding in found {
            *self.found.entry(finding.agency.clone()).or_default() += 1;
        }
        self.found_changed += u64::from(!found.is_empty());
    }

    fn forget_found(&mut self, found: &[Finding]) {
        for finding in found {
            if let Some(count) = self.found.get_mut(&finding.agency) {
                *count = count.saturating_sub(1);
            }
        }
        self.found_changed += u64::from(!found.is_empty());
    }

    /// Counts these in.
    fn keep_owed(&mut self, owed: &[Duty]) {
        for duty in owed {
            self.counted.insert((duty.agency.clone(), duty.kind));
            let due = self.due.entry(Place::of(duty)).or_default();
            due.insert(due.partition_point(|before| *before <= duty.due), duty.due);
        }
    }

    /// No longer counts these, which were.
    fn forget_owed(&mut self, owed: &[Duty]) {
        for duty in owed {
            if let Some(due) = self.due.get_mut(&Place::of(duty))
                && let Ok(at) = due.binary_search(&duty.due)
            {
                due.remove(at);
            }
        }
    }

    fn all(&self) -> impl Iterator<Item = &Duty> {
        self.of_requests.values().flat_map(|about| &about.owed).chain(&self.own)
    }
}
