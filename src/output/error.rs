//! Why a run folder could not be written or read.

use std::io;
use std::path::PathBuf;

/// Why a run folder could not be written or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OutputError {
    /// The folder holds something and replacing it was not asked for.
    #[error("`{}` is not empty and was left as it is", path.display())]
    NotEmpty {
        /// The folder.
        path: PathBuf,
    },
    /// The file exists and replacing it was not asked for.
    #[error("`{}` exists and was left as it is", path.display())]
    FileExists {
        /// The file.
        path: PathBuf,
    },
    /// The path exists and is no folder.
    #[error("`{}` is a file, expected a folder or a new name", path.display())]
    NotAFolder {
        /// The path.
        path: PathBuf,
    },
    /// The path cannot name a new folder (it ends in `..`, is the root, or holds the working folder).
    #[error("`{}` cannot be replaced as a whole, expected the name of a folder in this one or elsewhere", path.display())]
    NoName {
        /// The path.
        path: PathBuf,
    },
    /// The system refused.
    #[error("could not {action} `{}`", path.display())]
    Io {
        /// What was tried, for instance `write`.
        action: &'static str,
        /// On which path.
        path: PathBuf,
        /// The system's words.
        #[source]
        source: io::Error,
    },
    /// A file of a run folder is not there.
    #[error("`{}` holds no `{file}`, expected a folder written by `uptake run`", folder.display())]
    NotARun {
        /// The folder.
        folder: PathBuf,
        /// The file looked for.
        file: &'static str,
    },
    /// The folder holds a comparison where a run is expected.
    #[error("`{}` holds a comparison, expected a folder written by `uptake run`", folder.display())]
    IsComparison {
        /// The folder.
        folder: PathBuf,
    },
    /// A JSON file does not say what it should.
    #[error("`{}` is not what this version writes", path.display())]
    Json {
        /// The file.
        path: PathBuf,
        /// Where and why.
        #[source]
        source: serde_json::Error,
    },
    /// The table of results does not say what it should.
    #[error("`{}` cannot be read back", path.display())]
    Results {
        /// The file.
        path: PathBuf,
        /// Where and why.
        #[source]
        source: super::ResultsError,
    },
}

impl OutputError {
    /// Wraps a system error met while doing `action` on `path`.
    pub(crate) fn io(action: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { action, path, source: plain(source) }
    }

    /// Whether the disk had no room left.
    #[must_use]
    pub fn is_full_disk(&self) -> bool {
        matches!(self, Self::Io { source, .. }
            if matches!(source.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded))
    }
}

/// The error without the words of a wrapper, which would name a temporary file.
fn plain(error: io::Error) -> io::Error {
    if error.get_ref().is_some() && error.kind() != io::ErrorKind::Other { error.kind().into() } else { error }
}
