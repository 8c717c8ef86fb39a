//! Which rows of a batch of acts are written, and what each caller is answered: the same for every database.
//!
//! The database says which keys and ids it knows; everything else is decided here, in memory, while the writer holds the
//! record alone. So a refused draft costs its own act only, and no statement ever fails for a reason that could be foreseen.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use record::{Body, Change, Entry, EntryId, Erasure};

use super::{
    Committed, SignedCheckpoint, StoreError, Stored, SwapError,
    prepare::{Key, Prepared, Row},
};

/// What the database knows about a key. No `Debug`: it holds an entry.
#[derive(Clone)]
pub(super) struct Known {
    pub(super) seq: u64,
    pub(super) id: EntryId,
    /// None when the entry was erased: nothing is left to compare with, and the work was done.
    pub(super) entry: Option<Arc<Entry>>,
}

/// A database, as far as planning asks.
pub(super) trait Lookup {
    /// The entry kept for this key.
    fn key(&mut self, key: &str) -> Result<Option<Known>, StoreError>;
    /// Whether an entry has this id.
    fn has_id(&mut self, id: &EntryId) -> Result<bool, StoreError>;
}

/// What to write, and what to answer when it is durable.
pub(super) struct Plan {
    /// Rows with the act's name, in the order of their sequence numbers from the given one on.
    pub(super) rows: Vec<(&'static str, Row)>,
    /// One answer an act.
    pub(super) answers: Vec<Result<Vec<Committed>, StoreError>>,
}

/// Plans these acts onto a record whose next sequence number is `next`.
///
/// # Errors
/// Only if a look-up fails; then nothing is to be written.
pub(super) fn plan(acts: Vec<Prepared>, next: u64, lookup: &mut impl Lookup) -> Result<Plan, StoreError> {
    let mut plan = Plan { rows: Vec::new(), answers: Vec::with_capacity(acts.len()) };
    let mut taken = Taken { next, keys: HashMap::new(), ids: HashSet::new() };
    for Prepared { act, rows } in acts {
        let mut staged = Staged::default();
        let mut refused = None;
        for row in rows {
            match taken.place(row, &mut staged, lookup) {
                Ok(()) => {}
                Err(Refusal::Draft(error)) => {
                    refused = Some(error);
                    break;
                }
                Err(Refusal::Lookup(error)) => return Err(error),
            }
        }
        plan.answers.push(match refused {
            Some(error) => Err(error),
            None => {
                taken.next += staged.rows.len() as u64;
                taken.ids.extend(staged.ids);
                taken.keys.extend(staged.keys);
                plan.rows.extend(staged.rows.into_iter().map(|row| (act, row)));
                Ok(staged.answers)
            }
        });
    }
    Ok(plan)
}

enum Refusal {
    Draft(StoreError),
    Lookup(StoreError),
}

/// What the batch has given away so far.
struct Taken {
    next: u64,
    keys: HashMap<String, Known>,
    ids: HashSet<EntryId>,
}

/// What the act at hand would add.
#[derive(Default)]
struct Staged {
    rows: Vec<Row>,
    ids: HashSet<EntryId>,
    keys: HashMap<String, Known>,
    answers: Vec<Committed>,
}

impl Taken {
    fn place(&self, row: Row, staged: &mut Staged, lookup: &mut impl Lookup) -> Result<(), Refusal> {
        if let Some(Key { name: key, entry: drafted }) = &row.key {
            let known = match staged.keys.get(key).or_else(|| self.keys.get(key)) {
                Some(known) => Some(known.clone()),
                None => lookup.key(key).map_err(Refusal::Lookup)?,
            };
            if let Some(Known { seq, id, entry }) = known {
                if entry.is_some_and(|entry| !same_content(&entry, drafted)) {
                    return Err(Refusal::Draft(StoreError::KeyReused { key: key.clone(), first: id }));
                }
                staged.answers.push(Committed { id, seq, already: true });
                return Ok(());
            }
        }
        let id = row.id;
        let in_batch = self.ids.contains(&id) || staged.ids.contains(&id);
        if in_batch || lookup.has_id(&id).map_err(Refusal::Lookup)? {
            return Err(Refusal::Draft(StoreError::DuplicateId { id }));
        }
        let seq = self.next + staged.rows.len() as u64;
        if let Some(Key { name, entry }) = &row.key {
            staged.keys.insert(name.clone(), Known { seq, id, entry: Some(Arc::clone(entry)) });
        }
        staged.answers.push(Committed { id, seq, already: false });
        staged.ids.insert(id);
        staged.rows.push(row);
        Ok(())
    }
}

/// Whether two entries say the same happened, by the same hand, from the same source.
fn same_content(one: &Entry, two: &Entry) -> bool {
    one.by == two.by && one.source == two.source && one.body == two.body
}

/// Whether this entry may be erased by this order.
pub(super) fn may_erase(target: &Stored, erasure: &Erasure) -> Result<(), StoreError> {
    let id = target.id;
    let entry = target.entry().ok_or(StoreError::AlreadyErased { id })?;
    if matches!(entry.body, Body::Erased(_)) {
        return Err(StoreError::Stays { id });
    }
    if matches!(entry.body, Body::Handled(_)) {
        return Err(StoreError::Handled { id });
    }
    if matches!(entry.body, Body::Stopped(_)) {
        return Err(StoreError::Stopping { id });
    }
    if let Body::Staff(staff) = &entry.body
        && matches!(staff.change, Change::Enrolled { .. } | Change::Revoked { .. })
    {
        return Err(StoreError::Whose { id });
    }
    if matches!(entry.body, Body::Keys(_) | Body::Pages(_)) {
        return Err(StoreError::Published { id });
    }
    if target.leaf != erasure.leaf {
        return Err(StoreError::OtherLeaf { id });
    }
    Ok(())
}

/// Whether the checkpoint `new` may take the place of `found`, of a caller who built on `old`, over `known` leaves.
pub(super) fn may_swap(
    found: Option<&SignedCheckpoint>,
    old: Option<&SignedCheckpoint>,
    new: &SignedCheckpoint,
    known: u64,
) -> Result<(), SwapError> {
    let size = found.map_or(0, |found| found.size);
    if found != old {
        return Err(SwapError::Moved { found: size });
    }
    if new.size < size {
        return Err(SwapError::Shrinks { old: size, new: new.size });
    }
    if new.size > known {
        return Err(SwapError::Ahead { known, new: new.size });
    }
    Ok(())
}
