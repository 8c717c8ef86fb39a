//! What was read of whoever is signed in, until the next write: each call asks for it, and between two writes the answer is the same.
//!
//! Sound for SQLite alone: nobody but this process writes such a store (its lock), and every such write goes through `Sqlite::write`,
//! which forgets everything before it is answered. So whoever was told that a session is revoked is never shown one after it.

use std::{
    collections::HashMap,
    fmt,
    hash::Hash,
    sync::{Mutex, MutexGuard, PoisonError},
};

use crate::store::StoreError;

/// The most that is remembered of one kind: more people than work at one time.
const MOST: usize = 10_000;

/// Rows of one kind, by key.
pub(super) struct Remembered<K, V>(Mutex<Known<K, V>>);

struct Known<K, V> {
    /// How many writes there were.
    writes: u64,
    rows: HashMap<K, V>,
}

impl<K, V> Default for Remembered<K, V> {
    fn default() -> Self {
        Self(Mutex::new(Known { writes: 0, rows: HashMap::new() }))
    }
}

/// Neither keys nor rows.
impl<K, V> fmt::Debug for Remembered<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Remembered")
    }
}

impl<K: Eq + Hash, V: Clone> Remembered<K, V> {
    /// The row of this key, read where it is not remembered. What is not there is not remembered either: anybody can ask for it.
    ///
    /// # Errors
    /// Those of `read`.
    pub(super) fn row(
        &self,
        key: K,
        read: impl FnOnce() -> Result<Option<V>, StoreError>,
    ) -> Result<Option<V>, StoreError> {
        let writes = {
            let known = self.known();
            if let Some(row) = known.rows.get(&key) {
                return Ok(Some(row.clone()));
            }
            known.writes
        };
        let found = read()?;
        if let Some(row) = &found {
            let mut known = self.known();
            // Read before a write that has ended since, it may be what that write changed.
            if known.writes == writes {
                if known.rows.len() >= MOST {
                    known.rows.clear();
                }
                known.rows.insert(key, row.clone());
            }
        }
        Ok(found)
    }

    /// Forgets everything, since something was written.
    pub(super) fn forget(&self) {
        let mut known = self.known();
        known.writes += 1;
        known.rows.clear();
    }

    fn known(&self) -> MutexGuard<'_, Known<K, V>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn a_row_is_read_once_until_something_is_written_and_what_is_not_there_each_time() {
        let (remembered, reads) = (Remembered::default(), Cell::new(0));
        let ask = |key: u8, row: Option<&'static str>| {
            let read = || {
                reads.set(reads.get() + 1);
                Ok(row)
            };
            remembered.row(key, read).unwrap()
        };
        assert_eq!(
            [ask(1, Some("a")), ask(1, Some("b")), ask(2, None), ask(2, None)],
            [Some("a"), Some("a"), None, None]
        );
        assert_eq!(reads.get(), 3);
        remembered.forget();
        assert_eq!([ask(1, Some("b")), ask(2, Some("c"))], [Some("b"), Some("c")]);
        assert_eq!(format!("{remembered:?}"), "Remembered");
    }

    /// Whoever reads while something is written may have read what was there before: it is not kept.
    #[test]
    fn what_was_read_before_a_write_that_ended_since_is_not_remembered() {
        let remembered = Remembered::default();
        let read = || {
            remembered.forget();
            Ok(Some("before"))
        };
        assert_eq!(remembered.row(1_u8, read).unwrap(), Some("before"));
        assert_eq!(remembered.row(1, || Ok(None)).unwrap(), None);
    }

    #[test]
    fn no_more_is_remembered_than_people_work_at_one_time() {
        let remembered = Remembered::default();
        for key in 0..=MOST {
            remembered.row(key, || Ok(Some(key))).unwrap();
        }
        assert_eq!(remembered.known().rows.len(), 1);
    }

    #[test]
    fn what_cannot_be_read_is_told_and_not_remembered() {
        let remembered = Remembered::default();
        assert!(remembered.row(1_u8, || Err(StoreError::Stopped)).is_err());
        assert_eq!(remembered.row(1, || Ok(Some(2))).unwrap(), Some(2));
    }
}
