//! The answer to one question: the outcome, and everything that a person needs to understand it, do it and contest it.
//!
//! A decision is data: it names the pack by its hash, the provisions with their citations, and what is still unknown, so
//! that the same pack, facts and day give the same decision for ever. Every page that shows one says that it is the city's
//! reading of the law and that the statute prevails.
//!
//! What stands in a decision many times has its fields in the order of their names: that is the order of the record's canonical
//! form, which then need not move them (a test of the record holds it).

use std::{collections::BTreeMap, sync::Arc};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::{
    days,
    facts::Value,
    ids::{DutyId, FactName, LineId, ProvisionId, RuleId, Text},
    outcome::{Known, Layer, Outcome},
};

/// Which pack decided.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PackRef {
    /// The pack's name, e.g. `nyc`.
    pub id: Text,
    /// The last day up to which its authors read the law.
    #[serde(deserialize_with = "days::date")]
    pub read_until: Date,
    /// SHA-256 over all its files, in hexadecimal (docs/law/pack-format.md).
    pub sha256: Text,
    /// Its version, as its authors count.
    pub version: Text,
}

/// How a fault begins that is the engines' own. It stands in the text, so that a record written today says it for ever.
pub(crate) const ENGINES_DIFFER: &str = "the engines differ: ";

/// The answer to one question on one day. What the facts alone settle is shared with the answer that is kept for the next who asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// The whole answer: the strictest of the layers.
    pub outcome: Outcome,
    /// The answer of each layer of law.
    pub layers: BTreeMap<Layer, Outcome>,
    /// Every provision that governs this act of this agency on this day, in the pack's order.
    pub provisions: Arc<[ProvisionResult]>,
    /// What each rule that would free the act still lacks.
    pub unmet: Arc<[Unmet]>,
    /// The facts that could still change the answer, most decisive first.
    pub next_questions: Arc<[NextQuestion]>,
    /// The fewest conditions under which the act would be free, shortest first; at most eight ways.
    pub ways_to_yes: Arc<[Vec<Condition>]>,
    /// What must be done whatever the answer, and what may have to be: a duty is shown until it is certain that it is not due.
    pub duties: Arc<[Duty]>,
    /// The lines of statutory filings on which this is counted.
    pub filing_lines: Arc<[FilingLine]>,
    /// Facts that were computed, with the sentences that say how.
    pub derived: Vec<Derived>,
    /// The pack that decided.
    pub pack: PackRef,
    /// The day whose law was applied.
    #[serde(deserialize_with = "days::date")]
    pub on: Date,
    /// What the pack's authors have not read of the provisions that govern, sentence by sentence.
    pub not_yet_read: Arc<[Text]>,
    /// Whether the day is later than the law was read.
    pub after_read_until: bool,
    /// Why the answer is barred although nothing in the law says so: an error, or facts that contradict each other.
    pub fault: Option<Text>,
}

impl Decision {
    /// The decision without its reasons in trees, for a record of many: they come back when it is replayed.
    #[must_use]
    pub fn without_trees(self) -> Self {
        let bare = |provision: &ProvisionResult| {
            let WhyNode { kind, holds, text, name, parts: _ } = provision.why.as_ref();
            let (kind, holds, text, name) = (*kind, *holds, text.clone(), name.clone());
            ProvisionResult {
                why: Arc::new(WhyNode { kind, holds, text, name, parts: Vec::new() }),
                ..provision.clone()
            }
        };
        Self { provisions: self.provisions.iter().map(bare).collect(), ..self }
    }

    /// Whether the answer is barred because the engines failed (kernel and referee differ, or one of them erred), and not because
    /// of what was asked. Such an answer is recorded together with a fault.
    #[must_use]
    pub fn engines_differ(&self) -> bool {
        self.fault.as_ref().is_some_and(|fault| fault.as_str().starts_with(ENGINES_DIFFER))
    }

    /// The rules that hold, in the pack's order.
    pub fn rules_that_hold(&self) -> impl Iterator<Item = &RuleId> {
        self.provisions.iter().flat_map(|provision| &provision.rules_that_hold)
    }
}

/// What one provision says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProvisionResult {
    /// Where it stands.
    pub citation: Text,
    /// The provision.
    pub id: ProvisionId,
    /// Its layer of law.
    pub layer: Layer,
    /// The provision in plain words.
    pub plain: Text,
    /// Whether it was read only in part.
    pub read_in_part: bool,
    /// Its answer.
    pub result: Outcome,
    /// Its rules that hold, whatever is still unknown.
    pub rules_that_hold: Vec<RuleId>,
    /// Why: a tree whose branches are the provision's rules. Shared with the answer that is kept for the next who asks.
    pub why: Arc<WhyNode>,
}

/// A node of the tree that says why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WhyNode {
    /// Whether the condition of this node holds. A provision holds if it leaves the act free.
    pub holds: Known,
    /// What stands here.
    pub kind: WhyKind,
    /// The rule's or term's name, or the fact's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Text>,
    /// The parts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<WhyNode>,
    /// The sentence: of a fact, as it is known; of a rule, a term or a provision, its plain words.
    pub text: Text,
}

/// What stands at a node of the tree that says why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WhyKind {
    /// A provision; its parts are rules.
    Provision,
    /// A rule that permits.
    Permits,
    /// A rule that says that the provision is not engaged.
    Outside,
    /// A rule that makes the act a duty.
    Requires,
    /// A rule that bars.
    Bars,
    /// A rule that sends the question to counsel.
    Escalates,
    /// A rule that attaches a duty.
    Duty,
    /// A rule that counts towards a filing.
    Counts,
    /// A statute's defined term.
    Term,
    /// A statute's defined term that must not hold.
    NotTerm,
    /// All parts must hold.
    All,
    /// One part must hold.
    Any,
    /// A condition on one fact.
    Fact,
    /// Always or never.
    Constant,
}

/// What a rule that would free the act still lacks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unmet {
    /// Where it stands.
    pub citation: Text,
    /// Its conditions that do not hold or are not known.
    pub conditions: Vec<Condition>,
    /// The rule in plain words.
    pub plain: Text,
    /// The provision.
    pub provision: ProvisionId,
    /// The rule.
    pub rule: RuleId,
}

/// A condition on one fact, in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Condition {
    /// The fact.
    pub fact: FactName,
    /// Whether the condition holds.
    pub holds: Known,
    /// What is needed, as a sentence.
    pub needs: Text,
}

/// A question that could still change the answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NextQuestion {
    /// Who can answer.
    pub ask_of: Text,
    /// What it takes to find out, 1 (a look) to 5 (slow).
    pub cost: u8,
    /// The fact that it finds.
    pub fact: FactName,
    /// The question in words.
    pub question: Text,
}

/// Something that must be done whatever the answer; the act itself, where the law requires it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Duty {
    /// Whether it is due for certain. If not, it is due as long as nobody knows that it is not.
    #[serde(default = "yes")]
    pub certain: bool,
    /// Where the law says so.
    pub citation: Text,
    /// When, as the pack writes it, e.g. `at_once`; none = it names no time.
    pub due: Option<Text>,
    /// What it hangs on, where it is not certain.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hangs_on: Vec<Condition>,
    /// The duty.
    pub id: DutyId,
    /// What to do, in words.
    pub what: Text,
}

/// Decisions written before duties could be uncertain hold certain ones only.
fn yes() -> bool {
    true
}

/// A line of a statutory filing on which this is counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilingLine {
    /// Where the law asks for it.
    pub citation: Text,
    /// The line.
    pub line: LineId,
}

/// A computed fact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Derived {
    /// How it was computed, sentence by sentence.
    pub because: Vec<String>,
    /// The fact.
    pub name: FactName,
    /// Its value; none = what is known does not settle it.
    pub value: Option<Value>,
}
