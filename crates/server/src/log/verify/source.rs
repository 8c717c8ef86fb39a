//! Where a log is read from: our packed files, a folder of C2SP files, or HTTP.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use tlog::{TilePath, tile::TileKind};

use crate::log::{Folder, resource::CHECKPOINT, segments::Tiles};

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

    /// The published checkpoint; `None` where there is none.
    pub(super) fn checkpoint(&mut self) -> Result<Option<Vec<u8>>, SourceError> {
        self.get(CHECKPOINT)
    }

    /// A file; `None` where there is none.
    pub(super) fn get(&self, path: &str) -> Result<Option<Vec<u8>>, SourceError> {
        match self {
            Self::Packed { folder, .. } | Self::Files(folder) => {
                let path = folder.join(path);
                let read = fs::metadata(&path).and_then(|data| {
                    if data.len() > LONGEST { Err(io::ErrorKind::FileTooLarge.into()) } else { fs::read(&path) }
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
                    200 => answer.body_mut().with_config().limit(LONGEST).read_to_vec().map(Some).map_err(failed),
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
        if let Some(bytes) = self.get(&path.to_string())? {
            return Ok(Some(bytes));
        }
        let Some(full) = TilePath::new(path.kind(), path.index(), tlog::tile::TILE_WIDTH) else { return Ok(None) };
        let Some(mut bytes) = self.get(&full.to_string())? else { return Ok(None) };
        let keep = match path.kind() {
            TileKind::Level(_) => usize::from(path.width()) * 32,
            TileKind::Entries => entries_length(&bytes, path.width()),
        };
        bytes.truncate(keep);
        Ok(Some(bytes))
    }
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
