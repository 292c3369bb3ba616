//! The `manifest.json` of a comparison: the record from which it can be understood, checked and repeated.
//!
//! As the manifest of a run, with `verb = "compare"` and one entry per scenario.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::output::manifest::{Input, Program, RunFacts, Size};
use crate::output::{OutputError, WrittenFile, to_json};
use crate::units::Month;

/// Version of the layout of [`CompareManifest`].
pub const FORMAT: u32 = 1;
/// What [`CompareManifest::verb`] says.
pub const VERB: &str = "compare";

/// The record of a comparison.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CompareManifest {
    /// [`FORMAT`].
    pub format: u32,
    /// [`VERB`].
    pub verb: String,
    /// The program that ran.
    pub program: Program,
    /// The arguments that matter.
    pub command: CompareCommand,
    /// One per scenario, in order.
    pub scenarios: Vec<ScenarioRecord>,
    /// First simulated month.
    pub start: Month,
    /// Last simulated month.
    pub end: Month,
    /// Engine name.
    pub engine: String,
    /// Ensemble members of each scenario.
    pub members: usize,
    /// Members that share one parameter draw.
    pub replicates: u32,
    /// Master seed.
    pub seed: u64,
    /// Counts, for each scenario.
    pub size: Size,
    /// Every file written but this one, in writing order.
    pub outputs: Vec<WrittenFile>,
    /// What differs from one time to the next.
    pub run: RunFacts,
}

/// The arguments that decide what a comparison writes, all settled: defaults are filled in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CompareCommand {
    /// Scenario files, as given.
    pub scenarios: Vec<String>,
    /// Position of the baseline among them.
    pub baseline: usize,
    /// The chosen years, as months.
    pub years: Vec<Month>,
    /// Files laid over every scenario, in order, as given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub with: Vec<String>,
    /// Overrides `key=value` of every scenario, in the order applied.
    pub set: Vec<String>,
    /// Whether figures were drawn.
    pub figures: bool,
    /// Whether they were also drawn as PNG.
    pub png: bool,
}

/// One scenario and what it was made from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScenarioRecord {
    /// Name.
    pub name: String,
    /// Title.
    pub title: String,
    /// Every file read, in reading order.
    pub inputs: Vec<Input>,
    /// Parameters whose distributions are pooled from many countries (`priors = "pooled"`), by path.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pooled: Vec<String>,
    /// Warnings about the scenario: `name at place`.
    pub warnings: Vec<String>,
}

impl CompareManifest {
    /// The manifest as JSON text.
    #[must_use]
    pub fn to_json(&self) -> String {
        to_json(self)
    }

    /// Reads the manifest of a comparison; `None` when `path` is the manifest of something else, or nothing of the kind.
    ///
    /// # Errors
    /// When it says that it is one but is not of this version.
    pub fn read(path: &Path) -> Result<Option<Self>, OutputError> {
        #[derive(Deserialize)]
        struct Head {
            verb: String,
        }
        let Ok(bytes) = std::fs::read(path) else { return Ok(None) };
        match serde_json::from_slice::<Head>(&bytes) {
            Ok(head) if head.verb == VERB => serde_json::from_slice(&bytes)
                .map(Some)
                .map_err(|source| OutputError::Json { path: path.to_owned(), source }),
            _ => Ok(None),
        }
    }
}
