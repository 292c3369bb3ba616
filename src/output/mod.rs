//! Run folders: what a finished run leaves on disk, and reading it back.
//!
//! A folder is complete or absent: [`Staging`] gathers the files beside the target and renames at the end. The formats
//! are one file each: the tidy table ([`results`]), the year-end figures ([`Summary`]), and the record from which a run
//! can be repeated ([`Manifest`]). [`read_run`] is the way back. Several scenarios side by side are in [`comparison`],
//! what a graph of persons is like in [`network`], what persons lived through in [`persons`] and [`trace`].
//! Nothing here reads the clock or the environment; what a manifest says of them is handed in.

pub mod calibration;
pub mod comparison;
mod error;
mod folder;
pub mod manifest;
pub mod network;
pub mod persons;
pub mod results;
pub mod skill;
pub mod summary;
pub mod trace;

use std::fs::File;
use std::path::Path;

pub use comparison::CompareManifest;
pub use error::OutputError;
pub use folder::{Existing, Staging, WrittenFile, check_target, sha256_of_file, write_file};
pub use manifest::Manifest;
pub use network::NetworkReport;
pub use persons::PersonsReport;
pub use results::{COLUMNS, ResultsError, as_written};
pub use summary::Summary;

use crate::series::Projection;

/// File name of the tidy table.
pub const RESULTS: &str = "results.csv";
/// File name of the year-end figures.
pub const SUMMARY: &str = "summary.json";
/// File name of the record of the run.
pub const MANIFEST: &str = "manifest.json";
/// File name of the scenario with inheritance and overrides applied.
pub const RESOLVED: &str = "scenario.resolved.toml";
/// Folder of the figures, within the run folder.
pub const FIGURES: &str = "figures";

/// A run folder, read back.
#[derive(Debug, Clone)]
pub struct StoredRun {
    /// Results, equal to [`as_written`] of what the run computed.
    pub projection: Projection,
    /// The year-end figures, with the published statistics the figures show.
    pub summary: Summary,
    /// The record of the run.
    pub manifest: Manifest,
}

/// Reads a run folder back.
///
/// # Errors
/// When a file is missing, unreadable, or does not say what this version writes.
pub fn read_run(folder: &Path) -> Result<StoredRun, OutputError> {
    if CompareManifest::read(&folder.join(MANIFEST))?.is_some() {
        return Err(OutputError::IsComparison { folder: folder.to_owned() });
    }
    let manifest = Manifest::read(&folder.join(MANIFEST))?;
    let summary = Summary::read(folder)?;
    let path = folder.join(RESULTS);
    let file = open(folder, RESULTS)?;
    let projection = results::read(file, &summary.labels()).map_err(|source| OutputError::Results { path, source })?;
    Ok(StoredRun { projection, summary, manifest })
}

/// Reads what a comparison's folder says of its chosen years.
///
/// # Errors
/// When the file is missing, unreadable, or does not say what this version writes.
pub fn read_comparison_report(path: &Path) -> Result<comparison::Report, OutputError> {
    let bytes = std::fs::read(path).map_err(OutputError::io("read", path))?;
    serde_json::from_slice(&bytes).map_err(|source| OutputError::Json { path: path.to_owned(), source })
}

/// Opens a file of a run folder; a missing one means that the folder is none.
fn open(folder: &Path, file: &'static str) -> Result<File, OutputError> {
    let path = folder.join(file);
    File::open(&path).map_err(|source| match source.kind() {
        std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory => {
            OutputError::NotARun { folder: folder.to_owned(), file }
        }
        _ => OutputError::Io { action: "open", path, source },
    })
}

/// Pretty JSON with a final newline.
fn to_json(value: &impl serde::Serialize) -> String {
    let mut text = serde_json::to_string_pretty(value).expect("these types hold no maps with odd keys");
    text.push('\n');
    text
}
