//! What became of a resident's report: opened, closed, withdrawn, held, released; and which reports are overdue.
//!
//! An unopened report is never deleted by time (decisions 18): it becomes overdue, in public. So that this can be counted by
//! anybody who has the record, each step is an entry. What an official did comes with their stamp, a signature under a key of
//! the published history, so that whoever keeps the record cannot say that a report was opened which nobody opened. Steps
//! that follow from a report enter the record once a day, all at once and in the order of ids: neither place nor moment tells
//! an hour (ADR 18).
//!
//! Nothing here checks a signature: [`stamp_text`] is what is signed, and the server checks it. Not here: the erasure of a
//! report, which is an [`crate::Erasure`] like any other.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{ToSpan as _, civil::Date};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::{Actor, Body, Entry, EntryId, Private, PublicKey, ReportId, Source};

/// The maker of what follows from stamps and withdrawals, and of orders to hold.
const MAKERS: [(&str, Source); 2] = [("report", Source::Report), ("inbox", Source::Desk)];

/// One step of a report's way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Handling {
    /// The report.
    pub report: ReportId,
    /// The day of the city's calendar on which the record took the step in; a schedule counts from it, since no official can
    /// date it back.
    pub on: Date,
    /// The step.
    pub step: Step,
}

/// What became of a report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Step {
    /// An official opened it.
    Opened(Stamp),
    /// An official says that nothing more is to be done about it.
    Closed {
        /// What came of it.
        closing: Closing,
        /// Whose word it is.
        stamp: Stamp,
    },
    /// Its sender took it back.
    Withdrawn {
        /// The day on which they did.
        day: Date,
    },
    /// It must stay, under a legal hold.
    Held(HoldOrder),
    /// A legal hold has ended.
    Released(HoldOrder),
}

/// An official's signed word for what they did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stamp {
    /// The official's key, as the key history has it; no name.
    pub by: PublicKey,
    /// The day, as the official's machine had it.
    pub day: Date,
    /// Their signature over [`stamp_text`].
    pub signature: Signature,
}

/// A signature of Ed25519. Text: 128 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Signature([u8; 64]);

/// What came of a report, in closed words; never a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Closing {
    /// The authority that may act has it.
    Referred,
    /// Its sender was answered, and asked for nothing more.
    Answered,
    /// It says what another report says.
    Duplicate,
    /// Nothing in it is for this city to act on.
    NothingToDo,
}

/// A legal hold: which, and who says so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HoldOrder {
    /// The order's docket number, or the letter that asks to preserve.
    pub reference: String,
    /// The official who asked for it.
    pub asked_by: Private,
    /// A second official who approved it.
    pub approved_by: Private,
}

impl Signature {
    /// The signature of these bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 64]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 64] {
        &self.0
    }
}

impl std::fmt::Display for Signature {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl std::fmt::Debug for Signature {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, f)
    }
}

impl Serialize for Signature {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Signature {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let mut bytes = [0; 64];
        hex::decode_to_slice(&text, &mut bytes)
            .map_err(|_| de::Error::custom(format_args!("`{text}` is no signature of 128 hexadecimal digits")))?;
        Ok(Self(bytes))
    }
}

impl Closing {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Referred, Self::Answered, Self::Duplicate, Self::NothingToDo];

    /// Its word, as the canonical form has it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Referred => "referred",
            Self::Answered => "answered",
            Self::Duplicate => "duplicate",
            Self::NothingToDo => "nothing_to_do",
        }
    }

    /// The closing of this word.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|closing| closing.word() == word)
    }
}

/// What an official signs: opened where there is no closing, else closed.
#[must_use]
pub fn stamp_text(report: &ReportId, closing: Option<Closing>, day: Date, by: &PublicKey) -> String {
    let what = closing.map_or_else(|| "opened".to_owned(), |closing| format!("closed {}", closing.word()));
    format!("vouchsafe/stamp/v1\n{report}\n{what}\n{day}\n{by}\n")
}

impl Handling {
    /// The stamp that it rests on, and the text that this must sign; none for a step of which there is none.
    #[must_use]
    pub fn stamped(&self) -> Option<(&Stamp, String)> {
        let (closing, stamp) = match &self.step {
            Step::Opened(stamp) => (None, stamp),
            Step::Closed { closing, stamp } => (Some(*closing), stamp),
            Step::Withdrawn { .. } | Step::Held(_) | Step::Released(_) => return None,
        };
        Some((stamp, stamp_text(&self.report, closing, stamp.day, &stamp.by)))
    }

    /// Who makes an entry of this, and by what way it comes; an entry of others counts for nothing.
    #[must_use]
    pub fn maker(&self) -> (Actor, Source) {
        let [report, inbox] = MAKERS;
        let (name, source) = match self.step {
            Step::Held(_) | Step::Released(_) => inbox,
            Step::Opened(_) | Step::Closed { .. } | Step::Withdrawn { .. } => report,
        };
        (Actor::Program { name: name.to_owned() }, source)
    }
}

/// What the record says of one report.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fate {
    /// The day on which it came; none once it was erased, if that was before the record was read.
    pub received: Option<Date>,
    /// The day on which the record took in that it was opened.
    pub opened: Option<Date>,
    /// The same of its first closing, and what came of it.
    pub closed: Option<(Date, Closing)>,
    /// The same of its withdrawal.
    pub withdrawn: Option<Date>,
    /// The legal holds that stand.
    pub holds: BTreeSet<String>,
    /// Its body was destroyed.
    pub erased: bool,
    /// The last entry about it before it was erased: whoever orders something builds on it, so that of two orders at once one
    /// is refused.
    pub last: Option<EntryId>,
    /// Whose stamps the record has: opened (false) and closed (true).
    stamps: BTreeSet<(bool, PublicKey)>,
}

impl Fate {
    /// Whether the record has this official's stamp: that they opened it, or that they closed it.
    #[must_use]
    pub fn has_stamp(&self, closed: bool, by: &PublicKey) -> bool {
        self.stamps.contains(&(closed, *by))
    }

    /// The day on which it came, if it still waits to be opened: neither opened nor withdrawn nor erased.
    #[must_use]
    pub fn waits_since(&self) -> Option<Date> {
        self.received.filter(|_| self.opened.is_none() && self.withdrawn.is_none() && !self.erased)
    }
}

/// What the record says of all reports. Read in the order of the record; an entry never changes, so only what is new is read.
#[derive(Clone, Debug, Default)]
pub struct Fates(BTreeMap<ReportId, Fate>);

impl Fates {
    /// Reads one more entry.
    pub fn note(&mut self, entry: &Entry) {
        match &entry.body {
            Body::Received(received) => {
                let fate = self.0.entry(ReportId::from_bytes(*entry.id.as_bytes())).or_default();
                fate.received = Some(received.day);
            }
            Body::Erased(erasure) => {
                if let Some(fate) = self.0.get_mut(&ReportId::from_bytes(*erasure.entry.as_bytes())) {
                    fate.erased = true;
                }
            }
            Body::Handled(handling) if handling.maker() == (entry.by.clone(), entry.source.clone()) => {
                self.step(entry.id, handling);
            }
            _ => {}
        }
    }

    fn step(&mut self, id: EntryId, Handling { report, on, step }: &Handling) {
        let fate = self.0.entry(*report).or_default();
        // Only orders build on each other: a stamp that comes between a hold and a removal parts them not.
        if !fate.erased && matches!(step, Step::Held(_) | Step::Released(_)) {
            fate.last = Some(id);
        }
        match step {
            Step::Opened(stamp) => {
                fate.stamps.insert((false, stamp.by));
                fate.opened.get_or_insert(*on);
            }
            // What nobody opened cannot be done with.
            Step::Closed { .. } if fate.opened.is_none() => {}
            Step::Closed { closing, stamp } => {
                fate.stamps.insert((true, stamp.by));
                fate.closed.get_or_insert((*on, *closing));
            }
            Step::Withdrawn { .. } => {
                fate.withdrawn.get_or_insert(*on);
            }
            Step::Held(order) => {
                fate.holds.insert(order.reference.clone());
            }
            Step::Released(order) => {
                fate.holds.remove(&order.reference);
            }
        }
    }

    /// What the record says of a report.
    #[must_use]
    pub fn of(&self, report: &ReportId) -> Option<&Fate> {
        self.0.get(report)
    }

    /// How many reports wait to be opened at the end of the day `through`, by the day on which they came; they are overdue when
    /// so many days after that day have ended as well.
    #[must_use]
    pub fn waiting(&self, through: Date, overdue_days: u16) -> Waiting {
        let mut days: BTreeMap<Date, u64> = BTreeMap::new();
        for day in self.0.values().filter_map(Fate::waits_since).filter(|day| *day <= through) {
            *days.entry(day).or_default() += 1;
        }
        let days: Vec<WaitingDay> = days
            .into_iter()
            .map(|(day, unopened)| WaitingDay { day, unopened, overdue: is_overdue(day, through, overdue_days) })
            .collect();
        let count = |all: bool| days.iter().filter(|day| all || day.overdue).map(|day| day.unopened).sum();
        Waiting { through, overdue_after_days: overdue_days, unopened: count(true), overdue: count(false), days }
    }
}

/// Whether a report of this day that still waits at the end of the day `through` is overdue.
#[must_use]
pub fn is_overdue(day: Date, through: Date, overdue_days: u16) -> bool {
    day.saturating_add(i32::from(overdue_days).days()) <= through
}

/// Which reports wait to be opened: days and counts, no ids.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Waiting {
    /// The last whole day that is counted.
    pub through: Date,
    /// After how many days an unopened report is overdue.
    pub overdue_after_days: u16,
    /// How many reports came and were neither opened nor withdrawn.
    pub unopened: u64,
    /// How many of them are overdue.
    pub overdue: u64,
    /// The same by the day on which they came, the oldest first.
    pub days: Vec<WaitingDay>,
}

/// The reports of one day that wait.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WaitingDay {
    /// The day on which they came.
    pub day: Date,
    /// How many were neither opened nor withdrawn.
    pub unopened: u64,
    /// They are overdue.
    pub overdue: bool,
}

#[cfg(test)]
mod tests {
    use jiff::{Timestamp, civil::date};

    use super::*;
    use crate::{Received, Sha256Hex};

    const DAY: Date = date(2026, 11, 26);

    fn report(number: u8) -> ReportId {
        ReportId::from_bytes([number; 16])
    }

    fn entry(id: [u8; 16], body: Body) -> Entry {
        let (by, source) = match &body {
            Body::Handled(handling) => handling.maker(),
            _ => (Actor::Program { name: "report".to_owned() }, Source::Report),
        };
        Entry { id: EntryId::from_bytes(id), at: Timestamp::UNIX_EPOCH, by, source, body }
    }

    fn came(number: u8, day: Date) -> Entry {
        let received = Received { day, envelope: Sha256Hex::of([number; 32]), attachments: Vec::new() };
        entry([number; 16], Body::Received(Box::new(received)))
    }

    fn handled(number: u8, on: Date, step: Step) -> Entry {
        let id = [number, on.day().unsigned_abs(), 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7];
        entry(id, Body::Handled(Box::new(Handling { report: report(number), on, step })))
    }

    fn stamp(official: u8) -> Stamp {
        let signature = Signature::from_bytes([1; 64]);
        Stamp { by: PublicKey::from_bytes([official; 32]), day: DAY, signature }
    }

    fn fates(entries: &[Entry]) -> Fates {
        let mut fates = Fates::default();
        entries.iter().for_each(|entry| fates.note(entry));
        fates
    }

    #[test]
    fn a_report_is_overdue_when_so_many_days_after_its_own_have_ended() {
        let fates = fates(&[came(1, DAY), came(2, DAY), came(3, date(2026, 11, 28))]);
        let on = |month, day| {
            let waiting = fates.waiting(date(2026, month, day), 7);
            (waiting.unopened, waiting.overdue)
        };
        assert_eq!(on(11, 25), (0, 0));
        assert_eq!(on(11, 26), (2, 0));
        assert_eq!(on(12, 2), (3, 0), "six days have ended after the day");
        assert_eq!(on(12, 3), (3, 2));
        assert_eq!(on(12, 4), (3, 2));
        assert_eq!(on(12, 5), (3, 3));
        let days = fates.waiting(date(2026, 12, 3), 7).days;
        let told: Vec<_> = days.iter().map(|day| (day.day, day.unopened, day.overdue)).collect();
        assert_eq!(told, [(DAY, 2, true), (date(2026, 11, 28), 1, false)]);
        assert_eq!(fates.waiting(DAY, 0).overdue, 2, "with no days to wait, at the end of its own");
    }

    #[test]
    fn what_was_opened_withdrawn_or_erased_waits_no_more() {
        let through = date(2026, 12, 24);
        let mut entries = vec![came(1, DAY), came(2, DAY), came(3, DAY)];
        assert_eq!(fates(&entries).waiting(through, 7).overdue, 3);
        entries.push(handled(1, DAY.tomorrow().unwrap(), Step::Opened(stamp(9))));
        assert_eq!(fates(&entries).waiting(through, 7).overdue, 2);
        entries.push(handled(2, DAY, Step::Withdrawn { day: DAY }));
        assert_eq!(fates(&entries).waiting(through, 7).overdue, 1);
        // The order to destroy one says so; its own body is gone then, and was read before or not.
        let order = crate::ErasureOrder {
            kind: crate::ErasureKind::CourtOrder,
            reference: "x".to_owned(),
            dated: DAY,
            asked_by: "A".into(),
            approved_by: "B".into(),
        };
        let erasure =
            crate::Erasure { entry: EntryId::from_bytes([3; 16]), leaf: crate::Leaf::from_bytes([0; 32]), order };
        entries.push(entry([8; 16], Body::Erased(Box::new(erasure))));
        assert_eq!(fates(&entries).waiting(through, 7).unopened, 0);
        entries.remove(2);
        assert_eq!(fates(&entries).waiting(through, 7).unopened, 0);
    }

    #[test]
    fn a_step_that_others_recorded_counts_for_nothing() {
        for (by, source) in [("report", Source::Demo), ("report", Source::Desk), ("desk", Source::Report)] {
            let mut opened = handled(1, DAY, Step::Opened(stamp(9)));
            (opened.by, opened.source) = (Actor::Program { name: by.to_owned() }, source);
            let fates = fates(&[came(1, DAY), opened]);
            assert_eq!(fates.of(&report(1)).unwrap().opened, None, "{by}");
        }
    }

    #[test]
    fn the_first_step_of_a_kind_counts_and_a_closing_needs_an_opening() {
        let (second, third) = (date(2026, 11, 27), date(2026, 11, 28));
        let closed = |on, closing, by| handled(1, on, Step::Closed { closing, stamp: stamp(by) });
        let found = fates(&[came(1, DAY), closed(DAY, Closing::Answered, 9)]);
        assert_eq!(found.of(&report(1)).unwrap().closed, None, "nobody opened it");
        let found = fates(&[
            came(1, DAY),
            handled(1, second, Step::Opened(stamp(9))),
            handled(1, third, Step::Opened(stamp(8))),
            closed(second, Closing::Referred, 9),
            closed(third, Closing::Answered, 8),
        ]);
        let fate = found.of(&report(1)).unwrap();
        assert_eq!((fate.opened, fate.closed), (Some(second), Some((second, Closing::Referred))));
        let key = |number| PublicKey::from_bytes([number; 32]);
        assert!(fate.has_stamp(false, &key(9)) && fate.has_stamp(true, &key(8)) && !fate.has_stamp(true, &key(7)));
    }

    #[test]
    fn each_hold_ends_by_its_own_release() {
        let order = |reference: &str| HoldOrder {
            reference: reference.to_owned(),
            asked_by: "A".into(),
            approved_by: "B".into(),
        };
        let held = |reference| handled(1, DAY, Step::Held(order(reference)));
        let released = |reference| handled(1, DAY, Step::Released(order(reference)));
        let found = fates(&[came(1, DAY), held("one"), held("two"), held("one"), released("one"), released("three")]);
        assert_eq!(found.of(&report(1)).unwrap().holds, ["two".to_owned()].into());
    }

    #[test]
    fn what_is_signed_says_which_report_what_when_and_by_whom() {
        let key = PublicKey::from_bytes([9; 32]);
        expect_test::expect![[r#"
            vouchsafe/stamp/v1
            rp-01040g2081040g2081040g2081j
            closed nothing_to_do
            2026-11-26
            0909090909090909090909090909090909090909090909090909090909090909
        "#]]
        .assert_eq(&stamp_text(&report(1), Some(Closing::NothingToDo), DAY, &key));
        assert!(stamp_text(&report(1), None, DAY, &key).contains("\nopened\n"));
        for closing in Closing::ALL {
            assert_eq!(Closing::of_word(closing.word()), Some(closing));
            assert_eq!(serde_json::to_value(closing).unwrap(), closing.word());
        }
    }
}
