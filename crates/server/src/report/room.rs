//! Room for what is on its way: charged as it comes, never by what it announces.
//!
//! Whoever announces much and sends nothing holds one step of room, and only as long as nobody else needs it. After a grace
//! everybody must have sent at a least average rate. Where the room is full, the slowest of those who have had their grace
//! leaves for whoever comes, and the fastest of those who wait comes in first: phones on a bad line leave last and wait least,
//! since those who hold a door shut send nothing.

use std::{
    cmp::Reverse,
    collections::{BTreeSet, HashMap},
    future::Future,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    sync::Notify,
    time::{Instant, timeout_at},
};

/// Room is given out in steps of so many bytes.
const STEP: u64 = 16 << 10;
/// How slow somebody is who has gone.
const SLOWEST: (u128, Reverse<u64>) = (u128::MAX, Reverse(0));
/// So many wait at a time; of more, the slowest is told at once that it is full.
const WAITING: usize = 64;

/// How fast what comes must come.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// How long nobody is hurried, nor sent away for somebody else.
    pub grace: Duration,
    /// The least average of bytes in a second, after the grace.
    pub bytes_per_second: u64,
    /// How long it may stand still at all.
    pub idle: Duration,
    /// How long somebody waits for room.
    pub patience: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        // 64 KiB at the speed of the worst mobile network take a minute; a phone in a tunnel has one, too.
        Self {
            grace: Duration::from_secs(10),
            bytes_per_second: 1 << 10,
            idle: Duration::from_secs(60),
            patience: Duration::from_secs(20),
        }
    }
}

/// Why somebody is not listened to any longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Left {
    /// It came too slowly, or not at all.
    Slow,
    /// The room was needed, or there is none.
    Full,
}

/// So many bytes for all who are on their way.
pub struct Room {
    bytes: u64,
    pace: Pace,
    all: Mutex<All>,
    freed: Notify,
}

#[derive(Default)]
struct All {
    held: u64,
    last: u64,
    guests: HashMap<u64, Held>,
    waiting: BTreeSet<u64>,
}

struct Held {
    bytes: u64,
    came: u64,
    begun: Instant,
    asked_to_leave: bool,
    /// All of it is there: it leaves when it is kept, and is sent away for nobody.
    whole: bool,
    leave: Arc<Notify>,
}

impl Held {
    /// The time that its bytes took, each: the greatest is the slowest. In 2^-64 of a nanosecond, since a phone on a good line
    /// sends more than one byte in each; where no time has passed, the slowest is who has sent least.
    fn slowness(&self, now: Instant) -> (u128, Reverse<u64>) {
        let nanoseconds = u64::try_from(now.saturating_duration_since(self.begun).as_nanos()).unwrap_or(u64::MAX);
        ((u128::from(nanoseconds) << 64) / u128::from(self.came.max(1)), Reverse(self.came))
    }
}

/// Somebody who is on their way; leaves when dropped.
pub struct Guest {
    room: Arc<Room>,
    id: u64,
    begun: Instant,
    came: u64,
    held: u64,
    leave: Arc<Notify>,
}

impl Room {
    /// Room for so many bytes.
    #[must_use]
    pub fn new(bytes: u64, pace: Pace) -> Arc<Self> {
        Arc::new(Self { bytes, pace, all: Mutex::default(), freed: Notify::new() })
    }

    fn lock(&self) -> MutexGuard<'_, All> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Somebody begins; nothing is held yet.
    #[must_use]
    pub fn enter(self: &Arc<Self>) -> Guest {
        let (begun, leave) = (Instant::now(), Arc::new(Notify::new()));
        let mut all = self.lock();
        all.last += 1;
        let id = all.last;
        let held = Held { bytes: 0, came: 0, begun, asked_to_leave: false, whole: false, leave: Arc::clone(&leave) };
        all.guests.insert(id, held);
        drop(all);
        Guest { room: Arc::clone(self), id, begun, came: 0, held: 0, leave }
    }

    /// Gives more to a guest; or asks the slowest to leave, and says whether that is the guest itself.
    fn give(&self, id: u64, more: u64) -> Given {
        let now = Instant::now();
        let mut all = self.lock();
        let All { held, guests, waiting, .. } = &mut *all;
        if more > self.bytes {
            return Given::Never;
        }
        let slowness = |id: &u64| guests.get(id).map_or((SLOWEST, *id), |guest| (guest.slowness(now), *id));
        if waiting.insert(id) && waiting.len() > WAITING {
            let slowest = waiting.iter().copied().max_by_key(&slowness).unwrap_or(id);
            waiting.remove(&slowest);
            if slowest == id {
                return Given::Never;
            }
            if let Some(guest) = guests.get(&slowest) {
                guest.leave.notify_one();
            }
        }
        if waiting.iter().min_by_key(|id| slowness(id)) != Some(&id) {
            return Given::Soon;
        }
        if held.saturating_add(more) <= self.bytes {
            *held += more;
            waiting.remove(&id);
            if let Some(guest) = guests.get_mut(&id) {
                guest.bytes += more;
            }
            // The next of those who wait may fit as well.
            self.freed.notify_waiters();
            return Given::Now;
        }
        let leaving: u64 = guests.values().filter(|guest| guest.asked_to_leave).map(|guest| guest.bytes).sum();
        if held.saturating_sub(leaving).saturating_add(more) <= self.bytes {
            return Given::Soon;
        }
        let had_grace = |guest: &Held| now.saturating_duration_since(guest.begun) >= self.pace.grace;
        let slowest = guests
            .iter_mut()
            .filter(|(_, guest)| guest.bytes > 0 && !guest.whole && !guest.asked_to_leave && had_grace(guest))
            .max_by_key(|(_, guest)| guest.slowness(now));
        match slowest {
            Some((slowest, _)) if *slowest == id => Given::Never,
            Some((_, guest)) => {
                guest.asked_to_leave = true;
                guest.leave.notify_one();
                // Once more: for one that needs many steps others may have to leave too.
                self.freed.notify_waiters();
                Given::Soon
            }
            None => Given::Soon,
        }
    }

    fn waits_no_more(&self, id: u64) {
        if self.lock().waiting.remove(&id) {
            self.freed.notify_waiters();
        }
    }
}

enum Given {
    Now,
    Soon,
    Never,
}

impl Guest {
    /// Waits for what comes next, as long as its pace allows and nobody needs its room more.
    ///
    /// # Errors
    /// It comes too slowly, or has to leave.
    pub async fn next<T>(&self, coming: impl Future<Output = T>) -> Result<T, Left> {
        let pace = &self.room.pace;
        let in_time = Duration::from_secs(self.came / pace.bytes_per_second.max(1));
        let by = (Instant::now() + pace.idle).min(self.begun + pace.grace + in_time);
        tokio::select! {
            biased;
            () = self.leave.notified() => Err(Left::Full),
            came = timeout_at(by, coming) => came.map_err(|_| Left::Slow),
        }
    }

    /// So much more has come.
    pub fn came(&mut self, bytes: u64) {
        self.came = self.came.saturating_add(bytes);
        if let Some(held) = self.room.lock().guests.get_mut(&self.id) {
            held.came = self.came;
        }
    }

    /// Holds room for so many bytes in all, in steps; waits for it.
    ///
    /// # Errors
    /// There is none.
    pub async fn hold(&mut self, bytes: u64) -> Result<(), Left> {
        let more = bytes.div_ceil(STEP).saturating_mul(STEP).saturating_sub(self.held);
        if more == 0 {
            return Ok(());
        }
        let held = self.wait_for(more).await;
        if held.is_ok() {
            self.held += more;
        }
        held
    }

    async fn wait_for(&self, more: u64) -> Result<(), Left> {
        let pace = self.room.pace;
        let until = Instant::now() + pace.patience;
        // However this ends, also by the caller's going away, it waits no more.
        let _waiting = Waiting(self);
        loop {
            // Listened for before it is looked, so that nothing is missed in between.
            let freed = self.room.freed.notified();
            tokio::pin!(freed);
            freed.as_mut().enable();
            match self.room.give(self.id, more) {
                Given::Now => return Ok(()),
                Given::Never => return Err(Left::Full),
                Given::Soon if Instant::now() >= until => return Err(Left::Full),
                Given::Soon => {}
            }
            // Looked at again from time to time: somebody's grace may have ended meanwhile.
            let again = until.min(Instant::now() + pace.grace.max(Duration::from_millis(10)));
            tokio::select! {
                biased;
                () = self.leave.notified() => return Err(Left::Full),
                _ = timeout_at(again, freed) => {}
            }
        }
    }

    /// All of it has come: nobody sends it away any more.
    pub fn is_whole(&self) {
        if let Some(held) = self.room.lock().guests.get_mut(&self.id) {
            held.whole = true;
        }
    }
}

struct Waiting<'a>(&'a Guest);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.room.waits_no_more(self.0.id);
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        let mut all = self.room.lock();
        if let Some(held) = all.guests.remove(&self.id) {
            all.held = all.held.saturating_sub(held.bytes);
        }
        drop(all);
        self.room.freed.notify_waiters();
    }
}

#[cfg(test)]
mod tests;
