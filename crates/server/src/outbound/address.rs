//! Where messages to a program of the city go (`hooks`): an address that whoever runs the server names.

use serde::{Deserialize, Serialize};
use url::Url;

use super::{is_loopback, may_be_named};

/// The longest address, in bytes.
const ADDRESS_MAX_BYTES: usize = 2048;

/// An address to which messages go: `https`, but on this machine. It is shown at the command line alone: what follows the host may be
/// a secret of the receiver's.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Address(Url);

/// A text that is no such address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is nowhere that messages can go: give an address with `https://`, without a user's name, a password or `#`, of at most \
     {ADDRESS_MAX_BYTES} bytes (`http://` is for a program on this machine alone)"
)]
pub struct AddressError(String);

impl Address {
    /// Whether it is on this machine and without encryption, for development and tests.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.0.scheme() == "http" && is_loopback(&self.0)
    }

    /// Whose machine it is: scheme, host and port, without what follows.
    #[must_use]
    pub fn origin(&self) -> String {
        self.0.origin().ascii_serialization()
    }

    /// The whole of it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl std::fmt::Debug for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Address(..)")
    }
}

impl TryFrom<String> for Address {
    type Error = AddressError;

    fn try_from(text: String) -> Result<Self, AddressError> {
        match Url::parse(&text) {
            Ok(url) if may_be_named(&url) && url.as_str().len() <= ADDRESS_MAX_BYTES => Ok(Self(url)),
            _ => Err(AddressError(text)),
        }
    }
}

impl From<Address> for String {
    fn from(address: Address) -> Self {
        address.0.into()
    }
}

impl std::str::FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        text.to_owned().try_into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_go_encrypted_or_to_this_machine_and_the_record_tells_whose_it_is() {
        for (good, origin) in [
            ("https://jail.example.gov/in/s3cret?of=vouchsafe", "https://jail.example.gov"),
            ("https://jail.example.gov:8443", "https://jail.example.gov:8443"),
            ("http://127.0.0.1:9000/in", "http://127.0.0.1:9000"),
            ("http://localhost/in", "http://localhost"),
            ("http://[::1]:9000/", "http://[::1]:9000"),
        ] {
            let address: Address = good.parse().unwrap();
            assert_eq!((address.origin().as_str(), address.is_plain()), (origin, good.starts_with("http:")), "{good}");
            assert!(!format!("{address:?}").contains("jail"));
            let again: Address = serde_json::from_str(&serde_json::to_string(&address).unwrap()).unwrap();
            assert_eq!(again, address);
        }
        let long = format!("https://jail.example.gov/{}", "x".repeat(ADDRESS_MAX_BYTES));
        for bad in [
            "",
            "jail.example.gov",
            "http://jail.example.gov/in",
            "http://10.0.0.7/in",
            "http://169.254.169.254/latest/meta-data",
            "https://",
            "https://user@jail.example.gov/in",
            "https://:secret@jail.example.gov/in",
            "https://jail.example.gov/in#here",
            "ftp://localhost/in",
            "file:///etc/passwd",
            long.as_str(),
        ] {
            assert_eq!(bad.parse::<Address>(), Err(AddressError(bad.to_owned())), "{bad}");
        }
    }
}
