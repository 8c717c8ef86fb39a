//! What the configuration says of the city's own sign-in (`[oidc]`).

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use openidconnect::IssuerUrl;
use serde::Deserialize;
use url::Url;
use zeroize::Zeroizing;

use crate::outbound::{is_loopback, may_be_named};

/// The longest secret, in bytes.
const SECRET_MAX_BYTES: usize = 4096;

/// Claims that are of no account for ever (OpenID Connect Core 1.0, section 5.7), by its names and those of large providers.
pub(super) const NO_NAMES: [&str; 8] =
    ["email", "preferred_username", "upn", "unique_name", "phone_number", "name", "given_name", "nickname"];

/// `[oidc]` of the configuration file.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProviderFile {
    /// The provider's name, as its tokens give it: `https`, but on this machine.
    pub issuer: Issuer,
    /// The name that the provider knows the desk by.
    pub client_id: String,
    /// The file that holds the desk's secret at the provider, on one line.
    pub client_secret_file: PathBuf,
    /// The claim that names an account, for ever and for nobody else; `sub` where nothing is said.
    pub claim: Option<String>,
    /// The classes of sign-in that are taken (`acr`): a token must bear one of them.
    #[serde(default)]
    pub acr: Vec<String>,
    /// The methods that are taken (`amr`, RFC 8176): a token must name one of them.
    #[serde(default)]
    pub amr: Vec<String>,
    /// Whether somebody must prove who they are for each sign-in anew; so where nothing is said.
    pub fresh: Option<bool>,
}

/// A provider's name: an address without query or fragment.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Issuer(String);

/// A text that is no provider's name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no provider's name: give the address that it gives as its `issuer`, with `https://`, without `?` or `#` (`http://` is for one on this machine alone)"
)]
pub struct IssuerError(String);

/// Why the settings of the city's own sign-in cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The name of the provider is no address.
    #[error(transparent)]
    Issuer(#[from] IssuerError),
    /// Nothing says how people prove who they are.
    #[error(
        "`[oidc]` says neither `acr` nor `amr`, so a password alone might let somebody in: name the words by which the provider says \
         that somebody signed in with a passkey, a smart card or a key (docs/ops/openid-connect.md)"
    )]
    Method,
    /// The claim that is to name an account names none.
    #[error(
        "`[oidc]` takes the claim `{0}` for the name of an account, which its holder may change or somebody else may be given: leave `claim` \
         out, or name one that is never given to another (docs/ops/openid-connect.md)"
    )]
    Claim(String),
    /// The file of the secret cannot be read.
    #[error("the secret of the city's sign-in in `{path}` cannot be read")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// The file holds no secret.
    #[error(
        "`{path}` holds no secret: put the one that the provider gave there, on one line of at most {SECRET_MAX_BYTES} bytes"
    )]
    Secret {
        /// The file.
        path: PathBuf,
    },
}

impl Issuer {
    /// Whether the provider is on this machine, for development and tests.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        Url::parse(&self.0).is_ok_and(|url| url.scheme() == "http" && is_loopback(&url))
    }

    /// As the library knows it.
    pub(super) fn url(&self) -> Result<IssuerUrl, IssuerError> {
        IssuerUrl::new(self.0.clone()).map_err(|_| IssuerError(self.0.clone()))
    }

    /// As it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Issuer {
    type Error = IssuerError;

    fn try_from(text: String) -> Result<Self, IssuerError> {
        let fits = Url::parse(&text).is_ok_and(|url| url.query().is_none() && may_be_named(&url));
        if fits { Ok(Self(text)) } else { Err(IssuerError(text)) }
    }
}

impl ProviderFile {
    /// With its paths beside this folder's files.
    #[must_use]
    pub fn beside(self, folder: &Path) -> Self {
        Self { client_secret_file: folder.join(&self.client_secret_file), ..self }
    }

    /// The desk's secret at the provider.
    ///
    /// # Errors
    /// When the file cannot be read, or holds none.
    pub(super) fn secret(&self) -> Result<Zeroizing<String>, SettingsError> {
        let path = || self.client_secret_file.clone();
        let text = fs::read_to_string(&self.client_secret_file)
            .map(Zeroizing::new)
            .map_err(|source| SettingsError::Read { path: path(), source })?;
        let secret = text.trim();
        if secret.is_empty() || secret.len() > SECRET_MAX_BYTES || secret.chars().any(char::is_control) {
            return Err(SettingsError::Secret { path: path() });
        }
        Ok(Zeroizing::new(secret.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_is_reached_encrypted_or_on_this_machine() {
        for good in [
            "https://login.example.gov",
            "https://login.example.gov/realms/city",
            "http://127.0.0.1:9000",
            "http://localhost:9000/a",
        ] {
            assert_eq!(Issuer::try_from(good.to_owned()).unwrap().as_str(), good);
        }
        for bad in [
            "",
            "login.example.gov",
            "http://login.example.gov",
            "http://10.0.0.7",
            "https://",
            "https://a?b",
            "https://a#b",
            "https://user@login.example.gov",
            "ftp://localhost",
        ] {
            assert_eq!(Issuer::try_from(bad.to_owned()), Err(IssuerError(bad.to_owned())), "{bad}");
        }
    }

    #[test]
    fn a_secret_stands_in_a_file_of_its_own_and_a_password_alone_is_not_taken() {
        let folder = tempfile::tempdir().unwrap();
        let file = |amr: &[&str]| {
            let written = ProviderFile {
                issuer: Issuer::try_from("https://login.example.gov".to_owned()).unwrap(),
                client_id: "desk".to_owned(),
                client_secret_file: "oidc.secret".into(),
                claim: None,
                acr: Vec::new(),
                amr: amr.iter().map(|one| (*one).to_owned()).collect(),
                fresh: None,
            };
            written.beside(folder.path())
        };
        let refused = |amr: &[&str]| super::super::Provider::new(file(amr)).err().map(|error| error.to_string());
        assert!(refused(&["hwk"]).unwrap().ends_with("cannot be read"));
        for (text, fits) in
            [("s3cret\n", true), ("", false), (" \n", false), ("two\nlines\n", false), (&"x".repeat(4097), false)]
        {
            fs::write(folder.path().join("oidc.secret"), text).unwrap();
            assert_eq!(refused(&["hwk"]).is_none(), fits, "{text}");
        }
        fs::write(folder.path().join("oidc.secret"), "s3cret").unwrap();
        assert!(refused(&[]).unwrap().contains("says neither `acr` nor `amr`"));
        // What an account's holder may set, or another be given, lets nobody in.
        let named = |claim: &str| {
            let file = ProviderFile { claim: Some(claim.to_owned()), ..file(&["hwk"]) };
            super::super::Provider::new(file).err().map(|error| error.to_string())
        };
        assert!(named("email").unwrap().contains("`email`") && named("upn").is_some());
        assert!(named("sub").is_none() && named("employee_id").is_none());
    }
}
