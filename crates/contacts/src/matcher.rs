//! Which contacts the record, the roster and earlier dismissals account for, and which nothing does.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    mem,
};

use jiff::{ToSpan as _, civil::Date};
use law::{AgencyId, RequesterId};

use crate::{Contact, ContactKey, Partners, Roster, sighting::distinct};

/// The most contacts that are kept: beyond it the stretch of days is too long for one run, and nothing is answered.
pub const MOST_CONTACTS: usize = 100_000;

/// The most addresses of each side that a contact keeps to be shown.
const MOST_SHOWN: usize = 8;

/// A recorded request of an outside authority, as far as it can account for a contact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Who was asked.
    pub agency: AgencyId,
    /// Who asked, in the pack's words.
    pub requester: RequesterId,
    /// On which day.
    pub day: Date,
}

/// The recorded requests, by whom they can account for.
#[derive(Clone, Debug, Default)]
pub struct Requests(HashMap<AgencyId, HashMap<RequesterId, BTreeSet<Date>>>);

impl Requests {
    /// Adds one.
    pub fn add(&mut self, request: Request) {
        self.0.entry(request.agency).or_default().entry(request.requester).or_default().insert(request.day);
    }

    /// The day nearest before or after `day`, within the window, on which one of these asked that agency.
    fn within<'a>(
        &'a self,
        agency: &AgencyId,
        requesters: &'a [RequesterId],
        day: Date,
        window_days: u16,
    ) -> Option<(&'a RequesterId, Date)> {
        let window = i64::from(window_days).days();
        let from = day.checked_sub(window).unwrap_or(Date::MIN);
        let to = day.checked_add(window).unwrap_or(Date::MAX);
        let asked = self.0.get(agency)?;
        requesters.iter().find_map(|requester| {
            let days = asked.get(requester)?;
            let before = days.range(from..=day).next_back();
            let after = days.range(day..=to).next();
            let distance = |it: &&Date| day.duration_until(**it).abs();
            before.into_iter().chain(after).min_by_key(distance).map(|found| (requester, *found))
        })
    }
}

/// What accounts for a contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Account {
    /// A recorded request of its agency.
    Recorded,
    /// Everybody of the agency who took part is on the roster.
    Rostered,
    /// Somebody dismissed it, with a reason.
    Dismissed,
    /// Nothing.
    Unrecorded,
}

/// What recorded requests account for, so that a request that accounts for a great deal is seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cover {
    /// Days on which requests of one agency from one requester account for contacts.
    pub days: u64,
    /// The most contacts that one such day accounts for.
    pub most: u64,
}

/// How many contacts there are, by what accounts for them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// A recorded request accounts for them.
    pub recorded: u64,
    /// The roster does.
    pub rostered: u64,
    /// They were dismissed.
    pub dismissed: u64,
    /// Nothing does.
    pub unrecorded: u64,
}

impl Counts {
    fn count(&mut self, account: Account) {
        match account {
            Account::Recorded => self.recorded += 1,
            Account::Rostered => self.rostered += 1,
            Account::Dismissed => self.dismissed += 1,
            Account::Unrecorded => self.unrecorded += 1,
        }
    }

    /// All of them.
    #[must_use]
    pub fn all(self) -> u64 {
        self.recorded + self.rostered + self.dismissed + self.unrecorded
    }
}

impl std::ops::AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.recorded += other.recorded;
        self.rostered += other.rostered;
        self.dismissed += other.dismissed;
        self.unrecorded += other.unrecorded;
    }
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// What nothing accounts for, by agency and day.
    pub unrecorded: Vec<Contact>,
    /// How many a recorded request accounts for.
    pub recorded: u64,
    /// How many the roster accounts for.
    pub rostered: u64,
    /// How many were dismissed.
    pub dismissed: u64,
    /// The same of each agency on each day; none = nobody's agency's.
    pub by_day: BTreeMap<(Option<AgencyId>, Date), Counts>,
    /// How many sightings were copies of a contact.
    pub copies: u64,
    /// Contacts of each person on the roster that the roster alone accounts for.
    pub of_roster: BTreeMap<String, u64>,
    /// What recorded requests account for.
    pub cover: Cover,
}

/// There are more contacts than are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "more than {MOST_CONTACTS} contacts: give files of fewer days, or see whether a domain of the list is the city's own"
)]
pub struct TooMany;

struct Kept {
    contact: Contact,
    all_rostered: bool,
}

/// Keeps each contact once.
pub struct Matcher {
    roster: Roster,
    kept: HashMap<ContactKey, Kept>,
    copies: u64,
    too_many: bool,
}

impl Matcher {
    /// Keeps nothing yet.
    #[must_use]
    pub fn new(roster: Roster) -> Self {
        Self { roster, kept: HashMap::new(), copies: 0, too_many: false }
    }

    /// Takes a sighting.
    pub fn add(&mut self, mut contact: Contact) {
        let (on, has_staff) = (contact.day, !contact.staff.is_empty());
        let rostered = has_staff && !contact.more && contact.staff.iter().all(|name| self.roster.has(name, on));
        if let Some(kept) = self.kept.get_mut(&contact.key) {
            self.copies += 1;
            kept.all_rostered &= rostered;
            kept.contact.merge(contact);
        } else if self.kept.len() >= MOST_CONTACTS {
            self.too_many = true;
        } else {
            contact.shorten();
            self.kept.insert(contact.key, Kept { contact, all_rostered: rostered });
        }
    }

    /// Says what accounts for each.
    ///
    /// # Errors
    /// More contacts than are kept.
    pub fn finish(
        self,
        partners: &Partners,
        requests: &Requests,
        window_days: u16,
        dismissed: impl Fn(&ContactKey) -> bool,
    ) -> Result<Found, TooMany> {
        if self.too_many {
            return Err(TooMany);
        }
        let mut found = Found { copies: self.copies, ..Found::default() };
        let mut cover: HashMap<(AgencyId, RequesterId, Date), u64> = HashMap::new();
        for Kept { contact, all_rostered } in self.kept.into_values() {
            let by = contact.recorded(partners, requests, window_days);
            let account = match by {
                Some(_) => Account::Recorded,
                None if all_rostered => Account::Rostered,
                None if dismissed(&contact.key) => Account::Dismissed,
                None => Account::Unrecorded,
            };
            found.by_day.entry((contact.agency.clone(), contact.day)).or_default().count(account);
            match account {
                Account::Recorded => {
                    found.recorded += 1;
                    for asked in by.into_iter().flatten() {
                        *cover.entry(asked).or_default() += 1;
                    }
                }
                Account::Rostered => {
                    found.rostered += 1;
                    for name in contact.staff {
                        *found.of_roster.entry(name).or_default() += 1;
                    }
                }
                Account::Dismissed => found.dismissed += 1,
                Account::Unrecorded => found.unrecorded.push(contact),
            }
        }
        found.cover = Cover { days: cover.len() as u64, most: cover.into_values().max().unwrap_or_default() };
        found.unrecorded.sort_by(|one, two| {
            let rest = |it: &Contact| (it.day, it.place, it.key);
            one.agency.cmp(&two.agency).then_with(|| rest(one).cmp(&rest(two)))
        });
        Ok(found)
    }
}

impl Contact {
    /// The requests that account for it: one of each authority that took part, or it is not recorded.
    fn recorded(
        &self,
        partners: &Partners,
        requests: &Requests,
        window_days: u16,
    ) -> Option<Vec<(AgencyId, RequesterId, Date)>> {
        let agency = self.agency.as_ref()?;
        let mut by = Vec::new();
        for partner in &self.partners {
            let requesters = &partners.get(*partner)?.requesters;
            let (requester, day) = requests.within(agency, requesters, self.day, window_days)?;
            by.push((agency.clone(), requester.clone(), day));
        }
        distinct(&mut by);
        (!by.is_empty()).then_some(by)
    }

    fn merge(&mut self, other: Self) {
        let shown = mem::take(&mut self.staff);
        self.staff = shown.into_iter().chain(other.staff).collect();
        self.theirs.extend(other.theirs);
        self.partners.extend(other.partners);
        self.more |= other.more;
        self.place = self.place.min(other.place);
        self.shorten();
    }

    fn shorten(&mut self) {
        distinct(&mut self.staff);
        distinct(&mut self.theirs);
        distinct(&mut self.partners);
        self.more |= self.staff.len() > MOST_SHOWN || self.theirs.len() > MOST_SHOWN;
        // What is not shown is not held: truncating alone would keep the room of all.
        self.staff.truncate(MOST_SHOWN);
        self.staff.shrink_to_fit();
        self.theirs.truncate(MOST_SHOWN);
        self.theirs.shrink_to_fit();
        self.partners.shrink_to_fit();
    }
}
