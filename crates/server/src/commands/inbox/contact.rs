//! Contact details, which take a share of the city and two of the trustee (design decision 13, `seal::shares`).
//!
//! The investigator who opens a report gets them as they came: sealed, and the four sealed shares beside them. Each holder opens
//! their own share on their own machine and seals it for the investigator; only then the details open. Nobody's key leaves their
//! machine, and a trustee can do their part with age alone.

use std::{
    fs::{self, DirBuilder},
    io::Write as _,
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context as _, Result};
use seal::{
    Identity, Recipient,
    shares::{ContactShare, SealedContact},
};

use super::{private, rng};
use crate::{
    commands::out::{say, visible},
    words::Words,
};

/// The sealed details in the folder of a contact.
const DETAILS: &str = "contact.sealed";
/// No share, and no contact, is as long.
const LONGEST: u64 = 64 << 10;

/// Writes sealed contact details and their shares below the folder of an opened report.
pub(super) fn write(sealed: &SealedContact, out: &Path) -> Result<()> {
    let folder = out.join("contact");
    DirBuilder::new().mode(0o700).create(&folder).with_context(|| format!("`{}` cannot be made", folder.display()))?;
    let mut files =
        vec![(DETAILS.to_owned(), sealed.to_bytes()), ("city.age".to_owned(), sealed.city_share().to_vec())];
    let trustee = (1..).zip(sealed.trustee_shares());
    files.extend(trustee.map(|(number, share)| (format!("trustee-{number}.age"), share.clone())));
    for (name, bytes) in files {
        put(&folder.join(name), &bytes)?;
    }
    Ok(())
}

/// Writes a new file that only its owner may read.
fn put(path: &Path, bytes: &[u8]) -> Result<()> {
    let written = private(path).and_then(|mut file| file.write_all(bytes));
    written.with_context(|| format!("`{}` cannot be made", path.display()))
}

fn read(path: &Path) -> Result<Vec<u8>> {
    let length = fs::metadata(path).with_context(|| format!("`{}` cannot be read", path.display()))?.len();
    anyhow::ensure!(length <= LONGEST, "`{}` has {length} bytes, more than any share", path.display());
    fs::read(path).with_context(|| format!("`{}` cannot be read", path.display()))
}

fn opened(path: &Path, identity: &Identity) -> Result<ContactShare> {
    ContactShare::open(identity, &read(path)?).with_context(|| format!("`{}` is not opened", path.display()))
}

/// Opens a share and seals it for an investigator.
pub(super) fn share(words: &Words, share: &Path, identity: &Identity, to: &Recipient, out: &Path) -> Result<ExitCode> {
    anyhow::ensure!(out.symlink_metadata().is_err(), "`{}` is there already: name another file", out.display());
    let sealed = opened(share, identity)?.seal_for(&[to], &mut rng()?)?;
    put(out, &sealed)?;
    say!("{}", words.say("inbox-shared", &[("path", &out.display().to_string())]));
    Ok(ExitCode::SUCCESS)
}

/// Opens contact details and prints them.
pub(super) fn open(folder: &Path, shares: &[PathBuf], identity: &Identity) -> Result<ExitCode> {
    let path = folder.join(DETAILS);
    let sealed = SealedContact::from_bytes(&read(&path)?).with_context(|| {
        format!("`{}` holds no contact details: name the folder that `inbox open` made", path.display())
    })?;
    let shares = shares.iter().map(|share| opened(share, identity)).collect::<Result<Vec<_>>>()?;
    let details = sealed.open(&shares.iter().collect::<Vec<_>>()).context("the contact details stay closed")?;
    for line in details.lines() {
        say!("{}", visible(line));
    }
    Ok(ExitCode::SUCCESS)
}
