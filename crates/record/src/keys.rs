//! Which keys the residents' door has, from which day on, and who ordered it: an entry that is public.
//!
//! A phone seals for the keys of its bundle and believes officials' answers by them. So that nobody swaps them quietly, each
//! whole set is an entry, and entry and salt are published with the proof that the log holds their leaf: whoever has a
//! bundle can see that its keys are the city's, since when, and who answers for it. All entries of this kind are the key
//! history (design decisions 14, 17).
//!
//! A recipient's key has 1216 bytes, and a phone fetches the set with every visit; so the entry names it by its SHA-256, and
//! the bundle, whose keys anybody can hash, has the key itself. Nothing here knows how a key is made or used.

use std::collections::BTreeSet;

use jiff::{ToSpan as _, Zoned, civil::Date};
use serde::{Deserialize, Serialize};

use crate::{Sha256Hex, hex32::hex32};

/// The fewest recipients of a report: one lost device must not make reports unreadable.
const MIN_INTAKE: usize = 2;
/// The city's roles among those who open contact details, and the trustee's people (`seal::shares`).
const CONTACT: (usize, usize) = (2, 3);
/// How many hours a key stands in the log before it counts, so that whoever watches can object (decision 17).
const NOTICE_HOURS: i64 = 72;

/// The keys of the residents' door from a day on. Everything in it is public, the two names too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DoorKeys {
    /// The first day of the city's calendar on which the set holds.
    pub from: Date,
    /// All keys; what the entry before said holds no longer.
    pub set: KeySet,
    /// The official who asked for it.
    pub asked_by: String,
    /// A second official who approved it.
    pub approved_by: String,
}

/// The keys of a bundle of the residents' page, whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written")]
pub struct KeySet {
    #[serde(skip_serializing_if = "Option::is_none")]
    contact: Option<ContactKeys>,
    intake: BTreeSet<Sha256Hex>,
    officials: BTreeSet<PublicKey>,
    promise: String,
}

/// Who can together open contact details: SHA-256 of each recipient's key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContactKeys {
    /// The two roles of the city.
    pub city: BTreeSet<Sha256Hex>,
    /// The three people of the trustee.
    pub trustee: BTreeSet<Sha256Hex>,
}

/// The form in which a set is read.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default)]
    contact: Option<ContactKeys>,
    intake: BTreeSet<Sha256Hex>,
    officials: BTreeSet<PublicKey>,
    promise: String,
}

/// The public half of an official's Ed25519 key. Text: 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PublicKey([u8; 32]);

/// Why keys are no set.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeySetError {
    /// One lost device would make reports unreadable.
    #[error("`{found}` recipients of reports are fewer than {MIN_INTAKE}: name another")]
    TooFew {
        /// How many there are.
        found: usize,
    },
    /// Contact details go to two and three.
    #[error(
        "contact details go to {} recipients of the city and {} of the trustee, not `{city}` and `{trustee}`: name them all",
        CONTACT.0, CONTACT.1
    )]
    Contact {
        /// The city's.
        city: usize,
        /// The trustee's.
        trustee: usize,
    },
    /// One device must not do two people's part.
    #[error("the recipient `{key}` is named twice: each has a key of their own")]
    Twice {
        /// The key's SHA-256.
        key: String,
    },
    /// The key of the promises is written otherwise.
    #[error("`{input}` is no verifier key: write it as `NAME+ID+KEY`, as `log/promise.vkey` has it")]
    Promise {
        /// The text as given.
        input: String,
    },
}

/// No day can be given: the calendar ends.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no day {NOTICE_HOURS} hours after `{now}`: set the clock of this machine right")]
pub struct FirstDayError {
    /// The moment as given.
    pub now: String,
}

/// Whether this has the shape of a verifier key (C2SP `signed-note`): a name, eight hexadecimal digits, base64.
fn is_verifier_key(text: &str) -> bool {
    let mut parts = text.splitn(3, '+');
    let plain = |part: &str, fits: fn(char) -> bool| !part.is_empty() && part.chars().all(fits);
    let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else { return false };
    plain(name, |c| !c.is_whitespace() && !c.is_control() && c != '"' && c != '\\')
        && id.len() == 8
        && plain(id, |c| matches!(c, '0'..='9' | 'a'..='f'))
        && plain(key, |c| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '='))
}

impl KeySet {
    /// The set of these keys: recipients of reports, those of contact details if anybody is asked for any, officials who
    /// answer, and the verifier key of the promises.
    ///
    /// # Errors
    /// There are too few, one is named twice, or the verifier key is none.
    pub fn new(
        intake: BTreeSet<Sha256Hex>,
        contact: Option<ContactKeys>,
        officials: BTreeSet<PublicKey>,
        promise: String,
    ) -> Result<Self, KeySetError> {
        if intake.len() < MIN_INTAKE {
            return Err(KeySetError::TooFew { found: intake.len() });
        }
        if let Some(ContactKeys { city, trustee }) = &contact {
            if (city.len(), trustee.len()) != CONTACT {
                return Err(KeySetError::Contact { city: city.len(), trustee: trustee.len() });
            }
            let mut seen = intake.clone();
            if let Some(key) = city.iter().chain(trustee).find(|key| !seen.insert((*key).clone())) {
                return Err(KeySetError::Twice { key: key.as_str().to_owned() });
            }
        }
        if !is_verifier_key(&promise) {
            return Err(KeySetError::Promise { input: promise });
        }
        Ok(Self { contact, intake, officials, promise })
    }

    /// Who opens reports: SHA-256 of each recipient's key.
    #[must_use]
    pub fn intake(&self) -> &BTreeSet<Sha256Hex> {
        &self.intake
    }

    /// Who opens contact details; none where nobody is asked for any.
    #[must_use]
    pub fn contact(&self) -> Option<&ContactKeys> {
        self.contact.as_ref()
    }

    /// Who signs answers.
    #[must_use]
    pub fn officials(&self) -> &BTreeSet<PublicKey> {
        &self.officials
    }

    /// The verifier key of the promises.
    #[must_use]
    pub fn promise(&self) -> &str {
        &self.promise
    }

    /// Whether a key stands here that `earlier` does not have in the same place.
    #[must_use]
    pub fn adds_to(&self, earlier: &Self) -> bool {
        let contact = match (&self.contact, &earlier.contact) {
            (None, _) => false,
            (Some(_), None) => true,
            (Some(new), Some(old)) => !new.city.is_subset(&old.city) || !new.trustee.is_subset(&old.trustee),
        };
        contact
            || !self.intake.is_subset(&earlier.intake)
            || !self.officials.is_subset(&earlier.officials)
            || self.promise != earlier.promise
    }

    /// The first day on which this set can hold, published at `now` by the city's clock while `in_force` holds: today if it
    /// only takes keys away or is the first of all, else the first day that begins 72 hours later.
    ///
    /// # Errors
    /// The calendar has no such day.
    pub fn first_day(&self, in_force: Option<&Self>, now: &Zoned) -> Result<Date, FirstDayError> {
        if in_force.is_none_or(|earlier| !self.adds_to(earlier)) {
            return Ok(now.date());
        }
        let error = || FirstDayError { now: now.to_string() };
        let noticed = now.checked_add(NOTICE_HOURS.hours()).map_err(|_| error())?;
        let midnight = noticed.date().to_zoned(noticed.time_zone().clone()).is_ok_and(|begins| begins == noticed);
        if midnight { Ok(noticed.date()) } else { noticed.date().tomorrow().map_err(|_| error()) }
    }
}

impl TryFrom<Written> for KeySet {
    type Error = KeySetError;

    fn try_from(written: Written) -> Result<Self, KeySetError> {
        let Written { contact, intake, officials, promise } = written;
        Self::new(intake, contact, officials, promise)
    }
}

/// Which of these sets, in the order of the record, holds on a day: the last of those whose day has come. So a set that was
/// published later takes the place of one that waits.
#[must_use]
pub fn in_force<T: AsRef<DoorKeys>>(history: &[T], on: Date) -> Option<&T> {
    history.iter().rev().find(|keys| keys.as_ref().from <= on)
}

impl AsRef<DoorKeys> for DoorKeys {
    fn as_ref(&self) -> &DoorKeys {
        self
    }
}

hex32!(PublicKey, "a key");

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use jiff::civil::date;

    use super::*;

    const PROMISE: &str = "example.org/log/report-promise+01020304+AQID";

    fn hashes(numbers: &[u8]) -> BTreeSet<Sha256Hex> {
        numbers.iter().map(|number| Sha256Hex::of([*number; 32])).collect()
    }

    fn officials(numbers: &[u8]) -> BTreeSet<PublicKey> {
        numbers.iter().map(|number| PublicKey::from_bytes([*number; 32])).collect()
    }

    fn contact(city: &[u8], trustee: &[u8]) -> ContactKeys {
        ContactKeys { city: hashes(city), trustee: hashes(trustee) }
    }

    fn set(intake: &[u8], contact: Option<ContactKeys>, signers: &[u8]) -> KeySet {
        KeySet::new(hashes(intake), contact, officials(signers), PROMISE.to_owned()).unwrap()
    }

    fn held(from: Date, set: KeySet) -> DoorKeys {
        DoorKeys { from, set, asked_by: "A".to_owned(), approved_by: "B".to_owned() }
    }

    #[test]
    fn keys_that_are_no_set_are_refused_and_the_input_is_quoted() {
        let check = |intake: &[u8], contact: Option<ContactKeys>, promise: &str, want: Expect| {
            let error = KeySet::new(hashes(intake), contact, officials(&[9]), promise.to_owned()).unwrap_err();
            want.assert_eq(&error.to_string());
        };
        check(&[1], None, PROMISE, expect!["`1` recipients of reports are fewer than 2: name another"]);
        check(
            &[1, 2],
            Some(contact(&[3, 4], &[5, 6])),
            PROMISE,
            expect![
                "contact details go to 2 recipients of the city and 3 of the trustee, not `2` and `2`: name them all"
            ],
        );
        check(
            &[1, 2],
            Some(contact(&[3, 4], &[5, 6, 2])),
            PROMISE,
            expect![
                "the recipient `0202020202020202020202020202020202020202020202020202020202020202` is named twice: each has a key of their own"
            ],
        );
        for promise in ["", "name", "name+0102030+AQID", "na me+01020304+AQID", "name+01020304+", "name+01020304+AQ\"D"]
        {
            let error = KeySet::new(hashes(&[1, 2]), None, officials(&[]), promise.to_owned()).unwrap_err();
            assert_eq!(error, KeySetError::Promise { input: promise.to_owned() });
        }
    }

    #[test]
    fn a_key_in_another_place_is_a_new_key() {
        let all = set(&[1, 2, 3], Some(contact(&[4, 5], &[6, 7, 8])), &[9, 10]);
        assert!(!all.adds_to(&all));
        assert!(!set(&[1, 3], None, &[10]).adds_to(&all), "it only takes away");
        assert!(set(&[1, 4], None, &[10]).adds_to(&all), "who opened contact details opens reports");
        assert!(set(&[1, 2], None, &[11]).adds_to(&all));
        assert!(set(&[1, 2], Some(contact(&[4, 9], &[6, 7, 8])), &[9]).adds_to(&all));
        assert!(set(&[1, 2], Some(contact(&[4, 5], &[6, 7, 9])), &[9]).adds_to(&all));
        assert!(all.adds_to(&set(&[1, 2, 3], None, &[9, 10])), "contact details are asked for where they were not");
        let mut other = all.clone();
        other.promise = PROMISE.replace("AQID", "AQIE");
        assert!(other.adds_to(&all));
    }

    #[test]
    fn a_new_key_counts_72_hours_later_and_a_key_goes_at_once() {
        let (old, new, fewer) = (set(&[1, 2, 3], None, &[9]), set(&[1, 2, 4], None, &[9]), set(&[1, 2], None, &[9]));
        let first = |set: &KeySet, in_force, now: &str| set.first_day(in_force, &now.parse().unwrap()).unwrap();
        let evening = "2026-11-26T23:59:00[America/New_York]";
        assert_eq!(first(&old, None, evening), date(2026, 11, 26), "before the first set nothing could be sent");
        assert_eq!(first(&fewer, Some(&old), evening), date(2026, 11, 26));
        assert_eq!(first(&new, Some(&old), evening), date(2026, 11, 30));
        assert_eq!(first(&new, Some(&old), "2026-11-26T00:00:01[America/New_York]"), date(2026, 11, 30));
        assert_eq!(first(&new, Some(&old), "2026-11-26T00:00:00[America/New_York]"), date(2026, 11, 29));
        // Hours that passed, not those of the clock: in this night one is left out.
        assert_eq!(first(&new, Some(&old), "2026-03-05T23:30:00[America/New_York]"), date(2026, 3, 10));
    }

    #[test]
    fn the_last_set_whose_day_has_come_is_in_force() {
        let [one, two, three] = [&[1, 2][..], &[3, 4], &[5, 6]].map(|keys| set(keys, None, &[]));
        let history = [
            held(date(2026, 11, 20), one.clone()),
            held(date(2026, 11, 30), two.clone()),
            held(date(2026, 11, 27), three.clone()),
        ];
        let on = |day| in_force(&history, date(2026, 11, day)).map(|keys| &keys.set);
        assert_eq!(on(19), None);
        assert_eq!(on(26), Some(&one));
        assert_eq!(on(27), Some(&three), "published last, it holds from its day");
        assert_eq!(on(30), Some(&three), "and takes the place of the one that waited");
        assert_eq!(in_force(&history[..2], date(2026, 11, 30)).map(|keys| &keys.set), Some(&two));
    }
}
