//! Which contacts the record, the roster and earlier dismissals account for, and which nothing does.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    mem,
};

use jiff::civil::Date;
use law::AgencyId;

use crate::{
    Contact, ContactKey, Partners, Reach, Requests, Roster,
    requests::{Accounts, RequestNumber},
    sighting::distinct,
};

/// The most contacts that are kept: beyond it the stretch of days is too long for one run, and nothing is answered.
pub const MOST_CONTACTS: usize = 100_000;

/// The most addresses of each side that a contact keeps to be shown.
const MOST_SHOWN: usize = 8;

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

/// What somebody said about a contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    /// It was no request.
    Dismissed,
    /// It belongs to this request.
    Of(RequestNumber),
    /// An earlier comparison found that nothing accounts for it, when there were so many requests: none of those does since. Other files
    /// would share them out in another way.
    Left(u64),
}

/// What recorded requests account for, so that a request that accounts for a great deal is seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cover {
    /// Requests that account for contacts.
    pub requests: u64,
    /// The most contacts that one of them accounts for.
    pub most: u64,
}

/// A contact that nothing accounts for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Left {
    /// The contact.
    pub contact: Contact,
    /// How many requests of its agency from its authority are recorded in its window; none of them accounts for it.
    pub near: u64,
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
    pub unrecorded: Vec<Left>,
    /// How many a recorded request accounts for.
    pub recorded: u64,
    /// How many the roster accounts for.
    pub rostered: u64,
    /// How many were dismissed.
    pub dismissed: u64,
    /// The same of each agency on each day; none = nobody's agency's.
    pub by_day: BTreeMap<(Option<AgencyId>, Date), Counts>,
    /// Every contact, whatever accounts for it.
    pub seen: HashSet<ContactKey>,
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

    /// Says what accounts for each: what somebody said of it, the roster, or a recorded request ([`crate::MOST_OF_ONE`]).
    ///
    /// # Errors
    /// More contacts than are kept.
    pub fn finish(
        self,
        partners: &Partners,
        requests: &Requests,
        reach: Reach,
        said: impl Fn(&ContactKey) -> Option<Said>,
    ) -> Result<Found, TooMany> {
        if self.too_many {
            return Err(TooMany);
        }
        let mut found = Found { copies: self.copies, ..Found::default() };
        let mut accounts = Accounts::new(requests, reach);
        let of = |contact: &Contact| {
            contact.partners.iter().filter_map(|partner| partners.get(*partner)).collect::<Vec<_>>()
        };
        // That it belongs to a request of others is not believed, whoever said it.
        let believed = |contact: &Contact| match said(&contact.key)? {
            Said::Of(number) if !accounts.can_be_of(number, contact, of(contact).into_iter()) => None,
            said => Some(said),
        };
        let mut kept: Vec<(Kept, Option<Said>)> = Vec::with_capacity(self.kept.len());
        for it in self.kept.into_values() {
            let said = believed(&it.contact);
            kept.push((it, said));
        }
        // By day and key, so that files in another order say the same.
        kept.sort_by_key(|(it, _)| (it.contact.day, it.contact.key));
        let mut recorded = vec![false; kept.len()];
        // The request of the same day first, then of the days around it: what is taken by one is there for no other.
        for apart in 0..=reach.window_days {
            for ((Kept { contact, all_rostered }, said), recorded) in kept.iter().zip(&mut recorded) {
                let known = match said {
                    Some(Said::Left(known)) => *known,
                    None => 0,
                    Some(Said::Of(_) | Said::Dismissed) => continue,
                };
                if !*recorded && !all_rostered {
                    *recorded = contact.recorded(partners, &mut accounts, known, apart);
                }
            }
        }
        for ((Kept { contact, all_rostered }, said), recorded) in kept.into_iter().zip(recorded) {
            found.seen.insert(contact.key);
            let account = match said {
                Some(Said::Of(_)) => Account::Recorded,
                Some(Said::Dismissed) => Account::Dismissed,
                _ if all_rostered => Account::Rostered,
                _ if recorded => Account::Recorded,
                _ => Account::Unrecorded,
            };
            found.by_day.entry((contact.agency.clone(), contact.day)).or_default().count(account);
            match account {
                Account::Recorded => found.recorded += 1,
                Account::Rostered => {
                    found.rostered += 1;
                    for name in contact.staff {
                        *found.of_roster.entry(name).or_default() += 1;
                    }
                }
                Account::Dismissed => found.dismissed += 1,
                Account::Unrecorded => {
                    let near = accounts.near(&contact, of(&contact).into_iter());
                    found.unrecorded.push(Left { contact, near });
                }
            }
        }
        let (requests, most) = accounts.cover();
        found.cover = Cover { requests, most };
        found.unrecorded.sort_by(|one, two| {
            let rest = |it: &Left| (it.contact.day, it.contact.place, it.contact.key);
            one.contact.agency.cmp(&two.contact.agency).then_with(|| rest(one).cmp(&rest(two)))
        });
        Ok(found)
    }
}

impl Contact {
    /// Whether requests account for it, but for the first so many, and free ones at most so many days apart: one of each authority that
    /// took part, or none is held for it.
    fn recorded(&self, partners: &Partners, accounts: &mut Accounts<'_>, known: u64, apart: u16) -> bool {
        let of = |partner| accounts.find(self, partners.get(partner)?, known, apart);
        let Some(mut by) = self.partners.iter().map(|partner| of(*partner)).collect::<Option<Vec<RequestNumber>>>()
        else {
            return false;
        };
        distinct(&mut by);
        by.iter().for_each(|number| accounts.hold(*number, self));
        !by.is_empty()
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
