//! Officials' stamps, as files: `stamps/rp-….opened.KEY` and `stamps/rp-….closed.KEY`, KEY the first digits of the official's.
//!
//! As with answers: files, so that an official's command can lay one down while the server holds the record, and from a folder
//! that was carried to a machine without a network and back. What is in one is signed; its name is only a name. The server
//! takes them in once a day (`handled`) and removes what the record has then.
//!
//! Form: the text that is signed (`record::stamp_text`), and in one more line the signature in hexadecimal digits.

use std::{
    fs::{self, DirBuilder},
    io::{self, Write as _},
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
};

use jiff::civil::Date;
use record::{Closing, PublicKey, ReportId, Signature, Stamp, stamp_text};
use seal::{
    reply::{OfficialKey, OfficialPublicKey},
    stamp::{holds, sign},
};

use super::files::{create, give_name, names, read_plain, remove, sync_folder};
use crate::store::set_day;

/// Longer than any stamp.
const MAX_BYTES: u64 = 1024;
/// What a file is called until it is whole.
const DRAFT: &str = ".new";

/// The stamps of a folder.
pub struct Stamps(PathBuf);

/// An official's word about one report; not believed by being here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Laid {
    /// The report.
    pub report: ReportId,
    /// What came of it; none where it was opened.
    pub closing: Option<Closing>,
    /// Who says so, on which day, and their signature.
    pub stamp: Stamp,
}

/// Why a file is no stamp.
#[derive(Debug, thiserror::Error)]
pub enum StampError {
    /// It cannot be read.
    #[error("it cannot be read")]
    File(#[from] io::Error),
    /// It has another form.
    #[error("it is no stamp")]
    Form,
    /// The signature is not of that key, or not over this text.
    #[error("it was not signed by the official whose key it names")]
    Forged,
}

impl Laid {
    /// Stamps a report on a day.
    #[must_use]
    pub fn sign(key: &OfficialKey, report: ReportId, closing: Option<Closing>, day: Date) -> Self {
        let by = PublicKey::from_bytes(*key.public().as_bytes());
        let signature = Signature::from_bytes(sign(key, &stamp_text(&report, closing, day, &by)));
        Self { report, closing, stamp: Stamp { by, day, signature } }
    }

    /// Whether the official whose key it names signed it. Whether that is an official's is another question.
    #[must_use]
    pub fn is_signed(&self) -> bool {
        signed(&self.stamp, &self.signed_text())
    }

    fn signed_text(&self) -> String {
        stamp_text(&self.report, self.closing, self.stamp.day, &self.stamp.by)
    }

    fn to_text(&self) -> String {
        format!("{}{}\n", self.signed_text(), self.stamp.signature)
    }

    fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        let (_, report, what) = (lines.next()?, lines.next()?, lines.next()?);
        let closing = match what.strip_prefix("closed ") {
            Some(word) => Some(Closing::of_word(word)?),
            None => None,
        };
        let (day, by, signature) = (lines.next()?, lines.next()?, lines.next()?);
        let (mut key, mut signed) = ([0; 32], [0; 64]);
        hex::decode_to_slice(by, &mut key).ok()?;
        hex::decode_to_slice(signature, &mut signed).ok()?;
        let stamp =
            Stamp { by: PublicKey::from_bytes(key), day: day.parse().ok()?, signature: Signature::from_bytes(signed) };
        let laid = Self { report: report.parse().ok()?, closing, stamp };
        // One spelling: whatever else stands in it makes it no stamp.
        (laid.to_text() == text).then_some(laid)
    }

    fn name(&self) -> String {
        name(&self.report, self.closing.is_some(), &self.stamp.by)
    }
}

fn name(report: &ReportId, closed: bool, by: &PublicKey) -> String {
    let by = by.to_string();
    let what = if closed { "closed" } else { "opened" };
    format!("{report}.{what}.{}", by.get(..16).unwrap_or_default())
}

/// Whether a stamp is its official's over this text.
#[must_use]
pub fn signed(stamp: &Stamp, text: &str) -> bool {
    holds(&OfficialPublicKey::new(*stamp.by.as_bytes()), text, stamp.signature.as_bytes())
}

impl Stamps {
    /// The stamps below a data folder, or below an exported one.
    #[must_use]
    pub fn below(folder: &Path) -> Self {
        Self(folder.join("stamps"))
    }

    /// Lays a stamp down; durable on return. The same official's stamp of the same kind is laid down once: the first stays, if it is
    /// one, is of no later day and says the same; whatever else has its name makes place.
    ///
    /// # Errors
    /// The file system's; nothing was laid down then, or it is there whole.
    pub fn lay(&self, laid: &Laid) -> io::Result<()> {
        DirBuilder::new().recursive(true).mode(0o700).create(&self.0)?;
        let mut chance = [0; 8];
        getrandom::fill(&mut chance).map_err(io::Error::other)?;
        let draft = self.0.join(format!("{}{DRAFT}", hex::encode(chance)));
        let mut file = create(&draft)?;
        let kept = file
            .write_all(laid.to_text().as_bytes())
            .and_then(|()| set_day(&draft, laid.stamp.day))
            .and_then(|()| file.sync_all())
            .and_then(|()| give_name(&draft, &self.0.join(laid.name())));
        let stays = |there: &Laid| {
            (there.report, there.closing, there.stamp.by) == (laid.report, laid.closing, laid.stamp.by)
                && there.stamp.day <= laid.stamp.day
        };
        match kept {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                if self.read(&laid.name()).is_ok_and(|there| stays(&there)) {
                    remove(&draft)?;
                } else {
                    fs::rename(&draft, self.0.join(laid.name()))?;
                }
            }
            kept => {
                remove(&draft)?;
                kept?;
            }
        }
        sync_folder(&self.0)?;
        if let Some(parent) = self.0.parent() {
            sync_folder(parent)?;
        }
        set_day(&self.0, laid.stamp.day)
    }

    /// Every stamp that lies here by its name, in the order of names; one that is none with why.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn all(&self) -> io::Result<Vec<(String, Result<Laid, StampError>)>> {
        let mut found = names(&self.0)?;
        found.retain(|name| !name.ends_with(DRAFT));
        found.sort_unstable();
        Ok(found.into_iter().map(|name| (name.clone(), self.read(&name))).collect())
    }

    fn read(&self, name: &str) -> Result<Laid, StampError> {
        let (_, text) = read_plain(&self.0.join(name), MAX_BYTES)?.ok_or(StampError::Form)?;
        let laid = std::str::from_utf8(&text).ok().and_then(Laid::parse).ok_or(StampError::Form)?;
        if laid.is_signed() { Ok(laid) } else { Err(StampError::Forged) }
    }

    /// Removes stamps that the record has.
    ///
    /// # Errors
    /// The file system's; repeating it is harmless.
    pub fn remove(&self, taken: &[String], day: Date) -> io::Result<()> {
        for name in taken {
            remove(&self.0.join(name))?;
        }
        if taken.is_empty() {
            return Ok(());
        }
        sync_folder(&self.0)?;
        set_day(&self.0, day)
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use zeroize::Zeroizing;

    use super::*;

    const DAY: Date = date(2026, 11, 26);

    fn key(seed: u8) -> OfficialKey {
        OfficialKey::from_seed(&Zeroizing::new([seed; 32]))
    }

    #[test]
    fn a_stamp_is_laid_down_once_and_comes_back() {
        let folder = tempfile::tempdir().unwrap();
        let stamps = Stamps::below(folder.path());
        assert_eq!(stamps.all().unwrap().len(), 0);
        let report = ReportId::from_bytes([1; 16]);
        let opened = Laid::sign(&key(1), report, None, DAY);
        let closed = Laid::sign(&key(1), report, Some(Closing::Answered), DAY);
        for laid in [&opened, &closed, &Laid::sign(&key(1), report, None, date(2026, 11, 27))] {
            stamps.lay(laid).unwrap();
        }
        // What is no stamp, or one of a day that has not come, makes place.
        fs::write(folder.path().join("stamps").join(opened.name()), "junk").unwrap();
        stamps.lay(&opened).unwrap();
        fs::remove_file(folder.path().join("stamps").join(closed.name())).unwrap();
        stamps.lay(&Laid::sign(&key(1), report, Some(Closing::Answered), date(2036, 1, 1))).unwrap();
        stamps.lay(&closed).unwrap();
        let found: Vec<_> = stamps.all().unwrap().into_iter().map(|(_, laid)| laid.unwrap()).collect();
        assert_eq!(found, [closed, opened], "who opens it again has opened it on the first day");
        stamps.lay(&Laid::sign(&key(2), report, None, DAY)).unwrap();
        let names: Vec<_> = stamps.all().unwrap().into_iter().map(|(name, _)| name).collect();
        assert_eq!(names.len(), 3, "another official is another");
        stamps.remove(&names, DAY).unwrap();
        stamps.remove(&names, DAY).unwrap();
        assert_eq!(stamps.all().unwrap().len(), 0);
    }

    #[test]
    fn every_changed_character_makes_it_none() {
        let folder = tempfile::tempdir().unwrap();
        let stamps = Stamps::below(folder.path());
        let laid = Laid::sign(&key(1), ReportId::from_bytes([1; 16]), Some(Closing::Referred), DAY);
        stamps.lay(&laid).unwrap();
        let path = folder.path().join("stamps").join(laid.name());
        let text = fs::read(&path).unwrap();
        for place in 0..text.len() {
            let mut changed = text.clone();
            changed[place] = if changed[place] == b'1' { b'2' } else { b'1' };
            fs::write(&path, changed).unwrap();
            assert!(stamps.all().unwrap().remove(0).1.is_err(), "{place}");
        }
        for other in [&text[1..], &text[..text.len() - 1], &[&text[..], b"more\n"].concat(), b"", &[255; 4096]] {
            fs::write(&path, other).unwrap();
            assert!(matches!(stamps.all().unwrap().remove(0).1, Err(StampError::Form)));
        }
        fs::write(&path, &text).unwrap();
        assert_eq!(stamps.all().unwrap().remove(0).1.unwrap(), laid);
    }
}
