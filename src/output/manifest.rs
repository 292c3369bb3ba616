//! `manifest.json`: the record from which a run can be understood, checked and repeated.
//!
//! Everything but the block `run` depends only on the scenario, its input files, the arguments that matter and the
//! program; two runs of the same inputs write it byte for byte alike.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{MANIFEST, OutputError, WrittenFile, to_json};
use crate::units::Month;

/// Version of the layout of [`Manifest`].
pub const FORMAT: u32 = 1;

/// The record of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// [`FORMAT`].
    pub format: u32,
    /// The program that ran.
    pub program: Program,
    /// The arguments that matter.
    pub command: Command,
    /// Scenario name.
    pub scenario: String,
    /// Scenario title.
    pub title: String,
    /// First simulated month.
    pub start: Month,
    /// Last simulated month.
    pub end: Month,
    /// Engine name.
    pub engine: String,
    /// Ensemble members.
    pub members: usize,
    /// Members that share one parameter draw.
    pub replicates: u32,
    /// Master seed.
    pub seed: u64,
    /// Counts.
    pub size: Size,
    /// Every file read, in reading order.
    pub inputs: Vec<Input>,
    /// Parameters whose distributions are pooled from many countries (`priors = "pooled"`), by path.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pooled: Vec<String>,
    /// Warnings about the scenario: `name at place`.
    pub warnings: Vec<String>,
    /// Every file written but this one, in writing order.
    pub outputs: Vec<WrittenFile>,
    /// What differs from one run to the next.
    pub run: RunFacts,
}

/// The program that ran.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Program {
    /// `uptake`.
    pub name: String,
    /// Version.
    pub version: String,
    /// Commit it was built from, or `unknown`.
    pub commit: String,
}

impl Program {
    /// This program. The commit is that of the environment variable `UPTAKE_COMMIT` when it was built.
    #[must_use]
    pub fn this() -> Self {
        Self {
            name: "uptake".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            commit: option_env!("UPTAKE_COMMIT").unwrap_or("unknown").to_owned(),
        }
    }
}

/// The arguments that decide what a run writes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Command {
    /// Scenario file, as given.
    pub scenario: String,
    /// Files laid over the scenario, as given, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub with: Vec<String>,
    /// Overrides `key=value`, in the order applied.
    pub set: Vec<String>,
    /// Whether figures were also drawn as PNG.
    pub png: bool,
    /// How many people's histories were written, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<u32>,
}

/// How large the run was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Size {
    /// Cells of the population.
    pub cells: usize,
    /// Simulated months.
    pub months: usize,
    /// Layers.
    pub layers: usize,
    /// Reported groups.
    pub groups: usize,
    /// Reported dates.
    pub dates: usize,
}

/// A file that was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Path as opened.
    pub path: String,
    /// SHA-256 of its bytes, hexadecimal.
    pub sha256: String,
}

/// What differs from one run to the next and changes no result.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunFacts {
    /// When it began, UTC, as `2016-06-30T12:00:00Z`.
    pub started: String,
    /// Folder relative paths were read from.
    pub working_directory: String,
    /// Seconds spent loading and checking the scenario.
    pub seconds_loading: f64,
    /// Seconds spent simulating.
    pub seconds_simulating: f64,
    /// Seconds spent on tables and figures.
    pub seconds_writing: f64,
    /// Worker threads.
    pub threads: usize,
    /// Processors the system offers.
    pub processors: usize,
    /// Operating system.
    pub system: String,
    /// Processor architecture.
    pub architecture: String,
}

impl Manifest {
    /// The manifest as JSON text.
    #[must_use]
    pub fn to_json(&self) -> String {
        to_json(self)
    }

    /// The part that is the same for every run of the same inputs, as JSON text.
    #[must_use]
    pub fn stable_json(&self) -> String {
        let mut value = serde_json::to_value(self).expect("a manifest holds no maps with odd keys");
        if let Some(fields) = value.as_object_mut() {
            fields.shift_remove("run");
        }
        to_json(&value)
    }

    /// Reads a manifest; `path` is the file itself.
    ///
    /// # Errors
    /// When it is missing, unreadable, or not a manifest of this version.
    pub fn read(path: &Path) -> Result<Self, OutputError> {
        let bytes = std::fs::read(path).map_err(|source| match (source.kind(), path.parent()) {
            (std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory, Some(folder))
                if path.file_name().is_some_and(|name| name == MANIFEST) =>
            {
                OutputError::NotARun { folder: folder.to_owned(), file: MANIFEST }
            }
            _ => OutputError::Io { action: "read", path: path.to_owned(), source },
        })?;
        serde_json::from_slice(&bytes).map_err(|source| OutputError::Json { path: path.to_owned(), source })
    }
}
