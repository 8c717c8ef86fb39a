//! The days of the city's calendar: all the time that this door knows, beside moments that tell no hour.

use std::{
    sync::{Mutex, PoisonError},
    time::Instant,
};

use jiff::{Zoned, civil::Date, tz::TimeZone};

/// Says which day it is.
pub trait Clock: Send + Sync {
    /// The day in the city.
    fn today(&self) -> Date;

    /// The moment, by a clock that only runs on: what is good for some minutes is measured by it.
    fn moment(&self) -> Instant {
        Instant::now()
    }
}

/// The machine's clock, in the city's time zone.
pub struct City(pub TimeZone);

impl Clock for City {
    fn today(&self) -> Date {
        Zoned::now().with_time_zone(self.0.clone()).date()
    }
}

/// A day that is set by hand: for tests and drills.
pub struct Fixed(Mutex<Date>);

impl Fixed {
    /// This day, until another is set.
    #[must_use]
    pub fn new(day: Date) -> Self {
        Self(Mutex::new(day))
    }

    /// Sets the day.
    pub fn set(&self, day: Date) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = day;
    }
}

impl Clock for Fixed {
    fn today(&self) -> Date {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
