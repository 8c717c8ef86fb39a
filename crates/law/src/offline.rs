//! What the guide may say by itself: barred, or ask counsel (decisions 8).
//!
//! A bar stays a bar. Everything else, a permit and a duty among it, is "ask counsel": whoever has no network has no second engine, no
//! record and nobody beside them. There is no value here that says yes, and what the module hands out has no other form.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::{decision::PackRef, ids::Text, outcome::Outcome};

/// For how many days after the server last said that it has the same pack the guide still bars by itself.
pub const DAYS_MAX: i32 = 14;

/// What the guide says of one act.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Said {
    /// The act may not be done.
    Barred,
    /// Not yet: counsel says.
    Escalate,
}

impl Said {
    /// The outcome whose sentences are said.
    #[must_use]
    pub fn outcome(self) -> Outcome {
        match self {
            Self::Barred => Outcome::Barred,
            Self::Escalate => Outcome::Escalate,
        }
    }
}

/// Why the guide says of nothing that it is barred.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stale {
    /// Nobody has said for more than [`DAYS_MAX`] days that this is the law that the server has, or the device's clock went back.
    Old,
    /// The server has another pack.
    OtherPack,
}

/// What the device knows of its own age.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Standing {
    /// The day, by the device's clock.
    #[serde(deserialize_with = "crate::days::date")]
    pub today: Date,
    /// The day on which the server last said which pack it has; none = never.
    #[serde(default, deserialize_with = "crate::days::optional_date", skip_serializing_if = "Option::is_none")]
    pub confirmed: Option<Date>,
    /// The SHA-256 of that pack.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server_pack: Option<Text>,
}

impl Standing {
    /// Whether a guide with this pack must not bar by itself, and why.
    #[must_use]
    pub fn stale(&self, pack: &PackRef) -> Option<Stale> {
        if self.server_pack.as_ref() != Some(&pack.sha256) {
            return Some(if self.server_pack.is_none() { Stale::Old } else { Stale::OtherPack });
        }
        let age = self.confirmed.and_then(|confirmed| self.today.since((jiff::Unit::Day, confirmed)).ok());
        match age.map(|age| age.get_days()) {
            Some(0..=DAYS_MAX) => None,
            _ => Some(Stale::Old),
        }
    }
}

/// What the guide says where the law gives this outcome.
#[must_use]
pub fn said(outcome: Outcome, stale: Option<Stale>) -> Said {
    match (outcome, stale) {
        (Outcome::Barred, None) => Said::Barred,
        _ => Said::Escalate,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_stays_a_bar_and_everything_else_is_for_counsel() {
        for outcome in Outcome::ALL {
            let expected = if outcome == Outcome::Barred { Said::Barred } else { Said::Escalate };
            assert_eq!(said(outcome, None), expected, "{outcome}");
            for stale in [Stale::Old, Stale::OtherPack] {
                assert_eq!(said(outcome, Some(stale)), Said::Escalate, "{outcome} {stale:?}");
            }
        }
    }

    #[test]
    fn a_guide_is_stale_after_its_days_before_them_and_beside_another_pack() {
        let day = |text: &str| text.parse::<Date>().unwrap();
        let pack =
            PackRef { id: "nyc".into(), version: "1".into(), sha256: "aa".into(), read_until: day("2026-08-21") };
        let stale = |today: &str, confirmed: Option<&str>, server: Option<&str>| {
            let server_pack = server.map(Text::from);
            Standing { today: day(today), confirmed: confirmed.map(day), server_pack }.stale(&pack)
        };
        assert_eq!(stale("2026-11-27", Some("2026-11-27"), Some("aa")), None);
        assert_eq!(stale("2026-12-11", Some("2026-11-27"), Some("aa")), None, "on the last day");
        assert_eq!(stale("2026-12-12", Some("2026-11-27"), Some("aa")), Some(Stale::Old), "the day after");
        assert_eq!(stale("2026-11-26", Some("2026-11-27"), Some("aa")), Some(Stale::Old), "the clock went back");
        assert_eq!(stale("2026-11-27", None, Some("aa")), Some(Stale::Old), "never");
        assert_eq!(stale("2026-11-27", None, None), Some(Stale::Old), "never");
        assert_eq!(stale("2026-11-27", Some("2026-11-27"), Some("bb")), Some(Stale::OtherPack));
    }
}
