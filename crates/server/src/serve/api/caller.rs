//! Who calls: a system, by the token in the `Authorization` header and by nothing else. No cookie is looked at.
//!
//! The token is 32 random bytes; the store has its SHA-256, finds the system by one look-up of that, and so compares nothing byte by
//! byte with a secret. Each call asks the store, so that a token that is revoked, replaced or ended is no token for any process at once.

use std::sync::Arc;

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header, request::Parts},
};
use record::{Actor, Source};
use sha2::{Digest as _, Sha256};

use super::problem::{Kind, Problem, Refused};
use crate::{
    access::{ActingSystem, Action, Resource},
    serve::{Desk, guard, passkeys::now},
    store::systems::System,
};

/// What every token begins with, so that scanners for secrets that were published by mistake know it.
const PREFIX: &str = "vst_";

/// A new token, and its hash: the one is shown once, the other kept.
///
/// # Errors
/// When the machine has no randomness.
pub fn make_token() -> Result<(String, [u8; 32]), getrandom::Error> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)?;
    let token = format!("{PREFIX}{}", hex::encode(bytes));
    let hash = hash(&token);
    Ok((token, hash))
}

fn hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

/// The token of a call (RFC 6750, section 2.1), if it bears exactly one.
fn token(headers: &HeaderMap) -> Option<&str> {
    let mut sent = headers.get_all(header::AUTHORIZATION).iter();
    let (only, None) = (sent.next()?.to_str().ok()?, sent.next()) else { return None };
    let (scheme, token) = only.split_once(' ')?;
    let token = token.trim();
    let digits = token.strip_prefix(PREFIX)?;
    let plain = digits.len() == 64 && digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    (scheme.eq_ignore_ascii_case("bearer") && plain).then_some(token)
}

/// A system that calls. What it may do is [`Caller::must`]'s to say.
pub struct Caller(pub System);

impl Caller {
    /// The system as the record names it.
    #[must_use]
    pub fn actor(&self) -> Actor {
        let System { id, name, agency, .. } = &self.0;
        Actor::System { system: *id, name: name.clone(), agency: agency.clone() }
    }

    /// Nothing if the system may do this; else the refusal.
    ///
    /// # Errors
    /// That refusal.
    pub fn must(&self, desk: &Desk, action: Action, resource: &Resource) -> Result<(), Refused> {
        if self.may(desk, action, resource) {
            return Ok(());
        }
        Err(Problem::of(&desk.words, Kind::NotGiven).into())
    }

    /// Whether it may.
    #[must_use]
    pub fn may(&self, desk: &Desk, action: Action, resource: &Resource) -> bool {
        guard::note_that_it_was_asked();
        let System { id, agency, uses, .. } = &self.0;
        let who = ActingSystem { system: *id, agency: agency.clone(), uses: uses.clone() };
        desk.access.allows_system(&who, action, resource)
    }
}

/// How what a system sends is marked; of an invented city all is invented.
#[must_use]
pub fn source(desk: &Desk) -> Source {
    if desk.invented { Source::Demo } else { Source::Api }
}

impl FromRequestParts<Arc<Desk>> for Caller {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, desk: &Arc<Desk>) -> Result<Self, Refused> {
        let found = match token(&parts.headers).map(hash) {
            Some(hash) => desk.blocking(move |desk| Ok(desk.systems.bearer(&hash, now())?)).await,
            None => Ok(None),
        };
        match found {
            Ok(Some(system)) => Ok(Self(system)),
            Ok(None) => {
                metrics::counter!("vouchsafe_api_refused_tokens_total").increment(1);
                Err(Problem::of(&desk.words, Kind::Token).into())
            }
            Err(error) => Err(Refused::ours(desk, &error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_bears_exactly_one_token_in_its_header() {
        let (good, kept) = make_token().unwrap();
        let asked = |lines: &[&str]| {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append(header::AUTHORIZATION, line.parse().unwrap());
            }
            token(&headers).map(hash)
        };
        assert_eq!(asked(&[&format!("Bearer {good}")]), Some(kept));
        assert_eq!(asked(&[&format!("bearer  {good} ")]), Some(kept));
        let bearing = |token: &str| format!("Bearer {token}");
        for none in [
            vec![],
            vec![good.clone()],
            vec![format!("Basic {good}")],
            vec!["Bearer".to_owned()],
            vec!["Bearer ".to_owned()],
            vec![bearing(&good.to_uppercase())],
            vec![bearing(&format!("{good}0"))],
            vec![bearing(&good[PREFIX.len()..])],
            vec![bearing(&good), bearing(&good)],
        ] {
            let none: Vec<&str> = none.iter().map(String::as_str).collect();
            assert_eq!(asked(&none), None, "{none:?}");
        }
        assert_ne!(make_token().unwrap().0, good);
    }
}
