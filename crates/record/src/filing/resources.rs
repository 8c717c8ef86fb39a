//! The quarterly filing under § 10-178(d): requests meant to further immigration enforcement, and what was done.
//!
//! Every agency records them; an office that the mayor designates sums them by requesting and by receiving agency and
//! sends the sum to the Speaker. The headings are the pack's closed names of agencies and units, never what a desk typed,
//! so that no person's name can come into a filing that the statute wants anonymised.
//! How we read it: a request counts in the quarter in which it came, an action in the quarter in which it was done. A
//! request is left out only if the gate found that its purpose is not immigration enforcement, or that the requester is
//! no law-enforcement agency or is the city's own: a doubt is counted. What stands whole in a filing under §§ 9-131,
//! 14-154 or 9-205 is not repeated. An omission under (i) or (ii) is chosen by a named official, stands in the record with
//! its reason, and is counted here by its ground.
//! Not here: names, reasons and dates of single requests, which the public form must not show.

use std::collections::{BTreeMap, BTreeSet};

use law::Known;

use super::detainers::about_a_person;
use super::matter::{DISCLOSURES, HOLD, Matter, Matters, NOTIFY, Standing, TRANSFER};
use super::table::{Cell, Label, Note, Origin, Row, Table, Tick, Unit, Word};
use super::{Filing, FilingError, Options, Period, Read, Section, check, frame, is_nil};
use crate::{Deed, OmissionGround, Resolution};

pub(super) fn file(matters: &Matters<'_>, period: &Period, options: &Options) -> Result<Filing, FilingError> {
    check::resources(matters, period)?;

    let mut pairs: BTreeMap<(String, String), Pair> = BTreeMap::new();
    let mut whole = Pair::default();
    let mut omitted: BTreeMap<OmissionGround, Vec<Tick>> = BTreeMap::new();
    let mut elsewhere = 0;
    let mut read = Read::default();
    let of_the_city = |matter: &&Matter<'_>| !options.not_of_the_city.contains(&matter.request.receiver.agency);
    for matter in matters.by_request.values().filter(of_the_city).filter(|matter| is_under_10_178(matter)) {
        let received = period.holds(matter.request.received.day());
        let action = Action::of(matter, period);
        if !received && action.is_none() {
            continue;
        }
        if is_whole_elsewhere(matter) {
            elsewhere += usize::from(received);
            continue;
        }
        read.add(matter);
        if let Some((_, omission)) = matter.omission {
            omitted.entry(omission.ground).or_default().push(matter.tick());
            continue;
        }
        let requester = matter.request.requester.id.to_string();
        let pair = pairs.entry((requester, matter.request.receiver.agency.to_string())).or_default();
        pair.add(matter, received, action.as_ref());
        whole.add(matter, received, action.as_ref());
    }

    let mut rows: Vec<Row> = pairs
        .into_iter()
        .map(|((requester, agency), pair)| pair.row(vec![Label::Requester(requester), Label::Agency(agency)], false))
        .collect();
    rows.push(whole.row(vec![Label::Word(Word::RowTotal), Label::Word(Word::RowTotal)], true));
    let ground = |word, ground| Row {
        heads: vec![Label::Word(word)],
        total: false,
        cells: vec![Cell::of(Unit::Requests, omitted.get(&ground).into_iter().flatten())],
    };
    let tables = vec![
        Table {
            title: Word::TablePairs,
            origin: Origin::Statute,
            heads: vec![Word::HeadRequesting, Word::HeadReceiving],
            columns: vec![Word::ColRequests, Word::ColGiven, Word::ColPart, Word::ColRefused, Word::ColOpen],
            rows,
        },
        Table {
            title: Word::TableOmitted,
            origin: Origin::Statute,
            heads: vec![Word::HeadGround],
            columns: vec![Word::ColRequests],
            rows: vec![
                ground(Word::RowOmittedInvestigation, OmissionGround::Investigation),
                ground(Word::RowOmittedArrangement, OmissionGround::ArrangementAndSafety),
            ],
        },
    ];
    check::sums(&tables)?;

    let framed = frame(Section::Resources, period, options, matters);
    let mut notes = framed.notes;
    let nil = is_nil(&tables);
    if nil {
        notes.insert(0, Note::new(Word::NoteNil));
    }
    notes.push(Note::new(Word::NoteActions));
    if elsewhere > 0 {
        notes.push(Note::new(Word::NoteElsewhere).number("requests", elsewhere));
    }
    if !omitted.is_empty() {
        notes.push(Note::new(Word::NoteOmitted));
    }
    let (entries_read, requests) = (read.entries.len() as u64, read.requests as u64);
    Ok(Filing {
        section: Section::Resources,
        agency: None,
        period: period.clone(),
        tables,
        notes,
        included: framed.included,
        packs: read.packs(),
        entries: entries_read,
        requests,
        erased: matters.erased.len() as u64,
        nil,
    })
}

/// Whether § 10-178(d) wants a record of the request. Only a known no leaves it out.
fn is_under_10_178(matter: &Matter<'_>) -> bool {
    matter.found.immigration_enforcement != Known::No && matter.found.non_local != Known::No
}

/// Whether everything that was asked stands in a filing under §§ 9-131, 14-154 or 9-205 (vector H04).
fn is_whole_elsewhere(matter: &Matter<'_>) -> bool {
    let agency = matter.request.receiver.agency.as_str();
    let files = Section::ALL.iter().any(|section| section.agency() == Some(agency));
    let detainer = matter.detainer().is_some();
    let information = about_a_person(matter);
    files
        && (detainer || information)
        && matter.request.acts.iter().all(|act| {
            let act = act.as_str();
            (detainer && [HOLD, NOTIFY, TRANSFER].contains(&act)) || (information && DISCLOSURES.contains(&act))
        })
}

/// What was done in the period about a request.
pub(super) struct Action {
    given: BTreeSet<String>,
    refused: BTreeSet<String>,
    tick: Tick,
}

impl Action {
    pub(super) fn of(matter: &Matter<'_>, period: &Period) -> Option<Action> {
        Self::among(matter, |deed| period.holds(deed.done.when.day()))
    }

    /// What was done about a request by the deeds that are wanted; none if none of them gives or refuses anything.
    pub(super) fn among(matter: &Matter<'_>, wanted: impl Fn(&Standing<'_>) -> bool) -> Option<Action> {
        let (mut given, mut refused, mut tick) = (BTreeSet::new(), BTreeSet::new(), None);
        let custody = [HOLD, NOTIFY, TRANSFER];
        let asked = matter.request.acts.iter().map(ToString::to_string);
        let of_custody: BTreeSet<String> = asked.filter(|act| custody.contains(&act.as_str())).collect();
        for deed in matter.deeds.iter().filter(|deed| wanted(deed)) {
            match &deed.done.deed {
                Deed::Held { .. } => given.extend([HOLD.to_owned()]),
                Deed::Notified { .. } => given.extend([NOTIFY.to_owned()]),
                Deed::Transferred { .. } => given.extend([TRANSFER.to_owned()]),
                Deed::Disclosed { information, .. } if information.is_empty() => {
                    refused.extend(["information".to_owned()]);
                }
                Deed::Disclosed { .. } => given.extend(["information".to_owned()]),
                Deed::Assisted { act, .. } => given.extend([act.to_string()]),
                Deed::Refused { acts } => refused.extend(acts.iter().map(ToString::to_string)),
                Deed::Resolved { how: Resolution::Honored } => given.extend(of_custody.iter().cloned()),
                // Who was let go was not held, which is an answer to the request to hold.
                Deed::Resolved { how: Resolution::NotHonored } | Deed::Released { .. } if !of_custody.is_empty() => {
                    refused.extend(of_custody.iter().cloned());
                }
                Deed::Released { .. }
                | Deed::Resolved { .. }
                | Deed::FollowedUp { .. }
                | Deed::NoticeGiven { .. }
                | Deed::NoticeBarred { .. } => continue,
            }
            tick = Some(matter.tick_of(deed));
        }
        // What was given stands though another entry says that it was refused, or that the person was released in the end.
        refused.retain(|act| !given.contains(act));
        Some(Action { given, refused, tick: tick? })
    }

    fn column(&self) -> Word {
        match (self.given.is_empty(), self.refused.is_empty()) {
            (false, true) => Word::ColGiven,
            (false, false) => Word::ColPart,
            (true, _) => Word::ColRefused,
        }
    }
}

/// The counts of one requesting and one receiving agency.
#[derive(Default)]
pub(super) struct Pair {
    requests: Vec<Tick>,
    given: Vec<Tick>,
    part: Vec<Tick>,
    refused: Vec<Tick>,
    open: Vec<Tick>,
}

impl Pair {
    pub(super) fn add(&mut self, matter: &Matter<'_>, received: bool, action: Option<&Action>) {
        if received {
            self.requests.push(matter.tick());
        }
        let (ticks, tick) = match action {
            Some(action) => {
                let ticks = match action.column() {
                    Word::ColGiven => &mut self.given,
                    Word::ColPart => &mut self.part,
                    _ => &mut self.refused,
                };
                (ticks, action.tick)
            }
            // An action of another quarter is counted there.
            None if Action::among(matter, |_| true).is_some() => return,
            None => (&mut self.open, matter.tick()),
        };
        ticks.push(tick);
    }

    pub(super) fn row(&self, heads: Vec<Label>, total: bool) -> Row {
        let actions = [&self.given, &self.part, &self.refused].map(|ticks| Cell::of(Unit::Responses, ticks));
        let cells = [Cell::of(Unit::Requests, &self.requests)]
            .into_iter()
            .chain(actions)
            .chain([Cell::of(Unit::Requests, &self.open)])
            .collect();
        Row { heads, total, cells }
    }
}
