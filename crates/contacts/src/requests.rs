//! Which recorded request accounts for which contact, so that one request does not answer for everybody's mail of its days.
//!
//! A request accounts for one exchange of mail and one of look-ups: for the contacts of the same people, [`MOST_OF_ONE`] at
//! most, within its window. Whose, is read off the request where it names an address; otherwise it goes to the first people
//! whose contacts no other request accounts for, those of its own day before those of the days around it. ADR 39.
//!
//! Of days before the first that the files cover nothing is known. A request that contacts of those days may have used up is
//! free for nobody, so that a contact is not taken off when its neighbours are read no more.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    fmt,
};

use jiff::{ToSpan as _, civil::Date};
use law::{AgencyId, RequesterId};

use crate::{Contact, Partner, Way};

/// The most contacts of an exchange for which one request accounts: what is asked, what is answered, and what is said of it.
pub const MOST_OF_ONE: u64 = 5;

/// A recorded request of an outside authority, as far as it can account for a contact.
#[derive(Clone, PartialEq, Eq)]
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

/// When, never whose: its addresses are as private as the entry that they come from.
impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Request({} {}, {} addresses)", self.agency, self.day, self.names.len())
    }
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

/// What a comparison is told of days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reach {
    /// How many days before or after a contact its request may be recorded for.
    pub window_days: u16,
    /// The first day that the files cover whole; none = nobody said it, and every request counts as free.
    pub from: Option<Date>,
}

/// Requests by their day.
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
    /// Requests that account for nothing yet and are nobody's.
    free: HashMap<(&'a AgencyId, &'a RequesterId), Days>,
    /// Requests by the addresses that they name; of look-ups, and where they name none, by the staff for whose contacts they account.
    /// None that is full.
    by_name: HashMap<String, Days>,
    held: HashMap<RequestNumber, Held>,
}

/// Which request accounts for what.
pub(crate) struct Accounts<'a> {
    requests: &'a [Request],
    reach: Reach,
    /// The days of all, in order.
    all: HashMap<(&'a AgencyId, &'a RequesterId), Vec<Date>>,
    mail: Side<'a>,
    system: Side<'a>,
}

impl<'a> Accounts<'a> {
    pub(crate) fn new(requests: &'a Requests, reach: Reach) -> Self {
        let (mut mail, mut system) = (Side::default(), Side::default());
        let mut all: HashMap<_, Vec<Date>> = HashMap::new();
        // The last day that contacts from before the files reach.
        let used = reach.from.and_then(|from| from.checked_add(i64::from(reach.window_days).days()).ok());
        for (at, request) in requests.0.iter().enumerate() {
            let place = (request.day, RequestNumber(at));
            let whose = (&request.agency, &request.requester);
            all.entry(whose).or_default().push(request.day);
            for name in &request.names {
                mail.by_name.entry(name.clone()).or_default().insert(place);
                system.by_name.entry(name.clone()).or_default().insert(place);
            }
            if used.is_some_and(|used| request.day < used) {
                continue;
            }
            if request.written && request.names.is_empty() {
                mail.free.entry(whose).or_default().insert(place);
            }
            // An audit log names users: an address in the request does not say whose look-up it was.
            system.free.entry(whose).or_default().insert(place);
        }
        all.values_mut().for_each(|days| days.sort_unstable());
        Self { requests: &requests.0, reach, all, mail, system }
    }

    /// The request that accounts for a contact with one authority, if one does that is not among the first so many: of these people, within
    /// the window; or free, and at most so many days apart.
    pub(crate) fn find(&self, contact: &Contact, partner: &Partner, known: u64, apart: u16) -> Option<RequestNumber> {
        let agency = contact.agency.as_ref()?;
        let side = if contact.way == Way::System { &self.system } else { &self.mail };
        let within = |days| {
            let (from, through) = around(contact.day, days);
            (from, RequestNumber(0))..=(through, RequestNumber(usize::MAX))
        };
        let new = |number: RequestNumber| number.0 as u64 >= known;
        let own = |number: RequestNumber| {
            let request = self.requests.get(number.0).filter(|_| new(number))?;
            let asked = request.agency == *agency && partner.requesters.contains(&request.requester);
            (asked && is_of(side.held.get(&number), request, contact)).then_some(number)
        };
        let names = contact.staff.iter().chain(&contact.theirs).filter_map(|name| side.by_name.get(name));
        let named = names.filter_map(|of| {
            of.range(within(self.reach.window_days)).find_map(|(day, number)| Some((*day, own(*number)?)))
        });
        if let Some((_, number)) = named.min() {
            return Some(number);
        }
        let free = partner.requesters.iter().filter_map(|requester| side.free.get(&(agency, requester)));
        free.filter_map(|of| of.range(within(apart)).find(|(_, number)| new(*number))).min().map(|(_, number)| *number)
    }

    /// Lets a request account for a contact, and for others of the same people.
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
        let by_people = request.names.is_empty() || contact.way == Way::System;
        let by_people = held.staff.iter().filter(|_| by_people);
        for name in by_people.chain(&request.names) {
            let of = side.by_name.entry(name.clone()).or_default();
            if full {
                of.remove(&place);
            } else {
                of.insert(place);
            }
        }
    }

    /// Whether a request can be of a contact at all: its own agency was asked, by an authority that took part.
    pub(crate) fn can_be_of<'p>(
        &self,
        number: RequestNumber,
        contact: &Contact,
        mut partners: impl Iterator<Item = &'p Partner>,
    ) -> bool {
        self.requests.get(number.0).is_some_and(|request| {
            contact.agency.as_ref().is_none_or(|agency| *agency == request.agency)
                && partners.any(|partner| partner.requesters.contains(&request.requester))
        })
    }

    /// How many requests of its agency from its authorities there are in a contact's window, whatever they account for.
    pub(crate) fn near<'p>(&self, contact: &Contact, partners: impl Iterator<Item = &'p Partner>) -> u64 {
        let Some(agency) = contact.agency.as_ref() else { return 0 };
        let requesters: BTreeSet<&RequesterId> = partners.flat_map(|partner| &partner.requesters).collect();
        let (from, through) = around(contact.day, self.reach.window_days);
        let of = requesters.into_iter().filter_map(|requester| self.all.get(&(agency, requester)));
        of.map(|days| days.partition_point(|day| *day <= through) - days.partition_point(|day| *day < from))
            .map(|count| count as u64)
            .sum()
    }

    /// How many requests account for something, and for how much the one that accounts for the most.
    pub(crate) fn cover(&self) -> (u64, u64) {
        let mut by: HashMap<RequestNumber, u64> = HashMap::new();
        for (number, held) in self.mail.held.iter().chain(&self.system.held) {
            *by.entry(*number).or_default() += held.contacts;
        }
        (by.len() as u64, by.into_values().max().unwrap_or_default())
    }
}

/// The first and last day that are at most so many days from this one.
fn around(day: Date, days: u16) -> (Date, Date) {
    let days = i64::from(days).days();
    (day.checked_sub(days).unwrap_or(Date::MIN), day.checked_add(days).unwrap_or(Date::MAX))
}

/// Whether a request that is not free is of these people: it names one of them, if it names anybody, and what it accounts for already
/// is of the same two sides.
fn is_of(held: Option<&Held>, request: &Request, contact: &Contact) -> bool {
    let named = contact.staff.iter().chain(&contact.theirs).any(|name| request.names.contains(name));
    // A user of an audit log has no address: a request that names some can still be of their look-ups.
    let by_people = request.names.is_empty() || contact.way == Way::System;
    match held {
        None => named,
        Some(held) => {
            let theirs = contact.theirs.is_empty() || contact.theirs.iter().any(|name| held.theirs.contains(name));
            (named || by_people) && theirs && contact.staff.iter().any(|name| held.staff.contains(name))
        }
    }
}
