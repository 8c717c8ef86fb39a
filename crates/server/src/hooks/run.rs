//! The thread that looks who is to be told, and those that tell: one for each receiver at most and a few at once, so that a receiver who
//! is slow or away keeps no page waiting, and no other receiver for long.

use std::{
    collections::BTreeMap,
    sync::{Arc, Weak},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use anyhow::Context as _;
use jiff::Timestamp;
use record::SystemId;

use super::{Sender, Turn, TurnError, pause::pause};
use crate::store::hooks::Hook;

/// How often the thread looks whether somebody is to be told.
const PACE: Duration = Duration::from_secs(1);

/// How often it looks whether a turn has ended, while one is taken.
const STEP: Duration = Duration::from_millis(50);

/// How many receivers are told at once.
const AT_ONCE: usize = 8;

/// How long it waits after something of ours failed.
const OURS: Duration = Duration::from_secs(30);

/// What is known of a receiver from one look to the next.
#[derive(Default)]
struct Known {
    /// The turn that is taken, of this version of its hook.
    turn: Option<(u64, JoinHandle<Result<Turn, TurnError>>)>,
    /// Not before this moment, as long as its hook is of this version.
    after: Option<(u64, Instant)>,
    /// When its last turn began.
    began: Option<Instant>,
}

impl Known {
    /// Whether it may be told now by this hook.
    fn is_due(&self, hook: &Hook, now: Instant) -> bool {
        self.turn.is_none() && self.after.is_none_or(|(version, after)| version != hook.version || after <= now)
    }

    /// Takes in a turn that has ended; tells whether one has.
    fn take_in(&mut self, system: &SystemId, now: Instant) -> bool {
        let Some((version, turn)) = self.turn.take_if(|(_, turn)| turn.is_finished()) else { return false };
        let wait = match turn.join() {
            Ok(Ok(Turn::NotTaken { attempts, asked })) => Some(pause(attempts, fastrand::u16(..), asked)),
            // Not at once again: its token may stay void for months.
            Ok(Ok(Turn::Another | Turn::Silent)) => Some(PACE),
            Ok(Ok(Turn::Done | Turn::More | Turn::Suspended)) => None,
            Ok(Err(error)) => {
                let error = anyhow::Error::from(error);
                tracing::error!(%system, error = format!("{error:#}"), "a program could not be told");
                Some(OURS)
            }
            Err(_) => {
                tracing::error!(%system, "telling a program ended badly");
                Some(OURS)
            }
        };
        self.after = wait.map(|wait| (version, now + wait));
        true
    }
}

impl Sender {
    /// Begins to send, until whoever serves is gone.
    ///
    /// # Errors
    /// When there is no thread.
    pub fn start<T: Send + Sync + 'static>(self, serving: Weak<T>) -> anyhow::Result<()> {
        let sender = Arc::new(self);
        let run = move || {
            let mut known = BTreeMap::new();
            let mut look = Instant::now();
            while serving.strong_count() > 0 {
                let now = Instant::now();
                let ended =
                    known.iter_mut().filter_map(|(id, one): (_, &mut Known)| one.take_in(id, now).then_some(()));
                if ended.count() > 0 || look <= now {
                    look = now + PACE;
                    if let Err(error) = sender.look(&mut known, now) {
                        tracing::error!(error = format!("{error:#}"), "whom to tell cannot be read");
                        look = now + OURS;
                    }
                }
                thread::sleep(if known.values().any(|one| one.turn.is_some()) { STEP } else { PACE });
            }
        };
        thread::Builder::new().name("hooks".to_owned()).spawn(run).map(drop).context("no thread for messages")
    }

    /// Begins turns for those who were waiting longest.
    fn look(self: &Arc<Self>, known: &mut BTreeMap<SystemId, Known>, now: Instant) -> anyhow::Result<()> {
        let hooks = self.hooks.hooks()?;
        let end = if hooks.is_empty() { 0 } else { self.store.count()? };
        gauges(&hooks, end);
        known.retain(|id, one| one.turn.is_some() || hooks.iter().any(|hook| hook.system == *id));
        let behind = hooks.iter().filter(|hook| hook.suspended.is_none() && hook.place < end);
        let mut due: Vec<&Hook> =
            behind.filter(|hook| known.get(&hook.system).is_none_or(|one| one.is_due(hook, now))).collect();
        let busy = known.values().filter(|one| one.turn.is_some()).count();
        if due.is_empty() || busy >= AT_ONCE {
            return Ok(());
        }
        // Who cannot sign does not keep those from sending who can.
        if let Err(error) = self.keys() {
            self.hooks.give_back_hooks();
            return Err(error.into());
        }
        if !self.hooks.lease_hooks()? {
            return Ok(());
        }
        due.sort_by_key(|hook| known.get(&hook.system).and_then(|one| one.began));
        for hook in due.into_iter().take(AT_ONCE - busy) {
            let (sender, system) = (Arc::clone(self), hook.system);
            let turn = move || sender.turn(&system, Timestamp::now);
            let turn = thread::Builder::new().name("hook".to_owned()).spawn(turn).context("no thread for a message")?;
            let one = known.entry(system).or_default();
            (one.turn, one.began) = (Some((hook.version, turn)), Some(now));
        }
        Ok(())
    }
}

/// What operators count: how many receivers are told nothing any more, and how far the last of the others is behind the record.
fn gauges(hooks: &[Hook], end: u64) {
    let suspended = hooks.iter().filter(|hook| hook.suspended.is_some()).count();
    let behind = hooks.iter().filter(|hook| hook.suspended.is_none()).map(|hook| end.saturating_sub(hook.place)).max();
    metrics::gauge!("vouchsafe_hooks_suspended").set(suspended as f64);
    metrics::gauge!("vouchsafe_hook_entries_behind").set(behind.unwrap_or_default() as f64);
}

#[cfg(test)]
mod tests {
    use record::Event;

    use super::*;
    use crate::store::hooks::Told;

    /// Whoever has no good token waits as long as everybody between two looks, though what there is waits for them.
    #[test]
    fn a_turn_in_which_nothing_may_be_sent_is_not_taken_again_at_once() {
        let system = SystemId::from_bytes([1; 16]);
        let to = Told { address: "https://jail.example.gov/in".parse().unwrap(), events: vec![Event::Request] };
        let hook = Hook { system, to, place: 0, failing: None, suspended: None, version: 1 };
        for (turn, at_once) in [(Turn::Silent, false), (Turn::Another, false), (Turn::More, true)] {
            let taken = thread::spawn(move || Ok(turn));
            while !taken.is_finished() {
                thread::yield_now();
            }
            let (mut known, now) = (Known { turn: Some((1, taken)), ..Known::default() }, Instant::now());
            assert!(known.take_in(&system, now));
            assert_eq!((known.is_due(&hook, now), known.is_due(&hook, now + PACE)), (at_once, true), "{turn:?}");
        }
    }
}
