//! The door's own address, for which its gateway takes calls: `https://` and a host, no path.

use std::{fmt, str::FromStr};

use axum::http::uri::Authority;
use serde::Deserialize;

/// Scheme `https` and a host, with a port where it is not 443 (RFC 6454).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Origin(String);

/// A text that is no such address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not where a door is: give `https://`, its host name, a port if it has one of its own, and no path")]
pub struct OriginError(String);

/// A host as it is compared: in small letters, without the port that `https` has anyway.
fn plain(host: &str) -> String {
    let small = host.to_ascii_lowercase();
    small.strip_suffix(":443").map_or(small.clone(), str::to_owned)
}

impl Origin {
    /// Whether an authority is this one.
    #[must_use]
    pub fn is_at(&self, authority: &[u8]) -> bool {
        std::str::from_utf8(authority).is_ok_and(|authority| plain(authority) == self.0)
    }
}

impl FromStr for Origin {
    type Err = OriginError;

    fn from_str(text: &str) -> Result<Self, OriginError> {
        let wrong = || OriginError(text.to_owned());
        let host = text.strip_prefix("https://").ok_or_else(wrong)?;
        let host = host.strip_suffix('/').unwrap_or(host);
        let authority: Authority = host.parse().map_err(|_| wrong())?;
        let port = host.strip_prefix(authority.host());
        let has_port = |port: &str| port.is_empty() || authority.port_u16().is_some();
        if authority.host().is_empty() || !port.is_some_and(has_port) { Err(wrong()) } else { Ok(Self(plain(host))) }
    }
}

impl TryFrom<String> for Origin {
    type Error = OriginError;

    fn try_from(text: String) -> Result<Self, OriginError> {
        text.parse()
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "https://{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_door_has_a_host_and_no_path() {
        for (text, host) in [
            ("https://Reports.Example.gov", "reports.example.gov"),
            ("https://reports.example.gov/", "REPORTS.example.gov:443"),
            ("https://reports.example.gov:8443", "reports.example.gov:8443"),
            ("https://[2001:db8::1]:8443", "[2001:db8::1]:8443"),
        ] {
            assert!(text.parse::<Origin>().unwrap().is_at(host.as_bytes()), "{text}");
        }
        let door: Origin = "https://reports.example.gov".parse().unwrap();
        for host in ["", "example.gov", "reports.example.gov.", "reports.example.gov:80", "x@reports.example.gov"] {
            assert!(!door.is_at(host.as_bytes()), "{host}");
        }
        assert!(!door.is_at(b"\xff"));
        for text in [
            "",
            "https://",
            "http://a.example",
            "a.example",
            "https://a.example/in",
            "https://u@a.example",
            "https://a.example:",
            "https://a.example:99999",
            "https://a.example?x",
            "https:///",
            "https://a b",
        ] {
            assert_eq!(text.parse::<Origin>(), Err(OriginError(text.to_owned())), "{text}");
        }
    }
}
