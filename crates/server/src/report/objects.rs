//! Object storage that speaks the interface of S3 (Amazon S3 API Reference, 2006-03-01), for attachments of closed days.
//!
//! What the storage is stands in one file of the data folder, since it says where bytes of this folder are, and every command that
//! reads them must know it: `keys/objects.toml`, readable by its owner alone (docs/ops/object-storage.md).
//!
//! An object is put whole by one call, so nothing half lies there after a failure: the longest attachment has 4.25 GiB, one call
//! takes 5 GiB. Calls carry their signature in the address (AWS Signature Version 4); no message shows an address.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
    time::Duration,
};

use jiff::civil::Date;
use record::Private;
use rusty_s3::{Bucket, Credentials, S3Action, UrlStyle};
use seal::ContentId;
use serde::Deserialize;
use ureq::{Agent, Body, SendBody, http::Response};

use crate::log::{KeysError, read_private};

/// The file, below the folder of keys.
pub(super) const FILE: &str = "objects.toml";
/// How long a signature holds: a call must begin within that time. It stands in the address, which a proxy may write down.
const SIGNED_FOR: Duration = Duration::from_secs(15 * 60);
/// How long a call may take beside its bytes, and how many of these must come in a second.
const PATIENCE: Duration = Duration::from_secs(60);
const LEAST_PACE: u64 = 64 << 10;
/// Longer than any answer about a bucket.
const LONGEST_ANSWER: u64 = 64 << 10;
/// Longer than any code of an error.
const LONGEST_WORD: usize = 64;

/// Object storage, as the file says.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    endpoint: String,
    bucket: String,
    region: String,
    access_key_id: String,
    secret_access_key: Private,
}

/// Where attachments of closed days lie.
pub struct Objects {
    bucket: Bucket,
    credentials: Credentials,
}

/// Why object storage cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ObjectsError {
    /// The file with the settings is another's to read, or cannot be read.
    #[error(transparent)]
    File(#[from] KeysError),
    /// It says something else than it should.
    #[error("`{path}`: {what}")]
    Form {
        /// The file.
        path: std::path::PathBuf,
        /// What is wrong there.
        what: String,
    },
    /// The storage cannot be reached, or the connection broke.
    #[error("the object storage `{endpoint}` cannot be reached, or the call broke off ({what})")]
    Call {
        /// Where it is.
        endpoint: String,
        /// What the line says.
        what: String,
    },
    /// It refused.
    #[error(
        "the object storage `{endpoint}` answered {status}{} when {doing}",
        word.as_ref().map_or_else(String::new, |word| format!(" (`{word}`)"))
    )]
    Refused {
        /// Where it is.
        endpoint: String,
        /// The status.
        status: u16,
        /// The storage's own word for it, by which its manual is searched.
        word: Option<String>,
        /// What was asked of it.
        doing: &'static str,
    },
    /// The bucket keeps what is removed.
    #[error("the bucket `{0}` keeps versions, so what is erased would stay: use a bucket that never kept any")]
    Versions(String),
    /// Attachments lie in another storage than is named.
    #[error(
        "attachments of this folder lie in `{used}`, and `{keys}` names {}: name that one again, or move them first \
         (docs/ops/object-storage.md)",
        named.as_ref().map_or_else(|| "none".to_owned(), |named| format!("`{named}`"))
    )]
    Elsewhere {
        /// Where they lie.
        used: String,
        /// What the file names.
        named: Option<String>,
        /// The file.
        keys: std::path::PathBuf,
    },
    /// There is no such object.
    #[error("the object storage has no object of this name")]
    Absent,
    /// What came back is not what was put.
    #[error("the object storage gave other bytes back than were put")]
    Differs,
    /// The local file failed.
    #[error("the file could not be read")]
    Bytes(#[from] io::Error),
}

impl From<ObjectsError> for io::Error {
    fn from(error: ObjectsError) -> Self {
        match error {
            ObjectsError::Bytes(error) => error,
            ObjectsError::Absent => Self::new(io::ErrorKind::NotFound, error),
            error => Self::other(error),
        }
    }
}

/// The name of an attachment's object.
fn key(day: Date, name: &ContentId) -> String {
    format!("attachments/{day}/{name}")
}

/// What is wrong with the file, without a value of it.
fn told(message: &str) -> String {
    if message.starts_with("invalid type") || message.starts_with("invalid value") {
        return "each setting is a text in quotes, and one is not".to_owned();
    }
    message.replace('\n', " ")
}

/// The code of an error (Amazon S3 API Reference, "REST error responses"). Of the rest nothing is told: it may quote what was signed.
fn word(answer: &str) -> Option<String> {
    let (word, _) = answer.split_once("<Code>")?.1.split_once("</Code>")?;
    let good =
        word.len() <= LONGEST_WORD && !word.is_empty() && word.chars().all(|letter| letter.is_ascii_alphabetic());
    good.then(|| word.to_owned())
}

/// An agent that gives a call so long.
fn agent(bytes: u64) -> Agent {
    let patience = PATIENCE + Duration::from_secs(bytes / LEAST_PACE);
    // No redirect and no proxy of the environment's: the bytes go where the file says and nowhere else.
    let config = Agent::config_builder().http_status_as_error(false).max_redirects(0).proxy(None);
    Agent::new_with_config(config.timeout_global(Some(patience)).build())
}

impl Objects {
    /// The storage of a data folder, by the file in its folder of keys; none where there is no file.
    ///
    /// # Errors
    /// The file cannot be read, may be read by others, or names no storage.
    pub fn of(keys: &Path) -> Result<Option<Self>, ObjectsError> {
        let path = keys.join(FILE);
        if !path.try_exists()? {
            return Ok(None);
        }
        let wrong = |what: String| ObjectsError::Form { path: path.clone(), what };
        let text = read_private(&path)?;
        // Of the text itself nothing is quoted: it holds a secret.
        let settings: Settings = toml::from_str(&text).map_err(|error| wrong(told(error.message())))?;
        Self::new(settings).map(Some).map_err(wrong)
    }

    fn new(settings: Settings) -> Result<Self, String> {
        let Settings { endpoint, bucket, region, access_key_id, secret_access_key } = settings;
        let url: url::Url = endpoint
            .parse()
            .map_err(|_| format!("`{endpoint}` is no address of object storage: give `https://` and its host name"))?;
        let here = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
        if url.scheme() != "https" && !(url.scheme() == "http" && here) {
            return Err(format!("`{endpoint}` is not reached by https, and is not on this machine"));
        }
        if !url.username().is_empty() || url.password().is_some() || url.path() != "/" || url.query().is_some() {
            // Not quoted: a password may stand in it.
            return Err("the endpoint has more than a host name and a port: leave the rest out".to_owned());
        }
        let good = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || ".-".contains(letter);
        if !(3..=63).contains(&bucket.len()) || !bucket.chars().all(good) {
            return Err(format!("`{bucket}` is no name of a bucket: 3 to 63 lower-case letters, digits, dots, dashes"));
        }
        let bucket = Bucket::new(url, UrlStyle::Path, bucket, region).map_err(|error| error.to_string())?;
        Ok(Self { bucket, credentials: Credentials::new(access_key_id, secret_access_key.reveal()) })
    }

    /// Which bucket of which storage this is.
    #[must_use]
    pub fn place(&self) -> String {
        format!("{}/{}", self.endpoint(), self.bucket.name())
    }

    fn endpoint(&self) -> String {
        self.bucket.base_url().origin().ascii_serialization()
    }

    fn broke(&self, error: &ureq::Error) -> ObjectsError {
        // By kind: what the library prints of others may hold the signed address.
        let what = match error {
            ureq::Error::Io(error) => error.kind().to_string(),
            ureq::Error::Timeout(_) => "too slow".to_owned(),
            ureq::Error::HostNotFound => "no such host".to_owned(),
            ureq::Error::ConnectionFailed => "no connection".to_owned(),
            ureq::Error::Tls(what) => (*what).to_owned(),
            ureq::Error::Rustls(error) => error.to_string(),
            _ => "not as HTTP says".to_owned(),
        };
        ObjectsError::Call { endpoint: self.endpoint(), what }
    }

    fn refused(&self, mut answer: Response<Body>, doing: &'static str) -> ObjectsError {
        let text = answer.body_mut().with_config().limit(LONGEST_ANSWER).read_to_string();
        let word = text.ok().and_then(|text| word(&text));
        ObjectsError::Refused { endpoint: self.endpoint(), status: answer.status().as_u16(), word, doing }
    }

    /// Asks whether the bucket keeps what is removed from it (GetBucketVersioning).
    ///
    /// # Errors
    /// It does, or it cannot be asked.
    pub fn keeps_no_versions(&self) -> Result<(), ObjectsError> {
        let mut action = self.bucket.get_object(Some(&self.credentials), "");
        action.query_mut().insert("versioning", "");
        let call = agent(0).get(action.sign(SIGNED_FOR).as_str()).call();
        let mut answer = call.map_err(|error| self.broke(&error))?;
        if answer.status() != 200 {
            return Err(self.refused(answer, "it was asked whether the bucket keeps versions"));
        }
        let text = answer.body_mut().with_config().limit(LONGEST_ANSWER).read_to_string();
        // A bucket that never kept any has no status; one that stopped keeps the old ones.
        match text.map_err(|error| self.broke(&error))? {
            text if text.contains("Status") => Err(ObjectsError::Versions(self.bucket.name().to_owned())),
            // Of one that was never asked to keep any, some call the answer by the name of the call.
            text if ["<VersioningConfiguration", "<GetBucketVersioning"].iter().any(|root| text.contains(root)) => {
                Ok(())
            }
            _ => {
                Err(self
                    .refused(answer, "it was asked whether the bucket keeps versions (the answer says nothing of it)"))
            }
        }
    }

    /// Puts an attachment there, from the start of its file.
    ///
    /// # Errors
    /// See [`ObjectsError`]; whether it lies there is not known then.
    pub fn put(&self, day: Date, name: &ContentId, file: &mut File, bytes: u64) -> Result<(), ObjectsError> {
        io::Seek::rewind(file)?;
        let (object, mut reader) = (key(day, name), file.take(bytes));
        let action = self.bucket.put_object(Some(&self.credentials), &object);
        let call = agent(bytes)
            .put(action.sign(SIGNED_FOR).as_str())
            .header("content-length", bytes)
            .content_type("application/octet-stream")
            .send(SendBody::from_reader(&mut reader));
        let answer = call.map_err(|error| self.broke(&error))?;
        if answer.status() == 200 { Ok(()) } else { Err(self.refused(answer, "an attachment was put there")) }
    }

    /// Reads an attachment from there; `bytes` is how long it may be.
    ///
    /// # Errors
    /// See [`ObjectsError`].
    pub fn get(&self, day: Date, name: &ContentId, most: u64) -> Result<Box<dyn Read>, ObjectsError> {
        let object = key(day, name);
        let action = self.bucket.get_object(Some(&self.credentials), &object);
        let call = agent(most).get(action.sign(SIGNED_FOR).as_str()).call();
        let answer = call.map_err(|error| self.broke(&error))?;
        match answer.status().as_u16() {
            200 => Ok(Box::new(answer.into_body().into_with_config().limit(most).reader())),
            404 => Err(ObjectsError::Absent),
            _ => Err(self.refused(answer, "an attachment was read")),
        }
    }

    /// Removes an attachment from there; that it is gone already is no fault.
    ///
    /// # Errors
    /// See [`ObjectsError`]; it may lie there still.
    pub fn remove(&self, day: Date, name: &ContentId) -> Result<(), ObjectsError> {
        let object = key(day, name);
        let action = self.bucket.delete_object(Some(&self.credentials), &object);
        let call = agent(0).delete(action.sign(SIGNED_FOR).as_str()).call();
        let answer = call.map_err(|error| self.broke(&error))?;
        if answer.headers().get("x-amz-delete-marker").is_some_and(|marker| marker == "true") {
            return Err(ObjectsError::Versions(self.bucket.name().to_owned()));
        }
        match answer.status().as_u16() {
            // Also where there is none of this name. Whoever says that there is nothing here may not be the storage.
            204 => Ok(()),
            _ => Err(self.refused(answer, "an attachment was removed")),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    const GOOD: &str = "endpoint = \"https://storage.example.gov:8443\"\nbucket = \"sealed-1\"\nregion = \"here\"\n\
        access_key_id = \"the-key\"\nsecret_access_key = \"a telltale secret\"\n";

    fn of(text: &str, mode: u32) -> Result<Option<Objects>, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE);
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        Objects::of(folder.path()).map_err(|error| error.to_string())
    }

    #[test]
    fn where_no_file_names_storage_there_is_none() {
        assert!(Objects::of(tempfile::tempdir().unwrap().path()).unwrap().is_none());
        let found = of(GOOD, 0o600).unwrap().unwrap();
        assert_eq!(found.endpoint(), "https://storage.example.gov:8443");
    }

    #[test]
    fn of_a_refusal_one_word_is_told_and_nothing_that_was_signed() {
        let error =
            |code: &str| format!("<?xml version=\"1.0\"?><Error><Code>{code}</Code><Key>telltale</Key></Error>");
        assert_eq!(word(&error("SignatureDoesNotMatch")).as_deref(), Some("SignatureDoesNotMatch"));
        let long = "a".repeat(LONGEST_WORD + 1);
        for other in ["", "X-Amz-Signature=1", "two words", "<b>", "\u{1b}[31m", &long] {
            assert_eq!(word(&error(other)), None, "{other}");
        }
        for other in ["", "<html>", "<Code>", "</Code><Code>"] {
            assert_eq!(word(other), None, "{other}");
        }
    }

    #[test]
    fn a_file_that_is_wrong_is_told_without_its_secret() {
        for (from, to, says) in [
            ("bucket", "buckets", "unknown field `buckets`"),
            ("region = \"here\"\n", "", "missing field `region`"),
            ("\"a telltale secret\"", "1234567", "each setting is a text in quotes"),
            ("secret_access_key = \"a tell", "secret_access_key = a \"tell", "unexpected key or value"),
            ("https://storage", "http://storage", "is not reached by https, and is not on this machine"),
            ("https://storage.example.gov:8443", "storage", "`storage` is no address of object storage"),
            (":8443", ":8443/path", "has more than a host name and a port"),
            ("https://", "https://me:it@", "has more than a host name and a port"),
            ("sealed-1", "Sealed_1", "`Sealed_1` is no name of a bucket"),
        ] {
            assert!(GOOD.contains(from), "{from}");
            let told = of(&GOOD.replacen(from, to, 1), 0o600).err().unwrap();
            assert!(told.contains(FILE) && told.contains(says), "{told}");
            assert!(!["telltale", "1234567", "me:it"].iter().any(|secret| told.contains(secret)), "{told}");
        }
        let told = of(GOOD, 0o640).err().unwrap();
        assert!(told.contains("640") && !told.contains("telltale"), "{told}");
    }
}
