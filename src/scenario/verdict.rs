//! Whether a scenario is valid and what is known of it, for programs: the JSON of `uptake validate` and of the web
//! interface.

use schemars::JsonSchema;
use serde::Serialize;

use super::load::{InputFile, ParameterNote, Warning};
use super::{Fault, Loaded, ScenarioErrors};

/// What is known of a scenario.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Verdict {
    /// The file, as named.
    pub file: String,
    /// Whether it can be run.
    pub valid: bool,
    /// Its name, when valid.
    pub scenario: Option<String>,
    /// Its title, when valid.
    pub title: Option<String>,
    /// How many of its numbers count as assumed.
    pub assumed: usize,
    /// What is wrong with it, in file order.
    pub faults: Vec<Fault>,
    /// How many further faults were found.
    pub more_faults: usize,
    /// What is doubtful about it.
    pub warnings: Vec<Warning>,
    /// Every number with its source, in file order.
    pub parameters: Vec<ParameterNote>,
    /// Every file read.
    pub inputs: Vec<InputFile>,
}

impl Verdict {
    /// Of a scenario with faults.
    #[must_use]
    pub fn of_faults(file: &str, errors: &ScenarioErrors) -> Self {
        Self {
            file: file.to_owned(),
            valid: false,
            scenario: None,
            title: None,
            assumed: 0,
            faults: errors.faults.clone(),
            more_faults: errors.more,
            warnings: Vec::new(),
            parameters: Vec::new(),
            inputs: Vec::new(),
        }
    }

    /// Of a valid scenario.
    #[must_use]
    pub fn of_loaded(file: &str, loaded: &Loaded) -> Self {
        Self {
            file: file.to_owned(),
            valid: true,
            scenario: Some(loaded.scenario.name.clone()),
            title: Some(loaded.scenario.title.clone()),
            assumed: loaded.parameters.iter().filter(|parameter| parameter.assumed).count(),
            faults: Vec::new(),
            more_faults: 0,
            warnings: loaded.warnings.clone(),
            parameters: loaded.parameters.clone(),
            inputs: loaded.inputs.clone(),
        }
    }
}
