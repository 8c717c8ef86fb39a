//! Where a log is read from: our packed files, a folder of C2SP files, or HTTP.

use std::{
    fs::File,
    io::{self, Read as _},
    path::{Path, PathBuf},
    time::Duration,
};

use tlog::{TilePath, tile::TileKind};

use crate::log::{
    Disk as _, Folder, LEAF_BYTES,
    resource::{CHECKPOINT, LONGEST_CHECKPOINT},
    segments::Tiles,
};

/// A full bundle of the longest leaves; nothing of a log is longer.
const LONGEST: u64 = 256 * (65_535 + 2);

/// How long one file may take over HTTP.
const PATIENCE: Duration = Duration::from_secs(60);

/// Something could not be fetched at all.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// A file cannot be read.
    #[error("`{path}` cannot be read")]
    File {
        /// The file.
        path: PathBuf,
        /// What the file system says.
        #[source]
        source: io::Error,
    },
    /// The server does not answer, or answers with an error.
    #[error("`{url}` cannot be fetched")]
    Http {
        /// The address.
        url: String,
        /// What went wrong.
        #[source]
        source: Box<ureq::Error>,
    },
    /// The server answers with another status than 200 and 404.
    #[error("`{url}` was answered with the status {status}")]
    Status {
        /// The address.
        url: String,
        /// The status.
        status: u16,
    },
}

pub(super) enum Source {
    Packed { folder: PathBuf, disk: Folder },
    Files(PathBuf),
    Http { agent: ureq::Agent, prefix: String },
}

impl Source {
    pub(super) fn packed(folder: &Path) -> Self {
        Self::Packed { folder: folder.to_owned(), disk: Folder::to_read(folder) }
    }

    pub(super) fn files(folder: &Path) -> Self {
        Self::Files(folder.to_owned())
    }

    /// The log at a URL: its own prefix, or that of a site that has its log below `/log`.
    pub(super) fn http(url: &str) -> Result<Self, SourceError> {
        let config = ureq::Agent::config_builder().http_status_as_error(false).timeout_global(Some(PATIENCE)).build();
        let agent = ureq::Agent::new_with_config(config);
        let prefix = url.trim_end_matches('/').trim_end_matches("/checkpoint").to_owned();
        let below = Self::Http { agent: agent.clone(), prefix: format!("{prefix}/log") };
        let at = Self::Http { agent, prefix };
        Ok(if at.get(CHECKPOINT)?.is_none() && below.get(CHECKPOINT)?.is_some() { below } else { at })
    }

    /// What a path of the log is called in a message.
    pub(super) fn shown(&self, path: &str) -> String {
        match self {
            Self::Packed { folder, .. } | Self::Files(folder) => folder.join(path).display().to_string(),
            Self::Http { prefix, .. } => format!("{prefix}/{path}"),
        }
    }

    /// A checkpoint or a file of keys; `None` where there is none.
    pub(super) fn get(&self, path: &str) -> Result<Option<Vec<u8>>, SourceError> {
        self.fetch(path, LONGEST_CHECKPOINT)
    }

    /// A file of at most so many bytes; `None` where there is none.
    fn fetch(&self, path: &str, most: u64) -> Result<Option<Vec<u8>>, SourceError> {
        match self {
            Self::Packed { folder, .. } | Self::Files(folder) => {
                let path = folder.join(path);
                let read = File::open(&path).and_then(|file| {
                    let mut bytes = Vec::new();
                    file.take(most + 1).read_to_end(&mut bytes)?;
                    if bytes.len() as u64 > most { Err(io::ErrorKind::FileTooLarge.into()) } else { Ok(bytes) }
                });
                match read {
                    Ok(bytes) => Ok(Some(bytes)),
                    Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
                    Err(source) => Err(SourceError::File { path, source }),
                }
            }
            Self::Http { agent, prefix } => {
                let url = format!("{prefix}/{path}");
                let failed = |source| SourceError::Http { url: url.clone(), source: Box::new(source) };
                let mut answer = agent.get(&url).call().map_err(failed)?;
                match answer.status().as_u16() {
                    200 => answer.body_mut().with_config().limit(most).read_to_vec().map(Some).map_err(failed),
                    404 | 410 => Ok(None),
                    status => Err(SourceError::Status { url, status }),
                }
            }
        }
    }

    /// A tile or bundle; `None` where it is not there. A partial one may have been replaced by the full one.
    pub(super) fn tile(&self, path: TilePath) -> Result<Option<Vec<u8>>, SourceError> {
        if let Self::Packed { folder, disk } = self {
            return match Tiles(disk).bytes(path) {
                Ok(bytes) => Ok(Some(bytes)),
                Err(crate::log::SegmentError::File { source, .. })
                    if matches!(source.kind(), io::ErrorKind::NotFound | io::ErrorKind::UnexpectedEof) =>
                {
                    Ok(None)
                }
                Err(crate::log::SegmentError::File { file, source, .. }) => {
                    Err(SourceError::File { path: folder.join(file), source })
                }
                Err(_) => Ok(None),
            };
        }
        if let Some(bytes) = self.fetch(&path.to_string(), LONGEST)? {
            return Ok(Some(bytes));
        }
        let Some(full) = TilePath::new(path.kind(), path.index(), tlog::tile::TILE_WIDTH) else { return Ok(None) };
        let Some(mut bytes) = self.fetch(&full.to_string(), LONGEST)? else { return Ok(None) };
        let keep = match path.kind() {
            TileKind::Level(_) => usize::from(path.width()) * 32,
            TileKind::Entries => entries_length(&bytes, path.width()),
        };
        bytes.truncate(keep);
        Ok(Some(bytes))
    }
}

impl Source {
    /// How many leaves at least lie in the files beyond a head of `size` leaves. What a server has is not known from here.
    pub(super) fn beyond(&self, size: u64) -> Result<u64, SourceError> {
        match self {
            Self::Http { .. } => Ok(0),
            Self::Packed { folder, disk } => {
                beyond_packed(disk, size).map_err(|source| SourceError::File { path: folder.join("entries"), source })
            }
            Self::Files(folder) => {
                let width = u64::from(tlog::tile::TILE_WIDTH);
                let there = |index: u64, width: u64| {
                    let width = u16::try_from(width).unwrap_or_default();
                    TilePath::new(TileKind::Entries, index, width)
                        .is_some_and(|path| folder.join(path.to_string()).exists())
                };
                let (index, have) = (size / width, size % width);
                Ok((have + 1..=width).rev().find(|wider| there(index, *wider)).map_or(0, |wider| wider - have))
            }
        }
    }
}

/// Leaves in our packed file from `size` on. Files grow by whole steps of zeroes, and a leaf follows its length, which is
/// not nought; so what is filled in can be told from what is set aside.
fn beyond_packed(disk: &Folder, size: u64) -> io::Result<u64> {
    const EACH: u64 = LEAF_BYTES as u64 + 2;
    const AT_ONCE: u64 = 4096;
    // A file of any length may lie here; more than this need not be counted to be told.
    const MOST: u64 = 1 << 20;
    let have = disk.length("entries")?.unwrap_or(0) / EACH;
    let end = have.min(size.saturating_add(MOST));
    let mut from = size;
    while from < end {
        let count = AT_ONCE.min(end - from);
        let bytes = disk.read_at("entries", from * EACH, usize::try_from(count * EACH).unwrap_or_default())?;
        let filled = bytes.chunks_exact(LEAF_BYTES + 2).take_while(|leaf| leaf.iter().any(|byte| *byte != 0)).count();
        from += filled as u64;
        if (filled as u64) < count {
            break;
        }
    }
    Ok(from - size)
}

/// How many bytes the first `count` leaves of a bundle take.
fn entries_length(bytes: &[u8], count: u16) -> usize {
    let mut at = 0;
    for _ in 0..count {
        let Some(length) = bytes.get(at..).and_then(|rest| rest.first_chunk::<2>()) else { break };
        at += 2 + usize::from(u16::from_be_bytes(*length));
    }
    at
}
