//! Data of surveillance technology that left the police (NYC Admin. Code § 14-188(g), Local Law 56 of 2025).
//!
//! The section asks the Police Department for an internal tracking system that documents each time such data goes to an outside
//! body, with name and date. Other governments are exempt, but every provision to ICE or CBP is documented, except in a criminal
//! investigation, to a task force in which they take part, where the data is not under the department's sole control. It also
//! asks for a list of the agencies with direct access, its extent and its dates. A line here is one such instance, or one such
//! access. It says nothing on whether data may be given: that is the gate's to answer, and a deed's to record.

use jiff::civil::Date;
use law::{AgencyId, Known, RequesterId};
use serde::{Deserialize, Serialize};

use crate::{Private, RequestId};

/// The agency that the section binds, as the pack names it.
pub const AGENCY: &str = "NYPD";

/// The act by which such data is given, as the pack names it.
pub const ACT: &str = "share_surveillance_data";

/// One line of the tracking system.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tracked {
    /// The agency whose data it is.
    pub agency: AgencyId,
    /// The request that it answered, where there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<RequestId>,
    /// The name of the outside body. Never a person's.
    pub name: String,
    /// Which authority of the pack's it is; absent: it is no government.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<RequesterId>,
    /// What.
    pub what: Passage,
    /// The official who says so.
    pub said_by: Private,
}

/// How data passes to an outside body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Passage {
    /// Data was given.
    Provided {
        /// On which day.
        on: Date,
        /// For a criminal investigation, to a task force in which ICE or CBP take part.
        task_force: Known,
        /// The data is under the department's sole control.
        sole_control: Known,
    },
    /// The body can look into the data itself.
    DirectAccess {
        /// Into what.
        extent: String,
        /// From which day on.
        from: Date,
        /// Until which day; absent while it lasts.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Date>,
    },
}

impl Passage {
    /// Whether it falls into these days: data that was given in them, an access that lasted in them.
    #[must_use]
    pub fn within(&self, from: Date, through: Date) -> bool {
        match self {
            Self::Provided { on, .. } => (from..=through).contains(on),
            Self::DirectAccess { from: since, until, .. } => {
                *since <= through && until.is_none_or(|until| until >= from)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn an_access_is_of_every_day_on_which_it_lasted() {
        let (from, through) = (date(2026, 4, 1), date(2026, 6, 30));
        let given =
            |on| Passage::Provided { on, task_force: Known::No, sole_control: Known::Yes }.within(from, through);
        assert_eq!([date(2026, 3, 31), from, through, date(2026, 7, 1)].map(given), [false, true, true, false]);
        let lasted = |from_day, until| {
            Passage::DirectAccess { extent: "plates".into(), from: from_day, until }.within(from, through)
        };
        assert!(lasted(date(2025, 1, 1), None) && lasted(date(2025, 1, 1), Some(from)) && lasted(through, None));
        assert!(!lasted(date(2025, 1, 1), Some(date(2026, 3, 31))) && !lasted(date(2026, 7, 1), None));
    }
}
