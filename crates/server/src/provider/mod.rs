//! The city's own sign-in: an OpenID Connect provider that the city runs, as its relying party (OpenID Connect Core 1.0, code flow with
//! PKCE).
//!
//! The provider says who somebody is, and nothing else: which member that is was bound before, by an administrator or at the command
//! line; no claim makes a member, a role or a site. There is no password here, and none behind it as far as we can see: a token must say
//! how its holder proved who they are (`acr`, `amr`), by words that the configuration names, and, unless the configuration says
//! otherwise, that they did so for this very sign-in.
//!
//! The ceremonies are the crate `openidconnect`'s over our own small client (`http`). What was begun is kept in the store by the hash of
//! its `state`, good once, for ten minutes, for the browser that began it. Not here: the pages (`serve::provider`), the store
//! (`store::people`).

mod http;
mod settings;

use std::{
    sync::{
        Arc, Mutex, PoisonError, TryLockError,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use openidconnect::ClaimsVerificationError;
use openidconnect::{
    AuthType, AuthenticationContextClass, AuthorizationCode, ClientId, ClientSecret, CsrfToken, DiscoveryError,
    IssuerUrl, JsonWebKeySet, Nonce, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, RequestTokenError,
    SignatureVerificationError, TokenResponse as _,
    core::{
        CoreAuthPrompt, CoreAuthenticationFlow, CoreClient, CoreClientAuthMethod, CoreIdToken, CoreIdTokenVerifier,
        CoreJwsSigningAlgorithm, CoreProviderMetadata,
    },
};
use serde::{Deserialize, Serialize};
use url::Url;
use zeroize::Zeroizing;

use http::{Client, HttpError};

pub use settings::{Issuer, ProviderFile, SettingsError};

/// How long a sign-in that was begun may take, in seconds.
pub const BEGUN_SECONDS: i64 = 10 * 60;

/// How far the provider's clock may be from ours, in seconds.
const SKEW_SECONDS: i64 = 60;

/// The oldest token that is taken, by when it was issued, in seconds.
const ISSUED_MAX_SECONDS: i64 = 10 * 60;

/// How long what the provider says of itself is believed.
const KNOWN: Duration = Duration::from_secs(60 * 60);

/// How long a provider that did not answer is left alone.
const DOWN: Duration = Duration::from_secs(5);

/// How often its keys are fetched again because a token names one that we do not know.
const KEYS_AGAIN: Duration = Duration::from_secs(30);

/// How many calls to the provider wait at once; whoever comes then is told to try again. The desk's own work needs its threads.
const CALLS_MAX: usize = 16;

/// The longest subject, in characters (OpenID Connect Core 1.0, section 2).
pub const SUBJECT_MAX_CHARS: usize = 255;

/// With what a token may be signed: keys that the provider publishes. Neither `none` nor what our own secret signs.
const ALGORITHMS: [CoreJwsSigningAlgorithm; 5] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];

/// The provider that the configuration names.
pub struct Provider {
    issuer: IssuerUrl,
    client_id: ClientId,
    secret: Zeroizing<String>,
    claim: String,
    acr: Vec<String>,
    amr: Vec<String>,
    fresh: bool,
    client: Client,
    /// What it says of itself; locked while it is asked.
    asked: Mutex<Asked>,
    known: Mutex<Option<Known>>,
    calls: AtomicUsize,
}

#[derive(Default)]
struct Asked {
    failed: Option<Instant>,
    keys_again: Option<Instant>,
}

#[derive(Clone)]
struct Known {
    metadata: Arc<CoreProviderMetadata>,
    since: Instant,
}

/// A sign-in that was begun, as the store keeps it until the browser comes back.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Begun {
    nonce: String,
    verifier: String,
    /// The hash of the cookie of the browser that began it.
    pub browser: String,
    /// Where the provider sends it back to.
    redirect: String,
    /// When, in seconds since 1970.
    at: i64,
}

/// Three random texts of 43 to 128 characters for a sign-in that is begun.
pub struct Drawn {
    /// The `state`.
    pub state: String,
    /// The `nonce`.
    pub nonce: String,
    /// The verifier of PKCE.
    pub verifier: String,
}

/// Why nobody was signed in. What a person reads is the page's; these sentences are for the traces, and name no claim's value.
#[derive(Debug, thiserror::Error)]
pub enum ProviderError {
    /// It does not answer, or not as a provider does.
    #[error("the city's sign-in does not answer as it should: {0}")]
    Down(String),
    /// Too many wait for it.
    #[error("too many people wait for the city's sign-in")]
    Busy,
    /// It did not take the code: it was used before, or has ended.
    #[error("the city's sign-in did not take the code: {0}")]
    Code(String),
    /// What it gave is no proof of who somebody is.
    #[error("the city's sign-in gave a token that is refused: {0}")]
    Token(String),
    /// It does not say that somebody proved who they are in the way that the configuration asks for.
    #[error("the city's sign-in does not say that its holder proved who they are as the configuration asks: {0}")]
    Method(&'static str),
}

impl Provider {
    /// The provider that a configuration names.
    ///
    /// # Errors
    /// When the settings do not suffice, or the secret cannot be read.
    pub fn new(file: ProviderFile) -> Result<Self, SettingsError> {
        let secret = file.secret()?;
        if file.acr.is_empty() && file.amr.is_empty() {
            return Err(SettingsError::Method);
        }
        if let Some(claim) = file.claim.as_ref().filter(|claim| settings::NO_NAMES.contains(&claim.as_str())) {
            return Err(SettingsError::Claim(claim.clone()));
        }
        let ProviderFile { issuer, client_id, claim, acr, amr, fresh, .. } = file;
        let client = Client::new(issuer.is_loopback());
        Ok(Self {
            issuer: issuer.url()?,
            client_id: ClientId::new(client_id),
            secret,
            claim: claim.unwrap_or_else(|| "sub".to_owned()),
            acr,
            amr,
            fresh: fresh.unwrap_or(true),
            client,
            asked: Mutex::default(),
            known: Mutex::default(),
            calls: AtomicUsize::new(0),
        })
    }

    /// The provider's name, by which accounts are told apart.
    #[must_use]
    pub fn issuer(&self) -> &str {
        self.issuer.as_str()
    }

    /// Begins a sign-in: where the browser goes, and what is to be kept under its `state`.
    ///
    /// # Errors
    /// [`ProviderError::Down`] or [`ProviderError::Busy`].
    pub fn begin(
        &self,
        drawn: &Drawn,
        browser: String,
        redirect: &Url,
        now: i64,
    ) -> Result<(Url, Begun), ProviderError> {
        let metadata = self.metadata()?;
        let endpoint = metadata.authorization_endpoint().url();
        if !self.client.fits(endpoint.as_str()) {
            return Err(ProviderError::Down("its authorization endpoint is not at an https address".to_owned()));
        }
        let client = CoreClient::from_provider_metadata((*metadata).clone(), self.client_id.clone(), None);
        let client = client.set_redirect_uri(RedirectUrl::from_url(redirect.clone()));
        let verifier = PkceCodeVerifier::new(drawn.verifier.clone());
        let (state, nonce) = (CsrfToken::new(drawn.state.clone()), Nonce::new(drawn.nonce.clone()));
        let mut asking = client
            .authorize_url(CoreAuthenticationFlow::AuthorizationCode, move || state, move || nonce)
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier));
        for acr in &self.acr {
            asking = asking.add_auth_context_value(AuthenticationContextClass::new(acr.clone()));
        }
        if self.fresh {
            // At a desk that several people share, whoever comes next must not be let in as whoever was there.
            asking = asking.add_prompt(CoreAuthPrompt::Login).set_max_age(Duration::ZERO);
        }
        let (to, _, _) = asking.url();
        let begun = Begun {
            nonce: drawn.nonce.clone(),
            verifier: drawn.verifier.clone(),
            browser,
            redirect: redirect.to_string(),
            at: now,
        };
        Ok((to, begun))
    }

    /// Ends a sign-in: the account of whoever the provider says it is.
    ///
    /// # Errors
    /// [`ProviderError`].
    pub fn finish(&self, code: &str, begun: &Begun, now: i64) -> Result<String, ProviderError> {
        let metadata = self.metadata()?;
        let token = self.exchange(&metadata, code, begun)?;
        match self.verified(&metadata, &token, begun, now) {
            Err(Unverified::UnknownKey) => {
                let metadata = self.with_new_keys()?;
                self.verified(&metadata, &token, begun, now).map_err(Into::into)
            }
            checked => checked.map_err(Into::into),
        }
    }

    fn exchange(
        &self,
        metadata: &CoreProviderMetadata,
        code: &str,
        begun: &Begun,
    ) -> Result<CoreIdToken, ProviderError> {
        let _place = self.place()?;
        let secret = ClientSecret::new(self.secret.to_string());
        let client = CoreClient::from_provider_metadata(metadata.clone(), self.client_id.clone(), Some(secret));
        let redirect =
            RedirectUrl::new(begun.redirect.clone()).map_err(|error| ProviderError::Down(error.to_string()))?;
        // Basic is every provider's default; one that lists others alone takes the secret in the body.
        let methods = metadata.token_endpoint_auth_methods_supported();
        let basic = methods.is_none_or(|known| known.contains(&CoreClientAuthMethod::ClientSecretBasic));
        let client = client.set_redirect_uri(redirect).set_auth_type(if basic {
            AuthType::BasicAuth
        } else {
            AuthType::RequestBody
        });
        let asking = client
            .exchange_code(AuthorizationCode::new(code.to_owned()))
            .map_err(|_| ProviderError::Down("it names no token endpoint".to_owned()))?
            .set_pkce_verifier(PkceCodeVerifier::new(begun.verifier.clone()));
        match asking.request(&self.client) {
            Ok(answer) => answer.id_token().cloned().ok_or_else(|| ProviderError::Token("there is none".to_owned())),
            Err(RequestTokenError::ServerResponse(refused)) => Err(ProviderError::Code(refused.error().to_string())),
            Err(RequestTokenError::Request(error)) => Err(ProviderError::Down(error.to_string())),
            // What it said may hold a token: its form alone is told.
            Err(RequestTokenError::Parse(..) | RequestTokenError::Other(_)) => {
                Err(ProviderError::Token("its answer is not of a token endpoint's form".to_owned()))
            }
        }
    }

    /// Checks a token (OpenID Connect Core 1.0, section 3.1.3.7), and gives the claim that names the account.
    fn verified(
        &self,
        metadata: &CoreProviderMetadata,
        token: &CoreIdToken,
        begun: &Begun,
        now: i64,
    ) -> Result<String, Unverified> {
        let fresh = self.fresh.then_some(begun.at - SKEW_SECONDS);
        let verifier = CoreIdTokenVerifier::new_public_client(
            self.client_id.clone(),
            self.issuer.clone(),
            metadata.jwks().clone(),
        )
        .set_allowed_algs(ALGORITHMS)
        .set_issue_time_verifier_fn(move |issued| {
            let age = now - issued.timestamp();
            if (-SKEW_SECONDS..=ISSUED_MAX_SECONDS + SKEW_SECONDS).contains(&age) {
                Ok(())
            } else {
                Err("it was not issued just now".to_owned())
            }
        })
        .set_auth_time_verifier_fn(move |time| match (fresh, time) {
            (None, _) => Ok(()),
            (Some(since), Some(time)) if time.timestamp() >= since && time.timestamp() <= now + SKEW_SECONDS => Ok(()),
            (Some(_), _) => Err("its holder did not sign in for this".to_owned()),
        });
        let nonce = Nonce::new(begun.nonce.clone());
        let claims = token.claims(&verifier, &nonce).map_err(|error| match error {
            ClaimsVerificationError::SignatureVerification(SignatureVerificationError::NoMatchingKey) => {
                Unverified::UnknownKey
            }
            other => Unverified::Refused(ProviderError::Token(which(&other).to_owned())),
        })?;
        // Whom it was made for, where it says so: the library leaves that to us.
        if claims.authorized_party().is_some_and(|party| *party != self.client_id) {
            return Err(Unverified::Refused(ProviderError::Token("it was made for another party".to_owned())));
        }
        let acr = claims.auth_context_ref().map(|acr| acr.as_str());
        if !self.acr.is_empty() && !acr.is_some_and(|said| self.acr.iter().any(|one| one == said)) {
            return Err(Unverified::Refused(ProviderError::Method("acr")));
        }
        let amr = claims.auth_method_refs().into_iter().flatten();
        if !self.amr.is_empty() && !amr.into_iter().any(|said| self.amr.iter().any(|one| *one == **said)) {
            return Err(Unverified::Refused(ProviderError::Method("amr")));
        }
        let subject = if self.claim == "sub" {
            Some(claims.subject().as_str().to_owned())
        } else {
            claim_of(&token.to_string(), &self.claim)
        };
        subject.filter(|subject| is_subject(subject)).ok_or_else(|| {
            Unverified::Refused(ProviderError::Token(
                "the claim that names the account is not there, or no text".to_owned(),
            ))
        })
    }

    /// One of the places at which somebody waits for the provider.
    fn place(&self) -> Result<Place<'_>, ProviderError> {
        let before = self.calls.fetch_add(1, Ordering::SeqCst);
        let place = Place(&self.calls);
        if before < CALLS_MAX { Ok(place) } else { Err(ProviderError::Busy) }
    }

    /// What the provider says of itself, as it is known or asked now.
    fn metadata(&self) -> Result<Arc<CoreProviderMetadata>, ProviderError> {
        let known = |provider: &Self| {
            let known = provider.known.lock().unwrap_or_else(PoisonError::into_inner).clone();
            known.filter(|known| known.since.elapsed() < KNOWN).map(|known| known.metadata)
        };
        if let Some(metadata) = known(self) {
            return Ok(metadata);
        }
        // One asks, and nobody waits behind it: whoever comes meanwhile tries again.
        let mut asked = match self.asked.try_lock() {
            Ok(asked) => asked,
            Err(TryLockError::Poisoned(asked)) => asked.into_inner(),
            Err(TryLockError::WouldBlock) => return known(self).ok_or(ProviderError::Busy),
        };
        if let Some(metadata) = known(self) {
            return Ok(metadata);
        }
        if asked.failed.is_some_and(|since| since.elapsed() < DOWN) {
            return Err(ProviderError::Down("it did not answer a moment ago".to_owned()));
        }
        match CoreProviderMetadata::discover(&self.issuer, &self.client) {
            Ok(metadata) => {
                asked.failed = None;
                Ok(self.keep(metadata))
            }
            Err(error) => {
                asked.failed = Some(Instant::now());
                Err(ProviderError::Down(undiscovered(&error)))
            }
        }
    }

    /// The same with its keys fetched again, since a token names one that is not among them; not too often.
    fn with_new_keys(&self) -> Result<Arc<CoreProviderMetadata>, ProviderError> {
        let metadata = self.metadata()?;
        let mut asked = match self.asked.try_lock() {
            Ok(asked) => asked,
            Err(TryLockError::Poisoned(asked)) => asked.into_inner(),
            Err(TryLockError::WouldBlock) => return Err(ProviderError::Busy),
        };
        if asked.keys_again.is_some_and(|since| since.elapsed() < KEYS_AGAIN) {
            return Ok(metadata);
        }
        asked.keys_again = Some(Instant::now());
        let keys = JsonWebKeySet::fetch(metadata.jwks_uri(), &self.client)
            .map_err(|error| ProviderError::Down(undiscovered(&error)))?;
        Ok(self.keep((*metadata).clone().set_jwks(keys)))
    }

    fn keep(&self, metadata: CoreProviderMetadata) -> Arc<CoreProviderMetadata> {
        let metadata = Arc::new(metadata);
        let known = Known { metadata: Arc::clone(&metadata), since: Instant::now() };
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = Some(known);
        metadata
    }
}

/// Why a token was not taken.
enum Unverified {
    UnknownKey,
    Refused(ProviderError),
}

impl From<Unverified> for ProviderError {
    fn from(unverified: Unverified) -> Self {
        match unverified {
            Unverified::UnknownKey => {
                Self::Token("it is signed with a key that the provider does not publish".to_owned())
            }
            Unverified::Refused(error) => error,
        }
    }
}

/// A place at which somebody waits, given back when they no longer do.
struct Place<'a>(&'a AtomicUsize);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Whether a text can name an account: 1 to 255 characters without control characters.
#[must_use]
pub fn is_subject(text: &str) -> bool {
    !text.is_empty() && text.chars().count() <= SUBJECT_MAX_CHARS && !text.chars().any(char::is_control)
}

/// A claim of a token whose signature was checked.
fn claim_of(token: &str, claim: &str) -> Option<String> {
    let body = token.split('.').nth(1)?;
    let claims: serde_json::Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(body).ok()?).ok()?;
    Some(claims.get(claim)?.as_str()?.to_owned())
}

/// What a token lacks, without what it says.
fn which(error: &ClaimsVerificationError) -> &'static str {
    match error {
        ClaimsVerificationError::Expired(_) => "it has ended, or was not issued just now",
        ClaimsVerificationError::InvalidAudience(_) => "it is for somebody else",
        ClaimsVerificationError::InvalidAuthTime(_) => "its holder did not sign in for this",
        ClaimsVerificationError::InvalidIssuer(_) => "it is of another issuer",
        ClaimsVerificationError::InvalidNonce(_) => "it is of another sign-in",
        ClaimsVerificationError::SignatureVerification(SignatureVerificationError::DisallowedAlg(_)) => {
            "it is signed in a way that is not taken"
        }
        ClaimsVerificationError::SignatureVerification(_) => "its signature does not hold",
        _ => "it is not of a form that is taken",
    }
}

fn undiscovered(error: &DiscoveryError<HttpError>) -> String {
    match error {
        DiscoveryError::Request(error) => error.to_string(),
        DiscoveryError::Response(status, ..) => format!("it answered with {status}"),
        DiscoveryError::Validation(_) => "it says that it is another issuer".to_owned(),
        _ => "its answer is not of a provider's form".to_owned(),
    }
}
