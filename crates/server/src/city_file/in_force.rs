//! Which file of the city is in force, as the record says: an entry each time that another comes into force, so that whom an answer said
//! to call can be found again.
//!
//! The entries have keys with numbers, `city/1` and on: whoever starts with the file that the newest one holds adds nothing, and of two
//! processes that start together with one file, one adds it.

use jiff::Timestamp;
use record::{Actor, Body, CityInForce, Entry, EntryId, Private, Source};

use super::CityFile;
use crate::store::{Draft, Store, StoreError};

/// Why the record does not say which file is in force.
#[derive(Debug, thiserror::Error)]
pub enum InForceError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The machine has no randomness.
    #[error("no randomness for an entry's id: {0}")]
    Random(getrandom::Error),
}

/// How often another process may come first before that is a fault of ours.
const TRIES: usize = 16;

/// Says in the record that this file is in force, unless the newest that is said to be is the same. Returns whether it was another.
///
/// # Errors
/// If the store refuses, or the machine has no randomness: nothing was recorded.
pub fn now_in_force(store: &dyn Store, file: &CityFile, source: Source, at: Timestamp) -> Result<bool, InForceError> {
    let ours = CityInForce { file: file.hash(), text: Private::from(file.text.as_str()) };
    let (mut number, mut tries) = (1_u64, 0);
    let mut newest = None;
    loop {
        if let Some(kept) = store.keyed(&key(number))? {
            newest = Some(kept);
            number += 1;
            continue;
        }
        let same = |body: &Body| matches!(body, Body::City(city) if **city == ours);
        if newest.as_ref().and_then(|kept| kept.entry()).is_some_and(|entry| same(&entry.body)) {
            return Ok(false);
        }
        let mut id = [0; 16];
        getrandom::fill(&mut id).map_err(InForceError::Random)?;
        let by = Actor::Program { name: "serve".to_owned() };
        let body = Body::City(Box::new(ours.clone()));
        let entry = Entry { id: EntryId::from_bytes(id), at, by, source: source.clone(), body };
        match store.commit("put a city's file in force", vec![Draft { key: Some(key(number)), entry }]) {
            Ok(committed) => return Ok(committed.iter().any(|one| !one.already)),
            // Another process came first, with another file: its entry is the newest now.
            Err(StoreError::KeyReused { .. }) if tries < TRIES => tries += 1,
            Err(error) => return Err(error.into()),
        }
    }
}

fn key(number: u64) -> String {
    format!("city/{number}")
}
