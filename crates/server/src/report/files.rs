//! What is done with files of sealed bytes, one at a time.

use std::{
    fs::{self, File},
    io::{self, Read},
    os::unix::fs::{FileExt as _, OpenOptionsExt as _},
    path::Path,
    sync::Arc,
};

use rustix::{
    fs::{CWD, RenameFlags},
    io::Errno,
};
use seal::ContentId;

/// Bytes at a time when files are copied or overwritten.
pub(super) const PIECE: usize = 256 << 10;

/// Tells how many bytes are free where a file lies.
pub type Free = Arc<dyn Fn(&Path) -> io::Result<u64> + Send + Sync>;

/// What the file system says.
#[must_use]
pub fn free() -> Free {
    Arc::new(|path| {
        let found = rustix::fs::statvfs(path)?;
        Ok(found.f_bavail.saturating_mul(found.f_frsize))
    })
}

/// Makes the names in a folder durable.
pub(super) fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Makes a file that only its owner may read.
pub(super) fn create(path: &Path) -> io::Result<File> {
    File::options().read(true).write(true).create_new(true).mode(0o600).open(path)
}

/// Gives a finished file its name, which takes no other file's place: by a link, whose old name stays, or where the file system has
/// none (FAT, exFAT: what a stick has) by a renaming that replaces nothing.
///
/// # Errors
/// The file system's: `AlreadyExists` where something has that name.
pub(super) fn give_name(draft: &Path, name: &Path) -> io::Result<()> {
    give_name_by(|draft, name| fs::hard_link(draft, name), draft, name)
}

fn give_name_by(link: fn(&Path, &Path) -> io::Result<()>, draft: &Path, name: &Path) -> io::Result<()> {
    let linked = link(draft, name);
    match linked.as_ref().map_err(Errno::from_io_error) {
        Err(Some(Errno::PERM | Errno::OPNOTSUPP | Errno::NOSYS)) => {
            Ok(rustix::fs::renameat_with(CWD, draft, CWD, name, RenameFlags::NOREPLACE)?)
        }
        _ => linked,
    }
}

/// The names in a folder; none where there is no folder.
pub(super) fn names(folder: &Path) -> io::Result<Vec<String>> {
    let found = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        found => found?,
    };
    found.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect()
}

/// Reads a file that somebody may have put there, of at most so many bytes and one; none where it is no plain file: a link or a
/// pipe of somebody else's is none that our commands laid down.
pub(super) fn read_plain(path: &Path, most: u64) -> io::Result<Option<(fs::Metadata, Vec<u8>)>> {
    let found = fs::symlink_metadata(path)?;
    if !found.is_file() {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(most + 1).read_to_end(&mut bytes)?;
    Ok(Some((found, bytes)))
}

/// Removes a file; that it is gone already is no fault.
pub(super) fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Writes zeroes over a part of a file, or over all of it; durable on return. A file system that copies on write keeps the
/// old blocks until it needs their place.
pub(super) fn overwrite(path: &Path, from: u64, bytes: Option<u64>) -> io::Result<()> {
    overwrite_file(&File::options().write(true).open(path)?, from, bytes)
}

/// The same for a file that may have no name any more.
pub(super) fn overwrite_file(file: &File, from: u64, bytes: Option<u64>) -> io::Result<()> {
    let end = bytes.map_or(file.metadata()?.len(), |bytes| from + bytes);
    let zeroes = vec![0; PIECE];
    let mut at = from;
    while at < end {
        let now = usize::try_from(end - at).unwrap_or(PIECE).min(PIECE);
        file.write_all_at(zeroes.get(..now).unwrap_or_default(), at)?;
        at += now as u64;
    }
    file.sync_data()
}

/// The name of a file's bytes.
///
/// # Errors
/// The file system's.
pub fn name_of(path: &Path) -> io::Result<ContentId> {
    name_of_bytes(&mut File::open(path)?)
}

/// The name of bytes that come.
pub(super) fn name_of_bytes(bytes: &mut dyn Read) -> io::Result<ContentId> {
    use sha2::Digest as _;
    let mut hash = sha2::Sha256::new();
    let mut piece = vec![0; PIECE];
    loop {
        match bytes.read(&mut piece)? {
            0 => return Ok(ContentId::from_hash(hash.finalize().into())),
            read => hash.update(piece.get(..read).unwrap_or_default()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whatever a file system says that has no links, a file gets its name, and takes no other's.
    #[test]
    fn a_file_gets_its_name_where_there_are_no_links_and_takes_no_other_s() {
        let links: [fn(&Path, &Path) -> io::Result<()>; 4] = [
            |draft, name| fs::hard_link(draft, name),
            |_, _| Err(Errno::PERM.into()),
            |_, _| Err(Errno::OPNOTSUPP.into()),
            |_, _| Err(Errno::NOSYS.into()),
        ];
        for link in links {
            let folder = tempfile::tempdir().unwrap();
            let at = |name: &str| folder.path().join(name);
            fs::write(at("1.new"), "the first").unwrap();
            give_name_by(link, &at("1.new"), &at("1")).unwrap();
            remove(&at("1.new")).unwrap();
            fs::write(at("2.new"), "the second").unwrap();
            let taken = give_name_by(link, &at("2.new"), &at("1")).unwrap_err();
            assert_eq!(taken.kind(), io::ErrorKind::AlreadyExists);
            assert_eq!(fs::read_to_string(at("1")).unwrap(), "the first");
            assert_eq!(fs::read_to_string(at("2.new")).unwrap(), "the second");
        }
        let folder = tempfile::tempdir().unwrap();
        let full = give_name_by(|_, _| Err(Errno::NOSPC.into()), folder.path(), &folder.path().join("1")).unwrap_err();
        assert_eq!(full.kind(), io::ErrorKind::StorageFull, "every other failure is told");
    }
}
