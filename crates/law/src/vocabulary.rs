//! The words in which a pack puts its questions: who is asked, for what act, by whom, on what paper, and every fact.
//!
//! Read from `vocabulary/*.toml` by the loader (feature `load`); here are the types, one file a type of entry, so that the
//! derivations and the kernel need no reader. Entries are dated where the law dates them. No fact, question or entry
//! names immigration status, nationality or country of origin; the loader refuses such a pack.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::{
    days::{self, Days},
    derive::Derivation,
    facts::{Fact, Facts},
    ids::{ActId, AgencyId, DocumentId, FactName, ParameterName, RequesterId, StatuteId},
};

/// Everything that `vocabulary/` says.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Vocabulary {
    /// `agencies.toml`: who is bound.
    pub agencies: BTreeMap<AgencyId, Agency>,
    /// `acts.toml`: one question is one act.
    pub acts: BTreeMap<ActId, Act>,
    /// `requesters.toml`: who asks, by unit.
    pub requesters: BTreeMap<RequesterId, Requester>,
    /// `documents.toml`: the papers that may be shown.
    pub documents: BTreeMap<DocumentId, Document>,
    /// `statutes.toml`: what the requester says it enforces.
    pub statutes: BTreeMap<StatuteId, Statute>,
    /// `facts.toml`: every fact that rules, derivations and answers may name.
    pub facts: BTreeMap<FactName, FactSpec>,
    /// `facts.toml`: what no set of facts can be.
    pub invariants: Vec<Invariant>,
    /// `statutes.toml`: the definition of immigration enforcement, by day.
    pub immigration_enforcement: Vec<ImmigrationEnforcement>,
    /// `requesters.toml`: the definition of federal immigration authorities, by section and day.
    pub federal_immigration_authority: Vec<FederalImmigrationAuthority>,
    /// `parameters.toml`: dated numbers.
    pub parameters: Vec<Parameter>,
    /// `holidays.toml`: days that a statute's clock leaves out.
    pub holidays: Holidays,
    /// `proxies.toml`: dated determinations of the Mayor that a statute stands in for immigration enforcement.
    pub proxies: Vec<Proxy>,
    /// `facilities.toml`: which agency runs a facility of that name (for imports).
    pub facilities: Vec<Facility>,
    /// `violent_or_serious_crimes.toml`: the enacted list and its clauses.
    pub violent_or_serious: ViolentOrSerious,
}

impl Vocabulary {
    /// The facts that are computed, in their order, each with its place among all facts and its derivation.
    pub(crate) fn computed(&self) -> impl Iterator<Item = (usize, &FactSpec, &Derivation)> {
        self.facts.values().enumerate().filter_map(|(place, spec)| Some((place, spec, spec.derived.as_ref()?)))
    }

    /// What is known of each fact, by its place among all facts.
    pub(crate) fn given<'a>(&self, facts: &'a Facts) -> Vec<Option<&'a Fact>> {
        facts.in_order_of(self.facts.keys())
    }

    /// A definition that another of the same words overlaps in its days, by the file in which it stands and its citation: which
    /// of the two a day has would hang on their order.
    pub(crate) fn defined_twice(&self) -> Option<(&'static str, &str)> {
        let words = &self.immigration_enforcement;
        let words = words
            .iter()
            .enumerate()
            .find(|(number, one)| words.iter().skip(number + 1).any(|two| one.days.overlaps(&two.days)));
        let whom = &self.federal_immigration_authority;
        let whom = whom.iter().enumerate().find(|(number, one)| {
            let of_same = |two: &&FederalImmigrationAuthority| two.sections.iter().any(|it| one.sections.contains(it));
            whom.iter().skip(number + 1).filter(of_same).any(|two| one.days.overlaps(&two.days))
        });
        words
            .map(|(_, one)| ("vocabulary/statutes.toml", one.citation.as_str()))
            .or(whom.map(|(_, one)| ("vocabulary/requesters.toml", one.citation.as_str())))
    }

    /// The value of a dated parameter on a day, if it has one.
    #[must_use]
    pub fn parameter(&self, name: &ParameterName, on: Date) -> Option<i64> {
        self.parameters
            .iter()
            .find(|parameter| &parameter.name == name && parameter.days.contains(on))
            .map(|it| it.value)
    }

    /// The agency that ran the facility of this name on a day.
    #[must_use]
    pub fn facility(&self, name: &str, on: Date) -> Option<&Facility> {
        self.facilities.iter().find(|facility| facility.name.eq_ignore_ascii_case(name) && facility.days.contains(on))
    }

    /// The determination that a statute stands in for immigration enforcement on a day, if there is one.
    #[must_use]
    pub fn proxy(&self, statute: &StatuteId, on: Date) -> Option<&Proxy> {
        self.proxies.iter().find(|proxy| &proxy.statute == statute && proxy.days.contains(on))
    }
}

/// Who is bound. `["*"]` in a provision means every agency with `city = true`, `["+"]` every agency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Agency {
    /// Its name in rules and questions, e.g. `DOC`.
    pub id: AgencyId,
    /// Its name in sentences, e.g. `Department of Correction`.
    pub title: String,
    /// Whether it is an agency of the city.
    pub city: bool,
    /// A remark for counsel.
    #[serde(default)]
    pub note: Option<String>,
}

/// One act: what a question asks leave to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Act {
    /// Its name in rules and questions, e.g. `hold`.
    pub id: ActId,
    /// Its name in sentences, e.g. `hold a person past release`.
    pub title: String,
    /// The question in words, e.g. `May we hold this person past release?`.
    pub question: String,
    /// Whether it helps another authority, is the city's own duty, or neither.
    pub kind: ActKind,
    /// Whether it is civil immigration enforcement by its own words, whatever is said of its purpose.
    #[serde(default)]
    pub civil_immigration: bool,
    /// A remark for counsel.
    #[serde(default)]
    pub note: Option<String>,
}

/// What kind of thing an act is. Only a duty can be required.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActKind {
    /// It helps the authority that asks.
    Cooperation,
    /// The city's own duty: record, notify, release, publish.
    Duty,
    /// The city's own conduct that helps nobody else, e.g. asking a question.
    Conduct,
}

/// Who asks, by unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Requester {
    /// Its name in questions, e.g. `ice_ero`.
    pub id: RequesterId,
    /// Its name in sentences.
    #[serde(alias = "label")]
    pub title: String,
    /// Whose it is.
    pub kind: RequesterKind,
    /// Whether it belongs to, is paid by or acts for the Department of Homeland Security.
    #[serde(default)]
    pub dhs: bool,
    /// Of a contractor or task force: whether it is paid by or acts for the federal government; none = unknown.
    #[serde(default)]
    pub for_federal: Option<bool>,
    /// Whether it is a law enforcement agency; none = unknown.
    #[serde(default)]
    pub enforces_law: Option<bool>,
    /// Classes of statutes that its duties include, in whole or part; none = unknown.
    #[serde(default)]
    pub duties: Option<Vec<StatuteClass>>,
    /// Single statutes among its duties.
    #[serde(default)]
    pub duty_statutes: Vec<StatuteId>,
    /// A remark for counsel.
    #[serde(default)]
    pub note: Option<String>,
}

/// Whose a requester is. The fact derived as `requester_kind` has these values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequesterKind {
    /// The federal government's.
    Federal,
    /// The State's.
    State,
    /// Another locality's.
    OtherLocal,
    /// A contractor's, or a task force's.
    ContractorOrTaskForce,
    /// The city's own.
    City,
    /// Not known.
    Unknown,
}

impl RequesterKind {
    /// The word that files use.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Federal => "federal",
            Self::State => "state",
            Self::OtherLocal => "other_local",
            Self::ContractorOrTaskForce => "contractor_or_task_force",
            Self::City => "city",
            Self::Unknown => "unknown",
        }
    }
}

/// A section's definition of federal immigration authorities, for a stretch of days.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FederalImmigrationAuthority {
    /// The sections that define it so, e.g. `9-131`.
    pub sections: Vec<String>,
    /// When they do.
    #[serde(flatten)]
    pub days: Days,
    /// Where.
    pub citation: String,
    /// Of whom the definition speaks.
    pub who: AuthorityReach,
    /// It must have duties of one of these classes.
    pub duties: Vec<StatuteClass>,
    /// Or of a statute that the Mayor has determined to be a proxy.
    #[serde(default)]
    pub proxies: bool,
}

/// Of whom a definition of federal immigration authorities speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthorityReach {
    /// The Department of Homeland Security's people.
    Dhs,
    /// Anyone of the federal government.
    Federal,
}

/// A paper that may be shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// Its name in questions, e.g. `i247a`.
    pub id: DocumentId,
    /// Its name in sentences, e.g. `Form I-247A, immigration detainer`.
    pub title: String,
    /// What the paper is, in words for the desk.
    pub plain: String,
    /// What the paper shows about the matter, if it shows anything by itself.
    #[serde(default)]
    pub shows: Option<PaperShows>,
    /// A remark for counsel.
    #[serde(default)]
    pub note: Option<String>,
}

/// What a paper shows about the matter by itself, whatever is said beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaperShows {
    /// That civil immigration law is enforced.
    CivilImmigration,
    /// That a criminal court is at work.
    CriminalCourt,
    /// The same, once it is known that a judge signed it.
    CriminalCourtIfSigned,
}

/// A statute that a requester may say it enforces.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statute {
    /// Its name in questions, e.g. `usc_8_1326`.
    pub id: StatuteId,
    /// Its name in sentences.
    #[serde(alias = "label")]
    pub title: String,
    /// Where it stands, e.g. `8 USC 1326`.
    pub citation: String,
    /// What kind of statute it is.
    pub class: StatuteClass,
    /// Whether it stands in the Immigration and Nationality Act.
    #[serde(default)]
    pub ina: bool,
    /// Of class entry and presence: which limb of the city's definition it meets.
    #[serde(default)]
    pub limb: Option<Limb>,
    /// A remark for counsel.
    #[serde(default)]
    pub note: Option<String>,
}

/// What kind of statute is enforced. The fact derived as `statute_class` has these values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StatuteClass {
    /// Civil provisions of the Immigration and Nationality Act.
    CivilIna,
    /// It penalises entry, re-entry, presence or failing to depart.
    EntryPresence,
    /// It penalises conduct about registration, travel documents or supervision.
    RegistrationDocumentsSupervision,
    /// The city's definition names it.
    Named,
    /// Another federal statute.
    OtherFederal,
    /// A state's or locality's.
    NonFederal,
    /// The requester was asked and named none.
    NotStated,
    /// Not known.
    Unknown,
}

impl StatuteClass {
    /// The word that files use.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::CivilIna => "civil_ina",
            Self::EntryPresence => "entry_presence",
            Self::RegistrationDocumentsSupervision => "registration_documents_supervision",
            Self::Named => "named",
            Self::OtherFederal => "other_federal",
            Self::NonFederal => "non_federal",
            Self::NotStated => "not_stated",
            Self::Unknown => "unknown",
        }
    }
}

/// Which limb of the city's definition of immigration enforcement a statute on entry and presence meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Limb {
    /// Entry.
    Entry,
    /// Re-entry.
    Reentry,
    /// Presence.
    Presence,
    /// Being found in.
    FoundIn,
    /// Failing to depart.
    FailureToDepart,
}

/// The city's definition of immigration enforcement for a stretch of days (10-178(a)).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImmigrationEnforcement {
    /// When it reads so.
    #[serde(flatten)]
    pub days: Days,
    /// Where.
    pub citation: String,
    /// Classes that it covers wholly.
    #[serde(default)]
    pub classes: Vec<StatuteClass>,
    /// Statutes on entry and presence with one of these limbs.
    #[serde(default)]
    pub limbs: Vec<Limb>,
    /// And of those only the ones in the Immigration and Nationality Act.
    #[serde(default)]
    pub ina_only: bool,
    /// And statutes that the Mayor has determined to be a proxy.
    #[serde(default)]
    pub proxies: bool,
}

/// A fact: its type, its question and its sentences.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FactSpec {
    /// Its name: `context.name` in rules.
    pub name: FactName,
    /// Its type.
    #[serde(rename = "type")]
    pub kind: FactType,
    /// The question that finds it, as the desk reads it.
    pub question: String,
    /// The sentence when it is true (bool).
    #[serde(default)]
    pub yes: Option<String>,
    /// The sentence when it is false (bool).
    #[serde(default)]
    pub no: Option<String>,
    /// The sentence when it is not known (all that rules read).
    #[serde(default)]
    pub unknown: Option<String>,
    /// The values (enum), in the order in which they are shown.
    #[serde(default)]
    pub values: Vec<String>,
    /// A sentence for each value (enum).
    #[serde(default)]
    pub says: BTreeMap<String, String>,
    /// What is counted, as it stands after a number (number), e.g. `hours`.
    #[serde(default)]
    pub unit: Option<String>,
    /// What is counted, as it stands before `is at most 48 hours` (number), e.g. `the time held past release`.
    #[serde(default)]
    pub noun: Option<String>,
    /// Who can answer, e.g. `the person who presents the paper`.
    pub ask_of: String,
    /// What it takes to find out, 1 (a look) to 5 (slow).
    pub cost: u8,
    /// The derivation that computes it; none = it is given.
    #[serde(default)]
    pub derived: Option<Derivation>,
    /// A remark for counsel.
    #[serde(default)]
    pub note: Option<String>,
}

/// What values a fact can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FactType {
    /// True or false.
    Bool,
    /// One of the named values.
    Enum,
    /// A whole number.
    Number,
    /// A civil date; read by derivations only.
    Date,
    /// A civil date and time of day; read by derivations only.
    Datetime,
    /// A list of convictions; read by derivations only.
    Convictions,
}

impl FactType {
    /// Whether rules may read a fact of this type.
    #[must_use]
    pub fn is_read_by_rules(self) -> bool {
        matches!(self, Self::Bool | Self::Enum | Self::Number)
    }
}

/// What no set of facts can be: used as a don't-care in every answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Invariant {
    /// Why it cannot be, in words.
    pub plain: String,
    /// The Cedar expression over `context.*` that never holds.
    pub never: String,
}

/// A dated number: one entry a stretch of days.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parameter {
    /// Its name: `param.name` in rules.
    pub name: ParameterName,
    /// What it counts, e.g. `years`.
    pub unit: String,
    /// How much.
    pub value: i64,
    /// When it is this much.
    #[serde(flatten)]
    pub days: Days,
    /// Where the law says so.
    pub citation: String,
}

/// The days that clocks leave out besides Saturdays and Sundays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Holidays {
    /// The first day about which the list says something; none in a pack without the list.
    #[serde(default, deserialize_with = "days::optional_date", skip_serializing_if = "Option::is_none")]
    pub covers_from: Option<Date>,
    /// The first day about which it no longer does.
    #[serde(default, deserialize_with = "days::optional_date", skip_serializing_if = "Option::is_none")]
    pub covers_until: Option<Date>,
    /// Where the list comes from.
    #[serde(default)]
    pub citation: String,
    /// The holidays.
    #[serde(default, rename = "holiday")]
    pub days: Vec<Holiday>,
}

impl Holidays {
    /// Whether the day is a holiday; none where the list says nothing about it.
    #[must_use]
    pub fn is_holiday(&self, day: Date) -> Option<bool> {
        let covered = self.covers_from? <= day && day < self.covers_until?;
        covered.then(|| self.days.iter().any(|holiday| holiday.date == day))
    }
}

/// A day that clocks leave out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Holiday {
    /// The day on which it is kept.
    #[serde(deserialize_with = "days::date")]
    pub date: Date,
    /// Its name.
    pub name: String,
}

/// A determination of the Mayor that a statute stands in for immigration enforcement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proxy {
    /// The statute.
    pub statute: StatuteId,
    /// When the determination holds.
    #[serde(flatten)]
    pub days: Days,
    /// Where it was published.
    pub citation: String,
}

/// Which agency runs a facility.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facility {
    /// Its name as other authorities write it.
    pub name: String,
    /// The agency that runs it.
    pub agency: AgencyId,
    /// When it does.
    #[serde(flatten)]
    pub days: Days,
    /// How that is known.
    #[serde(default)]
    pub citation: Option<String>,
}

/// The enacted list of violent or serious crimes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ViolentOrSerious {
    /// Where the list stands.
    #[serde(default)]
    pub citation: String,
    /// Since when.
    #[serde(flatten)]
    pub days: Days,
    /// (i) Felonies of the Penal Law, as enacted: `120.04-a(4)`; a range is written `265.02(2)-(8)`.
    #[serde(default)]
    pub penal_law: Vec<String>,
    /// SHA-256 of the sections in their order, joined by a line feed, in hexadecimal: so that none is lost unseen.
    #[serde(default)]
    pub penal_law_sha256: Option<String>,
    /// (ii) Whether felony hate crimes count.
    #[serde(default)]
    pub hate_crime_felonies: bool,
    /// (iii) Felony attempt, solicitation, conspiracy and facilitation: form to article of the Penal Law.
    #[serde(default)]
    pub inchoate: BTreeMap<String, String>,
    /// (iv) Felonies of the Vehicle and Traffic Law, by section.
    #[serde(default)]
    pub vehicle_and_traffic_law: Vec<String>,
    /// (v) Crimes added by the department's rule.
    #[serde(default)]
    pub added: Vec<AddedCrime>,
    /// Sections since repealed or renumbered; a conviction under either side goes to counsel.
    #[serde(default)]
    pub successor: Vec<Successor>,
}

impl ViolentOrSerious {
    /// Whether the list is not the one whose hash the file gives.
    #[must_use]
    pub fn hash_differs(&self) -> bool {
        use sha2::Digest as _;
        let found = hex::encode(sha2::Sha256::digest(self.penal_law.join("\n")));
        self.penal_law_sha256.as_ref().is_some_and(|hash| !hash.eq_ignore_ascii_case(&found))
    }
}

/// A crime added to the list by rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddedCrime {
    /// Which law, e.g. `ny_penal`.
    pub law: String,
    /// Its section.
    pub section: String,
    /// Since when.
    #[serde(flatten)]
    pub days: Days,
    /// By what rule.
    pub citation: String,
}

/// A listed section and what came after it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Successor {
    /// The listed section.
    pub section: String,
    /// What it became.
    pub successor: Vec<String>,
    /// Since when.
    #[serde(flatten)]
    pub days: Days,
    /// By what law.
    pub citation: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_holidays_is_silent_outside_its_days() {
        let day = |text: &str| text.parse::<Date>().unwrap();
        let holidays = Holidays {
            covers_from: Some(day("2026-01-01")),
            covers_until: Some(day("2027-01-01")),
            citation: String::new(),
            days: vec![Holiday { date: day("2026-09-07"), name: "Labor Day".into() }],
        };
        assert_eq!(holidays.is_holiday(day("2026-09-07")), Some(true));
        assert_eq!(holidays.is_holiday(day("2026-09-08")), Some(false));
        assert_eq!(holidays.is_holiday(day("2027-01-01")), None);
    }
}
