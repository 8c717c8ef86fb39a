//! `[mail]` of the configuration: through which server reminders go, and to whom.
//!
//! ```toml
//! [mail]
//! host = "mail.example.gov"
//! tls = "start"                     # STARTTLS on port 587; "whole": TLS from the first byte on port 465
//! from = "vouchsafe@desk.example.gov"
//! credentials = "keys/mail.toml"    # user = "…", password = "…"; only the owner may read it
//! [mail.to.DOC]
//! privacy_officer = ["privacy@doc.example.gov"]
//! ```

use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    net::IpAddr,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

use law::AgencyId;
use lettre::message::Mailbox;
use record::{Private, Role};
use serde::Deserialize;

/// The hour from which on reminders go where nobody says otherwise.
const HOUR: i8 = 7;

/// Through which mail server reminders go, and to whom.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mail {
    /// The mail server.
    pub host: String,
    /// Its port; none: the usual one of the way that `tls` says.
    pub port: Option<u16>,
    /// How the line is kept from listeners.
    #[serde(default)]
    pub tls: Tls,
    /// From whom.
    pub from: Mailbox,
    /// The file with name and password, if the server asks for them; relative to the configuration file.
    pub credentials: Option<PathBuf>,
    /// A file with the certificate of the authority that signs the server's, beside the public ones (PEM).
    pub authority: Option<PathBuf>,
    /// From which hour of the city's day on, 0 to 23.
    #[serde(default = "seven")]
    pub hour: i8,
    /// To whom, by agency (`"*"`: of all agencies together) and by the role that they have there.
    pub to: BTreeMap<AgencyId, BTreeMap<Role, Vec<Mailbox>>>,
}

/// How the line to the mail server is kept from listeners.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tls {
    /// STARTTLS, which must succeed.
    #[default]
    Start,
    /// TLS from the first byte on.
    Whole,
    /// None; only to this machine itself.
    None,
}

/// Name and password of the mail server.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Credentials {
    /// The name.
    pub user: Private,
    /// The password.
    pub password: Private,
}

/// Why reminders cannot be sent as the configuration says.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// Another machine without TLS.
    #[error(
        "`[mail] tls = \"none\"` is only for a mail server on this machine, and `{host}` is not: write `tls = \"start\"` or \
         `tls = \"whole\"`"
    )]
    Open {
        /// The host.
        host: String,
    },
    /// No hour of a day.
    #[error("`[mail] hour = {hour}` is no hour: write 0 to 23")]
    Hour {
        /// The hour as given.
        hour: i8,
    },
    /// A role that sees no duties.
    #[error("`[mail.to.{agency}]` names the role `{role}`, which sees no duties: name another role, or leave it out")]
    Role {
        /// The agency.
        agency: String,
        /// The role.
        role: &'static str,
    },
    /// An agency that is not of the city.
    #[error(
        "`[mail.to.{agency}]` names no agency of the city in the law pack: write its id, or `\"*\"` for all of them"
    )]
    Agency {
        /// The agency.
        agency: String,
    },
    /// A file cannot be read.
    #[error("the file `{path}` that `[mail]` names cannot be read")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// Others can read the password.
    #[error("others than its owner can read `{path}`, which holds a password: `chmod 600` it")]
    Readable {
        /// The file.
        path: PathBuf,
    },
    /// A file is not of its form.
    #[error("`{path}` is not what `[mail]` needs: {what}")]
    Form {
        /// The file.
        path: PathBuf,
        /// What it should hold.
        what: &'static str,
    },
    /// The mail library refuses what it is given.
    #[error("mail cannot be sent as `[mail]` says: {0}")]
    Library(String),
}

fn seven() -> i8 {
    HOUR
}

impl Mail {
    /// With the files' paths relative to this folder.
    #[must_use]
    pub fn beside(mut self, folder: &Path) -> Self {
        for path in [&mut self.credentials, &mut self.authority].into_iter().flatten() {
            *path = folder.join(&*path);
        }
        self
    }

    /// Nothing if it can be used in a city of these agencies.
    ///
    /// # Errors
    /// When it is for another machine without TLS, at no hour of a day, for nobody of the city, or for a role that sees no duties.
    pub fn fits(&self, agencies: &BTreeSet<AgencyId>) -> Result<(), MailError> {
        let here = self.host == "localhost" || self.host.parse::<IpAddr>().is_ok_and(|host| host.is_loopback());
        if self.tls == Tls::None && !here {
            return Err(MailError::Open { host: self.host.clone() });
        }
        if !(0..24).contains(&self.hour) {
            return Err(MailError::Hour { hour: self.hour });
        }
        for (agency, roles) in &self.to {
            if agency.as_str() != "*" && !agencies.contains(agency) {
                return Err(MailError::Agency { agency: agency.to_string() });
            }
            if let Some(role) = roles.keys().find(|role| **role == Role::Administrator) {
                return Err(MailError::Role { agency: agency.to_string(), role: role.word() });
            }
        }
        Ok(())
    }

    /// Name and password, from their file.
    ///
    /// # Errors
    /// When the file cannot be read, others can read it, or it holds something else; its text is never shown.
    pub fn credentials(&self) -> Result<Option<Credentials>, MailError> {
        let Some(path) = &self.credentials else { return Ok(None) };
        let read = |source| MailError::Read { path: path.clone(), source };
        if fs::metadata(path).map_err(read)?.mode() & 0o077 != 0 {
            return Err(MailError::Readable { path: path.clone() });
        }
        let text = fs::read_to_string(path).map_err(read)?;
        let what = "write `user = \"…\"` and `password = \"…\"`";
        toml::from_str(&text).map(Some).map_err(|_| MailError::Form { path: path.clone(), what })
    }

    /// Whom to write to, each with the agencies that they are told of; `*` among them: of all.
    #[must_use]
    pub fn recipients(&self) -> Vec<(Mailbox, BTreeSet<AgencyId>)> {
        let mut found: BTreeMap<String, (Mailbox, BTreeSet<AgencyId>)> = BTreeMap::new();
        for (agency, mailbox) in
            self.to.iter().flat_map(|(agency, roles)| roles.values().flatten().map(move |mailbox| (agency, mailbox)))
        {
            let key = mailbox.email.to_string().to_lowercase();
            found.entry(key).or_insert_with(|| (mailbox.clone(), BTreeSet::new())).1.insert(agency.clone());
        }
        found.into_values().collect()
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn mail(more: &str) -> Mail {
        let text = format!(
            "host = \"mail.example.gov\"\nfrom = \"Vouchsafe <vouchsafe@example.gov>\"\n{more}\n\
             [to.DOC]\nprivacy_officer = [\"p@doc.example.gov\"]\nsupervisor = [\"S@doc.example.gov\"]\n\
             [to.\"*\"]\noversight = [\"s@DOC.example.gov\"]\n"
        );
        toml::from_str(&text).unwrap()
    }

    fn told(mail: &Mail) -> String {
        mail.fits(&BTreeSet::from(["DOC".into()])).map_or_else(|error| error.to_string(), |()| "fits".to_owned())
    }

    #[test]
    fn what_cannot_be_meant_is_refused_with_what_to_write() {
        assert_eq!(told(&mail("")), "fits");
        assert_eq!(told(&Mail { host: "127.0.0.1".to_owned(), ..mail("tls = \"none\"") }), "fits");
        assert!(told(&mail("tls = \"none\"")).contains("`mail.example.gov` is not: write `tls = \"start\"`"));
        assert_eq!(told(&mail("hour = 24")), "`[mail] hour = 24` is no hour: write 0 to 23");
        let mut elsewhere = mail("");
        elsewhere.to.insert("FBI".into(), BTreeMap::new());
        assert!(told(&elsewhere).contains("`[mail.to.FBI]` names no agency of the city"));
        let mut administrator = mail("");
        administrator.to.insert("DOC".into(), BTreeMap::from([(Role::Administrator, Vec::new())]));
        assert!(told(&administrator).contains("the role `administrator`, which sees no duties"));
        for wrong in ["[to.DOC]\nclerk = []", "[to.DOC]\ndesk = [\"no address\"]", "port = \"x\"\n[to]"] {
            let text = format!("host = \"h\"\nfrom = \"a@b.example\"\n{wrong}");
            assert!(toml::from_str::<Mail>(&text).is_err(), "{wrong}");
        }
    }

    #[test]
    fn one_address_is_one_recipient_however_often_it_stands() {
        let all = mail("").recipients();
        let line = |(mailbox, agencies): &(Mailbox, BTreeSet<AgencyId>)| {
            format!("{} {:?}", mailbox.email, agencies.iter().map(AgencyId::as_str).collect::<Vec<_>>())
        };
        let lines: Vec<String> = all.iter().map(line).collect();
        assert_eq!(lines.len(), 2, "{lines:?}");
        assert!(lines.iter().any(|line| line.ends_with("[\"*\", \"DOC\"]")), "{lines:?}");
    }

    #[test]
    fn a_password_that_others_can_read_is_not_used_and_none_is_shown() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mail.toml");
        let mail = mail("credentials = \"mail.toml\"").beside(folder.path());
        let set = |text: &str, mode| {
            fs::write(&path, text).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            mail.credentials()
        };
        let good = "user = \"desk\"\npassword = \"secret words\"\n";
        let read = set(good, 0o600).unwrap().unwrap();
        assert_eq!((read.user.reveal(), read.password.reveal()), ("desk", "secret words"));
        assert!(!format!("{read:?}").contains("secret"));
        assert!(matches!(set(good, 0o640), Err(MailError::Readable { .. })));
        let error = set("password = \"secret words\"\n", 0o600).unwrap_err();
        assert!(!format!("{error:?} {error}").contains("secret"), "{error:?}");
        fs::remove_file(&path).unwrap();
        assert!(matches!(mail.credentials(), Err(MailError::Read { .. })));
    }
}
