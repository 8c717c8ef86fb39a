//! Which recorded request accounts for which contact, so that one request does not answer for everybody's mail of its days.
//!
//! A request accounts for one exchange of mail and one of look-ups: for the contacts of the same people, [`MOST_OF_ONE`] at
//! most, within its window. Whose, is read off the request where it names an address; otherwise it goes to the first people
//! whose contacts no other request accounts for. Contacts are taken by day and requests by the day on which they end to
//! count, which leaves as few contacts without one as can be. ADR 21.

use std::collections::{BTreeSet, HashMap, HashSet};

use jiff::{ToSpan as _, civil::Date};
use law::{AgencyId, RequesterId};

use crate::{Contact, Partner, Way};

/// The most contacts of an exchange for which one request accounts: what is asked, what is answered, and what is said of it.
pub const MOST_OF_ONE: u64 = 5;

/// A recorded request of an outside authority, as far as it can account for a contact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Who was asked.
    pub agency: AgencyId,
    /// Who asked, in the pack's words.
    pub requester: RequesterId,
    /// On which day.
    pub day: Date,
    /// It came by mail, or may have. By telephone or in person it did not: then mail is of it only where it names an address.
    pub written: bool,
    /// The addresses that it names, of whoever was asked and whoever asked, in small letters.
    pub names: BTreeSet<String>,
}

/// A request, by its place among those that were added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestNumber(usize);

/// The recorded requests.
#[derive(Clone, Debug, Default)]
pub struct Requests(Vec<Request>);

impl Requests {
    /// Adds one.
    pub fn add(&mut self, request: Request) -> RequestNumber {
        self.0.push(request);
        RequestNumber(self.0.len() - 1)
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.0.len() as u64
    }
}

/// Of whom, and when: what requests are found by.
type Days = BTreeSet<(Date, RequestNumber)>;

/// What one request accounts for so far, on one side.
#[derive(Default)]
struct Held {
    staff: HashSet<String>,
    theirs: HashSet<String>,
    contacts: u64,
}

/// Mail or look-ups.
#[derive(Default)]
struct Side<'a> {
    /// Requests that account for nothing yet and name no address.
    free: HashMap<(&'a AgencyId, &'a RequesterId), Days>,
    /// Requests by the addresses that they name, and by the staff for whose contacts they account. Those that are full are not here.
    by_name: HashMap<String, Days>,
    held: HashMap<RequestNumber, Held>,
}

/// Which request accounts for what.
pub(crate) struct Accounts<'a> {
    requests: &'a [Request],
    window_days: u16,
    all: HashMap<(&'a AgencyId, &'a RequesterId), Days>,
    mail: Side<'a>,
    system: Side<'a>,
}

impl<'a> Accounts<'a> {
    pub(crate) fn new(requests: &'a Requests, window_days: u16) -> Self {
        let (mut mail, mut system) = (Side::default(), Side::default());
        let mut all: HashMap<_, Days> = HashMap::new();
        for (at, request) in requests.0.iter().enumerate() {
            let place = (request.day, RequestNumber(at));
            let whose = (&request.agency, &request.requester);
            all.entry(whose).or_default().insert(place);
            for (side, takes) in [(&mut mail, request.written), (&mut system, true)] {
                for name in &request.names {
                    side.by_name.entry(name.clone()).or_default().insert(place);
                }
                if takes && request.names.is_empty() {
                    side.free.entry(whose).or_default().insert(place);
                }
            }
        }
        Self { requests: &requests.0, window_days, all, mail, system }
    }

    /// The request that accounts for a contact with one authority, if one does.
    pub(crate) fn find(&self, contact: &Contact, partner: &Partner) -> Option<RequestNumber> {
        let agency = contact.agency.as_ref()?;
        let side = if contact.way == Way::System { &self.system } else { &self.mail };
        let days = self.days(contact.day);
        let own = |number: RequestNumber| {
            let request = self.requests.get(number.0)?;
            let theirs = request.agency == *agency && partner.requesters.contains(&request.requester);
            (theirs && self.is_of(side, number, request, contact)).then_some(number)
        };
        let names = contact.staff.iter().chain(&contact.theirs).filter_map(|name| side.by_name.get(name));
        let named = names.filter_map(|of| of.range(days.clone()).find_map(|(day, number)| Some((*day, own(*number)?))));
        if let Some((_, number)) = named.min() {
            return Some(number);
        }
        let free = partner.requesters.iter().filter_map(|requester| side.free.get(&(agency, requester)));
        free.filter_map(|of| of.range(days.clone()).next()).min().map(|(_, number)| *number)
    }

    /// Whether a request is of these people: it names one of them, or accounts for another contact of the same two sides.
    fn is_of(&self, side: &Side<'_>, number: RequestNumber, request: &Request, contact: &Contact) -> bool {
        if contact.staff.iter().chain(&contact.theirs).any(|name| request.names.contains(name)) {
            return true;
        }
        let Some(held) = side.held.get(&number) else { return false };
        let theirs = contact.theirs.is_empty() || contact.theirs.iter().any(|name| held.theirs.contains(name));
        theirs && contact.staff.iter().any(|name| held.staff.contains(name))
    }

    /// Lets a request account for a contact.
    pub(crate) fn hold(&mut self, number: RequestNumber, contact: &Contact) {
        let Some(request) = self.requests.get(number.0) else { return };
        let side = if contact.way == Way::System { &mut self.system } else { &mut self.mail };
        let place = (request.day, number);
        if let Some(free) = side.free.get_mut(&(&request.agency, &request.requester)) {
            free.remove(&place);
        }
        let held = side.held.entry(number).or_default();
        held.contacts += 1;
        held.staff.extend(contact.staff.iter().cloned());
        held.theirs.extend(contact.theirs.iter().cloned());
        let full = held.contacts >= MOST_OF_ONE;
        for name in held.staff.iter().chain(&request.names) {
            let of = side.by_name.entry(name.clone()).or_default();
            if full {
                of.remove(&place);
            } else {
                of.insert(place);
            }
        }
    }

    /// How many requests of its agency from its authorities there are in a contact's window, whatever they account for.
    pub(crate) fn near<'p>(&self, contact: &Contact, partners: impl Iterator<Item = &'p Partner>) -> u64 {
        let Some(agency) = contact.agency.as_ref() else { return 0 };
        let requesters: BTreeSet<&RequesterId> = partners.flat_map(|partner| &partner.requesters).collect();
        let of = requesters.into_iter().filter_map(|requester| self.all.get(&(agency, requester)));
        of.map(|of| of.range(self.days(contact.day)).count() as u64).sum()
    }

    /// How many requests account for something, and for how much the one that accounts for the most.
    pub(crate) fn cover(&self) -> (u64, u64) {
        let mut by: HashMap<RequestNumber, u64> = HashMap::new();
        for (number, held) in self.mail.held.iter().chain(&self.system.held) {
            *by.entry(*number).or_default() += held.contacts;
        }
        (by.len() as u64, by.into_values().max().unwrap_or_default())
    }

    /// The days of requests that can account for a contact of this day.
    fn days(&self, day: Date) -> std::ops::RangeInclusive<(Date, RequestNumber)> {
        let window = i64::from(self.window_days).days();
        let from = day.checked_sub(window).unwrap_or(Date::MIN);
        let through = day.checked_add(window).unwrap_or(Date::MAX);
        (from, RequestNumber(0))..=(through, RequestNumber(usize::MAX))
    }
}
