//! The one connection that the desk opens to the city's sign-in: [`Outbound`], with an end to what is read.

use std::time::Duration;

use openidconnect::{HttpRequest, HttpResponse, SyncHttpClient};
use ureq::http::Method;

use crate::outbound::Outbound;
pub(super) use crate::outbound::OutboundError as HttpError;

/// How long one call may take.
const PATIENCE: Duration = Duration::from_secs(8);

/// The largest answer that is read, in bytes.
const ANSWER_MAX_BYTES: u64 = 1024 * 1024;

/// A client for one provider.
pub(super) struct Client(Outbound);

impl Client {
    /// Of a provider on this machine, or elsewhere.
    pub(super) fn new(loopback: bool) -> Self {
        Self(Outbound::new(loopback, PATIENCE))
    }

    /// Whether an address is one that is called: https, or of a provider on this machine on this machine.
    pub(super) fn fits(&self, address: &str) -> bool {
        self.0.fits(address)
    }
}

impl SyncHttpClient for Client {
    type Error = HttpError;

    fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let (parts, body) = request.into_parts();
        let address = parts.uri.to_string();
        let answer = if parts.method == Method::POST {
            self.0.post(&address, &parts.headers, &body)?
        } else {
            self.0.get(&address, &parts.headers)?
        };
        let (parts, mut body) = answer.into_parts();
        let bytes = body.with_config().limit(ANSWER_MAX_BYTES).read_to_vec()?;
        Ok(HttpResponse::from_parts(parts, bytes))
    }
}
