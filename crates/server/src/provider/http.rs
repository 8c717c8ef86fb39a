//! The one connection that the desk opens to the city's sign-in: encrypted, without redirects, with an end to patience and to what is read.

use std::time::Duration;

use openidconnect::{HttpRequest, HttpResponse, SyncHttpClient};
use ureq::{Agent, http::Method};
use url::{Host, Url};

/// How long one call may take.
const PATIENCE: Duration = Duration::from_secs(8);

/// The largest answer that is read, in bytes.
const ANSWER_MAX_BYTES: u64 = 1024 * 1024;

/// A client for one provider.
pub(super) struct Client {
    agent: Agent,
    /// The provider is on this machine, for development: then, and then alone, it may be called without encryption.
    loopback: bool,
}

/// Why a call to the provider failed. It names no address.
#[derive(Debug, thiserror::Error)]
pub(super) enum HttpError {
    /// The provider names an address that is not encrypted.
    #[error("it names an address that is not https")]
    Plain,
    /// There was no answer, or no whole one.
    #[error("it cannot be reached: {0}")]
    Broke(String),
}

impl Client {
    pub(super) fn new(loopback: bool) -> Self {
        let config = Agent::config_builder().http_status_as_error(false).max_redirects(0).proxy(None);
        Self { agent: Agent::new_with_config(config.timeout_global(Some(PATIENCE)).build()), loopback }
    }

    /// Whether an address is one that is called: https, or of a provider on this machine on this machine.
    pub(super) fn fits(&self, address: &str) -> bool {
        let Ok(url) = Url::parse(address) else { return false };
        url.scheme() == "https" || (self.loopback && url.scheme() == "http" && is_loopback(&url))
    }
}

/// Whether an address is of this machine.
pub(super) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

impl SyncHttpClient for Client {
    type Error = HttpError;

    fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let (parts, body) = request.into_parts();
        let address = parts.uri.to_string();
        if !self.fits(&address) {
            return Err(HttpError::Plain);
        }
        let broke = |error: ureq::Error| HttpError::Broke(how(&error));
        let answer = if parts.method == Method::POST {
            let asking = parts
                .headers
                .iter()
                .fold(self.agent.post(&address), |asking, (name, value)| asking.header(name, value));
            asking.send(&body[..])
        } else {
            let asking =
                parts.headers.iter().fold(self.agent.get(&address), |asking, (name, value)| asking.header(name, value));
            asking.call()
        };
        let (parts, mut body) = answer.map_err(broke)?.into_parts();
        let bytes = body.with_config().limit(ANSWER_MAX_BYTES).read_to_vec().map_err(broke)?;
        Ok(HttpResponse::from_parts(parts, bytes))
    }
}

/// How a call failed, without the address.
fn how(error: &ureq::Error) -> String {
    match error {
        ureq::Error::Io(error) => error.kind().to_string(),
        ureq::Error::Timeout(_) => "too slow".to_owned(),
        ureq::Error::HostNotFound => "no such host".to_owned(),
        ureq::Error::ConnectionFailed => "no connection".to_owned(),
        ureq::Error::BodyExceedsLimit(_) => "too long an answer".to_owned(),
        ureq::Error::Tls(what) => (*what).to_owned(),
        ureq::Error::Rustls(error) => error.to_string(),
        _ => "no whole answer".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_without_encryption_is_this_machines_or_none() {
        for (address, real, here) in [
            ("https://login.example.gov/token", true, true),
            ("http://login.example.gov/token", false, false),
            ("http://localhost:9000/token", false, true),
            ("http://127.0.0.1:9000/token", false, true),
            ("http://[::1]/token", false, true),
            ("http://localhost.example.gov/", false, false),
            ("http://127.0.0.1.example.gov/", false, false),
            ("file:///etc/passwd", false, false),
            ("", false, false),
        ] {
            assert_eq!((Client::new(false).fits(address), Client::new(true).fits(address)), (real, here), "{address}");
        }
    }
}
