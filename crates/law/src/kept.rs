//! What was worked out is kept, so that who asks again need not wait. Forgetting changes no answer.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{
        PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
    },
};

/// At most so many things, those first that were asked for again; reading them takes nobody's turn.
#[derive(Debug)]
pub(crate) struct Kept<K, V> {
    most: usize,
    all: RwLock<HashMap<K, One<V>>>,
}

#[derive(Debug)]
struct One<V> {
    value: V,
    /// Whether it was asked for since the last time that things were forgotten.
    again: AtomicBool,
}

impl<K: Eq + Hash, V: Clone> Kept<K, V> {
    /// Nothing kept yet, and never more than `most`.
    pub(crate) fn new(most: usize) -> Self {
        Self { most, all: RwLock::default() }
    }

    /// What is kept under this key.
    pub(crate) fn get(&self, key: &K) -> Option<V> {
        let all = self.all.read().unwrap_or_else(PoisonError::into_inner);
        let one = all.get(key)?;
        one.again.store(true, Ordering::Relaxed);
        Some(one.value.clone())
    }

    /// Keeps a thing. When there is no room, what nobody asked for again is forgotten, and of the rest all but half of the room.
    pub(crate) fn keep(&self, key: K, value: V) {
        let mut all = self.all.write().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= self.most {
            let mut room = self.most / 2;
            all.retain(|_, one| {
                let stays = room > 0 && std::mem::take(one.again.get_mut());
                room -= usize::from(stays);
                stays
            });
        }
        all.insert(key, One { value, again: AtomicBool::new(false) });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(kept: &Kept<u32, u32>) -> usize {
        kept.all.read().unwrap().len()
    }

    #[test]
    fn what_is_asked_for_again_outlasts_what_is_not() {
        let kept = Kept::new(8);
        for key in 0..8 {
            kept.keep(key, key);
        }
        for key in [1, 5] {
            assert_eq!(kept.get(&key), Some(key));
        }
        kept.keep(8, 8);
        let left: Vec<u32> = (0..9).filter_map(|key| kept.get(&key)).collect();
        assert_eq!(left, [1, 5, 8]);
    }

    #[test]
    fn there_are_never_more_than_the_most_however_often_each_is_asked_for() {
        let kept = Kept::new(8);
        for key in 0..1000 {
            kept.keep(key, key);
            for key in 0..=key {
                kept.get(&key);
            }
            assert!(count(&kept) <= 8 && kept.get(&key) == Some(key));
        }
    }
}
