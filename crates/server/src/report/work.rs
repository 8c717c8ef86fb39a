//! Work instead of a captcha, and nonces: tokens that the server gives out without keeping anything.
//!
//! A token is a keyed hash over the moment by a clock that begins with the process, what is asked for, and chance; it is good
//! for ten minutes and for one use. Only used ones are kept, in two generations, so that memory is bounded. The key is drawn
//! with the process: after a start old tokens are no longer good, and the phone begins again.
//!
//! How much work is wanted depends on two things only: how much will be sent, and how many works were spent in the last minutes,
//! by anybody. There is no limit by address: a phone behind a carrier's address shares it with thousands.
//!
//! The work is a chain, after decisions 21: `h0` is the challenge; for each link a number `n` of 8 bytes such that
//! `h(i+1) = SHA-256(h(i) || n)` begins with so many zero bits. A chain of easy links takes nearly the same time each time.

use std::{
    collections::HashSet,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use record::first_16;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

/// How long a token is good.
const GOOD: Duration = Duration::from_secs(600);

/// Used tokens that a generation keeps at most; beyond, nothing more is accepted in this generation.
const MOST_USED: usize = 1 << 20;

/// So many places are kept for calls that have asked for room and not used their token yet: more than work at once.
const SPARE: usize = 1024;

/// Links of a chain for what is short.
const LINKS: u16 = 32;

/// Up to here what is announced is short; twice the links for each sixteenfold.
const SHORT_BYTES: u64 = 64 << 10;

/// How often the links are doubled at most: beyond 256 MiB. The header with their numbers has 5.5 kB then; proxies take 8.
const MOST_DOUBLINGS: u16 = 4;

/// Zero bits of a link while nothing presses: 32 links of 2^7 hashes.
const LEAST_BITS: u16 = 7;

/// Zero bits under the heaviest load: 32 links of 2^12, at most 20 s on a phone with native hashing and no compiler.
const MOST_BITS: u16 = 12;

/// Works that may be spent in a minute before more is wanted of each.
const BUDGET: u64 = 3000;

/// Why a token or a work is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WorkError {
    /// It is not one of ours, or too old, or was used.
    #[error("the challenge is not good any more, or never was")]
    Token,
    /// The chain does not hold.
    #[error("the work is not done")]
    Chain,
    /// Too many were used.
    #[error("there is too much to do at the moment")]
    Full,
}

/// Gives out tokens for one purpose.
pub struct Tokens {
    label: &'static [u8],
    key: Zeroizing<[u8; 32]>,
    begun: Instant,
    used: Mutex<Used>,
    most_used: usize,
}

struct Used {
    generation: u64,
    now: HashSet<[u8; 16]>,
    before: HashSet<[u8; 16]>,
}

impl Tokens {
    /// Tokens of a purpose.
    ///
    /// # Errors
    /// The operating system gives no random bytes.
    pub fn new(label: &'static [u8]) -> Result<Self, getrandom::Error> {
        let mut key = Zeroizing::new([0; 32]);
        getrandom::fill(&mut *key)?;
        let used = Used { generation: 0, now: HashSet::new(), before: HashSet::new() };
        Ok(Self { label, key, begun: Instant::now(), used: Mutex::new(used), most_used: MOST_USED })
    }

    /// The same with room for so many before there is none (see [`Tokens::has_room`]).
    #[cfg(test)]
    pub(super) fn with_room(label: &'static [u8], tokens: usize) -> Self {
        Self { most_used: SPARE + tokens, ..Self::new(label).unwrap() }
    }

    fn seal(&self, front: &[u8; 16]) -> [u8; 16] {
        first_16(Sha256::new_with_prefix(self.label).chain_update(*self.key).chain_update(front).finalize())
    }

    /// A new token that carries these four bytes.
    ///
    /// # Errors
    /// The operating system gives no random bytes.
    pub fn make(&self, carries: [u8; 4], now: Instant) -> Result<[u8; 32], getrandom::Error> {
        let mut front = [0; 16];
        let (moment, rest) = front.split_at_mut(4);
        moment.copy_from_slice(&self.second(now).to_be_bytes());
        let (to, chance) = rest.split_at_mut(4);
        to.copy_from_slice(&carries);
        getrandom::fill(chance)?;
        let mut token = [0; 32];
        token.iter_mut().zip(front.iter().chain(&self.seal(&front))).for_each(|(to, from)| *to = *from);
        Ok(token)
    }

    /// Seconds since the process began; a clock that tells nothing about the hour.
    fn second(&self, now: Instant) -> u32 {
        u32::try_from(now.saturating_duration_since(self.begun).as_secs()).unwrap_or(u32::MAX)
    }

    /// What a token of ours carries that is still good; whether it was used is not looked at.
    #[must_use]
    pub fn read(&self, token: &[u8; 32], now: Instant) -> Option<[u8; 4]> {
        let (front, mac) = token.split_first_chunk::<16>()?;
        // Every byte is compared, whatever the first difference.
        let differ = self.seal(front).iter().zip(mac).fold(0, |sum, (ours, theirs)| sum | (ours ^ theirs));
        let moment = u32::from_be_bytes(*front.first_chunk()?);
        let age = self.second(now).checked_sub(moment)?;
        (differ == 0 && u64::from(age) <= GOOD.as_secs()).then(|| front.get(4..8)?.try_into().ok())?
    }

    /// The tokens that were used, in the generation of this moment.
    fn used(&self, now: Instant) -> MutexGuard<'_, Used> {
        let generation = u64::from(self.second(now)) / GOOD.as_secs();
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        if used.generation != generation {
            let next = used.generation + 1 == generation;
            used.before = if next { std::mem::take(&mut used.now) } else { HashSet::new() };
            used.now = HashSet::new();
            used.generation = generation;
        }
        used
    }

    /// Whether a token can be used now, and still in a moment, whoever else comes: asked before it is known whose it is.
    #[must_use]
    pub fn has_room(&self, now: Instant) -> bool {
        self.used(now).now.len() + SPARE < self.most_used
    }

    /// Uses a token, once.
    ///
    /// # Errors
    /// It is not good, was used, or too many were.
    pub fn spend(&self, token: &[u8; 32], now: Instant) -> Result<[u8; 4], WorkError> {
        let carried = self.read(token, now).ok_or(WorkError::Token)?;
        let name: [u8; 16] = token.last_chunk().copied().unwrap_or_default();
        let mut used = self.used(now);
        if used.before.contains(&name) || used.now.contains(&name) {
            return Err(WorkError::Token);
        }
        if used.now.len() >= self.most_used {
            return Err(WorkError::Full);
        }
        used.now.insert(name);
        Ok(carried)
    }
}

/// The work that is wanted, and whether it was done.
pub struct Work {
    tokens: Tokens,
    spent: Mutex<Spent>,
    budget: u64,
}

/// How many works were spent in this minute and in the one before, of the process.
struct Spent {
    minute: u64,
    now: u64,
    before: u64,
}

impl Work {
    /// With the usual budget.
    ///
    /// # Errors
    /// The operating system gives no random bytes.
    pub fn new() -> Result<Self, getrandom::Error> {
        let tokens = Tokens::new(b"vouchsafe/challenge/v1")?;
        Ok(Self { tokens, spent: Mutex::new(Spent { minute: 0, now: 0, before: 0 }), budget: BUDGET })
    }

    fn count(&self, now: Instant, more: u64) -> u64 {
        let minute = u64::from(self.tokens.second(now)) / 60;
        let mut spent = self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        if spent.minute != minute {
            spent.before = if spent.minute + 1 == minute { spent.now } else { 0 };
            spent.now = 0;
            spent.minute = minute;
        }
        spent.now += more;
        spent.now.max(spent.before)
    }

    /// The zero bits that each link must have now: one more for each doubling beyond the budget. Where the links are more, the
    /// bits reach less far: no work of any kind is more than a phone does in 20 s.
    fn bits(&self, doublings: u16, now: Instant) -> u16 {
        let over = (self.count(now, 0) / self.budget.max(1)).checked_ilog2().map_or(0, |doublings| doublings + 1);
        LEAST_BITS.saturating_add(u16::try_from(over).unwrap_or(u16::MAX)).min(MOST_BITS - doublings)
    }

    /// The 36 bytes of a challenge for whoever will announce so many bytes: the token, links, bits.
    ///
    /// # Errors
    /// The operating system gives no random bytes.
    pub fn challenge(&self, bytes: u64, now: Instant) -> Result<[u8; 36], getrandom::Error> {
        let doublings = doublings(bytes);
        let (links, bits) = ((LINKS << doublings).to_be_bytes(), self.bits(doublings, now).to_be_bytes());
        let carries = [links[0], links[1], bits[0], bits[1]];
        let token = self.tokens.make(carries, now)?;
        let mut challenge = [0; 36];
        challenge.iter_mut().zip(token.iter().chain(&carries)).for_each(|(to, from)| *to = *from);
        Ok(challenge)
    }

    /// Checks a work for so many announced bytes, and uses it up if it holds.
    ///
    /// # Errors
    /// See [`WorkError`].
    pub fn accept(&self, work: &[u8], bytes: u64, now: Instant) -> Result<(), WorkError> {
        let (token, numbers) = work.split_first_chunk::<32>().ok_or(WorkError::Token)?;
        let [a, b, c, d] = self.tokens.read(token, now).ok_or(WorkError::Token)?;
        let (links, bits) = (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
        if links < LINKS << doublings(bytes) || !holds(token, numbers, links, bits) {
            return Err(WorkError::Chain);
        }
        self.tokens.spend(token, now)?;
        self.count(now, 1);
        Ok(())
    }
}

/// How often the links are doubled for so many announced bytes.
fn doublings(bytes: u64) -> u16 {
    let times = bytes.div_ceil(SHORT_BYTES).max(1);
    let sixteenfold = (u64::BITS - (times - 1).leading_zeros()).div_ceil(4);
    u16::try_from(sixteenfold).unwrap_or(u16::MAX).min(MOST_DOUBLINGS)
}

/// Whether a chain of so many links, each with so many zero bits, begins with the challenge.
#[must_use]
pub fn holds(challenge: &[u8; 32], numbers: &[u8], links: u16, bits: u16) -> bool {
    let (numbers, rest) = numbers.as_chunks::<8>();
    if !rest.is_empty() || numbers.len() != usize::from(links) {
        return false;
    }
    let mut hash = *challenge;
    for number in numbers {
        hash = Sha256::new_with_prefix(hash).chain_update(number).finalize().into();
        if zero_bits(&hash) < u32::from(bits) {
            return false;
        }
    }
    true
}

fn zero_bits(hash: &[u8; 32]) -> u32 {
    let whole = hash.iter().take_while(|byte| **byte == 0).count();
    let next = hash.get(whole).map_or(0, |byte| byte.leading_zeros());
    u32::try_from(whole).unwrap_or(32) * 8 + next
}

/// Does the work of a challenge of 36 bytes: what a phone does. For tests and measurements.
#[must_use]
pub fn solve(challenge: &[u8; 36]) -> Vec<u8> {
    let (token, wanted) = challenge.split_at(32);
    let wanted: [u8; 4] = wanted.try_into().unwrap_or_default();
    let (links, bits) = (u16::from_be_bytes([wanted[0], wanted[1]]), u16::from_be_bytes([wanted[2], wanted[3]]));
    let mut work = token.to_vec();
    let mut hash: [u8; 32] = token.try_into().unwrap_or_default();
    for _ in 0..links {
        for number in 0_u64.. {
            let next: [u8; 32] = Sha256::new_with_prefix(hash).chain_update(number.to_be_bytes()).finalize().into();
            if zero_bits(&next) >= u32::from(bits) {
                work.extend_from_slice(&number.to_be_bytes());
                hash = next;
                break;
            }
        }
    }
    work
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_work_is_good_once_and_for_ten_minutes() {
        let work = Work::new().unwrap();
        let now = Instant::now();
        let solved = solve(&work.challenge(0, now).unwrap());
        assert_eq!(solved.len(), 32 + 32 * 8);
        assert_eq!(work.accept(&solved[..32], 0, now), Err(WorkError::Chain), "no link");
        for bit in [0, 77, 255] {
            let mut other = solved.clone();
            other[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(work.accept(&other, 0, now), Err(WorkError::Token), "bit {bit} of the challenge");
        }
        let mut other = solved.clone();
        other[40] ^= 1;
        assert_eq!(work.accept(&other, 0, now), Err(WorkError::Chain));
        assert_eq!(work.accept(&solved[..20], 0, now), Err(WorkError::Token));
        assert_eq!(work.accept(&solved, 0, now + Duration::from_secs(700)), Err(WorkError::Token), "too old");
        assert_eq!(work.accept(&solved, 0, now + Duration::from_secs(599)), Ok(()));
        assert_eq!(work.accept(&solved, 0, now + Duration::from_secs(599)), Err(WorkError::Token), "used");
        // Used in one generation, tried again in the next.
        assert_eq!(work.accept(&solved, 0, now + Duration::from_secs(600)), Err(WorkError::Token));
        let another = Work::new().unwrap();
        assert_eq!(
            another.accept(&solve(&work.challenge(0, now).unwrap()), 0, now),
            Err(WorkError::Token),
            "another server's"
        );
    }

    #[test]
    fn whoever_announces_more_works_more_and_no_work_is_too_much() {
        let work = Work { budget: 1, ..Work::new().unwrap() };
        let now = Instant::now();
        let wanted = |bytes| {
            let challenge = work.challenge(bytes, now).unwrap();
            (u16::from_be_bytes([challenge[32], challenge[33]]), u16::from_be_bytes([challenge[34], challenge[35]]))
        };
        let steps = [0, 64 << 10, (64 << 10) + 1, 1 << 20, 16 << 20, 256 << 20, 4 << 30, (4 << 30) + 1, u64::MAX];
        assert_eq!(steps.map(|bytes| wanted(bytes).0), [32, 32, 64, 64, 128, 256, 512, 512, 512]);
        for bytes in [1 << 20, 4 << 30] {
            let less = solve(&work.challenge(bytes / 32, now).unwrap());
            assert_eq!(work.accept(&less, bytes, now), Err(WorkError::Chain), "{bytes}");
            let enough = solve(&work.challenge(bytes, now).unwrap());
            assert_eq!(work.accept(&enough, bytes, now), Ok(()), "{bytes}");
        }
        work.count(now, 1 << 40);
        for bytes in steps {
            let (links, bits) = wanted(bytes);
            assert_eq!(u32::from(links) << bits, u32::from(LINKS) << MOST_BITS, "{bytes}");
        }
    }

    #[test]
    fn more_is_wanted_under_load_and_less_when_it_is_over() {
        let work = Work { budget: 2, ..Work::new().unwrap() };
        let now = Instant::now();
        let bits = |at| u16::from_be_bytes(*work.challenge(0, at).unwrap().last_chunk().unwrap());
        assert_eq!(bits(now), LEAST_BITS);
        work.count(now, 4);
        assert_eq!(bits(now), LEAST_BITS + 2);
        work.count(now, 100_000);
        assert_eq!(bits(now), MOST_BITS);
        assert_eq!(bits(now + Duration::from_secs(60)), MOST_BITS);
        assert_eq!(bits(now + Duration::from_secs(180)), LEAST_BITS);
    }

    #[test]
    fn what_is_kept_of_used_tokens_is_bounded() {
        let tokens = Tokens { most_used: 3, ..Tokens::new(b"test").unwrap() };
        let now = Instant::now();
        for number in 0..5 {
            let token = tokens.make([number; 4], now).unwrap();
            let wanted = if number < 3 { Ok([number; 4]) } else { Err(WorkError::Full) };
            assert_eq!(tokens.spend(&token, now), wanted);
        }
        let later = now + GOOD;
        assert!(tokens.spend(&tokens.make([9; 4], later).unwrap(), later).is_ok());

        // Whoever asks first is told before the last place is taken, and the next generation has room again.
        let tokens = Tokens::with_room(b"test", 2);
        for room in [true, true, false] {
            assert_eq!(tokens.has_room(now), room);
            tokens.spend(&tokens.make([0; 4], now).unwrap(), now).unwrap();
        }
        assert!(tokens.has_room(later + GOOD));
    }
}
