//! The record under a bill: every recorded answer asked again of a pack that is not law in force, and which of them would have been others.
//!
//! The question is the recorded one, with what was known then and for the same day. No past answer is changed. The record is gone through
//! one stretch at a time; in memory stands what would be answered otherwise, and of what kind every answer was, so that an erasure takes
//! its answer out. Not here: who may see it, and how it is shown (`/bill`, `vouchsafe law bill`).

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Mutex, MutexGuard, PoisonError},
};

use jiff::civil::Date;
use law::{ActId, AgencyId, Outcome, Pack};
use record::{Body, EntryId, RequestId};

use crate::store::{Store, StoreError, Stored};

/// Entries that are read and asked again at a time.
const STRETCH: usize = 500;

/// What a pack would have answered, as far as the record was gone through.
#[derive(Default)]
pub struct Weighed {
    /// The place in the record up to which it was.
    next: u64,
    /// Answers of each agency about each act.
    kinds: BTreeMap<(AgencyId, ActId), u64>,
    /// Which kind an answer is of, so that an erasure takes it out.
    of: HashMap<EntryId, (AgencyId, ActId)>,
    changed: BTreeMap<EntryId, Changed>,
}

/// An answer that would have been another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    /// The request that it answered.
    pub request: RequestId,
    /// Who was asked.
    pub agency: AgencyId,
    /// For what.
    pub act: ActId,
    /// The day whose law was asked, then and again.
    pub on: Date,
    /// What was recorded.
    pub was: Outcome,
    /// What the pack answers.
    pub is: Outcome,
}

/// The answers of one agency about one act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kind<'a> {
    /// Who was asked.
    pub agency: &'a AgencyId,
    /// For what.
    pub act: &'a ActId,
    /// How many answers were gone through.
    pub answers: u64,
    /// How many of them would be others.
    pub changed: u64,
}

/// What a bill would have changed for some agencies.
pub struct Found<'a> {
    /// By agency and act.
    pub kinds: Vec<Kind<'a>>,
    /// From which answer to which, and how many.
    pub steps: BTreeMap<(Outcome, Outcome), u64>,
    /// Each answer that would be another, the newest law first.
    pub changed: Vec<&'a Changed>,
}

impl Found<'_> {
    /// How many answers were gone through.
    #[must_use]
    pub fn answers(&self) -> u64 {
        self.kinds.iter().map(|kind| kind.answers).sum()
    }
}

impl Weighed {
    /// How many entries were gone through.
    #[must_use]
    pub fn gone_through(&self) -> u64 {
        self.next
    }

    /// What was found for the agencies that `wanted` takes.
    #[must_use]
    pub fn found(&self, wanted: impl Fn(&AgencyId) -> bool) -> Found<'_> {
        let mut changed: Vec<&Changed> = self.changed.values().filter(|one| wanted(&one.agency)).collect();
        changed.sort_by_key(|one| (std::cmp::Reverse(one.on), one.request, &one.act));
        let mut differ: BTreeMap<(&AgencyId, &ActId), u64> = BTreeMap::new();
        let mut steps: BTreeMap<(Outcome, Outcome), u64> = BTreeMap::new();
        for one in &changed {
            *differ.entry((&one.agency, &one.act)).or_default() += 1;
            *steps.entry((one.was, one.is)).or_default() += 1;
        }
        // An erasure leaves a kind of which there is no answer any more.
        let there = self.kinds.iter().filter(|((agency, _), answers)| **answers > 0 && wanted(agency));
        let kinds = there.map(|((agency, act), answers)| {
            let changed = differ.get(&(agency, act)).copied().unwrap_or_default();
            Kind { agency, act, answers: *answers, changed }
        });
        Found { kinds: kinds.collect(), steps, changed }
    }

    /// Takes up these entries, with what was answered again.
    fn take(&mut self, stretch: &[Stored], again: &[Option<Outcome>]) {
        for (stored, again) in stretch.iter().zip(again) {
            self.next = stored.seq + 1;
            let Some(entry) = stored.entry() else { continue };
            match &entry.body {
                Body::Decided(decided) => {
                    let (question, was) = (&decided.question, &decided.decision);
                    let is = again.unwrap_or(was.outcome);
                    let (agency, act) = (question.agency.clone(), question.act.clone());
                    *self.kinds.entry((agency.clone(), act.clone())).or_default() += 1;
                    self.of.insert(entry.id, (agency.clone(), act.clone()));
                    if is != was.outcome {
                        let (request, on, was) = (decided.request, was.on, was.outcome);
                        self.changed.insert(entry.id, Changed { request, agency, act, on, was, is });
                    }
                }
                Body::Erased(erasure) => {
                    self.changed.remove(&erasure.entry);
                    if let Some(kind) = self.of.remove(&erasure.entry)
                        && let Some(count) = self.kinds.get_mut(&kind)
                    {
                        *count -= 1;
                    }
                }
                _ => {}
            }
        }
    }
}

/// What a pack answers of the answers among these entries, in their order.
fn asked_again(pack: &Pack, stretch: &[Stored]) -> Vec<Option<Outcome>> {
    let again = |stored: &Stored| match &stored.entry()?.body {
        Body::Decided(decided) => {
            Some(law::decide(pack, &decided.question, &decided.facts, decided.decision.on).outcome)
        }
        _ => None,
    };
    stretch.iter().map(again).collect()
}

/// Goes through what is new in the record. Whoever looks meanwhile waits for next to nothing: the law is asked before the lock is taken.
/// Of one pack nobody else may be at it at the same time. Blocks.
///
/// # Errors
/// When the store cannot be read; what was gone through before stays.
pub fn weigh(store: &dyn Store, pack: &Pack, weighed: &Mutex<Weighed>) -> Result<(), StoreError> {
    loop {
        let next = read(weighed).next;
        let stretch = store.entries(next, STRETCH)?;
        if stretch.is_empty() {
            return Ok(());
        }
        let again = asked_again(pack, &stretch);
        read(weighed).take(&stretch, &again);
    }
}

/// What is known, whatever became of whoever wrote it last.
pub fn read(weighed: &Mutex<Weighed>) -> MutexGuard<'_, Weighed> {
    weighed.lock().unwrap_or_else(PoisonError::into_inner)
}
