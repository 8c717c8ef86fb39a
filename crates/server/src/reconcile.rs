//! The city's mail exports and audit logs, opened and handed to the readers of crate `contacts`; and what the record has that
//! accounts for contacts.

pub mod compared;
mod input;

use std::{
    collections::{BTreeSet, HashMap},
    io,
    path::PathBuf,
};

use contacts::{
    Bad, Contact, Format, Known, Matcher, Request, RequestNumber, Requests, Said, Sink, mbox, postfix, system, trace,
};
use record::{Body, Channel, ContactId, Entry, EntryId, OutsideRequest, RequestId, Source};

use self::input::open;
use crate::store::{
    Draft, Store, StoreError, Stored,
    unrecorded::{Unrecorded, UnrecordedContacts},
};

/// How many places of what cannot be read are kept to be shown.
pub const SHOWN: usize = 20;

/// Entries that are read at a time.
const PAGE: usize = 4096;

/// A file that cannot be read at all.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// It is not there, or not readable.
    #[error("`{path}` cannot be read")]
    Open {
        /// The file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// It is nothing that is read here.
    #[error("`{path}` is {found}")]
    Kind {
        /// The file.
        path: PathBuf,
        /// What it is.
        found: &'static str,
    },
    /// Its columns are others.
    #[error("`{path}`: {why}")]
    Columns {
        /// The file.
        path: PathBuf,
        /// Which.
        why: String,
    },
}

/// One of the files, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadFile {
    /// Where it lies.
    pub path: PathBuf,
    /// `mbox`, `trace`, `postfix` or `system`.
    pub kind: &'static str,
    /// Messages, rows or lines.
    pub read: u64,
}

/// What reading came to.
pub struct Reading {
    /// The contacts.
    pub matcher: Matcher,
    /// The files, by the number that places have.
    pub files: Vec<ReadFile>,
    /// How many places could not be read.
    pub bad: u64,
    /// The first of them.
    pub first_bad: Vec<Bad>,
    /// Lines of the mail logs that other programs wrote.
    pub others: u64,
    /// Deliveries in mail logs whose sender stands in none of the files.
    pub headless: u64,
}

impl Reading {
    /// Nothing read yet.
    #[must_use]
    pub fn new(matcher: Matcher) -> Self {
        Self { matcher, files: Vec::new(), bad: 0, first_bad: Vec::new(), others: 0, headless: 0 }
    }

    /// Reads mail exports, each of whatever kind it is. Logs of Postfix are read as one, in this order.
    ///
    /// # Errors
    /// The first file that cannot be read at all.
    pub fn mail(&mut self, paths: &[PathBuf], known: &Known) -> Result<(), FileError> {
        let mut log = postfix::Reader::default();
        for path in paths {
            let (input, beginning) = open(path)?;
            let number = self.next_number();
            let format = Format::of(&beginning);
            let found = "neither mbox nor headers, nor a message trace, nor a log of Postfix";
            let (kind, read) = match format.ok_or_else(|| FileError::Kind { path: path.clone(), found })? {
                Format::Mbox => ("mbox", mbox::read(input, number, known, self)),
                Format::Trace => {
                    let read = trace::read(input, number, known, self);
                    let why = |error: trace::NoTrace| FileError::Columns { path: path.clone(), why: error.to_string() };
                    ("trace", read.map_err(why)?)
                }
                Format::Postfix => {
                    let before = log.counts.lines;
                    log.read(input, number, known, self);
                    ("postfix", log.counts.lines - before)
                }
            };
            self.files.push(ReadFile { path: path.clone(), kind, read });
        }
        self.others += log.counts.others;
        self.headless += log.counts.headless;
        Ok(())
    }

    /// Reads audit logs.
    ///
    /// # Errors
    /// As [`Self::mail`].
    pub fn system_logs(&mut self, paths: &[PathBuf], known: &Known) -> Result<(), FileError> {
        for path in paths {
            let (input, _) = open(path)?;
            let read = system::read(input, self.next_number(), known, self);
            let read = read.map_err(|error| FileError::Columns { path: path.clone(), why: error.to_string() })?;
            self.files.push(ReadFile { path: path.clone(), kind: "system", read });
        }
        Ok(())
    }

    fn next_number(&self) -> u32 {
        u32::try_from(self.files.len()).unwrap_or(u32::MAX)
    }
}

impl Sink for Reading {
    fn contact(&mut self, contact: Contact) {
        self.matcher.add(contact);
    }

    fn bad(&mut self, bad: Bad) {
        self.bad += 1;
        if self.first_bad.len() < SHOWN {
            self.first_bad.push(bad);
        }
    }
}

/// What the record has about contacts.
#[derive(Default)]
pub struct Recorded {
    /// Requests of outside authorities, but for those of other agencies' files and of the demo city.
    pub requests: Requests,
    numbers: HashMap<RequestId, RequestNumber>,
    /// Contacts of which somebody said that they were no request, or to which one they belong.
    told: HashMap<ContactId, Option<RequestId>>,
    /// Contacts that an earlier comparison left, and how many requests there were then.
    left: HashMap<ContactId, u64>,
}

impl Recorded {
    /// Whether something is kept of any contact, by its id.
    #[must_use]
    pub fn tells_of_contacts(&self) -> bool {
        !self.told.is_empty() || !self.left.is_empty()
    }

    /// What somebody said of a contact, or an earlier comparison. That it belongs to a request holds for as long as the record has the
    /// request.
    #[must_use]
    pub fn said(&self, contact: ContactId) -> Option<Said> {
        let told = match self.told.get(&contact) {
            Some(None) => Some(Said::Dismissed),
            Some(Some(request)) => self.numbers.get(request).copied().map(Said::Of),
            None => None,
        };
        told.or_else(|| self.left.get(&contact).copied().map(Said::Left))
    }
}

/// Reads the record once, and the lists of what earlier comparisons left.
///
/// # Errors
/// They cannot be read.
pub fn recorded(store: &dyn Store, lists: &dyn UnrecordedContacts) -> Result<Recorded, StoreError> {
    let mut found = Recorded { left: lists.all_unrecorded()?.into_iter().collect(), ..Recorded::default() };
    each_entry(store, |entry| match &entry.body {
        Body::Requested(request) if can_account(entry) => {
            found.numbers.insert(request.id, found.requests.add(as_matched(request)));
        }
        Body::Dismissed(dismissal) => {
            found.told.insert(dismissal.contact, dismissal.request);
        }
        _ => {}
    })?;
    Ok(found)
}

/// What of a request tells which contacts are of it.
fn as_matched(request: &OutsideRequest) -> Request {
    let texts = [request.receiver.employee.as_ref(), request.requester.officer.as_ref()];
    let texts = texts.into_iter().flatten().map(record::Private::reveal).chain(request.requester.unit.as_deref());
    Request {
        agency: request.receiver.agency.clone(),
        requester: request.requester.id.clone(),
        day: request.received.day(),
        // Closed, so that a channel that is added is thought of.
        written: match request.channel {
            Channel::InPerson | Channel::Telephone => false,
            Channel::Email
            | Channel::Message
            | Channel::Paper
            | Channel::System
            | Channel::TaskForce
            | Channel::Other
            | Channel::Unknown => true,
        },
        names: texts.flat_map(addresses).collect(),
    }
}

/// The addresses in a text that somebody typed, in small letters.
fn addresses(text: &str) -> BTreeSet<String> {
    let parts = text.split(|letter: char| letter.is_whitespace() || "<>()[],;\"'".contains(letter));
    let address = |part: &str| {
        let part = part.trim_matches('.').to_lowercase();
        let part = part.strip_prefix("mailto:").unwrap_or(&part);
        let (name, domain) = part.split_once('@')?;
        (!name.is_empty() && domain.contains('.')).then(|| part.to_owned())
    };
    parts.filter_map(address).collect()
}

/// The entry that says of a contact that it was no request, or to which it belongs, if one does and holds.
///
/// # Errors
/// The record cannot be read.
pub fn dismissal(store: &dyn Store, contact: ContactId) -> Result<Option<EntryId>, StoreError> {
    let mut key = dismissal_key(contact, None);
    while let Some(Stored { id, .. }) = store.keyed(&key)? {
        if holds(store, id)? {
            return Ok(Some(id));
        }
        key = dismissal_key(contact, Some(id));
    }
    Ok(None)
}

/// Records a dismissal, which this entry says; the entry that stands, and whether somebody else was faster.
///
/// The key is the contact's, so that of two who dismiss at once one adds nothing. It outlives an erasure: whoever dismisses
/// again after one has the key of the contact and of the entry that was erased. So does whoever says anew what became of a contact
/// whose request was erased.
///
/// # Errors
/// The record cannot be read or written.
pub fn dismiss(store: &dyn Store, contact: ContactId, entry: &Entry) -> Result<(EntryId, bool), StoreError> {
    let mut key = dismissal_key(contact, None);
    loop {
        let draft = Draft { key: Some(key.clone()), entry: entry.clone() };
        let (first, already) = match store.commit("dismiss a contact", vec![draft]) {
            Err(StoreError::KeyReused { first, .. }) => (first, true),
            done => done?.first().map_or((entry.id, false), |done| (done.id, done.already)),
        };
        if !already || holds(store, first)? {
            return Ok((first, already));
        }
        key = dismissal_key(contact, Some(first));
    }
}

/// The key of the first entry that says something of a contact, or of the one that follows another which holds no more.
fn dismissal_key(contact: ContactId, after: Option<EntryId>) -> String {
    let first = format!("dismissal:{contact}");
    after.map_or_else(|| first.clone(), |after| format!("{first}:{after}"))
}

/// Whether a contact can be of a request: its own agency was asked, by an authority that took part.
#[must_use]
pub fn is_of(contact: &Unrecorded, request: &OutsideRequest) -> bool {
    contact.agency == request.receiver.agency && contact.requesters.contains(&request.requester.id)
}

/// Whether what an entry says of a contact still holds.
fn holds(store: &dyn Store, dismissal: EntryId) -> Result<bool, StoreError> {
    let stored = store.find(&dismissal)?;
    let Some(entry) = stored.as_ref().and_then(Stored::entry) else { return Ok(false) };
    match &entry.body {
        Body::Dismissed(said) => said.request.map_or(Ok(true), |request| Ok(requested(store, &request)?.is_some())),
        _ => Ok(false),
    }
}

/// A request of the record that can account for contacts, unless it was erased.
///
/// # Errors
/// The record cannot be read.
pub fn requested(store: &dyn Store, id: &RequestId) -> Result<Option<OutsideRequest>, StoreError> {
    let ours = |entry: &Entry| match &entry.body {
        Body::Requested(request) if can_account(entry) => Some((**request).clone()),
        _ => None,
    };
    Ok(store.by_request(id)?.iter().filter_map(Stored::entry).find_map(ours))
}

/// Whether a request came into the record in a way by which it can account for contacts: no file of another agency, nothing invented.
fn can_account(entry: &Entry) -> bool {
    matches!(entry.source, Source::Desk | Source::Api)
}

fn each_entry(store: &dyn Store, mut take: impl FnMut(&Entry)) -> Result<(), StoreError> {
    let mut next = 0;
    loop {
        let entries = store.entries(next, PAGE)?;
        let Some(last) = entries.last() else { return Ok(()) };
        next = last.seq + 1;
        entries.iter().filter_map(Stored::entry).for_each(&mut take);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_found_in_what_a_desk_types() {
        for (text, found) in [
            ("J. Doe", &[][..]),
            ("J. Doe <JDoe@DOC.example.org>", &["jdoe@doc.example.org"]),
            ("desk@doc.example.org; (mailto:b@doc.example.org).", &["b@doc.example.org", "desk@doc.example.org"]),
            ("write to a@doc.example.org.", &["a@doc.example.org"]),
            ("@ice a@b a@ ICE @ 26 Federal Plaza", &[]),
        ] {
            assert_eq!(addresses(text).into_iter().collect::<Vec<_>>(), found, "{text}");
        }
    }
}
