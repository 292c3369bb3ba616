//! Comparison folders: what `uptake compare` leaves on disk.
//!
//! The formats are one file each: the tidy table ([`table`]), everything a planner asks for as JSON ([`Report`]), and the
//! record ([`CompareManifest`]). [`gains()`] finds who gains most and least, for the report and the screen alike.

pub mod gains;
pub mod record;
pub mod report;
#[cfg(test)]
pub(crate) mod sample;
pub mod table;

pub use gains::{Gain, gains};
pub use record::{CompareCommand, CompareManifest, ScenarioRecord};
pub use report::Report;

/// File name of the tidy table.
pub const COMPARISON_TABLE: &str = "comparison.csv";
/// File name of the report.
pub const COMPARISON_REPORT: &str = "comparison.json";
/// Folder of the scenarios with inheritance and overrides applied, within the comparison's folder.
pub const SCENARIOS: &str = "scenarios";

/// File of a scenario with inheritance and overrides applied.
#[must_use]
pub fn resolved_name(scenario: &str) -> String {
    format!("{SCENARIOS}/{scenario}.resolved.toml")
}
