//! Officials' sealed answers, as files: `answers/BOX/NUMBER`, where BOX is a hash of the mailbox and NUMBER counts from 1.
//!
//! Files, so that an official's command can lay one down while the server runs, and from a folder that was carried to it.
//! An answer gets its name only when it is whole and on the disk, and never takes another's place. The server reads at the
//! names of one mailbox's answers and at those of one page, so what a look costs does not grow with mailboxes.

use std::{
    fs::{self, DirBuilder, File},
    io::{self, Read as _, Write as _},
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
};

use jiff::{civil::Date, tz::TimeZone};
use seal::{receipt::Mailbox, reply::SEALED_REPLY_BYTES};
use sha2::{Digest as _, Sha256};

use super::files::{create, give_name, names, read_plain, remove};
use crate::store::set_day;

/// Answers that one look gives.
pub const SLOTS: usize = 4;
/// The length of the answers that one look gives, whether there are some or not.
pub const PAGE_BYTES: usize = SLOTS * SEALED_REPLY_BYTES;
/// The bytes of a slot for a promise: more than one that has the longest name of a log in it three times.
pub const PROMISE_BYTES: usize = 1_024;
/// The length of all that one look gives: a page of answers, and one of promises.
pub const LOOK_BYTES: usize = PAGE_BYTES + SLOTS * PROMISE_BYTES;
/// Answers that a mailbox may have: as many as a page number can reach.
const MOST: u64 = SLOTS as u64 * (1 << 16);

/// The answers of a folder.
pub struct Answers(PathBuf);

/// What was taken in of a folder that was carried.
#[derive(Debug, Default)]
pub struct Brought {
    /// How many answers were not there before.
    pub kept: u64,
    /// What was left where it is.
    pub left: Vec<Left>,
}

/// An answer that was not taken in, or all of a mailbox's.
#[derive(Debug)]
pub struct Left {
    /// The mailbox's folder.
    pub folder: String,
    /// The number; none where the folder itself could not be read.
    pub number: Option<u64>,
    /// Why.
    pub why: KeepError,
}

/// Why an answer was not kept.
#[derive(Debug, thiserror::Error)]
pub enum KeepError {
    /// It is a folder, a link or a pipe.
    #[error("it is no file")]
    NoFile,
    /// It has another length than every answer.
    #[error("a sealed answer has {SEALED_REPLY_BYTES} bytes, and this one {0}")]
    Length(u64),
    /// Another answer has this number.
    #[error("answer {0} is there already: somebody else answered meanwhile; seal it again under the next number")]
    Taken(u64),
    /// The answers before it are not there.
    #[error("it is out of order: answer {0} is not there, and without it nobody reads a later one")]
    Early(u64),
    /// It has a number that no look reaches.
    #[error("the mailbox is full")]
    Number,
    /// The file system failed.
    #[error("the answer could not be read or kept")]
    File(#[from] io::Error),
}

impl Answers {
    /// The answers below a data folder, or below an exported one.
    #[must_use]
    pub fn below(folder: &Path) -> Self {
        Self(folder.join("answers"))
    }

    fn folder(&self, mailbox: &Mailbox) -> PathBuf {
        // Not the mailbox itself: a listing of the folder would be a list of them.
        let hash = Sha256::new_with_prefix(b"vouchsafe/answers/v1").chain_update(mailbox.as_bytes()).finalize();
        self.0.join(hex::encode(hash))
    }

    /// The number that the next answer has.
    ///
    /// # Errors
    /// The file system's.
    pub fn next(&self, mailbox: &Mailbox) -> io::Result<u64> {
        Ok(unbroken(&numbers(&self.folder(mailbox))?) + 1)
    }

    /// Keeps an answer under its number; durable on return.
    ///
    /// # Errors
    /// See [`KeepError`].
    pub fn keep(&self, mailbox: &Mailbox, number: u64, sealed: &[u8], day: Date) -> Result<(), KeepError> {
        keep_in(&self.0, &self.folder(mailbox), number, sealed, day)
    }

    /// Takes answers of a folder that was carried into another; what is there already stays. What cannot be taken in is named, and
    /// keeps nothing else back.
    ///
    /// # Errors
    /// The folder cannot be listed; nothing was taken in then.
    pub fn bring(&self, to: &Self) -> io::Result<Brought> {
        let mut brought = Brought::default();
        for folder in names(&self.0)? {
            // As `folder` names them, and nothing else.
            if folder.len() != 64 || !folder.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
                continue;
            }
            let (from, into) = (self.0.join(&folder), to.0.join(&folder));
            match numbers(&from).and_then(|found| Ok((found, unbroken(&numbers(&into)?) + 1))) {
                // One after the other: a number far away would stand before all others and hide them.
                Ok((found, mut next)) => {
                    for number in found {
                        let kept = if number > next {
                            Err(KeepError::Early(next))
                        } else {
                            bring_one(&from, (&to.0, &into), number)
                        };
                        match kept {
                            Ok(new) => {
                                brought.kept += u64::from(new);
                                next = next.max(number + 1);
                            }
                            Err(why) => brought.left.push(Left { folder: folder.clone(), number: Some(number), why }),
                        }
                    }
                }
                Err(error) => brought.left.push(Left { folder, number: None, why: error.into() }),
            }
        }
        Ok(brought)
    }

    /// A page of a mailbox: its answers, the newest first, and chance where there is none. Without a mailbox all of it is
    /// chance, by the same work.
    ///
    /// # Errors
    /// The operating system gives no random bytes.
    pub fn page(&self, mailbox: Option<&Mailbox>, page: u16) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; PAGE_BYTES];
        getrandom::fill(&mut bytes).map_err(io::Error::other)?;
        let mut nobody = [0; 32];
        getrandom::fill(&mut nobody).map_err(io::Error::other)?;
        let folder = self.folder(mailbox.unwrap_or(&Mailbox::new(nobody)));
        // A number far away would stand before all others: only what follows one upon the other counts.
        let newest = unbroken(&numbers(&folder)?).saturating_sub(u64::from(page) * SLOTS as u64);
        for (number, slot) in (1..=newest).rev().zip(bytes.chunks_exact_mut(SEALED_REPLY_BYTES)) {
            let Ok(mut file) = File::open(folder.join(number.to_string())) else { continue };
            let mut answer = vec![0; SEALED_REPLY_BYTES];
            // What cannot be read, or is none of ours, is not shown; the phone sees that a number is missing.
            match file.read_exact(&mut answer) {
                Ok(()) => slot.copy_from_slice(&answer),
                Err(error) => tracing::error!(%error, "a sealed answer could not be read"),
            }
        }
        Ok(bytes)
    }
}

/// Takes one answer of a mailbox's folder into the same mailbox's below another folder of answers; false if it is there already.
fn bring_one(from: &Path, (answers, folder): (&Path, &Path), number: u64) -> Result<bool, KeepError> {
    let read = read_plain(&from.join(number.to_string()), SEALED_REPLY_BYTES as u64)?;
    let (found, sealed) = read.ok_or(KeepError::NoFile)?;
    if sealed.len() != SEALED_REPLY_BYTES {
        return Err(KeepError::Length(found.len()));
    }
    let day = jiff::Timestamp::try_from(found.modified()?).map_err(io::Error::other)?.to_zoned(TimeZone::UTC).date();
    match keep_in(answers, folder, number, &sealed, day) {
        Err(KeepError::Taken(_)) if fs::read(folder.join(number.to_string()))? == sealed => Ok(false),
        kept => kept.map(|()| true),
    }
}

/// Keeps an answer in a mailbox's folder below that of all answers.
fn keep_in(answers: &Path, folder: &Path, number: u64, sealed: &[u8], day: Date) -> Result<(), KeepError> {
    if sealed.len() != SEALED_REPLY_BYTES {
        return Err(KeepError::Length(sealed.len() as u64));
    }
    if !(1..=MOST).contains(&number) {
        return Err(KeepError::Number);
    }
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let mut chance = [0; 8];
    getrandom::fill(&mut chance).map_err(io::Error::other)?;
    let draft = folder.join(format!("{}.new", hex::encode(chance)));
    let mut file = create(&draft)?;
    let name = folder.join(number.to_string());
    let kept = file
        .write_all(sealed)
        .and_then(|()| set_day(&draft, day))
        .and_then(|()| file.sync_all())
        .and_then(|()| give_name(&draft, &name));
    remove(&draft)?;
    match kept {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Err(KeepError::Taken(number)),
        kept => kept?,
    }
    for folder in [folder, answers] {
        File::open(folder)?.sync_all()?;
        set_day(folder, day)?;
    }
    Ok(())
}

/// The numbers of the answers in a mailbox's folder, in order; none where there is no folder.
fn numbers(folder: &Path) -> io::Result<Vec<u64>> {
    // As `keep` names them, and nothing else that a number could be read from.
    let number = |name: &String| name.parse::<u64>().ok().filter(|number| number.to_string() == *name);
    let mut numbers: Vec<u64> = names(folder)?.iter().filter_map(number).collect();
    numbers.sort_unstable();
    Ok(numbers)
}

/// The last of these numbers up to which none is missing from 1 on; 0 where there is none. They are in order.
fn unbroken(numbers: &[u64]) -> u64 {
    let from_1 = (1..).zip(numbers.iter().skip_while(|number| **number == 0));
    from_1.take_while(|(wanted, number)| wanted == *number).last().map_or(0, |(last, _)| last)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_page_has_one_length_and_answers_keep_their_places() {
        let folder = tempfile::tempdir().unwrap();
        let answers = Answers::below(folder.path());
        let mailbox = Mailbox::new([1; 32]);
        let (day, sealed) = (date(2026, 11, 26), |byte| vec![byte; SEALED_REPLY_BYTES]);
        for number in 1..=5_u8 {
            assert_eq!(answers.next(&mailbox).unwrap(), u64::from(number));
            answers.keep(&mailbox, number.into(), &sealed(number), day).unwrap();
        }
        assert!(matches!(answers.keep(&mailbox, 5, &sealed(9), day), Err(KeepError::Taken(5))));
        assert!(matches!(answers.keep(&mailbox, 6, b"short", day), Err(KeepError::Length(5))));
        assert!(matches!(answers.keep(&mailbox, 0, &sealed(9), day), Err(KeepError::Number)));
        let first = answers.page(Some(&mailbox), 0).unwrap();
        assert_eq!(first, [sealed(5), sealed(4), sealed(3), sealed(2)].concat(), "the newest first");
        let second = answers.page(Some(&mailbox), 1).unwrap();
        assert!(second.starts_with(&sealed(1)) && !second.ends_with(&sealed(0)));
        for junk in ["+9", "99999999999", "007", "8x", "x.new"] {
            fs::write(answers.folder(&mailbox).join(junk), b"x").unwrap();
        }
        for far in ["0", "7", "262144", "262145"] {
            fs::write(answers.folder(&mailbox).join(far), sealed(9)).unwrap();
        }
        assert_eq!(answers.page(Some(&mailbox), 0).unwrap(), first, "nothing that is not the next answer hides one");
        assert_eq!(answers.next(&mailbox).unwrap(), 6);
        for (mailbox, page) in
            [(Some(&mailbox), 2), (Some(&mailbox), u16::MAX), (Some(&Mailbox::new([2; 32])), 0), (None, 0)]
        {
            let (one, two) = (answers.page(mailbox, page).unwrap(), answers.page(mailbox, page).unwrap());
            assert_eq!((one.len(), two.len()), (PAGE_BYTES, PAGE_BYTES));
            assert_ne!(one, two, "it is chance");
        }
    }
}
