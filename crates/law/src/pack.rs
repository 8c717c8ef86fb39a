//! A law pack in memory: provisions with their rules, terms, cases and theorems, in the pack's order.
//!
//! The format is written down in docs/law/pack-format.md; [`crate::load`] reads it. What is here needs neither Markdown nor
//! Cedar, so the kernel can decide with a pack that was read elsewhere.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use jiff::civil::{Date, DateTime};
use serde::{Deserialize, Serialize};

use crate::{
    days::Days,
    decision::PackRef,
    facts::{Conviction, Facts},
    ids::{ActId, AgencyId, DutyId, FactName, LineId, ProvisionId, RuleId, TermName, Text},
    kernel::condition::Condition,
    outcome::{Layer, Outcome},
    question::Question,
    slot::Slots,
    vocabulary::Vocabulary,
};

/// A law pack.
#[derive(Debug)]
pub struct Pack {
    pub(crate) reference: PackRef,
    pub(crate) title: Text,
    pub(crate) time_zone: String,
    pub(crate) law: Law,
    pub(crate) cases: Vec<Case>,
    pub(crate) theorems: Vec<Theorem>,
    pub(crate) slots: Slots,
    #[cfg(feature = "load")]
    pub(crate) referee: Option<crate::referee::Referee>,
}

/// What decides: the part of a pack that an answer depends on.
#[derive(Clone, Debug)]
pub(crate) struct Law {
    pub(crate) vocabulary: Arc<Vocabulary>,
    pub(crate) covers_from: Date,
    pub(crate) provisions: Vec<Provision>,
    pub(crate) terms: Vec<Term>,
    pub(crate) never: Vec<Condition>,
    pub(crate) ungoverned: Vec<Ungoverned>,
    pub(crate) declared_conflicts: Vec<DeclaredConflict>,
    /// The first days of the stretches in which one set of rules, terms and numbers holds; the first is `covers_from`.
    pub(crate) stretches: Vec<Date>,
}

impl Pack {
    /// Its name, version and hash.
    #[must_use]
    pub fn reference(&self) -> PackRef {
        self.reference.clone()
    }

    /// Its title.
    #[must_use]
    pub fn title(&self) -> &str {
        self.title.as_str()
    }

    /// This pack under the eyes of another one's referee, so that the engines differ wherever the packs do. Nothing but a test
    /// asks for it: a referee that is wrong cannot be had otherwise.
    #[cfg(all(feature = "load", feature = "test-util"))]
    #[must_use]
    pub fn with_the_referee_of(self, other: Pack) -> Pack {
        Pack { referee: other.referee, ..self }
    }

    /// The zone whose days its law counts.
    #[must_use]
    pub fn time_zone(&self) -> &str {
        &self.time_zone
    }

    /// The first day of which it speaks.
    #[must_use]
    pub fn covers_from(&self) -> Date {
        self.law.covers_from
    }

    /// The words of its questions.
    #[must_use]
    pub fn vocabulary(&self) -> &Vocabulary {
        &self.law.vocabulary
    }

    /// Every version of every provision, in the pack's order.
    #[must_use]
    pub fn provisions(&self) -> &[Provision] {
        &self.law.provisions
    }

    /// Every version of every defined term.
    #[must_use]
    pub fn terms(&self) -> &[Term] {
        &self.law.terms
    }

    /// Decided cases: tests beside the law.
    #[must_use]
    pub fn cases(&self) -> &[Case] {
        &self.cases
    }

    /// What must hold for every set of facts.
    #[must_use]
    pub fn theorems(&self) -> &[Theorem] {
        &self.theorems
    }

    /// Acts of agencies that no provision governs, and why that is right.
    #[must_use]
    pub fn ungoverned(&self) -> &[Ungoverned] {
        &self.law.ungoverned
    }

    /// A permit and a bar of one layer that may meet, as counsel decided.
    #[must_use]
    pub fn declared_conflicts(&self) -> &[DeclaredConflict] {
        &self.law.declared_conflicts
    }

    /// The first days of the stretches in which one set of rules holds, from the first day of which the pack speaks.
    #[must_use]
    pub fn stretches(&self) -> &[Date] {
        &self.law.stretches
    }

    /// The versions of provisions that govern an act of an agency on a day.
    pub fn governing<'a>(
        &'a self,
        agency: &'a AgencyId,
        act: &'a ActId,
        on: Date,
    ) -> impl Iterator<Item = &'a Provision> {
        self.law.provisions.iter().filter(move |provision| provision.governs(agency, act, on))
    }
}

/// One version in time of one provision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provision {
    /// The provision.
    pub id: ProvisionId,
    /// Its heading without the id.
    pub heading: Text,
    /// The plain-language paraphrase under the heading.
    pub paraphrase: Text,
    /// Where it stands.
    pub citation: Text,
    /// Its layer of law.
    pub layer: Layer,
    /// When this version is in force.
    pub days: Days,
    /// The agencies that it binds.
    pub agencies: BTreeSet<AgencyId>,
    /// The acts that it governs.
    pub acts: BTreeSet<ActId>,
    /// What it says, in a sentence.
    pub plain: Text,
    /// Whether it was read in whole.
    pub read: Read,
    /// What was not read.
    pub not_read: Vec<Text>,
    /// How well it is known, in the marks of the authors.
    pub marks: Text,
    /// Its rules.
    pub rules: Vec<Rule>,
    /// Where it is written.
    pub place: Place,
}

impl Provision {
    /// Whether it governs this act of this agency on the day.
    #[must_use]
    pub fn governs(&self, agency: &AgencyId, act: &ActId, on: Date) -> bool {
        self.days.contains(on) && self.agencies.contains(agency) && self.acts.contains(act)
    }
}

/// Whether a provision was read in whole. Of one read in part, silence and permits go to counsel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Read {
    /// In whole.
    #[serde(rename = "whole")]
    Whole,
    /// In part.
    #[serde(rename = "in part")]
    InPart,
}

/// A rule of a provision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The rule.
    pub id: RuleId,
    /// What follows when it holds.
    pub effect: Effect,
    /// What it says, in a sentence.
    pub plain: Text,
    /// The only agency that its head names, if it names one.
    pub agency: Option<AgencyId>,
    /// The only acts that its head names, if it names some.
    pub acts: Option<BTreeSet<ActId>>,
    /// Its condition.
    pub when: Condition,
    /// The rule as written.
    pub source: Text,
    /// Where it is written.
    pub place: Place,
}

impl Rule {
    /// Whether its head admits this act of this agency.
    #[must_use]
    pub fn admits(&self, agency: &AgencyId, act: &ActId) -> bool {
        self.agency.as_ref().is_none_or(|only| only == agency)
            && self.acts.as_ref().is_none_or(|acts| acts.contains(act))
    }
}

/// What follows when a rule holds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Effect {
    /// The provision permits the act.
    Permits,
    /// The provision is not engaged.
    Outside,
    /// The act is the city's own duty.
    Requires {
        /// When, if the law names a time.
        due: Option<Text>,
    },
    /// The act is barred, by name.
    Bars,
    /// Counsel must decide.
    Escalates,
    /// A duty is attached.
    Duty {
        /// Which.
        duty: DutyId,
        /// When, if the law names a time.
        due: Option<Text>,
    },
    /// A line of a filing counts this.
    Counts {
        /// Which.
        line: LineId,
    },
}

impl Effect {
    /// Whether Cedar must write it as `forbid`.
    #[must_use]
    pub fn forbids(&self) -> bool {
        matches!(self, Self::Bars | Self::Escalates)
    }

    /// Whether the act is free when it holds and nothing stands against it.
    #[must_use]
    pub fn frees(&self) -> bool {
        matches!(self, Self::Permits | Self::Outside | Self::Requires { .. })
    }

    /// The word after `@effect`.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Permits => "permits",
            Self::Outside => "outside",
            Self::Requires { .. } => "requires",
            Self::Bars => "bars",
            Self::Escalates => "escalates",
            Self::Duty { .. } => "duty",
            Self::Counts { .. } => "counts",
        }
    }
}

/// What a provision answers when these of its rules hold and every fact is known.
///
/// A duty and a bar meet: counsel. Silence bars. Of a provision read in part, silence and permits go to counsel instead,
/// since the unread part may say otherwise.
pub(crate) fn outcome_of<'a>(read: Read, holding: impl IntoIterator<Item = &'a Effect>) -> Outcome {
    let (mut permits, mut outside, mut requires, mut bars, mut escalates) = (false, false, false, false, false);
    for effect in holding {
        match effect {
            Effect::Permits => permits = true,
            Effect::Outside => outside = true,
            Effect::Requires { .. } => requires = true,
            Effect::Bars => bars = true,
            Effect::Escalates => escalates = true,
            Effect::Duty { .. } | Effect::Counts { .. } => {}
        }
    }
    let in_part = read == Read::InPart;
    if bars && requires {
        Outcome::Escalate
    } else if bars {
        Outcome::Barred
    } else if escalates {
        Outcome::Escalate
    } else if requires {
        Outcome::Required
    } else if permits {
        if in_part { Outcome::Escalate } else { Outcome::Permitted }
    } else if outside {
        Outcome::Outside
    } else if in_part {
        Outcome::Escalate
    } else {
        Outcome::Barred
    }
}

/// One version in time of a statute's defined term.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// Its name: `term.name` in rules.
    pub name: TermName,
    /// When this version is in force.
    pub days: Days,
    /// Where it stands.
    pub citation: Text,
    /// What it means, in a sentence.
    pub plain: Text,
    /// What it means, on the facts.
    pub is: Condition,
    /// The expression as written.
    pub source: Text,
    /// Where it is written.
    pub place: Place,
}

/// Acts of agencies that no provision governs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ungoverned {
    /// The agencies.
    pub agencies: BTreeSet<AgencyId>,
    /// The acts.
    pub acts: BTreeSet<ActId>,
    /// Why that is right.
    pub why: Text,
}

/// A permit and a bar of one layer that may meet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeclaredConflict {
    /// The provision that permits.
    pub permit: ProvisionId,
    /// The provision that bars or sends to counsel.
    pub bar: ProvisionId,
    /// Who decided it.
    pub decided_by: String,
    /// How, and why.
    pub why: String,
}

/// Where something is written in a pack.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    /// The file's path in the pack.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// A decided case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// Its name.
    pub id: String,
    /// What it is about.
    pub title: String,
    /// The vector of the research that it encodes.
    pub vector: Option<String>,
    /// The provision under whose heading it stands, if under one.
    pub provision: Option<ProvisionId>,
    /// Where it is written.
    pub place: Place,
    /// What is put, and what is expected.
    pub body: CaseBody,
}

/// What a case puts and expects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CaseBody {
    /// A question to the whole pack.
    Decide {
        /// The day.
        on: Date,
        /// The question.
        question: Question,
        /// What is known.
        facts: Facts,
        /// What is expected.
        expect: Box<Expected>,
    },
    /// A list of convictions.
    Convictions(ConvictionsCase),
    /// A deadline in hours without Saturdays, Sundays and holidays.
    Clock(ClockCase),
    /// The class of a statute, or what follows from who asks.
    Classify(ClassifyCase),
    /// The period and due day of a filing.
    Due(DueCase),
    /// Whom a provision binds in which acts, on a day.
    Governs(GovernsCase),
}

/// What a case expects of a decision; what is left out is not looked at.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    /// The whole.
    #[serde(default)]
    pub whole: Option<Outcome>,
    /// The layers.
    #[serde(default)]
    pub layers: BTreeMap<Layer, Outcome>,
    /// Provisions.
    #[serde(default)]
    pub provisions: BTreeMap<ProvisionId, Outcome>,
    /// Rules that must hold.
    #[serde(default)]
    pub rules: BTreeSet<RuleId>,
    /// Exactly these duties, for certain; the required act itself is not among them.
    #[serde(default)]
    pub duties: Option<BTreeSet<DutyId>>,
    /// Exactly these duties, as long as it is not known that they are not due.
    #[serde(default)]
    pub likely: Option<BTreeSet<DutyId>>,
    /// When the required act is due.
    #[serde(default)]
    pub due: Option<Text>,
    /// A fragment of the fault; without it a fault is a difference.
    #[serde(default)]
    pub fault: Option<String>,
    /// Exactly these lines.
    #[serde(default)]
    pub lines: Option<BTreeSet<LineId>>,
    /// The first next question.
    #[serde(default)]
    pub next: Option<FactName>,
    /// What was really done.
    #[serde(default)]
    pub done: Option<bool>,
    /// What the record then finds.
    #[serde(default)]
    pub finding: Option<Finding>,
}

/// What the record finds when an answer is laid beside what was really done. Never a finding of law: people decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Finding {
    /// Nothing to look at.
    None,
    /// Something that a named person must look at.
    PossibleViolation,
}

impl Finding {
    /// What was done although it was not free, or not done although it was a duty.
    #[must_use]
    pub fn of(outcome: Outcome, done: bool) -> Self {
        let free = match outcome {
            Outcome::Barred | Outcome::Escalate | Outcome::NotYetKnown => !done,
            Outcome::Required => done,
            Outcome::Permitted | Outcome::Outside => true,
        };
        if free { Self::None } else { Self::PossibleViolation }
    }
}

/// A case of `toml convictions`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConvictionsCase {
    /// The day whose law applies.
    pub on: Date,
    /// The day of the instant arrest, if known.
    pub instant_arrest_date: Option<Date>,
    /// Years instead of the parameter's.
    pub years: Option<i64>,
    /// The list, if the search was made.
    pub convictions: Option<Vec<Conviction>>,
    /// Within the window, or ever.
    pub which: Which,
    /// What is expected.
    pub expect: ExpectedConviction,
    /// Fragments that the sentences must contain.
    pub because: Vec<String>,
}

/// Which question a `toml convictions` case puts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Which {
    /// Within the years that count.
    #[default]
    Window,
    /// Ever.
    Ever,
}

/// What a `toml convictions` case expects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExpectedConviction {
    /// It counts.
    Yes,
    /// It does not.
    No,
    /// Counsel's reading of the law decides it.
    Escalate,
    /// Facts are missing.
    Unknown,
}

/// A case of `toml clock`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClockCase {
    /// The day whose law applies.
    pub on: Date,
    /// When the clock starts.
    pub start: DateTime,
    /// Hours instead of the parameter `hold_clock_hours`.
    pub hours: Option<i64>,
    /// The deadline; none = it cannot be known.
    pub expect: Option<DateTime>,
}

/// A case of `toml classify`: the question and the facts given, and what derived facts must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClassifyCase {
    /// The day whose law applies.
    pub on: Date,
    /// The statute, if the case names one.
    pub statute: Option<crate::ids::StatuteId>,
    /// The requester, if the case names one.
    pub requester: Option<crate::ids::RequesterId>,
    /// What is known.
    pub facts: Facts,
    /// What derived facts must be; an unknown one is written `"unknown"`.
    pub expect: BTreeMap<FactName, Option<crate::facts::Value>>,
}

/// A case of `toml due`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct DueCase {
    /// The filing, e.g. `9-131(f)`.
    pub filing: String,
    /// A day of the period.
    #[serde(deserialize_with = "crate::days::date")]
    pub on: Date,
    /// The period's first day.
    #[serde(deserialize_with = "crate::days::date")]
    pub from: Date,
    /// The first day after the period.
    #[serde(deserialize_with = "crate::days::date")]
    pub until: Date,
    /// The day by which it must be published.
    #[serde(deserialize_with = "crate::days::date")]
    pub due: Date,
}

/// A case of `toml governs`: all that a provision governs on a day. Its first and last days are told by one on each side.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct GovernsCase {
    /// The provision.
    pub provision: ProvisionId,
    /// The day.
    #[serde(deserialize_with = "crate::days::date")]
    pub on: Date,
    /// The agencies that it binds then, `*` for every agency of the city, `+` for every agency; none = it is not in force.
    pub agencies: Vec<AgencyId>,
    /// The acts that it governs.
    pub acts: Vec<ActId>,
}

/// What must hold for every set of facts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Theorem {
    /// Its name.
    pub id: String,
    /// What it says, in words.
    pub plain: String,
    /// The days for which it holds.
    pub days: Days,
    /// The agencies.
    pub agencies: BTreeSet<AgencyId>,
    /// The acts.
    pub acts: BTreeSet<ActId>,
    /// Whose answer it speaks of.
    pub of: TheoremOf,
    /// When it speaks.
    pub when: Condition,
    /// When it speaks, as written.
    pub source: Text,
    /// The answers that it allows.
    pub outcome_in: BTreeSet<Outcome>,
    /// Where it is written.
    pub place: Place,
}

/// Whose answer a theorem speaks of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TheoremOf {
    /// The whole.
    Whole,
    /// A layer.
    Layer(Layer),
    /// A provision.
    Provision(ProvisionId),
}
