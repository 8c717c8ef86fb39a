//! Derivations by name: what stands behind `derived = "..."` in the pack's facts, read once when the pack is loaded.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::ids::{AgencyId, DocumentId, FactName, RequesterId};

/// How a fact is computed. Written as its name and, after a colon, what it is computed for (docs/law/pack-format.md).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Derivation {
    /// `vs_conviction_in_window`: convicted of a violent or serious crime within the window.
    ConvictionInWindow,
    /// `vs_conviction_in_window_disputed`: whether that is for counsel.
    ConvictionInWindowDisputed,
    /// `vs_conviction_ever`: the same, at any time.
    ConvictionEver,
    /// `vs_conviction_ever_disputed`: whether that is for counsel.
    ConvictionEverDisputed,
    /// `hold_deadline:AGENCY`: the end of the hours for which the agency may have held a person.
    HoldDeadline(AgencyId),
    /// `hours_past_release_excluding`: hours since release was due, Saturdays, Sundays and holidays left out.
    HoursPastRelease,
    /// `immigration_enforcement`.
    ImmigrationEnforcement,
    /// `civil_immigration_enforcement`.
    CivilImmigrationEnforcement,
    /// `immigration_enforcement_for_counsel`: whether the first of the two is for counsel.
    ImmigrationEnforcementForCounsel,
    /// `statute_not_named`: whether the requester was asked and named no statute.
    StatuteNotNamed,
    /// `statute_class`.
    StatuteClass,
    /// `requester_kind`.
    RequesterKind,
    /// `federal_immigration_authority` or `federal_immigration_authority:SECTION`, as the section defines it.
    FederalImmigrationAuthority(Option<String>),
    /// `non_local_law_enforcement`.
    NonLocalLawEnforcement,
    /// `enforcer_not_of_the_city`.
    EnforcerNotOfTheCity,
    /// `requester_is_city_personnel`.
    RequesterIsCityPersonnel,
    /// `requester_among:UNIT,…`: whether the requester is one of the units.
    RequesterAmong(Vec<RequesterId>),
    /// `requester_surely_among:UNIT,…`: the same, no only of the city's own.
    RequesterSurelyAmong(Vec<RequesterId>),
    /// `document_shown:PAPER,…`: whether one of the papers was shown.
    DocumentShown(Vec<DocumentId>),
    /// `document_surely_shown:PAPER,…`: the same, yes or not known.
    DocumentSurelyShown(Vec<DocumentId>),
    /// `unconfirmed:CLAIM,CONFIRMATION`: whether something is claimed and not confirmed.
    Unconfirmed(FactName, FactName),
}

/// The pack asks for a derivation that there is not.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no derivation `{0}`; docs/law/pack-format.md lists them")]
pub struct NoSuchDerivation(
    /// The name as it stands in the pack.
    pub String,
);

impl Derivation {
    /// The derivation of this name.
    ///
    /// # Errors
    /// When there is none of this name, with these parts.
    pub fn parse(text: &str) -> Result<Self, NoSuchDerivation> {
        let (name, argument) = text.split_once(':').map_or((text, None), |(name, argument)| (name, Some(argument)));
        Self::with(name, argument).ok_or_else(|| NoSuchDerivation(text.to_owned()))
    }

    fn with(name: &str, argument: Option<&str>) -> Option<Self> {
        Some(match (name, argument) {
            ("vs_conviction_in_window", None) => Self::ConvictionInWindow,
            ("vs_conviction_in_window_disputed", None) => Self::ConvictionInWindowDisputed,
            ("vs_conviction_ever", None) => Self::ConvictionEver,
            ("vs_conviction_ever_disputed", None) => Self::ConvictionEverDisputed,
            ("hold_deadline", Some(agency)) => Self::HoldDeadline(agency.trim().into()),
            ("hours_past_release_excluding", None) => Self::HoursPastRelease,
            ("immigration_enforcement", None) => Self::ImmigrationEnforcement,
            ("civil_immigration_enforcement", None) => Self::CivilImmigrationEnforcement,
            ("immigration_enforcement_for_counsel", None) => Self::ImmigrationEnforcementForCounsel,
            ("statute_not_named", None) => Self::StatuteNotNamed,
            ("statute_class", None) => Self::StatuteClass,
            ("requester_kind", None) => Self::RequesterKind,
            ("federal_immigration_authority", section) => {
                Self::FederalImmigrationAuthority(section.map(|section| section.trim().to_owned()))
            }
            ("non_local_law_enforcement", None) => Self::NonLocalLawEnforcement,
            ("enforcer_not_of_the_city", None) => Self::EnforcerNotOfTheCity,
            ("requester_is_city_personnel", None) => Self::RequesterIsCityPersonnel,
            ("requester_among", Some(units)) => Self::RequesterAmong(list(units)),
            ("requester_surely_among", Some(units)) => Self::RequesterSurelyAmong(list(units)),
            ("document_shown", Some(papers)) => Self::DocumentShown(list(papers)),
            ("document_surely_shown", Some(papers)) => Self::DocumentSurelyShown(list(papers)),
            ("unconfirmed", Some(facts)) => {
                let (claim, confirmation) = facts.split_once(',')?;
                Self::Unconfirmed(claim.trim().into(), confirmation.trim().into())
            }
            _ => return None,
        })
    }

    /// The papers of which it tells whether one was shown, yes or no.
    #[must_use]
    pub fn papers(&self) -> &[DocumentId] {
        match self {
            Self::DocumentShown(papers) => papers,
            _ => &[],
        }
    }
}

fn list<'a, T: From<&'a str>>(names: &'a str) -> Vec<T> {
    names.split(',').map(|name| T::from(name.trim())).collect()
}

/// Names separated by commas.
pub(super) struct Listed<'a, T>(pub(super) &'a [T]);

impl<T: fmt::Display> fmt::Display for Listed<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, name) in self.0.iter().enumerate() {
            if place > 0 {
                f.write_str(",")?;
            }
            write!(f, "{name}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Derivation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ConvictionInWindow => f.write_str("vs_conviction_in_window"),
            Self::ConvictionInWindowDisputed => f.write_str("vs_conviction_in_window_disputed"),
            Self::ConvictionEver => f.write_str("vs_conviction_ever"),
            Self::ConvictionEverDisputed => f.write_str("vs_conviction_ever_disputed"),
            Self::HoldDeadline(agency) => write!(f, "hold_deadline:{agency}"),
            Self::HoursPastRelease => f.write_str("hours_past_release_excluding"),
            Self::ImmigrationEnforcement => f.write_str("immigration_enforcement"),
            Self::CivilImmigrationEnforcement => f.write_str("civil_immigration_enforcement"),
            Self::ImmigrationEnforcementForCounsel => f.write_str("immigration_enforcement_for_counsel"),
            Self::StatuteNotNamed => f.write_str("statute_not_named"),
            Self::StatuteClass => f.write_str("statute_class"),
            Self::RequesterKind => f.write_str("requester_kind"),
            Self::FederalImmigrationAuthority(None) => f.write_str("federal_immigration_authority"),
            Self::FederalImmigrationAuthority(Some(section)) => write!(f, "federal_immigration_authority:{section}"),
            Self::NonLocalLawEnforcement => f.write_str("non_local_law_enforcement"),
            Self::EnforcerNotOfTheCity => f.write_str("enforcer_not_of_the_city"),
            Self::RequesterIsCityPersonnel => f.write_str("requester_is_city_personnel"),
            Self::RequesterAmong(units) => write!(f, "requester_among:{}", Listed(units)),
            Self::RequesterSurelyAmong(units) => write!(f, "requester_surely_among:{}", Listed(units)),
            Self::DocumentShown(papers) => write!(f, "document_shown:{}", Listed(papers)),
            Self::DocumentSurelyShown(papers) => write!(f, "document_surely_shown:{}", Listed(papers)),
            Self::Unconfirmed(claim, confirmation) => write!(f, "unconfirmed:{claim},{confirmation}"),
        }
    }
}

impl Serialize for Derivation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Derivation {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}
