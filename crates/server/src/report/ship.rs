//! Attachments of closed days move to object storage, where the data folder names one.
//!
//! Only when their day is closed and they were born anew, and in the order of their names: so the times that the storage keeps tell
//! when they were moved, and neither an hour nor an order of arrival. Each is put there, read back and compared with its name
//! before its file goes; at each step it lies in one place at least. A file is locked while that lasts, so that an erasure by
//! another process waits, and removes the object as well. Where the storage fails, the files stay; nothing else waits for it.

use std::{
    fs::{self, File, TryLockError},
    io,
    os::unix::fs::MetadataExt as _,
    sync::Arc,
    thread,
    time::Duration,
};

use jiff::civil::Date;
use seal::ContentId;

use super::{
    clock::Clock,
    files::{name_of_bytes, names, overwrite_file, sync_folder},
    objects::{Objects, ObjectsError},
    uploads::MAX_UPLOAD_BYTES,
    vault::Vault,
};
use crate::store::{Lane, Report, Store, StoreError, set_day};

/// How often the thread looks for closed days.
const PACE: Duration = Duration::from_secs(60);

/// Why an attachment was not moved; its file is where it was.
#[derive(Debug, thiserror::Error)]
pub enum ShipError {
    /// The storage failed.
    #[error(transparent)]
    Objects(#[from] ObjectsError),
    /// The record could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The file holds other bytes than it is named for.
    #[error("an attachment of {0} holds other bytes than its name says, and stays in its file: run `vouchsafe verify`")]
    Changed(Date),
    /// The file could not be read or removed.
    #[error("an attachment could not be moved to object storage")]
    File(#[from] io::Error),
}

/// What was moved, and what was not.
#[derive(Debug, Default)]
pub struct Shipped {
    /// How many attachments.
    pub count: u64,
    /// A failure; after one of the storage nothing more was tried.
    pub failed: Option<ShipError>,
}

/// Moves the attachments of every day that is closed; only the process with the sequencer's lease does.
#[must_use]
pub fn ship_days(store: &dyn Store, lane: &dyn Lane, vault: &Vault, today: Date) -> Shipped {
    let mut shipped = Shipped::default();
    if let Err(error) = try_days(store, lane, vault, today, &mut shipped) {
        shipped.failed = Some(error);
    }
    shipped
}

fn try_days(
    store: &dyn Store,
    lane: &dyn Lane,
    vault: &Vault,
    today: Date,
    shipped: &mut Shipped,
) -> Result<(), ShipError> {
    let Some(objects) = vault.objects()? else { return Ok(()) };
    if !store.lease_sequencer()? {
        return Ok(());
    }
    let mut asked = false;
    for day in vault.days_born_anew().into_iter().filter(|day| *day < today) {
        let mut waiting = names(&vault.attachments(day))?;
        waiting.sort_unstable();
        let reports = if waiting.is_empty() { Vec::new() } else { lane.reports(Some(day))? };
        for name in waiting.iter().filter_map(|name| name.parse::<ContentId>().ok()) {
            if !std::mem::replace(&mut asked, true) {
                objects.keeps_no_versions()?;
                vault.use_objects(objects)?;
            }
            match ship(lane, vault, objects, (day, &name), &reports) {
                // One rotten file keeps no other back.
                Err(error @ ShipError::Changed(_)) => shipped.failed = Some(error),
                moved => shipped.count += u64::from(moved?),
            }
        }
    }
    Ok(())
}

/// Moves one attachment; false where there is nothing to move, or somebody else works on it.
fn ship(
    lane: &dyn Lane,
    vault: &Vault,
    objects: &Objects,
    (day, name): (Date, &ContentId),
    reports: &[Report],
) -> Result<bool, ShipError> {
    let path = vault.attachment(day, name);
    let mut file = match File::options().read(true).write(true).open(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        file => file?,
    };
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Ok(false),
        Err(TryLockError::Error(error)) => return Err(error.into()),
    }
    // Asked under the lock: what is erased from now on waits for it, and then removes the object.
    let owners = reports.iter().filter(|report| report.attachments.contains(name));
    let needed = owners.map(|owner| lane.report(&owner.id)).collect::<Result<Vec<_>, _>>()?;
    if file.metadata()?.nlink() == 0 || !needed.iter().flatten().any(|report| report.blind.is_some()) {
        return Ok(false);
    }
    // What is broken here may be whole there, from an earlier move, and does not take its place.
    io::Seek::rewind(&mut file)?;
    if name_of_bytes(&mut file)? != *name {
        return Err(ShipError::Changed(day));
    }
    let bytes = file.metadata()?.len();
    let first = vault.open_put(day, name)?;
    objects.put(day, name, &mut file, bytes)?;
    if first {
        vault.end_put(day, name)?;
    }
    let back = objects.get(day, name, MAX_UPLOAD_BYTES).map_err(io::Error::from);
    if name_of_bytes(&mut back?)? != *name {
        // Whichever of the two is wrong, the file stays, and `verify` tells what it is.
        objects.remove(day, name)?;
        return Err(ObjectsError::Differs.into());
    }
    // The name first, then the bytes: whoever reads them at this moment sees at the end that they have no name any more.
    fs::remove_file(&path)?;
    let folder = vault.attachments(day);
    sync_folder(&folder)?;
    set_day(&folder, day)?;
    if file.metadata()?.nlink() == 0 {
        overwrite_file(&file, 0, None)?;
    }
    Ok(true)
}

/// Starts the thread that moves attachments, where the data folder names object storage; it ends with the process.
///
/// # Errors
/// The operating system gives no thread.
pub fn start(store: Arc<dyn Store>, lane: Arc<dyn Lane>, vault: Arc<Vault>, clock: Arc<dyn Clock>) -> io::Result<()> {
    if !matches!(vault.objects(), Ok(Some(_))) {
        return Ok(());
    }
    let run = move || {
        let mut told = None;
        loop {
            let Shipped { count, failed } = ship_days(&*store, &*lane, &vault, clock.today());
            metrics::counter!("vouchsafe_attachments_shipped").increment(count);
            metrics::gauge!("vouchsafe_shipping_failed").set(f64::from(u8::from(failed.is_some())));
            let text = failed.as_ref().map(ToString::to_string);
            if let Some(error) = failed.filter(|_| told != text) {
                let error = &error as &dyn std::error::Error;
                tracing::error!(error, "attachments could not be moved to object storage; their files stay");
            }
            told = text;
            thread::sleep(PACE);
        }
    };
    thread::Builder::new().name("object storage".to_owned()).spawn(run).map(drop)
}
