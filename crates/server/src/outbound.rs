//! The connections that a server opens by itself to others over HTTP: encrypted, without redirects or proxies, with an end to patience.
//!
//! Whoever runs the server names the other end: the city's own sign-in (`provider`), programs that are told of what happened (`hooks`).

mod address;

pub use address::{Address, AddressError};

use std::time::Duration;

use ureq::{
    Agent, Body,
    http::{HeaderMap, Response},
};
use url::{Host, Url};

/// A client for one other end.
pub(crate) struct Outbound {
    agent: Agent,
    /// The other end is on this machine, for development: then, and then alone, it may be called without encryption.
    loopback: bool,
}

/// Why a call failed. It names no address.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OutboundError {
    /// The address is not encrypted.
    #[error("it names an address that is not https")]
    Plain,
    /// There was no answer, or no whole one.
    #[error("it cannot be reached: {0}")]
    Broke(String),
}

impl From<ureq::Error> for OutboundError {
    fn from(error: ureq::Error) -> Self {
        Self::Broke(how(&error))
    }
}

impl Outbound {
    /// A client that waits so long for one call; `loopback` says that the other end is on this machine.
    pub(crate) fn new(loopback: bool, patience: Duration) -> Self {
        let config = Agent::config_builder().http_status_as_error(false).max_redirects(0).proxy(None);
        // A connection for each call: on one that is kept, a call may go out while the other end closes it, and be told as not taken.
        let config = config.user_agent("vouchsafe").timeout_global(Some(patience)).max_idle_connections(0);
        Self { agent: Agent::new_with_config(config.build()), loopback }
    }

    /// Whether an address is one that is called: https, or of this machine where the other end is.
    pub(crate) fn fits(&self, address: &str) -> bool {
        let Ok(url) = Url::parse(address) else { return false };
        url.scheme() == "https" || (self.loopback && url.scheme() == "http" && is_loopback(&url))
    }

    /// Gets.
    pub(crate) fn get(&self, address: &str, headers: &HeaderMap) -> Result<Response<Body>, OutboundError> {
        self.check(address)?;
        let asking = self.agent.get(address);
        Ok(headers.iter().fold(asking, |asking, (name, value)| asking.header(name, value)).call()?)
    }

    /// Posts.
    pub(crate) fn post(
        &self,
        address: &str,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<Response<Body>, OutboundError> {
        self.check(address)?;
        let asking = self.agent.post(address);
        Ok(headers.iter().fold(asking, |asking, (name, value)| asking.header(name, value)).send(body)?)
    }

    fn check(&self, address: &str) -> Result<(), OutboundError> {
        if self.fits(address) { Ok(()) } else { Err(OutboundError::Plain) }
    }
}

/// Whether an address is of this machine.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Whether an address may be named at all: encrypted or of this machine, with a host, and nothing in it that names a user or a place
/// within a page.
pub(crate) fn may_be_named(url: &Url) -> bool {
    let plain = url.fragment().is_none() && url.username().is_empty() && url.password().is_none();
    plain && url.host().is_some() && (url.scheme() == "https" || (url.scheme() == "http" && is_loopback(url)))
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
        // What it says in words names the host, and the names of the certificate.
        ureq::Error::Rustls(_) => "no encrypted line, or a certificate that no public authority vouches for".to_owned(),
        _ => "no whole answer".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io::{Read as _, Write as _},
        net::TcpListener,
        thread,
    };

    use super::*;

    /// An other end that answers once on a connection, keeps it open and never reads from it again.
    #[test]
    fn each_call_has_a_connection_of_its_own() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}/", listener.local_addr().unwrap());
        let other = thread::spawn(move || {
            let kept = (0..3).map(|_| {
                let (mut stream, _) = listener.accept().unwrap();
                let mut said = Vec::new();
                while !said.ends_with(b"\r\n\r\nhi") {
                    let mut byte = [0];
                    stream.read_exact(&mut byte).unwrap();
                    said.extend(byte);
                }
                stream.write_all(b"HTTP/1.1 204 Taken\r\n\r\n").unwrap();
                stream
            });
            kept.collect::<Vec<_>>()
        });
        let outbound = Outbound::new(true, Duration::from_secs(30));
        for _ in 0..3 {
            let answer = outbound.post(&address, &HeaderMap::new(), b"hi").map_err(|error| error.to_string());
            assert_eq!(answer.unwrap().status(), 204);
        }
        other.join().unwrap();
    }

    #[test]
    fn an_address_without_encryption_is_this_machines_or_none() {
        let patience = Duration::from_secs(1);
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
            let fits = |loopback| Outbound::new(loopback, patience).fits(address);
            assert_eq!((fits(false), fits(true)), (real, here), "{address}");
        }
    }
}
