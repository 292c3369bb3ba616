//! What can be wrong with a file of statistics.

use std::fmt;
use std::io;
use std::path::PathBuf;

/// Most faults told of one file.
const TOLD: usize = 12;

/// One fault of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Line, from 1.
    pub line: u64,
    /// What was found and what is expected.
    pub what: String,
}

/// The faults of a file, in its order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Faults(pub Vec<Fault>);

impl fmt::Display for Faults {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for fault in self.0.iter().take(TOLD) {
            write!(out, "\n  line {}: {}", fault.line, fault.what)?;
        }
        match self.0.len().saturating_sub(TOLD) {
            0 => Ok(()),
            more => write!(out, "\n  and {more} more"),
        }
    }
}

/// Why a file of statistics was not read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DataError {
    /// The system refused.
    #[error("could not read {}", path.display())]
    Io {
        /// File.
        path: PathBuf,
        /// The system's words.
        source: io::Error,
    },
    /// Bytes that are no UTF-8 text.
    #[error("{}:{line}: the text is {found}, expected UTF-8; save it again as UTF-8 (in a spreadsheet: \"CSV UTF-8\")", path.display())]
    Encoding {
        /// File.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
        /// What it looks like.
        found: &'static str,
    },
    /// A file without rows.
    #[error("{} holds no figures{}", path.display(), hint)]
    Empty {
        /// File.
        path: PathBuf,
        /// What may be the reason; begins with `; ` or is empty.
        hint: String,
    },
    /// A heading without a column that is needed.
    #[error("{}:{line}: there is no column for the {needed} among {found}; {hint}", path.display())]
    Column {
        /// File.
        path: PathBuf,
        /// Line of the heading.
        line: u64,
        /// What the column should hold.
        needed: &'static str,
        /// The columns, in backquotes.
        found: String,
        /// What to do.
        hint: String,
    },
    /// Rows that cannot be read as figures.
    #[error("{} is not valid; nothing was used:{faults}", path.display())]
    Rows {
        /// File.
        path: PathBuf,
        /// Its faults.
        faults: Faults,
    },
    /// Percentages given as shares.
    #[error(
        "all {count} figures of {} lie within 0 to 1 although they reach the year {year}, expected percent; if they are shares, add --shares",
        path.display()
    )]
    Shares {
        /// File.
        path: PathBuf,
        /// Number of figures.
        count: usize,
        /// Last year.
        year: i32,
    },
    /// An archive that cannot be read.
    #[error("{} is not a whole zip archive ({message}); download it again", path.display())]
    Archive {
        /// File.
        path: PathBuf,
        /// What is wrong with it.
        message: String,
    },
    /// An archive without a table of the World Bank.
    #[error("{} holds no table of an indicator (`API_*.csv`), but {found}", path.display())]
    NoTable {
        /// File.
        path: PathBuf,
        /// Files in it.
        found: String,
    },
    /// JSON that is none, or not an answer of the World Bank.
    #[error("{} is not an answer of the World Bank's API: {message}", path.display())]
    Answer {
        /// File, or address.
        path: PathBuf,
        /// What is wrong.
        message: String,
    },
}

impl DataError {
    /// For `map_err` on what the system refuses.
    pub(super) fn io(path: &std::path::Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { path, source }
    }
}
