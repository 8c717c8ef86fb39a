//! Attachments of a closed day are born anew, in the order of their reports' ids.
//!
//! A file system keeps beside a file's times the moment of its birth, which nobody can set, and numbers files as they come.
//! Both would tell for ever when an attachment came and in which order. So each is copied, byte by byte, into a file that is
//! born after the close, which takes its name; the old bytes are overwritten, so that a later erasure leaves no copy.
//!
//! At each step either the old or the new file has the name, and both hold the same. What is not done, since there is no room
//! or no more time, is found by its birth, which lies before that of the day's closed segment, and is done at a later close.
//! Where a file system tells no birth it is done once, at the close. Only one process at a time may do this.

use std::{
    collections::HashSet,
    fs::{self, File},
    io::{self, Read as _, Write as _},
    os::unix::fs::MetadataExt as _,
    path::Path,
    sync::PoisonError,
};

use jiff::civil::Date;
use record::ReportId;
use seal::ContentId;

use super::{
    files::{PIECE, create, names, overwrite_file, remove, sync_folder},
    vault::Vault,
};
use crate::store::{Report, set_day};

/// The end of the name of a copy that is not finished.
const DRAFT: &str = ".new";

impl Vault {
    /// The closed days whose attachments may still tell when they came.
    ///
    /// # Errors
    /// The file system's.
    pub fn days_to_be_born(&self) -> io::Result<Vec<Date>> {
        let reborn = self.reborn.lock().unwrap_or_else(PoisonError::into_inner);
        let days = self.days()?;
        Ok(days.into_iter().filter(|day| !reborn.contains(day) && self.attachments(*day).is_dir()).collect())
    }

    /// The closed days of whose attachments this process knows that none tells when it came.
    pub(super) fn days_born_anew(&self) -> Vec<Date> {
        let mut days: Vec<Date> = self.reborn.lock().unwrap_or_else(PoisonError::into_inner).iter().copied().collect();
        days.sort_unstable();
        days
    }

    /// Gives the attachments of a day that has just been closed, or was closed `before`, their second birth; `needed` tells
    /// whether a report still has its attachments. Gives how many still wait for room.
    ///
    /// # Errors
    /// The file system's; repeating it is harmless.
    pub fn bear_anew(
        &self,
        day: Date,
        reports: &[Report],
        before: bool,
        needed: &dyn Fn(&ReportId) -> io::Result<bool>,
    ) -> io::Result<usize> {
        let folder = self.attachments(day);
        for name in names(&folder)?.into_iter().filter(|name| name.ends_with(DRAFT)) {
            remove(&folder.join(name))?;
        }
        let closing = fs::metadata(self.closed(day)).and_then(|closed| closed.created()).ok();
        let (mut waiting, mut seen) = (0, HashSet::new());
        let all = reports.iter().flat_map(|report| report.attachments.iter().map(move |name| (report, name)));
        for (report, name) in all {
            if report.blind.is_none() || !seen.insert(name) {
                continue;
            }
            let path = self.attachment(day, name);
            let found = match fs::metadata(&path) {
                // What is missing is for `verify` to tell.
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                found => found?,
            };
            let done = match (closing, found.created()) {
                (Some(closing), Ok(born)) => born >= closing,
                _ => before,
            };
            if done {
                continue;
            }
            if !self.has_room(found.len())? {
                waiting += 1;
                continue;
            }
            let owners: Vec<&ReportId> =
                reports.iter().filter(|other| other.attachments.contains(name)).map(|other| &other.id).collect();
            debug_assert!(owners.contains(&&report.id));
            let needed = || owners.iter().try_fold(false, |any, id| Ok::<_, io::Error>(any || needed(id)?));
            swap(&folder, name, day, &needed)?;
        }
        if waiting == 0 {
            self.reborn.lock().unwrap_or_else(PoisonError::into_inner).insert(day);
        }
        Ok(waiting)
    }
}

/// Copies one attachment into a new file, which takes its name.
fn swap(folder: &Path, name: &ContentId, day: Date, needed: &dyn Fn() -> io::Result<bool>) -> io::Result<()> {
    let (path, draft) = (folder.join(name.to_string()), folder.join(format!("{name}{DRAFT}")));
    let mut old = File::options().read(true).write(true).open(&path)?;
    let mut new = create(&draft)?;
    let mut piece = vec![0; PIECE];
    // By hand: what the system copies for us may share the old blocks.
    loop {
        match old.read(&mut piece)? {
            0 => break,
            read => new.write_all(piece.get(..read).unwrap_or_default())?,
        }
    }
    new.sync_all()?;
    set_day(&draft, day)?;
    fs::rename(&draft, &path)?;
    sync_folder(folder)?;
    // An erasure in another process may have destroyed the old file meanwhile; then the copy goes the same way.
    if !needed()? {
        overwrite_file(&new, 0, None)?;
        remove(&path)?;
        sync_folder(folder)?;
    }
    // Another name for the old file is an upload's, whose report may come again.
    if old.metadata()?.nlink() == 0 {
        overwrite_file(&old, 0, None)?;
    }
    set_day(folder, day)
}
