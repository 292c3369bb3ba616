//! Arguments of the commands about persons and their ties, and of folders that commands write when asked to.

use std::path::PathBuf;

use clap::Args;

use super::args::{Format, Overrides, key_and_value, seed, threads};
use crate::output::Existing;

/// A folder to write beside what is printed.
#[derive(Debug, Args)]
pub struct Folder {
    /// Folder to write tables and figures into (default: none are written)
    #[arg(long, short, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Replace the files of an earlier run in that folder
    #[arg(long, short, requires = "out")]
    pub force: bool,
    /// Also write each figure as PNG
    #[arg(long, requires = "out")]
    pub png: bool,
}

impl Folder {
    /// What to do with what stands there.
    pub fn existing(&self) -> Existing {
        Existing::replace_if(self.force)
    }
}

/// Arguments of `network`.
#[derive(Debug, Args)]
pub struct NetworkArgs {
    /// Scenario file (TOML)
    pub scenario: PathBuf,
    #[command(flatten)]
    pub overrides: Overrides,
    /// Persons to look at, drawn at random; everybody where there are no more
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..=1_000_000), default_value_t = 10_000)]
    pub sample: u32,
    #[command(flatten)]
    pub folder: Folder,
    /// What to print: a sentence and a table, network.json, or network.csv
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// Arguments of `persons`.
#[derive(Debug, Args)]
pub struct PersonsArgs {
    /// Scenario file (TOML)
    pub scenario: PathBuf,
    /// A second scenario with the same people, told person by person from the first
    pub other: Option<PathBuf>,
    /// Lay another scenario or policy file over this one (over both, if two); repeatable, in order
    #[arg(long, value_name = "FILE")]
    pub with: Vec<PathBuf>,
    /// Set a value of the scenario, checked as if it stood in the file; repeatable
    #[arg(long, value_name = "KEY=VALUE", value_parser = key_and_value)]
    pub set: Vec<String>,
    /// Master seed of all randomness (default: the scenario's, or else 0)
    #[arg(long, value_name = "NUMBER", value_parser = seed, allow_negative_numbers = true)]
    pub seed: Option<u64>,
    /// Which member of the ensemble to follow, from 0 on
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    pub member: u32,
    /// What the table is about (default: the first layer)
    #[arg(long, value_name = "NAME")]
    pub layer: Option<String>,
    /// People whose ties are looked at each year, about; everyone where there are no more
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..), default_value_t = 100_000)]
    pub sample: u32,
    /// Worker threads; results do not depend on it (default: one per core)
    #[arg(long, value_name = "COUNT", value_parser = threads)]
    pub threads: Option<usize>,
    #[command(flatten)]
    pub folder: Folder,
    /// What to print: sentences and a table, persons.json, or persons.csv
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}
