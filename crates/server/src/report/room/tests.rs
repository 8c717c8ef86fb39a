//! Who comes in, who waits and who leaves.

use std::{
    future::{pending, ready},
    task::{Context, Poll, Waker},
};

use super::*;

const HOURS: Duration = Duration::from_secs(10_000);

/// Nobody is hurried and nobody waits, but for what a test says.
fn room(steps: u64, grace: Duration) -> Arc<Room> {
    let pace = Pace { grace, bytes_per_second: 1, idle: HOURS, patience: Duration::ZERO };
    Room::new(steps * STEP, pace)
}

#[tokio::test]
async fn what_is_announced_and_does_not_come_is_not_waited_for() {
    let room = room(9, Duration::ZERO);
    let mut guest = room.enter();
    guest.hold(1).await.unwrap();
    assert_eq!(guest.next(pending::<()>()).await, Err(Left::Slow), "nothing came in its grace");
    guest.came(10_000);
    assert_eq!(guest.next(ready(7)).await, Ok(7), "what came has bought it time");
    let still = Pace { idle: Duration::ZERO, grace: HOURS, ..Pace::default() };
    let guest = Room::new(STEP, still).enter();
    assert_eq!(guest.next(pending::<()>()).await, Err(Left::Slow), "it may not stand still");
}

async fn join_all(all: impl Iterator<Item = impl Future<Output = Result<(), Left>>>) -> Vec<Result<(), Left>> {
    let mut left: Vec<_> = all.map(|one| (Box::pin(one), None)).collect();
    std::future::poll_fn(|context| {
        for (one, done) in left.iter_mut().filter(|(_, done)| done.is_none()) {
            if let Poll::Ready(result) = one.as_mut().poll(context) {
                *done = Some(result);
            }
        }
        let all: Option<Vec<_>> = left.iter().map(|(_, done)| *done).collect();
        all.map_or(Poll::Pending, Poll::Ready)
    })
    .await
}

/// Goes on with it as far as it goes now.
fn futures_poll<T>(one: &mut std::pin::Pin<Box<impl Future<Output = T>>>) -> Option<T> {
    match one.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(done) => Some(done),
        Poll::Pending => None,
    }
}

/// Somebody waits for room, while somebody else is on their way and leaves if asked to.
async fn against(newcomer: &mut Guest, guest: Guest) -> (Result<(), Left>, Result<(), Left>) {
    tokio::join!(newcomer.hold(1), async {
        let asked = guest.next(pending::<()>()).await;
        drop(guest);
        asked
    })
}

#[test]
fn the_slowest_is_told_apart_where_hardly_any_time_has_passed() {
    let begun = Instant::now();
    let held = |came| {
        let leave = Arc::new(Notify::new());
        Held { bytes: STEP, came, begun, asked_to_leave: false, whole: false, leave }
    };
    for nanoseconds in [0, 1, 1_000, 1 << 40] {
        let now = begun + Duration::from_nanos(nanoseconds);
        assert!(held(100_000).slowness(now) > held(STEP << 20).slowness(now), "after {nanoseconds} ns");
    }
}

#[tokio::test]
async fn the_slowest_leaves_for_whoever_comes_and_what_is_whole_stays() {
    let pace = Pace { grace: Duration::ZERO, bytes_per_second: 1, idle: HOURS, patience: HOURS };
    let room = Room::new(3 * STEP, pace);
    let mut guests = [room.enter(), room.enter(), room.enter()];
    for (guest, came) in guests.iter_mut().zip([100_000, STEP << 20, 100_000]) {
        guest.hold(1).await.unwrap();
        guest.came(came);
    }
    let [slow, fast, whole] = guests;
    whole.is_whole();
    let mut newcomer = room.enter();
    assert_eq!(against(&mut newcomer, slow).await, (Ok(()), Err(Left::Full)));
    newcomer.is_whole();
    let mut third = room.enter();
    assert_eq!(against(&mut third, fast).await, (Ok(()), Err(Left::Full)));
    assert_eq!(room.lock().held, 3 * STEP);
    // Of what is all there nothing leaves before it is kept.
    third.came(1);
    assert_eq!(third.hold(2 * STEP).await, Err(Left::Full), "the slowest is itself");
    drop((newcomer, third, whole));
    assert_eq!(room.lock().held, 0);
}

#[tokio::test]
async fn of_those_who_wait_the_fastest_comes_in_first_and_the_rest_is_bounded() {
    let pace = Pace { grace: HOURS, bytes_per_second: 1, idle: HOURS, patience: HOURS };
    let room = Room::new(2 * STEP, pace);
    let mut first = room.enter();
    first.hold(2 * STEP).await.unwrap();
    let mut drips: Vec<Guest> = (0..WAITING).map(|_| room.enter()).collect();
    let mut phone = room.enter();
    phone.came(2 * STEP);
    let drips = drips.iter_mut().map(|drip| async {
        drip.came(1);
        drip.hold(1).await
    });
    // They wait already when the phone comes, and one of them has to give its place in the queue to it.
    let mut drips = Box::pin(join_all(drips));
    assert!(futures_poll(&mut drips).is_none());
    let mut came = Box::pin(phone.hold(2 * STEP));
    assert!(futures_poll(&mut came).is_none());
    assert_eq!(room.lock().waiting.len(), WAITING);
    drop(first);
    assert!(futures_poll(&mut drips).is_none(), "none of them comes in before the phone");
    assert_eq!(futures_poll(&mut came), Some(Ok(())));
}

#[tokio::test]
async fn within_their_grace_nobody_leaves_and_a_newcomer_is_told_that_it_is_full() {
    let room = room(1, HOURS);
    let mut first = room.enter();
    first.hold(1).await.unwrap();
    let mut second = room.enter();
    assert_eq!(second.hold(1).await, Err(Left::Full));
    assert_eq!(first.next(ready(1)).await, Ok(1), "it was not asked to leave");
    drop(first);
    assert_eq!(second.hold(1).await, Ok(()));
    let mut large = room.enter();
    assert_eq!(large.hold(2 * STEP).await, Err(Left::Full), "more than there is at all");
}
