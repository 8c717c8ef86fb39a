//! What the record holds about each request, once later entries have corrected earlier ones.
//!
//! A request may be taken down again: its last entry stands. Of the deeds about one request and person, the last about
//! each act stands: a refusal to hold recorded after a hold takes its place, and the other way round. Disclosures are
//! told apart by when they happened, so that a second one never hides a first; recorded again for the same time, the last
//! stands, and with no information named it says that nothing was given.
//! "Last" is by the time of the entry, then by its id, so that the order in which entries are handed over changes nothing.
//! What a later entry says was a mistake ([`crate::corrected`]) is left aside, and counted as such.
//! Not here: what is counted ([`super::detainers`], [`super::resources`]).

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, LazyLock},
};

use jiff::civil::Date;
use law::{
    ActId, Known, PackRef,
    decision::{ProvisionResult, WhyKind, WhyNode},
};

use super::table::{Tick, Who};
use super::{Options, Period};
use crate::{
    Body, Deed, Detainer, Done, Entry, EntryId, Funding, Omission, OutsideRequest, PersonKey, RequestId, Source, When,
};

/// The names that packs give to the acts which are deeds of their own kind. `packs/nyc/vocabulary/acts.toml` must agree.
pub(super) const HOLD: &str = "hold";
pub(super) const NOTIFY: &str = "notify_release";
pub(super) const TRANSFER: &str = "transfer_person";
/// Acts that are answered by giving information about a person, which § 9-131(f)(9) and its like count.
pub(super) const DISCLOSURES: [&str; 3] =
    ["disclose_custody_information", "disclose_identifying_information", "disclose_status_only"];

/// One request with all that stands about it.
#[derive(Debug)]
pub(super) struct Matter<'a> {
    pub request: &'a OutsideRequest,
    pub entry: EntryId,
    pub deeds: Vec<Standing<'a>>,
    pub class: Class,
    pub omission: Option<(EntryId, &'a Omission)>,
    /// What the last decision that could tell says of the requester and its purpose; a doubt is counted, never dropped.
    pub found: Found,
    pub packs: BTreeSet<PackOrder>,
    /// Every entry about it that was read.
    pub read: BTreeSet<EntryId>,
}

/// What the gate derived about a request, in the pack's names for these facts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found {
    /// `federal_immigration_authority`
    pub federal_authority: Known,
    /// `non_local_law_enforcement`
    pub non_local: Known,
    /// `immigration_enforcement`
    pub immigration_enforcement: Known,
}

/// A deed that no later entry has corrected.
#[derive(Clone, Debug)]
pub(super) struct Standing<'a> {
    pub entry: EntryId,
    pub done: &'a Done,
    pub class: Class,
}

/// By what 9-131(f)(4), (5) and (9) split their counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Class {
    /// The record does not establish it.
    Unknown,
    /// No violent or serious conviction, and no possible match.
    None,
    /// No violent or serious conviction, and a possible match in the terrorist screening database.
    Match,
    /// At least one violent or serious conviction.
    Convicted,
}

impl Class {
    pub const ALL: [Class; 4] = [Class::None, Class::Convicted, Class::Match, Class::Unknown];

    fn of(convicted: Known, matched: Known) -> Class {
        match (convicted, matched) {
            (Known::Yes, _) => Class::Convicted,
            (Known::No, Known::Yes) => Class::Match,
            (Known::No, Known::No) => Class::None,
            // Unknown is never a no: a conviction or a match may still be found.
            (Known::No, Known::Unknown) | (Known::Unknown, _) => Class::Unknown,
        }
    }
}

/// How it stands with a detainer (decisions 11: each is open, honored or not honored).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Open,
    Honored,
    NotHonored { entry: EntryId, when: When },
    Withdrawn,
}

/// All of it.
#[derive(Debug, Default)]
pub(super) struct Matters<'a> {
    pub by_request: BTreeMap<RequestId, Matter<'a>>,
    /// Deeds about no request, or about one whose body was erased.
    pub alone: Vec<Standing<'a>>,
    /// Deeds about a request that is not in the record though nothing was erased.
    pub dangling: Vec<Standing<'a>>,
    pub funding: Vec<(EntryId, &'a Funding)>,
    pub erased: BTreeSet<EntryId>,
    /// Deeds and statements that a later entry says were a mistake: by which agency, on which days.
    pub corrected: Vec<(&'a str, Vec<Date>)>,
}

/// A pack reference that can be ordered, for a list without repetitions.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct PackOrder(pub String, pub String, pub String);

impl PackOrder {
    fn of(pack: &PackRef) -> PackOrder {
        PackOrder(pack.id.to_string(), pack.version.to_string(), pack.sha256.to_string())
    }
}

/// Puts entries together by request. Entries of a source that is not counted are left aside.
pub(super) fn gather<'a>(entries: &'a [Entry], options: &Options) -> Matters<'a> {
    let counted = |source: &Source| matches!(source, Source::Desk | Source::Api) || options.include.contains(source);
    let wrong = crate::corrected(entries);
    let mut matters = Matters::default();
    let mut seen = BTreeSet::new();
    let mut known = BTreeSet::new();
    let mut ordered: Vec<&Entry> = Vec::with_capacity(entries.len());
    for entry in entries {
        if let Body::Requested(request) = &entry.body {
            known.insert(request.id);
        }
        if counted(&entry.source) && seen.insert(entry.id) {
            if wrong.contains_key(&entry.id) {
                matters.corrected.extend(spoken_of(entry));
            } else {
                ordered.push(entry);
            }
        }
    }
    ordered.sort_by_key(|entry| (entry.at, entry.id));

    let mut deeds: BTreeMap<RequestId, Vec<(EntryId, &Done)>> = BTreeMap::new();
    let mut decisions: BTreeMap<RequestId, Vec<(EntryId, &crate::Decided)>> = BTreeMap::new();
    let mut omissions: BTreeMap<RequestId, (EntryId, &Omission)> = BTreeMap::new();
    for entry in ordered {
        match &entry.body {
            Body::Requested(request) => {
                let matter = matters.by_request.entry(request.id).or_insert_with(|| Matter::new(entry.id, request));
                (matter.request, matter.entry) = (request, entry.id);
                matter.read.insert(entry.id);
            }
            Body::Decided(decided) => decisions.entry(decided.request).or_default().push((entry.id, decided)),
            Body::Done(done) => match done.request {
                Some(request) => deeds.entry(request).or_default().push((entry.id, done)),
                None => matters.alone.push(Standing {
                    entry: entry.id,
                    done,
                    class: searched([&**done]).unwrap_or(Class::Unknown),
                }),
            },
            Body::Omitted(omission) => {
                omissions.insert(omission.request, (entry.id, omission));
            }
            Body::Funding(funding) => matters.funding.push((entry.id, funding)),
            Body::Erased(erasure) => {
                matters.erased.insert(erasure.entry);
            }
            Body::Proposed(_)
            | Body::Agreed(_)
            | Body::Ruled(_)
            | Body::Stopped(_)
            | Body::Tracked(_)
            | Body::Filed(_)
            | Body::Signed(_)
            | Body::Guided(_)
            | Body::Photographed(_)
            | Body::Corrected(_)
            | Body::Received(_)
            | Body::Handled(_)
            | Body::Keys(_)
            | Body::Pages(_)
            | Body::Dismissed(_)
            | Body::Compared(_)
            | Body::Read(_)
            | Body::Taken(_)
            | Body::Staff(_)
            | Body::System(_)
            | Body::HookKeys(_)
            | Body::City(_)
            | Body::Fulfilled(_)
            | Body::Fault(_) => {}
        }
    }
    for (request, decided) in decisions {
        if let Some(matter) = matters.by_request.get_mut(&request) {
            matter.decided(&decided);
        }
    }
    for (request, done) in deeds {
        let standing = stand(&done);
        if let Some(matter) = matters.by_request.get_mut(&request) {
            matter.read.extend(done.iter().map(|(entry, _)| *entry));
            matter.class = searched(done.iter().map(|(_, done)| *done)).unwrap_or(matter.class);
            let class = matter.class;
            matter.deeds = standing
                .into_iter()
                .map(|(entry, done)| Standing { entry, done, class: searched([done]).unwrap_or(class) })
                .collect();
        } else if known.contains(&request) {
            // The request is of a source that is not counted; nor are its deeds.
        } else {
            let alone = standing.into_iter().map(|(entry, done)| Standing {
                entry,
                done,
                class: searched([done]).unwrap_or(Class::Unknown),
            });
            // With anything erased, the request may be what was: then the deed stands by itself.
            if matters.erased.is_empty() { matters.dangling.extend(alone) } else { matters.alone.extend(alone) }
        }
    }
    for (request, omission) in omissions {
        if let Some(matter) = matters.by_request.get_mut(&request) {
            matter.read.insert(omission.0);
            matter.omission = Some(omission);
        }
    }
    matters
}

/// Whose filing a mistaken entry would have counted in, and on which days.
fn spoken_of(entry: &Entry) -> Option<(&str, Vec<Date>)> {
    match &entry.body {
        Body::Done(done) => {
            let mut days = vec![done.when.day()];
            if let Deed::Held { from, until, .. } = &done.deed {
                days.push(from.day());
                days.extend(until.map(When::day));
            }
            Some((done.agency.as_str(), days))
        }
        Body::Funding(funding) => Some((funding.agency.as_str(), vec![funding.on])),
        _ => None,
    }
}

impl Matters<'_> {
    /// How many entries of this agency (of every agency, if none is named) and these days were a mistake.
    pub fn corrected(&self, agency: Option<&str>, period: &Period) -> usize {
        let ours = |one: &&(&str, Vec<Date>)| {
            agency.is_none_or(|agency| agency == one.0) && one.1.iter().any(|day| period.holds(*day))
        };
        self.corrected.iter().filter(ours).count()
    }
}

/// What the last search among these deeds shows.
fn searched<'a>(deeds: impl IntoIterator<Item = &'a Done>) -> Option<Class> {
    deeds
        .into_iter()
        .filter_map(|done| done.search.as_ref())
        .last()
        .map(|search| Class::of(search.vs_conviction, search.tsdb_possible_match))
}

/// What tells deeds about one request apart; the last of each stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Slot {
    Act(ActId),
    Disclosed(String),
    Released,
    Resolved,
    FollowedUp(EntryId),
    Notice,
}

fn stand<'a>(deeds: &[(EntryId, &'a Done)]) -> Vec<(EntryId, &'a Done)> {
    let mut slots: BTreeMap<(Option<PersonKey>, Slot), (EntryId, &Done)> = BTreeMap::new();
    for (entry, done) in deeds {
        let slots_of = match &done.deed {
            Deed::Held { .. } => vec![Slot::Act(ActId::new(HOLD))],
            Deed::Notified { .. } => vec![Slot::Act(ActId::new(NOTIFY))],
            Deed::Transferred { .. } => vec![Slot::Act(ActId::new(TRANSFER))],
            Deed::Disclosed { .. } => vec![Slot::Disclosed(done.when.to_string())],
            Deed::Assisted { act, .. } => vec![Slot::Act(act.clone())],
            Deed::Refused { acts } => acts.iter().cloned().map(Slot::Act).collect(),
            Deed::Released { .. } => vec![Slot::Released],
            Deed::Resolved { .. } => vec![Slot::Resolved],
            Deed::FollowedUp { transfer, .. } => vec![Slot::FollowedUp(*transfer)],
            Deed::NoticeGiven { .. } | Deed::NoticeBarred { .. } => vec![Slot::Notice],
        };
        for slot in slots_of {
            slots.insert((done.person, slot), (*entry, done));
        }
    }
    // A refusal of several acts stands in several slots and is one deed.
    let mut listed = BTreeSet::new();
    slots.into_values().filter(|(entry, _)| listed.insert(*entry)).collect()
}

impl<'a> Matter<'a> {
    fn new(entry: EntryId, request: &'a OutsideRequest) -> Matter<'a> {
        Matter {
            request,
            entry,
            deeds: Vec::new(),
            class: Class::Unknown,
            omission: None,
            found: Found {
                federal_authority: Known::Unknown,
                non_local: Known::Unknown,
                immigration_enforcement: Known::Unknown,
            },
            packs: BTreeSet::new(),
            read: BTreeSet::new(),
        }
    }

    fn decided(&mut self, decisions: &[(EntryId, &crate::Decided)]) {
        for (entry, decided) in decisions {
            self.read.insert(*entry);
            self.packs.insert(PackOrder::of(&decided.decision.pack));
            let fact = |name: &str| known(decided, name);
            let class = Class::of(fact("vs_conviction_in_window"), fact("tsdb_possible_match"));
            if class != Class::Unknown {
                self.class = class;
            }
            let learn = |so_far: &mut Known, name: &str| match fact(name) {
                Known::Unknown => {}
                told => *so_far = told,
            };
            learn(&mut self.found.federal_authority, "federal_immigration_authority");
            learn(&mut self.found.non_local, "non_local_law_enforcement");
            learn(&mut self.found.immigration_enforcement, "immigration_enforcement");
        }
    }

    /// The detainer, with the day on which filings count it.
    pub fn detainer(&self) -> Option<&'a Detainer> {
        self.request.detainer.as_ref()
    }

    /// Whether this request lodged its detainer, rather than coming after one that was lodged before.
    pub fn lodges(&self) -> bool {
        self.detainer().is_some_and(|detainer| detainer.lodged >= self.request.received.day())
    }

    /// The person, or the request itself where no key is on record.
    pub fn person(&self) -> Who {
        self.request.person.map_or(Who::Request(self.request.id), Who::Key)
    }

    /// The request's own entry, to be counted.
    pub fn tick(&self) -> Tick {
        Tick { person: self.person(), entry: self.entry }
    }

    /// A deed about this request, to be counted.
    pub fn tick_of(&self, deed: &Standing<'_>) -> Tick {
        Tick { person: deed.done.person.map_or(self.person(), Who::Key), entry: deed.entry }
    }

    /// How it stands with the detainer: as the record says in so many words, else as its deeds show.
    pub fn fate(&self) -> Fate {
        use crate::Resolution;
        let mut shown = Fate::Open;
        for deed in &self.deeds {
            let not = Fate::NotHonored { entry: deed.entry, when: deed.done.when };
            match &deed.done.deed {
                Deed::Resolved { how } => {
                    return match how {
                        Resolution::Honored => Fate::Honored,
                        Resolution::NotHonored => not,
                        Resolution::Withdrawn => Fate::Withdrawn,
                    };
                }
                Deed::Held { .. } | Deed::Notified { .. } | Deed::Transferred { on_detainer: true, .. } => {
                    shown = Fate::Honored;
                }
                Deed::Refused { acts } if acts.iter().any(|act| act.as_str() == HOLD) && shown != Fate::Honored => {
                    shown = not;
                }
                Deed::Released { .. } if shown == Fate::Open => shown = not,
                _ => {}
            }
        }
        shown
    }
}

/// The facts of a decision that filings, findings and lists read ([`Matter::decided`]).
const READ: [&str; 8] = [
    "vs_conviction_in_window",
    "tsdb_possible_match",
    "federal_immigration_authority",
    "non_local_law_enforcement",
    "immigration_enforcement",
    crate::disclosure::SEALED_FACT,
    "concerns_a_student",
    "student_or_record_asked_for",
];

/// Where the reason of an answer was.
static NO_REASON: LazyLock<Arc<WhyNode>> = LazyLock::new(|| {
    let text = "".into();
    Arc::new(WhyNode { kind: WhyKind::Provision, holds: Known::Unknown, text, name: None, parts: Vec::new() })
});

/// Takes out of an entry what no filing reads: most of an answer is why it was given. For whoever keeps many entries in
/// memory to file from; such an entry is the record's no more.
pub fn lean(entry: &mut Entry) {
    let Body::Decided(decided) = &mut entry.body else { return };
    let read = |name: &str| READ.contains(&name);
    decided.facts = decided
        .facts
        .iter()
        .filter(|(name, _)| read(name.as_str()))
        .map(|(name, fact)| (name.clone(), law::Fact { value: fact.value.clone(), source: String::new() }))
        .collect();
    let decision = &mut decided.decision;
    decision.derived.retain(|derived| read(derived.name.as_str()));
    for derived in &mut decision.derived {
        derived.because = Vec::new();
    }
    decision.derived.shrink_to_fit();
    decision.layers.clear();
    // A possible violation is one here as on the page of its request: of the one provision that asks for an approval, its answer stays.
    decision.provisions = (decision.provisions.iter())
        .filter(|provision| provision.id.as_str() == crate::disclosure::APPROVAL_PROVISION)
        .map(|provision| ProvisionResult {
            rules_that_hold: Vec::new(),
            why: Arc::clone(&NO_REASON),
            ..provision.clone()
        })
        .collect();
    decision.unmet = Arc::default();
    decision.next_questions = Arc::default();
    decision.ways_to_yes = Arc::default();
    // A duty whose time ran out is open in a statement: which it is and whether it is certain, not in what words.
    decision.duties = (decision.duties.iter())
        .filter(|duty| crate::duty::is_counted(&duty.id))
        .map(|duty| law::decision::Duty {
            id: duty.id.clone(),
            certain: duty.certain,
            citation: "".into(),
            due: None,
            hangs_on: Vec::new(),
            what: "".into(),
        })
        .collect();
    decision.filing_lines = Arc::default();
    decision.not_yet_read = Arc::default();
}

/// A yes-or-no fact of a decision: as the gate derived it, else as it was told.
fn known(decided: &crate::Decided, name: &str) -> Known {
    let derived = decided.decision.derived.iter().find(|derived| derived.name.as_str() == name);
    match derived.and_then(|derived| derived.value.as_ref()) {
        Some(law::Value::Bool(value)) => Known::from(*value),
        _ => decided.facts.known(name),
    }
}

impl Standing<'_> {
    /// A deed about no request on record: without a key it counts as a person of its own.
    pub fn tick(&self) -> Tick {
        let person = self.done.person.map_or(Who::Entry(self.entry), Who::Key);
        Tick { person, entry: self.entry }
    }
}
