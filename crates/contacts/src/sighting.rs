//! From the parties of one message or look-up to contacts, one for each agency of the city.
//!
//! What makes two sightings one contact is their key: agency, day, and the id of the message (where there is none, the
//! parties). So the copies that ten recipients and three servers keep count once, whichever format shows them. Not the id
//! of the thread: whoever answers an old message would write under its dismissal, and a log of Postfix has none.

use std::collections::BTreeMap;

use jiff::civil::Date;
use law::AgencyId;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{Address, Bad, Fault, Known, PartnerId, Place};

/// The most addresses of one message that are looked at on each side, but for the first of each agency and each domain of the list.
pub(crate) const MOST_PARTIES: usize = 64;

/// What two sightings of one contact have in common, as a hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContactKey(pub [u8; 32]);

/// Which way it went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// From the authority.
    In,
    /// To the authority.
    Out,
    /// A third person wrote to both.
    Both,
    /// Something was looked up, or an alert set, for the authority.
    System,
}

impl Way {
    /// Its word, as it is written.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::In => "in",
            Self::Out => "out",
            Self::Both => "both",
            Self::System => "system",
        }
    }
}

/// A contact, as one place shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact {
    /// What makes it this contact.
    pub key: ContactKey,
    /// Where it stands.
    pub place: Place,
    /// Its day in the city.
    pub day: Date,
    /// Which way it went.
    pub way: Way,
    /// Of which agency; none = the mapping names nobody who took part.
    pub agency: Option<AgencyId>,
    /// Addresses or names of users of that agency, in small letters.
    pub staff: Vec<String>,
    /// The authorities.
    pub partners: Vec<PartnerId>,
    /// Their addresses; none in a log that names a unit.
    pub theirs: Vec<String>,
    /// There were more addresses than are looked at.
    pub more: bool,
}

/// Takes what readers find.
pub trait Sink {
    /// A contact.
    fn contact(&mut self, contact: Contact);
    /// Something that could not be read.
    fn bad(&mut self, bad: Bad);
}

/// The parties of a message, as far as a contact may hang on them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Parties {
    pub(crate) senders: Vec<Address>,
    pub(crate) recipients: Vec<Address>,
    /// Somebody else wrote it, so far as is known.
    pub(crate) more: bool,
}

impl Parties {
    pub(crate) fn add(&mut self, known: &Known, sender: bool, address: Address) {
        // Beside the forwarder's and not in its place: a sender could write another's name into its own.
        if let Some(before) = address.before_forwarding() {
            self.add(known, sender, before);
        }
        if !known.counts(&address) {
            return;
        }
        let side = if sender { &mut self.senders } else { &mut self.recipients };
        if side.contains(&address) {
            return;
        }
        if side.len() >= MOST_PARTIES {
            self.more = true;
            // Whoever comes last may be the only one of an agency or an authority: there are no more of these than lines.
            let whose = known.whose(&address);
            if side.iter().any(|other| known.whose(other) == whose) {
                return;
            }
        }
        side.push(address);
    }

    /// Whether one of the list's domains is among them, on whatever day.
    pub(crate) fn may_be_contact(&self, known: &Known) -> bool {
        self.senders.iter().chain(&self.recipients).any(|address| known.partners.ever(address.domain()))
    }

    /// Hands over the contacts that a message is, one for each agency.
    pub(crate) fn tell(&self, known: &Known, place: Place, day: Date, id: Option<&[u8]>, sink: &mut dyn Sink) {
        if known.is_later(day) {
            sink.bad(Bad::line(place, Fault::Later));
            return;
        }
        let theirs = |address: &Address| known.partners.of_domain(address.domain(), day);
        let (mut partners, mut addresses) = (Vec::new(), Vec::new());
        for address in self.senders.iter().chain(&self.recipients) {
            if let Some(partner) = theirs(address) {
                partners.push(partner);
                addresses.push(address.as_str().to_owned());
            }
        }
        if partners.is_empty() {
            return;
        }
        distinct(&mut partners);
        distinct(&mut addresses);
        let mut agencies: BTreeMap<Option<&AgencyId>, Vec<String>> = BTreeMap::new();
        for address in self.senders.iter().chain(&self.recipients).filter(|it| theirs(it).is_none()) {
            if let Some(agency) = known.mapping.agency(address) {
                agencies.entry(Some(agency)).or_default().push(address.as_str().to_owned());
            }
        }
        if agencies.is_empty() {
            agencies.insert(None, Vec::new());
        }
        let way = if self.senders.iter().any(|it| theirs(it).is_some()) {
            Way::In
        } else if self.senders.is_empty() && !agencies.contains_key(&None) {
            Way::Both
        } else {
            Way::Out
        };
        for (agency, mut staff) in agencies {
            distinct(&mut staff);
            let key = match id {
                Some(id) => key(agency, day, b"message", &[id]),
                None => {
                    let parties: Vec<&[u8]> = addresses.iter().chain(&staff).map(String::as_bytes).collect();
                    key(agency, day, b"parties", &parties)
                }
            };
            sink.contact(Contact {
                key,
                place,
                day,
                way,
                agency: agency.cloned(),
                staff,
                partners: partners.clone(),
                theirs: addresses.clone(),
                more: self.more,
            });
        }
    }
}

pub(crate) fn distinct<T: Ord>(list: &mut Vec<T>) {
    list.sort();
    list.dedup();
}

/// The key of what these parts name. Each part is preceded by its length, so that no two lists of parts are one text.
pub(crate) fn key(agency: Option<&AgencyId>, day: Date, kind: &[u8], parts: &[&[u8]]) -> ContactKey {
    let mut hash = Sha256::new();
    let mut add = |part: &[u8]| {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    };
    add(b"vouchsafe contact key v1");
    add(agency.map_or("", AgencyId::as_str).as_bytes());
    add(day.to_string().as_bytes());
    add(kind);
    for part in parts {
        add(part);
    }
    ContactKey(hash.finalize().into())
}

/// The id within `<` and `>`, or the first word.
pub(crate) fn message_id(field: &[u8]) -> Option<&[u8]> {
    let inner = match memchr::memchr(b'<', field) {
        Some(open) => field.get(open + 1..)?,
        None => field,
    };
    let end = inner.iter().position(|byte| matches!(byte, b'>' | b' ' | b'\t')).unwrap_or(inner.len());
    let id = inner.get(..end)?;
    (!id.is_empty()).then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_taken_out_of_their_brackets() {
        assert_eq!(message_id(b" <a@b> <c@d>"), Some(&b"a@b"[..]));
        assert_eq!(message_id(b"a@b"), Some(&b"a@b"[..]));
        assert_eq!((message_id(b"<>"), message_id(b"")), (None, None));
    }
}
