//! Times as figures: the middle, the last hundredth, how many a second.

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

/// Times of many runs of the same thing.
pub struct Times {
    sorted: Vec<Duration>,
    /// The processor's time for all of them where it is known, else the time on the clock.
    total: Duration,
}

impl Times {
    /// Puts times in order.
    pub fn new(mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        let total = times.iter().sum();
        Self { sorted: times, total }
    }

    /// Times `run` on each of the things, again and again until `seconds` have gone by, at least twice; the first round
    /// warms up and is not counted.
    pub fn of<T, R>(things: &[T], seconds: f64, mut run: impl FnMut(&T) -> R) -> Self {
        for thing in things {
            black_box(run(thing));
        }
        let (begin, on_core, mut times) = (Instant::now(), on_core(), Vec::new());
        loop {
            for thing in things {
                let start = Instant::now();
                black_box(run(black_box(thing)));
                times.push(start.elapsed());
            }
            if begin.elapsed().as_secs_f64() > seconds {
                let mut times = Self::new(times);
                if let (Some(before), Some(after)) = (on_core, self::on_core()) {
                    times.total = after.saturating_sub(before);
                }
                return times;
            }
        }
    }

    /// The time below which this part of them lies.
    pub fn at(&self, part: f64) -> Duration {
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "an index"
        )]
        let index = (self.sorted.len().saturating_sub(1) as f64 * part) as usize;
        self.sorted.get(index).copied().unwrap_or_default()
    }

    /// How many a second on one core.
    pub fn per_second(&self) -> f64 {
        per_second(self.sorted.len(), self.total)
    }
}

/// The time that this thread has had on a core, so that a figure by the core holds on a machine that does other work too.
fn on_core() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split(' ').next()?.parse().ok().map(Duration::from_nanos)
}

/// How many a second.
#[allow(clippy::cast_precision_loss, reason = "a figure for people")]
pub fn per_second(count: usize, time: Duration) -> f64 {
    count as f64 / time.as_secs_f64()
}

/// A number as people read it: `1,234,567`.
pub fn thousands(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A time as people read it.
pub fn short(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    if seconds < 1e-3 {
        format!("{:.1} µs", seconds * 1e6)
    } else if seconds < 1.0 {
        format!("{:.1} ms", seconds * 1e3)
    } else {
        format!("{seconds:.2} s")
    }
}
