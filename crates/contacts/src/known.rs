//! What is known before a file is read: whom we look for, whose people are whose, what day it is and where.

use jiff::{civil::Date, tz::TimeZone};

use law::AgencyId;

use crate::{Address, Mapping, Partners};

/// What every reader is given.
#[derive(Clone, Debug)]
pub struct Known {
    /// Whom contacts are looked for with.
    pub partners: Partners,
    /// Whose people have which addresses.
    pub mapping: Mapping,
    /// The city's zone: a contact's day is the city's.
    pub zone: TimeZone,
    /// Today in the city. Logs without years end with it, and no contact is later than tomorrow.
    pub today: Date,
}

impl Known {
    /// Whether a contact may hang on this address at all.
    pub(crate) fn counts(&self, address: &Address) -> bool {
        self.partners.ever(address.domain()) || self.mapping.agency(address).is_some()
    }

    /// Which agency or which domain of the list an address belongs to.
    pub(crate) fn whose<'a>(&'a self, address: &'a Address) -> (Option<&'a str>, Option<&'a AgencyId>) {
        (self.partners.line_of(address.domain()), self.mapping.agency(address))
    }

    /// Whether a day has not come, even if another clock than ours is ahead by hours.
    pub(crate) fn is_later(&self, day: Date) -> bool {
        day > self.today.tomorrow().unwrap_or(self.today)
    }
}
