//! When a message that was not taken is sent again, and when no more.
//!
//! Pure: moments and chance are arguments. Messages go in order, so one that is not taken holds up all that come after; pauses are
//! therefore shorter than in the schedule that Standard Webhooks 1.0 shows, and end after as many days.

use std::time::Duration;

use crate::store::hooks::Failing;

/// The first pause.
const FIRST: Duration = Duration::from_secs(5);

/// And the longest, also where the receiver asks for more.
pub const LONGEST: Duration = Duration::from_hours(1);

/// For how long a message is sent again: three days, in seconds.
const DAYS_SECONDS: i64 = 3 * 24 * 60 * 60;

/// How often at least it was sent before it is given up, so that a clock that jumped ahead gives nothing up.
const ATTEMPTS_LEAST: u32 = 24;

/// How long to wait after so many attempts: twice as long each time, up to an hour; a fifth less or more by `chance`, so that not all
/// come at once to a receiver that is back; and no less than the receiver asked for, within the hour.
#[must_use]
pub fn pause(attempts: u32, chance: u16, asked: Option<Duration>) -> Duration {
    let doubled = FIRST.saturating_mul(2_u32.saturating_pow(attempts.saturating_sub(1).min(16))).min(LONGEST);
    // From 80 to 120 hundredths.
    let hundredths = 80 + u32::from(chance) % 41;
    (doubled * hundredths / 100).max(asked.unwrap_or_default()).min(LONGEST)
}

/// The failing after one more attempt now, in seconds since 1970. A clock that went back moves the beginning with it.
#[must_use]
pub fn after(before: Option<Failing>, now: i64) -> Failing {
    let (since, attempts) = before.map_or((now, 0), |failing| (failing.since.min(now), failing.attempts));
    Failing { since, attempts: attempts.saturating_add(1) }
}

/// Whether it is given up now.
#[must_use]
pub fn is_given_up(failing: Failing, now: i64) -> bool {
    failing.attempts >= ATTEMPTS_LEAST && now.saturating_sub(failing.since) >= DAYS_SECONDS
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn pauses_double_to_an_hour() {
        let of = |attempts| pause(attempts, 20, None).as_secs();
        let pauses: Vec<u64> = (0..=13).map(of).collect();
        assert_eq!(pauses, [5, 5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600, 3600]);
        let asked = |seconds| pause(1, 20, Some(Duration::from_secs(seconds))).as_secs();
        assert_eq!((asked(0), asked(120), asked(u64::MAX)), (5, 120, 3600));
    }

    #[test]
    fn what_is_not_taken_for_three_days_is_given_up_and_no_clock_hastens_it() {
        let since = 1_800_000_000;
        let at = |attempts, seconds| is_given_up(Failing { since, attempts }, since + seconds);
        assert!(at(24, DAYS_SECONDS) && !at(24, DAYS_SECONDS - 1) && !at(23, 10 * DAYS_SECONDS));
        assert!(!at(1000, -DAYS_SECONDS));
        assert_eq!(after(None, since), Failing { since, attempts: 1 });
        let once = Some(Failing { since, attempts: 1 });
        assert_eq!(after(once, since + 5), Failing { since, attempts: 2 });
        assert_eq!(after(once, since - 99), Failing { since: since - 99, attempts: 2 });
    }

    proptest! {
        #[test]
        fn a_pause_is_never_none_and_never_beyond_an_hour(attempts: u32, chance: u16, asked: Option<u32>) {
            let asked = asked.map(|seconds| Duration::from_secs(seconds.into()));
            let pause = pause(attempts, chance, asked);
            prop_assert!(pause >= FIRST * 80 / 100 && pause <= LONGEST, "{pause:?}");
            prop_assert!(pause >= asked.unwrap_or_default().min(LONGEST));
        }

        #[test]
        fn pauses_grow(attempts in 1..64_u32, chance: u16) {
            prop_assert!(pause(attempts + 1, chance, None) >= pause(attempts, chance, None));
        }

        #[test]
        fn whatever_clocks_say_a_message_is_sent_often_before_it_is_given_up(clocks in prop::collection::vec(any::<i64>(), 1..40)) {
            let mut failing = None;
            for (number, now) in (1..).zip(clocks) {
                let next = after(failing, now);
                prop_assert_eq!(next.attempts, number);
                prop_assert!(number >= ATTEMPTS_LEAST || !is_given_up(next, now));
                failing = Some(next);
            }
        }
    }
}
