//! The gateway's keys: made at the start, replaced every day, forgotten soon after, never on a disk.
//!
//! Whoever seizes the disk opens no exchange that was recorded, and whoever seizes the running machine none that is older than
//! [`LIFE`] and [`AFTER`]. A client that comes with an older key is told so (RFC 9458, section 5.3) and asks for the new one.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use zeroize::Zeroizing;

use super::capsule::{Key, OpenError};

/// How long a key is given out.
pub const LIFE: Duration = Duration::from_secs(24 * 60 * 60);
/// How long it is taken after that: for whoever asked just before.
pub const AFTER: Duration = Duration::from_secs(2 * 60 * 60);

/// The key that is given out, and the one before while it is taken.
pub struct Keys {
    now: Arc<Key>,
    until: Instant,
    before: Option<(Arc<Key>, Instant)>,
}

fn chance() -> Result<Zeroizing<[u8; 32]>, getrandom::Error> {
    let mut bytes = Zeroizing::new([0; 32]);
    getrandom::fill(&mut *bytes)?;
    Ok(bytes)
}

impl Keys {
    /// A first key. Its name is drawn, so that a client of the process before is told by the name that its key is gone.
    ///
    /// # Errors
    /// The system gives no chance.
    pub fn make(at: Instant) -> Result<Self, getrandom::Error> {
        let mut id = [0];
        getrandom::fill(&mut id)?;
        let [id] = id;
        Ok(Self { now: Arc::new(Key::derive(id, &*chance()?)), until: at + LIFE, before: None })
    }

    /// Makes a new key if the old one has had its day, and forgets the one before if its time is over.
    ///
    /// # Errors
    /// The system gives no chance; then the old key goes on.
    pub fn turn(&mut self, at: Instant) -> Result<(), getrandom::Error> {
        if at >= self.until {
            let next = Arc::new(Key::derive(self.now.id().wrapping_add(1), &*chance()?));
            let gone = std::mem::replace(&mut self.now, next);
            self.before = Some((gone, self.until + AFTER));
            self.until = at + LIFE;
        }
        self.before.take_if(|(_, until)| at >= *until);
        Ok(())
    }

    /// The list of one key that is given out (RFC 9458, section 3.2).
    #[must_use]
    pub fn list(&self) -> Vec<u8> {
        let config = self.now.config();
        let length = u16::try_from(config.len()).unwrap_or_default();
        [&length.to_be_bytes(), config.as_slice()].concat()
    }

    /// The key of a name.
    ///
    /// # Errors
    /// There is none, or its time is over.
    pub fn named(&self, id: u8) -> Result<Arc<Key>, OpenError> {
        let before = self.before.iter().map(|(key, _)| key);
        std::iter::once(&self.now).chain(before).find(|key| key.id() == id).cloned().ok_or(OpenError::Key(id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_its_day_is_taken_two_hours_longer_and_is_gone() {
        let start = Instant::now();
        let mut keys = Keys::make(start).unwrap();
        let (first, list) = (keys.now.id(), keys.list());
        let second = Duration::from_secs(1);
        keys.turn(start + LIFE - second).unwrap();
        assert_eq!(keys.list(), list);

        keys.turn(start + LIFE).unwrap();
        let next = first.wrapping_add(1);
        assert_eq!(keys.now.id(), next);
        assert_ne!(keys.list()[2..], list[2..]);
        assert!(keys.named(first).is_ok() && keys.named(next).is_ok());
        assert_eq!(keys.named(next.wrapping_add(1)).err(), Some(OpenError::Key(next.wrapping_add(1))));

        keys.turn(start + LIFE + AFTER - second).unwrap();
        assert!(keys.named(first).is_ok());
        let weak = Arc::downgrade(&keys.named(first).unwrap());
        keys.turn(start + LIFE + AFTER).unwrap();
        assert_eq!(keys.named(first).err(), Some(OpenError::Key(first)));
        assert!(weak.upgrade().is_none(), "it is nowhere any more");
    }

    #[test]
    fn a_key_that_nobody_asked_after_for_days_is_gone_at_once() {
        let start = Instant::now();
        let mut keys = Keys::make(start).unwrap();
        let first = keys.now.id();
        keys.turn(start + 3 * LIFE).unwrap();
        assert_eq!(keys.named(first).err(), Some(OpenError::Key(first)));
        assert_eq!(keys.now.id(), first.wrapping_add(1));
    }

    #[test]
    fn two_starts_have_no_key_in_common() {
        let now = Instant::now();
        assert_ne!(Keys::make(now).unwrap().list()[2..], Keys::make(now).unwrap().list()[2..]);
    }
}
