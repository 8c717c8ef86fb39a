//! Photographs of papers: those that the entries name must be there, sealed, and be what they are named.
//!
//! They are read in the record's own snapshot, one after the other, and opened where the key lies in the data folder; without it their
//! lengths alone are looked at, and they are counted as not opened. A photograph may be missing where its entry was erased, or its
//! request: then an erasure excuses it, which is checked with the record. One that is still there then is a fault. An export has none.

use std::{
    collections::{HashMap, HashSet},
    fs, io,
    path::Path,
};

use ::postgres::{Client, fallible_iterator::FallibleIterator as _};
use record::{Body, EntryId, Leaf, RequestId};
use rusqlite::Connection;

use super::{
    Faults, RecordReport,
    record::{look, place},
    rows::{AnyError, Packed, held_in_postgres, held_in_sqlite, is_in_postgres, is_in_sqlite},
};
use crate::{
    commands::open::DataFolder,
    photograph::{Bound, PhotographKey, seal::TAG_BYTES},
    store::photographs::{SEALED_KEY_BYTES, SealedPhotograph},
};

/// What became of looking at one.
pub(super) enum Looked {
    /// It opens, and is the picture that its entry names.
    Opened,
    /// Its lengths are right, and there is no key to open it with.
    Unopened,
    /// What does not hold.
    Wrong(&'static str),
}

/// What lies beside entries, by their ids.
pub(super) type Found = HashMap<EntryId, Looked>;

/// A row with the entry that it lies beside.
const ROWS: &str = "SELECT photograph.key, photograph.bytes, entry.id, entry.leaf, body.salt, body.plain_bytes, body.bytes \
    FROM photograph JOIN entry ON entry.seq = photograph.seq LEFT JOIN body ON body.seq = entry.seq ORDER BY photograph.seq";

/// The key of photographs in a data folder.
pub(super) enum Key {
    /// It lies there.
    Here(PhotographKey),
    /// It does not: it may be kept elsewhere. Or what is there is none, which is a fault.
    None,
    /// It lies there, and whoever checks may not read it.
    Hidden,
}

impl Key {
    pub(super) fn get(&self) -> Option<&PhotographKey> {
        match self {
            Self::Here(key) => Some(key),
            Self::None | Self::Hidden => None,
        }
    }
}

/// The key that lies in a data folder.
pub(super) fn key(folder: &Path, faults: &mut Faults) -> Key {
    let path = DataFolder::at(folder).photograph_key();
    let fault = match taken(fs::read(&path)) {
        Ok(key) => return key,
        Err(fault) => fault,
    };
    faults.add(path.display().to_string(), fault);
    Key::None
}

/// What was read of the key's file, or what is wrong with it.
fn taken(read: io::Result<Vec<u8>>) -> Result<Key, String> {
    match read {
        Ok(bytes) => {
            let length = bytes.len();
            let key = bytes.try_into().map(|bytes| Key::Here(PhotographKey::from_bytes(bytes)));
            key.map_err(|_| {
                format!("it has {length} bytes instead of 32, and opens no photograph: restore it from its copy")
            })
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Key::None),
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(Key::Hidden),
        Err(error) => Err(format!("it cannot be read ({error}): restore it from its copy")),
    }
}

/// Those in SQLite; none in a store of before there were any.
pub(super) fn of_sqlite(database: &Connection, key: Option<&PhotographKey>) -> rusqlite::Result<Found> {
    let mut found = Found::new();
    if !is_in_sqlite(database, "photograph")? {
        return Ok(found);
    }
    let mut query = database.prepare(ROWS)?;
    let mut rows = query.query([])?;
    while let Some(row) = rows.next()? {
        let sealed = SealedPhotograph { key: row.get(0)?, bytes: row.get(1)? };
        let id = EntryId::from_bytes(row.get(2)?);
        found.extend(looked(key, id, Leaf::from_bytes(row.get(3)?), held_in_sqlite(row)?, sealed));
    }
    Ok(found)
}

/// The same in PostgreSQL, in the transaction that is open.
pub(super) fn of_postgres(client: &mut Client, key: Option<&PhotographKey>) -> Result<Found, AnyError> {
    let mut found = Found::new();
    if !is_in_postgres(client, "photograph")? {
        return Ok(found);
    }
    let none: [&str; 0] = [];
    let mut rows = client.query_raw(ROWS, none)?;
    while let Some(row) = rows.next()? {
        let sealed = SealedPhotograph { key: row.try_get(0)?, bytes: row.try_get(1)? };
        let id = EntryId::from_bytes(row.try_get::<_, &[u8]>(2)?.try_into()?);
        let leaf = Leaf::from_bytes(row.try_get::<_, &[u8]>(3)?.try_into()?);
        found.extend(looked(key, id, leaf, held_in_postgres(&row)?, sealed));
    }
    Ok(found)
}

/// Looks at one; nothing where the entry itself does not hold, which is told with the record.
fn looked(
    key: Option<&PhotographKey>,
    id: EntryId,
    leaf: Leaf,
    held: Option<Packed>,
    sealed: SealedPhotograph,
) -> Option<(EntryId, Looked)> {
    let Some(held) = held else {
        return Some((id, Looked::Wrong("a photograph is kept beside it, though it was erased")));
    };
    let entry = look(held, id, leaf).ok()?;
    let Body::Photographed(photograph) = &entry.body else {
        return Some((id, Looked::Wrong("a photograph is kept beside it, and it is the entry of none")));
    };
    let lengths = sealed.key.len() == SEALED_KEY_BYTES
        && Some(sealed.bytes.len() as u64) == photograph.bytes.checked_add(TAG_BYTES as u64);
    let looked = match key {
        _ if !lengths => Looked::Wrong("its photograph is not as long as it says"),
        None => Looked::Unopened,
        Some(key) => match key.open(&Bound::of(id, photograph), sealed) {
            Ok(_) => Looked::Opened,
            Err(_) => Looked::Wrong(
                "its photograph does not open as what it names: it was changed, is another's, or `keys/photographs.key` is another key",
            ),
        },
    };
    Some((id, looked))
}

/// The entries of photographs, as the walk met them.
#[derive(Default)]
pub(super) struct Claims {
    /// Each with its number and its request.
    photographs: Vec<(u64, EntryId, RequestId)>,
    /// The requests that stand in the record.
    requests: HashSet<RequestId>,
}

/// What one entry says that matters here.
#[derive(Clone, Copy, Default)]
pub(super) struct Claim {
    photograph: Option<RequestId>,
    requested: Option<RequestId>,
}

impl Claim {
    pub(super) fn of(body: Option<&Body>) -> Self {
        match body {
            Some(Body::Photographed(photograph)) => Self { photograph: Some(photograph.request), requested: None },
            Some(Body::Requested(request)) => Self { photograph: None, requested: Some(request.id) },
            _ => Self::default(),
        }
    }
}

impl Claims {
    pub(super) fn note(&mut self, seq: u64, id: EntryId, claim: Claim) {
        self.requests.extend(claim.requested);
        self.photographs.extend(claim.photograph.map(|request| (seq, id, request)));
    }

    /// Compares what the entries name with what lies beside them, counts, and gives what does not hold. `found` is none of an export.
    pub(super) fn compare(self, found: Option<Found>, report: &mut RecordReport) -> Vec<(String, String)> {
        let Some(mut found) = found else {
            report.photographs_elsewhere = self.photographs.len() as u64;
            return Vec::new();
        };
        let mut wrong = Vec::new();
        let mut say = |place: String, what: &str| wrong.push((place, what.to_owned()));
        for (seq, id, request) in &self.photographs {
            let stands = self.requests.contains(request);
            match found.remove(id) {
                Some(Looked::Wrong(what)) => say(place(*seq, id), what),
                Some(_) if !stands => {
                    say(place(*seq, id), "its photograph is still kept, though its request was erased")
                }
                Some(Looked::Opened) => report.photographs += 1,
                Some(Looked::Unopened) => report.photographs_unopened += 1,
                None if stands => {
                    say(place(*seq, id), "its photograph is gone, and neither it nor its request was erased")
                }
                None => {}
            }
        }
        let mut others: Vec<_> = found.into_iter().collect();
        others.sort_unstable_by_key(|(id, _)| *id);
        for (id, looked) in others {
            if let Looked::Wrong(what) = looked {
                say(format!("entry `{id}`"), what);
            }
        }
        wrong
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_is_none_is_told_from_one_that_is_not_here() {
        assert!(matches!(taken(Ok(vec![7; 32])), Ok(Key::Here(_))));
        for length in [0, 5, 31, 33] {
            let fault = taken(Ok(vec![7; length])).err().unwrap();
            assert!(fault.starts_with(&format!("it has {length} bytes instead of 32")), "{fault}");
        }
        assert!(matches!(taken(Err(io::ErrorKind::NotFound.into())), Ok(Key::None)));
        assert!(matches!(taken(Err(io::ErrorKind::PermissionDenied.into())), Ok(Key::Hidden)));
        assert!(taken(Err(io::ErrorKind::IsADirectory.into())).err().unwrap().starts_with("it cannot be read"));
    }
}
