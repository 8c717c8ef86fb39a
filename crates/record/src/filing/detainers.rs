//! The three filings by an agency about detainers and about information on persons: §§ 9-131(f), 14-154(f), 9-205(f).
//!
//! | 9-131(f) | 14-154(f) | 9-205(f) | counts | by the day of |
//! |---|---|---|---|---|
//! | (1) | (1) | first | detainers lodged or received; 9-131 by the reason given | lodging |
//! | (2) | (2) | second | persons held past release; 9-131 by the reason given | the hold's beginning |
//! | (3), (4), (5) | (3) | third | persons transferred on detainers; 9-131 also by conviction | the transfer |
//! | (6) | | | federal money asked for and received | asking, receiving |
//! | (7) | (4) | fourth | persons whose detainers were not honored | the refusal or release |
//! | (8) | | | persons held and not transferred | the hold's end |
//! | (9) | (5) | fifth | requests about a person and responses honoring them, split three ways | asking, answering |
//!
//! So a detainer of June and its transfer of July stand in two filings, each where it happened.
//! How we read it: the three classes of (9) are taken to exclude one another; a fourth row, which the statute does not
//! name, holds what the record does not establish, so that nothing is counted under a class that nobody has shown.
//! Not here: § 10-178(d) ([`super::resources`]), and whether an act was lawful (filings count deeds, not answers).

use std::collections::{BTreeMap, BTreeSet};

use law::Known;

use super::matter::{Class, DISCLOSURES, Fate, Matter, Matters, Standing};
use super::table::{Cell, Label, Note, Origin, Row, Table, Tick, Unit, Who, Word};
use super::{Filing, FilingError, KNOWN, Options, Period, Read, Section, by_key, check, frame, is_nil};
use crate::{Deed, DetainerReason, FundingStep, HoldEnd, Information, PersonKey, RequesterKind};

pub(super) fn file(
    section: Section,
    matters: &Matters<'_>,
    period: &Period,
    options: &Options,
) -> Result<Filing, FilingError> {
    let agency = section.agency().unwrap_or_default();
    check::detainers(agency, matters, period)?;
    let count = Count::of(agency, matters, period);

    let mut tables = Vec::new();
    if section == Section::Correction {
        tables.push(count.by_reason());
        tables.push(count.persons(&[
            (Word::RowTransferred, &count.transferred),
            (Word::RowTransferredConvicted, &count.transferred_as(Class::Convicted)),
            (Word::RowTransferredMatch, &count.transferred_as(Class::Match)),
            (Word::RowNotHonored, &count.not_honored),
            (Word::RowNotTransferred, &count.not_transferred),
        ]));
        tables.push(count.funding());
    } else {
        tables.push(count.received());
        tables.push(count.persons(&[
            (Word::RowHeld, &count.held_ticks()),
            (Word::RowTransferred, &count.transferred),
            (Word::RowNotHonored, &count.not_honored),
        ]));
    }
    tables.push(count.asked(section));
    tables.push(count.answered(section));
    check::sums(&tables)?;

    let framed = frame(section, period, options, matters);
    let mut notes = framed.notes;
    let nil = is_nil(&tables);
    if nil {
        notes.insert(0, Note::new(Word::NoteNil));
    }
    if section == Section::Correction {
        notes.push(Note::new(Word::NoteReasons));
    }
    notes.push(Note::new(Word::NotePersons));
    notes.push(Note::new(Word::NoteTypes));
    if count.unestablished > 0 {
        notes.push(Note::new(Word::NoteClassUnknown).number("requests", count.unestablished));
    }
    if section == Section::Correction && (count.requested_cents.is_none() || count.received_cents.is_none()) {
        notes.push(Note::new(Word::NoteFunding));
    }
    let (read, requests) = (count.read.entries.len() as u64, count.read.requests as u64);
    Ok(Filing {
        section,
        agency: Some(agency.to_owned()),
        period: period.clone(),
        tables,
        notes,
        included: framed.included,
        packs: count.read.packs(),
        entries: read,
        requests,
        erased: matters.erased.len() as u64,
        nil,
    })
}

/// A reason that a detainer gives, or that it gives none.
type Reason = Option<DetainerReason>;

/// One request about a person, or one response to it.
struct About {
    tick: Tick,
    class: Class,
    types: BTreeSet<Information>,
    facilitated: Known,
}

/// Everything one agency's filing counts.
#[derive(Default)]
struct Count {
    lodged: Vec<(BTreeSet<Reason>, Tick)>,
    held: Vec<(BTreeSet<Reason>, Tick)>,
    transferred: Vec<Tick>,
    transferred_class: BTreeMap<Who, Class>,
    not_honored: Vec<Tick>,
    not_transferred: Vec<Tick>,
    requested_cents: Option<u64>,
    received_cents: Option<u64>,
    funding_requested: Vec<Tick>,
    funding_received: Vec<Tick>,
    asked: Vec<About>,
    answered: Vec<About>,
    unestablished: usize,
    read: Read,
}

impl Count {
    fn of(agency: &str, matters: &Matters<'_>, period: &Period) -> Count {
        let mut count = Count::default();
        let ours: Vec<&Matter<'_>> =
            matters.by_request.values().filter(|matter| matter.request.receiver.agency.as_str() == agency).collect();
        let lodging: BTreeSet<(PersonKey, jiff::civil::Date)> =
            ours.iter().filter(|matter| matter.lodges()).filter_map(|matter| detainer_key(matter)).collect();
        let mut before = BTreeSet::new();
        for matter in &ours {
            let mut touched = count.request(matter, period);
            if matter.detainer().is_some_and(|detainer| period.holds(detainer.lodged)) {
                // A request may come after its detainer: then the detainer counts once, here only if it was never
                // taken down itself.
                let once = matter.lodges()
                    || detainer_key(matter).is_none_or(|key| !lodging.contains(&key) && before.insert(key));
                if once {
                    count.lodged.push((reasons(matter), matter.tick()));
                    touched = true;
                }
            }
            for deed in &matter.deeds {
                touched |= count.deed(deed, &reasons(matter), &matter.tick_of(deed), period);
            }
            if let Fate::NotHonored { entry, when } = matter.fate()
                && matter.detainer().is_some()
                && period.holds(when.day())
            {
                count.not_honored.push(Tick { person: matter.person(), entry });
                touched = true;
            }
            if touched {
                count.read.add(matter);
            }
        }
        for deed in matters.alone.iter().filter(|deed| deed.done.agency.as_str() == agency) {
            if count.deed(deed, &BTreeSet::from([None]), &deed.tick(), period) {
                count.read.entries.insert(deed.entry);
            }
        }
        // A sum stated again for the same day corrects the one before it.
        let mut stated = BTreeMap::new();
        for (entry, funding) in &matters.funding {
            if funding.agency.as_str() == agency && period.holds(funding.on) {
                stated.insert((funding.step, funding.on), (*entry, funding.cents));
            }
        }
        for ((step, _), (entry, cents)) in stated {
            count.read.entries.insert(entry);
            let (sum, ticks) = match step {
                FundingStep::Requested => (&mut count.requested_cents, &mut count.funding_requested),
                FundingStep::Received => (&mut count.received_cents, &mut count.funding_received),
            };
            *sum = Some(sum.unwrap_or_default().saturating_add(cents));
            ticks.push(Tick { person: Who::Entry(entry), entry });
        }
        count
    }

    /// Field (9) of § 9-131(f) and its like. Says whether the request counted.
    fn request(&mut self, matter: &Matter<'_>, period: &Period) -> bool {
        if !about_a_person(matter) {
            return false;
        }
        let mut touched = false;
        if period.holds(matter.request.received.day()) {
            self.asked.push(About {
                tick: matter.tick(),
                class: matter.class,
                types: asked_types(matter),
                facilitated: Known::Unknown,
            });
            touched = true;
        }
        // One response a request, however many disclosures it took; what was given is the whole of them.
        let mut types = BTreeSet::new();
        let mut facilitated = Vec::new();
        let mut last = None;
        for deed in &matter.deeds {
            if let Deed::Disclosed { information, facilitated_transfer, .. } = &deed.done.deed
                && period.holds(deed.done.when.day())
                && !information.is_empty()
            {
                types.extend(information.iter().copied());
                facilitated.push(*facilitated_transfer);
                last = Some(deed);
            }
        }
        if let Some(deed) = last {
            let facilitated = if facilitated.contains(&Known::Yes) {
                Known::Yes
            } else if facilitated.iter().all(|answer| *answer == Known::No) {
                Known::No
            } else {
                Known::Unknown
            };
            self.answered.push(About { tick: matter.tick_of(deed), class: deed.class, types, facilitated });
            touched = true;
        }
        if touched && matter.class == Class::Unknown {
            self.unestablished += 1;
        }
        touched
    }

    /// A deed on its own day. Says whether it counted.
    fn deed(&mut self, deed: &Standing<'_>, reasons: &BTreeSet<Reason>, tick: &Tick, period: &Period) -> bool {
        match &deed.done.deed {
            Deed::Held { from, until, ended } => {
                let mut touched = false;
                if period.holds(from.day()) {
                    self.held.push((reasons.clone(), *tick));
                    touched = true;
                }
                if matches!(ended, Some(HoldEnd::HoursRanOut | HoldEnd::Disavowed))
                    && period.holds(until.unwrap_or(*from).day())
                {
                    self.not_transferred.push(*tick);
                    touched = true;
                }
                touched
            }
            Deed::Transferred { on_detainer: true, .. } if period.holds(deed.done.when.day()) => {
                let class = self.transferred_class.entry(tick.person).or_insert(deed.class);
                *class = deed.class.max(*class);
                self.transferred.push(*tick);
                true
            }
            _ => false,
        }
    }

    /// Of the persons transferred, those of a class. A person counts under the gravest class that any transfer shows.
    fn transferred_as(&self, class: Class) -> Vec<Tick> {
        self.transferred
            .iter()
            .filter(|tick| self.transferred_class.get(&tick.person) == Some(&class))
            .copied()
            .collect()
    }

    fn held_ticks(&self) -> Vec<Tick> {
        self.held.iter().map(|(_, tick)| *tick).collect()
    }

    fn by_reason(&self) -> Table {
        let all = DetainerReason::ALL.into_iter().map(Some).chain([None]);
        let mut rows = Vec::new();
        for reason in all {
            let of = |ticks: &[(BTreeSet<Reason>, Tick)]| -> Vec<Tick> {
                ticks.iter().filter(|(reasons, _)| reasons.contains(&reason)).map(|(_, tick)| *tick).collect()
            };
            rows.push(Row {
                heads: vec![Label::Word(reason_word(reason))],
                total: false,
                cells: vec![Cell::of(Unit::Detainers, &of(&self.lodged)), Cell::of(Unit::Persons, &of(&self.held))],
            });
        }
        rows.push(Row {
            heads: vec![Label::Word(Word::RowTotal)],
            total: true,
            cells: vec![
                Cell::of(Unit::Detainers, self.lodged.iter().map(|(_, tick)| tick)),
                Cell::of(Unit::Persons, self.held.iter().map(|(_, tick)| tick)),
            ],
        });
        Table {
            title: Word::TableReasons,
            origin: Origin::Statute,
            heads: vec![Word::HeadReason],
            columns: vec![Word::ColDetainers, Word::ColHeld],
            rows,
        }
    }

    fn received(&self) -> Table {
        Table {
            title: Word::TableReceived,
            origin: Origin::Statute,
            heads: vec![Word::HeadLine],
            columns: vec![Word::ColDetainers],
            rows: vec![Row {
                heads: vec![Label::Word(Word::RowReceived)],
                total: false,
                cells: vec![Cell::of(Unit::Detainers, self.lodged.iter().map(|(_, tick)| tick))],
            }],
        }
    }

    #[expect(clippy::unused_self, reason = "reads beside the other tables of the same count")]
    fn persons(&self, lines: &[(Word, &Vec<Tick>)]) -> Table {
        Table {
            title: Word::TablePersons,
            origin: Origin::Statute,
            heads: vec![Word::HeadLine],
            columns: vec![Word::ColPersons],
            rows: lines
                .iter()
                .map(|(word, ticks)| Row {
                    heads: vec![Label::Word(*word)],
                    total: false,
                    cells: vec![Cell::of(Unit::Persons, ticks.iter())],
                })
                .collect(),
        }
    }

    fn funding(&self) -> Table {
        let row = |word, cents, ticks: &[Tick]| Row {
            heads: vec![Label::Word(word)],
            total: false,
            cells: vec![Cell { counts: Cell::of(Unit::Cents, ticks).counts, ..Cell::cents(cents) }],
        };
        Table {
            title: Word::TableFunding,
            origin: Origin::Statute,
            heads: vec![Word::HeadLine],
            columns: vec![Word::ColDollars],
            rows: vec![
                row(Word::RowFundingRequested, self.requested_cents, &self.funding_requested),
                row(Word::RowFundingReceived, self.received_cents, &self.funding_received),
            ],
        }
    }

    fn asked(&self, section: Section) -> Table {
        let mut rows = Vec::new();
        for class in Class::ALL.into_iter().map(Some).chain([None]) {
            let here: Vec<&About> =
                self.asked.iter().filter(|about| class.is_none_or(|class| about.class == class)).collect();
            rows.push(Row {
                heads: vec![Label::Word(class.map_or(Word::RowTotal, class_word))],
                total: class.is_none(),
                cells: by_type(section, Unit::Requests, &here),
            });
        }
        Table {
            title: Word::TableAsked,
            origin: Origin::Statute,
            heads: vec![Word::HeadClass],
            columns: type_words(section).chain([Word::ColRequests]).collect(),
            rows,
        }
    }

    fn answered(&self, section: Section) -> Table {
        let mut rows = Vec::new();
        for class in Class::ALL.into_iter().map(Some).chain([None]) {
            for facilitated in KNOWN.into_iter().map(Some).chain([None]) {
                let here: Vec<&About> = self
                    .answered
                    .iter()
                    .filter(|about| class.is_none_or(|class| about.class == class))
                    .filter(|about| facilitated.is_none_or(|facilitated| about.facilitated == facilitated))
                    .collect();
                rows.push(Row {
                    heads: vec![
                        Label::Word(class.map_or(Word::RowTotal, class_word)),
                        Label::Word(facilitated.map_or(Word::RowTotal, facilitated_word)),
                    ],
                    total: class.is_none() || facilitated.is_none(),
                    cells: by_type(section, Unit::Responses, &here),
                });
            }
        }
        Table {
            title: Word::TableAnswered,
            origin: Origin::Statute,
            heads: vec![Word::HeadClass, Word::HeadTransfer],
            columns: type_words(section).chain([Word::ColResponses]).collect(),
            rows,
        }
    }
}

/// The types that a section names; § 9-205(f) alone has appointments, which count as other information elsewhere.
fn types(section: Section) -> impl Iterator<Item = Information> {
    Information::ALL.into_iter().filter(move |kind| *kind != Information::Appointment || section == Section::Probation)
}

fn type_words(section: Section) -> impl Iterator<Item = Word> {
    types(section).map(|kind| match kind {
        Information::IncarcerationStatus => Word::ColIncarceration,
        Information::ReleaseDate => Word::ColRelease,
        Information::CourtDate => Word::ColCourt,
        Information::Appointment => Word::ColAppointment,
        Information::Other => Word::ColOther,
    })
}

fn by_type(section: Section, unit: Unit, here: &[&About]) -> Vec<Cell> {
    let mut ticks = by_key(types(section));
    for about in here {
        let named: BTreeSet<Information> =
            about.types.iter().map(|kind| if ticks.contains_key(kind) { *kind } else { Information::Other }).collect();
        for kind in named {
            ticks.entry(kind).or_default().push(about.tick);
        }
    }
    types(section)
        .map(|kind| Cell::of(unit, ticks.get(&kind).into_iter().flatten()))
        .chain([Cell::of(unit, here.iter().map(|about| &about.tick))])
        .collect()
}

/// Whether field (9) and its like count the request: information about a person, asked for by a federal immigration
/// authority. Since 2026 that is anyone acting for the federal government with such duties, contractors and task forces
/// among them (§ 9-131(a)(4)); whom the gate found to be none is not counted here but under § 10-178(d). A requester that
/// nobody has established is counted: a doubt is never dropped.
pub(super) fn about_a_person(matter: &Matter<'_>) -> bool {
    let asks = !matter.request.information.is_empty()
        || matter.request.acts.iter().any(|act| DISCLOSURES.contains(&act.as_str()));
    let may_be_federal = match matter.request.requester.kind {
        RequesterKind::Federal | RequesterKind::ContractorOrTaskForce | RequesterKind::Unknown => true,
        RequesterKind::State | RequesterKind::OtherLocal => false,
    };
    asks && may_be_federal && matter.found.federal_authority != Known::No
}

/// The types of information asked for; where the desk named none, another type than those that the statutes name.
fn asked_types(matter: &Matter<'_>) -> BTreeSet<Information> {
    let named: BTreeSet<Information> = matter.request.information.iter().copied().collect();
    if named.is_empty() { BTreeSet::from([Information::Other]) } else { named }
}

fn detainer_key(matter: &Matter<'_>) -> Option<(PersonKey, jiff::civil::Date)> {
    Some((matter.request.person?, matter.detainer()?.lodged))
}

fn reasons(matter: &Matter<'_>) -> BTreeSet<Reason> {
    let given: BTreeSet<Reason> =
        matter.detainer().into_iter().flat_map(|detainer| &detainer.reasons).copied().map(Some).collect();
    if given.is_empty() { BTreeSet::from([None]) } else { given }
}

fn reason_word(reason: Reason) -> Word {
    match reason {
        Some(DetainerReason::ReasonToBelieve) => Word::RowReasonBelieve,
        Some(DetainerReason::ChargingDocument) => Word::RowReasonProceedings,
        Some(DetainerReason::ArrestWarrant) => Word::RowReasonWarrant,
        Some(DetainerReason::RemovalOrder) => Word::RowReasonOrder,
        Some(DetainerReason::Other) => Word::RowReasonOther,
        None => Word::RowReasonNone,
    }
}

fn class_word(class: Class) -> Word {
    match class {
        Class::None => Word::RowClassNone,
        Class::Convicted => Word::RowClassConvicted,
        Class::Match => Word::RowClassMatch,
        Class::Unknown => Word::RowClassUnknown,
    }
}

fn facilitated_word(facilitated: Known) -> Word {
    match facilitated {
        Known::Yes => Word::RowFacilitated,
        Known::No => Word::RowNotFacilitated,
        Known::Unknown => Word::RowFacilitatedUnknown,
    }
}
