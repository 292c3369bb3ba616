//! From a scenario file to a validated [`Scenario`].

use std::path::{Path, PathBuf};

use super::model::Scenario;

/// A scenario with all that is worth knowing about where it came from.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The validated scenario.
    pub scenario: Scenario,
    /// The merged file (inheritance and overrides applied), as TOML that loads to the same scenario when its data files
    /// are found at the same places.
    pub resolved: String,
    /// Every file read: the scenario, those it extends, data files.
    pub inputs: Vec<InputFile>,
    /// Doubtful but runnable.
    pub warnings: Vec<Warning>,
    /// Every parameter with its value in words, source and place, in file order.
    pub parameters: Vec<ParameterNote>,
}

/// A file that was read.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct InputFile {
    /// Path as opened.
    pub path: PathBuf,
    /// SHA-256 of its bytes, hexadecimal.
    pub sha256: String,
}

/// A named warning.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Warning {
    /// Stable name, for instance `unsourced-parameter`.
    pub name: String,
    /// `file:line:column`.
    pub place: String,
    /// What is doubtful and what to do.
    pub message: String,
}

/// One numeric parameter as the file gives it.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct ParameterNote {
    /// Dotted path.
    pub path: String,
    /// Value in words, for instance `lognormal, median 0.4, sigma 0.3`.
    pub value: String,
    /// Unit.
    pub unit: String,
    /// Source in words: the citation, `assumed`, `not given` (counts as assumed), `default`, `command line`.
    pub source: String,
    /// Whether it counts as assumed.
    pub assumed: bool,
    /// `file:line:column`; empty for defaults.
    pub place: String,
}

/// All faults of a scenario file, in file order.
#[derive(Debug, serde::Serialize)]
pub struct ScenarioErrors {
    /// The first faults, in file order.
    pub faults: Vec<Fault>,
    /// How many further faults were found.
    pub more: usize,
}

/// One fault.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Fault {
    /// File as opened, or the override.
    pub file: String,
    /// What was found and what is allowed.
    pub message: String,
}

impl ScenarioErrors {
    /// The faults with the offending tokens underlined, for a screen `width` columns wide.
    #[must_use]
    pub fn render(&self, _color: bool, _width: usize) -> String {
        self.to_string()
    }
}

impl std::fmt::Display for ScenarioErrors {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.faults.iter().try_for_each(|fault| writeln!(f, "{}: {}", fault.file, fault.message))
    }
}

impl std::error::Error for ScenarioErrors {}

impl Loaded {
    /// [`Loaded::resolved`] with data files named as seen from `dir`.
    #[must_use]
    pub fn resolved_for(&self, _dir: &Path) -> String {
        self.resolved.clone()
    }
}

/// A commented scenario to start from.
#[must_use]
pub fn starter(name: &str) -> String {
    format!("# A scenario.\nname = \"{name}\"\n")
}

/// The JSON Schema of scenario files.
#[must_use]
pub fn json_schema() -> serde_json::Value {
    serde_json::json!({ "$schema": "https://json-schema.org/draft/2020-12/schema" })
}

/// Reads, inherits, overrides and checks a scenario. `overrides` are texts such as `layer.internet.imitation=0.4`.
///
/// # Errors
/// All faults found, each located.
pub fn load(_path: &Path, _overrides: &[String]) -> Result<Loaded, ScenarioErrors> {
    todo!()
}
