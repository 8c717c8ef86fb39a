//! What a look and a withdrawal tell at the moment at which a nonce becomes too old.

use std::{
    sync::atomic::AtomicBool,
    time::{Duration, Instant},
};

use super::*;

/// A clock by which eleven minutes pass behind the first question after it was wound: while the call waits for its turn.
struct Leaping {
    wound: AtomicBool,
    leaps: AtomicBool,
}

impl Clock for Leaping {
    fn today(&self) -> Date {
        DAY
    }

    fn moment(&self) -> Instant {
        let leaps = self.leaps.load(Ordering::Relaxed);
        if self.wound.swap(false, Ordering::Relaxed) {
            self.leaps.store(true, Ordering::Relaxed);
        }
        Instant::now() + if leaps { Duration::from_secs(660) } else { Duration::ZERO }
    }
}

/// The proof that holds, one that does not, and one for a mailbox that nobody has are answered alike: by the same refusal, to the
/// byte, and nothing is withdrawn.
#[test]
fn a_nonce_that_becomes_too_old_while_a_call_waits_tells_nothing_of_a_mailbox() {
    let clock = Arc::new(Leaping { wound: AtomicBool::new(false), leaps: AtomicBool::new(false) });
    let parts = Arc::clone(&clock);
    let limits = Limits { reserve_bytes: 0, ..Limits::default() };
    let city = City::through(Base::Sqlite, limits, |other| Parts { clock: parts, ..other });
    let (phone, stranger) = (Phone::new(&city), Phone::new(&city));
    phone.send(&phone.seal("what happened", Vec::new())).text();
    phone.gets_an_answer(&city, "We have read it.");
    for (path, page) in [("/in/mailbox", &[0, 0][..]), ("/in/withdraw", &[])] {
        let answers = [("holds", &phone), ("does not hold", &phone), ("unknown", &stranger)].map(|(what, of)| {
            clock.leaps.store(false, Ordering::Relaxed);
            let mut proof = of.proof();
            if what == "does not hold" {
                proof[100] ^= 1;
            }
            clock.wound.store(true, Ordering::Relaxed);
            let answer = phone.call("POST", path, &[], &[&proof[..], page].concat());
            assert!(clock.leaps.load(Ordering::Relaxed), "{path}: the clock was asked");
            assert_eq!(answer.code(), "409 nonce", "{path}: a proof that {what}");
            answer.body
        });
        assert!(answers.iter().all(|answer| *answer == answers[0]), "{path}");
    }
    clock.leaps.store(false, Ordering::Relaxed);
    assert!(city.lane.reports(None).unwrap().iter().all(|report| report.withdrawn.is_none()));
    assert_eq!(phone.promises(0).len(), 1, "who asks again is answered");
}
