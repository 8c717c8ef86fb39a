//! Coming back: proofs of return, answers and promises of one length, withdrawing.
//!
//! A mailbox that is not known, a proof that does not hold and a mailbox without answers are answered alike, after the same
//! steps: a signature is checked under a key that nobody has, and files are looked for where none can be.

use std::{sync::Arc, time::Instant};

use axum::{
    body::Bytes,
    extract::State,
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use seal::receipt::{Mailbox, verify_return};

use super::{
    Door, PATIENCE,
    answers::SLOTS,
    bytes, failed,
    refusal::{Refusal, refuse},
    work::{Tokens, WorkError},
};

/// The bytes of a proof of return: mailbox, nonce, signature.
pub const PROOF_BYTES: usize = 32 + 32 + 64;

/// The public key of the seed of 32 zeroes: any valid key that is no mailbox's.
const NOBODY: [u8; 32] = [
    0x3b, 0x6a, 0x27, 0xbc, 0xce, 0xb6, 0xa4, 0x2d, 0x62, 0xa3, 0xa8, 0xd0, 0x2a, 0x6f, 0x0d, 0x73, 0x65, 0x32, 0x15,
    0x77, 0x1d, 0xe2, 0x43, 0xa6, 0x3a, 0xc0, 0x48, 0xa1, 0x8b, 0x59, 0xda, 0x29,
];

/// A proof of return as it came.
pub struct Proof {
    /// The mailbox.
    pub mailbox: Mailbox,
    nonce: [u8; 32],
    signature: [u8; 64],
}

impl Proof {
    /// Reads a proof of exactly its length.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let (mailbox, rest) = bytes.split_first_chunk::<32>()?;
        let (nonce, rest) = rest.split_first_chunk::<32>()?;
        Some(Self { mailbox: Mailbox::new(*mailbox), nonce: *nonce, signature: rest.try_into().ok()? })
    }
}

/// Why a proof used up no nonce, though it may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unused {
    /// Another call has used it up; only of a proof that holds.
    Before,
    /// It is not one of ours, or has just become too old; of any proof.
    Old,
    /// Too many were used up; of any proof.
    Full,
}

impl Unused {
    /// What the caller is told.
    fn refusal(self) -> Refusal {
        match self {
            Self::Before | Self::Old => Refusal::Nonce,
            Self::Full => Refusal::Full,
        }
    }
}

/// Whether a proof holds under a key. Its nonce is used up then, and only then: whoever cannot prove anything cannot fill the
/// memory of used ones either.
///
/// # Errors
/// What may fail at this moment for a proof that holds is asked first, and fails for every other as well: a nonce that has just
/// become too old, or memory that is full, must not tell by the answer which mailbox there is. [`Unused::Before`] alone says that
/// the proof holds.
fn returned(nonces: &Tokens, proof: &Proof, key: Option<&[u8; 32]>, now: Instant) -> Result<bool, Unused> {
    if nonces.read(&proof.nonce, now).is_none() {
        return Err(Unused::Old);
    }
    if !nonces.has_room(now) {
        return Err(Unused::Full);
    }
    let signed = verify_return(key.unwrap_or(&NOBODY), &proof.mailbox, &proof.nonce, &proof.signature).is_ok();
    if !(signed && key.is_some()) {
        return Ok(false);
    }
    match nonces.spend(&proof.nonce, now) {
        Ok(_) => Ok(true),
        Err(WorkError::Token | WorkError::Chain) => Err(Unused::Before),
        Err(WorkError::Full) => Err(Unused::Full),
    }
}

impl Door {
    fn returned(&self, proof: &Proof, key: Option<&[u8; 32]>) -> Result<bool, Unused> {
        returned(&self.nonces, proof, key, self.clock.moment())
    }

    /// Whether the nonce of a proof is one of ours and not too old; that says nothing of any mailbox. After a start of the server
    /// no phone has one, and must not be told by a look's chance or a withdrawal's silence that all is done.
    fn knows_nonce(&self, proof: &Proof) -> bool {
        self.nonces.read(&proof.nonce, self.clock.moment()).is_some()
    }

    /// The same for a proof in a header, for this mailbox.
    pub(super) fn returned_by_header(&self, text: &str, mailbox: &Mailbox, key: &[u8; 32]) -> bool {
        let proof = URL_SAFE_NO_PAD.decode(text).ok().and_then(|bytes| Proof::parse(&bytes));
        proof
            .is_some_and(|proof| proof.mailbox == *mailbox && self.returned(&proof, Some(key)).is_ok_and(|holds| holds))
    }
}

/// `POST /in/mailbox`: a page of answers and one of promises, or chance.
pub(super) async fn look(State(door): State<Arc<Door>>, body: axum::body::Body) -> Response {
    let Ok(body) = small(body).await else { return refuse(Refusal::TooLong) };
    let Some((proof, page)) = body.split_last_chunk::<2>() else { return refuse(Refusal::Form) };
    let Some(proof) = Proof::parse(proof) else { return refuse(Refusal::Form) };
    let page = u16::from_be_bytes(*page);
    if !door.knows_nonce(&proof) {
        return refuse(Refusal::Nonce);
    }
    let turn = tokio::time::timeout(PATIENCE, door.look_turns.acquire()).await;
    let Ok(Ok(_turn)) = turn else { return refuse(Refusal::Full) };
    let read = door
        .blocking(move |door| {
            let key = door.lane.return_key(&proof.mailbox)?;
            let returned = match door.returned(&proof, key.as_ref()) {
                Ok(holds) => holds.then_some(&proof.mailbox),
                // Who sends a call again, a relay too, does not learn by the answer's length that it was good.
                Err(Unused::Before) => None,
                Err(unused) => return Ok(Err(unused.refusal())),
            };
            let mut bytes = door.answers.page(returned, page)?;
            // Looked for also where nobody came back, in a mailbox that nobody has.
            let mut nobody = [0; 32];
            getrandom::fill(&mut nobody)?;
            let mailbox = returned.copied().unwrap_or_else(|| Mailbox::new(nobody));
            let reports = door.lane.reports_of(&mailbox, u32::from(page) * SLOTS as u32, SLOTS as u32)?;
            let progress = door.overdue.progress_of(&reports)?;
            let reports: Vec<_> = reports.iter().zip(progress).collect();
            bytes.append(&mut door.promise.page(&reports, door.clock.today())?);
            Ok(Ok(bytes))
        })
        .await;
    match read {
        Ok(Ok(read)) => bytes(read),
        Ok(Err(refusal)) => refuse(refusal),
        Err(error) => failed(&error),
    }
}

/// `POST /in/withdraw`: marks what came with a mailbox; answered alike whether there is one or not.
pub(super) async fn withdraw(State(door): State<Arc<Door>>, body: axum::body::Body) -> Response {
    let Ok(body) = small(body).await else { return refuse(Refusal::TooLong) };
    let Some(proof) = Proof::parse(&body) else { return refuse(Refusal::Form) };
    if !door.knows_nonce(&proof) {
        return refuse(Refusal::Nonce);
    }
    let done = door
        .blocking(move |door| {
            let key = door.lane.return_key(&proof.mailbox)?;
            let holds = match door.returned(&proof, key.as_ref()) {
                Ok(holds) => holds,
                Err(unused) => return Ok(Err(unused.refusal())),
            };
            if holds {
                door.lane.withdraw(&proof.mailbox, door.clock.today())?;
                door.lane.blur(door.clock.today());
            }
            Ok(Ok(()))
        })
        .await;
    match done {
        Ok(Ok(())) => StatusCode::NO_CONTENT.into_response(),
        Ok(Err(refusal)) => refuse(refusal),
        Err(error) => failed(&error),
    }
}

/// A body no longer than the longest of these calls.
async fn small(body: axum::body::Body) -> Result<Bytes, axum::Error> {
    axum::body::to_bytes(body, PROOF_BYTES + 2).await
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_proof_has_one_length() {
        for length in (0..=PROOF_BYTES + 2).filter(|length| *length != PROOF_BYTES) {
            assert!(Proof::parse(&vec![0; length]).is_none(), "{length}");
        }
        let proof = Proof::parse(&[[1; 32], [2; 32], [3; 32], [3; 32]].concat()).unwrap();
        assert_eq!((proof.mailbox.as_bytes(), proof.nonce, proof.signature), (&[1; 32], [2; 32], [3; 64]));
    }

    /// What fails for a proof that holds, at the moment at which it is looked at, fails for every other in the same way.
    #[test]
    fn a_nonce_too_old_or_a_memory_that_is_full_says_nothing_of_any_proof() {
        let now = Instant::now();
        let receipt = seal::Receipt::make(
            &mut <rand_chacha::ChaCha20Rng as rand_chacha::rand_core::SeedableRng>::from_seed([1; 32]),
        );
        let (mailbox, key) = (receipt.mailbox(), receipt.return_key().public());
        // For a proof that nobody signed, for an unknown mailbox, and for a proof that holds.
        let answers = |nonces: &Tokens, after: Duration| {
            [(false, Some(&key)), (true, None), (true, Some(&key))].map(|(signs, key)| {
                let nonce = nonces.make([0; 4], now).unwrap();
                let signature = if signs { receipt.return_key().prove(&mailbox, &nonce) } else { [7; 64] };
                returned(nonces, &Proof { mailbox, nonce, signature }, key, now + after)
            })
        };
        let nonces = Tokens::with_room(b"test", 1);
        assert_eq!(answers(&nonces, Duration::from_secs(602)), [Err(Unused::Old); 3]);
        assert_eq!(answers(&nonces, Duration::ZERO), [Ok(false), Ok(false), Ok(true)]);
        assert_eq!(answers(&nonces, Duration::ZERO), [Err(Unused::Full); 3]);
        assert_eq!([Unused::Old.refusal(), Unused::Full.refusal()], [Refusal::Nonce, Refusal::Full]);
        // Of one that holds, and of no other, the second use is told; `look` gives it what it gives everybody.
        let nonces = Tokens::with_room(b"test", 2);
        let nonce = nonces.make([0; 4], now).unwrap();
        let proof = Proof { mailbox, nonce, signature: receipt.return_key().prove(&mailbox, &nonce) };
        assert_eq!(returned(&nonces, &proof, Some(&key), now), Ok(true));
        assert_eq!(returned(&nonces, &proof, Some(&key), now), Err(Unused::Before));
    }

    #[test]
    fn nobody_has_a_key_that_is_one() {
        let public =
            tlog::SecretKey::from_seed("x".parse().unwrap(), tlog::signature::SignatureKind::Ed25519, &[0; 32]);
        assert!(
            public
                .unwrap()
                .public()
                .to_string()
                .ends_with(&base64::engine::general_purpose::STANDARD.encode([&[1][..], &NOBODY].concat()))
        );
    }
}
